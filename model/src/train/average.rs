//! The mean of a net's weights over the last batches, which predicts better than the weights of any one batch
//! (Polyak and Juditsky 1992; as an exponential mean in Izmailov et al. 2018 and most large nets since).

use crate::systems::nn::NamedTensor;

/// An exponential mean of weights.
#[derive(Clone, Debug)]
pub(crate) struct Average {
    /// How much of it stays at each batch, 0…1; 0 is the newest weights alone.
    decay: f32,
    /// The mean so far; `None` before the first batch.
    mean: Option<Vec<NamedTensor>>,
}

impl Average {
    /// A mean over about 1 / (1 − decay) batches, going on from `mean`.
    pub(crate) fn new(decay: f32, mean: Option<Vec<NamedTensor>>) -> Self {
        Self { decay, mean }
    }

    /// Adds the weights after batch number `batches` (from 1). Early on the mean is over fewer batches, so that the
    /// random beginning is soon forgotten.
    #[expect(clippy::cast_precision_loss, reason = "batches are few")]
    pub(crate) fn add(&mut self, weights: Vec<NamedTensor>, batches: u64) {
        let decay = self.decay.min(batches as f32 / (batches as f32 + 10.0));
        match &mut self.mean {
            Some(mean) if decay > 0.0 => {
                for (mean, new) in mean.iter_mut().zip(&weights) {
                    mean.values_mut()
                        .iter_mut()
                        .zip(new.values.iter())
                        .for_each(|(mean, new)| *mean += (1.0 - decay) * (new - *mean));
                }
            }
            mean => *mean = Some(weights),
        }
    }

    /// The mean; `None` before the first batch.
    pub(crate) fn weights(&self) -> Option<&[NamedTensor]> {
        self.mean.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(decay: f32, numbers: &[f32], expected: f32) {
        let mut average = Average::new(decay, None);
        for (batch, &number) in (1..).zip(numbers) {
            average.add(vec![NamedTensor { name: "w".into(), shape: vec![1], values: [number].into() }], batch);
        }
        let found = average.weights().expect("a mean")[0].values[0];
        assert!((found - expected).abs() < 1e-6, "{found}, not {expected}");
    }

    /// From batch 2 on 2/12 stays, then 3/13: ((1 · 2/12 + 2 · 10/12) · 3 + 4 · 10) / 13.
    #[test]
    fn the_mean_follows_quickly_at_first() {
        check(0.0, &[1.0, 2.0, 4.0], 4.0);
        check(0.1, &[1.0, 2.0], 1.9);
        check(0.99, &[1.0, 2.0, 4.0], ((1.0 / 6.0 + 2.0 * 5.0 / 6.0) * 3.0 + 40.0) / 13.0);
    }
}
