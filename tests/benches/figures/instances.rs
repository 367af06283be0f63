//! How fast an instance is made, and how much memory each takes.

use std::time::Instant;

use criterion::Criterion;
use tests::bundle;
use tests::host::{Format, Host, Instance};
use tests::memory::resident;
use tests::stage::{MOST_FRAMES, Stage};
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

/// Adds rows with the memory that instances take which have played, beside those of a plugin that
/// does nothing: the host of this benchmark keeps buffers for each too. To be called first: what
/// others have freed would be used again.
pub(crate) fn memory(table: &mut Table) {
    let stage = Stage::new(Format::Clap, 6, 200.0);
    let before = resident();
    let ours = many(&stage, || stage.instance(true));
    let empty = Host::load(&bundle::empty_plugin().expect("the empty plugin")).expect("it loads");
    let theirs = many(&stage, || {
        let mut instance = empty.instance().expect("an instance");
        instance.activate(stage.rate, MOST_FRAMES).expect("it can be activated");
        instance
    });
    let (Some(before), Some(ours_first), Some(theirs_each)) = (before, ours.with_first, theirs.each) else { return };
    let mib = |bytes: u64| format!("{:.1} MiB", f64::from(u32::try_from(bytes >> 10).unwrap_or(u32::MAX)) / 1024.0);
    table.row("memory of the library and one instance", mib(ours_first.saturating_sub(before)), "40 MB");
    table.row("memory of each further instance", mib(ours.each.unwrap_or(0).saturating_sub(theirs_each)), "1 MB");
    table.row("… and of this host's buffers for each", mib(theirs_each), "");
}

/// Many instances that have played six measures.
struct Many {
    /// What the process took when the first had played.
    with_first: Option<u64>,
    /// What each further one took.
    each: Option<u64>,
    _alive: Vec<Box<dyn Instance>>,
}

fn many(stage: &Stage, make: impl Fn() -> Box<dyn Instance>) -> Many {
    let play = || {
        let mut instance = make();
        let take = stage.take_with(instance.as_mut(), &stage.straight(), &[512], Pace::Free);
        drop(take);
        instance
    };
    let mut alive = vec![play()];
    let with_first = resident();
    alive.extend((0..COUNT).map(|_| play()));
    let each = with_first.zip(resident()).map(|(first, all)| all.saturating_sub(first) / u64::from(COUNT));
    Many { with_first, each, _alive: alive }
}
