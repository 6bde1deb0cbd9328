//! What records came to, by digest: a record that has not changed is not solved again.
//!
//! Records are kept in chunks: runs of a few hundred lines that end where the bytes of a line say so, so that a change moves no
//! boundary but the nearest. A chunk that has not changed costs one digest of its bytes; in one that has, each record is looked up
//! by its own. A digest is the BLAKE3 of the bytes and of everything else that bears on them: the organization, the zone of trust,
//! the selection and the limits. (A rescan is little more than digests, and SHA-256 takes several times as long.)
//!
//! The text of a chunk has a line a record: its digest, its subject, and, where something was found on it, that as JSON. A record
//! with something undecided, or whose outcome would not come back as it was, has a `?` there and is solved again each time.
//!
//! With `--cache` the memo lives in a file: a header that names the format and the very program that wrote it, the chunks, and a
//! digest of all of it at the end. A file that does not fit in one of these is not used. The file holds the newest snapshot alone,
//! so it does not grow from run to run.

use super::report::Subject;
use keyaki_engine::finding::{Advisory, Analysis, Finding, FindingStatement, Source as Granted};
use keyaki_engine::resource::Organization;
use keyaki_fetch::snapshot::{Line, type_name};
use keyaki_language::Request;
use keyaki_language::json::{self, Json, JsonValue};
use std::collections::HashMap;
use std::fs::{self, File};
use std::hash::{BuildHasherDefault, Hasher};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The digest of a record or chunk and of what bears on it.
pub(crate) type Key = [u8; 32];

type ByKey = HashMap<Key, Place, BuildHasherDefault<KeyHasher>>;

/// Where a text stands among the texts.
type Place = (usize, usize);

/// The first words of a cache file.
const FORMAT: &str = "keyaki-scan-cache 3";

/// Bytes that are digested together.
const PIECE: usize = 1 << 15;

/// The digits of a key, and the blank or line break after them.
const KEY: usize = 65;

/// Outcomes by key.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    texts: Vec<u8>,
    chunks: ByKey,
    /// Where the chunks stand, in order. Made when a chunk is met that is not known.
    order: OnceLock<Vec<Place>>,
    /// The records of all chunks. Made when a chunk is met most of whose records do not stand where it would.
    records: OnceLock<ByKey>,
}

/// Keys are digests already, so eight bytes of one are as good as a hash of it.
#[derive(Debug, Default)]
pub(crate) struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        for (place, byte) in bytes.iter().take(8).enumerate() {
            self.0 ^= u64::from(*byte) << (8 * place);
        }
    }

    /// The length of a key, which says nothing.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

/// What a record came to that was met before.
#[derive(Debug)]
pub(crate) enum Known<'m> {
    /// Nothing was found on it.
    Quiet(Named<'m>),
    /// Something was.
    Loud(Named<'m>, Box<Analysis>),
    /// It is of a type that is not asked for.
    Skipped,
    /// It is to be solved again.
    Open,
}

/// The subject of a record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named<'m> {
    pub(crate) arn: &'m str,
    pub(crate) resource_type: &'static str,
    pub(crate) account: &'m str,
    pub(crate) region: &'m str,
}

impl<'m> Named<'m> {
    pub(crate) fn subject(&self) -> Subject<'m> {
        Subject {
            arn: self.arn,
            resource_type: self.resource_type,
            account: self.account.to_owned(),
            region: self.region,
        }
    }
}

/// Whether a chunk ends behind this line: one line in 512, whatever stands around it.
pub(crate) fn ends_chunk(line: &[u8]) -> bool {
    let words = line.as_chunks::<8>().0.iter();
    let mixed = words.fold(0_u64, |mixed, word| {
        (mixed ^ u64::from_le_bytes(*word))
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(29)
    });
    mixed >> 55 == 0
}

/// What stands before a chunk: the nearest known one, and how many that are not known from there on, itself included.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Before {
    known: Option<Place>,
    unknown: usize,
}

impl Before {
    /// Steps to a chunk behind.
    pub(crate) fn step(&mut self, memo: &Memo, key: &Key) -> Self {
        match memo.chunks.get(key) {
            Some(place) => {
                self.known = Some(*place);
                self.unknown = 0;
            }
            None => self.unknown += 1,
        }
        *self
    }
}

/// All that bears on records beside their own bytes.
#[derive(Clone, Debug)]
pub(crate) struct Bearing(blake3::Hasher);

