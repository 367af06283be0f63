//! What a measure is worth, a new one and one that was played before.

use super::choose::Rhythms;
use super::contour::Contour;
use super::excerpt::PARTS;
use super::excess::Excess;
use super::ground::Ground;
use super::habits::Habit;
use super::lay::CHORDS;
use super::sounding::Sounding;
use crate::music::band::{BandMeasure, VoiceId, VoiceMask};
use crate::predict::energy::Energy;

/// How much it counts that a measure lies in the chords. Required: all else is measured by it.
const IN_CHORDS: f32 = 1.0;

/// How much it counts that a measure's first bass notes are its chords'. Chosen: half of what all of its notes count.
const BASS: f32 = 0.5;

/// The same where chords are only foretold. Chosen on the validation songs: with more the bass has people's root oftener, and
/// repeats its note oftener, too.
const BASS_FORETOLD: f32 = 4.0;

/// The same where the user plays the chords, beneath which a wrong root is heard at once. Chosen on the validation songs, by how
/// often the bass has people's root.
const BASS_BENEATH: f32 = 14.0;

/// How much it counts that a measure fits what the user is imagined to play. Chosen on the validation songs: the chords say most
/// of it where they are known, and a rhythm is kept.
const FIT: f32 = 12.0;

/// The same where chords are only foretold. Chosen likewise: with less the band follows songs less *in time*, with more it sounds
/// less like what comes (docs/results.md).
const FIT_FORETOLD: f32 = 34.0;

/// What each class costs that sounds, of what fits all the time, where chords are known. Chosen on the validation songs: else the
/// fullest measures would fit best, and nobody would rest.
const FULL: f32 = 0.12;

/// The same where chords are only foretold: where the band leaves room, and where it may sound full. Chosen likewise, as few
/// classes at once on pop songs as with other costs, and as full on lead sheets as what is asked for there.
const FULL_FORETOLD: [f32; 2] = [0.2, 0.03];

/// How much it counts that a measure sounds like the known chords. Chosen likewise.
const EXPECTED: f32 = 46.0;

/// How much it counts that it is expected to sound like what comes, whichever of the foretold chords that is. Chosen likewise,
/// between sounding like people and following them *in time*.
const EXPECTED_FORETOLD: f32 = 34.0;

/// How many times as much both count beside all else: where the band leaves room, and where it may sound full. Chosen likewise.
const BOTH: [f32; 2] = [1.0, 1.5];

/// How much each note of a measure costs. Chosen on the validation songs: what has many notes sounds more easily like what comes,
/// and the band would play more than people.
const NOTE: f32 = 0.03;

/// How much it counts that the chords keep the rhythm of the measure before. Chosen on the validation songs: as often as people's.
const KEPT: f32 = 1.5;

/// How much it counts that the chords rise and fall as in the measure before. Chosen on the validation songs: as like one another
/// as people's.
const SHAPE: f32 = 7.0;

/// How much each note, what was played before and being better than a new measure counts where chords are only foretold, beside
/// where they are known. Chosen on the validation songs: what fits the user comes back the more.
const FORETOLD: f32 = 0.5;

/// What a measure is worth, whenever it was played.
#[derive(Clone, Copy, Debug)]
pub(super) struct Worth {
    /// The share of it that lies in the chords, and whether its bass is theirs.
    pub(super) in_chords: (f32, f32),
    /// All that speaks for it.
    pub(super) worth: f32,
}

/// By what measures are weighed.
pub(super) struct Weighing<'a> {
    /// The chords, and the user.
    pub(super) ground: &'a Ground,
    /// The voices that are played in figures, by their parts.
    pub(super) parts: [Option<VoiceId>; PARTS],
    /// The user plays the chords.
    pub(super) beneath: bool,
    /// How far the tonality lies from C.
    pub(super) home: i32,
    /// What is played in the measure before.
    pub(super) now: Rhythms,
    /// How its chords rise and fall.
    pub(super) contour: Option<Contour>,
    /// What the voices did more than people of late.
    pub(super) excess: Excess,
    /// How much of it is wanted.
    pub(super) energy: Energy,
    /// How much counts what was played, 0…1.
    pub(super) steady: f32,
    /// How fully the band may sound, 0…1.
    pub(super) fullness: f32,
    /// Chords are known, not foretold: nothing may come again that lies less in them.
    pub(super) known: bool,
}

