//! How fast an instance is made, and how much memory each takes.

use std::time::Instant;

use criterion::Criterion;
use tests::host::{Format, Host, Instance};
use tests::memory::resident;
use tests::stage::Stage;
use tests::take::Pace;

use crate::table::Table;

/// How many instances the memory of one is worked out from.
const COUNT: u32 = 32;

pub(crate) fn measure(criterion: &mut Criterion, table: &mut Table) {
    let host = Host::load_bundled(Format::Clap).expect("the bundle");
    table.time(criterion, ("instance", "making an instance"), "50 ms", || {
        let start = Instant::now();
        let instance = host.instance().expect("an instance");
        let took = start.elapsed();
        drop(instance);
        took
    });
}

/// Adds rows with the memory that instances take which have played. To be called first: what
/// others have freed would be used again.
pub(crate) fn memory(table: &mut Table) {
    let before = resident();
    let stage = Stage::new(Format::Clap, 6, 200.0);
    let first = playing(&stage);
    let with_one = resident();
    let more: Vec<_> = (0..COUNT).map(|_| playing(&stage)).collect();
    if let (Some(before), Some(with_one), Some(all)) = (before, with_one, resident()) {
        let mib = |bytes: u64| format!("{:.1} MiB", f64::from(u32::try_from(bytes >> 10).unwrap_or(u32::MAX)) / 1024.0);
        table.row("memory of the library and one instance", mib(with_one.saturating_sub(before)), "40 MB");
        table.row("memory of each further instance", mib(all.saturating_sub(with_one) / u64::from(COUNT)), "1 MB");
    }
    drop((first, more));
}

/// An instance that has played six measures.
fn playing(stage: &Stage) -> Box<dyn Instance> {
    let mut instance = stage.instance(true);
    let take = stage.take_with(instance.as_mut(), &stage.straight(), &[512], Pace::Free);
    assert!(!take.notes.is_empty(), "it has played");
    instance
}
