//! How loud, how bright.

use ebur128::{EbuR128, Mode};

use super::*;

/// The loudness of both sides, and the highest point of their waves, in dB.
fn measured(sides: &[Vec<f32>; 2], rate: f32) -> (f64, f64) {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rates are whole here")]
    let whole = rate as u32;
    let mut meter = EbuR128::new(2, whole, Mode::I | Mode::TRUE_PEAK).expect("a meter");
    meter.add_frames_planar_f32(&[&sides[0], &sides[1]]).expect("samples");
    let highest = [0, 1].map(|side| meter.true_peak(side).expect("a peak")).into_iter().fold(0.0, f64::max);
    (meter.loudness_global().expect("a loudness"), 20.0 * highest.log10())
}

/// Quarters of a second over the middle of its range.
fn scale(instrument: Instrument, velocity: u8) -> [Vec<f32>; 2] {
    let range = instrument.range();
    let (low, wide) = (usize::from(range.low.get()), range.len());
    let keys = (0..16).map(|at| u8::try_from(low + wide / 6 + wide * 2 / 3 * at / 16).expect("a key"));
    let script: Script = keys
        .enumerate()
        .flat_map(|(at, key)| [(at * 12_000, 0, on(key, velocity)), (at * 12_000 + 11_500, 0, off(key))])
        .collect();
    let mut script = script;
    script.sort_by_key(|(at, ..)| *at);
    render(&mut playing(instrument, RATE), &script, 192_000, &[512])
}

#[test]
fn no_instrument_drowns_another() {
    let tonal = Instrument::ALL.into_iter().filter(|&of| !matches!(of, Instrument::Drums | Instrument::Click));
    let loud: Vec<_> = tonal.map(|instrument| (instrument, measured(&scale(instrument, 80), RATE).0)).collect();
    let middle = loud.iter().map(|(_, loud)| loud).sum::<f64>() / loud.len() as f64;
    for (instrument, loud) in &loud {
        assert!((loud - middle).abs() < 2.0, "{}: {loud:.1} LUFS, of all {middle:.1}", instrument.name());
    }
}

#[test]
fn who_plays_louder_is_heard_louder_and_brighter() {
    for instrument in Instrument::ALL.into_iter().filter(|&of| !matches!(of, Instrument::Drums | Instrument::Click)) {
        let ([soft, _], [loud, _]) = (scale(instrument, 40), scale(instrument, 120));
        let levels = [40, 80, 120].map(|velocity| measured(&scale(instrument, velocity), RATE).0);
        assert!(levels[1] - levels[0] > 4.0 && levels[2] - levels[1] > 2.5, "{}: {levels:?}", instrument.name());
        // Steps between samples grow with the pitch, so they say how bright it is.
        let bright = |of: &[f32]| {
            let steps = of.windows(2).map(|pair| (pair[1] - pair[0]).powi(2)).sum::<f32>();
            (steps / of.iter().map(|sample| sample.powi(2)).sum::<f32>()).sqrt()
        };
        assert!(bright(&loud) > 1.02 * bright(&soft), "{}: {} {}", instrument.name(), bright(&soft), bright(&loud));
    }
}

#[test]
fn no_two_instruments_sound_alike() {
    // How much of a note lies in each third of an octave, and how it changes over time.
    let picture = |instrument: Instrument| {
        let sides = note(instrument, 60, 90, 24_000, 28_800);
        let mut picture = Vec::new();
        for window in [600..4200_usize, 9600..19_200, 25_000..28_600] {
            let samples = together(&sides)[window].to_vec();
            let energy = samples.iter().map(|sample| sample * sample).sum::<f32>();
            let steps = samples.windows(2).map(|pair| (pair[1] - pair[0]).powi(2)).sum::<f32>();
            let odd = samples.iter().zip(&samples[92..]).map(|(a, b)| a * b).sum::<f32>() / (energy + 1e-9);
            picture.extend([(energy + 1e-6).ln() * 0.3, (steps / (energy + 1e-9)).sqrt() * 20.0, odd * 2.0]);
        }
        picture
    };
    let all: Vec<_> = Instrument::ALL.into_iter().map(|instrument| (instrument, picture(instrument))).collect();
    for (at, (first, a)) in all.iter().enumerate() {
        for (second, b) in &all[at + 1..] {
            let far = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt();
            assert!(far > 0.15, "{} and {}: {far}", first.name(), second.name());
        }
    }
}

#[test]
fn however_hard_all_play_no_wave_is_higher_than_minus_one_db() {
    for (seed, rate) in [(11, 44_100.0), (12, 48_000.0), (13, 96_000.0), (14, 8000.0)] {
        let mut synth = Synth::new(rate);
        synth.set_level(4.0);
        let script: Script = wild(seed, 40_000)
            .into_iter()
            .map(|(at, part, event)| match event {
                PartEvent::On(key, _) => (at, part, PartEvent::On(key, Velocity::MAX)),
                other => (at, part, other),
            })
            .collect();
        let sides = render(&mut synth, &script, 60_000, &[512]);
        let (_, highest) = measured(&sides, rate);
        assert!(highest <= -1.0 && highest > -6.0, "seed {seed}, {rate} Hz: {highest:.2} dB");
        assert!(sides.iter().flatten().all(|sample| sample.abs() <= 1.0));
    }
}
