//! The editor: what the band heard, what it plays, what it will play, and every control.
//!
//! ```text
//! status.snapshot() ─▶ Snapshot ─┐
//!                                ├─▶ view::show ─▶ picture, Actions ─▶ binding ─▶ host
//! binding.sheet()  ──▶ Sheet ────┘
//! ```
//!
//! [`view`] and all below it know neither host nor window: a picture is a function of a
//! [`crate::snapshot::Snapshot`], a [`Sheet`] and a [`ViewState`], so that tests draw it without
//! either. [`binding`] makes the sheet of the real parameters and does what is asked; [`window`]
//! is the host's window.

mod about;
pub mod binding;
pub mod browser;
mod card;
mod chart_menu;
mod chip;
pub mod chords;
mod clock_line;
mod controls;
pub mod credits;
pub mod damage;
pub mod desk;
pub mod dialog;
mod drums;
pub mod faults;
mod files;
mod fit;
mod header;
mod kept;
mod keyboard;
mod lane;
mod lane_state;
mod learn;
mod native;
mod plain;
mod roll;
pub mod session;
pub mod sheet;
mod slot;
mod state_line;
mod strip;
pub mod theme;
mod told;
mod toolbar;
mod typist;
pub mod view;
pub mod window;
mod writers;
pub mod zoom;

pub use desk::ViewState;
pub use sheet::{Action, Dial, Entry, ParamId, Sheet};
pub use view::show;
