//! Does a band play one song where the user plays one? Measures of a song are looped, and the band's chords compared from
//! pass to pass.

use std::sync::Arc;

use crate::midi_file::band_song::{BandSong, Casting};
use crate::midi_file::{Song, Stretch, Track};
use crate::music::band::{BandMeasure, BandSpec, VoiceId};
use crate::music::chart::halves;
use crate::music::chord::Chord;
use crate::music::measure::Measure;
use crate::play::accompany::accompany;
use crate::play::conductor::{Lookahead, Settings};
use crate::play::yielding::PitchFollow;
use crate::predict::fallback::Fallback;
use crate::predict::predictor::Predictor;
use crate::systems::harmony::features::accompanying;

/// How many measures are looped. Required: what a band is asked to be steady over.
const LOOPED: usize = 8;

/// How often they are played. Required: as above; the first time nothing has come round yet.
const PASSES: usize = 4;

/// How steady the chords of passes 2 to 4 were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoopScore {
    /// Half measures of the loop in which the band sounded in one of these passes.
    pub halves: usize,
    /// Those in which all three had the same chord: root and kind, or none that has a name.
    pub same: usize,
    /// Those in which the roots were the same.
    pub roots: usize,
}

impl LoopScore {
    /// The share of half measures with the same chord, 0…1.
    #[must_use]
    pub fn share(&self) -> f64 {
        Self::of(self.same, self.halves)
    }

    /// The share of half measures with the same root, 0…1.
    #[must_use]
    pub fn root_share(&self) -> f64 {
        Self::of(self.roots, self.halves)
    }

    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    fn of(part: usize, all: usize) -> f64 {
        if all == 0 { 0.0 } else { part as f64 / all as f64 }
    }
}

/// The first eight measures in which a track plays from the first to the last of them, as a song of four passes, and the
/// track in it; `None` where it has none in one meter.
#[must_use]
pub fn looped(song: &Song, track: &Track) -> Option<(Song, Track)> {
    let plays = |at: usize| track.measures.get(at).is_some_and(|measure| !measure.is_silent()) && song.is_played(at);
    let whole = |from: &usize| {
        let meter = song.meter(*from);
        song.spans()[*from].part == 0
            && plays(*from)
            && plays(from + LOOPED - 1)
            && (*from..from + LOOPED).all(|at| song.meter(at) == meter && song.is_played(at))
            && song.spans().get(from + LOOPED).is_none_or(|next| next.part == 0)
    };
    let from = (0..song.len().checked_sub(LOOPED)? + 1).find(whole)?;
    let stretches = vec![Stretch::Same(from..from + LOOPED); PASSES];
    let out = song.arranged(&stretches)?;
    let mut pass: Vec<Measure> = track.measures[from..from + LOOPED].to_vec();
    pass[0].for_each_mut(|note| note.continued = false);
    pass[LOOPED - 1].for_each_mut(|note| note.continues = false);
    let measures = pass.iter().copied().cycle().take(LOOPED * PASSES).collect();
    Some((out, Track { measures, performance: None, ..track.clone() }))
}

/// Plays the looped measures of each of these songs to a band, which plans two measures ahead and yields to nothing, and
/// compares its chords. Songs without such measures are left out.
pub fn loop_exam<'a>(
    songs: impl IntoIterator<Item = &'a Song>,
    (spec, user): (&BandSpec, VoiceId),
    predictor: &mut dyn Predictor,
    fallback: &Arc<dyn Fallback>,
) -> LoopScore {
    let mut score = LoopScore::default();
    let name = &spec.voices[user.index()].name;
    let settings =
        Settings { lookahead: Lookahead::SecondNext, pitches: PitchFollow::Off, ..Settings::new(spec, user) };
    for song in songs {
        let Some((song, track)) = song.track(name).and_then(|track| looped(song, track)) else { continue };
        let played = accompany(&song, &track, (spec, settings), predictor, Arc::clone(fallback), |_| {});
        score.count(&chords(&played.song, spec, user));
    }
    score
}

