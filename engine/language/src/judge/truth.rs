//! True, false, or not known: Kleene's three values.
//!
//! What AWS leaves without a meaning is a free Boolean (S2). The strong tables of Kleene give `Unknown` just
//! where reading every such atom one way and the other would differ, since each atom is read by itself.

/// Why something is not known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reason {
    /// Stable name of the kind of doubt, in kebab-case.
    pub code: &'static str,
    /// What is not known, in lower case without a final period.
    pub message: String,
    /// JSON pointer of the node, or the name of the missing field.
    pub at: String,
}

impl Reason {
    /// A doubt of a kind, with its place.
    pub fn new(code: &'static str, message: impl Into<String>, at: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            at: at.into(),
        }
    }
}

/// A truth value of Kleene's logic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// It depends on something that has no meaning or is not known.
    Unknown(Reason),
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Truth::True } else { Truth::False }
    }
}

impl Truth {
    /// Both; the first doubt is kept.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Truth::False, _) | (_, Truth::False) => Truth::False,
            (Truth::True, other) => other,
            (unknown, _) => unknown,
        }
    }

    /// At least one; the first doubt is kept.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Truth::True, _) | (_, Truth::True) => Truth::True,
            (Truth::False, other) => other,
            (unknown, _) => unknown,
        }
    }

    /// The other way round; a doubt stays.
    #[must_use]
    pub fn negate(self) -> Self {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            unknown => unknown,
        }
    }

    /// Negated if `flag` is set.
    #[must_use]
    pub fn negate_if(self, flag: bool) -> Self {
        if flag { self.negate() } else { self }
    }

    /// Whether all hold; true of none.
    pub fn all(items: impl IntoIterator<Item = Truth>) -> Self {
        let mut out = Truth::True;
        for item in items {
            out = out.and(item);
            if out.is_false() {
                break;
            }
        }
        out
    }

    /// Whether some holds; false of none.
    pub fn any(items: impl IntoIterator<Item = Truth>) -> Self {
        let mut out = Truth::False;
        for item in items {
            out = out.or(item);
            if out.is_true() {
                break;
            }
        }
        out
    }

    /// Whether it certainly holds.
    pub fn is_true(&self) -> bool {
        *self == Truth::True
    }

    /// Whether it certainly does not hold.
    pub fn is_false(&self) -> bool {
        *self == Truth::False
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_gives_way_to_what_settles_it() {
        let unknown = || Truth::Unknown(Reason::new("x", "x", ""));
        assert_eq!(unknown().and(Truth::False), Truth::False);
        assert_eq!(unknown().or(Truth::True), Truth::True);
        assert_eq!(unknown().and(Truth::True), unknown());
        assert_eq!(unknown().or(Truth::False), unknown());
        assert_eq!(unknown().negate(), unknown());
        assert_eq!(Truth::all([]), Truth::True);
        assert_eq!(Truth::any([]), Truth::False);
    }
}
