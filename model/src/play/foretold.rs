//! The chords that are foretold for each measure of a piece that was played, and why.

use crate::midi_file::{Song, Track};
use crate::music::band::{BandMeasure, BandSpec, VoiceId, VoiceMask};
use crate::music::chart::Chart;
use crate::music::chord::{Chord, ChordSymbol};
use crate::music::tonality::KeyTracker;
use crate::play::conductor::Lookahead;
use crate::predict::predictor::{MeasureIndex, PredictRequest};
use crate::systems::harmony::TrainedHarmony;
use crate::systems::harmony::classes::{chord, class, moved};
use crate::systems::harmony::plan::ChordsHeard;
use crate::systems::harmony::why::{Reason, reasons};

/// How many of the likeliest chords are told. Required: a musician is shown three.
const LIKELIEST: usize = 3;

/// What was foretold of one measure.
#[derive(Clone, Debug, PartialEq)]
pub struct ForetoldMeasure {
    /// Which measure, from 0.
    pub measure: usize,
    /// Its halves, in order.
    pub halves: Vec<ForetoldChord>,
}

/// What was foretold of half a measure.
#[derive(Clone, Debug, PartialEq)]
pub struct ForetoldChord {
    /// Its steps, from and to.
    pub steps: (u8, u8),
    /// The chord that is planned: the chart's, else the net's; `None`: the chart wants none.
    pub chord: Option<Chord>,
    /// How likely the net says it is, 0…1; 0 where no chord is planned.
    pub chance: f32,
    /// The likeliest chords, as the net says, and how likely they are.
    pub likeliest: Vec<(Chord, f32)>,
    /// What speaks for the planned chord, the strongest first.
    pub why: Vec<Reason>,
}

/// The chords that a net foretells as a piece is played: for each measure from what was heard before it was due, the user's
/// track and what the band played, whose tracks are named after its voices. Where a chart says a chord, that is planned.
#[must_use]
pub fn foretold(
    net: &TrainedHarmony,
    song: &Song,
    (spec, user, track): (&BandSpec, VoiceId, &Track),
    lookahead: Lookahead,
    chart: Option<&Chart>,
) -> Vec<ForetoldMeasure> {
    let ahead = usize::from(lookahead.ahead());
    let heard: Vec<BandMeasure> = (0..song.len()).map(|at| heard(song, spec, (user, track), at)).collect();
    let mut request = PredictRequest::empty();
    (request.user, request.voices) = (user, spec.all().without(user));
    request.ahead = lookahead.ahead();
    let mut key = KeyTracker::new();
    let mut out = Vec::new();
    for (newest, measure) in heard.iter().enumerate() {
        request.history.push(measure);
        key.hear(&measure.chroma(VoiceMask::only(user)));
        let target = newest + ahead;
        let Some(span) = song.spans().get(target).filter(|_| song.is_played(target)) else { continue };
        request.target = MeasureIndex(u32::try_from(target).unwrap_or(u32::MAX));
        request.steps = span.steps;
        request.tonality = key.tonality();
        request.planned = (ahead == 2).then(|| {
            let mut planned = heard[newest + 1];
            planned.clear(user);
            planned
        });
        if let Some(chart) = chart {
            request.chords = chart.measure(target, span.steps);
        }
        out.push(ForetoldMeasure { measure: target, halves: halves(net, &request, spec) });
    }
    out
}

/// What sounded in a measure.
fn heard(song: &Song, spec: &BandSpec, (user, track): (VoiceId, &Track), at: usize) -> BandMeasure {
    let mut out = BandMeasure::missing(song.spans()[at].steps);
    for voice in spec.all().iter() {
        let own = song.tracks.iter().find(|track| track.name == spec.voices[voice.index()].name);
        let played = if voice == user { Some(track) } else { own };
        if let Some(measure) = played.and_then(|track| track.measures.get(at)) {
            out.set(voice, measure);
        }
    }
    out
}

