//! The menu of the chart: its text, its loop, and what else is done with the whole of it.

use egui::{Rect, Ui};
use model::music::chart::{Chart, ChartLoop, LaidChart};

use super::chip::Chip;
use super::desk::Desk;
use super::sheet::Action;

/// The lengths of loops to choose from, in measures. Chosen.
const LENGTHS: [u16; 8] = [1, 2, 4, 8, 12, 16, 24, 32];

/// The chip and its menu.
pub(super) fn chart_menu(ui: &Ui, desk: &mut Desk<'_>, rect: Rect) {
    let any = !desk.sheet.chart.chart.is_empty();
    let tip = "The chords that the band plays: typed, pasted, learnt from what was played, looped.";
    let lit = any.then_some(desk.theme.accent);
    let chip = Chip::new("Chart", tip).lit(lit).show(ui, desk.theme, rect, "chart");
    if chip.clicked() && desk.state.lane.text.is_none() {
        desk.state.lane.text = Some(desk.sheet.chart.chart.to_string());
    }
    let close = egui::PopupCloseBehavior::CloseOnClickOutside;
    let popup = egui::Popup::menu(&chip).close_behavior(close).width(340.0).show(|ui| {
        text(ui, desk);
        ui.separator();
        repeats(ui, desk);
        ui.separator();
        buttons(ui, desk, any);
    });
    if popup.is_none() {
        desk.state.lane.text = None;
    }
}

/// The chart as text, to be typed, pasted and copied.
fn text(ui: &mut Ui, desk: &mut Desk<'_>) {
    let Some(written) = &mut desk.state.lane.text else { return };
    let edit = egui::TextEdit::multiline(written)
        .font(egui::TextStyle::Monospace)
        .desired_rows(5)
        .desired_width(f32::INFINITY)
        .hint_text("| C | Am7 F | G7 | % |\nSections [A], repeats |: :| x3, N.C. for no chord, ? for the band's own");
    egui::ScrollArea::vertical().max_height(180.0).show(ui, |ui| ui.add(edit));
    let read: Result<Chart, _> =
        if written.trim().is_empty() { Ok(Chart::default()) } else { written.parse::<Chart>() };
    let written = written.clone();
    ui.horizontal(|ui| match read {
        Ok(chart) => {
            let changed = chart != desk.sheet.chart.chart;
            if ui.add_enabled(changed, egui::Button::new("Use")).clicked() {
                desk.state.lane.text = Some(chart.to_string());
                desk.actions.push(Action::Chart(LaidChart { chart, ..desk.sheet.chart.clone() }));
            }
            if ui.button("Copy").on_hover_text("Copies the chart as text.").clicked() {
                ui.ctx().copy_text(written);
            }
        }
        Err(error) => {
            ui.colored_label(desk.theme.fault, error.to_string());
        }
    });
}

/// When it begins again.
fn repeats(ui: &mut Ui, desk: &mut Desk<'_>) {
    let now = desk.sheet.chart.repeats;
    let mut chosen = None;
    ui.horizontal_wrapped(|ui| {
        ui.label("Loop");
        let tip = "Its measures are the song's, from measure 1 on; after its last one the band plays on by itself.";
        if ui.selectable_label(now == ChartLoop::Never, "follows the song").on_hover_text(tip).clicked() {
            chosen = Some(ChartLoop::Never);
        }
        let tip = "Begins again after its last measure.";
        if ui.selectable_label(now == ChartLoop::AtItsEnd, "at its end").on_hover_text(tip).clicked() {
            chosen = Some(ChartLoop::AtItsEnd);
        }
        for length in LENGTHS {
            let tip = format!("Begins again every {length} measures, counted from measure 1.");
            let is_now = now == ChartLoop::After(length);
            if ui.selectable_label(is_now, length.to_string()).on_hover_text(tip).clicked() {
                chosen = Some(ChartLoop::After(length));
            }
        }
    });
    if let Some(repeats) = chosen.filter(|&chosen| chosen != now) {
        desk.actions.push(Action::Chart(LaidChart { repeats, ..desk.sheet.chart.clone() }));
    }
}

fn buttons(ui: &mut Ui, desk: &mut Desk<'_>, any: bool) {
    ui.horizontal(|ui| {
        let tip = "What was heard on the last pass of the loop, or since the transport started, becomes the chart.";
        let heard = desk.sheet.kept.measures > 0;
        if ui.add_enabled(heard, egui::Button::new("Learn")).on_hover_text(tip).clicked() {
            let page = &desk.snapshot.page;
            let last = page.past[0].and_then(|shown| shown.place).map(|place| place.bar);
            desk.actions.push(Action::LearnChart(last));
            desk.state.lane.text = None;
            ui.close();
        }
        let tip = "The band finds its own chords again. Undo brings the chart back.";
        if ui.add_enabled(any, egui::Button::new("Clear")).on_hover_text(tip).clicked() {
            desk.state.lane.text = Some(String::new());
            desk.actions.push(Action::Chart(LaidChart::default()));
        }
    });
}
