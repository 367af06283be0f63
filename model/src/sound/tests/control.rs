//! Controllers, programs, the pedal.

use super::*;

/// How loud the left is from one second to half a second later, after this.
fn late(script: &[(usize, usize, PartEvent)]) -> f32 {
    let sides = render(&mut playing(Instrument::Organ, RATE), script, 96_000, &[512]);
    peak(&sides[0][84_000..])
}

#[test]
fn the_pedal_holds_notes_until_it_goes_up() {
    let played = [(0, 0, PartEvent::Control(64, 127)), (0, 0, on(60, 90)), (4800, 0, off(60))];
    assert!(late(&played) > 0.02);
    assert!(late(&[&played[..], &[(9600, 0, PartEvent::Control(64, 0))]].concat()) < 0.002);
    // Before it went down, it holds nothing.
    assert!(late(&[(0, 0, on(60, 90)), (4800, 0, off(60)), (4801, 0, PartEvent::Control(64, 127))]) < 0.002);
}

#[test]
fn all_notes_off_ends_all_of_a_part_and_nothing_else() {
    let both = [(0, 0, on(60, 90)), (0, 1, on(64, 90))];
    for cc in [120, 123, 127] {
        assert!(late(&[&both[..1], &[(9600, 0, PartEvent::Control(cc, 0))]].concat()) < 0.002, "{cc}");
    }
    let mut synth = playing(Instrument::Organ, RATE);
    synth.set_instrument(1, Instrument::Organ);
    let sides = render(&mut synth, &[&both[..], &[(9600, 0, PartEvent::Control(123, 0))]].concat(), 96_000, &[512]);
    assert!(peak(&sides[0][84_000..]) > 0.02, "the other part sounds on");
}

#[test]
fn a_part_without_volume_is_silent_and_pan_moves_it() {
    let take = |events: &[(u8, u8)]| {
        let mut script: Script = events.iter().map(|&(cc, value)| (0, 0, PartEvent::Control(cc, value))).collect();
        script.push((0, 0, on(60, 90)));
        render(&mut playing(Instrument::ElectricPiano, RATE), &script, 24_000, &[512]).map(|side| peak(&side))
    };
    assert_eq!(take(&[(7, 0)]), [0.0; 2]);
    assert_eq!(take(&[(11, 0)]), [0.0; 2]);
    let ([left, right], [usual, _]) = (take(&[(10, 0)]), take(&[]));
    assert!(left > 1.2 * usual && right < 0.4 * usual, "{left} {right} {usual}");
    let [left, right] = take(&[(10, 127)]);
    assert!(right > 1.2 * usual && left < 0.4 * usual, "{left} {right} {usual}");
    // Half as loud as an instrument's hundred is a quarter.
    assert!((take(&[(7, 50)])[0] / usual - 0.25).abs() < 0.02);
}

#[test]
fn pressure_shakes_the_pitch_as_the_wheel_does_until_controllers_rest() {
    let take = |events: &[PartEvent]| {
        let mut script: Script = vec![(0, 0, on(60, 90))];
        script.extend(events.iter().map(|&event| (0, 0, event)));
        render(&mut playing(Instrument::Organ, RATE), &script, 24_000, &[512])
    };
    let plain = take(&[]);
    assert_ne!(take(&[PartEvent::Pressure(100)]), plain);
    assert_eq!(take(&[PartEvent::Pressure(100)]), take(&[PartEvent::Control(1, 100)]));
    assert_eq!(take(&[PartEvent::Pressure(100), PartEvent::Control(121, 0)]), plain);
}

#[test]
fn every_program_and_every_key_makes_a_sound() {
    for program in 0..128 {
        let mut synth = Synth::new(RATE);
        synth.tell(0, PartEvent::Program(program));
        let sides = render(&mut synth, &[(0, 0, on(60, 80))], 24_000, &[512]);
        assert!(peak(&sides[0]) > 0.01, "program {program}");
    }
    for key in 0..128 {
        let sides = render(&mut Synth::new(RATE), &[(0, 9, on(key, 80))], 24_000, &[512]);
        let loud = sides.iter().map(|side| peak(side)).fold(0.0, f32::max);
        assert!((0.005..0.7).contains(&loud), "stroke {key}: {loud}");
    }
}

#[test]
fn channel_10_stays_a_kit_whatever_program_it_chooses() {
    let mut synth = Synth::new(RATE);
    let chosen = render(&mut synth, &[(0, 9, PartEvent::Program(52)), (0, 9, on(36, 90))], 9600, &[64]);
    assert_eq!(chosen, render(&mut Synth::new(RATE), &[(0, 9, on(36, 90))], 9600, &[64]));
}

#[test]
fn parts_that_are_none_are_left_alone() {
    let mut synth = Synth::new(f32::NAN);
    synth.tell(PARTS, on(60, 90));
    synth.set_instrument(99, Instrument::Pad);
    synth.set_place(99, 1.0, 0.0);
    assert!(synth.is_silent());
}

#[test]
fn a_voice_without_a_program_plays_its_roles_instrument() {
    let mut voice = crate::BandSpec::pop().voices[3].clone();
    assert_eq!(Instrument::of_voice(&voice), Instrument::ElectricBass);
    voice.program = 0;
    assert_eq!(Instrument::of_voice(&voice), Instrument::ElectricBass);
    voice.program = 32;
    assert_eq!(Instrument::of_voice(&voice), Instrument::UprightBass);
    assert_eq!(Instrument::of_voice(&crate::BandSpec::chorale().voices[1]), Instrument::Choir);
}
