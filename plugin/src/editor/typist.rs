//! The computer's keyboard as a piano.
//!
//! ```text
//!    W E   T Y U   O P
//!   A S D F G H J K L        A is C; Z and X go an octave down and up
//! ```

use egui::{Event, Key, Ui};
use model::Key as Pitch;

use super::clock_line::{RUN, is_own};
use super::desk::Desk;
use super::sheet::Action;

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
}

/// Hears what is typed in this picture.
pub(super) fn listen(ui: &Ui, desk: &mut Desk<'_>) {
    let (events, commands) = ui.input(|input| (input.events.clone(), input.modifiers.command || input.modifiers.alt));
    let focus = ui.memory(egui::Memory::focused);
    let writes = desk.state.typing.is_some()
        || focus.is_some_and(|id| egui::text_edit::TextEditState::load(ui.ctx(), id).is_some());
    let space = ui.input(|input| input.key_pressed(Key::Space));
    if space && focus.is_none() && !writes && !commands && is_own(desk) {
        desk.actions.push(Action::Choose(RUN, if desk.sheet.is_on(RUN) { 0.0 } else { 1.0 }));
    }
    let typist = &mut desk.state.typist;
    if !typist.plays || writes || events.contains(&Event::WindowFocused(false)) {
        desk.actions.extend(typist.let_go().map(|pitch| Action::Strike(pitch, false)));
        return;
    }
    let before = std::mem::take(&mut typist.rising);
    let mut struck = Vec::new();
    for event in &events {
        let Event::Key { key, pressed, repeat, .. } = *event else { continue };
        match (pressed, key) {
            (false, key) if typist.held.iter().any(|&(held, _)| held == key) => typist.rising.push(key),
            (true, Key::Z) if !repeat && !commands => typist.octave = (typist.octave - 1).max(-OCTAVES),
            (true, Key::X) if !repeat && !commands => typist.octave = (typist.octave + 1).min(OCTAVES),
            (true, key) => {
                typist.rising.retain(|&rising| rising != key);
                let is_down = typist.held.iter().any(|&(held, _)| held == key);
                if let Some(pitch) = typist.pitch_of(key).filter(|_| !is_down && !repeat && !commands) {
                    typist.held.push((key, pitch));
                    struck.push(Action::Strike(pitch, true));
                }
            }
            _ => {}
        }
    }
    let down_again =
        |key: Key| events.iter().any(|event| matches!(*event, Event::Key { key: of, pressed: true, .. } if of == key));
    for key in before.into_iter().filter(|&key| !down_again(key)) {
        if let Some(place) = typist.held.iter().position(|&(held, _)| held == key) {
            let (_, pitch) = typist.held.remove(place);
            typist.rising.retain(|&rising| rising != key);
            desk.actions.push(Action::Strike(pitch, false));
        }
    }
    desk.actions.extend(struck);
    if !typist.rising.is_empty() {
        ui.ctx().request_repaint();
    }
}
