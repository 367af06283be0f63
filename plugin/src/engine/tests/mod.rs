//! The engine with a fake predictor, stepped: no thread, no wall clock.

mod chord_channel;
mod drums;
mod faults;
mod keyboards;
mod live;
mod mpe;
mod own;
mod rig;
mod routing;
mod thru;
mod tours;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use model::{
    BandMeasure, BandSpec, Channel, Fallback, FallbackContext, Key, Measure, Note, PredictError, PredictRequest,
    Predictor, Velocity,
};

use super::*;
use crate::bands::{BandLibrary, LoadError, Loaded, Wanted};
use crate::midi::Message;
use crate::worker::Wish;
use rig::{Out, Rig};

/// Samples per quarter note at 120 and 48 kHz.
const QUARTER: i64 = 24_000;
const MEASURE: i64 = 4 * QUARTER;

/// What the fake predictor does.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    /// Each voice strikes a key of its own at steps 0 and 8, the second going over the bar line.
    Good,
    /// The same, with keys that tell the measure that they were made for.
    Numbered,
    /// The bass strikes C2 at steps 0 and 8, the chords C major with it.
    Triads,
    /// Panics from the second measure of history on.
    Panics,
    /// Answers with an error.
    Refuses,
    /// Answers with what nobody asked for.
    Garbage,
}

struct Fake {
    spec: BandSpec,
    manner: Manner,
}

fn key(number: u8) -> Key {
    Key::new(number).expect("a key")
}

fn channel(number: u8) -> Channel {
    Channel::new(number).expect("a channel")
}

fn fill(voices: model::VoiceMask, base: u8, out: &mut BandMeasure) {
    let steps = out.steps();
    for voice in voices.iter() {
        let low = key(base + 5 * u8::try_from(voice.index()).expect("few voices"));
        let high = key(low.get() + 2);
        let notes = [
            Note::new(0, 4, low),
            Note { continues: true, ..Note::new(8, 8, high) },
            Note { continued: true, ..Note::new(0, 2, high) },
        ];
        out.set(voice, &Measure::from_notes(steps, notes));
    }
}

impl Predictor for Fake {
    fn spec(&self) -> &BandSpec {
        &self.spec
    }

    fn predict(&mut self, request: &PredictRequest) -> Result<BandMeasure, PredictError> {
        let mut out = BandMeasure::missing(request.steps);
        match self.manner {
            Manner::Good => fill(request.voices, 40, &mut out),
            Manner::Numbered => fill(request.voices, faults::base_for(request.target.0), &mut out),
            Manner::Triads => {
                let steps = out.steps();
                let both = |number: u8| [Note::new(0, 8, key(number)), Note::new(8, 8, key(number))];
                for (voice, keys) in [(2, &[60, 64, 67][..]), (3, &[36])] {
                    let notes = keys.iter().flat_map(|&number| both(number));
                    out.set(model::VoiceId::new(voice).expect("a voice"), &Measure::from_notes(steps, notes));
                }
            }
            Manner::Panics => {
                assert!(request.history.len() < 2, "the fake panics on purpose");
                fill(request.voices, 40, &mut out);
            }
            Manner::Refuses => return Err(PredictError::NotFinite),
            Manner::Garbage => out = faults::garbage(request.history.len()),
        }
        Ok(out)
    }
}

/// Plays other keys than the fake, and counts when it is freed.
struct FakeFallback(Arc<AtomicU32>);

impl Fallback for FakeFallback {
    fn fill(&self, context: &FallbackContext<'_>, out: &mut BandMeasure) {
        fill(context.voices, 80, out);
    }
}

impl Drop for FakeFallback {
    fn drop(&mut self) {
        self.0.fetch_add(1, Relaxed);
    }
}

struct FakeLibrary {
    manner: Manner,
    freed: Arc<AtomicU32>,
}

impl BandLibrary for FakeLibrary {
    fn load(&mut self, wanted: &Wanted) -> Result<Loaded, LoadError> {
        let spec = match wanted {
            Wanted::File(_) => return Err(LoadError::NoFile),
            Wanted::Chorale => BandSpec::chorale(),
            _ => BandSpec::pop(),
        };
        let fallback = Arc::new(FakeFallback(Arc::clone(&self.freed)));
        let (fake, manner) = (spec.clone(), self.manner);
        Ok(Loaded { predictors: Box::new(move || Box::new(Fake { spec: fake.clone(), manner })), spec, fallback })
    }
}

/// Wishes what the controls wish.
struct FakeWish(Arc<AtomicU32>);

