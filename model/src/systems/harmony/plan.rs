//! The chords of the wanted measure, foretold from a request.

use super::believer::Shares;
use super::choice::{expected, least_wrong, likeliest};
use super::classes::{CHORD_CLASSES, chord, moved};
use super::features::{Half, chroma};
use super::lags::best_lags;
use super::story::{Asked, Known, Story};
use super::trained::{HarmonyState, TrainedHarmony};
use crate::music::band::{BandMeasure, BandSpec, Role, VoiceId, VoiceMask};
use crate::music::chart::{MeasureChords, halves};
use crate::music::chord::{Chord, ChordSymbol};
use crate::predict::predictor::PredictRequest;
use crate::rules::loop_lag;

/// How much it counts that the imagined notes are in the chord, less half of those a semitone beside it. Chosen on the
/// validation songs.
const FIT: f32 = 8.0;

/// The same beside a net that copies. Chosen on some validation songs: with 2 more, and with 8 fewer of the chords are right.
const COPIED_FIT: f32 = 4.0;

/// How much the opinions of the lags count of what the net says where no chord is heard. Chosen on the validation songs: with
/// half of it 0.28 of the roots are right in a jam on POP909, with this 0.30.
const ALONE: f32 = 0.8;

/// The same in what the net says of how likely each chord is. Chosen on the validation songs: with more, it is too sure of
/// itself in chorales, where tunes repeat little.
const SAID: f32 = 0.25;

/// The same where chords are heard, which the net copies. Chosen as above: more helps on lead sheets, and less on pop songs and in chorales.
const BESIDE_CHORDS: f32 = 0.15;

/// The chord foretold for one half measure.
#[derive(Clone, Debug, PartialEq)]
pub struct ForetoldHalf {
    /// Its steps, from and to.
    pub steps: (u8, u8),
    /// The chord that is planned.
    pub chord: Chord,
    /// How likely each chord is, as the net says: `[CHORD_CLASSES]`, in C.
    pub chances: Vec<f32>,
    /// How much each class is expected to sound, whichever chord comes, 0…1.
    pub expected: [f32; 12],
}

impl ForetoldHalf {
    /// The half with these steps of which all is said in C, by how likely each chord `may` be, for music that lies `shift`
    /// semitones below.
    fn said(steps: (u8, u8), best: usize, may: &[f32], chances: Vec<f32>, shift: i32) -> Self {
        let in_c = expected(may);
        let expected = std::array::from_fn(|class| in_c[moved(class, shift)]);
        Self { steps, chord: chord(best).transposed(-shift), chances, expected }
    }
}

/// The chords foretold for one measure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChordPlan {
    /// Its halves, in order.
    pub halves: Vec<ForetoldHalf>,
}

impl ChordPlan {
    /// The plan as a chart has it.
    #[must_use]
    pub fn chords(&self) -> MeasureChords {
        let mut chords = MeasureChords::NONE;
        for (place, half) in self.halves.iter().enumerate() {
            chords.set_from(half.steps.0, Some(ChordSymbol::Chord(half.chord)));
            chords.expect(place, &half.expected);
        }
        chords
    }
}

/// Whose chords a net hears of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChordsHeard {
    /// All that sounded: people played it, or it is taken for theirs.
    All,
    /// Only what the user played as chords: the rest are a band's own, as right or wrong as it was, and a net that copied
    /// them would trust itself.
    User,
}

/// An imagined past: at which lag, how much it counts.
#[derive(Clone, Copy, Debug)]
struct Hypothesis {
    lag: usize,
    likeness: f32,
    weight: f32,
}

/// What is known of a measure where these chords are heard.
fn known(measure: &BandMeasure, spec: &BandSpec, user: VoiceId, chords: ChordsHeard) -> Known {
    if chords == ChordsHeard::All {
        return Known::of(measure, spec, user);
    }
    let chordal = spec.voices.get(user.index()).is_some_and(|voice| voice.role == Role::Harmony);
    let mut alone = *measure;
    spec.all().without(user).iter().for_each(|voice| alone.clear(voice));
    if chordal { Known::of(&alone, spec, user) } else { Known::of_notes(&alone, user) }
}

/// The chances of both, the second counting so much.
fn mixed(one: &[f32], other: &[f32], share: f32) -> Vec<f32> {
    one.iter().zip(other).map(|(one, other)| one + share * (other - one)).collect()
}

