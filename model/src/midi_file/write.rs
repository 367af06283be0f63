//! From measures to a file.

use std::path::Path;

use super::error::WriteError;
use super::grid::Grid;
use super::layout::Span;
use super::song::Song;
use super::writer::{LAST_TICK, MidiWriter, TickNote};
use crate::files::replace;

/// Ticks per quarter note of the files that are written. Chosen: what most programs write.
const TICKS: u16 = 480;

impl Song {
    /// The song as a MIDI file of format 1: a track with tempo and meter, then every track with
    /// its name, channel and program.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let ticks = self.written_ticks();
        let grid = self.grid.rescaled(ticks.into());
        let mut file = MidiWriter::new(ticks, at(&grid, self.spans.last().map_or(0, Span::end)));
        for tempo in &self.tempos {
            file.tempo(tick(tempo.beat, ticks), tempo.micros_per_quarter);
        }
        for change in &self.meters {
            let start = self.spans.get(change.measure).map_or(0, |span| span.start);
            file.meter(at(&grid, start), change.meter);
        }
        for track in &self.tracks {
            let program = Some((track.channel, track.program));
            if let Some(performance) = &track.performance {
                file.track(track.name_bytes(), program, []);
                file.messages(track.channel, performance.messages_in(ticks));
                continue;
            }
            let notes = track.notes(&self.spans).into_iter().map(|note| TickNote {
                on: at(&grid, note.start),
                off: at(&grid, note.end),
                channel: track.channel,
                key: note.key,
                velocity: note.velocity,
            });
            file.track(track.name_bytes(), program, notes);
        }
        file.into_bytes()
    }

    /// Ticks per quarter note of its file: fine enough for what was played off the grid, as far as a file's ticks go.
    fn written_ticks(&self) -> u16 {
        let played = self.tracks.iter().filter_map(|track| track.performance.as_ref());
        let Some(finest) = played.map(|performance| performance.resolution).max() else { return TICKS };
        let steps = u64::from(self.spans.last().map_or(0, Span::end));
        let fits = |ticks: u32| ticks <= 0x7fff && (steps + 16) * u64::from(ticks) / 4 < u64::from(LAST_TICK);
        let mut ticks = finest;
        while !fits(ticks) && ticks > 1 {
            ticks /= 2;
        }
        u16::try_from(ticks).unwrap_or(TICKS).max(1)
    }

    /// Writes the song beside the file and then puts it in its place: a reader finds the old
    /// file or the new one, whole.
    ///
    /// # Errors
    /// [`WriteError`] where the folder is missing, closed or full.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), WriteError> {
        let path = path.as_ref();
        replace(path, &self.to_bytes()).map_err(|reason| WriteError { file: path.into(), reason })
    }
}

/// Where a step begins, in ticks of the file.
fn at(grid: &Grid, step: u32) -> u32 {
    u32::try_from(grid.tick(step)).unwrap_or(u32::MAX)
}

/// The nearest tick.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative; `as` saturates")]
fn tick(beat: f64, ticks: u16) -> u32 {
    (beat * f64::from(ticks)).round().clamp(0.0, f64::from((1 << 28) - 1)) as u32
}
