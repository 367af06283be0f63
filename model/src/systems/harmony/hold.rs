//! *Hold what repeats*: where the user's music comes round again, so do the chords that fitted last time.

use super::features::{accompanying, fit};
use crate::music::band::{BandMeasure, BandSpec, VoiceMask};
use crate::music::chart::{MeasureChords, halves};
use crate::music::chord::ChordSymbol;
use crate::predict::predictor::PredictRequest;
use crate::rules::loop_lag::{MAX_LAG, likeness, shape};

/// How alike two measures of the user's are that count as the same. Chosen: a passing note more or less lets them be.
const SAME: f32 = 0.85;

/// The newest measures that are compared with those one lag before. Chosen: two phrases of four.
const COMPARED: usize = 8;

/// What a measure costs that is not as it was, in measures that are. Chosen: one changed measure in a loop of four still
/// leaves it a loop.
const OTHER: i32 = 2;

/// How many more measures must be as they were. Chosen: one may be chance.
const COMES_ROUND: i32 = 2;

/// How well a chord fits the user's notes that is held though the user played something else to it than the time before.
/// Chosen: half of the notes are in it.
const FITS: f32 = 0.5;

/// How badly a chord fits that is planned anew whatever was played before. Chosen: more notes lie a semitone beside it than
/// in it.
const CLASHES: f32 = -0.25;

/// The lag at which the user's music comes round, `None` where it does not.
fn round(history: &[&BandMeasure], ahead: usize, user: VoiceMask) -> Option<usize> {
    let newest = history.len().checked_sub(1)?;
    let shapes: Vec<_> = history.iter().rev().take(COMPARED + MAX_LAG).map(|measure| shape(measure, user)).collect();
    let silent = |ago: usize| shapes[ago].iter().all(|&time| time <= 0.0);
    let score = |lag: usize| -> i32 {
        let pairs = (0..COMPARED).take_while(|ago| ago + lag <= newest);
        let heard = pairs.filter(|&ago| !(silent(ago) && silent(ago + lag)));
        heard.map(|ago| if likeness(&shapes[ago], &shapes[ago + lag]) > SAME { 1 } else { -OTHER }).sum()
    };
    let lags = ahead.max(2)..=MAX_LAG.min(newest);
    let found = lags.map(|lag| (score(lag), lag)).filter(|(score, _)| *score >= COMES_ROUND);
    found.max_by_key(|&(score, lag)| (score, std::cmp::Reverse(lag))).map(|(_, lag)| lag)
}

/// Where in the history the measure one round before the wanted one stands, and how many measures before it lies; `None` where
/// the user's music does not come round.
pub(crate) fn round_before(request: &PredictRequest) -> Option<(usize, usize)> {
    let history: Vec<&BandMeasure> = request.history.iter().collect();
    let ahead = usize::from(request.ahead.max(1));
    let lag = round(&history, ahead, VoiceMask::only(request.user))?;
    Some(((history.len() - 1 + ahead).checked_sub(lag)?, lag))
}

/// The chords of the wanted measure that are held, beside those that are known; `None` where none is.
///
/// Held are the chords that sounded one round before: firmly where the user played to them what they had played the round
/// before that, unless they clash; elsewhere as if they were foretold, if they fit what the user played.
#[must_use]
pub fn held(request: &PredictRequest, spec: &BandSpec) -> Option<MeasureChords> {
    let open = halves(request.steps).any(|(from, _)| request.chords.at(from).is_none());
    if !open || request.known().is_some() || request.voices.has(request.user) {
        return None;
    }
    let (then, lag) = round_before(request)?;
    let last = request.history.get(then)?;
    let earlier = then.checked_sub(lag).and_then(|at| request.history.get(at));
    // Another meter has other halves.
    if last.steps() != request.steps {
        return None;
    }
    let played = |measure: &BandMeasure, (from, to): (u8, u8)| -> [f32; 12] {
        if measure.present.has(request.user) { measure.voice(request.user).chroma_between(from, to) } else { [0.0; 12] }
    };
    let (mut chords, mut soft) = (request.chords, MeasureChords::NONE);
    for (from, to) in halves(request.steps) {
        let chord = accompanying(last, spec, (from, to)).filter(|_| request.chords.at(from).is_none());
        let held = chord.and_then(|chord| {
            let heard = played(last, (from, to));
            let fits = fit(chord.pitch_classes(), &heard);
            let as_before = earlier.is_some_and(|earlier| alike(&heard, &played(earlier, (from, to))));
            Holds::by(fits, as_before, heard.iter().sum::<f32>() <= 0.0).map(|holds| (chord, holds))
        });
        let symbol = |wanted| held.filter(|(_, holds)| *holds == wanted).map(|(chord, _)| ChordSymbol::Chord(chord));
        soft.set_from(from, symbol(Holds::Softly));
        if let Some(chord) = symbol(Holds::Firmly) {
            chords.hold((from, to), chord);
        }
    }
    chords.foretell(&soft);
    (chords != request.chords).then_some(chords)
}

