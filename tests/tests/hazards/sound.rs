//! What is heard is what leaves as notes, at the same samples: however time is cut into blocks, live and offline, in both
//! formats; and where *Sound* is off there is nothing.

use model::Rng;
use tests::host::{Format, Instance};
use tests::stage::{MOST_FRAMES, Stage};
use tests::take::{Pace, Playing, Take};
use tests::transport::Script;

/// A take, and both sides of what was heard of it.
struct Sounded {
    take: Take,
    sides: Vec<Vec<f32>>,
}

impl Sounded {
    fn bits(&self) -> Vec<u32> {
        self.sides.iter().flatten().map(|sample| sample.to_bits()).collect()
    }

    fn peak(&self) -> f32 {
        self.sides.iter().flatten().fold(0.0, |most, sample| most.max(sample.abs()))
    }

    /// The first sample that is heard.
    fn onset(&self) -> Option<usize> {
        self.sides.iter().filter_map(|side| side.iter().position(|&sample| sample != 0.0)).min()
    }
}

/// Plays a script through this instance, and gathers what is heard; `before` each block it may be changed.
fn listen(
    stage: &Stage,
    instance: &mut dyn Instance,
    (script, sizes, pace): (&Script, &[u32], Pace),
    mut before: impl FnMut(i64, &mut dyn Instance),
) -> Sounded {
    let mut frames = script.blocks(sizes).into_iter().map(|block| block.frames);
    let mut sides = vec![Vec::new(); 2];
    let mut gather = |instance: &dyn Instance, frames| {
        for (side, more) in sides.iter_mut().zip(instance.audio(frames)) {
            side.extend(more);
        }
    };
    let clip = stage.clip();
    let playing = Playing { script, clip: &clip, sizes, pace, thru: stage.setup.thru };
    let mut last = None;
    let take = playing.play_with(
        instance,
        |start, instance, _| {
            if let Some(frames) = last.replace(frames.next().expect("a block")) {
                gather(instance, frames);
            }
            before(start, instance);
            Ok(())
        },
        |_| (),
    );
    let take = take.expect("the plugin plays");
    gather(instance, last.expect("a block"));
    assert!(sides.iter().flatten().all(|sample| sample.abs() < 1.0 && !sample.is_subnormal()));
    Sounded { take, sides }
}

#[test]
fn any_block_size_gives_the_same_sound_live_and_offline() {
    let seed = 17;
    let mut rng = Rng::new(seed);
    let random: Vec<_> = (0..97).map(|_| 1 + u32::try_from(rng.below(MOST_FRAMES as usize)).expect("small")).collect();
    for format in Format::ALL {
        let stage = Stage::new(format, 5, 172.0);
        let script = stage.straight();
        let take = |sizes: &[u32], offline: bool| {
            let pace = if offline { Pace::Free } else { Pace::Answered };
            listen(&stage, stage.instance(offline).as_mut(), (&script, sizes, pace), |_, _| ())
        };
        let expected = take(&[512], true);
        assert!(expected.take.verdict.is_clean(), "{:?}", expected.take.verdict);
        assert!(expected.take.notes.len() > 10 && expected.peak() > 0.02, "the band is heard: {}", expected.peak());
        for sizes in [&[1][..], &[64], &[MOST_FRAMES], &random] {
            let heard = take(sizes, true);
            assert!(heard.bits() == expected.bits(), "{format}, seed {seed}, blocks of {sizes:?}");
        }
        assert!(take(&[512], false).bits() == expected.bits(), "{format}: live is offline");
    }
}

#[test]
fn the_band_is_heard_from_the_sample_of_its_first_note_on() {
    for format in Format::ALL {
        let stage = Stage::new(format, 5, 172.0);
        let mut instance = stage.instance(true);
        instance.deactivate();
        instance.set("Hear me", "off").expect("a parameter");
        instance.activate(stage.rate, MOST_FRAMES).expect("active");
        let heard = listen(&stage, instance.as_mut(), (&stage.straight(), &[512], Pace::Free), |_, _| ());
        let first = usize::try_from(heard.take.notes[0].on).expect("after the beginning");
        let onset = heard.onset().expect("it is heard");
        // An attack rises from nothing: the very first sample of a sine is 0.
        assert!((first..first + 4).contains(&onset), "{format}: {onset} for a note at {first}");
    }
}

#[test]
fn switched_off_there_is_exact_silence_and_the_same_notes() {
    for format in Format::ALL {
        let mut stage = Stage::new(format, 5, 172.0);
        let play = |stage: &Stage| {
            listen(stage, stage.instance(true).as_mut(), (&stage.straight(), &[512], Pace::Free), |_, _| ())
        };
        let on = play(&stage);
        stage.setup.sound = false;
        let off = play(&stage);
        assert_eq!(off.onset(), None, "{format}");
        assert_eq!(off.take.notes, on.take.notes, "{format}");
    }
}

#[test]
fn it_is_switched_while_it_plays_and_bypass_and_mute_are_heard() {
    for format in Format::ALL {
        for (name, value) in [("Sound", "off"), ("Bypass", "on"), ("Sound level", "0 %"), ("Hear me", "off")] {
            let stage = Stage::new(format, 8, 172.0);
            let mut instance = stage.instance(true);
            for voice in 1..=8 {
                // Where the player falls silent, too, nothing is left.
                if name == "Hear me" {
                    instance.set(&format!("Voice {voice} mute"), "on").expect("a parameter");
                }
            }
            let halfway = i64::from(stage.rate) * 5;
            let heard =
                listen(&stage, instance.as_mut(), (&stage.straight(), &[512], Pace::Free), |start, instance| {
                    if (halfway..halfway + 512).contains(&start) {
                        instance.set(name, value).expect("a parameter");
                    }
                });
            let halfway = usize::try_from(halfway).expect("positive");
            let peak = |of: &[f32]| of.iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
            assert!(peak(&heard.sides[0][..halfway]) > 0.01, "{format}: {name}");
            // Whatever rang then has rung for four seconds.
            let end = heard.sides[0].len();
            assert!(end > halfway + 5 * 48_000, "{end}");
            let rest = peak(&heard.sides[0][end - 48_000..]);
            assert!(rest < 1e-4, "{format}: after {name} {value} there is {rest}");
        }
    }
}

#[test]
fn any_sample_rate_is_heard() {
    for format in Format::ALL {
        let mut stage = Stage::new(format, 4, 172.0);
        for rate in [8000, 44_100, 192_000, 768_000] {
            stage.rate = rate;
            let heard =
                listen(&stage, stage.instance(true).as_mut(), (&stage.straight(), &[512], Pace::Free), |_, _| ());
            assert!(heard.peak() > 0.02, "{format}, {rate} Hz: {}", heard.peak());
        }
    }
}

#[test]
fn after_a_reset_nothing_is_left() {
    for format in Format::ALL {
        let stage = Stage::new(format, 4, 172.0);
        let mut instance = stage.instance(true);
        let heard = listen(&stage, instance.as_mut(), (&stage.straight(), &[512], Pace::Free), |_, _| ());
        assert!(heard.peak() > 0.02);
        instance.reset();
        instance.process(512, None, &[], &mut Vec::new()).expect("it plays");
        assert!(instance.is_silent(512), "{format}");
    }
}
