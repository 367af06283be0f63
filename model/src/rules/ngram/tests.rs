//! What can be heard of an n-gram.

use std::sync::Arc;

use super::table::{Decision, MOST_SYMBOLS};
use super::*;
use crate::midi_file::band_song::BandSong;
use crate::midi_file::{LongNote, Song, Track};
use crate::music::band::{BandMeasure, Role, VoiceId};
use crate::music::measure::Measure;
use crate::music::meter::TimeSignature;
use crate::music::note::{Key, Note, Velocity};
use crate::music::tonality::{Mode, Tonality};
use crate::predict::energy::Energy;
use crate::predict::fallback::{Fallback, FallbackContext};
use crate::predict::predictor::{History, PredictError, PredictRequest, Predictor, Style};
use crate::random::Rng;
use crate::rules::unigram::Unigram;

/// C, A minor, F and G, four measures each round: a tune, chords on every beat and a bass.
fn loop_song(rounds: u32, up: i32) -> BandSong {
    let mut song = Song::steady(TimeSignature::FOUR_FOUR, 120.0, rounds as usize * 4).expect("a supported meter");
    let roots = [48, 45, 41, 43];
    let thirds = [4, 3, 4, 4];
    let mut parts: [Vec<LongNote>; 4] = Default::default();
    let mut note = |part: usize, start, length, key: i32| {
        let key = Key::clamped(key + up);
        parts[part].push(LongNote { start, end: start + length, key, velocity: Velocity::DEFAULT });
    };
    for measure in 0..rounds * 4 {
        let (at, place) = (measure * 16, measure as usize % 4);
        let (root, third) = (roots[place], thirds[place]);
        for beat in 0..4 {
            note(0, at + beat * 4, 4, root + 24 + [0, third, 7, third][beat as usize]);
            for tone in [0, third, 7] {
                note(2, at + beat * 4, 4, root + 12 + tone);
            }
        }
        note(1, at, 16, root + 19);
        note(3, at, 8, root - 12);
        note(3, at + 8, 8, root - 12);
    }
    for (voice, notes) in BandSpec::pop().voices.iter().zip(parts) {
        song.add_notes(Track::new(&voice.name), notes);
    }
    BandSong::new(&song, &BandSpec::pop())
}

fn trained() -> Arc<NGram> {
    Arc::new(NGram::train(&BandSpec::pop(), &[loop_song(8, 0), loop_song(8, 3), loop_song(6, -2)]))
}

/// Songs in which all but the user's voice play at random, so that nearly every context is new.
fn various(songs: usize) -> Vec<BandSong> {
    let mut rng = Rng::new(5);
    let mut small = |n| u8::try_from(rng.below(n)).expect("below 256");
    let mut vary = |_| {
        let mut song = loop_song(8, 0);
        for measure in &mut song.measures {
            for name in ["Counter", "Chords", "Bass"] {
                let notes = (0..12).map(|_| Note::new(small(16), 1, Key::clamped(i32::from(28 + small(60)))));
                measure.set(voice(name), &Measure::from_notes(16, notes));
            }
        }
        song
    };
    (0..songs).map(&mut vary).collect()
}

fn voice(name: &str) -> VoiceId {
    BandSpec::pop().voice(name).expect("a voice of the pop band")
}

/// A request for measure `target` of a song, from the user's and the band's measures up to two before it.
fn request(song: &BandSong, target: usize) -> PredictRequest {
    let mut request = PredictRequest::empty();
    for measure in &song.measures[..target - 1] {
        request.history.push(measure);
    }
    request.user = voice("Lead");
    request.voices = BandSpec::pop().all().without(request.user);
    request.steps = 16;
    request.tonality = Tonality::of(&song.chroma(song.present));
    request
}

#[test]
fn it_plays_the_loop_that_it_was_trained_on() {
    let song = loop_song(4, 0);
    let mut player = trained().player();
    for target in 6..10 {
        let mut request = request(&song, target);
        request.style.temperature = 0.0;
        let measure = player.predict(&request).expect("measures to go by");
        assert_eq!(measure.present, request.voices);
        let (bass, truth) = (measure.voice(voice("Bass")), song.measures[target].voice(voice("Bass")));
        assert_eq!(bass.notes()[0].key, truth.notes()[0].key, "measure {target}: {measure:?}");
        assert_eq!(measure.voice(voice("Chords")).notes().len(), 12, "three tones on four beats");
    }
}

