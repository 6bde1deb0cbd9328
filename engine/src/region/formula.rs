//! Boolean combinations of atoms, in negation normal form.

use crate::region::space::AtomId;
use std::rc::Rc;

/// An atom or its negation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Literal {
    /// What is tested.
    pub(crate) atom: AtomId,
    /// Whether it must hold.
    pub(crate) holds: bool,
}

/// A set of requests.
///
/// Constructors normalise: no constant stands inside, no conjunction directly inside a conjunction, and a
/// combination of one is that one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Formula {
    /// Every request.
    True,
    /// No request.
    False,
    /// The requests that pass or fail one test.
    Literal(Literal),
    /// The requests in all of these.
    And(Rc<[Formula]>),
    /// The requests in some of these.
    Or(Rc<[Formula]>),
}

impl Formula {
    /// The requests that pass a test.
    pub(crate) fn atom(atom: AtomId) -> Self {
        Formula::Literal(Literal { atom, holds: true })
    }

    /// `True` or `False`.
    pub(crate) fn constant(value: bool) -> Self {
        if value { Formula::True } else { Formula::False }
    }

    /// The requests in all of `parts`.
    pub(crate) fn and(parts: impl IntoIterator<Item = Formula>) -> Self {
        let parts = parts.into_iter();
        let mut flat = Vec::with_capacity(parts.size_hint().0);
        for part in parts {
            match part {
                Formula::True => {}
                Formula::False => return Formula::False,
                Formula::And(inner) => flat.extend(inner.iter().cloned()),
                Formula::Literal(_) | Formula::Or(_) => flat.push(part),
            }
        }
        match flat.len() {
            0 => Formula::True,
            1 => flat.pop().expect("one part is left"),
            _ => Formula::And(flat.into()),
        }
    }

    /// The requests in some of `parts`.
    pub(crate) fn or(parts: impl IntoIterator<Item = Formula>) -> Self {
        let parts = parts.into_iter();
        let mut flat = Vec::with_capacity(parts.size_hint().0);
        for part in parts {
            match part {
                Formula::False => {}
                Formula::True => return Formula::True,
                Formula::Or(inner) => flat.extend(inner.iter().cloned()),
                Formula::Literal(_) | Formula::And(_) => flat.push(part),
            }
        }
        match flat.len() {
            0 => Formula::False,
            1 => flat.pop().expect("one part is left"),
            _ => Formula::Or(flat.into()),
        }
    }

    /// The requests that are not in this set.
    pub(crate) fn not(&self) -> Self {
        match self {
            Formula::True => Formula::False,
            Formula::False => Formula::True,
            Formula::Literal(literal) => Formula::Literal(Literal {
                atom: literal.atom,
                holds: !literal.holds,
            }),
            Formula::And(parts) => Formula::or(parts.iter().map(Formula::not)),
            Formula::Or(parts) => Formula::and(parts.iter().map(Formula::not)),
        }
    }

    /// Replaces literals; the result is normalised again.
    pub(crate) fn map(&self, change: &impl Fn(Literal) -> Formula) -> Self {
        match self {
            Formula::True => Formula::True,
            Formula::False => Formula::False,
            Formula::Literal(literal) => change(*literal),
            Formula::And(parts) => Formula::and(parts.iter().map(|part| part.map(change))),
            Formula::Or(parts) => Formula::or(parts.iter().map(|part| part.map(change))),
        }
    }

    /// Calls `visit` on every literal.
    pub(crate) fn each_literal(&self, visit: &mut impl FnMut(Literal)) {
        match self {
            Formula::True | Formula::False => {}
            Formula::Literal(literal) => visit(*literal),
            Formula::And(parts) | Formula::Or(parts) => {
                parts.iter().for_each(|part| part.each_literal(visit))
            }
        }
    }
}
