//! Seeds, made wrong.

use model::Rng;

/// The longest input that is made, in bytes.
const LARGEST_INPUT: usize = 1 << 16;

/// Changes a seed in a few places, as coverage-guided fuzzers do: bits, bytes, numbers at their limits, pieces cut out,
/// doubled, or taken from another seed.
pub fn mutate(bytes: &mut Vec<u8>, other: &[u8], rng: &mut Rng) {
    for _ in 0..=rng.below(6) {
        let at = rng.below(bytes.len() + 1);
        let length = rng.below((bytes.len() - at).min(64) + 1);
        match rng.below(8) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..at + length)),
            2 => {
                let piece = bytes[at..at + length].to_vec();
                drop(bytes.splice(at..at, piece));
            }
            3 => {
                let from = rng.below(other.len() + 1);
                let to = from + rng.below((other.len() - from).min(64) + 1);
                drop(bytes.splice(at..at + length, other[from..to].iter().copied()));
            }
            4 => bytes.insert(at, byte(rng)),
            5 => {
                if let Some(here) = bytes.get_mut(at) {
                    *here ^= 1 << rng.below(8);
                }
            }
            6 => {
                let limit: &[u8] =
                    [&b"\xff\xff\xff\x7f"[..], b"\0\0\0\0", b"\xff\xff", b"\x80", b"-1", b"1e999"][rng.below(6)];
                let end = (at + limit.len()).min(bytes.len());
                drop(bytes.splice(at..end, limit.iter().copied()));
            }
            _ => {
                if let Some(here) = bytes.get_mut(at) {
                    *here = byte(rng);
                }
            }
        }
        bytes.truncate(LARGEST_INPUT);
    }
}

fn byte(rng: &mut Rng) -> u8 {
    u8::try_from(rng.below(256)).unwrap_or(0)
}
