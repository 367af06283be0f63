//! A drummer at play: measure after measure, each from what was played before and what is known of the others.

use std::sync::Arc;

use super::beats::Beats;
use super::blows::{NO_BLOWS, StepBlows, blows, measure_of};
use super::features::{LAGS, PHRASE, StepScene, UserStep};
use super::feel::{Feel, FeelOf};
use super::fills::LIKELY;
use super::following::Following;
use super::groove::{Groove, IN_FILLS};
use super::pattern::LEANT_ON;
use super::style::DrumStyle;
use super::trained::{Draw, DrummerState, TrainedDrummer};
use crate::music::chart::BarPlace;
use crate::music::drums::{DRUMS, Drum, DrumMeasure};
use crate::music::measure::{MAX_STEPS, Measure};
use crate::random::Rng;

/// How far tempos may differ, as a factor, before a feel of the one is 0.6 times as likely at the other. Chosen: a fifth; a
/// groove is not the same at another tempo.
const TEMPO_RANGE: f32 = 1.2;

/// The styles that a drummer who is told none chooses from. Chosen: those that go with the songs of a pop band.
const USUAL: [DrumStyle; 4] = [DrumStyle::Rock, DrumStyle::Pop, DrumStyle::Funk, DrumStyle::Soul];

/// How many measures are drawn, of which one is played: that with which the newest measures come nearest to the take's
/// feel. Measured on Groove's `valid`, seeds 1 to 3: a classifier tells takes from people's with an AUC of 0.886 with one,
/// 0.834 with two, 0.808 with three, in which the lean to the groove and the correction of the feel have their part.
const CANDIDATES: usize = 3;

/// How many of the newest measures are held against the take's feel. Chosen: half a phrase.
const HELD: usize = 4;

/// How much of what the newest measures lack of the take's feel is asked for beside it, once eight are there. Measured as
/// above.
const CORRECTED: f32 = 1.5;

/// How much it counts where the user is heard that a measure has about as many strokes as their music asks for. Chosen after
/// runs on POP909's `valid` with less: enough to follow.
const AS_MANY: f32 = 25.0;

/// How often chords may begin in a measure for the drummer to hear them. Chosen: the net learnt chords as accents, and
/// strikes its snare with each; where they come on all eighths nothing is left to lean on.
const ACCENTS: usize = 4;

/// How far a kick leans to the notes of the bass, and, where it [moves](MOVES), away from where none begins, as logits.
/// Chosen after runs on POP909's `valid` with less: kicks lie with the bass, and a groove is left.
const WITH_BASS: (f32, f32) = (0.4, 0.8);

/// How much of its leaning to a person's pattern the kick keeps beside a bass that [moves](MOVES). Measured on POP909's
/// `valid`: kicks lie with the bass in 0.69 of their strokes, in 0.64 with all of it, in 0.68 without a pattern.
const BESIDE_BASS: f32 = 0.5;

/// From so many notes of a measure on a bass moves. Chosen on POP909's `valid`: under one long note a kick that leans away from
/// the rest of it is left with the one alone, and a song whose bass holds its notes has no beat (docs/results.md).
const MOVES: usize = 2;

/// The measure that is wanted, and how.
#[derive(Clone, Copy, Debug)]
pub struct DrumAsk<'a> {
    /// How many steps it has, 1…16.
    pub steps: u8,
    /// Where it lies among the beats of its bar; `None`: it is a bar of quarters.
    pub place: Option<BarPlace>,
    /// Quarter notes a minute.
    pub tempo: f32,
    /// The style; `None` lets the drummer choose.
    pub style: Option<DrumStyle>,
    /// −1 (few and soft strokes) to 1 (many and hard ones), 0 as the drummer likes.
    pub energy: f32,
    /// 0 strikes what is likelier than not; 1 is as various as people are.
    pub temperature: f32,
    /// The others, as far as they are known.
    pub around: BandAround<'a>,
    /// What is random in the measure comes from this.
    pub seed: u64,
    /// What is random of the whole take, its feel, comes from this.
    pub take: u64,
}

/// What the others play.
#[derive(Clone, Copy, Debug, Default)]
pub struct BandAround<'a> {
    /// The user's newest measure that is known.
    pub user: Option<&'a Measure>,
    /// What the bass plays in the wanted measure.
    pub bass: Option<&'a Measure>,
    /// What the chords play in the wanted measure.
    pub chords: Option<&'a Measure>,
}

