//! What `bandplayer eval` is told, and the table that it prints.

use std::path::{Path, PathBuf};

use anyhow::Result;
use model::systems::band_file::Band;
use model::train::Piece;
use model::train::exam::{Repeat, Score, predict_true};
use model::{BandSpec, Style};

use crate::bad_input::BadInput;
use crate::playing::say;

/// Predicts the measure after next of every piece from its true past, and compares with simple rules.
#[derive(Debug, clap::Args)]
pub(crate) struct EvalArgs {
    /// pop, chorale, harmony (the net that foretells chords), drummer, figures (whether their textures are told apart), or the
    /// path of a band file.
    pub(super) band: String,
    /// A folder with the folders `train` (for the rules that count) and `valid` or `test`.
    #[arg(long)]
    pub(super) data: PathBuf,
    /// The pieces to predict.
    #[arg(long, default_value = "test")]
    pub(super) split: String,
    /// How many measures ahead: 2 (second-next) or 1 (next) [default: 2].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=2))]
    ahead: Option<u8>,
    /// The voice that the user plays, where chords are foretold [default: the band's first].
    #[arg(long)]
    pub(super) user: Option<String>,
    /// The net was trained to say how likely each note is without sampling (the option `blind`).
    #[arg(long)]
    pub(super) blind: bool,
    /// Samples over which the probability of a note is averaged [default: 48].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    samples: Option<u16>,
    /// Notes at least this likely are predicted; choose it on `valid` [default: 0.13].
    #[arg(long, value_name = "SHARE", value_parser = share)]
    threshold: Option<f32>,
    /// The same for the memory of the piece alone [default: 0.275].
    #[arg(long, value_name = "SHARE", value_parser = share)]
    memory_threshold: Option<f32>,
    /// The same for the net pooled with the memory [default: 0.14].
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pooled_threshold: Option<f32>,
    /// How much the memory of the piece counts beside the net, 0 to 1; choose it on `valid` [default: 0.2].
    #[arg(long, value_name = "SHARE", value_parser = share)]
    memory: Option<f32>,
}

/// How an RMVAE is examined.
pub(super) struct Sampling {
    pub(super) samples: usize,
    pub(super) threshold: f32,
    pub(super) memory_threshold: f32,
    pub(super) pooled_threshold: f32,
    pub(super) memory: f32,
}

impl EvalArgs {
    pub(super) fn ahead(&self) -> u8 {
        self.ahead.unwrap_or(2)
    }

    pub(super) fn sampling(&self) -> Sampling {
        Sampling {
            samples: self.samples.unwrap_or(48).into(),
            threshold: self.threshold.unwrap_or(0.13),
            memory_threshold: self.memory_threshold.unwrap_or(0.275),
            pooled_threshold: self.pooled_threshold.unwrap_or(0.14),
            memory: self.memory.unwrap_or(0.2),
        }
    }

    /// Refuses what the examination of such a system would not heed.
    pub(super) fn heeding(&self, heeded: &[&str], system: &str) -> Result<()> {
        let given = [
            ("--ahead", self.ahead.is_some()),
            ("--user", self.user.is_some()),
            ("--blind", self.blind),
            ("--samples", self.samples.is_some()),
            ("--threshold", self.threshold.is_some()),
            ("--memory-threshold", self.memory_threshold.is_some()),
            ("--pooled-threshold", self.pooled_threshold.is_some()),
            ("--memory", self.memory.is_some()),
        ];
        match given.iter().find(|(name, given)| *given && !heeded.contains(name)) {
            Some((name, _)) => {
                Err(BadInput::error(format!("{}: {system} is examined without {name}: leave it out", self.band)))
            }
            None => Ok(()),
        }
    }

    /// No piece has a measure that could be predicted.
    pub(super) fn too_short(&self) -> anyhow::Error {
        too_short(&self.data, &self.split)
    }
}

/// No piece of this split has a measure that could be predicted.
pub(crate) fn too_short(data: &Path, split: &str) -> anyhow::Error {
    let folder = data.join(split);
    BadInput::error(format!(
        "{}: every piece is over before the first measure that is predicted: longer ones are wanted",
        folder.display()
    ))
}

fn share(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(number) if (0.0..=1.0).contains(&number) => Ok(number),
        _ => Err("a number from 0 to 1 is wanted".into()),
    }
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
pub(super) fn copies(spec: &BandSpec, pieces: &[Piece], args: &EvalArgs) -> Result<Vec<Row>> {
    let ahead = args.ahead();
    if pieces.iter().all(|piece| piece.measures.len() <= usize::from(ahead)) {
        return Err(args.too_short());
    }
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
        args.ahead()
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
