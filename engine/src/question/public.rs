//! Q4: is the policy public?

use crate::Limits;
use crate::question::Answer;
use crate::question::ask::Ask;
use keyaki_language::Policy;
use keyaki_language::policies::PolicyType;

/// *Holds* if every allowed request has, in some trusted key, one of the fixed values that the policy names for it.
#[derive(Clone, Debug, PartialEq)]
pub struct NoPublicAccess {
    /// The CloudFormation name of the resource's type.
    pub resource_type: String,
    /// The resource's policy.
    pub policy: Policy,
}

impl NoPublicAccess {
    /// Decides the question.
    pub fn decide(&self, limits: &Limits) -> Answer {
        Ask::new(PolicyType::Resource, &self.policy, "policyDocument").on(&self.resource_type).untrusted().decide(limits)
    }
}
