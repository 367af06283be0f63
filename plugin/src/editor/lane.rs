//! The chord lane above the roll: the chart, half a measure a cell, to be typed in.
//!
//! While the band plays, each cell stands above its measure in the roll; while the transport stands, or somebody types,
//! the bars follow one another, from wherever the wheel or the arrow keys have led. What the chart says is solid; what
//! the band was told besides is pale.

use egui::{Align2, EventFilter, Key, Painter, Rect, Response, Sense, Ui, WidgetInfo, pos2, vec2};
use model::music::chart::{Chart, ChartLoop, LaidChart};
use model::music::chord::ChordSymbol;
use model::systems::harmony::telling::ToldChord;

use super::chart_menu;
use super::desk::Desk;
use super::fit::fitted;
use super::lane_state::{Cell, ChordTyping};
use super::plain;
use super::sheet::Action;
use super::theme::{GRID, Theme, Type};
use super::told::{self, strength, told_in};
use super::zoom::{AHEAD, BEHIND};
use crate::snapshot::Page;

/// How high the lane is. Chosen.
pub(super) const HEIGHT: f32 = 26.0;
/// What stands before the first column, in points. Required: as wide as the roll's keyboard.
const BEFORE: f32 = super::roll::KEYS;

/// How many measures are seen. Required: as many as the roll has columns.
const SEEN: i64 = (BEHIND + 1 + AHEAD) as i64;

/// The lane in this place.
pub(super) fn lane(ui: &mut Ui, desk: &mut Desk<'_>, rect: Rect) {
    let theme = desk.theme;
    plain::area(ui.painter(), rect, theme.ground);
    let label = Rect::from_min_max(rect.min, pos2(rect.left() + BEFORE, rect.bottom()));
    chart_menu::chart_menu(ui, desk, label.shrink2(vec2(3.0, 3.0)));
    let cells = Rect::from_min_max(pos2(label.right(), rect.top()), rect.max);
    let bars = bars(desk);
    let parts = parts(desk);
    let width = cells.width() / SEEN as f32;
    let (mut seen, mut told) = (Vec::new(), Vec::new());
    for (column, bar) in (0..).zip(bars) {
        let Some(bar) = bar else { continue };
        let left = cells.left() + width * column as f32;
        for part in 0..parts {
            let each = width / parts as f32;
            let place = Rect::from_min_size(pos2(left + each * part as f32, rect.top()), vec2(each, rect.height()));
            let cell = Cell { bar, part, parts };
            seen.push((cell, place));
            told.push(told_to(desk, cell, column));
        }
    }
    draw(&ui.painter().with_clip_rect(cells), desk, (&seen, &told), theme);
    // A key leads on from where the keyboard was: it is pressed once.
    let focused = ui.memory(egui::Memory::focused);
    for (&(cell, place), told) in seen.iter().zip(&told) {
        if desk.state.lane.typing.as_ref().is_some_and(|typing| typing.cell == cell) {
            type_in(ui, desk, cell, place);
        } else {
            let response = ui.interact(place, cell.id(), Sense::click_and_drag());
            touch(ui, desk, (cell, told.as_ref()), (&response, focused == Some(response.id)), &seen);
        }
    }
    turn_pages(ui, desk, cells);
    plain::vertical(ui.painter(), cells.left(), rect.y_range(), theme.strong_line);
    plain::horizontal(ui.painter(), rect.x_range(), rect.bottom() - 0.5, theme.strong_line);
}

/// Do the bars follow one another, and do they not go by with the music?
fn stands(desk: &Desk<'_>) -> bool {
    !desk.snapshot.seen.playing || desk.state.lane.typing.is_some() || desk.state.lane.text.is_some()
}

/// The bar in each column.
fn bars(desk: &Desk<'_>) -> Vec<Option<i64>> {
    if stands(desk) {
        return (0..SEEN).map(|column| Some(desk.state.lane.first + column)).collect();
    }
    let page = &desk.snapshot.page;
    (-BEHIND..=AHEAD).map(|place| bar_at(page, place)).collect()
}

