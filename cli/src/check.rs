//! `keyaki check`: one question about a policy, for people or for a pipeline.

use crate::Status;
use crate::args::{AnswerFormat, Answering, Check, CheckQuestion, PolicyType};
use crate::batch::read::{PolicyKind, is_resource_type};
use crate::batch::write;
use crate::evidence::save;
use crate::failure::{Failure, Stop, excerpt};
use crate::input::{PolicyFile, read_policy, read_policy_of};
use crate::paint::{Paint, plain};
use crate::scan::work::work;
use crate::words;
use keyaki_engine::proof::{Texts, certificate, witness};
use keyaki_engine::question::{
    Access, NoExternalAccess, NoNewAccess, NoPublicAccess, NotGranted, Question,
};
use keyaki_engine::resource::ZoneOfTrust;
use keyaki_engine::{Answer, StatementRef, Verdict};
use keyaki_language::json::JsonValue;
use keyaki_language::policy::AccountId;
use std::io::{self, Write};

/// Runs `keyaki check`.
pub(crate) fn run(options: &Check) -> Result<Status, Stop> {
    match &options.question {
        CheckQuestion::NoNewAccess {
            existing,
            new,
            policy_type,
            answering,
        } => {
            let (existing, new, kind) = read_two(existing, new, *policy_type)?;
            let question = NoNewAccess {
                policy_type: kind,
                existing: existing.policy.clone(),
                new: new.policy.clone(),
            };
            let words = [
                "the new policy allows nothing that the existing one does not",
                "the new policy allows a request that the existing one does not",
            ];
            answer(
                &Question::NoNewAccess(question),
                words,
                &[
                    ("newPolicyDocument", &new),
                    ("existingPolicyDocument", &existing),
                ],
                answering,
            )
        }
        CheckQuestion::NotGranted {
            policy,
            action,
            resource,
            policy_type,
            answering,
        } => {
            let file = read_policy(policy)?;
            let kind = kind_of(*policy_type, &[&file])?;
            let list = |texts: &[String]| (!texts.is_empty()).then(|| texts.to_vec());
            let access = vec![Access {
                actions: list(action),
                resources: list(resource),
            }];
            let question = NotGranted {
                policy_type: kind,
                policy: file.policy.clone(),
                access,
            };
            let words = [
                "the policy grants none of it",
                "the policy grants some of it",
            ];
            answer(
                &Question::NotGranted(question),
                words,
                &[("policyDocument", &file)],
                answering,
            )
        }
        CheckQuestion::NoPublicAccess {
            policy,
            resource_type,
            answering,
        } => {
            let file = read_policy_of(policy, PolicyKind::Resource)?;
            let question = NoPublicAccess {
                resource_type: known_type(resource_type)?,
                policy: file.policy.clone(),
            };
            let words = ["the policy is not public", "the policy is public"];
            answer(
                &Question::NoPublicAccess(question),
                words,
                &[("policyDocument", &file)],
                answering,
            )
        }
        CheckQuestion::NoExternalAccess {
            policy,
            resource_type,
            zone,
            answering,
        } => {
            let zone = read_zone(zone)?;
            let file = read_policy_of(policy, PolicyKind::Resource)?;
            let question = NoExternalAccess {
                resource_type: known_type(resource_type)?,
                policy: file.policy.clone(),
                zone,
            };
            let words = [
                "nobody outside the zone of trust is let in",
                "someone outside the zone of trust is let in",
            ];
            answer(
                &Question::NoExternalAccess(question),
                words,
                &[("policyDocument", &file)],
                answering,
            )
        }
    }
}

/// Reads two policies of one kind.
pub(crate) fn read_two(
    existing: &std::path::Path,
    new: &std::path::Path,
    policy_type: Option<PolicyType>,
) -> Result<(PolicyFile, PolicyFile, PolicyKind), Stop> {
    let existing = read_policy(existing)?;
    let new = read_policy(new)?;
    let kind = kind_of(policy_type, &[&existing, &new])?;
    Ok((existing, new, kind))
}

/// The kind that was given, else what the policies show: a resource policy names principals.
pub(crate) fn kind_of(
    given: Option<PolicyType>,
    files: &[&PolicyFile],
) -> Result<PolicyKind, Stop> {
    let kind = match given {
        Some(PolicyType::Identity) => PolicyKind::Identity,
        Some(PolicyType::Resource) => PolicyKind::Resource,
        Some(PolicyType::Scp) => PolicyKind::ServiceControl,
        Some(PolicyType::Rcp) => PolicyKind::ResourceControl,
        None if files.iter().any(|file| file.names_principals()) => PolicyKind::Resource,
        None => PolicyKind::Identity,
    };
    for file in files {
        file.must_be(kind)?;
    }
    Ok(kind)
}

/// The resource type, if it is one.
pub(crate) fn known_type(text: &str) -> Result<String, Stop> {
    if is_resource_type(text) {
        return Ok(text.to_owned());
    }
    Err(Failure::new(format!("`{text}` is no resource type"))
        .with_hint("such as `AWS::S3::Bucket`")
        .into())
}

