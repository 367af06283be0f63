//! Which tracks of a file a player takes: by name, by number, or the likeliest.

use super::DRUMS;
use super::band_song::named_like;
use super::file::MidiFile;
use super::song::{Song, Track};
use crate::music::measure::Measure;

/// Words in the names of tracks that play the tune. Chosen.
const TUNES: [&str; 12] =
    ["melody", "melodie", "melodia", "lead", "vocal", "vocals", "vox", "voice", "soprano", "tune", "solo", "cantus"];

/// One player's part of a song: a track of it, or several together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlayerPart {
    /// The part as one track: name, channel and program are those of the first.
    pub track: Track,
    /// Where its tracks stand in [`Song::tracks`].
    pub places: Vec<usize>,
}

/// The track that was asked for is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrackError {
    /// No track has this name or number.
    #[error("has no track named or numbered `{wanted}`; it has {}", list(.tracks))]
    NoSuchTrack {
        /// The name or number.
        wanted: String,
        /// The names and numbers that there are.
        tracks: Vec<String>,
    },
    /// Nobody but drums plays, and none was asked for.
    #[error("has no notes but those of drums (channel 10), which are no tune: choose a track by name or number of {}", list(.tracks))]
    OnlyDrums {
        /// The names and numbers that there are.
        tracks: Vec<String>,
    },
    /// Nobody drums.
    #[error("has no drums (channel 10, or a track named Drums): choose a track by name or number of {}", list(.tracks))]
    NoDrums {
        /// The names and numbers that there are.
        tracks: Vec<String>,
    },
    /// No track plays a note.
    #[error("has no track with notes")]
    NoNotes,
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".into() } else { names.join(", ") }
}

impl MidiFile {
    /// The part of a player who plays this voice of a band.
    ///
    /// `wanted` is a track's name (letter case does not matter; all tracks of one name are the part, but for those
    /// without notes) or its number in the file, counted from 1 as other programs count, the track of the tempos
    /// included. Without it, the tracks that have the voice's name are the part, else the one that seems to play the
    /// tune ([`Song::tune`]).
    ///
    /// # Errors
    /// [`TrackError`] where there is no such track.
    pub fn part(&self, voice: &str, wanted: Option<&str>) -> Result<PlayerPart, TrackError> {
        let song = self.song();
        let places = match wanted {
            Some(wanted) => self.tracks_called(wanted),
            None => {
                let named = named_like(song, voice);
                let plays = |places: &[usize]| places.iter().any(|&place| !song.tracks[place].is_silent());
                if plays(&named) { named } else { song.tune().map_or(named, |tune| self.whole_track(tune)) }
            }
        };
        let tracks = || self.all_labels();
        let drums = |&place: &usize| song.tracks[place].channel.get() == DRUMS;
        if wanted.is_none() && !places.is_empty() && places.iter().all(drums) && named_like(song, voice).is_empty() {
            return Err(TrackError::OnlyDrums { tracks: tracks() });
        }
        if places.is_empty() {
            return Err(wanted.map_or(TrackError::NoNotes, |wanted| TrackError::NoSuchTrack {
                wanted: wanted.into(),
                tracks: tracks(),
            }));
        }
        Ok(self.part_of(places))
    }

    /// The part of a drummer: without a track that is `wanted`, the tracks on channel 10, and those named Drums.
    ///
    /// # Errors
    /// [`TrackError`] where there is no such track.
    pub fn drum_part(&self, wanted: Option<&str>) -> Result<PlayerPart, TrackError> {
        if let Some(wanted) = wanted {
            return self.part("Drums", Some(wanted));
        }
        let places: Vec<usize> =
            self.drum_tracks().into_iter().filter(|&place| !self.song().tracks[place].is_silent()).collect();
        if places.is_empty() {
            Err(TrackError::NoDrums { tracks: self.all_labels() })
        } else {
            Ok(self.part_of(places))
        }
    }

    /// Where drummers play: on channel 10, and in tracks named Drums.
    #[must_use]
    pub fn drum_tracks(&self) -> Vec<usize> {
        let drums = |track: &Track| track.channel.get() == DRUMS || track.name.eq_ignore_ascii_case("drums");
        let tracks = self.song().tracks.iter().enumerate();
        tracks.filter(|(_, track)| drums(track)).map(|(place, _)| place).collect()
    }