/// What is the same for all candidates of a measure.
struct Scene<'a> {
    ask: &'a DrumAsk<'a>,
    beats: Beats,
    style: Option<DrumStyle>,
    how: Feel,
    phrase: usize,
    fill: bool,
    user: Option<UserLine>,
    bass: Option<[bool; 17]>,
    chords: Option<[bool; 17]>,
    lean: Vec<[f32; DRUMS]>,
}

/// How sure it is how a take is played of which so many measures are known: all after a phrase.
#[expect(clippy::cast_precision_loss, reason = "few measures")]
fn share(measures: usize) -> f32 {
    (measures as f32 / PHRASE as f32).min(1.0)
}

/// Plays on from what it played; a new one, or one that was [restarted](Drummer::restart), begins a take.
#[derive(Clone, Debug)]
pub struct Drummer {
    trained: Arc<TrainedDrummer>,
    state: DrummerState,
    groove: Groove,
    following: Following,
    /// How this take is played, and for which style and seed it was chosen.
    take: Option<(FeelOf, Option<DrumStyle>)>,
}

impl Drummer {
    /// A drummer before the first measure.
    #[must_use]
    pub fn new(trained: Arc<TrainedDrummer>) -> Self {
        let state = trained.start();
        Self { trained, state, groove: Groove::default(), following: Following::default(), take: None }
    }

    /// Forgets what was played: the next measure begins a take.
    pub fn restart(&mut self) {
        self.state = self.trained.start();
        (self.groove, self.following, self.take) = (Groove::default(), Following::default(), None);
    }

    /// Rests: the next measure begins a phrase, of the same take.
    pub fn rest(&mut self) {
        if self.groove.played > 0 {
            self.state = self.trained.start();
            self.groove = Groove::default();
        }
    }

    /// How the take is played that goes on; `None` before its first measure.
    #[must_use]
    pub fn feel(&self) -> Option<&FeelOf> {
        self.take.as_ref().map(|(feel, _)| feel)
    }

    /// Takes this for the past, the newest measure last, in place of what it played: as if it had been there.
    pub fn remember(&mut self, past: &[DrumMeasure]) {
        self.groove = Groove::of(past.iter().map(blows).collect());
    }

    /// The next measure. `None` where the net's numbers are none: the band file is damaged.
    pub fn play(&mut self, ask: &DrumAsk<'_>) -> Option<DrumMeasure> {
        let beats = ask.place.map_or_else(|| Beats::of(ask.steps), |place| Beats::new(place, ask.steps));
        let feel = self.feel_for(ask, &beats);
        let mut rng = Rng::new(ask.seed);
        let phrase = self.groove.played % PHRASE;
        let fill = rng.unit() < LIKELY[phrase];
        let user = ask.around.user.map(UserLine::of);
        let followed = user.as_ref().map_or(0.0, |user| self.following.hear(user.density));
        let wanted = feel.feel.with_energy(ask.energy + followed);
        let parts = &self.trained.spread;
        let how = self
            .groove
            .feel(&beats)
            .map_or(wanted, |(played, measures)| wanted.corrected(&played, CORRECTED * share(measures), parts));
        let mut lean = self.groove.lean(&beats, fill);
        let moving = ask.around.bass.filter(|bass| bass.onsets().count() >= MOVES);
        if let Some(pattern) = &feel.pattern {
            let kept = if fill { IN_FILLS } else { 1.0 };
            let by = [if moving.is_some() { BESIDE_BASS * kept } else { kept }, kept];
            for (lean, pattern) in lean.iter_mut().zip(pattern.lean(beats.places())) {
                (0..).zip(LEANT_ON).for_each(|(at, drum): (usize, _)| lean[drum.index()] += by[at] * pattern[at]);
            }
        }
        let bass = ask.around.bass.map(strikes);
        for (lean, begins) in lean.iter_mut().zip(bass.iter().flatten()) {
            lean[Drum::Kick.index()] += match (*begins, moving) {
                (true, _) => WITH_BASS.0,
                (false, Some(_)) => -WITH_BASS.1,
                (false, None) => 0.0,
            };
        }
        let chords = ask.around.chords.filter(|chords| chords.onsets().count() <= ACCENTS).map(strikes);
        let scene = Scene { ask, beats, style: ask.style.or(feel.style), how, phrase, fill, user, bass, chords, lean };
        let (held, measures) = self.groove.newest(&beats, HELD - 1);
        let mut best: Option<(f32, Vec<StepBlows>, DrummerState)> = None;
        for _ in 0..CANDIDATES {
            let mut state = self.state.clone();
            let now = self.draw(&scene, &mut state, &mut rng)?;
            let played = Feel::among(&[&held[..], &now].concat(), &beats);
            let mut apart = played.distance(&wanted, parts, measures == 0);
            if scene.user.is_some() {
                let as_many = (Feel::among(&now, &beats).strokes().max(1.0) / wanted.strokes().max(1.0)).ln();
                apart += AS_MANY * as_many * as_many;
            }
            if best.as_ref().is_none_or(|(least, ..)| apart < *least) {
                best = Some((apart, now, state));
            }
        }
        let (_, now, state) = best?;
        let measure = measure_of(&now);
        self.state = state;
        self.groove.push(now, beats, fill);
        Some(measure)
    }

