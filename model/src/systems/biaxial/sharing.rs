//! Which voice plays which of the notes that the net chose: it knows pitches, not voices.
//!
//! A note that goes on stays with its voice. Notes that are struck go to the free voices in whose range they are, so that
//! as many as possible are played and the voices move as little as possible: the sum of the squared distances to where
//! each voice was is the least. A squared distance never lets two voices cross that had not crossed before. A note that
//! no voice can take is not played.

use crate::music::band::{BandSpec, MAX_VOICES, Polyphony, Voice, VoiceId, VoiceMask};
use crate::music::measure::{MAX_STEPS, Measure};
use crate::music::note::{Note, Velocity};
use crate::systems::biaxial::encoding::{self, LOW, PITCHES, Sixteenth, bits};

/// What it costs not to play a note: more than any two distances within the range. Required to be more, which is
/// checked below; otherwise any number.
const UNPLAYED: u32 = 20_000;
const _: () = assert!(3 * PITCHES * PITCHES < 20_000);

/// What it costs a voice of many notes to take one, beside the distance, so that the others choose first. Chosen: as
/// much as a move by two semitones.
const MANY: u32 = 4;

/// The voices of a band, and where they are.
#[derive(Clone, Debug)]
pub struct Hands {
    voices: Vec<Hand>,
}

#[derive(Clone, Copy, Debug)]
struct Hand {
    polyphony: Polyphony,
    /// The pitches that it can play.
    range: u128,
    /// What it plays now.
    sounding: u128,
    /// What it struck last, the lowest and the highest pitch; at first the middle of its range.
    last: (usize, usize),
}

/// What one voice does at each step of a measure.
#[derive(Clone, Copy, Debug, Default)]
pub struct Part {
    /// The pitches that sound.
    pub played: [u128; MAX_STEPS as usize],
    /// Those that are struck.
    pub struck: [u128; MAX_STEPS as usize],
}

impl Hands {
    /// Before the first note.
    #[must_use]
    pub fn new(spec: &BandSpec) -> Self {
        let hand = |voice: &Voice| {
            let pitches = (0..PITCHES).filter(|&pitch| voice.range.contains(encoding::key(pitch)));
            let middle = (usize::from(voice.range.low.get()) + usize::from(voice.range.high.get())) / 2;
            let middle = middle.saturating_sub(usize::from(LOW)).min(PITCHES - 1);
            Hand {
                polyphony: voice.polyphony,
                range: pitches.fold(0, |set, pitch| set | 1 << pitch),
                sounding: 0,
                last: (middle, middle),
            }
        };
        Self { voices: spec.voices.iter().map(hand).collect() }
    }

    /// The pitches that one of these voices can play.
    #[must_use]
    pub fn reach(&self, voices: VoiceMask) -> u128 {
        self.of(voices).fold(0, |set, (_, hand)| set | hand.range)
    }

    fn of(&self, voices: VoiceMask) -> impl Iterator<Item = (usize, &Hand)> {
        self.voices.iter().enumerate().filter(move |(index, _)| VoiceId::new(*index).is_some_and(|id| voices.has(id)))
    }

    /// A voice has played this measure.
    pub fn follow(&mut self, voice: VoiceId, measure: &Measure) {
        let Some(hand) = self.voices.get_mut(voice.index()) else { return };
        let pitches = |notes: &mut dyn Iterator<Item = &Note>| {
            notes.fold(0u128, |set, note| set | 1 << encoding::pitch(note.key))
        };
        hand.sounding = pitches(&mut measure.notes().iter().filter(|note| note.continues));
        if let Some(newest) = measure.notes().iter().map(|note| note.step).max() {
            hand.strike(pitches(&mut measure.notes().iter().filter(|note| note.step == newest)));
        }
    }

