//! JSON with places: a strict reader (RFC 8259) whose every node knows where it stood.
//!
//! A general JSON crate forgets places and lets a repeated key win silently; a policy document must do
//! neither (rule S2). The reader walks the bytes once. Line breaks can only stand between tokens, so a
//! line counter moved by the white space loop gives the place of any node at once, and the column in
//! characters needs no more than a count of the continuation bytes on the line. Recursion is bounded by
//! [`MAX_DEPTH`], so no input can exhaust the stack.
//!
//! ```
//! let json = keyaki_language::json::parse("{\n  \"a\": [1, true]\n}")?;
//! let list = json.get("a").expect("it was written");
//! assert_eq!((list.span.start.line, list.span.start.column), (2, 8));
//! assert_eq!(json.to_string(), r#"{"a":[1,true]}"#);
//! # Ok::<(), keyaki_language::DocumentError>(())
//! ```

use crate::DocumentError;
use crate::span::{Position, Span, Spanned};
use std::borrow::Cow;
use std::fmt;

/// How deep lists and objects may stand in each other.
pub const MAX_DEPTH: usize = 64;

/// How many bytes a text may have: 16 MiB.
pub const MAX_SIZE: usize = 16 << 20;

/// A JSON value and where it stood. Its strings are slices of the text that was read, as long as no escape stood in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Json<'t> {
    /// The value.
    pub value: JsonValue<'t>,
    /// Where it stood; all zero for a value that was never text.
    pub span: Span,
}

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonValue<'t> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as it was written.
    Number(Cow<'t, str>),
    /// A string, its escapes resolved.
    String(Cow<'t, str>),
    /// A list.
    Array(Vec<Json<'t>>),
    /// An object, its members in document order, no key twice.
    Object(Vec<Member<'t>>),
}

/// One member of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member<'t> {
    /// The key; its span includes the quotes.
    pub key: Spanned<Cow<'t, str>>,
    /// The value.
    pub value: Json<'t>,
}

impl Member<'_> {
    /// The key's text.
    pub fn name(&self) -> &str {
        &self.key.value
    }
}

impl<'t> From<JsonValue<'t>> for Json<'t> {
    fn from(value: JsonValue<'t>) -> Self {
        Self {
            value,
            span: Span::default(),
        }
    }
}

impl<'t> From<&'t str> for Json<'t> {
    fn from(text: &'t str) -> Self {
        JsonValue::String(text.into()).into()
    }
}

impl From<String> for Json<'_> {
    fn from(text: String) -> Self {
        JsonValue::String(text.into()).into()
    }
}

