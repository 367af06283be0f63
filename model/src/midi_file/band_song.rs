//! A song as one band plays it: its voices found by the names of the tracks.

use super::song::Song;
use crate::music::band::{BandMeasure, BandSpec, Polyphony, VoiceId, VoiceMask};
use crate::music::measure::Measure;
use crate::music::note::Note;

/// Which tracks of a song play which voices of a band.
///
/// A track is a voice's if it has the voice's name; letter case does not matter, and neither does a channel, where one
/// track of the file has several. Where no track with notes has just this name, names with a number or a remark behind
/// it count too: "Soprano 1", "Tenor (8vb)", "Bass II". All tracks of a voice together are the voice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Casting {
    /// For each voice of the band the places of its tracks in [`Song::tracks`].
    pub voices: Vec<Vec<usize>>,
    /// The tracks with notes that are no voice's.
    pub others: Vec<usize>,
    /// The voices whose tracks no name told: see [`Casting::guessing`].
    pub guessed: VoiceMask,
}

impl Casting {
    /// Finds the voices of a band by the names of the tracks.
    #[must_use]
    pub fn of(song: &Song, spec: &BandSpec) -> Self {
        let mut voices: Vec<Vec<usize>> = Vec::with_capacity(spec.voices.len());
        for voice in &spec.voices {
            voices.push(named_like(song, &voice.name));
        }
        let others = song
            .tracks
            .iter()
            .enumerate()
            .filter(|(place, track)| !track.is_silent() && !voices.iter().flatten().any(|taken| taken == place));
        let others = others.map(|(place, _)| place).collect();
        Self { voices, others, guessed: VoiceMask::NONE }
    }
}

/// The tracks that have a voice's name: those with notes first, else those without; those with just this name first, else
/// those with a remark behind it.
pub(super) fn named_like(song: &Song, voice: &str) -> Vec<usize> {
    let those = |likeness: Likeness, sounding: bool| -> Vec<usize> {
        let found =
            song.tracks.iter().enumerate().filter(|(_, track)| {
                likeness_of(&track.name, voice) == Some(likeness) && !(sounding && track.is_silent())
            });
        found.map(|(place, _)| place).collect()
    };
    let ways = [(Likeness::Same, true), (Likeness::Remark, true), (Likeness::Same, false), (Likeness::Remark, false)];
    let found = ways.into_iter().map(|(likeness, sounding)| those(likeness, sounding)).find(|found| !found.is_empty());
    found.unwrap_or_default()
}

/// How like a name is to a voice's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Likeness {
    /// The same words.
    Same,
    /// The same, and a number or a remark behind it.
    Remark,
}

/// Words that say of a part how it is written or sung, not that it is another's.
const REMARKS: [&str; 20] = [
    "i", "ii", "iii", "iv", "8va", "8vb", "8ba", "15ma", "15mb", "part", "voice", "voices", "vocal", "vocals", "track",
    "staff", "line", "solo", "tutti", "div",
];

/// How like a track's name is to a voice's; `None` if it is another's.
fn likeness_of(name: &str, voice: &str) -> Option<Likeness> {
    // A track of several channels: "Piano, channel 2".
    let name = match name.rsplit_once(", channel ") {
        Some((name, channel)) if channel.parse::<u8>().is_ok() => name,
        _ => name,
    };
    let (name, voice) = (name.trim().to_lowercase(), voice.trim().to_lowercase());
    let rest = name.strip_prefix(&voice)?;
    if rest.is_empty() {
        return Some(Likeness::Same);
    }
    // "Bassoon" is no bass, "Bass Drum" neither; what stands in brackets is a remark, whatever it says.
    if rest.starts_with(char::is_alphabetic) {
        return None;
    }
    let mut outside = String::new();
    let mut depth = 0_u32;
    for c in rest.chars() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            c if depth == 0 => outside.push(c),
            _ => {}
        }
    }
    let mut words = outside.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let remark = |word: &str| word.chars().all(|c| c.is_ascii_digit()) || REMARKS.contains(&word);
    words.all(remark).then_some(Likeness::Remark)
}

/// A song in the measures of a band.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BandSong {
    /// What the band plays, measure by measure; each knows its number of steps.
    pub measures: Vec<BandMeasure>,
    /// The voices for which the song has a track. The others are missing, not silent.
    pub present: VoiceMask,
}

