//! A model of melodies plays one voice of a band.

use std::sync::Arc;
use std::time::Instant;

use burn::tensor::Device;
use model::music::band::VoiceMask;
use model::music::measure::MonoStep;
use model::systems::melody::{Chances, Learner, Melody, MelodyModel, Reader, Soloist};
use model::systems::melody_lstm::MelodyLstmConfig;
use model::systems::melody_ngram::MelodyNgramConfig;
use model::systems::melody_rnn::{MelodyRnnConfig, MelodyRnnForm};
use model::systems::plain_rnn::PlainRnnConfig;
use model::systems::system::{Parts, System};
use model::{
    BandMeasure, BandSpec, Energy, Figures, Key, KeyRange, LoopRule, Measure, MeasureIndex, Note, PredictError,
    PredictRequest, Predictor, Style, VoiceId,
};

use crate::nets::wild;

/// Plays again what was heard two measures ago: whatever it plays says what it heard.
#[derive(Clone, Copy, Debug)]
struct Echo {
    keyed: bool,
}

#[derive(Clone)]
struct Heard {
    bar: usize,
    events: Vec<MonoStep>,
}

impl MelodyModel for Echo {
    fn parts(&self) -> Parts {
        Parts::default()
    }
    fn range(&self) -> KeyRange {
        KeyRange { low: Key::clamped(48), high: Key::clamped(83) }
    }
    fn keyed(&self) -> bool {
        self.keyed
    }
    fn reader(&self, bar: usize, _: usize) -> Box<dyn Reader + '_> {
        Box::new(Heard { bar, events: Vec::new() })
    }
}

impl Reader for Heard {
    fn hear(&mut self, event: MonoStep) {
        if let MonoStep::Note(key) = event {
            assert!((48..=83).contains(&key.get()), "the model knows no key {key:?}");
        }
        self.events.push(event);
    }
    fn chances(&self) -> Chances {
        let ago = self.events.len().checked_sub(2 * self.bar);
        let mut chances = Chances::NONE;
        chances.add(ago.map_or(MonoStep::Continue, |at| self.events[at]), 1.0);
        chances
    }
    fn fork<'a>(&self) -> Box<dyn Reader + 'a>
    where
        Self: 'a,
    {
        Box::new(self.clone())
    }
}

fn player(model: impl MelodyModel + 'static, learnt: &str) -> Box<dyn Predictor> {
    let spec = BandSpec::chorale();
    let voice = spec.voice(learnt).expect("a voice");
    let soloist = Soloist::new(spec.clone(), voice, Box::new(model)).expect("the band has the voice");
    Arc::new(soloist).predictor(Arc::new(LoopRule::new(spec)))
}

fn voice(name: &str) -> VoiceId {
    BandSpec::chorale().voice(name).expect("a voice of the choir")
}

fn line(steps: u8, keys: &[i32]) -> Measure {
    let notes = (0u8..).step_by(4).zip(keys).map(|(step, &key)| Note::new(step, 4, Key::clamped(key)));
    Measure::from_notes(steps, notes)
}

fn keys(measure: &Measure) -> Vec<u8> {
    measure.onsets().map(|note| note.key.get()).collect()
}

/// A request for measure 2 after these measures, each of what was heard by name.
fn request(user: &str, wanted: &[&str], heard: &[&[(&str, [i32; 4])]]) -> PredictRequest {
    let mut request = PredictRequest::empty();
    for measure in heard {
        let mut band = BandMeasure::missing(16);
        measure.iter().for_each(|(name, keys)| band.set(voice(name), &line(16, keys)));
        request.history.push(&band);
    }
    request.user = voice(user);
    request.voices = wanted.iter().map(|name| voice(name)).collect();
    request.target = MeasureIndex(u32::try_from(heard.len()).unwrap_or(0) + 1);
    request
}

const TUNE: [i32; 4] = [72, 74, 76, 77];
const ANSWER: [i32; 4] = [65, 64, 62, 60];

