//! What changes with every block: numbers, each an atomic of its own.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32};

use atomic_float::AtomicF32;
use model::TimeSignature;

use crate::midi::{Input, SUSTAIN};
use crate::transport::HostTransport;

/// Where the music is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Playhead {
    /// The measure's place in play order.
    pub index: u32,
    /// In steps from its beginning.
    pub step: f32,
}

/// What is seen of the host.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Seen {
    /// The host has processed something.
    pub processes: bool,
    /// The transport rolls.
    pub playing: bool,
    /// It rolled before, at any time.
    pub has_played: bool,
    /// Quarter notes a minute.
    pub bpm: Option<f32>,
    /// Numerator and denominator.
    pub meter: Option<(i32, i32)>,
    /// The measures of this meter can be followed.
    pub meter_fits: bool,
    /// The measure as the host counts, from 1.
    pub measure: Option<i32>,
    /// Where the music is, while a measure is under way.
    pub playhead: Option<Playhead>,
    /// The last key or controller that moved, where the own clock counts.
    pub touched: Touched,
}

/// A key or a controller that moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// Another one each time.
    pub count: u32,
    /// As [`crate::params::BandParams::run_by`] counts: 1 to 128 are keys, 129 to 256 controllers; 0: none yet.
    pub which: u32,
}

/// The same, shared by threads. A reader may see numbers of two neighbouring blocks together, which
/// no eye can tell.
///
/// # Realtime safety
/// Plain stores and loads.
#[derive(Debug, Default)]
pub struct Live {
    processes: AtomicBool,
    playing: AtomicBool,
    has_played: AtomicBool,
    /// 0: none.
    bpm: AtomicF32,
    numerator: AtomicI32,
    /// 0: no meter.
    denominator: AtomicI32,
    meter_fits: AtomicBool,
    /// [`i32::MIN`]: not known.
    measure: AtomicI32,
    /// [`u32::MAX`]: no measure is under way.
    index: AtomicU32,
    step: AtomicF32,
    /// How many pixels of the view a step is wide; 0: not known.
    pixels: AtomicF32,
    /// The pixel of the measure at which the playhead is.
    pixel: AtomicU32,
    /// [`Touched`]: which, and above nine bits the count.
    touched: AtomicU32,
}

impl Live {
    /// A block is over. Returns whether the view of it may have changed.
    pub(crate) fn store(&self, host: &HostTransport, playhead: Option<Playhead>) -> bool {
        let (bpm, measure) = (bpm_of(host), measure_of(host).unwrap_or(i32::MIN));
        let (numerator, denominator) = host.time_signature.unwrap_or((0, 0));
        let is_same = host.playing == self.playing.load(Relaxed)
            && self.processes.load(Relaxed)
            && self.bpm.load(Relaxed) == bpm
            && self.numerator.load(Relaxed) == numerator
            && self.denominator.load(Relaxed) == denominator
            && self.measure.load(Relaxed) == measure;
        if is_same && !host.playing {
            return false;
        }
        if !is_same {
            self.playing.store(host.playing, Relaxed);
            if host.playing {
                self.has_played.store(true, Relaxed);
            }
            self.bpm.store(bpm, Relaxed);
            self.numerator.store(numerator, Relaxed);
            self.denominator.store(denominator, Relaxed);
            self.meter_fits.store(meter_fits(host), Relaxed);
            self.measure.store(measure, Relaxed);
            self.processes.store(true, Relaxed);
        }
        let (index, step) = playhead.map_or((u32::MAX, 0.0), |playhead| (playhead.index, playhead.step));
        let pixel = self.pixel_of(step);
        let has_moved = index != self.index.load(Relaxed) || pixel != self.pixel.load(Relaxed);
        self.index.store(index, Relaxed);
        self.step.store(step, Relaxed);
        self.pixel.store(pixel, Relaxed);
        has_moved || !is_same
    }

    /// How many pixels wide a step is in the view, which need not be drawn again before the playhead
    /// reaches the next pixel.
    pub fn set_pixels_a_step(&self, pixels: f32) {
        self.pixels.store(pixels, Relaxed);
    }

    /// The user touched this.
    pub(crate) fn touch(&self, what: &Input) {
        let which = match *what {
            Input::On(_, key, _) => 1 + u32::from(key.get()),
            Input::Control(_, number, _) => 129 + u32::from(number),
            Input::Pedal(..) => 129 + u32::from(SUSTAIN),
            _ => return,
        };
        let count = (self.touched.load(Relaxed) >> 9).wrapping_add(1);
        self.touched.store(count << 9 | which, Relaxed);
    }