    /// Shares out a sixteenth among these voices, without the pitches that others play. Says what each voice does, in
    /// `parts` at `step`, and gives back what is played in all.
    pub fn share(
        &mut self,
        chosen: Sixteenth,
        voices: VoiceMask,
        others: Sixteenth,
        step: usize,
        parts: &mut [Part; MAX_VOICES],
    ) -> Sixteenth {
        let mut left = chosen.played & !others.played;
        let mut out = others;
        for (index, hand) in self.voices.iter_mut().enumerate() {
            if !VoiceId::new(index).is_some_and(|id| voices.has(id)) {
                continue;
            }
            hand.sounding &= left & !chosen.struck;
            left &= !hand.sounding;
            parts[index].played[step] = hand.sounding;
            out.played |= hand.sounding;
        }
        let pitches: Vec<usize> = bits(left).collect();
        for (pitch, voice) in pitches.iter().zip(self.assign(&pitches, voices)) {
            let Some(voice) = voice else { continue };
            let bit = 1 << pitch;
            parts[voice].played[step] |= bit;
            parts[voice].struck[step] |= bit;
            self.voices[voice].sounding |= bit;
            out.played |= bit;
            out.struck |= bit;
        }
        for (hand, part) in self.voices.iter_mut().zip(parts) {
            hand.strike(part.struck[step]);
        }
        out
    }

    /// The voice that plays each pitch: the cheapest way, found by trying for each set of busy voices the cheapest one to
    /// come there (Held and Karp 1962).
    fn assign(&self, pitches: &[usize], voices: VoiceMask) -> Vec<Option<usize>> {
        const SETS: usize = 1 << MAX_VOICES;
        let single = |hand: &Hand| hand.polyphony == Polyphony::Mono;
        let busy = self.of(voices).filter(|(_, hand)| single(hand) && hand.sounding != 0);
        let busy = busy.fold(0, |set, (index, _)| set | 1 << index);
        let mut costs = [u32::MAX; SETS];
        costs[busy] = 0;
        let mut choices: Vec<[(usize, Option<usize>); SETS]> = Vec::with_capacity(pitches.len());
        for &pitch in pitches {
            let mut next = [u32::MAX; SETS];
            let mut choice = [(0, None); SETS];
            for (set, &cost) in costs.iter().enumerate().filter(|(_, cost)| **cost < u32::MAX) {
                let mut offer = |to: usize, cost: u32, voice: Option<usize>| {
                    if cost < next[to] {
                        (next[to], choice[to]) = (cost, (set, voice));
                    }
                };
                for (index, hand) in self.of(voices) {
                    let taken = single(hand) && set & 1 << index != 0;
                    if !taken && hand.range >> pitch & 1 == 1 {
                        let to = if single(hand) { set | 1 << index } else { set };
                        offer(to, cost + hand.cost(pitch), Some(index));
                    }
                }
                offer(set, cost + UNPLAYED, None);
            }
            costs = next;
            choices.push(choice);
        }
        let mut set = (0..SETS).min_by_key(|&set| costs[set]).unwrap_or(busy);
        let mut out = vec![None; pitches.len()];
        for (voice, choice) in out.iter_mut().zip(&choices).rev() {
            (set, *voice) = choice[set];
        }
        out
    }
}

impl Hand {
    /// How hard a pitch is to reach.
    #[expect(clippy::cast_possible_truncation, reason = "pitches are below 78")]
    fn cost(&self, pitch: usize) -> u32 {
        let (low, high) = self.last;
        let distance = (low.saturating_sub(pitch)).max(pitch.saturating_sub(high)) as u32;
        distance * distance + if self.polyphony == Polyphony::Poly { MANY } else { 0 }
    }

    fn strike(&mut self, pitches: u128) {
        if pitches != 0 {
            let highest = 127 - pitches.leading_zeros() as usize;
            self.last = (pitches.trailing_zeros() as usize, highest);
        }
    }
}

