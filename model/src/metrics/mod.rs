//! How well a band accompanies, measured: what the user played, what the band played and what people played there,
//! compared sixteenth by sixteenth.
//!
//! No figure stands alone. A band that holds all twelve pitch classes fits every note, and one that never changes does
//! not follow: the metrics that say how well it fits stand beside those that find such cheats out.

mod calibration;
mod chords;
mod drum_following;
mod grid;
mod jam;
mod rhythm_following;
mod twister;

pub use calibration::{Calibration, Reliability};
pub use chords::{same_root, same_triad};
pub use drum_following::DrumFollowing;
pub use jam::{JamMean, JamMetrics, MetricsError, jam_metrics, mean};
pub use rhythm_following::RhythmFollowing;
