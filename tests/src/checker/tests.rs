//! Each property has a broken stream that the checker must reject; whole plugins with a flaw are in
//! `torture::fakes`.

use model::{Channel, Key, TimeSignature, Velocity};

use super::*;
use crate::timeline::{QUARTER, STEP, Timeline};
use crate::transport::Script;

fn channel() -> Channel {
    Channel::new(3).expect("a channel")
}

fn key(number: i32) -> Key {
    Key::clamped(number)
}

fn on(offset: u32, key: i32) -> Event {
    Event { offset, kind: Kind::On { channel: channel(), key: Key::clamped(key), velocity: Velocity::DEFAULT } }
}

fn off(offset: u32, key: i32) -> Event {
    Event { offset, kind: Kind::Off { channel: channel(), key: Key::clamped(key) } }
}

/// Half a second of music at 120 quarters a minute (a step is 6000 samples), then a stop; in
/// blocks of 12 000. `before` is done to the checker before the second block; `heard` says what
/// the broken plugin sends in each of the three blocks, `sent` what it was sent.
fn verdict(thru: Thru, before: fn(&mut Checker), sent: [&[Event]; 3], heard: [&[Event]; 3]) -> Verdict {
    verdict_of_full(thru, before, sent, heard, [0; 3])
}

/// The same, where the host had no room for so many events in each block.
fn verdict_of_full(
    thru: Thru,
    before: fn(&mut Checker),
    sent: [&[Event]; 3],
    heard: [&[Event]; 3],
    refused: [usize; 3],
) -> Verdict {
    let timeline = Timeline::steady(500_000, TimeSignature::FOUR_FOUR);
    let script = Script::new(timeline, 48_000).roll(0..QUARTER).halt(12_000);
    let mut checker = Checker::new(thru, Grid::EXACT);
    for (index, block) in script.blocks(&[12_000]).iter().enumerate() {
        if index == 1 {
            before(&mut checker);
        }
        let transport = script.event(block);
        let (start, frames, transport) = (block.start, block.frames, Some(&transport));
        let (sent, heard, refused) = (sent[index], heard[index], refused[index]);
        checker.block(Seen { start, frames, transport, sent, heard, refused });
    }
    checker.finish()
}

fn faults(verdict: &Verdict) -> Vec<Fault> {
    verdict.found.iter().map(|found| found.fault).collect()
}

/// What the band plays, and the faults in it.
fn check(heard: [&[Event]; 3], expected: &[Fault], hanging: usize) {
    check_after(|_| (), heard, expected, hanging);
}

fn check_after(before: fn(&mut Checker), heard: [&[Event]; 3], expected: &[Fault], hanging: usize) {
    let verdict = verdict(Thru::Off, before, [&[]; 3], heard);
    assert_eq!((faults(&verdict).as_slice(), verdict.hanging), (expected, hanging));
    assert_eq!(verdict.is_clean(), expected.is_empty() && hanging == 0);
}

/// What the player sends comes back.
fn check_thru(sent: [&[Event]; 3], heard: [&[Event]; 3], expected: &[Fault]) {
    assert_eq!(faults(&verdict(Thru::On, |_| (), sent, heard)), expected);
}

#[test]
fn a_good_stream_is_clean() {
    check([&[on(0, 60), off(6000, 60), on(6000, 60)], &[off(0, 60), on(6000, 62)], &[off(0, 62)]], &[], 0);
}

#[test]
fn a_note_may_be_struck_again_elsewhere_on_a_later_step_and_nowhere_between() {
    let (channel, wrong) = (channel(), key(36));
    check([&[on(0, 36), off(6000, 36), on(6000, 41)], &[off(0, 41)], &[]], &[], 0);
    check([&[on(0, 36), on(6000, 41)], &[off(0, 41)], &[]], &[Fault::LateOff { channel, key: wrong }], 1);
    check(
        [&[on(0, 36), off(6000, 36), on(6000, 36)], &[on(0, 36), off(1, 36)], &[]],
        &[Fault::DoubleOn { channel, key: wrong }],
        0,
    );
    check([&[on(0, 36), off(6007, 36), on(6007, 41)], &[off(0, 41)], &[]], &[Fault::OffGrid { error: 7 }], 0);
}

