//! From the messages of all tracks to notes: which stroke ends which, and what pedals hold.

use std::collections::{BTreeMap, HashMap};

use midly::MidiMessage;

use super::MOST_SONG_NOTES;
use super::error::{Place, Problem};
use super::warning::{Oddity, Warnings};
use crate::music::note::{Channel, Key, Velocity};

/// A channel's message in a track.
#[derive(Clone, Copy)]
pub(super) struct Spoken {
    pub(super) track: usize,
    pub(super) channel: u8,
    pub(super) tick: u64,
    pub(super) message: MidiMessage,
}

/// One channel of one track.
pub(super) struct Player {
    pub(super) track: usize,
    pub(super) channel: Channel,
    /// Has the track no other?
    pub(super) alone: bool,
    pub(super) program: Option<u8>,
    pub(super) notes: Vec<RawNote>,
}

/// A note in ticks of the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct RawNote {
    pub(super) track: usize,
    pub(super) on: u64,
    /// Where it no longer sounds.
    pub(super) off: u64,
    /// Where its key is released; the pedal may hold it longer.
    pub(super) lift: u64,
    /// How fast.
    pub(super) release: u8,
    pub(super) key: Key,
    pub(super) velocity: Velocity,
}

/// How fast a key is released where the file does not say it. Required by the standard.
const RELEASE: u8 = 64;

/// A key of a player.
type At = (usize, u8, u8);

/// A note that has not ended yet.
#[derive(Clone, Copy)]
struct Open {
    note: usize,
    /// Is its key released, and the pedal alone holds it?
    held: bool,
}

/// All channels of all tracks, while they are read.
#[derive(Default)]
pub(super) struct Players {
    players: BTreeMap<(usize, u8), Player>,
    open: HashMap<At, Open>,
    pedals: [bool; 16],
    /// Per channel, the keys that only its pedal holds.
    held: [Vec<At>; 16],
    /// Per channel, its first program in any track.
    programs: [Option<u8>; 16],
    notes: usize,
    /// The last stroke or release.
    last: u64,
}

