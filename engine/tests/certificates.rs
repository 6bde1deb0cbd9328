//! Corrupted certificates: each is rejected, or what it claims is true all the same.
//!
//! Certificates over the cases, random policies and, where they are, the corpora, are changed in one place, or carry another claim.
//! Whether a changed claim is true is decided anew by the search. Nothing that is read may make the checker panic.
#![expect(
    clippy::print_stderr,
    reason = "counts by kind of corruption are of interest"
)]

#[allow(dead_code, reason = "tests share the file")]
#[path = "support/claims.rs"]
mod claims;
#[allow(dead_code, reason = "tests share the file")]
#[path = "support/corrupt.rs"]
mod corrupt;
#[allow(dead_code, reason = "tests share the file")]
#[path = "support/dice.rs"]
mod dice;
#[allow(dead_code, reason = "tests share the file")]
#[path = "support/policies.rs"]
mod policies;

use claims::{Says, decide, question_of};
use corrupt::{KINDS, corrupt, falsify};
use dice::{Dice, rounds};
use keyaki_language::json;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Certificates of true claims, each accepted and none too long, made once for all tests.
fn certificates() -> &'static [String] {
    static MADE: OnceLock<Vec<String>> = OnceLock::new();
    MADE.get_or_init(|| make(12_000))
}

fn make(longest: usize) -> Vec<String> {
    let mut questions = claims::of_cases();
    questions.extend(claims::random(rounds(3_000), 3));
    questions.extend(claims::of_corpora());
    let mut out = Vec::new();
    let mut rejected = Vec::new();
    for question in &questions {
        let Some(certificate) = question.certificate() else {
            continue;
        };
        match keyaki_checker::verify(&certificate) {
            Ok(_) if certificate.len() <= longest => out.push(certificate),
            Ok(_) => {}
            Err(error) => rejected.push(format!("{error:?}: {certificate}")),
        }
    }
    eprintln!(
        "{} questions, {} certificates, {} not accepted",
        questions.len(),
        out.len(),
        rejected.len()
    );
    assert!(
        rejected.is_empty(),
        "{} rejected:\n{}",
        rejected.len(),
        rejected[..rejected.len().min(3)].join("\n")
    );
    out
}

#[derive(Default)]
struct Count {
    rejected: usize,
    still_true: usize,
    open: usize,
}

#[test]
fn a_corrupted_certificate_is_rejected_or_its_claim_is_true() {
    let certificates = certificates();
    let mut dice = Dice::new(2);
    let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
    let mut wrong = Vec::new();
    let (mut made, wanted) = (0, rounds(110_000));
    let mut tries = 0;
    while made < wanted {
        tries += 1;
        assert!(tries < 40 * wanted, "corruptions do not apply");
        let own = dice.pick(certificates).clone();
        let other = dice.pick(certificates).clone();
        let kind = KINDS[tries % KINDS.len()];
        let Some(changed) = corrupt(kind, &own, &other, &mut dice) else {
            continue;
        };
        if changed == own {
            continue;
        }
        made += 1;
        let count = counts.entry(kind).or_default();
        if keyaki_checker::verify(&changed).is_err() {
            count.rejected += 1;
            continue;
        }
        let claim = json::parse(&changed)
            .ok()
            .and_then(|json| json.get("claim").cloned());
        match claim
            .as_ref()
            .and_then(question_of)
            .map(|question| decide(&question))
        {
            Some(Says::True) => count.still_true += 1,
            Some(Says::Open) => count.open += 1,
            Some(Says::False) | None => wrong.push(format!("{kind}: {changed}")),
        }
    }
    eprintln!("kind | rejected | accepted, claim true | accepted, claim open");
    for (kind, count) in &counts {
        eprintln!(
            "{kind} | {} | {} | {}",
            count.rejected, count.still_true, count.open
        );
    }
    eprintln!("{made} corruptions");
    assert!(
        wrong.is_empty(),
        "{} accepted wrongly:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(4)].join("\n")
    );
    for (kind, count) in &counts {
        assert!(count.rejected > 0, "no {kind} was ever rejected");
    }
}

#[test]
fn a_false_claim_with_the_certificate_of_a_true_one_is_rejected() {
    let certificates = certificates();
    let mut dice = Dice::new(5);
    let (mut found, mut tries, wanted) = (0, 0, rounds(11_000));
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    while found < wanted {
        tries += 1;
        assert!(tries < 60 * wanted, "claims do not become false");
        let own = dice.pick(certificates).clone();
        let Some((kind, changed)) = falsify(&own, &mut dice) else {
            continue;
        };
        let json = json::parse(&changed).expect("a certificate is JSON");
        let Some(question) = json.get("claim").and_then(question_of) else {
            continue;
        };
        if decide(&question) != Says::False {
            continue;
        }
        found += 1;
        *counts.entry(kind).or_default() += 1;
        if keyaki_checker::verify(&changed).is_ok() {
            wrong.push(format!("{kind}: {changed}"));
        }
    }
    eprintln!("{found} false claims: {counts:?}");
    assert!(
        wrong.is_empty(),
        "{} accepted wrongly:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(4)].join("\n")
    );
}
