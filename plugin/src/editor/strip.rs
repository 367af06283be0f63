//! The band, one row a voice: who plays it, how loud it is, whether it is heard.

use egui::{Align2, Color32, Rect, Response, Sense, Ui, pos2, vec2};
use model::VoiceId;

use super::chip::Chip;
use super::desk::Desk;
use super::drums;
use super::plain;
use super::sheet::{Action, ParamId};
use super::slot::{Face, slot, small};
use super::theme::{GRID, ROW, Type};
use crate::snapshot::VoiceLine;

/// The switch of the sounds inside.
const SOUND: ParamId = ParamId::band("sound");

/// How high a voice's row is. Chosen.
const VOICE: f32 = 52.0;

/// The band in this place.
pub(super) fn strip(ui: &mut Ui, desk: &mut Desk<'_>, rect: Rect) {
    let voices = desk.snapshot.page.voices;
    let area = rect.shrink2(vec2(2.0 * GRID, 0.0));
    let builder = egui::UiBuilder::new().max_rect(area).id_salt("strip");
    ui.scope_builder(builder, |ui| {
        egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for (index, line) in voices.iter().enumerate() {
                let Some(line) = line else { continue };
                let (place, _) = ui.allocate_exact_size(vec2(area.width(), VOICE), Sense::hover());
                row(ui, desk, place, index, line);
            }
            if drums::on(desk) || drums::users(desk) {
                let (place, _) = ui.allocate_exact_size(vec2(area.width(), VOICE), Sense::hover());
                drums::row(ui, desk, place);
            }
        });
    });
}

fn row(ui: &mut Ui, desk: &mut Desk<'_>, rect: Rect, index: usize, line: &VoiceLine) {
    let theme = desk.theme;
    let is_user = desk.snapshot.page.users_voice().is_some_and(|user| user.index() == index);
    let on = is_user || desk.sheet.is_on(ParamId::voice("on", index));
    let colour = theme.voice(index, is_user);
    let painter = ui.painter().clone();
    plain::horizontal(&painter, rect.x_range(), rect.bottom() - 0.5, theme.line);
    let bar =
        Rect::from_min_max(rect.min + vec2(0.0, 2.0 * GRID), pos2(rect.left() + GRID, rect.bottom() - 2.0 * GRID));
    painter.rect_filled(bar, 2, if on { colour } else { theme.strong_line });
    let left = rect.left() + 3.0 * GRID;

    // The first line: its name, and the buttons.
    let middle = rect.top() + 16.0;
    let ink = if on { theme.text } else { theme.dim };
    let name = painter.text(pos2(left, middle), Align2::LEFT_CENTER, line.name.as_str(), Type::Title.font(), ink);
    let mut right = rect.right();
    let mut button =
        |ui: &mut Ui, desk: &Desk<'_>, text: &str, width: f32, lit: Option<Color32>, what: &str, tip: &str| {
            let place = Rect::from_min_size(pos2(right - width, middle - 10.0), vec2(width, 20.0));
            right -= width + GRID;
            Chip::new(text, tip).lit(lit).show(ui, desk.theme, place, ("voice", index, what))
        };
    if is_user {
        let lit = Some(colour);
        button(ui, desk, "You play this", 78.0, lit, "user", "This is your voice: the band plays the others.");
        let id = ParamId::band("hearme");
        let heard = desk.sheet.is_on(id);
        let tip = "Lets you hear what you play from this plugin's own output too.";
        let lit = heard.then_some(theme.accent);
        if desk.sheet.is_on(SOUND) && button(ui, desk, "Heard", 40.0, lit, "heard", tip).clicked() {
            desk.actions.push(Action::Choose(id, if heard { 0.0 } else { 1.0 }));
        }
    } else {
        let (solo, mute) = (ParamId::voice("solo", index), ParamId::voice("mute", index));
        let lit = |id, colour| desk.sheet.is_on(id).then_some(colour);
        let (solo_lit, mute_lit) = (lit(solo, theme.warning), lit(mute, theme.fault));
        let mut asked = Vec::new();
        if button(ui, desk, "S", 20.0, solo_lit, "solo", "Solo: only voices with this are heard.").clicked() {
            asked.push(solo);
        }
        if button(ui, desk, "M", 20.0, mute_lit, "mute", "Mute: the voice plays on unheard.").clicked() {
            asked.push(mute);
        }
        for id in asked {
            let on = desk.sheet.is_on(id);
            desk.actions.push(Action::Choose(id, if on { 0.0 } else { 1.0 }));
        }
        if button(ui, desk, "I play", 44.0, None, "user", "Take this voice yourself: the band plays the others.")
            .clicked()
        {
            choose_user(desk, index);
        }
    }

    // The second line: on or off, the channel or the sound, the last note.
    let middle = rect.top() + 38.0;
    let more = Rect::from_min_size(pos2(rect.right() - 44.0, middle - 9.0), vec2(44.0, 18.0));
    let tip = if is_user {
        "The channel of this voice, whether your notes leave on it, and who drums."
    } else {
        "Octave, range and channel of this voice, and whether it plays at all."
    };
    let more = Chip::new("more …", tip).show(ui, theme, more, ("voice", index, "more"));
    details(desk, &more, index, is_user);
    let meter = if desk.sheet.is_on(SOUND) {
        let place = Rect::from_min_max(pos2(left, more.rect.top()), pos2(more.rect.left() - GRID, more.rect.bottom()));
        seat(ui, desk, place, index, line);
        Rect::from_min_max(pos2(left, rect.bottom() - 4.0), pos2(rect.right(), rect.bottom() - 2.0))
    } else {
        let text = format!("ch {}", line.channel.get() + 1);
        let place = pos2(left, middle);
        let channel = painter.text(place, Align2::LEFT_CENTER, text, Type::Small.font(), theme.dim);
        Rect::from_min_max(
            pos2(channel.right() + 2.0 * GRID, middle - 3.0),
            pos2(more.rect.left() - 2.0 * GRID, middle + 3.0),
        )
    };
    painter.rect_filled(meter, 2, theme.control);
    if let Some(level) = level(desk, index) {
        let filled = Rect::from_min_max(meter.min, pos2(meter.left() + meter.width() * level, meter.bottom()));
        painter.rect_filled(filled, 2, colour);
    }
    if !on {
        let at = name.right_center() + vec2(GRID, 1.0);
        painter.text(at, Align2::LEFT_CENTER, "off", Type::Small.font(), theme.dim);
    }
}

