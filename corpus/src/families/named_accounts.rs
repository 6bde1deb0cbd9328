//! A statement an account: hundreds of them against hundreds, where nothing at the beginning of a caller tells them apart.

use super::document::{Clause, allow, inside};
use super::{Expect, Question, shuffle};
use crate::generate::draw::Draw;

const EVERYONE: &str = "\"*\"";

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let accounts: Vec<String> = (0..size)
        .map(|at| (300_000_000_000u64 + u64::from(at) * 7_919).to_string())
        .collect();
    let each = |make: &dyn Fn(usize, &String) -> Clause| -> Vec<Clause> {
        accounts
            .iter()
            .enumerate()
            .map(|(at, account)| make(at, account))
            .collect()
    };
    let key = |account: &String| {
        allow()
            .by(EVERYONE)
            .when("StringEquals", "aws:PrincipalAccount", [account.as_str()])
    };
    let narrow = each(&|at, account| {
        key(account)
            .doing(["s3:GetObject"])
            .on([format!("arn:aws:s3:::bucket/{at}/x")])
    });
    let mut wide = each(&|_, account| {
        key(account)
            .doing(["s3:Get*"])
            .on(["arn:aws:s3:::bucket/*"])
    });
    let roles = each(&|at, account| {
        allow()
            .by(format!(
                "{{\"AWS\":\"arn:aws:iam::{account}:role/r{}\"}}",
                at % 10
            ))
            .doing(["s3:GetObject"])
            .on(["arn:aws:s3:::bucket/*"])
    });
    let mut whole = each(&|_, account| {
        allow()
            .by(format!("{{\"AWS\":\"{account}\"}}"))
            .doing(["s3:Get*"])
            .on(["arn:aws:s3:::bucket/*"])
    });
    shuffle(&mut wide, draw);
    shuffle(&mut whole, draw);
    vec![
        inside("by-key", &narrow, &wide, Expect::Holds),
        inside("by-key-but-one", &narrow, &wide[1..], Expect::Fails),
        inside("roles", &roles, &whole, Expect::Holds),
        inside("roles-but-one", &roles, &whole[1..], Expect::Fails),
    ]
}
