//! The generator that shuffles the band's measures: Mersenne Twister and shuffle as Python's `random` has them, so that
//! two implementations of the metrics give the same numbers.
//!
//! # Source
//! Matsumoto and Nishimura 1998, "Mersenne Twister: A 623-dimensionally equidistributed uniform pseudorandom number
//! generator", MT19937 with its initialisation by array (2002).

const N: usize = 624;
const M: usize = 397;

/// MT19937.
#[derive(Debug)]
pub(super) struct Twister {
    state: [u32; N],
    at: usize,
}

impl Twister {
    /// As Python's `random.Random(seed)`.
    pub(super) fn new(seed: u32) -> Self {
        let mut state = [0u32; N];
        state[0] = 19_650_218;
        for i in 1..N {
            state[i] = next(state[i - 1], 1_812_433_253, index(i));
        }
        // The array has one element, so its index is always 0.
        let mut i = 1;
        for _ in 0..N {
            state[i] = (state[i] ^ mixed(state[i - 1], 1_664_525)).wrapping_add(seed);
            i = wrapped(&mut state, i + 1);
        }
        for _ in 1..N {
            state[i] = (state[i] ^ mixed(state[i - 1], 1_566_083_941)).wrapping_sub(index(i));
            i = wrapped(&mut state, i + 1);
        }
        state[0] = 1 << 31;
        Self { state, at: N }
    }

    fn draw(&mut self) -> u32 {
        if self.at == N {
            for i in 0..N {
                let joined = (self.state[i] & (1 << 31)) | (self.state[(i + 1) % N] & !(1 << 31));
                let odd = if joined & 1 == 1 { 0x9908_b0df } else { 0 };
                self.state[i] = self.state[(i + M) % N] ^ (joined >> 1) ^ odd;
            }
            self.at = 0;
        }
        let mut y = self.state[self.at];
        self.at += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    /// 0 to `n` − 1, by drawing as few bits as hold `n` until they are below it.
    fn below(&mut self, n: usize) -> usize {
        let bits = usize::BITS - n.leading_zeros();
        loop {
            let drawn = (self.draw() >> (32 - bits.clamp(1, 32))) as usize;
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

/// What an element of the state gives for the next one.
fn mixed(before: u32, factor: u32) -> u32 {
    (before ^ (before >> 30)).wrapping_mul(factor)
}

fn next(before: u32, factor: u32, add: u32) -> u32 {
    mixed(before, factor).wrapping_add(add)
}

/// The place after the last is 1, and what was last stands before it too.
fn wrapped(state: &mut [u32; N], i: usize) -> usize {
    if i < N {
        return i;
    }
    state[0] = state[N - 1];
    1
}

#[expect(clippy::cast_possible_truncation, reason = "below 624")]
fn index(i: usize) -> u32 {
    i as u32
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
        let last = (0..1000).map(|_| twister.draw()).last();
        assert_eq!(last, Some(THOUSANDTH));
    }

    const FIRST: [usize; 10] = [6, 8, 9, 7, 5, 3, 0, 4, 1, 2];
    const SECOND: [usize; 10] = [5, 1, 9, 0, 3, 2, 6, 4, 8, 7];
    const THOUSANDTH: u32 = 1_877_627_338;
}
