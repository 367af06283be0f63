//! What the user can set right.

use std::fmt::Display;

/// Input that cannot be used, said in one line.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct BadInput(String);

impl BadInput {
    /// An error that says this.
    pub(crate) fn error(line: impl Display) -> anyhow::Error {
        Self(line.to_string()).into()
    }
}
