//! Is a list of findings complete?

use crate::Limits;
use crate::question::Answer;
use crate::question::ask::Ask;
use crate::resource::ZoneOfTrust;
use keyaki_language::Policy;
use keyaki_language::policies::PolicyType;

/// *Holds* if the policy allows to callers outside the zone of trust nothing but what the findings say.
///
/// The findings are a policy too: a statement each, with the finding's principal and conditions.
#[derive(Clone, Debug, PartialEq)]
pub struct NoOtherAccess {
    /// The resource's policy.
    pub policy: Policy,
    /// Who is inside.
    pub zone: ZoneOfTrust,
    /// What is known to be let in.
    pub findings: Policy,
}

impl NoOtherAccess {
    /// Decides the question.
    pub fn decide(&self, limits: &Limits) -> Answer {
        self.ask().decide(limits)
    }

    pub(super) fn ask(&self) -> Ask<'_> {
        Ask::new(PolicyType::Resource, &self.policy, "policyDocument")
            .minus(&self.findings)
            .outside(&self.zone)
    }
}
