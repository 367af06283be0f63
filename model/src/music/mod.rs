//! What is passed around: notes, measures, meters, bands, keys.

pub(crate) mod accent;
pub mod band;
pub mod chart;
pub mod chord;
pub mod drums;
pub(crate) mod join;
pub mod kit;
pub mod measure;
pub mod meter;
pub mod note;
pub mod obey;
pub mod tonality;
pub mod voicing;
