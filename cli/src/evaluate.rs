//! `keyaki evaluate`: one request against policies, as the judge sees it.

use crate::Status;
use crate::args::{AnswerFormat, Evaluate};
use crate::batch::read::{Evaluation, PolicyKind, evaluation_of, facts_of, request};
use crate::batch::{judge, write};
use crate::failure::{Failure, Stop};
use crate::input::{self, parsed, read_policy_of};
use crate::paint::{Paint, plain};
use crate::words;
use keyaki_engine::Limits;
use keyaki_language::json::JsonValue;
use keyaki_language::judge::Decision;
use keyaki_language::policy::Effect;
use keyaki_language::{Facts, Policies, Policy};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Runs `keyaki evaluate`.
pub(crate) fn run(options: &Evaluate) -> Result<Status, Stop> {
    let evaluation = read(options)?;
    let judged = judge(&evaluation, &Limits::default());
    let decision = judged.decision;
    let mut out = String::new();
    match options.format {
        AnswerFormat::Json => {
            write::begin(&mut out, &JsonValue::Null.into());
            write::decision(&mut out, &decision);
            write::end(&mut out, None);
        }
        AnswerFormat::Text => {
            let name = words::verdict(Paint::stdout(), write::decision_name(&decision));
            let why = match &decision {
                Decision::Allowed => "the policies allow the request".to_owned(),
                Decision::ImplicitlyDenied => {
                    "no statement denies the request, but what would be needed does not allow it"
                        .to_owned()
                }
                Decision::ExplicitlyDenied => "a Deny statement applies".to_owned(),
                Decision::Undecided(why) => {
                    format!("{} ({}, {})", plain(&why.message), why.code, plain(&why.at))
                }
            };
            out.push_str(&format!(
                "{name}: {why}\n\n{}",
                words::request(&evaluation.request, "  ")
            ));
            if !judged.applied.is_empty() {
                out.push_str(&format!(
                    "\n{}\n",
                    Paint::stdout().bold("statements that apply")
                ));
            }
            for applied in &judged.applied {
                let effect = match applied.effect {
                    Effect::Allow => "Allow",
                    Effect::Deny => "Deny",
                };
                let sid = applied
                    .sid
                    .as_ref()
                    .map_or_else(String::new, |sid| format!(" `{}`", plain(sid)));
                out.push_str(&format!(
                    "  {effect} {}/Statement/{}{sid}\n",
                    plain(&applied.document),
                    applied.index
                ));
            }
        }
    }
    io::stdout().write_all(out.as_bytes())?;
    Ok(match decision {
        Decision::Allowed => Status::Clean,
        Decision::ImplicitlyDenied | Decision::ExplicitlyDenied => Status::Found,
        Decision::Undecided(_) => Status::Undecided,
    })
}

fn read(options: &Evaluate) -> Result<Evaluation, Stop> {
    let source = input::read(&options.request)?;
    let json = parsed(&source)?;
    let failed = |error: &_| Stop::from(Failure::in_document(&source.name, &source.text, error));
    let mut evaluation = if json.get("request").is_some() {
        evaluation_of(&json).map_err(|error| failed(&error))?
    } else {
        let request = request(&json, "").map_err(|error| failed(&error))?;
        Evaluation {
            request,
            policies: Policies::default(),
            facts: Facts::default(),
        }
    };

    let policies = &mut evaluation.policies;
    policies
        .identity
        .extend(read_all(&options.identity, PolicyKind::Identity)?);
    if let Some(path) = &options.resource_policy {
        policies.resource = Some(read_one(path, PolicyKind::Resource)?);
    }
    for (paths, field, kind) in [
        (
            &options.boundary,
            &mut policies.boundary,
            PolicyKind::Identity,
        ),
        (
            &options.session,
            &mut policies.session,
            PolicyKind::Identity,
        ),
        (
            &options.vpc_endpoint,
            &mut policies.vpc_endpoint,
            PolicyKind::Resource,
        ),
    ] {
        if !paths.is_empty() {
            field.get_or_insert_default().extend(read_all(paths, kind)?);
        }
    }
    for (levels, field, kind) in [
        (&options.scp, &mut policies.scps, PolicyKind::ServiceControl),
        (
            &options.rcp,
            &mut policies.rcps,
            PolicyKind::ResourceControl,
        ),
    ] {
        for level in levels {
            let paths: Vec<PathBuf> = level.split(',').map(PathBuf::from).collect();
            field.push(read_all(&paths, kind)?);
        }
    }
    if let Some(path) = &options.facts {
        let source = input::read(path)?;
        let json = parsed(&source)?;
        evaluation.facts = facts_of(&json)
            .map_err(|error| Failure::in_document(&source.name, &source.text, &error))?;
    }
    Ok(evaluation)
}

fn read_all(paths: &[PathBuf], kind: PolicyKind) -> Result<Vec<Policy>, Stop> {
    paths.iter().map(|path| read_one(path, kind)).collect()
}

fn read_one(path: &Path, kind: PolicyKind) -> Result<Policy, Stop> {
    Ok(read_policy_of(path, kind)?.policy)
}
