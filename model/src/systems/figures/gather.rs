//! Figures gathered from songs.

use super::bank::{FigureBank, VELOCITY_STEP};
use super::excerpt::{Excerpt, FigureMeasure, FigureNote, PART_NAMES, TUNE};
use super::tones::degree;
use super::traits::{Textures, Traits};
use crate::midi_file::Song;
use crate::midi_file::band_song::BandSong;
use crate::music::band::{BandMeasure, BandSpec, Polyphony, VoiceId, VoiceMask};
use crate::music::chart::halves;
use crate::music::chord::Chord;
use crate::music::measure::Measure;
use crate::music::note::{Note, Step};
use crate::music::tonality::Tonality;
use crate::predict::texture::Texture;
use crate::random::{Rng, mix};

/// How many measures of a song are kept. Chosen: four phrases, as long as what is remembered of a jam.
const LONG: usize = 32;

/// How many measures an excerpt must have. Chosen: two phrases.
const SHORT: usize = 8;

/// A phrase's length, in measures: excerpts begin so far, or a multiple, after the tune. Chosen.
const PHRASE: usize = 4;

/// How many excerpts are kept of a texture in measures of one length, each of another song. Chosen: as many seeds differ.
const OF_TEXTURE: usize = 12;

/// The longest of them, in phrases. Chosen: a verse.
const PHRASES: usize = 4;

/// With so few songs of a texture in three quarters, those in four that are made to fit are taken besides. Chosen: seeds would
/// hardly differ.
const FEW: usize = 4;

/// Where a measure is less clear than this, what is kept would not be of its texture: another's middle is as much nearer.
/// Chosen: of waltzes there are few.
const UNCLEAR: f32 = -0.25;

/// How many notes a measure a second tune has at most, in the mean of a phrase. Chosen: with more it is a figure itself.
const OF_LINE: usize = 6;

/// How much clearer a stretch must be that is a phrase shorter. Chosen: a quarter of the way from one texture's middle to the
/// next for four phrases in place of one.
const LONGER: f32 = 0.08;

/// The figures of these songs: of each, one excerpt that begins where a phrase does; and of `textured` those phrases that are
/// most clearly of a texture. Songs that lack a voice, change their meter in the excerpt or are too short are left out.
#[must_use]
pub fn gather<'a>(
    songs: impl IntoIterator<Item = &'a Song>,
    textured: impl IntoIterator<Item = &'a Song>,
    seed: u64,
) -> FigureBank {
    let excerpts = songs.into_iter().zip(0u64..).filter_map(|(song, at)| {
        let song = Accompanied::of(song)?;
        let places = (song.measures.len()).saturating_sub(LONG) / PHRASE + 1;
        song.excerpt(PHRASE * Rng::new(mix(seed, at)).below(places), LONG, SHORT, None)
    });
    let mut bank = FigureBank::new(excerpts.collect());
    let songs: Vec<Accompanied> = textured.into_iter().filter_map(Accompanied::of).collect();
    bank.excerpts.extend(of_textures(&songs));
    bank
}

/// A song that has all voices, in C, from the tune's first measure to the accompaniment's last.
struct Accompanied {
    measures: Vec<BandMeasure>,
    tune: VoiceId,
    parts: [VoiceId; PART_NAMES.len()],
}

impl Accompanied {
    fn of(song: &Song) -> Option<Self> {
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
        let measures = song.measures.get(first..=last)?.iter().map(|measure| measure.transposed(home)).collect();
        Some(Self { measures, tune, parts })
    }

    /// At most `most` measures from this one on, as far as they have its length; `None` of fewer than `least`.
    fn excerpt(&self, from: usize, most: usize, least: usize, texture: Option<Texture>) -> Option<Excerpt> {
        let steps = self.measures.get(from)?.steps();
        let same = self.measures[from..].iter().take(most).take_while(|measure| measure.steps() == steps);
        let mut chord = None;
        let measures: Vec<_> = same.map(|measure| figure(measure, self.tune, &self.parts, &mut chord)).collect();
        (measures.len() >= least).then(|| Excerpt::new([steps; 2], texture, measures))
    }

