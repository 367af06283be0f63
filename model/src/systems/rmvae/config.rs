//! What shapes an RMVAE.

use serde::{Deserialize, Serialize};

use crate::music::band::{BandSpec, Polyphony, Voice};

/// How a monophonic voice's classes are put out (Vignal 2020).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MonoHead {
    /// (a): one softmax over notes, rest and *continue*.
    Softmax,
    /// (b): a sigmoid for *continue*, and a softmax over the notes and the rest.
    #[default]
    Binary,
}

/// How a voice's measures are read and written (Vignal 2020).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CoderForm {
    /// An LSTM over the sixteenths.
    #[default]
    Recurrent,
    /// Convolutions over sixteenths × pitches.
    Convolutional,
}

/// The sizes and switches of an [`RmvaeNet`](crate::systems::rmvae::RmvaeNet); a band file carries them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RmvaeConfig {
    /// How the encoders read.
    pub encoder_form: CoderForm,
    /// How the decoders write. A convolutional decoder writes the whole measure at once, as published. So the switches
    /// must be off that show a frame, pitch or voice the others of the same measure, or earlier measures.
    pub decoder_form: CoderForm,
    /// Channels after the first block of a convolutional encoder; the second has twice as many, and a decoder mirrors it.
    pub channels: usize,
    /// Share of the cells that a block of convolutions drops in training.
    pub convolution_dropout: f64,
    /// Music is brought to C major or A minor before it is learnt and before it is continued. Without, it stays in its key.
    pub home_key: bool,
    /// Dense layer on each of a measure's frames.
    pub frame: usize,
    /// Hidden units of the encoder's bidirectional LSTM, each way.
    pub encoder: usize,
    /// Dense layer on the whole measure.
    pub measure: usize,
    /// Size of z.
    pub latent: usize,
    /// Hidden units of the LSTM over the measures.
    pub recurrent: usize,
    /// Layers of the LSTM over the measures.
    pub recurrent_layers: usize,
    /// What the decoders are told of the past.
    pub context: usize,
    /// Hidden units of a decoder's LSTM.
    pub decoder: usize,
    /// Share of the context's numbers that training drops.
    pub dropout: f64,
    /// Measures of context at most.
    pub window: usize,
    /// How far ahead it predicts: 1 (next) or 2 (second-next).
    pub offset: usize,
    /// The monophonic voices' output heads.
    pub mono_head: MonoHead,
    /// Monophonic voices may rest; without, a note lasts until the next, as published.
    pub rests: bool,
    /// N(0, 1) is one of the experts.
    pub prior_expert: bool,
    /// RPoE: the product at the measure before is one of the experts.
    pub rpoe: bool,
    /// Each decoded frame is given the one before it. Without, the frames are independent and the
    /// decoder's LSTM bidirectional, as published.
    pub frame_before: bool,
    /// Within a frame of a polyphonic voice each pitch is given the lower ones: a fully visible
    /// sigmoid belief network (Frey 1998). Without, the pitches are independent, as published.
    pub pitch_chain: bool,
    /// A voice is given what the voices decoded before it play in the same measure. Without, the
    /// voices are independent, as published.
    pub voice_chain: bool,
    /// The measure that the loop rule points to is given to the decoders.
    pub loop_expert: bool,
    /// What the voice played at each step in all earlier measures is given to the decoders, weighted by how alike the
    /// music before them was.
    pub history_expert: bool,
    /// The band's own plan for the measure between is given to the decoders (offset 2).
    pub plan_expert: bool,
}

impl Default for RmvaeConfig {
    fn default() -> Self {
        Self {
            encoder_form: CoderForm::Recurrent,
            decoder_form: CoderForm::Recurrent,
            channels: 12,
            convolution_dropout: 1e-3,
            home_key: true,
            frame: 32,
            encoder: 48,
            measure: 96,
            latent: 32,
            recurrent: 128,
            recurrent_layers: 2,
            context: 112,
            decoder: 112,
            dropout: 0.1,
            window: 16,
            offset: 2,
            mono_head: MonoHead::Binary,
            rests: true,
            prior_expert: true,
            rpoe: false,
            frame_before: true,
            pitch_chain: true,
            voice_chain: true,
            loop_expert: true,
            history_expert: true,
            plan_expert: true,
        }
    }
}

impl RmvaeConfig {
    /// The same sizes in the published form: independent frames, pitches and voices; one softmax without rests; a
    /// recurrent product without a prior; no loop, memory or plan (Vignal).
    #[must_use]
    pub fn as_published(self) -> Self {
        Self {
            mono_head: MonoHead::Softmax,
            rests: false,
            prior_expert: false,
            rpoe: true,
            frame_before: false,
            pitch_chain: false,
            voice_chain: false,
            loop_expert: false,
            history_expert: false,
            plan_expert: false,
            ..self
        }
    }
}

/// How one voice's measures become numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// One note at once, or any number.
    pub polyphony: Polyphony,
    /// The lowest key.
    pub low: u8,
    /// How many keys, P, at most 128.
    pub pitches: usize,
    /// A monophonic voice may rest.
    pub rests: bool,
}

impl Layout {
    /// The layouts of a band's voices.
    #[must_use]
    pub fn of(spec: &BandSpec, rests: bool) -> Vec<Self> {
        let layout = |voice: &Voice| Self {
            polyphony: voice.polyphony,
            low: voice.range.low.get(),
            pitches: voice.range.len().min(128),
            rests,
        };
        spec.voices.iter().map(layout).collect()
    }

    /// Is it monophonic?
    #[must_use]
    pub fn is_mono(&self) -> bool {
        self.polyphony == Polyphony::Mono
    }

    /// The class *rest* of a monophonic voice, after the P notes.
    #[must_use]
    pub const fn rest(&self) -> usize {
        self.pitches
    }

    /// How many classes start something: the notes, and the rest where there is one.
    #[must_use]
    pub fn starts(&self) -> usize {
        self.pitches + usize::from(self.rests)
    }

    /// The class *continue*: the last.
    #[must_use]
    pub fn keep(&self) -> usize {
        self.starts()
    }

    /// All classes of a monophonic voice.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.starts() + 1
    }

    /// What one step of the voice can show: the classes (mono) or the pitches that start (poly).
    #[must_use]
    pub fn own(&self) -> usize {
        if self.is_mono() { self.classes() } else { self.pitches }
    }

    /// Numbers per frame that an encoder reads. Mono: the class, one-hot; poly: activations, then durations in measures.
    #[must_use]
    pub fn frame_width(&self) -> usize {
        if self.is_mono() { self.classes() } else { 2 * self.pitches }
    }

    /// Numbers per frame that say what the voice did one step before: what sounds `[P]`, and what
    /// started (mono: whether, `[1]`; poly: `[P]`), and whether that is known `[1]`.
    #[must_use]
    pub fn before_width(&self) -> usize {
        if self.is_mono() { self.pitches + 2 } else { 2 * self.pitches + 1 }
    }

    /// Numbers per frame that a decoder puts out. Mono: the classes, *continue* last; poly:
    /// activations, then durations in steps.
    #[must_use]
    pub fn output_width(&self) -> usize {
        self.frame_width()
    }
}
