//! A chart in a DAW's loop: twelve measures of blues in F, which the player plays over, and the band obeys in every pass.

use std::collections::BTreeSet;

use anyhow::{Context, ensure};
use model::music::chart::Chart;
use model::music::chord::Chord;

use super::recording::Recording;
use super::session::Session;
use super::studio::Studio;
use super::verdict::{Expected, OnGrid, Verdict};
use super::{CHANNELS, STEPS, arrange, expected, record};
use crate::tune;

/// The chart, as a musician types it.
const CHART: &str = "| F7 | Bb7 | F7 | % | Bb7 | % | F7 | D7 | Gm7 | C7 | F7 | C7 |";

/// What the player plays, in the notation of the tune: it rests where the loop ends.
const MELODY: [&str; 12] = [
    "r:4 C5:2 D5:2 F5:4 r:4",
    "r:4 D5:2 F5:2 G#5:4 r:4",
    "F5:2 D#5:2 C5:4 r:2 A4:2 C5:4",
    "F5:8 r:8",
    "r:4 D5:2 F5:2 G#5:4 r:4",
    "G#5:2 F5:2 D5:4 r:8",
    "F5:2 D#5:2 C5:4 r:2 A4:2 C5:4",
    "A4:2 C5:2 D5:4 F#5:4 r:4",
    "G5:4 F5:2 D5:2 A#4:4 r:4",
    "E5:4 D5:2 C5:2 A#4:4 r:4",
    "A4:2 C5:2 F5:8 r:4",
    "E5:4 C5:4 r:8",
];

/// Quarters a minute: a pass takes twelve seconds.
const TEMPO: u32 = 240;

/// How often it is played.
const PASSES: usize = 2;

/// How many quarters are recorded before the loop.
const BEFORE: usize = 8;

/// The band's channels of Chords and Bass, from 0.
const CHORDS: u8 = 2;
const BASS: u8 = 3;

/// Records the loop, and holds what the band plays against the chart.
///
/// # Errors
/// If Ardour cannot be driven, or the band does not play the chart.
pub(super) fn check(studio: &Studio) -> anyhow::Result<()> {
    let session = Session { folder: studio.out.join("blues") };
    let song = tune::melody("Lead", f64::from(TEMPO), MELODY);
    let quarters = 4 * MELODY.len();
    arrange(studio, &session, 1, &["tempo".to_owned(), TEMPO.to_string(), "0".to_owned()])?;
    session.lay(&song, (0, quarters))?;
    session.chart(&format!("loop\n{CHART}"))?;
    record("blues", studio, &session, (BEFORE, PASSES), &[])?;
    let recorded = session.recorded()?;
    ensure!(recorded.len() == 2, "Ardour recorded {} times", recorded.len());
    let of = || {
        let expected = Expected { mine: 0, ..expected(&song, 0..quarters, PASSES) };
        let verdict = Verdict::on(&Recording::read(&recorded[1].file)?, &expected)?;
        verdict.check_from_the_start(&CHANNELS)?;
        obeyed(&verdict.notes, &CHART.parse()?)
    };
    let (roots, measures, inside, notes) = of().context("a blues in F, looped")?;
    println!(
        "A blues in F, looped in Ardour: the bass begins on the chart's root in {roots} of {measures} measures, and \
         {inside} of {notes} notes of Chords are of its chords."
    );
    ensure!(
        measures >= 16 && 10 * roots >= 9 * measures,
        "the bass begins on the chart's root in {roots} of {measures} measures"
    );
    ensure!(notes >= 40 && 10 * inside >= 9 * notes, "{inside} of {notes} notes of Chords are of the chart's chords");
    Ok(())
}

/// In how many measures the bass begins on the chart's root, of those in which it begins a note; and how many notes of
/// Chords are of the chart's, of all.
fn obeyed(notes: &[OnGrid], chart: &Chart) -> anyhow::Result<(usize, usize, usize, usize)> {
    let measure = 4 * STEPS as u64;
    let chord = |step: u64| -> anyhow::Result<Chord> {
        let place = usize::try_from(step / measure)?;
        let symbol = chart.at(place, u8::try_from(step % measure)?, u8::try_from(measure)?);
        symbol.and_then(|symbol| symbol.chord()).context("the chart has no chord there")
    };
    let (mut roots, mut began, mut inside, mut all) = (0, BTreeSet::new(), 0, 0);
    for &(step, channel, key, ..) in notes {
        let chord = chord(step)?;
        if channel == BASS && began.insert(step / measure) {
            roots += usize::from(key % 12 == chord.root);
        }
        if channel == CHORDS {
            all += 1;
            inside += usize::from(chord.pitch_classes().has(key % 12));
        }
    }
    Ok((roots, began.len(), inside, all))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(notes: &[(u64, u8, u8)], expected: (usize, usize, usize, usize)) {
        let notes: Vec<OnGrid> = notes.iter().map(|&(step, channel, key)| (step, channel, key, 80, step + 4)).collect();
        let chart = CHART.parse().expect("a chart");
        assert_eq!(obeyed(&notes, &chart).expect("chords"), expected, "{notes:?}");
    }

    #[test]
    fn the_bass_is_held_to_the_root_and_the_chords_to_their_tones_in_every_pass() {
        // F, then B flat in the second measure, and again a pass later.
        check(&[(0, BASS, 41), (16, BASS, 46), (16 * 12, BASS, 41), (16 * 13, BASS, 46)], (4, 4, 0, 0));
        check(&[(0, BASS, 41), (8, BASS, 48)], (1, 1, 0, 0));
        check(&[(16, BASS, 41), (16 * 13 + 2, BASS, 41)], (0, 2, 0, 0));
        check(&[(0, CHORDS, 63), (0, CHORDS, 64), (16, CHORDS, 68)], (0, 0, 2, 3));
    }
}
