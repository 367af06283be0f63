//! What the net reads: sixteenths as sets of pitches, and 80 numbers for each pitch.

use crate::music::band::{BandMeasure, KeyRange, VoiceMask};
use crate::music::note::Key;

/// The lowest key, 24. Required by the published encoding.
pub const LOW: u8 = 24;

/// How many pitches there are: 24…101. Required by the published encoding.
pub const PITCHES: usize = 78;

/// Numbers per pitch. Required by the published encoding.
pub const INPUTS: usize = 80;

/// How far a pitch sees to either side, in semitones. Required by the published encoding.
const VICINITY: usize = 12;

/// Where the parts of a pitch's 80 numbers begin.
mod place {
    // Required by the published encoding.
    pub(super) const CLASS: usize = 1;
    pub(super) const VICINITY: usize = 13;
    pub(super) const CONTEXT: usize = 63;
    pub(super) const BEAT: usize = 75;
}

/// What sounds at one sixteenth: bit i is the key `LOW + i`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sixteenth {
    /// The pitches that sound.
    pub played: u128,
    /// Those of them that are struck here.
    pub struck: u128,
}

/// The pitch of a key, 0…77; keys outside the range are moved into it by octaves.
#[must_use]
pub fn pitch(key: Key) -> usize {
    let range = KeyRange { low: Key::clamped(24), high: Key::clamped(101) };
    usize::from(range.folded(key).get() - LOW)
}

/// The key of a pitch.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "a pitch is below 78")]
pub fn key(pitch: usize) -> Key {
    Key::clamped(i32::from(LOW) + pitch as i32)
}

/// The sixteenths of a measure as these voices play it together; missing voices are silent.
#[must_use]
pub fn sixteenths(measure: &BandMeasure, voices: VoiceMask) -> Vec<Sixteenth> {
    let mut out = vec![Sixteenth::default(); usize::from(measure.steps())];
    for note in voices.and(measure.present).iter().flat_map(|voice| measure.voice(voice).notes()) {
        let bit = 1 << pitch(note.key);
        let first = usize::from(note.step.0);
        for sixteenth in &mut out[first..usize::from(note.end())] {
            sixteenth.played |= bit;
        }
        if !note.continued {
            out[first].struck |= bit;
        }
    }
    out
}

/// Writes the 80 numbers of every pitch, for a sixteenth at this place in its measure (0…15): `[78, 80]`.
///
/// Of a pitch: its number; its pitch class, one-hot from C; (played, struck) of each pitch from an octave below to an
/// octave above; how many pitches of each class sound, counted from its own class upwards; the place in the measure as
/// four bits of ±1, the lowest first; and a zero.
///
/// # Panics
/// If `out` is not of that size.
///
/// # Source
/// `noteStateSingleToInputForm` of Johnson's program.
#[expect(clippy::cast_precision_loss, reason = "a pitch is below 78")]
pub fn write_inputs(sixteenth: Sixteenth, at: usize, out: &mut [f32]) {
    assert_eq!(out.len(), PITCHES * INPUTS, "78 pitches of 80 numbers");
    out.fill(0.0);
    let bit = |set: u128, pitch: usize| f32::from(u8::from(set >> pitch & 1 == 1));
    let mut classes = [0.0; 12];
    for pitch in bits(sixteenth.played) {
        classes[pitch % 12] += 1.0;
    }
    for (pitch, row) in out.chunks_exact_mut(INPUTS).enumerate() {
        row[0] = pitch as f32;
        // LOW is a C.
        row[place::CLASS + pitch % 12] = 1.0;
        for (distance, pair) in row[place::VICINITY..place::CONTEXT].chunks_exact_mut(2).enumerate() {
            if let Some(other) = (pitch + distance).checked_sub(VICINITY).filter(|&other| other < PITCHES) {
                pair[0] = bit(sixteenth.played, other);
                pair[1] = bit(sixteenth.struck, other);
            }
        }
        for (above, count) in row[place::CONTEXT..place::BEAT].iter_mut().enumerate() {
            *count = classes[(pitch + above) % 12];
        }
        for (digit, beat) in row[place::BEAT..INPUTS - 1].iter_mut().enumerate() {
            *beat = if at >> digit & 1 == 1 { 1.0 } else { -1.0 };
        }
    }
}