#[test]
fn a_late_onset_is_measured() {
    check([&[on(6001, 60), off(6100, 60)], &[], &[]], &[Fault::OffGrid { error: 1 }], 0);
    check([&[], &[on(5997, 60), off(6100, 60)], &[]], &[Fault::OffGrid { error: 3 }], 0);
}

#[test]
fn tolerated_lateness_is_no_fault_and_more_is() {
    // A tick is 25 samples.
    for (offset, clean) in [(5999, true), (5998, false), (6251, true), (6252, false)] {
        let set = |checker: &mut Checker| checker.set_grid(Grid::Steps { tolerance: 1, late: 10 });
        let heard: [&[Event]; 3] = [&[], &[on(offset, 60), off(7000, 60)], &[]];
        assert_eq!(verdict(Thru::Off, set, [&[]; 3], heard).is_clean(), clean, "{offset}");
    }
}

#[test]
fn events_out_of_order_outside_or_out_of_range_are_found() {
    let disordered: &[Event] = &[on(6000, 60), on(0, 62), off(6000, 60), off(6000, 62)];
    check([disordered, &[], &[]], &[Fault::OutOfOrder { offset: 0 }], 0);
    let outside = Fault::OutsideBlock { offset: 12_000, frames: 12_000 };
    check([&[on(12_000, 60)], &[off(0, 60)], &[]], &[outside], 0);
    let kind = Kind::on(Some(3), Some(128), 0.5);
    check([&[Event { offset: 7, kind }], &[], &[]], &[Fault::OutOfRange { offset: 7 }], 0);
}

#[test]
fn what_midi_does_not_have_is_invalid() {
    for (channel, key, velocity) in [(16, 60, 0.5), (-1, 60, 0.5), (0, -1, 0.5), (0, 60, 0.0), (0, 60, 1.1)] {
        assert_eq!(Kind::on(Some(channel), Some(key), velocity), Kind::Invalid);
    }
    assert_eq!(Kind::on(None, Some(60), f64::NAN), Kind::Invalid);
    assert_eq!(Kind::off(Some(0), None), Kind::Invalid);
    assert_eq!(Kind::control(0, 130, 0), Kind::Invalid);
    assert!(Kind::on(Some(15), Some(127), 1.0).is_note());
}

#[test]
fn double_ons_and_orphan_offs_are_found() {
    let (channel, key) = (channel(), key(60));
    check([&[on(0, 60)], &[on(0, 60), off(6000, 60)], &[]], &[Fault::DoubleOn { channel, key }], 0);
    check([&[], &[off(0, 60)], &[]], &[Fault::OrphanOff { channel, key }], 0);
}

#[test]
fn hanging_and_late_notes_are_found() {
    let late = Fault::LateOff { channel: channel(), key: key(60) };
    check([&[on(0, 60)], &[], &[off(1, 60)]], &[late], 0);
    check([&[on(0, 60)], &[], &[]], &[late], 1);
    check([&[], &[], &[on(0, 60), off(6000, 60)]], &[Fault::NoteWhileSilent { key: key(60) }], 0);
}

#[test]
fn what_sounds_on_after_a_reset_is_found() {
    let late = Fault::LateOff { channel: channel(), key: key(60) };
    check_after(Checker::hush, [&[on(0, 60)], &[off(0, 60)], &[]], &[], 0);
    check_after(Checker::hush, [&[on(0, 60)], &[off(6000, 60)], &[]], &[late], 0);
}

#[test]
fn what_sounds_while_bypassed_is_found() {
    let bypass = |checker: &mut Checker| checker.set_bypass(true);
    check_after(bypass, [&[on(0, 60)], &[off(0, 60)], &[]], &[], 0);
    let late = Fault::LateOff { channel: channel(), key: key(60) };
    check_after(bypass, [&[on(0, 60)], &[off(1, 60)], &[]], &[late], 0);
    let silent = Fault::NoteWhileSilent { key: key(62) };
    check_after(bypass, [&[], &[on(0, 62)], &[off(0, 62)]], &[silent], 0);
}

