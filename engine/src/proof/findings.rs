//! Findings as a document: what a certificate says that a list of findings is complete is about.

use keyaki_language::Policy;
use keyaki_language::json::Json;
use keyaki_language::key::{Arity, arity};
use keyaki_language::policy::{Comparison, Condition};
use std::collections::BTreeMap;

/// Findings, each its principal and its condition, as a policy: a statement each, and further statements. `None` where there are none.
pub fn findings_document<'f>(
    policy: &Policy,
    findings: impl Iterator<Item = (&'f (String, String), &'f BTreeMap<String, String>)>,
    more: &[Json<'f>],
) -> Option<String> {
    let own = findings.map(|finding| statement(policy, finding));
    let statements: Vec<Json> = own.chain(more.iter().cloned()).collect();
    if statements.is_empty() {
        return None;
    }
    let document = [
        ("Version", Json::from("2012-10-17")),
        ("Statement", Json::array(statements)),
    ];
    Some(Json::object(document).to_string())
}

/// A finding as a statement.
fn statement<'f>(
    policy: &Policy,
    ((kind, who), condition): (&'f (String, String), &'f BTreeMap<String, String>),
) -> Json<'f> {
    let mut members = vec![
        ("Effect", Json::from("Allow")),
        (
            "Principal",
            Json::object([(kind.as_str(), Json::from(who.as_str()))]),
        ),
        ("Action", Json::from("*")),
        ("Resource", Json::from("*")),
    ];
    let mut conditions: BTreeMap<String, Vec<(&str, Json)>> = BTreeMap::new();
    for (key, value) in condition {
        let operator = operator_of(policy, key, value);
        conditions
            .entry(operator)
            .or_default()
            .push((key, Json::from(value.as_str())));
    }
    if !conditions.is_empty() {
        let blocks = conditions
            .into_iter()
            .map(|(operator, keys)| (operator, Json::object(keys)));
        members.push(("Condition", Json::object(blocks)));
    }
    Json::object(members)
}

/// The operator under which a document names a value for a key, without negation.
fn operator_of(policy: &Policy, key: &str, value: &str) -> String {
    let conditions = policy
        .statements
        .iter()
        .flat_map(|statement| &statement.conditions);
    let names = |condition: &&Condition| {
        condition.key.value.eq_ignore_ascii_case(key)
            && condition.values.iter().any(|own| own.value == value)
    };
    let name = match conditions
        .clone()
        .find(names)
        .map(|condition| condition.operator.comparison)
    {
        Some(Comparison::StringLike) => "StringLike",
        Some(Comparison::StringEqualsIgnoreCase) => "StringEqualsIgnoreCase",
        Some(Comparison::ArnLike) => "ArnLike",
        Some(Comparison::IpAddress) => "IpAddress",
        _ => "StringEquals",
    };
    match arity(&key.to_ascii_lowercase()) {
        Arity::Many => format!("ForAnyValue:{name}"),
        Arity::One | Arity::Unknown => name.to_owned(),
    }
}