impl Weighing<'_> {
    /// The voices that are played in figures.
    pub(super) fn own(&self) -> VoiceMask {
        self.parts.into_iter().flatten().collect()
    }

    /// What its voices sound in a measure.
    pub(super) fn sounding(&self, measure: &BandMeasure) -> Sounding {
        Sounding::of(measure, self.own(), self.home)
    }

    /// What this measure is worth, whose chords have this rhythm.
    #[expect(clippy::cast_precision_loss, reason = "a measure's notes")]
    pub(super) fn worth(&self, measure: &BandMeasure, rhythms: &Rhythms) -> Worth {
        let own = self.own();
        let notes = own.iter().map(|voice| measure.voice(voice).onsets().count()).sum();
        let more = self.energy.worth(notes) - self.habit() * NOTE * notes as f32;
        let habits = self.parts.map(|part| Some(Habit::of_band(measure.voice(part?))));
        let kept = self.steady * (KEPT * kept(&self.now, rhythms, measure.steps()) + SHAPE * self.shaped(measure));
        let sounding = self.sounding(measure);
        let founded = self.parts[PARTS - 1].map_or(0.5, |bass| self.ground.founded(measure.voice(bass), self.home));
        let bass = match (self.beneath, self.known) {
            (true, _) => BASS_BENEATH,
            (false, true) => BASS,
            (false, false) => BASS_FORETOLD,
        };
        let worth = self.tones(&sounding) + bass * founded + kept + more - self.excess.cost(habits);
        Worth { in_chords: (self.ground.in_chords(&sounding), founded), worth }
    }

    /// How much the chords rise and fall as in the measure before, 0…1.
    fn shaped(&self, measure: &BandMeasure) -> f32 {
        let both = self.contour.as_ref().zip(self.parts[CHORDS]);
        both.map_or(0.0, |(before, chords)| before.alike(&Contour::of(measure.voice(chords))))
    }

    /// What the tones are worth that sound, whenever they were struck.
    pub(super) fn tones(&self, sounding: &Sounding) -> f32 {
        let (fit, expected, full) = if self.known {
            (FIT, EXPECTED, FULL)
        } else {
            let both = self.fuller(BOTH);
            (both * FIT_FORETOLD, both * EXPECTED_FORETOLD, self.fuller(FULL_FORETOLD))
        };
        IN_CHORDS * self.ground.in_chords(sounding)
            + fit * self.ground.user.fit(sounding, full)
            + expected * self.ground.expected_likeness(sounding)
    }

    /// Of what is so where the band leaves room, and so where it may sound full: what is so now.
    pub(super) fn fuller(&self, [room, full]: [f32; 2]) -> f32 {
        room + (full - room) * self.fullness
    }

    /// How much all counts that is neither the chords nor the fit.
    pub(super) fn habit(&self) -> f32 {
        if self.known { 1.0 } else { FORETOLD }
    }
}

/// In how much of a measure of so many steps the chords begin notes where they did, or begin none, 0…1; 0 where one of both is
/// missing.
fn kept(before: &Rhythms, now: &Rhythms, steps: u8) -> f32 {
    let (Some(before), Some(now)) = (before[CHORDS], now[CHORDS]) else { return 0.0 };
    let changed = (before.onsets ^ now.onsets).count_ones().min(u32::from(steps));
    1.0 - u8::try_from(changed).map_or(1.0, f32::from) / f32::from(steps.max(1))
}

#[cfg(test)]
mod tests {
    use super::super::examples::{foretold, ground, held, known, weighing};
    use super::*;
    use crate::music::band::BandSpec;
    use crate::music::chart::MeasureChords;
    use crate::music::measure::Measure;
    use crate::music::note::{Key, Note};

