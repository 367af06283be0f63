//! Takes of drummers: MIDI files as they were played.

use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::midi_file::MidiFile;
use crate::midi_file::band_song::Casting;
use crate::music::band::BandSpec;
use crate::systems::drummer::DrumStyle;
use crate::systems::drummer::blows::{StepBlows, blows};
use crate::systems::drummer::feel::{Feel, FeelOf};
use crate::systems::drummer::fills::fills;
use crate::systems::drummer::pattern::Pattern;
use crate::train::pieces::{PiecesError, midi_files};
use crate::train::remarks::FolderRemarks;

/// How many measures a feel is taken from. Chosen: two phrases; drummers change how they play later in a take.
const FEEL_MEASURES: usize = 16;

/// The fewest measures that a feel is taken from. Chosen.
const FEWEST: usize = 2;

/// One take.
#[derive(Clone, Debug)]
pub struct DrumTake {
    /// The file that it came from.
    pub source: PathBuf,
    /// What is struck in each measure, all of one length.
    pub measures: Vec<Vec<StepBlows>>,
    /// Which measures are fills.
    pub fills: Vec<bool>,
    /// The style, if the file's name says it.
    pub style: Option<DrumStyle>,
    /// Quarter notes a minute.
    pub tempo: f32,
}

impl DrumTake {
    /// The take of a file; `None` where nobody drums, or less than two measures.
    #[must_use]
    pub fn of(path: &Path, file: &MidiFile) -> Option<Self> {
        let mut measures: Vec<Vec<StepBlows>> = file.drums()?.iter().map(blows).collect();
        let length = measures.first().map_or(0, Vec::len);
        let silent = |measure: &Vec<StepBlows>| measure.iter().flatten().all(|blow| blow.loud <= 0.0);
        // The take ends with its last stroke, and where its meter changes.
        let same = measures.iter().take_while(|measure| measure.len() == length).count();
        measures.truncate(same);
        while measures.last().is_some_and(silent) {
            measures.pop();
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let (style, named) = DrumStyle::of_file(&name);
        #[expect(clippy::cast_possible_truncation, reason = "a tempo")]
        let tempo = named.unwrap_or_else(|| file.song().tempos.first().map_or(120.0, |tempo| tempo.bpm() as f32));
        let fills = fills(&measures);
        (measures.len() >= FEWEST).then(|| Self { source: path.to_owned(), measures, fills, style, tempo })
    }

    /// How it is played around this measure: over the sixteen that begin with a multiple of sixteen.
    #[must_use]
    pub fn feel(&self, measure: usize) -> Feel {
        Feel::of(&self.measures[self.around(measure)].concat(), self.measures.first().map_or(16, Vec::len))
    }

    /// Where each drum is struck around this measure, over the same measures; `None` where all are fills.
    #[must_use]
    pub fn pattern(&self, measure: usize) -> Option<Pattern> {
        let around = self.around(measure);
        Pattern::of(&self.measures[around.clone()], &self.fills[around])
    }

    /// The measures that say how this one is played.
    fn around(&self, measure: usize) -> Range<usize> {
        let last = self.measures.len().saturating_sub(1);
        let mut from = measure.min(last) / FEEL_MEASURES * FEEL_MEASURES;
        let to = (from + FEEL_MEASURES).min(self.measures.len());
        if to - from < FEEL_MEASURES / 2 {
            from = to.saturating_sub(FEEL_MEASURES);
        }
        from..to
    }

    /// All of its feels.
    pub fn feels(&self) -> impl Iterator<Item = FeelOf> + '_ {
        let places = (0..self.measures.len()).step_by(FEEL_MEASURES);
        places.map(|at| FeelOf { feel: self.feel(at), pattern: self.pattern(at), style: self.style, tempo: self.tempo })
    }
}

/// Reads the takes of these folders. Files that cannot be read, or in which nobody drums, are left out; the second result
/// names them, each with the reason.
///
/// # Errors
/// [`PiecesError`] where a folder cannot be listed or nothing is left.
pub fn read_takes(folders: &[PathBuf]) -> Result<(Vec<DrumTake>, FolderRemarks), PiecesError> {
    let (mut takes, mut remarks) = (Vec::new(), FolderRemarks::default());
    for path in midi_files(folders)? {
        match MidiFile::open(&path) {
            Ok(file) => match DrumTake::of(&path, &file) {
                Some(take) => {
                    remarks.read(&path, &file, &Casting::of(file.song(), &BandSpec::drums()));
                    takes.push(take);
                }
                None => remarks.leave_out(format_args!("{}: nobody drums two measures of one meter", path.display())),
            },
            Err(error) => remarks.leave_out(error),
        }
    }
    if takes.is_empty() {
        return Err(PiecesError::nothing(folders, &BandSpec::drums(), &remarks));
    }
    Ok((takes, remarks))
}
