//! Files of all kinds, and what damage makes of them: read or refused, the same each time, and bounded.

use std::time::Duration;

use super::super::{MOST_CELLS, MOST_SONG_MEASURES, MidiFile, Pickup, Song, Track};
use super::{END, file};
use crate::music::measure::Measure;
use crate::random::Rng;

/// How long one small file may keep a processor busy. Chosen: a thousand times of what it takes.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long this thread has kept a processor busy: what others do on the machine counts for nothing. Where only a clock on
/// the wall can be had, it does.
fn busy() -> Duration {
    #[cfg(target_os = "linux")]
    {
        let spent = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        Duration::try_from(spent).unwrap_or_default()
    }
    #[cfg(not(target_os = "linux"))]
    {
        static BEGUN: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
        BEGUN.elapsed()
    }
}

/// Of songs of more measures of all tracks together, one in 16 is written too. Chosen: it takes its time.
const LONG: usize = 1000;

/// A byte with the highest bit not set.
fn seven(rng: &mut Rng) -> u8 {
    u8::try_from(rng.below(128)).unwrap_or(0)
}

/// A delta time: mostly short, now and then of many bytes.
fn delta(rng: &mut Rng, out: &mut Vec<u8>) {
    match rng.below(12) {
        0..6 => out.push(0),
        6..10 => out.push(seven(rng)),
        10 => out.extend([0x80 | seven(rng), seven(rng)]),
        _ => out.extend([&vec![0x80; rng.below(5)][..], &[seven(rng)]].concat()),
    }
}

/// A meta event that means something to the reader, or not.
fn meta(rng: &mut Rng, out: &mut Vec<u8>) {
    let kind = [0x01, 0x03, 0x04, 0x05, 0x20, 0x21, 0x51, 0x54, 0x58, 0x59, 0x7f][rng.below(11)];
    let bytes: Vec<u8> = match kind {
        0x51 => (0..3).map(|_| seven(rng)).collect(),
        0x58 => [u8::try_from(rng.below(8)).unwrap_or(0), u8::try_from(rng.below(7)).unwrap_or(0), 24, 8]
            [..[4, 4, 4, 2, 3, 0][rng.below(6)]]
            .to_vec(),
        _ => (0..rng.below(6)).map(|_| u8::try_from(rng.below(256)).unwrap_or(0)).collect(),
    };
    out.extend([0xff, kind, u8::try_from(bytes.len()).unwrap_or(0)]);
    out.extend(bytes);
}

/// A track of all kinds of events; some leave the status out.
fn track(rng: &mut Rng) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut status, channel) = (None, rng.below(16));
    for _ in 0..rng.below(40) {
        delta(rng, &mut out);
        match rng.below(10) {
            0 => meta(rng, &mut out),
            1 => {
                let length = rng.below(4);
                out.extend([0xf0, u8::try_from(length + 1).unwrap_or(1)]);
                out.extend((0..length).map(|_| seven(rng)));
                out.push(0xf7);
            }
            _ => {
                let kind = [8, 9, 9, 9, 9, 10, 11, 11, 12, 13, 14][rng.below(11)];
                let own =
                    u8::try_from(kind << 4 | if rng.below(8) == 0 { rng.below(16) } else { channel }).unwrap_or(0x90);
                if status != Some(own) || rng.below(3) == 0 {
                    out.push(own);
                    status = Some(own);
                }
                let one = if kind == 11 { [64, 64, 1, 120, 121, 123][rng.below(6)] } else { seven(rng) };
                out.push(one);
                if kind != 12 && kind != 13 {
                    out.push(if rng.below(20) == 0 { 0x80 | seven(rng) } else { seven(rng) });
                }
            }
        }
    }
    if rng.below(8) > 0 {
        out.extend(END);
    }
    out
}

/// A file of a few tracks, in any division.
fn generated(rng: &mut Rng) -> Vec<u8> {
    let tracks: Vec<Vec<u8>> = (0..=rng.below(5)).map(|_| track(rng)).collect();
    let tracks: Vec<&[u8]> = tracks.iter().map(Vec::as_slice).collect();
    // Few ticks a quarter make long songs, which take their time.
    let odd = [[0, 5], [0x7f, 0xff], [0, 1], [0xe7, 40], [0xe2, 4]];
    let division = if rng.below(48) == 0 { odd[rng.below(5)] } else { [[1, 0xe0], [0, 96], [3, 0xc0]][rng.below(3)] };
    file(u8::try_from(rng.below(2)).unwrap_or(0), division, &tracks)
}

