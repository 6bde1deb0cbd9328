//! Random clauses of three Boolean keys near the threshold of satisfiability (4.26 a key; Mitchell, Selman and Levesque,
//! "Hard and easy distributions of SAT problems", AAAI 1992), around a solution that is drawn first; and small ones
//! where it is counted whether any solution is left.

use super::document::{Clause, allow, deny, satisfiable};
use super::{Expect, Question, tag};
use crate::generate::draw::Draw;

/// Up to here all assignments are tried.
const COUNTED: u32 = 14;

type Literals = [(u32, bool); 3];

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let keys = size.max(3);
    let count = (keys * 426 / 100) as usize;
    let planted = draw.bits() as u128 | (draw.bits() as u128) << 64;
    let value = |assignment: u128, key: u32| assignment >> key & 1 == 1;
    let meets = |assignment: u128, clause: &Literals| {
        clause
            .iter()
            .any(|(key, wanted)| value(assignment, *key) == *wanted)
    };
    let mut clauses: Vec<Literals> = Vec::new();
    while clauses.len() < count {
        let clause = drawn(keys, draw);
        if meets(planted, &clause) {
            clauses.push(clause);
        }
    }
    let mut questions = vec![satisfiable(
        "planted",
        &document(keys, &clauses),
        Expect::Holds,
    )];
    // Twice as many clauses, all drawn freely: hardly ever satisfiable, and it is counted.
    let small = keys.min(COUNTED);
    let free: Vec<Literals> = (0..small * 9).map(|_| drawn(small, draw)).collect();
    let solvable =
        (0..1u128 << small).any(|assignment| free.iter().all(|clause| meets(assignment, clause)));
    questions.push(satisfiable(
        "free",
        &document(small, &free),
        Expect::holds_if(solvable),
    ));
    questions
}

fn drawn(keys: u32, draw: &mut Draw) -> Literals {
    let first = draw.below(keys);
    let second = (first + 1 + draw.below(keys - 1)) % keys;
    let third = loop {
        let key = draw.below(keys);
        if key != first && key != second {
            break key;
        }
    };
    [first, second, third].map(|key| (key, draw.chance(500)))
}

/// Every key is there; each clause is a Deny of the one combination that it forbids.
fn document(keys: u32, clauses: &[Literals]) -> Vec<Clause> {
    let there = (0..keys).fold(allow(), |clause, key| {
        clause.when("Bool", &tag(key), ["true", "false"])
    });
    std::iter::once(there)
        .chain(clauses.iter().map(|clause| {
            clause.iter().fold(deny(), |statement, (key, wanted)| {
                statement.when("Bool", &tag(*key), [(!wanted).to_string()])
            })
        }))
        .collect()
}
