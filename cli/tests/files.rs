//! `keyaki scan` on what teams have in files: plans, templates, exports, outputs; and on what only looks like them.

mod common;

use common::{file, folder, keyaki, parse, text};
use keyaki_language::json::Json;

fn list<'a>(report: &'a Json<'static>, name: &str) -> &'a [Json<'static>] {
    report
        .get(name)
        .and_then(Json::as_array)
        .unwrap_or_else(|| panic!("`{name}` is missing"))
}

/// Scans a file as JSON; the status and the report.
fn scan(path: &str, more: &[&str]) -> (i32, Json<'static>) {
    let run = keyaki(&[&["scan", path, "--format", "json"], more].concat(), "");
    assert!(
        run.status == 0 || run.status == 1 || run.status == 3,
        "{}: {}",
        run.status,
        run.err
    );
    (run.status, parse(&run.out))
}

/// `access resource address` of each finding.
fn found(report: &Json<'static>) -> Vec<String> {
    let one = |finding: &Json| {
        let public = finding.get("isPublic").and_then(Json::as_bool) == Some(true);
        let address = finding.get("address").and_then(Json::as_str).unwrap_or("-");
        format!(
            "{} {} {address}",
            if public { "public" } else { "external" },
            text(finding, "resource")
        )
    };
    list(report, "findings").iter().map(one).collect()
}

/// `code address` of whatever was not analysed.
fn missing(report: &Json<'static>) -> Vec<String> {
    let one = |it: &Json| {
        format!(
            "{} {}",
            text(it, "code"),
            it.get("address").and_then(Json::as_str).unwrap_or("-")
        )
    };
    list(report, "notAnalysed").iter().map(one).collect()
}

const PUBLIC: &str = r#"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::open/*\"}]}"#;
const PARTNER: &str = r#"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"444455556666\"},\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::shared/*\"}]}"#;

