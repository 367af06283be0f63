//! Figures: how people accompany, measure by measure, and a player that keeps to it.
//!
//! A net decides which harmony sounds. *How* it is played (rhythm, who rests, how many notes, how loud) is another question,
//! and people answer it in phrases: a figure is kept, comes back with the music, and is carried over the chords. Here
//! that is learnt from people's accompaniments as they are: a [`FigureBank`] keeps stretches of them, each note as its
//! place in the chord that sounded. [`FigurePlayer`] goes on as people went on from where the band is, and lays each
//! note in the chord that the net plans; or it plays again what it played, where that fits as well. What people played in
//! four and three quarters is counted anew in bars of other beats (6/8, say): see `bars`.
//!
//! # Source
//! Chords and texture apart, the texture from people: J. Zhao and G. Xia, "AccoMontage" (ISMIR 2021). There a whole song
//! is known; here the next measure is chosen from what was played so far, as nearest neighbours are.

mod again;
mod bank;
mod bars;
mod choose;
mod contour;
#[cfg(test)]
mod examples;
mod excerpt;
mod excess;
mod foundation;
mod fullness;
#[cfg(feature = "train")]
mod gather;
mod ground;
mod habits;
mod held;
mod imagined;
mod lay;
mod person;
mod player;
mod register;
mod revoice;
mod sounding;
mod struck;
mod tones;
#[cfg(feature = "train")]
mod traits;
mod weighing;

pub use bank::FigureBank;
#[cfg(feature = "train")]
pub use gather::{PeoplesTextures, gather};
pub use player::FigurePlayer;
#[cfg(feature = "train")]
pub use traits::Traits;
