//! Real templates and plans: every one of them loads, and each policy in it is found.
//!
//! They live outside of the project and are not copied into it; where they are not at hand the test says so.

use keyaki_fetch::Snapshot;
use keyaki_fetch::file::{Fate, Options, policies};
use keyaki_language::json::{self, Json, JsonValue};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The folder with the templates and plans, if it is there.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora/iac");
    if folder.join("index.jsonl").is_file() {
        return Some(folder);
    }
    eprintln!("skipped: no corpora of templates and plans beside the project");
    None
}

/// What the index says of each file.
fn index(folder: &Path) -> Vec<(String, BTreeMap<String, u64>)> {
    let text = std::fs::read_to_string(folder.join("index.jsonl")).expect("the index can be read");
    let entry = |line: &str| {
        let line = json::parse(line).expect("a line of the index is JSON");
        let counts = line
            .get("policies")
            .and_then(Json::as_object)
            .expect("it counts policies");
        let count = |value: &Json| match &value.value {
            JsonValue::Number(digits) => digits.parse().expect("a count is a number"),
            other => panic!("{other:?} is no count"),
        };
        let counts = counts
            .iter()
            .map(|member| (member.name().to_owned(), count(&member.value)));
        (
            line.text_of("file").expect("it names a file").to_owned(),
            counts.collect(),
        )
    };
    text.lines().map(entry).collect()
}

/// Where we count otherwise than the index, and why.
const OTHERWISE: [(&str, &str, i64, &str); 8] = [
    (
        "log-setup-management-pkg.json",
        "events-bus",
        1,
        "the statement of an event bus's policy stands in a property of its own",
    ),
    (
        "test_files__test_file_2.json",
        "sqs-queue",
        1,
        "a queue's policy without `Principal` is a queue's policy",
    ),
    ("test_files__test_file_2.json", "identity", -1, "the same"),
    (
        "lambda_with_permission_beside_invoke_function.json",
        "lambda-function",
        1,
        "an account may be written as a number",
    ),
    (
        "lambda_with_wildcard_principal_and_non_invoke_function_permission.json",
        "lambda-function",
        1,
        "an account may be written as a number",
    ),
    (
        "LambdaServicePermission_Pass.yml",
        "lambda-function",
        1,
        "an account may be written as a number",
    ),
    (
        "bad__override__include.yaml",
        "s3-bucket",
        1,
        "a bucket's policy without `Principal` is a bucket's policy",
    ),
    ("bad__override__include.yaml", "identity", -1, "the same"),
];

#[test]
fn every_policy_of_the_corpora_is_found() {
    let Some(folder) = folder() else { return };
    let mut wrong = Vec::new();
    for (file, expected) in index(&folder) {
        let mut found: BTreeMap<String, u64> = BTreeMap::new();
        match policies(&folder.join(&file), &Options::default()) {
            Ok(policies) => {
                for policy in policies
                    .into_iter()
                    .filter(|policy| policy.fate != Fate::Unknown)
                {
                    *found.entry(policy.kind).or_default() += 1;
                }
            }
            Err(error) => wrong.push(format!("{file}: {error}")),
        }
        let mut expected = expected;
        for (_, kind, more, _) in OTHERWISE.iter().filter(|(name, ..)| file.ends_with(name)) {
            let count = expected.entry((*kind).to_owned()).or_default();
            *count = count.saturating_add_signed(*more);
        }
        expected.retain(|_, count| *count > 0);
        if found != expected {
            wrong.push(format!(
                "{file}:\n  found    {found:?}\n  expected {expected:?}"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_record_of_the_corpora_is_read_or_says_why_not() {
    let Some(folder) = folder() else { return };
    let (mut read, mut strange) = (0, Vec::new());
    for (file, _) in index(&folder) {
        let snapshot = Snapshot::open_with(&folder.join(&file), &Options::default()).expect(&file);
        for record in snapshot.resources.records() {
            let Err(error) = record else {
                read += 1;
                continue;
            };
            let place = error.place().expect("an error has a place");
            let name = file.rsplit('/').next().unwrap_or(&file);
            assert!(
                place.file.ends_with(name) && place.line > 0,
                "{file}: {error}"
            );
            if !REFUSED.contains(&error.document().code()) {
                strange.push(format!("{} {error}", error.document().code()));
            }
        }
    }
    assert!(read > 500, "only {read} records");
    assert!(strange.is_empty(), "{}", strange.join("\n"));
}

/// What these files hold that is not analysed.
const REFUSED: [&str; 7] = [
    "unsupported-type",
    "unsupported-function",
    "unsupported-acl",
    "unknown-policy",
    "untaken-branch",
    "two-policies",
    "unresolved-attachment",
];
