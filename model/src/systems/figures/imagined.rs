//! What the user is imagined to play in the measure that is wanted.

use super::sounding::Sounding;
use crate::music::band::VoiceMask;
use crate::music::chart::halves;
use crate::music::chord::PitchClasses;
use crate::music::measure::Measure;
use crate::predict::predictor::PredictRequest;
use crate::rules::loop_lag::{self, Lag};
use crate::systems::harmony::{TrainedHarmony, believed_by};

/// What each class costs besides that sounds beyond four at once. Chosen on the validation songs: people's chords have as many
/// at most.
const CROWDED: f32 = 0.05;

/// How much of what fits is told by the classes that an imaginer expects, of all; the rest is by the measures that are believed
/// to come again, step by step. Chosen on the validation songs: with more, more notes fit, and they fit anywhere.
const BY_CLASSES: f32 = 0.5;

/// To which power a believer's shares are taken: the likeliest guesses count more than they are believed. Chosen on the
/// validation songs: *in time* is 0.01 more than with 1, and the chords are 0.003 less like people's.
const SURE: i32 = 2;

/// One measure that the user may play.
struct Guess {
    measure: Measure,
    /// How far it is believed; those of all guesses are 1 together.
    share: f32,
    /// How well the music repeats there, 0…1.
    likeness: f32,
}

/// What the user is imagined to play: what they played at the lags at which their music repeats best, each as far as it is
/// believed, and which classes are to be expected whatever comes. In C.
#[derive(Default)]
pub(super) struct Imagined {
    guesses: Vec<Guess>,
    /// How much of their time in each half measure each class has, 1 together; none where nobody says it.
    classes: Vec<[f32; 12]>,
}

impl Imagined {
    /// The measures at the lags that `listener` believes in, as chords are foretold by; where chords are known, at the best by
    /// the loop rule alone: over several, tones beside a known chord seem to fit.
    pub(super) fn of(request: &PredictRequest, listener: Option<&TrainedHarmony>) -> Self {
        let Some(newest) = request.history.len().checked_sub(1) else { return Self::default() };
        let ahead = usize::from(request.ahead);
        let alike = loop_lag::alikes(request.history.iter(), VoiceMask::only(request.user));
        if request.chords.is_known() {
            let best = loop_lag::lag(newest, ahead, |a, b| alike[a][b]).map(|lag| (lag, 1.0));
            return Self::at(best.into_iter().collect(), request);
        }
        let sure = if listener.is_some() { SURE } else { 1 };
        let believed = believed_by(listener, newest, ahead, &alike).notes;
        let classes = listener.map(|net| net.imagine(request, &believed, &alike)).unwrap_or_default();
        let lags = believed.into_iter().map(|(lag, share)| (lag, share.powi(sure))).collect();
        Self { classes, ..Self::at(lags, request) }
    }

    fn at(lags: Vec<(Lag, f32)>, request: &PredictRequest) -> Self {
        let home = request.tonality.to_c();
        let guess = |(lag, share): (Lag, f32)| {
            let place = (request.history.len() - 1 + usize::from(request.ahead)).checked_sub(lag.lag)?;
            let then = request.history.get(place)?;
            let heard = then.steps() == request.steps && then.present.has(request.user);
            let measure = then.voice(request.user).transposed(home);
            heard.then_some(Guess { measure, share, likeness: lag.likeness })
        };
        let mut guesses: Vec<Guess> = lags.into_iter().filter_map(guess).collect();
        let all: f32 = guesses.iter().map(|guess| guess.share).sum();
        guesses.iter_mut().for_each(|guess| guess.share /= all);
        Self { guesses, classes: Vec::new() }
    }

    /// How much of the time from step to step the user is imagined to sound each class, 0…1; less, the less sure that is.
    pub(super) fn classes(&self, from: u8, to: u8) -> [f32; 12] {
        let mut out = [0.0; 12];
        for Guess { measure, share, likeness } in &self.guesses {
            let to = to.max(from + 2).min(measure.steps());
            let time = f32::from(to.saturating_sub(from)).max(1.0);
            let parts = measure.chroma_between(from, to);
            out.iter_mut().zip(parts).for_each(|(sum, part)| *sum += share * likeness * part / time);
        }
        out
    }

