//! What runs on the audio thread may not touch the heap once it is made.

mod conductor;
mod synth;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

/// Counts what this thread asks of the heap.
struct Counting;

thread_local! {
    static CALLS: Cell<u32> = const { Cell::new(0) };
}

fn count() {
    // While a thread ends, its counter may be gone; nobody asks then.
    let _ = CALLS.try_with(|calls| calls.set(calls.get() + 1));
}

#[expect(unsafe_code, reason = "an allocator is unsafe to implement")]
// SAFETY: everything is handed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count();
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(at, layout) }
    }
    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static HEAP: Counting = Counting;

fn calls() -> u32 {
    CALLS.with(Cell::get)
}

#[test]
fn the_counter_counts() {
    let before = calls();
    drop(black_box(Box::new(1)));
    assert_eq!(calls() - before, 2);
}
