//! When the band's notes sound: from a measure of steps to note ons and offs in order.

mod event;
mod strokes;

use model::music::band::MAX_VOICES;
use model::music::chart::halves;
use model::music::chord::Chord;
use model::music::drums::{DRUMS, Drum, DrumMeasure};
use model::play::function::{ChordEar, half_of, mended_root, planned_chords};
use model::play::yielding::followed;
use model::random::mix;
use model::{
    BandMeasure, Channel, Key, KeyRange, MAX_NOTES, MAX_STEPS, Note, PitchFollow, PlayerHands, Rng, Tones, Velocity,
    VoiceId, VoiceMask,
};

use event::{Event, What};
pub use strokes::DrumSound;

use crate::midi::{BANDMATES, Bandmate, Message, Port};
use crate::sounding::{Outlet, Sounding};
use crate::units::{SampleOffset, Steps};

/// An on and an off for every note of every voice and for every stroke, and one more off for every note that the measure before handed on;
/// and each step, at which the user is listened to. Required by the sum.
const CAPACITY: usize = MAX_VOICES * (2 * MAX_NOTES + 128) + MAX_STEPS as usize + 2 * DRUMS * MAX_STEPS as usize + 128;

/// How far full swing moves the second sixteenth of an eighth, in steps: to the last third of a triplet. Chosen.
const FULL_SWING: f64 = 1.0 / 3.0;

/// How late full humanising lets a note begin, at most, in steps. Chosen: 25 ms at 120.
const FULL_LATENESS: f64 = 0.2;

/// How much full humanising changes a velocity, at most. Chosen.
const FULL_UNEVENNESS: f32 = 12.0;

/// How one voice sounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VoiceSound {
    /// On which channel.
    pub channel: Channel,
    /// Moved by so many semitones.
    pub shift: i32,
    /// And then by octaves into these keys.
    pub range: KeyRange,
}

impl VoiceSound {
    /// Where a key of the band sounds.
    #[must_use]
    pub fn place(&self, key: Key) -> (Channel, Key) {
        let mut moved = i32::from(key.get()) + self.shift;
        while moved < 0 {
            moved += 12;
        }
        while moved > 127 {
            moved -= 12;
        }
        (self.channel, self.range.folded(Key::clamped(moved)))
    }
}

/// How the band sounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sound {
    /// Each voice.
    pub voices: [VoiceSound; MAX_VOICES],
    /// The drummer.
    pub drums: DrumSound,
    /// The voices that are heard.
    pub audible: VoiceMask,
    /// The voice that is the bass.
    pub bass: Option<VoiceId>,
    /// The voices of which a tone may be lifted.
    pub lifting: VoiceMask,
    /// 0 even, 1 like triplets.
    pub swing: f64,
    /// 0 exact, 1 at its loosest.
    pub humanise: f64,
    /// Everything random comes from this and the measure's index.
    pub seed: u64,
}

/// A note that yielded to what the user holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Whose it is.
    pub voice: VoiceId,
    /// The step that it was planned for.
    pub step: u8,
    /// The planned key, as the band plays it.
    pub planned: Key,
    /// The key that is played instead, as the band plays it.
    pub plays: Key,
    /// How loud it was struck; `None`: it met another of the voice's, which was struck there at that moment, and sounds on in it.
    pub velocity: Option<Velocity>,
    /// It sounded already, and was struck again elsewhere at this step.
    pub again: bool,
}

/// A note that was lifted before its end, since it rubbed against what the user holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifted {
    /// Whose it is.
    pub voice: VoiceId,
    /// The step at which it was lifted.
    pub step: u8,
    /// The key that sounded, as it leaves.
    pub sounded: Key,
}

/// How a note of the band gave way to the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Yielded {
    /// It sounds elsewhere.
    Moved(Moved),
    /// It ended early.
    Lifted(Lifted),
}

