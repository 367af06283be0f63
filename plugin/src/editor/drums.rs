//! The drummer: a row of the band's, and rows of the roll by the drums' names.

use egui::{Align2, Color32, Painter, Rect, Sense, Ui, pos2, vec2};
use model::music::drums::{DRUMS, Drum};

use super::chip::Chip;
use super::desk::Desk;
use super::plain;
use super::sheet::{Action, ParamId};
use super::slot::{Face, slot, small};
use super::theme::{GRID, ROW, Theme, Type};
use super::zoom::{AHEAD, BEHIND, Layout};
use crate::midi::Bandmate;
use crate::snapshot::{Page, Shown};

/// Whether somebody drums.
const CHOICE: ParamId = ParamId::band("drums");

/// How high a drum's row in the roll is. Chosen: its name can be read.
const LANE: f32 = 11.0;

/// From the top down, as they hang in a kit.
const LANES: [(Drum, &str); DRUMS] = [
    (Drum::Crash, "crash"),
    (Drum::Ride, "ride"),
    (Drum::OpenHat, "open"),
    (Drum::ClosedHat, "hat"),
    (Drum::HighTom, "tom 1"),
    (Drum::MidTom, "tom 2"),
    (Drum::LowTom, "tom 3"),
    (Drum::Snare, "snare"),
    (Drum::Kick, "kick"),
];

/// Does somebody drum?
pub(super) fn on(desk: &Desk<'_>) -> bool {
    desk.sheet.step(CHOICE) > 0
}

/// The drummer's colour.
fn colour(theme: Theme) -> Color32 {
    theme.voice(Bandmate::Drummer.index() - 1, false)
}

/// The drummer under the voices: solo and mute, how loud, and how the playing is.
pub(super) fn row(ui: &mut Ui, desk: &mut Desk<'_>, rect: Rect) {
    const FACES: [(&str, &str, &str); 2] = [
        ("drgroove", "Groove", "How much of the drummer's timing is played: at 0 every stroke lies on its sixteenth."),
        ("drenergy", "Energy", "How busy and loud the drummer plays: 50 % as the drummer likes."),
    ];
    let theme = desk.theme;
    let painter = ui.painter().clone();
    plain::horizontal(&painter, rect.x_range(), rect.bottom() - 0.5, theme.line);
    let bar =
        Rect::from_min_max(rect.min + vec2(0.0, 2.0 * GRID), pos2(rect.left() + GRID, rect.bottom() - 2.0 * GRID));
    painter.rect_filled(bar, 2, colour(theme));
    let left = rect.left() + 3.0 * GRID;

    let middle = rect.top() + 16.0;
    painter.text(pos2(left, middle), Align2::LEFT_CENTER, "Drums", Type::Title.font(), theme.text);
    let style = desk.sheet.get(CHOICE).map_or("", |entry| entry.text.as_str());
    let at = pos2(left, rect.top() + 38.0);
    painter.text(at, Align2::LEFT_CENTER, format!("ch 10, {style}"), Type::Small.font(), theme.dim);
    let mut right = rect.right();
    for (id, text, lit, tip) in [
        (ParamId::band("drsolo"), "S", theme.warning, "Solo: only those with this are heard."),
        (ParamId::band("drmute"), "M", theme.fault, "Mute: the drummer plays on unheard."),
    ] {
        let place = Rect::from_min_size(pos2(right - 20.0, middle - 10.0), vec2(20.0, 20.0));
        right -= 20.0 + GRID;
        let is_on = desk.sheet.is_on(id);
        let chip = Chip::new(text, tip).lit(is_on.then_some(lit)).show(ui, theme, place, ("drums", 0, text));
        if chip.clicked() {
            desk.actions.push(Action::Choose(id, if is_on { 0.0 } else { 1.0 }));
        }
    }

    let middle = rect.top() + 38.0;
    let more = Rect::from_min_size(pos2(rect.right() - 44.0, middle - 9.0), vec2(44.0, 18.0));
    let volume = Rect::from_min_size(more.min - vec2(38.0 + GRID, 0.0), vec2(38.0, 18.0));
    let more = Chip::new("more …", "How the drummer plays.").show(ui, theme, more, ("drums", 0, "more"));
    let close = egui::PopupCloseBehavior::CloseOnClickOutside;
    egui::Popup::menu(&more).close_behavior(close).width(200.0).show(|ui| {
        for (id, label, tip) in FACES {
            let (place, _) = ui.allocate_exact_size(vec2(200.0, ROW), Sense::hover());
            slot(ui, desk, place, Face { id: ParamId::band(id), label, tip });
        }
    });
    if desk.sheet.is_on(ParamId::band("sound")) {
        let tip = "How loud the drums of the sounds inside are.";
        small(ui, desk, volume, Face { id: ParamId::band("drvol"), label: "Level", tip }, None);
    }
}

