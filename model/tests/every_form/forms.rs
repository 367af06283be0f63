//! A small band of every form, made of numbers that a formula gives.

use std::collections::BTreeMap;
use std::sync::Arc;

use burn::tensor::Device;
use model::systems::band_file::{Architecture, Band, BandInfo, FORMAT_VERSION, TrainingSet};
use model::systems::band_ngram::BandNgram;
use model::systems::biaxial::{self, BiaxialConfig, BiaxialNet};
use model::systems::drummer::feel::{FEEL, Feel, FeelOf};
use model::systems::drummer::{DrumStyle, DrummerConfig, DrummerNet, TrainedDrummer};
use model::systems::harmony::{HarmonyConfig, HarmonyNet, TrainedHarmony};
use model::systems::markov::MarkovConfig;
use model::systems::melody::{Learner, Melody, MelodyModel, Solo, Soloist};
use model::systems::melody_lstm::MelodyLstmConfig;
use model::systems::melody_ngram::MelodyNgramConfig;
use model::systems::melody_rnn::{self, MelodyRnnConfig};
use model::systems::plain_rnn::PlainRnnConfig;
use model::systems::rmvae::{self, Layout, MonoHead, RmvaeConfig, RmvaeNet};
use model::systems::system::Whole;
use model::{BandSong, BandSpec, Channel, Key, KeyRange, NGram, Polyphony, Role, System, Voice, VoiceId};

use crate::jam::verse;
use crate::numbers::{filled, unit};

/// A band of one form, and the name of its kept file.
pub(crate) struct Form {
    pub(crate) name: String,
    pub(crate) band: Band,
}

/// Every form.
pub(crate) fn all() -> Vec<Form> {
    let mut forms = rmvaes();
    forms.extend(biaxials());
    forms.extend(harmony());
    forms.push(drummer());
    forms.push(Form { name: "band-ngram".into(), band: band(BandNgram {}.into(), ngram(), Some(ngram())) });
    forms.extend(nets_of_one_voice());
    forms.extend(counted());
    forms
}

/// A tune over chords over a bass.
fn spec() -> BandSpec {
    let voice = |name: &str, role, polyphony, low, high, channel| Voice {
        name: name.into(),
        role,
        polyphony,
        range: KeyRange { low: Key::clamped(low), high: Key::clamped(high) },
        channel: Channel::new(channel).expect("a channel"),
        program: channel,
    };
    BandSpec {
        name: "small".into(),
        voices: vec![
            voice("Tune", Role::Melody, Polyphony::Mono, 60, 79, 0),
            voice("Chords", Role::Harmony, Polyphony::Poly, 52, 67, 1),
            voice("Bass", Role::Bass, Polyphony::Mono, 36, 52, 2),
        ],
    }
}

fn bass() -> VoiceId {
    spec().voice("Bass").expect("a bass")
}

fn info(architecture: Architecture) -> BandInfo {
    BandInfo {
        format_version: FORMAT_VERSION,
        architecture,
        band: spec(),
        training_sets: vec![TrainingSet { name: "none".into(), credit: "a formula".into(), licence: "CC0".into() }],
        metrics: BTreeMap::from([("valid nll per event".to_owned(), 1.25)]),
    }
}

fn band(architecture: Architecture, system: Arc<dyn System>, ngram: Option<Arc<NGram>>) -> Band {
    Band::new(info(architecture), system, ngram)
}

/// The n-gram of the verse, over its own notes in lower octaves.
fn ngram() -> Arc<NGram> {
    let spec = spec();
    let measures = verse();
    let mut song = BandSong { measures: Vec::new(), present: spec.all() };
    song.measures = measures.iter().map(|measure| model::BandMeasure::missing(measure.steps())).collect();
    for (voice, down) in spec.all().iter().zip([0, -12, -24]) {
        let lower: Vec<_> = measures.iter().map(|measure| measure.transposed(down)).collect();
        song.set(voice, &lower);
    }
    Arc::new(NGram::train(&spec, [song]))
}

