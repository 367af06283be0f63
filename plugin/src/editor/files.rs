//! Choosing a file: by the system's own dialog where there is one, else from a list of folders and
//! files inside the window.

use std::path::{Path, PathBuf};
use std::time::Duration;

use egui::{Align2, Rect, Response, Sense, Stroke, StrokeKind, Ui, pos2, vec2};

use super::browser::{Browser, Form, Purpose};
use super::desk::Desk;
use super::dialog::{Answer, Pending};
use super::sheet::Action;
use super::theme::{GRID, Type};
use crate::folders;
use crate::take::{TakeHandle, Timing};

/// How often to look whether a dialog that is not ours was answered. Chosen.
const LOOKS: Duration = Duration::from_millis(100);

/// Opens the list of band files where the last one was, else in the user's home.
pub(super) fn open(desk: &mut Desk<'_>) {
    let last = Path::new(&desk.sheet.band_file);
    let folder = last.parent().filter(|folder| folder.is_dir()).map(Path::to_owned);
    let folder = folder.or_else(std::env::home_dir).unwrap_or_else(|| PathBuf::from("/"));
    let list = Browser::of_bands(&folder, desk.sheet.band_file.clone());
    desk.state.files = Some(list.asking(&desk.state.dialogs));
}

/// Opens the list of files of drum kits, in the user's home.
pub(super) fn open_kits(desk: &mut Desk<'_>) {
    let folder = std::env::home_dir().unwrap_or_else(|| PathBuf::from("/"));
    desk.state.files = Some(Browser::of_kits(&folder).asking(&desk.state.dialogs));
}

/// Opens the list to save the take, or its last measures: beside the last one, else in the user's
/// Music folder, under a name that is free.
pub(super) fn open_to_save(desk: &mut Desk<'_>, last: Option<usize>, form: Form) {
    let before = desk.sheet.kept.saved.as_ref().and_then(|file| file.parent()).filter(|folder| folder.is_dir());
    let file = match before {
        Some(folder) => folders::free(folder, TakeHandle::NAME, form.ending()),
        None => folders::free(&folders::music(), TakeHandle::NAME, form.ending()),
    };
    desk.state.files = Some(Browser::to_save(last, &file).asking(&desk.state.dialogs));
}

/// The list, if it is open, or what is said while another dialog is.
pub(super) fn browser(ui: &Ui, desk: &mut Desk<'_>) {
    let Some(mut list) = desk.state.files.take() else { return };
    match list.asked.as_ref().map(Pending::answer) {
        Some(None) => return waiting(ui, desk, list),
        Some(Some(Answer::File(file))) => {
            if let Some(action) = list.given(&file) {
                return desk.actions.push(action);
            }
        }
        Some(Some(Answer::Closed)) => return desk.actions.push(Action::NoFile),
        Some(Some(Answer::Missing)) | None => list.asked = None,
    }
    listed(ui, desk, list);
}

/// While another dialog is open. It may lie behind the host, or never come: the list is a click away.
fn waiting(ui: &Ui, desk: &mut Desk<'_>, mut list: Browser) {
    ui.ctx().request_repaint_after(LOOKS);
    let modal = egui::Modal::new(egui::Id::unique("files")).show(ui.ctx(), |ui| {
        ui.heading(list.purpose.heading());
        ui.add_space(4.0);
        ui.label("Your system asks for the file in a window of its own.");
        how(ui, &mut list.purpose);
        ui.add_space(4.0);
        ui.horizontal(|ui| (ui.button("Choose here instead").clicked(), ui.button("Cancel").clicked())).inner
    });
    let (here, close) = modal.inner;
    if here {
        list.asked = None;
    }
    if !close && !ui.input(|input| input.key_pressed(egui::Key::Escape)) {
        desk.state.files = Some(list);
    }
}

/// How the take is written.
fn how(ui: &mut Ui, purpose: &mut Purpose) {
    let Purpose::Take(_, timing, _) = purpose else { return };
    let mut quantised = *timing == Timing::Quantised;
    ui.checkbox(&mut quantised, "on the sixteenths, not as played");
    *timing = if quantised { Timing::Quantised } else { Timing::Played };
}

