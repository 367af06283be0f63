//! `cargo xtask daw`: the plugin in Ardour.

use std::process::ExitCode;

fn main() -> ExitCode {
    match tests::daw::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
