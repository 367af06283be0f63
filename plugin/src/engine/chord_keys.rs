//! The channel of the chords: keys there name a chord for the band, and are no part of what the user plays.

use model::{Channel, Held, Key, Tones};

use crate::midi::{Input, RESET};

/// Which keys are held on that channel.
///
/// # Realtime safety
/// Of fixed size: nothing allocates.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ChordKeys {
    /// The keys that are down, a bit each.
    down: u128,
    /// Those that the pedal holds.
    pedalled: u128,
    /// The pedal is down.
    pedal: bool,
}

impl ChordKeys {
    /// Takes over what is done on this channel.
    pub(super) fn hear(&mut self, what: &Input, chords: Channel) {
        match *what {
            Input::On(channel, key, _) if channel == chords => {
                self.down |= bit(key);
                self.pedalled &= !bit(key);
            }
            Input::Off(channel, key) if channel == chords && self.down & bit(key) != 0 => {
                self.down &= !bit(key);
                self.pedalled |= if self.pedal { bit(key) } else { 0 };
            }
            Input::Pedal(channel, down) if channel == chords => self.press(down),
            Input::Control(channel, RESET, _) if channel == chords => self.press(false),
            Input::AllOff(channel) if channel.is_none_or(|channel| channel == chords) => {
                (self.down, self.pedalled) = (0, 0);
            }
            Input::KeyOff(key) => {
                self.down &= !bit(key);
                self.pedalled &= !bit(key);
            }
            _ => {}
        }
    }

    fn press(&mut self, down: bool) {
        self.pedal = down;
        if !down {
            self.pedalled = 0;
        }
    }

    /// What is held there.
    pub(super) fn held(&self) -> Held {
        let keys = |bits: u128| (0..128).filter(move |&at: &u8| bits & 1 << at != 0).filter_map(Key::new);
        let sounding = self.down | self.pedalled;
        let tones = |bits: u128| keys(bits).collect::<Tones>();
        Held { down: tones(self.down), sounding: tones(sounding), lowest: keys(sounding).next() }
    }
}

const fn bit(key: Key) -> u128 {
    1 << key.get()
}

#[cfg(test)]
mod tests {
    use model::Velocity;

    use super::*;

    const CHORDS: Channel = Channel::new(15).expect("the last channel");
    const ELSEWHERE: Channel = Channel::new(0).expect("the first channel");

    fn key(number: u8) -> Key {
        Key::new(number).expect("a key")
    }

    fn check(done: &[Input], expected: &[u8], why: &str) {
        let mut keys = ChordKeys::default();
        done.iter().for_each(|what| keys.hear(what, CHORDS));
        let held: Vec<u8> = (0..12).filter(|&class| keys.held().sounding.has_class(class)).collect();
        assert_eq!(held, expected, "{why}");
    }

    #[test]
    fn keys_hold_until_they_are_let_go_with_their_pedal() {
        let on = |channel, number| Input::On(channel, key(number), Velocity::DEFAULT);
        let off = |channel, number| Input::Off(channel, key(number));
        let (pedal, lifted) = (Input::Pedal(CHORDS, true), Input::Pedal(CHORDS, false));
        check(
            &[on(CHORDS, 60), on(ELSEWHERE, 62), on(CHORDS, 64), off(ELSEWHERE, 64)],
            &[0, 4],
            "of this channel alone",
        );
        check(&[on(CHORDS, 60), on(CHORDS, 64), off(CHORDS, 60)], &[4], "one is let go");
        check(&[on(CHORDS, 60), pedal, off(CHORDS, 60), off(CHORDS, 64)], &[0], "the pedal holds what was down");
        check(&[on(CHORDS, 60), pedal, off(CHORDS, 60), lifted], &[], "until it is lifted");
        check(&[on(CHORDS, 60), pedal, lifted], &[0], "it is still down");
        let reset = Input::Control(CHORDS, RESET, 0);
        check(&[on(CHORDS, 60), pedal, off(CHORDS, 60), reset], &[], "a reset lifts it");
        for end in [Input::AllOff(None), Input::AllOff(Some(CHORDS)), Input::KeyOff(key(60))] {
            check(&[on(CHORDS, 60), pedal, end], &[], &format!("{end:?}"));
        }
        check(&[on(CHORDS, 60), Input::AllOff(Some(ELSEWHERE))], &[0], "another channel's");
    }

    #[test]
    fn the_lowest_key_is_known() {
        let mut keys = ChordKeys::default();
        for number in [72, 48, 64] {
            keys.hear(&Input::On(CHORDS, key(number), Velocity::DEFAULT), CHORDS);
        }
        assert_eq!(keys.held().lowest, Some(key(48)));
    }
}
