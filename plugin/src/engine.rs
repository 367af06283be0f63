//! What happens in `process()`: the clock cuts time, the buffer listens, the conductor decides,
//! the scheduler plays. Knows no plugin format.
//!
//! Within one sample the order is: what the transport does; then the user's notes; then the
//! band's. At a bar line the user's notes of that very sample come first: the buffer puts them
//! into the measure to which they belong, and a note that ends on the line does not go over it.

mod apply;
mod band;
mod chord_keys;
mod controls;
mod hearing;
mod mpe;
mod pages;
mod performance;
mod routing;
#[cfg(test)]
mod tests;
mod zone;

use std::sync::Arc;
use std::time::Duration;

use model::random::mix;
use model::{BandSpec, Channel, Conductor, Lookahead, Loudness, PitchFollow, PlayerHands, Settings};

use crate::listening::MeasureBuffer;
use crate::midi::{Heard, Port};
use crate::scheduler::{Scheduler, Yielded};
use crate::snapshot::Playhead;
use crate::sounding::Sounding;
use crate::status::Status;
use crate::take::event::What;
use crate::take::{TakeHandle, TakeRecorder, Tapped};
use crate::transport::{HostTransport, MeasureClock, Moment, Upcoming};
use crate::units::{SampleOffset, SampleRate};
use crate::worker::{Ensemble, WorkerHandle};
use chord_keys::ChordKeys;
pub use controls::{Channels, Controls, DrumChoice, DrumControls, MpeChoice, UserChannel, VoiceControls};
use mpe::Mpe;
use pages::{Pages, Sources};
use performance::Played;
use routing::{Aim, Routing};

/// How long an offline render may wait for predictions in all. Chosen: enough for hundreds of them.
/// Yet a host that says "offline" while it plays live (VST3 hosts can) does not stand still for long.
const PATIENCE: Duration = Duration::from_secs(10);

/// The state of the audio thread.
///
/// # Realtime safety
/// [`Engine::process`] allocates, frees, locks and calls nothing, and waits only when it renders
/// offline.
pub struct Engine {
    clock: MeasureClock,
    /// The one that waits: the host's or the own, whichever does not count.
    other_clock: MeasureClock,
    by_own: bool,
    buffer: Box<MeasureBuffer>,
    chord_keys: Box<ChordKeys>,
    conductor: Box<Conductor>,
    scheduler: Box<Scheduler>,
    sounding: Box<Sounding>,
    routing: Box<Routing>,
    mpe: Box<Mpe>,
    /// The channel on which the user's last note left.
    leaves: Option<Channel>,
    worker: WorkerHandle,
    ensemble: Box<Ensemble>,
    controls: Controls,
    status: Arc<Status>,
    pages: Pages,
    loudness: Loudness,
    played: Played,
    take: TakeRecorder,
    /// How often another seed was asked for since the transport stopped last.
    regenerated: u32,
    /// How often the transport started: a drummer begins anew then.
    started: u32,
    /// Everything must end, first thing in the next block.
    owes_silence: bool,
    /// Programs are to be chosen.
    owes_programs: bool,
    offline: bool,
    patience: Duration,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("clock", &self.clock).field("controls", &self.controls).finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine whose worker has yet to load its first band. Until then it plays `first`, by its
    /// fallback.
    #[must_use]
    pub fn new(first: Ensemble, worker: WorkerHandle, controls: Controls, status: Arc<Status>) -> Self {
        let settings = controls.settings(&first.spec);
        let conductor = Conductor::new(&first.spec, Arc::clone(&first.fallback), settings);
        Self {
            clock: MeasureClock::new(SampleRate::or_usual(0.0)),
            other_clock: MeasureClock::of_exact(SampleRate::or_usual(0.0)),
            by_own: false,
            buffer: Box::default(),
            chord_keys: Box::default(),
            conductor: Box::new(conductor),
            routing: Box::new(Routing::new(controls.aim(&controls.sound(&first.spec), &first.spec))),
            mpe: Box::new(Mpe::new()),
            leaves: None,
            scheduler: Box::new(Scheduler::new(controls.sound(&first.spec))),
            sounding: Box::default(),
            worker,
            pages: Pages::new(&first.spec, Arc::clone(&status)),
            ensemble: Box::new(first),
            controls,
            status,
            loudness: Loudness::default(),
            played: Played::default(),
            take: TakeRecorder::default(),
            regenerated: 0,
            started: 0,
            owes_silence: false,
            owes_programs: false,
            offline: false,
            patience: PATIENCE,
        }
    }

