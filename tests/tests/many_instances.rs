//! A whole project full of bands: they share the weights, and none comes too late.

use tests::event::{Event, schedule};
use tests::host::Format;
use tests::memory::resident;
use tests::stage::Stage;

const BLOCK: u32 = 512;

#[test]
fn thirty_two_bands_at_240_bpm_miss_nothing() {
    play_together(Format::Clap, 32, 240.0);
}

/// The aim, for a machine with two idle cores: `cargo test --release -p tests --test many_instances -- --ignored`.
#[test]
#[ignore = "needs two idle cores"]
fn sixty_four_bands_at_300_bpm_miss_nothing() {
    for format in Format::ALL {
        play_together(format, 64, 300.0);
    }
}

/// Plays ten measures of the demo tune into so many instances, paced as live.
fn play_together(format: Format, count: usize, tempo: f64) {
    let stage = Stage::new(format, 10, tempo);
    let script = stage.straight();
    let events = schedule(&stage.clip(), &script);
    let first = stage.instance(false);
    let before = resident();
    let mut instances: Vec<_> = std::iter::once(first).chain((1..count).map(|_| stage.instance(false))).collect();
    let mut heard = Vec::new();
    let start = std::time::Instant::now();
    let mut next = 0;
    let mut notes = 0;
    for block in script.blocks(&[BLOCK]) {
        let end = block.start + i64::from(block.frames);
        let until = events.partition_point(|&(sample, _)| sample < end);
        let sent: Vec<_> = events[next..until]
            .iter()
            .map(|&(sample, kind)| Event { offset: u32::try_from(sample - block.start).expect("in the block"), kind })
            .collect();
        next = until;
        let transport = script.event(&block);
        for instance in &mut instances {
            instance.process(block.frames, Some(&transport), &sent, &mut heard).expect("a block");
            notes += heard.len();
        }
        #[expect(clippy::cast_precision_loss, reason = "a short take")]
        let due = std::time::Duration::from_secs_f64(end as f64 / f64::from(stage.rate));
        if let Some(left) = due.checked_sub(start.elapsed()) {
            std::thread::sleep(left);
        }
    }
    assert!(notes > count * 20, "they play");
    for instance in &instances {
        let status = instance.status().expect("a status");
        assert_eq!((status.figures.missed, status.figures.failed), (0, 0), "{} measures", status.figures.measures);
        assert!(status.figures.predictions >= 7, "{} predictions", status.figures.predictions);
    }
    if let (Some(before), Some(after)) = (before, resident()) {
        let each = after.saturating_sub(before) / u64::try_from(count - 1).expect("few");
        println!("{} KiB an instance", each / 1024);
        assert!(each < 4 << 20, "weights are shared: {} KiB an instance", each / 1024);
    }
}
