//! Composed documents: whatever all policies together allow to a caller from outside, the one document allows too.
//!
//! So a certificate that the document lets in nobody, or nobody but the findings, is one about all of them.

#![expect(
    clippy::print_stderr,
    reason = "counts by kind of corruption are of interest"
)]

#[allow(dead_code, reason = "tests share the file")]
#[path = "support/claims.rs"]
mod claims;
#[allow(dead_code, reason = "tests share the file")]
#[path = "support/corrupt.rs"]
mod corrupt;
#[allow(dead_code, reason = "tests share the file")]
#[path = "support/dice.rs"]
mod dice;
#[allow(dead_code, reason = "tests share the file")]
#[path = "support/policies.rs"]
mod policies;
#[allow(dead_code, reason = "tests share the file")]
#[path = "support/requests.rs"]
mod requests;

use claims::{Asked, Says, decide, question_of};
use corrupt::{KINDS, corrupt, falsify};
use dice::{Dice, rounds};
use keyaki_engine::finding::{Analysis, Composed, Own, composed};
use keyaki_engine::resource::{
    Configuration, ControlPolicy, KmsKey, Organization, OrganizationAccount, Resource,
    S3AccessPoint, S3Bucket,
};
use keyaki_language::json;
use keyaki_language::judge::{Decision, allows, check_policy, evaluate};
use keyaki_language::policies::{BlockPublicAccess, Membership, PolicyType};
use keyaki_language::policy::AccountId;
use keyaki_language::request::ContextValue;
use keyaki_language::{Facts, Policies, Policy, Request};
use requests::Words;
use std::sync::Arc;

const OWNER: &str = "111122223333";
const SISTER: &str = "444455556666";
const POINT: &str = "arn:aws:s3:eu-west-1:111122223333:accesspoint/p";
const EVERYTHING: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
/// Callers that random policies do not name.
const MORE: &str = r#"{"Statement":[{"Effect":"Deny","Principal":{"AWS":["arn:aws:iam::444455556666:role/aws-service-role/x.amazonaws.com/App",
    "arn:aws:iam::777788889999:role/aws-service-role/x.amazonaws.com/App","777788889999"]},"Action":["s3:GetObject","kms:RetireGrant","s3:PutObject"],"Resource":"*",
    "Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-a"}}}]}"#;

fn account(text: &str) -> AccountId {
    AccountId::parse(text).expect("twelve digits")
}

fn policy(text: &str) -> Policy {
    Policy::read(text).expect("a random policy is a policy")
}

/// A control policy with nothing but Denies, and the full access that it stands beside.
fn control(dice: &mut Dice, policy_type: PolicyType) -> String {
    let count = 1 + dice.below(2);
    let denies: Vec<String> = (0..count)
        .map(|_| policies::statement(dice, policy_type, false))
        .collect();
    policies::document(&denies, true)
}

/// As many control policies of a type as the type takes; some random ones it does not.
fn controls(dice: &mut Dice, policy_type: PolicyType, of_keys: bool) -> Vec<Arc<ControlPolicy>> {
    let mut out = Vec::new();
    while out.len() < 2 {
        let mut text = control(dice, policy_type);
        if of_keys {
            text = about_keys(&text);
        }
        let own = ControlPolicy::read(format!("p-{}", out.len()), text).expect("a policy");
        if check_policy(&own.policy, policy_type).is_ok() {
            out.push(Arc::new(own));
        }
    }
    out
}

/// A text about buckets as one about a key.
fn about_keys(text: &str) -> String {
    text.replace("s3:", "kms:")
        .replace("SendMessage", "RetireGrant")
        .replace("sqs:", "kms:")
}

/// The organization of owner and sister.
fn organization(rcps: Vec<Arc<ControlPolicy>>, scps: Vec<Arc<ControlPolicy>>) -> Organization {
    let own = |scps: Vec<Arc<ControlPolicy>>, rcps: Vec<Arc<ControlPolicy>>| OrganizationAccount {
        name: String::new(),
        membership: Membership {
            organization: "o-a".to_owned(),
            paths: vec!["o-a/r-b/".to_owned()],
        },
        scps: vec![scps],
        rcps: vec![rcps],
    };
    Organization {
        id: "o-a".to_owned(),
        management_account: None,
        accounts: [
            (account(OWNER), own(Vec::new(), rcps)),
            (account(SISTER), own(scps, Vec::new())),
        ]
        .into(),
    }
}

fn plain(policies: &[Arc<ControlPolicy>]) -> Vec<Vec<Policy>> {
    vec![policies.iter().map(|own| own.policy.clone()).collect()]
}

