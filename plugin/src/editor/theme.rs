//! Colours, sizes and letters: one grid, one scale of type, one palette.

use egui::{Color32, FontFamily, FontId, Stroke, Visuals};
use model::music::band::MAX_VOICES;

/// Every distance is a multiple of this, in points. Chosen.
pub const GRID: f32 = 4.0;
/// The radius of corners. Chosen.
pub const RADIUS: u8 = 4;
/// How high a control is. Chosen.
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

/// A colour as it is written everywhere: 0xRRGGBB.
const fn rgb(hex: u32) -> Color32 {
    let [_, red, green, blue] = hex.to_be_bytes();
    Color32::from_rgb(red, green, blue)
}

/// The user's notes: Okabe and Ito's orange.
const USER: Color32 = rgb(0xE69F00);

/// The voices on a dark and on a light ground, where yellow is not seen: after Okabe and Ito, "Color Universal Design"
/// (2008), which colour-blind eyes tell apart, in an order that keeps neighbours far from each other. Chosen.
const VOICES: [[u32; 2]; MAX_VOICES] = [
    [0xF0E442, 0x8A7A00],
    [0xCC79A7, 0xB85C90],
    [0x56B4E9, 0x0072B2],
    [0x00B082, 0x008A66],
    [0xE86A20, 0xC85200],
    [0x3A8FD0, 0x3D9BDC],
    [0xC8CCD4, 0x505660],
    [0xA088E0, 0x6C50B8],
];

/// Makes [`Theme`] of a table: each colour's name, and what it is on a dark and on a light ground.
macro_rules! themes {
    ($($name:ident: $dark:literal $light:literal $what:literal;)*) => {
        /// Dark or light.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct Theme {
            /// Light letters on a dark ground.
            pub dark: bool,
            $(#[doc = $what] pub $name: Color32,)*
        }

        impl Theme {
            /// Light letters on a dark ground, or dark ones on a light ground.
            #[must_use]
            pub const fn new(dark: bool) -> Self {
                Self { dark, $($name: rgb(if dark { $dark } else { $light }),)* }
            }
        }
    };
}

themes! {
    ground:        0x121418 0xFBFBFC "Behind the music.";
    panel:         0x1B1E24 0xEEF0F3 "Behind controls.";
    control:       0x262A32 0xFFFFFF "A control.";
    control_hover: 0x2F343E 0xF6F8FC "A control under the pointer.";
    filled:        0x3B4A60 0xCFDFF2 "How far a control is turned up.";
    line:          0x252931 0xE4E6EA "Between what belongs together.";
    strong_line:   0x434956 0xB4BAC4 "Between what does not.";
    black_keys:    0x17191E 0xF1F2F5 "The stripes of black keys.";
    text:          0xECEFF4 0x1A1E26 "Letters.";
    dim:           0x9CA5B3 0x596270 "Letters that explain others.";
    accent:        0x6FB3F2 0x1C66B0 "What is chosen, or planned.";
    on_accent:     0x0C121A 0xFFFFFF "Letters on the accent.";
    warning:       0xF0C24A 0x8A5A00 "Not what the player may expect.";
    fault:         0xF07A66 0xB32B18 "Something does not work.";
    good:          0x4FC99A 0x0B734F "All is well.";
}

impl Theme {
    /// The colour of a voice of the band, by its place; of the user's own, always the same.
    #[must_use]
    pub fn voice(&self, index: usize, is_user: bool) -> Color32 {
        let voice = VOICES[index % MAX_VOICES][usize::from(!self.dark)];
        if is_user { USER } else { rgb(voice) }
    }

    /// What egui's own widgets (menus, text fields, tool tips) look like.
    #[must_use]
    pub fn visuals(&self) -> Visuals {
        let mut visuals = if self.dark { Visuals::dark() } else { Visuals::light() };
        // Windows are cleared instead.
        visuals.panel_fill = Color32::TRANSPARENT;
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