impl<'t> Json<'t> {
    /// An object of the given members, without places.
    ///
    /// The keys must differ; this is for writing, not for reading.
    pub fn object<K: Into<Cow<'t, str>>>(members: impl IntoIterator<Item = (K, Json<'t>)>) -> Self {
        let member = |(key, value): (K, Json<'t>)| Member {
            key: Spanned::new(key.into(), Span::default()),
            value,
        };
        JsonValue::Object(members.into_iter().map(member).collect()).into()
    }

    /// A list of the given values, without places.
    pub fn array(items: impl IntoIterator<Item = Json<'t>>) -> Self {
        JsonValue::Array(items.into_iter().collect()).into()
    }

    /// The same value with strings of its own, apart from the text that it was read from.
    pub fn into_owned(self) -> Json<'static> {
        let own = |text: Cow<'t, str>| Cow::Owned(text.into_owned());
        let value = match self.value {
            JsonValue::Null => JsonValue::Null,
            JsonValue::Bool(value) => JsonValue::Bool(value),
            JsonValue::Number(text) => JsonValue::Number(own(text)),
            JsonValue::String(text) => JsonValue::String(own(text)),
            JsonValue::Array(items) => {
                JsonValue::Array(items.into_iter().map(Json::into_owned).collect())
            }
            JsonValue::Object(members) => {
                let member = |Member { key, value }| Member {
                    key: Spanned::new(own(key.value), key.span),
                    value: value.into_owned(),
                };
                JsonValue::Object(members.into_iter().map(member).collect())
            }
        };
        Json {
            value,
            span: self.span,
        }
    }

    /// The value of a member; `None` also where this is no object.
    pub fn get(&self, key: &str) -> Option<&Json<'t>> {
        self.as_object()?
            .iter()
            .find(|m| m.key.value == key)
            .map(|m| &m.value)
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            JsonValue::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a `true` or `false`.
    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            JsonValue::Bool(b) => Some(b),
            _ => None,
        }
    }

    /// The number, which must be one without sign, point and superfluous zeros. `Err` is for people.
    pub fn as_index(&self) -> Result<usize, String> {
        let number = match &self.value {
            JsonValue::Number(text) => index(text),
            _ => None,
        };
        number.ok_or_else(|| format!("{} is no index", self.type_name()))
    }

    /// The items of a list.
    pub fn as_array(&self) -> Option<&[Json<'t>]> {
        match &self.value {
            JsonValue::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The members of an object, in document order.
    pub fn as_object(&self) -> Option<&[Member<'t>]> {
        match &self.value {
            JsonValue::Object(members) => Some(members),
            _ => None,
        }
    }

    /// Refuses an object with other members than these, and whatever is no object. `Err` is for people, as of all readers below.
    pub fn only(&self, names: &[&str]) -> Result<(), String> {
        let members = self
            .as_object()
            .ok_or_else(|| format!("{} stands where an object must", self.type_name()))?;
        let known = |member: &&Member| names.contains(&member.name());
        match members.iter().find(|member| !known(member)) {
            Some(member) => Err(format!("unknown member `{}`", member.key.value)),
            None => Ok(()),
        }
    }

    /// A member. `Err` is for people.
    pub fn need(&self, name: &str) -> Result<&Json<'t>, String> {
        self.get(name).ok_or_else(|| format!("`{name}` is missing"))
    }

    /// The text of a member that must be there.
    pub fn text_of(&self, name: &str) -> Result<&str, String> {
        let value = self.get(name).and_then(Json::as_str);
        value.ok_or_else(|| format!("`{name}` must be a string"))
    }

    /// The items of a member that must be there.
    pub fn list_of(&self, name: &str) -> Result<&[Json<'t>], String> {
        let value = self.get(name).and_then(Json::as_array);
        value.ok_or_else(|| format!("`{name}` must be a list"))
    }

    /// The items of a member, none where it is left out.
    pub fn list_or_none(&self, name: &str) -> Result<&[Json<'t>], String> {
        self.get(name).map_or(Ok(&[]), |_| self.list_of(name))
    }

    /// The texts of a member that is a list of strings, none where it is left out.
    pub fn strings_of(&self, name: &str) -> Result<Vec<String>, String> {
        let texts = self.list_or_none(name)?.iter().map(Json::as_str);
        let texts = texts.map(|text| text.map(str::to_owned)).collect();
        Option::ok_or_else(texts, || format!("`{name}` must be a list of strings"))
    }

    /// What kind of value this is, for messages: `a string`, `an object`, ….
    pub fn type_name(&self) -> &'static str {
        match self.value {
            JsonValue::Null => "null",
            JsonValue::Bool(_) => "a boolean",
            JsonValue::Number(_) => "a number",
            JsonValue::String(_) => "a string",
            JsonValue::Array(_) => "a list",
            JsonValue::Object(_) => "an object",
        }
    }

    /// Appends the value as JSON text without white space.
    pub fn write(&self, out: &mut String) {
        match &self.value {
            JsonValue::Null => out.push_str("null"),
            JsonValue::Bool(true) => out.push_str("true"),
            JsonValue::Bool(false) => out.push_str("false"),
            JsonValue::Number(raw) => out.push_str(raw),
            JsonValue::String(text) => write_string(out, text),
            JsonValue::Array(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            JsonValue::Object(members) => {
                out.push('{');
                for (i, member) in members.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    write_string(out, &member.key.value);
                    out.push(':');
                    member.value.write(out);
                }
                out.push('}');
            }
        }
    }
}

impl fmt::Display for Json<'_> {
    /// JSON text without white space; numbers as they were written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.write(&mut out);
        f.write_str(&out)
    }
}

/// A number in digits, without superfluous zeros.
pub fn index(text: &str) -> Option<usize> {
    text.parse().ok().filter(|n: &usize| n.to_string() == text)
}

/// Appends a text as a JSON string with its quotes. Only what must be escaped is.
pub fn write_string(out: &mut String, text: &str) {
    out.push('"');
    let mut plain = 0;
    for (i, byte) in text.bytes().enumerate() {
        if PLAIN[byte as usize] || byte >= 0x80 {
            continue;
        }
        out.push_str(&text[plain..i]);
        plain = i + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0x08 => out.push_str("\\b"),
            0x0c => out.push_str("\\f"),
            _ => out.push_str(&format!("\\u{byte:04x}")),
        }
    }
    out.push_str(&text[plain..]);
    out.push('"');
}

