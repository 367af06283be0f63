//! Pictures as PNG: twice as large, so that they are sharp on any screen.

use font8x8::legacy::BASIC_LEGACY;

use super::{Anchor, Colour, Picture, Shape};

/// Chosen.
const SCALE: f32 = 2.0;
const INK: Colour = [0x22; 3];

/// A letter is 8 by 8 dots of this size. Chosen.
const DOT: i32 = 2;

struct Canvas {
    width: i32,
    height: i32,
    pixels: Vec<u8>,
}

impl Picture {
    /// The picture as a PNG file.
    pub(crate) fn to_png(&self) -> Result<Vec<u8>, png::EncodingError> {
        let mut canvas = Canvas::new(whole(self.width * SCALE), whole(self.height * SCALE));
        for shape in &self.shapes {
            canvas.draw(shape);
        }
        let mut out = Vec::new();
        let (width, height) = (canvas.width.unsigned_abs(), canvas.height.unsigned_abs());
        let mut encoder = png::Encoder::new(&mut out, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header()?.write_image_data(&canvas.pixels)?;
        Ok(out)
    }
}

impl Canvas {
    fn new(width: i32, height: i32) -> Self {
        let bytes = usize::try_from(width.max(1) * height.max(1) * 3).unwrap_or(0);
        Self { width: width.max(1), height: height.max(1), pixels: vec![0xff; bytes] }
    }

    fn dot(&mut self, x: i32, y: i32, colour: Colour) {
        if (0..self.width).contains(&x) && (0..self.height).contains(&y) {
            let at = usize::try_from((y * self.width + x) * 3).unwrap_or(0);
            self.pixels[at..at + 3].copy_from_slice(&colour);
        }
    }

    fn block(&mut self, (x, y): (i32, i32), (w, h): (i32, i32), colour: Colour) {
        for y in y..y + h {
            for x in x..x + w {
                self.dot(x, y, colour);
            }
        }
    }

    fn draw(&mut self, shape: &Shape) {
        match shape {
            Shape::Rect(x, y, w, h, colour) => {
                let (left, top) = (whole(x * SCALE), whole(y * SCALE));
                let size = (whole((x + w) * SCALE) - left, whole((y + h) * SCALE) - top);
                self.block((left, top), (size.0.max(1), size.1.max(1)), *colour);
            }
            Shape::Path(points, colour) => {
                for pair in points.windows(2) {
                    let ((x, y), (to_x, to_y)) = (pair[0], pair[1]);
                    let steps = whole(((to_x - x).abs().max((to_y - y).abs())) * SCALE).max(1);
                    for step in 0..=steps {
                        #[expect(clippy::cast_precision_loss, reason = "pixels of a picture")]
                        let part = step as f32 / steps as f32;
                        let at = |from: f32, to: f32| whole((from + (to - from) * part) * SCALE);
                        self.block((at(x, to_x) - 1, at(y, to_y) - 1), (3, 3), *colour);
                    }
                }
            }
            Shape::Text(x, y, anchor, text) => {
                let width = i32::try_from(text.chars().count()).unwrap_or(0) * 8 * DOT;
                let shift = match anchor {
                    Anchor::Start => 0,
                    Anchor::Middle => width / 2,
                    Anchor::End => width,
                };
                let (mut left, top) = (whole(x * SCALE) - shift, whole(y * SCALE) - 7 * DOT);
                for letter in text.chars() {
                    // The font has ASCII alone.
                    let letter = if letter == '−' { '-' } else { letter };
                    let rows = BASIC_LEGACY.get(letter as usize).copied().unwrap_or(BASIC_LEGACY[usize::from(b'?')]);
                    for (row, bits) in (0..).zip(rows) {
                        for column in (0..8).filter(|column| bits >> column & 1 == 1) {
                            self.block((left + column * DOT, top + row * DOT), (DOT, DOT), INK);
                        }
                    }
                    left += 8 * DOT;
                }
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "pixels of a picture")]
fn whole(x: f32) -> i32 {
    x.round() as i32
}
