//! What followed which context, counted: interpolated probabilities of any order that are never 0.

use std::collections::BTreeMap;

/// The highest order that is believed. Chosen.
pub const MOST_ORDER: usize = 32;

/// Counts of symbols after contexts of up to `order` − 1 symbols.
///
/// # Source
/// P(w | context) = (count + T · P(w | shorter context)) / (N + T), with N the context's count and T its number of
/// different successors; below the empty context all symbols are equally likely. Witten and Bell, "The zero-frequency
/// problem" (1991), method C, interpolated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    order: usize,
    symbols: usize,
    /// Successors by context; the contexts are read backwards, the newest symbol first.
    table: BTreeMap<Vec<u16>, BTreeMap<u16, u32>>,
}

impl Counts {
    /// Nothing counted yet, of so many symbols.
    #[must_use]
    pub fn new(order: usize, symbols: usize) -> Self {
        Self { order: order.clamp(1, MOST_ORDER), symbols, table: BTreeMap::new() }
    }

    /// n: a symbol is looked up after n − 1 others.
    #[must_use]
    pub const fn order(&self) -> usize {
        self.order
    }

    /// How many symbols there are.
    #[must_use]
    pub const fn symbols(&self) -> usize {
        self.symbols
    }

    /// Counts every symbol of a sequence after what came before it.
    pub fn learn(&mut self, sequence: &[u16]) {
        for (at, &symbol) in sequence.iter().enumerate() {
            let mut context = Vec::with_capacity(self.order);
            for back in 0..self.order.min(at + 1) {
                if back > 0 {
                    context.push(sequence[at - back]);
                }
                *self.table.entry(context.clone()).or_default().entry(symbol).or_default() += 1;
            }
        }
    }

    /// How likely each symbol is after these, the newest last.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts of notes")]
    pub fn chances(&self, past: &[u16]) -> Vec<f32> {
        let mut chances = vec![1.0 / self.symbols as f32; self.symbols];
        let mut context = Vec::with_capacity(self.order);
        for back in 0..self.order.min(past.len() + 1) {
            if back > 0 {
                context.push(past[past.len() - back]);
            }
            let Some(successors) = self.table.get(&context) else { break };
            let total: u32 = successors.values().fold(0, |sum, count| sum.saturating_add(*count));
            let kinds = successors.len() as f32;
            let share = 1.0 / (total as f32 + kinds);
            chances.iter_mut().for_each(|chance| *chance *= kinds * share);
            for (&symbol, &count) in successors {
                chances[usize::from(symbol)] += count as f32 * share;
            }
        }
        chances
    }

    /// The counts as bytes.
    ///
    /// ```text
    /// order (u16) · symbols (u16), then per context:
    /// length (u8) · its symbols (u16 each) · successors (u16) · per successor: symbol (u16), count (u32)
    /// ```
    /// All little-endian, contexts in ascending order.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let narrow = |number: usize| u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes();
        let mut bytes = [narrow(self.order), narrow(self.symbols)].concat();
        for (context, successors) in &self.table {
            bytes.push(u8::try_from(context.len()).unwrap_or(u8::MAX));
            context.iter().for_each(|symbol| bytes.extend(symbol.to_le_bytes()));
            bytes.extend(narrow(successors.len()));
            for (symbol, count) in successors {
                bytes.extend(symbol.to_le_bytes());
                bytes.extend(count.to_le_bytes());
            }
        }
        bytes
    }

    /// The counts of these bytes; `None` where they are none, or not of so many symbols.
    #[must_use]
    pub fn from_bytes(bytes: &[u8], symbols: usize) -> Option<Self> {
        let mut rest = bytes;
        let (order, found) = (word(&mut rest)?, word(&mut rest)?);
        if usize::from(found) != symbols || !(1..=MOST_ORDER).contains(&usize::from(order)) {
            return None;
        }
        let mut out = Self::new(usize::from(order), symbols);
        let known = |symbol: &u16| usize::from(*symbol) < symbols;
        while let Some((&length, after)) = rest.split_first() {
            rest = after;
            if usize::from(length) >= out.order {
                return None;
            }
            let context = (0..length).map(|_| word(&mut rest).filter(known)).collect::<Option<Vec<u16>>>()?;
            let mut successors = BTreeMap::new();
            for _ in 0..word(&mut rest)? {
                let symbol = word(&mut rest).filter(known)?;
                let (count, after) = rest.split_first_chunk()?;
                rest = after;
                let count = Some(u32::from_le_bytes(*count)).filter(|&count| count > 0)?;
                successors.insert(symbol, count);
            }
            if successors.is_empty() || out.table.insert(context, successors).is_some() {
                return None;
            }
        }
        // Without anything after nothing, nothing was learnt.
        out.table.contains_key([].as_slice()).then_some(out)
    }
}

fn word(bytes: &mut &[u8]) -> Option<u16> {
    let (word, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u16::from_le_bytes(*word))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// "abab" of three symbols, order 2. After nothing: a 2, b 2 (N 4, T 2): a = b = (2 + 2/3) / 6 = 4/9, c = 1/9.
    /// After b: a 1 (N 1, T 1): a = (1 + 4/9) / 2 = 13/18, b = 2/9, c = 1/18.
    #[test]
    fn worked_by_hand() {
        let mut counts = Counts::new(2, 3);
        counts.learn(&[0, 1, 0, 1]);
        let close = |found: Vec<f32>, expected: [f32; 3]| {
            let near = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6);
            assert!(near && found.len() == 3, "{found:?}, not {expected:?}");
        };
        close(counts.chances(&[]), [4.0 / 9.0, 4.0 / 9.0, 1.0 / 9.0]);
        close(counts.chances(&[0, 1]), [13.0 / 18.0, 2.0 / 9.0, 1.0 / 18.0]);
        close(counts.chances(&[2]), [4.0 / 9.0, 4.0 / 9.0, 1.0 / 9.0]);
        close(Counts::new(4, 3).chances(&[1, 1]), [1.0 / 3.0; 3]);
    }

    #[test]
    fn chances_sum_to_one_and_none_is_zero_in_any_order() {
        let sequence: Vec<u16> = (0..200u16).map(|i| i * i % 7).collect();
        for order in 1..8 {
            let mut counts = Counts::new(order, 9);
            counts.learn(&sequence);
            for at in 0..sequence.len() {
                let chances = counts.chances(&sequence[..at]);
                assert!((chances.iter().sum::<f32>() - 1.0).abs() < 1e-5, "order {order}");
                assert!(chances.iter().all(|&chance| chance > 0.0), "order {order}");
            }
        }
    }

    #[test]
    fn bytes_are_read_back_and_damaged_ones_refused() {
        let mut counts = Counts::new(3, 5);
        counts.learn(&[0, 1, 2, 3, 4, 0, 1, 2]);
        let bytes = counts.to_bytes();
        assert_eq!(Counts::from_bytes(&bytes, 5), Some(counts));
        assert_eq!(Counts::from_bytes(&bytes, 4), None, "another alphabet");
        assert_eq!(Counts::from_bytes(&bytes[..4], 5), None, "nothing was counted");
        for length in 0..bytes.len() {
            // What is cut off between two contexts is another, smaller table; the file's checksum tells.
            if let Some(part) = Counts::from_bytes(&bytes[..length], 5) {
                assert_eq!(part.to_bytes(), bytes[..length], "cut off at {length}");
            }
        }
        let mut wild = bytes.clone();
        wild[0] = 200;
        assert_eq!(Counts::from_bytes(&wild, 5), None, "no such order");
    }
}
