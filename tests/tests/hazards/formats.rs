//! The same plugin in both formats plays the same.

use tests::host::Format;
use tests::stage::Stage;

#[test]
fn clap_and_vst3_play_the_same_notes_at_the_same_samples() {
    let [clap, vst3] = Format::ALL.map(|format| {
        let mut stage = Stage::new(format, 12, 117.0);
        stage.setup.thru = true;
        let take = stage.take(&stage.straight(), &[512, 33]);
        assert!(take.verdict.is_clean(), "{format}: {:?}", take.verdict);
        take
    });
    assert!(clap.notes.len() > 50, "{} notes", clap.notes.len());
    assert_eq!(clap.notes, vst3.notes);
}
