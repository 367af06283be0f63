//! From a decoder's numbers to notes.

use burn::tensor::Tensor;

use crate::music::accent::accent;
use crate::music::measure::Measure;
use crate::music::note::Note;
use crate::predict::predictor::Style;
use crate::random::Rng;
use crate::systems::nn::numbers;
use crate::systems::rmvae::conditions::Before;
use crate::systems::rmvae::config::{Layout, MonoHead};
use crate::systems::rmvae::frames::{Frames, STEPS, key};

/// The pitch chain of a polyphonic voice, ready to be added up note by note.
#[derive(Clone, Debug)]
pub struct PitchChain {
    pitches: usize,
    /// `[lower, higher]`.
    weights: Vec<f32>,
}

impl PitchChain {
    /// From the decoder's strictly upper triangular matrix.
    #[must_use]
    pub fn new(matrix: Tensor<2>) -> Self {
        Self { pitches: matrix.dims()[0], weights: numbers(matrix) }
    }

    /// What the start of pitch `lower` adds to the logits of all pitches.
    fn row(&self, lower: usize) -> &[f32] {
        &self.weights[lower * self.pitches..(lower + 1) * self.pitches]
    }
}

/// What one voice's decoder says, and how it is to be read.
#[derive(Clone, Copy, Debug)]
pub struct Heads<'a> {
    /// The voice's layout.
    pub layout: &'a Layout,
    /// How a monophonic voice's classes are put out.
    pub mono: MonoHead,
    /// What pitches of a polyphonic voice tell each other; without, they are independent.
    pub chain: Option<&'a PitchChain>,
}

/// How events are drawn.
#[derive(Debug)]
pub struct Draw<'a> {
    /// How boldly, and how many.
    pub style: Style,
    /// How much likelier each semitone makes a note, in nats; as a chord's leaning it does not change how many begin.
    pub lift: f32,
    /// By which chance.
    pub rng: &'a mut Rng,
}

/// A voice's measure as it is being sampled.
#[derive(Clone, Debug)]
pub struct Line {
    /// What is decided so far.
    pub frames: Frames,
    /// Durations of the notes that start, in steps: (step, pitch, length).
    lengths: Vec<(u8, u8, u8)>,
    /// The pitch that sounded when the measure began, for a monophonic voice that keeps it.
    held: Option<usize>,
    /// How many times longer the notes of a polyphonic voice sound than the net says.
    sustain: f32,
    /// ln P of all that was sampled, in nats.
    pub log_prob: f32,
    /// How likely each pitch was to start at each step, given what was sampled before: `[16, pitches]`.
    pub mass: Vec<f32>,
}

impl Line {
    /// Nothing is decided yet. `last` is how the measure before ended, where that is known; `sustain` how many times
    /// longer the notes of a polyphonic voice sound than the net says.
    #[must_use]
    pub fn new(layout: &Layout, steps: usize, last: Option<Before>, sustain: f32) -> Self {
        let held = last.filter(|last| layout.is_mono() && last.sounding != 0);
        let mut frames = Frames::silent(layout, steps);
        frames.class = [u8::try_from(layout.keep()).unwrap_or(u8::MAX); STEPS];
        Self {
            frames,
            lengths: Vec::new(),
            held: held.map(|last| last.sounding.trailing_zeros() as usize),
            sustain,
            log_prob: 0.0,
            mass: vec![0.0; STEPS * layout.pitches],
        }
    }

    /// What the voice did at the step before this one.
    #[must_use]
    pub fn before(&self, step: usize) -> Before {
        Before::at(&self.frames, step - 1)
    }

