//! Every system, in every published form, plays in the plugin from a band file: what a net says matters not here (these
//! have learnt nothing), but that each measure comes in time, from the net, and without a fault.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use burn::tensor::Device;
use model::systems::band_file::{Architecture, Band, BandInfo, FORMAT_VERSION};
use model::systems::band_ngram::BandNgram;
use model::systems::biaxial::{self, BiaxialConfig, BiaxialNet};
use model::systems::markov::MarkovConfig;
use model::systems::melody::{Learner, Melody, MelodyModel, Solo, Soloist};
use model::systems::melody_lstm::MelodyLstmConfig;
use model::systems::melody_ngram::MelodyNgramConfig;
use model::systems::melody_rnn::{self, MelodyRnnConfig};
use model::systems::plain_rnn::PlainRnnConfig;
use model::systems::rmvae::{self, CoderForm, Layout, MonoHead, RmvaeConfig, RmvaeNet};
use model::systems::system::Whole;
use model::{BandSpec, System, VoiceId};
use tests::host::Format;
use tests::setup::Source;
use tests::stage::{Stage, music};
use tests::take::Pace;

/// The tune's measures that are played, the first two of which the band only hears.
const MEASURES: usize = 8;

fn band(architecture: Architecture, spec: BandSpec, system: Arc<dyn System>) -> Band {
    // A net that falls back falls back on its n-gram, which is heard in the figures of missed measures.
    let shipped = Band::embedded(&spec.name).map(Band::read).expect("it ships").expect("an intact band");
    let info = BandInfo {
        format_version: FORMAT_VERSION,
        architecture,
        band: spec,
        training_sets: Vec::new(),
        metrics: BTreeMap::new(),
    };
    Band::new(info, system, shipped.ngram().cloned())
}

fn published() -> RmvaeConfig {
    RmvaeConfig::default().as_published()
}

/// Each encoder with each decoder, each head of the monophonic voices (pop has polyphonic ones too), with and without
/// the recurrent product; and for one of them each size, each way to look ahead and the keys as they are.
fn rmvaes() -> Vec<(String, RmvaeConfig)> {
    let mut out = Vec::new();
    for encoder_form in [CoderForm::Recurrent, CoderForm::Convolutional] {
        for decoder_form in [CoderForm::Recurrent, CoderForm::Convolutional] {
            for mono_head in [MonoHead::Softmax, MonoHead::Binary] {
                for rpoe in [true, false] {
                    let config =
                        RmvaeConfig { encoder_form, decoder_form, mono_head, rpoe, prior_expert: !rpoe, ..published() };
                    let product = if rpoe { "recurrent product" } else { "product" };
                    out.push((format!("{encoder_form:?}, {decoder_form:?}, {mono_head:?}, {product}"), config));
                }
            }
        }
    }
    for (name, share) in [("small", 1), ("medium", 2), ("large", 4)] {
        let config = RmvaeConfig {
            encoder: 24 * share,
            decoder: 56 * share,
            recurrent: 64 * share,
            latent: 16 * share,
            ..published()
        };
        out.push((name.to_owned(), config));
    }
    out.push(("offset 1".to_owned(), RmvaeConfig { offset: 1, ..published() }));
    out.push(("in its key".to_owned(), RmvaeConfig { home_key: false, ..published() }));
    out
}

