//! What a decoder is told beside the context: the loop's measure, the voices already decided, the
//! place in the measure, and what its own voice did one step before.

use crate::rules::loop_lag::{self, Lag};
use crate::systems::rmvae::config::{Layout, RmvaeConfig};
use crate::systems::rmvae::frames::{Frames, STEPS, write_bits};
use crate::systems::rmvae::recall::RECALLS;

/// Numbers per other voice: decided?, starts here?, sounding classes, chroma of the half, chroma of the measure.
/// Required by the sum.
const PER_VOICE: usize = 2 + 12 + 12 + 12;

/// Edges of the classes in which a likeness is told to the net: an exact repetition must stand out. Chosen.
const LIKENESS: [f32; 5] = [0.5, 0.7, 0.85, 0.95, 0.995];

/// Numbers that tell how well a loop repeats: two likenesses, one-hot.
pub const STRENGTH: usize = 2 * (LIKENESS.len() + 1);

/// Earlier measures that the decoders are shown: the one that the loop rule points to, and the one four measures before
/// the target, since phrases are four measures long. Chosen.
pub const LOOPS: usize = 2;

/// A measure that the loop rule points to, as one voice plays it.
#[derive(Clone, Copy, Debug)]
pub struct Looped {
    /// What the voice plays there, if it was heard.
    pub frames: Option<Frames>,
    /// How alike the last measures are to those one lag earlier, 0…1.
    pub likeness: f32,
    /// How alike the newest measure is to the one a lag earlier, 0…1.
    pub newest: f32,
}

/// The earlier measures to show for the target `newest + ahead`, by their lags before it.
#[must_use]
pub fn earlier(newest: usize, ahead: usize, alike: impl Fn(usize, usize) -> f32) -> [Option<Lag>; LOOPS] {
    [loop_lag::lag(newest, ahead, &alike), loop_lag::at_lag(4, newest, ahead, &alike)]
}

/// What is known when a voice of one measure is decoded.
#[derive(Clone, Copy, Debug)]
pub struct Conditions<'a> {
    /// The layouts of all voices.
    pub layouts: &'a [Layout],
    /// Which voice is decoded.
    pub voice: usize,
    /// Steps of the measure.
    pub steps: usize,
    /// What this voice plays in the measures that the loop rule points to, the best first.
    pub looped: [Option<Looped>; LOOPS],
    /// What the voice has played so far: `[RECALLS, 16, own]` ([`crate::systems::rmvae::recall::recall`]); empty without.
    pub recalled: &'a [f32],
    /// What the voices decided before it play in this very measure, by voice; `None` if undecided.
    pub decided: &'a [Option<Frames>],
}

/// What a voice did one step before: the pitches that sounded and those that started.
#[derive(Clone, Copy, Debug)]
pub struct Before {
    /// Sounding pitches, as bits of the layout.
    pub sounding: u128,
    /// Pitches that started there.
    pub onset: u128,
}

impl Before {
    /// What the frames show at a step.
    #[must_use]
    pub fn at(frames: &Frames, step: usize) -> Self {
        Self { sounding: frames.sounding[step], onset: frames.onset[step] }
    }

    /// What the frames show at their last step, for the first step of the next measure.
    #[must_use]
    pub fn end_of(frames: &Frames) -> Self {
        Self::at(frames, frames.steps - 1)
    }
}

/// Where the parts of a decoder's input stand.
#[derive(Clone, Copy, Debug)]
pub struct InputLayout {
    before: usize,
    looped: usize,
    recalled: usize,
    voices: usize,
}

impl InputLayout {
    /// The input of a voice's decoder in a band of so many voices; switched-off parts take no room.
    #[must_use]
    pub fn new(config: &RmvaeConfig, layout: &Layout, voices: usize) -> Self {
        let before = if config.frame_before { layout.before_width() } else { 0 };
        let own = layout.own();
        let looped = if config.loop_expert { own + 1 + STRENGTH } else { 0 };
        let recalled = if config.history_expert { own } else { 0 };
        Self { before, looped, recalled, voices: if config.voice_chain { voices } else { 0 } }
    }

