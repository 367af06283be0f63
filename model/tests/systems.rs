//! A band file holds any system, and plays it.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::predict::predictor::PredictRequest;
use model::systems::band_file::{Band, BandFileError, BandInfo, FORMAT_VERSION};
use model::systems::band_ngram::BandNgram;
use model::systems::rmvae::TrainedRmvae;
use model::systems::system::PartsError;
use model::{BandMeasure, Key, Measure, NGram, Note, Predictor, VoiceId};

fn embedded(name: &str) -> Band {
    Band::embedded(name).map(Band::read).expect("an embedded band").expect("an intact band")
}

fn request(band: &Band) -> PredictRequest {
    let mut request = PredictRequest::empty();
    let lead = VoiceId::new(0).expect("a voice");
    request.user = lead;
    request.voices = band.spec().all().without(lead);
    for keys in [[60, 64, 67, 64], [62, 65, 69, 65]] {
        let notes = (0..4).zip(keys).map(|(beat, key)| Note::new(beat * 4, 4, Key::clamped(key)));
        let mut measure = BandMeasure::missing(16);
        measure.set(lead, &Measure::from_notes(16, notes));
        request.history.push(&measure);
    }
    request
}

#[test]
fn a_band_that_is_nothing_but_its_ngram_plays_as_the_ngram_does() {
    let pop = embedded("pop");
    let ngram: Arc<NGram> = Arc::clone(pop.ngram().expect("it ships with one"));
    let info = BandInfo {
        format_version: FORMAT_VERSION,
        architecture: BandNgram {}.into(),
        band: pop.spec().clone(),
        training_sets: Vec::new(),
        metrics: BTreeMap::new(),
    };
    let band = Band::new(info.clone(), Arc::<NGram>::clone(&ngram), Some(Arc::clone(&ngram)));
    let again = Band::read(&band.to_bytes()).expect("an intact band");
    assert!(again.system_as::<TrainedRmvae>().is_none(), "there is no net");
    let request = request(&again);
    let expected = ngram.player().predict(&request).expect("a prediction");
    assert_eq!(again.predictor().predict(&request), Ok(expected));

    let without = Band::new(info, ngram, None).to_bytes();
    assert!(matches!(Band::read(&without), Err(BandFileError::System(PartsError::Counts))), "its counts are missing");
}
