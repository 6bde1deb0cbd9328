//! A statement a pattern, told apart by their ends alone: hundreds of them against hundreds.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question, TEXT, shuffle};
use crate::generate::draw::Draw;

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let each = |clause: &Clause, head: &str| -> Vec<Clause> {
        (0..size)
            .map(|at| {
                clause
                    .clone()
                    .when("StringLike", TEXT, [format!("{head}*-{at:04}.log")])
            })
            .collect()
    };
    let new = each(&allow(), "x");
    let mut old = each(&allow(), "");
    shuffle(&mut old, draw);
    let mut denied: Vec<Clause> = new.iter().cloned().chain(each(&deny(), "")).collect();
    shuffle(&mut denied, draw);
    let one = each(&allow(), "y").swap_remove(draw.below(size) as usize);
    let but_one: Vec<Clause> = new
        .iter()
        .cloned()
        .chain(each(&deny(), "").into_iter().skip(1))
        .collect();
    let with_one: Vec<Clause> = new.iter().cloned().chain([one]).collect();
    vec![
        inside("in-wider", &new, &old, Expect::Holds),
        inside("in-wider-but-one", &new, &old[1..], Expect::Fails),
        inside("wider", &old, &new, Expect::Fails),
        inside("one-more", &with_one, &new, Expect::Fails),
        satisfiable("each-denied", &denied, Expect::Fails),
        satisfiable("each-denied-but-one", &but_one, Expect::Holds),
    ]
}
