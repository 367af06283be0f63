//! The host's window and its audio thread are two threads: who looks on changes nothing.

use tests::host::Format;
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
