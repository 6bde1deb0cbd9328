//! The values of one coordinate by what tests say of them, and how many of each there are.
//!
//! Texts are counted by a deterministic automaton that is made as it is walked: a state is the set of positions that
//! each pattern can be at, a letter stands for all that the patterns cannot tell apart, and the number of texts of each
//! length that lead to a state is carried from length to length. Where a text may end, the patterns that accept it say its class.

use crate::Reason;
use crate::count::{Steps, not_counted};
use crate::domain::scalar::{Form, Test, Universe};
use crate::domain::text::{Letter, Row, SEPARATOR, TextSet};
use keyaki_language::value::Network;
use num_bigint::BigUint;
use std::collections::{BTreeMap, HashMap};

/// For each way in which values pass (`true`) and fail the tests, how many values do.
pub(crate) type Classes = BTreeMap<Vec<bool>, BigUint>;

/// What texts of a coordinate are made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Texts {
    /// At most this many characters.
    pub(crate) length: u32,
    /// Whether the parts of a caller's text are kept apart by the separator.
    pub(crate) separator: bool,
}

/// The classes of a universe's values under some tests.
pub(crate) fn classes(
    universe: &Universe,
    tests: &[&Test],
    texts: Texts,
    steps: &mut Steps,
) -> Result<Classes, Reason> {
    let mut all = Classes::new();
    for form in universe.forms() {
        let own = match form {
            Form::Text { within, except } => text_classes(within, except, tests, texts, steps)?,
            Form::Address => address_classes(tests)?,
            Form::Number => return Err(not_counted("a key that holds numbers")),
            Form::Date => return Err(not_counted("a key that holds dates")),
            Form::Bytes => return Err(not_counted("a key that holds binary values")),
        };
        for (class, size) in own {
            *all.entry(class).or_default() += size;
        }
    }
    Ok(all)
}

// ---- addresses ------------------------------------------------------------------------------------------------

/// The addresses of both families by the blocks that hold them.
fn address_classes(tests: &[&Test]) -> Result<Classes, Reason> {
    let mut networks = Vec::new();
    for test in tests {
        networks.push(match test {
            Test::Address(network) => Some(network),
            Test::Text(_) | Test::Tied { .. } | Test::Accounts(_) => {
                return Err(not_counted("an address that is also compared as a text"));
            }
            Test::Number(..) | Test::Date(..) | Test::Bytes(_) => None,
        });
    }
    let mut all = Classes::new();
    for (class, size) in ranges(&networks) {
        *all.entry(class).or_default() += size;
    }
    Ok(all)
}

/// Ranges of addresses between the ends of blocks: for each the blocks that hold it, and its size.
pub(crate) fn ranges(networks: &[Option<&Network>]) -> Vec<(Vec<bool>, BigUint)> {
    let four = |network: &Network| match network {
        Network::V4 { first, last } => Some((u128::from(*first), u128::from(*last))),
        Network::V6 { .. } => None,
    };
    let six = |network: &Network| match network {
        Network::V6 { first, last } => Some((*first, *last)),
        Network::V4 { .. } => None,
    };
    let mut out = family(networks, u128::from(u32::MAX), &four);
    out.extend(family(networks, u128::MAX, &six));
    out
}

fn family(
    networks: &[Option<&Network>],
    last: u128,
    own: &dyn Fn(&Network) -> Option<(u128, u128)>,
) -> Vec<(Vec<bool>, BigUint)> {
    let blocks: Vec<Option<(u128, u128)>> = networks
        .iter()
        .map(|network| network.and_then(own))
        .collect();
    // Where a new range begins.
    let mut begins: Vec<u128> = vec![0];
    for (low, high) in blocks.iter().flatten() {
        begins.push(*low);
        begins.extend(high.checked_add(1).filter(|next| *next <= last));
    }
    begins.sort_unstable();
    begins.dedup();
    let ends = begins.iter().skip(1).map(|next| next - 1).chain([last]);
    begins
        .iter()
        .zip(ends)
        .map(|(low, high)| {
            let holds = |block: &Option<(u128, u128)>| {
                block.is_some_and(|(first, last)| first <= *low && high <= last)
            };
            let size = BigUint::from(high - low) + 1u32;
            (blocks.iter().map(holds).collect(), size)
        })
        .collect()
}

