//! MIDI files as sound: a WAV file of what a file plays, with the instruments that are inside.

use std::io::{self, Write};
use std::path::Path;

use ebur128::{EbuR128, Mode};
use midly::MidiMessage;

use crate::files::NewFile;
use crate::midi_file::MidiFile;
use crate::music::note::Channel;
use crate::music::note::{Key, Velocity};
use crate::sound::{Instrument, PartEvent, Synth};

/// Samples a second. Chosen: what every player knows.
const RATE: u32 = 48_000;

/// How loud the result is, in LUFS. Chosen: as streamers play music.
const LOUDNESS: f64 = -16.0;

/// By which factor at most the result is made louder or softer for that. Chosen: a single soft note stays a soft note.
const MOST_GAIN: f64 = 6.0;

/// How long the last notes may ring, in samples: eight seconds. Chosen: longer than any instrument does.
const RINGS: u64 = RATE as u64 * 8;

/// The bytes of a sample of both sides. Required: 16 bits a side, which whatever reads WAV files reads.
const FRAME: u64 = 4;

/// The bytes before the first sample. Required by the format.
const HEADER: u64 = 44;

/// Why there is no WAV file.
#[derive(Debug, thiserror::Error)]
pub enum WavError {
    /// The music is longer than such a file can be.
    #[error("the music is longer than six hours, and a WAV file cannot hold it; cut out a part")]
    TooLong,
    /// It cannot be written.
    #[error(transparent)]
    Disk(#[from] io::Error),
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wav {
    /// How long it is, in seconds.
    pub seconds: f64,
    /// How loud it is before it was brought to its loudness, in LUFS; minus infinity where nothing plays.
    pub loudness: f64,
}

/// What is to be played, and on what: each channel with the instruments that its programs choose, the tenth with the drum
/// kit, unless [`Arrangement::seat`] says otherwise.
#[derive(Clone, Debug)]
pub struct Arrangement {
    moments: Moments,
    seats: Vec<(usize, Instrument, f32, f32)>,
}

impl Arrangement {
    /// What a MIDI file plays.
    #[must_use]
    pub fn of(file: &MidiFile) -> Self {
        Self { moments: moments_of(file), seats: Vec::new() }
    }

    /// A channel is played on this instrument, whatever programs it chooses, as loud as `level` (1: as it is) beside the
    /// others, and from where `pan` says: −1 left, 1 right.
    pub fn seat(&mut self, channel: Channel, instrument: Instrument, level: f32, pan: f32) {
        let part = usize::from(channel.get());
        self.moments.retain(|(_, other, event)| *other != part || !matches!(event, PartEvent::Program(_)));
        self.seats.push((part, instrument, level, pan));
    }

    fn last(&self) -> u64 {
        self.moments.last().map_or(0, |(sample, ..)| *sample)
    }
}

/// Writes what a MIDI file plays as a WAV file, whole or not at all, all of it brought to −16 LUFS.
///
/// # Errors
/// If the music is too long for such a file, or the file cannot be written; what stood there before is untouched.
pub fn write_wav(file: &MidiFile, out: &Path) -> Result<Wav, WavError> {
    write_arrangement(&Arrangement::of(file), out, |_| ())
}

/// The same with a score; `progress` is told how much of the work is done, from 0 to 1.
///
/// # Errors
/// As [`write_wav`].
pub fn write_arrangement(score: &Arrangement, out: &Path, mut progress: impl FnMut(f64)) -> Result<Wav, WavError> {
    // It is played twice: to be measured, and to be written.
    let all = (score.last() as f64).max(1.0);
    let (mut at, mut done) = (0_usize, |at: usize, time: f64| progress((at as f64 / all).min(1.0).midpoint(time)));
    let mut meter = EbuR128::new(2, RATE, Mode::I).ok();
    let frames = play(score, 1.0, |left, right| {
        at += left.len();
        done(at, 0.0);
        if let Some(meter) = &mut meter {
            // It refuses nothing but a wrong number of sides.
            let _ = meter.add_frames_planar_f32(&[left, right]);
        }
        Ok(())
    })?;
    let loudness = meter.and_then(|meter| meter.loudness_global().ok()).unwrap_or(f64::NEG_INFINITY);
    let gain = 10.0_f64.powf((LOUDNESS - loudness) / 20.0).clamp(1.0 / MOST_GAIN, MOST_GAIN);
    #[expect(clippy::cast_possible_truncation, reason = "a gain needs no more digits")]
    let gain = if loudness.is_finite() { gain as f32 } else { 1.0 };
    let bytes = u32::try_from(frames * FRAME + HEADER - 8).map_err(|_| WavError::TooLong)?;
    let mut wav = NewFile::beside(out)?;
    wav.write_all(&header(bytes))?;
    at = 0;
    play(score, gain, |left, right| {
        at += left.len();
        done(at, 1.0);
        let mut samples = Vec::with_capacity(left.len() * 4);
        for sample in left.iter().zip(right).flat_map(|(left, right)| [left, right]) {
            #[expect(clippy::cast_possible_truncation, reason = "`as` saturates, and no sample is beyond 1")]
            let whole = (sample * 32_767.0).round() as i16;
            samples.extend(whole.to_le_bytes());
        }
        wav.write_all(&samples)
    })?;
    wav.finish()?;
    let seconds = frames as f64 / f64::from(RATE);
    Ok(Wav { seconds, loudness })
}

/// What happens, before which sample, in which part.
type Moments = Vec<(u64, usize, PartEvent)>;

fn moments_of(file: &MidiFile) -> Moments {
    let song = file.song();
    let mut moments = Moments::new();
    for channel in 0..16_u8 {
        let tracks = song.tracks.iter().enumerate().filter(|(_, track)| track.channel.get() == channel);
        let tracks: Vec<usize> = tracks.map(|(place, _)| place).collect();
        if tracks.is_empty() {
            continue;
        }
        let performance = file.performance(&tracks);
        let mut pieces = song.tempos.iter().peekable();
        let (mut beat, mut seconds, mut tempo) = (0.0, 0.0, 0.5);
        for &(tick, message) in &performance.messages {
            let here = tick as f64 / f64::from(performance.resolution.max(1));
            while let Some(change) = pieces.next_if(|change| change.beat <= here) {
                seconds += (change.beat - beat).max(0.0) * tempo;
                (beat, tempo) = (change.beat.max(beat), f64::from(change.micros_per_quarter) / 1e6);
            }
            seconds += (here - beat).max(0.0) * tempo;
            beat = here.max(beat);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
            let sample = (seconds * f64::from(RATE)).round() as u64;
            moments.extend(event(message).map(|event| (sample, usize::from(channel), event)));
        }
    }
    moments.sort_by_key(|(sample, ..)| *sample);
    moments
}

/// What a part is told by a message.
fn event(message: MidiMessage) -> Option<PartEvent> {
    match message {
        MidiMessage::NoteOn { key, vel } => {
            let key = Key::new(key.as_int())?;
            Some(Velocity::new(vel.as_int()).map_or(PartEvent::Off(key), |velocity| PartEvent::On(key, velocity)))
        }
        MidiMessage::NoteOff { key, .. } => Key::new(key.as_int()).map(PartEvent::Off),
        MidiMessage::Controller { controller, value } => Some(PartEvent::Control(controller.as_int(), value.as_int())),
        MidiMessage::ProgramChange { program } => Some(PartEvent::Program(program.as_int())),
        MidiMessage::PitchBend { bend } => Some(PartEvent::Bend(bend.as_int())),
        MidiMessage::ChannelAftertouch { vel } => Some(PartEvent::Pressure(vel.as_int())),
        MidiMessage::Aftertouch { .. } => None,
    }
}

/// Plays it, and hands over every block; returns how many samples there were. It ends when nothing rings any more.
fn play(
    score: &Arrangement,
    gain: f32,
    mut take: impl FnMut(&[f32], &[f32]) -> io::Result<()>,
) -> Result<u64, WavError> {
    let mut synth = Synth::new(48_000.0);
    synth.set_level(gain);
    for &(part, instrument, level, pan) in &score.seats {
        synth.set_instrument(part, instrument);
        synth.set_place(part, level, pan);
    }
    let (mut left, mut right) = ([0.0; 4096], [0.0; 4096]);
    let mut at = 0_u64;
    let mut until = |synth: &mut Synth, end: u64, ringing: bool| -> Result<(), WavError> {
        while at < end && !(ringing && synth.is_silent()) {
            if (at * FRAME + HEADER) > u64::from(u32::MAX) {
                return Err(WavError::TooLong);
            }
            let run = usize::try_from(end - at).unwrap_or(usize::MAX).min(left.len());
            synth.render(&mut left[..run], &mut right[..run]);
            take(&left[..run], &right[..run])?;
            at += run as u64;
        }
        Ok(())
    };
    for &(sample, part, event) in &score.moments {
        until(&mut synth, sample, false)?;
        synth.tell(part, event);
    }
    let last = score.last();
    synth.release_all();
    until(&mut synth, last + RINGS, true)?;
    Ok(at)
}

/// A WAV file's header; `bytes` follow its first eight.
///
/// # Source
/// Microsoft and IBM, *Multimedia Programming Interface and Data Specifications 1.0* (1991): `RIFF`, `WAVE`.
fn header(bytes: u32) -> Vec<u8> {
    let mut out = Vec::from(*b"RIFF");
    out.extend(bytes.to_le_bytes());
    out.extend(b"WAVEfmt ");
    out.extend(16_u32.to_le_bytes());
    // Whole numbers; two sides.
    out.extend([1, 0, 2, 0]);
    out.extend(RATE.to_le_bytes());
    out.extend((RATE * 4).to_le_bytes());
    // Bytes a sample of both sides, bits a sample of one.
    out.extend([4, 0, 16, 0]);
    out.extend(b"data");
    out.extend((bytes - 36).to_le_bytes());
    out
}
