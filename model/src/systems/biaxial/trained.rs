//! A trained biaxial LSTM.

use crate::music::band::BandSpec;
use crate::systems::biaxial::{Axes, BiaxialConfig, BiaxialNet};

/// A trained net with what it needs to be read: shared by all that play it.
#[derive(Debug)]
pub struct TrainedBiaxial {
    /// The band.
    pub spec: BandSpec,
    /// The net's form.
    pub config: BiaxialConfig,
    /// Its weights, on a device without gradients.
    pub net: BiaxialNet,
    /// The same, for playing.
    pub axes: Axes,
}

impl TrainedBiaxial {
    /// A net of this form, ready to be shared.
    #[must_use]
    pub fn new(spec: BandSpec, config: BiaxialConfig, net: BiaxialNet) -> Self {
        let axes = Axes::new(&net);
        Self { spec, config, net, axes }
    }
}
