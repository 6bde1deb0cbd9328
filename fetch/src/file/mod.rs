//! What teams already have in files, as records: Terraform plans and states, CloudFormation and SAM templates, AWS Config
//! exports, `aws iam get-account-authorization-details`, and folders of what `aws … get-…-policy` prints.
//!
//! The kind of a file is told by looking at it. Each kind has a room of its own, and each yields the records of a
//! snapshot (`crate::snapshot`), with the line and the address that they were made from. What cannot be read, or
//! carries a policy and is of a type that is not analysed, is an error among the records: nothing is dropped in silence.
//!
//! | room | reads |
//! |---|---|
//! | `terraform` | `terraform show -json`, of a plan or a state |
//! | `template` | CloudFormation and SAM, JSON or YAML |
//! | `config` | AWS Config, streaming |
//! | `details` | `get-account-authorization-details` |
//! | `outputs` | a folder of outputs of the AWS CLI |
//! | `unknown`, `policy` | what is not known before a deployment, and what becomes of it |
//! | `decode`, `names`, `s3`, `lambda` | documents inside texts; names in ARNs; ACLs; permissions of functions |
//! | `owner` | account, Region and partition |
//! | `draft` | records while they are made |
//! | `tree` | documents that are worked on |

mod config;
mod decode;
mod details;
mod draft;
mod kinds;
mod lambda;
mod names;
mod outputs;
mod owner;
mod policy;
mod s3;
mod template;
mod terraform;
mod tree;
mod unknown;
mod yaml;

pub(crate) use config::configuration_item;

use crate::snapshot::{Line, Lines, Manifest, RecordError, Snapshot, SnapshotError, Spot};
use draft::Sheet;
use flate2::bufread::MultiGzDecoder;
use keyaki_engine::resource::Organization;
use keyaki_language::DocumentError;
use keyaki_language::policy::AccountId;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;
use tree::{self as json, Json};

/// How deep lists and objects of a file may stand in each other.
const MAX_DEPTH: usize = 200;

/// How many bytes a file may have that is read at once: 256 MiB.
const MAX_SIZE: usize = 256 << 20;

/// How a file is read that does not say all by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The account that owns the resources of a template, plan or output.
    pub account: Option<AccountId>,
    /// Their Region.
    pub region: Option<String>,
    /// Which side of a plan.
    pub side: Side,
}

/// A side of a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// What will be.
    #[default]
    After,
    /// What is.
    Before,
}

/// A policy that was found in a file, whatever became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it is on: `s3-bucket`, `iam-role-trust`, `identity`, `lambda-function`, `other-…`.
    pub kind: String,
    /// The address of what carries it.
    pub address: String,
    /// Its line.
    pub line: u64,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is part of a record.
    Record,
    /// It says what identities of the account may do, and lets in nobody from outside.
    Identity,
    /// It is of a type that is not analysed; an error among the records says so.
    Unsupported,
    /// Its text is not known before the deployment; an error among the records says so, unless identities are all that it is about.
    Unknown,
    /// It stands in a branch that the parameters' defaults do not take; an error among the records says so.
    Untaken,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Records, one a line.
    Records,
    /// AWS Config.
    Config,
    /// One document that has to be read to its end.
    Document,
}

/// Opens a file or a folder of any kind.
///
/// # Errors
///
/// The file cannot be read, or is of no kind that is known.
pub(crate) fn open(path: &Path, options: &Options) -> Result<Snapshot<'static>, SnapshotError> {
    let cannot = |error: std::io::Error| {
        SnapshotError::new(path, format!("cannot read: {error}")).with_hint(
            "give a snapshot, a Terraform plan, a template, an AWS Config export, a folder of outputs, or `-` for standard input",
        )
    };
    if fs::metadata(path).map_err(cannot)?.is_dir() {
        let sheet = outputs::read(path, options)?;
        return Ok(snapshot(sheet));
    }
    let name = path.display().to_string();
    let file = File::open(path).map_err(cannot)?;
    from_reader(&name, BufReader::with_capacity(WINDOW, file), options)
}

/// How many lines are looked at for a record.
const LINES: usize = 64;

/// How many bytes are looked at to tell what a stream is.
const WINDOW: usize = 1 << 17;

/// Reads a stream of any kind; `name` is what errors call it.
pub(crate) fn from_reader<'a>(
    name: &str,
    reader: impl BufRead + Send + 'a,
    options: &Options,
) -> Result<Snapshot<'a>, SnapshotError> {
    match recognised(name, reader)? {
        Recognised::Made(snapshot) => Ok(*snapshot),
        Recognised::Document(bytes) => read_document(name, &bytes, options).map(snapshot),
    }
}

