//! The chords that the band was told where the chart says none: which stands where, how sure, and why in words.

use std::fmt::Write;

use model::systems::harmony::telling::{ChordSource, ToldChord};

use super::lane_state::Cell;
use crate::snapshot::Shown;

/// What the band was told of a part of its bar, by the first of these measures that lies there.
pub(super) fn told_in<'a>(cell: Cell, measures: impl IntoIterator<Item = &'a Shown>) -> Option<ToldChord> {
    measures.into_iter().find_map(|shown| {
        let place = shown.place.filter(|place| place.bar == cell.bar)?;
        let from = usize::from(place.of) * cell.part / cell.parts.max(1);
        let step = from.checked_sub(place.from.into()).filter(|&step| step < shown.music.steps().into())?;
        let holds = |told: &&ToldChord| (usize::from(told.steps.0)..usize::from(told.steps.1)).contains(&step);
        shown.told.iter().flatten().find(holds).copied()
    })
}

/// How strongly a chord is drawn: the surer, the stronger, and never as strong as one that is known.
pub(super) fn strength(told: &ToldChord) -> f32 {
    let sure = match (told.source, told.chance) {
        (ChordSource::Held, _) => 0.6,
        (ChordSource::Foretold, chance) => f32::from(chance.unwrap_or(0)) / 100.0,
    };
    0.4 + 0.35 * sure
}

/// What it is, in a few words: "Am7, foretold, 62 %".
pub(super) fn name(told: &ToldChord) -> String {
    let chord = told.chord;
    match (told.source, told.chance) {
        (ChordSource::Held, _) => format!("{chord}, held from the round before"),
        (ChordSource::Foretold, Some(chance)) => format!("{chord}, foretold, {chance} %"),
        (ChordSource::Foretold, None) => format!("{chord}, foretold"),
    }
}

/// Why it is, in lines of their own: the likeliest chords, and what speaks for the one that was told.
pub(super) fn reasons(told: &ToldChord) -> String {
    let mut out = String::new();
    let likeliest: Vec<String> =
        told.likeliest.iter().flatten().map(|(chord, chance)| format!("{chord} {chance} %")).collect();
    // A text takes all that is written to it.
    if !likeliest.is_empty() {
        let _written = writeln!(out, "Likeliest: {}.", likeliest.join(", "));
    }
    let why: Vec<String> = told.why.iter().flatten().map(ToString::to_string).collect();
    if !why.is_empty() {
        let _written = writeln!(out, "{}: {}.", told.chord, why.join(", "));
    }
    out
}

#[cfg(test)]
mod tests {
    use model::BandMeasure;
    use model::music::chart::BarPlace;
    use model::systems::harmony::why::Reason;

    use super::*;
    use crate::snapshot::Page;

    fn told(steps: (u8, u8), source: ChordSource) -> ToldChord {
        let chord = |name: &str| name.parse().expect("a chord");
        ToldChord {
            steps,
            chord: chord("Am7"),
            source,
            chance: Some(62),
            likeliest: [Some((chord("Am7"), 62)), Some((chord("F"), 20)), Some((chord("C"), 8))],
            why: [Some(Reason::AsBefore(8)), Some(Reason::Fits(4))],
        }
    }

    #[test]
    fn why_a_chord_is_foretold_is_said_in_words() {
        let foretold = told((0, 8), ChordSource::Foretold);
        assert_eq!(name(&foretold), "Am7, foretold, 62 %");
        assert_eq!(reasons(&foretold), "Likeliest: Am7 62 %, F 20 %, C 8 %.\nAm7: as 8 measures ago, fits your E.\n");
        let held = ToldChord { likeliest: [None; 3], ..told((0, 8), ChordSource::Held) };
        assert_eq!(name(&held), "Am7, held from the round before");
        assert_eq!(reasons(&held), "Am7: as 8 measures ago, fits your E.\n");
        let surer = ToldChord { chance: Some(90), ..foretold };
        assert!(strength(&surer) > strength(&foretold) && strength(&surer) < 0.8, "the surer, the less pale");
    }

    #[test]
    fn a_chord_is_found_in_its_half_of_its_bar_however_long_that_is() {
        let shown = |place, steps, halves: [Option<(u8, u8)>; 2]| Shown {
            place: Some(place),
            told: halves.map(|steps| steps.map(|steps| told(steps, ChordSource::Foretold))),
            ..Page::shown(BandMeasure::missing(steps))
        };
        let cell = |bar, part, parts| Cell { bar, part, parts };
        let found = |cell, measures: &[Shown]| told_in(cell, measures).map(|told| told.steps);
        // The first half is the chart's.
        let four = shown(BarPlace::whole(3, 16), 16, [None, Some((8, 16))]);
        assert_eq!(found(cell(3, 0, 2), &[four]), None);
        assert_eq!(found(cell(3, 1, 2), &[four]), Some((8, 16)));
        assert_eq!(found(cell(4, 1, 2), &[four]), None);
        // Five quarters are a measure of twelve steps and one of eight: the bar's middle is in the first.
        let five = BarPlace { of: 20, ..BarPlace::whole(0, 16) };
        let parts =
            [shown(BarPlace { from: 12, ..five }, 8, [Some((0, 8)), None]), shown(five, 12, [Some((0, 12)), None])];
        assert_eq!(found(cell(0, 1, 2), &parts), Some((0, 12)));
        assert_eq!(found(cell(0, 0, 1), &parts), Some((0, 12)));
    }
}
