//! `keyaki export --smtlib`: questions as SMT-LIB 2, so that any solver can dispute an answer.
//!
//! Each question becomes a script of its own (a comparison two of them). It says in comments what is claimed and about
//! which documents, and as `:status` what Keyaki answers. [`mod@encode`] holds the meaning, [`smt`] the syntax.

mod encode;
mod smt;

use crate::Status;
use crate::args::Export;
use crate::batch::read::{self, Task};
use crate::failure::{Failure, Stop};
use encode::{Asked, KINDS, encode};
use keyaki_engine::question::{NoNewAccess, Question};
use keyaki_engine::{Limits, Verdict};
use keyaki_language::digest;
use keyaki_language::json::{self, Json};
use keyaki_language::policies::PolicyType;
use smt::Unsaid;
use std::fs;
use std::io::{self, BufRead, Write};

/// Runs `keyaki export`.
pub(crate) fn run(options: &Export) -> Result<Status, Stop> {
    if let Some(folder) = &options.out {
        fs::create_dir_all(folder).map_err(|error| {
            Failure::new(format!("cannot make the folder: {error}"))
                .in_file(folder.display().to_string())
        })?;
    }
    let limits = options.limit.limits();
    let mut status = Status::Clean;
    let mut out = io::stdout().lock();
    for (number, line) in io::stdin().lock().lines().enumerate() {
        let line =
            line.map_err(|error| Failure::new(format!("cannot read: {error}")).in_file("<stdin>"))?;
        if line.trim().is_empty() {
            continue;
        }
        let scripts = match scripts(&line, &limits) {
            Ok(scripts) => scripts,
            Err(why) => {
                status = Status::Undecided;
                // The numbering of scripts is that of the lines, so what is left out is told and not skipped.
                let _ = writeln!(io::stderr(), "line {}: not exported: {why}", number + 1);
                continue;
            }
        };
        for (half, script) in scripts.iter().enumerate() {
            match &options.out {
                None => out.write_all(format!("{script}(reset)\n\n").as_bytes())?,
                Some(folder) => {
                    let half = if scripts.len() > 1 {
                        format!("-{}", half + 1)
                    } else {
                        String::new()
                    };
                    let path = folder.join(format!("{:06}{half}.smt2", number + 1));
                    fs::write(&path, script).map_err(|error| {
                        Failure::new(format!("cannot write: {error}"))
                            .in_file(path.display().to_string())
                    })?;
                }
            }
        }
    }
    Ok(status)
}

/// The scripts of a line, or why there are none.
fn scripts(line: &str, limits: &Limits) -> Result<Vec<String>, String> {
    let json = json::parse(line).map_err(|error| error.to_string())?;
    let questions: Vec<(Question, [&str; 2])> = match read::task(&json)
        .map_err(|error| error.to_string())?
    {
        Task::Ask(question) => vec![(*question, ["existingPolicyDocument", "newPolicyDocument"])],
        Task::Compare(pair) => {
            let ask = |existing: &keyaki_language::Policy, new: &keyaki_language::Policy| {
                Question::NoNewAccess(NoNewAccess {
                    policy_type: pair.policy_type,
                    existing: existing.clone(),
                    new: new.clone(),
                })
            };
            vec![
                (
                    ask(&pair.existing, &pair.new),
                    ["existingPolicyDocument", "newPolicyDocument"],
                ),
                (
                    ask(&pair.new, &pair.existing),
                    ["newPolicyDocument", "existingPolicyDocument"],
                ),
            ]
        }
        Task::Evaluate(_) => return Err("one request is judged, not searched for".to_owned()),
    };
    questions
        .iter()
        .map(|(question, roles)| {
            script(&json, question, *roles, limits)
                .map_err(|Unsaid(what)| format!("the encoding does not say {what}"))
        })
        .collect()
}