/// Reads a stream of any kind, and what it says of the time before the change that it describes, if it does: a plan cannot be read twice
/// from standard input.
pub(crate) fn both_from_reader<'a>(
    name: &str,
    reader: impl BufRead + Send + 'a,
    options: &Options,
) -> Result<(Snapshot<'a>, Option<Snapshot<'a>>), SnapshotError> {
    match recognised(name, reader)? {
        Recognised::Made(snapshot) => Ok((*snapshot, None)),
        Recognised::Document(bytes) => {
            let after = read_document(name, &bytes, options).map(snapshot)?;
            if !says_before(&bytes) {
                return Ok((after, None));
            }
            let options = Options {
                side: Side::Before,
                ..options.clone()
            };
            let before = read_document(name, &bytes, &options).map(snapshot)?;
            Ok((after, Some(before)))
        }
    }
}

/// A stream whose kind was told.
enum Recognised<'a> {
    /// It streams.
    Made(Box<Snapshot<'a>>),
    /// One document.
    Document(Vec<u8>),
}

/// Tells what a stream is, unpacked if it is compressed; a document is read to its end.
fn recognised<'a>(
    name: &str,
    mut reader: impl BufRead + Send + 'a,
) -> Result<Recognised<'a>, SnapshotError> {
    let path = Path::new(name);
    let cannot = |error: std::io::Error| SnapshotError::new(path, format!("cannot read: {error}"));
    // A pipe hands out less than is asked for, so the first bytes are put together.
    let mut window = Vec::new();
    let size = WINDOW as u64;
    reader
        .by_ref()
        .take(size)
        .read_to_end(&mut window)
        .map_err(cannot)?;
    if window.starts_with(GZIP) {
        let packed = Cursor::new(window).chain(reader);
        let plain = name.strip_suffix(".gz").unwrap_or(name);
        let unpacked = BufReader::with_capacity(WINDOW, MultiGzDecoder::new(packed));
        let mut unpacked: Box<dyn BufRead + Send + 'a> = Box::new(unpacked);
        let mut window = Vec::new();
        let of_it = |error: std::io::Error| {
            SnapshotError::new(path, format!("cannot unpack: {error}"))
                .with_hint("the file is compressed by gzip, and is not whole")
        };
        unpacked
            .by_ref()
            .take(size)
            .read_to_end(&mut window)
            .map_err(of_it)?;
        return whole(
            name,
            kind_of(plain, &window),
            Cursor::new(window).chain(unpacked),
            of_it,
        );
    }
    let kind = kind_of(name, &window);
    whole(name, kind, Cursor::new(window).chain(reader), cannot)
}

/// How a file compressed by gzip begins (RFC 1952, section 2.3.1).
const GZIP: &[u8] = b"\x1f\x8b";

fn whole<'a>(
    name: &str,
    kind: Kind,
    reader: impl BufRead + Send + 'a,
    cannot: impl Fn(std::io::Error) -> SnapshotError,
) -> Result<Recognised<'a>, SnapshotError> {
    Ok(match kind {
        Kind::Records => Recognised::Made(Box::new(Snapshot::from_records(name, reader))),
        Kind::Config => Recognised::Made(Box::new(made(config::items(name, reader)))),
        Kind::Document => {
            let mut bytes = Vec::new();
            reader
                .take(MAX_SIZE as u64 + 1)
                .read_to_end(&mut bytes)
                .map_err(cannot)?;
            Recognised::Document(bytes)
        }
    })
}

/// What stands in a file before a plan is applied, if the file says it.
pub(crate) fn has_before(path: &Path) -> bool {
    let Ok(file) = File::open(path) else {
        return false;
    };
    let reader = BufReader::with_capacity(WINDOW, file);
    let name = path.display().to_string();
    matches!(recognised(&name, reader), Ok(Recognised::Document(bytes)) if says_before(&bytes))
}

fn says_before(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let decoded = utf16(bytes);
    let bytes = decoded.as_ref().map_or(bytes, |text| text.as_bytes());
    json::parse_bytes_within(bytes, MAX_SIZE, MAX_DEPTH)
        .is_ok_and(|document| terraform::is_it(&document) && terraform::has_before(&document))
}

/// The policies of one file, in the order in which they are found.
///
/// # Errors
///
/// Those of reading it.
pub fn policies(path: &Path, options: &Options) -> Result<Vec<Found>, SnapshotError> {
    let name = path.display().to_string();
    let bytes = fs::read(path)
        .map_err(|error| SnapshotError::new(path, format!("cannot read: {error}")))?;
    Ok(read_document(&name, &bytes, options)?.found)
}

fn made<'a>(lines: impl Iterator<Item = Result<Line, RecordError>> + Send + 'a) -> Snapshot<'a> {
    Snapshot {
        organization: Organization::default(),
        manifest: Manifest::default(),
        resources: Lines::from_made(lines),
        policies: Vec::new(),
    }
}

fn snapshot(sheet: Sheet) -> Snapshot<'static> {
    Snapshot {
        policies: sheet.found,
        ..made(sheet.lines.into_iter())
    }
}