/// A plan that opens one bucket, leaves another as it was, and makes a queue whose policy is not known.
fn plan() -> String {
    let resource = |kind: &str, name: &str, values: &str| {
        format!(
            r#"{{"address":"{kind}.{name}","mode":"managed","type":"{kind}","name":"{name}","values":{values}}}"#
        )
    };
    let shared = [
        resource(
            "aws_s3_bucket",
            "shared",
            r#"{"bucket":"shared","id":"shared","arn":"arn:aws:s3:::shared"}"#,
        ),
        resource(
            "aws_s3_bucket_policy",
            "shared",
            &format!(r#"{{"bucket":"shared","policy":"{PARTNER}"}}"#),
        ),
        resource(
            "aws_sns_topic",
            "news",
            r#"{"name":"news","arn":"arn:aws:sns:eu-west-1:111122223333:news"}"#,
        ),
    ]
    .join(",\n");
    let made = [
        resource("aws_s3_bucket", "open", r#"{"bucket":"open"}"#),
        resource(
            "aws_s3_bucket_policy",
            "open",
            &format!(r#"{{"policy":"{PUBLIC}"}}"#),
        ),
        resource("aws_sqs_queue", "jobs", r#"{"name":"jobs"}"#),
        resource("aws_sqs_queue_policy", "jobs", "{}"),
    ]
    .join(",\n");
    format!(
        r#"{{"format_version":"1.2","terraform_version":"1.9.0",
"planned_values":{{"root_module":{{"resources":[
{shared},
{made}
]}}}},
"prior_state":{{"values":{{"root_module":{{"resources":[{shared}]}}}}}},
"resource_changes":[
 {{"address":"aws_s3_bucket_policy.open","type":"aws_s3_bucket_policy","name":"open","change":{{"actions":["create"],"before":null,"after":{{}},"after_unknown":{{"bucket":true,"id":true}}}}}},
 {{"address":"aws_sqs_queue_policy.jobs","type":"aws_sqs_queue_policy","name":"jobs","change":{{"actions":["create"],"before":null,"after":{{}},"after_unknown":{{"queue_url":true,"policy":true}}}}}}
],
"configuration":{{"root_module":{{"resources":[
 {{"address":"aws_s3_bucket_policy.open","expressions":{{"bucket":{{"references":["aws_s3_bucket.open.id","aws_s3_bucket.open"]}},"policy":{{}}}}}},
 {{"address":"aws_sqs_queue_policy.jobs","expressions":{{"queue_url":{{"references":["aws_sqs_queue.jobs.id","aws_sqs_queue.jobs"]}},"policy":{{"references":["x"]}}}}}}
]}}}}}}"#
    )
}

#[test]
fn a_plan_tells_what_a_change_newly_exposes() {
    let folder = folder("files-plan");
    let path = file(&folder, "plan.json", &plan());
    let (status, report) = scan(&path, &[]);
    assert_eq!(status, 1);
    assert_eq!(
        found(&report),
        [
            "external arn:aws:s3:::shared aws_s3_bucket_policy.shared",
            "public arn:aws:s3:::open aws_s3_bucket_policy.open"
        ]
    );
    assert_eq!(
        missing(&report),
        ["unknown-policy aws_sqs_queue_policy.jobs"]
    );
    let findings = list(&report, "findings");
    assert_eq!(
        findings
            .iter()
            .map(|it| text(it, "change"))
            .collect::<Vec<_>>(),
        ["unchanged", "new"]
    );
    // The account is what the ARNs of the plan's own resources say.
    assert_eq!(text(&findings[1], "resourceOwnerAccount"), "111122223333");
    let place = |it: &Json| {
        (
            text(it, "file").to_owned(),
            it.get("line").expect("it has a line").to_string(),
        )
    };
    assert_eq!(place(&findings[1]), (path.clone(), "7".to_owned()));

    let (status, report) = scan(&path, &["--only-new"]);
    assert_eq!(
        (status, found(&report)),
        (
            1,
            vec!["public arn:aws:s3:::open aws_s3_bucket_policy.open".to_owned()]
        )
    );
    let summary = report.get("summary").expect("it is there");
    assert_eq!(
        summary.get("findings").expect("it is counted").to_string(),
        "1"
    );
    for format in ["table", "csv", "markdown", "html", "jsonl"] {
        let run = keyaki(&["scan", &path, "--format", format, "--only-new"], "");
        assert_eq!(run.status, 1, "{format}: {}", run.err);
        let plain = run.out.replace('\\', "");
        assert!(
            plain.contains("aws_s3_bucket_policy.open"),
            "{format}: {}",
            run.out
        );
        assert!(
            !plain.contains("aws_s3_bucket_policy.shared"),
            "{format}: {}",
            run.out
        );
        assert!(plain.contains("plan.json"), "{format}: {}", run.out);
    }
}

#[test]
fn a_plan_on_standard_input_is_compared_with_its_before_side() {
    let run = keyaki(&["scan", "-", "--only-new", "--format", "json"], &plan());
    assert_eq!(run.status, 1, "{}", run.err);
    let report = parse(&run.out);
    assert_eq!(
        found(&report),
        ["public arn:aws:s3:::open aws_s3_bucket_policy.open"]
    );
    let changes: Vec<&str> = list(&report, "findings")
        .iter()
        .map(|it| text(it, "change"))
        .collect();
    assert_eq!(changes, ["new"]);
    // What says nothing of before has nothing to be compared with.
    let run = keyaki(&["scan", "-", "--only-new"], TEMPLATE);
    assert_eq!(run.status, 2, "{}", run.out);
    assert!(run.err.contains("--previous"), "{}", run.err);
    let run = keyaki(&["scan", "-"], TEMPLATE);
    assert_eq!(run.status, 1, "{}", run.err);
}

#[test]
fn public_access_that_a_new_bucket_would_block_says_so() {
    let folder = folder("files-block");
    let reading = |who: &str, block: &str| {
        let template = format!(
            "Resources:
  B: {{Type: AWS::S3::Bucket, Properties: {{BucketName: b{block}}}}}
  P: {{Type: AWS::S3::BucketPolicy, Properties: {{Bucket: !Ref B, PolicyDocument: {{Statement: [{{Effect: Allow, Principal: {who}, Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/*'}}]}}}}}}
"
        );
        let (_, report) = scan(&file(&folder, "t.yaml", &template), &[]);
        let found = list(&report, "findings").first();
        found.map(|it| {
            it.get("reading")
                .and_then(Json::as_str)
                .unwrap_or("-")
                .to_owned()
        })
    };
    let said = |text: &str| Some(text.to_owned());
    assert_eq!(
        reading("'*'", ""),
        said("if Block Public Access, which new buckets have on, is off")
    );
    // Other accounts are let in either way, and what the template says itself needs no words.
    assert_eq!(reading("{AWS: '444455556666'}", ""), said("-"));
    let off = ", PublicAccessBlockConfiguration: {RestrictPublicBuckets: false}";
    assert_eq!(reading("'*'", off), said("-"));
    let on = ", PublicAccessBlockConfiguration: {RestrictPublicBuckets: true}";
    assert_eq!(reading("'*'", on), None);
}

#[test]
fn what_an_apply_does_not_touch_is_not_new() {
    let folder = folder("files-noop");
    // The same resources on both sides.
    let text = plan()
        .replace("\"planned_values\"", "\"ignored\"")
        .replace("\"prior_state\":{\"values\":", "\"planned_values\":");
    let text = text.replacen(
        "]}}},\n\"resource_changes\"",
        "]}},\n\"resource_changes\"",
        1,
    );
    let path = file(
        &folder,
        "state.json",
        &text.replace("resource_changes", "no_changes"),
    );
    let run = keyaki(&["scan", &path, "--only-new"], "");
    assert_eq!(
        run.status, 2,
        "there is nothing to compare with: {}",
        run.out
    );
    assert!(run.err.contains("--previous"), "{}", run.err);
    let run = keyaki(&["scan", &path, "--only-new", "--previous", &path], "");
    assert_eq!(run.status, 0, "{}{}", run.out, run.err);
}

const TEMPLATE: &str = "AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Partner: {Type: String}
  Stage: {Type: String}
  Size: {Type: String, Default: small}
Conditions:
  IsOpen: !Equals [!Ref Stage, open]
  IsLarge: !Equals [!Ref Size, large]
Resources:
  Own:
    Type: AWS::S3::Bucket
  OwnPolicy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Own
      PolicyDocument:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Principal: {AWS: !Sub 'arn:aws:iam::${AWS::AccountId}:root'}
            Action: s3:GetObject
            Resource: !Sub '${Own.Arn}/*'
          - Effect: Deny
            Principal: '*'
            Action: s3:*
            Resource: [!GetAtt Own.Arn, !Join ['/', [!GetAtt Own.Arn, '*']]]
            Condition: {Bool: {aws:SecureTransport: false}}
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Statement:
          Effect: Allow
          Principal: {AWS: !Ref Partner}
          Action: kms:Decrypt
          Resource: '*'
  Queue:
    Type: AWS::SQS::Queue
    Properties: {QueueName: jobs}
  QueuePolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Queue]
      PolicyDocument:
        Statement:
          - Effect: Allow
            Principal: !If [IsOpen, '*', {AWS: !Ref AWS::AccountId}]
            Action: sqs:SendMessage
            Resource: '*'
  Large:
    Type: AWS::SNS::Topic
    Condition: IsLarge
  LargePolicy:
    Type: AWS::SNS::TopicPolicy
    Condition: IsLarge
    Properties:
      Topics: [!Ref Large]
      PolicyDocument:
        Statement: [{Effect: Allow, Principal: '*', Action: 'sns:Publish', Resource: '*'}]
";

#[test]
fn a_template_is_judged_for_every_value() {
    let folder = folder("files-template");
    let path = file(&folder, "template.yaml", TEMPLATE);
    let (status, report) = scan(&path, &[]);
    assert_eq!(status, 1);
    assert_eq!(
        found(&report),
        [
            "public arn:aws:kms:{Region}:000000000000:key/{Key} Key",
            "public arn:aws:sqs:{Region}:000000000000:jobs QueuePolicy",
            "public arn:aws:sns:{Region}:000000000000:{Large} LargePolicy",
        ]
    );
    let findings = list(&report, "findings");
    let readings: Vec<&str> = findings
        .iter()
        .map(|it| it.get("reading").and_then(Json::as_str).unwrap_or("-"))
        .collect();
    assert_eq!(readings, ["-", "if {Stage} is open", "if IsLarge"]);
    let lines: Vec<String> = findings
        .iter()
        .map(|it| it.get("line").expect("it has a line").to_string())
        .collect();
    assert_eq!(lines, ["33", "46", "59"]);
    let summary = report.get("summary").expect("it is there");
    let policies = summary
        .get("policies")
        .expect("they are counted")
        .to_string();
    assert_eq!(
        policies,
        r#"{"kms-key":1,"s3-bucket":1,"sns-topic":1,"sqs-queue":1}"#
    );
    // The key's answer leans on a parameter, and says so.
    assert_eq!(missing(&report), ["undefined Key"]);
    let why = text(&list(&report, "notAnalysed")[0], "message");
    assert!(
        why.contains("Partner") && why.contains("is not known"),
        "{why}"
    );

    // Known values make known answers.
    let (_, report) = scan(
        &path,
        &["--account", "111122223333", "--region", "eu-west-1"],
    );
    assert!(
        found(&report)
            .contains(&"public arn:aws:sqs:eu-west-1:111122223333:jobs QueuePolicy".to_owned())
    );
}

#[test]
fn two_templates_are_compared() {
    let folder = folder("files-templates");
    let new = file(&folder, "new.yaml", TEMPLATE);
    let closed = TEMPLATE.replace(
        "!If [IsOpen, '*', {AWS: !Ref AWS::AccountId}]",
        "{AWS: !Ref AWS::AccountId}",
    );
    let old = file(&folder, "old.yaml", &closed);
    let (status, report) = scan(&new, &["--previous", &old, "--only-new"]);
    assert_eq!(
        (status, found(&report)),
        (
            1,
            vec!["public arn:aws:sqs:{Region}:000000000000:jobs QueuePolicy".to_owned()]
        )
    );
    let (status, report) = scan(&old, &["--previous", &new, "--only-new"]);
    assert_eq!((status, found(&report)), (3, Vec::new()));
    assert_eq!(
        list(&report, "gone")
            .iter()
            .map(|it| text(it, "reason"))
            .collect::<Vec<_>>(),
        ["resolved"]
    );
}

#[test]
fn a_sam_function_with_an_open_url_is_public() {
    let folder = folder("files-sam");
    let template = "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      FunctionUrlConfig: {AuthType: NONE}\n";
    let (status, report) = scan(&file(&folder, "sam.yaml", template), &[]);
    assert_eq!(
        (status, found(&report)),
        (
            1,
            vec!["public arn:aws:lambda:{Region}:000000000000:function:{F} F".to_owned()]
        )
    );
}

#[test]
fn a_state_and_a_plan_with_modules_are_joined_by_references() {
    let folder = folder("files-modules");
    let plan = r#"{"format_version":"1.2","planned_values":{"root_module":{"child_modules":[
 {"address":"module.store[\"a\"]","resources":[{"address":"module.store[\"a\"].aws_s3_bucket.b","mode":"managed","type":"aws_s3_bucket","name":"b","values":{"bucket":"bucket-a"}}]},
 {"address":"module.store[\"b\"]","resources":[{"address":"module.store[\"b\"].aws_s3_bucket.b","mode":"managed","type":"aws_s3_bucket","name":"b","values":{"bucket":"bucket-b"}}]}],
 "resources":[{"address":"aws_s3_bucket_policy.p[\"b\"]","mode":"managed","type":"aws_s3_bucket_policy","name":"p","index":"b","values":{"policy":"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::bucket-b/*\"}}"}}]}},
"resource_changes":[{"address":"aws_s3_bucket_policy.p[\"b\"]","change":{"actions":["create"],"before":null,"after_unknown":{"bucket":true}}}],
"configuration":{"root_module":{"resources":[{"address":"aws_s3_bucket_policy.p","expressions":{"bucket":{"references":["module.store","each.key"]},"policy":{}}}],
 "module_calls":{"store":{"module":{"outputs":{"id":{"expression":{"references":["aws_s3_bucket.b.id","aws_s3_bucket.b"]}}},"resources":[{"address":"aws_s3_bucket.b","expressions":{"bucket":{}}}]}}}}}}"#;
    let plan = plan.replace(
        r#""references":["module.store","each.key"]"#,
        r#""references":["module.store[each.key].id","module.store","each.key"]"#,
    );
    let (status, report) = scan(&file(&folder, "plan.json", &plan), &[]);
    assert_eq!(
        (status, found(&report)),
        (
            1,
            vec![r#"public arn:aws:s3:::bucket-b aws_s3_bucket_policy.p["b"]"#.to_owned()]
        )
    );
    // What is attached to a bucket outside of the plan is analysed by itself.
    let state = r#"{"format_version":"1.0","values":{"root_module":{"resources":[{"address":"aws_s3_bucket_policy.p","mode":"managed","type":"aws_s3_bucket_policy","name":"p","values":{"bucket":"elsewhere","policy":"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\"Resource\":\"*\"}}"}}]}}}"#;
    let (status, report) = scan(&file(&folder, "state.json", state), &[]);
    assert_eq!(
        (status, found(&report)),
        (
            1,
            vec!["public arn:aws:s3:::elsewhere aws_s3_bucket_policy.p".to_owned()]
        )
    );
}

#[test]
fn a_policy_document_with_an_unknown_part_is_made() {
    let folder = folder("files-document");
    let plan = |who: &str, open: &str| {
        format!(
            r#"{{"format_version":"1.2","planned_values":{{"root_module":{{"resources":[
 {{"address":"aws_s3_bucket.b","mode":"managed","type":"aws_s3_bucket","name":"b","values":{{"bucket":"named"}}}},
 {{"address":"aws_s3_bucket_policy.p","mode":"managed","type":"aws_s3_bucket_policy","name":"p","values":{{"bucket":"named"}}}},
 {{"address":"data.aws_iam_policy_document.d","mode":"data","type":"aws_iam_policy_document","name":"d","values":{{"statement":[{{"actions":["s3:GetObject"],"effect":"Allow","principals":[{{"type":"AWS","identifiers":[{who}]}}],"resources":["*"],"condition":[]}}]}}}}]}}}},
"resource_changes":[
 {{"address":"aws_s3_bucket_policy.p","change":{{"actions":["create"],"before":null,"after_unknown":{{"policy":true}}}}}},
 {{"address":"data.aws_iam_policy_document.d","change":{{"actions":["read"],"before":null,"after_unknown":{{"json":true,"statement":[{{"principals":[{{"identifiers":[{open}]}}]}}]}}}}}}],
"configuration":{{"root_module":{{"resources":[
 {{"address":"aws_s3_bucket_policy.p","expressions":{{"bucket":{{}},"policy":{{"references":["data.aws_iam_policy_document.d.json","data.aws_iam_policy_document.d"]}}}}}}]}}}}}}"#
        )
    };
    let (status, report) = scan(
        &file(&folder, "known.json", &plan("\"444455556666\"", "false")),
        &[],
    );
    assert_eq!(
        (status, found(&report), missing(&report)),
        (
            1,
            vec!["external arn:aws:s3:::named aws_s3_bucket_policy.p".to_owned()],
            Vec::new()
        )
    );
    let (_, report) = scan(&file(&folder, "open.json", &plan("", "true")), &[]);
    assert_eq!(missing(&report), ["undefined aws_s3_bucket_policy.p"]);
}

#[test]
fn authorization_details_are_read_from_a_pipe() {
    let details = r#"{"UserDetailList":[{"Arn":"arn:aws:iam::111122223333:user/ann","GroupList":["g"],"UserPolicyList":[]}],"GroupDetailList":[],
 "RoleDetailList":[{"Arn":"arn:aws:iam::111122223333:role/open","AssumeRolePolicyDocument":{"Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]},"RolePolicyList":[],"AttachedManagedPolicies":[{"PolicyName":"x","PolicyArn":"arn:aws:iam::aws:policy/x"}]},
 {"Arn":"arn:aws:iam::111122223333:role/encoded","AssumeRolePolicyDocument":"%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22AWS%22%3A%22444455556666%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D"}],
 "Policies":[],"IsTruncated":false}"#;
    let run = keyaki(&["scan", "-", "--format", "json"], details);
    assert_eq!(run.status, 1, "{}", run.err);
    let report = parse(&run.out);
    assert_eq!(
        found(&report),
        [
            "public arn:aws:iam::111122223333:role/open -",
            "external arn:aws:iam::111122223333:role/encoded -"
        ]
    );
    assert_eq!(missing(&report), Vec::<String>::new());
    let run = keyaki(
        &["scan", "-", "--format", "json"],
        &details.replace("\"IsTruncated\":false", "\"IsTruncated\":true"),
    );
    assert_eq!(missing(&parse(&run.out)), ["truncated -"]);
}

#[test]
fn exports_of_aws_config_are_read() {
    let folder = folder("files-config");
    let policy = r#"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::open/*\"}]}"#;
    let acl = r#"\"{\\\"grantList\\\":[{\\\"grantee\\\":\\\"AllUsers\\\",\\\"permission\\\":\\\"Read\\\"}],\\\"owner\\\":{\\\"id\\\":\\\"abc\\\"}}\""#;
    let bucket = |name: &str, more: &str| {
        format!(
            r#"{{"awsAccountId":"111122223333","configurationItemStatus":"OK","resourceType":"AWS::S3::Bucket","resourceName":"{name}","ARN":"arn:aws:s3:::{name}","awsRegion":"eu-west-1","configuration":{{"name":"{name}"}},"supplementaryConfiguration":{{{more}}}}}"#
        )
    };
    let items = [
        bucket("open", &format!(r#""BucketPolicy":{{"policyText":"{policy}"}}"#)),
        bucket("listed", &format!(r#""BucketPolicy":{{"policyText":null}},"AccessControlList":"{acl}""#)),
        bucket("partial", ""),
        r#"{"awsAccountId":"111122223333","configurationItemStatus":"OK","resourceType":"AWS::EC2::Instance","ARN":"arn:aws:ec2:eu-west-1:111122223333:instance/i","configuration":{}}"#.to_owned(),
        r#"{"awsAccountId":"111122223333","configurationItemStatus":"OK","resourceType":"AWS::DynamoDB::Table","resourceName":"t","ARN":"arn:aws:dynamodb:eu-west-1:111122223333:table/t","awsRegion":"eu-west-1","configuration":{}}"#.to_owned(),
        r#"{"awsAccountId":"111122223333","configurationItemStatus":"ResourceDeleted","resourceType":"AWS::SQS::Queue","ARN":"arn:aws:sqs:eu-west-1:111122223333:gone","awsRegion":"eu-west-1"}"#.to_owned(),
    ];
    let export = format!(
        "{{\"fileVersion\":\"1.0\",\"configSnapshotId\":\"x\",\"configurationItems\":[\n{}\n]}}",
        items.join(",\n")
    );
    let strings: Vec<String> = items
        .iter()
        .map(|item| Json::from(item.as_str()).to_string())
        .collect();
    let answer = format!(
        "{{\"Results\":[\n{}\n],\"QueryInfo\":{{}}}}",
        strings.join(",\n")
    );
    for (name, content) in [
        ("snapshot.json", export),
        ("lines.json", items.join("\n")),
        ("answer.json", answer),
    ] {
        let (status, report) = scan(&file(&folder, name, &content), &[]);
        assert_eq!(status, 1, "{name}");
        assert_eq!(
            found(&report),
            [
                "public arn:aws:s3:::open AWS::S3::Bucket open",
                "public arn:aws:s3:::listed AWS::S3::Bucket listed"
            ],
            "{name}"
        );
        assert_eq!(
            missing(&report),
            [
                "missing-member AWS::S3::Bucket partial",
                "not-recorded AWS::DynamoDB::Table t"
            ],
            "{name}"
        );
    }
}

#[test]
fn a_folder_of_outputs_is_put_together() {
    let folder = folder("files-outputs");
    let policy = |statement: &str| {
        format!(
            "{{\"Policy\":{}}}",
            Json::from(format!("{{\"Statement\":[{statement}]}}"))
        )
    };
    let open = r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::reports/*"}"#;
    std::fs::create_dir(folder.join("reports")).expect("it can be made");
    file(
        &folder.join("reports"),
        "get-bucket-policy.json",
        &policy(open),
    );
    file(
        &folder,
        "get-bucket-acl-listed.json",
        r#"{"Owner":{"ID":"abc"},"Grants":[{"Grantee":{"Type":"Group","URI":"http://acs.amazonaws.com/groups/global/AllUsers"},"Permission":"READ"}]}"#,
    );
    file(
        &folder,
        "get-queue-attributes.json",
        r#"{"Attributes":{"QueueArn":"arn:aws:sqs:eu-west-1:111122223333:q","Policy":"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"444455556666\"},\"Action\":\"sqs:*\",\"Resource\":\"*\"}}"}}"#,
    );
    file(
        &folder,
        "function.json",
        &policy(
            r#"{"Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:eu-west-1:111122223333:function:f"}"#,
        ),
    );
    file(
        &folder,
        "get-key-policy.json",
        &policy(r#"{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}"#),
    );
    file(
        &folder,
        "get-role.json",
        r#"{"Role":{"Arn":"arn:aws:iam::111122223333:role/r","AssumeRolePolicyDocument":{"Statement":{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"sts:AssumeRole"}}}}"#,
    );
    file(&folder, "strange.json", r#"{"Buckets":[]}"#);
    let path = folder.display().to_string();
    let (status, report) = scan(&path, &["--account", "111122223333"]);
    assert_eq!(status, 1);
    let mut all = found(&report);
    all.sort();
    assert_eq!(
        all,
        [
            "external arn:aws:iam::111122223333:role/r -",
            "external arn:aws:sqs:eu-west-1:111122223333:q -",
            "public arn:aws:lambda:eu-west-1:111122223333:function:f -",
            "public arn:aws:s3:::listed -",
            "public arn:aws:s3:::reports -",
        ]
    );
    // The key is named nowhere, a file is of no kind, and of one bucket nobody has the policy.
    let codes: Vec<&str> = list(&report, "notAnalysed")
        .iter()
        .map(|it| text(it, "code"))
        .collect();
    assert_eq!(
        codes,
        ["nameless-output", "unsupported-output", "not-collected"]
    );
    assert!(
        list(&report, "findings")
            .iter()
            .any(|it| text(it, "file").ends_with("get-bucket-policy.json"))
    );
}

#[test]
fn hostile_files_end_in_words() {
    let folder = folder("files-hostile");
    let deep = format!("{{\"Resources\":{}{}}}", "[".repeat(5000), "]".repeat(5000));
    let cyclic = r#"{"Resources":{"A":{"Type":"AWS::S3::Bucket","Properties":{"BucketName":{"Ref":"B"}}},"B":{"Type":"AWS::S3::Bucket","Properties":{"BucketName":{"Fn::Sub":"${A}-${A}-${A}"}}}}}"#;
    let conditions = r#"{"Conditions":{"X":{"Fn::Not":[{"Condition":"Y"}]},"Y":{"Condition":"X"}},"Resources":{"A":{"Type":"AWS::S3::Bucket","Condition":"X"}}}"#;
    let mut bomb =
        "Resources:\n  A: {Type: 'AWS::S3::Bucket'}\nx0: &x0 [y, y, y, y, y, y, y, y, y]\n"
            .to_owned();
    for i in 1..14 {
        bomb.push_str(&format!(
            "x{i}: &x{i} [{}]\n",
            vec![format!("*x{}", i - 1); 9].join(", ")
        ));
    }
    let wrong = r#"{"Resources":{"A":{"Type":"AWS::S3::BucketPolicy","Properties":[]},"B":{"Type":7},"C":{"Type":"AWS::IAM::Role","Properties":{"AssumeRolePolicyDocument":[1,{"Fn::If":[]}]}},"D":{"Type":"AWS::SQS::QueuePolicy","Properties":{"Queues":{"Ref":[]},"PolicyDocument":{"Statement":{"Effect":{"Fn::Select":["9",[]]}}}}},"E":[]}}"#;
    for (name, content, statuses) in [
        ("deep.json", deep.as_str(), &[2][..]),
        (
            "truncated.json",
            "{\"format_version\":\"1.2\",\"planned_values\":{\"root_module\"",
            &[2],
        ),
        ("empty.yaml", "# nothing\n", &[2]),
        ("other.json", "{\"a\":1}", &[2]),
        ("list.yaml", "- a\n- b\n", &[2]),
        ("tabs.yaml", "Resources:\n\tA: 1\n", &[2]),
        ("bomb.yaml", bomb.as_str(), &[2]),
        (
            "letters.json",
            "{\"Resources\":{\"A\":{\"Type\":\"AWS::S3::Bucket\",\"Properties\":{\"BucketName\":\"\u{e000}x\u{e001}\"}}}}",
            &[2],
        ),
        ("cyclic.json", cyclic, &[0, 3]),
        ("conditions.json", conditions, &[0, 3]),
        ("wrong.json", wrong, &[3]),
        (
            "items.json",
            "{\"configurationItems\":[{\"resourceType\":\"AWS::S3::Bucket\"",
            &[3],
        ),
        (
            "odd-items.json",
            "{\"configurationItems\":[1,\"x\",{\"resourceType\":7},{\"resourceType\":\"AWS::S3::Bucket\"},[],null]}",
            &[3],
        ),
        (
            "plan.json",
            "{\"planned_values\":{\"root_module\":{\"resources\":[7,{\"type\":\"aws_s3_bucket\"},{\"address\":\"a\",\"type\":\"aws_iam_role\",\"name\":\"r\",\"values\":{\"assume_role_policy\":\"{\"}}]}}}",
            &[3],
        ),
    ] {
        let path = file(&folder, name, content);
        let run = keyaki(&["scan", &path], "");
        assert!(
            statuses.contains(&run.status),
            "{name}: {} {}{}",
            run.status,
            run.out,
            run.err
        );
        let told = format!("{}{}", run.out, run.err);
        assert!(
            !told.contains("panicked") && !told.contains("internal-error"),
            "{name}: {told}"
        );
        if run.status == 2 {
            assert!(run.err.contains(name), "{name}: {}", run.err);
            assert!(run.err.contains("hint:"), "{name}: {}", run.err);
        }
    }
    let binary = folder.join("plan.tfplan");
    std::fs::write(&binary, b"PK\x03\x04\xff\xfe\x00").expect("it can be written");
    let run = keyaki(&["scan", &binary.display().to_string()], "");
    assert_eq!(run.status, 2);
    assert!(run.err.contains("terraform show -json"), "{}", run.err);
}

#[test]
fn options_about_files_are_checked() {
    for (option, value) in [("--account", "12"), ("--region", "Mars!")] {
        let run = keyaki(&["scan", option, value], "");
        assert_eq!(run.status, 2, "{option}");
        assert!(run.err.contains(value), "{}", run.err);
    }
    let run = keyaki(&["scan", "--only-new"], "");
    assert_eq!(run.status, 2);
}

#[test]
fn an_unknown_text_leaves_a_question_undecided_only_where_it_matters() {
    let folder = folder("files-unknown");
    let policy = |who: &str, resource: &str, more: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{who},"Action":"s3:GetObject","Resource":"{resource}"{more}}}]}}"#
        )
    };
    let own = r#"{"AWS":"111122223333"}"#;
    let unknown = "${keyaki:unknown X}";
    for (name, text, status) in [
        (
            "principal.json",
            policy(&format!(r#"{{"AWS":"{unknown}"}}"#), "*", ""),
            3,
        ),
        ("resource.json", policy(r#""*""#, unknown, ""), 3),
        (
            "value.json",
            policy(
                r#""*""#,
                "*",
                &format!(r#","Condition":{{"StringEquals":{{"aws:SourceVpc":"{unknown}"}}}}"#),
            ),
            3,
        ),
        ("own.json", policy(own, unknown, ""), 0),
        (
            "beside.json",
            policy(
                &format!(r#"{{"AWS":["{unknown}","444455556666"]}}"#),
                "*",
                "",
            ),
            1,
        ),
    ] {
        let path = file(&folder, name, &text);
        let run = keyaki(
            &[
                "check",
                "no-external-access",
                &path,
                "--resource-type",
                "AWS::S3::Bucket",
                "--zone",
                "111122223333",
            ],
            "",
        );
        assert_eq!(run.status, status, "{name}: {}{}", run.out, run.err);
    }
}

#[test]
fn s45_an_arn_of_which_a_part_is_not_known_is_somebodys() {
    let folder = folder("files-unknown-arn");
    let asked = |name: &str, who: &str, question: &[&str]| {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{who}"}},"Action":"s3:GetObject","Resource":"*"}}]}}"#
        );
        let path = file(&folder, name, &text);
        let certificate = folder.join("certificate.json").display().to_string();
        let command = [
            &[
                "check",
                question[0],
                &path,
                "--resource-type",
                "AWS::S3::Bucket",
                "--certificate",
                &certificate,
            ],
            &question[1..],
        ];
        let status = keyaki(&command.concat(), "").status;
        if status == 0 {
            assert_eq!(keyaki(&["verify", &certificate], "").status, 0);
        }
        status
    };
    let (public, external) = (
        ["no-public-access"],
        ["no-external-access", "--zone", "111122223333"],
    );
    for (name, who, is_public) in [
        ("root.json", "${keyaki:unknown arn:aws:iam::|A|:root}", 0),
        (
            "role.json",
            "${keyaki:unknown arn:aws:iam::111122223333:role/|R|}",
            0,
        ),
        ("all.json", "${keyaki:unknown |A|}", 3),
        ("name.json", "${keyaki:unknown A}", 3),
        ("invalid.json", "arn:aws:iam::a:root", 3),
    ] {
        assert_eq!(asked(name, who, &public), is_public, "{name}");
        assert_eq!(asked(name, who, &external), 3, "{name}");
    }
    let template = r#"{"Parameters":{"A":{"Type":"String"}},"Resources":{"R":{"Type":"AWS::IAM::Role","Properties":{"AssumeRolePolicyDocument":{"Statement":[{"Effect":"Allow","Principal":{"AWS":{"Fn::Sub":"arn:aws:iam::${A}:root"}},"Action":"sts:AssumeRole"}]}}}}}"#;
    let (status, report) = scan(&file(&folder, "template.json", template), &[]);
    assert_eq!((status, missing(&report).len()), (1, 1));
    assert_eq!(found(&report).len(), 1);
    assert!(
        !report.to_string().contains(r#""isPublic":true"#),
        "{report}"
    );
}

#[test]
fn a_key_that_is_written_twice_is_told() {
    let folder = folder("files-doubled");
    let template = r#"{"Resources":{"R":{"Type":"AWS::IAM::Role","Properties":{"AssumeRolePolicyDocument":{"Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole","Effect":"Allow"}]}}}}}"#;
    let (status, report) = scan(&file(&folder, "doubled.json", template), &[]);
    assert_eq!(status, 1);
    assert_eq!(missing(&report), ["duplicate-key -"]);
    assert_eq!(found(&report).len(), 1);
}
