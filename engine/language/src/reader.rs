//! From JSON to [`Policy`]: the grammar of rule S2, with the place and the cure of each error.
//!
//! The reader asks one thing only: does the document have a meaning? What AWS leaves without one inside a
//! sound document is kept as such ([`PrincipalEntry::Undefined`], [`ResourceForm::Short`]) and makes
//! an answer undecided where it matters. Element names are case-sensitive, operator names are not:
//! AWS takes `ForAnyValue:Stringlike`, and real policies hold it. Pointers are built only for errors; on
//! the way down a [`Place`] on the stack remembers each step.

use crate::DocumentError;
use crate::json::{self, Json, JsonValue, push_pointer};
use crate::policy::{
    AccountId, ActionClause, Comparison, Condition, Effect, Listing, Operator, Policy,
    PrincipalClause, PrincipalEntry, Quantifier, ResourceClause, ResourceForm, ResourcePattern,
    Statement, Version,
};
use crate::span::{Span, Spanned};
use crate::template::{Piece, Template, Variables};

/// Reads a document from its text.
pub(crate) fn read_policy(text: &str) -> Result<Policy, DocumentError> {
    policy_from_json(&json::parse(text)?, "")
}

/// Reads a document from an object, or from a string that holds the text of one.
pub(crate) fn policy_from_json(value: &Json, at: &str) -> Result<Policy, DocumentError> {
    match value.as_str() {
        Some(text) => policy(&json::parse_at(text, at)?, Place::Top(at)),
        None => policy(value, Place::Top(at)),
    }
}

/// The way from the top to a node.
#[derive(Clone, Copy)]
enum Place<'a> {
    Top(&'a str),
    Key(&'a Place<'a>, &'a str),
    Index(&'a Place<'a>, usize),
}

impl<'a> Place<'a> {
    fn key(&'a self, key: &'a str) -> Place<'a> {
        Place::Key(self, key)
    }

    fn pointer(&self) -> String {
        let mut out = String::new();
        self.push(&mut out);
        out
    }

    fn push(&self, out: &mut String) {
        match self {
            Place::Top(at) => out.push_str(at),
            Place::Key(above, key) => {
                above.push(out);
                push_pointer(out, key);
            }
            Place::Index(above, index) => {
                above.push(out);
                push_pointer(out, &index.to_string());
            }
        }
    }

    #[cold]
    fn error(&self, code: &'static str, message: impl Into<String>, span: Span) -> DocumentError {
        DocumentError::new(code, message, self.pointer(), span)
    }

    #[cold]
    fn wrong_type(&self, what: &str, wanted: &str, found: &Json) -> DocumentError {
        let message = format!("{what} must be {wanted}, found {}", found.type_name());
        self.error("wrong-type", message, found.span)
    }
}

const POLICY_ELEMENTS: [&str; 3] = ["Version", "Id", "Statement"];

const STATEMENT_ELEMENTS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

const PRINCIPAL_TYPES: [&str; 4] = ["AWS", "Service", "Federated", "CanonicalUser"];

fn policy(value: &Json, place: Place) -> Result<Policy, DocumentError> {
    let members = value
        .as_object()
        .ok_or_else(|| place.wrong_type("a policy document", "an object", value))?;
    // The version first, wherever it stands: it says how the statements are read.
    let version = match value.get("Version") {
        None => Version::V2008,
        Some(version) => read_version(version, place.key("Version"))?,
    };
    let mut id = None;
    let mut statements = None;
    for member in members {
        let here = place.key(&member.key.value);
        match member.key.value.as_str() {
            "Version" => {}
            "Id" => id = Some(text(&member.value, "`Id`", here)?),
            "Statement" => statements = Some(read_statements(&member.value, version, here)?),
            unknown => {
                return Err(unknown_name(
                    "unknown-element",
                    "policy element",
                    unknown,
                    &POLICY_ELEMENTS,
                    &here,
                    member.key.span,
                ));
            }
        }
    }
    let statements =
        statements.ok_or_else(|| missing("a policy", "`Statement`", &place, value.span))?;
    Ok(Policy {
        version,
        id,
        statements,
        span: value.span,
    })
}

fn read_version(value: &Json, place: Place) -> Result<Version, DocumentError> {
    let text = value
        .as_str()
        .ok_or_else(|| place.wrong_type("`Version`", "a string", value))?;
    match text {
        "2012-10-17" => Ok(Version::V2012),
        "2008-10-17" => Ok(Version::V2008),
        _ => {
            let message = format!("unknown version `{text}`");
            Err(place
                .error("unknown-version", message, value.span)
                .with_hint("the versions are `2012-10-17` and `2008-10-17`"))
        }
    }
}

