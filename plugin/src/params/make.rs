//! How each kind of parameter is made.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use model::LONGEST_TURN;
use nice_plug::prelude::*;

use super::choices::place;
use super::text;

/// The value of [`super::BandParams::play_on`] that means: for ever. Chosen: one more than the longest.
pub(super) const FOR_EVER: i32 = 65;

/// Makes parameters that say when they change.
pub(super) struct Make<'a>(pub(super) &'a Arc<AtomicBool>);

impl Make<'_> {
    pub(super) fn int(&self, name: &str, default: i32, min: i32, max: i32) -> IntParam {
        let changed = Arc::clone(self.0);
        IntParam::new(name, default, IntRange::Linear { min, max })
            .with_callback(Arc::new(move |_| changed.store(true, Ordering::Release)))
    }

    pub(super) fn choice<T>(&self, name: &str, default: &T, choices: &'static [(&'static str, T)]) -> IntParam
    where
        T: PartialEq + Sync + 'static,
    {
        let last = i32::try_from(choices.len()).unwrap_or(1) - 1;
        self.int(name, place(choices, default), 0, last)
            .with_value_to_string(Arc::new(|value| text::choice(value, choices)))
            .with_string_to_value(Arc::new(|text| text::parse_choice(text, choices)))
    }

    /// A few measures.
    pub(super) fn measures(&self, name: &str, default: u8) -> IntParam {
        self.int(name, i32::from(default), 1, i32::from(LONGEST_TURN))
            .with_value_to_string(Arc::new(|value| text::measures(value, FOR_EVER)))
            .with_string_to_value(Arc::new(|text| text::parse_measures(text, FOR_EVER)))
    }

    pub(super) fn channel(&self, name: &str, none: &'static str) -> IntParam {
        self.int(name, 0, 0, 16)
            .with_value_to_string(Arc::new(move |value| text::channel(value, none)))
            .with_string_to_value(Arc::new(move |text| text::parse_channel(text, none)))
    }

    pub(super) fn float(&self, name: &str, default: f32, range: FloatRange) -> FloatParam {
        let changed = Arc::clone(self.0);
        FloatParam::new(name, default, range).with_callback(Arc::new(move |_| changed.store(true, Ordering::Release)))
    }

    pub(super) fn percent(&self, name: &str, default: f32, range: FloatRange) -> FloatParam {
        self.float(name, default, range)
            .with_unit(" %")
            .with_value_to_string(formatters::v2s_f32_percentage(0))
            .with_string_to_value(formatters::s2v_f32_percentage())
    }

    /// More or less than usual: −100 % to +100 %, of a parameter from 0 to 1 whose middle is the default.
    pub(super) fn signed_percent(&self, name: &str) -> FloatParam {
        self.float(name, 0.5, FloatRange::Linear { min: 0.0, max: 1.0 })
            .with_step_size(0.005)
            .with_value_to_string(Arc::new(text::signed_percent))
            .with_string_to_value(Arc::new(text::parse_signed_percent))
    }

    pub(super) fn switch(&self, name: &str, default: bool) -> BoolParam {
        let changed = Arc::clone(self.0);
        BoolParam::new(name, default).with_callback(Arc::new(move |_| changed.store(true, Ordering::Release)))
    }
}
