//! The registry: every kind of system that a band file may hold, one line each.
//!
//! A system that is new is a line here and a [`SystemForm`] in its own folder. What stands in a band file as its `kind` is the
//! line's name in small letters; it and the fields of the form are never changed, since files have them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::music::band::BandSpec;
use crate::systems::band_ngram::BandNgram;
use crate::systems::biaxial::BiaxialConfig;
use crate::systems::checks::Refused;
use crate::systems::drummer::DrummerConfig;
use crate::systems::harmony::HarmonyConfig;
use crate::systems::markov::MarkovConfig;
use crate::systems::melody::Solo;
use crate::systems::melody_lstm::MelodyLstmConfig;
use crate::systems::melody_ngram::MelodyNgramConfig;
use crate::systems::melody_rnn::MelodyRnnConfig;
use crate::systems::plain_rnn::PlainRnnConfig;
use crate::systems::rmvae::RmvaeConfig;
use crate::systems::system::{Kept, PartsError, System, SystemForm, Whole};

/// Makes of each line a variant of [`Architecture`], its place in [`Architecture::form`], and a `From`.
macro_rules! registry {
    ($( $(#[$about:meta])* $kind:ident($form:ty), )*) => {
        /// The kinds of systems that a band file may hold, with their sizes and switches.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind", rename_all = "kebab-case")]
        pub enum Architecture {
            $( $(#[$about])* $kind($form), )*
        }

        impl Architecture {
            /// Whatever kind it is: its form.
            #[must_use]
            pub fn form(&self) -> &dyn SystemForm {
                match self {
                    $(
                        #[allow(unused_doc_comments, reason = "a line's attributes, `cfg` too, hold for all made of it")]
                        $(#[$about])*
                        Self::$kind(form) => form,
                    )*
                }
            }
        }

        $(
            $(#[$about])*
            impl From<$form> for Architecture {
                fn from(form: $form) -> Self {
                    Self::$kind(form)
                }
            }
        )*
    };
}

registry! {
    /// The recurrent multimodal variational autoencoder.
    Rmvae(Whole<RmvaeConfig>),
    /// The biaxial LSTM.
    Biaxial(Whole<BiaxialConfig>),
    /// The net that foretells chords.
    Harmony(Whole<HarmonyConfig>),
    /// The drummer.
    Drummer(Whole<DrummerConfig>),
    /// The n-gram of the whole band that other bands fall back on, as a band of its own.
    BandNgram(BandNgram),
    /// A Melody RNN: one voice.
    MelodyRnn(Solo<MelodyRnnConfig>),
    /// A plain RNN over notes: one voice.
    PlainRnn(Solo<PlainRnnConfig>),
    /// A Melody LSTM over symbols: one voice.
    MelodyLstm(Solo<MelodyLstmConfig>),
    /// An n-gram of melody events: one voice.
    MelodyNgram(Solo<MelodyNgramConfig>),
    /// A Markov chain of notes and durations: one voice.
    MarkovChain(Solo<MarkovConfig>),
    /// The system of the tests alone that does what CONTRIBUTING's "Add a net" says.
    #[cfg(test)]
    Toy(Solo<toy::ToyConfig>),
}

impl Architecture {
    /// Can a band have such a system? Asked where one is trained and where one is read.
    ///
    /// # Errors
    /// [`Refused`], which names the option that is wrong and what it may be.
    pub fn check(&self, band: &BandSpec) -> Result<(), Refused> {
        self.form().check(band)
    }

    /// The system of this form that a file keeps. A file may claim anything: it is checked first.
    ///
    /// # Errors
    /// [`PartsError`].
    pub fn read(&self, kept: &Kept<'_>) -> Result<Arc<dyn System>, PartsError> {
        self.check(kept.band)?;
        self.form().read(kept)
    }
}

#[cfg(test)]
mod toy;
