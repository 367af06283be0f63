//! What the command line promises.
#![cfg(feature = "cli")]

mod any_file;
mod bad_input;
mod chart;
#[cfg(unix)]
mod disk;
#[cfg(feature = "train")]
mod eval;
mod guessed;
mod inspect;
#[cfg(feature = "train")]
mod options;
mod reading;
mod render;
mod round_trip;
mod shell;
mod tasks;
mod words;
mod written;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use model::midi_file::{Song, Track};
use model::{BandSpec, Key, Measure, Note, TimeSignature};

fn bandplayer(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bandplayer")).args(arguments).output().expect("bandplayer runs")
}

/// Runs it, and it does what it should.
fn succeed(arguments: &[&str]) {
    let output = bandplayer(arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
}

/// A folder of one test, removed at its end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("bandplayer-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder for the test");
        Self(folder)
    }

    /// The path of a file in it.
    fn at(&self, name: &str) -> String {
        self.0.join(name).to_string_lossy().into_owned()
    }

    /// The names of the files in it, sorted.
    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).expect("the folder is there");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A chorale of so many measures: I – IV – V – I with a moving soprano.
fn chorale(measures: usize) -> Song {
    let mut song = Song::steady(TimeSignature::FOUR_FOUR, 90.0, measures).expect("4/4");
    let chords = [[72, 67, 64, 48], [72, 69, 65, 53], [71, 67, 62, 55], [72, 67, 64, 48]];
    for (at, voice) in BandSpec::chorale().voices.iter().enumerate() {
        let measure = |index: usize| {
            let key = chords[index % 4][at];
            let second = if at == 0 { key + 2 } else { key };
            let note = |step, key| Note::new(step, 8, Key::clamped(key));
            Measure::from_notes(16, [note(0, key), note(8, second)])
        };
        let track = Track { channel: voice.channel, ..Track::new(&voice.name) };
        song.tracks.push(Track { measures: (0..measures).map(measure).collect(), ..track });
    }
    song
}

/// The chorale as a file.
fn written(song: &Song, path: &str) {
    song.save(Path::new(path)).expect("the folder is there");
}

fn read(path: &str) -> Song {
    Song::read(Path::new(path)).expect("a MIDI file")
}
