//! Random tests differ from run to run, and each run can be repeated.

use std::time::{SystemTime, UNIX_EPOCH};

/// A new seed for each run. It is printed, and `SEED=…` repeats that run.
#[must_use]
pub fn seed() -> u64 {
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| u64::from(now.subsec_nanos())));
    println!("SEED={seed}");
    seed
}
