//! What the band promises at play, whatever it has learnt.

use std::collections::BTreeMap;
use std::sync::Arc;

use burn::tensor::Device;
use model::predict::predictor::{MeasureIndex, PredictRequest};
use model::systems::band_file::{Band, BandFileError, BandInfo, FORMAT_VERSION};
use model::systems::biaxial::{BiaxialConfig, BiaxialNet, TrainedBiaxial};
use model::systems::system::{PartsError, Whole};
use model::{BandMeasure, BandSpec, Energy, Key, Measure, Note, PredictError, Style, VoiceId, VoiceMask};

fn config() -> BiaxialConfig {
    BiaxialConfig { time: vec![12, 12], note: vec![8], window: 2 }
}

/// A choir whose net knows nothing, but that a note is not likely.
fn band() -> Band {
    band_of([-4.0, 0.0])
}

/// The same, where these are the log odds of each pitch: that it sounds, and that it is struck where it does.
fn band_of(odds: [f32; 2]) -> Band {
    let (spec, config) = (BandSpec::chorale(), config());
    let net = BiaxialNet::new(&config, &Device::flex());
    let weights = model::systems::nn::get_weights(&net).into_iter().map(|mut weight| {
        if weight.name == "head.bias" {
            weight.values = odds.into();
        }
        weight
    });
    let weights: Vec<_> = weights.collect();
    let net = model::systems::nn::set_weights(net, &weights).expect("its own weights");
    let info = BandInfo {
        format_version: FORMAT_VERSION,
        architecture: Whole { config: config.clone() }.into(),
        band: spec.clone(),
        training_sets: Vec::new(),
        metrics: BTreeMap::new(),
    };
    Band::new(info, Arc::new(TrainedBiaxial::new(spec, config, net)), None)
}

fn voice(index: usize) -> VoiceId {
    VoiceId::new(index).expect("a voice")
}

fn tune(steps: u8, key: i32) -> Measure {
    Measure::from_notes(
        steps,
        [Note::new(0, steps.div_ceil(2), Key::clamped(key)), Note::new(steps / 2, 9, Key::clamped(key + 2))],
    )
}

/// The soprano has sung so many measures; the others are wanted.
fn request(heard: usize, steps: u8) -> PredictRequest {
    let mut request = PredictRequest::empty();
    request.user = voice(0);
    request.voices = BandSpec::chorale().all().without(voice(0));
    request.steps = steps;
    for index in 0..heard {
        let mut measure = BandMeasure::missing(steps);
        measure.set(voice(0), &tune(steps, 67 + i32::try_from(index % 3).expect("small")));
        request.history.push(&measure);
    }
    request.target = MeasureIndex(u32::try_from(heard).expect("few") + 1);
    request
}

fn notes(measure: &BandMeasure) -> usize {
    measure.present.iter().map(|voice| measure.voice(voice).onsets().count()).sum()
}

#[test]
fn measures_of_any_length_from_one_measure_of_context() {
    let mut player = band().predictor();
    let mut played = 0;
    for steps in 1..=16 {
        let request = request(1, steps);
        let measure = player.predict(&request).expect("a prediction");
        assert_eq!((measure.steps(), measure.present), (steps, request.voices));
        for voice in request.voices.iter() {
            let range = BandSpec::chorale().voices[voice.index()].range;
            assert!(measure.voice(voice).notes().iter().all(|note| range.contains(note.key)));
        }
        played += notes(&measure);
    }
    assert!(played > 10, "{played} notes");
}

#[test]
fn the_same_request_gives_the_same_measure_whatever_was_asked_before() {
    let band = band();
    let mut busy = band.predictor();
    for heard in 1..9 {
        let request = request(heard, 16);
        let fresh = band.predictor().predict(&request);
        assert_eq!(busy.predict(&request), fresh, "after {heard} measures");
        assert!(fresh.is_ok());
    }
    let (one, mut other) = (request(4, 16), request(4, 16));
    other.seed = 1;
    assert_ne!(busy.predict(&one), busy.predict(&other), "another seed");
}

