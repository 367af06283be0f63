//! Many cases, in a process of their own each time one has crashed: the parent reads line by line
//! what its child has done.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

use super::case::Case;
use super::options::Options;
use super::play::{Played, play};
use crate::host::{Format, Host};

/// How long one script may take. Chosen: a thousand times what it takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came of many cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Scripts that were played.
    pub scripts: usize,
    /// Their blocks.
    pub blocks: usize,
    /// Events that went in and came out.
    pub events: usize,
    /// Notes that the bands began, at least.
    pub notes: usize,
    /// Notes that still sounded at the end.
    pub hanging: usize,
    /// Notes that ended without having begun.
    pub orphans: usize,
    /// Notes that began twice.
    pub doubled: usize,
    /// The farthest that a note began from where it may, in samples.
    pub max_onset_error: u64,
    /// Everything that the checker found, and errors that the plugin reported.
    pub faults: usize,
    /// Scripts in which the process died or stood still.
    pub crashes: usize,
}

impl Summary {
    /// Adds one more.
    pub fn add(&mut self, played: &Played) {
        let verdict = &played.verdict;
        self.scripts += 1;
        self.blocks += played.blocks;
        self.events += played.events;
        self.notes += played.notes;
        self.hanging += verdict.hanging;
        self.orphans += verdict.orphans;
        self.doubled += verdict.doubled;
        self.max_onset_error = self.max_onset_error.max(verdict.max_onset_error);
        self.faults += verdict.faults;
    }

    fn join(&mut self, other: Self) {
        self.scripts += other.scripts;
        self.blocks += other.blocks;
        self.events += other.events;
        self.notes += other.notes;
        self.hanging += other.hanging;
        self.orphans += other.orphans;
        self.doubled += other.doubled;
        self.max_onset_error = self.max_onset_error.max(other.max_onset_error);
        self.faults += other.faults;
        self.crashes += other.crashes;
    }

    /// Nothing to complain about?
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.hanging == 0 && self.faults == 0 && self.crashes == 0
    }

    /// As one line of numbers, for [`Self::parse`].
    fn line(&self) -> String {
        let Self { scripts, blocks, events, notes, hanging, orphans, doubled, max_onset_error, faults, crashes } = self;
        format!(
            "{scripts} {blocks} {events} {notes} {hanging} {orphans} {doubled} {max_onset_error} {faults} {crashes}"
        )
    }

    fn parse(line: &str) -> Option<Self> {
        let numbers: Vec<u64> = line.split(' ').map(str::parse).collect::<Result<_, _>>().ok()?;
        let &[scripts, blocks, events, notes, hanging, orphans, doubled, max_onset_error, faults, crashes] =
            numbers.as_slice()
        else {
            return None;
        };
        let [scripts, blocks, events, notes, hanging, orphans, doubled, faults, crashes] =
            [scripts, blocks, events, notes, hanging, orphans, doubled, faults, crashes]
                .map(|count| usize::try_from(count).unwrap_or(usize::MAX));
        Some(Self { scripts, blocks, events, notes, hanging, orphans, doubled, max_onset_error, faults, crashes })
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} scripts, {} blocks, {} events, {} notes of the band: {} hanging, {} orphan, {} doubled notes, at most {} samples of \
             onset error, {} faults, {} crashes",
            self.scripts,
            self.blocks,
            self.events,
            self.notes,
            self.hanging,
            self.orphans,
            self.doubled,
            self.max_onset_error,
            self.faults,
            self.crashes
        )
    }
}

/// Plays all scripts, shows how far they are, and ends each format with one line. Returns whether
/// nothing was found.
///
/// # Errors
/// If the plugin cannot be loaded, or no process be started.
pub fn run(options: &Options) -> anyhow::Result<bool> {
    let mut clean = true;
    let end = options.minutes.map(|minutes| Instant::now() + Duration::from_secs_f64(60.0 * minutes.max(0.0)));
    for format in options.formats() {
        let bar = ProgressBar::new(options.scripts);
        bar.set_style(ProgressStyle::with_template("{prefix} {wide_bar} {pos} of {len}, {elapsed}, {eta} left")?);
        bar.set_prefix(format.to_string());
        let summary = of_format(options, format, end, &bar)?;
        bar.finish_and_clear();
        println!("{format}, seed {}: {summary}.", options.seed);
        clean &= summary.is_clean();
    }
    Ok(clean)
}

