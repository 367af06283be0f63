//! A band: its voices, and a measure that they play together.

use serde::{Deserialize, Serialize};

use crate::music::measure::Measure;
use crate::music::note::{Channel, Key};

/// The most voices that a band has. Chosen: twice those of the bands that ship.
pub const MAX_VOICES: usize = 8;

/// What a voice does in the music.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The tune.
    Melody,
    /// A second tune beside it, or an inner part.
    Counter,
    /// Chords.
    Harmony,
    /// The lowest part.
    Bass,
}

/// How many notes a voice plays at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Polyphony {
    /// One.
    Mono,
    /// Any number.
    Poly,
}

/// The keys that a voice uses, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRange {
    /// The lowest.
    pub low: Key,
    /// The highest.
    pub high: Key,
}

impl KeyRange {
    /// Every key.
    pub const FULL: Self = Self { low: Key::MIN, high: Key::MAX };

    /// How many keys it holds.
    #[must_use]
    pub fn len(self) -> usize {
        usize::from(self.high.get().saturating_sub(self.low.get())) + 1
    }

    /// Is it without a key? Never.
    #[must_use]
    pub fn is_empty(self) -> bool {
        false
    }

    /// Is this key in it?
    #[must_use]
    pub fn contains(self, key: Key) -> bool {
        (self.low..=self.high).contains(&key)
    }

    /// The key moved by octaves into the range; where the range is narrower than an octave and
    /// lacks the pitch class, the nearest end.
    #[must_use]
    pub fn folded(self, key: Key) -> Key {
        let (low, high) = (i32::from(self.low.get()), i32::from(self.high.get()));
        let mut number = i32::from(key.get());
        while number < low {
            number += 12;
        }
        while number > high {
            number -= 12;
        }
        Key::clamped(number.clamp(low, high.max(low)))
    }

    /// The key's place, the lowest key's being 0; keys out of the range are folded into it.
    #[must_use]
    pub fn place(self, key: Key) -> usize {
        usize::from(self.folded(key).get().saturating_sub(self.low.get()))
    }
}

/// One voice of a band.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voice {
    /// Its name, as its track is called in the training files.
    pub name: String,
    /// What it does.
    pub role: Role,
    /// One note at once, or any number.
    pub polyphony: Polyphony,
    /// The keys that it uses.
    pub range: KeyRange,
    /// Its channel unless the user chooses another.
    pub channel: Channel,
    /// Its General MIDI program, 0 to 127.
    pub program: u8,
}

/// A band's name and voices: what a band file says of itself, and what the host is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BandSpec {
    /// Its name.
    pub name: String,
    /// Its voices, at most [`MAX_VOICES`], from the highest to the lowest.
    pub voices: Vec<Voice>,
}

impl BandSpec {
    /// The voice of this name; letter case does not matter.
    #[must_use]
    pub fn voice(&self, name: &str) -> Option<VoiceId> {
        self.voices.iter().position(|voice| voice.name.eq_ignore_ascii_case(name)).and_then(VoiceId::new)
    }

    /// All of its voices.
    #[must_use]
    pub fn all(&self) -> VoiceMask {
        (0..self.voices.len()).filter_map(VoiceId::new).collect()
    }

    /// The band of POP909's arrangements: Lead, Counter, Chords, Bass.
    #[must_use]
    pub fn pop() -> Self {
        Self {
            name: "pop".into(),
            voices: vec![
                Voice::new("Lead", Role::Melody, Polyphony::Mono, (48, 88), 0, 80),
                Voice::new("Counter", Role::Counter, Polyphony::Mono, (48, 90), 1, 11),
                Voice::new("Chords", Role::Harmony, Polyphony::Poly, (40, 88), 2, 0),
                Voice::new("Bass", Role::Bass, Polyphony::Mono, (26, 55), 3, 33),
            ],
        }
    }

    /// A choir: Soprano, Alto, Tenor, Bass.
    #[must_use]
    pub fn chorale() -> Self {
        Self {
            name: "chorale".into(),
            voices: vec![
                Voice::new("Soprano", Role::Melody, Polyphony::Mono, (57, 84), 0, 52),
                Voice::new("Alto", Role::Counter, Polyphony::Mono, (50, 77), 1, 52),
                Voice::new("Tenor", Role::Counter, Polyphony::Mono, (43, 72), 2, 52),
                Voice::new("Bass", Role::Bass, Polyphony::Mono, (33, 67), 3, 52),
            ],
        }
    }
}

impl BandSpec {
    /// A drummer alone, whose keys are those of General MIDI's percussion.
    #[must_use]
    pub fn drums() -> Self {
        let voice = Voice::new("Drums", Role::Counter, Polyphony::Poly, (22, 59), 9, 0);
        Self { name: "drums".into(), voices: vec![voice] }
    }
}