/// How high the drums' rows are, of a roll so high; 0 where nobody drums, or there is no room.
pub(super) fn height(desk: &Desk<'_>, roll: f32) -> f32 {
    let wanted = LANE * DRUMS as f32;
    let drums = on(desk) || desk.snapshot.page.measures().any(|(_, shown)| !shown.drums.is_silent());
    if drums && roll > 2.0 * wanted { wanted } else { 0.0 }
}

/// The drums in this place, under the notes: a row each.
pub(super) fn lanes(painter: &Painter, layout: &Layout, desk: &Desk<'_>, rect: Rect) {
    let (theme, page) = (desk.theme, &desk.snapshot.page);
    plain::area(painter, rect, theme.ground);
    for (lane, (_, name)) in LANES.into_iter().enumerate() {
        let top = rect.top() + LANE * lane as f32;
        plain::horizontal(painter, layout.notes.left()..=rect.right(), top, theme.line);
        let at = pos2(layout.notes.left() - GRID, top + LANE / 2.0);
        painter.text(at, Align2::RIGHT_CENTER, name, Type::Small.font(), theme.dim);
    }
    bars(painter, layout, page, theme, rect);
    plain::horizontal(painter, rect.x_range(), rect.top(), theme.strong_line);
    let painter = painter.with_clip_rect(Rect::from_x_y_ranges(layout.notes.x_range(), rect.y_range()));
    for (place, shown) in page.measures() {
        strokes(&painter, layout, theme, (place, shown), rect.top());
    }
}

fn bars(painter: &Painter, layout: &Layout, page: &Page, theme: Theme, rect: Rect) {
    let steps_at =
        |place: i32| page.measures().find(|(at, _)| *at == place).map_or(16, |(_, shown)| shown.music.steps());
    for place in -BEHIND..=AHEAD {
        let (column, steps) = (layout.column(place), steps_at(place));
        for step in (4..steps).step_by(4) {
            let x = column.left() + column.width() * f32::from(step) / f32::from(steps);
            plain::vertical(painter, x, rect.y_range(), theme.line);
        }
        plain::vertical(painter, column.left(), rect.y_range(), theme.strong_line);
    }
}

fn strokes(painter: &Painter, layout: &Layout, theme: Theme, (place, shown): (i32, &Shown), top: f32) {
    let column = layout.column(place);
    let step = column.width() / f32::from(shown.drums.steps());
    let colour = colour(theme);
    for (lane, (drum, _)) in LANES.into_iter().enumerate() {
        let struck = |at: u8| shown.drums.loud(at, drum).map(|loud| (at, loud));
        for (at, loud) in (0..shown.drums.steps()).filter_map(struck) {
            let left = column.left() + step * f32::from(at) + 0.5;
            let loud = 0.35 + 0.65 * f32::from(loud) / 127.0;
            let size = vec2((step * 0.7).clamp(2.0, LANE - 2.0), LANE - 3.0);
            let mark = Rect::from_min_size(pos2(left, top + LANE * lane as f32 + 1.5), size);
            let strength = loud * if place > 0 { 0.4 } else { 1.0 } * if shown.drums_heard { 1.0 } else { 0.25 };
            plain::area(painter, mark, colour.gamma_multiply(strength));
        }
    }
}
