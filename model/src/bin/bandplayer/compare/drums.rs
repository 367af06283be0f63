//! The drummer beside what people play in a set: how well the drums lie with the others.

use std::sync::Arc;

use anyhow::{Context, Result};
use model::metrics::DrumFollowing;
use model::midi_file::band_song::Casting;
use model::music::drums::{Drum, DrumHit, DrumMeasure};
use model::play::drumming::{Beside, DrumManner, drum_to};
use model::{BandSong, BandSpec, Energy, Measure, Role, Velocity};

use super::bench::Bench;
use crate::drums;

/// Everything random of the drummers comes from this. Chosen: any number.
const SEED: u64 = 1;

/// Who drums, and what came of it.
pub(super) struct DrumRow {
    pub(super) name: &'static str,
    pub(super) found: DrumFollowing,
}

/// The drummer inside the program, and one who plays the same beat in every measure; nothing where a set has no bass.
pub(super) fn measure(bench: &Bench) -> Result<Vec<DrumRow>> {
    let spec = &bench.spec;
    let has = |role: Role| spec.voices.iter().any(|voice| voice.role == role);
    if !has(Role::Bass) || !has(Role::Melody) {
        return Ok(Vec::new());
    }
    let trained = drums::inside()?;
    let mut rows = [DrumFollowing::default(), DrumFollowing::default()];
    for song in bench.songs() {
        let piece = &BandSong::cast(song, spec, &Casting::of(song, spec));
        let [user, bass, chords] = [Role::Melody, Role::Bass, Role::Harmony].map(|role| line(spec, piece, role));
        let (Some(user), Some(bass)) = (user, bass) else { continue };
        let beside = Beside { user: Some(&user), bass: Some(&bass), chords: chords.as_deref() };
        let manner = DrumManner { style: None, energy: Energy::NEUTRAL, temperature: 1.0, seed: SEED };
        let plays = |at: usize| bass.get(at).is_some_and(|measure| !measure.is_silent());
        let played = drum_to(&Arc::clone(&trained), song, beside, &manner, plays);
        let played = played.context("the drummer's output is not finite: the band file is damaged")?;
        let steady: Vec<DrumMeasure> =
            played.iter().map(|measure| if measure.is_silent() { *measure } else { steady(measure.steps()) }).collect();
        rows[0].add(&played, &user, Some(&bass));
        rows[1].add(&steady, &user, Some(&bass));
    }
    let [drummer, steady] = rows;
    Ok(vec![DrumRow { name: "drummer", found: drummer }, DrumRow { name: "the same beat always", found: steady }])
}

/// What the voices of this role play, if one is there: the first.
fn line(spec: &BandSpec, piece: &BandSong, role: Role) -> Option<Vec<Measure>> {
    let voice = piece.present.iter().find(|voice| spec.voices[voice.index()].role == role)?;
    Some(model::play::tasks::score::line(&piece.measures, voice))
}

/// Kick on the first beat and the third, snare on the others, hats on eighths.
fn steady(steps: u8) -> DrumMeasure {
    let mut measure = DrumMeasure::silent(steps);
    for step in (0..steps).step_by(2) {
        let mut strike = |drum| {
            measure.strike(DrumHit { step, drum, velocity: Velocity::DEFAULT, offset: 0.0 });
        };
        strike(Drum::ClosedHat);
        match step % 8 {
            0 => strike(Drum::Kick),
            4 => strike(Drum::Snare),
            _ => {}
        }
    }
    measure
}

/// A table of them, or why there is none.
pub(super) fn markdown(rows: &[DrumRow]) -> String {
    if rows.iter().all(|row| row.found.measures() == 0) {
        return "None: drums lie with a melody and a bass, and this set lacks one of them.\n".to_owned();
    }
    let mut out = String::from("| ");
    out += &["", "measures"].map(str::to_owned).join(" | ");
    for (name, _) in figures(&DrumFollowing::default()) {
        out += " | ";
        out += name;
    }
    out += " |\n|---|---|---|---|---|---|---|---|\n";
    for DrumRow { name, found } in rows {
        out += &format!("| {name} | {} |", found.measures());
        for (_, value) in figures(found) {
            out += &value.map_or(" - |".to_owned(), |value| format!(" {value:.3} |"));
        }
        out.push('\n');
    }
    out
}

/// The figures of one, by name.
pub(super) fn figures(found: &DrumFollowing) -> [(&'static str, Option<f64>); 6] {
    [
        ("strokes with the tune's onsets (rank correlation)", Some(found.rank_correlation())),
        ("measures shuffled", Some(found.shuffled(SEED))),
        ("kicks on the bass", found.kicks_on_bass()),
        ("bass with a kick", found.bass_with_kick()),
        ("kick on one", found.kick_on_one()),
        ("snare on two and four", found.backbeat()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_without_a_bass_says_why_it_has_no_drums_and_others_have_a_row_for_each() {
        assert!(markdown(&[]).contains("lacks"));
        let line = vec![Measure::from_notes(16, [model::Note::new(0, 4, model::Key::MIDDLE_C)]); 8];
        let mut found = DrumFollowing::default();
        found.add(&[steady(16); 8], &line, Some(&line));
        let rows = [DrumRow { name: "the same beat always", found }];
        let text = markdown(&rows);
        assert!(text.contains("| the same beat always | 8 |") && text.contains(" 1.000 |"), "{text}");
        let widths: Vec<usize> = text.lines().map(|line| line.matches('|').count()).collect();
        assert!(widths.windows(2).all(|pair| pair[0] == pair[1]), "{text}");
    }
}
