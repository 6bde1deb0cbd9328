//! What templates say in their many ways comes to the findings that it should.

mod support;

use keyaki_engine::Limits;
use keyaki_engine::finding::{Analyzer, Selection};
use keyaki_engine::resource::{Organization, ZoneOfTrust};
use keyaki_fetch::Snapshot;
use keyaki_fetch::file::Options;
use std::path::PathBuf;
use support::outcome;

fn scan(template: &str) -> Vec<String> {
    let read = Snapshot::from_reader("template.yaml", template.as_bytes(), &Options::default());
    outcome(read.expect("it is a template"))
}

/// A folder of this test's own with these files.
fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("keyaki-{}-{name}", std::process::id()));
    for (file, text) in files {
        let path = folder.join(file);
        std::fs::create_dir_all(path.parent().expect("it has a folder")).expect("it can be made");
        std::fs::write(path, text).expect("it can be written");
    }
    folder
}

const NOTHING: [&str; 0] = [];

/// A key whose policy lets in this principal, beside a role of the template.
fn key(principal: &str, condition: &str) -> String {
    format!(
        "Parameters: {{P: {{Type: String}}}}
Mappings:
  Same: {{us-east-1: {{s: states.us-east-1.amazonaws.com}}, eu-west-1: {{s: states.eu-west-1.amazonaws.com}}}}
  Mixed: {{us-east-1: {{s: '444455556666'}}, eu-west-1: {{s: '555566667777'}}}}
Resources:
  R: {{Type: AWS::IAM::Role, Properties: {{AssumeRolePolicyDocument: {{Statement: [{{Effect: Allow, Principal: {{Service: ec2.amazonaws.com}}, Action: 'sts:AssumeRole'}}]}}}}}}
  K:
    Type: AWS::KMS::Key
    Properties: {{KeyPolicy: {{Statement: [{{Effect: Allow, Principal: {principal}, Action: 'kms:Decrypt', Resource: '*', Condition: {{{condition}}}}}]}}}}"
    )
}

#[test]
fn a_role_of_the_template_is_of_its_account() {
    for (principal, condition) in [
        ("{AWS: !GetAtt R.Arn}", ""),
        ("{AWS: !Sub '${R.Arn}'}", ""),
        (
            "{AWS: !Sub 'arn:aws:iam::${AWS::AccountId}:role/x-${AWS::Region}-${P}'}",
            "",
        ),
        (
            "{AWS: !Sub 'arn:aws:sts::${AWS::AccountId}:assumed-role/${R}/session'}",
            "",
        ),
        ("'*'", "ArnLike: {'aws:PrincipalArn': !GetAtt R.Arn}"),
        ("{AWS: !Select [4, !Split [':', !GetAtt R.Arn]]}", ""),
        ("{Service: !FindInMap [Same, !Ref AWS::Region, s]}", ""),
    ] {
        assert_eq!(
            scan(&key(principal, condition)),
            NOTHING,
            "{principal} {condition}"
        );
    }
}

#[test]
fn an_identity_elsewhere_whose_name_is_not_known_is_let_in() {
    let arn = "arn:aws:kms:{Region}:000000000000:key/{K}";
    for (principal, condition, who) in [
        (
            "{AWS: !Sub 'arn:aws:iam::444455556666:role/${P}'}",
            "",
            "arn:aws:iam::444455556666:role/=P=",
        ),
        (
            "{AWS: !Sub 'arn:aws:iam::444455556666:user/a/${P}-x'}",
            "",
            "arn:aws:iam::444455556666:user/a/=P=-x",
        ),
        (
            "{AWS: !Sub 'arn:aws:sts::444455556666:assumed-role/${P}/x'}",
            "",
            "arn:aws:sts::444455556666:assumed-role/=P=/x",
        ),
        (
            "'*'",
            "ArnLike: {'aws:PrincipalArn': !Sub 'arn:aws:iam::444455556666:role/${P}'}",
            "*",
        ),
        (
            "'*'",
            "StringEquals: {'aws:PrincipalArn': !Sub 'arn:aws:iam::444455556666:role/${P}'}",
            "*",
        ),
    ] {
        let expected = [format!("external {arn} AWS {who}")];
        assert_eq!(
            scan(&key(principal, condition)),
            expected,
            "{principal} {condition}"
        );
    }
    // Which account it is depends on the Region: every one may be meant.
    let open = scan(&key("{AWS: !FindInMap [Mixed, !Ref AWS::Region, s]}", ""));
    assert!(open.contains(&format!("undefined {arn}")), "{open:?}");
}

