//! What must be drawn again so that the last picture becomes the next one.
//!
//! Both pictures are lists of shapes, in the order in which they are drawn. Shapes that stand in both
//! lists look the same on the screen. The damage is wherever a shape stands in only one of them. So
//! no part of the view has to say what it changed, and none can forget to.

use egui::emath::TSTransform;
use egui::epaint::{ClippedShape, ImageDelta};
use egui::{FullOutput, Pos2, Rect, Shape, pos2};

/// How many shapes may have come or gone in one place before the rest counts as changed. Chosen.
const LOOKS_AHEAD: usize = 32;

/// How far a shape's soft edge may reach beyond its bounds, in pixels. Chosen.
const SOFT: f32 = 2.0;

/// How many pixels are drawn as fast as one rectangle more is begun. Measured: roughly.
const SPARE: f32 = 2000.0;

/// The places, on whole pixels, in which a picture differs from the one before in this window.
#[must_use]
pub fn damage(before: &[ClippedShape], after: &FullOutput, window: Rect) -> Vec<Rect> {
    // When letters are made anew, as for another theme, the same shapes look different.
    if after.textures_delta.set.values().flatten().any(ImageDelta::is_whole) {
        return vec![window];
    }
    differ(before, &after.shapes, after.pixels_per_point)
}

/// The same of the shapes alone. `scale`: pixels a point.
fn differ(before: &[ClippedShape], after: &[ClippedShape], scale: f32) -> Vec<Rect> {
    let mut places = Places { rects: Vec::new(), scale };
    let (mut old, mut new) = (before, after);
    loop {
        let alike = old.iter().zip(new).take_while(|(old, new)| same(old, new)).count();
        (old, new) = (&old[alike..], &new[alike..]);
        if old.is_empty() && new.is_empty() {
            return places.rects;
        }
        let (gone, come) = until_alike(old, new);
        for shape in old[..gone].iter().chain(&new[..come]) {
            places.add(reach(shape, scale));
        }
        (old, new) = (&old[gone..], &new[come..]);
    }
}

/// The shapes of a picture that must be drawn in this place, once it is cleared, for it to look as it
/// does in the whole picture.
pub fn within(shapes: &[ClippedShape], place: Rect, scale: f32) -> impl Iterator<Item = ClippedShape> {
    let met = move |shape: &&ClippedShape| reach(shape, scale).intersect(place).is_positive();
    shapes.iter().filter(met).map(move |shape| {
        let mut shape = shape.clone();
        shape.clip_rect = shape.clip_rect.intersect(place);
        shape
    })
}

/// How many shapes to leave out of each list so that both go on with the same shape.
fn until_alike(old: &[ClippedShape], new: &[ClippedShape]) -> (usize, usize) {
    let near = (1..=LOOKS_AHEAD).flat_map(|sum| (0..=sum).map(move |gone| (gone, sum - gone)));
    let goes_on = |&(gone, come): &(usize, usize)| match (old.get(gone), new.get(come)) {
        (Some(old), Some(new)) => same(old, new),
        _ => false,
    };
    near.into_iter().find(goes_on).unwrap_or((old.len(), new.len()))
}

/// Whether two shapes look the same. A text that was laid out once is not read again.
fn same(old: &ClippedShape, new: &ClippedShape) -> bool {
    let around = |shape: &ClippedShape| (shape.clip_rect, shape.transform_after_tessellation);
    match (&old.shape, &new.shape) {
        (Shape::Text(a), Shape::Text(b)) if std::sync::Arc::ptr_eq(&a.galley, &b.galley) => {
            around(old) == around(new)
                && (a.pos, a.underline, a.fallback_color) == (b.pos, b.underline, b.fallback_color)
                && (a.override_text_color, a.opacity_factor, a.angle)
                    == (b.override_text_color, b.opacity_factor, b.angle)
        }
        _ => old == new,
    }
}

/// Where a shape can be seen.
fn reach(shape: &ClippedShape, scale: f32) -> Rect {
    if shape.transform_after_tessellation == TSTransform::IDENTITY {
        shape.shape.visual_bounding_rect().expand(SOFT / scale).intersect(shape.clip_rect)
    } else {
        shape.clip_rect
    }
}

struct Places {
    rects: Vec<Rect>,
    scale: f32,
}

