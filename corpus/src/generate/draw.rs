//! A small stream of numbers: SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number
//! Generators", OOPSLA 2014). Good enough to draw from, and the same everywhere.

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// Scatters a number over all 64 bits.
pub(crate) fn mix(number: u64) -> u64 {
    let z = number.wrapping_add(STEP);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// One stream of draws.
pub(crate) struct Draw(u64);

impl Draw {
    /// The stream of one resource.
    pub(crate) fn new(seed: u64, index: u64) -> Self {
        Self(mix(mix(seed) ^ index))
    }

    /// Any 64 bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mix(self.0)
    }

    /// A number below `end`, which is at least 1. The bias is below 2⁻³² for ends of 32 bits.
    pub(crate) fn below(&mut self, end: u32) -> u32 {
        ((u128::from(self.bits()) * u128::from(end)) >> 64) as u32
    }

    /// A number below `end` that prefers small ones: half of the draws fall into the first quarter.
    pub(crate) fn skewed(&mut self, end: u32) -> u32 {
        let number = u64::from(self.below(1 << 16));
        ((u64::from(end) * number * number) >> 32) as u32
    }

    /// True so many times in a thousand.
    pub(crate) fn chance(&mut self, in_a_thousand: u32) -> bool {
        self.below(1000) < in_a_thousand
    }

    /// One of several, each as likely.
    pub(crate) fn pick<T: Copy>(&mut self, among: &[T]) -> T {
        among[self.below(among.len() as u32) as usize]
    }

    /// One row of a table, as likely as its weight says.
    pub(crate) fn weighted<T: Copy>(&mut self, table: &[(u32, T)]) -> T {
        let mut rest = self.below(table.iter().map(|(weight, _)| weight).sum());
        for &(weight, row) in table {
            if rest < weight {
                return row;
            }
            rest -= weight;
        }
        unreachable!("the draw is below the sum of the weights")
    }
}
