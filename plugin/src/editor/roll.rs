//! The piano roll: eight measures back, the one under way, and what is planned.
//!
//! ```text
//! | −8 | −7 | … | −1 | now | planned | open |
//!                       ^ the playhead
//! ```
//!
//! Nothing is planned for the last column yet: what is played in the measure under way decides it.
//! But while the band is frozen, both columns are known.

use egui::{Align2, Color32, Painter, Pos2, Rect, Stroke, StrokeKind, Ui, pos2, vec2};
use model::{Note, Source, VoiceId};

use super::chords;
use super::desk::Desk;
use super::drums;
use super::plain;
use super::theme::{GRID, Theme, Type};
use super::zoom::{AHEAD, BEHIND, Layout, Zoom, fit, keys, seen};
use crate::snapshot::{Page, Shown};

/// The measure numbers. Chosen.
const RULER: f32 = 20.0;
/// The chords. Chosen.
const CHORDS: f32 = 24.0;
/// The keyboard. Chosen.
pub(super) const KEYS: f32 = 40.0;

/// The roll in this place.
pub(super) fn roll(ui: &mut Ui, desk: &mut Desk<'_>, rect: Rect) {
    let theme = desk.theme;
    let painter = ui.painter_at(rect);
    let page = &desk.snapshot.page;
    let wanted = fit(page);
    let Zoom { seen: zoom, goal } =
        *desk.state.zoom.insert(desk.state.zoom.map_or_else(|| Zoom::at(wanted), |zoom| zoom.follow(wanted)));
    if zoom != goal {
        ui.ctx().request_repaint();
    }
    let whole = rect;
    let lanes = drums::height(desk, whole.height());
    let rect = Rect::from_min_max(whole.min, whole.max - vec2(0.0, lanes));
    let notes = Rect::from_min_max(rect.min + vec2(KEYS, RULER + CHORDS), rect.max);
    let layout = Layout { notes, zoom };
    plain::area(&painter, top(&layout, rect), theme.ground);
    stripes(&painter, &layout, theme);
    lines(&painter, &layout, page, theme);
    let roll = painter.with_clip_rect(notes);
    for (place, shown) in page.measures() {
        measure(&roll, &layout, desk, place, shown);
    }
    open_measure(&painter, &layout, desk);
    ruler(&painter, &layout, desk, rect);
    keyboard(&painter, &layout, theme, rect);
    if lanes > 0.0 {
        let place = Rect::from_min_max(rect.left_bottom(), whole.max);
        drums::lanes(&painter, &layout, desk, place);
    }
    playhead(&painter, &layout, desk, whole);
    let steps = page.now.as_ref().map_or(16, |now| now.music.steps());
    desk.state.pixels_a_step = layout.column(0).width() * painter.pixels_per_point() / f32::from(steps);
    if page.measures().next().is_none() {
        invitation(&painter, desk, notes);
    }
}

fn is_black(key: i32) -> bool {
    (0..=127).contains(&key) && [1, 3, 6, 8, 10].contains(&key.rem_euclid(12))
}

/// The ground: a stripe a key, none upon another, since filled areas are what drawing costs.
fn stripes(painter: &Painter, layout: &Layout, theme: Theme) {
    let painter = painter.with_clip_rect(layout.notes);
    let keys = seen(layout);
    for key in keys.clone() {
        let (top, bottom) = (layout.key_top(key as f32), layout.key_top(key as f32 - 1.0));
        let stripe = Rect::from_x_y_ranges(layout.notes.x_range(), top..=bottom).intersect(layout.notes);
        plain::area(&painter, stripe, if is_black(key) { theme.black_keys } else { theme.ground });
    }
    for key in keys.filter(|key| key.rem_euclid(12) == 0) {
        plain::horizontal(&painter, layout.notes.x_range(), layout.key_top(key as f32 - 1.0), theme.line);
    }
}

