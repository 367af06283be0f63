//! The editor's view: as approved, quiet when nothing changes, and every control within reach of
//! mouse and keyboard.

use std::path::PathBuf;

use band_player::editor::{Action, ParamId};
use egui::{Event, Id, Key, Modifiers, PointerButton, Shape, vec2};
use model::systems::band_file::BandInfo;
use tests::editor::scenes::{Scene, all, scene};
use tests::editor::{Hand, Picture, TOLERATED, Viewer, new_sheet};

fn approved(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("approved").join(format!("{name}.png"))
}

#[test]
fn every_scene_looks_as_approved() {
    let mut different = Vec::new();
    for scene in all() {
        let picture = scene.picture();
        let difference = Picture::load(&approved(scene.name)).map_or(1.0, |approved| picture.difference(&approved));
        if difference > TOLERATED {
            let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.png", scene.name));
            picture.save(&path).expect("a picture can be written");
            different.push(format!(
                "{} ({:.3} % of the pixels, see {})",
                scene.name,
                difference * 100.0,
                path.display()
            ));
        }
    }
    assert!(
        different.is_empty(),
        "the view has changed: {}. Look at it, and if it is better: cargo xtask screenshot --scenes --out tests/approved",
        different.join("; ")
    );
}

#[test]
fn a_changed_view_is_noticed() {
    let playing = scene("playing");
    let approved = playing.picture();
    let check = |what: &str, change: fn(&mut Scene)| {
        let mut changed = playing.clone();
        change(&mut changed);
        assert!(changed.picture().difference(&approved) > TOLERATED, "{what}");
    };
    assert_eq!(playing.picture(), approved, "the same moment gives the same picture");
    check("the playhead moves by a step", |scene| {
        scene.snapshot.seen.playhead.as_mut().expect("a playhead").step += 1.0;
    });
    check("the plan is gone", |scene| scene.snapshot.page.planned = None);
    check("one note more was sent", |scene| scene.snapshot.counts.notes_out += 10);
    check("a voice is not heard", |scene| scene.snapshot.page.audible = model::VoiceMask::NONE);
    check("another key", |scene| scene.snapshot.page.tonality.tonic = 7);
}

#[test]
fn nothing_is_drawn_again_when_nothing_changes() {
    for scene in all() {
        let mut viewer = Viewer::new(scene.size.0, scene.size.1, 1.0);
        let _picture = viewer.picture(&scene.snapshot, &scene.sheet);
        for _ in 0..3 {
            viewer.frame(&scene.snapshot, &scene.sheet, Vec::new());
        }
        let causes = viewer.causes();
        assert!(!viewer.wants_more(), "{}: the engine alone wakes the window, not {causes}", scene.name);
        assert!(viewer.actions.is_empty(), "{}: nobody asked for anything", scene.name);
    }
}

#[test]
fn nothing_is_clipped_at_the_least_size() {
    let small: Vec<_> = all().into_iter().filter(|scene| scene.size == (800.0, 500.0)).collect();
    assert!(!small.is_empty(), "some scenes are of the least size");
    for scene in small {
        let mut viewer = Viewer::new(800.0, 500.0, 1.0);
        viewer.state.look.dark = scene.dark;
        for _ in 0..3 {
            viewer.frame(&scene.snapshot, &scene.sheet, Vec::new());
        }
        let output = viewer.frame(&scene.snapshot, &scene.sheet, Vec::new());
        let mut texts = 0;
        for clipped in &output.shapes {
            let Shape::Text(text) = &clipped.shape else { continue };
            texts += 1;
            let (written, seen) = (text.visual_bounding_rect(), clipped.clip_rect.expand(1.0));
            let says = text.galley.text();
            assert!(seen.contains_rect(written), "{}: \"{says}\" at {written:?} is cut to {seen:?}", scene.name);
        }
        assert!(texts > 20, "{}: there are {texts} texts to cut", scene.name);
    }
}

fn slot(id: &'static str) -> Id {
    Id::unique(("slot", id, 0_u8))
}

/// What is set of a voice's sound.
fn seat(index: u8, id: &'static str) -> Id {
    Id::unique(("slot", id, index + 1))
}

fn voice_chip(index: usize, what: &'static str) -> Id {
    Id::unique(("chip", ("voice", index, what)))
}

