//! `keyaki check`, `compare`, `evaluate` and what they say when something is wrong.

mod common;

use common::{file, folder, keyaki, parse, text};

const READ: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"}
  ]
}
"#;

fn everyone() -> String {
    READ.replace("\"Effect\"", "\"Principal\": \"*\", \"Effect\"")
}

#[test]
fn no_new_access_tells_the_request_and_the_statement() {
    let folder = folder("no_new_access");
    let old = file(&folder, "old.json", READ);
    let new = file(&folder, "new.json", &READ.replace("GetObject", "*"));
    let fails = keyaki(&["check", "no-new-access", &old, &new], "");
    assert_eq!(fails.status, 1, "{}", fails.err);
    assert!(fails.out.starts_with("fails: "), "{}", fails.out);
    assert!(fails.out.contains(&format!("{new}:4:5")), "{}", fails.out);
    assert!(
        fails.out.contains("`Read`") && fails.out.contains("arn:aws:s3:::reports/"),
        "{}",
        fails.out
    );
    let holds = keyaki(&["check", "no-new-access", &new, &old], "");
    assert_eq!((holds.status, holds.err.as_str()), (0, ""));
    assert!(holds.out.starts_with("holds: "));
}

#[test]
fn format_json_is_the_batch_answer() {
    let folder = folder("format_json");
    let old = file(&folder, "old.json", READ);
    let new = file(&folder, "new.json", &READ.replace("GetObject", "*"));
    let run = keyaki(
        &["check", "no-new-access", &old, &new, "--format", "json"],
        "",
    );
    let line = format!(
        r#"{{"id":null,"question":"no-new-access","policyType":"IDENTITY_POLICY","existingPolicyDocument":{READ},"newPolicyDocument":{}}}"#,
        READ.replace("GetObject", "*")
    );
    assert_eq!(run.out, keyaki(&["batch"], &line.replace('\n', " ")).out);
}

#[test]
fn not_granted_asks_for_actions_and_resources() {
    let status = |arguments: &[&str]| {
        keyaki(&[&["check", "not-granted", "-"], arguments].concat(), READ).status
    };
    assert_eq!(status(&["--action", "s3:Get*"]), 1);
    assert_eq!(status(&["--action", "s3:PutObject", "s3:DeleteObject"]), 0);
    assert_eq!(status(&["--resource", "arn:aws:s3:::other/*"]), 0);
    assert_eq!(
        status(&[
            "--action",
            "s3:GetObject",
            "--resource",
            "arn:aws:s3:::reports/2024"
        ]),
        1
    );
    assert_eq!(status(&[]), 2, "nothing to ask for");
}

#[test]
fn public_and_external_access_are_questions_of_their_own() {
    let bucket = ["--resource-type", "AWS::S3::Bucket"];
    let check = |question: &str, more: &[&str], policy: &str| {
        keyaki(
            &[&["check", question, "-"], &bucket[..], more].concat(),
            policy,
        )
        .status
    };
    let partner = everyone().replace("\"*\"", "{\"AWS\": \"444455556666\"}");
    assert_eq!(check("no-public-access", &[], &everyone()), 1);
    assert_eq!(check("no-public-access", &[], &partner), 0);
    assert_eq!(
        check("no-external-access", &["--zone", "111122223333"], &partner),
        1
    );
    assert_eq!(
        check(
            "no-external-access",
            &["--zone", "111122223333,444455556666"],
            &partner
        ),
        0
    );
}

#[test]
fn compare_and_its_statuses() {
    let folder = folder("compare");
    let narrow = file(&folder, "narrow.json", READ);
    let wide = file(&folder, "wide.json", &READ.replace("GetObject", "*"));
    let other = file(
        &folder,
        "other.json",
        &READ.replace("GetObject", "PutObject"),
    );
    for (old, new, status, relation) in [
        (&narrow, &narrow, 0, "equivalent"),
        (&wide, &narrow, 0, "narrower"),
        (&narrow, &wide, 1, "wider"),
        (&narrow, &other, 1, "incomparable"),
    ] {
        let run = keyaki(&["compare", old, new], "");
        assert_eq!(run.status, status);
        assert!(run.out.starts_with(&format!("{relation}: ")), "{}", run.out);
    }
}

