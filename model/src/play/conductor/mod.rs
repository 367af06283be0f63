//! The conductor: closed measures in, requests out, predictions in, and at each bar line the
//! measure to play. The plugin and the command line drive the same one.
//!
//! ```text
//! the user      | m         | m + 1     | m + 2     |
//! the band      |           |           | m + 2     |
//! second-next               ^ m is over: m + 2 is requested
//!                           └───────────┘ a whole measure to predict it
//! next                    ^ the last step of m begins: m + 1 is requested
//!                         └─┘ one step to predict it
//! ```
//!
//! At a bar line the shell calls, in this order, [`Conductor::close_measure`],
//! [`Conductor::begin_measure`], and [`Conductor::take_request`] once it holds its request box;
//! when a prediction comes, [`Conductor::accept`].
//!
//! **Causality.** What is played in measure M depends on the user's measures up to M − 2
//! (second-next), or on M − 1 without its last step (next): the prediction, but also the
//! fallback, the rule for silence and the [`Interplay`], which know the same. Only the first measure after a jump
//! knows all that was heard.

mod beat;
mod cast;
mod close;
mod drums;
mod filling;
mod interplay;
mod loudness;
mod outcome;
mod requests;
mod settings;
mod silence;
mod tape;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::music::band::{BandMeasure, BandSpec, VoiceId};
use crate::music::drums::DrumMeasure;
use crate::music::join::join;
use crate::music::measure::Measure;
use crate::music::note::Note;
use crate::music::tonality::{KeyTracker, Tonality};
use crate::music::voicing::Players;
use crate::predict::asked::AskedFor;
use crate::predict::fallback::Fallback;
use crate::predict::predictor::{Epoch, History, MeasureIndex, Prediction};
use crate::random::mix;
use crate::rules::loop_rule::LoopFinder;

use beat::{Beat, Beats};
pub use interplay::{Interplay, LONGEST_TURN};
pub use loudness::Loudness;
pub use outcome::{Accepted, Begun, Source, Tally};
use requests::{Due, Outlook, Seeded};
pub use settings::{Lookahead, Settings};
use silence::{Intent, Silence};
use tape::Tape;

/// The state machine between bar lines and predictions.
///
/// # Realtime safety
/// After [`Conductor::new`] nothing allocates, locks or waits. A bar line costs a few
/// microseconds; only [`Conductor::take_request`] copies the history (up to 100 KB).
pub struct Conductor {
    players: Players,
    fallback: Arc<dyn Fallback>,
    settings: Settings,
    history: Box<History>,
    /// In which measures of `history` the band played the user's voice, a bit each, the newest first.
    lent: u64,
    /// The user's newest measure, not yet in `history`: the fallback must not know it.
    fresh: Option<Measure>,
    loops: Box<LoopFinder>,
    /// What a user who drums has struck, and what of it the measure that was asked for last is to lean to.
    beats: Box<Beats>,
    asked_beat: Option<(MeasureIndex, Beat)>,
    key: KeyTracker,
    silence: Silence,
    tape: Box<Tape>,
    performances: u32,
    epoch: Epoch,
    next: MeasureIndex,
    now: Option<Now>,
    /// Does the next measure follow on the newest one of the history without a break?
    follows: bool,
    playing: BandMeasure,
    /// What the drummer plays in the measure under way.
    drums: DrumMeasure,
    /// The measure that was predicted for `Now::index + 1`.
    plan: Option<Prediction>,
    /// What is known about the measure after this one.
    outlook: Option<Outlook>,
    due: Option<Due>,
    seeded: Seeded,
    asked: AskedFor,
    tally: Tally,
}

/// The measure under way.
#[derive(Clone, Copy)]
struct Now {
    index: MeasureIndex,
    steps: u8,
    next_steps: u8,
    source: Source,
    performance: u32,
    /// Next: the user's part without its last step, once that has begun.
    before_last_step: Option<Measure>,
}