#[test]
fn a_click_mutes_solos_and_takes_a_voice() {
    let mut hand = Hand::new("playing");
    let check = |hand: &mut Hand, index, what, expected: Action| {
        let at = hand.at(voice_chip(index, what));
        assert_eq!(hand.click(at), [expected], "{what} of voice {index}");
    };
    check(&mut hand, 3, "mute", Action::Choose(ParamId::voice("mute", 3), 1.0));
    check(&mut hand, 2, "solo", Action::Choose(ParamId::voice("solo", 2), 1.0));
    let user = hand.sheet.get(ParamId::band("user")).expect("it is there").value_of(1);
    check(&mut hand, 1, "user", Action::Choose(ParamId::band("user"), user));
    let at = hand.at(Id::unique(("chip", "panic")));
    assert_eq!(hand.click(at), [Action::Panic]);
    let at = hand.at(Id::unique(("chip", "regenerate")));
    assert_eq!(hand.click(at), [Action::Regenerate]);
    let at = hand.at(Id::unique(("chip", "freeze")));
    assert_eq!(hand.click(at), [Action::Choose(ParamId::band("freeze"), 1.0)]);
    let at = hand.at(slot("bypass"));
    assert_eq!(hand.click(at), [Action::Choose(ParamId::band("bypass"), 1.0)]);
    // The sounds are on: off, and the player unheard.
    let at = hand.at(Id::unique(("chip", "sound")));
    assert_eq!(hand.click(at), [Action::Choose(ParamId::band("sound"), 0.0)]);
    let at = hand.at(voice_chip(0, "heard"));
    assert_eq!(hand.click(at), [Action::Choose(ParamId::band("hearme"), 0.0)]);
}

#[test]
fn the_own_clock_runs_by_click_and_space_and_its_tempo_is_tapped() {
    let mut hand = Hand::new("playing");
    let clock = hand.at(Id::unique(("chip", "clock")));
    // The host's transport rolls: whoever changes clocks, plays on.
    let chosen = [Action::Choose(ParamId::band("clock"), 1.0), Action::Choose(ParamId::band("run"), 1.0)];
    assert_eq!(hand.click(clock), chosen);
    let mut hand = Hand::new("own");
    let stop = [Action::Choose(ParamId::band("run"), 0.0)];
    let run = hand.at(Id::unique(("chip", "run")));
    assert_eq!(hand.click(run), stop);
    let space = |pressed| key(Key::Space, pressed);
    hand.frame(vec![space(true)]);
    assert_eq!(std::mem::take(&mut hand.viewer.actions), stop);
    hand.frame(vec![space(false)]);
    assert_eq!(hand.viewer.actions, []);
    // Half a second apart: 120 quarters a minute.
    let tap = hand.at(Id::unique(("chip", "tap")));
    let mut tempos = Vec::new();
    for _ in 0..4 {
        for action in hand.click(tap) {
            let Action::Choose(id, value) = action else { panic!("{action:?}") };
            assert_eq!(id, ParamId::band("bpm"));
            tempos.push(20.0 + 380.0 * value);
        }
        // A click takes four pictures.
        for _ in 0..26 {
            hand.frame(Vec::new());
        }
    }
    assert_eq!(tempos.len(), 3);
    assert!(tempos.iter().all(|tempo| (tempo - 120.0).abs() < 0.2), "{tempos:?}");
}

fn key(key: Key, pressed: bool) -> Event {
    Event::Key { key, physical_key: None, pressed, repeat: false, modifiers: Modifiers::NONE }
}

#[test]
fn the_computers_keyboard_plays_and_every_key_goes_up() {
    let strike = |number: u8, down| Action::Strike(model::Key::new(number).expect("a key"), down);
    let mut hand = Hand::new("own");
    let typed = |hand: &mut Hand, events: Vec<Event>| {
        hand.frame(events);
        std::mem::take(&mut hand.viewer.actions)
    };
    assert_eq!(typed(&mut hand, vec![key(Key::A, true)]), [], "nobody has switched it on");
    typed(&mut hand, vec![key(Key::A, false)]);
    let keys = hand.at(Id::unique(("chip", "keys")));
    hand.click(keys);
    assert_eq!(typed(&mut hand, vec![key(Key::A, true), key(Key::W, true)]), [strike(60, true), strike(61, true)]);
    // A key that is held is said to go up and down again and again, also from one picture to the next.
    assert_eq!(typed(&mut hand, vec![key(Key::A, false), key(Key::A, true)]), []);
    assert_eq!(typed(&mut hand, vec![key(Key::A, false)]), []);
    assert_eq!(typed(&mut hand, vec![key(Key::A, true)]), []);
    assert_eq!(typed(&mut hand, Vec::new()), []);
    typed(&mut hand, vec![key(Key::A, false)]);
    assert_eq!(typed(&mut hand, Vec::new()), [strike(60, false)]);
    // An octave up; what is down ends where it began.
    assert_eq!(typed(&mut hand, vec![key(Key::X, true), key(Key::K, true)]), [strike(84, true)]);
    typed(&mut hand, vec![key(Key::W, false)]);
    assert_eq!(typed(&mut hand, Vec::new()), [strike(61, false)]);
    // The window loses the keyboard.
    assert_eq!(typed(&mut hand, vec![Event::WindowFocused(false)]), [strike(84, false)]);
    // What is typed in a field is no music.
    typed(&mut hand, vec![key(Key::S, true)]);
    hand.viewer.focus(slot("bpm"));
    typed(&mut hand, Vec::new());
    let ended = [typed(&mut hand, vec![key(Key::Enter, true)]), typed(&mut hand, Vec::new())].concat();
    assert_eq!(ended, [strike(74, false)]);
    assert!(!typed(&mut hand, vec![key(Key::D, true)]).contains(&strike(76, true)));
}

