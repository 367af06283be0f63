//! What training promises: it learns, goes on after being killed, and can be repeated.
//!
//! burn's generator of random numbers is one for the whole process, so these tests take turns, and they stand
//! apart from those that make nets meanwhile.
#![cfg(feature = "train")]

mod gpu;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use model::music::band::{BandMeasure, BandSpec, VoiceId};
use model::predict::predictor::{PredictRequest, Predictor};
use model::systems::nn::{NamedTensor, get_weights};
use model::systems::rmvae::{Helpers, RmvaeConfig, RmvaeNet, RmvaePredictor, TrainedRmvae};
use model::train::rmvae::windows::{Spoil, WindowCutter, WindowOptions, Windows};
use model::train::{
    Library, LossWeights, News, Piece, Prepared, PreparedError, Preparing, TrainError, TrainOptions, Workbench, train,
};
use model::{Device, Key, Measure, Note, Rng};

static TURN: Mutex<()> = Mutex::new(());

/// A tune and chords.
fn band() -> BandSpec {
    let mut band = BandSpec::pop();
    band.voices = vec![band.voices[0].clone(), band.voices[2].clone()];
    band
}

fn voice(index: usize) -> VoiceId {
    VoiceId::new(index).expect("a voice")
}

/// Measure `index` of a song that repeats every four measures.
fn measure(index: usize) -> BandMeasure {
    let root = [60, 57, 53, 55][index % 4];
    let note = |step, length, key| Note::new(step, length, Key::clamped(key));
    let tune = match index % 4 {
        0 => vec![note(0, 4, root + 12), note(4, 4, root + 16), note(8, 8, root + 19)],
        1 => vec![note(0, 8, root + 12), note(8, 8, root + 15)],
        2 => vec![note(4, 4, root + 16), note(8, 4, root + 12), note(12, 4, root + 16)],
        _ => vec![note(0, 12, root + 14)],
    };
    let mut measure = BandMeasure::missing(16);
    measure.set(voice(0), &Measure::from_notes(16, tune));
    measure.set(voice(1), &Measure::from_notes(16, [note(0, 8, root), note(0, 8, root + 7), note(8, 8, root + 7)]));
    measure
}

fn pieces(count: usize, measures: usize) -> Vec<Piece> {
    let piece = Piece { source: PathBuf::from("made up"), measures: (0..measures).map(measure).collect() };
    vec![piece; count]
}

fn options() -> TrainOptions {
    TrainOptions {
        net: RmvaeConfig {
            frame: 12,
            encoder: 12,
            measure: 16,
            latent: 8,
            recurrent: 24,
            recurrent_layers: 1,
            context: 24,
            decoder: 32,
            window: 8,
            ..RmvaeConfig::default()
        },
        epochs: 2,
        batch: 2,
        measures: 8,
        learning_rate: 1e-2,
        ..TrainOptions::default()
    }
}

