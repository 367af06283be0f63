//! Are the textures of figures told apart by what the band plays?

use std::sync::Arc;

use rayon::prelude::*;

use crate::midi_file::band_song::BandSong;
use crate::midi_file::{Song, Stretch, Track};
use crate::music::band::{BandSpec, VoiceId};
use crate::play::accompany::accompany;
use crate::play::conductor::Settings;
use crate::predict::fallback::Fallback;
use crate::predict::predictor::Predictor;
use crate::predict::texture::{Figures, Texture};
use crate::systems::figures::{PeoplesTextures, Traits};
use crate::train::neighbours::guessed;

/// How many measures of a song are played. Chosen: sixteen in which the band plays, and the two that it listens to.
const MEASURES: usize = 18;

/// How often a texture was told from the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TextureScore {
    /// Which.
    pub texture: Texture,
    /// The share of takes whose texture the nearest of other songs' takes guess rightly, 0…1.
    pub right: f64,
    /// The share of takes that lie nearest to the middle of people's phrases of that texture, 0…1.
    pub as_peoples: f64,
}

/// A take's texture, its song's place and its traits.
type Take = (Texture, usize, Traits);

/// Lets the band play each texture to the first measures of each of these songs, and guesses the textures of every second
/// song's takes by those of the others. Takes in which no chord begins are left out. In the order of [`Texture::ALL`].
pub fn textures_told_apart(
    songs: &[Song],
    (spec, user): (&BandSpec, VoiceId),
    band: impl Fn() -> (Box<dyn Predictor>, Arc<dyn Fallback>) + Sync,
    people: &PeoplesTextures,
) -> Vec<TextureScore> {
    let (Some(chords), Some(bass)) = (spec.voice("Chords"), spec.voice("Bass")) else { return Vec::new() };
    let name = &spec.voices[user.index()].name;
    let begun: Vec<(Song, Track)> =
        songs.iter().filter_map(|song| song.track(name).and_then(|track| beginning(song, track))).collect();
    let jobs: Vec<(Texture, usize)> =
        Texture::ALL.into_iter().flat_map(|texture| (0..begun.len()).map(move |song| (texture, song))).collect();
    let play = |&(texture, at): &(Texture, usize)| -> Option<Take> {
        let (song, track) = &begun[at];
        let mut settings = Settings { seed: u64::try_from(at).unwrap_or(0), ..Settings::new(spec, user) };
        settings.style.figures = Figures::In(texture);
        let (mut predictor, fallback) = band();
        let played = accompany(song, track, (spec, settings), predictor.as_mut(), fallback, |_| {});
        let band = BandSong::new(&played.song, spec);
        let traits = band.measures.iter().filter_map(|measure| Traits::of(measure.voice(chords), measure.voice(bass)));
        Some((texture, at, Traits::mean(traits)?))
    };
    let takes: Vec<Take> = jobs.par_iter().filter_map(play).collect();
    scores(&takes, people)
}

/// Guesses the textures of every second song's takes.
fn scores(takes: &[Take], people: &PeoplesTextures) -> Vec<TextureScore> {
    let spread = Traits::spread(&takes.iter().map(|take| take.2).collect::<Vec<_>>());
    let guess = |traits: &Traits| {
        let known = takes.iter().filter(|(_, song, _)| song.is_multiple_of(2));
        guessed(known.map(|(texture, _, other)| (other.distance(traits, &spread), *texture)))
    };
    let score = |texture: Texture| {
        let of = || takes.iter().filter(move |take| take.0 == texture);
        let asked = || of().filter(|(_, song, _)| !song.is_multiple_of(2));
        TextureScore {
            texture,
            right: share(asked().filter(|take| guess(&take.2) == Some(texture)).count(), asked().count()),
            as_peoples: share(of().filter(|take| people.texture(&take.2) == texture).count(), of().count()),
        }
    };
    Texture::ALL.map(score).to_vec()
}

/// The first measures in which the track plays, as a song, where they are of four quarters; and the track in it.
fn beginning(song: &Song, track: &Track) -> Option<(Song, Track)> {
    let first = track.measures.iter().position(|measure| !measure.is_silent())?;
    let all = first..first + MEASURES;
    let whole =
        |at: usize| song.is_played(at) && song.spans().get(at).is_some_and(|span| span.part == 0 && span.steps == 16);
    if all.end >= song.len() || !all.clone().all(whole) {
        return None;
    }
    let mut measures = track.measures[all.clone()].to_vec();
    measures[0].for_each_mut(|note| note.continued = false);
    measures[MEASURES - 1].for_each_mut(|note| note.continues = false);
    let out = song.arranged(&[Stretch::Same(all)])?;
    Some((out, Track { measures, performance: None, ..track.clone() }))
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn share(part: usize, all: usize) -> f64 {
    if all == 0 { 0.0 } else { part as f64 / all as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::measure::Measure;
    use crate::music::note::{Key, Note};

    /// Chords of a texture's like: so many strokes a measure of so many notes.
    fn traits(strokes: u8, notes: i32) -> Traits {
        let chords = (0..strokes).flat_map(|stroke| {
            (0..notes).map(move |note| Note::new(stroke * (16 / strokes), 1, Key::clamped(60 + note)))
        });
        let bass = Measure::from_notes(16, [Note::new(0, 16, Key::clamped(36))]);
        Traits::of(&Measure::from_notes(16, chords), &bass).expect("chords begin")
    }

    #[test]
    fn what_is_played_alike_is_confused_and_what_is_not_is_told_apart() {
        let people = PeoplesTextures::of(&[]);
        let takes = |of: [(Texture, Traits); 3]| -> Vec<Take> {
            (0..12).flat_map(|song| of.map(|(texture, traits)| (texture, song, traits))).collect()
        };
        let right = |takes: &[Take], texture: Texture| scores(takes, &people)[texture.index()].right;
        let apart = takes([
            (Texture::Held, traits(1, 4)),
            (Texture::Quarters, traits(4, 3)),
            (Texture::Rolling, traits(16, 1)),
        ]);
        for texture in [Texture::Held, Texture::Quarters, Texture::Rolling] {
            assert_eq!(right(&apart, texture), 1.0, "{texture:?}");
        }
        let alike = takes([Texture::Held, Texture::Quarters, Texture::Rolling].map(|texture| (texture, traits(4, 3))));
        let sum: f64 = Texture::ALL.map(|texture| right(&alike, texture)).iter().sum();
        assert!((sum - 1.0).abs() < 1e-9, "one guess for all: right for a third: {sum}");
    }
}
