//! A host that cuts its blocks, and says of each piece where the whole begins; and one whose transport nobody heeds.

use tests::host::Format;
use tests::stage::{Stage, music};
use tests::take::{Pace, Playing};

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

#[test]
fn by_its_own_clock_the_band_plays_live_and_offline_what_it_plays_by_a_hosts() {
    for format in Format::ALL {
        let stage = Stage::new(format, 6, 240.0);
        let (script, clip) = (stage.straight(), stage.clip());
        let expected = stage.take(&script, &[512]);
        assert!(expected.notes.len() > 10, "{format}: {} notes", expected.notes.len());
        for (live, sizes) in [(false, &[64][..]), (true, &[512]), (false, &[16_384, 1, 777])] {
            let mut instance = stage.instance(!live);
            let own = [
                ("Clock", "own"),
                ("Tempo", "240"),
                ("Start with my first note", "off"),
                ("Count-in", "0"),
                ("Run", "on"),
            ];
            for (name, value) in own {
                instance.set(name, value).expect("a parameter");
            }
            let pace = if live { Pace::Answered } else { Pace::Free };
            let playing = Playing { script: &script, clip: &clip, sizes, pace, thru: stage.setup.thru };
            let stops = script.start(1);
            let stop = |start, instance: &mut dyn tests::host::Instance, _: &mut _| {
                if start == stops { instance.set("Run", "off") } else { Ok(()) }
            };
            let take = playing.play_with(instance.as_mut(), stop, |_| ()).expect("it plays");
            assert!(take.verdict.is_clean(), "{format}, live: {live}: {:?}", take.verdict.found);
            assert_eq!(take.notes, expected.notes, "{format}, live: {live}, {sizes:?}");
        }
    }
}