/// A folder of one test, removed at its end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("band-player-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a writable folder");
        Self(folder)
    }

    fn out(&self) -> PathBuf {
        self.0.join("band.safetensors")
    }

    fn checkpoint(&self) -> PathBuf {
        self.0.join("band.checkpoint")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// What a training run showed.
#[derive(Default)]
struct Shown {
    nll: Vec<f64>,
    net: Option<RmvaeNet>,
}

impl Shown {
    fn weights(&self) -> Vec<NamedTensor> {
        get_weights(self.net.as_ref().expect("an epoch was shown"))
    }
}

/// Trains, killed after so many batches (of the whole training) if that is wanted.
fn run(scratch: &Scratch, options: &TrainOptions, kill: Option<u64>) -> Result<Shown, TrainError> {
    run_on(1, Library::of(pieces(2, 24)), scratch, options, kill)
}

/// The same on so many devices, and of these pieces.
fn run_on(
    devices: usize,
    learn: Library,
    scratch: &Scratch,
    options: &TrainOptions,
    kill: Option<u64>,
) -> Result<Shown, TrainError> {
    let stop = AtomicBool::new(false);
    let mut shown = Shown::default();
    let (out, devices) = (scratch.out(), vec![Device::flex(); devices]);
    let bench = Workbench { out: &out, devices: &devices, stop: &stop };
    train(&band(), options, learn, Library::of(pieces(1, 16)), bench, |news| match news {
        News::Batch { done, nll, .. } => {
            shown.nll.push(nll);
            if kill == Some(done) {
                stop.store(true, Ordering::Relaxed);
            }
        }
        News::Epoch { net, .. } => shown.net = Some(net.clone()),
    })?;
    Ok(shown)
}

#[test]
fn a_tiny_band_learns_its_song_by_heart() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let scratch = Scratch::new("learns");
    let options = TrainOptions { epochs: 40, ..options() };
    let shown = run(&scratch, &options, None).expect("a training");
    let (first, last) = (shown.nll[0], shown.nll.iter().rev().take(6).sum::<f64>() / 6.0);
    assert!(last < 0.1 * first, "{first} nats per sixteenth and voice at the start, {last} at the end");

    let spec = band();
    let trained = TrainedRmvae::new(spec.clone(), options.net, shown.net.expect("an epoch was shown"));
    // As it was trained: in C already, and shown the measure that repeats.
    let helpers = Helpers { looped: true, ..Helpers::none() };
    let mut predictor = RmvaePredictor::new(Arc::new(trained), helpers);
    let mut request = PredictRequest::empty();
    request.voices = spec.all();
    request.style.temperature = 0.0;
    let (mut right, mut all) = (0, 0);
    for m in 0..12 {
        request.history.push(&measure(m));
        if m < 4 {
            // The song has not repeated yet.
            continue;
        }
        let (found, truth) = (predictor.predict(&request).expect("a prediction"), measure(m + 2));
        for voice in spec.all().iter() {
            for note in truth.voice(voice).onsets() {
                all += 1;
                right += usize::from(found.voice(voice).onsets().any(|n| (n.step, n.key) == (note.step, note.key)));
            }
        }
    }
    assert!(10 * right >= 9 * all, "{right} of {all} notes");
}

#[test]
fn a_killed_training_goes_on_as_if_nothing_had_happened() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let (whole, killed) = (Scratch::new("whole"), Scratch::new("killed"));
    let expected = run(&whole, &options(), None).expect("a training");
    assert_eq!(expected.nll.len(), 6, "two epochs of three batches");
    assert!(!whole.checkpoint().exists(), "a finished training leaves no checkpoint");

    let before = run(&killed, &options(), Some(4)).expect("a training that stops early");
    assert!(killed.checkpoint().exists());
    let after = run(&killed, &options(), None).expect("a training that goes on");
    let joined: Vec<f64> = before.nll.iter().chain(&after.nll).copied().collect();
    assert_eq!(joined, expected.nll);
    assert_eq!(after.weights(), expected.weights());
    assert!(!killed.checkpoint().exists());
}

#[test]
fn a_seed_decides_everything() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let weights = |name: &str, seed: u64| {
        let scratch = Scratch::new(name);
        run(&scratch, &TrainOptions { epochs: 1, seed, ..options() }, None).expect("a training").weights()
    };
    let first = weights("first", 5);
    assert_eq!(weights("second", 5), first);
    assert_ne!(weights("third", 6), first);
}

/// A prepared file of two pieces to train on.
fn prepared(scratch: &Scratch) -> PathBuf {
    let path = scratch.0.join("pieces.prepared");
    let mut file = Preparing::new(&path, &band()).expect("a writable folder");
    for piece in pieces(2, 24) {
        file.add("train", &piece.measures).expect("room");
    }
    file.finish().expect("room");
    path
}

#[test]
fn a_prepared_file_teaches_what_its_pieces_teach() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let scratch = Scratch::new("prepared");
    let (library, _) = Library::open(&[prepared(&scratch)], "train", &band(), true).expect("a prepared file");
    assert_eq!((library.len(), library.measures()), (2, 48));
    assert_eq!(library.window(1, 22, 9).expect("readable"), pieces(1, 24)[0].measures[22..]);
    let found = run_on(1, library, &scratch, &options(), None).expect("a training");
    let expected = run(&Scratch::new("pieces"), &options(), None).expect("a training");
    assert_eq!(found.nll, expected.nll);
    assert_eq!(found.weights(), expected.weights());
}

