//! Hosts that say one position for several blocks.

use super::*;
use crate::transport::Moment;

/// Rolls cycles of so many samples, each cut into such pieces, of which only the first says the truth.
fn roll_cut(host: &mut Host, cycle: i64, cycles: usize, pieces: &[u32]) {
    let mut sizes = pieces.iter().cycle();
    for _ in 0..cycles {
        let mut left = u32::try_from(cycle).expect("few samples");
        while left > 0 {
            let frames = sizes.next().copied().unwrap_or(left).min(left);
            host.block(frames);
            left -= frames;
        }
        host.go_on(cycle);
    }
}

#[test]
fn pieces_of_which_each_says_where_the_whole_begins_are_followed_by_the_sample() {
    for cycle in [64, 512, 4096] {
        for pieces in [&[1][..], &[100, 300, 112], &[333], &[511, 1, 7], &[2000]] {
            let told: [fn(&mut HostTransport); 4] = [
                |_| (),
                |said| said.samples = None,
                |said| (said.beats, said.bar_start) = (None, None),
                |said| said.bar_start = None,
            ];
            for (number, tell) in told.into_iter().enumerate() {
                let mut expected = Host::new();
                tell(&mut expected.said);
                let mut cut = Host::new();
                tell(&mut cut.said);
                let cycles = usize::try_from(300_000 / cycle).expect("few");
                expected.roll(cycle * i64::try_from(cycles).expect("few"), &[512]);
                roll_cut(&mut cut, cycle, cycles, pieces);
                assert_eq!(cut.events, expected.events, "{cycle}, {pieces:?}, manners {number}");
            }
        }
    }
}

#[test]
fn a_long_cycle_is_believed_once_the_host_has_proved_it() {
    let mut host = Host::new();
    // Two cycles that are not believed, then what is known serves for good.
    roll_cut(&mut host, 8192, 4, &[3000]);
    host.events.clear();
    let began = host.played;
    roll_cut(&mut host, 8192, 60, &[3000]);
    let lines: Vec<_> = (1..6).map(|bar| bar * 96_000).filter(|&line| line > began).collect();
    assert_eq!(host.turns(), lines.into_iter().map(|line| (line, LINE)).collect::<Vec<_>>());
}

#[test]
fn an_announced_loop_comes_round_among_pieces() {
    // The first piece may be no longer than a loop's end may lie beside the sample.
    for first in [1, 2, 100] {
        let mut host = Host::new();
        host.said.loop_range = Some((0.0, 4.0));
        // A measure is 187.5 cycles of 512: the loop ends in mid-cycle, and the host goes on from there.
        for _ in 0..3 {
            roll_cut(&mut host, 512, 187, &[first, 300, 212 - first]);
            roll_cut(&mut host, 256, 1, &[first, 256 - first]);
            host.go_to(0.0, 0.0);
        }
        assert_eq!(host.lines(), [0, 96_000, 192_000], "{first}");
        let breaks = |(_, moment): &(i64, Moment)| matches!(moment, Moment::Break { .. });
        assert!(!host.events.iter().any(breaks), "{first}: {:?}", host.turns());
        let steps = host.events.iter().filter(|(_, moment)| matches!(moment, Moment::LastStep)).map(|&(at, _)| at);
        assert_eq!(steps.collect::<Vec<_>>(), [90_000, 186_000, 282_000], "{first}: to the sample");
    }
}

#[test]
fn a_jump_out_of_a_standing_position_is_a_jump() {
    let mut host = Host::new();
    roll_cut(&mut host, 512, 200, &[100, 300, 112]);
    host.go_to(16.0, 16.0);
    let jump = host.played;
    roll_cut(&mut host, 512, 200, &[100, 300, 112]);
    let after: Vec<_> = host.turns().into_iter().filter(|&(at, _)| at >= jump).collect();
    assert_eq!(after, [(jump, Moment::Break { played: 1 }), (jump, LINE), (jump + 96_000, LINE)]);
}

#[test]
fn a_transport_that_stands_for_good_is_said_to() {
    let mut host = Host::new();
    host.go_to(1.0, 0.0);
    for _ in 0..4096 / 512 + 1 {
        host.block(512);
        assert!(!host.clock.is_stuck());
    }
    for _ in 0..200 {
        host.block(512);
        assert!(host.clock.is_stuck());
    }
    assert_eq!(host.lines(), [0; 0], "it never reaches a line");
    host.go_on(512);
    host.roll(96_000, &[512]);
    assert!(!host.clock.is_stuck());
    assert_eq!(host.lines().len(), 1, "and goes on as soon as the host does");
}

#[test]
fn a_long_loop_of_one_block_that_nobody_announces_is_a_loop() {
    let mut host = Host::new();
    for _ in 0..3 {
        host.go_to(0.0, 0.0);
        host.block(12_000);
    }
    assert_eq!(host.lines(), [0, 12_000, 24_000], "each time around its first note sounds");
}

/// Resets the clock after this many pieces of a cycle, plays the cycle to its end, and rolls on.
fn reset_among(host: &mut Host, pieces: usize) {
    (0..pieces).for_each(|_| host.block(256));
    host.clock.reset();
    host.events.clear();
    (pieces..16).for_each(|_| host.block(256));
    host.go_on(4096);
    roll_cut(host, 4096, 30, &[256]);
}

#[test]
fn after_a_reset_among_the_pieces_of_a_cycle_bar_lines_come_at_their_samples() {
    for pieces in 1..16 {
        let mut host = Host::new();
        // The next cycle has the bar line at 288 000 in its sixth piece.
        roll_cut(&mut host, 4096, 70, &[256]);
        let here = host.played + 256 * i64::try_from(pieces).expect("few");
        reset_among(&mut host, pieces);
        // Who lands within 750 samples after a line lands on it.
        let lines = [288_000, 384_000].into_iter().filter(|line| here - line <= 750).map(|line| (here.max(line), LINE));
        let expected: Vec<_> = [(here, Moment::Start)].into_iter().chain(lines).collect();
        assert_eq!(host.turns(), expected, "after {pieces} pieces");
    }
}

#[test]
fn a_host_that_never_cut_anything_is_believed_after_a_reset() {
    let mut host = Host::new();
    host.roll(96_000, &[512]);
    host.block(512);
    host.clock.reset();
    host.events.clear();
    // It went back to the bar line.
    host.block(512);
    assert_eq!(host.turns(), [(host.played - 512, Moment::Start), (host.played - 512, LINE)]);
}