/// Sizes of a few numbers; every switch as it is by default.
fn small() -> RmvaeConfig {
    RmvaeConfig {
        frame: 5,
        encoder: 6,
        measure: 7,
        latent: 4,
        recurrent: 8,
        recurrent_layers: 2,
        context: 9,
        decoder: 6,
        channels: 2,
        window: 4,
        ..RmvaeConfig::default()
    }
}

/// Each encoder with each decoder, each head of the monophonic voices and each product, as published; the form that
/// ships; and of that each switch turned the other way.
fn rmvaes() -> Vec<Form> {
    use rmvae::CoderForm::{Convolutional, Recurrent};
    let mut configs: Vec<(String, RmvaeConfig)> = Vec::new();
    for (encoder, encoder_form) in [("recurrent", Recurrent), ("convolutional", Convolutional)] {
        for (decoder, decoder_form) in [("recurrent", Recurrent), ("convolutional", Convolutional)] {
            for (head, mono_head) in [("softmax", MonoHead::Softmax), ("binary", MonoHead::Binary)] {
                for (product, rpoe) in [("product", false), ("rpoe", true)] {
                    let config = small().as_published();
                    let config =
                        RmvaeConfig { encoder_form, decoder_form, mono_head, rpoe, prior_expert: !rpoe, ..config };
                    configs.push((format!("{encoder}-{decoder}-{head}-{product}"), config));
                }
            }
        }
    }
    configs.push(("ours".into(), small()));
    let mut turned = |name: &str, turn: fn(&mut RmvaeConfig)| {
        let mut config = small();
        turn(&mut config);
        configs.push((name.into(), config));
    };
    turned("softmax-rests", |config| config.mono_head = MonoHead::Softmax);
    turned("no-rests", |config| config.rests = false);
    turned("no-prior", |config| (config.prior_expert, config.rpoe) = (false, true));
    turned("any-key", |config| config.home_key = false);
    turned("frames-alone", |config| config.frame_before = false);
    turned("pitches-alone", |config| config.pitch_chain = false);
    turned("voices-alone", |config| config.voice_chain = false);
    turned("no-loop", |config| config.loop_expert = false);
    turned("no-history", |config| config.history_expert = false);
    turned("no-plan", |config| config.plan_expert = false);
    turned("next", |config| (config.offset, config.plan_expert) = (1, false));
    turned("one-layer", |config| config.recurrent_layers = 1);
    turned("convolutions-read", |config| config.encoder_form = Convolutional);
    let form = |(name, config): (String, RmvaeConfig)| {
        let net = RmvaeNet::new(&config, &Layout::of(&spec(), config.rests), &Device::flex());
        let net = filled(net, |weight, index| {
            let least = if weight.name.ends_with("running_var") { 0.5 } else { -0.5 };
            1.5 * (unit(&weight.name, index) + least)
        });
        let system = Arc::new(rmvae::TrainedRmvae::new(spec(), config.clone(), net));
        let ngram = (name == "ours").then(ngram);
        Form { name: format!("rmvae-{name}"), band: band(Whole { config }.into(), system, ngram) }
    };
    configs.into_iter().map(form).collect()
}

/// One and two layers along each axis.
fn biaxials() -> Vec<Form> {
    let form = |name: &str, time: &[usize], note: &[usize], window| {
        let config = BiaxialConfig { time: time.to_vec(), note: note.to_vec(), window };
        let net = filled(BiaxialNet::new(&config, &Device::flex()), around_zero);
        let system = Arc::new(biaxial::TrainedBiaxial::new(spec(), config.clone(), net));
        Form { name: format!("biaxial-{name}"), band: band(Whole { config }.into(), system, None) }
    };
    vec![form("one-layer", &[6], &[5], 2), form("two-layers", &[6, 4], &[5, 3], 4)]
}

