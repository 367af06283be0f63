//! The n-gram as bytes, to be kept in a band file.
//!
//! ```text
//! "NGM1" · contexts (u32) · successors (u32)
//! per context its hash (u32), then per context how many successors (u8),
//! then per successor its symbol (u8), then its count (u8); all little-endian
//! ```

use super::table::{MOST_SYMBOLS, Table};
use super::{MOST_NGRAM_BYTES, NGram};
use crate::music::band::BandSpec;

const MAGIC: &[u8; 4] = b"NGM1";
/// The magic and two lengths. Required by the form above.
pub(super) const HEAD: usize = 12;

/// Bytes that are no n-gram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BytesError {
    /// They begin otherwise, or come from a newer version.
    #[error("these bytes are no n-gram of this version; train the band again")]
    Foreign,
    /// There are more or fewer than their head says.
    #[error("the n-gram is cut off or too long; copy the band file again")]
    WrongLength,
    /// Their numbers contradict each other.
    #[error("the n-gram is damaged; copy the band file again")]
    Damaged,
}

/// How many bytes a context with so many successors takes.
pub(super) const fn size(successors: usize) -> usize {
    5 + 2 * successors
}

impl NGram {
    /// Its counts as bytes, at most [`super::MOST_NGRAM_BYTES`].
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let table = &self.table;
        let mut bytes = Vec::with_capacity(MOST_NGRAM_BYTES);
        bytes.extend(MAGIC);
        for length in [table.contexts.len(), table.symbols.len()] {
            bytes.extend(u32::try_from(length).unwrap_or(0).to_le_bytes());
        }
        table.contexts.iter().for_each(|context| bytes.extend(context.to_le_bytes()));
        for pair in table.starts.windows(2) {
            bytes.push(u8::try_from(pair[1] - pair[0]).unwrap_or(u8::MAX));
        }
        bytes.extend(&table.symbols);
        bytes.extend(&table.counts);
        bytes
    }

    /// The n-gram of these bytes, for the band that it was trained for.
    ///
    /// # Errors
    /// [`BytesError`] where they are none.
    pub fn from_bytes(spec: &BandSpec, bytes: &[u8]) -> Result<Self, BytesError> {
        let (head, body) = bytes.split_at_checked(HEAD).ok_or(BytesError::Foreign)?;
        if !head.starts_with(MAGIC) {
            return Err(BytesError::Foreign);
        }
        let (contexts, successors) = (word(&head[4..]), word(&head[8..]));
        let expected = contexts.checked_mul(5).and_then(|size| size.checked_add(successors.checked_mul(2)?));
        if expected != Some(body.len()) {
            return Err(BytesError::WrongLength);
        }
        let (hashes, body) = body.split_at(contexts * 4);
        let (lengths, body) = body.split_at(contexts);
        let (symbols, counts) = body.split_at(successors);
        let mut table =
            Table { starts: vec![0], symbols: symbols.to_vec(), counts: counts.to_vec(), ..Table::default() };
        table.contexts = hashes.as_chunks::<4>().0.iter().map(|&hash| u32::from_le_bytes(hash)).collect();
        let mut start = 0_u32;
        for &length in lengths {
            start += u32::from(length);
            table.starts.push(start);
        }
        let sound = table.contexts.is_sorted()
            && start as usize == successors
            && counts.iter().all(|&count| count > 0)
            && symbols.iter().all(|&symbol| usize::from(symbol) < MOST_SYMBOLS);
        if sound { Ok(Self::new(spec.clone(), table)) } else { Err(BytesError::Damaged) }
    }
}

fn word(bytes: &[u8]) -> usize {
    bytes.first_chunk().map_or(0, |&word| u32::from_le_bytes(word) as usize)
}
