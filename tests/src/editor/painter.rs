//! Draws what egui asks for, in software: the same pixels on every machine, without a window, a
//! graphics card or its drivers.
//!
//! `egui_kittest` would draw with wgpu: that is a hundred crates more to compile, a Vulkan driver
//! to install, and pictures that change with the driver's version. egui hands over triangles with
//! colours and one texture (its letters); to fill those takes the hundred lines below.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates; all are places in a picture"
)]

use std::collections::HashMap;

use egui::epaint::{ClippedPrimitive, ImageData, ImageDelta, Mesh, Primitive, Vertex};
use egui::{Color32, ColorImage, Rect, TextureId, TexturesDelta};

use super::picture::Picture;

/// The textures, as egui changes them from picture to picture.
#[derive(Debug, Default)]
pub struct Painter {
    textures: HashMap<TextureId, ColorImage>,
}

impl Painter {
    /// Takes over what changed in the textures.
    pub fn update(&mut self, delta: &TexturesDelta) {
        for (id, change) in &delta.set {
            for change in change {
                self.change(*id, change);
            }
        }
    }

    fn change(&mut self, id: TextureId, delta: &ImageDelta) {
        let ImageData::Color(image) = &delta.image;
        let Some([left, top]) = delta.pos else {
            self.textures.insert(id, ColorImage::clone(image));
            return;
        };
        if let Some(texture) = self.textures.get_mut(&id) {
            for y in 0..image.height() {
                let to = (top + y) * texture.width() + left;
                let row = y * image.width()..(y + 1) * image.width();
                texture.pixels[to..to + image.width()].copy_from_slice(&image.pixels[row]);
            }
        }
    }

    /// Draws triangles on a ground of one colour.
    #[must_use]
    pub fn draw(&self, primitives: &[ClippedPrimitive], size: [usize; 2], scale: f32) -> Picture {
        let mut picture = Picture::new(size[0], size[1]);
        self.draw_upon(&mut picture, primitives, scale);
        picture
    }

    /// Draws triangles upon what is there.
    pub fn draw_upon(&self, picture: &mut Picture, primitives: &[ClippedPrimitive], scale: f32) {
        for ClippedPrimitive { clip_rect, primitive } in primitives {
            let Primitive::Mesh(mesh) = primitive else { continue };
            let Some(texture) = self.textures.get(&mesh.texture_id) else { continue };
            fill(picture, mesh, texture, *clip_rect, scale);
        }
    }
}

fn fill(picture: &mut Picture, mesh: &Mesh, texture: &ColorImage, clip: Rect, scale: f32) {
    let bound = |at: f32, most: usize| ((at * scale).round().max(0.0) as usize).min(most);
    let columns = bound(clip.min.x, picture.width)..bound(clip.max.x, picture.width);
    let rows = bound(clip.min.y, picture.height)..bound(clip.max.y, picture.height);
    for corners in mesh.indices.chunks_exact(3) {
        let corners = [0, 1, 2].map(|corner| mesh.vertices[corners[corner] as usize]);
        triangle(picture, corners, texture, &columns, &rows, scale);
    }
}

/// Fills a triangle: each pixel whose centre lies in it, once even where two triangles meet.
fn triangle(
    picture: &mut Picture,
    mut corners: [Vertex; 3],
    texture: &ColorImage,
    columns: &std::ops::Range<usize>,
    rows: &std::ops::Range<usize>,
    scale: f32,
) {
    let mut at = corners.map(|corner| (f64::from(corner.pos.x * scale), f64::from(corner.pos.y * scale)));
    let mut area = edge(at[0], at[1], at[2]);
    if area == 0.0 {
        return;
    }
    if area < 0.0 {
        corners.swap(1, 2);
        at.swap(1, 2);
        area = -area;
    }
    let span = |least: f64, most: f64, range: &std::ops::Range<usize>| {
        let from = (least - 0.5).ceil().max(0.0) as usize;
        let to = (most + 0.5).floor().max(0.0) as usize;
        from.max(range.start)..to.min(range.end)
    };
    let extent = |of: fn(&(f64, f64)) -> f64| {
        at.iter()
            .map(of)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
    };
    let ((left, right), (top, bottom)) = (extent(|place| place.0), extent(|place| place.1));
    let plain = corners.iter().all(|corner| corner.uv == corners[0].uv);
    let constant = plain.then(|| sample(texture, corners[0].uv.x, corners[0].uv.y));
    for y in span(top, bottom, rows) {
        for x in span(left, right, columns) {
            let centre = (x as f64 + 0.5, y as f64 + 0.5);
            let sides = [edge(at[1], at[2], centre), edge(at[2], at[0], centre), edge(at[0], at[1], centre)];
            let inside =
                |side: usize| sides[side] > 0.0 || (sides[side] == 0.0 && owns(at[(side + 1) % 3], at[(side + 2) % 3]));
            if !(0..3).all(inside) {
                continue;
            }
            let weights = sides.map(|side| (side / area) as f32);
            let mix = |of: fn(&Vertex) -> f32| (0..3).map(|corner| weights[corner] * of(&corners[corner])).sum::<f32>();
            let texel =
                constant.unwrap_or_else(|| sample(texture, mix(|corner| corner.uv.x), mix(|corner| corner.uv.y)));
            let colour = [
                mix(|corner| f32::from(corner.color.r())) / 255.0 * texel[0],
                mix(|corner| f32::from(corner.color.g())) / 255.0 * texel[1],
                mix(|corner| f32::from(corner.color.b())) / 255.0 * texel[2],
                mix(|corner| f32::from(corner.color.a())) / 255.0 * texel[3],
            ];
            picture.blend(x, y, colour);
        }
    }
}

/// Twice the area of a triangle; positive where `c` lies on the inner side of the edge.
fn edge(a: (f64, f64), b: (f64, f64), c: (f64, f64)) -> f64 {
    (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0)
}

/// Which of two triangles has the pixels on their common edge.
fn owns(a: (f64, f64), b: (f64, f64)) -> bool {
    b.1 < a.1 || (b.1 == a.1 && b.0 > a.0)
}

/// The texture's colour at a place of 0 to 1, 0 to 255, between the four nearest pixels.
fn sample(texture: &ColorImage, u: f32, v: f32) -> [f32; 4] {
    let (x, y) = (u * texture.width() as f32 - 0.5, v * texture.height() as f32 - 0.5);
    let (left, top) = (x.floor(), y.floor());
    let (right_share, lower_share) = (x - left, y - top);
    let mut sum = [0.0; 4];
    for (dx, dy, share) in [
        (0.0, 0.0, (1.0 - right_share) * (1.0 - lower_share)),
        (1.0, 0.0, right_share * (1.0 - lower_share)),
        (0.0, 1.0, (1.0 - right_share) * lower_share),
        (1.0, 1.0, right_share * lower_share),
    ] {
        let column = ((left + dx).max(0.0) as usize).min(texture.width() - 1);
        let row = ((top + dy).max(0.0) as usize).min(texture.height() - 1);
        let pixel: Color32 = texture.pixels[row * texture.width() + column];
        for (sum, part) in sum.iter_mut().zip(pixel.to_array()) {
            *sum += share * f32::from(part);
        }
    }
    sum
}
