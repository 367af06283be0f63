//! What a drummer makes of what the others play.

/// At how many steps of a measure players strike usually, as a share. Measured on the melodies of POP909's `train`.
const USUAL: f32 = 0.33;

/// For how many measures that counts beside what was heard. Chosen: two phrases; then a player is known.
const PRIOR: f32 = 16.0;

/// The smallest share that is told from none. Chosen: half a stroke of a measure.
const FEWEST: f32 = 0.03;

/// The most energy that following gives or takes. Chosen: what the control itself spans.
const MOST: f32 = 1.2;

/// How much energy there is in a step from the usual to e times as many strokes. Chosen after runs on POP909's `valid`
/// with less: strokes go with the user's onsets as far as these can be foretold two measures before.
const FOLLOWS: f32 = 1.2;

/// How often the user strikes, over the music heard so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Following {
    /// The shares of steps of the newest measures, the newest last: two are needed.
    before: [Option<f32>; 2],
    sum: f32,
    heard: f32,
}

impl Following {
    /// Hears the user's newest measure that is known, the one before the last; how much energy the drums take from them.
    ///
    /// Music comes by pairs of measures: over POP909's `train`, the onsets of a melody's measure go with those two measures
    /// before (rank correlation 0.52) and four (0.46) before those three before (0.24); with the mean of both 0.56.
    pub(super) fn hear(&mut self, density: f32) -> f32 {
        let expected = 0.5 * (density + self.before[0].unwrap_or(density));
        self.before = [self.before[1], Some(density)];
        self.sum += density;
        self.heard += 1.0;
        let usual = (PRIOR * USUAL + self.sum) / (PRIOR + self.heard);
        (FOLLOWS * (expected.max(FEWEST) / usual.max(FEWEST)).ln()).clamp(-MOST, MOST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busy_players_are_given_energy_and_those_who_rest_lose_it() {
        let mut following = Following::default();
        let found: Vec<f32> =
            [0.33, 0.33, 0.6, 0.6, 0.6, 0.6, 0.0, 0.0, 0.0].map(|density| following.hear(density)).into();
        assert!(found[0].abs() < 1e-3 && found[1].abs() < 1e-3);
        assert!(found[5] > 0.4 && found[5] <= MOST, "{found:?}");
        assert!((found[8] + MOST).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn a_player_who_is_always_busy_becomes_the_usual_one() {
        let mut following = Following::default();
        let first = following.hear(0.7);
        let last = (0..200).map(|_| following.hear(0.7)).last().expect("some");
        assert!(first > 0.7 && last < 0.15, "{first} and {last}");
    }
}
