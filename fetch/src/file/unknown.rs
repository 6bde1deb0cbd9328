//! Texts of which a part is not known until something is deployed.
//!
//! While a template is worked out such a part stands in the text as its name between two letters for private use, so
//! that a list, an object or a JSON document inside a string can carry it without a type of its own. A file that holds
//! one of these letters itself is refused, since its words would be taken for ours. Before a record is written every
//! part is settled (`policy.rs`): either its name in braces stands for it, which no name in AWS can hold, or the
//! whole text becomes the language's word for what is not known (`keyaki_language::policy::UNKNOWN`, rule S45).

use super::tree::{Json, JsonValue};
use keyaki_language::policy::UNKNOWN;
use std::borrow::Cow;

/// Begins the name of an unknown part.
pub(super) const OPEN: char = '\u{e000}';
/// Ends it.
pub(super) const CLOSE: char = '\u{e001}';
/// Stands alone where `AWS::NoValue` takes a member or an item away.
pub(super) const NO_VALUE: &str = "\u{e002}";

/// How many characters of a name are shown.
const SHOWN: usize = 96;

/// An unknown part of this name. Two parts have one name only if they are one.
pub(super) fn piece(name: &str) -> String {
    let short = short(&name.replace("::", "."));
    format!("{OPEN}{short}{CLOSE}")
}

/// A name that an ARN, a pattern and a list of readings can hold, with a digest of what it leaves out.
pub(super) fn short(name: &str) -> String {
    let keeps = |c: &char| {
        !matches!(c, ':' | '/' | '$' | '{' | '}' | '*' | '?') && ![OPEN, CLOSE].contains(c)
    };
    let kept: String = name.chars().filter(keeps).take(SHOWN).collect();
    if kept == name {
        return kept;
    }
    // FNV-1a, which is no promise against ill will but against chance; who writes the template can do worse.
    let digest = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |digest, byte| {
            (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("{kept}~{digest:016x}")
}

/// Whether a text has an unknown part.
pub(super) fn is_open(text: &str) -> bool {
    text.contains(OPEN)
}

/// Whether nothing of a text is known.
pub(super) fn is_wholly_open(text: &str) -> bool {
    text.strip_prefix(OPEN)
        .and_then(|rest| rest.split_once(CLOSE))
        .is_some_and(|(_, rest)| rest.is_empty())
}

/// Whether a file spells one of our letters.
pub(super) fn is_spelled(text: &str) -> bool {
    // All three begin with the same two bytes, which hardly any text holds.
    text.contains([OPEN, CLOSE]) || text.contains(NO_VALUE)
}

/// The text with the names of unknown parts in braces.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    if is_open(text) {
        Cow::Owned(text.replace(OPEN, "{").replace(CLOSE, "}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The names of the unknown parts, in order.
pub(super) fn names(text: &str) -> Vec<&str> {
    text.split(OPEN)
        .skip(1)
        .filter_map(|rest| rest.split_once(CLOSE))
        .map(|(name, _)| name)
        .collect()
}

/// The known texts around the unknown parts: one more than there are parts.
pub(super) fn known(text: &str) -> Vec<&str> {
    let mut parts = text.split(OPEN);
    let first = parts.next().unwrap_or_default();
    let rest = parts.map(|part| part.split_once(CLOSE).map_or("", |(_, rest)| rest));
    std::iter::once(first).chain(rest).collect()
}

/// The text with something else in the place of each unknown part.
pub(super) fn filled(text: &str, with: &str) -> String {
    known(text).join(with)
}

/// The language's word for a text that is not known.
pub(super) fn marker(text: &str) -> String {
    format!("{UNKNOWN}{}}}", shown(text).replace(['{', '}'], "|"))
}

/// The first unknown text that stands somewhere in a value.
pub(super) fn first_in(value: &Json) -> Option<&str> {
    match &value.value {
        JsonValue::String(text) => is_open(text).then_some(&**text),
        JsonValue::Array(items) => items.iter().find_map(first_in),
        JsonValue::Object(members) => members.iter().find_map(|member| {
            Some(member.name())
                .filter(|key| is_open(key))
                .or_else(|| first_in(&member.value))
        }),
        JsonValue::Null | JsonValue::Bool(_) | JsonValue::Number(_) => None,
    }
}

/// The value with every unknown part shown by its name.
pub(super) fn shown_in(value: &Json) -> Json {
    let value_of = match &value.value {
        JsonValue::String(text) => JsonValue::String(shown(text).into_owned().into()),
        JsonValue::Array(items) => JsonValue::Array(items.iter().map(shown_in).collect()),
        JsonValue::Object(members) => {
            let mut members = members.clone();
            for member in &mut members {
                member.key.value = shown(&member.key.value).into_owned().into();
                member.value = shown_in(&member.value);
            }
            JsonValue::Object(members)
        }
        other => other.clone(),
    };
    Json {
        value: value_of,
        span: value.span,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_stay_apart() {
        let long = "x".repeat(200);
        let names = [
            "a/b",
            "ab",
            "a:b",
            "a*b",
            &format!("{long}1"),
            &format!("{long}2"),
        ];
        let pieces: std::collections::BTreeSet<String> =
            names.iter().map(|name| piece(name)).collect();
        assert_eq!(pieces.len(), names.len());
        assert_eq!(short("module.a[0].b"), "module.a[0].b");
    }

    #[test]
    fn parts_come_apart_and_together() {
        let text = format!("arn:aws:sns:{}:1:{}-x", piece("AWS::Region"), piece("T"));
        assert_eq!(names(&text), ["AWS.Region", "T"]);
        assert_eq!(known(&text), ["arn:aws:sns:", ":1:", "-x"]);
        assert_eq!(shown(&text), "arn:aws:sns:{AWS.Region}:1:{T}-x");
        assert_eq!(filled(&text, "*"), "arn:aws:sns:*:1:*-x");
        assert!(is_wholly_open(&piece("A")) && !is_wholly_open(&text));
        assert!(is_spelled(&text) && !is_spelled("plain"));
    }
}
