//! What an open editor costs the processor, beside an empty window of the same toolkit.

use std::sync::atomic::AtomicU8;
use std::time::{Duration, Instant};

use anyhow::Context;

use super::audio::CLOSED;
use super::parent::Parent;
use super::{BLOCK, RATE, while_playing};
use crate::bundle;
use crate::host::{Format, Host};
use crate::setup::Setup;

/// The size at which both are compared.
const SIZE: (u32, u32) = (1000, 600);

/// Measures and prints a table; each figure is over so long, twice.
///
/// # Errors
/// If a window cannot be opened.
pub fn run(each: Duration) -> anyhow::Result<()> {
    let empty = Host::load(&bundle::empty_plugin()?)?;
    let ours = Host::load_bundled(Format::Clap)?;
    println!("{:<42} {:>10} {:>13} {:>6}  aim", "an open editor, share of one core", "empty", "Band Player", "ratio");
    for (what, rolls, aim) in [("idle", false, 1.2), ("playing", true, 2.0)] {
        let (reference, own) = (editor(&empty, rolls, each, false)?, editor(&ours, rolls, each, true)?);
        let ratio = own / reference.max(1e-9);
        let name = format!("{what}, {} × {}, software rendering", SIZE.0, SIZE.1);
        println!("{name:<42} {:>8.2} % {:>11.2} % {ratio:>6.2}  {aim} × empty", reference * 1e2, own * 1e2);
    }
    Ok(())
}

/// The share of a core that an editor takes: of the whole process with it, less that without it.
fn editor(host: &Host, rolls: bool, each: Duration, is_ours: bool) -> anyhow::Result<f64> {
    let parent = Parent::new(1000, 600)?;
    let mut instance = host.instance()?;
    if is_ours {
        Setup { thru: true, ..Setup::default() }.apply(instance.as_mut())?;
    }
    instance.activate(RATE, BLOCK)?;
    let does = AtomicU8::new(CLOSED);
    let (mut without, mut with) = (0.0, 0.0);
    while_playing(instance.as_mut(), &does, rolls, |editor| {
        // Until the band has come in.
        std::thread::sleep(Duration::from_secs(if rolls { 8 } else { 2 }));
        for _ in 0..2 {
            without += share(each)?;
            editor.open(parent.window)?;
            editor.resize(SIZE.0, SIZE.1)?;
            parent.resize(SIZE)?;
            // What it takes to open is not what is asked for.
            std::thread::sleep(Duration::from_secs(2));
            with += share(each)?;
            editor.close();
            std::thread::sleep(Duration::from_millis(300));
        }
        Ok(())
    })?;
    Ok((with - without).max(0.0) / 2.0)
}

/// The share of a core that this process takes for a while.
fn share(during: Duration) -> anyhow::Result<f64> {
    let (before, start) = (busy()?, Instant::now());
    std::thread::sleep(during);
    Ok((busy()? - before) / start.elapsed().as_secs_f64())
}

/// How long this process has worked, in seconds: from Linux's /proc, to a hundredth.
fn busy() -> anyhow::Result<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").context("this is measured on Linux")?;
    let rest = text.rsplit_once(')').context("a line of /proc/self/stat")?.1;
    let ticks = rest.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
    // A hundred a second wherever Linux shows them to programs.
    Ok(ticks.sum::<Result<f64, _>>()? / 100.0)
}
