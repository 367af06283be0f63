//! People's notes, laid in the chords of the moment.

use super::excerpt::{Excerpt, FigureNote, PARTS};
use super::foundation::{WORTH_STRIKING, founded};
use super::ground::Ground;
use super::tones::{class_at, class_of, nearest};
use crate::music::band::KeyRange;
use crate::music::chord::PitchClasses;
use crate::music::measure::Measure;
use crate::music::note::{Key, Note, Step, Velocity};

/// How wide a voice plays, as a factor of what people do there: the way from chord to chord adds to it. Chosen on the
/// validation songs, by how far keys spread.
const NARROW: f32 = 0.8;

/// The same of the second tune. Chosen likewise, by how wide it leaps.
const NARROW_LINE: f32 = 0.7;

/// The same of the bass. Chosen likewise, and by how wide it leaps.
const NARROW_BASS: f32 = 0.45;

/// The place of the chords among the voices. Required: the bank's order.
pub(super) const CHORDS: usize = 1;

/// What a semitone away from where people's note would lie costs. Chosen: the shape stays.
const FAR: f32 = 0.12;

/// What another place in the chord than people's note had costs. Chosen: about four semitones.
const OTHER: f32 = 0.5;

/// What a note costs that neither the chord nor the plan has. Chosen: more than all that may speak for it.
const FOREIGN: f32 = 2.0;

/// How much it counts that the user is imagined to sound the same class all the time. Chosen on the validation songs.
const FIT: f32 = 3.75;

/// The same over a known chord, whose own tones come first. Chosen on the validation songs.
const FIT_KNOWN: f32 = 3.0;

/// What it costs if the user is imagined to sound a semitone beside it. Chosen on the validation songs.
const CLASH: f32 = 2.0;

/// What a class costs that the same chord has already. Chosen on the validation songs: as many classes at once as people.
const DOUBLED: f32 = 1.5;

/// What it costs if the highest of the notes of chords that begin together is no root, third or fifth over the bass: it may be
/// the only one, and what a bass holds below another tone is heard as another chord. Chosen on the validation songs: as often
/// as people's the chords then fit the bass. Over a known chord, whose bass says which it is, it costs nothing: chosen likewise,
/// with people's chords as their chart.
const OVER_BASS: f32 = 0.5;

/// What a key costs that is taken. Required: more than all else, for no key starts twice.
const TAKEN: f32 = 9.0;

/// What it costs if a line repeats its note where people's moves, or moves where theirs repeats it. Chosen on the
/// validation songs, by how often notes are repeated.
const REPEATED: f32 = 2.0;

/// The same of the second tune. Chosen likewise: a line that leaps less repeats more.
const REPEATED_LINE: f32 = 4.0;

/// The same of the bass. Chosen likewise.
const REPEATED_BASS: f32 = 4.0;

/// The same where the bass says which chord it is, in semitones, over a chord that is foretold: where people's moves, it rather
/// leaps an octave than to strike the root once more. Chosen likewise: it repeats its note nearly as seldom as people's.
const REPEATED_FOUNDED: f32 = 5.0;

/// What a semitone costs by which a line of single notes leaps wider than people's. Chosen on the validation songs, by how
/// wide the second tune leaps.
const LEAP: f32 = 0.4;

/// The same of the bass. Chosen with it.
const LEAP_BASS: f32 = 0.05;

/// The same where the bass says which chord it is, and only the octave is open. Chosen likewise: of two that are about as far
/// from where people's note would lie, the one near the note before.
const LEAP_FOUNDED: f32 = 0.1;

/// How much longer the notes of chords ring, as a factor: a pianist holds the pedal. Chosen on the validation songs.
const RING: f32 = 1.15;

/// The same of the bass. Chosen likewise.
const RING_BASS: f32 = 1.05;

/// How many steps more a note of a chord rings where another one of the same voice sounds anyway: one more tone, and no rest
/// less. Chosen on the validation songs, by how often the user's notes are found in what sounds, and by how long people's
/// chords sound.
const RING_ON: u8 = 2;

/// The same over a chord that is known, from a chart or since it is held; and how many steps a tone of it rings beyond where
/// people's ended, though nothing else sounds. Chosen on the validation songs, with people's chords as their chart: who names a
/// chord wants to hear it.
const RING_ON_KNOWN: (u8, u8) = (8, 4);

/// What a tone of a known chord is worth that was not struck since the chord came: a seventh that was typed is heard. Chosen
/// likewise.
const MISSING: f32 = 1.0;

