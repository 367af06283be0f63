//! Random tests are others at each run, and can be played again.

use std::time::{SystemTime, UNIX_EPOCH};

/// Another seed at each run: printed, and `SEED=…` plays it again.
#[must_use]
pub fn seed() -> u64 {
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| u64::from(now.subsec_nanos())));
    println!("SEED={seed}");
    seed
}
