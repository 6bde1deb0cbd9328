//! Q3: does the policy let in a caller from outside the zone of trust?

use crate::Limits;
use crate::question::Answer;
use crate::question::ask::Ask;
use crate::resource::ZoneOfTrust;
use keyaki_language::Policy;
use keyaki_language::policies::PolicyType;

/// *Holds* if the policy allows no caller outside the zone of trust.
#[derive(Clone, Debug, PartialEq)]
pub struct NoExternalAccess {
    /// The CloudFormation name of the resource's type.
    pub resource_type: String,
    /// The resource's policy.
    pub policy: Policy,
    /// Who is inside.
    pub zone: ZoneOfTrust,
}

impl NoExternalAccess {
    /// Decides the question.
    pub fn decide(&self, limits: &Limits) -> Answer {
        self.ask().decide(limits)
    }

    pub(super) fn ask(&self) -> Ask<'_> {
        Ask::new(PolicyType::Resource, &self.policy, "policyDocument")
            .on(&self.resource_type)
            .outside(&self.zone)
    }
}
