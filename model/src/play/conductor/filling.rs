//! What the band plays in the measure that begins, and where it comes from.

use crate::music::band::{BandMeasure, VoiceMask};
use crate::play::conductor::requests::Outlook;
use crate::play::conductor::silence::Intent;
use crate::play::conductor::tape::Performed;
use crate::play::conductor::{Conductor, Source, close};
use crate::predict::fallback::FallbackContext;
use crate::predict::predictor::{MeasureIndex, Prediction};
use crate::random::mix;

impl Conductor {
    /// Fills `playing`, a measure of so many steps, by its plan or without one. Tells where the music came from and,
    /// where it is a frozen one, which performance it repeats.
    pub(super) fn fill(
        &mut self,
        index: MeasureIndex,
        steps: u8,
        outlook: &Outlook,
        plan: Option<Prediction>,
    ) -> (Source, Option<u32>) {
        self.playing = BandMeasure::missing(steps);
        let band = outlook.voices.and(self.settings.band());
        let frozen = self.tape.turn(self.settings.freeze);
        let performance = frozen.map(|frozen| frozen.performance);
        let frozen_drums = frozen.map(|frozen| frozen.drums);
        if let Some(Performed { measure, .. }) = frozen {
            for voice in measure.present.and(self.settings.band()).iter() {
                self.playing.set(voice, measure.voice(voice));
            }
        }
        self.fill_drums(steps, outlook.intent, frozen_drums, plan.as_ref());
        let source = match outlook.intent {
            _ if performance.is_some() => Source::Frozen,
            Intent::Rest => Source::Resting,
            _ if band.is_empty() => Source::Silent,
            Intent::Listen => Source::Silent,
            Intent::Close => {
                close::close(&self.players, band, outlook.tonality, &self.history, &mut self.playing);
                Source::Closing
            }
            Intent::Play => match plan {
                Some(plan) => {
                    for voice in plan.measure.present.and(band).iter() {
                        self.playing.set(voice, plan.measure.voice(voice));
                    }
                    Source::Predicted
                }
                None => self.fall_back(index, band, outlook),
            },
        };
        (source, performance)
    }

    /// Fills `playing` without a prediction.
    fn fall_back(&mut self, index: MeasureIndex, voices: VoiceMask, outlook: &Outlook) -> Source {
        let steps = self.playing.steps();
        if let Some(lag) = outlook.lag {
            let then = self.history.back(usize::from(lag) - 1);
            let fits = |then: &&BandMeasure| {
                then.steps() == steps && then.present.and(voices) == voices && !then.is_silent(voices)
            };
            if let Some(then) = then.filter(fits) {
                for voice in voices.iter() {
                    self.playing.set(voice, then.voice(voice));
                }
                return Source::LoopAgo(lag);
            }
        }
        let context = FallbackContext {
            history: &self.history,
            user: self.settings.user,
            voices,
            tonality: outlook.tonality,
            style: self.settings.style,
            seed: mix(self.settings.seed, u64::from(index.0)),
        };
        self.fallback.fill(&context, &mut self.playing);
        Source::NGram
    }

    pub(super) fn count(&mut self, source: Source, asked: bool) {
        let tally = &mut self.tally;
        match source {
            Source::Silent | Source::Resting | Source::Frozen => {}
            Source::Predicted => tally.predicted += 1,
            Source::Closing => tally.closes += 1,
            Source::LoopAgo(_) => tally.by_loop += 1,
            Source::NGram => tally.by_ngram += 1,
        }
        if source.is_fallback() {
            *(if asked { &mut tally.missed } else { &mut tally.bridged }) += 1;
        }
    }
}
