//! A take as sound: each track on an instrument of its own.

use std::path::Path;

use model::midi_file::MidiFile;
use model::music::band::MAX_VOICES;
use model::music::drums::Drum;
use model::music::kit::Kit;
use model::rendering::{Arrangement, WavError, write_arrangement};
use model::sound::Instrument;
use model::{Channel, Key};

use super::file::Timing;
use super::handle::{SaveError, TakeHandle};
use super::pieces::Track;
use super::record::Take;

/// What a voice is played on (`None`: what its band says), how loud (1: as it is), and from where (−1 left, 1 right).
pub type Placed = (Option<Instrument>, f32, f32);

/// How the voices of a take are to be heard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seating {
    /// The voices of the band.
    pub voices: [Placed; MAX_VOICES],
    /// How loud the drums are.
    pub drums: f32,
    /// Which of them is the user's; `None`: the user drums.
    pub user: Option<usize>,
    /// The keys of the drums, as they were recorded.
    pub kit: Kit,
}

impl TakeHandle {
    /// Draws the last so many measures that are over (`None`: all), and what there is of the one under way, as sound: a WAV
    /// file, there whole or not at all. `progress` is told how much of the work is done, from 0 to 1. Takes seconds.
    ///
    /// # Errors
    /// [`SaveError`]: there is nothing yet, it is too long for such a file, or the file cannot be written.
    pub fn draw(
        &self,
        file: &Path,
        (measures, timing): (Option<usize>, Timing),
        seating: &Seating,
        progress: impl FnMut(f64),
    ) -> Result<(), SaveError> {
        let take = self.copy();
        if take.is_empty() {
            return Err(SaveError::Nothing);
        }
        let score = take.score(measures, timing, seating).ok_or(SaveError::Nothing)?;
        match write_arrangement(&score, file, progress) {
            Ok(_) => Ok(()),
            Err(WavError::Disk(reason)) => Err(SaveError::File { file: file.into(), reason }),
            Err(WavError::TooLong) => Err(SaveError::TooLong),
        }
    }
}

impl Take {
    /// What is to be played, each track on a channel of its own; `None`: it cannot be read back.
    fn score(&self, measures: Option<usize>, timing: Timing, seating: &Seating) -> Option<Arrangement> {
        let channel =
            |track: usize, played: Channel| u8::try_from(track % 16).ok().and_then(Channel::new).unwrap_or(played);
        let is_drums =
            |index: usize, track: &Track| if index == 0 { seating.user.is_none() } else { track.program.is_none() };
        // The kit inside has General MIDI's keys.
        let inside = |index: usize, key: Key| {
            let drums = self.tracks.get(index).is_some_and(|track| is_drums(index, track));
            if drums { seating.kit.hears(key).map_or(key, Drum::key) } else { key }
        };
        let place = |index: usize, played: Channel, key: Key| (channel(index, played), inside(index, key));
        let file = MidiFile::parse(self.write(measures, timing, place)).ok()?;
        let mut score = Arrangement::of(&file);
        // The first tracks are heard as they are where there are more than channels.
        for (index, track) in self.tracks.iter().enumerate().take(16).rev() {
            let voice = if index == 0 { seating.user } else { self.voice_of(index) };
            let (chosen, level, pan) =
                voice.and_then(|voice| seating.voices.get(voice).copied()).unwrap_or((None, seating.drums, 0.0));
            // The user's own track has no program: it sounds as the voice would.
            let usual = track.program.or_else(|| self.program_of(seating.user?)).unwrap_or(0);
            let instrument = if is_drums(index, track) {
                Instrument::Drums
            } else {
                chosen.unwrap_or(Instrument::of_program(usual))
            };
            score.seat(channel(index, Channel::new(0)?), instrument, level, pan);
        }
        Some(score)
    }

    /// Which voice of a band a track is: of the one that plays, else of one that did.
    fn voice_of(&self, track: usize) -> Option<usize> {
        let known = std::iter::once(&self.band).chain(self.bands.iter().rev().map(|(_, tracks)| tracks));
        known
            .flat_map(|tracks| tracks.iter().enumerate())
            .find(|(_, its)| usize::from(**its) == track)
            .map(|(voice, _)| voice)
    }

    /// The program of a voice of the band that plays.
    fn program_of(&self, voice: usize) -> Option<u8> {
        let track = usize::from(*self.band.get(voice)?);
        self.tracks.get(track).filter(|_| track > 0)?.program
    }
}
