//! A take as a Standard MIDI File: tempo and meter, and one track a voice.

use model::midi_file::{MidiWriter, TickNote};
use model::{Channel, Key, TimeSignature, Velocity};

use super::pieces::{Bar, Note};
use super::record::{TICKS, Take};

/// Ticks of a quarter note. Chosen: four times a step of the take's.
const QUARTER: u16 = 960;
const _: () = assert!(QUARTER as u32 == 4 * TICKS, "four steps");

/// How late a band's note may stand on a step, in ticks: full swing and full humanising together are 128. Nearer to the
/// next step, it is that one's. Chosen.
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

impl Take {
    /// The last so many measures that are over (`None`: all), and what there is of the one under
    /// way, as a MIDI file of format 1. A measure that was cut off has a meter of its own.
    #[must_use]
    pub fn to_midi(&self, measures: Option<usize>, timing: Timing) -> Vec<u8> {
        self.write(measures, timing, |_, channel, key| (channel, key))
    }

    /// The same, in which each track is on a channel and on keys that `place` says, of its number and of those on which it
    /// was played.
    pub(super) fn write(
        &self,
        measures: Option<usize>,
        timing: Timing,
        place: impl Fn(usize, Channel, Key) -> (Channel, Key),
    ) -> Vec<u8> {
        let range = self.last(measures);
        let lines: Vec<u32> = self
            .bars
            .range(range.clone())
            .scan(0, |line, bar| Some(std::mem::replace(line, *line + u32::from(bar.steps) * TICKS)))
            .collect();
        let end = self.bars.range(range.clone()).map(|bar| u32::from(bar.steps) * TICKS).sum();
        let mut file = MidiWriter::new(QUARTER, end);
        self.conduct(&mut file, range.start, &lines);
        for (index, track) in self.tracks.iter().enumerate() {
            let number = u8::try_from(index).unwrap_or(u8::MAX);
            let notes = lines.iter().enumerate().flat_map(|(place, &line)| {
                let its = self.notes_of(range.start + place).filter(move |note| note.track == number);
                its.map(move |note| (line, note))
            });
            let mut notes = sounding(notes, timing);
            for note in &mut notes {
                (note.channel, note.key) = place(index, note.channel, note.key);
            }
            let Some(first) = notes.first() else { continue };
            let program = track.program.map(|program| (first.channel, program));
            file.track(&track.name, program, notes);
        }
        file.into_bytes()
    }

    /// Tempo and meter, where they change.
    fn conduct(&self, file: &mut MidiWriter<'_>, first: usize, lines: &[u32]) {
        let mut last = None;
        let mut tempo = |tick: u32, micros: u32| {
            if last.replace(micros) != Some(micros) {
                file.tempo(tick, micros);
            }
        };
        for (place, &line) in lines.iter().enumerate() {
            tempo(line, self.bars[first + place].micros);
            for (tick, micros) in self.tempos_of(first + place) {
                tempo(line + u32::from(tick), micros);
            }
        }
        let mut last = None;
        for (place, &line) in lines.iter().enumerate() {
            let meter = meter_of(&self.bars[first + place]);
            if last.replace(meter) != Some(meter) {
                file.meter(line, meter);
            }
        }
    }
}

/// The host's meter where the measure has its length; else one that has it: 6 steps are 3/8.
fn meter_of(bar: &Bar) -> TimeSignature {
    let (numerator, denominator) = bar.meter;
    let known = TimeSignature::new(numerator, denominator);
    let steps = bar.steps.max(1);
    known.filter(|meter| meter.steps() == Some(u16::from(steps))).unwrap_or_else(|| {
        let (numerator, denominator) = match steps {
            steps if steps % 4 == 0 => (steps / 4, 4),
            steps if steps % 2 == 0 => (steps / 2, 8),
            steps => (steps, 16),
        };
        // PANIC: at least one, and a power of two.
        TimeSignature::new(numerator, denominator).expect("a meter of whole steps")
    })
}

/// The notes, by onset, none of which begins before the same key's last has ended.
fn sounding(notes: impl Iterator<Item = (u32, Note)>, timing: Timing) -> Vec<TickNote> {
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
    let sound = |(line, note): (u32, Note)| {
        let (on, off) = place(line, &note);
        // What is recorded is in range, and so is what a saved take may hold.
        let (channel, key) = (Channel::new(note.channel)?, Key::new(note.key)?);
        Some(TickNote { on, off, channel, key, velocity: Velocity::new(note.velocity)? })
    };
    let mut sounds: Vec<TickNote> = notes.filter_map(sound).collect();
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
