//! The generator that shuffles the band's measures: Mersenne Twister and shuffle as Python's `random` has them, so that
//! two implementations of the metrics give the same numbers.
//!
//! # Source
//! Matsumoto and Nishimura 1998, "Mersenne Twister: A 623-dimensionally equidistributed uniform pseudorandom number
//! generator", MT19937 with its initialisation by array (2002).

use rand_mt::Mt;

/// MT19937, and what Python draws from it.
#[derive(Debug)]
pub(super) struct Twister(Mt);

impl Twister {
    /// As Python's `random.Random(seed)`: initialised by an array of this one number.
    pub(super) fn new(seed: u32) -> Self {
        Self(Mt::new_with_key([seed]))
    }

    /// 0 to `n` − 1, by drawing as few bits as hold `n` until they are below it.
    fn below(&mut self, n: usize) -> usize {
        let bits = usize::BITS - n.leading_zeros();
        loop {
            let drawn = (self.0.next_u32() >> (32 - bits.clamp(1, 32))) as usize;
            if drawn < n {
                return drawn;
            }
        }
    }

    /// As Python's `shuffle`.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `r = random.Random(1); x = list(range(10)); r.shuffle(x); print(x); r.shuffle(x); print(x)` in Python 3.11.
    #[test]
    fn it_shuffles_as_python_does() {
        let (mut twister, mut items): (_, Vec<usize>) = (Twister::new(1), (0..10).collect());
        twister.shuffle(&mut items);
        assert_eq!(items, FIRST);
        twister.shuffle(&mut items);
        assert_eq!(items, SECOND);
    }

    /// `r = random.Random(1); print([r.getrandbits(32) for _ in range(1000)][-1])`.
    #[test]
    fn the_thousandth_number_is_pythons() {
        let mut twister = Twister::new(1);
        let last = (0..1000).map(|_| twister.0.next_u32()).last();
        assert_eq!(last, Some(THOUSANDTH));
    }

    const FIRST: [usize; 10] = [6, 8, 9, 7, 5, 3, 0, 4, 1, 2];
    const SECOND: [usize; 10] = [5, 1, 9, 0, 3, 2, 6, 4, 8, 7];
    const THOUSANDTH: u32 = 1_877_627_338;
}
