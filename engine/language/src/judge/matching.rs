//! Patterns against texts: variables filled in, then `*` and `?` matched.
//!
//! A text that came in through a variable is made of ordinary characters (S44), so the pattern is first turned
//! into letters and wildcards, and only then compared. The matcher remembers one `*` to fall back to: it is
//! quadratic at worst, never exponential.

use crate::key::{Arity, arity};
use crate::request::ContextValue;
use crate::template::{Piece, Template};
use std::collections::BTreeMap;

/// Condition keys in lower case with their values.
pub(super) type Context = BTreeMap<String, ContextValue>;

/// The value of a key in one request.
#[derive(Clone, Copy)]
pub(super) enum Held<'a> {
    Absent,
    One(&'a str),
    Many(&'a [String]),
}

/// Looks a key up; an empty list is an absent key (S22), and a text under a many-valued key is a list of one (S23).
pub(super) fn held<'a>(context: &'a Context, key: &str) -> Held<'a> {
    match context.get(key) {
        None => Held::Absent,
        Some(ContextValue::Many(values)) if values.is_empty() => Held::Absent,
        Some(ContextValue::Many(values)) => Held::Many(values),
        Some(ContextValue::One(value)) if arity(key) == Arity::Many => {
            Held::Many(std::slice::from_ref(value))
        }
        Some(ContextValue::One(value)) => Held::One(value),
    }
}

/// One step of a pattern whose variables are filled in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Char(char),
    One,
    Many,
}

/// Fills in the variables; `None` if one has no value, so that the pattern matches nothing (S42).
pub(super) fn fill(template: &Template, context: &Context) -> Option<Vec<Step>> {
    let mut steps = Vec::with_capacity(template.pieces.len());
    for piece in &template.pieces {
        match piece {
            Piece::Char(c) => steps.push(Step::Char(*c)),
            Piece::One => steps.push(Step::One),
            Piece::Many => steps.push(Step::Many),
            Piece::Variable { key, default } => {
                let value = match held(context, key) {
                    Held::One(value) => value,
                    // S42: a many-valued key has no value here.
                    Held::Absent | Held::Many(_) => default.as_deref()?,
                };
                // S44: whatever the value holds, it is ordinary characters.
                steps.extend(value.chars().map(Step::Char));
            }
        }
    }
    Some(steps)
}

/// How letters are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Exact,
    /// ASCII letters without regard to case.
    Folded,
}

/// Whether the whole text matches.
pub(super) fn matches(steps: &[Step], text: &str, case: Case) -> bool {
    let text: Vec<char> = text.chars().collect();
    let same = |a: char, b: char| match case {
        Case::Exact => a == b,
        Case::Folded => a.eq_ignore_ascii_case(&b),
    };
    let (mut at, mut seen) = (0, 0);
    // The last `*` met, and how much of the text it has taken so far.
    let mut star: Option<(usize, usize)> = None;
    while seen < text.len() {
        match steps.get(at) {
            Some(Step::Many) => {
                star = Some((at, seen));
                at += 1;
            }
            Some(Step::One) => {
                at += 1;
                seen += 1;
            }
            Some(Step::Char(c)) if same(*c, text[seen]) => {
                at += 1;
                seen += 1;
            }
            Some(Step::Char(_)) | None => match star {
                None => return false,
                Some((place, taken)) => {
                    star = Some((place, taken + 1));
                    at = place + 1;
                    seen = taken + 1;
                }
            },
        }
    }
    steps[at..].iter().all(|step| *step == Step::Many)
}

/// Whether an ARN matches six templates part by part; `None` as a part matches nothing.
///
/// Each part is compared with its own part of the text, so no wildcard and no value of a variable crosses one
/// of the first five colons (S18, S34, S44). A text with fewer than six parts matches nothing.
pub(super) fn arn_matches(parts: &[Template; 6], text: &str, context: &Context) -> bool {
    let texts: Vec<&str> = text.splitn(6, ':').collect();
    texts.len() == 6
        && parts.iter().zip(texts).all(|(part, text)| {
            fill(part, context).is_some_and(|steps| matches(&steps, text, Case::Exact))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::{Variables, Wildcards};

    fn glob(pattern: &str, text: &str) -> bool {
        let template = Template::parse(pattern, Wildcards::Active, Variables::Literal);
        let steps = fill(&template, &Context::new()).expect("there are no variables");
        matches(&steps, text, Case::Exact)
    }

    #[test]
    fn stars_and_question_marks() {
        for (pattern, text, wanted) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("?", "", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "acb", false),
            ("*ab", "aab", true),
            ("a?c*", "abc", true),
            ("**", "x", true),
            ("*?", "", false),
            ("caf?", "café", true),
        ] {
            assert_eq!(glob(pattern, text), wanted, "{pattern} {text}");
        }
    }

    #[test]
    fn many_stars_stay_quick() {
        let pattern = "a*".repeat(60) + "b";
        assert!(!glob(&pattern, &"a".repeat(4000)));
    }
}
