//! One take: a script played through an instance, every block checked.

use std::time::{Duration, Instant};

use anyhow::Context;
use model::{Channel, Key, Velocity};

use crate::checker::{Checker, Due, Grid, Seen, Thru, Verdict, nearest};
use crate::event::{ClipNote, Event, Kind, schedule};
use crate::host::Instance;
use crate::timeline::STEP;
use crate::transport::Script;

/// How the blocks come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// As fast as possible.
    Free,
    /// At the tempo's pace, as from an audio interface.
    Live,
    /// As fast as the worker answers: where a step has begun, a request may be under way, and the
    /// next block waits until it has come back. So nothing is missed, and nobody sits through it.
    Answered,
}

/// How long an answer may take at [`Pace::Answered`].
const MOST_PATIENCE: Duration = Duration::from_secs(60);

/// A note that the plugin sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Its first sample since the beginning.
    pub on: i64,
    /// The sample at which it ended; the take's last one if it did not.
    pub off: i64,
    /// Which of the script's moves it began in.
    pub move_index: usize,
    /// The step that it began at, in ticks of the music.
    pub tick: i64,
    /// The step that it ended at, in ticks of the same move: at most the move's end.
    pub end_tick: i64,
    /// Its channel.
    pub channel: Channel,
    /// Its key.
    pub key: Key,
    /// How loud it was.
    pub velocity: Velocity,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Take {
    /// The notes, by onset.
    pub notes: Vec<Heard>,
    /// What the checker says.
    pub verdict: Verdict,
    /// How long each `process()` took, in microseconds.
    pub process_us: Vec<f64>,
}

/// How a script is played.
#[derive(Clone, Debug)]
pub struct Playing<'a> {
    /// What the transport does.
    pub script: &'a Script,
    /// What the host's track plays.
    pub clip: &'a [ClipNote],
    /// The sizes of the blocks, over and over.
    pub sizes: &'a [u32],
    /// How fast.
    pub pace: Pace,
    /// Do the player's notes come back?
    pub thru: bool,
}

impl Playing<'_> {
    /// Plays the script from beginning to end through an active instance, telling `progress`
    /// after each block how many samples are done. A take should end with a halt, in which the
    /// last offs come.
    ///
    /// # Errors
    /// If the plugin reports one.
    pub fn play(&self, instance: &mut dyn Instance, progress: impl FnMut(i64)) -> anyhow::Result<Take> {
        self.play_with(instance, |_, _, _| Ok(()), progress)
    }

    /// The same; `before` each block, it is told its first sample, and may change parameters and
    /// tell the checker what to expect then.
    ///
    /// # Errors
    /// If the plugin or `before` reports one.
    pub fn play_with(
        &self,
        instance: &mut dyn Instance,
        mut before: impl FnMut(i64, &mut dyn Instance, &mut Checker) -> anyhow::Result<()>,
        mut progress: impl FnMut(i64),
    ) -> anyhow::Result<Take> {
        let script = self.script;
        let events = schedule(self.clip, script);
        let mut events = events.iter().peekable();
        let mut checker = Checker::new(if self.thru { Thru::On } else { Thru::Off }, Grid::EXACT);
        checker.set_drums_beside(has_groove(instance));
        let mut notes = Vec::new();
        let mut open: Vec<Heard> = Vec::new();
        let mut process_us = Vec::new();
        let (mut sent, mut heard) = (Vec::new(), Vec::new());
        let (mut end, mut step) = (0, (0, -1));
        let start = Instant::now();
        for block in script.blocks(self.sizes) {
            end = block.start + i64::from(block.frames);
            before(block.start, instance, &mut checker)?;
            sent.clear();
            while let Some(&(sample, kind)) = events.next_if(|&&(sample, _)| sample < end) {
                sent.push(Event { offset: u32::try_from(sample - block.start).unwrap_or(0), kind });
            }
            let transport = script.event(&block);
            let took = instance.process(block.frames, Some(&transport), &sent, &mut heard)?;
            process_us.push(took.as_secs_f64() * 1e6);
            let seen = Seen {
                start: block.start,
                frames: block.frames,
                transport: Some(&transport),
                sent: &sent,
                heard: &heard,
                refused: instance.refused(),
            };
            checker.block(seen);
            // The move and the step that an event belongs to.
            let place = |offset| {
                let onset = nearest(&transport, offset, Due::NOTHING, 0);
                let wraps = usize::try_from(onset.wraps).unwrap_or(0);
                ((block.move_index + wraps).min(script.moves.len() - 1), onset.tick)
            };
            for event in &heard {
                let at = block.start + i64::from(event.offset);
                match event.kind {
                    Kind::On { channel, key, velocity } => {
                        let (move_index, tick) = place(event.offset);
                        let end_tick = script.last_tick(move_index);
                        open.push(Heard { on: at, off: at, move_index, tick, end_tick, channel, key, velocity });
                    }
                    Kind::Off { channel, key } => {
                        if let Some(index) = open.iter().position(|note| (note.channel, note.key) == (channel, key)) {
                            let note = open.swap_remove(index);
                            let (move_index, tick) = place(event.offset);
                            let end_tick = if note.move_index == move_index { tick } else { note.end_tick };
                            notes.push(Heard { off: at, end_tick, ..note });
                        }
                    }
                    _ => {}
                }
            }
            progress(end);
            match self.pace {
                Pace::Free => {}
                Pace::Live => wait_until(start, end, script.rate),
                Pace::Answered => {
                    let here = (block.move_index, transport.place.floor().div_euclid(STEP));
                    if here != step {
                        step = here;
                        wait_for_answer(instance)?;
                    }
                }
            }
        }
        notes.extend(open.into_iter().map(|note| Heard { off: end, ..note }));
        notes.sort_by_key(|note| (note.on, note.channel, note.key));
        Ok(Take { notes, verdict: checker.finish(), process_us })
    }
}

