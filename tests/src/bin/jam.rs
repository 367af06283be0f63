//! `cargo xtask jam`: a tune with the band, through the plugin.

use std::process::ExitCode;

use clap::Parser;
use tests::jam::{Options, run};

fn main() -> ExitCode {
    // clap itself ends bad options with one line and exit code 2.
    let plan = match Options::parse().plan() {
        Ok(plan) => plan,
        Err(error) => {
            eprintln!("{error:#}");
            return ExitCode::from(2);
        }
    };
    match run(&plan) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
