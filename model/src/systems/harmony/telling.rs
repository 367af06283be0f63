//! Which chords a band is told of a measure besides those of a chart, where each comes from, and why.

use super::classes::{chord, class, moved};
use super::hold::{Hold, held};
use super::plan::ChordPlan;
use super::trained::TrainedHarmony;
use super::why::{Reason, reasons};
use crate::music::band::BandSpec;
use crate::music::chart::{MeasureChords, halves};
use crate::music::chord::{Chord, ChordSymbol};
use crate::predict::predictor::PredictRequest;

/// Which chords a band is told where a chart says none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct HarmonyChoice {
    /// Those that a net foretells.
    pub foretell: bool,
    /// Where the user's music comes round again, those of the round before: see [`super::hold`]. They come before what is
    /// foretold.
    pub hold: Hold,
}

impl HarmonyChoice {
    /// None: the band finds its own.
    pub const OFF: Self = Self { foretell: false, hold: Hold::Never };

    /// What a new plugin has, and `accompany` without options. Chosen on the validation songs: foretold, and held in loops.
    /// Played in figures, as is usual too, what is foretold fits pop songs better than what a band finds, and clashes no more
    /// on lead sheets; in chorales as much is lost as is won (docs/results.md). A loop is to sound like one song.
    pub const USUAL: Self = Self { foretell: true, hold: Hold::Loops };

    /// This, but for what somebody asks for. Who wants nothing foretold has nothing held, unless it is asked for.
    #[must_use]
    pub fn but(self, foretell: Option<bool>, hold: Option<Hold>) -> Self {
        let usual = if foretell == Some(false) { Self::OFF } else { self };
        Self { foretell: foretell.unwrap_or(usual.foretell), hold: hold.unwrap_or(usual.hold) }
    }
}

/// How many of the likeliest chords are told of. Required: a musician is shown three.
pub const LIKELIEST: usize = 3;

/// How many reasons are told of. Required: as many kinds as can speak for a chord that was not typed.
pub const MOST_REASONS: usize = 2;

/// Where a chord comes from that a band was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChordSource {
    /// A net foretold it.
    Foretold,
    /// It stood there one round of the music before.
    Held,
}

/// What a band was told of half a measure that no chart speaks of, and why.
///
/// Chances are in hundredths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToldChord {
    /// Its steps, from and to.
    pub steps: (u8, u8),
    /// The chord.
    pub chord: Chord,
    /// Where it comes from.
    pub source: ChordSource,
    /// How likely the net says it is; `None`: no net was asked.
    pub chance: Option<u8>,
    /// The likeliest chords, as the net says.
    pub likeliest: [Option<(Chord, u8)>; LIKELIEST],
    /// What speaks for the chord, the strongest first.
    pub why: [Option<Reason>; MOST_REASONS],
}

/// The halves of a measure that a band was told of, of which no chart spoke.
pub type ToldHalves = [Option<ToldChord>; 2];

/// What a band is told of a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToldMeasure {
    /// The chords, with those that are known from a chart.
    pub chords: MeasureChords,
    /// The halves of which the chart says nothing.
    pub halves: ToldHalves,
}

/// What is told to the band that is asked for this measure, in which `request.chords` are known. `None`: nothing besides,
/// since nothing is to be, or all is known already.
///
/// Without a net nothing is foretold.
#[must_use]
pub fn told(
    choice: HarmonyChoice,
    net: Option<&TrainedHarmony>,
    request: &PredictRequest,
    spec: &BandSpec,
) -> Option<ToldMeasure> {
    let open = halves(request.steps).any(|(from, _)| request.chords.at(from).is_none());
    if !open || choice == HarmonyChoice::OFF {
        return None;
    }
    let mut chords = held(choice.hold, request, spec).unwrap_or(request.chords);
    let plan = net.filter(|_| choice.foretell).and_then(|net| net.foretold_plan(request, spec)).unwrap_or_default();
    let holding = chords;
    chords.foretell(&plan.chords());
    let one = |(half, steps): (usize, (u8, u8))| {
        let open = request.chords.at(steps.0).is_none();
        let told = chords.at(steps.0).filter(|_| open).and_then(ChordSymbol::chord)?;
        let source = if holding.at(steps.0).is_some() { ChordSource::Held } else { ChordSource::Foretold };
        Some(explained(half, (steps, told, source), (net, &plan), (request, spec)))
    };
    let mut out = [None; 2];
    for (place, half) in out.iter_mut().zip(halves(request.steps).enumerate()) {
        *place = one(half);
    }
    (chords != request.chords).then_some(ToldMeasure { chords, halves: out })
}

