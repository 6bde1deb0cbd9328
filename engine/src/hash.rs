//! A quick hash for the tables of one question.
//!
//! The standard library's hash is keyed against people who choose keys to collide. The tables here live as long
//! as one question, hold what its own documents say, and compare whole keys; whoever made his own texts collide would wait longer
//! for his own answer. So a word is mixed in by one multiplication whose two halves are folded together, which
//! took the tables from a tenth of the time of a question to a hundredth. No table is walked, so the hash reaches no answer.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// A table from `K` to `V` with the quick hash.
pub(crate) type QuickMap<K, V> = HashMap<K, V, BuildHasherDefault<Quick>>;

/// A set of `T` with the quick hash.
pub(crate) type QuickSet<T> = HashSet<T, BuildHasherDefault<Quick>>;

/// An empty table with room for some entries.
pub(crate) fn table<K, V>(room: usize) -> QuickMap<K, V> {
    QuickMap::with_capacity_and_hasher(room, BuildHasherDefault::default())
}

/// The hash so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quick(u64);

/// An odd number without a pattern in its bits: the golden ratio's fraction.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

impl Default for Quick {
    fn default() -> Self {
        // Not zero, so that leading zeros count.
        Self(SPREAD.rotate_left(32))
    }
}

impl Quick {
    #[inline]
    fn mix(&mut self, word: u64) {
        let wide = u128::from(self.0.rotate_left(23) ^ word) * u128::from(SPREAD);
        self.0 = (wide as u64) ^ ((wide >> 64) as u64);
    }
}

impl Hasher for Quick {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            self.mix(u64::from_le_bytes(last) ^ ((rest.len() as u64) << 56));
        }
    }

    #[inline]
    fn write_u8(&mut self, value: u8) {
        self.mix(u64::from(value));
    }

    #[inline]
    fn write_u32(&mut self, value: u32) {
        self.mix(u64::from(value));
    }

    #[inline]
    fn write_u64(&mut self, value: u64) {
        self.mix(value);
    }

    #[inline]
    fn write_usize(&mut self, value: usize) {
        self.mix(value as u64);
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}
