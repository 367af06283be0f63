//! What `bandplayer train --system NAME` can train, one line each.

use anyhow::Result;
use model::systems::markov::MarkovConfig;
use model::systems::melody_lstm::MelodyLstmConfig;
use model::systems::melody_ngram::MelodyNgramConfig;
use model::systems::melody_rnn::{MelodyRnnConfig, MelodyRnnForm};
use model::systems::plain_rnn::PlainRnnConfig;
use model::train::{EventOptions, Optimizer};

use super::args::TrainingArgs;
use super::melody::{counted, net};
use super::{biaxial, drummer, harmony, rmvae};

/// Makes of each line a name on the command line, with its help, and what is done under that name.
macro_rules! systems {
    ($( $(#[$about:meta])* $name:ident => $train:expr, )*) => {
        /// What can be trained.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
        pub(super) enum SystemName {
            $( $(#[$about])* $name, )*
        }

        impl SystemName {
            /// Trains it.
            pub(super) fn train(self, args: &TrainingArgs) -> Result<()> {
                let train: fn(&TrainingArgs) -> Result<()> = match self {
                    $( Self::$name => $train, )*
                };
                train(args)
            }
        }
    };
}

systems! {
    /// The recurrent multimodal variational autoencoder: all voices.
    Rmvae => rmvae::run,
    /// The biaxial LSTM: all voices.
    Biaxial => biaxial::run,
    /// The chord of each half measure, two measures ahead.
    Harmony => harmony::run,
    /// Drums: what is struck, how loud, how far beside the grid.
    Drummer => drummer::run,
    /// Melody RNN that hears the last event.
    BasicRnn => |args| net(args, MelodyRnnConfig::new(MelodyRnnForm::Basic), events()),
    /// Melody RNN of every key, not transposed.
    MonoRnn => |args| net(args, MelodyRnnConfig::new(MelodyRnnForm::Mono), events()),
    /// Melody RNN that looks one and two measures back.
    LookbackRnn => |args| net(args, MelodyRnnConfig::new(MelodyRnnForm::Lookback), events()),
    /// Melody RNN that attends to its last 40 outputs.
    AttentionRnn => |args| net(args, MelodyRnnConfig::new(MelodyRnnForm::Attention), EventOptions { clip: 3.0, ..events() }),
    /// Plain RNN over notes.
    PlainRnn => |args| net(args, PlainRnnConfig::default(), after_each_melody()),
    /// Melody LSTM over symbols.
    MelodyLstm => |args| net(args, MelodyLstmConfig::default(), EventOptions { batch: 64, steps: 64, ..events() }),
    /// N-gram of melody events.
    Ngram => |args| counted(args, MelodyNgramConfig::default()),
    /// Markov chain of notes and durations.
    Markov => |args| counted(args, MarkovConfig::default()),
}

/// How nets of melodies are trained unless their line says otherwise.
fn events() -> EventOptions {
    EventOptions::default()
}

/// Stochastic gradient descent, as published: after each melody.
fn after_each_melody() -> EventOptions {
    EventOptions { optimizer: Optimizer::Sgd, batch: 1, learning_rate: 0.05, ..events() }
}
