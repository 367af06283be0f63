//! The click of the metronome, heard beside all else.

use model::sound::{Instrument, PartEvent, Synth};
use model::{Key, Velocity};

/// How long a click is, in seconds. Chosen: a block of wood has died away by then, and its end is drawn out to nothing.
const LASTS: f64 = 0.12;

/// How loud the loudest sample of a click is. Chosen: heard beside a whole band at −17 LUFS, and not louder than it.
const PEAK: f32 = 0.3;

/// The loudest sample beside all else: −1 dB. Required: what broadcasters and streamers ask for; the band alone stays
/// below it, and several clicks at once, or one made louder, might not.
const CEILING: f32 = 0.89;

/// How many may ring at once. Chosen: at the fastest tempo and the shortest beats each rings out.
const RINGING: usize = 4;

/// The keys of a click at a bar line, and of the others. Chosen: a fourth apart.
const KEYS: [u8; 2] = [89, 84];

/// The clicks, drawn beforehand by the instruments inside, so that they cost next to nothing and sound where the band does
/// not.
///
/// # Realtime safety
/// [`Click::activate`] allocates, for the main thread. All else allocates, locks and waits for nothing.
#[derive(Debug, Default)]
pub struct Click {
    rate: f64,
    drawn: [Vec<f32>; 2],
    /// Which of them ring, and from which sample on.
    ringing: [Option<(usize, usize)>; RINGING],
    next: usize,
    level: f32,
}

impl Click {
    /// For a sample rate, in Hz; nothing rings. Allocates.
    pub fn activate(&mut self, rate: f64) {
        self.reset();
        if rate.to_bits() != self.rate.to_bits() {
            self.rate = rate;
            self.drawn = KEYS.map(|key| drawn(rate, key));
        }
    }

    /// Silence, at once.
    pub fn reset(&mut self) {
        self.ringing = [None; RINGING];
    }

    /// How loud it is from now on: 1 is as it is, 0 not at all.
    pub fn set_level(&mut self, level: f32) {
        self.level = level;
    }

    /// Does nothing ring?
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.ringing.iter().all(Option::is_none)
    }

    /// A beat; does a measure begin there?
    pub fn strike(&mut self, first: bool) {
        self.ringing[self.next] = Some((usize::from(!first), 0));
        self.next = (self.next + 1) % RINGING;
    }

    /// Adds the next samples to both sides, of which none goes over the ceiling.
    pub fn add(&mut self, left: &mut [f32], right: &mut [f32]) {
        for place in &mut self.ringing {
            let Some((which, from)) = *place else { continue };
            let rest = self.drawn[which].get(from..).unwrap_or_default();
            for ((left, right), sample) in left.iter_mut().zip(&mut *right).zip(rest) {
                *left = (*left + self.level * sample).clamp(-CEILING, CEILING);
                *right = (*right + self.level * sample).clamp(-CEILING, CEILING);
            }
            *place = (rest.len() > left.len()).then_some((which, from + left.len()));
        }
    }
}

fn drawn(rate: f64, key: u8) -> Vec<f32> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a tenth of a second")]
    let (samples, hertz) = ((rate * LASTS) as usize, rate as f32);
    let mut synth = Synth::new(hertz);
    synth.set_instrument(0, Instrument::Click);
    synth.tell(0, PartEvent::On(Key::clamped(key.into()), Velocity::MAX));
    let (mut left, mut right) = (vec![0.0; samples], vec![0.0; samples]);
    synth.render(&mut left, &mut right);
    let both = left.iter().zip(&right).map(|(left, right): (&f32, &f32)| (left + right) / 2.0);
    // Its end is drawn out to nothing, so that it ends without a step.
    let fades = |index: usize| (1.0 - index as f32 / samples as f32).min(0.25) * 4.0;
    let click: Vec<f32> = both.enumerate().map(|(index, sample)| sample * fades(index)).collect();
    let loudest = click.iter().fold(f32::MIN_POSITIVE, |loudest, sample| loudest.max(sample.abs()));
    click.into_iter().map(|sample| sample * PEAK / loudest).collect()
}
