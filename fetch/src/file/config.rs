//! AWS Config: configuration snapshots as they are delivered, and what aggregators answer, streamed.
//!
//! An export is one object of hundreds of megabytes. [`Items`] cuts its list into items without reading them: it knows
//! strings from the rest and counts brackets. An item becomes a record when its turn comes, on any thread
//! ([`configuration_item`]), and most become nothing, since their type grants nobody anything.
//! (AWS Config Developer Guide, "Example configuration snapshot", "Querying the current configuration state".)

use super::decode::decoded;
use super::draft::{self, Draft, Sheet, Type, type_of};
use super::kinds::{self, Carrier};
use super::names::tail;
use super::s3;
use super::tree::{self as json, Json, JsonValue};
use crate::snapshot::{LONGEST_LINE, Line, Place, RecordError, Spot, Subject};
use keyaki_language::policy::AccountId;
use memchr::{memchr_iter, memchr2, memmem};
use std::io::BufRead;
use std::sync::Arc;

/// The lists that hold items.
const LISTS: [&str; 3] = ["configurationItems", "baseConfigurationItems", "Results"];

/// Tells an export by its first bytes.
pub(super) fn is_it(window: &[u8]) -> bool {
    let keys = keys(window, if window.starts_with(b"[") { 2 } else { 1 });
    let has = |name: &str| keys.iter().any(|key| key == name.as_bytes());
    let is_item = has("resourceType")
        && !has("resourceArn")
        && [
            "configuration",
            "supplementaryConfiguration",
            "awsRegion",
            "configurationItemStatus",
        ]
        .iter()
        .any(|name| has(name));
    is_item || LISTS.iter().any(|name| has(name)) || has("configSnapshotId")
}

/// The keys that stand at this depth, as far as the window goes and until that depth is left.
fn keys(window: &[u8], depth: usize) -> Vec<Vec<u8>> {
    let (mut out, mut deep, mut at) = (Vec::new(), 0_usize, 0);
    while at < window.len() {
        match window[at] {
            b'{' | b'[' => deep += 1,
            b'}' | b']' => {
                deep = deep.saturating_sub(1);
                if deep + 1 == depth {
                    break;
                }
            }
            b'"' => {
                let end = string_end(window, at + 1);
                let Some(end) = end else { break };
                let rest = window[end..].trim_ascii_start();
                if deep == depth && rest.first() == Some(&b':') {
                    out.push(window[at + 1..end - 1].to_vec());
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    out
}

/// Behind the quote that ends the string whose text begins here.
fn string_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let found = at + memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[found] == b'"' {
            return Some(found + 1);
        }
        at = found + 2;
    }
}

/// The items of a stream, not read yet.
pub(super) fn items<'a>(
    name: &str,
    mut reader: impl BufRead + Send + 'a,
) -> impl Iterator<Item = Result<Line, RecordError>> + Send + 'a {
    // One item a line, without a list around them.
    let are_lines = reader.fill_buf().is_ok_and(|window| {
        keys(window.trim_ascii_start(), 1)
            .iter()
            .any(|key| key == b"resourceType")
    });
    Items {
        reader: Box::new(reader),
        file: name.into(),
        line: 1,
        deep: 0,
        state: State::Outside,
        list: are_lines.then_some(0),
        key: Vec::new(),
        item: None,
        seen: 0,
        ended: false,
    }
}

/// Where in the text the reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Outside,
    Inside,
    /// Behind a backslash in a string.
    Escaped,
}

/// An item that is being copied.
struct Item {
    line: u64,
    /// The depth that it stands at: its end brings the reader back there.
    deep: usize,
    bytes: Vec<u8>,
    too_long: bool,
}

/// A stream of items.
struct Items<'a> {
    reader: Box<dyn BufRead + Send + 'a>,
    file: Arc<str>,
    line: u64,
    deep: usize,
    state: State,
    /// The depth of the list whose items are handed out.
    list: Option<usize>,
    /// The last string that stood outside of items.
    key: Vec<u8>,
    item: Option<Item>,
    seen: u64,
    ended: bool,
}

