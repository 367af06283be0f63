//! What can be said to the torture.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use crate::host::Format;

/// Plays random scripts of all that a host may do through the plugin, and checks every block.
#[derive(Clone, Debug, Parser)]
#[command(name = "cargo xtask torture")]
pub struct Options {
    /// How many scripts, of each format.
    #[arg(long, default_value_t = 1000)]
    pub scripts: u64,
    /// The seed: the same one gives the same scripts.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// The script to begin with.
    #[arg(long, default_value_t = 0)]
    pub first: u64,
    /// Ends after so many minutes, however many scripts are left.
    #[arg(long)]
    pub minutes: Option<f64>,
    /// Only this format.
    #[arg(long)]
    pub format: Option<Which>,
    /// Another's plugin: a .clap or .vst3 bundle. What depends on our band is not checked.
    #[arg(long)]
    pub plugin: Option<PathBuf>,
    /// Plays them in this very process and reports line by line.
    #[arg(long, hide = true)]
    pub child: bool,
}

/// A plugin format, as an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Which {
    /// CLAP.
    Clap,
    /// VST3.
    Vst3,
}

impl From<Which> for Format {
    fn from(which: Which) -> Self {
        match which {
            Which::Clap => Self::Clap,
            Which::Vst3 => Self::Vst3,
        }
    }
}

impl Options {
    /// The formats that are to be played.
    #[must_use]
    pub fn formats(&self) -> Vec<Format> {
        match (&self.plugin, self.format) {
            (Some(plugin), _) => vec![Format::of(plugin)],
            (None, Some(format)) => vec![format.into()],
            (None, None) => Format::ALL.to_vec(),
        }
    }
}
