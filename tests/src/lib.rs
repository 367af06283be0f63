//! The small host that plays Band Player, and what a listener or a host would notice.
//!
//! [`host`] loads the bundled plugin from disk. A [`transport::Script`] says what the host's
//! transport does, over a [`timeline`] in exact arithmetic. [`take`] plays a script and a
//! [`clip`](event::ClipNote) of notes through an instance, while the [`checker`] watches every
//! block.

pub mod bundle;
pub mod canvas;
pub mod checker;
pub mod daw;
pub mod display;
#[cfg(feature = "editor")]
pub mod editor;
pub mod event;
pub mod exact;
pub mod fuzz;
pub mod host;
pub mod hostile;
mod jack;
pub mod jam;
pub mod memory;
pub mod need;
pub mod piano_roll;
pub mod report;
pub mod seed;
pub mod setup;
pub mod stage;
#[cfg(feature = "standalone")]
pub mod standalone;
pub mod status;
pub mod take;
pub mod timeline;
pub mod torture;
pub mod transport;
pub mod tune;
#[cfg(feature = "editor")]
pub mod window;
