//! What hosts do to a plugin that follows the transport: each observation is a case.

use model::TimeSignature;

use super::{HostTransport, MeasureClock, Moment};
use crate::units::{Bpm, SampleRate, Steps};

/// Samples per second here.
const RATE: f64 = 48_000.0;
/// Samples per quarter note at 120.
const QUARTER: i64 = 24_000;

/// A moment and the sample since the beginning at which it came.
type Event = (i64, Moment);

/// A host that rolls blocks through a clock and writes down what comes.
struct Host {
    clock: MeasureClock,
    said: HostTransport,
    played: i64,
    events: Vec<Event>,
}

impl Host {
    fn new() -> Self {
        let said = HostTransport {
            playing: true,
            tempo: Bpm::new(120.0),
            time_signature: Some((4, 4)),
            samples: Some(0),
            fraction: 0.0,
            beats: Some(0.0),
            bar_start: Some(0.0),
            loop_range: None,
        };
        Self { clock: MeasureClock::new(SampleRate::or_usual(RATE)), said, played: 0, events: Vec::new() }
    }

    fn block(&mut self, frames: u32) {
        self.clock.begin_block(&self.said, frames);
        let mut last = 0;
        while let Some(upcoming) = self.clock.upcoming() {
            assert!(upcoming.at.0 < frames.max(1) && upcoming.at.0 >= last, "{upcoming:?} in a block of {frames}");
            last = upcoming.at.0;
            self.events.push((self.played + i64::from(upcoming.at.0), upcoming.moment));
            self.clock.pass(&upcoming);
        }
        self.played += i64::from(frames);
    }

    /// Rolls on for so many samples in blocks of these sizes, at 120, with exact positions.
    fn roll(&mut self, mut samples: i64, sizes: &[u32]) {
        for &size in sizes.iter().cycle() {
            if samples <= 0 {
                break;
            }
            let frames = size.min(u32::try_from(samples).expect("few samples"));
            self.block(frames);
            self.go_on(i64::from(frames));
            samples -= i64::from(frames);
        }
    }

    /// Moves the host's position on, keeping what it does not give.
    #[expect(clippy::cast_precision_loss, reason = "few samples")]
    fn go_on(&mut self, samples: i64) {
        let (beats, length) = (samples as f64 / QUARTER as f64, self.meter_beats());
        self.said.samples = self.said.samples.map(|at| at + samples);
        self.said.beats = self.said.beats.map(|at| at + beats);
        if let (Some(beats), Some(bar)) = (self.said.beats, &mut self.said.bar_start) {
            *bar += ((beats - *bar + 1e-9) / length).floor() * length;
        }
    }

    fn meter_beats(&self) -> f64 {
        self.said.time_signature.map_or(4.0, |(n, d)| f64::from(n) * 4.0 / f64::from(d))
    }

    /// Goes to a beat, on a grid of bar lines from `bar`.
    #[expect(clippy::cast_possible_truncation, reason = "few samples")]
    fn go_to(&mut self, beat: f64, bar: f64) {
        self.said.samples = self.said.samples.map(|_| (beat * QUARTER as f64).round() as i64);
        self.said.beats = self.said.beats.map(|_| beat);
        self.said.bar_start = self.said.bar_start.map(|_| bar);
    }

    /// Where lines came, in samples since the beginning.
    fn lines(&self) -> Vec<i64> {
        self.events.iter().filter(|(_, m)| matches!(m, Moment::Line { .. })).map(|&(at, _)| at).collect()
    }

    /// All but the last steps.
    fn turns(&self) -> Vec<Event> {
        self.events.iter().copied().filter(|(_, moment)| *moment != Moment::LastStep).collect()
    }
}

const LINE: Moment = Moment::Line { steps: 16, next_steps: 16 };

