//! A host's window on an X server, and a hand that points, clicks, drags and types in it.

use std::time::Duration;

use anyhow::Context;
use x11rb::COPY_DEPTH_FROM_PARENT;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ButtonPressEvent, ConfigureWindowAux, ConnectionExt, CreateWindowAux,
    EventMask, ImageFormat, KEY_PRESS_EVENT, KEY_RELEASE_EVENT, KeyButMask, MOTION_NOTIFY_EVENT, Motion,
    MotionNotifyEvent, WindowClass,
};
use x11rb::rust_connection::RustConnection;

use crate::editor::Picture;

/// Keys, as X servers on Linux number them.
pub mod keys {
    #![expect(missing_docs, reason = "each is the key of its name")]
    pub const ESCAPE: u8 = 9;
    pub const TAB: u8 = 23;
    pub const RETURN: u8 = 36;
    pub const RIGHT: u8 = 114;
    pub const ONE: u8 = 10;
    pub const SPACE: u8 = 65;
    pub const A: u8 = 38;
    pub const F: u8 = 41;
}

/// A host's window.
#[derive(Debug)]
pub struct Parent {
    connection: RustConnection,
    /// Its number.
    pub window: u32,
    root: u32,
}

impl Parent {
    /// Opens one.
    ///
    /// # Errors
    /// If there is no display.
    pub fn new(width: u16, height: u16) -> anyhow::Result<Self> {
        let (connection, screen) = x11rb::connect(None).context("there is no display")?;
        let window = connection.generate_id()?;
        let screen = &connection.setup().roots[screen];
        let look = CreateWindowAux::new().background_pixel(screen.black_pixel);
        let (root, visual) = (screen.root, screen.root_visual);
        let class = WindowClass::INPUT_OUTPUT;
        connection.create_window(COPY_DEPTH_FROM_PARENT, window, root, 0, 0, width, height, 0, class, visual, &look)?;
        connection.map_window(window)?;
        connection.flush()?;
        Ok(Self { connection, window, root })
    }

    /// Gives it another size.
    ///
    /// # Errors
    /// If the server has gone.
    pub fn resize(&self, (width, height): (u32, u32)) -> anyhow::Result<()> {
        self.connection.configure_window(self.window, &ConfigureWindowAux::new().width(width).height(height))?;
        self.connection.flush()?;
        Ok(())
    }

    /// What it shows.
    ///
    /// # Errors
    /// If the server has gone, or the window is not to be seen.
    pub fn picture(&self, size: (u32, u32)) -> anyhow::Result<Picture> {
        picture_of(&self.connection, self.window, size)
    }

    /// The window inside of it that a plugin opened.
    ///
    /// # Errors
    /// If there is none.
    pub fn child(&self) -> anyhow::Result<Child<'_>> {
        let children = self.connection.query_tree(self.window)?.reply()?.children;
        let window = *children.first().context("the plugin opened no window")?;
        Ok(Child::of(&self.connection, self.root, window))
    }
}

impl Drop for Parent {
    fn drop(&mut self) {
        // The server may have gone.
        let _gone = self.connection.destroy_window(self.window);
        let _flushed = self.connection.flush();
    }
}

/// What a window shows.
///
/// # Errors
/// If the server has gone, or the window is not to be seen.
pub(crate) fn picture_of(
    connection: &RustConnection,
    window: u32,
    (width, height): (u32, u32),
) -> anyhow::Result<Picture> {
    let (columns, rows) = (u16::try_from(width)?, u16::try_from(height)?);
    let image = connection.get_image(ImageFormat::Z_PIXMAP, window, 0, 0, columns, rows, !0)?.reply()?;
    let pixels = image.data.chunks_exact(4).map(|pixel| [pixel[2], pixel[1], pixel[0]]);
    Ok(Picture::of(usize::from(columns), usize::from(rows), pixels.collect()))
}

/// A plugin's window, for a hand.
#[derive(Clone, Copy, Debug)]
pub struct Child<'a> {
    connection: &'a RustConnection,
    root: u32,
    window: u32,
}

/// Between what a hand does: the window draws sixty times a second.
const PAUSE: Duration = Duration::from_millis(18);

/// The same while it drags: each step must fall into a picture of its own, and in software, on a
/// busy machine, those are few.
const SLOWLY: Duration = Duration::from_millis(90);

