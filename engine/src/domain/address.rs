//! Addresses: sorted disjoint ranges, one universe for each family.
//!
//! A block of either family is a range of integers, so a conjunction of blocks and their complements is a list of
//! ranges, computed exactly by sorting their ends. Blocks of one family never match addresses of the other (S37).

use keyaki_language::value::{Address, Network};

/// A set of addresses.
#[derive(Clone, Debug)]
pub(crate) struct AddressSet {
    v4: Vec<(u128, u128)>,
    v6: Vec<(u128, u128)>,
}

impl AddressSet {
    /// Every address.
    pub(crate) fn all() -> Self {
        Self {
            v4: vec![(0, u128::from(u32::MAX))],
            v6: vec![(0, u128::MAX)],
        }
    }

    /// Narrows to a block, or to what lies outside of it.
    pub(crate) fn narrow(&mut self, network: &Network, inside: bool) {
        let (own, other, first, last) = match network {
            Network::V4 { first, last } => (
                &mut self.v4,
                &mut self.v6,
                u128::from(*first),
                u128::from(*last),
            ),
            Network::V6 { first, last } => (&mut self.v6, &mut self.v4, *first, *last),
        };
        let mut left = Vec::with_capacity(own.len() + 1);
        for &(low, high) in own.iter() {
            if inside {
                let (low, high) = (low.max(first), high.min(last));
                if low <= high {
                    left.push((low, high));
                }
            } else {
                if low < first {
                    left.push((low, high.min(first - 1)));
                }
                if high > last {
                    left.push((low.max(last + 1), high));
                }
            }
        }
        *own = left;
        if inside {
            other.clear();
        }
    }

    /// Addresses of the set, those of version 4 first, in order.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = Address> + '_ {
        let v4 = self.v4.iter().flat_map(|&(low, high)| {
            (low..=high)
                .map(|a| Address::V4(u32::try_from(a).expect("a range of version 4 ends at 2^32")))
        });
        let v6 = self
            .v6
            .iter()
            .flat_map(|&(low, high)| (low..=high).map(Address::V6));
        v4.chain(v6)
    }

    /// The ranges of version 4.
    pub(crate) fn four(&self) -> &[(u128, u128)] {
        &self.v4
    }

    /// The ranges of version 6.
    pub(crate) fn six(&self) -> &[(u128, u128)] {
        &self.v6
    }
}

#[cfg(test)]
mod tests {
    //! Holds sets of addresses against the ends of blocks and their neighbours.

    use super::*;
    use crate::domain::dice::{Dice, rounds};

    const V4: [u32; 8] = [
        0,
        1,
        0x0a00_0000,
        0x0a01_0203,
        0x0aff_ffff,
        0x8000_0000,
        0xc0a8_0001,
        u32::MAX,
    ];
    const V6: [u128; 5] = [0, 1, 0x2001_0db8 << 96, (0x2001_0db8 << 96) + 5, u128::MAX];

    fn network(dice: &mut Dice) -> Network {
        // Long and short blocks are more likely than others, so that blocks meet, touch and part.
        if dice.once_in(3) {
            let bits = *dice.pick(&[0, 1, 32, 64, 127, 128, 3, 96]);
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            let address = *dice.pick(&V6);
            Network::V6 {
                first: address & mask,
                last: address | !mask,
            }
        } else {
            let bits = *dice.pick(&[0, 1, 8, 9, 16, 31, 32, 32, 5, 24]);
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            let address = *dice.pick(&V4);
            Network::V4 {
                first: address & mask,
                last: address | !mask,
            }
        }
    }

    fn contains(set: &AddressSet, address: Address) -> bool {
        let (ranges, value) = match address {
            Address::V4(value) => (set.four(), u128::from(value)),
            Address::V6(value) => (set.six(), value),
        };
        ranges
            .iter()
            .any(|&(low, high)| (low..=high).contains(&value))
    }

    /// 1,000,000 random conjunctions of up to five blocks and complements of blocks, against the ends of all these blocks,
    /// their neighbours and the ends of both families: which belong, and whether there is any address at all.
    #[test]
    fn a_set_holds_what_lies_in_every_block() {
        let mut dice = Dice::new(21);
        for _ in 0..rounds(1_000_000) {
            let mut set = AddressSet::all();
            let mut tests = Vec::new();
            let mut points = vec![
                Address::V4(0),
                Address::V4(u32::MAX),
                Address::V6(0),
                Address::V6(u128::MAX),
            ];
            for _ in 0..dice.below(6) {
                let (network, inside) = (network(&mut dice), dice.once_in(2));
                set.narrow(&network, inside);
                tests.push((network, inside));
                match network {
                    Network::V4 { first, last } => {
                        points.extend(
                            [first, last, first.saturating_sub(1), last.saturating_add(1)]
                                .map(Address::V4),
                        );
                    }
                    Network::V6 { first, last } => {
                        points.extend(
                            [first, last, first.saturating_sub(1), last.saturating_add(1)]
                                .map(Address::V6),
                        );
                    }
                }
            }
            let passes = |address: Address| {
                tests
                    .iter()
                    .all(|(network, inside)| network.contains(address) == *inside)
            };
            for point in &points {
                assert_eq!(
                    contains(&set, *point),
                    passes(*point),
                    "{point:?} under {tests:?}"
                );
            }
            // Every maximal range of a conjunction begins at the beginning of a family, of a block, or just after one.
            let found = set.addresses().next();
            assert_eq!(
                found.is_some(),
                points.iter().any(|point| passes(*point)),
                "{tests:?} found {found:?}"
            );
            assert!(found.is_none_or(passes), "{found:?} under {tests:?}");
        }
    }
}
