//! The comparison as Markdown, CSV and bars.

use std::fmt::Write;

use model::Lookahead;
use model::metrics::{DrumFollowing, JamMetrics};
use model::train::loop_exam::LoopScore;

use super::drums::{self, DrumRow};
use super::papers;
use super::row::{Row, skill};
use crate::eval::chords::{self, ChordRow};
use crate::pace::tempo_text;
use crate::picture::{Picture, bars};
use crate::timed::fastest;

/// All that was measured on one set.
pub(super) struct Table {
    /// The set, as it was given.
    pub(super) set: String,
    /// The band whose voices it has.
    pub(super) band: String,
    /// Pieces and measures.
    pub(super) size: (usize, usize),
    pub(super) rows: Vec<Row>,
    /// How well chords are named.
    pub(super) chords: Vec<ChordRow>,
    /// How steady chords are where the user's music is a loop, and whose.
    pub(super) loops: Vec<(String, LoopScore)>,
    /// How drums lie with what people play.
    pub(super) drums: Vec<DrumRow>,
}

type Figure = (&'static str, fn(&JamMetrics) -> Option<f64>);

/// The metrics of a jam, in the order in which they are shown.
const JAM: [Figure; 13] = [
    ("note_in_chord", |x| Some(x.note_in_chord)),
    ("clash", |x| Some(x.clash)),
    ("chroma", |x| Some(x.chroma)),
    ("bass_root", |x| x.bass_root),
    ("in_time", |x| Some(x.in_time)),
    ("crowd", |x| Some(x.crowd)),
    ("change", |x| Some(x.change)),
    ("unison", |x| Some(x.unison)),
    ("cover", |x| Some(x.cover)),
    ("silence", |x| Some(x.silence)),
    ("density", |x| Some(x.density)),
    ("variety", |x| Some(x.variety)),
    ("groove", |x| Some(x.groove)),
];

impl Table {
    fn skill_of_nats(&self, row: &Row) -> Option<f64> {
        skill(&self.rows, row, 0.0, |row| row.likelihood.map(|likelihood| -likelihood.nats))
    }

    /// Six tables: predicting, jamming, chords, loops, drums, cost; then what others published.
    pub(super) fn markdown(&self) -> String {
        let mut out = format!("## {}: {} pieces, {} measures\n\n", self.set, self.size.0, self.size.1);
        out += "### Predicting the measure after next from the true past\n\n";
        out += "| | voices | onset F1 | skill | accuracy | skill | nats | for each | skill | nats per note |\n";
        out += "|---|---|---|---|---|---|---|---|---|---|\n";
        for row in self.rows.iter().filter(|row| row.score.is_some() || row.likelihood.is_some()) {
            let unit = row.likelihood.map_or("", |likelihood| likelihood.unit.name());
            let cells = [
                row.voices.clone(),
                number(row.f1()),
                signed(skill(&self.rows, row, 1.0, Row::f1)),
                number(row.accuracy()),
                signed(skill(&self.rows, row, 1.0, Row::accuracy)),
                number(row.likelihood.map(|likelihood| likelihood.nats)),
                unit.to_owned(),
                signed(self.skill_of_nats(row)),
                number(row.likelihood.and_then(|likelihood| likelihood.per_note)),
            ];
            line(&mut out, &row.name, &cells);
        }
        let names: Vec<&str> = JAM.iter().map(|(name, _)| *name).collect();
        let _ = write!(
            out,
            "\n### Jamming: the band hears the user's voice and itself\n\n| | user | {} |\n",
            names.join(" | ")
        );
        out += &format!("|---|---|{}\n", "---|".repeat(JAM.len()));
        for row in &self.rows {
            let Some(jam) = &row.jam else { continue };
            let cells: Vec<String> = JAM.iter().map(|(_, figure)| number(figure(&jam.metrics))).collect();
            line(&mut out, &row.name, &[vec![row.user.clone()], cells].concat());
        }
        out += "\n### Naming the chords of the measure after next; the rules know the true past\n\n";
        out += &chords::markdown(&self.chords);
        out += "\n### Looping: the same chords in the passes 2 to 4 of eight measures that are played four times\n\n\
            | | half measures | same chord | same root |\n|---|---|---|---|\n";
        for (name, score) in &self.loops {
            let cells = [score.halves.to_string(), number(Some(score.share())), number(Some(score.root_share()))];
            line(&mut out, name, &cells);
        }
        out += "\n### Drumming to the set's own voices, its first melody and its bass\n\n";
        out += &drums::markdown(&self.drums);
        out += "\n### Cost\n\n| | weights | band file | a prediction, median | 99th percentile | keeps, second-next | keeps, next |\n\
             |---|---|---|---|---|---|---|\n";
        for row in self.rows.iter().filter(|row| row.time.is_some()) {
            #[expect(clippy::cast_precision_loss, reason = "bytes of a file")]
            let megabytes = row.bytes.map(|bytes| format!("{:.2} MB", bytes as f64 / 1e6)).unwrap_or_default();
            let time = |at: usize| row.time.map(|time| format!("{:.2} ms", time[at])).unwrap_or_default();
            let weights = row.weights.map(|weights| weights.to_string()).unwrap_or_default();
            // What is predicted further ahead takes no less: of a next prediction this says too little, if anything.
            let tempo = |lookahead| row.time.map(|[_, p99]| tempo_text(fastest(lookahead, p99))).unwrap_or_default();
            let [second_next, next] = [Lookahead::SecondNext, Lookahead::Next].map(tempo);
            line(&mut out, &row.name, &[weights, megabytes, time(0), time(1), second_next, next]);
        }
        out +=
            "\n### Published figures, and what differs\n\n| | figure | published | what differs |\n|---|---|---|---|\n";
        for paper in papers::of(&self.band) {
            line(&mut out, paper.system, &[paper.figure, paper.value, paper.differs].map(str::to_owned));
        }
        out + "\n"
    }

    /// The drummers of all tables as one CSV file.
    ///
    /// # Errors
    /// None that a file in memory could meet.
    pub(super) fn drums_csv(tables: &[Self]) -> Result<Vec<u8>, csv::Error> {
        let mut out = csv::Writer::from_writer(Vec::new());
        let names = drums::figures(&DrumFollowing::default()).map(|(name, _)| name);
        out.write_record(["set", "name", "measures"].into_iter().chain(names))?;
        for (table, row) in tables.iter().flat_map(|table| table.drums.iter().map(move |row| (table, row))) {
            let figures =
                drums::figures(&row.found).map(|(_, value)| value.map_or(String::new(), |value| value.to_string()));
            let before = [table.set.clone(), row.name.to_owned(), row.found.measures().to_string()];
            out.write_record(before.into_iter().chain(figures))?;
        }
        Ok(out.into_inner().map_err(csv::IntoInnerError::into_error)?)
    }

    /// All tables as one CSV file: a line for each row, with every figure in full.
    ///
    /// # Errors
    /// None that a file in memory could meet.
    pub(super) fn csv(tables: &[Self]) -> Result<Vec<u8>, csv::Error> {
        let mut out = csv::Writer::from_writer(Vec::new());
        let before = [
            "set",
            "name",
            "kind",
            "voices",
            "user",
            "onset_f1",
            "f1_skill",
            "accuracy",
            "accuracy_skill",
            "nats",
            "nats_unit",
            "nats_skill",
            "nats_per_note",
        ];
        let after = ["pieces", "weights", "bytes", "median_ms", "p99_ms"];
        out.write_record(before.into_iter().chain(JAM.iter().map(|(name, _)| *name)).chain(after))?;
        for (table, row) in tables.iter().flat_map(|table| table.rows.iter().map(move |row| (table, row))) {
            out.write_record(table.cells(row))?;
        }
        Ok(out.into_inner().map_err(csv::IntoInnerError::into_error)?)
    }

    /// The chords of all tables as one CSV file.
    ///
    /// # Errors
    /// None that a file in memory could meet.
    pub(super) fn chords_csv(tables: &[Self]) -> Result<Vec<u8>, csv::Error> {
        let mut out = csv::Writer::from_writer(Vec::new());
        out.write_record(["set", "name", "halves", "root", "triads", "root_and_triad", "calibration_error"])?;
        for (table, row) in tables.iter().flat_map(|table| table.chords.iter().map(move |row| (table, row))) {
            let ChordRow { name, score, calibration } = row;
            let error = calibration.as_ref().map(|found| found.error().to_string()).unwrap_or_default();
            let counts = [score.halves, score.triads].map(|count| count.to_string());
            let shares = [score.root(), score.triad()].map(|share| share.to_string());
            let cells = [&table.set, name, &counts[0], &shares[0], &counts[1], &shares[1], &error];
            out.write_record(cells)?;
        }
        Ok(out.into_inner().map_err(csv::IntoInnerError::into_error)?)
    }

    fn cells(&self, row: &Row) -> Vec<String> {
        let full = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
        let likelihood = row.likelihood;
        let mut cells = vec![self.set.clone(), row.name.clone(), format!("{:?}", row.kind).to_lowercase()];
        cells.extend([row.voices.clone(), row.user.clone()]);
        cells.extend([row.f1(), skill(&self.rows, row, 1.0, Row::f1)].map(full));
        cells.extend([row.accuracy(), skill(&self.rows, row, 1.0, Row::accuracy)].map(full));
        cells.push(full(likelihood.map(|likelihood| likelihood.nats)));
        cells.push(likelihood.map_or("", |likelihood| likelihood.unit.name()).to_owned());
        cells.extend([self.skill_of_nats(row), likelihood.and_then(|likelihood| likelihood.per_note)].map(full));
        cells.extend(JAM.iter().map(|(_, figure)| full(row.jam.and_then(|jam| figure(&jam.metrics)))));
        let whole = |value: Option<usize>| value.map(|value| value.to_string()).unwrap_or_default();
        cells.extend([row.jam.map(|jam| jam.pieces), row.weights, row.bytes].map(whole));
        cells.extend([0, 1].map(|at| full(row.time.map(|time| time[at]))));
        cells
    }

    /// The figures that tell most, as bars.
    pub(super) fn picture(&self) -> Picture {
        let names: Vec<String> = self.rows.iter().map(|row| row.name.clone()).collect();
        let of = |figure: &dyn Fn(&Row) -> Option<f64>| self.rows.iter().map(figure).collect::<Vec<_>>();
        let jam = |figure: fn(&JamMetrics) -> f64| of(&|row: &Row| row.jam.map(|jam| figure(&jam.metrics)));
        let figures = [
            ("onset F1", of(&Row::f1)),
            ("note in chord", jam(|x| x.note_in_chord)),
            ("in time", jam(|x| x.in_time)),
            ("chroma", jam(|x| x.chroma)),
            ("density", jam(|x| x.density)),
            ("variety", jam(|x| x.variety)),
            ("a prediction, 99th percentile, ms", of(&|row: &Row| row.time.map(|time| time[1]))),
        ];
        bars(&self.set, &names, &figures)
    }
}

fn line(out: &mut String, name: &str, cells: &[String]) {
    let _ = writeln!(out, "| {name} | {} |", cells.join(" | "));
}

fn number(value: Option<f64>) -> String {
    value.map(|value| format!("{value:.3}")).unwrap_or_default()
}

fn signed(value: Option<f64>) -> String {
    value.map(|value| format!("{value:+.3}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::row::Kind;
    use super::*;

    #[test]
    fn any_name_comes_back_from_the_csv_file_and_every_line_has_all_columns() {
        let names = ["pop", "mine, \"the new one\"", "two\nlines"];
        let rows = names.map(|name| Row::new(name, Kind::Band)).into();
        let table = Table {
            set: "pop909 test".into(),
            band: "pop".into(),
            size: (1, 8),
            rows,
            chords: Vec::new(),
            loops: Vec::new(),
            drums: vec![DrumRow { name: "drummer", found: DrumFollowing::default() }],
        };
        let drums = Table::drums_csv(std::slice::from_ref(&table)).expect("text");
        assert!(String::from_utf8(drums).expect("text").contains("\npop909 test,drummer,0,"));
        let bytes = Table::csv(&[table]).expect("text");
        let mut file = csv::Reader::from_reader(&bytes[..]);
        let columns = file.headers().expect("a head").len();
        assert_eq!(columns, 13 + JAM.len() + 5);
        let rows: Vec<csv::StringRecord> = file.records().collect::<Result<_, _>>().expect("lines of equal length");
        assert_eq!(rows.iter().map(|row| &row[1]).collect::<Vec<_>>(), names);
        assert!(rows.iter().all(|row| &row[0] == "pop909 test" && &row[2] == "band"));
    }
}
