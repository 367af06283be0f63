//! A whole block: by the host's clock or the own one, with the sound inside and the metronome.

use std::time::Duration;

use crate::engine::{Controls, Engine};
use crate::midi::{Input, Port};
use crate::own_clock::{Advance, Click, Cued, OwnClock, Takes};
use crate::speaker::Speaker;
use crate::transport::HostTransport;
use crate::units::SampleRate;

/// The engine, and what stands around it in `process()`.
///
/// # Realtime safety
/// [`Performer::activate`] allocates and waits, for the main thread; for all else, see [`Engine`].
#[derive(Debug)]
pub struct Performer {
    engine: Box<Engine>,
    speaker: Box<Speaker>,
    own: OwnClock,
    click: Click,
}

/// What a block came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Performed {
    /// Something rolls, sounds or is owed.
    pub alive: bool,
    /// The own clock was switched from a keyboard: whether it runs since.
    pub turned: Option<bool>,
    /// The last key or controller that moved, where the own clock counts.
    pub touched: Option<Input>,
}

impl Performer {
    /// Around this engine.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        let rate = SampleRate::or_usual(0.0);
        let own = OwnClock::new(rate);
        Self { engine: Box::new(engine), speaker: Box::default(), own, click: Click::default() }
    }

    /// The engine.
    pub fn engine(&mut self) -> &mut Engine {
        &mut self.engine
    }

    /// For a sample rate and mode, with these controls; waits until the wished band is loaded.
    pub fn activate(&mut self, rate: SampleRate, offline: bool, limit: Duration, controls: Controls) {
        self.engine.preset(controls);
        self.speaker.set(controls.speaker);
        self.speaker.activate(rate.get());
        self.click.set_level(controls.speaker.level);
        self.click.activate(rate.get());
        self.own.activate(rate);
        let _by_the_other = self.own.set(controls.own);
        self.engine.activate(rate, offline, limit);
        self.engine.follow_own(self.own.is_chosen());
    }

    /// Nothing may sound any more, and time may have passed.
    pub fn reset(&mut self) {
        self.engine.reset();
        self.speaker.reset();
        self.click.reset();
        self.own.reset();
    }

    /// Processes a block. `sides`: the stereo output, if there is one.
    pub fn process<P: Port>(
        &mut self,
        host: &HostTransport,
        frames: u32,
        port: &mut P,
        mut sides: Option<[&mut [f32]; 2]>,
        mut changed: Option<Controls>,
    ) -> Performed {
        let port = &mut Cued::new(port);
        if let Some(controls) = &changed {
            self.speaker.set(controls.speaker);
            self.click.set_level(if controls.bypass { 0.0 } else { controls.speaker.level });
            if self.own.set(controls.own) {
                // The transport that counted until now stops, and all that the band plays ends.
                port.open(0, 0, Takes::None);
                self.stretch(&HostTransport::default(), (0, 0), port, &mut sides, changed.take());
                self.engine.follow_own(self.own.is_chosen());
            }
        }
        if !self.own.is_chosen() {
            port.open(0, frames, Takes::All);
            let alive = self.stretch(host, (0, frames), port, &mut sides, changed);
            self.engine.show(host, frames);
            return Performed { alive: alive | self.ring((0, frames), &mut sides), turned: None, touched: None };
        }
        let (mut from, mut alive) = (0, false);
        loop {
            let event = port.peek();
            match self.own.step(from, frames, event) {
                Advance::Swallow => port.swallow(),
                Advance::Play { to, takes } => {
                    let begun = from;
                    port.open(from, to, takes);
                    let said = self.own.transport();
                    alive |= self.stretch(&said, (from, to), port, &mut sides, changed.take());
                    alive |= self.ring((from, to), &mut sides);
                    from = to;
                    if from == frames && (takes == Takes::All || port.peek().is_none()) {
                        self.engine.show(&said, to - begun);
                        break;
                    }
                }
            }
        }
        Performed { alive, turned: self.own.take_turned(), touched: port.touched() }
    }

    /// A part of the block, for which the transport says this.
    fn stretch<P: Port>(
        &mut self,
        said: &HostTransport,
        (from, to): (u32, u32),
        port: &mut Cued<'_, P>,
        sides: &mut Option<[&mut [f32]; 2]>,
        changed: Option<Controls>,
    ) -> bool {
        let frames = to - from;
        let Some([left, right]) = sides else { return self.engine.process(said, frames, port, changed) };
        let (left, right) = (part(left, from, to), part(right, from, to));
        if !self.speaker.is_on() {
            left.fill(0.0);
            right.fill(0.0);
            return self.engine.process(said, frames, port, changed);
        }
        let mut aloud = self.speaker.overhear(port, left, right);
        let alive = self.engine.process(said, frames, &mut aloud, changed);
        aloud.finish();
        alive || !self.speaker.is_silent()
    }

    /// The own clock goes on, and its beats are heard in a part of the block. Returns whether any rings on.
    fn ring(&mut self, (from, to): (u32, u32), sides: &mut Option<[&mut [f32]; 2]>) -> bool {
        let Self { own, click, .. } = self;
        let mut done = from;
        let mut sound = |click: &mut Click, until: u32| {
            if let Some([left, right]) = sides {
                click.add(part(left, done, until), part(right, done, until));
            }
            done = until;
        };
        own.pass(to - from, |after, first| {
            sound(click, from + after);
            click.strike(first);
        });
        if !click.is_silent() {
            sound(click, to);
        }
        !click.is_silent()
    }
}

/// Samples of a side.
fn part(side: &mut [f32], from: u32, to: u32) -> &mut [f32] {
    let at = |sample: u32| usize::try_from(sample).unwrap_or(usize::MAX).min(side.len());
    let (from, to) = (at(from), at(to));
    &mut side[from..to]
}
