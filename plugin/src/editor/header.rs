//! The top line: which band, what the host does, the key, the chords, and what is pressed at once.

use std::path::Path;

use egui::{Align2, Color32, Painter, Rect, Shape, Stroke, Ui, pos2, vec2};

use super::about;
use super::chip::Chip;
use super::chords;
use super::clock_line;
use super::desk::Desk;
use super::files;
use super::plain;
use super::sheet::{Action, Dial, ParamId};
use super::theme::{GRID, Type};

/// How high the line is. Chosen.
pub(super) const HEIGHT: f32 = 52.0;
/// The sizes to choose from, in per cent. Chosen.
const SIZES: [u16; 6] = [100, 125, 150, 200, 250, 300];

/// The line in this place.
pub(super) fn header(ui: &mut Ui, desk: &mut Desk<'_>, rect: Rect, strip_width: f32) {
    let theme = desk.theme;
    plain::horizontal(ui.painter(), rect.x_range(), rect.bottom() - 0.5, theme.strong_line);
    let left = Rect::from_min_max(rect.min, pos2(rect.left() + strip_width, rect.bottom()));
    band(ui, desk, left.shrink2(vec2(2.0 * GRID, 12.0)));
    let right = buttons(ui, desk, rect);
    readings(
        ui,
        desk,
        Rect::from_min_max(pos2(left.right() + 2.0 * GRID, rect.top()), pos2(right - 2.0 * GRID, rect.bottom())),
    );
}

/// The band's name, and the others to choose from.
fn band(ui: &mut Ui, desk: &mut Desk<'_>, rect: Rect) {
    let id = ParamId::band("band");
    let Some(entry) = desk.sheet.get(id) else { return };
    let Dial::Choice(choices) = &entry.shape else { return };
    let own = desk.sheet.has_own_band();
    let file = Path::new(&desk.sheet.band_file);
    let name = if own { stem(file) } else { entry.text.clone() };
    let response = files::chooser(ui, desk, rect, ("Band", &name, Type::Title), "The band that plays with you.");
    if response.clicked() {
        desk.actions.push(Action::LookAround);
    }
    egui::Popup::menu(&response).width(rect.width()).show(|ui| {
        for (step, choice) in choices.iter().enumerate().take(choices.len() - 1) {
            if ui.selectable_label(step == entry.step(), choice).clicked() {
                desk.actions.push(Action::Choose(id, entry.value_of(step)));
                ui.close();
            }
        }
        // Those that were found in a folder of bands.
        for found in &desk.sheet.kept.bands {
            let chosen = own && found == file;
            if ui.selectable_label(chosen, stem(found)).on_hover_text(found.display().to_string()).clicked() {
                desk.actions.push(Action::BandFile(found.clone()));
                ui.close();
            }
        }
        if ui.selectable_label(own && !desk.sheet.kept.bands.iter().any(|found| found == file), "Own file …").clicked()
        {
            files::open(desk);
            ui.close();
        }
    });
}

/// A file's name as a player reads it.
fn stem(file: &Path) -> String {
    file.file_stem().map_or_else(|| "Own file".into(), |name| name.to_string_lossy().into_owned())
}

/// What is pressed at once, from the right; returns where they begin.
fn buttons(ui: &mut Ui, desk: &mut Desk<'_>, rect: Rect) -> f32 {
    let mut right = rect.right() - 2.0 * GRID;
    let mut place = |width: f32| {
        let place = Rect::from_min_size(pos2(right - width, rect.center().y - 14.0), vec2(width, 28.0));
        right -= width + GRID;
        place
    };
    let theme = desk.theme;
    let view = Chip::new("View", "Colours, how large everything is, and what this program is.").show(
        ui,
        theme,
        place(44.0),
        "view",
    );
    look(desk, &view);
    if Chip::new("Panic", "Ends every note at once.").show(ui, theme, place(48.0), "panic").clicked() {
        desk.actions.push(Action::Panic);
    }
    let tip = "Other music from the next measure that is predicted.";
    if Chip::new("Regenerate", tip).show(ui, theme, place(76.0), "regenerate").clicked() {
        desk.actions.push(Action::Regenerate);
    }
    let id = ParamId::band("freeze");
    let frozen = desk.sheet.step(id) == 1;
    let measures = desk.sheet.step(ParamId::band("frzlen")) + 1;
    let (text, tip) = if measures == 1 {
        ("Freeze 1".to_owned(), "The band repeats its last measure until released.".to_owned())
    } else {
        (format!("Freeze {measures}"), format!("The band repeats its last {measures} measures until released."))
    };
    let lit = frozen.then_some(theme.accent);
    if Chip::new(&text, &tip).lit(lit).show(ui, theme, place(60.0), "freeze").clicked() {
        desk.actions.push(Action::Choose(id, if frozen { 0.0 } else { 1.0 }));
    }
    let id = ParamId::band("sound");
    let sounds = desk.sheet.is_on(id);
    let tip = if sounds {
        "The band is heard from this plugin's own output. Off: its notes alone go out, to instruments of yours."
    } else {
        "Off: the notes go out to instruments of yours. On: the band is heard from this plugin's own output."
    };
    let lit = sounds.then_some(theme.accent);
    if Chip::new("Sound", tip).lit(lit).drawn(loudspeaker).show(ui, theme, place(26.0), "sound").clicked() {
        desk.actions.push(Action::Choose(id, if sounds { 0.0 } else { 1.0 }));
    }
    right
}

