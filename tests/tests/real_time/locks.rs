//! Counts the locks that a thread takes, whoever made them and whether or not anyone waits for them.
//!
//! A lock that is free is taken without a call: a word in memory is exchanged, and later put back. So the thread is
//! stepped through `process()`, one instruction at a time, and each word that an atomic instruction exchanges is kept
//! in mind. A word that was changed so, and at the end of the call is what it was before, was a lock: a mutex of the
//! standard library, a spin lock, a `try_lock`, a borrow of an atomic cell. (A reference count that goes up and down
//! again looks the same, and has no business there either.) Rings and counters only go on, and are not counted.
//!
//! What cannot be seen: a lock that is taken without an atomic instruction, which x86-64 does not allow between
//! threads; one that is not given back before the call ends; and one in a block that is not stepped.

use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize};

use crate::counting::SCENES;

/// Can threads be stepped here?
pub(crate) const COUNTS_LOCKS: bool = cfg!(all(target_os = "linux", target_arch = "x86_64"));

/// The most words that one call may exchange; [`OVERFLOWN`] tells if there were more.
const WORDS: usize = 1024;

/// What is known of a word: where it is, how wide, what it was before, and whether it ever was something else.
struct Word {
    address: AtomicUsize,
    width: AtomicUsize,
    before: AtomicU64,
    changed: AtomicBool,
    /// The instruction that exchanged it first.
    by: AtomicUsize,
}

static WORD: [Word; WORDS] = [const {
    Word {
        address: AtomicUsize::new(0),
        width: AtomicUsize::new(0),
        before: AtomicU64::new(0),
        changed: AtomicBool::new(false),
        by: AtomicUsize::new(0),
    }
}; WORDS];
/// How many of them are in use, and which was exchanged by the last instruction (plus one).
static USED: AtomicUsize = AtomicUsize::new(0);
static LAST: AtomicUsize = AtomicUsize::new(0);
static OVERFLOWN: AtomicBool = AtomicBool::new(false);

static LOCKS: [AtomicU32; SCENES] = [const { AtomicU32::new(0) }; SCENES];
static STEPS: AtomicU64 = AtomicU64::new(0);
static EXCHANGES: AtomicU64 = AtomicU64::new(0);
static CALLS: [AtomicU32; SCENES] = [const { AtomicU32::new(0) }; SCENES];
/// Where locks were taken in each scene, for a report: the instructions' addresses.
static PLACES: [[AtomicUsize; 16]; SCENES] = [const { [const { AtomicUsize::new(0) }; 16] }; SCENES];

/// Locks that were taken in a scene, in the calls that were stepped.
pub(crate) fn counted(scene: usize) -> u32 {
    assert!(!OVERFLOWN.load(Relaxed), "a call exchanges more than {WORDS} words");
    LOCKS[scene].load(Relaxed)
}

/// Calls that were stepped in a scene.
pub(crate) fn stepped_calls(scene: usize) -> u32 {
    CALLS[scene].load(Relaxed)
}

/// What was stepped, in words.
pub(crate) fn told() -> String {
    let calls: u32 = CALLS.iter().map(|count| count.load(Relaxed)).sum();
    let per_call = |count: &AtomicU64| count.load(Relaxed) / u64::from(calls.max(1));
    format!("{calls} calls stepped: {} instructions and {} atomic ones each", per_call(&STEPS), per_call(&EXCHANGES))
}

/// The instructions that took locks in a scene.
pub(crate) fn places(scene: usize) -> Vec<usize> {
    PLACES[scene].iter().map(|place| place.load(Relaxed)).filter(|&place| place != 0).collect()
}

/// Reads a word.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn value(address: usize, width: usize) -> u64 {
    // SAFETY: the address is the operand of an instruction that has been or is about to be executed, and it was
    // aligned or the instruction would be no atomic one. Nothing is freed on this thread while it is watched.
    unsafe {
        match width {
            1 => u64::from(std::ptr::read_volatile(address as *const u8)),
            2 => u64::from(std::ptr::read_unaligned(address as *const u16)),
            4 => u64::from(std::ptr::read_unaligned(address as *const u32)),
            _ => std::ptr::read_unaligned(address as *const u64),
        }
    }
}

/// A call is being stepped; somebody does something that must not fall into one.
static STEPPING: AtomicBool = AtomicBool::new(false);
static BESIDE: AtomicBool = AtomicBool::new(false);

/// Does `work`, unless a call is just being stepped: that takes so long that what others change in the meantime would
/// look like what the call itself put back.
pub(crate) fn beside_steps(work: impl FnOnce()) {
    BESIDE.store(true, SeqCst);
    if !STEPPING.load(SeqCst) {
        work();
    }
    BESIDE.store(false, SeqCst);
}

