//! Musical time in exact arithmetic: where ticks lie in samples, and back.
//!
//! Everything is a whole number, so that the checker's answer is no matter of rounding: places
//! in the music are ticks, tempos are microseconds a quarter note (as in a MIDI file), times are
//! counted in 1/960 microseconds.

use model::TimeSignature;
use model::midi_file::Song;

use crate::exact::Exact;

/// Ticks in a quarter note.
pub const QUARTER: i64 = 960;

/// Ticks in a sixteenth: a step.
pub const STEP: i64 = QUARTER / 4;

/// Units of time in a second.
const SECOND: i128 = 960 * 1_000_000;

/// Where a step of a song begins, in ticks.
#[must_use]
pub fn tick_of(song: &Song, step: u32) -> i64 {
    let resolution = i128::from(song.resolution());
    let tick = (i128::from(song.tick(step)) * i128::from(QUARTER)).div_euclid(resolution);
    i64::try_from(tick).unwrap_or(i64::MAX)
}

/// The step of a song in which a tick lies.
#[must_use]
pub fn step_at(song: &Song, tick: i64) -> u32 {
    // The last step that does not begin behind it.
    let last = song.spans().last().map_or(0, |span| span.end());
    let (mut from, mut to) = (0, last + 1);
    while to - from > 1 {
        let middle = from + (to - from) / 2;
        if tick_of(song, middle) <= tick { from = middle } else { to = middle }
    }
    from
}

/// A tempo from some tick on.
#[derive(Clone, Copy, Debug)]
struct Tempo {
    tick: i64,
    micros: u32,
    /// When that tick is, in units of time since tick 0.
    time: i128,
}

/// A meter from some bar line on.
#[derive(Clone, Copy, Debug)]
struct Meter {
    tick: i64,
    meter: TimeSignature,
    /// How many bars came before, since tick 0.
    bars: i64,
}

/// The tempo and the meter of a piece.
#[derive(Clone, Debug)]
pub struct Timeline {
    tempos: Vec<Tempo>,
    meters: Vec<Meter>,
}

/// The bar around a place in the music.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Where it starts, in ticks.
    pub start: i64,
    /// Its number, 0 at tick 0.
    pub number: i64,
    /// Its meter.
    pub meter: TimeSignature,
}

impl Bar {
    /// How long it is, in ticks.
    #[must_use]
    pub fn length(&self) -> i64 {
        ticks_of(self.meter)
    }
}

impl Timeline {
    /// One tempo, in microseconds a quarter note, and one meter.
    #[must_use]
    pub fn steady(micros: u32, meter: TimeSignature) -> Self {
        Self::new(&[(0, micros)], &[(0, meter)])
    }

    /// Tempos (tick, microseconds a quarter note) and meters (tick, meter), each in order and
    /// beginning at tick 0; a meter begins a bar where it stands. The first of each holds before
    /// tick 0 as well.
    ///
    /// # Panics
    /// If either is empty: the music has no tempo then, or no bars.
    #[must_use]
    pub fn new(tempos: &[(i64, u32)], meters: &[(i64, TimeSignature)]) -> Self {
        let mut timeline = Self { tempos: Vec::new(), meters: Vec::new() };
        for &(tick, micros) in tempos {
            let time = timeline.tempos.last().map_or(0, |last| last.time_of(tick));
            timeline.tempos.push(Tempo { tick, micros: micros.max(1), time });
        }
        for &(tick, meter) in meters {
            let bars = timeline
                .meters
                .last()
                .map_or(0, |last| last.bars + (tick - last.tick + last.length() - 1) / last.length());
            timeline.meters.push(Meter { tick, meter, bars });
        }
        assert!(!timeline.tempos.is_empty() && !timeline.meters.is_empty(), "music has a tempo and a meter");
        timeline
    }