impl Iterator for Items<'_> {
    type Item = Result<Line, RecordError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            let chunk = match self.reader.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    self.ended = true;
                    return Some(Err(
                        RecordError::unreadable(&error).standing_at(self.place(self.line))
                    ));
                }
            };
            if chunk.is_empty() {
                self.ended = true;
                return self.last();
            }
            // The chunk is the reader's, so what it says is noted apart from what stands in `self`.
            let mut cut = Cut {
                line: self.line,
                deep: self.deep,
                state: self.state,
                list: self.list,
                seen: self.seen,
            };
            let (used, made) = cut.walk(chunk, &mut self.key, &mut self.item);
            (self.line, self.deep, self.state, self.list, self.seen) =
                (cut.line, cut.deep, cut.state, cut.list, cut.seen);
            self.reader.consume(used);
            if let Some(item) = made {
                let place = self.place(item.line);
                return Some(if item.too_long {
                    Err(RecordError::too_long(LONGEST_LINE).standing_at(place))
                } else {
                    Ok(Line::configuration_item(place, item.bytes))
                });
            }
        }
        None
    }
}

impl Items<'_> {
    fn place(&self, line: u64) -> Place {
        Place {
            file: self.file.clone(),
            line,
        }
    }

    /// What is to be said at the end.
    fn last(&mut self) -> Option<Result<Line, RecordError>> {
        let broken = self.item.is_some() || self.deep > 0 || self.state != State::Outside;
        let error = |code, message: &str, hint| {
            Some(Err(RecordError::in_file(
                self.place(self.line),
                code,
                message,
                Some(hint),
                Subject::default(),
            )))
        };
        if broken {
            error(
                "record-truncated",
                "the export breaks off",
                "the file was cut off; export again",
            )
        } else if self.seen == 0 && self.list.is_none() {
            error(
                "no-items",
                "the export has no list of items",
                "an export has `configurationItems` or `Results`",
            )
        } else {
            None
        }
    }
}

/// The state of an [`Items`] while it walks a chunk.
struct Cut {
    line: u64,
    deep: usize,
    state: State,
    list: Option<usize>,
    seen: u64,
}

impl Cut {
    /// Walks on, to the end of an item at most: how many bytes were used, and the item.
    fn walk(
        &mut self,
        chunk: &[u8],
        key: &mut Vec<u8>,
        item: &mut Option<Item>,
    ) -> (usize, Option<Item>) {
        let mut at = 0;
        // What stands from here on belongs to the item, if there is one.
        let mut from = 0;
        while at < chunk.len() {
            match self.state {
                State::Escaped => {
                    self.state = State::Inside;
                    at += 1;
                }
                State::Inside => {
                    let end =
                        memchr2(b'"', b'\\', &chunk[at..]).map_or(chunk.len(), |end| at + end);
                    if item.is_none() && key.len() < 64 {
                        key.extend_from_slice(&chunk[at..end.min(at + 64)]);
                    }
                    at = (end + 1).min(chunk.len());
                    match chunk.get(end) {
                        Some(b'"') => {
                            self.state = State::Outside;
                            // An answer of an aggregator is a string that holds an item.
                            if item.as_ref().is_some_and(|item| item.deep == self.deep) {
                                return (at, self.finish(chunk, from, at, item));
                            }
                        }
                        Some(_) => self.state = State::Escaped,
                        None => {}
                    }
                }
                State::Outside => {
                    let byte = chunk[at];
                    match byte {
                        b'"' => {
                            self.state = State::Inside;
                            if item.is_none() {
                                if self.list == Some(self.deep) {
                                    *item = Some(self.begin());
                                    from = at;
                                } else {
                                    key.clear();
                                }
                            }
                        }
                        b'{' | b'[' => {
                            let is_item = byte == b'{' && self.list == Some(self.deep);
                            if item.is_none() && is_item {
                                *item = Some(self.begin());
                                from = at;
                            }
                            self.deep += 1;
                            let is_list =
                                LISTS.iter().any(|name| name.as_bytes() == key.as_slice());
                            if byte == b'['
                                && item.is_none()
                                && self.list.is_none()
                                && (self.deep == 1 || (is_list && self.deep == 2))
                            {
                                self.list = Some(self.deep);
                            }
                        }
                        b'}' | b']' => {
                            self.deep = self.deep.saturating_sub(1);
                            if self.list.is_some_and(|list| self.deep < list) {
                                // Further documents may follow.
                                self.list = None;
                                self.seen = self.seen.max(1);
                                key.clear();
                            }
                            if item.as_ref().is_some_and(|item| item.deep == self.deep) {
                                at += 1;
                                return (at, self.finish(chunk, from, at, item));
                            }
                        }
                        b'\n' => self.line += 1,
                        _ => {}
                    }
                    at += 1;
                }
            }
        }
        if let Some(item) = item {
            self.copy(&chunk[from..], item);
        }
        (at, None)
    }