impl Wish for FakeWish {
    fn number(&self) -> u64 {
        u64::from(self.0.load(Relaxed))
    }
    fn wanted(&self) -> Wanted {
        match self.0.load(Relaxed) {
            2 => Wanted::Chorale,
            5 => Wanted::File("".into()),
            _ => Wanted::Pop,
        }
    }
}

#[test]
fn the_band_enters_in_the_third_measure() {
    let mut rig = Rig::new();
    rig.roll(4 * MEASURE, &[512]);
    let third = 2 * MEASURE;
    let half = MEASURE / 2;
    assert_eq!(
        rig.notes(),
        [
            // A note that nobody handed on is a new one.
            (third, 1, 45),
            (third, 1, 47),
            (third, 2, 50),
            (third, 2, 52),
            (third, 3, 55),
            (third, 3, 57),
            (third + half, 1, 47),
            (third + half, 2, 52),
            (third + half, 3, 57),
            // The second notes go over the bar line: they are not struck again.
            (third + MEASURE, 1, 45),
            (third + MEASURE, 2, 50),
            (third + MEASURE, 3, 55),
            (third + MEASURE + half, 1, 47),
            (third + MEASURE + half, 2, 52),
            (third + MEASURE + half, 3, 57),
        ]
    );
    let off = |at, number| rig.out.contains(&(at, Out::Said(Message::Off(channel(1), key(number)))));
    assert!(off(third + QUARTER, 45) && off(third + MEASURE + QUARTER / 2, 47));
    // The user's own notes came through at their samples.
    assert_eq!(rig.out[0], (0, Out::Passed(Message::On(channel(0), Key::MIDDLE_C, Velocity::DEFAULT))));
    assert_eq!(rig.engine.conductor.tally().missed, 0);
}

#[test]
fn with_next_the_band_enters_in_the_second_measure() {
    let mut rig = Rig::new();
    rig.set(|controls| controls.lookahead = Lookahead::Next);
    rig.roll(2 * MEASURE, &[512]);
    assert_eq!(rig.notes().first(), Some(&(MEASURE, 1, 45)));
    assert_eq!(rig.engine.conductor.tally().missed, 0);
}

#[test]
fn any_blocks_play_the_same_notes_at_the_same_samples() {
    let check = |sizes: &[u32], swing: f64, humanise: f64| {
        let mut rig = Rig::new();
        rig.set(|controls| (controls.swing, controls.humanise) = (swing, humanise));
        rig.roll(5 * MEASURE + 1, sizes);
        rig.out
    };
    for (swing, humanise) in [(0.0, 0.0), (0.7, 0.0), (0.0, 1.0)] {
        let expected = check(&[64], swing, humanise);
        for sizes in [&[1024][..], &[16_384], &[1, 4000, 77], &[47_999]] {
            assert_eq!(check(sizes, swing, humanise), expected, "{sizes:?}");
        }
    }
}

#[test]
fn humanised_notes_depend_on_the_seed_alone() {
    let play = |seed| {
        let mut rig = Rig::new();
        rig.set(|controls| (controls.humanise, controls.seed) = (1.0, seed));
        rig.roll(4 * MEASURE, &[512]);
        rig.notes()
    };
    assert_eq!(play(1), play(1));
    assert_ne!(play(1), play(2));
    assert!(play(1).iter().all(|&(at, ..)| at.rem_euclid(MEASURE / 2) < 1201), "late by a fifth of a step at most");
}

#[test]
fn every_note_on_gets_its_note_off() {
    let check = |name: &str, change: fn(&mut Rig)| {
        for at in [2 * MEASURE + 100, 2 * MEASURE + MEASURE / 2 + 5, 3 * MEASURE + 10, 3 * MEASURE + 7000] {
            let mut rig = Rig::new();
            rig.roll(at, &[512]);
            assert!(!rig.hanging().is_empty(), "something sounds");
            rig.plays = false;
            change(&mut rig);
            rig.block(64);
            let band = rig.hanging().into_iter().filter(|&(channel, _)| channel > 0).collect::<Vec<_>>();
            assert_eq!(band, [], "after {name} at {at}");
        }
    };
    check("a stop", |rig| rig.host.playing = false);
    check("a jump", |rig| {
        rig.host.samples = Some(9 * QUARTER);
        rig.host.beats = Some(9.0);
    });
    check("a reset", |rig| rig.engine.reset());
    check("an activation", |rig| rig.engine.activate(SampleRate::or_usual(44_100.0), false, Duration::ZERO));
    check("bypass", |rig| rig.set(|controls| controls.bypass = true));
    check("panic", |rig| rig.set(|controls| controls.panic = true));
    check("an unsupported meter", |rig| rig.host.time_signature = Some((5, 32)));
    check("voices switched off", |rig| rig.set(|controls| controls.voices.iter_mut().for_each(|v| v.on = false)));
}

