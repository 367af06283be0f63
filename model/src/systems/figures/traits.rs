//! What tells one texture from another.

use crate::music::measure::Measure;
use crate::predict::texture::Texture;

/// How many traits there are. Required: as many as are described.
const TRAITS: usize = 10;

/// How often the middles of textures are moved to the phrases that lie nearest. Chosen: they stand still by then.
const ROUNDS: usize = 10;

/// What is compared of some measures of chords over a bass, each a mean over the measures.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Traits([f32; TRAITS]);

impl Traits {
    /// Of a measure; `None` where no chord begins. Its traits are told in `described`.
    #[must_use]
    pub fn of(chords: &Measure, bass: &Measure) -> Option<Self> {
        let notes: Vec<_> = chords.onsets().copied().collect();
        let strokes: Vec<_> = notes.chunk_by(|a, b| a.step == b.step).collect();
        if strokes.is_empty() {
            return None;
        }
        let beats = f32::from(chords.steps().max(1)) / 4.0;
        let at = |fits: fn(u8) -> bool| many(strokes.iter().filter(|stroke| fits(stroke[0].step.0)).count()) / beats;
        let mut struck: Vec<u8> = bass.onsets().map(|note| note.step.0).collect();
        struck.dedup();
        let with = struck.iter().filter(|&&step| strokes.iter().any(|stroke| stroke[0].step.0 == step)).count();
        Some(Self([
            4.0 * many(strokes.len()) / beats,
            many(notes.len()) / many(strokes.len()),
            many(strokes.iter().filter(|stroke| stroke.len() == 1).count()) / many(strokes.len()),
            at(|step| step.is_multiple_of(4)),
            at(|step| step % 4 == 2),
            at(|step| step % 2 == 1),
            notes.iter().map(|note| f32::from(note.length)).sum::<f32>() / many(notes.len()),
            if strokes[0][0].step.0 == 0 { 1.0 } else { 0.0 },
            4.0 * many(struck.len()) / beats,
            many(with) / many(struck.len()).max(1.0),
        ]))
    }

    /// The mean of several; `None` of none.
    #[must_use]
    pub fn mean(of: impl IntoIterator<Item = Self>) -> Option<Self> {
        let (mut sum, mut count) = ([0.0; TRAITS], 0.0);
        for one in of {
            sum.iter_mut().zip(one.0).for_each(|(sum, trait_)| *sum += trait_);
            count += 1.0;
        }
        (count > 0.0).then(|| Self(sum.map(|sum| sum / count)))
    }

    /// How far apart two are, each trait measured by how it spreads.
    #[must_use]
    pub fn distance(&self, other: &Self, spread: &Self) -> f32 {
        let apart =
            self.0.iter().zip(other.0).zip(spread.0).map(|((a, b), spread)| ((a - b) / spread.max(1e-3)).powi(2));
        apart.sum::<f32>().sqrt()
    }

    /// How each trait spreads over these: its standard deviation.
    #[must_use]
    pub fn spread(of: &[Self]) -> Self {
        let mean = Self::mean(of.iter().copied()).unwrap_or_default();
        let squares = of.iter().map(|one| Self(std::array::from_fn(|at| (one.0[at] - mean.0[at]).powi(2))));
        Self(Self::mean(squares).unwrap_or_default().0.map(f32::sqrt))
    }
}

/// A texture as a musician would describe it, where the search for its middle begins: chords' strokes a measure of four
/// quarters, notes a stroke, the share of single notes; how many of the quarters, of the eighths between and of the sixteenths
/// between are struck (the latter of two a quarter); how long a note is, in sixteenths; whether a chord begins on one; strokes
/// of the bass, and the share of them with a chord; in measures of so many steps. Chosen.
const fn described(texture: Texture, steps: u8) -> Traits {
    Traits(match texture {
        // A waltz: chords on two and three.
        Texture::BassAndChords if steps == 12 => [2.7, 3.0, 0.05, 0.67, 0.0, 0.0, 2.5, 0.0, 1.3, 0.0],
        Texture::Held => [2.5, 3.0, 0.1, 0.4, 0.1, 0.0, 8.0, 0.9, 1.3, 0.8],
        Texture::Quarters => [5.0, 3.0, 0.1, 0.95, 0.2, 0.1, 3.0, 1.0, 2.3, 0.8],
        Texture::BassAndChords => [4.0, 3.0, 0.05, 0.4, 0.6, 0.1, 2.0, 0.0, 3.0, 0.1],
        Texture::Broken => [6.5, 1.15, 0.85, 0.6, 0.9, 0.1, 4.0, 0.1, 1.5, 0.1],
        Texture::Open => [4.0, 1.3, 0.75, 0.5, 0.5, 0.05, 6.5, 0.4, 1.0, 0.3],
        Texture::Flowing => [7.0, 1.4, 0.7, 0.9, 0.85, 0.05, 3.0, 0.95, 1.2, 0.9],
        Texture::Rocking => [7.5, 1.8, 0.5, 0.95, 0.8, 0.1, 2.3, 1.0, 2.4, 0.9],
        Texture::Rolling => [12.0, 1.1, 0.9, 0.5, 0.95, 1.6, 2.3, 0.1, 2.0, 0.1],
        Texture::Sixteenths => [12.0, 1.5, 0.65, 0.85, 0.9, 1.3, 2.0, 0.95, 2.2, 0.8],
        Texture::Driving => [7.0, 2.2, 0.4, 0.8, 0.6, 0.5, 2.2, 0.9, 5.5, 0.6],
    })
}

