//! What the others might have played to a take: made of its own strokes, since nobody else is in it.
//!
//! As in GrooVAE's "tap2drum", of some drums a rhythm remains, without saying of which; strokes are missing, others are
//! moved, and some are nobody's. Of the kick a bass remains.

use crate::music::drums::{DRUMS, Drum};
use crate::random::Rng;
use crate::systems::drummer::blows::StepBlows;
use crate::systems::drummer::features::UserStep;

/// How likely a stroke is moved by a step. Chosen: people who play together seldom miss each other by a sixteenth.
const MOVED: f32 = 0.08;

/// How many strokes of a step are nobody's, at most. Chosen: two in a measure.
const NOBODYS: f32 = 0.12;

/// How likely the user's measure is that of two measures before. Chosen: half of what is known of the user is old, and
/// their music has gone on meanwhile.
const OLD: f32 = 0.5;

/// How loud a stroke is with which chords come, at least. Chosen: accents.
const HARD: f32 = 0.6;

/// How a window's users, basses and chords are made of its strokes.
pub(super) struct Others {
    drums: [bool; DRUMS],
    kept: f32,
    nobodys: f32,
    bass_kept: f32,
    bass_nobodys: f32,
    chords_kept: f32,
}

impl Others {
    pub(super) fn some(rng: &mut Rng) -> Self {
        let mut drums = [false; DRUMS];
        drums.iter_mut().for_each(|drum| *drum = rng.unit() < 0.5);
        if !drums[Drum::Snare.index()] {
            drums[Drum::Kick.index()] = true;
        }
        Self {
            drums,
            kept: 0.3 + 0.7 * rng.unit(),
            nobodys: NOBODYS * rng.unit(),
            bass_kept: 0.4 + 0.6 * rng.unit(),
            bass_nobodys: NOBODYS * rng.unit(),
            chords_kept: 0.3 + 0.6 * rng.unit(),
        }
    }

    /// Is the measure of two before heard in a measure's place?
    pub(super) fn is_old(rng: &mut Rng) -> bool {
        rng.unit() < OLD
    }

    /// How loud the user strikes at each step.
    pub(super) fn user(&self, measure: &[StepBlows], rng: &mut Rng) -> Vec<f32> {
        let loud = |blows: &StepBlows| {
            blows.iter().zip(self.drums).filter(|(_, is)| *is).map(|(blow, _)| blow.loud).fold(0.0, f32::max)
        };
        rhythm(measure.iter().map(loud), self.kept, self.nobodys, rng)
    }

    /// Whether the bass strikes at each step.
    pub(super) fn bass(&self, measure: &[StepBlows], rng: &mut Rng) -> Vec<bool> {
        let kicks = measure.iter().map(|blows| blows[Drum::Kick.index()].loud);
        rhythm(kicks, self.bass_kept, self.bass_nobodys, rng).iter().map(|loud| *loud > 0.0).collect()
    }

    /// Whether the chords strike at each step: with the hard strokes.
    pub(super) fn chords(&self, measure: &[StepBlows], rng: &mut Rng) -> Vec<bool> {
        let hard = |blows: &StepBlows| {
            let loudest = [Drum::Kick, Drum::Snare, Drum::Crash].map(|drum| blows[drum.index()].loud);
            loudest.into_iter().filter(|loud| *loud > HARD).fold(0.0, f32::max)
        };
        rhythm(measure.iter().map(hard), self.chords_kept, self.nobodys, rng).iter().map(|loud| *loud > 0.0).collect()
    }
}

/// Of these strokes some, moved or not, and some of nobody.
fn rhythm(strokes: impl ExactSizeIterator<Item = f32>, kept: f32, nobodys: f32, rng: &mut Rng) -> Vec<f32> {
    let mut out = vec![0.0f32; strokes.len()];
    for (at, loud) in strokes.enumerate() {
        if loud > 0.0 && rng.unit() < kept {
            let to = if rng.unit() < MOVED { (at + 2 * rng.below(2)).saturating_sub(1) } else { at };
            let to = to.min(out.len() - 1);
            out[to] = out[to].max(loud);
        } else if rng.unit() < nobodys {
            out[at] = out[at].max(0.3 + 0.6 * rng.unit());
        }
    }
    out
}

/// The user at a step of such a rhythm.
#[expect(clippy::cast_precision_loss, reason = "few steps")]
pub(super) fn user_step(line: &[f32], step: usize) -> UserStep {
    let struck: Vec<f32> = line.iter().copied().filter(|loud| *loud > 0.0).collect();
    let (many, steps) = (struck.len() as f32, line.len().max(1) as f32);
    UserStep {
        now: line.get(step).copied().unwrap_or(0.0),
        next: line.get(step + 1).or(line.first()).copied().unwrap_or(0.0),
        density: many / steps,
        loudness: if many > 0.0 { struck.iter().sum::<f32>() / many } else { 0.0 },
    }
}
