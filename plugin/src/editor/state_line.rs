//! The bottom line: what happens, what is wrong, and the figures.

use egui::{Rect, Sense, Ui, pos2, vec2};

use super::desk::Desk;
use super::faults::{Level, notices};
use super::plain;
use super::theme::{GRID, Type};

/// How high the line is. Chosen.
pub(super) const HEIGHT: f32 = 28.0;

/// The line in this place.
pub(super) fn state_line(ui: &mut Ui, desk: &Desk<'_>, rect: Rect) {
    let theme = desk.theme;
    plain::area(ui.painter(), rect, theme.ground);
    plain::horizontal(ui.painter(), rect.x_range(), rect.top() + 0.5, theme.strong_line);
    let all = notices(desk.snapshot, desk.sheet);
    let Some(first) = all.first() else { return };
    let colour = |level| match level {
        Level::Info => theme.good,
        Level::Warning => theme.warning,
        Level::Fault => theme.fault,
    };
    let ink = if first.level == Level::Info { theme.text } else { colour(first.level) };
    let others = all.iter().filter(|notice| notice.level > Level::Info).count().saturating_sub(1);
    let mut words = vec![(format!("{}.", first.what), Type::Body, ink), (first.remedy.clone(), Type::Body, theme.text)];
    if first.level > Level::Info && others > 0 {
        words.push((format!("+ {others} more"), Type::Small, theme.dim));
    }
    words.retain(|(text, ..)| !text.is_empty());
    let painter = ui.painter().with_clip_rect(rect);
    painter.circle_filled(rect.left_center() + vec2(4.0 * GRID, 0.0), 4.0, colour(first.level));
    let mut x = rect.left() + 6.5 * GRID;
    for (text, size, ink) in words {
        let galley = painter.layout_no_wrap(text, size.font(), ink);
        let at = pos2(x, rect.center().y - galley.size().y / 2.0);
        x += galley.size().x + 1.5 * GRID;
        painter.galley(at, galley, ink);
    }
    // The figures, as far as there is room for them.
    for figures in figures(desk) {
        let galley = painter.layout_no_wrap(figures, Type::Small.font(), theme.dim);
        let left = rect.right() - 3.0 * GRID - galley.size().x;
        if left > x + 2.0 * GRID {
            painter.galley(pos2(left, rect.center().y - galley.size().y / 2.0), galley, theme.dim);
            break;
        }
    }
    let response = ui.interact(rect, egui::Id::unique("state line"), Sense::hover());
    response.on_hover_ui(|ui| {
        for notice in &all {
            ui.colored_label(colour(notice.level), format!("{}.", notice.what));
            if !notice.remedy.is_empty() {
                ui.label(&notice.remedy);
            }
        }
        if let Some(all) = figures(desk).first() {
            ui.weak(all);
        }
    });
}

/// The figures, and the same shorter.
fn figures(desk: &Desk<'_>) -> [String; 3] {
    let snapshot = desk.snapshot;
    let counts = &snapshot.counts;
    let time = match (snapshot.prediction, snapshot.deadline()) {
        (Some(took), Some(limit)) => format!("predicted in {:.1} of {:.0} ms    ", took * 1e3, limit * 1e3),
        (Some(took), None) => format!("predicted in {:.1} ms    ", took * 1e3),
        _ => String::new(),
    };
    let missed = format!("missed {} of {}", counts.missed, counts.measures);
    let notes = format!("notes {} in, {} out", counts.notes_in, counts.notes_out);
    [format!("{time}{missed}    {notes}"), format!("{missed}    {notes}"), missed]
}
