//! How well a model foretells true melodies: any model, the same events.

use super::events::Melody;
use super::model::MelodyModel;
use crate::music::measure::MonoStep;

/// What a model's chances were worth.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MelodyScore {
    /// Events foretold: all but each melody's first; of a model of pitches alone, its notes.
    pub events: usize,
    /// Nats of all of them.
    pub nats: f64,
    /// How many of them the likeliest event foretold rightly.
    pub right: usize,
    /// Events that are something: notes and rests.
    pub happenings: usize,
    /// How many of those the likeliest event foretold rightly.
    pub right_happenings: usize,
}

impl MelodyScore {
    /// Nats per event.
    #[must_use]
    pub fn nll(&self) -> f64 {
        self.nats / share(self.events)
    }

    /// e to that: how many events the model is torn between.
    #[must_use]
    pub fn perplexity(&self) -> f64 {
        self.nll().exp()
    }

    /// Share of events foretold rightly, 0…1.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        share(self.right) / share(self.events)
    }

    /// The same of notes and rests alone.
    #[must_use]
    pub fn event_accuracy(&self) -> f64 {
        share(self.right_happenings) / share(self.happenings)
    }

    /// The same of the steps at which nothing happens.
    #[must_use]
    pub fn no_event_accuracy(&self) -> f64 {
        share(self.right - self.right_happenings) / share(self.events - self.happenings)
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn share(count: usize) -> f64 {
    count as f64
}

/// Asks the model for every event of these melodies but the first of each, given all that stand before it. Keys that
/// the model does not know are brought into its range by octaves. A rest cannot begin where there is one: its chance is
/// shared out.
#[must_use]
pub fn examine(model: &dyn MelodyModel, melodies: &[Melody]) -> MelodyScore {
    let mut score = MelodyScore::default();
    for melody in melodies {
        let mut reader = model.reader(melody.bar, 0);
        let (mut first, mut sounding) = (true, false);
        for &event in &melody.events {
            let event = match event {
                MonoStep::Note(key) => MonoStep::Note(model.range().folded(key)),
                other => other,
            };
            let happens = event != MonoStep::Continue;
            let counts = if model.pitches_only() { matches!(event, MonoStep::Note(_)) } else { true };
            if counts && !first {
                let chances = reader.chances();
                let chances = if sounding { chances } else { chances.without_rest() };
                let right = chances.likeliest() == event;
                score.events += 1;
                score.nats -= f64::from(chances.of(event) / chances.total()).max(1e-12).ln();
                score.right += usize::from(right);
                score.happenings += usize::from(happens);
                score.right_happenings += usize::from(right && happens);
            }
            first &= !counts;
            reader.hear(event);
            sounding = match event {
                MonoStep::Note(_) => true,
                MonoStep::Rest => false,
                MonoStep::Continue => sounding,
            };
        }
    }
    score
}
