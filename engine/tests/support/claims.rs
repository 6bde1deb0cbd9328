//! Questions from the claims of certificates, and questions to begin with: from the cases, the corpora and the generator.

use super::dice::{Dice, rounds};
use super::policies;
use keyaki_engine::proof::{Texts, certificate};
use keyaki_engine::question::{
    Access, NoExternalAccess, NoNewAccess, NoOtherAccess, NoPublicAccess, NotGranted, Question,
    Satisfiable,
};
use keyaki_engine::resource::ZoneOfTrust;
use keyaki_engine::{Limits, Verdict};
use keyaki_language::Policy;
use keyaki_language::json::{self, Json};
use keyaki_language::judge::check_policy;
use keyaki_language::policies::PolicyType;
use keyaki_language::policy::AccountId;
use std::path::{Path, PathBuf};

/// A question with the texts of its documents.
pub(crate) struct Asked {
    pub(crate) question: Question,
    pub(crate) policy: String,
    pub(crate) existing: Option<String>,
}

/// What the engine says of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    /// There is no such request.
    True,
    /// There is one, or there is under some reading of what is undefined.
    False,
    /// Not decided for another reason.
    Open,
}

/// Few branches, as nobody waits for a hard claim here.
fn limits() -> Limits {
    Limits {
        branches: 20_000,
        ..Limits::default()
    }
}

/// Decides a claim.
pub(crate) fn decide(question: &Question) -> Says {
    let empty = matches!(question, Question::Satisfiable(_));
    match question.decide(&limits()).verdict {
        Verdict::Holds(_) if !empty => Says::True,
        Verdict::Fails(_) if empty => Says::True,
        Verdict::Holds(_) | Verdict::Fails(_) => Says::False,
        Verdict::Undecided(reason) if reason.code == "undefined" => Says::False,
        Verdict::Undecided(_) => Says::Open,
    }
}

impl Asked {
    /// The certificate, if the claim is true.
    pub(crate) fn certificate(&self) -> Option<String> {
        let answer = self.question.prove(&limits());
        let texts = Texts {
            policy: &self.policy,
            existing: self.existing.as_deref(),
        };
        answer
            .proof
            .map(|proof| certificate(&self.question, texts, &proof))
    }
}

fn policy_type(name: &str) -> Option<PolicyType> {
    Some(match name {
        "IDENTITY_POLICY" => PolicyType::Identity,
        "RESOURCE_POLICY" => PolicyType::Resource,
        "SERVICE_CONTROL_POLICY" => PolicyType::ServiceControl,
        "RESOURCE_CONTROL_POLICY" => PolicyType::ResourceControl,
        _ => return None,
    })
}

fn strings(json: Option<&Json>) -> Option<Vec<String>> {
    let items = json?.as_array()?;
    items
        .iter()
        .map(|i| i.as_str().map(str::to_owned))
        .collect()
}

fn zone(json: &Json) -> Option<ZoneOfTrust> {
    let list = |name| strings(json.get(name)).unwrap_or_default();
    let accounts = list("accounts");
    Some(ZoneOfTrust {
        accounts: accounts
            .iter()
            .map(|a| AccountId::parse(a))
            .collect::<Option<_>>()?,
        organization: json
            .get("organization")
            .and_then(Json::as_str)
            .map(str::to_owned),
        federated: list("federated"),
        canonical_users: list("canonicalUsers"),
    })
}

fn access(json: &Json) -> Option<Vec<Access>> {
    let entry = |json: &Json| Access {
        actions: strings(json.get("actions")),
        resources: strings(json.get("resources")),
    };
    Some(json.as_array()?.iter().map(entry).collect())
}

/// The question that a certificate's claim answers.
pub(crate) fn question_of(claim: &Json) -> Option<Question> {
    let name = claim.get("question")?.as_str()?;
    let policy_type = policy_type(claim.get("policyType")?.as_str()?)?;
    let documents: Vec<Policy> = claim
        .get("documents")?
        .as_array()?
        .iter()
        .map(|d| Policy::read(d.get("text")?.as_str()?).ok())
        .collect::<Option<_>>()?;
    question(name, policy_type, documents, claim)
}

