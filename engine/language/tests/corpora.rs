//! Real policies: every sound document is read, every malformed one is refused.
//!
//! The corpora are found by `KEYAKI_CORPORA`, or beside the workspace; where there are none, the tests
//! say so and end.
#![expect(
    clippy::print_stderr,
    reason = "a test without its data must not look like one that ran"
)]

use keyaki_language::json::{self, Json};
use keyaki_language::{DocumentError, Policy};
use std::path::{Path, PathBuf};

/// Operators in the corpora that AWS does not know.
const INVENTED_OPERATORS: [&str; 6] = [
    "x",
    "a",
    "y",
    "UnsupportedOperation",
    "ForAnyValuesStringLike",
    "ForAnyValue::StringEqualsIfExists",
];

fn corpora() -> Option<PathBuf> {
    let folder = match std::env::var_os("KEYAKI_CORPORA") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora"),
    };
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!(
        "skipped: no corpora at {}; set KEYAKI_CORPORA",
        folder.display()
    );
    None
}

/// The documents of a file, with the number of the line and the field.
fn documents(file: &Path) -> Vec<(String, Json<'static>)> {
    let bytes = std::fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut found = Vec::new();
    for (number, line) in bytes.split(|b| *b == b'\n').enumerate() {
        if line.is_empty() {
            continue;
        }
        let record = json::parse_bytes(line)
            .unwrap_or_else(|error| panic!("{}:{}: {error}", file.display(), number + 1));
        if record.get("lint").is_some() {
            continue;
        }
        for field in ["document", "old", "new"] {
            if let Some(document) = record.get(field) {
                let name = format!("{}:{}/{field}", file.display(), number + 1);
                found.push((name, document.clone().into_owned()));
            }
        }
    }
    found
}

fn is_invented_operator(error: &DocumentError) -> bool {
    error.code() == "unknown-operator"
        && INVENTED_OPERATORS
            .iter()
            .any(|name| error.message().ends_with(&format!(" `{name}`")))
}

#[test]
fn s2_every_sound_document_of_the_corpora_is_read() {
    let Some(corpora) = corpora() else { return };
    let mut read = 0;
    let mut refused = Vec::new();
    for folder in ["managed", "wild"] {
        let folder = std::fs::read_dir(corpora.join(folder)).expect("a folder of the corpora");
        for file in folder.map(|entry| entry.expect("an entry").path()) {
            if file.extension().is_none_or(|e| e != "jsonl") || file.ends_with("malformed.jsonl") {
                continue;
            }
            for (name, document) in documents(&file) {
                let from_json = Policy::from_json(&document, "");
                // The same document as a string of JSON text, and as text.
                let text = document.to_string();
                let from_text = Policy::read(&text);
                let from_string = Policy::from_json(&Json::from(text.as_str()), "");
                assert_eq!(from_text, from_string, "{name}");
                assert_eq!(from_json.is_ok(), from_text.is_ok(), "{name}");
                match from_json {
                    Ok(_) => read += 1,
                    Err(error) if is_invented_operator(&error) => {}
                    Err(error) => refused.push(format!("{name}: {error}")),
                }
            }
        }
    }
    assert!(
        refused.is_empty(),
        "{} refused:\n{}",
        refused.len(),
        refused.join("\n")
    );
    assert!(read > 7000, "only {read} documents were read");
}

#[test]
fn s2_every_malformed_document_of_the_corpora_is_refused() {
    let Some(corpora) = corpora() else { return };
    let mut refused = 0;
    for (name, document) in documents(&corpora.join("wild/malformed.jsonl")) {
        let error = Policy::from_json(&document, "/document").expect_err(&name);
        assert!(error.at().starts_with("/document"), "{name}: {error}");
        assert!(
            error.span().start.line == 1 && error.span().start.column > 1,
            "{name}: {error}"
        );
        refused += 1;
    }
    assert!(refused > 90, "only {refused} documents were found");
}
