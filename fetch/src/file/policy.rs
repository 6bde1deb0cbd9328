//! Policies of templates and plans: what is not known in them is settled, so that an answer holds for every value.
//!
//! A part that is not known keeps its name in braces where no value of it could let more callers from outside in than
//! that name does; there the answer is definite. Everywhere else the whole text becomes unknown (rule S45), which the
//! engine reads both ways. The name is kept
//!
//! * in an identity's ARN of a known account, under Allow, and for the owner's own account under Deny as well; between equals signs
//!   there, since the name of a role has no braces;
//! * in the name of a provider that Allow lets in, and of a service as far as it ends like one of AWS;
//! * in a resource that holds the own resource's unknown name, or that cannot match the own resource for any value;
//! * in the id of an organization, a VPC or an endpoint that an Allow statement asks for by `StringEquals`, unless a Deny does, too;
//! * in an ARN of a known account that an Allow statement compares with a plain operator, unless a Deny of the document
//!   asks for the same key, and in an ARN of the owner's account under `aws:PrincipalArn`.

use super::tree::{self as json, Json, JsonValue, Member};
use super::unknown::{
    CLOSE, OPEN, filled, first_in, is_open, is_wholly_open, marker, names, shown,
};
use keyaki_language::policy::AccountId;
use keyaki_language::span::{Span, Spanned};

/// Whose policy it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Own<'a> {
    /// The resource's ARN, with its unknown parts.
    pub(super) arn: &'a str,
    /// The owner, twelve digits.
    pub(super) account: &'a str,
}

/// A policy without unknown parts, and the line of each statement.
#[derive(Debug)]
pub(super) struct Settled {
    pub(super) document: Json,
    pub(super) lines: Vec<u64>,
}

/// Why a policy cannot be told.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) line: u64,
}

impl Trouble {
    fn open(what: &str, text: &str, at: &Json) -> Self {
        Self {
            code: "unknown-policy",
            message: format!(
                "{what} is not known before it is deployed: `{}`",
                shown(text)
            ),
            line: line(at),
        }
    }
}

/// The line of a node, 0 where it never was text.
pub(super) fn line(at: &Json) -> u64 {
    u64::from(at.span.start.line)
}

/// Settles what is not known in a document: an object, or a string of JSON.
pub(super) fn settle(document: &Json, own: Own<'_>) -> Result<Settled, Trouble> {
    let Some(text) = document.as_str() else {
        return settle_object(document, own, None);
    };
    if is_wholly_open(text) {
        return Err(Trouble::open("the policy", text, document));
    }
    let inner = json::parse(text).map_err(|error| Trouble {
        code: error.code(),
        message: format!("the policy is no JSON: {error}"),
        line: line(document),
    })?;
    settle_object(&inner, own, Some(line(document)))
}

/// Settles a policy of an identity. It lets nobody in from outside, so what is not known stands in nobody's way: a text keeps the
/// names of its unknown parts where each is one of the file's own resources (`is_own`), so that it meets their ARNs; elsewhere it
/// becomes the language's word for unknown, the whole document too.
pub(super) fn settle_identity(document: &Json, is_own: &dyn Fn(&str) -> bool) -> Json {
    fn text(text: &str, is_own: &dyn Fn(&str) -> bool) -> String {
        if names(text).into_iter().all(is_own) {
            shown(text).into_owned()
        } else {
            marker(text)
        }
    }
    fn walk(value: &Json, is_own: &dyn Fn(&str) -> bool) -> Json {
        let made = match &value.value {
            JsonValue::String(it) if is_open(it) => JsonValue::String(text(it, is_own).into()),
            JsonValue::Array(items) => {
                JsonValue::Array(items.iter().map(|item| walk(item, is_own)).collect())
            }
            JsonValue::Object(members) => {
                let members = members.iter().map(|member| Member {
                    key: Spanned::new(text(&member.key.value, is_own).into(), member.key.span),
                    value: walk(&member.value, is_own),
                });
                JsonValue::Object(members.collect())
            }
            other => other.clone(),
        };
        Json {
            value: made,
            span: value.span,
        }
    }
    let inner = document
        .as_str()
        .filter(|text| !is_wholly_open(text))
        .and_then(|text| json::parse(text).ok());
    let settled = walk(inner.as_ref().unwrap_or(document), is_own);
    match settled.value {
        JsonValue::Object(_) | JsonValue::String(_) => settled,
        // No document, and kept as it is written.
        _ => settled.to_string().into(),
    }
}

