//! Certificates and witnesses: written by one command, checked by another.

mod common;

use common::{file, folder, keyaki, parse, text};
use std::fs;

const READ: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::reports/*"}}"#;

fn wide() -> String {
    READ.replace("s3:GetObject", "s3:Get*")
}

/// A certificate of a check that holds, as the file it was written to and its text.
fn certificate(name: &str) -> (String, String) {
    let folder = folder(name);
    let old = file(&folder, "old.json", &wide());
    let new = file(&folder, "new.json", READ);
    let out = folder.join("evidence.json").display().to_string();
    let run = keyaki(
        &["check", "no-new-access", &old, &new, "--certificate", &out],
        "",
    );
    assert_eq!((run.status, run.err.as_str()), (0, ""));
    let text = fs::read_to_string(&out).expect("evidence was written");
    (out, text)
}

#[test]
fn what_holds_has_a_certificate_that_is_accepted() {
    let (path, written) = certificate("certificate_accepted");
    let run = keyaki(&["verify", &path], "");
    assert_eq!((run.status, run.err.as_str()), (0, ""));
    assert!(run.out.starts_with("accepted: "), "{}", run.out);
    let digest = |at: usize| {
        let json = parse(&written);
        let documents = json
            .get("claim")
            .and_then(|claim| claim.get("documents"))
            .cloned();
        let documents = documents.expect("a claim has documents");
        text(&documents.as_array().expect("a list")[at], "digest").to_owned()
    };
    let sentence = format!("{} allows nothing that {} does not", digest(0), digest(1));
    assert!(run.out.contains(&sentence), "{}", run.out);
}

#[test]
fn a_changed_certificate_is_rejected() {
    let (_, text) = certificate("certificate_changed");
    let status = |text: &str| keyaki(&["verify", "-"], text).status;
    assert_eq!(status(&text), 0);
    // Another document under the old digest, and a member that nobody knows: unreadable.
    assert_eq!(status(&text.replace("s3:GetObject", "s3:GetBucket")), 2);
    assert_eq!(status(&text.replacen("\"proofs\"", "\"proof\"", 1)), 2);
    // A lemma less, and a literal turned round: no proof.
    let lemma = r#"["+new/0/Action","-existing/0/Action"]"#;
    assert!(text.contains(lemma), "{text}");
    assert_eq!(
        status(&text.replace(lemma, r#"["-new/0/Action","-existing/0/Action"]"#)),
        1
    );
    assert_eq!(status(&text.replace(",\"lemmas\":[0]", "")), 1);
    // No evidence at all, and text that is no JSON.
    assert_eq!(status("{\"format\":\"keyaki-certificate/2\"}"), 2);
    let run = keyaki(&["verify", "-"], "{");
    assert_eq!(run.status, 2);
    assert!(run.err.contains("<stdin>:1:"), "{}", run.err);
}

#[test]
fn answers_of_batch_carry_certificates_where_asked() {
    let question = |id: usize, old: &str, new: &str, more: &str| {
        format!(
            r#"{{"id":{id},"question":"no-new-access","policyType":"IDENTITY_POLICY","existingPolicyDocument":{old},"newPolicyDocument":{new}{more}}}"#
        )
    };
    let asked = r#","certificate":true"#;
    let lines = [
        question(1, &wide(), READ, asked),
        question(2, &wide(), READ, ""),
        question(3, READ, &wide(), asked),
        question(4, &wide(), READ, r#","certificate":1"#),
    ];
    let run = keyaki(&["batch"], &lines.join("\n"));
    let answers: Vec<_> = run.out.lines().map(parse).collect();
    assert!(answers[0].get("certificate").is_some());
    assert!(answers[1].get("certificate").is_none());
    assert!(answers[2].get("certificate").is_none());
    assert_eq!(
        text(answers[3].get("error").expect("a wrong type"), "at"),
        "/certificate"
    );
    let verified = keyaki(&["verify", "-"], &run.out);
    assert_eq!(verified.status, 0, "{}", verified.out);
    assert_eq!(verified.out.matches("accepted").count(), 1);
}

#[test]
fn a_comparison_has_evidence_for_both_directions() {
    let folder = folder("comparison_evidence");
    let old = file(&folder, "old.json", READ);
    let same = file(
        &folder,
        "same.json",
        &READ.replace("s3:GetObject", "S3:GETOBJECT"),
    );
    let out = folder.join("evidence.json").display().to_string();
    let run = keyaki(&["compare", &old, &same, "--certificate", &out], "");
    assert_eq!((run.status, run.err.as_str()), (0, ""));
    let verified = keyaki(&["verify", &out], "");
    assert_eq!(verified.status, 0, "{}", verified.out);
    assert_eq!(
        verified.out.matches("accepted").count(),
        2,
        "{}",
        verified.out
    );
}

#[test]
fn evidence_that_cannot_be_written_is_an_error() {
    let folder = folder("evidence_unwritten");
    let old = file(&folder, "old.json", READ);
    let out = folder.join("missing/evidence.json").display().to_string();
    let run = keyaki(
        &["check", "no-new-access", &old, &old, "--certificate", &out],
        "",
    );
    assert_eq!(run.status, 2);
    assert!(
        run.err.contains("cannot write") && run.err.contains(&out),
        "{}",
        run.err
    );
}

/// Every yes of the cases has a certificate, and each is accepted.
#[test]
fn every_case_that_holds_is_proved() {
    let mut lines = String::new();
    let cases = concat!(env!("CARGO_MANIFEST_DIR"), "/../corpus/cases");
    let mut files: Vec<_> = fs::read_dir(cases)
        .expect("the cases are there")
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|e| e == "jsonl"))
        .collect();
    files.sort();
    for path in files {
        for line in fs::read_to_string(path).expect("a case file").lines() {
            let case = parse(line);
            let question = case.get("line").expect("a case asks a line");
            if question
                .get("question")
                .and_then(|q| q.as_str())
                .is_some_and(|q| q != "evaluate")
            {
                let question = question.to_string();
                let end = question.rfind('}').expect("an object");
                lines.push_str(&format!("{},\"certificate\":true}}\n", &question[..end]));
            }
        }
    }
    let answers = keyaki(&["batch"], &lines).out;
    let holding = answers
        .lines()
        .map(parse)
        .filter(
            |answer| match answer.get("verdict").and_then(|v| v.as_str()) {
                Some("holds") => answer.get("witness").is_none(),
                Some("fails") => answer.get("witness").is_none(),
                _ => false,
            },
        )
        .count();
    let verified = keyaki(&["verify", "-"], &answers);
    assert_eq!(verified.status, 0, "{}", verified.out);
    assert!(holding > 100, "{holding}");
    assert!(
        verified.out.matches("accepted").count() >= holding,
        "{holding}"
    );
}

#[test]
fn what_fails_has_a_witness_that_is_replayed() {
    let folder = folder("witness_replayed");
    let old = file(&folder, "old.json", READ);
    let new = file(&folder, "new.json", &wide());
    let out = folder.join("evidence.json").display().to_string();
    let run = keyaki(
        &["check", "no-new-access", &old, &new, "--certificate", &out],
        "",
    );
    assert_eq!((run.status, run.err.as_str()), (1, ""));
    let verified = keyaki(&["verify", &out], "");
    assert_eq!(verified.status, 0, "{}", verified.out);
    assert!(
        verified.out.contains("it is not true that"),
        "{}",
        verified.out
    );
    // A request that both allow shows nothing.
    let text = fs::read_to_string(&out).expect("evidence was written");
    let action = text
        .rfind("\"action\":\"")
        .expect("a request has an action");
    let end = action + 10 + text[action + 10..].find('"').expect("it ends");
    let changed = format!(
        "{}\"action\":\"s3:getobject{}",
        &text[..action],
        &text[end..]
    );
    assert_eq!(keyaki(&["verify", "-"], &changed).status, 1);
    // The same for a question that narrows access.
    let run = keyaki(
        &[
            "check",
            "not-granted",
            &old,
            "--action",
            "s3:*",
            "--certificate",
            &out,
        ],
        "",
    );
    assert_eq!(run.status, 1);
    let text = fs::read_to_string(&out).expect("evidence was written");
    assert_eq!(keyaki(&["verify", "-"], &text).status, 0);
    let other = text.replace("\"s3:*\"", "\"ec2:*\"");
    assert_eq!(keyaki(&["verify", "-"], &other).status, 1);
}