    /// Draws a measure. `None` where the net's numbers are none.
    fn draw(&self, scene: &Scene<'_>, state: &mut DrummerState, rng: &mut Rng) -> Option<Vec<StepBlows>> {
        let (ask, beats) = (scene.ask, &scene.beats);
        let mut now: Vec<StepBlows> = Vec::with_capacity(beats.steps());
        for (at, &place) in beats.places().iter().enumerate() {
            // A measure ago, after the last step came the first of the measure that is played now.
            let after = self.groove.after(beats, at).or_else(|| self.groove.ago(beats, 1).and(now.first()));
            let before = now.last().or_else(|| self.groove.last_step()).unwrap_or(&NO_BLOWS);
            let known = StepScene {
                before,
                ago: LAGS.map(|lag| self.groove.ago(beats, lag).and_then(|measure| measure.get(at))),
                after,
                step: place,
                // What the net has learnt.
                steps: MAX_STEPS,
                phrase: scene.phrase,
                style: scene.style,
                feel: Some(&scene.how),
                tempo: beats.tempo(ask.tempo),
                fill: scene.fill,
                filled: self.groove.filled(),
                user: scene.user.as_ref().map(|user| user.at(at, ask.steps)),
                bass: scene.bass.map(|line| (line[at], line[at + 1])),
                chords: scene.chords.map(|line| line[at]),
            };
            self.trained.read(&known, state);
            let draw = Draw { temperature: ask.temperature, lean: scene.lean[at] };
            now.push(self.trained.draw(state, draw, rng)?);
        }
        Some(now)
    }

    /// The take's feel; another one is drawn where the style has changed.
    fn feel_for(&mut self, ask: &DrumAsk<'_>, beats: &Beats) -> FeelOf {
        match &self.take {
            Some((feel, style)) if *style == ask.style => *feel,
            _ => {
                let feel = self.trained.some_feel(ask.style, beats.tempo(ask.tempo), ask.take);
                self.take = Some((feel, ask.style));
                feel
            }
        }
    }
}

impl TrainedDrummer {
    /// How one of the people played whose takes were learnt: in this style, the likelier the more typical of it (where none
    /// is told, a steady beat of the usual ones, all alike), and the likelier the nearer their tempo was.
    #[must_use]
    pub fn some_feel(&self, style: Option<DrumStyle>, tempo: f32, seed: u64) -> FeelOf {
        let fits = |of: &FeelOf| match style {
            Some(style) => of.style == Some(style),
            None => of.style.is_some_and(|style| USUAL.contains(&style)),
        };
        let nearness = |of: &FeelOf| {
            let apart = (of.tempo / tempo.clamp(20.0, 400.0)).ln() / TEMPO_RANGE.ln();
            // Nobody is quite impossible: a style whose takes are all of another tempo still has a feel.
            (-0.5 * apart * apart).exp().max(1e-9)
        };
        let weights = |fits: &dyn Fn(&FeelOf) -> bool| -> Vec<f32> {
            let readily = |at: usize| if style.is_some() { self.typical.get(at).copied().unwrap_or(1.0) } else { 1.0 };
            let weight = |(at, of)| if fits(of) { nearness(of) * readily(at) } else { 0.0 };
            self.feels.iter().enumerate().map(weight).collect()
        };
        let mut rng = Rng::new(seed);
        let steady = |of: &FeelOf| fits(of) && (style.is_some() || of.feel.is_steady());
        let found = rng.weighted(&weights(&steady)).or_else(|| rng.weighted(&weights(&fits)));
        let found = found.or_else(|| rng.weighted(&weights(&|_| true)));
        let plain = FeelOf { feel: Feel::of(&[], 1), pattern: None, style, tempo };
        found.and_then(|at| self.feels.get(at)).copied().unwrap_or(plain)
    }
}