#[test]
fn the_card_for_those_who_are_new_goes_with_a_click() {
    let mut hand = Hand::new("card");
    let at = hand.at(Id::unique(("chip", "greeted")));
    assert_eq!(hand.click(at), [Action::Greeted]);
}

#[test]
fn about_names_everybody_whose_music_was_learnt_from() {
    let mut hand = Hand::new("playing");
    assert_eq!(hand.click_on(Id::unique(("chip", "view"))), []);
    assert_eq!(hand.click_text("About …"), []);
    hand.rest();
    let inside = BandInfo::inside().expect("the program is whole");
    assert_eq!(inside.len(), 4, "two bands, the chords, the drummer");
    for (name, info) in inside {
        hand.text_at(name);
        assert!(!info.training_sets.is_empty(), "{name}");
        for set in &info.training_sets {
            hand.text_at(&format!("{}: {}; {}", set.name, set.credit, set.licence));
        }
    }
    hand.click_text("Close");
    assert_eq!(hand.viewer.state.about, None);
}

#[test]
fn about_says_so_where_a_band_of_ones_own_cannot_be_read() {
    let mut hand = Hand::new("playing");
    hand.sheet.band_file = "/nowhere/gone.safetensors".into();
    let band = hand.sheet.entries.iter_mut().find(|entry| entry.id == ParamId::band("band")).expect("the band");
    band.value = 1.0;
    hand.click_on(Id::unique(("chip", "view")));
    hand.click_text("About …");
    hand.rest();
    hand.text_at("gone");
}

#[test]
fn a_drag_is_one_gesture_and_shift_makes_it_fine() {
    let moved = |modifiers: Modifiers| {
        let mut hand = Hand::new("playing");
        let at = hand.at(slot("swing"));
        let button = |pressed, pos| Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers };
        hand.frame(vec![Event::PointerMoved(at)]);
        hand.frame(vec![button(true, at)]);
        for by in [20.0, 40.0, 60.0] {
            hand.viewer.hold(modifiers);
            hand.frame(vec![Event::PointerMoved(at + vec2(by, 0.0))]);
        }
        hand.frame(vec![button(false, at + vec2(60.0, 0.0))]);
        hand.frame(Vec::new());
        let actions = std::mem::take(&mut hand.viewer.actions);
        let id = ParamId::band("swing");
        assert_eq!(
            (actions.first(), actions.last()),
            (Some(&Action::Begin(id)), Some(&Action::End(id))),
            "{actions:?}"
        );
        let mut values = actions.iter().filter_map(|action| match action {
            Action::Set(_, value) => Some(*value),
            _ => None,
        });
        values.next_back().expect("a value")
    };
    let (plain, fine) = (moved(Modifiers::NONE), moved(Modifiers::SHIFT));
    assert!((plain - 0.3).abs() < 0.02, "60 of 200 points are 30 %: {plain}");
    assert!((fine - 0.03).abs() < 0.01, "a tenth of it with Shift: {fine}");
}

#[test]
fn a_double_click_resets_and_a_value_can_be_typed() {
    let mut hand = Hand::new("playing");
    let at = hand.at(slot("temp"));
    hand.click(at);
    let default = hand.sheet.get(ParamId::band("temp")).expect("it is there").default;
    assert_eq!(hand.click(at), [Action::Choose(ParamId::band("temp"), default)]);

    let mut hand = Hand::new("playing");
    hand.viewer.focus(slot("temp"));
    hand.frame(Vec::new());
    hand.key(Key::Enter);
    hand.frame(Vec::new());
    hand.frame(vec![Event::Text("1.5".into())]);
    let actions = hand.key(Key::Enter);
    assert_eq!(actions, [Action::Type(ParamId::band("temp"), "1.5".into())]);
}

