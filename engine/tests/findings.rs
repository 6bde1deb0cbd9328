//! The real service's recorded findings for twelve two-statement bucket policies, and what the cover makes of them.

use keyaki_engine::Limits;
use keyaki_engine::finding::{Analysis, Selection, analyze};
use keyaki_engine::resource::{
    Configuration, ControlPolicy, Organization, Resource, ResourcePolicyType, S3AccessPoint,
    S3Bucket, S3DirectoryBucket, SharedSnapshot, SnapshotType, ZoneOfTrust,
};
use keyaki_language::Policy;
use keyaki_language::policy::AccountId;

/// One statement in shorthand: effect, the pattern of `aws:PrincipalArn`, and the second condition.
#[derive(Clone, Copy)]
enum Second {
    /// `IpAddress` with `aws:SourceIp`.
    Ip(&'static str),
    /// `NotIpAddress` with `aws:SourceIp`.
    NotIp(&'static str),
    /// `ArnLike` with `aws:SourceArn`.
    Source(&'static str),
    /// `ArnNotLike` with `aws:SourceArn`.
    NotSource(&'static str),
}

fn user(pattern: &str) -> String {
    format!("arn:aws:iam::123456789012:user/{pattern}")
}

fn source(pattern: &str) -> String {
    format!("arn:aws:s3:::{pattern}")
}

fn block(prefix: &str) -> String {
    format!("200.10.10.10/{prefix}")
}

fn statement(effect: &str, name: &str, second: Second) -> String {
    let (operator, key, value) = match second {
        Second::Ip(prefix) => ("IpAddress", "aws:SourceIp", block(prefix)),
        Second::NotIp(prefix) => ("NotIpAddress", "aws:SourceIp", block(prefix)),
        Second::Source(pattern) => ("ArnLike", "aws:SourceArn", source(pattern)),
        Second::NotSource(pattern) => ("ArnNotLike", "aws:SourceArn", source(pattern)),
    };
    let arn = user(name);
    let like = if name.contains('*') {
        "StringLike"
    } else {
        "StringEquals"
    };
    format!(
        r#"{{"Effect":"{effect}","Principal":{{"AWS":"*"}},"Action":"s3:ListBucket","Resource":"arn:aws:s3:::bucket",
            "Condition":{{"{like}":{{"aws:PrincipalArn":"{arn}"}},"{operator}":{{"{key}":"{value}"}}}}}}"#
    )
}

fn bucket(policy: &str) -> Resource {
    let policy = Policy::read(policy).expect("a valid policy");
    Resource {
        arn: "arn:aws:s3:::bucket".to_owned(),
        account: AccountId::parse("444455556666").expect("twelve digits"),
        region: "us-east-1".to_owned(),
        configuration: Configuration::S3Bucket(S3Bucket {
            policy: Some(policy),
            ..S3Bucket::default()
        }),
    }
}

fn analysis(resource: &Resource, selection: Selection) -> Analysis {
    let zone = ZoneOfTrust {
        accounts: vec![resource.account],
        ..ZoneOfTrust::default()
    };
    analyze(
        resource,
        &zone,
        &Organization::default(),
        selection,
        &Limits::default(),
    )
}

type Case = (
    &'static str,
    [(&'static str, &'static str, Second); 2],
    &'static [(&'static str, &'static str)],
    usize,
);

/// Case, statements, the real service's findings as (principal pattern, second value), the size of a minimum cover.
fn cases() -> Vec<Case> {
    use Second::{Ip, NotIp, NotSource, Source};
    let (a, d) = ("Allow", "Deny");
    vec![
        (
            "11",
            [(a, "*bc", Ip("32")), (a, "*bc", Ip("32"))],
            &[("*bc", "32")],
            1,
        ),
        (
            "12",
            [(a, "abc", Ip("32")), (a, "abc", Ip("31"))],
            &[("abc", "31")],
            1,
        ),
        (
            "13",
            [(a, "a*c", Ip("31")), (a, "*bc", Ip("32"))],
            &[("*bc", "31"), ("a*c", "31")],
            2,
        ),
        (
            "14",
            [(a, "*bc", Source("*bc")), (a, "a*c", Source("a*c"))],
            &[
                ("*bc", "*bc"),
                ("*bc", "a*c"),
                ("a*c", "*bc"),
                ("a*c", "a*c"),
            ],
            2,
        ),
        (
            "15",
            [(a, "abc1", Source("*bc")), (a, "abc2", Source("a*c"))],
            &[
                ("abc1", "*bc"),
                ("abc1", "a*c"),
                ("abc2", "*bc"),
                ("abc2", "a*c"),
            ],
            2,
        ),
        ("21", [(a, "*bc", Ip("32")), (d, "*bc", Ip("32"))], &[], 0),
        ("22", [(a, "abc", Ip("31")), (d, "abc", Ip("31"))], &[], 0),
        (
            "23",
            [(a, "abc", Ip("31")), (d, "abc", Ip("32"))],
            &[("abc", "31")],
            1,
        ),
        (
            "24",
            [(a, "abc1", Source("*bc")), (d, "abc2", Source("a*c"))],
            &[("abc1", "*bc"), ("abc1", "a*c")],
            1,
        ),
        (
            "31",
            [(a, "*bc", Ip("31")), (d, "a*c", NotIp("32"))],
            &[("*bc", "31"), ("a*c", "32")],
            1,
        ),
        (
            "32",
            [(a, "*bc", Ip("32")), (d, "a*c", Ip("31"))],
            &[("*bc", "32")],
            1,
        ),
        (
            "33",
            [(a, "abc1", Source("a*c")), (d, "abc2", NotSource("*bc"))],
            &[("abc1", "*bc"), ("abc1", "a*c")],
            1,
        ),
    ]
}

#[test]
fn the_real_services_findings_are_ours_under_all_and_covered_by_fewer() {
    for (case, statements, expected, minimum) in cases() {
        let text: Vec<String> = statements
            .iter()
            .map(|(effect, name, second)| statement(effect, name, *second))
            .collect();
        let resource = bucket(&format!(
            r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
            text.join(",")
        ));
        let all = analysis(&resource, Selection::All);
        assert!(all.undecided.is_empty(), "case {case}: {:?}", all.undecided);
        let mut found: Vec<(String, String)> = all
            .findings
            .iter()
            .map(|f| {
                assert_eq!(
                    f.principal,
                    ("AWS".to_owned(), "*".to_owned()),
                    "case {case}"
                );
                assert!(!f.is_public, "case {case}: a fixed account restricts");
                assert_eq!(f.actions, ["s3:ListBucket"], "case {case}");
                let second = f
                    .condition
                    .get("aws:SourceIp")
                    .or_else(|| f.condition.get("aws:SourceArn"));
                (
                    f.condition["aws:PrincipalArn"].clone(),
                    second.expect("a second condition").clone(),
                )
            })
            .collect();
        found.sort();
        let is_ip = matches!(statements[0].2, Second::Ip(_) | Second::NotIp(_));
        let mut wanted: Vec<(String, String)> = expected
            .iter()
            .map(|(p, s)| (user(p), if is_ip { block(s) } else { source(s) }))
            .collect();
        wanted.sort();
        assert_eq!(found, wanted, "case {case}");
        let cover = analysis(&resource, Selection::MinimumCover);
        assert_eq!(
            cover.findings.len(),
            minimum,
            "case {case}: {:#?}",
            cover
                .findings
                .iter()
                .map(|f| &f.condition)
                .collect::<Vec<_>>()
        );
    }
}

#[test]
fn many_questions_are_answered_in_their_order() {
    use keyaki_engine::question::{Question, Satisfiable, decide_all};
    use keyaki_language::policies::PolicyType;
    let question = |effect: &str| {
        let text =
            format!(r#"{{"Statement":{{"Effect":"{effect}","Action":"s3:*","Resource":"*"}}}}"#);
        Question::Satisfiable(Satisfiable {
            policy_type: PolicyType::Identity,
            policy: Policy::read(&text).expect("a valid policy"),
        })
    };
    let questions: Vec<Question> = (0..50)
        .map(|n| question(if n % 3 == 0 { "Deny" } else { "Allow" }))
        .collect();
    let alone: Vec<_> = questions
        .iter()
        .map(|q| q.decide(&Limits::default()))
        .collect();
    assert_eq!(decide_all(&questions, &Limits::default()), alone);
}

#[test]
fn what_a_service_control_policy_takes_away_is_said_under_all() {
    use keyaki_engine::resource::OrganizationAccount;
    use keyaki_language::policies::Membership;
    let account = |id: &str| AccountId::parse(id).expect("twelve digits");
    let resource = bucket(
        r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/app"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"}}"#,
    );
    let scp = |action: &str| {
        let text = format!(
            r#"{{"Statement":[{{"Effect":"Allow","Action":"*","Resource":"*"}},{{"Effect":"Deny","Action":"{action}","Resource":"*"}}]}}"#
        );
        ControlPolicy::read("p-1", text).expect("a valid policy")
    };
    let organization = |action: &str| Organization {
        id: "o-a".to_owned(),
        management_account: None,
        accounts: [(
            account("111122223333"),
            OrganizationAccount {
                name: "other".to_owned(),
                membership: Membership {
                    organization: "o-a".to_owned(),
                    paths: vec!["o-a/r-1/".to_owned()],
                },
                scps: vec![vec![std::sync::Arc::new(scp(action))]],
                rcps: Vec::new(),
            },
        )]
        .into(),
    };
    let zone = ZoneOfTrust {
        accounts: vec![resource.account],
        ..ZoneOfTrust::default()
    };
    let look = |action: &str, selection| {
        analyze(
            &resource,
            &zone,
            &organization(action),
            selection,
            &Limits::default(),
        )
    };
    // Reading objects is denied to the role's account: nothing is left. (A grant to the whole account would keep its
    // service-linked roles, which no such policy limits.)
    assert!(look("s3:*", Selection::MinimumCover).findings.is_empty());
    let all = look("s3:*", Selection::All).findings;
    let by: Vec<&str> = all.iter().filter_map(|f| f.removed_by.as_deref()).collect();
    assert_eq!(by, ["a service control policy of the caller's account"]);
    // Denying something else takes nothing away.
    let kept = look("sqs:*", Selection::All).findings;
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].removed_by, None);
}

