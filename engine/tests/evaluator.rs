//! Holds the compiled evaluator against the judge: the same decision on every request, doubts with their reasons.
//!
//! Requests come from the corpus, from witnesses, from dice, and from real policies (found by `KEYAKI_CORPORA`, or
//! beside the workspace). A request about a policy is made of the policy's own patterns and values, often bent a
//! little, so that statements apply and nearly apply.
#![expect(
    clippy::print_stderr,
    reason = "a test without its data must not look like one that ran"
)]

#[allow(dead_code, reason = "the unit tests share the file")]
#[path = "support/dice.rs"]
mod dice;
#[allow(dead_code, reason = "the judge's tests use the rest")]
#[path = "../language/tests/support/mod.rs"]
mod wire;

use dice::{Dice, rounds};
use keyaki_engine::evaluator::{CallerSide, DocumentId, Evaluator, FactsId, Layers, ResourceSide};
use keyaki_engine::question::{Question, Satisfiable};
use keyaki_engine::{Limits, Verdict};
use keyaki_language::json::{self, Json};
use keyaki_language::judge::{Decision, evaluate};
use keyaki_language::policies::{
    AccessPoint, AclGrant, AclGrantee, AclPermission, BlockPublicAccess, KmsGrant, Membership,
    PolicyType,
};
use keyaki_language::policy::{AccountId, Policy, PrincipalEntry};
use keyaki_language::request::{Caller, ContextValue};
use keyaki_language::{Facts, Policies, Request};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How often each decision was met, so that a test that only ever denies is seen.
#[derive(Debug, Default)]
struct Met {
    allowed: usize,
    implicitly: usize,
    explicitly: usize,
    undecided: usize,
}

impl Met {
    fn all(&self) -> usize {
        self.allowed + self.implicitly + self.explicitly + self.undecided
    }

    fn count(&mut self, decision: &Decision) {
        match decision {
            Decision::Allowed => self.allowed += 1,
            Decision::ImplicitlyDenied => self.implicitly += 1,
            Decision::ExplicitlyDenied => self.explicitly += 1,
            Decision::Undecided(_) => self.undecided += 1,
        }
    }

    /// Each kind at least once in `share` requests.
    fn assert_mixed(&self, share: usize) {
        let least = self.all() / share;
        for kind in [
            self.allowed,
            self.implicitly,
            self.explicitly,
            self.undecided,
        ] {
            assert!(kind > least, "one kind of decision is rare: {self:?}");
        }
    }
}

/// Policies and facts, compiled, beside what the judge reads.
struct World {
    evaluator: Evaluator,
    caller: CallerSide,
    resource: ResourceSide,
    endpoint: Option<Vec<DocumentId>>,
    facts: FactsId,
    plain: (Policies, Facts),
}

impl World {
    fn new(policies: Policies, facts: Facts) -> Self {
        let mut evaluator = Evaluator::new();
        let (caller, resource, endpoint) = evaluator.add_all(&policies);
        Self {
            facts: evaluator.add_facts(facts.clone()),
            evaluator,
            caller,
            resource,
            endpoint,
            plain: (policies, facts),
        }
    }

    /// The decision, which both must give.
    fn ask(&self, request: &Request) -> Decision {
        let layers = Layers {
            caller: &self.caller,
            resource: &self.resource,
            endpoint: self.endpoint.as_deref(),
        };
        let prepared = self.evaluator.prepare(request, self.facts);
        let found = self.evaluator.evaluate(&prepared, &layers);
        let (policies, facts) = &self.plain;
        let wanted = evaluate(request, policies, facts);
        assert_eq!(
            found, wanted,
            "\nrequest {request:#?}\npolicies {policies:#?}\nfacts {facts:#?}"
        );
        found
    }
}

#[test]
fn every_evaluate_case_of_the_corpus() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/cases");
    let empty = json::parse("{}").expect("an empty object");
    let mut met = Met::default();
    for file in std::fs::read_dir(folder).expect("the cases are part of the repository") {
        let path = file.expect("an entry").path();
        if path.extension().is_none_or(|e| e != "jsonl") {
            continue;
        }
        for line in std::fs::read_to_string(path).expect("a file").lines() {
            let case = json::parse(line).expect("a case is JSON");
            let question = case.get("line").unwrap_or(&empty);
            if question.get("question").and_then(Json::as_str) != Some("evaluate") {
                continue;
            }
            let part = |name: &str| question.get(name).unwrap_or(&empty);
            let (Ok(request), Ok(policies)) = (
                wire::request_of(part("request")),
                wire::policies_of(part("policies")),
            ) else {
                continue;
            };
            // With what is known of the policy's being public, and with what is not.
            for public in [None, Some(true), Some(false)] {
                let mut facts = wire::facts_of(part("facts"));
                facts.public_policy = public;
                met.count(&World::new(policies.clone(), facts).ask(&request));
            }
        }
    }
    assert!(met.all() > 1500, "only {met:?}");
    met.assert_mixed(1000);
}

