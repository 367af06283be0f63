//! How typical a person's feel is of its style.
//!
//! People call many things funk. Who asks for funk wants what most of them play and players of other styles do not: a feel is
//! the more typical, the nearer the nearest other takes of its style are, beside the nearest takes of other styles. Whoever
//! asks for a style gets its typical feels oftener, and the others too, only seldom.

use super::feel::{FEEL, Feel, FeelOf};
use super::style::DrumStyle;
use crate::music::drums::Drum;

/// How many takes of its own style a feel is held against, how many of each other style, and how many other styles, the
/// nearest. Chosen: enough that no single take says it.
const NEAREST: [usize; 3] = [6, 3, 4];

/// How much it counts that takes of the style are near, beside that others are far. Chosen: with 0.5 what is
/// common was avoided, and rock lost its kick on one and its backbeat.
const OWN: f32 = 1.5;

/// By how much, as a logarithm, a feel is drawn oftener which is more typical by one standard deviation of its style.
/// Measured on Groove's `valid`, seeds 1 to 3: styles are guessed right in 0.69 with 0, in 0.80 with 2.
const WEIGHT: f32 = 2.0;

/// More or less typical than this, in standard deviations, counts as this. Chosen: no few feels are all that a style has.
const BOUNDS: (f32, f32) = (-2.0, 1.5);

/// The fewest feels of a style that are told apart. Chosen: what less people play is what the style is.
const FEWEST: usize = 16;

/// The most feels of a file that are held against each other. Chosen: three times ours; it takes time with their square.
const MOST: usize = 4096;

/// In which style all feels are alike. Chosen: samba, bossa nova, baião, bomba and reggaeton are Latin, and none of them is
/// typical of all. Measured on Groove's `valid`: else a kick lies on one in 0.41 of the measures (people 0.97, now 0.81), and
/// a classifier tells the drummer from people with an AUC of 0.86 for 0.84.
const MANY_DANCES: DrumStyle = DrumStyle::Latin;

/// What a style's people strike on average as often as before, however typical. Chosen: what they keep the time on is a
/// matter of the person. Measured on Groove's `valid`: without, three times as many strokes of the ride as people's, and a
/// classifier tells the drummer from them with an AUC of 0.89 for 0.86, both before Latin was left as it was.
const KEPT: [Drum; 3] = [Drum::Ride, Drum::OpenHat, Drum::LowTom];

/// How often each of these is set right after the others, and how often a bisection halves. Chosen: nothing changes then.
const ROUNDS: (usize, usize) = (10, 30);

/// How far a kept figure can tilt the weights, as a logarithm for a standard deviation. Chosen: before somebody is alone.
const TILT: f32 = 3.0;

/// The smallest distance that is told from none: takes may be the same. Chosen: beneath all that are heard.
const LEAST: f32 = 0.01;

/// How readily each feel is drawn for its style, above 0; in a style of few feels, or of many dances, all are 1. `parts` say how far people
/// differ in each figure. In the order of a file feels of one take follow each other: those of one style and tempo that do
/// are taken for one, and none is held against its own take.
pub(super) fn typical(feels: &[FeelOf], parts: &[f32; FEEL]) -> Vec<f32> {
    let mut out = vec![1.0; feels.len()];
    if feels.len() > MOST {
        return out;
    }
    let takes = takes(feels);
    let in_parts: Vec<[f32; FEEL]> = feels.iter().map(|of| of.feel.in_parts(parts)).collect();
    for style in DrumStyle::ALL {
        let places: Vec<usize> = (0..feels.len()).filter(|&at| feels[at].style == Some(style)).collect();
        if places.len() < FEWEST || style == MANY_DANCES {
            continue;
        }
        let scores: Vec<f32> = places.iter().map(|&at| score(feels, &takes, at, &in_parts)).collect();
        let mean = mean(scores.iter().copied());
        let spread = self::mean(scores.iter().map(|score| (score - mean) * (score - mean))).sqrt().max(LEAST);
        let typical = |score: f32| (WEIGHT * ((score - mean) / spread).clamp(BOUNDS.0, BOUNDS.1)).exp();
        let mut weights: Vec<f32> = scores.into_iter().map(typical).collect();
        keep(&mut weights, &places.iter().map(|&at| feels[at]).collect::<Vec<_>>(), parts);
        // Of figures beyond all measure nobody can say what is typical.
        if weights.iter().all(|weight| weight.is_finite() && *weight > 0.0) {
            places.into_iter().zip(weights).for_each(|(at, weight)| out[at] = weight);
        }
    }
    out
}