#[test]
fn at_the_start_it_answers_the_users_phrase_in_its_own_octave() {
    // The newest measure is the first; between lies one that nobody planned, of which the echo knows nothing.
    let mut request = request("Soprano", &["Alto"], &[&[("Soprano", TUNE)], &[("Soprano", ANSWER)]]);
    request.ahead = 1;
    let found = player(Echo { keyed: true }, "Soprano").predict(&request).expect("a prediction");
    assert_eq!(found.present, VoiceMask::only(voice("Alto")));
    assert_eq!(keys(found.voice(voice("Alto"))), [60, 62, 64, 65], "an alto sings an octave lower");
}

#[test]
fn it_goes_on_with_its_own_line() {
    let heard: [&[(&str, [i32; 4])]; 2] =
        [&[("Soprano", TUNE), ("Alto", ANSWER)], &[("Soprano", ANSWER), ("Alto", ANSWER)]];
    let mut request = request("Soprano", &["Alto"], &heard);
    request.ahead = 1;
    let found = player(Echo { keyed: true }, "Alto").predict(&request).expect("a prediction");
    assert_eq!(keys(found.voice(voice("Alto"))), [65, 64, 62, 60]);
}

/// The measure between: the band's own plan where there is one, else imagined.
#[test]
fn second_next_follows_the_plan_or_imagines_the_measure_between() {
    let heard: [&[(&str, [i32; 4])]; 2] = [&[("Soprano", TUNE), ("Alto", ANSWER)], &[("Alto", [62, 62, 62, 62])]];
    let mut request = request("Soprano", &["Alto"], &heard);
    let mut echo = player(Echo { keyed: true }, "Alto");
    let mut planned = BandMeasure::missing(16);
    planned.set(voice("Alto"), &line(16, &[67, 67, 67, 67]));
    request.planned = Some(planned);
    let found = echo.predict(&request).expect("a prediction");
    assert_eq!(keys(found.voice(voice("Alto"))), [62; 4], "two measures before the wanted one");
    request.planned = None;
    request.history.push(&planned);
    let found = echo.predict(&request).expect("a prediction");
    assert_eq!(keys(found.voice(voice("Alto"))), [67; 4], "imagined: what it would play between changes nothing");
}

#[test]
fn a_voice_that_rested_while_the_user_played_takes_up_the_users_line() {
    let mut request = request("Soprano", &["Alto"], &[&[("Soprano", TUNE)], &[("Soprano", ANSWER)]]);
    for ago in 0..2 {
        request.history.back_mut(ago).expect("a measure").set(voice("Alto"), &Measure::silent(16));
    }
    request.ahead = 1;
    let found = player(Echo { keyed: true }, "Alto").predict(&request).expect("a prediction");
    assert_eq!(keys(found.voice(voice("Alto"))), [60, 62, 64, 65]);
}

#[test]
fn it_plays_the_voice_that_it_learnt_and_the_rule_plays_the_others() {
    let heard: [&[(&str, [i32; 4])]; 2] = [&[("Bass", [48, 50, 52, 53])], &[("Bass", [55, 53, 52, 50])]];
    let mut request = request("Bass", &["Soprano", "Alto", "Tenor"], &heard);
    request.ahead = 1;
    let mut echo = player(Echo { keyed: true }, "Alto");
    let found = echo.predict(&request).expect("a prediction");
    assert_eq!(found.present, request.voices);
    assert_eq!(keys(found.voice(voice("Alto"))), [60, 62, 64, 65]);
    for other in ["Soprano", "Tenor"] {
        assert_eq!(found.voice(voice(other)).notes().len(), 1, "the loop rule holds a chord: {other}");
    }
    // The user plays what it learnt: then it plays the tune.
    request.user = voice("Alto");
    request.voices = request.voices.without(voice("Alto")).with(voice("Bass"));
    for ago in 0..2 {
        let measure = request.history.back_mut(ago).expect("a measure");
        measure.set(voice("Alto"), &line(16, &ANSWER));
        measure.clear(voice("Bass"));
    }
    let found = echo.predict(&request).expect("a prediction");
    assert_eq!(keys(found.voice(voice("Soprano"))).len(), 4);
    assert_eq!(keys(found.voice(voice("Bass"))).len(), 1);
}

