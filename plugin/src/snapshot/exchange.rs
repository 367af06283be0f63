//! The newest value, handed from one thread to another: neither ever waits.
//!
//! ```text
//! writer           between           reader
//! [ back ]  ◀──▶  [ middle ]  ◀──▶  [ front ]
//! ```
//!
//! Three boxes, made once. Writing fills the back one and changes it for the middle one; reading
//! changes the front one for the middle one, if that is newer. A box is only ever in one place,
//! and a change is a single atomic swap.

use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

/// A value and how many were written when it was.
#[derive(Clone, Copy)]
struct Stamped<T> {
    serial: u32,
    value: T,
}

type Place<T> = Option<Box<Stamped<T>>>;

struct Shared<T> {
    /// A box, of which whoever swaps it out is the only owner.
    middle: AtomicPtr<Stamped<T>>,
    /// The serial of the newest value that was put into the middle.
    written: AtomicU32,
}

#[expect(unsafe_code, reason = "the standard library swaps no boxes, only pointers")]
impl<T> Shared<T> {
    /// Changes a box for the one in the middle.
    fn change(&self, mine: Box<Stamped<T>>) -> Box<Stamped<T>> {
        let theirs = self.middle.swap(Box::into_raw(mine), Ordering::AcqRel);
        // SAFETY: what lies in the middle was a box, and the swap gives it to nobody else.
        unsafe { Box::from_raw(theirs) }
    }
}

#[expect(unsafe_code, reason = "the standard library swaps no boxes, only pointers")]
impl<T> Drop for Shared<T> {
    fn drop(&mut self) {
        // SAFETY: as above; both ends are gone.
        drop(unsafe { Box::from_raw(*self.middle.get_mut()) });
    }
}

/// The end that writes.
pub struct WriteEnd<T> {
    back: Place<T>,
    serial: u32,
    shared: Arc<Shared<T>>,
}

/// The end that reads.
pub struct ReadEnd<T> {
    front: Place<T>,
    shared: Arc<Shared<T>>,
}

impl<T> std::fmt::Debug for WriteEnd<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WriteEnd").field("serial", &self.serial).finish_non_exhaustive()
    }
}

impl<T> std::fmt::Debug for ReadEnd<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReadEnd").finish_non_exhaustive()
    }
}

/// Both ends; until something is written, `first` is read.
#[must_use]
pub fn exchange<T: Copy>(first: &T) -> (WriteEnd<T>, ReadEnd<T>) {
    let make = || Box::new(Stamped { serial: 0, value: *first });
    let shared = Arc::new(Shared { middle: AtomicPtr::new(Box::into_raw(make())), written: AtomicU32::new(0) });
    (WriteEnd { back: Some(make()), serial: 0, shared: Arc::clone(&shared) }, ReadEnd { front: Some(make()), shared })
}

impl<T: Copy> WriteEnd<T> {
    /// Hands over a value; one that nobody has read yet is lost.
    ///
    /// # Realtime safety
    /// A copy and a swap: nothing allocates, frees, locks or waits.
    pub fn write(&mut self, value: &T) {
        // Every swap gives a box for a box.
        let Some(mut back) = self.back.take() else { return };
        self.serial = self.serial.wrapping_add(1);
        *back = Stamped { serial: self.serial, value: *value };
        self.back = Some(self.shared.change(back));
        self.shared.written.store(self.serial, Ordering::Release);
    }
}

impl<T: Copy> ReadEnd<T> {
    /// The newest value.
    ///
    /// # Panics
    /// Never.
    pub fn read(&mut self) -> &T {
        // If more was written than was read, the middle holds something newer. The count is raised a
        // moment after the swap, so that what was read may also be newer than the count says.
        let ahead = self.shared.written.load(Ordering::Acquire).wrapping_sub(self.serial());
        if ahead != 0
            && ahead < u32::MAX / 2
            && let Some(front) = self.front.take()
        {
            self.front = Some(self.shared.change(front));
        }
        // PANIC: every swap gives a box for a box.
        &self.front.as_ref().expect("a box").value
    }

    fn serial(&self) -> u32 {
        self.front.as_ref().map_or(0, |front| front.serial)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_value_is_read_and_an_older_one_never_comes_back() {
        let (mut writer, mut reader) = exchange(&0);
        assert_eq!(*reader.read(), 0);
        writer.write(&1);
        writer.write(&2);
        assert_eq!((*reader.read(), *reader.read()), (2, 2));
        writer.write(&3);
        assert_eq!((*reader.read(), *reader.read()), (3, 3));
    }

    #[test]
    fn two_threads_see_whole_values_in_order() {
        let (mut writer, mut reader) = exchange(&[0_u64; 64]);
        let enough = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let end = Arc::clone(&enough);
        let thread = std::thread::spawn(move || {
            let mut number = 0;
            while !end.load(Ordering::Relaxed) {
                number += 1;
                writer.write(&[number; 64]);
            }
        });
        let (mut last, mut different) = (0, 0);
        while different < 500 {
            let seen = *reader.read();
            assert!(seen.iter().all(|&part| part == seen[0]), "torn: {seen:?}");
            assert!(seen[0] >= last, "{} after {last}", seen[0]);
            different += u32::from(seen[0] != last);
            last = seen[0];
        }
        enough.store(true, Ordering::Relaxed);
        thread.join().expect("the writer ends");
    }
}
