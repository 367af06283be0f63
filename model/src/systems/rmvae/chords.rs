//! The planned chords as one more expert on every note that starts, and on the choice between candidates.

use crate::music::chart::MeasureChords;
use crate::music::chord::{Chord, ChordSymbol};
use crate::systems::rmvae::config::Layout;
use crate::systems::rmvae::fit::Wishes;
use crate::systems::rmvae::frames::{Frames, STEPS};

/// How much a tone of the chord gains for what any other loses: the voices play about as many notes as before. Chosen
/// on validation songs of POP909: with 0.25 they play 1.7 times as many notes as people, with 0 0.7 times as many.
const GAIN: f32 = 0.2;

/// The chord of each step, in C, where it is known.
#[must_use]
pub fn in_c(chords: &MeasureChords, shift: i32) -> [Option<Chord>; STEPS] {
    let chord = |step: u8| chords.at(step).and_then(ChordSymbol::chord).map(|chord| chord.transposed(shift));
    let mut out = [None; STEPS];
    (0u8..).zip(&mut out).for_each(|(step, place)| *place = chord(step));
    out
}

/// Adds to the wishes what the chords say: tones of the chord + `GAIN`, all others − 1, and the chord's lowest tone `root`
/// more, times the step's weight; in nats.
pub fn add(chords: &[Option<Chord>; STEPS], weights: &[f32; STEPS], root: f32, wishes: &mut Wishes) {
    for ((chord, &weight), wish) in chords.iter().zip(weights).zip(wishes) {
        let Some(chord) = chord else { continue };
        let tones = chord.pitch_classes();
        for (class, wish) in (0u8..).zip(wish) {
            *wish += weight * if tones.has(class) { GAIN } else { -1.0 };
            *wish += if class == chord.bass { weight * root } else { 0.0 };
        }
    }
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
    fn tones_of_the_chord_are_wished_and_others_are_not_from_where_it_begins() {
        let mut wishes = [[0.0; 12]; STEPS];
        add(&chords("G7/B"), &[2.0; STEPS], 1.5, &mut wishes);
        assert_eq!(wishes[7], [0.0; 12]);
        assert_eq!((wishes[8][7], wishes[8][11], wishes[8][0]), (2.0 * GAIN, 3.0 + 2.0 * GAIN, -2.0));
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