fn all() -> Vec<(String, Band)> {
    let device = Device::flex();
    device.seed(1);
    let mut out = Vec::new();
    for (name, config) in rmvaes() {
        let net = RmvaeNet::new(&config, &Layout::of(&BandSpec::pop(), config.rests), &device);
        let system = Arc::new(rmvae::TrainedRmvae::new(BandSpec::pop(), config.clone(), net));
        out.push((format!("rmvae, {name}"), band(Whole { config }.into(), BandSpec::pop(), system)));
    }
    let config = BiaxialConfig::small();
    let system = biaxial::TrainedBiaxial::new(BandSpec::chorale(), config.clone(), BiaxialNet::new(&config, &device));
    out.push(("biaxial".to_owned(), band(Whole { config }.into(), BandSpec::chorale(), Arc::new(system))));
    let ngram = Band::embedded("pop").map(Band::read).expect("it ships").expect("an intact band");
    let ngram = Arc::clone(ngram.ngram().expect("it ships with one"));
    out.push(("band n-gram".to_owned(), band(BandNgram {}.into(), BandSpec::pop(), ngram)));
    for form in [
        melody_rnn::MelodyRnnForm::Basic,
        melody_rnn::MelodyRnnForm::Mono,
        melody_rnn::MelodyRnnForm::Lookback,
        melody_rnn::MelodyRnnForm::Attention,
    ] {
        for units in [128, 256] {
            let config = MelodyRnnConfig { units: vec![units; 2], ..MelodyRnnConfig::new(form) };
            out.push((format!("melody rnn, {form:?}, {units} units"), untrained(&config)));
        }
    }
    out.push(("plain rnn".to_owned(), untrained(&PlainRnnConfig::default())));
    out.push(("melody lstm".to_owned(), untrained(&MelodyLstmConfig::default())));
    let tune = [tune()];
    for order in [1, 5] {
        let config = MelodyNgramConfig { order, ..Default::default() };
        let counted = Box::new(config.learn(&tune));
        out.push((format!("n-gram, {order}"), soloist(solo(config), counted)));
    }
    for order in 1..=3 {
        let config = MarkovConfig { order, ..Default::default() };
        let counted = Box::new(config.learn(&tune));
        out.push((format!("markov, {order}"), soloist(solo(config), counted)));
    }
    out
}

fn bass() -> VoiceId {
    BandSpec::chorale().voice("Bass").expect("a bass")
}

fn tune() -> Melody {
    let song = tests::tune::song();
    Melody::of(16, song.tracks[0].measures.iter())
}

/// The bass, learnt by a system of this form.
fn solo<C>(config: C) -> Architecture
where
    Solo<C>: Into<Architecture>,
{
    Solo { voice: bass(), config }.into()
}

fn untrained<L: Learner>(learner: &L) -> Band
where
    Solo<L>: Into<Architecture>,
{
    soloist(solo(learner.clone()), learner.model(&learner.init(&Device::flex())))
}

fn soloist(architecture: Architecture, model: Box<dyn MelodyModel>) -> Band {
    let soloist = Soloist::new(BandSpec::chorale(), bass(), model).expect("the choir has a bass");
    band(architecture, BandSpec::chorale(), Arc::new(soloist))
}

/// The file of one band, removed when it is dropped.
struct BandFile(PathBuf);

impl Drop for BandFile {
    fn drop(&mut self) {
        let _removed = std::fs::remove_file(&self.0);
    }
}

#[test]
fn each_plays_every_measure_in_both_formats() {
    let bands = all();
    for format in Format::ALL {
        let mut stage = Stage::new(format, MEASURES, 120.0);
        let script = stage.straight();
        let pop = music(&stage.take(&script, &[512]));
        let path = std::env::temp_dir().join(format!("every-form-{format}-{}.safetensors", std::process::id()));
        let file = BandFile(path);
        stage.setup.band = Source::File(file.0.clone());
        for (name, band) in &bands {
            band.save(&file.0).expect("a file");
            stage.setup.next = name.contains("offset 1");
            let mut instance = stage.instance(true);
            let take = stage.take_with(instance.as_mut(), &script, &[512], Pace::Free);
            assert!(take.verdict.is_clean(), "{name}, {format}: {:?}", take.verdict);
            let status = instance.status().expect("a status");
            let found =
                (status.figures.missed, status.figures.failed, status.figures.panics, status.figures.refused_bands);
            assert_eq!(found, (0, 0, 0, 0), "{name}, {format}: missed, failed, panics, refused bands");
            assert_ne!(music(&take), pop, "{name}, {format}: another band plays");
            assert!(
                status.figures.predictions as usize >= MEASURES - 2,
                "{name}, {format}: {} predictions",
                status.figures.predictions
            );
        }
    }
}
