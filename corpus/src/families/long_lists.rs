//! Thousands of patterns in one list against thousands, in one list or in a statement each, where their beginnings or ends tell them apart.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question, shuffle};
use crate::generate::draw::Draw;

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let list = |make: &dyn Fn(u32) -> String| -> Vec<String> { (0..size).map(make).collect() };
    let mut shuffled = |list: &[String]| -> Vec<String> {
        let mut own = list.to_vec();
        shuffle(&mut own, draw);
        own
    };
    let heads = list(&|at| format!("arn:aws:s3:::bucket-{at:05}/*"));
    let inner = list(&|at| format!("arn:aws:s3:::bucket-{at:05}/x/*"));
    let ends = list(&|at| format!("arn:aws:s3:::*-{at:05}"));
    let objects = list(&|at| format!("arn:aws:s3:::*/x-{at:05}"));
    let words = list(&|at| format!("arn:aws:s3:::bucket-{at:05}"));
    let [heads_too, ends_too, words_too] = [&heads, &ends, &words].map(|own| shuffled(own));
    let one = |list: &[String]| [allow().on(list.to_vec())];
    let each = |list: &[String]| -> Vec<Clause> {
        list.iter().map(|own| allow().on([own.as_str()])).collect()
    };
    let but = |list: &[String], out: &[String]| -> Vec<Clause> {
        std::iter::once(allow().on(list.to_vec()))
            .chain(out.iter().map(|own| deny().on([own.as_str()])))
            .collect()
    };
    let mut questions = vec![
        inside("in-wider", &one(&inner), &one(&heads_too), Expect::Holds),
        inside(
            "in-wider-each",
            &one(&inner),
            &each(&heads_too),
            Expect::Holds,
        ),
        inside("in-narrower", &one(&heads), &one(&inner), Expect::Fails),
        inside(
            "ends-in-ends",
            &one(&objects),
            &one(&ends_too),
            Expect::Holds,
        ),
        inside(
            "ends-in-narrower",
            &one(&ends),
            &one(&objects),
            Expect::Fails,
        ),
    ];
    for (name, own, other) in [
        ("beginnings", &heads, &heads_too),
        ("ends", &ends, &ends_too),
        ("words", &words, &words_too),
    ] {
        let mut add = |kind: &str, new: &[Clause], old: &[Clause], expect| {
            questions.push(inside(&format!("{name}-{kind}"), new, old, expect));
        };
        add("in-one", &one(own), &one(other), Expect::Holds);
        add(
            "in-one-but-one",
            &one(own),
            &one(&other[1..]),
            Expect::Fails,
        );
        add("in-each", &one(own), &each(other), Expect::Holds);
        add(
            "in-each-but-one",
            &one(own),
            &each(&other[1..]),
            Expect::Fails,
        );
        questions.push(satisfiable(
            &format!("{name}-denied"),
            &but(own, other),
            Expect::Fails,
        ));
        questions.push(satisfiable(
            &format!("{name}-denied-but-one"),
            &but(own, &other[1..]),
            Expect::Holds,
        ));
    }
    questions
}
