//! The line of the own clock, which is there while that counts: start and stop, tempo, meter, count-in.

use std::time::Duration;

use egui::{Align2, Rect, Response, Ui, pos2, vec2};

use super::chip::Chip;
use super::desk::Desk;
use super::plain;
use super::sheet::{Action, ParamId};
use super::slot::{Face, slot, small};
use super::theme::{GRID, ROW, Type};

/// How high the line is. Chosen.
pub(super) const HEIGHT: f32 = ROW + 2.0 * GRID;

/// The choice of whose clock counts.
pub(super) const CLOCK: ParamId = ParamId::band("clock");
/// The own clock runs.
pub(super) const RUN: ParamId = ParamId::band("run");

/// How many values a tempo has between its least and its largest. Required by the parameter.
const TEMPOS: std::ops::Range<f32> = 20.0..400.0;

/// Longest between two taps of one tempo, in seconds. Chosen: the slowest tempo there is, and a little.
const LONGEST: f64 = 3.2;

/// From how many taps a tempo is worked out, at most. Chosen: two measures.
const TAPS: usize = 8;

/// Does the own clock count?
pub(super) fn is_own(desk: &Desk<'_>) -> bool {
    desk.sheet.step(CLOCK) == 1
}

/// The line in this place.
pub(super) fn clock_line(ui: &mut Ui, desk: &mut Desk<'_>, rect: Rect) {
    let theme = desk.theme;
    plain::horizontal(ui.painter(), rect.x_range(), rect.bottom() - 0.5, theme.strong_line);
    let right = right_end(ui, desk, rect);
    let mut x = rect.left() + 2.0 * GRID;
    // In a narrow window the last ones are left out.
    let mut place = |width: f32, gap: f32| {
        let place = Rect::from_min_size(pos2(x, rect.top() + GRID - 1.0), vec2(width, ROW));
        x += width + gap;
        (place.right() <= right).then_some(place)
    };
    if let Some(at) = place(60.0, 2.0 * GRID) {
        run(ui, desk, at);
    }
    if let Some(at) = place(76.0, GRID) {
        small(ui, desk, at, face("bpm", "Tempo", "Quarter notes a minute: drag, or Ctrl-click to type."), None);
    }
    if let Some(at) = place(34.0, 3.0 * GRID) {
        let tip = "Tap the tempo: four times or more.";
        let tap = Chip::new("Tap", tip).show(ui, theme, at, "tap");
        taps(ui, desk, &tap);
    }
    if let Some(at) = place(26.0, 2.5 * GRID) {
        small(ui, desk, at, face("num", "Beats a measure", "How many beats a measure has."), None);
        let stroke = pos2(at.right() + 1.25 * GRID, at.center().y);
        ui.painter().text(stroke, Align2::CENTER_CENTER, "/", Type::Body.font(), theme.dim);
    }
    if let Some(at) = place(26.0, 3.0 * GRID) {
        small(ui, desk, at, face("den", "Beat", "Which note is a beat."), None);
    }
    if let Some(at) = place(132.0, GRID) {
        let tip = "Measures that are clicked before the first one, unless a note of yours starts the clock.";
        slot(ui, desk, at, face("count", "Count-in", tip));
    }
    if let Some(at) = place(74.0, GRID) {
        let tip = "Clicks at every beat, also where Sound is off. It goes to this plugin's own output alone.";
        switch(ui, desk, at, ("metro", "Metronome", tip));
    }
    if let Some(at) = place(72.0, GRID) {
        let tip = "Run waits for the first note that you play: that is the first beat of measure 1.";
        switch(ui, desk, at, ("first", "First note", tip));
    }
    if let Some(at) = place(124.0, GRID) {
        let tip = "A key or a controller that starts and stops the clock. The band does not hear it.";
        slot(ui, desk, at, face("runby", "Run by", tip));
    }
    if let Some(at) = place(42.0, GRID) {
        learn(ui, desk, at);
    }
}

