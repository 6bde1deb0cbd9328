//! `keyaki count` and `keyaki compare --count`.

mod common;

use common::{file, folder, keyaki, parse, text};
use keyaki_language::json::Json;

const TWO: &str = r#"{"Version":"2012-10-17","Statement":[
  {"Sid":"Office","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/k","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}},
  {"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/k","Condition":{"IpAddress":{"aws:SourceIp":["203.0.113.128/25","2001:db8::/32"]}}}]}"#;

fn number<'a>(json: &'a Json, path: &[&str]) -> &'a str {
    let found = path.iter().fold(json, |json, name| {
        json.get(name)
            .unwrap_or_else(|| panic!("`{name}` is missing in {json}"))
    });
    text(found, "count")
}

#[test]
fn addresses_are_counted_once_and_for_each_statement() {
    let run = keyaki(&["count", "-", "--format", "json"], TWO);
    assert_eq!((run.status, run.err.as_str()), (0, ""));
    let counts = parse(&run.out);
    assert_eq!(number(&counts, &["addresses", "ipv4"]), "256");
    let six = "79228162514264337593543950336";
    assert_eq!(number(&counts, &["addresses", "ipv6"]), six);
    // One resource and one action: a request for each address.
    assert_eq!(
        number(&counts, &["requests"]),
        "79228162514264337593543950592"
    );
    let statements = counts
        .get("statements")
        .and_then(Json::as_array)
        .expect("a list");
    assert_eq!(text(&statements[0], "sid"), "Office");
    assert_eq!(number(&statements[0], &["addresses", "ipv4"]), "256");
    assert_eq!(number(&statements[0], &["addresses", "ipv6"]), "0");
    assert_eq!(number(&statements[1], &["addresses", "ipv4"]), "128");
}

#[test]
fn people_read_numbers_and_reasons() {
    let run = keyaki(&["count", "-"], TWO);
    assert_eq!(run.status, 0);
    for part in [
        "at most 128 characters",
        "2^96.00",
        "256 of version 4",
        "statement 0 `Office`",
    ] {
        assert!(run.out.contains(part), "`{part}` is missing in {}", run.out);
    }
    let tied = TWO.replace("b/k", "b/${aws:username}");
    let run = keyaki(&["count", "-"], &tied);
    assert_eq!(run.status, 3);
    assert!(
        run.out.contains("not counted: policy variables"),
        "{}",
        run.out
    );
    assert!(
        run.out.contains("256 of version 4"),
        "addresses need no bound: {}",
        run.out
    );
}

#[test]
fn what_is_new_is_told_as_a_share() {
    let folder = folder("count_compare");
    let old = file(
        &folder,
        "old.json",
        &TWO.replace("2001:db8::/32", "203.0.113.1"),
    );
    let new = file(
        &folder,
        "new.json",
        &TWO.replace("2001:db8::/32", "198.51.100.0/25"),
    );
    let run = keyaki(&["compare", &old, &new, "--count"], "");
    assert_eq!(run.status, 1, "{}", run.err);
    assert!(
        run.out
            .contains("only the new policy allows: 128, 50.0000 % of the existing access"),
        "{}",
        run.out
    );
    let run = keyaki(&["compare", &old, &new, "--count", "--format", "json"], "");
    let answer = parse(&run.out);
    let counts = answer.get("counts").expect("counts");
    assert_eq!(number(counts, &["existing"]), "256");
    assert_eq!(number(counts, &["onlyExisting"]), "0");
    assert_eq!(text(counts, "onlyNewPerMillionOfExisting"), "500000");
}

#[test]
fn addresses_are_counted_for_each_finding_of_a_resource() {
    let policy = TWO
        .replace("\"Effect\"", "\"Principal\":{\"AWS\":\"*\"},\"Effect\"")
        .replace("b/k", "b/*");
    let arguments = ["--resource", "arn:aws:s3:::b", "--account", "111122223333"];
    let run = keyaki(
        &[&["count", "-", "--format", "json"], &arguments[..]].concat(),
        &policy,
    );
    assert_eq!((run.status, run.err.as_str()), (0, ""));
    let counts = parse(&run.out);
    let findings = counts
        .get("findings")
        .and_then(Json::as_array)
        .expect("a list");
    let found: Vec<(&str, &str, &str)> = findings
        .iter()
        .map(|finding| {
            let condition = finding.get("condition").expect("a condition");
            let four = number(finding, &["addresses", "ipv4"]);
            let six = number(finding, &["addresses", "ipv6"]);
            (text(condition, "aws:SourceIp"), four, six)
        })
        .collect();
    let wanted = [
        ("2001:db8::/32", "0", "79228162514264337593543950336"),
        ("203.0.113.0/24", "256", "0"),
    ];
    assert_eq!(found, wanted);
    let run = keyaki(&[&["count", "-"], &arguments[..]].concat(), &policy);
    assert!(
        run.out
            .contains("aws:SourceIp = 203.0.113.0/24: 256 of version 4"),
        "{}",
        run.out
    );
    let nothing = ["--resource", "arn:aws:ec2:::b", "--account", "111122223333"];
    assert_eq!(
        keyaki(&[&["count", "-"], &nothing[..]].concat(), &policy).status,
        2
    );
}
