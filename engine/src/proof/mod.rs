//! Proofs: what a search that found nothing has seen, written down for a checker.
//!
//! While a search closes its branches it notes which literals contradicted each other on one coordinate (*lemmas*) and which
//! choices it had to make (*cases*). Everything else it did follows by looking at one part of a formula at a time, and the checker
//! does that again by itself. Atoms are named by the element of the document that mentions them; `engine/checker/FORMAT.md` tells
//! how. A proof is as long as the closed search; noting it costs a copy of each lemma's literals.

mod claim;
mod findings;
mod write;

pub use claim::{Texts, certificate, smallest, witness};
pub use findings::findings_document;
pub(crate) use write::{KindProof, Scope, StatementProof, write_proofs};

use crate::region::formula::{Formula, Literal};
use crate::region::lower::Pins;
use std::collections::HashSet;

/// Why nothing is left of a question, as JSON text: the member `proofs` of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof(pub(crate) String);

/// Cases that were tried one after the other, each with what closed it; without any, the assumptions contradict each other by
/// themselves.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cases(pub(crate) Vec<(Formula, Cases)>);

/// What one search noted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    /// Literals that contradict each other, in the order in which they were met.
    pub(crate) lemmas: Vec<Vec<Literal>>,
    known: HashSet<Vec<Literal>>,
    /// How the search closed.
    pub(crate) cases: Cases,
}

impl Notes {
    /// Takes a lemma down, once.
    pub(crate) fn lemma(&mut self, mut literals: Vec<Literal>) {
        literals.sort_unstable();
        literals.dedup();
        // A literal and its opposite contradict each other without a lemma.
        if literals.windows(2).any(|pair| pair[0].atom == pair[1].atom) {
            return;
        }
        if self.known.insert(literals.clone()) {
            self.lemmas.push(literals);
        }
    }
}

/// Why a set is empty: choices of values for policy variables that were closed apart, and the search without them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Closed {
    pub(crate) pinned: Vec<(Pins, Notes)>,
    pub(crate) rest: Notes,
}
