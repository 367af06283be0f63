//! A block of 64 samples, with nothing to do and with much, beside a plugin that does nothing.

use std::time::Duration;

use criterion::Criterion;
use model::TimeSignature;
use tests::bundle;
use tests::event::{ClipNote, Event, schedule};
use tests::host::{Format, Host, Instance, Transport};
use tests::setup::Setup;
use tests::timeline::{QUARTER, STEP, Timeline};
use tests::transport::Script;

use crate::table::Table;

const BLOCK: u32 = 64;
const RATE: u32 = 48_000;

/// One block's input.
type Input = (Transport, u32, Vec<Event>);

pub(crate) fn measure(criterion: &mut Criterion, table: &mut Table) {
    let empty = Host::load(&bundle::empty_plugin().expect("the empty plugin")).expect("it loads");
    let ours = Host::load_bundled(Format::Clap).expect("the bundle");
    for (what, blocks) in [("idle", idle()), ("busy", busy())] {
        for (whose, host) in [("an empty plugin", &empty), ("Band Player", &ours)] {
            let mut instance = host.instance().expect("an instance");
            if std::ptr::eq(host, &raw const ours) {
                Setup { thru: true, sound: false, ..Setup::default() }.apply(instance.as_mut()).expect("it is set up");
            }
            instance.activate(RATE, BLOCK).expect("active");
            let name = format!("a block of {BLOCK} samples, {what}, {whose}");
            table.time(criterion, ("process", &name), "2 × empty", run(instance.as_mut(), &blocks));
        }
    }
    sounding(criterion, table, &ours);
}

/// The same with the plugin's own instruments: the band and the player, and as many notes as there are voices.
fn sounding(criterion: &mut Criterion, table: &mut Table, ours: &Host) {
    for (what, blocks) in [("the band sounds", played(&[72])), ("every voice sounds", busy())] {
        let mut instance = ours.instance().expect("an instance");
        Setup { thru: true, ..Setup::default() }.apply(instance.as_mut()).expect("it is set up");
        instance.activate(RATE, BLOCK).expect("active");
        let name = format!("a block of {BLOCK} samples, {what}");
        table.time(criterion, ("process", &name), "66.7 µs (5 %)", run(instance.as_mut(), &blocks));
    }
}

/// Plays the blocks over and over.
fn run<'a>(instance: &'a mut dyn Instance, blocks: &'a [Input]) -> impl FnMut() -> Duration + 'a {
    let mut next = blocks.iter().cycle();
    let mut heard = Vec::new();
    move || {
        let (transport, frames, events) = next.next().expect("blocks");
        instance.process(*frames, Some(transport), events, &mut heard).expect("a block")
    }
}

/// The transport stands still.
fn idle() -> Vec<Input> {
    inputs(&Script::new(Timeline::steady(250_000, TimeSignature::FOUR_FOUR), RATE).halt(64_000), &[])
}

/// Four notes on every sixteenth, at 240 quarter notes a minute.
fn busy() -> Vec<Input> {
    played(&[60, 64, 67, 72])
}

/// These keys on every sixteenth, at 240 quarter notes a minute.
fn played(keys: &[i32]) -> Vec<Input> {
    let timeline = Timeline::steady(250_000, TimeSignature::FOUR_FOUR);
    let clip: Vec<_> = (0..16 * 16)
        .flat_map(|step| {
            keys.iter().map(move |&key| ClipNote {
                ticks: step * STEP..(step + 1) * STEP,
                channel: model::Channel::new(0).expect("a channel"),
                key: model::Key::clamped(key),
                velocity: model::Velocity::DEFAULT,
            })
        })
        .collect();
    inputs(&Script::new(timeline, RATE).roll(0..16 * 4 * QUARTER), &clip)
}

fn inputs(script: &Script, clip: &[ClipNote]) -> Vec<Input> {
    let events = schedule(clip, script);
    let mut events = events.iter().peekable();
    let mut inputs = Vec::new();
    for block in script.blocks(&[BLOCK]) {
        let end = block.start + i64::from(block.frames);
        let mut sent = Vec::new();
        while let Some(&(sample, kind)) = events.next_if(|&&(sample, _)| sample < end) {
            sent.push(Event { offset: u32::try_from(sample - block.start).expect("in the block"), kind });
        }
        inputs.push((script.event(&block), block.frames, sent));
    }
    inputs
}
