//! What tracks of a file play, just as it stands there.

use std::collections::BTreeSet;

use midly::MidiMessage;
use midly::num::u7;

use super::events::Event;
use super::file::MidiFile;
use super::performance::{Performance, PlayedNote};

impl MidiFile {
    /// What these tracks of the song play together, by their places in [`Song::tracks`](super::Song::tracks), just as it
    /// stands in the file. Beside their keys there are all other messages of their channels, in whatever track these
    /// stand, up to the music's end, and what else their own tracks say.
    #[must_use]
    pub fn performance(&self, tracks: &[usize]) -> Performance {
        let song = self.song();
        let mut out = Performance { resolution: song.resolution(), ..Performance::default() };
        let (mut channels, mut origins) = (BTreeSet::new(), BTreeSet::new());
        let end = song.spans().last().map_or(0, |span| song.tick(span.end()));
        for &track in tracks {
            channels.extend(song.tracks.get(track).map(|track| track.channel.get()));
            origins.extend(self.origin(track));
            for note in self.notes(track) {
                // A note that lasts no time still begins before it ends, and one that ends with the last bar line may do
                // so at the file's tick behind it.
                let (off, lift) = (note.off.min(end).max(note.on + 1), note.lift.min(end).max(note.on + 1));
                out.notes.push(PlayedNote { on: note.on, off, key: note.key, velocity: note.velocity });
                let key = u7::new(note.key.get());
                let vel = u7::new(note.velocity.get());
                out.messages.push((note.on, MidiMessage::NoteOn { key, vel }));
                let vel = u7::new(note.release.min(127));
                out.messages.push((lift, MidiMessage::NoteOff { key, vel }));
            }
        }
        out.said = origins.iter().flat_map(|&origin| self.said(origin)).collect();
        let clock = self.clock();
        for lane in self.lanes() {
            for event in lane.events().flatten() {
                let Event::Midi { channel, message } = event.event else { continue };
                let belongs = match message {
                    MidiMessage::NoteOn { .. } | MidiMessage::NoteOff { .. } => false,
                    MidiMessage::Aftertouch { .. } => origins.contains(&lane.number),
                    _ => true,
                };
                let tick = clock.ticks(event.tick);
                if belongs && channels.contains(&channel) && tick <= end {
                    out.messages.push((tick, message));
                }
            }
        }
        out.put_in_order();
        out
    }
}
