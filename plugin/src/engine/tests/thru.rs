//! The user's notes on their way through, and a host's buffer that is full.

use super::rig::FakePort;
use super::*;
use crate::midi::SUSTAIN;

#[test]
fn note_offs_that_find_no_room_come_in_the_next_block() {
    let mut rig = Rig::new();
    rig.plays = false;
    rig.roll(64, &[64]);
    rig.plays = true;
    rig.roll(2 * MEASURE + 100, &[512]);
    rig.host.playing = false;
    rig.room = 1;
    rig.block(64);
    assert!(!rig.hanging().is_empty());
    rig.room = usize::MAX;
    rig.block(64);
    assert_eq!(rig.hanging(), [(0, 60)], "only the user's own");
}

#[test]
fn thru_switched_off_ends_what_had_passed() {
    let mut rig = Rig::new();
    rig.roll(1000, &[500]);
    rig.set(|controls| controls.thru = false);
    rig.block(500);
    assert_eq!(rig.hanging(), []);
    let passed = rig.out.len();
    rig.roll(2 * MEASURE, &[500]);
    assert_eq!(rig.out.len(), passed, "nothing passes");
    rig.roll(2 * MEASURE + 500, &[500]);
    assert!(!rig.notes().is_empty(), "but it was heard");
}

#[test]
fn without_a_transport_notes_pass_through() {
    let mut rig = Rig::new();
    rig.host = HostTransport { samples: Some(0), ..HostTransport::default() };
    let mut port = FakePort {
        input: [(3, Message::On(channel(4), key(70), Velocity::MAX)), (9, Message::Control(channel(0), 1, 5))].into(),
        out: Vec::new(),
        room: 99,
    };
    let rolls = rig.engine.process(&rig.host, 64, &mut port, None);
    rig.engine.show(&rig.host, 64);
    assert!(rolls, "a note is owed its off");
    assert_eq!(
        port.out,
        [
            (3, Out::Passed(Message::On(channel(4), key(70), Velocity::MAX))),
            (9, Out::Passed(Message::Control(channel(0), 1, 5)))
        ]
    );
}

#[test]
fn the_users_note_wins_its_channel_and_key() {
    // The second voice wants the user's key: 45 + 15.
    let range = model::KeyRange { low: key(60), high: key(60) };
    let mut apart = Rig::new();
    apart.set(|controls| controls.voices[1].range = range);
    apart.roll(4 * MEASURE, &[512]);
    assert!(apart.notes().iter().any(|&(_, _, key)| key == 60), "on a channel of its own it plays it");
    // Here the band's voices share the user's channel.
    let mut rig = Rig::new();
    rig.set(|controls| {
        controls.channels = Channels::One(channel(0));
        controls.voices[1].range = range;
    });
    rig.roll(4 * MEASURE, &[512]);
    assert!(rig.notes().iter().all(|&(at, _, key)| key != 60 || at.rem_euclid(QUARTER) >= 12_000), "{:?}", rig.notes());
    let mut rig2 = rig;
    rig2.host.playing = false;
    rig2.block(64);
    assert_eq!(rig2.hanging(), []);
}

#[test]
fn only_the_chosen_channel_is_listened_to() {
    let mut rig = Rig::new();
    rig.set(|controls| controls.listen = Some(channel(5)));
    rig.roll(4 * MEASURE, &[512]);
    assert_eq!(rig.notes(), [], "nothing was heard, so the band listens on");
    assert!(!rig.out.is_empty(), "but it passed");
}

/// A rig whose own clip is silent, with these of the user's in a block that has room for so many.
fn full(room: usize, extra: &[Message]) -> Rig {
    let mut rig = Rig::new();
    rig.plays = false;
    rig.extra = extra.to_vec();
    rig.room = room;
    rig.block(64);
    rig.room = usize::MAX;
    rig.block(64);
    rig
}

#[test]
fn what_never_began_is_owed_no_end() {
    let (on, off) = (Message::On(channel(5), key(60), Velocity::DEFAULT), Message::Off(channel(5), key(60)));
    // The host took neither; nor is an off owed that would have ended nothing.
    assert_eq!(full(0, &[on]).out, []);
    assert_eq!(full(0, &[on, off]).out, []);
    assert_eq!(full(0, &[off]).out, []);
    assert_eq!(full(1, &[on, off]).out, [(0, Out::Passed(on)), (64, Out::Said(off))]);
    // Thru switched off ends what sounds, and no more.
    let mut rig = full(0, &[on]);
    rig.set(|controls| controls.thru = false);
    rig.block(64);
    assert_eq!(rig.out, []);
}

#[test]
fn a_pedal_that_found_no_room_goes_up_in_the_next_block() {
    let pedal = |value| Message::Control(channel(2), SUSTAIN, value);
    assert_eq!(full(1, &[pedal(127), pedal(0)]).out, [(0, Out::Passed(pedal(127))), (64, Out::Said(pedal(0)))]);
    assert_eq!(full(1, &[pedal(127), pedal(0), pedal(127)]).out, [(0, Out::Passed(pedal(127)))], "it is down again");
}

/// Else every note that follows would sound on, wherever the band's notes go.
#[test]
fn a_pedal_goes_up_where_the_user_is_not_heard_any_more() {
    let pedal = |value| Message::Control(channel(2), SUSTAIN, value);
    let mut rig = full(1, &[pedal(127)]);
    rig.set(|controls| controls.thru = false);
    rig.block(64);
    rig.block(64);
    assert_eq!(rig.out, [(0, Out::Passed(pedal(127))), (128, Out::Said(pedal(0)))]);
    let mut rig = full(1, &[pedal(127)]);
    rig.engine.reset();
    rig.room = 0;
    rig.block(64);
    rig.room = usize::MAX;
    rig.block(64);
    assert_eq!(rig.out[1..], [(192, Out::Said(pedal(0)))], "as soon as there is room");
}

#[test]
fn a_note_of_the_user_waits_for_the_end_of_the_bands() {
    let mut rig = Rig::new();
    rig.roll(2 * MEASURE + 100, &[512]);
    let &(_, voice, number) = rig.notes().first().expect("the band plays");
    let (on, off) =
        (Message::On(channel(voice), key(number), Velocity::DEFAULT), Message::Off(channel(voice), key(number)));
    rig.out.clear();
    // No room for the end of the band's note: the user's may not begin.
    rig.extra = vec![on];
    rig.room = 0;
    rig.block(64);
    assert_eq!(rig.out, []);
    // In the next block first that end; the user's off ends nothing any more.
    rig.room = usize::MAX;
    rig.extra = vec![off];
    rig.block(64);
    let start = 2 * MEASURE + 164;
    assert_eq!(rig.out, [(start, Out::Said(off)), (start, Out::Passed(off))]);
}
