//! The table at the end.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion};
use tests::report::Spread;

/// Rows: what, how much, and the aim.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<[String; 4]>,
}

impl Table {
    /// Lets criterion measure `once`, which does a thing and says how long it took, and adds a
    /// row with the median and the 99th percentile of all runs.
    pub(crate) fn time(
        &mut self,
        criterion: &mut Criterion,
        (group, name): (&str, &str),
        aim: &str,
        mut once: impl FnMut() -> Duration,
    ) {
        let mut samples = Vec::new();
        let mut group = criterion.benchmark_group(group);
        group.sample_size(20).measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_millis(500));
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter_custom(|count| {
                (0..count)
                    .map(|_| {
                        let took = once();
                        samples.push(took.as_secs_f64() * 1e6);
                        took
                    })
                    .sum()
            });
        });
        group.finish();
        if samples.is_empty() {
            return; // filtered out
        }
        let spread = Spread::of(&samples);
        self.rows.push([name.to_owned(), micros(spread.median), micros(spread.p99), aim.to_owned()]);
    }

    /// Adds a row that is no time.
    pub(crate) fn row(&mut self, name: &str, figure: String, aim: &str) {
        self.rows.push([name.to_owned(), figure, String::new(), aim.to_owned()]);
    }

    /// Prints all rows.
    pub(crate) fn print(&self) {
        println!("\n{:<44} {:>12} {:>12}  aim", "", "median", "p99");
        for [name, median, p99, aim] in &self.rows {
            println!("{name:<44} {median:>12} {p99:>12}  {aim}");
        }
    }
}

fn micros(micros: f64) -> String {
    if micros < 1.0 {
        format!("{:.0} ns", micros * 1e3)
    } else if micros < 1000.0 {
        format!("{micros:.2} µs")
    } else {
        format!("{:.2} ms", micros / 1e3)
    }
}
