//! `bandplayer import`: public data sets made into training folders.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use model::import::{ImportError, Report, groove, jsb, kern, pop909};
use model::midi_file::Warning;

use crate::bad_input::BadInput;
use crate::printing::say;

/// Turns a public data set, as its authors publish it, into a training folder.
#[derive(Debug, clap::Args)]
pub(crate) struct ImportArgs {
    #[command(subcommand)]
    set: Set,
    /// Name everything that is left out, not just how many for which reason.
    #[arg(long, global = true)]
    verbose: bool,
}

/// From where to where.
#[derive(Debug, clap::Args)]
struct Places {
    /// What was downloaded and unpacked.
    source: PathBuf,
    /// The folder to fill.
    out: PathBuf,
}

#[derive(Debug, clap::Subcommand)]
enum Set {
    /// POP909: its folder POP909, with MIDI, beats and chords of each song.
    Pop909(Places),
    /// Groove MIDI Dataset: its folder groove, with info.csv.
    Groove(Places),
    /// JSB chorales: the 16th-note JSON (Jsb16thSeparated.json).
    Jsb {
        #[command(flatten)]
        places: Places,
        /// A JSON file of meters: {"split/index": [beats, beat unit, pickup in sixteenths]} [default: meters are
        /// guessed].
        #[arg(long)]
        meters: Option<PathBuf>,
    },
    /// Single-voice songs in Humdrum's **kern, such as the Essen collection: a folder of .krn files.
    Kern {
        #[command(flatten)]
        places: Places,
        /// Keep songs with any durations on the grid of sixteenths, not just plain ones (0.25, 0.5, 0.75, 1, 1.5, 2, 3
        /// and 4 quarters).
        #[arg(long)]
        any_duration: bool,
    },
}

/// Imports, and says what was left out.
pub(crate) fn run(args: &ImportArgs) -> Result<()> {
    let bar = ProgressBar::new_spinner();
    bar.set_style(ProgressStyle::with_template("{spinner} {pos} pieces read")?);
    let step = || bar.inc(1);
    let (report, out) = match &args.set {
        Set::Pop909(places) => (pop909::import(&places.source, &places.out, step), &places.out),
        Set::Groove(places) => (groove::import(&places.source, &places.out, step), &places.out),
        Set::Jsb { places, meters } => (jsb::import(&places.source, meters.as_deref(), &places.out, step), &places.out),
        Set::Kern { places, any_duration } => {
            let rules = kern::Rules { plain: !any_duration };
            (kern::import(&places.source, rules, &places.out, step), &places.out)
        }
    };
    bar.finish_and_clear();
    let report = report.map_err(|error| match error {
        ImportError::Source { .. }
        | ImportError::Form { .. }
        | ImportError::Nothing { .. }
        | ImportError::Occupied(_) => BadInput::error(error),
        other => other.into(),
    })?;
    tell(&report, args.verbose);
    say(format_args!("the training folder is {}", out.display()));
    Ok(())
}

fn tell(report: &Report, verbose: bool) {
    for (split, count) in &report.written {
        say(format_args!("{split}: {count} pieces"));
    }
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, reason) in &report.skipped {
        reasons.entry(reason.kind()).or_default().push(name);
        if verbose {
            say(format_args!("left out: {name}: {reason}"));
        }
    }
    let mut bent: Vec<(&str, Warning, usize)> = Vec::new();
    for (name, warning) in &report.bent {
        match bent.iter_mut().find(|(_, first, _)| first.oddity == warning.oddity) {
            Some((.., count)) => *count += 1,
            None => bent.push((name, *warning, 1)),
        }
    }
    for (name, warning, count) in bent {
        say(format_args!("{count} files read all the same, the first {name}: {warning}"));
    }
    for (reason, names) in reasons {
        say(format_args!("left out, {reason}: {} ({} …)", names.len(), names[0]));
    }
}