#[test]
fn evaluate_joins_files_and_tells_what_applies() {
    let folder = folder("evaluate");
    let request = file(
        &folder,
        "request.json",
        r#"{"principal":"arn:aws:iam::111122223333:user/Ann","action":"s3:GetObject","resource":"arn:aws:s3:::reports/a","resourceAccount":"111122223333"}"#,
    );
    let read = file(&folder, "read.json", READ);
    let all = file(
        &folder,
        "all.json",
        r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#,
    );
    let none = file(
        &folder,
        "none.json",
        r#"{"Statement":{"Sid":"No","Effect":"Deny","Action":"s3:*","Resource":"*"}}"#,
    );
    let allowed = keyaki(
        &["evaluate", &request, "--identity", &read, "--scp", &all],
        "",
    );
    assert_eq!(allowed.status, 0, "{}", allowed.err);
    assert!(
        allowed.out.contains("Allow /identity/0/Statement/0 `Read`"),
        "{}",
        allowed.out
    );
    let denied = keyaki(
        &[
            "evaluate",
            &request,
            "--identity",
            &read,
            "--scp",
            &all,
            "--scp",
            &format!("{all},{none}"),
        ],
        "",
    );
    assert_eq!(denied.status, 1);
    assert!(
        denied.out.starts_with("ExplicitlyDenied: ") && denied.out.contains("`No`"),
        "{}",
        denied.out
    );
    let nothing = keyaki(&["evaluate", &request, "--format", "json"], "");
    assert_eq!(
        nothing.out,
        "{\"id\":null,\"decision\":\"ImplicitlyDenied\"}\n"
    );
    let whole = format!(
        r#"{{"request":{},"policies":{{"identity":[{READ}]}}}}"#,
        std::fs::read_to_string(&request).expect("it was written")
    );
    assert_eq!(keyaki(&["evaluate", "-"], &whole).status, 0);
}

#[test]
fn errors_name_file_place_pointer_and_cure() {
    let folder = folder("errors");
    let path = file(
        &folder,
        "bad.json",
        "{\n  \"Statement\": {\"Effect\": \"Allow\", \"Action\": \"s3:*\", \"Resource\": \"*\",\n    \"Condition\": {\"StringLikes\": {\"aws:username\": \"Ann\"}}}\n}\n",
    );
    let run = keyaki(&["check", "not-granted", &path, "--action", "s3:*"], "");
    assert_eq!((run.status, run.out.as_str()), (2, ""));
    let lines: Vec<&str> = run.err.lines().collect();
    assert_eq!(
        lines[0],
        format!(
            "error: {path}:3:19: unknown condition operator `StringLikes` at /Statement/Condition/StringLikes"
        )
    );
    assert!(
        lines[1].starts_with("    3 | ")
            && lines[2].trim_start().starts_with('|')
            && lines[2].contains("^^^"),
        "{}",
        run.err
    );
    assert_eq!(lines[3], "hint: did you mean `StringLike`?");
}

