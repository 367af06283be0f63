//! One control: a row that shows a parameter's name and value, and sets it.
//!
//! Drag, double-click to reset, type after Enter or a Ctrl-click, arrow keys, and a menu of our
//! own: hosts give none to this framework's editors.

use egui::{
    Align2, CornerRadius, EventFilter, Key, Rect, Response, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use super::desk::{Desk, Typing};
use super::sheet::{Action, Dial, Entry, ParamId};
use super::theme::{GRID, RADIUS, Type};

/// How many points of a drag go through the whole range. Chosen.
const DRAG: f32 = 200.0;
/// How much finer a drag is with Shift. Chosen.
const FINE: f32 = 0.1;
/// How wide a field is in which a value is typed, at least. Chosen: ten letters.
const TYPED: f32 = 84.0;
/// A step of the arrow keys, where a parameter has none of its own. Chosen.
const KEY_STEP: f32 = 0.01;

/// What a control says of its parameter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Face<'a> {
    /// Its parameter.
    pub id: ParamId,
    /// Its name here.
    pub label: &'a str,
    /// What it does, in one sentence.
    pub tip: &'a str,
}

/// A control in this place.
pub(super) fn slot(ui: &mut Ui, desk: &mut Desk<'_>, rect: Rect, face: Face<'_>) {
    control(ui, desk, rect, face, Form::Row);
}

/// The same in a place so small that its value alone is read: `text`, if that says it better. What is typed in gets more room.
pub(super) fn small(ui: &mut Ui, desk: &mut Desk<'_>, rect: Rect, face: Face<'_>, text: Option<&str>) {
    control(ui, desk, rect, face, Form::Small(text));
}

/// How a control is drawn.
#[derive(Clone, Copy, Debug)]
enum Form<'a> {
    /// Its name, and its value.
    Row,
    /// Its value alone, or this in its place.
    Small(Option<&'a str>),
}

fn control(ui: &mut Ui, desk: &mut Desk<'_>, rect: Rect, face: Face<'_>, form: Form<'_>) {
    let Some(entry) = desk.sheet.get(face.id) else { return };
    if desk.state.typing.as_ref().is_some_and(|typing| typing.id == face.id) {
        let width = rect.width().max(TYPED);
        type_in(ui, desk, Rect::from_min_max(pos2(rect.right() - width, rect.top()), rect.max), face);
        return;
    }
    let sense = if matches!(entry.shape, Dial::Number(_)) { Sense::click_and_drag() } else { Sense::click() };
    let id = egui::Id::unique(("slot", face.id.id, face.id.voice));
    let response = ui.interact(rect, id, sense);
    let label = face.label;
    response.widget_info(|| match entry.shape {
        Dial::Number(_) => WidgetInfo::slider(true, f64::from(entry.value), label),
        _ => WidgetInfo::labeled(egui::accesskit::Role::Button, true, format!("{label}: {}", entry.text)),
    });
    match form {
        Form::Row => paint(ui, desk, rect, &response, entry, label),
        Form::Small(text) => paint_small(ui, desk, rect, &response, entry, text),
    }
    let response = response.on_hover_text(face.tip);
    match &entry.shape {
        Dial::Switch => {
            if response.clicked() {
                desk.actions.push(Action::Choose(face.id, if entry.is_on() { 0.0 } else { 1.0 }));
            }
        }
        Dial::Choice(choices) => {
            choose_by_menu(desk, &response, entry, choices);
            by_keys(ui, desk, &response, entry, Some(choices.len().saturating_sub(1)));
        }
        Dial::Number(steps) => {
            drag(ui, desk, &response, entry);
            by_keys(ui, desk, &response, entry, *steps);
            let wants = response.clicked() && ui.input(|input| input.modifiers.command);
            if wants || (response.has_focus() && ui.input(|input| input.key_pressed(Key::Enter))) {
                desk.state.typing = Some(Typing { id: face.id, text: entry.text.clone(), fresh: true });
            }
        }
    }
    if response.double_clicked() && matches!(entry.shape, Dial::Number(_)) {
        desk.actions.push(Action::Choose(face.id, entry.default));
    }
    menu(desk, &response, entry);
}