/// Whether a note begins at each step; one more step than a measure has, at which none does.
fn strikes(line: &Measure) -> [bool; 17] {
    let mut out = [false; 17];
    line.onsets().for_each(|note| out[usize::from(note.step.0)] = true);
    out
}

/// The user's measure as the drummer hears it.
struct UserLine {
    loud: [f32; 17],
    density: f32,
    loudness: f32,
}

impl UserLine {
    fn of(line: &Measure) -> Self {
        let mut loud = [0.0f32; 17];
        for note in line.onsets() {
            let here = &mut loud[usize::from(note.step.0)];
            *here = here.max(f32::from(note.velocity.get()) / 127.0);
        }
        let (mut struck, mut sum) = (0.0f32, 0.0f32);
        for loud in loud.iter().filter(|loud| **loud > 0.0) {
            struck += 1.0;
            sum += loud;
        }
        let steps = f32::from(line.steps());
        Self { loud, density: struck / steps, loudness: if struck > 0.0 { sum / struck } else { 0.0 } }
    }

    fn at(&self, step: usize, steps: u8) -> UserStep {
        // After the last step their measure, which is taken to come again, begins anew.
        let next = if step + 1 == usize::from(steps) { self.loud[0] } else { self.loud[step + 1] };
        UserStep { now: self.loud[step], next, density: self.density, loudness: self.loudness }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::super::feel::FEEL;
    use super::super::{DrummerConfig, DrummerNet};
    use super::*;
    use crate::music::drums::DrumHit;
    use crate::music::meter::TimeSignature;
    use crate::music::note::{Key, Note};

    /// A small net that has learnt nothing, and people of two styles.
    fn trained() -> Arc<TrainedDrummer> {
        let config = DrummerConfig { units: vec![8], ..DrummerConfig::default() };
        let device = Device::flex();
        device.seed(5);
        let net = DrummerNet::new(&config, &device);
        let feel = |style, tempo, loud| FeelOf { feel: Feel([loud; FEEL]), pattern: None, style: Some(style), tempo };
        let feels = vec![
            feel(DrumStyle::Rock, 100.0, 0.3),
            feel(DrumStyle::Rock, 180.0, 0.5),
            feel(DrumStyle::Jazz, 100.0, 0.7),
        ];
        Arc::new(TrainedDrummer::new(config, &net, feels))
    }

    fn ask(steps: u8, seed: u64) -> DrumAsk<'static> {
        DrumAsk {
            steps,
            place: None,
            tempo: 100.0,
            style: None,
            energy: 0.0,
            temperature: 1.0,
            around: BandAround::default(),
            seed,
            take: 9,
        }
    }

    fn take(drummer: &mut Drummer, steps: &[u8]) -> Vec<DrumMeasure> {
        (1..).zip(steps).map(|(seed, &steps)| drummer.play(&ask(steps, seed)).expect("numbers")).collect()
    }

    #[test]
    fn the_same_seeds_play_the_same_and_a_restart_begins_anew() {
        let mut drummer = Drummer::new(trained());
        let steps = [16, 16, 12, 1, 16, 7];
        let first = take(&mut drummer, &steps);
        assert!(first.iter().zip(steps).all(|(measure, steps)| measure.steps() == steps));
        assert!(first.iter().any(|measure| !measure.is_silent()));
        let on = take(&mut drummer, &steps);
        assert_ne!(on, first, "what was played is remembered");
        drummer.restart();
        assert_eq!(take(&mut drummer, &steps), first);
    }

