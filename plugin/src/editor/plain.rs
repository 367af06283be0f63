//! Areas and lines of whole pixels, each of two triangles.
//!
//! egui gives all that it fills a soft edge. Without a graphics card, that edge costs more to draw
//! than the area within; and where an edge lies between two pixels, nobody sees that it is soft.

use egui::emath::GuiRounding as _;
use egui::{Color32, Mesh, Painter, Rangef, Rect, pos2, vec2};

/// Fills a rectangle.
pub(super) fn area(painter: &Painter, rect: Rect, colour: Color32) {
    let mut mesh = Mesh::default();
    add(&mut mesh, painter, rect, colour);
    painter.add(mesh);
}

/// Fills a rectangle whose corners are cut by so many points, which looks as if they were round.
pub(super) fn cut_area(painter: &Painter, rect: Rect, cut: f32, colour: Color32) {
    let rect = rect.round_to_pixels(painter.pixels_per_point());
    let cut = cut.min(rect.width() / 3.0).min(rect.height() / 3.0);
    let (left, right) = (rect.left() + cut, rect.right() - cut);
    let mut mesh = Mesh::default();
    for part in [
        rect.shrink2(vec2(0.0, cut)),
        Rect::from_x_y_ranges(left..=right, rect.top()..=rect.top() + cut),
        Rect::from_x_y_ranges(left..=right, rect.bottom() - cut..=rect.bottom()),
    ] {
        add(&mut mesh, painter, part, colour);
    }
    painter.add(mesh);
}

/// Draws the edge of such a rectangle, a point wide and inside of it.
pub(super) fn edge(painter: &Painter, rect: Rect, cut: f32, colour: Color32) {
    let rect = rect.round_to_pixels(painter.pixels_per_point());
    let width = 1.0_f32.min(rect.width() / 2.0).min(rect.height() / 2.0);
    let inner = rect.shrink(width);
    let mut mesh = Mesh::default();
    for side in [
        Rect::from_min_max(pos2(rect.left() + cut, rect.top()), pos2(rect.right() - cut, inner.top())),
        Rect::from_min_max(pos2(rect.left() + cut, inner.bottom()), pos2(rect.right() - cut, rect.bottom())),
        Rect::from_min_max(pos2(rect.left(), inner.top()), inner.left_bottom()),
        Rect::from_min_max(inner.right_top(), pos2(rect.right(), inner.bottom())),
    ] {
        add(&mut mesh, painter, side, colour);
    }
    painter.add(mesh);
}

/// Draws a horizontal line, a point wide.
pub(super) fn horizontal(painter: &Painter, x: impl Into<Rangef>, y: f32, colour: Color32) {
    area(painter, line(painter, Rect::from_x_y_ranges(x, Rangef::point(y)), vec2(0.0, 1.0)), colour);
}

/// Draws a vertical line, a point wide.
pub(super) fn vertical(painter: &Painter, x: f32, y: impl Into<Rangef>, colour: Color32) {
    area(painter, line(painter, Rect::from_x_y_ranges(Rangef::point(x), y), vec2(1.0, 0.0)), colour);
}

/// A line as an area: of the same width wherever it lies.
fn line(painter: &Painter, middle: Rect, width: egui::Vec2) -> Rect {
    let pixels = painter.pixels_per_point();
    let begin = (middle.min - width / 2.0).round_to_pixels(pixels);
    Rect::from_min_max(begin, middle.max.round_to_pixels(pixels).max(begin + width.round_to_pixels(pixels)))
}

fn add(mesh: &mut Mesh, painter: &Painter, rect: Rect, colour: Color32) {
    let rect = rect.round_to_pixels(painter.pixels_per_point()).intersect(painter.clip_rect());
    if rect.is_positive() && colour != Color32::TRANSPARENT {
        mesh.add_colored_rect(rect, colour);
    }
}
