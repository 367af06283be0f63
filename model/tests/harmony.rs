//! The net that foretells chords, as it ships.

use std::time::Instant;

use model::music::chord::Chord;
use model::predict::predictor::PredictRequest;
use model::systems::band_file::Band;
use model::{BandMeasure, BandSpec, Key, Measure, Note, Tonality, VoiceId};

const LEAD: VoiceId = VoiceId::FIRST;

/// A tune over C – Am – F – G, moved by so many semitones, of so many measures.
fn request(measures: usize, shift: i32) -> PredictRequest {
    let tune = [[60, 64, 67, 64], [69, 72, 76, 72], [65, 69, 72, 69], [67, 71, 74, 71]];
    let mut request = PredictRequest::empty();
    (request.user, request.voices) = (LEAD, BandSpec::pop().all().without(LEAD));
    request.tonality = Tonality::default().transposed(shift);
    for at in 0..measures {
        let notes = (0u8..).zip(tune[at % 4]).map(|(beat, key)| Note::new(4 * beat, 4, Key::clamped(key + shift)));
        let mut measure = BandMeasure::missing(16);
        measure.set(LEAD, &Measure::from_notes(16, notes));
        request.history.push(&measure);
    }
    request
}

fn chords(request: &PredictRequest) -> Vec<Chord> {
    let plan = Band::harmony().expect("it ships").plan(request, &BandSpec::pop());
    plan.halves.iter().map(|half| half.chord).collect()
}

#[test]
fn a_tune_that_comes_round_again_is_foretold_the_chords_that_hold_it_in_every_key() {
    for measures in 14..18 {
        let planned = chords(&request(measures, 0));
        let tune = request(measures + 2, 0).history.back(0).expect("a measure").voice(LEAD).chroma();
        for chord in &planned {
            let held =
                (0u8..).zip(tune).filter(|&(class, time)| time > 0.0 && chord.pitch_classes().has(class)).count();
            assert!(held >= 2, "{chord} holds {held} of the three notes {measures} measures later");
        }
        for shift in [-5, 3] {
            let moved: Vec<Chord> = planned.iter().map(|chord| chord.transposed(shift)).collect();
            assert_eq!(chords(&request(measures, shift)), moved, "moved by {shift}");
        }
    }
}

#[test]
fn the_chances_are_some_and_a_plan_is_the_same_every_time() {
    let harmony = Band::harmony().expect("it ships");
    let request = request(9, 0);
    let plan = harmony.plan(&request, &BandSpec::pop());
    assert_eq!(plan.halves.len(), 2);
    for half in &plan.halves {
        assert!((half.chances.iter().sum::<f32>() - 1.0).abs() < 1e-4);
    }
    assert_eq!(harmony.plan(&request, &BandSpec::pop()), plan);
    assert!(harmony.plan(&PredictRequest::empty(), &BandSpec::pop()).halves.is_empty(), "nothing was heard");
}

#[test]
fn every_length_of_measure_and_of_the_past_has_a_plan() {
    for steps in 1..=16 {
        for measures in [1, 2, 3, 40] {
            for ahead in [1, 2] {
                let mut request = request(measures, 0);
                (request.steps, request.ahead) = (steps, ahead);
                request.planned = (ahead == 2).then(|| BandMeasure::missing(16));
                let chords = Band::harmony().expect("it ships").plan(&request, &BandSpec::pop()).chords();
                assert!((0..steps).all(|step| chords.at(step).is_some()), "{steps} steps, {measures} measures");
            }
        }
    }
}

/// It takes a small part of a prediction's time, on whatever machine: a measure of sixty beats a minute has four seconds.
#[test]
fn a_plan_takes_little_time() {
    let request = request(40, 0);
    let harmony = Band::harmony().expect("it ships");
    let begun = Instant::now();
    (0..10).for_each(|_| drop(harmony.plan(&request, &BandSpec::pop())));
    assert!(begun.elapsed().as_secs_f64() / 10.0 < 0.5);
}
