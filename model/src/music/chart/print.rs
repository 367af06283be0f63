//! Charts printed as they are read.

use std::fmt;

use super::Chart;
use crate::music::chord::ChordSymbol;

/// Measures in a printed line. Chosen: a phrase.
const ACROSS: usize = 4;

fn name(chord: Option<ChordSymbol>) -> String {
    chord.map_or_else(|| "?".to_owned(), |chord| chord.to_string())
}

impl fmt::Display for Chart {
    /// Four measures a line, each section on a line of its own; `%` where a measure is as the one before in its line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut across = 0;
        let mut before: Option<&Vec<Option<ChordSymbol>>> = None;
        let mut sections = self.sections.iter().peekable();
        for (at, chords) in self.measures.iter().enumerate() {
            let mut titled = false;
            while let Some((_, name)) = sections.next_if(|(start, _)| *start <= at) {
                if across > 0 && !titled {
                    writeln!(f)?;
                }
                (across, titled) = (0, true);
                writeln!(f, "[{name}]")?;
            }
            if across == 0 {
                f.write_str("|")?;
                before = None;
            }
            if before == Some(chords) {
                f.write_str(" % |")?;
            } else {
                let mut last = None;
                for &chord in chords {
                    let goes_on = last == Some(chord);
                    write!(f, " {}", if goes_on { "/".to_owned() } else { name(chord) })?;
                    last = Some(chord);
                }
                f.write_str(" |")?;
            }
            before = Some(chords);
            across += 1;
            if across == ACROSS || at + 1 == self.len() {
                writeln!(f)?;
                across = 0;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_printed_shortly_and_read_back() {
        let check = |text: &str, printed: &str| {
            let chart: Chart = text.parse().expect("a chart");
            assert_eq!(chart.to_string(), printed);
            assert_eq!(printed.parse(), Ok(chart));
        };
        check("| C C Am Am | C C | F | F | G / / C | ? |", "| C Am | C | F | % |\n| G / / C | ? |\n");
        check("[A] |: CΔ | N.C. :| [B] | C-7/B♭ |", "[A]\n| Cmaj7 | N.C. | Cmaj7 | N.C. |\n[B]\n| Cm7/Bb |\n");
        check("|: C :| x6", "| C | % | % | % |\n| C | % |\n");
    }
}