impl Bearing {
    pub(crate) fn new(options: &str, organization: &Organization) -> Self {
        let mut digest = blake3::Hasher::new();
        for part in [options.to_owned(), format!("{organization:?}")] {
            // With its length, so that no two lists of parts run together into one text.
            digest.update(&part.len().to_le_bytes());
            digest.update(part.as_bytes());
        }
        Self(digest)
    }

    pub(crate) fn record(&self, bytes: &[u8]) -> Key {
        let mut digest = self.0.clone();
        digest.update(b"record\n");
        digest.update(bytes);
        digest.finalize().into()
    }

    pub(crate) fn chunk(&self, lines: &[Line]) -> Key {
        let mut digest = self.0.clone();
        digest.update(b"chunk\n");
        // By and by: eight pieces of 1 KiB are digested at once, and a line alone is one.
        let mut piece = Vec::with_capacity(PIECE + 4096);
        for line in lines {
            piece.extend_from_slice(line.bytes());
            piece.push(b'\n');
            if piece.len() >= PIECE {
                digest.update(&piece);
                piece.clear();
            }
        }
        digest.update(&piece);
        digest.finalize().into()
    }
}

impl Memo {
    /// The records of a chunk, in their order, if it is known.
    pub(crate) fn chunk(&self, key: &Key) -> Option<impl Iterator<Item = Known<'_>>> {
        let (from, to) = *self.chunks.get(key)?;
        let lines = Split(&self.texts[from..to]);
        Some(lines.map(|line| read(line.get(KEY..).unwrap_or_default())))
    }

    /// The records of a chunk if there are as many as that: with fewer the rest of the chunk would pass in silence.
    pub(crate) fn chunk_of(
        &self,
        key: &Key,
        records: usize,
    ) -> Option<impl Iterator<Item = Known<'_>>> {
        let (from, to) = *self.chunks.get(key)?;
        let kept = memchr::memchr_iter(b'\n', &self.texts[from..to]).count();
        self.chunk(key).filter(|_| kept == records)
    }

    /// What the records of a chunk that is not known came to, by their keys.
    ///
    /// They mostly stand in one of the chunks that came behind the same chunk before; only if fewer than half of them do are all
    /// chunks searched.
    pub(crate) fn records(&self, keys: &[Key], before: Before) -> Vec<Option<Known<'_>>> {
        let order = self.order.get_or_init(|| {
            let mut places: Vec<Place> = self.chunks.values().copied().collect();
            places.sort_unstable();
            places
        });
        let from = before
            .known
            .map_or(0, |known| order.partition_point(|place| *place <= known));
        let near = self.by_record(order[from..].iter().take(before.unknown));
        let found = keys.iter().filter(|key| near.contains_key(*key)).count();
        let records = if 2 * found >= keys.len() {
            &near
        } else {
            self.records.get_or_init(|| self.by_record(order.iter()))
        };
        let text = |key| {
            records
                .get(key)
                .map(|(from, to)| read(&self.texts[*from..*to]))
        };
        keys.iter().map(text).collect()
    }

    fn by_record<'p>(&self, places: impl Iterator<Item = &'p Place>) -> ByKey {
        let mut records = ByKey::default();
        for (mut from, to) in places.copied() {
            for line in Split(&self.texts[from..to]) {
                if let Some(key) = line.get(..KEY - 1).and_then(unhex) {
                    records.insert(key, (from + KEY, from + line.len()));
                }
                from += line.len() + 1;
            }
        }
        records
    }

    /// Keeps a chunk: its records as [`encode`] has written them.
    pub(crate) fn put(&mut self, key: Key, text: &str) {
        let from = self.texts.len();
        self.texts.extend_from_slice(text.as_bytes());
        self.chunks.insert(key, (from, self.texts.len()));
    }

    /// Takes over another memo's chunks.
    pub(crate) fn absorb(&mut self, other: Self) {
        if self.chunks.is_empty() {
            *self = other;
            return;
        }
        let moved = self.texts.len();
        self.texts.extend_from_slice(&other.texts);
        let chunks = other.chunks.into_iter();
        self.chunks
            .extend(chunks.map(|(key, (from, to))| (key, (from + moved, to + moved))));
        (self.order, self.records) = Default::default();
    }

    /// Reads a cache file; the error says why it is not used. One that is not there is an empty memo.
    pub(crate) fn load(path: &Path) -> Result<Self, String> {
        let texts = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(format!("it cannot be read: {error}")),
        };
        let header = header().map_err(|error| format!("this program cannot be read: {error}"))?;
        if !texts.starts_with(header.as_bytes()) {
            return Err("it was written by another version, or is no cache".to_owned());
        }
        // The last line is a digest of all before it.
        let damaged = || "it is damaged".to_owned();
        let body = texts.len().checked_sub(65).ok_or_else(damaged)?;
        let (kept, sum) = texts.split_at(body);
        let wanted = format!("{}\n", hex(&blake3::hash(kept).into()));
        if sum != wanted.as_bytes() {
            return Err(damaged());
        }
        let mut chunks = ByKey::default();
        let mut from = header.len();
        while from < body {
            // The line of a chunk: its digest, and how many bytes its records have.
            let key = texts
                .get(from..from + KEY - 1)
                .and_then(unhex)
                .ok_or_else(damaged)?;
            let rest = &texts[(from + KEY).min(body)..body];
            let line = Split(rest).next().ok_or_else(damaged)?;
            let length: usize = str::from_utf8(line)
                .ok()
                .and_then(|digits| digits.parse().ok())
                .ok_or_else(damaged)?;
            let start = from + KEY + line.len() + 1;
            from = start
                .checked_add(length)
                .filter(|end| *end <= body)
                .ok_or_else(damaged)?;
            chunks.insert(key, (start, from));
        }
        Ok(Self {
            texts,
            chunks,
            ..Self::default()
        })
    }

    /// Writes the chunks of these keys to a cache file: beside it first, then in its place at once.
    pub(crate) fn save(&self, path: &Path, keys: &[Key]) -> io::Result<()> {
        let beside = beside(path);
        let written = self.write(&beside, keys);
        let moved = written.and_then(|()| fs::rename(&beside, path));
        if moved.is_err() {
            // Whatever is half written is of no use; that it cannot be removed is no news either.
            let _ = fs::remove_file(&beside);
        }
        moved
    }

    fn write(&self, path: &Path, keys: &[Key]) -> io::Result<()> {
        let mut out = BufWriter::with_capacity(1 << 16, File::create(path)?);
        let mut digest = blake3::Hasher::new();
        let mut put = |bytes: &[u8]| {
            digest.update(bytes);
            out.write_all(bytes)
        };
        put(header()?.as_bytes())?;
        for key in keys {
            if let Some((from, to)) = self.chunks.get(key) {
                put(format!("{} {}\n", hex(key), to - from).as_bytes())?;
                put(&self.texts[*from..*to])?;
            }
        }
        let sum = hex(&digest.finalize().into());
        writeln!(out, "{sum}")?;
        out.into_inner()?.sync_all()
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    PathBuf::from(name)
}

