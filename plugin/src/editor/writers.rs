//! Files of the take that are written beside the window: a disk may be slow, and sound takes time to draw.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread::JoinHandle;

use model::panics;

use crate::take::{SaveError, Timing};

/// How many files are written at once, at most: a take may be saved while its sound is drawn. Chosen.
const AT_ONCE: usize = 4;

/// What is to be saved of the take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Save {
    /// Where.
    pub file: PathBuf,
    /// So many of the last measures; `None`: all.
    pub last: Option<usize>,
    /// As played, or on the steps.
    pub timing: Timing,
}

impl Save {
    /// What the name of a file that is drawn as sound ends in; all others are MIDI files.
    pub const SOUND: &str = "wav";

    /// Is it to be drawn as sound?
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(Self::SOUND))
    }
}

/// A file that is being written, on a thread of its own.
#[derive(Debug)]
struct Writer {
    outcome: Receiver<Result<Save, SaveError>>,
    thread: JoinHandle<()>,
    /// How much of a drawing is done, in per cent.
    done: Option<Arc<AtomicU8>>,
}

/// All that are being written.
#[derive(Debug, Default)]
pub(super) struct Writers(Vec<Writer>);

impl Writers {
    /// Begins to write one; `done` tells how much of a drawing is, in per cent.
    ///
    /// # Errors
    /// A sentence for the player: too many are being written, or the system gives no thread.
    pub(super) fn begin(
        &mut self,
        save: Save,
        done: Option<Arc<AtomicU8>>,
        write: impl FnOnce(&Save) -> Result<(), SaveError> + Send + 'static,
    ) -> Result<(), String> {
        if self.0.len() >= AT_ONCE {
            return Err(format!("{AT_ONCE} files are still being saved. Wait until one is."));
        }
        let (told, outcome) = channel();
        let work = move || {
            let outcome = write(&save);
            // The window may have been closed meanwhile.
            let _unheard = told.send(outcome.map(|()| save));
        };
        let thread = std::thread::Builder::new().name("take".into()).spawn(work);
        let thread = thread.map_err(|error| format!("The take could not be saved: {error}. Close other programs."))?;
        self.0.push(Writer { outcome, thread, done });
        Ok(())
    }

    /// What came of those that have ended since: what was saved, or a sentence for the player.
    pub(super) fn ended(&mut self) -> Vec<Result<Save, String>> {
        let mut ended = Vec::new();
        for writer in std::mem::take(&mut self.0) {
            match writer.outcome.try_recv() {
                Ok(outcome) => ended.push(outcome.map_err(|error| format!("Not saved: {error}."))),
                Err(TryRecvError::Empty) => self.0.push(writer),
                Err(TryRecvError::Disconnected) => {
                    let died = writer.thread.join().err();
                    let why = died.as_ref().map_or("its writer ended", |panic| panics::reason(&**panic));
                    ended.push(Err(format!("The take could not be saved ({why}). Please report it.")));
                }
            }
        }
        ended
    }

    /// Are there any?
    pub(super) fn are_at_work(&self) -> bool {
        !self.0.is_empty()
    }

    /// How much of the oldest drawing is done, in per cent.
    pub(super) fn drawn(&self) -> Option<u8> {
        self.0.iter().find_map(|writer| writer.done.as_ref()).map(|done| done.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn save(name: &str) -> Save {
        Save { file: name.into(), last: None, timing: Timing::Played }
    }

    /// What comes of the next one that ends.
    fn next(writers: &mut Writers) -> Vec<Result<Save, String>> {
        let start = Instant::now();
        loop {
            let ended = writers.ended();
            if !ended.is_empty() {
                return ended;
            }
            assert!(start.elapsed() < Duration::from_secs(20), "none ever ends");
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_quick_file_is_there_while_a_slow_one_is_still_written() {
        let mut writers = Writers::default();
        let (go_on, wait) = channel::<()>();
        let slow = writers.begin(save("slow.wav"), Some(Arc::new(AtomicU8::new(7))), move |_| {
            let _told = wait.recv();
            Ok(())
        });
        assert_eq!((slow, writers.drawn()), (Ok(()), Some(7)));
        assert_eq!(writers.begin(save("quick.mid"), None, |_| Ok(())), Ok(()));
        assert_eq!(next(&mut writers), [Ok(save("quick.mid"))]);
        assert!(writers.are_at_work());
        go_on.send(()).expect("it waits");
        assert_eq!(next(&mut writers), [Ok(save("slow.wav"))]);
        assert!(!writers.are_at_work() && writers.drawn().is_none());
    }

    #[test]
    fn only_a_few_are_written_at_once_and_one_that_breaks_off_says_why() {
        let mut writers = Writers::default();
        // Each waits until its sender is gone.
        let mut holds = Vec::new();
        for _ in 0..AT_ONCE {
            let (hold, held) = channel::<()>();
            holds.push(hold);
            let begun = writers.begin(save("held.mid"), None, move |_| {
                let _gone = held.recv();
                panic!("on purpose")
            });
            assert_eq!(begun, Ok(()));
        }
        let refused = writers.begin(save("one-more.mid"), None, |_| Ok(())).expect_err("one too many");
        assert!(refused.contains("still being saved"), "{refused}");
        drop(holds);
        let mut ended = 0;
        while writers.are_at_work() {
            for outcome in next(&mut writers) {
                assert!(outcome.as_ref().is_err_and(|why| why.contains("on purpose")), "{outcome:?}");
                ended += 1;
            }
        }
        assert_eq!(ended, AT_ONCE);
    }
}
