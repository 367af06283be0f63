//! What the user plays, cut into measures.

use model::play::tones;
use model::{Channel, Key, MAX_STEPS, Measure, Note, Step, Tones, Velocity};

use crate::units::Steps;

/// The most notes that are gathered of one measure, before [`Measure`] leaves out the quietest.
/// Chosen: four times what a measure keeps.
const CAPACITY: usize = 256;

/// A key that sounds.
#[derive(Clone, Copy, Debug)]
struct Held {
    start: i32,
    velocity: Velocity,
    /// It began in the measure before.
    continued: bool,
    /// The channels on which it is down, a bit each.
    down: u16,
    /// The channels whose pedal holds it, a bit each.
    pedalled: u16,
}

/// A note that is over.
#[derive(Clone, Copy, Debug)]
struct Piece {
    start: i32,
    end: i32,
    key: Key,
    velocity: Velocity,
    continued: bool,
}

/// Gathers the notes of the measure under way, in steps, each at the nearest one.
///
/// A note up to half a step before the bar line is nearest to the line itself, so it belongs to
/// the next measure.
///
/// ```text
/// steps   | 14      | 15      | 16 = 0 of the next measure
///              ├─ to 15 ─┤├─ to the next ─┤
/// ```
///
/// # Realtime safety
/// Of fixed size: nothing allocates.
pub struct MeasureBuffer {
    held: [Option<Held>; 128],
    pieces: [Piece; CAPACITY],
    len: usize,
    /// The channels whose pedal is down, a bit each.
    pedals: u16,
    dropped: u32,
}

impl std::fmt::Debug for MeasureBuffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MeasureBuffer").field("pieces", &&self.pieces[..self.len]).finish_non_exhaustive()
    }
}

impl Default for MeasureBuffer {
    fn default() -> Self {
        let nothing = Piece { start: 0, end: 0, key: Key::MIN, velocity: Velocity::MIN, continued: false };
        Self { held: [None; 128], pieces: [nothing; CAPACITY], len: 0, pedals: 0, dropped: 0 }
    }
}

impl MeasureBuffer {
    /// A key goes down. `slack`: how early it may seem, in steps (a sample's length).
    pub fn note_on(&mut self, at: Steps, slack: f64, channel: Channel, key: Key, velocity: Velocity) {
        let start = nearest(at, slack);
        let bit = 1 << channel.get();
        // A key struck again ends its earlier note.
        self.finish(key, start);
        self.held[usize::from(key.get())] = Some(Held { start, velocity, continued: false, down: bit, pedalled: 0 });
    }

    /// A key goes up. A key that was not down does nothing.
    pub fn note_off(&mut self, at: Steps, slack: f64, channel: Channel, key: Key) {
        let bit = 1 << channel.get();
        let Some(held) = &mut self.held[usize::from(key.get())] else { return };
        if held.down & bit == 0 {
            return;
        }
        held.down &= !bit;
        held.pedalled |= bit & self.pedals;
        if held.down == 0 && held.pedalled == 0 {
            self.finish(key, nearest(at, slack));
        }
    }

    /// The sustain pedal (CC 64) moves.
    pub fn pedal(&mut self, at: Steps, slack: f64, channel: Channel, down: bool) {
        let bit = 1 << channel.get();
        if down {
            self.pedals |= bit;
            return;
        }
        self.pedals &= !bit;
        for number in 0..128 {
            if let Some(held) = &mut self.held[usize::from(number)]
                && held.pedalled & bit != 0
            {
                held.pedalled &= !bit;
                if let (0, 0, Some(key)) = (held.down, held.pedalled, Key::new(number)) {
                    self.finish(key, nearest(at, slack));
                }
            }
        }
    }

    /// All keys go up: the channel that is listened to changes, or everything is reset.
    pub fn release_all(&mut self, at: Steps) {
        self.pedals = 0;
        for number in 0..128 {
            if let Some(key) = Key::new(number) {
                self.finish(key, nearest(at, 0.0));
            }
        }
    }