/// Bar lines and beats.
fn lines(painter: &Painter, layout: &Layout, page: &Page, theme: Theme) {
    let steps_at =
        |place: i32| page.measures().find(|(at, _)| *at == place).map_or(16, |(_, shown)| shown.music.steps());
    for place in -BEHIND..=AHEAD {
        let column = layout.column(place);
        let steps = steps_at(place);
        for step in (4..steps).step_by(4) {
            let x = column.left() + column.width() * f32::from(step) / f32::from(steps);
            plain::vertical(painter, x, layout.notes.y_range(), theme.line);
        }
        plain::vertical(painter, column.left(), column.top() - RULER - CHORDS..=column.bottom(), theme.strong_line);
    }
}

fn measure(painter: &Painter, layout: &Layout, desk: &Desk<'_>, place: i32, shown: &Shown) {
    // The user's notes lie on top.
    let user = shown.users_voice().filter(|&user| shown.music.present.has(user));
    let band = user.map_or(shown.music.present, |user| shown.music.present.without(user));
    for voice in band.iter().chain(user) {
        for note in shown.music.voice(voice).notes() {
            draw_note(painter, layout, desk, (place, shown), voice, note);
        }
    }
}

/// A note of a voice in a measure, which is given with its place: 0 plays now.
fn draw_note(
    painter: &Painter,
    layout: &Layout,
    desk: &Desk<'_>,
    (place, shown): (i32, &Shown),
    voice: VoiceId,
    note: &Note,
) {
    let is_user = shown.users_voice() == Some(voice);
    let colour = desk.theme.voice(voice.index(), is_user);
    let column = layout.column(place);
    let step = column.width() / f32::from(shown.music.steps());
    let left = column.left() + step * f32::from(note.step.0);
    let right = left + step * f32::from(note.length) - if note.continues { 0.0 } else { 1.0 };
    let (top, height) = (layout.key_top(f32::from(note.key.get())), layout.key_height());
    let gap = if height > 4.0 { 0.5 } else { 0.0 };
    let rect = Rect::from_min_max(pos2(left + 0.5, top + gap), pos2(right.max(left + 2.0), top + height - gap));
    let loud = 0.35 + 0.65 * f32::from(note.velocity.get()) / 127.0;
    let silent = !is_user && !shown.audible.has(voice);
    let planned = place > 0;
    let strength = loud * if planned { 0.4 } else { 1.0 } * if silent { 0.25 } else { 1.0 };
    let cut = if height > 6.0 { 1.0 } else { 0.0 };
    plain::cut_area(painter, rect, cut, colour.gamma_multiply(strength));
    if planned || silent {
        let edge = colour.gamma_multiply(if silent { 0.4 } else { 0.8 });
        plain::edge(painter, rect, cut, edge);
    } else if height > 5.0 {
        // A note's beginning is its loudest moment.
        let head = Rect::from_min_max(rect.min, pos2((rect.left() + 2.0).min(rect.right()), rect.bottom()));
        plain::area(painter, head, colour);
    }
    if !is_user && shown.moved[voice.index()] & 1 << note.step.0.min(15) != 0 && height > 4.0 {
        // It was planned elsewhere, and yielded to what the player held.
        let mark = Rect::from_min_size(rect.left_bottom() - vec2(0.0, 2.0), vec2(rect.width().min(8.0), 2.0));
        plain::area(painter, mark, desk.theme.text);
    }
    if sounds_now(desk, place, note) && !silent && height > 4.0 {
        plain::edge(painter, rect.expand(1.0), cut, desk.theme.text);
    }
}

fn sounds_now(desk: &Desk<'_>, place: i32, note: &Note) -> bool {
    let playhead = desk.snapshot.seen.playhead.filter(|_| desk.snapshot.seen.playing && place == 0);
    playhead.is_some_and(|at| (f32::from(note.step.0)..f32::from(note.end())).contains(&at.step))
}

