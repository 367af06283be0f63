//! The drummer: a row of the band's, and rows of the roll by the drums' names.

use egui::{Align2, Color32, Painter, Rect, Sense, Ui, pos2, vec2};
use model::music::drums::{DRUMS, Drum};
use model::music::kit::{NamedKit, SHIPPED};

use super::chip::Chip;
use super::desk::Desk;
use super::files;
use super::plain;
use super::sheet::{Action, ParamId};
use super::slot::{Face, slot, small};
use super::theme::{GRID, ROW, Theme, Type};
use super::zoom::{AHEAD, BEHIND, Layout};
use crate::midi::Bandmate;
use crate::snapshot::{Page, Shown};

/// Whether somebody drums.
const CHOICE: ParamId = ParamId::band("drums");

/// Whether the user drums.
pub(super) const USER: ParamId = ParamId::band("mydrums");

/// Whether the user is heard with the sounds inside.
const HEAR_ME: ParamId = ParamId::band("hearme");

/// What the usual kit is called. Required: its file says so.
const USUAL_KIT: &str = "General MIDI";

/// How high a drum's row in the roll is, at most and at least. Chosen: its name can be read; its strokes can be told apart.
const LANE: (f32, f32) = (11.0, 5.0);

/// How much of the roll the drums take at most. Chosen: the notes have more.
const MOST: f32 = 0.4;

/// How high a row must be for every name to be written, rather than every second one. Chosen: letters do not touch.
const NAMED: f32 = 9.0;

/// What is struck that is none of the nine drums. Required: they have names, this has one too.
const OTHERS: &str = "other";

/// Does the user drum?
pub(super) fn users(desk: &Desk<'_>) -> bool {
    desk.sheet.is_on(USER)
}

/// Does somebody drum?
pub(super) fn on(desk: &Desk<'_>) -> bool {
    desk.sheet.step(CHOICE) > 0
}

/// The drummer's colour, or the user's.
fn colour(theme: Theme, user: bool) -> Color32 {
    theme.voice(Bandmate::Drummer.index() - 1, user)
}

/// The drummer under the voices: solo and mute, how loud, and how the playing is.
pub(super) fn row(ui: &mut Ui, desk: &mut Desk<'_>, rect: Rect) {
    const FACES: [(&str, &str, &str); 2] = [
        ("drgroove", "Groove", "How much of the drummer's timing is played: at 0 every stroke lies on its sixteenth."),
        ("drenergy", "Intensity", "How busy and loud the drummer plays beside the band: on top of the band's Energy."),
    ];
    /// Of a user who drums.
    const USERS: [(&str, &str, &str); 4] = [
        ("mychan", "Your channel", "Sends what you strike on channel 10, or on the one you play on."),
        ("mpe", "MPE", "Whether your keyboard gives each note a channel of its own. Automatic: that is heard."),
        ("chordch", "Chords on", "A channel whose keys only name chords, for Follow: Chords."),
        ("progs", "Program changes", "Chooses an instrument for each voice when playback starts."),
    ];
    let (theme, user) = (desk.theme, users(desk));
    let painter = ui.painter().clone();
    plain::horizontal(&painter, rect.x_range(), rect.bottom() - 0.5, theme.line);
    let bar =
        Rect::from_min_max(rect.min + vec2(0.0, 2.0 * GRID), pos2(rect.left() + GRID, rect.bottom() - 2.0 * GRID));
    painter.rect_filled(bar, 2, colour(theme, user));
    let left = rect.left() + 3.0 * GRID;

    let middle = rect.top() + 16.0;
    painter.text(pos2(left, middle), Align2::LEFT_CENTER, "Drums", Type::Title.font(), theme.text);
    let style = if user { "you" } else { desk.sheet.get(CHOICE).map_or("", |entry| entry.text.as_str()) };
    let at = pos2(left, rect.top() + 38.0);
    painter.text(at, Align2::LEFT_CENTER, format!("ch 10, {style}"), Type::Small.font(), theme.dim);
    let mut right = rect.right();
    let yours = (USER, "You play this", 78.0, colour(theme, true), "The drums are yours: press to give them back.");
    let heard =
        (HEAR_ME, "Heard", 40.0, theme.accent, "Lets you hear what you play from this plugin's own output too.");
    let solo = (ParamId::band("drsolo"), "S", 20.0, theme.warning, "Solo: only those with this are heard.");
    let mute = (ParamId::band("drmute"), "M", 20.0, theme.fault, "Mute: the drummer plays on unheard.");
    let take = (USER, "I play", 44.0, theme.text, "Drum yourself: the band takes its rhythm from you.");
    let buttons: &[_] = match (user, desk.sheet.is_on(ParamId::band("sound"))) {
        (true, true) => &[yours, heard],
        (true, false) => &[yours],
        (false, _) => &[solo, mute, take],
    };
    for &(id, text, width, lit, tip) in buttons {
        let place = Rect::from_min_size(pos2(right - width, middle - 10.0), vec2(width, 20.0));
        right -= width + GRID;
        let is_on = desk.sheet.is_on(id);
        let chip = Chip::new(text, tip).lit(is_on.then_some(lit)).show(ui, theme, place, ("drums", 0, text));
        if chip.clicked() {
            desk.actions.push(Action::Choose(id, if is_on { 0.0 } else { 1.0 }));
        }
    }

    let middle = rect.top() + 38.0;
    let more = Rect::from_min_size(pos2(rect.right() - 44.0, middle - 9.0), vec2(44.0, 18.0));
    let volume = Rect::from_min_size(more.min - vec2(38.0 + GRID, 0.0), vec2(38.0, 18.0));
    let more = Chip::new("more …", "How the drummer plays.").show(ui, theme, more, ("drums", 0, "more"));
    let close = egui::PopupCloseBehavior::CloseOnClickOutside;
    egui::Popup::menu(&more).close_behavior(close).width(200.0).show(|ui| {
        for &(id, label, tip) in if user { &USERS[..] } else { &FACES[..] } {
            let (place, _) = ui.allocate_exact_size(vec2(200.0, ROW), Sense::hover());
            slot(ui, desk, place, Face { id: ParamId::band(id), label, tip });
        }
        kits(ui, desk);
    });
    if desk.sheet.is_on(ParamId::band("sound")) {
        let tip = "How loud the drums of the sounds inside are.";
        small(ui, desk, volume, Face { id: ParamId::band("drvol"), label: "Level", tip }, None);
    }
}

