//! `cargo xtask torture`: random scripts of all that a host may do.

use std::process::ExitCode;

use clap::Parser;
use tests::torture::{Options, child, run};

fn main() -> ExitCode {
    let options = Options::parse();
    let outcome = if options.child { child(&options).map(|()| true) } else { run(&options) };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
