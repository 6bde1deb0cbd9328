//! `aws_iam_policy_document`: policies that are put together by the provider, and are not there yet where a part is known after the
//! apply only. The data source's own arguments are in the plan, so the document can be made with that part unknown.
//! (AWS provider, "Data Source: aws_iam_policy_document".)

use super::super::tree::{Json, JsonValue};
use super::super::unknown::piece;
use super::instance::{Instance, blocks};

/// The document of a data source; `None` where other documents that are not known are merged into it.
pub(super) fn made(source: &Instance<'_>) -> Option<Json> {
    let merged = [
        "source_json",
        "override_json",
        "source_policy_documents",
        "override_policy_documents",
    ];
    let is_set = |name: &&str| {
        source.is_unknown(name)
            || source
                .values
                .get(name)
                .is_some_and(|value| value.value != JsonValue::Null)
    };
    if source.values.get("statement").is_none() || merged.iter().any(is_set) {
        return None;
    }
    let open = source
        .unknown_of("statement")
        .and_then(Json::as_array)
        .unwrap_or_default();
    let statements = source.blocks("statement").into_iter().enumerate();
    let statements = statements.map(|(at, block)| statement(block, open.get(at), &source.address));
    let version = source
        .values
        .get("version")
        .and_then(Json::as_str)
        .unwrap_or("2012-10-17");
    Some(Json::object([
        ("Version", Json::from(version.to_owned())),
        ("Statement", Json::array(statements)),
    ]))
}

fn statement(block: &Json, open: Option<&Json>, address: &str) -> Json {
    let mut members = Vec::new();
    let text = |name: &str| {
        block
            .get(name)
            .and_then(Json::as_str)
            .filter(|text| !text.is_empty())
    };
    members.extend(text("sid").map(|sid| ("Sid", Json::from(sid.to_owned()))));
    members.push((
        "Effect",
        text("effect").unwrap_or("Allow").to_owned().into(),
    ));
    for (from, to) in [
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ] {
        members.extend(texts(block, open, from, address).map(|list| (to, list)));
    }
    for (from, to) in [
        ("principals", "Principal"),
        ("not_principals", "NotPrincipal"),
    ] {
        members.extend(principals(block, open, from, address).map(|value| (to, value)));
    }
    let inner = open
        .and_then(|open| open.get("condition"))
        .and_then(Json::as_array)
        .unwrap_or_default();
    let mut conditions: Vec<(String, Vec<(String, Json)>)> = Vec::new();
    for (at, condition) in blocks(block, "condition").into_iter().enumerate() {
        let name = |name: &str| {
            condition
                .get(name)
                .and_then(Json::as_str)
                .map_or_else(|| piece(address), str::to_owned)
        };
        let values = texts(condition, inner.get(at), "values", address)
            .unwrap_or_else(|| piece(address).into());
        let (test, variable) = (name("test"), name("variable"));
        match conditions.iter_mut().find(|(known, _)| *known == test) {
            Some((_, keys)) => keys.push((variable, values)),
            None => conditions.push((test, vec![(variable, values)])),
        }
    }
    if !conditions.is_empty() {
        let conditions = conditions
            .into_iter()
            .map(|(test, keys)| (test, Json::object(keys)));
        members.push(("Condition", Json::object(conditions)));
    }
    let made = Json::object(members);
    Json {
        value: made.value,
        span: block.span,
    }
}

/// A list of texts with unknown parts in the place of what is not known; `None` where there is no list.
fn texts(block: &Json, open: Option<&Json>, name: &str, address: &str) -> Option<Json> {
    let open = open.and_then(|open| open.get(name));
    let unknown = || Json::from(piece(&format!("{address}.{name}")));
    if open.is_some_and(|open| open.as_bool() == Some(true)) {
        return Some(unknown());
    }
    let items = block
        .get(name)
        .and_then(Json::as_array)
        .filter(|items| !items.is_empty());
    let missing = open.and_then(Json::as_array).unwrap_or_default();
    let missing = missing
        .iter()
        .filter(|item| item.as_bool() == Some(true))
        .count();
    if items.is_none() && missing == 0 {
        return None;
    }
    let items = items.unwrap_or_default();
    let given: Vec<Json> = items
        .iter()
        .map(|item| {
            if item.as_str().is_some() {
                item.clone()
            } else {
                unknown()
            }
        })
        .collect();
    // A set does not say which of its members is the unknown one.
    let nulls = items.iter().filter(|item| item.as_str().is_none()).count();
    let more = missing.saturating_sub(nulls);
    Some(Json::array(
        given
            .into_iter()
            .chain(std::iter::repeat_with(unknown).take(more)),
    ))
}

fn principals(block: &Json, open: Option<&Json>, name: &str, address: &str) -> Option<Json> {
    let inner = open.and_then(|open| open.get(name));
    if inner.is_some_and(|inner| inner.as_bool() == Some(true)) {
        return Some(piece(&format!("{address}.{name}")).into());
    }
    let inner = inner.and_then(Json::as_array).unwrap_or_default();
    let mut kinds: Vec<(String, Vec<Json>)> = Vec::new();
    for (at, block) in blocks(block, name).into_iter().enumerate() {
        let Some(kind) = block.get("type").and_then(Json::as_str) else {
            return Some(piece(&format!("{address}.{name}")).into());
        };
        if kind == "*" {
            return Some("*".into());
        }
        let list = texts(block, inner.get(at), "identifiers", address)?;
        let items = match list.value {
            JsonValue::Array(items) => items,
            _ => vec![list],
        };
        match kinds.iter_mut().find(|(known, _)| known == kind) {
            Some((_, all)) => all.extend(items),
            None => kinds.push((kind.to_owned(), items)),
        }
    }
    (!kinds.is_empty()).then(|| {
        Json::object(
            kinds
                .into_iter()
                .map(|(kind, items)| (kind, Json::array(items))),
        )
    })
}
