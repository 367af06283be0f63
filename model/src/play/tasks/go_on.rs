//! New measures after those that are there.

use crate::midi_file::Song;
use crate::music::band::{BandMeasure, VoiceId, VoiceMask};
use crate::music::chart::BarPlace;
use crate::music::join::join;
use crate::music::tonality::Tonality;
use crate::play::tasks::Manner;
use crate::predict::predictor::{MeasureIndex, PredictError, PredictRequest, Predictor};
use crate::random::mix;

/// Who plays on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cast {
    /// The voices that are written.
    pub voices: VoiceMask,
    /// The player's voice: the one that is listened to.
    pub user: VoiceId,
}

/// How many steps a measure has, and where it lies in its bar.
pub type NewMeasure = (u8, BarPlace);

/// Adds these measures. Each is predicted from all that stands before it, with nothing
/// between, as far back as a request carries.
///
/// # Errors
/// [`PredictError`]; then the measures before it are there.
pub fn go_on(
    measures: &mut Vec<BandMeasure>,
    wanted: impl IntoIterator<Item = NewMeasure>,
    cast: Cast,
    predictor: &mut dyn Predictor,
    manner: &Manner,
) -> Result<(), PredictError> {
    let all = predictor.spec().all();
    let mut request = PredictRequest::empty();
    request.ahead = 1;
    (request.voices, request.user) = (cast.voices, cast.user);
    request.style = manner.style;
    measures.iter().for_each(|measure| request.history.push(measure));
    // The key of what was there: music that follows its own key would wander away.
    let mut chroma = [0.0; 12];
    for measure in measures.iter() {
        chroma.iter_mut().zip(measure.chroma(all)).for_each(|(sum, part)| *sum += part);
    }
    request.tonality = manner.key.unwrap_or_else(|| Tonality::of(&chroma));
    for (steps, place) in wanted {
        request.target = MeasureIndex(u32::try_from(measures.len()).unwrap_or(u32::MAX));
        (request.steps, request.place) = (steps, Some(place));
        request.seed = mix(manner.seed, measures.len() as u64);
        let mut next = predictor.predict(&request)?;
        join(measures.last_mut(), &mut next);
        // What the join changed at the bar line is heard as it is.
        if let (Some(before), Some(newest)) = (measures.last(), request.history.back_mut(0)) {
            *newest = *before;
        }
        request.history.push(&next);
        measures.push(next);
    }
    if let Some(last) = measures.last_mut() {
        join(Some(last), &mut BandMeasure::missing(16));
    }
    Ok(())
}

/// Call and response: after every phrase of so many measures of the calls, the voices answer with as many.
///
/// Returns the measures, calls and answers in turn. `answers` are the measures of all answers in order. `at_answer` is told how many measures are there after each answer.
///
/// # Errors
/// [`PredictError`].
pub fn answer(
    (calls, answers): (&[BandMeasure], &[NewMeasure]),
    phrase: usize,
    cast: Cast,
    predictor: &mut dyn Predictor,
    manner: &Manner,
    mut at_answer: impl FnMut(usize),
) -> Result<Vec<BandMeasure>, PredictError> {
    let mut out = Vec::with_capacity(2 * calls.len());
    for (call, wanted) in calls.chunks(phrase.max(1)).zip(answers.chunks(phrase.max(1))) {
        out.extend_from_slice(call);
        go_on(&mut out, wanted.iter().copied(), cast, predictor, manner)?;
        at_answer(out.len());
    }
    Ok(out)
}

/// The measures of a song, from this one on.
pub fn measures_of(song: &Song, from: usize) -> impl Iterator<Item = NewMeasure> {
    song.spans().iter().enumerate().skip(from).map(|(at, span)| (span.steps, song.place(at)))
}
