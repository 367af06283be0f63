//! One row of the comparison: a system or a rule, and all that was measured of it.

use model::metrics::JamMean;
use model::train::exam::Score;
use serde::Serialize;

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    /// The musicians themselves.
    People,
    /// A rule that needs no learning, or counts.
    Rule,
    /// A band from a file.
    Band,
}

/// What a likelihood is of: only figures of the same kind may be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Unit {
    /// Each sixteenth of each voice, two measures ahead.
    CellAhead,
    /// Each sixteenth of all voices together, given all before it.
    Sixteenth,
    /// Each event of one voice, given all before it.
    Event,
    /// Each note of one voice, given all notes before it.
    Note,
}

impl Unit {
    /// As the table names it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::CellAhead => "sixteenth and voice, ahead",
            Self::Sixteenth => "sixteenth, all voices",
            Self::Event => "event of the voice",
            Self::Note => "note of the voice",
        }
    }
}

/// A likelihood.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Likelihood {
    /// Nats for each unit.
    pub(super) nats: f64,
    /// Of what.
    pub(super) unit: Unit,
    /// The same nats shared out among the notes that start.
    pub(super) per_note: Option<f64>,
}

/// A row.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// Which voices are predicted.
    pub(super) voices: String,
    /// Which voice the user played in the jam.
    pub(super) user: String,
    pub(super) likelihood: Option<Likelihood>,
    #[serde(skip)]
    pub(super) score: Option<Score>,
    pub(super) jam: Option<JamMean>,
    /// Numbers in the net.
    pub(super) weights: Option<usize>,
    /// Bytes of the band file.
    pub(super) bytes: Option<usize>,
    /// Median and 99th percentile of a prediction, in milliseconds.
    pub(super) time: Option<[f64; 2]>,
}

impl Row {
    /// Nothing is measured yet.
    pub(super) fn new(name: impl Into<String>, kind: Kind) -> Self {
        Self {
            name: name.into(),
            kind,
            voices: String::new(),
            user: String::new(),
            likelihood: None,
            score: None,
            jam: None,
            weights: None,
            bytes: None,
            time: None,
        }
    }

    pub(super) fn f1(&self) -> Option<f64> {
        self.score.map(|score| score.onset_f1)
    }

    pub(super) fn accuracy(&self) -> Option<f64> {
        self.score.map(|score| score.accuracy)
    }
}

/// (figure − best rule) / (perfect − best rule), where the best rule is one of those that were asked for the same;
/// `None` without one. Larger figures are better, so nats are given as negative numbers.
pub(super) fn skill(rows: &[Row], row: &Row, perfect: f64, figure: impl Fn(&Row) -> Option<f64>) -> Option<f64> {
    let unit = |row: &Row| row.likelihood.map(|likelihood| likelihood.unit);
    let rules = rows.iter().filter(|rule| rule.kind == Kind::Rule && rule.voices == row.voices);
    let alike = rules.filter(|rule| unit(rule).is_none() || unit(row).is_none() || unit(rule) == unit(row));
    let best = alike.filter_map(&figure).reduce(f64::max)?;
    let value = figure(row)?;
    Some((value - best) / (perfect - best))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(kind: Kind, voices: &str, f1: f64) -> Row {
        let score = Some(Score { onset_f1: f1, ..Score::default() });
        Row { voices: voices.into(), score, ..Row::new("a row", kind) }
    }

    /// (0.6 − 0.2) / (1 − 0.2); the rule of another voice does not count.
    #[test]
    fn skill_is_what_is_left_of_the_way_from_the_best_rule_to_perfection() {
        let rows = [
            row(Kind::Rule, "all", 0.1),
            row(Kind::Rule, "all", 0.2),
            row(Kind::Rule, "Soprano", 0.9),
            row(Kind::Band, "all", 0.6),
        ];
        let of = |index: usize| skill(&rows, &rows[index], 1.0, Row::f1);
        assert!((of(3).expect("a rule") - 0.5).abs() < 1e-12);
        assert_eq!(of(1), Some(0.0));
        assert_eq!(skill(&rows, &row(Kind::Band, "Bass", 0.6), 1.0, Row::f1), None);
    }
}
