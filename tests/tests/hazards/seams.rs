//! Loops, jumps, stops, starts in mid-measure, changes of tempo and meter: no note hangs, sounds
//! twice, or begins beside its sample.

use model::TimeSignature;
use tests::host::Format;
use tests::stage::{Stage, music};
use tests::take::Take;
use tests::timeline::{QUARTER, STEP, Timeline};
use tests::transport::Script;

const BAR: i64 = 4 * QUARTER;

/// Plays a script at awkward block sizes and lets the checker judge.
fn check(stage: &Stage, script: &Script) -> Take {
    let take = stage.take(&script.clone().halt(20_000), &[480, 1, 2048]);
    assert!(take.verdict.is_clean(), "{:?}", take.verdict);
    take
}

/// In which of the script's moves the band plays.
fn plays_in(take: &Take, index: usize) -> bool {
    take.notes.iter().any(|note| note.move_index == index)
}

#[test]
fn a_loop_goes_on_over_its_seam() {
    for format in Format::ALL {
        // At 131 a loop of two measures is not a whole number of samples long.
        for tempo in [120.0, 131.0] {
            let stage = Stage::new(format, 8, tempo);
            let take = check(&stage, &stage.script().cycle(&(0..2 * BAR), 5));
            assert!(!plays_in(&take, 0), "two measures are listened to");
            for pass in 1..5 {
                let first = take.notes.iter().find(|note| note.move_index == pass);
                assert!(first.is_some_and(|note| note.tick < BAR), "pass {pass} goes on as if there were no seam");
            }
        }
    }
}

#[test]
fn a_loop_that_is_not_announced_is_survived() {
    for format in Format::ALL {
        let stage = Stage::new(format, 8, 120.0);
        let mut script = stage.script();
        for _ in 0..4 {
            script = script.roll(0..3 * BAR);
        }
        let take = check(&stage, &script);
        assert!(plays_in(&take, 3), "the band goes on");
    }
}

#[test]
fn a_loop_within_measures_is_survived() {
    for format in Format::ALL {
        let stage = Stage::new(format, 8, 140.0);
        let take = check(&stage, &stage.script().roll(0..BAR).cycle(&(BAR + 3 * STEP..2 * BAR + 7 * STEP), 6));
        assert!(take.notes.len() > 5, "{} notes", take.notes.len());
    }
}

#[test]
fn jumps_end_what_sounds_and_the_band_goes_on() {
    for format in Format::ALL {
        let stage = Stage::new(format, 12, 120.0);
        let script = stage
            .script()
            .roll(0..4 * BAR)
            .roll(8 * BAR..10 * BAR)
            .roll(2 * BAR + 5 * STEP..6 * BAR)
            .roll(0..3 * BAR + 9 * STEP)
            .roll(5 * BAR..9 * BAR);
        let take = check(&stage, &script);
        for index in 0..5 {
            assert!(plays_in(&take, index), "it plays in roll {index}");
        }
    }
}

#[test]
fn stops_in_mid_measure_end_every_note() {
    for format in Format::ALL {
        let stage = Stage::new(format, 12, 120.0);
        let mut script = stage.script();
        for steps in [50, 61, 77, 90] {
            script = script.roll(0..steps * STEP).halt(5000);
        }
        let take = check(&stage, &script);
        let runs: Vec<_> = [0, 2, 4, 6]
            .map(|index| {
                let notes: Vec<_> =
                    music(&take).into_iter().filter(|note| note.0 == index && note.1 < 50 * STEP).collect();
                notes.into_iter().map(|note| (note.1, note.2, note.3, note.4)).collect::<Vec<_>>()
            })
            .into();
        assert!(!runs[0].is_empty());
        // Stop → play forgets: the same start and input give the same notes (but not the loudness,
        // which follows what was heard before).
        let keys = |run: &[(i64, u8, u8, u8)]| run.iter().map(|note| (note.0, note.1, note.2)).collect::<Vec<_>>();
        assert!(runs.iter().all(|run| keys(run) == keys(&runs[0])), "{runs:?}");
    }
}

#[test]
fn a_start_in_mid_measure_waits_for_the_bar_line() {
    for format in Format::ALL {
        let stage = Stage::new(format, 12, 120.0);
        let take = check(&stage, &stage.script().roll(BAR + 5 * STEP..8 * BAR));
        let first = take.notes.first().expect("the band plays").tick;
        assert!(first >= 3 * BAR, "not before it has heard a measure: tick {first}");
    }
}

#[test]
fn a_preroll_before_the_beginning_is_survived() {
    for format in Format::ALL {
        let stage = Stage::new(format, 8, 120.0);
        let take = check(&stage, &stage.script().roll(-BAR..6 * BAR));
        assert!(!take.notes.is_empty());
    }
}

#[test]
fn the_band_follows_the_tempo_to_the_sample() {
    for format in Format::ALL {
        let mut stage = Stage::new(format, 12, 120.0);
        stage.rate = 44_100;
        let tempos: Vec<_> =
            (0..40).map(|quarter| (quarter * QUARTER, 380_000 + 7919 * u32::try_from(quarter).expect("few"))).collect();
        let timeline = Timeline::new(&tempos, &[(0, TimeSignature::FOUR_FOUR)]);
        let take = check(&stage, &Script::new(timeline, stage.rate).roll(0..10 * BAR));
        assert!(take.notes.len() > 20, "{} notes", take.notes.len());
    }
}

#[test]
fn meters_change_and_long_ones_are_divided() {
    for format in Format::ALL {
        let stage = Stage::new(format, 12, 120.0);
        let meter = |numerator, denominator| TimeSignature::new(numerator, denominator).expect("a meter");
        let meters =
            [(0, meter(3, 4)), (6 * QUARTER, meter(5, 4)), (16 * QUARTER, meter(6, 8)), (28 * QUARTER, meter(4, 4))];
        let timeline = Timeline::new(&[(0, 500_000)], &meters);
        let take = check(&stage, &Script::new(timeline, stage.rate).roll(0..40 * QUARTER));
        assert!(take.notes.iter().any(|note| note.tick >= 28 * QUARTER), "it plays to the end");
    }
}