    #[test]
    fn a_rest_ends_the_phrase_and_keeps_the_feel() {
        let mut drummer = Drummer::new(trained());
        let first = take(&mut drummer, &[16; 5]);
        let feel = drummer.feel().copied();
        drummer.rest();
        assert_eq!(take(&mut drummer, &[16; 5]), first);
        assert_eq!(drummer.feel().copied(), feel);
    }

    #[test]
    fn a_take_is_played_as_people_of_its_style_play_at_such_a_tempo() {
        let trained = trained();
        let of = |style, tempo, seed| trained.some_feel(style, tempo, seed);
        let mut near = 0;
        for seed in 0..50 {
            assert_eq!(of(Some(DrumStyle::Jazz), 180.0, seed).style, Some(DrumStyle::Jazz));
            near += u32::from((of(Some(DrumStyle::Rock), 180.0, seed).tempo - 180.0).abs() < 1.0);
            assert_eq!(of(None, 100.0, seed).style, Some(DrumStyle::Rock), "jazz is none of the usual ones");
            let other = of(Some(DrumStyle::Reggae), 100.0, seed);
            assert!(other.style.is_some(), "nobody plays reggae: somebody else's feel");
        }
        // 100 is e^(−0.5 · (ln 1.8 / ln 1.2)²), 1 in 180, as likely.
        assert!(near >= 46, "{near} of 50");
    }

    #[test]
    fn a_band_that_names_no_style_gets_a_steady_beat_where_somebody_plays_one() {
        let mut figures = [0.3; FEEL];
        let many = |count: f32| count.ln_1p();
        (figures[Drum::Snare.index()], figures[Drum::ClosedHat.index()]) = (many(2.0), many(8.0));
        (figures[FEEL - 2], figures[FEEL - 1]) = (2.0, 0.2);
        let steady = FeelOf { feel: Feel(figures), pattern: None, style: Some(DrumStyle::Soul), tempo: 100.0 };
        let config = DrummerConfig { units: vec![8], ..DrummerConfig::default() };
        let net = DrummerNet::new(&config, &Device::flex());
        let mut feels = trained().feels.clone();
        feels.push(steady);
        let trained = TrainedDrummer::new(config, &net, feels);
        assert!((0..20).all(|seed| trained.some_feel(None, 180.0, seed) == steady));
        assert_eq!(trained.some_feel(Some(DrumStyle::Rock), 180.0, 1).style, Some(DrumStyle::Rock));
    }

    /// The drummer of these tests with people enough to tell what is typical: soul, and rock of which a take is like soul.
    fn with_people() -> TrainedDrummer {
        let mut rng = Rng::new(6);
        let mut feels = Vec::new();
        for (style, centre, tempos) in [
            (DrumStyle::Soul, 0.8, 90..98_u8),
            (DrumStyle::Rock, 0.3, 90..98),
            // The odd one out.
            (DrumStyle::Rock, 0.8, 99..100),
        ] {
            for tempo in tempos.map(f32::from) {
                feels.extend((0..4).map(|_| {
                    let mut feel = Feel(std::array::from_fn(|_| centre + 0.05 * rng.normal()));
                    // All keep the time alike: that is kept, however typical.
                    [Drum::Ride, Drum::OpenHat, Drum::LowTom].into_iter().for_each(|drum| feel.0[drum.index()] = 0.3);
                    FeelOf { feel, pattern: None, style: Some(style), tempo }
                }));
            }
        }
        let config = DrummerConfig { units: vec![8], ..DrummerConfig::default() };
        let device = Device::flex();
        device.seed(5);
        let net = DrummerNet::new(&config, &device);
        TrainedDrummer::new(config, &net, feels)
    }

    #[test]
    fn who_asks_for_a_style_gets_its_typical_feels_and_seldom_the_odd_one() {
        let trained = with_people();
        let odd = |style: Option<DrumStyle>| {
            let drawn = (0..500).map(|seed| trained.some_feel(style, 95.0, seed));
            drawn.filter(|of| of.style == Some(DrumStyle::Rock) && (of.tempo - 99.0).abs() < 0.5).count()
        };
        // A ninth of rock is odd: 56 of 500 if all were alike, half of that of all.
        let (named, automatic) = (odd(Some(DrumStyle::Rock)), odd(None));
        assert!(named < 15 && automatic > 15, "{named} and {automatic}");
    }

