//! A band accompanies one track of a song, without a host: the conductor hears the measures of
//! the song one after another, and every prediction is there in time.
//!
//! What is played is what the plugin plays in a host that plays the song. So the conductor is told
//! of a change of meter when a host would tell of it: on the bar line where the new meter begins,
//! and not while the measure there is predicted.

use std::sync::Arc;

use crate::midi_file::{Song, Track};
use crate::music::band::{BandMeasure, BandSpec, VoiceId};
use crate::music::chart::BarPlace;
use crate::music::drums::Drum;
use crate::music::measure::Measure;
use crate::music::meter::TimeSignature;
use crate::music::note::Velocity;
use crate::play::conductor::{Conductor, Loudness, Settings, Tally};
use crate::play::yielding::Yielding;
use crate::predict::fallback::Fallback;
use crate::predict::predictor::{PredictRequest, Prediction, Predictor};

/// What a band played to a song.
#[derive(Clone, Debug)]
pub struct Accompaniment {
    /// The user's track and one track per band voice, in the song's tempo and meter. The user's track keeps its name,
    /// unless a voice of the band has that name: then it takes the name of the voice that the user plays. Where it has a
    /// performance, this is written, not what the band heard of it on the steps. What the band
    /// plays in the user's voice, where the interplay lends it, stands in a track "… (band)".
    pub song: Song,
    /// Where the measures came from.
    pub tally: Tally,
    /// How often the predictor failed; a fallback played then, and the tally counts it as missed.
    pub failed: u32,
    /// How many notes yielded to what the user held as they began.
    pub moved: u32,
    /// How many ended early, since they rubbed against what the user held.
    pub lifted: u32,
}

/// Plays a track to a band from the first measure of the song to the last. `at_measure` is told
/// before each measure how many are done.
///
/// # Panics
/// Never, if `predictor` plays the band `spec`.
pub fn accompany(
    song: &Song,
    track: &Track,
    (spec, settings): (&BandSpec, Settings),
    predictor: &mut dyn Predictor,
    fallback: Arc<dyn Fallback>,
    mut at_measure: impl FnMut(usize),
) -> Accompaniment {
    let mut conductor = Conductor::new(spec, fallback, settings);
    let mut request = Box::new(PredictRequest::empty());
    let mut played: Vec<BandMeasure> = Vec::with_capacity(song.len());
    let mut failed = 0;
    let mut answer = |conductor: &mut Conductor, place: BarPlace| {
        if conductor.take_request(&mut request) {
            request.place = Some(place);
            match predictor.predict(&request) {
                Ok(measure) => {
                    conductor.accept(&Prediction {
                        epoch: request.epoch,
                        target: request.target,
                        measure,
                        drums: None,
                    });
                }
                Err(_) => failed += 1,
            }
        }
    };
    let (mut loudness, mut yielding) = (Loudness::default(), Yielding::of(spec));
    conductor.start();
    for (at, (user, span)) in track.measures.iter().zip(song.spans()).enumerate() {
        at_measure(at);
        if !song.is_played(at) {
            // No band knows this meter: the user's notes pass, and the band is silent until the next.
            conductor.jump(0, &Measure::silent(span.steps));
            yielding.clear();
            played.push(BandMeasure::missing(span.steps));
            continue;
        }
        let (steps, next_steps, next) = foreseen(song, at);
        conductor.begin_measure(steps, next_steps);
        let planned = as_loud(conductor.playing(), loudness.begin(conductor.settings()));
        let mut measure = yielding.play(&planned, user, conductor.settings().pitches);
        answer(&mut conductor, next);
        if span.steps < steps {
            // The next meter begins before this measure is over: to a host, a jump.
            measure = cut_off(&measure, span.steps);
            yielding.clear();
            conductor.jump(span.steps, user);
        } else {
            conductor.last_step(user);
            loudness.last_step(user, conductor.settings());
            answer(&mut conductor, next);
            conductor.close_measure(user);
        }
        loudness.hear(user);
        played.push(measure);
    }
    let song = score(song, track, spec, conductor.settings(), &played);
    Accompaniment { song, tally: *conductor.tally(), failed, moved: yielding.moved(), lifted: yielding.lifts() }
}

/// How many steps the measure at `at` has by the meter that it began in; and how many the one after
/// it, and where it lies in its bar, if that meter lasts: what a host lets one know when the measure begins.
fn foreseen(song: &Song, at: usize) -> (u8, u8, BarPlace) {
    let span = song.spans()[at];
    let change = song.meters().iter().rfind(|change| change.measure <= at);
    let meter = change.map_or(TimeSignature::FOUR_FOUR, |change| change.meter);
    let part = |number: usize| meter.parts().and_then(|mut parts| parts.nth(number));
    let place = usize::from(span.part);
    let steps = part(place).unwrap_or(span.steps);
    let here = song.place(at);
    match part(place + 1) {
        Some(next) => (steps, next, BarPlace::new(here.bar, here.from + u16::from(steps), meter)),
        None => (steps, part(0).unwrap_or(steps), BarPlace::new(here.bar + 1, 0, meter)),
    }
}

