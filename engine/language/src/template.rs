//! Patterns before their variables are filled in.
//!
//! A template is a string of literal characters, wildcards and policy variables (rules S40 to S42).
//! Whether `*` and `?` are wildcards depends on the operator, and whether `${` opens a variable on the
//! policy's version, so both are told to [`Template::parse`].

/// A pattern: literal characters, wildcards and variables in order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Template {
    /// The pieces in order.
    pub pieces: Vec<Piece>,
}

/// One piece of a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Piece {
    /// A character that stands for itself, also from the escapes `${*}`, `${?}`, `${$}` (S41).
    Char(char),
    /// `?`: exactly one character.
    One,
    /// `*`: any run of characters, the empty one included.
    Many,
    /// `${key}` or `${key, 'default'}` (S42). The key is in lower case.
    Variable(Box<Variable>),
}

/// A policy variable. Rare, so it stands outside of its [`Piece`], of which every character of every pattern is one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Variable {
    /// The condition key, in lower case.
    pub key: String,
    /// The text used when the key is absent.
    pub default: Option<String>,
}

/// Whether `*` and `?` are wildcards (S32).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wildcards {
    /// They are.
    Active,
    /// They stand for themselves.
    Literal,
}

/// Whether `${` opens a variable (S40).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Variables {
    /// It does: version 2012-10-17.
    Active,
    /// It is text.
    Literal,
}

impl Template {
    /// Cuts a text into pieces. A `${` that never closes, or that holds no key, is text.
    ///
    /// ```
    /// use keyaki_language::template::{Piece, Template, Variable, Variables, Wildcards};
    /// let t = Template::parse("a*${*}${aws:UserName, 'x'}", Wildcards::Active, Variables::Active);
    /// assert_eq!(t.pieces[1], Piece::Many);
    /// assert_eq!(t.pieces[2], Piece::Char('*'));
    /// let variable = Variable { key: "aws:username".into(), default: Some("x".into()) };
    /// assert_eq!(t.pieces[3], Piece::Variable(variable.into()));
    /// ```
    pub fn parse(text: &str, wildcards: Wildcards, variables: Variables) -> Self {
        let mut pieces = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some((piece, after)) = next_piece(rest, wildcards, variables) {
            pieces.push(piece);
            rest = after;
        }
        Self { pieces }
    }

    /// Cuts a pattern into its ARN parts, at most six: a colon inside a variable is no separator, and the
    /// sixth part is whatever follows the fifth colon. Wildcards are active.
    pub(crate) fn parse_parts(text: &str, variables: Variables) -> Vec<Self> {
        let mut parts = Vec::with_capacity(6);
        let room = |rest: &str| Vec::with_capacity(rest.find(':').unwrap_or(rest.len()));
        let mut pieces = room(text);
        let mut rest = text;
        while let Some((piece, after)) = next_piece(rest, Wildcards::Active, variables) {
            if piece == Piece::Char(':') && parts.len() < 5 {
                let next = if parts.len() == 4 {
                    Vec::with_capacity(after.len())
                } else {
                    room(after)
                };
                parts.push(Self {
                    pieces: std::mem::replace(&mut pieces, next),
                });
            } else {
                pieces.push(piece);
            }
            rest = after;
        }
        parts.push(Self { pieces });
        parts
    }

    /// Whether the template holds a variable.
    pub fn has_variable(&self) -> bool {
        self.pieces.iter().any(|p| matches!(p, Piece::Variable(_)))
    }

    /// Whether the template is plain text: no wildcard and no variable.
    pub fn literal(&self) -> Option<String> {
        self.pieces
            .iter()
            .map(|p| match p {
                Piece::Char(c) => Some(*c),
                Piece::One | Piece::Many | Piece::Variable(_) => None,
            })
            .collect()
    }
}

/// The first piece of a text, and what follows it.
#[inline]
fn next_piece(text: &str, wildcards: Wildcards, variables: Variables) -> Option<(Piece, &str)> {
    let c = text.chars().next()?;
    if c == '$'
        && variables == Variables::Active
        && let Some(inside) = text.strip_prefix("${")
        && let Some(found) = variable(inside)
    {
        return Some(found);
    }
    let piece = match (c, wildcards) {
        ('*', Wildcards::Active) => Piece::Many,
        ('?', Wildcards::Active) => Piece::One,
        _ => Piece::Char(c),
    };
    Some((piece, &text[c.len_utf8()..]))
}

