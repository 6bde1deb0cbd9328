//! Requests and statements in words.

use crate::paint::{Paint, plain};
use keyaki_language::Request;
use keyaki_language::json::{Json, JsonValue, write_string};
use keyaki_language::request::{Caller, ContextValue};

/// Who calls, in a few words.
pub(crate) fn caller(caller: &Caller) -> String {
    match caller {
        Caller::Anonymous => "anyone, without signing the request".to_owned(),
        Caller::Root { account, .. } => format!("the root user of account {account}"),
        Caller::User {
            account,
            path,
            name,
            ..
        } => format!(
            "the user `{}` of account {account}",
            plain(&format!("{}{name}", path.trim_start_matches('/')))
        ),
        Caller::Session {
            account,
            path,
            role,
            session,
            ..
        } => {
            let role = format!("{}{role}", path.trim_start_matches('/'));
            match session {
                Some(session) => format!(
                    "the session `{}` of the role `{}` of account {account}",
                    plain(session),
                    plain(&role)
                ),
                None => format!(
                    "a session of the role `{}` of account {account}",
                    plain(&role)
                ),
            }
        }
        Caller::FederatedUser { account, name, .. } => {
            format!("the federated user `{}` of account {account}", plain(name))
        }
        Caller::Service(name) => format!("the AWS service `{}`", plain(name)),
        Caller::Federated(name) => format!("someone who signs in through `{}`", plain(name)),
        Caller::Canonical(id) => format!(
            "someone of the account with the canonical id `{}`",
            plain(id)
        ),
    }
}

/// A request spelled out, one line a fact, each after `indent`.
pub(crate) fn request(request: &Request, indent: &str) -> String {
    let mut out = format!("{indent}{}\n", caller(&request.principal));
    if request.principal != Caller::Anonymous {
        out.push_str(&format!(
            "{indent}  ({})\n",
            plain(&request.principal.text())
        ));
    }
    out.push_str(&format!("{indent}calls {}\n", plain(&request.action)));
    out.push_str(&format!("{indent}on {}\n", plain(&request.resource)));
    if let Some(account) = request.resource_account {
        out.push_str(&format!("{indent}  (of account {account})\n"));
    }
    for (i, (key, value)) in request
        .context
        .iter()
        .filter(|pair| !follows(request, pair))
        .enumerate()
    {
        let begin = if i == 0 { "with" } else { "    " };
        let value = match value {
            ContextValue::One(text) => quoted(text),
            ContextValue::Many(texts) => format!(
                "[{}]",
                texts
                    .iter()
                    .map(|text| quoted(text))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        };
        out.push_str(&format!("{indent}{begin} {} = {value}\n", plain(key)));
    }
    out
}

/// Whether a key follows from the caller and the resource, which have been told already.
fn follows(request: &Request, (key, value): &(&String, &ContextValue)) -> bool {
    let mut bare = request.clone();
    bare.context.retain(|key, _| key == "aws:principalarn");
    bare.complete().is_ok() && bare.context.get(*key) == Some(*value)
}

fn quoted(text: &str) -> String {
    let mut out = String::new();
    write_string(&mut out, text);
    plain(&out).into_owned()
}

/// JSON over several lines, each after `indent`; short lists and objects stay on one.
pub(crate) fn pretty(json: &Json, indent: &str) -> String {
    let flat = json.to_string();
    if flat.chars().count() + indent.len() <= 100 {
        return flat;
    }
    let deeper = format!("{indent}  ");
    let lines: Vec<String> = match &json.value {
        JsonValue::Array(items) => items
            .iter()
            .map(|item| format!("{deeper}{}", pretty(item, &deeper)))
            .collect(),
        JsonValue::Object(members) => {
            let member = |member: &keyaki_language::json::Member| {
                format!(
                    "{deeper}{}: {}",
                    quoted(&member.key.value),
                    pretty(&member.value, &deeper)
                )
            };
            members.iter().map(member).collect()
        }
        _ => return flat,
    };
    let (open, close) = if matches!(json.value, JsonValue::Array(_)) {
        ('[', ']')
    } else {
        ('{', '}')
    };
    format!("{open}\n{}\n{indent}{close}", lines.join(",\n"))
}

/// `1 finding`, `2 findings`.
pub(crate) fn count(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// A verdict's word in its colour.
pub(crate) fn verdict(paint: Paint, name: &str) -> String {
    match name {
        "holds" | "equivalent" | "narrower" | "Allowed" | "accepted" => paint.good(name),
        "undecided" | "Undecided" => paint.doubtful(name),
        _ => paint.bad(name),
    }
}
