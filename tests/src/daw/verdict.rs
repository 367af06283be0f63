//! What a recording of the band must be like, whatever the band plays.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};

use super::recording::{Played, Recording};
use super::session::TICKS;

/// Steps in a measure of 4/4.
const MEASURE: u64 = 16;

/// No voice of the band holds a note longer, in steps: its measures are predicted one by one, and
/// the longest note that they were seen to tie over a bar line is shorter.
const LONGEST: u64 = 2 * MEASURE;

/// What was played into the plugin, and where it is compared.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    /// The player's notes: step and key, in order.
    pub(super) tune: Vec<(u64, u8)>,
    /// Only onsets from this step on count: after a jump, recording begins a little later than playing.
    pub(super) since: u64,
    /// Only onsets before this step count: the script stops a little later, not on a sample.
    pub(super) until: u64,
    /// The step, between two as it may be, at which the recording begins.
    pub(super) origin: f64,
    /// How early a note on each step may be, in Ardour's ticks, beyond what is allowed everywhere (none
    /// where the list ends).
    pub(super) early: Vec<f64>,
    /// The channel on which the tune is to arrive, from 0.
    pub(super) mine: u8,
}

/// A note on the grid: step, channel, key, velocity, and the step at which it ends (at most the
/// last one that counts).
pub(super) type OnGrid = (u64, u8, u8, u8, u64);

/// What a recording is like.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Verdict {
    /// How much later than played everything was recorded, in Ardour's ticks.
    pub(super) offset: f64,
    /// The largest distance of an onset from its step after that, in Ardour's ticks, of notes that must not be
    /// early.
    pub(super) deviation: f64,
    /// The largest distance of those that may.
    pub(super) excused: f64,
    /// The most by which any note is beyond what it may be.
    pub(super) beyond: f64,
    /// The notes of each channel, counted from 1.
    pub(super) channels: BTreeMap<u8, usize>,
    /// Notes that did not end, or ended only with the recording.
    pub(super) stuck: usize,
    /// All notes that count.
    pub(super) notes: Vec<OnGrid>,
    /// The player's channel, from 0.
    mine: u8,
}

impl Verdict {
    /// Measures and counts.
    ///
    /// # Errors
    /// If the player's own notes did not come through as they were played, a note was struck
    /// while it sounded, or a note off came without its note.
    pub(super) fn on(recording: &Recording, expected: &Expected) -> anyhow::Result<Self> {
        let step = float(recording.quarter) / 4.0;
        let range = float(expected.since) - 0.5..float(expected.until) - 0.5;
        let counts = |note: &&Played| range.contains(&(float(note.start) / step + expected.origin));
        let counted: Vec<&Played> = recording.notes.iter().filter(counts).collect();
        let mine: Vec<&&Played> = counted.iter().filter(|note| note.channel == expected.mine).collect();
        let late = |(note, &(at, _)): (&&&Played, &(u64, u8))| float(note.start) - (float(at) - expected.origin) * step;
        let mut latencies: Vec<f64> = mine.iter().zip(&expected.tune).map(late).collect();
        latencies.sort_unstable_by(f64::total_cmp);
        let offset = *latencies.get(latencies.len() / 2).context("nothing of the tune was recorded")?;
        let place = |ticks: u64| (float(ticks) - offset) / step + expected.origin;
        let heard: Vec<(u64, u8)> = mine.iter().map(|note| (nearest(place(note.start)), note.key)).collect();
        ensure!(heard == expected.tune, "the tune came through changed: {heard:?} instead of {:?}", expected.tune);
        ensure!(recording.doubled == 0, "{} notes were struck while they sounded", recording.doubled);
        ensure!(recording.orphans == 0, "{} note offs had no note", recording.orphans);

        let mut channels = BTreeMap::new();
        for note in &counted {
            *channels.entry(note.channel + 1).or_insert(0) += 1;
        }
        let (mut deviation, mut excused, mut beyond) = (0.0_f64, 0.0_f64, 0.0_f64);
        for note in &counted {
            let step = nearest(place(note.start));
            let off = (place(note.start) - float(step)) * f64::from(TICKS) / 4.0;
            let early = usize::try_from(step).ok().and_then(|step| expected.early.get(step)).copied().unwrap_or(0.0);
            let kind = if early > 0.0 { &mut excused } else { &mut deviation };
            *kind = kind.max(off.abs());
            beyond = beyond.max(if off < 0.0 { -off - early } else { off });
        }
        let scale = f64::from(TICKS) / float(recording.quarter);
        let notes = counted.iter().map(|note| {
            let end = nearest(place(note.end.unwrap_or(recording.end))).min(expected.until);
            (nearest(place(note.start)), note.channel, note.key, note.velocity, end)
        });
        let mut notes: Vec<OnGrid> = notes.collect();
        notes.sort_unstable();
        let stuck = stuck(recording);
        Ok(Self { offset: offset * scale, deviation, excused, beyond, channels, stuck, notes, mine: expected.mine })
    }

    /// Holds it against what the band promises always.
    ///
    /// # Errors
    /// The first promise that is broken.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        // Ardour writes in ticks; a sample's rounding may move a note by one.
        ensure!(self.beyond <= 1.0, "a note lies {:.2} ticks beside its step", self.beyond);
        ensure!(self.stuck == 0, "{} notes are stuck", self.stuck);
        Ok(())
    }

    /// Holds it against what a band of these channels promises when the transport starts.
    ///
    /// # Errors
    /// The first promise that is broken.
    pub(super) fn check_from_the_start(&self, band: &[u8]) -> anyhow::Result<()> {
        self.check()?;
        let channels: Vec<u8> = self.channels.keys().copied().collect();
        ensure!(channels == band, "the band plays on the channels {channels:?} instead of {band:?}");
        let first = self.notes.iter().filter(|note| note.1 != self.mine).map(|note| note.0).min();
        let first = first.context("the band does not play")?;
        ensure!(first >= 2 * MEASURE, "the band plays at step {first}, before it has heard two measures");
        Ok(())
    }
}