    /// All keys of these channels, a bit each, go up, with their pedals.
    pub fn release_channels(&mut self, at: Steps, slack: f64, channels: u16) {
        self.pedals &= !channels;
        for number in 0..128 {
            if let Some(held) = &mut self.held[usize::from(number)]
                && (held.down | held.pedalled) & channels != 0
            {
                held.down &= !channels;
                held.pedalled &= !channels;
                if let (0, 0, Some(key)) = (held.down, held.pedalled, Key::new(number)) {
                    self.finish(key, nearest(at, slack));
                }
            }
        }
    }

    /// What the user holds: the keys that are down; where none is, those that the pedal holds.
    #[must_use]
    pub fn holds(&self) -> tones::Held {
        let of = |wanted: fn(&Held) -> bool| {
            let held = (0..128).filter_map(Key::new).zip(&self.held);
            held.filter_map(move |(key, held)| held.as_ref().filter(|held| wanted(held)).map(|_| key))
        };
        let (down, sounding): (Tones, Tones) = (of(|held| held.down != 0).collect(), of(|_| true).collect());
        // Where none is down, all that sounds is held by the pedal.
        let down = if down.is_empty() { sounding } else { down };
        tones::Held { down, sounding, lowest: of(|_| true).next() }
    }

    /// What was played so far of the measure under way, as if it ended after so many steps.
    #[must_use]
    pub fn so_far(&self, steps: u8) -> Measure {
        self.cut(steps.clamp(1, MAX_STEPS), false)
    }

    /// The measure is over after so many steps: gives what was played in it, and keeps what
    /// belongs to the next one.
    pub fn close(&mut self, steps: u8) -> Measure {
        let steps = steps.clamp(1, MAX_STEPS);
        let measure = self.cut(steps, true);
        let length = i32::from(steps);
        let mut kept = 0;
        for i in 0..self.len {
            let piece = self.pieces[i];
            if piece.start >= length {
                self.pieces[kept] = Piece { start: piece.start - length, end: piece.end - length, ..piece };
                kept += 1;
            }
        }
        self.len = kept;
        for held in self.held.iter_mut().flatten() {
            held.continued |= held.start < length;
            held.start = (held.start - length).max(0);
        }
        measure
    }

    /// Forgets the measure under way. Keys that are down go on from before.
    pub fn restart(&mut self) {
        self.len = 0;
        for held in self.held.iter_mut().flatten() {
            held.start = 0;
            held.continued = true;
        }
    }

    /// How many notes found no room.
    #[must_use]
    pub const fn dropped(&self) -> u32 {
        self.dropped
    }

    fn cut(&self, steps: u8, over_the_line: bool) -> Measure {
        let length = i32::from(steps);
        let mut measure = Measure::silent(steps);
        let mut put = |start: i32, end: i32, piece: &Piece, goes_on: bool| {
            let (Ok(step), Ok(sounding)) = (u8::try_from(start), u8::try_from(end.min(length) - start)) else { return };
            if start < length && sounding > 0 {
                measure.push(Note {
                    step: Step(step),
                    length: sounding,
                    key: piece.key,
                    velocity: piece.velocity,
                    continues: goes_on,
                    continued: piece.continued,
                });
            }
        };
        for piece in &self.pieces[..self.len] {
            put(piece.start, piece.end, piece, false);
        }
        for (number, held) in (0_u8..).zip(&self.held) {
            if let (Some(held), Some(key)) = (held, Key::new(number)) {
                let Held { start, velocity, continued, .. } = *held;
                put(start, length, &Piece { start, end: length, key, velocity, continued }, over_the_line);
            }
        }
        measure
    }

    fn finish(&mut self, key: Key, end: i32) {
        let Some(held) = self.held[usize::from(key.get())].take() else { return };
        let Held { start, velocity, continued, .. } = held;
        // A note that came over the line and ends on it is over already; any other lasts a step.
        if continued && end <= start {
            return;
        }
        if self.len == CAPACITY {
            self.dropped += 1;
            return;
        }
        self.pieces[self.len] = Piece { start, end: end.max(start + 1), key, velocity, continued };
        self.len += 1;
    }
}

