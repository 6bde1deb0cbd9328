//! Q1: does the new policy allow a request that the existing one does not?

use crate::Limits;
use crate::question::Answer;
use crate::question::ask::Ask;
use keyaki_language::Policy;
use keyaki_language::policies::PolicyType;

/// *Holds* if every request that `new` allows is allowed by `existing` too.
#[derive(Clone, Debug, PartialEq)]
pub struct NoNewAccess {
    /// What kind both policies are.
    pub policy_type: PolicyType,
    /// The reference.
    pub existing: Policy,
    /// The candidate.
    pub new: Policy,
}

impl NoNewAccess {
    /// Decides the question.
    pub fn decide(&self, limits: &Limits) -> Answer {
        self.ask().decide(limits)
    }

    pub(super) fn ask(&self) -> Ask<'_> {
        Ask::new(self.policy_type, &self.new, "newPolicyDocument").minus(&self.existing)
    }
}
