//! `cargo xtask daw`: the plugin in Ardour.

use std::process::ExitCode;

fn main() -> ExitCode {
    // `--take`: only a take is opened there.
    let only = std::env::args().nth(1).is_some_and(|word| word == "--take");
    match if only { tests::daw::open_take() } else { tests::daw::run() } {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
