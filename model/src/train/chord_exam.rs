//! Naming the chords of the measure after next: how often a net is right, beside rules that need no learning, and whether
//! its probabilities mean what they say.

use crate::metrics::{Calibration, same_root, same_triad};
use crate::music::band::{BandMeasure, BandSpec, VoiceId, VoiceMask};
use crate::music::chart::halves;
use crate::music::chord::{Chord, ChordSymbol, Quality};
use crate::music::tonality::{KeyTracker, Mode, Tonality};
use crate::predict::predictor::{History, MeasureIndex, PredictRequest};
use crate::rules::loop_lag;
use crate::systems::harmony::classes::{chord, class, moved};
use crate::systems::harmony::features::accompanying;
use crate::systems::harmony::plan::ChordsHeard;
use crate::systems::harmony::{ChordPlan, TrainedHarmony};
use crate::train::pieces::Piece;

/// How far ahead chords are named: the measure after next. Required: that is what the band plays.
const AHEAD: usize = 2;

/// Who is heard of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Past {
    /// All that people played.
    True,
    /// The user, and beside them the band's own chords, right or wrong: as in a jam.
    Jam,
}

/// How often chords were right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChordScore {
    /// Half measures whose true chord has a name.
    pub halves: usize,
    /// Those whose root was right.
    pub roots: usize,
    /// Half measures whose true chord is a major or minor one.
    pub triads: usize,
    /// Those of which root and triad were right.
    pub right: usize,
}

impl ChordScore {
    fn count(&mut self, truth: Chord, said: Option<Chord>) {
        let said = said.map_or(ChordSymbol::None, ChordSymbol::Chord);
        let truth = ChordSymbol::Chord(truth);
        self.halves += 1;
        self.roots += usize::from(same_root(truth, said));
        if let Some(right) = same_triad(truth, said) {
            self.triads += 1;
            self.right += usize::from(right);
        }
    }

    /// The share of right roots, 0…1.
    #[must_use]
    pub fn root(&self) -> f64 {
        share(self.roots, self.halves)
    }

    /// The share of right roots with the right triad, major or minor, 0…1.
    #[must_use]
    pub fn triad(&self) -> f64 {
        share(self.right, self.triads)
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn share(part: usize, of: usize) -> f64 {
    if of == 0 { 0.0 } else { part as f64 / of as f64 }
}

/// What the rules reach: they know the true chords of all that was heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChordRules {
    /// The chord of the newest half measure that has one.
    pub same_as_now: ChordScore,
    /// The chord in the same half of the measure at the lag at which the user's music repeats best ([`loop_lag::lag`]).
    pub at_the_lag: ChordScore,
    /// The triad of the key.
    pub tonic: ChordScore,
}

/// What a net reaches.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChordMarks {
    /// The chord that it plans.
    pub planned: ChordScore,
    /// The chord that it calls the likeliest.
    pub likeliest: ChordScore,
    /// The likeliest chord on the likeliest root: all chords on a root speak for it.
    pub on_likeliest_root: ChordScore,
    /// How far the probability of the likeliest is its share of being right; a chord is right where the net has no other
    /// name for it.
    pub likeliest_calibration: Calibration,
    /// The same of the chord on the likeliest root.
    pub on_likeliest_root_calibration: Calibration,
    /// The same of the planned chord's.
    pub planned_calibration: Calibration,
}

/// A measure to be foretold.
pub(super) struct Question<'a> {
    pub(super) request: &'a PredictRequest,
    pub(super) target: &'a BandMeasure,
}

