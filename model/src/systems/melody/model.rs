//! The seam of the one-voice systems: events heard in, the chances of the next one out.

use std::fmt::Debug;

use crate::music::band::KeyRange;
use crate::music::measure::MonoStep;
use crate::music::note::Key;
use crate::random::Rng;
use crate::systems::system::Parts;

/// How many measures a model reads by default: the windows of training have 128 events. Chosen to be as long.
pub const CONTEXT: usize = 8;

/// A trained model of melodies; immutable, shared by all that play it.
pub trait MelodyModel: Debug + Send + Sync {
    /// What its file keeps of it.
    fn parts(&self) -> Parts;

    /// The keys that it knows; others are brought there by octaves.
    fn range(&self) -> KeyRange;

    /// Was it trained on melodies in C major or A minor? Else it hears the music as it is.
    fn keyed(&self) -> bool;

    /// Does it know nothing of rhythm? Then its chances are those of the next note, whenever that comes.
    fn pitches_only(&self) -> bool {
        false
    }

    /// How many measures it reads before it plays, at least 1: as many as it learnt from at once, unless a net is so
    /// large that a prediction would not keep its time.
    fn context(&self) -> usize {
        CONTEXT
    }

    /// Begins to read a melody at a bar line, in measures of so many sixteenths, `from` measures after the music began.
    fn reader(&self, bar: usize, from: usize) -> Box<dyn Reader + '_>;
}

/// A model in the midst of a melody.
pub trait Reader {
    /// Hears the next event. A note's key is in the model's range; a rest stands only where a note sounds.
    fn hear(&mut self, event: MonoStep);

    /// How likely each next event is.
    fn chances(&self) -> Chances;

    /// A second reader at the same place, to go on another way.
    fn fork<'a>(&self) -> Box<dyn Reader + 'a>
    where
        Self: 'a;
}

/// How likely each event of the next sixteenth is: never negative, together 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chances {
    /// Whatever goes on goes on.
    pub hold: f32,
    /// A rest begins.
    pub rest: f32,
    /// A note of each key begins.
    pub notes: [f32; 128],
}

impl Chances {
    /// Nothing is possible yet: to be filled with [`Self::add`].
    pub const NONE: Self = Self { hold: 0.0, rest: 0.0, notes: [0.0; 128] };

    /// Makes an event likelier by so much.
    pub fn add(&mut self, event: MonoStep, chance: f32) {
        *self.at(event) += chance;
    }

    /// How likely an event is.
    #[must_use]
    pub fn of(&self, event: MonoStep) -> f32 {
        match event {
            MonoStep::Continue => self.hold,
            MonoStep::Rest => self.rest,
            MonoStep::Note(key) => self.notes[usize::from(key.get())],
        }
    }

    /// The likeliest event.
    #[must_use]
    pub fn likeliest(&self) -> MonoStep {
        let mut best = (self.hold, MonoStep::Continue);
        if self.rest > best.0 {
            best = (self.rest, MonoStep::Rest);
        }
        for (key, &chance) in (0..).zip(&self.notes) {
            if chance > best.0 {
                best = (chance, MonoStep::Note(Key::clamped(key)));
            }
        }
        best.1
    }

    /// Draws an event: at temperature 0 the likeliest, at 1 as the chances are, above more various.
    pub fn draw(&self, temperature: f32, rng: &mut Rng) -> MonoStep {
        let likeliest = self.likeliest();
        let most = self.of(likeliest);
        if temperature <= 0.01 || most <= 0.0 {
            return likeliest;
        }
        let bend = |chance: f32| (chance / most).powf(1.0 / temperature);
        let mut weights = [0.0; 130];
        weights[0] = bend(self.hold);
        weights[1] = bend(self.rest);
        weights[2..].iter_mut().zip(&self.notes).for_each(|(weight, &chance)| *weight = bend(chance));
        match rng.weighted(&weights) {
            None => likeliest,
            Some(0) => MonoStep::Continue,
            Some(1) => MonoStep::Rest,
            Some(drawn) => MonoStep::Note(Key::clamped(i32::try_from(drawn - 2).unwrap_or(0))),
        }
    }

