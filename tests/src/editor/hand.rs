//! A hand in a view: points at what is written there, clicks and types.

use band_player::editor::{Action, Sheet};
use band_player::snapshot::Snapshot;
use egui::{Event, FullOutput, Id, Key, Modifiers, MouseWheelUnit, PointerButton, Pos2, Shape, TouchPhase, vec2};

use super::Viewer;
use super::scenes::{Scene, scene};

/// A view of one scene, and where its controls are.
#[derive(Debug)]
pub struct Hand {
    /// The view.
    pub viewer: Viewer,
    /// What is seen.
    pub snapshot: Snapshot,
    /// The parameters.
    pub sheet: Sheet,
}

impl Hand {
    /// In the scene of this name, in a window of the usual size.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let Scene { snapshot, sheet, .. } = scene(name);
        let mut hand = Self { viewer: Viewer::new(1000.0, 640.0, 1.0), snapshot, sheet };
        hand.rest();
        hand
    }

    /// Lets the view come to rest.
    pub fn rest(&mut self) {
        for _ in 0..2 {
            self.frame(Vec::new());
        }
    }

    /// The next picture, in which this happens.
    pub fn frame(&mut self, events: Vec<Event>) -> FullOutput {
        self.viewer.frame(&self.snapshot, &self.sheet, events)
    }

    /// Where a control is.
    ///
    /// # Panics
    /// If it is nowhere.
    #[must_use]
    pub fn at(&self, id: Id) -> Pos2 {
        self.viewer.place_of(id).unwrap_or_else(|| panic!("there is no {id:?}")).center()
    }

    /// Where this text is written, on top.
    ///
    /// # Panics
    /// If it is written nowhere.
    pub fn text_at(&mut self, wanted: &str) -> Pos2 {
        let output = self.frame(Vec::new());
        let found = output.shapes.iter().rev().find_map(|clipped| match &clipped.shape {
            Shape::Text(text) if text.galley.text() == wanted => Some(text.visual_bounding_rect().center()),
            _ => None,
        });
        found.unwrap_or_else(|| panic!("\"{wanted}\" is not written anywhere"))
    }

    /// Clicks, and says what was asked for.
    pub fn click(&mut self, at: Pos2) -> Vec<Action> {
        self.viewer.click(&self.snapshot, &self.sheet, at, PointerButton::Primary, Modifiers::NONE);
        std::mem::take(&mut self.viewer.actions)
    }

    /// The same on a control.
    pub fn click_on(&mut self, id: Id) -> Vec<Action> {
        let actions = self.click(self.at(id));
        self.rest();
        actions
    }

    /// The same where this is written.
    pub fn click_text(&mut self, wanted: &str) -> Vec<Action> {
        let at = self.text_at(wanted);
        let actions = self.click(at);
        self.rest();
        actions
    }

    /// Presses a key, and says what was asked for.
    pub fn key(&mut self, key: Key) -> Vec<Action> {
        self.viewer.key(&self.snapshot, &self.sheet, key);
        std::mem::take(&mut self.viewer.actions)
    }

    /// Types a text.
    pub fn write(&mut self, text: &str) {
        self.frame(vec![Event::Text(text.to_owned())]);
    }

    /// Turns the wheel inside of an open list, by so many points.
    pub fn scroll(&mut self, by: f32) {
        let at = self.text_at(&band_player::presets::factory()[3].name);
        let wheel = Event::MouseWheel {
            unit: MouseWheelUnit::Point,
            delta: vec2(0.0, by),
            phase: TouchPhase::Move,
            source: egui::MouseWheelSource::Wheel,
            modifiers: Modifiers::NONE,
        };
        self.frame(vec![Event::PointerMoved(at), wheel]);
        for _ in 0..60 {
            self.frame(Vec::new());
        }
    }
}