// ---- texts ----------------------------------------------------------------------------------------------------

fn text_classes(
    within: &TextSet,
    except: &TextSet,
    tests: &[&Test],
    texts: Texts,
    steps: &mut Steps,
) -> Result<Classes, Reason> {
    let nothing = TextSet::default();
    let mut sets: Vec<&TextSet> = vec![within, except];
    for test in tests {
        sets.push(match test {
            Test::Text(set) => set,
            Test::Tied { .. } => return Err(not_counted("a policy variable")),
            Test::Accounts(_) => return Err(not_counted("the accounts of an organization")),
            // A test of another type is false on a text (R4).
            Test::Number(..) | Test::Date(..) | Test::Address(_) | Test::Bytes(_) => &nothing,
        });
    }
    Walk::new(&sets, texts)?.count(texts.length, steps)
}

/// A pattern of one of the sets, and where its positions stand in a state.
struct Pattern {
    set: usize,
    row: Row,
    /// The bit of position 0.
    from: usize,
}

/// The automaton of some sets of texts, as far as it has been walked.
struct Walk {
    sets: usize,
    patterns: Vec<Pattern>,
    /// One character for each group that no pattern tells apart, and the size of the group.
    letters: Vec<(char, u32)>,
    states: Vec<Vec<u64>>,
    by_state: HashMap<Vec<u64>, usize>,
    /// Where each letter leads, with how many characters; nothing leads out of the universe.
    next: Vec<Option<Vec<(usize, u32)>>>,
}

impl Walk {
    fn new(sets: &[&TextSet], texts: Texts) -> Result<Self, Reason> {
        let mut patterns = Vec::new();
        let mut from = 0;
        for (set, texts) in sets.iter().enumerate() {
            for row in texts.all_rows() {
                let size = row.len() + 1;
                patterns.push(Pattern { set, row, from });
                from += size;
            }
        }
        let alphabet: Vec<char> = (' '..='~')
            .chain(texts.separator.then_some(SEPARATOR))
            .collect();
        let spelled = patterns.iter().flat_map(|pattern| pattern.row.parts().0);
        for letter in spelled {
            if let Letter::Char(c) = letter
                && !alphabet.contains(c)
                && *c != SEPARATOR
            {
                return Err(not_counted(
                    "a text with characters that are not printable ASCII",
                ));
            }
        }
        let mut walk = Self {
            sets: sets.len(),
            letters: groups(&patterns, &alphabet),
            patterns,
            states: Vec::new(),
            by_state: HashMap::new(),
            next: Vec::new(),
        };
        let mut start = vec![0; from.div_ceil(64)];
        for pattern in &walk.patterns {
            start[pattern.from / 64] |= 1 << (pattern.from % 64);
        }
        walk.state(start);
        Ok(walk)
    }

    fn state(&mut self, bits: Vec<u64>) -> usize {
        if let Some(known) = self.by_state.get(&bits) {
            return *known;
        }
        let id = self.states.len();
        self.states.push(bits.clone());
        self.by_state.insert(bits, id);
        self.next.push(None);
        id
    }

    fn count(mut self, length: u32, steps: &mut Steps) -> Result<Classes, Reason> {
        let mut classes = Classes::new();
        let mut ways: BTreeMap<usize, BigUint> = BTreeMap::from([(0, BigUint::from(1u32))]);
        for read in 0..=length {
            for (state, ways) in &ways {
                if let Some(class) = self.class(*state) {
                    *classes.entry(class).or_default() += ways;
                }
            }
            if read == length || ways.is_empty() {
                break;
            }
            let mut longer: BTreeMap<usize, BigUint> = BTreeMap::new();
            for (state, ways) in &ways {
                steps.take(1)?;
                for (next, letters) in self.next(*state, steps)? {
                    *longer.entry(next).or_default() += ways * letters;
                }
            }
            ways = longer;
        }
        Ok(classes)
    }

