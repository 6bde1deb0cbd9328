//! What the reader makes of records, files and organizations that are not as they should be.

use keyaki_engine::resource::{Configuration, ResourcePolicyType};
use keyaki_fetch::snapshot::{Lines, parse_record, read_organization};
use keyaki_fetch::{NotAnalysed, Snapshot};
use keyaki_language::policies::AclGrantee;
use keyaki_language::{DocumentError, json};
use std::fs;
use std::path::PathBuf;

/// A record of a queue, with `configuration` inside `sqsQueue`.
fn queue(name: &str, configuration: &str) -> String {
    record(
        "AWS::SQS::Queue",
        &format!("arn:aws:sqs:eu-west-1:111122223333:{name}"),
        &format!(r#""sqsQueue":{{{configuration}}}"#),
    )
}

fn record(kind: &str, arn: &str, configuration: &str) -> String {
    format!(
        r#"{{"resourceArn":"{arn}","resourceType":"{kind}","resourceOwnerAccount":"111122223333","configuration":{{{configuration}}}}}"#
    )
}

fn bucket(configuration: &str) -> String {
    record(
        "AWS::S3::Bucket",
        "arn:aws:s3:::b",
        &format!(r#""s3Bucket":{{{configuration}}}"#),
    )
}

#[test]
fn a_record_that_is_wrong_says_where_and_how() {
    let key = |configuration: &str| {
        record(
            "AWS::KMS::Key",
            "arn:aws:kms:eu-west-1:111122223333:key/1",
            &format!(r#""kmsKey":{{{configuration}}}"#),
        )
    };
    for (record, code, at) in [
        ("[]".to_owned(), "wrong-type", ""),
        ("{".to_owned(), "json-syntax", ""),
        (
            r#"{"resourceArn":"a","resourceArn":"b"}"#.to_owned(),
            "duplicate-key",
            "/resourceArn",
        ),
        ("{}".to_owned(), "missing-member", ""),
        (
            record(
                "AWS::Kinesis::Stream",
                "arn:aws:kinesis:eu-west-1:111122223333:stream/s",
                "",
            ),
            "unsupported-type",
            "/resourceType",
        ),
        (
            record(
                "AWS::SQS::Queue",
                "arn:aws:sqs:eu-west-1:111122223333:q",
                "",
            ),
            "missing-member",
            "/configuration",
        ),
        (
            record("AWS::SQS::Queue", "queue", r#""sqsQueue":{}"#),
            "bad-arn",
            "/resourceArn",
        ),
        (
            record(
                "AWS::SQS::Queue",
                "arn:aws:sqs:eu-west-1:999999999999:q",
                r#""sqsQueue":{}"#,
            ),
            "contradiction",
            "/resourceArn",
        ),
        (
            record(
                "AWS::IAM::Role",
                "arn:aws:iam::111122223333:user/u",
                r#""iamRole":{}"#,
            ),
            "bad-arn",
            "/resourceArn",
        ),
        (
            record("AWS::S3::Bucket", "arn:aws:s3:::b", r#""sqsQueue":{}"#),
            "unknown-member",
            "/configuration/sqsQueue",
        ),
        (
            queue("q", r#""queuePolicy":7"#),
            "wrong-type",
            "/configuration/sqsQueue/queuePolicy",
        ),
        (
            queue("q", r#""queuePolicies":{}"#),
            "unknown-member",
            "/configuration/sqsQueue/queuePolicies",
        ),
        (
            bucket(r#""objectOwnership":"Mine""#),
            "unknown-value",
            "/configuration/s3Bucket/objectOwnership",
        ),
        (
            bucket(r#""bucketPublicAccessBlock":{"ignorePublicAcls":true}"#),
            "missing-member",
            "/configuration/s3Bucket/bucketPublicAccessBlock",
        ),
        (
            bucket(r#""bucketAclGrants":[{"permission":"READ","grantee":{"id":"x","uri":"y"}}]"#),
            "contradiction",
            "/configuration/s3Bucket/bucketAclGrants/0/grantee",
        ),
        (
            bucket(r#""accessPoints":{"a/b":{}}"#),
            "bad-arn",
            "/configuration/s3Bucket/accessPoints/a~1b",
        ),
        (key(""), "missing-member", "/configuration/kmsKey"),
        (
            record(
                "AWS::IAM::Role",
                "arn:aws:iam::111122223333:role/r",
                r#""iamRole":{}"#,
            ),
            "missing-member",
            "/configuration/iamRole",
        ),
        (
            record(
                "AWS::Lambda::Function",
                "arn:aws:lambda:eu-west-1:111122223333:function:f",
                r#""lambdaFunction":{"functionUrls":[{"authType":"SOME"}]}"#,
            ),
            "unknown-value",
            "/configuration/lambdaFunction/functionUrls/0/authType",
        ),
    ] {
        let error = parse_record(&record).expect_err(&record);
        assert_eq!(
            (error.document().code(), error.document().at()),
            (code, at),
            "{record}: {error}"
        );
    }
}

#[test]
fn a_policy_inside_a_string_is_read_and_its_errors_are_pointed_at() {
    let record = queue(
        "q",
        r#""queuePolicy":"{\"Statement\":[{\"Effect\":\"Alow\",\"Principal\":\"*\",\"Action\":\"sqs:*\"}]}""#,
    );
    let error = parse_record(&record).expect_err("`Alow` is no effect");
    assert!(
        error
            .document()
            .at()
            .starts_with("/configuration/sqsQueue/queuePolicy"),
        "{}",
        error.document().at()
    );
    assert_eq!(
        error.resource(),
        Some("arn:aws:sqs:eu-west-1:111122223333:q")
    );

    for none in [r#""queuePolicy":"""#, r#""queuePolicy":null"#, ""] {
        let resource = parse_record(&queue("q", none)).expect(none);
        assert!(matches!(
            resource.configuration,
            Configuration::ResourcePolicy(ResourcePolicyType::SqsQueue, None)
        ));
    }
}

#[test]
fn a_bucket_keeps_all_that_grants() {
    let record = bucket(
        r#""bucketAclGrants":[{"permission":"READ","grantee":{"uri":"http://acs.amazonaws.com/groups/global/AllUsers"}}],
        "bucketPublicAccessBlock":{"ignorePublicAcls":true,"restrictPublicBuckets":false,"blockPublicAcls":true},
        "accessPoints":{"arn:aws:s3:eu-west-1:111122223333:accesspoint/p":{"networkOrigin":{"vpcConfiguration":{"vpcId":"vpc-1"}}}},
        "objectOwnership":"ObjectWriter""#,
    );
    let Configuration::S3Bucket(bucket) =
        parse_record(&record).expect("a sound record").configuration
    else {
        panic!("a bucket was written")
    };
    assert_eq!(bucket.acl[0].grantee, AclGrantee::AllUsers);
    assert!(
        bucket.block_public_access.ignore_public_acls
            && !bucket.block_public_access.restrict_public_buckets
    );
    assert_eq!(bucket.access_points[0].vpc.as_deref(), Some("vpc-1"));
    assert!(!bucket.bucket_owner_enforced);
}

#[test]
fn who_may_retire_a_grant_has_a_grant_to_retire() {
    let record = record(
        "AWS::KMS::Key",
        "arn:aws:kms:eu-west-1:111122223333:key/1",
        r#""kmsKey":{"keyPolicies":{"default":{"Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}}},
        "grants":[{"granteePrincipal":"arn:aws:iam::111122223333:role/a","retiringPrincipal":"arn:aws:iam::444455556666:role/b","operations":["Decrypt"],
        "constraints":{"encryptionContextSubset":{"team":"red"}}}]}"#,
    );
    let Configuration::KmsKey(key) = parse_record(&record).expect("a sound record").configuration
    else {
        panic!("a key was written")
    };
    assert_eq!(key.grants.len(), 2);
    assert_eq!(
        key.grants[0]
            .encryption_context_subset
            .as_ref()
            .map(|context| context.len()),
        Some(1)
    );
    assert_eq!(key.grants[1].grantee, "arn:aws:iam::444455556666:role/b");
    assert_eq!(key.grants[1].operations, ["RetireGrant"]);
    assert_eq!(key.grants[1].encryption_context_subset, None);
}

#[test]
fn a_bad_line_is_reported_and_the_next_one_is_read() {
    let text = format!(
        "{}\n\nnonsense\n{}\r\n{}",
        queue("a", ""),
        queue("b", ""),
        &queue("c", "")[..60]
    );
    let records: Vec<_> = Lines::from_reader("s.jsonl", text.as_bytes())
        .records()
        .collect();
    assert_eq!(records.len(), 4);
    assert_eq!(
        records[0].as_ref().map(|resource| resource.arn.as_str()),
        Ok("arn:aws:sqs:eu-west-1:111122223333:a")
    );
    assert_eq!(
        records[2].as_ref().map(|resource| resource.arn.as_str()),
        Ok("arn:aws:sqs:eu-west-1:111122223333:b")
    );

    let wrong = records[1].as_ref().expect_err("nonsense");
    assert_eq!(wrong.document().code(), "json-syntax");
    assert_eq!(
        wrong.place().map(ToString::to_string).as_deref(),
        Some("s.jsonl:3")
    );
    let cut = NotAnalysed::from(records[3].clone().expect_err("half a record"));
    assert_eq!((cut.code.as_str(), cut.line), ("record-truncated", Some(5)));
    assert!(
        cut.message.starts_with("the last line breaks off"),
        "{}",
        cut.message
    );
    assert_eq!(
        cut.hint.as_deref(),
        Some("the file was cut off; collect again")
    );
}

#[test]
fn a_last_line_without_a_break_is_a_record_like_any_other() {
    let text = queue("a", "");
    assert_eq!(
        Lines::from_reader("s", text.as_bytes())
            .records()
            .filter(Result::is_ok)
            .count(),
        1
    );
}

#[test]
fn a_huge_line_is_skipped_without_being_held() {
    let text = format!(
        "{}\n{}\n{}",
        queue("a", ""),
        "x".repeat(100_000),
        queue("b", "")
    );
    let records: Vec<_> = Lines::from_reader("s", text.as_bytes())
        .with_longest_line(1_000)
        .records()
        .collect();
    assert_eq!(records.len(), 3);
    assert_eq!(
        records[1].as_ref().expect_err("too long").document().code(),
        "line-too-long"
    );
    assert!(records[0].is_ok() && records[2].is_ok());

    // The last line too, and one of exactly the limit is let pass.
    let line = queue("a", "");
    let exactly = Lines::from_reader("s", line.as_bytes())
        .with_longest_line(line.len())
        .records()
        .next();
    assert!(exactly.is_some_and(|record| record.is_ok()));
    let records: Vec<_> = Lines::from_reader("s", line.as_bytes())
        .with_longest_line(line.len() - 1)
        .records()
        .collect();
    assert_eq!(records.len(), 1);
    assert_eq!(
        records[0].as_ref().expect_err("too long").document().code(),
        "line-too-long"
    );
}

#[test]
fn bytes_that_are_no_text_are_one_bad_line() {
    let mut bytes = b"\xff\xfe\n".to_vec();
    bytes.extend_from_slice(queue("a", "").as_bytes());
    let records: Vec<_> = Lines::from_reader("s", bytes.as_slice())
        .records()
        .collect();
    assert_eq!(
        records[0]
            .as_ref()
            .expect_err("not UTF-8")
            .document()
            .code(),
        "invalid-utf8"
    );
    assert!(records[1].is_ok());
}

#[test]
fn records_that_are_missing_are_noticed() {
    let manifest = r#"{"schemaVersion":1,"records":3}"#;
    let snapshot = Snapshot::from_memory(queue("a", ""), None, Some(manifest)).expect("sound");
    let records: Vec<_> = snapshot.resources.records().collect();
    assert_eq!(records.len(), 2);
    let error = NotAnalysed::from(records[1].clone().expect_err("two are missing"));
    assert_eq!((error.code.as_str(), error.line), ("record-count", None));
    assert_eq!(
        error.message,
        "the manifest announces 3 records, but there are 1"
    );
}

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).expect("a folder for tests can be made");
        for (file, text) in files {
            fs::write(path.join(file), text).expect("a file for tests can be written");
        }
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that stays behind harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_folder_is_read_in_the_order_of_names() {
    let folder = Folder::new(
        "order",
        &[
            ("b.jsonl", &queue("b", "")),
            ("a.jsonl", &format!("{}\n", queue("a", ""))),
            ("notes.txt", "nothing to read"),
            (
                "organization.json",
                r#"{"schemaVersion":1,"accounts":[{"id":"111122223333"}]}"#,
            ),
        ],
    );
    let snapshot = Snapshot::open(&folder.0).expect("a sound folder");
    assert_eq!(snapshot.organization.accounts.len(), 1);
    let arns: Vec<String> = snapshot
        .resources
        .records()
        .map(|record| record.expect("sound").arn)
        .collect();
    assert_eq!(
        arns,
        [
            "arn:aws:sqs:eu-west-1:111122223333:a",
            "arn:aws:sqs:eu-west-1:111122223333:b"
        ]
    );

    let file = Snapshot::open(&folder.0.join("b.jsonl")).expect("a sound file");
    assert_eq!(file.resources.records().count(), 1);
}

#[test]
fn a_folder_that_is_no_snapshot_is_an_error_with_a_hint() {
    let folder = Folder::new("empty", &[]);
    for path in [folder.0.clone(), folder.0.join("missing")] {
        let error = Snapshot::open(&path).expect_err("no snapshot");
        assert!(
            error
                .hint()
                .is_some_and(|hint| hint.contains("`resources.jsonl`")),
            "{error}"
        );
    }
    let folder = Folder::new(
        "broken",
        &[
            ("r.jsonl", ""),
            ("organization.json", r#"{"schemaVersion":2}"#),
        ],
    );
    let error = Snapshot::open(&folder.0).expect_err("a later version");
    assert!(
        error
            .to_string()
            .starts_with("schema version `2` is not known at /schemaVersion in `"),
        "{error}"
    );
}

fn organization(text: &str) -> Result<keyaki_engine::resource::Organization, DocumentError> {
    read_organization(&json::parse(text).expect("the test writes JSON"))
}

/// An organization of one unit and one account, with `policies`.
fn small(policies: &str) -> String {
    format!(
        r#"{{"schemaVersion":1,"id":"o-1","roots":[{{"id":"r-1"}}],"units":[{{"id":"ou-1","parent":"r-1","path":"o-1/r-1/ou-1/"}}],
        "accounts":[{{"id":"111122223333","unit":"ou-1"}}],"policies":[{policies}]}}"#
    )
}

#[test]
fn an_organization_without_policies_has_no_levels() {
    let organization = organization(&small("")).expect("sound");
    let account = organization.accounts.values().next().expect("one account");
    assert_eq!(account.membership.paths, ["o-1/r-1/ou-1/"]);
    assert!(account.scps.is_empty() && account.rcps.is_empty());
}

#[test]
fn full_access_for_resources_is_everywhere_and_for_services_only_where_it_is_attached() {
    const RCP: &str = r#"{"id":"p-1","type":"RESOURCE_CONTROL_POLICY","targets":["ou-1"],
        "document":{"Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}}}"#;
    let organization_of = |policies: &str| organization(&small(policies));
    let read = organization_of(RCP).expect("sound");
    let account = read.accounts.values().next().expect("one account");
    assert_eq!(
        account.rcps.iter().map(Vec::len).collect::<Vec<_>>(),
        [1, 2, 1]
    );

    let scp = |targets: &str| {
        format!(
            r#"{{"id":"p-FullAWSAccess","type":"SERVICE_CONTROL_POLICY","targets":[{targets}]}}"#
        )
    };
    let read = organization_of(&scp(r#""r-1","ou-1","111122223333""#)).expect("sound");
    assert_eq!(
        read.accounts
            .values()
            .next()
            .expect("one account")
            .scps
            .len(),
        3
    );
    let error = organization_of(&scp(r#""r-1","111122223333""#)).expect_err("the unit has none");
    assert_eq!(
        (error.code(), error.at()),
        ("level-without-policy", "/accounts/0/id")
    );
    assert!(error.message().contains("`ou-1`"));
}

#[test]
fn an_organization_that_does_not_fit_together_is_an_error() {
    for (text, code, at) in [
        (r#"{}"#.to_owned(), "missing-member", ""),
        (r#"{"schemaVersion":1,"id":"o-1","accounts":[{"id":"111122223333"}]}"#.to_owned(), "missing-member", "/accounts/0"),
        (r#"{"schemaVersion":1,"accounts":[{"id":"1"}]}"#.to_owned(), "bad-account", "/accounts/0/id"),
        (
            r#"{"schemaVersion":1,"id":"o-1","accounts":[{"id":"111122223333","unit":"ou-9"}]}"#.to_owned(),
            "unknown-parent",
            "/accounts/0/unit",
        ),
        (
            r#"{"schemaVersion":1,"id":"o-1","units":[{"id":"ou-1","parent":"ou-2"},{"id":"ou-2","parent":"ou-1"}]}"#.to_owned(),
            "too-many-levels",
            "/units/0/parent",
        ),
        (
            r#"{"schemaVersion":1,"id":"o-1","roots":[{"id":"r-1"},{"id":"r-1"}]}"#.to_owned(),
            "duplicate-id",
            "/roots/1/id",
        ),
        (
            r#"{"schemaVersion":1,"id":"o-1","roots":[{"id":"r-1"}],"units":[{"id":"ou-1","parent":"r-1","path":"o-1/r-1/"}]}"#.to_owned(),
            "contradiction",
            "/units/0/path",
        ),
        (r#"{"schemaVersion":1,"managementAccount":"111122223333"}"#.to_owned(), "contradiction", "/managementAccount"),
        (small(r#"{"id":"p-1","type":"SERVICE_CONTROL_POLICY","targets":[]}"#), "missing-document", "/policies/0"),
        (small(r#"{"id":"p-1","type":"TAG_POLICY","targets":[]}"#), "unknown-value", "/policies/0/type"),
        (
            small(r#"{"id":"p-FullAWSAccess","type":"SERVICE_CONTROL_POLICY","targets":["ou-7"]}"#),
            "unknown-target",
            "/policies/0/targets/0",
        ),
    ] {
        let error = organization(&text).expect_err(&text);
        assert_eq!((error.code(), error.at()), (code, at), "{text}: {error}");
    }
}

#[test]
fn no_damage_to_a_record_stops_the_reader() {
    // Each line of the sample cut off, and with one byte changed, at places spread over it.
    for line in keyaki_corpus::sample::RESOURCES.lines() {
        for place in (0..line.len()).step_by(89) {
            let cut = &line.as_bytes()[..place];
            let mut changed = line.as_bytes().to_vec();
            changed[place] = b"\"{}[],:\\x0"[place % 10];
            for damaged in [cut, &changed] {
                for record in Lines::from_reader("s", damaged).records() {
                    if let Err(error) = record {
                        assert!(!error.document().message().is_empty() && error.place().is_some());
                    }
                }
            }
            assert!(
                Lines::from_reader("s", cut)
                    .records()
                    .all(|record| record.is_err())
            );
        }
    }
}

/// A configuration of each type that is read.
const EACH: [(&str, &str, &str); 19] = [
    (
        "AWS::DynamoDB::Stream",
        "arn:aws:dynamodb:eu-west-1:111122223333:table/t/stream/2026-01-01T00:00:00.000",
        r#""dynamodbStream":{"streamPolicy":""}"#,
    ),
    (
        "AWS::DynamoDB::Table",
        "arn:aws:dynamodb:eu-west-1:111122223333:table/t",
        r#""dynamodbTable":{"tablePolicy":{"Statement":{"Effect":"Deny","Principal":"*","Action":"*"}}}"#,
    ),
    (
        "AWS::EC2::Snapshot",
        "arn:aws:ec2:eu-west-1::snapshot/snap-1",
        r#""ebsSnapshot":{"userIds":["444455556666"],"groups":["all"],"kmsKeyId":"k"}"#,
    ),
    (
        "AWS::ECR::Repository",
        "arn:aws:ecr:eu-west-1:111122223333:repository/a/b",
        r#""ecrRepository":{}"#,
    ),
    (
        "AWS::EFS::FileSystem",
        "arn:aws:elasticfilesystem:eu-west-1:111122223333:file-system/fs-1",
        r#""efsFileSystem":{"fileSystemPolicy":null}"#,
    ),
    (
        "AWS::IAM::Group",
        "arn:aws:iam::111122223333:group/g",
        r#""iamGroup":{"inlinePolicies":{"p":{}}}"#,
    ),
    (
        "AWS::IAM::ManagedPolicy",
        "arn:aws:iam::aws:policy/AdministratorAccess",
        r#""iamManagedPolicy":{"document":"{}"}"#,
    ),
    (
        "AWS::IAM::Role",
        "arn:aws:iam::111122223333:role/r",
        r#""iamRole":{"trustPolicy":{"Statement":{"Effect":"Deny","Principal":"*","Action":"*"}},"attachedManagedPolicies":["arn:aws:iam::aws:policy/AdministratorAccess"],"inlinePolicies":{},"permissionsBoundary":"arn:aws:iam::aws:policy/PowerUserAccess","tags":{"team":"a"},"lastUsed":{"date":"2026-11-01T00:00:00Z","region":"eu-west-1"}}"#,
    ),
    (
        "AWS::IAM::User",
        "arn:aws:iam::111122223333:user/u",
        r#""iamUser":{"groups":["arn:aws:iam::111122223333:group/g"]}"#,
    ),
    (
        "AWS::KMS::Key",
        "arn:aws:kms:eu-west-1:111122223333:key/1",
        r#""kmsKey":{"keyPolicies":{"default":{"Statement":{"Effect":"Deny","Principal":"*","Action":"*"}}}}"#,
    ),
    (
        "AWS::Lambda::Function",
        "arn:aws:lambda:eu-west-1:111122223333:function:f",
        r#""lambdaFunction":{}"#,
    ),
    (
        "AWS::Lambda::LayerVersion",
        "arn:aws:lambda:eu-west-1:111122223333:layer:l:1",
        r#""lambdaLayerVersion":{}"#,
    ),
    (
        "AWS::RDS::DBClusterSnapshot",
        "arn:aws:rds:eu-west-1:111122223333:cluster-snapshot:s",
        r#""rdsDbClusterSnapshot":{"attributes":{"restore":{"accountIds":["all"]}}}"#,
    ),
    (
        "AWS::RDS::DBSnapshot",
        "arn:aws:rds:eu-west-1:111122223333:snapshot:s",
        r#""rdsDbSnapshot":{"attributes":{"restore":{"accountIds":["444455556666"]}},"kmsKeyId":""}"#,
    ),
    ("AWS::S3::Bucket", "arn:aws:s3:::b", r#""s3Bucket":{}"#),
    (
        "AWS::S3Express::DirectoryBucket",
        "arn:aws:s3express:eu-west-1:111122223333:bucket/b--euw1-az1--x-s3",
        r#""s3ExpressDirectoryBucket":{"accessPoints":{"arn:aws:s3express:eu-west-1:111122223333:accesspoint/p":{}}}"#,
    ),
    (
        "AWS::SNS::Topic",
        "arn:aws:sns:eu-west-1:111122223333:t",
        r#""snsTopic":{"topicPolicy":{"Statement":{"Effect":"Deny","Principal":"*","Action":"*"}}}"#,
    ),
    (
        "AWS::SQS::Queue",
        "arn:aws:sqs:eu-west-1:111122223333:q",
        r#""sqsQueue":{}"#,
    ),
    (
        "AWS::SecretsManager::Secret",
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:s-AbCdEf",
        r#""secretsManagerSecret":{"kmsKeyId":"alias/k"}"#,
    ),
];

#[test]
fn each_type_is_read() {
    let names: Vec<&str> = keyaki_fetch::snapshot::type_names().collect();
    assert_eq!(names, EACH.map(|(name, _, _)| name));
    for (name, arn, configuration) in EACH {
        let resource = parse_record(&record(name, arn, configuration)).expect(name);
        assert_eq!(resource.configuration.type_name(), name);
        // An ARN of another type, and a member that nobody knows, are errors.
        let (other, _, _) = EACH[(names
            .iter()
            .position(|one| *one == name)
            .expect("it is there")
            + 5)
            % EACH.len()];
        assert!(parse_record(&record(other, arn, configuration)).is_err());
        let strange = configuration
            .replacen(":{", r#":{"strange":1,"#, 1)
            .replace(",}", "}");
        assert!(parse_record(&record(name, arn, &strange)).is_err());
    }
}

#[test]
fn who_a_snapshot_is_shared_with() {
    let shared = |kind: &str, arn: &str, configuration: &str| match parse_record(&record(
        kind,
        arn,
        configuration,
    ))
    .map(|resource| resource.configuration)
    {
        Ok(Configuration::Snapshot(_, shared)) => {
            (shared.everyone, shared.accounts.len(), shared.encrypted)
        }
        other => panic!("{other:?}"),
    };
    let ebs = |configuration: &str| {
        shared(
            "AWS::EC2::Snapshot",
            "arn:aws:ec2:eu-west-1::snapshot/s",
            &format!(r#""ebsSnapshot":{{{configuration}}}"#),
        )
    };
    assert_eq!(ebs(""), (false, 0, false));
    assert_eq!(
        ebs(r#""userIds":["444455556666"],"kmsKeyId":"k""#),
        (false, 1, true)
    );
    assert_eq!(ebs(r#""groups":["all"]"#), (true, 0, false));
    let rds = |accounts: &str| {
        shared(
            "AWS::RDS::DBSnapshot",
            "arn:aws:rds:eu-west-1:111122223333:snapshot:s",
            &format!(
                r#""rdsDbSnapshot":{{"attributes":{{"restore":{{"accountIds":[{accounts}]}},"copy":{{}}}}}}"#
            ),
        )
    };
    assert_eq!(rds(r#""all","444455556666""#), (true, 1, false));
    let odd = r#""ebsSnapshot":{"groups":["some"]}"#;
    let error = parse_record(&record(
        "AWS::EC2::Snapshot",
        "arn:aws:ec2:eu-west-1::snapshot/s",
        odd,
    ))
    .expect_err("no such group");
    assert_eq!(error.document().code(), "unknown-value");
}
