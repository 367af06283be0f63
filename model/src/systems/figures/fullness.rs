//! How fully the band may sound.
//!
//! Beneath a busy tune people leave room; beneath a calm one chords lie full. And who does not know which chord comes sounds what
//! all that may come have in common, where who knows it plays its tones and rests.

use crate::music::measure::Measure;

/// Where a tune begins so many notes in sixteen steps, on the mean, it is neither busy nor calm. Chosen on the validation songs:
/// of POP909's tunes four of five begin more, of those of lead sheets three of ten.
const NEITHER: f32 = 4.7;

/// With so many fewer it is calm enough to sound full beneath it whatever comes. Chosen likewise.
const CALM: f32 = 3.0;

/// How open it may be which classes come, in nats, before it counts. Chosen likewise: where a net foretells pop songs it is 1.86
/// on the mean, where it foretells lead sheets 1.97.
const OPEN: f32 = 1.9;

/// By how much more it must be open to sound full whatever the tune is like. Chosen likewise.
const WIDE_OPEN: f32 = 0.15;

/// How fully the band may sound beneath this tune so far (none, where the user plays none), where each class is expected to sound
/// so much in each half measure: 0…1.
pub(super) fn fullness<'a>(
    expected: impl Iterator<Item = &'a [f32; 12]>,
    tune: impl Iterator<Item = &'a Measure>,
) -> f32 {
    let (mut sum, mut count) = (0.0, 0.0f32);
    for classes in expected {
        (sum, count) = (sum + entropy(classes), count + 1.0);
    }
    let open = if count > 0.0 { (sum / count - OPEN) / WIDE_OPEN } else { 0.0 };
    let (mut notes, mut steps) = (0.0, 0.0);
    for measure in tune {
        let begins = measure.onsets().map(|_| 1.0).sum::<f32>();
        if begins > 0.0 {
            (notes, steps) = (notes + begins, steps + f32::from(measure.steps()));
        }
    }
    let calm = if steps > 0.0 { (NEITHER - 16.0 * notes / steps) / CALM } else { 0.0 };
    (open + calm).clamp(0.0, 1.0)
}

/// The entropy of what sounds so much, in nats.
fn entropy(classes: &[f32; 12]) -> f32 {
    let all = classes.iter().sum::<f32>();
    let share = |sounds: &f32| sounds / all;
    classes.iter().filter(|sounds| **sounds > 0.0).map(share).map(|share| -share * share.ln()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::note::{Key, Note};

    /// A measure in which so many notes begin.
    fn tune(notes: u8) -> Measure {
        Measure::from_notes(16, (0..notes).map(|step| Note::new(step, 1, Key::clamped(60))))
    }

    /// So many classes may come, all alike.
    fn open(classes: usize) -> [f32; 12] {
        std::array::from_fn(|class| if class < classes { 0.25 } else { 0.0 })
    }

    #[test]
    fn the_calmer_the_tune_and_the_more_may_come_the_fuller() {
        let of = |classes, notes| fullness([open(classes)].iter(), [tune(notes), tune(0)].iter());
        assert!(of(7, 2) > of(7, 4) && of(7, 4) > of(7, 5), "{} {} {}", of(7, 2), of(7, 4), of(7, 5));
        assert!(of(7, 5) > of(3, 5) && of(12, 5) > of(7, 5));
        assert_eq!((of(12, 1), of(3, 12)), (1.0, 0.0));
        // Who plays no tune is neither busy nor calm, and where nothing is foretold nothing is open.
        assert_eq!(fullness([open(3)].iter(), [].iter()), 0.0);
        assert_eq!(fullness([].iter(), [].iter()), 0.0);
    }
}
