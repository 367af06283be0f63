//! A measure of one voice: what is copied from thread to thread, with nothing to free.

use crate::music::note::{Key, Note, Step, Velocity};

/// The most steps (sixteenths) that a measure has; longer meters are divided ([`crate::TimeSignature::parts`]). Chosen:
/// a measure of 4/4.
pub const MAX_STEPS: u8 = 16;

/// The most notes that a measure of one voice holds. Chosen: four notes on every step.
pub const MAX_NOTES: usize = 64;

/// One measure of one voice: up to [`MAX_NOTES`] notes, ordered by step and then key.
///
/// No key starts twice at one step, and a key that starts again ends its earlier note.
///
/// # Realtime safety
/// `Copy`, of fixed size: no method allocates.
#[derive(Clone, Copy)]
pub struct Measure {
    steps: u8,
    len: u8,
    notes: [Note; MAX_NOTES],
}

/// What became of a note given to a [`Measure`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// It is in.
    Kept,
    /// It is in; a quieter one had to leave.
    ReplacedQuieter,
    /// It was the quietest of a full measure, or lies outside of it.
    Dropped,
}

/// What a monophonic voice does at one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MonoStep {
    /// A note starts.
    Note(Key),
    /// Whatever went on (a note or a rest) goes on.
    Continue,
    /// A rest starts.
    Rest,
}

impl Measure {
    /// A silent measure.
    ///
    /// # Panics
    /// Unless `steps` is 1…[`MAX_STEPS`]: the caller must have divided the meter.
    #[must_use]
    pub const fn silent(steps: u8) -> Self {
        assert!(1 <= steps && steps <= MAX_STEPS, "a measure has 1 to 16 steps");
        Self { steps, len: 0, notes: [Note::new(0, 1, Key::MIN); MAX_NOTES] }
    }

    /// A measure of these notes (the quietest beyond the capacity are left out).
    #[must_use]
    pub fn from_notes(steps: u8, notes: impl IntoIterator<Item = Note>) -> Self {
        let mut measure = Self::silent(steps);
        for note in notes {
            measure.push(note);
        }
        measure
    }

    /// How many steps it has, 1…16.
    #[must_use]
    pub const fn steps(&self) -> u8 {
        self.steps
    }