    #[test]
    fn without_a_style_all_is_played_note_for_note_as_if_nobody_were_typical() {
        let trained = Arc::new(with_people());
        let mut alike = with_people();
        alike.typical.fill(1.0);
        assert_ne!(trained.typical, alike.typical);
        let alike = Arc::new(alike);
        let play = |trained: &Arc<TrainedDrummer>, style, seed| {
            let mut drummer = Drummer::new(Arc::clone(trained));
            let asks = (0..4).map(|at| DrumAsk { style, take: seed, ..ask(16, at) });
            asks.map(|ask| drummer.play(&ask)).collect::<Vec<_>>()
        };
        assert_eq!(trained.weights, alike.weights, "the nets are the same");
        assert!((0..30).all(|seed| play(&trained, None, seed) == play(&alike, None, seed)));
        let rock = Some(DrumStyle::Rock);
        assert!((0..30).any(|seed| play(&trained, rock, seed) != play(&alike, rock, seed)));
    }

    #[test]
    fn in_every_style_of_the_drummer_inside_other_seeds_are_other_peoples_feels() {
        let trained = crate::systems::band_file::Band::drummer().expect("a drummer is inside");
        for style in DrumStyle::ALL {
            let mut drawn: Vec<(usize, FeelOf)> = Vec::new();
            for seed in 0..200 {
                let feel = trained.some_feel(Some(style), 110.0, seed);
                assert_eq!(feel.style, Some(style));
                match drawn.iter_mut().find(|(_, other)| *other == feel) {
                    Some((times, _)) => *times += 1,
                    None => drawn.push((1, feel)),
                }
            }
            let most = drawn.iter().map(|(times, _)| *times).max().unwrap_or(0);
            assert!(drawn.len() >= 5 && most <= 100, "{style}: {} feels, one of them {most} times of 200", drawn.len());
        }
    }

    #[test]
    fn a_waltz_is_no_six_eight() {
        let trained = trained();
        let played = |place| Drummer::new(Arc::clone(&trained)).play(&DrumAsk { place, ..ask(12, 1) });
        let in_meter = |numerator, denominator| {
            let meter = TimeSignature::new(numerator, denominator).expect("a time signature");
            played(Some(BarPlace::new(0, 0, meter)))
        };
        assert_eq!(in_meter(3, 4), played(None), "where nothing is said, beats are quarters");
        assert_ne!(in_meter(3, 4), in_meter(6, 8));
    }

    /// How many kicks a measure has, where the bass begins no note, beside a bass that begins notes at these steps.
    #[expect(clippy::cast_precision_loss, reason = "few kicks")]
    fn kicks_beside(bass: &[u8]) -> f32 {
        let line = Measure::from_notes(16, bass.iter().map(|&step| Note::new(step, 4, Key::MIDDLE_C)));
        let around = BandAround { bass: Some(&line), ..BandAround::default() };
        let (mut kicks, measures) = (0, 32);
        let mut drummer = Drummer::new(trained());
        for at in 0..measures {
            let played = drummer.play(&DrumAsk { around, ..ask(16, at) });
            let beside = |hit: &DrumHit| hit.drum == Drum::Kick && !bass.contains(&hit.step);
            kicks += played.iter().flat_map(DrumMeasure::hits).filter(beside).count();
        }
        kicks as f32 / measures as f32
    }

    #[test]
    fn beside_a_moving_bass_the_kick_leaves_out_what_that_does_and_under_one_long_note_it_keeps_its_beat() {
        let [rests, holds, moves] = [&[][..], &[0], &[0, 6]].map(kicks_beside);
        assert!(rests.min(holds) > 1.5 * moves, "{rests}, {holds}; {moves} kicks a measure");
    }

    #[test]
    fn the_others_are_heard() {
        // Chords on all steps would be no accents.
        let line = Measure::from_notes(16, (0..4).map(|step| Note::new(step, 1, Key::MIDDLE_C)));
        let alone = take(&mut Drummer::new(trained()), &[16]);
        for around in [
            BandAround { user: Some(&line), ..BandAround::default() },
            BandAround { bass: Some(&line), ..BandAround::default() },
            BandAround { chords: Some(&line), ..BandAround::default() },
        ] {
            let with = Drummer::new(trained()).play(&DrumAsk { around, ..ask(16, 1) });
            assert_ne!(with, Some(alone[0]));
        }
    }
}
