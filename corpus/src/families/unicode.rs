//! Letters of all planes: next to the surrogates, the last scalar, letters that need four bytes, and letters that are
//! drawn out of two. `?` is one scalar, whatever its bytes.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question, TEXT, shuffle};
use crate::generate::draw::Draw;

const EDGES: [char; 10] = [
    '\u{0}',
    '\u{7f}',
    '\u{80}',
    '\u{7ff}',
    '\u{800}',
    '\u{d7ff}',
    '\u{e000}',
    '\u{ffff}',
    '\u{10000}',
    '\u{10ffff}',
];

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let mut letters: Vec<char> = EDGES.to_vec();
    while letters.len() < size as usize {
        if let Some(c) = char::from_u32(draw.below(0x11_0000))
            .filter(|c| !letters.contains(c) && !['*', '?', '$'].contains(c))
        {
            letters.push(c);
        }
    }
    let patterns: Vec<String> = letters.iter().map(|c| format!("*{c}?{c}*")).collect();
    let mut moved = patterns.clone();
    shuffle(&mut moved, draw);
    let list = |patterns: &[String]| vec![allow().when("StringLike", TEXT, patterns.to_vec())];
    let one = |pattern: &str| list(&[pattern.to_owned()]);
    let mut single = one("?");
    single.extend(
        letters
            .iter()
            .map(|c| deny().when("StringEquals", TEXT, [c.to_string()])),
    );
    let mut together: Vec<Clause> = vec![allow()];
    together.extend(
        patterns
            .iter()
            .map(|pattern| deny().when("StringNotLike", TEXT, [pattern.as_str()])),
    );
    let all: String = letters.iter().collect();
    let wild: String = letters.iter().map(|_| '?').collect();
    vec![
        inside(
            "another-order",
            &list(&moved),
            &list(&patterns),
            Expect::Holds,
        ),
        inside(
            "one-less",
            &list(&patterns),
            &list(&moved[1..]),
            Expect::Fails,
        ),
        inside(
            "one-scalar-is-one",
            &one("\u{10ffff}"),
            &one("?"),
            Expect::Holds,
        ),
        inside(
            "one-scalar-is-not-two",
            &one("\u{10ffff}"),
            &one("??*"),
            Expect::Fails,
        ),
        inside(
            "a-letter-and-its-accent-are-two",
            &one("e\u{301}"),
            &one("??"),
            Expect::Holds,
        ),
        inside(
            "a-letter-with-accent-is-another",
            &one("e\u{301}"),
            &one("\u{e9}"),
            Expect::Fails,
        ),
        inside("all-letters", &one(&all), &one(&wild), Expect::Holds),
        inside(
            "all-letters-and-one",
            &one(&all),
            &one(&format!("{wild}?")),
            Expect::Fails,
        ),
        satisfiable("some-letter-is-left", &single, Expect::Holds),
        satisfiable("all-together", &together, Expect::Holds),
        inside(
            "no-case-beyond-ascii",
            &[allow().when("StringEqualsIgnoreCase", TEXT, ["É"])],
            &one("É"),
            Expect::Holds,
        ),
    ]
}
