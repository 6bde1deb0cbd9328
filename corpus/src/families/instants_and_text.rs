//! A key that is read as an instant and as text: spans of time against patterns of the text in which instants are written.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question};
use crate::generate::draw::Draw;

const KEY: &str = "aws:TokenIssueTime";

pub(super) fn questions(size: u32, _: &mut Draw) -> Vec<Question> {
    let start = |month: u32| {
        if month == 12 {
            "2025-01-01T00:00:00Z".to_owned()
        } else {
            format!("2024-{:02}-01T00:00:00Z", month + 1)
        }
    };
    let month = |index: u32| {
        allow()
            .when("DateGreaterThanEquals", KEY, [start(index)])
            .when("DateLessThan", KEY, [start(index + 1)])
    };
    let months: Vec<Clause> = (0..size).map(month).collect();
    let texts: Vec<String> = (0..size)
        .map(|index| format!("2024-{:02}-*", index + 1))
        .collect();
    let text = |patterns: &[String]| vec![allow().when("StringLike", KEY, patterns.to_vec())];
    let span = vec![allow().when("DateGreaterThanEquals", KEY, [start(0)]).when(
        "DateLessThan",
        KEY,
        [start(size)],
    )];
    let mut cut = span.clone();
    cut.extend(
        texts
            .iter()
            .map(|pattern| deny().when("StringLike", KEY, [pattern.as_str()])),
    );
    let mut open = span.clone();
    open[0] = allow().when("DateGreaterThanEquals", KEY, [start(0)]).when(
        "DateLessThanEquals",
        KEY,
        [start(size)],
    );
    let thirteenth = format!("2024-{:02}-*", size + 1);
    vec![
        inside("months-in-texts", &months, &text(&texts), Expect::Holds),
        inside(
            "texts-in-months",
            &with_instant(&text(&texts)),
            &months,
            Expect::Holds,
        ),
        inside("span-in-months", &span, &months, Expect::Holds),
        inside("span-in-texts", &span, &text(&texts), Expect::Holds),
        inside(
            "span-in-all-but-one-text",
            &span,
            &text(&texts[1..]),
            Expect::Fails,
        ),
        inside("closed-span-in-months", &open, &months, Expect::Fails),
        satisfiable("texts-cut-out", &cut, Expect::Fails),
        satisfiable(
            "another-text",
            &[span[0].clone().when("StringLike", KEY, [thirteenth])],
            Expect::Fails,
        ),
        satisfiable(
            "noon-of-a-day",
            &[span[0].clone().when("StringLike", KEY, ["*-01T12:00:00*"])],
            Expect::Holds,
        ),
        satisfiable(
            "a-day-too-late",
            &[span[0].clone().when("StringLike", KEY, ["*-32T*"])],
            Expect::Fails,
        ),
    ]
}

/// Says that the text is an instant, which makes it one in canonical form.
fn with_instant(clauses: &[Clause]) -> Vec<Clause> {
    clauses
        .iter()
        .map(|clause| {
            clause
                .clone()
                .when("DateGreaterThan", KEY, ["0001-01-01T00:00:00Z"])
        })
        .collect()
}
