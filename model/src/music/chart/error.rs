//! What is wrong with a chart, and where.

use super::{MOST_CHART_MEASURES, MOST_CHORDS};
use crate::music::chord::UnknownChord;

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, measure {measure}, `{word}`: {problem}")]
pub struct ChartError {
    /// The line, from 1.
    pub line: usize,
    /// The measure as it is written, repeats not counted, from 1.
    pub measure: usize,
    /// The word, or the sign.
    pub word: String,
    /// What is wrong with it.
    pub problem: ChartProblem,
}

/// What can be wrong with a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChartProblem {
    /// A word names no chord.
    #[error(transparent)]
    Chord(#[from] UnknownChord),
    /// A word stands before the first bar line of its line.
    #[error("chords stand between bar lines, as in | C | Am7 F |; a section's name stands in brackets, as in [A]")]
    NoBar,
    /// Two bar lines have nothing between them.
    #[error(
        "this measure is empty: write a chord, % for the measure before once more, N.C. for none, ? for the band's own"
    )]
    EmptyMeasure,
    /// There is nothing to repeat.
    #[error("nothing stands before that could be repeated")]
    NothingBefore,
    /// A measure has more chords than steps.
    #[error("a measure has at most {MOST_CHORDS} chords, one each sixteenth")]
    TooManyChords,
    /// A repeat has a number that cannot be.
    #[error("a repeat is played 1 to 64 times, as in :| x3")]
    Times,
    /// A repeat begins within another.
    #[error("the repeat before it has not ended: end it with :|")]
    OpenRepeat,
    /// A section's name is not closed, or empty.
    #[error("a section's name stands in brackets in one line, as in [A]")]
    SectionName,
    /// A section has neither measures nor an earlier one of its name.
    #[error("this section has no measures, and none of this name stands before it")]
    EmptySection,
    /// The chart is too long.
    #[error("with its repeats written out the chart has more than {MOST_CHART_MEASURES} measures")]
    TooLong,
    /// There is no measure at all.
    #[error("there is no measure: write chords between bar lines, as in | C | Am7 F | G7 | % |")]
    NoMeasure,
}
