//! Random requests that policies have something to say about: callers, actions, resources and values are taken from the
//! documents, with wildcards filled in, and now and then changed a little.

use super::dice::Dice;
use keyaki_language::key::{Arity, arity, is_account};
use keyaki_language::meaning::Kind;
use keyaki_language::meaning::caller::{Derived, derived};
use keyaki_language::policy::{AccountId, Comparison, Condition, PrincipalEntry, Quantifier};
use keyaki_language::request::{Caller, ContextValue};
use keyaki_language::value::{Address, Decimal, Instant, Network, base64, to_base64};
use keyaki_language::{Policy, Request};
use std::collections::{BTreeMap, BTreeSet};

/// What some documents speak of.
pub(crate) struct Words<'d> {
    callers: Vec<Caller>,
    actions: Vec<String>,
    resources: Vec<String>,
    conditions: BTreeMap<String, Vec<&'d Condition>>,
}

impl<'d> Words<'d> {
    /// Reads the documents.
    pub(crate) fn of(documents: &[&'d Policy]) -> Self {
        let mut out = Words {
            callers: common_callers(),
            actions: vec!["s3:getobject".to_owned()],
            resources: vec!["arn:aws:s3:::b/k".to_owned()],
            conditions: BTreeMap::new(),
        };
        let mut variables = BTreeSet::new();
        for statement in documents.iter().flat_map(|d| &d.statements) {
            let entries = statement
                .principal
                .iter()
                .flat_map(|clause| &clause.entries);
            for entry in entries {
                // What is named comes up as often as all else together.
                if let Some(caller) = named(&entry.value) {
                    out.callers.extend(vec![caller; 3]);
                }
            }
            out.actions
                .extend(statement.action.patterns.iter().map(|p| p.value.clone()));
            for pattern in statement
                .resource
                .iter()
                .flat_map(|clause| &clause.patterns)
            {
                variables.extend(variables_of(&pattern.value.text));
                out.resources.push(pattern.value.text.clone());
            }
            for condition in &statement.conditions {
                for value in &condition.values {
                    variables.extend(variables_of(&value.value));
                }
                out.conditions
                    .entry(condition.key.value.clone())
                    .or_default()
                    .push(condition);
            }
        }
        for key in variables {
            out.conditions.entry(key).or_default();
        }
        out
    }

    /// A complete request, or none where the throws contradicted each other.
    pub(crate) fn request(&self, dice: &mut Dice) -> Option<Request> {
        let principal = dice.pick(&self.callers).clone();
        let kind = Kind::of(&principal);
        let mut context = BTreeMap::new();
        if let Caller::Session {
            session: Some(session),
            ..
        } = &principal
        {
            context.insert(
                "aws:userid".to_owned(),
                ContextValue::One(format!("AROAEXAMPLE:{session}")),
            );
        }
        // Keys in turn, so that values with variables find those of keys before them; a second look at a few.
        let mut keys: Vec<&String> = self.conditions.keys().collect();
        for at in 0..keys.len() {
            keys.swap(at, dice.below(at + 1));
        }
        for key in keys {
            if derived(kind, key).0 != Derived::Free || context.contains_key(key) || dice.once_in(5)
            {
                continue;
            }
            let twin = match key.as_str() {
                "aws:currenttime" => "aws:epochtime",
                "aws:epochtime" => "aws:currenttime",
                _ => "",
            };
            if !context.contains_key(twin)
                && let Some(value) = self.value(dice, key, &context)
            {
                context.insert(key.clone(), value);
            }
        }
        let pattern = dice.pick(&self.actions).as_str();
        let action = filled(dice, pattern, &context);
        let action = changed(dice, action).to_ascii_lowercase();
        let text = dice.pick(&self.resources).clone();
        let resource = if text == "*" {
            "arn:aws:s3:::b/k".to_owned()
        } else {
            filled(dice, &text, &context)
        };
        let resource = if dice.once_in(8) {
            changed(dice, resource)
        } else {
            resource
        };
        let (service, name) = action.split_once(':')?;
        let plain = |text: &str, more: &str| {
            !text.is_empty()
                && text
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || more.contains(c))
        };
        let parts: Vec<&str> = resource.splitn(6, ':').collect();
        if !plain(service, "-")
            || !plain(name, "_-")
            || parts.len() != 6
            || parts[0] != "arn"
            || [1, 2, 5].iter().any(|at| parts[*at].is_empty())
        {
            return None;
        }
        let mut request = Request {
            principal,
            action,
            resource,
            principal_account: None,
            resource_account: None,
            context,
        };
        request.complete().ok()?;
        organization(&mut request);
        request.complete().ok()?;
        Some(request)
    }

