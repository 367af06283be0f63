//! A picture: drawn, saved as a PNG, compared with another.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::{Context, ensure};
use model::files::NewFile;

/// How far apart a channel of two pixels may be for them to count as the same. Chosen: letters are drawn with whatever
/// vector instructions there are, which round the last digit differently.
pub const SAME: u8 = 12;

/// The share of the pixels that may differ by more than that. Chosen: fewer than another digit changes in a picture of
/// 800 × 500 (8 pixels).
pub const TOLERATED: f64 = 2e-5;

/// Pixels, each red, green and blue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// In pixels.
    pub width: usize,
    /// In pixels.
    pub height: usize,
    pixels: Vec<[u8; 3]>,
}

impl Picture {
    /// The upper part of it, 0 to 1 of its height.
    #[must_use]
    pub fn top(mut self, share: f32) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            clippy::cast_sign_loss,
            reason = "a picture has few rows, and `as` saturates"
        )]
        let rows = (self.height as f32 * share).round() as usize;
        self.height = rows.min(self.height);
        self.pixels.truncate(self.width * self.height);
        self
    }

    /// A black one.
    #[must_use]
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![[0; 3]; width * height] }
    }

    /// One of these pixels, row by row.
    ///
    /// # Panics
    /// If they are not so many.
    #[must_use]
    pub fn of(width: usize, height: usize, pixels: Vec<[u8; 3]>) -> Self {
        assert_eq!(pixels.len(), width * height, "so many pixels");
        Self { width, height, pixels }
    }

    /// How many different colours it has.
    #[must_use]
    pub fn colours(&self) -> usize {
        let mut pixels = self.pixels.clone();
        pixels.sort_unstable();
        pixels.dedup();
        pixels.len()
    }

    /// The colour at a place.
    #[must_use]
    pub fn at(&self, x: usize, y: usize) -> [u8; 3] {
        self.pixels[y * self.width + x]
    }

    /// Puts a colour (premultiplied, 0 to 255 each) over a pixel.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
    pub(super) fn blend(&mut self, x: usize, y: usize, [red, green, blue, alpha]: [f32; 4]) {
        let under = &mut self.pixels[y * self.width + x];
        for (under, over) in under.iter_mut().zip([red, green, blue]) {
            *under = (over + f32::from(*under) * (1.0 - alpha / 255.0)).round().clamp(0.0, 255.0) as u8;
        }
    }

    /// Which part of the pixels differs from another picture's; all of them where the sizes do.
    #[must_use]
    pub fn difference(&self, other: &Self) -> f64 {
        if (self.width, self.height) != (other.width, other.height) {
            return 1.0;
        }
        let differs = |(a, b): (&[u8; 3], &[u8; 3])| a.iter().zip(b).any(|(a, b)| a.abs_diff(*b) > SAME);
        let count = self.pixels.iter().zip(&other.pixels).filter(|&pair| differs(pair)).count();
        count as f64 / self.pixels.len().max(1) as f64
    }

    /// How far it is from another picture, of 255: the mean, over parts so many pixels wide and high, of how far their
    /// mean colours are apart. All of it where the sizes differ.
    #[must_use]
    pub fn coarse_difference(&self, other: &Self, part: usize) -> f64 {
        if (self.width, self.height) != (other.width, other.height) {
            return 255.0;
        }
        let columns = self.width.div_ceil(part);
        let mut sums = vec![([0_i64; 3], 0_i64); columns * self.height.div_ceil(part)];
        for (place, (a, b)) in self.pixels.iter().zip(&other.pixels).enumerate() {
            let (x, y) = (place % self.width, place / self.width);
            let (sum, count) = &mut sums[y / part * columns + x / part];
            (0..3).for_each(|colour| sum[colour] += i64::from(a[colour]) - i64::from(b[colour]));
            *count += 1;
        }
        let apart =
            |(sum, count): &([i64; 3], i64)| sum.iter().map(|sum| sum.abs() as f64 / *count as f64).sum::<f64>() / 3.0;
        sums.iter().map(apart).sum::<f64>() / sums.len().max(1) as f64
    }

    /// Saves it as a PNG.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: &Path) -> anyhow::Result<()> {
        let context = || format!("could not write {}", path.display());
        let mut file = NewFile::beside(path).with_context(context)?;
        let mut encoder = png::Encoder::new(&mut file, u32::try_from(self.width)?, u32::try_from(self.height)?);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        let mut writer = encoder.write_header().with_context(context)?;
        writer.write_image_data(self.pixels.as_flattened()).with_context(context)?;
        writer.finish().with_context(context)?;
        file.finish().with_context(context)
    }

    /// Reads what [`Self::save`] wrote.
    ///
    /// # Errors
    /// If the file cannot be read, or is another kind of PNG.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let context = || format!("could not read {}", path.display());
        let file = BufReader::new(File::open(path).with_context(context)?);
        let mut reader = png::Decoder::new(file).read_info().with_context(context)?;
        let mut bytes = vec![0; reader.output_buffer_size().with_context(context)?];
        let info = reader.next_frame(&mut bytes).with_context(context)?;
        ensure!(info.color_type == png::ColorType::Rgb, "{} has other colours", path.display());
        let (width, height) = (info.width as usize, info.height as usize);
        let pixels = bytes.as_chunks::<3>().0[..width * height].to_vec();
        Ok(Self { width, height, pixels })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_picture_is_read_back() {
        let mut picture = Picture::new(7, 5);
        picture.blend(3, 2, [200.0, 100.0, 50.0, 255.0]);
        picture.blend(3, 2, [0.0, 50.0, 0.0, 127.5]);
        let path = std::env::temp_dir().join(format!("band-player-picture-{}.png", std::process::id()));
        picture.save(&path).expect("written");
        assert_eq!(Picture::load(&path).expect("read"), picture);
        assert_eq!(picture.at(3, 2), [100, 100, 25]);
        std::fs::remove_file(path).expect("removed");
    }

    #[test]
    fn small_differences_are_forgiven_and_large_ones_counted() {
        let picture = Picture::new(10, 10);
        let mut other = picture.clone();
        other.blend(0, 0, [f32::from(SAME), 0.0, 0.0, 255.0]);
        assert_eq!(picture.difference(&other), 0.0);
        other.blend(1, 0, [f32::from(SAME) + 1.0, 0.0, 0.0, 255.0]);
        assert_eq!(picture.difference(&other), 0.01);
        assert_eq!(picture.difference(&Picture::new(10, 11)), 1.0);
    }

    #[test]
    fn a_coarse_difference_is_that_of_the_parts_means() {
        let picture = Picture::new(10, 10);
        let mut other = picture.clone();
        // Of the four parts one has 25 pixels, and one of them is 75 brighter.
        other.blend(0, 0, [75.0, 75.0, 75.0, 255.0]);
        assert_eq!(picture.coarse_difference(&other, 5), 0.75);
        assert_eq!(picture.coarse_difference(&picture, 5), 0.0);
        assert_eq!(picture.coarse_difference(&Picture::new(10, 11), 5), 255.0);
    }
}