#[test]
fn it_beats_the_unigram_on_music_like_its_own() {
    let (ngram, song) = (trained(), loop_song(5, 0));
    let unigram = Unigram::train(&BandSpec::pop(), &[loop_song(8, 0)]);
    let (mut with, mut without) = (0.0, 0.0);
    for target in 2..song.measures.len() {
        let mut request = request(&song, target);
        request.voices = VoiceMask::only(voice("Bass"));
        let truth = &song.measures[target];
        with += ngram.log_prob(&request, truth);
        without += unigram.log_prob(voice("Bass"), truth.voice(voice("Bass")));
    }
    assert!(with > 0.5 * without, "n-gram {with}, unigram {without}");
}

#[test]
fn nothing_is_impossible() {
    let ngram = trained();
    let song = loop_song(4, 0);
    let mut request = request(&song, 6);
    let mut strange = BandMeasure::missing(16);
    let mut rng = Rng::new(1);
    for voice in BandSpec::pop().all().iter() {
        let random = |rng: &mut Rng| {
            let number = |rng: &mut Rng, n| u8::try_from(rng.below(n)).expect("below 256");
            Note::new(number(rng, 16), 1 + number(rng, 5), Key::clamped(i32::from(number(rng, 128))))
        };
        strange.set(voice, &Measure::from_notes(16, (0..30).map(|_| random(&mut rng))));
    }
    for ahead in [1, 2] {
        (request.ahead, request.voices) = (ahead, ngram.voices());
        let log_prob = ngram.log_prob(&request, &strange);
        assert!(log_prob.is_finite() && log_prob < -100.0, "{log_prob}");
    }
}

#[test]
fn the_probabilities_of_all_measures_of_one_step_sum_to_one() {
    let (ngram, song) = (trained(), loop_song(2, 0));
    let mut request = request(&song, 6);
    let bass = voice("Bass");
    request.voices = VoiceMask::only(bass);
    let range = ngram.spec().voices[bass.index()].range;
    let held = Note { continued: true, ..Note::new(0, 1, range.low) };
    let keys = (range.low.get()..=range.high.get()).map(|key| Note::new(0, 1, Key::clamped(i32::from(key))));
    let measures = keys.chain([held]).map(|note| Measure::from_notes(1, [note])).chain([Measure::silent(1)]);
    let sum: f64 = measures
        .map(|measure| {
            let mut band = BandMeasure::missing(1);
            band.set(bass, &measure);
            ngram.log_prob(&request, &band).exp()
        })
        .sum();
    assert!((sum - 1.0).abs() < 1e-4, "{sum}");
}

#[test]
fn every_decision_s_probabilities_sum_to_one() {
    let ngram = trained();
    for features in 0..200 {
        let mut decision = Decision::new(4, 30).given(features % 7).given(features);
        decision.first = usize::try_from(features % 29).expect("small");
        let mut room = [0.0; MOST_SYMBOLS];
        let probs = ngram.table.probs(&decision, &mut room);
        assert!((probs.iter().sum::<f32>() - 1.0).abs() < 1e-4);
        assert!(probs[decision.first..].iter().all(|&p| p > 0.0));
    }
}

#[test]
fn the_same_request_gives_the_same_measure_and_another_seed_another() {
    let song = loop_song(4, 0);
    let mut request = request(&song, 7);
    let mut player = Arc::new(NGram::train(&BandSpec::pop(), various(4))).player();
    let mut play = |seed| {
        request.seed = seed;
        player.predict(&request).expect("measures to go by")
    };
    let first = play(1);
    assert!((2..20).any(|seed| play(seed) != first), "seeds make no difference");
    assert_eq!(play(1), first, "whatever was predicted between");
}

#[test]
fn transposed_music_gives_transposed_music() {
    let mut player = trained().player();
    for up in [-3, 1, 2] {
        for seed in 0..20 {
            let play = |player: &mut NGramPlayer, up| {
                let mut request = request(&loop_song(4, up), 7);
                request.tonality = Tonality { tonic: 0, mode: Mode::Major }.transposed(up);
                request.seed = seed;
                player.predict(&request).expect("measures to go by")
            };
            let (here, there) = (play(&mut player, 0), play(&mut player, up));
            // Keys at the ends of a range may move by an octave.
            assert_eq!(there.chroma(there.present), here.transposed(up).chroma(here.present), "{up}, seed {seed}");
        }
    }
}

#[test]
fn more_density_means_more_notes() {
    let song = loop_song(4, 0);
    let mut player = Arc::new(NGram::train(&BandSpec::pop(), various(4))).player();
    let mut onsets = |density| {
        let mut count = 0;
        for seed in 0..20 {
            let mut request = request(&song, 7);
            request.style.density = density;
            request.seed = seed;
            let measure = player.predict(&request).expect("measures to go by");
            count += request.voices.iter().map(|voice| measure.voice(voice).onsets().count()).sum::<usize>();
        }
        count
    };
    let (few, some, many) = (onsets(0.25), onsets(1.0), onsets(4.0));
    assert!(few < some && some < many, "{few}, {some}, {many}");
}

