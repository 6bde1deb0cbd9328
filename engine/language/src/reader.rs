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
    Statement, Version, holds_reserved, is_unknown,
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
        match member.name() {
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
        reserved: holds_reserved(value),
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
        JsonValue::Array(items) => {
            each(items, place, |item, place| statement(item, version, place))
        }
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
        let name = member.name();
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
        Some(items) => each(items, place, one),
    }
}

/// Each item of a list, read; the list is made at its size.
fn each<T>(
    items: &[Json],
    place: Place,
    read: impl Fn(&Json, Place) -> Result<T, DocumentError>,
) -> Result<Vec<T>, DocumentError> {
    let mut out = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        out.push(read(item, Place::Index(&place, index))?);
    }
    Ok(out)
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
        let kind = member.name();
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
            // AWS RAM writes `"AWS": []` into the policies of a share without principals.
            Some([]) => {
                let nobody = PrincipalEntry::Nobody(format!("{kind}:"));
                entries.push(Spanned::new(nobody, member.value.span));
            }
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
    if is_unknown(text) {
        // S45
        return undefined();
    }
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
    if is_unknown(text) {
        // S45
        return pattern(ResourceForm::Short);
    }
    let variables = match version {
        Version::V2012 if text.contains("${") => Variables::Active,
        Version::V2008 | Version::V2012 => Variables::Literal,
    };
    let (written, wild_service, open) = outline(text, variables);
    if written == 6 && wild_service {
        let message = format!("a wildcard stands in the service part of `{text}`");
        return Err(place
            .error("wildcard-in-service", message, span)
            .with_hint("name the service, or write `*` alone for every resource"));
    }
    if written < 6 && !open {
        return pattern(ResourceForm::Short);
    }
    pattern(ResourceForm::Parts(variables))
}

/// How many ARN parts a pattern has (six at most), whether the third holds a wildcard, and whether the pattern ends in `*`
/// and holds no variable.
fn outline(text: &str, variables: Variables) -> (usize, bool, bool) {
    if variables == Variables::Literal {
        let written = 1 + text.bytes().filter(|b| *b == b':').take(5).count();
        let service = text.split(':').nth(2);
        return (
            written,
            service.is_some_and(has_wildcard),
            text.ends_with('*'),
        );
    }
    let parts = Template::parse_parts(text, variables);
    let is_wild = |piece: &Piece| matches!(piece, Piece::One | Piece::Many);
    let service = parts.get(2);
    let last = parts.last().and_then(|part| part.pieces.last());
    (
        parts.len(),
        service.is_some_and(|part| part.pieces.iter().any(is_wild)),
        last == Some(&Piece::Many) && !parts.iter().any(Template::has_variable),
    )
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
        let name = block.name();
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
        Some(items) => each(items, place, one),
    }
}