/// Do a drummer's strokes lie beside their steps? (Another's plugin has no such parameter.)
fn has_groove(instance: &mut dyn Instance) -> bool {
    let groove = instance.get("Groove").ok();
    groove.and_then(|text| text.trim_end_matches(['%', ' ']).parse::<f32>().ok()).is_some_and(|groove| groove > 0.0)
}

/// Waits until no request is under way.
fn wait_for_answer(instance: &dyn Instance) -> anyhow::Result<()> {
    let start = Instant::now();
    loop {
        let status = instance.status()?;
        if status.figures.answers == status.figures.requests {
            return Ok(());
        }
        anyhow::ensure!(
            start.elapsed() < MOST_PATIENCE,
            "the worker does not answer: {} of {}",
            status.figures.answers,
            status.figures.requests
        );
        std::thread::sleep(Duration::from_micros(500));
    }
}

/// Sleeps until so many samples would have been heard.
#[expect(clippy::cast_precision_loss, reason = "a take has fewer than 2^53 samples")]
fn wait_until(start: Instant, samples: i64, rate: u32) {
    let due = Duration::from_secs_f64(samples as f64 / f64::from(rate));
    if let Some(left) = due.checked_sub(start.elapsed()) {
        std::thread::sleep(left);
    }
}

/// How many bytes a CLAP's state has before its JSON: its length. Required by the wrapper.
const LENGTH: usize = size_of::<u64>();

/// The JSON of a state that a host saved, from its start or, in a CLAP's, after its length; `None`: there is none.
#[must_use]
pub fn json_of(state: &[u8]) -> Option<serde_json::Value> {
    [0, LENGTH].into_iter().filter_map(|from| state.get(from..)).find_map(|json| serde_json::from_slice(json).ok())
}

/// The take in what a host saves.
///
/// # Errors
/// If there is none.
pub fn saved_take(state: &[u8]) -> anyhow::Result<String> {
    let state = json_of(state).context("the state is no JSON")?;
    let field = state["fields"]["take"].as_str().context("the state has no take")?;
    Ok(serde_json::from_str(field)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_read_whatever_the_bytes_of_its_length_are() {
        // 8827 bytes: their number, least byte first, is written as a brace and a quotation mark.
        for length in [40, 123, 8827] {
            let bare = format!("{{\"take\":\"{}\"}}", "A".repeat(length - 11)).into_bytes();
            assert_eq!(bare.len(), length);
            let clap = [&(bare.len() as u64).to_le_bytes()[..], &bare].concat();
            let [own, behind] = [&bare, &clap].map(|state| json_of(state).expect("JSON"));
            assert_eq!(own, behind, "{length} bytes");
            assert_eq!(json_of(&clap[..clap.len() - 1]), None, "cut short");
        }
        assert_eq!([&b""[..], b"AAAA", b"AAAAAAAAA"].map(json_of), [None, None, None]);
    }

    #[test]
    fn a_take_is_found_in_a_state_that_has_one() {
        let state = |json: &str| [&(json.len() as u64).to_le_bytes()[..], json.as_bytes()].concat();
        let take = saved_take(&state(r#"{"fields":{"take":"\"QUJD\""}}"#));
        assert_eq!(take.expect("a take"), "QUJD");
        let missing = saved_take(&state(r#"{"fields":{}}"#)).expect_err("no take");
        assert!(missing.to_string().contains("no take"), "{missing}");
    }
}
