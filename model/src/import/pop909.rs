//! POP909 (Wang et al., ISMIR 2020): pop songs arranged for piano, as performances with beats and chords beside them.
//!
//! The source is the release's folder `POP909`: in a folder for each song `NNN/NNN.mid` with the tracks MELODY, BRIDGE
//! and PIANO, `NNN/beat_midi.txt` (second, downbeat of the half measure, downbeat of the measure) and
//! `NNN/chord_midi.txt` (from, to, chord).
//!
//! MELODY becomes Lead, one note at once, BRIDGE Counter, and PIANO is divided: the lowest of the notes that begin
//! together is Bass where it lies below F3 and no lower one sounds, all others are Chords. A measure begins at every
//! fourth beat (in 3/4 at every third), counted so that most chords change there.

use std::path::Path;

use super::performance::{self, Played};
use super::{ImportError, Output, Report, Skip, entries, score, text};
use crate::midi_file::{LongNote, MidiFile, Song, Warning};
use crate::music::meter::TimeSignature;

const EXPECTED: &str = "the folder POP909 of the release is wanted, with a folder for each song";

/// The keys of the bass lie below this: F3. Chosen.
const BASS: u8 = 53;

/// A song is left out where another beat has more than this many times the chord changes of the annotated downbeats.
/// With fewer, annotation and chords agree well enough, and the chords decide. Chosen.
const DOUBT: f64 = 1.25;

/// The fewest chord changes that say anything. Chosen.
const CHANGES: usize = 12;

/// Reads the release and writes `train`, `valid`, `test` (4/4; of 16 songs 14, 1 and 1, by their numbers: the release
/// has no split of its own) and `three-four`.
///
/// # Errors
/// [`ImportError`] where the source is something else or the result cannot be written.
pub fn import(source: &Path, out: &Path, mut done: impl FnMut()) -> Result<Report, ImportError> {
    let (mut report, out) = (Report::default(), Output::new(out)?);
    let mut any = false;
    for path in entries(source, EXPECTED)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Ok(number) = name.parse::<u32>() else { continue };
        any = true;
        done();
        let read = |file: &str| text(&path.join(file), EXPECTED).ok();
        let song = std::fs::read(path.join(format!("{name}.mid")))
            .map_err(|_| Skip::Lacks("MIDI file"))
            .and_then(|midi| song(midi, read("beat_midi.txt").as_deref(), read("chord_midi.txt").as_deref()));
        match song {
            Ok((song, warnings)) => {
                report.bent.extend(warnings.into_iter().map(|warning| (name.clone(), warning)));
                let split =
                    if song.meters()[0].meter == TimeSignature::FOUR_FOUR { split(number) } else { "three-four" };
                out.add(split, &format!("{name}.mid"), &song.to_bytes())?;
                *report.written.entry(split.into()).or_default() += 1;
            }
            Err(reason) => report.skipped.push((name, reason)),
        }
    }
    if !any {
        return Err(ImportError::Form { path: source.into(), expected: EXPECTED });
    }
    out.finish(source, &report)?;
    Ok(report)
}

fn split(number: u32) -> &'static str {
    match number % 16 {
        3 => "test",
        11 => "valid",
        _ => "train",
    }
}

/// A beat: its second, and whether it begins a half measure and a measure.
#[derive(Clone, Copy)]
struct Beat {
    second: f64,
    half: bool,
    whole: bool,
}

/// One song, and what had to be bent to read its MIDI file.
///
/// # Errors
/// [`Skip`]: why it is left out.
pub fn song(midi: Vec<u8>, beats: Option<&str>, chords: Option<&str>) -> Result<(Song, Vec<Warning>), Skip> {
    let beats = read_beats(beats.ok_or(Skip::Lacks("beat_midi.txt"))?)?;
    let changes = read_changes(chords.ok_or(Skip::Lacks("chord_midi.txt"))?)?;
    let file = MidiFile::parse(midi).map_err(|_| Skip::Unreadable("MIDI file"))?;
    let tracks = performance::read(&file);
    let (length, phase) = measures(&beats, &changes)?;
    let of = |name: &str| tracks.iter().find(|(track, _)| track == name).map(|(_, notes)| notes.as_slice());
    let melody = of("MELODY").ok_or(Skip::Lacks("track MELODY"))?;
    let piano = of("PIANO").ok_or(Skip::Lacks("track PIANO"))?;
    let bridge = of("BRIDGE").unwrap_or_default();
    // In sixteenths from the first beat; the song begins with the measure of its first note.
    let place = |second: f64| sixteenth(&beats, second);
    let first = [melody, bridge, piano].iter().flat_map(|notes| notes.iter()).map(|note| place(note.start)).min();
    let (measure, phase) = (4 * index(length), 4 * index(phase));
    let origin = (first.ok_or(Skip::Silent)? - phase).div_euclid(measure) * measure + phase;
    let on_grid = |note: &Played| {
        let start = place(note.start);
        let end = place(note.end).max(start + 1);
        let from_origin = |at: i64| u32::try_from(at - origin).unwrap_or(0);
        LongNote { start: from_origin(start), end: from_origin(end), key: note.key, velocity: note.velocity }
    };
    let part = |notes: &[Played]| notes.iter().map(on_grid).collect::<Vec<_>>();
    let (chords, bass) = divide(part(piano));
    let parts = vec![
        ("Lead", 0, 80, line(part(melody))),
        ("Counter", 1, 11, part(bridge)),
        ("Chords", 2, 0, chords),
        ("Bass", 3, 33, bass),
    ];
    let numerator = u8::try_from(length).unwrap_or(4);
    // PANIC: 3/4 and 4/4 are meters of whole sixteenths.
    let meter = TimeSignature::new(numerator, 4).expect("a meter");
    let song = score::song(meter, tempo(&beats), parts).expect("a meter of whole sixteenths");
    Ok((song, file.warnings().to_vec()))
}

