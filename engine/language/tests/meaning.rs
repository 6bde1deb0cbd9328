//! Documents as formulas against the judge: what a formula says of one request is what the judge says.
//!
//! The soundness of certificates rests on this. Documents are those of the cases, of the corpora where they are (see
//! `corpora.rs`), and random ones; requests are made of their words.
#![expect(
    clippy::print_stderr,
    reason = "a test without its data must not look like one that ran"
)]

#[allow(dead_code, reason = "tests of the engine share the file")]
#[path = "../../tests/support/dice.rs"]
mod dice;
#[allow(dead_code, reason = "tests of the engine share the file")]
#[path = "../../tests/support/policies.rs"]
mod policies;
#[path = "../../tests/support/requests.rs"]
mod requests;

use dice::{Dice, rounds};
use keyaki_language::json::{self, Json};
use keyaki_language::judge::{Decision, allows, check_policy};
use keyaki_language::meaning::{Atom, Formula, Kind, Meaning};
use keyaki_language::policies::PolicyType;
use keyaki_language::policy::Effect;
use keyaki_language::{Facts, Policy, Request};
use requests::Words;
use std::path::{Path, PathBuf};

/// How often each answer was given, and where formula and judge differed.
#[derive(Default)]
struct Tally {
    allowed: usize,
    refused: usize,
    open: usize,
    /// Open in the formula alone.
    wider: usize,
    differences: Vec<String>,
}

impl Tally {
    fn total(&self) -> usize {
        self.allowed + self.refused + self.open
    }

    fn assert(&self, what: &str, least: usize) {
        eprintln!(
            "{what}: {} allowed, {} refused, {} open, {} open in the formula alone",
            self.allowed, self.refused, self.open, self.wider
        );
        let shown: Vec<&str> = self
            .differences
            .iter()
            .take(12)
            .map(String::as_str)
            .collect();
        assert!(
            shown.is_empty(),
            "{} differences:\n{}",
            self.differences.len(),
            shown.join("\n")
        );
        assert!(self.total() >= least, "only {} pairs", self.total());
        assert!(self.allowed * 20 > self.total(), "few requests are allowed");
    }
}

/// The requests that a document allows, for the kind of caller that the meaning is set to, and what holds of all requests.
fn allowed(meaning: &mut Meaning, policy: &Policy, policy_type: PolicyType) -> (Formula, Formula) {
    let (mut allows, mut denies) = (Vec::new(), Vec::new());
    for statement in &policy.statements {
        let mut parts = vec![
            meaning.principal(statement, policy_type),
            meaning.actions(statement),
            meaning.resources(statement),
        ];
        parts.extend(statement.conditions.iter().map(|c| meaning.condition(c)));
        match statement.effect {
            Effect::Allow => allows.push(Formula::and(parts)),
            Effect::Deny => denies.push(Formula::and(parts)),
        }
    }
    let formula = Formula::and([Formula::or(allows), Formula::or(denies).not()]);
    (formula, meaning.ties())
}

/// Whether a free atom stands for what checkers do not look into, though the judge does: a number, date, address or bytes compared with
/// a part of the caller's text; a condition on a many-valued key with an undefined value beside others; which user made a federated
/// session, whose partition the judge sees (S13).
fn is_looked_away_from(atom: &Atom) -> bool {
    let Atom::Free(words) = atom else {
        return false;
    };
    let typed = ["Number(", "Date(", "Address(", "Bytes("];
    let part = words
        .split_once(' ')
        .is_some_and(|(_, test)| typed.iter().any(|own| test.starts_with(own)));
    part || words.ends_with(']') || words.starts_with("made by ")
}

/// Whether a formula that leaves a request open does not where these atoms come out one way or the other.
fn is_closed(meaning: &Meaning, formula: &Formula, request: &Request) -> bool {
    let mut atoms = Vec::new();
    formula.atoms(&mut atoms);
    atoms.retain(|atom| is_looked_away_from(&meaning.atoms.list[*atom as usize]));
    atoms.truncate(10);
    (0..1u32 << atoms.len()).any(|choice| {
        let told = |atom: u32| {
            let at = atoms.iter().position(|own| *own == atom)?;
            Some(choice >> at & 1 == 1)
        };
        !atoms.is_empty() && meaning.holds(&settled(formula, &told), request).is_some()
    })
}

/// A formula with some atoms told.
fn settled(formula: &Formula, told: &dyn Fn(u32) -> Option<bool>) -> Formula {
    match formula {
        Formula::Literal(atom, holds) => match told(*atom) {
            Some(own) => Formula::constant(own == *holds),
            None => formula.clone(),
        },
        Formula::And(parts) => Formula::and(
            parts
                .iter()
                .map(|own| settled(own, told))
                .collect::<Vec<_>>(),
        ),
        Formula::Or(parts) => Formula::or(
            parts
                .iter()
                .map(|own| settled(own, told))
                .collect::<Vec<_>>(),
        ),
        Formula::All | Formula::None => formula.clone(),
    }
}

