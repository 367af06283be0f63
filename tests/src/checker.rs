//! What must hold after every block, whatever the plugin does.
//!
//! The checker knows nothing of the plugin's own arithmetic: where a note may begin it works out
//! from the [`Script`] in whole numbers.

use model::{Channel, Key};

use crate::event::{Event, Kind};
use crate::timeline::STEP;
use crate::transport::{Block, Script};

/// Something that a host or a listener would complain about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An event stands before the one that was sent earlier.
    OutOfOrder {
        /// The sample of the block.
        offset: u32,
    },
    /// An event lies beyond the block.
    OutsideBlock {
        /// The sample of the block.
        offset: u32,
        /// How many samples the block has.
        frames: u32,
    },
    /// A note begins while it sounds.
    DoubleOn {
        /// Its channel.
        channel: Channel,
        /// Its key.
        key: Key,
    },
    /// A note ends that does not sound.
    OrphanOff {
        /// Its channel.
        channel: Channel,
        /// Its key.
        key: Key,
    },
    /// A band's note begins beside its step.
    OffGrid {
        /// Samples to the nearest step.
        error: u64,
    },
    /// A band's note begins while the transport stands still.
    NoteWhileStopped {
        /// Its key.
        key: Key,
    },
    /// A note still sounds after the first sample of the first block after a stop.
    LateOff {
        /// Its channel.
        channel: Channel,
        /// Its key.
        key: Key,
    },
    /// The player's own notes did not come through as they went in.
    ThruDiffers,
}

/// Where a fault was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The sample since the beginning at which the block started.
    pub block: i64,
    /// What.
    pub fault: Fault,
}

/// The channel whose notes are the player's own, passed through, if any are.
pub type Thru = Option<Channel>;

/// Watches one instance's output, block by block.
#[derive(Debug)]
pub struct Checker {
    thru: Thru,
    sounding: Box<[[bool; 128]; 16]>,
    /// Did the transport roll in the block before?
    rolled: bool,
    max_onset_error: u64,
    found: Vec<Found>,
    faults: usize,
}

/// What the checker saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The first faults, at most [`Verdict::SHOWN`].
    pub found: Vec<Found>,
    /// All of them.
    pub faults: usize,
    /// Notes that still sounded at the end.
    pub hanging: usize,
    /// The farthest that a band's note began from its step, in samples.
    pub max_onset_error: u64,
}

impl Verdict {
    /// How many faults are kept.
    pub const SHOWN: usize = 20;

    /// Nothing to complain about?
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.faults == 0 && self.hanging == 0 && self.max_onset_error == 0
    }
}

impl Checker {
    /// A checker that has heard nothing. With `thru`, the notes of that channel are the player's.
    #[must_use]
    pub fn new(thru: Thru) -> Self {
        Self {
            thru,
            sounding: Box::new([[false; 128]; 16]),
            rolled: false,
            max_onset_error: 0,
            found: Vec::new(),
            faults: 0,
        }
    }

    /// Checks one block: what went in and what came out.
    pub fn block(&mut self, script: &Script, block: &Block, sent: &[Event], heard: &[Event]) {
        let rolls = script.rolls(block);
        let mut last = 0;
        for event in heard {
            if event.offset < last {
                self.fault(block, Fault::OutOfOrder { offset: event.offset });
            }
            last = last.max(event.offset);
            if event.offset >= block.frames {
                self.fault(block, Fault::OutsideBlock { offset: event.offset, frames: block.frames });
            }
            // All that is owed from before the stop comes with the block's first sample.
            if self.rolled && !rolls && event.offset > 0 {
                self.rolled = false;
                self.late_offs(block);
            }
            self.note(script, block, event);
        }
        if self.rolled && !rolls {
            self.late_offs(block);
        }
        self.rolled = rolls;
        if let Some(thru) = self.thru {
            let own = |event: &&Event| match event.kind {
                Kind::On { channel, .. } | Kind::Off { channel, .. } => channel == thru,
                Kind::Other => false,
            };
            if !sent.iter().filter(own).eq(heard.iter().filter(own)) {
                self.fault(block, Fault::ThruDiffers);
            }
        }
    }

