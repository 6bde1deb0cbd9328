//! Blocks of addresses inside one another, with the other half of each: together they are everything, one less leaves
//! a gap of a single block, and no block says so by itself.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question, shuffle};
use crate::generate::draw::Draw;

const KEY: &str = "aws:SourceIp";

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let mut questions = family_questions("v6", &nest(128, size, draw), "::/0", draw);
    questions.extend(family_questions(
        "v4",
        &nest(32, size.min(32), draw),
        "0.0.0.0/0",
        draw,
    ));
    questions
}

/// The blocks around a drawn point, and the other half of each.
struct Nest {
    around: Vec<String>,
    beside: Vec<String>,
}

fn nest(bits: u32, levels: u32, draw: &mut Draw) -> Nest {
    let point = (u128::from(draw.bits()) << 64 | u128::from(draw.bits())) >> (128 - bits);
    let block = |length: u32, flip: u128| {
        let shift = bits - length;
        let kept = if shift == 128 {
            0
        } else {
            ((point >> shift) ^ flip) << shift
        };
        let address = if bits == 32 {
            std::net::Ipv4Addr::from(kept as u32).to_string()
        } else {
            std::net::Ipv6Addr::from(kept).to_string()
        };
        format!("{address}/{length}")
    };
    Nest {
        around: (1..=levels).map(|length| block(length, 0)).collect(),
        beside: (1..=levels).map(|length| block(length, 1)).collect(),
    }
}

fn family_questions(name: &str, nest: &Nest, all: &str, draw: &mut Draw) -> Vec<Question> {
    let whole = vec![within(&[all.to_owned()])];
    let smallest = nest.around.last().expect("a nest has a level").clone();
    let mut parts = nest.beside.clone();
    parts.push(smallest.clone());
    shuffle(&mut parts, draw);
    let mut gap = parts.clone();
    gap.remove(parts.len() / 2);
    let each = |blocks: &[String]| -> Vec<Clause> {
        blocks
            .iter()
            .map(|block| within(std::slice::from_ref(block)))
            .collect()
    };
    // Ring by ring: inside one block, outside the next.
    let rings: Vec<Clause> = std::iter::once(all.to_owned())
        .chain(nest.around.iter().cloned())
        .zip(&nest.around)
        .map(|(wide, narrow)| within(&[wide]).when("NotIpAddress", KEY, [narrow.as_str()]))
        .collect();
    let mut filled = rings.clone();
    filled.push(within(&[smallest]));
    let cut = |blocks: &[String]| {
        let mut clauses = whole.clone();
        clauses.extend(
            blocks
                .iter()
                .map(|block| deny().when("IpAddress", KEY, [block.as_str()])),
        );
        clauses
    };
    let named = |what: &str| format!("{name}-{what}");
    vec![
        inside(&named("one-list"), &whole, &[within(&parts)], Expect::Holds),
        inside(
            &named("one-list-with-a-gap"),
            &whole,
            &[within(&gap)],
            Expect::Fails,
        ),
        inside(
            &named("a-statement-each"),
            &whole,
            &each(&parts),
            Expect::Holds,
        ),
        inside(
            &named("a-statement-each-with-a-gap"),
            &whole,
            &each(&gap),
            Expect::Fails,
        ),
        inside(&named("rings"), &whole, &rings, Expect::Fails),
        inside(
            &named("rings-and-the-middle"),
            &whole,
            &filled,
            Expect::Holds,
        ),
        inside(
            &named("nested-list"),
            &each(&nest.around),
            &[within(&nest.around[..1])],
            Expect::Holds,
        ),
        inside(
            &named("nested-list-less-one"),
            &each(&nest.around),
            &[within(&nest.around[1..])],
            Expect::Fails,
        ),
        satisfiable(&named("cut-away"), &cut(&parts), Expect::Fails),
        satisfiable(&named("cut-away-but-one"), &cut(&gap), Expect::Holds),
    ]
}

fn within(blocks: &[String]) -> Clause {
    allow().when("IpAddress", KEY, blocks.to_vec())
}
