//! The whole window, as a function of what is to be shown.

use egui::{Rect, Ui, pos2};

use super::files::{self, Browser};
use super::roll::{Zoom, roll};
use super::sheet::{Action, Sheet};
use super::slot::Typing;
use super::state_line::{self, state_line};
use super::theme::{Theme, Type};
use super::{controls, header, plain, strip, toolbar};
use crate::snapshot::Snapshot;

/// The least room that the window needs, in points.
pub const LEAST: (f32, f32) = (800.0, 500.0);

/// How everything looks; remembered with the project.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Light letters on a dark ground.
    pub dark: bool,
    /// How large, 1 to 3.
    pub scale: f32,
}

impl Default for Look {
    fn default() -> Self {
        Self { dark: true, scale: 1.0 }
    }
}

/// What the view remembers from picture to picture.
#[derive(Clone, Debug, Default)]
pub struct ViewState {
    /// How everything looks.
    pub look: Look,
    /// The keys that are seen; follows the music.
    pub zoom: Option<Zoom>,
    /// How many pixels of the roll a step is wide; 0 before it was drawn.
    pub pixels_a_step: f32,
    /// A value that is being typed.
    pub typing: Option<Typing>,
    /// The text of the value that was copied last.
    pub copied: Option<String>,
    /// The list of band files, while it is open.
    pub files: Option<Browser>,
    /// The name of a preset that is being typed.
    pub naming: String,
}

/// All that a part of the view is drawn from, and what it asks for.
#[derive(Debug)]
pub struct Desk<'a> {
    /// The music.
    pub snapshot: &'a Snapshot,
    /// The parameters.
    pub sheet: &'a Sheet,
    /// What is remembered.
    pub state: &'a mut ViewState,
    /// What is asked for.
    pub actions: &'a mut Vec<Action>,
    /// The colours.
    pub theme: Theme,
}

/// Draws everything into `ui`, and adds what the user asks for to `actions`.
///
/// What lies below is already of the theme's panel colour: to clear a window costs next to nothing,
/// to fill it without a graphics card costs more than all that is drawn upon it.
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
    let middle_top = if with_controls { tools.bottom() } else { top.bottom() };
    let controls_top = line.top() - if with_controls { controls::HEIGHT } else { 0.0 };
    let middle = Rect::from_min_max(pos2(all.left(), middle_top), pos2(all.right(), controls_top));
    let (left, right) = middle.split_left_right_at_x(middle.left() + strip_width);
    header::header(ui, desk, top, if strip_width > 0.0 { strip_width } else { 180.0 });
    if strip_width > 0.0 {
        strip::strip(ui, desk, left);
        plain::vertical(ui.painter(), left.right() - 0.5, left.y_range(), theme.strong_line);
    }
    roll(ui, desk, right);
    if with_controls {
        toolbar::toolbar(ui, desk, tools, strip_width);
        let place = Rect::from_min_max(pos2(all.left(), controls_top), pos2(all.right(), line.top()));
        controls::controls(ui, desk, place);
        plain::horizontal(ui.painter(), place.x_range(), place.top() + 0.5, theme.strong_line);
    }
    state_line(ui, desk, line);
    files::browser(ui, desk);
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