/// What was read up to the wanted measure.
struct Read {
    /// All that was heard.
    known: Vec<Known>,
    pasts: Vec<Hypothesis>,
    /// Where the net is, in each past.
    states: Vec<HarmonyState>,
    /// The last chord.
    before: Option<usize>,
    /// By how much the music was moved.
    shift: i32,
}

impl TrainedHarmony {
    /// The chords of the wanted measure; of a request without history, none. `spec` is the band that plays.
    #[must_use]
    pub fn plan(&self, request: &PredictRequest, spec: &BandSpec) -> ChordPlan {
        self.plan_hearing(request, spec, ChordsHeard::All)
    }

    /// The same, where these chords are heard; a net that copies none hears all.
    #[must_use]
    pub fn plan_hearing(&self, request: &PredictRequest, spec: &BandSpec, chords: ChordsHeard) -> ChordPlan {
        let shift = request.tonality.to_c();
        let measures: Vec<BandMeasure> = request.history.iter().map(|measure| measure.transposed(shift)).collect();
        let Some(newest) = measures.len().checked_sub(1) else { return ChordPlan::default() };
        let ahead = usize::from(request.ahead.max(1));
        let alike = loop_lag::alikes(&measures, VoiceMask::only(request.user));
        if self.config.copies {
            let known = measures.iter().map(|measure| known(measure, spec, request.user, chords)).collect();
            return self.point(request, (spec, chords), &Story { known, alike });
        }
        let lags = best_lags(newest, ahead, |a, b| alike[a][b]);
        let mut pasts: Vec<Hypothesis> = lags
            .iter()
            .map(|(lag, weight)| Hypothesis { lag: lag.lag, likeness: lag.likeness, weight: *weight })
            .collect();
        if pasts.is_empty() {
            // Nothing has repeated yet: the user goes on as now.
            pasts.push(Hypothesis { lag: ahead, likeness: 0.0, weight: 1.0 });
        }
        let known: Vec<Known> = measures.iter().map(|measure| Known::of(measure, spec, request.user)).collect();
        let mut state = self.start();
        let mut before = None;
        for at in (newest + 1).saturating_sub(self.config.window)..=newest {
            let back = at.checked_sub(pasts[0].lag).map(|at| &known[at]);
            before = self.hear(&mut state, &known[at], None, back, before);
        }
        let mut states: Vec<HarmonyState> = vec![state; pasts.len()];
        // The measures between, in which only the band's part is known.
        let planned = request.planned.map(|planned| planned.transposed(shift));
        for at in newest + 1..newest + ahead {
            let between = planned.as_ref().map(|planned| Known::of(planned, spec, request.user));
            let mut last = before;
            for (past, state) in pasts.iter().zip(&mut states) {
                let imagined = &known[(at - past.lag.min(at)).min(newest)];
                let chords = between.as_ref().map_or(vec![None; imagined.heard.len()], |known| known.chords.clone());
                let one = Known { heard: imagined.heard.clone(), chords };
                last = self.hear(state, &one, Some(past.likeness), Some(imagined), before);
            }
            before = last;
        }
        self.foretell(request, Read { known, pasts, states, before, shift })
    }

