//! What may stand before new music: notes in a line of text, and noise.

use crate::music::band::{Polyphony, Voice};
use crate::music::measure::{Measure, MonoStep};
use crate::music::note::{Key, Note};
use crate::random::Rng;

/// The most sixteenths that a line of text has. Chosen: 256 measures of 4/4.
pub const MOST_EVENTS: usize = 4096;

/// A text that is no melody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrimerError {
    /// An entry that says nothing.
    #[error(
        "`{0}` is no note: write a key (60 or C4), `_` (go on) or `r` (rest), each a sixteenth, or of so many sixteenths: C4*4"
    )]
    NoNote(String),
    /// Nothing but rests.
    #[error("there is no note in it")]
    NoNotes,
    /// It never ends.
    #[error("it has more than {MOST_EVENTS} sixteenths")]
    TooLong,
}

/// The events of a line of text, a sixteenth each.
///
/// Entries stand between spaces or commas: a key as a number or a name (60, C4, F#3, Bb2), `_` or −2 for what goes on, `r`
/// or −1 for a rest; `*n` after a key or rest makes it n sixteenths long. So the primers of Magenta ("[60, -2, 62, -2]")
/// and the symbols of the Melody LSTM ("60 _ 62 _") both are read.
///
/// # Errors
/// [`PrimerError`].
///
/// # Examples
/// ```
/// let events = model::play::tasks::primer::events("C4*2 _ r").unwrap();
/// assert_eq!(events.len(), 4);
/// ```
pub fn events(text: &str) -> Result<Vec<MonoStep>, PrimerError> {
    let mut out = Vec::new();
    let mut sounding = false;
    let entries = text.split(|c: char| c.is_whitespace() || ",[]".contains(c));
    for entry in entries.filter(|entry| !entry.is_empty()) {
        let unread = || PrimerError::NoNote(entry.into());
        let (what, length) = match entry.split_once('*') {
            Some((what, length)) => (what, length.parse().ok().filter(|&length| length > 0).ok_or_else(unread)?),
            None => (entry, 1),
        };
        let event = match what {
            "_" | "-2" => MonoStep::Continue,
            "r" | "R" | "-1" if sounding => MonoStep::Rest,
            "r" | "R" | "-1" => MonoStep::Continue,
            key => MonoStep::Note(self::key(key).ok_or_else(unread)?),
        };
        match event {
            MonoStep::Note(_) => sounding = true,
            MonoStep::Rest => sounding = false,
            MonoStep::Continue => {}
        }
        if length > MOST_EVENTS - out.len() {
            return Err(PrimerError::TooLong);
        }
        out.push(event);
        out.resize(out.len() + length - 1, MonoStep::Continue);
    }
    if out.iter().any(|event| matches!(event, MonoStep::Note(_))) { Ok(out) } else { Err(PrimerError::NoNotes) }
}

/// The key of this number or name: 60, C4, f#3, B♭2. C4 is the middle one.
#[must_use]
pub fn key(text: &str) -> Option<Key> {
    if let Ok(number) = text.parse() {
        return Key::new(number);
    }
    let mut rest = text.chars();
    let letter = rest.next()?.to_ascii_uppercase();
    let natural = [('C', 0), ('D', 2), ('E', 4), ('F', 5), ('G', 7), ('A', 9), ('B', 11)];
    let mut number = natural.iter().find(|&&(name, _)| name == letter)?.1;
    let mut octave = rest.as_str();
    if let Some(after) = octave.strip_prefix(['#', '♯']) {
        (number, octave) = (number + 1, after);
    } else if let Some(after) = octave.strip_prefix(['b', '♭']) {
        (number, octave) = (number - 1, after);
    }
    let octave: i32 = octave.parse().ok().filter(|octave| (-1..=9).contains(octave))?;
    u8::try_from(12 * (octave + 1) + number).ok().and_then(Key::new)
}

/// The kinds of noise from which published systems begin.
///
/// There it is put into the net as numbers; here it is music, so that every system can hear it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noise {
    /// At each step a key near the middle of the voice's range: a normal distribution, whose deviation is a quarter of it.
    Gaussian,
    /// At each step a key of the voice's range, any as likely.
    Uniform,
    /// At each step each key of the range starts or does not, one of them on average.
    Binary,
    /// At each step a choice among going on, resting and the keys, as likely as the softmax of normal numbers says.
    Softmax,
}