fn key<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    match request.context.get(name) {
        Some(ContextValue::One(text)) => Some(text),
        _ => None,
    }
}

/// Whether what is known of the organization makes a request impossible.
fn contradicts_what_is_known(request: &Request) -> bool {
    let caller = request.principal.account();
    let is_member = caller.is_some_and(|own| own == account(OWNER) || own == account(SISTER));
    let says = key(request, "aws:principalorgid");
    caller.is_some() && (says == Some("o-a")) != is_member
}

#[derive(Debug, Default)]
struct Met {
    allowed: usize,
    taken: usize,
    public: usize,
    linked: usize,
    refused: usize,
}

#[test]
fn m2_m6_a_composed_document_allows_what_all_policies_together_allow() {
    let mut dice = Dice::new(11);
    let mut met = Met::default();
    for round in 0..rounds(4_000) {
        let of_keys = round % 3 == 2;
        let mut text = policies::policy(&mut dice, PolicyType::Resource);
        if of_keys {
            text = about_keys(&text);
        }
        // Now and then a stranger to the organization is named.
        if round % 5 == 4 {
            text = text.replace(SISTER, "777788889999");
        }
        let own = policy(&text);
        let rcps = controls(&mut dice, PolicyType::ResourceControl, of_keys);
        let scps = controls(&mut dice, PolicyType::ServiceControl, of_keys);
        let organization = organization(rcps.clone(), scps.clone());
        let configuration = match of_keys {
            true => Configuration::KmsKey(KmsKey {
                policies: vec![own.clone()],
                grants: Vec::new(),
            }),
            false => Configuration::S3Bucket(S3Bucket {
                policy: Some(own.clone()),
                block_public_access: BlockPublicAccess {
                    ignore_public_acls: false,
                    restrict_public_buckets: true,
                },
                ..S3Bucket::default()
            }),
        };
        let resource = Resource {
            arn: "arn:aws:s3:::b".to_owned(),
            account: account(OWNER),
            region: String::new(),
            configuration,
        };
        let found = composed(
            &resource,
            &organization,
            &Analysis::default(),
            Own::Policy(&text),
        );
        let ways = match found {
            Ok(ways) => ways,
            // A policy of 2008 that spells what is a variable in the others.
            Err(_) => {
                met.refused += 1;
                continue;
            }
        };
        for way in &ways {
            hold(way, &own, &rcps, &scps, of_keys, &mut dice, &mut met);
        }
    }
    // Each kind of request came up, and something was taken away.
    for count in [met.allowed, met.taken, met.public, met.linked, met.refused] {
        assert!(count > rounds(4_000) / 600, "{met:?}");
    }
}

/// Holds a composed document against all policies on some requests.
fn hold(
    way: &Composed,
    own: &Policy,
    rcps: &[Arc<ControlPolicy>],
    scps: &[Arc<ControlPolicy>],
    of_keys: bool,
    dice: &mut Dice,
    met: &mut Met,
) {
    let document = policy(&way.text);
    check_policy(&document, PolicyType::Resource).expect("a resource policy");
    let more = policy(MORE);
    let words = Words::of(&[own, &document, &more, own]);
    let service = if of_keys { "kms:" } else { "s3:" };
    let restricted = !way.public.is_empty();
    for _ in 0..12 {
        let Some(mut request) = words.request(dice) else {
            continue;
        };
        // The resource is one of the owner's.
        request.resource_account = Some(account(OWNER));
        request
            .context
            .retain(|key, _| !key.starts_with("aws:resource"));
        if !request
            .resource
            .starts_with(&format!("arn:aws:{service}::b"))
        {
            request.resource = format!("arn:aws:{service}::b/k");
        }
        let caller = request.principal.account();
        let is_own =
            caller == Some(account(OWNER)) || key(&request, "aws:principalaccount") == Some(OWNER);
        if is_own || !request.action.starts_with(service) || contradicts_what_is_known(&request) {
            continue;
        }
        let mut facts = Facts {
            organizations: [account(OWNER), account(SISTER)]
                .map(|own| (own, Some(Membership::default())))
                .into(),
            ..Facts::default()
        };
        facts.block_public_access.restrict_public_buckets = restricted;
        facts.public_policy = Some(restricted);
        let of_sister = caller == Some(account(SISTER));
        let policies = Policies {
            identity: vec![policy(EVERYTHING)],
            resource: Some(own.clone()),
            scps: match of_sister {
                true => {
                    let mut levels = plain(scps);
                    levels[0].push(policy(EVERYTHING));
                    levels
                }
                false => Vec::new(),
            },
            rcps: plain(rcps),
            ..Policies::default()
        };
        let says = allows(&document, PolicyType::Resource, &request, &facts);
        let alone = allows(own, PolicyType::Resource, &request, &facts);
        if evaluate(&request, &policies, &facts) == Decision::Allowed {
            assert!(
                !matches!(
                    says,
                    Decision::ImplicitlyDenied | Decision::ExplicitlyDenied
                ),
                "{} is allowed, but not by {}",
                request.to_json(),
                way.text
            );
            met.allowed += 1;
            met.public += usize::from(restricted);
            met.linked += usize::from(request.principal.text().contains("App"));
        } else if alone == Decision::Allowed && says == Decision::ExplicitlyDenied {
            met.taken += 1;
        }
    }
}

