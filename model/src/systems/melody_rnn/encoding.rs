//! What a Melody RNN hears and answers, as numbers.

use super::clock::{LOOKBACKS, clock};
use super::form::MelodyRnnForm;
use super::keys::key_features;
use crate::music::band::KeyRange;
use crate::music::measure::MonoStep;
use crate::music::note::Key;
use crate::systems::melody::sequence::Sparse;
use crate::systems::melody::{Chances, Melody, Sequence};

/// Bits of the clock of a lookback RNN: sixteenths of two measures. Required by the published encoding.
const CLOCK: usize = 5;

/// How events become numbers. Classes are *no event* (0), *note off* (1), *note on* of each key from the lowest up
/// (from 2), and where the form may answer "again", *repeat 1 bar ago* and *repeat 2 bars ago*.
///
/// Where a measure does not have 16 sixteenths, "a bar ago" is still a measure ago, and the clock counts its steps from
/// 0 in each measure; where it has 16, the clock counts as published.
///
/// # Source
/// Magenta (2016), `LookbackEventSequenceEncoderDecoder` and `KeyMelodyEncoderDecoder`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding {
    form: MelodyRnnForm,
}

impl Encoding {
    /// The encoding of this form.
    #[must_use]
    pub const fn new(form: MelodyRnnForm) -> Self {
        Self { form }
    }

    /// The keys that it knows: 48…83, the mono RNN all.
    #[must_use]
    pub fn range(self) -> KeyRange {
        match self.form {
            MelodyRnnForm::Mono => KeyRange::FULL,
            _ => KeyRange { low: Key::clamped(48), high: Key::clamped(83) },
        }
    }

    /// How many events there are: two, and the keys.
    #[must_use]
    pub fn events(self) -> usize {
        2 + self.range().len()
    }

    /// Does it answer "again" where that is true?
    #[must_use]
    pub fn repeats(self) -> bool {
        matches!(self.form, MelodyRnnForm::Lookback | MelodyRnnForm::Attention)
    }

    /// How many numbers are put in.
    #[must_use]
    pub fn inputs(self) -> usize {
        match self.form {
            MelodyRnnForm::Basic | MelodyRnnForm::Mono => self.events(),
            MelodyRnnForm::Lookback => (1 + LOOKBACKS) * self.events() + CLOCK + LOOKBACKS,
            MelodyRnnForm::Attention => super::keys::features(self.range()),
        }
    }

    /// How many answers there are.
    #[must_use]
    pub fn classes(self) -> usize {
        self.events() + if self.repeats() { LOOKBACKS } else { 0 }
    }

    /// The class of an event; keys beyond the range are brought in by octaves.
    #[must_use]
    pub fn class(self, event: MonoStep) -> usize {
        match event {
            MonoStep::Continue => 0,
            MonoStep::Rest => 1,
            MonoStep::Note(key) => {
                2 + usize::from(self.range().folded(key).get()) - usize::from(self.range().low.get())
            }
        }
    }

    /// What is put in after these events of a melody in measures of `bar` sixteenths that begins `from` measures after
    /// the music did.
    #[must_use]
    pub fn input(self, events: &[MonoStep], bar: usize, from: usize) -> Sparse {
        let Some(&last) = events.last() else { return Sparse::new() };
        match self.form {
            MelodyRnnForm::Basic | MelodyRnnForm::Mono => vec![(self.class(last), 1.0)],
            MelodyRnnForm::Lookback => {
                let mut input = vec![(self.class(last), 1.0)];
                let mut at = self.events();
                for ago in 1..=LOOKBACKS {
                    let next = back(events, ago * bar - 1).unwrap_or(MonoStep::Continue);
                    input.push((at + self.class(next), 1.0));
                    at += self.events();
                }
                for bit in clock(events.len(), bar, from, CLOCK) {
                    input.push((at, bit));
                    at += 1;
                }
                for ago in 1..=LOOKBACKS {
                    if back(events, ago * bar) == Some(last) {
                        input.push((at, 1.0));
                    }
                    at += 1;
                }
                input
            }
            MelodyRnnForm::Attention => key_features(self.range(), events, bar, from),
        }
    }