    /// The notes, by step and then key.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes[..usize::from(self.len)]
    }

    /// Does nothing sound?
    #[must_use]
    pub const fn is_silent(&self) -> bool {
        self.len == 0
    }

    /// The notes that start here (not those that the last measure handed on).
    pub fn onsets(&self) -> impl Iterator<Item = &Note> {
        self.notes().iter().filter(|note| !note.continued)
    }

    /// Puts a note in its place. What reaches beyond the measure is cut off and marked as
    /// `continues`. A note of the same key that still sounds ends where this one starts; at the
    /// same step the longer and the louder of both is kept.
    pub fn push(&mut self, mut note: Note) -> Pushed {
        if note.step.0 >= self.steps || note.length == 0 {
            return Pushed::Dropped;
        }
        if note.end() > self.steps {
            note.length = self.steps - note.step.0;
            note.continues = true;
        }
        note.continues &= note.end() == self.steps;
        note.continued &= note.step.0 == 0;
        let len = usize::from(self.len);
        let mut i = 0;
        while i < len {
            let other = &mut self.notes[i];
            if other.key == note.key {
                if other.step == note.step {
                    let ends_later = note.end() > other.end();
                    if ends_later {
                        other.length = note.length;
                        other.continues = note.continues;
                    }
                    other.velocity = other.velocity.max(note.velocity);
                    other.continued |= note.continued;
                    return Pushed::Kept;
                }
                if other.step < note.step && other.end() > note.step.0 {
                    other.length = note.step.0 - other.step.0;
                    other.continues = false;
                }
                if other.step > note.step && note.end() > other.step.0 {
                    note.length = other.step.0 - note.step.0;
                    note.continues = false;
                }
            }
            i += 1;
        }
        let mut outcome = Pushed::Kept;
        if len == MAX_NOTES {
            // PANIC: the measure is full, so there is a quietest note.
            let Some(quietest) = (0..len).min_by_key(|&i| self.notes[i].velocity) else { return Pushed::Dropped };
            if self.notes[quietest].velocity >= note.velocity {
                return Pushed::Dropped;
            }
            self.notes.copy_within(quietest + 1..len, quietest);
            self.len -= 1;
            outcome = Pushed::ReplacedQuieter;
        }
        let len = usize::from(self.len);
        let at = self.notes().partition_point(|other| (other.step, other.key) < (note.step, note.key));
        self.notes.copy_within(at..len, at + 1);
        self.notes[at] = note;
        self.len += 1;
        outcome
    }

    /// The same measure in so many steps: cut off, or with silence after it.
    #[must_use]
    pub fn resized(&self, steps: u8) -> Self {
        let mut out = Self::from_notes(steps, self.notes().iter().copied());
        if steps > self.steps {
            for note in &mut out.notes[..usize::from(out.len)] {
                note.continues = false;
            }
        }
        out
    }

    /// The same measure, moved by so many semitones; notes that leave MIDI's range are folded
    /// back by octaves.
    #[must_use]
    pub fn transposed(&self, semitones: i32) -> Self {
        if semitones == 0 {
            return *self;
        }
        let mut out = Self::silent(self.steps);
        for note in self.notes() {
            let mut key = i32::from(note.key.get()) + semitones;
            while key < 0 {
                key += 12;
            }
            while key > 127 {
                key -= 12;
            }
            out.push(Note { key: Key::clamped(key), ..*note });
        }
        out
    }

    /// How long each of the twelve pitch classes sounds, in steps: `[12]`.
    #[must_use]
    pub fn chroma(&self) -> [f32; 12] {
        self.chroma_between(0, self.steps)
    }

    /// How long each pitch class sounds from step `from` up to `to` (not included): `[12]`.
    #[must_use]
    pub fn chroma_between(&self, from: u8, to: u8) -> [f32; 12] {
        let mut chroma = [0.0; 12];
        for note in self.notes() {
            let sounding = note.end().min(to).saturating_sub(note.step.0.max(from));
            chroma[usize::from(note.key.pitch_class())] += f32::from(sounding);
        }
        chroma
    }

    /// The measure as a monophonic voice plays it: of simultaneous notes the highest, each note
    /// lasting until the next or until its own end. Steps beyond the measure are `Continue`.
    #[must_use]
    pub fn mono_steps(&self) -> [MonoStep; MAX_STEPS as usize] {
        let mut out = [MonoStep::Continue; MAX_STEPS as usize];
        let mut sounding: Option<Note> = None;
        // At the first step "continue" means what the last measure handed on.
        let mut resting = false;
        for step in 0..self.steps {
            let started = self.notes().iter().filter(|note| note.step.0 == step).max_by_key(|note| note.key);
            let at = usize::from(step);
            if let Some(note) = started {
                out[at] = if note.continued { MonoStep::Continue } else { MonoStep::Note(note.key) };
                sounding = Some(*note);
                resting = false;
            } else if !resting && sounding.is_none_or(|note| note.end() <= step) {
                out[at] = MonoStep::Rest;
                sounding = None;
                resting = true;
            }
        }
        out
    }

    /// The measure that these steps of a monophonic voice describe. `held` is the note that
    /// the measure before ended with, for a `Continue` at the first step.
    #[must_use]
    pub fn from_mono_steps(steps: u8, voice: &[MonoStep], held: Option<Note>, velocity: Velocity) -> Self {
        let mut out = Self::silent(steps);
        let mut open: Option<Note> =
            held.map(|note| Note { step: Step(0), length: 0, continued: true, continues: false, ..note });
        for step in 0..steps {
            match voice.get(usize::from(step)).copied().unwrap_or(MonoStep::Continue) {
                MonoStep::Continue => {
                    if let Some(note) = &mut open {
                        note.length += 1;
                    }
                }
                MonoStep::Rest => {
                    out.push_open(open.take());
                }
                MonoStep::Note(key) => {
                    out.push_open(open.take());
                    open = Some(Note { velocity, ..Note::new(step, 1, key) });
                }
            }
        }
        out.push_open(open);
        out
    }

    fn push_open(&mut self, note: Option<Note>) {
        if let Some(note) = note.filter(|note| note.length > 0) {
            self.push(note);
        }
    }

    /// Marks every note that sounds to the end of the measure as going on, or not.
    pub fn set_continues(&mut self, key: Key, continues: bool) {
        let steps = self.steps;
        for note in &mut self.notes[..usize::from(self.len)] {
            if note.key == key && note.end() == steps {
                note.continues = continues;
            }
        }
    }

    /// Gives every note what `change` makes of it, in order; the step and key must stay.
    pub fn for_each_mut(&mut self, mut change: impl FnMut(&mut Note)) {
        for note in &mut self.notes[..usize::from(self.len)] {
            let place = (note.step, note.key);
            change(note);
            debug_assert_eq!(place, (note.step, note.key), "for_each_mut moved a note");
        }
    }
}

