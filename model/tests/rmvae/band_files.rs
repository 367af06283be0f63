//! A band file either is the band that was saved, or says what is wrong with it.

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use burn::tensor::Device;
use model::predict::predictor::PredictRequest;
use model::systems::band_file::{Architecture, Band, BandFileError, BandInfo, FORMAT_VERSION, MOST_BAND_BYTES};
use model::systems::nn::WeightsError;
use model::systems::rmvae::{RmvaeConfig, TrainedRmvae};
use model::systems::system::{PartsError, Whole};
use model::{BandMeasure, Key, Measure, Note, VoiceId};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::common::{net, ours, published, small_band};

fn form(config: RmvaeConfig) -> Architecture {
    Whole { config }.into()
}

fn info(config: RmvaeConfig) -> BandInfo {
    BandInfo {
        format_version: FORMAT_VERSION,
        architecture: form(config),
        band: small_band(),
        training_sets: Vec::new(),
        metrics: BTreeMap::from([("onset F1".to_owned(), 0.25)]),
    }
}

fn small(config: &RmvaeConfig) -> Band {
    let net = net(config, &small_band(), &Device::flex());
    Band::new(info(config.clone()), Arc::new(TrainedRmvae::new(small_band(), config.clone(), net)), None)
}

/// A file for one test, removed at its end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("band-player-{}-{name}.safetensors", std::process::id())))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

fn predictions(band: &Band) -> Vec<BandMeasure> {
    let mut predictor = band.predictor();
    let mut request = PredictRequest::empty();
    request.voices = band.spec().all();
    let play = |seed: u64| {
        let mut measure = BandMeasure::missing(16);
        let key = Key::clamped(60 + i32::try_from(seed).unwrap_or(0));
        measure.set(VoiceId::new(0).expect("a voice"), &Measure::from_notes(16, [Note::new(0, 4, key)]));
        request.history.push(&measure);
        request.seed = seed;
        predictor.predict(&request).expect("a prediction")
    };
    (0..4).map(play).collect()
}

fn band_plays(measure: &BandMeasure) -> bool {
    measure.present.iter().any(|voice| measure.voice(voice).onsets().count() > 0)
}

fn same(a: &Band, b: &Band) {
    assert_eq!(a.info, b.info);
    assert!(a.system().parts() == b.system().parts(), "the weights differ");
    assert!(a.system_as::<TrainedRmvae>().is_some() && b.system_as::<TrainedRmvae>().is_some(), "each holds an RMVAE");
}

#[test]
fn what_was_saved_is_what_plays() {
    for config in [ours(), published()] {
        let scratch = Scratch::new(if config.rpoe { "published" } else { "ours" });
        small(&config).save(&scratch.0).expect("a writable folder");
        let first = Band::load(&scratch.0).expect("an intact file");
        assert_eq!(first.info, info(config));
        // Saving rounds to f16 once; from then on nothing changes.
        let again = Band::read(&first.to_bytes()).expect("intact bytes");
        let played = predictions(&first);
        assert!(played.iter().any(band_plays), "four measures of silence prove nothing");
        assert_eq!(predictions(&again), played);
        same(&again, &first);
    }
}

#[test]
fn the_same_band_is_the_same_bytes() {
    let first = small(&ours()).to_bytes();
    assert!((0..20).all(|_| small(&ours()).to_bytes() == first), "one order of all that is in it");
    Band::read(&first).expect("an intact band");
}

#[test]
fn the_embedded_bands_are_intact_and_small() {
    let sizes = ["pop", "chorale"].map(|name| {
        let bytes = Band::embedded(name).expect("an embedded band");
        let band = Band::read(bytes).expect("an intact band");
        assert_eq!(band.spec().name, name);
        same(&Band::read(&band.to_bytes()).expect("intact bytes"), &band);
        bytes.len()
    });
    let harmony = std::fs::metadata(concat!(env!("CARGO_MANIFEST_DIR"), "/bands/harmony.safetensors"));
    let harmony = usize::try_from(harmony.expect("the net of chords").len()).expect("small");
    assert!(sizes.iter().sum::<usize>() + harmony <= 12 << 20, "{sizes:?} and {harmony} bytes");
    assert!(Band::harmony().is_some(), "the net of chords is intact");
    assert!(Band::embedded("jazz").is_none());
}

#[test]
fn a_file_cut_off_anywhere_is_truncated() {
    let bytes = small(&ours()).to_bytes();
    assert!(matches!(Band::read(&[]), Err(BandFileError::NotSafetensors(_))), "nothing is no band file");
    let data = bytes.len() - 4000;
    for length in (1..40).chain((40..data).step_by(97)).chain((data..bytes.len()).step_by(31)) {
        let error = Band::read(&bytes[..length]).expect_err("a part is not the whole");
        assert!(matches!(error, BandFileError::Truncated(_)), "{length} of {} bytes: {error}", bytes.len());
    }
}

