//! Kleene's three values as one byte, without the reasons that the judge carries.

/// A truth value, ordered so that *and* is the smaller and *or* the greater of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trit {
    False,
    /// It depends on something that has no meaning or is not known (S2).
    Unknown,
    True,
}

impl From<bool> for Trit {
    fn from(value: bool) -> Self {
        if value { Trit::True } else { Trit::False }
    }
}

impl Trit {
    pub(super) fn and(self, other: Self) -> Self {
        self.min(other)
    }

    pub(super) fn or(self, other: Self) -> Self {
        self.max(other)
    }

    pub(super) fn negate(self) -> Self {
        match self {
            Trit::False => Trit::True,
            Trit::Unknown => Trit::Unknown,
            Trit::True => Trit::False,
        }
    }

    pub(super) fn negate_if(self, flag: bool) -> Self {
        if flag { self.negate() } else { self }
    }

    /// Whether all hold; asks no further after the first that does not.
    pub(super) fn all(items: impl IntoIterator<Item = Trit>) -> Self {
        let mut all = Trit::True;
        for item in items {
            all = all.and(item);
            if all == Trit::False {
                break;
            }
        }
        all
    }

    /// Whether some holds; asks no further after the first that does.
    pub(super) fn any(items: impl IntoIterator<Item = Trit>) -> Self {
        let mut any = Trit::False;
        for item in items {
            any = any.or(item);
            if any == Trit::True {
                break;
            }
        }
        any
    }
}
