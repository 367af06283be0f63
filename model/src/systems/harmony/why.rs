//! Why a chord is planned, in words that a musician would use.

use std::fmt;

use super::classes::class;
use super::features::accompanying;
use super::trained::{TrainedHarmony, believed_by};
use crate::music::band::{BandMeasure, BandSpec, VoiceMask};
use crate::music::chart::halves;
use crate::music::chord::{Chord, PitchClasses, Quality};
use crate::predict::predictor::PredictRequest;
use crate::rules::loop_lag::{self, Lag};

/// The share of what the user is imagined to play in the half measure from which a pitch class speaks for a chord. Chosen:
/// less than a quarter is a passing note.
const SPEAKS: f32 = 0.25;

/// The share of belief from which a lag speaks for a chord. Chosen: the music repeats there, if not best.
const BELIEVED: f32 = 0.1;

/// What speaks for a chord.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The user typed it, in a chart.
    Typed,
    /// It stood so many measures before, where the user's music was what it is now.
    AsBefore(usize),
    /// This note of it, as a pitch class, is what the user seems about to play.
    Fits(u8),
    /// Nothing but what the net learnt.
    Learnt,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Typed => f.write_str("typed"),
            Self::AsBefore(measures) => write!(f, "as {measures} measures ago"),
            // A major chord is written as its root.
            Self::Fits(class) => write!(f, "fits your {}", Chord::new(*class, Quality::Major)),
            Self::Learnt => f.write_str("follows what was played, as in the songs that were learnt"),
        }
    }
}

/// What speaks for a chord in one half of the wanted measure, the strongest first; never nothing.
///
/// The user is imagined to play what they played at the lags that `net` believes in; without one, at those at which their music
/// repeats best.
#[must_use]
pub fn reasons(
    net: Option<&TrainedHarmony>,
    request: &PredictRequest,
    spec: &BandSpec,
    half: usize,
    chord: Chord,
) -> Vec<Reason> {
    let mut out = Vec::new();
    let steps = halves(request.steps).nth(half).unwrap_or((0, request.steps));
    if request.chords.at(steps.0).is_some() && !request.chords.is_foretold(steps.0) {
        out.push(Reason::Typed);
    }
    let history: Vec<&BandMeasure> = request.history.iter().collect();
    let Some(newest) = history.len().checked_sub(1) else { return or_learnt(out) };
    let ahead = usize::from(request.ahead.max(1));
    let alike = loop_lag::alikes(history.iter().copied(), VoiceMask::only(request.user));
    let believed = believed_by(net, newest, ahead, &alike);
    let at = |lag: &Lag| {
        let measure = (newest + ahead).checked_sub(lag.lag).and_then(|at| history.get(at))?;
        Some((*measure, halves(measure.steps()).nth(half).unwrap_or((0, measure.steps()))))
    };
    let same = |lag: &Lag| {
        let then = at(lag).and_then(|(measure, half)| accompanying(measure, spec, half));
        then.is_some_and(|then| class(then) == class(chord))
    };
    let before = believed.chords.iter().find(|(lag, share)| *share >= BELIEVED && same(lag));
    let mut imagined = [0.0f32; 12];
    for (lag, share) in &believed.notes {
        let Some((measure, (from, to))) = at(lag) else { continue };
        if measure.present.has(request.user) {
            let heard = measure.voice(request.user).chroma_between(from, to);
            imagined.iter_mut().zip(heard).for_each(|(sum, time)| *sum += share * time);
        }
    }
    out.extend(before.map(|(lag, _)| Reason::AsBefore(lag.lag)));
    out.extend(loudest(chord.pitch_classes(), &imagined).map(Reason::Fits));
    or_learnt(out)
}

fn or_learnt(mut reasons: Vec<Reason>) -> Vec<Reason> {
    if reasons.is_empty() {
        reasons.push(Reason::Learnt);
    }
    reasons
}

/// The tone that sounds longest, if it sounds long enough to speak for the chord.
fn loudest(tones: PitchClasses, imagined: &[f32; 12]) -> Option<u8> {
    let total: f32 = imagined.iter().sum();
    let time = |class: u8| imagined[usize::from(class)];
    let best = tones.iter().max_by(|&a, &b| time(a).total_cmp(&time(b)))?;
    (total > 0.0 && time(best) >= SPEAKS * total).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::chord::ChordSymbol;
    use crate::music::measure::Measure;
    use crate::music::note::{Key, Note};

    /// Measures in which the Lead holds these keys in turn, and Chords the major chords on these roots.
    fn request(measures: &[(i32, i32)]) -> PredictRequest {
        let spec = BandSpec::pop();
        let mut request = PredictRequest::empty();
        for &(tune, root) in measures {
            let hold =
                |keys: &[i32]| Measure::from_notes(16, keys.iter().map(|&key| Note::new(0, 16, Key::clamped(key))));
            let mut measure = BandMeasure::missing(16);
            measure.set(spec.voice("Lead").expect("a lead"), &hold(&[tune]));
            measure.set(spec.voice("Chords").expect("chords"), &hold(&[60 + root, 64 + root, 67 + root]));
            request.history.push(&measure);
        }
        request
    }

    fn words(request: &PredictRequest, chord: &str) -> Vec<String> {
        let chord = chord.parse().expect("a chord");
        reasons(None, request, &BandSpec::pop(), 0, chord).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_chord_is_planned_as_it_was_before_or_because_it_fits_or_because_it_was_typed() {
        // C F G Am twice over: after the eighth, the second measure of the third round comes after next.
        let round = [(76, 0), (69, 5), (74, 7), (72, 9)];
        let mut eight = request(&[round, round].concat());
        assert_eq!(words(&eight, "F"), ["as 4 measures ago", "fits your A"]);
        assert_eq!(words(&eight, "Dm"), ["fits your A"]);
        let learnt = Reason::Learnt.to_string();
        assert_eq!(words(&eight, "Eb"), std::slice::from_ref(&learnt));
        eight.chords.set_from(0, Some(ChordSymbol::Chord("Eb".parse().expect("a chord"))));
        assert_eq!(words(&eight, "Eb"), ["typed"]);
        assert_eq!(words(&request(&[]), "C"), [learnt]);
    }

    #[test]
    fn what_is_foretold_is_not_typed() {
        let mut request = request(&[(60, 0)]);
        let mut foretold = crate::music::chart::MeasureChords::NONE;
        foretold.set_from(0, Some(ChordSymbol::Chord("C".parse().expect("a chord"))));
        request.chords.foretell(&foretold);
        assert_eq!(words(&request, "C"), [Reason::Learnt.to_string()]);
    }
}
