//! What all systems of one voice share: melodies as events, and how a model of them plays one voice of a band.
//!
//! ```text
//! measures ─► Melody (an event per sixteenth) ─► Reader of a MelodyModel ─► Chances of the next event
//!                ▲                                                            │
//!                └──────────────────── what was drawn ◄───────────────────────┘
//! ```
//!
//! 1. [`events`]: measures to melodies and back; [`extract()`]: the melodies in a piece, as published.
//! 2. [`model`]: the seam of the one-voice systems. Whatever a system calls its symbols, it answers one question:
//!    how likely is each event of the next sixteenth?
//! 3. [`form`]: sizes and switches, which are checked before a system is trained and before it is read. [`counts`],
//!    [`counted`]: what followed what, for the systems that count. [`sequence`] and [`learner`]: melodies as rows of
//!    numbers with labels, and what the trainer asks of a net.
//! 4. [`soloist`]: a model that plays one voice, and leaves the others to the band's rule.
//! 5. [`exam`]: nats per event and accuracy of any of them on the same events.

pub mod counted;
pub mod counts;
pub mod events;
pub mod exam;
pub mod extract;
pub mod form;
pub mod learner;
pub mod model;
pub mod sequence;
pub mod soloist;

pub use events::Melody;
pub use extract::{Extraction, extract};
pub use form::{MelodyForm, Solo};
pub use learner::{EventNet, Learner};
pub use model::{Chances, MelodyModel, Reader};
pub use sequence::Sequence;
pub use soloist::Soloist;
