//! Findings: who outside the zone of trust may do what, under which conditions.
//!
//! | to… | open |
//! |---|---|
//! | see what grants on a resource | `route.rs` |
//! | see what a finding can say | `label.rs` |
//! | see how findings are found | `mine.rs` |
//! | see what a policy and all that narrows it are as one document | `composed.rs` |
//! | see how few cover everything, and why fewer do not | `cover.rs`, `hitting.rs` |

mod analyze;
mod composed;
mod cover;
mod hitting;
mod label;
mod mine;
mod route;

pub use analyze::{Analyzer, analyze};
pub use composed::{Composed, Own, composed};
pub use cover::{Held, Minimality, Place};
pub use hitting::Tree;
pub use route::granted;

use crate::Reason;
use keyaki_language::Request;
use std::collections::BTreeMap;

/// How findings are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Selection {
    /// As few as cover all external access.
    #[default]
    MinimumCover,
    /// Every irreducible finding, as the real service reports, and those that a service or resource control policy removed.
    All,
}

/// External access to a resource, in the words of the Access Analyzer API.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Stable hash of resource, principal, condition and sources.
    pub id: String,
    /// One entry: `AWS`, `Federated` or `CanonicalUser`, and its value.
    pub principal: (String, String),
    /// The actions of the policy that are let in, in document order; a `NotAction` reads `not:…`.
    pub actions: Vec<String>,
    /// Condition key to the one value that the finding is about.
    pub condition: BTreeMap<String, String>,
    /// Whether the access is public.
    pub is_public: bool,
    /// What grants it.
    pub sources: Vec<Source>,
    /// Statements that let in a request of this finding.
    pub statements: Vec<FindingStatement>,
    /// One request that the finding is about; it replays.
    pub witness: Request,
    /// Whether an SCP or RCP of the organization takes the access away (only under [`Selection::All`]).
    pub removed_by: Option<String>,
}

/// A statement that takes part in a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FindingStatement {
    /// Where the statement stands: `policy`, `access point ARN`, `acl`, `grant 2`, `url 0`.
    pub document: String,
    /// Index in the document.
    pub index: usize,
    /// `Sid`, if any.
    pub sid: Option<String>,
}

/// What grants the access of a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The resource's policy, a KMS grant, or a function URL.
    Policy,
    /// An S3 ACL.
    BucketAcl,
    /// An access point in the bucket's account, by its ARN.
    AccessPoint(String),
    /// Access points of another account, to which the bucket delegates.
    AccessPointAccount(String),
}

/// A risk that is no finding of the real service, such as a service principal without a source condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Advisory {
    /// Stable name, such as `confused-deputy`.
    pub code: &'static str,
    /// For people: what the risk is and what would close it.
    pub message: String,
    /// The statement.
    pub statement: FindingStatement,
    /// One request, where there is one.
    pub witness: Option<Request>,
}

/// What the analysis of one resource came to.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Analysis {
    /// External access, sorted by principal and condition.
    pub findings: Vec<Finding>,
    /// Other risks.
    pub advisories: Vec<Advisory>,
    /// Why no smaller set of findings covers the access, one entry a way in; none under [`Selection::All`], and where something
    /// undefined or a limit stands in the way.
    pub minimality: Vec<Minimality>,
    /// What could not be decided: reported, never taken as safe.
    pub undecided: Vec<Reason>,
}
