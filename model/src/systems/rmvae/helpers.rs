//! What informs an RMVAE at play, beyond the history.

/// What informs the net beyond the history.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Helpers {
    /// The music is brought to C major or A minor by the key tracked; without, it stays as it is.
    pub key: bool,
    /// The measure that the loop rule points to enters the net.
    pub looped: bool,
    /// The user's measure is imagined (the one that the loop rule points to), and the band fits it.
    pub guide: bool,
    /// How much the fit with the imagined user's measure counts as one more expert on every note, in nats.
    pub fit: f32,
    /// What the band played one loop ago is played again where it fits at most this much worse than the best new
    /// measure: songs repeat. Below −1: never.
    pub again: f32,
    /// How many times longer the notes of polyphonic voices sound than the net says: mean durations are short where the
    /// net is unsure, and a pianist holds the pedal.
    pub sustain: f32,
    /// How many more notes the net is asked for, as a factor: longer notes leave room for fewer.
    pub density: f32,
    /// How much a chord that is foretold counts as one more expert on every note, in nats.
    pub chords: f32,
    /// The same of a chord that is known, from a chart. 0 both: the band heeds no chords.
    pub known: f32,
    /// How much more it counts for the bass that a note is the chord's lowest, as a factor of the above.
    pub root: f32,
    /// How much it counts in the choice between measures that what they play lies in the chord.
    pub chorded: f32,
    /// Measures sampled, of which the one that fits the imagined user's measure best is played.
    pub candidates: usize,
}

/// Chosen on the validation songs of POP909 by the jam metrics (the README's table, with the test songs).
impl Default for Helpers {
    fn default() -> Self {
        Self {
            key: true,
            looped: true,
            guide: true,
            fit: 2.0,
            again: 0.12,
            sustain: 1.5,
            density: 1.0,
            chords: 1.0,
            known: 5.0,
            root: 1.0,
            chorded: 0.5,
            candidates: 12,
        }
    }
}

impl Helpers {
    /// The net alone.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            key: false,
            looped: false,
            guide: false,
            fit: 0.0,
            again: -9.0,
            sustain: 1.0,
            density: 1.0,
            chords: 0.0,
            known: 0.0,
            root: 0.0,
            chorded: 0.0,
            candidates: 1,
        }
    }
}
