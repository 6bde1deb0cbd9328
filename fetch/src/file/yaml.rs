//! YAML templates as JSON with places.
//!
//! The short forms of CloudFormation (`!Ref`, `!Sub`, …) become the long ones (`{"Ref": …}`, `{"Fn::Sub": …}`), so that
//! whatever reads templates reads one form. (AWS CloudFormation User Guide, "Intrinsic function reference".)
//! Aliases are copied, and all nodes are counted, copies too: a text of nested aliases ends at [`MAX_NODES`].

use super::MAX_DEPTH;
use super::tree::{Json, JsonValue, Member};
use keyaki_language::DocumentError;
use keyaki_language::json::push_pointer;
use keyaki_language::span::{Position, Span, Spanned};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span as Range, StrInput, Tag};
use std::collections::HashMap;

/// How many nodes a document may have, aliases counted as often as they are used.
const MAX_NODES: usize = 2_000_000;

/// A document, and the keys that are written twice in it: the last one counts.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) document: Json,
    pub(super) doubled: Vec<Doubled>,
}

/// A key that is written twice.
#[derive(Debug)]
pub(super) struct Doubled {
    /// JSON pointer of its value.
    pub(super) at: String,
    /// The second place.
    pub(super) line: u64,
}

/// How often the indentation of a quoted text is mended.
const MENDINGS: usize = 100;

/// Reads the one document of a YAML text.
///
/// AWS takes quoted texts whose further lines are not indented, which YAML 1.2 does not; they are indented first, which changes
/// no line's number and, since white space at the beginning of such a line says nothing, no text.
pub(super) fn parse(text: &str) -> Result<Parsed, DocumentError> {
    let mut mended: Option<String> = None;
    for _ in 0..MENDINGS {
        let text = mended.as_deref().unwrap_or(text);
        match parse_strictly(text) {
            Err(error) if error.message().contains("indentation in quoted scalar") => {
                match indented(text, error.span().start) {
                    Some(better) => mended = Some(better),
                    None => return Err(error),
                }
            }
            other => return other,
        }
    }
    parse_strictly(mended.as_deref().unwrap_or(text))
}

/// The text with the lines of the quoted text that begins at a place indented beyond it.
fn indented(text: &str, from: Position) -> Option<String> {
    let (start, quote) = text
        .char_indices()
        .nth(from.offset as usize)
        .filter(|(_, c)| matches!(c, '"' | '\''))?;
    let bytes = text.as_bytes();
    let mut end = start + 1;
    while *bytes.get(end)? != quote as u8 || (quote == '\'' && bytes.get(end + 1) == Some(&b'\'')) {
        // A pair is one character of the text.
        let pair = bytes[end] == quote as u8 || (quote == '"' && bytes[end] == b'\\');
        end += if pair { 2 } else { 1 };
    }
    let inside = &text[start..end];
    let margin = format!("\n{}", " ".repeat(from.column as usize + 1));
    if !inside.contains('\n') || inside.contains(&margin) {
        return None;
    }
    Some(format!(
        "{}{}{}",
        &text[..start],
        inside.replace('\n', &margin),
        &text[end..]
    ))
}

fn parse_strictly(text: &str) -> Result<Parsed, DocumentError> {
    let mut reader = Reader {
        events: Parser::new_from_str(text),
        anchors: HashMap::new(),
        nodes: 0,
        at: String::new(),
        doubled: Vec::new(),
    };
    loop {
        match reader.next()? {
            (Event::StreamStart | Event::DocumentStart(_) | Event::Nothing, _) => {}
            (Event::StreamEnd | Event::DocumentEnd, range) => {
                return Err(reader.error("yaml-syntax", "the document is empty", range));
            }
            (event, range) => {
                let document = reader.node(event, range, 0)?;
                reader.end()?;
                return Ok(Parsed {
                    document,
                    doubled: reader.doubled,
                });
            }
        }
    }
}

