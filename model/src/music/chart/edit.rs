//! Charts changed cell by cell, as they are typed.

use super::{Chart, MOST_CHART_MEASURES, sharing};
use crate::music::chord::ChordSymbol;

impl Chart {
    /// The chord with which one of the equal parts of a measure begins; `None`: it is left to the band, or there is no
    /// such measure.
    #[must_use]
    pub fn cell(&self, measure: usize, part: usize, parts: usize) -> Option<ChordSymbol> {
        let chords = self.measures.get(measure)?;
        chords.get(part * chords.len() / parts.max(1)).copied().flatten()
    }

    /// Writes a chord into one of the equal parts of a measure, in place of all that stood there; `None` leaves it to the
    /// band. A chart that is shorter grows; one whose end is left to the band altogether is cut there. A measure beyond
    /// those that a chart can have stays as it is.
    pub fn write(&mut self, measure: usize, part: usize, parts: usize, chord: Option<ChordSymbol>) {
        if measure >= MOST_CHART_MEASURES || parts == 0 || part >= parts {
            return;
        }
        if chord.is_none() && measure >= self.len() {
            return;
        }
        if measure >= self.len() {
            self.measures.resize(measure + 1, vec![None]);
        }
        let old = &self.measures[measure];
        let count = old.len() * parts / common(old.len(), parts);
        let mut cells: Vec<_> = (0..count).map(|at| old[at * old.len() / count]).collect();
        let each = count / parts;
        cells[part * each..(part + 1) * each].fill(chord);
        self.measures[measure] = sharing(cells);
        while chord.is_none() && self.measures.last().is_some_and(|chords| chords.iter().all(Option::is_none)) {
            self.measures.pop();
        }
        let length = self.len();
        self.sections.retain(|(start, _)| *start < length);
    }
}

/// The greatest number that divides both.
fn common(a: usize, b: usize) -> usize {
    if b == 0 { a } else { common(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(chart: &str, (measure, part): (usize, usize), chord: &str, expected: &str) {
        let mut chart: Chart = chart.parse().unwrap_or_default();
        chart.write(measure, part, 2, (chord != "?").then(|| chord.parse().expect("a chord")));
        assert_eq!(chart.to_string(), expected);
        assert!(chart.is_empty() || chart.to_string().parse() == Ok(chart), "it is read back");
    }

    #[test]
    fn half_a_measure_is_written_and_the_rest_stays() {
        check("| C | F |", (0, 1), "Am7", "| C Am7 | F |\n");
        check("| C Am | F |", (0, 1), "C", "| C | F |\n");
        check("| C D E F |", (0, 0), "G", "| G / E F |\n");
        check("| C D E |", (0, 1), "G", "| C / D G / / |\n");
        check("", (2, 0), "C", "| ? | % | C ? |\n");
    }

    #[test]
    fn what_is_left_to_the_band_at_the_end_is_no_part_of_the_chart() {
        check("| C | F |", (1, 0), "?", "| C | ? F |\n");
        check("| C | F ? |", (1, 0), "?", "| C |\n");
        check("| C |", (5, 0), "?", "| C |\n");
        let mut chart: Chart = "[A]\n| C |\n[B]\n| F |".parse().expect("a chart");
        chart.write(1, 0, 1, None);
        assert_eq!(chart.to_string(), "[A]\n| C |\n");
    }

    #[test]
    fn a_cell_has_the_chord_that_begins_it() {
        let chart: Chart = "| C D E F | G |".parse().expect("a chart");
        let at = |measure, part| chart.cell(measure, part, 2).map(|chord| chord.to_string());
        assert_eq!([at(0, 0), at(0, 1), at(1, 1), at(2, 0)].map(Option::unwrap_or_default), ["C", "E", "G", ""]);
    }
}
