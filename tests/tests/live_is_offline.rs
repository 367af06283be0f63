//! What was heard live is what the host renders offline.

use tests::host::Format;
use tests::stage::Stage;
use tests::take::Pace;

#[test]
fn a_live_take_equals_its_offline_render() {
    for format in Format::ALL {
        let stage = Stage::new(format, 8, 300.0);
        let script = stage.straight();
        let mut instance = stage.instance(false);
        let live = stage.take_with(instance.as_mut(), &script, &[256], Pace::Live);
        let status = instance.status().expect("a status");
        assert_eq!(status.missed, 0, "0.8 s is enough for each of these predictions");
        let offline = stage.take(&script, &[1024]);
        assert!(live.verdict.is_clean() && offline.verdict.is_clean(), "{:?} {:?}", live.verdict, offline.verdict);
        assert!(!live.notes.is_empty());
        assert_eq!(live.notes, offline.notes);
    }
}
