//! What hosts say, and leave out: each observation is a case.

use super::*;

/// A host that names the next bar of so many quarters, as Ardour does: four times its number, whatever the meter.
fn ardour(quarters: i32, blocks: usize) -> Host {
    let mut host = Host::new();
    host.said.time_signature = Some((quarters, 4));
    for _ in 0..blocks {
        let beats = host.said.beats.expect("beats");
        host.said.bar_start = Some((beats / f64::from(quarters) + 1e-9).floor() * 4.0 + 4.0);
        host.block(512);
        host.go_on(512);
    }
    assert!(host.events.iter().all(|(_, moment)| !matches!(moment, Moment::Break { .. })));
    host
}

#[test]
fn ardour_names_the_next_bar() {
    assert_eq!(ardour(4, 400).lines(), [0, 96_000, 192_000]);
}

/// Its bars lie at 4, 8 and 12 then, where they are at 3, 6 and 9.
#[test]
fn ardour_s_bars_of_three_quarters_are_counted_from_the_beginning() {
    assert_eq!(ardour(3, 600).lines(), [0, 72_000, 144_000, 216_000, 288_000]);
}

/// The same where the meter changes on the way: bars of 4, 4, 3, 3, 3, 3 and 4 quarters.
#[test]
fn a_change_of_meter_in_ardour_breaks_no_measure() {
    let mut host = Host::new();
    let lines = [0.0, 4.0, 8.0, 11.0, 14.0, 17.0, 20.0, 24.0];
    for _ in 0..1120 {
        let beats = host.said.beats.expect("beats");
        let bar = lines.iter().rposition(|&line| line <= beats + 1e-9).expect("a bar");
        let quarters = if (2..6).contains(&bar) { 3 } else { 4 };
        host.said.time_signature = Some((quarters, 4));
        host.said.bar_start = Some(f64::from(u8::try_from(bar).expect("few bars") + 1) * 4.0);
        host.block(512);
        host.go_on(512);
    }
    let expected: Vec<i64> = [0, 4, 8, 11, 14, 17, 20].iter().map(|beat| beat * 24_000).collect();
    assert_eq!(host.lines()[..7], expected[..]);
    assert!(host.events.iter().all(|(_, moment)| !matches!(moment, Moment::Break { .. })));
}

#[test]
fn a_trembling_position_neither_moves_nor_repeats_a_line() {
    let mut host = Host::new();
    let mut exact = 0;
    for i in 0..1500_u32 {
        let frames = [128, 131, 17, 300][i as usize % 4];
        #[expect(clippy::cast_precision_loss, reason = "few samples")]
        let ticks = (exact as f64 / QUARTER as f64 * 1920.0).round();
        host.said.samples = Some(exact);
        host.said.beats = Some(ticks / 1920.0);
        host.said.bar_start = Some((ticks / 7680.0).floor() * 4.0);
        host.block(frames);
        exact += i64::from(frames);
    }
    assert_eq!(host.lines(), [0, 96_000, 192_000]);
}

/// The tempo rose by a three-thousandth before the host starts, which a place in samples cannot
/// know: it lies beside the truth by one tick and a half.
#[test]
fn a_sample_position_that_a_changed_tempo_led_astray_is_not_believed() {
    let mut host = Host::new();
    let mut samples: u32 = 55_040;
    let mut beats = f64::from(samples) * 119.96 / 60.0 / RATE;
    for block in 0..600 {
        let ticks = (beats * 1920.0).round();
        host.said.samples = Some(i64::from(samples));
        host.said.beats = Some(ticks / 1920.0);
        host.said.bar_start = Some((ticks / 7680.0).floor() * 4.0);
        host.block(128);
        let error = (host.clock.position - beats) * 1920.0;
        assert!(error.abs() < 1.0, "block {block}: {error} ticks");
        samples += 128;
        beats += 128.0 * 120.0 / 60.0 / RATE;
    }
}

/// Ticks, or places as they are? A host that has named nothing but bar lines is taken at its word.
#[test]
fn a_host_that_stands_on_bar_lines_is_followed_at_once() {
    let mut host = Host::new();
    host.said.samples = None;
    host.block(95_999);
    host.said.beats = Some(4.0);
    host.said.bar_start = Some(4.0);
    host.block(96_000);
    assert!((host.clock.position - 4.0).abs() < 1e-9, "{}", host.clock.position);
}

#[test]
fn a_trembling_position_without_samples_is_smoothed() {
    let mut host = Host::new();
    host.said.samples = None;
    // The song starts between two ticks, so no sample position could help.
    let mut exact = 5;
    for _ in 0..3000 {
        #[expect(clippy::cast_precision_loss, reason = "few samples")]
        let ticks = (exact as f64 / QUARTER as f64 * 1920.0).round();
        host.said.beats = Some(ticks / 1920.0);
        host.said.bar_start = Some((ticks / 7680.0).floor() * 4.0);
        host.block(97);
        exact += 97;
    }
    let lines = host.lines();
    assert_eq!(lines.len(), 4, "{lines:?}");
    // The first is caught at once, the others within a few samples of the truth.
    for (line, expected) in lines[1..].iter().zip([95_995, 191_995, 287_995]) {
        assert!((line - expected).abs() <= 4, "{lines:?}");
    }
}