/// The bar of a measure of the page, by its place in time: 0 is the one under way.
fn bar_at(page: &Page, place: i32) -> Option<i64> {
    match place {
        1 => page.next.map(|next| next.bar),
        2.. => page.next.map(|next| next.bar + 1),
        _ => page.measures().find(|(at, _)| *at == place)?.1.place.map(|place| place.bar),
    }
}

/// What the band was told of this cell, where the chart says nothing: in the measure that lies in this column; while the
/// bars stand, in the newest that was played in this bar.
fn told_to(desk: &Desk<'_>, cell: Cell, column: i32) -> Option<ToldChord> {
    if chord(&desk.sheet.chart, cell).0.is_some() {
        return None;
    }
    let page = &desk.snapshot.page;
    if !stands(desk) {
        return told_in(cell, page.measures().filter(|(place, _)| *place == column - BEHIND).map(|(_, shown)| shown));
    }
    told_in(cell, page.planned.iter().chain(&page.now).chain(page.past.iter().flatten()))
}

/// Into how many cells a measure is divided: short ones are whole.
fn parts(desk: &Desk<'_>) -> usize {
    let short = desk.snapshot.seen.meter.is_some_and(|(numerator, denominator)| numerator * 16 <= denominator * 12);
    if short { 1 } else { 2 }
}

/// The chord of a cell, and whether the chart says so there for the first time (and does not only come round again).
fn chord(laid: &LaidChart, cell: Cell) -> (Option<ChordSymbol>, bool) {
    let Some(measure) = laid.measure_of(cell.bar) else { return (None, true) };
    let first = i64::try_from(measure).is_ok_and(|measure| measure == cell.bar);
    (laid.chart.cell(measure, cell.part, cell.parts), first)
}

/// What stands in a cell: its name, and how strongly it is drawn.
struct Mark {
    name: String,
    strength: f32,
    /// The band was told it, but nobody wrote it down.
    told: bool,
}

fn mark(laid: &LaidChart, cell: Cell, told: Option<&ToldChord>) -> Option<Mark> {
    let (known, first) = chord(laid, cell);
    let known =
        known.map(|chord| Mark { name: chord.to_string(), strength: if first { 1.0 } else { 0.6 }, told: false });
    known.or_else(|| told.map(|told| Mark { name: told.chord.to_string(), strength: strength(told), told: true }))
}

fn draw(painter: &Painter, desk: &Desk<'_>, (seen, told): (&[(Cell, Rect)], &[Option<ToldChord>]), theme: Theme) {
    let now = bar_at(&desk.snapshot.page, 0).filter(|_| !stands(desk));
    let marks: Vec<_> =
        seen.iter().zip(told).map(|(&(cell, _), told)| mark(&desk.sheet.chart, cell, told.as_ref())).collect();
    let goes_on = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| marks[before].as_ref());
        before
            .zip(marks[at].as_ref())
            .is_some_and(|(before, mark)| (&before.name, before.told) == (&mark.name, mark.told))
    };
    let numbered = |at: usize| marks[at].is_none() && seen[at].0.part == 0 && stands(desk);
    // All grounds first: a name may reach over those of the cells that it goes on through.
    for (&(_, place), mark) in seen.iter().zip(&marks) {
        if let Some(mark) = mark.as_ref().filter(|mark| !mark.told) {
            plain::area(painter, place.shrink2(vec2(0.0, 3.0)), theme.filled.gamma_multiply(mark.strength));
        }
    }
    for (at, (&(cell, place), mark)) in seen.iter().zip(&marks).enumerate() {
        if let Some(mark) = mark
            && !goes_on(at)
        {
            let ink = if now == Some(cell.bar) || mark.told { theme.text } else { theme.text.gamma_multiply(0.85) };
            // It has room up to what stands there next.
            let next = (at + 1..seen.len()).find(|&next| numbered(next) || marks[next].is_some() && !goes_on(next));
            let end = next.map_or(painter.clip_rect().right(), |next| seen[next].1.left());
            let left = place.left() + GRID;
            let galley = fitted(painter, &mark.name, end - left - 1.0, ink.gamma_multiply(mark.strength));
            painter.galley(pos2(left, place.center().y - galley.size().y / 2.0), galley, ink);
            let edge = if mark.told { theme.accent.gamma_multiply(mark.strength) } else { theme.accent };
            plain::vertical(painter, place.left() + 1.0, place.shrink(3.0).y_range(), edge);
        }
        if cell.part == 0 {
            plain::vertical(painter, place.left(), place.y_range(), theme.strong_line);
            // Which bar it is, where no chord says more.
            if numbered(at) {
                let at = place.left_center() + vec2(GRID, 0.0);
                painter.text(at, Align2::LEFT_CENTER, (cell.bar + 1).to_string(), Type::Small.font(), theme.dim);
            }
        } else {
            plain::vertical(painter, place.left(), place.bottom() - 5.0..=place.bottom(), theme.line);
        }
    }
}

