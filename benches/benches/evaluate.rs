//! Can-i questions: 200 requests of 10 roles about 12 resources, under every layer.
//!
//! A small company: a root with a unit and an account below it, service and resource control policies at each level,
//! roles with identity policies, some with a boundary or a session policy, resources of six services with their own
//! policies, and a VPC endpoint for half of the calls. The same 200 requests go to the compiled evaluator (from the
//! complete request to the decision; and from the prepared request) and to the judge. Each iteration asserts how many
//! are allowed, and before the first all decisions are compared one by one.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use keyaki_engine::evaluator::{CallerSide, DocumentId, Evaluator, FactsId, Layers, ResourceSide};
use keyaki_language::judge::{Decision, evaluate};
use keyaki_language::policies::Membership;
use keyaki_language::policy::AccountId;
use keyaki_language::request::ContextValue;
use keyaki_language::{Facts, Policies, Policy, Request, json};
use std::hint::black_box;

const HOME: &str = "111122223333";
const OTHER: &str = "444455556666";

/// The root's, the unit's and the account's service control policies, beside `FullAWSAccess` at each level.
const SCPS: [&str; 3] = [
    r#"{"Effect":"Deny","Action":["organizations:LeaveOrganization","account:*"],"Resource":"*"},
       {"Effect":"Deny","Action":["iam:CreateUser","iam:CreateAccessKey"],"Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/break-glass"}}},
       {"Effect":"Deny","NotAction":["iam:*","sts:*","organizations:*","cloudfront:*","route53:*","support:*"],"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-west-1","eu-central-1","us-east-1"]}}}"#,
    r#"{"Effect":"Deny","Action":["cloudtrail:StopLogging","cloudtrail:DeleteTrail","config:Delete*","guardduty:Delete*","guardduty:Disassociate*"],"Resource":"*"},
       {"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"StringNotEqualsIfExists":{"aws:ResourceOrgID":"o-keyaki1234"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"},"StringNotLikeIfExists":{"aws:PrincipalTag/external":"*"}}}"#,
    r#"{"Effect":"Deny","Action":["kms:ScheduleKeyDeletion","kms:DisableKey"],"Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalTag/team":"security"}}},
       {"Effect":"Deny","Action":"ec2:RunInstances","Resource":"arn:aws:ec2:*:*:instance/*","Condition":{"StringNotLike":{"ec2:InstanceType":["t3.*","m7g.*"]}}}"#,
];

/// Resource control policies of the root, the unit and the account.
const RCPS: [&str; 3] = [
    r#"{"Effect":"Deny","Principal":"*","Action":["s3:*","sqs:*","kms:*","secretsmanager:*","sts:*"],"Resource":"*","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-keyaki1234","aws:PrincipalAccount":["444455556666","777788889999"]},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}}"#,
    r#"{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"BoolIfExists":{"aws:SecureTransport":"false"}}}"#,
    r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::ledger*","Condition":{"NumericLessThanIfExists":{"s3:TlsVersion":"1.2"}}}"#,
];

/// A role: its account and name, identity policies, boundary, session policy (empty where there is none), team.
struct Role {
    account: &'static str,
    name: &'static str,
    identity: &'static [&'static str],
    boundary: &'static str,
    session: &'static str,
    team: &'static str,
}

const READ_ALL: &str = r#"{"Effect":"Allow","Action":["s3:Get*","s3:List*","sqs:Get*","sqs:List*","sqs:ReceiveMessage","kms:Describe*","kms:List*","dynamodb:Get*","dynamodb:Query","dynamodb:Scan","sns:Get*","sns:List*","secretsmanager:Describe*","lambda:Get*","lambda:List*"],"Resource":"*"}"#;
const EVERYTHING: &str = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
const TEAM_OBJECTS: &str = r#"{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject","s3:DeleteObject"],"Resource":"arn:aws:s3:::*/${aws:PrincipalTag/team}/*"},
    {"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::*","Condition":{"StringLike":{"s3:prefix":"${aws:PrincipalTag/team}/*"}}}"#;
