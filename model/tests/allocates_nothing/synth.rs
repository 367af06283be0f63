//! The synthesiser.

use model::sound::{Instrument, PARTS, PartEvent, Synth};
use model::{Key, Rng, Velocity};

use crate::calls;

#[test]
fn whatever_a_synthesiser_is_told_it_allocates_nothing() {
    let mut synth = Synth::new(48_000.0);
    let mut rng = Rng::new(3);
    let (mut left, mut right) = ([0.0_f32; 64], [0.0_f32; 64]);
    let mut loudest = 0.0_f32;
    let before = calls();
    for block in 0..20_000 {
        let part = rng.below(PARTS);
        let byte = |rng: &mut Rng| u8::try_from(rng.below(128)).unwrap_or(0);
        let key = Key::clamped(i32::from(byte(&mut rng)));
        match rng.below(6) {
            0 | 1 => synth.tell(part, PartEvent::On(key, Velocity::DEFAULT)),
            2 => synth.tell(part, PartEvent::Off(key)),
            3 => synth.tell(part, PartEvent::Control(byte(&mut rng), byte(&mut rng))),
            4 => synth.tell(part, PartEvent::Program(byte(&mut rng))),
            _ => synth.set_instrument(part, Instrument::ALL[rng.below(Instrument::ALL.len())]),
        }
        if block == 10_000 {
            synth.reset();
        }
        synth.render(&mut left, &mut right);
        loudest = left.iter().fold(loudest, |most, sample| most.max(sample.abs()));
    }
    assert_eq!(calls() - before, 0);
    assert!(loudest > 0.1, "it played");
}
