//! The drummer, from the worker to the host.

use model::music::kit::{Kit, NamedKit, SHIPPED};

use super::*;
use crate::engine::DrumChoice;

/// The channel of drums, from 0.
const DRUMS: u8 = 9;

fn drumming() -> Rig {
    let mut rig = Rig::new();
    rig.set(|controls| controls.drums.choice = DrumChoice::Automatic);
    rig
}

/// A note that was said: sample, channel, key.
type Said = (i64, u8, u8);

/// The drummer's notes, and those of the band.
fn parted(rig: &Rig) -> (Vec<Said>, Vec<Said>) {
    rig.notes().into_iter().partition(|&(_, channel, _)| channel == DRUMS)
}

#[test]
fn a_drummer_plays_from_the_second_measure_after_the_first_on_and_the_band_plays_as_without() {
    let (mut with, mut without) = (drumming(), Rig::new());
    for rig in [&mut with, &mut without] {
        rig.roll(6 * MEASURE, &[512]);
    }
    let (drums, band) = parted(&with);
    assert_eq!(band, without.notes());
    assert!(drums.len() > 20, "{}", drums.len());
    assert!(drums.iter().all(|&(at, ..)| at >= 2 * MEASURE));
    assert!(drums.iter().any(|&(at, ..)| at < 3 * MEASURE));
    let known = |key: u8| {
        model::music::drums::Drum::of(Key::clamped(i32::from(key))).is_some_and(|drum| drum.key().get() == key)
    };
    assert!(drums.iter().all(|&(_, _, key)| known(key)));
}

/// Middle C on every quarter is what the user plays: as a drummer, that is a bongo.
#[test]
fn a_user_who_drums_is_shown_on_the_rows_of_drums_and_every_voice_is_the_bands() {
    let mut rig = drumming();
    rig.set(|controls| {
        controls.drums.user = true;
        controls.user_channel = UserChannel::OfVoice;
    });
    rig.roll(6 * MEASURE, &[512]);
    let page = rig.engine.pages.page();
    assert!(page.user_drums && page.users_voice().is_none());
    for shown in page.past.iter().flatten() {
        assert!(shown.user_drums && shown.drums_heard);
        assert!((0..16).all(|step| shown.drums.other(step).is_some() == (step % 4 == 0)), "{:?}", shown.drums);
    }
    let shown = page.past[0].expect("a measure");
    assert!(!shown.music.voice(shown.user).is_silent(), "the voice that was the user's is the band's");
    let passed = rig.out.iter().filter_map(|(_, out)| match out {
        Out::Passed(Message::On(channel, ..)) => Some(channel.get()),
        _ => None,
    });
    assert!(passed.clone().count() >= 23 && passed.into_iter().all(|channel| channel == DRUMS));
    let (said_drums, band) = parted(&rig);
    let mut channels: Vec<u8> = band.iter().map(|&(_, channel, _)| channel).collect();
    channels.sort_unstable();
    channels.dedup();
    assert_eq!((said_drums.len(), channels), (0, vec![0, 1, 2, 3]), "nobody else drums");
    // Back to a voice: its notes are notes again, from the next measure on.
    rig.set(|controls| controls.drums.user = false);
    rig.roll(8 * MEASURE, &[512]);
    let page = rig.engine.pages.page();
    let shown = page.past[0].expect("a measure");
    assert!(!shown.user_drums && shown.music.voice(shown.user).notes().len() == 4);
}

#[test]
fn any_blocks_play_the_same_strokes() {
    let play = |sizes: &[u32]| {
        let mut rig = drumming();
        rig.roll(6 * MEASURE, sizes);
        rig.notes()
    };
    let expected = play(&[512]);
    for sizes in [&[1024][..], &[37, 480, 1], &[4096]] {
        assert_eq!(play(sizes), expected, "{sizes:?}");
    }
}

#[test]
fn without_groove_every_stroke_lies_on_the_sample_of_its_sixteenth() {
    const STEP: i64 = QUARTER / 4;
    let play = |groove: f64| {
        let mut rig = drumming();
        rig.set(|controls| controls.drums.groove = groove);
        rig.roll(8 * MEASURE, &[512]);
        parted(&rig).0
    };
    assert!(play(0.0).iter().all(|&(at, ..)| at % STEP == 0));
    assert!(play(1.0).iter().filter(|&&(at, ..)| at % STEP != 0).count() > 20);
}

#[test]
fn every_stroke_ends_however_the_music_does() {
    type End = fn(&mut Rig);
    let ends: [(&str, End); 8] = [
        ("stop", |rig| rig.host.playing = false),
        ("jump", |rig| {
            rig.plays = false;
            // In the middle of a measure: nothing begins there.
            (rig.host.samples, rig.host.beats) = (Some(40 * MEASURE + QUARTER), Some(161.0));
        }),
        ("bypass", |rig| rig.set(|controls| controls.bypass = true)),
        ("panic", |rig| rig.set(|controls| controls.panic = true)),
        ("mute", |rig| rig.set(|controls| controls.drums.mute = true)),
        ("another kit", |rig| rig.set(|controls| controls.kit = one_key())),
        ("off", |rig| rig.set(|controls| controls.drums.choice = DrumChoice::Off)),
        ("another's solo", |rig| rig.set(|controls| controls.voices[3].solo = true)),
    ];
    for (name, end) in ends {
        let mut rig = drumming();
        // In the middle of a stroke: until something of the drummer sounds.
        rig.roll(3 * MEASURE, &[256]);
        while !rig.hanging().iter().any(|&(channel, _)| channel == DRUMS) {
            rig.block(64);
        }
        end(&mut rig);
        rig.block(1);
        assert!(!rig.hanging().iter().any(|&(channel, _)| channel == DRUMS), "{name}: {:?}", rig.hanging());
    }
}

