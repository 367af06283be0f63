//! What a host says of its transport at the start of a block.

use std::ops::Range;

use crate::exact::Exact;
use crate::timeline::{Bar, QUARTER};

/// The ticks of a quarter note to which some hosts round the musical position.
const COARSE: i64 = 1920;

/// What is the case at the first sample of a block, and how much of it the plugin is told.
#[derive(Clone, Debug)]
pub struct Transport {
    /// It rolls.
    pub playing: bool,
    /// It records.
    pub recording: bool,
    /// The tempo, in microseconds a quarter note.
    pub micros: u32,
    /// Where it is in the music, in ticks.
    pub place: Exact,
    /// Where it is in time, in seconds.
    pub seconds: Exact,
    /// The bar around it.
    pub bar: Bar,
    /// The loop that is on, in ticks.
    pub looped: Option<Range<i64>>,
    /// The sample rate, in Hz.
    pub rate: u32,
    /// What the plugin is told.
    pub manners: Manners,
    /// What is said in its place: a host that cuts its blocks may say of each piece where the whole begins.
    pub said: Option<Box<Self>>,
}

/// What a host tells of its transport, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manners {
    /// It has a transport at all. If not: a null context.
    pub transport: bool,
    /// It tells the tempo.
    pub tempo: bool,
    /// It tells the meter.
    pub meter: bool,
    /// It tells the musical position.
    pub beats: bool,
    /// It tells the position in samples (CLAP: in seconds). A VST3 host always does.
    pub samples: bool,
    /// It tells where the bar starts, and its number.
    pub bar: bool,
    /// It announces its loop.
    pub announces: bool,
    /// Its musical position is rounded to 1/1920 of a quarter note.
    pub coarse: bool,
    /// Its bar start is the next bar's, as Ardour's.
    pub next_bar: bool,
}

impl Manners {
    /// Everything is told, as it is.
    pub const GOOD: Self = Self {
        transport: true,
        tempo: true,
        meter: true,
        beats: true,
        samples: true,
        bar: true,
        announces: true,
        coarse: false,
        next_bar: false,
    };

    /// As Ardour 7 does it.
    pub const ARDOUR: Self = Self { coarse: true, next_bar: true, ..Self::GOOD };
}

impl Transport {
    /// What the plugin is told of.
    #[must_use]
    pub fn as_said(&self) -> &Self {
        self.said.as_deref().unwrap_or(self)
    }

    /// The musical position as it is told, in quarter notes.
    #[must_use]
    pub fn told_beats(&self) -> Exact {
        let beats = self.place.per(QUARTER);
        if self.manners.coarse { beats.rounded_to(COARSE) } else { beats }
    }

    /// The position in samples, to the nearest.
    #[must_use]
    pub fn samples(&self) -> i64 {
        Exact::new(self.seconds.numerator() * i128::from(self.rate), self.seconds.denominator()).round()
    }

    /// The bar start as it is told, in ticks.
    #[must_use]
    pub fn told_bar_start(&self) -> i64 {
        self.bar.start + if self.manners.next_bar { self.bar.length() } else { 0 }
    }

    /// Does it tell where bars start?
    #[must_use]
    pub const fn tells_bars(&self) -> bool {
        self.manners.beats && self.manners.bar
    }

    /// The loop as it is told, in ticks.
    #[must_use]
    pub fn told_loop(&self) -> Option<&Range<i64>> {
        self.looped.as_ref().filter(|_| self.manners.announces)
    }

    /// The tempo, in quarter notes a minute.
    #[must_use]
    pub fn bpm(&self) -> f64 {
        60e6 / f64::from(self.micros)
    }

    /// Does the plugin know that the transport rolls?
    #[must_use]
    pub const fn rolls(&self) -> bool {
        self.playing && self.manners.transport
    }
}
