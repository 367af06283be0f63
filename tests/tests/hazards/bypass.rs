//! Bypassed, the plugin only passes notes through, and what sounded has ended.

use tests::event::Kind;
use tests::host::Format;
use tests::stage::Stage;
use tests::take::Pace;

#[test]
fn bypass_ends_the_band_and_passes_notes_through() {
    for format in Format::ALL {
        let mut stage = Stage::new(format, 12, 120.0);
        stage.setup.thru = true;
        let (rolling, stopped) = (stage.script().roll(0..stage.end() / 2), stage.straight());
        let of_seed = |seed: u32| {
            let mut instance = stage.instance(true);
            instance.set("Seed", &seed.to_string()).expect("a seed");
            // No halt: the transport rolls on while bypass is switched on.
            let before = stage.take_with(instance.as_mut(), &rolling, &[480], Pace::Free);
            (instance, before)
        };
        // A band may rest just then: with one of these seeds it does not.
        let found = (0..8).map(of_seed).find(|(_, before)| before.verdict.hanging > 0);
        let (mut instance, before) = found.expect("notes sound when it is bypassed");
        let own = stage.clip()[0].channel;
        assert!(before.notes.iter().any(|note| note.channel != own), "the band plays");
        assert_eq!(before.verdict.faults, 0, "{:?}", before.verdict);
        instance.set("Bypass", "on").expect("it can be bypassed");
        let mut heard = Vec::new();
        let mut offs = before.verdict.hanging;
        let blocks = stopped.blocks(&[480]);
        instance.process(480, Some(&stopped.event(&blocks[0])), &[], &mut heard).expect("a block");
        for event in &heard {
            let first = event.offset == 0 && matches!(event.kind, Kind::Off { .. });
            assert!(first, "all offs come first thing, and nothing else: {event:?}");
            offs -= 1;
        }
        assert_eq!(offs, 0, "every note got its off");
        let after = stage.take_with(instance.as_mut(), &stopped, &[480], Pace::Free);
        assert!(after.notes.iter().all(|note| note.channel == own), "only the player's own notes");
        assert_eq!(after.notes.len(), stage.clip().len());
        assert!(after.verdict.is_clean(), "{:?}", after.verdict);
    }
}
