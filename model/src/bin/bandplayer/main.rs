//! `bandplayer`: bands accompany MIDI files and learn from them, without a host.

mod accompany;
mod bad_input;
mod bands;
#[cfg(feature = "train")]
mod compare;
#[cfg(feature = "train")]
mod eval;
#[cfg(feature = "train")]
mod eval_melody;
#[cfg(feature = "train")]
mod files;
#[cfg(feature = "train")]
mod import;
mod inspect;
#[cfg(feature = "train")]
mod options;
#[cfg(feature = "train")]
mod picture;
#[cfg(feature = "train")]
mod prepare;
mod timed;
#[cfg(feature = "train")]
mod train;
#[cfg(feature = "train")]
mod train_biaxial;
#[cfg(feature = "train")]
mod train_melody;
#[cfg(feature = "train")]
mod train_rmvae;
#[cfg(feature = "train")]
mod watch;

use std::process::ExitCode;

use bad_input::BadInput;
use clap::{Parser, Subcommand};

/// Bands accompany MIDI files and learn from them.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Accompany(accompany::AccompanyArgs),
    Inspect(inspect::InspectArgs),
    #[cfg(feature = "train")]
    Compare(compare::CompareArgs),
    #[cfg(feature = "train")]
    Eval(eval::EvalArgs),
    #[cfg(feature = "train")]
    Import(import::ImportArgs),
    #[cfg(feature = "train")]
    Train(train::TrainArgs),
    #[cfg(feature = "train")]
    Prepare(prepare::PrepareArgs),
}

/// Exit codes: 2 where the input is to blame, 1 for any other failure.
fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Accompany(arguments) => accompany::run(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments),
        #[cfg(feature = "train")]
        Command::Compare(arguments) => compare::run(&arguments),
        #[cfg(feature = "train")]
        Command::Eval(arguments) => eval::run(&arguments),
        #[cfg(feature = "train")]
        Command::Import(arguments) => import::run(&arguments),
        #[cfg(feature = "train")]
        Command::Train(arguments) => train::run(&arguments),
        #[cfg(feature = "train")]
        Command::Prepare(arguments) => prepare::run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let line = format!("{error:#}").replace('\n', " ");
            eprintln!("{line}");
            if error.is::<BadInput>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}
