//! Names in narrow places: smaller letters, and where those have no room either, the beginning.

use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Color32, FontFamily, FontId, Galley, Painter};

use super::theme::Type;

/// The smallest letters, in points. Chosen: below it nobody reads them.
const SMALLEST: f32 = 9.0;

/// A name in the largest letters that fit into this width, its beginning and an ellipsis if none do.
pub(super) fn fitted(painter: &Painter, name: &str, width: f32, ink: Color32) -> Arc<Galley> {
    let sizes = [Type::Body.font().size, Type::Small.font().size, SMALLEST];
    let font = |size| FontId::new(size, FontFamily::Proportional);
    for size in sizes {
        let galley = painter.layout_no_wrap(name.to_owned(), font(size), ink);
        if galley.size().x <= width {
            return galley;
        }
    }
    let format = TextFormat { font_id: font(SMALLEST), color: ink, ..TextFormat::default() };
    let mut job = LayoutJob::single_section(name.to_owned(), format);
    job.wrap = TextWrapping::truncate_at_width(width);
    painter.layout_job(job)
}
