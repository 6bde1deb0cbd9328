//! Documents that are worked on: JSON that owns its texts, since templates make texts that stand in no file.

use keyaki_language::DocumentError;
use keyaki_language::json::{self, write_string};
use keyaki_language::span::{Span, Spanned};
use std::fmt;

/// A value and where it stood; all zero for one that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Json {
    pub(super) value: JsonValue,
    pub(super) span: Span,
}

/// A value of JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum JsonValue {
    Null,
    Bool(bool),
    /// As it was written.
    Number(String),
    String(String),
    Array(Vec<Json>),
    /// In document order.
    Object(Vec<Member>),
}

/// A member of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) key: Spanned<String>,
    pub(super) value: Json,
}

/// Reads JSON, as the reader of the language does.
pub(super) fn parse(text: &str) -> Result<Json, DocumentError> {
    json::parse(text).map(Json::from)
}

/// The same, from bytes.
pub(super) fn parse_bytes(bytes: &[u8]) -> Result<Json, DocumentError> {
    json::parse_bytes(bytes).map(Json::from)
}

/// The same, under other bounds.
pub(super) fn parse_bytes_within(
    bytes: &[u8],
    max_size: usize,
    max_depth: usize,
) -> Result<Json, DocumentError> {
    json::parse_bytes_within(bytes, max_size, max_depth).map(Json::from)
}

impl From<json::Json<'_>> for Json {
    fn from(read: json::Json<'_>) -> Self {
        let member = |member: json::Member<'_>| Member {
            key: Spanned::new(member.key.value.into_owned(), member.key.span),
            value: Json::from(member.value),
        };
        let value = match read.value {
            json::JsonValue::Null => JsonValue::Null,
            json::JsonValue::Bool(value) => JsonValue::Bool(value),
            json::JsonValue::Number(digits) => JsonValue::Number(digits.into_owned()),
            json::JsonValue::String(text) => JsonValue::String(text.into_owned()),
            json::JsonValue::Array(items) => {
                JsonValue::Array(items.into_iter().map(Json::from).collect())
            }
            json::JsonValue::Object(members) => {
                JsonValue::Object(members.into_iter().map(member).collect())
            }
        };
        Self {
            value,
            span: read.span,
        }
    }
}

impl From<JsonValue> for Json {
    fn from(value: JsonValue) -> Self {
        Self {
            value,
            span: Span::default(),
        }
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        JsonValue::String(text.to_owned()).into()
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        JsonValue::String(text).into()
    }
}

impl Json {
    /// An object of members whose keys differ.
    pub(super) fn object<K: Into<String>>(members: impl IntoIterator<Item = (K, Json)>) -> Self {
        let member = |(key, value): (K, Json)| Member {
            key: Spanned::new(key.into(), Span::default()),
            value,
        };
        JsonValue::Object(members.into_iter().map(member).collect()).into()
    }

    /// A list.
    pub(super) fn array(items: impl IntoIterator<Item = Json>) -> Self {
        JsonValue::Array(items.into_iter().collect()).into()
    }

    /// A member's value; `None` also where this is no object.
    pub(super) fn get(&self, key: &str) -> Option<&Json> {
        self.as_object()?
            .iter()
            .find(|member| member.key.value == key)
            .map(|member| &member.value)
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        match &self.value {
            JsonValue::String(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn as_bool(&self) -> Option<bool> {
        match self.value {
            JsonValue::Bool(value) => Some(value),
            _ => None,
        }
    }

    pub(super) fn as_array(&self) -> Option<&[Json]> {
        match &self.value {
            JsonValue::Array(items) => Some(items),
            _ => None,
        }
    }

    pub(super) fn as_object(&self) -> Option<&[Member]> {
        match &self.value {
            JsonValue::Object(members) => Some(members),
            _ => None,
        }
    }

    /// `a string`, `an object`, …, for messages.
    pub(super) fn type_name(&self) -> &'static str {
        match self.value {
            JsonValue::Null => "null",
            JsonValue::Bool(_) => "a boolean",
            JsonValue::Number(_) => "a number",
            JsonValue::String(_) => "a string",
            JsonValue::Array(_) => "a list",
            JsonValue::Object(_) => "an object",
        }
    }

    fn write(&self, out: &mut String) {
        let mut first = true;
        let mut comma = |out: &mut String| {
            if !std::mem::take(&mut first) {
                out.push(',');
            }
        };
        match &self.value {
            JsonValue::Null => out.push_str("null"),
            JsonValue::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            JsonValue::Number(digits) => out.push_str(digits),
            JsonValue::String(text) => write_string(out, text),
            JsonValue::Array(items) => {
                out.push('[');
                for item in items {
                    comma(out);
                    item.write(out);
                }
                out.push(']');
            }
            JsonValue::Object(members) => {
                out.push('{');
                for Member { key, value } in members {
                    comma(out);
                    write_string(out, &key.value);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

impl fmt::Display for Json {
    /// JSON without white space.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.write(&mut out);
        f.write_str(&out)
    }
}