#[test]
fn loops_make_resources() {
    let template = "Transform: AWS::LanguageExtensions
Parameters:
  Names: {Type: CommaDelimitedList, Default: 'Alpha,Be-ta'}
  Open: {Type: CommaDelimitedList}
Resources:
  'Fn::ForEach::Buckets':
    - Name
    - !Ref Names
    - 'Bucket&{Name}': {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub 'data-${Name}'}}
      'Policy&{Name}':
        Type: AWS::S3::BucketPolicy
        Properties:
          Bucket: {Ref: 'Bucket&{Name}'}
          PolicyDocument: {Statement: [{Effect: Allow, Principal: {AWS: '444455556666'}, Action: 's3:GetObject', Resource: !Sub 'arn:aws:s3:::data-${Name}/*'}]}
  'Fn::ForEach::Outer':
    - A
    - [x]
    - 'Fn::ForEach::Inner': [B, [y, z], {'Queue${A}${B}': {Type: AWS::SQS::Queue, Properties: {QueueName: {'Fn::Join': ['-', [!Ref A, !Ref B]]}}}, 'Q${A}${B}': {Type: AWS::SQS::QueuePolicy, Properties: {Queues: [{Ref: 'Queue${A}${B}'}], PolicyDocument: {Statement: [{Effect: Allow, Principal: '*', Action: 'sqs:*', Resource: '*'}]}}}}]
  'Fn::ForEach::Topics': [T, !Ref Open, {'Topic${T}': {Type: AWS::SNS::Topic}}]
";
    assert_eq!(
        scan(template),
        [
            "external arn:aws:s3:::data-Alpha AWS 444455556666",
            "external arn:aws:s3:::data-Be-ta AWS 444455556666",
            "public arn:aws:sqs:{Region}:000000000000:x-y AWS *",
            "public arn:aws:sqs:{Region}:000000000000:x-z AWS *",
            "unsupported-function Fn::ForEach::Topics",
        ]
    );
}

#[test]
fn a_loop_of_loops_ends() {
    let items = (0..60)
        .map(|at| format!("a{at}"))
        .collect::<Vec<_>>()
        .join(",");
    let mut body = "{'T${A}${B}${C}': {Type: AWS::SNS::Topic}}".to_owned();
    for name in ["C", "B", "A"] {
        body = format!("{{'Fn::ForEach::{name}': [{name}, [{items}], {body}]}}");
    }
    let outcome = scan(&format!(
        "Transform: AWS::LanguageExtensions\nResources: {body}\n"
    ));
    assert!(
        outcome
            .iter()
            .all(|line| line.starts_with("unsupported-function Fn::ForEach")),
        "{outcome:?}"
    );
    assert!(!outcome.is_empty());
}

