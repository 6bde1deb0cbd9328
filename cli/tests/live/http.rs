//! As much of HTTP as a test server needs: requests with a length, answers with a length.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};

/// A request, in its parts and as it came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) query: String,
    /// By name in small letters.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
    /// All of it.
    pub(crate) raw: Vec<u8>,
}

impl Request {
    /// The next one on a connection; `None` where it was closed.
    pub(crate) fn read(reader: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut request = Self::default();
        let mut line = String::new();
        loop {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Ok(None);
            }
            request.raw.extend_from_slice(line.as_bytes());
            let text = line.trim_end();
            if text.is_empty() {
                break;
            }
            match text.split_once(": ") {
                Some((name, value)) => drop(
                    request
                        .headers
                        .insert(name.to_ascii_lowercase(), value.to_owned()),
                ),
                None => {
                    let target = text.split(' ').nth(1).unwrap_or_default();
                    let (path, query) = target.split_once('?').unwrap_or((target, ""));
                    (request.path, request.query) = (path.to_owned(), query.to_owned());
                }
            }
        }
        let length = request.header("content-length").parse().unwrap_or(0);
        request.body.resize(length, 0);
        reader.read_exact(&mut request.body)?;
        request.raw.extend_from_slice(&request.body);
        Ok(Some(request))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap_or_default()
    }

    /// The parts of the credential that it is signed with: key, day, Region, service.
    pub(crate) fn credential(&self) -> Vec<&str> {
        let authorization = self.header("authorization");
        let credential = authorization
            .split("Credential=")
            .nth(1)
            .unwrap_or_default();
        credential.split([',', '/']).collect()
    }

    pub(crate) fn key(&self) -> &str {
        self.credential().first().copied().unwrap_or_default()
    }

    pub(crate) fn region(&self) -> &str {
        self.credential().get(2).copied().unwrap_or_default()
    }

    pub(crate) fn service(&self) -> &str {
        self.credential().get(3).copied().unwrap_or_default()
    }
}

/// Writes an answer.
pub(crate) fn answer(
    to: &mut impl Write,
    status: u16,
    kind: &str,
    extra: &str,
    body: &str,
    close: bool,
) -> io::Result<()> {
    let connection = if close { "close" } else { "keep-alive" };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} Told\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{extra}Connection: {connection}\r\n\r\n{body}"
    );
    to.write_all(head.as_bytes())?;
    to.flush()
}
