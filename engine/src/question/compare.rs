//! Q6: which of two policies allows more?

use crate::question::ask::Ask;
use crate::{Limits, Reason, StatementRef, Stats, Verdict};
use keyaki_language::policies::PolicyType;
use keyaki_language::{Policy, Request};

/// Compares `new` with `existing`, by Q1 both ways.
#[derive(Clone, Debug, PartialEq)]
pub struct Compare {
    /// What kind both policies are.
    pub policy_type: PolicyType,
    /// The reference.
    pub existing: Policy,
    /// The candidate.
    pub new: Policy,
}

/// How the new policy stands to the existing one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// Both allow the same requests.
    Equivalent,
    /// The new one allows less.
    Narrower,
    /// The new one allows more.
    Wider,
    /// Each allows what the other does not.
    Incomparable,
    /// Not decided.
    Undecided,
}

/// What a comparison came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// How the new policy stands to the existing one.
    pub relation: Relation,
    /// A request that only the new policy allows.
    pub only_new: Option<Box<Request>>,
    /// A request that only the existing policy allows.
    pub only_existing: Option<Box<Request>>,
    /// Statements of either document that allow what the other does not.
    pub statements: Vec<StatementRef>,
    /// Why it was not decided.
    pub reason: Option<Reason>,
    /// Where the work went.
    pub stats: Stats,
}

impl Compare {
    /// Decides the question.
    pub fn decide(&self, limits: &Limits) -> Comparison {
        let forward = Ask::new(self.policy_type, &self.new, "newPolicyDocument")
            .minus(&self.existing)
            .decide(limits);
        let backward = Ask::new(self.policy_type, &self.existing, "existingPolicyDocument")
            .minus(&self.new)
            .decide(limits);
        let relation = match (&forward.verdict, &backward.verdict) {
            (Verdict::Undecided(_), _) | (_, Verdict::Undecided(_)) => Relation::Undecided,
            (Verdict::Holds(_), Verdict::Holds(_)) => Relation::Equivalent,
            (Verdict::Holds(_), Verdict::Fails(_)) => Relation::Narrower,
            (Verdict::Fails(_), Verdict::Holds(_)) => Relation::Wider,
            (Verdict::Fails(_), Verdict::Fails(_)) => Relation::Incomparable,
        };
        let mut stats = forward.stats;
        stats.add(&backward.stats);
        let mut reason = None;
        let mut witness = |verdict: Verdict| match verdict {
            Verdict::Fails(request) => request,
            Verdict::Holds(_) => None,
            Verdict::Undecided(why) => {
                reason.get_or_insert(why);
                None
            }
        };
        let only_new = witness(forward.verdict);
        let only_existing = witness(backward.verdict);
        let statements = forward
            .statements
            .into_iter()
            .chain(backward.statements)
            .collect();
        Comparison {
            relation,
            only_new,
            only_existing,
            statements,
            reason,
            stats,
        }
    }
}
