//! Files are asked for by a dialog that is not ours, where there is one: what the window makes of its answers.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};

use band_player::editor::Action;
use band_player::editor::dialog::{Answer, Dialogs, Question};
use band_player::editor::session::Save;
use band_player::take::Timing;
use egui::Id;
use tests::editor::Hand;

/// A dialog that answers when it is told to, and says what it was asked and whether anybody waits still.
struct Fake {
    answers: Sender<Answer>,
    asked: std::sync::mpsc::Receiver<Question>,
    ended: std::sync::mpsc::Receiver<bool>,
}

/// A hand in a window that asks by such a dialog, and whose take was saved to this folder before.
fn window(folder: &str) -> (Hand, Fake) {
    let (answers, told) = channel();
    let (say, asked) = channel();
    let (end, ended) = channel();
    let told = Mutex::new(told);
    let mut hand = Hand::new("playing");
    hand.sheet.kept.saved = Some(PathBuf::from(folder).join("before.mid"));
    hand.viewer.state.dialogs = Dialogs::new(move |question, wanted| {
        say.send(question.clone()).expect("the test listens");
        let answer = told.lock().expect("one dialog at a time").recv().expect("an answer");
        // The test may be over.
        let _unheard = end.send(wanted.is_wanted());
        answer
    });
    hand.rest();
    (hand, Fake { answers, asked, ended })
}

fn chip(what: &str) -> Id {
    Id::unique(("chip", what))
}

/// Opens the dialog that saves the whole take.
fn save(hand: &mut Hand, fake: &Fake) -> Question {
    assert_eq!(hand.click_on(chip("save")), []);
    fake.asked.recv().expect("it is asked")
}

/// Answers, and lets the window hear of it: what it asks for then.
fn answered(hand: &mut Hand, fake: &Fake, answer: Answer) -> Vec<Action> {
    fake.answers.send(answer).expect("it is open");
    fake.ended.recv().expect("it ends");
    for _ in 0..10_000 {
        hand.frame(Vec::new());
        let waits = hand.viewer.state.files.as_ref().is_some_and(|files| files.waits());
        if !waits {
            return std::mem::take(&mut hand.viewer.actions);
        }
        std::thread::yield_now();
    }
    panic!("the window does not hear of it");
}

#[test]
fn a_dialog_gives_the_take_its_file_and_the_window_how_it_is_written() {
    let (mut hand, fake) = window("/");
    let question = save(&mut hand, &fake);
    let expected = Question {
        title: "Save the take".into(),
        folder: "/".into(),
        name: Some("Band Player take 1.mid".into()),
        kind: "MIDI files",
        ending: "mid",
    };
    assert_eq!(question, expected);
    // The window goes on meanwhile.
    hand.click_text("on the sixteenths, not as played");
    let file = PathBuf::from("/jam.mid");
    let wanted = Action::Save(Save { file: file.clone(), last: None, timing: Timing::Quantised });
    assert_eq!(answered(&mut hand, &fake, Answer::File(file)), [wanted]);
    assert!(hand.viewer.state.files.is_none());
}

#[test]
fn a_dialog_gives_the_band_its_file() {
    let (mut hand, fake) = window("/");
    let folder = env!("CARGO_TARGET_TMPDIR");
    let file = PathBuf::from(folder).join("dialog.safetensors");
    std::fs::write(&file, "").expect("a file");
    hand.sheet.band_file = file.to_string_lossy().into_owned();
    hand.click_on(Id::unique("Band"));
    assert_eq!(hand.click_text("Own file …"), []);
    let question = fake.asked.recv().expect("it is asked");
    assert_eq!((question.folder, question.name), (folder.into(), None));
    assert_eq!(answered(&mut hand, &fake, Answer::File(file.clone())), [Action::BandFile(file)]);
}

#[test]
fn without_a_dialog_the_list_opens_and_a_closed_one_is_said() {
    let (mut hand, fake) = window(env!("CARGO_TARGET_TMPDIR"));
    save(&mut hand, &fake);
    assert_eq!(answered(&mut hand, &fake, Answer::Missing), []);
    hand.text_at("Up");
    hand.click_text("Cancel");
    save(&mut hand, &fake);
    assert_eq!(answered(&mut hand, &fake, Answer::Closed), [Action::NoFile]);
    assert!(hand.viewer.state.files.is_none());
}

#[test]
fn a_dialog_that_panics_is_none() {
    let mut hand = Hand::new("playing");
    hand.viewer.state.dialogs = Dialogs::new(|_, _| panic!("a dialog that fails, as this test wants it"));
    hand.click_on(chip("save"));
    while hand.viewer.state.files.as_ref().is_some_and(|files| files.waits()) {
        hand.frame(Vec::new());
    }
    hand.text_at("Up");
}

#[test]
fn a_dialog_that_does_not_come_is_left_for_the_list_or_for_good() {
    let (mut hand, fake) = window(env!("CARGO_TARGET_TMPDIR"));
    save(&mut hand, &fake);
    assert_eq!(hand.click_text("Choose here instead"), []);
    hand.text_at("Up");
    fake.answers.send(Answer::File("/late.mid".into())).expect("it is open");
    assert!(!fake.ended.recv().expect("it ends"), "nobody waits for it any more");
    hand.rest();
    hand.text_at("Up");
    assert_eq!(hand.click_text("Cancel"), [], "what came late is not used");
    // And when the window itself is closed.
    save(&mut hand, &fake);
    drop(hand);
    fake.answers.send(Answer::File("/late.mid".into())).expect("it is open");
    assert!(!fake.ended.recv().expect("it ends"));
}

#[test]
fn a_file_that_gets_its_ending_here_replaces_none_unasked() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(folder.join("there.mid"), "").expect("a file");
    let (mut hand, fake) = window(env!("CARGO_TARGET_TMPDIR"));
    let check = |hand: &mut Hand, name: &str, expected: Option<&str>| {
        save(hand, &fake);
        let expected: Vec<_> = expected
            .map(|name| Action::Save(Save { file: folder.join(name), last: None, timing: Timing::Played }))
            .into_iter()
            .collect();
        assert_eq!(answered(hand, &fake, Answer::File(folder.join(name))), expected, "{name}");
    };
    check(&mut hand, "new", Some("new.mid"));
    check(&mut hand, "there.mid", Some("there.mid"));
    check(&mut hand, "there", None);
    // The list lies where it stays after a frame or two.
    hand.rest();
    let replace = Action::Save(Save { file: folder.join("there.mid"), last: None, timing: Timing::Played });
    assert_eq!(hand.click_text("Replace"), [replace], "the list asks");
}