impl Places {
    /// Adds a place; those whose common rectangle is hardly larger than both become one.
    fn add(&mut self, place: Rect) {
        if !place.is_positive() {
            return;
        }
        let on_pixels = |at: Pos2, round: fn(f32) -> f32| {
            pos2(round(at.x * self.scale) / self.scale, round(at.y * self.scale) / self.scale)
        };
        let mut place = Rect::from_min_max(on_pixels(place.min, f32::floor), on_pixels(place.max, f32::ceil));
        let spare = SPARE / (self.scale * self.scale);
        while let Some(at) =
            self.rects.iter().position(|&other| place.union(other).area() <= place.area() + other.area() + spare)
        {
            place = place.union(self.rects.swap_remove(at));
        }
        self.rects.push(place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{Color32, Stroke, vec2};

    const SCREEN: Rect = Rect { min: Pos2::ZERO, max: pos2(1000.0, 600.0) };

    /// A filled square of a hundred points at this place.
    fn square(x: f32, y: f32) -> ClippedShape {
        let rect = Rect::from_min_size(pos2(x, y), vec2(100.0, 100.0));
        ClippedShape::new(SCREEN, Shape::rect_filled(rect, 0, Color32::RED))
    }

    fn row() -> Vec<ClippedShape> {
        (0..5_u8).map(|at| square(f32::from(at) * 200.0, 20.0)).collect()
    }

    fn covers(rects: &[Rect], shape: &ClippedShape) -> bool {
        let seen = shape.shape.visual_bounding_rect().intersect(SCREEN);
        rects.iter().any(|rect| rect.contains_rect(seen))
    }

    #[test]
    fn the_same_picture_has_no_damage() {
        assert_eq!(differ(&row(), &row(), 1.0), []);
        assert_eq!(differ(&[], &[], 1.0), []);
    }

    #[test]
    fn what_moves_is_damage_where_it_was_and_where_it_is_and_nowhere_else() {
        let mut after = row();
        after[1] = square(200.0, 400.0);
        let found = differ(&row(), &after, 1.0);
        assert!(covers(&found, &row()[1]) && covers(&found, &after[1]), "{found:?}");
        assert!(found.iter().map(|rect| rect.area()).sum::<f32>() < 2.2e4, "{found:?}");
    }

    #[test]
    fn what_comes_or_goes_leaves_the_rest_alone() {
        let mut more = row();
        more.insert(2, square(40.0, 300.0));
        for found in [differ(&row(), &more, 1.0), differ(&more, &row(), 1.0)] {
            assert_eq!(found, [reach(&more[2], 1.0)]);
        }
    }

    #[test]
    fn the_order_of_shapes_matters() {
        let below = ClippedShape::new(SCREEN, Shape::rect_filled(SCREEN.shrink(250.0), 0, Color32::BLUE));
        let above = square(450.0, 250.0);
        let found = differ(&[below.clone(), above.clone()], &[above.clone(), below], 1.0);
        assert!(covers(&found, &above), "{found:?}");
    }

    #[test]
    fn another_clip_or_colour_is_damage() {
        let plain = square(300.0, 300.0);
        let clipped = ClippedShape { clip_rect: SCREEN.with_max_x(350.0), ..plain.clone() };
        let mut edged = plain.clone();
        edged.shape = Shape::rect_stroke(
            plain.shape.visual_bounding_rect(),
            0,
            Stroke::new(6.0, Color32::GREEN),
            egui::StrokeKind::Outside,
        );
        for other in [clipped, edged] {
            let found = differ(std::slice::from_ref(&plain), std::slice::from_ref(&other), 1.0);
            assert!(covers(&found, &plain) && covers(&found, &other), "{found:?}");
        }
    }

    #[test]
    fn letters_made_anew_damage_everything() {
        let mut output = FullOutput { pixels_per_point: 1.0, ..FullOutput::default() };
        assert_eq!(damage(&[], &output, SCREEN), []);
        let image = egui::ColorImage::filled([1, 1], Color32::WHITE);
        let delta = ImageDelta::full(image, egui::TextureOptions::LINEAR);
        output.textures_delta.set.entry(egui::TextureId::default()).or_default().push(delta);
        assert_eq!(damage(&[], &output, SCREEN), [SCREEN]);
    }

    #[test]
    fn places_lie_on_whole_pixels_at_every_scale() {
        for scale in [1.0, 1.25, 1.5, 2.0, 3.0] {
            for rect in differ(&[], &[square(33.3, 77.7)], scale) {
                for side in [rect.left(), rect.top(), rect.right(), rect.bottom()] {
                    assert!((side * scale - (side * scale).round()).abs() < 1e-3, "{rect:?} at {scale}");
                }
            }
        }
    }
}