/// The same of its root, which the bass has. Chosen.
const MISSING_ROOT: f32 = 0.5;

/// A note that rings ends where the user is imagined to sound a semitone beside it, by so much more than the same class.
/// Chosen: a little is no clash.
const RINGS_TO: f32 = 0.05;

/// How much more a semitone beside counts then than the same class. Chosen.
const BESIDE: f32 = 2.0;

/// Where one note may lie, from where people's would. Chosen: more than half an octave.
const REACH: i32 = 7;

/// One voice's measure of people's, and where it is to be laid.
#[derive(Clone, Copy)]
pub(super) struct Figure<'a> {
    pub(super) excerpt: &'a Excerpt,
    pub(super) place: usize,
    pub(super) part: usize,
    /// What the voice plays in the measure before.
    pub(super) before: Option<&'a Measure>,
    /// What the bass plays below it, in C.
    pub(super) below: Option<&'a Measure>,
    /// Around which key, in C.
    pub(super) middle: f32,
    /// The keys that the voice has.
    pub(super) range: KeyRange,
}

/// The note before in a line: people's key, and the band's.
type Before = Option<(i32, i32)>;

impl Figure<'_> {
    /// As it is played, `home` semitones below C.
    pub(super) fn laid(&self, ground: &Ground, steps: u8, home: i32) -> Measure {
        let mut out = Measure::silent(steps);
        let mut line = self.line_before(home);
        let notes = &self.excerpt.measures[self.place].parts[self.part];
        let chords = notes.chunk_by(|a, b| a.step == b.step).filter(|chord| chord[0].step < steps);
        // The classes that were struck since the chord came.
        let (mut struck, mut since) = (PitchClasses::NONE, ground.span(0).0);
        for together in chords {
            let mut highest_first: Vec<&FigureNote> = together.iter().collect();
            highest_first.sort_by_key(|note| std::cmp::Reverse(note.key));
            let mut taken = Vec::new();
            let (from, _) = ground.span(together[0].step);
            if from != since {
                (struck, since) = (PitchClasses::NONE, from);
            }
            for note in highest_first {
                let key = self.key(note, ground, (&taken, struck), if taken.is_empty() { line } else { None });
                taken.push(key);
                struck = struck.or(PitchClasses::of(&[class_of(key)]));
                if taken.len() == 1 {
                    line = Some((i32::from(note.key), key));
                }
                if let Some(note) = self.note(note, key, ground, (steps, home)) {
                    out.push(note);
                }
            }
        }
        if self.part + 1 == PARTS { founded(&out, ground, self.range, home) } else { out }
    }

    /// The key of a note, in C.
    fn key(&self, note: &FigureNote, ground: &Ground, (taken, struck): (&[i32], PitchClasses), line: Before) -> i32 {
        let bass = self.part + 1 == PARTS;
        let (chord, sounds) = &ground.chords[usize::from(note.step)];
        let own = class_at(*chord, note.degree, sounds);
        let (narrow, repeated) = match self.part {
            CHORDS => (NARROW, REPEATED),
            _ if bass => (NARROW_BASS, REPEATED_BASS),
            _ => (NARROW_LINE, REPEATED_LINE),
        };
        let wanted = self.middle + narrow * (f32::from(note.key) - self.excerpt.middles[self.part]);
        let near = rounded(wanted);
        // By how much it leaps wider than people's.
        let wider = |key: i32| {
            let wider = |(people, band): (i32, i32)| (key - band).abs() - (i32::from(note.key) - people).abs();
            line.map_or(0.0, |line| from(wider(line).max(0)))
        };
        // Where people's bass moves on and the chord stays, so does the band's: a root again says nothing new.
        let goes_on = || {
            let before = usize::from(note.step).checked_sub(1).map(|before| ground.chords[before].0);
            let moves = |(people, band): (i32, i32)| people != i32::from(note.key) && class_of(band) == own;
            before == Some(*chord) && line.is_some_and(moves)
        };
        let known = ground.known[usize::from(note.step)];
        // The bass says which chord it is.
        if bass && note.step.is_multiple_of(self.excerpt.founded) && !goes_on() {
            let again =
                |key: i32| !known && line.is_some_and(|(people, band)| people != i32::from(note.key) && band == key);
            let once_more = |key: i32| if again(key) { REPEATED_FOUNDED } else { 0.0 };
            let costs = |key: i32| (from(key) - wanted).abs() + LEAP_FOUNDED * wider(key) + once_more(key);
            let key = nearest(near, own);
            return [key, key - 12, key + 12].into_iter().min_by(|&a, &b| costs(a).total_cmp(&costs(b))).unwrap_or(key);
        }
        let imagined = if bass { [0.0; 12] } else { ground.user.classes(note.step, note.step + note.length) };
        let fit = if known { FIT_KNOWN } else { FIT };
        let known = self.part == CHORDS && known;
        let over_bass = self.part == CHORDS && !known && taken.is_empty() && !note.continued;
        let costs = |key: i32| {
            let class = class_of(key);
            let at = usize::from(class);
            let mut costs = FAR * (from(key) - wanted).abs() - fit * imagined[at]
                + CLASH * (imagined[(at + 1) % 12] + imagined[(at + 11) % 12]);
            if class != own {
                costs += if bass { 2.0 * OTHER } else { OTHER };
                if !chord.pitch_classes().has(class) && (bass || sounds[at] <= 0.0) {
                    costs += FOREIGN;
                }
            }
            if taken.contains(&key) {
                costs += TAKEN;
            } else if taken.iter().any(|&other| class_of(other) == class) {
                costs += DOUBLED;
            }
            if over_bass && !self.fits_bass(class, note.step) {
                costs += OVER_BASS;
            }
            if known && chord.pitch_classes().has(class) && !struck.has(class) {
                costs -= if class == chord.root { MISSING_ROOT } else { MISSING };
            }
            costs += wider(key)
                * match self.part {
                    CHORDS => 0.0,
                    _ if bass => LEAP_BASS,
                    _ => LEAP,
                };
            if line.is_some_and(|(people, band)| (people == i32::from(note.key)) != (band == key)) {
                costs += repeated;
            }
            costs
        };
        (near - REACH..=near + REACH).min_by(|&a, &b| costs(a).total_cmp(&costs(b))).unwrap_or(near)
    }

    /// Is this class the root, the third or the fifth over what the bass sounds at this step?
    fn fits_bass(&self, class: u8, step: u8) -> bool {
        let low = self.below.and_then(|below| below.notes().iter().find(|note| note.sounds_at(step)));
        low.is_none_or(|low| matches!((class + 12 - low.key.pitch_class()) % 12, 0 | 3 | 4 | 7))
    }

    /// The note on this key in C; `None` where it was held and is not any more.
    fn note(&self, note: &FigureNote, key: i32, ground: &Ground, (steps, home): (u8, i32)) -> Option<Note> {
        let class = class_of(key);
        let key = self.range.folded(Key::clamped(key - home));
        let end = self.end(note, class, ground).min(steps);
        // A note ends where a chord comes in which it has no place.
        let chord = ground.chords[usize::from(note.step)].0;
        let holds = |step: &u8| {
            let now = ground.chords[usize::from(*step)].0;
            // What becomes of a bass there is decided of its whole line.
            now == chord || now.pitch_classes().has(class) || self.part + 1 == PARTS
        };
        let length = u8::try_from((note.step..end).take_while(holds).count()).unwrap_or(1);
        let handed_on = |before: &Measure| before.notes().iter().any(|other| other.key == key && other.continues);
        let continued = note.continued && self.before.is_some_and(handed_on);
        if note.continued && !continued && length < WORTH_STRIKING {
            return None;
        }
        let continues = note.step + length == steps && self.excerpt.continues(self.place, self.part, note);
        let velocity = Velocity::clamped(f32::from(note.velocity));
        Some(Note { step: Step(note.step), length, key, velocity, continues, continued })
    }

    /// Where a note of this class ends, as far as the measure and the chord go: where people's does, or later.
    fn end(&self, note: &FigureNote, class: u8, ground: &Ground) -> u8 {
        let own = note.step + note.length;
        let longer =
            |ring: f32| note.step + u8::try_from(rounded(ring * f32::from(note.length))).unwrap_or(note.length);
        match self.part {
            CHORDS => {}
            part if part + 1 == PARTS => return longer(RING_BASS),
            _ => return own,
        }
        let sounds = |step: u8| {
            let notes = &self.excerpt.measures[self.place].parts[self.part];
            notes.iter().any(|other| (other.step..other.step + other.length).contains(&step))
        };
        let fits = |step: u8| {
            let (imagined, at) = (ground.user.classes(step, step + 1), usize::from(class));
            imagined[at] - BESIDE * (imagined[(at + 1) % 12] + imagined[(at + 11) % 12])
        };
        let rung = longer(RING);
        let (on, over) = if ground.known[usize::from(note.step)] { RING_ON_KNOWN } else { (RING_ON, 0) };
        let rings_on = |step: &u8| {
            let Some((chord, _)) = ground.chords.get(usize::from(*step)) else { return false };
            let fit = fits(*step);
            chord.pitch_classes().has(class)
                && (*step < rung && fit >= -RINGS_TO || (sounds(*step) || *step < rung + over) && fit >= 0.0)
        };
        own + u8::try_from((own..rung + on).take_while(rings_on).count()).unwrap_or(0)
    }

    /// The highest note of the onset before this measure.
    fn line_before(&self, home: i32) -> Before {
        let people = &self.excerpt.measures[self.place.checked_sub(1)?].parts[self.part];
        let step = people.iter().map(|note| note.step).max()?;
        let people = people.iter().filter(|note| note.step == step).map(|note| note.key).max()?;
        let before = self.before?;
        let step = before.onsets().map(|note| note.step).max()?;
        let own = before.onsets().filter(|note| note.step == step).map(|note| note.key.get()).max()?;
        Some((i32::from(people), i32::from(own) + home))
    }
}

