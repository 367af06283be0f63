//! From measures to a file.

use std::path::Path;

use super::error::WriteError;
use super::layout::Span;
use super::said::in_ticks;
use super::song::Song;
use super::writer::{MidiWriter, TickNote};
use crate::files::replace;

/// Ticks per quarter note of the files that are written. Chosen: what most programs write.
const TICKS: u16 = 480;

/// The most ticks per quarter note of a file. Required by the file format.
const MOST_TICKS: u32 = 0x7fff;

impl Song {
    /// The song as a MIDI file of format 1: a track with tempo and meter, then every track with
    /// its name, channel and program.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let ticks = self.written_ticks();
        // Rounded down, so that the end lies behind no bar line that it should not reach.
        let at = |step| u32::try_from(self.grid.tick_in(step, ticks.into())).unwrap_or(u32::MAX);
        let mut file = MidiWriter::new(ticks, at(self.spans.last().map_or(0, Span::end)));
        for tempo in &self.tempos {
            file.tempo(tick(tempo.beat, ticks), tempo.micros_per_quarter);
        }
        for change in &self.meters {
            let start = self.spans.get(change.measure).map_or(0, |span| span.start);
            file.meter(at(start), change.meter);
        }
        let resolution = self.resolution();
        for aside in self.asides.iter().filter(|aside| aside.name.is_none()) {
            file.conduct(in_ticks(&aside.said, resolution, ticks));
        }
        for track in &self.tracks {
            let program = Some((track.channel, track.program));
            if let Some(performance) = &track.performance {
                file.track(track.name_bytes(), program, []);
                file.messages(track.channel, performance.messages_in(ticks));
                file.said(in_ticks(&performance.said, performance.resolution, ticks));
                continue;
            }
            let notes = track.notes(&self.spans).into_iter().map(|note| TickNote {
                on: at(note.start),
                off: at(note.end),
                channel: track.channel,
                key: note.key,
                velocity: note.velocity,
            });
            file.track(track.name_bytes(), program, notes);
        }
        for aside in &self.asides {
            if let Some(name) = &aside.name {
                file.track(name, None, []);
                file.said(in_ticks(&aside.said, resolution, ticks));
            }
        }
        file.into_bytes()
    }

    /// Ticks per quarter note of its file. What was played off the grid, or bar lines that lie off it, need as many as the
    /// file had from which they came.
    fn written_ticks(&self) -> u16 {
        let played = self.tracks.iter().filter_map(|track| track.performance.as_ref().map(|played| played.resolution));
        let odd = (!self.is_whole() || !self.asides.is_empty()).then(|| self.resolution());
        let Some(mut ticks) = played.chain(odd).max() else { return TICKS };
        // A song has up to 16 times the ticks of its file, which has 15 bits for them.
        while ticks > MOST_TICKS {
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

/// The nearest tick.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative; `as` saturates")]
fn tick(beat: f64, ticks: u16) -> u32 {
    (beat * f64::from(ticks)).round() as u32
}
