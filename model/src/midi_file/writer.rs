//! A Standard MIDI File while it is made: of songs (`write`), and of takes in the plugin.

use midly::num::{u4, u7, u15, u24, u28};
use midly::{Format, Header, MetaMessage, MidiMessage, Smf, Timing, TrackEvent, TrackEventKind};

use super::said::Said;
use crate::music::meter::TimeSignature;
use crate::music::note::{Channel, Key, Velocity};

/// The longest time between two events of a track, in ticks: delta times have 28 bits. Required by the file format.
const LONGEST_DELTA: u32 = (1 << 28) - 1;

/// The order at one tick: what ends, then what changes, then what begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    Off,
    Set,
    On,
}

/// A tick, and what happens there.
type Timed<'a> = (u32, Turn, TrackEventKind<'a>);

/// A file of format 1: a track with tempo and meter, then the tracks of the players. All are of one length. Events at one
/// tick keep the order in which they were given, but notes end before others begin.
///
/// # Units
/// Places are ticks since the beginning. Over a silence that is longer than a file can say at once (2²⁸ − 1 ticks), empty
/// texts lead.
///
/// # Examples
/// ```
/// use model::midi_file::{MidiWriter, Song, TickNote};
/// use model::{Channel, Key, TimeSignature, Velocity};
///
/// let mut file = MidiWriter::new(480, 4 * 480);
/// file.tempo(0, 500_000);
/// file.meter(0, TimeSignature::FOUR_FOUR);
/// let channel = Channel::new(2).unwrap();
/// let note = TickNote { on: 0, off: 480, channel, key: Key::MIDDLE_C, velocity: Velocity::DEFAULT };
/// file.track("Bass", Some((channel, 33)), [note]);
/// assert_eq!(Song::parse(&file.into_bytes()).unwrap().tracks[0].program, 33);
/// ```
#[derive(Debug)]
pub struct MidiWriter<'a> {
    quarter: u16,
    end: u32,
    conducting: Vec<Timed<'a>>,
    tracks: Vec<Vec<Timed<'a>>>,
}

/// A note between two ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TickNote {
    /// Where it is struck.
    pub on: u32,
    /// Where it is released.
    pub off: u32,
    /// On which channel.
    pub channel: Channel,
    /// Which key.
    pub key: Key,
    /// How hard.
    pub velocity: Velocity,
}

impl<'a> MidiWriter<'a> {
    /// An empty file with so many ticks a quarter note (at most 2¹⁵ − 1), whose tracks end here, or with their last event.
    #[must_use]
    pub const fn new(quarter: u16, end: u32) -> Self {
        Self { quarter, end, conducting: Vec::new(), tracks: Vec::new() }
    }

    /// From here on a quarter note lasts so many microseconds: 1 to 2²⁴ − 1, or the nearest of these.
    pub fn tempo(&mut self, tick: u32, micros: u32) {
        let message = MetaMessage::Tempo(u24::new(micros.clamp(1, (1 << 24) - 1)));
        self.conducting.push((tick, Turn::Set, TrackEventKind::Meta(message)));
    }

    /// From here on the meter is this.
    pub fn meter(&mut self, tick: u32, meter: TimeSignature) {
        let power = u8::try_from(meter.denominator().trailing_zeros()).unwrap_or(2);
        // 24 MIDI clocks a metronome click, 8 thirty-seconds a quarter: what everybody writes.
        let message = MetaMessage::TimeSignature(meter.numerator(), power, 24, 8);
        self.conducting.push((tick, Turn::Set, TrackEventKind::Meta(message)));
    }

    /// A player's track: its name, its General MIDI program (the nearest of 0…127) on a channel, its notes in any order.
    pub fn track(
        &mut self,
        name: &'a (impl AsRef<[u8]> + ?Sized),
        program: Option<(Channel, u8)>,
        notes: impl IntoIterator<Item = TickNote>,
    ) {
        let midi = |channel: Channel, message| TrackEventKind::Midi { channel: u4::new(channel.get()), message };
        let mut events = vec![(0, Turn::Off, TrackEventKind::Meta(MetaMessage::TrackName(name.as_ref())))];
        if let Some((channel, program)) = program {
            let message = MidiMessage::ProgramChange { program: u7::new(program.min(127)) };
            events.push((0, Turn::Off, midi(channel, message)));
        }
        for TickNote { on, off, channel, key, velocity } in notes {
            let key = u7::new(key.get());
            let strike = MidiMessage::NoteOn { key, vel: u7::new(velocity.get()) };
            events.push((on, Turn::On, midi(channel, strike)));
            let release = MidiMessage::NoteOff { key, vel: u7::new(64) };
            events.push((off, Turn::Off, midi(channel, release)));
        }
        self.tracks.push(events);
    }

    /// Adds a channel's messages to the last track, as they are.
    pub fn messages(&mut self, channel: Channel, messages: impl IntoIterator<Item = (u32, MidiMessage)>) {
        let Some(events) = self.tracks.last_mut() else { return };
        for (tick, message) in messages {
            let turn = match message {
                MidiMessage::NoteOn { vel, .. } if vel > 0 => Turn::On,
                MidiMessage::NoteOn { .. } | MidiMessage::NoteOff { .. } => Turn::Off,
                _ => Turn::Set,
            };
            events.push((tick, turn, TrackEventKind::Midi { channel: u4::new(channel.get()), message }));
        }
    }

    /// Adds to the last track what is said there.
    pub(super) fn said(&mut self, said: impl Iterator<Item = (u32, &'a Said)>) {
        let Some(events) = self.tracks.last_mut() else { return };
        events.extend(said.map(|(tick, said)| (tick, Turn::Set, said.written())));
    }

    /// Adds to the track with tempo and meter what is said there.
    pub(super) fn conduct(&mut self, said: impl Iterator<Item = (u32, &'a Said)>) {
        self.conducting.extend(said.map(|(tick, said)| (tick, Turn::Set, said.written())));
    }

    /// The file.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        let mut smf = Smf::new(Header::new(Format::Parallel, Timing::Metrical(u15::new(self.quarter.min(0x7fff)))));
        let tracks = std::iter::once(self.conducting).chain(self.tracks);
        smf.tracks = tracks.map(|events| in_order(events, self.end)).collect();
        let mut bytes = Vec::new();
        // PANIC: a vector takes all bytes. A track of more than 4 GB, which MIDI does not allow, fits no memory that holds
        // it as events.
        smf.write_std(&mut bytes).expect("music fits a MIDI file");
        bytes
    }
}

/// Gives every event the time since the one before, and the track its end.
fn in_order(mut events: Vec<Timed<'_>>, end: u32) -> Vec<TrackEvent<'_>> {
    events.sort_by_key(|&(tick, turn, _)| (tick, turn));
    let end = events.last().map_or(end, |last| last.0.max(end));
    events.push((end, Turn::On, TrackEventKind::Meta(MetaMessage::EndOfTrack)));
    let mut last = 0;
    let mut timed = Vec::with_capacity(events.len());
    for (tick, _, kind) in events {
        while tick - last > LONGEST_DELTA {
            timed.push(TrackEvent {
                delta: u28::new(LONGEST_DELTA),
                kind: TrackEventKind::Meta(MetaMessage::Text(b"")),
            });
            last += LONGEST_DELTA;
        }
        timed.push(TrackEvent { delta: u28::new(tick - std::mem::replace(&mut last, tick)), kind });
    }
    timed
}
