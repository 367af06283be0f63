//! What shapes a biaxial LSTM.

use serde::{Deserialize, Serialize};

use crate::systems::biaxial::encoding::INPUTS;

/// The largest layer that a file is believed to have, in units; the published net's has 300. Chosen: seven times that.
const MOST_UNITS: usize = 2048;

/// The most layers along an axis that a file is believed to have. Chosen: four times the published net's.
const MOST_LAYERS: usize = 8;

/// The sizes of a [`BiaxialNet`](crate::systems::biaxial::BiaxialNet); a band file carries them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BiaxialConfig {
    /// Units of each LSTM layer along the time axis.
    pub time: Vec<usize>,
    /// Units of each LSTM layer along the note axis.
    pub note: Vec<usize>,
    /// The fewest measures that are read at play, once that many were heard; always less than twice as many.
    pub window: usize,
}

impl BiaxialConfig {
    /// The published net: 300-300 along time, 100-50 along the pitches.
    #[must_use]
    pub fn full() -> Self {
        Self { time: vec![300, 300], note: vec![100, 50], window: 4 }
    }

    /// A form for fast music: about a seventeenth of the arithmetic.
    #[must_use]
    pub fn small() -> Self {
        Self { time: vec![64, 64], note: vec![48, 24], window: 4 }
    }

    /// The numbers in the recurrent weights alone: a net of this form has more.
    #[must_use]
    pub fn least_weights(&self) -> usize {
        let axis = |first: usize, layers: &[usize]| {
            let inputs = std::iter::once(first).chain(layers.iter().copied());
            let layer = |(input, &units): (usize, &usize)| 4usize.saturating_mul(units).saturating_mul(input + units);
            inputs.zip(layers).map(layer).fold(0, usize::saturating_add)
        };
        axis(INPUTS, &self.time).saturating_add(axis(self.time.last().map_or(0, |last| last + 2), &self.note))
    }

    /// What is wrong with a net of this form: a file may claim anything.
    ///
    /// # Errors
    /// The sentence that says it.
    pub fn check(&self) -> Result<(), &'static str> {
        for axis in [&self.time, &self.note] {
            if !(1..=MOST_LAYERS).contains(&axis.len()) {
                return Err("an axis has 1 to 8 layers");
            }
            if axis.iter().any(|units| !(1..=MOST_UNITS).contains(units)) {
                return Err("a layer has 1 to 2048 units");
            }
        }
        if !(1..=crate::predict::predictor::HISTORY).contains(&self.window) {
            return Err("the window has 1 to 40 measures");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::biaxial::BiaxialNet;
    use crate::systems::nn::get_weights;

    #[test]
    fn a_net_has_little_more_than_the_least_weights() {
        for config in [BiaxialConfig::full(), BiaxialConfig::small()] {
            let net = BiaxialNet::new(&config, &burn::tensor::Device::flex());
            let numbers: usize = get_weights(&net).iter().map(|weight| weight.values.len()).sum();
            let least = config.least_weights();
            assert!(least <= numbers && numbers < least + least / 50, "{least} of {numbers}");
        }
    }

    #[test]
    fn forms_that_no_net_has_are_refused() {
        let check = |change: &dyn Fn(&mut BiaxialConfig)| {
            let mut config = BiaxialConfig::small();
            change(&mut config);
            config.check().is_err()
        };
        assert!(check(&|config| config.time.clear()));
        assert!(check(&|config| config.note = vec![1 << 40]));
        assert!(check(&|config| config.window = 0));
        assert!(!check(&|_| {}));
    }
}
