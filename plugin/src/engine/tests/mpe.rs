//! A user whose notes have a channel each.

use super::*;
use crate::midi::{ALL_NOTES_OFF, CENTRE, SUSTAIN, TIMBRE};

/// A rig whose user plays the lead, whose voice has the first channel, from elsewhere; its own clip is silent.
fn lead() -> Rig {
    let mut rig = Rig::new();
    rig.set(|controls| (controls.user_channel, controls.user) = (UserChannel::OfVoice, 0));
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

fn bend(from: u8, to: u16) -> Message {
    Message::Bend(channel(from), to)
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

/// The message that declares a zone of so many members.
fn configuration(master: u8, members: u8) -> [Message; 3] {
    [control(master, 101, 0), control(master, 100, 6), control(master, 6, members)]
}

fn declared(members: u8) -> Rig {
    let mut rig = lead();
    out(&mut rig, &configuration(0, members));
    rig
}

/// The channels on which the band plays in the next measures.
fn bands_channels(rig: &mut Rig) -> Vec<u8> {
    rig.out.clear();
    // To a silent user it does not play.
    rig.plays = true;
    rig.roll(rig.now + 4 * MEASURE, &[512]);
    rig.plays = false;
    let mut channels: Vec<_> = rig.notes().into_iter().map(|(_, channel, _)| channel).collect();
    channels.sort_unstable();
    channels.dedup();
    channels
}

#[test]
fn a_declared_zone_keeps_its_channels_and_the_band_plays_beside_it() {
    let mut rig = lead();
    assert_eq!(bands_channels(&mut rig), [1, 2, 3]);
    let mut rig = lead();
    let said = out(&mut rig, &configuration(0, 8));
    assert_eq!(said, configuration(0, 8).map(Out::Passed), "it has room");
    let played = [on(1, 60), bend(1, 9000), Message::Pressure(channel(1), 9), on(8, 64), control(8, TIMBRE, 90)];
    assert_eq!(out(&mut rig, &played), played.map(Out::Passed));
    assert_eq!(out(&mut rig, &[control(0, SUSTAIN, 127)]), [Out::Passed(control(0, SUSTAIN, 127))], "the master's");
    assert_eq!(bands_channels(&mut rig), [13, 14, 15]);
    // What the user plays beside the zone goes to the user's voice, which is beside it too.
    assert_eq!(out(&mut rig, &[on(9, 40)]), [Out::Passed(on(12, 40))]);
    // Voices that are beside it already stay where they are.
    let mut rig = declared(8);
    rig.set(|controls| {
        (controls.voices[1].channel, controls.voices[3].channel) = (Some(channel(10)), Some(channel(15)))
    });
    assert_eq!(bands_channels(&mut rig), [10, 14, 15]);
    let mut one = declared(15);
    one.set(|controls| controls.channels = Channels::One(channel(0)));
    assert_eq!(bands_channels(&mut one), [15], "voices of one channel stay together");
}

#[test]
fn a_zone_of_all_channels_gives_up_what_the_band_needs_and_says_so() {
    let mut rig = lead();
    let said = out(&mut rig, &configuration(0, 15));
    let [first, second, _] = configuration(0, 15).map(Out::Passed);
    assert_eq!(said, [first, second, Out::Said(control(0, 6, 12))]);
    // The upper zone's members go down from the fifteenth.
    let mut upper = lead();
    assert_eq!(out(&mut upper, &configuration(15, 15))[2], Out::Said(control(15, 6, 12)));
    assert_eq!(bands_channels(&mut upper), [0, 1, 2]);
    // Two zones: the later one's wish counts, and the larger gives way.
    let mut both = declared(10);
    assert_eq!(out(&mut both, &configuration(15, 7))[2], Out::Said(control(15, 6, 5)));
    let kept = both.engine.routing.kept();
    assert_eq!((kept.lower, kept.upper), (6, 5));
    // Another band, or one channel for all, and the zone is told anew.
    let mut rig = declared(15);
    rig.set(|controls| controls.channels = Channels::One(channel(3)));
    assert_eq!(out(&mut rig, &[]), configuration(0, 14).map(Out::Said));
}

#[test]
fn a_note_on_a_channel_of_the_bands_goes_to_a_free_member_with_all_that_shapes_it() {
    let mut rig = declared(15);
    // All thirteen that are left are free: the first. Its shape is said before the note begins.
    let played = [bend(14, 9000), Message::Pressure(channel(14), 7), control(14, TIMBRE, 30), on(14, 60)];
    assert_eq!(
        out(&mut rig, &played),
        [
            Out::Said(bend(1, 9000)),
            Out::Said(control(1, TIMBRE, 30)),
            Out::Said(Message::Pressure(channel(1), 7)),
            Out::Passed(on(1, 60))
        ]
    );
    assert_eq!(out(&mut rig, &[bend(14, 9100)]), [Out::Passed(bend(1, 9100))], "it stays there");
    // The member itself goes elsewhere then, and bends its own note alone.
    assert_eq!(out(&mut rig, &[bend(1, 5000)]), [], "there is no note yet, and another's must not bend");
    assert_eq!(
        out(&mut rig, &[on(1, 64)]),
        [
            Out::Said(bend(2, 5000)),
            Out::Said(control(2, TIMBRE, 64)),
            Out::Said(Message::Pressure(channel(2), 0)),
            Out::Passed(on(2, 64))
        ]
    );
    assert_eq!(out(&mut rig, &[bend(1, 5100), off(14, 60)]), [Out::Passed(bend(2, 5100)), Out::Passed(off(1, 60))]);
    assert_eq!(out(&mut rig, &[off(1, 64)]), [Out::Passed(off(2, 64))]);
}

#[test]
fn as_many_notes_as_there_are_members_have_a_channel_each() {
    let mut rig = declared(15);
    let mut places = Vec::new();
    // Round and round, as keyboards do, three of them held at a time.
    for number in 0..45_u8 {
        let from = 1 + number % 15;
        let said = out(&mut rig, &[on(from, 40 + number), bend(from, 8200 + u16::from(number))]);
        let (Some(Out::Passed(Message::On(to, ..))), Some(Out::Passed(Message::Bend(bent, _)))) =
            (said.iter().rev().nth(1), said.last())
        else {
            panic!("{said:?}")
        };
        assert_eq!(to, bent, "it bends its own note");
        assert!(to.get() >= 1 && to.get() <= 12, "{to:?}");
        assert!(!places.contains(&to.get()), "{number}: {to:?} is taken, {places:?}");
        places.push(to.get());
        if places.len() == 12 {
            places.remove(0);
            let first = number - 11;
            out(&mut rig, &[off(1 + first % 15, 40 + first)]);
        }
    }
}

#[test]
fn a_keyboard_that_does_not_say_so_is_known_by_its_third_note() {
    let mut rig = lead();
    let note = |from: u8, number: u8| [bend(from, CENTRE), on(from, number), bend(from, 8200 + u16::from(number))];
    assert_eq!(out(&mut rig, &note(1, 60)), note(0, 60).map(Out::Passed), "who knows?");
    out(&mut rig, &note(2, 64));
    out(&mut rig, &[on(3, 67)]);
    let said = out(&mut rig, &[bend(3, 9000)]);
    assert_eq!(said, [Out::Said(bend(0, CENTRE)), Out::Passed(bend(3, 9000))], "what bent them all goes back");
    assert_eq!(out(&mut rig, &note(4, 70)), note(4, 70).map(Out::Passed));
    assert_eq!(out(&mut rig, &[off(3, 67), off(4, 70)]), [Out::Passed(off(0, 67)), Out::Passed(off(4, 70))]);
    assert_eq!(bands_channels(&mut rig), [13, 14, 15]);
    let page = rig.engine.status.snapshot().page;
    assert_eq!(page.zone, 0x1fff, "and shown");
}

/// Whatever else is played: the user's notes go to the voice, and the band stays.
#[test]
fn ordinary_keyboards_splits_layers_and_pads_are_no_mpe() {
    let check = |name: &str, blocks: &[Vec<Message>]| {
        let mut rig = lead();
        for block in blocks.iter().cycle().take(40 * blocks.len()) {
            out(&mut rig, block);
        }
        assert!(!rig.engine.mpe.zones().any(), "{name}");
        assert_eq!(out(&mut rig, &[on(5, 11)]), [Out::Passed(on(0, 11))], "{name}");
    };
    let wheel = |channels: &[u8], value: u8| -> Vec<Message> {
        let all = |from: u8| {
            [bend(from, 8000 + u16::from(value)), Message::Pressure(channel(from), value), control(from, TIMBRE, value)]
        };
        // A wheel is said to all channels before the next one.
        (0..3).flat_map(|which| channels.iter().map(move |&from| all(from)[which])).collect()
    };
    let chord = |from: u8| vec![on(from, 60), on(from, 64), on(from, 67)];
    let ends = |from: u8| vec![off(from, 60), off(from, 64), off(from, 67)];
    for from in [0, 1, 9, 15] {
        check("a keyboard", &[chord(from), wheel(&[from], 70), ends(from), vec![on(from, 50)], wheel(&[from], 20)]);
    }
    let four = [1, 2, 3, 4];
    let layer = |number: u8| four.iter().map(|&from| on(from, number)).collect::<Vec<_>>();
    check("a layer of four", &[layer(60), wheel(&four, 50), wheel(&four, 51)]);
    let split = [vec![on(1, 40)], wheel(&[1], 9), chord(2), wheel(&[2], 19), chord(3), wheel(&[3], 29)].concat();
    check("a split, each zone with its own pressure", &[split]);
    let pads = (0..8).flat_map(|pad| [on(9, 36 + pad), Message::Pressure(channel(9), 20 + pad)]).collect();
    check("pads beside a keyboard", &[pads, chord(0), wheel(&[0], 33)]);
    check("two keyboards", &[vec![on(1, 60)], wheel(&[1], 40), vec![on(2, 64)], wheel(&[2], 41), wheel(&[1, 2], 7)]);
    let swell = |from: u8| vec![control(from, 7, 90), control(from, 11, 80), control(from, 1, 70)];
    check("volumes of many channels", &[layer(60), swell(1), swell(2), swell(3), swell(4)]);
}

#[test]
fn what_the_zone_leaves_is_left_at_rest_and_all_that_sounded_there_has_ended() {
    let leave: [fn(&mut Rig); 3] = [
        |rig| rig.extra = configuration(0, 0).to_vec(),
        |rig| rig.set(|controls| controls.panic = true),
        |rig| rig.set(|controls| controls.thru = false),
    ];
    for (number, leave) in leave.into_iter().enumerate() {
        let mut rig = declared(8);
        rig.extra = vec![on(2, 60), bend(2, 9000), control(2, TIMBRE, 9), Message::Pressure(channel(2), 5)];
        rig.roll(rig.now + 2 * MEASURE + 100, &[512]);
        assert!(rig.notes().iter().any(|note| note.1 == 15), "the band plays beside the zone");
        rig.out.clear();
        leave(&mut rig);
        rig.block(64);
        let said: Vec<_> = rig.out.iter().map(|&(_, out)| out).collect();
        for expected in [off(2, 60), bend(2, CENTRE), Message::Pressure(channel(2), 0), control(2, TIMBRE, 64)] {
            assert!(said.contains(&Out::Said(expected)), "{number}: {expected:?} in {said:?}");
        }
        if number == 1 {
            assert!(said.contains(&Out::Said(control(2, ALL_NOTES_OFF, 0))));
        }
        assert_eq!(bands_channels(&mut rig), [1, 2, 3], "{number}");
    }
}

#[test]
fn a_zone_that_is_declared_while_nothing_passes_is_known_and_told_as_soon_as_something_does() {
    let mut rig = lead();
    rig.set(|controls| controls.thru = false);
    let nothing = [&configuration(0, 8)[..], &[bend(2, 9000), on(2, 60), off(2, 60), on(3, 64)]].concat();
    assert_eq!(out(&mut rig, &nothing), []);
    assert_eq!(bands_channels(&mut rig), [1, 2, 3], "to whom nobody hears the band gives no room");
    rig.set(|controls| controls.thru = true);
    let said = out(&mut rig, &[]);
    assert!(said.ends_with(&configuration(0, 8).map(Out::Said)), "after what the band has ended: {said:?}");
    // A note ends where it began, and one that begins has the shape that was said for it.
    assert_eq!(out(&mut rig, &[off(3, 64)]), [Out::Passed(off(3, 64))]);
    let caught = [Message::Bend(channel(2), 9000), control(2, TIMBRE, 64), Message::Pressure(channel(2), 0)];
    assert_eq!(out(&mut rig, &[on(2, 67)])[..3], caught.map(Out::Said));
    assert_eq!(out(&mut rig, &[off(2, 67)]), [Out::Passed(off(2, 67))]);
    assert_eq!(bands_channels(&mut rig), [13, 14, 15]);
    // Switched off and on again, the synthesiser knows nothing of what was bent before.
    out(&mut rig, &[on(2, 60), bend(2, 200), off(2, 60)]);
    rig.set(|controls| controls.thru = false);
    out(&mut rig, &[]);
    rig.set(|controls| controls.thru = true);
    assert!(out(&mut rig, &[on(2, 67)]).contains(&Out::Said(bend(2, 200))));
    // And what is said before the next note passes at once.
    rig.set(|controls| controls.thru = false);
    out(&mut rig, &[]);
    rig.set(|controls| controls.thru = true);
    out(&mut rig, &[]);
    assert_eq!(out(&mut rig, &[control(3, TIMBRE, 30)]), [Out::Passed(control(3, TIMBRE, 30))]);
}

#[test]
fn who_plays_an_mpe_keyboard_or_none_may_say_so() {
    // Three players of one melody each, merged: taken for an MPE keyboard, unless somebody says that it is none.
    let merged = (1..4).flat_map(|from| [on(from, 60), bend(from, 9000 + u16::from(from))]).collect::<Vec<_>>();
    let mut rig = lead();
    out(&mut rig, &merged);
    assert_eq!(bands_channels(&mut rig), [13, 14, 15]);
    rig.set(|controls| controls.mpe = MpeChoice::Off);
    assert_eq!(bands_channels(&mut rig), [1, 2, 3]);
    let mut rig = lead();
    rig.set(|controls| controls.mpe = MpeChoice::Off);
    out(&mut rig, &merged);
    out(&mut rig, &configuration(0, 15));
    assert_eq!(out(&mut rig, &[on(7, 50)]), [Out::Passed(on(0, 50))], "on the channel of the voice, as all");
    assert_eq!(bands_channels(&mut rig), [1, 2, 3]);
    // Who says that it is one keeps the channels from the first note on; and a declaration says on which.
    let mut rig = lead();
    rig.set(|controls| controls.mpe = MpeChoice::On);
    out(&mut rig, &[]);
    let first = [bend(5, 9000), on(5, 60)];
    assert_eq!(out(&mut rig, &first), first.map(Out::Passed));
    assert_eq!(bands_channels(&mut rig), [13, 14, 15]);
    out(&mut rig, &[off(5, 60)]);
    let said = out(&mut rig, &configuration(0, 4));
    assert_eq!(said.last(), Some(&Out::Passed(control(0, 6, 4))), "{said:?}");
    assert_eq!(rig.engine.routing.kept().lower, 4);
}

/// A string a channel, each bent by itself: what MPE does suits it, for one string's bend would bend all on one channel.
#[test]
fn a_guitar_with_a_channel_for_each_string_keeps_them() {
    for first in [0, 10] {
        let mut rig = lead();
        for string in 0..6 {
            let from = first + string;
            let bent = bend(from, 8192 + 100 * (u16::from(string) + 1));
            out(&mut rig, &[on(from, 40 + 5 * string), bent, off(from, 40 + 5 * string), bend(from, CENTRE)]);
        }
        for string in 0..6 {
            let from = first + string;
            let played = [on(from, 40 + 5 * string), bend(from, 9000), off(from, 40 + 5 * string), bend(from, CENTRE)];
            let outer = rig.engine.routing.kept().channels() >> from & 1 == 1;
            let heard = out(&mut rig, &played);
            let channels: std::collections::BTreeSet<_> = heard
                .iter()
                .map(|out| {
                    let (Out::Said(said) | Out::Passed(said)) = out;
                    channel_of(*said)
                })
                .collect();
            assert_eq!(channels.len(), 1, "string {string}: its bend goes where its note goes: {heard:?}");
            assert!(!outer || channels.contains(&from), "string {string}: {heard:?}");
        }
        let band = bands_channels(&mut rig);
        assert!(band.iter().all(|at| !(first..first + 6).contains(at)), "{first}: the band is beside: {band:?}");
    }
}

const fn channel_of(message: Message) -> u8 {
    let (Message::On(channel, ..)
    | Message::Off(channel, _)
    | Message::Control(channel, ..)
    | Message::Program(channel, _)
    | Message::Bend(channel, _)
    | Message::Pressure(channel, _)) = message;
    channel.get()
}

#[test]
fn a_masters_pedal_holds_what_the_band_hears_of_all_members() {
    let mut rig = declared(8);
    out(&mut rig, &[on(3, 60), control(0, SUSTAIN, 127), off(3, 60)]);
    assert!(!rig.engine.buffer.holds().down.is_empty());
    out(&mut rig, &[control(0, SUSTAIN, 0)]);
    assert!(rig.engine.buffer.holds().down.is_empty());
}

#[test]
fn the_rpn_is_understood_in_any_order_within_a_sample() {
    let mut rig = lead();
    out(&mut rig, &[control(0, 6, 5), control(0, 100, 6), control(0, 101, 0)]);
    assert_eq!(rig.engine.mpe.zones().lower, 5);
    // Other parameters are none of its business.
    let mut rig = lead();
    out(&mut rig, &[control(0, 101, 0), control(0, 100, 0), control(0, 6, 5), control(1, 100, 6), control(1, 6, 4)]);
    out(&mut rig, &[control(0, 101, 0), control(0, 100, 6), control(0, 99, 1), control(0, 6, 5)]);
    assert!(!rig.engine.mpe.zones().any());
}
