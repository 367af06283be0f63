//! A whole project of instances that are tortured at the same time, a block of each in turn.

use tests::host::{Format, Host};
use tests::torture::{Case, play_together};

/// The fewest events, and notes that the bands began. Measured: 108 751, and 3712.
const LEAST_EVENTS: usize = 100_000;
const LEAST_NOTES: usize = 3000;

#[test]
fn sixty_four_instances_do_not_disturb_each_other() {
    for format in Format::ALL {
        let host = Host::load_bundled(format).expect("the bundle");
        let cases: Vec<_> = (0..64).map(|number| Case::new(64, number, false).told_by(format)).collect();
        let played = play_together(&host, &cases).unwrap_or_else(|error| panic!("{format}: {error:#}"));
        assert_eq!(played.len(), 64);
        for (number, played) in played.iter().enumerate() {
            assert!(played.verdict.is_clean(), "{format}, script {number} of seed 64: {:?}", played.verdict.found);
        }
        let (events, notes) = played.iter().fold((0, 0), |sum, one| (sum.0 + one.events, sum.1 + one.notes));
        println!("{format}: {events} events, {notes} notes of the bands");
        assert!(events > LEAST_EVENTS && notes > LEAST_NOTES, "{format}: {events} events, {notes} notes");
    }
}
