//! The drummer's strokes, as events of the measure.

use model::music::drums::{DRUMS, Drum, DrumMeasure};
use model::{Channel, Key, Velocity};

use super::Scheduler;
use super::event::{Event, What};
use crate::midi::Bandmate;
use crate::sounding::Sounding;

/// How long a stroke's note lasts at most, in steps. Chosen: short enough to end before the next step's, long enough for
/// drum machines that open a gate.
const STROKE: f64 = 0.5;

/// How close two strokes of a drum may come, in steps: of such a pair only the first is played. Chosen: 4 ms at 120, less
/// than any hand's, where the one came late and the other early.
const CLOSE: f64 = 1.0 / 32.0;

/// How the drummer sounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DrumSound {
    /// On which channel.
    pub channel: Channel,
    /// The key of each drum, in [`Drum::ALL`]'s order.
    pub keys: [Key; DRUMS],
    /// It is heard.
    pub audible: bool,
    /// How much of the drummer's timing is played, 0 to 1: at 0 every stroke lies on its step.
    pub groove: f64,
}

impl Scheduler {
    /// All strokes of one drum. Each lies beside its step by what the groove leaves of its offset, yet never before the
    /// bar line: a stroke that the drummer meant for a little before it is played on it.
    pub(super) fn add_strokes(&mut self, drums: &DrumMeasure, drum: Drum, loudness: f32, sounding: &Sounding) {
        let (key, end) = (drum.key(), f64::from(drums.steps()));
        if sounding.has(Bandmate::Drummer, key) {
            self.add(Event { at: 0.0, step: 0, what: What::Ends, mate: Bandmate::Drummer, key });
        }
        // The last stroke that was added: the drum may be struck again before its note would end.
        let mut last: Option<f64> = None;
        for hit in (0..drums.steps()).filter_map(|step| drums.hit(step, drum)) {
            let at = (self.place(hit.step) + self.sound.drums.groove * f64::from(hit.offset)).max(0.0);
            let event = |at: f64, what| Event { at, step: hit.step, what, mate: Bandmate::Drummer, key };
            if let Some(before) = last {
                if at < before + CLOSE {
                    continue;
                }
                self.add(event((before + STROKE).min(at), What::Ends));
            }
            let velocity = Velocity::clamped(f32::from(hit.velocity.get()) * loudness);
            self.add(event(at, What::Begins(velocity)));
            last = Some(at);
        }
        if let Some(before) = last {
            let at = (before + STROKE).min(end);
            self.add(Event { at, step: drums.steps(), what: What::Ends, mate: Bandmate::Drummer, key });
        }
    }
}

#[cfg(test)]
mod tests {
    use model::music::drums::DrumHit;
    use model::{BandMeasure, BandSpec, PitchFollow};

    use super::super::FULL_SWING;
    use super::*;
    use crate::engine::Controls;
    use crate::params::BandParams;

    /// When a measure's strokes begin and end, each with its key: those before the bar line too.
    fn strokes(change: fn(&mut Controls), hits: &[(u8, Drum, f32)]) -> Vec<(f64, u8, bool)> {
        let mut controls = BandParams::default().controls();
        change(&mut controls);
        let mut scheduler = Scheduler::new(controls.sound(&BandSpec::pop()));
        let mut drums = DrumMeasure::silent(16);
        for &(step, drum, offset) in hits {
            drums.strike(DrumHit { step, drum, velocity: Velocity::DEFAULT, offset });
        }
        scheduler.load((&BandMeasure::missing(16), &drums), (0, 1.0, PitchFollow::Off), &Sounding::default());
        let events = scheduler.events[..scheduler.len].iter();
        events.map(|event| (event.at, event.key.get(), matches!(event.what, What::Begins(_)))).collect()
    }

    #[test]
    fn without_groove_every_stroke_lies_on_its_step() {
        let hits = [(0, Drum::Kick, -0.25), (3, Drum::Snare, 0.25), (4, Drum::Snare, -0.5)];
        let found = strokes(|controls| controls.drums.groove = 0.0, &hits);
        let on = |at: f64, key: u8| [(at, key, true), (at + STROKE, key, false)];
        assert_eq!(found, [on(0.0, 36), on(3.0, 38), on(4.0, 38)].concat());
    }

    #[test]
    fn a_stroke_lies_beside_its_step_by_what_the_groove_leaves_but_never_before_the_bar_line() {
        let hits = [(0, Drum::Kick, -0.25), (3, Drum::Snare, 0.25), (15, Drum::Ride, 0.25)];
        for (groove, late) in [(1.0, 0.25), (0.5, 0.125)] {
            let change =
                if groove < 1.0 { |controls: &mut Controls| controls.drums.groove = 0.5 } else { |_: &mut _| () };
            let begins: Vec<_> = strokes(change, &hits).into_iter().filter(|&(.., begins)| begins).collect();
            assert_eq!(begins, [(0.0, 36, true), (3.0 + late, 38, true), (15.0 + late, 51, true)]);
        }
        let swung = strokes(|controls| controls.swing = 1.0, &hits);
        assert!(swung.contains(&(3.25 + FULL_SWING, 38, true)), "drums swing with the band");
    }

    #[test]
    fn a_note_of_a_drum_ends_before_the_drum_is_struck_again_and_in_its_measure() {
        let late = 0.499_999_f32;
        let found = strokes(|_| (), &[(4, Drum::Snare, late), (5, Drum::Snare, -0.25), (15, Drum::Snare, late)]);
        let (first, second, last) = (4.0 + f64::from(late), 4.75, 15.0 + f64::from(late));
        assert_eq!(found[..3], [(first, 38, true), (second, 38, false), (second, 38, true)]);
        assert_eq!(found[3..], [(second + STROKE, 38, false), (last, 38, true), (last + STROKE, 38, false)]);
        assert!(last + STROKE < 16.0);
        // Of two at one place, one is played.
        assert_eq!(strokes(|_| (), &[(4, Drum::Snare, late), (5, Drum::Snare, -0.5)]).len(), 2);
    }
}