/// A loudspeaker and its waves.
fn loudspeaker(painter: &Painter, rect: Rect, ink: Color32) {
    let at = |x: f32, y: f32| rect.center() + vec2(x, y);
    let magnet = Rect::from_min_max(at(-8.0, -2.5), at(-4.0, 2.5));
    painter.rect_filled(magnet, 0, ink);
    let cone = vec![at(-4.0, -2.5), at(0.0, -6.0), at(0.0, 6.0), at(-4.0, 2.5)];
    painter.add(Shape::convex_polygon(cone, ink, Stroke::NONE));
    for radius in [4.0, 7.5] {
        let arc = (-3_i8..=3).map(|step| {
            let (sin, cos) = (f32::from(step) * 0.28).sin_cos();
            at(0.5 + radius * cos, radius * sin)
        });
        painter.line(arc.collect(), Stroke::new(1.3, ink));
    }
}

/// The menu of how everything looks.
fn look(desk: &mut Desk<'_>, view: &egui::Response) {
    egui::Popup::menu(view).width(120.0).show(|ui| {
        for (dark, name) in [(true, "Dark"), (false, "Light")] {
            if ui.selectable_label(desk.state.look.dark == dark, name).clicked() {
                desk.state.look.dark = dark;
                ui.close();
            }
        }
        ui.separator();
        for percent in SIZES {
            let scale = f32::from(percent) / 100.0;
            if ui.selectable_label(desk.state.look.scale == scale, format!("{percent} %")).clicked() {
                desk.state.look.scale = scale;
                ui.close();
            }
        }
        ui.separator();
        if ui.button("About …").on_hover_text("The version, and whose music the bands learnt from.").clicked() {
            about::open(desk);
            ui.close();
        }
    });
}

/// What the host does and what is heard.
fn readings(ui: &Ui, desk: &Desk<'_>, rect: Rect) {
    if rect.width() < 100.0 {
        return;
    }
    let theme = desk.theme;
    let painter = ui.painter().with_clip_rect(rect);
    let mut x = rect.left();
    let roomy = rect.width() >= 460.0;
    let gap = if roomy { 4.0 } else { 3.0 } * GRID;
    let mut reading = |caption: &str, value: &str, width: f32, ink| {
        let top = painter.text(pos2(x, rect.top() + 15.0), Align2::LEFT_CENTER, caption, Type::Small.font(), theme.dim);
        let place = pos2(x, rect.top() + 34.0);
        // Where no chord has room, there is nothing to write.
        let written = if value.is_empty() {
            0.0
        } else {
            painter.text(place, Align2::LEFT_CENTER, value, Type::Title.font(), ink).width()
        };
        x += width.max(top.width()).max(written) + gap;
        x
    };
    let (seen, page) = (&desk.snapshot.seen, &desk.snapshot.page);
    let tempo = seen.bpm.map_or_else(|| "–".to_owned(), |bpm| format!("{bpm:.1}"));
    let meter =
        seen.meter.map_or_else(|| "–".to_owned(), |(numerator, denominator)| format!("{numerator}/{denominator}"));
    let measure = seen.measure.map_or_else(|| "–".to_owned(), |measure| measure.to_string());
    let waits = clock_line::is_own(desk) && desk.sheet.is_on(clock_line::RUN);
    let (state, ink) = match seen.playing {
        true if seen.measure.is_some_and(|measure| measure < 1) => ("Counts in", theme.warning),
        true => ("Playing", theme.good),
        false if waits => ("Waiting", theme.warning),
        false => ("Stopped", theme.dim),
    };
    if roomy {
        reading("transport", state, 52.0, ink);
        reading("BPM", &tempo, 40.0, theme.text);
        reading("meter", &meter, 28.0, theme.text);
        reading("measure", &measure, 28.0, theme.text);
    } else {
        let caption = format!("{tempo} BPM, {meter}");
        let value = if seen.playing { format!("measure {measure}") } else { state.to_owned() };
        reading(&caption, &value, 84.0, ink);
    }
    let (caption, key) = if page.key_is_set {
        ("key (set)".to_owned(), page.tonality.to_string())
    } else if page.confidence > 0.0 {
        (format!("key {:.0} %", page.confidence * 100.0), page.tonality.to_string())
    } else {
        ("key".to_owned(), "–".to_owned())
    };
    reading(&caption, &key.replace('♭', "b").replace('♯', "#"), 60.0, theme.text);
    let (now, next) = chords_of(desk);
    let left = reading("chord", now.as_deref().unwrap_or("–"), 40.0, theme.text);
    // As many of the planned chords as there is room for.
    let fits = |names: &[String]| {
        let text = names.join("  ");
        painter.layout_no_wrap(text, Type::Title.font(), theme.accent).size().x <= rect.right() - left
    };
    let count = (1..=next.len()).rev().find(|&count| fits(&next[..count])).unwrap_or(0);
    let planned = if next.is_empty() { "–".to_owned() } else { next[..count].join("  ") };
    reading("planned", &planned, 40.0, theme.accent);
}

/// The chord that sounds, and those that are planned.
fn chords_of(desk: &Desk<'_>) -> (Option<String>, Vec<String>) {
    let page = &desk.snapshot.page;
    let now = page.now.as_ref().and_then(|shown| {
        let step = desk.snapshot.seen.playhead.map_or(0.0, |at| at.step);
        let halves = chords::halves(shown.music.steps());
        let (from, to) = halves.into_iter().find(|&(from, to)| from < to && step < f32::from(to)).unwrap_or(halves[0]);
        chords::between(page, &shown.music, from, to)
    });
    let mut next: Vec<_> = page
        .planned
        .iter()
        .chain(&page.after)
        .flat_map(|shown| {
            let halves = chords::halves(shown.music.steps());
            halves.into_iter().filter_map(|(from, to)| chords::between(page, &shown.music, from, to))
        })
        .collect();
    next.dedup();
    (now, next)
}
