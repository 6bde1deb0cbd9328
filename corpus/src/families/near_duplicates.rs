//! A thousand statements that differ in one letter of one value, with several keys that they share.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question, shuffle, tag};
use crate::generate::draw::Draw;

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let statement = |clause: Clause, at: u32, glob: &str| {
        clause
            .doing(["s3:GetObject", "s3:PutObject", "s3:List*"])
            .on([format!("arn:aws:s3:::bucket/home/{at:05}/{glob}")])
            .when("StringLike", &tag(0), ["team-*", "unit-*"])
            .when("IpAddress", "aws:SourceIp", ["10.0.0.0/8"])
            .when("Bool", "aws:SecureTransport", ["true"])
    };
    let mut old: Vec<Clause> = (0..size).map(|at| statement(allow(), at, "*")).collect();
    let new: Vec<Clause> = (0..size).map(|at| statement(allow(), at, "x*")).collect();
    let one = draw.below(size);
    let mut changed = new.clone();
    changed[one as usize] = statement(allow(), size, "x*");
    let mut wider = new.clone();
    wider[one as usize] = new[one as usize].clone().doing([
        "s3:GetObject",
        "s3:PutObject",
        "s3:List*",
        "s3:DeleteObject",
    ]);
    let deny_all: Vec<Clause> = new
        .iter()
        .cloned()
        .chain((0..size).map(|at| statement(deny(), at, "*")))
        .collect();
    let deny_but_one: Vec<Clause> = new
        .iter()
        .cloned()
        .chain(
            (0..size)
                .filter(|at| *at != one)
                .map(|at| statement(deny(), at, "*")),
        )
        .collect();
    let all = vec![
        allow()
            .doing(["s3:GetObject", "s3:PutObject", "s3:List*"])
            .on(["arn:aws:s3:::bucket/home/*"])
            .when("StringLike", &tag(0), ["team-*", "unit-*"])
            .when("IpAddress", "aws:SourceIp", ["10.0.0.0/8"])
            .when("Bool", "aws:SecureTransport", ["true"]),
    ];
    shuffle(&mut old, draw);
    vec![
        inside("narrower", &new, &old, Expect::Holds),
        inside("wider", &old, &new, Expect::Fails),
        inside("one-changed", &changed, &old, Expect::Fails),
        inside("one-wider", &wider, &old, Expect::Fails),
        inside("in-one", &old, &all, Expect::Holds),
        inside("one-in-all", &all, &old, Expect::Fails),
        satisfiable("each-denied", &deny_all, Expect::Fails),
        satisfiable("each-denied-but-one", &deny_but_one, Expect::Holds),
    ]
}
