//! What odd keyboards and hosts do: notes that end by one message for all, pedals of every kind, notes by their numbers.

use super::rig::FakePort;
use super::*;
use crate::midi::{ALL_NOTES_OFF, EXPRESSION, HOLD_2, Input, MODULATION, PORTAMENTO, RESET, SOFT, SOSTENUTO, SUSTAIN};
use crate::units::Steps;

/// A rig whose own clip is silent.
fn quiet() -> Rig {
    let mut rig = Rig::new();
    rig.plays = false;
    rig.block(64);
    rig.out.clear();
    rig
}

fn on(from: u8, number: u8) -> Message {
    Message::On(channel(from), key(number), Velocity::DEFAULT)
}

fn off(from: u8, number: u8) -> Message {
    Message::Off(channel(from), key(number))
}

fn control(from: u8, number: u8, value: u8) -> Message {
    Message::Control(channel(from), number, value)
}

/// What comes out of a block in which the user does this.
fn out(rig: &mut Rig, messages: &[Message]) -> Vec<Out> {
    rig.out.clear();
    rig.extra = messages.to_vec();
    rig.block(64);
    rig.out.iter().map(|&(_, out)| out).collect()
}

/// What the user is heard to hold: the keys' places in their octave, from C.
fn heard(rig: &Rig) -> Vec<u8> {
    let held = rig.engine.buffer.holds();
    (0..12).filter(|&number| held.down.has(key(number))).collect()
}

#[test]
fn all_notes_off_ends_every_note_of_its_keyboard_where_it_sounds_and_no_other() {
    for number in [120, ALL_NOTES_OFF, 124, 127] {
        let mut rig = quiet();
        rig.set(|controls| (controls.user_channel, controls.user) = (UserChannel::OfVoice, 3));
        out(&mut rig, &[on(0, 40), on(9, 50)]);
        assert_eq!(heard(&rig), [2, 4]);
        // Another voice is chosen: the message goes there, the note is where it began.
        rig.set(|controls| controls.user = 1);
        let all = control(0, number, 0);
        assert_eq!(
            out(&mut rig, &[all]),
            [Out::Said(off(3, 40)), Out::Passed(control(1, number, 0))],
            "controller {number}"
        );
        assert_eq!(heard(&rig), [2], "the pads are another keyboard");
        // Its own end ends nothing any more, and nothing is owed.
        assert_eq!(out(&mut rig, &[off(0, 40), off(9, 50)]), [Out::Passed(off(3, 40)), Out::Passed(off(3, 50))]);
        assert!(rig.engine.sounding.is_silent());
    }
}

/// A keyboard that ends its notes so, and only so, shares its channel with the band.
#[test]
fn a_key_that_all_notes_off_ended_is_the_bands_again() {
    let play = |last: Message| {
        let mut rig = Rig::new();
        rig.set(|controls| controls.channels = Channels::One(channel(0)));
        rig.plays = false;
        rig.extra = (20..100).map(|number| on(0, number)).collect();
        rig.block(64);
        rig.extra = vec![last];
        rig.roll(5 * MEASURE, &[512]);
        (rig.notes().len(), rig.engine.sounding.ceded())
    };
    let (notes, ceded) = play(control(0, ALL_NOTES_OFF, 0));
    assert!(notes > 6 && ceded == 0, "{notes} notes, {ceded} ceded");
    let (notes, ceded) = play(control(0, MODULATION, 0));
    assert!(notes == 0 && ceded > 6, "held, they are the user's: {notes} notes, {ceded} ceded");
}

#[test]
fn a_pedal_that_reset_all_controllers_lifted_holds_nothing_in_the_bands_ears() {
    let mut rig = quiet();
    out(&mut rig, &[control(0, SUSTAIN, 127), on(0, 60), off(0, 60)]);
    assert_eq!(heard(&rig), [0]);
    out(&mut rig, &[control(0, RESET, 0)]);
    assert!(heard(&rig).is_empty());
    out(&mut rig, &[on(0, 62), off(0, 62)]);
    assert!(heard(&rig).is_empty(), "nor what comes after");
    // It is up where it was passed: nothing has to be lifted there.
    rig.set(|controls| controls.thru = false);
    assert_eq!(out(&mut rig, &[]), []);
}