/// What is done with a cell: clicked, drawn over others, keys.
fn touch(
    ui: &Ui,
    desk: &mut Desk<'_>,
    (cell, told): (Cell, Option<&ToldChord>),
    (response, has_focus): (&Response, bool),
    seen: &[(Cell, Rect)],
) {
    let laid = &desk.sheet.chart;
    let (own, _) = chord(laid, cell);
    let left = || told.map_or_else(|| "left to the band".to_owned(), told::name);
    let name = own.map_or_else(left, |own| own.to_string());
    let half = if cell.parts > 1 && cell.part == 1 { ", second half" } else { "" };
    let label = format!("Chord of measure {}{half}: {name}", cell.bar + 1);
    response.widget_info(|| WidgetInfo::labeled(egui::accesskit::Role::Button, true, &label));
    if response.has_focus() || response.hovered() {
        let ink = if response.has_focus() { desk.theme.accent } else { desk.theme.dim };
        plain::edge(ui.painter(), response.rect.shrink2(vec2(1.0, 2.0)), 0.0, ink);
    }
    if response.drag_started() {
        desk.state.lane.drawn_from = Some(cell);
    }
    if response.drag_stopped()
        && let Some(from) = desk.state.lane.drawn_from.take()
        && let Some(pointer) = ui.input(|input| input.pointer.interact_pos())
    {
        let over = |place: &Rect| place.x_range().contains(pointer.x);
        if let Some((to, _)) = seen.iter().find(|(_, place)| over(place)) {
            extend(desk, from, *to);
        }
    }
    if has_focus {
        let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let pressed = |key| ui.input(|input| input.key_pressed(key));
        if pressed(Key::Delete) || pressed(Key::Backspace) {
            let mut laid = desk.sheet.chart.clone();
            put(&mut laid, cell, None);
            desk.actions.push(Action::Chart(laid));
        }
        for (key, forward) in [(Key::ArrowRight, true), (Key::ArrowLeft, false)] {
            if pressed(key) {
                go_to(ui, desk, cell.beside(forward));
            }
        }
    }
    if response.clicked() {
        begin(desk, cell, seen);
    }
    let tip = "Click to type a chord, as Am7 or C/E; Enter goes on to the next. Drag to extend it, Delete to clear it.";
    response.clone().on_hover_text(format!("{label}.\n{}{tip}", told.map(told::reasons).unwrap_or_default()));
}

/// Begins to type in a cell, which stays where it is.
fn begin(desk: &mut Desk<'_>, cell: Cell, seen: &[(Cell, Rect)]) {
    if !stands(desk) {
        let column = seen.iter().position(|(other, _)| *other == cell).unwrap_or(0) / cell.parts.max(1);
        desk.state.lane.first = (cell.bar - i64::try_from(column).unwrap_or(0)).max(0);
    }
    let text = chord(&desk.sheet.chart, cell).0.map_or_else(String::new, |chord| chord.to_string());
    desk.state.lane.typing = Some(ChordTyping { cell, text, fresh: true });
}

/// The keyboard goes to a cell, which is brought into sight.
fn go_to(ui: &Ui, desk: &mut Desk<'_>, cell: Cell) {
    show_bar(desk, cell.bar);
    ui.memory_mut(|memory| memory.request_focus(cell.id()));
}

fn show_bar(desk: &mut Desk<'_>, bar: i64) {
    let first = &mut desk.state.lane.first;
    *first = (*first).clamp((bar - SEEN + 1).max(0), bar.max(0));
}

