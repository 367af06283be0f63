//! It learns, goes on after being killed as if it had not been, and can be repeated.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use model::systems::biaxial::BiaxialConfig;
use model::systems::nn::{NamedTensor, get_weights};
use model::train::biaxial::{BiaxialOptions, train};
use model::train::{Library, News, Piece, Workbench};
use model::{BandMeasure, BandSpec, Device, Key, Measure, Note, VoiceId};

/// burn's generator of random numbers is one for the whole process: trainings take turns.
static TURN: Mutex<()> = Mutex::new(());

fn pieces() -> Vec<Piece> {
    let measure = |index: usize| {
        let mut measure = BandMeasure::missing(16);
        let root = [60, 65, 67, 60][index % 4];
        for (voice, above) in [(0, 12), (1, 7), (2, 4), (3, -12)] {
            let notes = (0..4).map(|beat| Note::new(4 * beat, 4, Key::clamped(root + above)));
            measure.set(VoiceId::new(voice).expect("a voice"), &Measure::from_notes(16, notes));
        }
        measure
    };
    vec![Piece { source: PathBuf::from("made up"), measures: (0..16).map(measure).collect() }]
}

/// Trains until the end, or killed after so many batches; the losses, and the last epoch's weights.
fn run(name: &str, kill: Option<u64>) -> (Vec<f64>, Vec<NamedTensor>) {
    let folder = std::env::temp_dir().join(format!("band-player-biaxial-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a writable folder");
    let options = BiaxialOptions {
        net: BiaxialConfig { time: vec![16], note: vec![12], window: 2 },
        epochs: 5,
        batch: 1,
        measures: 2,
        learning_rate: 2e-2,
        average: 0.5,
        ..BiaxialOptions::default()
    };
    let (mut nll, mut weights) = (Vec::new(), Vec::new());
    let mut go = |kill: Option<u64>| {
        let stop = AtomicBool::new(false);
        let out = folder.join("band.safetensors");
        let bench = Workbench { out: &out, devices: &[Device::flex()], stop: &stop };
        let [learn, watch] = [pieces(), pieces()].map(Library::of);
        train(&BandSpec::chorale(), &options, learn, &watch, bench, |news| match news {
            News::Batch { done, nll: cost, .. } => {
                nll.push(cost);
                if kill == Some(done) {
                    stop.store(true, Ordering::Relaxed);
                }
            }
            News::Epoch { net, .. } => weights = get_weights(net),
        })
        .expect("a training");
    };
    if kill.is_some() {
        go(kill);
    }
    go(None);
    drop(std::fs::remove_dir_all(&folder));
    (nll, weights)
}

#[test]
fn it_learns_and_a_killed_training_ends_as_one_that_was_not() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let (nll, weights) = run("whole", None);
    assert_eq!(nll.len(), 40);
    let [first, last] = [&nll[..4], &nll[36..]].map(|part| part.iter().sum::<f64>());
    assert!(last < first / 2.0, "{first} to {last}");
    let (again, killed) = run("killed", Some(13));
    assert_eq!((again, killed), (nll, weights));
}
