//! What Ardour recorded, tick by tick.
//!
//! `model::midi_file::Song` lays notes onto sixteenths, which is what this is to find out. So
//! the events are read here as they stand.

use std::path::Path;

use anyhow::{Context, bail};
use midly::{MetaMessage, MidiMessage, Smf, Timing, TrackEvent, TrackEventKind};

/// A note of a recording. Times are in the file's ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Played {
    pub(super) start: u64,
    pub(super) channel: u8,
    pub(super) key: u8,
    pub(super) velocity: u8,
    /// `None` if it never ends.
    pub(super) end: Option<u64>,
}

/// A recorded track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Recording {
    /// Ticks in a quarter note.
    pub(super) quarter: u64,
    /// The notes, in the order of their onsets.
    pub(super) notes: Vec<Played>,
    /// Notes struck again before they ended.
    pub(super) doubled: usize,
    /// Note offs of no note.
    pub(super) orphans: usize,
    /// The time of the last event.
    pub(super) end: u64,
}

impl Recording {
    /// Reads a file that Ardour wrote.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let bytes = std::fs::read(path).with_context(|| format!("could not read {}", path.display()))?;
        Self::parse(&bytes).with_context(|| path.display().to_string())
    }

    pub(super) fn parse(bytes: &[u8]) -> anyhow::Result<Self> {
        let smf = Smf::parse(bytes).context("is no MIDI file")?;
        let mut recording = Self::empty(&smf)?;
        for track in &smf.tracks {
            recording.hear_track(track);
        }
        recording.notes.sort_unstable();
        Ok(recording)
    }

    /// Each track by itself, with its name.
    ///
    /// # Errors
    /// If it is no MIDI file.
    pub(super) fn tracks(bytes: &[u8]) -> anyhow::Result<Vec<(String, Self)>> {
        let smf = Smf::parse(bytes).context("is no MIDI file")?;
        let of = |track: &Vec<TrackEvent<'_>>| {
            let mut recording = Self::empty(&smf)?;
            recording.hear_track(track);
            recording.notes.sort_unstable();
            let name = track.iter().find_map(|event| match event.kind {
                TrackEventKind::Meta(MetaMessage::TrackName(name)) => Some(String::from_utf8_lossy(name).into_owned()),
                _ => None,
            });
            Ok((name.unwrap_or_default(), recording))
        };
        smf.tracks.iter().map(of).collect()
    }

    fn empty(smf: &Smf<'_>) -> anyhow::Result<Self> {
        let Timing::Metrical(quarter) = smf.header.timing else { bail!("does not count quarter notes") };
        Ok(Self { quarter: u64::from(quarter.as_int()), notes: Vec::new(), doubled: 0, orphans: 0, end: 0 })
    }

    fn hear_track(&mut self, track: &[TrackEvent<'_>]) {
        let mut now = 0;
        for event in track {
            now += u64::from(event.delta.as_int());
            if let TrackEventKind::Midi { channel, message } = event.kind {
                self.hear(now, channel.as_int(), message);
            }
        }
    }

    fn hear(&mut self, now: u64, channel: u8, message: MidiMessage) {
        let (key, velocity) = match message {
            MidiMessage::NoteOn { key, vel } => (key.as_int(), vel.as_int()),
            MidiMessage::NoteOff { key, .. } => (key.as_int(), 0),
            _ => return,
        };
        self.end = self.end.max(now);
        let open = |note: &&mut Played| note.channel == channel && note.key == key && note.end.is_none();
        let sounding = self.notes.iter_mut().rev().find(open);
        match (velocity, sounding) {
            (0, Some(note)) => note.end = Some(now),
            (0, None) => self.orphans += 1,
            (_, sounding) => {
                self.doubled += usize::from(sounding.is_some());
                self.notes.push(Played { start: now, channel, key, velocity, end: None });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of one track, of 480 ticks a quarter.
    fn file(events: &[u8]) -> Vec<u8> {
        let length = u32::try_from(events.len()).expect("a short file").to_be_bytes();
        [b"MThd\0\0\0\x06\0\0\0\x01\x01\xe0MTrk", length.as_slice(), events].concat()
    }

    #[test]
    fn notes_are_paired_and_what_cannot_be_is_counted() {
        // 60 sounds from 0 to 96; 62 is struck at 96 and again at 100, and ends once, at 110;
        // 64 ends at 110 without having begun.
        let events = [
            [0, 0x91, 60, 90].as_slice(),
            &[96, 0x81, 60, 64],
            &[0, 0x91, 62, 80],
            &[4, 0x91, 62, 81],
            &[10, 0x91, 62, 0],
            &[0, 0x81, 64, 64],
            &[0, 0xff, 0x2f, 0],
        ];
        let recording = Recording::parse(&file(&events.concat())).expect("a MIDI file");
        let ends: Vec<_> = recording.notes.iter().map(|note| (note.key, note.start, note.end)).collect();
        assert_eq!(ends, [(60, 0, Some(96)), (62, 96, None), (62, 100, Some(110))]);
        assert_eq!((recording.quarter, recording.doubled, recording.orphans, recording.end), (480, 1, 1, 110));
    }

    #[test]
    fn a_track_has_its_name_and_its_own_notes() {
        let events =
            [[0, 0xff, 0x03, 4].as_slice(), b"Bass", &[5, 0x91, 62, 80], &[7, 0x81, 62, 0], &[0, 0xff, 0x2f, 0]];
        let tracks = Recording::tracks(&file(&events.concat())).expect("a MIDI file");
        assert_eq!((tracks.len(), tracks[0].0.as_str()), (1, "Bass"));
        let note = Played { start: 5, channel: 1, key: 62, velocity: 80, end: Some(12) };
        assert_eq!(tracks[0].1.notes, [note]);
    }

    #[test]
    fn what_is_no_recording_is_refused() {
        assert!(Recording::parse(b"RIFF").is_err());
    }
}
