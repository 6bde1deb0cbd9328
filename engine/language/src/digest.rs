//! Digests: which document an answer is about.

use sha2::{Digest, Sha256};

/// `sha256:` and the 64 hex digits of a text's SHA-256.
///
/// ```
/// let digest = keyaki_language::digest::of("");
/// assert_eq!(digest, "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
/// ```
pub fn of(text: &str) -> String {
    use std::fmt::Write;
    let mut out = "sha256:".to_owned();
    for byte in Sha256::digest(text) {
        write!(out, "{byte:02x}").expect("writing to a string does not fail");
    }
    out
}