/// In E major the echo hears C major, or E major if it was trained on music as it is; it plays E major.
#[test]
fn music_is_brought_to_c_and_back() {
    let tune = TUNE.map(|key| key - 8);
    for keyed in [true, false] {
        let mut request = request("Soprano", &["Alto"], &[&[("Soprano", tune)], &[("Soprano", tune)]]);
        request.ahead = 1;
        request.tonality = "E".parse().expect("a key");
        let found = player(Echo { keyed }, "Soprano").predict(&request).expect("a prediction");
        let expected = tune.map(|key| u8::try_from(key).expect("a key") % 12).to_vec();
        let classes: Vec<u8> = keys(found.voice(voice("Alto"))).iter().map(|key| key % 12).collect();
        assert_eq!(classes, expected, "keyed: {keyed}");
    }
}

#[test]
fn impossible_requests_are_refused() {
    let mut echo = player(Echo { keyed: true }, "Alto");
    assert_eq!(echo.predict(&request("Soprano", &["Alto"], &[])), Err(PredictError::NothingHeard));
    let mut more = request("Soprano", &["Alto"], &[&[("Soprano", TUNE)]]);
    more.voices = more.voices.with(VoiceId::new(6).expect("a place"));
    assert_eq!(echo.predict(&more), Err(PredictError::NoSuchVoice));
    let spec = BandSpec::chorale();
    for place in [4, 7] {
        let beyond = VoiceId::new(place).expect("a place");
        assert!(Soloist::new(spec.clone(), beyond, Box::new(Echo { keyed: true })).is_none());
    }
}

/// Every published net at its full size, untrained.
pub(crate) fn models() -> Vec<(&'static str, Box<dyn MelodyModel>)> {
    fn untrained<L: Learner>(learner: &L) -> Box<dyn MelodyModel> {
        let _alone = crate::draws();
        learner.model(&learner.init(&Device::flex()))
    }
    let tune: Vec<Melody> = (0..4).map(|seed| wild(seed, 16, 8)).collect();
    vec![
        ("basic", untrained(&MelodyRnnConfig::new(MelodyRnnForm::Basic))),
        ("mono", untrained(&MelodyRnnConfig::new(MelodyRnnForm::Mono))),
        ("lookback", untrained(&MelodyRnnConfig::new(MelodyRnnForm::Lookback))),
        ("attention", untrained(&MelodyRnnConfig::new(MelodyRnnForm::Attention))),
        (
            "large",
            untrained(&MelodyRnnConfig { units: vec![256, 256], ..MelodyRnnConfig::new(MelodyRnnForm::Attention) }),
        ),
        ("plain", untrained(&PlainRnnConfig::default())),
        ("lstm", untrained(&MelodyLstmConfig::default())),
        ("5-gram", Box::new(MelodyNgramConfig::default().learn(&tune))),
        ("notes", Box::new(MelodyNgramConfig { notes: true, ..MelodyNgramConfig::default() }.learn(&tune))),
        ("markov", Box::new(model::systems::markov::MarkovConfig { order: 3, ..Default::default() }.learn(&tune))),
    ]
}

/// A model that was put together elsewhere.
struct Shared(Box<dyn MelodyModel>);

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl MelodyModel for Shared {
    fn parts(&self) -> Parts {
        self.0.parts()
    }
    fn range(&self) -> KeyRange {
        self.0.range()
    }
    fn keyed(&self) -> bool {
        self.0.keyed()
    }
    fn pitches_only(&self) -> bool {
        self.0.pitches_only()
    }
    fn context(&self) -> usize {
        self.0.context()
    }
    fn reader(&self, bar: usize, from: usize) -> Box<dyn Reader + '_> {
        self.0.reader(bar, from)
    }
}

