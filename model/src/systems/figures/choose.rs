//! Which measure of people's comes next.

use super::bank::FigureBank;
use super::bars::Slot;
use super::excerpt::{Excerpt, FigureMeasure, PARTS, Rhythm};
use crate::predict::texture::Texture;
use crate::random::{Rng, mix};

/// How much each voice counts when rhythms are compared. Chosen: the chords are heard most.
const WEIGHTS: [f32; PARTS] = [1.0, 1.5, 1.0];

/// How like two rhythms are that have their steps in common, and differ in how loud they are. Chosen: what is the same
/// there too is the same measure.
const SAME_STEPS: f32 = 0.8;

/// How much it counts that the measure follows what the band plays now. Chosen on the validation songs: as often as people a measure is like the one before.
const FOLLOWS: f32 = 1.1;

/// How much it counts that the measure is what the band played where the user's music came from, if that came again just
/// as it was. Chosen: more than what follows, for what came comes back.
const RETURNS: f32 = 2.0;

/// From which likeness on the user's music comes again. Chosen: as the loop rule's helpers have it, less a little.
const RETURN_FROM: f32 = 0.6;

/// How much it costs per nat that people's tune was busier or calmer than the user is. Chosen.
const BUSY: f32 = 0.15;

/// How much it counts that the user's rhythm is the tune's. Chosen.
const LIKE_TUNE: f32 = 0.15;

/// How much chance counts, at temperature 1. Chosen on the validation songs: less than what follows and returns.
const CHANCE: f32 = 0.08;

/// What a measure that begins a phrase has before others, where the band leaves an excerpt. Chosen.
const PHRASE: f32 = 0.05;

/// How much it counts per nat of density that a measure has more notes, per nat. Chosen.
const DENSER: f32 = 1.0;

/// How much it counts that a voice comes to play in as many measures as people's: who has played long rests, and who has
/// rested long plays. Chosen on the validation songs: the second tune then plays as often as people's whatever the seed, and the
/// bass does not rest more.
const EVENS: [f32; PARTS] = [1.0, 0.65, 0.65];

/// Rhythms of a measure that the band plays: of a voice that is missing nothing is known.
pub(super) type Rhythms = [Option<Rhythm>; PARTS];

/// How much less what was played counts at temperature 2, of all that it counts. Chosen: of a loop's measures, of which nearly
/// nine in ten come back else, four do (docs/results.md, "Energy").
const DARING: f32 = 0.85;

/// How much what was played counts, as a factor: less, the more daring the band is to be, beyond what it is by itself.
pub(super) fn steady(temperature: f32) -> f32 {
    1.0 - DARING * (temperature - 1.0).clamp(0.0, 1.0)
}

/// From what the next measure is chosen.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Situation {
    /// Where the wanted measure lies, and how many steps it has.
    pub(super) slot: Slot,
    /// Of which texture it is to be; `None`: any.
    pub(super) texture: Option<Texture>,
    /// How far it lies after the newest measure that the user was heard in.
    pub(super) ahead: usize,
    /// Which voices are wanted.
    pub(super) wanted: [bool; PARTS],
    /// The measure before the wanted one.
    pub(super) before: Rhythms,
    /// What the band played where the user's music came from, and how much it came again, 0…1.
    pub(super) returning: Option<(Rhythms, f32)>,
    /// How much oftener than people's each voice has played of late: a share of measures, negative where it rested more.
    pub(super) busier: [f32; PARTS],
    /// The steps at which the user's notes start in the newest measure, where the user plays the tune.
    pub(super) tune: Option<u16>,
    /// The same of a voice that has figures.
    pub(super) user: Rhythms,
    /// How many notes are wanted, as a factor.
    pub(super) density: f32,
    /// How much chance counts.
    pub(super) temperature: f32,
    /// Where it comes from.
    pub(super) seed: u64,
}

/// How many measures are laid, of those that suit best. Chosen on the validation songs.
const MOST: usize = 24;

/// How much worse one of them may suit than the best. Chosen with it: what goes on otherwise, and what returns elsewhere, is out.
const NEARLY: f32 = 0.6;

/// A measure that people played, excerpt and place, and how well it suits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Suiting<'a> {
    /// The excerpt.
    pub(super) excerpt: &'a Excerpt,
    /// Which of its measures.
    pub(super) place: usize,
    /// How well it suits what was played.
    pub(super) score: f32,
}

