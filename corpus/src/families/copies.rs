//! One statement thousands of times: what is asked of each copy was asked before.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question, TEXT, shuffle};
use crate::generate::draw::Draw;

const SECURE: &str = "aws:SecureTransport";

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let copies = |clause: &Clause| vec![clause.clone(); size as usize];
    let with = |mut clauses: Vec<Clause>, more: Clause, draw: &mut Draw| {
        clauses.push(more);
        shuffle(&mut clauses, draw);
        clauses
    };
    let get = allow().doing(["s3:Get*"]).on(["arn:aws:s3:::a/*"]);
    let narrow = allow().doing(["s3:Get*"]).on(["arn:aws:s3:::a/b*"]);
    let wide = allow().doing(["s3:Get*"]).on(["arn:aws:s3:::*"]);
    let secure = allow()
        .when("StringLike", TEXT, ["a*"])
        .when("Bool", SECURE, ["true"]);
    let insecure = deny().when("Bool", SECURE, ["false"]);
    let like = allow().when("StringLike", TEXT, ["a*", "b*"]);
    let both = deny()
        .when("StringLike", TEXT, ["a*"])
        .when("Bool", SECURE, ["true"]);
    let neither = [
        allow().when("StringNotLike", TEXT, ["a*"]),
        allow().when("BoolIfExists", SECURE, ["false"]),
    ];
    let elsewhere = allow().doing(["s3:Put*"]);
    let but_one = with(copies(&get), elsewhere, draw);
    vec![
        inside(
            "in-wider",
            &copies(&get),
            std::slice::from_ref(&wide),
            Expect::Holds,
        ),
        inside("in-copies", &copies(&get), &copies(&get), Expect::Holds),
        inside("in-narrower", &[get], &copies(&narrow), Expect::Fails),
        inside("one-elsewhere", &but_one, &[wide], Expect::Fails),
        inside(
            "secure",
            &copies(&secure),
            &[like.clone(), insecure.clone()],
            Expect::Holds,
        ),
        inside(
            "all-denied-alike",
            &copies(&secure),
            &with(copies(&insecure), like.clone(), draw),
            Expect::Holds,
        ),
        inside(
            "two-ways-out",
            &with(copies(&both), allow(), draw),
            &neither,
            Expect::Holds,
        ),
        inside(
            "one-way-out",
            &with(copies(&both), allow(), draw),
            &neither[..1],
            Expect::Fails,
        ),
        satisfiable(
            "denied",
            &with(copies(&both), secure.clone(), draw),
            Expect::Fails,
        ),
        satisfiable(
            "not-denied",
            &with(copies(&both), like, draw),
            Expect::Holds,
        ),
    ]
}
