//! Files that people name: policies and requests, or `-` for standard input.

use crate::batch::read::{PolicyKind, check_type};
use crate::failure::{Failure, Stop};
use keyaki_language::Policy;
use keyaki_language::json::{self, Json, MAX_SIZE};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// A text and what to call it.
#[derive(Debug)]
pub(crate) struct Text {
    /// The file's name as it was given.
    pub(crate) name: String,
    /// Its content.
    pub(crate) text: String,
}

/// A policy with its text, for excerpts.
#[derive(Debug)]
pub(crate) struct PolicyFile {
    /// Where it came from.
    pub(crate) source: Text,
    /// What it says.
    pub(crate) policy: Policy,
}

/// Reads a file of at most 16 MiB of UTF-8.
pub(crate) fn read(path: &Path) -> Result<Text, Stop> {
    let name = if path == Path::new("-") {
        "<stdin>".to_owned()
    } else {
        path.display().to_string()
    };
    let fail = |message: String| Failure::new(message).in_file(&name);
    let cannot = |error: &io::Error| fail(format!("cannot read: {}", reason(error)));
    let mut bytes = Vec::new();
    let limit = MAX_SIZE as u64 + 1;
    if path == Path::new("-") {
        static TAKEN: AtomicBool = AtomicBool::new(false);
        if TAKEN.swap(true, Ordering::Relaxed) {
            return Err(fail("standard input is named twice".to_owned())
                .with_hint("write one of the two to a file")
                .into());
        }
        io::stdin()
            .lock()
            .take(limit)
            .read_to_end(&mut bytes)
            .map_err(|error| cannot(&error))?;
    } else {
        let file = File::open(path).map_err(|error| cannot(&error))?;
        file.take(limit)
            .read_to_end(&mut bytes)
            .map_err(|error| cannot(&error))?;
    }
    if bytes.len() > MAX_SIZE {
        let limit = MAX_SIZE >> 20;
        return Err(fail(format!("larger than {limit} MiB"))
            .with_hint("a policy of AWS has at most 20 KB")
            .into());
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Text { name, text }),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let before = &error.as_bytes()[..at];
            let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
            Err(fail(format!("byte {at}, on line {line}, is not UTF-8"))
                .with_hint("save the file as UTF-8")
                .into())
        }
    }
}

/// Opens a file, or standard input for `-`, to be read line by line; with it comes what to call it.
pub(crate) fn open_lines(path: &Path) -> Result<(String, Box<dyn BufRead>), Stop> {
    if path == Path::new("-") {
        return Ok(("<stdin>".to_owned(), Box::new(io::stdin().lock())));
    }
    let name = path.display().to_string();
    let cannot = |error| Failure::new(format!("cannot read: {}", reason(&error))).in_file(&name);
    let file = File::open(path).map_err(cannot)?;
    if file.metadata().map_err(cannot)?.is_dir() {
        return Err(Failure::new("cannot read: it is a directory")
            .in_file(&name)
            .into());
    }
    Ok((name, Box::new(BufReader::new(file))))
}

/// Why a file cannot be read, in words.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

/// Reads a file's text as JSON.
pub(crate) fn parsed(source: &Text) -> Result<Json<'_>, Stop> {
    let failed = |error| Failure::in_document(&source.name, &source.text, &error);
    Ok(json::parse(&source.text).map_err(failed)?)
}

/// Reads a policy of any type.
pub(crate) fn read_policy(path: &Path) -> Result<PolicyFile, Stop> {
    let source = read(path)?;
    let policy = Policy::read(&source.text)
        .map_err(|error| Failure::in_document(&source.name, &source.text, &error))?;
    Ok(PolicyFile { source, policy })
}

/// Reads a policy that must be of the type.
pub(crate) fn read_policy_of(path: &Path, kind: PolicyKind) -> Result<PolicyFile, Stop> {
    let file = read_policy(path)?;
    file.must_be(kind)?;
    Ok(file)
}

impl PolicyFile {
    /// Refuses what a policy of this type must not hold.
    pub(crate) fn must_be(&self, kind: PolicyKind) -> Result<(), Stop> {
        check_type(&self.policy, kind, "").map_err(|error| {
            Failure::in_document(&self.source.name, &self.source.text, &error).into()
        })
    }

    /// Whether some statement names a principal.
    pub(crate) fn names_principals(&self) -> bool {
        self.policy
            .statements
            .iter()
            .any(|statement| statement.principal.is_some())
    }
}
