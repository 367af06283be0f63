//! On which channel the user leaves.

use super::rig::FakePort;
use super::*;
use crate::midi::{CENTRE, MODULATION, SUSTAIN};

/// A rig whose user plays the bass, whose voice has the fourth channel, on the first; its own clip is silent.
fn bassist() -> Rig {
    let mut rig = Rig::new();
    rig.set(|controls| (controls.user_channel, controls.user) = (UserChannel::OfVoice, 3));
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

/// What comes out of a block in which the user does this.
fn out(rig: &mut Rig, messages: &[Message]) -> Vec<Out> {
    rig.out.clear();
    rig.extra = messages.to_vec();
    rig.block(64);
    rig.out.iter().map(|&(_, out)| out).collect()
}

#[test]
fn all_that_the_user_does_leaves_on_the_voices_channel() {
    let of = |from: u8| {
        let from = channel(from);
        [
            Message::On(from, key(40), Velocity::MAX),
            Message::Bend(from, 9000),
            Message::Pressure(from, 5),
            Message::Control(from, MODULATION, 99),
            Message::Control(from, SUSTAIN, 127),
            Message::Program(from, 32),
            Message::Off(from, key(40)),
        ]
    };
    for from in [0, 3, 9, 15] {
        assert_eq!(out(&mut bassist(), &of(from)), of(3).map(Out::Passed), "from {from}");
        let mut as_played = bassist();
        as_played.set(|controls| controls.user_channel = UserChannel::AsPlayed);
        assert_eq!(out(&mut as_played, &of(from)), of(from).map(Out::Passed));
    }
    let mut elsewhere = bassist();
    elsewhere.set(|controls| controls.voices[3].channel = Some(channel(12)));
    assert_eq!(out(&mut elsewhere, &of(0)), of(12).map(Out::Passed));
    let mut one = bassist();
    one.set(|controls| controls.channels = Channels::One(channel(7)));
    assert_eq!(out(&mut one, &of(0)), of(7).map(Out::Passed));
    let mut unheard = bassist();
    unheard.set(|controls| controls.listen = Some(channel(5)));
    assert_eq!(out(&mut unheard, &of(0)), of(0).map(Out::Passed), "what is not listened to only passes through");
}

#[test]
fn a_note_ends_where_it_went_whatever_is_chosen_meanwhile() {
    let check = |change: fn(&mut Controls)| {
        let mut rig = bassist();
        assert_eq!(out(&mut rig, &[on(0, 40)]), [Out::Passed(on(3, 40))]);
        rig.set(change);
        assert_eq!(out(&mut rig, &[off(0, 40)]), [Out::Passed(off(3, 40))]);
    };
    check(|controls| controls.user = 1);
    check(|controls| controls.user_channel = UserChannel::AsPlayed);
    check(|controls| controls.listen = Some(channel(5)));
    check(|controls| controls.channels = Channels::One(channel(9)));
    // Struck again without an end: it ends where it sounds.
    let mut rig = bassist();
    out(&mut rig, &[on(0, 40)]);
    rig.set(|controls| controls.user = 1);
    assert_eq!(
        out(&mut rig, &[on(0, 40), off(0, 40)]),
        [Out::Said(off(3, 40)), Out::Passed(on(1, 40)), Out::Passed(off(1, 40))]
    );
    // Thru switched off, and on again, in between.
    let mut rig = bassist();
    out(&mut rig, &[on(0, 40)]);
    rig.set(|controls| controls.thru = false);
    assert_eq!(out(&mut rig, &[]), [Out::Said(off(3, 40))]);
    assert_eq!(out(&mut rig, &[off(0, 40)]), []);
}

#[test]
fn what_lasts_goes_along_with_the_user_and_leaves_nothing_behind() {
    let mut rig = bassist();
    let pedal = |to: u8, value| Message::Control(channel(to), SUSTAIN, value);
    out(&mut rig, &[pedal(0, 127), Message::Bend(channel(0), 3), Message::Control(channel(0), MODULATION, 7)]);
    rig.set(|controls| controls.user = 1);
    assert_eq!(
        out(&mut rig, &[]),
        [
            Out::Said(pedal(3, 0)),
            Out::Said(Message::Bend(channel(3), CENTRE)),
            Out::Said(Message::Control(channel(3), MODULATION, 0)),
            Out::Said(pedal(1, 127)),
        ]
    );
    assert_eq!(out(&mut rig, &[pedal(0, 0)]), [Out::Passed(pedal(1, 0))]);
    // A full buffer only puts it off.
    out(&mut rig, &[Message::Bend(channel(0), 3)]);
    rig.set(|controls| controls.user = 2);
    rig.room = 0;
    assert_eq!(out(&mut rig, &[]), []);
    rig.room = 9;
    assert_eq!(out(&mut rig, &[]), [Out::Said(Message::Bend(channel(1), CENTRE))]);
    assert_eq!(out(&mut rig, &[]), []);
}

#[test]
fn one_key_on_two_keyboards_sounds_once_and_ends_once() {
    let mut rig = bassist();
    assert_eq!(
        out(&mut rig, &[on(0, 40), on(9, 40)]),
        [Out::Passed(on(3, 40)), Out::Said(off(3, 40)), Out::Passed(on(3, 40))]
    );
    assert_eq!(out(&mut rig, &[off(0, 40)]), [], "that note has ended");
    assert_eq!(out(&mut rig, &[off(9, 40)]), [Out::Passed(off(3, 40))]);
}

#[test]
fn a_keyboard_on_any_channel_costs_the_band_no_note() {
    // The band's lead strikes 40 and 42, on the first channel; a keyboard there holds these keys.
    let play = |from: u8| {
        let mut rig = bassist();
        rig.extra = vec![on(from, 40), on(from, 42)];
        rig.roll(5 * MEASURE, &[512]);
        assert_eq!(rig.engine.sounding.ceded(), 0);
        rig.notes()
    };
    let expected = play(3);
    assert!(expected.iter().filter(|&&(_, channel, _)| channel == 0).count() > 6, "{expected:?}");
    assert_eq!(play(0), expected);
    assert_eq!(play(9), expected);
}

#[test]
fn what_yields_to_the_user_is_counted() {
    let mut rig = bassist();
    rig.set(|controls| controls.user_channel = UserChannel::AsPlayed);
    rig.extra = vec![on(0, 40), on(0, 42)];
    rig.roll(5 * MEASURE, &[512]);
    assert!(rig.notes().iter().all(|&(_, channel, _)| channel != 0));
    let ceded = rig.engine.sounding.ceded();
    assert!(ceded > 4, "{ceded}");
    assert!(rig.engine.status.counters.ceded.now() > 4, "and shown");
    // One that sounds already ends, and counts.
    let mut rig = bassist();
    rig.set(|controls| controls.channels = Channels::One(channel(3)));
    rig.extra = vec![on(0, 90), off(0, 90)];
    rig.roll(2 * MEASURE + 100, &[512]);
    let &(_, _, number) = rig.notes().first().expect("the band plays");
    let both = out(&mut rig, &[on(0, number)]);
    assert_eq!(both, [Out::Said(off(3, number)), Out::Passed(on(3, number))]);
    assert_eq!(rig.engine.sounding.ceded(), 1);
}

#[test]
fn a_message_for_every_channel_is_for_the_voices() {
    let mut rig = bassist();
    let mut port = FakePort { input: [(0, on(4, 70))].into(), out: Vec::new(), room: 9 };
    rig.engine.process(&rig.host, 64, &mut port, None);
    rig.engine.show(&rig.host, 64);
    assert_eq!(port.out, [(0, Out::Passed(on(3, 70)))]);
    let to = rig.engine.routing.of(&crate::midi::Input::AllOff(None), |_| true);
    assert_eq!(to, Some(channel(3)));
}

#[test]
fn the_users_row_names_the_channel_on_which_its_notes_leave() {
    let mut rig = bassist();
    let row = |rig: &Rig| rig.engine.status.snapshot().page.voices[3].map(|line| line.channel.get());
    out(&mut rig, &[on(6, 40), off(6, 40)]);
    assert_eq!(row(&rig), Some(3), "the voice's");
    rig.set(|controls| controls.user_channel = UserChannel::AsPlayed);
    out(&mut rig, &[on(6, 41), off(6, 41)]);
    assert_eq!(row(&rig), Some(6), "as it came");
    rig.set(|controls| controls.thru = false);
    out(&mut rig, &[]);
    assert_eq!(row(&rig), Some(3), "nothing leaves");
}
