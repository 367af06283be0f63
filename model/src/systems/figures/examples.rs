//! What the tests of this room share: measures of the pop band, chords, and by what they are weighed.

use super::excerpt::PARTS;
use super::excess::Excess;
use super::ground::Ground;
use super::imagined::Imagined;
use super::weighing::Weighing;
use crate::music::band::{BandMeasure, BandSpec};
use crate::music::chart::MeasureChords;
use crate::music::measure::Measure;
use crate::music::note::{Key, Note};
use crate::predict::energy::Energy;
use crate::predict::predictor::PredictRequest;

/// Chords and Bass hold these keys for a measure.
pub(super) fn held(chords: &[i32], bass: i32) -> BandMeasure {
    let spec = BandSpec::pop();
    let hold = |keys: &[i32]| Measure::from_notes(16, keys.iter().map(|&key| Note::new(0, 16, Key::clamped(key))));
    let mut out = BandMeasure::missing(16);
    out.set(spec.voice("Chords").expect("chords"), &hold(chords));
    out.set(spec.voice("Bass").expect("a bass"), &hold(&[bass]));
    out
}

/// This chord is known.
pub(super) fn known(chord: &str) -> MeasureChords {
    let mut chords = MeasureChords::NONE;
    chords.set_from(0, Some(chord.parse().expect("a chord")));
    chords
}

/// C is foretold, and these classes are expected to sound.
pub(super) fn foretold(classes: &[usize]) -> MeasureChords {
    let (mut told, mut chords) = (known("C"), MeasureChords::NONE);
    let expected = std::array::from_fn(|class| if classes.contains(&class) { 0.5 } else { 0.0 });
    (0..2).for_each(|half| told.expect(half, &expected));
    chords.foretell(&told);
    chords
}

/// These chords, where this is planned and nobody is imagined to play.
pub(super) fn ground(chords: MeasureChords, plan: &BandMeasure) -> Ground {
    let request = PredictRequest { chords, ..PredictRequest::empty() };
    Ground::new(&request, plan, BandSpec::pop().voice("Bass"), Imagined::default())
}

/// By what measures over these chords are weighed, where nothing was played before.
pub(super) fn weighing(ground: &Ground) -> Weighing<'_> {
    Weighing {
        ground,
        parts: ["Counter", "Chords", "Bass"].map(|name| BandSpec::pop().voice(name)),
        beneath: false,
        home: 0,
        now: [None; PARTS],
        contour: None,
        excess: Excess::default(),
        energy: Energy::NEUTRAL,
        steady: 1.0,
        fullness: 0.0,
        known: ground.known.iter().all(|&known| known),
    }
}
