//! Training windows: what a jam would hear, cut at random from the pieces.
//!
//! `draw`: which measures, and what of them is heard; `write`: the numbers that the net is given for them.

mod draw;
mod write;

use std::sync::Arc;

use crate::music::band::BandSpec;
use crate::random::Rng;
use crate::systems::rmvae::config::{Layout, RmvaeConfig};
use crate::train::library::{Library, LibraryError};

/// How windows are cut and spoilt.
#[derive(Clone, Debug)]
pub struct WindowOptions {
    /// Windows in a batch.
    pub batch: usize,
    /// Measures in a window that are predicted from.
    pub measures: usize,
    /// How likely each input cell is flipped (seed: 1e-4 … 1e-3).
    pub noise: f32,
    /// How likely a spoilt window is transposed by −6…5 semitones.
    pub transpose: f32,
    /// How likely a window of a jam has instead a true history, and decoders that are told nothing of the measure that
    /// they decide: neither the step before nor the voices decided before. So the net learns to say how likely each
    /// note is, whatever the others are.
    pub blind: f32,
    /// What is done to the histories.
    pub spoil: Spoil,
}

/// What is done to the histories of the windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoil {
    /// Nothing: all voices are heard, nothing of the measure between is known, and the voices are decided in their
    /// order without imagining the user's. From the start of the piece on: for examinations.
    None,
    /// What a jam would hear: missing and wrong voices, at random places.
    Jam,
}

/// A batch of windows as plain numbers, rows measure by measure and then window by window.
///
/// # Shapes
/// With `B` windows, `T` predicted measures, `R` encoded measures (T + 1):
/// - `frames[voice][step]`: `[R·B, frame width]`; `present[voice]`: `[R·B]`
/// - `plan[voice]`: `[T·B]`, 1 where the voice of the measure between is known
/// - `loop_row`: `[T·B]` index into `R·B`; `looped`: `[T·B]` mask
/// - `inputs[voice][step]`: `[T·B, given width]` ([`InputLayout::given`](crate::systems::rmvae::conditions::InputLayout::given))
/// - `targets[voice][step]`: mono one-hot `[T·B, classes]`, poly activations and durations `[T·B, 2·P]`
/// - `weight[step]`: `[T·B]`, 1 where the measure has this step
#[derive(Clone, Debug)]
pub struct Windows {
    /// B.
    pub batch: usize,
    /// T.
    pub measures: usize,
    /// See the shapes above, as all below.
    pub frames: Vec<Vec<Vec<f32>>>,
    /// Heard voices.
    pub present: Vec<Vec<f32>>,
    /// Planned voices.
    pub plan: Vec<Vec<f32>>,
    /// Rows of the looped measures.
    pub loop_row: Vec<i32>,
    /// Is there a looped measure?
    pub looped: Vec<f32>,
    /// Decoder inputs.
    pub inputs: Vec<Vec<Vec<f32>>>,
    /// What is to be predicted.
    pub targets: Vec<Vec<Vec<f32>>>,
    /// Which steps count.
    pub weight: Vec<Vec<f32>>,
    /// What the memories are made of; `None` without.
    pub recall: Option<RecallWindows>,
}

/// What the memories of a batch are made of.
///
/// # Shapes
/// With S = T earlier measures, of which those later than the newest are closed:
/// - `features`: `[T·B·S, FEATURES]`, `closed`: `[T·B·S]`, 1 where the measure is not an earlier one
/// - `heard[voice]`: `[B·S]`; `marks[voice]`: `[B·S, 16 · own]` ([`Layout::own`])
#[derive(Clone, Debug)]
pub struct RecallWindows {
    /// See the shapes above, as all below.
    pub features: Vec<f32>,
    /// Which measures are not earlier ones.
    pub closed: Vec<f32>,
    /// Where each voice was heard.
    pub heard: Vec<Vec<f32>>,
    /// What each voice did there.
    pub marks: Vec<Vec<f32>>,
}

/// Cuts windows out of pieces.
#[derive(Clone, Debug)]
pub struct WindowCutter {
    spec: BandSpec,
    config: RmvaeConfig,
    layouts: Vec<Layout>,
    options: WindowOptions,
    pieces: Arc<Library>,
}

impl WindowCutter {
    /// Prepares to cut these pieces.
    #[must_use]
    pub fn new(spec: BandSpec, config: RmvaeConfig, options: WindowOptions, pieces: Arc<Library>) -> Self {
        let layouts = Layout::of(&spec, config.rests);
        Self { spec, config, layouts, options, pieces }
    }

    /// How many batches show about every measure once.
    #[must_use]
    pub fn batches_per_epoch(&self) -> usize {
        self.pieces.measures().div_ceil(self.options.batch * self.options.measures).max(1)
    }

    /// A batch, decided by this generator alone.
    ///
    /// # Errors
    /// [`LibraryError`] where the pieces cannot be read any more.
    pub fn cut(&self, rng: &mut Rng) -> Result<Windows, LibraryError> {
        let windows: Vec<_> = (0..self.options.batch).map(|_| self.draw(rng)).collect::<Result<_, _>>()?;
        Ok(self.write(&windows, rng))
    }
}
