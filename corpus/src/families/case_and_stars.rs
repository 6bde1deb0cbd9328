//! Words without regard to case against words and patterns with it, in long alternation: each letter could be written in two ways.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question, TEXT, shuffle};
use crate::generate::draw::Draw;

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let letters: Vec<char> = (0..size)
        .map(|_| draw.pick(&['a', 'b', 'c', 'd', 'e']))
        .collect();
    let lower: String = letters.iter().collect();
    let upper = lower.to_ascii_uppercase();
    let mixed: String = letters
        .iter()
        .enumerate()
        .map(|(at, c)| {
            if at % 2 == 0 {
                *c
            } else {
                c.to_ascii_uppercase()
            }
        })
        .collect();
    let folded = |word: &str| allow().when("StringEqualsIgnoreCase", TEXT, [word]);
    let like = |glob: String| allow().when("StringLike", TEXT, [glob]);
    // At some place a capital, or at none.
    let mut capitals: Vec<Clause> = letters
        .iter()
        .enumerate()
        .map(|(at, c)| {
            let mut glob: Vec<char> = vec!['?'; size as usize];
            glob[at] = c.to_ascii_uppercase();
            like(glob.into_iter().collect())
        })
        .collect();
    shuffle(&mut capitals, draw);
    let mut capitals_or_none = capitals.clone();
    capitals_or_none.push(allow().when("StringEquals", TEXT, [lower.as_str()]));
    let small: Vec<Clause> = letters
        .iter()
        .enumerate()
        .map(|(at, c)| {
            let mut glob: Vec<char> = vec!['?'; size as usize];
            glob[at] = *c;
            deny().when("StringLike", TEXT, [glob.into_iter().collect::<String>()])
        })
        .collect();
    let shout: Vec<Clause> = std::iter::once(folded(&mixed))
        .chain(small.iter().cloned())
        .collect();
    let mut shout_not = shout.clone();
    shout_not.push(deny().when("StringEquals", TEXT, [upper.as_str()]));
    let words: Vec<String> = (0..size).map(|at| format!("{mixed}{at}")).collect();
    let words_low: Vec<String> = words.iter().map(|word| word.to_ascii_lowercase()).collect();
    vec![
        inside(
            "the-same-in-another-case",
            &[folded(&lower)],
            &[folded(&mixed)],
            Expect::Holds,
        ),
        inside(
            "a-capital-somewhere-or-nowhere",
            &[folded(&mixed)],
            &capitals_or_none,
            Expect::Holds,
        ),
        inside(
            "a-capital-somewhere",
            &[folded(&mixed)],
            &capitals,
            Expect::Fails,
        ),
        satisfiable("no-small-letter", &shout, Expect::Holds),
        satisfiable(
            "no-small-letter-and-not-all-capitals",
            &shout_not,
            Expect::Fails,
        ),
        inside(
            "no-small-letter-is-all-capitals",
            &shout,
            &[like(upper.clone())],
            Expect::Holds,
        ),
        inside(
            "lists",
            &[allow().when("StringEqualsIgnoreCase", TEXT, words.clone())],
            &[allow().when("StringEqualsIgnoreCase", TEXT, words_low.clone())],
            Expect::Holds,
        ),
        inside(
            "lists-but-one",
            &[allow().when("StringEqualsIgnoreCase", TEXT, words)],
            &[allow().when("StringEqualsIgnoreCase", TEXT, words_low[1..].to_vec())],
            Expect::Fails,
        ),
    ]
}
