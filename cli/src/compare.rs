//! `keyaki compare`: which of two policies allows more?

use crate::Status;
use crate::args::{self, AnswerFormat};
use crate::batch::{comparison_evidence, write};
use crate::check::{read_two, tell_reason, tell_statements};
use crate::count;
use crate::evidence::save;
use crate::failure::Stop;
use crate::paint::Paint;
use crate::scan::work::work;
use crate::words;
use keyaki_engine::question::{Compare, Relation};
use keyaki_language::json::JsonValue;
use std::io::{self, Write};

/// Runs `keyaki compare`.
pub(crate) fn run(options: &args::Compare) -> Result<Status, Stop> {
    let (existing, new, policy_type) =
        read_two(&options.existing, &options.new, options.policy_type)?;
    let question = Compare {
        policy_type,
        existing: existing.policy.clone(),
        new: new.policy.clone(),
    };
    let limits = options.answering.limit.limits();
    let comparison = question.decide(&limits);
    if let Some(path) = &options.answering.certificate {
        let texts = [new.source.text.as_str(), existing.source.text.as_str()];
        let evidence = comparison_evidence(&question, texts, &limits, true);
        if !evidence.is_empty() {
            save(path, &evidence)?;
        }
    }
    let shares = options.count.then(|| {
        let (old, new) = (&existing.policy, &new.policy);
        keyaki_engine::count::shares(policy_type, old, new, options.max_length, &limits)
    });
    let mut out = String::new();
    match options.answering.format {
        AnswerFormat::Json => {
            write::begin(&mut out, &JsonValue::Null.into());
            write::comparison(&mut out, &comparison);
            if let Some(shares) = &shares {
                count::write_shares(&mut out, shares);
            }
            write::end(&mut out, None);
        }
        AnswerFormat::Text => {
            let paint = Paint::stdout();
            let verdict = words::verdict(paint, write::relation_name(comparison.relation));
            match (comparison.relation, &comparison.reason) {
                (Relation::Undecided, Some(why)) => tell_reason(&mut out, &verdict, why),
                (relation, _) => out.push_str(&format!("{verdict}: {}\n", in_words(relation))),
            }
            if let Some(shares) = &shares {
                count::tell_shares(&mut out, shares, options.max_length);
            }
            for (title, request) in [
                ("only the new policy allows", &comparison.only_new),
                ("only the existing policy allows", &comparison.only_existing),
            ] {
                if let Some(request) = request {
                    out.push_str(&format!(
                        "\n{}\n{}",
                        paint.bold(title),
                        words::request(request, "  ")
                    ));
                }
            }
            tell_statements(
                &mut out,
                &comparison.statements,
                &[
                    ("newPolicyDocument", &new),
                    ("existingPolicyDocument", &existing),
                ],
            );
        }
    }
    io::stdout().write_all(out.as_bytes())?;
    if options.answering.stats {
        let _ = io::stderr().write_all(work(&comparison.stats).as_bytes());
    }
    Ok(match comparison.relation {
        Relation::Equivalent | Relation::Narrower => Status::Clean,
        Relation::Wider | Relation::Incomparable => Status::Found,
        Relation::Undecided => Status::Undecided,
    })
}

fn in_words(relation: Relation) -> &'static str {
    match relation {
        Relation::Equivalent => "both policies allow the same requests",
        Relation::Narrower => "the new policy allows less",
        Relation::Wider => "the new policy allows more",
        Relation::Incomparable => "each policy allows what the other does not",
        Relation::Undecided => "not decided",
    }
}
