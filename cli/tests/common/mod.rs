//! Runs the built command.

use keyaki_language::json::{self, Json};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// What a run left behind.
pub(crate) struct Run {
    /// Exit status.
    pub(crate) status: i32,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

/// Runs `keyaki` with arguments and standard input.
pub(crate) fn keyaki(arguments: &[&str], input: &str) -> Run {
    let mut child = command(arguments)
        .stdin(Stdio::piped())
        .spawn()
        .expect("the command is built");
    let mut stdin = child.stdin.take().expect("it is piped");
    let input = input.to_owned();
    // The command may answer before it has read all, or not read at all.
    let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("the writer ends");
    Run {
        status: output.status.code().expect("no signal ended it"),
        out: String::from_utf8(output.stdout).expect("output is UTF-8"),
        err: String::from_utf8(output.stderr).expect("messages are UTF-8"),
    }
}

/// The command, its output piped.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyaki"));
    command
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A folder of this test's own, empty.
#[allow(dead_code, reason = "not every test file writes files")]
pub(crate) fn folder(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    if path.exists() {
        std::fs::remove_dir_all(&path).expect("the folder is ours");
    }
    std::fs::create_dir_all(&path).expect("the folder can be made");
    path
}

/// A file in a folder, as an argument.
#[allow(dead_code, reason = "not every test file writes files")]
pub(crate) fn file(folder: &std::path::Path, name: &str, content: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, content).expect("the file can be written");
    path.display().to_string()
}

/// Text that must be JSON.
#[allow(dead_code, reason = "not every test file reads JSON")]
pub(crate) fn parse(text: &str) -> Json<'static> {
    let json = json::parse(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    json.into_owned()
}

/// The text of a member.
#[allow(dead_code, reason = "not every test file reads JSON")]
pub(crate) fn text<'a>(json: &'a Json, name: &str) -> &'a str {
    json.get(name)
        .and_then(Json::as_str)
        .unwrap_or_else(|| panic!("`{name}` is missing in {json}"))
}
