//! An instance in two halves: one for the audio thread, one for the thread of its window.

use std::time::Duration;

use super::Transport;
use crate::event::Event;

/// The half that processes blocks; goes to another thread.
pub trait Blocks: Send {
    /// As [`super::Instance::process`].
    ///
    /// # Errors
    /// If the plugin reports one.
    fn process(
        &mut self,
        frames: u32,
        transport: &Transport,
        events: &[Event],
        heard: &mut Vec<Event>,
    ) -> anyhow::Result<Duration>;
}

/// The half that has the editor's window.
pub trait Editor {
    /// Opens the editor in an X11 window of the host's, and says how large it is, in pixels.
    ///
    /// # Errors
    /// If the plugin has none, or refuses.
    fn open(&mut self, parent: u32) -> anyhow::Result<(u32, u32)>;

    /// Gives it another size, in pixels.
    ///
    /// # Errors
    /// If it refuses.
    fn resize(&mut self, width: u32, height: u32) -> anyhow::Result<()>;

    /// Does what the plugin has asked this thread for meanwhile, as a host does when it is idle.
    fn attend(&mut self) {}

    /// Closes it.
    fn close(&mut self);
}

/// Both halves; the first only while the instance is active.
pub type Parts<'a> = (Option<Box<dyn Blocks + 'a>>, Box<dyn Editor + 'a>);