/// The nearest step; half a step before a step already belongs to it.
#[expect(clippy::cast_possible_truncation, reason = "`as` saturates")]
fn nearest(at: Steps, slack: f64) -> i32 {
    ((at.0 + 0.5 + slack).floor() as i32).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Channel = Channel::new(0).expect("the first channel");
    const TWO: Channel = Channel::new(1).expect("the second channel");

    fn key(number: u8) -> Key {
        Key::new(number).expect("a key")
    }

    /// Plays (start, end, key) on the first channel, as the user's notes come: in time's order.
    fn play(buffer: &mut MeasureBuffer, notes: &[(f64, f64, u8)]) {
        let mut events: Vec<_> =
            notes.iter().flat_map(|&(on, off, number)| [(on, true, number), (off, false, number)]).collect();
        events.sort_by(|a, b| (a.0, a.1).partial_cmp(&(b.0, b.1)).expect("numbers"));
        for (at, on, number) in events {
            if on {
                buffer.note_on(Steps(at), 0.0, ONE, key(number), Velocity::DEFAULT);
            } else {
                buffer.note_off(Steps(at), 0.0, ONE, key(number));
            }
        }
    }

    fn check(notes: &[(f64, f64, u8)], expected: &[Note]) {
        let mut buffer = MeasureBuffer::default();
        play(&mut buffer, notes);
        assert_eq!(buffer.close(16).notes(), expected, "{notes:?}");
    }

    #[test]
    fn notes_go_to_the_nearest_step() {
        check(&[(0.0, 4.0, 60)], &[Note::new(0, 4, key(60))]);
        check(&[(0.4, 3.6, 60)], &[Note::new(0, 4, key(60))]);
        check(&[(0.5, 1.0, 60)], &[Note::new(1, 1, key(60))]);
        check(&[(2.0, 2.1, 60)], &[Note::new(2, 1, key(60))]);
        check(&[(14.6, 16.0, 60)], &[Note::new(15, 1, key(60))]);
        check(&[(0.0, 4.0, 60), (0.1, 4.0, 64)], &[Note::new(0, 4, key(60)), Note::new(0, 4, key(64))]);
        check(&[(0.0, 9.0, 60), (4.0, 8.0, 60)], &[Note::new(0, 4, key(60)), Note::new(4, 4, key(60))]);
    }

    #[test]
    fn an_early_note_belongs_to_the_next_measure() {
        let mut buffer = MeasureBuffer::default();
        play(&mut buffer, &[(3.0, 4.0, 62), (15.5, 17.9, 60), (15.7, 15.9, 64)]);
        assert_eq!(buffer.close(16).notes(), [Note::new(3, 1, key(62))]);
        assert_eq!(buffer.close(16).notes(), [Note::new(0, 2, key(60)), Note::new(0, 1, key(64))]);
        assert!(buffer.close(16).is_silent());
    }

    #[test]
    fn a_held_note_goes_on_in_the_next_measure() {
        let mut buffer = MeasureBuffer::default();
        buffer.note_on(Steps(12.0), 0.0, ONE, key(60), Velocity::DEFAULT);
        assert_eq!(buffer.close(16).notes(), [Note { continues: true, ..Note::new(12, 4, key(60)) }]);
        buffer.note_off(Steps(2.0), 0.0, ONE, key(60));
        assert_eq!(buffer.close(16).notes(), [Note { continued: true, ..Note::new(0, 2, key(60)) }]);
    }

    #[test]
    fn a_note_that_ends_on_the_line_does_not_go_on() {
        let mut buffer = MeasureBuffer::default();
        play(&mut buffer, &[(8.0, 16.0, 60)]);
        assert_eq!(buffer.close(16).notes(), [Note::new(8, 8, key(60))]);
        assert!(buffer.close(16).is_silent());
        // Released just after the line: nothing of it is left in the next measure.
        buffer.note_on(Steps(8.0), 0.0, ONE, key(60), Velocity::DEFAULT);
        buffer.close(16);
        buffer.note_off(Steps(0.3), 0.0, ONE, key(60));
        assert!(buffer.close(16).is_silent());
    }

    #[test]
    fn the_pedal_lengthens_notes_of_its_channel() {
        let mut buffer = MeasureBuffer::default();
        buffer.pedal(Steps(0.0), 0.0, ONE, true);
        play(&mut buffer, &[(0.0, 1.0, 60), (4.0, 5.0, 64)]);
        buffer.note_on(Steps(5.0), 0.0, TWO, key(67), Velocity::DEFAULT);
        buffer.note_off(Steps(6.0), 0.0, TWO, key(67));
        buffer.pedal(Steps(8.0), 0.0, ONE, false);
        assert_eq!(
            buffer.close(16).notes(),
            [Note::new(0, 8, key(60)), Note::new(4, 4, key(64)), Note::new(5, 1, key(67))]
        );
    }

    #[test]
    fn what_is_held_is_what_is_down_else_what_the_pedal_holds() {
        let mut buffer = MeasureBuffer::default();
        let tones = |keys: &[u8]| keys.iter().map(|&number| key(number)).collect::<Tones>();
        assert_eq!(buffer.holds().down, tones(&[]));
        buffer.pedal(Steps(0.0), 0.0, ONE, true);
        buffer.note_on(Steps(0.0), 0.0, ONE, key(60), Velocity::DEFAULT);
        buffer.note_on(Steps(0.0), 0.0, TWO, key(64), Velocity::DEFAULT);
        buffer.note_off(Steps(1.0), 0.0, ONE, key(60));
        assert_eq!(buffer.holds().down, tones(&[64]));
        buffer.note_off(Steps(2.0), 0.0, TWO, key(64));
        assert_eq!(buffer.holds().down, tones(&[60]));
        buffer.close(16);
        assert_eq!(buffer.holds().down, tones(&[60]), "over the bar line too");
        buffer.pedal(Steps(1.0), 0.0, ONE, false);
        assert_eq!(buffer.holds().down, tones(&[]));
    }

    #[test]
    fn offs_without_a_note_and_ons_twice_do_no_harm() {
        let mut buffer = MeasureBuffer::default();
        buffer.note_off(Steps(1.0), 0.0, ONE, key(60));
        buffer.note_on(Steps(2.0), 0.0, ONE, key(60), Velocity::DEFAULT);
        buffer.note_off(Steps(3.0), 0.0, TWO, key(60));
        buffer.note_on(Steps(4.0), 0.0, ONE, key(60), Velocity::MAX);
        buffer.note_off(Steps(6.0), 0.0, ONE, key(60));
        buffer.note_off(Steps(7.0), 0.0, ONE, key(60));
        assert_eq!(
            buffer.close(16).notes(),
            [Note::new(2, 2, key(60)), Note { velocity: Velocity::MAX, ..Note::new(4, 2, key(60)) }]
        );
    }

    #[test]
    fn so_far_is_what_was_heard_before() {
        let mut buffer = MeasureBuffer::default();
        play(&mut buffer, &[(0.0, 2.0, 60)]);
        buffer.note_on(Steps(4.0), 0.0, ONE, key(62), Velocity::DEFAULT);
        assert_eq!(buffer.so_far(15).notes(), [Note::new(0, 2, key(60)), Note::new(4, 11, key(62))]);
    }

    #[test]
    fn a_measure_of_too_many_notes_counts_what_it_drops() {
        let mut buffer = MeasureBuffer::default();
        for i in 0..300_u32 {
            let at = Steps(f64::from(i) * 0.05);
            buffer.note_on(at, 0.0, ONE, key(u8::try_from(i % 128).expect("a key")), Velocity::DEFAULT);
            buffer.note_off(at, 0.0, ONE, key(u8::try_from(i % 128).expect("a key")));
        }
        assert_eq!(buffer.dropped(), 300 - 256);
        assert_eq!(buffer.close(16).notes().len(), model::MAX_NOTES);
    }
}
