//! What was bent to read a file: said in one line a kind, with the place.

use std::fmt;

use super::error::Place;

/// One kind of oddity that was read all the same, as any player would.
///
/// Tracks are counted from 1, as people count them; bytes and ticks from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Oddity {
    /// Bytes before the header, which no MIDI file has.
    BytesBefore,
    /// The header announces fewer tracks than there are.
    MoreTracks,
    /// The header announces more tracks than there are.
    FewerTracks,
    /// A chunk's length leads into the middle of something else.
    ChunkLength,
    /// Bytes between or after the chunks that are no chunk.
    Junk,
    /// A track that nothing ends.
    NoEnd,
    /// Bytes of a track behind its end-of-track event: no player of files reads on there.
    BehindTheEnd,
    /// A file of format 2 that holds but one track.
    OnePattern,
    /// A delta time of more bytes than the four that the standard allows.
    LongDelta,
    /// A data byte above 127, where only 0 to 127 exist.
    DataByte,
    /// A status that was said before a meta event or a SysEx, and goes on after it.
    RunningStatus,
    /// A message that belongs on a cable, not in a file.
    CableMessage,
    /// A meta event whose bytes say nothing that can be understood.
    BadMeta,
    /// A time signature of fewer bytes than four.
    ShortMeter,
    /// A time signature that is none: 0/4, 4/2⁸.
    NoMeter,
    /// A meter whose measures are not whole sixteenths: they pass the notes through.
    UnplayedMeter,
    /// A key that was struck again before its note had ended.
    StruckAgain,
    /// A note that nothing ends.
    NoNoteEnd,
    /// Events far beyond the last note.
    LateEvents,
    /// Notes that found no room in the nets' grid; the file keeps them.
    NoRoom,
}

/// An oddity, how often it stands in the file, and where it stands first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Which.
    pub oddity: Oddity,
    /// How often; of [`Oddity::MoreTracks`] and [`Oddity::FewerTracks`] by how many.
    pub count: usize,
    /// In which part of the file it stands first.
    pub place: Place,
    /// At which byte of the file, where that is known.
    pub byte: Option<usize>,
    /// At which tick of its track, where it is an event.
    pub tick: Option<u64>,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.count;
        let s = if n == 1 { "" } else { "s" };
        match self.oddity {
            Oddity::BytesBefore => write!(f, "{n} byte{s} before the header: stepped over"),
            Oddity::MoreTracks => write!(f, "{n} track{s} more than the header announces: read"),
            Oddity::FewerTracks => write!(f, "{n} track{s} fewer than the header announces: read what is there"),
            Oddity::ChunkLength => write!(f, "{n} chunk{s} of a wrong length: read up to the end that the events tell"),
            Oddity::Junk => write!(f, "{n} byte{s} that belong to no chunk: stepped over"),
            Oddity::NoEnd => write!(f, "{n} track{s} without an end-of-track event: ended with the chunk"),
            Oddity::BehindTheEnd => write!(f, "{n} byte{s} behind a track's own end: not played"),
            Oddity::OnePattern => write!(f, "format 2 with one track: read as format 0"),
            Oddity::LongDelta => write!(f, "{n} delta time{s} of more than four bytes: read"),
            Oddity::DataByte => write!(f, "{n} data byte{s} above 127: read as 127"),
            Oddity::RunningStatus => {
                write!(f, "{n} event{s} without a status after a meta event or SysEx: the status before it kept")
            }
            Oddity::CableMessage => write!(f, "{n} message{s} of a cable, which no file may hold: stepped over"),
            Oddity::BadMeta => write!(f, "{n} meta event{s} of the wrong length: stepped over"),
            Oddity::ShortMeter => write!(f, "{n} time signature{s} of fewer than four bytes: read"),
            Oddity::NoMeter => write!(f, "{n} time signature{s} that cannot be: the meter before stays"),
            Oddity::UnplayedMeter => {
                write!(f, "{n} time signature{s} whose measures are no whole sixteenths: there notes only pass through")
            }
            Oddity::StruckAgain => {
                write!(f, "{n} key{s} struck again before the note had ended: the new stroke ends the earlier note")
            }
            Oddity::NoNoteEnd => write!(f, "{n} note{s} that nothing ends: ended with the track"),
            Oddity::LateEvents => {
                write!(f, "{n} track{s} going on long after the last note: the music ends with its notes")
            }
            Oddity::NoRoom => {
                write!(f, "{n} note{s} beyond what a measure of the band's grid holds: the band does not hear them")
            }
        }?;
        match (self.place, self.byte, self.tick) {
            (Place::Header | Place::ChunkHead, None, _) => Ok(()),
            (Place::Header | Place::ChunkHead, Some(byte), _) => write!(f, " (byte {byte})"),
            (place, _, Some(tick)) => write!(f, " (first in {place}, tick {tick})"),
            (place, Some(byte), None) => write!(f, " (first in {place}, byte {byte})"),
            (place, None, None) => write!(f, " (first in {place})"),
        }
    }
}

/// Collects warnings: one of each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Warnings(Vec<Warning>);

impl Warnings {
    /// Notes one, or that it came again.
    pub(super) fn add(&mut self, oddity: Oddity, place: Place, byte: Option<usize>, tick: Option<u64>) {
        self.add_many(oddity, 1, place, byte, tick);
    }

    /// Notes so many.
    pub(super) fn add_many(
        &mut self,
        oddity: Oddity,
        count: usize,
        place: Place,
        byte: Option<usize>,
        tick: Option<u64>,
    ) {
        match self.0.iter_mut().find(|warning| warning.oddity == oddity) {
            Some(warning) => warning.count = warning.count.saturating_add(count),
            None if count > 0 => self.0.push(Warning { oddity, count, place, byte, tick }),
            None => {}
        }
    }

    /// Adds those that another part of the reading collected.
    pub(super) fn join(&mut self, others: Self) {
        for warning in others.0 {
            self.add_many(warning.oddity, warning.count, warning.place, warning.byte, warning.tick);
        }
    }

    pub(super) fn into_list(self) -> Vec<Warning> {
        self.0
    }
}
