//! Laws of the answers, on random policies with all constructs of the language.

#[allow(dead_code, reason = "tests share the file")]
#[path = "support/claims.rs"]
mod claims;
#[allow(dead_code, reason = "tests share the file")]
#[path = "support/dice.rs"]
mod dice;
#[allow(dead_code, reason = "tests share the file")]
#[path = "support/policies.rs"]
mod policies;

use dice::{Dice, rounds};
use keyaki_engine::question::{Compare, NoNewAccess, Question, Relation};
use keyaki_engine::{Limits, Verdict};
use keyaki_language::judge::{Decision, allows};
use keyaki_language::policies::PolicyType;
use keyaki_language::{Facts, Policy};

const LIMITS: Limits = Limits {
    branches: 20_000,
    steps: 50_000_000,
};
const TYPES: [PolicyType; 4] = [
    PolicyType::Identity,
    PolicyType::Resource,
    PolicyType::ServiceControl,
    PolicyType::Resource,
];

fn read(text: &str) -> Policy {
    Policy::read(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Whether everything that `new` allows is allowed by `existing`; `None` where it is open.
fn inside(own: PolicyType, new: &str, existing: &str) -> Option<bool> {
    let question = Question::NoNewAccess(NoNewAccess {
        policy_type: own,
        new: read(new),
        existing: read(existing),
    });
    match question.decide(&LIMITS).verdict {
        Verdict::Holds(_) => Some(true),
        Verdict::Fails(_) => Some(false),
        Verdict::Undecided(_) => None,
    }
}

/// Some statements, Allows first.
fn statements(dice: &mut Dice, own: PolicyType) -> Vec<String> {
    (0..2 + dice.below(3))
        .map(|at| {
            let allow = at == 0 || !dice.once_in(3);
            policies::statement(dice, own, allow)
        })
        .collect()
}

#[test]
fn no_new_access_is_reflexive_whatever_the_order_of_statements() {
    let mut dice = Dice::new(41);
    let mut decided = 0;
    for round in 0..rounds(1_500) {
        let own = TYPES[round % TYPES.len()];
        let list = statements(&mut dice, own);
        let text = policies::document(&list, true);
        let mut turned = list.clone();
        turned.reverse();
        let turned = policies::document(&turned, true);
        for (new, existing) in [(&text, &text), (&text, &turned), (&turned, &text)] {
            let found = inside(own, new, existing);
            assert_ne!(found, Some(false), "{new}\n{existing}");
            decided += usize::from(found.is_some());
        }
        // What is open in one order may be decided in the other, but never differently.
        let other = policies::policy(&mut dice, own);
        let (there, back) = (inside(own, &text, &other), inside(own, &turned, &other));
        let same = there.is_none() || back.is_none() || there == back;
        assert!(same, "{text}\n{other}");
    }
    assert!(
        decided > rounds(1_500) * 3 / 2,
        "only {decided} were decided"
    );
}

#[test]
fn an_added_deny_never_allows_more_and_an_added_allow_never_less() {
    let mut dice = Dice::new(42);
    let mut decided = 0;
    for round in 0..rounds(1_500) {
        let own = TYPES[round % TYPES.len()];
        let list = statements(&mut dice, own);
        let text = policies::document(&list, true);
        for allow in [false, true] {
            let mut more = list.clone();
            more.push(policies::statement(&mut dice, own, allow));
            let more = policies::document(&more, true);
            let (new, existing) = if allow {
                (&text, &more)
            } else {
                (&more, &text)
            };
            let found = inside(own, new, existing);
            assert_ne!(found, Some(false), "{new}\n{existing}");
            decided += usize::from(found.is_some());
        }
    }
    assert!(decided > rounds(1_500), "only {decided} were decided");
}

#[test]
fn no_new_access_is_transitive() {
    let mut dice = Dice::new(43);
    let mut chains = 0;
    for round in 0..rounds(4_000) {
        let own = TYPES[round % TYPES.len()];
        let (low, middle) = claims::pair(&mut dice, own);
        let (other, high) = claims::pair(&mut dice, own);
        for (a, b, c) in [
            (&low, &middle, &high),
            (&low, &middle, &other),
            (&other, &high, &middle),
        ] {
            if inside(own, a, b) == Some(true) && inside(own, b, c) == Some(true) {
                chains += 1;
                assert_ne!(inside(own, a, c), Some(false), "{a}\n{b}\n{c}");
            }
        }
    }
    assert!(chains > rounds(400), "only {chains} chains");
}

#[test]
fn comparison_is_symmetric() {
    let mut dice = Dice::new(44);
    let mut equivalent = 0;
    for round in 0..rounds(1_500) {
        let own = TYPES[round % TYPES.len()];
        let (new, existing) = claims::pair(&mut dice, own);
        let compare = |new: &str, existing: &str| {
            let question = Compare {
                policy_type: own,
                new: read(new),
                existing: read(existing),
            };
            question.decide(&LIMITS).relation
        };
        let there = compare(&new, &existing);
        let back = match compare(&existing, &new) {
            Relation::Narrower => Relation::Wider,
            Relation::Wider => Relation::Narrower,
            same => same,
        };
        let open = [there, back].contains(&Relation::Undecided);
        assert!(
            open || there == back,
            "{there:?}, {back:?}: {new}\n{existing}"
        );
        equivalent += usize::from(there == Relation::Equivalent);
    }
    assert!(equivalent > rounds(60), "only {equivalent} are equivalent");
}

#[test]
fn every_witness_replays_and_every_certificate_checks() {
    let mut dice = Dice::new(45);
    let (mut witnesses, mut certificates) = (0, 0);
    let mut rejected = Vec::new();
    for round in 0..rounds(3_000) {
        let own = TYPES[round % TYPES.len()];
        let (new, existing) = if dice.once_in(2) {
            claims::pair(&mut dice, own)
        } else {
            (
                policies::policy(&mut dice, own),
                policies::policy(&mut dice, own),
            )
        };
        let (policy, other) = (read(&new), read(&existing));
        let question = Question::NoNewAccess(NoNewAccess {
            policy_type: own,
            new: policy.clone(),
            existing: other.clone(),
        });
        let facts = Facts::default();
        match question.decide(&LIMITS).verdict {
            Verdict::Fails(request) => {
                let request = request.expect("a failing answer has a witness");
                let says = |p: &Policy| allows(p, own, &request, &facts);
                assert_eq!(says(&policy), Decision::Allowed, "{new}");
                assert_ne!(says(&other), Decision::Allowed, "{existing}");
                witnesses += 1;
            }
            Verdict::Holds(_) => {
                let asked = claims::Asked {
                    question,
                    policy: new,
                    existing: Some(existing),
                };
                let certificate = asked.certificate().expect("a holding answer has a proof");
                if let Err(why) = keyaki_checker::verify(&certificate) {
                    rejected.push(format!("{why:?}: {certificate}"));
                }
                certificates += 1;
            }
            Verdict::Undecided(_) => {}
        }
    }
    assert!(
        rejected.is_empty(),
        "{} rejected:\n{}",
        rejected.len(),
        rejected[..rejected.len().min(3)].join("\n")
    );
    assert!(
        witnesses > rounds(300) && certificates > rounds(300),
        "{witnesses} witnesses, {certificates} certificates"
    );
}

#[test]
fn who_asks_for_a_certificate_gets_the_same_answer() {
    let mut fails = 0;
    for asked in claims::random(rounds(20_000), 46) {
        let (plain, proved) = (
            asked.question.decide(&LIMITS),
            asked.question.prove(&LIMITS),
        );
        assert_eq!(plain.verdict, proved.verdict, "{}", asked.policy);
        assert_eq!(plain.statements, proved.statements, "{}", asked.policy);
        fails += usize::from(matches!(plain.verdict, Verdict::Fails(_)));
    }
    assert!(fails > rounds(2_000), "only {fails} fail");
}