/// The measure that nobody has planned yet.
fn open_measure(painter: &Painter, layout: &Layout, desk: &Desk<'_>) {
    let theme = desk.theme;
    let page = &desk.snapshot.page;
    let first = if page.planned.is_some() { AHEAD } else { 1 };
    if page.after.is_some() {
        return;
    }
    let area = layout.column(first).union(layout.column(AHEAD));
    let painter = painter.with_clip_rect(area);
    plain::area(&painter, area, theme.panel.gamma_multiply(if theme.dark { 0.55 } else { 0.7 }));
    if desk.snapshot.seen.playing && area.width() > 48.0 && area.height() > 60.0 {
        let lines = if desk.snapshot.page.listening_left > 0 {
            format!("listening:\n{}", super::faults::more(desk.snapshot.page.listening_left))
        } else {
            "decided by\nwhat you\nplay now".to_owned()
        };
        let galley = painter.layout(lines, Type::Small.font(), theme.dim, area.width());
        painter.galley(area.center() - galley.size() / 2.0, galley, theme.dim);
    }
}

/// The place of measure numbers and chords.
fn top(layout: &Layout, rect: Rect) -> Rect {
    Rect::from_min_max(rect.min, pos2(rect.right(), layout.notes.top()))
}

/// Measure numbers, who played, and chords.
fn ruler(painter: &Painter, layout: &Layout, desk: &Desk<'_>, rect: Rect) {
    let theme = desk.theme;
    let band = top(layout, rect);
    plain::horizontal(painter, rect.x_range(), layout.notes.top(), theme.strong_line);
    painter.text(
        pos2(rect.left() + 2.0 * GRID, band.bottom() - CHORDS / 2.0),
        Align2::LEFT_CENTER,
        "chord",
        Type::Small.font(),
        theme.dim,
    );
    for (place, shown) in desk.snapshot.page.measures() {
        let column = layout.column(place);
        let top = Rect::from_min_size(pos2(column.left(), rect.top()), vec2(column.width(), RULER));
        let clipped = painter.with_clip_rect(Rect::from_min_max(top.min, pos2(top.right(), layout.notes.top())));
        if place == 0 {
            plain::area(&clipped, top, theme.filled);
        }
        let number = (shown.index + 1).to_string();
        let ink = if place == 0 { theme.text } else { theme.dim };
        let number =
            clipped.text(top.left_center() + vec2(GRID, 0.0), Align2::LEFT_CENTER, number, Type::Small.font(), ink);
        if let Some((mark, colour)) = mark(shown.source, place, theme) {
            let galley = painter.layout_no_wrap(mark.to_owned(), Type::Small.font(), colour);
            let left = top.right() - GRID - galley.size().x;
            if left > number.right() {
                clipped.galley(pos2(left, top.center().y - galley.size().y / 2.0), galley, colour);
            }
        }
        measure_chords(&clipped, layout, desk, place, shown);
    }
}

/// Who plays a measure, where it is not plainly a prediction.
fn mark(source: Source, place: i32, theme: Theme) -> Option<(&'static str, Color32)> {
    match source {
        Source::Predicted if place > 0 => Some(("plan", theme.accent)),
        Source::Predicted => None,
        Source::LoopAgo(_) => Some(("loop", theme.warning)),
        Source::NGram => Some(("rule", theme.warning)),
        Source::Closing => Some(("close", theme.dim)),
        Source::Resting => Some(("rest", theme.dim)),
        Source::Frozen => Some(("frozen", theme.accent)),
        Source::Silent => Some(("listens", theme.dim)),
    }
}

fn measure_chords(painter: &Painter, layout: &Layout, desk: &Desk<'_>, place: i32, shown: &Shown) {
    let theme = desk.theme;
    let column = layout.column(place);
    let steps = shown.music.steps();
    let (mut before, mut free): (Option<String>, f32) = (None, column.left());
    for (from, to) in chords::halves(steps) {
        if from >= to {
            continue;
        }
        let name = chords::between(&desk.snapshot.page, &shown.music, from, to);
        if name.is_some() && name != before {
            let x = column.left() + column.width() * f32::from(from) / f32::from(steps) + GRID;
            let ink = match place {
                0 => theme.text,
                1.. => theme.accent,
                _ => theme.dim,
            };
            let size = if column.width() > 56.0 { Type::Body } else { Type::Small };
            let galley = painter.layout_no_wrap(name.clone().unwrap_or_default(), size.font(), ink);
            // One that does not fit is left out; what sounds stands in the top line too.
            let at = pos2(x, layout.notes.top() - CHORDS / 2.0 - galley.size().y / 2.0);
            if x >= free && x + galley.size().x <= column.right() {
                free = x + galley.size().x + GRID;
                painter.galley(at, galley, ink);
            }
        }
        before = name;
    }
}

