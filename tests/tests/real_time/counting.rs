//! Counts what a thread asks of the allocator and of the kernel while it is watched.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};

/// Does [`refuse_calls`] work here?
pub(crate) const COUNTS_CALLS: bool = cfg!(all(target_os = "linux", target_arch = "x86_64"));

/// The most scenes.
pub(crate) const SCENES: usize = 16;

static SCENE: AtomicUsize = AtomicUsize::new(0);
static ALLOCATIONS: [AtomicU32; SCENES] = [const { AtomicU32::new(0) }; SCENES];
static FREES: [AtomicU32; SCENES] = [const { AtomicU32::new(0) }; SCENES];
static CALLS: [AtomicU32; SCENES] = [const { AtomicU32::new(0) }; SCENES];
static BLOCKS: [AtomicU32; SCENES] = [const { AtomicU32::new(0) }; SCENES];
/// By number: which system calls were tried.
static NUMBERS: [AtomicU32; 512] = [const { AtomicU32::new(0) }; 512];

thread_local! {
    static WATCHED: Cell<bool> = const { Cell::new(false) };
}

/// The system's allocator, watched.
pub(crate) struct CountingAllocator;

fn count(counters: &[AtomicU32; SCENES]) {
    if WATCHED.get() {
        counters[SCENE.load(Relaxed)].fetch_add(1, Relaxed);
    }
}

// SAFETY: everything is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(&ALLOCATIONS);
        // SAFETY: the caller keeps what `alloc` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(&FREES);
        // SAFETY: the pointer came from `alloc` above, with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(&ALLOCATIONS);
        // SAFETY: the pointer came from `alloc` above, with this layout.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// Watches this thread while `work` runs, for this scene.
pub(crate) fn watched<R>(scene: usize, work: impl FnOnce() -> R) -> R {
    SCENE.store(scene, Relaxed);
    WATCHED.set(true);
    let result = work();
    WATCHED.set(false);
    BLOCKS[scene].fetch_add(1, Relaxed);
    result
}

/// How often something was watched for a scene.
pub(crate) fn blocks(scene: usize) -> u32 {
    BLOCKS[scene].load(Relaxed)
}

/// The scene that is played now.
pub(crate) fn scene() -> usize {
    SCENE.load(Relaxed)
}

/// Allocations, frees and system calls of a scene.
pub(crate) fn counted(scene: usize) -> (u32, u32, u32) {
    (ALLOCATIONS[scene].load(Relaxed), FREES[scene].load(Relaxed), CALLS[scene].load(Relaxed))
}

/// The numbers of the system calls that were tried, and how often.
pub(crate) fn calls_tried() -> Vec<(usize, u32)> {
    let tried = NUMBERS.iter().map(|count| count.load(Relaxed)).enumerate();
    tried.filter(|&(_, count)| count > 0).collect()
}

/// From now on every system call of this thread is refused and, while it is watched, counted.
/// The thread cannot even end: whoever started it ends the process.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub(crate) fn refuse_calls() {
    use libc::{BPF_ABS, BPF_JEQ, BPF_JMP, BPF_K, BPF_LD, BPF_RET, BPF_W, sock_filter, sock_fprog};

    /// A signal's handler: the filter has refused a call.
    unsafe extern "C" fn refused(_: libc::c_int, _: *mut libc::siginfo_t, context: *mut libc::c_void) {
        // SAFETY: the kernel gives a handler with SA_SIGINFO its context.
        let context = unsafe { &mut *context.cast::<libc::ucontext_t>() };
        let result = &mut context.uc_mcontext.gregs[libc::REG_RAX as usize];
        if WATCHED.get() {
            CALLS[SCENE.load(Relaxed)].fetch_add(1, Relaxed);
            if let Some(number) = usize::try_from(*result).ok().and_then(|number| NUMBERS.get(number)) {
                number.fetch_add(1, Relaxed);
            }
        }
        *result = -i64::from(libc::ENOSYS);
    }

    let instruction = |code: u32, jt, jf, k| sock_filter { code: u16::try_from(code).unwrap_or(0), jt, jf, k };
    let number_of_return = u32::try_from(libc::SYS_rt_sigreturn).expect("a small number");
    let mut filter = [
        // The call's number stands at the beginning of what a filter sees.
        instruction(BPF_LD | BPF_W | BPF_ABS, 0, 0, 0),
        // A handler may return; all else is refused, with a signal.
        instruction(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, number_of_return),
        instruction(BPF_RET | BPF_K, 0, 0, libc::SECCOMP_RET_ALLOW),
        instruction(BPF_RET | BPF_K, 0, 0, libc::SECCOMP_RET_TRAP),
    ];
    let program = sock_fprog { len: 4, filter: filter.as_mut_ptr() };
    // SAFETY: zeroes are a valid `sigaction`, filled in below; the handler touches atomics and its
    // context alone; the filter lives until the kernel has copied it, within the call.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = refused as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_NODEFER;
        assert_eq!(libc::sigaction(libc::SIGSYS, &raw const action, std::ptr::null_mut()), 0, "a handler");
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0, "no new privileges");
        let set = libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program);
        assert_eq!(set, 0, "the kernel takes the filter");
    }
}

/// Elsewhere only allocations are counted.
#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
pub(crate) fn refuse_calls() {}