/// `line` is where the document stands if it is a text inside a string.
fn settle_object(document: &Json, own: Own<'_>, inside: Option<u64>) -> Result<Settled, Trouble> {
    let Some(members) = document.as_object() else {
        return Err(Trouble {
            code: "wrong-type",
            message: format!("the policy is {}, not an object", document.type_name()),
            line: inside.unwrap_or_else(|| line(document)),
        });
    };
    let denied = denied_keys(document);
    let mut lines = Vec::new();
    let mut out = Vec::new();
    for member in members {
        let value = match member.name() {
            "Statement" => {
                let one = |index: usize, item: &Json| {
                    statement(item, index, own, &denied).map_err(|mut trouble| {
                        trouble.line = inside.unwrap_or(trouble.line);
                        trouble
                    })
                };
                let value = match &member.value.value {
                    JsonValue::Array(items) => {
                        lines.extend(
                            items
                                .iter()
                                .map(|item| inside.unwrap_or_else(|| line(item))),
                        );
                        let items = items.iter().enumerate();
                        let items: Result<Vec<Json>, Trouble> =
                            items.map(|(index, item)| one(index, item)).collect();
                        JsonValue::Array(items?)
                    }
                    _ => {
                        lines.push(inside.unwrap_or_else(|| line(&member.value)));
                        one(0, &member.value)?.value
                    }
                };
                Json {
                    value,
                    span: member.value.span,
                }
            }
            name => match first_in(&member.value) {
                Some(text) if name != "Id" => {
                    return Err(Trouble::open(&format!("`{name}`"), text, &member.value));
                }
                _ => super::unknown::shown_in(&member.value),
            },
        };
        out.push(Member {
            key: member.key.clone(),
            value,
        });
    }
    Ok(Settled {
        document: Json {
            value: JsonValue::Object(out),
            span: document.span,
        },
        lines,
    })
}

/// The condition keys, in lower case, that Deny statements ask for.
fn denied_keys(document: &Json) -> Vec<String> {
    let statements = document.get("Statement");
    let list = statements.and_then(Json::as_array);
    let one = statements.filter(|value| value.as_object().is_some());
    list.into_iter()
        .flatten()
        .chain(one)
        .filter(|statement| statement.get("Effect").and_then(Json::as_str) != Some("Allow"))
        .filter_map(|statement| statement.get("Condition")?.as_object())
        .flatten()
        .filter_map(|operator| operator.value.as_object())
        .flatten()
        .map(|key| key.key.value.to_ascii_lowercase())
        .collect()
}

/// One statement while it is settled.
struct Clause<'a> {
    own: Own<'a>,
    allows: bool,
    denied: &'a [String],
    /// What is not known and cannot be said where it stands: the statement applies or not.
    open: Vec<String>,
}

