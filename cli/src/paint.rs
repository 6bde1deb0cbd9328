//! Colour, which never carries a meaning alone.
//!
//! Colour is used on a terminal only, unless `--color` says otherwise; `NO_COLOR` turns it off. Text that
//! comes from documents passes through [`plain`] on its way to a terminal, so that no control sequence
//! hidden in a policy reaches it.

use clap::ValueEnum;
use std::borrow::Cow;
use std::io::{self, IsTerminal};
use std::sync::OnceLock;

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Choice {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

static CHOICE: OnceLock<Choice> = OnceLock::new();

/// Sets the choice of the command line, once.
pub(crate) fn choose(choice: Choice) {
    let _ = CHOICE.set(choice);
}

/// Puts colour around text, or not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint(bool);

impl Paint {
    /// For standard output.
    pub(crate) fn stdout() -> Self {
        Self(wanted(io::stdout().is_terminal()))
    }

    /// For standard error.
    pub(crate) fn stderr() -> Self {
        Self(wanted(io::stderr().is_terminal()))
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.around("1", text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.around("2", text)
    }

    pub(crate) fn bad(self, text: &str) -> String {
        self.around("1;31", text)
    }

    pub(crate) fn good(self, text: &str) -> String {
        self.around("1;32", text)
    }

    pub(crate) fn doubtful(self, text: &str) -> String {
        self.around("1;33", text)
    }

    fn around(self, code: &str, text: &str) -> String {
        if self.0 {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

fn wanted(terminal: bool) -> bool {
    match CHOICE.get().copied().unwrap_or(Choice::Auto) {
        Choice::Always => true,
        Choice::Never => false,
        Choice::Auto => {
            let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
            let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
            terminal && !set("NO_COLOR") && !dumb
        }
    }
}

/// The text with control characters and characters that turn the writing direction spelled out.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    let spelled = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(spelled) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if spelled(c) {
            out.extend(c.escape_unicode())
        } else {
            out.push(c)
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_spelled_out() {
        assert_eq!(plain("a\x1b[31mb\u{202e}"), "a\\u{1b}[31mb\\u{202e}");
        assert!(matches!(plain("größe"), Cow::Borrowed(_)));
    }
}
