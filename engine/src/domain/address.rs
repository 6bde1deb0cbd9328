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
