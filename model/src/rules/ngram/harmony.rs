//! Chord labels: what a half measure sounds like.

use crate::music::band::{BandMeasure, MAX_VOICES, Role, VoiceId, VoiceMask};
use crate::music::measure::Measure;
use crate::music::voicing::Players;
use crate::predict::predictor::{HISTORY, History};
use crate::rules::loop_lag;

/// 0…11 the major triads from C up, 12…23 the minor ones, 24 silence.
pub(super) type Label = u8;
/// How many labels there are. Required: two for each of twelve roots, and silence.
pub(super) const LABELS: usize = 25;
pub(super) const SILENCE: Label = 24;
/// A label that is not known.
pub(super) const UNKNOWN: Label = 25;

/// What each tone of a triad is worth, and what a foreign one costs. Chosen.
const ROOT: f32 = 1.1;
const THIRD: f32 = 1.0;
const FIFTH: f32 = 0.9;
const FOREIGN: f32 = -0.4;
/// What the bass adds to its tone as the root. Chosen.
const BASS: f32 = 0.5;

/// Where the second label of a measure begins: only long measures have two.
pub(super) fn boundary(steps: u8) -> u8 {
    if steps > 12 { 8 } else { steps }
}

/// The triad that fits best, in C: `chroma` and `bass` sound `shift` semitones lower.
pub(super) fn label(chroma: &[f32; 12], bass: &[f32; 12], shift: i32) -> Label {
    let total: f32 = chroma.iter().sum();
    if total <= 0.0 {
        return SILENCE;
    }
    let mut best = (f32::NEG_INFINITY, SILENCE);
    for label in 0..24_u8 {
        let third = if label < 12 { 4 } else { 3 };
        let root = usize::from(label % 12);
        let (third, fifth) = (chroma[(root + third) % 12], chroma[(root + 7) % 12]);
        let foreign = total - chroma[root] - third - fifth;
        let score = ROOT * chroma[root] + THIRD * third + FIFTH * fifth + FOREIGN * foreign + BASS * bass[root];
        if score > best.0 {
            best = (score, label);
        }
    }
    transposed(best.1, shift)
}

fn transposed(label: Label, shift: i32) -> Label {
    if label >= SILENCE {
        return label;
    }
    let root = u8::try_from((i32::from(label % 12) + shift).rem_euclid(12)).unwrap_or(0);
    label / 12 * 12 + root
}

/// The label of all voices from one step to another.
pub(super) fn label_of(players: &Players, measure: &BandMeasure, from: u8, to: u8, shift: i32) -> Label {
    let (mut chroma, mut bass) = ([0.0; 12], [0.0; 12]);
    for voice in measure.present.and(players.all()).iter() {
        let part = measure.voice(voice).chroma_between(from, to);
        let low = players.player(voice).role == Role::Bass;
        for class in 0..12 {
            chroma[class] += part[class];
            bass[class] += if low { part[class] } else { 0.0 };
        }
    }
    label(&chroma, &bass, shift)
}

/// What the user played where the target measure is expected to come from: a label for the whole
/// measure and for each half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) whole: Label,
    pub(super) halves: [Label; 2],
}

impl Heard {
    pub(super) const NOTHING: Self = Self { whole: UNKNOWN, halves: [UNKNOWN; 2] };

    pub(super) fn of(measure: &Measure, shift: i32) -> Self {
        let label = |from, to| {
            let chroma = measure.chroma_between(from, to);
            label(&chroma, &[0.0; 12], shift)
        };
        let (steps, middle) = (measure.steps(), boundary(measure.steps()));
        Self { whole: label(0, steps), halves: [label(0, middle), label(middle, steps)] }
    }
}

/// The user's measure that stands for the one `ahead` of the newest: at the lag that repeats best,
/// else the newest one heard.
pub(super) fn reference(history: &History, ahead: usize, user: VoiceId) -> Option<&Measure> {
    let target = history.len() + ahead - 1;
    let heard = |index: usize| history.get(index).filter(|measure| measure.present.has(user));
    let newest = (0..history.len()).rev().find(|&index| heard(index).is_some())?;
    let only = VoiceMask::only(user);
    let mut shapes = [[0.0; 48]; HISTORY];
    for (shape, measure) in shapes.iter_mut().zip(history.iter()).take(newest + 1) {
        *shape = loop_lag::shape(measure, only);
    }
    let lag = loop_lag::lag(newest, target - newest, |a, b| loop_lag::likeness(&shapes[a], &shapes[b]));
    let found = lag.and_then(|lag| heard(target.checked_sub(lag.lag)?)).map(|measure| measure.voice(user));
    found.filter(|measure| !measure.is_silent()).or_else(|| heard(newest).map(|measure| measure.voice(user)))
}

const _: () = assert!(MAX_VOICES <= 8, "a voice has three bits in the contexts");
