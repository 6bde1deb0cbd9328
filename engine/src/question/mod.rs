//! The questions, one a file.

pub(crate) mod ask;
mod compare;
mod external;
mod new_access;
mod not_granted;
mod other_access;
pub(crate) mod public;
mod satisfiable;

pub use compare::{Compare, Comparison, Relation};
pub use external::NoExternalAccess;
pub use new_access::NoNewAccess;
pub use not_granted::{Access, NotGranted};
pub use other_access::NoOtherAccess;
pub use public::NoPublicAccess;
pub use satisfiable::Satisfiable;

use crate::proof::Proof;
use crate::{Limits, StatementRef, Stats, Verdict};

/// A yes-or-no question about policies.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// Q1.
    NoNewAccess(NoNewAccess),
    /// Q2.
    NotGranted(NotGranted),
    /// Q3.
    NoExternalAccess(NoExternalAccess),
    /// Q3, beside what is known already.
    NoOtherAccess(NoOtherAccess),
    /// Q4.
    NoPublicAccess(NoPublicAccess),
    /// Q5.
    Satisfiable(Satisfiable),
}

/// What a question came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Yes, no, or why not decided.
    pub verdict: Verdict,
    /// Every Allow statement that, under the same Denies, lets in a request of the violating set; in document order.
    pub statements: Vec<StatementRef>,
    /// Where the work went.
    pub stats: Stats,
    /// Why nothing was found, if that was asked for and is the answer.
    pub proof: Option<Proof>,
}

impl Question {
    /// Decides the question. A failing answer's witness has been replayed by the judge.
    pub fn decide(&self, limits: &Limits) -> Answer {
        self.answer(limits, false)
    }

    /// Decides the question and, where the answer rests on nothing being found, proves it.
    ///
    /// [`crate::proof::certificate`] makes a certificate of the proof.
    pub fn prove(&self, limits: &Limits) -> Answer {
        self.answer(limits, true)
    }

    fn answer(&self, limits: &Limits, prove: bool) -> Answer {
        match self {
            Question::NoNewAccess(question) => question.ask().proving(prove).decide(limits),
            Question::NotGranted(question) => question.ask().proving(prove).decide(limits),
            Question::NoExternalAccess(question) => question.ask().proving(prove).decide(limits),
            Question::NoOtherAccess(question) => question.ask().proving(prove).decide(limits),
            Question::NoPublicAccess(question) => question.ask().proving(prove).decide(limits),
            Question::Satisfiable(question) => question.answer(limits, prove),
        }
    }
}

/// Decides many questions, each on its own, and gives the answers in the order of the questions.
///
/// With the feature `threads` all cores work on them; the answers are the same without it.
pub fn decide_all(questions: &[Question], limits: &Limits) -> Vec<Answer> {
    #[cfg(feature = "threads")]
    {
        use rayon::prelude::*;
        questions
            .par_iter()
            .map(|question| question.decide(limits))
            .collect()
    }
    #[cfg(not(feature = "threads"))]
    questions
        .iter()
        .map(|question| question.decide(limits))
        .collect()
}