/// Damages it in a few places.
fn damage(bytes: &mut Vec<u8>, rng: &mut Rng) {
    for _ in 0..=rng.below(4) {
        let at = rng.below(bytes.len() + 1);
        let length = rng.below((bytes.len() - at).min(24) + 1);
        match rng.below(7) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..at + length)),
            2 => {
                let piece = bytes[at..at + length].to_vec();
                drop(bytes.splice(at..at, piece));
            }
            3 => drop(bytes.splice(at..at, *b"MTrk\0\0\0\x04")),
            4 => bytes.insert(at, u8::try_from(rng.below(256)).unwrap_or(0)),
            _ => {
                if let Some(here) = bytes.get_mut(at) {
                    *here = if rng.below(2) == 0 { *here ^ 1 << rng.below(8) } else { 0xff };
                }
            }
        }
    }
}

/// Reads a file twice, and does with it whatever the commands do. Was it read?
fn check(bytes: &[u8], rng: &mut Rng) -> bool {
    let pickup = if rng.below(4) == 0 { Pickup::new(1.5).ok() } else { None };
    let read = || MidiFile::parse_after(bytes.to_vec(), pickup);
    let file = match (read(), read()) {
        (Ok(one), Ok(two)) => {
            assert_eq!((one.song(), one.warnings()), (two.song(), two.warnings()), "the same bytes read the same");
            one
        }
        (Err(one), Err(two)) => {
            assert_eq!(one.to_string(), two.to_string());
            return false;
        }
        _ => panic!("it is read once and refused once"),
    };
    let song = file.song();
    assert!(song.len() <= MOST_SONG_MEASURES && song.len() * song.tracks.len() <= MOST_CELLS, "it is bounded");
    let kinds: Vec<_> = file.warnings().iter().map(|warning| warning.oddity).collect();
    assert!(kinds.iter().enumerate().all(|(at, kind)| !kinds[..at].contains(kind)), "one line a kind: {kinds:?}");
    let mut start = (0, 0);
    for span in song.spans() {
        assert_eq!(span.start, start.0, "measure follows on measure");
        let end = (span.end(), song.tick(span.end()));
        assert!(end.1 > start.1, "and time goes on");
        start = end;
    }
    let all: Vec<usize> = (0..song.tracks.len()).collect();
    let performance = file.performance(&all);
    assert!(performance.notes.iter().all(|note| note.on < note.off), "every note lasts");
    let end = song.spans().last().map_or(0, |span| song.tick(span.end()));
    let latest = performance.messages.last().map_or(0, |&(tick, _)| tick);
    assert!(latest <= end + 1, "nothing is said after the music: {latest}, {end}");
    let _ = (file.likely_pickup(), file.labels(&all), file.part("Lead", None));
    if song.len() * song.tracks.len() > LONG && rng.below(16) > 0 {
        return true;
    }
    let again = Song::parse(&song.to_bytes()).expect("what was written can be read");
    // The same measures; but a long silence at the end is none of the music's.
    let kept = again.len();
    let last = again.spans().last().map_or(0, |span| span.start);
    let starts = |song: &Song| song.spans().iter().take(kept).map(|span| span.start).collect::<Vec<_>>();
    assert_eq!(starts(&again), starts(song));
    let silent = song.tracks.iter().all(|track| track.measures.iter().skip(kept).all(Measure::is_silent));
    assert!(kept == song.len() || kept < song.len() && silent, "from step {last} on the music is gone");
    let mut played = song.without_tracks();
    played.tracks.push(Track { performance: Some(performance), ..Track::new("Lead") });
    assert!(Song::parse(&played.to_bytes()).is_ok(), "a performance can be written, and read");
    true
}

fn try_files(seeds: std::ops::Range<u64>) {
    let (mut whole, mut damaged) = (0, 0);
    let tried = seeds.end - seeds.start;
    for seed in seeds {
        let mut rng = Rng::new(seed);
        let mut bytes = generated(&mut rng);
        let is_whole = rng.below(4) == 0;
        if !is_whole {
            damage(&mut bytes, &mut rng);
        }
        let begun = busy();
        let outcome = std::panic::catch_unwind(move || check(&bytes, &mut rng));
        let (read, took) = (outcome.unwrap_or_else(|_| panic!("seed {seed}")), busy().saturating_sub(begun));
        assert!(took < PATIENCE, "seed {seed} took {took:?} of a processor");
        if is_whole { whole += u64::from(read) } else { damaged += u64::from(read) }
    }
    println!("of {tried} files, {whole} whole ones and {damaged} damaged ones were read");
    // Measured: one in 5 is whole and read, one in 3 is damaged and read.
    assert!(whole > tried / 20 && damaged > tried / 20, "{whole} and {damaged} of {tried}");
}

#[test]
fn any_file_is_read_the_same_twice_or_refused() {
    try_files(0..3000);
}

#[test]
#[ignore = "by hand, some minutes: cargo test --release -p model --features train --lib -- --ignored a_million_files"]
fn a_million_files_are_read_the_same_twice_or_refused() {
    try_files(3000..1_003_000);
}
