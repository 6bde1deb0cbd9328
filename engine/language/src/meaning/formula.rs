//! Formulas over atoms.

use std::rc::Rc;

/// A set of requests. Constructors drop constants and join conjunctions of conjunctions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Formula {
    /// Every request.
    All,
    /// No request.
    None,
    /// Those in which an atom, by its number, holds or not.
    Literal(u32, bool),
    /// Those in all parts.
    And(Rc<[Formula]>),
    /// Those in some part.
    Or(Rc<[Formula]>),
}

impl Formula {
    /// All or none.
    pub fn constant(all: bool) -> Self {
        if all { Formula::All } else { Formula::None }
    }

    /// The requests in all parts.
    pub fn and(parts: impl IntoIterator<Item = Formula>) -> Self {
        Self::join(parts.into_iter().map(|part| part.not())).not()
    }

    /// The requests in some part.
    pub fn or(parts: impl IntoIterator<Item = Formula>) -> Self {
        Self::join(parts)
    }

    fn join(parts: impl IntoIterator<Item = Formula>) -> Self {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Formula::None => {}
                Formula::All => return Formula::All,
                Formula::Or(inner) => flat.extend(inner.iter().cloned()),
                other => flat.push(other),
            }
        }
        match flat.len() {
            0 => Formula::None,
            1 => flat.remove(0),
            _ => Formula::Or(flat.into()),
        }
    }

    /// The requests that are not in the set.
    pub fn not(&self) -> Self {
        match self {
            Formula::All => Formula::None,
            Formula::None => Formula::All,
            Formula::Literal(atom, holds) => Formula::Literal(*atom, !holds),
            Formula::And(parts) => Formula::Or(parts.iter().map(Formula::not).collect()),
            Formula::Or(parts) => Formula::And(parts.iter().map(Formula::not).collect()),
        }
    }

    /// The atoms of the formula, each once, in the order in which they are met.
    pub fn atoms(&self, out: &mut Vec<u32>) {
        match self {
            Formula::All | Formula::None => {}
            Formula::Literal(atom, _) if !out.contains(atom) => out.push(*atom),
            Formula::Literal(..) => {}
            Formula::And(parts) | Formula::Or(parts) => {
                parts.iter().for_each(|part| part.atoms(out))
            }
        }
    }
}