    /// What was seen, and what still sounds.
    #[must_use]
    pub fn finish(self) -> Verdict {
        let hanging = self.sounding.iter().flatten().filter(|&&sounds| sounds).count();
        Verdict { found: self.found, faults: self.faults, hanging, max_onset_error: self.max_onset_error }
    }

    fn note(&mut self, script: &Script, block: &Block, event: &Event) {
        match event.kind {
            Kind::On { channel, key, .. } => {
                if std::mem::replace(self.sounds(channel, key), true) {
                    self.fault(block, Fault::DoubleOn { channel, key });
                }
                if self.thru == Some(channel) {
                    return;
                }
                if !script.rolls(block) {
                    self.fault(block, Fault::NoteWhileStopped { key });
                    return;
                }
                let error = onset_error(script, block, event.offset);
                if error > 0 {
                    self.fault(block, Fault::OffGrid { error });
                }
                self.max_onset_error = self.max_onset_error.max(error);
            }
            Kind::Off { channel, key } => {
                if !std::mem::replace(self.sounds(channel, key), false) {
                    self.fault(block, Fault::OrphanOff { channel, key });
                }
            }
            Kind::Other => {}
        }
    }

    /// Every note of the band's that sounds now sounds too long.
    fn late_offs(&mut self, block: &Block) {
        for (channel, key) in every_key() {
            if self.thru != Some(channel) && *self.sounds(channel, key) {
                self.fault(block, Fault::LateOff { channel, key });
            }
        }
    }

    fn sounds(&mut self, channel: Channel, key: Key) -> &mut bool {
        &mut self.sounding[usize::from(channel.get())][usize::from(key.get())]
    }

    fn fault(&mut self, block: &Block, fault: Fault) {
        self.faults += 1;
        if self.found.len() < Verdict::SHOWN {
            self.found.push(Found { block: block.start, fault });
        }
    }
}

/// Every channel with every key.
fn every_key() -> impl Iterator<Item = (Channel, Key)> {
    (0..16).filter_map(Channel::new).flat_map(|channel| (0..128).filter_map(move |key| Some((channel, Key::new(key)?))))
}

/// The nearest step to a sample of a rolling block, in ticks.
#[must_use]
pub fn nearest_step(script: &Script, block: &Block, offset: u32) -> i64 {
    let from = script.first_tick(block.move_index);
    let at = block.offset + i64::from(offset);
    let step = script.timeline.tick_at(from, at, script.rate).div_euclid(STEP) * STEP;
    let distance = |tick| distance(script, from, tick, at);
    if distance(step + STEP) < distance(step) { step + STEP } else { step }
}

/// How far a sample of a rolling block lies from the sample of its nearest step.
fn onset_error(script: &Script, block: &Block, offset: u32) -> u64 {
    let from = script.first_tick(block.move_index);
    distance(script, from, nearest_step(script, block, offset), block.offset + i64::from(offset))
}

