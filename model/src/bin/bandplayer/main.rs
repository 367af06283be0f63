//! `bandplayer`: bands play with MIDI files and learn from them, without a host.

mod accompany;
mod answer;
mod bad_input;
mod bands;
mod batch;
mod chart;
#[cfg(feature = "train")]
mod compare;
#[cfg(feature = "train")]
mod drumroll;
mod drums;
#[cfg(feature = "train")]
mod eval;
#[cfg(feature = "train")]
mod figures;
mod files;
mod generate;
#[cfg(feature = "train")]
mod import;
mod inspect;
mod pace;
#[cfg(feature = "train")]
mod picture;
mod playing;
#[cfg(feature = "train")]
mod prepare;
mod primer;
mod printing;
mod reading;
mod render;
mod rewrite;
mod shell;
mod timed;
#[cfg(feature = "train")]
mod train;

use std::process::ExitCode;

use bad_input::{BadInput, with_reasons};
use batch::SomeFailed;
use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

/// Bands play with MIDI files and learn from them.
#[derive(Debug, Parser)]
#[command(name = "bandplayer", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Accompany(accompany::AccompanyArgs),
    Answer(answer::AnswerArgs),
    Chart(chart::ChartArgs),
    Fill(rewrite::FillArgs),
    Generate(generate::GenerateArgs),
    Redo(rewrite::RedoArgs),
    Render(render::RenderArgs),
    Inspect(inspect::InspectArgs),
    #[cfg(feature = "train")]
    Compare(compare::CompareArgs),
    #[cfg(feature = "train")]
    Drumroll(drumroll::DrumrollArgs),
    #[cfg(feature = "train")]
    Eval(eval::EvalArgs),
    #[cfg(feature = "train")]
    Figures(figures::FiguresArgs),
    #[cfg(feature = "train")]
    Import(import::ImportArgs),
    #[cfg(feature = "train")]
    Train(train::TrainArgs),
    #[cfg(feature = "train")]
    Prepare(prepare::PrepareArgs),
    Completions(shell::CompletionsArgs),
    Man(shell::ManArgs),
}

/// Exit codes: 2 where the input is to blame, 3 where some files of many failed and the others are done, 1 for any other
/// failure.
fn main() -> ExitCode {
    let mut command = numbers_below_nothing(Arguments::command());
    let matches = command.try_get_matches_from_mut(std::env::args_os());
    let arguments = match matches.and_then(|matches| Arguments::from_arg_matches(&matches)) {
        Ok(arguments) => arguments,
        // Help and version are no errors, and a mistake is said in one line.
        Err(error) if error.use_stderr() && error.kind() != ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            printing::warn(one_line(&error.format(&mut command).to_string()));
            return ExitCode::from(2);
        }
        Err(other) => other.exit(),
    };
    let outcome = match arguments.command {
        Command::Accompany(arguments) => accompany::run(&arguments),
        Command::Answer(arguments) => answer::run(&arguments),
        Command::Chart(arguments) => chart::run(&arguments),
        Command::Fill(arguments) => rewrite::fill(&arguments),
        Command::Generate(arguments) => generate::run(&arguments),
        Command::Redo(arguments) => rewrite::redo(&arguments),
        Command::Render(arguments) => render::run(&arguments),
        Command::Completions(arguments) => shell::completions(&arguments, &mut Arguments::command()),
        Command::Man(arguments) => shell::man(&arguments, Arguments::command()),
        Command::Inspect(arguments) => inspect::run(&arguments),
        #[cfg(feature = "train")]
        Command::Compare(arguments) => compare::run(&arguments),
        #[cfg(feature = "train")]
        Command::Drumroll(arguments) => drumroll::run(&arguments),
        #[cfg(feature = "train")]
        Command::Eval(arguments) => eval::run(&arguments),
        #[cfg(feature = "train")]
        Command::Figures(arguments) => figures::run(&arguments),
        #[cfg(feature = "train")]
        Command::Import(arguments) => import::run(&arguments),
        #[cfg(feature = "train")]
        Command::Train(arguments) => train::run(&arguments),
        #[cfg(feature = "train")]
        Command::Prepare(arguments) => prepare::run(&arguments),
    };
    match outcome {
        Ok(()) => match printing::unsaid() {
            None => ExitCode::SUCCESS,
            Some(why) => {
                printing::warn(format_args!("not all of what was to be said could be printed: {why}"));
                ExitCode::FAILURE
            }
        },
        Err(error) => {
            printing::warn(one_line(&with_reasons(&error)));
            if error.is::<BadInput>() {
                ExitCode::from(2)
            } else if error.is::<SomeFailed>() {
                ExitCode::from(3)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

/// `--seed -1` has a value that is refused for what it is, not an option `-1` that nobody knows.
fn numbers_below_nothing(command: clap::Command) -> clap::Command {
    let with_value = |argument: clap::Arg| {
        let takes = !argument.is_positional() && argument.get_action().takes_values();
        if takes { argument.allow_negative_numbers(true) } else { argument }
    };
    command.mut_args(with_value).mut_subcommands(numbers_below_nothing)
}

/// What stands before the first empty line, without line breaks.
fn one_line(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
    lines.join(" ")
}