#[test]
fn a_changed_note_on_its_way_through_is_found() {
    let sent = [on(17, 60), off(18, 60)];
    check_thru([&sent, &[], &[]], [&sent, &[], &[]], &[]);
    let orphan = Fault::OrphanOff { channel: channel(), key: key(60) };
    check_thru([&sent, &[], &[]], [&[on(17, 60), off(19, 60)], &[], &[]], &[Fault::ThruDiffers, Fault::ThruDiffers]);
    check_thru([&sent, &[], &[]], [&[off(18, 60)], &[], &[]], &[Fault::ThruDiffers]);
    check_thru([&[], &[], &[]], [&[off(18, 60)], &[], &[]], &[orphan]);
    check_thru([&sent, &[], &[]], [&[], &[], &[]], &[Fault::ThruDiffers, Fault::ThruDiffers]);
}

#[test]
fn offs_that_come_together_where_the_band_plays_may_all_be_swallowed() {
    // The band's note makes room, for the player's; which off was it that is heard?
    let sent = [off(5, 60), off(5, 60), on(5, 60)];
    let heard = [off(5, 60), on(5, 60)];
    check_thru([&[], &sent, &[off(5, 60)]], [&[on(0, 60)], &heard, &[off(5, 60)]], &[]);
    // Where the band plays nothing, each comes through.
    check_thru([&[], &sent[..2], &[]], [&[], &heard[..1], &[]], &[Fault::ThruDiffers]);
}

#[test]
fn the_players_own_disorder_is_the_players() {
    let sent = [on(5, 60), on(6, 60), off(7, 60), off(8, 60)];
    check_thru([&sent, &[], &[]], [&sent, &[], &[]], &[]);
    // Held to the end, and by nobody's fault but the player's.
    assert!(verdict(Thru::On, |_| (), [&sent[..1], &[], &[]], [&sent[..1], &[], &[]]).is_clean());
}

#[test]
fn the_player_comes_first_where_both_want_a_key() {
    // The band's note ends when the player's begins; an off that would end the band's is not
    // passed.
    check_thru([&[on(7, 60)], &[off(3, 60)], &[]], [&[on(0, 60), off(7, 60), on(7, 60)], &[off(3, 60)], &[]], &[]);
    check_thru([&[off(3, 60)], &[], &[]], [&[on(0, 60), off(6000, 60)], &[], &[]], &[]);
    let double = Fault::DoubleOn { channel: channel(), key: key(60) };
    check_thru([&[on(7, 60)], &[off(3, 60)], &[]], [&[on(0, 60), on(7, 60)], &[off(3, 60)], &[]], &[double]);
}

#[test]
fn what_was_passed_ends_when_thru_is_switched_off() {
    let off_now = |checker: &mut Checker| checker.set_thru(false);
    let sent: [&[Event]; 3] = [&[on(7, 60)], &[off(9, 60)], &[]];
    assert!(verdict(Thru::On, off_now, sent, [&[on(7, 60)], &[off(0, 60)], &[]]).is_clean());
    let late = verdict(Thru::On, off_now, sent, [&[on(7, 60)], &[off(9, 60)], &[]]);
    assert_eq!(faults(&late), [Fault::LateOff { channel: channel(), key: key(60) }, Fault::ThruDiffers]);
}