fn type_in(ui: &mut Ui, desk: &mut Desk<'_>, cell: Cell, place: Rect) {
    let Some(mut typing) = desk.state.lane.typing.take() else { return };
    let wide = Rect::from_min_size(place.min, vec2(place.width().max(92.0), place.height()));
    let edit = egui::TextEdit::singleline(&mut typing.text)
        .id(egui::Id::unique("typing a chord"))
        .font(Type::Body.font())
        .margin(egui::Margin::symmetric(4, 4))
        .desired_width(wide.width());
    let mut output = ui.scope_builder(egui::UiBuilder::new().max_rect(wide), |ui| edit.show(ui)).inner;
    if typing.fresh {
        typing.fresh = false;
        output.response.request_focus();
        let all = egui::text::CCursorRange::two(
            egui::text::CCursor::default(),
            egui::text::CCursor::new(typing.text.chars().count()),
        );
        output.state.cursor.set_char_range(Some(all));
        output.state.store(ui.ctx(), output.response.id);
        desk.state.lane.typing = Some(typing);
        return;
    }
    if ui.input(|input| input.key_pressed(Key::Escape)) {
        ui.memory_mut(|memory| memory.request_focus(cell.id()));
        return;
    }
    if !output.response.lost_focus() {
        desk.state.lane.typing = Some(typing);
        return;
    }
    let entered = ui.input(|input| input.key_pressed(Key::Enter));
    match typed(&desk.sheet.chart, cell, &typing.text) {
        Err(why) => {
            desk.actions.push(Action::Refused(why));
            if entered {
                // What is wrong stays to be mended.
                desk.state.lane.typing = Some(ChordTyping { fresh: true, ..typing });
            }
        }
        Ok(laid) => {
            if laid != desk.sheet.chart {
                desk.actions.push(Action::Chart(laid.clone()));
            }
            if entered {
                let next = cell.beside(true);
                show_bar(desk, next.bar);
                let text = chord(&laid, next).0.map_or_else(String::new, |chord| chord.to_string());
                desk.state.lane.typing = Some(ChordTyping { cell: next, text, fresh: true });
            }
        }
    }
}

/// The chart with what was typed in a cell: a chord, `%` for the one before once more, `?` or nothing for the band's own,
/// several for the whole measure, or a chart of several measures from there on.
fn typed(laid: &LaidChart, cell: Cell, text: &str) -> Result<LaidChart, String> {
    let mut out = laid.clone();
    let text = text.trim();
    let measure = measure_to_write(laid, cell.bar);
    if text.is_empty() || text == "?" {
        put(&mut out, cell, None);
        return Ok(out);
    }
    if matches!(text, "%" | "/") {
        let before = Some(cell.beside(false)).filter(|before| *before != cell).and_then(|before| chord(laid, before).0);
        put(&mut out, cell, before);
        return Ok(out);
    }
    let written = if text.contains('|') { text.to_owned() } else { format!("| {text} |") };
    let chart: Chart = written.parse().map_err(|error: model::music::chart::ChartError| error.to_string())?;
    let chords = |at: usize| (0..).map(move |part| (at, part));
    let several = chart.len() > 1 || text.split_whitespace().nth(1).is_some();
    if !several {
        put(&mut out, cell, chart.cell(0, 0, 1));
        return Ok(out);
    }
    for at in 0..chart.len() {
        for (at, part) in chords(at).take(model::music::chart::MOST_CHORDS) {
            out.chart.write(measure + at, part, model::music::chart::MOST_CHORDS, chart.cell(at, part, 16));
        }
    }
    Ok(begun(out, laid))
}

/// The chart's measure that is written when somebody types in a bar.
fn measure_to_write(laid: &LaidChart, bar: i64) -> usize {
    let bar_number = usize::try_from(bar).unwrap_or(0);
    match laid.repeats {
        ChartLoop::After(length) => bar_number % usize::from(length.max(1)),
        _ => laid.measure_of(bar).unwrap_or(bar_number),
    }
}

