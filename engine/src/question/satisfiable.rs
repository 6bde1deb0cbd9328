//! Q5: does the policy allow anything?

use crate::question::Answer;
use crate::question::ask::Ask;
use crate::{Limits, Verdict};
use keyaki_language::Policy;
use keyaki_language::policies::PolicyType;

/// *Holds* if some request is allowed.
#[derive(Clone, Debug, PartialEq)]
pub struct Satisfiable {
    /// What kind the policy is.
    pub policy_type: PolicyType,
    /// The policy.
    pub policy: Policy,
}

impl Satisfiable {
    /// Decides the question.
    pub fn decide(&self, limits: &Limits) -> Answer {
        self.answer(limits, false)
    }

    pub(super) fn answer(&self, limits: &Limits, prove: bool) -> Answer {
        let answer = Ask::new(self.policy_type, &self.policy, "policyDocument")
            .first()
            .proving(prove)
            .decide(limits);
        let verdict = match answer.verdict {
            Verdict::Fails(request) => Verdict::Holds(request),
            Verdict::Holds(_) => Verdict::Fails(None),
            undecided @ Verdict::Undecided(_) => undecided,
        };
        Answer { verdict, ..answer }
    }
}