    /// The same in three quarters: of measures of four the third quarter is left out, so that one stays where it is and a
    /// boom-chick becomes a waltz. What rings on into the fourth quarter begins there, but no bass.
    fn in_three(&self) -> Self {
        let measure = |four: &BandMeasure| {
            let mut out = BandMeasure::missing(12);
            for voice in four.present.iter() {
                let notes = four.voice(voice).notes().iter();
                let three = notes.filter_map(|&note| in_three(note, Some(&voice) == self.parts.last()));
                out.set(voice, &Measure::from_notes(12, three));
            }
            out
        };
        let four = self.measures.iter().filter(|measure| measure.steps() == 16);
        Self { measures: four.map(measure).collect(), ..*self }
    }

    /// The traits of each phrase whose measures have chords and begin with the bass, all of one length.
    /// Where the bass does not say where one is, a song's bar lines may be misplaced; where the second tune is no line, it is
    /// a part of the texture.
    fn phrases(&self) -> Vec<Option<Phrase>> {
        let [counter, chords, bass] = self.parts;
        let traits = |measure: &BandMeasure| {
            let begins = measure.voice(bass).onsets().next().is_some_and(|note| note.step.0 == 0);
            Traits::of(measure.voice(chords), measure.voice(bass)).filter(|_| begins)
        };
        let phrase = |phrase: &[BandMeasure]| {
            let alike = phrase.iter().all(|measure| measure.steps() == phrase[0].steps());
            let line = phrase.iter().map(|measure| measure.voice(counter).onsets().count()).sum::<usize>();
            let measures: Vec<_> = phrase.iter().filter_map(traits).collect();
            let mean = Traits::mean(measures.iter().copied())
                .filter(|_| alike && line <= PHRASE * OF_LINE && measures.len() == PHRASE)?;
            Some(Phrase { measures, mean, steps: phrase[0].steps() })
        };
        self.measures.chunks_exact(PHRASE).map(phrase).collect()
    }
}

/// A note of four quarters where the third is left out; `None` where it is left out with it.
fn in_three(note: Note, bass: bool) -> Option<Note> {
    const OUT: std::ops::Range<u8> = 8..12;
    let moved =
        |step: u8| if step < OUT.start { step } else { OUT.start.max(step.saturating_sub(OUT.end - OUT.start)) };
    let (step, end) = (note.step.0, note.step.0 + note.length);
    let stays = !OUT.contains(&step) || !bass && end > OUT.end;
    stays.then(|| Note { step: Step(moved(step)), length: moved(end).saturating_sub(moved(step)).max(1), ..note })
}

/// What is compared of a phrase.
struct Phrase {
    /// Of its measures.
    measures: Vec<Traits>,
    /// Of all together.
    mean: Traits,
    /// How long each of its measures is.
    steps: u8,
}

/// The textures of people's phrases in four quarters.
#[derive(Clone, Debug)]
pub struct PeoplesTextures {
    textures: Textures,
    /// How many phrases there are of each, in the order of [`Texture::ALL`].
    pub phrases: [usize; Texture::ALL.len()],
}

impl PeoplesTextures {
    /// As they are in these songs.
    #[must_use]
    pub fn of(songs: &[Song]) -> Self {
        let songs: Vec<Accompanied> = songs.iter().filter_map(Accompanied::of).collect();
        let phrases = songs.iter().flat_map(|song| song.phrases().into_iter().flatten());
        let all: Vec<Traits> = phrases.filter(|phrase| phrase.steps == 16).map(|phrase| phrase.mean).collect();
        let mut out = Self { textures: Textures::found(&all, 16), phrases: [0; Texture::ALL.len()] };
        for phrase in &all {
            out.phrases[out.texture(phrase).index()] += 1;
        }
        out
    }

    /// The texture to whose middle these traits lie nearest.
    #[must_use]
    pub fn texture(&self, traits: &Traits) -> Texture {
        self.textures.of(traits)
    }
}

/// Phrases of one song in one texture.
struct Stretch {
    texture: Texture,
    /// The song, by its place, and the first phrase.
    song: usize,
    from: usize,
    phrases: usize,
    /// How clearly that measure is of the texture that is the least clear: one that is of another would be heard.
    clear: f32,
}

