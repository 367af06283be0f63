//! A trained RMVAE.

use crate::music::band::BandSpec;
use crate::systems::rmvae::conditions::InputLayout;
use crate::systems::rmvae::config::{Layout, RmvaeConfig};
use crate::systems::rmvae::net::{Decoder, RmvaeNet};
use crate::systems::rmvae::stepper::Stepper;

/// A trained net with what it needs to be read: shared by all that play it.
#[derive(Debug)]
pub struct TrainedRmvae {
    /// The band.
    pub spec: BandSpec,
    /// The net's shape.
    pub config: RmvaeConfig,
    /// Its voices' layouts.
    pub layouts: Vec<Layout>,
    /// Its weights, on a device without gradients.
    pub net: RmvaeNet,
    /// Its decoders once more, as plain loops; `None` where frames are independent.
    pub(super) steppers: Vec<Option<Stepper>>,
}

impl TrainedRmvae {
    /// A net of this form, ready to be shared.
    #[must_use]
    pub fn new(spec: BandSpec, config: RmvaeConfig, net: RmvaeNet) -> Self {
        let layouts = Layout::of(&spec, config.rests);
        let stepper = |(decoder, layout): (&Decoder, &Layout)| {
            Stepper::new(decoder, InputLayout::new(&config, layout, layouts.len()), *layout)
        };
        let steppers = net.decoders.iter().zip(&layouts).map(stepper).collect();
        Self { spec, config, layouts, net, steppers }
    }
}
