//! Windows of steps, cut from takes, as the drummer reads them.

use super::options::DrummerOptions;
use super::others::{Others, user_step};
use super::takes::DrumTake;
use crate::music::drums::DRUMS;
use crate::random::Rng;
use crate::systems::drummer::blows::{Blow, NO_BLOWS, StepBlows};
use crate::systems::drummer::features::{DRUM_INPUTS, LAGS, StepScene};
use crate::systems::drummer::feel::Feel;
use crate::systems::drummer::parts;

/// How much likelier a stroke is misheard as none than none as one. Chosen: there are many more places for the latter.
const NOBODYS: f32 = 0.3;

/// How likely a window begins the music: nothing before it is known. Chosen: often enough to learn beginnings.
const BEGINS: f32 = 0.1;

/// A batch of windows. Row `step · batch + window` is one step.
#[derive(Clone, Debug)]
pub struct DrumWindows {
    /// Windows side by side.
    pub batch: usize,
    /// `[steps · batch, DRUM_INPUTS]`.
    pub inputs: Vec<f32>,
    /// 1 where a drum is struck: `[steps · batch, DRUMS]`, as all below.
    pub struck: Vec<f32>,
    /// How loud, 0 to 1.
    pub loud: Vec<f32>,
    /// How far beside the grid, in steps.
    pub beside: Vec<f32>,
    /// The part of loudness, where struck.
    pub loudness_parts: Vec<Option<usize>>,
    /// The part of the step, where struck.
    pub offset_parts: Vec<Option<usize>>,
}

impl DrumWindows {
    /// Steps in all windows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.inputs.len() / DRUM_INPUTS
    }
}

/// Cuts windows.
#[derive(Clone, Debug)]
pub struct DrumCutter {
    options: DrummerOptions,
}

/// Steps of a measure that are kept, as if the meter were another: of 4/4 three beats, two, seven eighths.
fn kept_steps(length: usize, rng: &mut Rng) -> Vec<usize> {
    let all = |range: std::ops::Range<usize>| range.collect::<Vec<_>>();
    if length != 16 {
        return all(0..length);
    }
    match rng.below(5) {
        0 | 1 => all(0..12),
        2 => [all(0..8), all(12..16)].concat(),
        3 => all(0..8),
        _ => all(0..14),
    }
}

impl DrumCutter {
    /// Cuts them by these options.
    #[must_use]
    pub fn new(options: &DrummerOptions) -> Self {
        Self { options: options.clone() }
    }

    /// How many batches show each step once.
    #[must_use]
    pub fn batches_per_epoch(&self, takes: &[DrumTake]) -> usize {
        let steps: usize = takes.iter().flat_map(|take| &take.measures).map(Vec::len).sum();
        (steps / (self.options.batch * self.options.steps)).max(1)
    }

    /// A batch of windows from anywhere; every measure is as likely.
    #[must_use]
    pub fn draw(&self, takes: &[DrumTake], rng: &mut Rng) -> DrumWindows {
        let (batch, steps) = (self.options.batch, self.options.steps);
        let rows = batch * steps;
        let mut out = DrumWindows {
            batch,
            inputs: vec![0.0; rows * DRUM_INPUTS],
            struck: vec![0.0; rows * DRUMS],
            loud: vec![0.0; rows * DRUMS],
            beside: vec![0.0; rows * DRUMS],
            loudness_parts: vec![None; rows * DRUMS],
            offset_parts: vec![None; rows * DRUMS],
        };
        let measures: usize = takes.iter().map(|take| take.measures.len()).sum();
        for column in 0..batch {
            let mut at = rng.below(measures.max(1));
            let mut of = 0;
            while at >= takes[of].measures.len() {
                at -= takes[of].measures.len();
                of += 1;
            }
            self.cut(&takes[of], at, column, rng, &mut out);
        }
        out
    }