/// The pitches in a set, from the lowest.
pub fn bits(mut set: u128) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let lowest = (set != 0).then(|| set.trailing_zeros() as usize)?;
        set &= set - 1;
        Some(lowest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::band::VoiceId;
    use crate::music::measure::Measure;
    use crate::music::note::Note;

    /// C4 is struck and E4 held, at the sixth sixteenth. The numbers of E4 by hand: it is pitch 64 − 24 = 40, of class 4.
    /// Around it, E4 itself (distance 0, numbers 24 and 25 of the 50) sounds and is not struck; C4 (distance −4, numbers
    /// 16 and 17) sounds and is struck. Counted from E: one E at 0, one C at 8. Place 5 = binary 0101, the lowest bit first:
    /// +1 −1 +1 −1.
    #[test]
    fn the_numbers_of_one_pitch_worked_by_hand() {
        let [c, e] = [36, 40];
        let sixteenth = Sixteenth { played: 1 << c | 1 << e, struck: 1 << c };
        let mut inputs = vec![9.0; PITCHES * INPUTS];
        write_inputs(sixteenth, 5, &mut inputs);
        let mut expected = vec![40.0];
        expected.extend([0., 0., 0., 0., 1., 0., 0., 0., 0., 0., 0., 0.]);
        let mut vicinity = [0.0; 50];
        (vicinity[24], vicinity[16], vicinity[17]) = (1.0, 1.0, 1.0);
        expected.extend(vicinity);
        expected.extend([1., 0., 0., 0., 0., 0., 0., 0., 1., 0., 0., 0.]);
        expected.extend([1., -1., 1., -1., 0.]);
        assert_eq!(inputs[e * INPUTS..(e + 1) * INPUTS], expected);
    }

    #[test]
    fn music_an_octave_higher_looks_the_same_but_for_the_pitch_number() {
        let row = |pitch: usize| {
            let mut inputs = vec![0.0; PITCHES * INPUTS];
            write_inputs(Sixteenth { played: 0b1001 << pitch, struck: 1 << pitch }, 3, &mut inputs);
            inputs[pitch * INPUTS + 1..(pitch + 1) * INPUTS].to_vec()
        };
        assert_eq!(row(20), row(32));
        assert_ne!(row(20), row(21), "the pitch class differs");
    }

    #[test]
    fn voices_are_merged_and_a_note_over_the_bar_line_is_not_struck_again() {
        let mut measure = BandMeasure::missing(4);
        let voice = |index| VoiceId::new(index).expect("a voice");
        let held = Note { continued: true, ..Note::new(0, 2, Key::clamped(60)) };
        measure.set(voice(0), &Measure::from_notes(4, [held]));
        measure.set(voice(1), &Measure::from_notes(4, [Note::new(1, 3, Key::clamped(48))]));
        let all = [voice(0), voice(1)].into_iter().collect();
        let (high, low) = (1 << 36, 1 << 24);
        let expected = [
            Sixteenth { played: high, struck: 0 },
            Sixteenth { played: high | low, struck: low },
            Sixteenth { played: low, struck: 0 },
            Sixteenth { played: low, struck: 0 },
        ];
        assert_eq!(sixteenths(&measure, all), expected);
        assert_eq!(sixteenths(&measure, VoiceMask::only(voice(1)))[0], Sixteenth::default());
    }

    #[test]
    fn keys_beyond_the_range_are_heard_an_octave_away() {
        assert_eq!([key(pitch(Key::MIN)).get(), key(pitch(Key::clamped(102))).get()], [24, 90]);
        assert!((24..102).all(|number| key(pitch(Key::clamped(number))) == Key::clamped(number)));
    }
}
