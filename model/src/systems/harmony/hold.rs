//! *Hold what repeats*: where the user's music comes round again, so do the chords that fitted last time.

use std::str::FromStr;

use super::features::{accompanying, fit};
use super::rounds::{self, SAME};
use crate::music::band::{BandMeasure, BandSpec};
use crate::music::chart::{MeasureChords, halves};
use crate::music::chord::ChordSymbol;
use crate::predict::predictor::PredictRequest;

/// How well a chord fits the user's notes that is held though the user played something else to it than the time before.
/// Chosen: half of the notes are in it.
const FITS: f32 = 0.5;

/// How badly a chord fits that is planned anew whatever was played before. Chosen: more than half of the notes lie a semitone
/// beside it, if none is in it. Where half of them do (−0.25), a loop stays as it is: else more than one in twenty chords of a
/// loop of a lead sheet would change.
const CLASHES: f32 = -0.3;

/// Where chords are held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Hold {
    /// Nowhere.
    #[default]
    Never,
    /// Where the user's music is a loop: a round of it, and what was heard of the next, was played twice without a change.
    Loops,
    /// Wherever the user's music comes round again, as the verse of a song does.
    Repeats,
}

impl Hold {
    /// Are chords held in the measure that is wanted, where they may be?
    fn holds(self, request: &PredictRequest) -> bool {
        match self {
            Self::Never => false,
            Self::Loops => rounds::is_loop(request),
            Self::Repeats => true,
        }
    }
}

/// No choice of what is held has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("chords are not held `{0}`: choose on (wherever your music comes round again), loops, off")]
pub struct NoSuchHold(String);

impl FromStr for Hold {
    type Err = NoSuchHold;

    fn from_str(name: &str) -> Result<Self, NoSuchHold> {
        match name {
            "off" => Ok(Self::Never),
            "loops" => Ok(Self::Loops),
            "on" => Ok(Self::Repeats),
            _ => Err(NoSuchHold(name.to_owned())),
        }
    }
}

/// The chords of the wanted measure that are held, beside those that are known; `None` where none is.
///
/// Held are the chords that sounded one round before: firmly where the user played to them what they had played the round
/// before that, or rested both times, unless they clash; elsewhere as if they were foretold, if they fit what the user played.
#[must_use]
pub fn held(hold: Hold, request: &PredictRequest, spec: &BandSpec) -> Option<MeasureChords> {
    let open = halves(request.steps).any(|(from, _)| request.chords.at(from).is_none());
    if !open || request.known().is_some() || request.voices.has(request.user) || !hold.holds(request) {
        return None;
    }
    let (then, lag) = rounds::round_before(request)?;
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

/// Are these about the same notes, or both none? Who rests each time leaves the chords as they are.
fn alike(a: &[f32; 12], b: &[f32; 12]) -> bool {
    let product = |a: &[f32; 12], b: &[f32; 12]| -> f32 { a.iter().zip(b).map(|(x, y)| x * y).sum() };
    let lengths = (product(a, a) * product(b, b)).sqrt();
    if lengths > 0.0 { product(a, b) > SAME * lengths } else { product(a, a) == product(b, b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::band::VoiceMask;
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
        let chords = held(Hold::Repeats, request, &BandSpec::pop())?;
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

    /// In which measures a chord is held, when so many of these were heard that the one after next is it.
    fn held_in(hold: Hold, tune: &[i32]) -> Vec<usize> {
        let measures: Vec<_> = tune.iter().map(|&key| (key, (key - 60).rem_euclid(12))).collect();
        let holds = |wanted: &usize| held(hold, &request(&measures[..wanted - 1]), &BandSpec::pop()).is_some();
        (2..tune.len() + 2).filter(holds).collect()
    }

    #[test]
    fn a_loop_is_held_from_its_third_round_and_a_song_that_comes_back_to_something_is_not() {
        let eight = [60, 69, 65, 67, 62, 64, 71, 66];
        let four = &eight[..4];
        let (loops, repeats) = (|tune: &[i32]| held_in(Hold::Loops, tune), |tune: &[i32]| held_in(Hold::Repeats, tune));
        // The last measure of the second round is planned when six of it were heard.
        assert_eq!(loops(&eight.repeat(4)), (15..34).collect::<Vec<_>>());
        assert_eq!(loops(&four.repeat(6)), (11..26).collect::<Vec<_>>());
        // Twice the same phrase and another, as songs have it, and a verse that comes after a chorus.
        let other = [61, 70, 63, 68];
        for song in [[four, four, &other, four].concat(), [&eight[..], &other, &eight].concat()] {
            assert!(loops(&song).is_empty() && !repeats(&song).is_empty(), "{song:?}");
        }
        // One that began its third round is one over a change, and one that changes in its second is none until it came round.
        let changed = |round: usize| {
            let mut tune = four.repeat(8);
            tune[4 * round..].iter_mut().filter(|key| **key == 65).for_each(|key| *key = 66);
            loops(&tune)
        };
        assert_eq!(changed(4), (11..34).collect::<Vec<_>>());
        assert_eq!(changed(1), (14..34).collect::<Vec<_>>());
        assert!(held_in(Hold::Never, &eight.repeat(4)).is_empty());
    }

    #[test]
    fn who_rests_in_a_loop_plays_one_and_who_is_silent_does_not() {
        let silent = |measures: &mut PredictRequest, every: usize| {
            let user = measures.user;
            let heard: Vec<BandMeasure> = measures.history.iter().copied().collect();
            *measures = PredictRequest { history: Default::default(), ..measures.clone() };
            for (at, mut measure) in heard.into_iter().enumerate() {
                if at % 4 >= every {
                    measure.set(user, &Measure::silent(16));
                }
                measures.history.push(&measure);
            }
        };
        for (sounding, expected) in [(0, false), (1, true), (2, true), (4, true)] {
            let mut heard = request(&ROUND.repeat(5));
            silent(&mut heard, sounding);
            let held = held(Hold::Loops, &heard, &BandSpec::pop());
            // The wanted measure is one in which the player rests, but for the last of these.
            assert_eq!(held.is_some_and(|chords| chords.is_held(0)), expected, "{sounding} of four measures sound");
        }
    }

    #[test]
    fn each_choice_has_its_word() {
        let words = ["off", "loops", "on"].map(str::parse::<Hold>);
        assert_eq!(words, [Hold::Never, Hold::Loops, Hold::Repeats].map(Ok));
        let error = "always".parse::<Hold>().expect_err("no such choice").to_string();
        assert!(error.contains("`always`") && error.contains("loops"), "{error}");
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