    fn value(
        &self,
        dice: &mut Dice,
        key: &str,
        context: &BTreeMap<String, ContextValue>,
    ) -> Option<ContextValue> {
        let conditions = &self.conditions[key];
        let many = match arity(key) {
            Arity::Many => true,
            Arity::One => false,
            Arity::Unknown => conditions
                .iter()
                .any(|c| c.operator.quantifier != Quantifier::Single),
        };
        let typed: Vec<&&Condition> = conditions.iter().filter(|c| is_typed(c)).collect();
        let one = |dice: &mut Dice| -> Option<String> {
            if key == "aws:epochtime" {
                return Some(
                    dice.pick(&["1704067200", "1719748800", "1719748801"])
                        .to_string(),
                );
            }
            if !typed.is_empty() {
                let condition = *dice.pick(&typed);
                return typed_value(dice, condition);
            }
            let wanted = match conditions.as_slice() {
                [] => *dice.pick(&["a", "ab", "a:", "", "a:b", "Ann"]),
                some => {
                    let condition = some[dice.below(some.len())];
                    match condition.values.len() {
                        0 => "a",
                        count => condition.values[dice.below(count)].value.as_str(),
                    }
                }
            };
            let text = filled(dice, wanted, context);
            let text = if dice.once_in(6) {
                changed(dice, text)
            } else {
                text
            };
            if is_account(key) && AccountId::parse(&text).is_none() {
                return Some(dice.pick(&["111122223333", "444455556666"]).to_string());
            }
            Some(text)
        };
        if key == "aws:principalorgid" || key == "aws:resourceorgid" {
            let text = one(dice)?;
            let id: String = text.split('/').next().unwrap_or_default().to_owned();
            return Some(ContextValue::One(if id.is_empty() {
                "o-a".to_owned()
            } else {
                id
            }));
        }
        if !many {
            return one(dice).map(ContextValue::One);
        }
        let count = 1 + dice.below(3);
        let mut members = Vec::new();
        for _ in 0..count {
            members.push(one(dice)?);
        }
        if key == "aws:principalorgpaths" {
            let id = match context.get("aws:principalorgid") {
                Some(ContextValue::One(id)) => id.clone(),
                _ => "o-a".to_owned(),
            };
            for member in &mut members {
                if !member.starts_with(&format!("{id}/")) {
                    *member = format!(
                        "{id}/{}",
                        member.split_once('/').map_or("", |(_, rest)| rest)
                    );
                }
            }
        }
        Some(ContextValue::Many(members))
    }
}

/// An account in an organization has the organization's id and paths, and caller and resource of one account are of one (R3).
fn organization(request: &mut Request) {
    if request.principal.account().is_none() {
        return;
    }
    let (id_key, paths_key) = ("aws:principalorgid", "aws:principalorgpaths");
    let id = match request.context.get(id_key) {
        Some(ContextValue::One(id)) => Some(id.clone()),
        _ => None,
    };
    if let Some(id) = &id {
        request
            .context
            .entry(paths_key.to_owned())
            .or_insert_with(|| ContextValue::Many(vec![format!("{id}/r-b/")]));
    }
    let owner = match request.context.get("aws:resourceaccount") {
        Some(ContextValue::One(text)) => AccountId::parse(text),
        _ => None,
    };
    if owner == request.principal.account() {
        match id {
            Some(id) => request
                .context
                .insert("aws:resourceorgid".to_owned(), ContextValue::One(id)),
            None => request.context.remove("aws:resourceorgid"),
        };
    }
}

fn is_typed(condition: &Condition) -> bool {
    !matches!(
        condition.operator.comparison,
        Comparison::StringEquals
            | Comparison::StringEqualsIgnoreCase
            | Comparison::StringLike
            | Comparison::ArnLike
            | Comparison::Null
    )
}

/// A canonical value of the condition's type, near to one of its own.
fn typed_value(dice: &mut Dice, condition: &Condition) -> Option<String> {
    let wanted = match condition.values.len() {
        0 => "",
        count => condition.values[dice.below(count)].value.as_str(),
    };
    let near = dice.below(4);
    Some(match condition.operator.comparison {
        Comparison::Bool => dice.pick(&["true", "false"]).to_string(),
        Comparison::BinaryEquals => base64(wanted)
            .filter(|_| near > 0)
            .map_or_else(|| to_base64(b"x"), |bytes| to_base64(&bytes)),
        Comparison::IpAddress => match Network::parse(wanted) {
            Some(Network::V4 { first, last }) => Address::V4(match near {
                0 => first.wrapping_sub(1),
                1 => last.wrapping_add(1),
                2 => last,
                _ => first,
            }),
            Some(Network::V6 { first, last }) => Address::V6(match near {
                0 => first.wrapping_sub(1),
                1 => last.wrapping_add(1),
                2 => last,
                _ => first,
            }),
            None => Address::V4(1),
        }
        .canonical(),
        Comparison::DateEquals
        | Comparison::DateLessThan
        | Comparison::DateLessThanEquals
        | Comparison::DateGreaterThan
        | Comparison::DateGreaterThanEquals => {
            let own = Instant::parse(wanted).or_else(|| Instant::new(1_700_000_000, ""))?;
            match near {
                0 => Instant::new(own.seconds() - 1, "")?,
                1 => Instant::new(own.seconds() + 1, "")?,
                2 => Instant::new(own.seconds(), "25")?,
                _ => own,
            }
            .canonical()
        }
        _ => match Decimal::parse(wanted).filter(|_| near > 0) {
            Some(own) => own.canonical(),
            None => dice.pick(&["0", "1", "2", "11", "-3", "1.25"]).to_string(),
        },
    })
}

