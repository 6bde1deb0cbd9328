//! What records came to, by digest: a record that has not changed is not solved again.
//!
//! The key of a record is the SHA-256 of its bytes and of everything else that bears on it: the organization, the zone
//! of trust, the selection and the limits. What is kept is what a report needs, as JSON. Outcomes with something
//! undecided are not kept, nor is one that would not come back from its JSON as it was; both are solved again.
//!
//! With `--cache` the memo lives in a file: a header that names the format and the very program that wrote it, one line
//! an outcome, and a digest of all of it at the end. A file that does not fit in one of these is not used. The file
//! holds the outcomes of the newest snapshot alone, so it does not grow from run to run.

use super::report::Subject;
use keyaki_engine::finding::{Advisory, Analysis, Finding, FindingStatement, Source as Granted};
use keyaki_engine::resource::Organization;
use keyaki_language::Request;
use keyaki_language::json::{self, Json, JsonValue};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// The digest of a record and of what bears on it.
pub(crate) type Key = [u8; 32];

/// Where an outcome stands among the texts.
type Place = (usize, usize);

/// The first words of a cache file.
const FORMAT: &str = "keyaki-scan-cache 1";

/// Outcomes by key.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    places: HashMap<Key, Place>,
    texts: Vec<u8>,
}

/// What is known of a record whose key was met before.
#[derive(Debug)]
pub(crate) struct Known {
    arn: String,
    resource_type: &'static str,
    account: String,
    region: String,
    /// What came of it.
    pub(crate) analysis: Analysis,
}

impl Known {
    pub(crate) fn subject(&self) -> Subject<'_> {
        Subject {
            arn: &self.arn,
            resource_type: self.resource_type,
            account: self.account.clone(),
            region: &self.region,
        }
    }
}

/// All that bears on records beside their own bytes.
#[derive(Clone, Debug)]
pub(crate) struct Bearing(Sha256);

impl Bearing {
    pub(crate) fn new(options: &str, organization: &Organization) -> Self {
        let mut digest = Sha256::new();
        for part in [options.to_owned(), format!("{organization:?}")] {
            // With its length, so that no two lists of parts run together into one text.
            digest.update(part.len().to_le_bytes());
            digest.update(part);
        }
        Self(digest)
    }

    pub(crate) fn key(&self, record: &[u8]) -> Key {
        let mut digest = self.0.clone();
        digest.update(record);
        digest.finalize().into()
    }
}

impl Memo {
    /// What a record came to, if that is known.
    pub(crate) fn get(&self, key: &Key) -> Option<Known> {
        let (from, to) = *self.places.get(key)?;
        decode(std::str::from_utf8(&self.texts[from..to]).ok()?)
    }

    /// Keeps an outcome that [`encode`] has written.
    pub(crate) fn put(&mut self, key: Key, text: &str) {
        let from = self.texts.len();
        self.texts.extend_from_slice(text.as_bytes());
        self.places.insert(key, (from, self.texts.len()));
    }

    /// Takes over another memo's outcomes.
    pub(crate) fn absorb(&mut self, other: Self) {
        if self.places.is_empty() {
            *self = other;
            return;
        }
        let moved = self.texts.len();
        self.texts.extend_from_slice(&other.texts);
        let places = other.places.into_iter();
        self.places
            .extend(places.map(|(key, (from, to))| (key, (from + moved, to + moved))));
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
        let wanted = format!("{}\n", hex(&Sha256::digest(kept).into()));
        if sum != wanted.as_bytes() {
            return Err(damaged());
        }
        let mut places = HashMap::new();
        let mut from = header.len();
        while from < body {
            let line = &texts[from..body];
            let end = line.iter().position(|b| *b == b'\n').ok_or_else(damaged)?;
            let key = line.get(..64).and_then(unhex).ok_or_else(damaged)?;
            if end < 65 {
                return Err(damaged());
            }
            places.insert(key, (from + 65, from + end));
            from += end + 1;
        }
        Ok(Self { places, texts })
    }

    /// Writes the outcomes of these keys to a cache file: beside it first, then in its place at once.
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
        let mut digest = Sha256::new();
        let mut put = |bytes: &[u8]| {
            digest.update(bytes);
            out.write_all(bytes)
        };
        put(header()?.as_bytes())?;
        for key in keys {
            if let Some((from, to)) = self.places.get(key) {
                put(hex(key).as_bytes())?;
                put(b" ")?;
                put(&self.texts[*from..*to])?;
                put(b"\n")?;
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
    let program = fs::read(std::env::current_exe()?)?;
    let build = hex(&Sha256::digest(program).into());
    Ok(format!("{FORMAT} {} {build}\n", env!("CARGO_PKG_VERSION")))
}

fn hex(key: &Key) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    let digits = key.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]);
    digits.collect()
}

fn unhex(digits: &[u8]) -> Option<Key> {
    let mut key = Key::default();
    for (byte, pair) in key.iter_mut().zip(digits.chunks(2)) {
        let digit = |c: u8| char::from(c).to_digit(16);
        let value = digit(pair[0])? * 16 + digit(*pair.get(1)?)?;
        *byte = u8::try_from(value).ok()?;
    }
    Some(key)
}

/// The outcome of a record as JSON; `None` if it is not to be kept.
pub(crate) fn encode(subject: &Subject<'_>, analysis: &Analysis) -> Option<String> {
    if !analysis.undecided.is_empty() {
        return None;
    }
    let written = Json::object([
        ("arn", Json::from(subject.arn)),
        ("type", subject.resource_type.into()),
        ("account", subject.account.as_str().into()),
        ("region", subject.region.into()),
        (
            "findings",
            Json::array(analysis.findings.iter().map(finding)),
        ),
        (
            "advisories",
            Json::array(analysis.advisories.iter().map(advisory)),
        ),
    ]);
    let text = written.to_string();
    // What does not come back as it was is not kept. (Evidence never is.)
    let same = |known: Known| {
        known.analysis.findings == analysis.findings
            && known.analysis.advisories == analysis.advisories
    };
    decode(&text).is_some_and(same).then_some(text)
}

fn decode(text: &str) -> Option<Known> {
    let json = json::parse(text).ok()?;
    let list = |name: &str| json.get(name).and_then(Json::as_array);
    Some(Known {
        arn: string(&json, "arn")?,
        resource_type: keyaki_fetch::snapshot::type_name(json.get("type")?.as_str()?)?,
        account: string(&json, "account")?,
        region: string(&json, "region")?,
        analysis: Analysis {
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
        },
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

fn finding(finding: &Finding) -> Json {
    let text = |text: &String| Json::from(text.as_str());
    let mut members = vec![
        ("id", text(&finding.id)),
        ("kind", text(&finding.principal.0)),
        ("principal", text(&finding.principal.1)),
        ("actions", Json::array(finding.actions.iter().map(text))),
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
    let pair = |member: &json::Member| Some((member.key.value.clone(), text(&member.value)?));
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

fn source(source: &Granted) -> Json {
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

fn statement(statement: &FindingStatement) -> Json {
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

fn advisory(advisory: &Advisory) -> Json {
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