#[test]
fn every_condition_that_does_not_hold_by_default_is_a_reading() {
    let mut template =
        "Parameters: {Stage: {Type: String, Default: dev}}\nConditions:\n".to_owned();
    let many = 70;
    for at in 0..many {
        template.push_str(&format!("  C{at}: !Equals [!Ref Stage, s{at}]\n"));
    }
    template.push_str("Resources:\n  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: q}}\n");
    let policies = |count: usize| -> String {
        let policy = |at: usize| {
            format!(
                "  P{at}: {{Type: AWS::SQS::QueuePolicy, Condition: C{at}, Properties: {{Queues: [!Ref Q], PolicyDocument: \
                 {{Statement: [{{Effect: Allow, Principal: {{AWS: '{:012}'}}, Action: 'sqs:SendMessage', Resource: '*'}}]}}}}}}\n",
                100_000_000_000_u64 + at as u64
            )
        };
        (0..count).map(policy).collect()
    };
    let found = scan(&format!("{template}{}", policies(7)));
    for at in 0..7 {
        let who = format!(
            "external arn:aws:sqs:{{Region}}:000000000000:q AWS {:012}",
            100_000_000_000_u64 + at
        );
        assert!(found.contains(&who), "{at}: {found:?}");
    }
    // More than are read are named.
    let found = scan(&format!("{template}{}", policies(many)));
    assert!(
        found.contains(&"too-many-readings Q".to_owned()),
        "{found:?}"
    );
}

#[test]
fn a_loop_over_long_texts_ends() {
    let item = "x".repeat(100_000);
    let body = "${A}".repeat(20_000);
    let found = scan(&format!(
        "Transform: AWS::LanguageExtensions\nResources: {{'Fn::ForEach::L': [A, [{item}, b], \
         {{'T${{A}}': {{Type: AWS::SNS::Topic, Properties: {{TopicName: '{body}'}}}}}}]}}\n"
    ));
    assert_eq!(found, ["unsupported-function Fn::ForEach::L"]);
}

#[test]
fn what_is_brought_in_does_not_make_its_accounts_the_owner() {
    let top = "Resources:
  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: q}}
  P: {Type: AWS::SQS::QueuePolicy, Properties: {'Fn::Transform': {Name: AWS::Include, Parameters: {Location: policy.yaml}}}}
";
    let policy = "Queues: [q]
PolicyDocument: {Statement: [{Effect: Allow, Principal: {AWS: '000000000000'}, Action: 'sqs:SendMessage', Resource: '*'}]}
";
    let folder = folder("brought", &[("top.yaml", top), ("policy.yaml", policy)]);
    let found = outcome(Snapshot::open(&folder.join("top.yaml")).expect("it can be read"));
    std::fs::remove_dir_all(&folder).expect("the folder can be removed");
    assert_eq!(
        found,
        ["external arn:aws:sqs:{Region}:000000000001:q AWS 000000000000"]
    );
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_folder_is_not_followed() {
    let top = "Resources: {Near: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: link.yaml}}}\n";
    let far = folder(
        "link-far",
        &[("far.yaml", "Resources: {T: {Type: AWS::SNS::Topic}}\n")],
    );
    let folder = folder("link", &[("top.yaml", top)]);
    std::os::unix::fs::symlink(far.join("far.yaml"), folder.join("link.yaml"))
        .expect("a link can be made");
    let found = outcome(Snapshot::open(&folder.join("top.yaml")).expect("it can be read"));
    std::fs::remove_dir_all(&folder).expect("the folder can be removed");
    std::fs::remove_dir_all(&far).expect("the folder can be removed");
    assert_eq!(found, ["unsupported-type Near"]);
}

#[test]
fn templates_beside_a_template_are_read() {
    let top = "Resources:
  Own: {Type: AWS::SNS::Topic}
  Near: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ./sub/inner.yaml, Parameters: {Who: '444455556666', Name: !GetAtt Own.TopicName}}}
  App: {Type: AWS::Serverless::Application, Properties: {Location: sub/inner.yaml}}
  Far: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: 'https://s3.amazonaws.com/x/y.yaml'}}
  Above: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ../inner.yaml}}
  Gone: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: gone.yaml}}
  Loop: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: sub/loop.yaml}}
  Brought: {Type: AWS::S3::Bucket, Properties: {'Fn::Transform': {Name: AWS::Include, Parameters: {Location: sub/bucket.yaml}}}}
  Not: {Type: AWS::S3::Bucket, Properties: {'Fn::Transform': {Name: AWS::Include, Parameters: {Location: 's3://x/bucket.yaml'}}}}
