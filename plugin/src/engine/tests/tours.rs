//! Tempos and meters at the ends of what hosts have, ramps within a block, and hosts that jump in each block.

use super::rig::FakePort;
use super::*;
use crate::units::Bpm;

/// A host of this meter whose tempo is told anew in each block: what it plays, note by note, with the position in quarter
/// notes at which each of the band's begins.
struct Tour {
    rig: Rig,
    rate: f64,
    beats: f64,
    onsets: Vec<f64>,
    /// The most quarter notes that a sample was long.
    sample: f64,
}

impl Tour {
    fn new(meter: (u8, u8)) -> Self {
        let mut rig = Rig::new();
        rig.host.time_signature = Some((i32::from(meter.0), i32::from(meter.1)));
        Self { rig, rate: 48_000.0, beats: 0.0, onsets: Vec::new(), sample: 0.0 }
    }

    /// A block at this tempo, from `self.beats` on; the user holds a key throughout.
    fn block(&mut self, frames: u32, tempo: f64) {
        let per_sample = tempo / 60.0 / self.rate;
        self.sample = self.sample.max(per_sample);
        let host = &mut self.rig.host;
        (host.tempo, host.beats, host.samples) = (Bpm::new(tempo), Some(self.beats), None);
        let input = self.rig.extra.drain(..).map(|message| (0, message)).collect();
        let mut port = FakePort { input, out: Vec::new(), room: usize::MAX };
        self.rig.engine.process(&self.rig.host, frames, &mut port, None);
        for (at, out) in port.out {
            assert!(at < frames.max(1), "{out:?} at {at} of {frames}");
            if let Out::Said(Message::On(..)) = out {
                self.onsets.push(self.beats + f64::from(at) * per_sample);
            }
            self.rig.out.push((self.rig.now + i64::from(at), out));
        }
        self.rig.now += i64::from(frames);
        self.beats += f64::from(frames) * per_sample;
        self.rig.worker.step();
    }

    /// The transport stops: nothing of the band's sounds on.
    fn stop(mut self) -> Vec<f64> {
        self.rig.host.playing = false;
        self.block(64, 120.0);
        assert!(self.rig.hanging().iter().all(|&(channel, _)| channel == 0), "{:?}", self.rig.hanging());
        self.onsets
    }
}

#[test]
fn the_slowest_and_the_quickest_tempo_and_every_meter_of_sixteenths_keep_the_grid() {
    const METERS: [(u8, u8); 12] =
        [(1, 4), (5, 8), (7, 16), (12, 8), (3, 2), (1, 16), (1, 1), (2, 1), (11, 16), (6, 4), (13, 8), (99, 4)];
    for meter in METERS {
        for tempo in [10.0, 999.0] {
            let mut tour = Tour::new(meter);
            let bar = 4.0 * f64::from(meter.0) / f64::from(meter.1);
            let until = 5.0 * bar.clamp(4.0, 8.0);
            tour.rig.extra = vec![Message::On(channel(0), Key::MIDDLE_C, Velocity::DEFAULT)];
            for &frames in [4096, 1, 511, 16_384].iter().cycle() {
                tour.block(frames, tempo);
                if tour.beats > until {
                    break;
                }
            }
            let (sample, onsets) = (tour.sample, tour.stop());
            assert!(!onsets.is_empty(), "{meter:?} at {tempo}: the band plays");
            for &at in &onsets {
                // The first sample that is not before its step, in quarter notes.
                let late = at - (at * 4.0 + 1e-6).floor() / 4.0;
                assert!(late < sample * 1.01 + 1e-6, "{meter:?} at {tempo}: {at} is {late} late");
            }
            assert!(onsets[0] + 1e-6 >= bar.min(4.0), "{meter:?} at {tempo}: nothing before it has listened");
        }
    }
}

/// A host whose tempo runs up and down, told a block late as hosts do, in blocks of every size: the band stays on the grid
/// as far as anybody can know it, nothing hangs, nothing comes twice.
#[test]
fn a_tempo_that_never_stands_still_leaves_nothing_behind() {
    let mut tour = Tour::new((7, 8));
    tour.rig.extra = vec![Message::On(channel(0), Key::MIDDLE_C, Velocity::DEFAULT)];
    for round in 0..4000_u32 {
        let swing = f64::from(round % 200) / 200.0;
        tour.block([64, 1, 0, 333, 1024][round as usize % 5], 10.0 + 989.0 * (1.0 - (2.0 * swing - 1.0).abs()));
    }
    assert!(tour.onsets.len() > 50, "{}", tour.onsets.len());
    tour.stop();
}

#[test]
fn a_host_that_jumps_in_each_block_gets_no_note_that_stays() {
    let mut tour = Tour::new((4, 4));
    tour.rig.extra = vec![Message::On(channel(0), Key::MIDDLE_C, Velocity::DEFAULT)];
    let mut rng = model::Rng::new(7);
    for round in 0..3000 {
        // Now and then it stays long enough for the band to play.
        if round % 400 < 200 {
            tour.beats = (f64::from(rng.unit()) - 0.3) * 100.0;
        }
        tour.block(2048, 240.0);
    }
    assert!(!tour.onsets.is_empty());
    tour.stop();
}
