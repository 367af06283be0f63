//! The program as an instrument: its own clock, started in its window, at 97 in 3/4 with a measure of count-in; played by MIDI
//! and on the computer's keyboard; what was played saved as notes and as sound. And how soon after its start the band
//! plays.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use model::midi_file::MidiFile;
use model::{Channel, Key, Velocity};

use super::client::Recorder;
use super::recording::Recording;
use super::window::{PART, Screen};
use super::{PATIENCE, TRIES, TooBusy, serve};
use crate::display::Display;
use crate::editor::{Hand, Picture};
use crate::event::Kind;
use crate::jack::{self, RATE};
use crate::window::parent::{Child, keys};

/// Quarter notes a minute.
const TEMPO: i64 = 97;

/// How many samples a measure of three has, at most: a part of one more or less.
const MEASURE: i64 = 3 * 60 * RATE as i64 / TEMPO;

/// The key of the computer's keyboard that is played, and the note that it is: C in the middle.
const TYPED: (u8, u8) = (keys::A, 60);

/// Longest from the program's start to the band's first note, in seconds: three measures at 120, and two seconds.
const SOON: f64 = 3.0 * 2.0 + 2.0;

/// Longest that saving may take, from the first click to the file.
const PATIENT: Duration = Duration::from_secs(60);

/// How far apart, of 255, pictures are at least of which one has a list of files before it and is dark behind that.
/// Measured: 14 to 16; 0.4 where the list has gone.
const DIMMED: f64 = 4.0;

/// Plays it.
///
/// # Errors
/// If the program cannot be driven, or does not do what it should.
pub(super) fn play(server: &str, program: &Path, out: &Path, display: &Display) -> anyhow::Result<()> {
    refusals(program, out)?;
    again(|| soon(server, program, out, display))?;
    again(|| instrument(server, program, out, display))
}

/// Tries as often as a busy machine spoils it.
fn again(mut once: impl FnMut() -> anyhow::Result<(anyhow::Result<()>, i64)>) -> anyhow::Result<()> {
    for _ in 0..TRIES {
        match once()? {
            (Err(error), lost) if lost > 0 => println!("Again: JACK lost {lost} cycles, and {error:#}."),
            (outcome, _) => return outcome,
        }
    }
    Err(TooBusy.into())
}

/// The program in a home of its own, with these words. It needs JACK, and shows itself here.
fn program_in(home: &Path, program: &Path, words: &[&str], out: &Path, display: &Display) -> anyhow::Result<Command> {
    // Without a path it finds no program for a dialog: files are chosen in its own window.
    let first = [OsStr::new("PATH="), program.as_os_str(), OsStr::new("--backend"), OsStr::new("jack")];
    let words: Vec<&OsStr> = first.into_iter().chain(words.iter().map(OsStr::new)).collect();
    let mut command = jack::bounded(PATIENCE, Path::new("env"), &words, &out.join("band-player.log"))?;
    command.env("DISPLAY", display.name()).env("LIBGL_ALWAYS_SOFTWARE", "1").env("HOME", home);
    command.env_remove("XDG_DATA_HOME").env_remove("XDG_CONFIG_HOME");
    Ok(command)
}

/// A home that nobody has lived in.
fn new_home(out: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let home = out.join(name);
    if home.exists() {
        std::fs::remove_dir_all(&home).with_context(|| format!("could not empty {}", home.display()))?;
    }
    std::fs::create_dir_all(home.join("Music")).with_context(|| format!("could not make {}", home.display()))?;
    Ok(home)
}

/// A tune in C over three keys, a note each so many samples, for so many samples.
fn tune(each: i64, length: i64) -> Vec<(i64, Kind)> {
    let channel = Channel::new(0).unwrap_or_else(|| unreachable!("the first"));
    let pitches = [72, 76, 79, 76, 74, 77];
    (0..length / each)
        .zip(pitches.iter().cycle())
        .flat_map(|(number, &pitch)| {
            let (key, at) = (Key::clamped(pitch), number * each);
            let on = Kind::On { channel, key, velocity: Velocity::DEFAULT };
            [(at, on), (at + each * 3 / 4, Kind::Off { channel, key })]
        })
        .collect()
}

