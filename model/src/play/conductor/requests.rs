//! What is asked of the predictor, and what it is told.

use crate::music::band::VoiceMask;
use crate::music::tonality::Tonality;
use crate::play::conductor::cast::cast;
use crate::play::conductor::silence::{Intent, Silence};
use crate::play::conductor::{Conductor, Lookahead, Settings, in_the_users_voice};
use crate::predict::predictor::{MeasureIndex, PredictRequest};
use crate::random::mix;

/// How alike the newest measures must be to those one loop ago for the band to play again what it played there, 0…1.
/// Chosen: below a half, the music goes elsewhere.
const LOOP_LIKENESS: f32 = 0.5;

/// What was decided about a measure when it was requested, or would have been.
#[derive(Clone, Copy)]
pub(super) struct Outlook {
    pub(super) target: MeasureIndex,
    pub(super) intent: Intent,
    /// The voices that the band plays there.
    pub(super) voices: VoiceMask,
    pub(super) lag: Option<u8>,
    pub(super) tonality: Tonality,
}

/// A request that waits to be taken.
#[derive(Clone, Copy)]
pub(super) struct Due {
    pub(super) target: MeasureIndex,
    pub(super) voices: VoiceMask,
    pub(super) lag: Option<u8>,
    pub(super) tonality: Tonality,
}

/// With which seed was asked.
#[derive(Clone, Copy, Default)]
pub(super) struct Seeded {
    seed: Option<u64>,
    /// The first measure that was asked for with it, if it was another before.
    from: Option<MeasureIndex>,
}

impl Seeded {
    /// This measure is asked for, with this seed. How many before it were, if it was another before.
    fn ask(&mut self, target: MeasureIndex, seed: u64) -> Option<usize> {
        if self.seed.replace(seed).is_some_and(|before| before != seed) {
            self.from = Some(target);
        }
        self.from.map(|from| usize::try_from(target.0.wrapping_sub(from.0)).unwrap_or(usize::MAX))
    }
}

impl Conductor {
    /// Is there something to request?
    #[must_use]
    pub const fn request_due(&self) -> bool {
        self.due.is_some()
    }

    /// Fills in the request that is due, if any. It stays due until it is taken, another is due,
    /// or its measure begins.
    pub fn take_request(&mut self, request: &mut PredictRequest) -> bool {
        let (Some(due), Some(now)) = (self.due.take(), self.now) else { return false };
        let Settings { user, hear_own, style, seed, .. } = self.settings;
        request.epoch = self.epoch;
        request.target = due.target;
        request.steps = now.next_steps;
        request.user = user;
        request.voices = due.voices;
        request.tonality = due.tonality;
        request.style = style;
        request.seed = mix(seed, u64::from(due.target.0));
        request.since_seed = self.seeded.ask(due.target, seed);
        self.asked.ask(due.target.0, style.density, style.energy);
        request.asked = self.asked;
        request.history.copy_from(&self.history);
        let ahead = self.settings.lookahead.ahead();
        let beat = self.settings.user_drums.then(|| self.beats.foresee(ahead, due.lag, request.steps)).flatten();
        self.asked_beat = beat.map(|beat| (due.target, beat));
        if let Some(beat) = beat {
            request.style.density *= beat.density(self.settings.lean);
        }
        match &now.before_last_step {
            Some(heard) => {
                request.ahead = 1;
                request.unheard_steps = 1;
                request.planned = None;
                let mut newest = self.playing;
                if !self.settings.user_drums {
                    newest.set(user, &in_the_users_voice(heard, &self.playing, user));
                }
                request.history.push(&newest);
            }
            None => {
                request.ahead = 2;
                request.unheard_steps = 0;
                request.planned = hear_own.then_some(self.playing);
            }
        }
        if !hear_own {
            let drums = self.settings.user_drums;
            let newest = now.before_last_step.map(|heard| drums || heard.is_silent() && self.playing.present.has(user));
            let lent = newest.map_or(self.lent, |newest| self.lent << 1 | u64::from(newest));
            for ago in 0..request.history.len() {
                if let Some(measure) = request.history.back_mut(ago) {
                    let own = if lent >> ago & 1 == 1 { measure.present } else { measure.present.without(user) };
                    for voice in own.iter() {
                        measure.clear(voice);
                    }
                }
            }
        }
        true
    }

    /// Decides on the measure after the one under way, and asks for it if the band plays there.
    pub(super) fn ask(&mut self, silence: Silence) {
        let ahead = self.settings.lookahead.ahead();
        let outlook = self.look_out(self.next, ahead, silence);
        self.outlook = Some(outlook);
        let wanted = outlook.intent == Intent::Play && (self.settings.drums || !outlook.voices.is_empty());
        let planned = self.plan.as_ref().is_some_and(|plan| plan.target == self.next);
        self.due = (wanted && !planned).then_some(Due {
            target: self.next,
            voices: outlook.voices,
            lag: outlook.lag,
            tonality: outlook.tonality,
        });
    }

    /// Asks anew for the measure after the one under way, if there is time.
    pub(super) fn ask_again(&mut self) {
        if self.now.is_some() && self.settings.lookahead == Lookahead::SecondNext {
            self.ask(self.silence);
        }
    }

    pub(super) fn look_out(&self, target: MeasureIndex, ahead: u8, silence: Silence) -> Outlook {
        let (intent, voices) = cast(&silence, ahead, &self.settings, &self.players);
        let found = self.loops.find(ahead).filter(|found| found.likeness >= LOOP_LIKENESS);
        let lag = found.and_then(|found| u8::try_from(found.lag).ok());
        Outlook { target, intent, voices, lag, tonality: self.tonality() }
    }
}
