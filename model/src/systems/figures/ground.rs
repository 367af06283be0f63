//! Over what figures are laid: the chords, and what the user is imagined to play.

use super::imagined::Imagined;
use crate::music::band::{BandMeasure, VoiceId, VoiceMask};
use crate::music::chart::halves;
use crate::music::chord::{Chord, ChordSymbol, Quality};
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
        let plan = plan.transposed(home);
        let recognised = |from: u8, to: u8| {
            let low = bass.map_or([0.0; 12], |bass| sounding(&plan, VoiceMask::only(bass), from, to));
            Chord::recognised(&sounding(&plan, plan.present, from, to), &low)
        };
        let mut last = recognised(0, request.steps).unwrap_or(Chord::new(0, Quality::Major));
        let mut chords = Vec::with_capacity(usize::from(request.steps));
        for (from, to) in halves(request.steps) {
            let planned = recognised(from, to).unwrap_or(last);
            let sounds = sounding(&plan, plan.present, from, to);
            for step in from..to {
                let told = request.chords.at(step).and_then(ChordSymbol::chord);
                last = told.map_or(planned, |chord| chord.transposed(home));
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

    /// How much what these voices sound is expected to sound like what comes, whichever chord it is, 0…1: the cosine of both,
    /// in the mean over the half measures of which that is known; 0 where it is of none.
    pub(super) fn expected_likeness(&self, measure: &BandMeasure, voices: VoiceMask) -> f32 {
        let likeness = |((from, to), expected): ((u8, u8), &Option<[f32; 12]>)| {
            let sounds = sounding(measure, voices, from, to);
            let length = sounds.iter().map(|time| time * time).sum::<f32>().sqrt();
            let both: f32 = sounds.iter().zip((*expected)?).map(|(time, expected)| time * expected).sum();
            Some(if length > 0.0 { both / length } else { 0.0 })
        };
        let (mut sum, mut count) = (0.0, 0.0);
        for likeness in halves(measure.steps()).zip(&self.expected).filter_map(likeness) {
            (sum, count) = (sum + likeness, count + 1.0);
        }
        if count > 0.0 { sum / count } else { 0.0 }
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

    /// How much of what these voices sound lies in the chords, and of the bass's first notes in each half measure how many are
    /// the chord's lowest tone, each 0…1. Nothing that sounds lies in them; a bass that rests is half right.
    pub(super) fn in_chords(&self, measure: &BandMeasure, voices: VoiceMask, bass: Option<VoiceId>) -> (f32, f32) {
        let share = |(part, all): (f32, f32), none: f32| if all > 0.0 { part / all } else { none };
        let mut inside = (0.0, 0.0);
        for (step, (chord, _)) in (0u8..).zip(&self.chords) {
            let notes = voices.iter().flat_map(|voice| measure.voice(voice).notes());
            for note in notes.filter(|note| note.sounds_at(step)) {
                inside.0 += f32::from(u8::from(chord.pitch_classes().has(note.key.pitch_class())));
                inside.1 += 1.0;
            }
        }
        let mut lowest = (0.0, 0.0);
        if let Some(bass) = bass.filter(|&bass| voices.has(bass)) {
            for (from, to) in halves(measure.steps()) {
                let sounding = |step| measure.voice(bass).notes().iter().find(|note| note.sounds_at(step));
                let Some(first) = (from..to).find_map(sounding) else { continue };
                let (chord, _) = self.chords[usize::from(from)];
                lowest.0 += f32::from(u8::from(chord.bass == first.key.pitch_class()));
                lowest.1 += 1.0;
            }
        }
        (share(inside, 1.0), share(lowest, 0.5))
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

/// How long each class sounds in these voices, in steps.
fn sounding(measure: &BandMeasure, voices: VoiceMask, from: u8, to: u8) -> [f32; 12] {
    let mut chroma = [0.0; 12];
    for voice in voices.and(measure.present).iter() {
        let its = measure.voice(voice).chroma_between(from, to);
        chroma.iter_mut().zip(its).for_each(|(sum, time)| *sum += time);
    }
    chroma
}