/// Holds the events of the measure under way, and sends each at its time.
///
/// # Realtime safety
/// Of fixed size: nothing allocates. Only the scheduler sends the band's notes.
pub struct Scheduler {
    events: [Event; CAPACITY],
    len: usize,
    next: usize,
    /// What the band plays at each step.
    chords: [Tones; MAX_STEPS as usize],
    /// How many steps the measure has, and the chords that were planned for its halves.
    steps: u8,
    plans: [Option<Chord>; 2],
    ear: ChordEar,
    /// By the keys that were planned for the bass: what was struck for each last, and how loud.
    bass: [(Key, Velocity); 128],
    /// By voice, a bit a planned key: what was lifted before its end. Where it goes on over a bar line, it is not struck
    /// again.
    lifted: [u128; MAX_VOICES],
    struck: Struck,
    sound: Sound,
}

/// What was struck at one moment, in steps: by who struck it, a bit a key.
#[derive(Clone, Copy, Default)]
struct Struck {
    at: f64,
    keys: [u128; BANDMATES],
}

impl Struck {
    /// Whether this one struck this key, as it sounds, at this moment already; from now on it did.
    fn again(&mut self, at: f64, mate: Bandmate, sounds: Key) -> bool {
        if self.at.to_bits() != at.to_bits() {
            *self = Self { at, keys: [0; BANDMATES] };
        }
        let (keys, bit) = (&mut self.keys[mate.index()], 1 << sounds.get());
        let again = *keys & bit != 0;
        *keys |= bit;
        again
    }
}

impl std::fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scheduler").field("events", &&self.events[self.next..self.len]).finish_non_exhaustive()
    }
}

impl Scheduler {
    /// A scheduler with nothing to play.
    #[must_use]
    pub fn new(sound: Sound) -> Self {
        let nothing = Event { at: 0.0, step: 0, what: What::Ends, mate: Bandmate::Drummer, key: Key::MIN };
        let chords = [Tones::default(); MAX_STEPS as usize];
        Self {
            events: [nothing; CAPACITY],
            len: 0,
            next: 0,
            chords,
            steps: MAX_STEPS,
            plans: [None; 2],
            ear: ChordEar::default(),
            bass: [(Key::MIN, Velocity::DEFAULT); 128],
            lifted: [0; MAX_VOICES],
            struck: Struck::default(),
            sound,
        }
    }

    /// Another sound from now on. Notes that sound where they no longer should end now; notes that
    /// begin later in the measure under way take their new places.
    pub fn set_sound(&mut self, at: SampleOffset, sound: Sound, sounding: &mut Sounding, port: &mut impl Port) {
        for voice in (0..MAX_VOICES).filter_map(VoiceId::new) {
            let moved = sound.voices[voice.index()] != self.sound.voices[voice.index()];
            if moved || (self.sound.audible.has(voice) && !sound.audible.has(voice)) {
                sounding.release_mate(port, at, voice.into());
            }
        }
        let (new, old) = (sound.drums, self.sound.drums);
        if old.audible && (!new.audible || (new.channel, new.keys) != (old.channel, old.keys)) {
            sounding.release_mate(port, at, Bandmate::Drummer);
        }
        self.sound = sound;
    }

    /// Another sound, where nothing sounds.
    pub fn replace_sound(&mut self, sound: Sound) {
        self.sound = sound;
    }

    /// How the band sounds now.
    #[must_use]
    pub const fn sound(&self) -> &Sound {
        &self.sound
    }

