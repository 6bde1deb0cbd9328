//! Evidence: certificates and witnesses as files, and `keyaki verify`, which checks them.
//!
//! Checking shares no code with the search that made a certificate: `keyaki-checker` builds the claim from the documents in
//! the file and follows the proof step by step.

use crate::Status;
use crate::args::Verify;
use crate::failure::{Failure, Stop};
use crate::input::open_lines;
use crate::paint::{Paint, plain};
use crate::words;
use keyaki_checker::{Proved, Rejection, verify};
use keyaki_language::json::{self, Json, MAX_SIZE};
use std::fs;
use std::io::{self, BufRead, Read, Write};
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
    let mut tally = Tally {
        out: io::stdout().lock(),
        status: Status::Clean,
    };
    for path in &options.files {
        tally.file(path)?;
    }
    Ok(tally.status)
}

/// What was checked so far.
struct Tally<'o> {
    out: io::StdoutLock<'o>,
    status: Status,
}

impl Tally<'_> {
    /// Checks what a file holds: one piece of evidence, a list, or one a line; of answers of `keyaki batch` their certificates.
    ///
    /// Lines are read one after the other, so a file may be as long as it likes.
    fn file(&mut self, path: &Path) -> Result<(), Stop> {
        let (name, mut lines) = open_lines(path)?;
        let cannot = |error| Failure::new(format!("cannot read: {error}")).in_file(&name);
        let too_long =
            || Failure::new(format!("evidence larger than {} MiB", MAX_SIZE >> 20)).in_file(&name);
        let mut text = String::new();
        let mut number = 0;
        loop {
            text.clear();
            let mut line = (&mut lines).take(MAX_SIZE as u64 + 1);
            if line.read_line(&mut text).map_err(cannot)? == 0 {
                return Ok(());
            }
            number += 1;
            if text.len() > MAX_SIZE {
                return Err(too_long().into());
            }
            if text.trim().is_empty() {
                continue;
            }
            let json = match json::parse(&text) {
                Ok(json) => json,
                // A value over several lines: what follows belongs to it.
                Err(_) => {
                    let left = (MAX_SIZE + 1 - text.len()) as u64;
                    (&mut lines)
                        .take(left)
                        .read_to_string(&mut text)
                        .map_err(cannot)?;
                    if text.len() > MAX_SIZE {
                        return Err(too_long().into());
                    }
                    json::parse(&text)
                        .map_err(|error| Failure::in_document(&name, &text, &error))?
                }
            };
            self.item(&format!("{}:{number}", plain(&name)), &json)?;
        }
    }

    /// Checks one value.
    fn item(&mut self, place: &str, json: &Json) -> Result<(), Stop> {
        let inner = match json.get("certificate") {
            Some(inner) => inner,
            None if json.get("format").is_none() && json.get("id").is_some() => return Ok(()),
            None => json,
        };
        for evidence in inner.as_array().unwrap_or(std::slice::from_ref(inner)) {
            let result = verify(&evidence.to_string());
            self.out.write_all(tell(place, &result).as_bytes())?;
            self.status = match (self.status, &result) {
                (Status::Failed, _) | (_, Err(Rejection::Unreadable(_))) => Status::Failed,
                (_, Err(Rejection::Unproved(_))) => Status::Found,
                (status, Ok(_)) => status,
            };
        }
        Ok(())
    }
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
