//! The program's own window, on an X server without a screen: a picture of it, and what must be in it.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{ConnectionExt, MapState};
use x11rb::rust_connection::RustConnection;

use crate::display::Display;
use crate::editor::Picture;
use crate::editor::scenes::scene;
use crate::window::parent::{Child, picture_of};

/// The window's size, as it is first.
const SIZE: (u32, u32) = (1000, 640);

/// How wide and high the parts are whose mean colours are compared: larger than a letter, smaller than a control.
pub(super) const PART: usize = 20;

/// How far apart two pictures may be, of 255 in the mean over all parts: the music in them is not the same. Measured:
/// the program's window is 4 from the scene, a moment without any music 5, a black window 40, the light look 197.
const ALIKE: f64 = 8.0;

/// Longest that the first picture may take: OpenGL in software, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Longest that it may take to show what a hand did.
const SOON: Duration = Duration::from_secs(5);

/// The screen that the program shows itself on, and nothing else.
pub(super) struct Screen {
    connection: RustConnection,
    root: u32,
}

impl Screen {
    /// Looks at this server's.
    pub(super) fn of(display: &Display) -> anyhow::Result<Self> {
        let (connection, screen) = x11rb::connect(Some(display.name())).context("the X server does not answer")?;
        let root = connection.setup().roots[screen].root;
        Ok(Self { connection, root })
    }

    /// The program's window, once it shows something.
    pub(super) fn wait(&self) -> anyhow::Result<()> {
        let start = Instant::now();
        while !self.picture().is_ok_and(|picture| picture.colours() > 50) {
            ensure!(start.elapsed() < PATIENCE, "the window of band-player shows nothing");
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    /// A hand in the program's window.
    pub(super) fn hand(&self) -> anyhow::Result<Child<'_>> {
        Ok(Child::of(&self.connection, self.root, self.window()?))
    }

    /// What the program's window shows now.
    pub(super) fn picture(&self) -> anyhow::Result<Picture> {
        picture_of(&self.connection, self.window()?, SIZE)
    }

    /// What it shows once nothing moves in it, or all the same after a while.
    pub(super) fn still(&self) -> anyhow::Result<Picture> {
        let mut last = self.picture()?;
        self.shows(|picture| *picture == std::mem::replace(&mut last, picture.clone()))?;
        Ok(last)
    }

    /// Does it show this within a while?
    pub(super) fn shows(&self, mut this: impl FnMut(&Picture) -> bool) -> anyhow::Result<bool> {
        let start = Instant::now();
        while start.elapsed() < SOON {
            std::thread::sleep(Duration::from_millis(200));
            if this(&self.picture()?) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn window(&self) -> anyhow::Result<u32> {
        for window in self.connection.query_tree(self.root)?.reply()?.children {
            let place = self.connection.get_geometry(window)?.reply()?;
            let is_shown = self.connection.get_window_attributes(window)?.reply()?.map_state == MapState::VIEWABLE;
            let size = (u32::from(place.width), u32::from(place.height));
            if is_shown && size == SIZE {
                return Ok(window);
            }
        }
        anyhow::bail!("band-player has no window of {} × {}", SIZE.0, SIZE.1)
    }
}

/// The later picture must look like the approved scene of a band that plays, but for the music; and time must have gone
/// on since the earlier one. How far it is from the scene.
pub(super) fn check(early: &Picture, late: &Picture) -> anyhow::Result<f64> {
    ensure!(early != late, "the window stands still while the band plays");
    let mut playing = scene("playing");
    playing.size = (1000.0, 640.0);
    let apart = late.coarse_difference(&playing.picture(), PART);
    ensure!(apart < ALIKE, "the window looks like no approved picture: {apart:.1} of 255 apart");
    Ok(apart)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_pictures_are_not_taken_for_the_window() {
        let of = |name: &str| {
            let mut scene = scene(name);
            scene.size = (1000.0, 640.0);
            scene.picture()
        };
        let taken = |picture: &Picture| check(&of("empty"), picture).is_ok();
        assert!(taken(&of("playing")) && taken(&of("planned")));
        // The empty one is the earlier one again: it stands still.
        assert!(!taken(&of("light")) && !taken(&of("empty")) && !taken(&Picture::new(1000, 640)));
    }
}
