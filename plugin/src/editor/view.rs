//! The whole window, as a function of what is to be shown.

use egui::{Rect, Ui, pos2};

use super::desk::{Desk, ViewState};
use super::roll::roll;
use super::sheet::{Action, Sheet};
use super::state_line::{self, state_line};
use super::theme::{Theme, Type};
use super::{about, card, clock_line, controls, files, header, keyboard, lane, plain, strip, toolbar};
use crate::snapshot::Snapshot;

/// The least room that the window needs, in points. Chosen: nothing is cut off there.
pub const LEAST: (f32, f32) = (800.0, 500.0);

/// Draws everything into `ui`, and adds what the user asks for to `actions`.
///
/// The ground is expected to have the theme's panel colour already. To clear a window to it costs next
/// to nothing; without a graphics card, to fill it costs more than all that is drawn upon it.
pub fn show(ui: &mut Ui, snapshot: &Snapshot, sheet: &Sheet, state: &mut ViewState, actions: &mut Vec<Action>) {
    let theme = Theme::new(state.look.dark);
    dress(ui, theme);
    let desk = &mut Desk { snapshot, sheet, state, actions, theme };
    let all = ui.max_rect();
    let strip_width = if all.width() >= 640.0 { 236.0 } else { 0.0 };
    let top = Rect::from_min_max(all.min, pos2(all.right(), all.top() + header::HEIGHT));
    let tools = Rect::from_min_max(top.left_bottom(), top.right_bottom() + egui::vec2(0.0, toolbar::HEIGHT));
    let line = Rect::from_min_max(pos2(all.left(), all.bottom() - state_line::HEIGHT), all.max);
    // In a small window the music comes first.
    let with_controls = all.height() >= 420.0 && all.width() >= 640.0;
    let own = clock_line::is_own(desk);
    let clock_height = if own { clock_line::HEIGHT } else { 0.0 };
    let clock = Rect::from_min_size(tools.left_bottom(), egui::vec2(all.width(), clock_height));
    let middle_top = if with_controls { clock.bottom() } else { top.bottom() };
    let controls_top = line.top() - if with_controls { controls::HEIGHT } else { 0.0 };
    let middle = Rect::from_min_max(pos2(all.left(), middle_top), pos2(all.right(), controls_top));
    let (left, right) = middle.split_left_right_at_x(middle.left() + strip_width);
    header::header(ui, desk, top, if strip_width > 0.0 { strip_width } else { 180.0 });
    if strip_width > 0.0 {
        strip::strip(ui, desk, left);
        plain::vertical(ui.painter(), left.right() - 0.5, left.y_range(), theme.strong_line);
    }
    let (above, below) = right.split_top_bottom_at_y(right.top() + lane::HEIGHT);
    lane::lane(ui, desk, above);
    roll(ui, desk, below);
    card::card(ui, desk, right);
    if with_controls {
        toolbar::toolbar(ui, desk, tools, strip_width);
        if own {
            clock_line::clock_line(ui, desk, clock);
        }
        let place = Rect::from_min_max(pos2(all.left(), controls_top), pos2(all.right(), line.top()));
        controls::controls(ui, desk, place);
        plain::horizontal(ui.painter(), place.x_range(), place.top() + 0.5, theme.strong_line);
    }
    state_line(ui, desk, line);
    files::browser(ui, desk);
    about::about(ui, desk);
    keyboard::listen(ui, desk);
}

/// Menus, text fields and tool tips in our colours and letters.
fn dress(ui: &mut Ui, theme: Theme) {
    let visuals = theme.visuals();
    let apply = |style: &mut egui::Style| {
        style.visuals = visuals.clone();
        style.interaction.selectable_labels = false;
        style.spacing.item_spacing = egui::vec2(8.0, 4.0);
        style.spacing.button_padding = egui::vec2(8.0, 4.0);
        style.text_styles.insert(egui::TextStyle::Small, Type::Small.font());
        style.text_styles.insert(egui::TextStyle::Body, Type::Body.font());
        style.text_styles.insert(egui::TextStyle::Button, Type::Body.font());
        style.text_styles.insert(egui::TextStyle::Heading, Type::Title.font());
    };
    if ui.visuals() != &visuals {
        ui.ctx().all_styles_mut(apply);
        apply(ui.style_mut());
    }
}
