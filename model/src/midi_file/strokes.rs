//! The strokes and releases of a file as they stand in its tracks, in the file's own ticks, and when these are.

use midly::MidiMessage;

use super::clock::{DEFAULT_TEMPO, Division};
use super::events::{Event, TRACK_NAME};
use super::file::MidiFile;

/// One track of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Strokes {
    /// Its name's bytes: the last that it says.
    pub(crate) name: Option<Vec<u8>>,
    /// (tick of the file, channel, message): keys alone, in order.
    pub(crate) strokes: Vec<(u64, u8, MidiMessage)>,
}

impl MidiFile {
    /// All tracks, in order.
    pub(crate) fn strokes(&self) -> Vec<Strokes> {
        let mut out = Vec::new();
        for lane in self.lanes() {
            let mut track = Strokes { name: None, strokes: Vec::new() };
            for event in lane.events().flatten() {
                match event.event {
                    Event::Meta(TRACK_NAME, name) => track.name = Some(name.to_vec()),
                    Event::Midi { channel, message } => {
                        if matches!(message, MidiMessage::NoteOn { .. } | MidiMessage::NoteOff { .. }) {
                            track.strokes.push((event.tick, channel, message));
                        }
                    }
                    _ => {}
                }
            }
            out.push(track);
        }
        out
    }

    /// When a tick of the file is, in seconds.
    pub(crate) fn seconds(&self) -> impl Fn(u64) -> f64 + '_ {
        let (division, tempos) = (self.chunks().division, self.tempos());
        move |tick: u64| match division {
            Division::PerSecond(ticks) => span(0, tick) / ticks,
            Division::PerQuarter(ticks) => {
                let (mut sum, mut last, mut micros) = (0.0, 0, DEFAULT_TEMPO);
                for &(at, next) in tempos.iter().take_while(|&&(at, _)| at < tick) {
                    sum += span(last, at) * f64::from(micros);
                    (last, micros) = (at, next);
                }
                (sum + span(last, tick) * f64::from(micros)) / f64::from(ticks.max(1)) / 1e6
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a file has room for fewer than 2^53 ticks")]
fn span(from: u64, to: u64) -> f64 {
    to.saturating_sub(from) as f64
}