/// Writes a chord into a cell. One in the first half of a measure goes on through the second, where that said nothing
/// else.
fn put(laid: &mut LaidChart, cell: Cell, chord: Option<ChordSymbol>) {
    let before = laid.clone();
    let measure = measure_to_write(laid, cell.bar);
    let (old, second) = (laid.chart.cell(measure, 0, cell.parts), laid.chart.cell(measure, 1, cell.parts));
    laid.chart.write(measure, cell.part, cell.parts, chord);
    if cell.parts == 2 && cell.part == 0 && (second.is_none() || second == old) {
        laid.chart.write(measure, 1, 2, chord);
    }
    *laid = begun(std::mem::take(laid), &before);
}

/// A chart that is begun here follows the song: whoever types its second measure does not want the first once more.
fn begun(mut laid: LaidChart, before: &LaidChart) -> LaidChart {
    if before.chart.is_empty() && before.repeats == ChartLoop::AtItsEnd && !laid.chart.is_empty() {
        laid.repeats = ChartLoop::Never;
    }
    laid
}

/// The chord of a cell goes on to another.
fn extend(desk: &mut Desk<'_>, from: Cell, to: Cell) {
    let mut laid = desk.sheet.chart.clone();
    let (own, _) = chord(&laid, from);
    let forward = (to.bar, to.part) > (from.bar, from.part);
    let mut cell = from;
    while cell != to {
        cell = cell.beside(forward);
        put(&mut laid, cell, own);
    }
    if laid != desk.sheet.chart {
        desk.actions.push(Action::Chart(laid));
    }
}

/// The wheel leads to other bars while they stand.
fn turn_pages(ui: &Ui, desk: &mut Desk<'_>, cells: Rect) {
    if !stands(desk) || !ui.rect_contains_pointer(cells) {
        return;
    }
    let turned = ui.input(|input| input.smooth_scroll_delta.x + input.smooth_scroll_delta.y);
    if turned.abs() >= 1.0 {
        let by = if turned > 0.0 { -1 } else { 1 };
        desk.state.lane.first = (desk.state.lane.first + by).max(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(bar: i64, part: usize) -> Cell {
        Cell { bar, part, parts: 2 }
    }

    fn laid(text: &str) -> LaidChart {
        text.parse().expect("a chart")
    }

    #[test]
    fn a_blues_is_typed_chord_by_chord() {
        let mut laid = LaidChart::default();
        let chords = ["F7", "Bb7", "F7", "%", "Bb7", "%", "F7", "%", "C7", "Bb7", "F7", "C7"];
        for (bar, text) in (0..).zip(chords) {
            laid = typed(&laid, cell(bar, 0), text).expect("a chord");
        }
        assert_eq!(laid.to_string(), "once\n| F7 | Bb7 | F7 | % |\n| Bb7 | % | F7 | % |\n| C7 | Bb7 | F7 | C7 |\n");
        laid.repeats = ChartLoop::After(12);
        let turned = typed(&laid, cell(12 + 11, 1), "Gm7").expect("a chord");
        assert!(turned.to_string().ends_with("| C7 Gm7 |\n"), "the last measure, wherever it comes round: {turned}");
    }

    #[test]
    fn half_a_measure_whole_measures_and_whole_charts_are_typed() {
        let check = |before: &str, at: Cell, text: &str, expected: &str| {
            assert_eq!(typed(&laid(before), at, text).expect("chords").chart.to_string(), expected, "{text}");
        };
        check("| C |", cell(0, 1), "Am7", "| C Am7 |\n");
        check("| C Am7 |", cell(0, 0), "F", "| F Am7 |\n");
        check("| C |", cell(0, 0), "F", "| F |\n");
        check("once\n| C |", cell(1, 0), "Am7 D7 G C/E", "| C | Am7 D7 G C/E |\n");
        check("once\n| C |", cell(1, 0), "| F | G7 |", "| C | F | G7 |\n");
        check("| C | F |", cell(1, 0), "", "| C |\n");
        check("| C | F |", cell(1, 1), "?", "| C | F ? |\n");
    }

    #[test]
    fn what_is_no_chord_is_named_and_changes_nothing() {
        let why = typed(&laid("| C |"), cell(0, 0), "Hm").expect_err("no chord");
        assert!(why.contains("Hm") && why.contains("line 1, measure 1"), "{why}");
    }
}
