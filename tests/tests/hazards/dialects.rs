//! CLAP hosts that take notes only as MIDI's own messages, whether they say so or not: they get all that others get.

use model::{Channel, Key, Velocity};
use tests::bundle;
use tests::checker::{Fault, Route, Verdict};
use tests::event::{ClipNote, Event, Kind};
use tests::host::{Dialects, Format, Host};
use tests::stage::{Stage, music};
use tests::take::{Pace, Playing, Take};
use tests::torture::play_all;

/// Hosts that take nothing but MIDI.
const ONLY_MIDI: [Dialects; 3] = [Dialects::OnlyMidi, Dialects::OnlyMidiUntold, Dialects::OnlyMidiAskew];

/// The tune from a keyboard on the first channel, which plays the bass of the band.
fn play(dialects: Dialects) -> Take {
    let mut stage = Stage::new(Format::Clap, 6, 240.0).taking(dialects);
    (stage.setup.voice, stage.setup.thru) = (3, true);
    let (channel, bass) = (Channel::new(0).expect("a channel"), Channel::new(3).expect("a channel"));
    let clip: Vec<_> = stage.clip().into_iter().map(|note| ClipNote { channel, ..note }).collect();
    let script = stage.straight();
    let playing = Playing { script: &script, clip: &clip, sizes: &[512, 77], pace: Pace::Free, thru: true };
    let route = |_, _: &mut dyn tests::host::Instance, checker: &mut tests::checker::Checker| {
        checker.set_route(Route::One(bass));
        Ok(())
    };
    playing.play_with(stage.instance(true).as_mut(), route, |_| ()).expect("it plays")
}

#[test]
fn a_host_that_takes_only_midi_hears_you_and_the_band() {
    let expected = play(Dialects::Any);
    assert!(expected.verdict.is_clean() && expected.notes.len() > 50, "{:?}", expected.verdict);
    for dialects in ONLY_MIDI {
        let take = play(dialects);
        assert!(take.verdict.is_clean(), "{dialects:?}: {:?}", take.verdict);
        assert_eq!(music(&take), music(&expected), "{dialects:?}");
    }
}

#[test]
fn the_ports_prefer_what_the_host_takes() {
    for (dialects, midi) in [(Dialects::Any, false), (Dialects::OnlyMidi, true)] {
        let mut instance = Stage::new(Format::Clap, 1, 120.0).taking(dialects).instance(false);
        assert_eq!(instance.prefers_midi(), midi, "{dialects:?}");
    }
}

/// Bend, pressure, controllers, program changes, note ends of all kinds, from the first block on.
#[test]
fn whatever_is_sent_in_midi_comes_back_in_midi() {
    for dialects in ONLY_MIDI {
        let mut stage = Stage::new(Format::Clap, 2, 120.0).taking(dialects);
        stage.setup.thru = true;
        let mut instance = stage.instance(true);
        let (channel, key) = (Channel::new(0).expect("a channel"), Key::MIDDLE_C);
        let sent: Vec<_> = [
            Kind::On { channel, key, velocity: Velocity::new(1).expect("a velocity") },
            Kind::control(0, 64, 127),
            Kind::control(0, Kind::BEND, 100),
            Kind::control(0, Kind::PRESSURE, 50),
            Kind::Off { channel, key },
            Kind::On { channel, key, velocity: Velocity::new(127).expect("a velocity") },
            Kind::Off { channel, key },
        ]
        .into_iter()
        .zip(0..)
        .map(|(kind, index)| Event { offset: 10 * index, kind })
        .collect();
        let mut heard = Vec::new();
        instance.process(512, None, &sent, &mut heard).expect("it plays");
        assert_eq!(heard, sent, "{dialects:?}");
    }
}

/// A note that a full queue refuses says nothing of the host's dialect.
#[test]
fn a_host_without_room_is_not_taken_for_one_of_another_dialect() {
    for dialects in [Dialects::Any, Dialects::OnlyMidi, Dialects::OnlyMidiUntold] {
        let mut stage = Stage::new(Format::Clap, 2, 120.0).taking(dialects);
        stage.setup.thru = true;
        let mut instance = stage.instance(true);
        let (channel, key) = (Channel::new(0).expect("a channel"), Key::MIDDLE_C);
        let note = |on| {
            let kind =
                if on { Kind::On { channel, key, velocity: Velocity::DEFAULT } } else { Kind::Off { channel, key } };
            [Event { offset: 3, kind }]
        };
        let mut heard = Vec::new();
        instance.limit_output(0);
        instance.process(64, None, &note(true), &mut heard).expect("it plays");
        assert!(heard.is_empty() && instance.refused() > 0, "{dialects:?}: {heard:?}");
        instance.process(64, None, &note(false), &mut heard).expect("it plays");
        for on in [true, false] {
            instance.process(64, None, &note(on), &mut heard).expect("it plays");
            assert_eq!(heard, note(on), "{dialects:?}");
        }
    }
}

#[test]
fn scripts_in_hosts_that_take_only_midi() {
    for dialects in [Dialects::OnlyMidi, Dialects::OnlyMidiUntold] {
        let host = Host::load_bundled(Format::Clap).expect("the bundle").taking(dialects);
        let summary = play_all(&host, 5, 8).unwrap_or_else(|error| panic!("{dialects:?}: {error:#}"));
        println!("{dialects:?}: {summary}");
        assert!(summary.is_clean() && summary.notes > 50, "{dialects:?}: {summary}");
    }
}

/// The framework alone says notes in CLAP's dialect, whatever the host takes: the checker must reject that.
#[test]
fn a_plugin_that_speaks_another_dialect_is_rejected() {
    let host = Host::load(&bundle::empty_plugin().expect("cargo xtask test builds it")).expect("it loads");
    let host = host.taking(Dialects::OnlyMidi);
    let mut instance = host.instance().expect("an instance");
    let stage = Stage::new(Format::Clap, 2, 240.0);
    instance.activate(stage.rate, tests::stage::MOST_FRAMES).expect("active");
    let (script, clip) = (stage.straight(), stage.clip());
    let playing = Playing { script: &script, clip: &clip, sizes: &[512], pace: Pace::Free, thru: true };
    let Verdict { found, .. } = playing.play(instance.as_mut(), |_| ()).expect("it plays").verdict;
    assert!(found.iter().any(|found| matches!(found.fault, Fault::WrongDialect { .. })), "{found:?}");
}