/// Does `work`, step by step, for this scene.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub(crate) fn stepped<R>(scene: usize, work: impl FnOnce() -> R) -> R {
    use std::arch::asm;
    USED.store(0, Relaxed);
    LAST.store(0, Relaxed);
    STEPPING.store(true, SeqCst);
    while BESIDE.load(SeqCst) {
        std::hint::spin_loop();
    }
    // SAFETY: sets the trap flag, and changes nothing else; from here on the processor stops after each instruction,
    // and `trapped` is called. The flags are saved on the stack, which the assembler block may use.
    unsafe { asm!("pushfq", "or qword ptr [rsp], 0x100", "popfq") };
    let result = work();
    // SAFETY: clears it again.
    unsafe { asm!("pushfq", "and qword ptr [rsp], ~0x100", "popfq") };
    CALLS[scene].fetch_add(1, Relaxed);
    for word in &WORD[..USED.load(Relaxed)] {
        let now = value(word.address.load(Relaxed), word.width.load(Relaxed));
        if word.changed.load(Relaxed) && now == word.before.load(Relaxed) {
            LOCKS[scene].fetch_add(1, Relaxed);
            let by = word.by.load(Relaxed);
            let place = PLACES[scene].iter().find(|place| [0, by].contains(&place.load(Relaxed)));
            if let Some(place) = place {
                place.store(by, Relaxed);
            }
        }
    }
    STEPPING.store(false, SeqCst);
    result
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
pub(crate) fn stepped<R>(_: usize, work: impl FnOnce() -> R) -> R {
    work()
}

/// Must be called before anything is stepped.
#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
pub(crate) fn prepare() {}

/// Must be called before anything is stepped.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub(crate) fn prepare() {
    // SAFETY: zeroes are a valid `sigaction`, filled in below; the handler touches atomics and its context alone.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = trapped as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_NODEFER;
        assert_eq!(libc::sigaction(libc::SIGTRAP, &raw const action, std::ptr::null_mut()), 0, "a handler");
    }
}