const ACCOUNTS: [&str; 3] = ["111122223333", "222233334444", "333344445555"];

/// Callers of every kind with their `principalType`.
const CALLERS: [(&str, &str); 14] = [
    ("AWS", "arn:aws:iam::111122223333:user/Ann"),
    ("AWS", "arn:aws:iam::111122223333:user/team/Ann"),
    ("AWS", "arn:aws:iam::222233334444:user/Ann"),
    ("AWS", "arn:aws:sts::111122223333:assumed-role/App/s1"),
    ("AWS", "arn:aws:sts::222233334444:assumed-role/App/s1"),
    ("AWS", "arn:aws:iam::111122223333:role/App"),
    (
        "AWS",
        "arn:aws:iam::111122223333:role/aws-service-role/x/App",
    ),
    ("AWS", "arn:aws:iam::111122223333:root"),
    ("AWS", "arn:aws:sts::111122223333:federated-user/Fay"),
    ("Service", "s3.amazonaws.com"),
    ("Service", "logging.s3.amazonaws.com"),
    ("Federated", "accounts.google.com"),
    (
        "CanonicalUser",
        "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be",
    ),
    ("Anonymous", "anonymous"),
];

/// Values of `Principal`, as JSON.
const PRINCIPALS: [&str; 18] = [
    r#""*""#,
    r#"{"AWS":"*"}"#,
    r#"{"AWS":"111122223333"}"#,
    r#"{"AWS":["arn:aws:iam::222233334444:root","arn:aws:iam::111122223333:user/Ann"]}"#,
    r#"{"AWS":"arn:aws:iam::111122223333:user/team/Ann"}"#,
    r#"{"AWS":"arn:aws:iam::111122223333:role/App"}"#,
    r#"{"AWS":["arn:aws:iam::111122223333:role/App","arn:aws:sts::111122223333:assumed-role/App/s1","111122223333"]}"#,
    r#"{"AWS":"arn:aws:sts::111122223333:assumed-role/App/s1"}"#,
    r#"{"AWS":["arn:aws:iam::111122223333:user/Ann","111122223333"]}"#,
    r#"{"AWS":["arn:aws:sts::111122223333:federated-user/Fay","arn:aws:iam::111122223333:user/Ann","111122223333"]}"#,
    r#"{"AWS":"arn:aws:iam::222233334444:role/App"}"#,
    r#"{"AWS":"arn:aws:iam::111122223333:role/A*"}"#,
    r#"{"AWS":"AIDACKCEVSQ6C2EXAMPLE"}"#,
    r#"{"Service":["s3.amazonaws.com","ec2.amazonaws.com"]}"#,
    r#"{"Service":"*.amazonaws.com"}"#,
    r#"{"Federated":"accounts.google.com"}"#,
    r#"{"CanonicalUser":"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}"#,
    r#"{"Federated":"*"}"#,
];

const ACTION_PATTERNS: [&str; 12] = [
    r#""*""#,
    r#""s3:*""#,
    r#""s3:GetObject""#,
    r#"["s3:Get*","kms:Decrypt"]"#,
    r#""S3:?etObject""#,
    r#""kms:*""#,
    r#"["sts:AssumeRole","sts:TagSession"]"#,
    r#""s3:*Bucket*""#,
    r#""*:*Object""#,
    r#""sqs:SendMessage""#,
    r#"["s3:a","s3:b","s3:c","s3:d","s3:e","s3:f","s3:g","s3:GetObject","s3:PutObject","s3:h"]"#,
    r#""s3:${*}""#,
];

const ACTIONS: [&str; 9] = [
    "s3:GetObject",
    "s3:PutObject",
    "s3:ListBucket",
    "s3:PutBucketPolicy",
    "kms:Decrypt",
    "kms:RetireGrant",
    "sts:AssumeRole",
    "sqs:SendMessage",
    "sts:GetCallerIdentity",
];

