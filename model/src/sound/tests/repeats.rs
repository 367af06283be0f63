//! The same events give the same samples, and where nothing plays there is nothing.

use super::*;

fn bits(sides: &[Vec<f32>; 2]) -> Vec<u32> {
    sides.iter().flatten().map(|sample| sample.to_bits()).collect()
}

#[test]
fn blocks_of_any_size_give_the_same_samples() {
    for (seed, rate) in [(1, 48_000.0), (2, 8000.0), (3, 192_000.0)] {
        let script = wild(seed, 20_000);
        let take = |sizes: &[usize]| render(&mut Synth::new(rate), &script, 24_000, sizes);
        let whole = take(&[16_384]);
        assert!(peak(&whole[0]) > 0.1, "seed {seed}: something plays");
        let mut rng = Rng::new(seed);
        let random: Vec<_> = (0..97).map(|_| 1 + rng.below(700)).collect();
        for sizes in [&[1][..], &[64], &[512], &random] {
            assert!(bits(&take(sizes)) == bits(&whole), "seed {seed}, at {rate} Hz, blocks of {sizes:?}");
        }
    }
}

#[test]
fn a_reset_synthesiser_plays_like_a_new_one() {
    let script = wild(5, 20_000);
    let mut used = Synth::new(RATE);
    render(&mut used, &wild(6, 20_000), 20_000, &[500]);
    used.reset();
    // Programs stay: these are what the script chooses anyway; the kit stays a kit.
    assert!(
        bits(&render(&mut used, &script, 24_000, &[64]))
            == bits(&render(&mut Synth::new(RATE), &script, 24_000, &[64]))
    );
}

#[test]
fn the_same_tune_sounds_the_same_a_second_time() {
    let mut tune: Script = vec![(0, 0, on(60, 80)), (9000, 0, off(60)), (500, 2, on(40, 70)), (9500, 2, off(40))];
    tune.extend([36, 42, 38, 42].into_iter().zip(0..).map(|(key, beat)| (beat * 3000, 9, on(key, 90))));
    tune.sort_by_key(|(at, ..)| *at);
    let mut synth = Synth::new(RATE);
    let first = render(&mut synth, &tune, 480_000, &[512]);
    assert!(synth.is_silent() && peak(&first[0]) > 0.05);
    assert!(bits(&render(&mut synth, &tune, 480_000, &[512])) == bits(&first));
}

#[test]
fn every_instrument_falls_silent_when_it_is_let_go() {
    for instrument in Instrument::ALL {
        let mut synth = playing(instrument, RATE);
        let key = instrument.range().low.get() + 10;
        let sides = render(&mut synth, &[(0, 0, on(key, 110)), (24_000, 0, off(key))], 24_000 + 7 * 48_000, &[512]);
        assert!(synth.is_silent(), "{}", instrument.name());
        let rest = &sides[0][24_000 + 6 * 48_000..];
        assert!(rest.iter().all(|&sample| sample == 0.0), "{}: {}", instrument.name(), peak(rest));
    }
}

#[test]
fn a_synthesiser_that_was_told_nothing_is_silent() {
    let sides = render(&mut Synth::new(RATE), &[], 10_000, &[64]);
    assert!(sides.iter().flatten().all(|&sample| sample == 0.0));
}

#[test]
fn numbers_are_never_so_small_that_a_processor_is_slow_with_them() {
    let mut script = wild(7, 48_000);
    for part in 0..PARTS {
        script.push((60_000, part, PartEvent::Control(64, 0)));
        script.push((60_000, part, PartEvent::Control(123, 0)));
    }
    for rate in [8000.0, 48_000.0] {
        let sides = render(&mut Synth::new(rate), &script, 480_000, &[512]);
        let small = sides.iter().flatten().filter(|sample| sample.is_subnormal()).count();
        assert_eq!(small, 0);
        assert!(sides.iter().flatten().all(|sample| sample.is_finite()));
    }
}
