//! Starts, stops, jumps, and changes of tempo and meter.

use model::music::chart::BarPlace;

use super::*;

#[test]
fn a_start_in_mid_measure_waits_for_the_next_line() {
    let mut host = Host::new();
    host.go_to(1.5, 0.0);
    host.roll(100_000, &[512]);
    assert_eq!(host.turns(), [(0, Moment::Start), (60_000, LINE)]);
}

#[test]
fn jumps_cut_the_measure_off() {
    let mut host = Host::new();
    host.roll(6 * QUARTER, &[500]);
    // Backwards, without a stop, on a line.
    host.go_to(0.0, 0.0);
    host.roll(QUARTER, &[500]);
    let turns = host.turns();
    assert_eq!(turns[turns.len() - 2..], [(144_000, Moment::Break { played: 8 }), (144_000, LINE)]);
    // Forwards, into a measure.
    host.go_to(9.0, 8.0);
    host.roll(4 * QUARTER, &[500]);
    let turns = host.turns();
    assert_eq!(turns[turns.len() - 2..], [(168_000, Moment::Break { played: 4 }), (240_000, LINE)]);
}

#[test]
fn stop_and_go() {
    let mut host = Host::new();
    host.roll(QUARTER * 2, &[500]);
    host.said.playing = false;
    host.roll(1000, &[500]);
    host.said.playing = true;
    host.go_to(0.0, 0.0);
    host.roll(1000, &[500]);
    assert_eq!(
        host.turns(),
        [(0, Moment::Start), (0, LINE), (48_000, Moment::Stop { played: 8 }), (49_000, Moment::Start), (49_000, LINE)]
    );
}

#[test]
fn the_tempo_changes_inside_a_measure() {
    let mut host = Host::new();
    host.roll(2 * QUARTER, &[500]);
    // Twice as fast from beat 2 on: the line comes 24000 samples later, not 48000.
    host.said.tempo = Bpm::new(240.0);
    for _ in 0..100 {
        host.block(500);
        host.said.samples = host.said.samples.map(|at| at + 500);
        host.said.beats = host.said.beats.map(|at| at + 500.0 / 12_000.0);
        let beats = host.said.beats.expect("beats");
        host.said.bar_start = Some((beats / 4.0 + 1e-9).floor() * 4.0);
    }
    assert_eq!(host.lines(), [0, 72_000]);
}

#[test]
fn a_tempo_ramp_within_blocks_is_drift_and_no_jump() {
    let mut host = Host::new();
    let (mut beats, mut tempo) = (0.0, 120.0);
    for _ in 0..60 {
        host.said.tempo = Bpm::new(tempo);
        host.said.beats = Some(beats);
        host.said.bar_start = Some((beats / 4.0).floor() * 4.0);
        host.block(8192);
        host.said.samples = host.said.samples.map(|at| at + 8192);
        // The host itself ramps smoothly: it goes farther than the tempo at the start says.
        beats += (tempo + 1.0) / 60.0 * 8192.0 / RATE;
        tempo += 2.0;
    }
    assert!(host.events.iter().all(|(_, moment)| !matches!(moment, Moment::Break { .. })), "{:?}", host.turns());
    let lines = host.lines();
    let whole = (beats / 4.0).ceil();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "few measures")]
    let expected = whole as usize;
    assert_eq!(lines.len(), expected, "{lines:?}");
}

#[test]
fn the_meter_changes_on_a_line() {
    let mut host = Host::new();
    host.roll(4 * QUARTER, &[500]);
    host.said.time_signature = Some((3, 4));
    host.go_to(4.0, 4.0);
    host.roll(6 * QUARTER + 500, &[500]);
    assert_eq!(host.lines(), [0, 96_000, 168_000, 240_000]);
    assert_eq!(host.turns()[2].1, Moment::Line { steps: 12, next_steps: 12 });
}

#[test]
fn a_change_of_meter_seen_late_resizes_the_measure() {
    let mut host = Host::new();
    // The block with the line is still told of 4/4.
    host.roll(4 * QUARTER - 250, &[500]);
    host.block(500);
    host.go_on(500);
    host.said.time_signature = Some((3, 4));
    host.said.bar_start = Some(4.0);
    host.roll(3 * QUARTER, &[500]);
    assert_eq!(host.lines(), [0, 96_000, 168_000]);
    assert!(host.events.iter().all(|(_, moment)| !matches!(moment, Moment::Break { .. })));
}

#[test]
fn long_measures_come_in_parts() {
    let mut host = Host::new();
    host.said.time_signature = Some((5, 4));
    host.roll(10 * QUARTER + 1, &[512]);
    let (long, short) = (Moment::Line { steps: 12, next_steps: 8 }, Moment::Line { steps: 8, next_steps: 12 });
    assert_eq!(host.turns()[1..], [(0, long), (72_000, short), (120_000, long), (192_000, short), (240_000, long)]);
}

