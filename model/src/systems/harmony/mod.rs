//! Harmony: a net that foretells the chord of each half measure, of the measure after next too.
//!
//! ```text
//! the user   | m − 7 … m, as heard        | m + 1, imagined | m + 2, imagined |
//! the band   | chords as they were played | as planned      | ?     | ?       |
//!              └──────────── one LSTM over the half measures ──────────┘
//! ```
//!
//! Songs repeat. So the user is imagined to play what they played at the lags that a [`believer`] believes in (where a net has
//! none, at the [`HYPOTHESES`](lags::HYPOTHESES) at which their music repeats best); an [`imaginer`] says which pitch classes that
//! leads it to expect; a namer says which chord each half measure of these pasts has, the answers are averaged by how far
//! the lags are believed, and a chord that the imagined notes are in, and not beside, is preferred. All music is brought to C major or A minor first.
//!
//! A net that copies ([`HarmonyConfig::copies`]) is asked half by half, with what was known when each was due. Beside what the
//! user is imagined to play it sees the chord at every lag, and how well the user's music and the chords repeat there; its
//! answer is a mixture of these chords, by how far it trusts each, and of a free one.
//!
//! # Source
//! Copying: See, Liu and Manning 2017, "Get to the point: summarization with pointer-generator networks".
//! Chord LSTMs: Eck and Schmidhuber 2002, "Finding temporal structure in music". That a melody can be harmonised by a net
//! which names a chord for each half measure: Lim, Rhyu and Lee 2017, "Chord generation from symbolic melody using BLSTM
//! networks".

pub mod believer;
pub(crate) mod choice;
pub mod classes;
mod config;
pub mod features;
mod foretold;
mod harmoniser;
pub mod hold;
pub mod imaginer;
pub mod lags;
mod namer;
mod net;
mod opinions;
pub mod plan;
mod player;
mod pointer;
pub(crate) mod rounds;
pub mod story;
mod system;
pub mod telling;
mod trained;
mod two_layers;
pub mod why;

pub use config::HarmonyConfig;
pub use hold::Hold;
pub use namer::{NAMED_HALVES, NAMING, Namer, naming};
pub use net::{HarmonyNet, Questions};
pub use plan::ChordPlan;
pub use player::BlockChords;
pub use telling::HarmonyChoice;
pub use trained::{TrainedHarmony, believed_by};
pub use two_layers::TwoLayers;
