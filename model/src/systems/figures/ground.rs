//! Over what figures are laid: the chords, and what the user is imagined to play.

use super::imagined::Imagined;
use super::sounding::{Sounding, class_in_c};
use crate::music::band::{BandMeasure, VoiceId, VoiceMask};
use crate::music::chart::halves;
use crate::music::chord::{Chord, ChordSymbol, Quality};
use crate::music::measure::Measure;
use crate::predict::predictor::PredictRequest;
use crate::rules::loop_lag::Lag;

/// What the user's music comes back to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Returning<'a> {
    /// The measure that was heard and played there.
    pub(super) then: &'a BandMeasure,
    /// How well the music repeats.
    pub(super) lag: Lag,
}

/// Over what figures are laid, in C.
pub(super) struct Ground {
    /// The chord of each step, and how long each class sounds in the plan's half measure.
    pub(super) chords: Vec<(Chord, [f32; 12])>,
    /// Whether it is known, at each step: from a chart, or since it is held. Else it is foretold, or the plan's.
    pub(super) known: Vec<bool>,
    /// How much each class is expected to sound in each half measure: as its known chords do, or whichever of the foretold ones
    /// comes; `None` where nothing is known or foretold.
    expected: Vec<Option<[f32; 12]>>,
    /// What the user is imagined to play.
    pub(super) user: Imagined,
}

impl Ground {
    /// The chord of each step is the one that is known or foretold, else the one that the plan's notes are, over the voice
    /// `bass`.
    pub(super) fn new(request: &PredictRequest, plan: &BandMeasure, bass: Option<VoiceId>, user: Imagined) -> Self {
        let home = request.tonality.to_c();
        let planned = Sounding::of(plan, plan.present, home);
        let low = bass.map(|bass| Sounding::of(plan, VoiceMask::only(bass), home));
        let recognised = |from: u8, to: u8| {
            Chord::recognised(&planned.between(from, to), &low.map_or([0.0; 12], |low| low.between(from, to)))
        };
        let mut last = recognised(0, request.steps).unwrap_or(Chord::new(0, Quality::Major));
        let mut chords = Vec::with_capacity(usize::from(request.steps));
        for (from, to) in halves(request.steps) {
            let own = recognised(from, to).unwrap_or(last);
            let sounds = planned.between(from, to);
            for step in from..to {
                let told = request.chords.at(step).and_then(ChordSymbol::chord);
                last = told.map_or(own, |chord| chord.transposed(home));
                chords.push((last, sounds));
            }
        }
        let known = |step| request.chords.at(step).is_some() && !request.chords.is_foretold(step);
        let in_c = |classes: [f32; 12]| {
            let mut classes = classes;
            classes.rotate_right(usize::try_from(home.rem_euclid(12)).unwrap_or(0));
            classes
        };
        let known: Vec<bool> = (0..request.steps).map(known).collect();
        let said = halves(request.steps).zip(request.chords.expected(request.steps));
        let of_half = |((from, to), said): ((u8, u8), Option<[f32; 12]>)| {
            let steps = usize::from(from)..usize::from(to);
            let is_known = steps.clone().all(|step| known[step]);
            said.map(in_c).or_else(|| is_known.then(|| sounds_like(chords[steps].iter().map(|(chord, _)| *chord))))
        };
        let expected = said.map(of_half).collect();
        Self { chords, known, expected, user }
    }

    /// How much what sounds is expected to sound like what comes, whichever chord it is, 0…1: the cosine of both, in the mean
    /// over the half measures of which that is known; 0 where it is of none.
    pub(super) fn expected_likeness(&self, band: &Sounding) -> f32 {
        let steps = u8::try_from(band.steps().len()).unwrap_or(u8::MAX);
        let likeness = |((from, to), expected): ((u8, u8), &Option<[f32; 12]>)| {
            let sounds = band.between(from, to);
            let length = sounds.iter().map(|time| time * time).sum::<f32>().sqrt();
            let both: f32 = sounds.iter().zip((*expected)?).map(|(time, expected)| time * expected).sum();
            Some(if length > 0.0 { both / length } else { 0.0 })
        };
        let (mut sum, mut count) = (0.0, 0.0);
        for likeness in halves(steps).zip(&self.expected).filter_map(likeness) {
            (sum, count) = (sum + likeness, count + 1.0);
        }
        if count > 0.0 { sum / count } else { 0.0 }
    }

    /// How much each class is expected to sound in each half measure, as far as that is known.
    pub(super) fn expected(&self) -> impl Iterator<Item = &[f32; 12]> {
        self.expected.iter().flatten()
    }

    /// From which step to which the chord of this step lasts; beyond the measure, nowhere.
    pub(super) fn span(&self, step: u8) -> (u8, u8) {
        let count = u8::try_from(self.chords.len()).unwrap_or(u8::MAX);
        let same = |other: &u8| {
            self.chords.get(usize::from(*other)).map(|chord| chord.0)
                == self.chords.get(usize::from(step)).map(|chord| chord.0)
        };
        let from = (0..step).rev().take_while(same).last().unwrap_or(step);
        (from, (step..count).take_while(same).last().map_or(count, |last| last + 1))
    }

    /// How much of what sounds lies in the chords, 0…1. Nothing that sounds lies in them.
    #[expect(clippy::cast_precision_loss, reason = "a measure's notes")]
    pub(super) fn in_chords(&self, band: &Sounding) -> f32 {
        let (mut inside, mut all) = (0u32, 0u32);
        for (notes, (chord, _)) in band.steps().iter().zip(&self.chords) {
            let classes = chord.pitch_classes();
            for (class, &count) in (0u8..).zip(notes) {
                inside += if classes.has(class) { u32::from(count) } else { 0 };
                all += u32::from(count);
            }
        }
        if all > 0 { inside as f32 / all as f32 } else { 1.0 }
    }

    /// Of a bass's first notes in each half measure, how many are the chord's lowest tone, 0…1, where the music lies `home`
    /// semitones below C. A bass that rests is half right.
    pub(super) fn founded(&self, bass: &Measure, home: i32) -> f32 {
        let (mut right, mut all) = (0.0, 0.0);
        for (from, to) in halves(bass.steps()) {
            let sounding = |step| bass.notes().iter().find(|note| note.sounds_at(step));
            let Some(first) = (from..to).find_map(sounding) else { continue };
            let (chord, _) = self.chords[usize::from(from)];
            right += f32::from(u8::from(usize::from(chord.bass) == class_in_c(first, home)));
            all += 1.0;
        }
        if all > 0.0 { right / all } else { 0.5 }
    }
}

/// How much each class sounds in these chords, one a step, the roots doubled by the bass; a vector of length 1.
fn sounds_like(chords: impl Iterator<Item = Chord>) -> [f32; 12] {
    let mut sounds = [0.0f32; 12];
    for chord in chords {
        chord.pitch_classes().iter().chain([chord.root]).for_each(|class| sounds[usize::from(class % 12)] += 1.0);
    }
    let length = sounds.iter().map(|time| time * time).sum::<f32>().sqrt().max(1.0);
    sounds.map(|time| time / length)
}