    /// Which tests a text passes that ends in a state; `None` if it is none of the universe's.
    fn class(&self, state: usize) -> Option<Vec<bool>> {
        let bits = &self.states[state];
        let mut passed = vec![false; self.sets];
        for pattern in &self.patterns {
            let end = pattern.from + pattern.row.len();
            passed[pattern.set] |= bits[end / 64] >> (end % 64) & 1 == 1;
        }
        (passed[0] && !passed[1]).then(|| passed.split_off(2))
    }

    fn next(&mut self, state: usize, steps: &mut Steps) -> Result<Vec<(usize, u32)>, Reason> {
        if let Some(known) = &self.next[state] {
            return Ok(known.clone());
        }
        let mut out: BTreeMap<usize, u32> = BTreeMap::new();
        for at in 0..self.letters.len() {
            steps.take(1)?;
            let (letter, size) = self.letters[at];
            if let Some(bits) = self.step(state, letter) {
                *out.entry(self.state(bits)).or_default() += size;
            }
        }
        let out: Vec<(usize, u32)> = out.into_iter().collect();
        self.next[state] = Some(out.clone());
        Ok(out)
    }

    /// The state after a letter; `None` if no text of the universe goes on like that.
    fn step(&self, state: usize, c: char) -> Option<Vec<u64>> {
        let bits = &self.states[state];
        let mut out = vec![0; bits.len()];
        let mut alive = false;
        for pattern in &self.patterns {
            let (letters, loops) = pattern.row.parts();
            for (at, class) in loops.iter().enumerate() {
                let own = pattern.from + at;
                if bits[own / 64] >> (own % 64) & 1 == 0 {
                    continue;
                }
                let mut go = |to: usize| {
                    out[to / 64] |= 1 << (to % 64);
                    alive |= pattern.set == 0;
                };
                if class.is_some_and(|class| class.contains(c)) {
                    go(own);
                }
                if letters.get(at).is_some_and(|letter| letter.accepts(c)) {
                    go(own + 1);
                }
            }
        }
        alive.then_some(out)
    }
}

/// Characters that no pattern tells apart, as one of them and how many they are.
fn groups(patterns: &[Pattern], alphabet: &[char]) -> Vec<(char, u32)> {
    let mut letters = Vec::new();
    for pattern in patterns {
        let (own, loops) = pattern.row.parts();
        letters.extend(own.iter().map(|letter| (Some(*letter), None)));
        letters.extend(loops.iter().flatten().map(|class| (None, Some(*class))));
    }
    letters.sort_unstable();
    letters.dedup();
    let mut groups: BTreeMap<Vec<bool>, (char, u32)> = BTreeMap::new();
    for c in alphabet {
        let column = letters
            .iter()
            .map(|(letter, class)| {
                letter.is_some_and(|letter| letter.accepts(*c))
                    || class.is_some_and(|class| class.contains(*c))
            })
            .collect();
        groups.entry(column).or_insert((*c, 0)).1 += 1;
    }
    groups.into_values().collect()
}

#[cfg(test)]
mod tests {
    //! Holds classes of texts against all texts of up to two characters, and ranges against plain interval arithmetic.

    use super::*;
    use crate::domain::dice::{Dice, rounds};
    use crate::domain::text::{Class, RowBuilder};

    fn row(dice: &mut Dice) -> Row {
        let mut row = RowBuilder::default();
        for _ in 0..dice.below(4) {
            match dice.below(4) {
                0 => row.many(Class::Any),
                1 => row.letter(Letter::Of(*dice.pick(&[
                    Class::Any,
                    Class::Digit,
                    Class::NotColon,
                ]))),
                2 => row.letter(Letter::Fold('b')),
                _ => row.letter(Letter::Char(*dice.pick(&['a', 'b', ':']))),
            };
        }
        row.build()
    }