    /// The worker's handle, for its thread.
    pub fn worker(&mut self) -> &mut WorkerHandle {
        &mut self.worker
    }

    /// From now on, what is heard and played is recorded there.
    pub fn record(&mut self, take: &TakeHandle) {
        take.introduce(self.ensemble.id, &self.ensemble.spec);
        self.take = take.recorder();
    }

    /// The band that plays.
    #[must_use]
    pub fn spec(&self) -> &BandSpec {
        &self.ensemble.spec
    }

    /// Nothing may sound any more, and time may have passed: at the start of the next block
    /// everything ends.
    pub fn reset(&mut self) {
        self.owes_silence = true;
        self.pages.drop_now();
        self.conductor.stop();
        self.scheduler.clear();
        self.clock.reset();
        self.forget_seeds();
        self.take.say(SampleOffset(0), What::Cut { rolls: false });
    }

    /// Other controls, while nothing is processed.
    pub fn preset(&mut self, controls: Controls) {
        self.controls = controls;
        self.conductor.set_settings(self.settings());
        self.scheduler.replace_sound(self.voiced(&self.ensemble.spec).0);
    }

    /// A new sample rate and mode; waits (off the audio thread) until the wished band is loaded.
    pub fn activate(&mut self, rate: SampleRate, offline: bool, limit: Duration) {
        self.clock = MeasureClock::new(rate);
        self.other_clock = MeasureClock::of_exact(rate);
        self.by_own = false;
        self.offline = offline;
        self.patience = PATIENCE;
        self.reset();
        self.await_band(limit);
    }

    /// From now on the own clock counts, or the host's, whose transport has stopped. What was learnt of the host is kept.
    pub fn follow_own(&mut self, own: bool) {
        if own != self.by_own {
            self.by_own = own;
            std::mem::swap(&mut self.clock, &mut self.other_clock);
            self.clock.restart();
        }
    }

    /// Processes a block: hears, plays, passes through. Returns whether anything rolls, sounds or
    /// is owed.
    pub fn process<P: Port>(
        &mut self,
        host: &HostTransport,
        frames: u32,
        port: &mut P,
        changed: Option<Controls>,
    ) -> bool {
        let (ring, now) = self.take.tap();
        let port = &mut Tapped::new(port, ring.as_deref(), now);
        let start = SampleOffset(0);
        self.sounding.pay(port, start);
        if self.owes_silence {
            self.owes_silence = false;
            self.silence(port, start);
            // While nothing was processed, all may have been set.
            self.divide(port, start, true);
            self.aim(port, start, false);
        }
        if let Some(controls) = changed {
            self.apply(controls, port);
        }
        port.seats(start, &self.ensemble.spec, self.conductor.settings().user);
        self.hear_from_worker();
        let stands = HostTransport::default();
        self.clock.begin_block(if self.controls.bypass { &stands } else { host }, frames);
        if self.clock.is_rolling() {
            self.take.begin_block(host, self.clock.steps_per_sample(), self.clock.rate());
        }

        let mut input = port.next();
        loop {
            let upcoming = self.clock.upcoming();
            let limit = upcoming.map_or(SampleOffset(frames), |upcoming| upcoming.at);
            let line = upcoming.is_some_and(|upcoming| upcoming.ends_a_measure());
            self.play_until(limit, line || upcoming.is_none(), &mut input, port);
            let Some(upcoming) = upcoming else { break };
            self.turn(&upcoming, port);
        }
        self.mpe.pass(frames);
        self.take.end_block(frames, ring);
        self.worker.expect_request_in(self.until_request());
        self.clock.is_rolling() || !self.sounding.is_silent()
    }