fn statement(value: &Json, index: usize, own: Own<'_>, denied: &[String]) -> Result<Json, Trouble> {
    let Some(members) = value.as_object() else {
        if let Some(text) = value.as_str().filter(|text| is_open(text)) {
            return Err(Trouble::open("a statement", text, value));
        }
        // The reader of policies says what is wrong with it.
        return Ok(value.clone());
    };
    let effect = value.get("Effect").and_then(Json::as_str);
    if let Some(effect) = effect.filter(|text| is_open(text)) {
        return Err(Trouble::open("`Effect`", effect, value));
    }
    let mut clause = Clause {
        own,
        allows: effect == Some("Allow"),
        denied,
        open: Vec::new(),
    };
    let mut out: Vec<Member> = Vec::new();
    for Member { key, value } in members {
        let settled = match &*key.value {
            "Principal" => clause.principal(value, false),
            "NotPrincipal" => clause.principal(value, true),
            "Action" => Some(clause.actions(value, true)),
            "NotAction" => Some(clause.actions(value, false)),
            "Resource" | "NotResource" => Some(clause.resources(value)),
            "Condition" => clause.conditions(value),
            _ => Some(super::unknown::shown_in(value)),
        };
        out.extend(settled.map(|value| Member {
            key: key.clone(),
            value,
        }));
    }
    if !clause.open.is_empty() {
        let operator = if clause.allows {
            "StringEquals"
        } else {
            "StringEqualsIfExists"
        };
        // Each statement has a doubt of its own.
        let doubt = marker(&format!(
            "{} in statement {index}",
            clause.open.join(" and ")
        ));
        add_condition(&mut out, operator, &doubt);
    }
    Ok(Json {
        value: JsonValue::Object(out),
        span: value.span,
    })
}

/// A condition that may hold or not, whatever the request says. Under Allow a request can always have the key; under Deny
/// one without the key is met as well, so none escapes the doubt.
fn add_condition(statement: &mut Vec<Member>, operator: &str, doubt: &str) {
    const KEY: &str = "keyaki:unknown";
    let member = |key: &str, value: Json| Member {
        key: Spanned::new(key.to_owned().into(), Span::default()),
        value,
    };
    let condition = match statement.iter().position(|m| m.key.value == "Condition") {
        Some(index) => &mut statement[index].value,
        None => {
            statement.push(member("Condition", JsonValue::Object(Vec::new()).into()));
            &mut statement.last_mut().expect("it was put there").value
        }
    };
    let JsonValue::Object(operators) = &mut condition.value else {
        // The reader of policies refuses such a condition.
        return;
    };
    match operators.iter_mut().find(|m| m.key.value == operator) {
        Some(Member {
            value:
                Json {
                    value: JsonValue::Object(keys),
                    ..
                },
            ..
        }) => {
            keys.push(member(KEY, doubt.to_owned().into()));
        }
        _ => operators.push(member(
            operator,
            Json::object([(KEY, doubt.to_owned().into())]),
        )),
    }
}

