//! What the computer's keyboard does beside what is focused: it plays, and the space bar starts and stops.

use egui::text_edit::TextEditState;
use egui::{Event, Key, Ui};

use super::clock_line::{RUN, is_own};
use super::desk::Desk;
use super::sheet::Action;

/// Hears what is typed in this picture. What is typed in a field is neither music nor a command.
pub(super) fn listen(ui: &Ui, desk: &mut Desk<'_>) {
    let (events, commands) = ui.input(|input| (input.events.clone(), input.modifiers.command || input.modifiers.alt));
    let focus = ui.memory(egui::Memory::focused);
    let writes = desk.state.typing.is_some() || focus.is_some_and(|id| TextEditState::load(ui.ctx(), id).is_some());
    let space = ui.input(|input| input.key_pressed(Key::Space));
    if space && focus.is_none() && !writes && !commands && is_own(desk) {
        desk.actions.push(Action::Choose(RUN, if desk.sheet.is_on(RUN) { 0.0 } else { 1.0 }));
    }
    let typist = &mut desk.state.typist;
    if !typist.plays || writes || events.contains(&Event::WindowFocused(false)) {
        desk.actions.extend(typist.let_go().map(|pitch| Action::Strike(pitch, false)));
        return;
    }
    desk.actions.extend(typist.hear(&events, commands).into_iter().map(|(pitch, down)| Action::Strike(pitch, down)));
    if typist.is_unsure() {
        ui.ctx().request_repaint();
    }
}