fn compare(
    (text, policy): (&str, &Policy),
    policy_type: PolicyType,
    requests: &[Request],
    tally: &mut Tally,
) {
    let mut meaning = Meaning::new(vec![policy]);
    for (kind, name) in Kind::ALL {
        let own: Vec<&Request> = requests
            .iter()
            .filter(|r| Kind::of(&r.principal) == kind)
            .collect();
        if own.is_empty() {
            continue;
        }
        meaning.kind = kind;
        let (formula, ties) = allowed(&mut meaning, policy, policy_type);
        for request in own {
            let judged = allows(policy, policy_type, request, &Facts::default());
            let found = meaning.holds(&formula, request);
            let wanted = match &judged {
                Decision::Allowed => Some(true),
                Decision::ImplicitlyDenied | Decision::ExplicitlyDenied => Some(false),
                Decision::Undecided(_) => None,
            };
            match wanted {
                Some(true) => tally.allowed += 1,
                Some(false) => tally.refused += 1,
                None => tally.open += 1,
            }
            let impossible = meaning.impossible(request);
            let tied = meaning.holds(&ties, request);
            // A formula that leaves more open claims less, since a proof must do with either way.
            let wider =
                found.is_none() && wanted.is_some() && is_closed(&meaning, &formula, request);
            tally.wider += usize::from(wider);
            if (found != wanted && !wider) || impossible.is_some() || tied != Some(true) {
                tally.differences.push(format!("{name}: formula {found:?}, judge {judged:?}, impossible {impossible:?}, ties {tied:?}\n  {request:?}\n  {text}"));
            }
        }
    }
}

/// Compares on so many requests of the document's own words.
fn sample(text: &str, policy_type: PolicyType, count: usize, dice: &mut Dice, tally: &mut Tally) {
    let policy = Policy::read(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    if check_policy(&policy, policy_type).is_err() {
        return;
    }
    let words = Words::of(&[&policy]);
    let requests: Vec<Request> = (0..count).filter_map(|_| words.request(dice)).collect();
    compare((text, &policy), policy_type, &requests, tally);
}

#[test]
fn formulas_say_what_the_judge_says_of_random_policies() {
    let mut dice = Dice::new(20_261_125);
    let mut tally = Tally::default();
    let types = [
        PolicyType::Resource,
        PolicyType::Identity,
        PolicyType::Resource,
        PolicyType::ServiceControl,
        PolicyType::ResourceControl,
    ];
    for round in 0..rounds(20_000) {
        let policy_type = types[round % types.len()];
        let text = policies::policy(&mut dice, policy_type);
        sample(&text, policy_type, 24, &mut dice, &mut tally);
    }
    tally.assert("random policies", rounds(300_000));
}

#[test]
fn formulas_say_what_the_judge_says_of_the_cases() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/cases");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the cases are part of the repository")
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|e| e == "jsonl"))
        .collect();
    files.sort();
    let mut dice = Dice::new(7);
    let mut tally = Tally::default();
    for file in files {
        let text = std::fs::read_to_string(file).expect("a readable file");
        for case in text
            .lines()
            .map(|line| json::parse(line).expect("a case is JSON"))
        {
            let Some(line) = case.get("line") else {
                continue;
            };
            let mut documents = Vec::new();
            let mut take = |value: Option<&Json>, policy_type| {
                for value in value
                    .into_iter()
                    .flat_map(|v| v.as_array().unwrap_or(std::slice::from_ref(v)))
                {
                    for value in value.as_array().unwrap_or(std::slice::from_ref(value)) {
                        documents.extend(
                            Policy::from_json(value, "")
                                .ok()
                                .map(|_| (value.to_string(), policy_type)),
                        );
                    }
                }
            };
            let policies = line.get("policies");
            for (name, policy_type) in [
                ("identity", PolicyType::Identity),
                ("boundary", PolicyType::Identity),
                ("session", PolicyType::Identity),
                ("resource", PolicyType::Resource),
                ("scps", PolicyType::ServiceControl),
                ("rcps", PolicyType::ResourceControl),
            ] {
                take(policies.and_then(|p| p.get(name)), policy_type);
            }
            let policy_type = match line.get("policyType").and_then(Json::as_str) {
                Some("IDENTITY_POLICY") => PolicyType::Identity,
                Some("SERVICE_CONTROL_POLICY") => PolicyType::ServiceControl,
                Some("RESOURCE_CONTROL_POLICY") => PolicyType::ResourceControl,
                _ => PolicyType::Resource,
            };
            for name in [
                "policyDocument",
                "newPolicyDocument",
                "existingPolicyDocument",
            ] {
                take(line.get(name), policy_type);
            }
            for (text, policy_type) in &documents {
                sample(text, *policy_type, rounds(60).max(6), &mut dice, &mut tally);
            }
        }
    }
    tally.assert("cases", rounds(30_000));
}

#[test]
fn formulas_say_what_the_judge_says_of_the_corpora() {
    let folder = match std::env::var_os("KEYAKI_CORPORA") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora"),
    };
    if !folder.is_dir() {
        eprintln!(
            "skipped: no corpora at {}; set KEYAKI_CORPORA",
            folder.display()
        );
        return;
    }
    let mut dice = Dice::new(11);
    let mut tally = Tally::default();
    for (file, policy_type) in [
        ("managed/newest.jsonl", PolicyType::Identity),
        ("wild/identity.jsonl", PolicyType::Identity),
        ("wild/resource.jsonl", PolicyType::Resource),
        ("wild/trust.jsonl", PolicyType::Resource),
        ("wild/scp.jsonl", PolicyType::ServiceControl),
        ("wild/rcp.jsonl", PolicyType::ResourceControl),
    ] {
        let text = std::fs::read_to_string(folder.join(file)).expect("a file of the corpora");
        for line in text.lines() {
            let record = json::parse(line).expect("a record is JSON");
            let Some(document) = record
                .get("document")
                .filter(|d| Policy::from_json(d, "").is_ok())
            else {
                continue;
            };
            sample(
                &document.to_string(),
                policy_type,
                rounds(40).max(4),
                &mut dice,
                &mut tally,
            );
        }
    }
    tally.assert("corpora", rounds(60_000));
}