    /// The chords of the wanted measure, from what was heard, by a net that copies.
    fn point(&self, request: &PredictRequest, (spec, chords): (&BandSpec, ChordsHeard), story: &Story) -> ChordPlan {
        let shift = request.tonality.to_c();
        let ahead = usize::from(request.ahead.max(1));
        let wanted = story.known.len() - 1 + ahead;
        let planned = request.planned.filter(|_| ahead > 1).map(|planned| planned.transposed(shift));
        let between = planned.map(|planned| known(&planned, spec, request.user, chords));
        let mut state = self.start();
        // Each measure of the window is read as it was asked for.
        let first = (wanted + 1).saturating_sub(self.config.window).max(ahead);
        let mut before = None;
        for measure in first..wanted {
            let known = story.known.get(measure).or(between.as_ref());
            let count = known.map_or(halves(request.steps).len(), |known| known.heard.len());
            for half in 0..count {
                let asked = Asked { measure, half, halves: count, ahead, before };
                self.pass(&story.question(&asked), &mut state);
                before = known.and_then(|known| known.half(half).1);
            }
        }
        let hears_chords = story.known.iter().any(|known| known.chords.iter().any(Option::is_some));
        let believed = self.believed(story.known.len() - 1, ahead, &story.alike);
        let opinions = self.opinions(story);
        let mut plan = ChordPlan::default();
        let ends = halves(request.steps);
        let count = ends.len();
        for (half, steps) in ends.enumerate() {
            let asked = Asked { measure: wanted, half, halves: count, ahead, before };
            let Some(own) = self.answer(&story.question(&asked), &mut state) else { break };
            let imagined = self.imagined(story, &asked, &believed.notes);
            let imagined = imagined.unwrap_or_else(|| story.expected(&asked, &believed.notes));
            // Where no chord is heard, none is copied, and it is not too sure.
            let honest = |chances| if hears_chords { self.tempered(chances, story.known.len()) } else { chances };
            let (best, may, chances) = match opinions.as_ref().map(|all| all.mean(&asked, &believed.chords)) {
                Some(of_lags) => {
                    let (planned, said) = if hears_chords { (BESIDE_CHORDS, BESIDE_CHORDS) } else { (ALONE, SAID) };
                    let of_both = |share| honest(mixed(&own, &of_lags, share));
                    let may = of_both(planned);
                    (least_wrong(&may, &imagined), may, of_both(said))
                }
                None => {
                    let own = honest(own);
                    (likeliest(&own, &imagined, COPIED_FIT), own.clone(), own)
                }
            };
            before = Some(best);
            plan.halves.push(ForetoldHalf::said(steps, best, &may, chances, shift));
        }
        plan
    }

    /// How much of the user's time in each half of the wanted measure each pitch class is expected to have, in C: 1 together.
    /// Nothing where nothing was heard, or the net has no imaginer.
    #[must_use]
    pub fn imagine(&self, request: &PredictRequest, believed: &Shares, alike: &[Vec<f32>]) -> Vec<[f32; 12]> {
        let Some(newest) = request.history.len().checked_sub(1) else { return Vec::new() };
        let shift = request.tonality.to_c();
        let known = request.history.iter().map(|measure| Known::of_notes(&measure.transposed(shift), request.user));
        let story = Story { known: known.collect(), alike: alike.to_vec() };
        let ahead = usize::from(request.ahead.max(1));
        let count = halves(request.steps).len();
        let asked = |half| Asked { measure: newest + ahead, half, halves: count, ahead, before: None };
        (0..count).filter_map(|half| self.imagined(&story, &asked(half), believed)).collect()
    }

    /// Reads a measure whose chords are known as far as they are; the last chord that it has.
    fn hear(
        &self,
        state: &mut HarmonyState,
        measure: &Known,
        imagined: Option<f32>,
        back: Option<&Known>,
        mut before: Option<usize>,
    ) -> Option<usize> {
        for (half, now) in measure.heard.iter().enumerate() {
            let at_lag = back.and_then(|back| back.half(half).1);
            let then = measure.heard.get(half + 1);
            self.read(&Half { now, then, before, at_lag, second: half > 0, imagined }, state);
            before = measure.half(half).1.or(before);
        }
        before
    }

    /// The halves of the wanted measure, one after the other, in all pasts at once.
    fn foretell(
        &self,
        request: &PredictRequest,
        Read { known, pasts, mut states, mut before, shift }: Read,
    ) -> ChordPlan {
        let wanted = known.len() - 1 + usize::from(request.ahead.max(1));
        let last = known.len() - 1;
        let mut plan = ChordPlan::default();
        for (half, steps) in halves(request.steps).enumerate() {
            let (mut chances, mut notes) = (vec![0.0f32; CHORD_CLASSES], [0.0f32; 12]);
            for (past, state) in pasts.iter().zip(&mut states) {
                let back = &known[(wanted - past.lag.min(wanted)).min(last)];
                let (now, at_lag) = back.half(half);
                let then = back.heard.get(half + 1);
                let imagined = Some(past.likeness);
                self.read(&Half { now, then, before, at_lag, second: half > 0, imagined }, state);
                let one = self.chances(state);
                chances.iter_mut().zip(one).for_each(|(sum, chance)| *sum += past.weight * chance);
                notes.iter_mut().zip(chroma(now)).for_each(|(sum, time)| *sum += past.weight * time);
            }
            let best = likeliest(&chances, &notes, FIT);
            before = Some(best);
            plan.halves.push(ForetoldHalf::said(steps, best, &chances.clone(), chances, shift));
        }
        plan
    }
}