impl Players {
    pub(super) fn hear(&mut self, event: Spoken, warnings: &mut Warnings) -> Result<(), Problem> {
        let Spoken { track, channel, tick, message } = event;
        // PANIC: a channel has four bits.
        let own = Channel::new(channel).expect("a channel below 16");
        let player = self.players.entry((track, channel)).or_insert_with(|| Player {
            track,
            channel: own,
            alone: true,
            program: None,
            notes: Vec::new(),
        });
        match message {
            MidiMessage::NoteOn { key, vel } => {
                let at = (track, channel, key.as_int());
                match (Key::new(key.as_int()), Velocity::new(vel.as_int())) {
                    (Some(key), Some(velocity)) => {
                        self.notes += 1;
                        if self.notes > MOST_SONG_NOTES {
                            return Err(Problem::TooManyNotes { track, tick });
                        }
                        let note = player.notes.len();
                        player.notes.push(RawNote {
                            track,
                            on: tick,
                            off: tick,
                            lift: tick,
                            release: RELEASE,
                            key,
                            velocity,
                        });
                        if let Some(earlier) = self.open.insert(at, Open { note, held: false }) {
                            player.notes[earlier.note].off = tick;
                            if !earlier.held {
                                player.notes[earlier.note].lift = tick;
                            }
                            if !earlier.held && player.notes[earlier.note].on < tick {
                                warnings.add(Oddity::StruckAgain, Place::Track(track), None, Some(tick));
                            }
                        }
                        self.last = tick;
                    }
                    // Velocity 0 is a note off.
                    _ => self.release(at, tick, RELEASE),
                }
            }
            MidiMessage::NoteOff { key, vel } => self.release((track, channel, key.as_int()), tick, vel.as_int()),
            MidiMessage::Controller { controller, value } => {
                self.control((track, channel), tick, (controller.as_int(), value.as_int()));
            }
            MidiMessage::ProgramChange { program } => {
                player.program.get_or_insert(program.as_int());
                self.programs[usize::from(channel)].get_or_insert(program.as_int());
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, at: At, tick: u64) {
        if let Some(open) = self.open.remove(&at)
            && let Some(player) = self.players.get_mut(&(at.0, at.1))
        {
            let note = &mut player.notes[open.note];
            note.off = tick;
            if !open.held {
                note.lift = tick;
            }
            self.last = self.last.max(tick);
        }
    }

    /// A key is released, at this speed.
    fn release(&mut self, at: At, tick: u64, speed: u8) {
        let channel = usize::from(at.1);
        let Some(open) = self.open.get_mut(&at).filter(|open| !open.held) else { return };
        if let Some(player) = self.players.get_mut(&(at.0, at.1)) {
            let note = &mut player.notes[open.note];
            (note.lift, note.release) = (tick, speed);
        }
        if self.pedals[channel] {
            open.held = true;
            self.held[channel].push(at);
        } else {
            self.end(at, tick);
        }
    }

    fn pedal(&mut self, channel: u8, tick: u64, down: bool) {
        self.pedals[usize::from(channel)] = down;
        if !down {
            for at in std::mem::take(&mut self.held[usize::from(channel)]) {
                // A key that was struck again since is held by a finger.
                if self.open.get(&at).is_some_and(|open| open.held) {
                    self.end(at, tick);
                }
            }
        }
    }

    fn release_all(&mut self, (track, channel): (usize, u8), tick: u64) {
        for key in 0..128 {
            self.release((track, channel, key), tick, RELEASE);
        }
    }

    fn control(&mut self, player: (usize, u8), tick: u64, (controller, value): (u8, u8)) {
        match controller {
            64 => self.pedal(player.1, tick, value >= 64),
            // All sound off; reset all controllers; all notes off (the pedal still holds them).
            120 => {
                let down = self.pedals[usize::from(player.1)];
                self.release_all(player, tick);
                self.pedal(player.1, tick, false);
                self.pedals[usize::from(player.1)] = down;
            }
            121 => self.pedal(player.1, tick, false),
            123..=127 => self.release_all(player, tick),
            _ => {}
        }
    }

    /// Ends what sounds: with its track, if that does not go on for hours.
    pub(super) fn finish(&mut self, ends: &BTreeMap<usize, u64>, most: (u64, u64), warnings: &mut Warnings) {
        let last = self.last.saturating_add(most.0);
        let mut open: Vec<(At, Open)> = self.open.drain().collect();
        open.sort_unstable_by_key(|&(at, open)| (at, open.note));
        for (at, open) in open {
            let Some(player) = self.players.get_mut(&(at.0, at.1)) else { continue };
            let note = &mut player.notes[open.note];
            let end = ends.get(&at.0).copied().unwrap_or(note.on);
            note.off = end.min(last).max(note.on);
            // A key that a pedal held may have been released long after the music.
            note.lift = note.lift.min(note.off);
            if !open.held {
                note.lift = note.off;
                warnings.add(Oddity::NoNoteEnd, Place::Track(at.0), None, Some(note.on));
            }
        }
    }

    /// The players that have notes; of a track without any the first that has a program: a silent voice.
    pub(super) fn in_order(self) -> Vec<Player> {
        let programs = self.programs;
        let mut out: Vec<Player> = Vec::new();
        let mut players = self.players.into_values().peekable();
        while let Some(first) = players.next() {
            let track = first.track;
            let mut those = vec![first];
            while let Some(player) = players.next_if(|player| player.track == track) {
                those.push(player);
            }
            if those.iter().any(|player| !player.notes.is_empty()) {
                those.retain(|player| !player.notes.is_empty());
            } else {
                those.retain(|player| player.program.is_some());
                those.truncate(1);
            }
            let alone = those.len() == 1;
            out.extend(those.into_iter().map(|player| Player {
                alone,
                // A channel has one program, whatever track says it.
                program: player.program.or(programs[usize::from(player.channel.get())]),
                ..player
            }));
        }
        out
    }
}
