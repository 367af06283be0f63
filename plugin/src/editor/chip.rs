//! A small button.

use egui::{Color32, CornerRadius, Painter, Rect, Response, Sense, Stroke, StrokeKind, Ui, WidgetInfo};

use super::theme::{RADIUS, Theme, Type};

/// What a button says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chip<'a> {
    text: &'a str,
    tip: &'a str,
    lit: Option<Color32>,
    enabled: bool,
    /// Drawn in place of the text, in the text's colour.
    sign: Option<fn(&Painter, Rect, Color32)>,
}

impl<'a> Chip<'a> {
    /// A button with this text; `tip`: what it does, in one sentence.
    pub(super) const fn new(text: &'a str, tip: &'a str) -> Self {
        Self { text, tip, lit: None, enabled: true, sign: None }
    }

    /// It is on, in this colour.
    pub(super) const fn lit(self, lit: Option<Color32>) -> Self {
        Self { lit, ..self }
    }

    /// Can it be pressed?
    pub(super) const fn enabled(self, enabled: bool) -> Self {
        Self { enabled, ..self }
    }

    /// This is drawn in place of the text.
    pub(super) const fn drawn(self, sign: fn(&Painter, Rect, Color32)) -> Self {
        Self { sign: Some(sign), ..self }
    }

    /// Draws it in this place.
    pub(super) fn show(
        self,
        ui: &Ui,
        theme: Theme,
        rect: Rect,
        id: impl std::hash::Hash + std::fmt::Debug,
    ) -> Response {
        let Self { text, tip, lit, enabled, sign } = self;
        let sense = if enabled { Sense::click() } else { Sense::hover() };
        let response = ui.interact(rect, egui::Id::unique(("chip", id)), sense);
        let label = format!("{text}: {tip}");
        response.widget_info(|| WidgetInfo::selected(egui::accesskit::Role::Button, enabled, lit.is_some(), &label));
        let radius = CornerRadius::same(RADIUS);
        let hot = enabled && response.hovered();
        let fill = lit.unwrap_or(if hot { theme.control_hover } else { theme.control });
        ui.painter().rect_filled(rect, radius, if enabled { fill } else { theme.panel });
        if response.has_focus() {
            ui.painter().rect_stroke(rect.expand(1.0), radius, Stroke::new(1.5, theme.accent), StrokeKind::Inside);
        } else if !enabled || (!theme.dark && lit.is_none()) {
            ui.painter().rect_stroke(rect, radius, Stroke::new(1.0, theme.line), StrokeKind::Inside);
        }
        let ink = match (lit, enabled) {
            (_, false) => theme.dim.gamma_multiply(0.7),
            (Some(colour), _) => on(colour),
            _ => theme.text,
        };
        match sign {
            Some(sign) => sign(ui.painter(), rect, ink),
            None => {
                ui.painter().text(rect.center(), egui::Align2::CENTER_CENTER, text, Type::Small.font(), ink);
            }
        }
        response.on_hover_text(tip)
    }
}

/// Letters that are read on this colour.
fn on(colour: Color32) -> Color32 {
    let [red, green, blue, _] = colour.to_array().map(f32::from);
    // How bright it is to the eye (ITU-R BT.601).
    let bright = 0.299 * red + 0.587 * green + 0.114 * blue > 120.0;
    if bright { Color32::from_gray(0x14) } else { Color32::WHITE }
}
