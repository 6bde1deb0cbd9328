//! A key that is read as an address and as text: blocks against patterns of the text in which addresses are written.

use super::document::{allow, deny, inside, satisfiable};
use super::{Expect, Question};
use crate::generate::draw::Draw;

const KEY: &str = "aws:SourceIp";

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let first = draw.below(256 - size);
    let blocks: Vec<String> = (first..first + size)
        .map(|third| format!("10.20.{third}.0/24"))
        .collect();
    let texts: Vec<String> = (first..first + size)
        .map(|third| format!("10.20.{third}.*"))
        .collect();
    let within = |blocks: &[String]| vec![allow().when("IpAddress", KEY, blocks.to_vec())];
    let like = |texts: &[String]| vec![allow().when("StringLike", KEY, texts.to_vec())];
    let both = |blocks: &[String], text: &str| {
        vec![
            allow()
                .when("IpAddress", KEY, blocks.to_vec())
                .when("StringLike", KEY, [text]),
        ]
    };
    let mut cut = within(&blocks);
    cut.extend(
        texts
            .iter()
            .map(|text| deny().when("StringLike", KEY, [text.as_str()])),
    );
    let ten = vec!["10.0.0.0/8".to_owned()];
    vec![
        inside(
            "blocks-in-texts",
            &within(&blocks),
            &like(&texts),
            Expect::Holds,
        ),
        inside(
            "blocks-in-all-texts-but-one",
            &within(&blocks),
            &like(&texts[1..]),
            Expect::Fails,
        ),
        inside(
            "texts-in-blocks",
            &both(&ten, "10.20.*"),
            &within(&["10.20.0.0/16".to_owned()]),
            Expect::Holds,
        ),
        inside(
            "a-star-takes-digits-too",
            &both(&ten, "10.2*"),
            &within(&["10.2.0.0/16".to_owned()]),
            Expect::Fails,
        ),
        inside(
            "a-digit-and-a-dot",
            &both(&ten, "10.2.*"),
            &within(&["10.2.0.0/16".to_owned()]),
            Expect::Holds,
        ),
        satisfiable("texts-cut-out", &cut, Expect::Fails),
        satisfiable(
            "texts-cut-out-but-one",
            &cut[..size as usize],
            Expect::Holds,
        ),
        satisfiable("no-such-octet", &both(&blocks, "*.256"), Expect::Fails),
        satisfiable("no-leading-zero", &both(&blocks, "*.0?"), Expect::Fails),
        satisfiable("ends-in-many-ones", &both(&blocks, "*.111"), Expect::Holds),
        inside(
            "short-texts",
            &both(&["10.20.30.0/28".to_owned()], "*"),
            &like(&["10.20.30.?".into(), "10.20.30.1?".into()]),
            Expect::Holds,
        ),
    ]
}
