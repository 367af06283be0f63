//! What the library shows its hosts: an entry for each format. The framework's plugin stands behind both; what it does
//! not do for hosts that exist is done here.

mod callable;
mod clap;
mod component;
mod meanwhile;
mod notes;
mod vst3;

pub use clap::clap_entry;
