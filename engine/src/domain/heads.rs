//! Which patterns of a long list can match a text: an index by their fixed beginnings.
//!
//! `ec2:Describe*` matches only what begins with `ec2:Describe`, and two patterns share a text only if the fixed beginning of one
//! begins the other's. Sorted, all beginnings of a text lie on one chain: the last entry that is not greater than the
//! text, the nearest entry above it that begins it, and so on up. A look-up is a halving and a walk up the
//! chain, so holding one list of `n` patterns against another of `m` costs `O(n log m)` where their beginnings differ, and not `n · m`.

/// An index over a list of strings, the *heads*; the list is handed in again at each look-up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heads {
    /// Places in the list, in ascending order of their heads; equal heads in the order of the list.
    order: Vec<u32>,
    /// For each entry of `order` the nearest entry before it whose head begins its own head.
    above: Vec<u32>,
}

/// There is none.
const NONE: u32 = u32::MAX;

impl Heads {
    /// Sorts the heads. `O(n log n)`.
    pub(crate) fn new<'h>(count: usize, head: impl Fn(usize) -> &'h str) -> Self {
        let count = u32::try_from(count).expect("fewer than 2^32 patterns");
        let mut order: Vec<u32> = (0..count).collect();
        let key = |at: u32| head(at as usize);
        order.sort_unstable_by(|one, other| key(*one).cmp(key(*other)).then(one.cmp(other)));
        let mut above = Vec::with_capacity(order.len());
        let mut chain: Vec<u32> = Vec::new();
        for (index, at) in (0u32..).zip(&order) {
            while let Some(last) = chain.last()
                && !key(*at).starts_with(key(order[*last as usize]))
            {
                chain.pop();
            }
            above.push(chain.last().copied().unwrap_or(NONE));
            chain.push(index);
        }
        Self { order, above }
    }

    /// The places whose head begins `text`, longest first.
    pub(crate) fn beginning<'s, 'h, F: Fn(usize) -> &'h str>(
        &'s self,
        text: &str,
        head: F,
    ) -> impl Iterator<Item = usize> + use<'s, 'h, F> {
        let after = self.order.partition_point(|at| head(*at as usize) <= text);
        let mut next = match after.checked_sub(1) {
            Some(last) => last as u32,
            None => NONE,
        };
        // Those that do not begin the text stand at the lower end of the chain.
        while next != NONE && !text.starts_with(head(self.order[next as usize] as usize)) {
            next = self.above[next as usize];
        }
        std::iter::from_fn(move || {
            let here = *self.order.get(next as usize)?;
            next = self.above[next as usize];
            Some(here as usize)
        })
    }

    /// The places whose head begins with `text` and is longer.
    pub(crate) fn beyond<'h>(
        &self,
        text: &str,
        head: impl Fn(usize) -> &'h str,
    ) -> impl Iterator<Item = usize> {
        let after = self.order.partition_point(|at| head(*at as usize) <= text);
        self.order[after..]
            .iter()
            .map(|at| *at as usize)
            .take_while(move |at| head(*at).starts_with(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::dice::Dice;

    /// 20,000 random lists against a look at every entry.
    #[test]
    fn an_index_finds_what_a_look_at_all_finds() {
        let mut dice = Dice::new(42);
        let word = |dice: &mut Dice| -> String {
            (0..dice.below(5))
                .map(|_| *dice.pick(&['a', 'b']))
                .collect()
        };
        for _ in 0..20_000 {
            let list: Vec<String> = (0..dice.below(12)).map(|_| word(&mut dice)).collect();
            let head = |at: usize| list[at].as_str();
            let heads = Heads::new(list.len(), head);
            let text = word(&mut dice);
            let mut found: Vec<usize> = heads.beginning(&text, head).collect();
            found.sort_unstable();
            let all = 0..list.len();
            let wanted: Vec<usize> = all.filter(|at| text.starts_with(head(*at))).collect();
            assert_eq!(found, wanted, "{list:?} at `{text}`");
            let mut found: Vec<usize> = heads.beyond(&text, head).collect();
            found.sort_unstable();
            let longer = |at: &usize| head(*at).starts_with(&text) && head(*at) != text;
            let wanted: Vec<usize> = (0..list.len()).filter(longer).collect();
            assert_eq!(found, wanted, "{list:?} beyond `{text}`");
        }
    }
}