    /// How well what the band sounds fits what is imagined, as is to be expected: the share of the user's time in which it has
    /// the same class, without that in which one lies a semitone beside it, less what its classes cost, `full` each. 0 where
    /// nothing is imagined.
    pub(super) fn fit(&self, band: &Sounding, full: f32) -> f32 {
        let band: Vec<Beside> = band.classes().into_iter().map(|classes| Beside::to(classes, full)).collect();
        let by_step = self.guesses.iter().map(|guess| guess.share * fit(&guess.measure, &band)).sum();
        match self.by_classes(&band) {
            Some(by_classes) => BY_CLASSES * by_classes + (1.0 - BY_CLASSES) * by_step,
            None => by_step,
        }
    }

    /// The same by the classes that are expected, wherever in a half measure they sound; `None`: nobody says them.
    fn by_classes(&self, band: &[Beside]) -> Option<f32> {
        let (mut sum, mut count) = (0.0, 0.0f32);
        for ((from, to), expected) in halves(u8::try_from(band.len()).unwrap_or(u8::MAX)).zip(&self.classes) {
            for beside in &band[usize::from(from)..usize::from(to)] {
                sum += beside.0.iter().zip(expected).map(|(worth, share)| share * worth).sum::<f32>();
                count += 1.0;
            }
        }
        (count > 0.0).then(|| sum / count)
    }
}

/// How well each class of the user's fits what the band sounds to it.
struct Beside([f32; 12]);

