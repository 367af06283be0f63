//! Spreads a triad over the voices of a band.

use crate::music::band::{BandMeasure, BandSpec, KeyRange, MAX_VOICES, Polyphony, Role, VoiceId, VoiceMask};
use crate::music::measure::Measure;
use crate::music::note::{Key, Note};

/// Where a bass plays that has not played yet: of two equally near keys the lower one is taken, so that its notes lie
/// in the octave from 36 on. Required: the rule of the metrics plays there.
const BASS_CENTRE: u8 = 42;
/// The same for chords: the octave from 60 on. Required: the rule of the metrics plays there.
const CHORD_CENTRE: u8 = 66;

/// What a rule must know of a voice: [`crate::Voice`] without its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Player {
    /// What it does.
    pub role: Role,
    /// One note at once, or any number.
    pub polyphony: Polyphony,
    /// The keys that it uses.
    pub range: KeyRange,
}

/// The voices of a band.
///
/// # Realtime safety
/// `Copy`, of fixed size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Players {
    players: [Player; MAX_VOICES],
    len: usize,
}

impl Players {
    /// The voices of this band.
    #[must_use]
    pub fn of(spec: &BandSpec) -> Self {
        let nobody = Player { role: Role::Harmony, polyphony: Polyphony::Poly, range: KeyRange::FULL };
        let mut players = [nobody; MAX_VOICES];
        for (player, voice) in players.iter_mut().zip(&spec.voices) {
            *player = Player { role: voice.role, polyphony: voice.polyphony, range: voice.range };
        }
        Self { players, len: spec.voices.len().min(MAX_VOICES) }
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> VoiceMask {
        (0..self.len).filter_map(VoiceId::new).collect()
    }

    /// This voice.
    #[must_use]
    pub const fn player(&self, voice: VoiceId) -> &Player {
        &self.players[voice.index()]
    }

    /// Which of these voices do this?
    #[must_use]
    pub fn with_role(&self, voices: VoiceMask, role: Role) -> VoiceMask {
        voices.iter().filter(|&voice| self.player(voice).role == role).collect()
    }
}

/// Lets these voices hold a triad (pitch classes of root, third and fifth) for a whole measure: the bass its root,
/// chords what the bass leaves, and single voices the tone nearest to where they are, of those first that nobody has
/// yet. `near` is where a voice is, if it has played.
///
/// # Realtime safety
/// Allocates nothing.
pub fn hold_triad(
    players: &Players,
    voices: VoiceMask,
    triad: [u8; 3],
    near: impl Fn(VoiceId) -> Option<Key>,
    out: &mut BandMeasure,
) {
    let steps = out.steps();
    let hold = |out: &mut BandMeasure, voice, keys: &[Key]| {
        out.set(voice, &Measure::from_notes(steps, keys.iter().map(|&key| Note::new(0, steps, key))));
    };
    let mut taken = [false; 3];
    for voice in players.with_role(voices, Role::Bass).iter() {
        let range = players.player(voice).range;
        let centre = near(voice).unwrap_or(range.folded(Key::clamped(i32::from(BASS_CENTRE))));
        hold(out, voice, &[nearest(triad[0], centre, range)]);
        taken[0] = true;
    }
    let bass_plays = taken[0];
    for voice in players.with_role(voices, Role::Harmony).iter() {
        let Player { polyphony, range, .. } = *players.player(voice);
        let centre = near(voice).unwrap_or(range.folded(Key::clamped(i32::from(CHORD_CENTRE))));
        let keys = triad.map(|class| nearest(class, centre, range));
        match (polyphony, bass_plays) {
            (Polyphony::Poly, true) => hold(out, voice, &keys[1..]),
            (Polyphony::Poly, false) => hold(out, voice, &keys),
            (Polyphony::Mono, _) => hold(out, voice, &keys[1..2]),
        }
        for (taken, _) in taken.iter_mut().zip(&triad).skip(usize::from(bass_plays)) {
            *taken |= polyphony == Polyphony::Poly;
        }
        taken[1] = true;
    }
    // The tune goes where it is nearest; the inner voices, from below, fill what is missing.
    let melody = players.with_role(voices, Role::Melody);
    let inner = players.with_role(voices, Role::Counter);
    for voice in melody.iter() {
        let tone = single(players, voice, triad, [false; 3], &near);
        hold(out, voice, &[tone.1]);
        taken[tone.0] = true;
    }
    for index in (0..MAX_VOICES).rev() {
        let Some(voice) = VoiceId::new(index).filter(|&voice| inner.has(voice)) else { continue };
        if taken == [true; 3] {
            taken = [false; 3];
        }
        let tone = single(players, voice, triad, taken, &near);
        hold(out, voice, &[tone.1]);
        taken[tone.0] = true;
    }
}

/// The tone of the triad, of those not taken, that is nearest to where the voice is.
fn single(
    players: &Players,
    voice: VoiceId,
    triad: [u8; 3],
    taken: [bool; 3],
    near: impl Fn(VoiceId) -> Option<Key>,
) -> (usize, Key) {
    let range = players.player(voice).range;
    let middle = (i32::from(range.low.get()) + i32::from(range.high.get())) / 2;
    let centre = near(voice).unwrap_or(Key::clamped(middle));
    (0..3)
        .filter(|&tone| !taken[tone])
        .map(|tone| (tone, nearest(triad[tone], centre, range)))
        .min_by_key(|(_, key)| key.get().abs_diff(centre.get()))
        .unwrap_or((0, nearest(triad[0], centre, range)))
}

/// The key of this pitch class that is nearest to another, and within the range; of two equally
/// near ones the lower.
fn nearest(class: u8, centre: Key, range: KeyRange) -> Key {
    let up = i32::from((class + 12 - centre.pitch_class()) % 12);
    let moved = if up < 6 { up } else { up - 12 };
    range.folded(Key::clamped(i32::from(centre.get()) + moved))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(measure: &BandMeasure, voice: usize) -> Vec<u8> {
        let voice = VoiceId::new(voice).expect("a voice");
        measure.voice(voice).notes().iter().map(|note| note.key.get()).collect()
    }

    #[test]
    fn a_pop_band_holds_root_in_the_bass_and_the_rest_in_the_chords() {
        let spec = BandSpec::pop();
        let players = Players::of(&spec);
        let voices = spec.all().without(VoiceId::new(0).expect("lead")).without(VoiceId::new(1).expect("counter"));
        let mut out = BandMeasure::missing(16);
        hold_triad(&players, voices, [7, 11, 2], |_| None, &mut out);
        assert_eq!(out.present, voices);
        assert_eq!(keys(&out, 2), [62, 71]);
        assert_eq!(keys(&out, 3), [43]);
    }

    #[test]
    fn a_choir_shares_out_all_three_tones_in_every_key() {
        let spec = BandSpec::chorale();
        let players = Players::of(&spec);
        for root in 0..12 {
            let triad = [root, (root + 4) % 12, (root + 7) % 12];
            let mut out = BandMeasure::missing(16);
            hold_triad(&players, spec.all(), triad, |_| None, &mut out);
            let mut classes: Vec<u8> = (0..4).flat_map(|voice| keys(&out, voice)).map(|key| key % 12).collect();
            assert_eq!(classes[3], root, "the bass has the root");
            assert_eq!(classes.len(), 4);
            classes.sort_unstable();
            classes.dedup();
            assert_eq!(classes.len(), 3, "all of {triad:?}");
            for (voice, player) in spec.voices.iter().enumerate() {
                assert!(player.range.contains(Key::clamped(i32::from(keys(&out, voice)[0]))));
            }
        }
    }

    #[test]
    fn voices_move_as_little_as_they_can() {
        let players = Players::of(&BandSpec::chorale());
        let soprano = VoiceId::new(0).expect("soprano");
        let mut out = BandMeasure::missing(12);
        hold_triad(&players, VoiceMask::only(soprano), [0, 4, 7], |_| Key::new(74), &mut out);
        assert_eq!(keys(&out, 0), [72]);
        assert_eq!(out.voice(soprano).notes()[0].length, 12);
    }
}