/// The same music, each velocity changed by a factor.
fn as_loud(music: &BandMeasure, factor: f32) -> BandMeasure {
    let mut out = *music;
    for voice in music.present.iter() {
        out.voice_mut(voice).for_each_mut(|note| {
            note.velocity = Velocity::clamped(f32::from(note.velocity.get()) * factor);
        });
    }
    out
}

/// The first steps of a measure, at whose end everything ends.
fn cut_off(music: &BandMeasure, steps: u8) -> BandMeasure {
    let mut out = BandMeasure::missing(steps);
    for voice in music.present.iter() {
        let mut part = music.voice(voice).resized(steps);
        part.for_each_mut(|note| note.continues = false);
        out.set(voice, &part);
    }
    out
}

/// The user's track, and the band's.
fn score(song: &Song, user: &Track, spec: &BandSpec, settings: &Settings, played: &[BandMeasure]) -> Song {
    let mut out = song.without_tracks();
    if settings.user_drums {
        out.tracks.push(drums_of(user, spec));
    }
    for (index, voice) in spec.voices.iter().enumerate() {
        let Some(id) = VoiceId::new(index) else { continue };
        let mut track = Track::new(&voice.name);
        track.channel = voice.channel;
        track.program = voice.program;
        if Some(id) == settings.users_voice() {
            let taken = spec.voices.iter().any(|voice| voice.name.eq_ignore_ascii_case(&user.name));
            if !taken {
                track.name.clone_from(&user.name);
                track.bytes.clone_from(&user.bytes);
            }
            track.measures.clone_from(&user.measures);
            if settings.band().has(id) {
                let mut lent = Track { name: format!("{} (band)", voice.name), ..track.clone() };
                lent.measures = played.iter().map(|measure| *measure.voice(id)).collect();
                out.tracks.push(lent);
            }
            track.performance.clone_from(&user.performance);
            out.tracks.insert(0, track);
        } else if settings.band().has(id) {
            track.measures = played.iter().map(|measure| *measure.voice(id)).collect();
            out.tracks.push(track);
        }
    }
    out
}

