//! Dice whose throws are the bytes of an input, so that what is made of them can be steered towards new code.
//!
//! The generators of the engine's tests throw these where their own dice stand otherwise. Behind the last byte the throws go on
//! as pseudorandom numbers, the same for every input.

/// Dice with the throws of an input.
pub(crate) struct Dice {
    bytes: Vec<u8>,
    at: usize,
    beyond: u64,
}

impl Dice {
    /// Dice that throw the bytes, one after the other.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.to_vec(),
            at: 0,
            beyond: 0x9e37_79b9_7f4a_7c15,
        }
    }

    /// Dice whose throws follow from a number. The generators' ways to make many questions ask for them.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            bytes: Vec::new(),
            at: 0,
            beyond: seed | 1,
        }
    }

    fn byte(&mut self) -> usize {
        let byte = self.bytes.get(self.at).copied();
        self.at += 1;
        usize::from(byte.unwrap_or_else(|| {
            // Xorshift (Marsaglia, "Xorshift RNGs", 2003); any sequence would do that does not stand still.
            self.beyond ^= self.beyond << 13;
            self.beyond ^= self.beyond >> 7;
            self.beyond ^= self.beyond << 17;
            (self.beyond >> 32) as u8
        }))
    }

    /// A number below `bound`, which is not zero.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let low = self.byte();
        let number = if bound > 256 {
            low | self.byte() << 8
        } else {
            low
        };
        number % bound
    }

    /// True once in `times` throws.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of the items.
    pub(crate) fn pick<'t, T>(&mut self, items: &'t [T]) -> &'t T {
        &items[self.below(items.len())]
    }
}

/// How many instances the generators' ways to make many questions try: one after the other here.
pub(crate) const fn rounds(all: usize) -> usize {
    all
}