/// Where each take begins and ends among the feels.
fn takes(feels: &[FeelOf]) -> Vec<std::ops::Range<usize>> {
    let mut out: Vec<std::ops::Range<usize>> = Vec::new();
    for (at, of) in feels.iter().enumerate() {
        match out.last_mut() {
            #[expect(clippy::float_cmp, reason = "one number, written several times")]
            Some(take) if feels[take.start].style == of.style && feels[take.start].tempo == of.tempo => {
                take.end = at + 1
            }
            _ => out.push(at..at + 1),
        }
    }
    out
}

/// How typical a feel is of its style: the logarithm of how far the others' takes are, less that of how far its own style's
/// are. 0 where one of them is not known.
fn score(feels: &[FeelOf], takes: &[std::ops::Range<usize>], at: usize, in_parts: &[[f32; FEEL]]) -> f32 {
    let mut near: [Vec<f32>; DrumStyle::ALL.len()] = Default::default();
    for take in takes.iter().filter(|take| !take.contains(&at)) {
        let Some(style) = feels[take.start].style else { continue };
        let apart = in_parts[take.clone()].iter().map(|other| Feel::distance_of(&in_parts[at], other));
        near[style.index()].push(apart.fold(f32::INFINITY, f32::min));
    }
    let own = feels[at].style.map(DrumStyle::index);
    let nearest = |mut apart: Vec<f32>, many: usize| {
        apart.sort_by(f32::total_cmp);
        apart.truncate(many);
        (!apart.is_empty()).then(|| mean(apart.iter().copied()))
    };
    let (mut of_style, mut of_others) = (None, Vec::new());
    for (style, apart) in near.into_iter().enumerate() {
        if Some(style) == own {
            of_style = nearest(apart, NEAREST[0]);
        } else {
            of_others.extend(nearest(apart, NEAREST[1]));
        }
    }
    match (of_style, nearest(of_others, NEAREST[2])) {
        (Some(own), Some(others)) => others.max(LEAST).ln() - OWN * own.max(LEAST).ln(),
        _ => 0.0,
    }
}

/// Tilts the weights until what is [kept](KEPT) is on average what it is without them.
fn keep(weights: &mut [f32], feels: &[FeelOf], parts: &[f32; FEEL]) {
    for drum in KEPT.map(Drum::index).into_iter().cycle().take(ROUNDS.0 * KEPT.len()) {
        let mean = mean(feels.iter().map(|of| of.feel.0[drum]));
        let beside: Vec<f32> = feels.iter().map(|of| (of.feel.0[drum] - mean) / parts[drum]).collect();
        let (mut least, mut most) = (-TILT, TILT);
        for _ in 0..ROUNDS.1 {
            let tilt = 0.5 * (least + most);
            let excess: f32 = weights.iter().zip(&beside).map(|(weight, by)| weight * (tilt * by).exp() * by).sum();
            *if excess > 0.0 { &mut most } else { &mut least } = tilt;
        }
        weights.iter_mut().zip(beside).for_each(|(weight, by)| *weight *= (least * by).exp());
    }
}

