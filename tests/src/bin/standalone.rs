//! `cargo xtask standalone`: the program `band-player` over JACK.

use std::process::ExitCode;

fn main() -> ExitCode {
    match tests::standalone::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
