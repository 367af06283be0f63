//! The rule against the numbers of the script that it was first written as, on a small tune.

use super::*;
use crate::music::band::{VoiceId, VoiceMask};
use crate::music::note::{Key, Note};

/// (step, length, key)
type Notes = &'static [(u8, u8, i32)];
const A: Notes = &[(0, 4, 67), (4, 4, 71), (8, 8, 74)];
const B: Notes = &[(0, 8, 72), (8, 4, 76), (12, 4, 72)];
const C: Notes = &[(0, 6, 69), (6, 2, 71), (8, 8, 66)];
const D: Notes = &[(0, 16, 67)];
const E: Notes = &[(0, 4, 64), (4, 4, 67), (8, 8, 71)];
const REST: Notes = &[];
const TUNE: [Notes; 15] = [A, B, C, D, A, B, E, D, A, B, C, D, REST, A, B];

/// What `loop_lag` says when the tune was heard up to each measure: lag and score, for the
/// measure two ahead (and the same for the next).
const LOOPS: [Option<(usize, f64)>; 15] = [
    None,
    None,
    Some((2, 0.127_630_620_956_212_2)),
    Some((3, 0.241)),
    Some((4, 0.988)),
    Some((4, 1.788)),
    Some((4, 1.388)),
    Some((4, 1.988)),
    Some((4, 2.188)),
    Some((4, 2.388)),
    Some((8, 2.376)),
    Some((8, 2.776)),
    Some((8, 1.776)),
    Some((5, 1.135)),
    Some((5, 1.885)),
];

/// The key that the reference tracked (a major tonic), and the triads that it then plays two
/// measures ahead and one ahead.
const TRIADS: [(u8, [u8; 3], [u8; 3]); 15] = [
    (7, [7, 11, 2], [7, 11, 2]),
    (0, [0, 4, 7], [0, 4, 7]),
    (0, [2, 5, 9], [0, 4, 7]),
    (7, [2, 6, 9], [9, 0, 4]),
    (7, [2, 6, 9], [9, 0, 4]),
    (7, [7, 11, 2], [2, 6, 9]),
    (7, [7, 11, 2], [7, 11, 2]),
    (7, [9, 0, 4], [7, 11, 2]),
    (7, [4, 7, 11], [9, 0, 4]),
    (7, [7, 11, 2], [4, 7, 11]),
    (7, [7, 11, 2], [7, 11, 2]),
    (7, [9, 0, 4], [7, 11, 2]),
    (7, [4, 7, 11], [9, 0, 4]),
    (7, [2, 6, 9], [9, 0, 4]),
    (7, [7, 11, 2], [2, 6, 9]),
];

fn voice(index: usize) -> VoiceId {
    VoiceId::new(index).expect("a voice")
}

fn measure(notes: Notes) -> Measure {
    Measure::from_notes(16, notes.iter().map(|&(step, length, key)| Note::new(step, length, Key::clamped(key))))
}

#[test]
fn the_same_loops_as_the_reference_finds() {
    let mut finder = LoopFinder::default();
    for (at, (notes, expected)) in TUNE.iter().zip(LOOPS).enumerate() {
        finder.push(&measure(notes));
        for ahead in [1, 2] {
            let found = finder.find(ahead).map(|found| (found.lag, found.likeness));
            match (found, expected) {
                (None, None) => {}
                (Some((lag, likeness)), Some((expected, score))) => {
                    assert_eq!(lag, expected, "measure {at}");
                    // The reference's score is the weighted sum, less what the lag costs.
                    let weights = [1.0, 1.8, 2.4, 2.8][(at - lag).min(3)];
                    let score = (score + 0.003 * f64::from(u8::try_from(lag).expect("small"))) / weights;
                    // The reference counts in f64.
                    assert!((f64::from(likeness) - score).abs() < 1e-6, "measure {at}: {likeness}, not {score}");
                }
                other => panic!("measure {at}: {other:?}"),
            }
        }
    }
}

#[test]
fn the_same_triads_as_the_reference_plays() {
    let mut rule = LoopRule::new(BandSpec::pop());
    let mut request = PredictRequest::empty();
    request.voices = rule.spec().all().without(request.user);
    for (at, (notes, (tonic, two_ahead, next))) in TUNE.iter().zip(TRIADS).enumerate() {
        let mut heard = BandMeasure::missing(16);
        heard.set(request.user, &measure(notes));
        request.history.push(&heard);
        request.tonality = Tonality { tonic, mode: Mode::Major };
        for (ahead, triad) in [(2, two_ahead), (1, next)] {
            request.ahead = ahead;
            let played = rule.predict(&request).expect("a measure");
            assert_eq!(played.present, request.voices);
            let keys = |index: usize| played.voice(voice(index)).notes().iter().map(|note| note.key.get());
            assert_eq!(keys(1).count(), 0, "the counter rests");
            let mut chord: Vec<u8> = keys(2).collect();
            let mut expected = vec![60 + triad[1], 60 + triad[2]];
            chord.sort_unstable();
            expected.sort_unstable();
            assert_eq!(chord, expected, "measure {at}, {ahead} ahead");
            assert_eq!(keys(3).collect::<Vec<_>>(), [36 + triad[0]], "measure {at}, {ahead} ahead");
        }
    }
}

