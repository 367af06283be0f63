//! A drummer: a net that strikes nine drums step by step, with loudness and a place beside the grid for each stroke.
//!
//! ```text
//! the user    | m − 2, as heard |         |             |
//! the band    |                 |         | m, planned  |  onsets of the bass and of the chords
//! the drums   | … m − 4, m − 2, m − 1 at the same place | ?
//!               └─── one LSTM over the steps: what is struck, how hard, how early or late ───┘
//! ```
//!
//! At each step the net first says which drums are struck, one after the other, each knowing those before; then how hard,
//! then how far beside the grid. A [`Feel`](feel::Feel) says how somebody plays: how often each drum, how loud, how late;
//! a take's feel is drawn from those of the people whose takes were learnt, and kept. With it comes their
//! [`Pattern`](pattern::Pattern): where they strike kick and snare, to which the drummer leans.
//!
//! # Source
//! Gillick, Roberts, Engel, Eck and Bamman 2019, "Learning to Groove with Inverse Sequence Transformations" (GrooVAE): hits,
//! velocities and offsets on a grid of sixteenths, and "tap2drum", from which following is learnt here: of the strokes of a
//! take some are given as the user's rhythm, the kick's, thinned and moved, as the bass's. What differs: theirs is an
//! autoencoder of two measures; this one plays step after step without an end, draws loudness and offset from
//! distributions instead of naming one value, and has a feel in place of a latent vector. That drums at a step are drawn
//! one after the other: Larochelle and Murray 2011, "The Neural Autoregressive Distribution Estimator".

mod beats;
pub mod blows;
mod config;
pub mod features;
pub mod feel;
pub mod fills;
mod following;
mod groove;
mod net;
mod on_grid;
pub mod pattern;
mod people;
mod player;
mod style;
mod system;
mod trained;
mod typical;

pub use config::DrummerConfig;
pub use net::{DrummerLogits, DrummerNet, LOUDNESSES, OFFSETS};
pub use on_grid::DrumsOnGrid;
pub use player::{BandAround, DrumAsk, Drummer};
pub use style::{DrumStyle, NoSuchDrumStyle};
pub use trained::{DrummerState, TrainedDrummer, parts};
