//! What a file says beside its notes stays where its music stays: lyrics, markers, key signatures, titles, SysEx.

use midly::{MetaMessage, Smf, TrackEventKind};

use crate::{Scratch, bandplayer, read, succeed};

/// Ticks a quarter of the file here.
const QUARTER: usize = 96;

/// (tick, bytes of an event).
type Events = Vec<(usize, Vec<u8>)>;

fn meta(kind: u8, text: &[u8]) -> Vec<u8> {
    [&[0xff, kind, u8::try_from(text.len()).expect("short")], text].concat()
}

fn track(mut events: Events) -> Vec<u8> {
    events.sort_by_key(|event| event.0);
    let (mut out, mut last) = (Vec::new(), 0);
    for (tick, bytes) in events {
        let delta = tick - std::mem::replace(&mut last, tick);
        out.extend([u8::try_from(delta >> 7).expect("short") | 0x80, u8::try_from(delta & 0x7f).expect("seven bits")]);
        out.extend(bytes);
    }
    out.extend(b"\0\xff\x2f\0");
    [b"MTrk", &u32::try_from(out.len()).expect("short").to_be_bytes()[..], &out].concat()
}

/// A title, a key, a copyright and markers; a sung line of four bars with a word on each beat; a track of chords alone; other
/// words in a track without notes.
fn sung() -> Vec<u8> {
    let conductor = vec![
        (0, meta(3, b"My Song")),
        (0, meta(2, b"(c) me")),
        (0, meta(0x59, &[2, 0])),
        (4 * QUARTER, meta(6, b"Verse")),
        (12 * QUARTER, meta(6, b"Chorus")),
        (0, vec![0xf0, 5, 0x7e, 0x7f, 9, 1, 0xf7]),
    ];
    let mut line = vec![(0, meta(3, b"Soprano"))];
    for beat in 0..16 {
        let key = 67 + u8::try_from(beat % 5).expect("small");
        line.push((beat * QUARTER, meta(5, format!("la{beat}").as_bytes())));
        line.push((beat * QUARTER, vec![0x90, key, 80]));
        line.push((beat * QUARTER + 90, vec![0x80, key, 64]));
    }
    let words = vec![(0, meta(3, b"Words")), (8 * QUARTER, meta(1, b"/second line"))];
    let tracks = [track(conductor), track(line), track(words)].concat();
    [b"MThd\0\0\0\x06\0\x01\0\x03\0\x60".as_slice(), &tracks].concat()
}

/// (quarter × 96, track's name, text) of all that is said in a file.
fn said(path: &str) -> Vec<(u64, String, String)> {
    let bytes = std::fs::read(path).expect("the file is there");
    let file = Smf::parse(&bytes).expect("our own file");
    let midly::Timing::Metrical(ticks) = file.header.timing else { panic!("ticks a quarter") };
    let mut out = Vec::new();
    for events in &file.tracks {
        let (mut tick, mut name) = (0, String::new());
        for event in events {
            tick += u64::from(event.delta.as_int());
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let found = match event.kind {
                TrackEventKind::Meta(MetaMessage::TrackName(bytes)) => {
                    name = text(bytes);
                    continue;
                }
                TrackEventKind::Meta(
                    MetaMessage::Lyric(bytes)
                    | MetaMessage::Marker(bytes)
                    | MetaMessage::Text(bytes)
                    | MetaMessage::Copyright(bytes),
                ) => text(bytes),
                TrackEventKind::Meta(MetaMessage::KeySignature(sharps, _)) => format!("key {sharps}"),
                TrackEventKind::SysEx(bytes) => format!("sysex {bytes:?}"),
                _ => continue,
            };
            out.push((tick * 96 / u64::from(ticks.as_int()), name.clone(), found));
        }
    }
    out.sort();
    out
}

/// What is expected of the file, with each tick moved; `None`: it is not there.
fn expected(path: &str, place: impl Fn(u64) -> u64) -> Vec<(u64, String, String)> {
    let mut out: Vec<_> = said(path).into_iter().map(|(tick, name, text)| (place(tick), name, text)).collect();
    out.sort();
    out
}

#[test]
fn calls_keep_their_words_and_the_piece_its_markers() {
    let scratch = Scratch::new("words-of-calls");
    let [file, out] = ["song.mid", "out.mid"].map(|name| scratch.at(name));
    std::fs::write(&file, sung()).expect("the folder is there");
    succeed(&["answer", &file, "--voice", "Soprano", "--band", "chorale", "--measures", "2", "--out", &out]);
    // The second call stands behind the first answer: two bars later.
    let moved = |tick: u64| if tick < 8 * 96 { tick } else { tick + 8 * 96 };
    assert_eq!(said(&out), expected(&file, moved));
    assert_eq!(said(&out).len(), 16 + 6);
}

#[test]
fn a_primer_and_a_part_that_is_accompanied_keep_their_words() {
    let scratch = Scratch::new("words-of-primers");
    let [file, out, folder] = ["song.mid", "out.mid", "out"].map(|name| scratch.at(name));
    std::fs::write(&file, sung()).expect("the folder is there");
    succeed(&["generate", "--primer", &file, "--band", "chorale", "--measures", "6", "--out", &out]);
    assert_eq!(said(&out), expected(&file, |tick| tick));
    succeed(&["accompany", &file, "--voice", "Soprano", "--band", "chorale", "--out-dir", &folder]);
    assert_eq!(said(&scratch.at("out/song.mid")), expected(&file, |tick| tick));
    // Of a part of a primer those of its measures.
    let part = ["--primer-measures", "1", "--measures", "3"];
    succeed(&[&["generate", "--primer", &file, "--band", "chorale", "--out", &out], &part[..]].concat());
    let within: Vec<_> = said(&file).into_iter().filter(|one| one.0 < 4 * 96).collect();
    assert_eq!(said(&out), within);
}

#[test]
fn music_after_an_upbeat_ends_with_a_bar() {
    let scratch = Scratch::new("upbeat-end");
    let [file, out] = ["song.mid", "out.mid"].map(|name| scratch.at(name));
    let upbeat = vec![
        (0, meta(0x58, &[1, 2, 24, 8])),
        (QUARTER, meta(0x58, &[4, 2, 24, 8])),
        (0, meta(3, b"Melody")),
        (0, vec![0x90, 67, 80]),
        (QUARTER, vec![0x90, 67, 0]),
        (QUARTER, vec![0x90, 72, 80]),
        (5 * QUARTER, vec![0x90, 72, 0]),
    ];
    std::fs::write(&file, [b"MThd\0\0\0\x06\0\0\0\x01\0\x60".as_slice(), &track(upbeat)].concat())
        .expect("the folder is there");
    let band = concat!(env!("CARGO_MANIFEST_DIR"), "/bands/more/melody-lstm.safetensors");
    let output = bandplayer(&["generate", "--primer", &file, "--band", band, "--out", &out]);
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    // Eight bars of them.
    assert!(output.status.success() && text.contains("128 new sixteenths"), "{text}");
    let steps: Vec<u8> = read(&out).spans().iter().map(|span| span.steps).collect();
    // The upbeat, its bar, and eight more.
    assert_eq!(steps, [&[4][..], &[16; 9]].concat());
}