/// Reads one JSON text, white space around it allowed.
///
/// # Errors
///
/// `json-syntax`, `duplicate-key`, `lone-surrogate`, `too-deep` (more than [`MAX_DEPTH`]) and
/// `too-large` (more than [`MAX_SIZE`]), each with its place and the JSON pointer of the node.
pub fn parse(text: &str) -> Result<Json<'_>, DocumentError> {
    parse_at(text, "")
}

/// Reads one JSON text from bytes; a UTF-8 byte order mark before it is skipped.
///
/// # Errors
///
/// Those of [`parse`], and `invalid-utf8`.
pub fn parse_bytes(bytes: &[u8]) -> Result<Json<'_>, DocumentError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    check_size(bytes.len(), MAX_SIZE, "")?;
    parse(utf8(bytes)?)
}

/// Reads a text whose root has the JSON pointer `at`: a document inside a string of another one.
pub(crate) fn parse_at<'t>(text: &'t str, at: &str) -> Result<Json<'t>, DocumentError> {
    check_size(text.len(), MAX_SIZE, at)?;
    let mut parser = Parser::new(text);
    parser.document().map_err(|fault| fault.into_error(at))
}

/// Reads one JSON text as [`parse_bytes`] does, under other bounds: for whole files that hold many documents.
///
/// # Errors
///
/// Those of [`parse_bytes`].
pub fn parse_bytes_within(
    bytes: &[u8],
    max_size: usize,
    max_depth: usize,
) -> Result<Json<'_>, DocumentError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    check_size(bytes.len(), max_size, "")?;
    let mut parser = Parser::new(utf8(bytes)?);
    parser.max_depth = max_depth;
    parser.document().map_err(|fault| fault.into_error(""))
}

fn utf8(bytes: &[u8]) -> Result<&str, DocumentError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let place = place_of(bytes, error.valid_up_to());
        DocumentError::new(
            "invalid-utf8",
            format!("byte {} is not UTF-8", place.offset),
            "",
            Span {
                start: place,
                end: place,
            },
        )
        .with_hint("save the file as UTF-8")
    })
}

/// Appends one step to a JSON pointer, escaped as RFC 6901 says.
pub fn push_pointer(out: &mut String, step: &str) {
    out.push('/');
    if !step.contains(['~', '/']) {
        out.push_str(step);
        return;
    }
    for c in step.chars() {
        match c {
            '~' => out.push_str("~0"),
            '/' => out.push_str("~1"),
            _ => out.push(c),
        }
    }
}

fn check_size(size: usize, limit: usize, at: &str) -> Result<(), DocumentError> {
    if size <= limit {
        return Ok(());
    }
    Err(DocumentError::new(
        "too-large",
        format!("the text has {size} bytes, the limit is {limit}"),
        at,
        Span::default(),
    ))
}

/// The place of a byte, counted from the beginning: for errors only.
fn place_of(bytes: &[u8], offset: usize) -> Position {
    let before = &bytes[..offset];
    let line_start = before
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(0, |i| i + 1);
    let line = 1 + before.iter().filter(|b| **b == b'\n').count();
    let column = 1 + before[line_start..]
        .iter()
        .filter(|b| !is_continuation(**b))
        .count();
    Position {
        line: line as u32,
        column: column as u32,
        offset: offset as u32,
    }
}

fn is_continuation(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

/// The bytes that stand for themselves in a string: ASCII without controls, `"` and `\`.
const PLAIN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0x20;
    while byte < 0x80 {
        table[byte] = byte != b'"' as usize && byte != b'\\' as usize;
        byte += 1;
    }
    table
};

/// How many of the first bytes stand for themselves in a string.
fn plain_run(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * ONES;
    let (words, _) = bytes.as_chunks::<8>();
    for (i, word) in words.iter().enumerate() {
        // Eight bytes at once. A byte below a bound borrows when the bound is taken off, which sets its high
        // bit; a borrow can only disturb bytes after a first hit, so the lowest set bit is right.
        let word = u64::from_le_bytes(*word);
        let below = |word: u64, bound: u64| word.wrapping_sub(bound * ONES) & !word;
        let is = |byte: u8| below(word ^ (u64::from(byte) * ONES), 1);
        let special = (below(word, 0x20) | is(b'"') | is(b'\\') | word) & HIGH;
        if special != 0 {
            return 8 * i + (special.trailing_zeros() / 8) as usize;
        }
    }
    let rest = 8 * words.len();
    let tail = bytes[rest..].iter().position(|byte| !PLAIN[*byte as usize]);
    tail.map_or(bytes.len(), |tail| rest + tail)
}