fn read_statements(
    value: &Json,
    version: Version,
    place: Place,
) -> Result<Vec<Statement>, DocumentError> {
    match &value.value {
        JsonValue::Object(_) => Ok(vec![statement(value, version, place)?]),
        JsonValue::Array(items) if items.is_empty() => {
            Err(empty_list("`Statement`", &place, value.span))
        }
        JsonValue::Array(items) => items
            .iter()
            .enumerate()
            .map(|(i, item)| statement(item, version, Place::Index(&place, i)))
            .collect(),
        _ => Err(place.wrong_type("`Statement`", "an object or a list of objects", value)),
    }
}

fn statement(value: &Json, version: Version, place: Place) -> Result<Statement, DocumentError> {
    let members = value
        .as_object()
        .ok_or_else(|| place.wrong_type("a statement", "an object", value))?;
    let mut sid = None;
    let mut effect = None;
    let mut principal: Option<PrincipalClause> = None;
    let mut action: Option<ActionClause> = None;
    let mut resource: Option<ResourceClause> = None;
    let mut conditions = Vec::new();
    for member in members {
        let name = member.key.value.as_str();
        let value = &member.value;
        let here = place.key(name);
        let listing = if name.starts_with("Not") {
            Listing::NotListed
        } else {
            Listing::Listed
        };
        let taken = match name {
            "Principal" | "NotPrincipal" => principal.is_some(),
            "Action" | "NotAction" => action.is_some(),
            "Resource" | "NotResource" => resource.is_some(),
            _ => false,
        };
        if taken {
            let plain = name.trim_start_matches("Not");
            let message = format!("`{plain}` stands together with `Not{plain}`");
            return Err(here
                .error("both-elements", message, member.key.span)
                .with_hint("keep one of the two, or make two statements"));
        }
        match name {
            "Sid" => sid = Some(text(value, "`Sid`", here)?),
            "Effect" => effect = Some(read_effect(value, here)?),
            "Principal" | "NotPrincipal" => {
                let entries = principals(value, name, here)?;
                principal = Some(PrincipalClause {
                    listing,
                    entries,
                    span: value.span,
                });
            }
            "Action" | "NotAction" => {
                let patterns = texts(value, name, here, |text, _, span| {
                    Ok(Spanned::new(text.to_owned(), span))
                })?;
                action = Some(ActionClause {
                    listing,
                    patterns,
                    span: value.span,
                });
            }
            "Resource" | "NotResource" => {
                let patterns = texts(value, name, here, |text, place, span| {
                    Ok(Spanned::new(
                        resource_pattern(text, version, place, span)?,
                        span,
                    ))
                })?;
                resource = Some(ResourceClause {
                    listing,
                    patterns,
                    span: value.span,
                });
            }
            "Condition" => conditions = read_conditions(value, version, here)?,
            unknown => {
                return Err(unknown_name(
                    "unknown-element",
                    "statement element",
                    unknown,
                    &STATEMENT_ELEMENTS,
                    &here,
                    member.key.span,
                ));
            }
        }
    }
    let effect = effect.ok_or_else(|| missing("a statement", "`Effect`", &place, value.span))?;
    let action = action
        .ok_or_else(|| missing("a statement", "`Action` or `NotAction`", &place, value.span))?;
    Ok(Statement {
        sid,
        effect,
        principal,
        action,
        resource,
        conditions,
        span: value.span,
    })
}

fn read_effect(value: &Json, place: Place) -> Result<Effect, DocumentError> {
    let text = value
        .as_str()
        .ok_or_else(|| place.wrong_type("`Effect`", "a string", value))?;
    match text {
        "Allow" => Ok(Effect::Allow),
        "Deny" => Ok(Effect::Deny),
        _ => Err(place
            .error(
                "unknown-effect",
                format!("unknown effect `{text}`"),
                value.span,
            )
            .with_hint("the effects are `Allow` and `Deny`, in this spelling")),
    }
}

/// A string with its place.
fn text(value: &Json, what: &str, place: Place) -> Result<Spanned<String>, DocumentError> {
    match value.as_str() {
        Some(text) => Ok(Spanned::new(text.to_owned(), value.span)),
        None => Err(place.wrong_type(what, "a string", value)),
    }
}

