//! A chart laid over a song: which of its measures is played in which bar, and how both are kept as text.

use std::fmt;
use std::str::FromStr;

use super::{Chart, ChartError, MOST_CHART_MEASURES, MeasureChords};
use crate::music::measure::MAX_STEPS;
use crate::music::meter::TimeSignature;

/// Where a measure lies among a host's bars. A bar longer than a measure can be is several measures, its parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BarPlace {
    /// The bar, from 0; the count-in before the song is negative.
    pub bar: i64,
    /// Where the measure begins in it, in steps.
    pub from: u16,
    /// How many steps the whole bar has.
    pub of: u16,
    /// How many steps one of its beats has ([`TimeSignature::beat`]).
    pub beat: u8,
}

impl BarPlace {
    /// A whole bar of at most 16 steps, in quarters.
    #[must_use]
    pub fn whole(bar: i64, steps: u8) -> Self {
        Self { bar, from: 0, of: steps.into(), beat: 4 }
    }

    /// A bar of this meter, or the part of it that begins at this step.
    #[must_use]
    pub fn new(bar: i64, from: u16, meter: TimeSignature) -> Self {
        Self { bar, from, of: meter.steps().unwrap_or(MAX_STEPS.into()), beat: meter.beat() }
    }
}

/// When a chart begins again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ChartLoop {
    /// At its end.
    #[default]
    AtItsEnd,
    /// After so many measures, from 1: what it has beyond them is not played, what it lacks is left to the band.
    After(u16),
    /// Never: it follows the song, and after its end the band plays on by itself.
    Never,
}

/// A chart over a song: its first measure is the song's first bar.
///
/// As text it is a line on its loop, and then the chart.
///
/// # Examples
/// ```
/// use model::music::chart::{BarPlace, LaidChart};
///
/// let laid: LaidChart = "loop 2\n| C | F | G |".parse().unwrap();
/// let at = |bar| laid.chords(BarPlace::whole(bar, 16), 16).at(0).map(|chord| chord.to_string());
/// assert_eq!([at(0), at(1), at(2)].map(Option::unwrap), ["C", "F", "C"]);
/// assert_eq!(at(-1), None);
/// assert_eq!(laid.to_string(), "loop 2\n| C | F | G |\n");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LaidChart {
    /// The chords.
    pub chart: Chart,
    /// When they begin again.
    pub repeats: ChartLoop,
}

impl LaidChart {
    /// The chart's measure that is played in a bar, from 0; `None`: the chart says nothing of it.
    #[must_use]
    pub fn measure_of(&self, bar: i64) -> Option<usize> {
        let bar = usize::try_from(bar).ok()?;
        let measure = match self.repeats {
            ChartLoop::AtItsEnd => bar.checked_rem(self.chart.len())?,
            ChartLoop::After(length) => bar % usize::from(length.max(1)),
            ChartLoop::Never => bar,
        };
        (measure < self.chart.len()).then_some(measure)
    }

    /// What is known of the chords of a measure of so many steps that lies there.
    #[must_use]
    pub fn chords(&self, place: BarPlace, steps: u8) -> MeasureChords {
        let mut chords = MeasureChords::NONE;
        let Some(measure) = self.measure_of(place.bar) else { return chords };
        for step in 0..steps.min(MAX_STEPS) {
            chords.set_from(step, self.chart.share(measure, place.from + u16::from(step), place.of));
        }
        chords
    }
}

impl fmt::Display for LaidChart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.repeats {
            ChartLoop::AtItsEnd => f.write_str("loop\n")?,
            ChartLoop::After(length) => writeln!(f, "loop {length}")?,
            ChartLoop::Never => f.write_str("once\n")?,
        }
        self.chart.fmt(f)
    }
}

/// Without a line on its loop a chart begins again at its end. Text of nothing is no chart.
impl FromStr for LaidChart {
    type Err = ChartError;

    fn from_str(text: &str) -> Result<Self, ChartError> {
        let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
        let length =
            |word: &str| word.parse().ok().filter(|&length| (1..=MOST_CHART_MEASURES).contains(&usize::from(length)));
        let words: Vec<&str> = first.split_whitespace().collect();
        let repeats = match words[..] {
            ["loop"] => Some(ChartLoop::AtItsEnd),
            ["once"] => Some(ChartLoop::Never),
            ["loop", word] => length(word).map(ChartLoop::After),
            _ => None,
        };
        let (repeats, text) = repeats.map_or((ChartLoop::default(), text), |repeats| (repeats, rest));
        let chart = if text.trim().is_empty() { Chart::default() } else { text.parse()? };
        Ok(Self { chart, repeats })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid(text: &str) -> LaidChart {
        text.parse().expect("a chart")
    }

    #[test]
    fn a_chart_is_over_begins_again_or_is_cut_short() {
        let check = |text: &str, expected: [Option<usize>; 6]| {
            let laid = laid(text);
            assert_eq!([-1, 0, 2, 3, 4, 7].map(|bar| laid.measure_of(bar)), expected, "{text}");
            assert_eq!(laid.to_string().parse(), Ok(laid));
        };
        check("| C | F | G |", [None, Some(0), Some(2), Some(0), Some(1), Some(1)]);
        check("once\n| C | F | G |", [None, Some(0), Some(2), None, None, None]);
        check("loop 2\n| C | F | G |", [None, Some(0), Some(0), Some(1), Some(0), Some(1)]);
        check("loop 4\n| C | F | G |", [None, Some(0), Some(2), None, Some(0), None]);
        check("", [None; 6]);
        check("loop 4\n", [None; 6]);
    }

    #[test]
    fn the_chords_of_a_long_bar_are_shared_by_its_parts() {
        // Five quarters are twelve steps and eight.
        let laid = laid("| C C F F G |");
        let part = |from, steps| laid.chords(BarPlace { from, of: 20, ..BarPlace::whole(0, 16) }, steps);
        let names = |chords: MeasureChords, at: &[u8]| -> Vec<String> {
            at.iter().map(|&step| chords.at(step).map_or_else(String::new, |chord| chord.to_string())).collect()
        };
        assert_eq!(names(part(0, 12), &[0, 7, 8, 11]), ["C", "C", "F", "F"]);
        assert_eq!(names(part(12, 8), &[0, 3, 4, 7]), ["F", "F", "G", "G"]);
    }

    #[test]
    fn a_wrong_loop_or_chord_is_named_with_its_line() {
        let error = "loop 2\n| C |\n| Hm |".parse::<LaidChart>().expect_err("no chord");
        assert_eq!((error.line, error.measure, error.word.as_str()), (2, 2, "Hm"));
        assert!("loop 0\n| C |".parse::<LaidChart>().is_err());
    }
}
