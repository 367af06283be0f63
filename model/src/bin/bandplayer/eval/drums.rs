//! `bandplayer eval` of a drummer: what true takes cost it, beside one who counts.

use std::sync::Arc;

use anyhow::Result;
use model::systems::drummer::TrainedDrummer;
use model::train::drummer::{DrumScore, DrumTake, drum_counts, drum_score, read_takes};

use super::table::EvalArgs;
use crate::bad_input::BadInput;
use crate::playing::say;
use crate::reading;

/// Prints the table as Markdown.
pub(super) fn run(args: &EvalArgs, net: &Arc<TrainedDrummer>) -> Result<()> {
    let read = |split: &str| -> Result<Vec<DrumTake>> {
        let (takes, remarks) = read_takes(&[args.data.join(split)]).map_err(BadInput::error)?;
        reading::tell_folder(&remarks);
        Ok(takes)
    };
    let (learnt, takes) = (read("train")?, read(&args.split)?);
    say(format_args!(
        "drums of {} `{}`, {} takes; each step from the true past; style, tempo and fills are known\n",
        args.data.display(),
        args.split,
        takes.len()
    ));
    say("| | what is struck, nats per step | how loud, nats per stroke | where, nats per stroke | strokes |");
    say("|---|---|---|---|---|");
    print("rule: counted, as one and two measures ago", &drum_counts(&learnt, &takes));
    print(&format!("**{}**", args.band), &drum_score(net, &takes, false));
    print(&format!("**{}**, told the take's feel", args.band), &drum_score(net, &takes, true));
    Ok(())
}

fn print(name: &str, score: &DrumScore) {
    let (hits, loudness, offset) = (score.hits_per_step(), score.loudness_per_stroke(), score.offset_per_stroke());
    say(format_args!("| {name} | {hits:.4} | {loudness:.4} | {offset:.4} | {} |", score.strokes));
}