/// What it cannot begin with, it says in one line, and nothing is played.
fn refusals(program: &Path, out: &Path) -> anyhow::Result<()> {
    let home = new_home(out, "home")?;
    let refused = [
        (["--set", "bpm"], "write --set ID=VALUE"),
        (["--set", "nothing=1"], "is no setting"),
        (["--set", "bpm=fast"], "cannot be set so"),
        (["--set", "panic=on"], "is of the moment"),
    ];
    for (words, why) in refused {
        let mut command = Command::new(program);
        command.args(words).env("HOME", &home).env_remove("XDG_DATA_HOME").env_remove("DISPLAY");
        let output = command.output().context("could not start it")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.code() == Some(2) && said.contains(why), "{words:?}: {}, {said}", output.status);
        ensure!(said.lines().count() == 1, "{words:?}: {said}");
    }
    Ok(())
}

/// The program lists its devices, among them the player.
fn lists(program: &Path) -> anyhow::Result<()> {
    let output = Command::new(program).arg("--devices").output().context("could not start it")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let is_there = said.lines().any(|line| line.trim() == "player:out");
    ensure!(output.status.success() && is_there && said.contains("--midi-input"), "--devices: {said}");
    Ok(())
}

/// From a fresh start, playing at once at 120, to the band's first note.
fn soon(server: &str, program: &Path, out: &Path, display: &Display) -> anyhow::Result<(anyhow::Result<()>, i64)> {
    let events = tune(i64::from(RATE) / 2, 40 * i64::from(RATE));
    let (jackd, player) = serve(server, &events, out)?;
    let recorder = Recorder::open()?;
    lists(program)?;
    let home = new_home(out, "home")?;
    // What cannot be read is put aside, and all begins anew.
    let kept = home.join(".local/share/band-player/program.json");
    std::fs::create_dir_all(kept.parent().unwrap_or(&home)).context("no folder")?;
    std::fs::write(&kept, "{").context("no file")?;
    player.roll()?;
    let started = player.position()?;
    let band = jack::Running(program_in(&home, program, &[], out, display)?.spawn().context("could not start it")?);
    player.connect(&recorder, Duration::from_secs(10))?;
    super::play_until(&player, started + 14 * i64::from(RATE))?;
    let stopped = player.stop()?;
    let recording = recorder.finish();
    drop((player, band, jackd));
    ensure!(kept.with_extension("json.unread").exists(), "a set-up that cannot be read was not put aside");
    let first = recording.notes.iter().filter(|note| note.channel != 0).map(|note| note.on).min();
    let judged = match first {
        None => Err(anyhow::anyhow!("the band did not play until {stopped}")),
        Some(first) => {
            #[expect(clippy::cast_precision_loss, reason = "few samples")]
            let after = (first - started) as f64 / f64::from(RATE);
            println!("From a fresh start, playing at once at 120, the band's first note comes after {after:.2} s.");
            if after <= SOON { Ok(()) } else { Err(anyhow::anyhow!("{after:.2} s are more than {SOON} s")) }
        }
    };
    Ok((judged, recording.cycles))
}

/// As a musician has it: started by the space bar, played on two keyboards, saved.
fn instrument(
    server: &str,
    program: &Path,
    out: &Path,
    display: &Display,
) -> anyhow::Result<(anyhow::Result<()>, i64)> {
    // It ends before the music is stopped: a note that is held then would never end.
    let events = tune(i64::from(RATE) * 60 / TEMPO, 7 * MEASURE);
    let (jackd, player) = serve(server, &events, out)?;
    let recorder = Recorder::open()?;
    let home = new_home(out, "home")?;
    let words = ["--set", "bpm=97", "--set", "num=3", "--set", "first=off", "--set", "count=1"];
    let band = jack::Running(program_in(&home, program, &words, out, display)?.spawn().context("could not start it")?);
    player.connect(&recorder, Duration::from_secs(10))?;
    let screen = Screen::of(display)?;
    screen.wait()?;
    let hand = screen.hand()?;
    player.roll()?;
    hand.key(keys::SPACE)?;
    let pressed = player.position()?;
    super::play_until(&player, pressed + 5 * MEASURE)?;
    hand.press(TYPED.0, true)?;
    std::thread::sleep(Duration::from_millis(300));
    hand.press(TYPED.0, false)?;
    super::play_until(&player, pressed + 8 * MEASURE)?;
    screen.picture()?.save(&out.join("own-clock.png"))?;
    hand.key(keys::SPACE)?;
    std::thread::sleep(Duration::from_millis(500));
    hand.click(place("greeted"))?;
    for (chip, ending) in [("save", "mid"), ("save sound", "wav")] {
        save(&screen, &hand, chip, ending, &home, out)?;
    }
    let _stopped = player.stop()?;
    let recording = recorder.finish();
    drop((player, band, jackd));
    Ok((judge(&recording, pressed, &home, out), recording.cycles))
}

