//! What lies before every part of the view: what it is drawn from, what is remembered from picture
//! to picture, and where it puts what the user asks for.

use super::browser::Browser;
use super::credits::Learnt;
use super::dialog::Dialogs;
use super::lane_state::LaneState;
use super::sheet::{Action, ParamId, Sheet};
use super::theme::Theme;
pub use super::typist::Typist;
use super::zoom::Zoom;
use crate::params::Look;
use crate::snapshot::Snapshot;

/// What the view remembers from picture to picture.
#[derive(Clone, Debug, Default)]
pub struct ViewState {
    /// How everything looks.
    pub look: Look,
    /// The keys that are seen; follows the music.
    pub zoom: Option<Zoom>,
    /// How many pixels of the roll a step is wide; 0 before it was drawn.
    pub pixels_a_step: f32,
    /// A value that is being typed.
    pub typing: Option<Typing>,
    /// The text of the value that was copied last.
    pub copied: Option<String>,
    /// The list of files, while one is asked for.
    pub files: Option<Browser>,
    /// What asks for a file in its place.
    pub dialogs: Dialogs,
    /// The name of a preset that is being typed.
    pub naming: String,
    /// When the tempo was tapped, in seconds.
    pub taps: Vec<f64>,
    /// What starts and stops the clock is to be learnt: how often something had been touched before.
    pub learning: Option<u32>,
    /// Who plays on the computer's keyboard.
    pub typist: Typist,
    /// Of the chord lane.
    pub lane: LaneState,
    /// Whose music the bands learnt from, while somebody reads it.
    pub about: Option<Vec<Learnt>>,
}

/// A value that is being typed.
#[derive(Clone, Debug)]
pub struct Typing {
    pub(super) id: ParamId,
    pub(super) text: String,
    /// It has not got the keyboard yet.
    pub(super) fresh: bool,
}

/// All that a part of the view is drawn from, and what it asks for.
#[derive(Debug)]
pub struct Desk<'a> {
    /// The music.
    pub snapshot: &'a Snapshot,
    /// The parameters.
    pub sheet: &'a Sheet,
    /// What is remembered.
    pub state: &'a mut ViewState,
    /// What is asked for.
    pub actions: &'a mut Vec<Action>,
    /// The colours.
    pub theme: Theme,
}
