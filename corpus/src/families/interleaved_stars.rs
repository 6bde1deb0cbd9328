//! `ab*b*b*b` inside `a*b*b*b`: the letters between the stars are the same on both sides, so an engine that walks
//! both patterns at once must remember many places in each.

use super::document::{Clause, allow, inside, satisfiable};
use super::{Expect, Question, TEXT};
use crate::generate::draw::Draw;

pub(super) fn questions(size: u32, _: &mut Draw) -> Vec<Question> {
    let stars = "*b".repeat(size as usize);
    let mut questions = Vec::new();
    for (place, clause) in [("resource", resource as fn(&str) -> Clause), ("key", key)] {
        let one = |glob: String| [clause(&glob)];
        let ask = |name: &str, new: &str, old: &str, expect| {
            inside(
                &format!("{name}-{place}"),
                &one(format!("{new}{stars}")),
                &one(format!("{old}{stars}")),
                expect,
            )
        };
        questions.extend([
            ask("one-letter-more", "ab", "a", Expect::Holds),
            ask("one-letter-less", "a", "ab", Expect::Fails),
            ask("the-letter-anywhere", "ab", "*b", Expect::Holds),
            ask("one-star-more", "a", "a*b", Expect::Fails),
            inside(
                &format!("stars-read-backwards-{place}"),
                &one(format!("b{}a", "*ba".repeat(size as usize))),
                &one(format!("b{}", "*a".repeat(size as usize + 1))),
                Expect::Holds,
            ),
        ]);
    }
    // The same as a conjunction: inside one, outside the other.
    let outside = |new: &str, old: &str| {
        [allow()
            .when("StringLike", TEXT, [format!("{new}{stars}")])
            .when("StringNotLike", TEXT, [format!("{old}{stars}")])]
    };
    questions.extend([
        satisfiable("in-and-not-in", &outside("ab", "a"), Expect::Fails),
        satisfiable("in-and-not-in-turned", &outside("a", "ab"), Expect::Holds),
    ]);
    questions
}

fn resource(glob: &str) -> Clause {
    allow()
        .doing(["s3:GetObject"])
        .on([format!("arn:aws:s3:::{glob}")])
}

fn key(glob: &str) -> Clause {
    allow().when("StringLike", TEXT, [glob])
}
