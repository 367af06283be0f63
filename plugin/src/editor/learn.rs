//! *Learn*: what was heard becomes the chart.

use model::midi_file::Song;
use model::music::chart::{Chart, ChartLoop, LaidChart};
use model::play::hear_chart::hear_chart;

use crate::take::{Take, Timing};

/// The chart of what a take holds, in place of `before`: where that loops, of the last pass, else of all. `last` is the
/// bar of the newest measure that is over, from 0. `None`: there is nothing to hear.
pub(super) fn learnt(take: &Take, before: &LaidChart, last: i64) -> Option<LaidChart> {
    let length = match before.repeats {
        ChartLoop::After(length) => Some(usize::from(length.max(1))),
        ChartLoop::AtItsEnd if !before.chart.is_empty() => Some(before.chart.len()),
        _ => None,
    };
    let song = Song::parse(&take.to_midi(length, Timing::Quantised)).ok()?;
    let heard = hear_chart(&song)?;
    // What there is of the measure under way is no measure yet.
    let over = take.len().min(length.unwrap_or(usize::MAX)).min(heard.len());
    let mut chart = before.chart.clone();
    if length.is_none() {
        chart = Chart::default();
    }
    for at in 0..over {
        let bar = last + 1 - i64::try_from(over - at).ok()?;
        let Ok(bar) = usize::try_from(bar) else { continue };
        let measure = length.map_or(bar, |length| bar % length);
        for part in 0..2 {
            chart.write(measure, part, 2, heard.cell(at, part, 2));
        }
    }
    let repeats = if length.is_none() { ChartLoop::Never } else { before.repeats };
    (!chart.is_empty()).then_some(LaidChart { chart, repeats })
}
