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

/// Whether the whole text matches a template; a variable without a value makes it match nothing (S42).
pub(super) fn template_matches(
    template: &Template,
    text: &str,
    context: &Context,
    case: Case,
) -> bool {
    if template.has_variable() {
        return fill(template, context)
            .is_some_and(|steps| matches(steps.iter().copied(), text, case));
    }
    let steps = template.pieces.iter().map(|piece| match piece {
        Piece::Char(c) => Step::Char(*c),
        Piece::One => Step::One,
        Piece::Many => Step::Many,
        Piece::Variable(_) => unreachable!("the template has none"),
    });
    matches(steps, text, case)
}

/// Whether the whole text matches a pattern of plain characters, `*` and `?`.
pub(super) fn pattern_matches(pattern: &str, text: &str, case: Case) -> bool {
    let steps = pattern.chars().map(|c| match c {
        '*' => Step::Many,
        '?' => Step::One,
        c => Step::Char(c),
    });
    matches(steps, text, case)
}

/// Fills in the variables; `None` if one has no value, so that the pattern matches nothing (S42).
fn fill(template: &Template, context: &Context) -> Option<Vec<Step>> {
    let mut steps = Vec::with_capacity(template.pieces.len());
    for piece in &template.pieces {
        match piece {
            Piece::Char(c) => steps.push(Step::Char(*c)),
            Piece::One => steps.push(Step::One),
            Piece::Many => steps.push(Step::Many),
            Piece::Variable(variable) => {
                let value = match held(context, &variable.key) {
                    Held::One(value) => value,
                    // S42: a many-valued key has no value here.
                    Held::Absent | Held::Many(_) => variable.default.as_deref()?,
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
fn matches(mut steps: impl Iterator<Item = Step> + Clone, text: &str, case: Case) -> bool {
    let same = |a: char, b: char| match case {
        Case::Exact => a == b,
        Case::Folded => a.eq_ignore_ascii_case(&b),
    };
    let mut text = text.chars();
    // What follows the last `*` met, and the text behind what it has taken so far.
    let mut star = None;
    loop {
        let here = text.clone();
        let Some(c) = text.next() else {
            return steps.all(|step| step == Step::Many);
        };
        match steps.next() {
            Some(Step::Many) => {
                star = Some((steps.clone(), here.clone()));
                text = here;
            }
            Some(Step::One) => {}
            Some(Step::Char(own)) if same(own, c) => {}
            Some(Step::Char(_)) | None => match &mut star {
                None => return false,
                Some((after, taken)) => {
                    taken.next();
                    steps = after.clone();
                    text = taken.clone();
                }
            },
        }
    }
}

/// Whether an ARN matches six templates part by part; `None` as a part matches nothing.
///
/// Each part is compared with its own part of the text, so no wildcard and no value of a variable crosses one
/// of the first five colons (S18, S34, S44). A text with fewer than six parts matches nothing.
pub(super) fn arn_matches(parts: &[Template; 6], text: &str, context: &Context) -> bool {
    let texts = text.splitn(6, ':');
    texts.clone().count() == 6
        && parts
            .iter()
            .zip(texts)
            .all(|(part, text)| template_matches(part, text, context, Case::Exact))
}

/// The same for a pattern in which nothing is a variable.
pub(super) fn plain_arn_matches(pattern: &str, text: &str) -> bool {
    let texts = text.splitn(6, ':');
    // A pattern with fewer parts ends in `*`, and the parts that it leaves out match everything (S18).
    let parts = pattern.splitn(6, ':').chain(std::iter::repeat("*"));
    texts.clone().count() == 6
        && texts
            .zip(parts)
            .all(|(text, part)| pattern_matches(part, text, Case::Exact))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::{Variables, Wildcards};

    fn glob(pattern: &str, text: &str) -> bool {
        let template = Template::parse(pattern, Wildcards::Active, Variables::Literal);
        let matches = template_matches(&template, text, &Context::new(), Case::Exact);
        assert_eq!(pattern_matches(pattern, text, Case::Exact), matches);
        matches
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
    fn an_arn_without_variables_is_read_the_same_way() {
        let patterns = [
            "arn:aws:s3:::b/*",
            "arn:aws:s3:::*:x",
            "arn:aws:*",
            "arn:*:sqs:*:111122223333:q?",
            "arn:aws:s3:::${aws:username}/*",
            "arn:aws:s3:::b:c:d",
            "*:*:*:*:*:*",
        ];
        let texts = [
            "arn:aws:s3:::b/k",
            "arn:aws:s3:::b:c:d",
            "arn:aws:s3:::b:x",
            "arn:aws:sqs:eu-west-1:111122223333:q1",
            "arn:aws:s3:::${aws:username}/x",
            "arn:aws:s3::b",
            "",
        ];
        let mut matched = 0;
        for pattern in patterns {
            let mut parts = Template::parse_parts(pattern, Variables::Literal);
            parts.resize_with(6, || Template {
                pieces: vec![Piece::Many],
            });
            let parts: [Template; 6] = parts.try_into().expect("six parts");
            for text in texts {
                let matches = plain_arn_matches(pattern, text);
                assert_eq!(
                    matches,
                    arn_matches(&parts, text, &Context::new()),
                    "{pattern} {text}"
                );
                matched += usize::from(matches);
            }
        }
        assert_eq!(matched, 15);
    }

    #[test]
    fn many_stars_stay_quick() {
        let pattern = "a*".repeat(60) + "b";
        assert!(!glob(&pattern, &"a".repeat(4000)));
    }
}
