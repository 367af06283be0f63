//! The Groove MIDI Dataset (Gillick et al., ICML 2019): live drumming.
//!
//! The source is the release's folder `groove`, with `info.csv`. Files stay as they were played, micro-timing and
//! velocities kept: they are copied, not quantised.

use std::path::Path;

use super::{ImportError, Output, Report, Skip, text};
use crate::midi_file::MidiFile;

const EXPECTED: &str = "the folder groove of the release is wanted, with its info.csv";

/// The columns that are read.
const COLUMNS: [&str; 4] = ["midi_filename", "beat_type", "time_signature", "split"];

/// Reads the release and writes its own `train`, `valid` and `test`: whole grooves in 4/4; fills and other meters are
/// left out.
///
/// # Errors
/// [`ImportError`] where the source is something else or the result cannot be written.
pub fn import(source: &Path, out: &Path, mut done: impl FnMut()) -> Result<Report, ImportError> {
    let list = source.join("info.csv");
    let lines = text(&list, EXPECTED)?;
    let wrong = || ImportError::Form {
        path: list.clone(),
        expected: "columns midi_filename, beat_type, time_signature, split",
    };
    let mut rows = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(lines.as_bytes());
    let head = rows.headers().map_err(|_| wrong())?.clone();
    let mut places = [0; 4];
    for (place, name) in places.iter_mut().zip(COLUMNS) {
        *place = head.iter().position(|column| column == name).ok_or_else(wrong)?;
    }
    let (mut report, out) = (Report::default(), Output::new(out)?);
    for row in rows.records() {
        let row = row.map_err(|_| wrong())?;
        if row.iter().all(str::is_empty) {
            continue;
        }
        done();
        let [Some(file), Some(kind), Some(meter), Some(split)] = places.map(|place| row.get(place)) else {
            let number = row.position().map_or(0, csv::Position::line);
            let number = usize::try_from(number).unwrap_or(usize::MAX);
            report.skipped.push((format!("info.csv, line {number}"), Skip::Line(number)));
            continue;
        };
        match groove(source, file, kind, meter) {
            Ok(read) => {
                report.bent.extend(read.warnings().iter().map(|warning| (file.to_owned(), *warning)));
                let split = if split == "validation" { "valid" } else { split };
                out.add(split, &file.replace(['/', '\\'], "-"), read.bytes())?;
                *report.written.entry(split.into()).or_default() += 1;
            }
            Err(reason) => report.skipped.push((file.to_owned(), reason)),
        }
    }
    out.finish(source, &report)?;
    Ok(report)
}

fn groove(source: &Path, file: &str, kind: &str, meter: &str) -> Result<MidiFile, Skip> {
    if kind != "beat" {
        return Err(Skip::Kind(kind.into()));
    }
    if meter != "4-4" {
        return Err(Skip::Meter(meter.replace('-', "/")));
    }
    let bytes = std::fs::read(source.join(file)).map_err(|_| Skip::Lacks("MIDI file"))?;
    let read = MidiFile::parse(bytes).map_err(|_| Skip::Unreadable("MIDI file"))?;
    if read.song().tracks.iter().all(crate::midi_file::Track::is_silent) { Err(Skip::Silent) } else { Ok(read) }
}