    /// A measure begins: takes its notes and strokes, each with its velocity changed by `loudness`
    /// (a factor; 1 leaves it). Notes of the measure before that go on are not struck again; all
    /// others that still sound end at the bar line.
    pub fn load(
        &mut self,
        (measure, drums): (&BandMeasure, &DrumMeasure),
        (index, loudness, follow): (u32, f32, PitchFollow),
        sounding: &Sounding,
    ) {
        self.len = 0;
        self.next = 0;
        self.struck = Struck::default();
        self.steps = measure.steps();
        self.plans = [None; 2];
        if follow == PitchFollow::Chords {
            self.plans = planned_chords(measure, self.sound.bass);
        }
        if follow != PitchFollow::Off {
            for step in 0..self.steps {
                let at = self.place(step);
                self.add(Event { at, step, what: What::Listens, mate: VoiceId::FIRST.into(), key: Key::MIN });
            }
        }
        self.chords = Tones::of_steps(measure);
        for voice in (0..MAX_VOICES).filter_map(VoiceId::new) {
            let notes = if measure.present.has(voice) { measure.voice(voice).notes() } else { &[] };
            let goes_on = notes.iter().filter(|note| note.continued).fold(0, |keys, note| keys | 1 << note.key.get());
            self.lifted[voice.index()] &= goes_on;
            for key in (0..128).filter_map(Key::new).filter(|&key| sounding.has(voice, key)) {
                if !notes.iter().any(|note| note.continued && note.key == key) {
                    self.add(Event { at: 0.0, step: 0, what: What::Ends, mate: voice.into(), key });
                }
            }
            for note in notes {
                self.add_note(voice, note, index, loudness, sounding);
            }
        }
        for drum in Drum::ALL {
            self.add_strokes(drums, drum, loudness, sounding);
        }
        self.events[..self.len].sort_unstable_by(Event::order);
    }

    /// Nothing more of this measure is played.
    pub fn clear(&mut self) {
        self.len = 0;
        self.next = 0;
        self.ear = ChordEar::default();
        self.lifted = [0; MAX_VOICES];
    }

    /// The user strikes a key that may name a chord.
    pub fn touch(&mut self, key: Key) {
        self.ear.touch(key);
    }

    /// Where the next event is, in steps.
    #[must_use]
    pub fn due(&self) -> Option<Steps> {
        self.events[..self.len].get(self.next).map(|event| Steps(event.at))
    }

    /// Sends the event that is due. A note that would clash with what the user's `hands` hold yields to it, and says so;
    /// one that sounds is lifted.
    pub fn play(
        &mut self,
        at: SampleOffset,
        (follow, hands): (PitchFollow, impl FnOnce() -> PlayerHands),
        sounding: &mut Sounding,
        port: &mut impl Port,
    ) -> Option<Yielded> {
        let event = *self.events[..self.len].get(self.next)?;
        self.next += 1;
        let Event { step, what, mate, key, .. } = event;
        let velocity = match what {
            What::Ends => {
                self.forget_lift(mate, key);
                sounding.release(port, at, mate, key);
                return None;
            }
            What::Listens => return self.listen(at, step, (follow, hands()), sounding, port),
            What::Begins(velocity) => velocity,
        };
        let Bandmate::Voice(voice) = mate else {
            if self.sound.drums.audible {
                self.send(at, (mate, key), (self.place_of(mate, key), velocity), sounding, port);
            }
            return None;
        };
        if !self.sound.audible.has(voice) {
            return None;
        }
        // Struck again: what sounded for this key leaves its place.
        self.forget_lift(mate, key);
        sounding.release(port, at, mate, key);
        let sound = self.sound.voices[voice.index()];
        let events = &self.events[..self.len];
        let sounds = |other: Key| sounding.sounds_at(mate, sound.place(other));
        let planned_too = |other: Key| {
            let planned = |event: &Event| (event.step, event.mate, event.key) == (step, mate, other);
            events.iter().any(|event| matches!(event.what, What::Begins(_)) && planned(event))
        };
        let hands = hands();
        let player = if follow == PitchFollow::Chords { self.ear.hear(hands) } else { None };
        let chord = self.chords[usize::from(step).min(self.chords.len() - 1)];
        let plays = followed(key, &hands.holds, (player, self.plan(step)), chord, (sounds, planned_too));
        let velocity = self.strike(at, (voice, key, plays), velocity, sounding, port);
        let moved = Moved { voice, step, planned: key, plays, velocity, again: false };
        (plays != key).then_some(Yielded::Moved(moved))
    }

