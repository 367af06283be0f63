//! What the user can set right.

use std::fmt::Display;

/// Input that cannot be used, said in one line.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct BadInput(String);

/// An error with its reasons, each said once: many name theirs already.
pub(crate) fn with_reasons(error: &anyhow::Error) -> String {
    let reasons = error.chain().map(ToString::to_string);
    reasons.reduce(|said, why| if said.contains(&why) { said } else { format!("{said}: {why}") }).unwrap_or_default()
}

impl BadInput {
    /// An error that says this.
    pub(crate) fn error(line: impl Display) -> anyhow::Error {
        Self(line.to_string()).into()
    }
}
