//! A take as a Standard MIDI File: tempo and meter, and one track a voice.

use midly::num::{u4, u7, u15, u24, u28};
use midly::{Format, Header, MetaMessage, MidiMessage, Smf, Timing as FileTiming, TrackEvent, TrackEventKind};
use model::TimeSignature;

use super::parts::{Bar, Note};
use super::record::{TICKS, Take};

/// Ticks of a quarter note.
const QUARTER: u16 = 960;
const _: () = assert!(QUARTER as u32 == 4 * TICKS, "four steps");

/// How late a band's note may stand on a step, in ticks: full swing and full humanising together
/// are 128. Nearer to the next step, it is that one's.
const LATE: u64 = 144;

/// When the notes of a saved take sound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Timing {
    /// As they were played, to half a millisecond or so.
    #[default]
    Played,
    /// On the steps: the user's on the nearest, the band's on those that they were meant for.
    Quantised,
}

/// The order at one tick: what ends, then what changes, then what begins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    Off,
    Set,
    On,
}

type Timed<'a> = (u32, Turn, TrackEventKind<'a>);

impl Take {
    /// The last so many measures that are over (`None`: all), and what there is of the one under
    /// way, as a MIDI file of format 1. A measure that was cut off has a meter of its own.
    #[must_use]
    pub fn to_midi(&self, measures: Option<usize>, timing: Timing) -> Vec<u8> {
        let range = self.last(measures);
        let header = Header::new(Format::Parallel, FileTiming::Metrical(u15::new(QUARTER)));
        let mut smf = Smf::new(header);
        let lines: Vec<u32> = self
            .bars
            .range(range.clone())
            .scan(0, |line, bar| Some(std::mem::replace(line, *line + u32::from(bar.steps) * TICKS)))
            .collect();
        let end = self.bars.range(range.clone()).map(|bar| u32::from(bar.steps) * TICKS).sum();
        smf.tracks.push(in_order(self.conducting(range.start, &lines), end));
        for (number, track) in self.tracks.iter().enumerate() {
            let number = u8::try_from(number).unwrap_or(u8::MAX);
            let notes = lines.iter().enumerate().flat_map(|(place, &line)| {
                let its = self.notes_of(range.start + place).filter(move |note| note.track == number);
                its.map(move |note| (line, note))
            });
            let sounds = sounding(notes, timing);
            if sounds.is_empty() {
                continue;
            }
            let mut events = vec![(0, Turn::Off, TrackEventKind::Meta(MetaMessage::TrackName(track.name.as_bytes())))];
            if let Some(program) = track.program {
                let message = MidiMessage::ProgramChange { program: u7::new(program.min(127)) };
                events.push((0, Turn::Off, TrackEventKind::Midi { channel: u4::new(sounds[0].channel), message }));
            }
            for Sound { on, off, channel, key, velocity } in sounds {
                let (channel, key) = (u4::new(channel), u7::new(key));
                let strike = MidiMessage::NoteOn { key, vel: u7::new(velocity) };
                events.push((on, Turn::On, TrackEventKind::Midi { channel, message: strike }));
                let release = MidiMessage::NoteOff { key, vel: u7::new(64) };
                events.push((off, Turn::Off, TrackEventKind::Midi { channel, message: release }));
            }
            smf.tracks.push(in_order(events, end));
        }
        let mut bytes = Vec::new();
        // PANIC: a vector takes all bytes, and takes are bounded far below MIDI's limits.
        smf.write_std(&mut bytes).expect("a take fits a MIDI file");
        bytes
    }