/// The track of a user who drums: all that they strike, on the channel of drums.
fn drums_of(user: &Track, spec: &BandSpec) -> Track {
    let taken = spec.voices.iter().any(|voice| voice.name.eq_ignore_ascii_case(&user.name));
    let (name, bytes) = if taken { ("Drums".into(), None) } else { (user.name.clone(), user.bytes.clone()) };
    Track { name, bytes, channel: Drum::channel(), ..user.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::meter::TimeSignature;
    use crate::music::note::{Key, Note};
    use crate::play::conductor::Lookahead;
    use crate::predict::energy::Energy;
    use crate::predict::predictor::PredictError;
    use crate::rules::loop_rule::LoopRule;

    fn tune(name: &str, key: i32, measures: usize) -> Track {
        let mut track = Track::new(name);
        let measure =
            Measure::from_notes(12, [Note::new(0, 4, Key::clamped(key)), Note::new(8, 4, Key::clamped(key + 4))]);
        track.measures = vec![measure; measures];
        track
    }

    fn song(tracks: Vec<Track>) -> Song {
        let waltz = TimeSignature::new(3, 4).expect("a time signature");
        let mut song = Song::steady(waltz, 90.0, 10).expect("supported");
        song.tracks = tracks;
        song
    }

    fn play(song: &Song, track: &Track, lookahead: Lookahead, predictor: &mut dyn Predictor) -> Accompaniment {
        let spec = BandSpec::pop();
        let settings = Settings { lookahead, ..Settings::new(&spec, spec.voice("Lead").expect("a lead")) };
        accompany(song, track, (&spec, settings), predictor, Arc::new(LoopRule::new(spec.clone())), |_| {})
    }

    #[test]
    fn the_band_plays_to_the_end_in_tracks_of_its_own() {
        let song = song(vec![tune("Lead", 60, 10), tune("Chords", 40, 10)]);
        for (lookahead, first) in [(Lookahead::SecondNext, 2), (Lookahead::Next, 1)] {
            let played = play(&song, &song.tracks[0], lookahead, &mut LoopRule::new(BandSpec::pop()));
            let names: Vec<&str> = played.song.tracks.iter().map(|track| track.name.as_str()).collect();
            assert_eq!(names, ["Lead", "Counter", "Chords", "Bass"]);
            assert_eq!(played.song.tracks[0].measures, song.tracks[0].measures);
            assert_eq!((played.song.spans(), played.song.meters()), (song.spans(), song.meters()));
            let bass = &played.song.tracks[3].measures;
            assert_eq!(bass.len(), 10);
            let sounds: Vec<bool> = bass.iter().map(|measure| !measure.is_silent()).collect();
            assert!(sounds[..first].iter().all(|&sounds| !sounds) && sounds[first..].iter().all(|&sounds| sounds));
            assert_eq!(bass[9].notes()[0].key.pitch_class(), 0, "the user plays C and E");
            assert_eq!(usize::try_from(played.tally.predicted), Ok(10 - first));
            assert_eq!((played.tally.fallbacks(), played.failed), (0, 0));
        }
    }

    #[test]
    fn energy_plays_the_same_plan_louder_where_a_rule_draws_nothing() {
        let song = song(vec![tune("Lead", 60, 10)]);
        let spec = BandSpec::pop();
        let play = |energy: f32| {
            let mut settings = Settings::new(&spec, spec.voice("Lead").expect("a lead"));
            settings.style.energy = Energy::clamped(energy);
            let (mut rule, fallback) = (LoopRule::new(spec.clone()), Arc::new(LoopRule::new(spec.clone())));
            let played = accompany(&song, &song.tracks[0], (&spec, settings), &mut rule, fallback, |_| {}).song;
            let notes: Vec<Note> = played.tracks[1..]
                .iter()
                .flat_map(|track| &track.measures)
                .flat_map(|measure| measure.notes().to_vec())
                .collect();
            notes
        };
        let [soft, usual, loud] = [-1.0, 0.0, 1.0].map(play);
        assert!(!usual.is_empty());
        for ((soft, usual), loud) in soft.iter().zip(&usual).zip(&loud) {
            assert_eq!((soft.step, soft.key), (loud.step, loud.key));
            assert!(soft.velocity < usual.velocity && usual.velocity < loud.velocity);
        }
    }

    #[test]
    fn an_answer_in_the_users_voice_has_a_track_of_its_own() {
        let song = song(vec![tune("Lead", 60, 10)]);
        let spec = BandSpec::chorale();
        let settings = Settings {
            interplay: crate::play::conductor::Interplay::Trade,
            turn: 2,
            ..Settings::new(&spec, spec.voice("Soprano").expect("a voice"))
        };
        let (mut rule, fallback) = (LoopRule::new(spec.clone()), Arc::new(LoopRule::new(spec.clone())));
        let played = accompany(&song, &song.tracks[0], (&spec, settings), &mut rule, fallback, |_| {});
        let names: Vec<&str> = played.song.tracks.iter().map(|track| track.name.as_str()).collect();
        assert_eq!(names, ["Lead", "Soprano (band)", "Alto", "Tenor", "Bass"]);
        let sounds = played.song.tracks[1].measures.iter().map(|measure| !measure.is_silent());
        assert_eq!(sounds.collect::<Vec<_>>(), [0, 0, 1, 1, 0, 0, 1, 1, 0, 0].map(|sounds| sounds == 1));
    }

    #[test]
    fn to_a_user_who_drums_the_band_plays_every_voice_and_the_hits_stay_as_they_are() {
        let hits = |keys: [i32; 4]| {
            Measure::from_notes(
                12,
                keys.into_iter().zip([0, 3, 6, 9]).map(|(key, at)| Note::new(at, 1, Key::clamped(key))),
            )
        };
        // A kick, a cowbell, a shaker and a snare.
        let mut track = Track::new("Lead");
        track.measures = vec![hits([36, 56, 82, 38]); 10];
        let song = song(vec![track]);
        let spec = BandSpec::pop();
        let settings = Settings { user_drums: true, ..Settings::new(&spec, VoiceId::FIRST) };
        let (mut rule, fallback) = (LoopRule::new(spec.clone()), Arc::new(LoopRule::new(spec.clone())));
        let played = accompany(&song, &song.tracks[0], (&spec, settings), &mut rule, fallback, |_| {}).song;
        let names: Vec<(&str, u8)> =
            played.tracks.iter().map(|track| (track.name.as_str(), track.channel.get())).collect();
        assert_eq!(names, [("Drums", 9), ("Lead", 0), ("Counter", 1), ("Chords", 2), ("Bass", 3)]);
        assert_eq!(played.tracks[0].measures, song.tracks[0].measures);
        let sounds = |track: &Track| track.measures.iter().map(|measure| !measure.is_silent()).collect::<Vec<_>>();
        let from_the_third = [0, 0, 1, 1, 1, 1, 1, 1, 1, 1].map(|sounds| sounds == 1);
        assert!(played.tracks[3..].iter().all(|track| sounds(track) == from_the_third), "chords and bass");
    }

    #[test]
    fn the_users_track_keeps_its_name_unless_a_voice_of_the_band_has_it() {
        let song = song(vec![tune("MELODY", 60, 10), tune("Chords", 70, 10)]);
        for (track, expected) in [(0, "MELODY"), (1, "Lead")] {
            let played = play(&song, &song.tracks[track], Lookahead::SecondNext, &mut LoopRule::new(BandSpec::pop()));
            assert_eq!(played.song.tracks[0].name, expected);
        }
        // In another alphabet's bytes too, which are written back as they were.
        let bytes = b"\x83\x81\x83\x8d\x83f\x83B";
        let mut strange = song.clone();
        strange.tracks[0].bytes = Some(bytes.as_slice().into());
        strange.tracks[0].name = "\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}f\u{fffd}B".into();
        let played =
            play(&strange, &strange.tracks[0], Lookahead::SecondNext, &mut LoopRule::new(BandSpec::pop())).song;
        assert!(played.to_bytes().windows(bytes.len()).any(|window| window == bytes));
    }

    #[test]
    fn a_predictor_that_fails_leaves_the_music_to_the_fallback() {
        struct Broken(BandSpec);
        impl Predictor for Broken {
            fn spec(&self) -> &BandSpec {
                &self.0
            }
            fn predict(&mut self, _: &PredictRequest) -> Result<BandMeasure, PredictError> {
                Err(PredictError::NotFinite)
            }
        }
        let song = song(vec![tune("Lead", 60, 10)]);
        let played = play(&song, &song.tracks[0], Lookahead::SecondNext, &mut Broken(BandSpec::pop()));
        assert_eq!((played.failed, played.tally.missed, played.tally.predicted), (9, 8, 0));
        assert!(!played.song.tracks[3].measures[9].is_silent());
    }

    #[test]
    fn a_bar_of_a_meter_that_no_band_knows_passes_and_the_song_goes_on() {
        // Four measures of 4/4, a bar of 5/32, and six of 4/4, in quarter notes of 480 ticks; two notes lie in the bar.
        let meter = |delta: &[u8], numerator, power| [delta, &[0xff, 0x58, 4, numerator, power, 24, 8]].concat();
        let conductor =
            [meter(&[0], 4, 2), meter(&[0xbc, 0], 5, 5), meter(&[0x82, 0x2c], 4, 2), vec![0, 0xff, 0x2f, 0]].concat();
        let mut tune = b"\0\xff\x03\x04Lead".to_vec();
        for _ in 0..16 {
            tune.extend(b"\0\x90\x3c\x50\x83\x60\x80\x3c\x40");
        }
        tune.extend(b"\0\x90\x3e\x50\x64\x80\x3e\x40\0\x90\x40\x50\x81\x48\x80\x40\x40");
        for _ in 0..24 {
            tune.extend(b"\0\x90\x3c\x50\x83\x60\x80\x3c\x40");
        }
        tune.extend(b"\0\xff\x2f\0");
        let mut bytes = b"MThd\0\0\0\x06\0\x01\0\x02\x01\xe0".to_vec();
        for track in [&conductor, &tune] {
            bytes.extend(b"MTrk");
            bytes.extend(u32::try_from(track.len()).expect("short").to_be_bytes());
            bytes.extend(track);
        }
        let file = crate::midi_file::MidiFile::parse(bytes).expect("a good file");
        let song = file.song();
        let part = file.part("Lead", None).expect("a lead");
        let user = Track { performance: Some(file.performance(&part.places)), ..part.track };
        let played = play(song, &user, Lookahead::SecondNext, &mut LoopRule::new(BandSpec::pop()));
        let bass = &played.song.tracks[3].measures;
        let sounds: Vec<bool> = bass.iter().map(|measure| !measure.is_silent()).collect();
        assert_eq!(sounds.len(), 11);
        assert!(sounds[2] && sounds[3] && !sounds[4], "the band rests in the odd bar: {sounds:?}");
        assert!(sounds[6..].iter().all(|&sounds| sounds), "and goes on after it: {sounds:?}");
        let written = crate::midi_file::MidiFile::parse(played.song.to_bytes()).expect("our own file");
        assert_eq!(written.performance(&[0]).notes, file.performance(&part.places).notes, "the user's notes pass");
        assert_eq!((written.song().spans(), written.song().tick(67)), (song.spans(), song.tick(67)));
    }
}
