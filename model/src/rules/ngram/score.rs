//! How probable true measures are.

use super::NGram;
use super::harmony::{self, Heard, LABELS};
use super::table::{Decision, MOST_SYMBOLS, Table};
use super::walk::{self, Decide, Walker};
use crate::music::band::{BandMeasure, VoiceId};
use crate::music::measure::Measure;
use crate::predict::predictor::PredictRequest;

/// Adds up the log-probabilities of what was decided.
struct Judge<'a> {
    table: &'a Table,
    log_prob: f64,
}

impl Decide for Judge<'_> {
    fn decide(&mut self, decision: &Decision, truth: Option<u8>) -> u8 {
        let mut room = [0.0; MOST_SYMBOLS];
        let probs = self.table.probs(decision, &mut room);
        let symbol = truth.unwrap_or(0);
        let p = probs.get(usize::from(symbol)).copied().unwrap_or(0.0);
        self.log_prob += f64::from(p.max(f32::MIN_POSITIVE)).ln();
        symbol
    }
}

impl NGram {
    /// The log-probability, in nats, that the voices that a request asks for play together what they play in `target`.
    /// The user's part of the request's history informs the harmony; labels are summed over. Never −∞.
    ///
    /// Of chords it counts when notes start and when nothing sounds, but not how long each note is; and of the keys
    /// that start together at most six.
    #[must_use]
    pub fn log_prob(&self, request: &PredictRequest, target: &BandMeasure) -> f64 {
        let &PredictRequest { ref history, user, voices, .. } = request;
        let (ahead, shift) = (usize::from(request.ahead), request.tonality.to_c());
        let (steps, middle) = (target.steps(), harmony::boundary(target.steps()));
        let voices = voices.and(target.present).and(self.voices());
        let heard = harmony::reference(history, ahead, user).map_or(Heard::NOTHING, |user| Heard::of(user, shift));
        let last = history.back(0);
        let before = last.filter(|_| ahead == 1);

        let halves: &[_] = if middle < steps { &[(0, middle), (middle, steps)] } else { &[(0, middle)] };
        let mut walkers: Vec<(VoiceId, Walker)> = voices
            .iter()
            .map(|voice| (voice, Walker::new(voice, self.players.player(voice), before, last, shift)))
            .collect();
        // Forward over the labels: alpha[h] = ln P(what was played so far, the newest label is h).
        let mut alpha = vec![(walk::last_label(&self.players, before, shift), 0.0)];
        for (half, &(from, to)) in halves.iter().enumerate() {
            let mut next = Vec::with_capacity(LABELS);
            let mut after = walkers.clone();
            for label in 0..u8::try_from(LABELS).unwrap_or(0) {
                let mut judge = Judge { table: &self.table, log_prob: 0.0 };
                for ((voice, walker), after) in walkers.iter().zip(&mut after) {
                    let mut walker = *walker;
                    let truth = Some(target.voice(*voice));
                    walker.walk(from..to, label, &mut judge, truth, &mut Measure::silent(steps));
                    after.1 = walker;
                }
                let paths = alpha.iter().map(|&(before, so_far)| {
                    let mut chord = Judge { table: &self.table, log_prob: so_far };
                    walk::decide_label(&mut chord, user, &heard, before, half, Some(label));
                    chord.log_prob
                });
                next.push((label, log_sum(paths) + judge.log_prob));
            }
            walkers = after;
            alpha = next;
        }
        log_sum(alpha.iter().map(|&(_, log_prob)| log_prob))
    }
}

/// ln Σ eˣ.
fn log_sum(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::NEG_INFINITY, |sum, value| {
        let (low, high) = if sum < value { (sum, value) } else { (value, sum) };
        if low == f64::NEG_INFINITY { high } else { high + (low - high).exp().ln_1p() }
    })
}