/// One message ends all notes of its channel, each where it sounds, before anything else of the same sample; the ends that
/// come afterwards end nothing, and pass.
#[test]
fn what_all_notes_off_ends_is_ended_then_and_there() {
    let all = Event { offset: 9, kind: Kind::control(3, 123, 0) };
    let played = [on(5, 60), on(5, 64)];
    let (at_once, controls_last) = ([all, off(9, 60), on(9, 60)], [off(9, 60), on(9, 60), all]);
    let later: &[Event] = &[off(3, 60), off(3, 64)];
    let found = |order, heard: &[Event]| {
        let check = |checker: &mut Checker| checker.set_order(Order::ControlsFirst);
        let before = if order == Order::AsSent { |_: &mut Checker| () } else { check };
        let sent = if order == Order::AsSent { &at_once } else { &controls_last };
        faults(&verdict(Thru::On, before, [&played, sent, later], [&played, heard, later]))
    };
    for order in [Order::AsSent, Order::ControlsFirst] {
        assert_eq!(found(order, &[off(9, 60), off(9, 64), all, off(9, 60), on(9, 60)]), [], "{order:?}");
        let differs = Fault::ThruDiffers;
        assert!(found(order, &[off(9, 60), all, off(9, 60), on(9, 60)]).contains(&differs), "{order:?}: one is left");
        assert!(found(order, &[all, off(9, 60), on(9, 60)]).contains(&differs), "{order:?}: both are left");
    }
}

/// A state sets both at once, and what is passed on in between is nobody's business.
#[test]
fn who_is_bypassed_as_thru_goes_off_goes_on_being_heard() {
    let both_now = |checker: &mut Checker| checker.set(false, true);
    let stream: [&[Event]; 3] = [&[on(7, 60)], &[off(9, 60)], &[]];
    assert!(verdict(Thru::On, both_now, stream, stream).is_clean());
}

#[test]
fn of_anothers_plugin_only_what_every_plugin_must_do_is_checked() {
    fn unknown(sent: [&[Event]; 3], heard: [&[Event]; 3]) -> Vec<Fault> {
        faults(&verdict(Thru::Unknown, Checker::hush, sent, heard))
    }
    let sent: [&[Event]; 3] = [&[on(7, 60)], &[off(9, 60)], &[]];
    // Notes beside the steps, while it stands; an end on the reset, and the player's own later.
    assert_eq!(unknown(sent, [&[on(7, 60)], &[off(0, 60), off(9, 60)], &[on(3, 62)]]), []);
    // The same of a plugin that transposes, and makes chords.
    assert_eq!(unknown(sent, [&[on(7, 67), on(7, 70)], &[off(0, 67), off(0, 70), off(9, 67), off(9, 70)], &[]]), []);
    // One that strikes again later ends its note before.
    assert_eq!(unknown(sent, [&[on(7, 60), off(90, 60), on(91, 60)], &[off(9, 60)], &[]]), []);
    let orphan = Fault::OrphanOff { channel: channel(), key: key(60) };
    assert_eq!(unknown([&[]; 3], [&[off(7, 60)], &[], &[]]), [orphan]);
    assert_eq!(unknown(sent, [&[], &[off(8, 60)], &[]]), [orphan]);
    let double = Fault::DoubleOn { channel: channel(), key: key(60) };
    assert_eq!(unknown([&[]; 3], [&[on(7, 60), on(8, 60)], &[], &[]]), [double]);
    assert_eq!(unknown(sent, [&[on(7, 60), on(8, 60)], &[], &[]]), [double]);
}

#[test]
fn what_found_no_room_ends_first_thing_in_the_next_block() {
    fn check(heard: [&[Event]; 3], expected: &[Fault]) {
        let verdict = verdict_of_full(Thru::Off, Checker::hush, [&[]; 3], heard, [0, 1, 0]);
        assert_eq!(faults(&verdict), expected);
    }
    let late = Fault::LateOff { channel: channel(), key: key(60) };
    // The band's, which a reset ends.
    check([&[on(0, 60)], &[], &[off(0, 60)]], &[]);
    check([&[on(0, 60)], &[], &[off(1, 60)]], &[late]);
    check([&[on(0, 60)], &[], &[]], &[late]);
    // There was room when something later found it.
    check([&[on(0, 60)], &[on(6000, 62), off(6001, 62)], &[off(0, 60)]], &[late]);
    let double = Fault::DoubleOn { channel: channel(), key: key(60) };
    check([&[on(0, 60)], &[on(0, 60)], &[off(0, 60)]], &[double]);
}