    fn all_labels(&self) -> Vec<String> {
        (0..self.song().tracks.len()).map(|place| self.label(place)).collect()
    }

    /// These tracks, of which there are some, as one part.
    fn part_of(&self, places: Vec<usize>) -> PlayerPart {
        let song = self.song();
        let first = places.first().copied().unwrap_or(0);
        let mut track = song.tracks[first].clone();
        track.measures = song.together(&places);
        if places.len() > 1 {
            // "Piano, channel 2" together with channel 1 is the piano.
            track.name = plain(&track.name).into();
        }
        PlayerPart { track, places }
    }

    /// A track of the song with the other channels of its track of the file, where these are one instrument: as a guitar
    /// whose strings have channels of their own. In a file of one track each channel is a player.
    fn whole_track(&self, track: usize) -> Vec<usize> {
        let song = self.song();
        let of = |place: usize| (self.origin(place), song.tracks[place].program);
        let with = |&place: &usize| {
            let found = &song.tracks[place];
            of(place) == of(track) && !found.is_silent() && found.channel.get() != DRUMS
        };
        let several = self.chunks().header.format == 1;
        (0..song.tracks.len()).filter(|place| *place == track || several && with(place)).collect()
    }

    /// The tracks of this name, else of this number, else of this name with a remark behind it.
    fn tracks_called(&self, wanted: &str) -> Vec<usize> {
        let song = self.song();
        let all = || song.tracks.iter().enumerate();
        let exact: Vec<usize> = all().filter(|(_, track)| alike(&track.name, wanted)).map(|(place, _)| place).collect();
        let whole: Vec<usize> =
            all().filter(|(_, track)| alike(plain(&track.name), wanted)).map(|(place, _)| place).collect();
        let number = wanted.trim().trim_start_matches('#').parse::<usize>().ok();
        let numbered: Vec<usize> =
            all().map(|(place, _)| place).filter(|&place| number.is_some() && self.origin(place) == number).collect();
        let ways = [exact, whole, numbered, named_like(song, wanted)];
        let mut found = ways.into_iter().find(|found| !found.is_empty()).unwrap_or_default();
        if found.iter().any(|&place| !song.tracks[place].is_silent()) {
            found.retain(|&place| !song.tracks[place].is_silent());
        }
        found
    }

    /// How a track of the song is told from others: "Piano (track 2)".
    #[must_use]
    pub fn label(&self, track: usize) -> String {
        let name = self.song().tracks.get(track).map_or("", |track| track.name.as_str());
        match self.origin(track) {
            // A track without a name is called after its number.
            Some(number) if !name.starts_with(&format!("Track {number}")) => format!("{name} (track {number})"),
            _ => name.into(),
        }
    }

    /// How several tracks are told from others: "Piano (track 2), Piano (track 3)".
    #[must_use]
    pub fn labels(&self, tracks: &[usize]) -> String {
        let labels: Vec<String> = tracks.iter().map(|&track| self.label(track)).collect();
        list(&labels)
    }

    /// The tracks with notes that are none of these.
    #[must_use]
    pub fn others(&self, tracks: &[usize]) -> Vec<usize> {
        let all = self.song().tracks.iter().enumerate();
        all.filter(|(place, track)| !track.is_silent() && !tracks.contains(place)).map(|(place, _)| place).collect()
    }
}

/// Do these names differ by letter case alone?
fn alike(one: &str, two: &str) -> bool {
    one.trim().to_lowercase() == two.trim().to_lowercase()
}

/// A track's name without the channel that tells it from another of the same track of a file.
fn plain(name: &str) -> &str {
    match name.rsplit_once(", channel ") {
        Some((name, channel)) if channel.parse::<u8>().is_ok() => name,
        _ => name,
    }
}

impl Track {
    /// Does its name say that it plays the tune?
    pub(super) fn says_tune(&self) -> bool {
        let name = self.name.to_lowercase();
        name.split(|c: char| !c.is_alphanumeric()).any(|word| TUNES.contains(&word))
    }
}

