//! `bandplayer eval` of a biaxial LSTM: the true measures, as every system of all voices is asked for them, and how likely
//! it finds what was written.

use anyhow::Result;
use model::Style;
use model::systems::band_file::Band;
use model::systems::biaxial::TrainedBiaxial;
use model::train::biaxial::examine;
use model::train::biaxial::windows::BiaxialCutter;
use model::train::exam::predict_true;
use model::train::{Library, Piece, read_pieces};

use super::table::{self, EvalArgs, Row};
use crate::bad_input::BadInput;
use crate::playing::say;
use crate::reading;

/// Windows of the examination, in batches. Chosen: enough for a steady figure, in seconds.
const EXAM: usize = 64;

/// Nats of each sixteenth of all voices together, given all before it, and of each note that starts.
pub(crate) fn likelihood(trained: &TrainedBiaxial, pieces: &[Piece]) -> Result<(f64, f64)> {
    let spec = trained.spec.clone();
    let cutter = BiaxialCutter { spec, batch: 4, measures: 4, missing: 0.0, transpose: 0.0 };
    Ok(examine(&trained.net, &cutter.exam(&Library::of(pieces.to_vec()), EXAM)?))
}

/// Prints the table as Markdown.
pub(super) fn run(args: &EvalArgs, band: &Band, trained: &TrainedBiaxial) -> Result<()> {
    args.heeding(&["--ahead"], "a biaxial LSTM")?;
    let spec = band.spec();
    let (pieces, remarks) = read_pieces(&[args.data.join(&args.split)], spec, true).map_err(BadInput::error)?;
    reading::tell_folder(&remarks);
    let mut rows = table::copies(spec, &pieces, args)?;
    let style = Style { temperature: 0.0, ..Style::default() };
    let score = predict_true(&mut *band.predictor(), &pieces, args.ahead(), style, spec.all())?;
    rows.push(Row { score: Some(score), ..Row::net("biaxial LSTM, the likeliest at each step") });
    table::print(&rows, args, band);
    let (step, note) = likelihood(trained, &pieces)?;
    say(format_args!("\ngiven all before it: {step:.3} nats a sixteenth of all voices, {note:.3} a note"));
    Ok(())
}
