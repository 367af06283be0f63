//! What the user is imagined to play in the measure that is wanted.

use crate::music::band::{BandMeasure, VoiceMask};
use crate::music::chord::PitchClasses;
use crate::music::measure::Measure;
use crate::predict::predictor::PredictRequest;
use crate::rules::loop_lag::{self, Lag};
use crate::systems::harmony::{TrainedHarmony, believed_by};

/// What each class costs that sounds beside the user's. Chosen on the validation songs: else the fullest measures would fit
/// best, and nobody would rest.
const FULL: f32 = 0.15;

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
/// believed. In C.
#[derive(Default)]
pub(super) struct Imagined(Vec<Guess>);

impl Imagined {
    /// The measures at the lags that `listener` believes in, as chords are foretold by; where chords are known, at the best by
    /// the loop rule alone: over several, tones beside a known chord seem to fit.
    pub(super) fn of(request: &PredictRequest, listener: Option<&TrainedHarmony>) -> Self {
        let Some(newest) = request.history.len().checked_sub(1) else { return Self::default() };
        let ahead = usize::from(request.ahead);
        let alike = loop_lag::alikes(request.history.iter(), VoiceMask::only(request.user));
        let lags = if request.chords.is_known() {
            loop_lag::lag(newest, ahead, |a, b| alike[a][b]).map(|lag| (lag, 1.0)).into_iter().collect()
        } else {
            let sure = if listener.is_some() { SURE } else { 1 };
            let believed = believed_by(listener, newest, ahead, &alike);
            believed.notes.into_iter().map(|(lag, share)| (lag, share.powi(sure))).collect()
        };
        Self::at(lags, request)
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
        Self(guesses)
    }

    /// How much of the time from step to step the user is imagined to sound each class, 0…1; less, the less sure that is.
    pub(super) fn classes(&self, from: u8, to: u8) -> [f32; 12] {
        let mut out = [0.0; 12];
        for Guess { measure, share, likeness } in &self.0 {
            let to = to.max(from + 2).min(measure.steps());
            let time = f32::from(to.saturating_sub(from)).max(1.0);
            let parts = measure.chroma_between(from, to);
            out.iter_mut().zip(parts).for_each(|(sum, part)| *sum += share * likeness * part / time);
        }
        out
    }

    /// How well these voices of a measure fit what is imagined, as is to be expected: the share of the user's time in which one
    /// of them sounds the same class, without that in which one lies a semitone beside it, less what their classes cost. 0
    /// where nothing is imagined.
    pub(super) fn fit(&self, measure: &BandMeasure, voices: VoiceMask) -> f32 {
        let band: Vec<PitchClasses> = (0..measure.steps()).map(|step| sounding(measure, voices, step)).collect();
        self.0.iter().map(|guess| guess.share * fit(&guess.measure, &band)).sum()
    }
}

/// The classes that sound in these voices at a step.
fn sounding(measure: &BandMeasure, voices: VoiceMask, step: u8) -> PitchClasses {
    let notes = voices.and(measure.present).iter().flat_map(|voice| measure.voice(voice).notes());
    let classes = notes.filter(|note| note.sounds_at(step)).map(|note| PitchClasses::of(&[note.key.pitch_class()]));
    classes.fold(PitchClasses::NONE, PitchClasses::or)
}

/// How well the user's measure fits the classes that the band sounds at each step.
fn fit(user: &Measure, band: &[PitchClasses]) -> f32 {
    let (mut fits, mut all) = (0.0, 0.0);
    for (step, band) in (0u8..).zip(band) {
        let full: f32 = (0..12).filter(|&class| band.has(class)).map(|_| FULL).sum();
        let classes = user.notes().iter().filter(|note| note.sounds_at(step)).map(|note| note.key.pitch_class());
        for class in classes {
            let sounds = |above: u8| band.has((class + above) % 12);
            all += 1.0;
            fits += f32::from(u8::from(sounds(0))) - f32::from(u8::from(sounds(1) || sounds(11))) - full;
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
        Self(vec![Guess { measure, share: 1.0, likeness: 1.0 }])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::band::BandSpec;
    use crate::music::note::{Key, Note};
    use crate::systems::band_file::Band;

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
    fn what_fits_is_what_sounds_with_the_user_and_not_beside() {
        let spec = BandSpec::pop();
        let voice = spec.voice("Chords").expect("chords");
        let band = |key| {
            let mut out = BandMeasure::missing(16);
            out.set(voice, &holding(key));
            out
        };
        let of = |key| Imagined::holding(64, 16).fit(&band(key), VoiceMask::only(voice));
        assert!(of(52) > of(55) && of(55) > of(53) && of(53) < -0.9, "{} {} {}", of(52), of(55), of(53));
        assert_eq!(Imagined::default().fit(&band(60), VoiceMask::only(voice)), 0.0);
    }
}