    /// Tempo and meter.
    fn conducting(&self, first: usize, lines: &[u32]) -> Vec<Timed<'static>> {
        let mut events = Vec::new();
        let (mut micros, mut meter) = (None, None);
        let mut set = |at: u32, to: u32, micros: &mut Option<u32>| {
            if *micros != Some(to) {
                *micros = Some(to);
                let message = MetaMessage::Tempo(u24::new(to.clamp(1, (1 << 24) - 1)));
                events.push((at, Turn::Set, TrackEventKind::Meta(message)));
            }
        };
        for (place, &line) in lines.iter().enumerate() {
            set(line, self.bars[first + place].micros, &mut micros);
            for (tick, to) in self.tempos_of(first + place) {
                set(line + u32::from(tick), to, &mut micros);
            }
        }
        for (place, &line) in lines.iter().enumerate() {
            let (numerator, denominator) = meter_of(&self.bars[first + place]);
            if meter != Some((numerator, denominator)) {
                meter = Some((numerator, denominator));
                let power = u8::try_from(denominator.trailing_zeros()).unwrap_or(2);
                // 24 MIDI clocks a metronome click, 8 thirty-seconds a quarter: what everybody writes.
                let message = MetaMessage::TimeSignature(numerator, power, 24, 8);
                events.push((line, Turn::Set, TrackEventKind::Meta(message)));
            }
        }
        events
    }
}

/// The host's meter where the measure has its length; else one that has it: 6 steps are 3/8.
fn meter_of(bar: &Bar) -> (u8, u8) {
    let (numerator, denominator) = bar.meter;
    let known = TimeSignature::new(numerator, denominator).and_then(TimeSignature::steps);
    match bar.steps {
        steps if known == Some(u16::from(steps)) => bar.meter,
        steps if steps % 4 == 0 => (steps / 4, 4),
        steps if steps % 2 == 0 => (steps / 2, 8),
        steps => (steps, 16),
    }
}

/// A note of the file.
struct Sound {
    on: u32,
    off: u32,
    channel: u8,
    key: u8,
    velocity: u8,
}

/// The notes, by onset, none of which begins before the same key's last has ended.
fn sounding(notes: impl Iterator<Item = (u32, Note)>, timing: Timing) -> Vec<Sound> {
    let place = |line: u32, note: &Note| {
        let on = u64::from(line) + u64::from(note.start);
        let off = on + u64::from(note.length.max(1));
        let (on, off) = match timing {
            Timing::Played => (on, off),
            Timing::Quantised => {
                let step = u64::from(TICKS);
                let early = if note.track == 0 { step / 2 } else { step - LATE };
                let nearest = |tick: u64| (tick + early) / step * step;
                (nearest(on), nearest(off).max(nearest(on) + step))
            }
        };
        let tick = |tick: u64| u32::try_from(tick).unwrap_or(u32::MAX >> 4).min(u32::MAX >> 4);
        (tick(on), tick(off))
    };
    let mut sounds: Vec<Sound> = notes
        .map(|(line, note)| {
            let (on, off) = place(line, &note);
            Sound {
                on,
                off,
                channel: note.channel.min(15),
                key: note.key.min(127),
                velocity: note.velocity.clamp(1, 127),
            }
        })
        .collect();
    sounds.sort_by_key(|sound| (sound.channel, sound.key, sound.on));
    // Quantised, two strokes of a key may stand at one place: one is enough.
    sounds.dedup_by(|next, last| {
        let same = (next.channel, next.key) == (last.channel, last.key);
        if same && next.on == last.on {
            last.off = last.off.max(next.off);
            last.velocity = last.velocity.max(next.velocity);
            return true;
        }
        if same {
            last.off = last.off.min(next.on);
        }
        false
    });
    sounds.sort_by_key(|sound| (sound.on, sound.channel, sound.key));
    sounds
}

/// Gives every event the time since the one before, and the track its end.
fn in_order(mut events: Vec<Timed<'_>>, end: u32) -> Vec<TrackEvent<'_>> {
    events.sort_by_key(|&(tick, turn, _)| (tick, turn));
    let end = events.last().map_or(end, |last| last.0.max(end));
    events.push((end, Turn::On, TrackEventKind::Meta(MetaMessage::EndOfTrack)));
    let mut last = 0;
    let event = |(tick, _, kind)| {
        let delta = u28::new(tick - std::mem::replace(&mut last, tick));
        TrackEvent { delta, kind }
    };
    events.into_iter().map(event).collect()
}
