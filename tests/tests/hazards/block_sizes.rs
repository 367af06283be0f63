//! However the host cuts time into blocks, and at every sample rate, the band plays the same.

use tests::host::Format;
use tests::stage::{Stage, music};

#[test]
fn any_block_size_gives_the_same_samples() {
    for format in Format::ALL {
        let stage = Stage::new(format, 10, 132.0);
        let script = stage.straight();
        let expected = stage.take(&script, &[512]);
        assert!(expected.verdict.is_clean(), "{:?}", expected.verdict);
        assert!(expected.notes.len() > 20, "the band plays: {} notes", expected.notes.len());
        for sizes in [&[64][..], &[16_384], &[1, 4096, 77, 3]] {
            let take = stage.take(&script, sizes);
            assert!(take.verdict.is_clean(), "{sizes:?}: {:?}", take.verdict);
            assert_eq!(take.notes, expected.notes, "{sizes:?}");
        }
    }
}

#[test]
fn any_sample_rate_gives_the_same_music() {
    for format in Format::ALL {
        let mut stage = Stage::new(format, 8, 97.0);
        let expected = music(&stage.take(&stage.straight(), &[512]));
        assert!(expected.len() > 20, "the band plays: {} notes", expected.len());
        for rate in [8_000, 44_100, 96_000, 192_000] {
            stage.rate = rate;
            let take = stage.take(&stage.straight(), &[512]);
            assert!(take.verdict.is_clean(), "{rate} Hz: {:?}", take.verdict);
            assert_eq!(music(&take), expected, "{rate} Hz");
        }
    }
}
