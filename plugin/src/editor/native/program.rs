//! The dialogs of Linux desktops, as programs: GNOME's `zenity` and KDE's `kdialog`.
//!
//! A dialog is a process of its own: neither a toolkit nor a connection to the desktop's bus comes into the host's.

use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::editor::dialog::{Answer, Question, StillWanted};

/// How often to look whether the dialog was closed, or is not wanted any more. Chosen: nobody notices.
const PAUSE: Duration = Duration::from_millis(50);

/// Asks by the program of this desktop, else by the other one, and waits for the answer.
pub(super) fn ask(question: &Question, wanted: &StillWanted) -> Answer {
    // Without a display `zenity` ends as if it had been closed.
    if ["DISPLAY", "WAYLAND_DISPLAY"].iter().all(|name| std::env::var_os(name).is_none()) {
        return Answer::Missing;
    }
    let kde = std::env::var_os("XDG_CURRENT_DESKTOP").is_some_and(|name| name.to_string_lossy().contains("KDE"));
    let mut commands = [zenity("zenity".as_ref(), question), kdialog("kdialog".as_ref(), question)];
    if kde {
        commands.reverse();
    }
    first(commands, wanted)
}

/// The answer of the first program that opens a dialog.
fn first(commands: impl IntoIterator<Item = Command>, wanted: &StillWanted) -> Answer {
    let mut answers = commands.into_iter().map(|command| run(command, wanted));
    answers.find(|answer| *answer != Answer::Missing).unwrap_or(Answer::Missing)
}

fn zenity(program: &OsStr, question: &Question) -> Command {
    let Question { title, kind, ending, .. } = question;
    let mut command = Command::new(program);
    command.args(["--file-selection", &format!("--title={title}"), &format!("--file-filter={kind} | *.{ending}")]);
    let mut place = OsString::from("--filename=");
    place.push(start(question));
    command.arg(place);
    if question.name.is_some() {
        command.args(["--save", "--confirm-overwrite"]);
    }
    command
}

fn kdialog(program: &OsStr, question: &Question) -> Command {
    let Question { title, kind, ending, .. } = question;
    let mut command = Command::new(program);
    command.args(["--title", title]);
    command.arg(if question.name.is_some() { "--getsavefilename" } else { "--getopenfilename" });
    command.arg(start(question)).arg(format!("{kind} (*.{ending})"));
    command
}

/// Where the dialog begins: a folder, which ends in a slash, or the file that is suggested.
fn start(question: &Question) -> PathBuf {
    question.folder.join(question.name.as_deref().unwrap_or(""))
}

/// Runs such a program: it writes the file's path, and ends well; closed, it ends with 1.
fn run(mut command: Command, wanted: &StillWanted) -> Answer {
    // What some hosts preload for themselves is not meant for the desktop's programs.
    command.env_remove("LD_LIBRARY_PATH").env_remove("LD_PRELOAD");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let Ok(mut dialog) = command.spawn() else { return Answer::Missing };
    let ended = loop {
        match dialog.try_wait() {
            Ok(Some(status)) => break status.code(),
            Ok(None) if wanted.is_wanted() => std::thread::park_timeout(PAUSE),
            _ => {
                // It may have ended just now.
                let _ended = dialog.kill();
                let _status = dialog.wait();
                return Answer::Closed;
            }
        }
    };
    let mut said = Vec::new();
    let read = dialog.stdout.take().map(|mut stdout| stdout.read_to_end(&mut said));
    match (ended, read) {
        (Some(0), Some(Ok(_))) => path(said).map_or(Answer::Missing, Answer::File),
        (Some(1), _) => Answer::Closed,
        _ => Answer::Missing,
    }
}

