//! Colours, sizes and letters: one grid, one scale of type, one palette.

use egui::{Color32, FontFamily, FontId, Stroke, Visuals};
use model::band::MAX_VOICES;

/// Every distance is a multiple of this, in points.
pub const GRID: f32 = 4.0;
/// The radius of corners.
pub const RADIUS: u8 = 4;
/// How high a control is.
pub const ROW: f32 = 24.0;

/// The scale of type, in points: each about a fifth larger than the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Rulers, units, headings of groups.
    Small,
    /// Everything else.
    Body,
    /// Names.
    Title,
    /// What is read from a distance.
    Large,
}

impl Type {
    /// The letters.
    #[must_use]
    pub fn font(self) -> FontId {
        let size = match self {
            Self::Small => 11.0,
            Self::Body => 13.0,
            Self::Title => 15.0,
            Self::Large => 22.0,
        };
        FontId::new(size, FontFamily::Proportional)
    }
}

/// The user's notes: Okabe and Ito's orange.
const USER: Color32 = Color32::from_rgb(0xE6, 0x9F, 0x00);

/// The voices, on a dark ground: Okabe and Ito, "Color Universal Design" (2008), which colour-blind
/// eyes tell apart, in an order that keeps neighbours far from each other.
const ON_DARK: [Color32; MAX_VOICES] = [
    Color32::from_rgb(0xF0, 0xE4, 0x42),
    Color32::from_rgb(0xCC, 0x79, 0xA7),
    Color32::from_rgb(0x56, 0xB4, 0xE9),
    Color32::from_rgb(0x00, 0xB0, 0x82),
    Color32::from_rgb(0xE8, 0x6A, 0x20),
    Color32::from_rgb(0x3A, 0x8F, 0xD0),
    Color32::from_rgb(0xC8, 0xCC, 0xD4),
    Color32::from_rgb(0xA0, 0x88, 0xE0),
];

/// The same on a light ground, where yellow is not seen.
const ON_LIGHT: [Color32; MAX_VOICES] = [
    Color32::from_rgb(0x8A, 0x7A, 0x00),
    Color32::from_rgb(0xB8, 0x5C, 0x90),
    Color32::from_rgb(0x00, 0x72, 0xB2),
    Color32::from_rgb(0x00, 0x8A, 0x66),
    Color32::from_rgb(0xC8, 0x52, 0x00),
    Color32::from_rgb(0x3D, 0x9B, 0xDC),
    Color32::from_rgb(0x50, 0x56, 0x60),
    Color32::from_rgb(0x6C, 0x50, 0xB8),
];

/// Dark or light.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(missing_docs, reason = "each is the colour of what it names")]
pub struct Theme {
    pub dark: bool,
    pub ground: Color32,
    pub panel: Color32,
    pub control: Color32,
    pub control_hover: Color32,
    pub filled: Color32,
    pub line: Color32,
    pub strong_line: Color32,
    pub black_keys: Color32,
    pub text: Color32,
    pub dim: Color32,
    pub accent: Color32,
    pub on_accent: Color32,
    pub warning: Color32,
    pub fault: Color32,
    pub good: Color32,
    voices: [Color32; MAX_VOICES],
}

impl Theme {
    /// Light letters on a dark ground.
    #[must_use]
    pub const fn dark() -> Self {
        Self {
            dark: true,
            ground: Color32::from_rgb(0x12, 0x14, 0x18),
            panel: Color32::from_rgb(0x1B, 0x1E, 0x24),
            control: Color32::from_rgb(0x26, 0x2A, 0x32),
            control_hover: Color32::from_rgb(0x2F, 0x34, 0x3E),
            filled: Color32::from_rgb(0x3B, 0x4A, 0x60),
            line: Color32::from_rgb(0x25, 0x29, 0x31),
            strong_line: Color32::from_rgb(0x43, 0x49, 0x56),
            black_keys: Color32::from_rgb(0x17, 0x19, 0x1E),
            text: Color32::from_rgb(0xEC, 0xEF, 0xF4),
            dim: Color32::from_rgb(0x9C, 0xA5, 0xB3),
            accent: Color32::from_rgb(0x6F, 0xB3, 0xF2),
            on_accent: Color32::from_rgb(0x0C, 0x12, 0x1A),
            warning: Color32::from_rgb(0xF0, 0xC2, 0x4A),
            fault: Color32::from_rgb(0xF0, 0x7A, 0x66),
            good: Color32::from_rgb(0x4F, 0xC9, 0x9A),
            voices: ON_DARK,
        }
    }

    /// Dark letters on a light ground.
    #[must_use]
    pub const fn light() -> Self {
        Self {
            dark: false,
            ground: Color32::from_rgb(0xFB, 0xFB, 0xFC),
            panel: Color32::from_rgb(0xEE, 0xF0, 0xF3),
            control: Color32::from_rgb(0xFF, 0xFF, 0xFF),
            control_hover: Color32::from_rgb(0xF6, 0xF8, 0xFC),
            filled: Color32::from_rgb(0xCF, 0xDF, 0xF2),
            line: Color32::from_rgb(0xE4, 0xE6, 0xEA),
            strong_line: Color32::from_rgb(0xB4, 0xBA, 0xC4),
            black_keys: Color32::from_rgb(0xF1, 0xF2, 0xF5),
            text: Color32::from_rgb(0x1A, 0x1E, 0x26),
            dim: Color32::from_rgb(0x59, 0x62, 0x70),
            accent: Color32::from_rgb(0x1C, 0x66, 0xB0),
            on_accent: Color32::from_rgb(0xFF, 0xFF, 0xFF),
            warning: Color32::from_rgb(0x8A, 0x5A, 0x00),
            fault: Color32::from_rgb(0xB3, 0x2B, 0x18),
            good: Color32::from_rgb(0x0B, 0x73, 0x4F),
            voices: ON_LIGHT,
        }
    }

    /// The colour of a voice of the band, by its place; of the user's own, always the same.
    #[must_use]
    pub fn voice(&self, index: usize, is_user: bool) -> Color32 {
        if is_user { USER } else { self.voices[index % MAX_VOICES] }
    }

    /// What egui's own widgets (menus, text fields, tool tips) look like.
    #[must_use]
    pub fn visuals(&self) -> Visuals {
        let mut visuals = if self.dark { Visuals::dark() } else { Visuals::light() };
        visuals.panel_fill = self.ground;
        visuals.window_fill = self.panel;
        visuals.window_stroke = Stroke::new(1.0, self.strong_line);
        visuals.extreme_bg_color = self.ground;
        visuals.override_text_color = Some(self.text);
        visuals.selection.bg_fill = self.filled;
        visuals.selection.stroke = Stroke::new(1.0, self.accent);
        visuals.widgets.inactive.weak_bg_fill = self.control;
        visuals.widgets.inactive.bg_fill = self.control;
        visuals.widgets.hovered.weak_bg_fill = self.control_hover;
        visuals.widgets.hovered.bg_stroke = Stroke::new(1.0, self.strong_line);
        visuals.widgets.active.weak_bg_fill = self.filled;
        visuals.widgets.open.weak_bg_fill = self.control_hover;
        visuals.popup_shadow =
            egui::Shadow { offset: [0, 4], blur: 16, spread: 0, color: Color32::from_black_alpha(80) };
        visuals
    }
}
