//! The one seam between music and learning: context in, a band's measure out.

use crate::music::band::{BandMeasure, BandSpec, VoiceId, VoiceMask};
use crate::music::chart::{BarPlace, MeasureChords};
use crate::music::drums::DrumMeasure;
use crate::music::tonality::Tonality;
use crate::predict::asked::{AskedFor, REMEMBERED};
use crate::predict::energy::Energy;
use crate::predict::texture::Figures;

/// How many measures of the past a request carries: the loop rule looks 32 measures back and compares four measures.
/// Required to be at least 36.
pub const HISTORY: usize = 40;

const _: () = assert!(REMEMBERED >= HISTORY + 2, "a request looks no further back than is remembered");

/// A measure's place in *play order*, counted from 0 since the transport started. A loop or
/// jump of the host does not turn it back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MeasureIndex(pub u32);

/// Counts the jumps, resets and changes of meter or settings: a prediction of an older epoch is
/// dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u32);

/// The last measures that were heard and played, oldest first, at most [`HISTORY`].
///
/// # Realtime safety
/// Of fixed size (about 100 KB): keep it in a box made beforehand.
#[derive(Clone, Debug)]
pub struct History {
    measures: [BandMeasure; HISTORY],
    start: usize,
    len: usize,
}

impl Default for History {
    fn default() -> Self {
        Self { measures: [BandMeasure::missing(16); HISTORY], start: 0, len: 0 }
    }
}

impl History {
    /// How many measures it holds.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Has nothing been heard?
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The measure at this place, 0 being the oldest.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&BandMeasure> {
        (index < self.len).then(|| &self.measures[(self.start + index) % HISTORY])
    }

    /// The measure so many back; 0 is the newest.
    #[must_use]
    pub fn back(&self, ago: usize) -> Option<&BandMeasure> {
        self.len.checked_sub(ago + 1).and_then(|index| self.get(index))
    }

    /// The measure so many back, to change it in place; 0 is the newest.
    pub fn back_mut(&mut self, ago: usize) -> Option<&mut BandMeasure> {
        let index = self.len.checked_sub(ago + 1)?;
        Some(&mut self.measures[(self.start + index) % HISTORY])
    }

    /// Adds the newest measure; the oldest leaves when it is full.
    pub fn push(&mut self, measure: &BandMeasure) {
        if self.len < HISTORY {
            self.measures[(self.start + self.len) % HISTORY] = *measure;
            self.len += 1;
        } else {
            self.measures[self.start] = *measure;
            self.start = (self.start + 1) % HISTORY;
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.start = 0;
        self.len = 0;
    }

    /// From the oldest to the newest.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &BandMeasure> + ExactSizeIterator {
        (0..self.len).map(|index| &self.measures[(self.start + index) % HISTORY])
    }

    /// Takes over another history: copies only what it holds.
    pub fn copy_from(&mut self, other: &Self) {
        self.clear();
        for measure in other.iter() {
            self.push(measure);
        }
    }
}

/// How the band should play: what the musician sets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// 0 always takes the likeliest; 1 is as various as the training music; up to 2.
    pub temperature: f32,
    /// How many notes, as a factor of what the net would play: 0.25 to 4, 1 by default.
    pub density: f32,
    /// Density, loudness and register together, on top of all others.
    pub energy: Energy,
    /// In which of people's figures what is planned is played, by a band that has any.
    pub figures: Figures,
}

impl Default for Style {
    fn default() -> Self {
        Self { temperature: 1.0, density: 1.0, energy: Energy::NEUTRAL, figures: Figures::Automatic }
    }
}

impl Style {
    /// How many notes, as a factor of what would be played: the density and what the energy does to it.
    #[must_use]
    pub fn notes(&self) -> f32 {
        self.density * self.energy.density()
    }
}