#[test]
fn a_damaged_or_foreign_prepared_file_is_refused() {
    let scratch = Scratch::new("damaged");
    let path = prepared(&scratch);
    let open = |split: &str, band: &BandSpec| Prepared::open(&path, split, band);
    assert!(matches!(open("valid", &band()), Err(PreparedError::NoSplit { .. })));
    assert!(matches!(open("train", &BandSpec::chorale()), Err(PreparedError::OtherBand { .. })));
    let whole = std::fs::read(&path).expect("a file");
    for at in [0, 8, 40, whole.len() / 2, whole.len() - 30, whole.len() - 15, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        std::fs::write(&path, bytes).expect("written");
        let read = open("train", &band()).and_then(|file| Ok((file.read(0)?, file.read(1)?)));
        let same = read.as_ref().is_ok_and(|(one, two)| one == two && *one == pieces(1, 24)[0].measures);
        // The first bytes say what it is to people alone.
        assert!(matches!(read, Err(PreparedError::Damaged { .. })) || at < 8 && same, "byte {at}: {read:?}");
    }
    for length in [0, 7, 19, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&path, &whole[..length]).expect("written");
        assert!(open("train", &band()).is_err(), "{length} bytes");
    }
}

/// Devices share each step's work: each has a batch of its own. On two processors that are one it can be seen that the
/// net learns, that it comes out the same each time, and that a killed training goes on.
#[test]
fn several_devices_share_a_training() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let options = TrainOptions { epochs: 14, ..options() };
    let go =
        |scratch: &Scratch, kill| run_on(2, Library::of(pieces(2, 24)), scratch, &options, kill).expect("a training");
    let shown = go(&Scratch::new("two"), None);
    let one = run(&Scratch::new("one"), &TrainOptions { epochs: 1, ..options.clone() }, None).expect("a training");
    assert_eq!(shown.nll.len(), 14 * one.nll.len().div_ceil(2), "half as many steps show everything once");
    let last = shown.nll.last().copied().expect("a step");
    assert!(last < 0.5 * shown.nll[0], "{} to {last}", shown.nll[0]);
    let scratch = Scratch::new("two-killed");
    let mut again = go(&scratch, Some(7)).nll;
    again.extend(go(&scratch, None).nll);
    assert_eq!(again, shown.nll);
}

#[test]
fn a_checkpoint_of_other_options_is_refused_and_a_damaged_one_says_so() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let scratch = Scratch::new("refused");
    run(&scratch, &options(), Some(1)).expect("a training that stops early");
    let other = TrainOptions { loss: LossWeights { scale: 0.2, ..LossWeights::default() }, ..options() };
    let error = run(&scratch, &other, None).err().expect("other options").to_string();
    assert!(error.contains("other options"), "{error}");

    let weights = scratch.checkpoint().join("weights.bin");
    let bytes = std::fs::read(&weights).expect("the checkpoint's weights");
    std::fs::write(&weights, &bytes[4..]).expect("a writable folder");
    let error = run(&scratch, &options(), None).err().expect("a damaged checkpoint").to_string();
    assert!(error.contains("damaged"), "{error}");
}

/// One window of the piece as it is, or with everything (or one voice) after measure `m` replaced.
fn window(spoil: Spoil, config: &RmvaeConfig, seed: u64, changed: impl Fn(usize, usize) -> bool) -> Windows {
    let mut piece = pieces(1, 12).remove(0);
    for (index, measure) in piece.measures.iter_mut().enumerate() {
        for player in 0..2 {
            if changed(index, player) {
                let key = Key::clamped(61 + i32::try_from(index % 5).expect("small"));
                measure.set(voice(player), &Measure::from_notes(16, (0u8..8).map(|i| Note::new(2 * i, 1, key))));
            }
        }
    }
    let options =
        WindowOptions { batch: 1, measures: 12 - config.offset, noise: 1e-3, transpose: 0.0, blind: 0.0, spoil };
    let library = Arc::new(Library::of(vec![piece]));
    WindowCutter::new(band(), config.clone(), options, library).cut(&mut Rng::new(seed)).expect("in memory")
}

/// The row of one measure in a column of `width` numbers a row.
fn row(column: &[f32], rows: usize, row: usize) -> &[f32] {
    let width = column.len() / rows;
    &column[row * width..(row + 1) * width]
}

