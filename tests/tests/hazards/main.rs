//! What may go wrong between a host, a musician and the band: one hazard a file. One program, so that the small host is
//! linked once, and a long test runs beside others. What measures a process has a program of its own beside this one.

mod accompany;
mod band_files;
mod block_sizes;
mod bypass;
mod causality;
mod dialects;
mod editor;
mod editor_damage;
mod editor_dialogs;
mod editor_session;
mod entrance;
mod every_form;
mod farewell;
mod foreign;
mod formats;
mod fuzz;
mod jam;
mod keys;
mod live_is_offline;
mod modes;
mod mpe;
mod random_scripts;
mod seams;
mod side_by_side;
mod snapshot;
mod sound;
mod standing;
mod state;
mod sysex;
mod torture;
mod two_threads;
mod upstream;
mod your_channel;

/// A file that is not named above would never be run, and nobody would notice.
#[test]
fn every_hazard_is_in_the_program() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hazards");
    let files: Vec<_> =
        std::fs::read_dir(folder).expect("this folder").map(|entry| entry.expect("a file").path()).collect();
    let names: Vec<_> =
        files.iter().filter_map(|file| file.file_stem()?.to_str()).filter(|name| *name != "main").collect();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        assert!(include_str!("main.rs").contains(&format!("\nmod {name};\n")), "{name} is not in main.rs");
    }
}
