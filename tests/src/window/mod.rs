//! The bundled plugin's editor in real windows, while the plugin plays. Needs an X server.
//!
//! [`parent`] is the host's window, and the hand in it; [`audio`] the thread that plays.
//! [`opening`] opens and closes, [`clicking`] uses every control, [`strain`] does what validators do, [`keeping`] looks
//! whether what is drawn in parts is whole, [`cost`] says what it costs.

pub mod audio;
pub mod clicking;
pub mod cost;
pub mod keeping;
pub mod opening;
pub mod parent;
pub mod strain;

use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::host::Instance;
use crate::host::parts::Editor;
use audio::Played;

const RATE: u32 = 48_000;
const BLOCK: u32 = 512;

/// Waits until all other threads of this process have ended, but not for ever.
///
/// The toolkit's thread of a window goes on for a while after the host closed it, and takes down
/// what it drew with; a process that ends meanwhile is a crash within the system's OpenGL.
pub fn settle() {
    let start = Instant::now();
    while threads() > 1 && start.elapsed() < Duration::from_secs(5) {
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// How many threads this process has, where Linux tells.
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(1, Iterator::count)
}

/// Lets an active instance play while `act` does something with its editor.
fn while_playing(
    instance: &mut dyn Instance,
    does: &AtomicU8,
    rolls: bool,
    act: impl FnOnce(&mut dyn Editor) -> anyhow::Result<()>,
) -> anyhow::Result<Played> {
    let (blocks, mut editor) = instance.parts();
    let mut blocks = blocks.context("the plugin is not active")?;
    std::thread::scope(|scope| {
        let audio = scope.spawn(|| audio::play(blocks.as_mut(), does, rolls));
        let outcome = act(editor.as_mut());
        does.store(audio::END, Ordering::Relaxed);
        let played = audio.join().map_err(|_| anyhow::anyhow!("the audio thread panicked"))?;
        outcome?;
        played
    })
}