    /// Where one of the earlier measures stands in the input: what the voice plays, whether it was heard, and how
    /// well the music repeats; each as (first number, how many).
    #[must_use]
    pub const fn looped(&self, which: usize) -> [(usize, usize); 3] {
        let start = self.before + which * self.looped;
        let own = self.looped - STRENGTH - 1;
        [(start, own), (start + own, 1), (start + own + 1, STRENGTH)]
    }

    /// Where one of the memories stands in the input: (first number, how many).
    #[must_use]
    pub const fn recalled(&self, which: usize) -> (usize, usize) {
        (self.given() + which * self.recalled, self.recalled)
    }

    /// The numbers per step before the memories, which come last: what the net does not learn to gather itself.
    #[must_use]
    pub const fn given(&self) -> usize {
        self.before + LOOPS * self.looped + self.voices * PER_VOICE + STEPS + 1
    }

    /// All numbers per step.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.given() + RECALLS * self.recalled
    }

    /// Writes one step's input: `[width]`, or `[given]` without the memories; zeros beforehand. `before` is `None` where
    /// unknown.
    pub fn write(&self, conditions: &Conditions<'_>, before: Option<Before>, step: usize, out: &mut [f32]) {
        let &Conditions { layouts, voice, .. } = conditions;
        let layout = &layouts[voice];
        let (given, memories) = out.split_at_mut(self.given());
        let (own, rest) = given.split_at_mut(self.before);
        if let (Some(before), false) = (before, own.is_empty()) {
            write_bits(before.sounding, &mut own[..layout.pitches]);
            if layout.is_mono() {
                own[layout.pitches] = f32::from(u8::from(before.onset != 0));
            } else {
                write_bits(before.onset, &mut own[layout.pitches..2 * layout.pitches]);
            }
            own[self.before - 1] = 1.0;
        }
        let (loops, rest) = rest.split_at_mut(LOOPS * self.looped);
        if self.looped > 0 {
            for (out, looped) in loops.chunks_exact_mut(self.looped).zip(&conditions.looped) {
                let Some(looped) = looped else { continue };
                let (own, strength) = out.split_at_mut(self.looped - STRENGTH);
                if let Some(frames) = &looped.frames {
                    if layout.is_mono() {
                        own[usize::from(frames.class[step])] = 1.0;
                    } else {
                        write_bits(frames.onset[step], &mut own[..layout.pitches]);
                    }
                    own[self.looped - STRENGTH - 1] = 1.0;
                }
                let class = |likeness: f32| LIKENESS.iter().filter(|&&edge| likeness >= edge).count();
                strength[class(looped.likeness)] = 1.0;
                strength[STRENGTH / 2 + class(looped.newest)] = 1.0;
            }
        }
        if self.recalled > 0 && !conditions.recalled.is_empty() {
            for (which, out) in memories.chunks_exact_mut(self.recalled).enumerate() {
                let start = (which * STEPS + step) * self.recalled;
                out.copy_from_slice(&conditions.recalled[start..start + self.recalled]);
            }
        }
        let (others, place) = rest.split_at_mut(self.voices * PER_VOICE);
        for (other, out) in others.chunks_exact_mut(PER_VOICE).enumerate() {
            let (Some(frames), true) = (&conditions.decided[other], other != voice) else { continue };
            out[0] = 1.0;
            out[1] = f32::from(u8::from(frames.onset[step] != 0));
            let classes = frames.pitch_classes(&layouts[other], step);
            for (class, out) in out[2..14].iter_mut().enumerate() {
                *out = f32::from(u8::from(classes & (1 << class) != 0));
            }
            let half = (conditions.steps / 2).max(1);
            let from = (step / half).min(1) * half;
            let to = if from == 0 { half } else { conditions.steps };
            frames.chroma(&layouts[other], from, to, &mut out[14..26]);
            frames.chroma(&layouts[other], 0, conditions.steps, &mut out[26..38]);
        }
        place[step] = 1.0;
        #[expect(clippy::cast_precision_loss, reason = "at most 16")]
        let length = conditions.steps as f32 / STEPS as f32;
        place[STEPS] = length;
    }
}
