//! The plugin in a real DAW: Ardour 7 without a window, through JACK without a sound card.
//!
//! `arrange.lua` makes a session whose track "Me" carries Band Player and sends to the track
//! "Band". The project's tune is laid on "Me", and a loop is set. Then `take.lua` opens the
//! session, records "Band" over changes of tempo and meter, around the loop and after jumps, and
//! saves; a second take does the same, but for the jumps, with what the first one saved. Both must
//! be the same music, on the grid.
//!
//! Then a chart of twelve measures is looped there, and the band must play it in every pass (`blues.rs`).
//!
//! Last, a take that the plugin saved is opened in Ardour's window, in an X server without a screen.
//!
//! # What Ardour's Lua cannot do
//! Without its window it can neither import a MIDI file nor make a loop, so both are written
//! into the session file that `arrange.lua` saved. When the transport stops, Ardour closes the
//! notes that a recording still holds: that they end is seen only of notes that end earlier.

mod blues;
mod opened;
mod recording;
mod session;
mod sounded;
mod studio;
mod tempo;
mod verdict;
mod window;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, ensure};
use model::midi_file::Song;

use recording::Recording;
use session::{Recorded, Session};
use sounded::Sounded;
use studio::{Run, Studio};
use verdict::{Expected, Verdict};

use crate::host::Format;
use crate::{bundle, tune};

/// The scripts that Ardour runs.
const ARRANGE: &str = include_str!("../../daw/arrange.lua");
const TAKE: &str = include_str!("../../daw/take.lua");

/// How many quarters the first recording is compared over: all changes of tempo and meter, and two measures more.
const UNTIL: usize = 52;
/// The loop: from this quarter to that one, after all changes. Ardour writes down a loop's recording as if
/// the music went on beyond its end. The tune rests there: of a note that ends with the loop, Ardour 7.3 lets nobody
/// hear the end.
const LOOP: (usize, usize) = (48, 64);
/// How often it is played.
const PASSES: usize = 3;
/// Any but the default, to see whether the session keeps it; and one with which many notes of the band stand alone, since by those
/// what is heard is held against what was sent (28 of them; with 7, 8 and 11 there are fewer than ten).
const SEED: u32 = 5;
/// The channels of the band "pop", and of its drummer.
const CHANNELS: [u8; 5] = [1, 2, 3, 4, 10];
/// That of the drummer, from 0, whose strokes do not click.
const DRUMS: u8 = 9;
/// That of the Bass, from 0, which the player plays from a keyboard on the first channel.
const MINE: u8 = 3;

/// Steps in a quarter.
const STEPS: usize = 4;
/// Jumps while the transport rolls, forward and back, the second out of the ramp's end and on over a change of meter.
const JUMPS: [Jump; 2] = [Jump { from: 0, at: 10, to: 44, until: 60 }, Jump { from: 36, at: 46, to: 16, until: 32 }];
/// How many quarters after a jump are not compared: until then the recording has surely begun.
const AFTER_JUMP: usize = 4;

/// A jump; all in quarters.
#[derive(Clone, Copy, Debug)]
struct Jump {
    /// Where the transport rolls from.
    from: usize,
    /// Where it jumps.
    at: usize,
    /// Whereto.
    to: usize,
    /// Up to where what follows is compared.
    until: usize,
}

/// One take: over the tempos, and around the loop.
struct Take {
    rolled: Verdict,
    looped: Verdict,
    /// What was heard over the tempos.
    sounded: Sounded,
}

/// Does it all, and tells what was found.
///
/// # Errors
/// If Ardour cannot be driven, or the recordings are not as they should be.
pub fn run() -> anyhow::Result<()> {
    let begin = Instant::now();
    let studio = studio()?;
    let out = studio.out.clone();
    let song = tune::song();

    let session = Session { folder: out.join("jam") };
    let arranged = arrange(&studio, &session, MINE + 1, &tempo::words())?;
    session.lay(&song, LOOP)?;
    let distance = tempo::check(&arranged.log)?;
    println!(
        "Ardour made a session with Band Player in it; its quarters are at most {distance:.2} samples from the exact places.{}",
        restarts(&arranged)
    );
    let first = take("first", &studio, &session, &song, &JUMPS)?;
    let second = take("second", &studio, &session, &song, &[])?;
    for (what, before, after) in
        [("over the tempos", &first.rolled, &second.rolled), ("around the loop", &first.looped, &second.looped)]
    {
        let equal = before.notes.iter().zip(&after.notes).take_while(|(a, b)| a == b).count();
        ensure!(
            before.notes == after.notes,
            "after reopening the music {what} is another: {} notes and {}, the first {equal} the same, then {:?} and {:?}",
            before.notes.len(),
            after.notes.len(),
            before.notes.get(equal),
            after.notes.get(equal)
        );
    }
    let (before, after) = (&first.sounded.onsets, &second.sounded.onsets);
    // How long a recording is hangs on when a script wakes.
    let both = before.iter().zip(after).take(before.len().min(after.len()).saturating_sub(2));
    for (before, after) in both {
        ensure!(before.abs_diff(*after) <= 1024, "after reopening, what was heard at {before} is heard at {after}");
    }
    println!("After reopening, Ardour recorded the same notes, and the same sound.");
    blues::check(&studio)?;
    if !opened::check(&studio)? {
        println!("Skipped: {NOT_OPENED}.");
    }
    println!("All that was tried is well, after {} s.", begin.elapsed().as_secs());
    Ok(())
}