    /// The window that begins with this measure; a take that ends goes on from its beginning.
    fn cut(&self, take: &DrumTake, first: usize, column: usize, rng: &mut Rng, out: &mut DrumWindows) {
        let options = &self.options;
        let length = take.measures.first().map_or(16, Vec::len);
        let kept = if rng.unit() < options.other_meter { kept_steps(length, rng) } else { (0..length).collect() };
        let wanted = options.steps.div_ceil(kept.len());
        let back = if rng.unit() < BEGINS { 0 } else { first.min(LAGS[LAGS.len() - 1]) };
        // A window that would run over the take's end begins earlier; a short take is played over again.
        let total = take.measures.len();
        let first = if first + wanted > total { first.saturating_sub(first + wanted - total) } else { first };
        let back = back.min(first);
        let measure = |at: usize| -> Vec<StepBlows> {
            kept.iter().map(|&step| take.measures[(first - back + at) % total][step]).collect()
        };
        let line: Vec<Vec<StepBlows>> = (0..back + wanted).map(measure).collect();
        let heard: Vec<Vec<StepBlows>> = line.iter().map(|measure| misheard(measure, options.noise, rng)).collect();
        let feel = Feel(take.feel(first).0.map(|figure| figure + options.feel_noise * rng.normal()));
        let feel = (rng.unit() >= options.unfelt).then_some(feel);
        let style = take.style.filter(|_| rng.unit() >= options.unnamed);
        let known = LAGS.map(|_| rng.unit() >= options.forgotten);
        let others = Others::some(rng);
        let [with_user, with_bass, with_chords] = [0; 3].map(|_| rng.unit() < options.heard);
        let mut row = 0;
        for at in back..line.len() {
            let place = first - back + at;
            let now = &line[at];
            let theirs = at.checked_sub(2).filter(|_| Others::is_old(rng)).map_or(now, |before| &line[before]);
            let user = others.user(theirs, rng);
            let (bass, chords) = (others.bass(now, rng), others.chords(now, rng));
            for (step, truth) in now.iter().enumerate() {
                if row == options.steps {
                    return;
                }
                let ago = [0, 1, 2].map(|lag: usize| {
                    let then = at.checked_sub(LAGS[lag]).filter(|_| known[lag]);
                    then.map(|then| &heard[then][step])
                });
                let last = at.checked_sub(1).map(|last| &heard[last]);
                let after = last.filter(|_| known[0]).map(|last| last.get(step + 1).unwrap_or(&heard[at][0]));
                let before = match step.checked_sub(1) {
                    Some(before) => &heard[at][before],
                    None => last.and_then(|last| last.last()).unwrap_or(&NO_BLOWS),
                };
                let next = |line: &[bool]| line.get(step + 1).copied().unwrap_or(false);
                let scene = StepScene {
                    before,
                    ago,
                    after,
                    step: u8::try_from(step).unwrap_or(u8::MAX),
                    steps: u8::try_from(now.len()).unwrap_or(u8::MAX),
                    phrase: place,
                    style,
                    feel: feel.as_ref(),
                    tempo: take.tempo,
                    fill: take.fills[place % total],
                    filled: place > 0 && take.fills[(place - 1) % total],
                    user: with_user.then(|| user_step(&user, step)),
                    bass: with_bass.then(|| (bass[step], next(&bass))),
                    chords: with_chords.then(|| chords[step]),
                };
                let here = row * out.batch + column;
                scene.write(&mut out.inputs[here * DRUM_INPUTS..(here + 1) * DRUM_INPUTS]);
                for (drum, blow) in truth.iter().enumerate() {
                    let cell = here * DRUMS + drum;
                    if let Some((loudness, offset)) = parts(blow) {
                        (out.struck[cell], out.loud[cell], out.beside[cell]) = (1.0, blow.loud, blow.beside);
                        (out.loudness_parts[cell], out.offset_parts[cell]) = (Some(loudness), Some(offset));
                    }
                }
                row += 1;
            }
        }
    }
}

/// What was struck, of which some is not heard, and little is heard that was not struck: at play the past is the net's own,
/// which is never quite what people play.
fn misheard(measure: &[StepBlows], noise: f32, rng: &mut Rng) -> Vec<StepBlows> {
    let mut out = measure.to_vec();
    for blow in out.iter_mut().flatten() {
        if blow.loud > 0.0 {
            if rng.unit() < noise {
                *blow = Blow::default();
            }
        } else if rng.unit() < NOBODYS * noise {
            *blow = Blow { loud: 0.2 + 0.7 * rng.unit(), beside: 0.1 * rng.normal() };
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::drums::Drum;

    /// Sixteen measures: kick on one, snare on two and four, each measure a little louder than the one before.
    fn take() -> DrumTake {
        let measure = |at: u8| {
            let mut steps = vec![NO_BLOWS; 16];
            let blow = Blow { loud: 0.3 + 0.04 * f32::from(at), beside: 0.25 };
            steps[0][Drum::Kick.index()] = blow;
            steps[4][Drum::Snare.index()] = blow;
            steps[12][Drum::Snare.index()] = blow;
            steps
        };
        let measures: Vec<_> = (0..16).map(measure).collect();
        DrumTake { source: "made up".into(), fills: vec![false; 16], measures, style: None, tempo: 110.0 }
    }

    fn windows(options: DrummerOptions) -> DrumWindows {
        DrumCutter::new(&options).draw(&[take()], &mut Rng::new(4))
    }

    fn plain() -> DrummerOptions {
        let options = DrummerOptions { batch: 5, steps: 40, forgotten: 0.0, noise: 0.0, ..DrummerOptions::default() };
        DrummerOptions { heard: 0.0, other_meter: 0.0, ..options }
    }

    #[test]
    fn windows_hold_what_was_played_and_the_measure_before_at_the_same_place() {
        let cut = windows(plain());
        assert_eq!((cut.rows(), cut.struck.len()), (200, 200 * DRUMS));
        let at = |step: usize, column: usize, drum: Drum| (step * 5 + column) * DRUMS + drum.index();
        for column in 0..5 {
            assert_eq!(cut.struck[at(0, column, Drum::Kick)], 1.0, "windows begin with measures");
            assert_eq!(cut.struck[at(1, column, Drum::Kick)], 0.0);
            assert_eq!(cut.offset_parts[at(4, column, Drum::Snare)], Some(18));
            let row = &cut.inputs[(20 * 5 + column) * DRUM_INPUTS..][..DRUM_INPUTS];
            // Behind what is struck the step before: the second measure's second beat as it was in the first.
            let ago = &row[3 * DRUMS..6 * DRUMS];
            assert_eq!(ago[Drum::Snare.index()], 1.0);
            let before = cut.loud[at(4, column, Drum::Snare)];
            assert!((ago[DRUMS + Drum::Snare.index()] - before).abs() < 1e-6);
        }
    }

    #[test]
    fn in_another_meter_measures_are_shorter_and_all_rows_are_filled() {
        let cut = windows(DrummerOptions { other_meter: 1.0, heard: 1.0, noise: 0.5, forgotten: 1.0, ..plain() });
        let kicks = |column: usize| -> Vec<usize> {
            (0..40).filter(|step| cut.struck[(step * 5 + column) * DRUMS + Drum::Kick.index()] > 0.0).collect()
        };
        for column in 0..5 {
            let found = kicks(column);
            let bar = found[1] - found[0];
            assert!([8, 12, 14].contains(&bar), "{found:?}");
        }
        assert!(cut.inputs.iter().all(|number| number.is_finite()));
    }
}