    /// Hears and plays up to a sample; `inclusive`: also the user's notes at that sample.
    fn play_until<P: Port>(
        &mut self,
        limit: SampleOffset,
        inclusive: bool,
        input: &mut Option<Heard<P::Event>>,
        port: &mut P,
    ) {
        loop {
            let band = if self.clock.in_measure() {
                self.scheduler.due().and_then(|due| self.clock.offset_of(due)).filter(|&at| at < limit)
            } else {
                None
            };
            let user = input.filter(|heard| heard.at < limit || (inclusive && heard.at == limit));
            match (user, band) {
                (Some(heard), at) if at.is_none_or(|at| heard.at <= at) => {
                    self.hear(&heard, port);
                    *input = port.next();
                }
                (_, Some(at)) => self.play(at, port),
                (_, None) => return,
            }
        }
    }

    /// The band's next event is due.
    fn play<P: Port>(&mut self, at: SampleOffset, port: &mut P) {
        let (buffer, follow) = (&self.buffer, self.conductor.settings().pitches);
        let (chords, keys) = (self.controls.chord_channel, &self.chord_keys);
        let hands = || match follow {
            PitchFollow::Off => PlayerHands::default(),
            PitchFollow::AvoidClashes | PitchFollow::Chords => {
                PlayerHands { holds: buffer.holds(), names: chords.map(|_| keys.held()) }
            }
        };
        match self.scheduler.play(at, (follow, hands), &mut self.sounding, port) {
            Some(Yielded::Moved(moved)) => {
                self.status.counters.yielded.count();
                self.pages.yields(&moved, self.scheduler.sound());
            }
            Some(Yielded::Lifted(lifted)) => {
                self.status.counters.lifted.count();
                self.pages.lifts(&lifted);
            }
            None => {}
        }
    }

    /// The transport does something.
    fn turn<P: Port>(&mut self, upcoming: &Upcoming, port: &mut P) {
        let at = upcoming.at;
        match upcoming.moment {
            Moment::Start => {
                self.take.say(at, What::Cut { rolls: true });
                self.conductor.start();
                if !self.controls.keep_history {
                    self.started = self.started.wrapping_add(1);
                }
                if !self.controls.keep_history {
                    self.pages.clear();
                }
                self.buffer.restart();
                self.loudness = Loudness::default();
                self.owes_programs = self.controls.programs;
                if self.offline {
                    let limit = self.patience;
                    self.await_band(limit);
                }
                self.adopt(port, at);
            }
            Moment::Stop { played } => {
                self.pages.close(&self.buffer.so_far(played), played);
                if self.conductor.settings().keep_history {
                    self.conductor.jump(played, &self.buffer.so_far(played));
                }
                self.conductor.stop();
                self.cut(port, at);
                self.forget_seeds();
                self.take.say(at, What::Cut { rolls: false });
            }
            Moment::Break { played } => {
                let so_far = self.buffer.so_far(played);
                self.pages.close(&so_far, played);
                self.loudness.hear(&so_far);
                self.conductor.jump(played, &so_far);
                self.cut(port, at);
                self.take.say(at, What::Cut { rolls: true });
            }
            Moment::LastStep => {
                let so_far = self.buffer.so_far(self.clock.steps());
                self.conductor.last_step(&so_far);
                self.loudness.last_step(&so_far, self.conductor.settings());
                self.request();
            }
            Moment::Line { steps, next_steps } => self.begin_measure(upcoming, steps, next_steps, port),
        }
        self.clock.pass(upcoming);
        if matches!(upcoming.moment, Moment::Line { .. }) {
            // The clock knows now which measures these are.
            self.pages.place(self.clock.places());
            self.request();
        }
    }

