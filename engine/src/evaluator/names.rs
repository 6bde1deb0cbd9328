//! Names of condition keys, numbered.
//!
//! A request's dozen keys are looked up for every decision, and the hash of the standard library, which withstands
//! chosen collisions, took a third of the whole decision. The table is filled from policies alone, so a request
//! cannot make it slow; a policy that tried would slow down what it is itself asked about.

use keyaki_language::key::{Arity, arity};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A condition key that some document or rule mentions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KeyId(pub(super) u32);

/// The condition keys that documents mention; all others are not looked at.
#[derive(Debug, Default)]
pub(super) struct Names {
    ids: HashMap<Box<str>, (KeyId, Arity), BuildHasherDefault<Words>>,
}

impl Names {
    /// The number of a key in lower case.
    pub(super) fn id(&mut self, name: &str) -> KeyId {
        if let Some((id, _)) = self.ids.get(name) {
            return *id;
        }
        let id = KeyId(u32::try_from(self.ids.len()).expect("there are fewer keys than bytes"));
        self.ids.insert(name.into(), (id, arity(name)));
        id
    }

    pub(super) fn find(&self, name: &str) -> Option<(KeyId, Arity)> {
        self.ids.get(name).copied()
    }
}

/// Multiplies and turns, eight bytes at a time.
#[derive(Debug, Default)]
pub(super) struct Words(u64);

impl Words {
    fn add(&mut self, word: u64) {
        // An odd number with its bits well mixed: the golden ratio of 64 bits.
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Hasher for Words {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.add(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            self.add(u64::from_le_bytes(last));
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.add(byte.into());
    }

    fn finish(&self) -> u64 {
        // The table takes its place from the low bits, which multiplying mixes least.
        self.0.rotate_left(26)
    }
}