    /// What a measure is worth over these chords, where this was done of late.
    fn worth(chords: MeasureChords, excess: Excess, measure: &BandMeasure, rhythms: [&Rhythms; 2]) -> f32 {
        let ground = ground(chords, measure);
        Weighing { now: *rhythms[0], excess, ..weighing(&ground) }.worth(measure, rhythms[1]).worth
    }

    const NOBODY: Rhythms = [None; PARTS];

    #[test]
    fn what_sounds_like_all_that_may_come_is_worth_more_than_what_lies_in_the_foretold_chord_alone() {
        // C is foretold; A minor is nearly as likely.
        let (both, one) = (held(&[60, 64], 36), held(&[55, 67], 36));
        let of = |classes: &[usize], measure| worth(foretold(classes), Excess::default(), measure, [&NOBODY; 2]);
        assert!(of(&[0, 4, 9], &both) > of(&[0, 4, 9], &one) + 1.0);
        assert!(of(&[0, 7], &one) > of(&[0, 7], &both) + 1.0);
    }

    #[test]
    fn over_a_known_chord_all_of_it_is_expected() {
        let of = |keys: &[i32]| worth(known("Cmaj7"), Excess::default(), &held(keys, 36), [&NOBODY; 2]);
        assert!(of(&[64, 67, 71]) > of(&[60, 64, 67]), "the seventh is the chord's, too");
        assert!(of(&[60, 64, 67]) > of(&[55, 60, 67]));
    }

    #[test]
    fn a_rhythm_is_kept_unless_the_chords_began_on_every_downbeat() {
        let off = |step: u8| {
            let mut measure = held(&[60], 36);
            let chords = BandSpec::pop().voice("Chords").expect("chords");
            measure.set(chords, &Measure::from_notes(16, [Note::new(step, 16 - step, Key::clamped(60))]));
            let mut rhythms = NOBODY;
            rhythms[CHORDS] = Some(super::super::excerpt::Rhythm::of([(step, 80)].into_iter()));
            (measure, rhythms)
        };
        let ((on, of_on), (after, of_after)) = (off(0), off(1));
        let chords = foretold(&[0]);
        let more = |excess| {
            let of = |measure, rhythms| worth(chords, excess, measure, [&of_on, rhythms]);
            of(&on, &of_on) - of(&after, &of_after)
        };
        let habits = BandSpec::pop().voice("Chords").map(|part| Habit::of_band(on.voice(part)));
        let always = Excess::of((0..16).map(|_| [None, habits, None]), [Habit::default(); PARTS], 16.0);
        assert!(more(Excess::default()) > 0.0 && more(always) < 0.0, "{} {}", more(Excess::default()), more(always));
    }

    #[test]
    fn a_chord_that_was_broken_upwards_is_broken_upwards_again() {
        let chords = BandSpec::pop().voice("Chords").expect("chords");
        let broken = |keys: [i32; 4]| {
            let mut measure = held(&[60], 36);
            let notes = (0..).zip(keys).map(|(at, key)| Note::new(4 * at, 4, Key::clamped(key)));
            measure.set(chords, &Measure::from_notes(16, notes));
            measure
        };
        let (up, down) = (broken([60, 64, 67, 72]), broken([72, 67, 64, 60]));
        let ground = ground(foretold(&[0, 4, 7]), &up);
        let after = |before: Option<&BandMeasure>, steady| {
            let contour = before.map(|before| Contour::of(before.voice(chords)));
            let weighing = Weighing { contour, steady, ..weighing(&ground) };
            weighing.worth(&up, &NOBODY).worth - weighing.worth(&down, &NOBODY).worth
        };
        assert!(after(Some(&up), 1.0) > 2.0 && after(Some(&down), 1.0) < -2.0);
        assert_eq!((after(None, 1.0), after(Some(&up), 0.0)), (0.0, 0.0), "nothing was played, or the band is daring");
    }
}