/// What is said where there is no X server.
const NOT_OPENED: &str =
    "no take was opened in Ardour's window; on Debian, `apt-get install xvfb libgl1-mesa-dri` brings what is missing";

/// Opens a take in Ardour, and nothing else.
///
/// # Errors
/// If there is no X server for its window, Ardour cannot be driven, or shows another music.
pub fn open_take() -> anyhow::Result<()> {
    ensure!(opened::check(&studio()?)?, NOT_OPENED);
    Ok(())
}

/// Ardour, with the bundled plugin in its home, and an empty folder for all that it writes.
fn studio() -> anyhow::Result<Studio> {
    let plugin = bundle::find(Format::Vst3)?;
    let out = bundle::target()?.join("daw");
    clear(&out)?;
    Studio::open(&out, &plugin)
}

/// The session without tune and loop, whose player plays this voice, from 1.
fn arrange(studio: &Studio, session: &Session, voice: u8, changes: &[String]) -> anyhow::Result<Run> {
    let script = script(&studio.out, &format!("arrange-{}", session.name()), ARRANGE)?;
    let mut words = vec![session.name(), SEED.to_string(), tempo::QUARTERS.to_string(), voice.to_string()];
    words.extend_from_slice(changes);
    let mut arguments: Vec<&OsStr> = vec![session.folder.as_ref()];
    arguments.extend(words.iter().map(OsStr::new));
    // Ardour makes the folder itself.
    studio.run(&script, &arguments, || remove(&session.folder))
}

/// Opens, records, and saves: from the beginning to this quarter, around the loop so often, and over jumps.
fn record(
    which: &str,
    studio: &Studio,
    session: &Session,
    (until, passes): (usize, usize),
    jumps: &[Jump],
) -> anyhow::Result<Run> {
    let script = script(&studio.out, &format!("{which}-take"), TAKE)?;
    let saved = session.copy_to(&studio.out.join("before").join(session.name()))?;
    let mut words = vec![session.name(), SEED.to_string(), until.to_string(), passes.to_string()];
    words.extend(
        jumps.iter().flat_map(|jump| [jump.from, jump.at, jump.to, jump.until]).map(|quarter| quarter.to_string()),
    );
    let mut arguments: Vec<&OsStr> = vec![session.folder.as_ref()];
    arguments.extend(words.iter().map(OsStr::new));
    studio.run(&script, &arguments, || saved.copy_to(&session.folder).map(drop))
}

