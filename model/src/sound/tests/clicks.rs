//! No clicks: a note that ends, is struck again, or has to go, makes no step that its sound does not make anyway.

use super::*;

/// The largest step from one sample to the next.
fn step(of: &[f32]) -> f32 {
    of.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max)
}

/// How much larger than before a step may be: of the steps before, and in all. Of all that may sound at once a click of
/// −54 dB is not heard.
const LARGER: f32 = 1.1;
const MORE: f32 = 0.002;

/// The largest step in 20 ms after this is not larger than in 200 ms before.
fn check(what: &str, sides: &[Vec<f32>; 2], at: usize) {
    for side in sides {
        let (before, after) = (step(&side[at - 9600..at]), step(&side[at - 1..at + 960]));
        assert!(after <= before * LARGER + MORE, "{what}: a step of {after} after one of {before}");
    }
}

#[test]
fn a_note_ends_without_a_click() {
    for instrument in Instrument::ALL.into_iter().filter(|instrument| instrument.is_pitched()) {
        for key in [instrument.range().low.get(), instrument.range().low.get() + 17] {
            for held in [24_000, 24_037] {
                let sides = note(instrument, key, 110, held, 48_000);
                check(&format!("{}, key {key}", instrument.name()), &sides, held);
            }
        }
    }
}

#[test]
fn sound_that_is_cut_off_ends_without_a_click() {
    for instrument in [Instrument::Pad, Instrument::Organ, Instrument::ElectricBass, Instrument::UprightBass] {
        let mut synth = playing(instrument, RATE);
        let key = instrument.range().low.get();
        let sides =
            render(&mut synth, &[(0, 0, on(key, 127)), (12_345, 0, PartEvent::Control(120, 0))], 24_000, &[512]);
        check(instrument.name(), &sides, 12_345);
        assert!(peak(&sides[0][12_345..]) > 0.0);
    }
}

#[test]
fn a_voice_is_stolen_without_a_click() {
    // A low tone sounds; softer ones take all other voices, and one more takes its.
    let low = 40;
    let mut script: Script = vec![(0, 0, on(low, 127))];
    let mut soft = Vec::new();
    for at in 0..40_u8 {
        soft.push(20_000 + 600 * usize::from(at));
        script.push((soft[usize::from(at)], 1, on(48 + at, 1)));
    }
    let mut synth = playing(Instrument::Flute, RATE);
    synth.set_instrument(1, Instrument::Flute);
    synth.set_place(1, 0.01, 0.0);
    let sides = render(&mut synth, &script, 60_000, &[512]);
    for at in soft {
        check(&format!("a note more at {at}"), &sides, at);
    }
    // It did go: the eldest of 33.
    assert!(peak(&sides[0][50_000..]) < 0.5 * peak(&sides[0][10_000..20_000]));
}

#[test]
fn a_full_synthesiser_plays_on_without_a_click() {
    // A hundred notes at one sample, twice: those of the second time take the voices of the first.
    let mut script: Script = Vec::new();
    for (at, from) in [(0, 20), (24_000, 21)] {
        script.extend((0..100).map(|key| (at, 0, on(from + key, 60))));
    }
    let sides = render(&mut playing(Instrument::Pad, RATE), &script, 48_000, &[512]);
    check("a hundred notes more", &sides, 24_000);
    assert!(peak(&sides[0][30_000..]) > 0.01);
}

#[test]
fn level_and_pan_move_without_a_click() {
    let events =
        [PartEvent::Control(7, 0), PartEvent::Control(7, 127), PartEvent::Control(10, 0), PartEvent::Control(11, 20)];
    let mut script: Script = vec![(0, 0, on(40, 110))];
    script.extend(events.iter().zip(1_usize..).map(|(&event, place)| (place * 12_000, 0, event)));
    let mut synth = playing(Instrument::Flute, RATE);
    let sides = render(&mut synth, &script, 60_000, &[512]);
    for place in 1..=4 {
        let at = place * 12_000;
        let after = step(&sides[0][at - 1..at + 4800]);
        assert!(after < 0.02, "{after}");
    }
}

#[test]
fn a_closed_hat_ends_the_open_one() {
    let take = |closed: bool| {
        let mut script: Script = vec![(0, 9, on(46, 110))];
        if closed {
            script.push((4800, 9, on(42, 1)));
        }
        let sides = render(&mut Synth::new(RATE), &script, 24_000, &[512]);
        peak(&sides[0][12_000..14_400])
    };
    assert!(take(true) < 0.3 * take(false), "{} {}", take(true), take(false));
}
