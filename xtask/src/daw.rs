//! `cargo xtask daw`: the plugin in a real DAW.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::{Outcome, bundle, cargo};

/// The programs that are needed, and the Debian packages that bring them.
const PROGRAMS: [(&str, &str); 4] =
    [("ardour7-lua", "ardour"), ("jackd", "jackd2"), ("timeout", "coreutils"), ("setpriv", "util-linux")];

/// Bundles the plugin and lets Ardour play and record it. Where Ardour is not installed, this is
/// skipped, unless it is required.
pub(crate) fn run(arguments: &[OsString]) -> Outcome {
    let required = match arguments {
        [] => false,
        [only] if only == "--require" => true,
        _ => {
            eprintln!("`cargo xtask daw` takes one option: --require.");
            return Ok(ExitCode::from(2));
        }
    };
    let missing: Vec<&str> =
        PROGRAMS.iter().filter(|(program, _)| !is_installed(program)).map(|(_, package)| *package).collect();
    if !missing.is_empty() {
        let install = format!("apt-get install --no-install-recommends {}", missing.join(" "));
        let line = format!("the plugin was not tried in Ardour 7; on Debian, `{install}` brings what is missing");
        anyhow::ensure!(!required, "{line}");
        println!("Skipped: {line}.");
        return Ok(ExitCode::SUCCESS);
    }
    bundle::make()?;
    cargo::hand_over(&cargo::build("tests", "daw", &[])?, &[] as &[&str])
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    cfg!(target_os = "linux") && std::env::split_paths(&path).any(|folder| folder.join(program).exists())
}
