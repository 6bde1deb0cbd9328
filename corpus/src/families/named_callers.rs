//! Hundreds of named callers, listed by `Principal`, by `NotPrincipal` and by their ARNs in a condition.

use super::document::{Clause, allow, deny, inside, list, satisfiable};
use super::{Expect, Question, shuffle};
use crate::generate::draw::Draw;

const KEY: &str = "aws:PrincipalArn";
const EVERYONE: &str = "\"*\"";

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let account = |index: u32| 200_000_000_000u64 + u64::from(index % 7) * 1_111;
    let arns: Vec<String> = (0..size)
        .map(|index| format!("arn:aws:iam::{}:role/team/role-{index}", account(index)))
        .collect();
    let accounts: Vec<String> = (0..size.min(7))
        .map(|index| account(index).to_string())
        .collect();
    let mut moved = arns.clone();
    shuffle(&mut moved, draw);
    let aws = |arns: &[String]| format!("{{\"AWS\":{}}}", list(arns));
    let listed = |arns: &[String]| vec![allow().by(aws(arns))];
    let each = |arns: &[String]| -> Vec<Clause> {
        arns.iter()
            .map(|arn| allow().by(aws(std::slice::from_ref(arn))))
            .collect()
    };
    let condition = |operator: &str, values: &[String]| {
        vec![allow().by(EVERYONE).when(operator, KEY, values.to_vec())]
    };
    let narrowed = |denied: Clause| vec![allow().by(aws(&arns)), denied];
    vec![
        inside(
            "another-order",
            &each(&moved),
            &listed(&arns),
            Expect::Holds,
        ),
        inside(
            "one-less",
            &listed(&arns),
            &each(&moved[1..]),
            Expect::Fails,
        ),
        inside(
            "listed-in-arns",
            &listed(&arns),
            &condition("ArnEquals", &moved),
            Expect::Holds,
        ),
        inside(
            "listed-in-patterns",
            &each(&arns),
            &condition("ArnLike", &["arn:aws:iam::*:role/team/role-*".to_owned()]),
            Expect::Holds,
        ),
        inside(
            "listed-in-accounts",
            &listed(&arns),
            &[allow().by(aws(&accounts))],
            Expect::Holds,
        ),
        inside(
            "accounts-in-listed",
            &[allow().by(aws(&accounts))],
            &listed(&arns),
            Expect::Fails,
        ),
        satisfiable(
            "listed-and-denied",
            &narrowed(deny().by(aws(&moved))),
            Expect::Fails,
        ),
        satisfiable(
            "listed-and-all-but-one-denied",
            &narrowed(deny().by(aws(&moved[1..]))),
            Expect::Holds,
        ),
        satisfiable(
            "listed-and-denied-by-arn",
            &narrowed(deny().by(EVERYONE).when("StringLike", KEY, moved.clone())),
            Expect::Fails,
        ),
        // The role is listed, its sessions and account are not, so nobody is spared (S16).
        satisfiable(
            "denied-unless-the-whole-chain",
            &narrowed(deny().not_by(aws(&arns))),
            Expect::Fails,
        ),
        satisfiable(
            "denied-unless-by-arn",
            &narrowed(deny().by(EVERYONE).when("ArnNotEquals", KEY, arns.clone())),
            Expect::Holds,
        ),
    ]
}
