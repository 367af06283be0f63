//! Whatever the transport does, every note on gets its note off, on its sample.

use model::Rng;
use tests::host::Format;
use tests::stage::Stage;
use tests::timeline::{QUARTER, STEP};
use tests::transport::Script;

/// A transport that somebody plays with.
fn script(stage: &Stage, rng: &mut Rng) -> (Script, Vec<u32>) {
    let tick = |rng: &mut Rng, most: usize| i64::try_from(rng.below(most)).expect("a small number");
    let mut script = stage.script();
    for _ in 0..=rng.below(6) {
        // Mostly whole measures, sometimes any step, sometimes any tick.
        let grain = [4 * QUARTER, 4 * QUARTER, STEP, 1][rng.below(4)];
        let most = usize::try_from(8 * 4 * QUARTER / grain).expect("a small number");
        let mut start = tick(rng, most) * grain;
        // Who lands within 1/32 of a quarter note after a bar line lands on it, by the plugin's
        // rule: its first notes are then late by that much. Not here.
        if (1..=QUARTER / 32).contains(&start.rem_euclid(4 * QUARTER)) {
            start += QUARTER / 32;
        }
        let end = start + (1 + tick(rng, most)) * grain;
        script = match rng.below(4) {
            0 => script.cycle(&(start..end.min(start + 8 * QUARTER)), 1 + rng.below(4)),
            1 => script.roll(start..end).halt(1 + tick(rng, 30_000)),
            _ => script.roll(start..end),
        };
    }
    let sizes = (0..=rng.below(4)).map(|_| 1 + u32::try_from(rng.below(3000)).expect("a small number")).collect();
    (script.halt(20_000), sizes)
}

/// The fewest notes in a format's 48 scripts. Measured: 8291.
const LEAST_NOTES: usize = 6000;

#[test]
fn every_note_on_gets_its_note_off() {
    for format in Format::ALL {
        let mut notes = 0;
        for seed in 0..48 {
            let mut rng = Rng::new(seed);
            let mut stage = Stage::new(format, 16, 90.0 + f64::from(rng.unit()) * 150.0);
            stage.rate = [44_100, 48_000, 96_000][rng.below(3)];
            stage.setup.thru = rng.below(2) == 0;
            stage.setup.next = rng.below(2) == 0;
            // Beside half of the bands somebody drums, on the steps or beside them.
            if seed % 2 == 0 {
                (stage.setup.drums, stage.setup.groove) = ("automatic".into(), if seed % 4 == 0 { 0 } else { 100 });
            }
            // Before others the player drums.
            stage.setup.user_drums = seed % 3 == 1;
            // Some have a kit with keys of its own.
            stage.setup.kit = [0, 0, 3, 1, 2][usize::try_from(seed % 5).expect("a small number")];
            let (script, sizes) = script(&stage, &mut rng);
            let take = stage.take(&script, &sizes);
            assert!(take.verdict.is_clean(), "seed {seed}, blocks {sizes:?}, {:?}: {:?}", script.moves, take.verdict);
            notes += take.notes.len();
        }
        println!("{format}: {notes} notes");
        assert!(notes > LEAST_NOTES, "{format}: there were {notes} notes to end");
    }
}
