//! What a request says, as the net wants it: its music in C, the earlier measures that it may repeat, and its memories.

use super::RmvaePredictor;
use crate::music::band::{BandMeasure, VoiceId, VoiceMask};
use crate::predict::predictor::PredictRequest;
use crate::rules::loop_lag::{self, Lag};
use crate::systems::rmvae::conditions::{LOOPS, earlier};
use crate::systems::rmvae::frames::Frames;
use crate::systems::rmvae::recall::{self, Likeness, RECALLS};

/// What a request says, in C and as the net wants it.
pub(super) struct Scene {
    /// Measures of context, oldest first; the newest is m.
    pub(super) history: Vec<BandMeasure>,
    /// What is known of m + 1, for a net of offset 2.
    pub(super) plan: Option<BandMeasure>,
    /// The measures that the loop rule points to, the best first.
    pub(super) looped: [Option<(BandMeasure, Lag)>; LOOPS],
    /// All that is remembered, in C, by measure and voice, and how much each measure counts; empty without.
    pub(super) remembered: (Vec<Vec<Option<Frames>>>, [Vec<f32>; RECALLS]),
}

impl RmvaePredictor {
    pub(super) fn scene(&self, request: &PredictRequest, shift: i32) -> Scene {
        let config = &self.trained.config;
        let mut newest_first: Vec<BandMeasure> = request
            .history
            .iter()
            .rev()
            .take(config.window.saturating_add(1))
            .map(|measure| measure.transposed(shift))
            .collect();
        let mut plan = None;
        if config.offset == 2 {
            if request.ahead == 2 {
                plan = request.planned.map(|planned| planned.transposed(shift));
            } else if !newest_first.is_empty() {
                // Next: the newest measure is the one between.
                plan = Some(newest_first.remove(0));
            }
        } else if request.ahead == 2 {
            // A net of offset 1 goes on from what the band plans, imagining the user's voice as missing.
            newest_first
                .insert(0, request.planned.map_or(BandMeasure::missing(request.steps), |p| p.transposed(shift)));
        }
        newest_first.truncate(config.window);
        if newest_first.is_empty() {
            newest_first.push(BandMeasure::missing(request.steps));
        }
        newest_first.reverse();
        let past = Past::of(request, shift);
        let looped = if self.helpers.looped { past.looped() } else { [None; LOOPS] };
        let remembered = self.remember(&past, request.steps);
        Scene { history: newest_first, plan, looped, remembered }
    }

    /// All that was heard, and how much each measure counts in the memories.
    fn remember(&self, past: &Past, steps: u8) -> (Vec<Vec<Option<Frames>>>, [Vec<f32>; RECALLS]) {
        if self.learned.is_empty() || !self.helpers.looped {
            return Default::default();
        }
        let frames_of = |measure: &BandMeasure| -> Vec<Option<Frames>> {
            let frames = |voice: VoiceId| {
                let layout = &self.trained.layouts[voice.index()];
                measure.present.has(voice).then(|| Frames::of(layout, measure.voice(voice)))
            };
            self.trained.spec.all().iter().map(frames).collect()
        };
        let mut frames: Vec<_> = past.measures.iter().map(frames_of).collect();
        let like = |a: usize, b: usize| Likeness::of(&frames[a], &frames[b], past.sure, past.alike[a][b]);
        let newest = past.measures.len().saturating_sub(1);
        let heard = past.measures.iter().take(past.heard).enumerate();
        let features: Vec<_> = heard
            .map(|(source, measure)| recall::features(newest, past.ahead, source, measure.steps() != steps, like))
            .collect();
        let weights = recall::weights(&features, &self.learned);
        frames.truncate(past.heard);
        (frames, weights)
    }
}

/// What tells where the music repeats, in C: all that was heard, and the wanted measure itself as far as it is known.
struct Past {
    measures: Vec<BandMeasure>,
    /// How many of them were heard.
    heard: usize,
    /// How far the wanted measure lies after the last of them.
    ahead: usize,
    /// The voices whose notes are those that were truly played.
    sure: VoiceMask,
    /// How alike the measures are to those before them: `[a][b ≤ a]`.
    alike: Vec<Vec<f32>>,
}

impl Past {
    /// In a jam only the user's voice is sure; where all voices are wanted, all that was heard is true; where voices
    /// are given, those are.
    fn of(request: &PredictRequest, shift: i32) -> Self {
        let mut measures: Vec<BandMeasure> = request.history.iter().map(|measure| measure.transposed(shift)).collect();
        let heard = measures.len();
        let known = request.known().filter(|_| request.ahead == 1);
        let sure = match &known {
            Some(known) => known.present,
            None if request.voices.has(request.user) => request.voices,
            None => VoiceMask::only(request.user),
        };
        measures.extend(known.map(|known| known.transposed(shift)));
        let ahead = usize::from(request.ahead) - (measures.len() - heard);
        let alike = loop_lag::alikes(&measures, sure);
        Self { measures, heard, ahead, sure, alike }
    }

    /// The earlier measures that are shown to the net.
    fn looped(&self) -> [Option<(BandMeasure, Lag)>; LOOPS] {
        let Some(newest) = self.measures.len().checked_sub(1) else { return [None; LOOPS] };
        earlier(newest, self.ahead, |a, b| self.alike[a][b])
            .map(|lag| lag.and_then(|lag| Some((*self.measures.get(newest + self.ahead - lag.lag)?, lag))))
    }
}
