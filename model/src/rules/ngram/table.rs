//! Counts of what followed which context, and the probabilities that come of them.

/// The most symbols of a decision: 128 keys and "no more". Required by the decisions.
pub(super) const MOST_SYMBOLS: usize = 129;
/// The most contexts of a decision. Required by the decisions.
pub(super) const MOST_LEVELS: usize = 6;

/// A decision: its contexts from general to special, and which symbols may come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decision {
    levels: [u32; MOST_LEVELS],
    len: usize,
    /// How many symbols there are.
    pub(super) symbols: usize,
    /// Symbols below this one cannot come.
    pub(super) first: usize,
}

impl Decision {
    /// A decision about so many symbols, which `name` tells from other decisions.
    pub(super) fn new(name: u32, symbols: usize) -> Self {
        let mut out = Self { levels: [0; MOST_LEVELS], len: 0, symbols, first: 0 };
        out.levels[0] = hash(name, 0, 0);
        out.len = 1;
        out
    }

    /// Adds a more special context of these features.
    pub(super) fn given(mut self, features: u64) -> Self {
        if self.len < MOST_LEVELS {
            self.levels[self.len] = hash(self.levels[0], self.len, features);
            self.len += 1;
        }
        self
    }

    pub(super) fn levels(&self) -> &[u32] {
        &self.levels[..self.len]
    }
}

/// Contexts are known by a hash: of 100 000 contexts one pair or so shares its counts, which
/// makes no difference to music.
fn hash(name: u32, level: usize, features: u64) -> u32 {
    let mixed = crate::random::mix(u64::from(name) << 8 | level as u64, features);
    u32::try_from(mixed >> 32).unwrap_or(0)
}

/// The counts, sorted by context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    /// Ascending.
    pub(super) contexts: Vec<u32>,
    /// Where each context's successors start; one more than there are contexts.
    pub(super) starts: Vec<u32>,
    pub(super) symbols: Vec<u8>,
    /// At least 1; scaled down where a context is so frequent that they would pass 255.
    pub(super) counts: Vec<u8>,
}

impl Table {
    /// The probability of every symbol, 0 below `decision.first`: `[decision.symbols]`.
    ///
    /// p = (count + T · p of the more general context) / (N + T), with N the context's counts and T
    /// its different successors.
    pub(super) fn probs<'a>(&self, decision: &Decision, room: &'a mut [f32; MOST_SYMBOLS]) -> &'a mut [f32] {
        let probs = &mut room[..decision.symbols];
        #[expect(clippy::cast_precision_loss, reason = "at most 129")]
        probs.fill(1.0 / decision.symbols as f32);
        for &context in decision.levels() {
            let Ok(at) = self.contexts.binary_search(&context) else { continue };
            let range = self.starts[at] as usize..self.starts[at + 1] as usize;
            let (symbols, counts) = (&self.symbols[range.clone()], &self.counts[range]);
            let total: f32 = counts.iter().map(|&count| f32::from(count)).sum();
            #[expect(clippy::cast_precision_loss, reason = "at most 129")]
            let kinds = counts.len() as f32;
            let (share, general) = (1.0 / (total + kinds), kinds / (total + kinds));
            probs.iter_mut().for_each(|p| *p *= general);
            for (&symbol, &count) in symbols.iter().zip(counts) {
                if let Some(p) = probs.get_mut(usize::from(symbol)) {
                    *p += f32::from(count) * share;
                }
            }
        }
        if decision.first > 0 {
            let first = decision.first.min(probs.len() - 1);
            probs[..first].fill(0.0);
            let left: f32 = probs.iter().sum();
            probs.iter_mut().for_each(|p| *p /= left);
        }
        probs
    }
}
