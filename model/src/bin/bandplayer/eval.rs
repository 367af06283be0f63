//! `bandplayer eval`: how well a band predicts true measures, beside rules that need no learning.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use model::band_file::Band;
use model::rmvae::{Helpers, RmvaePredictor};
use model::train::exam::{Likely, Repeat, Score, nll, predict_true};
use model::train::{Piece, read_pieces};
use model::{BandSong, BandSpec, Style, Unigram};

use crate::bad_input::BadInput;
use crate::playing::say;
use crate::{bands, eval_biaxial, eval_melody};

/// Predicts the measure after next of every piece from its true past, and compares with simple rules.
#[derive(Debug, clap::Args)]
pub(crate) struct EvalArgs {
    /// pop, chorale, or the path of a band file.
    pub(crate) band: String,
    /// A folder with the folders `train` (for the rules that count) and `valid` or `test`.
    #[arg(long)]
    pub(crate) data: PathBuf,
    /// The pieces to predict.
    #[arg(long, default_value = "test")]
    pub(crate) split: String,
    /// How many measures ahead: 2 (second-next) or 1 (next).
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=2))]
    pub(crate) ahead: u8,
    /// The net was trained to say how likely each note is without sampling (the option `blind`).
    #[arg(long)]
    blind: bool,
    /// Samples over which the probability of a note is averaged.
    #[arg(long, default_value_t = 48)]
    samples: usize,
    /// The same for the memory of the piece alone.
    #[arg(long, default_value_t = 0.275)]
    memory_threshold: f32,
    /// The same for the net pooled with the memory.
    #[arg(long, default_value_t = 0.14)]
    pooled_threshold: f32,
    /// How much the memory of the piece counts beside the net, 0 to 1; choose it on `valid`.
    #[arg(long, default_value_t = 0.2)]
    memory: f32,
    /// Notes at least this likely are predicted; choose it on `valid`.
    #[arg(long, default_value_t = 0.13)]
    threshold: f32,
}

/// An RMVAE as it is examined: the true past needs no key, and there is no user to imagine.
pub(crate) fn unhelped() -> Helpers {
    Helpers { key: false, guide: false, fit: 0.0, density: 1.0, ..Helpers::default() }
}

/// One row of the table.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) score: Option<Score>,
    /// Nats per sixteenth and voice.
    pub(crate) nll: Option<f64>,
}

/// Prints the table as Markdown.
pub(crate) fn run(args: &EvalArgs) -> Result<()> {
    let band = bands::trained(&args.band)?;
    if let Some(soloist) = band.soloist() {
        return eval_melody::run(args, &band, &soloist);
    }
    if let Some(trained) = eval_biaxial::trained(&band) {
        return eval_biaxial::run(args, &band, &trained);
    }
    let Some(trained) = band.rmvae() else {
        return Err(BadInput::error(format!("{}: there is no examination for a system of this kind", args.band)));
    };
    let spec = band.spec().clone();
    let read = |split: &str| -> Result<Vec<Piece>> {
        let (pieces, skipped) =
            read_pieces(&[args.data.join(split)], &spec, trained.config.home_key).map_err(BadInput::error)?;
        skipped.iter().for_each(|reason| eprintln!("left out: {reason}"));
        Ok(pieces)
    };
    let (learnt, pieces) = (read("train")?, read(&args.split)?);
    let style = Style::default();
    let mut rows = copies(&spec, &pieces, args.ahead)?;
    let songs: Vec<BandSong> = learnt.iter().map(Piece::song).collect();
    let (_, counted) =
        Unigram::train(&spec, &songs).nll(pieces.iter().flat_map(|p| p.measures.iter().skip(usize::from(args.ahead))));
    rows.push(Row { name: "unigram per position".into(), score: None, nll: Some(counted) });

    let mut plain = RmvaePredictor::new(Arc::clone(&trained), unhelped());
    let score = predict_true(&mut plain, &pieces, args.ahead, Style { temperature: 0.0, ..style }, spec.all())?;
    let nats = (args.ahead == 2).then(|| nll(&trained, &pieces));
    rows.push(Row { name: "RMVAE, the likeliest event at each step".into(), score: Some(score), nll: nats });
    let mut likely =
        Likely { net: plain, samples: args.samples, blind: args.blind, memory: 0.0, threshold: args.threshold };
    let score = predict_true(&mut likely, &pieces, args.ahead, style, spec.all())?;
    rows.push(Row {
        name: format!("RMVAE, notes of probability {} and more", args.threshold),
        score: Some(score),
        nll: nats,
    });
    // The memory alone is a rule without learning: the net is asked, but does not count.
    (likely.memory, likely.samples, likely.threshold) = (1.0, 1, args.memory_threshold);
    let score = predict_true(&mut likely, &pieces, args.ahead, style, spec.all())?;
    rows.push(Row { name: "recalls what followed alike music, counted".into(), score: Some(score), nll: None });
    (likely.memory, likely.samples, likely.threshold) = (args.memory, args.samples, args.pooled_threshold);
    let score = predict_true(&mut likely, &pieces, args.ahead, style, spec.all())?;
    let name = format!("RMVAE pooled with that memory ({})", args.memory);
    rows.push(Row { name, score: Some(score), nll: None });
    print(&rows, args, &band);
    Ok(())
}

/// Rules that copy an earlier measure.
pub(crate) fn copies(spec: &BandSpec, pieces: &[Piece], ahead: u8) -> Result<Vec<Row>> {
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
pub(crate) fn print(rows: &[Row], args: &EvalArgs, band: &Band) {
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
