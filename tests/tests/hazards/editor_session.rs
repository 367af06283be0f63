//! Saving the take, presets, comparing and undoing, by hand: what the view asks for.

use std::path::PathBuf;

use band_player::editor::browser::Browser;
use band_player::editor::faults::notices;
use band_player::editor::session::{Save, SessionKept};
use band_player::editor::{Action, Dial, ParamId};
use band_player::kit::ShownKit;
use band_player::presets::{Side, factory};
use band_player::take::Timing;
use egui::{Event, Id, Key, Modifiers, PointerButton};
use model::music::chart::{ChartLoop, LaidChart};
use model::music::kit::SHIPPED;
use tests::editor::Hand;

fn chip(what: &str) -> Id {
    Id::unique(("chip", what))
}

/// A hand in a window whose take was saved to this folder before.
fn saved_in(folder: &str) -> Hand {
    let mut hand = Hand::new("playing");
    hand.sheet.kept.saved = Some(PathBuf::from(folder).join("before.mid"));
    hand.rest();
    hand
}

/// The only thing asked for, beside a look around.
fn asked(actions: Vec<Action>) -> Action {
    let mut actions: Vec<_> = actions.into_iter().filter(|action| *action != Action::LookAround).collect();
    assert_eq!(actions.len(), 1, "{actions:?}");
    actions.remove(0)
}

#[test]
fn two_gestures_save_the_take_where_the_last_one_is() {
    let folder = env!("CARGO_TARGET_TMPDIR");
    let file = PathBuf::from(folder).join("Band Player take 1.mid");
    let mut hand = saved_in(folder);
    assert_eq!(hand.click_on(chip("save")), []);
    let save = Save { file: file.clone(), last: None, timing: Timing::Played };
    assert_eq!(asked(hand.key(Key::Enter)), Action::Save(save.clone()));
    assert_eq!(hand.key(Key::Enter), [], "the list is closed");
    // The last measures, on the steps.
    assert_eq!(hand.click_on(chip("save last")), []);
    assert_eq!(hand.click_text("4 measures"), []);
    hand.click_text("on the sixteenths, not as played");
    assert_eq!(asked(hand.click_text("Save")), Action::Save(Save { last: Some(4), timing: Timing::Quantised, ..save }));
    // Or not at all.
    hand.click_on(chip("save"));
    assert_eq!(hand.click_text("Cancel"), []);
    assert!(hand.viewer.state.files.is_none());
}

#[test]
fn a_saved_file_is_copied_by_path_and_shown_and_before_there_is_none_nothing_can_be_pressed() {
    let mut hand = Hand::new("playing");
    for what in ["show", "copy", "undo"] {
        assert_eq!(hand.click_on(chip(what)), [], "{what}");
    }
    hand.sheet.kept = SessionKept::default();
    hand.rest();
    for what in ["save", "save last"] {
        assert_eq!(hand.click_on(chip(what)), []);
        assert!(hand.viewer.state.files.is_none(), "{what}: there is nothing to save");
    }
    let mut hand = saved_in("/music");
    assert_eq!(asked(hand.click_on(chip("copy"))), Action::Copied);
    assert_eq!(asked(hand.click_on(chip("show"))), Action::ShowInFolder("/music/before.mid".into()));
}

#[test]
fn presets_of_the_factory_and_of_ones_own_are_chosen_and_saved_by_name() {
    let mut hand = Hand::new("playing");
    hand.sheet.kept.own_presets = vec!["Sunday".into()];
    assert_eq!(hand.click_on(Id::unique("Preset")), [Action::LookAround]);
    let first = &factory()[1].name;
    assert_eq!(asked(hand.click_text(first)), Action::Preset(first.clone()));
    hand.click_on(Id::unique("Preset"));
    hand.scroll(-4000.0);
    assert_eq!(asked(hand.click_text("Sunday")), Action::OwnPreset("Sunday".into()));
    hand.click_on(Id::unique("Preset"));
    hand.click_text("name");
    hand.write("Monday");
    assert_eq!(asked(hand.click_text("Save")), Action::SavePreset("Monday".into()));
}

#[test]
fn the_other_side_is_one_click_away_and_so_is_the_band_before() {
    let mut hand = Hand::new("playing");
    assert_eq!(hand.click_on(chip("a")), [], "it is heard already");
    assert_eq!(asked(hand.click_on(chip("b"))), Action::SwitchSide);
    hand.sheet.kept.side = Side::B;
    hand.rest();
    assert_eq!(asked(hand.click_on(chip("a"))), Action::SwitchSide);
    hand.sheet.kept.undo = Some("Pop".into());
    hand.rest();
    assert_eq!(asked(hand.click_on(chip("undo"))), Action::Undo);
}

#[test]
fn bands_that_were_found_stand_in_the_list_beside_those_that_ship() {
    let mut hand = Hand::new("playing");
    hand.sheet.kept.bands = vec!["/bands/Big band.safetensors".into()];
    assert_eq!(hand.click_on(Id::unique("Band")), [Action::LookAround]);
    assert_eq!(asked(hand.click_text("Big band")), Action::BandFile("/bands/Big band.safetensors".into()));
    hand.click_on(Id::unique("Band"));
    let band = ParamId::band("band");
    let value = hand.sheet.get(band).expect("it is there").value_of(1);
    assert_eq!(asked(hand.click_text("Chorale")), Action::Choose(band, value));
}

