//! A box cut into the boxes of all combinations: keys of two values each, one statement a combination. Also the grid of
//! actions and resources, one statement a pair.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question, shuffle, tag};
use crate::generate::draw::Draw;

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let value = |bit: bool| if bit { "on" } else { "off" };
    let whole = vec![(0..size).fold(allow(), |clause, index| {
        clause.when("StringEquals", &tag(index), ["on", "off"])
    })];
    let single = |clause: Clause, bits: u32| {
        (0..size).fold(clause, |clause, index| {
            clause.when("StringEquals", &tag(index), [value(bits >> index & 1 == 1)])
        })
    };
    let mut boxes: Vec<Clause> = (0..1u32 << size)
        .map(|bits| single(allow(), bits))
        .collect();
    shuffle(&mut boxes, draw);
    let mut cut = whole.clone();
    cut.extend((0..1u32 << size).map(|bits| single(deny(), bits)));
    let mut gap = cut.clone();
    gap.remove(1 + draw.below(1 << size) as usize);
    let side = 1 << (size / 2);
    let action = |index: u32| format!("s3:Act{index}");
    let resource = |index: u32| format!("arn:aws:s3:::bucket-{index}/*");
    let all = vec![
        allow()
            .doing((0..side).map(action))
            .on((0..side).map(resource)),
    ];
    let mut grid: Vec<Clause> = (0..side * side)
        .map(|pair| {
            allow()
                .doing([action(pair / side)])
                .on([resource(pair % side)])
        })
        .collect();
    shuffle(&mut grid, draw);
    vec![
        inside("whole-in-boxes", &whole, &boxes, Expect::Holds),
        inside(
            "whole-in-all-boxes-but-one",
            &whole,
            &boxes[1..],
            Expect::Fails,
        ),
        inside("boxes-in-whole", &boxes, &whole, Expect::Holds),
        satisfiable("every-box-cut-out", &cut, Expect::Fails),
        satisfiable("every-box-cut-out-but-one", &gap, Expect::Holds),
        inside("grid", &all, &grid, Expect::Holds),
        inside("grid-but-one", &all, &grid[1..], Expect::Fails),
    ]
}
