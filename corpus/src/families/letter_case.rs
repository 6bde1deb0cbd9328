//! Letter case both ways: a word without regard to case against each of its spellings, in keys and in actions.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question, TEXT, shuffle};
use crate::generate::draw::Draw;

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let word: Vec<char> = ('a'..='z').take(size as usize).collect();
    let mut spellings: Vec<String> = (0..1u32 << size)
        .map(|bits| {
            let letter = |(index, c): (usize, &char)| {
                if bits >> index & 1 == 0 {
                    *c
                } else {
                    c.to_ascii_uppercase()
                }
            };
            word.iter().enumerate().map(letter).collect()
        })
        .collect();
    shuffle(&mut spellings, draw);
    let lower: String = word.iter().collect();
    let upper = lower.to_uppercase();
    let fold = |word: &str| vec![allow().when("StringEqualsIgnoreCase", TEXT, [word])];
    let list =
        |operator: &str, words: &[String]| vec![allow().when(operator, TEXT, words.to_vec())];
    let each = |words: &[String]| -> Vec<Clause> {
        words
            .iter()
            .map(|word| allow().when("StringEquals", TEXT, [word.as_str()]))
            .collect()
    };
    let act = |name: &str| vec![allow().doing([name])];
    let mut cut = fold(&lower);
    cut.extend(
        spellings
            .iter()
            .map(|word| deny().when("StringLike", TEXT, [word.as_str()])),
    );
    vec![
        inside(
            "upper-in-lower",
            &fold(&upper),
            &fold(&lower),
            Expect::Holds,
        ),
        inside(
            "lower-in-upper",
            &fold(&lower),
            &fold(&upper),
            Expect::Holds,
        ),
        inside(
            "folded-in-spellings",
            &fold(&lower),
            &list("StringEquals", &spellings),
            Expect::Holds,
        ),
        inside(
            "spellings-in-folded",
            &list("StringEquals", &spellings),
            &fold(&upper),
            Expect::Holds,
        ),
        inside(
            "one-spelling-missing",
            &fold(&lower),
            &list("StringLike", &spellings[1..]),
            Expect::Fails,
        ),
        inside(
            "a-statement-a-spelling",
            &fold(&lower),
            &each(&spellings),
            Expect::Holds,
        ),
        inside(
            "a-statement-a-spelling-but-one",
            &fold(&lower),
            &each(&spellings[1..]),
            Expect::Fails,
        ),
        satisfiable("spellings-cut-out", &cut, Expect::Fails),
        satisfiable(
            "spellings-cut-out-but-one",
            &cut[..spellings.len()],
            Expect::Holds,
        ),
        inside(
            "letters-beyond-ascii",
            &fold("ſtraße"),
            &fold("STRASSE"),
            Expect::Fails,
        ),
        inside(
            "the-kelvin-sign",
            &list("StringEquals", &["\u{212a}".to_owned()]),
            &fold("k"),
            Expect::Fails,
        ),
        inside(
            "action-upper-in-lower",
            &act("S3:GETOBJECT"),
            &act("s3:getobject"),
            Expect::Holds,
        ),
        inside(
            "action-lower-in-upper",
            &act("s3:get*"),
            &act("S3:GE?*"),
            Expect::Holds,
        ),
        inside(
            "key-names",
            &[allow().when("StringEquals", "S3:PREFIX", ["a"])],
            &[allow().when("StringLike", TEXT, ["a"])],
            Expect::Holds,
        ),
        inside(
            "values-keep-their-case",
            &list("StringEquals", std::slice::from_ref(&upper)),
            &list("StringEquals", std::slice::from_ref(&lower)),
            Expect::Fails,
        ),
    ]
}
