//! A file dialog that is not ours: what it is asked, what it answers, and the thread on which it is waited for.
//!
//! Nobody else waits: not the host, not the window, which looks now and then. When the window is closed first, the answer
//! is dropped with it; the thread owns all that it needs, and ends with the dialog.

use std::path::PathBuf;
use std::sync::{Arc, Weak};

use crossbeam::channel::{Receiver, TryRecvError, bounded};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What the dialog is called.
    pub title: String,
    /// Where it begins.
    pub folder: PathBuf,
    /// The suggested name of a file that is to be written; `None`: a file is to be read.
    pub name: Option<String>,
    /// What such files are called.
    pub kind: &'static str,
    /// What their names end in.
    pub ending: &'static str,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// This file. Whether it may be replaced has been asked.
    File(PathBuf),
    /// It was closed without one.
    Closed,
    /// There is no such dialog here.
    Missing,
}

/// Whether anybody waits for the answer still: a dialog that can be closed from outside should be, else.
#[derive(Debug)]
pub struct StillWanted(Weak<()>);

impl StillWanted {
    /// Does anybody?
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.0.strong_count() > 0
    }
}

/// Asks, and waits until it is answered.
type Ask = dyn Fn(&Question, &StillWanted) -> Answer + Send + Sync;

/// How files are asked for: by default in the window's own list.
#[derive(Clone, Default)]
pub struct Dialogs(Option<Arc<Ask>>);

impl std::fmt::Debug for Dialogs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Dialogs").field(&self.0.as_ref().map(|_| "not ours")).finish()
    }
}

impl Dialogs {
    /// By this function, which is called on a thread of its own for each question, and may take as long as it likes.
    #[must_use]
    pub fn new(ask: impl Fn(&Question, &StillWanted) -> Answer + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(ask)))
    }

    /// Opens a dialog; `None` where the window's own list is to be used.
    pub(super) fn open(&self, question: Question) -> Option<Pending> {
        let ask = Arc::clone(self.0.as_ref()?);
        let (say, answer) = bounded(1);
        let waiting = Arc::new(());
        let wanted = StillWanted(Arc::downgrade(&waiting));
        let wait = move || {
            // The window may have been closed meanwhile.
            let _unheard = say.send(ask(&question, &wanted));
        };
        std::thread::Builder::new().name("file dialog".into()).spawn(wait).ok()?;
        Some(Pending { answer, _waiting: waiting })
    }
}

/// A dialog that is open.
#[derive(Clone, Debug)]
pub struct Pending {
    answer: Receiver<Answer>,
    /// See [`StillWanted`].
    _waiting: Arc<()>,
}

impl Pending {
    /// The answer, if there is one.
    pub(super) fn answer(&self) -> Option<Answer> {
        match self.answer.try_recv() {
            Ok(answer) => Some(answer),
            Err(TryRecvError::Empty) => None,
            // It panicked.
            Err(TryRecvError::Disconnected) => Some(Answer::Missing),
        }
    }
}
