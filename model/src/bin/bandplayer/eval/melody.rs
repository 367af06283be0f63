//! `bandplayer eval` of a system of one voice: how well it foretells each event of true melodies, beside n-grams of the
//! same events.

use anyhow::Result;
use model::systems::band_file::Band;
use model::systems::melody::exam::{MelodyScore, examine};
use model::systems::melody::{Extraction, Melody, Soloist};
use model::systems::melody_ngram::MelodyNgramConfig;
use model::train::read_melodies;

use super::table::EvalArgs;
use crate::bad_input::BadInput;
use crate::playing::say;
use crate::reading;

/// Prints the table as Markdown.
pub(super) fn run(args: &EvalArgs, band: &Band, soloist: &Soloist) -> Result<()> {
    args.heeding(&[], "a system of one voice")?;
    let model = soloist.model();
    let read = |split: &str| -> Result<Vec<Melody>> {
        let folder = [args.data.join(split)];
        let found = read_melodies(&folder, band.spec(), soloist.voice(), model.keyed(), Extraction::default());
        let (melodies, remarks) = found.map_err(BadInput::error)?;
        reading::tell_folder(&remarks);
        Ok(melodies)
    };
    let (train, melodies) = (read("train")?, read(&args.split)?);
    let name = &band.spec().voices[soloist.voice().index()].name;
    say(format_args!(
        "{name} of {} `{}`, {} melodies; per {}\n",
        args.data.display(),
        args.split,
        melodies.len(),
        if model.pitches_only() { "note" } else { "sixteenth" }
    ));
    say(format_args!("| | nats per event | perplexity | accuracy | of notes and rests | of no events | events |"));
    say(format_args!("|---|---|---|---|---|---|---|"));
    print(&args.band, &examine(model, &melodies));
    for order in [5, 1] {
        print(&format!("{order}-gram"), &examine(&MelodyNgramConfig::rival(model, order).learn(&train), &melodies));
    }
    Ok(())
}

fn print(name: &str, score: &MelodyScore) {
    // A model of notes alone foretells no step at which nothing happens.
    let shares = [score.accuracy(), score.event_accuracy(), score.no_event_accuracy()];
    let [all, happenings, others] = shares.map(|x| if x.is_nan() { String::new() } else { format!("{x:.3}") });
    let (nll, perplexity, events) = (score.nll(), score.perplexity(), score.events);
    say(format_args!("| {name} | {nll:.4} | {perplexity:.3} | {all} | {happenings} | {others} | {events} |"));
}
