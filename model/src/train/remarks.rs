//! What is to be said of the many files of a training folder: each kind once.

use std::collections::BTreeMap;
use std::path::Path;

use crate::midi_file::band_song::Casting;
use crate::midi_file::{MidiFile, Warning};

/// How many names of tracks are said that play no voice. Chosen: a line of a terminal.
const MOST_NAMES: usize = 8;

/// What was left out, what was read all the same, and what nobody hears.
#[derive(Clone, Debug, Default)]
pub struct FolderRemarks {
    left_out: Vec<String>,
    /// The first file with this kind of oddity, and how many more there are.
    odd: Vec<(Warning, String, usize)>,
    /// The names of tracks that play no voice, and in how many files.
    unheard: BTreeMap<String, usize>,
}

impl FolderRemarks {
    /// A file, or a voice of it, is left out, for this reason.
    pub fn leave_out(&mut self, reason: impl ToString) {
        self.left_out.push(reason.to_string());
    }

    /// A file was read.
    pub fn read(&mut self, path: &Path, file: &MidiFile, casting: &Casting) {
        for warning in file.warnings() {
            match self.odd.iter_mut().find(|(other, ..)| other.oddity == warning.oddity) {
                Some((.., more)) => *more += 1,
                None => self.odd.push((*warning, format!("{}: {warning}", path.display()), 0)),
            }
        }
        let mut names: Vec<&str> =
            casting.others.iter().map(|&track| file.song().tracks[track].name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            *self.unheard.entry(name.to_owned()).or_default() += 1;
        }
    }

    /// How many were left out.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.left_out.len()
    }

    /// The first that was left out, with its reason.
    #[must_use]
    pub fn first_left_out(&self) -> Option<&str> {
        self.left_out.first().map(String::as_str)
    }

    /// All of it, in lines.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.left_out.iter().map(|reason| format!("left out: {reason}")).collect();
        lines.extend(self.odd.iter().map(|(_, first, more)| match more {
            0 => first.clone(),
            1 => format!("{first}; the like in 1 more file"),
            more => format!("{first}; the like in {more} more files"),
        }));
        let mut unheard: Vec<(&String, usize)> = self.unheard.iter().map(|(name, &count)| (name, count)).collect();
        unheard.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
        if !unheard.is_empty() {
            let named: Vec<String> =
                unheard.iter().take(MOST_NAMES).map(|(name, count)| format!("{name} ({count})")).collect();
            let rest = unheard.len().saturating_sub(MOST_NAMES);
            let rest = if rest > 0 { format!(", and {rest} more names") } else { String::new() };
            lines.push(format!("tracks of no voice, and in how many files: {}{rest}", named.join(", ")));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::midi_file::{LongNote, Song, Track};
    use crate::music::band::BandSpec;
    use crate::music::meter::TimeSignature;
    use crate::music::note::{Key, Velocity};

    #[test]
    fn each_kind_is_said_once_with_its_first_file() {
        let mut song = Song::steady(TimeSignature::FOUR_FOUR, 120.0, 1).expect("4/4");
        let note = LongNote { start: 0, end: 4, key: Key::MIDDLE_C, velocity: Velocity::DEFAULT };
        for name in ["Lead", "Kazoo"] {
            song.add_notes(Track::new(name), vec![note]);
        }
        let mut bytes = song.to_bytes();
        // The header announces five tracks.
        bytes[11] = 5;
        let file = MidiFile::parse(bytes).expect("a file that players play");
        let casting = Casting::of(file.song(), &BandSpec::pop());
        let mut remarks = FolderRemarks::default();
        for name in ["a.mid", "b.mid", "c.mid"] {
            remarks.read(Path::new(name), &file, &casting);
        }
        remarks.leave_out("d.mid: is empty");
        let said = [
            "left out: d.mid: is empty",
            "a.mid: 2 tracks fewer than the header announces: read what is there (byte 10); the like in 2 more files",
            "tracks of no voice, and in how many files: Kazoo (3)",
        ];
        assert_eq!((remarks.lines(), remarks.left_out()), (said.map(str::to_owned).to_vec(), 1));
    }
}
