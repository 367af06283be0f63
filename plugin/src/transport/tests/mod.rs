//! The clock under a host that rolls blocks through it.

mod changes;
mod hosts;
mod loops;
mod standing;

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
