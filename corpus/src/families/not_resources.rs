//! Many overlapping `NotResource` lists: a Deny with `NotResource` keeps what it lists, so many of them are a
//! conjunction of unions on one coordinate; with Allow they are a union of complements.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question, shuffle};
use crate::generate::draw::Draw;

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let holding = |index: u32| format!("arn:aws:s3:::*-{index}-*");
    let kept = |index: u32| deny().not_on([holding(index), format!("arn:aws:s3:::home-{index}/*")]);
    let keeps: Vec<Clause> = (0..size).map(kept).collect();
    let all = |keeps: &[Clause]| -> Vec<Clause> {
        std::iter::once(allow())
            .chain(keeps.iter().cloned())
            .collect()
    };
    let with = |more: Clause| {
        let mut clauses = all(&keeps);
        clauses.push(more);
        clauses
    };
    let mut moved = keeps.clone();
    shuffle(&mut moved, draw);
    let mut fewer = keeps.clone();
    fewer.pop();
    let outside: Vec<Clause> = (0..size)
        .map(|index| allow().not_on([holding(index), "arn:aws:s3:::home/*".into()]))
        .collect();
    let mut disjoint = outside.clone();
    disjoint.push(allow().not_on(["arn:aws:sqs:*"]));
    vec![
        satisfiable("kept-by-all", &all(&keeps), Expect::Holds),
        satisfiable(
            "kept-by-all-in-one-home",
            &with(deny().not_on(["arn:aws:s3:::home-0/*"])),
            Expect::Holds,
        ),
        satisfiable(
            "kept-by-all-and-plain",
            &with(deny().on(["arn:aws:s3:::*-*"])),
            Expect::Fails,
        ),
        inside("another-order", &all(&moved), &all(&keeps), Expect::Holds),
        inside("one-less", &all(&keeps), &all(&fewer), Expect::Holds),
        inside("one-more", &all(&fewer), &all(&keeps), Expect::Fails),
        inside(
            "all-is-outside-some",
            &[allow().on(["arn:aws:s3:::*"])],
            &outside,
            Expect::Fails,
        ),
        inside(
            "all-is-outside-some-other",
            &[allow().on(["arn:aws:s3:::*"])],
            &disjoint,
            Expect::Holds,
        ),
    ]
}
