//! Chords as they are written.

use std::fmt;
use std::str::FromStr;

use super::{Chord, ChordSymbol, Quality};

/// The names of the roots, as the keys with fewer accidentals are written.
const NAMES: [&str; 12] = ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];

/// A word that names no chord.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownChord {
    /// There is no word.
    #[error("a chord is missing: write one as C, Am7, F#sus4 or C/E, or N.C. for none")]
    Empty,
    /// It begins with no note's name.
    #[error("a chord begins with a note, A to G, as in Am7, F# or Bb; without any, write N.C.")]
    Root,
    /// What follows the root names no chord.
    #[error("no chord is written so after its root; some that are: m, 7, maj7, m7b5, dim7, sus4, 6, add9, 13, 7b9")]
    Kind,
    /// What follows the stroke is no note.
    #[error("after the stroke stands the bass note, as in C/E or Am7/G")]
    Bass,
}

/// A note's name at the beginning of the text, as a pitch class, and what follows it.
fn note(text: &str) -> Option<(u8, &str)> {
    let letter = text.chars().next()?.to_ascii_uppercase();
    let natural = [('C', 0), ('D', 2), ('E', 4), ('F', 5), ('G', 7), ('A', 9), ('B', 11)];
    let mut class = natural.iter().find(|&&(name, _)| name == letter)?.1;
    let mut rest = &text[1..];
    loop {
        if let Some(after) = rest.strip_prefix(['#', '♯']) {
            (class, rest) = ((class + 1) % 12, after);
        } else if let Some(after) = rest.strip_prefix(['b', '♭']) {
            (class, rest) = ((class + 11) % 12, after);
        } else if let Some(after) = rest.strip_prefix('♮') {
            rest = after;
        } else {
            return Some((class, rest));
        }
    }
}

impl FromStr for Chord {
    type Err = UnknownChord;

    /// `Cmaj7`, `CΔ`, `CM7`, `C-7`, `Cm7b5`, `Cø`, `F♯sus4`, `Bb13`, `C7(b9)`, `C/E`. The root's letter may be small; that
    /// says nothing of the chord.
    fn from_str(text: &str) -> Result<Self, UnknownChord> {
        let text = text.trim();
        if text.is_empty() {
            return Err(UnknownChord::Empty);
        }
        let (root, rest) = note(text).ok_or(UnknownChord::Root)?;
        // `6/9` has a stroke of its own.
        let (kind, bass) = match rest.rsplit_once(['/', '\\']) {
            Some((kind, bass)) if !(kind.ends_with('6') && bass.starts_with('9')) => (kind, Some(bass)),
            _ => (rest, None),
        };
        let quality = Quality::read(kind).ok_or(UnknownChord::Kind)?;
        let bass = match bass.map(|bass| note(bass.trim())) {
            None => root,
            Some(Some((bass, ""))) => bass,
            Some(_) => return Err(UnknownChord::Bass),
        };
        Ok(Self { root, quality, bass })
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |class: u8| NAMES[usize::from(class % 12)];
        write!(f, "{}{}", name(self.root), self.quality.suffix())?;
        if self.bass == self.root { Ok(()) } else { write!(f, "/{}", name(self.bass)) }
    }
}

impl FromStr for ChordSymbol {
    type Err = UnknownChord;

    /// As [`Chord`]; and `N.C.`, `NC`, `N.C`, `n.c.` for none.
    fn from_str(text: &str) -> Result<Self, UnknownChord> {
        let letters: String = text.trim().chars().filter(|&letter| letter != '.').collect();
        if letters.eq_ignore_ascii_case("nc") { Ok(Self::None) } else { text.parse().map(Self::Chord) }
    }
}

