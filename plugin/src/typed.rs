//! What is played in the window: a lock-free way from its thread to the audio thread.

use crossbeam::queue::ArrayQueue;
use model::{Key, Velocity};

/// How many strokes may wait for the next block. Chosen: more than hands have fingers, by far.
const ROOM: usize = 256;

/// How loud a key of the computer's keyboard is, which does not know how it is struck. Chosen: as MIDI keyboards that are
/// played with vigour.
const STRUCK: f32 = 100.0;

/// A key goes down or up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stroke {
    /// Which.
    pub key: Key,
    /// How it is struck; `None`: it is let go.
    pub velocity: Option<Velocity>,
}

/// What was played in the window, and waits for the next block.
///
/// # Realtime safety
/// After [`Typed::default`] nothing allocates, locks or waits.
#[derive(Debug)]
pub struct Typed(ArrayQueue<Stroke>);

impl Default for Typed {
    fn default() -> Self {
        Self(ArrayQueue::new(ROOM))
    }
}

impl Typed {
    /// A key goes down or up. `false`: nothing is processed, and there is no room any more; a stroke down is lost then, for
    /// one up ask again.
    pub fn strike(&self, key: Key, down: bool) -> bool {
        // A stroke down leaves room for all that must go up.
        let full = down && self.0.len() >= ROOM / 2;
        !full && self.0.push(Stroke { key, velocity: down.then(|| Velocity::clamped(STRUCK)) }).is_ok()
    }

    /// The next stroke.
    pub fn take(&self) -> Option<Stroke> {
        self.0.pop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strokes_come_in_order_and_there_is_always_room_for_a_key_that_goes_up() {
        let typed = Typed::default();
        let down = (0..128).filter_map(Key::new).cycle().take(400).filter(|&key| typed.strike(key, true)).count();
        assert_eq!(down, ROOM / 2);
        for key in (0..128).filter_map(Key::new) {
            assert!(typed.strike(key, false), "{key:?}");
        }
        let all: Vec<_> = std::iter::from_fn(|| typed.take()).collect();
        let (struck, let_go) = all.split_at(ROOM / 2);
        assert!(struck.iter().all(|stroke| stroke.velocity.is_some()));
        assert!(let_go.iter().zip(0..).all(|(stroke, number)| stroke.velocity.is_none() && stroke.key.get() == number));
    }
}