#[test]
fn each_voice_sings_one_note_at_once() {
    let mut player = band().predictor();
    let mut played = 0;
    for seed in 0..8 {
        let measure = player.predict(&PredictRequest { seed, ..request(3, 16) }).expect("a prediction");
        for voice in measure.present.iter() {
            let notes = measure.voice(voice).notes();
            assert!(notes.windows(2).all(|pair| pair[0].end() <= pair[1].step.0), "seed {seed}: {notes:?}");
        }
        played += notes(&measure);
    }
    assert!(played > 10, "{played} notes");
}

#[test]
fn density_gives_more_notes_and_fewer() {
    let mut player = band().predictor();
    let mut played = |density: f32| -> usize {
        let style = Style { density, ..Style::default() };
        let mut each =
            |seed| notes(&player.predict(&PredictRequest { seed, style, ..request(3, 16) }).expect("a measure"));
        (0..8).map(&mut each).sum()
    };
    let [few, usual, many] = [0.25, 1.0, 4.0].map(&mut played);
    assert!(few < usual && usual < many, "{few}, {usual}, {many}");
}

#[test]
fn energy_gives_more_notes_and_higher_ones() {
    let mut player = band().predictor();
    let mut played = |energy: f32| {
        let style = Style { energy: Energy::clamped(energy), ..Style::default() };
        let mut keys = Vec::new();
        for seed in 0..16 {
            let measure = player.predict(&PredictRequest { seed, style, ..request(3, 16) }).expect("a measure");
            for voice in measure.present.iter() {
                keys.extend(measure.voice(voice).onsets().map(|note| usize::from(note.key.get())));
            }
        }
        (keys.len(), 100 * keys.iter().sum::<usize>() / keys.len().max(1))
    };
    let [low, high] = [-1.0, 1.0].map(&mut played);
    assert!(low.0 < high.0 && low.1 < high.1, "notes and their mean key in hundredths: {low:?}, {high:?}");
}

#[test]
fn at_temperature_0_the_seed_does_not_matter() {
    // So that notes are likelier than none, and begin: silence would be the same for every seed. The weights, which are
    // drawn, cannot outweigh it.
    let mut player = band_of([6.0, 6.0]).predictor();
    let style = Style { temperature: 0.0, ..Style::default() };
    let mut played = |seed| player.predict(&PredictRequest { seed, style, ..request(3, 16) }).expect("a measure");
    let measure = played(1);
    assert!(notes(&measure) > 0, "the band plays");
    assert_eq!(measure, played(2));
}

/// What is known of the wanted measure changes what the others play, and is never played twice.
#[test]
fn a_given_voice_stands() {
    let mut player = band().predictor();
    let bass = VoiceMask::only(voice(3));
    let mut given = BandMeasure::missing(16);
    for (index, key) in [(0, 72), (1, 67), (2, 60)] {
        given.set(voice(index), &tune(16, key));
    }
    let with = PredictRequest { voices: bass, given: Some(given), ..request(3, 16) };
    let without = PredictRequest { given: None, ..with.clone() };
    let [with, without] = [with, without].map(|request| player.predict(&request).expect("a measure"));
    assert_eq!((with.present, without.present), (bass, bass));
    assert_ne!(with, without);
}

#[test]
fn impossible_requests_are_refused() {
    let mut player = band().predictor();
    assert_eq!(player.predict(&request(0, 16)), Err(PredictError::NothingHeard));
    let lacking = PredictRequest { voices: VoiceMask::only(voice(5)), ..request(1, 16) };
    assert_eq!(player.predict(&lacking), Err(PredictError::NoSuchVoice));
}

#[test]
fn a_band_file_keeps_it_and_a_false_one_is_refused() {
    let band = band();
    let bytes = band.to_bytes();
    let again = Band::read(&bytes).expect("an intact band");
    let request = request(3, 16);
    // Weights are rounded to f16 in the file, once.
    let expected = Band::read(&again.to_bytes()).expect("an intact band").predictor().predict(&request);
    assert!(expected.as_ref().is_ok_and(|measure| notes(measure) > 0), "{expected:?}");
    assert_eq!(again.predictor().predict(&request), expected);

    let mut info = band.info.clone();
    info.architecture = Whole { config: BiaxialConfig::full() }.into();
    let false_one = Band::new(info, Arc::clone(band.system()), None).to_bytes();
    assert!(
        matches!(Band::read(&false_one), Err(BandFileError::System(PartsError::TooFew))),
        "larger than its weights"
    );
}
