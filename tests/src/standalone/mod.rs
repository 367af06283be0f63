//! The program `band-player` over JACK, without a sound card: a player sends it the project's tune, a recorder takes
//! what it sends, and JACK's transport rolls and stops. Twice without a window, and once with it, on an X server without a
//! screen, where a picture of it is kept and looked at. Then as an instrument, with its own clock ([`own`]).
//!
//! The player and the recorder are clients of their own, so that a note goes from one through the program to the other
//! in the same cycle, and every sample can be counted.

mod client;
mod own;
mod recording;
mod window;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use model::Channel;
use model::midi_file::{Song, Track};

use crate::bundle;
use crate::display::{self, Display};
use crate::event::{Kind, clip, schedule};
use crate::jack::{self, RATE};
use crate::timeline::{STEP, Timeline};
use crate::transport::Script;
use crate::tune;
use client::{Player, Recorder};
use recording::{Played, Recording};
use window::Screen;

/// Quarter notes a minute: a whole number of microseconds each, and every other sixteenth falls between two samples.
const TEMPO: u32 = 256;

/// How many measures are played.
const MEASURES: usize = 12;

/// Before this measure the band has not heard enough.
const ENTRANCE: i64 = 2;

/// How often a take is played that a busy machine spoils.
const TRIES: u32 = 4;

/// Longest that one take may take, in seconds; the music lasts 11.
const PATIENCE: u32 = 60;

/// JACK spoilt every try: nothing is known of the program.
#[derive(Debug)]
struct TooBusy;

impl std::fmt::Display for TooBusy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "this machine is too busy to tell: JACK lost cycles in {TRIES} tries in a row")
    }
}

impl std::error::Error for TooBusy {}

/// Plays, and tells what was found. JACK's server is the one that `JACK_DEFAULT_SERVER` names, started here.
///
/// # Errors
/// If the program cannot be driven, or what it sends is not as it should be.
pub fn run() -> anyhow::Result<()> {
    unless_busy(play())
}

fn play() -> anyhow::Result<()> {
    let server = std::env::var("JACK_DEFAULT_SERVER").context("run this by `cargo xtask standalone`")?;
    let target = bundle::target()?;
    let program = target.join("release").join("band-player");
    ensure!(program.exists(), "there is no {}: `cargo xtask standalone` builds it", program.display());
    let out = target.join("standalone");
    std::fs::create_dir_all(&out).with_context(|| format!("could not make {}", out.display()))?;
    let mut tries = 0;
    loop {
        let (first, lost) = take("first", &server, &program, &out, None)?;
        let (second, more) = take("second", &server, &program, &out, None)?;
        if first == second {
            break;
        }
        tries += 1;
        ensure!(lost + more > 0, "the second take is other music than the first");
        ensure!(tries < TRIES, TooBusy);
        println!("Again: JACK lost {} cycles, and the second take is other music.", lost + more);
    }
    println!("Both takes are the same music.");
    if let Some(display) = Display::start(0)? {
        // Drawn in software beside it, a prediction may come too late: its music is judged by itself.
        unless_busy(take("third", &server, &program, &out, Some(&display)).map(drop))?;
        unless_busy(own::play(&server, &program, &out, &display))?;
    } else {
        let packages = display::PACKAGES;
        println!(
            "Skipped: its window was not looked at; on Debian, `apt-get install {packages}` brings what is missing."
        );
    }
    println!("All that was tried is well.");
    Ok(())
}

/// Where the machine is too busy for one part, the next is tried all the same.
fn unless_busy(outcome: anyhow::Result<()>) -> anyhow::Result<()> {
    match outcome {
        Err(error) if error.is::<TooBusy>() => {
            println!("Skipped: {error}.");
            Ok(())
        }
        outcome => outcome,
    }
}

/// What the host plays, and where steps lie.
fn script() -> anyhow::Result<(Script, Vec<(i64, Kind)>)> {
    let whole = tune::song();
    let mut song = Song::steady(model::TimeSignature::FOUR_FOUR, f64::from(TEMPO), MEASURES).context("4/4")?;
    song.add_notes(Track::new("Lead"), whole.tracks[0].notes(whole.spans()));
    let end = song.spans().last().map_or(0, |span| i64::from(span.end()) * STEP);
    let script = Script::new(Timeline::of(&song), RATE).roll(0..end);
    let channel = Channel::new(0).context("a first channel")?;
    let events = schedule(&clip(&song.tracks[0], song.spans(), channel), &script);
    Ok((script, events))
}

/// A note: step, channel, key, velocity, step of its end.
type Note = (i64, u8, u8, u8, i64);

/// One take: its notes, and how many cycles JACK lost. Where it lost some, what comes of that is not held against the
/// program: the take is played again.
fn take(
    which: &str,
    server: &str,
    program: &Path,
    out: &Path,
    display: Option<&Display>,
) -> anyhow::Result<(Vec<Note>, i64)> {
    for _ in 0..TRIES {
        let (outcome, lost) = try_take(which, server, program, out, display)?;
        match outcome {
            Err(error) if lost > 0 => println!("Again: JACK lost {lost} cycles, and {error:#}."),
            outcome => return Ok((outcome?, lost)),
        }
    }
    Err(TooBusy.into())
}

