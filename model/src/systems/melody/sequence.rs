//! A melody as a net learns it: what is put in at each step, and what should come next.

/// The inputs of one step that are not 0: where, and how much.
pub type Sparse = Vec<(usize, f32)>;

/// A melody as numbers.
///
/// # Shapes
/// `inputs` and `labels` have the same length; step t's label is what follows the events that step t's input knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sequence {
    /// What is put in.
    pub inputs: Vec<Sparse>,
    /// The class of what comes next.
    pub labels: Vec<usize>,
}

impl Sequence {
    /// How many steps it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Has it none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }
}