/// Of each texture, in measures of each length, the phrases of several songs that are clearest, the longer the sooner.
fn of_textures(songs: &[Accompanied]) -> Vec<Excerpt> {
    let phrases: Vec<Vec<Option<Phrase>>> = songs.iter().map(Accompanied::phrases).collect();
    let four = stretches(&phrases, 16, &Textures::found(&means(&phrases, 16), 16));
    let mut out: Vec<Excerpt> =
        Texture::ALL.into_iter().flat_map(|texture| clearest(songs, &four, texture, OF_TEXTURE)).collect();
    // There are too few waltzes to find middles in, and of some textures too few to play from.
    let songs_in_three: Vec<Accompanied> = songs.iter().map(Accompanied::in_three).collect();
    let phrases_in_three: Vec<Vec<Option<Phrase>>> = songs_in_three.iter().map(Accompanied::phrases).collect();
    let textures = Textures::described(&means(&phrases_in_three, 12), 12);
    let waltzes = stretches(&phrases, 12, &textures);
    let made = stretches(&phrases_in_three, 12, &textures);
    for texture in Texture::ALL {
        let mut real = clearest(songs, &waltzes, texture, OF_TEXTURE);
        if real.len() < FEW {
            real.extend(clearest(&songs_in_three, &made, texture, OF_TEXTURE - real.len()));
        }
        out.extend(real);
    }
    out
}

/// What is compared of all phrases in measures of this length.
fn means(phrases: &[Vec<Option<Phrase>>], steps: u8) -> Vec<Traits> {
    let of_length = phrases.iter().flatten().flatten().filter(|phrase| phrase.steps == steps);
    of_length.map(|phrase| phrase.mean).collect()
}

/// The clearest stretches of a texture, each of another song, as excerpts.
fn clearest(songs: &[Accompanied], stretches: &[Stretch], texture: Texture, most: usize) -> Vec<Excerpt> {
    let (mut taken, mut out) = (Vec::new(), Vec::new());
    for stretch in stretches.iter().filter(|stretch| stretch.texture == texture) {
        if out.len() < most && !taken.contains(&stretch.song) {
            let measures = PHRASE * stretch.phrases;
            let excerpt = songs[stretch.song].excerpt(PHRASE * stretch.from, measures, measures, Some(texture));
            taken.extend(excerpt.is_some().then_some(stretch.song));
            out.extend(excerpt);
        }
    }
    out
}

/// The stretches in measures of this length, the clearest first.
fn stretches(phrases: &[Vec<Option<Phrase>>], steps: u8, textures: &Textures) -> Vec<Stretch> {
    let mut out: Vec<Stretch> = Vec::new();
    for (song, phrases) in phrases.iter().enumerate() {
        let mut before: Option<usize> = None;
        for (from, phrase) in phrases.iter().enumerate() {
            let Some(phrase) = phrase.as_ref().filter(|phrase| phrase.steps == steps) else {
                before = None;
                continue;
            };
            let texture = textures.of(&phrase.mean);
            let clear = phrase.measures.iter().map(|measure| textures.clear(texture, measure)).fold(1.0, f32::min);
            match before.map(|before| &mut out[before]) {
                Some(goes) if goes.texture == texture && goes.phrases < PHRASES => {
                    goes.clear = goes.clear.min(clear);
                    goes.phrases += 1;
                }
                _ => {
                    before = Some(out.len());
                    out.push(Stretch { texture, song, from, phrases: 1, clear });
                }
            }
        }
    }
    out.retain(|stretch| stretch.clear > UNCLEAR);
    let rank = |of: &Stretch| of.clear + LONGER * u8::try_from(of.phrases).map_or(0.0, f32::from);
    out.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
    out
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::note::Key;

    #[test]
    fn a_boom_chick_becomes_a_waltz() {
        let three = |step, length, bass| {
            in_three(Note::new(step, length, Key::MIDDLE_C), bass).map(|note| (note.step.0, note.length))
        };
        assert_eq!([three(0, 4, true), three(8, 8, true)], [Some((0, 4)), None], "the bass on one, and no other");
        assert_eq!([three(4, 2, false), three(12, 4, false)], [Some((4, 2)), Some((8, 4))], "chords on two and three");
        // What rings into the fourth quarter begins on the third; what sounds through is as long as the measure.
        assert_eq!([three(8, 8, false), three(0, 16, false)], [Some((8, 4)), Some((0, 12))]);
        assert_eq!([three(8, 4, false), three(6, 4, false)], [None, Some((6, 2))]);
    }
}
