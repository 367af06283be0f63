//! The framework's helper thread, laid to rest.
//!
//! In VST3 on Linux the framework has one thread for all instances of a process. It tells their editors of parameters
//! that the audio thread has moved. Where an editor opens or closes just then it panics, and where it finds an instance
//! gone it ends; when the last instance goes, the framework misses its thread, panics within the host's call, and takes
//! the host with it (`docs/upstream.md`). Nothing that the helper does is needed here: an editor looks by itself.
//!
//! So before the first instance a keeper is made: an instance that no host sees, and that never goes. It keeps the
//! helper, and gives it a task without an end. What others give the helper waits behind that; once its queue is full
//! it takes no more, and nobody minds.

use std::cell::Cell;
use std::sync::Once;

/// The task without an end: the only one that there is.
#[derive(Debug)]
pub struct Rest;

/// What the helper does with it.
pub fn rest(Rest: Rest) {
    loop {
        std::thread::park();
    }
}

thread_local! {
    static MAKES_KEEPER: Cell<bool> = const { Cell::new(false) };
}

/// Is the instance that this thread just makes the keeper?
#[must_use]
pub fn makes_keeper() -> bool {
    MAKES_KEEPER.get()
}

/// Makes the keeper, the first time that a process calls this where the framework has such a helper. `make` must make an
/// instance and leak it.
pub fn keep(make: impl FnOnce()) {
    static KEPT: Once = Once::new();
    if cfg!(all(unix, not(target_os = "macos"))) {
        KEPT.call_once(|| {
            MAKES_KEEPER.set(true);
            make();
            MAKES_KEEPER.set(false);
        });
    }
}
