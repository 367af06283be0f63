//! Torture: random scripts of all that a host may do, each from one number.
//!
//! A [`Case`] says everything that happens: the transport, the blocks, the notes, what is done
//! between blocks, and where notes may begin under these circumstances. [`play`] plays it through
//! an instance while the checker watches. [`run`] plays many of them in a process of their own,
//! so that a crash is an entry in the summary too.

mod actions;
mod case;
mod chances;
#[cfg(test)]
mod fakes;
mod moves;
mod options;
mod play;
mod run;
mod stream;

pub use actions::Action;
pub use case::Case;
pub use options::Options;
pub use play::{Played, play, play_together};
pub use run::{Summary, child, run};

use crate::host::Host;

/// Plays so many cases, from this seed on, and adds up what came of them.
///
/// # Errors
/// The first case that fails: how, and its number.
pub fn play_all(host: &Host, seed: u64, cases: u64) -> anyhow::Result<Summary> {
    let mut summary = Summary::default();
    for number in 0..cases {
        let case = Case::new(seed, number, false).told_by(host.format());
        let played = play(host, &case).map_err(|error| anyhow::anyhow!("seed {seed}, script {number}: {error:#}"))?;
        let clean = played.verdict.is_clean();
        anyhow::ensure!(clean, "seed {seed}, script {number}: {:?}", played.verdict.found);
        summary.add(&played);
    }
    Ok(summary)
}