#[test]
fn a_newest_measure_heard_again_replaces_itself() {
    let (mut once, mut twice) = (LoopFinder::default(), LoopFinder::default());
    for notes in TUNE.iter().cycle().take(50) {
        once.push(&measure(notes));
        twice.push(&measure(E));
        twice.replace_newest(&measure(notes));
        assert_eq!(once.find(2), twice.find(2));
    }
    twice.push(&measure(C));
    twice.forget_newest();
    assert_eq!(once.find(2), twice.find(2));
}

#[test]
fn loops_are_found_long_after_the_oldest_measures_left() {
    let mut finder = LoopFinder::default();
    for at in 0..200 {
        finder.push(&measure([A, B, C, D, E, D][at % 6]));
    }
    let found = finder.find(2).expect("a loop");
    assert_eq!(found.lag, 6);
    assert!((found.likeness - 1.0).abs() < 1e-6);
}

#[test]
fn parts_of_a_divided_meter_repeat_only_as_whole_measures() {
    // 5/4, divided into 12 + 8 steps: an odd lag would put a long part in place of a short one.
    let mut finder = LoopFinder::default();
    let held = |steps| Measure::from_notes(steps, [Note::new(0, steps, Key::MIDDLE_C)]);
    for at in 0..12 {
        finder.push(&held(if at % 2 == 0 { 12 } else { 8 }));
        assert!(finder.find(2).is_none_or(|found| found.lag == 2 || found.likeness < 0.1));
    }
    assert_eq!(finder.find(2).map(|found| found.lag), Some(2));
}

#[test]
fn a_choir_sings_the_triad_in_all_its_voices() {
    let mut rule = LoopRule::new(BandSpec::chorale());
    let mut request = PredictRequest::empty();
    request.voices = rule.spec().all().without(request.user);
    request.tonality = Tonality { tonic: 7, mode: Mode::Major };
    let mut heard = BandMeasure::missing(16);
    heard.set(request.user, &measure(A));
    request.history.push(&heard);
    let chroma = rule.predict(&request).expect("a measure").chroma(request.voices);
    let sounding: Vec<usize> = (0..12).filter(|&class| chroma[class] > 0.0).collect();
    assert_eq!(sounding, [2, 7, 11]);
}

#[test]
fn in_minor_the_triads_are_those_of_the_relative_major() {
    let a_minor = Tonality { tonic: 9, mode: Mode::Minor };
    assert_eq!(best_triad(&measure(E).chroma(), a_minor), [4, 7, 11]);
    assert_eq!(best_triad(&[0.0; 12], a_minor), [9, 0, 4], "silence gives the tonic");
    assert_eq!(best_triad(&[0.0; 12], Tonality { tonic: 2, mode: Mode::Major }), [2, 6, 9]);
}

#[test]
fn as_a_fallback_it_plays_what_it_would_have_predicted() {
    let mut rule = LoopRule::new(BandSpec::pop());
    let mut request = PredictRequest::empty();
    request.voices = rule.spec().all().without(request.user);
    let mut history = History::default();
    for notes in TUNE {
        let mut heard = BandMeasure::missing(16);
        heard.set(request.user, &measure(notes));
        request.history.push(&heard);
        // What the conductor shows a fallback at second-next: of the last measure just the band's part.
        history.copy_from(&request.history);
        history.push(&BandMeasure::missing(16));
        for (ahead, history) in [(1, &request.history), (2, &history)] {
            let context = FallbackContext {
                history,
                user: request.user,
                voices: request.voices,
                tonality: request.tonality,
                style: request.style,
                seed: 0,
            };
            let mut filled = BandMeasure::missing(16);
            rule.fill(&context, &mut filled);
            let mut asked = request.clone();
            asked.ahead = ahead;
            assert_eq!(Ok(filled), rule.clone().predict(&asked), "{ahead} ahead");
        }
    }
    request.history.clear();
    assert_eq!(rule.predict(&request), Err(PredictError::NothingHeard));
}

#[test]
fn what_the_band_lacks_is_refused() {
    let mut rule = LoopRule::new(BandSpec::pop());
    let mut request = PredictRequest::empty();
    request.voices = VoiceMask::only(voice(3));
    assert_eq!(rule.predict(&request), Err(PredictError::NothingHeard));
    request.voices = VoiceMask::only(voice(7));
    assert_eq!(rule.predict(&request), Err(PredictError::NoSuchVoice));
}
