//! Blocks inside one another in both families of addresses, taken out and put back by `NotIpAddress`, in turn: what is
//! left is every second ring.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question, shuffle};
use crate::generate::draw::Draw;

const KEY: &str = "aws:SourceIp";

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let size = size.min(30);
    let v4: Vec<String> = nest(32, size, draw);
    let v6: Vec<String> = nest(128, size, draw);
    let block = |at: u32| [v4[at as usize].clone(), v6[at as usize].clone()];
    // A ring: inside one block, outside the next.
    let ring = |at: u32| {
        let clause = if at == 0 {
            allow()
        } else {
            allow().when("IpAddress", KEY, block(at - 1))
        };
        if at == size {
            clause
        } else {
            clause.when("NotIpAddress", KEY, block(at))
        }
    };
    let mut rings: Vec<Clause> = (0..=size).map(ring).collect();
    shuffle(&mut rings, draw);
    let there = |clause: Clause| clause.when("Null", KEY, ["false"]);
    let outside_all = there(allow().when("NotIpAddress", KEY, (0..size).flat_map(block)));
    let outside_each: Vec<Clause> = std::iter::once(there(allow()))
        .chain((0..size).map(|at| deny().when("IpAddress", KEY, block(at))))
        .collect();
    let inside_each: Vec<Clause> = std::iter::once(allow())
        .chain((0..size).map(|at| deny().when("NotIpAddress", KEY, block(at))))
        .collect();
    // The rings with an odd number, said from the inside out.
    let odd: Vec<Clause> = (0..=size).filter(|at| at % 2 == 1).map(ring).collect();
    let even: Vec<Clause> = (0..=size)
        .filter(|at| at % 2 == 0)
        .map(|at| there(ring(at)))
        .collect();
    let without_even: Vec<Clause> = std::iter::once(there(allow()))
        .chain((0..=size).filter(|at| at % 2 == 0).map(|at| {
            let clause = if at == 0 {
                deny()
            } else {
                deny().when("IpAddress", KEY, block(at - 1))
            };
            if at == size {
                clause
            } else {
                clause.when("NotIpAddress", KEY, block(at))
            }
        }))
        .collect();
    vec![
        inside("rings", &[there(allow())], &rings, Expect::Holds),
        inside(
            "rings-but-one",
            &[there(allow())],
            &rings[1..],
            Expect::Fails,
        ),
        inside(
            "outside-all",
            std::slice::from_ref(&outside_all),
            &outside_each,
            Expect::Holds,
        ),
        inside(
            "outside-each",
            &outside_each,
            std::slice::from_ref(&outside_all),
            Expect::Holds,
        ),
        inside(
            "inside-each",
            &inside_each,
            &[allow().when("IpAddress", KEY, block(size - 1))],
            Expect::Holds,
        ),
        inside(
            "inside-the-last",
            &[allow().when("IpAddress", KEY, block(size - 1))],
            &inside_each,
            Expect::Holds,
        ),
        inside("odd-rings", &odd, &without_even, Expect::Holds),
        inside("odd-rings-turned", &without_even, &odd, Expect::Holds),
        inside("even-rings", &even, &without_even, Expect::Fails),
        satisfiable(
            "inside-each-and-outside-the-last",
            &inside_each
                .iter()
                .cloned()
                .chain([deny().when("IpAddress", KEY, block(size - 1))])
                .collect::<Vec<_>>(),
            Expect::Fails,
        ),
    ]
}

/// Blocks around a drawn point, each half of the one before.
fn nest(bits: u32, levels: u32, draw: &mut Draw) -> Vec<String> {
    let point = (u128::from(draw.bits()) << 64 | u128::from(draw.bits())) >> (128 - bits);
    (1..=levels)
        .map(|length| {
            let shift = bits - length;
            let kept = point >> shift << shift;
            if bits == 32 {
                format!("{}/{length}", std::net::Ipv4Addr::from(kept as u32))
            } else {
                format!("{}/{length}", std::net::Ipv6Addr::from(kept))
            }
        })
        .collect()
}
