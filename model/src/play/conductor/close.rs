//! The last measure before the band rests: the tonic's triad, near the last notes.

use crate::music::band::{BandMeasure, VoiceId, VoiceMask};
use crate::music::note::Key;
use crate::music::tonality::{Mode, Tonality};
use crate::music::voicing::{Players, hold_triad};
use crate::predict::predictor::History;

/// How many measures back a voice's last note may lie. Chosen.
const RECENT: usize = 8;

/// Lets these voices close in the key.
pub(super) fn close(players: &Players, voices: VoiceMask, key: Tonality, history: &History, out: &mut BandMeasure) {
    let third = match key.mode {
        Mode::Major => 4,
        Mode::Minor => 3,
    };
    let triad = [key.tonic % 12, (key.tonic + third) % 12, (key.tonic + 7) % 12];
    hold_triad(players, voices, triad, |voice| last_key(history, voice), out);
}

/// The middle of what a voice played last.
fn last_key(history: &History, voice: VoiceId) -> Option<Key> {
    let measure = (0..RECENT).filter_map(|ago| history.back(ago)).find(|measure| !measure.voice(voice).is_silent())?;
    let notes = measure.voice(voice).notes();
    let end = notes.iter().map(crate::music::note::Note::end).max()?;
    let (sum, count) = notes
        .iter()
        .filter(|note| note.end() == end)
        .fold((0, 0), |(sum, count), note| (sum + i32::from(note.key.get()), count + 1));
    (count > 0).then(|| Key::clamped(sum / count))
}
