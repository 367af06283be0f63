//! What the trainer asks of a net of melodies, whichever it is.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::events::Melody;
use super::model::MelodyModel;
use super::sequence::Sequence;
use crate::music::band::VoiceId;
use crate::systems::system::{Architecture, PartsError};

/// A net that reads a row of numbers at each step and says what comes next.
pub trait EventNet: Module + Clone {
    /// # Shapes
    /// - inputs: one `[batch, input]` for each step; the state before the first is nothing
    /// - result: logits `[steps · batch, classes]`, step by step
    fn logits(&self, inputs: Vec<Tensor<2>>) -> Tensor<2>;
}

/// Refuses a share of dropped outputs that is not from 0 to below 1.
pub(crate) fn check_dropout(share: f64) -> Result<(), PartsError> {
    if (0.0..1.0).contains(&share) {
        Ok(())
    } else {
        Err(PartsError::Form("dropout is a share, at least 0 and below 1"))
    }
}

/// The configuration of a net of melodies: what is needed to train it.
pub trait Learner: Clone + Send + Sync {
    /// The net.
    type Net: EventNet;

    /// Is there such a net? Ask before one is made from numbers that somebody gave.
    ///
    /// # Errors
    /// [`PartsError::Form`], which says what is wrong.
    fn check(&self) -> Result<(), PartsError>;

    /// A net with random weights.
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

    /// How a band file names it.
    fn architecture(&self, voice: VoiceId) -> Architecture;
}