fn question(
    name: &str,
    policy_type: PolicyType,
    documents: Vec<Policy>,
    more: &Json,
) -> Option<Question> {
    if documents
        .iter()
        .any(|policy| check_policy(policy, policy_type).is_err())
    {
        return None;
    }
    let mut documents = documents.into_iter();
    let policy = documents.next()?;
    let resource_type = || {
        more.get("resourceType")
            .and_then(Json::as_str)
            .unwrap_or("AWS::S3::Bucket")
            .to_owned()
    };
    Some(match name {
        "no-new-access" => Question::NoNewAccess(NoNewAccess {
            policy_type,
            new: policy,
            existing: documents.next()?,
        }),
        "unsatisfiable" | "satisfiable" => Question::Satisfiable(Satisfiable {
            policy_type,
            policy,
        }),
        "not-granted" => Question::NotGranted(NotGranted {
            policy_type,
            policy,
            access: access(more.get("access")?)?,
        }),
        "no-external-access" => Question::NoExternalAccess(NoExternalAccess {
            resource_type: resource_type(),
            policy,
            zone: zone(more.get("zoneOfTrust")?)?,
        }),
        "no-other-access" => Question::NoOtherAccess(NoOtherAccess {
            policy,
            zone: zone(more.get("zoneOfTrust")?)?,
            findings: documents.next()?,
        }),
        "no-public-access" => Question::NoPublicAccess(NoPublicAccess {
            resource_type: resource_type(),
            policy,
        }),
        _ => return None,
    })
}

/// Reads a question and the texts of its documents.
pub(crate) fn asked(
    name: &str,
    policy_type: PolicyType,
    texts: &[String],
    more: &str,
) -> Option<Asked> {
    let documents = texts
        .iter()
        .map(|t| Policy::read(t).ok())
        .collect::<Option<Vec<_>>>()?;
    let more = json::parse(more).expect("JSON");
    Some(Asked {
        question: question(name, policy_type, documents, &more)?,
        policy: texts[0].clone(),
        existing: texts.get(1).cloned(),
    })
}

/// The questions of the cases.
pub(crate) fn of_cases() -> Vec<Asked> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/cases");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the cases are part of the repository")
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|e| e == "jsonl"))
        .collect();
    files.sort();
    let mut out = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file).expect("a readable file");
        for case in text
            .lines()
            .map(|line| json::parse(line).expect("a case is JSON"))
        {
            let Some(line) = case.get("line") else {
                continue;
            };
            let text = |name: &str| {
                line.get(name).map(|json| {
                    json.as_str()
                        .map_or_else(|| json.to_string(), str::to_owned)
                })
            };
            let name = line
                .get("question")
                .and_then(Json::as_str)
                .unwrap_or_default();
            let name = if name == "compare" {
                "no-new-access"
            } else {
                name
            };
            let texts: Vec<String> = match name {
                "no-new-access" => [text("newPolicyDocument"), text("existingPolicyDocument")]
                    .into_iter()
                    .flatten()
                    .collect(),
                _ => text("policyDocument").into_iter().collect(),
            };
            let policy_type = line
                .get("policyType")
                .and_then(Json::as_str)
                .and_then(policy_type);
            if !texts.is_empty() {
                out.extend(asked(
                    name,
                    policy_type.unwrap_or(PolicyType::Resource),
                    &texts,
                    &line.to_string(),
                ));
            }
        }
    }
    out
}

/// A pair of policies of which the first is often inside the second: statements were dropped, narrowed, or denied.
pub(crate) fn pair(dice: &mut Dice, policy_type: PolicyType) -> (String, String) {
    let mut wide: Vec<String> = (0..1 + dice.below(3))
        .map(|_| policies::statement(dice, policy_type, true))
        .collect();
    if dice.once_in(3) {
        wide.push(policies::statement(dice, policy_type, false));
    }
    let mut narrow: Vec<String> = wide.clone();
    for _ in 0..1 + dice.below(2) {
        match dice.below(6) {
            0 if narrow.len() > 1 => {
                narrow.remove(dice.below(narrow.len()));
            }
            1 | 2 => narrow.push(policies::statement(dice, policy_type, false)),
            3 => {
                let at = dice.below(narrow.len());
                for (from, to) in [
                    ("Action\":[\"*\"", "Action\":[\"s3:GetObject\""),
                    ("s3:*", "s3:Get*"),
                    ("s3:Get*", "s3:GetObject"),
                    ("b/*", "b/k"),
                    ("a*", "ab"),
                ] {
                    if narrow[at].contains(from) {
                        narrow[at] = narrow[at].replacen(from, to, 1);
                        break;
                    }
                }
            }
            4 => narrow.reverse(),
            _ => {}
        }
    }
    (
        policies::document(&narrow, true),
        policies::document(&wide, true),
    )
}