/// Opens, records, saves, and judges what was recorded.
fn take(which: &str, studio: &Studio, session: &Session, song: &Song, jumps: &[Jump]) -> anyhow::Result<Take> {
    let before = session.recorded()?.len();
    let sounds_before = sounded::files(&session.folder, &session.name()).map_or(0, |files| files.len());
    let run = record(which, studio, session, (UNTIL, PASSES), jumps)?;
    let recorded = session.recorded()?.split_off(before);
    ensure!(recorded.len() == 2 + jumps.len(), "Ardour recorded {} times", recorded.len());
    let xruns = run.log.lines().find_map(|line| line.strip_prefix("xruns: ")).unwrap_or("?");
    println!("The {which} take ({xruns} xruns).{}", restarts(&run));
    let judge = |what: &str, recorded: &Recorded, expected: &Expected| {
        let verdict = Verdict::on(&Recording::read(&recorded.file)?, expected)?;
        println!("  {what}: {}", told(&verdict));
        anyhow::Ok(verdict)
    };
    let from_the_start = |what: &str, recorded: &Recorded, expected: &Expected| {
        let judged = judge(what, recorded, expected);
        let checked = judged.and_then(|verdict| verdict.check_from_the_start(&CHANNELS).map(|()| verdict));
        checked.with_context(|| format!("the {which} take, {what}"))
    };
    let rolled = from_the_start("over the tempos", &recorded[0], &over_the_tempos(song, 0..UNTIL, 1))?;
    let sounds = sounded::files(&session.folder, &session.name())?;
    let sound = sounds.get(sounds_before).context("Ardour recorded no audio of the plugin")?;
    let sounded = Sounded::read(sound)?;
    let (alone, least, most) = sounded
        .check(&Recording::read(&recorded[0].file)?, UNTIL)
        .with_context(|| format!("the {which} take, what is heard over the tempos"))?;
    println!("  heard over the tempos: {alone} notes that stand alone, {least:.0} to {most:.0} samples late");
    let looped = from_the_start("around the loop", &recorded[1], &over_the_tempos(song, LOOP.0..LOOP.1, PASSES))?;
    for (jump, recorded) in jumps.iter().zip(&recorded[2..]) {
        let what = format!("after a jump from quarter {} to {}", jump.at, jump.to);
        let judged =
            judge(&what, recorded, &after(jump, over_the_tempos(song, jump.to..jump.until, 1), recorded.sample));
        let checked = judged.and_then(|verdict| {
            verdict.check()?;
            let foreign = verdict.channels.keys().any(|channel| !CHANNELS.contains(channel));
            ensure!(!foreign && verdict.channels.len() > 2, "the band plays on the channels {:?}", verdict.channels);
            Ok(())
        });
        checked.with_context(|| format!("the {which} take, {what}"))?;
    }
    Ok(Take { rolled, looped, sounded })
}

/// The tune's notes in these quarters, played so often, counted from the first of them.
fn expected(song: &Song, quarters: std::ops::Range<usize>, passes: usize) -> Expected {
    let (from, to) = (quarters.start * STEPS, quarters.end * STEPS);
    let notes = song.tracks.iter().take(1).flat_map(|track| track.notes(song.spans()));
    let steps: Vec<(usize, u8)> = notes
        .filter_map(|note| Some((usize::try_from(note.start).ok()?, note.key.get())))
        .filter(|(step, _)| (from..to).contains(step))
        .collect();
    let pass = |pass: usize| steps.iter().map(move |&(step, key)| ((step - from + pass * (to - from)) as u64, key));
    Expected {
        tune: (0..passes).flat_map(pass).collect(),
        since: 0,
        until: (passes * (to - from)) as u64,
        origin: 0.0,
        mine: MINE,
        early: Vec::new(),
    }
}

/// The same in the session whose tempo changes.
fn over_the_tempos(song: &Song, quarters: std::ops::Range<usize>, passes: usize) -> Expected {
    let steps = quarters.start * STEPS..quarters.end * STEPS;
    let early = steps.map(|step| tempo::early(float(step) / float(STEPS))).collect();
    Expected { early, ..expected(song, quarters, passes) }
}

/// What is expected of a recording that begins at this sample, some time after a jump.
fn after(jump: &Jump, mut expected: Expected, sample: f64) -> Expected {
    expected.since = (AFTER_JUMP * STEPS) as u64;
    expected.tune.retain(|&(step, _)| step >= expected.since);
    expected.origin = (tempo::quarter(sample) - float(jump.to)) * float(STEPS);
    expected
}

#[expect(clippy::cast_precision_loss, reason = "few steps")]
fn float(number: usize) -> f64 {
    number as f64
}

/// A verdict in one line.
fn told(verdict: &Verdict) -> String {
    let channels: Vec<String> =
        verdict.channels.iter().map(|(channel, count)| format!("{count} on channel {channel}")).collect();
    format!(
        "{} notes ({}); recorded {:+.2} ticks late, at most {:.2} ticks off the grid ({:.2} in a ramp); {} stuck",
        verdict.notes.len(),
        channels.join(", "),
        verdict.offset,
        verdict.deviation,
        verdict.excused,
        verdict.stuck
    )
}

fn restarts(run: &Run) -> String {
    match run.spoilt {
        0 => String::new(),
        1 => " (JACK cut Ardour off once when it started.)".to_owned(),
        times => format!(" (JACK cut Ardour off {times} times when it started.)"),
    }
}

fn script(out: &Path, name: &str, text: &str) -> anyhow::Result<PathBuf> {
    let path = out.join(name).with_extension("lua");
    fs::write(&path, text).with_context(|| format!("could not write {}", path.display()))?;
    Ok(path)
}

fn remove(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("could not remove {}", folder.display()))?;
    }
    Ok(())
}

/// Makes a folder, without what was in it.
fn clear(folder: &Path) -> anyhow::Result<()> {
    remove(folder)?;
    fs::create_dir_all(folder).with_context(|| format!("could not make {}", folder.display()))
}
