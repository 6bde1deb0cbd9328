//! From an answer to its line.
//!
//! Members come in a fixed order and nothing depends on time or threads, so the same questions give the
//! same bytes. JSON text is appended to a `String`; no tree is built for it but the witness.

use keyaki_engine::question::{Comparison, Relation};
use keyaki_engine::{Answer, StatementRef, Verdict};
use keyaki_language::json::{Json, write_string};
use keyaki_language::judge::Decision;
use keyaki_language::{DocumentError, Request};

/// Begins an answer: `{"id":…`.
pub(crate) fn begin(out: &mut String, id: &Json) {
    out.push_str("{\"id\":");
    id.write(out);
}

/// Ends an answer and its line; `micros` is written under `--timing`.
pub(crate) fn end(out: &mut String, micros: Option<u128>) {
    if let Some(micros) = micros {
        out.push_str(&format!(",\"micros\":{micros}"));
    }
    out.push_str("}\n");
}

/// The name of a verdict on the wire.
pub(crate) fn verdict_name(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Holds(_) => "holds",
        Verdict::Fails(_) => "fails",
        Verdict::Undecided(_) => "undecided",
    }
}

/// The name of a relation on the wire.
pub(crate) fn relation_name(relation: Relation) -> &'static str {
    match relation {
        Relation::Equivalent => "equivalent",
        Relation::Narrower => "narrower",
        Relation::Wider => "wider",
        Relation::Incomparable => "incomparable",
        Relation::Undecided => "undecided",
    }
}

/// The name of a decision on the wire.
pub(crate) fn decision_name(decision: &Decision) -> &'static str {
    match decision {
        Decision::Allowed => "Allowed",
        Decision::ImplicitlyDenied => "ImplicitlyDenied",
        Decision::ExplicitlyDenied => "ExplicitlyDenied",
        Decision::Undecided(_) => "Undecided",
    }
}

/// The members of an answer to a yes-or-no question.
pub(crate) fn answer(out: &mut String, answer: &Answer) {
    text_member(out, "verdict", verdict_name(&answer.verdict));
    match &answer.verdict {
        Verdict::Holds(request) | Verdict::Fails(request) => {
            if let Some(request) = request {
                witness(out, "witness", request);
            }
            statements(out, &answer.statements);
        }
        Verdict::Undecided(why) => reason(out, why.code, &why.message, &why.at),
    }
}

/// The members of an answer to `compare`.
pub(crate) fn comparison(out: &mut String, comparison: &Comparison) {
    text_member(out, "relation", relation_name(comparison.relation));
    if let Some(request) = &comparison.only_new {
        witness(out, "onlyNew", request);
    }
    if let Some(request) = &comparison.only_existing {
        witness(out, "onlyExisting", request);
    }
    statements(out, &comparison.statements);
    if let Some(why) = &comparison.reason {
        reason(out, why.code, &why.message, &why.at);
    }
}

/// The certificates of a comparison, as a list.
pub(crate) fn certificates(out: &mut String, certificates: &[String]) {
    if !certificates.is_empty() {
        out.push_str(",\"certificate\":[");
        out.push_str(&certificates.join(","));
        out.push(']');
    }
}

/// The members of an answer to `evaluate`.
pub(crate) fn decision(out: &mut String, decision: &Decision) {
    text_member(out, "decision", decision_name(decision));
    if let Decision::Undecided(why) = decision {
        reason(out, why.code, &why.message, &why.at);
    }
}

/// The member of a line that could not be read.
pub(crate) fn error(out: &mut String, error: &DocumentError) {
    out.push_str(",\"error\":{\"code\":");
    write_string(out, error.code());
    out.push_str(",\"message\":");
    write_string(out, error.message());
    out.push_str(",\"at\":");
    write_string(out, error.at());
    out.push('}');
}

fn statements(out: &mut String, statements: &[StatementRef]) {
    if statements.is_empty() {
        return;
    }
    out.push_str(",\"statements\":[");
    for (i, statement) in statements.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        out.push_str("{\"document\":");
        write_string(out, statement.document);
        out.push_str(&format!(",\"index\":{}", statement.index));
        if let Some(sid) = &statement.sid {
            text_member(out, "sid", sid);
        }
        out.push('}');
    }
    out.push(']');
}

fn reason(out: &mut String, code: &str, message: &str, at: &str) {
    out.push_str(",\"reason\":{\"code\":");
    write_string(out, code);
    text_member(out, "message", message);
    text_member(out, "at", at);
    out.push('}');
}

fn witness(out: &mut String, name: &str, request: &Request) {
    begin_member(out, name);
    request.to_json().write(out);
}

/// `,"name":"text"`.
fn text_member(out: &mut String, name: &str, text: &str) {
    begin_member(out, name);
    write_string(out, text);
}

/// `,"name":`; answers are many, so it is not formatted.
fn begin_member(out: &mut String, name: &str) {
    out.push_str(",\"");
    out.push_str(name);
    out.push_str("\":");
}