/// Format, version, and the digest of the running program: another build may mean something else.
fn header() -> io::Result<String> {
    let mut program = blake3::Hasher::new();
    program.update_reader(File::open(std::env::current_exe()?)?)?;
    let build = hex(&program.finalize().into());
    Ok(format!("{FORMAT} {} {build}\n", env!("CARGO_PKG_VERSION")))
}

fn hex(key: &Key) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    let digits = key.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]);
    digits.collect()
}

fn unhex(digits: &[u8]) -> Option<Key> {
    let digit = |c: u8| match c {
        b'0'..=b'9' => Some(c - b'0'),
        b'a'..=b'f' => Some(c - b'a' + 10),
        _ => None,
    };
    let mut key = Key::default();
    for (byte, pair) in key.iter_mut().zip(digits.as_chunks::<2>().0) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(key)
}

/// Lines without their line breaks.
struct Split<'a>(&'a [u8]);

impl<'a> Iterator for Split<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.0.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', self.0).unwrap_or(self.0.len());
        let (line, rest) = self.0.split_at(end);
        self.0 = rest.get(1..).unwrap_or_default();
        Some(line)
    }
}

/// What is kept of a record, behind its key.
pub(crate) fn encode(text: &mut String, key: &Key, outcome: Option<(&Subject<'_>, &Analysis)>) {
    text.push_str(&hex(key));
    text.push(' ');
    let kept = outcome.and_then(|(subject, analysis)| outcome_text(subject, analysis));
    text.push_str(kept.as_deref().unwrap_or("?"));
    text.push('\n');
}

/// What is kept of a record of a type that is not asked for.
pub(crate) fn encode_skipped(text: &mut String, key: &Key) {
    text.push_str(&hex(key));
    text.push_str(" -\n");
}

/// Subject and findings as text; `None` if they are not to be kept.
fn outcome_text(subject: &Subject<'_>, analysis: &Analysis) -> Option<String> {
    let words = [
        subject.arn,
        subject.resource_type,
        &subject.account,
        subject.region,
    ];
    if !analysis.undecided.is_empty() || words.iter().any(|word| word.contains(char::is_control)) {
        return None;
    }
    let mut text = words.join("\t");
    if !(analysis.findings.is_empty() && analysis.advisories.is_empty()) {
        let written = Json::object([
            (
                "findings",
                Json::array(analysis.findings.iter().map(finding)),
            ),
            (
                "advisories",
                Json::array(analysis.advisories.iter().map(advisory)),
            ),
        ]);
        text.push('\t');
        text.push_str(&written.to_string());
    }
    // What does not come back as it was is not kept. (Evidence never is.)
    let is_same = match read(text.as_bytes()) {
        Known::Quiet(_) => true,
        Known::Loud(_, known) => {
            known.findings == analysis.findings && known.advisories == analysis.advisories
        }
        Known::Skipped | Known::Open => false,
    };
    is_same.then_some(text)
}

/// Reads what is kept of a record; what cannot be read is open.
fn read(text: &[u8]) -> Known<'_> {
    if text == b"-" {
        return Known::Skipped;
    }
    let Some((named, json)) = str::from_utf8(text).ok().and_then(names) else {
        return Known::Open;
    };
    match json.map(analysis) {
        None => Known::Quiet(named),
        Some(Some(analysis)) => Known::Loud(named, Box::new(analysis)),
        Some(None) => Known::Open,
    }
}