/// The computer's keyboard and, in the program, its devices; returns where they begin.
fn right_end(ui: &Ui, desk: &mut Desk<'_>, rect: Rect) -> f32 {
    let theme = desk.theme;
    let place =
        |right: f32, width: f32| Rect::from_min_size(pos2(right - width, rect.top() + GRID - 1.0), vec2(width, ROW));
    let mut right = rect.right() - 2.0 * GRID;
    let plays = desk.state.typist.plays;
    let tip = "Plays on the computer's keyboard: A S D F G H J K are white keys, W E T Y U black ones, Z and X go an octave down and up.";
    let keys = Chip::new("Keys", tip).lit(plays.then_some(theme.accent)).show(ui, theme, place(right, 38.0), "keys");
    if keys.clicked() {
        desk.state.typist.plays = !plays;
    }
    right -= 38.0 + GRID;
    let sheet = desk.sheet;
    if let Some(devices) = &sheet.kept.devices {
        let tip = "Where sound and notes come from and go to.";
        let chip = Chip::new("Devices", tip).show(ui, theme, place(right, 58.0), "devices");
        right -= 58.0 + GRID;
        if chip.clicked() {
            desk.actions.push(Action::LookForDevices);
        }
        let close = egui::PopupCloseBehavior::CloseOnClickOutside;
        egui::Popup::menu(&chip).close_behavior(close).width(280.0).show(|ui| {
            egui::ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
                for device in devices {
                    ui.weak(&device.name);
                    for (number, choice) in device.choices.iter().enumerate() {
                        if ui.selectable_label(number == device.chosen, choice).clicked() {
                            let choice = (number > 0).then(|| choice.clone());
                            desk.actions.push(Action::Device(device.name.clone(), choice));
                            ui.close();
                        }
                    }
                }
                ui.weak("The program begins anew with what you choose. Save your take first.");
            });
        });
    }
    right
}

const fn face(id: &'static str, label: &'static str, tip: &'static str) -> Face<'static> {
    Face { id: ParamId::band(id), label, tip }
}

/// Starts and stops.
fn run(ui: &Ui, desk: &mut Desk<'_>, at: Rect) {
    let theme = desk.theme;
    let on = desk.sheet.is_on(RUN);
    let (text, tip) = match (on, desk.snapshot.seen.playing) {
        (false, _) => ("Run", "Starts the clock. The space bar does it too."),
        (true, false) => ("Waiting", "Play a note, and the music starts with it. Press to call it off."),
        (true, true) => ("Stop", "Stops the clock. The space bar does it too."),
    };
    if Chip::new(text, tip).lit(on.then_some(theme.accent)).show(ui, theme, at, "run").clicked() {
        desk.actions.push(Action::Choose(RUN, if on { 0.0 } else { 1.0 }));
    }
}

fn switch(ui: &Ui, desk: &mut Desk<'_>, at: Rect, (id, text, tip): (&'static str, &str, &str)) {
    let (theme, id) = (desk.theme, ParamId::band(id));
    let on = desk.sheet.is_on(id);
    if Chip::new(text, tip).lit(on.then_some(theme.accent)).show(ui, theme, at, id.id).clicked() {
        desk.actions.push(Action::Choose(id, if on { 0.0 } else { 1.0 }));
    }
}

/// Works out a tempo from taps.
fn taps(ui: &Ui, desk: &mut Desk<'_>, tap: &Response) {
    let (pressed, now) = ui.input(|input| (input.pointer.primary_pressed(), input.time));
    // A beat is where the button goes down.
    if !(tap.contains_pointer() && pressed) {
        return;
    }
    let taps = &mut desk.state.taps;
    if taps.last().is_some_and(|&last| now - last > LONGEST) {
        taps.clear();
    }
    taps.push(now);
    let first = taps.len().saturating_sub(TAPS);
    taps.drain(..first);
    #[expect(clippy::cast_possible_truncation, reason = "a tempo")]
    if let (Some(first), Some(last)) = (taps.first(), taps.last())
        && last > first
    {
        let bpm = (60.0 * (taps.len() - 1) as f64 / (last - first)) as f32;
        let bpm = ((bpm * 10.0).round() / 10.0).clamp(TEMPOS.start, TEMPOS.end);
        let value = (bpm - TEMPOS.start) / (TEMPOS.end - TEMPOS.start);
        desk.actions.push(Action::Choose(ParamId::band("bpm"), value));
    }
}

/// The next key or controller that is touched becomes the switch.
fn learn(ui: &Ui, desk: &mut Desk<'_>, at: Rect) {
    let (theme, touched) = (desk.theme, desk.snapshot.seen.touched);
    let lit = desk.state.learning.is_some().then_some(theme.accent);
    let tip = "Press this, then the key or the controller that is to start and stop the clock.";
    if Chip::new("Learn", tip).lit(lit).show(ui, theme, at, "learn").clicked() {
        desk.state.learning = if lit.is_some() { None } else { Some(touched.count) };
    }
    if desk.state.learning.is_some_and(|before| before != touched.count) {
        desk.state.learning = None;
        desk.actions.push(Action::Choose(ParamId::band("runby"), touched.which as f32 / 256.0));
    } else if desk.state.learning.is_some() {
        ui.ctx().request_repaint_after(Duration::from_millis(100));
    }
}
