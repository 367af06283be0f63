//! Opens the bundled plugin's editor in X11 windows while the plugin plays. Needs a display;
//! `tests/tests/window.rs` starts one.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tests::host::Format;
use tests::window::opening::Opening;
use tests::window::strain::{self, Strain};
use tests::window::{clicking, cost, keeping, opening, settle};

/// What to do.
#[derive(Parser)]
struct Options {
    /// Use the VST3 bundle instead of the CLAP one.
    #[arg(long)]
    vst3: bool,
    /// How often to open and close.
    #[arg(long, default_value_t = 100)]
    times: u32,
    /// How long the editor stays open each time, in milliseconds.
    #[arg(long, default_value_t = 60)]
    open_ms: u64,
    /// How long the plugin plays before, and how long the editor stays open the last time, in
    /// milliseconds: so long `process()` is timed.
    #[arg(long, default_value_t = 4000)]
    last_ms: u64,
    /// Click, drag and type everywhere instead, and keep a picture in this folder.
    #[arg(long, value_name = "FOLDER")]
    click: Option<PathBuf>,
    /// See instead whether what is drawn in parts is whole; pictures of what differs go into this folder.
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
    /// Do instead to so many instances what the public validators do, with the editor open.
    #[arg(long, value_name = "INSTANCES")]
    strain: Option<u64>,
    /// The seed of what is done then.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Do then also in VST3, while the editor opens and closes, whatever is done while it is open.
    #[arg(long)]
    rough: bool,
    /// Measure instead what an open editor costs, each figure over so many seconds, twice.
    #[arg(long, value_name = "SECONDS")]
    cost: Option<u64>,
}

fn run(options: &Options) -> anyhow::Result<()> {
    let format = if options.vst3 { Format::Vst3 } else { Format::Clap };
    if let Some(folder) = &options.click {
        return clicking::run(format, folder);
    }
    if let Some(folder) = &options.keep {
        return keeping::run(folder);
    }
    if let Some(rounds) = options.strain {
        return strain::run(Strain { format, seed: options.seed, rounds, rough: options.rough });
    }
    if let Some(seconds) = options.cost {
        return cost::run(Duration::from_secs(seconds));
    }
    let (open, last) = (Duration::from_millis(options.open_ms), Duration::from_millis(options.last_ms));
    opening::run(Opening { format, times: options.times, open, last })
}

fn main() -> ExitCode {
    let outcome = run(&Options::parse());
    settle();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