#[test]
fn a_change_of_channel_or_octave_ends_notes_where_they_began() {
    let check = |change: fn(&mut Controls), expected: (u8, u8)| {
        let mut rig = Rig::new();
        rig.roll(2 * MEASURE + 100, &[512]);
        rig.set(change);
        rig.block(64);
        assert_eq!(rig.hanging().into_iter().filter(|&(channel, _)| channel == 1).collect::<Vec<_>>(), []);
        let before = rig.notes().len();
        rig.roll(3 * MEASURE, &[512]);
        let (_, channel, key) = rig.notes()[before];
        assert_eq!((channel, key), expected);
    };
    check(|controls| controls.channels = Channels::One(channel(9)), (9, 47));
    check(|controls| controls.voices[1].octave = -2, (1, 23));
    check(|controls| controls.voices[1].range.low = key(60), (1, 71));
}

#[test]
fn a_late_prediction_is_not_used_and_the_fallback_plays() {
    let mut rig = Rig::new();
    rig.roll(MEASURE - 512, &[512]);
    rig.works = false;
    rig.roll(2 * MEASURE + 1000, &[512]);
    // Keys of the fallback.
    assert_eq!(rig.notes().first(), Some(&(2 * MEASURE, 1, 85)));
    assert_eq!(rig.engine.conductor.tally().missed, 1);
    // Late is not wrong, only unused: the next one is in time.
    rig.works = true;
    rig.roll(4 * MEASURE, &[512]);
    assert_eq!(rig.engine.conductor.tally().missed, 1);
}

#[test]
fn a_request_that_finds_the_job_away_is_counted() {
    let mut rig = Rig::new();
    rig.roll(MEASURE - 512, &[512]);
    rig.works = false;
    rig.roll(4 * MEASURE, &[512]);
    assert_eq!(rig.engine.status.counters.dropped_requests.now(), 1);
    assert_eq!(rig.engine.conductor.tally().missed, 2);
}

#[test]
fn a_panic_is_counted_and_the_fallback_plays() {
    let mut rig = Rig::with(Manner::Panics);
    rig.roll(4 * MEASURE + 100, &[512]);
    assert!(rig.engine.status.counters.panics.now() >= 2);
    assert_eq!(rig.notes().first(), Some(&(2 * MEASURE, 1, 45)), "the first prediction came");
    assert!(rig.notes().iter().any(|&(at, _, key)| at == 3 * MEASURE && key == 85), "{:?}", rig.notes());
}

#[test]
fn another_band_takes_over_on_the_bar_line_and_the_worker_frees_the_old() {
    let mut rig = Rig::new();
    rig.roll(2 * MEASURE + 5000, &[512]);
    let freed = rig.freed.load(Relaxed);
    rig.wish.store(2, Relaxed);
    rig.roll(2 * MEASURE + 30_000, &[512]);
    assert_eq!(rig.engine.spec().name, "pop", "the old band ends its measure");
    rig.works = false;
    rig.roll(3 * MEASURE + 10, &[512]);
    assert_eq!(rig.engine.spec().name, "chorale");
    assert_eq!(rig.freed.load(Relaxed), freed, "nothing is freed on the audio thread");
    rig.worker.step();
    assert_eq!(rig.freed.load(Relaxed), freed + 1);
    rig.works = true;
    rig.roll(6 * MEASURE, &[512]);
    assert!(rig.notes().iter().any(|&(at, ..)| at == 5 * MEASURE), "the new band plays");
}

#[test]
fn a_band_that_cannot_be_loaded_leaves_the_old_one() {
    let mut rig = Rig::new();
    rig.wish.store(5, Relaxed);
    rig.roll(3 * MEASURE, &[512]);
    assert_eq!(rig.engine.spec().name, "pop");
    assert_eq!(rig.engine.status.counters.refused_bands.now(), 1, "it is tried once");
}

#[test]
fn programs_are_chosen_at_the_start_if_wanted() {
    let mut rig = Rig::new();
    rig.set(|controls| controls.programs = true);
    rig.block(64);
    let programs: Vec<_> = rig.out.iter().filter(|(_, out)| matches!(out, Out::Said(Message::Program(..)))).collect();
    assert_eq!(
        programs,
        [
            &(0, Out::Said(Message::Program(channel(1), 11))),
            &(0, Out::Said(Message::Program(channel(2), 0))),
            &(0, Out::Said(Message::Program(channel(3), 33)))
        ]
    );
}