/// Random questions of all kinds.
pub(crate) fn random(count: usize, seed: u64) -> Vec<Asked> {
    let mut dice = Dice::new(seed);
    let types = [
        PolicyType::Resource,
        PolicyType::Identity,
        PolicyType::Resource,
        PolicyType::ServiceControl,
    ];
    (0..count)
        .filter_map(|round| any(&mut dice, types[round % types.len()]))
        .collect()
}

/// A random question of any kind, about policies of a type where the kind does not say which.
pub(crate) fn any(dice: &mut Dice, own: PolicyType) -> Option<Asked> {
    match dice.below(8) {
        0 => asked("satisfiable", own, &[policies::policy(dice, own)], "{}"),
        1 => {
            let more = dice.pick(&[
                r#"{"access":[{"actions":["sqs:SendMessage"]}]}"#,
                r#"{"access":[{"actions":["s3:DeleteObject","s3:PutObject"]},{"resources":["arn:aws:s3:::c/*"]}]}"#,
                r#"{"access":[{"actions":["iam:*"],"resources":["arn:aws:iam::111122223333:role/r"]}]}"#,
            ]);
            asked("not-granted", own, &[policies::policy(dice, own)], more)
        }
        2 => {
            let more = dice.pick(&[
                r#"{"zoneOfTrust":{"accounts":["111122223333","444455556666"]}}"#,
                r#"{"zoneOfTrust":{"accounts":["111122223333"],"organization":"o-a"}}"#,
                r#"{"zoneOfTrust":{"accounts":["111122223333","444455556666"],"federated":["accounts.google.com","cognito-identity.amazonaws.com","arn:aws:iam::111122223333:saml-provider/P"],"canonicalUsers":["79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"]}}"#,
            ]);
            asked(
                "no-external-access",
                PolicyType::Resource,
                &[policies::policy(dice, PolicyType::Resource)],
                more,
            )
        }
        3 => {
            let more = r#"{"resourceType":"AWS::S3::Bucket"}"#;
            asked(
                "no-public-access",
                PolicyType::Resource,
                &[policies::policy(dice, PolicyType::Resource)],
                more,
            )
        }
        _ => {
            let (new, existing) = pair(dice, own);
            asked("no-new-access", own, &[new, existing], "{}")
        }
    }
}

/// Questions about real policies, where they are.
pub(crate) fn of_corpora() -> Vec<Asked> {
    let folder = match std::env::var_os("KEYAKI_CORPORA") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora"),
    };
    let mut out = Vec::new();
    for (file, step) in [
        ("managed/pairs.jsonl", 20),
        ("wild/pairs.jsonl", 1),
        ("wild/resource.jsonl", 2),
        ("managed/newest.jsonl", 9),
    ] {
        let Ok(text) = std::fs::read_to_string(folder.join(file)) else {
            continue;
        };
        for line in text
            .lines()
            .step_by(if rounds(20) == 20 { step } else { 40 * step })
        {
            let record = json::parse(line).expect("a record is JSON");
            let family = record.get("family").and_then(Json::as_str);
            let own = match (family, file) {
                (Some("identity"), _) | (_, "managed/pairs.jsonl" | "managed/newest.jsonl") => {
                    PolicyType::Identity
                }
                (Some("scp"), _) => PolicyType::ServiceControl,
                (Some("rcp"), _) => PolicyType::ResourceControl,
                _ => PolicyType::Resource,
            };
            let text = |name: &str| record.get(name).map(Json::to_string);
            match (text("new"), text("old"), text("document")) {
                (Some(new), Some(old), _) => {
                    out.extend(asked(
                        "no-new-access",
                        own,
                        &[new.clone(), old.clone()],
                        "{}",
                    ));
                    out.extend(asked("no-new-access", own, &[old, new], "{}"));
                }
                (_, _, Some(document)) if own == PolicyType::Resource => {
                    out.extend(asked(
                        "no-public-access",
                        own,
                        std::slice::from_ref(&document),
                        r#"{"resourceType":"AWS::S3::Bucket"}"#,
                    ));
                    out.extend(asked(
                        "no-external-access",
                        own,
                        &[document],
                        r#"{"zoneOfTrust":{"accounts":["111122223333"]}}"#,
                    ));
                }
                (_, _, Some(document)) => {
                    out.extend(asked("not-granted", own, &[document], r#"{"access":[{"actions":["iam:CreateUser","organizations:LeaveOrganization"]}]}"#));
                }
                _ => {}
            }
        }
    }
    out
}