impl BandSong {
    /// The voices of this band in a song, found as [`Casting::of`] finds them. A monophonic voice keeps of its notes what
    /// [`monophonic`] keeps.
    #[must_use]
    pub fn new(song: &Song, spec: &BandSpec) -> Self {
        Self::cast(song, spec, &Casting::of(song, spec))
    }

    /// The voices of this band in a song, each played by the tracks that are cast for it.
    #[must_use]
    pub fn cast(song: &Song, spec: &BandSpec, cast: &Casting) -> Self {
        let mut out = Self {
            measures: song.spans().iter().map(|span| BandMeasure::missing(span.steps)).collect(),
            present: VoiceMask::NONE,
        };
        for (index, (voice, tracks)) in spec.voices.iter().zip(&cast.voices).enumerate() {
            let Some(id) = VoiceId::new(index).filter(|_| !tracks.is_empty()) else { continue };
            let measures = song.together(tracks);
            match voice.polyphony {
                Polyphony::Mono => out.set(id, &monophonic(&measures)),
                Polyphony::Poly => out.set(id, &measures),
            }
        }
        out
    }

    /// Gives a voice its measures.
    pub fn set(&mut self, voice: VoiceId, measures: &[Measure]) {
        for (band, measure) in self.measures.iter_mut().zip(measures) {
            band.set(voice, measure);
        }
        self.present = self.present.with(voice);
    }

    /// The song moved by so many semitones.
    #[must_use]
    pub fn transposed(&self, semitones: i32) -> Self {
        let measures = self.measures.iter().map(|measure| measure.transposed(semitones)).collect();
        Self { measures, present: self.present }
    }

    /// How long each pitch class sounds in these voices in the whole song, in steps: `[12]`.
    #[must_use]
    pub fn chroma(&self, voices: VoiceMask) -> [f32; 12] {
        let mut sum = [0.0; 12];
        for measure in &self.measures {
            for (total, part) in sum.iter_mut().zip(measure.chroma(voices)) {
                *total += part;
            }
        }
        sum
    }
}

/// What a monophonic voice keeps: the highest of the notes that begin together. Each lasts until the next begins or
/// until its own end, over bar lines too.
#[must_use]
pub fn monophonic(measures: &[Measure]) -> Vec<Measure> {
    let mut out: Vec<Measure> = Vec::with_capacity(measures.len());
    // The note that the last measure hands on.
    let mut held: Option<Note> = None;
    for measure in measures {
        let mut line = Measure::silent(measure.steps());
        let carried = held
            .take()
            .and_then(|held| measure.notes().iter().copied().find(|note| note.continued && note.key == held.key));
        let mut last = carried;
        let mut at = None;
        // Notes are ordered by step and then key: the highest of a step comes last.
        let mut onsets = [None; 16];
        for note in measure.onsets() {
            onsets[usize::from(note.step.0)] = Some(*note);
        }
        for note in onsets.into_iter().flatten() {
            if let Some(earlier) = last.take() {
                push_until(&mut line, earlier, note.step.0);
            }
            at.get_or_insert(note.step.0);
            last = Some(note);
        }
        if let Some(note) = last {
            push_until(&mut line, note, measure.steps());
            held = (note.continues && note.end() == measure.steps()).then_some(note);
        }
        // A note that was handed on is cut where nothing takes it over.
        if let Some(before) = out.last_mut()
            && (carried.is_none() || at == Some(0))
        {
            before.for_each_mut(|note| note.continues = false);
        }
        out.push(line);
    }
    if let Some(last) = out.last_mut() {
        last.for_each_mut(|note| note.continues = false);
    }
    out
}

