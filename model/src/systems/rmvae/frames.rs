//! Measures as numbers: what goes into the net, frame by frame.

use crate::music::measure::{MAX_STEPS, Measure, MonoStep};
use crate::music::note::Key;
use crate::systems::rmvae::config::Layout;

/// Steps in the longest measure.
pub const STEPS: usize = MAX_STEPS as usize;

/// One voice's measure, prepared for the net: sets of pitches as bits, bit 0 the layout's lowest key.
#[derive(Clone, Copy, Debug)]
pub struct Frames {
    /// How many steps the measure has.
    pub steps: usize,
    /// Mono: the class at each step.
    pub class: [u8; STEPS],
    /// Which pitches start at each step.
    pub onset: [u128; STEPS],
    /// Which pitches sound at each step.
    pub sounding: [u128; STEPS],
}

impl Frames {
    /// Nothing is heard in so many steps.
    #[must_use]
    pub fn silent(layout: &Layout, steps: usize) -> Self {
        Self::of(layout, &Measure::silent(u8::try_from(steps.clamp(1, STEPS)).unwrap_or(MAX_STEPS)))
    }

    /// A measure in this voice's layout; keys out of its range are folded into it by octaves.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "at most 130 classes")]
    pub fn of(layout: &Layout, measure: &Measure) -> Self {
        let steps = usize::from(measure.steps());
        let mut frames = Self { steps, class: [layout.keep() as u8; STEPS], onset: [0; STEPS], sounding: [0; STEPS] };
        if layout.is_mono() {
            let mut sounding = 0;
            if let Some(note) = measure.notes().iter().find(|note| note.continued) {
                sounding = 1 << pitch(layout, note.key);
            }
            for (step, &what) in measure.mono_steps()[..steps].iter().enumerate() {
                match what {
                    MonoStep::Note(key) => {
                        let pitch = pitch(layout, key);
                        frames.class[step] = pitch as u8;
                        sounding = 1 << pitch;
                        frames.onset[step] = sounding;
                    }
                    MonoStep::Rest if layout.rests => {
                        frames.class[step] = layout.rest() as u8;
                        sounding = 0;
                    }
                    MonoStep::Rest | MonoStep::Continue => {}
                }
                frames.sounding[step] = sounding;
            }
        } else {
            for note in measure.notes() {
                let bit = 1 << pitch(layout, note.key);
                frames.onset[usize::from(note.step.0)] |= bit;
                for step in note.step.0..note.end() {
                    frames.sounding[usize::from(step)] |= bit;
                }
            }
        }
        frames
    }

    /// Adds `weight` to what the voice does at a step, its class (mono) or the pitches that start (poly):
    /// `[layout.own()]`.
    pub fn mark(&self, layout: &Layout, step: usize, weight: f32, out: &mut [f32]) {
        if layout.is_mono() {
            out[usize::from(self.class[step])] += weight;
        } else {
            let mut bits = self.onset[step];
            while bits != 0 {
                out[bits.trailing_zeros() as usize] += weight;
                bits &= bits - 1;
            }
        }
    }

    /// The pitch classes that sound at a step, as 12 bits.
    #[must_use]
    pub fn pitch_classes(&self, layout: &Layout, step: usize) -> u16 {
        fold(self.sounding[step], layout.low)
    }

    /// How long each pitch class sounds from step `from` to `to`, as a share of that time: `[12]`.
    pub fn chroma(&self, layout: &Layout, from: usize, to: usize, out: &mut [f32]) {
        out.fill(0.0);
        let to = to.min(self.steps);
        #[expect(clippy::cast_precision_loss, reason = "at most 16")]
        let share = 1.0 / to.saturating_sub(from).max(1) as f32;
        for step in from..to {
            let mut classes = self.pitch_classes(layout, step);
            while classes != 0 {
                out[classes.trailing_zeros() as usize] += share;
                classes &= classes - 1;
            }
        }
    }
}

/// A key's place in the layout, folded into its range by octaves.
#[must_use]
pub fn pitch(layout: &Layout, key: Key) -> usize {
    let low = usize::from(layout.low);
    let mut number = usize::from(key.get());
    while number < low {
        number += 12;
    }
    while number >= low + layout.pitches && number >= low + 12 {
        number -= 12;
    }
    (number - low).min(layout.pitches - 1)
}

/// The key at this place of the layout.
#[must_use]
pub fn key(layout: &Layout, pitch: usize) -> Key {
    Key::clamped(i32::from(layout.low) + i32::try_from(pitch).unwrap_or(127))
}

/// A set of pitches as a set of pitch classes.
#[must_use]
fn fold(mut pitches: u128, low: u8) -> u16 {
    let mut classes = 0;
    while pitches != 0 {
        classes |= 1 << ((pitches.trailing_zeros() + u32::from(low)) % 12);
        pitches &= pitches - 1;
    }
    classes
}

/// Writes the bits of a set as 0 and 1: `[out.len()]`.
pub fn write_bits(mut bits: u128, out: &mut [f32]) {
    while bits != 0 {
        let at = bits.trailing_zeros() as usize;
        if at < out.len() {
            out[at] = 1.0;
        }
        bits &= bits - 1;
    }
}

/// Writes what an encoder reads at one step: `[layout.frame_width()]`, zeros beforehand.
pub fn write_encoder_frame(layout: &Layout, frames: &Frames, measure: &Measure, step: usize, out: &mut [f32]) {
    if step >= frames.steps {
        return;
    }
    if layout.is_mono() {
        out[usize::from(frames.class[step])] = 1.0;
    } else {
        for note in measure.notes().iter().filter(|note| usize::from(note.step.0) == step) {
            let pitch = pitch(layout, note.key);
            out[pitch] = 1.0;
            out[layout.pitches + pitch] = f32::from(note.length) / f32::from(MAX_STEPS);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::band::Polyphony;
    use crate::music::note::Note;

    #[test]
    fn keys_out_of_range_are_folded_by_octaves() {
        let layout = Layout { polyphony: Polyphony::Mono, low: 48, pitches: 24, rests: true };
        assert_eq!(pitch(&layout, Key::clamped(36)), 0);
        assert_eq!(pitch(&layout, Key::clamped(74)), 14);
        assert_eq!(pitch(&layout, Key::clamped(71)), 23);
    }

    #[test]
    fn a_mono_measure_becomes_classes() {
        let layout = Layout { polyphony: Polyphony::Mono, low: 60, pitches: 12, rests: true };
        let measure = Measure::from_notes(4, [Note::new(1, 2, Key::clamped(64))]);
        let frames = Frames::of(&layout, &measure);
        assert_eq!(frames.class[..4], [12, 4, 13, 12], "rest, E, continue, rest");
        assert_eq!(frames.sounding[..4], [0, 16, 16, 0]);
    }
}