#[test]
fn lines_come_at_the_same_samples_at_any_block_size() {
    let expected = [0, 96_000, 192_000, 288_000];
    for sizes in [&[1][..], &[64], &[512], &[16_384], &[1, 333, 4096, 7], &[96_000], &[95_999, 1]] {
        let mut host = Host::new();
        host.roll(300_000, sizes);
        assert_eq!(host.lines(), expected, "{sizes:?}");
        let last_steps: Vec<_> =
            host.events.iter().filter(|(_, m)| *m == Moment::LastStep).map(|&(at, _)| at).collect();
        assert_eq!(last_steps, [90_000, 186_000, 282_000], "{sizes:?}");
    }
}

#[test]
fn a_line_between_samples_sounds_at_the_first_sample_after_it() {
    // At 129.0001 quarters a minute a measure has 82046.46 samples at 44.1 kHz.
    let mut clock = MeasureClock::new(SampleRate::or_usual(44_100.0));
    let tempo = Bpm::new(60e6 / 465_116.0);
    let beat = |sample: f64| sample / (44_100.0 * 0.465_116);
    let mut lines = Vec::new();
    for block in 0..2000 {
        let start = f64::from(block * 256);
        // CLAP's fixed point.
        let beats = (beat(start) * 2_147_483_648.0).round() / 2_147_483_648.0;
        clock.begin_block(&HostTransport { playing: true, tempo, beats: Some(beats), ..HostTransport::default() }, 256);
        while let Some(upcoming) = clock.upcoming() {
            if matches!(upcoming.moment, Moment::Line { .. }) {
                lines.push(block * 256 + i32::try_from(upcoming.at.0).expect("small"));
            }
            clock.pass(&upcoming);
        }
    }
    assert_eq!(lines, [0, 82_047, 164_093, 246_140, 328_186, 410_233, 492_279]);
}

#[test]
fn ardour_names_the_next_bar() {
    let mut host = Host::new();
    host.said.bar_start = Some(4.0);
    for _ in 0..400 {
        host.block(512);
        host.go_on(512);
        // Ardour: the bar start lies one measure ahead.
        let beats = host.said.beats.expect("beats");
        host.said.bar_start = Some((beats / 4.0 + 1e-9).floor() * 4.0 + 4.0);
    }
    assert_eq!(host.lines(), [0, 96_000, 192_000]);
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
fn blocks_before_the_beginning_are_no_music() {
    let mut host = Host::new();
    host.go_to(-496.0 / 24_000.0, 0.0);
    host.roll(512 + 96_000, &[496, 16, 512]);
    assert_eq!(host.turns(), [(0, Moment::Start), (496, LINE), (96_496, LINE)]);
    // A whole measure of count-in.
    let mut host = Host::new();
    host.go_to(-8.0, -8.0);
    host.roll(8 * QUARTER + 10, &[512]);
    assert_eq!(host.turns(), [(0, Moment::Start), (8 * QUARTER, LINE)]);
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
fn a_start_in_mid_measure_waits_for_the_next_line() {
    let mut host = Host::new();
    host.go_to(1.5, 0.0);
    host.roll(100_000, &[512]);
    assert_eq!(host.turns(), [(0, Moment::Start), (60_000, LINE)]);
}

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
fn a_wrap_that_was_not_announced_lands_just_after_its_line() {
    let mut host = Host::new();
    host.roll(8 * QUARTER, &[500]);
    host.go_to(4.0, 4.0);
    host.go_on(300);
    host.roll(4 * QUARTER, &[500]);
    let lines = host.lines();
    assert_eq!(lines, [0, 96_000, 192_000, 192_000 + 96_000 - 300]);
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

#[test]
fn places_in_the_measure_follow_the_rounding_rule() {
    let mut host = Host::new();
    host.clock.begin_block(&host.said, 16_384);
    while let Some(upcoming) = host.clock.upcoming() {
        host.clock.pass(&upcoming);
    }
    assert_eq!(host.clock.offset_of(Steps(2.0)).map(|at| at.0), Some(12_000));
    assert_eq!(host.clock.offset_of(Steps(2.000_01)).map(|at| at.0), Some(12_001));
    assert_eq!(host.clock.offset_of(Steps(3.0)), None);
    assert_eq!(host.clock.until_line(), f64::from(96_000 - 16_384) / RATE);
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