/// The keys of a text's variables, in lower case.
fn variables_of(text: &str) -> Vec<String> {
    let openings = text.split("${").skip(1);
    let keys = openings.filter_map(|rest| rest.split_once('}').map(|(inside, _)| inside));
    keys.map(|inside| {
        inside
            .split(',')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase()
    })
    .filter(|key| key.contains(':'))
    .collect()
}

/// A text with something in the place of each wildcard and variable.
fn filled(dice: &mut Dice, text: &str, context: &BTreeMap<String, ContextValue>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some((inside, after)) = rest.strip_prefix("${").and_then(|r| r.split_once('}')) {
            let (key, default) = inside.split_once(',').unwrap_or((inside, ""));
            match context.get(&key.trim().to_ascii_lowercase()) {
                Some(ContextValue::One(value)) => out += value,
                _ if key.len() == 1 => out += key,
                _ => out += default.trim().trim_matches('\''),
            }
            rest = after;
            continue;
        }
        match c {
            '*' => {
                out += dice.pick::<&str>(&[
                    "",
                    "x",
                    "a",
                    "a/b",
                    "b",
                    "k",
                    "a:b",
                    "111122223333",
                    "getobject",
                ])
            }
            '?' => out += dice.pick::<&str>(&["k", "u", "b", "/"]),
            c => out.push(c),
        }
        rest = &rest[c.len_utf8()..];
    }
    out
}

/// A text, often with a small change.
fn changed(dice: &mut Dice, mut text: String) -> String {
    match dice.below(10) {
        0 => {
            text.pop();
        }
        1 => text.push('x'),
        2 => text = text.to_ascii_uppercase(),
        3 => {
            if let Some((at, c)) = text
                .char_indices()
                .nth(dice.below(text.chars().count().max(1)))
            {
                text.replace_range(
                    at..at + c.len_utf8(),
                    dice.pick::<&str>(&["", "a", "/", ":"]),
                );
            }
        }
        _ => {}
    }
    text
}

fn common_callers() -> Vec<Caller> {
    let account = |text| AccountId::parse(text).expect("twelve digits");
    let (own, other) = (account("111122223333"), account("444455556666"));
    let aws = || "aws".to_owned();
    vec![
        Caller::Anonymous,
        Caller::Root {
            partition: aws(),
            account: own,
        },
        Caller::User {
            partition: aws(),
            account: own,
            path: "/".to_owned(),
            name: "Ann".to_owned(),
        },
        Caller::User {
            partition: aws(),
            account: other,
            path: "/p/".to_owned(),
            name: "a".to_owned(),
        },
        Caller::Session {
            partition: aws(),
            account: own,
            path: "/".to_owned(),
            role: "r".to_owned(),
            session: Some("kim".to_owned()),
        },
        Caller::Session {
            partition: aws(),
            account: other,
            path: "/ops/".to_owned(),
            role: "r".to_owned(),
            session: Some("ab".to_owned()),
        },
        Caller::FederatedUser {
            partition: aws(),
            account: own,
            name: "Fay".to_owned(),
        },
        Caller::Service("ec2.amazonaws.com".to_owned()),
        Caller::Federated("accounts.google.com".to_owned()),
        Caller::Canonical(
            "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be".to_owned(),
        ),
    ]
}

/// A caller that an entry names.
fn named(entry: &PrincipalEntry) -> Option<Caller> {
    Some(match entry {
        PrincipalEntry::Account { partition, account } => Caller::User {
            partition: partition.clone().unwrap_or_else(|| "aws".to_owned()),
            account: *account,
            path: "/".to_owned(),
            name: "Ann".to_owned(),
        },
        PrincipalEntry::User {
            partition,
            account,
            path,
            name,
        } => Caller::User {
            partition: partition.clone(),
            account: *account,
            path: path.clone(),
            name: name.clone(),
        },
        PrincipalEntry::Role {
            partition,
            account,
            path,
            name,
        } => Caller::Session {
            partition: partition.clone(),
            account: *account,
            path: path.clone(),
            role: name.clone(),
            session: Some("kim".to_owned()),
        },
        PrincipalEntry::Session {
            partition,
            account,
            role,
            session,
        } => Caller::Session {
            partition: partition.clone(),
            account: *account,
            path: "/".to_owned(),
            role: role.clone(),
            session: Some(session.clone()),
        },
        PrincipalEntry::FederatedUser {
            partition,
            account,
            name,
        } => Caller::FederatedUser {
            partition: partition.clone(),
            account: *account,
            name: name.clone(),
        },
        PrincipalEntry::Service(name) => Caller::Service(name.clone()),
        PrincipalEntry::Federated(name) => Caller::Federated(name.clone()),
        PrincipalEntry::CanonicalUser(name) => {
            let hex = name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit());
            return hex.then(|| Caller::Canonical(name.clone()));
        }
        PrincipalEntry::Everyone | PrincipalEntry::Nobody(_) | PrincipalEntry::Undefined(_) => {
            return None;
        }
    })
}
