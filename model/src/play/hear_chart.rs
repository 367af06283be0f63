//! The chart that is heard in a song.

use crate::midi_file::{Song, Track};
use crate::music::chart::{Chart, halves};
use crate::music::chord::{Chord, ChordSymbol};
use crate::music::measure::Measure;

/// The chords of a song, by half measure: from its tracks Chords and Bass, if it has the first, else from all that is no
/// drum. `None` where a song has no notes to hear.
///
/// What has no name in half a measure goes on with the chord of the other half. A measure in which nothing sounds is
/// without a chord; one that sounds but has no name at all goes on with the chord before it.
#[must_use]
pub fn hear_chart(song: &Song) -> Option<Chart> {
    let sounding = |name: &str| song.track(name).filter(|track| !track.is_silent());
    let drums = |track: &&Track| track.channel.get() != DRUMS;
    let parts: Vec<&Track> = match sounding("Chords") {
        Some(chords) => std::iter::once(chords).chain(sounding("Bass")).collect(),
        None => song.tracks.iter().filter(drums).collect(),
    };
    if parts.iter().all(|track| track.is_silent()) {
        return None;
    }
    let bass: Vec<&Track> = sounding("Bass").into_iter().collect();
    let mut before: Option<ChordSymbol> = None;
    let measure = |(at, span): (usize, &crate::midi_file::Span)| {
        let here = |tracks: &[&Track]| -> Vec<Measure> {
            tracks.iter().filter_map(|track| track.measures.get(at).copied()).collect()
        };
        let (all, low) = (here(&parts), here(&bass));
        let named: Vec<Option<Chord>> = halves(span.steps)
            .map(|(from, to)| Chord::recognised(&chroma(&all, from, to), &lowest(&all, &low, from, to)))
            .collect();
        if all.iter().all(Measure::is_silent) {
            before = None;
            return vec![Some(ChordSymbol::None)];
        }
        let found = |half: usize| named[half].map(ChordSymbol::Chord);
        let mut last = before;
        let chords: Vec<Option<ChordSymbol>> = (0..named.len())
            .map(|half| {
                // The first half has the chord of the second before it has that of the measure before.
                let other = if half == 0 && last.is_none() { found(named.len() - 1) } else { None };
                last = found(half).or(last).or(other);
                Some(last.unwrap_or(ChordSymbol::None))
            })
            .collect();
        before = last;
        chords
    };
    Some(Chart::new(song.spans().iter().enumerate().map(measure).collect::<Vec<_>>()))
}

/// The channel on which General MIDI has its drums, counted from 0. Required by General MIDI.
const DRUMS: u8 = 9;

fn chroma(measures: &[Measure], from: u8, to: u8) -> [f32; 12] {
    let mut sum = [0.0; 12];
    for measure in measures {
        sum.iter_mut().zip(measure.chroma_between(from, to)).for_each(|(sum, part)| *sum += part);
    }
    sum
}

/// How long each pitch class is the bass: what the bass plays, else the lowest that sounds.
fn lowest(all: &[Measure], bass: &[Measure], from: u8, to: u8) -> [f32; 12] {
    let played = chroma(bass, from, to);
    if played.iter().any(|&time| time > 0.0) {
        return played;
    }
    let mut out = [0.0; 12];
    for step in from..to {
        let notes = all.iter().flat_map(Measure::notes);
        if let Some(key) = notes.filter(|note| note.sounds_at(step)).map(|note| note.key).min() {
            out[usize::from(key.pitch_class())] += 1.0;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::midi_file::LongNote;
    use crate::music::meter::TimeSignature;
    use crate::music::note::{Channel, Key, Velocity};

    /// (start, end, key) in steps.
    type Line = [(u32, u32, u8)];

    fn song(tracks: &[(&str, &Line)]) -> Song {
        let mut song = Song::steady(TimeSignature::FOUR_FOUR, 120.0, 4).expect("a supported meter");
        for (name, notes) in tracks {
            let long = |&(start, end, key): &(u32, u32, u8)| LongNote {
                start,
                end,
                key: Key::new(key).expect("a key"),
                velocity: Velocity::DEFAULT,
            };
            song.add_notes(Track::new(name), notes.iter().map(long).collect());
        }
        song
    }

    fn check(song: &Song, expected: Option<&str>) {
        assert_eq!(hear_chart(song).map(|chart| chart.to_string()).as_deref(), expected);
    }

    const CHORDS: [(u32, u32, u8); 9] = [
        (0, 16, 60),
        (0, 16, 64),
        (0, 16, 67),
        (16, 24, 57),
        (16, 24, 60),
        (16, 24, 64),
        (24, 32, 57),
        (24, 32, 60),
        (24, 32, 65),
    ];

    #[test]
    fn chords_and_bass_make_the_chart_and_the_tune_does_not() {
        let bass = [(0, 16, 40), (16, 24, 45), (24, 32, 41)];
        let tune = [(0, 16, 71), (16, 32, 74), (32, 64, 78)];
        check(&song(&[("Lead", &tune), ("Chords", &CHORDS), ("Bass", &bass)]), Some("| C/E | Am F | N.C. | % |\n"));
    }

    #[test]
    fn without_such_tracks_all_that_is_no_drum_is_heard() {
        let piano = [CHORDS.as_slice(), &[(40, 48, 55), (40, 48, 59), (40, 48, 62)]].concat();
        let mut song = song(&[("Piano", &piano), ("Kit", &[(0, 64, 61), (0, 64, 63)])]);
        song.tracks[1].channel = Channel::new(9).expect("a channel");
        check(&song, Some("| C | Am F/A | F/A G | N.C. |\n"));
    }

    #[test]
    fn of_nothing_nothing_is_heard() {
        check(&song(&[("Lead", &[])]), None);
    }
}