/// The measures of people's that suit best, the best first.
pub(super) fn choose<'a>(bank: &'a FigureBank, now: &Situation) -> Vec<Suiting<'a>> {
    let fitting = bank.fitting(now.texture, now.slot);
    let cut = u16::MAX >> (16 - now.slot.steps.clamp(1, 16));
    let mut all = Vec::new();
    for (number, excerpt) in fitting.iter() {
        let chance = CHANCE * now.temperature * Rng::new(mix(now.seed, number)).normal();
        for (place, measure) in fitting.measures(excerpt) {
            let silent =
                |part: usize| !now.wanted[part] || measure.parts[part].iter().all(|note| note.step >= now.slot.steps);
            if !(0..PARTS).all(silent) {
                all.push(Suiting { excerpt, place, score: chance + score(excerpt, place, measure, now, cut) });
            }
        }
    }
    let better = |a: &Suiting<'_>, b: &Suiting<'_>| b.score.total_cmp(&a.score);
    if all.len() > MOST {
        all.select_nth_unstable_by(MOST, better);
        all.truncate(MOST);
    }
    all.sort_by(better);
    let enough = all.first().map_or(0.0, |best| best.score - NEARLY);
    all.retain(|one| one.score >= enough);
    all
}

fn score(excerpt: &Excerpt, place: usize, measure: &FigureMeasure, now: &Situation, cut: u16) -> f32 {
    let mut score = 0.0;
    let steady = steady(now.temperature);
    if let Some(like) = place.checked_sub(1).and_then(|at| alike(&now.before, &excerpt.measures[at].rhythms, cut)) {
        score += steady * FOLLOWS * like;
    }
    if let Some((then, again)) = &now.returning
        && let Some(like) = alike(then, &measure.rhythms, cut)
    {
        score += steady * RETURNS * (again - RETURN_FROM).max(0.0) / (1.0 - RETURN_FROM) * like;
    }
    if place.is_multiple_of(4) {
        score += PHRASE;
    }
    for ((rhythm, busier), evens) in measure.rhythms.iter().zip(now.busier).zip(EVENS) {
        score -= if rhythm.onsets & cut == 0 { 0.0 } else { evens * busier };
    }
    let heard = &excerpt.measures[place.saturating_sub(now.ahead)];
    if let Some(tune) = now.tune {
        score -= BUSY * (many(tune) / many(heard.tune & cut)).ln().abs();
        score += LIKE_TUNE * dice(tune, heard.tune & cut);
    }
    score += LIKE_TUNE * alike(&now.user, &heard.rhythms, cut).unwrap_or(0.0);
    let notes: usize = (0..PARTS).filter(|&part| now.wanted[part]).map(|part| measure.parts[part].len()).sum();
    let notes = u8::try_from(notes).map_or(255.0, f32::from);
    score + DENSER * now.density.max(0.01).ln() * (1.0 + notes).ln()
}

/// One more than how many steps.
fn many(steps: u16) -> f32 {
    1.0 + count(steps)
}

/// How like the rhythms are of those voices that are known, 0…1; `None` where none is.
fn alike(band: &Rhythms, people: &[Rhythm; PARTS], cut: u16) -> Option<f32> {
    let (mut sum, mut weights) = (0.0, 0.0);
    for ((band, people), weight) in band.iter().zip(people).zip(WEIGHTS) {
        let Some(band) = band else { continue };
        let steps = people.onsets & cut;
        let like = if band.onsets != steps {
            SAME_STEPS * dice(band.onsets, steps)
        } else if band.loudness == people.loudness {
            1.0
        } else {
            SAME_STEPS
        };
        sum += weight * like;
        weights += weight;
    }
    (weights > 0.0).then(|| sum / weights)
}

/// How like two measures of the band are, 0…1, in those voices that the first is known of; 0 where none is.
pub(super) fn bands_alike(one: &Rhythms, other: &Rhythms) -> f32 {
    alike(one, &other.map(Option::unwrap_or_default), u16::MAX).unwrap_or(0.0)
}

/// Twice what both have in common, of all that they have (Dice 1945); 1 where neither has any.
pub(super) fn dice(a: u16, b: u16) -> f32 {
    let all = count(a) + count(b);
    if all > 0.0 { 2.0 * count(a & b) / all } else { 1.0 }
}

/// How many steps.
fn count(steps: u16) -> f32 {
    u8::try_from(steps.count_ones()).map_or(16.0, f32::from)
}