impl PartialEq for Measure {
    fn eq(&self, other: &Self) -> bool {
        self.steps == other.steps && self.notes() == other.notes()
    }
}

impl Eq for Measure {}

impl std::fmt::Debug for Measure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Measure").field("steps", &self.steps).field("notes", &self.notes()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u8) -> Key {
        Key::clamped(i32::from(number))
    }

    #[test]
    fn the_quietest_notes_leave_a_full_measure() {
        let mut measure = Measure::silent(16);
        for number in 0..64 {
            let velocity = Velocity::clamped(f32::from(number) + 10.0);
            assert_eq!(measure.push(Note { velocity, ..Note::new(0, 1, key(number)) }), Pushed::Kept);
        }
        assert_eq!(measure.push(Note { velocity: Velocity::MIN, ..Note::new(3, 1, key(100)) }), Pushed::Dropped);
        assert_eq!(
            measure.push(Note { velocity: Velocity::MAX, ..Note::new(3, 1, key(100)) }),
            Pushed::ReplacedQuieter
        );
        assert_eq!(measure.notes().len(), 64);
        assert!(measure.notes().iter().all(|note| note.key != key(0)), "the softest of all has left");
    }

    #[test]
    fn a_key_struck_again_ends_its_earlier_note() {
        let measure = Measure::from_notes(16, [Note::new(0, 8, key(60)), Note::new(4, 4, key(60))]);
        assert_eq!(measure.notes(), [Note::new(0, 4, key(60)), Note::new(4, 4, key(60))]);
    }

    #[test]
    fn a_note_over_the_bar_line_is_cut_off_and_marked() {
        let measure = Measure::from_notes(12, [Note::new(8, 16, key(60))]);
        assert_eq!(measure.notes(), [Note { continues: true, ..Note::new(8, 4, key(60)) }]);
    }

    #[test]
    fn mono_steps_and_back() {
        use MonoStep::{Continue as C, Note as N, Rest as R};
        let measure =
            Measure::from_notes(8, [Note::new(1, 2, key(60)), Note::new(3, 1, key(64)), Note::new(6, 2, key(62))]);
        let steps = measure.mono_steps();
        assert_eq!(steps[..8], [R, N(key(60)), C, N(key(64)), R, C, N(key(62)), C]);
        assert_eq!(Measure::from_mono_steps(8, &steps[..8], None, Velocity::DEFAULT), measure);
    }

    #[test]
    fn a_held_note_continues_over_the_bar_line() {
        let held = Note { continues: true, ..Note::new(12, 4, key(65)) };
        let measure = Measure::from_mono_steps(4, &[MonoStep::Continue, MonoStep::Rest], Some(held), Velocity::DEFAULT);
        assert_eq!(measure.notes(), [Note { continued: true, ..Note::new(0, 1, key(65)) }]);
        assert_eq!(measure.mono_steps()[..2], [MonoStep::Continue, MonoStep::Rest]);
    }

    #[test]
    fn transposing_back_gives_the_same_measure() {
        let measure = Measure::from_notes(16, [Note::new(0, 4, key(60)), Note::new(5, 2, key(67))]);
        assert_eq!(measure.transposed(5).transposed(-5), measure);
        assert_eq!(measure.transposed(5).chroma()[5], 4.0);
    }
}