impl Part {
    /// The part as notes. What sounds at the first step without being struck goes on from the measure before; what sounds
    /// at the last may go on into the next.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "at most 16 steps")]
    pub fn measure(&self, steps: u8, velocity: impl Fn(usize) -> Velocity) -> Measure {
        let mut out = Measure::silent(steps);
        let steps = usize::from(steps);
        for pitch in bits(self.played[..steps].iter().fold(0, |all, played| all | played)) {
            let has = |set: u128| set >> pitch & 1 == 1;
            let mut step = 0;
            while step < steps {
                let goes_on = |&at: &usize| has(self.played[at]) && !has(self.struck[at]);
                if has(self.played[step]) {
                    let length = 1 + (step + 1..steps).take_while(goes_on).count();
                    let note = Note::new(step as u8, length as u8, encoding::key(pitch));
                    out.push(Note {
                        velocity: velocity(step),
                        continued: !has(self.struck[step]),
                        continues: step + length == steps,
                        ..note
                    });
                    step += length;
                } else {
                    step += 1;
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::band::BandMeasure;
    use crate::music::note::Key;

    fn set(keys: &[u8]) -> u128 {
        keys.iter().fold(0, |set, &key| set | 1 << (key - LOW))
    }

    fn struck(keys: &[u8]) -> Sixteenth {
        Sixteenth { played: set(keys), struck: set(keys) }
    }

    /// The keys of each voice after these sixteenths.
    fn shared(spec: &BandSpec, voices: VoiceMask, sixteenths: &[Sixteenth]) -> Vec<Vec<u8>> {
        let mut hands = Hands::new(spec);
        let mut parts = [Part::default(); MAX_VOICES];
        for (step, &sixteenth) in sixteenths.iter().enumerate() {
            hands.share(sixteenth, voices, Sixteenth::default(), step, &mut parts);
        }
        let last = sixteenths.len() - 1;
        let keys = |part: &Part| bits(part.played[last]).map(|pitch| encoding::key(pitch).get()).collect();
        parts[..spec.voices.len()].iter().map(keys).collect()
    }

    #[test]
    fn a_chord_of_four_is_a_chord_for_a_choir() {
        let choir = BandSpec::chorale();
        assert_eq!(shared(&choir, choir.all(), &[struck(&[48, 60, 64, 67])]), [[67], [64], [60], [48]]);
    }

    #[test]
    fn a_held_note_stays_with_its_voice_and_the_others_do_not_cross_over() {
        let choir = BandSpec::chorale();
        // The soprano holds 67, the alto and the tenor move up.
        let next = Sixteenth { played: set(&[48, 62, 65, 67]), struck: set(&[62, 65]) };
        assert_eq!(shared(&choir, choir.all(), &[struck(&[48, 60, 64, 67]), next]), [[67], [65], [62], [48]]);
    }

    #[test]
    fn what_no_voice_can_take_is_not_played() {
        let choir = BandSpec::chorale();
        let bass = VoiceMask::only(choir.voice("bass").expect("a bass"));
        let mut hands = Hands::new(&choir);
        let mut parts = [Part::default(); MAX_VOICES];
        let played = hands.share(struck(&[47, 48, 90]), bass, struck(&[72]), 0, &mut parts);
        assert_eq!(
            played,
            Sixteenth { played: set(&[48, 72]), struck: set(&[48, 72]) },
            "the nearer of two, and the others'"
        );
    }

    #[test]
    fn chords_take_many_notes_and_the_bass_its_own() {
        let pop = BandSpec::pop();
        let voices = [2, 3].into_iter().filter_map(VoiceId::new).collect();
        let expected: [&[u8]; 4] = [&[], &[], &[60, 64, 67], &[36]];
        assert_eq!(shared(&pop, voices, &[struck(&[36, 60, 64, 67])]), expected);
    }

    #[test]
    fn a_part_becomes_notes_and_back() {
        let choir = BandSpec::chorale();
        let soprano = VoiceId::new(0).expect("a voice");
        let velocity = Velocity::DEFAULT;
        let measure = Measure::from_notes(
            8,
            [
                Note { continued: true, ..Note::new(0, 2, Key::clamped(67)) },
                Note::new(2, 2, Key::clamped(67)),
                Note { continues: true, ..Note::new(5, 3, Key::clamped(69)) },
            ],
        );
        let mut band = BandMeasure::missing(8);
        band.set(soprano, &measure);
        let mut part = Part::default();
        for (step, sixteenth) in encoding::sixteenths(&band, choir.all()).into_iter().enumerate() {
            (part.played[step], part.struck[step]) = (sixteenth.played, sixteenth.struck);
        }
        assert_eq!(part.measure(8, |_| velocity), measure);
    }
}
