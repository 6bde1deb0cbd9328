//! Documents that are worked on: JSON that owns its texts, since templates make texts that stand in no file.

use keyaki_language::DocumentError;
use keyaki_language::json;

pub(super) type Json = json::Json<'static>;
pub(super) type JsonValue = json::JsonValue<'static>;
pub(super) type Member = json::Member<'static>;

/// Reads JSON, as the reader of the language does.
pub(super) fn parse(text: &str) -> Result<Json, DocumentError> {
    json::parse(text).map(json::Json::into_owned)
}

/// The same, from bytes.
pub(super) fn parse_bytes(bytes: &[u8]) -> Result<Json, DocumentError> {
    json::parse_bytes(bytes).map(json::Json::into_owned)
}

/// The same, under other bounds.
pub(super) fn parse_bytes_within(
    bytes: &[u8],
    max_size: usize,
    max_depth: usize,
) -> Result<Json, DocumentError> {
    json::parse_bytes_within(bytes, max_size, max_depth).map(json::Json::into_owned)
}
