//! The main job: a tune, the band, three files.

use clap::Parser;
use tests::host::{Format, Host};
use tests::jam::Options;

#[test]
fn the_default_jam_misses_nothing_and_can_be_read_back() {
    let out = tests::bundle::target().expect("a target folder").join("test-jam");
    let options = Options::try_parse_from(["jam", "--out", out.to_str().expect("text")]).expect("good options");
    let plan = options.plan().expect("a good plan");
    let [jam, vst3] = Format::ALL
        .map(|format| plan.play(&Host::load_bundled(format).expect("the bundle"), |_| ()).expect("it plays"));
    assert_eq!((vst3.report.missed, &vst3.take.notes), (0, &jam.take.notes), "both formats play the same");
    assert!(jam.take.verdict.is_clean(), "{:?}", jam.take.verdict);
    assert_eq!((jam.report.measures, jam.report.missed), (48, 0));
    assert!(jam.report.prediction_ms.median > 0.0, "predictions were timed");
    assert_eq!(jam.report.notes.len(), 3);
    assert!(jam.report.notes.values().all(|&count| count > 20), "{:?}", jam.report.notes);
    let files = plan.save(&jam).expect("three files");
    let read = model::midi_file::Song::read(&files.midi).expect("band.mid can be read");
    assert_eq!(
        read.tracks.iter().map(|track| track.name.as_str()).collect::<Vec<_>>(),
        ["Lead", "Counter", "Chords", "Bass"]
    );
    assert_eq!(read.tracks[0].measures, plan.track.measures, "the player's track is as it was");
    let json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&files.figures).expect("jam.json")).expect("JSON");
    for field in
        ["measures", "missed", "hanging_notes", "max_onset_error_samples", "prediction_ms", "process_us", "notes"]
    {
        assert!(json.get(field).is_some(), "jam.json has {field}");
    }
    assert!(std::fs::metadata(&files.picture).expect("jam.png").len() > 10_000);
}
