//! From a file to measures.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use midly::{MetaMessage, MidiMessage, TrackEventKind};

use super::clock::Clock;
use super::error::{Problem, ReadError};
use super::events::{Chunk, Chunks};
use super::layout::{self, LongNote, Span};
use super::song::{Song, Track};
use super::{MOST_CELLS, MOST_MIDI_BYTES, MOST_SONG_MEASURES, MOST_SONG_NOTES};
use crate::music::meter::TimeSignature;
use crate::music::note::{Channel, Key, Velocity};

/// The last step that a song may reach.
const MOST_STEPS: u64 = MOST_SONG_MEASURES as u64 * 16;

impl Song {
    /// Reads a MIDI file.
    ///
    /// Formats 0 and 1, any division. Notes go to the nearest sixteenth; a note up to half a
    /// step before a bar line belongs to the next measure. The pedal (CC 64) lengthens notes to
    /// its release or the key's next stroke; notes without an end last as long as their track.
    ///
    /// # Errors
    /// [`ReadError`] names the file, the place in it and the reason. Reading is bounded
    /// ([`MOST_MIDI_BYTES`], [`MOST_SONG_NOTES`], [`MOST_SONG_MEASURES`], [`MOST_CELLS`]).
    pub fn read(path: impl AsRef<Path>) -> Result<Self, ReadError> {
        let path = path.as_ref();
        load(path).and_then(|bytes| Self::parse(&bytes)).map_err(|problem| ReadError { file: path.into(), problem })
    }

    /// Reads the bytes of a MIDI file, as [`Song::read`] does.
    ///
    /// # Errors
    /// The [`Problem`] and where it is.
    pub fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        if bytes.len() as u64 > MOST_MIDI_BYTES {
            return Err(Problem::TooManyBytes(bytes.len() as u64));
        }
        let chunks = Chunks::find(bytes)?;
        let mut score = Score::default();
        for chunk in &chunks.tracks {
            score.listen(chunk)?;
        }
        score.tempos.sort_by_key(|&(tick, _)| tick);
        let clock = Clock::new(chunks.division, &score.tempos);
        score.cut(&clock)
    }
}

fn load(path: &Path) -> Result<Vec<u8>, Problem> {
    let file = File::open(path).map_err(Problem::Unreadable)?;
    let size = file.metadata().map_err(Problem::Unreadable)?.len();
    if size > MOST_MIDI_BYTES {
        return Err(Problem::TooManyBytes(size));
    }
    let mut bytes = Vec::new();
    // A file may grow while it is read, and a pipe has no size.
    file.take(MOST_MIDI_BYTES + 1).read_to_end(&mut bytes).map_err(Problem::Unreadable)?;
    Ok(bytes)
}

/// What was read, in ticks.
#[derive(Default)]
struct Score {
    /// (tick, microseconds per quarter)
    tempos: Vec<(u64, u32)>,
    meters: Vec<MeterEvent>,
    players: Vec<Player>,
    notes: usize,
    /// The last tick and its track.
    last: (u64, usize),
}

struct MeterEvent {
    tick: u64,
    track: usize,
    meter: TimeSignature,
}

/// One channel of one track.
struct Player {
    track: usize,
    channel: Channel,
    name: Option<String>,
    alone: bool,
    program: Option<u8>,
    notes: Vec<RawNote>,
}

#[derive(Clone, Copy)]
struct RawNote {
    on: u64,
    off: u64,
    key: Key,
    velocity: Velocity,
}

/// A channel while its track is read.
struct Open {
    player: Player,
    pedal: bool,
    /// Per key, the notes (by index) that wait for their note off: the first off ends the first.
    pressed: Vec<VecDeque<u32>>,
    /// Per key, the note that only the pedal holds.
    held: [Option<u32>; 128],
}

impl Open {
    fn new(track: usize, channel: Channel) -> Self {
        let player = Player { track, channel, name: None, alone: true, program: None, notes: Vec::new() };
        Self { player, pedal: false, pressed: vec![VecDeque::new(); 128], held: [None; 128] }
    }