";
    let inner = "Parameters: {Who: {Type: String, Default: '555566667777'}, Name: {Type: String, Default: n}}
Resources:
  Bucket: {Type: AWS::S3::Bucket}
  P: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: !Ref Bucket, PolicyDocument: {Statement: [{Effect: Allow, Principal: {AWS: !Ref Who}, Action: 's3:GetObject', Resource: !Sub '${Bucket.Arn}/*'}]}}}
";
    let looped = "Resources: {Self: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: loop.yaml}}}\n";
    let files = [
        ("top.yaml", top),
        ("sub/inner.yaml", inner),
        ("sub/loop.yaml", looped),
        (
            "sub/bucket.yaml",
            "{BucketName: brought, AccessControl: PublicRead}",
        ),
    ];
    let folder = folder("nested", &files);
    let read = Snapshot::open(&folder.join("top.yaml")).expect("it can be read");
    let found = outcome(read);
    std::fs::remove_dir_all(&folder).expect("the folder can be removed");
    assert_eq!(
        found,
        [
            "public arn:aws:s3:::brought AWS *",
            "external arn:aws:s3:::{Near.Bucket} AWS 444455556666",
            "external arn:aws:s3:::{App.Bucket} AWS 555566667777",
            "unsupported-type Far",
            "unsupported-type Above",
            "unsupported-type Gone",
            "unsupported-type Loop.Self.Self.Self.Self.Self.Self.Self.Self",
            "unsupported-function Not",
        ]
    );
}

#[test]
fn stacks_that_name_themselves_end() {
    let one = |name: &str| {
        format!(
            "  {name}: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: self.yaml}}}}\n"
        )
    };
    let template = format!("Resources:\n{}{}{}", one("A"), one("B"), one("C"));
    let folder = folder("selves", &[("self.yaml", &template)]);
    let found = outcome(Snapshot::open(&folder.join("self.yaml")).expect("it can be read"));
    std::fs::remove_dir_all(&folder).expect("the folder can be removed");
    assert!(
        !found.is_empty() && found.iter().all(|it| it.starts_with("unsupported-type ")),
        "{found:?}"
    );
}

#[test]
fn globals_are_of_every_function() {
    let template = "Transform: AWS::Serverless-2016-10-31
Globals: {Function: {FunctionUrlConfig: {AuthType: NONE}}}
Resources:
  Open: {Type: AWS::Serverless::Function}
  Own: {Type: AWS::Serverless::Function, Properties: {FunctionUrlConfig: {AuthType: AWS_IAM}}}
";
    assert_eq!(
        scan(template),
        ["public arn:aws:lambda:{Region}:000000000000:function:{Open} AWS *"]
    );
}

#[test]
fn a_macro_is_named() {
    let template =
        "Transform: [Mine, AWS::Serverless-2016-10-31]\nResources: {T: {Type: AWS::SNS::Topic}}\n";
    assert_eq!(scan(template), ["unsupported-function Transform"]);
}

