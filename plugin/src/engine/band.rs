//! The engine and its worker: requests, answers, and other bands; offline it waits for them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use model::Accepted;

use super::Engine;
use crate::midi::Port;
use crate::take::event::What;
use crate::units::SampleOffset;
use crate::worker::{DrumsWanted, Ensemble};

impl Engine {
    /// Sends the request that is due, if the job is here.
    pub(super) fn request(&mut self) {
        if !self.conductor.request_due() {
            return;
        }
        let ensemble = self.ensemble.id;
        let drums = self.controls.drums.on().then(|| self.drums_wanted());
        if let Some(job) = self.worker.job() {
            job.ensemble = ensemble;
            job.outcome = None;
            job.drums = drums;
            job.harmony = self.conductor.settings().harmony;
            if self.conductor.take_request(&mut job.request) {
                (_, job.request.place) = self.clock.places();
                self.worker.send();
            }
        }
    }

    /// How the drummer is to play the measure that is requested.
    #[expect(clippy::cast_possible_truncation, reason = "a tempo")]
    fn drums_wanted(&self) -> DrumsWanted {
        let drums = &self.controls.drums;
        // A quarter note has four steps. Rounded, it is the same at every sample rate.
        let bpm = self.clock.steps_per_sample() * self.clock.rate().get() * 60.0 / 4.0;
        DrumsWanted {
            style: drums.style(),
            energy: self.controls.style.energy.get() + drums.intensity,
            place: self.clock.places().1,
            tempo: ((bpm * 100.0).round() / 100.0) as f32,
            take: self.conductor.settings().seed,
            run: self.started,
        }
    }

    pub(super) fn hear_from_worker(&mut self) {
        if let Some(job) = self.worker.answer() {
            if let Some(prediction) = &job.outcome {
                // One band does not play what another was asked for.
                let for_us = job.ensemble == self.ensemble.id;
                match if for_us { self.conductor.accept(prediction) } else { Accepted::Stale } {
                    Accepted::Planned => self.pages.tell(prediction.target.0, job.told),
                    Accepted::Stale => self.status.counters.stale.count(),
                    Accepted::Late => self.status.counters.late.count(),
                }
            }
            self.request();
        }
    }

    /// Another band takes over, if one is ready.
    pub(super) fn adopt<P: Port>(&mut self, port: &mut P, at: SampleOffset) {
        if let Some(ensemble) = self.worker.ensemble() {
            self.sounding.release_band(port, at);
            self.take_over(ensemble);
            self.owes_programs = self.controls.programs;
        }
        port.seats(at, &self.ensemble.spec, self.conductor.settings().user);
        // Another band may have other channels.
        self.divide(port, at, true);
        self.aim(port, at, false);
    }

    pub(super) fn take_over(&mut self, ensemble: Box<Ensemble>) {
        let settings = self.settings_for(&ensemble.spec);
        let old_fallback = self.conductor.set_band(&ensemble.spec, Arc::clone(&ensemble.fallback), settings);
        let mut old = std::mem::replace(&mut self.ensemble, ensemble);
        // Both handles lead to the same fallback, and the worker frees it.
        let also_old = std::mem::replace(&mut old.fallback, old_fallback);
        self.worker.retire(old);
        self.take.say(SampleOffset(0), What::Band(self.ensemble.id));
        drop(also_old);
        self.scheduler.clear();
        self.scheduler.replace_sound(self.voiced(&self.ensemble.spec).0);
        self.pages.set_band(&self.ensemble.spec);
    }

    /// Waits for the wished band, and takes it over. Nothing sounds then. Another thread may wish for another one
    /// meanwhile: the wait ends once whatever is wished by now was tried.
    pub(super) fn await_band(&mut self, limit: Duration) {
        let start = Instant::now();
        let looks = self.worker.looks() + 2;
        loop {
            while let Some(ensemble) = self.worker.ensemble() {
                self.take_over(ensemble);
            }
            let tried = self.worker.has_tried(self.controls.wish) || self.worker.looks() >= looks;
            if tried || start.elapsed() >= limit || !self.worker.has_thread() {
                break;
            }
            let _there = self.worker.wait_for_wish(self.controls.wish, looks, Duration::from_millis(5));
        }
        while let Some(ensemble) = self.worker.ensemble() {
            self.take_over(ensemble);
        }
        self.patience = self.patience.saturating_sub(start.elapsed());
    }

    /// Offline only: a request that is under way is answered before the bar line is crossed.
    pub(super) fn await_answer(&mut self) {
        if self.offline && self.worker.is_waiting() && !self.patience.is_zero() {
            let start = Instant::now();
            let _there = self.worker.wait_for_answer(self.patience);
            self.patience = self.patience.saturating_sub(start.elapsed());
        }
    }
}
