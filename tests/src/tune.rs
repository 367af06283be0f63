//! The tune that `cargo xtask jam` plays when it is given none: written for this project.
//!
//! Forty-eight measures in C major, A A′ B A′ B A′: an answer-and-question verse with
//! syncopations and rests to leave the band some room, and a bridge by way of A minor.

use model::midi_file::{LongNote, Song, Track};
use model::{Key, TimeSignature, Velocity};

/// Quarter notes a minute.
const TEMPO: f64 = 112.0;

/// The verse, in a notation of its own: a key and how many sixteenths it lasts, or a rest (r).
const VERSE: [&str; 6] = [
    "r:2 G4:2 C5:3 B4:1 C5:2 D5:2 E5:4",
    "D5:3 B4:3 G4:6 r:4",
    "r:2 A4:2 C5:3 B4:1 C5:2 D5:2 E5:4",
    "F5:3 E5:3 C5:6 r:4",
    "E5:2 G5:4 E5:2 D5:2 C5:4 D5:2",
    "B4:6 D5:6 r:4",
];

/// How the verse ends the first time: open, on the dominant.
const OPEN: [&str; 2] = ["A4:2 C5:2 F5:3 E5:3 D5:2 C5:4", "D5:10 r:6"];

/// How it ends later: at home.
const CLOSED: [&str; 2] = ["A4:2 C5:2 F5:3 E5:1 D5:2 B4:2 D5:4", "C5:10 r:6"];

/// The bridge.
const BRIDGE: [&str; 8] = [
    "E5:4 E5:2 D5:2 C5:3 D5:3 E5:2",
    "B4:6 G4:2 B4:8",
    "A4:3 C5:3 F5:2 E5:3 D5:3 C5:2",
    "E5:8 G4:4 r:4",
    "F5:4 F5:2 E5:2 D5:3 E5:3 F5:2",
    "E5:6 D5:2 B4:4 G#4:4",
    "A4:3 B4:3 C5:2 D5:3 E5:3 C5:2",
    "D5:8 B4:2 G4:2 r:4",
];

/// The tune, as a song of one track.
#[must_use]
pub fn song() -> Song {
    let verse = |ending: [&'static str; 2]| VERSE.into_iter().chain(ending);
    let measures =
        verse(OPEN).chain(verse(CLOSED)).chain(BRIDGE).chain(verse(CLOSED)).chain(BRIDGE).chain(verse(CLOSED));
    melody("Lead", TEMPO, measures)
}

/// Chords for a hand that comes in beside the beat, so many measures of 4/4: C and F in one, G and A minor in the next;
/// each is struck a sixteenth or three after its half measure has begun, and let go before that is over.
#[must_use]
pub fn chords(measures: u32) -> Vec<LongNote> {
    let chords = [[48, 52, 55], [53, 57, 60], [47, 50, 55], [45, 52, 60]];
    let halves = (0..2 * measures).zip(chords.into_iter().cycle());
    let struck = |(half, chord): (u32, [i32; 3])| {
        let start = 8 * half + [0, 1, 3][half as usize % 3];
        chord.map(|key| LongNote { start, end: 8 * half + 7, key: Key::clamped(key), velocity: Velocity::DEFAULT })
    };
    halves.flat_map(struck).collect()
}

/// A song of one track in 4/4, each measure in the notation of the verse.
///
/// # Panics
/// If a measure is not 16 sixteenths long or names no key: the tunes are this crate's own.
#[must_use]
pub fn melody<'a>(track: &str, tempo: f64, measures: impl IntoIterator<Item = &'a str>) -> Song {
    let mut notes = Vec::new();
    let mut count = 0;
    for (measure, text) in measures.into_iter().enumerate() {
        let mut step = 0;
        for word in text.split_whitespace() {
            let (key, length) = word.split_once(':').expect("a key and its length");
            let length: u32 = length.parse().expect("a length in sixteenths");
            let start = 16 * u32::try_from(measure).expect("a short tune") + step;
            if key != "r" {
                let key = parse_key(key).expect("a key");
                // A singer leans on the beats, and on the high notes.
                let accent = if step.is_multiple_of(4) { 12.0 } else { 0.0 };
                let velocity = Velocity::clamped(44.0 + accent + f32::from(key.get()) / 2.0);
                notes.push(LongNote { start, end: start + length, key, velocity });
            }
            step += length;
        }
        assert_eq!(step, 16, "measure {} of the tune: {text}", measure + 1);
        count = measure + 1;
    }
    let mut song = Song::steady(TimeSignature::FOUR_FOUR, tempo, count).expect("4/4 is supported");
    song.add_notes(Track::new(track), notes);
    song
}

/// A key by its name: C4 is middle C.
fn parse_key(name: &str) -> Option<Key> {
    let (letter, rest) = name.split_at_checked(1)?;
    let class = match letter {
        "C" => 0,
        "D" => 2,
        "E" => 4,
        "F" => 5,
        "G" => 7,
        "A" => 9,
        "B" => 11,
        _ => return None,
    };
    let (sharp, octave) = rest.strip_prefix('#').map_or((0, rest), |octave| (1, octave));
    Key::new(12 * (octave.parse::<u8>().ok()? + 1) + class + sharp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tune_is_forty_eight_singable_measures() {
        let song = song();
        assert_eq!(song.len(), 48);
        let notes = song.tracks[0].notes(song.spans());
        assert!(notes.iter().all(|note| (60..=81).contains(&note.key.get())), "within a singer's range");
        assert!(notes.windows(2).all(|pair| pair[0].end <= pair[1].start), "one note at a time");
        let leap = notes.windows(2).map(|pair| pair[0].key.get().abs_diff(pair[1].key.get())).max();
        assert!(leap <= Some(12), "no leap beyond an octave");
    }

    #[test]
    fn keys_are_read_by_name() {
        assert_eq!(parse_key("C4"), Some(Key::MIDDLE_C));
        assert_eq!(parse_key("G#4").map(Key::get), Some(68));
        assert_eq!(parse_key("H4"), None);
    }
}
