//! A keyboard on any channel plays any voice: the user's notes arrive on the voice's channel, and the band plays as if
//! the keyboard had sent on it.

use model::{BandSpec, Channel, VoiceId};
use tests::checker::{Route, Verdict};
use tests::event::{ClipNote, Event, Kind};
use tests::host::{Format, Instance};
use tests::setup::Source;
use tests::stage::{Stage, music};
use tests::take::{Pace, Playing, Take};

/// What the stage's setup plays from a keyboard on this channel. `said`: what the parameter is set to, and where the
/// user's notes are to come back.
fn play(stage: &Stage, keyboard: u8, (said, route): (&str, Route)) -> Take {
    let channel = Channel::new(keyboard).expect("a channel");
    let clip: Vec<_> = stage.clip().into_iter().map(|note| ClipNote { channel, ..note }).collect();
    let script = stage.straight();
    let mut instance = stage.instance(true);
    instance.deactivate();
    instance.set("Your channel", said).expect("it can be set");
    instance.activate(stage.rate, tests::stage::MOST_FRAMES).expect("active");
    let playing = Playing { script: &script, clip: &clip, sizes: &[512], pace: Pace::Free, thru: true };
    let before = |_, _: &mut dyn Instance, checker: &mut tests::checker::Checker| {
        checker.set_route(route);
        Ok(())
    };
    playing.play_with(instance.as_mut(), before, |_| ()).expect("it plays")
}

fn clean(take: &Take, what: &str) {
    let Verdict { found, .. } = &take.verdict;
    assert!(take.verdict.is_clean(), "{what}: {found:?}");
}

#[test]
fn a_keyboard_on_any_channel_plays_any_voice_and_the_band_plays_the_same() {
    for format in Format::ALL {
        for spec in [BandSpec::pop(), BandSpec::chorale()] {
            for voice in 0..spec.voices.len() {
                let mut stage = Stage::new(format, 6, 240.0);
                stage.setup.band = Source::Embedded(spec.name.clone());
                (stage.setup.voice, stage.setup.thru) = (voice, true);
                let own = spec.voices[voice].channel;
                let route = Route::One(own);
                let expected = play(&stage, own.get(), ("of my voice", route));
                let name = format!("{format}, {}, voice {voice}", spec.name);
                clean(&expected, &name);
                let band = expected.notes.iter().filter(|note| note.channel != own).count();
                assert!(band > 10, "{name}: the band plays {band} notes");
                for keyboard in [0, 9] {
                    let take = play(&stage, keyboard, ("of my voice", route));
                    clean(&take, &format!("{name}, keyboard on {}", keyboard + 1));
                    assert_eq!(music(&take), music(&expected), "{name}, keyboard on {}", keyboard + 1);
                }
            }
        }
    }
}

#[test]
fn as_i_play_leaves_everything_on_its_channel() {
    for format in Format::ALL {
        let mut stage = Stage::new(format, 6, 240.0);
        (stage.setup.voice, stage.setup.thru) = (3, true);
        for keyboard in [0, 9] {
            let take = play(&stage, keyboard, ("as I play", Route::AsPlayed));
            clean(&take, &format!("{format}, {keyboard}"));
            let mine = take.notes.iter().filter(|note| note.channel.get() == keyboard).count();
            assert!(mine >= stage.clip().len(), "{format}: {mine}");
        }
    }
}

/// All that a drummer strikes comes back on the channel of drums, on its own key, whether the band knows it or not.
#[test]
fn a_drummer_on_any_channel_leaves_on_the_channel_of_drums_and_everybody_plays() {
    let drums = model::music::drums::Drum::channel();
    for format in Format::ALL {
        let mut stage = Stage::new(format, 8, 200.0);
        (stage.setup.voice, stage.setup.thru, stage.setup.user_drums) = (3, true, true);
        // The tune's keys, brought among those of percussion: kicks, snares, and what is neither.
        for measure in &mut stage.song.tracks[0].measures {
            let keys = measure.notes().iter().map(|note| {
                let key = model::Key::new(27 + note.key.get() * 5 % 61).expect("a key");
                model::Note { key, continues: false, continued: false, ..*note }
            });
            *measure = model::Measure::from_notes(measure.steps(), keys.collect::<Vec<_>>());
        }
        let hits = stage.clip().len();
        let mut before = None;
        for keyboard in [0, 9] {
            let take = play(&stage, keyboard, ("of my voice", Route::One(drums)));
            clean(&take, &format!("{format}, {keyboard}"));
            let on = |channel: u8| take.notes.iter().filter(|note| note.channel.get() == channel).count();
            assert_eq!(on(9), hits, "{format}: nothing is dropped, and nobody else drums");
            assert!((0..4).all(|voice| on(voice) > 0), "{format}: {:?}", [0, 1, 2, 3].map(on));
            assert_eq!(*before.get_or_insert_with(|| music(&take)), music(&take), "{format}: from any channel");
        }
        let take = play(&stage, 4, ("as I play", Route::AsPlayed));
        clean(&take, &format!("{format}, as played"));
    }
}

/// A checker that did not look at channels would let this pass.
#[test]
fn the_checker_finds_a_user_who_leaves_on_the_wrong_channel() {
    let mut stage = Stage::new(Format::Clap, 2, 240.0);
    (stage.setup.voice, stage.setup.thru) = (3, true);
    let bass = BandSpec::pop().voices[VoiceId::new(3).expect("a voice").index()].channel;
    let wrong = play(&stage, 0, ("as I play", Route::One(bass)));
    assert!(!wrong.verdict.is_clean() && wrong.verdict.faults > 4, "{:?}", wrong.verdict);
}

/// Notes, bend, pressure, controllers: all of it, in both formats.
#[test]
fn whatever_is_played_arrives_on_the_voices_channel() {
    for format in Format::ALL {
        let mut stage = Stage::new(format, 2, 120.0);
        (stage.setup.voice, stage.setup.thru) = (2, true);
        let mut instance = stage.instance(true);
        let keyboard = Channel::new(0).expect("a channel");
        let key = model::Key::MIDDLE_C;
        let sent: Vec<_> = [
            Kind::On { channel: keyboard, key, velocity: model::Velocity::DEFAULT },
            Kind::control(0, 1, 99),
            Kind::control(0, 64, 127),
            Kind::control(0, Kind::BEND, 100),
            Kind::control(0, Kind::PRESSURE, 50),
            Kind::Off { channel: keyboard, key },
        ]
        .into_iter()
        .zip(0..)
        .map(|(kind, index)| Event { offset: 10 * index, kind })
        .collect();
        let mut heard = Vec::new();
        instance.process(512, None, &sent, &mut heard).expect("it plays");
        let chords = Channel::new(2).expect("a channel");
        let expected: Vec<_> =
            sent.iter().map(|event| Event { kind: event.kind.on_channel(chords), ..*event }).collect();
        assert_eq!(heard, expected, "{format}");
    }
}
