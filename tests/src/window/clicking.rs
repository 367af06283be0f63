//! Uses the whole editor by hand, with a second one open beside it, while the plugin plays.

use std::path::Path;
use std::sync::atomic::AtomicU8;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use super::audio::OPEN;
use super::parent::{Child, Parent, keys};
use super::{BLOCK, RATE, while_playing};
use crate::host::parts::Editor;
use crate::host::{Format, Host, Instance};
use crate::setup::Setup;

/// The editor's size, as it is first.
const SIZE: (i16, i16) = (1000, 640);

/// A place in the chord lane, in the column of the measure that plays.
const LANE: (i16, i16) = (812, 101);

/// How far apart the clicks are: no control is smaller in both directions.
const RASTER: i16 = 20;

/// Drags, clicks everywhere, types, resizes; keeps a picture in this folder.
///
/// # Errors
/// If anything fails, if nothing comes of it, or if the band stops to play.
pub fn run(format: Format, folder: &Path) -> anyhow::Result<()> {
    // The newer one lies on top, where its picture can be taken.
    let (beside, parent) = (Parent::new(1000, 640)?, Parent::new(1000, 640)?);
    let host = Host::load_bundled(format)?;
    let (mut instance, mut other) = (host.instance()?, host.instance()?);
    Setup { thru: true, ..Setup::default() }.apply(instance.as_mut())?;
    instance.activate(RATE, BLOCK)?;
    let (_, mut second) = other.parts();
    second.open(beside.window).context("a second instance's editor")?;
    // A chart is no setting, but the host must learn that its project has changed.
    let charted = moved_by(instance.as_mut(), &parent, |_, hand| type_a_chord(hand))?;
    ensure!(format == Format::Vst3 || charted == 1, "a chord was typed, and {charted} settings are others");
    let dragged = moved_by(instance.as_mut(), &parent, |_, hand| drag(hand))?;
    let clicked = moved_by(instance.as_mut(), &parent, |editor, hand| {
        click_everywhere(hand)?;
        let (width, height) = (u32::from(SIZE.0.unsigned_abs()), u32::from(SIZE.1.unsigned_abs()));
        editor.resize(width + 120, height + 60)?;
        std::thread::sleep(Duration::from_millis(100));
        editor.resize(width, height)?;
        by_keyboard(hand)?;
        drag(hand)?;
        std::thread::sleep(Duration::from_millis(200));
        let picture = parent.picture((width, height))?;
        picture.save(&folder.join(format!("clicked-{format}.png")))?;
        ensure!(picture.colours() > 50, "the editor draws nothing after all the clicks");
        Ok(())
    })?;
    // Open again beside the other, which was open all the while.
    let untouched = moved_by(instance.as_mut(), &parent, |_, _| Ok(()))?;
    second.close();
    println!("moved by drags: {dragged} settings, by clicks and keys: {clicked}, by opening alone: {untouched}");
    ensure!(untouched == 0, "{untouched} settings moved by themselves");
    // In VST3 a parameter changes when the host says so, and this host says nothing.
    ensure!(format == Format::Vst3 || (dragged >= 4 && clicked >= 4), "the hand moved too few settings");
    Ok(())
}

/// How many settings are others after this was done in the open editor, while the band plays.
fn moved_by(
    instance: &mut dyn Instance,
    parent: &Parent,
    act: impl FnOnce(&mut dyn Editor, Child<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<usize> {
    let before = settings(instance)?;
    let (took, _) = while_playing(instance, &AtomicU8::new(OPEN), true, |editor| {
        let size = editor.open(parent.window)?;
        parent.resize(size)?;
        wait_until_shown(parent, size)?;
        act(editor, parent.child()?)?;
        std::thread::sleep(Duration::from_millis(100));
        editor.close();
        Ok(())
    })?;
    ensure!(!took[usize::from(OPEN)].is_empty(), "nothing was processed meanwhile");
    Ok(before.iter().zip(settings(instance)?).filter(|(before, after)| *before != after).count())
}

/// Waits until the editor has drawn itself: the first picture takes long in software.
fn wait_until_shown(parent: &Parent, size: (u32, u32)) -> anyhow::Result<()> {
    let start = Instant::now();
    while parent.picture(size)?.colours() < 50 {
        ensure!(start.elapsed() < Duration::from_secs(30), "the editor draws nothing");
        std::thread::sleep(Duration::from_millis(50));
    }
    std::thread::sleep(Duration::from_millis(100));
    Ok(())
}

/// All parameters as a player reads them.
fn settings(instance: &mut dyn Instance) -> anyhow::Result<Vec<String>> {
    let names: Vec<_> = instance.parameters().iter().map(|parameter| parameter.name.clone()).collect();
    names.iter().map(|name| instance.get(name)).collect()
}

/// Every place of a raster; what opens is closed again.
fn click_everywhere(hand: Child<'_>) -> anyhow::Result<()> {
    for y in (RASTER / 2..SIZE.1).step_by(usize::from(RASTER.unsigned_abs())) {
        for x in (RASTER / 2..SIZE.0).step_by(2 * usize::from(RASTER.unsigned_abs())) {
            // The music itself has no controls: a few places of it are enough.
            let music = (250..1000).contains(&x) && (140..430).contains(&y);
            if music && (x / RASTER % 8 != 0 || y / RASTER % 8 != 0) {
                continue;
            }
            hand.click((x, y))?;
            hand.key(keys::ESCAPE)?;
        }
    }
    Ok(())
}

/// Types a chord into the lane, above the measure that plays. A field has the keyboard once it was drawn.
fn type_a_chord(hand: Child<'_>) -> anyhow::Result<()> {
    let drawn = || std::thread::sleep(Duration::from_millis(300));
    hand.click(LANE)?;
    for key in [keys::F, keys::RETURN, keys::ESCAPE] {
        drawn();
        hand.key(key)?;
    }
    Ok(())
}

/// Drags through the panel of numbers.
fn drag(hand: Child<'_>) -> anyhow::Result<()> {
    for (x, y) in [(540, 480), (540, 508), (540, 536), (540, 564), (540, 592), (292, 508), (44, 536)] {
        hand.drag((x, y), (x + 80, y))?;
    }
    Ok(())
}

/// Goes from control to control with the keyboard, and does with each what can be done.
fn by_keyboard(hand: Child<'_>) -> anyhow::Result<()> {
    for _ in 0..40 {
        for key in [keys::TAB, keys::RIGHT, keys::RETURN, keys::ONE, keys::RETURN, keys::SPACE, keys::ESCAPE] {
            hand.key(key)?;
        }
    }
    Ok(())
}