const RESOURCE_PATTERNS: [&str; 14] = [
    r#""*""#,
    r#""arn:aws:s3:::b/*""#,
    r#""arn:aws:s3:::b""#,
    r#"["arn:aws:s3:::b/a*c","arn:aws:s3:::?"]"#,
    r#""arn:aws:s3:::b/${aws:username}/*""#,
    r#""arn:aws:s3:::b/${aws:PrincipalTag/team, 'none'}*""#,
    r#""arn:aws:s3:::b/*/*é?""#,
    r#""arn:aws:kms:us-east-1:111122223333:key/*""#,
    r#""arn:*:iam::*:role/App""#,
    r#""arn:aws:sqs:us-east-1:111122223333:q""#,
    r#""arn:aws:s3*""#,
    r#""arn:aws:s3::""#,
    r#""arn:aws:s3:::b/${s3:prefix}*${aws:username}""#,
    r#""arn:aws:s3:::${*}""#,
];

const RESOURCES: [&str; 13] = [
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/abc",
    "arn:aws:s3:::b/Ann/k",
    "arn:aws:s3:::b/none",
    "arn:aws:s3:::b/red/blue",
    "arn:aws:s3:::b/a/xéy",
    "arn:aws:s3:::b/aAnn",
    "arn:aws:s3:::*",
    "arn:aws:kms:us-east-1:111122223333:key/k1",
    "arn:aws:iam::111122223333:role/App",
    "arn:aws:sqs:us-east-1:111122223333:q",
    "arn:aws:sqs:us-east-1:222233334444:q",
    "*",
];

/// Keys with the operators that go with them.
const KEYS: [(&str, &[&str]); 18] = [
    ("s3:prefix", STRING),
    ("aws:username", STRING),
    ("aws:PrincipalTag/team", STRING),
    ("aws:PrincipalOrgID", STRING),
    ("aws:PrincipalOrgPaths", STRING),
    ("aws:ResourceOrgID", STRING),
    ("aws:PrincipalAccount", STRING),
    ("aws:ResourceAccount", STRING),
    ("aws:SourceVpc", STRING),
    ("aws:TagKeys", STRING),
    (
        "aws:PrincipalArn",
        &["ArnLike", "ArnNotLike", "ArnEquals", "StringLike"],
    ),
    ("aws:SourceArn", &["ArnLike", "ArnNotEquals", "StringLike"]),
    ("aws:SourceIp", &["IpAddress", "NotIpAddress"]),
    (
        "aws:CurrentTime",
        &[
            "DateLessThan",
            "DateGreaterThanEquals",
            "DateEquals",
            "DateNotEquals",
        ],
    ),
    (
        "aws:EpochTime",
        &[
            "DateLessThanEquals",
            "DateGreaterThan",
            "NumericLessThan",
            "NumericEquals",
        ],
    ),
    (
        "s3:max-keys",
        &[
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThanEquals",
            "NumericGreaterThan",
        ],
    ),
    ("aws:SecureTransport", &["Bool"]),
    ("x:bytes", &["BinaryEquals"]),
];

const STRING: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
];

/// Values of conditions and of requests alike; some are no number, date, address or ARN.
const VALUES: [&str; 34] = [
    "",
    "a",
    "A",
    "ab",
    "a*",
    "?b",
    "*",
    "Ann",
    "${aws:username}",
    "${aws:PrincipalTag/team, 'red'}x*",
    "${aws:TagKeys}",
    "red",
    "o-a",
    "o-a/r-1/*",
    "o-a/r-1/ou-2/",
    "111122223333",
    "222233334444",
    "vpc-1",
    "arn:aws:iam::111122223333:user/*",
    "arn:aws:iam::*:role/App",
    "arn:aws:s3:::b",
    "arn:aws",
    "10.0.0.0/8",
    "10.1.2.3",
    "2001:db8::1",
    "2001:db8::/32",
    "2026-01-01T00:00:00Z",
    "1767225600",
    "1767225600.5",
    "10",
    "10.0",
    "true",
    "FALSE",
    "YQ==",
];