    fn begin(&mut self) -> Item {
        self.seen += 1;
        Item {
            line: self.line,
            deep: self.deep,
            bytes: Vec::new(),
            too_long: false,
        }
    }

    fn copy(&mut self, bytes: &[u8], item: &mut Item) {
        item.too_long |= item.bytes.len() + bytes.len() > LONGEST_LINE;
        if item.too_long {
            item.bytes = Vec::new();
        } else {
            item.bytes.extend_from_slice(bytes);
        }
    }

    fn finish(
        &mut self,
        chunk: &[u8],
        from: usize,
        to: usize,
        item: &mut Option<Item>,
    ) -> Option<Item> {
        let mut done = item.take()?;
        self.copy(&chunk[from..to], &mut done);
        Some(done)
    }
}

/// What AWS Config keeps of a type's policy.
#[derive(Clone, Copy)]
enum Kept {
    /// In `configuration` or `supplementaryConfiguration`, under one of these names.
    Under(&'static [&'static str], &'static str),
    /// Nowhere.
    Nowhere,
}

fn kept(kind: Type) -> Kept {
    match kind {
        draft::KEY => Kept::Under(&["Policy", "policy", "KeyPolicy"], "keyPolicies"),
        draft::FUNCTION => Kept::Under(&["Policy", "policy"], "functionPolicy"),
        draft::QUEUE => Kept::Under(&["Policy", "policy"], "queuePolicy"),
        draft::TOPIC => Kept::Under(&["Policy", "policy"], "topicPolicy"),
        draft::REPOSITORY => Kept::Under(
            &["RepositoryPolicyText", "repositoryPolicyText"],
            "repositoryPolicy",
        ),
        draft::FILE_SYSTEM => Kept::Under(
            &["FileSystemPolicy", "fileSystemPolicy"],
            "fileSystemPolicy",
        ),
        draft::BUCKET => Kept::Under(&["BucketPolicy"], "bucketPolicy"),
        draft::ROLE => Kept::Under(
            &["assumeRolePolicyDocument", "AssumeRolePolicyDocument"],
            "trustPolicy",
        ),
        _ => Kept::Nowhere,
    }
}

/// Makes a record of an item.
pub(crate) fn configuration_item(place: &Place, bytes: &[u8]) -> Vec<Result<Line, RecordError>> {
    // Most items are of types that grant nothing; their text is not read at all.
    if let Some(name) = type_in(bytes)
        && type_of(&name).is_none()
        && !matches!(kinds::cloudformation(&name), Some(Carrier::Resource(_)))
    {
        return Vec::new();
    }
    let mut sheet = Sheet::new(&place.file);
    match json::parse_bytes(bytes).map(|item| decoded(&item)) {
        Ok(item) => read(&item, place, &mut sheet),
        Err(error) => {
            let subject = Subject::default();
            let error = RecordError::in_file(
                place.clone(),
                error.code(),
                error.message(),
                error.hint(),
                subject,
            );
            sheet.lines.push(Err(error));
        }
    }
    sheet.lines
}

/// The type of an item, where its text says it plainly and once.
fn type_in(bytes: &[u8]) -> Option<String> {
    const KEY: &[u8] = b"\"resourceType\"";
    let mut all = memmem::find_iter(bytes, KEY);
    let mut names = std::iter::from_fn(|| {
        let at = all.next()? + KEY.len();
        let rest = bytes[at..]
            .trim_ascii_start()
            .strip_prefix(b":")?
            .trim_ascii_start()
            .strip_prefix(b"\"")?;
        let end = memchr_iter(b'"', rest).next()?;
        String::from_utf8(rest[..end].to_vec()).ok()
    });
    // Relationships name types as well: an item is passed over only if none of them is one that is read.
    let first = names.next()?;
    let others = names.find(|name| type_of(name).is_some());
    Some(
        others
            .filter(|_| type_of(&first).is_none())
            .unwrap_or(first),
    )
}