#[test]
fn without_a_transport_nothing_happens() {
    let mut host = Host::new();
    host.said = HostTransport::default();
    host.roll(200_000, &[512]);
    assert_eq!(host.events, []);
    // It rolls, but has no tempo yet.
    host.said.playing = true;
    host.roll(200_000, &[512]);
    assert_eq!(host.events, []);
    host.said.tempo = Bpm::new(120.0);
    host.roll(100_000, &[512]);
    assert_eq!(host.lines(), [400_000, 496_000]);
}

#[test]
fn missing_fields_are_made_up_for() {
    let full = Host::new().said;
    let check = |name: &str, change: fn(&mut HostTransport)| {
        let mut host = Host::new();
        change(&mut host.said);
        host.roll(200_000, &[500]);
        assert_eq!(host.lines(), [0, 96_000, 192_000], "without {name}");
    };
    assert_eq!(full.time_signature, Some((4, 4)));
    check("samples", |said| said.samples = None);
    check("beats", |said| said.beats = None);
    check("a bar start", |said| said.bar_start = None);
    check("a meter", |said| said.time_signature = None);
    check("a position", |said| {
        said.samples = None;
        said.beats = None;
        said.bar_start = None;
    });
}

#[test]
fn a_wrapper_that_fills_in_zero_for_the_bar_start_is_not_believed() {
    let mut host = Host::new();
    host.said.time_signature = Some((3, 4));
    for _ in 0..600 {
        host.block(500);
        host.go_on(500);
        host.said.bar_start = Some(0.0);
    }
    assert_eq!(host.lines(), [0, 72_000, 144_000, 216_000, 288_000]);
}

#[test]
fn nonsense_does_no_harm() {
    let numbers = [0.0, -1.0, 1e300, -1e300, f64::NAN, f64::INFINITY, 4.0, 1e-300];
    for (i, &beats) in numbers.iter().enumerate() {
        for (j, &bar) in numbers.iter().enumerate() {
            let mut host = Host::new();
            host.said.beats = Some(beats);
            host.said.bar_start = Some(bar);
            host.said.tempo = Bpm::new(numbers[(i + j) % 8]).or(Bpm::new(4000.0));
            host.said.loop_range = Some((bar, numbers[(j + 1) % 8]));
            host.said.samples = Some([0, i64::MIN, i64::MAX, -1][i % 4]);
            host.said.time_signature = Some([(255, 1), (0, 0), (-4, 4), (1, 64), (4, 4)][(i + j) % 5]);
            for frames in [0, 1, 16_384] {
                host.block(frames);
            }
            assert!(host.events.len() < 100_000, "{:?}", host.said);
        }
    }
    assert!(TimeSignature::new(255, 1).is_some());
}

/// A host of exact positions jumps to a bar line: that lies on every grid of ticks, and is no
/// less exact for it. The clock may not keep what its own position was beside it.
#[test]
fn a_bar_line_is_no_sign_of_a_host_that_rounds() {
    let mut host = Host::new();
    host.roll(50_001, &[333]);
    // A loop whose end lies between samples: the clock is up to a sample ahead when it wraps.
    host.said.loop_range = Some((0.0, 50_333.4 / 24_000.0));
    host.block(333);
    host.go_to(0.0, 0.0);
    host.block(100);
    assert!(host.clock.place_of(crate::units::SampleOffset(0)).0.abs() < 1e-9, "{:?}", host.clock);
}

/// Where a host starts on a bar line between two samples, its sample position is rounded, and its
/// beats are the more exact.
#[test]
fn a_rounded_sample_position_does_not_move_a_start() {
    let mut host = Host::new();
    host.said.tempo = Bpm::new(131.0);
    // Beat 8 at 131 is sample 175 877.86.
    (host.said.samples, host.said.beats, host.said.bar_start) = (Some(175_878), Some(8.0), Some(8.0));
    host.block(512);
    assert!(host.clock.place_of(crate::units::SampleOffset(0)).0.abs() < 1e-9, "{:?}", host.clock);
}

/// A host that says samples alone goes from roll to roll by whole samples: the clock is where they
/// say, not on its way there.
#[test]
fn a_position_in_samples_is_followed_at_once() {
    let mut host = Host::new();
    (host.said.beats, host.said.bar_start) = (None, None);
    host.roll(10_000, &[500]);
    // The next roll begins a sample earlier than the last one led to expect.
    host.said.samples = host.said.samples.map(|at| at - 1);
    host.roll(40_000, &[500]);
    let place = host.clock.end_of_block().0;
    assert!((place - 49_999.0 / 6000.0).abs() < 1e-9, "{place} steps");
}

/// CLAP counts seconds: what lies between samples is followed too.
#[test]
fn a_position_between_samples_is_followed() {
    let mut host = Host::new();
    (host.said.beats, host.said.bar_start) = (None, None);
    host.roll(10_000, &[500]);
    host.said.fraction = 0.4;
    host.roll(500, &[500]);
    let place = host.clock.end_of_block().0;
    assert!((place - 10_500.4 / 6000.0).abs() < 1e-9, "{place} steps");
}