#[test]
fn the_players_off_that_found_no_room_comes_in_the_next_block() {
    fn check(heard: [&[Event]; 3], expected: &[Fault]) {
        let sent: [&[Event]; 3] = [&[on(5, 60)], &[off(5, 60), on(7, 62)], &[]];
        let verdict = verdict_of_full(Thru::On, |_| (), sent, heard, [0, 2, 0]);
        assert_eq!((faults(&verdict).as_slice(), verdict.hanging), (expected, usize::from(!expected.is_empty())));
    }
    check([&[on(5, 60)], &[], &[off(0, 60)]], &[]);
    check([&[on(5, 60)], &[], &[]], &[Fault::LateOff { channel: channel(), key: key(60) }]);
}

#[test]
fn a_pedal_that_is_left_down_is_found() {
    let pedal = |offset, value| Event { offset, kind: Kind::control(3, 64, value) };
    let check = |before: fn(&mut Checker), heard: &[Event], expected: &[Fault]| {
        let sent: [&[Event]; 3] = [&[pedal(7, 127)], &[], &[]];
        let verdict = verdict(Thru::On, before, sent, [sent[0], heard, &[]]);
        assert_eq!(faults(&verdict), expected);
    };
    let late = [Fault::LatePedal { channel: channel() }];
    for before in [Checker::hush, |checker: &mut Checker| checker.set_thru(false)] {
        check(before, &[pedal(0, 0)], &[]);
        check(before, &[pedal(1, 0)], &late);
        check(before, &[], &late);
    }
    check(|_| (), &[], &[]);
}

#[test]
fn controllers_come_through() {
    let control = |offset, value| Event { offset, kind: Kind::control(3, 64, value) };
    check_thru([&[control(5, 1), control(5, 127)], &[], &[]], [&[control(5, 127), control(5, 1)], &[], &[]], &[]);
    check_thru([&[control(5, 1)], &[], &[]], [&[control(5, 2)], &[], &[]], &[Fault::ControlsDiffer]);
    check_thru([&[control(5, 1)], &[], &[]], [&[control(6, 1)], &[], &[]], &[Fault::ControlsDiffer]);
}

#[test]
fn a_loop_goes_on_at_its_start_within_a_block() {
    // A loop of two steps and a half, at 25 samples a tick: it wraps at sample 15 000.
    let timeline = Timeline::steady(500_000, TimeSignature::FOUR_FOUR);
    let script = Script::new(timeline, 48_000).cycle(&(0..600), 2);
    let transport = script.event(&script.blocks(&[48_000])[0]);
    for (offset, tick, wraps, error) in
        [(0, 0, 0, 0), (12_000, 480, 0, 0), (15_000, 0, 1, 0), (21_001, 240, 1, 1), (30_000, 0, 2, 0)]
    {
        assert_eq!(nearest(&transport, offset, Due::NOTHING, 0), Onset { tick, wraps, error }, "{offset}");
    }
}

/// How many samples an onset at this sample of the last block is beside its step, after what the
/// blocks before (one of each roll) led to expect.
fn error_after(script: &Script, sizes: &[u32], offset: u32) -> u64 {
    let blocks = script.blocks(sizes);
    let (now, before) = blocks.split_last().expect("blocks");
    let before = before.last().map(|block| (script.event(block), block.frames));
    let now = script.event(now);
    let due = Due::between(before.as_ref().map(|(transport, frames)| (transport, *frames)), &now);
    nearest(&now, offset, due, 0).error
}

fn steady() -> Script {
    Script::new(Timeline::steady(500_000, TimeSignature::FOUR_FOUR), 48_000)
}

#[test]
fn who_lands_just_after_a_line_lands_on_it() {
    // A tick is 25 samples.
    let error = |tick, offset| error_after(&steady().roll(tick..tick + QUARTER), &[48_000], offset);
    assert_eq!((error(20, 0), error(20, 1), error(30, 0), error(31, 0)), (0, 1, 0, 775));
    // A step that is no bar line is not played then.
    assert_eq!(error(STEP + 20, 0), 500);
    // The second part of a long measure is a line too.
    let long = Timeline::steady(500_000, TimeSignature::new(5, 4).expect("a meter"));
    let error = |tick| error_after(&Script::new(long.clone(), 48_000).roll(tick..tick + QUARTER), &[48_000], 0);
    assert_eq!((error(12 * STEP + 20), error(11 * STEP + 20)), (0, 500));
}

