//! The loop rule: songs repeat, and whatever finds the loop wins.

mod finder;
#[cfg(test)]
mod tests;

pub use finder::LoopFinder;

use crate::music::band::{BandMeasure, BandSpec, Role, VoiceId, VoiceMask};
use crate::music::measure::Measure;
use crate::music::tonality::{Mode, Tonality};
use crate::music::voicing::{Players, hold_triad};
use crate::predict::fallback::{Fallback, FallbackContext};
use crate::predict::predictor::{History, PredictError, PredictRequest, Predictor};

/// The diatonic triads, as semitones from the major key's tonic and whether they are minor. Required by the rule: all
/// but the diminished one.
const DIATONIC: [(u8, bool); 6] = [(0, false), (2, true), (4, true), (5, false), (7, false), (9, true)];

/// The band that needs no learning, and that every net has to beat: in the measure at the lag
/// where the user's music repeats best it looks up what the user will play, and holds the
/// diatonic triad that fits it best.
///
/// Bass and chords hold the triad and other voices rest; a band without chords shares the triad
/// out among all its voices. It predicts, and it can stand in where a prediction is missing.
///
/// # Source
/// The project's own yardstick, first written as a script that is not in this repository; its numbers on a small tune are
/// kept in the tests. The key is the request's.
#[derive(Clone, Debug)]
pub struct LoopRule {
    spec: BandSpec,
    players: Players,
}

impl LoopRule {
    /// The rule, played by this band.
    #[must_use]
    pub fn new(spec: BandSpec) -> Self {
        let players = Players::of(&spec);
        Self { spec, players }
    }
}

impl Predictor for LoopRule {
    fn spec(&self) -> &BandSpec {
        &self.spec
    }

    fn obeys_given(&self) -> bool {
        true
    }

    fn predict(&mut self, request: &PredictRequest) -> Result<BandMeasure, PredictError> {
        if request.voices.and(self.players.all()) != request.voices {
            return Err(PredictError::NoSuchVoice);
        }
        if request.history.is_empty() {
            return Err(PredictError::NothingHeard);
        }
        let triad = match request.known() {
            Some(known) => best_triad(&known.chroma(self.players.all()), request.tonality),
            None => expected_triad(&request.history, 0, request.ahead, request.user, request.tonality),
        };
        let mut out = BandMeasure::missing(request.steps);
        self.hold(triad, request.voices, &mut out);
        Ok(out)
    }
}

impl Fallback for LoopRule {
    fn fill(&self, context: &FallbackContext<'_>, out: &mut BandMeasure) {
        let FallbackContext { history, user, voices, tonality, .. } = *context;
        let unheard = usize::from(history.back(0).is_some_and(|measure| !measure.present.has(user)));
        let ahead = if unheard == 0 { 1 } else { 2 };
        let triad = expected_triad(history, unheard, ahead, user, tonality);
        self.hold(triad, voices.and(self.players.all()), out);
    }
}

impl LoopRule {
    fn hold(&self, triad: [u8; 3], voices: VoiceMask, out: &mut BandMeasure) {
        for voice in voices.iter() {
            out.set(voice, &Measure::silent(out.steps()));
        }
        let harmony = self.players.with_role(voices, Role::Harmony);
        let playing = if harmony.is_empty() { voices } else { harmony.or(self.players.with_role(voices, Role::Bass)) };
        hold_triad(&self.players, playing, triad, |_| None, out);
    }
}

/// The triad that fits what the user will play, as far as it is known: without the newest so many
/// measures, for the measure so many ahead of the newest one known.
fn expected_triad(history: &History, unheard: usize, ahead: u8, user: VoiceId, key: Tonality) -> [u8; 3] {
    let known = history.len().saturating_sub(unheard);
    let mut finder = LoopFinder::default();
    for measure in history.iter().take(known) {
        finder.push(measure.voice(user));
    }
    let heard = |ago: usize| history.back(ago + unheard).map(|measure| measure.voice(user));
    let again = finder
        .find(ahead)
        .and_then(|found| heard(found.lag - usize::from(ahead)))
        .filter(|measure| !measure.is_silent());
    let chroma = again.or_else(|| heard(0)).map_or([0.0; 12], Measure::chroma);
    best_triad(&chroma, key)
}

/// The diatonic triad whose tones (root, third, fifth) sound longest in a measure; the tonic's
/// where nothing sounds.
#[must_use]
pub fn best_triad(chroma: &[f32; 12], key: Tonality) -> [u8; 3] {
    // A minor key has the triads of its relative major, which lies three semitones above.
    let (major, home) = match key.mode {
        Mode::Major => (key.tonic % 12, 0),
        Mode::Minor => ((key.tonic + 3) % 12, 5),
    };
    let triads = (0..DIATONIC.len()).map(|place| {
        let (degree, minor) = DIATONIC[(home + place) % DIATONIC.len()];
        let root = (major + degree) % 12;
        [root, (root + if minor { 3 } else { 4 }) % 12, (root + 7) % 12]
    });
    let fit = |triad: &[u8; 3]| triad.iter().map(|&class| chroma[usize::from(class)]).sum::<f32>();
    let first = [major; 3];
    triads
        .fold((first, f32::NEG_INFINITY), |best, triad| if fit(&triad) > best.1 { (triad, fit(&triad)) } else { best })
        .0
}
