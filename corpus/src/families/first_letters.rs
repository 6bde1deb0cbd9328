//! All actions of a service by the letters that their names can begin with: the union is complete because the alphabet
//! of actions is known (R2).

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question, shuffle};
use crate::generate::draw::Draw;

const ALPHABET: &str = "abcdefghijklmnopqrstuvwxyz0123456789-_";

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let mut beginnings = vec![String::new()];
    let mut patterns: Vec<String> = Vec::new();
    for _ in 0..size {
        // Names that end here are patterns without a star.
        patterns.extend(
            beginnings
                .iter()
                .filter(|b| !b.is_empty())
                .map(|b| format!("s3:{b}")),
        );
        beginnings = beginnings
            .iter()
            .flat_map(|b| ALPHABET.chars().map(move |c| format!("{b}{c}")))
            .collect();
    }
    patterns.extend(
        beginnings
            .iter()
            .map(|b| format!("S3:{}*", b.to_uppercase())),
    );
    shuffle(&mut patterns, draw);
    let all = vec![allow().doing(["s3:*"])];
    let list = |patterns: &[String]| vec![allow().doing(patterns.to_vec())];
    let cut = |patterns: &[String]| {
        let mut clauses: Vec<Clause> = all.clone();
        clauses.push(deny().doing(patterns.to_vec()));
        clauses
    };
    vec![
        inside("all-in-letters", &all, &list(&patterns), Expect::Holds),
        inside(
            "all-in-all-letters-but-one",
            &all,
            &list(&patterns[1..]),
            Expect::Fails,
        ),
        inside("letters-in-all", &list(&patterns), &all, Expect::Holds),
        satisfiable("letters-cut-out", &cut(&patterns), Expect::Fails),
        satisfiable(
            "letters-cut-out-but-one",
            &cut(&patterns[1..]),
            Expect::Holds,
        ),
        satisfiable(
            "not-the-letters",
            &[all[0].clone(), deny().not_doing(["ec2:*"])],
            Expect::Fails,
        ),
        inside(
            "not-the-other-service",
            &[allow().not_doing(patterns.clone())],
            &[allow().not_doing(["s3:*"])],
            Expect::Holds,
        ),
    ]
}
