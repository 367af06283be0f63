//! The project's commands: `cargo xtask jam`, `test`, `bundle`, `install` …
//!
//! This crate depends on no other room of the house: it builds and runs their binaries, so that
//! it compiles in seconds.

mod accompany;
mod bench;
mod bundle;
mod cargo;
mod daw;
mod gpu;
mod install;
mod jam;
mod lanes;
mod package;
mod place;
mod play;
mod roll;
mod screenshot;
mod standalone;
mod test;
mod tested;
mod timings;
mod torture;
mod validate;

use std::process::ExitCode;

const HELP: &str = "\
Band Player's commands:

  cargo xtask jam [OPTIONS]        plays a tune with the band, through the plugin, into target/jam
  cargo xtask play [OPTIONS]       builds the program `band-player`, and starts it: jam now
  cargo xtask test [--require]     the whole check: format, lints, docs, bundle, a jam, all tests
  cargo xtask bundle               makes the plugin's bundles in target/bundled
  cargo xtask install              bundles, and copies them into your CLAP and VST3 folders
  cargo xtask accompany [OPTIONS] FILE.mid…
                                   lets a band accompany many files, without a host
  cargo xtask daw [--require]      plays and records the plugin in Ardour 7, if that is installed
  cargo xtask daw --take           only opens a take there that the plugin saved
  cargo xtask standalone [--require]
                                   makes the program `band-player`, and tries it over JACK
  cargo xtask gpu [--require]      trains a few batches on a GPU, and the same on the processor
  cargo xtask package [--check]    puts all that a player needs into one archive; and tries it out
  cargo xtask roll [OPTIONS] FILE.mid…
                                   draws MIDI files as piano rolls, one below the other
  cargo xtask screenshot [OPTIONS] draws the editor in a run of the demo tune, into target/screenshots
  cargo xtask torture [OPTIONS]    plays random scripts of all that a host may do through the plugin
  cargo xtask validate [--times N] [--rough] [--require]
                                   does ten times what public validators do, with and without a window
  cargo xtask timings [REPORT]     the crates that take the compiler longest, from a report of cargo's `--timings`
  cargo xtask bench [editor]       measures: predictions, process(), instances, memory; an open editor

`cargo xtask jam --help`, `accompany --help`, `roll --help`, `screenshot --help` and
`torture --help` list their options.";

/// What a command came to: the exit code that the caller should see.
type Outcome = anyhow::Result<ExitCode>;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let command = arguments.next().map(|command| command.to_string_lossy().into_owned()).unwrap_or_default();
    let arguments: Vec<_> = arguments.collect();
    let outcome = match command.as_str() {
        "jam" => jam::run(&arguments),
        "play" => play::run(&arguments),
        "accompany" => accompany::run(&arguments),
        "bench" => bench::run(&arguments),
        "daw" => daw::run(&arguments),
        "standalone" => standalone::run(&arguments),
        "gpu" => gpu::run(&arguments),
        "package" => package::run(&arguments),
        "roll" => roll::run(&arguments),
        "timings" => timings::run(&arguments),
        "screenshot" => screenshot::run(&arguments),
        "torture" => torture::run(&arguments),
        "validate" => validate::run(&arguments),
        "bundle" | "install" if !arguments.is_empty() => {
            eprintln!("`cargo xtask {command}` takes no options.");
            return ExitCode::from(2);
        }
        "test" => test::run(&arguments),
        "bundle" => bundle::run(),
        "install" => install::run(),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => {
            if !command.is_empty() {
                eprintln!("There is no command `{command}`.\n");
            }
            eprintln!("{HELP}");
            return ExitCode::from(2);
        }
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("{error:#}");
        ExitCode::FAILURE
    })
}