/// Asks about each measure that is two behind one that was heard. The answer is what the band plays there; it is heard of
/// the band where the past is a jam's.
pub(super) fn ask(
    pieces: &[Piece],
    spec: &BandSpec,
    user: VoiceId,
    past: Past,
    mut answer: impl FnMut(&Question<'_>) -> Option<BandMeasure>,
) {
    let mut request = PredictRequest::empty();
    (request.user, request.voices) = (user, spec.all().without(user));
    for piece in pieces {
        let mut key = KeyTracker::new();
        let mut history = History::default();
        // What the band plays in the measures that come.
        let mut coming: [Option<BandMeasure>; AHEAD] = [None; AHEAD];
        for (m, measure) in piece.measures.iter().enumerate() {
            let mut heard = *measure;
            if past == Past::Jam {
                heard = coming[0].unwrap_or(BandMeasure::missing(measure.steps()));
                heard.set(user, measure.voice(user));
            }
            coming.rotate_left(1);
            coming[AHEAD - 1] = None;
            key.hear(&measure.chroma(VoiceMask::only(user)));
            history.push(&heard);
            let Some(target) = piece.measures.get(m + AHEAD) else { break };
            request.target = MeasureIndex(u32::try_from(m + AHEAD).unwrap_or(u32::MAX));
            request.steps = target.steps();
            request.history.copy_from(&history);
            request.tonality = key.tonality();
            request.planned = coming[0];
            coming[AHEAD - 1] = answer(&Question { request: &request, target });
        }
    }
}

/// What the three rules reach with this user.
#[must_use]
pub fn chord_rules(pieces: &[Piece], spec: &BandSpec, user: VoiceId) -> ChordRules {
    let mut rules = ChordRules::default();
    ask(pieces, spec, user, Past::True, |Question { request, target }| {
        let history: Vec<&BandMeasure> = request.history.iter().collect();
        let newest = history.len() - 1;
        let named =
            |measure: &BandMeasure| halves(measure.steps()).map(|half| accompanying(measure, spec, half)).collect();
        let now = history.iter().rev().flat_map(|&measure| -> Vec<_> {
            let mut named: Vec<Option<Chord>> = named(measure);
            named.reverse();
            named
        });
        let now = now.flatten().next();
        let alike = loop_lag::alikes(history.iter().copied(), VoiceMask::only(user));
        let lag = loop_lag::lag(newest, AHEAD, |a, b| alike[a][b]).map(|found| found.lag);
        let at_lag: Vec<Option<Chord>> = lag.map_or(Vec::new(), |lag| named(history[newest + AHEAD - lag]));
        let tonic = tonic(request.tonality);
        for (half, steps) in halves(target.steps()).enumerate() {
            let Some(truth) = accompanying(target, spec, steps) else { continue };
            rules.same_as_now.count(truth, now);
            rules.at_the_lag.count(truth, at_lag.get(half).copied().flatten().or(now));
            rules.tonic.count(truth, Some(tonic));
        }
        None
    });
    rules
}

/// The triad of a key.
fn tonic(key: Tonality) -> Chord {
    Chord::new(key.tonic, if key.mode == Mode::Major { Quality::Major } else { Quality::Minor })
}

/// What a net reaches with this user and this past.
#[must_use]
pub fn chord_marks(net: &TrainedHarmony, pieces: &[Piece], spec: &BandSpec, user: VoiceId, past: Past) -> ChordMarks {
    let mut marks = ChordMarks::default();
    ask(pieces, spec, user, past, |question| {
        let heard = if past == Past::True { ChordsHeard::All } else { ChordsHeard::User };
        let plan = net.plan_hearing(question.request, spec, heard);
        marks.mark(&plan, question, spec);
        Some(plan.as_blocks(spec, question.request))
    });
    marks
}

impl ChordMarks {
    fn mark(&mut self, plan: &ChordPlan, Question { request, target }: &Question<'_>, spec: &BandSpec) {
        let home = request.tonality.to_c();
        for half in &plan.halves {
            let Some(truth) = accompanying(target, spec, half.steps) else { continue };
            let of = |class: usize| half.chances.get(class).copied().unwrap_or(0.0);
            // The net's classes are those of the key of C.
            let true_class = moved(class(truth), home);
            let planned = moved(class(half.chord), home);
            let likeliest = (0..half.chances.len()).max_by(|&a, &b| of(a).total_cmp(&of(b))).unwrap_or(0);
            self.planned.count(truth, Some(half.chord));
            self.likeliest.count(truth, Some(chord(likeliest).transposed(-home)));
            self.likeliest_calibration.count(of(likeliest), likeliest == true_class);
            let on_root = on_likeliest_root(&half.chances);
            self.on_likeliest_root.count(truth, Some(chord(on_root).transposed(-home)));
            self.on_likeliest_root_calibration.count(of(on_root), on_root == true_class);
            self.planned_calibration.count(of(planned), planned == true_class);
        }
    }
}

/// The likeliest chord on the root that all chords on it together make the likeliest, the first of several.
fn on_likeliest_root(chances: &[f32]) -> usize {
    let mut roots = [0.0f32; 12];
    chances.iter().enumerate().for_each(|(class, chance)| roots[class % 12] += chance);
    let root = (0..12).rev().max_by(|&a, &b| roots[a].total_cmp(&roots[b])).unwrap_or(0);
    (root..chances.len()).step_by(12).rev().max_by(|&a, &b| chances[a].total_cmp(&chances[b])).unwrap_or(root)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::measure::Measure;
    use crate::music::note::{Key, Note};
    use crate::systems::band_file::Band;

    /// So many measures of these chords over and over, by half measure; the Lead plays them too.
    fn piece(measures: usize, chords: &[&str]) -> Piece {
        let spec = BandSpec::pop();
        let named: Vec<Chord> = chords.iter().map(|name| name.parse().expect("a chord")).collect();
        let measure = |at: usize| {
            let mut measure = BandMeasure::missing(16);
            let mut set = |name: &str, octave: i32, tones: &[usize]| {
                let notes = halves(16).enumerate().flat_map(|(half, (from, to))| {
                    let chord = named[(2 * at + half) % named.len()];
                    let of: Vec<i32> = chord.quality.tones().iter().map(i32::from).collect();
                    let note = move |&tone: &usize| {
                        Note::new(from, to - from, Key::clamped(octave + i32::from(chord.root) + of[tone]))
                    };
                    tones.iter().map(note).collect::<Vec<_>>()
                });
                measure.set(spec.voice(name).expect("a voice"), &Measure::from_notes(16, notes));
            };
            set("Lead", 72, &[0, 1, 2]);
            set("Chords", 60, &[0, 1, 2]);
            set("Bass", 36, &[0]);
            measure
        };
        Piece { source: "made up".into(), measures: (0..measures).map(measure).collect() }
    }

    fn rules(chords: &[&str]) -> ChordRules {
        chord_rules(&[piece(18, chords)], &BandSpec::pop(), VoiceId::FIRST)
    }

    #[test]
    fn a_chord_that_stays_is_the_same_as_now_and_as_at_the_lag() {
        let found = rules(&["C"]);
        assert_eq!((found.same_as_now.halves, found.same_as_now.right), (32, 32));
        assert_eq!(found.at_the_lag.root(), 1.0);
    }

    /// C and G in turn, by measure: two measures later it is the same measure, whose last half has the same chord. C F G
    /// F: the measure after next is never the chord of now.
    #[test]
    fn chords_that_come_round_are_those_at_the_lag_and_not_those_of_now() {
        assert_eq!(rules(&["C", "C", "G", "G"]).same_as_now.root(), 1.0);
        let found = rules(&["C", "C", "F", "F", "G", "G", "Am", "Am"]);
        assert_eq!(found.same_as_now.roots, 0);
        // Until it has come round once, the chord of now stands in.
        assert!(found.at_the_lag.root() >= 0.6, "{found:?}");
        assert_eq!(found.at_the_lag.triad(), found.at_the_lag.root());
    }

    #[test]
    fn the_tonic_is_right_where_the_music_stays_there() {
        let found = rules(&["C", "F", "C", "G"]);
        assert!((found.tonic.root() - 0.5).abs() < 0.1, "{found:?}");
        assert!(rules(&["C"]).tonic.halves == 32);
    }

    #[test]
    fn kinds_of_chords_on_one_root_speak_for_it_together() {
        let class_of = |name: &str| class(name.parse::<Chord>().expect("a chord"));
        let mut chances = vec![0.0; crate::systems::harmony::classes::CHORD_CLASSES];
        for (name, chance) in [("F", 0.3), ("G", 0.2), ("G7", 0.25), ("C", 0.25)] {
            chances[class_of(name)] = chance;
        }
        assert_eq!(on_likeliest_root(&chances), class_of("G7"));
        chances[class_of("F")] = 0.5;
        assert_eq!(on_likeliest_root(&chances), class_of("F"));
    }

    #[test]
    fn a_net_is_asked_about_each_measure_after_next_and_says_how_sure_it_is() {
        let net = Band::harmony().expect("it ships");
        let pieces = [piece(20, &["C", "C", "F", "F", "G", "G", "C", "C"])];
        let marks = |past| chord_marks(&net, &pieces, &BandSpec::pop(), VoiceId::FIRST, past);
        for past in [Past::True, Past::Jam] {
            let found = marks(past);
            assert_eq!((found.planned.halves, found.likeliest.halves, found.on_likeliest_root.halves), (36, 36, 36));
            let answers: usize = found.likeliest_calibration.diagram().map(|point| point.answers).sum();
            assert_eq!(answers, 36);
            assert!((0.0..=1.0).contains(&found.likeliest_calibration.error()));
        }
        assert!(marks(Past::True).planned.root() > 0.5, "{:?}", marks(Past::True).planned);
        assert_ne!(marks(Past::True), marks(Past::Jam), "what the band plays is heard");
    }
}
