//! A picture to draw rectangles and letters on.

use std::path::Path;

use anyhow::Context;
use font8x8::legacy::BASIC_LEGACY;
use model::files::NewFile;

/// Red, green and blue.
pub type Colour = [u8; 3];

/// How many pixels a dot of the 8 × 8 font measures: letters are 16 pixels wide and high.
const DOT: i32 = 2;

/// The width and height of a letter.
pub const LETTER: i32 = 8 * DOT;

/// A picture in 24-bit colour.
#[derive(Clone, Debug)]
pub struct Canvas {
    width: i32,
    height: i32,
    pixels: Vec<u8>,
}

impl Canvas {
    /// A picture of one colour; at least one pixel wide and high.
    #[must_use]
    pub fn new(width: i32, height: i32, colour: Colour) -> Self {
        let (width, height) = (width.max(1), height.max(1));
        let count = usize::try_from(i64::from(width) * i64::from(height)).unwrap_or(0);
        Self { width, height, pixels: colour.repeat(count) }
    }

    /// Its width and height in pixels.
    #[must_use]
    pub fn size(&self) -> (i32, i32) {
        (self.width, self.height)
    }

    /// The colour at a place, if it lies in the picture.
    #[must_use]
    pub fn at(&self, x: i32, y: i32) -> Option<Colour> {
        let index = self.index(x, y)?;
        self.pixels.get(index..index + 3)?.try_into().ok()
    }

    /// Fills a rectangle; what lies outside of the picture is left out.
    pub fn fill(&mut self, x: i32, y: i32, width: i32, height: i32, colour: Colour) {
        for y in y.max(0)..(y + height).min(self.height) {
            for x in x.max(0)..(x + width).min(self.width) {
                if let Some(index) = self.index(x, y) {
                    self.pixels[index..index + 3].copy_from_slice(&colour);
                }
            }
        }
    }

    /// Writes a text, its upper left corner here. Letters that the font lacks become "?".
    pub fn write(&mut self, x: i32, y: i32, text: &str, colour: Colour) {
        let mut left = x;
        for letter in text.chars() {
            let glyph = BASIC_LEGACY.get(letter as usize).unwrap_or(&BASIC_LEGACY[usize::from(b'?')]);
            for (row, dots) in (0..).zip(glyph) {
                for column in (0..8).filter(|column| dots >> column & 1 == 1) {
                    self.fill(left + column * DOT, y + row * DOT, DOT, DOT, colour);
                }
            }
            left += LETTER;
        }
    }

    /// These pictures, so many side by side, then the next below them, on this colour; each column is as wide as its widest.
    #[must_use]
    pub fn sheet(pictures: &[Self], columns: usize, colour: Colour) -> Self {
        let columns = columns.max(1);
        let width =
            |column: usize| pictures.iter().skip(column).step_by(columns).map(|one| one.width).max().unwrap_or(0);
        let height = |row: &[Self]| row.iter().map(|one| one.height).max().unwrap_or(0);
        let rows = || pictures.chunks(columns);
        let all = (0..columns).map(width).sum::<i32>().max(1);
        let mut out = Self::new(all, rows().map(height).sum::<i32>().max(1), colour);
        let mut top = 0;
        for row in rows() {
            let mut left = 0;
            for (column, picture) in row.iter().enumerate() {
                let line = 3 * usize::try_from(picture.width).unwrap_or(1);
                for (y, pixels) in (top..).zip(picture.pixels.chunks_exact(line)) {
                    if let Some(start) = out.index(left, y) {
                        out.pixels[start..start + pixels.len()].copy_from_slice(pixels);
                    }
                }
                left += width(column);
            }
            top += height(row);
        }
        out
    }

    /// Saves it as a PNG.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: &Path) -> anyhow::Result<()> {
        let context = || format!("could not write {}", path.display());
        let mut file = NewFile::beside(path).with_context(context)?;
        let mut encoder = png::Encoder::new(&mut file, self.width.unsigned_abs(), self.height.unsigned_abs());
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().with_context(context)?;
        writer.write_image_data(&self.pixels).with_context(context)?;
        writer.finish().with_context(context)?;
        file.finish().with_context(context)
    }

    fn index(&self, x: i32, y: i32) -> Option<usize> {
        let inside = (0..self.width).contains(&x) && (0..self.height).contains(&y);
        inside.then(|| usize::try_from((i64::from(y) * i64::from(self.width) + i64::from(x)) * 3).ok()).flatten()
    }
}

/// How wide a text is, in pixels.
#[must_use]
pub fn text_width(text: &str) -> i32 {
    i32::try_from(text.chars().count()).unwrap_or(i32::MAX / LETTER) * LETTER
}