fn read_beats(text: &str) -> Result<Vec<Beat>, Skip> {
    let mut beats: Vec<Beat> = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let numbers: Vec<f64> = line.split_whitespace().map_while(|word| word.parse().ok()).collect();
        let &[second, half, whole] = numbers.as_slice() else { return Err(Skip::Line(at + 1)) };
        if beats.last().is_none_or(|last| last.second < second) {
            beats.push(Beat { second, half: half > 0.5, whole: whole > 0.5 });
        }
    }
    if beats.len() < 8 { Err(Skip::Lacks("beats")) } else { Ok(beats) }
}

/// The seconds at which chords begin.
fn read_changes(text: &str) -> Result<Vec<f64>, Skip> {
    let mut changes = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (Some(begin), Some(chord)) = (words.first().and_then(|word| word.parse().ok()), words.get(2)) else {
            return Err(Skip::Line(at + 1));
        };
        if *chord != "N" {
            changes.push(begin);
        }
    }
    Ok(changes)
}

/// How many beats a measure has, and which beat of the first so many begins one.
#[expect(clippy::cast_precision_loss, reason = "a few hundred beats")]
fn measures(beats: &[Beat], changes: &[f64]) -> Result<(usize, usize), Skip> {
    let places = |is: fn(&Beat) -> bool| -> Vec<usize> {
        beats.iter().enumerate().filter(|(_, beat)| is(beat)).map(|(at, _)| at).collect()
    };
    let halves = places(|beat| beat.half);
    // Of a 3/4 the release joins two measures into one of its "whole" ones.
    let threes = halves.windows(2).filter(|pair| pair[1] - pair[0] == 3).count();
    let three = threes * 2 > halves.len();
    let (length, downbeats) = if three { (3, halves) } else { (4, places(|beat| beat.whole)) };
    let count = |places: &mut dyn Iterator<Item = usize>| {
        let mut counts = vec![0usize; length];
        places.for_each(|at| counts[at % length] += 1);
        counts
    };
    // Of equally many, the first.
    let most = |counts: &[usize]| (0..length).rev().max_by_key(|&at| counts[at]).unwrap_or(0);
    let annotated = most(&count(&mut downbeats.into_iter()));
    let nearest = |&second: &f64| {
        let after = beats.partition_point(|beat| beat.second < second).min(beats.len() - 1);
        let before = after.saturating_sub(1);
        if second - beats[before].second < beats[after].second - second { before } else { after }
    };
    let counts = count(&mut changes.iter().map(nearest));
    let (best, all) = (most(&counts), changes.len());
    if all < CHANGES {
        return Ok((length, annotated));
    }
    let share = |at: usize| counts[at] as f64 / all as f64;
    if best != annotated && counts[best] as f64 > DOUBT * counts[annotated] as f64 {
        return Err(Skip::Downbeats(share(annotated), share(best)));
    }
    Ok((length, best))
}

/// The sixteenth nearest to a second, from the first beat on; beats go on at both ends.
#[expect(clippy::cast_possible_truncation, reason = "a song has few sixteenths")]
fn sixteenth(beats: &[Beat], second: f64) -> i64 {
    let at = beats.partition_point(|beat| beat.second <= second).saturating_sub(1).min(beats.len() - 2);
    let part = (second - beats[at].second) / (beats[at + 1].second - beats[at].second);
    4 * index(at) + (4.0 * part).round_ties_even() as i64
}

fn index(at: usize) -> i64 {
    i64::try_from(at).unwrap_or(i64::MAX / 8)
}

/// One note at once: each ends where the next begins; of notes that begin together the highest stays.
fn line(mut notes: Vec<LongNote>) -> Vec<LongNote> {
    notes.sort_by_key(|note| (note.start, std::cmp::Reverse((note.key, note.end))));
    notes.dedup_by_key(|note| note.start);
    for at in 1..notes.len() {
        notes[at - 1].end = notes[at - 1].end.min(notes[at].start);
    }
    notes
}

/// Chords and Bass.
fn divide(mut piano: Vec<LongNote>) -> (Vec<LongNote>, Vec<LongNote>) {
    piano.sort_by_key(|note| (note.start, note.key, note.end));
    let is_bass = |note: &LongNote| {
        let lower = piano.iter().take_while(|other| other.start <= note.start);
        note.key.get() < BASS && !lower.filter(|other| other.end > note.start).any(|other| other.key < note.key)
    };
    let (mut chords, mut bass): (Vec<LongNote>, Vec<LongNote>) = (Vec::new(), Vec::new());
    for note in &piano {
        if !is_bass(note) {
            chords.push(*note);
            continue;
        }
        // One note at once; of the same note struck twice at once the longer one.
        match bass.last_mut() {
            Some(last) if last.start == note.start => {
                last.end = last.end.max(note.end);
                continue;
            }
            Some(last) => last.end = last.end.min(note.start),
            None => {}
        }
        bass.push(*note);
    }
    (chords, bass)
}

/// Beats a minute: the median.
fn tempo(beats: &[Beat]) -> f64 {
    let mut gaps: Vec<f64> = beats.windows(2).map(|pair| pair[1].second - pair[0].second).collect();
    gaps.sort_by(f64::total_cmp);
    60.0 / gaps[gaps.len() / 2].max(0.1)
}
