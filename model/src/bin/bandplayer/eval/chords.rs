//! `bandplayer eval` of a net that foretells chords, and the same figures for `bandplayer compare`.

use std::fmt::Write;
use std::sync::Arc;

use anyhow::Result;
use model::metrics::Calibration;
use model::systems::harmony::TrainedHarmony;
use model::train::chord_exam::{ChordScore, Past, chord_marks, chord_rules};
use model::train::{Piece, read_pieces};
use model::{BandSpec, VoiceId};

use super::table::EvalArgs;
use crate::bad_input::BadInput;
use crate::{playing, reading};

/// One row: who named the chords, how often rightly, and how far probabilities are what they say.
pub(crate) struct ChordRow {
    pub(crate) name: String,
    pub(crate) score: ChordScore,
    /// Of whoever says how sure they are.
    pub(crate) calibration: Option<Calibration>,
}

/// The rules and these nets on these pieces.
pub(crate) fn rows(
    nets: &[(String, Arc<TrainedHarmony>)],
    pieces: &[Piece],
    spec: &BandSpec,
    user: VoiceId,
) -> Vec<ChordRow> {
    let rules = chord_rules(pieces, spec, user);
    let rule = |name: &str, score| ChordRow { name: format!("rule: {name}"), score, calibration: None };
    let mut rows = vec![
        rule("same chord as now", rules.same_as_now),
        rule("chord at the lag", rules.at_the_lag),
        rule("tonic", rules.tonic),
    ];
    for (name, net) in nets {
        for (past, of) in [(Past::True, "true past"), (Past::Jam, "in a jam")] {
            let marks = chord_marks(net, pieces, spec, user, past);
            rows.push(ChordRow {
                name: format!("**{name}**, {of}: planned"),
                score: marks.planned,
                calibration: Some(marks.planned_calibration),
            });
            rows.push(ChordRow {
                name: format!("**{name}**, {of}: the likeliest"),
                score: marks.likeliest,
                calibration: Some(marks.likeliest_calibration),
            });
            rows.push(ChordRow {
                name: format!("**{name}**, {of}: the likeliest on the likeliest root"),
                score: marks.on_likeliest_root,
                calibration: Some(marks.on_likeliest_root_calibration),
            });
        }
    }
    rows
}

/// The rows as a table.
pub(crate) fn markdown(rows: &[ChordRow]) -> String {
    let mut out = String::from(
        "| | half measures | root | major or minor | root and major/minor | calibration error |\n|---|---|---|---|---|---|\n",
    );
    for ChordRow { name, score, calibration } in rows {
        let error = calibration.as_ref().map(|found| format!("{:.3}", found.error())).unwrap_or_default();
        let (halves, triads) = (score.halves, score.triads);
        let _ =
            writeln!(out, "| {name} | {halves} | {:.3} | {triads} | {:.3} | {error} |", score.root(), score.triad());
    }
    out
}

/// The reliability diagrams of the rows that say how sure they are, as a table: how sure → the share that was right.
fn diagrams(rows: &[ChordRow]) -> String {
    let mut out = String::from("| | how sure → right (of so many) |\n|---|---|\n");
    for row in rows {
        let Some(calibration) = &row.calibration else { continue };
        let points: Vec<String> = calibration
            .diagram()
            .map(|point| format!("{:.2} → {:.2} ({})", point.sure, point.right, point.answers))
            .collect();
        let _ = writeln!(out, "| {} | {} |", row.name, points.join(", "));
    }
    out
}

/// The band whose voices these pieces have: the net's own, else a choir's.
fn read(args: &EvalArgs, own: &BandSpec) -> Result<(BandSpec, Vec<Piece>)> {
    let folder = args.data.join(&args.split);
    for spec in [own.clone(), BandSpec::pop(), BandSpec::chorale()] {
        let Ok((pieces, remarks)) = read_pieces(std::slice::from_ref(&folder), &spec, false) else { continue };
        let first = |piece: &&Piece| piece.measures.first().is_some_and(|measure| measure.present.has(VoiceId::FIRST));
        if pieces.iter().filter(first).count() * 2 > pieces.len() {
            reading::tell_folder(&remarks);
            return Ok((spec, pieces));
        }
    }
    // Whatever is wrong with the folder is said of the net's own band.
    let found = read_pieces(std::slice::from_ref(&folder), own, false).map_err(BadInput::error)?;
    Ok((own.clone(), found.0))
}

/// Prints the tables as Markdown.
pub(super) fn run(args: &EvalArgs, net: Arc<TrainedHarmony>) -> Result<()> {
    args.heeding(&["--user"], "a net that foretells chords")?;
    let (spec, pieces) = read(args, &net.spec)?;
    let user = args.user.as_deref().map_or(Ok(VoiceId::FIRST), |name| playing::voice(&spec, name))?;
    let rows = rows(&[(args.band.clone(), net)], &pieces, &spec, user);
    if rows.iter().all(|row| row.score.halves == 0) {
        return Err(args.too_short());
    }
    let measures: usize = pieces.iter().map(|piece| piece.measures.len()).sum();
    let (data, split, name) = (args.data.display(), &args.split, &spec.voices[user.index()].name);
    playing::say(format_args!(
        "chords of {data} `{split}`, {} pieces, {measures} measures, second-next, the user plays {name}; the rules know the \
         true past\n",
        pieces.len()
    ));
    playing::say(markdown(&rows));
    playing::say(diagrams(&rows));
    Ok(())
}
