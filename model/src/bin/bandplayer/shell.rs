//! `bandplayer completions` and `bandplayer man`: what shells and readers want to know, from the argument parser.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;
use model::files::replace;

use crate::files;
use crate::printing::say;

/// Prints what a shell needs to complete commands, as in `bandplayer completions bash > bandplayer.bash`.
#[derive(Debug, clap::Args)]
pub(crate) struct CompletionsArgs {
    /// For which shell.
    #[arg(value_enum)]
    shell: Shell,
}

/// Writes the manual's pages, one for each command: bandplayer.1, bandplayer-fill.1 …
#[derive(Debug, clap::Args)]
pub(crate) struct ManArgs {
    /// Where to; made if it is not there.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Prints a shell's completions.
pub(crate) fn completions(args: &CompletionsArgs, command: &mut Command) -> Result<()> {
    let mut text = Vec::new();
    let name = command.get_name().to_owned();
    clap_complete::generate(args.shell, command, name, &mut text);
    say(String::from_utf8_lossy(&text).trim_end());
    Ok(())
}

/// Writes all pages.
pub(crate) fn man(args: &ManArgs, mut command: Command) -> Result<()> {
    files::folder(&args.folder)?;
    command = command.disable_help_subcommand(true);
    command.build();
    page(&args.folder, &command)?;
    command.get_subcommands().try_for_each(|each| page(&args.folder, each))
}

fn page(folder: &Path, command: &Command) -> Result<()> {
    // Of a command `fill` it is `bandplayer-fill`.
    let name = command.get_display_name().unwrap_or(command.get_name());
    let file = folder.join(format!("{name}.1"));
    let mut text = Vec::new();
    Man::new(command.clone()).render(&mut text)?;
    replace(&file, &text).with_context(|| format!("{} cannot be written", file.display()))
}
