//! Where the user's music comes round again.

use crate::music::band::{BandMeasure, VoiceMask};
use crate::predict::predictor::PredictRequest;
use crate::rules::loop_lag::{MAX_LAG, Shape, likeness, shape};

/// How alike two measures of the user's are that count as the same. Chosen: a passing note more or less lets them be.
pub(super) const SAME: f32 = 0.85;

/// The newest measures that are compared with those one lag before. Chosen: two phrases of four.
const COMPARED: usize = 8;

/// What a measure costs that is not as it was, in measures that are. Chosen: one changed measure in a loop of four still
/// leaves it a loop.
const OTHER: i32 = 2;

/// How many more measures must be as they were. Chosen: one may be chance.
const COMES_ROUND: i32 = 2;

/// How many measures at least must be as they were one lag before in what is a loop. Chosen: a song's phrase of four that comes
/// twice is none.
const LOOP: usize = 6;

/// The user's measures, the newest first, as they are compared with one another.
struct Shapes(Vec<Shape>);

impl Shapes {
    fn of(history: &[&BandMeasure], user: VoiceMask) -> Self {
        Self(history.iter().rev().map(|measure| shape(measure, user)).collect())
    }

    fn is_silent(&self, ago: usize) -> bool {
        self.0[ago].iter().all(|&time| time <= 0.0)
    }

    /// Was the measure so many ago as the one a lag before it? `None` where both were silent.
    fn came_again(&self, ago: usize, lag: usize) -> Option<bool> {
        let heard = !(self.is_silent(ago) && self.is_silent(ago + lag));
        heard.then(|| likeness(&self.0[ago], &self.0[ago + lag]) > SAME)
    }

    /// The lag at which the music comes round, `None` where it does not.
    fn round(&self, ahead: usize) -> Option<usize> {
        let newest = self.0.len().checked_sub(1)?;
        let score = |lag: usize| -> i32 {
            let heard = (0..COMPARED).take_while(|ago| ago + lag <= newest).filter_map(|ago| self.came_again(ago, lag));
            heard.map(|again| if again { 1 } else { -OTHER }).sum()
        };
        let lags = ahead.max(2)..=MAX_LAG.min(newest);
        let found = lags.map(|lag| (score(lag), lag)).filter(|(score, _)| *score >= COMES_ROUND);
        found.max_by_key(|&(score, lag)| (score, std::cmp::Reverse(lag))).map(|(_, lag)| lag)
    }

    /// Is the music, which comes round at this lag, a loop? Its second round is to be over by the measure that is wanted. What
    /// began a third round stays one over a change.
    fn is_loop(&self, lag: usize, ahead: usize) -> bool {
        let again = |ago: usize| self.came_again(ago, lag) != Some(false);
        let whole = |from: usize, measures: usize| {
            let to = from + measures.max(LOOP);
            to + lag <= self.0.len() && (from..to).all(again)
        };
        whole(0, lag.saturating_sub(ahead)) || (1..=COMPARED).any(|ago| whole(ago, lag + 1))
    }
}

/// Is the user's music a loop?
pub(super) fn is_loop(request: &PredictRequest) -> bool {
    let history: Vec<&BandMeasure> = request.history.iter().collect();
    let (shapes, ahead) = (Shapes::of(&history, VoiceMask::only(request.user)), usize::from(request.ahead.max(1)));
    shapes.round(ahead).is_some_and(|lag| shapes.is_loop(lag, ahead))
}

/// Where in the history the measure one round before the wanted one stands, and how many measures before it lies; `None` where
/// the user's music does not come round.
pub(crate) fn round_before(request: &PredictRequest) -> Option<(usize, usize)> {
    let history: Vec<&BandMeasure> = request.history.iter().collect();
    let ahead = usize::from(request.ahead.max(1));
    let lag = Shapes::of(&history, VoiceMask::only(request.user)).round(ahead)?;
    Some(((history.len() - 1 + ahead).checked_sub(lag)?, lag))
}