#[test]
fn a_doubt_about_being_public_hides_nothing() {
    use keyaki_language::policies::BlockPublicAccess;
    // Whether everybody gets in hangs on a text that is no number; that an account gets in hangs on nothing.
    let mut resource = bucket(
        r#"{"Statement":[
            {"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*",
             "Condition":{"NumericEquals":{"s3:max-keys":"ten"}}},
            {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"}]}"#,
    );
    if let Configuration::S3Bucket(bucket) = &mut resource.configuration {
        bucket.block_public_access = BlockPublicAccess {
            ignore_public_acls: true,
            restrict_public_buckets: true,
        };
    }
    let found = analysis(&resource, Selection::MinimumCover);
    assert!(!found.findings.is_empty());
    assert!(!found.undecided.is_empty());
}

/// Principal, actions and whether it is public, of each finding on a resource of account 444455556666.
fn found(arn: &str, configuration: Configuration) -> Vec<(String, Vec<String>, bool)> {
    let resource = Resource {
        arn: arn.to_owned(),
        account: account("444455556666"),
        region: "eu-west-1".to_owned(),
        configuration,
    };
    let analysis = analysis(&resource, Selection::MinimumCover);
    assert_eq!(analysis.undecided, []);
    analysis
        .findings
        .into_iter()
        .map(|finding| (finding.principal.1, finding.actions, finding.is_public))
        .collect()
}

fn account(digits: &str) -> AccountId {
    AccountId::parse(digits).expect("twelve digits")
}

#[test]
fn m8_a_shared_snapshot() {
    let arn = "arn:aws:ec2:eu-west-1::snapshot/snap-1";
    let of = |everyone: bool, accounts: &[&str], encrypted: bool| {
        let shared = SharedSnapshot {
            everyone,
            accounts: accounts.iter().map(|digits| account(digits)).collect(),
            encrypted,
            ..SharedSnapshot::default()
        };
        found(arn, Configuration::Snapshot(SnapshotType::Ebs, shared))
            .into_iter()
            .map(|(principal, actions, public)| {
                assert_eq!(actions, ["ec2:CreateVolume", "ec2:CopySnapshot"]);
                (principal, public)
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(of(false, &[], false), []);
    // Its own account is no finding.
    assert_eq!(of(false, &["444455556666"], false), []);
    assert_eq!(
        of(false, &["111122223333", "999988887777"], true),
        [
            ("111122223333".to_owned(), false),
            ("999988887777".to_owned(), false)
        ]
    );
    assert_eq!(of(true, &[], false), [("*".to_owned(), true)]);
    // An encrypted snapshot cannot be public.
    assert_eq!(of(true, &[], true), []);
}

#[test]
fn m8_public_sharing_that_is_blocked() {
    let shared = |public_blocked: bool| {
        Configuration::Snapshot(
            SnapshotType::Ebs,
            SharedSnapshot {
                everyone: true,
                accounts: vec![account("111122223333")],
                public_blocked,
                ..SharedSnapshot::default()
            },
        )
    };
    let principals = |public_blocked: bool| {
        found(
            "arn:aws:ec2:eu-west-1::snapshot/snap-1",
            shared(public_blocked),
        )
        .into_iter()
        .map(|(principal, _, _)| principal)
        .collect::<Vec<_>>()
    };
    assert_eq!(principals(false), ["*"]);
    // Sharing with single accounts goes on.
    assert_eq!(principals(true), ["111122223333"]);
}

#[test]
fn m8_a_table_and_its_indexes() {
    let arn = "arn:aws:dynamodb:eu-west-1:444455556666:table/t";
    let policy = |resource: &str| {
        Policy::read(&format!(
            r#"{{"Statement":{{"Effect":"Allow","Principal":{{"AWS":"111122223333"}},"Action":"dynamodb:Query","Resource":"{resource}"}}}}"#
        ))
        .expect("a valid policy")
    };
    let of = |on: ResourcePolicyType, resource: &str| {
        found(
            arn,
            Configuration::ResourcePolicy(on, Some(policy(resource))),
        )
        .len()
    };
    assert_eq!(of(ResourcePolicyType::DynamoDbTable, arn), 1);
    assert_eq!(
        of(ResourcePolicyType::DynamoDbTable, &format!("{arn}/index/i")),
        1
    );
    assert_eq!(
        of(
            ResourcePolicyType::DynamoDbTable,
            "arn:aws:dynamodb:eu-west-1:444455556666:table/u"
        ),
        0
    );
    assert_eq!(
        of(
            ResourcePolicyType::DynamoDbStream,
            &format!("{arn}/index/i")
        ),
        0
    );
}

#[test]
fn m8_a_directory_bucket_is_never_public() {
    let arn = "arn:aws:s3express:eu-west-1:444455556666:bucket/b--euw1-az1--x-s3";
    let policy = |principal: &str, resource: &str| {
        Policy::read(&format!(
            r#"{{"Statement":{{"Effect":"Allow","Principal":{principal},"Action":"s3express:CreateSession","Resource":"{resource}"}}}}"#
        ))
        .expect("a valid policy")
    };
    let of = |policy: Policy, access_points: Vec<S3AccessPoint>| {
        let bucket = S3DirectoryBucket {
            policy: Some(policy),
            access_points,
        };
        found(arn, Configuration::S3DirectoryBucket(bucket))
            .into_iter()
            .map(|(principal, _, public)| (principal, public))
            .collect::<Vec<_>>()
    };
    let theirs = r#"{"AWS":"111122223333"}"#;
    assert_eq!(of(policy(r#""*""#, arn), Vec::new()), []);
    assert_eq!(
        of(policy(theirs, arn), Vec::new()),
        [("111122223333".to_owned(), false)]
    );
    let point = "arn:aws:s3express:eu-west-1:444455556666:accesspoint/p";
    let access_point = |policy| S3AccessPoint {
        arn: point.to_owned(),
        policy: Some(policy),
        block_public_access: Default::default(),
        vpc: None,
    };
    let through = format!(
        r#"{{"Statement":{{"Effect":"Allow","Principal":"*","Action":"s3express:*","Resource":"*","Condition":{{"StringEquals":{{"s3express:DataAccessPointArn":"{point}"}}}}}}}}"#
    );
    let through = Policy::read(&through).expect("a valid policy");
    assert_eq!(
        of(through.clone(), vec![access_point(policy(theirs, point))]),
        [("111122223333".to_owned(), false)]
    );
    assert_eq!(of(through, Vec::new()), []);
}
