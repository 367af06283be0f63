//! Band Player as a VST3 and CLAP plugin: a thin shell around [`model`].
//!
//! A tour, along one way through the house:
//!
//! 1. [`plugin`]: the host's side, with [`params`] and [`state`].
//! 2. [`engine`]: what happens in `process()`, in terms of no plugin format.
//!    It uses, in this order: [`transport`], the measure clock; [`listening`], which cuts the
//!    user's notes into measures; [`model::Conductor`], which decides; [`scheduler`] and
//!    [`sounding`], which play, and owe every note on its note off.
//! 3. [`worker`]: the thread that predicts, and loads [`bands`]; it tells them the chords of the [`chart`].
//! 4. [`counters`] and [`status`]: how an instance fares, for display and for the project's own host.
//! 5. [`take`]: what was heard and played, always recorded. [`presets`]: settings by name.
//! 6. [`speaker`]: the sound inside, which plays what leaves as notes. [`own_clock`]: a transport of its own.
//!    [`performer`] puts them around the engine.
//!    [`typed`]: notes that come from the window. [`sysex`]: messages that only pass through.
//! 7. [`entry`]: what hosts find in the library, and what the framework lacks for some of them.
//!    [`program`]: what is different where it runs without a host.
//! 8. [`editor`]: the window. The engine shows it what it needs as a [`snapshot`], and never waits.

pub mod bands;
pub mod chart;
pub mod counters;
#[cfg(feature = "editor")]
pub mod editor;
pub mod engine;
pub mod entry;
pub mod folders;
pub mod helper;
pub mod kit;
pub mod listening;
pub mod midi;
pub mod own_clock;
pub mod params;
pub mod performer;
pub mod plugin;
pub mod presets;
pub mod program;
pub mod scheduler;
pub mod snapshot;
pub mod sounding;
pub mod speaker;
pub mod state;
pub mod status;
pub mod sysex;
pub mod take;
pub mod transport;
pub mod typed;
pub mod units;
pub mod worker;

pub use entry::clap_entry;
pub use plugin::BandPlayer;
