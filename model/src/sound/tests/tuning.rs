//! In tune: the pitch that is heard is the key's.

use std::f64::consts::TAU;

use super::*;

/// How loud a sound is at `hz`, and where its wave stands there, seen through a window.
fn partial(samples: &[f32], hz: f64, rate: f64) -> (f64, f64) {
    let count = samples.len() as f64;
    let (mut re, mut im) = (0.0, 0.0);
    for (at, &sample) in samples.iter().enumerate() {
        let at = at as f64;
        let window = 0.5 - 0.5 * (TAU * at / count).cos();
        let (sin, cos) = (TAU * hz * at / rate).sin_cos();
        re += window * f64::from(sample) * cos;
        im -= window * f64::from(sample) * sin;
    }
    (re.hypot(im) * 4.0 / count, im.atan2(re))
}

/// By how many cents the fundamental is beside `hz`, from how far its wave gets in a twentieth of the sound; `None`: it
/// is not heard.
fn cents(samples: &[f32], hz: f64, rate: f64) -> Option<f64> {
    let hop = samples.len() / 20;
    let long = samples.len() - hop;
    let (loud, before) = partial(&samples[..long], hz, rate);
    let (_, after) = partial(&samples[hop..], hz, rate);
    let expected = TAU * hz * hop as f64 / rate;
    let beside = (after - before - expected + TAU / 2.0).rem_euclid(TAU) - TAU / 2.0;
    (loud > 1e-3).then(|| 1200.0 * ((expected + beside) / expected).log2())
}

fn hz(key: u8) -> f64 {
    440.0 * ((f64::from(key) - 69.0) / 12.0).exp2()
}

/// From the left, from the right, and through one loudspeaker.
fn beside(sides: &[Vec<f32>; 2], hz: f64, rate: f64, range: std::ops::Range<usize>) -> Vec<Option<f64>> {
    let all = [sides[0].clone(), sides[1].clone(), together(sides)];
    all.iter().map(|samples| cents(&samples[range.clone()], hz, rate)).collect()
}

#[test]
fn every_note_of_every_instrument_is_within_5_cents_over_its_range() {
    for instrument in Instrument::ALL.into_iter().filter(|instrument| instrument.is_pitched()) {
        // A click is over when others begin.
        let range = if instrument == Instrument::Click { 0..4800 } else { 9600..48_000 };
        for key in instrument.range().low.get()..=instrument.range().high.get() {
            let heard = beside(&note(instrument, key, 90, 48_000, 48_000), hz(key), 48_000.0, range.clone());
            let fine = heard.iter().all(|cents| cents.is_some_and(|cents| cents.abs() < 5.0));
            assert!(fine, "{}, key {key}: {heard:?} cents", instrument.name());
        }
    }
}

#[test]
fn the_measure_finds_a_note_that_is_six_cents_flat() {
    let sides = note(Instrument::Flute, 69, 90, 48_000, 48_000);
    let found = cents(&sides[0][9600..], 440.0 * (6.0_f64 / 1200.0).exp2(), 48_000.0).expect("heard");
    assert!((found + 6.0).abs() < 0.5, "{found}");
}

#[test]
fn instruments_are_in_tune_at_every_sample_rate() {
    for second in [8000_usize, 11_025, 44_100, 96_000, 192_000, 768_000] {
        let rate = second as f32;
        for instrument in [Instrument::ElectricPiano, Instrument::Choir, Instrument::ElectricBass] {
            let key = if instrument == Instrument::ElectricBass { 40 } else { 69 };
            let sides = render(&mut playing(instrument, rate), &[(0, 0, on(key, 90))], second, &[512]);
            let heard = beside(&sides, hz(key), f64::from(rate), second / 5..second);
            let fine = heard.iter().all(|cents| cents.is_some_and(|cents| cents.abs() < 5.0));
            assert!(fine, "{} at {rate} Hz: {heard:?} cents", instrument.name());
            assert!(sides.iter().flatten().all(|sample| sample.abs() < 1.0));
        }
    }
}

#[test]
fn a_bent_note_is_where_the_wheel_bends_it() {
    let bent = |events: &[PartEvent]| {
        let mut script: Script = events.iter().map(|&event| (0, 0, event)).collect();
        script.push((0, 0, on(69, 90)));
        render(&mut playing(Instrument::Strings, RATE), &script, 48_000, &[512])
    };
    let range = |semitones: u8| [(101, 0), (100, 0), (6, semitones)].map(|(cc, value)| PartEvent::Control(cc, value));
    let twelve = [&range(12)[..], &[PartEvent::Bend(-4096)]].concat();
    for (events, key) in [(vec![PartEvent::Bend(4096)], 70), (vec![PartEvent::Bend(-8192)], 67), (twelve, 63)] {
        let heard = beside(&bent(&events), hz(key), 48_000.0, 9600..48_000);
        assert!(heard.iter().all(|cents| cents.is_some_and(|cents| cents.abs() < 5.0)), "{events:?}: {heard:?}");
    }
}

#[test]
fn nothing_is_heard_of_what_a_rate_cannot_hold() {
    // The fundamental of key 108 is above half of 8 kHz: no other pitch may be heard in its place.
    for instrument in Instrument::ALL.into_iter().filter(|&of| of.is_pitched()) {
        let sides = render(&mut playing(instrument, 8000.0), &[(0, 0, on(108, 127))], 4000, &[64]);
        assert!(peak(&sides[0]) < 0.05, "{}: {}", instrument.name(), peak(&sides[0]));
    }
}