fn listed(ui: &Ui, desk: &mut Desk<'_>, mut list: Browser) {
    let room = ui.ctx().content_rect();
    let modal = egui::Modal::new(egui::Id::unique("files")).show(ui.ctx(), |ui| {
        ui.set_width((room.width() - 80.0).clamp(160.0, 460.0));
        ui.heading(list.purpose.heading());
        ui.add_space(4.0);
        let (mut to, mut chosen) = (None, None);
        ui.horizontal(|ui| {
            if ui.button("Up").clicked() {
                to = list.folder.parent().map(Path::to_owned);
            }
            ui.add(egui::Label::new(list.folder.display().to_string()).truncate());
        });
        let height = (room.height() - 240.0).clamp(60.0, 220.0);
        egui::ScrollArea::vertical().max_height(height).auto_shrink([false, false]).show(ui, |ui| {
            for name in &list.folders {
                if ui.selectable_label(false, format!("{name}/")).clicked() {
                    to = Some(list.folder.join(name));
                }
            }
            for name in &list.files {
                let path = list.folder.join(name);
                let text = path.to_string_lossy().into_owned();
                let response = ui.selectable_label(list.path == text, name);
                if response.double_clicked() && matches!(list.purpose, Purpose::Band | Purpose::Kit) {
                    chosen = Some(path);
                } else if response.clicked() {
                    list.path = text;
                }
            }
            if list.files.is_empty() {
                ui.weak(format!("There is no file (*.{}) in this folder.", list.purpose.ending()));
            }
        });
        if let Some(error) = &list.error {
            ui.colored_label(ui.visuals().error_fg_color, error);
        }
        let hint = if matches!(list.purpose, Purpose::Band | Purpose::Kit) { "or type its path" } else { "where to" };
        let edit = egui::TextEdit::singleline(&mut list.path).desired_width(f32::INFINITY).hint_text(hint);
        let edited = ui.add(edit);
        if !std::mem::replace(&mut list.ready, true) {
            edited.request_focus();
        }
        how(ui, &mut list.purpose);
        ui.add_space(4.0);
        let mut close = false;
        ui.horizontal(|ui| {
            let (file, word) = list.meant();
            let entered = edited.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            let pressed = ui.add_enabled(file.is_some(), egui::Button::new(word)).clicked();
            if pressed || (entered && word != "Replace") {
                chosen = file;
            }
            close = ui.button("Cancel").clicked();
        });
        (to, chosen, close)
    });
    let (to, chosen, close) = modal.inner;
    if let Some(file) = chosen {
        desk.actions.push(list.purpose.action(file));
    } else if let Some(folder) = to {
        desk.state.files = Some(list.moved(&folder));
    } else if !close && !modal.backdrop_response.clicked() && !ui.input(|input| input.key_pressed(egui::Key::Escape)) {
        desk.state.files = Some(list);
    }
}

/// A button that opens a list: a caption, what is chosen, and an arrow.
pub(super) fn chooser(
    ui: &Ui,
    desk: &Desk<'_>,
    rect: Rect,
    (caption, name, size): (&str, &str, Type),
    tip: &str,
) -> Response {
    let theme = desk.theme;
    let response = ui.interact(rect, egui::Id::unique(caption), Sense::click());
    let label = format!("{caption}: {name}");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Button, true, &label));
    let fill = if response.hovered() { theme.control_hover } else { theme.control };
    ui.painter().rect_filled(rect, 4, fill);
    if response.has_focus() {
        ui.painter().rect_stroke(rect, 4, Stroke::new(1.5, theme.accent), StrokeKind::Inside);
    } else if !theme.dark {
        ui.painter().rect_stroke(rect, 4, Stroke::new(1.0, theme.line), StrokeKind::Inside);
    }
    let painter = ui.painter().with_clip_rect(rect);
    let at = rect.left_center() + vec2(2.0 * GRID, 0.5);
    let at = painter.text(at, Align2::LEFT_CENTER, caption, Type::Small.font(), theme.dim).right();
    let arrow = pos2(rect.right() - 12.0, rect.center().y + 2.0);
    painter.line(vec![arrow + vec2(-4.0, -4.0), arrow, arrow + vec2(4.0, -4.0)], Stroke::new(1.5, theme.dim));
    let room = painter.with_clip_rect(Rect::from_min_max(rect.min, pos2(arrow.x - 2.0 * GRID, rect.bottom())));
    room.text(pos2(at + 2.0 * GRID, rect.center().y), Align2::LEFT_CENTER, name, size.font(), theme.text);
    response.on_hover_text(tip)
}