impl Noise {
    /// A measure of noise for a voice. A monophonic one plays the highest of the notes that start together.
    #[must_use]
    pub fn measure(self, voice: &Voice, steps: u8, rng: &mut Rng) -> Measure {
        let range = voice.range;
        let place = |place: usize| Key::clamped(i32::from(range.low.get()) + i32::try_from(place).unwrap_or(0));
        let mut out = Measure::silent(steps);
        // The step at which what goes on began.
        for step in 0..steps {
            match self {
                Self::Gaussian => out.push(Note::new(step, 1, place(gaussian(range.len(), rng)))),
                Self::Uniform => out.push(Note::new(step, 1, place(rng.below(range.len())))),
                Self::Binary => {
                    let starting: Vec<usize> = (0..range.len()).filter(|_| rng.below(range.len()) == 0).collect();
                    let kept = if voice.polyphony == Polyphony::Mono { 1 } else { starting.len() };
                    for &at in starting.iter().rev().take(kept) {
                        out.push(Note::new(step, 1, place(at)));
                    }
                    continue;
                }
                Self::Softmax => {
                    let weights: Vec<f32> = (0..range.len() + 2).map(|_| (2.0 * rng.normal()).exp()).collect();
                    match rng.weighted(&weights) {
                        Some(at) if at < range.len() => out.push(Note::new(step, 1, place(at))),
                        Some(at) if at == range.len() => {
                            out = held(&out, step);
                            continue;
                        }
                        _ => continue,
                    }
                }
            };
        }
        out
    }
}

/// The measure with what sounded just before this step going on through it.
fn held(measure: &Measure, step: u8) -> Measure {
    let longer = |note: &Note| if note.end() == step { Note { length: note.length + 1, ..*note } } else { *note };
    Measure::from_notes(measure.steps(), measure.notes().iter().map(longer))
}

/// A place of so many around the middle one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "clamped to the places, of which there are at most 128"
)]
fn gaussian(places: usize, rng: &mut Rng) -> usize {
    let wide = places as f32;
    (wide / 2.0 + rng.normal() * wide / 4.0).floor().clamp(0.0, wide - 1.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::band::BandSpec;
    use MonoStep::{Continue, Rest};

    fn note(number: i32) -> MonoStep {
        MonoStep::Note(Key::clamped(number))
    }

    #[test]
    fn keys_have_numbers_and_names() {
        let check = |text: &str, expected: Option<u8>| assert_eq!(key(text).map(Key::get), expected, "{text}");
        check("60", Some(60));
        check("C4", Some(60));
        check("f#3", Some(54));
        check("Bb2", Some(46));
        check("B2", Some(47));
        check("Cb4", Some(59));
        check("C-1", Some(0));
        check("G9", Some(127));
        for wrong in ["G#9", "128", "-3", "H4", "C", "C4x", ""] {
            check(wrong, None);
        }
    }

    #[test]
    fn lines_of_magenta_and_of_symbols_are_read() {
        let expected = [note(60), Continue, note(62), Rest, Continue];
        for line in ["[60, -2, 62, -1, -2]", "60 _ 62 r _", "C4*2 D4 r*2", "C4*2,D4,r,r"] {
            assert_eq!(events(line).as_deref(), Ok(&expected[..]), "{line}");
        }
        assert_eq!(events("60 x"), Err(PrimerError::NoNote("x".into())));
        assert_eq!(events("60*0"), Err(PrimerError::NoNote("60*0".into())));
        assert_eq!(events("r _ _"), Err(PrimerError::NoNotes));
        assert_eq!(events(""), Err(PrimerError::NoNotes));
        assert_eq!(events("60*9999999"), Err(PrimerError::TooLong));
    }

    #[test]
    fn noise_stays_in_the_voices_range_and_its_kinds_differ() {
        let spec = BandSpec::pop();
        let mut found = Vec::new();
        for kind in [Noise::Gaussian, Noise::Uniform, Noise::Binary, Noise::Softmax] {
            for voice in &spec.voices {
                let mut rng = Rng::new(5);
                let measures: Vec<Measure> = (0..50).map(|_| kind.measure(voice, 16, &mut rng)).collect();
                let notes: Vec<Note> = measures.iter().flat_map(|measure| measure.notes().iter().copied()).collect();
                assert!(notes.iter().all(|note| voice.range.contains(note.key)), "{kind:?}");
                assert!(notes.len() > 400, "{kind:?}: {} notes", notes.len());
                if voice.polyphony == Polyphony::Mono {
                    let together =
                        |measure: &Measure| measure.notes().windows(2).any(|pair| pair[0].end() > pair[1].step.0);
                    assert!(!measures.iter().any(together), "{kind:?}: one note at once");
                }
                found.push(measures);
            }
        }
        assert!((1..4).all(|kind| found[4 * kind] != found[0]));
    }
}
