//! All parameters of the band, in four groups.

use egui::{Align2, Rect, Ui, pos2, vec2};

use super::desk::Desk;
use super::sheet::ParamId;
use super::slot::{Face, slot};
use super::theme::{GRID, ROW, Type};

/// A group: its name, and its parameters with what they do.
type Group = (&'static str, &'static [(&'static str, &'static str, &'static str)]);

/// The groups, from what is heard to how it leaves.
pub(super) const GROUPS: [Group; 4] = [
    (
        "Listen",
        &[
            ("inchan", "From channel", "The channel on which you play."),
            ("listen", "Listen first", "How many measures the band listens before it comes in."),
            ("playon", "Play on alone", "How long the band plays on when you are silent."),
            ("hear", "Hear own output", "Lets the band build on what it played itself."),
            ("key", "Key", "The key of the music, found by itself or set by you."),
            (
                "pitch",
                "Follow",
                "Lets a note of the band that clashes with what you hold move; or all, with your chords.",
            ),
        ],
    ),
    (
        "Play",
        &[
            ("mode", "Mode", "How you and the band share the music: together, in turns, its tune over your chords."),
            ("turn", "Turn", "How many measures a turn has when you trade."),
            ("frzlen", "Freeze length", "How many measures Freeze repeats."),
            ("ahead", "Lookahead", "How far ahead the band plans: a measure is safer, the next one is fresher."),
            (
                "harmony",
                "Harmony",
                "Tells the band the chords that come, where your chart says none: foretold, or held where your music comes round.",
            ),
            (
                "texture",
                "Figures",
                "How people accompany: a rhythm is kept and comes back, voices rest. By itself, or in one texture; Off as the net plans. Not for bands from files.",
            ),
        ],
    ),
    (
        "Feel",
        &[
            (
                "energy",
                "Energy",
                "How much the band gives: how many notes, how loud, how high, how busy its drummer. 0 % as it plays by itself.",
            ),
            ("temp", "Temperature", "How daring the band is: 0 plays what is likeliest."),
            ("dens", "Density", "How many notes the band plays, against what it learnt."),
            ("follow", "Velocity follow", "How far the band plays as loud as you do."),
            ("swing", "Swing", "Delays every second sixteenth, up to a triplet."),
            ("human", "Humanise", "Lets notes come a little late and uneven."),
        ],
    ),
    (
        "Setup",
        &[
            ("thru", "Thru", "Passes your own notes on to the output."),
            ("outchn", "Channels", "Sends every voice on its own channel, or all on one."),
            ("seed", "Seed", "The same seed and the same playing give the same music."),
            ("keep", "Keep history", "Keeps what was heard when the transport stops."),
            ("bypass", "Bypass", "Silences the band and passes your notes on."),
            ("loud", "Sound level", "How loud the sounds inside are."),
        ],
    ),
];

/// How high the panel is. Chosen.
pub(super) const HEIGHT: f32 = 3.0 * GRID + TITLE + 6.0 * PITCH;

/// How high a group's name is. Chosen.
const TITLE: f32 = 16.0;

/// From one parameter to the next. Chosen: six of them leave the roll as much as the window's least size needs.
const PITCH: f32 = ROW;

/// All groups in this place, side by side.
pub(super) fn controls(ui: &mut Ui, desk: &mut Desk<'_>, rect: Rect) {
    let inner = rect.shrink2(vec2(3.0 * GRID, 2.0 * GRID));
    let gap = 4.0 * GRID;
    let width = (inner.width() - 3.0 * gap) / 4.0;
    for (index, (name, faces)) in GROUPS.iter().enumerate() {
        let left = inner.left() + index as f32 * (width + gap);
        let at = pos2(left, inner.top() + TITLE / 2.0 - 2.0);
        ui.painter().text(at, Align2::LEFT_CENTER, name.to_uppercase(), Type::Small.font(), desk.theme.dim);
        for (row, (id, label, tip)) in faces.iter().enumerate() {
            let top = inner.top() + TITLE + row as f32 * PITCH;
            let place = Rect::from_min_size(pos2(left, top), vec2(width, PITCH - GRID / 2.0));
            slot(ui, desk, place, Face { id: ParamId::band(id), label, tip });
        }
    }
}