fn type_in(ui: &mut Ui, desk: &mut Desk<'_>, rect: Rect, face: Face<'_>) {
    let Some(mut typing) = desk.state.typing.take() else { return };
    let edit = egui::TextEdit::singleline(&mut typing.text)
        .id(egui::Id::unique("typing"))
        .font(Type::Body.font())
        .margin(egui::Margin::symmetric(8, 4))
        .desired_width(rect.width());
    let mut output = ui.scope_builder(egui::UiBuilder::new().max_rect(rect), |ui| edit.show(ui)).inner;
    if typing.fresh {
        typing.fresh = false;
        output.response.request_focus();
        let all = egui::text::CCursorRange::two(
            egui::text::CCursor::default(),
            egui::text::CCursor::new(typing.text.chars().count()),
        );
        output.state.cursor.set_char_range(Some(all));
        output.state.store(ui.ctx(), output.response.id);
        desk.state.typing = Some(typing);
        return;
    }
    if ui.input(|input| input.key_pressed(Key::Escape)) {
        return;
    }
    if output.response.lost_focus() {
        if ui.input(|input| input.key_pressed(Key::Enter)) {
            let slot = egui::Id::unique(("slot", face.id.id, face.id.voice));
            ui.memory_mut(|memory| memory.request_focus(slot));
        }
        desk.actions.push(Action::Type(face.id, typing.text));
        return;
    }
    desk.state.typing = Some(typing);
}

fn drag(ui: &Ui, desk: &mut Desk<'_>, response: &Response, entry: &Entry) {
    let key = response.id.with("drag");
    if response.drag_started() {
        ui.data_mut(|data| data.insert_temp(key, entry.value));
        desk.actions.push(Action::Begin(entry.id));
    }
    if response.dragged() {
        let fine = if ui.input(|input| input.modifiers.shift) { FINE } else { 1.0 };
        let by = response.drag_delta();
        let start: f32 = ui.data(|data| data.get_temp(key)).unwrap_or(entry.value);
        let value = (start + (by.x - by.y) / DRAG * fine).clamp(0.0, 1.0);
        ui.data_mut(|data| data.insert_temp(key, value));
        desk.actions.push(Action::Set(entry.id, snapped(entry, value)));
    }
    if response.drag_stopped() {
        desk.actions.push(Action::End(entry.id));
    }
}

fn snapped(entry: &Entry, value: f32) -> f32 {
    match entry.shape {
        Dial::Number(Some(steps)) if steps > 0 => (value * steps as f32).round() / steps as f32,
        _ => value,
    }
}

fn by_keys(ui: &Ui, desk: &mut Desk<'_>, response: &Response, entry: &Entry, steps: Option<usize>) {
    if !response.has_focus() {
        return;
    }
    let arrows = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
    let (by, fine) = ui.input(|input| {
        let pressed = |key| i8::from(input.key_pressed(key));
        (f32::from(pressed(Key::ArrowRight) - pressed(Key::ArrowLeft)), input.modifiers.shift)
    });
    if by != 0.0 {
        let step = match steps {
            Some(steps) => 1.0 / steps.max(1) as f32,
            None => KEY_STEP * if fine { FINE } else { 1.0 },
        };
        desk.actions.push(Action::Choose(entry.id, (entry.value + by * step).clamp(0.0, 1.0)));
    }
    if ui.input(|input| input.key_pressed(Key::Delete)) {
        desk.actions.push(Action::Choose(entry.id, entry.default));
    }
}

fn choose_by_menu(desk: &mut Desk<'_>, response: &Response, entry: &Entry, choices: &[String]) {
    egui::Popup::menu(response).width(response.rect.width().max(120.0)).show(|ui| {
        egui::ScrollArea::vertical().max_height(280.0).show(ui, |ui| {
            for (step, choice) in choices.iter().enumerate() {
                if ui.selectable_label(step == entry.step(), choice).clicked() {
                    desk.actions.push(Action::Choose(entry.id, entry.value_of(step)));
                    ui.close();
                }
            }
        });
    });
}

/// The menu of a control.
pub(super) fn menu(desk: &mut Desk<'_>, response: &Response, entry: &Entry) {
    response.context_menu(|ui| {
        ui.set_min_width(160.0);
        if ui.button("Reset to default").clicked() {
            desk.actions.push(Action::Choose(entry.id, entry.default));
            ui.close();
        }
        if ui.button("Copy value").clicked() {
            ui.ctx().copy_text(entry.text.clone());
            desk.state.copied = Some(entry.text.clone());
            ui.close();
        }
        let copied = desk.state.copied.clone();
        let paste = egui::Button::new("Paste value");
        if ui.add_enabled(copied.is_some(), paste).clicked() {
            desk.actions.push(Action::Type(entry.id, copied.unwrap_or_default()));
            ui.close();
        }
        if matches!(entry.shape, Dial::Number(_)) && ui.button("Enter a value …").clicked() {
            desk.state.typing = Some(Typing { id: entry.id, text: entry.text.clone(), fresh: true });
            ui.close();
        }
    });
}

