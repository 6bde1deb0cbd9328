//! `keyaki export --smtlib` over all cases: scripts are well-formed, and Z3 agrees where it is installed.

mod common;

use common::{folder, keyaki, parse};
use keyaki_language::json::Json;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The lines of all cases that ask about sets of requests.
fn questions() -> String {
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
    let mut lines = String::new();
    for file in files {
        let text = std::fs::read_to_string(file).expect("cases are UTF-8");
        for case in text.lines().filter(|line| !line.is_empty()).map(parse) {
            let line = case.get("line").expect("a case has a line");
            let error = case.get("expect").and_then(|expect| expect.get("error"));
            if error.is_none() && line.get("question").and_then(Json::as_str) != Some("evaluate") {
                lines.push_str(&format!("{line}\n"));
            }
        }
    }
    lines
}

/// Whether parentheses meet, with regard to texts, quoted names and comments.
fn is_balanced(script: &str) -> bool {
    let mut depth = 0i64;
    let mut until = None;
    for c in script.chars() {
        match (until, c) {
            (Some(end), c) if c == end => until = None,
            (Some(_), _) => {}
            (None, '"' | '|') => until = Some(c),
            (None, ';') => until = Some('\n'),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            (None, _) => {}
        }
        if depth < 0 {
            return false;
        }
    }
    depth == 0 && until.is_none()
}

#[test]
fn scripts_of_all_cases_are_well_formed() {
    let questions = questions();
    let scripts = folder("scripts");
    let run = keyaki(
        &[
            "export",
            "--smtlib",
            "--out",
            scripts.to_str().expect("the path is UTF-8"),
        ],
        &questions,
    );
    // What is read as two types, or as a type that its key does not have, is not written, nor is a variable without regard to
    // case, for which the theory of strings has no function; everything else is.
    for line in run.err.lines() {
        assert!(
            line.contains("is read as text and as something else")
                || line.contains("as a type of its own")
                || line.contains("a variable without regard to case"),
            "{line}"
        );
    }
    assert!(run.err.lines().count() <= 25, "{}", run.err);
    let mut count = 0;
    for entry in std::fs::read_dir(&scripts).expect("it was made") {
        let path = entry.expect("it can be read").path();
        let script = std::fs::read_to_string(&path).expect("scripts are UTF-8");
        assert!(is_balanced(&script), "{}", path.display());
        assert!(
            script.starts_with("; Question ") && script.contains("sha256:"),
            "{script}"
        );
        assert!(script.ends_with("(check-sat)\n"), "{script}");
        count += 1;
    }
    assert!(count > 500, "only {count} scripts were written");
    dispute(&scripts);
}

/// Asks Z3 where Python has it; everywhere else the shape is all that can be looked at.
fn dispute(scripts: &Path) {
    let python = std::env::var("KEYAKI_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has_z3 = Command::new(&python)
        .args(["-c", "import z3"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !has_z3 {
        return;
    }
    let program = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../benches/z3/dispute.py");
    let output = Command::new(&python)
        .arg(program)
        .args(["--timeout", "1"])
        .arg(scripts)
        .output()
        .expect("Python is there");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(said.contains(" equal"), "{said}");
}

#[test]
fn standard_output_holds_scripts_one_after_the_other() {
    let line = r#"{"id":"one\nline","question":"satisfiable","policyType":"IDENTITY_POLICY","policyDocument":{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}}"#;
    let run = keyaki(&["export", "--smtlib"], &format!("{line}\n\n{line}\n"));
    assert_eq!(run.status, 0, "{}", run.err);
    assert_eq!(run.out.matches("(check-sat)\n(reset)\n").count(), 2);
    assert!(is_balanced(&run.out));
    assert!(run.out.contains("(set-info :status sat)"));
    assert!(run.out.contains(r#"(str.to_re "s3:get")"#), "{}", run.out);
}

#[test]
fn what_is_not_exported_is_told() {
    let line = r#"{"question":"evaluate","request":{"principal":"anonymous","action":"s3:GetObject","resource":"arn:aws:s3:::b/k"},"policies":{}}"#;
    let run = keyaki(&["export", "--smtlib"], &format!("{line}\n"));
    assert_eq!(run.status, 3);
    assert_eq!(run.out, "");
    assert!(
        run.err
            .contains("line 1: not exported: one request is judged"),
        "{}",
        run.err
    );
}

#[test]
fn an_organization_id_is_the_first_step_of_its_paths() {
    let line = r#"{"id":1,"question":"satisfiable","policyType":"IDENTITY_POLICY","policyDocument":{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-a/*"}}}]}}"#;
    let run = keyaki(&["export", "--smtlib"], &line.replace('\n', " "));
    let side = r#"(assert (str.in_re |aws:principalorgid| (re.+ (re.union (re.range "\u{0}" ".") (re.range "0" "\u{2ffff}")))))"#;
    assert!(run.out.contains(side), "{}", run.out);
}
