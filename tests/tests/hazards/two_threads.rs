//! The host's window and its audio thread are two threads: who looks on changes nothing.

use model::{Channel, Key, Velocity};
use tests::event::{Event, Kind};
use tests::host::{Format, Instance};
use tests::stage::Stage;
use tests::take::Pace;

/// What the first of these measures sound like while the main thread moves these parameters.
fn check(format: Format, moved: Option<&[&str]>) -> tests::take::Take {
    let stage = Stage::new(format, 6, 140.0);
    let mut instance = stage.instance(true);
    let places: Option<Vec<u16>> = moved.map(|names| {
        let place = |name: &&str| {
            let place = instance.parameters().iter().position(|parameter| parameter.name == *name);
            u16::try_from(place.unwrap_or_else(|| panic!("no parameter {name}"))).expect("few parameters")
        };
        names.iter().map(place).collect()
    });
    instance.disturb(places.as_deref());
    let take = stage.take_with(instance.as_mut(), &stage.straight(), &[1024, 333], Pace::Free);
    assert!(take.verdict.is_clean(), "{format}: {:?}", take.verdict);
    assert!(take.notes.len() > 10, "{format}: it plays {} notes", take.notes.len());
    take
}

#[test]
fn a_project_saved_while_it_plays_plays_the_same() {
    for format in Format::ALL {
        let alone = check(format, None);
        assert_eq!(check(format, Some(&[])).notes, alone.notes, "{format}");
    }
}

#[test]
fn parameters_moved_from_the_main_thread_leave_no_note_behind() {
    for format in Format::ALL {
        check(format, Some(&["My voice", "Lookahead", "Temperature", "Density", "Seed", "Voice 1", "Voice 2 octave"]));
    }
}

/// The place of a parameter in an instance's list.
fn place(instance: &dyn Instance, name: &str) -> usize {
    let found = instance.parameters().iter().position(|parameter| parameter.name == name);
    found.unwrap_or_else(|| panic!("no parameter {name}"))
}

/// Plays a note, in two blocks; does it come through?
fn comes_through(instance: &mut dyn Instance) -> bool {
    let (channel, key) = (Channel::new(0).expect("a channel"), Key::MIDDLE_C);
    let mut came = 0;
    for kind in [Kind::On { channel, key, velocity: Velocity::DEFAULT }, Kind::Off { channel, key }] {
        let mut heard = Vec::new();
        instance.process(64, None, &[Event { offset: 5, kind }], &mut heard).expect("it plays");
        came += heard.len();
    }
    assert!(came == 0 || came == 2, "{came} events");
    came == 2
}

/// A VST3 host's window may set a parameter while blocks are processed, and say nothing of it with a block; it may ask
/// at once what was set. (CLAP has no such call.)
#[test]
fn what_the_window_sets_while_blocks_are_processed_counts_at_once() {
    let stage = Stage::new(Format::Vst3, 2, 120.0);
    let mut instance = stage.instance(false);
    instance.process(64, None, &[], &mut Vec::new()).expect("it plays");
    // SAFETY: the instance outlives this test.
    #[expect(unsafe_code, reason = "a lifetime that the types do not tell")]
    let remote = unsafe { instance.remote() }.expect("a remote");
    for name in ["Bypass", "Hear own output", "Panic"] {
        let place = place(instance.as_ref(), name);
        for share in [u16::MAX, 0] {
            assert!(remote.set(place, share), "{name}");
            let (value, _) = remote.get(place).expect("a value");
            assert_eq!(value, f64::from(share) / f64::from(u16::MAX), "{name}");
        }
    }
    // A second after the set-up said it with a block.
    for _ in 0..60 {
        instance.process(1024, None, &[], &mut Vec::new()).expect("it plays");
    }
    let thru = place(instance.as_ref(), "Thru");
    for on in [true, false, true] {
        remote.set(thru, if on { u16::MAX } else { 0 });
        assert_eq!(comes_through(instance.as_mut()), on);
    }
}

/// A window shows what is automated a little later, by the very call by which it sets: that must not undo what blocks
/// have brought since.
#[test]
fn a_window_that_shows_old_automation_undoes_nothing() {
    let stage = Stage::new(Format::Vst3, 2, 120.0);
    let mut instance = stage.instance(false);
    // SAFETY: the instance outlives this test.
    #[expect(unsafe_code, reason = "a lifetime that the types do not tell")]
    let remote = unsafe { instance.remote() }.expect("a remote");
    let thru = place(instance.as_ref(), "Thru");
    let index = u16::try_from(thru).expect("few parameters");
    for share in [u16::MAX, 0, u16::MAX] {
        let automated = Event { offset: 0, kind: Kind::Parameter { index, share } };
        instance.process(64, None, &[automated], &mut Vec::new()).expect("it plays");
        assert!(remote.set(thru, u16::MAX - share), "it shows the value before");
        assert_eq!(comes_through(instance.as_mut()), share > 0);
    }
}