    fn end(&mut self, note: u32, tick: u64) {
        self.player.notes[note as usize].off = tick;
    }

    fn press(&mut self, tick: u64, key: Key, velocity: Velocity) {
        let at = usize::from(key.get());
        if let Some(note) = self.held[at].take() {
            self.end(note, tick);
        }
        let index = u32::try_from(self.player.notes.len()).unwrap_or(u32::MAX);
        self.player.notes.push(RawNote { on: tick, off: tick, key, velocity });
        self.pressed[at].push_back(index);
    }

    fn release(&mut self, tick: u64, key: usize) {
        let Some(note) = self.pressed[key].pop_front() else { return };
        self.end(note, tick);
        if self.pedal
            && let Some(earlier) = self.held[key].replace(note)
        {
            self.end(earlier, tick);
        }
    }

    fn pedal(&mut self, tick: u64, down: bool) {
        self.pedal = down;
        if !down {
            for key in 0..128 {
                if let Some(note) = self.held[key].take() {
                    self.end(note, tick);
                }
            }
        }
    }

    fn release_all(&mut self, tick: u64) {
        for key in 0..128 {
            while !self.pressed[key].is_empty() {
                self.release(tick, key);
            }
        }
    }

    fn control(&mut self, tick: u64, controller: u8, value: u8) {
        match controller {
            64 => self.pedal(tick, value >= 64),
            // All sound off; reset all controllers; all notes off (the pedal still holds them).
            120 => {
                self.release_all(tick);
                let down = self.pedal;
                self.pedal(tick, false);
                self.pedal = down;
            }
            121 => self.pedal(tick, false),
            123..=127 => self.release_all(tick),
            _ => {}
        }
    }
}

impl Score {
    fn listen(&mut self, chunk: &Chunk<'_>) -> Result<(), Problem> {
        let track = chunk.number();
        let mut name: Option<String> = None;
        let mut open: [Option<Box<Open>>; 16] = Default::default();
        let end = chunk.each(|tick, event| {
            match event {
                TrackEventKind::Midi { channel, message } => {
                    // PANIC: midly's channels have four bits.
                    let channel = Channel::new(channel.as_int()).expect("a channel below 16");
                    let open =
                        open[usize::from(channel.get())].get_or_insert_with(|| Box::new(Open::new(track, channel)));
                    if let MidiMessage::NoteOn { vel, .. } = message
                        && vel > 0
                    {
                        self.notes += 1;
                        if self.notes > MOST_SONG_NOTES {
                            return Err(Problem::TooManyNotes { track, tick });
                        }
                    }
                    hear(open, tick, message);
                }
                TrackEventKind::Meta(message) => self.note_down(track, tick, message, &mut name)?,
                TrackEventKind::SysEx(_) | TrackEventKind::Escape(_) => {}
            }
            Ok(())
        })?;
        if end > self.last.0 || self.last.1 == 0 {
            self.last = (end, track);
        }
        let mut players: Vec<Player> = Vec::new();
        for mut open in open.into_iter().flatten() {
            open.release_all(end);
            open.pedal(end, false);
            players.push(open.player);
        }
        // A channel without notes matters only where the track has no other: a silent voice.
        if players.iter().any(|player| !player.notes.is_empty()) {
            players.retain(|player| !player.notes.is_empty());
        } else {
            players.retain(|player| player.program.is_some());
            players.truncate(1);
        }
        let alone = players.len() == 1;
        self.players.extend(players.into_iter().map(|player| Player { alone, name: name.clone(), ..player }));
        Ok(())
    }

