//! What the public validators do to a plugin: blocks of nonsense, and threads that move, read, save and load while
//! another one processes.

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::ensure;
use model::{Channel, Key, Rng, Velocity};

use crate::event::{Event, Kind};
use crate::fuzz::mutate;
use crate::host::remote::Remote;
use crate::host::{Format, Instance};

/// Notes that no musician plays, controllers, and messages that are none, in order of time.
///
/// # Panics
/// If there is no frame.
#[must_use]
pub fn nonsense(rng: &mut Rng, frames: u32) -> Vec<Event> {
    events(rng, 40, frames, |rng| {
        let channel = Channel::new(byte(rng, 16)).expect("a channel");
        let key = Key::new(byte(rng, 128)).expect("a key");
        match rng.below(6) {
            0 | 1 => Kind::On { channel, key, velocity: Velocity::new(1 + byte(rng, 127)).expect("a velocity") },
            2 | 3 => Kind::Off { channel, key },
            4 => Kind::control(channel.get(), byte(rng, 130), byte(rng, 128)),
            _ => Kind::Other,
        }
    })
}

/// Parameters (there are so many) moved anywhere, at any sample.
///
/// # Panics
/// If there is no frame or no parameter.
#[must_use]
pub fn automation(rng: &mut Rng, parameters: usize, frames: u32) -> Vec<Event> {
    events(rng, 20, frames, |rng| Kind::Parameter {
        index: u16::try_from(rng.below(parameters)).expect("few"),
        share: share(rng),
    })
}

/// Fewer than `most` events at any sample, in order of time.
fn events(rng: &mut Rng, most: usize, frames: u32, kind: impl Fn(&mut Rng) -> Kind) -> Vec<Event> {
    let offset = |rng: &mut Rng| u32::try_from(rng.below(frames as usize)).expect("small");
    let mut events: Vec<_> = (0..rng.below(most)).map(|_| Event { kind: kind(rng), offset: offset(rng) }).collect();
    events.sort_by_key(|event| event.offset);
    events
}

fn byte(rng: &mut Rng, below: usize) -> u8 {
    u8::try_from(rng.below(below)).expect("a byte")
}

/// A place in a parameter's range.
fn share(rng: &mut Rng) -> u16 {
    u16::try_from(rng.below(1 << 16)).expect("16 bits")
}

/// One block of up to `most` frames, with nonsense and, if asked for, automation. What comes must be in order, inside
/// the block, and what is heard no louder than can be played.
///
/// # Errors
/// If it is not, or the plugin reports an error.
pub fn block(instance: &mut dyn Instance, rng: &mut Rng, most: u32, automated: bool) -> anyhow::Result<()> {
    let frames = 1 + u32::try_from(rng.below(most as usize))?;
    let mut events = nonsense(rng, frames);
    if automated {
        events.extend(automation(rng, instance.parameters().len(), frames));
        events.sort_by_key(|event| event.offset);
    }
    process(instance, frames, &events, &mut Vec::new())
}

/// One block, whose output must be in order, inside it, and no louder than can be played.
///
/// # Errors
/// If it is not, or the plugin reports an error.
pub fn process(
    instance: &mut dyn Instance,
    frames: u32,
    events: &[Event],
    heard: &mut Vec<Event>,
) -> anyhow::Result<()> {
    instance.process(frames, None, events, heard)?;
    ensure!(heard.iter().all(|event| event.offset < frames), "outside the block of {frames}: {heard:?}");
    ensure!(heard.windows(2).all(|pair| pair[0].offset <= pair[1].offset), "out of order: {heard:?}");
    ensure!(instance.is_within(frames), "the audio output is beyond what can be played");
    Ok(())
}

/// What the other threads do while one processes, each with random numbers of its own.
#[derive(Debug)]
pub struct Meddler<'a> {
    format: Format,
    /// How many parameters there are.
    parameters: usize,
    /// A good state.
    state: &'a [u8],
    salt: AtomicU64,
}

impl<'a> Meddler<'a> {
    /// Meddles with an instance that has so many parameters and may be in this state.
    #[must_use]
    pub const fn new(format: Format, parameters: usize, state: &'a [u8], seed: u64) -> Self {
        Self { format, parameters, state, salt: AtomicU64::new(seed) }
    }

    /// Random numbers that nobody else has.
    pub fn rng(&self) -> Rng {
        Rng::new(self.salt.fetch_add(1, Ordering::Relaxed))
    }

    /// Moves a parameter, where the format lets other threads do that.
    ///
    /// # Panics
    /// If it lets them, and it is not moved, or the other way round.
    pub fn set(&self, remote: &dyn Remote) {
        let mut rng = self.rng();
        let share = share(&mut rng);
        assert_eq!(remote.set(rng.below(self.parameters), share), self.format == Format::Vst3);
    }

    /// Reads all parameters.
    ///
    /// # Panics
    /// If one has no value or no text.
    pub fn get(&self, remote: &dyn Remote) {
        for index in 0..self.parameters {
            assert!(remote.get(index).is_some_and(|(value, text)| value.is_finite() && !text.is_empty()));
        }
    }

    /// Saves.
    ///
    /// # Panics
    /// If nothing is saved.
    pub fn save(&self, remote: &dyn Remote) {
        assert!(remote.save().is_some_and(|state| state.len() > 500));
    }

    /// Loads a state: its own, or one that was tampered with.
    ///
    /// # Panics
    /// If its own is refused.
    pub fn load(&self, remote: &dyn Remote) {
        let mut rng = self.rng();
        let mut state = remote.save().expect("it saves");
        if rng.below(2) == 0 {
            mutate(&mut state, self.state, &mut rng);
            let _any = remote.load(&state);
        } else {
            assert!(remote.load(&state), "its own state");
        }
    }
}
