//! The contract of `keyaki batch`.

mod common;

use common::{command, keyaki, parse, text};
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

const ALLOW: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}"#;

fn satisfiable(id: &str) -> String {
    format!(
        r#"{{"id":{id},"question":"satisfiable","policyType":"IDENTITY_POLICY","policyDocument":{ALLOW}}}"#
    )
}

/// The code and the pointer of the error of the only answer.
fn error_of(line: &str) -> (String, String) {
    let run = keyaki(&["batch"], line);
    assert_eq!(run.status, 2, "{}", run.out);
    let answer = parse(run.out.trim_end());
    let error = answer
        .get("error")
        .unwrap_or_else(|| panic!("no error in {answer}"));
    assert!(!text(error, "message").is_empty());
    (text(error, "code").to_owned(), text(error, "at").to_owned())
}

#[test]
fn ids_keep_their_type_and_answers_their_order() {
    let input = ["1", "\"1\"", "null", "1.50", "true"]
        .map(satisfiable)
        .join("\n\n  \n");
    let run = keyaki(&["batch"], &input);
    assert_eq!(run.status, 0, "{}", run.err);
    let ids: Vec<String> = run
        .out
        .lines()
        .map(|line| parse(line).get("id").expect("it is echoed").to_string())
        .collect();
    assert_eq!(ids, ["1", "\"1\"", "null", "1.50", "true"]);
}

#[test]
fn a_document_may_be_a_string() {
    let document = keyaki_language::json::Json::from(ALLOW);
    let line = format!(
        r#"{{"id":1,"question":"satisfiable","policyType":"IDENTITY_POLICY","policyDocument":{document}}}"#
    );
    let run = keyaki(&["batch"], &line);
    assert_eq!(text(&parse(run.out.trim_end()), "verdict"), "holds");
}

#[test]
fn a_failing_question_has_a_witness_and_statements() {
    let wide = ALLOW.replace("GetObject", "*");
    let line = format!(
        r#"{{"id":1,"question":"no-new-access","policyType":"IDENTITY_POLICY","existingPolicyDocument":{ALLOW},"newPolicyDocument":{wide}}}"#
    );
    let run = keyaki(&["batch"], &line);
    assert_eq!(run.status, 0, "verdicts do not count");
    let answer = parse(run.out.trim_end());
    assert_eq!(text(&answer, "verdict"), "fails");
    assert_eq!(
        answer.get("statements").expect("there is one").to_string(),
        r#"[{"document":"newPolicyDocument","index":0,"sid":"A"}]"#
    );
    // The witness replays: the new policy allows it and the existing one does not.
    for (policy, decision) in [(wide.as_str(), "Allowed"), (ALLOW, "ImplicitlyDenied")] {
        let request = answer.get("witness").expect("there is one");
        let replay = format!(
            r#"{{"id":1,"question":"evaluate","request":{request},"policies":{{"identity":[{policy}]}}}}"#
        );
        let run = keyaki(&["batch"], &replay);
        assert_eq!(text(&parse(run.out.trim_end()), "decision"), decision);
    }
}

#[test]
fn compare_tells_the_relation_with_witnesses() {
    let wide = ALLOW.replace("GetObject", "*");
    let line = format!(
        r#"{{"id":1,"question":"compare","policyType":"IDENTITY_POLICY","existingPolicyDocument":{wide},"newPolicyDocument":{ALLOW}}}"#
    );
    let answer = parse(keyaki(&["batch"], &line).out.trim_end());
    assert_eq!(text(&answer, "relation"), "narrower");
    assert!(answer.get("onlyExisting").is_some() && answer.get("onlyNew").is_none());
}

#[test]
fn errors_name_their_place_and_the_run_goes_on() {
    let input = format!("{}\nnot json\n{}\n", satisfiable("1"), satisfiable("2"));
    let run = keyaki(&["batch"], &input);
    assert_eq!(run.status, 2);
    let answers: Vec<_> = run.out.lines().map(parse).collect();
    assert_eq!(answers.len(), 3);
    assert_eq!(
        answers[1].get("id").expect("it is there").to_string(),
        "null"
    );
    assert!(answers[1].get("error").is_some() && answers[2].get("verdict").is_some());
}