impl Clause<'_> {
    /// Whom the statement names.
    fn principal(&mut self, value: &Json, but: bool) -> Option<Json> {
        match &value.value {
            JsonValue::String(text) if is_open(text) => {
                Some(Json::object([("AWS", Json::from(marker(text)))]))
            }
            JsonValue::Object(kinds) => {
                let mut kinds = kinds.clone();
                for kind in &mut kinds {
                    let name = kind.key.value.clone();
                    kind.value = each(&kind.value, |text| self.entry(&name, text, but));
                }
                stored(&mut kinds);
                Some(Json {
                    value: JsonValue::Object(kinds),
                    span: value.span,
                })
            }
            _ => Some(value.clone()),
        }
    }

    /// One caller that is named.
    fn entry(&self, kind: &str, text: &str, but: bool) -> String {
        if !is_open(text) {
            return text.to_owned();
        }
        let lets_in = self.allows && !but;
        let keeps_name = match kind {
            "AWS" => match identity(text) {
                Some((account, _)) if but => account == self.own.account,
                Some((account, Identity::Named)) => lets_in || account == self.own.account,
                // Whatever it is, it is of the owner's account, and so is the account itself.
                Some((account, Identity::Any)) if account == self.own.account && !but => {
                    return account.to_owned();
                }
                Some((_, Identity::Any)) => false,
                None => lets_in && text.starts_with(ACCESS_IDENTITY),
            },
            "Service" => lets_in && text.ends_with("amazonaws.com"),
            // Whichever provider it is, that one is let in, and named.
            "Federated" => lets_in,
            _ => lets_in && text.starts_with(ACCESS_IDENTITY),
        };
        if keeps_name && text.starts_with(ACCESS_IDENTITY) {
            // The ids of these have letters and digits alone.
            filled(text, "UNKNOWN")
        } else if keeps_name && kind == "AWS" {
            as_name(text)
        } else if keeps_name {
            shown(text).into_owned()
        } else {
            marker(text)
        }
    }

    /// Actions: the widest reading, and a doubt.
    fn actions(&mut self, value: &Json, listed: bool) -> Json {
        let Some(first) = first_in(value) else {
            return value.clone();
        };
        self.open.push(shown(first).into_owned());
        let widest = |text: &str| match (is_open(text), listed) {
            (false, _) => text.to_owned(),
            (true, true) if is_wholly_open(text) => "*".to_owned(),
            (true, true) => filled(text, "*"),
            // Nothing is left out of what the statement is about.
            (true, false) => "keyaki:nothing".to_owned(),
        };
        each(value, widest)
    }

    fn resources(&self, value: &Json) -> Json {
        each(value, |text| match fate(text, self.own.arn) {
            Fate::Told => shown(text).into_owned(),
            Fate::Open if is_open(text) => marker(text),
            Fate::Open => marker(&format!("{text} against {}", shown(self.own.arn))),
        })
    }

    fn conditions(&mut self, value: &Json) -> Option<Json> {
        if let Some(text) = value.as_str().filter(|text| is_open(text)) {
            self.open.push(shown(text).into_owned());
            return None;
        }
        let Some(operators) = value.as_object() else {
            return Some(value.clone());
        };
        let mut out = Vec::new();
        for operator in operators {
            let name = &operator.key.value;
            let open = Some(&**name).filter(|name| is_open(name));
            if let Some(text) = open.or_else(|| operator.value.as_str().filter(|t| is_open(t))) {
                self.open.push(shown(text).into_owned());
                continue;
            }
            let Some(keys) = operator.value.as_object() else {
                out.push(operator.clone());
                continue;
            };
            let mut kept = Vec::new();
            for key in keys {
                if is_open(&key.key.value) {
                    self.open.push(shown(&key.key.value).into_owned());
                    continue;
                }
                let value = each(&key.value, |text| self.compared(name, &key.key.value, text));
                kept.push(Member {
                    key: key.key.clone(),
                    value,
                });
            }
            if !kept.is_empty() || keys.is_empty() {
                let value = Json {
                    value: JsonValue::Object(kept),
                    span: operator.value.span,
                };
                out.push(Member {
                    key: operator.key.clone(),
                    value,
                });
            }
        }
        if out.is_empty() && !operators.is_empty() {
            return None;
        }
        Some(Json {
            value: JsonValue::Object(out),
            span: value.span,
        })
    }

    /// A value that is compared with a key.
    fn compared(&self, operator: &str, key: &str, text: &str) -> String {
        if !is_open(text) {
            return text.to_owned();
        }
        let key = key.to_ascii_lowercase();
        let account = arn_account(text);
        let own = account == Some(self.own.account) && key == "aws:principalarn";
        let plain = self.allows
            && !operator.contains("Not")
            && (operator.contains("Arn") || operator.contains("String"))
            && !self.denied.contains(&key);
        // Whichever organization, network or endpoint it is: callers from there are let in, and it is named.
        const NAMED: [&str; 4] = [
            "aws:principalorgid",
            "aws:sourceorgid",
            "aws:sourcevpc",
            "aws:sourcevpce",
        ];
        let named = plain && operator == "StringEquals" && NAMED.contains(&key.as_str());
        if own || named || (plain && account.is_some()) {
            match &*key {
                "aws:principalarn" => as_name(text),
                _ => shown(text).into_owned(),
            }
        } else {
            marker(text)
        }
    }
}