/// A request for one measure of the band.
#[derive(Clone, Debug)]
pub struct PredictRequest {
    /// When it was made.
    pub epoch: Epoch,
    /// The measure that is wanted.
    pub target: MeasureIndex,
    /// How many steps the wanted measure has, 1…16.
    pub steps: u8,
    /// Where the wanted measure lies among the beats of its bar, as far as is known when it is asked for; `None`: it is a
    /// bar of quarters.
    pub place: Option<BarPlace>,
    /// How far the target lies after the newest measure of `history`: 1 (next) or 2 (second-next).
    pub ahead: u8,
    /// Steps at the end of the newest measure that were not heard yet (next: 1, else 0).
    pub unheard_steps: u8,
    /// What was heard and played. A voice that was not heard is missing there (not present).
    pub history: History,
    /// With `ahead` = 2, what the band will play in the measure between; the user's voice is missing in it.
    pub planned: Option<BandMeasure>,
    /// What is known of the wanted measure itself, of the same length: the voices present in it play this, as when one
    /// voice of a finished piece is filled in. In a jam nothing is.
    pub given: Option<BandMeasure>,
    /// What is known of the wanted measure's chords: from a chart, or planned.
    pub chords: MeasureChords,
    /// The voice that the user plays.
    pub user: VoiceId,
    /// The voices that are wanted.
    pub voices: VoiceMask,
    /// The key, as tracked over what was heard or as the musician fixed it.
    pub tonality: Tonality,
    /// How to play.
    pub style: Style,
    /// Everything random comes from this.
    pub seed: u64,
    /// How many measures before the wanted one were asked for since another seed was set; `None`: none was. Who sets another
    /// wants to hear something else than what was played before.
    pub since_seed: Option<usize>,
    /// How much was asked for of this measure and of those before it.
    pub asked: AskedFor,
}

impl PredictRequest {
    /// An empty request, to be filled: made once, then reused.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            epoch: Epoch::default(),
            target: MeasureIndex::default(),
            steps: 16,
            place: None,
            ahead: 2,
            unheard_steps: 0,
            history: History::default(),
            planned: None,
            given: None,
            chords: MeasureChords::NONE,
            // PANIC: there is room for a first voice.
            user: VoiceId::new(0).expect("a first voice"),
            voices: VoiceMask::NONE,
            tonality: Tonality::default(),
            style: Style::default(),
            seed: 0,
            since_seed: None,
            asked: AskedFor::default(),
        }
    }

    /// What is known of the wanted measure, without the voices that are wanted; `None` where nothing is known.
    #[must_use]
    pub fn known(&self) -> Option<BandMeasure> {
        let mut known = self.given.filter(|given| given.steps() == self.steps)?;
        self.voices.iter().for_each(|voice| known.clear(voice));
        (!known.present.is_empty()).then_some(known)
    }
}

/// What came of a request.
#[derive(Clone, Copy, Debug)]
pub struct Prediction {
    /// The request's epoch.
    pub epoch: Epoch,
    /// The measure that it is for.
    pub target: MeasureIndex,
    /// What the wanted voices play.
    pub measure: BandMeasure,
    /// What the drummer plays, where somebody was asked.
    pub drums: Option<DrumMeasure>,
}

/// Why there is no prediction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PredictError {
    /// The request has no measure of context.
    #[error("nothing was heard yet, and a prediction needs at least one measure")]
    NothingHeard,
    /// The request asks for a voice that the band lacks.
    #[error("the request asks for a voice that the band lacks")]
    NoSuchVoice,
    /// The net gave numbers that are not finite.
    #[error("the net's output is not finite: the band file is damaged")]
    NotFinite,
}

/// Something that predicts a band's next measures: a net, a rule, or a fake in a test.
///
/// It works from one measure of context on. The same request always gives the same measure,
/// whatever was predicted before: what it keeps from call to call may only save time.
pub trait Predictor: Send {
    /// The band that it plays.
    fn spec(&self) -> &BandSpec;

    /// Does it heed what is [given](PredictRequest::given) of the wanted measure? If not, it cannot fill a voice in.
    fn obeys_given(&self) -> bool {
        false
    }

    /// Does it heed the [chords](PredictRequest::chords) of the wanted measure?
    fn obeys_chords(&self) -> bool {
        false
    }

    /// What the wanted voices play in the target measure. In the result just `request.voices` are present.
    ///
    /// # Errors
    /// [`PredictError`]; the caller falls back to a rule.
    fn predict(&mut self, request: &PredictRequest) -> Result<BandMeasure, PredictError>;
}