const MESSAGES: &str = r#"{"Effect":"Allow","Action":["sqs:SendMessage","sqs:ReceiveMessage","sqs:DeleteMessage"],"Resource":["arn:aws:sqs:*:111122223333:orders*","arn:aws:sqs:*:111122223333:mail"]}"#;
const KEYS: &str = r#"{"Effect":"Allow","Action":["kms:Decrypt","kms:GenerateDataKey*"],"Resource":"arn:aws:kms:*:111122223333:key/*","Condition":{"StringLike":{"kms:ViaService":["s3.*.amazonaws.com","sqs.*.amazonaws.com"]}}}"#;
const NO_SECRETS: &str = r#"{"Effect":"Deny","Action":"secretsmanager:GetSecretValue","NotResource":"arn:aws:secretsmanager:*:*:secret:app/*"}"#;
const TABLES: &str = r#"{"Effect":"Allow","Action":"dynamodb:*","Resource":["arn:aws:dynamodb:*:111122223333:table/orders","arn:aws:dynamodb:*:111122223333:table/orders/index/*"],"Condition":{"ForAllValues:StringLike":{"dynamodb:LeadingKeys":["${aws:PrincipalTag/team}#*"]}}}"#;
const FROM_OFFICE: &str = r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"NotIpAddressIfExists":{"aws:SourceIp":["203.0.113.0/24","10.0.0.0/8","2001:db8:1::/48"]},"BoolIfExists":{"aws:ViaAWSService":"false"}}}"#;
const BOUNDARY: &str = r#"{"Effect":"Allow","Action":["s3:*","sqs:*","kms:*","dynamodb:*","sns:*","lambda:*","secretsmanager:GetSecretValue","sts:AssumeRole"],"Resource":"*"},
    {"Effect":"Deny","Action":["s3:PutBucketPolicy","s3:DeleteBucket*","kms:PutKeyPolicy"],"Resource":"*"}"#;
const READ_ONLY_SESSION: &str = r#"{"Effect":"Allow","Action":["s3:Get*","s3:List*","sqs:ReceiveMessage","dynamodb:Query"],"Resource":"*"}"#;

const ROLES: [Role; 10] = [
    role(HOME, "admin", &[EVERYTHING], "", "", "security"),
    role(HOME, "auditor", &[READ_ALL, FROM_OFFICE], "", "", "audit"),
    role(
        HOME,
        "orders",
        &[TEAM_OBJECTS, MESSAGES, KEYS, TABLES],
        BOUNDARY,
        "",
        "orders",
    ),
    role(
        HOME,
        "mail",
        &[TEAM_OBJECTS, MESSAGES, NO_SECRETS],
        BOUNDARY,
        "",
        "mail",
    ),
    role(
        HOME,
        "analyst",
        &[READ_ALL, KEYS],
        BOUNDARY,
        READ_ONLY_SESSION,
        "data",
    ),
    role(
        HOME,
        "deployer",
        &[EVERYTHING, NO_SECRETS],
        BOUNDARY,
        "",
        "platform",
    ),
    role(
        HOME,
        "support",
        &[READ_ALL, NO_SECRETS, FROM_OFFICE],
        "",
        READ_ONLY_SESSION,
        "support",
    ),
    role(
        OTHER,
        "partner",
        &[TEAM_OBJECTS, EVERYTHING],
        "",
        "",
        "orders",
    ),
    role(OTHER, "reader", &[READ_ALL], "", READ_ONLY_SESSION, "data"),
    role(HOME, "idle", &[NO_SECRETS], "", "", "none"),
];

const fn role(
    account: &'static str,
    name: &'static str,
    identity: &'static [&'static str],
    boundary: &'static str,
    session: &'static str,
    team: &'static str,
) -> Role {
    Role {
        account,
        name,
        identity,
        boundary,
        session,
        team,
    }
}

