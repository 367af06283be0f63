//! Figures gathered from songs.

use super::bank::{Excerpt, FigureBank, FigureMeasure, FigureNote, PART_NAMES, TUNE, VELOCITY_STEP};
use super::tones::degree;
use crate::midi_file::Song;
use crate::midi_file::band_song::BandSong;
use crate::music::band::{BandMeasure, BandSpec, Polyphony, VoiceId, VoiceMask};
use crate::music::chart::halves;
use crate::music::chord::Chord;
use crate::music::tonality::Tonality;
use crate::random::{Rng, mix};

/// How many measures of a song are kept. Chosen: four phrases, as long as what is remembered of a jam.
const LONG: usize = 32;

/// How many measures an excerpt must have. Chosen: two phrases.
const SHORT: usize = 8;

/// A phrase's length, in measures: excerpts begin so far, or a multiple, after the tune. Chosen.
const PHRASE: usize = 4;

/// The figures of these songs: of each, one excerpt that begins where a phrase does. Songs that lack a voice, change
/// their meter in the excerpt or are too short are left out.
#[must_use]
pub fn gather<'a>(songs: impl IntoIterator<Item = &'a Song>, seed: u64) -> FigureBank {
    let excerpts = songs.into_iter().zip(0u64..).filter_map(|(song, at)| excerpt(song, &mut Rng::new(mix(seed, at))));
    FigureBank { excerpts: excerpts.collect() }
}

fn excerpt(song: &Song, rng: &mut Rng) -> Option<Excerpt> {
    // People play more than one note at once in the second tune too.
    let mut spec = BandSpec::pop();
    spec.voices.iter_mut().for_each(|voice| voice.polyphony = Polyphony::Poly);
    let song = BandSong::new(song, &spec);
    let tune = spec.voice(TUNE)?;
    let mut parts = [tune; PART_NAMES.len()];
    for (part, name) in parts.iter_mut().zip(PART_NAMES) {
        *part = spec.voice(name)?;
    }
    if !parts[1..].iter().all(|&part| song.present.has(part)) {
        return None;
    }
    let all: VoiceMask = parts.into_iter().chain([tune]).collect();
    let mut chroma = [0.0; 12];
    for measure in &song.measures {
        chroma.iter_mut().zip(measure.chroma(all)).for_each(|(sum, time)| *sum += time);
    }
    let home = Tonality::of(&chroma).to_c();
    let first = song.measures.iter().position(|measure| !measure.voice(tune).is_silent())?;
    let last = song.measures.iter().rposition(|measure| !measure.is_silent(parts.into_iter().collect()))?;
    let places = (last + 1).saturating_sub(first + LONG) / PHRASE + 1;
    let from = first + PHRASE * rng.below(places);
    let steps = song.measures.get(from)?.steps();
    let same = song.measures[from..=last].iter().take(LONG).take_while(|measure| measure.steps() == steps);
    let measures: Vec<BandMeasure> = same.map(|measure| measure.transposed(home)).collect();
    (measures.len() >= SHORT).then(|| {
        let mut chord = None;
        let kept = measures.iter().map(|measure| figure(measure, tune, &parts, &mut chord));
        Excerpt::new(steps, kept.collect())
    })
}

/// One measure; `chord` is the one that sounded last.
fn figure(
    measure: &BandMeasure,
    tune: VoiceId,
    parts: &[VoiceId; PART_NAMES.len()],
    chord: &mut Option<Chord>,
) -> FigureMeasure {
    let mut out = FigureMeasure::default();
    for note in measure.voice(tune).onsets() {
        out.tune |= 1 << note.step.0;
    }
    for (from, to) in halves(measure.steps()) {
        let mut chroma = [0.0; 12];
        for &part in parts {
            let its = measure.voice(part).chroma_between(from, to);
            chroma.iter_mut().zip(its).for_each(|(sum, time)| *sum += time);
        }
        let bass = parts.last().map_or([0.0; 12], |&part| measure.voice(part).chroma_between(from, to));
        *chord = Chord::recognised(&chroma, &bass).or(*chord);
        let Some(chord) = *chord else { continue };
        for (notes, &part) in out.parts.iter_mut().zip(parts) {
            let its = measure.voice(part).notes().iter().filter(|note| (from..to).contains(&note.step.0));
            notes.extend(its.map(|note| FigureNote {
                step: note.step.0,
                length: note.length,
                key: note.key.get(),
                degree: degree(chord, note.key.pitch_class()),
                velocity: note.velocity.get() / VELOCITY_STEP * VELOCITY_STEP + VELOCITY_STEP / 2,
                continued: note.continued,
            }));
        }
    }
    out
}
