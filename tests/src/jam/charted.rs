//! A jam over a chart. The plugin takes no chart, so the band plays without it, as `bandplayer accompany --chart` does.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, bail};
use model::midi_file::Track;
use model::music::chart::Chart;
use model::play::accompany::accompany;
use model::play::foretold::foretold;
use model::predict::told::Told;
use model::systems::band_file::Band;
use model::{BandMeasure, BandSpec, PredictError, PredictRequest, Predictor, Settings};

use super::{Jam, Plan};
use crate::checker::Verdict;
use crate::report::{MeasureReport, Report, Spread};
use crate::setup::Source;
use crate::take::Take;

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

/// A predictor whose times are taken, in milliseconds.
struct Timed(Box<dyn Predictor>, Vec<f64>);

impl Predictor for Timed {
    fn spec(&self) -> &BandSpec {
        self.0.spec()
    }

    fn predict(&mut self, request: &PredictRequest) -> Result<BandMeasure, PredictError> {
        let begun = Instant::now();
        let measure = self.0.predict(request);
        self.1.push(begun.elapsed().as_secs_f64() * 1e3);
        measure
    }
}

impl Plan {
    /// Plays the song to the band, which plays by this chart from the first measure on. `progress` is told how many
    /// measures are done.
    ///
    /// # Errors
    /// If the band heeds no chords.
    pub(super) fn play_by(&self, chart: &Chart, mut progress: impl FnMut(usize)) -> anyhow::Result<Jam> {
        let band = match &self.band {
            Source::Embedded(name) => Band::read(Band::embedded(name).unwrap_or_default()),
            Source::File(path) => Band::load(path),
        }?;
        let predictor = band.predictor();
        if !predictor.obeys_chords() {
            bail!("--chart: the band \"{}\" heeds no chords: choose pop, chorale or another RMVAE", self.spec.name);
        }
        // Whatever is asked for while a measure sounds is for the next one.
        let at = Arc::new(AtomicUsize::new(0));
        let sounding = Arc::clone(&at);
        let known = chart.clone();
        let tell = move |request: &PredictRequest, _: &BandSpec| {
            Some(known.measure(sounding.load(Ordering::Relaxed) + 1, request.steps))
        };
        let mut predictor = Timed(Box::new(Told::new(predictor, tell)), Vec::new());
        let settings = Settings {
            lookahead: self.lookahead.into(),
            seed: self.seed.into(),
            ..Settings::new(&self.spec, self.voice)
        };
        let user = Track { performance: self.performance.clone(), ..self.track.clone() };
        let step = |measure: usize| {
            at.store(measure, Ordering::Relaxed);
            progress(measure);
        };
        let played = accompany(&self.song, &user, (&self.spec, settings), &mut predictor, band.fallback(), step);
        let mut song = played.song;
        song.asides.clone_from(&self.asides);
        let part = (&self.spec, self.voice, &self.track);
        let chords =
            Band::harmony().map_or(Vec::new(), |net| foretold(&net, &song, part, self.lookahead.into(), Some(chart)));
        let notes: BTreeMap<String, usize> =
            song.tracks.iter().skip(1).map(|track| (track.name.clone(), track.notes(song.spans()).len())).collect();
        let report = Report {
            measures: self.song.len(),
            missed: played.tally.missed.into(),
            hanging_notes: 0,
            max_onset_error_samples: 0,
            prediction_ms: Spread::of(&predictor.1),
            process_us: Spread::default(),
            notes,
            chords: chords.iter().map(MeasureReport::of).collect(),
        };
        let take = Take { notes: Vec::new(), verdict: Verdict::default(), process_us: Vec::new() };
        Ok(Jam { song, report, take })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use model::music::chord::Chord;
    use model::play::hear_chart::hear_chart;

    use super::super::Options;
    use super::*;

    /// A jam by this chart, of a folder of its own.
    fn options(name: &str, chart: &str) -> Options {
        let folder = std::env::temp_dir().join(format!("jam-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join("chart.txt");
        fs::write(&file, chart).expect("the folder is there");
        let words = ["jam", "--chart", file.to_str().expect("text"), "--out", folder.to_str().expect("text")];
        Options::try_parse_from(words).expect("good options")
    }

    #[test]
    fn a_jam_over_a_chart_has_its_chords() {
        let plan = options("good", "| Ab | Db | Eb7 | Ab |").plan().expect("a good chart");
        let chart = plan.chart.clone().expect("it was given");
        let jam = plan.play_by(&chart, |_| {}).expect("it plays");
        assert_eq!(jam.report.measures, 48);
        let planned: Vec<&str> =
            jam.report.chords.iter().take(4).map(|measure| measure.halves[0].chord.as_str()).collect();
        assert_eq!(planned, ["Eb7", "Ab", "Ab", "Db"], "from the third measure on");
        assert!(jam.report.chords.iter().flat_map(|one| &one.halves).all(|half| half.why[0] == "typed"));
        let mut band = jam.song.clone();
        band.tracks.remove(0);
        let heard = hear_chart(&band).expect("it plays");
        let root = |at: usize| heard.at(at, 0, 16).and_then(|symbol| symbol.chord()).map(|chord: Chord| chord.root);
        let right = (2..48).filter(|&at| root(at) == [8, 1, 3, 8].get(at % 4).copied()).count();
        assert!(right > 36, "{right} of 46 measures: {heard}");
    }

    #[test]
    fn a_chart_that_cannot_be_read_names_line_measure_and_word() {
        let error = options("bad", "| C | F |\n| G7 | Hmm |").plan().expect_err("no such chord").to_string();
        for word in [".txt", "line 2", "Hmm"] {
            assert!(error.contains(word), "{error}");
        }
    }
}