/// Reads what stands between `${` and `}`; gives the piece and the text after the brace.
fn variable(inside: &str) -> Option<(Piece, &str)> {
    // A default may hold a closing brace inside its quotes, so the quotes are looked for first.
    let close = inside.find('}')?;
    let comma = inside.find(',').filter(|comma| *comma < close);
    let Some(comma) = comma else {
        let name = inside[..close].trim();
        let after = &inside[close + 1..];
        return match name {
            "*" => Some((Piece::Char('*'), after)),
            "?" => Some((Piece::Char('?'), after)),
            "$" => Some((Piece::Char('$'), after)),
            "" => None,
            _ => Some((
                Piece::Variable(Box::new(Variable {
                    key: name.to_ascii_lowercase(),
                    default: None,
                })),
                after,
            )),
        };
    };
    let key = inside[..comma].trim();
    let quoted = inside[comma + 1..].trim_start().strip_prefix('\'')?;
    let end = quoted.find('\'')?;
    let after = quoted[end + 1..].trim_start().strip_prefix('}')?;
    if key.is_empty() {
        return None;
    }
    Some((
        Piece::Variable(Box::new(Variable {
            key: key.to_ascii_lowercase(),
            default: Some(quoted[..end].to_owned()),
        })),
        after,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn active(text: &str) -> Vec<Piece> {
        Template::parse(text, Wildcards::Active, Variables::Active).pieces
    }

    fn variable_of(key: &str, default: Option<&str>) -> Piece {
        Piece::Variable(Box::new(Variable {
            key: key.to_owned(),
            default: default.map(str::to_owned),
        }))
    }

    #[test]
    fn s32_wildcards_are_characters_where_they_are_literal() {
        let template = Template::parse("a*?", Wildcards::Literal, Variables::Active);
        assert_eq!(template.literal().as_deref(), Some("a*?"));
        assert_eq!(active("a*?"), [Piece::Char('a'), Piece::Many, Piece::One]);
    }

    #[test]
    fn s40_without_variables_a_dollar_is_text() {
        let template = Template::parse("${aws:x}", Wildcards::Active, Variables::Literal);
        assert_eq!(template.literal().as_deref(), Some("${aws:x}"));
        assert!(!template.has_variable());
    }

    #[test]
    fn s41_escapes_stand_for_their_character() {
        let template = Template::parse("${*}${?}${$}{", Wildcards::Active, Variables::Active);
        assert_eq!(template.literal().as_deref(), Some("*?${"));
    }

    #[test]
    fn s42_a_variable_has_a_key_in_lower_case_and_perhaps_a_default() {
        assert_eq!(
            active("${aws:UserName}"),
            [variable_of("aws:username", None)]
        );
        assert_eq!(
            active("${aws:PrincipalTag/Team, 'a}b'}"),
            [variable_of("aws:principaltag/team", Some("a}b"))]
        );
        assert_eq!(active("${k,''}"), [variable_of("k", Some(""))]);
    }

    #[test]
    fn s42_what_does_not_close_is_text() {
        for text in [
            "${", "${aws:x", "${}", "${k, x}", "${k, 'x}", "${, 'x'}", "$", "${k, 'x'", "${ }",
        ] {
            let template = Template::parse(text, Wildcards::Active, Variables::Active);
            assert_eq!(template.literal().as_deref(), Some(text));
        }
    }

    #[test]
    fn s18_parts_are_cut_at_colons_outside_of_variables() {
        let parts = Template::parse_parts("arn:aws:s3:::b/${aws:username}:x", Variables::Active);
        assert_eq!(parts.len(), 6);
        assert_eq!(parts[5].pieces[2], variable_of("aws:username", None));
        assert_eq!(parts[5].pieces[3], Piece::Char(':'));
        assert_eq!(parts[3], Template::default());
        let parts = Template::parse_parts("a:${aws:x}", Variables::Literal);
        assert_eq!(parts.len(), 3);
        assert_eq!(
            Template::parse_parts("", Variables::Active),
            [Template::default()]
        );
    }
}