#[test]
fn m6_a_composed_document_allows_what_an_access_point_and_its_bucket_allow() {
    let mut dice = Dice::new(12);
    let mut met = Met::default();
    for _ in 0..rounds(4_000) {
        let bucket = policies::policy(&mut dice, PolicyType::Resource);
        let point = policies::policy(&mut dice, PolicyType::Resource)
            .replace("arn:aws:s3:::b/", &format!("{POINT}/object/"))
            .replace("arn:aws:s3:::b", POINT);
        let rcps = controls(&mut dice, PolicyType::ResourceControl, false);
        let organization = organization(rcps.clone(), Vec::new());
        let vpc = dice.once_in(3).then(|| "vpc-1".to_owned());
        let [own, other] = [&point, &bucket].map(|text| policy(text));
        let resource = Resource {
            arn: "arn:aws:s3:::b".to_owned(),
            account: account(OWNER),
            region: String::new(),
            configuration: Configuration::S3Bucket(S3Bucket {
                policy: Some(other.clone()),
                access_points: vec![S3AccessPoint {
                    arn: POINT.to_owned(),
                    policy: Some(own.clone()),
                    block_public_access: BlockPublicAccess::default(),
                    vpc: vpc.clone(),
                }],
                ..S3Bucket::default()
            }),
        };
        let found = composed(
            &resource,
            &organization,
            &Analysis::default(),
            Own::AccessPoint {
                arn: POINT,
                policy: &point,
                bucket: &bucket,
            },
        );
        let Ok(ways) = found else {
            met.refused += 1;
            continue;
        };
        assert_eq!(ways.len(), 2, "the access point's policy, and the bucket's");
        let documents = [&ways[0], &ways[1]].map(|way| policy(&way.text));
        let words = Words::of(&[&own, &other, &documents[0], &documents[1]]);
        for _ in 0..12 {
            let Some(mut request) = words.request(&mut dice) else {
                continue;
            };
            request.resource_account = Some(account(OWNER));
            let mut set = |name: &str, value: &str| {
                request
                    .context
                    .insert(name.to_owned(), ContextValue::One(value.to_owned()));
            };
            set("s3:dataaccesspointarn", POINT);
            set("s3:dataaccesspointaccount", OWNER);
            set(
                "s3:accesspointnetworkorigin",
                if vpc.is_some() { "VPC" } else { "Internet" },
            );
            if vpc.is_some() {
                set("aws:sourcevpc", "vpc-1");
            }
            let linked = request.principal.text().contains("aws-service-role");
            if contradicts_what_is_known(&request) || linked {
                continue;
            }
            // The access point sees its own ARN, the bucket the bucket's.
            let object = !dice.once_in(3);
            let of_point = Request {
                resource: format!("{POINT}{}", if object { "/object/k" } else { "" }),
                ..request.clone()
            };
            let of_bucket = Request {
                resource: format!("arn:aws:s3:::b{}", if object { "/k" } else { "" }),
                ..request
            };
            let facts = Facts::default();
            let says = |policy: &Policy, request: &Request| {
                allows(policy, PolicyType::Resource, request, &facts)
            };
            let denied = |own: &Arc<ControlPolicy>| {
                let says = allows(&own.policy, PolicyType::ResourceControl, &of_point, &facts);
                says != Decision::ImplicitlyDenied
            };
            let both = says(&own, &of_point) == Decision::Allowed
                && says(&other, &of_bucket) == Decision::Allowed;
            let asked = [&of_point, &of_bucket];
            let composed = [0, 1].map(|at| says(&documents[at], asked[at]));
            if both && !rcps.iter().any(denied) {
                met.allowed += 1;
                for (at, says) in composed.iter().enumerate() {
                    assert!(
                        !matches!(
                            says,
                            Decision::ImplicitlyDenied | Decision::ExplicitlyDenied
                        ),
                        "{} is allowed, but not by {}",
                        asked[at].to_json(),
                        ways[at].text
                    );
                }
            } else if says(&own, &of_point) == Decision::Allowed
                && composed[0] == Decision::ExplicitlyDenied
            {
                met.taken += 1;
            }
        }
    }
    for count in [met.allowed, met.taken, met.refused] {
        assert!(count > rounds(4_000) / 600, "{met:?}");
    }
}

