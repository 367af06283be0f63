//! From measures to a file.

use std::path::Path;

use super::error::WriteError;
use super::song::Song;
use super::writer::{MidiWriter, TickNote};
use crate::files::replace;

/// Ticks per quarter note of the files that are written. Chosen: what most programs write.
const TICKS: u16 = 480;
const TICKS_PER_STEP: u32 = TICKS as u32 / 4;

impl Song {
    /// The song as a MIDI file of format 1: a track with tempo and meter, then every track with
    /// its name, channel and program.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut file = MidiWriter::new(TICKS, self.spans.last().map_or(0, |span| span.end() * TICKS_PER_STEP));
        for tempo in &self.tempos {
            file.tempo(tick(tempo.beat), tempo.micros_per_quarter);
        }
        for change in &self.meters {
            let at = self.spans.get(change.measure).map_or(0, |span| span.start * TICKS_PER_STEP);
            file.meter(at, change.meter);
        }
        for track in &self.tracks {
            let notes = track.notes(&self.spans).into_iter().map(|note| TickNote {
                on: note.start * TICKS_PER_STEP,
                off: note.end * TICKS_PER_STEP,
                channel: track.channel,
                key: note.key,
                velocity: note.velocity,
            });
            file.track(&track.name, Some((track.channel, track.program)), notes);
        }
        file.into_bytes()
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

/// The nearest tick.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative; `as` saturates")]
fn tick(beat: f64) -> u32 {
    (beat * f64::from(TICKS)).round().clamp(0.0, f64::from((1 << 28) - 1)) as u32
}
