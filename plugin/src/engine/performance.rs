//! How the band's notes are played: as loud as the user plays, and what is frozen as it was.

use model::{Begun, Measure, Source};

/// The loudness of a moderate stroke, against which the user's is measured.
const MODERATE: f32 = 80.0;

/// How much of a new note's loudness is followed at once. Chosen: about ten notes.
const LOUDNESS_FOLLOWS: f32 = 0.1;

/// How loud the user plays, as a factor of a moderate stroke.
///
/// What the band follows is known as late as its notes: a measure's loudness must not depend on
/// what a prediction for it could not have heard.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Loudness {
    pub(super) heard: Option<f32>,
    pub(super) known: Option<f32>,
}

impl Loudness {
    /// How loud the user plays after the notes of `measure` that begin before step `end`. Of
    /// measures, not of notes as they come: a note on a bar line, or a little before it, belongs
    /// to the measure that begins there.
    pub(super) fn after(&self, measure: &Measure, end: u8) -> Option<f32> {
        measure.onsets().filter(|note| note.step.0 < end).fold(self.heard, |heard, note| {
            let now = f32::from(note.velocity.get()) / MODERATE;
            Some(heard.map_or(now, |before| before + LOUDNESS_FOLLOWS * (now - before)))
        })
    }

    /// A measure of the user's is over.
    pub(super) fn hear(&mut self, measure: &Measure) {
        self.heard = self.after(measure, measure.steps());
    }

    pub(super) fn factor(&self, follow: f32) -> f32 {
        1.0 + follow * (self.known.unwrap_or(1.0) - 1.0)
    }
}

/// How the last measures were played: what is frozen is played just like it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Played([(u32, u32, f32); PLAYED]);

/// More than can be frozen.
const PLAYED: usize = 64;

impl Default for Played {
    fn default() -> Self {
        Self([(0, 0, 1.0); PLAYED])
    }
}

impl Played {
    /// The index that decides on a measure's unevenness, and its loudness.
    pub(super) fn like(&mut self, begun: &Begun, loudness: f32) -> (u32, f32) {
        let place = &mut self.0[begun.performance as usize % PLAYED];
        if begun.source != Source::Frozen || place.0 != begun.performance {
            *place = (begun.performance, begun.index.0, loudness);
        }
        (place.1, place.2)
    }
}
