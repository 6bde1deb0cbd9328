//! Every case of the corpus, asked through `keyaki batch`.

mod common;

use common::{keyaki, parse};
use keyaki_language::json::{Json, JsonValue};
use std::path::PathBuf;

#[test]
fn every_case_has_its_expected_answer() {
    let cases = cases();
    assert!(cases.len() > 300, "only {} cases were found", cases.len());
    let input: String = cases
        .iter()
        .map(|case| format!("{}\n", member(case, "line")))
        .collect();
    let run = keyaki(&["batch"], &input);
    assert_eq!(
        run.status, 2,
        "the cases hold lines that are errors: {}",
        run.err
    );
    let answers: Vec<Json> = run.out.lines().map(parse).collect();
    assert_eq!(answers.len(), cases.len());
    let mut wrong = Vec::new();
    for (case, answer) in cases.iter().zip(&answers) {
        let name = common::text(case, "name");
        assert_eq!(
            answer.get("id").and_then(Json::as_str),
            Some(name),
            "answers come in input order"
        );
        if !matches(member(case, "expect"), answer) {
            wrong.push(format!(
                "{name}: expected {}, got {answer}",
                member(case, "expect")
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} cases:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

fn cases() -> Vec<Json<'static>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../corpus/cases");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the cases are part of the workspace")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "jsonl")
        })
        .collect();
    files.sort();
    let read = |path: &PathBuf| std::fs::read_to_string(path).expect("cases are UTF-8");
    files
        .iter()
        .flat_map(|path| {
            read(path)
                .lines()
                .filter(|line| !line.is_empty())
                .map(parse)
                .collect::<Vec<_>>()
        })
        .collect()
}

fn member<'a>(json: &'a Json, name: &str) -> &'a Json<'a> {
    json.get(name)
        .unwrap_or_else(|| panic!("`{name}` is missing in {json}"))
}

fn matches(expect: &Json, answer: &Json) -> bool {
    expect
        .as_object()
        .expect("`expect` is an object")
        .iter()
        .all(|expected| match expected.name() {
            name @ ("decision" | "verdict" | "relation") => {
                answer.get(name).map(Json::to_string) == Some(expected.value.to_string())
            }
            "statements" => {
                let found: Vec<Json> = answer
                    .get("statements")
                    .and_then(Json::as_array)
                    .unwrap_or_default()
                    .iter()
                    .map(|statement| member(statement, "index").clone())
                    .collect();
                Json::from(JsonValue::Array(found)).to_string() == expected.value.to_string()
            }
            "error" => answer.get("error").is_some_and(|error| {
                let code = expected.value.as_str().expect("`error` is a string");
                code.is_empty() || common::text(error, "code") == code
            }),
            other => panic!("`{other}` is not a member of `expect`"),
        })
}