#[test]
fn an_unsupported_meter_has_no_measures() {
    let mut host = Host::new();
    host.said.time_signature = Some((5, 32));
    host.roll(4 * QUARTER, &[512]);
    assert_eq!(host.turns(), [(0, Moment::Start)]);
    // From the next line of a supported one on there are.
    host.said.time_signature = Some((4, 4));
    host.go_to(4.0, 4.0);
    host.roll(QUARTER, &[512]);
    assert_eq!(host.lines(), [96_000]);
    host.said.time_signature = Some((0, 0));
    host.roll(QUARTER, &[512]);
    assert_eq!(host.turns().last(), Some(&(120_000, Moment::Break { played: 4 })));
}

/// The tempo changed within a block, and the host tells of it a block late: it is farther than its
/// tempo led, and the line that was left out comes at once. Half a step beyond that is a jump.
#[test]
fn a_line_that_a_change_of_tempo_left_out_comes_at_once() {
    for (beats, expected) in [(4.05, LINE), (4.12, LINE), (4.13, Moment::Break { played: 16 })] {
        let mut host = Host::new();
        host.roll(3 * QUARTER + 20_000, &[500]);
        // At 120 this block leads from beat 3.833 to 3.917, at 240 to 4.0.
        host.block(2000);
        host.said.tempo = Bpm::new(240.0);
        host.said.samples = host.said.samples.map(|at| at + 2000);
        (host.said.beats, host.said.bar_start) = (Some(beats), Some(4.0));
        host.events.clear();
        host.block(500);
        assert_eq!(host.events.first(), Some(&(94_000, expected)), "{beats}");
    }
}

/// Without a change of tempo, more than half a step is a jump; where the samples say so too, less.
#[test]
fn what_is_a_jump_depends_on_the_samples() {
    for (samples, ahead, jumps) in
        [(true, 0.01, false), (true, 0.02, true), (false, 0.02, false), (false, 0.12, false), (false, 0.13, true)]
    {
        let mut host = Host::new();
        host.roll(2 * QUARTER, &[500]);
        host.events.clear();
        host.go_to(2.0 + ahead, 0.0);
        host.said.samples = host.said.samples.filter(|_| samples);
        host.block(500);
        let broken = host.events.iter().any(|(_, moment)| matches!(moment, Moment::Break { .. }));
        assert_eq!(broken, jumps, "{ahead} beats ahead, samples: {samples}");
    }
}

/// The bars that were under way and to come at each line.
fn bars(host: &mut Host, samples: i64) -> Vec<(i64, i64)> {
    let mut found = Vec::new();
    let mut left = samples;
    while left > 0 {
        let before = host.lines().len();
        host.block(500);
        host.go_on(500);
        left -= 500;
        if host.lines().len() > before {
            let (here, next) = host.clock.places();
            found.push((here.map_or(-1, |place| place.bar), next.map_or(-1, |place| place.bar)));
        }
    }
    found
}

#[test]
fn bars_are_counted_on_through_other_meters_and_from_where_a_jump_leads() {
    let mut host = Host::new();
    assert_eq!(bars(&mut host, 8 * QUARTER), [(0, 1), (1, 2)]);
    host.said.time_signature = Some((3, 4));
    assert_eq!(bars(&mut host, 6 * QUARTER), [(2, 3), (3, 4)], "the third bar is the third, though 3/4 begins there");
    host.go_to(30.0, 30.0);
    assert_eq!(bars(&mut host, 3 * QUARTER), [(10, 11)], "as if all had been 3/4");
}

#[test]
fn after_the_last_bar_of_a_loop_comes_its_first() {
    let mut host = Host::new();
    host.said.loop_range = Some((4.0, 12.0));
    host.go_to(4.0, 4.0);
    assert_eq!(bars(&mut host, 8 * QUARTER), [(1, 2), (2, 1)]);
    host.go_to(4.0, 4.0);
    assert_eq!(bars(&mut host, 4 * QUARTER)[0], (1, 2));
}

#[test]
fn a_long_bar_is_one_bar_in_two_parts() {
    let mut host = Host::new();
    host.said.time_signature = Some((5, 4));
    host.roll(4 * QUARTER, &[512]);
    let (here, next) = host.clock.places();
    assert_eq!(here.map(|place| (place.bar, place.of)), Some((0, 20)));
    assert!(
        here.is_some_and(|place| place.from > 0) && next == Some(BarPlace { of: 20, ..BarPlace::whole(1, 16) }),
        "{here:?}"
    );
}
