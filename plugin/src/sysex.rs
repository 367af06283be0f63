//! System exclusive messages on their way through.
//!
//! The framework makes a message of the host's bytes before the plugin is asked, copies it as it likes, and turns it
//! into bytes again when it is sent. So a [`SysEx`] is a handle: its bytes lie in one of the places of a pool of fixed
//! size, which all instances share.
//!
//! ```text
//! free ─► written ─► waits ─► lent ─► free
//!                      └──────────────►┘  it was not passed on
//! ```
//!
//! A VST3 host may keep the pointer that it is given until its call of `process()` is over. So a place stays lent until
//! the next call for the same instance.

use std::borrow::{Borrow, BorrowMut};
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicU32, Ordering};

use nice_plug::prelude::SysExMessage;

/// How many messages can be on their way at once, in a process. Chosen: far more than any device sends within a block.
pub(crate) const PLACES: usize = 256;

/// The longest message, in bytes with its first and last. Chosen: twice a bank of 32 sounds of the DX7 (4104).
pub(crate) const LONGEST: usize = 8192;

/// Nobody has it. The places begin so. Chosen, as those that follow: two bits tell them apart.
const FREE: u32 = 0;
/// One thread writes it, and nobody else may look. Chosen, see [`FREE`].
const WRITTEN: u32 = 1;
/// It waits to be passed on. Chosen, see [`FREE`].
const WAITS: u32 = 2;
/// The host may read it. Chosen, see [`FREE`].
const LENT: u32 = 3;

/// A place for a message.
struct Place {
    /// The lower two bits say what happens to it; the others count the messages that lay here, so that an old handle
    /// is none any more.
    state: AtomicU32,
    bytes: UnsafeCell<[u8; LONGEST]>,
}

// SAFETY: the bytes are only written by the thread that has brought the state to WRITTEN, which only one can, and only
// read while the state is LENT, from which the borrower alone leads it away.
#[expect(unsafe_code, reason = "bytes that the host reads by a pointer, without a lock")]
unsafe impl Sync for Place {}

static POOL: [Place; PLACES] =
    [const { Place { state: AtomicU32::new(FREE), bytes: UnsafeCell::new([0; LONGEST]) } }; PLACES];

/// Where to look for a free place first.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A message: where its bytes lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SysEx(Option<Kept>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kept {
    place: u16,
    length: u16,
    /// The place's state while the message waits.
    waits: u32,
}

