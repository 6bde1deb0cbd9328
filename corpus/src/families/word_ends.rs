//! `?*` inside `*?` and the like: how many letters there are at least, said from either end and from the middle.

use super::document::{Clause, allow, inside};
use super::{Expect, Question, TEXT};
use crate::generate::draw::Draw;

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let any = |count: u32| "?".repeat(count as usize);
    let first = draw.below(size + 1);
    let (front, back) = (format!("{}*", any(size)), format!("*{}", any(size)));
    let middle = format!("{}*{}", any(first), any(size - first));
    let spread = format!("*{}", "?*".repeat(size as usize));
    let exact: Vec<String> = (0..size).map(any).collect();
    let mut all = exact.clone();
    all.push(spread.clone());
    let mut forms = Vec::new();
    for (a, one) in [
        ("front", &front),
        ("back", &back),
        ("middle", &middle),
        ("spread", &spread),
    ] {
        for (b, other) in [
            ("front", &front),
            ("back", &back),
            ("middle", &middle),
            ("spread", &spread),
        ] {
            forms.push(inside(
                &format!("{a}-in-{b}"),
                &one_glob(one),
                &one_glob(other),
                Expect::Holds,
            ));
        }
        forms.push(inside(
            &format!("{a}-in-one-more"),
            &one_glob(one),
            &one_glob(&format!("?{one}")),
            Expect::Fails,
        ));
        forms.push(inside(
            &format!("one-more-in-{a}"),
            &one_glob(&format!("{one}?")),
            &one_glob(one),
            Expect::Holds,
        ));
    }
    forms.push(inside(
        "everything-by-length",
        &one_glob("*"),
        &list(&all),
        Expect::Holds,
    ));
    all.remove(size as usize / 2);
    forms.push(inside(
        "everything-but-one-length",
        &one_glob("*"),
        &list(&all),
        Expect::Fails,
    ));
    forms
}

fn one_glob(glob: &str) -> Vec<Clause> {
    list(&[glob.to_owned()])
}

fn list(globs: &[String]) -> Vec<Clause> {
    vec![allow().when("StringLike", TEXT, globs.to_vec())]
}
