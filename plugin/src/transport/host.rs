//! What a host says of its transport, and how far it is believed.

use model::TimeSignature;

use super::JUMP;
use crate::units::Bpm;

/// The grid of hosts that count ticks, in ticks per quarter note: Ardour's 1920, and others' 960 or 480, which lie on
/// it. Required by them.
const TICKS: f64 = 1920.0;

/// How far a position that was rounded to that grid lies from the exact one, in beats. Required by the grid.
const HALF_TICK: f64 = 0.5 / TICKS;

/// Beyond this beat (a thousand years) a host talks nonsense, and floating point loses samples. Chosen.
const FARTHEST: f64 = 1e9;

/// What a host says of the first sample of a block. Any of it may be missing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HostTransport {
    /// The transport rolls.
    pub playing: bool,
    /// The tempo.
    pub tempo: Option<Bpm>,
    /// Numerator and denominator, as the host gives them.
    pub time_signature: Option<(i32, i32)>,
    /// The place in the song in samples.
    pub samples: Option<i64>,
    /// How far the exact place lies from there, −½ to ½ sample. A host that counts seconds may stand
    /// between two samples, after a jump to a bar line, say.
    pub fraction: f64,
    /// The place in the song in quarter notes.
    pub beats: Option<f64>,
    /// Where the bar starts in which the host believes to be, in quarter notes.
    pub bar_start: Option<f64>,
    /// The loop, if it is on, in quarter notes.
    pub loop_range: Option<(f64, f64)>,
}

impl HostTransport {
    /// The meter; `None` if it is unsupported. Where the host names none, the known one goes on.
    pub(super) fn meter(&self, known: Option<TimeSignature>) -> Option<TimeSignature> {
        match self.time_signature {
            None => known.or(Some(TimeSignature::FOUR_FOUR)),
            Some((numerator, denominator)) => {
                let (numerator, denominator) = (u8::try_from(numerator).ok()?, u8::try_from(denominator).ok()?);
                TimeSignature::new(numerator, denominator).filter(|meter| meter.steps().is_some())
            }
        }
    }

    /// Where the transport starts or lands; `quantised`: its musical position may be rounded.
    pub(super) fn start(&self, beats_per_sample: f64, quantised: bool) -> f64 {
        let counted = || sane(self.exact_samples()? * beats_per_sample);
        match self.heard_beats(beats_per_sample, quantised) {
            // A sample position is rounded too. The bar line to which a host goes may lie between
            // two samples, and the beats say where.
            Some(heard) => match self.sane_beats() {
                Some(said) if (said - heard).abs() <= beats_per_sample / 2.0 => said,
                _ => heard,
            },
            None => counted().unwrap_or(0.0),
        }
    }

    /// Where the transport is. `own`: where the clock believes that it is; `expected`: the sample
    /// position that the clock expected; `quantised`: the host's musical position may be rounded.
    pub(super) fn position(&self, own: f64, expected: Option<f64>, beats_per_sample: f64, quantised: bool) -> f64 {
        match (self.heard_beats(beats_per_sample, quantised), self.exact_samples().zip(expected)) {
            (Some(beats), _) => beats,
            // Without beats: as far as the samples went, at today's tempo.
            (None, Some((samples, expected))) => own + (samples - expected) * beats_per_sample,
            (None, None) => own,
        }
    }

    /// How large a difference to the clock's position may be without being a jump, in beats.
    /// `explained`: how far a change of tempo, at any place of the last block, may have led.
    pub(super) fn allowed_drift(&self, expected: Option<f64>, explained: f64) -> f64 {
        match self.exact_samples().zip(expected) {
            Some((samples, expected)) if (samples - expected).abs() > 2.0 => super::grid::SAME_LINE,
            _ => JUMP + explained,
        }
    }

    /// Does it give a position in beats?
    pub(super) fn has_beats(&self) -> bool {
        self.sane_beats().is_some()
    }

    /// Does the position lie beside the grid of hosts that count ticks? Then the host is none.
    pub(super) fn is_off_grid(&self) -> bool {
        self.sane_beats().is_some_and(|beats| {
            let ticks = beats * TICKS;
            (ticks - ticks.round()).abs() >= 1e-6
        })
    }

    /// Does the position lie on that grid, but on no sixteenth, where a song starts and jumps lead? Then the host may
    /// round.
    pub(super) fn is_on_a_tick(&self) -> bool {
        let on_a_sixteenth = |beats: f64| (beats * 4.0 - (beats * 4.0).round()).abs() < 1e-6;
        !self.is_off_grid() && self.sane_beats().is_some_and(|beats| !on_a_sixteenth(beats))
    }

    /// One of the bar lines, if the host names one that can be true: a wrapper may say 0 where
    /// the host said nothing.
    pub(super) fn bar_line(&self, meter: TimeSignature, position: f64) -> Option<f64> {
        self.bar_start
            .filter(|line| line.is_finite() && (position - line).abs() <= meter.beats() + super::grid::SAME_LINE)
    }

    /// Does it name a bar line farther ahead than the next one? It counts its bars otherwise then: Ardour 7 says four
    /// times the bar's number, whatever the meter.
    pub(super) fn misnames_bars(&self, meter: TimeSignature) -> bool {
        self.bar_start
            .zip(self.sane_beats())
            .is_some_and(|(line, beats)| beats >= 0.0 && line - beats > meter.beats() + super::grid::SAME_LINE)
    }

    /// The position in beats. A quantised one gives way to the sample position where it can be that
    /// one rounded: that one is exact. (Were more allowed, a tempo that changed a little on the way
    /// here would be overlooked.)
    fn heard_beats(&self, beats_per_sample: f64, quantised: bool) -> Option<f64> {
        let beats = self.sane_beats()?;
        let exact = self.exact_samples().map(|samples| samples * beats_per_sample);
        let same = exact.filter(|exact| quantised && (beats - exact).abs() <= HALF_TICK + beats_per_sample);
        Some(same.unwrap_or(beats))
    }

    /// The place in samples, which may lie between two.
    pub(super) fn exact_samples(&self) -> Option<f64> {
        let fraction = if self.fraction.abs() <= 0.5 { self.fraction } else { 0.0 };
        self.samples.map(|samples| as_f64(samples) + fraction)
    }

    fn sane_beats(&self) -> Option<f64> {
        self.beats.and_then(sane)
    }
}

/// A place that a host can mean.
fn sane(beats: f64) -> Option<f64> {
    (beats.abs() <= FARTHEST).then_some(beats)
}

#[expect(clippy::cast_precision_loss, reason = "2^53 samples are three hundred years")]
fn as_f64(samples: i64) -> f64 {
    samples as f64
}
