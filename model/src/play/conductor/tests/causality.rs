//! What the band plays may not depend on what it could not have heard.

use super::*;

const INTERPLAYS: [Interplay; 4] = [Interplay::Accompany, Interplay::Trade, Interplay::Solo, Interplay::Continue];

/// One measure of a random script: what the user plays, and whether the prediction comes.
#[derive(Clone)]
struct Line {
    user: Measure,
    predicts: bool,
}

/// A user's measure: silent, a repetition, or something new.
fn measure(rng: &mut Rng, steps: u8, before: &[Line]) -> Measure {
    let again = before.len().checked_sub(4).filter(|_| rng.below(2) == 0).map(|at| before[at].user);
    match (rng.below(3), again) {
        (0, _) => Measure::silent(steps),
        (_, Some(again)) => again.resized(steps),
        _ => {
            let notes = (0..1 + rng.below(6)).map(|_| {
                let below = |rng: &mut Rng, n: u8| u8::try_from(rng.below(usize::from(n))).expect("small");
                Note::new(below(rng, steps), 1 + below(rng, 8), Key::clamped(48 + i32::from(below(rng, 36))))
            });
            Measure::from_notes(steps, notes)
        }
    }
}

fn script(rng: &mut Rng, measures: usize) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::with_capacity(measures);
    let mut steps = 16;
    for _ in 0..measures {
        if rng.below(12) == 0 {
            steps = [16, 12, 8, 2, 1][rng.below(5)];
        }
        let user = measure(rng, steps, &lines);
        lines.push(Line { user, predicts: rng.below(4) > 0 });
    }
    lines
}

/// What the band plays in each measure.
fn played(settings: Settings, lines: &[Line]) -> Vec<(Source, BandMeasure)> {
    let mut rig = Rig::new(settings);
    lines
        .iter()
        .enumerate()
        .map(|(at, line)| {
            let next_steps = lines.get(at + 1).unwrap_or(line).user.steps();
            let begun = rig.play_with(&line.user, next_steps, line.predicts);
            (begun.source, *rig.conductor.playing())
        })
        .collect()
}

#[test]
fn what_the_user_changes_is_heard_two_measures_later_at_the_earliest_or_one() {
    let mut fallbacks = 0;
    let mut differing = [0, 0];
    for seed in 0..400 {
        println!("seed {seed}");
        let mut rng = Rng::new(seed);
        let lookahead = if seed % 2 == 0 { Lookahead::SecondNext } else { Lookahead::Next };
        let settings = Settings {
            listen_first: u8::try_from(rng.below(4)).expect("small"),
            play_on: u8::try_from(rng.below(4)).expect("small"),
            hear_own: rng.below(2) == 0,
            user_drums: seed % 5 >= 3,
            interplay: INTERPLAYS[rng.below(4)],
            turn: 1 + u8::try_from(rng.below(4)).expect("small"),
            freeze: (rng.below(8) == 0).then_some(3),
            seed,
            ..settings(lookahead)
        };
        let before = script(&mut rng, 40);
        let heard = rng.below(38);
        let mut after = before.clone();
        for at in heard..before.len() {
            let steps = before[at].user.steps();
            after[at].user = measure(&mut rng, steps, &after[..at]);
            if at == heard && lookahead == Lookahead::Next && seed % 4 == 1 {
                // Only the last step changes.
                after[at].user = before[at].user;
                after[at].user.push(Note::new(steps - 1, 1, Key::MAX));
            }
        }
        let ahead = usize::from(lookahead.ahead());
        // The measure changed is `heard` (counted from 0): what was heard before it leaves its mark up to
        // `heard - 1 + ahead`; a change of the last step alone is heard a measure later still.
        let last_step_only = lookahead == Lookahead::Next && seed % 4 == 1;
        let same = heard + ahead + usize::from(last_step_only);
        let (a, b) = (played(settings, &before), played(settings, &after));
        assert_eq!(a[..same.min(40)], b[..same.min(40)], "seed {seed}: changed in measure {heard}");
        fallbacks += a.iter().filter(|(source, _)| source.is_fallback()).count();
        differing[usize::from(lookahead == Lookahead::Next)] += usize::from(a != b);
    }
    assert!(fallbacks > 1000, "the scripts do miss predictions: {fallbacks}");
    assert!(differing.iter().all(|&n| n > 100), "and the changes are heard in the end: {differing:?}");
}

#[test]
fn the_band_does_listen_to_the_newest_measure_it_may() {
    for lookahead in [Lookahead::SecondNext, Lookahead::Next] {
        let ahead = usize::from(lookahead.ahead());
        let line = |key| Line { user: held(key), predicts: true };
        let before: Vec<Line> = (60..72).map(line).collect();
        let mut after = before.clone();
        after[5] = line(30);
        let (a, b) = (played(settings(lookahead), &before), played(settings(lookahead), &after));
        assert_eq!(a[..5 + ahead], b[..5 + ahead]);
        assert_ne!(a[5 + ahead], b[5 + ahead], "{lookahead:?}");
    }
}
