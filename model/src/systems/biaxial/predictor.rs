//! The biaxial LSTM at play: one request, one measure.
//!
//! ```text
//! read m − k … m   imagine m + 1          imagine m + 2
//!                  the band's plan stands  whatever is given stands
//!                  the user is free        everyone else is free
//! ```
//!
//! What it reads is all that sounds, merged. Where a voice's notes are known they stand, pitch by pitch, and the net
//! chooses the rest around them; [`sharing`](crate::systems::biaxial::sharing) then gives the chosen notes to the free voices. The
//! user's measures that nobody has heard yet are imagined in the same way, and what the user is imagined to play is not
//! played by the band.

use std::sync::Arc;

use crate::music::accent::accent;
use crate::music::band::{BandMeasure, BandSpec, MAX_VOICES, Role, VoiceId, VoiceMask};
use crate::music::note::Key;
use crate::predict::predictor::{PredictError, PredictRequest, Predictor, Style};
use crate::random::{Rng, mix};
use crate::systems::biaxial::axes::TimeState;
use crate::systems::biaxial::encoding::{self, Sixteenth, sixteenths};
use crate::systems::biaxial::sharing::{Hands, Part};
use crate::systems::biaxial::trained::TrainedBiaxial;
use crate::systems::nn::arithmetic::sigmoid;

/// A biaxial LSTM as a [`Predictor`].
#[derive(Debug)]
pub struct BiaxialPredictor {
    trained: Arc<TrainedBiaxial>,
    /// What was read for the last request.
    read: Vec<(u64, Walk)>,
}

/// A place along time.
#[derive(Clone, Debug)]
struct Walk {
    state: TimeState,
    /// What sounded last, with its place in the measure; the net has not heard it yet.
    last: Option<(Sixteenth, usize)>,
}

impl BiaxialPredictor {
    /// Plays this net. Weights are shared, not copied.
    #[must_use]
    pub fn new(trained: Arc<TrainedBiaxial>) -> Self {
        Self { trained, read: Vec::new() }
    }

    fn start(&self) -> Walk {
        Walk { state: self.trained.axes.start(), last: None }
    }

    fn step(&self, walk: &mut Walk, next: Option<(Sixteenth, usize)>) {
        if let Some((sixteenth, at)) = walk.last.take() {
            self.trained.axes.hear(&mut walk.state, sixteenth, at);
        }
        walk.last = next;
    }

    /// Reads these measures, from where an earlier request has read to.
    fn read(&self, measures: &[Vec<Sixteenth>]) -> Vec<(u64, Walk)> {
        let mut names = vec![0];
        for measure in measures {
            names.push(fingerprint(names[names.len() - 1], measure));
        }
        let known = |&name: &u64| self.read.iter().find(|(other, _)| *other == name);
        let found = names.iter().enumerate().rev().find_map(|(at, name)| Some((at, known(name)?.1.clone())));
        let (at, mut walk) = found.unwrap_or_else(|| (0, self.start()));
        let mut out = vec![(names[at], walk.clone())];
        for (measure, name) in measures.iter().zip(&names[1..]).skip(at) {
            for (sixteenth, place) in measure.iter().zip(0..) {
                self.step(&mut walk, Some((*sixteenth, place)));
            }
            out.push((*name, walk.clone()));
        }
        // The next request needs no more than these: its newest measure may be another than this one's.
        out.split_off(out.len().saturating_sub(2))
    }

    /// Goes on for one measure. The voices present in `known` play what they play there, and the others what the net
    /// chooses. Returns all of them.
    fn imagine(
        &self,
        walk: &mut Walk,
        hands: &mut Hands,
        known: &BandMeasure,
        style: Style,
        rng: &mut Rng,
    ) -> Result<BandMeasure, PredictError> {
        let all = self.trained.spec.all();
        let free = all.and(missing(known));
        let given = sixteenths(known, known.present.and(all));
        let reach = hands.reach(free);
        let mut chance = Chance::new(style, all.count());
        let lift = |pitch: usize| lift(style, pitch);
        let mut parts = [Part::default(); MAX_VOICES];
        let mut finite = true;
        for (step, given) in given.into_iter().enumerate() {
            self.step(walk, None);
            let chosen = self.trained.axes.next(&walk.state, |pitch, logits| {
                finite &= logits.iter().all(|logit| logit.is_finite());
                let (played, struck) = (chance.says(logits[0] + lift(pitch), rng), chance.says(logits[1], rng));
                if given.played >> pitch & 1 == 1 {
                    (true, given.struck >> pitch & 1 == 1)
                } else {
                    (played && reach >> pitch & 1 == 1, struck)
                }
            });
            if !finite {
                return Err(PredictError::NotFinite);
            }
            let played = hands.share(chosen, free, given, step, &mut parts);
            chance.adapt(played);
            walk.last = Some((played, step));
        }
        let steps = known.steps();
        let mut out = *known;
        for voice in free.iter() {
            let velocity = |step| accent(step, usize::from(steps));
            out.set(voice, &parts[voice.index()].measure(steps, velocity));
        }
        for voice in known.present.iter() {
            hands.follow(voice, known.voice(voice));
        }
        Ok(out)
    }
}

impl Predictor for BiaxialPredictor {
    fn spec(&self) -> &BandSpec {
        &self.trained.spec
    }

    fn obeys_given(&self) -> bool {
        true
    }