#[test]
fn the_band_follows_the_users_loudness_as_late_as_its_notes() {
    let mut rig = Rig::new();
    rig.set(|controls| controls.follow = 1.0);
    rig.plays = false;
    rig.roll(100, &[100]);
    let stroke = |velocity| Measure::from_notes(16, [Note { velocity, ..Note::new(0, 4, key(60)) }]);
    let factor = |rig: &Rig, follow| {
        let settings = Settings { follow, ..*rig.engine.conductor.settings() };
        rig.engine.loudness.factor(&settings)
    };
    rig.engine.loudness.hear(&stroke(Velocity::MAX));
    rig.roll(MEASURE + 1, &[512]);
    assert_eq!((factor(&rig, 1.0), factor(&rig, 0.0)), (127.0 / 80.0, 1.0));
    rig.engine.loudness.hear(&stroke(Velocity::MIN));
    assert_eq!(factor(&rig, 1.0), 127.0 / 80.0, "known from the next bar line on");
}

#[test]
fn a_note_that_would_clash_yields_and_is_shown_where_it_sounds() {
    let mut rig = Rig::new();
    rig.roll(2 * MEASURE + 100, &[512]);
    let planned: Vec<_> = rig.notes();
    let mut rig = Rig::new();
    rig.set(|controls| controls.pitches = model::PitchFollow::AvoidClashes);
    rig.roll(2 * MEASURE + 100, &[512]);
    let yielding: Vec<_> = rig.notes();
    assert_eq!(planned.len(), yielding.len());
    // The player holds a middle C: nothing sounds a semitone beside it, and what did not stays where it was.
    let clashes = |key: u8| [1, 11].contains(&(key % 12));
    assert!(planned.iter().any(|&(_, _, key)| clashes(key)), "{planned:?}");
    for (plan, sounds) in planned.iter().zip(&yielding) {
        assert_eq!((plan.0, plan.1), (sounds.0, sounds.1), "at the same time on the same channel");
        assert!(!clashes(sounds.2) && (sounds.2 == plan.2 || clashes(plan.2)), "{plan:?} sounds as {sounds:?}");
    }
    let moved = planned.iter().zip(&yielding).filter(|(plan, sounds)| plan != sounds).count();
    assert_eq!(rig.engine.status.counters.yielded.now() as usize, moved);
    rig.roll(6 * MEASURE, &[512]);
    assert!(rig.hanging().iter().all(|&(_, key)| !clashes(key)));
}

/// A host's player strikes or lets go these keys.
fn hand(rig: &mut Rig, keys: &[u8], down: bool) {
    let message = |&number: &u8| match down {
        true => Message::On(channel(0), key(number), Velocity::DEFAULT),
        false => Message::Off(channel(0), key(number)),
    };
    rig.extra.extend(keys.iter().map(message));
}

#[test]
fn a_tone_that_rubs_against_the_tune_is_lifted_at_the_next_step_is_counted_and_is_shown() {
    let mut rig = Rig::with(Manner::Triads);
    rig.set(|controls| controls.pitches = model::PitchFollow::AvoidClashes);
    rig.roll(4 * MEASURE - 6000, &[512]);
    rig.plays = false;
    let (line, step) = (4 * MEASURE, QUARTER / 4);
    rig.roll(line + 100, &[512]);
    let lifted = |rig: &Rig| rig.engine.status.counters.lifted.now();
    let before = lifted(&rig);
    assert!(rig.hanging().contains(&(2, 64)), "the chord is C, E and G");
    hand(&mut rig, &[65, 61], true);
    rig.roll(line + step - 600, &[512]);
    assert!(rig.hanging().contains(&(2, 64)), "nothing is lifted before the step");
    rig.roll(line + 2 * step - 600, &[512]);
    let band: Vec<_> = rig.hanging().into_iter().filter(|place| place.0 > 1).collect();
    assert_eq!(band, [(2, 67), (3, 36)], "the G, and the bass although a C sharp is held");
    assert_eq!(lifted(&rig) - before, 2);
    let shown: Vec<(u8, u8, u8)> = {
        let now = rig.engine.pages.page().now.expect("a measure");
        let chords = now.music.voice(model::VoiceId::new(2).expect("a voice"));
        chords.notes().iter().filter(|note| note.step.0 < 8).map(|n| (n.step.0, n.length, n.key.get())).collect()
    };
    assert_eq!(shown, [(0, 1, 60), (0, 1, 64), (0, 8, 67)], "as it sounds");
    hand(&mut rig, &[65, 61], false);
    rig.roll(line + 8 * step + 600, &[512]);
    let band: Vec<_> = rig.hanging().into_iter().filter(|place| place.0 == 2).collect();
    assert_eq!(band, [(2, 60), (2, 64), (2, 67)], "the next chord is whole");
    rig.host.playing = false;
    rig.block(512);
    rig.block(512);
    assert_eq!(rig.hanging(), [], "every note has ended");
}