    /// Decides one step from the decoder's numbers: `[output width]`, and from what is wished of each pitch class, in nats.
    /// `leaning`: what the chord says of each pitch class, in nats; it changes which notes begin, not how many.
    pub fn sample(
        &mut self,
        heads: Heads<'_>,
        step: usize,
        outputs: &[f32],
        (wishes, leaning): (&[f32; 12], Option<&[f32; 12]>),
        draw: Draw<'_>,
    ) {
        let layout = heads.layout;
        let mut outputs = outputs.to_vec();
        for (pitch, logit) in outputs[..layout.pitches].iter_mut().enumerate() {
            *logit += wishes[(pitch + usize::from(layout.low)) % 12];
        }
        if let Some(leaning) = leaning {
            let says = |pitch: usize| leaning[(pitch + usize::from(layout.low)) % 12];
            lean(layout, says, &mut outputs[..layout.pitches]);
        }
        if draw.lift != 0.0 {
            lean(layout, |pitch| draw.lift * from_middle(layout, pitch), &mut outputs[..layout.pitches]);
        }
        if layout.is_mono() {
            self.sample_mono(heads, step, &outputs, draw);
        } else {
            self.sample_poly(heads, step, &outputs, draw);
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "at most 130 classes")]
    fn sample_mono(&mut self, heads: Heads<'_>, step: usize, logits: &[f32], Draw { style, rng, .. }: Draw<'_>) {
        let Heads { layout, mono: head, .. } = heads;
        let keep = layout.keep();
        let density = style.notes().max(1e-3).ln();
        self.add_mono_mass(layout, head, logits, step);
        let class = match head {
            MonoHead::Softmax => {
                let mut logits = logits.to_vec();
                logits[keep] -= density;
                choose(&logits, style.temperature, rng, &mut self.log_prob)
            }
            MonoHead::Binary => {
                if flip(logits[keep] - density, style.temperature, rng, &mut self.log_prob) {
                    keep
                } else {
                    choose(&logits[..layout.starts()], style.temperature, rng, &mut self.log_prob)
                }
            }
        };
        self.frames.class[step] = class as u8;
        let before = match (step, self.held) {
            (0, Some(pitch)) => 1 << pitch,
            (0, None) => 0,
            _ => self.frames.sounding[step - 1],
        };
        self.frames.sounding[step] = if class < layout.pitches {
            self.frames.onset[step] = 1 << class;
            1 << class
        } else if class == keep {
            before
        } else {
            0
        };
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "pitches below 128, lengths clamped to 1…16"
    )]
    fn sample_poly(&mut self, heads: Heads<'_>, step: usize, outputs: &[f32], Draw { style, rng, .. }: Draw<'_>) {
        let Heads { layout, chain, .. } = heads;
        let (activations, durations) = outputs.split_at(layout.pitches);
        let density = style.notes().max(1e-3).ln();
        let mut logits: Vec<f32> = activations.iter().map(|logit| logit + density).collect();
        let mut onset = 0u128;
        for pitch in 0..layout.pitches {
            self.mass[step * layout.pitches + pitch] = sigmoid(logits[pitch]);
            if flip(logits[pitch], style.temperature, rng, &mut self.log_prob) {
                onset |= 1 << pitch;
                if let Some(chain) = chain {
                    for (logit, change) in logits.iter_mut().zip(chain.row(pitch)) {
                        *logit += change;
                    }
                }
                let longest = (self.frames.steps - step) as f32;
                let length = (durations[pitch] * self.sustain).round().clamp(1.0, longest) as u8;
                self.lengths.push((step as u8, pitch as u8, length));
                for at in step..step + usize::from(length) {
                    self.frames.sounding[at] |= 1 << pitch;
                }
            }
        }
        self.frames.onset[step] = onset;
    }

    fn add_mono_mass(&mut self, layout: &Layout, head: MonoHead, logits: &[f32], step: usize) {
        let (among, moves) = match head {
            MonoHead::Softmax => (logits, 1.0),
            MonoHead::Binary => (&logits[..layout.starts()], sigmoid(-logits[layout.keep()])),
        };
        let highest = among.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let total: f32 = among.iter().map(|logit| (logit - highest).exp()).sum();
        let row = &mut self.mass[step * layout.pitches..(step + 1) * layout.pitches];
        for (mass, logit) in row.iter_mut().zip(among) {
            *mass = moves * (logit - highest).exp() / total;
        }
    }

    /// What was decided, as notes. A note kept from the measure before is marked as continued.
    #[must_use]
    pub fn measure(&self, layout: &Layout) -> Measure {
        let steps = self.frames.steps;
        let mut out = Measure::silent(u8::try_from(steps).unwrap_or(1));
        if layout.is_mono() {
            let kept =
                |from: usize| (from..steps).take_while(|&at| usize::from(self.frames.class[at]) == layout.keep());
            if let (Some(pitch), length @ 1..) = (self.held, kept(0).count()) {
                let length = u8::try_from(length).unwrap_or(1);
                out.push(Note { continued: true, ..Note::new(0, length, key(layout, pitch)) });
            }
            for step in 0..steps {
                if self.frames.onset[step] != 0 {
                    let pitch = self.frames.onset[step].trailing_zeros() as usize;
                    put(&mut out, layout, step, pitch, 1 + kept(step + 1).count());
                }
            }
        } else {
            for &(step, pitch, length) in &self.lengths {
                put(&mut out, layout, usize::from(step), usize::from(pitch), usize::from(length));
            }
        }
        out
    }
}

