//! Random small policies that hold every construct of the language, as JSON text.
//!
//! Words are few, so that statements meet: what one allows another denies, and values of one key stand in patterns of the next.

use super::dice::Dice;
use keyaki_language::policies::PolicyType;

const ACTIONS: [&str; 10] = [
    "s3:GetObject",
    "s3:Get*",
    "s3:*",
    "*",
    "s3:PutObject",
    "s3:P?tObject",
    "sqs:SendMessage",
    "S3:getobject",
    "*:Send*",
    "s3:Delete*",
];

const RESOURCES: [&str; 16] = [
    "*",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b/k",
    "arn:aws:s3:::b",
    "arn:aws:s3:::b*",
    "arn:*:s3:::b/?",
    "arn:aws*",
    "arn:aws:s3:::b/${aws:username}/*",
    "arn:aws:s3:::b/${aws:PrincipalTag/x}",
    "arn:aws:s3:::${aws:PrincipalTag/x, 'd'}/*",
    "arn:aws:s3:::b/${aws:PrincipalTag/x}/${aws:PrincipalTag/y}",
    "arn:aws:sqs:${aws:PrincipalTag/x}:111122223333:q*",
    "arn:aws:sqs:us-east-1:${aws:PrincipalAccount}:${aws:PrincipalTag/x}*",
    "arn:aws:sqs:us-east-1:111122223333:q",
    "arn:aws:sqs:*:444455556666:*",
    "arn:aws:s3:::b/${*}${s3:prefix}",
];

const ENTRIES: [&str; 24] = [
    r#""*""#,
    r#"{"AWS":"*"}"#,
    r#"{"AWS":"111122223333"}"#,
    r#"{"AWS":["arn:aws:iam::111122223333:root","444455556666"]}"#,
    r#"{"AWS":"arn:aws:iam::111122223333:user/Ann"}"#,
    r#"{"AWS":["arn:aws:iam::111122223333:user/p/Bo","arn:aws:iam::444455556666:role/r"]}"#,
    r#"{"AWS":["arn:aws:iam::111122223333:role/r","arn:aws:sts::111122223333:assumed-role/r/kim","111122223333"]}"#,
    r#"{"AWS":"arn:aws:sts::111122223333:assumed-role/r/kim"}"#,
    r#"{"AWS":["arn:aws:sts::111122223333:federated-user/Fay","111122223333","arn:aws:iam::111122223333:user/Ann"]}"#,
    r#"{"AWS":"arn:aws-cn:iam::111122223333:role/ops/r"}"#,
    r#"{"AWS":["111122223333","arn:aws:iam::111122223333:user/Ann"]}"#,
    r#"{"AWS":"AIDAEXAMPLEEXAMPLE123"}"#,
    r#"{"AWS":"arn:aws:iam::111122223333:user/*"}"#,
    r#"{"Service":"ec2.amazonaws.com"}"#,
    r#"{"Service":["ec2.amazonaws.com","sns.amazonaws.com"],"AWS":"444455556666"}"#,
    r#"{"Service":"*"}"#,
    r#"{"Federated":"arn:aws:iam::111122223333:saml-provider/P"}"#,
    r#"{"Federated":["accounts.google.com","cognito-identity.amazonaws.com"]}"#,
    r#"{"CanonicalUser":"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}"#,
    r#"{"AWS":"arn:aws:iam::111122223333:root"}"#,
    r#"{"AWS":["arn:aws:iam::444455556666:user/Eve","arn:aws:sts::444455556666:federated-user/Fay"]}"#,
    r#"{"AWS":"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}"#,
    r#"{"AWS":["arn:aws:iam::111122223333:role/ops/r","111122223333","arn:aws:sts::111122223333:assumed-role/r/run"]}"#,
    r#"{"AWS":[]}"#,
];

/// Keys compared as text, single-valued or of unknown arity.
const TEXT_KEYS: [&str; 20] = [
    "aws:PrincipalTag/x",
    "aws:PrincipalTag/y",
    "aws:SourceArn",
    "s3:prefix",
    "aws:username",
    "aws:userid",
    "aws:PrincipalArn",
    "aws:PrincipalAccount",
    "aws:SourceAccount",
    "aws:ResourceAccount",
    "aws:PrincipalOrgID",
    "aws:ResourceOrgID",
    "aws:PrincipalType",
    "aws:RequestTag/x",
    "aws:PrincipalServiceName",
    "kms:CallerAccount",
    "aws:PrincipalIsAWSService",
    "s3:x-amz-acl",
    "aws:SourceVpce",
    "aws:PrincipalTag/x",
];

