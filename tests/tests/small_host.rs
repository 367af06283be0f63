//! The small host itself, proved with a plugin whose doings are known: it hands notes through.

use model::{Channel, Key, TimeSignature, Velocity};
use tests::bundle;
use tests::event::ClipNote;
use tests::host::{Format, Host};
use tests::take::{Pace, Playing};
use tests::timeline::{QUARTER, STEP, Timeline};
use tests::transport::Script;

fn empty_plugin() -> Host {
    Host::load(&bundle::empty_plugin().expect("cargo xtask test builds it")).expect("it loads")
}

#[test]
fn notes_come_back_at_their_samples() {
    let host = empty_plugin();
    let mut instance = host.instance().expect("an instance");
    instance.activate(44_100, 1000).expect("active");
    let timeline = Timeline::new(&[(0, 465_116), (3 * QUARTER, 333_333)], &[(0, TimeSignature::FOUR_FOUR)]);
    let script = Script::new(timeline, 44_100).roll(0..8 * QUARTER).cycle(&(0..4 * QUARTER), 2).halt(500);
    let channel = Channel::new(2).expect("a channel");
    let velocity = Velocity::new(77).expect("a velocity");
    let clip: Vec<_> = (0..8)
        .map(|beat| ClipNote {
            ticks: beat * QUARTER + STEP..(beat + 1) * QUARTER + 2 * STEP,
            channel,
            key: Key::clamped(60 + i32::try_from(beat).expect("a small number")),
            velocity,
        })
        .collect();
    for sizes in [&[64][..], &[1, 999, 17], &[1000]] {
        let playing = Playing { script: &script, clip: &clip, sizes, pace: Pace::Free, thru: true };
        let take = playing.play(instance.as_mut(), |_| ()).expect("it plays");
        assert!(take.verdict.is_clean(), "{:?}", take.verdict);
        let ticks: Vec<_> = take.notes.iter().map(|note| (note.move_index, note.tick, note.velocity.get())).collect();
        let beats = [(0, 0..8), (1, 0..4), (2, 0..4)];
        let expected: Vec<_> = beats
            .into_iter()
            .flat_map(|(index, beats)| beats.map(move |beat| (index, beat * QUARTER + STEP, 77)))
            .collect();
        assert_eq!(ticks, expected);
    }
    assert!(instance.is_silent(1000), "the plugin's output is silent");
}

#[test]
fn what_is_no_plugin_is_refused() {
    let refused = Host::load(std::path::Path::new("Cargo.toml"));
    assert!(refused.is_err_and(|error| error.to_string().contains("Cargo.toml")));
}

#[test]
fn an_unknown_parameter_names_those_that_there_are() {
    let host = empty_plugin();
    let mut instance = host.instance().expect("an instance");
    let error = instance.set("Band", "pop").expect_err("it has no parameter");
    assert!(error.to_string().contains("no parameter \"Band\""));
}

/// A host may unload the plugin while threads of its own that ran its code still live: what they call when they end
/// must still be there.
#[cfg(target_os = "linux")]
#[test]
fn a_library_stays_in_memory_once_loaded() {
    for library in [bundle::empty_plugin(), bundle::find(Format::Clap), bundle::find(Format::Vst3)] {
        let library = library.expect("cargo xtask test builds it");
        std::thread::scope(|scope| {
            scope.spawn(|| drop(Host::load(&library).expect("it loads").instance().expect("an instance")));
        });
        let maps = std::fs::read_to_string("/proc/self/maps").expect("what is mapped");
        let name = library.file_name().and_then(|name| name.to_str()).expect("a name");
        assert!(maps.contains(name), "{name} was unloaded");
    }
}