fn names(text: &str) -> Option<(Named<'_>, Option<&str>)> {
    let mut words = text.splitn(5, '\t');
    let named = Named {
        arn: words.next()?,
        resource_type: type_name(words.next()?)?,
        account: words.next()?,
        region: words.next()?,
    };
    Some((named, words.next()))
}

fn analysis(text: &str) -> Option<Analysis> {
    let json = json::parse(text).ok()?;
    let list = |name: &str| json.get(name).and_then(Json::as_array);
    Some(Analysis {
        // Evidence is not kept: who wants it solves again.
        minimality: Vec::new(),
        findings: list("findings")?
            .iter()
            .map(read_finding)
            .collect::<Option<_>>()?,
        advisories: list("advisories")?
            .iter()
            .map(read_advisory)
            .collect::<Option<_>>()?,
        undecided: Vec::new(),
    })
}

/// Names that are constants inside; an outcome with another one is not kept.
const ADVISORIES: [&str; 3] = ["confused-deputy", "deleted-principal", "deny-not-principal"];

fn one_of(names: &[&'static str], name: &str) -> Option<&'static str> {
    names.iter().copied().find(|one| *one == name)
}

fn string(json: &Json, name: &str) -> Option<String> {
    json.get(name)?.as_str().map(str::to_owned)
}

fn text(text: &str) -> Json<'_> {
    text.into()
}

fn finding(finding: &Finding) -> Json<'_> {
    let mut members = vec![
        ("id", text(&finding.id)),
        ("kind", text(&finding.principal.0)),
        ("principal", text(&finding.principal.1)),
        (
            "actions",
            Json::array(finding.actions.iter().map(|one| text(one))),
        ),
        (
            "condition",
            Json::object(
                finding
                    .condition
                    .iter()
                    .map(|(key, value)| (key.as_str(), text(value))),
            ),
        ),
        ("public", JsonValue::Bool(finding.is_public).into()),
        ("sources", Json::array(finding.sources.iter().map(source))),
        (
            "statements",
            Json::array(finding.statements.iter().map(statement)),
        ),
        ("witness", finding.witness.to_json()),
    ];
    members.extend(
        finding
            .removed_by
            .as_ref()
            .map(|by| ("removedBy", text(by))),
    );
    Json::object(members)
}

fn read_finding(json: &Json) -> Option<Finding> {
    let list = |name: &str| json.get(name).and_then(Json::as_array);
    let text = |item: &Json| item.as_str().map(str::to_owned);
    let pair = |member: &json::Member| Some((member.name().to_owned(), text(&member.value)?));
    Some(Finding {
        id: string(json, "id")?,
        principal: (string(json, "kind")?, string(json, "principal")?),
        actions: list("actions")?.iter().map(text).collect::<Option<_>>()?,
        condition: json
            .get("condition")?
            .as_object()?
            .iter()
            .map(pair)
            .collect::<Option<_>>()?,
        is_public: json.get("public")?.as_bool()?,
        sources: list("sources")?
            .iter()
            .map(read_source)
            .collect::<Option<_>>()?,
        statements: list("statements")?
            .iter()
            .map(read_statement)
            .collect::<Option<_>>()?,
        witness: read_request(json.get("witness")?)?,
        removed_by: string(json, "removedBy"),
    })
}