fn of_format(options: &Options, format: Format, end: Option<Instant>, bar: &ProgressBar) -> anyhow::Result<Summary> {
    let mut summary = Summary::default();
    let last = options.first + options.scripts;
    let mut next = options.first;
    while next < last && end.is_none_or(|end| Instant::now() < end) {
        let (mut child, lines) = start(options, format, next, last - next)?;
        let mut under_way = None;
        loop {
            match lines.recv_timeout(PATIENCE) {
                Ok(line) => match line.split_once(' ') {
                    Some(("begin", number)) => {
                        under_way = Some(number.parse::<u64>().context("a number")?);
                    }
                    Some(("end", figures)) => {
                        summary.join(Summary::parse(figures).context("figures")?);
                        next = under_way.take().context("a script has begun")? + 1;
                        bar.set_position(next - options.first);
                    }
                    Some(("found", what)) => tell(bar, options, format, under_way, what),
                    _ => bar.suspend(|| eprintln!("{line}")),
                },
                Err(RecvTimeoutError::Timeout) => {
                    tell(bar, options, format, under_way, "it stands still");
                    child.kill().context("the process cannot be ended")?;
                    break;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if end.is_some_and(|end| Instant::now() >= end) {
                child.kill().context("the process cannot be ended")?;
                child.wait()?;
                return Ok(summary);
            }
        }
        let status = child.wait()?;
        if let Some(number) = under_way {
            tell(bar, options, format, under_way, &format!("the process died: {status}"));
            summary.scripts += 1;
            summary.crashes += 1;
            next = number + 1;
        } else {
            anyhow::ensure!(status.success(), "the process that plays did not work");
        }
    }
    Ok(summary)
}

/// What was found, and how to find it again.
fn tell(bar: &ProgressBar, options: &Options, format: Format, number: Option<u64>, what: &str) {
    let number = number.unwrap_or(options.first);
    let plugin = options
        .plugin
        .as_ref()
        .map_or_else(|| format!("--format {format}"), |plugin| format!("--plugin '{}'", plugin.display()));
    bar.suspend(|| {
        eprintln!("Script {number} of seed {}: {what}", options.seed);
        eprintln!("  again: cargo xtask torture --seed {} --first {number} --scripts 1 {plugin}", options.seed);
    });
}

/// Starts this program again, to play, and listens to it.
fn start(options: &Options, format: Format, first: u64, scripts: u64) -> anyhow::Result<(Child, Receiver<String>)> {
    let mut command = Command::new(std::env::current_exe().context("where does this program lie?")?);
    command.arg("--child").args(["--seed", &options.seed.to_string()]);
    command.args(["--first", &first.to_string(), "--scripts", &scripts.to_string(), "--format", format.ending()]);
    if let Some(plugin) = &options.plugin {
        command.arg("--plugin").arg(plugin);
    }
    let mut child = command.stdout(Stdio::piped()).spawn().context("the program could not be started")?;
    let output = child.stdout.take().context("the program's output")?;
    let (sender, lines) = channel();
    // Ends with the child's output.
    std::thread::spawn(move || {
        let _all_read = BufReader::new(output).lines().map_while(Result::ok).try_for_each(|line| sender.send(line));
    });
    Ok((child, lines))
}

/// What the started program does: plays, and says of each script when it begins, what was found,
/// and its figures.
///
/// # Errors
/// If the plugin cannot be loaded.
pub fn child(options: &Options) -> anyhow::Result<()> {
    let format = options.formats().first().copied().unwrap_or(Format::Clap);
    let host = match &options.plugin {
        Some(plugin) => Host::load(plugin)?,
        None => Host::load_bundled(format)?,
    };
    let mut out = std::io::stdout();
    for number in options.first..options.first + options.scripts {
        writeln!(out, "begin {number}")?;
        out.flush()?;
        let mut summary = Summary::default();
        let case = Case::new(options.seed, number, options.plugin.is_some()).told_by(host.format());
        match play(&host, &case) {
            Ok(played) => {
                summary.add(&played);
                let verdict = &played.verdict;
                if !verdict.is_clean() {
                    let found: Vec<_> = verdict.found.iter().take(3).collect();
                    writeln!(out, "found {} faults, {} hanging: {found:?}", verdict.faults, verdict.hanging)?;
                    if options.scripts == 1 {
                        let block = verdict.found.first().map_or(i64::MAX, |found| found.block);
                        writeln!(out, "{}", case.describe(block))?;
                    }
                }
            }
            Err(error) => {
                (summary.scripts, summary.faults) = (1, 1);
                writeln!(out, "found {}", format!("{error:#}").replace('\n', " "))?;
            }
        }
        writeln!(out, "end {}", summary.line())?;
        out.flush()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_survive_their_way_from_the_child() {
        let summary =
            Summary { scripts: 1, blocks: 2, events: 3, notes: 6, max_onset_error: 4, faults: 5, ..Summary::default() };
        assert_eq!(Summary::parse(&summary.line()), Some(summary));
        assert!(!summary.is_clean() && Summary::default().is_clean());
        assert!(Summary::parse("1 2").is_none());
    }
}