#[test]
fn what_cannot_be_read_is_said_plainly() {
    let folder = folder("unreadable");
    let utf8 = folder.join("utf8.json");
    std::fs::write(&utf8, b"{}\n\xff").expect("the file can be written");
    let deep = file(&folder, "deep.json", &"[".repeat(10_000));
    let large = folder.join("large.json");
    std::fs::File::create(&large)
        .and_then(|file| file.set_len(50 << 20))
        .expect("the file can be made");
    for (path, message) in [
        (
            folder.join("missing.json").display().to_string(),
            "no such file",
        ),
        (folder.display().to_string(), "it is a directory"),
        (
            utf8.display().to_string(),
            "byte 3, on line 2, is not UTF-8",
        ),
        (deep, "more than 64 deep"),
        (large.display().to_string(), "larger than 16 MiB"),
    ] {
        let run = keyaki(&["check", "not-granted", &path, "--action", "s3:*"], "");
        assert_eq!((run.status, run.out.as_str()), (2, ""), "{path}");
        assert!(
            run.err.starts_with("error: ") && run.err.contains(message),
            "{}",
            run.err
        );
    }
}

#[test]
fn a_policy_of_the_wrong_type_is_refused() {
    let run = keyaki(
        &[
            "check",
            "not-granted",
            "-",
            "--action",
            "s3:*",
            "--policy-type",
            "identity",
        ],
        &everyone(),
    );
    assert_eq!(run.status, 2);
    assert!(
        run.err.contains("<stdin>:4:") && run.err.contains("Principal"),
        "{}",
        run.err
    );
}

#[test]
fn text_of_documents_sends_no_control_sequences() {
    let policy = READ.replace("\"Read\"", "\"\\u001b[31mred\"");
    let run = keyaki(&["check", "not-granted", "-", "--action", "s3:*"], &policy);
    assert_eq!(run.status, 1, "{}", run.err);
    assert!(
        !run.out.contains('\x1b') && run.out.contains("\\u{1b}[31mred"),
        "{:?}",
        run.out
    );
}

#[test]
fn colour_is_used_where_it_is_asked_for() {
    let arguments = ["check", "not-granted", "-", "--action", "s3:*"];
    assert!(!keyaki(&arguments, READ).out.contains('\x1b'));
    let coloured = keyaki(&[&arguments[..], &["--color", "always"]].concat(), READ);
    assert!(coloured.out.contains("\x1b[1;31mfails\x1b[0m"));
}

#[test]
fn help_version_and_completions_are_answers() {
    for arguments in [
        &["--help"][..],
        &["--version"],
        &["scan", "--help"],
        &["check", "no-new-access", "--help"],
        &["evaluate", "--help"],
        &["batch", "--help"],
        &["explain", "--help"],
        &["completions", "bash"],
        &["completions", "zsh"],
        &["completions", "fish"],
    ] {
        let run = keyaki(arguments, "");
        assert_eq!((run.status, run.err.as_str()), (0, ""), "{arguments:?}");
        assert!(run.out.contains("keyaki"));
    }
    assert!(keyaki(&["scan", "--help"], "").out.contains("Examples:"));
    assert_eq!(keyaki(&["frobnicate"], "").status, 2);
}

#[test]
fn a_line_with_a_broken_string_document_names_the_outer_pointer() {
    let line = r#"{"id":1,"question":"satisfiable","policyType":"IDENTITY_POLICY","policyDocument":"{\"Statement\":{\"Effect\":\"Allow\"}}"}"#;
    let answer = parse(keyaki(&["batch"], line).out.trim_end());
    let error = answer.get("error").expect("`Action` is missing");
    assert!(text(error, "at").starts_with("/policyDocument"), "{error}");
}

#[test]
fn stats_are_told_when_asked_for_and_change_no_answer() {
    let folder = folder("command_stats");
    let old = file(&folder, "old.json", READ);
    let new = file(&folder, "new.json", &READ.replace("GetObject", "*"));
    for command in [&["check", "no-new-access"][..], &["compare"]] {
        let plain = keyaki(&[command, &[&old, &new]].concat(), "");
        let told = keyaki(&[command, &[&old, &new, "--stats"]].concat(), "");
        assert_eq!((&told.out, told.status), (&plain.out, plain.status));
        assert_eq!(plain.err, "");
        assert!(
            told.err.starts_with("work: ") && told.err.contains(" closed\n"),
            "{}",
            told.err
        );
    }
}
