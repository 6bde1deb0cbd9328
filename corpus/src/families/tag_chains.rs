//! Hundreds of request tags, each a key of its own: values that are spelt, chains from one to the next, and the list of all keys at once.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question, shuffle, tag};
use crate::generate::draw::Draw;

const KEYS: &str = "aws:TagKeys";

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let size = size.max(2);
    let every = |operator: &str, values: &[&str]| {
        (0..size).fold(allow(), |clause, at| {
            clause.when(operator, &tag(at), values.to_vec())
        })
    };
    let with = |first: Clause, more: &[Clause]| -> Vec<Clause> {
        std::iter::once(first).chain(more.iter().cloned()).collect()
    };
    let each = |make: &dyn Fn(u32) -> Clause| -> Vec<Clause> { (0..size).map(make).collect() };
    let no_a = each(&|at| deny().when("StringEquals", &tag(at), ["a"]));
    let last = tag(size - 1);
    let mut no_a_nor_b = no_a.clone();
    no_a_nor_b.push(deny().when("StringEquals", &last, ["b"]));
    shuffle(&mut no_a_nor_b, draw);
    // An `a` in one tag means an `a` in the next.
    let mut chain: Vec<Clause> = (1..size)
        .map(|at| {
            deny().when("StringEquals", &tag(at - 1), ["a"]).when(
                "StringNotEquals",
                &tag(at),
                ["a"],
            )
        })
        .collect();
    shuffle(&mut chain, draw);
    let first = allow().when("StringEquals", &tag(0), ["a"]);
    let mut closed = chain.clone();
    closed.push(deny().when("StringEquals", &last, ["a"]));
    let narrow = each(&|at| allow().when("StringEquals", &tag(at), ["a"]));
    let mut wide = each(&|at| allow().when("StringEquals", &tag(at), ["a", "b"]));
    shuffle(&mut wide, draw);
    // Some tag is not there, or all are.
    let absent = each(&|at| allow().when("Null", &tag(at), ["true"]));
    let names: Vec<String> = (0..size).map(|at| format!("t{at}")).collect();
    let listed = || {
        allow()
            .when("ForAllValues:StringEquals", KEYS, names.clone())
            .when("ForAnyValue:StringLike", KEYS, ["t*"])
            .when("Null", KEYS, ["false"])
    };
    let mut unlisted = each(&|at| {
        deny().when(
            "ForAnyValue:StringEquals",
            KEYS,
            [names[at as usize].as_str()],
        )
    });
    shuffle(&mut unlisted, draw);
    vec![
        satisfiable(
            "no-a",
            &with(every("StringEquals", &["a", "b"]), &no_a),
            Expect::Holds,
        ),
        satisfiable(
            "no-a-nor-one-b",
            &with(every("StringEquals", &["a", "b"]), &no_a_nor_b),
            Expect::Fails,
        ),
        satisfiable("chain", &with(first.clone(), &closed), Expect::Fails),
        satisfiable("chain-that-is-open", &with(first, &chain), Expect::Holds),
        inside("in-wider", &narrow, &wide, Expect::Holds),
        inside("in-wider-but-one", &narrow, &wide[1..], Expect::Fails),
        inside(
            "absent-or-all",
            &[allow()],
            &with(every("Null", &["false"]), &absent),
            Expect::Holds,
        ),
        inside(
            "absent-or-all-but-one",
            &[allow()],
            &with(every("Null", &["false"]), &absent[1..]),
            Expect::Fails,
        ),
        satisfiable("no-name-is-left", &with(listed(), &unlisted), Expect::Fails),
        satisfiable(
            "a-name-is-left",
            &with(listed(), &unlisted[1..]),
            Expect::Holds,
        ),
    ]
}