impl Conductor {
    /// A conductor of this band, stopped.
    #[must_use]
    pub fn new(spec: &BandSpec, fallback: Arc<dyn Fallback>, settings: Settings) -> Self {
        let players = Players::of(spec);
        Self {
            players,
            fallback,
            settings: settings.seated(&players),
            history: Box::default(),
            lent: 0,
            fresh: None,
            loops: Box::default(),
            beats: Box::default(),
            asked_beat: None,
            key: KeyTracker::new(),
            silence: Silence::default(),
            tape: Box::default(),
            performances: 0,
            epoch: Epoch::default(),
            next: MeasureIndex::default(),
            now: None,
            follows: false,
            playing: BandMeasure::missing(16),
            drums: DrumMeasure::silent(16),
            plan: None,
            outlook: None,
            due: None,
            seeded: Seeded::default(),
            asked: AskedFor::default(),
            tally: Tally::default(),
        }
    }

    /// Changes the band. Of what was heard only the user's part is kept, now in the voice that `settings` names; what
    /// was planned is dropped. Returns the old fallback, for the caller to drop where freeing memory does no harm.
    ///
    /// # Realtime safety
    /// Allocates and frees nothing.
    #[must_use = "dropping it may free memory"]
    pub fn set_band(&mut self, spec: &BandSpec, fallback: Arc<dyn Fallback>, settings: Settings) -> Arc<dyn Fallback> {
        self.settle();
        let players = Players::of(spec);
        let settings = settings.seated(&players);
        for ago in 0..self.history.len() {
            if let Some(measure) = self.history.back_mut(ago) {
                let mut kept = BandMeasure::missing(measure.steps());
                if let (Some(old), Some(new)) = (self.settings.users_voice(), settings.users_voice())
                    && measure.present.has(old)
                {
                    kept.set(new, measure.voice(old));
                }
                *measure = kept;
            }
        }
        self.players = players;
        self.settings = settings;
        self.playing = BandMeasure::missing(self.playing.steps());
        self.tape.clear();
        self.drop_plans();
        self.ask_again();
        std::mem::replace(&mut self.fallback, fallback)
    }

    /// Changes the settings. What was planned stays, unless the user changes voice.
    pub fn set_settings(&mut self, settings: Settings) {
        let settings = settings.seated(&self.players);
        let other_user = settings.users_voice() != self.settings.users_voice();
        if other_user {
            // What is waiting was heard from the old voice.
            self.settle();
            self.drop_plans();
            if let Some(voice) = settings.users_voice() {
                self.playing.clear(voice);
            }
            if settings.user_drums != self.settings.user_drums {
                // Hits and notes are no music of one user that could come round again.
                self.loops.clear();
                self.beats.clear();
            }
        }
        if (settings.interplay, settings.turn) != (self.settings.interplay, self.settings.turn) {
            self.silence.trade_from_here();
        }
        self.settings = settings;
        if other_user {
            self.ask_again();
        }
    }

    /// The settings in use.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The transport starts. Forgets history and count, unless the settings keep them.
    pub fn start(&mut self) {
        self.abandon();
        self.drop_plans();
        self.drums = DrumMeasure::silent(16);
        if !self.settings.keep_history {
            self.history.clear();
            self.loops.clear();
            self.beats.clear();
            self.key = KeyTracker::new();
            self.silence = Silence::default();
            self.tape.restart();
            self.next = MeasureIndex::default();
            self.seeded = Seeded::default();
            self.asked = AskedFor::default();
        }
    }

    /// The transport stops: the unfinished measure and the plan are dropped. (To keep what was
    /// played of the measure, call [`Self::jump`] before.)
    pub fn stop(&mut self) {
        self.abandon();
        self.drop_plans();
    }

    /// The transport jumps, other than by a loop that wraps on a bar line. `played_steps` of the
    /// measure under way were played, with these notes of the user: it is closed if they are at
    /// least half of it, else dropped. The plan is dropped, the history stays. Until
    /// [`Self::begin_measure`] at the next bar line (at once, if the jump landed on one) the band
    /// is silent.
    pub fn jump(&mut self, played_steps: u8, user: &Measure) {
        if let Some(now) = self.now
            && u16::from(played_steps) * 2 >= u16::from(now.steps)
        {
            for voice in self.playing.present.iter() {
                let played = self.playing.voice(voice).resized(played_steps.clamp(1, now.steps));
                self.playing.set(voice, &played);
            }
            self.close_measure(user);
        }
        self.abandon();
        self.drop_plans();
    }

