//! A jam over a chart.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use model::music::chart::Chart;
use model::systems::band_file::Band;

use crate::setup::Source;

/// The largest chart that is read, in bytes. Chosen: a hundred times what a long song has.
const MOST_CHART_BYTES: u64 = 1 << 20;

/// The chart in a file.
///
/// # Errors
/// One line that names the file, and in it line, measure and word.
pub(super) fn read(path: &Path) -> anyhow::Result<Chart> {
    let name = path.display();
    let size = fs::metadata(path).with_context(|| format!("{name}: the chart cannot be read"))?.len();
    let text = if size > MOST_CHART_BYTES { None } else { String::from_utf8(fs::read(path)?).ok() };
    let Some(text) = text else { bail!("{name}: this is no chart: give a text file, as in | C | Am7 F | G7 | % |") };
    text.parse().map_err(|error| anyhow::anyhow!("{name}: {error}"))
}

/// Does this band play the chords that it is told?
///
/// # Errors
/// If it cannot be read.
pub(super) fn heeds_chords(band: &Source) -> anyhow::Result<bool> {
    let band = match band {
        Source::Embedded(name) => Band::read(Band::embedded(name).unwrap_or_default()),
        Source::File(path) => Band::load(path),
    }?;
    Ok(band.predictor().obeys_chords())
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use model::{HarmonyChoice, Hold};

    use super::super::{Options, Plan};
    use super::*;

    /// The plan of a jam by this chart, in a folder of its own.
    fn plan(name: &str, chart: &str, band: &str) -> Result<Plan, String> {
        let folder = std::env::temp_dir().join(format!("jam-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join("chart.txt");
        fs::write(&file, chart).expect("the folder is there");
        let [file, out] = [&file, &folder].map(|path| path.to_str().expect("text"));
        let words = ["jam", "--chart", file, "--out", out, "--band", band];
        Options::try_parse_from(words).expect("good options").plan().map_err(|error| error.to_string())
    }

    #[test]
    fn a_chart_stands_in_the_plugins_state() {
        let plan = plan("good", "| Ab | Db | Eb7 | Ab |", "pop").expect("a good chart");
        assert_eq!(plan.setup().chart, "loop\n| Ab | Db | Eb7 | Ab |\n");
    }

    #[test]
    fn what_is_foretold_and_held_is_set_in_the_plugin() {
        let harmony = |words: &[&str]| {
            let options = Options::try_parse_from(std::iter::once(&"jam").chain(words)).expect("good options");
            options.plan().expect("a good plan").setup().harmony
        };
        assert_eq!(harmony(&["--harmony"]), HarmonyChoice { foretell: true, ..HarmonyChoice::USUAL });
        assert_eq!(harmony(&["--hold", "--harmony=off"]), HarmonyChoice { foretell: false, hold: Hold::Repeats });
        assert_eq!(harmony(&["--hold=loops"]), HarmonyChoice { hold: Hold::Loops, ..HarmonyChoice::USUAL });
        assert_eq!(harmony(&["--harmony=off"]), HarmonyChoice::OFF, "nothing is held unless it is asked for");
        assert_eq!(harmony(&[]), HarmonyChoice::USUAL);
    }

    #[test]
    fn a_chart_that_cannot_be_read_names_line_measure_and_word() {
        let error = plan("bad", "| C | F |\n| G7 | Hmm |", "pop").expect_err("no such chord");
        for word in [".txt", "line 2", "Hmm"] {
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn a_band_that_heeds_no_chords_is_told_of_before_it_plays() {
        let biaxial = Path::new(env!("CARGO_MANIFEST_DIR")).join("../model/bands/more/biaxial-small.safetensors");
        let error = plan("deaf", "| C |", biaxial.to_str().expect("text")).expect_err("it heeds none");
        assert!(error.contains("heeds no chords"), "{error}");
    }
}