/// How the voice is heard from the plugin itself: its instrument, how loud, and where.
fn seat(ui: &mut Ui, desk: &mut Desk<'_>, rect: Rect, index: usize, line: &VoiceLine) {
    /// How wide the numbers are. Chosen: "150 %" and "R 100" fit.
    const WIDTHS: [f32; 2] = [38.0, 36.0];
    let mut right = rect.right();
    let mut place = |width: f32| {
        let place = Rect::from_min_max(pos2(right - width, rect.top()), pos2(right, rect.bottom()));
        right -= width + GRID;
        place
    };
    let (pan, volume) = (place(WIDTHS[1]), place(WIDTHS[0]));
    let instrument = Rect::from_min_max(rect.min, pos2(volume.left() - GRID, rect.bottom()));
    let id = ParamId::voice("inst", index);
    // As the band says: what that is.
    let usual = desk.sheet.step(id) == 0;
    let face = Face { id, label: "Instrument", tip: "What this voice is played on when the sounds inside are on." };
    small(ui, desk, instrument, face, usual.then(|| line.instrument.name()));
    let face = Face { id: ParamId::voice("vol", index), label: "Level", tip: "How loud this voice is." };
    small(ui, desk, volume, face, None);
    let face = Face { id: ParamId::voice("pan", index), label: "Pan", tip: "Where this voice stands, left to right." };
    small(ui, desk, pan, face, None);
}

fn choose_user(desk: &mut Desk<'_>, index: usize) {
    let id = ParamId::band("user");
    if let Some(entry) = desk.sheet.get(id) {
        desk.actions.push(Action::Choose(id, entry.value_of(index)));
    }
    if drums::users(desk) {
        desk.actions.push(Action::Choose(drums::USER, 0.0));
    }
}

/// What is set less often.
fn details(desk: &mut Desk<'_>, more: &Response, index: usize, is_user: bool) {
    /// Of the voice that the user plays.
    const USERS: [(&str, &str, &str); 7] = [
        ("mychan", "Your channel", "Sends what you play on your voice's channel, or on the one you play on."),
        ("mpe", "MPE", "Whether your keyboard gives each note a channel of its own. Automatic: that is heard."),
        ("chordch", "Chords on", "A channel whose keys only name chords, for Follow: Chords."),
        ("chan", "Channel", "Where your voice goes, unless Channels sends all to one."),
        ("progs", "Program changes", "Chooses an instrument for each voice when playback starts."),
        ("drums", "Drums", "Whether somebody drums beside the band, and in which style."),
        ("mydrums", "I drum", "You play the drums: the band takes its rhythm from you, and plays all voices."),
    ];
    const FACES: [(&str, &str, &str); 5] = [
        ("on", "Plays along", "Off: the band plays without this voice."),
        ("oct", "Octave", "Moves the voice by whole octaves."),
        ("low", "Lowest key", "Lower notes are moved up by octaves."),
        ("high", "Highest key", "Higher notes are moved down by octaves."),
        ("chan", "Channel", "Where the voice goes, unless Channels sends all to one."),
    ];
    let close = egui::PopupCloseBehavior::CloseOnClickOutside;
    egui::Popup::menu(more).close_behavior(close).width(200.0).show(|ui| {
        for (id, label, tip) in if is_user { &USERS[..] } else { &FACES[..] } {
            let (place, _) = ui.allocate_exact_size(vec2(200.0, ROW), Sense::hover());
            let id = if matches!(*id, "mychan" | "mpe" | "chordch" | "progs" | "drums" | "mydrums") {
                ParamId::band(id)
            } else {
                ParamId::voice(id, index)
            };
            slot(ui, desk, place, Face { id, label, tip });
        }
    });
}

/// How loud the voice's last note is, 0 to 1, while a measure is under way.
fn level(desk: &Desk<'_>, index: usize) -> Option<f32> {
    let (voice, now) = (VoiceId::new(index)?, desk.snapshot.page.now?);
    let at = desk.snapshot.seen.playhead.filter(|_| desk.snapshot.seen.playing)?;
    if now.users_voice() != Some(voice) && !desk.snapshot.page.audible.has(voice) {
        return None;
    }
    let notes = now.music.voice(voice).notes();
    let begun = notes.iter().filter(|note| f32::from(note.step.0) <= at.step);
    let last = begun.max_by_key(|note| (note.step, note.velocity))?;
    // While it sounds it is as loud as it was struck; then it fades within a quarter.
    let fade = 1.0 - ((at.step - f32::from(last.end())) / 4.0).clamp(0.0, 1.0);
    Some(f32::from(last.velocity.get()) / 127.0 * fade)
}