impl Song {
    /// The track that seems to play the tune, by its place: of those that play in at least half as many measures as the
    /// busiest, drums (channel 10) left out, the one whose name says so, else the one whose notes lie highest on average.
    #[must_use]
    pub fn tune(&self) -> Option<usize> {
        self.tune_of(|_| true)
    }

    /// The same of these tracks alone.
    pub(super) fn tune_of(&self, wanted: impl Fn(usize) -> bool) -> Option<usize> {
        let sounding = |track: &Track| track.measures.iter().filter(|measure| !measure.is_silent()).count();
        let height = |track: &Track| {
            let (mut sum, mut count) = (0.0, 0.0);
            for note in track.measures.iter().flat_map(Measure::onsets) {
                sum += f64::from(note.key.get());
                count += 1.0;
            }
            if count > 0.0 { sum / count } else { 0.0 }
        };
        let tuned = |track: &Track| track.channel.get() != DRUMS;
        let playing = self.tracks.iter().enumerate().filter(|(place, track)| wanted(*place) && !track.is_silent());
        let busiest = playing.clone().filter(|(_, track)| tuned(track)).map(|(_, track)| sounding(track)).max();
        let busiest = busiest.unwrap_or(0);
        let fit = |track: &Track| (tuned(track) && sounding(track) * 2 >= busiest, track.says_tune(), height(track));
        playing
            .map(|(place, track)| (fit(track), place))
            // Of two alike the first.
            .max_by(|(a, one), (b, two)| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)).then(two.cmp(one)))
            .map(|(_, place)| place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::midi_file::LongNote;
    use crate::music::meter::TimeSignature;
    use crate::music::note::{Channel, Key, Velocity};

    /// A file of tracks: each has a name, a key, and so many measures (of twelve) in which it plays.
    fn file(tracks: &[(&str, u8, u32)]) -> MidiFile {
        let mut song = Song::steady(TimeSignature::FOUR_FOUR, 120.0, 12).expect("4/4");
        for (channel, &(name, key, measures)) in (0..).zip(tracks) {
            let key = Key::new(key).expect("a key");
            let note = |at: u32| LongNote { start: 16 * at, end: 16 * at + 8, key, velocity: Velocity::DEFAULT };
            let channel = Channel::new(channel).expect("a channel");
            song.add_notes(Track { channel, ..Track::new(name) }, (0..measures).map(note).collect());
        }
        MidiFile::parse(song.to_bytes()).expect("our own file")
    }

    /// The part of a Lead's player, as people are told of it.
    fn check(tracks: &[(&str, u8, u32)], wanted: Option<&str>, expected: Result<&str, &str>) {
        let file = file(tracks);
        let found = file.part("Lead", wanted);
        let said = found.map(|part| file.labels(&part.places)).map_err(|error| error.to_string());
        assert_eq!(said.as_deref().map_err(String::as_str), expected, "{tracks:?} {wanted:?}");
    }

    #[test]
    fn a_part_is_found_by_its_voices_name_by_the_name_wanted_or_by_number() {
        let three = [("Flute", 80, 12), ("lead", 60, 12), ("Bass", 40, 12)];
        check(&three, None, Ok("lead (track 3)"));
        check(&three, Some("bass"), Ok("Bass (track 4)"));
        check(&three, Some("2"), Ok("Flute (track 2)"));
        check(&three, Some("#4"), Ok("Bass (track 4)"));
        let unknown = "has no track named or numbered `Oboe`; it has a (track 2), b (track 3)";
        check(&[("a", 50, 12), ("b", 70, 12)], Some("Oboe"), Err(unknown));
        check(&[("a", 50, 12)], Some("1"), Err("has no track named or numbered `1`; it has a (track 2)"));
        check(&[], None, Err("has no track with notes"));
    }

    #[test]
    fn without_a_name_the_tune_is_chosen_not_what_rings_above_it_now_and_then() {
        check(&[("a", 50, 12), ("b", 70, 12), ("c", 60, 12)], None, Ok("b (track 3)"));
        check(&[("only", 50, 12)], None, Ok("only (track 2)"));
        check(&[("Strings", 72, 12), ("Bells", 108, 2), ("Bass", 36, 12)], None, Ok("Strings (track 2)"));
        check(&[("Melody", 72, 12), ("Descant", 84, 12), ("Bass", 36, 12)], None, Ok("Melody (track 2)"));
    }

    #[test]
    fn drums_are_taken_for_a_tune_only_if_somebody_says_so() {
        let kit = |name: &str| {
            let mut song = file(&[(name, 40, 12)]).into_song();
            song.tracks[0].channel = Channel::new(9).expect("a channel");
            MidiFile::parse(song.to_bytes()).expect("our own file")
        };
        let part = |name: &str, wanted: Option<&str>| {
            let file = kit(name);
            file.part("Lead", wanted).map(|part| file.labels(&part.places)).map_err(|error| error.to_string())
        };
        let refused = "has no notes but those of drums (channel 10), which are no tune: choose a track by name or number of \
                       Kit (track 2)";
        assert_eq!(part("Kit", None), Err(refused.into()));
        assert_eq!(part("Kit", Some("2")), Ok("Kit (track 2)".into()));
        assert_eq!(part("Lead", None), Ok("Lead (track 2)".into()));
    }

    #[test]
    fn a_drummers_part_is_what_stands_on_channel_ten_or_is_called_drums() {
        let mut song = file(&[("Lead", 60, 12), ("Kit", 36, 12), ("drums", 38, 12), ("Bass", 40, 12)]).into_song();
        song.tracks[1].channel = Channel::new(9).expect("a channel");
        let file = MidiFile::parse(song.to_bytes()).expect("our own file");
        let part = |wanted: Option<&str>| file.drum_part(wanted).map(|part| file.labels(&part.places));
        assert_eq!(part(None), Ok("Kit (track 3), drums (track 4)".into()));
        assert_eq!(part(Some("Bass")), Ok("Bass (track 5)".into()));
        song.tracks.drain(1..3);
        let file = MidiFile::parse(song.to_bytes()).expect("our own file");
        let error = file.drum_part(None).expect_err("nobody drums").to_string();
        assert!(error.ends_with("choose a track by name or number of Lead (track 2), Bass (track 3)"), "{error}");
    }

    #[test]
    fn an_instrument_on_several_channels_of_its_track_is_one_part_and_others_are_not() {
        // A guitar: its strings in turn on the channels 1 and 2.
        let strokes = |program: u8| {
            let mut track = vec![0, 0xc0, 24, 0, 0xc1, program];
            for key in 60..76 {
                let channel = key % 2;
                track.extend([0, 0x90 | channel, key, 80, 96, 0x80 | channel, key, 64]);
            }
            track.extend(b"\0\xff\x2f\0");
            [b"MTrk", &u32::try_from(track.len()).expect("short").to_be_bytes()[..], &track].concat()
        };
        let part = |format: u8, program: u8| {
            let head = [b"MThd\0\0\0\x06\0".as_slice(), &[format, 0, 1, 0, 96]].concat();
            let file = MidiFile::parse([head, strokes(program)].concat()).expect("a good file");
            file.part("Lead", None).expect("a tune").places
        };
        assert_eq!(part(1, 24), [0, 1]);
        assert_eq!(part(1, 40).len(), 1, "another instrument");
        assert_eq!(part(0, 24).len(), 1, "a file of one track has all players in it");
    }

    #[test]
    fn tracks_of_one_name_are_one_part_and_empty_ones_give_way() {
        check(&[("Lead", 60, 0), ("Lead", 62, 12), ("Bass", 40, 12)], None, Ok("Lead (track 3)"));
        check(&[("Piano", 60, 12), ("Piano", 40, 12)], Some("piano"), Ok("Piano (track 2), Piano (track 3)"));
        check(&[("Piano", 60, 12), ("Piano", 40, 12)], Some("3"), Ok("Piano (track 3)"));
        check(&[("Lead (8vb)", 60, 12), ("Bass", 40, 12)], None, Ok("Lead (8vb) (track 2)"));
        // An empty track of the voice's name is no reason to play nothing.
        check(&[("Lead", 60, 0), ("Tune", 62, 12)], None, Ok("Tune (track 3)"));
        let two = file(&[("Piano", 60, 12), ("Piano", 40, 12)]);
        let part = two.part("Lead", Some("Piano")).expect("two tracks");
        assert_eq!(part.track.measures[0].notes().len(), 2);
        assert!(two.others(&part.places).is_empty());
    }
}
