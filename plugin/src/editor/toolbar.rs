//! The second line: presets and two settings to compare on the left, the take on the right.

use egui::{Rect, Ui, pos2, vec2};

use super::browser::Form;
use super::chip::Chip;
use super::clock_line;
use super::desk::Desk;
use super::files;
use super::plain;
use super::sheet::Action;
use super::theme::{GRID, ROW, Type};
use crate::presets::{Side, factory};

/// How high the line is. Chosen.
pub(super) const HEIGHT: f32 = ROW + 3.0 * GRID;

/// How many of the last measures can be saved alone. Chosen.
const LAST: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];

/// The line in this place.
pub(super) fn toolbar(ui: &mut Ui, desk: &mut Desk<'_>, rect: Rect, strip_width: f32) {
    let theme = desk.theme;
    plain::horizontal(ui.painter(), rect.x_range(), rect.bottom() - 0.5, theme.strong_line);
    let middle = rect.center().y - 2.0;
    let row = |left: f32, width: f32| Rect::from_min_size(pos2(left, middle - ROW / 2.0), vec2(width, ROW));
    presets(ui, desk, row(rect.left() + 2.0 * GRID, strip_width - 4.0 * GRID));
    let left = compare(ui, desk, rect.left() + strip_width + 2.0 * GRID, row);
    let right = take(ui, desk, rect.right() - 2.0 * GRID, row);
    let measures = desk.sheet.kept.measures;
    let text = match measures {
        0 => "nothing recorded yet".to_owned(),
        1 => "1 measure recorded".to_owned(),
        _ => format!("{measures} measures recorded"),
    };
    // As much of it as there is room for.
    for text in [text.as_str(), text.trim_end_matches(" recorded")] {
        let galley = ui.painter().layout_no_wrap(text.to_owned(), Type::Small.font(), theme.dim);
        let at = pos2(right - GRID - galley.size().x, middle - galley.size().y / 2.0);
        if at.x > left + GRID {
            ui.painter().galley(at, galley, theme.dim);
            break;
        }
    }
}

/// The preset's name, and the others to choose from.
fn presets(ui: &mut Ui, desk: &mut Desk<'_>, rect: Rect) {
    let kept = &desk.sheet.kept;
    let changed = if kept.preset_changed { " *" } else { "" };
    let name = kept.preset.as_ref().map_or_else(|| "choose …".to_owned(), |name| format!("{name}{changed}"));
    let response = files::chooser(ui, desk, rect, ("Preset", &name, Type::Body), "Settings by what they are for.");
    if response.clicked() {
        desk.actions.push(Action::LookAround);
    }
    let close = egui::PopupCloseBehavior::CloseOnClickOutside;
    egui::Popup::menu(&response).close_behavior(close).width(rect.width()).show(|ui| {
        let height = (ui.ctx().content_rect().bottom() - rect.bottom() - 88.0).clamp(80.0, 400.0);
        egui::ScrollArea::vertical().max_height(height).show(ui, |ui| {
            for preset in factory() {
                let chosen = desk.sheet.kept.preset.as_deref() == Some(preset.name.as_str());
                if ui.selectable_label(chosen, &preset.name).on_hover_text(&preset.about).clicked() {
                    desk.actions.push(Action::Preset(preset.name.clone()));
                    ui.close();
                }
            }
            if !desk.sheet.kept.own_presets.is_empty() {
                ui.separator();
            }
            for name in &desk.sheet.kept.own_presets {
                let chosen = desk.sheet.kept.preset.as_ref() == Some(name);
                if ui.selectable_label(chosen, name).clicked() {
                    desk.actions.push(Action::OwnPreset(name.clone()));
                    ui.close();
                }
            }
        });
        ui.separator();
        ui.horizontal(|ui| {
            let naming = &mut desk.state.naming;
            let width = (ui.available_width() - 64.0).max(60.0);
            let edit = egui::TextEdit::singleline(naming).hint_text("name").desired_width(width);
            let edited = ui.add(edit);
            let entered = edited.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            let named = !naming.trim().is_empty();
            let pressed = ui.add_enabled(named, egui::Button::new("Save")).clicked();
            if named && (entered || pressed) {
                desk.actions.push(Action::SavePreset(std::mem::take(naming)));
                ui.close();
            }
        });
    });
}

