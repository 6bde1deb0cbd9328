//! Sums modulo two of keys that are *a* or not, added up in two orders that must come out differently. Each step is four
//! Deny statements; no step is wrong, only all of them together are, and a search that does not learn tries 2ⁿ sums.

use super::document::{Clause, allow, deny, satisfiable};
use super::{Expect, Question, shuffle};
use crate::generate::draw::Draw;

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let forth: Vec<u32> = (0..size).collect();
    let mut mixed = forth.clone();
    shuffle(&mut mixed, draw);
    let mut questions = Vec::new();
    for (name, order) in [("same-order", &forth), ("mixed-order", &mixed)] {
        for (result, alike) in [("alike", true), ("apart", false)] {
            let mut clauses = vec![allow()];
            clauses.extend(sum("s", &forth));
            clauses.extend(sum("u", order));
            let last = size - 1;
            // Forbids the sums to be apart, or to be alike.
            for s in [false, true] {
                clauses.push(is(
                    is(deny(), &step("s", last), s),
                    &step("u", last),
                    s ^ alike,
                ));
            }
            questions.push(satisfiable(
                &format!("{name}-{result}"),
                &clauses,
                Expect::holds_if(alike),
            ));
        }
    }
    questions
}

/// The Deny statements by which step i of a sum is step i-1 plus the i-th key.
fn sum(name: &str, order: &[u32]) -> Vec<Clause> {
    let mut clauses = Vec::new();
    for (at, key) in order.iter().enumerate() {
        let key = format!("aws:RequestTag/k{key}");
        let this = step(name, at as u32);
        for added in [false, true] {
            if at == 0 {
                clauses.push(is(is(deny(), &key, added), &this, !added));
                continue;
            }
            for before in [false, true] {
                let clause = is(is(deny(), &key, added), &step(name, at as u32 - 1), before);
                clauses.push(is(clause, &this, !(added ^ before)));
            }
        }
    }
    clauses
}

fn step(name: &str, at: u32) -> String {
    format!("aws:RequestTag/{name}{at}")
}

/// Whether a key is *a*; an absent key is not.
fn is(clause: Clause, key: &str, yes: bool) -> Clause {
    clause.when(
        if yes {
            "StringEquals"
        } else {
            "StringNotEquals"
        },
        key,
        ["a"],
    )
}
