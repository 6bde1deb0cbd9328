//! Documents inside texts: AWS writes policies as JSON in strings, strings of strings, or percent-encoded.

use super::tree::{self as json, Json, JsonValue};

/// How many strings may stand in each other.
const LAYERS: usize = 4;

/// The value that a text holds, through however many layers; the value itself if it is none. The lines are those of the outermost.
pub(super) fn decoded(value: &Json) -> Json {
    let mut value = value.clone();
    for _ in 0..LAYERS {
        let Some(text) = value.as_str() else { break };
        let plain = if text.starts_with('%') {
            percent(text)
        } else {
            None
        };
        let text = plain.as_deref().unwrap_or(text);
        if !text.trim_start().starts_with(['{', '[', '"']) {
            break;
        }
        let Ok(inner) = json::parse(text) else { break };
        value = at(inner, &value);
    }
    value
}

/// A document whose every node stands where the text stood that held it.
fn at(mut inner: Json, outer: &Json) -> Json {
    fn place(node: &mut Json, span: keyaki_language::span::Span) {
        node.span = span;
        match &mut node.value {
            JsonValue::Array(items) => items.iter_mut().for_each(|item| place(item, span)),
            JsonValue::Object(members) => members
                .iter_mut()
                .for_each(|member| place(&mut member.value, span)),
            _ => {}
        }
    }
    place(&mut inner, outer.span);
    inner
}

/// Percent-encoding undone (RFC 3986, section 2.1); `None` where it is none.
fn percent(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                let (high, low) = (digit(bytes.next()?)?, digit(bytes.next()?)?);
                u8::try_from(high * 16 + low).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_come_out_of_their_layers() {
        for text in [
            r#""{\"a\":1}""#,
            r#""%7B%22a%22%3A1%7D""#,
            r#"{"a":1}"#,
            r#""\"{\\\"a\\\":1}\"""#,
        ] {
            let value = json::parse(text).expect("it is JSON");
            assert_eq!(decoded(&value).to_string(), r#"{"a":1}"#, "{text}");
        }
        assert_eq!(decoded(&Json::from("plain")).as_str(), Some("plain"));
        assert_eq!(decoded(&Json::from("%zz")).as_str(), Some("%zz"));
    }
}
