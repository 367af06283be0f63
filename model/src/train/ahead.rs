//! Batches that are made ahead, in a thread of their own.

use std::ops::Range;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{Builder, JoinHandle};

use crate::panics;
use crate::train::library::LibraryError;

/// How many batches wait at most. Chosen: one is at hand whenever a step ends, and memory holds few.
const WAITING: usize = 2;

/// Why there is no batch.
#[derive(Debug, thiserror::Error)]
pub(super) enum AheadError {
    /// The pieces cannot be read any more.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The thread has died, with this message.
    #[error("the thread that makes batches has died ({0})")]
    Died(String),
    /// The system has no thread left.
    #[error("there is no thread to make batches ({0})")]
    NoThread(#[source] std::io::Error),
}

/// The second core makes batches while the first trains. The thread ends when this is dropped.
pub(super) struct Ahead<B> {
    batches: Receiver<Result<B, LibraryError>>,
    /// `None` once it has been asked why it died.
    thread: Option<JoinHandle<()>>,
}

impl<B: Send + 'static> Ahead<B> {
    /// Makes the batches of these numbers, in order.
    ///
    /// # Errors
    /// [`AheadError::NoThread`].
    pub(super) fn new(
        numbers: Range<u64>,
        mut make: impl FnMut(u64) -> Result<B, LibraryError> + Send + 'static,
    ) -> Result<Self, AheadError> {
        let (send, batches) = sync_channel(WAITING);
        let thread = Builder::new().name("windows".into()).spawn(move || {
            for number in numbers {
                if send.send(make(number)).is_err() {
                    break;
                }
            }
        });
        Ok(Self { batches, thread: Some(thread.map_err(AheadError::NoThread)?) })
    }

    /// The next batch.
    ///
    /// # Errors
    /// What its maker failed with; [`AheadError::Died`] where the thread is gone.
    pub(super) fn next(&mut self) -> Result<B, AheadError> {
        match self.batches.recv() {
            Ok(batch) => Ok(batch?),
            Err(_) => Err(AheadError::Died(self.why())),
        }
    }

    /// Why the thread is gone.
    fn why(&mut self) -> String {
        match self.thread.take().map(JoinHandle::join) {
            Some(Err(panic)) => panics::reason(&*panic).to_owned(),
            Some(Ok(())) => "it ended before the training".into(),
            None => "it died before".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_come_in_order_and_a_dead_thread_says_why() {
        let mut ahead = Ahead::new(5..9, |number| {
            assert!(number < 7, "no batch {number}");
            Ok(number)
        })
        .expect("a thread");
        assert_eq!([ahead.next().ok(), ahead.next().ok()], [Some(5), Some(6)]);
        let error = ahead.next().expect_err("it died").to_string();
        assert!(error.contains("no batch 7"), "{error}");
        assert!(matches!(ahead.next(), Err(AheadError::Died(_))));
    }

    #[test]
    fn more_batches_than_there_are_is_an_error_too() {
        let mut ahead = Ahead::new(0..1, Ok).expect("a thread");
        assert_eq!(ahead.next().ok(), Some(0));
        assert!(matches!(ahead.next(), Err(AheadError::Died(_))));
    }
}
