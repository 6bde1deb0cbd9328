//! `Fn::ForEach` of `AWS::LanguageExtensions`: a part of a template once for each item of a list.
//!
//! It is worked out before anything else, since it makes resources and their names. `${Identifier}` in keys and texts and
//! `{"Ref": "Identifier"}` become the item, `&{Identifier}` the item without what no logical id can hold. A list that is not known
//! leaves the part as it stands, and whoever reads the resources names it.
//! (AWS CloudFormation User Guide, "Fn::ForEach".)

use super::super::tree::{Json, JsonValue, Member};
use super::super::unknown::is_open;
use super::evaluate::{Stack, text_of};
use keyaki_language::span::Spanned;

/// How many members one template may come to by its loops.
const MOST: usize = 20_000;

/// How many bytes their texts may have together.
const BYTES: usize = 64 << 20;

/// How deep loops and what holds them may stand in each other.
const DEPTH: usize = 100;

/// How the key of a loop begins.
pub(super) const KEY: &str = "Fn::ForEach";

/// The template with its loops worked out; `None` if it has none. `stack` is that of the template as it stands.
pub(super) fn expanded(template: &Json, stack: &Stack<'_>) -> Option<Json> {
    if !holds_loop(template, 0) {
        return None;
    }
    let mut left = Left {
        members: MOST,
        bytes: BYTES,
    };
    let sections = template.as_object()?.iter().map(|section| {
        let value = match section.name() {
            "Parameters" | "Mappings" | "Metadata" | "Transform" => section.value.clone(),
            _ => walk(&section.value, &[], stack, &mut left, 0),
        };
        Member {
            key: section.key.clone(),
            value,
        }
    });
    Some(Json {
        value: JsonValue::Object(sections.collect()),
        span: template.span,
    })
}

fn holds_loop(value: &Json, depth: usize) -> bool {
    depth < DEPTH
        && match &value.value {
            JsonValue::Object(members) => members
                .iter()
                .any(|it| it.name().starts_with(KEY) || holds_loop(&it.value, depth + 1)),
            JsonValue::Array(items) => items.iter().any(|item| holds_loop(item, depth + 1)),
            _ => false,
        }
}

/// What loops may still come to.
struct Left {
    members: usize,
    bytes: usize,
}

impl Left {
    fn is_none(&self) -> bool {
        self.members == 0 || self.bytes == 0
    }
}

/// An identifier and the item that it stands for.
type Bound = (String, String);

fn walk(value: &Json, bound: &[Bound], stack: &Stack<'_>, left: &mut Left, depth: usize) -> Json {
    if depth > DEPTH {
        return value.clone();
    }
    let made = match &value.value {
        JsonValue::String(text) => JsonValue::String(put(text, bound, left).into()),
        JsonValue::Array(items) => JsonValue::Array(
            items
                .iter()
                .map(|item| walk(item, bound, stack, left, depth + 1))
                .collect(),
        ),
        JsonValue::Object(members) => {
            if let [only] = members.as_slice()
                && only.name() == "Ref"
                && let Some((_, item)) = bound
                    .iter()
                    .find(|(name, _)| only.value.as_str() == Some(name))
            {
                return Json {
                    value: JsonValue::String(item.clone().into()),
                    span: value.span,
                };
            }
            let mut out = Vec::new();
            for member in members {
                let looped = Some(member).filter(|it| it.name().starts_with(KEY));
                match looped.and_then(|it| turns(&it.value, bound, stack)) {
                    Some((name, items, body)) => {
                        for item in items {
                            let mut more = bound.to_vec();
                            more.push((name.clone(), item));
                            let made = walk(body, &more, stack, left, depth + 1);
                            let made = made.as_object().unwrap_or_default();
                            left.members = left.members.saturating_sub(made.len().max(1));
                            if left.is_none() {
                                // What is not made is named by the loop that stays.
                                out.push(member.clone());
                                break;
                            }
                            out.extend(made.iter().cloned());
                        }
                    }
                    None => out.push(Member {
                        key: Spanned::new(put(member.name(), bound, left).into(), member.key.span),
                        value: walk(&member.value, bound, stack, left, depth + 1),
                    }),
                }
            }
            JsonValue::Object(out)
        }
        other => other.clone(),
    };
    Json {
        value: made,
        span: value.span,
    }
}

/// The identifier of a loop, its items and what it repeats; `None` where they are not known.
fn turns<'j>(
    value: &'j Json,
    bound: &[Bound],
    stack: &Stack<'_>,
) -> Option<(String, Vec<String>, &'j Json)> {
    let [name, items, body] = value.as_array()? else {
        return None;
    };
    let mut none = Left {
        members: 1,
        bytes: BYTES,
    };
    let items = walk(items, bound, stack, &mut none, DEPTH - 8);
    if none.bytes == 0 {
        return None;
    }
    let known = stack.leniently(|| stack.value(&items));
    let texts: Option<Vec<String>> = known.as_array()?.iter().map(text_of).collect();
    let texts = texts.filter(|texts| !texts.iter().any(|text| is_open(text)))?;
    body.as_object()?;
    Some((name.as_str()?.to_owned(), texts, body))
}

/// A text with items in the place of identifiers; as it is where that would be too long, and then nothing is left.
fn put(text: &str, bound: &[Bound], left: &mut Left) -> String {
    let mut out = text.to_owned();
    for (name, item) in bound {
        let braced = format!("{{{name}}}");
        let more = out.matches(&braced).count().saturating_mul(item.len());
        if more > left.bytes {
            left.bytes = 0;
            return text.to_owned();
        }
        if more > 0 || item.is_empty() {
            let plain: String = item.chars().filter(char::is_ascii_alphanumeric).collect();
            out = out.replace(&format!("${braced}"), item);
            out = out.replace(&format!("&{braced}"), &plain);
        }
    }
    // What stands in no loop is as long as the file.
    if !bound.is_empty() {
        left.bytes = left.bytes.saturating_sub(out.len());
    }
    out
}