#[test]
fn no_flipped_bit_goes_unnoticed() {
    let mut bytes = small(&ours()).to_bytes();
    let header = 8 + usize::try_from(u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes"))).expect("small");
    // Every byte of the header, and every seventh of the weights.
    for (count, position) in (0..header).chain((header..bytes.len()).step_by(7)).enumerate() {
        let bit = 1 << (count % 8);
        bytes[position] ^= bit;
        let damaged = Band::read(&bytes);
        assert!(damaged.is_err(), "bit {bit} of byte {position} flipped, header of {header}");
        if position >= header {
            assert!(matches!(damaged, Err(BandFileError::Checksum)));
        }
        bytes[position] ^= bit;
    }
    assert!(Band::read(&bytes).is_ok(), "all flipped back");
}

#[test]
fn other_files_are_told_apart() {
    for garbage in [&b"MThd\0\0\0\x06\0\x01\0\x01\0\x60"[..], b"#!/bin/sh\necho a band\n", &[0xff; 300], &[0; 300]] {
        let error = Band::read(garbage).expect_err("garbage");
        assert!(matches!(error, BandFileError::NotSafetensors(_)), "{garbage:?}: {error}");
        assert!(error.source().is_some(), "{garbage:?}: the cause is kept");
    }
    let view = TensorView::new(Dtype::F32, vec![1], &[0; 4]).expect("one number");
    let foreign = |entries| safetensors::serialize([("weight", view.clone())], entries).expect("a file");
    assert!(matches!(Band::read(&foreign(None)), Err(BandFileError::Foreign)));
    let entries = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    assert!(matches!(Band::read(&foreign(Some(entries))), Err(BandFileError::Foreign)));
}

/// The same weights under other metadata, the checksum made anew by saving.
fn with(change: impl FnOnce(&mut BandInfo)) -> Vec<u8> {
    let mut band = small(&ours());
    change(&mut band.info);
    band.to_bytes()
}

#[test]
fn a_newer_format_asks_for_an_update() {
    let newer = with(|info| info.format_version = FORMAT_VERSION + 1);
    let error = Band::read(&newer).expect_err("a newer file");
    assert!(matches!(error, BandFileError::Newer { found } if found == FORMAT_VERSION + 1), "{error}");
    assert!(error.to_string().contains("update"), "{error}");
}

#[test]
fn weights_must_fit_what_the_file_says_of_the_net() {
    let wider = with(|info| info.architecture = form(RmvaeConfig { latent: 5, ..ours() }));
    assert!(matches!(Band::read(&wider), Err(BandFileError::System(PartsError::TooFew))));
    let narrower = with(|info| info.architecture = form(RmvaeConfig { latent: 3, ..ours() }));
    let error = Band::read(&narrower).expect_err("other shapes");
    assert!(matches!(error, BandFileError::System(PartsError::Weights(WeightsError::Shape { .. }))), "{error}");
    let cause = error.source().and_then(|cause| cause.downcast_ref());
    assert!(matches!(cause, Some(PartsError::Weights(_))), "the cause is kept: {cause:?}");
    let published = with(|info| info.architecture = form(published()));
    assert!(matches!(Band::read(&published), Err(BandFileError::System(_))), "the backward weights are missing");
    let more = with(|info| info.band.voices.push(info.band.voices[0].clone()));
    assert!(matches!(Band::read(&more), Err(BandFileError::System(PartsError::TooFew))));
}

#[test]
fn what_cannot_be_a_band_is_refused_before_any_memory_is_taken() {
    let config = |config: RmvaeConfig| with(|info| info.architecture = form(config));
    let absurd = [
        with(|info| info.band.voices.clear()),
        with(|info| info.band.voices = vec![info.band.voices[0].clone(); 9]),
        config(RmvaeConfig { decoder: usize::MAX / 8, ..ours() }),
        config(RmvaeConfig { recurrent_layers: 1 << 40, ..ours() }),
        // Gigabytes, if they were there.
        config(RmvaeConfig { recurrent: 4096, recurrent_layers: 16, ..ours() }),
        config(RmvaeConfig { latent: 0, ..ours() }),
        config(RmvaeConfig { offset: 3, ..ours() }),
        config(RmvaeConfig { window: 0, ..ours() }),
        config(RmvaeConfig { dropout: 1.5, ..ours() }),
    ];
    for bytes in absurd {
        let error = Band::read(&bytes).expect_err("no band");
        let system = matches!(error, BandFileError::System(PartsError::Form(_) | PartsError::TooFew));
        assert!(system || matches!(error, BandFileError::Voices(0 | 9)), "{error}");
    }
}

#[test]
fn weights_of_another_number_format_are_refused() {
    let bytes = small(&ours()).to_bytes();
    let (_, header) = SafeTensors::read_metadata(&bytes).expect("a header");
    let view = TensorView::new(Dtype::F32, vec![1], &[0; 4]).expect("one number");
    let other = safetensors::serialize([("weight", view)], header.metadata().clone()).expect("a file");
    let error = Band::read(&other).expect_err("f32");
    assert!(matches!(error, BandFileError::NumberFormat { found: Dtype::F32, .. }), "{error}");
}

#[test]
fn a_file_that_is_not_there_or_far_too_large_is_named() {
    let scratch = Scratch::new("large");
    assert!(matches!(Band::load(&scratch.0), Err(BandFileError::Io(_))));
    let file = std::fs::File::create(&scratch.0).expect("a writable folder");
    // Sparse: no disk is used.
    file.set_len(MOST_BAND_BYTES + 1).expect("a sparse file");
    assert!(matches!(Band::load(&scratch.0), Err(BandFileError::TooLarge(size)) if size == MOST_BAND_BYTES + 1));
}