    /// The user is listened to. A note that sounds, and rubs against what is held, is lifted; a bass note that sounds, and
    /// that turned out wrong, is struck again. There may be more of them: after each, the user is listened to once
    /// more.
    fn listen(
        &mut self,
        at: SampleOffset,
        step: u8,
        (follow, hands): (PitchFollow, PlayerHands),
        sounding: &mut Sounding,
        port: &mut impl Port,
    ) -> Option<Yielded> {
        if let Some(lifted) = self.lift(at, step, hands.holds.down, sounding, port) {
            self.next -= 1;
            return Some(Yielded::Lifted(lifted));
        }
        if halves(self.steps).any(|(from, _)| from == step) {
            self.ear.turn();
        }
        // Whoever no longer follows chords is heard as if the measure had begun so.
        if follow != PitchFollow::Chords {
            return None;
        }
        let (player, bass) = (self.ear.hear(hands)?, self.sound.bass?);
        let plan = self.plan(step);
        let wrong = |key: Key| {
            let (sounds, velocity) = self.bass[usize::from(key.get())];
            let plays = mended_root(key, sounds, plan, player).filter(|_| sounding.has(bass, key))?;
            Some((key, (sounds, plays), velocity))
        };
        let (key, (planned, plays), velocity) = (0..128).filter_map(Key::new).find_map(wrong)?;
        sounding.release(port, at, bass.into(), key);
        let velocity = self.strike(at, (bass, key, plays), velocity, sounding, port);
        // What was struck has the right root now, or does not sound: this comes to an end.
        self.next -= 1;
        Some(Yielded::Moved(Moved { voice: bass, step, planned, plays, velocity, again: true }))
    }

    /// Lifts a note that sounds and rubs against what the user holds, if there is one.
    fn lift(
        &mut self,
        at: SampleOffset,
        step: u8,
        held: Tones,
        sounding: &mut Sounding,
        port: &mut impl Port,
    ) -> Option<Lifted> {
        if held.is_empty() {
            return None;
        }
        let rubs = |voice: VoiceId, key: Key| {
            let (_, sounds) = sounding.place_of(voice.into(), key)?;
            // As the band plays it: not moved to another register.
            let shift = self.sound.voices[voice.index()].shift.rem_euclid(12);
            let plays = Key::clamped(i32::from(sounds.get() % 12) + 12 - shift);
            held.clash_with(plays).then_some((voice, key, sounds))
        };
        let all =
            self.sound.lifting.iter().flat_map(|voice| (0..128).filter_map(Key::new).map(move |key| (voice, key)));
        let (voice, key, sounded) = all.filter_map(|(voice, key)| rubs(voice, key)).next()?;
        sounding.release(port, at, voice.into(), key);
        self.lifted[voice.index()] |= 1 << key.get();
        Some(Lifted { voice, step, sounded })
    }

    /// What was planned for this key is over, or begins anew.
    fn forget_lift(&mut self, mate: Bandmate, key: Key) {
        if let Bandmate::Voice(voice) = mate {
            self.lifted[voice.index()] &= !(1 << key.get());
        }
    }

    /// Strikes a key of a voice's, which plays another, as [`Self::send`] does.
    fn strike(
        &mut self,
        at: SampleOffset,
        (voice, key, plays): (VoiceId, Key, Key),
        velocity: Velocity,
        sounding: &mut Sounding,
        port: &mut impl Port,
    ) -> Option<Velocity> {
        let place = self.place_of(voice.into(), plays);
        if self.sound.bass == Some(voice) {
            self.bass[usize::from(key.get())] = (plays, velocity);
        }
        self.send(at, (voice.into(), key), (place, velocity), sounding, port)
    }

