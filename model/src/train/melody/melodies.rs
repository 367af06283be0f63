//! Melodies to learn from: one voice of each piece.

use std::path::PathBuf;

use crate::midi_file::MidiFile;
use crate::midi_file::band_song::{BandSong, Casting};
use crate::music::band::{BandSpec, VoiceId};
use crate::music::measure::Measure;
use crate::music::tonality::Tonality;
use crate::systems::melody::{Extraction, Melody, extract};
use crate::train::pieces::{PiecesError, midi_files};
use crate::train::remarks::FolderRemarks;

/// The melodies of a voice in the pieces of these folders; `keyed`: in C major or A minor, by each piece's key. Files
/// that cannot be read, or in which the voice has no melody, are named in the second result, each with the reason; it says
/// what had to be bent to read the others.
///
/// # Errors
/// [`PiecesError`] where a folder cannot be listed or no melody is found.
pub fn read_melodies(
    folders: &[PathBuf],
    spec: &BandSpec,
    voice: VoiceId,
    keyed: bool,
    rules: Extraction,
) -> Result<(Vec<Melody>, FolderRemarks), PiecesError> {
    let (mut melodies, mut remarks) = (Vec::new(), FolderRemarks::default());
    for path in midi_files(folders)? {
        let song = match MidiFile::open(&path) {
            Ok(file) => {
                let casting = Casting::of(file.song(), spec);
                remarks.read(&path, &file, &casting);
                BandSong::cast(file.song(), spec, &casting)
            }
            Err(error) => {
                remarks.leave_out(error);
                continue;
            }
        };
        let shift = if keyed { Tonality::of(&song.chroma(song.present)).to_c() } else { 0 };
        let line: Vec<Measure> = song.measures.iter().map(|measure| measure.voice(voice).transposed(shift)).collect();
        let found = extract(&line, rules);
        if found.is_empty() {
            let name = &spec.voices[voice.index()].name;
            remarks.leave_out(format_args!("{}: {name} has no melody there", path.display()));
        }
        melodies.extend(found);
    }
    if melodies.is_empty() {
        return Err(PiecesError::NoMelody {
            folders: folders.to_vec(),
            voice: spec.voices[voice.index()].name.clone(),
            measures: rules.least_measures,
            classes: rules.least_classes,
        });
    }
    Ok((melodies, remarks))
}
