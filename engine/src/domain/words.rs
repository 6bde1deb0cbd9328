//! A sorted list of strings in one piece.
//!
//! Most values that policies list are plain strings: a thousand names of actions, twenty ARNs. One after the other
//! in a single text with the places of their ends they cost two allocations a list, compare and hash
//! as one text, and are found by halving.

use std::ops::Range;

/// Strings in ascending order, none twice.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub(crate) struct Words {
    text: String,
    /// Where each string ends.
    ends: Vec<u32>,
}

impl Words {
    /// How many strings there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The string at an index below [`Words::len`].
    pub(crate) fn get(&self, at: usize) -> &str {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.text[start as usize..self.ends[at] as usize]
    }

    /// The strings in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|at| self.get(at))
    }

    /// The string, if there is no other.
    pub(crate) fn only(&self) -> Option<&str> {
        (self.len() == 1).then(|| self.get(0))
    }

    /// Whether a string is one of them. `O(log n)`.
    pub(crate) fn contains(&self, text: &str) -> bool {
        let at = self.lower_bound(text);
        at < self.len() && self.get(at) == text
    }

    /// Those that begin with `head`. `O(log n)`.
    pub(crate) fn beginning_with(&self, head: &str) -> Range<usize> {
        let start = self.lower_bound(head);
        let end = self.partition_point(start, |word| word.starts_with(head));
        start..end
    }

    fn lower_bound(&self, text: &str) -> usize {
        self.partition_point(0, |word| word < text)
    }

    /// The first index from `start` on whose string does not pass; those that pass come first.
    fn partition_point(&self, start: usize, passes: impl Fn(&str) -> bool) -> usize {
        let (mut low, mut high) = (start, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if passes(self.get(middle)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// Makes room for some strings of so many bytes together.
    pub(crate) fn reserve(&mut self, words: usize, bytes: usize) {
        self.text.reserve(bytes);
        self.ends.reserve(words);
    }

    /// Adds a string behind the others, whatever its place; [`Words::sort`] brings it there.
    pub(crate) fn push(&mut self, word: &str) {
        self.text.push_str(word);
        self.end();
    }

    /// The same with its ASCII letters in lower case.
    pub(crate) fn push_lower(&mut self, word: &str) {
        let start = self.text.len();
        self.text.push_str(word);
        self.text[start..].make_ascii_lowercase();
        self.end();
    }

    /// The same letter by letter.
    pub(crate) fn push_chars(&mut self, word: impl Iterator<Item = char>) {
        self.text.extend(word);
        self.end();
    }

    fn end(&mut self) {
        // Documents are limited to 16 MiB each, and one question reads a few.
        let end = u32::try_from(self.text.len()).expect("lists of less than 4 GiB");
        self.ends.push(end);
    }

    /// Restores the order after strings were added, and drops repetitions.
    pub(crate) fn sort(&mut self) {
        // Authors sort their lists more often than not.
        if (1..self.len()).all(|at| self.get(at - 1) < self.get(at)) {
            return;
        }
        let mut order: Vec<&str> = self.iter().collect();
        order.sort_unstable();
        order.dedup();
        let mut sorted = Self {
            text: String::with_capacity(self.text.len()),
            ends: Vec::with_capacity(order.len()),
        };
        order.into_iter().for_each(|word| sorted.push(word));
        *self = sorted;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::dice::Dice;
    use std::collections::BTreeSet;

    /// 20,000 random lists against an ordered set.
    #[test]
    fn a_list_holds_what_a_set_holds() {
        let mut dice = Dice::new(41);
        let word = |dice: &mut Dice| -> String {
            (0..dice.below(4))
                .map(|_| *dice.pick(&['a', 'b', 'é']))
                .collect()
        };
        for _ in 0..20_000 {
            let texts: Vec<String> = (0..dice.below(9)).map(|_| word(&mut dice)).collect();
            let set: BTreeSet<&str> = texts.iter().map(String::as_str).collect();
            let mut words = Words::default();
            texts.iter().for_each(|text| words.push(text));
            words.sort();
            assert!(words.iter().eq(set.iter().copied()), "{texts:?}");
            let head = word(&mut dice);
            assert_eq!(words.contains(&head), set.contains(head.as_str()));
            let range = words.beginning_with(&head);
            let inside: Vec<&str> = range.map(|at| words.get(at)).collect();
            let wanted = set.iter().copied().filter(|word| word.starts_with(&head));
            assert!(wanted.eq(inside.iter().copied()), "{texts:?} from {head}");
        }
    }
}