#[test]
fn the_menu_copies_and_pastes_values() {
    let mut hand = Hand::new("playing");
    let at = hand.at(slot("swing"));
    let open = |hand: &mut Hand, at| {
        hand.viewer.click(&hand.snapshot, &hand.sheet, at, PointerButton::Secondary, Modifiers::NONE);
        hand.frame(Vec::new());
    };
    open(&mut hand, at);
    let copy = hand.text_at("Copy value");
    hand.click(copy);
    let at = hand.at(slot("human"));
    open(&mut hand, at);
    let paste = hand.text_at("Paste value");
    assert_eq!(hand.click(paste), [Action::Type(ParamId::band("human"), "0 %".into())]);
}

#[test]
fn who_points_at_a_pale_chord_is_told_how_sure_it_is_and_why() {
    let mut hand = Hand::new("foretold");
    let mut said_of = |bar: i64, half: usize| {
        let at = hand.at(Id::unique(("chord", bar, half)));
        hand.frame(vec![Event::PointerMoved(at)]);
        let mut said = String::new();
        for _ in 0..60 {
            for clipped in &hand.frame(Vec::new()).shapes {
                let Shape::Text(text) = &clipped.shape else { continue };
                if text.galley.text().starts_with("Chord of measure") {
                    text.galley.text().clone_into(&mut said);
                }
            }
        }
        said
    };
    let planned = said_of(15, 0);
    let expected = "Chord of measure 16: G7, foretold, 41 %.\nLikeliest: G7 41 %, F 13 %, Em 4 %.\nG7: as 4 measures ago, \
                    fits your E.\nClick";
    assert!(planned.starts_with(expected), "{planned}");
    // What the chart says needs no reason; and a name that is cut in the lane is whole here.
    assert!(said_of(9, 1).starts_with("Chord of measure 10, second half: C13.\nClick"));
    assert!(said_of(11, 1).starts_with("Chord of measure 12, second half: Bbm7b5, foretold"));
    assert!(said_of(13, 0).starts_with("Chord of measure 14: Am7, held from the round before.\n"));
}

#[test]
fn the_keyboard_reaches_every_control() {
    let mut hand = Hand::new("playing");
    let mut reached = std::collections::BTreeSet::new();
    for _ in 0..120 {
        hand.key(Key::Tab);
        reached.extend(hand.viewer.focused().map(|id| format!("{id:?}")));
    }
    let expected =
        ["inchan", "listen", "playon", "hear", "key", "mode", "turn", "frzlen", "ahead", "harmony", "texture", "temp"]
            .into_iter()
            .chain(["dens", "follow", "swing", "human", "thru", "outchn", "seed", "keep", "bypass", "loud"])
            .map(slot)
            .chain((1..4).flat_map(|index| ["solo", "mute", "user", "more"].map(|what| voice_chip(index, what))))
            .chain((1..4).flat_map(|index| ["inst", "vol", "pan"].map(|what| seat(index, what))))
            .chain(["panic", "regenerate", "freeze", "view", "sound"].map(|what| Id::unique(("chip", what))))
            .chain(["a", "b"].map(|what| Id::unique(("chip", what))))
            .chain([Id::unique("Band"), Id::unique("Preset")]);
    for id in expected {
        assert!(reached.contains(&format!("{id:?}")), "Tab never comes to {id:?}");
    }
    hand.viewer.focus(slot("swing"));
    hand.frame(Vec::new());
    assert_eq!(hand.key(Key::ArrowRight), [Action::Choose(ParamId::band("swing"), 0.01)]);
    hand.viewer.focus(slot("bypass"));
    hand.frame(Vec::new());
    assert_eq!(hand.key(Key::Space), [Action::Choose(ParamId::band("bypass"), 1.0)]);
}

#[test]
fn any_snapshot_can_be_drawn_at_any_size() {
    for scene in all() {
        for (width, height) in [(1.0, 1.0), (120.0, 90.0), (300.0, 1400.0), (4000.0, 200.0)] {
            let mut viewer = Viewer::new(width, height, 1.0);
            let _drawn = viewer.picture(&scene.snapshot, &new_sheet());
        }
    }
}
