//! Drawn in software, a window shows what it would if all of it were drawn at every picture.

use std::path::Path;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use band_player::editor::theme::Theme;

use super::audio::{END, OPEN};
use super::parent::{Child, Parent};
use super::{BLOCK, RATE, while_playing};
use crate::editor::Picture;
use crate::host::{Format, Host};
use crate::setup::Setup;

/// The editor's size.
const SIZE: (u32, u32) = (1000, 640);

/// Where nothing happens when the pointer is there: between the notes.
const NOWHERE: (i16, i16) = (640, 300);

/// Where the hand points and clicks while the band plays: bands, presets, Regenerate, View, the two
/// settings, the mute of a voice, two numbers.
const VISITED: [(i16, i16); 8] =
    [(60, 26), (60, 68), (855, 26), (966, 26), (284, 68), (194, 157), (540, 508), (44, 536)];

/// How often; each time from another moment of the tune on.
const ROUNDS: u32 = 4;

/// Lets the band play in an open window, and when it has stopped compares the window, of which only
/// parts were drawn for a while, with itself after a change of size and back, when all is drawn.
///
/// # Errors
/// If they differ (both pictures are kept in this folder), or if all was drawn all the time.
pub fn run(folder: &Path) -> anyhow::Result<()> {
    let parent = Parent::new(1000, 640)?;
    let host = Host::load_bundled(Format::Clap)?;
    let mut instance = host.instance()?;
    Setup { thru: true, ..Setup::default() }.apply(instance.as_mut())?;
    instance.activate(RATE, BLOCK)?;
    for round in 0..ROUNDS {
        let does = AtomicU8::new(OPEN);
        let _played = while_playing(instance.as_mut(), &does, true, |editor| {
            editor.open(parent.window)?;
            editor.resize(SIZE.0, SIZE.1)?;
            parent.resize(SIZE)?;
            let start = Instant::now();
            while parent.picture(SIZE)?.colours() < 50 {
                ensure!(start.elapsed() < Duration::from_secs(30), "the editor draws nothing");
                std::thread::sleep(Duration::from_millis(50));
            }
            std::thread::sleep(Duration::from_millis(3000 + 700 * u64::from(round)));
            use_it(parent.child()?)?;
            std::thread::sleep(Duration::from_millis(500));
            does.store(END, Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(100));
            // So that it is drawn once more.
            parent.child()?.hover(NOWHERE)?;
            let partly = at_rest(&parent).context("after playing")?;
            ensure!(is_drawn_in_parts(&partly), "round {round}: the window was drawn whole at its last picture");
            editor.resize(SIZE.0 + 40, SIZE.1 + 20)?;
            std::thread::sleep(Duration::from_millis(300));
            editor.resize(SIZE.0, SIZE.1)?;
            std::thread::sleep(Duration::from_millis(300));
            let whole = at_rest(&parent).context("after a change of size")?;
            let difference = partly.difference(&whole);
            if difference > 0.0 {
                partly.save(&folder.join("kept-partly.png"))?;
                whole.save(&folder.join("kept-whole.png"))?;
            }
            ensure!(
                difference == 0.0,
                "round {round}: {:.3} % of the window is not as if all were drawn: see kept-partly.png and \
                 kept-whole.png in {}",
                difference * 100.0,
                folder.display()
            );
            editor.close();
            Ok(())
        })?;
    }
    println!("{ROUNDS} times the window was, drawn in parts, as it is when all is drawn");
    Ok(())
}

/// The hand goes around: points, opens and closes, switches.
fn use_it(hand: Child<'_>) -> anyhow::Result<()> {
    for at in VISITED {
        hand.hover(at)?;
        std::thread::sleep(Duration::from_millis(60));
        hand.click(at)?;
        std::thread::sleep(Duration::from_millis(60));
        hand.key(super::parent::keys::ESCAPE)?;
    }
    hand.hover(NOWHERE)
}

/// What the window shows when it changes no more.
fn at_rest(parent: &Parent) -> anyhow::Result<Picture> {
    let (start, mut before) = (Instant::now(), parent.picture(SIZE)?);
    let mut alike = 0;
    while alike < 4 {
        ensure!(start.elapsed() < Duration::from_secs(20), "the window does not come to rest");
        std::thread::sleep(Duration::from_millis(100));
        let now = parent.picture(SIZE)?;
        alike = if now == before { alike + 1 } else { 0 };
        before = now;
    }
    Ok(before)
}

/// Whether the sign in the last line's first pixel says that only parts were drawn: the ground's red,
/// and a shade of blue.
fn is_drawn_in_parts(picture: &Picture) -> bool {
    let ([red, green, blue], ground) = (picture.at(0, picture.height - 1), Theme::new(true).panel);
    (red, green) == (ground.r(), ground.g()) && (1..8).contains(&(blue ^ ground.b()))
}
