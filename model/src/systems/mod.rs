//! What can be trained, and the files that keep it.
//!
//! [`system`] is the ground: what every trained system is, and what a file keeps of it. It names no system.
//! [`architecture`] is the roof: the registry of all of them, one line each; [`checks`] says which options none can have.
//! [`nn`] is what nets share, [`melody`] what the systems of one voice share; each of the others is one system.

pub mod architecture;
pub mod band_file;
pub mod band_ngram;
pub mod biaxial;
pub mod checks;
pub mod drummer;
pub mod figures;
pub mod harmony;
pub mod markov;
pub mod melody;
pub mod melody_lstm;
pub mod melody_ngram;
pub mod melody_rnn;
pub mod nn;
pub mod plain_rnn;
pub mod rmvae;
pub mod system;