/// Notes without an end, and those that only the recording's end ended: Ardour closes what
/// sounds then, so a note that began long before is taken to hang.
fn stuck(recording: &Recording) -> usize {
    let longest = LONGEST * recording.quarter / 4;
    let hangs = |note: &&Played| match note.end {
        None => true,
        Some(end) => end - note.start > longest,
    };
    recording.notes.iter().filter(hangs).count()
}

#[expect(clippy::cast_precision_loss, reason = "a recording has fewer than 2^53 ticks")]
fn float(ticks: u64) -> f64 {
    ticks as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
fn nearest(steps: f64) -> u64 {
    steps.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A note of the recording: ticks of a 16th of 480 each, so that a step is 480 ticks.
    fn note(start: u64, length: u64, channel: u8, key: u8) -> Played {
        Played { start, channel, key, velocity: 90, end: Some(start + length) }
    }

    fn recording(mut notes: Vec<Played>) -> Recording {
        notes.sort_unstable();
        let end = notes.iter().filter_map(|note| note.end).max().unwrap_or(0);
        Recording { quarter: 1920, notes, doubled: 0, orphans: 0, end }
    }

    /// Four measures of a tune, recorded 7 ticks late, and a band that enters in the third.
    fn good() -> Vec<Played> {
        let mut notes: Vec<Played> = (0..16).map(|beat| note(beat * 1920 + 7, 960, 0, 60)).collect();
        notes.extend([note(32 * 480 + 7, 1920, 1, 67), note(40 * 480 + 7, 1920, 2, 43)]);
        notes
    }

    fn expected() -> Expected {
        let tune = (0..16).map(|beat| (beat * 4, 60)).collect();
        let early = [vec![0.0; 44], vec![5.0; 4]].concat();
        Expected { tune, since: 0, until: 64, origin: 0.0, mine: 0, early }
    }

    fn judge(notes: Vec<Played>) -> anyhow::Result<Verdict> {
        let verdict = Verdict::on(&recording(notes), &expected())?;
        verdict.check_from_the_start(&[1, 2, 3])?;
        Ok(verdict)
    }

    fn refused(change: impl FnOnce(&mut Vec<Played>), reason: &str) {
        let mut notes = good();
        change(&mut notes);
        let error = judge(notes).expect_err("a fault is found");
        assert!(error.to_string().contains(reason), "{error}");
    }

    #[test]
    fn a_constant_latency_is_measured_and_forgiven() {
        let verdict = judge(good()).expect("all is well");
        assert!((verdict.offset - 7.0).abs() < 1e-9 && verdict.deviation < 1e-9, "{verdict:?}");
        assert_eq!(verdict.notes.len(), 18);
    }

    #[test]
    fn every_fault_is_found() {
        refused(|notes| notes[17].start += 2, "beside its step");
        refused(|notes| notes[16].end = None, "stuck");
        refused(|notes| notes[16].end = Some(200 * 480), "stuck");
        refused(|notes| notes[16].channel = 5, "channels [1, 3, 6]");
        refused(|notes| notes[16].start = 16 * 480 + 7, "before it has heard");
        refused(|notes| notes[3].key = 61, "came through changed");
        refused(|notes| notes.retain(|note| note.start != 5 * 1920 + 7), "came through changed");
        refused(|notes| notes.retain(|note| note.channel == 0), "channels [1]");
    }

    #[test]
    fn a_ramp_excuses_what_is_early_there_and_no_more() {
        let note_at = |ticks: u64| {
            let mut notes = good();
            notes.push(note(ticks, 480, 3, 50));
            notes
        };
        // Steps 44 to 47 are in a ramp, and may be five ticks early, beside the one of everywhere.
        let verdict = Verdict::on(&recording(note_at(45 * 480 + 1)), &expected()).expect("a verdict");
        assert!((verdict.excused - 6.0).abs() < 1e-9 && verdict.deviation < 1e-9, "{verdict:?}");
        assert!((verdict.beyond - 1.0).abs() < 1e-9);
        let beyond = |ticks| Verdict::on(&recording(note_at(ticks)), &expected()).expect("a verdict").beyond;
        assert!(beyond(45 * 480) > 1.5, "seven ticks early");
        assert!(beyond(45 * 480 + 9) > 1.5, "two ticks late");
        assert!(beyond(43 * 480 + 1) > 1.5, "early before the ramp");
        assert!(beyond(48 * 480 + 1) > 1.5, "early after the ramp");
    }

    #[test]
    fn a_recording_that_begins_after_a_jump_counts_from_there() {
        let mut notes: Vec<Played> = good();
        // It begins two and a half steps after the first: 1200 ticks.
        notes.retain(|note| note.start > 1200);
        notes.iter_mut().for_each(|note| {
            note.start -= 1200;
            note.end = note.end.map(|end| end - 1200);
        });
        let tune = (2..16).map(|beat| (beat * 4, 60)).collect();
        let verdict = Verdict::on(&recording(notes), &Expected { tune, since: 8, origin: 2.5, ..expected() });
        let verdict = verdict.expect("a verdict");
        assert!((verdict.offset - 7.0).abs() < 1e-9 && verdict.deviation < 1e-9, "{verdict:?}");
        assert_eq!(verdict.notes.len(), 16);
    }

    #[test]
    fn what_begins_after_the_compared_part_does_not_count() {
        let mut notes = good();
        notes.push(note(64 * 480 + 7, 480, 3, 50));
        assert_eq!(judge(notes).expect("all is well").notes.len(), 18);
    }
}