/// Plays once; the error within is of what was recorded.
fn try_take(
    which: &str,
    server: &str,
    program: &Path,
    out: &Path,
    display: Option<&Display>,
) -> anyhow::Result<(anyhow::Result<Vec<Note>>, i64)> {
    let (script, events) = script()?;
    let (jackd, player) = serve(server, &events, out)?;
    let recorder = Recorder::open()?;
    let tempo = TEMPO.to_string();
    // JACK's transport counts, nothing is remembered, and where nobody looks at it, no sound takes time.
    let sound = if display.is_some() { "sound=on" } else { "sound=off" };
    let words = ["--fresh", "--set", "clock=host", "--set", sound, "--backend", "jack", "--tempo", &tempo];
    let words: Vec<&std::ffi::OsStr> = words.iter().map(|word| word.as_ref()).collect();
    let log = out.join("band-player.log");
    let mut command = jack::bounded(PATIENCE, program, &words, &log)?;
    match display {
        Some(display) => command.env("DISPLAY", display.name()).env("LIBGL_ALWAYS_SOFTWARE", "1"),
        // Without a window it needs none.
        None => command.env_remove("DISPLAY"),
    };
    let band = jack::Running(command.spawn().context("could not start band-player")?);
    let name = player.connect(&recorder, Duration::from_secs(10))?;
    // The band is loaded by a thread of its own; live, nothing waits for it.
    std::thread::sleep(Duration::from_secs(2));
    let screen = display.map(Screen::of).transpose()?;
    if let Some(screen) = &screen {
        screen.wait()?;
    }
    let end = events.iter().map(|(sample, _)| *sample).max().unwrap_or(0);
    player.roll()?;
    play_until(&player, end * 3 / 4)?;
    let early = screen.as_ref().map(Screen::picture).transpose()?;
    play_until(&player, end)?;
    let late = screen.as_ref().map(Screen::picture).transpose()?;
    play_until(&player, end + i64::from(RATE) / 4)?;
    let stopped = player.stop()?;
    // What the program owes must come in its next cycles.
    std::thread::sleep(Duration::from_millis(500));
    let recording = recorder.finish();
    drop((player, band, jackd));
    let file = out.join("window.png");
    if let Some(late) = &late {
        late.save(&file)?;
    }
    let music = match judge(&recording, &events, &script, stopped) {
        Ok(music) => music,
        Err(error) => return Ok((Err(error), recording.cycles)),
    };
    let mut channels: BTreeMap<u8, usize> = BTreeMap::new();
    music.iter().for_each(|note| *channels.entry(note.1 + 1).or_default() += 1);
    let channels: Vec<String> = channels.iter().map(|(channel, notes)| format!("{notes} on {channel}")).collect();
    println!(
        "The {which} take, through the client `{name}`: {} notes by channel ({}), each on its sample, none stuck.",
        music.len(),
        channels.join(", ")
    );
    if let (Some(early), Some(late)) = (early, late) {
        let apart = window::check(&early, &late).with_context(|| format!("see {}", file.display()))?;
        println!("Its window is {apart:.1} of 255 from the approved scene, and alive: {}", file.display());
    }
    Ok((Ok(music), recording.cycles))
}

/// A server and the player as its first client. On a busy machine a server may not come up: then another is started.
fn serve(server: &str, events: &[(i64, Kind)], out: &Path) -> anyhow::Result<(jack::Running, Player)> {
    let mut tries = 0;
    loop {
        let jackd = jack::start(server, PATIENCE + 10, &out.join("jackd.log"))?;
        tries += 1;
        match Player::open(events) {
            Err(_) if tries < TRIES => drop(jackd),
            player => return Ok((jackd, player?)),
        }
    }
}

/// Waits until JACK's transport has come so far.
fn play_until(player: &Player, sample: i64) -> anyhow::Result<()> {
    let start = Instant::now();
    while player.position()? < sample {
        ensure!(start.elapsed() < Duration::from_secs(40), "JACK's transport stands still");
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// Holds a recording against what the plugin promises; the notes on their steps, up to the music's end.
fn judge(recording: &Recording, sent: &[(i64, Kind)], script: &Script, stopped: i64) -> anyhow::Result<Vec<Note>> {
    ensure!(recording.lost == 0, "{} messages did not fit into the recorder", recording.lost);
    ensure!(recording.doubled == 0, "{} notes were struck while they sounded", recording.doubled);
    ensure!(recording.orphans == 0, "{} note offs had no note", recording.orphans);
    let mine: Vec<(i64, u8)> = recording.notes.iter().filter(|n| n.channel == 0).map(|n| (n.on, n.key)).collect();
    let tune: Vec<(i64, u8)> = sent
        .iter()
        .filter_map(|&(sample, kind)| match kind {
            Kind::On { key, .. } => Some((sample, key.get())),
            _ => None,
        })
        .collect();
    ensure!(mine == tune, "the tune came through changed: {mine:?} instead of {tune:?}");
    let step_at = |sample: i64| {
        let tick = script.timeline.tick_at(0, sample, RATE);
        let near = [tick / STEP, tick / STEP + 1];
        near.into_iter().find(|step| script.timeline.samples(0, step * STEP, RATE) == sample)
    };
    let end = i64::try_from(MEASURES).unwrap_or(i64::MAX) * 16;
    let mut music = Vec::new();
    for &Played { on, off, channel, key, velocity } in &recording.notes {
        let Some(off) = off else { bail!("a note on channel {} (key {key}) never ends", channel + 1) };
        let Some(step) = step_at(on) else {
            bail!(
                "a note on channel {} lies beside its sample: at {on}, {:?}",
                channel + 1,
                script.timeline.tick_at(0, on, RATE)
            );
        };
        ensure!(on < stopped, "a note begins after the transport stopped");
        ensure!(channel == 0 || step >= ENTRANCE * 16, "the band plays at step {step}, before it has listened");
        if step < end {
            let until = script.timeline.tick_at(0, off.min(stopped), RATE);
            music.push((step, channel, key, velocity, ((until + STEP / 2) / STEP).min(end)));
        }
    }
    let band = music.iter().filter(|note| note.1 != 0).count();
    ensure!(band >= 4 * MEASURES, "the band played only {band} notes");
    music.sort_unstable();
    Ok(music)
}