#[test]
fn every_voice_has_a_channel_of_its_own_to_choose() {
    let mut hand = Hand::new("playing");
    hand.click_on(Id::unique(("chip", ("voice", 3_usize, "more"))));
    let id = ParamId::voice("chan", 3);
    let entry = hand.sheet.get(id).expect("it is there").clone();
    assert_eq!((&entry.shape, entry.text.as_str()), (&Dial::Number(Some(16)), "As the band says"));
    hand.viewer.focus(Id::unique(("slot", "chan", 4_u8)));
    hand.rest();
    assert_eq!(asked(hand.key(Key::ArrowRight)), Action::Choose(id, entry.value_of(1)));
}

#[test]
fn a_drum_kit_is_chosen_by_name_or_from_a_file() {
    let mut hand = Hand::new("playing");
    let drummer = hand.sheet.entries.iter_mut().find(|entry| entry.id == ParamId::band("drums")).expect("a drummer");
    drummer.value = drummer.value_of(1);
    hand.sheet.kit.name = "My pads".into();
    hand.rest();
    hand.click_on(Id::unique(("chip", ("drums", 0, "more"))));
    assert_eq!(hand.click_text("My pads"), [], "it is chosen already");
    assert_eq!(asked(hand.click_text("Yamaha DTXplorer")), Action::Kit(SHIPPED[3].1.to_owned()));
    assert_eq!(asked(hand.click_text("General MIDI")), Action::Kit(String::new()));
    assert_eq!(hand.click_text("From a file …"), []);
    assert!(hand.viewer.state.files.is_some(), "a list of files");
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("kits");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("My pads.json"), SHIPPED[0].1).expect("the folder is there");
    hand.viewer.state.files = Some(Browser::of_kits(&folder));
    hand.rest();
    hand.click_text("My pads.json");
    assert_eq!(asked(hand.click_text("Load")), Action::KitFile(folder.join("My pads.json")));
    // What a project had that is no kit is said, with what to do.
    hand.sheet.kit = ShownKit { name: String::new(), fault: Some("nonsense in line 3".into()) };
    let said = notices(&hand.snapshot, &hand.sheet);
    assert!(said.iter().any(|notice| notice.what.contains("nonsense in line 3")));
}

/// A cell of the chord lane.
fn chord_cell(bar: i64, part: usize) -> Id {
    Id::unique(("chord", bar, part))
}

/// What the chart is after an action; it is on the sheet then.
fn charted(hand: &mut Hand, actions: Vec<Action>) -> String {
    let Action::Chart(laid) = asked(actions) else { panic!("a chart is asked for") };
    hand.sheet.chart = laid;
    hand.rest();
    hand.sheet.chart.chart.to_string()
}

#[test]
fn chords_are_typed_cell_by_cell_extended_and_cleared() {
    let mut hand = Hand::new("empty");
    assert!(hand.click_on(chord_cell(0, 0)).is_empty());
    hand.write("F7");
    let actions = hand.key(Key::Enter);
    assert_eq!(charted(&mut hand, actions), "| F7 |\n", "it goes on through the measure");
    // Enter went on to the second half, which is typed in now.
    hand.write("Bbm6");
    let actions = hand.key(Key::Enter);
    assert_eq!(charted(&mut hand, actions), "| F7 Bbm6 |\n");
    hand.write("Hm");
    assert!(
        matches!(asked(hand.key(Key::Enter)), Action::Refused(why) if why.contains("measure 1, `Hm`")),
        "what is no chord is named"
    );
    hand.key(Key::Escape);
    hand.rest();
    // Without a mouse: the arrows lead to other cells, Delete clears one.
    hand.key(Key::ArrowLeft);
    hand.rest();
    let actions = hand.key(Key::Delete);
    assert_eq!(charted(&mut hand, actions), "| F7 ? |\n");
    // Drawn over others, a chord goes on.
    let (from, to) = (hand.at(chord_cell(0, 0)), hand.at(chord_cell(2, 0)));
    let press = |pos, pressed| Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    for events in
        [vec![Event::PointerMoved(from)], vec![press(from, true)], vec![Event::PointerMoved(from.lerp(to, 0.5))]]
    {
        hand.frame(events);
    }
    hand.frame(vec![Event::PointerMoved(to)]);
    hand.frame(vec![press(to, false)]);
    let actions = std::mem::take(&mut hand.viewer.actions);
    assert_eq!(charted(&mut hand, actions), "| F7 | % | % |\n");
}

#[test]
fn a_whole_chart_is_used_looped_learnt_and_cleared() {
    let mut hand = Hand::new("playing");
    hand.click_on(chip("chart"));
    hand.click_text("| C | Am7 F | G7 | % |\nSections [A], repeats |: :| x3, N.C. for no chord, ? for the band's own");
    hand.write("| F7 | Bb7 | C7 Bb7 |");
    hand.rest();
    let actions = hand.click_text("Use");
    assert_eq!(charted(&mut hand, actions), "| F7 | Bb7 | C7 Bb7 |\n");
    let Action::Chart(looped) = asked(hand.click_text("12")) else { panic!("a loop is asked for") };
    assert_eq!(looped.repeats, ChartLoop::After(12));
    assert_eq!(asked(hand.click_text("Clear")), Action::Chart(LaidChart::default()));
    assert_eq!(asked(hand.click_text("Learn")), Action::LearnChart(Some(13)));
}