    /// 300 random families of up to four sets of patterns, against all 9,121 texts of up to two printable characters.
    #[test]
    fn texts_are_counted_by_what_sets_hold_them() {
        let texts: Vec<String> = {
            let letters = || (' '..='~').map(String::from);
            let two = letters().flat_map(|a| (' '..='~').map(move |b| format!("{a}{b}")));
            [String::new()]
                .into_iter()
                .chain(letters())
                .chain(two)
                .collect()
        };
        let mut dice = Dice::new(95);
        for _ in 0..rounds(300) {
            let mut set = || {
                let count = 1 + dice.below(2);
                TextSet::new((0..count).map(|_| row(&mut dice)))
            };
            let (within, except) = (set(), set());
            let sets: Vec<TextSet> = (0..3).map(|_| set()).collect();
            let tests: Vec<Test> = sets.iter().cloned().map(Test::Text).collect();
            let universe = Universe::new(vec![Form::Text {
                within: within.clone(),
                except: except.clone(),
            }]);
            let bound = Texts {
                length: 2,
                separator: false,
            };
            let own = classes(
                &universe,
                &tests.iter().collect::<Vec<_>>(),
                bound,
                &mut Steps(1_000_000),
            )
            .expect("a small instance");
            let mut plain = Classes::new();
            for text in &texts {
                if within.contains(text) && !except.contains(text) {
                    let class = sets.iter().map(|set| set.contains(text)).collect();
                    *plain.entry(class).or_default() += 1u32;
                }
            }
            assert_eq!(own, plain, "{within:?} {except:?} {sets:?}");
        }
    }

    /// 10,000 random families of blocks: the addresses in some block, against sorting and joining them.
    #[test]
    fn addresses_are_counted_by_what_blocks_hold_them() {
        let mut dice = Dice::new(32);
        for _ in 0..rounds(10_000) {
            let mut blocks: Vec<(u32, u32)> = (0..dice.below(6))
                .map(|_| {
                    let low = *dice.pick(&[0u32, 8, 16, 31]);
                    let base = (dice.below(1 << 16) as u32) << 16 | dice.below(1 << 16) as u32;
                    let mask = u32::MAX.checked_shl(low).unwrap_or(0);
                    (base & mask, base | !mask)
                })
                .collect();
            let networks: Vec<Network> = blocks
                .iter()
                .map(|(first, last)| Network::V4 {
                    first: *first,
                    last: *last,
                })
                .collect();
            let named: Vec<Option<&Network>> = networks.iter().map(Some).collect();
            let found = ranges(&named);
            let total = |wanted: bool| -> BigUint {
                let own = found
                    .iter()
                    .filter(|(class, _)| class.contains(&true) == wanted);
                own.map(|(_, size)| size).sum()
            };
            blocks.sort_unstable();
            let mut joined = 0u64;
            let mut after = 0u64;
            for (first, last) in blocks {
                let first = u64::from(first).max(after);
                let end = u64::from(last) + 1;
                if end > first {
                    joined += end - first;
                }
                after = after.max(end);
            }
            assert_eq!(total(true), BigUint::from(joined));
            let everything = (BigUint::from(1u32) << 32u32) + (BigUint::from(1u32) << 128u32);
            assert_eq!(total(true) + total(false), everything);
        }
    }

    /// `*a` and sixteen `?` have 2^17 states; the limit says so instead of making them.
    #[test]
    fn a_limit_ends_an_automaton_that_explodes() {
        let mut long = RowBuilder::default();
        long.many(Class::Any).text("a").times(Class::Any, 16);
        let test = Test::Text(TextSet::new([long.build()]));
        let bound = Texts {
            length: 64,
            separator: false,
        };
        let ended = classes(&Universe::text(), &[&test], bound, &mut Steps(100_000));
        assert_eq!(ended.expect_err("too many states").code, "limit");
    }
}
