//! The planned chords as one more expert on which notes start, and on the choice between candidates.

use crate::music::chart::MeasureChords;
use crate::music::chord::{Chord, ChordSymbol};
use crate::systems::rmvae::config::Layout;
use crate::systems::rmvae::frames::{Frames, STEPS};

/// The chord of each step, in C, where it is known.
#[must_use]
pub fn in_c(chords: &MeasureChords, shift: i32) -> [Option<Chord>; STEPS] {
    let chord = |step: u8| chords.at(step).and_then(ChordSymbol::chord).map(|chord| chord.transposed(shift));
    let mut out = [None; STEPS];
    (0u8..).zip(&mut out).for_each(|(step, place)| *place = chord(step));
    out
}

/// What the chord of each step says of each pitch class, in nats: `[16, 12]`; `None` where no chord is known.
pub type Leanings = [Option<[f32; 12]>; STEPS];

/// What the chords say: tones outside lose the step's weight, and the chord's lowest gains `root` times as much.
#[must_use]
pub fn leanings(chords: &[Option<Chord>; STEPS], weights: &[f32; STEPS], root: f32) -> Leanings {
    std::array::from_fn(|step| {
        let chord = chords[step]?;
        let tones = chord.pitch_classes();
        Some(std::array::from_fn(|class| {
            let class = u8::try_from(class).unwrap_or(0);
            let outside = if tones.has(class) { 0.0 } else { -1.0 };
            weights[step] * (outside + if class == chord.bass { root } else { 0.0 })
        }))
    })
}

/// Share of what these voices sound, all but one, that lies in the chords: 0…1; 1 where no chord is known or nothing sounds.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "at most 12 · 16")]
pub fn share(chords: &[Option<Chord>; STEPS], layouts: &[Layout], user: usize, voices: &[Option<Frames>]) -> f32 {
    let (mut inside, mut all) = (0, 0);
    for (voice, frames) in voices.iter().enumerate().filter(|(voice, _)| *voice != user) {
        let Some(frames) = frames else { continue };
        for (step, chord) in chords.iter().enumerate().take(frames.steps) {
            let Some(chord) = chord else { continue };
            let classes = frames.pitch_classes(&layouts[voice], step);
            let tones = chord.pitch_classes();
            all += classes.count_ones();
            inside += (0u8..12).filter(|&class| classes >> class & 1 == 1 && tones.has(class)).count();
        }
    }
    if all == 0 { 1.0 } else { inside as f32 / all as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::band::Polyphony;
    use crate::music::measure::Measure;
    use crate::music::note::{Key, Note};

    fn chords(name: &str) -> [Option<Chord>; STEPS] {
        let mut known = MeasureChords::NONE;
        known.set_from(8, Some(ChordSymbol::Chord(name.parse().expect("a chord"))));
        in_c(&known, 0)
    }

    #[test]
    fn tones_outside_the_chord_are_unlikely_from_where_it_begins_and_the_lowest_the_likeliest() {
        let leanings = leanings(&chords("G7/B"), &[2.0; STEPS], 1.5);
        assert_eq!(leanings[7], None);
        let said = leanings[8].expect("a chord");
        assert_eq!((said[7], said[11], said[0]), (0.0, 3.0, -2.0));
    }

    #[test]
    fn the_share_in_the_chord_is_of_the_band_alone() {
        let layout = Layout { polyphony: Polyphony::Poly, low: 48, pitches: 36, rests: true };
        let frames = |keys: &[i32]| {
            Frames::of(&layout, &Measure::from_notes(16, keys.iter().map(|&key| Note::new(8, 8, Key::clamped(key)))))
        };
        let voices = [Some(frames(&[61])), Some(frames(&[67, 71, 72, 74]))];
        assert_eq!(share(&chords("G"), &[layout; 2], 0, &voices), 0.75);
        assert_eq!(share(&[None; STEPS], &[layout; 2], 0, &voices), 1.0);
    }
}
