//! Where a melody is in its measures, and how far back a Melody RNN looks.

/// How many measures back it looks: the labels "repeat 1 bar ago" and "repeat 2 bars ago". Required by the published
/// encoding.
pub(super) const LOOKBACKS: usize = 2;

/// Where the next event stands, as bits of ±1, the lowest first: four for the sixteenth, the others for the measure.
pub(super) fn clock(events: usize, bar: usize, from: usize, bits: usize) -> impl Iterator<Item = f32> {
    let count = (from + events / bar) * 16 + events % bar;
    (0..bits).map(move |bit| if count >> bit & 1 == 1 { 1.0 } else { -1.0 })
}