    /// The tempo and meter of a song. Its tempo changes are moved to the nearest tick.
    #[must_use]
    pub fn of(song: &Song) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "a song has fewer than 2^24 quarter notes")]
        let tempos: Vec<_> = song
            .tempos
            .iter()
            .map(|change| ((change.beat * 960.0).round() as i64, change.micros_per_quarter))
            .collect();
        let start = |measure: usize| song.spans().get(measure).map_or(0, |span| tick_of(song, span.start));
        let meters: Vec<_> = song.meters().iter().map(|change| (start(change.measure), change.meter)).collect();
        Self::new(&tempos, &meters)
    }

    /// How many samples after the one at tick `from` the first sample comes that lies at or
    /// after tick `to`: 0 if they are the same.
    ///
    /// This is the plugin's rounding rule: a step sounds at the first sample whose musical
    /// position is not before it.
    #[must_use]
    pub fn samples(&self, from: i64, to: i64, rate: u32) -> i64 {
        let exact = (self.time(to) - self.time(from)) * i128::from(rate);
        i64::try_from(exact.div_euclid(SECOND) + i128::from(exact.rem_euclid(SECOND) > 0)).unwrap_or(i64::MAX)
    }

    /// The last tick that lies at or before so many samples after tick `from`.
    #[must_use]
    pub fn tick_at(&self, from: i64, samples: i64, rate: u32) -> i64 {
        self.place(from, samples, rate).floor()
    }

    /// Where the music is so many samples after tick `from`, in ticks.
    #[must_use]
    pub fn place(&self, from: i64, samples: i64, rate: u32) -> Exact {
        let rate = i128::from(rate);
        let time = self.time(from) * rate + i128::from(samples) * SECOND;
        let tempo = self.tempo(|tempo| tempo.time * rate <= time);
        let denominator = i128::from(tempo.micros) * rate;
        Exact::new(i128::from(tempo.tick) * denominator + (time - tempo.time * rate), denominator)
    }

    /// The same in seconds since tick 0.
    #[must_use]
    pub fn seconds(&self, from: i64, samples: i64, rate: u32) -> Exact {
        let rate = i128::from(rate);
        Exact::new(self.time(from) * rate + i128::from(samples) * SECOND, SECOND * rate)
    }

    /// The tempo so many samples after tick `from`, in microseconds a quarter note.
    #[must_use]
    pub fn micros(&self, from: i64, samples: i64, rate: u32) -> u32 {
        let time = self.time(from) * i128::from(rate) + i128::from(samples) * SECOND;
        self.tempo(|tempo| tempo.time * i128::from(rate) <= time).micros
    }

    /// The slowest tempo of all, in microseconds a quarter note.
    #[must_use]
    pub fn slowest(&self) -> u32 {
        self.tempos.iter().map(|tempo| tempo.micros).max().unwrap_or(0)
    }

    /// The ticks after `from` and before `to` where tempo or meter change, in order.
    #[must_use]
    pub fn changes(&self, from: i64, to: i64) -> Vec<i64> {
        let tempos = self.tempos.iter().map(|tempo| tempo.tick);
        let mut ticks: Vec<_> = tempos.chain(self.meters.iter().map(|meter| meter.tick)).collect();
        ticks.retain(|&tick| from < tick && tick < to);
        ticks.sort_unstable();
        ticks.dedup();
        ticks
    }

    /// The bar that a tick lies in.
    #[must_use]
    pub fn bar(&self, tick: i64) -> Bar {
        let index = self.meters.partition_point(|meter| meter.tick <= tick).saturating_sub(1);
        let meter = &self.meters[index];
        let bars = (tick - meter.tick).div_euclid(meter.length());
        Bar { start: meter.tick + bars * meter.length(), number: meter.bars + bars, meter: meter.meter }
    }

    fn time(&self, tick: i64) -> i128 {
        self.tempo(|tempo| tempo.tick <= tick).time_of(tick)
    }

    /// The last tempo for which this holds; the first if it holds for none.
    fn tempo(&self, started: impl Fn(&Tempo) -> bool) -> &Tempo {
        &self.tempos[self.tempos.partition_point(started).saturating_sub(1)]
    }
}

impl Tempo {
    fn time_of(&self, tick: i64) -> i128 {
        self.time + i128::from(tick - self.tick) * i128::from(self.micros)
    }
}

impl Meter {
    /// How long a bar is, in ticks.
    fn length(&self) -> i64 {
        ticks_of(self.meter)
    }
}

/// How long a bar of this meter is, in ticks.
fn ticks_of(meter: TimeSignature) -> i64 {
    QUARTER * 4 * i64::from(meter.numerator()) / i64::from(meter.denominator())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_sounds_at_the_first_sample_not_before_it() {
        // 120 quarters a minute at 48 kHz: 6000 samples a step, exactly.
        let even = Timeline::steady(500_000, TimeSignature::FOUR_FOUR);
        assert_eq!(even.samples(0, STEP, 48_000), 6000);
        // 129 quarters a minute, 465116 µs: 5128 samples and 0.09 after 11025 × 0.465116.
        let odd = Timeline::steady(465_116, TimeSignature::FOUR_FOUR);
        assert_eq!(odd.samples(0, STEP, 44_100), 5128);
        assert_eq!(odd.tick_at(0, 5127, 44_100), STEP - 1);
        assert_eq!(odd.tick_at(0, 5128, 44_100), STEP);
    }

    #[test]
    fn tempo_changes_take_effect_between_samples() {
        // One quarter of 0.5 s, then quarters of 1/3 s.
        let timeline = Timeline::new(&[(0, 500_000), (QUARTER, 333_333)], &[(0, TimeSignature::FOUR_FOUR)]);
        assert_eq!(timeline.samples(0, 2 * QUARTER, 48_000), 24_000 + 16_000);
        assert_eq!(timeline.samples(QUARTER, 2 * QUARTER, 48_000), 16_000);
        assert_eq!(timeline.micros(0, 23_999, 48_000), 500_000);
        assert_eq!(timeline.micros(0, 24_000, 48_000), 333_333);
        assert_eq!(timeline.place(0, 24_000, 48_000).value(), 960.0);
        assert_eq!(timeline.seconds(0, 24_000, 48_000).fixed_point(), 1 << 30);
        assert_eq!(timeline.changes(0, 4 * QUARTER), [QUARTER]);
    }

    #[test]
    fn places_before_the_beginning_count_on() {
        let timeline = Timeline::steady(500_000, TimeSignature::FOUR_FOUR);
        assert_eq!(timeline.samples(-QUARTER, 0, 48_000), 24_000);
        assert_eq!(timeline.place(-QUARTER, 12_000, 48_000).per(QUARTER).fixed_point(), -(1 << 30));
        assert_eq!(timeline.bar(-1), Bar { start: -4 * QUARTER, number: -1, meter: TimeSignature::FOUR_FOUR });
    }

    #[test]
    fn bars_are_counted_over_a_change_of_meter() {
        let waltz = TimeSignature::new(3, 4).expect("a waltz");
        let timeline = Timeline::new(&[(0, 500_000)], &[(0, TimeSignature::FOUR_FOUR), (8 * QUARTER, waltz)]);
        assert_eq!(timeline.bar(8 * QUARTER - 1).number, 1);
        assert_eq!(timeline.bar(11 * QUARTER), Bar { start: 11 * QUARTER, number: 3, meter: waltz });
    }
}