#[test]
fn who_goes_on_has_nothing_due() {
    let error = |offset| error_after(&steady().roll(0..STEP + 8), &[6100], offset);
    assert_eq!((error(0), error(5)), (100, 105));
}

#[test]
fn a_jump_that_the_samples_show_is_none_of_the_drift() {
    // From 100 ticks before a step to 10 after it; without samples that is drift, up to half a step.
    let script = |to: i64| steady().roll(0..STEP - 20).roll(STEP + to..2 * STEP);
    assert_eq!(error_after(&script(10), &[48_000], 0), 250);
    let mut no_samples = script(10);
    no_samples.manners.samples = false;
    assert_eq!(error_after(&no_samples, &[48_000], 0), 0);
    assert_eq!(error_after(&no_samples, &[48_000], 1), 1);
    let mut too_far = script(101);
    too_far.manners.samples = false;
    assert_eq!(error_after(&too_far, &[48_000], 0), 101 * 25);
}

#[test]
fn a_tempo_that_changed_within_a_block_explains_what_was_left_out() {
    // The loop comes back to a tempo three times as fast as the one that its last block began with.
    let timeline = Timeline::new(&[(0, 200_000), (2 * STEP, 600_000)], &[(0, TimeSignature::FOUR_FOUR)]);
    let mut script = Script::new(timeline, 48_000).cycle(&(0..3 * STEP), 2);
    script.over_seams = true;
    // 12 000 samples a round, 4800 of them the two fast steps.
    let blocks = script.blocks(&[4800, 6000, 4400, 10_000]);
    let (before, now) = (script.event(&blocks[2]), script.event(&blocks[3]));
    assert_eq!((blocks[3].move_index, blocks[3].offset), (1, 3200));
    let due = Due::between(Some((&before, blocks[2].frames)), &now);
    assert!(!due.line && due.steps > STEP / 2, "{due:?}");
    assert_eq!(nearest(&now, 0, due, 0).error, 0);
}

#[test]
fn bars_that_nobody_could_foresee_are_a_landing() {
    let waltz = TimeSignature::new(3, 4).expect("a waltz");
    let timeline = Timeline::new(&[(0, 500_000)], &[(0, TimeSignature::FOUR_FOUR), (4 * QUARTER, waltz)]);
    // The loop's end is in the third quarter of a waltz, whose lines extended do not meet 0.
    let mut script = Script::new(timeline, 48_000).cycle(&(0..6 * QUARTER), 2);
    script.over_seams = true;
    let blocks = script.blocks(&[96_000, 47_900, 200, 1000]);
    let due = Due::between(Some((&script.event(&blocks[2]), blocks[2].frames)), &script.event(&blocks[3]));
    assert!(due.line && due.steps == 0, "{due:?}");
}

#[test]
fn only_strokes_of_drums_may_lie_beside_their_steps_and_only_where_there_is_a_groove() {
    let stroke = |channel: u8| {
        let channel = Channel::new(channel).expect("a channel");
        let key = Key::clamped(38);
        let kind = Kind::On { channel, key, velocity: Velocity::DEFAULT };
        [Event { offset: 700, kind }, Event { offset: 900, kind: Kind::Off { channel, key } }]
    };
    let check = |before: fn(&mut Checker), channel: u8| {
        faults(&verdict(Thru::Off, before, [&[], &[], &[]], [&[], &stroke(channel), &[]]))
    };
    assert_eq!(check(|_| (), 9), [Fault::OffGrid { error: 700 }]);
    assert_eq!(check(|checker| checker.set_drums_beside(true), 9), []);
    assert_eq!(check(|checker| checker.set_drums_beside(true), 3), [Fault::OffGrid { error: 700 }]);
    // Whatever the groove: nothing is struck while the transport stands.
    let late = verdict(Thru::Off, |checker| checker.set_drums_beside(true), [&[], &[], &[]], [&[], &[], &stroke(9)]);
    assert!(matches!(faults(&late)[..], [Fault::NoteWhileSilent { .. }]));
}