/// A string or a list of strings, none of them empty, each turned into a `T`.
fn texts<T>(
    value: &Json,
    name: &str,
    place: Place,
    read: impl Fn(&str, Place, Span) -> Result<T, DocumentError>,
) -> Result<Vec<T>, DocumentError> {
    let one = |item: &Json, place: Place| match item.as_str() {
        Some("") => Err(place
            .error(
                "empty-string",
                format!("`{name}` holds an empty string"),
                item.span,
            )
            .with_hint("write `*` for all, or remove the entry")),
        Some(text) => read(text, place, item.span),
        None => {
            let wanted = match place {
                Place::Index(..) => "a string",
                Place::Top(_) | Place::Key(..) => "a string or a list of strings",
            };
            Err(place.wrong_type(&format!("`{name}`"), wanted, item))
        }
    };
    match value.as_array() {
        None => Ok(vec![one(value, place)?]),
        Some([]) => Err(empty_list(&format!("`{name}`"), &place, value.span)),
        Some(items) => items
            .iter()
            .enumerate()
            .map(|(i, item)| one(item, Place::Index(&place, i)))
            .collect(),
    }
}

// Principals (S11 to S16).

fn principals(
    value: &Json,
    name: &str,
    place: Place,
) -> Result<Vec<Spanned<PrincipalEntry>>, DocumentError> {
    let members = match &value.value {
        JsonValue::String(text) if text == "*" => {
            return Ok(vec![Spanned::new(PrincipalEntry::Everyone, value.span)]);
        }
        JsonValue::String(text) => {
            let message = format!("`{name}` is the string `{text}`; the only such string is `*`");
            return Err(place
                .error("principal-text", message, value.span)
                .with_hint(format!(
                    "write {{\"AWS\": \"{text}\"}}, or `Service` in place of `AWS`"
                )));
        }
        JsonValue::Object(members) if members.is_empty() => {
            return Err(place
                .error(
                    "empty-principal",
                    format!("`{name}` names nobody"),
                    value.span,
                )
                .with_hint("write `*` for everyone, or name a principal"));
        }
        JsonValue::Object(members) => members,
        _ => {
            return Err(place.wrong_type(&format!("`{name}`"), "`*` or an object", value));
        }
    };
    let mut entries = Vec::new();
    for member in members {
        let kind = member.key.value.as_str();
        let here = place.key(kind);
        if !PRINCIPAL_TYPES.contains(&kind) {
            return Err(unknown_name(
                "unknown-principal-type",
                "principal type",
                kind,
                &PRINCIPAL_TYPES,
                &here,
                member.key.span,
            ));
        }
        let one = |item: &Json, place: Place| match item.as_str() {
            Some(text) => Ok(Spanned::new(principal_entry(kind, text), item.span)),
            None => Err(place.wrong_type(&format!("a principal under `{kind}`"), "a string", item)),
        };
        match member.value.as_array() {
            None => entries.push(one(&member.value, here)?),
            Some([]) => return Err(empty_list(&format!("`{kind}`"), &here, member.value.span)),
            Some(items) => {
                for (i, item) in items.iter().enumerate() {
                    entries.push(one(item, Place::Index(&here, i))?);
                }
            }
        }
    }
    Ok(entries)
}

/// Gives a principal its meaning; `kind` is one of [`PRINCIPAL_TYPES`].
fn principal_entry(kind: &str, text: &str) -> PrincipalEntry {
    let undefined = || PrincipalEntry::Undefined(format!("{kind}:{text}"));
    match kind {
        "AWS" => aws_principal(text).unwrap_or_else(undefined),
        _ if text.is_empty() || has_wildcard(text) => undefined(),
        "Service" => PrincipalEntry::Service(text.to_owned()),
        "Federated" => PrincipalEntry::Federated(text.to_owned()),
        _ => PrincipalEntry::CanonicalUser(text.to_owned()),
    }
}

