//! What the net reads of a half measure.

use super::classes::{NAMED, class, write_name};
use crate::music::band::{BandMeasure, BandSpec, Role, VoiceId, VoiceMask};
use crate::music::chord::{Chord, PitchClasses};

/// The numbers of what a voice plays in a half measure: chroma of its two quarters, and where it strikes.
pub const HEARD: usize = 24 + STRIKES;

/// Places of a half measure at which a note may be struck. Chosen: its sixteenths in 4/4.
const STRIKES: usize = 8;

/// All numbers that the net reads of a half measure: what the user plays there and in the next half of the same measure,
/// the chord before, the chord at the lag, which half it is, whether it is imagined and how well the lag repeats.
pub const HALF_INPUTS: usize = 2 * HEARD + 2 * NAMED + 3;

/// What a voice plays in a half measure: `[HEARD]`.
pub type HeardHalf = [f32; HEARD];

/// What this voice plays there.
#[must_use]
pub fn heard(measure: &BandMeasure, voice: VoiceId, (from, to): (u8, u8)) -> HeardHalf {
    let mut out = [0.0; HEARD];
    if !measure.present.has(voice) {
        return out;
    }
    let (line, middle) = (measure.voice(voice), from.midpoint(to));
    for (part, (start, end)) in out.chunks_exact_mut(12).zip([(from, middle), (middle, to)]) {
        let share = 1.0 / f32::from(end.saturating_sub(start).max(1));
        part.iter_mut().zip(line.chroma_between(start, end)).for_each(|(sum, time)| *sum = (time * share).min(2.0));
    }
    for note in line.onsets().filter(|note| (from..to).contains(&note.step.0)) {
        let place = usize::from(note.step.0 - from) * STRIKES / usize::from((to - from).max(1));
        out[24 + place.min(STRIKES - 1)] = 1.0;
    }
    out
}

/// How long each pitch class sounds in what is heard: `[12]`.
#[must_use]
pub fn chroma(heard: &HeardHalf) -> [f32; 12] {
    std::array::from_fn(|class| heard[class] + heard[12 + class])
}

/// The class of the chord that accompanies there, as it is recognised; `None` where nothing has a name.
#[must_use]
pub fn accompaniment(measure: &BandMeasure, spec: &BandSpec, half: (u8, u8)) -> Option<usize> {
    accompanying(measure, spec, half).map(class)
}

/// The chord that accompanies there, as it is recognised; `None` where nothing has a name.
#[must_use]
pub fn accompanying(measure: &BandMeasure, spec: &BandSpec, (from, to): (u8, u8)) -> Option<Chord> {
    let with = |wanted: fn(Role) -> bool| -> VoiceMask {
        measure.present.and(spec.all()).iter().filter(|voice| wanted(spec.voices[voice.index()].role)).collect()
    };
    let (harmony, low) = (with(|role| role == Role::Harmony), with(|role| role == Role::Bass));
    let bass_alone = spec.voices.iter().all(|voice| voice.role != Role::Harmony);
    // Where nobody plays chords, as in a chorale, all voices are the chord.
    let sounding = if bass_alone { measure.present.and(spec.all()) } else { harmony.or(low) };
    let time = |voices: VoiceMask| {
        voices.iter().fold([0.0f32; 12], |mut sum, voice| {
            let part = measure.voice(voice).chroma_between(from, to);
            sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
            sum
        })
    };
    let bass = if low.is_empty() { lowest(measure, sounding, from, to) } else { time(low) };
    Chord::recognised(&time(sounding), &bass)
}

/// How long each pitch class is the lowest that sounds.
fn lowest(measure: &BandMeasure, voices: VoiceMask, from: u8, to: u8) -> [f32; 12] {
    let mut out = [0.0; 12];
    for step in from..to {
        let notes = voices.iter().flat_map(|voice| measure.voice(voice).notes());
        if let Some(key) = notes.filter(|note| note.sounds_at(step)).map(|note| note.key).min() {
            out[usize::from(key.pitch_class())] += 1.0;
        }
    }
    out
}

/// One half measure, as the net reads it.
#[derive(Clone, Copy, Debug)]
pub struct Half<'a> {
    /// What the user plays.
    pub now: &'a HeardHalf,
    /// What the user plays in the other half of the same measure, if it comes after.
    pub then: Option<&'a HeardHalf>,
    /// The chord of the half before, if it is known.
    pub before: Option<usize>,
    /// The chord at the lag, if it is known.
    pub at_lag: Option<usize>,
    /// Is it the second half?
    pub second: bool,
    /// How well the lag repeats, 0…1, where the user's notes are imagined.
    pub imagined: Option<f32>,
}

impl Half<'_> {
    /// Its numbers: `[HALF_INPUTS]`.
    #[must_use]
    pub fn numbers(&self) -> [f32; HALF_INPUTS] {
        let mut out = [0.0; HALF_INPUTS];
        out[..HEARD].copy_from_slice(self.now);
        if let Some(then) = self.then {
            out[HEARD..2 * HEARD].copy_from_slice(then);
        }
        let names = 2 * HEARD;
        write_name(self.before, &mut out[names..names + NAMED]);
        write_name(self.at_lag, &mut out[names + NAMED..names + 2 * NAMED]);
        out[HALF_INPUTS - 3] = f32::from(u8::from(self.second));
        out[HALF_INPUTS - 2] = f32::from(u8::from(self.imagined.is_some()));
        out[HALF_INPUTS - 1] = self.imagined.unwrap_or(0.0);
        out
    }
}

/// How much of the imagined notes a chord holds, less half of what lies a semitone beside it: −0.5…1.
#[must_use]
pub fn fit(tones: PitchClasses, imagined: &[f32; 12]) -> f32 {
    let total: f32 = imagined.iter().sum();
    if total <= 0.0 {
        return 0.0;
    }
    let near = tones.raised(1).or(tones.raised(11));
    let worth = |class: u8| match (tones.has(class), near.has(class)) {
        (true, _) => 1.0,
        (false, true) => -0.5,
        (false, false) => 0.0,
    };
    (0u8..).zip(imagined).map(|(class, time)| worth(class) * time).sum::<f32>() / total
}
