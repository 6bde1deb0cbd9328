//! Values with policy variables, each of a key that may be absent: for a member of a many-valued key to be none of them is another question for
//! each choice of keys that are there, and so is a pattern of many variables with defaults.

use super::document::{Clause, allow, inside, satisfiable};
use super::{Expect, Question, tag};
use crate::generate::draw::Draw;

pub(super) fn questions(size: u32, _: &mut Draw) -> Vec<Question> {
    const KEYS: &str = "aws:TagKeys";
    let values: Vec<String> = (0..size)
        .map(|at| format!("team-{at}-${{{}}}-*", tag(at)))
        .collect();
    let within = |values: &[String]| allow().when("ForAllValues:StringLike", KEYS, values.to_vec());
    let some = |clause: Clause, glob: &str| clause.when("ForAnyValue:StringLike", KEYS, [glob]);
    let path: Vec<String> = (0..size)
        .map(|at| format!("${{{}, 'd{at}'}}", tag(at)))
        .collect();
    let path = format!("arn:aws:s3:::bucket/{}", path.join("/"));
    // Not there at all: `Null` would let an empty value through.
    let without = |clause: Clause, at: u32| clause.when("StringNotLike", &tag(at), ["*"]);
    let defaults = (1..size).fold(allow().on(["arn:aws:s3:::bucket/d0*"]), |clause, at| {
        without(clause, at)
    });
    let absent = (0..size).fold(allow().on([path.clone()]), without);
    vec![
        inside(
            "same",
            &[within(&values)],
            &[within(&values)],
            Expect::Holds,
        ),
        inside(
            "one-less",
            &[within(&values)],
            &[within(&values[1..])],
            Expect::Fails,
        ),
        satisfiable(
            "one-of-them",
            &[some(within(&values), "team-*")],
            Expect::Holds,
        ),
        satisfiable(
            "none-of-them",
            &[some(within(&values), "unit-*")],
            Expect::Fails,
        ),
        inside(
            "path",
            &[allow().on([path.clone()])],
            &[allow().on(["arn:aws:s3:::bucket/*"])],
            Expect::Holds,
        ),
        inside("path-of-defaults", &[absent], &[defaults], Expect::Holds),
        inside(
            "path-beyond-defaults",
            &[allow().on([path])],
            &[allow().on(["arn:aws:s3:::bucket/d0*"])],
            Expect::Fails,
        ),
    ]
}