fn keyboard(painter: &Painter, layout: &Layout, theme: Theme, rect: Rect) {
    let strip = Rect::from_min_max(pos2(rect.left(), layout.notes.top()), pos2(layout.notes.left(), rect.bottom()));
    let painter = painter.with_clip_rect(strip);
    plain::area(&painter, strip, theme.panel);
    let height = layout.key_height();
    let keyboard = Rect::from_min_max(pos2(strip.right() - 14.0, strip.top()), strip.max);
    let (white, black) = if theme.dark {
        (Color32::from_gray(0xA8), Color32::from_gray(0x20))
    } else {
        (Color32::WHITE, Color32::from_gray(0x50))
    };
    plain::area(&painter, keyboard, white);
    for key in keys(layout) {
        let top = layout.key_top(key as f32);
        if is_black(key) {
            let black_key = Rect::from_min_size(pos2(keyboard.left(), top), vec2(9.0, height));
            plain::area(&painter, black_key, black);
        } else if [0, 5].contains(&key.rem_euclid(12)) {
            plain::horizontal(&painter, keyboard.x_range(), top + height, black.gamma_multiply(0.5));
        }
        let middle = top + height / 2.0;
        let fits = middle > strip.top() + 6.0 && middle < strip.bottom() - 6.0;
        if key.rem_euclid(12) == 0 && fits {
            let name = format!("C{}", key.div_euclid(12) - 1);
            let at = pos2(keyboard.left() - GRID, middle);
            painter.text(at, Align2::RIGHT_CENTER, name, Type::Small.font(), theme.dim);
        }
    }
    plain::vertical(&painter, strip.right(), strip.y_range(), theme.strong_line);
}

fn playhead(painter: &Painter, layout: &Layout, desk: &Desk<'_>, rect: Rect) {
    let (Some(at), Some(now)) = (desk.snapshot.seen.playhead, &desk.snapshot.page.now) else { return };
    let column = layout.column(0);
    // The page may be a block older than the playhead.
    let share = if at.index == now.index { (at.step / f32::from(now.music.steps())).clamp(0.0, 1.0) } else { 0.0 };
    // From pixel to pixel: it need not be drawn again before it reaches the next one.
    let pixels = painter.pixels_per_point();
    let x = column.left() + (column.width() * share * pixels).floor() / pixels;
    plain::area(painter, Rect::from_x_y_ranges(x..=x + 1.5, rect.y_range()), desk.theme.text);
    let tip = |dx: f32, dy: f32| Pos2::new(x + dx, rect.top() + dy);
    let head = vec![tip(-4.0, 0.0), tip(4.0, 0.0), tip(0.0, 6.0)];
    painter.add(egui::Shape::convex_polygon(head, desk.theme.text, Stroke::NONE));
}

/// What to do where nothing is to be seen.
fn invitation(painter: &Painter, desk: &Desk<'_>, notes: Rect) {
    let theme = desk.theme;
    let page = &desk.snapshot.page;
    let user = page
        .users_voice()
        .map_or(Some("drums"), |user| page.voices[user.index()].as_ref().map(|line| line.name.as_str()));
    let user = user.unwrap_or("your part");
    let first = if desk.snapshot.seen.playing { "Play now".to_owned() } else { "Press play in your DAW".to_owned() };
    let centre = notes.center();
    let painter = painter.with_clip_rect(notes);
    let box_size = vec2(320.0, 72.0);
    let plate = Rect::from_center_size(centre, box_size);
    painter.rect_filled(plate, 8, theme.panel);
    painter.rect_stroke(plate, 8, Stroke::new(1.0, theme.strong_line), StrokeKind::Inside);
    painter.text(centre - vec2(0.0, 12.0), Align2::CENTER_CENTER, first, Type::Large.font(), theme.text);
    let second = format!("and play the {user}: the band joins in at a bar line.");
    painter.text(centre + vec2(0.0, 16.0), Align2::CENTER_CENTER, second, Type::Body.font(), theme.dim);
}