/// The ARN of an identity whose name is not known, with a name that can be one: braces cannot stand in the names of roles and users
/// (R1), and an ARN that can be none would be a principal without a meaning.
pub(super) fn as_name(text: &str) -> String {
    let stands = |c: char| c.is_ascii_alphanumeric() || "+,.@_-".contains(c);
    let mut out = String::new();
    let mut inside = false;
    for c in text.chars() {
        match c {
            OPEN | CLOSE => {
                inside = c == OPEN;
                out.push('=');
            }
            c if inside && !stands(c) => out.push('_'),
            c => out.push(c),
        }
    }
    out
}

/// How the ARN of an origin access identity of CloudFront begins.
const ACCESS_IDENTITY: &str = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity ";

/// S3 stores the canonical id of an origin access identity as its ARN, under `AWS`.
fn stored(kinds: &mut Vec<Member>) {
    let is_one = |item: &Json| {
        item.as_str()
            .is_some_and(|text| text.starts_with(ACCESS_IDENTITY))
    };
    let Some(at) = kinds
        .iter()
        .position(|kind| kind.key.value == "CanonicalUser")
    else {
        return;
    };
    let items = match &kinds[at].value.value {
        JsonValue::Array(items) => items.clone(),
        _ => vec![kinds[at].value.clone()],
    };
    let (arns, ids): (Vec<Json>, Vec<Json>) = items.into_iter().partition(is_one);
    if arns.is_empty() {
        return;
    }
    if ids.is_empty() {
        kinds.remove(at);
    } else {
        kinds[at].value.value = JsonValue::Array(ids);
    }
    match kinds.iter_mut().find(|kind| kind.key.value == "AWS") {
        Some(aws) => {
            let mut all = match &aws.value.value {
                JsonValue::Array(items) => items.clone(),
                _ => vec![aws.value.clone()],
            };
            all.extend(arns);
            aws.value.value = JsonValue::Array(all);
        }
        None => kinds.push(Member {
            key: Spanned::new("AWS".into(), Span::default()),
            value: Json::array(arns),
        }),
    }
}

/// What is known of an identity whose ARN is not known to its end.
enum Identity {
    /// A role, a user or a session.
    Named,
    /// Something of the account.
    Any,
}

/// The account of an ARN of an identity, and what is known of the rest.
fn identity(text: &str) -> Option<(&str, Identity)> {
    let account = arn_account(text)?;
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    if parts[0] != "arn" || !matches!(parts[2], "iam" | "sts") || !parts[3].is_empty() {
        return None;
    }
    let kinds = ["role/", "user/", "assumed-role/", "federated-user/"];
    let named = kinds.iter().any(|kind| {
        parts[5]
            .strip_prefix(kind)
            .is_some_and(|rest| !rest.contains(['*', '?']))
    });
    Some((
        account,
        if named {
            Identity::Named
        } else {
            Identity::Any
        },
    ))
}

/// The account of an ARN that says it in full.
fn arn_account(text: &str) -> Option<&str> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let &["arn", _, service, _, account, _] = parts.as_slice() else {
        return None;
    };
    (!is_open(service) && AccountId::parse(account).is_some()).then_some(account)
}

/// Whether it is known how a resource pattern meets the own resource.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    Told,
    Open,
}