#[test]
fn an_access_point_that_says_nothing_blocks_the_public() {
    let template = |block: &str| {
        format!(
            "Resources:
  B: {{Type: AWS::S3::Bucket, Properties: {{BucketName: b, PublicAccessBlockConfiguration: {{BlockPublicAcls: false}}}}}}
  P: {{Type: AWS::S3::BucketPolicy, Properties: {{Bucket: !Ref B, PolicyDocument: {{Statement: [{{Effect: Allow, Principal: '*', Action: 's3:*', Resource: '*', Condition: {{StringEquals: {{'s3:DataAccessPointAccount': '000000000000'}}}}}}]}}}}}}
  A:
    Type: AWS::S3::AccessPoint
    Properties:
      Name: a
      Bucket: !Ref B
      {block}
      Policy: {{Statement: [{{Effect: Allow, Principal: '*', Action: 's3:GetObject', Resource: !Sub 'arn:aws:s3:${{AWS::Region}}:${{AWS::AccountId}}:accesspoint/a/object/*'}}]}}
"
        )
    };
    let restricts = |block: &str| {
        let text = template(block);
        let read = Snapshot::from_reader("t.yaml", text.as_bytes(), &Options::default());
        let lines = read.expect("it is a template").resources;
        let lines: Vec<String> = lines
            .map(|line| {
                String::from_utf8_lossy(line.expect("each is a record").bytes()).into_owned()
            })
            .collect();
        assert_eq!(lines.len(), 1);
        // The switch of the access point, behind its policy.
        let (_, point) = lines[0]
            .split_once("publicAccessBlock")
            .expect("the point has switches");
        point.contains(r#""restrictPublicBuckets":true"#)
    };
    assert!(restricts(""));
    assert!(!restricts(
        "PublicAccessBlockConfiguration: {BlockPublicAcls: true}"
    ));
}

#[test]
fn what_is_no_one_document_says_so() {
    let refused = |bytes: &[u8]| {
        let read = Snapshot::from_reader("t.yaml", bytes, &Options::default());
        let error = read.expect_err("it is refused");
        assert!(error.hint().is_some(), "{error}");
        error.to_string()
    };
    let template = "Resources: {T: {Type: AWS::SNS::Topic}}\n";
    let two = format!("{template}---\n{template}");
    assert!(refused(two.as_bytes()).contains("a second document"));
    assert!(refused(b"").contains("empty"));
    assert!(refused(b" \n").contains("empty"));
    assert!(refused(b"Resources: {}\n# \xe9\n").contains("line 2"));
    // A line of dashes behind the one document is none, and neither is the mark of UTF-16 in the way.
    assert_eq!(scan(&format!("---\n{template}---\n")), NOTHING);
    let units = format!("\u{feff}{template}");
    let bytes: Vec<u8> = units.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let read = Snapshot::from_reader("t.yaml", bytes.as_slice(), &Options::default());
    assert_eq!(read.expect("PowerShell writes so").resources.count(), 1);
}

#[test]
fn names_that_double_each_other_end() {
    let one = |at: usize| {
        let next = at + 1;
        format!(
            "  A{at}: {{Type: AWS::S3::Bucket, Properties: {{BucketName: !Sub '${{A{next}}}${{A{next}}}'}}}}\n"
        )
    };
    let resources: String = (0..60).map(one).collect();
    let template = format!("Resources:\n{resources}");
    assert_eq!(scan(&template), ["too-much-work Resources"]);
}

#[test]
fn branches_that_the_defaults_do_not_take_are_read() {
    let template = |statement: &str| {
        format!(
            "Parameters: {{Env: {{Type: String, Default: dev}}}}
Conditions: {{Prod: !Equals [!Ref Env, prod], Dev: !Equals [!Ref Env, dev]}}
Resources:
  Q: {{Type: AWS::SQS::Queue, Properties: {{QueueName: q, DelaySeconds: !If [Prod, 1, 2]}}}}
  P: {{Type: AWS::SQS::QueuePolicy, Properties: {{Queues: [!Ref Q], PolicyDocument: {{Statement: [{statement}]}}}}}}
"
        )
    };
    let public = "public arn:aws:sqs:{Region}:000000000000:q AWS *";
    let allow = "{Effect: Allow, Principal: '*', Action: 'sqs:*', Resource: '*'}";
    let deny = "{Effect: Deny, Principal: '*', Action: '*', Resource: '*'}";
    for open in [
        format!("{{Effect: Allow, Principal: {{AWS: !Ref AWS::AccountId}}, Action: 'sqs:*'}}, !If [Prod, {allow}, !Ref AWS::NoValue]"),
        format!("{allow}, !If [Dev, {deny}, !Ref AWS::NoValue]"),
        "{Effect: Allow, Principal: !If [Dev, {AWS: !Ref AWS::AccountId}, '*'], Action: 'sqs:*', Resource: '*'}".to_owned(),
        "{Effect: !If [Dev, Deny, Allow], Principal: '*', Action: 'sqs:*', Resource: '*'}".to_owned(),
    ] {
        assert_eq!(scan(&template(&open)), [public], "{open}");
    }
    // A parameter that is empty by default is not empty where something is made of it.
    let optional = "Parameters: {Who: {Type: String, Default: ''}}
Conditions: {Has: !Not [!Equals [!Ref Who, '']]}
Resources:
  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: q}}
  P: {Type: AWS::SQS::QueuePolicy, Condition: Has, Properties: {Queues: [!Ref Q], PolicyDocument: {Statement: [{Effect: Allow, Principal: {AWS: !Sub 'arn:aws:iam::444455556666:role/${Who}'}, Action: 'sqs:*', Resource: '*'}]}}}