const MANY_KEYS: [&str; 6] = [
    "aws:TagKeys",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalServiceNamesList",
    "aws:CalledVia",
    "s3:tagged",
    "aws:TagKeys",
];

const TEXTS: [&str; 30] = [
    "a",
    "ab",
    "A",
    "a*",
    "*",
    "?",
    "?*",
    "",
    "*b",
    "a?",
    "kim",
    "Ann",
    "${aws:username}",
    "${aws:PrincipalTag/x}",
    "${aws:PrincipalTag/x, 'a'}",
    "${aws:PrincipalTag/y}*",
    "a${s3:prefix}",
    "*${aws:PrincipalTag/x}${aws:PrincipalTag/y}",
    "${aws:PrincipalAccount}",
    "${aws:userid}",
    "${aws:SourceArn}",
    "${*}",
    "111122223333",
    "444455556666",
    "1111*",
    "o-a",
    "o-a/r-b/*",
    "o-a/r-b/ou-c/",
    "true",
    "User",
];

const ARNS: [&str; 12] = [
    "arn:aws:iam::111122223333:role/r",
    "arn:aws:iam::*:user/Ann",
    "arn:aws:iam::111122223333:*",
    "arn:*:iam::444455556666:role/*",
    "arn:aws:s3:::b",
    "arn:aws:s3:::${aws:PrincipalTag/x}",
    "arn:aws:s3:${aws:PrincipalTag/x}::*",
    "arn:aws:s3:${aws:PrincipalTag/x}:${aws:PrincipalTag/x}:${aws:PrincipalTag/x}",
    "arn:aws:sns:*:*:t?",
    "*",
    "arn:aws:s3:::b/${aws:username}",
    "short:arn",
];

const NUMBERS: [&str; 8] = ["0", "1", "10", "-1", "1.5", "10.0", "3600", "many"];
const DATES: [&str; 6] = [
    "2024-01-01T00:00:00Z",
    "2024-06-30T12:00:00Z",
    "2024-01-01T00:00:00.5Z",
    "1704067200",
    "1719748800",
    "soon",
];
const BLOCKS: [&str; 8] = [
    "10.0.0.0/8",
    "10.1.0.0/16",
    "10.1.2.3",
    "0.0.0.0/0",
    "2001:db8::/32",
    "::/0",
    "192.168.0.0/16",
    "nowhere",
];
const WORDS: [&str; 4] = ["true", "false", "TRUE", "perhaps"];
const BYTES: [&str; 4] = ["YQ==", "YWI=", "YQ", "!"];

const TEXT_OPERATORS: [&str; 6] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
];
const ARN_OPERATORS: [&str; 4] = ["ArnLike", "ArnNotLike", "ArnEquals", "ArnNotEquals"];

/// A policy of one to four statements.
pub(crate) fn policy(dice: &mut Dice, policy_type: PolicyType) -> String {
    let count = 1 + dice.below(4);
    let statements: Vec<String> = (0..count)
        .map(|at| {
            let allow = at == 0 || !dice.once_in(3);
            statement(dice, policy_type, allow)
        })
        .collect();
    document(&statements, !dice.once_in(12))
}

