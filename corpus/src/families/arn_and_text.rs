//! `ArnLike` and `StringLike` on one key with long names: a star of the one stays between its colons, a star of the
//! other does not.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question};
use crate::generate::draw::Draw;

const KEY: &str = "aws:SourceArn";

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let name: String = (0..size)
        .map(|_| draw.pick(&['a', 'b', ':', '/', '-']))
        .collect();
    let colons = name.matches(':').count();
    let arn = |pattern: &str| vec![allow().when("ArnLike", KEY, [pattern])];
    let text = |pattern: &str| vec![allow().when("StringLike", KEY, [pattern])];
    let both = |one: &str, other: &str| {
        vec![
            allow()
                .when("ArnLike", KEY, [one])
                .when("StringLike", KEY, [other]),
        ]
    };
    let long = format!("arn:aws:sns:*:*:{name}");
    let parts = format!("arn:aws:sns:*:*:*{}", &name[name.len() / 2..]);
    let in_order: String = name.chars().step_by(3).map(|c| format!("*{c}")).collect();
    let stars = format!("arn:aws:sns:*:*:{in_order}*");
    let fixed = format!("arn:aws:sns:eu-west-1:111122223333:{name}");
    let count = |extra: usize| format!("*{}", ":*".repeat(5 + colons + extra));
    let mut exactly = both(&long, &count(0));
    exactly.push(deny().when("StringLike", KEY, [count(1)]));
    vec![
        inside("arn-in-text", &arn(&long), &text(&long), Expect::Holds),
        inside("text-in-arn", &text(&long), &arn(&long), Expect::Fails),
        inside("name-in-its-end", &arn(&long), &arn(&parts), Expect::Holds),
        inside("end-in-the-name", &arn(&parts), &arn(&long), Expect::Fails),
        inside(
            "name-in-its-letters",
            &arn(&long),
            &arn(&stars),
            Expect::Holds,
        ),
        inside(
            "name-in-its-letters-as-text",
            &arn(&long),
            &text(&stars),
            Expect::Holds,
        ),
        inside(
            "fixed-in-all",
            &text(&fixed),
            &both(&long, &stars),
            Expect::Holds,
        ),
        satisfiable("as-many-colons", &both(&long, &count(0)), Expect::Holds),
        satisfiable("one-colon-more", &both(&long, &count(1)), Expect::Fails),
        satisfiable("exactly-as-many", &exactly, Expect::Holds),
        satisfiable(
            "text-across-the-parts",
            &both(&long, &format!("arn:*:x{name}")),
            Expect::Fails,
        ),
        satisfiable(
            "text-across-the-parts-with-a-colon",
            &both(&long, &format!("arn:*:{name}")),
            Expect::Holds,
        ),
        chain("each-letter-cut", &long, &name),
    ]
}

/// Every text of the long pattern is denied by one that asks for a letter of it.
fn chain(name: &str, long: &str, letters: &str) -> Question {
    let mut clauses: Vec<Clause> = vec![allow().when("ArnLike", KEY, [long])];
    clauses.extend(
        ["*a*b*a*", "*b*a*b*", "*/*-*/*", "*x*"]
            .iter()
            .map(|glob| deny().when("StringLike", KEY, [*glob])),
    );
    // The pattern's own text has these letters in this order, whatever stands for its stars.
    let mut place = 0;
    for wanted in ['a', 'b', 'a'] {
        place += letters[place..]
            .find(wanted)
            .map_or(letters.len() - place, |at| at + 1);
    }
    let found = place < letters.len();
    satisfiable(name, &clauses, Expect::holds_if(!found))
}
