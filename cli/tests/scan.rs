//! `keyaki scan` and `keyaki explain`, above all on the sample organization.

mod common;

use common::{command, file, folder, keyaki, parse, text};
use keyaki_language::json::Json;

/// A queue that anyone may write to, named so that it would be markup, a formula and a broken table.
const HOSTILE: &str = r#"{"resourceArn":"arn:aws:sqs:us-east-1:111122223333:q","resourceType":"AWS::SQS::Queue","resourceOwnerAccount":"111122223333","region":"us-east-1","configuration":{"sqsQueue":{"queuePolicy":{"Statement":{"Sid":"=cmd|<script>alert(1)</script>\"","Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"*"}}}}}"#;

fn members<'a>(report: &'a Json, name: &str) -> &'a [Json<'a>] {
    report
        .get(name)
        .and_then(Json::as_array)
        .unwrap_or_else(|| panic!("`{name}` is missing"))
}

#[test]
fn the_sample_has_what_was_planted() {
    let run = keyaki(&["scan", "--format", "json"], "");
    assert_eq!(run.status, 1, "{}", run.err);
    let report = parse(&run.out);
    let findings = members(&report, "findings");
    let advisories = members(&report, "advisories");
    let of = |list: &'static str, resource: &str| {
        members(&report, list)
            .iter()
            .filter(|item| item.get("resource").and_then(Json::as_str) == Some(resource))
            .count()
    };
    let public = |resource: &str| {
        findings.iter().any(|finding| {
            text(finding, "resource") == resource
                && finding.get("isPublic").and_then(Json::as_bool) == Some(true)
        })
    };
    let mut wrong = Vec::new();
    let mut planted = Vec::new();
    for line in keyaki_corpus::sample::PLANTED.lines() {
        let line = parse(line);
        let (resource, expect) = (
            text(&line, "resource").to_owned(),
            text(&line, "expect").to_owned(),
        );
        let (found, advised) = (of("findings", &resource), of("advisories", &resource));
        let right = match expect.as_str() {
            "public" => public(&resource),
            "external" => found > 0 && !public(&resource),
            "advisory" => found == 0 && advised > 0,
            "quiet" => found == 0,
            other => panic!("`{other}` is not a kind of expectation"),
        };
        if !right {
            wrong.push(format!(
                "{resource}: expected {expect}, got {found} findings and {advised} advisories"
            ));
        }
        planted.push(resource);
    }
    for item in findings.iter().chain(advisories) {
        let resource = text(item, "resource").to_owned();
        if !planted.contains(&resource) {
            wrong.push(format!("{resource}: nothing was planted there, got {item}"));
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
fn a_finding_has_the_members_of_the_real_service_and_ours() {
    let report = parse(&keyaki(&["scan", "--format", "json"], "").out);
    assert_eq!(
        report
            .get("schemaVersion")
            .expect("it is there")
            .to_string(),
        "1"
    );
    for finding in members(&report, "findings") {
        for name in [
            "id",
            "resource",
            "resourceType",
            "resourceOwnerAccount",
            "status",
        ] {
            assert!(!text(finding, name).is_empty());
        }
        for name in [
            "principal",
            "condition",
            "action",
            "sources",
            "isPublic",
            "statements",
            "witness",
        ] {
            assert!(
                finding.get(name).is_some(),
                "`{name}` is missing in {finding}"
            );
        }
        assert!(text(finding, "consoleUrl").starts_with("https://"));
    }
    let mut ids: Vec<&str> = members(&report, "findings")
        .iter()
        .map(|finding| text(finding, "id"))
        .collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "ids are unique");
    let summary = report.get("summary").expect("it is there");
    assert_eq!(
        summary.get("findings").expect("it is counted").to_string(),
        all.to_string()
    );
    assert_eq!(
        summary
            .get("resources")
            .expect("they are counted")
            .to_string(),
        "201"
    );
    assert_eq!(
        members(&report, "notAnalysed").len(),
        2,
        "the manifest names two gaps"
    );
}

#[test]
fn every_format_tells_every_finding() {
    let report = parse(&keyaki(&["scan", "--format", "json"], "").out);
    let findings = members(&report, "findings");
    for format in ["table", "jsonl", "csv", "markdown", "html"] {
        let run = keyaki(&["scan", "--format", format], "");
        assert_eq!((run.status, run.err.as_str()), (1, ""), "{format}");
        for finding in findings {
            assert!(
                run.out.contains(text(finding, "id")),
                "{format} does not tell {finding}"
            );
        }
        assert!(
            run.out.contains("TooManyRequestsException"),
            "{format} does not tell what was not analysed"
        );
    }
    let jsonl = keyaki(&["scan", "--format", "jsonl"], "").out;
    let kinds: Vec<String> = jsonl
        .lines()
        .map(|line| text(&parse(line), "kind").to_owned())
        .collect();
    assert_eq!(
        kinds.iter().filter(|kind| *kind == "finding").count(),
        findings.len()
    );
    assert_eq!(kinds.last().map(String::as_str), Some("summary"));
}

#[test]
fn threads_do_not_change_a_byte() {
    let one = keyaki(&["scan", "--format", "jsonl", "--threads", "1"], "");
    let five = keyaki(&["scan", "--format", "jsonl", "--threads", "5"], "");
    assert!(one.out == five.out);
}

#[test]
fn filters_leave_out_the_rest() {
    let public = parse(&keyaki(&["scan", "--format", "json", "--public-only"], "").out);
    assert!(!members(&public, "findings").is_empty());
    assert!(
        members(&public, "findings")
            .iter()
            .all(|finding| finding.get("isPublic").and_then(Json::as_bool) == Some(true))
    );
    let queues = parse(
        &keyaki(
            &["scan", "--format", "json", "--only-type", "AWS::SQS::Queue"],
            "",
        )
        .out,
    );
    assert!(!members(&queues, "findings").is_empty());
    assert!(
        members(&queues, "findings")
            .iter()
            .all(|finding| text(finding, "resourceType") == "AWS::SQS::Queue")
    );
    assert_eq!(keyaki(&["scan", "--only-type", "queue"], "").status, 2);
}

#[test]
fn the_zone_of_trust_decides() {
    let count = |zone: &str| {
        let report = parse(&keyaki(&["scan", "--format", "json", "--zone", zone], "").out);
        members(&report, "findings").len()
    };
    assert!(count("account") > count("organization"));
    assert!(count("o-momiji7k2q,720000000001,720000000002,720000000003") < count("organization"));
    let run = keyaki(&["scan", "-", "--zone", "organization"], HOSTILE);
    assert_eq!(run.status, 2);
    assert!(run.err.contains("no organization"), "{}", run.err);
}

#[test]
fn names_cannot_break_out_of_a_format() {
    let run = |format: &str| {
        let run = keyaki(&["scan", "-", "--format", format], HOSTILE);
        assert_eq!(run.status, 1, "{}", run.err);
        run.out
    };
    assert!(!run("html").contains("<script>alert"));
    assert!(!run("markdown").contains("<script>"));
    assert!(
        run("csv").contains(r#"(=cmd|<script>alert(1)</script>"")""#),
        "a quote in a cell is doubled"
    );
    assert_eq!(members(&parse(&run("json")), "findings").len(), 1);
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_is_analysed() {
    let snapshot = format!("not json\n{HOSTILE}\n{}", &HOSTILE[..200]);
    let run = keyaki(&["scan", "-", "--format", "json"], &snapshot);
    assert_eq!(run.status, 1);
    let report = parse(&run.out);
    assert_eq!(members(&report, "findings").len(), 1);
    let places: Vec<String> = members(&report, "notAnalysed")
        .iter()
        .map(|item| item.get("line").expect("it has a line").to_string())
        .collect();
    assert_eq!(places, ["1", "3"]);
    let quiet = HOSTILE.replace(
        r#""Principal":"*""#,
        r#""Principal":{"AWS":"111122223333"}"#,
    );
    assert_eq!(keyaki(&["scan", "-"], &quiet).status, 0);
    assert_eq!(
        keyaki(&["scan", "-"], &format!("{quiet}\nnot json\n")).status,
        3
    );
}

#[test]
fn snapshots_are_folders_files_or_errors() {
    let folder = folder("snapshot");
    let path = file(&folder, "resources.jsonl", &format!("{HOSTILE}\n"));
    let folder = folder.display().to_string();
    assert_eq!(keyaki(&["scan", &folder], "").status, 1);
    assert_eq!(
        keyaki(&["scan", &folder], "").out,
        keyaki(&["scan", &path], "").out
    );
    for wrong in [
        format!("{folder}/missing"),
        env!("CARGO_MANIFEST_DIR").to_owned(),
    ] {
        let run = keyaki(&["scan", &wrong], "");
        assert_eq!((run.status, run.out.as_str()), (2, ""));
        assert!(
            run.err.starts_with("error: ") && run.err.contains("hint: "),
            "{}",
            run.err
        );
    }
}

#[test]
fn explain_tells_the_statement_and_the_cure() {
    let report = parse(&keyaki(&["scan", "-", "--format", "json"], HOSTILE).out);
    let id = text(&members(&report, "findings")[0], "id").to_owned();
    let run = keyaki(&["explain", &id[..6], "-"], HOSTILE);
    assert_eq!(run.status, 0, "{}", run.err);
    for expected in [
        id.as_str(),
        "sqs:SendMessage",
        "\"Principal\"",
        "aws:PrincipalOrgID",
        "A request that gets in",
    ] {
        assert!(
            run.out.contains(expected),
            "`{expected}` is missing in {}",
            run.out
        );
    }
    let run = keyaki(&["explain", "zzzz"], "");
    assert_eq!(run.status, 2);
    assert!(
        run.err.contains("no finding") && run.err.contains("hint: "),
        "{}",
        run.err
    );
}

#[test]
fn every_finding_of_the_sample_can_be_explained() {
    let report = parse(&keyaki(&["scan", "--format", "json"], "").out);
    for finding in members(&report, "findings").iter().step_by(5) {
        let run = keyaki(&["explain", text(finding, "id")], "");
        assert_eq!(run.status, 0, "{}", run.err);
        assert!(run.out.contains("What would close it\n  - "), "{}", run.out);
    }
}

#[test]
fn a_closed_pipe_ends_quietly() {
    for format in ["table", "json", "csv"] {
        let mut child = command(&["scan", "--format", format])
            .spawn()
            .expect("the command is built");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    }
}

/// Every document of the sample organization has a certificate that is accepted; only grants that let nobody in have none.
#[test]
fn a_scan_proves_what_its_documents_allow() {
    let folder = common::folder("scan_certificates").join("evidence");
    let path = folder.display().to_string();
    let run = keyaki(&["scan", "--format", "jsonl", "--certificates", &path], "");
    assert_eq!((run.status, run.err.as_str()), (1, ""));
    let index = std::fs::read_to_string(folder.join("index.jsonl")).expect("an index");
    let entries: Vec<_> = index.lines().map(parse).collect();
    let proved: Vec<&str> = entries
        .iter()
        .filter_map(|entry| entry.get("certificate").and_then(|file| file.as_str()))
        .collect();
    assert!(
        proved.len() > 180 && entries.len() > proved.len(),
        "{} of {}",
        proved.len(),
        entries.len()
    );
    let reasons = entries
        .iter()
        .filter_map(|entry| entry.get("none")?.as_str());
    let mut other = reasons.filter(|why| !why.starts_with("the grants let nobody in"));
    assert_eq!(other.next(), None);
    // A policy that is public behind Block Public Access has a witness of that beside the certificate.
    let witnesses = index.matches("\"RestrictPublicBuckets").count();
    assert!(witnesses > 0 && index.contains("\"resource control policy"));
    let mut arguments = vec!["verify".to_owned()];
    arguments.extend(
        proved
            .iter()
            .map(|file| folder.join(file).display().to_string()),
    );
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let verified = keyaki(&arguments, "");
    assert_eq!(verified.status, 0, "{}", verified.out);
    let accepted = verified.out.matches("accepted").count();
    assert_eq!(accepted, proved.len() + witnesses);
    // Some speak of findings, others of nobody.
    assert!(verified.out.contains("lets in nobody from outside"));
    assert!(
        verified
            .out
            .contains("lets in nobody else from outside than")
    );
    assert!(verified.out.contains("and no smaller list covers it"));
    // A folder that holds something is left alone.
    let again = keyaki(&["scan", "--certificates", &path], "");
    assert_eq!(again.status, 2);
    assert!(again.err.contains("not empty"), "{}", again.err);
}