/// The path in what a program said: all but the end of the line.
fn path(mut said: Vec<u8>) -> Option<PathBuf> {
    if said.last() == Some(&b'\n') {
        said.pop();
    }
    let path = PathBuf::from(OsString::from_vec(said));
    path.is_absolute().then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editor::dialog::Dialogs;
    use std::sync::mpsc::channel;

    /// A folder for programs that play a dialog's part.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("band-player-dialogs-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&folder).expect("a folder");
            Self(folder)
        }

        /// Such a program. Another process writes it: while this one starts programs in other threads, they may hold the
        /// file open for a moment, and what is open for writing cannot be run.
        fn program(&self, name: &str, script: &str) -> OsString {
            let path = self.0.join(name);
            let mut write = Command::new("/bin/sh");
            write.args(["-c", "printf '#!/bin/sh\n%s\n' \"$1\" > \"$0\" && chmod 755 \"$0\""]).arg(&path).arg(script);
            assert!(write.status().expect("a shell").success());
            path.into()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _gone = std::fs::remove_dir_all(&self.0);
        }
    }

    fn question(name: Option<&str>) -> Question {
        let name = name.map(str::to_owned);
        Question { title: "Save it".into(), folder: "/my music".into(), name, kind: "MIDI files", ending: "mid" }
    }

    /// Asks in a thread of its own, as the window does, until there is an answer.
    fn answer(commands: impl Fn() -> Vec<Command> + Send + Sync + 'static) -> Answer {
        let pending = Dialogs::new(move |_, wanted| first(commands(), wanted)).open(question(None)).expect("a thread");
        loop {
            match pending.answer() {
                Some(answer) => return answer,
                None => std::thread::park_timeout(Duration::from_millis(5)),
            }
        }
    }

    #[test]
    fn each_program_is_asked_in_its_own_words() {
        let folder = Folder::new("words");
        let check = |make: fn(&OsStr, &Question) -> Command, name, expected: &[&str]| {
            let said = folder.0.join("said");
            let script = format!("printf '%s\\n' \"$@\" > '{}'; echo '/my music/a b.mid'", said.display());
            let program = folder.program("program", &script);
            let found = answer(move || vec![make(&program, &question(name))]);
            assert_eq!(found, Answer::File("/my music/a b.mid".into()));
            let said = std::fs::read_to_string(said).expect("it ran");
            assert_eq!(said.lines().collect::<Vec<_>>(), expected);
        };
        let words = ["--file-selection", "--title=Save it", "--file-filter=MIDI files | *.mid"];
        check(zenity, None, &[&words[..], &["--filename=/my music/"]].concat());
        check(
            zenity,
            Some("t 1.mid"),
            &[&words[..], &["--filename=/my music/t 1.mid", "--save", "--confirm-overwrite"]].concat(),
        );
        check(kdialog, None, &["--title", "Save it", "--getopenfilename", "/my music/", "MIDI files (*.mid)"]);
        check(
            kdialog,
            Some("t 1.mid"),
            &["--title", "Save it", "--getsavefilename", "/my music/t 1.mid", "MIDI files (*.mid)"],
        );
    }

    #[test]
    fn closed_is_told_from_missing_and_the_next_program_is_tried() {
        let folder = Folder::new("missing");
        let commands = |names: &[&str]| {
            let programs: Vec<_> = names.iter().map(|name| folder.0.join(name)).collect();
            move || programs.iter().map(Command::new).collect()
        };
        folder.program("closed", "exit 1");
        folder.program("broken", "echo /a.mid; exit 127");
        folder.program("killed", "kill -9 $$");
        folder.program("vague", "echo a.mid");
        folder.program("file", "echo /a.mid");
        assert_eq!(answer(commands(&["closed"])), Answer::Closed);
        for missing in ["there is none", "broken", "killed", "vague"] {
            assert_eq!(answer(commands(&[missing])), Answer::Missing, "{missing}");
            assert_eq!(answer(commands(&[missing, "file"])), Answer::File("/a.mid".into()), "after {missing}");
        }
        assert_eq!(answer(commands(&["closed", "file"])), Answer::Closed, "who closes one is not asked again");
    }

    #[test]
    fn a_dialog_ends_with_the_window_that_asked() {
        let folder = Folder::new("unwanted");
        let program = folder.program("open", "exec sleep 600");
        let (say, ended) = channel();
        let ask = move |_: &Question, wanted: &StillWanted| {
            let answer = first([Command::new(&program)], wanted);
            say.send(answer.clone()).expect("the test hears");
            answer
        };
        let pending = Dialogs::new(ask).open(question(None)).expect("a thread");
        assert_eq!(pending.answer(), None, "it is open");
        drop(pending);
        assert_eq!(ended.recv_timeout(Duration::from_secs(60)), Ok(Answer::Closed));
    }
}
