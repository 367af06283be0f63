//! The synthesiser runs on the audio thread: once it is made, it may not touch the heap.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

use model::sound::{Instrument, PARTS, PartEvent, Synth};
use model::{Key, Rng, Velocity};

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

#[test]
fn whatever_a_synthesiser_is_told_it_allocates_nothing() {
    let mut synth = Synth::new(48_000.0);
    let mut rng = Rng::new(3);
    let (mut left, mut right) = ([0.0_f32; 64], [0.0_f32; 64]);
    let mut loudest = 0.0_f32;
    let before = calls();
    for block in 0..20_000 {
        let part = rng.below(PARTS);
        let byte = |rng: &mut Rng| u8::try_from(rng.below(128)).unwrap_or(0);
        let key = Key::clamped(i32::from(byte(&mut rng)));
        match rng.below(6) {
            0 | 1 => synth.tell(part, PartEvent::On(key, Velocity::DEFAULT)),
            2 => synth.tell(part, PartEvent::Off(key)),
            3 => synth.tell(part, PartEvent::Control(byte(&mut rng), byte(&mut rng))),
            4 => synth.tell(part, PartEvent::Program(byte(&mut rng))),
            _ => synth.set_instrument(part, Instrument::ALL[rng.below(Instrument::ALL.len())]),
        }
        if block == 10_000 {
            synth.reset();
        }
        synth.render(&mut left, &mut right);
        loudest = left.iter().fold(loudest, |most, sample| most.max(sample.abs()));
    }
    assert_eq!(calls() - before, 0);
    assert!(loudest > 0.1, "it played");
}
