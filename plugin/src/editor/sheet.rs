//! The parameters as a view sees them, and what a view asks for: no host, no window.

use std::path::PathBuf;
use std::sync::Arc;

use model::music::chart::LaidChart;

use super::session::{Save, SessionKept};
use crate::kit::ShownKit;

/// A parameter: its id, and for those of a voice, the voice's place in the band from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ParamId {
    /// As in [`crate::params`].
    pub id: &'static str,
    /// 0: of the whole band.
    pub voice: u8,
}

impl ParamId {
    /// A parameter of the whole band.
    #[must_use]
    pub const fn band(id: &'static str) -> Self {
        Self { id, voice: 0 }
    }

    /// A parameter of one voice, by the voice's place in the band from 0.
    #[must_use]
    pub fn voice(id: &'static str, index: usize) -> Self {
        Self { id, voice: u8::try_from(index + 1).unwrap_or(u8::MAX) }
    }
}

/// How a parameter is set.
#[derive(Clone, Debug, PartialEq)]
pub enum Dial {
    /// On or off.
    Switch,
    /// One of these, in equal steps.
    Choice(Arc<[String]>),
    /// A number; of so many steps, if they are whole.
    Number(Option<usize>),
}

/// A parameter's value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Which.
    pub id: ParamId,
    /// Its host's name.
    pub name: String,
    /// 0 to 1.
    pub value: f32,
    /// 0 to 1.
    pub default: f32,
    /// The value with its unit.
    pub text: String,
    /// How it is set.
    pub shape: Dial,
}

impl Entry {
    /// Is it switched on?
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.value >= 0.5
    }

    /// Which choice or step it is.
    #[must_use]
    pub fn step(&self) -> usize {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number")]
        let step = (self.value * self.last_step() as f32).round() as usize;
        step
    }

    /// The value of a choice or step.
    #[must_use]
    pub fn value_of(&self, step: usize) -> f32 {
        step as f32 / self.last_step().max(1) as f32
    }

    fn last_step(&self) -> usize {
        match &self.shape {
            Dial::Switch => 1,
            Dial::Choice(choices) => choices.len().saturating_sub(1),
            Dial::Number(steps) => steps.unwrap_or(1),
        }
    }
}

/// All parameters at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    /// Each parameter once.
    pub entries: Vec<Entry>,
    /// The path of the user's own band file; empty: none.
    pub band_file: String,
    /// The chords that the user has written down.
    pub chart: LaidChart,
    /// The drum kit.
    pub kit: ShownKit,
    /// What the window keeps besides.
    pub kept: SessionKept,
}

impl Sheet {
    /// A parameter.
    #[must_use]
    pub fn get(&self, id: ParamId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    /// Is this switch on?
    #[must_use]
    pub fn is_on(&self, id: ParamId) -> bool {
        self.get(id).is_some_and(Entry::is_on)
    }

    /// Does the band from the user's own file play? It is the last choice.
    #[must_use]
    pub fn has_own_band(&self) -> bool {
        self.get(ParamId::band("band")).is_some_and(|band| band.step() == band.last_step())
    }

    /// The choice or step of a parameter.
    #[must_use]
    pub fn step(&self, id: ParamId) -> usize {
        self.get(id).map_or(0, Entry::step)
    }
}

/// What a view asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// A gesture begins: the host may record what follows.
    Begin(ParamId),
    /// Another value, 0 to 1, within a gesture.
    Set(ParamId, f32),
    /// The gesture is over.
    End(ParamId),
    /// A gesture of one value.
    Choose(ParamId, f32),
    /// What somebody typed.
    Type(ParamId, String),
    /// This file is the user's own band.
    BandFile(PathBuf),
    /// The band, or all settings, as they were before the last change.
    Undo,
    /// The other of two settings.
    SwitchSide,
    /// A preset that ships.
    Preset(String),
    /// A preset of the user's own.
    OwnPreset(String),
    /// What is set becomes a preset of the user's own, of this name.
    SavePreset(String),
    /// Looks again which presets and bands there are.
    LookAround,
    /// Saves the take, or its last measures.
    Save(Save),
    /// A dialog was closed without a file: that is to be said, in case it never came.
    NoFile,
    /// The path of the file to which the take was saved is copied: that is to be said.
    Copied,
    /// Shows a file where it lies.
    ShowInFolder(PathBuf),
    /// The card for those who are new has been read.
    Greeted,
    /// Looks again which devices the program has.
    LookForDevices,
    /// The program plays on another of its devices; `None`: on the one that is found by itself.
    Device(String, Option<String>),
    /// A key of the computer's keyboard, taken for a piano's, goes down or up.
    Strike(model::Key, bool),
    /// The drums have this kit's keys: the text of its file; empty: General MIDI's.
    Kit(String),
    /// The same of a file.
    KitFile(PathBuf),
    /// Another chart.
    Chart(LaidChart),
    /// What was heard becomes the chart. The bar of the newest measure that is over, from 0.
    LearnChart(Option<i64>),
    /// What was typed cannot be understood, and why.
    Refused(String),
    /// Everything ends.
    Panic,
    /// Other music from the next measure that is predicted.
    Regenerate,
}