/// A signal's handler: the next instruction is about to be executed.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
unsafe extern "C" fn trapped(_: libc::c_int, _: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: the kernel gives a handler with SA_SIGINFO its context.
    let registers = unsafe { &mut (*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs };
    STEPS.fetch_add(1, Relaxed);
    // What did the last one do?
    if let Some(last) = LAST.swap(0, Relaxed).checked_sub(1) {
        let word = &WORD[last];
        if value(word.address.load(Relaxed), word.width.load(Relaxed)) != word.before.load(Relaxed) {
            word.changed.store(true, Relaxed);
        }
    }
    repeated(registers);
    let at = address_of(registers[libc::REG_RIP as usize]);
    let Some((address, width)) = operand(at, registers) else { return };
    EXCHANGES.fetch_add(1, Relaxed);
    let used = USED.load(Relaxed);
    let index = WORD[..used].iter().position(|word| word.address.load(Relaxed) == address).unwrap_or(used);
    let Some(word) = WORD.get(index) else { return OVERFLOWN.store(true, Relaxed) };
    if index == used {
        word.address.store(address, Relaxed);
        word.width.store(width, Relaxed);
        word.before.store(value(address, width), Relaxed);
        word.changed.store(false, Relaxed);
        word.by.store(at, Relaxed);
        USED.store(used + 1, Relaxed);
    }
    LAST.store(index + 1, Relaxed);
}

/// Does what the next instruction does, if it is one that repeats itself to copy or fill memory, and goes past it: such
/// a one stops after each byte or word. Measured: nearly a fifth of all steps. No lock is taken so.
///
/// # Source
/// As for [`operand`]; there too: MOVS and STOS with the prefix REP.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn repeated(registers: &mut [i64; 23]) {
    use libc::{REG_EFL, REG_RAX, REG_RCX, REG_RDI, REG_RIP, REG_RSI};
    const BACKWARDS: i64 = 1 << 10;
    let at = address_of(registers[REG_RIP as usize]);
    // SAFETY: an instruction that begins with a prefix has another byte, and with two a third.
    let byte = |place: usize| unsafe { std::ptr::read_volatile((at + place) as *const u8) };
    if byte(0) != 0xf3 || registers[REG_EFL as usize] & BACKWARDS != 0 {
        return;
    }
    let wide = byte(1) == 0x48;
    let opcode = byte(1 + usize::from(wide));
    let width = match opcode {
        0xa4 | 0xaa => 1,
        0xa5 | 0xab if wide => 8,
        0xa5 | 0xab => 4,
        _ => return,
    };
    let copies = opcode < 0xa8;
    let bytes = width * address_of(registers[REG_RCX as usize]);
    let (from, to) = (address_of(registers[REG_RSI as usize]), address_of(registers[REG_RDI as usize]));
    let filling = registers[REG_RAX as usize].to_le_bytes();
    for place in 0..bytes {
        // SAFETY: the instruction is about to read and write these bytes itself, in this order.
        unsafe {
            let byte =
                if copies { std::ptr::read_volatile((from + place) as *const u8) } else { filling[place % width] };
            std::ptr::write_volatile((to + place) as *mut u8, byte);
        }
    }
    let far = i64::try_from(bytes).unwrap_or(0);
    registers[REG_RDI as usize] += far;
    registers[REG_RSI as usize] += if copies { far } else { 0 };
    registers[REG_RCX as usize] = 0;
    registers[REG_RIP as usize] += 2 + i64::from(wide);
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a register is an address here")]
fn address_of(register: i64) -> usize {
    register as usize
}

/// The word in memory that the instruction at `at` exchanges atomically, and its width in bytes; `None` if it does no
/// such thing. Words of a thread's own (addressed by fs or gs) are nobody's lock.
///
/// # Source
/// Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, chapter 2: prefixes, opcode, ModR/M, SIB,
/// displacement, immediate.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn operand(at: usize, registers: &[i64; 23]) -> Option<(usize, usize)> {
    use libc::{REG_R8, REG_RAX, REG_RBP, REG_RBX, REG_RCX, REG_RDI, REG_RDX, REG_RSI, REG_RSP};
    // SAFETY: an instruction is at most 15 bytes long, and these are read one after the other as far as it goes.
    let byte = |place: usize| usize::from(unsafe { std::ptr::read_volatile((at + place) as *const u8) });
    let number = |place: usize, length: usize| -> usize {
        let unsigned = (0..length).fold(0, |number, index| number | byte(place + index) << (8 * index));
        // Its sign goes on.
        if length < 8 && unsigned >> (8 * length - 1) == 1 { unsigned | usize::MAX << (8 * length) } else { unsigned }
    };
    let register = |index: usize| {
        let known = [REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI];
        // The others follow each other, from the eighth on.
        let others = REG_R8..REG_R8 + 8;
        let place = known.into_iter().chain(others).nth(index).unwrap_or(REG_RAX);
        usize::try_from(place).map_or(0, |place| address_of(registers[place]))
    };
    let (mut place, mut locked, mut short) = (0, false, false);
    loop {
        match byte(place) {
            0xf0 => locked = true,
            0x66 => short = true,
            0xf2 | 0xf3 | 0x2e | 0x36 | 0x3e | 0x26 => {}
            0x64 | 0x65 | 0x67 => return None,
            _ => break,
        }
        place += 1;
    }
    let rex = if byte(place) & 0xf0 == 0x40 { byte(place) } else { 0 };
    place += usize::from(rex != 0);
    let two = byte(place) == 0x0f;
    place += usize::from(two);
    let opcode = byte(place);
    place += 1;
    // An exchange with memory needs no prefix.
    if !locked && (two || (opcode != 0x86 && opcode != 0x87)) {
        return None;
    }
    let whole = if rex & 8 != 0 {
        8
    } else if short {
        2
    } else {
        4
    };
    let (width, immediate) = match (two, opcode) {
        (true, 0xc7) => (8, 0),
        (true, 0xba) => (whole, 1),
        (false, 0x80) => (1, 1),
        (false, 0x83) => (whole, 1),
        (false, 0x81) => (whole, whole.min(4)),
        (_, opcode) => (if opcode & 1 == 0 { 1 } else { whole }, 0),
    };
    let (mode, low) = (byte(place) >> 6, byte(place) & 7);
    place += 1;
    // A fence is written as `lock or` of nothing to a word of the stack, which others use before and after.
    if (opcode, two) == (0x83, false) && mode == 1 && low == 4 && byte(place + 2) == 0 && byte(place - 1) >> 3 & 7 == 1
    {
        return None;
    }
    let mut address = 0_usize;
    let mut displacement = [0, 1, 4, 0][mode];
    match (mode, low) {
        (3, _) => return None,
        (0, 5) => {
            // Beside the next instruction.
            return Some((at.wrapping_add(place + 4 + immediate).wrapping_add(number(place, 4)), width));
        }
        (_, 4) => {
            let scaled = byte(place);
            place += 1;
            let (index, base) = (scaled >> 3 & 7 | (rex & 2) << 2, scaled & 7);
            if index != 4 {
                address = address.wrapping_add(register(index) << (scaled >> 6));
            }
            if mode == 0 && base == 5 {
                displacement = 4;
            } else {
                address = address.wrapping_add(register(base | (rex & 1) << 3));
            }
        }
        _ => address = address.wrapping_add(register(low | (rex & 1) << 3)),
    }
    if displacement > 0 {
        address = address.wrapping_add(number(place, displacement));
    }
    Some((address, width))
}