impl<'a> Child<'a> {
    /// A window on the screen with this root.
    pub(crate) const fn of(connection: &'a RustConnection, root: u32, window: u32) -> Self {
        Self { connection, root, window }
    }
}

impl Child<'_> {
    /// Presses and lets go of the mouse's first button here.
    ///
    /// # Errors
    /// If the window has gone.
    pub fn click(&self, at: (i16, i16)) -> anyhow::Result<()> {
        self.point(at)?;
        self.button(at, true)?;
        self.button(at, false)?;
        std::thread::sleep(PAUSE);
        Ok(())
    }

    /// Points here.
    ///
    /// # Errors
    /// If the window has gone.
    pub fn hover(&self, at: (i16, i16)) -> anyhow::Result<()> {
        self.point(at)?;
        std::thread::sleep(PAUSE);
        Ok(())
    }

    /// Drags from here to there.
    ///
    /// # Errors
    /// If the window has gone.
    pub fn drag(&self, from: (i16, i16), to: (i16, i16)) -> anyhow::Result<()> {
        self.point(from)?;
        std::thread::sleep(SLOWLY);
        self.button(from, true)?;
        for step in 1..=4 {
            std::thread::sleep(SLOWLY);
            let part = |from: i16, to: i16| from + (to - from) / 4 * step;
            self.point((part(from.0, to.0), part(from.1, to.1)))?;
        }
        std::thread::sleep(SLOWLY);
        self.button(to, false)?;
        std::thread::sleep(SLOWLY);
        Ok(())
    }

    /// Presses and lets go of a key.
    ///
    /// # Errors
    /// If the window has gone.
    pub fn key(&self, key: u8) -> anyhow::Result<()> {
        self.press(key, true)?;
        self.press(key, false)?;
        std::thread::sleep(PAUSE);
        Ok(())
    }

    /// Presses a key, or lets go of it.
    ///
    /// # Errors
    /// If the window has gone.
    pub fn press(&self, key: u8, down: bool) -> anyhow::Result<()> {
        let (kind, mask) =
            if down { (KEY_PRESS_EVENT, EventMask::KEY_PRESS) } else { (KEY_RELEASE_EVENT, EventMask::KEY_RELEASE) };
        self.send(mask, self.event(kind, key, (1, 1), KeyButMask::default()))
    }

    fn point(&self, (x, y): (i16, i16)) -> anyhow::Result<()> {
        let ButtonPressEvent { root, event, child, .. } =
            self.event(BUTTON_PRESS_EVENT, 0, (x, y), KeyButMask::default());
        let moved = MotionNotifyEvent {
            response_type: MOTION_NOTIFY_EVENT,
            detail: Motion::NORMAL,
            sequence: 0,
            time: 0,
            root,
            event,
            child,
            root_x: x,
            root_y: y,
            event_x: x,
            event_y: y,
            state: KeyButMask::default(),
            same_screen: true,
        };
        self.connection.send_event(false, self.window, EventMask::POINTER_MOTION, moved)?;
        self.connection.flush()?;
        Ok(())
    }

    fn button(&self, at: (i16, i16), pressed: bool) -> anyhow::Result<()> {
        if pressed {
            self.send(EventMask::BUTTON_PRESS, self.event(BUTTON_PRESS_EVENT, 1, at, KeyButMask::default()))
        } else {
            self.send(EventMask::BUTTON_RELEASE, self.event(BUTTON_RELEASE_EVENT, 1, at, KeyButMask::BUTTON1))
        }
    }

    /// Presses of buttons and of keys are of one form.
    fn event(&self, kind: u8, detail: u8, (x, y): (i16, i16), state: KeyButMask) -> ButtonPressEvent {
        ButtonPressEvent {
            response_type: kind,
            detail,
            sequence: 0,
            time: 0,
            root: self.root,
            event: self.window,
            child: 0,
            root_x: x,
            root_y: y,
            event_x: x,
            event_y: y,
            state,
            same_screen: true,
        }
    }

    fn send(&self, mask: EventMask, event: ButtonPressEvent) -> anyhow::Result<()> {
        self.connection.send_event(false, self.window, mask, event)?;
        self.connection.flush()?;
        Ok(())
    }
}
