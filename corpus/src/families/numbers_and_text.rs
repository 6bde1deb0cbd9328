//! A key that is read as a number and as text: decades against numbers of letters.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question};
use crate::generate::draw::Draw;

const KEY: &str = "s3:max-keys";

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let power = |exponent: u32| format!("1{}", "0".repeat(exponent as usize));
    let decade = |exponent: u32| {
        allow()
            .when("NumericGreaterThanEquals", KEY, [power(exponent)])
            .when("NumericLessThan", KEY, [power(exponent + 1)])
    };
    let decades: Vec<Clause> = (0..size).map(decade).collect();
    let span = allow().when("NumericGreaterThanEquals", KEY, ["1"]).when(
        "NumericLessThan",
        KEY,
        [power(size)],
    );
    let text = |patterns: &[String]| vec![allow().when("StringLike", KEY, patterns.to_vec())];
    let any = |count: u32| "?".repeat(count as usize);
    let lengths: Vec<String> = (0..size)
        .map(|exponent| format!("{}*", any(exponent + 1)))
        .collect();
    let first: Vec<String> = (1..=9).map(|digit| format!("{digit}*")).collect();
    let chosen = draw.below(size);
    let inner = |more: &str| vec![decade(chosen).when("StringLike", KEY, [more])];
    let mut whole = vec![decade(chosen)];
    whole.push(deny().when("StringLike", KEY, ["*.*"]));
    whole.push(deny().when("StringLike", KEY, [any(chosen + 1)]));
    vec![
        inside(
            "span-in-decades",
            std::slice::from_ref(&span),
            &decades,
            Expect::Holds,
        ),
        inside(
            "span-in-all-but-one-decade",
            std::slice::from_ref(&span),
            &decades[..size as usize - 1],
            Expect::Fails,
        ),
        inside(
            "decades-in-lengths",
            &decades,
            &text(&lengths),
            Expect::Holds,
        ),
        inside(
            "decade-in-its-length",
            &[decade(chosen)],
            &text(&[format!("{}*", any(chosen + 1))]),
            Expect::Holds,
        ),
        inside(
            "decade-in-one-more",
            &[decade(chosen)],
            &text(&[format!("{}*", any(chosen + 2))]),
            Expect::Fails,
        ),
        inside(
            "span-by-its-first-digit",
            std::slice::from_ref(&span),
            &text(&first),
            Expect::Holds,
        ),
        inside(
            "span-by-all-but-one-first-digit",
            std::slice::from_ref(&span),
            &text(&first[1..]),
            Expect::Fails,
        ),
        satisfiable("whole-numbers-cut-out", &whole, Expect::Fails),
        satisfiable("a-number-with-a-point", &inner("*.*5"), Expect::Holds),
        satisfiable(
            "a-number-that-ends-in-a-zero-behind-the-point",
            &inner("*.*0"),
            Expect::Fails,
        ),
        satisfiable("no-leading-zero", &inner("0*"), Expect::Fails),
    ]
}