impl fmt::Display for ChordSymbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("N.C."),
            Self::Chord(chord) => chord.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(spellings: &[&str], printed: &str) {
        for text in spellings {
            let read = text.parse::<ChordSymbol>().map(|symbol| symbol.to_string());
            assert_eq!(read.as_deref(), Ok(printed), "{text}");
        }
    }

    #[test]
    fn the_spellings_in_use_are_read_and_one_is_printed() {
        check(&["C", "c", "CM", "Cmaj", "CMaj", "Cma", "Cmajor", "C♮", " C "], "C");
        check(&["Cm", "C-", "Cmin", "Cmi", "CMIN", "Cminor", "C−", "cm"], "Cm");
        check(
            &["Cmaj7", "CΔ", "CM7", "CΔ7", "C△7", "CMaj7", "CMAJ7", "Cma7", "Cj7", "C7M", "Cmajor7", "C^maj7"],
            "Cmaj7",
        );
        check(&["Cm7", "C-7", "Cmin7", "Cmi7", "CMIN7", "C−7"], "Cm7");
        check(&["Cm7b5", "Cø", "Cø7", "CØ", "C-7b5", "Cm7♭5", "Cm7(b5)", "Cmin7b5", "Cm7-5"], "Cm7b5");
        check(&["Cdim", "C°", "Co", "Cº", "CDIM", "Cmb5"], "Cdim");
        check(&["Cdim7", "C°7", "Co7"], "Cdim7");
        check(&["Caug", "C+", "C#5", "C+5"].map(|text| if text == "C#5" { "C(#5)" } else { text }), "Caug");
        check(&["F#sus4", "F♯sus", "Gbsus4", "G♭sus4", "F#4"], "F#sus4");
        check(&["Csus2"], "Csus2");
        check(&["C5", "Cno3", "C(no3)", "Comit3"], "C5");
        check(&["C6", "CM6", "Cmaj6"], "C6");
        check(&["Cm6", "C-6", "Cmin6"], "Cm6");
        check(&["C7", "Cdom7"], "C7");
        check(&["CmMaj7", "CmM7", "C-Δ", "C-Δ7", "Cm(maj7)", "CminMaj7", "Cm#7", "C-maj7"], "CmMaj7");
        check(&["C9"], "C9");
        check(&["Cmaj9", "CM9", "CΔ9"], "Cmaj9");
        check(&["Cm9", "C-9", "Cmin9"], "Cm9");
        check(&["Cadd9", "C(add9)", "Cadd2", "C2"], "Cadd9");
        check(&["C11", "C9add11"], "C11");
        check(&["Bb13", "B♭13", "A#13", "bb13"], "Bb13");
        check(&["C7b9", "C7♭9", "C7(b9)", "C7-9"], "C7b9");
        check(&["C7#9", "C7♯9", "C7(#9)", "C7+9"], "C7#9");
        check(&["C7sus4", "C7sus", "Csus7", "C7sus(4)"], "C7sus4");
        check(&["C7#5", "C+7", "Caug7", "C7+5", "Calt", "C7alt"], "C7#5");
        check(&["C6/9", "C69", "C6add9"], "C6/9");
        check(&["C/E", "C/e", "C\\E", "c/E"], "C/E");
        check(&["C6/9/E"], "C6/9/E");
        check(&["F#m7/C♯", "Gbm7/Db"], "F#m7/Db");
        check(&["C/C"], "C");
        check(&["N.C.", "NC", "N.C", "nc", "n.c."], "N.C.");
        check(&["B"], "B");
        check(&["b"], "B");
        check(&["Cb"], "B");
        check(&["Ebb"], "D");
    }

    #[test]
    fn every_chord_comes_back_from_what_is_printed() {
        for root in 0..12 {
            for quality in Quality::ALL {
                for bass in 0..12 {
                    let chord = Chord { root, quality, bass };
                    assert_eq!(chord.to_string().parse(), Ok(chord), "{chord}");
                }
            }
        }
        assert_eq!(ChordSymbol::None.to_string().parse(), Ok(ChordSymbol::None));
    }

    #[test]
    fn what_names_no_chord_is_refused_by_its_fault() {
        let fault = |text: &str| text.parse::<ChordSymbol>().expect_err(text);
        for (text, expected) in [
            ("", UnknownChord::Empty),
            ("H7", UnknownChord::Root),
            ("7", UnknownChord::Root),
            ("Ünder", UnknownChord::Root),
            ("Cfoo", UnknownChord::Kind),
            ("C8", UnknownChord::Kind),
            ("Cmaj7zz", UnknownChord::Kind),
            ("Cadd", UnknownChord::Kind),
            ("C/", UnknownChord::Bass),
            ("C/H", UnknownChord::Bass),
            ("C/Em", UnknownChord::Bass),
        ] {
            assert_eq!(fault(text), expected, "{text}");
        }
    }
}
