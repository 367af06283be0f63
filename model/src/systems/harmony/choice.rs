//! Which of the likely chords is planned.

use super::classes::{CHORD_CLASSES, chord};
use super::features::fit;

/// How much the net's own opinion counts beside the fit. Chosen on the validation songs of POP909, as blocks of chords: with 2
/// the chords follow the user less (note_in_chord 0.67 for 0.73), and the roots are the same.
const OPINION: f32 = 1.0;

/// How much ln P of a chord counts where all that it may turn out to be is weighed. Chosen on the validation songs, with the
/// three below: with 1 fewer of the user's notes lie in the chords, and what sounds is less like what people play.
const LIKELY: f32 = 0.25;

/// How much it counts that the imagined notes are in the chord, less half of those a semitone beside it. Chosen as above.
const FITS: f32 = 11.0;

/// How much it counts to be expected to sound like the chord that comes. Chosen as above.
const ALIKE: f32 = 24.0;

/// How much ln P of the root counts, whatever the kind. Chosen as above: without it the bass is right less often.
const ROOTS: f32 = 12.0;

/// The chord that is planned by a net that names no chords: likely, and with the imagined notes in it.
pub(super) fn likeliest(chances: &[f32], imagined: &[f32; 12], weight: f32) -> usize {
    best(|class| OPINION * (chances[class] + 1e-4).ln() + weight * fit(chord(class).pitch_classes(), imagined))
}

/// The chord that is planned by a net that names the chords of what was heard: the one that is expected to sound most like what comes, where the
/// right chord is not known; rather one of a likely root, and one that the imagined notes are in.
///
/// # Source
/// The choice of what is expected to be least wrong, in place of what is likeliest: S. Kumar and W. Byrne 2004, "Minimum
/// Bayes-risk decoding for statistical machine translation".
pub(super) fn least_wrong(chances: &[f32], imagined: &[f32; 12]) -> usize {
    let mut roots = [0.0f32; 12];
    chances.iter().enumerate().for_each(|(class, chance)| roots[class % 12] += chance);
    let tones = tones();
    best(|class| {
        let alike: f32 = (0..CHORD_CLASSES).map(|other| chances[other] * alike(&tones, class, other)).sum();
        LIKELY * (chances[class] + 1e-4).ln()
            + FITS * fit(chord(class).pitch_classes(), imagined)
            + ALIKE * alike
            + ROOTS * (roots[class % 12] + 1e-3).ln()
    })
}

/// How much each class is expected to sound, whichever chord comes, 0…1: the mean of what all of them sound, the root doubled
/// by the bass, each as long a vector as any other. So the cosine of what a band sounds with what comes is expected to be the
/// scalar product of both, over the length of the band's.
pub(super) fn expected(chances: &[f32]) -> [f32; 12] {
    let mut out = [0.0; 12];
    for (class, &chance) in chances.iter().enumerate() {
        let chord = chord(class);
        let sounds = |tone: u8| if tone == chord.root { 2.0f32 } else { 1.0 };
        let length = chord.pitch_classes().iter().map(|tone| sounds(tone).powi(2)).sum::<f32>().sqrt();
        chord.pitch_classes().iter().for_each(|tone| out[usize::from(tone)] += chance * sounds(tone) / length);
    }
    out
}

/// How alike two chords sound, 0…1.
#[cfg(feature = "train")]
pub(crate) fn sound_alike(one: usize, other: usize) -> f32 {
    alike(&tones(), one, other)
}

/// The tones of each class, a bit for each.
fn tones() -> Vec<u16> {
    (0..CHORD_CLASSES)
        .map(|class| chord(class).pitch_classes().iter().fold(0, |tones, tone| tones | 1 << tone))
        .collect()
}

/// The cosine of what two chords sound, the roots doubled by the bass as one tone more.
#[expect(clippy::cast_precision_loss, reason = "at most five tones")]
fn alike(tones: &[u16], one: usize, other: usize) -> f32 {
    let sounding = |class: usize| tones[class].count_ones() as f32 + 1.0;
    let root = f32::from(u8::from(one % 12 == other % 12));
    ((tones[one] & tones[other]).count_ones() as f32 + root) / (sounding(one) * sounding(other)).sqrt()
}

/// The class of the highest score, the first of several.
fn best(score: impl Fn(usize) -> f32) -> usize {
    let scores: Vec<f32> = (0..CHORD_CLASSES).map(score).collect();
    (0..CHORD_CLASSES).rev().max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::chord::Chord;
    use crate::systems::harmony::classes::class;

    fn of(name: &str) -> usize {
        class(name.parse::<Chord>().expect("a chord"))
    }

    fn chances(of_each: &[(&str, f32)]) -> Vec<f32> {
        let mut out = vec![0.0; CHORD_CLASSES];
        of_each.iter().for_each(|&(name, chance)| out[of(name)] = chance);
        out
    }

    #[test]
    fn what_is_like_most_of_what_may_come_is_planned_before_the_likeliest() {
        // F# is likeliest by a little; what else may come is all about C.
        let may = chances(&[("F#", 0.3), ("C", 0.25), ("Cmaj7", 0.25), ("Am7", 0.2)]);
        assert_eq!(least_wrong(&may, &[0.0; 12]) % 12, 0);
        assert_eq!(likeliest(&may, &[0.0; 12], 4.0), of("F#"));
        // Where it is sure, it is what is likeliest.
        assert_eq!(least_wrong(&chances(&[("F#", 0.97), ("C", 0.03)]), &[0.0; 12]), of("F#"));
    }

    #[test]
    fn what_may_come_is_expected_to_sound_as_far_as_it_is_likely() {
        let sounds = expected(&chances(&[("C", 0.75), ("Am", 0.25)]));
        // Both have C and E; G is the likelier's alone, A the other's, whose root it is.
        assert!(
            sounds[0] > sounds[4] && sounds[4] > sounds[7] && sounds[7] > sounds[9] && sounds[9] > 0.0,
            "{sounds:?}"
        );
        assert_eq!(sounds[1], 0.0);
        // A chord that is sure is expected with the cosine of 1.
        let sure: f32 = expected(&chances(&[("F#7", 1.0)])).iter().map(|sounds| sounds * sounds).sum();
        assert!((sure - 1.0).abs() < 1e-6, "{sure}");
    }

    #[test]
    fn of_chords_about_as_likely_the_one_that_holds_the_imagined_note_is_planned() {
        let may = chances(&[("C", 0.5), ("G", 0.5)]);
        let imagined = |class: usize| std::array::from_fn(|at| f32::from(u8::from(at == class)));
        assert_eq!((least_wrong(&may, &imagined(4)), least_wrong(&may, &imagined(2))), (of("C"), of("G")));
    }
}