    /// A measure of so many steps begins, and `next_steps` is the length of the one after it, as
    /// far as is known. Decides what the band plays in it: [`Self::playing`].
    ///
    /// A measure that is still under way is dropped: close it before.
    pub fn begin_measure(&mut self, steps: u8, next_steps: u8) -> Begun {
        if self.now.is_some() {
            self.abandon();
        }
        let index = self.next;
        self.next = MeasureIndex(index.0.wrapping_add(1));
        self.due = None;
        let asked = self.outlook.take().filter(|outlook| outlook.target == index);
        let outlook = asked.unwrap_or_else(|| self.look_out(index, 1, self.silence));
        let plan = self.plan.take().filter(|plan| plan.target == index);
        // A prediction for a measure of another length (the host changed the meter) is of no use.
        let misfit = plan.is_some_and(|plan| plan.measure.steps() != steps);
        let plan = plan.filter(|_| !misfit);

        let (source, performance) = self.fill(index, steps, &outlook, plan);
        let before = if self.follows { self.history.back_mut(0) } else { None };
        join(before, &mut self.playing);
        self.count(source, asked.is_some() && !misfit);
        self.silence.did(if source == Source::Frozen { Intent::Play } else { outlook.intent });
        self.settle();
        let performance = performance.unwrap_or_else(|| {
            self.performances = self.performances.wrapping_add(1);
            self.performances
        });
        self.now = Some(Now { index, steps, next_steps, source, performance, before_last_step: None });
        if self.settings.lookahead == Lookahead::SecondNext {
            self.ask(self.silence);
        }
        Begun { index, source, performance }
    }

    /// What the band plays in the measure under way: just the voices that play along are present.
    /// A note with `continued` set always goes on from the measure before.
    #[must_use]
    pub const fn playing(&self) -> &BandMeasure {
        &self.playing
    }

    /// What the drummer plays in the measure under way; silent without one.
    #[must_use]
    pub const fn drums(&self) -> &DrumMeasure {
        &self.drums
    }

    /// The last step of the measure under way begins, with these notes of the user so far.
    /// Needed with [`Lookahead::Next`]; else without effect.
    pub fn last_step(&mut self, user: &Measure) {
        let Some(now) = &mut self.now else { return };
        if self.settings.lookahead != Lookahead::Next || now.before_last_step.is_some() {
            return;
        }
        let heard = before_last_step(user, now.steps);
        now.before_last_step = Some(heard);
        self.loops.push(&self.of_the_user(&heard));
        if self.settings.user_drums {
            self.beats.hear(&heard, &self.settings.kit);
        }
        let mut silence = self.silence;
        silence.hear(heard.is_silent(), &self.settings);
        self.ask(silence);
    }

    /// The measure under way is over, and this is what the user played in it.
    pub fn close_measure(&mut self, user: &Measure) {
        let Some(now) = self.now.take() else { return };
        let user = if user.steps() == now.steps { *user } else { user.resized(now.steps) };
        let mut measure = self.playing;
        let silent = user.is_silent();
        let (voice, known) = (self.settings.users_voice(), self.of_the_user(&user));
        match &now.before_last_step {
            Some(heard) => {
                if let Some(voice) = voice {
                    measure.set(voice, &self.of_the_user(heard));
                }
                self.loops.replace_newest(&known);
            }
            None => self.loops.push(&known),
        }
        match (self.settings.user_drums, now.before_last_step) {
            (true, Some(_)) => self.beats.hear_on(&user, &self.settings.kit),
            (true, None) => self.beats.hear(&user, &self.settings.kit),
            (false, _) => {}
        }
        let rests = now.source == Source::Silent && self.drums.is_silent();
        self.tape.record(&self.playing, &self.drums, now.performance, rests);
        self.history.push(&measure);
        self.lent = self.lent << 1 | u64::from(voice.is_none_or(|voice| silent && self.playing.present.has(voice)));
        // Drums have no key: then the band stays in that of what it plays, which is its own or a chart's.
        self.key.hear(&match voice {
            Some(_) => user.chroma(),
            None => self.playing.chroma(self.playing.present),
        });
        self.silence.hear(silent, &self.settings);
        self.fresh = voice.is_some().then_some(known);
        self.follows = true;
        // Its history would now hold a measure more than it may.
        self.due = None;
    }

