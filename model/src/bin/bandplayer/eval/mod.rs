//! `bandplayer eval`: how well a band predicts true measures, beside rules that need no learning.

pub(crate) mod biaxial;
pub(crate) mod chords;
mod drums;
mod figures;
mod melody;
mod table;

use std::sync::Arc;

use anyhow::{Context, Result};
use model::systems::band_file::Band;
use model::systems::biaxial::TrainedBiaxial;
use model::systems::drummer::TrainedDrummer;
use model::systems::harmony::TrainedHarmony;
use model::systems::melody::Soloist;
use model::systems::rmvae::{RmvaePredictor, TrainedRmvae};
use model::train::exam::predict_true;
use model::train::rmvae::likely::{Likely, nll};
use model::train::{Piece, read_pieces};
use model::{BandSong, Style, Unigram};

use crate::bad_input::BadInput;
use crate::bands::{self, unhelped};
use crate::reading;
pub(crate) use table::EvalArgs;
pub(crate) use table::too_short;
use table::{Row, copies, print};

/// Prints the table as Markdown.
pub(crate) fn run(args: &EvalArgs) -> Result<()> {
    if args.band == "harmony" {
        let net = Band::harmony().context("the net inside this program that foretells chords")?;
        return chords::run(args, net);
    }
    if args.band == "drummer" {
        let net = Band::drummer().context("the drummer inside this program")?;
        return drums::run(args, &net);
    }
    if args.band == "figures" {
        return figures::run(args);
    }
    let band = bands::trained(&args.band)?;
    if let Some(net) = band.system_as::<TrainedDrummer>() {
        return drums::run(args, &net);
    }
    if let Some(net) = band.system_as::<TrainedHarmony>() {
        return chords::run(args, net);
    }
    if let Some(soloist) = band.system_as::<Soloist>() {
        return melody::run(args, &band, &soloist);
    }
    if let Some(trained) = band.system_as::<TrainedBiaxial>() {
        return biaxial::run(args, &band, &trained);
    }
    let Some(trained) = band.system_as::<TrainedRmvae>() else {
        return Err(BadInput::error(format!("{}: there is no examination for a system of this kind", args.band)));
    };
    const SAMPLED: [&str; 7] =
        ["--ahead", "--blind", "--samples", "--threshold", "--memory-threshold", "--pooled-threshold", "--memory"];
    args.heeding(&SAMPLED, "an RMVAE")?;
    let (ahead, how) = (args.ahead(), args.sampling());
    let spec = band.spec().clone();
    let read = |split: &str| -> Result<Vec<Piece>> {
        let (pieces, remarks) =
            read_pieces(&[args.data.join(split)], &spec, trained.config.home_key).map_err(BadInput::error)?;
        reading::tell_folder(&remarks);
        Ok(pieces)
    };
    let (learnt, pieces) = (read("train")?, read(&args.split)?);
    let style = Style::default();
    let mut rows = copies(&spec, &pieces, args)?;
    let songs: Vec<BandSong> = learnt.iter().map(Piece::song).collect();
    let (_, counted) =
        Unigram::train(&spec, &songs).nll(pieces.iter().flat_map(|p| p.measures.iter().skip(usize::from(ahead))));
    rows.push(Row { nll: Some(counted), ..Row::rule("unigram per position") });

    let mut plain = RmvaePredictor::new(Arc::clone(&trained), unhelped());
    let score = predict_true(&mut plain, &pieces, ahead, Style { temperature: 0.0, ..style }, spec.all())?;
    let nats = (ahead == 2).then(|| nll(&trained, &pieces));
    rows.push(Row { score: Some(score), nll: nats, ..Row::net("RMVAE, the likeliest event at each step") });
    let mut likely =
        Likely { net: plain, samples: how.samples, blind: args.blind, memory: 0.0, threshold: how.threshold };
    let score = predict_true(&mut likely, &pieces, ahead, style, spec.all())?;
    let name = format!("RMVAE, notes of probability {} and more", how.threshold);
    rows.push(Row { score: Some(score), nll: nats, ..Row::net(name) });
    // The memory alone is a rule without learning: the net is asked, but does not count.
    (likely.memory, likely.samples, likely.threshold) = (1.0, 1, how.memory_threshold);
    let score = predict_true(&mut likely, &pieces, ahead, style, spec.all())?;
    rows.push(Row { score: Some(score), ..Row::rule("recalls what followed alike music, counted") });
    (likely.memory, likely.samples, likely.threshold) = (how.memory, how.samples, how.pooled_threshold);
    let score = predict_true(&mut likely, &pieces, ahead, style, spec.all())?;
    let name = format!("RMVAE pooled with that memory ({})", how.memory);
    rows.push(Row { score: Some(score), ..Row::net(name) });
    print(&rows, args, &band);
    Ok(())
}
