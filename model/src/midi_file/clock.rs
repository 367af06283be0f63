//! From ticks to steps.

use super::song::TempoChange;

/// What a tick is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Division {
    /// So many ticks a quarter note (1 to 32767): tempo does not move the notes.
    PerQuarter(u32),
    /// So many ticks a second: where a note stands in the music depends on the tempo.
    PerSecond(f64),
}

/// Where ticks lie in the music.
pub(super) enum Clock {
    PerQuarter(u64),
    PerSecond { ticks: f64, pieces: Vec<Piece> },
}

/// A stretch of constant tempo.
pub(super) struct Piece {
    tick: f64,
    beat: f64,
    seconds_per_beat: f64,
}

/// Ticks per quarter note of a song whose file counts seconds. Chosen: 16 divides it, and a tick is half a millisecond at
/// 120 quarters a minute.
const FILM_RESOLUTION: u32 = 960;

/// Microseconds per quarter note where a file names no tempo: 120 quarters a minute. Required by the file format.
pub(super) const DEFAULT_TEMPO: u32 = 500_000;

impl Clock {
    /// The clock of a file whose tempo changes (tick, microseconds per quarter) are in order.
    pub(super) fn new(division: Division, tempos: &[(u64, u32)]) -> Self {
        let ticks = match division {
            Division::PerQuarter(ticks) => return Self::PerQuarter(u64::from(ticks)),
            Division::PerSecond(ticks) => ticks,
        };
        let mut last = Piece { tick: 0.0, beat: 0.0, seconds_per_beat: f64::from(DEFAULT_TEMPO) / 1e6 };
        let mut pieces = Vec::with_capacity(tempos.len() + 1);
        for &(tick, micros) in tempos {
            let tick = as_f64(tick);
            let beat = last.beat + (tick - last.tick) / ticks / last.seconds_per_beat;
            let next = Piece { tick, beat, seconds_per_beat: f64::from(micros) / 1e6 };
            pieces.push(std::mem::replace(&mut last, next));
        }
        pieces.push(last);
        Self::PerSecond { ticks, pieces }
    }

    /// Where a tick lies, in quarter notes.
    pub(super) fn beat(&self, tick: u64) -> f64 {
        let tick = as_f64(tick);
        match self {
            Self::PerQuarter(ticks) => tick / as_f64(*ticks),
            Self::PerSecond { ticks, pieces } => {
                let piece = &pieces[pieces.partition_point(|piece| piece.tick <= tick).saturating_sub(1)];
                piece.beat + (tick - piece.tick) / ticks / piece.seconds_per_beat
            }
        }
    }

    /// Ticks per quarter note of the song: as many as the file has, or so many times more that 16 divides them.
    pub(super) fn resolution(&self) -> u32 {
        match self {
            Self::PerQuarter(ticks) => {
                let twos = ticks.trailing_zeros().min(4);
                // A division has 15 bits.
                u32::try_from(ticks << (4 - twos)).unwrap_or(FILM_RESOLUTION)
            }
            Self::PerSecond { .. } => FILM_RESOLUTION,
        }
    }

    /// A tick of the file in ticks of the song.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative; `as` saturates")]
    pub(super) fn ticks(&self, tick: u64) -> u64 {
        match self {
            Self::PerQuarter(ticks) => tick * (u64::from(self.resolution()) / ticks),
            Self::PerSecond { .. } => (self.beat(tick) * f64::from(FILM_RESOLUTION) + 0.5 + 1e-6).floor() as u64,
        }
    }

    /// How far a bar line may lie before the file's tick that stands for it, in ticks of the song: less than one of the
    /// file. Where a file counts seconds it says no bar lines.
    pub(super) fn rounding(&self) -> u64 {
        match self {
            Self::PerQuarter(ticks) => u64::from(self.resolution()) / ticks - 1,
            Self::PerSecond { .. } => 0,
        }
    }

    /// The nearest tick of the file to one of the song.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative; `as` saturates")]
    pub(super) fn file_tick(&self, tick: u64) -> u64 {
        match self {
            Self::PerQuarter(ticks) => {
                let factor = u64::from(self.resolution()) / ticks;
                (tick + factor / 2) / factor
            }
            Self::PerSecond { ticks, pieces } => {
                let beat = as_f64(tick) / f64::from(FILM_RESOLUTION);
                let piece = &pieces[pieces.partition_point(|piece| piece.beat <= beat).saturating_sub(1)];
                (piece.tick + (beat - piece.beat) * piece.seconds_per_beat * ticks).round() as u64
            }
        }
    }

    /// So many quarter notes in ticks of the file, at 120 a minute where it counts seconds, and in ticks of the song.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative; `as` saturates")]
    pub(super) fn ticks_of_quarters(&self, quarters: u64) -> (u64, u64) {
        let file = match self {
            Self::PerQuarter(ticks) => quarters * ticks,
            Self::PerSecond { ticks, .. } => (as_f64(quarters) * ticks / 2.0) as u64,
        };
        (file, quarters * u64::from(self.resolution()))
    }

    /// The tempo map in quarter notes.
    pub(super) fn tempo_map(&self, tempos: &[(u64, u32)]) -> Vec<TempoChange> {
        let mut map = vec![TempoChange { beat: 0.0, micros_per_quarter: DEFAULT_TEMPO }];
        for &(tick, micros_per_quarter) in tempos {
            let beat = self.beat(tick);
            if map.last().is_some_and(|last| last.beat >= beat) {
                map.pop();
            }
            map.push(TempoChange { beat, micros_per_quarter });
        }
        map
    }
}

#[expect(clippy::cast_precision_loss, reason = "a file has room for fewer than 2^53 ticks")]
fn as_f64(tick: u64) -> f64 {
    tick as f64
}
