//! What an attention RNN hears: the note that sounds, the direction, and the keys of the music.

use super::clock::{LOOKBACKS, clock};
use crate::music::band::KeyRange;
use crate::music::measure::MonoStep;
use crate::music::note::Key;
use crate::systems::melody::sequence::Sparse;

/// Bits of its clock: sixteenths of eight measures. Required by the published encoding.
const CLOCK: usize = 7;

/// The major scale, in semitones above its tonic. Required by the published encoding.
const MAJOR: [u8; 7] = [0, 2, 4, 5, 7, 9, 11];

/// How many numbers [`key_features`] has: 74 of 36 keys.
pub(super) fn features(range: KeyRange) -> usize {
    range.len() + 2 + 1 + 1 + LOOKBACKS + CLOCK + 1 + 12 + 12
}

/// Of the events so far, in this order (places of 36 keys):
///
/// - 0…35 the note that sounds; 36 one sounds; 37 none does
/// - 38 the last event began it
/// - 39 the melody rises (1) or falls (−1)
/// - 40, 41 the last event repeats the one a measure, two measures ago
/// - 42…48 the clock of the next event; 49 it begins a measure
/// - 50…61 the major keys that hold the most of the notes so far; 62…73 those of the last three different notes
///
/// # Source
/// Magenta (2016), `KeyMelodyEncoderDecoder`.
pub(super) fn key_features(range: KeyRange, events: &[MonoStep], bar: usize, from: usize) -> Sparse {
    let mut sounding: Option<Key> = None;
    let (mut begins, mut direction) = (false, 0.0);
    let mut histogram = [0u32; 12];
    let mut newest: Vec<Key> = Vec::new();
    for event in events {
        match *event {
            MonoStep::Continue => begins = false,
            MonoStep::Rest => (sounding, begins) = (None, false),
            MonoStep::Note(key) => {
                let key = range.folded(key);
                (sounding, begins) = (Some(key), true);
                histogram[usize::from(key.pitch_class())] += 1;
                if let Some(&before) = newest.last().filter(|before| **before != key) {
                    direction = if key > before { 1.0 } else { -1.0 };
                }
                newest.retain(|other| *other != key);
                newest.push(key);
                if newest.len() > 3 {
                    newest.remove(0);
                }
            }
        }
    }
    let mut input = Sparse::new();
    let keys = range.len();
    match sounding {
        Some(key) => {
            input.push((usize::from(key.get() - range.low.get()), 1.0));
            input.push((keys, 1.0));
        }
        None => input.push((keys + 1, 1.0)),
    }
    let mut at = keys + 2;
    let mut put = |value: f32| {
        if value != 0.0 {
            input.push((at, value));
        }
        at += 1;
    };
    let bit = |is: bool| f32::from(u8::from(is));
    put(bit(begins));
    put(direction);
    for ago in 1..=LOOKBACKS {
        let then = events.len().checked_sub(ago * bar + 1).map(|at| events[at]);
        put(bit(then.is_some() && then == events.last().copied()));
    }
    clock(events.len(), bar, from, CLOCK).for_each(&mut put);
    put(bit(events.len().is_multiple_of(bar)));
    likeliest_keys(&histogram).into_iter().for_each(|is| put(bit(is)));
    let mut last = [0u32; 12];
    newest.iter().for_each(|key| last[usize::from(key.pitch_class())] += 1);
    likeliest_keys(&last).into_iter().for_each(|is| put(bit(is)));
    input
}

/// The major keys to whose scales the most of these notes belong.
fn likeliest_keys(histogram: &[u32; 12]) -> [bool; 12] {
    let fit: [u32; 12] =
        std::array::from_fn(|tonic| MAJOR.iter().map(|&degree| histogram[(tonic + usize::from(degree)) % 12]).sum());
    let most = fit.iter().copied().max().unwrap_or(0);
    fit.map(|notes| notes == most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use MonoStep::{Continue, Rest};

    fn range() -> KeyRange {
        KeyRange { low: Key::clamped(48), high: Key::clamped(83) }
    }

    fn note(key: i32) -> MonoStep {
        MonoStep::Note(Key::clamped(key))
    }

    /// G, hold, D (falling), F♯ (rising) that begins now: four events, so the next is number 4 = 0010000. G, D and F♯
    /// lie in the scales of G and D major alone.
    #[test]
    fn worked_by_hand() {
        let events = [note(67), Continue, note(62), note(66)];
        let mut expected = vec![(66 - 48, 1.0), (36, 1.0), (38, 1.0), (39, 1.0)];
        expected.extend((42..49).zip([-1.0, -1.0, 1.0, -1.0, -1.0, -1.0, -1.0]));
        for from in [50, 62] {
            expected.extend([(from + 2, 1.0), (from + 7, 1.0)]);
        }
        assert_eq!(key_features(range(), &events, 16, 0), expected);
        assert_eq!(features(range()), 74);
    }

    /// Of four different notes the last three count in the last twelve; a repeated note moves to the end.
    #[test]
    fn the_last_three_different_notes_have_keys_of_their_own() {
        let events = [note(60), note(65), note(67), note(60), note(66), note(61), Rest];
        let input = key_features(range(), &events, 16, 0);
        let keys = |from: usize| -> Vec<usize> {
            input.iter().map(|&(at, _)| at).filter(|at| (from..from + 12).contains(at)).map(|at| at - from).collect()
        };
        // C, F♯ and C♯ (G has left): D♭ major has C and D♭ and G♭.
        assert_eq!(keys(62), [1]);
        assert!(input.contains(&(37, 1.0)), "silence");
        assert!(!input.iter().any(|(at, _)| *at == 38), "nothing begins");
        assert!(input.contains(&(39, -1.0)), "the melody fell");
    }

    #[test]
    fn repeats_and_bar_lines_are_marked() {
        let mut events = vec![Continue; 32];
        (events[0], events[15], events[31]) = (note(60), note(62), note(62));
        let marked: Vec<usize> = key_features(range(), &events, 16, 0).into_iter().map(|(at, _)| at).collect();
        assert!(marked.contains(&40) && !marked.contains(&41) && marked.contains(&49));
    }
}
