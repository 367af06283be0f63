//! How far the options of every training may go.

use crate::systems::checks::{self, Allowed, Refused};

/// The highest rate of Adam. Chosen: a hundred times the usual one; beyond it every weight jumps past every other at each
/// batch.
pub(super) const ADAM: f64 = 0.1;

/// The highest rate of stochastic gradient descent, whose gradients are clipped. Chosen: twenty times the published.
pub(super) const SGD: f64 = 1.0;

/// The most epochs. Chosen: more than anybody waits for.
pub(super) const MOST_EPOCHS: usize = 1_000_000;

/// The longest gradient that counts as one that is kept in bounds. Chosen.
const LONGEST: f64 = 1e6;

/// Refuses a training of no epoch, or of more than anybody waits for.
pub(super) fn epochs(epochs: usize) -> Result<(), Refused> {
    epochs_of("epochs", epochs)
}

/// The same of a part that is trained by itself, whose option has this name.
pub(super) fn epochs_of(option: &str, epochs: usize) -> Result<(), Refused> {
    checks::count(option, epochs, 1..=MOST_EPOCHS)
}

/// Refuses a bound of gradients that stops all learning, or bounds nothing.
pub(super) fn clip(longest: f32) -> Result<(), Refused> {
    checks::rate("clip", longest.into(), LONGEST)
}

/// Refuses batches of no window or windows of nothing, and those whose numbers no memory holds: so many windows of such a
/// length, each with the name of its option.
pub(super) fn windows(
    (many, windows): (&str, usize),
    (long, length): (&str, usize),
    most: usize,
) -> Result<(), Refused> {
    checks::count(many, windows, 1..=most)?;
    checks::count(long, length, 1..=most)?;
    if windows * length > most {
        let room = most / length;
        return Err(Refused::new(many, windows, Allowed::Together { other: long.into(), value: length, room }));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_that_no_memory_holds_is_refused_with_what_would_fit() {
        let check = |batch, steps| windows(("batch", batch), ("steps", steps), 1000).map_err(|error| error.to_string());
        assert_eq!(check(10, 100), Ok(()));
        let line = "batch is 11: with steps 100 give at most 10, or give fewer steps";
        assert_eq!(check(11, 100), Err(line.to_owned()));
        assert!(check(0, 100).is_err() && check(10, 0).is_err() && check(usize::MAX, usize::MAX).is_err());
    }
}