fn read(item: &Json, place: &Place, sheet: &mut Sheet) {
    let text = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| item.get(name)?.as_str())
            .filter(|text| !text.is_empty())
    };
    let name = text(&["resourceType"]).unwrap_or_default();
    let status = text(&["configurationItemStatus"]).unwrap_or("OK");
    if status.starts_with("ResourceDeleted") {
        return;
    }
    let id = text(&["resourceName", "resourceId"]).unwrap_or_default();
    let spot = Spot {
        address: format!("{name} {id}"),
        line: place.line,
    };
    let Some(kind) = type_of(name) else {
        let holds_policy = item.to_string().contains("\\\"Statement\\\"")
            || item.to_string().contains("\"Statement\"");
        if holds_policy && matches!(kinds::cloudformation(name), Some(Carrier::Resource(_))) {
            sheet.not_analysed(
                "unsupported-type",
                format!("resources of type `{name}` are not analysed"),
                None,
                &spot,
                Some(name),
            );
        }
        return;
    };
    let account =
        text(&["awsAccountId", "accountId"]).filter(|account| AccountId::parse(account).is_some());
    let (Some(account), Some(arn)) = (account, text(&["ARN", "arn"])) else {
        let hint = "select `arn`, `accountId`, `awsRegion`, `resourceType`, `configuration` and `supplementaryConfiguration`";
        sheet.not_analysed(
            "missing-member",
            "the item does not say its ARN or its account",
            Some(hint),
            &spot,
            Some(name),
        );
        return;
    };
    let region = text(&["awsRegion"])
        .filter(|region| *region != "global" && kind != draft::ROLE)
        .unwrap_or_default();
    let mut draft = Draft::new(kind, arn.to_owned(), account, region, spot.clone());
    let inner = |name: &str| {
        item.get(name)
            .map(decoded)
            .unwrap_or_else(|| JsonValue::Null.into())
    };
    let (configuration, more) = (inner("configuration"), inner("supplementaryConfiguration"));
    if status == "ResourceNotRecorded" {
        draft.trouble(
            "not-recorded",
            "AWS Config does not record this resource",
            &spot,
        );
        sheet.refuse(draft);
        return;
    }
    match kept(kind) {
        Kept::Nowhere => {
            draft.trouble(
                "not-recorded",
                format!("AWS Config does not keep the policy of resources of type `{name}`"),
                &spot,
            );
            sheet.refuse(draft);
            return;
        }
        Kept::Under(names, member) => {
            let found = names
                .iter()
                .find_map(|name| more.get(name).or_else(|| configuration.get(name)));
            let Some(found) = found else {
                if is_always_kept(kind) {
                    draft.trouble(
                        "missing-member",
                        format!("the item does not hold `{}`", names[0]),
                        &spot,
                    );
                    sheet.refuse(draft);
                    return;
                }
                finish(kind, &configuration, &more, draft, sheet, &spot);
                return;
            };
            let mut document = decoded(found);
            if kind == draft::BUCKET {
                document = document
                    .get("policyText")
                    .map(decoded)
                    .unwrap_or_else(|| JsonValue::Null.into());
            }
            match &document.value {
                JsonValue::Null => {}
                JsonValue::String(text) if text.is_empty() => {}
                _ => {
                    draft.policy(member, &document, &spot);
                }
            }
        }
    }
    finish(kind, &configuration, &more, draft, sheet, &spot);
}

/// Types whose items always have the member with the policy: one without it was not selected in full.
fn is_always_kept(kind: Type) -> bool {
    matches!(kind, draft::BUCKET | draft::KEY | draft::ROLE)
}

fn finish(
    kind: Type,
    configuration: &Json,
    more: &Json,
    mut draft: Draft<'_>,
    sheet: &mut Sheet,
    spot: &Spot,
) {
    match kind {
        draft::BUCKET => bucket(more, &mut draft, spot),
        draft::KEY => {
            let (account, partition) = (
                draft.account,
                draft.arn.split(':').nth(1).unwrap_or("aws").to_owned(),
            );
            draft.wrap_key_policy(account, &partition);
        }
        draft::FUNCTION if tail(kind, &draft.arn).is_empty() => {
            draft.trouble("bad-arn", "the ARN is not one of a function", spot);
        }
        draft::ROLE if configuration.as_object().is_none() => {
            draft.trouble(
                "missing-member",
                "the item does not hold `configuration`",
                spot,
            );
        }
        _ => {}
    }
    sheet.add(draft);
}

