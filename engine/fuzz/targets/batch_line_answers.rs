//! Whatever a line of a batch says, it is answered or refused, and what is answered can be shown.
//!
//! An input is a line as it is; or, behind a byte that begins no text, throws of the generators that the tests use. A witness replays, a
//! certificate is accepted, and asking with and without evidence gives the same answer.
#![no_main]

#[allow(dead_code, reason = "tests share the file")]
#[path = "../../tests/support/claims.rs"]
mod claims;
#[allow(dead_code, reason = "targets share the file")]
#[path = "../support/dice.rs"]
mod dice;
#[allow(dead_code, reason = "tests share the file")]
#[path = "../../tests/support/policies.rs"]
mod policies;
#[allow(dead_code, reason = "the command uses all of it")]
#[path = "../../../cli/src/batch/read.rs"]
mod read;

use claims::Asked;
use dice::Dice;
use keyaki_engine::proof::{Texts, certificate, witness};
use keyaki_engine::question::{NoNewAccess, Question, Relation};
use keyaki_engine::{Limits, Verdict};
use keyaki_language::json::{self, Json};
use keyaki_language::judge::{Decision, allows, evaluate_explained};
use keyaki_language::policies::PolicyType;
use keyaki_language::{Facts, Policy};
use libfuzzer_sys::fuzz_target;
use read::Task;

/// Begins an input that is throws; no text in UTF-8 begins so.
const THROWS: u8 = 0xff;

fn limits() -> Limits {
    Limits {
        branches: 500,
        ..Limits::default()
    }
}

fuzz_target!(|bytes: &[u8]| {
    if let Some((&THROWS, throws)) = bytes.split_first() {
        let mut dice = Dice::of(throws);
        let own = *dice.pick(&[
            PolicyType::Resource,
            PolicyType::Identity,
            PolicyType::ServiceControl,
        ]);
        if let Some(asked) = claims::any(&mut dice, own) {
            check(&asked);
        }
        return;
    }
    let Ok(line) = json::parse_bytes(bytes) else {
        let _ = std::str::from_utf8(bytes).ok().and_then(read::recover_id);
        return;
    };
    match read::task(&line) {
        Err(error) => assert!(!error.message().is_empty()),
        Ok(Task::Ask(question)) => check(&asked(&line, *question)),
        Ok(Task::Compare(question)) => {
            let relation = question.decide(&limits()).relation;
            let one = narrower(&question.new, &question.existing, question.policy_type);
            let two = narrower(&question.existing, &question.new, question.policy_type);
            let wanted = match (one, two) {
                (Some(true), Some(true)) => Relation::Equivalent,
                (Some(true), Some(false)) => Relation::Narrower,
                (Some(false), Some(true)) => Relation::Wider,
                (Some(false), Some(false)) => Relation::Incomparable,
                _ => Relation::Undecided,
            };
            assert_eq!(relation, wanted, "{line}");
        }
        Ok(Task::Evaluate(own)) => {
            let judge = || evaluate_explained(&own.request, &own.policies, &own.facts);
            assert_eq!(format!("{:?}", judge()), format!("{:?}", judge()));
        }
    }
});

/// Whether one policy allows no more than the other, if that is decided.
fn narrower(new: &Policy, existing: &Policy, policy_type: PolicyType) -> Option<bool> {
    let question = Question::NoNewAccess(NoNewAccess {
        policy_type,
        new: new.clone(),
        existing: existing.clone(),
    });
    match question.decide(&limits()).verdict {
        Verdict::Holds(_) => Some(true),
        Verdict::Fails(_) => Some(false),
        Verdict::Undecided(_) => None,
    }
}

/// A line's question with the texts of its documents.
fn asked(line: &Json, question: Question) -> Asked {
    let text = |field| read::document_text(line, field);
    let (policy, existing) = match question {
        Question::NoNewAccess(_) => (text("newPolicyDocument"), text("existingPolicyDocument")),
        _ => (text("policyDocument"), None),
    };
    Asked {
        question,
        policy: policy.expect("the question has a document"),
        existing,
    }
}

/// Sees that what is answered can be shown.
fn check(asked: &Asked) {
    let question = &asked.question;
    let texts = Texts {
        policy: &asked.policy,
        existing: asked.existing.as_deref(),
    };
    let answer = question.prove(&limits());
    let plain = question.decide(&limits());
    assert_eq!(answer.verdict, plain.verdict, "evidence changes the answer");
    if let Some(proof) = &answer.proof {
        let evidence = certificate(question, texts, proof);
        let checked = keyaki_checker::verify(&evidence);
        assert!(checked.is_ok(), "{checked:?}: {evidence}");
    }
    match (&answer.verdict, question) {
        (Verdict::Holds(Some(request)), Question::Satisfiable(own)) => {
            let decision = allows(&own.policy, own.policy_type, request, &Facts::default());
            assert_eq!(
                decision,
                Decision::Allowed,
                "{request:?} of {}",
                asked.policy
            );
        }
        (Verdict::Fails(Some(request)), _) => {
            let evidence = witness(question, texts, request);
            let checked = keyaki_checker::verify(&evidence);
            assert!(checked.is_ok(), "{checked:?}: {evidence}");
        }
        _ => {}
    }
}