/// Puts a note into the measure, as loud as its place asks for.
fn put(out: &mut Measure, layout: &Layout, step: usize, pitch: usize, length: usize) {
    let narrow = |number: usize| u8::try_from(number).unwrap_or(1);
    let velocity = accent(step, usize::from(out.steps()));
    out.push(Note { velocity, ..Note::new(narrow(step), narrow(length), key(layout, pitch)) });
}

/// How often the number of notes is brought nearer to what it was. Chosen: where few notes begin four times are enough, and where many do they stay a little fewer.
const NEARER: usize = 4;

/// How many semitones a pitch lies above the middle of its voice.
#[expect(clippy::cast_precision_loss, reason = "at most 128 pitches")]
fn from_middle(layout: &Layout, pitch: usize) -> f32 {
    pitch as f32 - layout.pitches as f32 / 2.0
}

/// Adds what is said of each pitch, and as much of the same to all pitches as keeps the number of notes that begin
/// in the mean; of a monophonic voice, how likely one of them does.
fn lean(layout: &Layout, says: impl Fn(usize) -> f32, logits: &mut [f32]) {
    let many = |logits: &[f32]| -> f32 {
        let one = |&logit: &f32| if layout.is_mono() { logit.exp() } else { sigmoid(logit) };
        logits.iter().map(one).sum()
    };
    let before = many(logits);
    for (pitch, logit) in logits.iter_mut().enumerate() {
        *logit += says(pitch);
    }
    for _ in 0..NEARER {
        let all = (before / many(logits).max(f32::MIN_POSITIVE)).ln();
        if all.is_finite() {
            logits.iter_mut().for_each(|logit| *logit += all);
        }
    }
}

fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

/// True with probability σ(logit / temperature); at temperature 0 where the logit is positive.
fn flip(logit: f32, temperature: f32, rng: &mut Rng, log_prob: &mut f32) -> bool {
    let probability = sigmoid(logit);
    let yes = if temperature > 0.0 { rng.unit() < sigmoid(logit / temperature) } else { logit > 0.0 };
    *log_prob += if yes { probability } else { 1.0 - probability }.max(1e-9).ln();
    yes
}

/// A class in proportion to exp(logit / temperature); at temperature 0 the likeliest.
fn choose(logits: &[f32], temperature: f32, rng: &mut Rng, log_prob: &mut f32) -> usize {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let likeliest = logits.iter().position(|&logit| logit >= highest).unwrap_or(0);
    let class = if temperature > 0.0 {
        let weights: Vec<f32> = logits.iter().map(|logit| ((logit - highest) / temperature).exp()).collect();
        rng.weighted(&weights).unwrap_or(likeliest)
    } else {
        likeliest
    };
    let total: f32 = logits.iter().map(|logit| (logit - highest).exp()).sum();
    *log_prob += logits[class] - highest - total.ln();
    class
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::band::Polyphony;

    #[test]
    fn what_chords_say_changes_which_notes_begin_and_not_how_many() {
        for (polyphony, seed) in [(Polyphony::Mono, 1), (Polyphony::Poly, 2)] {
            let layout = Layout { polyphony, low: 36, pitches: 30, rests: true };
            let mut rng = Rng::new(seed);
            let logits: Vec<f32> = (0..30).map(|_| 6.0 * rng.unit() - 9.0).collect();
            let mut leaning = [-5.0; 12];
            leaning[7] = 0.0;
            let mut leant = logits.clone();
            lean(&layout, |pitch| leaning[(pitch + usize::from(layout.low)) % 12], &mut leant);
            let chance = |logit: f32| if layout.is_mono() { logit.exp() } else { sigmoid(logit) };
            let many = |logits: &[f32]| logits.iter().map(|&logit| chance(logit)).sum::<f32>();
            assert!(
                (many(&leant) / many(&logits) - 1.0).abs() < 0.02,
                "{} notes, then {}",
                many(&logits),
                many(&leant)
            );
            let its: f32 =
                leant.iter().enumerate().filter(|(pitch, _)| pitch % 12 == 7).map(|(_, &logit)| chance(logit)).sum();
            assert!(its > 0.8 * many(&leant), "{its} of {}", many(&leant));
        }
    }
}
