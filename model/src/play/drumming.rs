//! A drummer to a whole song, without a host.

use std::ops::Range;
use std::sync::Arc;

use crate::midi_file::Song;
use crate::music::drums::DrumMeasure;
use crate::music::measure::Measure;
use crate::predict::energy::Energy;
use crate::random::mix;
use crate::systems::drummer::{BandAround, DrumAsk, DrumStyle, Drummer, TrainedDrummer};

/// How many measures ago the newest measure of the user is that a drummer knows. Required: a measure is planned while the
/// one before sounds, as by the band.
const KNOWN: usize = 2;

/// How many measures are remembered of what is drummed before others that are drummed anew. Chosen: two phrases.
const REMEMBERED: usize = 16;

/// How somebody should drum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DrumManner {
    /// The style; `None` lets the drummer choose.
    pub style: Option<DrumStyle>,
    /// How busy and how loud.
    pub energy: Energy,
    /// 0 strikes what is likelier than not; 1 is as various as people are.
    pub temperature: f32,
    /// Everything random comes from this.
    pub seed: u64,
}

/// Who plays beside a drummer: what they play in each measure of a song, as far as they are there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside<'a> {
    /// The user.
    pub user: Option<&'a [Measure]>,
    /// The bass.
    pub bass: Option<&'a [Measure]>,
    /// The chords.
    pub chords: Option<&'a [Measure]>,
}

/// Drums in each measure of a song for which `plays` says so, each from what the bass and the chords play there and what
/// the user played two measures before; a rest ends the phrase. No measure in a meter that is no whole number of
/// sixteenths has drums. `None` where the net's numbers are none: the band file is damaged.
pub fn drum_to(
    trained: &Arc<TrainedDrummer>,
    song: &Song,
    beside: Beside<'_>,
    manner: &DrumManner,
    plays: impl Fn(usize) -> bool,
) -> Option<Vec<DrumMeasure>> {
    let mut drummer = Drummer::new(Arc::clone(trained));
    let each = 0..song.len();
    each.map(|at| measure(&mut drummer, (song, at), beside, manner, plays(at))).collect()
}

/// The same of some measures of a song whose others stay as they are drummed: what comes before them is remembered, as if
/// the drummer had played it.
pub fn drum_between(
    trained: &Arc<TrainedDrummer>,
    (song, old): (&Song, &[DrumMeasure]),
    beside: Beside<'_>,
    manner: &DrumManner,
    (measures, plays): (Range<usize>, impl Fn(usize) -> bool),
) -> Option<Vec<DrumMeasure>> {
    let mut drummer = Drummer::new(Arc::clone(trained));
    let mut out = old.to_vec();
    // Where nothing was drummed, nothing is gone on with.
    let drummed = |at: &usize| old.get(*at).is_some_and(|measure| !measure.is_silent());
    let before = (0..measures.start).rev().take(REMEMBERED).take_while(drummed).last();
    if let Some(from) = before {
        drummer.remember(old.get(from..measures.start).unwrap_or_default());
    }
    for at in measures {
        let drums = measure(&mut drummer, (song, at), beside, manner, plays(at))?;
        if let Some(place) = out.get_mut(at) {
            *place = drums;
        }
    }
    Some(out)
}

/// One measure of a song: silent where nobody plays, which ends the phrase.
fn measure(
    drummer: &mut Drummer,
    (song, at): (&Song, usize),
    beside: Beside<'_>,
    manner: &DrumManner,
    plays: bool,
) -> Option<DrumMeasure> {
    let span = song.spans().get(at)?;
    if !plays || !song.is_played(at) {
        drummer.rest();
        return Some(DrumMeasure::silent(span.steps));
    }
    let of = |lines: Option<&'_ [Measure]>, at: Option<usize>| lines.and_then(|lines| lines.get(at?).copied());
    let user = of(beside.user, at.checked_sub(KNOWN));
    let (bass, chords) = (of(beside.bass, Some(at)), of(beside.chords, Some(at)));
    let played = drummer.play(&DrumAsk {
        steps: span.steps,
        place: Some(song.place(at)),
        tempo: tempo(song, span.start),
        style: manner.style,
        energy: manner.energy.get(),
        temperature: manner.temperature,
        around: BandAround { user: user.as_ref(), bass: bass.as_ref(), chords: chords.as_ref() },
        seed: mix(manner.seed, at as u64),
        take: manner.seed,
    })?;
    Some(manner.energy.aloud_strokes(&played))
}

/// Quarter notes a minute at a step.
#[expect(clippy::cast_possible_truncation, reason = "a tempo")]
fn tempo(song: &Song, step: u32) -> f32 {
    let beat = f64::from(step) / 4.0;
    let now = song.tempos.iter().rev().find(|tempo| tempo.beat <= beat).or(song.tempos.first());
    now.map_or(120.0, |tempo| tempo.bpm() as f32)
}
