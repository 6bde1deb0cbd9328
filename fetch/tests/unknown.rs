//! What is said of a template with an unknown parameter holds for every value of it.

use keyaki_engine::Limits;
use keyaki_engine::finding::{Analyzer, Selection};
use keyaki_engine::resource::{Organization, ZoneOfTrust};
use keyaki_fetch::Snapshot;
use keyaki_fetch::file::Options;

/// What comes of a template: how many findings, and whether anything is not known or not read.
fn outcome(template: &str) -> (usize, bool) {
    let snapshot = Snapshot::from_reader("template.json", template.as_bytes(), &Options::default())
        .expect("it is a template");
    let nobody = Organization::default();
    let analyzer = Analyzer::new(&nobody, Selection::MinimumCover, Limits::default());
    let (mut findings, mut doubtful) = (0, false);
    for record in snapshot.resources.records() {
        let Ok(resource) = record else {
            doubtful = true;
            continue;
        };
        let zone = ZoneOfTrust {
            accounts: vec![resource.account],
            ..ZoneOfTrust::default()
        };
        let analysis = analyzer.analyze(&resource, &zone);
        findings += analysis.findings.len();
        doubtful |= !analysis.undecided.is_empty();
    }
    (findings, doubtful)
}

/// A bucket and its policy, with a parameter `P` that has this default or none, and a bucket's name.
fn template(statements: &str, bucket: &str, value: Option<&str>) -> String {
    let default = value.map_or_else(String::new, |value| format!(r#","Default":"{value}""#));
    format!(
        r#"{{"Parameters":{{"P":{{"Type":"String"{default}}}}},"Resources":{{
 "B":{{"Type":"AWS::S3::Bucket","Properties":{{{bucket}}}}},
 "Q":{{"Type":"AWS::S3::BucketPolicy","Properties":{{"Bucket":{{"Ref":"B"}},"PolicyDocument":{{"Version":"2012-10-17","Statement":[{statements}]}}}}}}}}}}"#
    )
}

/// Values that a parameter may have: everyone, accounts, the owner, identities, names, ids, words.
const VALUES: [&str; 16] = [
    "*",
    "444455556666",
    "000000000000",
    "arn:aws:iam::444455556666:root",
    "arn:aws:iam::000000000000:root",
    "arn:aws:iam::444455556666:role/r",
    "arn:aws:iam::000000000000:role/r",
    "arn:aws:s3:::data/*",
    "arn:aws:s3:::*",
    "data",
    "other",
    "o-abc123def4",
    "vpc-1",
    "203.0.113.0/24",
    "true",
    "r",
];

#[test]
fn no_value_lets_in_more_than_is_said() {
    let sub = |text: &str| format!(r#"{{"Fn::Sub":"{text}"}}"#);
    let principals = [
        r#""*""#.to_owned(),
        r#"{"AWS":{"Ref":"P"}}"#.to_owned(),
        r#"{"AWS":["000000000000",{"Ref":"P"}]}"#.to_owned(),
        format!(r#"{{"AWS":{}}}"#, sub("arn:aws:iam::${P}:root")),
        format!(
            r#"{{"AWS":{}}}"#,
            sub("arn:aws:iam::${AWS::AccountId}:role/${P}")
        ),
        format!(
            r#"{{"AWS":{}}}"#,
            sub("arn:aws:iam::444455556666:role/${P}")
        ),
        r#"{"CanonicalUser":{"Ref":"P"}}"#.to_owned(),
        r#"{"Federated":{"Ref":"P"}}"#.to_owned(),
        r#"{"Service":{"Ref":"P"}}"#.to_owned(),
    ];
    let resources = [
        r#""*""#.to_owned(),
        r#"{"Ref":"P"}"#.to_owned(),
        sub("arn:aws:s3:::${P}/*"),
        sub("arn:aws:s3:::da${P}/*"),
        sub("arn:aws:s3:::x${P}/*"),
        sub("${B.Arn}/*"),
        sub("arn:aws:s3:::data/${P}"),
        r#""arn:aws:s3:::data/*""#.to_owned(),
    ];
    let conditions = [
        String::new(),
        r#","Condition":{"StringEquals":{"aws:PrincipalOrgID":{"Ref":"P"}}}"#.to_owned(),
        r#","Condition":{"StringNotEquals":{"aws:SourceVpc":{"Ref":"P"}}}"#.to_owned(),
        format!(
            r#","Condition":{{"ArnLike":{{"aws:PrincipalArn":{}}}}}"#,
            sub("arn:aws:iam::${AWS::AccountId}:role/${P}")
        ),
        format!(
            r#","Condition":{{"ArnNotLike":{{"aws:PrincipalArn":{}}}}}"#,
            sub("arn:aws:iam::${AWS::AccountId}:role/${P}")
        ),
        r#","Condition":{"StringEquals":{"aws:PrincipalAccount":{"Ref":"P"}}}"#.to_owned(),
        r#","Condition":{"IpAddress":{"aws:SourceIp":{"Ref":"P"}}}"#.to_owned(),
        r#","Condition":{"Bool":{"aws:SecureTransport":{"Ref":"P"}}}"#.to_owned(),
    ];
    let statement = |effect: &str, principal: &str, resource: &str, condition: &str| {
        format!(
            r#"{{"Effect":"{effect}","Principal":{principal},"Action":"s3:*","Resource":{resource}{condition}}}"#
        )
    };
    let allow_all = statement("Allow", r#""*""#, r#""*""#, "");
    let mut policies = Vec::new();
    for (at, principal) in principals.iter().enumerate() {
        for (other, resource) in resources.iter().enumerate() {
            for (last, condition) in conditions.iter().enumerate() {
                // Every pair of parts, not every three.
                if at != 0 && other != 0 && last != 0 {
                    continue;
                }
                policies.push(statement("Allow", principal, resource, condition));
                policies.push(format!(
                    "{allow_all},{}",
                    statement("Deny", principal, resource, condition)
                ));
                let second = statement(
                    "Deny",
                    r#""*""#,
                    r#""*""#,
                    r#","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-abc123def4"}}"#,
                );
                policies.push(format!(
                    "{},{second}",
                    statement("Allow", principal, resource, condition)
                ));
            }
        }
    }
    let mut clean = 0;
    for policy in &policies {
        for bucket in [r#""BucketName":"data""#, "", r#""BucketName":{"Ref":"P"}"#] {
            let said = outcome(&template(policy, bucket, None));
            if said != (0, false) {
                continue;
            }
            clean += 1;
            for value in VALUES {
                // A value that makes a document without a meaning, such as `*` under `Federated`, proves nothing.
                let (findings, doubtful) = outcome(&template(policy, bucket, Some(value)));
                assert!(
                    findings == 0 || doubtful,
                    "`{value}` lets somebody in: {policy} {bucket}"
                );
            }
        }
    }
    assert!(
        clean > 50,
        "only {clean} of {} are said to be clean",
        policies.len()
    );
}