/// A document of some statements; `new` tells its version.
pub(crate) fn document(statements: &[String], new: bool) -> String {
    let version = if new { "2012-10-17" } else { "2008-10-17" };
    let list = statements.join(",");
    format!(r#"{{"Version":"{version}","Statement":[{list}]}}"#)
}

/// A statement.
pub(crate) fn statement(dice: &mut Dice, policy_type: PolicyType, allow: bool) -> String {
    let mut out = format!(r#"{{"Effect":"{}""#, if allow { "Allow" } else { "Deny" });
    match policy_type {
        PolicyType::Resource => {
            let not = if dice.once_in(6) { "Not" } else { "" };
            out += &format!(r#","{not}Principal":{}"#, dice.pick(&ENTRIES));
        }
        PolicyType::ResourceControl => out += r#","Principal":"*""#,
        PolicyType::Identity | PolicyType::ServiceControl => {}
    }
    let not = if dice.once_in(8) { "Not" } else { "" };
    out += &format!(r#","{not}Action":{}"#, list(dice, &ACTIONS, 2));
    let not = if dice.once_in(8) { "Not" } else { "" };
    out += &format!(r#","{not}Resource":{}"#, list(dice, &RESOURCES, 2));
    let conditions: Vec<String> = (0..dice.below(4)).map(|_| condition(dice)).collect();
    // An operator stands once in a block: the first condition with it is taken.
    let mut seen = Vec::new();
    let operator = |text: &str| text.split('"').nth(1).unwrap_or_default().to_owned();
    let block: Vec<&str> = conditions
        .iter()
        .map(String::as_str)
        .filter(|text| {
            let new = !seen.contains(&operator(text));
            seen.push(operator(text));
            new
        })
        .collect();
    if !block.is_empty() {
        out += &format!(r#","Condition":{{{}}}"#, block.join(","));
    }
    out + "}"
}

fn list(dice: &mut Dice, words: &[&str], most: usize) -> String {
    let count = 1 + dice.below(most);
    let words: Vec<String> = (0..count)
        .map(|_| format!(r#""{}""#, dice.pick(words)))
        .collect();
    format!("[{}]", words.join(","))
}

/// As [`list`], but the last word, which has no meaning, comes up less often.
fn mostly(dice: &mut Dice, words: &[&str], most: usize) -> String {
    let known = words.len() - usize::from(!dice.once_in(5));
    list(dice, &words[..known], most)
}

/// `"Operator":{"key":[values]}`.
fn condition(dice: &mut Dice) -> String {
    let if_exists = if dice.once_in(4) { "IfExists" } else { "" };
    let compared = |dice: &mut Dice, names: &[&str]| {
        let count = names.len();
        names[dice.below(count)].to_owned()
    };
    let (operator, key, values) = match dice.below(14) {
        0 => (
            compared(
                dice,
                &[
                    "NumericEquals",
                    "NumericNotEquals",
                    "NumericLessThan",
                    "NumericGreaterThanEquals",
                ],
            ),
            dice.pick(&["s3:max-keys", "aws:MultiFactorAuthAge"]),
            mostly(dice, &NUMBERS, 2),
        ),
        1 => (
            compared(
                dice,
                &[
                    "DateEquals",
                    "DateNotEquals",
                    "DateLessThan",
                    "DateGreaterThanEquals",
                ],
            ),
            dice.pick(&["aws:CurrentTime", "aws:EpochTime", "aws:TokenIssueTime"]),
            mostly(dice, &DATES, 2),
        ),
        2 => (
            compared(dice, &["IpAddress", "NotIpAddress"]),
            dice.pick(&["aws:SourceIp", "aws:VpcSourceIp"]),
            mostly(dice, &BLOCKS, 3),
        ),
        3 => (
            "Bool".to_owned(),
            dice.pick(&[
                "aws:SecureTransport",
                "aws:MultiFactorAuthPresent",
                "aws:PrincipalIsAWSService",
            ]),
            mostly(dice, &WORDS, 2),
        ),
        4 => (
            "BinaryEquals".to_owned(),
            &"x:bytes",
            mostly(dice, &BYTES, 2),
        ),
        5 => {
            let key = if dice.once_in(3) {
                dice.pick(&MANY_KEYS)
            } else {
                dice.pick(&TEXT_KEYS)
            };
            let value = list(dice, &WORDS[..2], 1);
            return format!(r#""Null":{{"{key}":{value}}}"#);
        }
        6 | 7 => (
            dice.pick(&ARN_OPERATORS).to_string(),
            dice.pick(&[
                "aws:SourceArn",
                "aws:PrincipalArn",
                "aws:PrincipalTag/x",
                "aws:SourceArn",
            ]),
            mostly(dice, &ARNS, 2),
        ),
        8 | 9 => {
            let set = dice.pick(&["ForAllValues:", "ForAnyValue:"]);
            let key = if dice.once_in(6) {
                dice.pick(&TEXT_KEYS)
            } else {
                dice.pick(&MANY_KEYS)
            };
            let operator = format!("{set}{}", dice.pick(&TEXT_OPERATORS));
            let values = list(dice, &TEXTS, 3);
            return format!(r#""{operator}{if_exists}":{{"{key}":{values}}}"#);
        }
        10 => (
            dice.pick(&TEXT_OPERATORS).to_string(),
            dice.pick(&[
                "aws:SourceIp",
                "s3:max-keys",
                "aws:TokenIssueTime",
                "aws:TagKeys",
                "aws:PrincipalOrgPaths",
            ]),
            list(dice, &TEXTS, 2),
        ),
        11 => (
            dice.pick(&TEXT_OPERATORS).to_string(),
            dice.pick(&["aws:SourceArn", "aws:PrincipalArn"]),
            list(dice, &ARNS, 2),
        ),
        _ => (
            dice.pick(&TEXT_OPERATORS).to_string(),
            dice.pick(&TEXT_KEYS),
            list(dice, &TEXTS, 3),
        ),
    };
    format!(r#""{operator}{if_exists}":{{"{key}":{values}}}"#)
}