fn explained(
    half: usize,
    (steps, told, source): ((u8, u8), Chord, ChordSource),
    (net, plan): (Option<&TrainedHarmony>, &ChordPlan),
    (request, spec): (&PredictRequest, &BandSpec),
) -> ToldChord {
    let home = request.tonality.to_c();
    let chances = plan.halves.get(half).map_or(&[][..], |half| &half.chances);
    let mut order: Vec<usize> = (0..chances.len()).collect();
    order.sort_by(|&a, &b| chances[b].total_cmp(&chances[a]).then(a.cmp(&b)));
    let mut likeliest = [None; LIKELIEST];
    for (place, &class) in likeliest.iter_mut().zip(&order) {
        *place = Some((chord(class).transposed(-home), hundredths(chances[class])));
    }
    let mut why = [None; MOST_REASONS];
    for (place, reason) in why.iter_mut().zip(reasons(net, request, spec, half, told)) {
        *place = Some(reason);
    }
    let chance = chances.get(moved(class(told), home)).map(|&chance| hundredths(chance));
    ToldChord { steps, chord: told, source, chance, likeliest, why }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates: at most a hundred")]
fn hundredths(chance: f32) -> u8 {
    (chance * 100.0).round().clamp(0.0, 100.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::band::BandMeasure;
    use crate::music::measure::Measure;
    use crate::music::note::{Key, Note};
    use crate::predict::predictor::Predictor;
    use crate::predict::told::Told;
    use crate::systems::band_file::Band;

    /// Measures in which the Lead holds these keys in turn, and Chords the major chords on these roots.
    fn request(rounds: usize) -> PredictRequest {
        let spec = BandSpec::pop();
        let mut request = PredictRequest::empty();
        request.voices = spec.all().without(request.user);
        for (tune, root) in [(76, 0), (69, 5), (74, 7), (72, 5)].repeat(rounds) {
            let hold =
                |keys: &[i32]| Measure::from_notes(16, keys.iter().map(|&key| Note::new(0, 16, Key::clamped(key))));
            let mut measure = BandMeasure::missing(16);
            measure.set(spec.voice("Lead").expect("a lead"), &hold(&[tune]));
            measure.set(spec.voice("Chords").expect("chords"), &hold(&[60 + root, 64 + root, 67 + root]));
            request.history.push(&measure);
        }
        request
    }

    const ALL: [HarmonyChoice; 5] = [
        HarmonyChoice::OFF,
        HarmonyChoice { foretell: true, hold: Hold::Never },
        HarmonyChoice { foretell: false, hold: Hold::Repeats },
        HarmonyChoice { foretell: true, hold: Hold::Repeats },
        HarmonyChoice { foretell: true, hold: Hold::Loops },
    ];

    #[test]
    fn what_is_held_comes_before_what_is_foretold_and_what_is_known_before_both() {
        let (net, spec, mut request) = (Band::harmony().expect("it ships"), BandSpec::pop(), request(3));
        request.chords.set_from(8, Some("Eb".parse().expect("a chord")));
        let [off, foretold, held, both, loops] = ALL.map(|choice| told(choice, Some(&net), &request, &spec));
        assert_eq!((off, loops), (None, both), "three rounds of four are a loop");
        for (told, source) in [(foretold, ChordSource::Foretold), (held, ChordSource::Held), (both, ChordSource::Held)]
        {
            let told = told.expect("a chord");
            assert_eq!(told.chords.at(8), request.chords.at(8), "the chart's stands");
            let [Some(first), None] = told.halves else { panic!("one half is open: {told:?}") };
            assert_eq!(
                (first.source, first.steps, told.chords.at(0)),
                (source, (0, 8), Some(ChordSymbol::Chord(first.chord)))
            );
            assert_eq!(first.chance.is_some(), source == ChordSource::Foretold || told == both.expect("a chord"));
            assert!(first.why[0].is_some());
        }
        let sum: u32 = foretold.expect("a chord").halves[0]
            .expect("a half")
            .likeliest
            .iter()
            .flatten()
            .map(|one| u32::from(one.1))
            .sum();
        assert!((1..=101).contains(&sum), "{sum}");
        let all = "C".parse().ok();
        request.chords.set_from(0, all);
        assert!(ALL.iter().all(|&choice| told(choice, Some(&net), &request, &spec).is_none()), "all is known");
    }

    #[test]
    fn the_command_line_tells_a_band_the_same() {
        struct Asks(BandSpec, std::sync::mpsc::Sender<MeasureChords>);
        impl Predictor for Asks {
            fn spec(&self) -> &BandSpec {
                &self.0
            }
            fn obeys_chords(&self) -> bool {
                true
            }
            fn predict(
                &mut self,
                request: &PredictRequest,
            ) -> Result<BandMeasure, crate::predict::predictor::PredictError> {
                assert!(self.1.send(request.chords).is_ok());
                Ok(BandMeasure::missing(request.steps))
            }
        }
        let (net, spec) = (Band::harmony().expect("it ships"), BandSpec::pop());
        for choice in ALL {
            for known in [None, Some("Ab")] {
                for rounds in [1, 3] {
                    let mut request = request(rounds);
                    let mut chart = MeasureChords::NONE;
                    chart.set_from(8, known.map(|known| known.parse().expect("a chord")));
                    let (send, asked) = std::sync::mpsc::channel();
                    let band = Band::telling(Box::new(Asks(spec.clone(), send)), choice);
                    let mut band = Told::new(band, move |_, _| Some(chart));
                    assert!(band.predict(&request).is_ok());
                    request.chords = chart;
                    let told = told(choice, Some(&net), &request, &spec).map_or(chart, |told| told.chords);
                    assert_eq!(asked.recv(), Ok(told), "{choice:?}, {known:?}, {rounds}");
                }
            }
        }
    }
}
