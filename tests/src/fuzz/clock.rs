//! The measure clock under a host that says anything.

use band_player::transport::{HostTransport, MeasureClock};
use band_player::units::{Bpm, SampleRate, Steps};

/// The most turns that one block can have: more, and the clock runs on the spot.
const MOST_TURNS: usize = 100_000;

/// Reads bytes as a transport's blocks, and lets the measure clock follow them. Whatever the host says, each block ends,
/// and its moments come in order and within it. The bytes came through if there was any moment.
///
/// # Panics
/// If they do not.
#[must_use]
pub fn transport(bytes: &[u8]) -> bool {
    let mut bytes = Bytes(bytes);
    let rate = [8_000.0, 44_100.0, 48_000.0, 768_000.0][usize::from(bytes.byte()) % 4];
    let mut clock = MeasureClock::new(SampleRate::or_usual(rate));
    let mut host = HostTransport { playing: true, tempo: Bpm::new(120.0), ..HostTransport::default() };
    let (mut frames, mut moments) = (0, 0);
    while !bytes.0.is_empty() {
        change(&mut host, &mut bytes, rate, frames);
        frames = 1 + bytes.number() % 16_384;
        moments += follow(&mut clock, &host, frames);
    }
    moments > 0
}

/// What the host says of the next block: most of it goes on evenly, some of it is anything.
fn change(host: &mut HostTransport, bytes: &mut Bytes<'_>, rate: f64, frames: u32) {
    let what = bytes.byte();
    if what & 1 == 0 {
        let passed =
            host.tempo.map_or(0.0, |tempo| f64::from(frames) * tempo.beats_per_sample(SampleRate::or_usual(rate)));
        host.beats = host.beats.map(|beats| beats + passed);
        host.samples = host.samples.map(|samples| samples.saturating_add(i64::from(frames)));
    }
    if what & 2 != 0 {
        host.playing = bytes.byte() & 1 != 0;
    }
    if what & 4 != 0 {
        host.tempo = Bpm::new(f64::from(bytes.number()) / 64.0);
    }
    if what & 8 != 0 {
        host.time_signature = bytes.some(|bytes| (i32::from(bytes.byte()), 1 << (bytes.byte() % 8)));
    }
    if what & 16 != 0 {
        host.beats = bytes.some(Bytes::place);
        host.samples = bytes.some(|bytes| i64::from(bytes.number()) * 1000 - 1_000_000);
    }
    if what & 32 != 0 {
        host.bar_start = bytes.some(Bytes::place);
    }
    if what & 64 != 0 {
        host.loop_range = bytes.some(|bytes| (bytes.place(), bytes.place()));
    }
    if what & 128 != 0 {
        host.fraction = bytes.place();
    }
}

/// Lets the clock follow one block; returns how many moments there were.
fn follow(clock: &mut MeasureClock, host: &HostTransport, frames: u32) -> usize {
    clock.begin_block(host, frames);
    let (mut last, mut moments) = (0, 0);
    loop {
        assert!(moments < MOST_TURNS, "{host:?}: a block of {frames} does not end");
        let Some(upcoming) = clock.upcoming() else { return moments };
        moments += 1;
        assert!(upcoming.at.0 >= last && upcoming.at.0 < frames, "{upcoming:?} after {last} of {frames}");
        last = upcoming.at.0;
        clock.pass(&upcoming);
        if let Some(at) = clock.offset_of(Steps(7.5)) {
            assert!(at.0 < frames, "a note lies in its block");
        }
        assert!((1..=16).contains(&clock.steps()), "a measure has 1 to 16 steps");
    }
}

/// What is left to read; zeros after the end.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn number(&mut self) -> u32 {
        u32::from(self.byte()) << 8 | u32::from(self.byte())
    }

    fn some<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (!self.byte().is_multiple_of(4)).then(|| read(self))
    }

    /// Mostly places of music, sometimes no numbers at all.
    fn place(&mut self) -> f64 {
        let value = f64::from(self.number());
        match self.byte() % 8 {
            0 => -value / 16.0,
            1 => value / 1920.0,
            2 => value * 1e9,
            3 => [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MIN_POSITIVE][usize::from(self.byte()) % 4],
            _ => value / 4.0,
        }
    }
}
