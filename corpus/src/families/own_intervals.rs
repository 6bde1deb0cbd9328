//! A statement an interval of numbers or of days: hundreds of them against hundreds that are a little wider.

use super::document::{Clause, allow, inside};
use super::{Expect, Question, shuffle, tag};
use crate::generate::draw::Draw;

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let number = tag(0);
    let numbers = |from: u32, to: u32| -> Vec<Clause> {
        (0..size)
            .map(|at| {
                allow()
                    .when(
                        "NumericGreaterThanEquals",
                        &number,
                        [(10 * at + from).to_string()],
                    )
                    .when("NumericLessThan", &number, [(10 * at + to).to_string()])
            })
            .collect()
    };
    let day = |at: u32, hour: u32| {
        format!(
            "20{:02}-{:02}-{:02}T{hour:02}:00:00Z",
            10 + at / 336,
            1 + at / 28 % 12,
            1 + at % 28
        )
    };
    let days = |from: u32, to: u32| -> Vec<Clause> {
        (0..size)
            .map(|at| {
                allow()
                    .when("DateGreaterThanEquals", "aws:CurrentTime", [day(at, from)])
                    .when("DateLessThan", "aws:CurrentTime", [day(at, to)])
            })
            .collect()
    };
    let mut wide = numbers(1, 6);
    shuffle(&mut wide, draw);
    let mut long = days(7, 19);
    shuffle(&mut long, draw);
    vec![
        inside("numbers", &numbers(2, 5), &wide, Expect::Holds),
        inside("numbers-but-one", &numbers(2, 5), &wide[1..], Expect::Fails),
        inside("numbers-to-the-end", &numbers(1, 6), &wide, Expect::Holds),
        inside("numbers-beyond", &numbers(0, 5), &wide, Expect::Fails),
        inside("days", &days(8, 18), &long, Expect::Holds),
        inside("days-but-one", &days(8, 18), &long[1..], Expect::Fails),
    ]
}
