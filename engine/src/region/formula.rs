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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Formula {
    /// Every request.
    #[default]
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

/// The parts of a formula in the making. A few wait in place, which most formulas never exceed, so that these are allocated
/// once and at their size, and those of one part not at all.
struct Flat {
    few: [Formula; Flat::FEW],
    len: usize,
    /// All of them, from the first on that found no place.
    many: Vec<Formula>,
}

impl Default for Flat {
    fn default() -> Self {
        Self {
            few: [const { Formula::True }; Self::FEW],
            len: 0,
            many: Vec::new(),
        }
    }
}

impl Flat {
    const FEW: usize = 8;

    fn push(&mut self, part: Formula) {
        if self.len < Self::FEW {
            self.few[self.len] = part;
        } else {
            if self.len == Self::FEW {
                self.many.reserve(4 * Self::FEW);
                self.many.extend(self.few.iter_mut().map(std::mem::take));
            }
            self.many.push(part);
        }
        self.len += 1;
    }

    /// The part, if it is the only one.
    fn only(&mut self) -> Formula {
        std::mem::take(&mut self.few[0])
    }

    fn build(mut self) -> Rc<[Formula]> {
        if self.len > Self::FEW {
            return self.many.into();
        }
        self.few[..self.len]
            .iter_mut()
            .map(std::mem::take)
            .collect()
    }
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
        let mut flat = Flat::default();
        for part in parts {
            match part {
                Formula::True => {}
                Formula::False => return Formula::False,
                Formula::And(inner) => inner.iter().for_each(|part| flat.push(part.clone())),
                Formula::Literal(_) | Formula::Or(_) => flat.push(part),
            }
        }
        match flat.len {
            0 => Formula::True,
            1 => flat.only(),
            _ => Formula::And(flat.build()),
        }
    }

    /// The requests in some of `parts`.
    pub(crate) fn or(parts: impl IntoIterator<Item = Formula>) -> Self {
        let mut flat = Flat::default();
        for part in parts {
            match part {
                Formula::False => {}
                Formula::True => return Formula::True,
                Formula::Or(inner) => inner.iter().for_each(|part| flat.push(part.clone())),
                Formula::Literal(_) | Formula::And(_) => flat.push(part),
            }
        }
        match flat.len {
            0 => Formula::False,
            1 => flat.only(),
            _ => Formula::Or(flat.build()),
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
