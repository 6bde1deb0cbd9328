//! `*a` and a run of `?`: the deterministic automaton needs a state for each set of places where an `a` may have stood,
//! two to the power of the run. Asked against everything that is near it.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question, TEXT};
use crate::generate::draw::Draw;

pub(super) fn questions(size: u32, _: &mut Draw) -> Vec<Question> {
    let any = |count: u32| "?".repeat(count as usize);
    let run = |count: u32| format!("*a{}", any(count));
    let ask = |name: &str, new: &[String], old: &[String], expect| {
        inside(name, &one(new), &one(old), expect)
    };
    let this = run(size);
    let all: Vec<String> = (0..=size).map(run).collect();
    let letters = "a".repeat(size as usize + 1);
    let mut questions = vec![
        ask(
            "itself",
            std::slice::from_ref(&this),
            std::slice::from_ref(&this),
            Expect::Holds,
        ),
        ask(
            "one-more",
            &[run(size + 1)],
            std::slice::from_ref(&this),
            Expect::Fails,
        ),
        ask(
            "one-less",
            &[run(size - 1)],
            std::slice::from_ref(&this),
            Expect::Fails,
        ),
        ask(
            "long-enough",
            std::slice::from_ref(&this),
            &[format!("{}*", any(size + 1))],
            Expect::Holds,
        ),
        ask(
            "too-long",
            std::slice::from_ref(&this),
            &[format!("{}*", any(size + 2))],
            Expect::Fails,
        ),
        ask(
            "an-a-somewhere",
            std::slice::from_ref(&this),
            &["*a*".into()],
            Expect::Holds,
        ),
        ask(
            "an-a-somewhere-turned",
            &["*a*".into()],
            std::slice::from_ref(&this),
            Expect::Fails,
        ),
        ask(
            "an-a-or-a-b",
            &[this.clone(), format!("*b{}", any(size))],
            &["*a*".into(), "*b*".into()],
            Expect::Holds,
        ),
        ask(
            "one-of-all",
            std::slice::from_ref(&this),
            &all,
            Expect::Holds,
        ),
        ask(
            "none-of-the-others",
            std::slice::from_ref(&this),
            &all[..size as usize],
            Expect::Fails,
        ),
        ask(
            "another-letter-there",
            std::slice::from_ref(&this),
            &[format!("*b{}", any(size))],
            Expect::Fails,
        ),
        // An `a` at each of the last places is a run of letters.
        inside(
            "all-at-once",
            &and_each(&all),
            &one(&[format!("*{letters}")]),
            Expect::Holds,
        ),
        inside(
            "all-at-once-and-one-letter-more",
            &and_each(&all),
            &one(&[format!("*a{letters}")]),
            Expect::Fails,
        ),
        // Two letters cannot stand at one place, and one of them must.
        satisfiable(
            "two-letters-at-one-place",
            &and_each(&[this.clone(), format!("*b{}", any(size))]),
            Expect::Fails,
        ),
        satisfiable(
            "two-letters-at-two-places",
            &and_each(&[this.clone(), format!("*b{}", any(size + 1))]),
            Expect::Holds,
        ),
        satisfiable(
            "no-a-in-reach",
            &[
                allow().when("StringLike", TEXT, [format!("{}*", any(size + 1))]),
                deny().when("StringLike", TEXT, all.clone()),
            ],
            Expect::Holds,
        ),
    ];
    // An `a` in front and none in the last places but the first, for all lengths at once.
    let mut only_first = and_each(&[format!("{letters}*"), this.clone()]);
    only_first.push(deny().when("StringLike", TEXT, all[..size as usize].to_vec()));
    questions.push(satisfiable("only-the-farthest", &only_first, Expect::Holds));
    questions
}

fn one(globs: &[String]) -> Vec<Clause> {
    vec![allow().when("StringLike", TEXT, globs.to_vec())]
}

/// All of these globs at once.
fn and_each(globs: &[String]) -> Vec<Clause> {
    std::iter::once(allow())
        .chain(
            globs
                .iter()
                .map(|glob| deny().when("StringNotLike", TEXT, [glob.as_str()])),
        )
        .collect()
}