/// Two layers of different sizes; without copies, and with them.
fn harmony() -> Vec<Form> {
    let form = |name: &str, copies, temperature| {
        let config = HarmonyConfig { units: vec![6, 5], window: 3, copies, temperature, ..HarmonyConfig::default() };
        let net = filled(HarmonyNet::new(&config, &Device::flex()), around_zero);
        let system = Arc::new(TrainedHarmony::new(spec(), config.clone(), &net));
        Form { name: name.into(), band: band(Whole { config }.into(), system, None) }
    };
    vec![form("harmony", false, 1.0), form("harmony-copies", true, 1.5)]
}

/// Two layers of different sizes, and two people. Its band is the drums alone.
fn drummer() -> Form {
    let config = DrummerConfig { units: vec![6, 5], ..DrummerConfig::default() };
    let net = filled(DrummerNet::new(&config, &Device::flex()), around_zero);
    let feel = |style, tempo| FeelOf { feel: Feel([0.5; FEEL]), pattern: None, style, tempo };
    let feels = vec![feel(Some(DrumStyle::Rock), 128.0), feel(None, 64.0)];
    let system: Arc<dyn System> = Arc::new(TrainedDrummer::new(config.clone(), &net, feels));
    let info = BandInfo { band: BandSpec::drums(), ..info(Whole { config }.into()) };
    Form { name: "drummer".into(), band: Band::new(info, system, None) }
}

fn around_zero(weight: &model::systems::nn::NamedTensor, index: usize) -> f64 {
    2.0 * (unit(&weight.name, index) - 0.5)
}

fn nets_of_one_voice() -> Vec<Form> {
    use melody_rnn::MelodyRnnForm::{Attention, Basic, Lookback, Mono};
    let rnn = |form, units: &[usize]| MelodyRnnConfig {
        units: units.to_vec(),
        attention_length: 5,
        ..MelodyRnnConfig::new(form)
    };
    vec![
        learner("melody-rnn-basic", &rnn(Basic, &[7, 5])),
        learner("melody-rnn-mono", &rnn(Mono, &[7, 5])),
        learner("melody-rnn-lookback", &rnn(Lookback, &[7, 5])),
        learner("melody-rnn-attention", &rnn(Attention, &[7, 5])),
        learner("melody-rnn-one-layer", &rnn(Basic, &[8])),
        learner("plain-rnn", &PlainRnnConfig { units: 6 }),
        learner("melody-lstm", &MelodyLstmConfig { units: 6, ..Default::default() }),
        learner("melody-lstm-any-durations", &MelodyLstmConfig { units: 5, dropout: 0.0, plain_durations: false }),
    ]
}

fn learner<L: Learner>(name: &str, learner: &L) -> Form
where
    Solo<L>: Into<Architecture>,
{
    let net = filled(learner.init(&Device::flex()), around_zero);
    soloist(name, solo(learner), learner.model(&net))
}

/// The bass, learnt by a system of this form.
fn solo<C: Clone>(config: &C) -> Architecture
where
    Solo<C>: Into<Architecture>,
{
    Solo { voice: bass(), config: config.clone() }.into()
}

fn counted() -> Vec<Form> {
    let tune = [Melody::of(16, verse().iter())];
    let range = KeyRange { low: Key::clamped(60), high: Key::clamped(79) };
    let mut forms = Vec::new();
    let ngrams = [
        ("melody-ngram-1", MelodyNgramConfig { order: 1, ..Default::default() }),
        ("melody-ngram-5", MelodyNgramConfig::default()),
        ("melody-ngram-notes", MelodyNgramConfig { order: 3, range, notes: true, keyed: false }),
    ];
    for (name, config) in ngrams {
        let model = Box::new(config.learn(&tune));
        forms.push(soloist(name, solo(&config), model));
    }
    for order in 1..=3 {
        let config = MarkovConfig { order, range };
        let model = Box::new(config.learn(&tune));
        forms.push(soloist(&format!("markov-{order}"), solo(&config), model));
    }
    forms
}

fn soloist(name: &str, architecture: Architecture, model: Box<dyn MelodyModel>) -> Form {
    let soloist = Soloist::new(spec(), bass(), model).expect("the band has a bass");
    Form { name: name.into(), band: band(architecture, Arc::new(soloist), None) }
}
