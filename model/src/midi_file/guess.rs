//! Which tracks play which voices where no name says so: a guess from what they play.

use super::DRUMS;
use super::band_song::Casting;
use super::song::{Song, Track};
use crate::music::band::{BandSpec, Polyphony, Role, VoiceId, VoiceMask};

/// The first of General MIDI's basses, counted from 0, and the last. Required by General MIDI.
const BASSES: std::ops::RangeInclusive<u8> = 32..=39;

/// From how many notes at once on average a track plays chords. Chosen: a line with a few double stops is none.
const CHORDAL: f64 = 1.6;

/// Below which key, on average, the lowest of several lines is a bass. Chosen: the middle of a bass singer's range is
/// E♭3 (51), that of a tenor's A3 (57).
const LOW: f64 = 54.0;

/// What a track plays, in figures.
struct Sketch {
    place: usize,
    /// Its mean key.
    height: f64,
    /// How many notes begin together on average.
    width: f64,
    /// Does its name or program say that it is a bass?
    bass: bool,
}

impl Sketch {
    fn of(place: usize, track: &Track) -> Option<Self> {
        let (mut keys, mut notes, mut strokes) = (0.0, 0.0, 0.0);
        for measure in &track.measures {
            let mut before = None;
            for note in measure.onsets() {
                keys += f64::from(note.key.get());
                notes += 1.0;
                // Notes are ordered by step.
                if before != Some(note.step) {
                    strokes += 1.0;
                }
                before = Some(note.step);
            }
        }
        let name = track.name.to_lowercase();
        let words = name.split(|c: char| !c.is_alphanumeric());
        let bass = BASSES.contains(&track.program) || words.into_iter().any(|word| ["bass", "basso"].contains(&word));
        (notes > 0.0).then(|| Self { place, height: keys / notes, width: notes / strokes, bass })
    }
}

impl Casting {
    /// As [`Casting::of`]; but where no track with notes has the name of a voice other than the bass and those that are to
    /// be `written`, the other voices are guessed from what the tracks play, and named in [`Casting::guessed`].
    ///
    /// The lowest line is the bass, tracks of chords are the chords, what seems to be the tune ([`Song::tune`]) the melody,
    /// and lines that are left the counter voices, from the highest. Drums are nobody.
    #[must_use]
    pub fn guessing(song: &Song, spec: &BandSpec, written: VoiceMask) -> Self {
        let mut casting = Self::of(song, spec);
        let plays = |tracks: &[usize]| tracks.iter().any(|&track| !song.tracks[track].is_silent());
        let others: VoiceMask = spec.all().iter().filter(|&voice| !written.has(voice)).collect();
        let tells = |voice: VoiceId| {
            // A bass is called so in music of every kind: its name tells nothing of the other tracks.
            spec.voices[voice.index()].role != Role::Bass && plays(&casting.voices[voice.index()])
        };
        if others.iter().any(tells) {
            return casting;
        }
        // Where every voice is written anew, each may be guessed; a voice that has its track keeps it.
        let free = if others.is_empty() { spec.all() } else { others };
        let free = free.iter().filter(|voice| !plays(&casting.voices[voice.index()])).collect();
        casting.guess(song, spec, free);
        casting
    }

    /// Casts these tracks for a voice, and for no other.
    pub fn cast(&mut self, voice: VoiceId, tracks: &[usize]) {
        for (index, places) in self.voices.iter_mut().enumerate() {
            places.retain(|place| !tracks.contains(place));
            if index == voice.index() {
                *places = tracks.to_vec();
            }
        }
        self.others.retain(|place| !tracks.contains(place));
    }

