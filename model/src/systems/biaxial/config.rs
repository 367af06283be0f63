//! What shapes a biaxial LSTM.

use serde::{Deserialize, Serialize};

use crate::systems::biaxial::encoding::INPUTS;

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

    /// The numbers in all weights of such a net.
    #[must_use]
    pub fn numbers(&self) -> usize {
        let axis = |first: usize, layers: &[usize]| {
            let inputs = std::iter::once(first).chain(layers.iter().copied());
            // Four gates, each with a row for each input, for each of its own outputs, and for its bias.
            let layer = |(input, &units): (usize, &usize)| {
                4usize.saturating_mul(units).saturating_mul(input.saturating_add(units).saturating_add(1))
            };
            inputs.zip(layers).map(layer).fold(0, usize::saturating_add)
        };
        let last = |layers: &[usize]| layers.last().copied().unwrap_or(0);
        let head = last(&self.note).saturating_mul(2).saturating_add(2);
        let note = axis(last(&self.time).saturating_add(2), &self.note);
        axis(INPUTS, &self.time).saturating_add(note).saturating_add(head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BandSpec;
    use crate::systems::biaxial::BiaxialNet;
    use crate::systems::nn::numbers_in;
    use crate::systems::system::SystemForm;

    #[test]
    fn a_net_has_as_many_numbers_as_its_form_says() {
        for config in [BiaxialConfig::full(), BiaxialConfig::small()] {
            let net = BiaxialNet::new(&config, &burn::tensor::Device::flex());
            assert_eq!(config.numbers(), numbers_in(&net));
        }
    }

    #[test]
    fn forms_that_no_net_has_are_refused() {
        let check = |change: &dyn Fn(&mut BiaxialConfig)| {
            let mut config = BiaxialConfig::small();
            change(&mut config);
            config.check(&BandSpec::pop()).is_err()
        };
        assert!(check(&|config| config.time.clear()));
        assert!(check(&|config| config.note = vec![1 << 40]));
        assert!(check(&|config| config.window = 0) && check(&|config| config.window = 41));
        // Gigabytes, if they were there.
        assert!(check(&|config| config.time = vec![2048; 8]));
        assert!(!check(&|_| {}));
    }
}
