//! The editor in a real window: opened and closed a hundred times while the plugin plays, and used by
//! hand beside another one, and under what the public validators do, in both formats; and what is drawn in parts is whole.
//! Where there is no X server to be had (`Xvfb`), these are reported as ignored.

mod harness;

use std::process::{Command, ExitCode};

use tests::display::Display;
use tests::need::Need;
use tests::seed::seed;

fn main() -> ExitCode {
    harness::run(harness::claims![
        Some(Need::Display);
        a_clap_instance_stands_what_validators_do_with_its_editor_open,
        a_vst3_instance_stands_what_validators_do_with_its_editor_open,
        a_clap_editor_opens_and_closes_while_the_plugin_plays,
        a_vst3_editor_opens_and_closes_while_the_plugin_plays,
        every_place_of_a_clap_editor_can_be_clicked_dragged_and_typed_into_while_it_plays,
        every_place_of_a_vst3_editor_can_be_clicked_dragged_and_typed_into_while_it_plays,
        a_window_drawn_in_parts_while_it_plays_is_as_if_all_were_drawn,
    ])
}

/// Runs the program in a display of its own, with no home but an empty one.
fn run(vst3: bool, place: u32, arguments: &[&str]) {
    let display = Display::start(place).expect("Xvfb starts").expect("it is there: the harness has looked");
    let mut command = Command::new(env!("CARGO_BIN_EXE_window"));
    command.env("DISPLAY", display.name()).env("LIBGL_ALWAYS_SOFTWARE", "1").args(arguments);
    let home = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("home-{}", display.name().trim_start_matches(':')));
    std::fs::create_dir_all(&home).expect("a home");
    command.env("HOME", &home).env_remove("XDG_DATA_HOME").env_remove("XDG_CONFIG_HOME");
    if vst3 {
        command.arg("--vst3");
    }
    let output = command.output().expect("it can be started");
    let (says, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{:?}\n{says}\n{errors}", output.status);
    println!("{says}");
    std::fs::remove_dir_all(&home).expect("the home is removed");
}

/// What the public validators do, once; `cargo xtask validate` does it ten times in a row.
fn strain(vst3: bool, place: u32) {
    let seed = seed().to_string();
    run(vst3, place, &["--strain", "1", "--rough", "--seed", &seed]);
}

fn a_clap_instance_stands_what_validators_do_with_its_editor_open() {
    strain(false, 4);
}

fn a_vst3_instance_stands_what_validators_do_with_its_editor_open() {
    strain(true, 5);
}

/// Where pictures are kept.
const PICTURES: &str = env!("CARGO_TARGET_TMPDIR");

fn a_clap_editor_opens_and_closes_while_the_plugin_plays() {
    run(false, 0, &["--times", "100"]);
}

fn a_vst3_editor_opens_and_closes_while_the_plugin_plays() {
    run(true, 1, &["--times", "100"]);
}

fn every_place_of_a_clap_editor_can_be_clicked_dragged_and_typed_into_while_it_plays() {
    run(false, 2, &["--click", PICTURES]);
}

fn every_place_of_a_vst3_editor_can_be_clicked_dragged_and_typed_into_while_it_plays() {
    run(true, 3, &["--click", PICTURES]);
}

fn a_window_drawn_in_parts_while_it_plays_is_as_if_all_were_drawn() {
    run(false, 6, &["--keep", PICTURES]);
}