/// The band's chord in each half of each measure.
fn chords(song: &Song, spec: &BandSpec, user: VoiceId) -> Vec<Vec<Option<Chord>>> {
    let mut casting = Casting::of(song, spec);
    // What the user plays is the same in each pass.
    casting.voices[user.index()].clear();
    let band = BandSong::cast(song, spec, &casting);
    let of = |measure: &BandMeasure| halves(measure.steps()).map(|half| accompanying(measure, spec, half)).collect();
    band.measures.iter().map(of).collect()
}

impl LoopScore {
    /// Counts the chords of all passes of a loop.
    fn count(&mut self, chords: &[Vec<Option<Chord>>]) {
        let pass = |number: usize| -> &[Vec<Option<Chord>>] {
            chords.get(number * LOOPED..(number + 1) * LOOPED).unwrap_or_default()
        };
        for (at, first) in pass(1).iter().enumerate() {
            for (half, chord) in first.iter().enumerate() {
                let others = [2, 3].map(|number| pass(number).get(at).and_then(|found| found.get(half).copied()));
                let all = others.map(Option::flatten);
                if chord.is_none() && all == [None, None] {
                    continue;
                }
                let plain = |chord: Option<Chord>| chord.map(Chord::without_bass);
                let root = |chord: Option<Chord>| chord.map(|chord| chord.root);
                self.halves += 1;
                self.same += usize::from(all.iter().all(|&other| plain(other) == plain(*chord)));
                self.roots += usize::from(all.iter().all(|&other| root(other) == root(*chord)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::meter::TimeSignature;
    use crate::music::note::{Key, Note};
    use crate::predict::predictor::{PredictError, PredictRequest};
    use crate::rules::loop_rule::LoopRule;

    /// Two silent measures, then a tune of eight.
    fn song() -> Song {
        let mut song = Song::steady(TimeSignature::FOUR_FOUR, 120.0, 12).expect("4/4");
        let measure = |at: i32| match at {
            0 | 1 => Measure::silent(16),
            _ => Measure::from_notes(16, [Note::new(0, 16, Key::clamped(60 + at))]),
        };
        song.tracks.push(Track { measures: (0..12).map(measure).collect(), ..Track::new("Lead") });
        song
    }

    #[test]
    fn the_first_eight_measures_of_the_tune_are_played_four_times() {
        let song = song();
        let (looped, track) = looped(&song, &song.tracks[0]).expect("eight measures");
        assert_eq!((looped.len(), track.measures.len()), (32, 32));
        for at in 0..32 {
            assert_eq!(track.measures[at], song.tracks[0].measures[2 + at % 8], "measure {at}");
        }
        assert!(super::looped(&Song::steady(TimeSignature::FOUR_FOUR, 120.0, 7).expect("4/4"), &track).is_none());
    }

    /// Plays one chord, which it changes every so many measures.
    struct Wanders(u32);

    impl Predictor for Wanders {
        fn spec(&self) -> &BandSpec {
            static SPEC: std::sync::OnceLock<BandSpec> = std::sync::OnceLock::new();
            SPEC.get_or_init(BandSpec::pop)
        }

        fn predict(&mut self, request: &PredictRequest) -> Result<BandMeasure, PredictError> {
            let root = i32::try_from(request.target.0 / self.0 % 12).unwrap_or(0);
            let mut out = BandMeasure::missing(request.steps);
            for voice in request.voices.iter() {
                let keys: &[i32] = match self.spec().voices[voice.index()].name.as_str() {
                    "Chords" => &[60, 64, 67],
                    "Bass" => &[36],
                    _ => &[],
                };
                let notes = keys.iter().map(|&key| Note::new(0, request.steps, Key::clamped(key + root)));
                out.set(voice, &Measure::from_notes(request.steps, notes));
            }
            Ok(out)
        }
    }

    #[test]
    fn a_band_that_stays_is_steady_and_one_that_wanders_is_not() {
        let (spec, song) = (BandSpec::pop(), song());
        let fallback: Arc<dyn Fallback> = Arc::new(LoopRule::new(spec.clone()));
        let score = |every| loop_exam([&song], (&spec, VoiceId::FIRST), &mut Wanders(every), &fallback);
        let steady = score(100);
        assert_eq!((steady.halves, steady.share()), (16, 1.0));
        let wandering = score(1);
        assert_eq!((wandering.halves, wandering.share(), wandering.root_share()), (16, 0.0, 0.0));
    }
}
