//! Loops, announced or not.

use super::*;

#[test]
fn an_announced_loop_on_bar_lines_is_an_ordinary_line() {
    for sizes in [&[512][..], &[1000, 24], &[96_000], &[16_384], &[7]] {
        let mut host = Host::new();
        host.said.loop_range = Some((4.0, 12.0));
        let mut left = 24 * QUARTER;
        for &size in sizes.iter().cycle() {
            if left <= 0 {
                break;
            }
            host.block(size);
            host.go_on(i64::from(size));
            left -= i64::from(size);
            // The wrap lies inside of a block.
            if host.said.beats.expect("beats") >= 12.0 {
                let over = host.said.samples.expect("samples") - 12 * QUARTER;
                host.go_to(4.0, 4.0);
                host.go_on(over);
            }
        }
        let lines = host.lines();
        assert_eq!(lines[..6], [0, 96_000, 192_000, 288_000, 384_000, 480_000], "{sizes:?}");
        assert!(host.events.iter().all(|(_, m)| !matches!(m, Moment::Break { .. })), "{sizes:?}");
    }
}

#[test]
fn an_announced_loop_within_measures_is_a_break_at_its_sample() {
    let mut host = Host::new();
    host.said.loop_range = Some((4.0, 10.0));
    host.roll(10 * QUARTER - 100, &[500]);
    // One block with the wrap 100 samples in: lands on the line at 4.
    host.block(1000);
    let turns = host.turns();
    assert_eq!(turns[turns.len() - 2..], [(240_000, Moment::Break { played: 8 }), (240_000, LINE)]);
    host.go_to(4.0, 4.0);
    host.go_on(900);
    host.roll(4 * QUARTER, &[500]);
    assert_eq!(host.lines().last(), Some(&(240_000 + 96_000)));
}

#[test]
fn a_loop_from_mid_measure_waits_for_the_next_line() {
    let mut host = Host::new();
    host.said.loop_range = Some((2.0, 8.0));
    host.roll(8 * QUARTER, &[512]);
    host.go_to(2.0, 0.0);
    host.roll(3 * QUARTER, &[512]);
    let turns = host.turns();
    assert_eq!(turns[turns.len() - 2..], [(192_000, Moment::Break { played: 16 }), (240_000, LINE)]);
}

#[test]
fn a_wrap_that_was_not_announced_lands_just_after_its_line() {
    let mut host = Host::new();
    host.roll(8 * QUARTER, &[500]);
    host.go_to(4.0, 4.0);
    host.go_on(300);
    host.roll(4 * QUARTER, &[500]);
    let lines = host.lines();
    assert_eq!(lines, [0, 96_000, 192_000, 192_000 + 96_000 - 300]);
}

/// A host of large blocks goes elsewhere than to the start of the loop that it has announced. At
/// a steady tempo that is no drift, however long the block was.
#[test]
fn a_loop_that_wraps_elsewhere_is_a_jump() {
    let mut host = Host::new();
    host.said.loop_range = Some((0.0, 4.0));
    host.roll(20_000, &[20_000]);
    // The loop wraps within this block, at sample 96 000.
    host.block(90_000);
    // By the loop it would be at 0.58.
    host.go_to(2.0, 0.0);
    host.block(512);
    assert!(matches!(host.events.last(), Some((110_000, Moment::Break { .. }))), "{:?}", host.events);
}

/// A loop that ends where its measure's last step begins wraps there all the same.
#[test]
fn a_loop_ends_on_the_last_step_of_a_measure() {
    let mut host = Host::new();
    host.said.loop_range = Some((0.0, 3.75));
    host.block(100_000);
    let wrap = host.events.iter().find(|(_, moment)| matches!(moment, Moment::Break { .. }));
    assert_eq!(wrap, Some(&(90_000, Moment::Break { played: 15 })));
    assert_eq!(host.lines(), [0, 90_000], "and its measure begins anew");
}

/// A loop over a change of meter whose bars, counted on from its end, do not meet its start: what
/// was there the first time is known the second time.
#[test]
fn a_loop_remembers_the_bars_at_its_start() {
    let mut host = Host::new();
    // One measure of 4/4, and of 3/4 a half.
    host.said.loop_range = Some((0.0, 5.5));
    host.roll(4 * QUARTER, &[500]);
    host.said.time_signature = Some((3, 4));
    host.roll(QUARTER, &[500]);
    // The loop wraps within this block.
    host.block(20_000);
    let wrap = 5 * QUARTER + QUARTER / 2;
    assert_eq!(
        host.turns()[2..],
        [(4 * QUARTER, Moment::Line { steps: 12, next_steps: 12 }), (wrap, Moment::Break { played: 6 }), (wrap, LINE),]
    );
    host.said.time_signature = Some((4, 4));
    host.go_to(0.0, 0.0);
    host.go_on(8000);
    host.roll(3 * QUARTER, &[500]);
    assert_eq!(host.turns().len(), 5, "and the host's bars are no surprise: {:?}", host.turns());
}

/// The same, where the loop ends with a measure: the band plays on over the seam.
#[test]
fn a_loop_over_a_change_of_meter_has_no_seam() {
    let mut host = Host::new();
    // 4/4, 4/4, 7/8: counted on from the end in 7/8, no line meets the start.
    host.said.loop_range = Some((0.0, 11.5));
    host.roll(8 * QUARTER, &[500]);
    host.said.time_signature = Some((7, 8));
    host.roll(3 * QUARTER, &[500]);
    host.block(24_000);
    assert!(host.events.iter().all(|(_, moment)| !matches!(moment, Moment::Break { .. })), "{:?}", host.turns());
    assert_eq!(host.turns().last(), Some(&(11 * QUARTER + QUARTER / 2, LINE)));
}

#[test]
fn a_loop_of_long_measures_has_all_their_parts() {
    let mut host = Host::new();
    host.said.time_signature = Some((9, 8));
    host.said.loop_range = Some((4.5, 13.5));
    host.go_to(4.5, 4.5);
    // 12 and 6 steps; a round is 216 000 samples, and ends with a block.
    for _ in 0..2 {
        host.roll(9 * QUARTER, &[4320]);
        host.go_to(4.5, 4.5);
    }
    let round = [0, 72_000, 108_000, 180_000];
    let both: Vec<i64> = round.iter().copied().chain(round.iter().map(|at| at + 216_000)).collect();
    assert_eq!(host.lines(), both);
}

#[test]
fn a_host_that_may_round_is_believed_where_its_loop_starts() {
    let mut host = Host::new();
    // It has named a tick that is no sixteenth.
    host.go_to(-1.0 + 1.0 / 960.0, -4.0);
    host.roll(100, &[100]);
    // The loop's end lies four fifths of a sample before the block's.
    host.said.loop_range = Some((4.0, 8.0 - 0.8 / 24_000.0));
    host.said.samples = None;
    host.go_to(4.0, 4.0);
    host.roll(4 * QUARTER, &[96_000]);
    for _ in 0..5 {
        host.go_to(4.0, 4.0);
        host.roll(4 * QUARTER, &[96_000]);
    }
    let lines = host.lines();
    let expected: Vec<i64> = (0..6).map(|round| 100 + round * 96_000).collect();
    assert_eq!(lines, expected);
}