/// The textures as they are in some phrases of people's: their middles.
#[derive(Clone, Debug)]
pub(super) struct Textures {
    middles: [Traits; Texture::ALL.len()],
    spread: Traits,
}

impl Textures {
    /// As they are described, in measures of so many steps; how traits spread is measured on these phrases.
    #[must_use]
    pub(super) fn described(phrases: &[Traits], steps: u8) -> Self {
        Self { middles: Texture::ALL.map(|texture| described(texture, steps)), spread: Traits::spread(phrases) }
    }

    /// Found in these phrases, of measures of so many steps: the middles begin at what musicians describe, and move to the mean of the phrases that lie
    /// nearest (Lloyd 1982), so that each keeps its name.
    #[must_use]
    pub(super) fn found(phrases: &[Traits], steps: u8) -> Self {
        let mut found = Self::described(phrases, steps);
        for _ in 0..ROUNDS {
            let mut nearest: [Vec<Traits>; Texture::ALL.len()] = Default::default();
            for phrase in phrases {
                nearest[found.of(phrase).index()].push(*phrase);
            }
            for (middle, phrases) in found.middles.iter_mut().zip(nearest) {
                *middle = Traits::mean(phrases).unwrap_or(*middle);
            }
        }
        found
    }

    /// The texture to whose middle these traits lie nearest.
    #[must_use]
    pub(super) fn of(&self, traits: &Traits) -> Texture {
        let distance = |texture: &Texture| self.middles[texture.index()].distance(traits, &self.spread);
        let nearest = Texture::ALL.into_iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
        nearest.unwrap_or(Texture::ALL[0])
    }

    /// How clearly these traits are of this texture and of no other: 1 just as its middle, 0 as near to another, below it
    /// nearer.
    #[must_use]
    pub(super) fn clear(&self, texture: Texture, traits: &Traits) -> f32 {
        let distance = |texture: Texture| self.middles[texture.index()].distance(traits, &self.spread);
        let others = Texture::ALL.into_iter().filter(|&other| other != texture).map(distance);
        1.0 - distance(texture) / others.fold(f32::MAX, f32::min).max(f32::MIN_POSITIVE)
    }
}

fn many(count: usize) -> f32 {
    u16::try_from(count).map_or(0.0, f32::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::note::{Key, Note};

    /// A measure of these strokes: step, length and how many notes.
    fn measure(strokes: &[(u8, u8, i32)]) -> Measure {
        let notes = strokes.iter().flat_map(|&(step, length, notes)| {
            (0..notes).map(move |note| Note::new(step, length, Key::clamped(60 + 4 * note)))
        });
        Measure::from_notes(16, notes)
    }

    #[test]
    fn what_a_musician_would_name_is_named_so() {
        // Of phrases that lie just where they are described, the middles do not move.
        let textures = Textures::found(&Texture::ALL.map(|texture| described(texture, 16)), 16);
        let bass = measure(&[(0, 8, 1), (8, 8, 1)]);
        let eighths: Vec<u8> = (0..16).step_by(2).collect();
        let all = |steps: &[u8], notes: i32, length: u8| {
            let strokes: Vec<_> = steps.iter().map(|&step| (step, length, notes)).collect();
            measure(&strokes)
        };
        let check = |chords: Measure, bass: &Measure, expected: Texture| {
            let traits = Traits::of(&chords, bass).expect("chords begin");
            assert_eq!(textures.of(&traits), expected, "{traits:?}");
            assert!(
                Texture::ALL.into_iter().all(|other| (textures.clear(other, &traits) > 0.0) == (other == expected))
            );
        };
        check(all(&[0], 4, 16), &measure(&[(0, 16, 1)]), Texture::Held);
        check(all(&[0, 4, 8, 12], 3, 4), &bass, Texture::Quarters);
        check(all(&[4, 12], 3, 2), &bass, Texture::BassAndChords);
        check(all(&[2, 4, 6, 10, 12, 14], 1, 4), &bass, Texture::Broken);
        check(all(&eighths, 1, 3), &measure(&[(0, 16, 1)]), Texture::Flowing);
        let sixteenths: Vec<u8> = (0..16).filter(|step| step % 8 != 0).collect();
        check(all(&sixteenths, 1, 2), &bass, Texture::Rolling);
        check(all(&eighths, 2, 2), &all(&eighths, 1, 2), Texture::Driving);
    }

    #[test]
    fn where_no_chord_begins_there_is_no_texture() {
        assert_eq!(Traits::of(&Measure::silent(16), &measure(&[(0, 4, 1)])), None);
    }

    #[test]
    fn a_waltz_is_as_busy_as_its_beats() {
        let in_three = |strokes: &[(u8, u8, i32)]| Measure::from_notes(12, measure(strokes).notes().iter().copied());
        let three = Traits::of(&in_three(&[(4, 4, 3), (8, 4, 3)]), &in_three(&[(0, 4, 1)])).expect("chords begin");
        let four =
            Traits::of(&measure(&[(4, 4, 3), (8, 4, 3), (12, 4, 3)]), &measure(&[(0, 4, 1)])).expect("chords begin");
        assert!((three.0[0] - 8.0 / 3.0).abs() < 1e-6 && (four.0[0] - 3.0).abs() < 1e-6, "{three:?} {four:?}");
    }
}
