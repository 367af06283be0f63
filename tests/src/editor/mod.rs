//! The editor's view without a window: drawn into pictures, clicked and typed into.

mod hand;
mod painter;
mod picture;
pub mod scenes;
pub mod shots;

use std::sync::Arc;

use band_player::editor::binding::Binding;
use band_player::editor::theme::Theme;
use band_player::editor::{Action, Sheet, ViewState, show};
use band_player::params::BandParams;
use band_player::snapshot::Snapshot;
use egui::epaint::ClippedShape;
use egui::{Event, Modifiers, PointerButton, Pos2, RawInput, Rect, Vec2};

pub use hand::Hand;
pub use painter::Painter;
pub use picture::{Picture, SAME, TOLERATED};

/// A view that is shown to nobody.
pub struct Viewer {
    /// What it remembers.
    pub state: ViewState,
    /// What was asked for since this was emptied last.
    pub actions: Vec<Action>,
    context: egui::Context,
    painter: Painter,
    size: Vec2,
    scale: f32,
    time: f64,
    held: Modifiers,
    /// What egui was told to be held.
    told: Modifiers,
    /// When egui wants to draw again, in seconds from the last picture; infinite: never.
    again: f64,
}

impl std::fmt::Debug for Viewer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Viewer").field("size", &self.size).field("scale", &self.scale).finish_non_exhaustive()
    }
}

impl Viewer {
    /// A view of so many points, each so many pixels wide.
    #[must_use]
    pub fn new(width: f32, height: f32, scale: f32) -> Self {
        let context = egui::Context::default();
        context.set_pixels_per_point(scale);
        Self {
            state: ViewState::default(),
            actions: Vec::new(),
            context,
            painter: Painter::default(),
            size: Vec2::new(width, height),
            scale,
            time: 0.0,
            held: Modifiers::NONE,
            told: Modifiers::NONE,
            again: f64::INFINITY,
        }
    }

    /// Shows a moment, and hands over what the user does meanwhile.
    pub fn frame(&mut self, snapshot: &Snapshot, sheet: &Sheet, events: Vec<Event>) -> egui::FullOutput {
        self.time += 1.0 / 60.0;
        let modifiers = events.iter().rev().find_map(|event| match event {
            Event::PointerButton { modifiers, .. } | Event::Key { modifiers, .. } => Some(*modifiers),
            _ => None,
        });
        let modifiers = modifiers.unwrap_or(self.held);
        let mut all = Vec::new();
        if std::mem::replace(&mut self.told, modifiers) != modifiers {
            all.push(Event::ModifiersChanged(modifiers));
        }
        all.extend(events);
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, self.size)),
            time: Some(self.time),
            events: all,
            focused: true,
            ..RawInput::default()
        };
        let (state, actions) = (&mut self.state, &mut self.actions);
        let output = self.context.run_ui(input, |ui| {
            // As a window is cleared.
            ui.painter().rect_filled(ui.max_rect(), 0, Theme::new(state.look.dark).panel);
            show(ui, snapshot, sheet, state, actions);
        });
        self.painter.update(&output.textures_delta);
        let delays = output.viewport_output.values().map(|viewport| viewport.repaint_delay.as_secs_f64());
        self.again = delays.fold(f64::INFINITY, f64::min);
        output
    }

    /// A picture of a moment, once everything has come to rest.
    pub fn picture(&mut self, snapshot: &Snapshot, sheet: &Sheet) -> Picture {
        for _ in 0..2 {
            let _settling = self.frame(snapshot, sheet, Vec::new());
        }
        let output = self.frame(snapshot, sheet, Vec::new());
        self.draw(output.shapes)
    }

    /// A picture of these shapes.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a size in pixels")]
    pub fn draw(&self, shapes: Vec<ClippedShape>) -> Picture {
        let primitives = self.context.tessellate(shapes, self.scale);
        let size = (self.size * self.scale).round();
        self.painter.draw(&primitives, [size.x as usize, size.y as usize], self.scale)
    }

    /// Draws shapes upon what is there.
    pub fn draw_upon(&self, picture: &mut Picture, shapes: Vec<ClippedShape>) {
        let primitives = self.context.tessellate(shapes, self.scale);
        self.painter.draw_upon(picture, &primitives, self.scale);
    }

    /// Where a control is.
    #[must_use]
    pub fn place_of(&self, id: egui::Id) -> Option<Rect> {
        self.context.read_response(id).map(|response| response.rect)
    }

    /// Gives the keyboard to a control.
    pub fn focus(&mut self, id: egui::Id) {
        self.context.memory_mut(|memory| memory.request_focus(id));
    }

    /// The control that has the keyboard.
    #[must_use]
    pub fn focused(&self) -> Option<egui::Id> {
        self.context.memory(|memory| memory.focused())
    }

    /// Holds these keys down from now on.
    pub fn hold(&mut self, modifiers: Modifiers) {
        self.held = modifiers;
    }

    /// Who asked for another picture, if anybody did.
    #[must_use]
    pub fn causes(&self) -> String {
        self.context.repaint_causes().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }

    /// Does the view want to be drawn again by itself, soon?
    #[must_use]
    pub fn wants_more(&self) -> bool {
        self.again < 1.0
    }

    /// Presses and lets go of a button of the mouse.
    pub fn click(&mut self, snapshot: &Snapshot, sheet: &Sheet, at: Pos2, button: PointerButton, modifiers: Modifiers) {
        let press = |pressed| Event::PointerButton { pos: at, button, pressed, modifiers };
        self.frame(snapshot, sheet, vec![Event::PointerMoved(at)]);
        self.frame(snapshot, sheet, vec![press(true)]);
        self.frame(snapshot, sheet, vec![press(false)]);
        self.frame(snapshot, sheet, Vec::new());
    }

    /// Presses a key.
    pub fn key(&mut self, snapshot: &Snapshot, sheet: &Sheet, key: egui::Key) {
        let press =
            |pressed| Event::Key { key, physical_key: None, pressed, repeat: false, modifiers: Modifiers::NONE };
        self.frame(snapshot, sheet, vec![press(true)]);
        self.frame(snapshot, sheet, vec![press(false)]);
    }
}

/// The parameters of a new instance.
#[must_use]
pub fn new_sheet() -> Sheet {
    Binding::new(Arc::new(BandParams::default())).sheet()
}