#[expect(clippy::cast_possible_truncation, reason = "keys and lengths")]
fn rounded(number: f32) -> i32 {
    number.round() as i32
}

/// A key near a voice's.
fn from(key: i32) -> f32 {
    i16::try_from(key).map_or(0.0, f32::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::band::{BandMeasure, BandSpec};
    use crate::music::chart::MeasureChords;
    use crate::predict::predictor::PredictRequest;
    use crate::systems::figures::excerpt::FigureMeasure;
    use crate::systems::figures::imagined::Imagined;

    /// Chords of people's: C and E for a quarter, then G for a half, over C; and how long each sounds if the user is
    /// imagined to hold this key.
    fn lengths(user: Option<i32>) -> Vec<(u8, u8)> {
        let spec = BandSpec::pop();
        let mut request = PredictRequest::empty();
        request.chords = MeasureChords::NONE;
        request.chords.set_from(0, "C".parse().ok());
        let user = user.map(|key| Imagined::holding(key, 16)).unwrap_or_default();
        let ground = Ground::new(&request, &BandMeasure::missing(16), None, user);
        let note = |step, length, key, degree| FigureNote { step, length, key, degree, velocity: 80, continued: false };
        let notes = vec![note(0, 4, 60, 0), note(0, 4, 64, 2), note(4, 8, 67, 4)];
        let measure = FigureMeasure { parts: [vec![], notes, vec![]], ..Default::default() };
        let excerpt = Excerpt::new([16; 2], None, vec![measure]);
        let middle = excerpt.middles[CHORDS];
        let range = spec.voices[spec.voice("Chords").expect("chords").index()].range;
        let figure = Figure { excerpt: &excerpt, place: 0, part: CHORDS, before: None, below: None, middle, range };
        figure.laid(&ground, 16, 0).notes().iter().map(|note| (note.step.0, note.length)).collect()
    }

    #[test]
    fn a_tone_rings_on_where_another_sounds_and_ends_where_the_user_would_clash() {
        let own = [(0, 4), (0, 4), (4, 8)];
        let longer = |lengths: &[(u8, u8)]| lengths.iter().zip(own).filter(|(ring, own)| ring.1 > own.1).count();
        assert!(longer(&lengths(None)) >= 2, "{:?}", lengths(None));
        // F lies beside E, F sharp beside G.
        for key in [77, 78] {
            assert!(longer(&lengths(Some(key))) < longer(&lengths(None)), "{key}: {:?}", lengths(Some(key)));
        }
    }

    /// The class of one note of chords that is people's fifth over C, above a bass that holds this key, where the user is
    /// imagined to touch E.
    fn over_bass(bass: Option<i32>, known: bool) -> u8 {
        let spec = BandSpec::pop();
        let mut request = PredictRequest::empty();
        let mut told = MeasureChords::NONE;
        told.set_from(0, "C".parse().ok());
        if known {
            request.chords = told;
        } else {
            request.chords.foretell(&told);
        }
        let ground = Ground::new(&request, &BandMeasure::missing(16), None, Imagined::holding(76, 2));
        let note = FigureNote { step: 0, length: 16, key: 67, degree: 4, velocity: 80, continued: false };
        let measure = FigureMeasure { parts: [vec![], vec![note], vec![]], ..Default::default() };
        let excerpt = Excerpt::new([16; 2], None, vec![measure]);
        let below = bass.map(|key| Measure::from_notes(16, [Note::new(0, 16, Key::clamped(key))]));
        let range = spec.voices[spec.voice("Chords").expect("chords").index()].range;
        let middle = excerpt.middles[CHORDS];
        let figure =
            Figure { excerpt: &excerpt, place: 0, part: CHORDS, before: None, below: below.as_ref(), middle, range };
        figure.laid(&ground, 16, 0).notes()[0].key.pitch_class()
    }

    #[test]
    fn the_chords_fit_the_bass_below_them() {
        let foretold = |bass| over_bass(bass, false);
        assert_eq!([None, Some(36), Some(40)].map(foretold), [7, 7, 7], "the fifth over the root, or over the third");
        assert_eq!(foretold(Some(33)), 4, "over A, G sounds as another chord, and E is as good");
        assert_eq!(over_bass(Some(33), true), 7, "what a chart says stands");
    }

    /// The classes that chords of two notes, struck as C and G on every quarter over C, have over a chord.
    fn classes(chord: &str, foretold: bool) -> Vec<u8> {
        let spec = BandSpec::pop();
        let (mut request, mut told) = (PredictRequest::empty(), MeasureChords::NONE);
        told.set_from(0, chord.parse().ok());
        if foretold {
            request.chords.foretell(&told)
        } else {
            request.chords = told
        }
        let ground = Ground::new(&request, &BandMeasure::missing(16), None, Imagined::default());
        let note = |step, key, degree| FigureNote { step, length: 4, key, degree, velocity: 80, continued: false };
        let notes = [0, 4, 8, 12].into_iter().flat_map(|step| [note(step, 60, 0), note(step, 67, 4)]).collect();
        let excerpt =
            Excerpt::new([16; 2], None, vec![FigureMeasure { parts: [vec![], notes, vec![]], ..Default::default() }]);
        let range = spec.voices[spec.voice("Chords").expect("chords").index()].range;
        let middle = excerpt.middles[CHORDS];
        let figure = Figure { excerpt: &excerpt, place: 0, part: CHORDS, before: None, below: None, middle, range };
        let mut found: Vec<u8> =
            figure.laid(&ground, 16, 0).notes().iter().map(|note| note.key.pitch_class()).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    #[test]
    fn every_tone_of_a_chord_that_was_typed_is_heard() {
        for (chord, tones) in
            [("C", &[0, 4, 7][..]), ("Cmaj7", &[0, 4, 7, 11]), ("F7", &[0, 3, 5, 9]), ("Bm7b5", &[2, 5, 9, 11])]
        {
            assert_eq!(classes(chord, false), tones, "{chord}");
        }
        assert_eq!(classes("Cmaj7", true), [0, 7], "what is only foretold is laid as people laid it");
    }

    #[test]
    fn where_peoples_bass_moves_the_root_leaps_an_octave_sooner_than_it_comes_again() {
        // People go from C to F; here C stays, and its root was struck last, the nearer of two.
        let key = |known: bool| {
            let spec = BandSpec::pop();
            let (mut request, mut told) = (PredictRequest::empty(), MeasureChords::NONE);
            told.set_from(0, "C".parse().ok());
            if known {
                request.chords = told;
            } else {
                request.chords.foretell(&told);
            }
            let ground = Ground::new(&request, &BandMeasure::missing(16), None, Imagined::default());
            let bass = |key| FigureMeasure {
                parts: [
                    vec![],
                    vec![],
                    vec![FigureNote { step: 0, length: 16, key, degree: 0, velocity: 80, continued: false }],
                ],
                ..Default::default()
            };
            let excerpt = Excerpt::new([16; 2], None, vec![bass(36), bass(41)]);
            let before = Measure::from_notes(16, [Note::new(0, 16, Key::clamped(48))]);
            let range = spec.voices[spec.voice("Bass").expect("a bass").index()].range;
            let part = PARTS - 1;
            let figure =
                Figure { excerpt: &excerpt, place: 1, part, before: Some(&before), below: None, middle: 41.0, range };
            figure.laid(&ground, 16, 0).notes()[0].key.get()
        };
        assert_eq!((key(false), key(true)), (36, 48));
    }
}