fn halves(net: &TrainedHarmony, request: &PredictRequest, spec: &BandSpec) -> Vec<ForetoldChord> {
    let home = request.tonality.to_c();
    let plan = net.plan_hearing(request, spec, ChordsHeard::User);
    let foretold = |(half, found): (usize, crate::systems::harmony::plan::ForetoldHalf)| {
        let chance = |class: usize| found.chances.get(class).copied().unwrap_or(0.0);
        let mut order: Vec<usize> = (0..found.chances.len()).collect();
        order.sort_by(|&a, &b| chance(b).total_cmp(&chance(a)).then(a.cmp(&b)));
        let likeliest = order.iter().take(LIKELIEST).map(|&at| (chord(at).transposed(-home), chance(at))).collect();
        let planned = match request.chords.at(found.steps.0) {
            Some(ChordSymbol::None) => None,
            Some(ChordSymbol::Chord(known)) => Some(known),
            None => Some(found.chord),
        };
        ForetoldChord {
            steps: found.steps,
            chord: planned,
            chance: planned.map_or(0.0, |chord| chance(moved(class(chord), home))),
            likeliest,
            why: planned.map_or(vec![Reason::Typed], |chord| reasons(Some(net), request, spec, half, chord)),
        }
    };
    plan.halves.into_iter().enumerate().map(foretold).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::measure::Measure;
    use crate::music::meter::TimeSignature;
    use crate::music::note::{Key, Note};
    use crate::systems::band_file::Band;

    /// A tune of four measures, again and again.
    fn song(measures: usize) -> Song {
        let mut song = Song::steady(TimeSignature::FOUR_FOUR, 120.0, measures).expect("4/4");
        let keys = [76, 69, 74, 72];
        let measure = |at: usize| Measure::from_notes(16, [Note::new(0, 16, Key::clamped(keys[at % 4]))]);
        song.tracks.push(Track { measures: (0..measures).map(measure).collect(), ..Track::new("Lead") });
        song
    }

    fn told(lookahead: Lookahead, chart: Option<&str>) -> Vec<ForetoldMeasure> {
        let (song, spec) = (song(12), BandSpec::pop());
        let chart: Option<Chart> = chart.map(|text| text.parse().expect("a chart"));
        let net = Band::harmony().expect("it ships");
        foretold(&net, &song, (&spec, VoiceId::FIRST, &song.tracks[0]), lookahead, chart.as_ref())
    }

    #[test]
    fn each_measure_that_can_be_foretold_has_three_likeliest_chords_and_a_reason() {
        for (lookahead, first) in [(Lookahead::SecondNext, 2), (Lookahead::Next, 1)] {
            let found = told(lookahead, None);
            assert_eq!(found.iter().map(|one| one.measure).collect::<Vec<_>>(), (first..12).collect::<Vec<_>>());
            for half in found.iter().flat_map(|measure| &measure.halves) {
                let chances: Vec<f32> = half.likeliest.iter().map(|one| one.1).collect();
                assert!(chances.len() == 3 && chances[0] >= chances[1] && chances[1] >= chances[2], "{chances:?}");
                assert!(half.chance <= chances[0] && !half.why.is_empty());
            }
        }
        // The tune has come round twice: its note speaks for the chord, where that holds it.
        let last = told(Lookahead::SecondNext, None).pop().expect("a measure");
        let fits = |half: &ForetoldChord| half.chord.is_some_and(|chord| chord.pitch_classes().has(0));
        assert!(last.halves.iter().all(|half| !fits(half) || half.why.contains(&Reason::Fits(0))), "{last:?}");
    }

    #[test]
    fn what_a_chart_says_is_planned_and_typed() {
        let found = told(Lookahead::SecondNext, Some("| Ab | N.C. |"));
        let chords: Vec<Option<String>> =
            found.iter().take(2).map(|one| one.halves[0].chord.map(|chord| chord.to_string())).collect();
        assert_eq!(chords, [Some("Ab".into()), None]);
        assert!(found.iter().flat_map(|one| &one.halves).all(|half| half.why[0] == Reason::Typed));
    }
}