    fn begin_measure<P: Port>(&mut self, upcoming: &Upcoming, steps: u8, next_steps: u8, port: &mut P) {
        if self.conductor.request_due() {
            self.status.counters.dropped_requests.count();
        }
        if upcoming.ends_a_measure() {
            let user = self.buffer.close(self.clock.steps());
            if self.clock.in_measure() {
                self.conductor.close_measure(&user);
                self.pages.close(&user, self.clock.steps());
                self.loudness.hear(&user);
            }
        } else {
            self.buffer.restart();
        }
        self.await_answer();
        self.hear_from_worker();
        self.adopt(port, upcoming.at);
        self.take.line(upcoming.at, steps);
        let begun = self.conductor.begin_measure(steps, next_steps);
        let factor = self.loudness.begin(self.conductor.settings());
        let (index, factor) = self.played.like(&begun, factor);
        let follow = self.conductor.settings().pitches;
        let plays = (self.conductor.playing(), self.conductor.drums());
        self.scheduler.load(plays, (index, factor, follow), &self.sounding);
        self.pages.begin(&self.conductor, self.scheduler.sound(), factor);
        if std::mem::take(&mut self.owes_programs) {
            self.scheduler.choose_programs(&self.controls.programs_of(&self.ensemble.spec), upcoming.at, port);
        }
        let tally = self.conductor.tally();
        let counters = &self.status.counters;
        counters.measures.set(tally.predicted.saturating_add(tally.fallbacks()));
        counters.missed.set(tally.missed);
        counters.bridged.set(tally.bridged);
        counters.dropped_notes.set(self.buffer.dropped());
        counters.ceded.set(self.sounding.ceded());
    }

    /// Lets what is to be seen of the block that is over be seen. `frames`: of the last part that was processed, for
    /// which the transport said this. Once a block, however many parts it has: a change that is taken back within the
    /// call looks like a lock to those who look for locks, and nobody could have seen it.
    pub fn show(&mut self, host: &HostTransport, frames: u32) {
        #[expect(clippy::cast_possible_truncation, reason = "a measure has 16 steps")]
        let playhead = self
            .conductor
            .now()
            .filter(|_| self.clock.in_measure())
            .map(|now| Playhead { index: now.index.0, step: self.clock.place_of(SampleOffset(frames)).0 as f32 });
        let sources = Sources {
            conductor: &self.conductor,
            controls: &self.controls,
            spec: &self.ensemble.spec,
            sound: self.scheduler.sound(),
            loudness: self.loudness.factor(self.conductor.settings()),
            stuck: self.clock.is_stuck(),
            zone: self.routing.heard.channels(),
            leaves: self.leaves.filter(|_| self.passes() && self.routing.aim == Aim::AsPlayed),
            heeds_chords: self.ensemble.heeds_chords,
        };
        self.pages.end_block(host, playhead, &sources, |step| self.buffer.so_far(step));
    }

    /// What the conductor must know, for the band that plays.
    fn settings(&self) -> Settings {
        self.settings_for(&self.ensemble.spec)
    }

    fn settings_for(&self, spec: &BandSpec) -> Settings {
        let settings = self.controls.settings(spec);
        match self.regenerated {
            0 => settings,
            times => Settings { seed: mix(settings.seed, u64::from(times)), ..settings },
        }
    }

    /// Every take begins with the seed that is set, so that it can be played again.
    fn forget_seeds(&mut self) {
        if self.regenerated > 0 {
            self.regenerated = 0;
            self.conductor.set_settings(self.settings());
        }
    }

    fn until_request(&self) -> f64 {
        let line = self.clock.until_line();
        match self.controls.lookahead {
            Lookahead::SecondNext => line,
            Lookahead::Next => {
                let step = 1.0 / self.clock.steps_per_sample() / self.clock.rate().get();
                if line > step { line - step } else { line }
            }
        }
    }

    /// The measure under way is cut off.
    fn cut<P: Port>(&mut self, port: &mut P, at: SampleOffset) {
        self.sounding.release_band(port, at);
        self.scheduler.clear();
        self.buffer.restart();
    }

    /// Everything ends, the user's notes too.
    fn silence<P: Port>(&mut self, port: &mut P, at: SampleOffset) {
        self.sounding.release_band(port, at);
        self.sounding.release_user(port, at);
        self.scheduler.clear();
        *self.buffer = MeasureBuffer::default();
        *self.chord_keys = ChordKeys::default();
    }
}