";
    assert_eq!(
        scan(optional),
        ["external arn:aws:sqs:{Region}:000000000000:q AWS arn:aws:iam::444455556666:role/=Who="]
    );
    // A condition that bears on no access makes no second record.
    assert_eq!(scan(&template(allow)), [public]);
    assert_eq!(scan(&template(deny)), NOTHING);
}

#[test]
fn what_is_shared_without_a_policy_is_named() {
    let template = "Resources:
  Bus: {Type: AWS::Events::EventBusPolicy, Properties: {StatementId: x, Principal: '*', Action: 'events:PutEvents'}}
  Share: {Type: AWS::RAM::ResourceShare, Properties: {Name: x, Principals: ['444455556666']}}
  Own: {Type: AWS::RAM::ResourceShare, Properties: {Name: y}}
  Service: {Type: AWS::EC2::VPCEndpointServicePermissions, Properties: {AllowedPrincipals: ['*'], ServiceId: x}}
  Signer: {Type: AWS::Signer::ProfilePermission, Properties: {ProfileName: p, StatementId: s, Action: 'signer:StartSigningJob', Principal: '*'}}
  Data: {Type: AWS::OpenSearchServerless::AccessPolicy, Properties: {Name: n, Type: data, Policy: '[{\"Rules\": [], \"Principal\": [\"arn:aws:iam::444455556666:root\"]}]'}}
  Source: {Type: AWS::S3::Bucket, Properties: {BucketName: b}, Connectors: {C: {Properties: {Destination: {Id: T}, Permissions: [Write]}}}}
  T: {Type: AWS::SNS::Topic}
";
    let expected = ["Bus", "Share", "Service", "Signer", "Data", "Source"]
        .map(|it| format!("unsupported-type {it}"));
    assert_eq!(scan(template), expected);
}

#[test]
fn an_event_of_a_skill_has_its_permission() {
    let advisories = |events: &str| {
        let template = format!(
            "Transform: AWS::Serverless-2016-10-31
Resources:
  F: {{Type: AWS::Serverless::Function, Properties: {{FunctionName: f, Events: {{{events}}}}}}}
"
        );
        let read = Snapshot::from_reader("template.yaml", template.as_bytes(), &Options::default());
        let snapshot = read.expect("it is a template");
        let nobody = Organization::default();
        let analyzer = Analyzer::new(&nobody, Selection::MinimumCover, Limits::default());
        let mut found = Vec::new();
        for record in snapshot.resources.records() {
            let resource = record.expect("it is a record");
            let analysis = analyzer.analyze(&resource, &ZoneOfTrust::default());
            assert!(analysis.findings.is_empty() && analysis.undecided.is_empty());
            found.extend(analysis.advisories.into_iter().map(|it| {
                let sid = it.statement.sid.unwrap_or_default();
                format!("{} {} {sid}", it.code, resource.arn)
            }));
        }
        found
    };
    assert_eq!(
        advisories("E: {Type: AlexaSkill}"),
        ["confused-deputy arn:aws:lambda:{Region}:000000000000:function:f FEPermission"]
    );
    // A rule may call alone: it is named as the source.
    assert_eq!(
        advisories("E: {Type: Schedule, Properties: {Schedule: rate(1 day)}}"),
        NOTHING
    );
}
