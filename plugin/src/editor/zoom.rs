//! What of the keyboard the roll shows, and where things lie on it.

use std::ops::RangeInclusive;

use egui::{Rect, pos2};

use crate::snapshot::{PAST, Page};

/// Measures after the one under way. Required: second-next plans as far.
pub(super) const AHEAD: i32 = 2;
/// Measures before it. Required: a page holds as many.
pub(super) const BEHIND: i32 = 8;
const _: () = assert!(BEHIND as usize == PAST, "all that a page holds is seen");
/// The fewest keys to be seen: two octaves. Chosen.
const FEWEST_KEYS: f32 = 24.0;
/// How fast the zoom follows what sounds, per frame. Chosen: it settles in a sixth of a second.
const ZOOM_FOLLOWS: f32 = 0.3;
/// The zoom goes nearer when so many of the keys that are seen have no notes. Chosen: an octave. A
/// roll whose keys stay where they are is easier to read, and cheaper to draw.
const SPARE_KEYS: f32 = 12.0;

/// Keys from the lowest to the highest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Keys {
    pub(super) low: f32,
    pub(super) high: f32,
}

/// The keys that are seen, and where that is going.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zoom {
    pub(super) seen: Keys,
    pub(super) goal: Keys,
}

/// Where things lie.
pub(super) struct Layout {
    pub(super) notes: Rect,
    pub(super) zoom: Keys,
}

impl Layout {
    /// A measure's column, by its place in time: 0 is the one under way.
    pub(super) fn column(&self, place: i32) -> Rect {
        let width = self.notes.width() / (BEHIND + 1 + AHEAD) as f32;
        let left = self.notes.left() + width * (place + BEHIND) as f32;
        Rect::from_min_max(pos2(left, self.notes.top()), pos2(left + width, self.notes.bottom()))
    }

    /// How high a key's stripe is.
    pub(super) fn key_height(&self) -> f32 {
        self.notes.height() / (self.zoom.high - self.zoom.low + 1.0)
    }

    /// The upper edge of a key's stripe.
    pub(super) fn key_top(&self, key: f32) -> f32 {
        self.notes.top() + (self.zoom.high - key) * self.key_height()
    }
}

/// The keys that sound, with a little room.
pub(super) fn fit(page: &Page) -> Keys {
    let keys = page.measures().flat_map(|(_, shown)| {
        shown.music.present.iter().flat_map(|voice| shown.music.voice(voice).notes().iter().map(|note| note.key.get()))
    });
    let (low, high) = keys.fold((127_u8, 0_u8), |(low, high), key| (low.min(key), high.max(key)));
    let (low, high) = if low > high { (48.0, 72.0) } else { (f32::from(low) - 2.0, f32::from(high) + 2.0) };
    let missing = ((FEWEST_KEYS - (high - low)) / 2.0).max(0.0);
    Keys { low: low - missing, high: high + missing }
}

impl Zoom {
    /// These keys at once.
    pub(super) const fn at(keys: Keys) -> Self {
        Self { seen: keys, goal: keys }
    }

    /// One frame later. `wanted` are the keys that sound now: the zoom goes there if some of them
    /// cannot be seen, or if far more can be seen than sound.
    pub(super) fn follow(self, wanted: Keys) -> Self {
        let Self { seen, goal } = self;
        let holds = goal.low <= wanted.low + 1.0 && wanted.high - 1.0 <= goal.high;
        let spare = (goal.high - goal.low) - (wanted.high - wanted.low);
        let goal = if holds && spare <= SPARE_KEYS { goal } else { wanted };
        let step = |from: f32, to: f32| if (to - from).abs() < 0.05 { to } else { from + ZOOM_FOLLOWS * (to - from) };
        Self { seen: Keys { low: step(seen.low, goal.low), high: step(seen.high, goal.high) }, goal }
    }
}

/// The stripes that are seen; at the ends of the keyboard there are more than keys.
pub(super) fn seen(layout: &Layout) -> RangeInclusive<i32> {
    #[expect(clippy::cast_possible_truncation, reason = "keys are few")]
    let (low, high) = (layout.zoom.low.floor() as i32, layout.zoom.high.ceil() as i32);
    low..=high
}

/// The keys among them.
pub(super) fn keys(layout: &Layout) -> RangeInclusive<i32> {
    let seen = seen(layout);
    (*seen.start()).max(0)..=(*seen.end()).min(127)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(low: f32, high: f32) -> Keys {
        Keys { low, high }
    }

    #[test]
    fn the_zoom_stays_while_all_is_seen_and_not_much_too_much() {
        let zoom = Zoom::at(keys(48.0, 84.0));
        for wanted in [keys(48.0, 84.0), keys(55.0, 80.0), keys(47.0, 85.0)] {
            assert_eq!(zoom.follow(wanted), zoom, "{wanted:?}");
        }
    }

    #[test]
    fn the_zoom_goes_where_keys_are_that_cannot_be_seen_and_nearer_where_few_are_left() {
        for wanted in [keys(40.0, 84.0), keys(48.0, 90.0), keys(60.0, 83.0)] {
            let mut zoom = Zoom::at(keys(48.0, 84.0));
            let frames = (1..100).find(|_| {
                zoom = zoom.follow(wanted);
                zoom.seen == wanted
            });
            assert!(frames.is_some_and(|frames| (2..20).contains(&frames)), "{wanted:?}: {frames:?}");
        }
    }
}