    /// The class of the event that follows these: where the form may say so, that it repeats what stood two measures
    /// ago, else one measure ago. Before two measures have passed, *no event* counts as such a repeat.
    #[must_use]
    pub fn label(self, events: &[MonoStep], bar: usize, next: MonoStep) -> usize {
        if self.repeats() {
            if events.len() < LOOKBACKS * bar && next == MonoStep::Continue {
                return self.events() + LOOKBACKS - 1;
            }
            for ago in (1..=LOOKBACKS).rev() {
                if back(events, ago * bar - 1) == Some(next) {
                    return self.events() + ago - 1;
                }
            }
        }
        self.class(next)
    }

    /// The chances of events, from the probabilities of the classes: a class that repeats stands for the event that it
    /// repeats.
    #[must_use]
    pub fn chances(self, probs: &[f32], events: &[MonoStep], bar: usize) -> Chances {
        let mut chances = Chances { hold: probs[0], rest: probs[1], ..Chances::NONE };
        let low = usize::from(self.range().low.get());
        chances.notes[low..low + self.range().len()].copy_from_slice(&probs[2..self.events()]);
        for (ago, &chance) in (1..).zip(&probs[self.events()..]) {
            chances.add(back(events, ago * bar - 1).unwrap_or(MonoStep::Continue), chance);
        }
        chances
    }

    /// A melody to learn: after each event the next one.
    #[must_use]
    pub fn sequence(self, melody: &Melody) -> Sequence {
        let mut sequence = Sequence::default();
        for at in 1..melody.events.len() {
            let events = &melody.events[..at];
            sequence.inputs.push(self.input(events, melody.bar, 0));
            sequence.labels.push(self.label(events, melody.bar, melody.events[at]));
        }
        sequence
    }
}

/// The event so many before the last.
fn back(events: &[MonoStep], ago: usize) -> Option<MonoStep> {
    events.len().checked_sub(ago + 1).map(|at| events[at])
}

#[cfg(test)]
mod tests {
    use super::*;
    use MonoStep::{Continue, Rest};

    fn note(key: i32) -> MonoStep {
        MonoStep::Note(Key::clamped(key))
    }

    /// Three measures: C for half a measure, then E until the end of a rest's place; the second measure the same but for
    /// its last step, the third begins as the first two.
    fn events() -> Vec<MonoStep> {
        let mut measure = vec![Continue; 16];
        measure[0] = note(60);
        measure[8] = note(64);
        measure[12] = Rest;
        let mut second = measure.clone();
        second[15] = note(67);
        [measure.clone(), second, measure[..4].to_vec()].concat()
    }

    /// Basic: no event, note off, keys 48…83.
    #[test]
    fn a_basic_rnn_hears_the_last_event_alone() {
        let basic = Encoding::new(MelodyRnnForm::Basic);
        assert_eq!((basic.inputs(), basic.classes()), (38, 38));
        assert_eq!(basic.input(&[note(60)], 16, 0), [(14, 1.0)]);
        assert_eq!(basic.input(&[note(60), Rest], 16, 0), [(1, 1.0)]);
        assert_eq!(basic.input(&[note(60), Rest, Continue], 16, 0), [(0, 1.0)]);
        assert_eq!(basic.label(&[note(60)], 16, note(83)), 37);
        assert_eq!(basic.label(&[note(60)], 16, note(84)), 2 + 24, "an octave lower");
        let mono = Encoding::new(MelodyRnnForm::Mono);
        assert_eq!((mono.inputs(), mono.classes()), (130, 130));
        assert_eq!(mono.input(&[note(60)], 16, 0), [(62, 1.0)]);
    }