/// Reads a list of accounts, organizations, providers and canonical ids, with commas between.
pub(crate) fn read_zone(text: &str) -> Result<ZoneOfTrust, Stop> {
    let mut zone = ZoneOfTrust::default();
    for id in text.split(',').map(str::trim) {
        if let Some(account) = AccountId::parse(id) {
            zone.accounts.push(account);
        } else if id.starts_with("o-") {
            if zone.organization.replace(id.to_owned()).is_some() {
                return Err(Failure::new("the zone of trust names two organizations").into());
            }
        } else if id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            zone.canonical_users.push(id.to_owned());
        } else if id.contains(":saml-provider/") || id.contains(":oidc-provider/") {
            zone.federated.push(id.to_owned());
        } else {
            return Err(Failure::new(format!("`{}` is nothing that can be trusted", plain(id)))
                .with_hint("account ids (12 digits), organization ids (`o-…`), provider ARNs, canonical ids (64 hex digits)")
                .into());
        }
    }
    Ok(zone)
}

/// Decides a question and writes the answer; `words` tell that it holds and that it fails.
fn answer(
    question: &Question,
    words: [&str; 2],
    files: &[(&str, &PolicyFile)],
    answering: &Answering,
) -> Result<Status, Stop> {
    let limits = answering.limit.limits();
    let answer = match &answering.certificate {
        None => question.decide(&limits),
        Some(path) => {
            let answer = question.prove(&limits);
            save_evidence(path, question, &answer, files)?;
            answer
        }
    };
    let mut out = String::new();
    match answering.format {
        AnswerFormat::Json => {
            write::begin(&mut out, &JsonValue::Null.into());
            write::answer(&mut out, &answer);
            write::end(&mut out, None);
        }
        AnswerFormat::Text => tell(&mut out, &answer, words, files),
    }
    io::stdout().write_all(out.as_bytes())?;
    if answering.stats {
        let _ = io::stderr().write_all(work(&answer.stats).as_bytes());
    }
    Ok(match answer.verdict {
        Verdict::Holds(_) => Status::Clean,
        Verdict::Fails(_) => Status::Found,
        Verdict::Undecided(_) => Status::Undecided,
    })
}

/// Writes down what shows the answer; of an undecided one there is nothing to write.
fn save_evidence(
    path: &std::path::Path,
    question: &Question,
    answer: &Answer,
    files: &[(&str, &PolicyFile)],
) -> Result<(), Stop> {
    let text = |at: usize| files.get(at).map(|(_, file)| file.source.text.as_str());
    let texts = Texts {
        policy: text(0).unwrap_or_default(),
        existing: text(1),
    };
    match (&answer.proof, &answer.verdict) {
        (Some(proof), _) => save(path, &[certificate(question, texts, proof)]),
        (None, Verdict::Fails(Some(request))) => save(path, &[witness(question, texts, request)]),
        (None, _) => Ok(()),
    }
}

fn tell(
    out: &mut String,
    answer: &Answer,
    [holds, fails]: [&str; 2],
    files: &[(&str, &PolicyFile)],
) {
    let paint = Paint::stdout();
    let verdict = words::verdict(paint, write::verdict_name(&answer.verdict));
    match &answer.verdict {
        Verdict::Holds(_) => out.push_str(&format!("{verdict}: {holds}\n")),
        Verdict::Fails(witness) => {
            out.push_str(&format!("{verdict}: {fails}\n"));
            if let Some(request) = witness {
                out.push_str(&format!("\n{}\n", paint.bold("a request that shows it")));
                out.push_str(&words::request(request, "  "));
            }
        }
        Verdict::Undecided(why) => tell_reason(out, &verdict, why),
    }
    tell_statements(out, &answer.statements, files);
}

/// `undecided: why at where`.
pub(crate) fn tell_reason(out: &mut String, verdict: &str, why: &keyaki_engine::Reason) {
    out.push_str(&format!("{verdict}: {}", plain(&why.message)));
    if !why.at.is_empty() {
        out.push_str(&format!(" at {}", plain(&why.at)));
    }
    out.push_str(&format!(" ({})\n", why.code));
}

/// The statements that let a request in, with their places and their text.
pub(crate) fn tell_statements(
    out: &mut String,
    statements: &[StatementRef],
    files: &[(&str, &PolicyFile)],
) {
    let paint = Paint::stdout();
    for reference in statements {
        let Some((_, file)) = files
            .iter()
            .find(|(document, _)| *document == reference.document)
        else {
            continue;
        };
        let Some(statement) = file.policy.statements.get(reference.index) else {
            continue;
        };
        let start = statement.span.start;
        let sid = reference
            .sid
            .as_ref()
            .map_or_else(String::new, |sid| format!(" `{}`", plain(sid)));
        out.push_str(&format!(
            "\n{}\n",
            paint.bold(&format!("allowed by statement {}{sid}", reference.index))
        ));
        out.push_str(&format!(
            "  {}:{}:{}\n",
            plain(&file.source.name),
            start.line,
            start.column
        ));
        out.push_str(&excerpt(&file.source.text, statement.span, 12, false));
    }
}