/// One of some words.
fn word(dice: &mut Dice, words: &[&'static str]) -> &'static str {
    words[dice.below(words.len())]
}

fn throw_condition(dice: &mut Dice) -> String {
    let (key, operators) = dice.pick(&KEYS);
    let (mut operator, if_exists) = (*dice.pick(operators), dice.once_in(5));
    let set = match dice.below(8) {
        0 => "ForAllValues:",
        1 => "ForAnyValue:",
        _ => "",
    };
    if dice.once_in(10) {
        operator = word(
            dice,
            &[
                "Null",
                "StringLike",
                "NumericLessThan",
                "DateEquals",
                "IpAddress",
                "Bool",
            ],
        );
    }
    let suffix = if if_exists && operator != "Null" {
        "IfExists"
    } else {
        ""
    };
    let values: Vec<String> = (0..1 + dice.below(3))
        .map(|_| match operator {
            "Null" => (*dice.pick(&["true", "false", "True"])).to_owned(),
            "Bool" => (*dice.pick(&["true", "false", "maybe"])).to_owned(),
            _ => value_for(key, dice),
        })
        .map(|value| format!("\"{value}\""))
        .collect();
    format!(
        r#""{set}{operator}{suffix}":{{"{key}":[{}]}}"#,
        values.join(",")
    )
}

/// Mostly a value that goes with the key.
fn value_for(key: &str, dice: &mut Dice) -> String {
    let fitting: &[&str] = match key {
        _ if dice.once_in(6) => &VALUES,
        "aws:SourceIp" => &["10.0.0.0/8", "10.1.2.3", "2001:db8::/32", "2001:db8::1"],
        "aws:CurrentTime" => &[
            "2026-01-01T00:00:00Z",
            "2025-01-01T00:00:00Z",
            "1767225600",
            "2026-01-01",
        ],
        "aws:EpochTime" => &["1767225600", "1767225600.5", "1", "2026-01-01T00:00:00Z"],
        "s3:max-keys" => &["1", "10", "10.0", "11", "-2"],
        "aws:SecureTransport" => &["true", "false", "TRUE"],
        "aws:PrincipalOrgID" | "aws:ResourceOrgID" => &["o-a", "o-b", "o-*"],
        "aws:PrincipalOrgPaths" => &["o-a/*", "o-a/r-1/ou-2/", "o-b/r-1/"],
        "aws:PrincipalAccount" | "aws:ResourceAccount" => &ACCOUNTS,
        "aws:PrincipalArn" => &[
            "arn:aws:iam::111122223333:user/*",
            "arn:aws:iam::*:role/App",
            "*",
            "arn:aws:iam::111122223333:role/*",
        ],
        "aws:SourceArn" => &[
            "arn:aws:s3:::b",
            "arn:aws:s3:::*",
            "arn:aws:sns:*:111122223333:t",
        ],
        "x:bytes" => &["YQ==", "YWI=", "no"],
        _ => &[
            "a",
            "A",
            "ab",
            "a*",
            "?b",
            "Ann",
            "red",
            "${aws:username}",
            "${aws:PrincipalTag/team, 'red'}",
        ],
    };
    (*dice.pick(fitting)).to_owned()
}

fn throw_statement(dice: &mut Dice, named: bool) -> String {
    let effect = if dice.once_in(4) { "Deny" } else { "Allow" };
    let mut members = vec![format!(r#""Effect":"{effect}""#)];
    let not = |dice: &mut Dice, times| if dice.once_in(times) { "Not" } else { "" };
    if named && !dice.once_in(40) {
        let not = not(dice, 6);
        members.push(format!(r#""{not}Principal":{}"#, dice.pick(&PRINCIPALS)));
    }
    let negation = not(dice, 8);
    members.push(format!(
        r#""{negation}Action":{}"#,
        dice.pick(&ACTION_PATTERNS)
    ));
    if !(named && dice.once_in(12)) {
        let negation = not(dice, 8);
        let pattern = if dice.once_in(2) {
            r#""*""#
        } else {
            word(dice, &RESOURCE_PATTERNS)
        };
        members.push(format!(r#""{negation}Resource":{pattern}"#));
    }
    let conditions: Vec<String> = (0..dice.below(4).saturating_sub(1))
        .map(|_| throw_condition(dice))
        .collect();
    if !conditions.is_empty() {
        members.push(format!(r#""Condition":{{{}}}"#, conditions.join(",")));
    }
    format!("{{{}}}", members.join(","))
}

fn throw_policy(dice: &mut Dice, named: bool) -> Policy {
    loop {
        let version = dice.pick(&["2012-10-17", "2012-10-17", "2008-10-17"]);
        let statements: Vec<String> = (0..1 + dice.below(3))
            .map(|_| throw_statement(dice, named))
            .collect();
        let text = format!(
            r#"{{"Version":"{version}","Statement":[{}]}}"#,
            statements.join(",")
        );
        // Two conditions of one operator are a duplicate key, which is refused.
        if let Ok(policy) = Policy::read(&text) {
            return policy;
        }
    }
}

/// Now and then the policy that allows everything, as SCP levels have it.
fn throw_list(dice: &mut Dice, named: bool) -> Vec<Policy> {
    (0..dice.below(3))
        .map(|_| {
            if dice.once_in(3) {
                let principal = if named { r#""Principal":"*","# } else { "" };
                let text = format!(
                    r#"{{"Statement":{{"Effect":"Allow",{principal}"Action":"*","Resource":"*"}}}}"#
                );
                Policy::read(&text).expect("a sound policy")
            } else {
                throw_policy(dice, named)
            }
        })
        .collect()
}

fn throw_policies(dice: &mut Dice) -> Policies {
    let maybe =
        |dice: &mut Dice, times: usize, named| dice.once_in(times).then(|| throw_list(dice, named));
    let levels = |dice: &mut Dice, named| -> Vec<Vec<Policy>> {
        let count = if dice.once_in(2) {
            0
        } else {
            1 + dice.below(2)
        };
        (0..count).map(|_| throw_list(dice, named)).collect()
    };
    Policies {
        identity: throw_list(dice, false),
        resource: (!dice.once_in(4)).then(|| throw_policy(dice, true)),
        boundary: maybe(dice, 4, false),
        session: maybe(dice, 4, false),
        scps: levels(dice, false),
        rcps: levels(dice, true),
        vpc_endpoint: maybe(dice, 5, true),
    }
}

fn account(index: usize) -> AccountId {
    AccountId::parse(ACCOUNTS[index]).expect("twelve digits")
}

fn throw_facts(dice: &mut Dice) -> Facts {
    let mut organizations = BTreeMap::new();
    for index in 0..ACCOUNTS.len() {
        let member = |paths: &[&str]| Membership {
            organization: "o-a".to_owned(),
            paths: paths.iter().map(|p| (*p).to_owned()).collect(),
        };
        match dice.below(5) {
            0 => organizations.insert(account(index), None),
            1 => organizations.insert(account(index), Some(member(&[]))),
            2 => organizations.insert(account(index), Some(member(&["o-a/r-1/ou-2/"]))),
            _ => None,
        };
    }
    let grant = |dice: &mut Dice| KmsGrant {
        grantee: (*dice.pick(&[
            "arn:aws:iam::111122223333:user/Ann",
            "arn:aws:iam::111122223333:role/App",
            "s3.amazonaws.com",
        ]))
        .to_owned(),
        operations: vec!["Decrypt".to_owned()],
        ..KmsGrant::default()
    };
    let acl = |dice: &mut Dice| AclGrant {
        grantee: match dice.below(4) {
            0 => AclGrantee::AllUsers,
            1 => AclGrantee::AuthenticatedUsers,
            2 => AclGrantee::LogDelivery,
            _ => AclGrantee::Canonical(CALLERS[12].1.to_owned()),
        },
        permission: *dice.pick(&[
            AclPermission::Read,
            AclPermission::Write,
            AclPermission::FullControl,
        ]),
    };
    Facts {
        management_account: dice.once_in(8).then(|| account(0)),
        service_linked_role: dice.once_in(20),
        organizations,
        kms_grants: (0..dice.below(4).saturating_sub(2))
            .map(|_| grant(dice))
            .collect(),
        block_public_access: BlockPublicAccess {
            ignore_public_acls: dice.once_in(3),
            restrict_public_buckets: dice.once_in(5),
        },
        public_policy: *dice.pick(&[None, Some(true), Some(false)]),
        access_point: dice.once_in(8).then(|| AccessPoint {
            arn: "arn:aws:s3:us-east-1:111122223333:accesspoint/p".to_owned(),
            policy: dice.once_in(2).then(|| throw_policy(dice, true)),
            vpc: dice.once_in(3).then(|| "vpc-1".to_owned()),
        }),
        acl_grants: (0..dice.below(6).saturating_sub(4))
            .map(|_| acl(dice))
            .collect(),
        bucket_owner_enforced: dice.once_in(3),
        rcp_exempt: dice.once_in(10),
    }
}

fn request_of(caller: (&str, &str), action: &str, resource: &str) -> Option<Request> {
    let text = Json::object([
        ("principal", Json::from(caller.1)),
        ("principalType", Json::from(caller.0)),
        ("action", Json::from(action)),
        ("resource", Json::from(resource)),
    ]);
    Request::from_json(&text, "").ok()
}

fn throw_request(dice: &mut Dice) -> Request {
    let mut request = request_of(
        *dice.pick(&CALLERS),
        word(dice, &ACTIONS),
        word(dice, &RESOURCES),
    )
    .expect("the dice's requests are sound");
    if dice.once_in(2) {
        request.resource_account = Some(account(dice.below(2)));
    }
    if dice.once_in(4) && request.principal.account().is_none() {
        request.principal_account = Some(account(0));
    }
    for _ in 0..dice.below(7) {
        let (key, _) = dice.pick(&KEYS);
        let value = if dice.once_in(5) {
            ContextValue::Many((0..dice.below(3)).map(|_| value_for(key, dice)).collect())
        } else {
            ContextValue::One(value_for(key, dice))
        };
        request.context.insert(key.to_ascii_lowercase(), value);
    }
    finish(request)
}

/// Completes a request; one that contradicts itself is asked about as it is, which both must survive.
fn finish(request: Request) -> Request {
    let mut completed = request.clone();
    match completed.complete() {
        Ok(()) => completed,
        Err(_) => request,
    }
}

#[test]
fn random_policies_and_requests() {
    let mut dice = Dice::new(0x6b65_7961_6b69);
    let mut met = Met::default();
    for _ in 0..rounds(30_000) {
        let world = World::new(throw_policies(&mut dice), throw_facts(&mut dice));
        for _ in 0..8 {
            met.count(&world.ask(&throw_request(&mut dice)));
        }
    }
    met.assert_mixed(50);
}

#[test]
fn one_statement_alone() {
    // Nothing hides behind layers here: one identity policy and its condition decide.
    let mut dice = Dice::new(7);
    let mut met = Met::default();
    for _ in 0..rounds(20_000) {
        let condition = throw_condition(&mut dice);
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{{condition}}}}}}}"#
        );
        let Ok(policy) = Policy::read(&text) else {
            continue;
        };
        let world = World::new(
            Policies {
                identity: vec![policy],
                ..Policies::default()
            },
            throw_facts(&mut dice),
        );
        for _ in 0..4 {
            let mut request = throw_request(&mut dice);
            request.principal = Caller::User {
                partition: "aws".to_owned(),
                account: account(0),
                path: "/".to_owned(),
                name: "Ann".to_owned(),
            };
            met.count(&world.ask(&finish(request)));
        }
    }
    assert!(met.allowed > met.all() / 10 && met.undecided > 0, "{met:?}");
}

/// The documents of a file of the corpora; `None` where there are no corpora.
fn documents(file: &str) -> Option<Vec<Policy>> {
    let folder = match std::env::var_os("KEYAKI_CORPORA") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora"),
    };
    let Ok(text) = std::fs::read_to_string(folder.join(file)) else {
        eprintln!(
            "skipped: no corpora at {}; set KEYAKI_CORPORA",
            folder.display()
        );
        return None;
    };
    let read = |line: &str| {
        let record = json::parse(line).ok()?;
        Policy::from_json(record.get("document")?, "").ok()
    };
    Some(text.lines().filter_map(read).collect())
}

/// Real documents by kind.
struct Real {
    identity: Vec<Policy>,
    resource: Vec<Policy>,
    scps: Vec<Policy>,
    rcps: Vec<Policy>,
    endpoint: Vec<Policy>,
}

impl Real {
    fn load() -> Option<Self> {
        let mut identity = documents("wild/identity.jsonl")?;
        identity.extend(documents("managed/newest.jsonl")?);
        let mut resource = documents("wild/resource.jsonl")?;
        resource.extend(documents("wild/trust.jsonl")?);
        Some(Self {
            identity,
            resource,
            scps: documents("wild/scp.jsonl")?,
            rcps: documents("wild/rcp.jsonl")?,
            endpoint: documents("wild/vpc-endpoint.jsonl")?,
        })
    }

    fn throw(&self, dice: &mut Dice) -> Policies {
        let full = |named: &str| {
            let text = format!(
                r#"{{"Statement":{{"Effect":"Allow",{named}"Action":"*","Resource":"*"}}}}"#
            );
            Policy::read(&text).expect("a sound policy")
        };
        let some = |dice: &mut Dice, from: &[Policy], most: usize| -> Vec<Policy> {
            (0..1 + dice.below(most))
                .map(|_| dice.pick(from).clone())
                .collect()
        };
        let levels = |dice: &mut Dice, from: &[Policy], full: &Policy| -> Vec<Vec<Policy>> {
            (0..dice.below(3))
                .map(|_| {
                    let mut level = some(dice, from, 1);
                    level.push(full.clone());
                    level
                })
                .collect()
        };
        Policies {
            identity: some(dice, &self.identity, 3),
            resource: (!dice.once_in(3)).then(|| dice.pick(&self.resource).clone()),
            boundary: dice.once_in(5).then(|| some(dice, &self.identity, 1)),
            session: dice.once_in(6).then(|| some(dice, &self.identity, 1)),
            scps: levels(dice, &self.scps, &full("")),
            rcps: levels(dice, &self.rcps, &full(r#""Principal":"*","#)),
            vpc_endpoint: dice.once_in(6).then(|| some(dice, &self.endpoint, 1)),
        }
    }
}

/// A text that a pattern matches, more or less.
fn instance(pattern: &str, dice: &mut Dice) -> String {
    let mut text = String::new();
    for c in pattern.chars() {
        match c {
            '*' => text.push_str(word(dice, &["", "x", "ab", "1"])),
            '?' => text.push('q'),
            c => text.push(c),
        }
    }
    if dice.once_in(12) {
        text.push('z');
    }
    text
}

/// A request made of what the policies say.
fn request_about(policies: &Policies, dice: &mut Dice) -> Request {
    let Policies {
        identity,
        resource,
        boundary,
        session,
        scps,
        rcps,
        vpc_endpoint,
    } = policies;
    let optional = [boundary, session, vpc_endpoint];
    let documents: Vec<&Policy> = identity
        .iter()
        .chain(resource)
        .chain(optional.into_iter().flatten().flatten())
        .chain(scps.iter().chain(rcps).flatten())
        .collect();
    let main = if resource.is_some() && dice.once_in(2) {
        resource.as_ref().expect("it is there")
    } else {
        *dice.pick(&documents)
    };
    let statement = dice.pick(&main.statements);
    let action = instance(&dice.pick(&statement.action.patterns).value, dice);
    let target = match &statement.resource {
        None => word(dice, &RESOURCES).to_owned(),
        Some(clause) => {
            let pattern = dice.pick(&clause.patterns);
            instance(&pattern.value.text, dice)
        }
    };
    let caller = *dice.pick(&CALLERS);
    let request = request_of(caller, &action, &target)
        .or_else(|| request_of(caller, &action, word(dice, &RESOURCES)))
        .or_else(|| request_of(caller, word(dice, &ACTIONS), &target));
    let mut request = request.unwrap_or_else(|| throw_request(dice));
    if let Some(entry) = named(main, dice) {
        request.principal = entry;
    }
    if dice.once_in(2) {
        request.resource_account = Some(account(dice.below(2)));
    }
    for document in documents {
        for condition in document.statements.iter().flat_map(|s| &s.conditions) {
            if condition.values.is_empty() || dice.once_in(3) {
                continue;
            }
            let text = instance(&dice.pick(&condition.values).value.clone(), dice);
            let value = if dice.once_in(8) {
                ContextValue::Many(vec![text])
            } else {
                ContextValue::One(text)
            };
            request.context.insert(condition.key.value.clone(), value);
        }
    }
    // Keys that follow from the caller are its own, or the request would contradict itself.
    request.context.retain(|key, _| {
        !key.starts_with("aws:principal") || key.starts_with("aws:principaltag/") || dice.once_in(6)
    });
    for key in [
        "aws:resourceaccount",
        "kms:calleraccount",
        "aws:userid",
        "aws:username",
    ] {
        request.context.remove(key);
    }
    finish(request)
}

/// A caller that a principal of the document names.
fn named(policy: &Policy, dice: &mut Dice) -> Option<Caller> {
    let clauses = policy
        .statements
        .iter()
        .filter_map(|s| s.principal.as_ref());
    let entries: Vec<&PrincipalEntry> =
        clauses.flat_map(|c| &c.entries).map(|e| &e.value).collect();
    if entries.is_empty() || dice.once_in(5) {
        return None;
    }
    let aws = || "aws".to_owned();
    Some(match *dice.pick(&entries) {
        PrincipalEntry::Account { account, .. } => Caller::User {
            partition: aws(),
            account: *account,
            path: "/".to_owned(),
            name: "Ann".to_owned(),
        },
        PrincipalEntry::User {
            partition,
            account,
            path,
            name,
        } => Caller::User {
            partition: partition.clone(),
            account: *account,
            path: path.clone(),
            name: name.clone(),
        },
        PrincipalEntry::Role {
            partition,
            account,
            path,
            name,
        } => Caller::Session {
            partition: partition.clone(),
            account: *account,
            path: path.clone(),
            role: name.clone(),
            session: dice.once_in(2).then(|| "s1".to_owned()),
        },
        PrincipalEntry::Service(name) => Caller::Service(name.clone()),
        PrincipalEntry::Federated(name) => Caller::Federated(name.clone()),
        PrincipalEntry::CanonicalUser(name) => Caller::Canonical(name.clone()),
        PrincipalEntry::Everyone
        | PrincipalEntry::Session { .. }
        | PrincipalEntry::FederatedUser { .. }
        | PrincipalEntry::Nobody(_)
        | PrincipalEntry::Undefined(_) => return None,
    })
}

#[test]
fn real_policies_under_random_requests() {
    let Some(real) = Real::load() else { return };
    let mut dice = Dice::new(20_261_125);
    let mut met = Met::default();
    for _ in 0..rounds(20_000) {
        let policies = real.throw(&mut dice);
        let facts = throw_facts(&mut dice);
        let world = World::new(policies, facts);
        for _ in 0..6 {
            met.count(&world.ask(&request_about(&world.plain.0, &mut dice)));
        }
    }
    met.assert_mixed(100);
}

#[test]
fn witnesses_of_real_policies() {
    let Some(real) = Real::load() else { return };
    let everything =
        Policy::read(r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#)
            .expect("a sound policy");
    let kinds = [
        (PolicyType::Identity, &real.identity),
        (PolicyType::Resource, &real.resource),
    ];
    let mut met = Met::default();
    for (policy_type, documents) in kinds {
        for policy in documents
            .iter()
            .step_by(if cfg!(debug_assertions) { 20 } else { 1 })
        {
            let question = Question::Satisfiable(Satisfiable {
                policy_type,
                policy: policy.clone(),
            });
            let Verdict::Holds(Some(witness)) = question.decide(&Limits::default()).verdict else {
                continue;
            };
            let policies = match policy_type {
                PolicyType::Identity => Policies {
                    identity: vec![policy.clone()],
                    ..Policies::default()
                },
                _ => Policies {
                    identity: vec![everything.clone()],
                    resource: Some(policy.clone()),
                    ..Policies::default()
                },
            };
            met.count(&World::new(policies, Facts::default()).ask(&witness));
        }
    }
    assert!(met.allowed * 10 > met.all() * 8, "{met:?}");
}

#[test]
fn documents_are_shared_by_callers_and_resources() {
    let mut evaluator = Evaluator::new();
    let read = |text: &str| Policy::read(text).expect("a sound policy");
    let full = evaluator.add(read(
        r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#,
    ));
    let get = evaluator.add(read(
        r#"{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#,
    ));
    let facts = evaluator.add_facts(Facts::default());
    let bucket = ResourceSide::default();
    let decide = |caller: &CallerSide, action: &str| {
        let request = request_of(CALLERS[0], action, "arn:aws:s3:::b/k").expect("a sound request");
        let request = finish(request);
        let prepared = evaluator.prepare(&request, facts);
        let layers = Layers {
            caller,
            resource: &bucket,
            endpoint: None,
        };
        evaluator.evaluate(&prepared, &layers)
    };
    let wide = CallerSide {
        identity: vec![full],
        ..CallerSide::default()
    };
    let bounded = CallerSide {
        boundary: Some(vec![get]),
        ..wide.clone()
    };
    assert_eq!(decide(&wide, "s3:PutObject"), Decision::Allowed);
    assert_eq!(decide(&bounded, "s3:PutObject"), Decision::ImplicitlyDenied);
    assert_eq!(decide(&bounded, "s3:GetObject"), Decision::Allowed);
}
