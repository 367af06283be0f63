//! The window's last picture, where it is known to be kept: then only what has changed is drawn.
//!
//! Where no graphics card draws, a picture costs as much as it has pixels. There the window's buffer
//! mostly still holds the last picture when the next one is drawn. That is checked each time: every
//! picture writes its number into two corners of the window, as a shade that nobody sees, and the
//! next picture looks for it. Where the number is not found (after a change of size, say),
//! everything is drawn.

use std::sync::Arc;

use egui::epaint::ClippedShape;
use egui::{Color32, Context, FullOutput, Rect, Shape};
use egui_glow::glow::{self, HasContext as _};
use nice_plug_egui::Frame;

use super::damage::{damage, within};

/// Names of programs that draw without a graphics card, in what OpenGL says of itself.
const SOFTWARE: [&str; 3] = ["llvmpipe", "softpipe", "Software Rasterizer"];

/// What must be as it was for the last picture to be of use.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Canvas {
    /// In pixels.
    size: [u32; 2],
    /// Pixels a point.
    scale: f32,
    ground: Color32,
}

/// Draws only what has changed, as a plugin of egui.
#[derive(Default)]
pub(super) struct Kept {
    /// Whether no graphics card draws; `None`: nobody asked yet.
    software: Option<bool>,
    /// Of the last picture, and of the next.
    canvas: Option<Canvas>,
    /// The last picture.
    shapes: Vec<ClippedShape>,
    /// What it wrote into the corners, and how many there were before.
    mark: [u8; 3],
    number: u8,
    /// Whether the window's buffer holds the last picture.
    holds: bool,
}

impl Kept {
    /// Prepares the window for the picture that is about to be drawn on this ground.
    pub(super) fn prepare(&mut self, context: &Context, frame: &Frame, ground: Color32) {
        let window = frame.baseview_window();
        let (size, Some(gl_context)) = (window.size(), window.gl_context()) else { return };
        if self.software == Some(false) {
            return;
        }
        let canvas = Canvas {
            size: [size.physical.width, size.physical.height],
            scale: scale_factor(size.scale_factor) * context.zoom_factor(),
            ground,
        };
        let gl = frame.gl();
        #[expect(unsafe_code, reason = "OpenGL")]
        // SAFETY: the window's own context, on the window's own thread, where nothing else draws now;
        // the toolkit makes it current again before it draws.
        unsafe {
            if gl_context.make_current().is_err() {
                return;
            }
            let software = *self.software.get_or_insert_with(|| {
                let name = gl.get_parameter_string(glow::RENDERER);
                SOFTWARE.iter().any(|software| name.contains(software))
            });
            self.holds = software
                && self.canvas == Some(canvas)
                && corners(canvas.size).iter().all(|&corner| pixel(gl, corner) == self.mark);
            // The toolkit clears the window before it draws. With an empty scissor it clears nothing.
            if self.holds {
                gl.enable(glow::SCISSOR_TEST);
                gl.scissor(0, 0, 0, 0);
            } else {
                gl.disable(glow::SCISSOR_TEST);
            }
            let _gone = gl_context.make_not_current();
        }
        self.canvas = Some(canvas);
    }
}

impl egui::Plugin for Kept {
    fn debug_name(&self) -> &'static str {
        "kept"
    }

    fn output_hook(&mut self, _context: &Context, output: &mut FullOutput) {
        let (Some(true), Some(canvas)) = (self.software, self.canvas) else { return };
        let all = canvas.rect();
        let places = if self.holds { damage(&self.shapes, output, all) } else { Vec::new() };
        let shapes = std::mem::take(&mut output.shapes);
        if self.holds {
            for place in places {
                output.shapes.push(ClippedShape::new(place, clears(place, canvas.ground)));
                output.shapes.extend(within(&shapes, place, canvas.scale));
            }
        } else {
            output.shapes.clone_from(&shapes);
        }
        // A picture that is not drawn after all leaves no number, so that nothing is built upon it.
        self.number = self.number.wrapping_add(1);
        self.mark = mark(canvas.ground, self.number, self.holds);
        output.shapes.push(ClippedShape::new(all, signs(all, canvas.size, self.mark)));
        self.shapes = shapes;
    }
}

impl Canvas {
    fn rect(self) -> Rect {
        let [width, height] = self.size.map(|side| side as f32 / self.scale);
        Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(width, height))
    }
}

#[expect(clippy::cast_possible_truncation, reason = "as the toolkit does")]
fn scale_factor(scale: f64) -> f32 {
    scale as f32
}

/// The colour of a number in a corner: never the ground's, but for a shade of blue. A shade of red
/// says whether all was drawn, for tests.
fn mark(ground: Color32, number: u8, partly: bool) -> [u8; 3] {
    [ground.r() ^ u8::from(!partly), ground.g(), ground.b() ^ (number % 7 + 1)]
}

/// The first and the last pixel, as OpenGL counts.
fn corners(size: [u32; 2]) -> [[i32; 2]; 2] {
    [[0, 0], size.map(|side| i32::try_from(side).unwrap_or(i32::MAX) - 1)]
}

/// Clears its place to this colour.
fn clears(place: Rect, colour: Color32) -> Shape {
    callback(place, move |_, gl| clear(gl, [colour.r(), colour.g(), colour.b()]))
}

/// Writes the picture's number, unless the window has changed meanwhile.
fn signs(all: Rect, of: [u32; 2], mark: [u8; 3]) -> Shape {
    callback(all, move |size, gl| {
        for [x, y] in corners(size).into_iter().filter(|_| size == of) {
            #[expect(unsafe_code, reason = "OpenGL")]
            // SAFETY: while the toolkit draws, its context is current.
            unsafe {
                gl.scissor(x, y, 1, 1);
            }
            clear(gl, mark);
        }
    })
}

fn callback(rect: Rect, draw: impl Fn([u32; 2], &glow::Context) + Send + Sync + 'static) -> Shape {
    let callback = egui_glow::CallbackFn::new(move |info, painter| draw(info.screen_size_px, painter.gl()));
    Shape::Callback(egui::PaintCallback { rect, callback: Arc::new(callback) })
}

fn clear(gl: &glow::Context, colour: [u8; 3]) {
    let [red, green, blue] = colour.map(|value| f32::from(value) / 255.0);
    #[expect(unsafe_code, reason = "OpenGL")]
    // SAFETY: while the toolkit draws, its context is current.
    unsafe {
        gl.clear_color(red, green, blue, 1.0);
        gl.clear(glow::COLOR_BUFFER_BIT);
    }
}

fn pixel(gl: &glow::Context, [x, y]: [i32; 2]) -> [u8; 3] {
    let mut read = [0; 4];
    let into = glow::PixelPackData::Slice(Some(&mut read));
    #[expect(unsafe_code, reason = "OpenGL")]
    // SAFETY: the caller made the context current, and one pixel of four bytes has room.
    unsafe {
        gl.read_pixels(x, y, 1, 1, glow::RGBA, glow::UNSIGNED_BYTE, into);
    }
    [read[0], read[1], read[2]]
}
