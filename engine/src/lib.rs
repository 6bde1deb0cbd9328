//! Decides who can reach what in AWS, with evidence.
//!
//! A question about policies is a question whether some set of requests is empty. Every answer in the negative comes
//! with a concrete request, the witness, that the judge of `keyaki-language` has replayed.
//!
//! ```
//! use keyaki_engine::question::{NoNewAccess, Question};
//! use keyaki_engine::{Limits, Verdict};
//! use keyaki_language::Policy;
//! use keyaki_language::policies::PolicyType;
//!
//! let read = |action: &str| {
//!     Policy::read(&format!(r#"{{"Statement":{{"Effect":"Allow","Action":"{action}","Resource":"*"}}}}"#))
//! };
//! let question = Question::NoNewAccess(NoNewAccess {
//!     policy_type: PolicyType::Identity,
//!     existing: read("s3:Get*")?,
//!     new: read("s3:GetObject")?,
//! });
//! assert!(matches!(question.decide(&Limits::default()).verdict, Verdict::Holds(None)));
//! # Ok::<(), keyaki_language::DocumentError>(())
//! ```
//!
//! | question | type |
//! |---|---|
//! | does the new policy allow more? | [`question::NoNewAccess`] |
//! | which of two allows more? | [`question::Compare`] |
//! | does it allow these actions or resources? | [`question::NotGranted`] |
//! | is it public? | [`question::NoPublicAccess`] |
//! | does it let anyone in from outside? | [`question::NoExternalAccess`] |
//! | does it allow anything? | [`question::Satisfiable`] |
//! | who outside can reach this resource? | [`finding::analyze`] |
//! | many questions at once | [`question::decide_all`] |
//! | many requests against the same policies | [`evaluator::Evaluator`] |
//!
//! Not decided: what AWS leaves undefined, where it matters, and what a limit of steps cuts off. Both are
//! [`Verdict::Undecided`] with a reason, never "safe".
//!
//! Features: `threads` (on by default) lets [`question::decide_all`] use all cores;
//! `count` adds exact counts of requests and addresses (module `count`). `broken` is for one test, which breaks steps of the
//! search and sees that checkers catch it.

#[cfg(feature = "broken")]
#[doc(hidden)]
pub mod broken;
#[cfg(not(feature = "broken"))]
mod broken;
#[cfg(feature = "count")]
pub mod count;
mod domain;
pub mod evaluator;
pub mod finding;
mod hash;
pub mod proof;
pub mod question;
mod region;
pub mod resource;
mod solve;

pub use question::{Answer, Question};

use keyaki_language::Request;

/// How much work may be spent on one question. Work is counted, not timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Branches of the search; real policies need a few hundred at most.
    pub branches: u64,
    /// Steps of searches for a text that patterns match and others do not: letters that are read in a tuple of positions, and
    /// the room for what is remembered. Real policies need a few thousand at most; a million take about a tenth of a second.
    pub steps: u64,
}

impl Limits {
    /// So many branches, and as many steps as go with them: 25 for each.
    pub fn of_branches(branches: u64) -> Self {
        Self {
            branches,
            steps: branches.saturating_mul(25),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::of_branches(2_000_000)
    }
}

/// The answer to a yes-or-no question.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Yes. For [`question::Satisfiable`] with a request that is allowed.
    Holds(Option<Box<Request>>),
    /// No, and for all questions but [`question::Satisfiable`] this request shows it.
    Fails(Option<Box<Request>>),
    /// Nobody knows, for this reason. Never to be read as "safe".
    Undecided(Reason),
}

/// Why a question was not decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Stable name, such as `undefined` or `limit`.
    pub code: &'static str,
    /// For people.
    pub message: String,
    /// JSON pointer into the document that is concerned; empty where none is.
    pub at: String,
}

/// One statement that takes part in a failing check.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StatementRef {
    /// Which document: the name of the batch line's field, such as `newPolicyDocument`.
    pub document: &'static str,
    /// Index in the document, from 0.
    pub index: usize,
    /// `Sid`, if it is not empty.
    pub sid: Option<String>,
}

/// Where the work of a question went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Allow statements that the rest of the question refutes word for word, so that nothing is searched.
    pub repeated: u64,
    /// Searches for a formula's request.
    pub searches: u64,
    /// Coordinates of a request that the documents mention.
    pub keys: u64,
    /// Tests of these coordinates, equal ones counted once.
    pub atoms: u64,
    /// Conjunctions of tests that were met.
    pub states: u64,
    /// Conjunctions that had been met before.
    pub hits: u64,
    /// Conjunctions for which a value had to be looked for.
    pub solves: u64,
    /// Expanded tuples of pattern positions.
    pub steps: u64,
    /// Choices that the searches made.
    pub branches: u64,
    /// Choices that came to nothing.
    pub closed: u64,
}

impl Stats {
    /// Adds another question's work.
    pub fn add(&mut self, other: &Stats) {
        self.repeated += other.repeated;
        self.searches += other.searches;
        self.keys += other.keys;
        self.atoms += other.atoms;
        self.states += other.states;
        self.hits += other.hits;
        self.solves += other.solves;
        self.steps += other.steps;
        self.branches += other.branches;
        self.closed += other.closed;
    }
}
