//! What a musician may rely on when an RMVAE plays, tried with the bands that ship.

use model::predict::predictor::{PredictError, PredictRequest, Predictor};
use model::systems::band_file::Band;
use model::{BandMeasure, Energy, Key, Measure, Note, Tonality, VoiceId, VoiceMask};

fn band(name: &str) -> Band {
    Band::read(Band::embedded(name).expect("an embedded band")).expect("an intact band")
}

fn voice(index: usize) -> VoiceId {
    VoiceId::new(index).expect("a voice")
}

/// Measure `index` of a made-up song over C – A minor – F – G: every voice of the band keeps to the chord.
fn song(band: &Band, index: usize) -> BandMeasure {
    let chord = [[0, 4, 7], [9, 0, 4], [5, 9, 0], [7, 11, 2]][index % 4];
    let mut measure = BandMeasure::missing(16);
    for (number, player) in band.spec().voices.iter().enumerate() {
        let middle = (i32::from(player.range.low.get()) + i32::from(player.range.high.get())) / 24 * 12;
        let note = |step: u8, length, tone: usize| {
            let key = player.range.folded(Key::clamped(middle + chord[tone % 3]));
            Note::new(step, length, key)
        };
        let notes: Vec<Note> = match number {
            0 => (0u8..4).map(|beat| note(4 * beat, 3, usize::from(beat) + index)).collect(),
            2 => (0..3).map(|tone| note(0, 8, tone)).collect(),
            _ => vec![note(0, 8, 0), note(8, 8, 2)],
        };
        measure.set(voice(number), &Measure::from_notes(16, notes));
    }
    measure
}

/// What the conductor asks for when the user, who plays the first voice, has closed so many measures.
fn request(band: &Band, measures: usize, seed: u64) -> PredictRequest {
    let user = voice(0);
    let mut request = PredictRequest::empty();
    for index in 0..measures {
        request.history.push(&song(band, index));
    }
    let mut planned = song(band, measures);
    planned.clear(user);
    request.planned = Some(planned);
    request.user = user;
    request.voices = band.spec().all().without(user);
    request.seed = seed;
    request
}

fn predict(predictor: &mut dyn Predictor, request: &PredictRequest) -> BandMeasure {
    predictor.predict(request).expect("a prediction")
}

/// How many notes start in these voices.
fn onsets(measure: &BandMeasure) -> usize {
    measure.present.iter().map(|voice| measure.voice(voice).onsets().count()).sum()
}

#[test]
fn the_same_request_gives_the_same_notes_whatever_was_asked_before() {
    for name in ["pop", "chorale"] {
        let band = band(name);
        let mut old = band.predictor();
        for (index, measures) in [1, 2, 3, 9, 8, 17, 3].into_iter().enumerate() {
            let request = request(&band, measures, index as u64);
            let expected = predict(&mut *band.predictor(), &request);
            assert!(onsets(&expected) > 0, "{name} after {measures} measures plays nothing");
            assert_eq!(predict(&mut *old, &request), expected, "{name} after {measures} measures");
            assert_eq!(predict(&mut *old, &request), expected, "{name} asked twice");
        }
    }
}

#[test]
fn another_seed_gives_other_notes_unless_the_temperature_is_zero() {
    let band = band("pop");
    let mut predictor = band.predictor();
    let mut play = |temperature: f32, seed: u64| {
        let mut request = request(&band, 8, seed);
        request.style.temperature = temperature;
        predict(&mut *predictor, &request)
    };
    assert!((1..6).any(|seed| play(1.0, seed) != play(1.0, 0)), "six seeds, one measure");
    assert!(onsets(&play(0.0, 0)) > 0, "silence would be the same for every seed");
    for seed in 1..4 {
        assert_eq!(play(0.0, seed), play(0.0, 0), "temperature 0 leaves nothing to chance");
    }
}

#[test]
fn just_the_voices_asked_for_are_present() {
    let band = band("pop");
    let mut predictor = band.predictor();
    let all = band.spec().all();
    for bits in 1..16_usize {
        let mut request = request(&band, 4, 1);
        request.voices = all.iter().filter(|voice| bits & (1 << voice.index()) != 0).collect();
        assert_eq!(predict(&mut *predictor, &request).present, request.voices);
    }
}

#[test]
fn the_band_plays_from_the_first_measure_on_and_from_one_voice_alone() {
    for name in ["pop", "chorale"] {
        let band = band(name);
        let mut request = request(&band, 0, 1);
        request.planned = None;
        let mut predictor = band.predictor();
        assert_eq!(predictor.predict(&request).err(), Some(PredictError::NothingHeard));
        let mut first = song(&band, 0);
        for voice in request.voices.iter() {
            first.clear(voice);
        }
        request.history.push(&first);
        assert_eq!(predict(&mut *predictor, &request).present, request.voices);
        // A measure of rest, and one in which nothing was heard at all.
        request.history.push(&BandMeasure::missing(16));
        assert_eq!(predict(&mut *predictor, &request).present, request.voices);
    }
}

#[test]
fn a_voice_that_the_band_lacks_is_refused() {
    let band = band("pop");
    let mut request = request(&band, 2, 1);
    request.voices = VoiceMask::only(voice(6));
    assert_eq!(band.predictor().predict(&request).err(), Some(PredictError::NoSuchVoice));
    request.voices = band.spec().all();
    request.user = voice(7);
    assert_eq!(band.predictor().predict(&request).err(), Some(PredictError::NoSuchVoice));
}