fn bucket(more: &Json, draft: &mut Draft<'_>, spot: &Spot) {
    let inner = |name: &str| more.get(name).map(decoded);
    if let Some(block) =
        inner("PublicAccessBlockConfiguration").filter(|block| block.as_object().is_some())
    {
        let flag = |name: &str| {
            JsonValue::Bool(block.get(name).and_then(Json::as_bool) == Some(true)).into()
        };
        let names = [
            "ignorePublicAcls",
            "restrictPublicBuckets",
            "blockPublicAcls",
            "blockPublicPolicy",
        ];
        draft.set(
            "bucketPublicAccessBlock",
            Json::object(names.map(|name| (name, flag(name)))),
        );
    }
    let rules = inner("BucketOwnershipControls").or_else(|| inner("OwnershipControls"));
    let list = rules
        .as_ref()
        .and_then(|rules| rules.get("rules").or_else(|| rules.get("Rules")))
        .and_then(Json::as_array);
    let rule = list.and_then(|list| list.first()).and_then(|rule| {
        rule.get("objectOwnership")
            .or_else(|| rule.get("ObjectOwnership"))
    });
    if let Some(rule) = rule.and_then(Json::as_str) {
        draft.set("objectOwnership", rule.to_owned().into());
    }
    let Some(acl) = inner("AccessControlList") else {
        return;
    };
    if let Some(owner) = acl
        .get("owner")
        .and_then(|owner| owner.get("id"))
        .and_then(Json::as_str)
    {
        draft.set("ownerCanonicalId", owner.to_owned().into());
    }
    let mut grants = Vec::new();
    for grant in acl
        .get("grantList")
        .and_then(Json::as_array)
        .unwrap_or_default()
    {
        let permission = grant
            .get("permission")
            .and_then(Json::as_str)
            .unwrap_or_default();
        let permission = match permission {
            "FullControl" => "FULL_CONTROL",
            "Read" => "READ",
            "Write" => "WRITE",
            "ReadAcp" => "READ_ACP",
            "WriteAcp" => "WRITE_ACP",
            other => other,
        };
        let grantee = grant.get("grantee");
        let id = grantee
            .and_then(|grantee| grantee.get("id"))
            .and_then(Json::as_str);
        let group = grantee.and_then(Json::as_str).and_then(s3::group);
        if id.is_none() && group.is_none() {
            draft.trouble(
                "unsupported-acl",
                "a grantee of the ACL is neither a canonical id nor a group",
                spot,
            );
            continue;
        }
        grants.push(s3::grant(id, group, permission));
    }
    if !grants.is_empty() {
        draft.stands("acl", spot);
        draft.set("bucketAclGrants", Json::array(grants));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, size: usize) -> Vec<(u64, String)> {
        let reader = std::io::BufReader::with_capacity(size, text.as_bytes());
        items("x", reader)
            .map(|item| match item {
                Ok(line) => (
                    line.place.line,
                    String::from_utf8(line.bytes().to_vec()).expect("it is UTF-8"),
                ),
                Err(error) => (0, error.document().code().to_owned()),
            })
            .collect()
    }

    #[test]
    fn items_may_stand_on_lines() {
        let text = "{\"resourceType\":\"x\"}\n{\"resourceType\":\"y\"}\n";
        assert_eq!(
            cut(text, 512).iter().map(|it| it.0).collect::<Vec<_>>(),
            [1, 2]
        );
    }

    #[test]
    fn items_are_cut_whatever_the_chunks() {
        let text = "{\"fileVersion\":\"1.0\",\n\"configurationItems\":[\n{\"a\":\"]}\\\"\"},\n {\"b\":[{}]} ],\"x\":[{}]}";
        for size in 1..60 {
            assert_eq!(
                cut(text, size),
                [
                    (3, "{\"a\":\"]}\\\"\"}".to_owned()),
                    (4, "{\"b\":[{}]}".to_owned())
                ],
                "{size}"
            );
        }
        assert_eq!(
            cut("{\"Results\":[\"{\\\"a\\\":1}\",\"x\"]}", 3),
            [(1, "\"{\\\"a\\\":1}\"".to_owned()), (1, "\"x\"".to_owned())]
        );
        assert_eq!(cut("[{\"a\":1},{\"b\":2}]", 4).len(), 2);
        assert_eq!(
            cut("{\"configurationItems\":[{\"a\":1},{\"b\"", 4)
                .last()
                .map(|it| it.1.as_str()),
            Some("record-truncated")
        );
        assert_eq!(
            cut("{\"configSnapshotId\":1}", 4)
                .last()
                .map(|it| it.1.as_str()),
            Some("no-items")
        );
        assert_eq!(cut("{\"configurationItems\":[]}", 4), []);
    }
}