impl Kept {
    fn place(self) -> &'static Place {
        &POOL[usize::from(self.place) % PLACES]
    }

    const fn lent(self) -> u32 {
        self.waits - WAITS + LENT
    }

    fn goes(self, from: u32, to: u32) -> bool {
        self.place().state.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

/// Takes a place to write, and says which turn of it this is.
fn take(first: usize, from: u32) -> Option<(usize, u32)> {
    (0..PLACES).map(|beside| (first + beside) % PLACES).find_map(|index| {
        let state = POOL[index].state.load(Ordering::Relaxed);
        let turn = (state | 3).wrapping_add(1);
        let taken = state & 3 == from
            && POOL[index].state.compare_exchange(state, turn | WRITTEN, Ordering::AcqRel, Ordering::Relaxed).is_ok();
        taken.then_some((index, turn))
    })
}

impl SysEx {
    /// Is it to be sent now? From then on the host may read it, until it is [`Self::taken_back`]. `false`: it found no
    /// room, or is gone.
    pub(crate) fn lend(self) -> bool {
        self.0.is_some_and(|kept| kept.goes(kept.waits, kept.lent()))
    }

    /// The host is done with it.
    pub(crate) fn taken_back(self) {
        if let Some(kept) = self.0 {
            kept.goes(kept.lent(), kept.waits - WAITS + FREE);
        }
    }

    /// It is not passed on. (One that was lent stays lent.)
    pub(crate) fn dropped(self) {
        if let Some(kept) = self.0 {
            kept.goes(kept.waits, kept.waits - WAITS + FREE);
        }
    }
}

impl SysExMessage for SysEx {
    type Buffer = SysExBytes;

    /// Whatever begins a system exclusive message is one: too long a one, or one for which there is no place, can
    /// only be counted when its turn comes.
    fn from_buffer(buffer: &[u8]) -> Option<Self> {
        if buffer.first() != Some(&0xf0) {
            return None;
        }
        let Some(length) = u16::try_from(buffer.len()).ok().filter(|_| buffer.len() <= LONGEST) else {
            return Some(Self(None));
        };
        // One that waits for ever was never heard of again: hosts flush events that nobody processes.
        let first = NEXT.fetch_add(1, Ordering::Relaxed) as usize;
        let Some((index, turn)) = take(first, FREE).or_else(|| take(first, WAITS)) else { return Some(Self(None)) };
        // SAFETY: the state is WRITTEN, which nobody else leads it from.
        #[expect(unsafe_code, reason = "see the pool")]
        let bytes = unsafe { &mut *POOL[index].bytes.get() };
        bytes[..buffer.len()].copy_from_slice(buffer);
        POOL[index].state.store(turn | WAITS, Ordering::Release);
        Some(Self(u16::try_from(index).ok().map(|place| Kept { place, length, waits: turn | WAITS })))
    }

    fn as_buffer(&self) -> (SysExBytes, usize) {
        let lent = self.0.filter(|kept| kept.place().state.load(Ordering::Acquire) == kept.lent());
        let bytes = SysExBytes { lent, none: EMPTY };
        let length = Borrow::<[u8]>::borrow(&bytes).len();
        (bytes, length)
    }
}

/// A message that says nothing. Required: a message has a first and a last byte.
const EMPTY: [u8; 2] = [0xf0, 0xf7];

/// The bytes of a message that is lent to the host.
#[derive(Debug)]
pub struct SysExBytes {
    lent: Option<Kept>,
    none: [u8; 2],
}

impl Borrow<[u8]> for SysExBytes {
    fn borrow(&self) -> &[u8] {
        let Some(kept) = self.lent else { return &self.none };
        // SAFETY: the message is lent: nobody writes before it is taken back, which its instance does a block later.
        #[expect(unsafe_code, reason = "see the pool")]
        let bytes = unsafe { &*kept.place().bytes.get() };
        &bytes[..usize::from(kept.length)]
    }
}

impl BorrowMut<[u8]> for SysExBytes {
    /// The framework asks for it, and writes nothing: what is lent cannot be written.
    fn borrow_mut(&mut self) -> &mut [u8] {
        &mut self.none
    }
}

/// What an instance has lent to its host.
///
/// # Realtime safety
/// Nothing but [`SysExLoans::default`] allocates.
#[derive(Debug)]
pub struct SysExLoans(Vec<SysEx>);

impl Default for SysExLoans {
    fn default() -> Self {
        Self(Vec::with_capacity(PLACES))
    }
}

impl SysExLoans {
    /// This one was sent.
    pub(crate) fn add(&mut self, message: SysEx) {
        // No more can be lent than there are places.
        if self.0.len() < self.0.capacity() {
            self.0.push(message);
        }
    }

    /// The host's call is over.
    pub(crate) fn take_back(&mut self) {
        self.0.drain(..).for_each(SysEx::taken_back);
    }
}

impl Drop for SysExLoans {
    fn drop(&mut self) {
        self.take_back();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(length: usize, seed: u8) -> Vec<u8> {
        let mut bytes = vec![seed & 0x7f; length];
        bytes[0] = 0xf0;
        bytes[length - 1] = 0xf7;
        bytes
    }

    fn bytes_of(message: SysEx) -> Vec<u8> {
        let (bytes, length) = message.as_buffer();
        Borrow::<[u8]>::borrow(&bytes)[..length].to_vec()
    }

    /// All in one test: the pool is the process's.
    #[test]
    fn messages_are_kept_until_the_host_is_done_and_never_mixed_up() {
        for length in [2, 6, 408, 4104, LONGEST] {
            let sent = message(length, 5);
            let kept = SysEx::from_buffer(&sent).expect("a message");
            assert_eq!(bytes_of(kept), EMPTY, "before it is lent");
            assert!(kept.lend() && !kept.lend());
            assert_eq!(bytes_of(kept), sent);
            kept.dropped();
            assert_eq!(bytes_of(kept), sent, "lent is lent");
            kept.taken_back();
            assert_eq!(bytes_of(kept), EMPTY);
            assert!(!kept.lend(), "its time is over");
        }
        assert_eq!(SysEx::from_buffer(&[0xfe]), None, "no system exclusive message");
        assert_eq!(SysEx::from_buffer(&[]), None);
        let too_long = SysEx::from_buffer(&message(LONGEST + 1, 1)).expect("a message");
        assert!(!too_long.lend());
        assert_eq!(bytes_of(too_long), EMPTY);

        // Full: what is lent stays, what only waited has to go.
        let many: Vec<_> =
            (0..PLACES).filter_map(|seed| SysEx::from_buffer(&message(9, u8::try_from(seed % 128).ok()?))).collect();
        let (lent, waiting) = many.split_at(PLACES / 2);
        assert!(lent.iter().all(|message| message.lend()));
        let more: Vec<_> = (0..PLACES).filter_map(|_| SysEx::from_buffer(&message(9, 99))).collect();
        assert!(
            lent.iter().enumerate().all(|(seed, kept)| bytes_of(*kept)[1] == u8::try_from(seed % 128).unwrap_or(0))
        );
        assert!(waiting.iter().all(|message| !message.lend()), "they gave way");
        assert_eq!(more.iter().filter(|message| message.lend()).count(), PLACES / 2, "those that found a place");
        let mut loans = SysExLoans::default();
        lent.iter().chain(&more).for_each(|message| loans.add(*message));
        drop(loans);
        assert!(SysEx::from_buffer(&message(9, 1)).expect("a message").lend(), "there is room again");
        threads_share_the_pool();
    }

    /// Eight threads send and look: nobody ever sees another's bytes.
    fn threads_share_the_pool() {
        std::thread::scope(|scope| {
            for seed in 1..9_u8 {
                scope.spawn(move || {
                    for length in (2..700).cycle().take(20_000) {
                        let sent = message(length, seed);
                        if let Some(kept) = SysEx::from_buffer(&sent)
                            && kept.lend()
                        {
                            assert_eq!(bytes_of(kept), sent);
                            kept.taken_back();
                        }
                    }
                });
            }
        });
    }
}
