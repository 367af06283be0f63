//! Pieces as the harmony net reads them.

use crate::music::band::{BandMeasure, BandSpec, VoiceId, VoiceMask};
use crate::music::chart::halves;
use crate::music::tonality::KeyTracker;
use crate::rules::loop_lag::{self, Shape};
use crate::systems::harmony::choice::sound_alike;
use crate::systems::harmony::features::{HeardHalf, accompaniment, heard};
use crate::train::course::TrainError;
use crate::train::library::{Library, LibraryError};

/// Pieces of one band, to be learnt together with those of others.
#[derive(Debug)]
pub struct ChordSet {
    /// Their voices.
    pub spec: BandSpec,
    /// The pieces.
    pub library: Library,
}

/// One measure of a piece: its chords, and what each voice plays, by half.
#[derive(Clone, Debug)]
pub(super) struct Bar {
    pub(super) chords: Vec<Option<usize>>,
    pub(super) heard: Vec<Vec<HeardHalf>>,
    pub(super) shapes: Vec<Shape>,
    /// By voice: what brings the key, as it is heard up to here, to C.
    pub(super) to_c: Vec<i32>,
}

/// One piece.
#[derive(Clone, Debug)]
pub(super) struct ChordLine {
    pub(super) bars: Vec<Bar>,
    /// The voices that a user may play.
    pub(super) voices: Vec<usize>,
}

/// The pieces of several sets.
#[derive(Clone, Debug)]
pub struct Lines {
    /// By set.
    pub(super) sets: Vec<Vec<ChordLine>>,
}

impl Lines {
    /// The pieces of these sets that have chords to learn.
    ///
    /// # Errors
    /// [`LibraryError`] where the pieces cannot be read any more.
    pub fn of(sets: &[ChordSet]) -> Result<Self, LibraryError> {
        let mut lines = Self { sets: Vec::new() };
        for ChordSet { spec, library } in sets {
            let mut found = Vec::new();
            for piece in library.iter() {
                found.extend(ChordLine::of(spec, &piece?.measures));
            }
            if !found.is_empty() {
                lines.sets.push(found);
            }
        }
        Ok(lines)
    }

    /// Refuses pieces that have `nothing` of what is wanted, of those that are learnt or of those that are watched.
    ///
    /// # Errors
    /// [`TrainError::Nothing`].
    pub(super) fn check(nothing: [bool; 2], wanted: &'static str) -> Result<(), TrainError> {
        match ["train", "valid"].into_iter().zip(nothing).find(|(_, nothing)| *nothing) {
            Some((split, _)) => Err(TrainError::Nothing { split, wanted }),
            None => Ok(()),
        }
    }

    /// How many measures all pieces have.
    #[must_use]
    pub fn measures(&self) -> usize {
        self.sets.iter().flatten().map(|line| line.bars.len()).sum()
    }
}

impl ChordLine {
    /// `None`: it has no chords.
    fn of(spec: &BandSpec, measures: &[BandMeasure]) -> Option<Self> {
        let sounds = |voice: &VoiceId| measures.iter().any(|measure| !measure.is_silent(VoiceMask::only(*voice)));
        let voices: Vec<usize> = spec.all().iter().filter(sounds).map(VoiceId::index).collect();
        let mut keys: Vec<KeyTracker> = spec.all().iter().map(|_| KeyTracker::new()).collect();
        let bars: Vec<Bar> = measures.iter().map(|measure| Bar::of(spec, measure, &mut keys)).collect();
        let chords = bars.iter().any(|bar| bar.chords.iter().any(Option::is_some));
        (chords && !voices.is_empty()).then_some(Self { bars, voices })
    }
}

impl Bar {
    /// How like another measure's the chords sound, the mean over its halves that have one, 0…1.
    pub(super) fn chords_like(&self, other: &Self) -> f32 {
        let named = self.chords.iter().enumerate().filter_map(|(half, chord)| Some((half, (*chord)?)));
        let (mut sum, mut count) = (0.0, 0.0f32);
        for (half, chord) in named {
            let then = other.chords.get(half).or(other.chords.last()).copied().flatten();
            sum += then.map_or(0.0, |then| sound_alike(chord, then));
            count += 1.0;
        }
        sum / count.max(1.0)
    }

    fn of(spec: &BandSpec, measure: &BandMeasure, keys: &mut [KeyTracker]) -> Self {
        let ends = || halves(measure.steps());
        let heard_of = |voice: VoiceId| ends().map(|half| heard(measure, voice, half)).collect();
        let hear = |(voice, key): (VoiceId, &mut KeyTracker)| {
            key.hear(&measure.chroma(VoiceMask::only(voice)));
            key.tonality().to_c()
        };
        Self {
            chords: ends().map(|half| accompaniment(measure, spec, half)).collect(),
            heard: spec.all().iter().map(heard_of).collect(),
            shapes: spec.all().iter().map(|voice| loop_lag::shape(measure, VoiceMask::only(voice))).collect(),
            to_c: spec.all().iter().zip(keys).map(hear).collect(),
        }
    }
}

#[cfg(test)]
impl Lines {
    /// A piece of so many measures: these keys of a tune, each held over the major chord on this root, again and again.
    pub(super) fn made_up(turns: &[(i32, i32)], measures: usize) -> Self {
        use crate::music::measure::Measure;
        use crate::music::note::{Key, Note};
        use crate::train::Piece;
        let spec = BandSpec::pop();
        let measure = |index: usize| {
            let (tune, root) = turns[index % turns.len()];
            let mut measure = BandMeasure::missing(16);
            let hold =
                |keys: &[i32]| Measure::from_notes(16, keys.iter().map(|&key| Note::new(0, 16, Key::clamped(key))));
            measure.set(spec.voice("Lead").expect("a lead"), &hold(&[tune]));
            measure.set(spec.voice("Chords").expect("chords"), &hold(&[60 + root, 64 + root, 67 + root]));
            measure.set(spec.voice("Bass").expect("a bass"), &hold(&[36 + root]));
            measure
        };
        let piece = Piece { source: "made up".into(), measures: (0..measures).map(measure).collect() };
        Self::of(&[ChordSet { spec, library: Library::of(vec![piece]) }]).expect("in memory")
    }
}