/// A, B and undo; returns where they end.
fn compare(ui: &Ui, desk: &mut Desk<'_>, left: f32, row: impl Fn(f32, f32) -> Rect) -> f32 {
    let (theme, kept) = (desk.theme, &desk.sheet.kept);
    let lit = |side| (kept.side == side).then_some(theme.accent);
    let tip = "Two settings to compare: what you change in one leaves the other as it is.";
    let a = Chip::new("A", tip).lit(lit(Side::A)).show(ui, theme, row(left, 24.0), "a");
    let b = Chip::new("B", tip).lit(lit(Side::B)).show(ui, theme, row(left + 24.0 + GRID, 24.0), "b");
    let other = if kept.side == Side::A { b } else { a };
    let left = left + 48.0 + 3.0 * GRID;
    let tip = kept.undo.as_ref().map_or_else(
        || "Brings back the band, or the settings, before you chose others.".to_owned(),
        |name| format!("Brings back {name}."),
    );
    let undo = Chip::new("Undo", &tip).enabled(kept.undo.is_some()).show(ui, theme, row(left, 44.0), "undo");
    let clock = left + 44.0 + 2.0 * GRID;
    let own = clock_line::is_own(desk);
    let tip = if own {
        "A clock of its own counts: its line is below. Press for your host's."
    } else {
        "Your host's transport counts. Press for a clock of its own, for playing where none rolls."
    };
    let lit = own.then_some(theme.accent);
    let chip = Chip::new("Clock", tip).lit(lit).show(ui, theme, row(clock, 44.0), "clock");
    let rolls = desk.snapshot.seen.playing;
    if chip.clicked() {
        desk.actions.push(Action::Choose(clock_line::CLOCK, if own { 0.0 } else { 1.0 }));
        // Whoever changes clocks while the music plays, wants to play on.
        if !own && rolls && !desk.sheet.is_on(clock_line::RUN) {
            desk.actions.push(Action::Choose(clock_line::RUN, 1.0));
        }
    }
    if other.clicked() {
        desk.actions.push(Action::SwitchSide);
    }
    if undo.clicked() {
        desk.actions.push(Action::Undo);
    }
    clock + 44.0
}

/// What can be done with the take, from the right; returns where it begins.
fn take(ui: &Ui, desk: &mut Desk<'_>, mut right: f32, row: impl Fn(f32, f32) -> Rect) -> f32 {
    let theme = desk.theme;
    let (saved, any) = (desk.sheet.kept.saved.clone(), desk.sheet.kept.measures > 0);
    let mut place = |width: f32| {
        right -= width + GRID;
        row(right + GRID, width)
    };
    let tip = "Shows the saved file, to be dragged into your DAW.";
    let show = Chip::new("Show in folder", tip).enabled(saved.is_some()).show(ui, theme, place(92.0), "show");
    let tip = "Copies the saved file's path.";
    let copy = Chip::new("Copy path", tip).enabled(saved.is_some()).show(ui, theme, place(68.0), "copy");
    if let Some(file) = saved {
        if show.clicked() {
            desk.actions.push(Action::ShowInFolder(file));
        } else if copy.clicked() {
            ui.ctx().copy_text(file.to_string_lossy().into_owned());
            desk.actions.push(Action::Copied);
        }
    }
    let tip = "Saves the last measures of what you and the band just played.";
    let last = Chip::new("Save last …", tip).enabled(any).show(ui, theme, place(76.0), "save last");
    egui::Popup::menu(&last).width(120.0).show(|ui| {
        for measures in LAST {
            let text = if measures == 1 { "1 measure".to_owned() } else { format!("{measures} measures") };
            if ui.selectable_label(false, text).clicked() {
                files::open_to_save(desk, Some(measures), Form::Notes);
                ui.close();
            }
        }
    });
    let tip = "Draws all that you and the band just played as sound, with the instruments of each row: a WAV file.";
    if Chip::new("WAV …", tip).enabled(any).show(ui, theme, place(44.0), "save sound").clicked() {
        files::open_to_save(desk, None, Form::Sound);
    }
    let tip = "Saves all that you and the band just played, as a MIDI file with a track a voice.";
    let lit = any.then_some(theme.accent);
    if Chip::new("Save take", tip).lit(lit).enabled(any).show(ui, theme, place(72.0), "save").clicked() {
        files::open_to_save(desk, None, Form::Notes);
    }
    right
}
