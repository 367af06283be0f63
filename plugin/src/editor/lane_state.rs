//! What the chord lane remembers from picture to picture.

/// Half a measure of the song: its bar, and which part of how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) bar: i64,
    pub(super) part: usize,
    pub(super) parts: usize,
}

impl Cell {
    /// The one after it, or before.
    pub(super) fn beside(self, forward: bool) -> Self {
        let parts = i64::try_from(self.parts).unwrap_or(1).max(1);
        let place = self.bar * parts + i64::try_from(self.part).unwrap_or(0) + if forward { 1 } else { -1 };
        let place = place.max(0);
        Self { bar: place / parts, part: usize::try_from(place % parts).unwrap_or(0), ..self }
    }

    pub(super) fn id(self) -> egui::Id {
        egui::Id::unique(("chord", self.bar, self.part))
    }
}

/// A chord that is being typed.
#[derive(Clone, Debug)]
pub(super) struct ChordTyping {
    pub(super) cell: Cell,
    pub(super) text: String,
    /// It has not got the keyboard yet.
    pub(super) fresh: bool,
}

/// What the lane remembers from picture to picture.
#[derive(Clone, Debug, Default)]
pub struct LaneState {
    /// The first bar that is seen while the bars follow one another.
    pub(super) first: i64,
    pub(super) typing: Option<ChordTyping>,
    /// The cell from which a chord is drawn over others.
    pub(super) drawn_from: Option<Cell>,
    /// The text of the whole chart, while it is open to be changed.
    pub(super) text: Option<String>,
}
