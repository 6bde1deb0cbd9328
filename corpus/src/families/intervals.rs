//! Intervals of numbers and of instants, cut at hundreds of points: together they are everything, and one less, or one
//! end that does not belong, leaves a gap that may be a single point. Also two keys cut into cells.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question, shuffle, tag};
use crate::generate::draw::Draw;

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let number = tag(0);
    let number = number.as_str();
    let there = |clause: Clause| clause.when("Null", number, ["false"]);
    // Below 0, from n to n + 1, and so on: `size` pieces.
    let piece = |at: u32| match at {
        0 => allow().when("NumericLessThan", number, ["0"]),
        _ if at + 1 == size => {
            allow().when("NumericGreaterThanEquals", number, [(at - 1).to_string()])
        }
        _ => allow()
            .when("NumericGreaterThanEquals", number, [(at - 1).to_string()])
            .when("NumericLessThan", number, [at.to_string()]),
    };
    let mut pieces: Vec<Clause> = (0..size.max(2)).map(piece).collect();
    shuffle(&mut pieces, draw);
    // Any number there is; what is no number is none of it.
    let numbers = allow().when("NumericLessThan", number, ["1000000"]);
    let points: Vec<String> = (0..size).map(|at| at.to_string()).collect();
    let open = |at: u32| match at {
        0 => allow().when("NumericLessThan", number, ["0"]),
        _ if at == size => allow().when("NumericGreaterThan", number, [(at - 1).to_string()]),
        _ => allow()
            .when("NumericGreaterThan", number, [(at - 1).to_string()])
            .when("NumericLessThan", number, [at.to_string()]),
    };
    let mut gaps: Vec<Clause> = (0..=size).map(open).collect();
    shuffle(&mut gaps, draw);
    let mut closed = gaps.clone();
    closed.push(allow().when("NumericEquals", number, points.clone()));
    let mut open_at_one = gaps.clone();
    open_at_one.push(allow().when("NumericEquals", number, points[1..].to_vec()));
    let but_points = vec![
        there(numbers.clone()),
        deny().when("NumericEquals", number, points.clone()),
    ];
    let each_point: Vec<Clause> = std::iter::once(there(numbers.clone()))
        .chain((0..size).map(|at| deny().when("NumericEquals", number, [at.to_string()])))
        .collect();
    let between = vec![
        allow()
            .when("NumericGreaterThanEquals", number, ["0"])
            .when("NumericLessThanEquals", number, [(size - 1).to_string()])
            .when("NumericNotEquals", number, points.clone()),
    ];
    let instant = "aws:CurrentTime";
    let day = |at: u32| {
        format!(
            "20{:02}-{:02}-{:02}T00:00:00Z",
            10 + at / 336,
            1 + at / 28 % 12,
            1 + at % 28
        )
    };
    let days: Vec<Clause> = (0..=size)
        .map(|at| match at {
            0 => allow().when("DateLessThan", instant, [day(0)]),
            _ if at == size => allow().when("DateGreaterThanEquals", instant, [day(at - 1)]),
            _ => allow()
                .when("DateGreaterThanEquals", instant, [day(at - 1)])
                .when("DateLessThan", instant, [day(at)]),
        })
        .collect();
    let mut missing = days.clone();
    missing.remove(size as usize / 2);
    // Two keys, each in `side` pieces.
    let side = (2..=20)
        .take_while(|side| side * side <= size)
        .last()
        .unwrap_or(2);
    let within = |clause: Clause, key: &str, at: u32| {
        let clause = if at == 0 {
            clause
        } else {
            clause.when("NumericGreaterThanEquals", key, [at.to_string()])
        };
        if at + 1 == side {
            clause.when("NumericLessThan", key, ["1000"])
        } else {
            clause.when("NumericLessThan", key, [(at + 1).to_string()])
        }
    };
    let keys = [tag(1), tag(2)];
    let whole = vec![keys.iter().fold(allow(), |clause, key| {
        clause.when("NumericLessThan", key, ["1000"])
    })];
    let mut cells: Vec<Clause> = (0..side * side)
        .map(|at| within(within(allow(), &keys[0], at / side), &keys[1], at % side))
        .collect();
    shuffle(&mut cells, draw);
    // Steps of a stair and what is beyond them.
    let stair: Vec<Clause> = (0..=side)
        .map(|at| {
            let clause = if at == 0 {
                allow()
            } else {
                allow().when("NumericGreaterThanEquals", &keys[0], [(at - 1).to_string()])
            };
            if at == side {
                clause
            } else {
                clause.when("NumericLessThan", &keys[1], [at.to_string()])
            }
        })
        .collect();
    let under = |last: u32| -> Vec<Clause> {
        whole
            .iter()
            .cloned()
            .chain((0..last).map(|at| {
                deny()
                    .when("NumericLessThan", &keys[0], [at.to_string()])
                    .when("NumericGreaterThanEquals", &keys[1], [at.to_string()])
            }))
            .collect()
    };
    vec![
        inside(
            "pieces",
            std::slice::from_ref(&numbers),
            &pieces,
            Expect::Holds,
        ),
        inside(
            "pieces-but-one",
            std::slice::from_ref(&numbers),
            &pieces[1..],
            Expect::Fails,
        ),
        inside(
            "gaps-and-points",
            std::slice::from_ref(&numbers),
            &closed,
            Expect::Holds,
        ),
        inside(
            "gaps-and-points-but-one",
            std::slice::from_ref(&numbers),
            &open_at_one,
            Expect::Fails,
        ),
        inside("all-but-points-in-gaps", &but_points, &gaps, Expect::Holds),
        inside(
            "gaps-in-all-but-points",
            &gaps
                .iter()
                .cloned()
                .map(|gap| gap.when("NumericLessThanEquals", number, ["999999"]))
                .collect::<Vec<_>>(),
            &each_point,
            Expect::Holds,
        ),
        inside(
            "one-point-after-another",
            &each_point,
            &but_points,
            Expect::Holds,
        ),
        inside(
            "one-point-too-few",
            &each_point[..size as usize],
            &but_points,
            Expect::Fails,
        ),
        satisfiable("between-the-points", &between, Expect::holds_if(size > 1)),
        inside(
            "days",
            &[allow().when("Null", instant, ["false"])],
            &days,
            Expect::Holds,
        ),
        inside(
            "days-but-one",
            &[allow().when("Null", instant, ["false"])],
            &missing,
            Expect::Fails,
        ),
        inside("cells", &whole, &cells, Expect::Holds),
        inside("cells-but-one", &whole, &cells[1..], Expect::Fails),
        inside("under-the-stair", &under(side + 1), &stair, Expect::Holds),
        inside(
            "under-a-lower-stair",
            &under(side),
            &under(side + 1),
            Expect::Fails,
        ),
        inside(
            "under-the-same-stair",
            &under(side + 1),
            &under(side),
            Expect::Holds,
        ),
    ]
}