/// What stands under `AWS`; `None` where AWS gives it no meaning.
fn aws_principal(text: &str) -> Option<PrincipalEntry> {
    if text == "*" {
        return Some(PrincipalEntry::Everyone);
    }
    if let Some(account) = AccountId::parse(text) {
        return Some(PrincipalEntry::Account {
            partition: None,
            account,
        });
    }
    if is_unique_id(text) || (text.starts_with("arn:") && has_wildcard(text)) {
        return Some(PrincipalEntry::Nobody(text.to_owned()));
    }
    if is_origin_access_identity(text) {
        return Some(PrincipalEntry::Service(text.to_owned()));
    }
    let arn = IdentityArn::parse(text)?;
    let partition = arn.partition.to_owned();
    let account = arn.account;
    Some(match arn.identity {
        Identity::Root => PrincipalEntry::Account {
            partition: Some(partition),
            account,
        },
        Identity::User { path, name } => {
            let (path, name) = (path.to_owned(), name.to_owned());
            PrincipalEntry::User {
                partition,
                account,
                path,
                name,
            }
        }
        Identity::Role { path, name } => {
            let (path, name) = (path.to_owned(), name.to_owned());
            PrincipalEntry::Role {
                partition,
                account,
                path,
                name,
            }
        }
        Identity::Session { role, session } => {
            let (role, session) = (role.to_owned(), session.to_owned());
            PrincipalEntry::Session {
                partition,
                account,
                role,
                session,
            }
        }
        Identity::FederatedUser { name } => PrincipalEntry::FederatedUser {
            partition,
            account,
            name: name.to_owned(),
        },
    })
}

fn has_wildcard(text: &str) -> bool {
    text.bytes().any(|b| b == b'*' || b == b'?')
}

/// Whether the text is the unique id of an identity, which AWS puts in the place of a deleted one.
fn is_unique_id(text: &str) -> bool {
    const PREFIXES: [&str; 10] = [
        "ABIA", "ACCA", "AGPA", "AIDA", "AIPA", "ANPA", "ANVA", "APKA", "AROA", "ASCA",
    ];
    text.get(..4)
        .is_some_and(|prefix| PREFIXES.contains(&prefix))
        && text.len() > 4
        && text
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// Whether the text is the ARN of a CloudFront origin access identity (S14).
pub(crate) fn is_origin_access_identity(text: &str) -> bool {
    let Some((partition, rest)) = text.strip_prefix("arn:").and_then(|t| t.split_once(':')) else {
        return false;
    };
    is_partition(partition)
        && rest
            .strip_prefix("iam::cloudfront:user/CloudFront Origin Access Identity ")
            .is_some_and(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// The ARN of an identity, cut into its parts.
pub(crate) struct IdentityArn<'a> {
    pub(crate) partition: &'a str,
    pub(crate) account: AccountId,
    pub(crate) identity: Identity<'a>,
}

/// The kinds of identity that an ARN can name. Paths have their slashes, `/` at least.
pub(crate) enum Identity<'a> {
    Root,
    User { path: &'a str, name: &'a str },
    Role { path: &'a str, name: &'a str },
    Session { role: &'a str, session: &'a str },
    FederatedUser { name: &'a str },
}

impl<'a> IdentityArn<'a> {
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let (arn, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
        let (region, account, last) = (parts.next()?, parts.next()?, parts.next()?);
        if arn != "arn" || !is_partition(partition) || !region.is_empty() {
            return None;
        }
        let account = AccountId::parse(account)?;
        let identity = match (service, last) {
            ("iam", "root") => Identity::Root,
            ("iam", _) => {
                let (path, name) = last.split_at(last.rfind('/')? + 1);
                let kind = &path[..path.find('/')?];
                let path = &path[kind.len()..];
                if !is_name(name) || !path.bytes().all(|b| b.is_ascii_graphic()) {
                    return None;
                }
                match kind {
                    "user" => Identity::User { path, name },
                    "role" => Identity::Role { path, name },
                    _ => return None,
                }
            }
            ("sts", _) => match last.split_once('/')? {
                ("assumed-role", rest) => {
                    let (role, session) = rest.split_once('/')?;
                    if !is_name(role) || !is_name(session) {
                        return None;
                    }
                    Identity::Session { role, session }
                }
                ("federated-user", name) if is_name(name) => Identity::FederatedUser { name },
                _ => return None,
            },
            _ => return None,
        };
        Some(Self {
            partition,
            account,
            identity,
        })
    }
}

fn is_partition(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Whether the text can be the name of an identity or a session (R1).
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b))
}

// Resources (S18).