    /// Multiplies the chance of any note to begin.
    #[must_use]
    pub fn denser(mut self, density: f32) -> Self {
        self.notes.iter_mut().for_each(|chance| *chance *= density);
        self
    }

    /// Multiplies the chance of a note the higher it lies, by so many nats a semitone; a note is as likely to begin as before.
    #[must_use]
    pub fn higher(mut self, lift: f32) -> Self {
        if lift == 0.0 {
            return self;
        }
        let before: f32 = self.notes.iter().sum();
        for (key, chance) in (0u8..).zip(&mut self.notes) {
            *chance *= (lift * (f32::from(key) - 64.0)).exp();
        }
        let after: f32 = self.notes.iter().sum();
        if after > 0.0 {
            self.notes.iter_mut().for_each(|chance| *chance *= before / after);
        }
        self
    }

    /// Without a rest, where none can begin.
    #[must_use]
    pub fn without_rest(mut self) -> Self {
        self.rest = 0.0;
        self
    }

    /// All of them together; 1 unless something was changed.
    #[must_use]
    pub fn total(&self) -> f32 {
        self.hold + self.rest + self.notes.iter().sum::<f32>()
    }

    fn at(&mut self, event: MonoStep) -> &mut f32 {
        match event {
            MonoStep::Continue => &mut self.hold,
            MonoStep::Rest => &mut self.rest,
            MonoStep::Note(key) => &mut self.notes[usize::from(key.get())],
        }
    }
}

/// Probabilities of logits, in place.
pub(crate) fn softmax(logits: &mut [f32]) {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    logits.iter_mut().for_each(|x| *x = (*x - most).exp());
    let total: f32 = logits.iter().sum();
    logits.iter_mut().for_each(|x| *x /= total);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chances() -> Chances {
        let mut chances = Chances { hold: 0.5, rest: 0.2, ..Chances::NONE };
        chances.add(MonoStep::Note(Key::MIDDLE_C), 0.3);
        chances
    }

    /// Of 20 000 draws, the share of notes.
    #[expect(clippy::cast_precision_loss, reason = "at most 20 000")]
    fn notes(chances: Chances, temperature: f32) -> f32 {
        let mut rng = Rng::new(3);
        let drawn = (0..20_000).filter(|_| matches!(chances.draw(temperature, &mut rng), MonoStep::Note(_))).count();
        drawn as f32 / 20_000.0
    }

    #[test]
    fn cold_draws_are_the_likeliest_and_warm_ones_as_the_chances_are() {
        assert_eq!(notes(chances(), 0.0), 0.0);
        assert!((notes(chances(), 1.0) - 0.3).abs() < 0.01);
        assert!(notes(chances(), 2.0) > 0.31, "warmer is more even");
        assert!((notes(chances().denser(2.0), 1.0) - 0.6 / 1.3).abs() < 0.01);
        assert_eq!(notes(Chances::NONE, 1.0), 0.0, "nothing is possible");
    }

    #[test]
    fn higher_notes_are_likelier_with_a_lift_and_notes_as_likely_as_before() {
        let mut both = Chances { hold: 0.5, ..Chances::NONE };
        both.add(MonoStep::Note(Key::clamped(60)), 0.25);
        both.add(MonoStep::Note(Key::clamped(72)), 0.25);
        let lifted = both.higher(0.1);
        assert!((lifted.total() - 1.0).abs() < 1e-6 && lifted.hold == 0.5);
        assert!((lifted.notes[72] / lifted.notes[60] - 1.2f32.exp()).abs() < 1e-3);
        assert_eq!(both.higher(0.0), both);
        assert_eq!(Chances::NONE.higher(0.1), Chances::NONE);
    }

    #[test]
    fn what_is_impossible_is_never_drawn() {
        let mut rng = Rng::new(4);
        let chances = chances().without_rest();
        assert!((0..5000).all(|_| chances.draw(2.0, &mut rng) != MonoStep::Rest));
        assert!((chances.total() - 0.8).abs() < 1e-6);
    }
}