    fn predict(&mut self, request: &PredictRequest) -> Result<BandMeasure, PredictError> {
        let all = self.trained.spec.all();
        if request.history.is_empty() {
            return Err(PredictError::NothingHeard);
        }
        if request.voices.and(all) != request.voices || !all.has(request.user) {
            return Err(PredictError::NoSuchVoice);
        }
        let shift = request.tonality.to_c();
        let heard: Vec<BandMeasure> = request.history.iter().map(|measure| measure.transposed(shift)).collect();
        let mut music: Vec<Vec<Sixteenth>> = heard.iter().map(|measure| sixteenths(measure, all)).collect();
        hold_unheard(request, &heard, &mut music);

        let [here, later] = windows(request, self.trained.config.window);
        let mut read = self.read(&music[here..]);
        // PANIC: at least the place where reading began.
        let mut walk = read.last().expect("a place").1.clone();
        if later < music.len() {
            read.extend(self.read(&music[later..]));
        }
        self.read = read;

        let mut hands = Hands::new(&self.trained.spec);
        for measure in &heard {
            for voice in measure.present.and(all).iter() {
                hands.follow(voice, measure.voice(voice));
            }
        }
        let mut rng = Rng::new(mix(request.seed, 0));
        if request.ahead > 1 {
            let newest = heard.last().map_or(request.steps, BandMeasure::steps);
            let plan = request.planned.map_or(BandMeasure::missing(newest), |plan| plan.transposed(shift));
            self.imagine(&mut walk, &mut hands, &plan, request.style, &mut rng)?;
        }
        let known = request.known().map_or(BandMeasure::missing(request.steps), |known| known.transposed(shift));
        let played = self.imagine(&mut walk, &mut hands, &known, request.style, &mut rng)?;
        let mut out = BandMeasure::missing(request.steps);
        for voice in request.voices.iter() {
            out.set(voice, &played.voice(voice).transposed(-shift));
        }
        Ok(out)
    }
}

fn missing(measure: &BandMeasure) -> VoiceMask {
    (0..MAX_VOICES).filter_map(VoiceId::new).filter(|&voice| !measure.present.has(voice)).collect()
}

/// Where reading begins for this request, and where it will begin later, as places in its history.
///
/// A net that read all of a sliding window anew for each request would waste its time; one that never forgot would say
/// other things to the same request. So reading begins at every `window`-th measure of the music, and goes on for
/// `window` to twice as many; meanwhile the next reading is under way, so that no request has more to do than another.
fn windows(request: &PredictRequest, window: usize) -> [usize; 2] {
    let heard = request.history.len();
    // The measures up to the newest one, in play order; `heard` of them are at hand.
    let all = (request.target.0 as usize + 1).saturating_sub(usize::from(request.ahead)).max(heard);
    let later = all / window * window;
    let gone = all - heard;
    [later.saturating_sub(window).saturating_sub(gone), later.saturating_sub(gone)]
}

/// Where the end of the newest measure was not heard yet, what the user played just before is taken to go on.
fn hold_unheard(request: &PredictRequest, heard: &[BandMeasure], music: &mut [Vec<Sixteenth>]) {
    let (Some(measure), Some(music)) = (heard.last(), music.last_mut()) else { return };
    let known = measure.steps().saturating_sub(request.unheard_steps);
    if !measure.present.has(request.user) {
        return;
    }
    for note in measure.voice(request.user).notes().iter().filter(|note| note.end() == known) {
        for sixteenth in &mut music[usize::from(known)..] {
            sixteenth.played |= 1 << encoding::pitch(note.key);
        }
    }
}

/// Identifies what was read so far and this measure (FNV-1a, Fowler, Noll and Vo).
fn fingerprint(before: u64, measure: &[Sixteenth]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ before.rotate_left(1);
    let sets = measure.iter().flat_map(|sixteenth| [sixteenth.played, sixteenth.struck]);
    for byte in sets.flat_map(u128::to_le_bytes) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash
}

/// The lowest key that energy moves away from or to: below plays the bass, which stays. Chosen: an octave below the middle.
const LIFTED_FROM: f32 = 48.0;

/// How much likelier energy makes this pitch, in nats; about the middle C nothing.
fn lift(style: Style, pitch: usize) -> f32 {
    let key = f32::from(encoding::key(pitch).get());
    let lift = style.energy.lift(Role::Harmony);
    if key < LIFTED_FROM { 0.0 } else { lift * (key - f32::from(Key::MIDDLE_C.get())) }
}

/// From a logit to a decision.
#[derive(Clone, Debug)]
struct Chance {
    temperature: f32,
    /// The exponent of the probabilities that the style asks for: below 1 for more notes.
    usual: f32,
    /// The exponent now.
    conservativity: f32,
    /// Fewer notes than this are too few.
    least: u32,
}

impl Chance {
    fn new(style: Style, voices: usize) -> Self {
        let usual = 1.0 / style.notes().max(0.01);
        let least = if voices > 1 { 2 } else { 1 };
        Self { temperature: style.temperature, usual, conservativity: usual, least }
    }

    /// Decides yes or no: at temperature 0 yes where it is at least as likely as not.
    fn says(&self, logit: f32, rng: &mut Rng) -> bool {
        let draw = rng.unit();
        if self.temperature > 0.0 {
            draw < sigmoid(logit / self.temperature).powf(self.conservativity)
        } else {
            sigmoid(logit).powf(self.conservativity) > 0.5
        }
    }

    /// Where hardly anything sounds, the next notes become likelier, little by little; else it goes back to normal.
    ///
    /// # Source
    /// `gen_adaptive` of Johnson's program; there the exponent may go below 0, where every pitch sounds.
    fn adapt(&mut self, played: Sixteenth) {
        if played.played.count_ones() < self.least {
            self.conservativity = (self.conservativity.min(self.usual) - 0.02 * self.usual).max(0.3 * self.usual);
        } else {
            self.conservativity += (self.usual - self.conservativity) * 0.3;
        }
    }
}
