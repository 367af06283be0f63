//! The plugin's own source, compiled alone: its tests are what is run here.

#[path = "../../../plugin/src/snapshot/exchange.rs"]
pub mod exchange;