/// Saves the take as its musician does: the list of files is opened with this button, and what it proposes is taken.
/// One hand looks before it goes on: drawn in software on a busy machine, the list comes and goes in its own time,
/// and what is clicked or typed meanwhile is not for it.
fn save(
    screen: &Screen,
    hand: &Child<'_>,
    chip: &'static str,
    ending: &str,
    home: &Path,
    out: &Path,
) -> anyhow::Result<()> {
    let start = Instant::now();
    while start.elapsed() < PATIENT {
        let before = screen.still()?;
        hand.click(place(chip))?;
        let asks = |picture: &Picture| picture.coarse_difference(&before, PART) > DIMMED;
        if !screen.shows(asks)? {
            continue;
        }
        hand.key(keys::RETURN)?;
        if screen.shows(|picture| !asks(picture))? && written(home, ending)?.is_some() {
            return Ok(());
        }
    }
    let picture = out.join("not-saved.png");
    screen.picture()?.save(&picture)?;
    bail!("no .{ending} was saved in {}: see {}", home.join("Music").display(), picture.display())
}

/// Where a button of the program's window is.
#[expect(clippy::cast_possible_truncation, reason = "a place in a window")]
fn place(chip: &'static str) -> (i16, i16) {
    let at = Hand::new("program").at(egui::Id::unique(("chip", chip)));
    (at.x as i16, at.y as i16)
}

/// The file of this kind, once it is there in full; none where it does not come.
fn written(home: &Path, ending: &str) -> anyhow::Result<Option<PathBuf>> {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(10) {
        let files = std::fs::read_dir(home.join("Music"))?.flatten().map(|file| file.path());
        if let Some(file) = files.into_iter().find(|file| file.extension().is_some_and(|of| of == ending)) {
            return Ok(Some(file));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(None)
}

/// Holds what was played and what was saved against what was asked for.
fn judge(recording: &Recording, pressed: i64, home: &Path, out: &Path) -> anyhow::Result<()> {
    ensure!(recording.lost == 0 && recording.doubled == 0 && recording.orphans == 0, "{recording:?}");
    ensure!(recording.notes.iter().all(|note| note.off.is_some()), "a note never ends");
    let band: Vec<_> = recording.notes.iter().filter(|note| note.channel != 0).collect();
    let first = band.iter().map(|note| note.on).min().context("the band did not play")?;
    // A measure of count-in, and one that the band listens to.
    ensure!(first >= pressed + 2 * MEASURE, "the band plays {} samples after Run", first - pressed);
    // Sixteenths at 97 are 7422.68 samples: whole samples decide, as if they were counted from the first.
    let mut furthest = 0.0_f64;
    for note in &band {
        #[expect(clippy::cast_precision_loss, reason = "few samples")]
        let steps = (note.on - first) as f64 * 4.0 * 97.0 / 60.0 / f64::from(RATE);
        furthest = furthest.max((steps - steps.round()).abs() * 60.0 * f64::from(RATE) / 97.0 / 4.0);
    }
    ensure!(furthest < 1.01, "a note lies {furthest:.2} samples beside its step");
    let typed = recording.notes.iter().filter(|note| (note.channel, note.key) == (0, TYPED.1)).count();
    ensure!(typed == 1, "the key of the computer's keyboard was heard {typed} times");
    let midi = written(home, "mid")?.context("the take has gone")?;
    let take = MidiFile::open(&midi)?;
    let song = take.song();
    let thirds = song.spans().iter().filter(|span| span.steps == 12).count();
    ensure!(thirds + 1 >= song.spans().len(), "the take is not in 3/4: {:?}", song.spans());
    ensure!(song.spans().len() >= 6, "the take has {} measures", song.spans().len());
    let wav = std::fs::read(written(home, "wav")?.context("the sound has gone")?)?;
    let loudest = wav[44..].chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]]).unsigned_abs()).max();
    ensure!(loudest.is_some_and(|loudest| loudest > 1000), "what was saved as sound is silent");
    println!(
        "As an instrument, at 97 in 3/4: {} notes of the band on their samples, the first {:.1} measures after Run; the take \
         of {} measures as {} and as sound; its window: {}",
        band.len(),
        f64::from(u32::try_from(first - pressed).unwrap_or(0)) / f64::from(u32::try_from(MEASURE).unwrap_or(1)),
        song.spans().len(),
        midi.display(),
        out.join("own-clock.png").display()
    );
    Ok(())
}
