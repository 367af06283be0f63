//! What somebody is told who opens the window for the first time: three lines, and a button that ends them for good.

use egui::{Align2, Rect, Stroke, StrokeKind, Ui, pos2, vec2};

use super::chip::Chip;
use super::desk::Desk;
use super::sheet::{Action, ParamId};
use super::theme::{GRID, Type};

/// How large it is. Chosen: the lines fit, and in the least window it covers half of the roll.
const SIZE: (f32, f32) = (424.0, 108.0);

/// From one line to the next. Chosen.
const LINE: f32 = 20.0;

/// The card in the middle of this place, if it is to be seen.
pub(super) fn card(ui: &Ui, desk: &mut Desk<'_>, room: Rect) {
    if !desk.sheet.kept.greets {
        return;
    }
    let theme = desk.theme;
    let size = vec2(SIZE.0.min(room.width() - 2.0 * GRID), SIZE.1);
    let rect = Rect::from_center_size(room.center(), size);
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    painter.rect_filled(rect, 6, theme.panel);
    painter.rect_stroke(rect, 6, Stroke::new(1.5, theme.accent), StrokeKind::Inside);
    let heard = if desk.sheet.is_on(ParamId::band("sound")) {
        "You hear yourself and the band from here: the loudspeaker."
    } else {
        "Press the loudspeaker above to hear yourself and the band."
    };
    let own = super::clock_line::is_own(desk);
    let lines = match (desk.state.typist.plays, own) {
        (true, _) => [
            "Play on a MIDI keyboard, or on your computer\u{2019}s: A S D F G H J K.",
            "The clock starts with your first note: the band soon joins in.",
            heard,
        ],
        (false, true) => [
            "Your keyboard goes into this plugin\u{2019}s track: arm that track.",
            "Press Run, and play: the band soon joins in.",
            heard,
        ],
        (false, false) => [
            "Your keyboard goes into this plugin\u{2019}s track: arm that track.",
            "Press play in your DAW, and play: the band soon joins in.",
            heard,
        ],
    };
    for (row, line) in lines.into_iter().enumerate() {
        let y = rect.top() + 18.0 + row as f32 * LINE;
        let number = (row + 1).to_string();
        painter.text(pos2(rect.left() + 3.0 * GRID, y), Align2::LEFT_CENTER, number, Type::Title.font(), theme.accent);
        painter.text(pos2(rect.left() + 8.0 * GRID, y), Align2::LEFT_CENTER, line, Type::Body.font(), theme.text);
    }
    let place = Rect::from_min_size(pos2(rect.right() - 72.0 - 2.0 * GRID, rect.bottom() - 32.0), vec2(72.0, 24.0));
    let tip = "This card does not come back.";
    if Chip::new("Got it", tip).lit(Some(theme.accent)).show(ui, theme, place, "greeted").clicked() {
        desk.actions.push(Action::Greeted);
    }
}