    fn note_down(
        &mut self,
        track: usize,
        tick: u64,
        message: MetaMessage<'_>,
        name: &mut Option<String>,
    ) -> Result<(), Problem> {
        match message {
            MetaMessage::TrackName(bytes) if name.is_none() => *name = text(bytes),
            // A quarter that lasts no time is no tempo.
            MetaMessage::Tempo(micros) if micros > 0 => self.tempos.push((tick, micros.as_int())),
            MetaMessage::TimeSignature(numerator, power, ..) => {
                let denominator = 1_u8.checked_shl(power.into());
                let meter = denominator
                    .and_then(|denominator| TimeSignature::new(numerator, denominator))
                    .ok_or(Problem::BadMeter { track, tick, numerator, power })?;
                if meter.steps().is_none() {
                    let denominator = meter.denominator();
                    return Err(Problem::UnsupportedMeter { track, tick, numerator, denominator });
                }
                self.meters.push(MeterEvent { tick, track, meter });
            }
            _ => {}
        }
        Ok(())
    }

    /// From ticks to measures.
    fn cut(mut self, clock: &Clock) -> Result<Song, Problem> {
        let (last, track) = self.last;
        let too_long = Problem::TooLong { track, tick: last };
        // Rounding a stroke at the very end may reach one step further.
        let mut end = clock.step(last);
        if end > MOST_STEPS {
            return Err(too_long);
        }
        for player in &self.players {
            end = player.notes.iter().map(|note| clock.step(note.on) + 1).fold(end, u64::max);
        }
        self.meters.sort_by_key(|event| (event.tick, event.track));
        let meters: Vec<_> = self.meters.iter().map(|event| (step(clock, event.tick), event.meter)).collect();
        let (spans, meters) = u32::try_from(end).ok().and_then(|end| layout::spans(&meters, end)).ok_or(too_long)?;
        let (tracks, measures) = (self.players.len(), spans.len());
        if tracks * measures > MOST_CELLS {
            return Err(Problem::TooLarge { tracks, measures });
        }
        let mut tempos = clock.tempo_map(&self.tempos);
        tempos.retain(|tempo| tempo.beat == 0.0 || tempo.beat * 4.0 < f64::from(spans.last().map_or(0, Span::end)));
        let mut song = Song { tempos, tracks: Vec::with_capacity(tracks), dropped: 0, meters, spans };
        for player in self.players {
            let long = |note: &RawNote| {
                let start = step(clock, note.on);
                let end = step(clock, note.off).max(start + 1);
                LongNote { start, end, key: note.key, velocity: note.velocity }
            };
            let notes = player.notes.iter().map(long).collect();
            song.add_notes(player.named(), notes);
        }
        Ok(song)
    }
}

impl Player {
    fn named(&self) -> Track {
        let channel = self.channel.get() + 1;
        let name = match (&self.name, self.alone) {
            (Some(name), true) => name.clone(),
            (Some(name), false) => format!("{name}, channel {channel}"),
            (None, true) => format!("Track {}", self.track),
            (None, false) => format!("Track {}, channel {channel}", self.track),
        };
        Track { name, channel: self.channel, program: self.program.unwrap_or(0), measures: Vec::new() }
    }
}

fn hear(open: &mut Open, tick: u64, message: MidiMessage) {
    match message {
        MidiMessage::NoteOn { key, vel } => match (Key::new(key.as_int()), Velocity::new(vel.as_int())) {
            (Some(key), Some(velocity)) => open.press(tick, key, velocity),
            // Velocity 0 is a note off.
            _ => open.release(tick, usize::from(key.as_int())),
        },
        MidiMessage::NoteOff { key, .. } => open.release(tick, usize::from(key.as_int())),
        MidiMessage::Controller { controller, value } => open.control(tick, controller.as_int(), value.as_int()),
        MidiMessage::ProgramChange { program } => {
            open.player.program.get_or_insert(program.as_int());
        }
        _ => {}
    }
}

/// The nearest step of a tick that was found to lie within the song.
fn step(clock: &Clock, tick: u64) -> u32 {
    u32::try_from(clock.step(tick)).unwrap_or(u32::MAX)
}

/// A name: as UTF-8, else as Latin-1, which older programs wrote.
fn text(bytes: &[u8]) -> Option<String> {
    let name =
        std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().map(|&byte| char::from(byte)).collect(), str::to_owned);
    let name = name.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    (!name.is_empty()).then(|| name.to_owned())
}
