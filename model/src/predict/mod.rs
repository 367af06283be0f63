//! The seam between music and learning, and what steps in where a prediction is missing.

pub mod asked;
pub mod energy;
pub mod fallback;
pub mod predictor;
pub mod texture;
pub mod told;
