//! `bandplayer inspect`: what a band file says of itself.

use anyhow::Result;
use model::systems::band_file::Band;
use model::{KeyRange, Polyphony};
use serde_json::{Value, json};

use crate::bands;
use crate::pace::{self, Pace};
use crate::playing::say;

/// Shows a band's system, sizes, voices, training sets, what was measured, and which tempo it keeps on this machine.
#[derive(Debug, clap::Args)]
pub(crate) struct InspectArgs {
    /// pop, chorale, or the path of a band file.
    band: String,
    /// As JSON.
    #[arg(long)]
    json: bool,
    /// Without measuring how long its predictions take here, which takes some seconds.
    #[arg(long)]
    no_timing: bool,
}

/// Prints it.
pub(crate) fn run(args: &InspectArgs) -> Result<()> {
    let band = bands::trained(&args.band)?;
    let mut found = facts(&band)?;
    let paces = if args.no_timing { Vec::new() } else { pace::measure(&band) };
    if let (Value::Object(facts), false) = (&mut found, paces.is_empty()) {
        facts.insert("paces".into(), paces.iter().map(Pace::json).collect());
    }
    if args.json {
        say(format_args!("{}", serde_json::to_string_pretty(&found)?));
    } else {
        show(&band, &found);
        if !paces.is_empty() {
            say(format_args!("\nhow long a prediction takes, on one core of this machine as busy as it is now"));
            paces.iter().for_each(|pace| say(format_args!("  {pace}")));
        }
    }
    Ok(())
}

/// What the file's metadata say, and how much there is of everything else.
fn facts(band: &Band) -> Result<Value> {
    let parts = band.system().parts();
    let mut facts = serde_json::to_value(&band.info)?;
    if let Value::Object(facts) = &mut facts {
        facts.insert("weights".into(), json!(parts.numbers()));
        facts.insert("bytes_of_counts".into(), json!(parts.counts.as_ref().map_or(0, Vec::len)));
        facts.insert("has_ngram".into(), json!(band.ngram().is_some()));
    }
    Ok(facts)
}

fn show(band: &Band, facts: &Value) {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    say(format_args!("{}: {}, {} weights", band.spec().name, text(&facts["architecture"]["kind"]), facts["weights"]));
    if let Some(sizes) = facts["architecture"]["config"].as_object() {
        say(format_args!("\nsizes"));
        sizes.iter().for_each(|(name, value)| say(format_args!("  {name}: {}", text(value))));
    }
    say(format_args!("\nvoices"));
    for voice in &band.spec().voices {
        let KeyRange { low, high } = voice.range;
        let many = if voice.polyphony == Polyphony::Mono { "one note at once" } else { "many notes at once" };
        say(format_args!("  {}: keys {} to {}, {many}", voice.name, low.get(), high.get()));
    }
    say(format_args!("\ntrained on"));
    for set in &band.info.training_sets {
        say(format_args!("  {}: {} ({})", set.name, set.credit, set.licence));
    }
    say(format_args!("\nmeasured"));
    band.info.metrics.iter().for_each(|(name, value)| say(format_args!("  {name}: {value:.4}")));
}
