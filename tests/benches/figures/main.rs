//! The figures that a musician's computer cares about: how long a prediction takes, what a block
//! costs beside a plugin that does nothing, how fast and how large an instance is.
//!
//! Criterion measures and compares with the last run; the table at the end says what the aim is.

mod at_play;
mod instances;
mod predictions;
mod process;
mod table;

use criterion::Criterion;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut table = table::Table::default();
    instances::memory(&mut table);
    predictions::measure(&mut criterion, &mut table);
    at_play::measure(&mut criterion, &mut table);
    process::measure(&mut criterion, &mut table);
    instances::measure(&mut criterion, &mut table);
    criterion.final_summary();
    table.print();
}