#[test]
fn each_kind_of_error_has_its_code_and_pointer() {
    let expect = |line: &str, code: &str, at: &str| {
        assert_eq!(error_of(line), (code.to_owned(), at.to_owned()), "{line}")
    };
    expect(r#"{"id":1"#, "json-syntax", "");
    expect("[]", "wrong-type", "");
    expect(r#"{"id":1}"#, "missing-field", "");
    expect(
        r#"{"id":1,"question":"x"}"#,
        "unknown-question",
        "/question",
    );
    expect(r#"{"id":1,"question":7}"#, "wrong-type", "/question");
    expect(
        &satisfiable("1").replace("policyType", "policytype"),
        "unknown-field",
        "/policytype",
    );
    expect(
        &satisfiable("1").replace("IDENTITY_POLICY", "GROUP"),
        "unknown-value",
        "/policyType",
    );
    expect(
        &satisfiable("1").replace("\"Allow\"", "\"allow\""),
        "unknown-effect",
        "/policyDocument/Statement/0/Effect",
    );
    let zone = |zone: &str| {
        let document = ALLOW.replace("\"Effect\"", "\"Principal\":\"*\",\"Effect\"");
        format!(
            r#"{{"question":"no-external-access","resourceType":"AWS::S3::Bucket","policyDocument":{document},"zoneOfTrust":{zone}}}"#
        )
    };
    expect(
        &zone(r#"{"accounts":["1"]}"#),
        "bad-account",
        "/zoneOfTrust/accounts/0",
    );
    expect(
        &zone(r#"{"account":[]}"#),
        "unknown-field",
        "/zoneOfTrust/account",
    );
    expect(&zone("[]"), "wrong-type", "/zoneOfTrust");
    let evaluate = r#"{"question":"evaluate","request":{"principal":"anonymous","action":"s3:GetObject","resource":"arn:aws:s3:::b/k"},"policies":"#;
    expect(
        &format!(r#"{evaluate}{{"scps":[{{}}]}}}}"#),
        "wrong-type",
        "/policies/scps/0",
    );
    expect(
        &format!(r#"{evaluate}{{}},"facts":{{"x":1}}}}"#),
        "unknown-field",
        "/facts/x",
    );
}

#[test]
fn an_id_survives_a_line_that_is_no_json() {
    let line = satisfiable("\"seven\"").replace(
        "\"Effect\":\"Allow\"",
        "\"Effect\":\"Allow\",\"Effect\":\"Deny\"",
    );
    let run = keyaki(&["batch"], &line);
    let answer = parse(run.out.trim_end());
    assert_eq!(text(&answer, "id"), "seven");
    assert_eq!(
        text(answer.get("error").expect("keys stand twice"), "code"),
        "duplicate-key"
    );
}

#[test]
fn undecided_is_told_with_its_reason_and_status() {
    let document = r#"{"Statement":{"Effect":"Allow","Principal":{"Service":"*"},"Action":"s3:GetObject","Resource":"*"}}"#;
    let line = format!(
        r#"{{"id":1,"question":"satisfiable","policyType":"RESOURCE_POLICY","policyDocument":{document}}}"#
    );
    let run = keyaki(&["batch", "--stats"], &line);
    assert_eq!(run.status, 3, "{}", run.out);
    let answer = parse(run.out.trim_end());
    assert_eq!(text(&answer, "verdict"), "undecided");
    let reason = answer.get("reason").expect("it says why");
    assert!(!text(reason, "code").is_empty() && !text(reason, "message").is_empty());
    assert!(
        run.err.contains("satisfiable") && run.err.contains("undecided because:"),
        "{}",
        run.err
    );
}

#[test]
fn facts_reach_the_judge() {
    let line = |facts: &str| {
        format!(
            r#"{{"id":1,"question":"evaluate","request":{{"principal":"anonymous","action":"s3:GetObject","resource":"arn:aws:s3:::b/k","resourceAccount":"111122223333"}},"policies":{{"resource":{{"Statement":{{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}}}}}},"facts":{facts}}}"#
        )
    };
    let decision = |facts: &str| {
        text(
            &parse(keyaki(&["batch"], &line(facts)).out.trim_end()),
            "decision",
        )
        .to_owned()
    };
    assert_eq!(decision("{}"), "Allowed");
    assert_eq!(
        decision(r#"{"blockPublicAccess":{"restrictPublicBuckets":true}}"#),
        "ImplicitlyDenied"
    );
}

#[test]
fn output_is_the_same_for_any_number_of_threads() {
    let input: String = (0..3000)
        .map(|i| satisfiable(&i.to_string()) + "\n")
        .collect();
    let one = keyaki(&["batch", "--threads", "1"], &input);
    for threads in ["2", "8"] {
        let many = keyaki(&["batch", "--threads", threads], &input);
        assert_eq!(one.out, many.out, "{threads} threads");
    }
    assert_eq!(one.out.lines().count(), 3000);
}

#[test]
fn micros_come_with_timing_only() {
    assert!(
        parse(
            keyaki(&["batch", "--timing"], &satisfiable("1"))
                .out
                .trim_end()
        )
        .get("micros")
        .is_some()
    );
    assert!(
        parse(keyaki(&["batch"], &satisfiable("1")).out.trim_end())
            .get("micros")
            .is_none()
    );
}

#[test]
fn an_answer_is_flushed_while_the_input_is_open() {
    let mut child = command(&["batch"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("the command is built");
    let mut stdin = child.stdin.take().expect("it is piped");
    let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
    for id in ["1", "2", "3"] {
        writeln!(stdin, "{}", satisfiable(id)).expect("it listens");
        let mut line = String::new();
        stdout.read_line(&mut line).expect("it answers");
        assert_eq!(
            parse(line.trim_end())
                .get("id")
                .expect("it is echoed")
                .to_string(),
            id
        );
    }
    drop(stdin);
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let mut child = command(&["batch"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("the command is built");
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().expect("it is piped");
    // Enough answers to fill every buffer; writing fails once the command has gone.
    let line = satisfiable("1") + "\n";
    while stdin.write_all(line.as_bytes()).is_ok() {}
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