/// An error on its way out; each level adds its step of the pointer.
struct Fault {
    code: &'static str,
    message: String,
    hint: Option<&'static str>,
    span: Span,
    /// Innermost step first.
    steps: Vec<String>,
}

impl Fault {
    fn into_error(self, at: &str) -> DocumentError {
        let mut pointer = at.to_owned();
        for step in self.steps.iter().rev() {
            push_pointer(&mut pointer, step);
        }
        let error = DocumentError::new(self.code, self.message, pointer, self.span);
        match self.hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    }

    fn under(mut self: Box<Self>, step: impl Into<String>) -> Box<Self> {
        self.steps.push(step.into());
        self
    }
}

type Parsed<T> = Result<T, Box<Fault>>;

/// The reader: a cursor over the bytes of a text.
struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    line: u32,
    /// Where the line began, moved on by one for each continuation byte on it, so that the column in
    /// characters is a difference.
    line_start: usize,
    depth: usize,
    /// Items and members that were read, of all lists and objects that are open: each is made at once when it closes.
    items: Vec<Json<'a>>,
    members: Vec<Member<'a>>,
    max_depth: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
            line: 1,
            line_start: 0,
            depth: 0,
            items: Vec::new(),
            members: Vec::new(),
            max_depth: MAX_DEPTH,
        }
    }

    fn document(&mut self) -> Parsed<Json<'a>> {
        self.skip_space();
        if self.at == self.bytes.len() {
            return Err(self.syntax("the text is empty", None));
        }
        let json = self.value()?;
        self.skip_space();
        if self.at < self.bytes.len() {
            let found = self.found();
            return Err(self.syntax(
                format!("{found} after the end of the document"),
                Some("a document is one JSON value"),
            ));
        }
        Ok(json)
    }

    fn value(&mut self) -> Parsed<Json<'a>> {
        let start = self.position();
        let value = match self.bytes.get(self.at) {
            Some(b'"') => JsonValue::String(self.string()?),
            Some(b'{') => self.nested(start, Self::object)?,
            Some(b'[') => self.nested(start, Self::array)?,
            Some(b'-' | b'0'..=b'9') => JsonValue::Number(self.number()?),
            Some(b't') if self.eat("true") => JsonValue::Bool(true),
            Some(b'f') if self.eat("false") => JsonValue::Bool(false),
            Some(b'n') if self.eat("null") => JsonValue::Null,
            _ => {
                let found = self.found();
                return Err(self.syntax(
                    format!("expected a value, found {found}"),
                    self.value_hint(),
                ));
            }
        };
        Ok(Json {
            value,
            span: Span {
                start,
                end: self.position(),
            },
        })
    }

    fn nested(
        &mut self,
        start: Position,
        read: fn(&mut Self) -> Parsed<JsonValue<'a>>,
    ) -> Parsed<JsonValue<'a>> {
        if self.depth == self.max_depth {
            let message = format!("lists and objects stand more than {} deep", self.max_depth);
            let end = Position {
                column: start.column + 1,
                offset: start.offset + 1,
                ..start
            };
            return Err(self.fault("too-deep", message, None, Span { start, end }));
        }
        self.depth += 1;
        self.at += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn object(&mut self) -> Parsed<JsonValue<'a>> {
        let first = self.members.len();
        self.skip_space();
        if self.eat("}") {
            return Ok(JsonValue::Object(Vec::new()));
        }
        loop {
            let start = self.position();
            if self.bytes.get(self.at) != Some(&b'"') {
                let found = self.found();
                let hint = match self.bytes.get(self.at) {
                    Some(b'}') => Some("remove the comma before it"),
                    Some(b'/' | b'#') => Some("JSON has no comments"),
                    Some(_) => Some("a key stands in double quotes"),
                    None => Some("a `}` is missing"),
                };
                return Err(self.syntax(format!("expected a key, found {found}"), hint));
            }
            let key = Spanned::new(
                self.string()?,
                Span {
                    start,
                    end: self.position(),
                },
            );
            self.skip_space();
            if !self.eat(":") {
                let found = self.found();
                let message = format!("expected `:` after the key `{}`, found {found}", key.value);
                return Err(self.syntax(message, None).under(key.value));
            }
            self.skip_space();
            let value = match self.value() {
                Ok(value) => value,
                Err(fault) => return Err(fault.under(key.value)),
            };
            self.members.push(Member { key, value });
            self.skip_space();
            if self.eat("}") {
                break;
            }
            self.comma("}")?;
        }
        let mut members: Vec<Member> = self.members.drain(first..).collect();
        match first_duplicate(&members) {
            None => Ok(JsonValue::Object(members)),
            Some(i) => {
                let key = members.swap_remove(i).key;
                let message = format!("the key `{}` stands twice in one object", key.value);
                let hint = Some("join the two members into one, or remove one");
                Err(self
                    .fault("duplicate-key", message, hint, key.span)
                    .under(key.value))
            }
        }
    }

    fn array(&mut self) -> Parsed<JsonValue<'a>> {
        let first = self.items.len();
        self.skip_space();
        if self.eat("]") {
            return Ok(JsonValue::Array(Vec::new()));
        }
        loop {
            match self.value() {
                Ok(item) => self.items.push(item),
                Err(fault) => return Err(fault.under((self.items.len() - first).to_string())),
            }
            self.skip_space();
            if self.eat("]") {
                return Ok(JsonValue::Array(self.items.drain(first..).collect()));
            }
            self.comma("]")?;
        }
    }

    /// The comma between two members or items; `close` is what else could stand there.
    fn comma(&mut self, close: &str) -> Parsed<()> {
        if !self.eat(",") {
            let found = self.found();
            let hint = match self.bytes.get(self.at) {
                None => "it is not closed",
                Some(b'/' | b'#') => "JSON has no comments",
                Some(_) => "a comma is missing",
            };
            return Err(self.syntax(
                format!("expected `,` or `{close}`, found {found}"),
                Some(hint),
            ));
        }
        self.skip_space();
        Ok(())
    }

    /// Reads a string; the cursor stands on its opening quote.
    fn string(&mut self) -> Parsed<Cow<'a, str>> {
        self.at += 1;
        let mut plain = self.at;
        // Stays empty, and unallocated, for the string without escapes, which is nearly every one.
        let mut resolved = String::new();
        loop {
            self.at += plain_run(&self.bytes[self.at..]);
            match self.bytes.get(self.at) {
                Some(b'"') => {
                    let tail = &self.text[plain..self.at];
                    self.at += 1;
                    if resolved.is_empty() {
                        return Ok(Cow::Borrowed(tail));
                    }
                    resolved.push_str(tail);
                    return Ok(Cow::Owned(resolved));
                }
                Some(b'\\') => {
                    resolved.push_str(&self.text[plain..self.at]);
                    resolved.push(self.escape()?);
                    plain = self.at;
                }
                Some(byte) if *byte >= 0x80 => {
                    self.line_start += usize::from(is_continuation(*byte));
                    self.at += 1;
                }
                Some(byte) => {
                    let message = match byte {
                        b'\n' | b'\r' => "the string does not end on its line".to_owned(),
                        b'\t' => "a tab stands in a string".to_owned(),
                        _ => format!("the control character U+{byte:04X} stands in a string"),
                    };
                    let hint = match byte {
                        b'\n' | b'\r' => {
                            "close it with `\"`; a line break in a string is written `\\n`"
                        }
                        b'\t' => "write it as `\\t`",
                        _ => "write it as `\\u` and four hexadecimal digits",
                    };
                    return Err(self.syntax(message, Some(hint)));
                }
                None => {
                    return Err(self.syntax("the string is not closed", Some("close it with `\"`")));
                }
            }
        }
    }

    /// Reads an escape; the cursor stands on its backslash.
    fn escape(&mut self) -> Parsed<char> {
        let start = self.position();
        self.at += 2;
        Ok(match self.bytes.get(self.at - 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(start),
            _ => {
                self.at -= 1;
                let found = self.found();
                self.at -= 1;
                return Err(self.syntax(
                    format!("`\\` is followed by {found}"),
                    Some("a backslash itself is written `\\\\`"),
                ));
            }
        })
    }

    /// The rest of `\u`: four hexadecimal digits, or a surrogate pair of two such escapes.
    fn unicode_escape(&mut self, start: Position) -> Parsed<char> {
        let first = self.hex()?;
        let scalar = match first {
            0xd800..=0xdbff if self.eat("\\u") => {
                let second = self.hex()?;
                if (0xdc00..=0xdfff).contains(&second) {
                    char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00))
                } else {
                    None
                }
            }
            _ => char::from_u32(first),
        };
        scalar.ok_or_else(|| {
            let message = format!("`\\u{first:04x}` is half of a surrogate pair");
            let hint = Some("write the other half beside it, or the character itself");
            self.fault(
                "lone-surrogate",
                message,
                hint,
                Span {
                    start,
                    end: self.position(),
                },
            )
        })
    }

    fn hex(&mut self) -> Parsed<u32> {
        let digits = self.bytes.get(self.at..self.at + 4).unwrap_or_default();
        if digits.len() < 4 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(self.syntax("`\\u` needs four hexadecimal digits", None));
        }
        self.at += 4;
        Ok(digits.iter().fold(0, |sum, d| {
            sum * 16 + char::from(*d).to_digit(16).unwrap_or(0)
        }))
    }

    fn number(&mut self) -> Parsed<Cow<'a, str>> {
        let start = self.at;
        self.eat("-");
        let whole = self.digits();
        let leading_zero = whole > 1 && self.bytes[self.at - whole] == b'0';
        if leading_zero {
            self.at = start;
            return Err(self.syntax(
                "a number begins with a superfluous zero",
                Some("write it as a string"),
            ));
        }
        let mut complete = whole > 0;
        if complete && self.eat(".") {
            complete = self.digits() > 0;
        }
        if complete && (self.eat("e") || self.eat("E")) {
            let _sign = self.eat("+") || self.eat("-");
            complete = self.digits() > 0;
        }
        if !complete {
            let found = self.found();
            return Err(self.syntax(format!("expected a digit, found {found}"), None));
        }
        Ok(Cow::Borrowed(&self.text[start..self.at]))
    }

    /// Moves over digits and tells how many.
    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.bytes.get(self.at), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.bytes[self.at..].starts_with(token.as_bytes());
        if found {
            self.at += token.len();
        }
        found
    }

    fn skip_space(&mut self) {
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\n' => {
                    self.at += 1;
                    self.line += 1;
                    self.line_start = self.at;
                }
                _ => return,
            }
        }
    }

    fn position(&self) -> Position {
        Position {
            line: self.line,
            column: (self.at - self.line_start) as u32 + 1,
            offset: self.at as u32,
        }
    }

    /// What stands at the cursor, for messages.
    fn found(&self) -> String {
        match self
            .text
            .get(self.at..)
            .and_then(|rest| rest.chars().next())
        {
            Some(c) if c.is_control() => format!("U+{:04X}", u32::from(c)),
            Some(c) => format!("`{c}`"),
            None => "the end of the text".to_owned(),
        }
    }

    fn value_hint(&self) -> Option<&'static str> {
        let rest = &self.bytes[self.at..];
        match rest.first() {
            Some(b'\'') => Some("a string stands in double quotes"),
            Some(b'}' | b']') => Some("remove the comma before it, or write the missing value"),
            Some(b'/' | b'#') => Some("JSON has no comments"),
            Some(b'T' | b'F' | b'N') => {
                Some("`true`, `false` and `null` are written in lower case")
            }
            Some(b'+' | b'.') => Some("a number begins with a digit or `-`"),
            Some(byte) if byte.is_ascii_alphabetic() => Some("a string stands in double quotes"),
            _ => None,
        }
    }

    fn syntax(&self, message: impl Into<String>, hint: Option<&'static str>) -> Box<Fault> {
        let place = self.position();
        self.fault(
            "json-syntax",
            message,
            hint,
            Span {
                start: place,
                end: place,
            },
        )
    }

    #[cold]
    fn fault(
        &self,
        code: &'static str,
        message: impl Into<String>,
        hint: Option<&'static str>,
        span: Span,
    ) -> Box<Fault> {
        Box::new(Fault {
            code,
            message: message.into(),
            hint,
            span,
            steps: Vec::new(),
        })
    }
}

