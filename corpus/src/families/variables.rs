//! Several policy variables in one resource: whether two such resources agree depends on the values of all keys at once.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question};
use crate::generate::draw::Draw;

pub(super) fn questions(size: u32, _: &mut Draw) -> Vec<Question> {
    let keys: Vec<String> = (0..size)
        .map(|index| format!("aws:PrincipalTag/v{index}"))
        .collect();
    let path =
        |keys: &[String]| -> String { keys.iter().map(|key| format!("${{{key}}}/")).collect() };
    let turned: Vec<String> = keys.iter().rev().cloned().collect();
    let this = vec![below(&path(&keys))];
    let open = vec![below(&"*/".repeat(size as usize))];
    let shorter = vec![below(&path(&keys[..keys.len() - 1]))];
    let other = vec![below(&path(&turned))];
    let equal = with(
        &this,
        keys.windows(2)
            .map(|pair| deny().when("StringNotEquals", &pair[0], [format!("${{{}}}", pair[1])])),
    );
    let pinned = with(
        &this,
        keys.iter()
            .map(|key| deny().when("StringNotEquals", key, ["x"])),
    );
    let pinned_apart = with(
        &this,
        keys.iter()
            .enumerate()
            .map(|(index, key)| deny().when("StringNotEquals", key, [format!("x{index}")])),
    );
    // Each key holds one of two values, so the resource is one of 2ⁿ.
    let two_each = with(
        &this,
        keys.iter()
            .map(|key| deny().when("StringNotEquals", key, ["x", "y"])),
    );
    let spelt: Vec<String> = (0..1u32 << size.min(8))
        .map(|bits| {
            let steps: String = (0..size)
                .map(|index| if bits >> index & 1 == 0 { "x/" } else { "y/" })
                .collect();
            format!("arn:aws:s3:::b/{steps}*")
        })
        .collect();
    let all_spelt = vec![allow().on(spelt.clone())];
    let one_missing = vec![allow().on(spelt[1..].to_vec())];
    let defaults: String = keys.iter().map(|key| format!("${{{key}, 'x'}}/")).collect();
    let defaulted = |operator: &str, value: &str| {
        with(
            &[below(&defaults)],
            keys.iter().map(|key| deny().when(operator, key, [value])),
        )
    };
    let pieces: String = keys.iter().map(|key| format!("${{{key}}}")).collect();
    let joined = with(
        &[allow().on([format!("arn:aws:s3:::b/{pieces}")])],
        keys.iter()
            .map(|key| deny().when("StringNotEquals", key, ["aa"])),
    );
    let mut questions = vec![
        inside("itself", &this, &this, Expect::Holds),
        inside("in-stars", &this, &open, Expect::Holds),
        inside("stars-in-it", &open, &this, Expect::Fails),
        inside("all-equal-and-turned", &equal, &other, Expect::Holds),
        inside("pinned-and-turned", &pinned, &other, Expect::Holds),
        inside(
            "pinned-to-one-text",
            &pinned,
            &[below(&"x/".repeat(size as usize))],
            Expect::Holds,
        ),
        inside("two-values-each", &two_each, &all_spelt, Expect::Holds),
        inside(
            "two-values-each-and-one-missing",
            &two_each,
            &one_missing,
            Expect::Fails,
        ),
        inside(
            "by-default",
            &defaulted("StringLike", "*"),
            &[below(&"x/".repeat(size as usize))],
            Expect::Holds,
        ),
        // An empty value is none for `Null`, and yet it is the variable's value (S28, S42).
        inside(
            "an-empty-value-is-no-default",
            &defaulted("Null", "false"),
            &[below(&"x/".repeat(size as usize))],
            Expect::Fails,
        ),
        inside("itself-is-wider", &this, &equal, Expect::Holds),
        satisfiable("joined", &joined, Expect::Holds),
        satisfiable(
            "joined-and-cut",
            &with(
                &joined,
                [deny().on([format!("arn:aws:s3:::b/{}", "a".repeat(2 * size as usize))])],
            ),
            Expect::Fails,
        ),
        satisfiable(
            "pinned-elsewhere",
            &with(&pinned, [deny().not_on(["arn:aws:s3:::b/y/*"])]),
            Expect::Fails,
        ),
    ];
    // Equal keys make `itself-is-wider` false as soon as there are two of them.
    if size > 1 {
        let last = questions
            .iter_mut()
            .find(|question| question.name == "itself-is-wider")
            .expect("asked above");
        last.expect = Expect::Fails;
        questions.extend([
            inside("in-a-shorter-path", &this, &shorter, Expect::Holds),
            inside("a-shorter-path-in-it", &shorter, &this, Expect::Fails),
            inside("turned", &this, &other, Expect::Fails),
            inside(
                "pinned-apart-and-turned",
                &pinned_apart,
                &other,
                Expect::Fails,
            ),
        ]);
    }
    questions
}

fn below(path: &str) -> Clause {
    allow().on([format!("arn:aws:s3:::b/{path}*")])
}

fn with(clauses: &[Clause], more: impl IntoIterator<Item = Clause>) -> Vec<Clause> {
    clauses.iter().cloned().chain(more).collect()
}
