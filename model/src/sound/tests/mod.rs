//! What a listener would notice of the instruments.

mod balance;
mod clicks;
mod control;
mod repeats;
mod tuning;

use super::{Instrument, PARTS, PartEvent, Synth};
use crate::music::note::{Key, Velocity};
use crate::random::Rng;

/// The rate of most tests, in Hz.
const RATE: f32 = 48_000.0;

/// What happens, and before which sample.
type Script = Vec<(usize, usize, PartEvent)>;

fn on(key: u8, velocity: u8) -> PartEvent {
    PartEvent::On(Key::new(key).expect("a key"), Velocity::new(velocity).expect("a velocity"))
}

fn off(key: u8) -> PartEvent {
    PartEvent::Off(Key::new(key).expect("a key"))
}

/// A synthesiser whose first part plays this.
fn playing(instrument: Instrument, rate: f32) -> Synth {
    let mut synth = Synth::new(rate);
    synth.set_instrument(0, instrument);
    synth
}

/// Both sides of so many samples, in blocks of these sizes in turn.
fn render(synth: &mut Synth, script: &[(usize, usize, PartEvent)], samples: usize, sizes: &[usize]) -> [Vec<f32>; 2] {
    let (mut left, mut right) = (vec![0.0; samples], vec![0.0; samples]);
    let mut events = script.iter().peekable();
    let (mut at, mut sizes) = (0, sizes.iter().cycle());
    while at < samples {
        let end = (at + sizes.next().expect("a size")).min(samples);
        while at < end {
            while let Some(&(_, part, event)) = events.next_if(|(when, ..)| *when <= at) {
                synth.tell(part, event);
            }
            let until = events.peek().map_or(end, |(when, ..)| end.min(*when));
            synth.render(&mut left[at..until], &mut right[at..until]);
            at = until;
        }
    }
    [left, right]
}

/// One note of one instrument: struck at once, let go after so many samples.
fn note(instrument: Instrument, key: u8, velocity: u8, held: usize, samples: usize) -> [Vec<f32>; 2] {
    let script = [(0, 0, on(key, velocity)), (held, 0, off(key))];
    render(&mut playing(instrument, RATE), &script, samples, &[512])
}

/// Everything that a part can be told, at random: more notes than there are voices.
fn wild(seed: u64, samples: usize) -> Script {
    let mut rng = Rng::new(seed);
    let byte = |rng: &mut Rng, below: usize| u8::try_from(rng.below(below)).expect("a byte");
    let mut script: Script = Vec::new();
    for part in 0..PARTS {
        script.push((0, part, PartEvent::Program(byte(&mut rng, 128))));
    }
    for _ in 0..400 {
        let (at, part, key) = (rng.below(samples), rng.below(PARTS), byte(&mut rng, 128));
        script.push((at, part, on(key, 1 + byte(&mut rng, 127))));
        if rng.below(8) > 0 {
            script.push((at + rng.below(samples / 4), part, off(key)));
        }
        match rng.below(8) {
            0 => script.push((at, part, PartEvent::Control(64, byte(&mut rng, 128)))),
            1 => script.push((at, part, PartEvent::Bend(i16::from(byte(&mut rng, 128)) * 128 - 8192))),
            2 => script.push((at, part, PartEvent::Control(byte(&mut rng, 128), byte(&mut rng, 128)))),
            3 => script.push((at, part, PartEvent::Program(byte(&mut rng, 128)))),
            _ => {}
        }
    }
    script.sort_by_key(|(at, ..)| *at);
    script
}

/// Both sides through one loudspeaker.
fn together([left, right]: &[Vec<f32>; 2]) -> Vec<f32> {
    left.iter().zip(right).map(|(left, right)| 0.5 * (left + right)).collect()
}

fn peak(of: &[f32]) -> f32 {
    of.iter().fold(0.0, |most, sample| most.max(sample.abs()))
}