    fn guess(&mut self, song: &Song, spec: &BandSpec, free: VoiceMask) {
        let tuned = |&place: &usize| song.tracks[place].channel.get() != DRUMS;
        let sketch = |place: usize| Sketch::of(place, &song.tracks[place]);
        let mut left: Vec<Sketch> = self.others.iter().copied().filter(tuned).filter_map(sketch).collect();
        // From the highest; of two alike the first.
        left.sort_by(|a, b| b.height.total_cmp(&a.height));
        let of = |wanted: Role| free.iter().filter(move |voice| spec.voices[voice.index()].role == wanted);
        let many = |voice: &VoiceId| spec.voices[voice.index()].polyphony == Polyphony::Poly;
        let mut found: Vec<(VoiceId, Vec<usize>)> = Vec::new();
        // One that is called a bass before one that is only low.
        if let Some(bass) = of(Role::Bass).next() {
            let low = |sketch: &&Sketch| sketch.width < CHORDAL && (sketch.bass || sketch.height < LOW);
            let said = left.iter().rfind(|sketch| low(sketch) && sketch.bass);
            let lowest = said.or_else(|| left.iter().rfind(low)).map(|sketch| sketch.place);
            if let Some(place) = lowest {
                left.retain(|sketch| sketch.place != place);
                found.push((bass, vec![place]));
            }
        }
        // Chords, if there is a voice that plays them; the name of a tune is no chords'.
        let tune = song.tune_of(|place| left.iter().any(|sketch| sketch.place == place));
        if let Some(chords) = of(Role::Harmony).find(many) {
            let named = |place: usize| song.tracks[place].says_tune() && tune == Some(place);
            let chordal: Vec<usize> =
                left.iter().filter(|sketch| sketch.width >= CHORDAL && !named(sketch.place)).map(|s| s.place).collect();
            if !chordal.is_empty() {
                left.retain(|sketch| !chordal.contains(&sketch.place));
                found.push((chords, chordal));
            }
        }
        let tune = song.tune_of(|place| left.iter().any(|sketch| sketch.place == place));
        if let (Some(melody), Some(place)) = (of(Role::Melody).next(), tune) {
            left.retain(|sketch| sketch.place != place);
            found.push((melody, vec![place]));
        }
        for (counter, sketch) in of(Role::Counter).zip(&left) {
            found.push((counter, vec![sketch.place]));
        }
        for (voice, mut tracks) in found {
            tracks.sort_unstable();
            self.cast(voice, &tracks);
            self.guessed = self.guessed.with(voice);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::midi_file::LongNote;
    use crate::music::meter::TimeSignature;
    use crate::music::note::{Channel, Key, Velocity};

    /// A track: its name, its channel, and the keys that it strikes together on every beat of eight measures.
    type Line<'a> = (&'a str, u8, &'a [u8]);

    fn song(tracks: &[Line<'_>]) -> Song {
        let mut song = Song::steady(TimeSignature::FOUR_FOUR, 120.0, 8).expect("4/4");
        for &(name, channel, keys) in tracks {
            let note = |at: u32, key: u8| LongNote {
                start: 4 * at,
                end: 4 * at + 3,
                key: Key::clamped(key.into()),
                velocity: Velocity::DEFAULT,
            };
            let notes = (0..32).flat_map(|at| keys.iter().map(move |&key| note(at, key))).collect();
            let channel = Channel::new(channel).expect("a channel");
            song.add_notes(Track { channel, ..Track::new(name) }, notes);
        }
        song
    }

    /// Who plays what when this voice is written, as names, and which voices are guessed.
    fn check(tracks: &[Line<'_>], (spec, written): (&BandSpec, &str), expected: &[(&str, &[&str])], guessed: bool) {
        let song = song(tracks);
        let written = spec.voice(written).map_or(VoiceMask::NONE, VoiceMask::only);
        let casting = Casting::guessing(&song, spec, written);
        let names = |places: &[usize]| places.iter().map(|&place| song.tracks[place].name.clone()).collect::<Vec<_>>();
        let cast: Vec<(String, Vec<String>)> = spec
            .voices
            .iter()
            .zip(&casting.voices)
            .filter(|(_, places)| !places.is_empty())
            .map(|(voice, places)| (voice.name.clone(), names(places)))
            .collect();
        let wanted: Vec<(String, Vec<String>)> = expected
            .iter()
            .map(|(voice, places)| ((*voice).to_owned(), places.iter().map(|&place| place.to_owned()).collect()))
            .collect();
        assert_eq!(cast, wanted, "{tracks:?}");
        assert_eq!(!casting.guessed.is_empty(), guessed, "{tracks:?}");
        let all: usize = casting.voices.iter().map(Vec::len).sum::<usize>() + casting.others.len();
        assert_eq!(all, tracks.len(), "each track is a voice's, or nobody's");
    }

    const TUNE: &[u8] = &[74];
    const CHORD: &[u8] = &[60, 64, 67];
    const LOW_LINE: &[u8] = &[40];

    #[test]
    fn tracks_without_a_voices_name_are_cast_by_what_they_play() {
        let pop = BandSpec::pop();
        let lead_and_chords: &[(&str, &[&str])] = &[("Lead", &["Strings"]), ("Chords", &["Piano"])];
        check(&[("Piano", 0, CHORD), ("Strings", 1, TUNE)], (&pop, "Bass"), lead_and_chords, true);
        check(&[("Piano", 0, CHORD)], (&pop, "Bass"), &[("Chords", &["Piano"])], true);
        check(&[("Piano", 0, CHORD)], (&pop, "Chords"), &[("Lead", &["Piano"])], true);
        let four = [("a", 0, LOW_LINE), ("b", 1, CHORD), ("c", 2, TUNE), ("d", 3, &[66][..]), ("Kit", 9, &[38, 42])];
        check(&four, (&pop, "Counter"), &[("Lead", &["c"]), ("Chords", &["b"]), ("Bass", &["a"])], true);
        let all: &[(&str, &[&str])] = &[("Lead", &["c"]), ("Counter", &["d"]), ("Chords", &["b"]), ("Bass", &["a"])];
        check(&four, (&pop, ""), all, true);
        let choir = BandSpec::chorale();
        let lines = [("1", 0, TUNE), ("2", 0, &[67]), ("3", 0, &[58]), ("4", 0, &[45])];
        check(&lines, (&choir, "Tenor"), &[("Soprano", &["1"]), ("Alto", &["2"]), ("Bass", &["4"])], true);
    }

    #[test]
    fn a_line_that_is_called_a_bass_is_one_before_one_that_is_lower() {
        let pop = BandSpec::pop();
        let two = [("Cello", 0, &[38][..]), ("E-Bass", 1, &[43]), ("Voice", 2, &[70])];
        check(&two, (&pop, "Chords"), &[("Lead", &["Voice"]), ("Counter", &["Cello"]), ("Bass", &["E-Bass"])], true);
        // A tune that lies low is still the tune, if it is called so.
        let low = [("Melody", 0, &[62][..]), ("Flute", 1, &[80])];
        check(&low, (&pop, "Bass"), &[("Lead", &["Melody"]), ("Counter", &["Flute"])], true);
    }

    #[test]
    fn nothing_is_guessed_where_a_name_tells() {
        let pop = BandSpec::pop();
        let named = [("Lead", 0, TUNE), ("Strings", 1, CHORD)];
        check(&named, (&pop, "Bass"), &[("Lead", &["Lead"])], false);
        // But the voice that is written tells nothing of the others.
        let bass: &[(&str, &[&str])] = &[("Lead", &["Flute"]), ("Bass", &["Bass"])];
        check(&[("Flute", 0, TUNE), ("Bass", 1, LOW_LINE)], (&pop, "Bass"), bass, true);
        check(&[("Kit", 9, &[38, 42])], (&pop, "Bass"), &[], false);
    }

    #[test]
    fn a_track_that_is_called_the_bass_tells_nothing_of_the_others() {
        let (choir, song) = (BandSpec::chorale(), [("Lead", 0, TUNE), ("Bass", 1, LOW_LINE)]);
        check(&song, (&choir, "Tenor"), &[("Soprano", &["Lead"]), ("Bass", &["Bass"])], true);
        let song = [("Tune", 0, TUNE), ("Piano", 1, CHORD), ("Bass", 2, LOW_LINE)];
        let all: &[(&str, &[&str])] = &[("Lead", &["Tune"]), ("Chords", &["Piano"]), ("Bass", &["Bass"])];
        check(&song, (&BandSpec::pop(), "Counter"), all, true);
    }
}
