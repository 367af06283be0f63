//! What `bandplayer eval` is told, and the table that it prints.

use std::path::PathBuf;

use anyhow::Result;
use model::systems::band_file::Band;
use model::train::Piece;
use model::train::exam::{Repeat, Score, predict_true};
use model::{BandSpec, Style};

use crate::playing::say;

/// Predicts the measure after next of every piece from its true past, and compares with simple rules.
#[derive(Debug, clap::Args)]
pub(crate) struct EvalArgs {
    /// pop, chorale, harmony (the net that foretells chords), or the path of a band file.
    pub(super) band: String,
    /// A folder with the folders `train` (for the rules that count) and `valid` or `test`.
    #[arg(long)]
    pub(super) data: PathBuf,
    /// The pieces to predict.
    #[arg(long, default_value = "test")]
    pub(super) split: String,
    /// How many measures ahead: 2 (second-next) or 1 (next).
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=2))]
    pub(super) ahead: u8,
    /// The voice that the user plays, where chords are foretold [default: the band's first].
    #[arg(long)]
    pub(super) user: Option<String>,
    /// The net was trained to say how likely each note is without sampling (the option `blind`).
    #[arg(long)]
    pub(super) blind: bool,
    /// Samples over which the probability of a note is averaged.
    #[arg(long, default_value_t = 48)]
    pub(super) samples: usize,
    /// The same for the memory of the piece alone.
    #[arg(long, default_value_t = 0.275)]
    pub(super) memory_threshold: f32,
    /// The same for the net pooled with the memory.
    #[arg(long, default_value_t = 0.14)]
    pub(super) pooled_threshold: f32,
    /// How much the memory of the piece counts beside the net, 0 to 1; choose it on `valid`.
    #[arg(long, default_value_t = 0.2)]
    pub(super) memory: f32,
    /// Notes at least this likely are predicted; choose it on `valid`.
    #[arg(long, default_value_t = 0.13)]
    pub(super) threshold: f32,
}

/// What a row's figures come from: skill is measured from the best rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It copies or counts.
    Rule,
    /// It has learnt.
    Net,
}

/// One row of the table.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) score: Option<Score>,
    /// Nats per sixteenth and voice.
    pub(super) nll: Option<f64>,
}

impl Row {
    /// A rule's row, without figures yet.
    pub(super) fn rule(name: impl Into<String>) -> Self {
        Self { name: name.into(), kind: Kind::Rule, score: None, nll: None }
    }

    /// A net's row, without figures yet.
    pub(super) fn net(name: impl Into<String>) -> Self {
        Self { kind: Kind::Net, ..Self::rule(name) }
    }

    fn f1(&self) -> Option<f64> {
        self.score.map(|score| score.onset_f1)
    }

    fn accuracy(&self) -> Option<f64> {
        self.score.map(|score| score.accuracy)
    }

    /// A larger likelihood is better: the sign is turned, and perfect is 0.
    fn likelihood(&self) -> Option<f64> {
        self.nll.map(|nll| -nll)
    }
}

/// (figure − best rule) / (perfect − best rule), of a figure that is the better the larger it is; `None` where the row
/// lacks it, or no rule has it.
fn skill(rows: &[Row], row: &Row, perfect: f64, figure: impl Fn(&Row) -> Option<f64>) -> Option<f64> {
    let rules = rows.iter().filter(|row| row.kind == Kind::Rule);
    let best = rules.filter_map(&figure).reduce(f64::max)?;
    Some((figure(row)? - best) / (perfect - best))
}

/// Rules that copy an earlier measure.
pub(super) fn copies(spec: &BandSpec, pieces: &[Piece], ahead: u8) -> Result<Vec<Row>> {
    let rules = [
        ("copies the newest measure", Some(usize::from(ahead))),
        ("copies the measure 4 back", Some(4)),
        ("copies at the lag that repeats best", None),
    ];
    let row = |(name, lag): (&str, Option<usize>)| {
        let mut rule = Repeat { spec: spec.clone(), lag };
        let score = predict_true(&mut rule, pieces, ahead, Style::default(), spec.all())?;
        Ok(Row { score: Some(score), ..Row::rule(name) })
    };
    rules.into_iter().map(row).collect()
}

/// Prints the table, with each figure's skill beside it.
pub(super) fn print(rows: &[Row], args: &EvalArgs, band: &Band) {
    let skill = |row: &Row, perfect: f64, figure: fn(&Row) -> Option<f64>| {
        skill(rows, row, perfect, figure).map(|skill| format!("{skill:+.3}")).unwrap_or_default()
    };
    let shown = |value: Option<f64>| value.map(|value| format!("{value:.3}")).unwrap_or_default();
    let measures = rows.iter().find_map(|row| row.score).map_or(0, |score| score.measures);
    say(format_args!(
        "{} on {} `{}`, {} measures, {} ahead\n",
        band.spec().name,
        args.data.display(),
        args.split,
        measures,
        args.ahead
    ));
    say(format_args!("| | onset F1 | skill | accuracy | skill | nats per sixteenth and voice | skill |"));
    say(format_args!("|---|---|---|---|---|---|---|"));
    for row in rows {
        say(format_args!(
            "| {} | {} | {} | {} | {} | {} | {} |",
            row.name,
            shown(row.f1()),
            skill(row, 1.0, Row::f1),
            shown(row.accuracy()),
            skill(row, 1.0, Row::accuracy),
            shown(row.nll),
            skill(row, 0.0, Row::likelihood),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(row: Row, onset_f1: f64) -> Row {
        Row { score: Some(Score { onset_f1, ..Score::default() }), ..row }
    }

    /// The best rule has 0.2, whatever it is called: (0.6 − 0.2) / (1 − 0.2).
    #[test]
    fn skill_is_measured_from_the_best_rule_and_no_name_makes_a_net_a_rule() {
        let rows = [
            scored(Row::rule("copies"), 0.1),
            scored(Row::rule("biaxial copies, or RMVAE copies"), 0.2),
            scored(Row::net("a net by any other name"), 0.6),
            scored(Row::net("copies what it learnt"), 0.9),
        ];
        let of = |row: &Row| skill(&rows, row, 1.0, Row::f1).expect("a rule and a figure");
        assert!((of(&rows[2]) - 0.5).abs() < 1e-12);
        assert!(of(&rows[1]).abs() < 1e-12);
        assert!(of(&rows[0]) < 0.0);
    }

    /// A rule of 3 nats, a net of 2: a third of the way to perfection. Of another figure there is no rule, and no skill.
    #[test]
    fn fewer_nats_are_better_and_where_no_rule_has_a_figure_there_is_no_skill() {
        let rows =
            [Row { nll: Some(3.0), ..Row::rule("counts") }, Row { nll: Some(2.0), ..scored(Row::net("a net"), 0.5) }];
        let found = skill(&rows, &rows[1], 0.0, Row::likelihood).expect("a rule with nats");
        assert!((found - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(skill(&rows, &rows[1], 1.0, Row::f1), None);
        assert_eq!(skill(&rows, &Row::net("nothing known"), 0.0, Row::likelihood), None);
    }
}