/// Compares a pattern with the own ARN, whatever their unknown parts are.
fn fate(pattern: &str, own: &str) -> Fate {
    if !is_open(pattern) && !is_open(own) || pattern == "*" {
        return Fate::Told;
    }
    // Cut into their parts, so that a region that is not known does not stand in the way of a name that is.
    let (mut pattern, own): (Vec<&str>, Vec<&str>) = (
        pattern.splitn(6, ':').collect(),
        own.splitn(6, ':').collect(),
    );
    if pattern.len() < 6 && pattern.last().is_some_and(|last| last.ends_with('*')) {
        // S18: what is missing is `*`.
        pattern.resize(6, "*");
    }
    if pattern.len() != 6 || own.len() != 6 {
        return Fate::Open;
    }
    let parts: Vec<Part> = pattern.iter().zip(&own).map(|(p, o)| part(p, o)).collect();
    if parts.contains(&Part::Apart) || !parts.contains(&Part::Open) {
        Fate::Told
    } else {
        Fate::Open
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Part {
    /// No value makes them meet.
    Apart,
    /// The names in braces tell it.
    Told,
    Open,
}

fn part(pattern: &str, own: &str) -> Part {
    if pattern == "*" {
        return Part::Told;
    }
    // A pattern with the same unknown parts in the same surroundings stands and falls with them.
    if is_open(pattern) && holds(pattern, own) && names(pattern) == names(own) {
        return Part::Told;
    }
    // Any text for what is not known, and any object behind the own name.
    let wide = filled(own, "*");
    if !may_meet(&filled(pattern, "*"), &wide)
        && !may_meet(&filled(pattern, "*"), &format!("{wide}/*"))
    {
        return Part::Apart;
    }
    if !is_open(pattern) && !is_open(own) {
        return Part::Told;
    }
    Part::Open
}

/// Whether the pattern begins with the own name.
fn holds(pattern: &str, own: &str) -> bool {
    pattern == own
        || pattern
            .strip_prefix(own)
            .is_some_and(|rest| rest.starts_with(['/', '*', ':']))
}

/// Whether some text matches both globs; no is a promise. Compares what they begin and end with.
fn may_meet(a: &str, b: &str) -> bool {
    let ends = |text: &str| -> (String, String, bool) {
        let wild = text.find(['*', '?']);
        let last = text.rfind(['*', '?']);
        match (wild, last) {
            (Some(first), Some(last)) => {
                (text[..first].to_owned(), text[last + 1..].to_owned(), true)
            }
            _ => (text.to_owned(), text.to_owned(), false),
        }
    };
    let ((a_begin, a_end, a_wild), (b_begin, b_end, b_wild)) = (ends(a), ends(b));
    if !a_wild && !b_wild {
        return a == b;
    }
    // A plain text must at least hold what the other begins and ends with.
    let begins = a_begin.starts_with(&b_begin) || b_begin.starts_with(&a_begin);
    let ends = a_end.ends_with(&b_end) || b_end.ends_with(&a_end);
    let fits = |plain: &str, begin: &str, end: &str| {
        plain.len() >= begin.len() + end.len() && plain.starts_with(begin) && plain.ends_with(end)
    };
    match (a_wild, b_wild) {
        (false, true) => fits(a, &b_begin, &b_end),
        (true, false) => fits(b, &a_begin, &a_end),
        _ => begins && ends,
    }
}

/// A string or each string of a list, made anew.
fn each(value: &Json, make: impl Fn(&str) -> String) -> Json {
    let one = |item: &Json| match &item.value {
        JsonValue::String(text) => Json {
            value: JsonValue::String(make(text).into()),
            span: item.span,
        },
        // An account number that was written without quotes.
        _ => item.clone(),
    };
    match &value.value {
        JsonValue::Array(items) => Json {
            value: JsonValue::Array(items.iter().map(one).collect()),
            span: value.span,
        },
        _ => one(value),
    }
}

/// Whether something looks like a policy document.
pub(super) fn is_policy(value: &Json) -> bool {
    let is_statement = |item: &Json| item.get("Effect").is_some();
    match value.get("Statement").map(|statement| &statement.value) {
        Some(JsonValue::Array(items)) => items.iter().any(is_statement),
        Some(JsonValue::Object(_)) => value.get("Statement").is_some_and(is_statement),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::unknown::piece;
    use super::*;

    fn settled(document: &str, own: &str) -> String {
        let document = document.replace('<', "\u{e000}").replace('>', "\u{e001}");
        let own = own.replace('<', "\u{e000}").replace('>', "\u{e001}");
        let json = json::parse(&document).expect("it is JSON");
        let own = Own {
            arn: &own,
            account: "000000000000",
        };
        settle(&json, own)
            .expect("it can be settled")
            .document
            .to_string()
    }

    #[test]
    fn the_own_name_stands_for_itself() {
        let text = settled(
            r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":["arn:aws:s3:::<B>/*","arn:aws:s3:::<B>","arn:aws:s3:::other"]}}"#,
            "arn:aws:s3:::<B>",
        );
        assert!(
            text.contains("\"arn:aws:s3:::{B}/*\",\"arn:aws:s3:::{B}\""),
            "{text}"
        );
        assert!(
            text.contains("${keyaki:unknown arn:aws:s3:::other against"),
            "{text}"
        );
    }

    #[test]
    fn a_name_that_cannot_match_is_told() {
        for (pattern, own, fate_) in [
            ("arn:aws:s3:::x-<P>/*", "arn:aws:s3:::reports", Fate::Told),
            ("arn:aws:s3:::rep<P>/*", "arn:aws:s3:::reports", Fate::Open),
            (
                "arn:aws:sqs:<R>:000000000000:q",
                "arn:aws:sqs:<R>:000000000000:q",
                Fate::Told,
            ),
            (
                "arn:aws:sqs:us-east-1:000000000000:q",
                "arn:aws:sqs:<R>:000000000000:q",
                Fate::Open,
            ),
            (
                "arn:aws:sqs:*:000000000000:q",
                "arn:aws:sqs:<R>:000000000000:q",
                Fate::Told,
            ),
            (
                "arn:aws:sqs:us-east-1:000000000000:p",
                "arn:aws:sqs:<R>:000000000000:q",
                Fate::Told,
            ),
            ("<P>", "arn:aws:s3:::reports", Fate::Open),
            ("arn:aws:s3:::<Q>-<B>/*", "arn:aws:s3:::<B>", Fate::Open),
            ("arn:aws:s3:::<B>/<K>", "arn:aws:s3:::<B>", Fate::Open),
            ("*", "arn:aws:s3:::<B>", Fate::Told),
        ] {
            let text = |text: &str| text.replace('<', "\u{e000}").replace('>', "\u{e001}");
            assert_eq!(fate(&text(pattern), &text(own)), fate_, "{pattern} {own}");
        }
    }

    #[test]
    fn identities_of_a_known_account_keep_their_names_where_it_is_safe() {
        let text = |effect: &str, element: &str| {
            settled(
                &format!(
                    r#"{{"Statement":{{"Effect":"{effect}","{element}":{{"AWS":["arn:aws:iam::000000000000:role/<R>","arn:aws:iam::111122223333:role/<R>","arn:aws:iam::<A>:root","<X>"]}},"Action":"*"}}}}"#
                ),
                "arn:aws:s3:::b",
            )
        };
        let allow = text("Allow", "Principal");
        assert!(allow.contains("000000000000:role/=R=\",\"arn:aws:iam::111122223333:role/=R=\",\"${keyaki:unknown arn:aws:iam::|A|:root}\",\"${keyaki:unknown |X|}\""), "{allow}");
        let deny = text("Deny", "Principal");
        assert!(
            deny.contains("000000000000:role/=R=\",\"${keyaki"),
            "{deny}"
        );
        let but = text("Deny", "NotPrincipal");
        assert!(but.contains("000000000000:role/=R=\",\"${keyaki"), "{but}");
    }

    #[test]
    fn what_cannot_be_said_in_its_place_is_a_doubt_of_the_statement() {
        let text = settled(
            r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:<A>","Resource":"*"}]}"#,
            "arn:aws:s3:::b",
        );
        assert!(text.contains(r#""Action":"s3:*""#), "{text}");
        assert!(text.contains("StringEqualsIfExists"), "{text}");
        let error = settle(
            &Json::object([("Statement", Json::from(piece("S")))]),
            Own {
                arn: "arn:aws:s3:::b",
                account: "000000000000",
            },
        );
        assert_eq!(error.expect_err("nothing is known").code, "unknown-policy");
    }
}
