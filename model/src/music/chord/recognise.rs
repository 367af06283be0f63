//! Chords recognised from what sounds.
//!
//! # Source
//! Template matching: T. Fujishima, "Realtime chord recognition of musical sound" (ICMC 1999).
//! Each chord's tones are a pattern over the twelve pitch classes. It is known how long each class
//! sounds; the pattern that is nearest to that names the chord. Here each tone of the pattern adds
//! the time that it sounds, and each foreign tone costs. The bass speaks for its own note as the
//! root, and each tone of a pattern costs a little, so that a larger pattern must fit better.

use super::{Chord, Quality};

/// How much foreign tones cost, as a factor of their share of the whole sound. Chosen.
const FOREIGN: f32 = 0.9;

/// What each tone of the pattern costs if it does not sound. Chosen.
const MISSING: f32 = 0.14;

/// What is added if the bass plays nothing but the root. Chosen: less than a tone that is missing and one tone more
/// cost, so that a triad is not named after its bass (C, E♭ and G over E♭ are Cm, and no E♭6 without a fifth).
const BASS: f32 = 0.15;

/// What it costs if the root does not sound at all. Chosen.
const ROOTLESS: f32 = 0.2;

/// What each tone of the pattern costs, so that of two that fit alike the plainer is named. Chosen.
const LARGER: f32 = 0.02;

/// What it costs if the chord is none of the [`PLAIN`] ones: a note that a tune passes through does not make a C
/// a Cadd9, nor an Am an AmMaj7. Chosen: an added tone has to sound for a fourteenth of the whole, and C6 over its root is still
/// no Am7.
const RICH: f32 = 0.12;

/// What it costs if the chord is seldom meant and often met: a minor chord below a leading note is heard as itself.
/// Chosen: twice as much.
const RARE: f32 = 0.24;

/// Below this the sound has no name. Chosen.
const LEAST: f32 = 0.45;

/// A note of the bass that is not the root is written after a stroke if it has at least this share of the bass's time.
/// Chosen: more than half, so that there is one at most, and a bass that walks has none.
const STROKE: f32 = 0.6;

/// The chords that most music is made of.
const PLAIN: [Quality; 12] = [
    Quality::Major,
    Quality::Minor,
    Quality::Seventh,
    Quality::MajorSeventh,
    Quality::MinorSeventh,
    Quality::Diminished,
    Quality::HalfDiminished,
    Quality::DiminishedSeventh,
    Quality::Augmented,
    Quality::SuspendedFourth,
    Quality::SuspendedSecond,
    Quality::Power,
];