/// A string, or the text that a number or a boolean stands for (S21).
pub(crate) fn condition_text(item: &Json) -> Option<String> {
    match &item.value {
        JsonValue::String(text) | JsonValue::Number(text) => Some(text.as_ref().to_owned()),
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
    // A colon that is left belongs to a set operator that is misspelt.
    if plain.contains(':') {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks code, pointer, line and column of the error that a document gives, and gives it back.
    fn fault(text: &str, code: &str, at: &str, line: u32, column: u32) -> DocumentError {
        let error = read_policy(text).expect_err(text);
        let start = error.span().start;
        assert_eq!((error.code(), error.at()), (code, at), "{text}\n{error}");
        assert_eq!(
            (start.line, start.column),
            (line, column),
            "{text}\n{error}"
        );
        error
    }

    /// A document of one statement, which begins on line 2, with the given members after the effect.
    fn with(members: &str) -> String {
        format!("{{\"Version\":\"2012-10-17\",\"Statement\":\n{{\"Effect\":\"Allow\",{members}}}}}")
    }

    /// The error of a document made by [`with`]; columns count from the first of the given members.
    fn statement_fault(members: &str, code: &str, at: &str, column: u32) -> DocumentError {
        let before = "{\"Effect\":\"Allow\",".len() as u32;
        fault(&with(members), code, at, 2, before + column)
    }

    fn one(members: &str) -> Statement {
        let policy = read_policy(&with(members)).unwrap_or_else(|e| panic!("{members}: {e}"));
        policy.statements.into_iter().next().expect("one statement")
    }

    fn entries(principal: &str) -> Vec<PrincipalEntry> {
        let clause = one(&format!("\"Principal\":{principal},\"Action\":\"*\"")).principal;
        clause
            .expect("it was written")
            .entries
            .into_iter()
            .map(|e| e.value)
            .collect()
    }

    fn aws(text: &str) -> PrincipalEntry {
        entries(&format!("{{\"AWS\":\"{text}\"}}")).remove(0)
    }

    fn pattern(text: &str) -> ResourcePattern {
        let clause = one(&format!("\"Action\":\"*\",\"Resource\":\"{text}\"")).resource;
        clause.expect("it was written").patterns.remove(0).value
    }

    fn resource(text: &str) -> ResourceForm {
        pattern(text).form
    }

    fn parts(text: &str) -> Vec<String> {
        let parts = pattern(text).parts().expect("it has parts");
        let piece = |piece: &Piece| match piece {
            Piece::Char(c) => c.to_string(),
            Piece::One => "?".to_owned(),
            Piece::Many => "*".to_owned(),
            Piece::Variable(variable) => format!("<{}|{:?}>", variable.key, variable.default),
        };
        parts
            .iter()
            .map(|part| part.pieces.iter().map(piece).collect())
            .collect()
    }

    fn operator(name: &str) -> Operator {
        one(&format!(
            "\"Action\":\"*\",\"Condition\":{{\"{name}\":{{\"k\":\"v\"}}}}"
        ))
        .conditions[0]
            .operator
    }

    #[test]
    fn a_document_keeps_its_words_and_places() {
        let policy = read_policy(
            "{\"Id\": \"i\", \"Statement\": [\n {\"Sid\": \"s\", \"Effect\": \"Deny\", \"NotAction\": [\"s3:Get*\", \"X\"], \"NotResource\": \"*\"}]}",
        )
        .unwrap();
        assert_eq!(policy.version, Version::V2008);
        assert_eq!(policy.id.unwrap().value, "i");
        let statement = &policy.statements[0];
        assert_eq!(
            (
                statement.effect,
                statement.sid.as_ref().unwrap().value.as_str()
            ),
            (Effect::Deny, "s")
        );
        assert_eq!(statement.span.start.line, 2);
        assert_eq!(statement.action.listing, Listing::NotListed);
        assert_eq!(statement.action.patterns[1].value, "X");
        assert_eq!(statement.action.patterns[1].span.start.column, 58);
        let resource = statement.resource.as_ref().unwrap();
        assert_eq!(
            (resource.listing, &resource.patterns[0].value.form),
            (Listing::NotListed, &ResourceForm::Any)
        );
        assert!(statement.principal.is_none() && statement.conditions.is_empty());
    }

    #[test]
    fn a_document_may_be_a_string_of_json_text() {
        let inner = with("\"Action\":\"*\"");
        let json = Json::from(inner.as_str());
        assert_eq!(policy_from_json(&json, "/p"), read_policy(&inner));
        let error = policy_from_json(&Json::from("{\n \"Statement\": [1]}"), "/p").unwrap_err();
        assert_eq!((error.code(), error.at()), ("wrong-type", "/p/Statement/0"));
        assert_eq!(
            (error.span().start.line, error.span().start.column),
            (2, 16)
        );
        let error = policy_from_json(&Json::from("{\"Statement\": [}"), "/p").unwrap_err();
        assert_eq!(
            (error.code(), error.at()),
            ("json-syntax", "/p/Statement/0")
        );
        // Only once: a string in the string is no policy.
        let error = policy_from_json(&Json::from("\"{}\""), "/p").unwrap_err();
        assert_eq!((error.code(), error.at()), ("wrong-type", "/p"));
    }

    #[test]
    fn s2_syntax_is_an_error() {
        fault("{\"Statement\": }", "json-syntax", "/Statement", 1, 15);
    }

    #[test]
    fn s2_duplicate_key_is_an_error() {
        statement_fault(
            "\"Action\":\"a:b\",\"Action\":\"c:d\"",
            "duplicate-key",
            "/Statement/Action",
            16,
        );
    }

    #[test]
    fn s2_wrong_type_is_an_error() {
        fault("[]", "wrong-type", "", 1, 1);
        fault("{\"Version\":2012}", "wrong-type", "/Version", 1, 12);
        fault("{\"Id\":1}", "wrong-type", "/Id", 1, 7);
        fault("{\"Statement\":\"x\"}", "wrong-type", "/Statement", 1, 14);
        fault(
            "{\"Statement\":[null]}",
            "wrong-type",
            "/Statement/0",
            1,
            15,
        );
        fault(
            "{\"Statement\":{\"Effect\":true}}",
            "wrong-type",
            "/Statement/Effect",
            1,
            24,
        );
        statement_fault("\"Sid\":7", "wrong-type", "/Statement/Sid", 7);
        statement_fault("\"Action\":{}", "wrong-type", "/Statement/Action", 10);
        statement_fault(
            "\"Action\":[\"a\",1]",
            "wrong-type",
            "/Statement/Action/1",
            15,
        );
        statement_fault(
            "\"Resource\":false",
            "wrong-type",
            "/Statement/Resource",
            12,
        );
        statement_fault(
            "\"Resource\":[[\"*\"]]",
            "wrong-type",
            "/Statement/Resource/0",
            13,
        );
        statement_fault(
            "\"Principal\":[\"*\"]",
            "wrong-type",
            "/Statement/Principal",
            13,
        );
        statement_fault(
            "\"Principal\":{\"AWS\":111122223333}",
            "wrong-type",
            "/Statement/Principal/AWS",
            20,
        );
        statement_fault(
            "\"Principal\":{\"AWS\":[null]}",
            "wrong-type",
            "/Statement/Principal/AWS/0",
            21,
        );
        statement_fault("\"Condition\":[]", "wrong-type", "/Statement/Condition", 13);
    }

    #[test]
    fn s2_malformed_conditions_name_their_pointer_and_the_cure() {
        let error = statement_fault(
            "\"Condition\":{\"Bool\":\"true\"}",
            "wrong-type",
            "/Statement/Condition/Bool",
            21,
        );
        assert_eq!(error.hint(), Some("write {\"Bool\": {\"KEY\": \"VALUE\"}}"));
        for (value, at, column) in [
            ("{}", "/Statement/Condition/StringEquals/aws:x~1y", 40),
            ("null", "/Statement/Condition/StringEquals/aws:x~1y", 40),
            (
                "[\"a\",[]]",
                "/Statement/Condition/StringEquals/aws:x~1y/1",
                45,
            ),
            ("[null]", "/Statement/Condition/StringEquals/aws:x~1y/0", 41),
        ] {
            let members = format!("\"Condition\":{{\"StringEquals\":{{\"aws:x/y\":{value}}}}}");
            let error = statement_fault(&members, "wrong-type", at, column);
            assert!(error.hint().is_some());
        }
    }

    #[test]
    fn s2_unknown_element_is_an_error() {
        let error = fault(
            "{\"Statements\":[]}",
            "unknown-element",
            "/Statements",
            1,
            2,
        );
        assert_eq!(error.message(), "unknown policy element `Statements`");
        assert_eq!(error.hint(), Some("did you mean `Statement`?"));
        let error = statement_fault(
            "\"action\":\"*\"",
            "unknown-element",
            "/Statement/action",
            1,
        );
        assert_eq!(error.hint(), Some("did you mean `Action`?"));
        let error = statement_fault(
            "\"Whatever\":\"*\"",
            "unknown-element",
            "/Statement/Whatever",
            1,
        );
        assert!(error.hint().unwrap().starts_with("one of `Sid`, `Effect`"));
    }

    #[test]
    fn s2_unknown_operator_is_an_error() {
        for (name, hint) in [
            ("StringLikes", Some("did you mean `StringLike`?")),
            (
                "ForAnyValue:StringLikee",
                Some("did you mean `StringLike`?"),
            ),
            ("BoolsIfExists", Some("did you mean `Bool`?")),
            ("ArnEqual", Some("did you mean `ArnEquals`?")),
            (
                "ForAnyValues:StringLike",
                Some("the set operators are `ForAllValues:` and `ForAnyValue:`"),
            ),
            (
                "ForAnyValue::StringEqualsIfExists",
                Some("the set operators are `ForAllValues:` and `ForAnyValue:`"),
            ),
            ("UnsupportedOperation", None),
            ("StringEqualsIfExistsIfExists", None),
            ("", None),
            ("é", None),
        ] {
            let members = format!("\"Condition\":{{\"{name}\":{{}}}}");
            let at = format!("/Statement/Condition/{name}");
            let error = statement_fault(&members, "unknown-operator", &at, 14);
            assert_eq!(error.hint(), hint, "{name}");
            assert_eq!(
                error.message(),
                format!("unknown condition operator `{name}`")
            );
        }
    }

    #[test]
    fn s2_unknown_effect_and_version_are_errors() {
        for effect in ["allow", "ALLOW", "", "Permit"] {
            let text = format!("{{\"Statement\":{{\"Effect\":\"{effect}\",\"Action\":\"*\"}}}}");
            let error = fault(&text, "unknown-effect", "/Statement/Effect", 1, 24);
            assert!(error.hint().is_some());
        }
        for version in ["2012-10-18", "", "2012"] {
            let text = format!("{{\"Version\":\"{version}\",\"Statement\":[]}}");
            let error = fault(&text, "unknown-version", "/Version", 1, 12);
            assert!(error.hint().is_some());
        }
    }

    #[test]
    fn s2_missing_elements_are_errors() {
        fault("{\"Version\":\"2012-10-17\"}", "missing-element", "", 1, 1);
        let error = fault(
            "{\"Statement\":[\n{\"Action\":\"*\"}]}",
            "missing-element",
            "/Statement/0",
            2,
            1,
        );
        assert_eq!(error.message(), "a statement needs `Effect`");
        let error = fault(
            "{\"Statement\":{\"Effect\":\"Deny\",\"Resource\":\"*\"}}",
            "missing-element",
            "/Statement",
            1,
            14,
        );
        assert_eq!(error.message(), "a statement needs `Action` or `NotAction`");
    }

    #[test]
    fn s2_an_element_with_its_negation_is_an_error() {
        statement_fault(
            "\"Action\":\"*\",\"NotAction\":\"a:b\"",
            "both-elements",
            "/Statement/NotAction",
            14,
        );
        statement_fault(
            "\"NotResource\":\"*\",\"Resource\":\"*\"",
            "both-elements",
            "/Statement/Resource",
            19,
        );
        let error = statement_fault(
            "\"Principal\":\"*\",\"NotPrincipal\":\"*\"",
            "both-elements",
            "/Statement/NotPrincipal",
            17,
        );
        assert_eq!(
            error.message(),
            "`Principal` stands together with `NotPrincipal`"
        );
    }

    #[test]
    fn s2_empty_lists_and_strings_are_errors() {
        fault("{\"Statement\":[]}", "empty-list", "/Statement", 1, 14);
        statement_fault("\"Action\":[]", "empty-list", "/Statement/Action", 10);
        statement_fault(
            "\"NotResource\":[]",
            "empty-list",
            "/Statement/NotResource",
            15,
        );
        statement_fault("\"Action\":\"\"", "empty-string", "/Statement/Action", 10);
        statement_fault(
            "\"Resource\":[\"*\",\"\"]",
            "empty-string",
            "/Statement/Resource/1",
            17,
        );
        statement_fault(
            "\"Principal\":{}",
            "empty-principal",
            "/Statement/Principal",
            13,
        );
    }

    #[test]
    fn s2_a_principal_string_other_than_the_asterisk_is_an_error() {
        for text in ["", "**", "111122223333", "arn:aws:iam::111122223333:root"] {
            let error = statement_fault(
                &format!("\"Principal\":\"{text}\""),
                "principal-text",
                "/Statement/Principal",
                13,
            );
            assert!(error.hint().is_some());
        }
    }

    #[test]
    fn s2_unknown_principal_type_is_an_error() {
        let error = statement_fault(
            "\"Principal\":{\"Aws\":\"*\"}",
            "unknown-principal-type",
            "/Statement/Principal/Aws",
            14,
        );
        assert_eq!(error.hint(), Some("did you mean `AWS`?"));
        statement_fault(
            "\"NotPrincipal\":{\"*\":\"*\"}",
            "unknown-principal-type",
            "/Statement/NotPrincipal/*",
            17,
        );
    }

    #[test]
    fn s30_null_takes_no_suffix_and_no_set_operator() {
        for name in [
            "NullIfExists",
            "ForAllValues:Null",
            "ForAnyValue:null",
            "ForAnyValue:NullIfExists",
        ] {
            let members = format!("\"Condition\":{{\"{name}\":{{\"k\":\"true\"}}}}");
            statement_fault(
                &members,
                "null-operator",
                &format!("/Statement/Condition/{name}"),
                14,
            );
        }
        assert_eq!(operator("Null").comparison, Comparison::Null);
    }

    #[test]
    fn s11_everyone_is_written_in_two_ways() {
        assert_eq!(entries("\"*\""), [PrincipalEntry::Everyone]);
        assert_eq!(entries("{\"AWS\":[\"*\"]}"), [PrincipalEntry::Everyone]);
    }

    #[test]
    fn s13_identities_under_aws() {
        let account = AccountId::parse("011122223333").unwrap();
        let partition = || "aws-cn".to_owned();
        assert_eq!(
            aws("011122223333"),
            PrincipalEntry::Account {
                partition: None,
                account
            }
        );
        assert_eq!(
            aws("arn:aws-cn:iam::011122223333:root"),
            PrincipalEntry::Account {
                partition: Some(partition()),
                account
            }
        );
        assert_eq!(
            aws("arn:aws-cn:iam::011122223333:user/a/b:c/Ann"),
            PrincipalEntry::User {
                partition: partition(),
                account,
                path: "/a/b:c/".into(),
                name: "Ann".into()
            }
        );
        assert_eq!(
            aws("arn:aws-cn:iam::011122223333:role/Admin"),
            PrincipalEntry::Role {
                partition: partition(),
                account,
                path: "/".into(),
                name: "Admin".into()
            }
        );
        assert_eq!(
            aws("arn:aws-cn:sts::011122223333:assumed-role/Admin/a@b.c"),
            PrincipalEntry::Session {
                partition: partition(),
                account,
                role: "Admin".into(),
                session: "a@b.c".into()
            }
        );
        assert_eq!(
            aws("arn:aws-cn:sts::011122223333:federated-user/Bob"),
            PrincipalEntry::FederatedUser {
                partition: partition(),
                account,
                name: "Bob".into()
            }
        );
    }

    #[test]
    fn s14_unique_ids_and_wildcards_match_nobody() {
        for text in [
            "AIDACKCEVSQ6C2EXAMPLE",
            "AROACKCEVSQ6C2EXAMPLE",
            "arn:aws:iam::111122223333:role/*",
            "arn:aws:iam::*:root",
            "arn:aws:iam::111122223333:user/A?n",
        ] {
            assert_eq!(aws(text), PrincipalEntry::Nobody(text.to_owned()));
        }
        // AWS RAM writes this for a share with nobody.
        assert_eq!(
            entries("{\"AWS\":[]}"),
            [PrincipalEntry::Nobody("AWS:".to_owned())]
        );
    }

    #[test]
    fn s14_an_origin_access_identity_is_a_service() {
        let text = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE";
        assert_eq!(aws(text), PrincipalEntry::Service(text.to_owned()));
    }

    #[test]
    fn s2_what_aws_gives_no_meaning_is_undefined() {
        for text in [
            "",
            "example",
            "11112222333",
            "1111*",
            "s3.amazonaws.com",
            "aida",
            "AIDA",
            "arn:aws:iam::aws:root",
            "arn:aws:iam::111122223333:user",
            "arn:aws:iam::111122223333:user/",
            "arn:aws:iam::111122223333:group/Dev",
            "arn:aws:iam:us-east-1:111122223333:root",
            "arn:aws:sts::111122223333:assumed-role/Admin",
            "arn:aws:sts::111122223333:assumed-role/Admin/a/b",
            "arn:aws:sts::111122223333:root",
            "arn:aws:s3:::bucket",
            "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity ",
        ] {
            assert_eq!(aws(text), PrincipalEntry::Undefined(format!("AWS:{text}")));
        }
        for kind in ["Service", "Federated", "CanonicalUser"] {
            for text in ["*", "a?", ""] {
                let expected = PrincipalEntry::Undefined(format!("{kind}:{text}"));
                assert_eq!(entries(&format!("{{\"{kind}\":\"{text}\"}}")), [expected]);
            }
        }
    }

    #[test]
    fn s15_other_types_keep_their_text() {
        assert_eq!(
            entries(
                "{\"Service\":[\"s3.amazonaws.com\",\"X\"],\"Federated\":\"accounts.google.com\",\"CanonicalUser\":\"ab\"}"
            ),
            [
                PrincipalEntry::Service("s3.amazonaws.com".into()),
                PrincipalEntry::Service("X".into()),
                PrincipalEntry::Federated("accounts.google.com".into()),
                PrincipalEntry::CanonicalUser("ab".into()),
            ]
        );
    }

    #[test]
    fn s18_resources_are_cut_into_parts() {
        assert_eq!(resource("*"), ResourceForm::Any);
        assert_eq!(
            parts("arn:aws:s3:::b/*"),
            ["arn", "aws", "s3", "", "", "b/*"]
        );
        assert_eq!(
            parts("arn:*:sqs:*:1?:a:b:c"),
            ["arn", "*", "sqs", "*", "1?", "a:b:c"]
        );
    }

    #[test]
    fn s18_a_short_pattern_with_a_final_asterisk_is_completed() {
        assert_eq!(parts("arn:aws:s3*"), ["arn", "aws", "s3*", "*", "*", "*"]);
        assert_eq!(
            parts("arn:aws:rds:*:*"),
            ["arn", "aws", "rds", "*", "*", "*"]
        );
        assert_eq!(parts("**"), ["**", "*", "*", "*", "*", "*"]);
    }

    #[test]
    fn s18_other_short_patterns_have_no_meaning() {
        for text in [
            "arn:aws:s3",
            "bucket",
            "execute-api:/Prod",
            "?",
            "arn:aws:s3:::",
            "${aws:username}",
            "${aws:username}*",
            "${*}",
        ] {
            let short = text != "arn:aws:s3:::";
            assert_eq!(resource(text) == ResourceForm::Short, short, "{text}");
        }
    }

    #[test]
    fn s18_a_wildcard_in_the_service_part_is_an_error() {
        for text in ["arn:aws:*:us-east-1:111122223333:x", "arn:aws:s?:::b"] {
            let members = format!("\"Resource\":[\"{text}\"]");
            statement_fault(&members, "wildcard-in-service", "/Statement/Resource/0", 13);
        }
    }

    #[test]
    fn s40_variables_exist_in_2012_only() {
        assert_eq!(
            parts("arn:aws:s3:::b/${aws:Username, 'x:y'}:z"),
            [
                "arn",
                "aws",
                "s3",
                "",
                "",
                "b/<aws:username|Some(\"x:y\")>:z"
            ]
        );
        assert_eq!(parts("arn:aws:s3:${aws:x}::b")[3], "<aws:x|None>");
        let old = "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"arn:aws:s3:${aws:x}::b\",\"Condition\":{\"StringLike\":{\"k\":\"v\"}}}}";
        let old = read_policy(old).unwrap();
        let clause = old.statements[0].resource.as_ref().unwrap();
        let parts = clause.patterns[0].value.parts().expect("six were written");
        assert_eq!(parts[3].literal().as_deref(), Some("${aws"));
        assert_eq!(parts[5].literal().as_deref(), Some(":b"));
        assert_eq!(old.statements[0].conditions[0].version, Version::V2008);
    }

    #[test]
    fn s20_s21_conditions_are_flat_with_keys_in_lower_case_and_values_as_text() {
        let statement = one(
            "\"Action\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:RequestTag/Team\":[\"A\",1.50,true],\"b\":[]},\"Bool\":{\"c\":false},\"Null\":{}}",
        );
        let conditions: Vec<_> = statement
            .conditions
            .iter()
            .map(|c| {
                (
                    c.key.value.as_str(),
                    c.values
                        .iter()
                        .map(|v| v.value.as_str())
                        .collect::<Vec<_>>(),
                )
            })
            .collect();
        assert_eq!(
            conditions,
            [
                ("aws:requesttag/team", vec!["A", "1.50", "true"]),
                ("b", vec![]),
                ("c", vec!["false"])
            ]
        );
        assert!(
            statement
                .conditions
                .iter()
                .all(|c| c.version == Version::V2012)
        );
        assert_eq!(
            statement.conditions[0].operator_span,
            statement.conditions[1].operator_span
        );
    }

    #[test]
    fn operators_are_read_in_any_letter_case() {
        let plain = |comparison| Operator {
            quantifier: Quantifier::Single,
            comparison,
            negated: false,
            if_exists: false,
        };
        assert_eq!(operator("stringequals"), plain(Comparison::StringEquals));
        assert_eq!(
            operator("ForAnyValue:Stringlike"),
            Operator {
                quantifier: Quantifier::ForAnyValue,
                ..plain(Comparison::StringLike)
            }
        );
        assert_eq!(
            operator("FORALLVALUES:StringNotEqualsIgnoreCaseIFEXISTS"),
            Operator {
                quantifier: Quantifier::ForAllValues,
                negated: true,
                if_exists: true,
                ..plain(Comparison::StringEqualsIgnoreCase)
            }
        );
        for (name, comparison, negated) in OPERATORS {
            assert_eq!(
                operator(name),
                Operator {
                    negated,
                    ..plain(comparison)
                },
                "{name}"
            );
            assert_eq!(operator(&name.to_uppercase()), operator(name));
            if comparison != Comparison::Null {
                assert!(operator(&format!("{name}IfExists")).if_exists, "{name}");
            }
        }
    }

    #[test]
    fn s34_arn_equals_is_arn_like() {
        assert_eq!(
            operator("ForAnyValue:ARNEquals"),
            operator("ForAnyValue:ArnLike")
        );
        assert_eq!(
            operator("ArnNotEqualsIfExists"),
            operator("ArnNotLikeIfExists")
        );
    }

    #[test]
    fn the_nearest_name_is_near() {
        assert_eq!(
            nearest("Statment", POLICY_ELEMENTS.into_iter()),
            Some("Statement")
        );
        assert_eq!(nearest("Ix", POLICY_ELEMENTS.into_iter()), Some("Id"));
        assert_eq!(
            nearest("completely else", POLICY_ELEMENTS.into_iter()),
            None
        );
        assert_eq!(
            nearest(&"a".repeat(1000), POLICY_ELEMENTS.into_iter()),
            None
        );
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
    }
}
