//! How all commands read MIDI files, and what they say of it.

use std::path::Path;

use anyhow::Result;
use model::midi_file::band_song::{Casting, monophonic};
use model::midi_file::{MidiFile, Pickup, PlayerPart};
use model::{BandSpec, Measure, Polyphony};

use crate::bad_input::BadInput;
use crate::playing::{say, voices};

/// What files do not say of themselves.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(crate) struct Upbeat {
    /// The file begins with an upbeat of so many quarter notes, as 1 or 1/2, of which its time signatures do not tell.
    #[arg(long, value_name = "BEATS", value_parser = |text: &str| text.parse::<Pickup>())]
    pub(crate) pickup: Option<Pickup>,
}

/// Reads a file, and says on stderr what had to be bent to read it, a line for each kind.
pub(crate) fn read(file: &Path, upbeat: Upbeat) -> Result<MidiFile> {
    let read = MidiFile::open_after(file, upbeat.pickup).map_err(BadInput::error)?;
    tell(file, &read);
    if let Some(pickup) = read.likely_pickup().filter(|_| upbeat.pickup.is_none()) {
        let (file, quarters) = (file.display(), pickup.quarters());
        eprintln!("{file}: its bars seem to begin {pickup} later than they are written: try --pickup {quarters}");
    }
    Ok(read)
}

/// Says what had to be bent to read a file.
pub(crate) fn tell(file: &Path, read: &MidiFile) {
    for warning in read.warnings() {
        eprintln!("{}: {warning}", file.display());
    }
}

/// The part of a file that plays a voice: see [`MidiFile::part`]. Says which tracks it is, and which are left out.
pub(crate) fn part(read: &MidiFile, file: &Path, voice: &str, wanted: Option<&str>) -> Result<PlayerPart> {
    let part = read.part(voice, wanted).map_err(|error| BadInput::error(format!("{}: {error}", file.display())))?;
    if part.track.is_silent() {
        return Err(BadInput::error(format!("{}: the track `{}` has no notes", file.display(), part.track.name)));
    }
    let others = read.others(&part.places);
    let rest = if others.is_empty() { String::new() } else { format!("; not heard: {}", read.labels(&others)) };
    say(format_args!("{}: {voice} is {}{rest}", file.display(), read.labels(&part.places)));
    Ok(part)
}

/// Says which tracks of a file play which voices of a band, and which play none.
pub(crate) fn tell_casting(read: &MidiFile, file: &Path, spec: &BandSpec, casting: &Casting) {
    let cast: Vec<String> = spec
        .voices
        .iter()
        .zip(&casting.voices)
        .filter(|(_, tracks)| !tracks.is_empty())
        .map(|(voice, tracks)| format!("{} is {}", voice.name, read.labels(tracks)))
        .collect();
    let cast = if cast.is_empty() { format!("no track is named after {}", voices(spec)) } else { cast.join(", ") };
    let others = &casting.others;
    let rest = if others.is_empty() { String::new() } else { format!("; of no voice: {}", read.labels(others)) };
    say(format_args!("{}: {cast}{rest}", file.display()));
}

/// Says of a folder's files what was left out, what had to be bent, and what nobody hears.
#[cfg(feature = "train")]
pub(crate) fn tell_folder(remarks: &model::train::FolderRemarks) {
    for line in remarks.lines() {
        eprintln!("{line}");
    }
}

/// Says of how many notes of each voice the band hears fewer than there are.
pub(crate) fn tell_unheard(read: &MidiFile, file: &Path, spec: &BandSpec, casting: &Casting) {
    for (voice, tracks) in spec.voices.iter().zip(&casting.voices) {
        let one = voice.polyphony == Polyphony::Mono;
        tell_heard(read, file, (&voice.name, one), tracks);
    }
}

/// The same of one voice, of which the band hears one note at once, or all.
pub(crate) fn tell_heard(read: &MidiFile, file: &Path, (voice, one): (&str, bool), tracks: &[usize]) {
    let all: usize = tracks.iter().map(|&track| read.notes_of(track)).sum();
    let measures = read.song().together(tracks);
    let measures = if one { monophonic(&measures) } else { measures };
    let heard: usize = measures.iter().map(|measure| Measure::onsets(measure).count()).sum();
    if heard < all {
        let why = if one { "one note at once, on the sixteenths" } else { "on the sixteenths" };
        say(format_args!("{}: {voice} has {all} notes, of which the band hears {heard} ({why})", file.display()));
    }
}