/// Which keys the drums have: the layouts that ship, what was read from a file, and a file.
fn kits(ui: &mut Ui, desk: &mut Desk<'_>) {
    ui.separator();
    ui.label("Keys")
        .on_hover_text("Which key each drum has: for instruments and pads with others than General MIDI's.");
    let shown = desk.sheet.kit.name.as_str();
    let now = if shown.is_empty() { USUAL_KIT } else { shown };
    let mut known = false;
    for (stem, text) in SHIPPED {
        let Ok(NamedKit { name, .. }) = text.parse() else { continue };
        known |= name == now;
        if ui.selectable_label(name == now, &name).clicked() {
            // General MIDI's are those of no kit.
            desk.actions.push(Action::Kit(if stem == SHIPPED[0].0 { String::new() } else { text.to_owned() }));
        }
    }
    if !known {
        let _chosen = ui.selectable_label(true, now);
    }
    if ui.button("From a file …").clicked() {
        ui.close();
        files::open_kits(desk);
    }
}

/// How many rows there are: one more where something else than the nine drums is struck.
fn rows(page: &Page) -> usize {
    DRUMS + usize::from(page.measures().any(|(_, shown)| !shown.drums.has_no_other()))
}

/// How high the drums' rows are, of a roll so high; 0 where nobody drums, or there is no room.
pub(super) fn height(desk: &Desk<'_>, roll: f32) -> f32 {
    let page = &desk.snapshot.page;
    let drums = on(desk) || users(desk) || page.measures().any(|(_, shown)| !shown.drums.is_silent());
    let rows = rows(page) as f32;
    let lane = (MOST * roll / rows).floor().min(LANE.0);
    if drums && lane >= LANE.1 { lane * rows } else { 0.0 }
}

/// The drums in this place, under the notes: a row each.
pub(super) fn lanes(painter: &Painter, layout: &Layout, desk: &Desk<'_>, rect: Rect) {
    let (theme, page) = (desk.theme, &desk.snapshot.page);
    plain::area(painter, rect, theme.ground);
    let high = rect.height() / rows(page) as f32;
    let names = Drum::FROM_TOP.into_iter().map(Drum::short).chain([OTHERS]);
    for (lane, name) in names.take(rows(page)).enumerate() {
        let top = rect.top() + high * lane as f32;
        plain::horizontal(painter, layout.notes.left()..=rect.right(), top, theme.line);
        let at = pos2(layout.notes.left() - GRID, top + high / 2.0);
        if high >= NAMED || lane % 2 == 0 {
            painter.text(at, Align2::RIGHT_CENTER, name, Type::Small.font(), theme.dim);
        }
    }
    bars(painter, layout, page, theme, rect);
    plain::horizontal(painter, rect.x_range(), rect.top(), theme.strong_line);
    let painter = painter.with_clip_rect(Rect::from_x_y_ranges(layout.notes.x_range(), rect.y_range()));
    for (place, shown) in page.measures() {
        strokes(&painter, layout, theme, (place, shown), (rect.top(), high));
    }
}

fn bars(painter: &Painter, layout: &Layout, page: &Page, theme: Theme, rect: Rect) {
    let steps_at =
        |place: i32| page.measures().find(|(at, _)| *at == place).map_or(16, |(_, shown)| shown.music.steps());
    for place in -BEHIND..=AHEAD {
        let (column, steps) = (layout.column(place), steps_at(place));
        for step in (4..steps).step_by(4) {
            let x = column.left() + column.width() * f32::from(step) / f32::from(steps);
            plain::vertical(painter, x, rect.y_range(), theme.line);
        }
        plain::vertical(painter, column.left(), rect.y_range(), theme.strong_line);
    }
}

/// The strokes of a measure, in rows so high from the top on.
fn strokes(painter: &Painter, layout: &Layout, theme: Theme, (place, shown): (i32, &Shown), (top, high): (f32, f32)) {
    let column = layout.column(place);
    let step = column.width() / f32::from(shown.drums.steps());
    let colour = colour(theme, shown.user_drums);
    let gap = if high >= NAMED { 1.5 } else { 0.5 };
    let mark = |at: u8, lane: usize, loud: u8| {
        let left = column.left() + step * f32::from(at) + 0.5;
        let loud = 0.35 + 0.65 * f32::from(loud) / 127.0;
        let size = vec2((step * 0.7).clamp(2.0, LANE.0 - 2.0), high - 2.0 * gap);
        let mark = Rect::from_min_size(pos2(left, top + high * lane as f32 + gap), size);
        let strength = loud * if place > 0 { 0.4 } else { 1.0 } * if shown.drums_heard { 1.0 } else { 0.25 };
        plain::area(painter, mark, colour.gamma_multiply(strength));
    };
    for at in 0..shown.drums.steps() {
        for (lane, drum) in Drum::FROM_TOP.into_iter().enumerate() {
            if let Some(loud) = shown.drums.loud(at, drum) {
                mark(at, lane, loud);
            }
        }
        if let Some(loud) = shown.drums.other(at) {
            mark(at, DRUMS, loud);
        }
    }
}
