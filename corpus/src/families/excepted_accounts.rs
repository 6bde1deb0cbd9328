//! Hundreds of accounts as principals, with exceptions by role, by account and by organization that are said in other keys.

use super::document::{Clause, allow, deny, inside, list, satisfiable};
use super::{Expect, Question, shuffle};
use crate::generate::draw::Draw;

const ARN: &str = "aws:PrincipalArn";
const ACCOUNT: &str = "aws:PrincipalAccount";
const EVERYONE: &str = "\"*\"";

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let mut accounts: Vec<String> = (0..size)
        .map(|at| (300_000_000_000u64 + u64::from(at) * 104_729).to_string())
        .collect();
    shuffle(&mut accounts, draw);
    let aws = |accounts: &[String]| format!("{{\"AWS\":{}}}", list(accounts));
    let named = allow().by(aws(&accounts));
    let by_key = |values: &[String]| {
        allow()
            .by(EVERYONE)
            .when("StringEquals", ACCOUNT, values.to_vec())
    };
    let by_arn: Vec<String> = accounts
        .iter()
        .flat_map(|account| {
            [
                format!("arn:aws:iam::{account}:*"),
                format!("arn:aws:sts::{account}:*"),
            ]
        })
        .collect();
    let ci: Vec<String> = accounts
        .iter()
        .map(|account| format!("arn:aws:iam::{account}:role/ci-*"))
        .collect();
    let but_ci = vec![
        named.clone(),
        deny().by(EVERYONE).when("ArnLike", ARN, ci.clone()),
    ];
    let but_each_ci: Vec<Clause> = std::iter::once(named.clone())
        .chain(
            ci.iter()
                .map(|role| deny().by(EVERYONE).when("ArnLike", ARN, [role.as_str()])),
        )
        .collect();
    let only_ci = vec![
        named.clone(),
        deny().by(EVERYONE).when("ArnNotLike", ARN, ci.clone()),
    ];
    let but_all_ci = vec![
        named.clone(),
        deny()
            .by(EVERYONE)
            .when("ArnLike", ARN, ["arn:aws:iam::*:role/ci-*"]),
    ];
    let except = |accounts: &[String]| {
        vec![
            named.clone(),
            deny()
                .by(EVERYONE)
                .when("StringNotEquals", ACCOUNT, accounts.to_vec()),
        ]
    };
    let each_except: Vec<Clause> = std::iter::once(named.clone())
        .chain(accounts.iter().map(|account| {
            deny()
                .by(EVERYONE)
                .when("StringEquals", ACCOUNT, [account.as_str()])
        }))
        .collect();
    let half = &accounts[..(size as usize).div_ceil(2)];
    vec![
        inside(
            "named-in-key",
            std::slice::from_ref(&named),
            &[by_key(&accounts)],
            Expect::Holds,
        ),
        inside(
            "named-in-key-but-one",
            std::slice::from_ref(&named),
            &[by_key(&accounts[1..])],
            Expect::Fails,
        ),
        inside(
            "key-in-arns",
            &[by_key(&accounts)],
            &[allow().by(EVERYONE).when("ArnLike", ARN, by_arn)],
            // Accounts with these numbers are in other partitions, too.
            Expect::Fails,
        ),
        inside("but-each-role", &but_each_ci, &but_ci, Expect::Holds),
        inside("but-the-roles", &but_ci, &but_each_ci, Expect::Holds),
        inside(
            "but-the-roles-of-all",
            &but_all_ci,
            &but_each_ci,
            Expect::Holds,
        ),
        inside(
            "but-the-roles-of-none-else",
            &but_each_ci,
            &but_all_ci,
            Expect::Holds,
        ),
        inside(
            "but-the-roles-but-one",
            &but_each_ci[..size as usize],
            &but_all_ci,
            Expect::Fails,
        ),
        inside(
            "only-the-roles",
            &only_ci,
            &[allow()
                .by(EVERYONE)
                .when("StringLike", ARN, ["*:role/ci-*"])],
            Expect::Holds,
        ),
        satisfiable(
            "only-the-roles-without-them",
            &only_ci
                .iter()
                .cloned()
                .chain([deny().by(EVERYONE).when("StringLike", ARN, ["*:role/ci-*"])])
                .collect::<Vec<_>>(),
            Expect::Fails,
        ),
        inside("half", &except(half), &[by_key(half)], Expect::Holds),
        inside(
            "half-but-one",
            &except(half),
            &[by_key(&half[1..])],
            Expect::Fails,
        ),
        satisfiable("each-excepted", &each_except, Expect::Fails),
        satisfiable(
            "each-excepted-but-one",
            &each_except[..size as usize],
            Expect::Holds,
        ),
    ]
}