#[test]
fn a_window_shows_nothing_of_the_future() {
    for offset in [1, 2] {
        let config = RmvaeConfig { offset, ..options().net };
        let (heard, predicted) = (12 - offset + 1, 12 - offset);
        for m in 1..predicted {
            let before = window(Spoil::None, &config, 1, |_, _| false);
            let after = window(Spoil::None, &config, 1, |index, _| index > m);
            let next = |windows: &Windows| -> Vec<f32> {
                windows.frames.iter().flatten().flat_map(|column| row(column, heard, m + 1).to_vec()).collect()
            };
            assert_ne!(next(&before), next(&after), "the future of measure {m} is another");
            for t in 0..=m {
                for player in 0..2 {
                    for step in 0..16 {
                        let frames = |windows: &Windows| row(&windows.frames[player][step], heard, t).to_vec();
                        assert_eq!(frames(&before), frames(&after), "measure {t} as the encoders read it");
                    }
                    assert_eq!(before.present[player][t], after.present[player][t]);
                    let marks = |windows: &Windows| {
                        let recall = windows.recall.as_ref().expect("memories");
                        (t < predicted).then(|| row(&recall.marks[player], predicted, t).to_vec())
                    };
                    assert_eq!(marks(&before), marks(&after), "measure {t} as the memories hold it");
                }
                if t < predicted {
                    let recall = [&before, &after].map(|windows| windows.recall.as_ref().expect("memories"));
                    let [features, closed] = [recall.map(|r| &r.features), recall.map(|r| &r.closed)]
                        .map(|columns| columns.map(|column| row(column, predicted, t)));
                    assert_eq!(features[0], features[1]);
                    assert_eq!(closed[0], closed[1]);
                    assert!(closed[0].iter().enumerate().all(|(source, &closed)| (closed == 0.0) == (source <= t)));
                    assert_eq!((before.loop_row[t], before.looped[t]), (after.loop_row[t], after.looped[t]));
                    assert!(before.looped[t] == 0.0 || before.loop_row[t] <= i32::try_from(t).expect("small"));
                }
            }
            // The decoders are told of the target only what was decided before.
            for player in 0..2 {
                for step in 0..16 {
                    let inputs = |windows: &Windows, t| row(&windows.inputs[player][step], predicted, t).to_vec();
                    for t in 0..=m.saturating_sub(offset) {
                        if t + offset <= m {
                            assert_eq!(inputs(&before, t), inputs(&after, t));
                        }
                    }
                    // The chords are decided first, and of their first step nothing is known.
                    if player == 1 && step == 0 {
                        for t in m + 1 - offset.min(m + 1)..=m.min(predicted - 1) {
                            assert_eq!(inputs(&before, t), inputs(&after, t), "measure {t}, changed after {m}");
                        }
                    }
                }
            }
        }
    }
}

/// Histories are spoilt as a jam may spoil them, but what the user has not played yet is in none.
#[test]
fn no_spoilt_history_holds_what_the_user_will_play() {
    let config = options().net;
    let (m, rows) = (5, 12 - config.offset + 1);
    let (mut seen, mut others) = (0, 0);
    for seed in 0..60 {
        let before = window(Spoil::Jam, &config, seed, |_, _| false);
        let truth = window(Spoil::None, &config, seed, |_, _| false);
        // Only windows in which the tune was heard as it is: there the user may be who plays it.
        let heard = |windows: &Windows| -> Vec<f32> {
            (0..16).flat_map(|step| windows.frames[0][step].iter().copied()).collect()
        };
        let differing = heard(&before).iter().zip(heard(&truth)).filter(|(a, b)| **a != *b).count();
        if differing > 20 {
            continue;
        }
        seen += 1;
        let after = window(Spoil::Jam, &config, seed, |index, player| player == 0 && index > m);
        others += usize::from(heard(&before) != heard(&after));
        for player in 0..2 {
            for step in 0..16 {
                for t in 0..=m {
                    let frames = |windows: &Windows| row(&windows.frames[player][step], rows, t).to_vec();
                    assert_eq!(frames(&before), frames(&after), "seed {seed}, measure {t}");
                }
            }
        }
    }
    assert!(seen > 15, "{seen} windows of 60 were looked at");
    assert_eq!(others, seen, "in each the user goes on otherwise");
}