#[test]
fn every_system_plays_in_every_meter_from_one_measure_on_and_repeats_for_a_seed() {
    for (name, model) in models() {
        let mut player = player(Shared(model), "Soprano");
        let range = BandSpec::chorale().voices[0].range;
        let mut notes = 0;
        for steps in 1..=16 {
            let wild =
                Style { temperature: 2.0, density: 4.0, energy: Energy::clamped(1.0), figures: Figures::Automatic };
            for (ahead, style) in [(1, Style::default()), (2, wild)] {
                let mut request = request("Bass", &["Soprano", "Alto", "Tenor"], &[&[("Bass", ANSWER)]]);
                (request.steps, request.ahead, request.style, request.seed) = (steps, ahead, style, 7);
                let found = player.predict(&request).expect("a prediction");
                assert_eq!((found.steps(), found.present), (steps, request.voices), "{name}");
                assert!(found.voice(VoiceId::FIRST).notes().iter().all(|note| range.contains(note.key)), "{name}");
                request.seed = 8;
                player.predict(&request).expect("another prediction");
                request.seed = 7;
                assert_eq!(player.predict(&request), Ok(found), "{name}: the same request, the same measure");
                notes += found.voice(VoiceId::FIRST).onsets().count();
            }
        }
        assert!(notes > 10, "{name}: {notes} notes in 32 measures");
    }
}

#[test]
fn density_and_temperature_are_obeyed() {
    for (name, model) in models() {
        let rhythmless = model.pitches_only();
        let mut player = player(Shared(model), "Soprano");
        let mut notes = |style: Style| {
            let mut request = request("Bass", &["Soprano"], &[&[("Bass", ANSWER)], &[("Bass", TUNE)]]);
            request.style = style;
            let count = |seed: u64| {
                request.seed = seed;
                player.predict(&request).expect("a prediction").voice(VoiceId::FIRST).onsets().count()
            };
            (0..24).map(count).collect::<Vec<usize>>()
        };
        let sum = |counts: Vec<usize>| counts.iter().sum::<usize>();
        let thin = sum(notes(Style { density: 0.25, ..Style::default() }));
        let thick = sum(notes(Style { density: 4.0, ..Style::default() }));
        assert!(thin < thick, "{name}: {thin} notes, {thick} when more are wanted");
        let cold = notes(Style { temperature: 0.0, ..Style::default() });
        assert!(rhythmless || cold.windows(2).all(|pair| pair[0] == pair[1]), "{name}: always the likeliest");
    }
}

#[test]
fn energy_means_more_notes_and_higher_ones() {
    for (name, model) in models() {
        let mut player = player(Shared(model), "Soprano");
        let mut played = |energy: f32| {
            let mut request = request("Bass", &["Soprano"], &[&[("Bass", ANSWER)], &[("Bass", TUNE)]]);
            request.style.energy = Energy::clamped(energy);
            let mut keys = Vec::new();
            for seed in 0..24 {
                request.seed = seed;
                let measure = player.predict(&request).expect("a prediction");
                keys.extend(measure.voice(VoiceId::FIRST).onsets().map(|note| f64::from(note.key.get())));
            }
            (keys.len(), keys.iter().sum::<f64>() / f64::from(u32::try_from(keys.len()).expect("few")))
        };
        let [low, high] = [-1.0, 1.0].map(&mut played);
        assert!(low.0 < high.0 && low.1 < high.1, "{name}: notes and their mean key {low:?}, with energy {high:?}");
    }
}

/// The milliseconds that this thread has computed, where the system says so: other tests run beside this one.
fn computed(start: Instant) -> f64 {
    let counted = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = counted.and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| start.elapsed().as_secs_f64() * 1e3, |nanoseconds| nanoseconds / 1e6)
}

/// A full history, which is more than is read. The quickest of twenty counts.
#[test]
fn a_prediction_keeps_its_time() {
    let start = Instant::now();
    for (name, model) in models() {
        let mut player = player(Shared(model), "Soprano");
        let measure: &[(&str, [i32; 4])] = &[("Bass", ANSWER), ("Soprano", TUNE)];
        let mut request = request("Bass", &["Soprano"], &[measure; 40]);
        let mut times: Vec<f64> = (0..20)
            .map(|seed| {
                request.seed = seed;
                let before = computed(start);
                player.predict(&request).expect("a prediction");
                computed(start) - before
            })
            .collect();
        times.sort_by(f64::total_cmp);
        println!("{name}: {:.2} ms (median), {:.2} ms (at most)", times[10], times[19]);
        assert!(times[0] < 50.0, "{name}: {times:?} ms");
    }
}
