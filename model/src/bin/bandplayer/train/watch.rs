//! A training as it is watched: a progress bar, a line for each epoch, a log and a picture of the learning curve.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use model::train::{News, is_begun};
use serde::Serialize;
use serde_json::Value;

use crate::bad_input::with_reasons;
use crate::files;
use crate::picture::{Line, curves};
use crate::printing::{say, warn};

/// Watches one training. Beside the band file it keeps `NAME.log.csv`, a line for each epoch, and `NAME.curve.svg` and
/// `NAME.curve.png`.
pub(super) struct Watch {
    out: PathBuf,
    /// The band file, where what is trained is a part of it that has a log of its own.
    band: PathBuf,
    bar: ProgressBar,
    /// Mean loss of the last batches.
    smooth: Option<f64>,
    log: Log,
    /// What went wrong while files were written: training goes on meanwhile.
    failed: Option<anyhow::Error>,
}

impl Watch {
    /// Begins; goes on with the log of a training that was stopped.
    pub(super) fn new(out: &Path) -> Result<Self> {
        let bar = ProgressBar::new(0);
        bar.set_style(ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} · {eta} left")?);
        let log = if is_begun(out)? { Log::read(&out.with_extension("log.csv")) } else { Log::default() };
        Ok(Self { out: out.to_owned(), band: out.to_owned(), bar, smooth: None, log, failed: None })
    }

    /// The same of a part of this band, whose log and checkpoint lie beside `out`.
    pub(super) fn of_part(out: &Path, band: &Path) -> Result<Self> {
        Ok(Self { band: band.to_owned(), ..Self::new(out)? })
    }

    /// Ends a part of a training: what comes next says where the band is.
    pub(super) fn part_done(self) -> Result<()> {
        self.bar.finish_and_clear();
        self.failed.map_or(Ok(()), Err)
    }

    /// Hears of a batch or an epoch; the best nets are kept by `save`.
    pub(super) fn hear<E: Serialize, N>(&mut self, news: News<'_, E, N>, save: impl FnOnce(&E, &N) -> Result<()>) {
        match news {
            News::Batch { done, of, nll, rate } => {
                let mean = self.smooth.map_or(nll, |mean| mean * 0.98 + nll * 0.02);
                self.smooth = Some(mean);
                self.bar.set_length(of);
                self.bar.set_position(done);
                self.bar.set_message(format!("loss {mean:.4} · rate {rate:.1e}"));
            }
            News::Epoch { epoch, net, best } => {
                let figures = figures(epoch);
                let shown: Vec<String> = figures.iter().map(|(name, value)| format!("{name} {value:.4}")).collect();
                let mark = if best { " · best" } else { "" };
                self.bar.suspend(|| say(format_args!("{}{mark}", shown.join(", "))));
                self.log.add(&figures);
                // The band first: where only one of them finds room, it is what cannot be made again.
                let band = if best { save(epoch, net) } else { Ok(()) };
                for error in [band, self.log.save(&self.out)].into_iter().filter_map(Result::err) {
                    self.bar.suspend(|| warn(format_args!("{}; the training goes on", with_reasons(&error))));
                    self.failed.get_or_insert(error);
                }
            }
        }
    }

    /// Ends: says where the band is, or what went wrong.
    pub(super) fn done(self, stop: &AtomicBool) -> Result<()> {
        self.bar.finish_and_clear();
        if let Some(error) = self.failed {
            return Err(error);
        }
        if stop.load(Ordering::Relaxed) {
            say(format_args!("stopped: the best band so far is in {}; the same command goes on", self.band.display()));
        } else {
            say(format_args!("the band is in {}", self.band.display()));
        }
        Ok(())
    }
}

/// An epoch's figures by their names, its number first.
fn figures(epoch: &impl Serialize) -> Vec<(String, f64)> {
    let Ok(Value::Object(fields)) = serde_json::to_value(epoch) else { return Vec::new() };
    let mut figures: Vec<(String, f64)> =
        fields.into_iter().filter_map(|(name, value)| Some((name, value.as_f64()?))).collect();
    figures.sort_by_key(|(name, _)| name != "number");
    figures
}

/// What all epochs reached.
#[derive(Default)]
struct Log {
    names: Vec<String>,
    rows: Vec<Vec<f64>>,
}

impl Log {
    /// A log that was written before; empty if there is none.
    fn read(path: &Path) -> Self {
        let Ok(mut file) = csv::Reader::from_path(path) else { return Self::default() };
        let names = file.headers().map(|names| names.iter().map(str::to_owned).collect()).unwrap_or_default();
        // A line that was cut off, or that somebody wrote into, is none of ours.
        let rows = file.deserialize().filter_map(Result::ok).collect();
        Self { names, rows }
    }

    /// Adds an epoch in place of those of its number and later: a training that was stopped repeats them.
    fn add(&mut self, figures: &[(String, f64)]) {
        let names: Vec<String> = figures.iter().map(|(name, _)| name.clone()).collect();
        if self.names != names {
            *self = Self { names, rows: Vec::new() };
        }
        let row: Vec<f64> = figures.iter().map(|(_, value)| *value).collect();
        self.rows.retain(|before| before[0] < row[0]);
        self.rows.push(row);
    }

    fn csv(&self) -> Result<Vec<u8>> {
        let mut out = csv::Writer::from_writer(Vec::new());
        out.write_record(&self.names)?;
        for row in &self.rows {
            out.write_record(row.iter().map(f64::to_string))?;
        }
        Ok(out.into_inner()?)
    }

    fn save(&self, out: &Path) -> Result<()> {
        files::save(&out.with_extension("log.csv"), self.csv()?)?;
        // What the training minimises, and the like on the validation pieces: one scale.
        let plotted = |name: &&String| name.contains("nll") || name.contains("per_step");
        let line = |name: &String| {
            let at = self.names.iter().position(|other| other == name).unwrap_or(0);
            Line { name: name.clone(), points: self.rows.iter().map(|row| (row[0], row[at])).collect() }
        };
        let lines: Vec<Line> = self.names.iter().filter(plotted).map(line).collect();
        let name = out.file_stem().unwrap_or_default().to_string_lossy();
        let picture = curves(&format!("{name}: nats"), "epoch", &lines);
        files::save(&out.with_extension("curve.svg"), picture.to_svg())?;
        files::save(&out.with_extension("curve.png"), picture.to_png().context("the curve cannot be drawn")?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::train::EventEpoch;

    fn epoch(number: usize, valid_nll: f64) -> Vec<(String, f64)> {
        figures(&EventEpoch { number, train_nll: 0.5, valid_nll, valid_accuracy: 0.25 })
    }

    #[test]
    fn a_log_is_read_as_it_was_written_and_repeated_epochs_are_replaced() {
        let folder = std::env::temp_dir().join(format!("watch-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let out = folder.join("band.safetensors");
        let mut log = Log::default();
        (1..4).for_each(|number| log.add(&epoch(number, 1.5)));
        log.save(&out).expect("written");
        let mut again = Log::read(&out.with_extension("log.csv"));
        assert_eq!(again.csv().expect("text"), log.csv().expect("text"));
        again.add(&epoch(2, 1.25));
        let text = "number,train_nll,valid_accuracy,valid_nll\n1,0.5,0.25,1.5\n2,0.5,0.25,1.25\n";
        assert_eq!(again.csv().expect("text"), text.as_bytes());
        for file in ["band.curve.svg", "band.curve.png"] {
            assert!(std::fs::metadata(folder.join(file)).expect("a picture").len() > 100);
        }
        drop(std::fs::remove_dir_all(&folder));
    }
}
