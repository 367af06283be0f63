//! What `bandplayer eval` is told, and the table that it prints.

use std::path::PathBuf;

use anyhow::Result;
use model::band_file::Band;
use model::train::Piece;
use model::train::exam::{Repeat, Score, predict_true};
use model::{BandSpec, Style};

use crate::playing::say;

/// Predicts the measure after next of every piece from its true past, and compares with simple rules.
#[derive(Debug, clap::Args)]
pub(crate) struct EvalArgs {
    /// pop, chorale, or the path of a band file.
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

/// One row of the table.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) score: Option<Score>,
    /// Nats per sixteenth and voice.
    pub(super) nll: Option<f64>,
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
        Ok(Row { name: name.into(), score: Some(score), nll: None })
    };
    rules.into_iter().map(row).collect()
}

/// The table. Skill is (figure − best rule) / (perfect − best rule).
pub(super) fn print(rows: &[Row], args: &EvalArgs, band: &Band) {
    let rule = |row: &&Row| !["RMVAE", "biaxial"].iter().any(|net| row.name.starts_with(net));
    let best = |of: &dyn Fn(&Row) -> Option<f64>| rows.iter().filter(rule).filter_map(of).reduce(f64::max);
    let f1 = |row: &Row| row.score.map(|score| score.onset_f1);
    let accuracy = |row: &Row| row.score.map(|score| score.accuracy);
    // A larger likelihood is better: the sign is turned, and perfect is 0.
    let likelihood = |row: &Row| row.nll.map(|nll| -nll);
    let skill = |value: Option<f64>, best: Option<f64>, perfect: f64| match (value, best) {
        (Some(value), Some(best)) => format!("{:+.3}", (value - best) / (perfect - best)),
        _ => String::new(),
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
            shown(f1(row)),
            skill(f1(row), best(&f1), 1.0),
            shown(accuracy(row)),
            skill(accuracy(row), best(&accuracy), 1.0),
            shown(row.nll),
            skill(likelihood(row), best(&likelihood), 0.0),
        ));
    }
}
