//! Bytes from anywhere, for everything that reads bytes.
//!
//! Each entry point takes any bytes and returns: it must neither panic, nor hang, nor take memory without bound. Two
//! things call them: `cargo fuzz` (in `tests/fuzz/`, guided by coverage), and the test `fuzz.rs` (on any toolchain,
//! with [`mutate`]d seeds).

mod clock;
mod mutate;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use band_player::state;
use model::midi_file::Song;
use model::systems::band_file::Band;
use model::{BandSong, BandSpec};
use nice_plug::plugin::PluginState;
use safetensors::tensor::{Dtype, TensorView};

pub use clock::transport;
pub use mutate::mutate;

/// An entry point.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, and that of its folder of seeds.
    pub name: &'static str,
    /// The entry point itself.
    pub run: fn(&[u8]),
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

/// A MIDI file; what can be read can be played, written, and read again to the same.
///
/// # Panics
/// If what was written reads otherwise.
pub fn midi_file(bytes: &[u8]) {
    let Ok(song) = Song::parse(bytes) else { return };
    let _measures = BandSong::new(&song, &BandSpec::pop());
    let again = Song::parse(&song.to_bytes()).expect("what was written can be read");
    assert_eq!(again.spans(), song.spans(), "as many measures of the same length");
}

/// A band file; and a band file that is whole, but says this of itself.
pub fn band_file(bytes: &[u8]) {
    let _whole = Band::read(bytes);
    let Ok(says) = std::str::from_utf8(bytes) else { return };
    let weight = [0u8; 8];
    let mut checksum = crc32fast::Hasher::new();
    for part in [says.as_bytes(), b"weight", &weight] {
        checksum.update(part);
    }
    let entries = HashMap::from([
        ("band_player".to_owned(), says.to_owned()),
        ("crc32".to_owned(), checksum.finalize().to_string()),
    ]);
    let Ok(view) = TensorView::new(Dtype::F16, vec![4], &weight) else { return };
    if let Ok(file) = safetensors::serialize([("weight", view)], Some(entries)) {
        assert!(Band::read(&file).is_err(), "four numbers are no net");
    }
}

/// A saved state, as CLAP saves it. What is refused is emptied; what is taken is taken whole.
pub fn state(bytes: &[u8]) {
    let _changed = state::with_band_file(bytes, "band.safetensors");
    let Ok(mut state) = serde_json::from_slice::<PluginState>(bytes.get(8..).unwrap_or(bytes)) else { return };
    match state::migrate(&mut state) {
        Ok(()) => assert!(state.params.contains_key("seed"), "defaults fill what an older state lacks"),
        Err(_) => assert!(state.params.is_empty() && state.fields.is_empty(), "nothing of it is taken"),
    }
}
