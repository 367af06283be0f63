//! What a take is made of, how it is read, and how it goes on from a saved one.

use super::record::{MOST_TRACKS, Take};

/// A measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bar {
    /// How many steps it has, 1…16; of one that was cut off, those begun.
    pub(super) steps: u8,
    /// The host's meter.
    pub(super) meter: (u8, u8),
    /// How long a quarter note lasts at its beginning, in microseconds.
    pub(super) micros: u32,
    /// The number of its first note, since the take began.
    pub(super) first: u64,
}

/// A note, in the measure in which it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Note {
    /// Ticks from the measure's beginning.
    pub(super) start: u16,
    /// Ticks; it may go on over bar lines.
    pub(super) length: u32,
    pub(super) key: u8,
    pub(super) velocity: u8,
    pub(super) channel: u8,
    /// Its place in [`Take::tracks`]; 0 is the user.
    pub(super) track: u8,
}

/// Another tempo within a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tempo {
    /// The measure's number, since the take began.
    pub(super) measure: u64,
    /// Ticks from its beginning.
    pub(super) tick: u16,
    /// How long a quarter note lasts, in microseconds.
    pub(super) micros: u32,
}

/// A voice that played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Track {
    pub(super) name: String,
    /// Its General MIDI program; of the user it is not known.
    pub(super) program: Option<u8>,
}

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