#[test]
fn energy_means_more_notes_and_higher_ones_but_for_the_bass() {
    let song = loop_song(4, 0);
    let spec = BandSpec::pop();
    let mut player = Arc::new(NGram::train(&spec, various(4))).player();
    let mut played = |energy| {
        let (mut count, mut sum, mut others) = (0, 0, 0);
        for seed in 0..40 {
            let mut request = request(&song, 7);
            request.style.energy = Energy::clamped(energy);
            request.seed = seed;
            let measure = player.predict(&request).expect("measures to go by");
            for voice in request.voices.iter() {
                let keys: Vec<usize> = measure.voice(voice).onsets().map(|note| usize::from(note.key.get())).collect();
                count += keys.len();
                if spec.voices[voice.index()].role != Role::Bass {
                    (sum, others) = (sum + keys.iter().sum::<usize>(), others + keys.len());
                }
            }
        }
        (count, 100 * sum / others)
    };
    let (low, high) = (played(-1.0), played(1.0));
    assert!(low.0 < high.0 && low.1 < high.1, "notes and the others' mean key in hundredths: {low:?}, {high:?}");
}

#[test]
fn it_plays_in_every_meter_from_one_measure_on_and_even_untrained() {
    let untrained = Arc::new(NGram::train(&BandSpec::pop(), Vec::<BandSong>::new()));
    for ngram in [untrained, trained()] {
        for steps in 1..=16 {
            let mut request = request(&loop_song(1, 0), 2);
            request.steps = steps;
            let measure = ngram.player().predict(&request).expect("a measure to go by");
            assert_eq!((measure.steps(), measure.present), (steps, request.voices));
            let mut out = BandMeasure::missing(steps);
            let context = FallbackContext {
                history: &request.history,
                user: request.user,
                voices: request.voices,
                tonality: request.tonality,
                style: Style::default(),
                seed: 3,
            };
            ngram.fill(&context, &mut out);
            assert_eq!(out.present, request.voices);
        }
    }
}

#[test]
fn as_a_fallback_it_plays_even_before_anything_was_heard() {
    let mut out = BandMeasure::missing(16);
    let context = FallbackContext {
        history: &History::default(),
        user: voice("Lead"),
        voices: VoiceMask::only(voice("Bass")),
        tonality: Tonality::default(),
        style: Style::default(),
        seed: 1,
    };
    trained().fill(&context, &mut out);
    assert_eq!(out.present, context.voices);
}

#[test]
fn a_request_that_cannot_be_served_is_refused() {
    let mut player = trained().player();
    let mut request = request(&loop_song(2, 0), 4);
    request.voices = request.voices.with(VoiceId::new(7).expect("a voice"));
    assert_eq!(player.predict(&request).err(), Some(PredictError::NoSuchVoice));
    assert_eq!(player.predict(&PredictRequest::empty()).err(), Some(PredictError::NothingHeard));
}

#[test]
fn bytes_bring_it_back_and_damaged_ones_are_refused() {
    let ngram = trained();
    let spec = BandSpec::pop();
    let bytes = ngram.to_bytes();
    let back = NGram::from_bytes(&spec, &bytes).expect("our own bytes");
    assert_eq!(back.table, ngram.table);
    assert!(bytes.len() <= MOST_NGRAM_BYTES);
    assert_eq!(NGram::from_bytes(&spec, b"").err(), Some(BytesError::Foreign));
    assert_eq!(NGram::from_bytes(&spec, &[0; 40]).err(), Some(BytesError::Foreign));
    for length in 12..bytes.len() {
        assert_eq!(NGram::from_bytes(&spec, &bytes[..length]).err(), Some(BytesError::WrongLength), "{length}");
    }
    // Flipped bits are refused, or play something.
    let song = loop_song(2, 0);
    for seed in 0..300 {
        let mut rng = Rng::new(seed);
        let mut bytes = bytes.clone();
        let at = rng.below(bytes.len());
        bytes[at] ^= 1 << rng.below(8);
        if let Ok(ngram) = NGram::from_bytes(&spec, &bytes) {
            let measure = Arc::new(ngram).player().predict(&request(&song, 4));
            assert!(measure.is_ok(), "seed {seed}");
        }
    }
}

#[test]
fn a_large_corpus_still_fits() {
    let songs = various(40);
    let bytes = NGram::train(&BandSpec::pop(), &songs).to_bytes();
    assert!(bytes.len() <= MOST_NGRAM_BYTES, "{} bytes", bytes.len());
    assert!(bytes.len() > MOST_NGRAM_BYTES / 2, "{} bytes: hardly anything is kept", bytes.len());
}