impl Chord {
    /// The chord of what sounds, from how long each pitch class does, in all and in the bass, `[12]` each.
    /// `None`: nothing sounds, or nothing that has a name.
    #[must_use]
    pub fn recognised(chroma: &[f32; 12], bass: &[f32; 12]) -> Option<Self> {
        let total: f32 = chroma.iter().sum();
        let classes = chroma.iter().filter(|&&weight| weight > 0.0).count();
        if classes < 2 {
            return None;
        }
        let low: f32 = bass.iter().sum();
        let share = |class: u8| if low > 0.0 { bass[usize::from(class)] / low } else { 0.0 };
        let mut best = (LEAST, None);
        for quality in Quality::ALL {
            let rich = match quality {
                Quality::MinorMajorSeventh | Quality::MinorAddNinth => RARE,
                _ if PLAIN.contains(&quality) => 0.0,
                _ => RICH,
            };
            // Three notes of a tune, as C D E, are no Cadd9 whose fifth is missing: a bass has to stand below them.
            if rich > 0.0 && classes < 4 && low <= 0.0 {
                continue;
            }
            for root in 0..12 {
                let tones = quality.tones().raised(root);
                let sounding = tones.iter().map(|class| chroma[usize::from(class)]);
                let (inside, missing) = sounding.fold((0.0, 0.0), |(inside, missing), weight| {
                    (inside + weight, missing + f32::from(u8::from(weight <= 0.0)))
                });
                // What is rich may lack its fifth; what lacks more has four other tones, as the shell of a thirteenth.
                let there = tones.iter().filter(|&class| chroma[usize::from(class)] > 0.0).count();
                if rich > 0.0 && missing > 1.0 && there < 4 {
                    continue;
                }
                let own = if chroma[usize::from(root)] > 0.0 { 0.0 } else { ROOTLESS };
                let size: f32 = tones.iter().map(|_| LARGER).sum();
                let score = (inside - FOREIGN * (total - inside)) / total - MISSING * missing + BASS * share(root)
                    - own
                    - size
                    - rich;
                if score > best.0 {
                    best = (score, Some((root, quality)));
                }
            }
        }
        let (root, quality) = best.1?;
        let other = quality.tones().raised(root).iter().find(|&class| class != root && share(class) >= STROKE);
        Some(Self { bass: other.unwrap_or(root), ..Self::new(root, quality) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::chord::PitchClasses;

    /// What is recognised of these keys sounding together, the first being the bass.
    fn recognised(keys: &[u8]) -> Option<Chord> {
        let (mut chroma, mut bass) = ([0.0; 12], [0.0; 12]);
        for key in keys {
            chroma[usize::from(key % 12)] += 4.0;
        }
        if let Some(lowest) = keys.first() {
            bass[usize::from(lowest % 12)] += 4.0;
        }
        Chord::recognised(&chroma, &bass)
    }

    fn check(keys: &[u8], expected: Option<&str>) {
        assert_eq!(recognised(keys).map(|chord| chord.to_string()).as_deref(), expected, "{keys:?}");
    }

    /// The tones of a chord from its root upwards, above the lowest C of the bass.
    fn keys(chord: Chord) -> Vec<u8> {
        chord.quality.tones().iter().map(|tone| 36 + chord.root + tone).collect()
    }

    #[test]
    fn every_chord_is_recognised_from_every_root() {
        for quality in Quality::ALL {
            for root in 0..12 {
                let chord = Chord::new(root, quality);
                assert_eq!(recognised(&keys(chord)), Some(chord), "{chord}");
            }
        }
    }

    /// An inversion may be another chord in root position (C6/A is Am7): what is named then has the same tones.
    #[test]
    fn every_inversion_is_recognised_by_its_tones_and_its_bass() {
        for quality in Quality::ALL {
            for root in 0..12 {
                let chord = Chord::new(root, quality);
                for bass in keys(chord) {
                    let mut turned = keys(chord);
                    turned.retain(|&key| key != bass);
                    turned.insert(0, bass);
                    let found = recognised(&turned).expect("a name");
                    assert_eq!(found.pitch_classes(), chord.pitch_classes(), "{chord} over {bass} is no {found}");
                    assert_eq!(found.bass, bass % 12, "{chord} over {bass} is no {found}");
                    let others = |other: &Quality| {
                        (0..12).filter(|&at| other.tones().raised(at) == chord.pitch_classes()).count()
                    };
                    if Quality::ALL.iter().map(others).sum::<usize>() == 1 {
                        assert_eq!(found.without_bass(), chord);
                    }
                }
            }
        }
    }

    /// Players leave the fifth out. What is left may be another whole chord (C6 without G is Am/C); else it is the same.
    #[test]
    fn a_gap_at_the_fifth_does_not_change_the_name() {
        for quality in Quality::ALL.into_iter().filter(|quality| quality.tones().has(7) && quality.tones().count() > 3)
        {
            let chord = Chord::new(0, quality);
            let left: Vec<u8> = keys(chord).into_iter().filter(|key| key % 12 != 7).collect();
            let whole = Quality::ALL
                .iter()
                .any(|other| (0..12).any(|root| other.tones().raised(root) == PitchClasses::of(&left)));
            let found = recognised(&left).expect("a name");
            if !whole {
                assert_eq!(found, chord, "{chord} without its fifth");
            }
        }
    }

    #[test]
    fn shells_and_a_missing_root_are_recognised() {
        // Root, seventh, third and thirteenth, as a pianist's left hand plays it.
        check(&[36, 46, 52, 57], Some("C13"));
        check(&[36, 46, 52], Some("C7"));
        check(&[36, 47, 52], Some("Cmaj7"));
        check(&[36, 46, 51], Some("Cm7"));
    }

    #[test]
    fn inversions_and_a_tune_above_do_not_change_the_name() {
        check(&[40, 48, 55, 60], Some("C/E"));
        check(&[45, 57, 60, 64], Some("Am"));
        check(&[43, 53, 59, 62], Some("G7"));
    }

    /// A C held for a measure, and a D that the tune passes through.
    #[test]
    fn a_passing_note_of_the_tune_does_not_change_the_name() {
        for (root, third, foreign) in [(0, 4, 2), (9, 3, 11), (0, 4, 9), (7, 4, 1)] {
            let (mut chroma, mut bass) = ([0.0; 12], [0.0; 12]);
            for tone in [0, third, 7] {
                chroma[(root + tone) % 12] += 16.0;
            }
            bass[root] += 16.0;
            let plain = Chord::recognised(&chroma, &bass);
            assert!(plain.is_some_and(|chord| chord.quality.tones().count() == 3));
            chroma[(root + foreign) % 12] += 2.0;
            assert_eq!(Chord::recognised(&chroma, &bass), plain);
        }
    }

    #[test]
    fn three_neighbours_of_a_tune_without_a_bass_have_no_name() {
        let mut chroma = [0.0; 12];
        chroma[..5].copy_from_slice(&[4.0, 0.0, 4.0, 0.0, 4.0]);
        assert_eq!(Chord::recognised(&chroma, &[0.0; 12]), None);
    }

    #[test]
    fn silence_single_notes_and_clusters_have_no_name() {
        check(&[], None);
        check(&[60], None);
        check(&[48, 60, 72], None);
        check(&[60, 61, 62, 63, 64, 65], None);
    }
}