fn read_request(json: &Json) -> Option<Request> {
    let mut request = Request::from_json(json, "").ok()?;
    // The path of a session's role stands in a key alone.
    request.complete().ok()?;
    Some(request)
}

fn source(source: &Granted) -> Json<'_> {
    let (name, detail) = match source {
        Granted::Policy => ("policy", ""),
        Granted::BucketAcl => ("acl", ""),
        Granted::AccessPoint(arn) => ("point", arn.as_str()),
        Granted::AccessPointAccount(account) => ("account", account.as_str()),
    };
    Json::array([Json::from(name), Json::from(detail)])
}

fn read_source(json: &Json) -> Option<Granted> {
    let [name, detail] = json.as_array()? else {
        return None;
    };
    let detail = detail.as_str()?.to_owned();
    Some(match name.as_str()? {
        "policy" => Granted::Policy,
        "acl" => Granted::BucketAcl,
        "point" => Granted::AccessPoint(detail),
        "account" => Granted::AccessPointAccount(detail),
        _ => return None,
    })
}

fn statement(statement: &FindingStatement) -> Json<'_> {
    let mut items = vec![
        Json::from(statement.document.as_str()),
        statement.index.to_string().into(),
    ];
    items.extend(statement.sid.as_deref().map(Json::from));
    Json::array(items)
}

fn read_statement(json: &Json) -> Option<FindingStatement> {
    let items = json.as_array()?;
    let text = |i: usize| items.get(i)?.as_str();
    Some(FindingStatement {
        document: text(0)?.to_owned(),
        index: text(1)?.parse().ok()?,
        sid: text(2).map(str::to_owned),
    })
}

fn advisory(advisory: &Advisory) -> Json<'_> {
    let mut members = vec![
        ("code", Json::from(advisory.code)),
        ("message", advisory.message.as_str().into()),
        ("statement", statement(&advisory.statement)),
    ];
    members.extend(advisory.witness.as_ref().map(|w| ("witness", w.to_json())));
    Json::object(members)
}

fn read_advisory(json: &Json) -> Option<Advisory> {
    let witness = match json.get("witness") {
        None => None,
        Some(witness) => Some(read_request(witness)?),
    };
    Some(Advisory {
        code: one_of(&ADVISORIES, json.get("code")?.as_str()?)?,
        message: string(json, "message")?,
        statement: read_statement(json.get("statement")?)?,
        witness,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> Key {
        [byte; 32]
    }

    /// Chunks 1 to 4, each with two records: 11 and 12, 21 and 22, …
    fn memo() -> Memo {
        let mut memo = Memo::default();
        for chunk in 1..=4_u8 {
            let mut text = String::new();
            for record in [1, 2] {
                let at = chunk * 10 + record;
                text.push_str(&hex(&key(at)));
                text.push_str(&format!(" arn{at}\tAWS::SQS::Queue\t1\tr\n"));
            }
            memo.put(key(chunk), &text);
        }
        memo
    }

    fn found(memo: &Memo, before: &[u8], records: &[u8]) -> Vec<Option<String>> {
        let mut place = Before::default();
        before.iter().for_each(|chunk| {
            place.step(memo, &key(*chunk));
        });
        let keys: Vec<Key> = records.iter().map(|record| key(*record)).collect();
        let name = |known| match known {
            Some(Known::Quiet(named)) => Some(named.arn.to_owned()),
            _ => None,
        };
        memo.records(&keys, place).into_iter().map(name).collect()
    }

    #[test]
    fn records_are_found_where_they_stood_and_elsewhere() {
        let memo = memo();
        let arn = |at: u8| Some(format!("arn{at}"));
        // One of two records of the third chunk has changed.
        assert_eq!(found(&memo, &[1, 2, 99], &[31, 90]), [arn(31), None]);
        // The second and third have, and the third is asked about.
        assert_eq!(found(&memo, &[1, 98, 99], &[31, 90]), [arn(31), None]);
        // The first has.
        assert_eq!(found(&memo, &[99], &[90, 12]), [None, arn(12)]);
        // Records that were moved are found in all chunks.
        assert_eq!(
            found(&memo, &[1, 2, 99], &[11, 41, 42]),
            [arn(11), arn(41), arn(42)]
        );
        assert!(memo.records.get().is_some());
    }
}