struct Reader<'a> {
    events: Parser<'a, StrInput<'a>>,
    anchors: HashMap<usize, Json>,
    nodes: usize,
    /// JSON pointer of the node that is read.
    at: String,
    doubled: Vec<Doubled>,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Range), DocumentError> {
        match self.events.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => {
                let place = position(error.marker());
                let span = Span {
                    start: place,
                    end: place,
                };
                Err(DocumentError::new(
                    "yaml-syntax",
                    format!("no YAML: {}", error.info()),
                    self.at.as_str(),
                    span,
                )
                .with_hint("a template is YAML or JSON"))
            }
            None => Err(DocumentError::new(
                "yaml-syntax",
                "the document breaks off",
                self.at.as_str(),
                Span::default(),
            )),
        }
    }

    /// Reads to the end of the text: a document behind the first one must not be left out in silence.
    fn end(&mut self) -> Result<(), DocumentError> {
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(()),
                (Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing, _) => {}
                // A line of three dashes with nothing behind it.
                (Event::Scalar(text, ScalarStyle::Plain, ..), _)
                    if text.is_empty() || text == "~" => {}
                (_, range) => {
                    let message = "a second document stands here: a file is read as one";
                    let error = self.error("yaml-syntax", message, range);
                    return Err(error.with_hint("put each document into a file of its own"));
                }
            }
        }
    }

    fn error(&self, code: &'static str, message: impl Into<String>, range: Range) -> DocumentError {
        DocumentError::new(code, message, self.at.as_str(), span(range))
    }

    fn node(
        &mut self,
        event: Event<'a>,
        range: Range,
        depth: usize,
    ) -> Result<Json, DocumentError> {
        if depth > MAX_DEPTH {
            let message = format!("lists and mappings stand more than {MAX_DEPTH} deep");
            return Err(self.error("too-deep", message, range));
        }
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            let message = format!(
                "the document has more than {MAX_NODES} nodes, aliases counted as often as they are used"
            );
            return Err(self.error("too-large", message, range));
        }
        let (value, anchor, tag) = match event {
            Event::Alias(anchor) => {
                let Some(known) = self.anchors.get(&anchor).cloned() else {
                    return Err(self.error(
                        "yaml-alias",
                        "an alias stands inside the node that it names",
                        range,
                    ));
                };
                self.nodes += size(&known);
                if self.nodes > MAX_NODES || depth + height(&known) > MAX_DEPTH {
                    let message = format!(
                        "aliases make the document larger than {MAX_NODES} nodes or deeper than {MAX_DEPTH}"
                    );
                    return Err(self.error("too-large", message, range));
                }
                return Ok(Json {
                    value: known.value,
                    span: span(range),
                });
            }
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain && tag.is_none();
                (scalar(&text, plain), anchor, tag)
            }
            Event::SequenceStart(anchor, tag) => (self.sequence(depth)?, anchor, tag),
            Event::MappingStart(anchor, tag) => (self.mapping(depth)?, anchor, tag),
            other => {
                return Err(self.error("yaml-syntax", format!("unexpected {other:?}"), range));
            }
        };
        let json = Json {
            value,
            span: span(range),
        };
        let json = match tag {
            Some(tag) => long_form(&tag, json),
            None => json,
        };
        if anchor != 0 {
            self.anchors.insert(anchor, json.clone());
        }
        Ok(json)
    }

    fn sequence(&mut self, depth: usize) -> Result<JsonValue, DocumentError> {
        let mut items = Vec::new();
        loop {
            let (event, range) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok(JsonValue::Array(items));
            }
            let before = self.at.len();
            push_pointer(&mut self.at, &items.len().to_string());
            items.push(self.node(event, range, depth + 1)?);
            self.at.truncate(before);
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<JsonValue, DocumentError> {
        let mut members: Vec<Member> = Vec::new();
        let mut keys = std::collections::HashSet::new();
        let mut merged = Vec::new();
        loop {
            let (event, range) = self.next()?;
            let key = match event {
                Event::MappingEnd => break,
                Event::Scalar(text, ..) => text.into_owned(),
                _ => {
                    return Err(self
                        .error("yaml-key", "a key is no plain text", range)
                        .with_hint("CloudFormation takes functions in values only"));
                }
            };
            let before = self.at.len();
            push_pointer(&mut self.at, &key);
            let (event, value_range) = self.next()?;
            let value = self.node(event, value_range, depth + 1)?;
            if key == "<<" {
                merged.push(value);
            } else if keys.insert(key.clone()) {
                members.push(Member {
                    key: Spanned::new(key.into(), span(range)),
                    value,
                });
            } else {
                let line = u64::from(span(range).start.line);
                let at = self.at.clone();
                self.doubled.push(Doubled { at, line });
                if let Some(known) = members.iter_mut().find(|known| known.key.value == key) {
                    known.value = value;
                }
            }
            self.at.truncate(before);
        }
        // What is written stands before what is merged in.
        for value in merged {
            let values = match value.value {
                JsonValue::Array(values) => values,
                _ => vec![value],
            };
            for member in values.iter().filter_map(Json::as_object).flatten() {
                if keys.insert(member.name().to_owned()) {
                    members.push(member.clone());
                }
            }
        }
        Ok(JsonValue::Object(members))
    }
}

fn size(json: &Json) -> usize {
    match &json.value {
        JsonValue::Array(items) => items.iter().map(|item| 1 + size(item)).sum(),
        JsonValue::Object(members) => members.iter().map(|member| 1 + size(&member.value)).sum(),
        _ => 0,
    }
}

fn height(json: &Json) -> usize {
    let below = |heights: &mut dyn Iterator<Item = usize>| heights.max().map_or(1, |most| most + 1);
    match &json.value {
        JsonValue::Array(items) => below(&mut items.iter().map(height)),
        JsonValue::Object(members) => {
            below(&mut members.iter().map(|member| height(&member.value)))
        }
        _ => 0,
    }
}

