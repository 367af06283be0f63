//! A host that cuts its blocks, and says of each piece where the whole begins.

use tests::host::Format;
use tests::stage::{Stage, music};

#[test]
fn the_band_plays_the_same_for_a_host_that_says_one_position_for_all_pieces() {
    for format in Format::ALL {
        let stage = Stage::new(format, 6, 240.0);
        let expected = stage.take(&stage.straight(), &[512]);
        assert!(expected.notes.len() > 10, "{format}: {} notes", expected.notes.len());
        for (cycle, pieces) in [(512, &[100, 300, 112][..]), (1024, &[1, 17, 500]), (4096, &[64])] {
            let mut script = stage.straight();
            script.cycle = Some(cycle);
            let take = stage.take(&script, pieces);
            assert!(take.verdict.is_clean(), "{format}, {cycle}: {:?}", take.verdict.found);
            assert_eq!(music(&take), music(&expected), "{format}, {cycle}, {pieces:?}");
        }
    }
}
