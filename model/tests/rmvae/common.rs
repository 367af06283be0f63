//! A small band, and weights that a formula makes.

use burn::tensor::Device;
use model::music::band::{BandSpec, KeyRange, Polyphony, Role, Voice};
use model::systems::rmvae::{CoderForm, Layout, RmvaeConfig, RmvaeNet};
use model::{Channel, Key};

pub(crate) use crate::numbers::{bits, filled, numbers, row, tensor, unit};

/// A tune over chords over a bass, of few keys.
pub(crate) fn small_band() -> BandSpec {
    let voice = |name: &str, role, polyphony, low, keys: i32| Voice {
        name: name.into(),
        role,
        polyphony,
        range: KeyRange { low: Key::clamped(low), high: Key::clamped(low + keys - 1) },
        channel: Channel::new(0).expect("a channel"),
        program: 0,
    };
    BandSpec {
        name: "small".into(),
        voices: vec![
            voice("Tune", Role::Melody, Polyphony::Mono, 60, 5),
            voice("Chords", Role::Harmony, Polyphony::Poly, 48, 6),
            voice("Bass", Role::Bass, Polyphony::Mono, 40, 4),
        ],
    }
}

/// Every switch on, but for the memories, which the script does not know.
pub(crate) fn ours() -> RmvaeConfig {
    let file = r#"{
        "frame": 5, "encoder": 6, "measure": 7, "latent": 4, "recurrent": 8, "recurrent-layers": 2, "context": 9,
        "decoder": 6, "dropout": 0.0, "window": 4, "offset": 2, "mono-head": "binary", "rests": true,
        "prior-expert": true, "rpoe": false, "frame-before": true, "pitch-chain": true, "voice-chain": true,
        "loop-expert": true, "history-expert": false, "plan-expert": true
    }"#;
    serde_json::from_str(file).expect("a form of the net")
}

/// The published form.
pub(crate) fn published() -> RmvaeConfig {
    ours().as_published()
}

/// The published form with convolutions.
pub(crate) fn convolutional() -> RmvaeConfig {
    RmvaeConfig {
        encoder_form: CoderForm::Convolutional,
        decoder_form: CoderForm::Convolutional,
        channels: 2,
        convolution_dropout: 0.0,
        ..published()
    }
}

/// A net whose weights are `unit − ½` of their names; variances `unit + ½`.
pub(crate) fn net(config: &RmvaeConfig, spec: &BandSpec, device: &Device) -> RmvaeNet {
    filled(RmvaeNet::new(config, &Layout::of(spec, config.rests), device), |weight, index| {
        let least = if weight.name.ends_with("running_var") { 0.5 } else { -0.5 };
        unit(&weight.name, index) + least
    })
}