/// A value as briefly as a row allows.
fn brief(entry: &Entry) -> &str {
    match entry.id.id {
        "ahead" => entry.text.strip_suffix(" measure").unwrap_or(&entry.text),
        "listen" if entry.text == "1 measures" => "1 measure",
        _ => &entry.text,
    }
}

/// The ground of a control: its fill, how far a number goes, its frame.
fn ground(ui: &Ui, desk: &Desk<'_>, rect: Rect, response: &Response, entry: &Entry) -> egui::Painter {
    let theme = desk.theme;
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let radius = CornerRadius::same(RADIUS);
    let hot = response.hovered() || response.dragged();
    painter.rect_filled(rect, radius, if hot { theme.control_hover } else { theme.control });
    let number = matches!(entry.shape, Dial::Number(_));
    if number && entry.value > 0.0 {
        let filled = Rect::from_min_max(rect.min, pos2(rect.left() + rect.width() * entry.value, rect.bottom()));
        painter.with_clip_rect(filled.intersect(painter.clip_rect())).rect_filled(rect, radius, theme.filled);
    }
    if response.has_focus() {
        painter.rect_stroke(rect, radius, Stroke::new(1.5, theme.accent), StrokeKind::Inside);
    } else if !theme.dark || hot {
        painter.rect_stroke(rect, radius, Stroke::new(1.0, theme.line), StrokeKind::Inside);
    }
    painter
}

fn paint_small(ui: &Ui, desk: &Desk<'_>, rect: Rect, response: &Response, entry: &Entry, text: Option<&str>) {
    let painter = ground(ui, desk, rect, response, entry);
    let (text, ink) = (text.unwrap_or(&entry.text), desk.theme.text);
    let (at, align) = match entry.shape {
        Dial::Number(_) => (rect.center(), Align2::CENTER_CENTER),
        _ => (rect.left_center() + vec2(GRID, 0.0), Align2::LEFT_CENTER),
    };
    painter.text(at, align, text, Type::Small.font(), ink);
}

fn paint(ui: &Ui, desk: &Desk<'_>, rect: Rect, response: &Response, entry: &Entry, label: &str) {
    let theme = desk.theme;
    let painter = ground(ui, desk, rect, response, entry);
    let inner = rect.shrink2(vec2(2.0 * GRID, 0.0));
    let right = match entry.shape {
        Dial::Switch => {
            let size = vec2(24.0, 14.0);
            let pill = Rect::from_center_size(pos2(inner.right() - size.x / 2.0, inner.center().y), size);
            switch(&painter, desk, pill, entry.is_on());
            pill.left()
        }
        Dial::Choice(_) => {
            let tip = pos2(inner.right() - 4.0, inner.center().y + 2.0);
            let chevron = vec![tip + vec2(-4.0, -4.0), tip, tip + vec2(4.0, -4.0)];
            painter.line(chevron, Stroke::new(1.5, theme.dim));
            value(&painter, desk, pos2(inner.right() - 14.0, inner.center().y), brief(entry))
        }
        Dial::Number(_) => value(&painter, desk, inner.right_center(), brief(entry)),
    };
    let room = painter.with_clip_rect(Rect::from_min_max(rect.min, pos2(right - GRID, rect.bottom())));
    room.text(inner.left_center(), Align2::LEFT_CENTER, label, Type::Body.font(), theme.dim);
}

fn value(painter: &egui::Painter, desk: &Desk<'_>, at: egui::Pos2, text: &str) -> f32 {
    painter.text(at, Align2::RIGHT_CENTER, text, Type::Body.font(), desk.theme.text).left()
}

fn switch(painter: &egui::Painter, desk: &Desk<'_>, pill: Rect, on: bool) {
    let theme = desk.theme;
    let radius = CornerRadius::same(7);
    let (fill, knob) = if on { (theme.accent, theme.on_accent) } else { (theme.strong_line, theme.panel) };
    painter.rect_filled(pill, radius, fill);
    let x = if on { pill.right() - 7.0 } else { pill.left() + 7.0 };
    painter.circle_filled(pos2(x, pill.center().y), 5.0, knob);
}