    fn playhead(&self) -> Option<Playhead> {
        let index = self.index.load(Relaxed);
        (index != u32::MAX).then(|| Playhead { index, step: self.step.load(Relaxed) })
    }

    /// Where in its measure a playhead is drawn; as long as the view is not known, finer than any.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
    fn pixel_of(&self, step: f32) -> u32 {
        let pixels = self.pixels.load(Relaxed);
        (step * if pixels > 0.0 { pixels } else { 1e3 }) as u32
    }

    /// The numbers now.
    #[must_use]
    pub fn load(&self) -> Seen {
        let bpm = self.bpm.load(Relaxed);
        let meter = (self.numerator.load(Relaxed), self.denominator.load(Relaxed));
        let measure = self.measure.load(Relaxed);
        let processes = self.processes.load(Relaxed);
        let touched = self.touched.load(Relaxed);
        Seen {
            processes,
            playing: self.playing.load(Relaxed),
            has_played: self.has_played.load(Relaxed),
            bpm: (bpm > 0.0).then_some(bpm),
            meter: (meter.1 > 0).then_some(meter),
            meter_fits: !processes || self.meter_fits.load(Relaxed),
            measure: (processes && measure != i32::MIN).then_some(measure),
            playhead: self.playhead().filter(|_| processes),
            touched: Touched { count: touched >> 9, which: touched & 511 },
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a tempo to look at")]
fn bpm_of(host: &HostTransport) -> f32 {
    host.tempo.map_or(0.0, |tempo| tempo.get() as f32)
}

/// Can the measures of the host's meter be followed?
fn meter_fits(host: &HostTransport) -> bool {
    host.time_signature.is_none_or(|(numerator, denominator)| {
        let numbers = u8::try_from(numerator).ok().zip(u8::try_from(denominator).ok());
        let meter = numbers.and_then(|(numerator, denominator)| TimeSignature::new(numerator, denominator));
        meter.is_some_and(|meter| meter.steps().is_some())
    })
}

/// The measure in which the host is, counted from 1 as if the meter had never changed.
#[expect(clippy::cast_possible_truncation, reason = "`as` saturates")]
fn measure_of(host: &HostTransport) -> Option<i32> {
    let (numerator, denominator) = host.time_signature.unwrap_or((4, 4));
    let beats = host.beats.filter(|beats| beats.is_finite())?;
    let length = 4.0 * f64::from(numerator) / f64::from(denominator);
    // A host's position may lie a hair before the line on which it stands.
    (length > 0.0).then(|| ((beats + 1e-3) / length).floor() as i32 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Bpm;

    #[test]
    fn what_is_stored_is_seen() {
        let live = Live::default();
        assert_eq!(live.load(), Seen { meter_fits: true, ..Seen::default() });
        let host = HostTransport {
            playing: true,
            tempo: Bpm::new(90.0),
            time_signature: Some((3, 4)),
            beats: Some(6.5),
            ..HostTransport::default()
        };
        let playhead = Some(Playhead { index: 2, step: 2.0 });
        assert!(live.store(&host, playhead));
        let seen = live.load();
        assert_eq!((seen.bpm, seen.meter, seen.measure, seen.playhead), (Some(90.0), Some((3, 4)), Some(3), playhead));
        let stands = HostTransport { playing: false, ..host };
        assert!(live.store(&stands, None), "it has just stopped");
        assert!(!live.store(&stands, None), "nothing changes while it stands");
        assert_eq!((live.load().playing, live.load().has_played, live.load().playhead), (false, true, None));
        assert!(live.store(&HostTransport { tempo: Bpm::new(91.0), ..stands }, None), "another tempo");
    }

    #[test]
    fn a_view_need_not_be_drawn_again_while_the_playhead_stays_on_its_pixel() {
        let live = Live::default();
        live.set_pixels_a_step(4.0);
        let host = HostTransport { playing: true, ..HostTransport::default() };
        let at = |index: u32, step: f32| Some(Playhead { index, step });
        assert!(live.store(&host, at(0, 1.0)), "it has just begun");
        for (playhead, expected) in [
            (at(0, 1.1), false),
            (at(0, 1.24), false),
            (at(0, 1.25), true),
            (at(0, 1.26), false),
            (at(1, 1.26), true),
            (None, true),
            (None, false),
        ] {
            assert_eq!(live.store(&host, playhead), expected, "{playhead:?}");
            assert_eq!(live.load().playhead, playhead);
        }
    }
}
