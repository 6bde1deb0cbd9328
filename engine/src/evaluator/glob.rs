//! Patterns cut into runs of text, wildcards and variables; matching allocates nothing.
//!
//! Most patterns are plain, a beginning, or `*`, and each of these is one comparison. The others are walked with one
//! `*` to fall back to, as the judge does, but a run of letters at a time.

use super::names::KeyId;
use super::request::{Keys, Values};
use keyaki_language::template::{Piece, Template};

/// A compiled pattern.
#[derive(Debug)]
pub(super) enum Glob {
    /// `*`.
    Any,
    /// No wildcard, no variable.
    Plain(Box<str>),
    /// Letters, then `*`.
    Beginning(Box<str>),
    /// Everything else.
    Parts(Box<[Part]>),
}

/// One step of a pattern.
#[derive(Debug)]
pub(super) enum Part {
    Text(Box<str>),
    One,
    Many,
    Variable {
        key: KeyId,
        default: Option<Box<str>>,
    },
}

/// How letters are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Exact,
    /// ASCII letters without regard to case.
    Folded,
}

impl Glob {
    pub(super) fn new(pieces: &[Piece], keys: &mut Keys) -> Self {
        let mut parts: Vec<Part> = Vec::new();
        let mut text = String::new();
        for piece in pieces {
            if let Piece::Char(c) = piece {
                text.push(*c);
                continue;
            }
            flush(&mut text, &mut parts);
            match piece {
                Piece::Char(_) => {}
                Piece::One => parts.push(Part::One),
                // Two in a row say no more than one.
                Piece::Many if matches!(parts.last(), Some(Part::Many)) => {}
                Piece::Many => parts.push(Part::Many),
                Piece::Variable(variable) => parts.push(Part::Variable {
                    key: keys.id(&variable.key),
                    default: variable.default.as_deref().map(Box::from),
                }),
            }
        }
        flush(&mut text, &mut parts);
        match parts.as_mut_slice() {
            [] => Glob::Plain("".into()),
            [Part::Many] => Glob::Any,
            [Part::Text(text)] => Glob::Plain(std::mem::take(text)),
            [Part::Text(text), Part::Many] => Glob::Beginning(std::mem::take(text)),
            _ => Glob::Parts(parts.into()),
        }
    }

    pub(super) fn of(template: &Template, keys: &mut Keys) -> Self {
        Self::new(&template.pieces, keys)
    }

    /// Whether the whole text matches. A variable without a value makes the pattern match nothing (S42).
    pub(super) fn matches(&self, text: &str, values: &Values<'_>, case: Case) -> bool {
        match self {
            Glob::Any => true,
            Glob::Plain(plain) => equal(plain.as_bytes(), text.as_bytes(), case),
            Glob::Beginning(beginning) => starts(text.as_bytes(), beginning.as_bytes(), case),
            Glob::Parts(parts) => walk(parts, text, values, case),
        }
    }
}

fn flush(text: &mut String, parts: &mut Vec<Part>) {
    if !text.is_empty() {
        parts.push(Part::Text(std::mem::take(text).into()));
    }
}

fn equal(a: &[u8], b: &[u8], case: Case) -> bool {
    match case {
        Case::Exact => a == b,
        Case::Folded => a.eq_ignore_ascii_case(b),
    }
}

fn starts(text: &[u8], beginning: &[u8], case: Case) -> bool {
    text.get(..beginning.len())
        .is_some_and(|head| equal(head, beginning, case))
}

fn walk(parts: &[Part], text: &str, values: &Values<'_>, case: Case) -> bool {
    let bytes = text.as_bytes();
    let (mut at, mut seen) = (0, 0);
    // The step after the last `*` met, and where in the text it was last tried.
    let mut star: Option<(usize, usize)> = None;
    loop {
        let taken = match parts.get(at) {
            Some(Part::Many) => {
                at += 1;
                if at == parts.len() {
                    return true;
                }
                star = Some((at, seen));
                continue;
            }
            Some(Part::Text(run)) => {
                starts(&bytes[seen..], run.as_bytes(), case).then_some(run.len())
            }
            Some(Part::One) => text[seen..].chars().next().map(char::len_utf8),
            // S44: whatever the value holds, it is ordinary characters.
            Some(Part::Variable { key, default }) => {
                let Some(value) = values.single(*key).or(default.as_deref()) else {
                    return false;
                };
                starts(&bytes[seen..], value.as_bytes(), case).then_some(value.len())
            }
            None => (seen == bytes.len()).then_some(0),
        };
        match (taken, star) {
            (Some(_), _) if at == parts.len() => return true,
            (Some(taken), _) => {
                at += 1;
                seen += taken;
            }
            (None, None) => return false,
            (None, Some((place, tried))) => {
                let Some(skipped) = text[tried..].chars().next() else {
                    return false;
                };
                let next = tried + skipped.len_utf8();
                star = Some((place, next));
                (at, seen) = (place, next);
            }
        }
    }
}

/// An ARN pattern, part by part; no wildcard and no value crosses one of the first five colons (S18, S34).
#[derive(Debug)]
pub(super) struct ArnGlob([Glob; 6]);

/// The six parts of an ARN.
pub(super) type ArnParts<'r> = [&'r str; 6];

impl ArnGlob {
    pub(super) fn of(parts: &[Template; 6], keys: &mut Keys) -> Self {
        Self(std::array::from_fn(|i| Glob::of(&parts[i], keys)))
    }

    /// Cuts a pattern at its first five colons; `None` if it has fewer.
    pub(super) fn parse(template: &Template, keys: &mut Keys) -> Option<Self> {
        let mut parts = template
            .pieces
            .splitn(6, |piece| *piece == Piece::Char(':'));
        let mut next = || parts.next().map(|pieces| Glob::new(pieces, keys));
        Some(Self([next()?, next()?, next()?, next()?, next()?, next()?]))
    }

    /// Asks the last part first and then the service: those tell most patterns apart.
    pub(super) fn matches(&self, parts: &ArnParts<'_>, values: &Values<'_>) -> bool {
        const ORDER: [usize; 6] = [5, 2, 4, 3, 1, 0];
        ORDER
            .iter()
            .all(|&i| self.0[i].matches(parts[i], values, Case::Exact))
    }
}

/// The six parts of a text, if it has as many.
pub(super) fn arn_parts(text: &str) -> Option<ArnParts<'_>> {
    let mut parts = text.splitn(6, ':');
    let mut next = || parts.next();
    Some([next()?, next()?, next()?, next()?, next()?, next()?])
}
