//! How a take is read, and how it goes on from a saved one.

use super::pieces::Note;
use super::record::{MOST_TRACKS, Take};

impl Take {
    /// Which measures the last so many are (`None`: all), as places in `bars`: those that are
    /// over, and the one under way.
    pub(super) fn last(&self, measures: Option<usize>) -> std::ops::Range<usize> {
        let len = self.bars.len();
        let wanted = measures.map_or(len, |measures| measures.saturating_add(len - self.len()));
        len.saturating_sub(wanted)..len
    }

    /// The notes of a measure, by its place in `bars`.
    pub(super) fn notes_of(&self, place: usize) -> impl Iterator<Item = Note> {
        let begin = |place: usize| self.bars.get(place).map_or(self.notes.len(), |bar| self.place_of(bar.first));
        self.notes.range(begin(place)..begin(place + 1)).copied()
    }

    /// The tempo changes within a measure, by its place in `bars`: (tick, microseconds a quarter).
    pub(super) fn tempos_of(&self, place: usize) -> impl Iterator<Item = (u16, u32)> {
        let measure = self.gone.0 + place as u64;
        let from = self.tempos.partition_point(|tempo| tempo.measure < measure);
        let here = self.tempos.range(from..).take_while(move |tempo| tempo.measure == measure);
        here.map(|tempo| (tempo.tick, tempo.micros))
    }

    /// Takes up what was saved, before anything is heard.
    pub(super) fn resume(&mut self, saved: Self) {
        let (bands, band, mut tracks) = (std::mem::take(&mut self.bands), self.band, saved.tracks.clone());
        // The bands that were introduced get their tracks anew.
        let known = std::mem::take(&mut self.tracks);
        let mut moved = |track: u8| {
            let Some(wanted) = known.get(usize::from(track)).filter(|_| track > 0) else { return track };
            let place = tracks.iter().skip(1).position(|track| track == wanted).map(|place| place + 1);
            let place = place.unwrap_or_else(|| {
                if tracks.len() < MOST_TRACKS {
                    tracks.push(wanted.clone());
                }
                tracks.len() - 1
            });
            u8::try_from(place).unwrap_or(0)
        };
        let bands = bands.into_iter().map(|(id, tracks)| (id, tracks.map(&mut moved))).collect();
        let band = band.map(&mut moved);
        let pace = self.pace;
        *self = Self { bands, band, pace, ..saved };
        self.tracks = tracks;
    }
}