    /// After the first event: C (14); a measure and two measures ago nothing was, so *no event* follows in both (38 + 0,
    /// 76 + 0); the next event is number 1, so the clock's bits 1, 0, 0, 0, 0; nothing repeats.
    #[test]
    fn a_lookback_rnn_is_told_what_followed_then_and_where_it_is() {
        let lookback = Encoding::new(MelodyRnnForm::Lookback);
        assert_eq!((lookback.inputs(), lookback.classes()), (121, 40));
        let clock = |bits: [f32; 5]| (114..119).zip(bits).collect::<Vec<_>>();
        let expected = [vec![(14, 1.0), (38, 1.0), (76, 1.0)], clock([1.0, -1.0, -1.0, -1.0, -1.0])].concat();
        assert_eq!(lookback.input(&events()[..1], 16, 0), expected);
        // After 25 events, E at step 8 of the second measure: a measure ago *no event* followed it (38); two measures
        // ago nothing was (76); the next is number 25 = 11001; it repeats a measure ago (flag 119).
        let expected =
            [vec![(2 + 16, 1.0), (38, 1.0), (76, 1.0)], clock([1.0, -1.0, -1.0, 1.0, 1.0]), vec![(119, 1.0)]].concat();
        assert_eq!(lookback.input(&events()[..25], 16, 0), expected);
        // After the third measure's C: both repeat, and the next is number 33 = 00001 of two measures.
        let expected =
            [vec![(14, 1.0), (38, 1.0), (76, 1.0)], clock([1.0, -1.0, -1.0, -1.0, -1.0]), vec![(119, 1.0), (120, 1.0)]]
                .concat();
        assert_eq!(lookback.input(&events()[..33], 16, 0), expected);
        // The measure's number counts from where the music began.
        assert_eq!(lookback.input(&events()[..1], 16, 1)[3..8], clock([1.0, -1.0, -1.0, -1.0, 1.0]));
    }

    #[test]
    fn what_repeats_is_labelled_so_two_measures_ago_before_one() {
        let lookback = Encoding::new(MelodyRnnForm::Lookback);
        let (one, two) = (38, 39);
        let label = |at: usize| lookback.label(&events()[..at], 16, events()[at]);
        assert_eq!(label(1), two, "no event in the first measures counts as repeating silence");
        assert_eq!(label(8), 2 + 16, "E is new");
        assert_eq!(label(16), one, "C began the measure before");
        assert_eq!(label(31), 2 + 19, "G is new");
        assert_eq!(label(32), two, "C began both: the longer way back is preferred");
        assert_eq!(lookback.label(&events()[..31], 16, Rest), 1, "a note off that repeats nothing");
    }

    #[test]
    fn a_repeat_is_the_event_that_it_repeats() {
        let lookback = Encoding::new(MelodyRnnForm::Lookback);
        let mut probs = vec![0.0; 40];
        (probs[0], probs[14], probs[38], probs[39]) = (0.1, 0.2, 0.3, 0.4);
        let chances = lookback.chances(&probs, &events()[..16], 16);
        // A measure ago C began; two measures ago nothing was.
        assert!((chances.of(note(60)) - 0.5).abs() < 1e-6);
        assert!((chances.hold - 0.5).abs() < 1e-6);
        let chances = lookback.chances(&probs, &events()[..32], 16);
        assert!((chances.of(note(60)) - 0.9).abs() < 1e-6, "both repeats and the note itself");
        assert!((chances.total() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn in_three_four_a_measure_ago_is_twelve_steps_ago() {
        let lookback = Encoding::new(MelodyRnnForm::Lookback);
        let mut waltz = [Continue; 25];
        (waltz[0], waltz[12], waltz[24]) = (note(60), note(60), note(60));
        assert_eq!(lookback.label(&waltz[..12], 12, note(60)), 38);
        assert_eq!(lookback.label(&waltz[..24], 12, note(60)), 39);
        let input = lookback.input(&waltz[..13], 12, 0);
        assert_eq!(input[3..8], [(114, 1.0), (115, -1.0), (116, -1.0), (117, -1.0), (118, 1.0)]);
    }
}
