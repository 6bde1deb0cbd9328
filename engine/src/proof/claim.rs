//! What a certificate or a witness is about: the question with its documents, digests and all.

use crate::finding::{Minimality, Tree};
use crate::proof::Proof;
use crate::question::{Access, NoOtherAccess, Question};
use crate::resource::ZoneOfTrust;
use keyaki_language::json::write_string;
use keyaki_language::policies::PolicyType;
use keyaki_language::{Request, digest};

/// The texts that a question's documents were read from.
#[derive(Clone, Copy, Debug)]
pub struct Texts<'t> {
    /// The document that is asked about; for *no new access* the new one.
    pub policy: &'t str,
    /// The existing document, for *no new access*; the findings, for *no other access*.
    pub existing: Option<&'t str>,
}

/// Writes a certificate: the claim with the texts it is about, and why it holds.
pub fn certificate(question: &Question, texts: Texts, proof: &Proof) -> String {
    let mut out = "{\"format\":\"keyaki-certificate/1\",\"claim\":".to_owned();
    claim(&mut out, question, texts, None);
    out.push_str(",\"proofs\":");
    out.push_str(&proof.0);
    out.push('}');
    out
}

/// Writes a certificate that a list of findings is complete, and that no smaller one is: `candidates` are the findings that a list is
/// chosen from, each a statement, in the order of [`Minimality::candidates`].
pub fn smallest(
    question: &NoOtherAccess,
    texts: Texts,
    proof: &Proof,
    candidates: &str,
    minimality: &Minimality,
) -> String {
    let mut out = "{\"format\":\"keyaki-certificate/1\",\"claim\":".to_owned();
    let question = Question::NoOtherAccess(question.clone());
    claim(&mut out, &question, texts, Some(candidates));
    out.push_str(",\"proofs\":");
    out.push_str(&proof.0);
    out.push_str(",\"minimum\":{\"requests\":[");
    for (at, held) in minimality.requests.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        held.request.to_json().write(&mut out);
    }
    out.push_str("],\"tree\":");
    tree(&mut out, &minimality.tree);
    out.push_str("}}");
    out
}

/// `[1,2]` for requests apart, `{"request":1,"choices":[…]}` for a choice among the findings that hold one, in their order.
fn tree(out: &mut String, own: &Tree) {
    match own {
        Tree::Apart(requests) => {
            let requests: Vec<String> = requests.iter().map(ToString::to_string).collect();
            out.push_str(&format!("[{}]", requests.join(",")));
        }
        Tree::Choose { request, choices } => {
            out.push_str(&format!("{{\"request\":{request},\"choices\":["));
            for (at, (_, below)) in choices.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                tree(out, below);
            }
            out.push_str("]}");
        }
    }
}

/// Writes a witness down: the claim that fails, and the request that shows it.
pub fn witness(question: &Question, texts: Texts, request: &Request) -> String {
    let mut out = "{\"format\":\"keyaki-witness/1\",\"claim\":".to_owned();
    claim(&mut out, question, texts, None);
    out.push_str(",\"request\":");
    request.to_json().write(&mut out);
    out.push('}');
    out
}

fn claim(out: &mut String, question: &Question, texts: Texts, candidates: Option<&str>) {
    let (name, policy_type) = match question {
        Question::NoNewAccess(q) => ("no-new-access", q.policy_type),
        Question::NotGranted(q) => ("not-granted", q.policy_type),
        Question::NoExternalAccess(_) => ("no-external-access", PolicyType::Resource),
        Question::NoOtherAccess(_) => ("no-other-access", PolicyType::Resource),
        Question::NoPublicAccess(_) => ("no-public-access", PolicyType::Resource),
        Question::Satisfiable(q) => ("unsatisfiable", q.policy_type),
    };
    let policy_type = policy_type.name();
    out.push_str(&format!(
        "{{\"question\":\"{name}\",\"policyType\":\"{policy_type}\",\"documents\":["
    ));
    match texts.existing {
        Some(existing) => {
            let names = match question {
                Question::NoOtherAccess(_) => ["policy", "findings"],
                _ => ["new", "existing"],
            };
            document(out, names[0], texts.policy);
            out.push(',');
            document(out, names[1], existing);
        }
        None => document(out, "policy", texts.policy),
    }
    if let Some(candidates) = candidates {
        out.push(',');
        document(out, "candidates", candidates);
    }
    out.push(']');
    match question {
        Question::NotGranted(q) => access(out, &q.access),
        Question::NoPublicAccess(q) => member(out, "resourceType", &q.resource_type),
        Question::NoExternalAccess(q) => zone(out, &q.zone),
        Question::NoOtherAccess(q) => zone(out, &q.zone),
        Question::NoNewAccess(_) | Question::Satisfiable(_) => {}
    }
    out.push('}');
}

fn document(out: &mut String, name: &str, text: &str) {
    out.push_str(&format!("{{\"name\":\"{name}\""));
    member(out, "digest", &digest::of(text));
    member(out, "text", text);
    out.push('}');
}

/// `,"name":"text"`.
fn member(out: &mut String, name: &str, text: &str) {
    out.push_str(&format!(",\"{name}\":"));
    write_string(out, text);
}

fn strings<T: AsRef<str>>(out: &mut String, name: &str, texts: &[T]) {
    out.push_str(&format!("\"{name}\":["));
    for (at, text) in texts.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write_string(out, text.as_ref());
    }
    out.push(']');
}

fn access(out: &mut String, entries: &[Access]) {
    out.push_str(",\"access\":[");
    for (at, entry) in entries.iter().enumerate() {
        out.push_str(if at > 0 { ",{" } else { "{" });
        if let Some(actions) = &entry.actions {
            strings(out, "actions", actions);
        }
        if let Some(resources) = &entry.resources {
            if entry.actions.is_some() {
                out.push(',');
            }
            strings(out, "resources", resources);
        }
        out.push('}');
    }
    out.push(']');
}

fn zone(out: &mut String, zone: &ZoneOfTrust) {
    out.push_str(",\"zoneOfTrust\":{");
    let accounts: Vec<String> = zone.accounts.iter().map(ToString::to_string).collect();
    strings(out, "accounts", &accounts);
    if let Some(id) = &zone.organization {
        member(out, "organization", id);
    }
    out.push(',');
    strings(out, "federated", &zone.federated);
    out.push(',');
    strings(out, "canonicalUsers", &zone.canonical_users);
    out.push('}');
}