/// The first member whose key stood before it.
fn first_duplicate(members: &[Member]) -> Option<usize> {
    // Comparing all pairs is quickest for the objects of a policy, sorting is safe for any.
    if members.len() <= 16 {
        return (1..members.len()).find(|i| {
            members[..*i]
                .iter()
                .any(|m| m.key.value == members[*i].key.value)
        });
    }
    let mut order: Vec<usize> = (0..members.len()).collect();
    order.sort_by(|a, b| {
        members[*a]
            .key
            .value
            .cmp(&members[*b].key.value)
            .then(a.cmp(b))
    });
    order
        .windows(2)
        .filter(|pair| members[pair[0]].key.value == members[pair[1]].key.value)
        .map(|pair| pair[1])
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Code, pointer, line, column and offset of the error that a text gives.
    fn fault(text: &str) -> (&'static str, String, u32, u32, u32) {
        let error = parse(text).expect_err(text);
        let start = error.span().start;
        (
            error.code(),
            error.at().to_owned(),
            start.line,
            start.column,
            start.offset,
        )
    }

    fn syntax(text: &str, at: &str, line: u32, column: u32) {
        let (code, pointer, found_line, found_column, _) = fault(text);
        assert_eq!((code, pointer.as_str()), ("json-syntax", at), "{text}");
        assert_eq!((found_line, found_column), (line, column), "{text}");
    }

    #[test]
    fn every_kind_of_value_is_read_and_written() {
        let text = r#"{"a":[null,true,false,-0.5e+3,"x"],"b":{},"c":[]}"#;
        let json = parse(text).unwrap();
        assert_eq!(json.to_string(), text);
        let kinds: Vec<_> = json
            .get("a")
            .unwrap()
            .as_array()
            .unwrap()
            .iter()
            .map(Json::type_name)
            .collect();
        assert_eq!(
            kinds,
            ["null", "a boolean", "a boolean", "a number", "a string"]
        );
        assert_eq!(
            (json.type_name(), json.get("c").unwrap().type_name()),
            ("an object", "a list")
        );
        assert_eq!(
            json.get("a").unwrap().as_array().unwrap()[1].as_bool(),
            Some(true)
        );
        assert_eq!(json.get("z"), None);
        assert_eq!(json.as_str(), None);
    }

    #[test]
    fn places_count_characters_and_bytes() {
        let json = parse("{\r\n  \"é😀\": \"ü\", \"b\": 12\n}").unwrap();
        let members = json.as_object().unwrap();
        let key = members[0].key.span;
        assert_eq!(
            key.start,
            Position {
                line: 2,
                column: 3,
                offset: 5
            }
        );
        assert_eq!(
            key.end,
            Position {
                line: 2,
                column: 7,
                offset: 13
            }
        );
        let value = members[1].value.span;
        assert_eq!(
            value.start,
            Position {
                line: 2,
                column: 19,
                offset: 26
            }
        );
        assert_eq!(
            value.end,
            Position {
                line: 2,
                column: 21,
                offset: 28
            }
        );
        assert_eq!(
            json.span.end,
            Position {
                line: 3,
                column: 2,
                offset: 30
            }
        );
    }

    #[test]
    fn escapes_are_resolved() {
        let json = parse(r#""a\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00z""#).unwrap();
        assert_eq!(json.as_str(), Some("a\"\\/\u{8}\u{c}\n\r\té😀z"));
    }

    #[test]
    fn a_run_ends_at_the_first_byte_that_is_not_plain() {
        for length in 0..20 {
            for at in 0..length {
                for byte in 0..=255 {
                    let mut bytes = vec![b' '; length];
                    bytes[at] = byte;
                    let expected = if PLAIN[byte as usize] { length } else { at };
                    assert_eq!(plain_run(&bytes), expected, "{byte} at {at} of {length}");
                }
            }
        }
    }

    #[test]
    fn strings_survive_writing_and_reading() {
        let text: String = (0..0x250)
            .filter_map(char::from_u32)
            .chain("\u{2028}😀\u{10ffff}".chars())
            .collect();
        let mut out = String::new();
        write_string(&mut out, &text);
        assert_eq!(parse(&out).unwrap().as_str(), Some(text.as_str()));
        assert!(out.starts_with(r#""\u0000\u0001"#));
        assert!(out.contains(r"\u0007\b\t\n\u000b\f\r\u000e"));
    }

    #[test]
    fn s2_syntax_errors_name_their_place() {
        syntax("", "", 1, 1);
        syntax(" \n ", "", 2, 2);
        syntax("{} x", "", 1, 4);
        syntax("[1,]", "/1", 1, 4);
        syntax("[1 2]", "", 1, 4);
        syntax("[1", "", 1, 3);
        syntax("{\"a\":1,}", "", 1, 8);
        syntax("{\"a\" 1}", "/a", 1, 6);
        syntax("{a:1}", "", 1, 2);
        syntax("{\"a\":1 \"b\":2}", "", 1, 8);
        syntax("{", "", 1, 2);
        syntax("{\"a\": {\"b/c~\": [0, tru]}}", "/a/b~1c~0/1", 1, 20);
        syntax("'a'", "", 1, 1);
        syntax("// x", "", 1, 1);
        syntax("True", "", 1, 1);
        syntax("\u{feff}{}", "", 1, 1);
        syntax("[\n\"é\", nan]", "/1", 2, 6);
    }

    #[test]
    fn s2_numbers_have_the_grammar_of_the_rfc() {
        for good in ["0", "-0", "10", "1.5", "1e9", "1E-9", "-12.50e+07"] {
            assert_eq!(parse(good).unwrap().to_string(), good);
        }
        for (bad, column) in [
            ("01", 1),
            ("-01", 1),
            ("-", 2),
            ("1.", 3),
            ("1e", 3),
            ("1e+", 4),
            (".5", 1),
            ("+1", 1),
            ("1.e5", 3),
        ] {
            syntax(bad, "", 1, column);
        }
    }

    #[test]
    fn s2_strings_are_closed_and_hold_no_controls() {
        syntax("[\"ab", "/0", 1, 5);
        syntax("\"a\nb\"", "", 1, 3);
        syntax("\"a\tb\"", "", 1, 3);
        syntax("\"a\u{1}\"", "", 1, 3);
        syntax(r#""\x""#, "", 1, 2);
        syntax("\"\\é\"", "", 1, 2);
        syntax("\"\\", "", 1, 2);
        syntax(r#""\u12g4""#, "", 1, 4);
        syntax(r#""\u12"#, "", 1, 4);
    }

    #[test]
    fn s2_a_lone_surrogate_is_an_error() {
        for text in [
            r#""\ud800""#,
            r#""\udc00""#,
            r#""\ud800\u0041""#,
            r#""\ud800x""#,
        ] {
            assert_eq!(
                fault(text),
                ("lone-surrogate", String::new(), 1, 2, 1),
                "{text}"
            );
        }
    }

    #[test]
    fn s2_duplicate_key_is_an_error() {
        let text = "{\"x\": {\n \"a\": 1, \"b\": 2,\n \"\\u0061\": 3}}";
        assert_eq!(fault(text), ("duplicate-key", "/x/a".to_owned(), 3, 2, 26));
        let error = parse(text).unwrap_err();
        assert_eq!(error.message(), "the key `a` stands twice in one object");
        assert!(error.hint().is_some());
    }

    #[test]
    fn s2_duplicate_key_is_found_in_large_objects() {
        let many: Vec<String> = (0..1000).map(|i| format!("\"k{i}\":0")).collect();
        assert!(parse(&format!("{{{}}}", many.join(","))).is_ok());
        let text = format!("{{{},\"k7\":0,\"k3\":0}}", many.join(","));
        let (code, at, ..) = fault(&text);
        assert_eq!((code, at.as_str()), ("duplicate-key", "/k7"));
    }

    #[test]
    fn depth_is_limited_and_the_stack_safe() {
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(parse(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(
            fault(&nested(MAX_DEPTH + 1)),
            ("too-deep", "/0".repeat(MAX_DEPTH), 1, 65, 64)
        );
        assert_eq!(fault(&"[".repeat(10_000)).0, "too-deep");
        assert_eq!(fault(&"{\"a\":".repeat(10_000)).0, "too-deep");
        // Side by side is not deep.
        assert!(parse(&format!("[{}[]]", "[],".repeat(1000))).is_ok());
    }

    #[test]
    fn size_is_limited() {
        let fitting = " ".repeat(MAX_SIZE - 2) + "{}";
        assert!(parse(&fitting).is_ok());
        assert_eq!(fault(&(fitting + " ")).0, "too-large");
        assert_eq!(
            parse_bytes(&vec![b' '; MAX_SIZE + 1]).unwrap_err().code(),
            "too-large"
        );
    }

    #[test]
    fn bytes_are_utf8_with_or_without_a_mark() {
        assert_eq!(
            parse_bytes(b"\xef\xbb\xbf[1]").unwrap(),
            parse("[1]").unwrap()
        );
        let error = parse_bytes(b"[\n\"\xc3\xa9\xff\"]").unwrap_err();
        assert_eq!(error.code(), "invalid-utf8");
        assert_eq!(
            error.span().start,
            Position {
                line: 2,
                column: 3,
                offset: 5
            }
        );
    }

    #[test]
    fn no_cut_or_changed_text_panics() {
        let text = r#"{"a":[1.5e3,"é\u00e9\ud83d\ude00",{"b":null}],"c":true}"#;
        for (cut, _) in text.char_indices().skip(1) {
            assert!(parse(&text[..cut]).is_err(), "{}", &text[..cut]);
        }
        for at in 0..text.len() {
            for byte in [b'"', b'\\', b'{', b']', b',', b'0', 0x80, 0xff] {
                let mut bytes = text.as_bytes().to_vec();
                bytes[at] = byte;
                if let Ok(json) = parse_bytes(&bytes) {
                    assert_eq!(
                        parse(&json.to_string()).unwrap().to_string(),
                        json.to_string()
                    );
                }
            }
        }
    }
}