    /// A prediction has come.
    pub fn accept(&mut self, prediction: &Prediction) -> Accepted {
        if prediction.epoch != self.epoch {
            return Accepted::Stale;
        }
        if prediction.target < self.next {
            return Accepted::Late;
        }
        let plan = self.plan.insert(*prediction);
        if let Some((_, beat)) = self.asked_beat.filter(|(target, _)| *target == prediction.target) {
            let seed = mix(self.settings.seed, u64::from(prediction.target.0));
            beat.lean(&mut plan.measure, &self.players, (self.settings.lean, seed));
        }
        Accepted::Planned
    }

    /// The prediction for the measure after the one under way, once it is there.
    #[must_use]
    pub fn planned(&self) -> Option<&BandMeasure> {
        self.plan.as_ref().map(|plan| &plan.measure)
    }

    /// What the drummer plays in the measure after the one under way, once that is there.
    #[must_use]
    pub fn planned_drums(&self) -> Option<&DrumMeasure> {
        self.plan.as_ref().and_then(|plan| plan.drums.as_ref()).filter(|_| self.settings.drums)
    }

    /// The measure under way.
    #[must_use]
    pub fn now(&self) -> Option<Begun> {
        self.now.map(|now| Begun { index: now.index, source: now.source, performance: now.performance })
    }

    /// The key, as tracked or as set.
    #[must_use]
    pub fn tonality(&self) -> Tonality {
        self.settings.key.unwrap_or_else(|| self.key.tonality())
    }

    /// How probable the tracked key is, 0 to 1 ([`KeyTracker::confidence`]).
    #[must_use]
    pub const fn key_confidence(&self) -> f32 {
        self.key.confidence()
    }

    /// How many measures of the user's are still listened to before the band enters.
    #[must_use]
    pub fn listening_left(&self) -> u8 {
        self.silence.listening_left(&self.settings)
    }

    /// What came from where since the conductor was made.
    #[must_use]
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The current epoch.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// What was heard and played. The user's part of the newest measure enters when the next one
    /// begins.
    #[must_use]
    pub const fn history(&self) -> &History {
        &self.history
    }

    /// Puts the user's newest measure into the history.
    fn settle(&mut self) {
        if let (Some(user), Some(newest)) =
            (self.fresh.take().filter(|_| !self.settings.user_drums), self.history.back_mut(0))
        {
            newest.set(self.settings.user, &user);
        }
    }

    /// What the user is known to have played with these notes: see [`in_the_users_voice`].
    fn of_the_user(&self, user: &Measure) -> Measure {
        self.settings.users_voice().map_or(*user, |voice| in_the_users_voice(user, &self.playing, voice))
    }

    /// Drops the measure under way.
    fn abandon(&mut self) {
        if self.now.take().is_some_and(|now| now.before_last_step.is_some()) {
            self.loops.forget_newest();
            if self.settings.user_drums {
                self.beats.forget_newest();
            }
        }
        self.settle();
        self.follows = false;
        self.playing = BandMeasure::missing(self.playing.steps());
    }

    /// Drops what was planned for the next measure, and what is on its way.
    fn drop_plans(&mut self) {
        self.plan = None;
        self.outlook = None;
        self.due = None;
        self.asked_beat = None;
        self.epoch = Epoch(self.epoch.0.wrapping_add(1));
    }
}

/// What stands in the user's voice: what the user played; where they are silent and the band plays
/// that voice, the band's notes.
fn in_the_users_voice(user: &Measure, playing: &BandMeasure, voice: VoiceId) -> Measure {
    if user.is_silent() && playing.present.has(voice) { *playing.voice(voice) } else { *user }
}

/// What the user played before the last step, which is not known yet.
fn before_last_step(user: &Measure, steps: u8) -> Measure {
    let known = steps - 1;
    let notes = user.notes().iter().filter(|note| note.step.0 < known);
    Measure::from_notes(
        steps,
        notes.map(|note| Note { length: note.length.min(known - note.step.0), continues: false, ..*note }),
    )
}

impl std::fmt::Debug for Conductor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Conductor")
            .field("settings", &self.settings)
            .field("epoch", &self.epoch)
            .field("now", &self.now())
            .field("history", &self.history.len())
            .field("tally", &self.tally)
            .finish_non_exhaustive()
    }
}
