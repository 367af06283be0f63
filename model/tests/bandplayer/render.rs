//! `render`: a MIDI file as sound.

use super::{Scratch, bandplayer, succeed};
use ebur128::{EbuR128, Mode};
use model::midi_file::{Song, Track};
use model::{Channel, Key, Measure, Note, TimeSignature};

/// Two measures of four notes, and one of silence, on channels for a lead, a bass and drums.
fn band(path: &str) {
    let mut song = Song::steady(TimeSignature::FOUR_FOUR, 120.0, 8).expect("4/4");
    for (channel, program, key) in [(0, 80, 72), (3, 33, 36), (9, 0, 38)] {
        let mut track = Track::new(&format!("part {channel}"));
        (track.channel, track.program) = (Channel::new(channel).expect("a channel"), program);
        let notes = |_| Measure::from_notes(16, (0..4).map(|beat| Note::new(4 * beat, 3, Key::clamped(key))));
        track.measures = (0..8).map(notes).collect();
        song.tracks.push(track);
    }
    song.save(path).expect("a file");
}

#[test]
fn a_midi_file_becomes_sound_as_loud_as_music_is() {
    let scratch = Scratch::new("render");
    let (midi, wav) = (scratch.at("band.mid"), scratch.at("band.wav"));
    band(&midi);
    succeed(&["render", &midi, "--out", &wav]);
    let bytes = std::fs::read(&wav).expect("a file");
    assert_eq!((&bytes[..4], &bytes[8..16], &bytes[36..40]), (&b"RIFF"[..], &b"WAVEfmt "[..], &b"data"[..]));
    let length = u32::from_le_bytes([bytes[40], bytes[41], bytes[42], bytes[43]]);
    assert_eq!(usize::try_from(length).expect("small"), bytes.len() - 44);
    let samples: Vec<i16> = bytes[44..].chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
    let mut meter = EbuR128::new(2, 48_000, Mode::I | Mode::TRUE_PEAK).expect("a meter");
    meter.add_frames_i16(&samples).expect("samples");
    let loudness = meter.loudness_global().expect("a loudness");
    assert!((-20.0..=-14.0).contains(&loudness), "{loudness} LUFS");
    let peak = [0, 1].map(|side| meter.true_peak(side).expect("a peak")).into_iter().fold(0.0, f64::max);
    assert!(20.0 * peak.log10() <= -1.0, "{peak}");
    // Sixteen seconds of music, and then silence.
    let seconds = samples.len() / 96_000;
    assert!((16..25).contains(&seconds), "{seconds}");
    assert!(samples[samples.len() - 200..].iter().all(|sample| sample.abs() <= 1));
    // The same a second time, over the first.
    succeed(&["render", &midi, "--out", &wav]);
    assert!(std::fs::read(&wav).expect("a file") == bytes);
    assert_eq!(scratch.files(), ["band.mid", "band.wav"]);
}

#[test]
fn what_is_no_midi_file_leaves_nothing() {
    let scratch = Scratch::new("render-bad");
    std::fs::write(scratch.at("no.mid"), b"no music").expect("a file");
    let output = bandplayer(&["render", &scratch.at("no.mid"), "--out", &scratch.at("no.wav")]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(scratch.files(), ["no.mid"]);
}