fn resource_pattern(
    text: &str,
    version: Version,
    place: Place,
    span: Span,
) -> Result<ResourcePattern, DocumentError> {
    let pattern = |form| {
        Ok(ResourcePattern {
            text: text.to_owned(),
            form,
        })
    };
    if text == "*" {
        return pattern(ResourceForm::Any);
    }
    let variables = match version {
        Version::V2008 => Variables::Literal,
        Version::V2012 => Variables::Active,
    };
    let mut parts = Template::parse_parts(text, variables);
    let written = parts.len();
    if written == 6
        && parts[2]
            .pieces
            .iter()
            .any(|p| matches!(p, Piece::One | Piece::Many))
    {
        let message = format!("a wildcard stands in the service part of `{text}`");
        return Err(place
            .error("wildcard-in-service", message, span)
            .with_hint("name the service, or write `*` alone for every resource"));
    }
    if written < 6 {
        let open = parts
            .last()
            .is_some_and(|last| last.pieces.last() == Some(&Piece::Many));
        if !open || parts.iter().any(Template::has_variable) {
            return pattern(ResourceForm::Short);
        }
        parts.resize(
            6,
            Template {
                pieces: vec![Piece::Many],
            },
        );
    }
    match <[Template; 6]>::try_from(parts) {
        Ok(parts) => pattern(ResourceForm::Parts(Box::new(parts))),
        Err(_) => pattern(ResourceForm::Short),
    }
}

// Conditions (S20 to S22).

fn read_conditions(
    value: &Json,
    version: Version,
    place: Place,
) -> Result<Vec<Condition>, DocumentError> {
    let operators = value
        .as_object()
        .ok_or_else(|| place.wrong_type("`Condition`", "an object", value))?;
    let mut conditions = Vec::new();
    for block in operators {
        let name = block.key.value.as_str();
        let here = place.key(name);
        let operator = read_operator(name, &here, block.key.span)?;
        let keys = block.value.as_object().ok_or_else(|| {
            here.wrong_type(&format!("`{name}`"), "an object", &block.value)
                .with_hint(format!("write {{\"{name}\": {{\"KEY\": \"VALUE\"}}}}"))
        })?;
        for member in keys {
            conditions.push(Condition {
                operator,
                operator_span: block.key.span,
                key: Spanned::new(member.key.value.to_ascii_lowercase(), member.key.span),
                values: condition_values(&member.value, here.key(&member.key.value))?,
                version,
            });
        }
    }
    Ok(conditions)
}

fn condition_values(value: &Json, place: Place) -> Result<Vec<Spanned<String>>, DocumentError> {
    let one = |item: &Json, place: Place| match condition_text(item) {
        Some(text) => Ok(Spanned::new(text, item.span)),
        None => Err(place
            .wrong_type("a condition value", "a string", item)
            .with_hint("the values of a key are a string, or a list of strings")),
    };
    match value.as_array() {
        None => Ok(vec![one(value, place)?]),
        Some(items) => items
            .iter()
            .enumerate()
            .map(|(i, item)| one(item, Place::Index(&place, i)))
            .collect(),
    }
}

/// A string, or the text that a number or a boolean stands for (S21).
pub(crate) fn condition_text(item: &Json) -> Option<String> {
    match &item.value {
        JsonValue::String(text) | JsonValue::Number(text) => Some(text.clone()),
        JsonValue::Bool(b) => Some(b.to_string()),
        JsonValue::Null | JsonValue::Array(_) | JsonValue::Object(_) => None,
    }
}

/// Every operator without set operator and suffix, with what it compares and whether it is negated.
const OPERATORS: [(&str, Comparison, bool); 25] = [
    ("StringEquals", Comparison::StringEquals, false),
    ("StringNotEquals", Comparison::StringEquals, true),
    (
        "StringEqualsIgnoreCase",
        Comparison::StringEqualsIgnoreCase,
        false,
    ),
    (
        "StringNotEqualsIgnoreCase",
        Comparison::StringEqualsIgnoreCase,
        true,
    ),
    ("StringLike", Comparison::StringLike, false),
    ("StringNotLike", Comparison::StringLike, true),
    ("NumericEquals", Comparison::NumericEquals, false),
    ("NumericNotEquals", Comparison::NumericEquals, true),
    ("NumericLessThan", Comparison::NumericLessThan, false),
    (
        "NumericLessThanEquals",
        Comparison::NumericLessThanEquals,
        false,
    ),
    ("NumericGreaterThan", Comparison::NumericGreaterThan, false),
    (
        "NumericGreaterThanEquals",
        Comparison::NumericGreaterThanEquals,
        false,
    ),
    ("DateEquals", Comparison::DateEquals, false),
    ("DateNotEquals", Comparison::DateEquals, true),
    ("DateLessThan", Comparison::DateLessThan, false),
    ("DateLessThanEquals", Comparison::DateLessThanEquals, false),
    ("DateGreaterThan", Comparison::DateGreaterThan, false),
    (
        "DateGreaterThanEquals",
        Comparison::DateGreaterThanEquals,
        false,
    ),
    ("Bool", Comparison::Bool, false),
    ("BinaryEquals", Comparison::BinaryEquals, false),
    ("IpAddress", Comparison::IpAddress, false),
    ("NotIpAddress", Comparison::IpAddress, true),
    // `ArnEquals` and `ArnLike` are one operator (S34).
    ("ArnLike", Comparison::ArnLike, false),
    ("ArnNotLike", Comparison::ArnLike, true),
    ("Null", Comparison::Null, false),
];