#[test]
fn a_take_begins_anew_with_the_same_strokes() {
    let mut rig = drumming();
    let mut take = || {
        let from = rig.now;
        rig.roll(from + 6 * MEASURE, &[480]);
        rig.host.playing = false;
        rig.block(480);
        (rig.host.playing, rig.host.samples, rig.host.beats) = (true, Some(0), Some(0.0));
        let notes = rig.notes().into_iter().filter(|&(at, ..)| at >= from);
        notes.map(|(at, channel, key)| (at - from, channel, key)).collect::<Vec<_>>()
    };
    let first = take();
    assert_eq!(take(), first);
}

#[test]
fn a_drummer_alone_is_heard_with_solo_and_without_any_voice() {
    for change in [(|controls| controls.drums.solo = true) as fn(&mut Controls), |controls| {
        controls.voices.iter_mut().for_each(|voice| voice.on = false)
    }] {
        let mut rig = drumming();
        rig.set(change);
        rig.roll(5 * MEASURE, &[512]);
        let (drums, band) = parted(&rig);
        assert!(!drums.is_empty() && band.is_empty());
    }
}

#[test]
fn the_styles_and_the_energy_are_heard() {
    let play = |change: fn(&mut Controls)| {
        let mut rig = drumming();
        rig.set(change);
        rig.roll(10 * MEASURE, &[1024]);
        parted(&rig).0
    };
    let usual = play(|_| ());
    let jazz = play(|controls| controls.drums.choice = DrumChoice::In(model::systems::drummer::DrumStyle::Jazz));
    assert_ne!(jazz, usual);
    let (few, many) =
        (play(|controls| controls.drums.intensity = -1.0), play(|controls| controls.drums.intensity = 1.0));
    assert!(few.len() < many.len(), "{} and {}", few.len(), many.len());
    // The band's energy is the drummer's too.
    fn energy(controls: &mut Controls, energy: f32) {
        controls.style.energy = model::Energy::clamped(energy);
    }
    let (few, many) = (play(|controls| energy(controls, -1.0)), play(|controls| energy(controls, 1.0)));
    assert!(few.len() < many.len(), "{} and {}", few.len(), many.len());
}

#[test]
fn every_stroke_of_the_plan_sounds_on_its_very_sample() {
    for (groove, swing) in [(0.0, 0.0), (0.37, 0.0), (1.0, 0.0), (1.0, 0.6)] {
        let mut rig = drumming();
        rig.set(|controls| (controls.drums.groove, controls.swing) = (groove, swing));
        let mut expected = Vec::new();
        for measure in 0..12 {
            rig.roll(measure * MEASURE, &[480]);
            // Its first sample begins the measure: the plan is known then.
            rig.block(1);
            for hit in rig.engine.conductor.drums().hits() {
                let swung = if hit.step % 2 == 1 { swing / 3.0 } else { 0.0 };
                let step = (f64::from(hit.step) + swung + groove * f64::from(hit.offset)).max(0.0);
                #[expect(clippy::cast_possible_truncation, reason = "a sample")]
                let sample = (step * QUARTER as f64 / 4.0 - 1e-6).ceil() as i64;
                expected.push((measure * MEASURE + sample, DRUMS, hit.drum.key().get()));
            }
        }
        rig.roll(12 * MEASURE, &[480]);
        expected.sort_unstable();
        let mut drums = parted(&rig).0;
        drums.sort_unstable();
        assert!(drums.len() > 60, "{}", drums.len());
        assert_eq!(drums, expected, "groove {groove}, swing {swing}");
    }
}

#[test]
fn another_kit_has_other_keys_and_the_same_strokes() {
    let play = |kit: usize| {
        let mut rig = drumming();
        let named: NamedKit = SHIPPED[kit].1.parse().expect("it ships");
        rig.set(|controls| controls.kit = named.kit);
        rig.roll(6 * MEASURE, &[512]);
        (parted(&rig).0, named.kit)
    };
    let (usual, gm) = play(0);
    for kit in 1..SHIPPED.len() {
        let (strokes, keyed) = play(kit);
        let keys = |strokes: &[Said], kit: &Kit| {
            let mut heard: Vec<_> =
                strokes.iter().map(|&(at, _, key)| (at, kit.hears(Key::clamped(key.into())))).collect();
            heard.sort_unstable();
            heard
        };
        assert_eq!(keys(&strokes, &keyed), keys(&usual, &gm));
        // Of the others only toms have other keys, and none is struck here.
        assert!(kit != SHIPPED.len() - 1 || strokes != usual);
    }
}

/// A kit on which every drum is struck on one key.
fn one_key() -> Kit {
    let mut text = SHIPPED[0].1.to_owned();
    for key in [36, 38, 42, 46, 43, 47, 50, 49, 51] {
        text = text.replacen(&format!("\"plays\": {key},"), "\"plays\": 60,", 1);
    }
    let named: NamedKit = text.parse().expect("a kit");
    named.kit
}

#[test]
fn drums_that_share_a_key_are_all_struck_and_every_stroke_ends() {
    let mut rig = drumming();
    rig.roll(6 * MEASURE, &[512]);
    let strokes = parted(&rig).0.len();
    let mut rig = drumming();
    rig.set(|controls| controls.kit = one_key());
    rig.roll(6 * MEASURE, &[512]);
    let drums = parted(&rig).0;
    assert!(drums.iter().all(|&(_, _, key)| key == 60));
    assert_eq!(drums.len(), strokes);
    rig.host.playing = false;
    rig.block(64);
    assert!(rig.hanging().is_empty(), "{:?}", rig.hanging());
}
