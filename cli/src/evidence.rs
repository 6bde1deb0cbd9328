//! Evidence: certificates and witnesses as files, and `keyaki verify`, which checks them.
//!
//! Checking shares no code with the search that made a certificate: `keyaki-checker` builds the claim from the documents in
//! the file and follows the proof step by step.

use crate::Status;
use crate::args::Verify;
use crate::failure::{Failure, Stop};
use crate::input::read;
use crate::paint::{Paint, plain};
use crate::words;
use keyaki_checker::{Proved, Rejection, verify};
use keyaki_language::json::{self, Json};
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// Writes evidence to a file: the whole of it or nothing.
pub(crate) fn save(path: &Path, evidence: &[String]) -> Result<(), Stop> {
    let text = match evidence {
        [only] => format!("{only}\n"),
        list => format!("[{}]\n", list.join(",\n")),
    };
    let name = path.display().to_string();
    let fail = |error: &io::Error| Failure::new(format!("cannot write: {error}")).in_file(&name);
    let beside = path.with_extension("part");
    let written = fs::write(&beside, text).and_then(|()| fs::rename(&beside, path));
    written.map_err(|error| {
        let _ = fs::remove_file(&beside);
        fail(&error).into()
    })
}

/// Runs `keyaki verify`.
pub(crate) fn run(options: &Verify) -> Result<Status, Stop> {
    let mut status = Status::Clean;
    let mut out = io::stdout().lock();
    for path in &options.files {
        let source = read(path)?;
        let items = evidence_in(&source.text)
            .map_err(|error| Failure::in_document(&source.name, &source.text, &error))?;
        for (at, item) in items.iter().enumerate() {
            let place = if items.len() == 1 {
                plain(&source.name).to_string()
            } else {
                format!("{}, {} of {}", plain(&source.name), at + 1, items.len())
            };
            let result = verify(&item.to_string());
            out.write_all(tell(&place, &result).as_bytes())?;
            status = match (status, &result) {
                (Status::Failed, _) | (_, Err(Rejection::Unreadable(_))) => Status::Failed,
                (_, Err(Rejection::Unproved(_))) => Status::Found,
                (status, Ok(_)) => status,
            };
        }
    }
    Ok(status)
}

/// The pieces of evidence in a file: one, a list of them, or one a line. Of answers of `keyaki batch` their certificates.
fn evidence_in(text: &str) -> Result<Vec<Json>, keyaki_language::DocumentError> {
    let whole = match json::parse(text) {
        Ok(json) => vec![json],
        Err(error) => {
            let lines: Result<Vec<Json>, _> = text
                .lines()
                .filter(|line| !line.trim().is_empty())
                .map(json::parse)
                .collect();
            match lines {
                Ok(lines) if lines.len() > 1 => lines,
                _ => return Err(error),
            }
        }
    };
    let mut out = Vec::new();
    for item in whole {
        let inner = match item.get("certificate") {
            Some(inner) => inner.clone(),
            None if item.get("id").is_some() => continue,
            None => item,
        };
        match inner.as_array() {
            Some(list) => out.extend(list.iter().cloned()),
            None => out.push(inner),
        }
    }
    Ok(out)
}

fn tell(place: &str, result: &Result<Proved, Rejection>) -> String {
    let paint = Paint::stdout();
    match result {
        Ok(proved) => {
            let mut out = format!(
                "{}: {place}\n  {}\n",
                words::verdict(paint, "accepted"),
                plain(&proved.sentence)
            );
            for (name, digest) in &proved.documents {
                out.push_str(&format!("  {} is {digest}\n", plain(name)));
            }
            out
        }
        Err(Rejection::Unproved(why)) => format!(
            "{}: {place}\n  {}\n",
            words::verdict(paint, "rejected"),
            plain(why)
        ),
        Err(Rejection::Unreadable(why)) => format!(
            "{}: {place}\n  {}\n",
            words::verdict(paint, "unreadable"),
            plain(why)
        ),
    }
}