/// Samples between `at` (since the move began at tick `from`) and where a tick should sound.
fn distance(script: &Script, from: i64, tick: i64, at: i64) -> u64 {
    let (early, late) = script.timeline.exact_samples(from, tick, script.rate);
    if at < early { early.abs_diff(at) } else { late.abs_diff(at).min(early.abs_diff(at)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::{QUARTER, Timeline};
    use model::{TimeSignature, Velocity};

    const CHANNEL: u8 = 3;

    fn channel() -> Channel {
        Channel::new(CHANNEL).expect("a channel")
    }

    fn on(offset: u32, key: i32) -> Event {
        let kind = Kind::On { channel: channel(), key: Key::clamped(key), velocity: Velocity::DEFAULT };
        Event { offset, kind }
    }

    fn off(offset: u32, key: i32) -> Event {
        Event { offset, kind: Kind::Off { channel: channel(), key: Key::clamped(key) } }
    }

    /// Half a second of music at 120 quarters a minute (a step is 6000 samples), then a stop; in
    /// blocks of 12 000. `heard` says what the fake plugin sends in each of the three blocks.
    fn check(heard: [&[Event]; 3], expected: &[Fault], hanging: usize) {
        let timeline = Timeline::steady(500_000, TimeSignature::FOUR_FOUR);
        let script = Script::new(timeline, 48_000).roll(0..QUARTER).halt(12_000);
        let mut checker = Checker::new(None);
        for (block, heard) in script.blocks(&[12_000]).iter().zip(heard) {
            checker.block(&script, block, &[], heard);
        }
        let verdict = checker.finish();
        let faults: Vec<_> = verdict.found.iter().map(|found| found.fault).collect();
        assert_eq!((faults.as_slice(), verdict.hanging), (expected, hanging));
        assert_eq!(verdict.is_clean(), expected.is_empty() && hanging == 0);
    }

    fn key(number: i32) -> Key {
        Key::clamped(number)
    }

    #[test]
    fn a_good_stream_is_clean() {
        check([&[on(0, 60), off(6000, 60), on(6000, 60)], &[off(0, 60), on(6000, 62)], &[off(0, 62)]], &[], 0);
    }

    #[test]
    fn a_late_onset_is_measured() {
        check([&[on(6001, 60), off(6100, 60)], &[], &[]], &[Fault::OffGrid { error: 1 }], 0);
        check([&[], &[on(5997, 60), off(6100, 60)], &[]], &[Fault::OffGrid { error: 3 }], 0);
    }

    #[test]
    fn events_out_of_order_or_outside_are_found() {
        check(
            [&[on(6000, 60), on(0, 62), off(6000, 60), off(6000, 62)], &[], &[]],
            &[Fault::OutOfOrder { offset: 0 }],
            0,
        );
        let outside = Fault::OutsideBlock { offset: 12_000, frames: 12_000 };
        check([&[on(12_000, 60)], &[off(0, 60)], &[]], &[outside], 0);
    }

    #[test]
    fn double_ons_and_orphan_offs_are_found() {
        let (channel, key) = (channel(), key(60));
        check([&[on(0, 60)], &[on(0, 60), off(6000, 60)], &[]], &[Fault::DoubleOn { channel, key }], 0);
        check([&[], &[off(0, 60)], &[]], &[Fault::OrphanOff { channel, key }], 0);
    }

    #[test]
    fn hanging_and_late_notes_are_found() {
        let late = Fault::LateOff { channel: channel(), key: key(60) };
        check([&[on(0, 60)], &[], &[off(1, 60)]], &[late], 0);
        check([&[on(0, 60)], &[], &[]], &[late], 1);
        check([&[], &[], &[on(0, 60), off(6000, 60)]], &[Fault::NoteWhileStopped { key: key(60) }, late], 0);
    }

    #[test]
    fn a_changed_note_on_its_way_through_is_found() {
        let timeline = Timeline::steady(500_000, TimeSignature::FOUR_FOUR);
        let script = Script::new(timeline, 48_000).roll(0..QUARTER);
        let blocks = script.blocks(&[24_000]);
        for (sent, heard, clean) in [
            ([on(17, 60), off(18, 60)], [on(17, 60), off(18, 60)], true),
            ([on(17, 60), off(18, 60)], [on(17, 60), off(19, 60)], false),
            ([on(17, 60), off(18, 60)], [on(17, 61), off(18, 61)], false),
        ] {
            let mut checker = Checker::new(Some(channel()));
            checker.block(&script, &blocks[0], &sent, &heard);
            assert_eq!(checker.finish().is_clean(), clean);
        }
    }
}
