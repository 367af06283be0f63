//! What is done to a plugin between two blocks.

use super::case::band;
use super::chances::Chances;

/// The parameters that may be automated without the checker knowing: they change what the band
/// plays and where, not when, nor whose notes are heard.
pub(super) const HARMLESS: [&str; 26] = [
    "My voice",
    "Lookahead",
    "Temperature",
    "Density",
    "Energy",
    "Velocity follow",
    "Follow",
    "Harmony",
    "Figures",
    "Listen first",
    "Play on alone",
    "Key",
    "Listen to channel",
    "Hear own output",
    "Keep history over stops",
    "Seed",
    "Band channel",
    "Your channel",
    "MPE",
    "Program changes",
    "Voice 1",
    "Voice 2 octave",
    "Voice 3 lowest key",
    "Voice 3 highest key",
    "Voice 4",
    "Voice 4 octave",
];

/// Those of them that say nothing of where the player's notes come back: a window may move them at any time.
pub(super) const MOVED: [&str; 21] = [
    "Lookahead",
    "Temperature",
    "Density",
    "Energy",
    "Velocity follow",
    "Follow",
    "Harmony",
    "Figures",
    "Listen first",
    "Play on alone",
    "Key",
    "Hear own output",
    "Keep history over stops",
    "Seed",
    "Program changes",
    "Voice 1",
    "Voice 2 octave",
    "Voice 3 lowest key",
    "Voice 3 highest key",
    "Voice 4",
    "Voice 4 octave",
];

/// Those of the clock of its own: where it may count, nobody knows when the band plays.
pub(super) const CLOCK: [&str; 8] =
    ["Clock", "Run", "Tempo", "Beats a measure", "Beat", "Count-in", "Metronome", "Start with my first note"];

/// Something that is done between two blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The player's notes pass, or not.
    Thru(bool),
    /// The plugin is bypassed, or not.
    Bypass(bool),
    /// Panic is switched on, or off again.
    Panic(bool),
    /// The host resets the plugin.
    Reset,
    /// The host deactivates it, and activates it again.
    Reactivate,
    /// The host saves its state.
    Save,
    /// The host loads the state that it saved last.
    Load,
    /// The host loads what is no state.
    LoadGarbage,
    /// Another band is to play.
    Band(&'static str),
    /// The drums get the keys of this kit.
    Kit(&'static str),
    /// In the next call the host has room for so many of the plugin's events.
    Room(usize),
    /// The next call is processed by another thread, while this one moves these parameters, shows
    /// them, and saves.
    Disturb(&'static [&'static str]),
    /// The editor is opened and closed.
    Editor,
    /// Notes are said as MIDI's own messages from now on, or not any more.
    Midi(bool),
}

impl Action {
    /// Anything. `nets`: bands may be ones with nets.
    fn any(chances: &mut Chances, nets: bool) -> Self {
        match chances.count(0, 17) {
            0 => Self::Thru(chances.percent(50)),
            1 | 2 => Self::Bypass(chances.percent(60)),
            3 => Self::Panic(chances.percent(60)),
            4 | 5 => Self::Reset,
            6 | 7 => Self::Reactivate,
            8 => Self::Save,
            9 => Self::Load,
            10 => Self::LoadGarbage,
            11 => Self::Disturb(&MOVED),
            12 => Self::Editor,
            13 => Self::Midi(chances.percent(60)),
            14..=16 => Self::Room(chances.one(&[0, 0, 1, 2, 3, 5, 20])),
            _ => Self::Band(band(chances, nets)),
        }
    }

    /// Does every plugin bear with it, whatever it is?
    const fn suits_all(self) -> bool {
        matches!(
            self,
            Self::Reset
                | Self::Reactivate
                | Self::Save
                | Self::Load
                | Self::LoadGarbage
                | Self::Disturb(_)
                | Self::Editor
        )
    }
}

/// What is done before which of so many blocks: at most one thing, so that what was set has
/// arrived when a state is saved.
pub(super) fn plan(chances: &mut Chances, blocks: usize, nets: bool, foreign: bool) -> Vec<(usize, Action)> {
    if blocks < 5 || chances.percent(40) {
        return Vec::new();
    }
    // The last block takes all that is owed.
    let mut places: Vec<_> = (0..chances.count(1, 8)).map(|_| chances.count(1, blocks - 2)).collect();
    places.sort_unstable();
    places.dedup();
    let actions = places.into_iter().map(|place| (place, Action::any(chances, nets)));
    actions.filter(|(_, action)| !foreign || action.suits_all()).collect()
}

/// Which blocks are processed in one call: where a call goes on, the host says its transport anew
/// in the middle of it.
pub(super) fn calls(
    chances: &mut Chances,
    frames: &[u32],
    actions: &[(usize, Action)],
    most_frames: u32,
) -> Vec<std::ops::Range<usize>> {
    let share = if chances.percent(25) { chances.one(&[10, 50, 90]) } else { 0 };
    let acts = |block: usize| actions.iter().any(|&(place, _)| place == block || place + 1 == block);
    let mut calls: Vec<std::ops::Range<usize>> = Vec::new();
    let mut length = 0;
    for (block, &frames) in frames.iter().enumerate() {
        match calls.last_mut() {
            Some(call) if length + frames <= most_frames && !acts(block) && chances.percent(share) => {
                call.end = block + 1;
                length += frames;
            }
            _ => {
                calls.push(block..block + 1);
                length = frames;
            }
        }
    }
    calls
}
