//! Opens and closes the editor, again and again.

use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use super::audio::{CLOSED, OPEN, OPENS_AND_CLOSES};
use super::parent::Parent;
use super::{BLOCK, RATE, threads, while_playing};
use crate::host::{Format, Host, Instance};
use crate::report::Spread;
use crate::setup::Setup;

/// How often, and how long.
#[derive(Clone, Copy, Debug)]
pub struct Opening {
    /// Which bundle.
    pub format: Format,
    /// How often to open and close.
    pub times: u32,
    /// How long the editor stays open each time.
    pub open: Duration,
    /// How long the plugin plays before, and how long the editor stays open the last time: so long
    /// `process()` is timed.
    pub last: Duration,
}

/// Does it, and prints what `process()` took.
///
/// # Errors
/// If anything fails, or the window shows nothing.
pub fn run(opening: Opening) -> anyhow::Result<()> {
    let parent = Parent::new(1000, 640)?;
    let host = Host::load_bundled(opening.format)?;
    let mut instance = host.instance()?;
    open_once(instance.as_mut(), &parent).context("before activation")?;
    Setup { thru: true, ..Setup::default() }.apply(instance.as_mut())?;
    instance.activate(RATE, BLOCK)?;
    let does = AtomicU8::new(CLOSED);
    let (took, notes) = while_playing(instance.as_mut(), &does, true, |editor| {
        std::thread::sleep(opening.last);
        does.store(OPENS_AND_CLOSES, Ordering::Relaxed);
        for turn in 0..opening.times {
            let size = editor.open(parent.window)?;
            parent.resize(size)?;
            std::thread::sleep(opening.open);
            if turn % 10 == 5 {
                editor.resize(size.0 + 40, size.1 + 20)?;
                std::thread::sleep(opening.open);
                editor.resize(size.0, size.1)?;
            }
            if turn + 1 == opening.times {
                does.store(OPEN, Ordering::Relaxed);
                std::thread::sleep(opening.last);
                let colours = parent.picture(size)?.colours();
                does.store(OPENS_AND_CLOSES, Ordering::Relaxed);
                println!("the window of {} × {} shows {colours} colours", size.0, size.1);
                ensure!(colours > 50, "the editor draws nothing");
            }
            editor.close();
        }
        Ok(())
    })?;
    ensure!(notes > 0, "the band played nothing");
    println!("opened and closed {} times, {notes} events came", opening.times);
    for (what, took) in ["closed", "open", "opening and closing"].iter().zip(&took) {
        let spread = Spread::of(took);
        println!("{what}: {} blocks, process() took {:.2} µs in the median", took.len(), spread.median);
    }
    instance.deactivate();
    let mut lived_on = 0;
    for _ in 0..10 {
        let before = threads();
        open_once(instance.as_mut(), &parent).context("after deactivation")?;
        lived_on += u32::from(threads() > before);
        // Its own thread may go on for a while.
        let start = Instant::now();
        while threads() > before && start.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    println!("after {lived_on} of 10 closings the window's thread lived on");
    Ok(())
}

/// Opens and closes the editor of an instance that processes nothing.
fn open_once(instance: &mut dyn Instance, parent: &Parent) -> anyhow::Result<()> {
    let (_, mut editor) = instance.parts();
    editor.open(parent.window)?;
    std::thread::sleep(Duration::from_millis(300));
    editor.close();
    Ok(())
}
