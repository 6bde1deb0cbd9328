//! Terms of SMT-LIB 2 as texts. Constants are folded while a term is built, so that what does not matter is not written.

use std::fmt::Write;

/// A term that is written down already.
pub(super) type Term = String;

/// What the theory of strings cannot say.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unsaid(pub(super) String);

pub(super) type Said<T> = Result<T, Unsaid>;

pub(super) fn constant(value: bool) -> Term {
    value.to_string()
}

/// A conjunction.
pub(super) fn and(items: impl IntoIterator<Item = Term>) -> Term {
    fold(items, "and", "true", "false")
}

/// A disjunction.
pub(super) fn or(items: impl IntoIterator<Item = Term>) -> Term {
    fold(items, "or", "false", "true")
}

fn fold(items: impl IntoIterator<Item = Term>, name: &str, neutral: &str, absorbing: &str) -> Term {
    let mut kept: Vec<Term> = Vec::new();
    for item in items {
        if item == absorbing {
            return item;
        }
        if item != neutral && !kept.contains(&item) {
            kept.push(item);
        }
    }
    match kept.len() {
        0 => neutral.to_owned(),
        1 => kept.remove(0),
        _ => format!("({name} {})", kept.join(" ")),
    }
}

/// A negation.
pub(super) fn not(item: &str) -> Term {
    match item {
        "true" => constant(false),
        "false" => constant(true),
        _ => format!("(not {item})"),
    }
}

/// An implication.
pub(super) fn implies(left: &str, right: Term) -> Term {
    or([not(left), right])
}

/// A text. The theory's characters end at U+2FFFF.
pub(super) fn text(value: &str) -> Said<Term> {
    let mut out = String::from("\"");
    for c in value.chars() {
        match c {
            '"' => out.push_str("\"\""),
            ' '..='~' if c != '\\' => out.push(c),
            c if c <= '\u{2ffff}' => {
                write!(out, "\\u{{{:x}}}", u32::from(c)).expect("memory takes it");
            }
            c => return Err(Unsaid(format!("the character U+{:X}", u32::from(c)))),
        }
    }
    out.push('"');
    Ok(out)
}

/// A name that may hold any character but `|` and `\`.
pub(super) fn symbol(name: &str) -> Term {
    let plain: String = name
        .chars()
        .map(|c| match c {
            '|' | '\\' => '_',
            c if (' '..='~').contains(&c) => c,
            _ => '_',
        })
        .collect();
    format!("|{plain}|")
}

/// A joined text.
pub(super) fn joined(parts: &[Term]) -> Term {
    match parts {
        [] => "\"\"".to_owned(),
        [one] => one.clone(),
        _ => format!("(str.++ {})", parts.join(" ")),
    }
}

/// Whether a text lies in a regular language.
pub(super) fn member(term: &str, language: &str) -> Term {
    match language {
        "re.all" => constant(true),
        "re.none" => constant(false),
        _ => format!("(str.in_re {term} {language})"),
    }
}

pub(super) const ALL: &str = "re.all";
pub(super) const ONE: &str = "re.allchar";
/// Any character but a colon.
pub(super) const NOT_COLON: &str =
    r#"(re.union (re.range "\u{0}" "9") (re.range ";" "\u{2ffff}"))"#;
/// Any character but a slash.
pub(super) const NOT_SLASH: &str =
    r#"(re.union (re.range "\u{0}" ".") (re.range "0" "\u{2ffff}"))"#;
/// Twelve digits.
pub(super) const ACCOUNT: &str = r#"((_ re.^ 12) (re.range "0" "9"))"#;
/// Letters of names.
pub(super) const NAME: &str = r#"(re.union (re.range "a" "z") (re.range "A" "Z") (re.range "0" "9") (str.to_re "+") (str.to_re "=") (str.to_re ",") (str.to_re ".") (str.to_re "@") (str.to_re "_") (str.to_re "-"))"#;

/// Exactly one text.
pub(super) fn only(value: &str) -> Said<Term> {
    Ok(format!("(str.to_re {})", text(value)?))
}

pub(super) fn sequence(parts: impl IntoIterator<Item = Term>) -> Term {
    let parts: Vec<Term> = parts.into_iter().collect();
    match parts.len() {
        0 => "(str.to_re \"\")".to_owned(),
        1 => parts.into_iter().next().expect("there is one"),
        _ => format!("(re.++ {})", parts.join(" ")),
    }
}

pub(super) fn union(parts: impl IntoIterator<Item = Term>) -> Term {
    let mut kept: Vec<Term> = Vec::new();
    for part in parts {
        if part == ALL {
            return part;
        }
        if part != "re.none" && !kept.contains(&part) {
            kept.push(part);
        }
    }
    match kept.len() {
        0 => "re.none".to_owned(),
        1 => kept.remove(0),
        _ => format!("(re.union {})", kept.join(" ")),
    }
}

pub(super) fn star(part: &str) -> Term {
    format!("(re.* {part})")
}

pub(super) fn plus(part: &str) -> Term {
    format!("(re.+ {part})")
}

pub(super) fn meet(left: &str, right: &str) -> Term {
    if left == ALL {
        return right.to_owned();
    }
    format!("(re.inter {left} {right})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_folded() {
        let a = || "a".to_owned();
        assert_eq!(and([a(), constant(true), a()]), "a");
        assert_eq!(or([a(), constant(true)]), "true");
        assert_eq!(not(&and([a(), "b".to_owned()])), "(not (and a b))");
    }

    #[test]
    fn texts_are_escaped() {
        assert_eq!(
            text("a\"b\\é\u{1f600}").as_deref(),
            Ok("\"a\"\"b\\u{5c}\\u{e9}\\u{1f600}\"")
        );
        assert!(text("\u{30000}").is_err());
    }
}
