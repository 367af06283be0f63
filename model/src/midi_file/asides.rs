//! What stands in a file beside its notes, found.

use super::events::{Event, TRACK_NAME};
use super::file::MidiFile;
use super::said::{Aside, Said};

impl MidiFile {
    /// What a track of the file says, by its number in the file, in ticks of the song. What stands behind the
    /// music stands at its end.
    pub(super) fn said(&self, number: usize) -> Vec<(u64, Said)> {
        let (clock, song) = (self.clock(), self.song());
        let end = song.spans().last().map_or(0, |span| song.tick(span.end()));
        let lanes = self.lanes();
        let lane = lanes.iter().find(|lane| lane.number == number);
        let events = lane.into_iter().flat_map(|lane| lane.events().flatten());
        events.filter_map(|event| Some((clock.ticks(event.tick).min(end), Said::of(event.event)?))).collect()
    }

    /// What the file says beside these tracks of the song, by their places in [`Song::tracks`](super::Song::tracks): all
    /// that stands in tracks without notes, and of the other tracks what speaks of the whole piece. What stands in a track of
    /// these is in their [performance](Self::performance).
    #[must_use]
    pub fn asides(&self, tracks: &[usize]) -> Vec<Aside> {
        let written: Vec<usize> = tracks.iter().filter_map(|&track| self.origin(track)).collect();
        let places = 0..self.song().tracks.len();
        let sounding: Vec<usize> =
            places.filter(|&track| self.notes_of(track) > 0).filter_map(|track| self.origin(track)).collect();
        let mut first = Aside::default();
        let mut out = Vec::new();
        for lane in self.lanes().iter().filter(|lane| !written.contains(&lane.number)) {
            let mut said = self.said(lane.number);
            let name = lane.events().flatten().find_map(|event| match event.event {
                Event::Meta(TRACK_NAME, name) if !name.is_empty() => Some(Box::<[u8]>::from(name)),
                _ => None,
            });
            if sounding.contains(&lane.number) {
                said.retain(|(_, said)| said.is_of_all());
                first.said.append(&mut said);
            } else if lane.number == 1 {
                // The title of the piece.
                first.said.extend(name.map(|name| (0, Said::Meta(TRACK_NAME, name))));
                first.said.append(&mut said);
            } else if !said.is_empty() {
                out.push(Aside { name: Some(name.unwrap_or_default()), said });
            }
        }
        first.said.sort_by_key(|&(tick, _)| tick);
        if !first.said.is_empty() {
            out.insert(0, first);
        }
        out
    }
}