#[test]
fn both_lookaheads_and_every_length_of_measure_are_played() {
    let band = band("pop");
    let mut predictor = band.predictor();
    let mut notes = 0;
    for steps in [1, 2, 6, 8, 12, 14, 16] {
        for ahead in [1, 2] {
            let mut request = request(&band, 5, 1);
            (request.steps, request.ahead) = (steps, ahead);
            request.planned = request.planned.filter(|_| ahead == 2);
            let measure = predict(&mut *predictor, &request);
            assert_eq!(measure.steps(), steps);
            for voice in measure.present.iter() {
                let ends = measure.voice(voice).notes().iter().map(|note| note.end()).max();
                assert!(ends.unwrap_or(0) <= steps);
            }
            notes += onsets(&measure);
        }
    }
    assert!(notes > 20, "{notes} notes in 14 measures");
}

#[test]
fn density_makes_more_or_fewer_notes() {
    let band = band("pop");
    let mut predictor = band.predictor();
    let mut count = |density: f32| -> usize {
        let mut notes = 0;
        for seed in 0..6 {
            let mut request = request(&band, 8, seed);
            request.style.density = density;
            notes += onsets(&predict(&mut *predictor, &request));
        }
        notes
    };
    let counts = [0.25, 1.0, 4.0].map(&mut count);
    assert!(counts[0] < counts[1] && counts[1] < counts[2], "{counts:?}");
}

#[test]
fn energy_means_more_notes_and_higher_ones_but_for_the_bass() {
    let band = band("pop");
    let bass = band.spec().voice("Bass").expect("a bass");
    let mut predictor = band.predictor();
    let mut played = |energy: f32| {
        let (mut count, mut sum, mut others) = (0, 0, 0);
        // One measure rises little; a band that plays on rises with what it has played.
        for seed in 0..24 {
            let mut request = request(&band, 8, seed);
            request.style.energy = Energy::clamped(energy);
            let measure = predict(&mut *predictor, &request);
            count += onsets(&measure);
            for voice in measure.present.iter().filter(|&voice| voice != bass) {
                sum += measure.voice(voice).onsets().map(|note| usize::from(note.key.get())).sum::<usize>();
                others += measure.voice(voice).onsets().count();
            }
        }
        (count, 100 * sum / others.max(1))
    };
    let [low, high] = [-1.0, 1.0].map(&mut played);
    assert!(low.0 < high.0 && low.1 < high.1, "notes, and their mean key in hundredths: {low:?}, {high:?}");
}

/// To C major it is at most six semitones; so within five the very same measures reach the net.
#[test]
fn a_song_in_another_key_is_answered_in_that_key() {
    for name in ["pop", "chorale"] {
        let band = band(name);
        let mut predictor = band.predictor();
        let home = request(&band, 8, 3);
        let expected = predict(&mut *predictor, &home);
        assert!(onsets(&expected) > 0, "the test is of notes");
        for semitones in (-5..=5).filter(|&semitones| semitones != 0) {
            let mut moved = home.clone();
            moved.history.clear();
            for measure in home.history.iter() {
                moved.history.push(&measure.transposed(semitones));
            }
            moved.planned = home.planned.map(|measure| measure.transposed(semitones));
            moved.tonality = Tonality::default().transposed(semitones);
            assert_eq!(predict(&mut *predictor, &moved), expected.transposed(semitones), "{semitones} semitones");
        }
    }
}

/// The share of the bass's sounding steps that lie in the chord of F.
fn in_f(measure: &BandMeasure) -> f32 {
    let chroma = measure.voice(voice(3)).chroma();
    (chroma[5] + chroma[9] + chroma[0]) / chroma.iter().sum::<f32>().max(1.0)
}

/// Whoever plays to a chord that is given plays more of its tones than whoever has not heard it.
#[test]
fn given_voices_are_heard_and_stand() {
    let band = band("chorale");
    let mut given = BandMeasure::missing(16);
    for (index, key) in [(0, 77), (1, 69), (2, 60)] {
        given.set(voice(index), &Measure::from_notes(16, [Note::new(0, 16, Key::clamped(key))]));
    }
    let bass = VoiceMask::only(voice(3));
    let mut players = [
        band.predictor(),
        band.ngram().map(|ngram| Box::new(ngram.player()) as Box<dyn Predictor>).expect("an n-gram"),
    ];
    for (player, predictor) in ["the net", "the n-gram"].iter().zip(&mut players) {
        assert!(predictor.obeys_given(), "{player}");
        let (mut with, mut without) = (0.0, 0.0);
        for seed in 0..20 {
            let request = PredictRequest {
                ahead: 1,
                voices: bass,
                given: Some(given),
                planned: None,
                tonality: Tonality::default(),
                ..request(&band, 6, seed)
            };
            let played = predict(&mut **predictor, &request);
            assert_eq!(played.present, bass, "{player}: what is given is not played again");
            with += in_f(&played) / 20.0;
            without += in_f(&predict(&mut **predictor, &PredictRequest { given: None, ..request })) / 20.0;
        }
        assert!(with > without + 0.1, "{player}: {with} of the bass is in the chord, {without} without it");
    }
}
