//! What sounds at a moment, as pitch classes.

use crate::music::band::BandMeasure;
use crate::music::measure::{MAX_STEPS, Measure};
use crate::music::note::Key;

/// Pitch classes, a bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tones(u16);

impl Tones {
    /// With one more.
    #[must_use]
    pub const fn with(self, key: Key) -> Self {
        Self(self.0 | 1 << key.pitch_class())
    }

    /// Is it one of these?
    #[must_use]
    pub const fn has(self, key: Key) -> bool {
        self.0 & 1 << key.pitch_class() != 0
    }

    /// Are there none?
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Does this key lie a semitone beside one of these, and is none of them itself? A tone that the user holds too is
    /// no clash: the root under a major seventh.
    #[must_use]
    pub const fn clash_with(self, key: Key) -> bool {
        let class = key.pitch_class();
        let beside = 1 << ((class + 1) % 12) | 1 << ((class + 11) % 12);
        self.0 & beside != 0 && !self.has(key)
    }

    /// What sounds at each step of the band's measure.
    #[must_use]
    pub fn of_steps(measure: &BandMeasure) -> [Self; MAX_STEPS as usize] {
        let mut steps = [Self::default(); MAX_STEPS as usize];
        for voice in measure.present.iter() {
            for note in measure.voice(voice).notes() {
                for step in &mut steps[usize::from(note.step.0)..usize::from(note.end())] {
                    *step = step.with(note.key);
                }
            }
        }
        steps
    }

    /// Both together.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Is this pitch class one of these?
    #[must_use]
    pub const fn has_class(self, class: u8) -> bool {
        self.0 & 1 << (class % 12) != 0
    }
}

impl FromIterator<Key> for Tones {
    fn from_iter<I: IntoIterator<Item = Key>>(keys: I) -> Self {
        keys.into_iter().fold(Self::default(), Self::with)
    }
}

/// What the player holds at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// The tones that are held down: with these nothing clashes.
    pub down: Tones,
    /// All that sounds, what a pedal holds too: this may be a chord.
    pub sounding: Tones,
    /// The lowest key that sounds.
    pub lowest: Option<Key>,
}

/// The player's hands at a moment: what is held, and what only names chords, where that has a channel of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlayerHands {
    /// What is held of what is played.
    pub holds: Held,
    /// What is held on the channel of the chords; `None`: there is none, and what is played may be chords.
    pub names: Option<Held>,
}

impl From<Held> for PlayerHands {
    fn from(holds: Held) -> Self {
        Self { holds, names: None }
    }
}

impl Held {
    /// These keys, all held down.
    #[must_use]
    pub fn of(keys: impl Iterator<Item = Key>) -> Self {
        keys.fold(Self::default(), Self::with)
    }

    fn with(self, key: Key) -> Self {
        let down = self.down.with(key);
        Self { down, sounding: down, lowest: Some(self.lowest.map_or(key, |lowest| lowest.min(key))) }
    }

    /// What of the user's measure sounds at a step.
    #[must_use]
    pub fn at(measure: &Measure, step: u8) -> Self {
        Self::of(measure.notes().iter().filter(|note| note.sounds_at(step)).map(|note| note.key))
    }
}
