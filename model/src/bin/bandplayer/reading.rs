//! How all commands read MIDI files, and what they say of it.

use std::path::Path;

use anyhow::Result;
use model::midi_file::band_song::{Casting, monophonic};
use model::midi_file::{MidiFile, Pickup, PlayerPart, TrackError};
use model::{BandSpec, Measure, Polyphony, Voice, VoiceId, VoiceMask};

use crate::bad_input::BadInput;
use crate::playing::{self, say, voices};
use crate::printing::warn;

/// What files do not say of themselves.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(crate) struct Upbeat {
    /// The file begins with an upbeat of so many quarter notes, as 1 or 1/2, of which its time signatures do not tell.
    #[arg(long, value_name = "BEATS", value_parser = |text: &str| text.parse::<Pickup>())]
    pub(crate) pickup: Option<Pickup>,
}

/// Which tracks are which voices, as the command line says it.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct CastArgs {
    /// The track of a voice, by name or number; without VOICE= that of the band's first voice that is not written. May be
    /// given several times [default: tracks named after voices, else a guess from what they play].
    #[arg(long = "track", value_name = "[VOICE=]NAME|NUMBER")]
    tracks: Vec<String>,
}

impl CastArgs {
    /// Which tracks play which voices, where these voices are to be written.
    pub(crate) fn casting(&self, read: &MidiFile, file: &Path, spec: &BandSpec, written: VoiceMask) -> Result<Casting> {
        if self.tracks.is_empty() {
            return Ok(Casting::guessing(read.song(), spec, written));
        }
        let mut casting = Casting::of(read.song(), spec);
        let mut chosen = VoiceMask::NONE;
        for text in &self.tracks {
            let (voice, wanted) = self.understood(read, spec, written, text)?;
            let name = &spec.voices[voice.index()].name;
            let part = read.part(name, Some(wanted));
            let part = part.map_err(|error| BadInput::error(format!("{}: {error}", file.display())))?;
            let taken = chosen.iter().find(|one| casting.voices[one.index()].iter().any(|t| part.places.contains(t)));
            if let Some(other) = taken.filter(|&other| other != voice) {
                let other = &spec.voices[other.index()].name;
                return Err(BadInput::error(format!("--track {text}: this track is {other}'s already")));
            }
            // A voice of several tracks: --track Chords=3 --track Chords=4.
            let mut places = if chosen.has(voice) { casting.voices[voice.index()].clone() } else { Vec::new() };
            places.extend(part.places);
            casting.cast(voice, &places);
            chosen = chosen.with(voice);
        }
        casting.others = read.others(&casting.voices.concat());
        Ok(casting)
    }

    /// The voice and the track in "Bass=3" or "3". A track's own name may hold a sign of equality.
    fn understood<'a>(
        &self,
        read: &MidiFile,
        spec: &BandSpec,
        written: VoiceMask,
        text: &'a str,
    ) -> Result<(VoiceId, &'a str)> {
        if let Some((name, wanted)) = text.split_once('=')
            && read.part("", Some(text)).is_err()
        {
            return Ok((playing::voice(spec, name.trim())?, wanted));
        }
        let first = spec.all().iter().find(|&voice| !written.has(voice)).unwrap_or(VoiceId::FIRST);
        Ok((first, text))
    }
}

/// Reads a file, and says on stderr what had to be bent to read it, a line for each kind.
pub(crate) fn read(file: &Path, upbeat: Upbeat) -> Result<MidiFile> {
    let read = MidiFile::open_after(file, upbeat.pickup).map_err(BadInput::error)?;
    tell(file, &read);
    if let Some(pickup) = read.likely_pickup().filter(|_| upbeat.pickup.is_none()) {
        let (file, quarters) = (file.display(), pickup.quarters());
        warn(format_args!(
            "{file}: its bars seem to begin {pickup} later than they are written: try --pickup {quarters}"
        ));
    }
    Ok(read)
}

/// Says what had to be bent to read a file.
pub(crate) fn tell(file: &Path, read: &MidiFile) {
    for warning in read.warnings() {
        warn(format_args!("{}: {warning}", file.display()));
    }
}

/// The part of a file that plays a voice: see [`MidiFile::part`]. Says which tracks it is, and which are left out.
pub(crate) fn part(read: &MidiFile, file: &Path, voice: &str, wanted: Option<&str>) -> Result<PlayerPart> {
    taken(read, file, voice, read.part(voice, wanted))
}

/// The drummer's part of a file: see [`MidiFile::drum_part`]. Says which tracks it is, and which are left out.
pub(crate) fn drum_part(read: &MidiFile, file: &Path, wanted: Option<&str>) -> Result<PlayerPart> {
    taken(read, file, "Drums", read.drum_part(wanted))
}

fn taken(read: &MidiFile, file: &Path, voice: &str, part: Result<PlayerPart, TrackError>) -> Result<PlayerPart> {
    let part = part.map_err(|error| BadInput::error(format!("{}: {error}", file.display())))?;
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
        .map(|(voice, tracks)| {
            let guessed = spec.voice(&voice.name).is_some_and(|id| casting.guessed.has(id));
            let seems = if guessed { "seems to be" } else { "is" };
            format!("{} {seems} {}", voice.name, read.labels(tracks))
        })
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
        warn(line);
    }
}

/// Says which notes of each voice the band does not hear, or not as they are.
pub(crate) fn tell_unheard(read: &MidiFile, file: &Path, spec: &BandSpec, casting: &Casting) {
    for (voice, tracks) in spec.voices.iter().zip(&casting.voices) {
        tell_heard(read, file, voice, voice.polyphony == Polyphony::Mono, tracks);
    }
}

/// The same of one voice, of which the band hears one note at once, or all.
pub(crate) fn tell_heard(read: &MidiFile, file: &Path, voice: &Voice, one: bool, tracks: &[usize]) {
    let all: usize = tracks.iter().map(|&track| read.notes_of(track)).sum();
    let measures = read.song().together(tracks);
    let measures = if one { monophonic(&measures) } else { measures };
    let heard: usize = measures.iter().map(|measure| Measure::onsets(measure).count()).sum();
    let (file, name) = (file.display(), &voice.name);
    if heard < all {
        let why = if one { "one note at once, on the sixteenths" } else { "on the sixteenths" };
        say(format_args!("{file}: {name} has {all} notes, of which the band hears {heard} ({why})"));
    }
    let beyond =
        measures.iter().flat_map(|measure| measure.onsets()).filter(|note| !voice.range.contains(note.key)).count();
    if beyond > 0 {
        let (low, high) = (voice.range.low.get(), voice.range.high.get());
        say(format_args!(
            "{file}: {beyond} notes of {name} lie beyond the band's keys for it ({low} to {high}; 60 is middle C): it hears \
             them octaves away"
        ));
    }
}
