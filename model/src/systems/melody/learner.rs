//! What the trainer asks of a net of melodies, whichever it is.

use std::fmt::Debug;

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::events::Melody;
use super::form::MelodyForm;
use super::model::MelodyModel;
use super::sequence::Sequence;
use crate::systems::checks::{self, Refused};
use crate::systems::nn::{numbers_in, set_weights};
use crate::systems::system::{Parts, PartsError};

/// A net that reads a row of numbers at each step and says what comes next.
pub trait EventNet: Module + Clone {
    /// # Shapes
    /// - inputs: one `[batch, input]` for each step; the state before the first is nothing
    /// - result: logits `[steps · batch, classes]`, step by step
    fn logits(&self, inputs: Vec<Tensor<2>>) -> Tensor<2>;
}

/// Refuses a net of these sizes, named by the option that gives them, if no band file could hold its weights.
///
/// # Errors
/// [`Refused`].
pub fn check_size<L: Learner>(learner: &L, option: &str, sizes: impl Debug) -> Result<(), Refused> {
    checks::weights(option, sizes, numbers_in(&learner.init(&Device::flex())))
}

/// The net of this form with the weights that a file keeps, ready to play: what a net answers to
/// [`MelodyForm::read`].
///
/// # Errors
/// [`PartsError`] where the weights are not its own.
pub fn read<L: Learner>(learner: &L, parts: &Parts) -> Result<Box<dyn MelodyModel>, PartsError> {
    let net = learner.init(&Device::flex());
    parts.at_least(numbers_in(&net))?;
    Ok(learner.model(&set_weights(net, &parts.weights)?))
}

/// The form of a net of melodies: what is needed to train it.
pub trait Learner: MelodyForm {
    /// The net.
    type Net: EventNet;

    /// A net with random weights, which are not made before they are used (as burn's initialisers do it): only its
    /// shapes are looked at where sizes that somebody gave are checked.
    fn init(&self, device: &Device) -> Self::Net;

    /// How many numbers are put in at each step.
    fn inputs(&self) -> usize;

    /// How many classes a label has.
    fn classes(&self) -> usize;

    /// Is it trained on melodies in C major or A minor?
    fn keyed(&self) -> bool;

    /// Is it trained on such melodies at all?
    fn accepts(&self, _melody: &Melody) -> bool {
        true
    }

    /// A melody as numbers and labels.
    fn encode(&self, melody: &Melody) -> Sequence;

    /// The trained net, ready to play.
    fn model(&self, net: &Self::Net) -> Box<dyn MelodyModel>;
}
