//! Intervals with holes in them, as numbers and as dates, where the holes are filled by operators that also hold of an absent key.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question, shuffle};
use crate::generate::draw::Draw;

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let number = |at: u32, half: bool| format!("{at}{}", if half { ".5" } else { "" });
    // A day each, half of it the hole.
    let date = |at: u32, half: bool| {
        let (year, month, day) = (2000 + at / 336, at / 28 % 12 + 1, at % 28 + 1);
        let hour = if half { 12 } else { 0 };
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:00:00Z")
    };
    let mut questions = Vec::new();
    type Text<'t> = &'t dyn Fn(u32, bool) -> String;
    let kinds: [(&str, &str, &str, Text); 2] = [
        ("numbers", "Numeric", "s3:max-keys", &number),
        ("dates", "Date", "aws:TokenIssueTime", &date),
    ];
    for (name, kind, key, text) in kinds {
        let when = |clause: Clause, operator: &str, at: u32, half: bool| {
            clause.when(&format!("{kind}{operator}"), key, [text(at, half)])
        };
        let whole = when(
            when(allow(), "GreaterThanEquals", 0, false),
            "LessThan",
            size,
            false,
        );
        let step = |at: u32| {
            when(
                when(allow(), "GreaterThanEquals", at, false),
                "LessThan",
                at + 1,
                false,
            )
        };
        let holed = |at: u32| when(step(at), "NotEquals", at, true);
        let mut fill: Vec<Clause> = (0..size)
            .map(|at| when(allow(), "EqualsIfExists", at, true))
            .collect();
        shuffle(&mut fill, draw);
        let mut steps: Vec<Clause> = (0..size).map(holed).collect();
        shuffle(&mut steps, draw);
        let with = |more: &[Clause]| -> Vec<Clause> { steps.iter().chain(more).cloned().collect() };
        let points = |from: u32| (from..size).map(|at| text(at, true));
        let in_list = |from: u32| allow().when(&format!("{kind}EqualsIfExists"), key, points(from));
        let out_of_list = allow().when(&format!("{kind}NotEquals"), key, points(0));
        let absent = allow().when("Null", key, ["true"]);
        let mut add = |what: &str, new: &[Clause], old: &[Clause], expect| {
            questions.push(inside(&format!("{name}-{what}"), new, old, expect));
        };
        let new = std::slice::from_ref(&whole);
        add("filled", new, &with(&fill), Expect::Holds);
        add("filled-but-one", new, &with(&fill[1..]), Expect::Fails);
        add("filled-by-a-list", new, &with(&[in_list(0)]), Expect::Holds);
        add(
            "filled-by-a-list-but-one",
            new,
            &with(&[in_list(1)]),
            Expect::Fails,
        );
        add(
            "with-the-absent",
            &[whole.clone(), absent.clone()],
            &with(&fill),
            Expect::Holds,
        );
        add(
            "with-the-absent-not-filled",
            &[whole.clone(), absent],
            &steps,
            Expect::Fails,
        );
        add(
            "around-a-list",
            new,
            &[out_of_list.clone(), in_list(0)],
            Expect::Holds,
        );
        add(
            "around-a-list-but-one",
            new,
            &[out_of_list, in_list(1)],
            Expect::Fails,
        );
        let denied = |more: &[Clause]| -> Vec<Clause> {
            let mut all = vec![whole.clone()];
            all.extend((0..size).map(|at| {
                let clause = when(deny(), "GreaterThanEquals", at, false);
                when(
                    when(clause, "LessThan", at + 1, false),
                    "NotEquals",
                    at,
                    true,
                )
            }));
            all.extend(more.iter().cloned());
            all
        };
        let point = |at: u32| when(deny(), "Equals", at, true);
        let all: Vec<Clause> = (0..size).map(point).collect();
        questions.push(satisfiable(
            &format!("{name}-denied"),
            &denied(&all),
            Expect::Fails,
        ));
        questions.push(satisfiable(
            &format!("{name}-denied-but-a-point"),
            &denied(&all[1..]),
            Expect::Holds,
        ));
    }
    questions
}
