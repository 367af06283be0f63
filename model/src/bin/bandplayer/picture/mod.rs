//! Small charts, drawn once and written as SVG and PNG.

mod chart;
mod png;
mod svg;

pub(crate) use chart::{Line, bars, curves};

/// Red, green, blue.
pub(crate) type Colour = [u8; 3];

/// What a picture is made of, in pixels from the upper left corner.
pub(crate) enum Shape {
    /// A filled rectangle: left, top, width, height.
    Rect(f32, f32, f32, f32, Colour),
    /// A line through these points.
    Path(Vec<(f32, f32)>, Colour),
    /// Text whose baseline is here, written from, around, or up to this place.
    Text(f32, f32, Anchor, String),
}

/// Where a text stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// A picture on white.
pub(crate) struct Picture {
    pub(crate) width: f32,
    pub(crate) height: f32,
    pub(crate) shapes: Vec<Shape>,
}