/// The mean; 0 of nothing.
#[expect(clippy::cast_precision_loss, reason = "some thousand feels")]
fn mean(numbers: impl Iterator<Item = f32>) -> f32 {
    let (sum, many) = numbers.fold((0.0, 0usize), |(sum, many), number| (sum + number, many + 1));
    sum / many.max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Rng;

    /// Takes of four feels each, near `centre` in all figures, at tempos of their own.
    fn people(style: DrumStyle, centre: f32, takes: u8, rng: &mut Rng) -> Vec<FeelOf> {
        let mut out = Vec::new();
        for take in 0..takes {
            let tempo = 100.0 + f32::from(take);
            for _ in 0..4 {
                let feel = Feel(std::array::from_fn(|_| centre + 0.1 * rng.normal()));
                out.push(FeelOf { feel, pattern: None, style: Some(style), tempo });
            }
        }
        out
    }

    fn weights(feels: &[FeelOf]) -> Vec<f32> {
        typical(feels, &Feel::spread(feels))
    }

    /// Jazz, then rock of which the last take is played like jazz.
    fn with_a_stranger() -> Vec<FeelOf> {
        let mut rng = Rng::new(4);
        let mut feels = people(DrumStyle::Jazz, 1.0, 8, &mut rng);
        feels.extend(people(DrumStyle::Rock, 0.0, 8, &mut rng));
        let mut stranger = people(DrumStyle::Rock, 1.0, 1, &mut rng);
        stranger.iter_mut().for_each(|of| of.tempo = 180.0);
        feels.extend(stranger);
        feels
    }

    #[test]
    fn rock_that_is_played_like_jazz_is_drawn_seldom_and_never_quite_left_out() {
        let mut feels = with_a_stranger();
        // What it is played on is not held against it.
        feels.iter_mut().for_each(|of| KEPT.map(Drum::index).into_iter().for_each(|drum| of.feel.0[drum] = 0.5));
        let weights = weights(&feels);
        let rock = mean(weights[32..64].iter().copied());
        for stranger in &weights[64..] {
            assert!(*stranger > 0.0 && *stranger < 0.1 * rock, "{stranger} and {rock}");
        }
    }

    #[test]
    fn nobody_speaks_for_himself() {
        // The feels of the stranger's take are near each other; that makes none of them typical.
        let feels = with_a_stranger();
        let (takes, parts) = (takes(&feels), Feel::spread(&feels));
        let parts: Vec<_> = feels.iter().map(|of| of.feel.in_parts(&parts)).collect();
        assert_eq!((takes.len(), takes[16].clone()), (17, 64..68));
        assert!(score(&feels, &takes, 64, &parts) < score(&feels, &takes, 40, &parts) - 1.0);
    }

    #[test]
    fn a_style_strikes_the_ride_as_often_as_its_people_do() {
        let mut feels = with_a_stranger();
        let mut rng = Rng::new(8);
        let ride = Drum::Ride.index();
        feels.iter_mut().for_each(|of| of.feel.0[ride] = rng.unit());
        let all = mean(feels[32..].iter().map(|of| of.feel.0[ride]));
        let weights = weights(&feels);
        let sum: f32 = weights[32..].iter().sum();
        let drawn: f32 =
            feels[32..].iter().zip(&weights[32..]).map(|(of, weight)| of.feel.0[ride] * weight / sum).sum();
        assert!((drawn - all).abs() < 0.02, "{drawn} and {all}");
    }

    #[test]
    fn in_a_style_of_few_feels_in_a_huge_file_and_of_nonsense_all_are_alike() {
        let mut rng = Rng::new(2);
        let mut feels = people(DrumStyle::Jazz, 1.0, 8, &mut rng);
        feels.extend(people(DrumStyle::Blues, 0.0, 3, &mut rng));
        let few = weights(&feels);
        assert!(few[32..].iter().all(|&weight| weight == 1.0) && few[..32].iter().any(|&weight| weight != 1.0));
        assert!(weights(&feels.repeat(MOST / feels.len() + 1)).iter().all(|&weight| weight == 1.0));
        assert_eq!(weights(&[]), Vec::<f32>::new());
        for (at, of) in feels.iter_mut().enumerate() {
            of.feel.0 = [if at % 2 == 0 { f32::MAX } else { -f32::MAX }; FEEL];
        }
        assert!(weights(&feels).iter().all(|weight| weight.is_finite() && *weight > 0.0));
    }
}