/// Puts in a note that ends at this step at the latest.
fn push_until(line: &mut Measure, mut note: Note, step: u8) {
    if note.end() > step {
        note.length = step.saturating_sub(note.step.0);
    }
    if note.end() < line.steps() {
        note.continues = false;
    }
    line.push(note);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::midi_file::{LongNote, Track, lay_out};
    use crate::music::meter::TimeSignature;
    use crate::music::note::{Key, Velocity};

    /// (start, end, key) in steps.
    type Line = [(u32, u32, u8)];

    fn song(tracks: &[(&str, &Line)]) -> Song {
        let mut song = Song::steady(TimeSignature::FOUR_FOUR, 120.0, 3).expect("a supported meter");
        for &(name, notes) in tracks {
            song.add_notes(Track::new(name), long(notes));
        }
        song
    }

    fn long(notes: &Line) -> Vec<LongNote> {
        let note = |&(start, end, key): &(u32, u32, u8)| {
            let key = Key::new(key).expect("a key");
            LongNote { start, end, key, velocity: Velocity::DEFAULT }
        };
        notes.iter().map(note).collect()
    }

    /// A line of these notes keeps those.
    fn check(notes: &Line, expected: &Line) {
        let song = song(&[("Lead", notes)]);
        let measures = monophonic(&song.tracks[0].measures);
        assert_eq!(measures, lay_out(long(expected), song.spans()).0, "{notes:?}");
    }

    #[test]
    fn a_monophonic_voice_keeps_the_highest_until_the_next() {
        check(&[(0, 4, 60), (0, 8, 67), (4, 6, 64)], &[(0, 4, 67), (4, 6, 64)]);
        check(&[(0, 2, 60), (8, 12, 62)], &[(0, 2, 60), (8, 12, 62)]);
    }

    #[test]
    fn a_held_note_ends_where_the_next_begins_after_the_bar_line() {
        check(&[(12, 40, 60), (20, 24, 62)], &[(12, 20, 60), (20, 24, 62)]);
        check(&[(12, 40, 60), (16, 24, 62)], &[(12, 16, 60), (16, 24, 62)]);
        check(&[(12, 40, 60)], &[(12, 40, 60)]);
        check(&[(12, 40, 60), (12, 20, 64)], &[(12, 20, 64)]);
    }

    #[test]
    fn a_voice_without_a_track_is_missing_and_one_without_notes_is_silent() {
        let spec = BandSpec::pop();
        let band = BandSong::new(&song(&[("LEAD", &[(0, 4, 60)]), ("Bass", &[])]), &spec);
        let voice = |name| spec.voice(name).expect("a voice of the pop band");
        assert_eq!(band.present, [voice("Lead"), voice("Bass")].into_iter().collect());
        assert!(!band.measures[0].present.has(voice("Chords")));
        assert!(band.measures.iter().all(|measure| measure.present == band.present));
        assert!(band.measures[0].voice(voice("Bass")).is_silent());
    }

    #[test]
    fn voices_are_found_under_the_names_that_people_give_them() {
        let check = |name: &str, voice: &str, expected: Option<Likeness>| {
            assert_eq!(likeness_of(name, voice), expected, "{name} for {voice}");
        };
        for name in ["Tenor", "TENOR ", "tenor, channel 3"] {
            check(name, "Tenor", Some(Likeness::Same));
        }
        for name in
            ["Tenor 1", "Tenor (8vb)", "Tenor II", "Tenor-2", "Tenor_1", "tenor #2", "Tenor [solo, loud]", "Tenor Solo"]
        {
            check(name, "Tenor", Some(Likeness::Remark));
        }
        for name in ["Tenor Sax", "Tenors", "Bass Drum", "Bassoon", "Contrabass", "Piano"] {
            check(name, "Tenor", None);
            check(name, "Bass", None);
        }
    }

    #[test]
    fn all_tracks_of_a_voice_are_the_voice_and_empty_ones_give_way() {
        let spec = BandSpec::pop();
        let two = song(&[("Lead", &[]), ("Lead", &[(0, 4, 60)]), ("lead", &[(8, 12, 64)]), ("Bells", &[(0, 1, 96)])]);
        let cast = Casting::of(&two, &spec);
        assert_eq!((cast.voices[0].clone(), cast.others.clone()), (vec![1, 2], vec![3]));
        let lead = BandSong::new(&two, &spec).measures[0];
        let keys: Vec<u8> = lead.voice(VoiceId::FIRST).notes().iter().map(|note| note.key.get()).collect();
        assert_eq!(keys, [60, 64]);
        // Where one has just the name, a second with a remark is another part.
        let named = song(&[("Bass", &[(0, 4, 40)]), ("Bass 2", &[(0, 4, 52)])]);
        let cast = Casting::of(&named, &spec);
        assert_eq!((cast.voices[3].clone(), cast.others), (vec![0], vec![1]));
    }

    #[test]
    fn chords_keep_all_their_notes() {
        let spec = BandSpec::pop();
        let band = BandSong::new(&song(&[("Chords", &[(0, 4, 60), (0, 4, 64), (2, 4, 67)])]), &spec);
        let chords = spec.voice("Chords").expect("a voice of the pop band");
        assert_eq!(band.measures[0].voice(chords).notes().len(), 3);
        assert_eq!(band.transposed(2).chroma(band.present)[2], 4.0);
    }
}
