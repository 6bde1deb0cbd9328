//! A ladder of Deny statements that each leave all blocks but one, as lists of hundreds of blocks under `NotIpAddress`.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question};
use crate::generate::draw::Draw;

const KEY: &str = "aws:SourceIp";

pub(super) fn questions(size: u32, _: &mut Draw) -> Vec<Question> {
    let count = size + 20;
    let block = |at: u32| format!("10.{}.{}.0/24", at / 16, 16 * (at % 16));
    let blocks = |from: u32| -> Vec<String> { (from..count).map(block).collect() };
    let all = allow().when("IpAddress", KEY, ["10.0.0.0/8"]);
    let but = |own: u32| {
        let rest: Vec<String> = (0..count).filter(|at| *at != own).map(block).collect();
        deny().when("NotIpAddress", KEY, rest)
    };
    let ladder: Vec<Clause> = std::iter::once(all.clone())
        .chain((0..size).map(but))
        .collect();
    let whole: Vec<Clause> = std::iter::once(all).chain((0..count).map(but)).collect();
    // Inside of a block, and around it: what is left of nested blocks are rings.
    let rest = |from: u32| [allow().when("IpAddress", KEY, blocks(from))];
    vec![
        inside("the-rest", &ladder, &rest(size), Expect::Holds),
        inside("the-rest-but-one", &ladder, &rest(size + 1), Expect::Fails),
        inside(
            "more-than-the-rest",
            &ladder,
            &rest(size / 2),
            Expect::Holds,
        ),
        satisfiable("nothing-is-left", &whole, Expect::Fails),
        satisfiable("one-is-left", &whole[..whole.len() - 1], Expect::Holds),
    ]
}