/// Tells by the first bytes what has to stream and what has to be read at once.
fn kind_of(name: &str, window: &[u8]) -> Kind {
    let window = window
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(window)
        .trim_ascii_start();
    if config::is_it(window) {
        return Kind::Config;
    }
    let is_record = |line: &[u8]| {
        line.starts_with(b"{")
            && json::parse_bytes(line).is_ok_and(|line| line.get("resourceArn").is_some())
    };
    // A line that is none may stand before others that are.
    let is_record = window
        .split(|byte| *byte == b'\n')
        .take(LINES)
        .any(is_record);
    let starts_so =
        window.starts_with(b"{\"resourceArn\"") || window.starts_with(b"{\"schemaVersion\"");
    if name.ends_with(".jsonl") || is_record || starts_so {
        return Kind::Records;
    }
    Kind::Document
}

/// Reads a file that is one document.
fn read_document(name: &str, bytes: &[u8], options: &Options) -> Result<Sheet, SnapshotError> {
    let path = Path::new(name);
    let in_document = |error: DocumentError| {
        let hint = error.hint().map_or_else(
            || {
                "is the file whole? It is read as a plan, a template, an export or an output"
                    .to_owned()
            },
            str::to_owned,
        );
        SnapshotError::in_document(name, error).with_hint(hint)
    };
    if bytes.len() > MAX_SIZE {
        return Err(
            SnapshotError::new(path, format!("the file has more than {MAX_SIZE} bytes"))
                .with_hint("only snapshots and AWS Config exports may be larger"),
        );
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let decoded = utf16(bytes);
    let bytes = decoded.as_ref().map_or(bytes, |text| text.as_bytes());
    if bytes.trim_ascii().is_empty() {
        return Err(SnapshotError::new(path, "the file is empty")
            .with_hint("did the command that should have written it fail?"));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let valid = &bytes[..error.valid_up_to()];
        let line = memchr::memchr_iter(b'\n', valid).count() + 1;
        let message = format!("byte {} (line {line}) is not UTF-8", error.valid_up_to());
        SnapshotError::new(path, message).with_hint(
            "save a text as UTF-8; a plan is read as `terraform show -json PLAN` prints it, not as the plan file itself",
        )
    })?;
    if unknown::is_spelled(text) {
        return Err(
            SnapshotError::new(path, "the file holds a letter between U+E000 and U+E002")
                .with_hint(
                    "these letters for private use mean something of their own here; remove them",
                ),
        );
    }
    let mut sheet = Sheet::new(name);
    let is_json = text.trim_start().starts_with(['{', '[']);
    let parsed = if is_json {
        json::parse_bytes_within(bytes, MAX_SIZE, MAX_DEPTH)
    } else {
        yaml(text, &mut sheet)
    };
    let document = match parsed {
        Ok(document) => document,
        // YAML may begin with a bracket as well, and takes a key that is written twice.
        Err(error) if is_json => yaml(text, &mut sheet)
            .ok()
            .filter(template::is_it)
            .ok_or_else(|| in_document(error))?,
        Err(error) => return Err(in_document(error)),
    };
    read_any(&document, text, options, &mut sheet)?;
    Ok(sheet)
}

/// A text in UTF-16, as PowerShell writes what a command prints; `None` where no mark says that it is.
fn utf16(bytes: &[u8]) -> Option<String> {
    let (mark, rest) = bytes.split_first_chunk::<2>()?;
    let read = match mark {
        b"\xff\xfe" => u16::from_le_bytes,
        b"\xfe\xff" => u16::from_be_bytes,
        _ => return None,
    };
    let (pairs, odd) = rest.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| read(*pair)).collect();
    String::from_utf16(&units).ok().filter(|_| odd.is_empty())
}

/// Reads YAML. A key that is written twice is told: what stands under the first is not read.
fn yaml(text: &str, sheet: &mut Sheet) -> Result<Json, DocumentError> {
    let parsed = yaml::parse(text)?;
    for yaml::Doubled { at, line } in parsed.doubled {
        let address = String::new();
        let message = format!("a key is written twice at {at}: only the second is analysed");
        let spot = Spot { address, line };
        sheet.not_analysed(
            "duplicate-key",
            message,
            Some("remove one of them"),
            &spot,
            None,
        );
    }
    Ok(parsed.document)
}

fn read_any(
    document: &Json,
    text: &str,
    options: &Options,
    sheet: &mut Sheet,
) -> Result<(), SnapshotError> {
    let name = sheet.file.to_string();
    if template::is_it(document) {
        template::read(document, text, options, sheet);
    } else if terraform::is_it(document) {
        terraform::read(document, text, options, sheet);
    } else if details::is_it(document) {
        details::read(document, options, sheet);
    } else if !outputs::read_one(document, Path::new(&name), options, sheet) {
        let path = Path::new(&name);
        return Err(SnapshotError::new(path, "cannot tell what this file is").with_hint(
            "what is read: snapshots, `terraform show -json`, CloudFormation and SAM templates, AWS Config exports, \
             `aws iam get-account-authorization-details`, outputs of `aws … get-…-policy`",
        ));
    }
    Ok(())
}
