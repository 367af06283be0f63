//! The conductor.

use std::hint::black_box;
use std::sync::Arc;

use model::{
    Accepted, BandMeasure, BandSpec, Conductor, Interplay, Key, Lookahead, LoopRule, Measure, Note, PredictRequest,
    Prediction, Settings,
};

use crate::calls;

#[test]
fn a_whole_take_allocates_nothing() {
    let (pop, choir) = (BandSpec::pop(), BandSpec::chorale());
    let rules = [Arc::new(LoopRule::new(pop.clone())), Arc::new(LoopRule::new(choir.clone()))];
    let settings = Settings::new(&pop, pop.voice("Lead").expect("a lead"));
    let mut conductor = Conductor::new(&pop, rules[0].clone(), settings);
    let mut request = Box::new(PredictRequest::empty());
    let phrase = [60, 64, 67, 62];
    let user = |measure: usize| {
        // Every now and then the user falls silent for so long that the band closes.
        let sings = measure % 40 < 25;
        let note = Note::new(0, 12, Key::clamped(phrase[measure % 4]));
        Measure::from_notes(16, sings.then_some(note))
    };

    let before = calls();
    for lookahead in [Lookahead::SecondNext, Lookahead::Next] {
        for (hear_own, interplay) in [
            (true, Interplay::Accompany),
            (false, Interplay::Accompany),
            (true, Interplay::Trade),
            (false, Interplay::Solo),
            (false, Interplay::Continue),
        ] {
            conductor.set_settings(Settings { lookahead, hear_own, interplay, play_on: 3, ..settings });
            conductor.start();
            for measure in 0..120 {
                let user = user(measure);
                if measure % 30 > 27 {
                    conductor.set_settings(Settings { freeze: Some(2), ..*conductor.settings() });
                } else if measure % 30 == 0 {
                    conductor.set_settings(Settings { freeze: None, ..*conductor.settings() });
                }
                conductor.begin_measure(16, 16);
                for last_step in [false, true] {
                    if last_step {
                        conductor.last_step(&user);
                    }
                    if conductor.take_request(&mut request) && measure % 3 != 0 {
                        let mut predicted = BandMeasure::missing(request.steps);
                        for voice in request.voices.iter() {
                            predicted.set(voice, &user);
                        }
                        let prediction = Prediction {
                            epoch: request.epoch,
                            target: request.target,
                            measure: predicted,
                            drums: None,
                        };
                        assert_eq!(conductor.accept(&prediction), Accepted::Planned);
                    }
                }
                match measure % 50 {
                    48 => conductor.jump(12, &user),
                    49 => conductor.jump(2, &user),
                    _ => conductor.close_measure(&user),
                }
                black_box(conductor.playing());
            }
            conductor.stop();
        }
    }
    // The old fallback is handed back, and the caller has another hold of it: nothing is freed.
    let voice = choir.voice("Alto").expect("an alto");
    let old = conductor.set_band(&choir, rules[1].clone(), Settings::new(&choir, voice));
    conductor.start();
    conductor.begin_measure(16, 16);
    assert_eq!(calls() - before, 0);

    let tally = conductor.tally();
    assert!(tally.by_loop > 20 && tally.by_ngram > 5 && tally.predicted > 100 && tally.closes > 4, "{tally:?}");
    drop(old);
}
