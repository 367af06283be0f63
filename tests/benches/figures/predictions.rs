//! One prediction of each embedded band, on one thread, from a full history.

use std::hint::black_box;
use std::time::Instant;

use criterion::Criterion;
use model::systems::band_file::Band;
use model::{BandMeasure, PredictRequest};
use tests::tune;

use crate::table::Table;

pub(crate) fn measure(criterion: &mut Criterion, table: &mut Table) {
    for name in ["pop", "chorale"] {
        let band = Band::embedded(name).map(Band::read).expect("an embedded band").expect("a good band");
        let mut predictor = band.predictor();
        let mut request = request(&band);
        table.time(criterion, ("prediction", &format!("a prediction of the {name} band")), "8 ms, p99 15 ms", || {
            request.seed += 1;
            let start = Instant::now();
            black_box(predictor.predict(black_box(&request)).expect("a prediction"));
            start.elapsed()
        });
    }
}

/// Everybody has played the tune, and the first voice's measures go on.
fn request(band: &Band) -> PredictRequest {
    let mut request = PredictRequest::empty();
    let voices = band.spec().all();
    for measure in &tune::song().tracks[0].measures[..40] {
        let mut all = BandMeasure::missing(measure.steps());
        for voice in voices.iter() {
            all.set(voice, &measure.transposed(-12 * i32::try_from(voice.index()).expect("few")));
        }
        request.planned = Some(all);
        request.history.push(&all);
    }
    request.voices = voices.without(request.user);
    request
}
