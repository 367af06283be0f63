//! Bytes from anywhere, for everything that reads bytes.
//!
//! Each entry point takes any bytes and returns: it must neither panic, nor hang, nor take memory without bound. It says
//! whether the bytes came through: were read as what they should be, so that what lies behind was tried too. Two things
//! call them: `cargo fuzz` (in `tests/fuzz/`, guided by coverage), and the test `fuzz.rs` (on any toolchain,
//! with [`mutate`]d seeds).

mod clock;
mod mutate;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use band_player::state;
use model::midi_file::{MidiFile, NewVoice, Song, Track};
use model::systems::band_file::{Band, BandInfo};
use model::{BandSong, BandSpec, Measure};
use nice_plug::plugin::PluginState;
use safetensors::tensor::{Dtype, TensorView};

pub use clock::transport;
pub use mutate::mutate;

/// An entry point.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, and that of its folder of seeds.
    pub name: &'static str,
    /// The entry point itself: did the bytes come through?
    pub run: fn(&[u8]) -> bool,
}

/// All of them.
pub const TARGETS: [Target; 4] = [
    Target { name: "midi_file", run: midi_file },
    Target { name: "band_file", run: band_file },
    Target { name: "state", run: state },
    Target { name: "transport", run: transport },
];

/// Where a target's seeds lie.
#[must_use]
pub fn corpus(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target)
}

/// A MIDI file; what can be read is read the same each time, can be played, written, and read again to the same, with a
/// voice added to it too.
///
/// # Panics
/// If what was written reads otherwise.
#[must_use]
pub fn midi_file(bytes: &[u8]) -> bool {
    let Ok(file) = MidiFile::parse(bytes.to_vec()) else { return false };
    let same = MidiFile::parse(bytes.to_vec()).expect("it was read before");
    assert_eq!((same.song(), same.warnings()), (file.song(), file.warnings()), "the same bytes read the same");
    let song = file.song();
    let _measures = BandSong::new(song, &BandSpec::pop());
    let _words: Vec<String> = file.warnings().iter().map(ToString::to_string).collect();
    let again = Song::parse(&song.to_bytes()).expect("what was written can be read");
    // A long silence at the end is none of the music's.
    let starts = |of: &Song| of.spans().iter().take(again.len()).map(|span| span.start).collect::<Vec<_>>();
    assert_eq!(starts(&again), starts(song), "the same measures");
    let gone = song.tracks.iter().flat_map(|track| track.measures.iter().skip(again.len()));
    assert!(again.len() <= song.len() && gone.into_iter().all(Measure::is_silent), "all the music");
    let all: Vec<usize> = (0..song.tracks.len()).collect();
    let _guesses = (file.likely_pickup(), file.part("Lead", None), file.labels(&all));
    let mut played = song.without_tracks();
    played.tracks.push(Track { performance: Some(file.performance(&all)), ..Track::new("Lead") });
    let _played = Song::parse(&played.to_bytes()).expect("a performance can be written");
    let end = song.spans().last().map_or(0, |span| span.end());
    let notes = song.tracks.first().map_or(Vec::new(), |track| track.notes(song.spans()));
    let voice = NewVoice {
        tracks: Vec::new(),
        added: Track::new("New"),
        anew: std::iter::once(0..end).collect(),
        line: notes,
        played: Vec::new(),
    };
    let _edited = Song::parse(&file.with_voices(&[voice]).bytes).expect("a voice can be added");
    true
}

/// A band file; and a band file that is whole, but says this of itself. It came through if what it says could
/// be understood, so that only its weights are wrong.
///
/// # Panics
/// If four numbers are taken for a net.
#[must_use]
pub fn band_file(bytes: &[u8]) -> bool {
    let _whole = Band::read(bytes);
    let Ok(says) = std::str::from_utf8(bytes) else { return false };
    let weight = [0u8; 8];
    let mut checksum = crc32fast::Hasher::new();
    for part in [says.as_bytes(), b"weight", &weight] {
        checksum.update(part);
    }
    let entries = HashMap::from([
        ("band_player".to_owned(), says.to_owned()),
        ("crc32".to_owned(), checksum.finalize().to_string()),
    ]);
    let view = TensorView::new(Dtype::F16, vec![4], &weight).expect("four numbers of two bytes");
    let file = safetensors::serialize([("weight", view)], Some(entries)).expect("a small file");
    assert!(Band::read(&file).is_err(), "four numbers are no net");
    serde_json::from_str::<BandInfo>(says).is_ok()
}

/// A saved state, as CLAP saves it. What is refused is emptied; what is taken is taken whole.
///
/// # Panics
/// If it is not.
#[must_use]
pub fn state(bytes: &[u8]) -> bool {
    let _changed = state::with_band_file(bytes, "band.safetensors");
    let Ok(mut state) = serde_json::from_slice::<PluginState>(bytes.get(8..).unwrap_or(bytes)) else { return false };
    let taken = state::migrate(&mut state).is_ok();
    if taken {
        assert!(state.params.contains_key("seed"), "defaults fill what an older state lacks");
    } else {
        assert!(state.params.is_empty() && state.fields.is_empty(), "nothing of it is taken");
    }
    taken
}