impl Voice {
    fn new(name: &str, role: Role, polyphony: Polyphony, (low, high): (i32, i32), channel: u8, program: u8) -> Self {
        let range = KeyRange { low: Key::clamped(low), high: Key::clamped(high) };
        // PANIC: the two bands above name channels below 16.
        let channel = Channel::new(channel).expect("a channel below 16");
        Self { name: name.into(), role, polyphony, range, channel, program }
    }
}

/// Which of a band's voices, by its place in [`BandSpec::voices`]. Always below [`MAX_VOICES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct VoiceId(u8);

impl VoiceId {
    /// A band's first voice.
    pub const FIRST: Self = Self(0);

    /// The voice at this place, if a band can have so many.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "below MAX_VOICES")]
    pub const fn new(index: usize) -> Option<Self> {
        if index < MAX_VOICES { Some(Self(index as u8)) } else { None }
    }

    /// Its place.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A set of voices. A set bit means *present* (or *chosen*).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct VoiceMask(u8);

impl VoiceMask {
    /// No voice.
    pub const NONE: Self = Self(0);

    /// Just this one.
    #[must_use]
    pub const fn only(voice: VoiceId) -> Self {
        Self(1 << voice.0)
    }

    /// Is the voice in it?
    #[must_use]
    pub const fn has(self, voice: VoiceId) -> bool {
        self.0 & (1 << voice.0) != 0
    }

    /// With this voice.
    #[must_use]
    pub const fn with(self, voice: VoiceId) -> Self {
        Self(self.0 | 1 << voice.0)
    }

    /// Without this voice.
    #[must_use]
    pub const fn without(self, voice: VoiceId) -> Self {
        Self(self.0 & !(1 << voice.0))
    }

    /// The voices in either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The voices in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// No voice at all?
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many voices.
    #[must_use]
    pub const fn count(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The voices, in order.
    pub fn iter(self) -> impl Iterator<Item = VoiceId> {
        (0..MAX_VOICES).filter_map(VoiceId::new).filter(move |&voice| self.has(voice))
    }
}

impl FromIterator<VoiceId> for VoiceMask {
    fn from_iter<T: IntoIterator<Item = VoiceId>>(voices: T) -> Self {
        voices.into_iter().fold(Self::NONE, Self::with)
    }
}

/// A measure that all voices play (or rest) together.
///
/// # Realtime safety
/// `Copy`, of fixed size (2.6 KB): nothing to allocate or free.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BandMeasure {
    /// Which voices are known here. A voice that is not present was not heard (missing data);
    /// one that is present and silent rests.
    pub present: VoiceMask,
    voices: [Measure; MAX_VOICES],
}

impl BandMeasure {
    /// A measure of so many steps (1…16) in which no voice is present.
    #[must_use]
    pub const fn missing(steps: u8) -> Self {
        Self { present: VoiceMask::NONE, voices: [Measure::silent(steps); MAX_VOICES] }
    }

    /// How many steps it has, 1…16.
    #[must_use]
    pub const fn steps(&self) -> u8 {
        self.voices[0].steps()
    }

    /// What this voice plays; silent where it is not present.
    #[must_use]
    pub const fn voice(&self, voice: VoiceId) -> &Measure {
        &self.voices[voice.index()]
    }

    /// Puts in what this voice plays, and marks it as present. A measure of another length is
    /// cut off or filled with silence.
    pub fn set(&mut self, voice: VoiceId, measure: &Measure) {
        self.voices[voice.index()] =
            if measure.steps() == self.steps() { *measure } else { measure.resized(self.steps()) };
        self.present = self.present.with(voice);
    }

    /// Takes out this voice: it is no longer present.
    pub fn clear(&mut self, voice: VoiceId) {
        self.voices[voice.index()] = Measure::silent(self.steps());
        self.present = self.present.without(voice);
    }

    /// What a voice plays, to change it in place.
    pub fn voice_mut(&mut self, voice: VoiceId) -> &mut Measure {
        &mut self.voices[voice.index()]
    }

    /// The same measure, moved by so many semitones.
    #[must_use]
    pub fn transposed(&self, semitones: i32) -> Self {
        let mut out = *self;
        for voice in self.present.iter() {
            out.voices[voice.index()] = self.voices[voice.index()].transposed(semitones);
        }
        out
    }

    /// How long each pitch class sounds in these voices, in steps: `[12]`.
    #[must_use]
    pub fn chroma(&self, voices: VoiceMask) -> [f32; 12] {
        let mut sum = [0.0; 12];
        for voice in voices.and(self.present).iter() {
            for (total, part) in sum.iter_mut().zip(self.voice(voice).chroma()) {
                *total += part;
            }
        }
        sum
    }

    /// Does none of these voices play a note?
    #[must_use]
    pub fn is_silent(&self, voices: VoiceMask) -> bool {
        voices.and(self.present).iter().all(|voice| self.voice(voice).is_silent())
    }
}

impl std::fmt::Debug for BandMeasure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut map = f.debug_map();
        for voice in self.present.iter() {
            map.entry(&voice.index(), self.voice(voice));
        }
        map.finish()
    }
}
