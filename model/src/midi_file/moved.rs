//! A performance in another song's time.

use std::ops::Range;

use midly::MidiMessage;
use midly::num::u7;

use super::layout::LongNote;
use super::performance::{Performance, PlayedNote};
use super::said::{Aside, Said};
use super::song::Song;
use super::stretch::Stretch;

/// The sustain pedal's controller, and from which value on it is down. Required by the standard.
const PEDAL: u8 = 64;

/// Measures that stand elsewhere now.
struct Window {
    /// Where they stood: steps and ticks.
    steps: Range<u32>,
    ticks: Range<u64>,
    /// Where they begin now, in ticks.
    at: u64,
}

impl Window {
    /// The new place of a tick, at the earliest where the measures begin and at the latest where they end.
    fn place(&self, tick: u64) -> u64 {
        self.at + tick.clamp(self.ticks.start, self.ticks.end) - self.ticks.start
    }
}

/// The measures of the old song in a new one's time.
fn windows(from: &Song, to: &Song, stretches: &[Stretch]) -> Vec<Window> {
    let mut out = Vec::new();
    let mut measure = 0;
    for stretch in stretches.iter().filter(|stretch| !stretch.is_empty()) {
        if let Stretch::Same(old) = stretch
            && let (Some(first), Some(last)) = (from.spans().get(old.start), from.spans().get(old.end - 1))
        {
            let ticks = from.begin(old.start)..from.begin(old.end);
            out.push(Window { steps: first.start..last.end(), ticks, at: to.begin(measure) });
        }
        measure += stretch.len();
    }
    out
}

/// What is said in the measures that stand elsewhere now. What is said behind the music stays behind it.
fn said_in(said: &[(u64, Said)], windows: &[Window], end: u64) -> Vec<(u64, Said)> {
    let place = |tick: u64| {
        let there = windows.iter().find(|window| window.ticks.contains(&tick));
        there.or_else(|| windows.last().filter(|last| tick >= end && last.ticks.end == end))
    };
    let moved = |(tick, said): &(u64, Said)| place(*tick).map(|window| (window.place(*tick), said.clone()));
    said.iter().filter_map(moved).collect()
}

impl Aside {
    /// What is said in the measures of a song, where these stand in another song's time: see [`Performance::moved`].
    /// `None`: nothing.
    #[must_use]
    pub fn moved(&self, from: &Song, to: &Song, stretches: &[Stretch]) -> Option<Self> {
        let said = said_in(&self.said, &windows(from, to, stretches), from.begin(from.len()));
        (!said.is_empty()).then(|| Self { name: self.name.clone(), said })
    }
}

impl Performance {
    /// What is played in the measures of a song, where these stand in another song's time
    /// ([`Song::arranged`] of the same stretches). Notes and pedals end where their stretch does.
    #[must_use]
    pub fn moved(&self, from: &Song, to: &Song, stretches: &[Stretch]) -> Self {
        let windows = windows(from, to, stretches);
        // A stroke just before a bar line belongs to the measure behind it.
        let of_stroke = |tick: u64| windows.iter().position(|window| window.steps.contains(&from.step(tick)));
        let said = said_in(&self.said, &windows, from.begin(from.len()));
        let mut out = Self { resolution: self.resolution, said, ..Self::default() };
        for note in &self.notes {
            let Some(window) = of_stroke(note.on).map(|at| &windows[at]) else { continue };
            let on = window.place(note.on);
            out.notes.push(PlayedNote { on, off: window.place(note.off).max(on + 1), ..*note });
        }
        // The windows and places of the strokes of the keys that are down.
        let mut down: [Option<(usize, u64)>; 128] = [None; 128];
        let mut pedals = Vec::new();
        for &(tick, message) in &self.messages {
            match message {
                MidiMessage::NoteOn { key, .. } => {
                    let Some(at) = of_stroke(tick) else { continue };
                    let on = windows[at].place(tick);
                    down[usize::from(key.as_int())] = Some((at, on));
                    out.messages.push((on, message));
                }
                MidiMessage::NoteOff { key, .. } => {
                    let Some((at, on)) = down[usize::from(key.as_int())].take() else { continue };
                    out.messages.push((windows[at].place(tick).max(on + 1), message));
                }
                _ => {
                    if let MidiMessage::Controller { controller, value } = message
                        && controller.as_int() == PEDAL
                    {
                        pedals.push((tick, value.as_int()));
                    }
                    let window = windows.iter().find(|window| window.ticks.contains(&tick));
                    out.messages.extend(window.map(|window| (window.place(tick), message)));
                }
            }
        }
        let pedal = |value: u8| MidiMessage::Controller { controller: u7::new(PEDAL), value: u7::new(value) };
        for window in &windows {
            let before = |tick: u64| pedals.iter().rfind(|pedal| pedal.0 < tick).map_or(0, |pedal| pedal.1);
            let (first, last) = (before(window.ticks.start), before(window.ticks.end));
            if first >= PEDAL {
                out.messages.push((window.at, pedal(first)));
            }
            if last >= PEDAL {
                out.messages.push((window.place(window.ticks.end), pedal(0)));
            }
        }
        out.put_in_order();
        out
    }

    /// Goes on with a line of a song from this step on. A note of it that begins before is the last one of its key here,
    /// which lasts longer then.
    pub fn go_on(&mut self, song: &Song, from: u32, line: &[LongNote]) {
        let begin = song.tick(from);
        for note in line.iter().filter(|note| note.end > from) {
            let (key, off) = (u7::new(note.key.get()), song.tick(note.end));
            if note.start >= from {
                let on = song.tick(note.start);
                self.notes.push(PlayedNote { on, off, key: note.key, velocity: note.velocity });
                self.messages.push((on, MidiMessage::NoteOn { key, vel: u7::new(note.velocity.get()) }));
                self.messages.push((off, MidiMessage::NoteOff { key, vel: u7::new(64) }));
                continue;
            }
            let is_end = |message: &MidiMessage| matches!(message, MidiMessage::NoteOff { key: k, .. } if *k == key);
            if let Some(end) = self.messages.iter_mut().rfind(|(tick, message)| *tick <= begin && is_end(message)) {
                end.0 = off;
            }
            if let Some(held) = self.notes.iter_mut().rfind(|held| held.key == note.key && held.on < begin) {
                held.off = off;
            }
        }
        self.put_in_order();
    }

    /// The same without what its tracks say beside their messages: for the second of two channels of one track.
    #[must_use]
    pub fn unsaid(mut self) -> Self {
        self.said.clear();
        self
    }

    /// The same without what is no key: for the second of two tracks of one channel.
    #[must_use]
    pub fn keys_alone(mut self) -> Self {
        self.messages
            .retain(|(_, message)| matches!(message, MidiMessage::NoteOn { .. } | MidiMessage::NoteOff { .. }));
        self
    }
}
