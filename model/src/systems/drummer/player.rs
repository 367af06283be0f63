//! A drummer at play: measure after measure, each from what was played before and what is known of the others.

use std::sync::Arc;

use super::blows::{NO_BLOWS, StepBlows, blows, measure_of};
use super::features::{LAGS, PHRASE, StepScene, UserStep};
use super::feel::{Feel, FeelOf};
use super::fills::LIKELY;
use super::style::DrumStyle;
use super::trained::{Draw, DrummerState, TrainedDrummer};
use crate::music::drums::DrumMeasure;
use crate::music::measure::Measure;
use crate::random::Rng;

/// How far tempos may differ, as a factor, before a feel of the one is 0.6 times as likely at the other. Chosen: a fifth; a
/// groove is not the same at another tempo.
const TEMPO_RANGE: f32 = 1.2;

/// The styles that a drummer who is told none chooses from. Chosen: those that go with the songs of a pop band.
const USUAL: [DrumStyle; 4] = [DrumStyle::Rock, DrumStyle::Pop, DrumStyle::Funk, DrumStyle::Soul];

/// How many measures the drummer remembers. Required: the longest lag.
const REMEMBERED: usize = LAGS[LAGS.len() - 1];

/// The measure that is wanted, and how.
#[derive(Clone, Copy, Debug)]
pub struct DrumAsk<'a> {
    /// How many steps it has, 1…16.
    pub steps: u8,
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

/// Plays on from what it played; a new one, or one that was [restarted](Drummer::restart), begins a take.
#[derive(Clone, Debug)]
pub struct Drummer {
    trained: Arc<TrainedDrummer>,
    state: DrummerState,
    /// The newest measures, the newest last.
    past: Vec<Vec<StepBlows>>,
    /// Measures since the take began.
    played: usize,
    /// How this take is played, and for which style and seed it was chosen.
    take: Option<(FeelOf, Option<DrumStyle>)>,
    filled: bool,
}

impl Drummer {
    /// A drummer before the first measure.
    #[must_use]
    pub fn new(trained: Arc<TrainedDrummer>) -> Self {
        let state = trained.start();
        Self { trained, state, past: Vec::new(), played: 0, take: None, filled: false }
    }

    /// Forgets what was played: the next measure begins a take.
    pub fn restart(&mut self) {
        self.state = self.trained.start();
        (self.past, self.played, self.take, self.filled) = (Vec::new(), 0, None, false);
    }

    /// Rests: the next measure begins a phrase, of the same take.
    pub fn rest(&mut self) {
        if self.played > 0 {
            self.state = self.trained.start();
            (self.past, self.played, self.filled) = (Vec::new(), 0, false);
        }
    }

    /// How the take is played that goes on; `None` before its first measure.
    #[must_use]
    pub fn feel(&self) -> Option<&FeelOf> {
        self.take.as_ref().map(|(feel, _)| feel)
    }

    /// Takes this for the past, the newest measure last, in place of what it played: as if it had been there.
    pub fn remember(&mut self, past: &[DrumMeasure]) {
        self.past = past.iter().rev().take(REMEMBERED).rev().map(blows).collect();
        self.played = past.len();
    }

    /// The next measure. `None` where the net's numbers are none: the band file is damaged.
    pub fn play(&mut self, ask: &DrumAsk<'_>) -> Option<DrumMeasure> {
        let feel = self.feel_for(ask);
        let mut rng = Rng::new(ask.seed);
        let phrase = self.played % PHRASE;
        let fill = rng.unit() < LIKELY[phrase];
        let how = feel.feel.with_energy(ask.energy);
        let user = ask.around.user.map(UserLine::of);
        let begins = |line: Option<&Measure>| line.map(strikes);
        let (bass, chords) = (begins(ask.around.bass), begins(ask.around.chords));
        let mut now: Vec<StepBlows> = Vec::with_capacity(ask.steps.into());
        let draw = Draw { temperature: ask.temperature };
        for step in 0..ask.steps {
            let at = usize::from(step);
            let ago = LAGS.map(|lag| {
                let measure = self.past.len().checked_sub(lag).and_then(|at| self.past.get(at));
                measure.and_then(|measure| measure.get(at))
            });
            let last = self.past.last();
            // A measure ago, after the last step came the first of the measure that is played now.
            let after = last.and_then(|last| last.get(at + 1).or_else(|| now.first()));
            let before = now.last().or_else(|| last.and_then(|last| last.last())).unwrap_or(&NO_BLOWS);
            let onsets = |line: &[bool; 17]| (line[at], line[at + 1]);
            let scene = StepScene {
                before,
                ago,
                after,
                step,
                steps: ask.steps,
                phrase,
                style: ask.style.or(feel.style),
                feel: Some(&how),
                tempo: ask.tempo,
                fill,
                filled: self.filled,
                user: user.as_ref().map(|user| user.at(at, ask.steps)),
                bass: bass.as_ref().map(onsets),
                chords: chords.as_ref().map(|chords| chords[at]),
            };
            self.trained.read(&scene, &mut self.state);
            now.push(self.trained.draw(&self.state, draw, &mut rng)?);
        }
        let measure = measure_of(&now);
        if self.past.len() == REMEMBERED {
            self.past.remove(0);
        }
        self.past.push(now);
        self.played += 1;
        self.filled = fill;
        Some(measure)
    }

    /// The take's feel; another one is drawn where the style has changed.
    fn feel_for(&mut self, ask: &DrumAsk<'_>) -> FeelOf {
        match &self.take {
            Some((feel, style)) if *style == ask.style => *feel,
            _ => {
                let feel = self.trained.some_feel(ask.style, ask.tempo, ask.take);
                self.take = Some((feel, ask.style));
                feel
            }
        }
    }
}

impl TrainedDrummer {
    /// How one of the people played whose takes were learnt: in this style (of the usual ones where none is told), and
    /// the likelier the nearer their tempo was.
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
            self.feels.iter().map(|of| if fits(of) { nearness(of) } else { 0.0 }).collect()
        };
        let mut rng = Rng::new(seed);
        let found = rng.weighted(&weights(&fits)).or_else(|| rng.weighted(&weights(&|_| true)));
        let plain = FeelOf { feel: Feel::of(&[], 1), style, tempo };
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

    use super::super::{DrummerConfig, DrummerNet};
    use super::*;
    use crate::music::note::{Key, Note};

    /// A small net that has learnt nothing, and people of two styles.
    fn trained() -> Arc<TrainedDrummer> {
        let config = DrummerConfig { units: vec![8], ..DrummerConfig::default() };
        let device = Device::flex();
        device.seed(5);
        let net = DrummerNet::new(&config, &device);
        let feel =
            |style, tempo, loud| FeelOf { feel: Feel([loud; super::super::feel::FEEL]), style: Some(style), tempo };
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
    fn the_others_are_heard() {
        let line = Measure::from_notes(16, (0..16).map(|step| Note::new(step, 1, Key::MIDDLE_C)));
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