/// How a chord is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    /// As if it were known.
    Firmly,
    /// As if it were foretold: a note that the player seems about to play may stay beside it.
    Softly,
}

impl Holds {
    /// Of a chord that fits so well; did the player play the same to it twice, or nothing?
    fn by(fits: f32, as_before: bool, silent: bool) -> Option<Self> {
        match (as_before, silent) {
            (true, _) if fits > CLASHES => Some(Self::Firmly),
            (false, true) => Some(Self::Softly),
            (false, false) if fits >= FITS => Some(Self::Softly),
            _ => None,
        }
    }
}

/// Are these about the same notes?
fn alike(a: &[f32; 12], b: &[f32; 12]) -> bool {
    let product = |a: &[f32; 12], b: &[f32; 12]| -> f32 { a.iter().zip(b).map(|(x, y)| x * y).sum() };
    let lengths = (product(a, a) * product(b, b)).sqrt();
    lengths > 0.0 && product(a, b) > SAME * lengths
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::chord::Chord;
    use crate::music::measure::Measure;
    use crate::music::note::{Key, Note};

    /// Measures in which the Lead holds these keys in turn, and Chords the major chords on these roots.
    fn request(measures: &[(i32, i32)]) -> PredictRequest {
        let spec = BandSpec::pop();
        let mut request = PredictRequest::empty();
        request.voices = spec.all().without(request.user);
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

    fn named(request: &PredictRequest) -> Option<[String; 2]> {
        let chords = held(request, &BandSpec::pop())?;
        Some([0, 8].map(|step| chords.at(step).map(|chord| chord.to_string()).unwrap_or_default()))
    }

    /// C F G F, with a tune of tones of these.
    const ROUND: [(i32, i32); 4] = [(76, 0), (69, 5), (74, 7), (72, 5)];

    #[test]
    fn what_comes_round_has_the_chords_of_the_last_round() {
        let rounds = ROUND.repeat(3);
        for heard in 7..11 {
            // After so many measures, the one after next.
            assert_eq!(named(&request(&rounds[..heard])), expected_at(&rounds, heard + 1), "after {heard}");
        }
        assert_eq!(named(&request(&rounds[..4])), None, "nothing has come round yet");
        assert_eq!(named(&request(&[(60, 0), (62, 5), (64, 7), (65, 9), (67, 0), (69, 5)])), None);
    }

    fn expected_at(rounds: &[(i32, i32)], measure: usize) -> Option<[String; 2]> {
        let chord = Chord::new(u8::try_from(rounds[measure].1).expect("a root"), crate::music::chord::Quality::Major);
        Some([chord.to_string(), chord.to_string()])
    }

    #[test]
    fn a_chord_that_the_player_speaks_against_is_not_held_and_all_others_are() {
        let mut rounds = ROUND.repeat(4);
        // In the third round the player holds A flat to the band's G.
        rounds[10].0 = 68;
        for heard in 12..15 {
            let found = named(&request(&rounds[..heard]));
            let expected = if heard + 1 == 14 { None } else { expected_at(&rounds, heard + 1) };
            assert_eq!(found, expected, "after {heard} measures");
        }
    }

    #[test]
    fn what_is_known_stands_and_a_band_that_fills_in_is_held_to_nothing() {
        let mut known = request(&ROUND.repeat(2));
        known.chords.set_from(8, Some("Eb".parse().expect("a chord")));
        assert_eq!(named(&known), Some(["F".to_owned(), "Eb".to_owned()]));
        known.chords.set_from(0, Some("Eb".parse().expect("a chord")));
        assert_eq!(named(&known), None);
        let mut own = request(&ROUND.repeat(2));
        own.voices = own.voices.and(VoiceMask::NONE).or(VoiceMask::only(own.user));
        assert_eq!(named(&own), None);
    }
}
