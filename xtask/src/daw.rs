//! `cargo xtask daw`: the plugin in a real DAW.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use crate::{Outcome, bundle, cargo};

/// The programs that are needed, and the Debian packages that bring them.
const PROGRAMS: [(&str, &str); 4] =
    [("ardour7-lua", "ardour"), ("jackd", "jackd2"), ("timeout", "coreutils"), ("setpriv", "util-linux")];

/// What a take needs to be opened in Ardour's window.
const DISPLAY: (&str, &str) = ("Xvfb", "xvfb");

/// Bundles the plugin and lets Ardour play and record it, and open a take. Where Ardour is not
/// installed, this is skipped, unless it is required.
pub(crate) fn run(arguments: &[OsString]) -> Outcome {
    let (required, only) = match arguments {
        [] => (false, &[][..]),
        [only] if only == "--require" => (true, &[][..]),
        [only] if only == "--take" => (false, arguments),
        _ => {
            eprintln!("`cargo xtask daw` takes one option: --require, or --take to only open a take in Ardour.");
            return Ok(ExitCode::from(2));
        }
    };
    let needed = PROGRAMS.iter().chain(required.then_some(&DISPLAY));
    let missing: Vec<&str> =
        needed.filter(|(program, _)| !is_installed(program)).map(|(_, package)| *package).collect();
    if !missing.is_empty() {
        let install = format!("apt-get install --no-install-recommends {}", missing.join(" "));
        let line = format!("the plugin was not tried in Ardour 7; on Debian, `{install}` brings what is missing");
        anyhow::ensure!(!required, "{line}");
        println!("Skipped: {line}.");
        return Ok(ExitCode::SUCCESS);
    }
    cargo::hand_over(Command::new(bundle::make_with("daw")?).args(only))
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    cfg!(target_os = "linux") && std::env::split_paths(&path).any(|folder| folder.join(program).exists())
}