/// One script. `roles` are the fields of the existing and the new document.
fn script(
    line: &Json,
    question: &Question,
    roles: [&str; 2],
    limits: &Limits,
) -> Result<String, Unsaid> {
    let (asked, claim) = asked(question);
    let encoded = encode(&asked)?;
    let mut out = String::new();
    let id = line.get("id").map(Json::to_string).unwrap_or_default();
    // A line break in an id is written as an escape, so a comment stays one line.
    out.push_str(&format!("; Question {id}: {claim}\n"));
    let fields: &[&str] = if asked.minus.is_some() {
        &roles
    } else {
        &["policyDocument"]
    };
    for field in fields {
        if let Some(text) = read::document_text(line, field) {
            let role = match (asked.minus.is_some(), *field == roles[0]) {
                (false, _) => "policy",
                (true, true) => "existing policy",
                (true, false) => "new policy",
            };
            out.push_str(&format!(
                "; The {role} is `{field}`, {}.\n",
                digest::of(&text)
            ));
        }
    }
    let says_some = matches!(question, Question::Satisfiable(_));
    out.push_str(if says_some {
        "; The claim holds if and only if this is satisfiable.\n"
    } else {
        "; The claim holds if and only if this is unsatisfiable.\n"
    });
    if encoded.undefined > 0 {
        out.push_str(&format!(
            "; {} free Booleans stand for what AWS gives no meaning; where they matter nothing is decided.\n",
            encoded.undefined
        ));
    }
    let status = match question.decide(limits).verdict {
        Verdict::Holds(_) => {
            if says_some {
                "sat"
            } else {
                "unsat"
            }
        }
        Verdict::Fails(_) => {
            if says_some {
                "unsat"
            } else {
                "sat"
            }
        }
        Verdict::Undecided(_) => "unknown",
    };
    out.push_str(&format!("(set-info :status {status})\n(set-logic ALL)\n"));
    let kinds: Vec<String> = KINDS
        .iter()
        .map(|kind| format!("(kind-{})", kind.name()))
        .collect();
    out.push_str(&format!(
        "(declare-datatypes ((Kind 0)) (({})))\n(declare-const kind Kind)\n",
        kinds.join(" ")
    ));
    for declaration in &encoded.declarations {
        out.push_str(&format!("{declaration}\n"));
    }
    for side in encoded.sides.iter().filter(|side| *side != "true") {
        out.push_str(&format!("(assert {side})\n"));
    }
    let cases: Vec<String> = encoded
        .kinds
        .iter()
        .map(|(kind, broken)| format!("(and (= kind kind-{kind})\n  {broken})"))
        .collect();
    out.push_str(&match cases.len() {
        0 => "(assert false)\n".to_owned(),
        1 => format!("(assert {})\n", cases[0]),
        _ => format!("(assert (or {}))\n", cases.join("\n ")),
    });
    out.push_str("(check-sat)\n");
    Ok(out)
}

/// What a question asks, and its claim in words.
fn asked(question: &Question) -> (Asked<'_>, &'static str) {
    let plain = |policy_type, policy| Asked {
        policy_type,
        policy,
        minus: None,
        access: None,
        zone: None,
        untrusted: None,
    };
    match question {
        Question::NoNewAccess(q) => (
            Asked {
                minus: Some(&q.existing),
                ..plain(q.policy_type, &q.new)
            },
            "the new policy allows nothing that the existing one does not.",
        ),
        Question::NotGranted(q) => (
            Asked {
                access: Some(&q.access),
                ..plain(q.policy_type, &q.policy)
            },
            "the policy grants none of the listed access.",
        ),
        Question::NoPublicAccess(q) => (
            Asked {
                untrusted: Some(&q.resource_type),
                ..plain(PolicyType::Resource, &q.policy)
            },
            "the policy is not public.",
        ),
        Question::NoExternalAccess(q) => (
            Asked {
                zone: Some(&q.zone),
                ..plain(PolicyType::Resource, &q.policy)
            },
            "the policy lets in nobody from outside the zone of trust.",
        ),
        Question::NoOtherAccess(q) => (
            Asked {
                minus: Some(&q.findings),
                zone: Some(&q.zone),
                ..plain(PolicyType::Resource, &q.policy)
            },
            "the policy lets in nobody from outside but those that the findings name.",
        ),
        Question::Satisfiable(q) => (
            plain(q.policy_type, &q.policy),
            "the policy allows something.",
        ),
    }
}
