//! Q2: does the policy allow one of the listed actions on one of the listed resources?

use crate::Limits;
use crate::question::Answer;
use crate::question::ask::Ask;
use keyaki_language::Policy;
use keyaki_language::policies::PolicyType;

/// *Holds* if the policy allows no request of any entry of `access`.
#[derive(Clone, Debug, PartialEq)]
pub struct NotGranted {
    /// What kind the policy is.
    pub policy_type: PolicyType,
    /// The policy.
    pub policy: Policy,
    /// The requests that must not be allowed.
    pub access: Vec<Access>,
}

/// Some actions on some resources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Action patterns; `None` is any action.
    pub actions: Option<Vec<String>>,
    /// Resource patterns; `None` is any resource.
    pub resources: Option<Vec<String>>,
}

impl NotGranted {
    /// Decides the question.
    pub fn decide(&self, limits: &Limits) -> Answer {
        self.ask().decide(limits)
    }

    pub(super) fn ask(&self) -> Ask<'_> {
        Ask::new(self.policy_type, &self.policy, "policyDocument").granting(&self.access)
    }
}