/// A plain scalar is read by YAML's core schema as far as JSON knows its types; dates and versions stay texts.
fn scalar(text: &str, plain: bool) -> JsonValue {
    let number = |text: &str| {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, part) = digits
            .split_once('.')
            .map_or((digits, None), |(a, b)| (a, Some(b)));
        let all = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        all(whole) && (whole == "0" || !whole.starts_with('0')) && part.is_none_or(all)
    };
    match text {
        _ if !plain => JsonValue::String(text.to_owned().into()),
        "" | "~" | "null" | "Null" | "NULL" => JsonValue::Null,
        "true" | "True" | "TRUE" => JsonValue::Bool(true),
        "false" | "False" | "FALSE" => JsonValue::Bool(false),
        _ if number(text) => JsonValue::Number(text.to_owned().into()),
        _ => JsonValue::String(text.to_owned().into()),
    }
}

/// `!Ref x` is `{"Ref": x}`, `!Sub x` is `{"Fn::Sub": x}`; a tag of YAML itself says nothing here.
fn long_form(tag: &Tag, json: Json) -> Json {
    if tag.is_yaml_core_schema() || tag.suffix.is_empty() {
        return json;
    }
    let name = match tag.suffix.as_str() {
        name @ ("Ref" | "Condition") => name.to_owned(),
        name => format!("Fn::{name}"),
    };
    let span = json.span;
    let member = Member {
        key: Spanned::new(name.into(), span),
        value: json,
    };
    Json {
        value: JsonValue::Object(vec![member]),
        span,
    }
}

fn position(marker: &Marker) -> Position {
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Position {
        line: small(marker.line()),
        column: small(marker.col() + 1),
        offset: small(marker.index()),
    }
}

fn span(range: Range) -> Span {
    Span {
        start: position(&range.start),
        end: position(&range.end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Json, DocumentError> {
        parse(text).map(|parsed| parsed.document)
    }

    #[test]
    fn the_last_of_two_keys_counts_and_is_told() {
        let parsed = parse("a: 1\nb:\n  c: 1\n  c: 2\n").expect("it is YAML");
        assert_eq!(parsed.document.to_string(), r#"{"a":1,"b":{"c":2}}"#);
        let doubled: Vec<_> = parsed
            .doubled
            .iter()
            .map(|one| (one.at.as_str(), one.line))
            .collect();
        assert_eq!(doubled, [("/b/c", 4)]);
    }

    #[test]
    fn short_forms_become_long_ones() {
        let json = read(
            "A: !Sub '${B}-x'\nB: !GetAtt C.Arn\nC: [!Ref D, 2012-10-17, 007, 12, yes, true]\n",
        )
        .expect("it is YAML");
        assert_eq!(
            json.to_string(),
            r#"{"A":{"Fn::Sub":"${B}-x"},"B":{"Fn::GetAtt":"C.Arn"},"C":[{"Ref":"D"},"2012-10-17","007",12,"yes",true]}"#
        );
        assert_eq!(json.get("B").expect("it is there").span.start.line, 2);
    }

    #[test]
    fn aliases_are_copied_and_counted() {
        let json =
            read("a: &a [1, 2]\nb: *a\nc: &d {x: 1}\ne:\n  <<: *d\n  y: 2\n").expect("it is YAML");
        assert_eq!(
            json.to_string(),
            r#"{"a":[1,2],"b":[1,2],"c":{"x":1},"e":{"y":2,"x":1}}"#
        );
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for i in 1..12 {
            let list = vec![format!("*a{}", i - 1); 10].join(", ");
            bomb.push_str(&format!("a{i}: &a{i} [{list}]\n"));
        }
        assert_eq!(parse(&bomb).expect_err("it is a bomb").code(), "too-large");
    }

    #[test]
    fn quoted_texts_need_no_indentation() {
        let json = read("a:\n  b: 'x\n y''\nz'\n  c: \"p\nq\\\"\n\"\n").expect("it is YAML enough");
        assert_eq!(json.to_string(), r#"{"a":{"b":"x y' z","c":"p q\" "}}"#);
        assert_eq!(
            json.get("a")
                .and_then(|a| a.get("c"))
                .expect("it is there")
                .span
                .start
                .line,
            5
        );
    }

    #[test]
    fn what_is_no_yaml_is_an_error_with_its_place() {
        for (text, code) in [
            ("", "yaml-syntax"),
            ("a: [1, 2", "yaml-syntax"),
            ("? [1]\n: 2\n", "yaml-key"),
            ("a: &a [*a]\n", "yaml-alias"),
            ("a:\n\t- b\n", "yaml-syntax"),
        ] {
            assert_eq!(parse(text).expect_err(text).code(), code, "{text}");
        }
        let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
        assert!(parse(&deep).is_err());
        let nested: String = (0..400)
            .map(|at| format!("{}a:\n", " ".repeat(at)))
            .collect();
        assert_eq!(parse(&nested).expect_err("it is deep").code(), "too-deep");
    }
}
