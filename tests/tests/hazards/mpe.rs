//! An MPE keyboard bends each note by itself, and never the band.

use model::Channel;
use tests::checker::{Checker, Route};
use tests::event::{ClipNote, Event, Kind};
use tests::host::{Format, Instance};
use tests::stage::{Stage, music};
use tests::take::{Pace, Playing, Take};

/// The zone of eight members below the first channel, a bit each.
const ZONE: u16 = 0x1ff;

/// A stage's music from an MPE keyboard that goes through its eight members; `declares`: it says so first.
fn play(stage: &Stage, your_channel: &str, sizes: &[u32], declares: bool) -> Take {
    let clip: Vec<_> = stage
        .clip()
        .into_iter()
        .zip((1..=8_u8).cycle())
        .map(|(note, member)| ClipNote { channel: Channel::new(member).expect("a channel"), ..note })
        .collect();
    let mut instance = stage.instance(true);
    instance.set("Your channel", your_channel).expect("it can be set");
    if declares {
        let said: Vec<_> = [(101, 0), (100, 6), (6, 8)]
            .into_iter()
            .zip(0..)
            .map(|((number, value), offset)| Event { offset, kind: Kind::control(0, number, value) })
            .collect();
        instance.process(64, None, &said, &mut Vec::new()).expect("it plays");
    }
    let script = stage.straight();
    let playing = Playing { script: &script, clip: &clip, sizes, pace: Pace::Free, thru: true };
    let before = |_, _: &mut dyn Instance, checker: &mut Checker| {
        checker.set_route(Route::AsPlayed);
        checker.set_zone(ZONE);
        Ok(())
    };
    playing.play_with(instance.as_mut(), before, |_| ()).expect("it plays")
}

fn stage(format: Format) -> Stage {
    let mut stage = Stage::new(format, 6, 240.0);
    stage.setup.thru = true;
    stage
}

/// The band's notes, wherever they sound: (tick, key, velocity).
fn band(take: &Take, is_bands: impl Fn(u8) -> bool) -> Vec<(i64, u8, u8)> {
    let notes = music(take).into_iter().filter(|&(_, _, channel, ..)| is_bands(channel));
    let mut notes: Vec<_> = notes.map(|(_, tick, _, key, velocity)| (tick, key, velocity)).collect();
    notes.sort_unstable();
    notes
}

#[test]
fn members_keep_their_channels_and_the_band_plays_the_same_beside_the_zone() {
    for format in Format::ALL {
        let stage = stage(format);
        let ordinary = stage.take(&stage.straight(), &[512]);
        let expected = band(&ordinary, |channel| channel != 0);
        assert!(expected.len() > 10, "{format}: the band plays {}", expected.len());
        for your_channel in ["of my voice", "as I play"] {
            for sizes in [&[512][..], &[64], &[777, 1, 4096]] {
                let take = play(&stage, your_channel, sizes, true);
                assert!(take.verdict.is_clean(), "{format}, {your_channel}: {:?}", take.verdict.found);
                let channels: std::collections::BTreeSet<_> =
                    take.notes.iter().map(|note| note.channel.get()).filter(|&channel| channel > 8).collect();
                assert_eq!(channels.into_iter().collect::<Vec<_>>(), [13, 14, 15], "{format}, {your_channel}");
                assert_eq!(band(&take, |channel| channel > 8), expected, "{format}, {your_channel}, {sizes:?}");
            }
        }
    }
}

/// Bends, pressure and timbre too, of three notes that nobody has announced.
#[test]
fn a_keyboard_that_does_not_say_so_is_known_by_its_bends() {
    for format in Format::ALL {
        let mut instance = stage(format).instance(true);
        let mut heard = Vec::new();
        for member in 1..8_u8 {
            let channel = Channel::new(member).expect("a channel");
            let on = Kind::on(Some(member.into()), Some(50 + i32::from(member)), 0.5);
            let sent = [
                Event { offset: 0, kind: on },
                Event { offset: 9, kind: Kind::control(member, Kind::BEND, 70 + member) },
                Event { offset: 19, kind: Kind::control(member, Kind::PRESSURE, 10 + member) },
                Event { offset: 29, kind: Kind::control(member, 74, 20 + member) },
            ];
            instance.process(64, None, &sent, &mut heard).expect("it plays");
            if member > 3 {
                assert_eq!(heard, sent, "{format}: as it came, on {channel:?}");
            }
        }
    }
}

/// A checker that did not look would let a band pass that is bent with the user's notes.
#[test]
fn the_checker_finds_a_band_in_the_zone() {
    let take = play(&stage(Format::Clap), "as I play", &[512], false);
    assert!(!take.verdict.is_clean(), "{:?}", take.verdict);
}
