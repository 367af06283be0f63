//! A system of one voice is saved and read back, and no file is believed.

use std::collections::BTreeMap;
use std::sync::Arc;

use burn::tensor::Device;
use model::systems::band_file::{Architecture, Band, BandFileError, BandInfo, FORMAT_VERSION};
use model::systems::markov::MarkovConfig;
use model::systems::melody::{Learner, Melody, MelodyModel, Solo, Soloist};
use model::systems::melody_lstm::MelodyLstmConfig;
use model::systems::melody_ngram::MelodyNgramConfig;
use model::systems::melody_rnn::{MelodyRnnConfig, MelodyRnnForm};
use model::systems::plain_rnn::PlainRnnConfig;
use model::systems::rmvae::TrainedRmvae;
use model::systems::system::PartsError;
use model::{BandMeasure, BandSpec, Key, Measure, Note, PredictRequest, VoiceId};

use crate::nets::wild;

fn alto() -> VoiceId {
    BandSpec::chorale().voice("Alto").expect("an alto")
}

fn band(architecture: Architecture, model: Box<dyn MelodyModel>) -> Band {
    let info = BandInfo {
        format_version: FORMAT_VERSION,
        architecture,
        band: BandSpec::chorale(),
        training_sets: Vec::new(),
        metrics: BTreeMap::new(),
    };
    let soloist = Soloist::new(BandSpec::chorale(), alto(), model).expect("the choir has an alto");
    Band::new(info, Arc::new(soloist), None)
}

/// The alto, learnt by a system of this form.
fn solo<C>(config: C) -> Architecture
where
    Solo<C>: Into<Architecture>,
{
    Solo { voice: alto(), config }.into()
}

fn untrained<L: Learner>(learner: &L) -> Band
where
    Solo<L>: Into<Architecture>,
{
    let _alone = crate::draws();
    band(solo(learner.clone()), learner.model(&learner.init(&Device::flex())))
}

fn all() -> Vec<Band> {
    let tunes: Vec<Melody> = (0..3).map(|seed| wild(seed, 16, 8)).collect();
    let small = |form| MelodyRnnConfig { units: vec![7, 5], ..MelodyRnnConfig::new(form) };
    let (ngram, markov) = (MelodyNgramConfig { order: 3, ..Default::default() }, MarkovConfig::default());
    let mut bands: Vec<Band> =
        [MelodyRnnForm::Basic, MelodyRnnForm::Mono, MelodyRnnForm::Lookback, MelodyRnnForm::Attention]
            .map(|form| untrained(&small(form)))
            .into();
    bands.push(untrained(&PlainRnnConfig { units: 6 }));
    bands.push(untrained(&MelodyLstmConfig { units: 6, ..Default::default() }));
    let counted = Box::new(ngram.learn(&tunes));
    bands.push(band(solo(ngram), counted));
    let counted = Box::new(markov.learn(&tunes));
    bands.push(band(solo(markov), counted));
    bands
}

fn measures(band: &Band) -> Vec<BandMeasure> {
    let mut predictor = band.predictor();
    let mut request = PredictRequest::empty();
    request.voices = band.spec().all().without(VoiceId::FIRST);
    let mut heard = BandMeasure::missing(16);
    let notes = [(0, 67), (6, 69), (8, 71)].map(|(step, key)| Note::new(step, 2, Key::clamped(key)));
    heard.set(VoiceId::FIRST, &Measure::from_notes(16, notes));
    request.history.push(&heard);
    (0..4)
        .map(|seed| {
            request.seed = seed;
            predictor.predict(&request).expect("a prediction")
        })
        .collect()
}

#[test]
fn what_was_saved_is_what_plays() {
    for band in all() {
        // Saving rounds weights to f16 once; from then on nothing changes.
        let first = Band::read(&band.to_bytes()).expect("an intact band");
        let again = Band::read(&first.to_bytes()).expect("an intact band");
        assert_eq!(again.info, band.info);
        assert!(again.system().parts() == first.system().parts(), "{:?}", band.info.architecture);
        let played = measures(&first);
        let own: usize = played.iter().map(|measure| measure.voice(alto()).onsets().count()).sum();
        assert!(own > 0, "{:?} plays nothing in four measures", band.info.architecture);
        assert_eq!(measures(&again), played, "{:?}", band.info.architecture);
        assert_eq!(again.system_as::<Soloist>().map(|soloist| soloist.voice()), Some(alto()));
        assert!(again.system_as::<TrainedRmvae>().is_none());
    }
}

/// The same weights or counts under another architecture.
fn refused(band: &Band, architecture: Architecture) -> BandFileError {
    let mut info = band.info.clone();
    info.architecture = architecture;
    let changed = Band::new(info, Arc::clone(band.system()), None);
    Band::read(&changed.to_bytes()).expect_err("another architecture")
}

#[test]
fn one_systems_weights_are_not_anothers() {
    let bands = all();
    for (i, one) in bands.iter().enumerate() {
        for (j, other) in bands.iter().enumerate().filter(|(j, _)| *j != i) {
            let error = refused(one, other.info.architecture.clone());
            assert!(matches!(error, BandFileError::System(_)), "{i} as {j}: {error}");
        }
    }
}

#[test]
fn what_cannot_be_is_refused_before_any_memory_is_taken() {
    let bands = all();
    let (rnn, plain, lstm) = (&bands[0], &bands[4], &bands[5]);
    let huge = 1 << 40;
    let sized = |units: Vec<usize>| solo(MelodyRnnConfig { units, ..MelodyRnnConfig::default() });
    let check = |band: &Band, form: Architecture| {
        let error = refused(band, form);
        let wrong = matches!(error, BandFileError::System(PartsError::Form(_) | PartsError::TooFew));
        assert!(wrong, "{error}");
    };
    for units in [vec![], vec![0], vec![huge], vec![4096; 4], vec![8; 5], vec![usize::MAX / 8]] {
        check(rnn, sized(units));
    }
    for units in [0, 4096, huge, usize::MAX] {
        let config = PlainRnnConfig { units };
        check(plain, solo(config));
        let config = MelodyLstmConfig { units, ..Default::default() };
        check(lstm, solo(config));
    }
    let config = MelodyRnnConfig { units: vec![7, 5], dropout: -0.5, ..MelodyRnnConfig::default() };
    check(rnn, solo(config));
    let config = MelodyLstmConfig { units: 6, dropout: 1.0, ..Default::default() };
    check(lstm, solo(config));
    let config = MelodyRnnConfig { attention_length: huge, ..MelodyRnnConfig::new(MelodyRnnForm::Attention) };
    check(&bands[3], solo(config));
}

#[test]
fn a_voice_that_the_band_lacks_is_refused() {
    for place in [4, 7, 200] {
        let text = serde_json::to_string(&all()[0].info.architecture).expect("metadata can be written");
        let wild = text.replace("\"voice\":1", &format!("\"voice\":{place}"));
        assert_ne!(text, wild);
        let wild: Architecture = serde_json::from_str(&wild).expect("a number");
        let error = refused(&all()[0], wild);
        // Beyond eight, a voice is no number that the metadata can have.
        let named = matches!(error, BandFileError::System(_) | BandFileError::Metadata(_));
        assert!(named && error.to_string().contains("voice"), "voice {place}: {error}");
    }
}