fn read_operator(name: &str, place: &Place, span: Span) -> Result<Operator, DocumentError> {
    let (quantifier, base) = if let Some(base) = strip_prefix_ignoring_case(name, "ForAllValues:") {
        (Quantifier::ForAllValues, base)
    } else if let Some(base) = strip_prefix_ignoring_case(name, "ForAnyValue:") {
        (Quantifier::ForAnyValue, base)
    } else {
        (Quantifier::Single, name)
    };
    let plain = strip_suffix_ignoring_case(base, "IfExists");
    let if_exists = plain.is_some();
    let plain = plain.unwrap_or(base);
    let found = OPERATORS
        .iter()
        .find(|(known, _, _)| known.eq_ignore_ascii_case(plain));
    let (comparison, negated) = match found {
        Some((_, comparison, negated)) => (*comparison, *negated),
        None if plain.eq_ignore_ascii_case("ArnEquals") => (Comparison::ArnLike, false),
        None if plain.eq_ignore_ascii_case("ArnNotEquals") => (Comparison::ArnLike, true),
        None => return Err(unknown_operator(name, plain, place, span)),
    };
    if comparison == Comparison::Null && (if_exists || quantifier != Quantifier::Single) {
        let message = format!("`{name}`: `Null` takes no set operator and no `IfExists`");
        return Err(place
            .error("null-operator", message, span)
            .with_hint("write `Null`; it already tells whether the key is there"));
    }
    Ok(Operator {
        quantifier,
        comparison,
        negated,
        if_exists,
    })
}

#[cold]
fn unknown_operator(name: &str, plain: &str, place: &Place, span: Span) -> DocumentError {
    let error = place.error(
        "unknown-operator",
        format!("unknown condition operator `{name}`"),
        span,
    );
    // What stands before the last colon is a set operator that is misspelt.
    let (set, plain) = plain.rsplit_once(':').unwrap_or(("", plain));
    if !set.is_empty() {
        return error.with_hint("the set operators are `ForAllValues:` and `ForAnyValue:`");
    }
    let names = OPERATORS
        .iter()
        .map(|(known, _, _)| *known)
        .chain(["ArnEquals", "ArnNotEquals"]);
    match nearest(plain, names) {
        Some(known) => error.with_hint(format!("did you mean `{known}`?")),
        None => error,
    }
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix)
        .then(|| &text[prefix.len()..])
}

fn strip_suffix_ignoring_case<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let cut = text.len().checked_sub(suffix.len())?;
    text.get(cut..)?
        .eq_ignore_ascii_case(suffix)
        .then(|| &text[..cut])
}

// What errors have in common.

#[cold]
fn missing(what: &str, element: &str, place: &Place, span: Span) -> DocumentError {
    place.error("missing-element", format!("{what} needs {element}"), span)
}

#[cold]
fn empty_list(what: &str, place: &Place, span: Span) -> DocumentError {
    place
        .error("empty-list", format!("{what} is an empty list"), span)
        .with_hint("name at least one, or remove the statement")
}

#[cold]
fn unknown_name(
    code: &'static str,
    what: &str,
    name: &str,
    known: &[&'static str],
    place: &Place,
    span: Span,
) -> DocumentError {
    let error = place.error(code, format!("unknown {what} `{name}`"), span);
    match nearest(name, known.iter().copied()) {
        Some(near) => error.with_hint(format!("did you mean `{near}`?")),
        None => error.with_hint(format!("one of `{}`", known.join("`, `"))),
    }
}

/// The known name that needs the fewest edits, if they are few for a word of that length.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // A long name is nobody's slip of the finger, and the distance is quadratic.
    if name.len() > 64 {
        return None;
    }
    let name = name.to_ascii_lowercase();
    known
        .map(|candidate| (distance(&name, &candidate.to_ascii_lowercase()), candidate))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, candidate)| *distance <= candidate.len().div_ceil(3).min(3))
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let swap = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = swap.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
