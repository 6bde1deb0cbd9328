//! Why the work could not be done, told so that it can be mended.
//!
//! A failure names the file, the line and column, the JSON pointer, what is wrong, shows the line, and
//! ends with a hint where one is known.

use crate::paint::{Paint, plain};
use keyaki_fetch::SnapshotError;
use keyaki_language::DocumentError;
use keyaki_language::span::Span;
use std::io::{self, Write};

/// Why a run stops early.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Nobody reads the output any more.
    ClosedPipe,
    /// The work cannot be done.
    Failure(Box<Failure>),
}

/// What is wrong, and where.
#[derive(Debug, Default)]
pub(crate) struct Failure {
    file: Option<String>,
    span: Option<Span>,
    at: String,
    message: String,
    excerpt: Option<String>,
    hint: Option<String>,
}

impl Failure {
    /// Something that stands in no file.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..Self::default()
        }
    }

    /// An error of a document, with its text for the excerpt.
    pub(crate) fn in_document(file: &str, text: &str, error: &DocumentError) -> Self {
        // A document inside a string of JSON has places of its own, which do not count in the file.
        let span = Some(error.span()).filter(|span| span.start.line > 0);
        Self {
            file: Some(file.to_owned()),
            span,
            at: error.at().to_owned(),
            message: error.message().to_owned(),
            excerpt: span.map(|span| excerpt(text, span, 1, true)),
            hint: error.hint().map(str::to_owned),
        }
    }

    #[must_use]
    pub(crate) fn in_file(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }

    #[must_use]
    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Stop::Failure(Box::new(failure))
    }
}

impl From<SnapshotError> for Stop {
    fn from(error: SnapshotError) -> Self {
        let failure = match error.document() {
            // The text is not at hand any more, and the place says enough.
            Some(document) => Failure {
                excerpt: None,
                ..Failure::in_document(error.file(), "", document)
            },
            None => Failure::new(error.to_string()),
        };
        match error.hint() {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        }
        .into()
    }
}

/// Errors of writing; errors of reading are told where the file's name is known.
impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Stop::ClosedPipe,
            _ => Failure::new(format!("cannot write the output: {error}")).into(),
        }
    }
}

/// Writes a failure to standard error.
pub(crate) fn report(failure: &Failure) {
    let paint = Paint::stderr();
    let mut text = paint.bad("error:");
    text.push(' ');
    if let Some(file) = &failure.file {
        text.push_str(&plain(file));
        if let Some(span) = failure.span {
            text.push_str(&format!(":{}:{}", span.start.line, span.start.column));
        }
        text.push_str(": ");
    }
    text.push_str(&plain(&failure.message));
    if !failure.at.is_empty() {
        text.push_str(&format!(" at {}", plain(&failure.at)));
    }
    text.push('\n');
    if let Some(excerpt) = &failure.excerpt {
        text.push_str(excerpt);
    }
    if let Some(hint) = &failure.hint {
        text.push_str(&format!("hint: {}\n", plain(hint)));
    }
    // There is nobody left to tell if standard error is closed.
    let _ = io::stderr().write_all(text.as_bytes());
}

/// How many characters of a line an excerpt shows.
const WIDTH: usize = 120;

/// The lines of a text that a span covers, at most `most`, with their numbers; `mark` underlines the
/// first. A long line is cut around the span's start.
pub(crate) fn excerpt(text: &str, span: Span, most: usize, mark: bool) -> String {
    let first = span.start.line.max(1) as usize;
    let last = (span.end.line as usize).max(first);
    let mut out = String::new();
    for (i, line) in text
        .lines()
        .enumerate()
        .skip(first - 1)
        .take((last - first + 1).min(most))
    {
        let column = if i + 1 == first {
            (span.start.column as usize).saturating_sub(1)
        } else {
            0
        };
        // Where a long line is cut off on its left.
        let from = if column > WIDTH / 2 {
            column - WIDTH / 4
        } else {
            0
        };
        let mut shown: String = line
            .chars()
            .skip(from)
            .take(WIDTH)
            .map(|c| if c == '\t' { ' ' } else { c })
            .collect();
        if line.chars().nth(from + WIDTH).is_some() {
            shown.push('…');
        }
        let cut = if from > 0 { "…" } else { "" };
        out.push_str(&format!("{:>5} | {cut}{}\n", i + 1, plain(&shown)));
        if mark && i + 1 == first {
            let to = if span.end.line == span.start.line {
                span.end.column as usize
            } else {
                0
            };
            let width = to.saturating_sub(column + 1).clamp(1, WIDTH);
            let indent = column - from + cut.chars().count();
            out.push_str(&format!(
                "      | {}{}\n",
                " ".repeat(indent),
                "^".repeat(width)
            ));
        }
    }
    if last - first + 1 > most && !mark {
        out.push_str("      | …\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use keyaki_language::span::Position;

    fn span(line: u32, from: u32, to: u32) -> Span {
        let place = |column| Position {
            line,
            column,
            offset: 0,
        };
        Span {
            start: place(from),
            end: place(to),
        }
    }

    #[test]
    fn an_excerpt_underlines_its_span() {
        assert_eq!(
            excerpt("{\n  \"a\": 1\n}", span(2, 3, 6), 1, true),
            "    2 |   \"a\": 1\n      |   ^^^\n"
        );
    }

    #[test]
    fn a_long_line_is_cut_around_the_span() {
        let text = format!("{}X{}", "a".repeat(500), "b".repeat(500));
        let shown = excerpt(&text, span(1, 501, 502), 1, true);
        let lines: Vec<Vec<char>> = shown.lines().map(|line| line.chars().collect()).collect();
        let caret = lines[1]
            .iter()
            .position(|&c| c == '^')
            .expect("it is marked");
        assert_eq!(lines[0][caret], 'X');
        assert!(lines[0].len() < 140);
    }

    #[test]
    fn a_place_outside_of_the_text_shows_nothing() {
        assert_eq!(excerpt("{}", span(7, 1, 2), 1, true), "");
    }
}