/// A resource: ARN, an object or part below it that calls are about, its policy, and the actions to ask about.
struct Target {
    arn: &'static str,
    below: &'static str,
    policy: &'static str,
    actions: [&'static str; 4],
}

const OBJECTS: [&str; 4] = [
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:GetObjectVersion",
];
const BUCKETS: [&str; 4] = [
    "s3:ListBucket",
    "s3:GetBucketPolicy",
    "s3:PutBucketPolicy",
    "s3:GetBucketLocation",
];
const QUEUES: [&str; 4] = [
    "sqs:SendMessage",
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:PurgeQueue",
];
const CRYPTO: [&str; 4] = [
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "kms:ScheduleKeyDeletion",
    "kms:DescribeKey",
];

const TARGETS: [Target; 12] = [
    target(
        "arn:aws:s3:::data",
        "/orders/2026/a.csv",
        r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::data","arn:aws:s3:::data/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}},{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::444455556666:role/partner","arn:aws:iam::444455556666:role/reader"]},"Action":"s3:GetObject","Resource":"arn:aws:s3:::data/orders/*"}"#,
        OBJECTS,
    ),
    target(
        "arn:aws:s3:::data",
        "",
        r#"{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"s3:ListBucket","Resource":"arn:aws:s3:::data","Condition":{"StringLike":{"s3:prefix":["orders/*","shared/*"]}}}"#,
        BUCKETS,
    ),
    target(
        "arn:aws:s3:::ledger",
        "/2026/11/book",
        r#"{"Effect":"Deny","NotPrincipal":{"AWS":["111122223333","arn:aws:iam::111122223333:role/admin","arn:aws:sts::111122223333:assumed-role/admin/s1"]},"Action":["s3:Put*","s3:Delete*"],"Resource":"arn:aws:s3:::ledger/*"}"#,
        OBJECTS,
    ),
    target(
        "arn:aws:s3:::public-site",
        "/index.html",
        r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::public-site/*"}"#,
        OBJECTS,
    ),
    target(
        "arn:aws:s3:::mail-archive",
        "/mail/m1",
        r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/mail"},"Action":"s3:*","Resource":"arn:aws:s3:::mail-archive/*"},{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::mail-archive/*","Condition":{"StringNotEquals":{"aws:SourceVpc":["vpc-0a1b2c3d","vpc-9f8e7d6c"]}}}"#,
        OBJECTS,
    ),
    target(
        "arn:aws:sqs:eu-west-1:111122223333:orders",
        "",
        r#"{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"sqs:SendMessage","Resource":"*"},{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"*","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:111122223333:*"}}}"#,
        QUEUES,
    ),
    target(
        "arn:aws:sqs:eu-west-1:111122223333:mail",
        "",
        r#"{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-keyaki1234"}}}"#,
        QUEUES,
    ),
    target(
        "arn:aws:kms:eu-west-1:111122223333:key/1234abcd",
        "",
        r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}"#,
        CRYPTO,
    ),
    target(
        "arn:aws:kms:eu-west-1:111122223333:key/5678ef00",
        "",
        r#"{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:role/orders","arn:aws:iam::444455556666:role/partner"]},"Action":["kms:Decrypt","kms:DescribeKey"],"Resource":"*"},{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/admin"},"Action":"kms:*","Resource":"*"}"#,
        CRYPTO,
    ),
    target(
        "arn:aws:dynamodb:eu-west-1:111122223333:table/orders",
        "",
        "",
        [
            "dynamodb:GetItem",
            "dynamodb:Query",
            "dynamodb:PutItem",
            "dynamodb:DeleteTable",
        ],
    ),
    target(
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:app/db",
        "",
        r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/orders"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}"#,
        [
            "secretsmanager:GetSecretValue",
            "secretsmanager:DescribeSecret",
            "secretsmanager:PutSecretValue",
            "secretsmanager:DeleteSecret",
        ],
    ),
    target(
        "arn:aws:iam::111122223333:role/batch",
        "",
        r#"{"Effect":"Allow","Principal":{"AWS":["111122223333","arn:aws:iam::444455556666:role/partner"]},"Action":"sts:AssumeRole","Condition":{"StringEqualsIfExists":{"sts:ExternalId":"k-17"}}}"#,
        [
            "sts:AssumeRole",
            "sts:TagSession",
            "iam:PassRole",
            "iam:GetRole",
        ],
    ),
];

const fn target(
    arn: &'static str,
    below: &'static str,
    policy: &'static str,
    actions: [&'static str; 4],
) -> Target {
    Target {
        arn,
        below,
        policy,
        actions,
    }
}

/// Calls through the VPC go through this.
const ENDPOINT: &str = r#"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-keyaki1234"}}},
    {"Effect":"Allow","Principal":"*","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::data/*"}"#;

fn policy(statements: &str) -> Policy {
    Policy::read(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#
    ))
    .expect("a sound policy")
}

fn optional(statements: &str) -> Option<Vec<Policy>> {
    (!statements.is_empty()).then(|| vec![policy(statements)])
}

/// The 200 calls: which role, which resource, the request, and whether it goes through the endpoint.
fn calls() -> Vec<(usize, usize, Request, bool)> {
    (0..200)
        .map(|n| {
            // Every role meets every resource; the action moves on each time round.
            let (role, target) = (n % ROLES.len(), (n / ROLES.len() + n) % TARGETS.len());
            let in_vpc = n % 2 == 0;
            let request = call(&ROLES[role], &TARGETS[target], n, in_vpc);
            (role, target, request, in_vpc)
        })
        .collect()
}

fn call(role: &Role, target: &Target, n: usize, in_vpc: bool) -> Request {
    let action = target.actions[(n / 7) % 4];
    let text = format!(
        r#"{{"principal":"arn:aws:sts::{}:assumed-role/{}/s1","action":"{action}","resource":"{}{}","resourceAccount":"{HOME}"}}"#,
        role.account, role.name, target.arn, target.below
    );
    let mut request =
        Request::from_json(&json::parse(&text).expect("JSON"), "").expect("a sound request");
    let mut put = |key: &str, value: &str| {
        let value = ContextValue::One(value.to_owned());
        request.context.insert(key.to_owned(), value);
    };
    put(
        "aws:sourceip",
        ["203.0.113.9", "198.51.100.7", "10.1.2.3"][n % 3],
    );
    put(
        "aws:securetransport",
        if n.is_multiple_of(23) {
            "false"
        } else {
            "true"
        },
    );
    put(
        "aws:requestedregion",
        if n.is_multiple_of(19) {
            "ap-south-1"
        } else {
            "eu-west-1"
        },
    );
    put("aws:principaltag/team", role.team);
    put("aws:currenttime", "2026-11-25T12:00:00Z");
    put("aws:viaawsservice", "false");
    put("aws:userid", "AROAEXAMPLEID:s1");
    if in_vpc {
        put("aws:sourcevpc", "vpc-0a1b2c3d");
        put("aws:sourcevpce", "vpce-1a2b3c4d");
    }
    if action.starts_with("s3:") {
        put("s3:tlsversion", "1.3");
        put("s3:prefix", "orders/2026");
    }
    if action.starts_with("kms:") {
        put("kms:viaservice", "s3.eu-west-1.amazonaws.com");
    }
    if action.starts_with("dynamodb:") {
        let keys = vec![format!("{}#1", role.team), format!("{}#2", role.team)];
        let value = ContextValue::Many(keys);
        request
            .context
            .insert("dynamodb:leadingkeys".to_owned(), value);
    }
    request.complete().expect("nothing contradicts itself");
    request
}

fn facts() -> Facts {
    let account = |text| AccountId::parse(text).expect("twelve digits");
    let member = Membership {
        organization: "o-keyaki1234".to_owned(),
        paths: vec!["o-keyaki1234/r-ab12/ou-ab12-11111111/".to_owned()],
    };
    Facts {
        management_account: Some(account("999900001111")),
        organizations: [(account(HOME), Some(member)), (account(OTHER), None)].into(),
        ..Facts::default()
    }
}

/// The control policies of three levels, each beside the one that allows everything.
fn levels(statements: &[&str], full: &str) -> Vec<Vec<Policy>> {
    let level = |own: &&str| vec![policy(full), policy(own)];
    statements.iter().map(level).collect()
}

/// What the judge reads.
fn plain(role: &Role, target: &Target, in_vpc: bool) -> Policies {
    let full_named = r#"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}"#;
    Policies {
        identity: role.identity.iter().map(|text| policy(text)).collect(),
        resource: (!target.policy.is_empty()).then(|| policy(target.policy)),
        boundary: optional(role.boundary),
        session: optional(role.session),
        scps: levels(&SCPS, EVERYTHING),
        rcps: levels(&RCPS, full_named),
        vpc_endpoint: in_vpc.then(|| vec![policy(ENDPOINT)]),
    }
}

/// What is compiled: each document once.
struct Company {
    evaluator: Evaluator,
    callers: Vec<CallerSide>,
    resources: Vec<ResourceSide>,
    endpoint: Vec<DocumentId>,
    facts: FactsId,
}

impl Company {
    fn new() -> Self {
        let mut evaluator = Evaluator::new();
        let (shared, rcps, endpoint) = evaluator.add_all(&plain(&ROLES[0], &TARGETS[0], true));
        let callers = ROLES.iter().map(|role| {
            let (own, _, _) = evaluator.add_all(&Policies {
                scps: Vec::new(),
                rcps: Vec::new(),
                ..plain(role, &TARGETS[0], false)
            });
            CallerSide {
                scps: shared.scps.clone(),
                ..own
            }
        });
        let callers = callers.collect();
        let resources = TARGETS.iter().map(|target| ResourceSide {
            policy: (!target.policy.is_empty()).then(|| evaluator.add(policy(target.policy))),
            rcps: rcps.rcps.clone(),
        });
        Self {
            callers,
            resources: resources.collect(),
            endpoint: endpoint.expect("calls go through it"),
            facts: evaluator.add_facts(facts()),
            evaluator,
        }
    }

    fn layers(&self, role: usize, target: usize, in_vpc: bool) -> Layers<'_> {
        Layers {
            caller: &self.callers[role],
            resource: &self.resources[target],
            endpoint: in_vpc.then_some(self.endpoint.as_slice()),
        }
    }
}

/// How many of the 200 are allowed, and how many a Deny shuts out.
const ALLOWED: usize = 59;
const SHUT_OUT: usize = 48;

fn can_i(c: &mut Criterion) {
    let company = Company::new();
    let (calls, facts) = (calls(), facts());
    let policies: Vec<Policies> = calls
        .iter()
        .map(|(role, target, _, in_vpc)| plain(&ROLES[*role], &TARGETS[*target], *in_vpc))
        .collect();
    let prepared: Vec<_> = calls
        .iter()
        .map(|(_, _, request, _)| company.evaluator.prepare(request, company.facts))
        .collect();
    let mut shut_out = 0;
    for (((role, target, request, in_vpc), policies), prepared) in
        calls.iter().zip(&policies).zip(&prepared)
    {
        let layers = company.layers(*role, *target, *in_vpc);
        let found = company.evaluator.evaluate(prepared, &layers);
        assert_eq!(found, evaluate(request, policies, &facts), "{request:?}");
        assert!(!matches!(found, Decision::Undecided(_)), "{request:?}");
        shut_out += usize::from(found == Decision::ExplicitlyDenied);
    }
    assert_eq!(shut_out, SHUT_OUT);

    let mut group = c.benchmark_group("evaluate/company");
    group.throughput(Throughput::Elements(calls.len() as u64));
    group.bench_function("compiled", |b| {
        b.iter(|| {
            let allowed = black_box(&calls)
                .iter()
                .filter(|(role, target, request, in_vpc)| {
                    let prepared = company.evaluator.prepare(request, company.facts);
                    let layers = company.layers(*role, *target, *in_vpc);
                    company.evaluator.evaluate(&prepared, &layers) == Decision::Allowed
                });
            assert_eq!(allowed.count(), ALLOWED);
        });
    });
    group.bench_function("prepared", |b| {
        b.iter(|| {
            let calls = black_box(&calls).iter().zip(&prepared);
            let allowed = calls.filter(|((role, target, _, in_vpc), prepared)| {
                let layers = company.layers(*role, *target, *in_vpc);
                company.evaluator.evaluate(prepared, &layers) == Decision::Allowed
            });
            assert_eq!(allowed.count(), ALLOWED);
        });
    });
    group.bench_function("judge", |b| {
        b.iter(|| {
            let calls = black_box(&calls).iter().zip(&policies);
            let allowed = calls.filter(|((_, _, request, _), policies)| {
                evaluate(request, policies, &facts) == Decision::Allowed
            });
            assert_eq!(allowed.count(), ALLOWED);
        });
    });
    group.finish();
}

criterion_group!(benches, can_i);
criterion_main!(benches);