impl Beside {
    /// What the band sounds are these classes, which cost `full` each.
    fn to(band: PitchClasses, full: f32) -> Self {
        let count = f32::from(u8::try_from(band.iter().count()).unwrap_or(12));
        let costs = full * count + CROWDED * (count - 4.0).max(0.0);
        let sounds = |class: u8, above: u8| f32::from(u8::from(band.has((class + above) % 12)));
        let worth = |class| sounds(class, 0) - f32::max(sounds(class, 1), sounds(class, 11)) - costs;
        Self([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map(worth))
    }
}

/// How well the user's measure fits what the band sounds at each step.
fn fit(user: &Measure, band: &[Beside]) -> f32 {
    let (mut fits, mut all) = (0.0, 0.0);
    for (step, beside) in (0u8..).zip(band) {
        for note in user.notes().iter().filter(|note| note.sounds_at(step)) {
            all += 1.0;
            fits += beside.0[usize::from(note.key.pitch_class())];
        }
    }
    if all > 0.0 { fits / all } else { 0.0 }
}

#[cfg(test)]
impl Imagined {
    /// The user is sure to hold this key for so many steps.
    pub(super) fn holding(key: i32, steps: u8) -> Self {
        use crate::music::note::{Key, Note};
        let measure = Measure::from_notes(16, [Note::new(0, steps, Key::clamped(key))]);
        Self { guesses: vec![Guess { measure, share: 1.0, likeness: 1.0 }], classes: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::band::{BandMeasure, BandSpec};
    use crate::music::note::{Key, Note};
    use crate::systems::band_file::Band;

    /// What each class costs.
    const FULL: f32 = 0.12;

    fn holding(key: i32) -> Measure {
        Measure::from_notes(16, [Note::new(0, 16, Key::clamped(key))])
    }

    /// After the user held these keys, a measure each, and the next measure is wanted.
    fn request(keys: &[i32]) -> PredictRequest {
        let mut request = PredictRequest::empty();
        for &key in keys {
            let mut measure = BandMeasure::missing(16);
            measure.set(request.user, &holding(key));
            request.history.push(&measure);
        }
        request.ahead = 1;
        request
    }

    /// How likely the user is to hold C, E, G.
    fn imagined(request: &PredictRequest) -> [f32; 3] {
        let classes = Imagined::of(request, None).classes(0, 16);
        [0, 4, 7].map(|class| classes[class])
    }

    #[test]
    fn what_may_come_is_imagined_as_far_as_it_is_believed() {
        assert_eq!(imagined(&request(&[])), [0.0; 3], "nothing was heard");
        // After F there came C twice and E once; G came after none.
        let mut heard = request(&[65, 60, 67, 65, 64, 67, 65, 60, 67, 65]);
        let [c, e, g] = imagined(&heard);
        assert!(c > e && e > 0.0 && g < e, "{c} {e} {g}");
        heard.chords.set_from(0, "C".parse().ok());
        let [c, e, g] = imagined(&heard);
        assert!(c.max(e) > 0.3 && c.min(e) <= 0.0 && g <= 0.0, "a known chord has one: {c} {e} {g}");
    }

    #[test]
    fn who_believes_in_lags_knows_what_a_loop_has_next() {
        let net = Band::harmony().expect("it ships");
        let loop_of = |keys: &[i32]| Imagined::of(&request(&keys.repeat(3)), Some(&net)).classes(0, 16);
        // The next measure is the first again; the rest of the loop is hardly imagined.
        let classes = loop_of(&[60, 67, 65, 64]);
        assert!(classes[0] > 0.8 && [7, 5, 4].iter().all(|&class| classes[class] < 0.1), "{classes:?}");
        let classes = loop_of(&[60, 62, 67, 65, 64, 69]);
        assert!(classes[0] > 0.8, "six measures: {classes:?}");
    }

    #[test]
    fn who_listens_expects_the_tones_of_the_key_where_nothing_repeats() {
        let net = Band::harmony().expect("it ships");
        let spec = BandSpec::pop();
        let voice = spec.voice("Chords").expect("chords");
        // Neither A nor B flat was heard, nor what lies beside them.
        let request = request(&[60, 67, 62, 64, 60, 67]);
        let fit = |listener: Option<&TrainedHarmony>, key: i32| {
            let mut band = BandMeasure::missing(16);
            band.set(voice, &holding(key));
            Imagined::of(&request, listener).fit(&Sounding::of(&band, VoiceMask::only(voice), 0), FULL)
        };
        let of_the_key = |listener| fit(listener, 69) - fit(listener, 70);
        assert!(of_the_key(Some(&net)) > 0.02 && of_the_key(None).abs() < 1e-5, "{}", of_the_key(Some(&net)));
    }

    #[test]
    fn classes_that_are_expected_fit_in_their_half_of_the_measure_alone() {
        let spec = BandSpec::pop();
        let voice = spec.voice("Chords").expect("chords");
        let sure = |class: usize| std::array::from_fn(|at| f32::from(u8::from(at == class)));
        let imagined = Imagined { guesses: Vec::new(), classes: vec![sure(0), sure(6)] };
        let fit = |halves: [i32; 2]| {
            let mut band = BandMeasure::missing(16);
            let notes = [(0, halves[0]), (8, halves[1])].map(|(step, key)| Note::new(step, 8, Key::clamped(key)));
            band.set(voice, &Measure::from_notes(16, notes));
            imagined.fit(&Sounding::of(&band, VoiceMask::only(voice), 0), FULL) / BY_CLASSES + FULL
        };
        let close = |found: f32, expected: f32| assert!((found - expected).abs() < 1e-5, "{found}, not {expected}");
        close(fit([60, 66]), 1.0);
        close(fit([66, 60]), 0.0);
        close(fit([60, 65]), 0.0);
    }

    #[test]
    fn what_fits_is_what_sounds_with_the_user_and_not_beside() {
        let spec = BandSpec::pop();
        let voice = spec.voice("Chords").expect("chords");
        let band = |key| {
            let mut out = BandMeasure::missing(16);
            out.set(voice, &holding(key));
            out
        };
        let sounding = |key| Sounding::of(&band(key), VoiceMask::only(voice), 0);
        let of = |key| Imagined::holding(64, 16).fit(&sounding(key), FULL);
        assert!(of(52) > of(55) && of(55) > of(53) && of(53) < -0.9, "{} {} {}", of(52), of(55), of(53));
        assert_eq!(Imagined::default().fit(&sounding(60), FULL), 0.0);
    }
}
