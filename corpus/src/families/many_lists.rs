//! Several many-valued keys at once, each with all of its members in one list, one member in another, there, and kept out of a third.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question, shuffle};
use crate::generate::draw::Draw;

// Keys whose members may be any texts.
const LISTS: [&str; 4] = [
    "aws:TagKeys",
    "dynamodb:LeadingKeys",
    "dynamodb:Attributes",
    "kms:EncryptionContextKeys",
];

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let size = size.max(2);
    let beginnings: Vec<String> = (0..size).map(|at| format!("p{at:03}*")).collect();
    let mut other = beginnings.clone();
    shuffle(&mut other, draw);
    let every = |operator: &str, values: &[String], clause: Clause| {
        LISTS.iter().fold(clause, |clause, key| {
            clause.when(operator, key, values.to_vec())
        })
    };
    let listed = || {
        let clause = every("ForAllValues:StringLike", &beginnings, allow());
        let clause = every("ForAnyValue:StringLike", &["*z".to_owned()], clause);
        every("Null", &["false".to_owned()], clause)
    };
    // Each beginning of each key, without those that end in `z`.
    let mut denied: Vec<Clause> = LISTS
        .iter()
        .flat_map(|key| other.iter().map(move |own| (key, own)))
        .map(|(key, own)| deny().when("ForAnyValue:StringLike", key, [format!("{own}z")]))
        .collect();
    shuffle(&mut denied, draw);
    // But for one beginning of each key.
    let left: Vec<Clause> = LISTS
        .iter()
        .flat_map(|key| other[1..].iter().map(move |own| (key, own)))
        .map(|(key, own)| deny().when("ForAnyValue:StringLike", key, [format!("{own}z")]))
        .collect();
    let with = |first: Clause, more: &[Clause]| -> Vec<Clause> {
        std::iter::once(first).chain(more.iter().cloned()).collect()
    };
    // A member of each beginning: denied where one is missing.
    let complete = |key: &str| -> Vec<Clause> {
        other
            .iter()
            .map(|own| deny().when("ForAllValues:StringNotLike", key, [own.as_str()]))
            .collect()
    };
    let none_else = |from: usize| {
        deny().when(
            "ForAnyValue:StringNotLike",
            LISTS[0],
            other[from..].to_vec(),
        )
    };
    let mut all = complete(LISTS[0]);
    all.push(none_else(0));
    let mut without = complete(LISTS[0]);
    without.push(none_else(1));
    let some = || allow().when("ForAnyValue:StringLike", LISTS[0], ["*"]);
    let any: Vec<Clause> = other
        .iter()
        .map(|own| allow().when("ForAnyValue:StringLike", LISTS[0], [own.as_str()]))
        .collect();
    vec![
        satisfiable("none-is-left", &with(listed(), &denied), Expect::Fails),
        satisfiable("one-is-left-of-each", &with(listed(), &left), Expect::Holds),
        satisfiable("a-member-of-each", &with(some(), &all), Expect::Holds),
        satisfiable(
            "a-member-of-each-and-not-of-one",
            &with(some(), &without),
            Expect::Fails,
        ),
        inside("some-of-them", &[listed()], &any, Expect::Holds),
        inside(
            "some-of-them-but-one",
            &[listed()],
            &any[1..],
            Expect::Fails,
        ),
        inside(
            "all-in-more",
            &[listed()],
            &[every("ForAllValues:StringLike", &other, allow())],
            Expect::Holds,
        ),
        inside(
            "all-in-fewer",
            &[listed()],
            &[every("ForAllValues:StringLike", &other[1..], allow())],
            Expect::Fails,
        ),
    ]
}
