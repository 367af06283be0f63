//! Which of several measures fits the user's best.

use crate::music::band::VoiceId;
use crate::systems::rmvae::config::Layout;
use crate::systems::rmvae::frames::{Frames, STEPS};

/// What is wished of each pitch class at each step, added to the logits of its notes, in nats: `[16, 12]`.
pub type Wishes = [[f32; 12]; STEPS];

/// Steps that a new note is held against: it will sound about half a measure. Chosen.
const HORIZON: usize = 8;

/// The user's imagined measure as an expert on every note that starts: + its pitch classes in the next half measure,
/// by their share of the sounding time, − those a semitone off; times `weight`.
#[must_use]
pub fn wishes(layout: &Layout, user: Option<&Frames>, weight: f32) -> Wishes {
    let mut wishes = [[0.0; 12]; STEPS];
    let Some(frames) = user.filter(|_| weight != 0.0) else { return wishes };
    for (step, wish) in wishes.iter_mut().enumerate().take(frames.steps) {
        let mut chroma = [0.0; 12];
        frames.chroma(layout, step, (step + HORIZON).min(frames.steps), &mut chroma);
        let total: f32 = chroma.iter().sum();
        if total > 0.0 {
            for (class, wish) in wish.iter_mut().enumerate() {
                let near = chroma[(class + 1) % 12] + chroma[(class + 11) % 12];
                *wish = weight * (chroma[class] - near) / total;
            }
        }
    }
    wishes
}

/// The candidate that fits the user's imagined measure best, and its score; among equals, and where nothing is
/// imagined, the first that is not silent. `extra`: what else counts for a candidate, added to its score.
#[must_use]
pub fn best(
    layouts: &[Layout],
    user: Option<(VoiceId, &Frames)>,
    candidates: &[Vec<Option<Frames>>],
    extra: impl Fn(&[Option<Frames>]) -> f32,
) -> (usize, f32) {
    let mut best = (0, f32::NEG_INFINITY);
    for (index, voices) in candidates.iter().enumerate() {
        let score = score(layouts, user, voices) + extra(voices);
        if score > best.1 {
            best = (index, score);
        }
    }
    best
}

/// Share of the user's sounding steps that the band's pitch classes hold, less the share that they clash with
/// by a semitone: −1…1; a silent band is worse than any.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "at most 16")]
pub fn score(layouts: &[Layout], user: Option<(VoiceId, &Frames)>, voices: &[Option<Frames>]) -> f32 {
    let played = |step: usize| {
        let others = voices.iter().enumerate().filter(|(voice, _)| user.is_none_or(|(id, _)| id.index() != *voice));
        others.fold(0u16, |all, (voice, frames)| {
            all | frames.as_ref().map_or(0, |frames| frames.pitch_classes(&layouts[voice], step))
        })
    };
    let Some(steps) = voices.iter().flatten().map(|frames| frames.steps).next() else { return 0.0 };
    if (0..steps).all(|step| played(step) == 0) {
        return -2.0;
    }
    let Some((id, frames)) = user else { return 0.0 };
    let (mut sounding, mut fitting) = (0, 0i32);
    for step in 0..steps.min(frames.steps) {
        let (own, band) = (frames.pitch_classes(&layouts[id.index()], step), played(step));
        if own == 0 || band == 0 {
            continue;
        }
        sounding += 1;
        fitting += i32::from(own & band != 0);
        let near = (own << 1 | own >> 11 | own >> 1 | own << 11) & 0xfff;
        fitting -= i32::from(near & band != 0);
    }
    if sounding == 0 { 0.0 } else { fitting as f32 / sounding as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::band::Polyphony;
    use crate::music::measure::Measure;
    use crate::music::note::{Key, Note};

    #[test]
    fn consonance_wins_over_clash_and_silence() {
        let layout = Layout { polyphony: Polyphony::Poly, low: 48, pitches: 36, rests: true };
        let layouts = [layout, layout];
        let frames = |keys: &[i32]| {
            Frames::of(&layout, &Measure::from_notes(16, keys.iter().map(|&key| Note::new(0, 16, Key::clamped(key)))))
        };
        let user = frames(&[60]);
        let id = VoiceId::new(0).expect("a voice");
        let candidate = |keys: &[i32]| vec![Some(user), Some(frames(keys))];
        let candidates = [candidate(&[]), candidate(&[59, 62]), candidate(&[60, 64, 67]), candidate(&[62, 65])];
        assert_eq!(best(&layouts, Some((id, &user)), &candidates, |_| 0.0).0, 2);
        let alone = |keys: &[i32]| vec![None, Some(frames(keys))];
        let unknown = [alone(&[]), alone(&[59, 62]), alone(&[60])];
        assert_eq!(best(&layouts, None, &unknown, |_| 0.0).0, 1, "without a user's measure the first that sounds");
    }
}
