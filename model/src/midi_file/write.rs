//! From measures to a file.

use std::path::Path;

use midly::num::{u4, u7, u15, u24, u28};
use midly::{Format, Header, MetaMessage, MidiMessage, Smf, Timing, TrackEvent, TrackEventKind};

use super::error::WriteError;
use super::song::{Song, Track};
use crate::files::replace;

/// Ticks per quarter note of the files that are written.
const TICKS: u16 = 480;
const TICKS_PER_STEP: u32 = TICKS as u32 / 4;

/// The order at one tick: what ends, then what changes, then what begins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    Off,
    Set,
    On,
}

type Timed<'a> = (u32, Turn, TrackEventKind<'a>);

impl Song {
    /// The song as a MIDI file of format 1: a track with tempo and meter, then every track with
    /// its name, channel and program.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let header = Header::new(Format::Parallel, Timing::Metrical(u15::new(TICKS)));
        let mut smf = Smf::new(header);
        let end = self.spans.last().map_or(0, |span| span.end() * TICKS_PER_STEP);
        smf.tracks.push(in_order(self.conducting(), end));
        smf.tracks.extend(self.tracks.iter().map(|track| in_order(self.playing(track), end)));
        let mut bytes = Vec::new();
        // PANIC: a vector takes all bytes, and songs are bounded far below MIDI's limits.
        smf.write_std(&mut bytes).expect("a song fits a MIDI file");
        bytes
    }

    /// Writes the song beside the file and then puts it in its place: a reader finds the old
    /// file or the new one, whole.
    ///
    /// # Errors
    /// [`WriteError`] where the folder is missing, closed or full.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), WriteError> {
        let path = path.as_ref();
        replace(path, &self.to_bytes()).map_err(|reason| WriteError { file: path.into(), reason })
    }

    fn conducting(&self) -> Vec<Timed<'_>> {
        let mut events = Vec::new();
        for tempo in &self.tempos {
            let message = MetaMessage::Tempo(u24::new(tempo.micros_per_quarter.clamp(1, (1 << 24) - 1)));
            events.push((tick(tempo.beat), Turn::Set, TrackEventKind::Meta(message)));
        }
        for change in &self.meters {
            let at = self.spans.get(change.measure).map_or(0, |span| span.start * TICKS_PER_STEP);
            let power = u8::try_from(change.meter.denominator().trailing_zeros()).unwrap_or(2);
            // 24 MIDI clocks a metronome click, 8 thirty-seconds a quarter: what everybody writes.
            let message = MetaMessage::TimeSignature(change.meter.numerator(), power, 24, 8);
            events.push((at, Turn::Set, TrackEventKind::Meta(message)));
        }
        events
    }

    fn playing<'a>(&self, track: &'a Track) -> Vec<Timed<'a>> {
        let channel = u4::new(track.channel.get());
        let midi = |message| TrackEventKind::Midi { channel, message };
        let mut events = vec![
            (0, Turn::Off, TrackEventKind::Meta(MetaMessage::TrackName(track.name.as_bytes()))),
            (0, Turn::Off, midi(MidiMessage::ProgramChange { program: u7::new(track.program) })),
        ];
        for note in track.notes(&self.spans) {
            let key = u7::new(note.key.get());
            let on = MidiMessage::NoteOn { key, vel: u7::new(note.velocity.get()) };
            events.push((note.start * TICKS_PER_STEP, Turn::On, midi(on)));
            let off = MidiMessage::NoteOff { key, vel: u7::new(64) };
            events.push((note.end * TICKS_PER_STEP, Turn::Off, midi(off)));
        }
        events
    }
}

/// The nearest tick.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative; `as` saturates")]
fn tick(beat: f64) -> u32 {
    (beat * f64::from(TICKS)).round().clamp(0.0, f64::from((1 << 28) - 1)) as u32
}

/// Gives every event the time since the one before, and the track its end.
fn in_order(mut events: Vec<Timed<'_>>, end: u32) -> Vec<TrackEvent<'_>> {
    events.sort_by_key(|&(tick, turn, _)| (tick, turn));
    let end = events.last().map_or(end, |last| last.0.max(end));
    events.push((end, Turn::On, TrackEventKind::Meta(MetaMessage::EndOfTrack)));
    let mut last = 0;
    let event = |(tick, _, kind)| {
        let delta = u28::new(tick - last);
        last = tick;
        TrackEvent { delta, kind }
    };
    events.into_iter().map(event).collect()
}
