//! The judge against every `evaluate` case of the corpus.

#[allow(dead_code, reason = "each test file uses its part")]
mod support;

use keyaki_language::json::{self, Json};
use keyaki_language::judge::{Decision, evaluate};
use std::fs;
use std::path::Path;

/// Cases under `RestrictPublicBuckets` whose policy is public (Q4): the judge is told so.
const PUBLIC: [&str; 5] = [
    "public-bucket-restricted",
    "public-bucket-restricted-to-its-account",
    "public-bucket-restricted-keeps-out-other-accounts",
    "one-public-statement-taints-the-others",
    "restricted-bucket-keeps-services",
];

#[test]
fn every_evaluate_case() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/cases");
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the cases are part of the repository")
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|e| e == "jsonl"))
        .collect();
    files.sort();
    let (mut judged, mut wrong) = (0, Vec::new());
    for line in files.iter().flat_map(|path| {
        let text = fs::read_to_string(path).expect("a readable file");
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    }) {
        let case = json::parse(&line).expect("a case is JSON");
        let wanted = case
            .get("expect")
            .and_then(|e| e.get("decision"))
            .and_then(Json::as_str);
        let (Some(wanted), Some(question)) = (wanted, case.get("line")) else {
            continue;
        };
        let name = case.get("name").and_then(Json::as_str).unwrap_or_default();
        let decision = decide(question, PUBLIC.contains(&name));
        judged += 1;
        let found = match &decision {
            Decision::Allowed => "Allowed",
            Decision::ImplicitlyDenied => "ImplicitlyDenied",
            Decision::ExplicitlyDenied => "ExplicitlyDenied",
            Decision::Undecided(reason) => reason.code,
        };
        if found != wanted {
            wrong.push(format!("{name}: wanted {wanted}, found {decision:?}"));
        }
    }
    assert!(judged > 500, "only {judged} cases were found");
    assert!(
        wrong.is_empty(),
        "{} of {judged}\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn decide(question: &Json, is_public: bool) -> Decision {
    let empty = json::parse("{}").expect("an empty object");
    let part = |name: &str| question.get(name).unwrap_or(&empty);
    let request = support::request_of(part("request")).expect("a sound request");
    let policies = support::policies_of(part("policies")).expect("sound policies");
    let mut facts = support::facts_of(part("facts"));
    facts.public_policy = Some(is_public);
    evaluate(&request, &policies, &facts)
}