/// A note that a sostenuto holds on a channel where nobody lifts it any more would sound for ever; and a voice of the band
/// that comes to a channel whose expression pedal is up is not heard.
#[test]
fn every_pedal_goes_back_to_rest_where_the_user_was() {
    let moved = [(EXPRESSION, 20), (PORTAMENTO, 127), (SOSTENUTO, 127), (SOFT, 64), (HOLD_2, 127)];
    let at_rest = [(EXPRESSION, 127), (PORTAMENTO, 0), (SOSTENUTO, 0), (SOFT, 0), (HOLD_2, 0)];
    let of = |to: u8, list: [(u8, u8); 5]| list.map(|(number, value)| control(to, number, value));
    let player = || {
        let mut rig = quiet();
        rig.set(|controls| (controls.user_channel, controls.user) = (UserChannel::OfVoice, 3));
        assert_eq!(out(&mut rig, &of(0, moved)), of(3, moved).map(Out::Passed));
        rig
    };
    let mut rig = player();
    rig.set(|controls| controls.user = 1);
    assert_eq!(out(&mut rig, &[]), of(3, at_rest).map(Out::Said));
    assert_eq!(out(&mut rig, &[]), [], "once");
    // Moved back by the user, or by "reset all controllers", they are at rest.
    for back in [&of(0, at_rest)[..], &[control(0, RESET, 0)]] {
        let mut rig = player();
        out(&mut rig, back);
        rig.set(|controls| controls.user = 1);
        assert_eq!(out(&mut rig, &[]), []);
    }
    // Not heard any more: what holds notes is lifted; what does not stays, as the host's own automation would.
    for silence in [|rig: &mut Rig| rig.set(|controls| controls.thru = false), |rig: &mut Rig| rig.engine.reset()] {
        let mut rig = player();
        silence(&mut rig);
        assert_eq!(out(&mut rig, &[]), [Out::Said(control(3, SOSTENUTO, 0)), Out::Said(control(3, HOLD_2, 0))]);
    }
    // A full buffer puts it off.
    let mut rig = player();
    rig.set(|controls| controls.user = 1);
    rig.room = 0;
    assert_eq!(out(&mut rig, &[]), []);
    assert!(!rig.engine.sounding.is_silent(), "the host must not put the plugin to sleep");
    rig.room = 9;
    assert_eq!(out(&mut rig, &[]), of(3, at_rest).map(Out::Said));
}

#[test]
fn a_key_that_goes_up_on_every_channel_ends_its_notes_alone() {
    let mut rig = quiet();
    out(&mut rig, &[on(0, 60), on(5, 60), on(5, 64)]);
    rig.engine.hear(
        &Heard { at: SampleOffset(0), what: Input::KeyOff(key(60)), event: (0, off(0, 60)) },
        &mut FakePort { input: [].into(), out: Vec::new(), room: 9 },
    );
    assert_eq!(heard(&rig), [4]);
    assert!(!rig.engine.sounding.is_silent());
    assert_eq!(out(&mut rig, &[off(5, 64)]), [Out::Passed(off(5, 64))]);
    assert!(rig.engine.sounding.is_silent());
}

/// Keys at both ends, notes without length, one that begins with a block's last sample and ends with the next one's first,
/// one struck twice and ended once, ends of nothing: all pass, in their order, and nothing is left.
#[test]
fn odd_notes_pass_as_they_are_and_leave_nothing() {
    let mut rig = quiet();
    let odd = [
        on(0, 0),
        off(0, 0),
        on(15, 127),
        on(15, 127),
        off(15, 127),
        off(15, 127),
        off(7, 3),
        on(3, 64),
        off(3, 64),
        on(3, 64),
        off(3, 64),
    ];
    assert_eq!(out(&mut rig, &odd), odd.map(Out::Passed));
    assert!(rig.engine.sounding.is_silent() && heard(&rig).is_empty());
    let (last, first) = (on(2, 70), off(2, 70));
    let blocks = [(64, vec![(63, last)]), (0, Vec::new()), (1, vec![(0, first)])];
    let mut passed = Vec::new();
    for (frames, input) in blocks {
        let mut port = FakePort { input: input.into(), out: Vec::new(), room: 9 };
        rig.engine.process(&rig.host, frames, &mut port, None);
        passed.extend(port.out);
    }
    assert_eq!(passed, [(63, Out::Passed(last)), (0, Out::Passed(first))]);
    assert!(rig.engine.sounding.is_silent() && heard(&rig).is_empty());
}

#[test]
fn one_keyboard_of_several_lets_go_of_its_own_keys() {
    let mut buffer = MeasureBuffer::default();
    for (from, number) in [(0, 60), (1, 64)] {
        buffer.pedal(Steps(0.0), 0.0, channel(from), true);
        buffer.note_on(Steps(0.0), 0.0, channel(from), key(number), Velocity::DEFAULT);
        buffer.note_off(Steps(1.0), 0.0, channel(from), key(number));
    }
    buffer.release_channels(Steps(4.0), 0.0, 1);
    assert_eq!(
        buffer.close(16).notes(),
        [Note::new(0, 4, key(60)), Note { continues: true, ..Note::new(0, 16, key(64)) },]
    );
}
