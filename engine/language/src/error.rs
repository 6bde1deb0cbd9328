//! What is said when a document has no meaning.

use crate::span::Span;

/// A document that cannot be given a meaning (rule S2), with the place and, where one is known, the cure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} at {at}", at = if self.at.is_empty() { "the top of the document" } else { self.at.as_str() })]
pub struct DocumentError {
    code: &'static str,
    message: String,
    at: String,
    span: Span,
    hint: Option<String>,
}

impl DocumentError {
    /// An error with a stable `code` (kebab-case), a message in lower case without a final period,
    /// the JSON pointer of the node and its place.
    pub fn new(
        code: &'static str,
        message: impl Into<String>,
        at: impl Into<String>,
        span: Span,
    ) -> Self {
        Self {
            code,
            message: message.into(),
            at: at.into(),
            span,
            hint: None,
        }
    }

    /// Adds the cure, shown on a line of its own.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Stable name of the kind of error, such as `unknown-operator`.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The message without the place.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// JSON pointer (RFC 6901) of the node; empty for the whole document.
    pub fn at(&self) -> &str {
        &self.at
    }

    /// Where the node stands in the text.
    pub fn span(&self) -> Span {
        self.span
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}
