//! The band enters on the bar line that the lookahead promises, and not before.

use tests::host::Format;
use tests::stage::Stage;
use tests::timeline::QUARTER;

fn enters_in_measure(next: bool, measure: i64) {
    for format in Format::ALL {
        let mut stage = Stage::new(format, 6, 120.0);
        stage.setup.next = next;
        let take = stage.take(&stage.straight(), &[512]);
        assert!(take.verdict.is_clean(), "{:?}", take.verdict);
        let first = take.notes.first().expect("the band plays").tick;
        let bar = (measure - 1) * 4 * QUARTER;
        assert!((bar..bar + 4 * QUARTER).contains(&first), "it enters at tick {first}");
    }
}

#[test]
fn second_next_enters_in_measure_3() {
    enters_in_measure(false, 3);
}

#[test]
fn next_enters_in_measure_2() {
    enters_in_measure(true, 2);
}
