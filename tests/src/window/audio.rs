//! The audio thread: a tune over and over, at its own pace.

use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use model::Channel;

use super::{BLOCK, RATE};
use crate::event::{Event, clip, schedule};
use crate::host::parts::Blocks;
use crate::timeline::{STEP, Timeline};
use crate::transport::Script;
use crate::tune;

/// What the window does, for the audio thread to sort its figures by: it is closed.
pub const CLOSED: u8 = 0;
/// It is open.
pub const OPEN: u8 = 1;
/// It opens and closes.
pub const OPENS_AND_CLOSES: u8 = 2;
/// All is over.
pub const END: u8 = 3;

/// How long the blocks took, in microseconds, by what the window did, and how many events came.
pub type Played = ([Vec<f64>; 3], usize);

/// Plays until the end; `rolls`: else the transport stands.
///
/// # Errors
/// If the plugin reports one.
pub fn play(blocks: &mut dyn Blocks, window: &AtomicU8, rolls: bool) -> anyhow::Result<Played> {
    let song = tune::song();
    let end = song.spans().last().map_or(0, |span| i64::from(span.end())) * STEP;
    let mut script = Script::new(Timeline::of(&song), RATE);
    for _ in 0..20 {
        script = if rolls { script.roll(0..end) } else { script.halt(end / 100) };
    }
    let clip = clip(&song.tracks[0], song.spans(), Channel::new(0).context("a channel")?);
    let events = if rolls { schedule(&clip, &script) } else { Vec::new() };
    let mut events = events.iter().peekable();
    let (mut took, mut notes, mut heard) = ([const { Vec::new() }; 3], 0, Vec::new());
    let start = Instant::now();
    for block in script.blocks(&[BLOCK]) {
        let does = window.load(Ordering::Relaxed);
        if does == END {
            break;
        }
        let to = block.start + i64::from(block.frames);
        let mut sent = Vec::new();
        while let Some(&(sample, kind)) = events.next_if(|&&(sample, _)| sample < to) {
            sent.push(Event { offset: u32::try_from(sample - block.start).unwrap_or(0), kind });
        }
        let transport = script.event(&block);
        took[usize::from(does)].push(blocks.process(block.frames, &transport, &sent, &mut heard)?.as_secs_f64() * 1e6);
        notes += heard.len();
        let due = Duration::from_secs_f64(to as f64 / f64::from(RATE));
        if let Some(left) = due.checked_sub(start.elapsed()) {
            std::thread::sleep(left);
        }
    }
    Ok((took, notes))
}