#[test]
fn a_wrong_bass_is_struck_again_at_the_next_step_ends_and_is_shown() {
    let mut rig = Rig::with(Manner::Triads);
    rig.set(|controls| controls.pitches = model::PitchFollow::Chords);
    rig.roll(4 * MEASURE - 6000, &[512]);
    rig.plays = false;
    rig.roll(4 * MEASURE + 100, &[512]);
    let bass = |rig: &Rig, from: i64| -> Vec<(i64, u8)> {
        rig.notes().into_iter().filter(|note| note.0 >= from && note.1 == 3).map(|note| (note.0, note.2)).collect()
    };
    let line = 4 * MEASURE;
    assert_eq!(bass(&rig, line), [(line, 36)], "nothing is held: what was planned sounds");
    let step = QUARTER / 4;
    hand(&mut rig, &[65, 69, 72], true);
    rig.roll(line + 2 * step - 1, &[512]);
    assert_eq!(bass(&rig, line), [(line, 36), (line + step, 41)], "F under an F at the next sixteenth");
    assert!(!rig.hanging().contains(&(3, 36)), "what was wrong has ended");
    let others: Vec<_> = rig.notes().into_iter().filter(|note| note.0 > line && note.1 != 3).collect();
    assert!(others.is_empty(), "the others sound on: {others:?}");
    let shown: Vec<(u8, u8, u8)> = {
        let page = rig.engine.pages.page();
        let now = page.now.expect("a measure");
        assert_eq!(now.moved[3], 1 << 1, "the roll marks it");
        now.music
            .voice(model::VoiceId::new(3).expect("a voice"))
            .notes()
            .iter()
            .map(|n| (n.step.0, n.length, n.key.get()))
            .collect()
    };
    assert_eq!(shown, [(0, 1, 36), (1, 7, 41), (8, 8, 36)]);
    // What begins later keeps its function at once; when the hand is lifted, the plan is played from the next half on.
    rig.roll(line + 12 * step + 1, &[512]);
    assert_eq!(bass(&rig, line)[2..], [(line + 8 * step, 41)]);
    hand(&mut rig, &[65, 69, 72], false);
    rig.roll(line + MEASURE + 1, &[512]);
    assert_eq!(bass(&rig, line)[3..], [(line + MEASURE, 36)]);
    // Whoever follows no chords any more is left alone from the very next step on.
    hand(&mut rig, &[65, 69, 72], true);
    rig.set(|controls| controls.pitches = model::PitchFollow::Off);
    rig.roll(line + MEASURE + 4 * step, &[512]);
    assert_eq!(bass(&rig, line)[4..], []);
    rig.host.playing = false;
    hand(&mut rig, &[65, 69, 72], false);
    rig.block(512);
    rig.block(512);
    assert_eq!(rig.hanging(), [], "every note has ended");
}

#[test]
fn in_blocks_of_any_size_the_players_chords_are_kept_to_alike() {
    let check = |sizes: &[u32], swing: f64| {
        let mut rig = Rig::with(Manner::Triads);
        rig.set(|controls| (controls.pitches, controls.swing) = (model::PitchFollow::Chords, swing));
        rig.roll(2 * MEASURE - 6000, sizes);
        rig.plays = false;
        for (at, chord) in [(2, [65, 69, 72]), (3, [67, 71, 74]), (4, [60, 64, 67]), (5, [63, 67, 70])] {
            rig.roll(at * MEASURE + 7001, sizes);
            hand(&mut rig, &chord, true);
            rig.roll(at * MEASURE + 70_001, sizes);
            hand(&mut rig, &chord, false);
        }
        rig.roll(7 * MEASURE, sizes);
        assert!(rig.engine.status.counters.yielded.now() > 8);
        rig.out
    };
    for swing in [0.0, 1.0] {
        let expected = check(&[64], swing);
        for sizes in [&[1024][..], &[16_384], &[1, 4000, 77]] {
            assert_eq!(check(sizes, swing), expected, "{sizes:?}");
        }
    }
}
