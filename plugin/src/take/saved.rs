//! A take in the host's project: compact, versioned, the last measures that fit.
//!
//! A version byte; the voices; the measures, oldest first, each with its tempo changes and notes;
//! numbers in groups of seven bits, the lowest first. As text: base64 without padding, since a saved state is JSON.

use data_encoding::BASE64_NOPAD;

use super::pieces::{Bar, Note, Tempo, Track};
use super::record::{MOST_TRACKS, TAKE_MEASURES, TAKE_NOTES, TICKS, Take};

/// The format of a saved take. Required: it goes up when older versions can no longer read it.
const VERSION: u8 = 1;

/// The longest text. Chosen: about a thousand measures of a quiet band, a few hundred of a busy
/// one; hosts keep many copies of a project.
pub(super) const MOST_TEXT: usize = 256 << 10;

/// The longest name of a voice that is saved. Chosen.
const MOST_NAME: usize = 100;

impl Take {
    /// The take as text, of its last measures as many as fit; empty if there is none.
    #[must_use]
    pub fn to_text(&self) -> String {
        if self.is_empty() {
            return String::new();
        }
        let mut head = vec![VERSION];
        number(&mut head, self.tracks.len() as u64);
        for track in &self.tracks {
            let name: String = track.name.chars().take(MOST_NAME / 4).collect();
            number(&mut head, name.len() as u64);
            head.extend_from_slice(name.as_bytes());
            head.push(track.program.map_or(255, |program| program.min(127)));
        }
        // Three bytes are four letters; the count of measures takes two bytes.
        let room = MOST_TEXT / 4 * 3 - head.len() - 2;
        let (mut measures, mut size) = (Vec::new(), 0);
        for place in (0..self.bars.len()).rev() {
            let measure = self.measure_as_bytes(place);
            size += measure.len();
            if size > room {
                break;
            }
            measures.push(measure);
        }
        number(&mut head, measures.len() as u64);
        measures.iter().rev().for_each(|measure| head.extend_from_slice(measure));
        BASE64_NOPAD.encode(&head)
    }

    fn measure_as_bytes(&self, place: usize) -> Vec<u8> {
        let bar = &self.bars[place];
        let mut out = vec![bar.steps, bar.meter.0, bar.meter.1];
        number(&mut out, u64::from(bar.micros));
        let (tempos, notes): (Vec<_>, Vec<_>) = (self.tempos_of(place).collect(), self.notes_of(place).collect());
        number(&mut out, tempos.len() as u64);
        for (tick, micros) in tempos {
            number(&mut out, u64::from(tick));
            number(&mut out, u64::from(micros));
        }
        number(&mut out, notes.len() as u64);
        for note in notes {
            number(&mut out, u64::from(note.start));
            number(&mut out, u64::from(note.length));
            out.extend_from_slice(&[note.key, note.velocity, note.channel, note.track]);
        }
        out
    }

    /// The take that such a text holds; `None` if it is none.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        if text.len() > MOST_TEXT + 4 {
            return None;
        }
        let bytes = BASE64_NOPAD.decode(text.as_bytes()).ok()?;
        let mut reader = Reader(&bytes);
        if reader.byte()? != VERSION {
            return None;
        }
        let mut take = Self::default();
        take.tracks.clear();
        for _ in 0..reader.count(MOST_TRACKS)? {
            let length = reader.count(MOST_NAME)?;
            let name = std::str::from_utf8(reader.bytes(length)?).ok()?.to_owned();
            let program = reader.byte()?;
            take.tracks.push(Track { name, program: (program < 128).then_some(program) });
        }
        if take.tracks.is_empty() {
            return None;
        }
        for measure in 0..reader.count(TAKE_MEASURES)? as u64 {
            reader.measure(measure, &mut take)?;
        }
        take.line = take.bars.iter().map(|bar| u64::from(bar.steps) * u64::from(TICKS)).sum();
        reader.0.is_empty().then_some(take)
    }
}

fn number(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let seven = (value & 127) as u8;
        value >>= 7;
        out.push(if value > 0 { seven | 128 } else { seven });
        if value == 0 {
            return;
        }
    }
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    fn byte(&mut self) -> Option<u8> {
        self.bytes(1).map(|bytes| bytes[0])
    }

    /// A number of at most five groups.
    fn number(&mut self) -> Option<u32> {
        let mut value = 0_u64;
        for group in 0..5 {
            let byte = self.byte()?;
            value |= u64::from(byte & 127) << (7 * group);
            if byte < 128 {
                return u32::try_from(value).ok();
            }
        }
        None
    }

    /// A number of things, at most so many.
    fn count(&mut self, most: usize) -> Option<usize> {
        usize::try_from(self.number()?).ok().filter(|&count| count <= most)
    }

    fn measure(&mut self, number: u64, take: &mut Take) -> Option<()> {
        let steps = self.byte().filter(|steps| (1..=16).contains(steps))?;
        let meter = (self.byte()?, self.byte()?);
        let tempo = |micros: u32| (1..1 << 24).contains(&micros).then_some(micros);
        // A note may have begun on the bar line itself.
        let within = |tick: u32| u16::try_from(tick).ok().filter(|&tick| u32::from(tick) <= u32::from(steps) * TICKS);
        let micros = tempo(self.number()?)?;
        take.bars.push_back(Bar { steps, meter, micros, first: take.notes.len() as u64 });
        for _ in 0..self.count(TAKE_NOTES)? {
            let tick = within(self.number()?)?;
            take.tempos.push_back(Tempo { measure: number, tick, micros: tempo(self.number()?)? });
        }
        for _ in 0..self.count(TAKE_NOTES)? {
            let (start, length) = (within(self.number()?)?, self.number()?);
            let &[key, velocity, channel, track] = self.bytes(4)? else { return None };
            let fits =
                key < 128 && (1..128).contains(&velocity) && channel < 16 && usize::from(track) < take.tracks.len();
            if !fits {
                return None;
            }
            take.notes.push_back(Note { start, length: length.max(1), key, velocity, channel, track });
        }
        Some(())
    }
}
