//! One control for how much a band gives: how many notes, how loud, how high, and how busy its drummer.

use crate::music::band::{BandMeasure, Role, VoiceMask};
use crate::music::drums::{DrumHit, DrumMeasure};
use crate::music::note::Velocity;

/// How many times as many notes a band is asked for at full energy; at the least, as many times fewer. Chosen: a band still
/// plays at −100 % and is no carpet at +100 % (docs/results.md, "Energy").
const DENSER: f32 = 2.0;

/// How many times as loud a band is at full energy. Chosen: a moderate stroke of 80 is 62 at the least and 104 at the most,
/// from piano to forte; *Velocity follow* has room beside it.
const LOUDER: f32 = 1.3;

/// How much likelier each semitone makes a note at full energy, in nats: of melodies, second melodies and chords. The bass
/// stays, for it carries the others. Chosen: a nat an octave, with which voices rise by some semitones, in their own ranges
/// (docs/results.md, "Energy").
const HIGHER: f32 = 0.08;

/// How many semitones a figure is laid higher at full energy. Chosen as large as what the nets do with [`HIGHER`].
const RISE: f32 = 5.0;

/// How much more a new measure of e times as many notes is worth, at full energy, than playing one's last round again.
/// Chosen: with twice the notes, half of what speaks for the last round.
const WORTH: f32 = 0.1;

/// How much a band gives, −1 to 1; 0, the default, leaves everything as it is, to the last bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Energy(f32);

impl Energy {
    /// As the band plays by itself.
    pub const NEUTRAL: Self = Self(0.0);

    /// So much, at most 1 and at least −1; what is no number changes nothing.
    #[must_use]
    pub fn clamped(energy: f32) -> Self {
        if energy.is_nan() { Self::NEUTRAL } else { Self(energy.clamp(-1.0, 1.0)) }
    }

    /// −1 to 1.
    #[must_use]
    pub const fn get(self) -> f32 {
        self.0
    }

    /// How many times as many notes: a factor.
    #[must_use]
    pub fn density(self) -> f32 {
        DENSER.powf(self.0)
    }

    /// How many times as loud: a factor of velocities.
    #[must_use]
    pub fn loudness(self) -> f32 {
        LOUDER.powf(self.0)
    }

    /// How much likelier each semitone makes a note of a voice that does this, in nats.
    #[must_use]
    pub fn lift(self, role: Role) -> f32 {
        if role == Role::Bass { 0.0 } else { HIGHER * self.0 }
    }

    /// How many semitones higher a figure of such a voice is laid.
    #[must_use]
    pub fn rise(self, role: Role) -> f32 {
        if role == Role::Bass { 0.0 } else { RISE * self.0 }
    }

    /// So large a part of it, 0 to 1: for a band that follows what it has played, and so adds to it by itself.
    #[must_use]
    pub fn part(self, share: f32) -> Self {
        Self::clamped(share * self.0)
    }

    /// How much more a measure of so many notes is worth than one of none, where something new is weighed against what was
    /// played before.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a measure's notes")]
    pub fn worth(self, notes: usize) -> f32 {
        WORTH * self.0 * (1.0 + notes as f32).ln()
    }

    /// The voices' notes of a measure as loud as this asks for. For music that nobody plays to: in a jam
    /// `play::conductor::Loudness` does it as the notes sound.
    pub fn aloud(self, measure: &mut BandMeasure, voices: VoiceMask) {
        if self == Self::NEUTRAL {
            return;
        }
        for voice in voices.and(measure.present).iter() {
            measure.voice_mut(voice).for_each_mut(|note| note.velocity = self.velocity(note.velocity));
        }
    }

    /// The same of strokes.
    #[must_use]
    pub fn aloud_strokes(self, measure: &DrumMeasure) -> DrumMeasure {
        let mut out = DrumMeasure::silent(measure.steps());
        measure.hits().for_each(|hit| out.strike(DrumHit { velocity: self.velocity(hit.velocity), ..hit }));
        out
    }

    /// A velocity as loud as this asks for.
    #[must_use]
    pub fn velocity(self, velocity: Velocity) -> Velocity {
        if self == Self::NEUTRAL { velocity } else { Velocity::clamped(f32::from(velocity.get()) * self.loudness()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neutral_is_exactly_as_before_and_more_is_more_of_everything() {
        let of = |energy: f32| {
            let energy = Energy::clamped(energy);
            [
                energy.density(),
                energy.loudness(),
                energy.lift(Role::Harmony),
                energy.rise(Role::Counter),
                energy.worth(9),
            ]
        };
        assert_eq!(of(0.0), [1.0, 1.0, 0.0, 0.0, 0.0]);
        for pair in [-1.0, -0.5, 0.0, 0.5, 1.0].windows(2) {
            assert!(of(pair[0]).iter().zip(of(pair[1])).all(|(less, more)| *less < more), "{pair:?}");
        }
        assert_eq!(Energy::clamped(1.0).lift(Role::Bass), 0.0, "the bass stays");
    }

    #[test]
    fn it_has_an_end_on_both_sides() {
        assert_eq!([-7.0, 7.0, f32::NAN, 0.25].map(|energy| Energy::clamped(energy).get()), [-1.0, 1.0, 0.0, 0.25]);
    }
}
