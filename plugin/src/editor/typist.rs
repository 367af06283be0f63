//! The computer's keyboard as a piano.
//!
//! ```text
//!    W E   T Y U   O P
//!   A S D F G H J K L        A is C; Z and X go an octave down and up
//! ```

use egui::{Event, Key};
use model::Key as Pitch;

/// The keys of two rows, from C on. Chosen: as in other programs.
const KEYS: [Key; 17] = [
    Key::A,
    Key::W,
    Key::S,
    Key::E,
    Key::D,
    Key::F,
    Key::T,
    Key::G,
    Key::Y,
    Key::H,
    Key::U,
    Key::J,
    Key::K,
    Key::O,
    Key::L,
    Key::P,
    Key::Semicolon,
];

/// How far Z and X lead from the middle. Chosen: all keys stay on a piano.
const OCTAVES: i8 = 3;

/// Who plays on the computer's keyboard.
#[derive(Clone, Debug, Default)]
pub struct Typist {
    /// Its keys are a piano's.
    pub plays: bool,
    octave: i8,
    /// The keys that are down, and what each plays.
    held: Vec<(Key, Pitch)>,
    /// Those of them that went up in the last picture. Some systems say of a key that is held that it goes up and down
    /// again and again.
    rising: Vec<Key>,
}

impl Typist {
    /// Nothing is down. Are its keys a piano's?
    #[must_use]
    pub fn new(plays: bool) -> Self {
        Self { plays, ..Self::default() }
    }

    /// Every key goes up: what has to end.
    pub fn let_go(&mut self) -> impl Iterator<Item = Pitch> {
        self.rising.clear();
        std::mem::take(&mut self.held).into_iter().map(|(_, pitch)| pitch)
    }

    fn pitch_of(&self, key: Key) -> Option<Pitch> {
        let place = KEYS.iter().position(|&known| known == key)?;
        let octave = i32::from(Pitch::MIDDLE_C.get()) + 12 * i32::from(self.octave);
        Some(Pitch::clamped(octave + i32::try_from(place).ok()?))
    }

    /// What these events strike and let go: (key, down). `commands`: a key that makes letters commands is held.
    pub(super) fn hear(&mut self, events: &[Event], commands: bool) -> Vec<(Pitch, bool)> {
        let before = std::mem::take(&mut self.rising);
        let mut struck = Vec::new();
        for event in events {
            let Event::Key { key, pressed, repeat, .. } = *event else { continue };
            let is_down = self.held.iter().any(|&(held, _)| held == key);
            match (pressed, key) {
                (false, key) if is_down => self.rising.push(key),
                (true, Key::Z) if !repeat && !commands => self.octave = (self.octave - 1).max(-OCTAVES),
                (true, Key::X) if !repeat && !commands => self.octave = (self.octave + 1).min(OCTAVES),
                (true, key) => {
                    // What was said to go up, is down still.
                    self.rising.retain(|&rising| rising != key);
                    if let Some(pitch) = self.pitch_of(key).filter(|_| !is_down && !repeat && !commands) {
                        self.held.push((key, pitch));
                        struck.push((pitch, true));
                    }
                }
                _ => {}
            }
        }
        let pressed = |key: Key| {
            let is_it = |event: &Event| matches!(*event, Event::Key { key: of, pressed: true, .. } if of == key);
            events.iter().any(is_it)
        };
        let mut all = Vec::new();
        for key in before.into_iter().filter(|&key| !pressed(key)) {
            if let Some(place) = self.held.iter().position(|&(held, _)| held == key) {
                all.push((self.held.remove(place).1, false));
                self.rising.retain(|&rising| rising != key);
            }
        }
        all.extend(struck);
        all
    }

    /// Did a key go up, of which the next picture tells whether it did?
    pub(super) fn is_unsure(&self) -> bool {
        !self.rising.is_empty()
    }
}