/// An RCP that keeps others than the organization out, in several ways of writing it.
fn perimeter(dice: &mut Dice) -> String {
    let operator = dice.pick(&["StringNotEqualsIfExists", "StringNotEquals"]);
    let key = dice.pick(&[
        r#""aws:PrincipalOrgID":"o-a""#,
        r#""aws:PrincipalOrgID":"o-a","aws:PrincipalAccount":["444455556666","777788889999"]"#,
        r#""aws:PrincipalAccount":["111122223333","444455556666"]"#,
    ]);
    let actions = dice.pick(&[r#""*""#, r#"["s3:*","sqs:*"]"#, r#""s3:*""#]);
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Principal":"*","Action":{actions},"Resource":"*","Condition":{{"{operator}":{{{key}}},"BoolIfExists":{{"aws:PrincipalIsAWSService":"false"}}}}}}]}}"#
    )
}

/// True claims about composed documents that lean on what stands behind the policy: without it they are false.
fn narrowed(dice: &mut Dice, count: usize) -> Vec<Asked> {
    let zone = r#"{"zoneOfTrust":{"accounts":["111122223333","444455556666"],"organization":"o-a","federated":[],"canonicalUsers":[]}}"#;
    let mut out = Vec::new();
    while out.len() < count {
        let text = policies::policy(dice, PolicyType::Resource);
        let rcp = ControlPolicy::read("p-1", perimeter(dice)).expect("a policy");
        let resource = Resource {
            arn: "arn:aws:s3:::b".to_owned(),
            account: account(OWNER),
            region: String::new(),
            configuration: Configuration::S3Bucket(S3Bucket {
                policy: Some(policy(&text)),
                ..S3Bucket::default()
            }),
        };
        let organization = organization(vec![Arc::new(rcp)], Vec::new());
        let own = Own::Policy(&text);
        let Ok(ways) = composed(&resource, &organization, &Analysis::default(), own) else {
            continue;
        };
        for way in ways {
            let spared: Vec<String> = way.spared.iter().map(|(_, own)| own.to_string()).collect();
            let said = policies::document(&spared, true);
            let ask = |texts: &[String]| {
                let name = ["no-external-access", "no-other-access"][texts.len() - 1];
                let asked = claims::asked(name, PolicyType::Resource, texts, zone)?;
                (decide(&asked.question) == Says::True).then_some(asked)
            };
            if ask(std::slice::from_ref(&text)).is_some()
                || ask(&[text.clone(), said.clone()]).is_some()
            {
                continue;
            }
            out.extend(ask(std::slice::from_ref(&way.text)));
            out.extend(ask(&[way.text, said]));
        }
    }
    out
}

#[test]
fn a_certificate_of_a_composed_document_that_is_corrupted_is_rejected_or_its_claim_is_true() {
    let mut dice = Dice::new(13);
    let certificates: Vec<String> = narrowed(&mut dice, rounds(400))
        .iter()
        .map(|asked| asked.certificate().expect("what holds has a proof"))
        .collect();
    for own in &certificates {
        keyaki_checker::verify(own).unwrap_or_else(|error| panic!("{error:?}: {own}"));
    }
    let (mut rejected, mut valid, mut falsified) = (0, 0, 0);
    let holds = |changed: &str| {
        let json = json::parse(changed).ok()?;
        Some(decide(&json.get("claim").and_then(question_of)?))
    };
    for round in 0..rounds(4_000) {
        let own = dice.pick(&certificates).clone();
        let other = dice.pick(&certificates).clone();
        let changed = match round % 4 {
            0 => falsify(&own, &mut dice).map(|(_, changed)| changed),
            _ => corrupt(KINDS[round % KINDS.len()], &own, &other, &mut dice),
        };
        let Some(changed) = changed.filter(|changed| *changed != own) else {
            continue;
        };
        let says = || holds(&changed);
        if keyaki_checker::verify(&changed).is_ok() {
            valid += 1;
            assert!(
                matches!(says(), Some(Says::True | Says::Open)),
                "accepted wrongly: {changed}"
            );
        } else {
            rejected += 1;
            falsified += usize::from(round % 4 == 0 && says() == Some(Says::False));
        }
    }
    eprintln!(
        "{} certificates; {rejected} rejected ({falsified} of claims made false), {valid} still valid",
        certificates.len()
    );
    for count in [rejected, valid, falsified] {
        assert!(count > rounds(4_000) / 100, "corruptions are not mixed");
    }
}
