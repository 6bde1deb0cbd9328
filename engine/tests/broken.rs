//! A broken search gives wrong answers with certificates; the checker rejects every one of them.
//!
//! Runs with `--features broken` alone: `cargo test -p keyaki-engine --features broken --test broken`.
#![expect(clippy::print_stderr, reason = "counts by fault are of interest")]

#[allow(dead_code, reason = "tests share the file")]
#[path = "support/claims.rs"]
mod claims;
#[allow(dead_code, reason = "tests share the file")]
#[path = "support/dice.rs"]
mod dice;
#[allow(dead_code, reason = "tests share the file")]
#[path = "support/policies.rs"]
mod policies;

use claims::{Says, decide};
use dice::rounds;
use keyaki_engine::broken::{Fault, set};

#[test]
fn wrong_answers_of_a_broken_search_have_no_accepted_certificate() {
    let mut questions = claims::of_cases();
    questions.extend(claims::random(rounds(5_000), 17));
    let truths: Vec<Says> = questions.iter().map(|q| decide(&q.question)).collect();
    let mut accepted = Vec::new();
    for fault in [
        Fault::Contradiction,
        Fault::Refuted,
        Fault::Branch,
        Fault::Kind,
        Fault::Statement,
        Fault::Alike,
        Fault::Negation,
    ] {
        let (mut wrong, mut rejected) = (0, 0);
        for (question, truth) in questions.iter().zip(&truths) {
            set(Some(fault));
            let certificate = question.certificate();
            set(None);
            if *truth != Says::False {
                continue;
            }
            if let Some(certificate) = certificate {
                wrong += 1;
                match keyaki_checker::verify(&certificate) {
                    Ok(_) => accepted.push(format!("{fault:?}: {certificate}")),
                    Err(_) => rejected += 1,
                }
            }
        }
        eprintln!("{fault:?}: {wrong} wrong answers with certificates, {rejected} rejected");
        assert!(wrong > 0, "{fault:?} breaks nothing");
    }
    assert!(
        accepted.is_empty(),
        "{} accepted wrongly:\n{}",
        accepted.len(),
        accepted[..accepted.len().min(4)].join("\n")
    );
}
