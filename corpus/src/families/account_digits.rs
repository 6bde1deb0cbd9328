//! Account ids that lack digits: twelve places, ten digits, and a pattern `*d*` for each digit that must not occur. That
//! nothing is left follows from the alphabet alone.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question};
use crate::generate::draw::Draw;

pub(super) fn questions(size: u32, _: &mut Draw) -> Vec<Question> {
    let digits: Vec<char> = ('0'..='9').take(size as usize).collect();
    let mut questions = Vec::new();
    for (name, key) in [
        ("caller", "aws:PrincipalAccount"),
        ("resource", "aws:ResourceAccount"),
        ("source", "aws:SourceAccount"),
    ] {
        let present = allow().when("Null", key, ["false"]);
        // An anonymous caller's account is the word `anonymous`, which has no digits at all.
        let signed = deny().when("StringEquals", key, ["anonymous"]);
        let without = |digits: &[char]| {
            let mut clauses = vec![present.clone(), signed.clone()];
            clauses.extend(
                digits
                    .iter()
                    .map(|digit| deny().when("StringLike", key, [format!("*{digit}*")])),
            );
            clauses
        };
        questions.push(satisfiable(
            &format!("{name}-without"),
            &without(&digits),
            Expect::holds_if(size < 10),
        ));
        questions.push(satisfiable(
            &format!("{name}-without-all-but-one"),
            &without(&digits[1..]),
            Expect::Holds,
        ));
        // Zeros and ones without two alike side by side alternate, and then hold 0101.
        let binary: Vec<Clause> = ["*00*", "*11*", "*0101*"]
            .iter()
            .map(|glob| deny().when("StringLike", key, [*glob]))
            .collect();
        let rest: Vec<char> = ('2'..='9').collect();
        let mut alternating = without(&rest);
        alternating.extend(binary);
        questions.push(satisfiable(
            &format!("{name}-alternating"),
            &alternating,
            Expect::Fails,
        ));
        alternating.pop();
        questions.push(satisfiable(
            &format!("{name}-alternating-freely"),
            &alternating,
            Expect::Holds,
        ));
        // Each place by itself: some digit stands there.
        let places: Vec<String> = (0..12)
            .flat_map(|place| {
                digits.iter().map(move |digit| {
                    format!("{}{digit}{}", "?".repeat(place), "?".repeat(11 - place))
                })
            })
            .collect();
        let each_place = |globs: &[String]| vec![allow().when("StringLike", key, globs.to_vec())];
        questions.push(inside(
            &format!("{name}-a-digit-at-some-place"),
            &without(&[]),
            &each_place(&places),
            Expect::holds_if(size == 10),
        ));
        let first = &places[..digits.len() - 1];
        questions.push(inside(
            &format!("{name}-all-but-one-digit-in-front"),
            &without(&[]),
            &each_place(first),
            Expect::Fails,
        ));
    }
    questions
}