    /// Strikes a key, to sound on `place`. Two keys of one player may meet there at one moment, moved to the user's chord
    /// or into a range of keys: that is one stroke, which lasts as long as the longer of them. How loud it is; `None`: it was
    /// struck already.
    fn send(
        &mut self,
        at: SampleOffset,
        (mate, key): (Bandmate, Key),
        (place, velocity): (Outlet, Velocity),
        sounding: &mut Sounding,
        port: &mut impl Port,
    ) -> Option<Velocity> {
        let now = self.events[self.next.saturating_sub(1)].at;
        if self.struck.again(now, mate, place.1) && sounding.join((mate, key), place) {
            return None;
        }
        // As loud as the loudest that is planned to meet there.
        let there = |event: &&Event| (event.at, event.mate) == (now, mate) && self.place_of(mate, event.key) == place;
        let loud = self.events[..self.len].iter().filter(there).filter_map(|event| match event.what {
            What::Begins(velocity) => Some(velocity),
            _ => None,
        });
        let velocity = loud.fold(velocity, std::cmp::Ord::max);
        sounding.strike(port, at, (mate, key), place, velocity);
        Some(velocity)
    }

    /// Where a key of one of the band sounds. A stroke is known by General MIDI's key, and sounds on the kit's.
    fn place_of(&self, mate: Bandmate, key: Key) -> Outlet {
        match mate {
            Bandmate::Voice(voice) => self.sound.voices[voice.index()].place(key),
            Bandmate::Drummer => {
                let DrumSound { channel, keys, .. } = self.sound.drums;
                (channel, Drum::of(key).map_or(key, |drum| keys[drum.index()]))
            }
        }
    }

    /// The chord that was planned for a step.
    fn plan(&self, step: u8) -> Option<Chord> {
        self.plans[half_of(step, self.steps)]
    }

    /// Where a step lies, in steps.
    fn place(&self, step: u8) -> f64 {
        f64::from(step) + if step % 2 == 1 { self.sound.swing * FULL_SWING } else { 0.0 }
    }

    /// Chooses the voices' instruments, one message a channel.
    pub fn choose_programs(&self, programs: &[Option<u8>; MAX_VOICES], at: SampleOffset, port: &mut impl Port) {
        for voice in self.sound.audible.iter() {
            if let Some(program) = programs[voice.index()] {
                port.say(at, Message::Program(self.sound.voices[voice.index()].channel, program));
            }
        }
    }

    fn add_note(&mut self, voice: VoiceId, note: &Note, index: u32, loudness: f32, sounding: &Sounding) {
        let Sound { humanise, seed, .. } = self.sound;
        let lifted = self.lifted[voice.index()] & 1 << note.key.get() != 0;
        if !(note.continued && (lifted || sounding.has(voice, note.key))) {
            let (mut at, mut velocity) = (self.place(note.step.0), f32::from(note.velocity.get()) * loudness);
            if humanise > 0.0 {
                // The note's own place is its seed, so that other notes do not change it.
                let here = u64::from(index) << 24 | (voice.index() as u64) << 16;
                let mut rng = Rng::new(mix(seed, here | u64::from(note.step.0) << 8 | u64::from(note.key.get())));
                at += humanise * FULL_LATENESS * f64::from(rng.unit());
                #[expect(clippy::cast_possible_truncation, reason = "a factor of 0 to 1")]
                let unevenness = humanise as f32 * FULL_UNEVENNESS;
                velocity += unevenness * (2.0 * rng.unit() - 1.0);
            }
            let what = What::Begins(Velocity::clamped(velocity));
            self.add(Event { at, step: note.step.0, what, mate: voice.into(), key: note.key });
        }
        if !note.continues {
            let at = self.place(note.end());
            self.add(Event { at, step: note.end(), what: What::Ends, mate: voice.into(), key: note.key });
        }
    }

    fn add(&mut self, event: Event) {
        // There is room for everything that a measure can hold.
        if let Some(free) = self.events.get_mut(self.len) {
            *free = event;
            self.len += 1;
        }
    }
}

#[cfg(test)]
mod tests;
