//! The plugin in a real DAW: Ardour 7 without a window, through JACK without a sound card.
//!
//! `arrange.lua` makes a session whose track "Me" carries Band Player and sends to the track
//! "Band". The project's tune is laid on "Me", and a loop is set. Then `take.lua` opens the
//! session, records "Band" over a change of tempo and around the loop, and saves; a second take
//! does the same with what the first one saved. Both must be the same music, on the grid.
//!
//! Last, a take that the plugin saved is opened in Ardour's window, in an X server without a screen.
//!
//! # What Ardour's Lua cannot do
//! Without its window it can neither import a MIDI file nor make a loop, so both are written
//! into the session file that `arrange.lua` saved. When the transport stops, Ardour closes the
//! notes that a recording still holds: that they end is seen only of notes that end earlier.

mod opened;
mod recording;
mod session;
mod studio;
mod verdict;
mod window;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, ensure};
use model::midi_file::Song;

use recording::Recording;
use session::Session;
use studio::{Run, Studio};
use verdict::{Expected, Verdict};

use crate::host::Format;
use crate::{bundle, tune};

/// The scripts that Ardour runs.
const ARRANGE: &str = include_str!("../../daw/arrange.lua");
const TAKE: &str = include_str!("../../daw/take.lua");

/// The tempos, and the measure at which each begins: such that steps do not fall on whole samples.
const TEMPOS: [(u32, usize); 2] = [(147, 0), (181, 8)];
/// How many measures the first recording is compared over.
const MEASURES: usize = 12;
/// The loop: from this measure to that one, after the change of tempo.
const LOOP: (usize, usize) = (8, 12);
/// How often it is played.
const PASSES: usize = 3;
/// Any but the default, to see whether the session keeps it.
const SEED: u32 = 7;
/// The channels of the band "pop", the player's first.
const CHANNELS: [u8; 4] = [1, 2, 3, 4];

/// Steps in a measure of 4/4.
const STEPS: usize = 16;

/// One take: over the tempos, and around the loop.
struct Take {
    rolled: Verdict,
    looped: Verdict,
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
    let arranged = arrange(&studio, &out, &session)?;
    session.lay(&song, LOOP)?;
    println!("Ardour made a session with Band Player in it.{}", restarts(&arranged));
    let first = take("first", &studio, &out, &session, &song)?;
    let second = take("second", &studio, &out, &session, &song)?;
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
    println!("After reopening, Ardour recorded the same notes.");
    opened::check(&studio)?;
    println!("All is well, after {} s.", begin.elapsed().as_secs());
    Ok(())
}

/// Opens a take in Ardour, and nothing else.
///
/// # Errors
/// If Ardour cannot be driven, or shows another music.
pub fn open_take() -> anyhow::Result<()> {
    opened::check(&studio()?)
}

/// Ardour, with the bundled plugin in its home, and an empty folder for all that it writes.
fn studio() -> anyhow::Result<Studio> {
    let plugin = bundle::find(Format::Vst3)?;
    let out = bundle::target()?.join("daw");
    clear(&out)?;
    Studio::open(&out, &plugin)
}

/// The session without tune and loop.
fn arrange(studio: &Studio, out: &Path, session: &Session) -> anyhow::Result<Run> {
    let script = script(out, "arrange", ARRANGE)?;
    let (name, seed) = (session.name(), SEED.to_string());
    let tempos: Vec<String> = TEMPOS.iter().flat_map(|(bpm, at)| [bpm.to_string(), at.to_string()]).collect();
    let mut arguments: Vec<&OsStr> = vec![session.folder.as_ref(), name.as_ref(), seed.as_ref()];
    arguments.extend(tempos.iter().map(OsStr::new));
    // Ardour makes the folder itself.
    studio.run(&script, &arguments, || remove(&session.folder))
}

/// Opens, records, saves, and judges what was recorded.
fn take(which: &str, studio: &Studio, out: &Path, session: &Session, song: &Song) -> anyhow::Result<Take> {
    let script = script(out, &format!("{which}-take"), TAKE)?;
    let saved = session.copy_to(&out.join("before").join(session.name()))?;
    let before = session.recorded()?.len();
    let words = [session.name(), SEED.to_string(), MEASURES.to_string(), PASSES.to_string()];
    let mut arguments: Vec<&OsStr> = vec![session.folder.as_ref()];
    arguments.extend(words.iter().map(OsStr::new));
    let run = studio.run(&script, &arguments, || saved.copy_to(&session.folder).map(drop))?;
    let recorded = session.recorded()?.split_off(before);
    let [rolled, looped] = <[PathBuf; 2]>::try_from(recorded)
        .map_err(|files| anyhow::anyhow!("Ardour recorded {} times instead of twice", files.len()))?;
    let judge = |what: &str, file: &Path, expected: &Expected| {
        let verdict = Verdict::on(&Recording::read(file)?, expected)?;
        println!("  {what}: {}", told(&verdict));
        verdict.check(&CHANNELS)?;
        anyhow::Ok(verdict)
    };
    let xruns = run.log.lines().find_map(|line| line.strip_prefix("xruns: ")).unwrap_or("?");
    println!("The {which} take ({xruns} xruns).{}", restarts(&run));
    let context = |what: &str| format!("the {which} take, {what}");
    let rolled = judge("over the tempos", &rolled, &expected(song, 0..MEASURES, 1))
        .with_context(|| context("over the tempos"))?;
    let looped = judge("around the loop", &looped, &expected(song, LOOP.0..LOOP.1, PASSES))
        .with_context(|| context("around the loop"))?;
    Ok(Take { rolled, looped })
}

/// The tune's notes in these measures, played so often, counted from the first of them.
fn expected(song: &Song, measures: std::ops::Range<usize>, passes: usize) -> Expected {
    let (from, to) = (measures.start * STEPS, measures.end * STEPS);
    let notes = song.tracks.iter().take(1).flat_map(|track| track.notes(song.spans()));
    let steps: Vec<(usize, u8)> = notes
        .filter_map(|note| Some((usize::try_from(note.start).ok()?, note.key.get())))
        .filter(|(step, _)| (from..to).contains(step))
        .collect();
    let pass = |pass: usize| steps.iter().map(move |&(step, key)| ((step - from + pass * (to - from)) as u64, key));
    Expected { tune: (0..passes).flat_map(pass).collect(), until: (passes * (to - from)) as u64 }
}

/// A verdict in one line.
fn told(verdict: &Verdict) -> String {
    let channels: Vec<String> =
        verdict.channels.iter().map(|(channel, count)| format!("{count} on channel {channel}")).collect();
    format!(
        "{} notes ({}); recorded {:+.2} ticks late, at most {:.2} ticks off the grid; {} stuck",
        verdict.notes.len(),
        channels.join(", "),
        verdict.offset,
        verdict.deviation,
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
