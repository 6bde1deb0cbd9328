//! One concrete call, in the form that answers, witnesses and certificates share.

use crate::policy::AccountId;
use std::collections::BTreeMap;

/// One call: who, which action, on which resource, in which context.
///
/// Keys of `context` are in lower case. Keys that follow from the principal (`aws:PrincipalArn`, …) are
/// filled in by [`Request::complete`]; a request that contradicts them is refused there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who calls.
    pub principal: Caller,
    /// The action in lower case, such as `s3:getobject`.
    pub action: String,
    /// The resource's ARN.
    pub resource: String,
    /// The resource's account where the ARN does not say.
    pub resource_account: Option<AccountId>,
    /// Condition keys, in lower case; a key that is not here is absent.
    pub context: BTreeMap<String, ContextValue>,
}

/// The value of a condition key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContextValue {
    /// A string in the wire form: a single-valued key.
    One(String),
    /// A list in the wire form: a many-valued key. An empty list is an absent key (S22).
    Many(Vec<String>),
}

/// Who calls, by kind (rule R1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Caller {
    /// Nobody in particular: an unsigned call.
    Anonymous,
    /// An account's root user.
    Root {
        /// Partition.
        partition: String,
        /// Account.
        account: AccountId,
    },
    /// An IAM user.
    User {
        /// Partition.
        partition: String,
        /// Account.
        account: AccountId,
        /// Path with its slashes, `/` at least.
        path: String,
        /// Name.
        name: String,
    },
    /// A session of a role.
    Session {
        /// Partition.
        partition: String,
        /// Account.
        account: AccountId,
        /// The role's path with its slashes, `/` at least.
        path: String,
        /// The role's name.
        role: String,
        /// The session's name; `None` where a role's ARN was given as the caller.
        session: Option<String>,
    },
    /// A federated user, made by a user of the account.
    FederatedUser {
        /// Partition.
        partition: String,
        /// Account.
        account: AccountId,
        /// Name.
        name: String,
    },
    /// An AWS service, or a CloudFront origin access identity.
    Service(String),
    /// A SAML or OIDC identity, named by its provider.
    Federated(String),
    /// An account known by its canonical id only.
    Canonical(String),
}

impl Caller {
    /// The caller's account, where its kind has one.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Caller::Root { account, .. } | Caller::User { account, .. } | Caller::Session { account, .. } | Caller::FederatedUser { account, .. } => {
                Some(*account)
            }
            Caller::Anonymous | Caller::Service(_) | Caller::Federated(_) | Caller::Canonical(_) => None,
        }
    }

    /// `principalType` of the wire form.
    pub fn kind_name(&self) -> &'static str {
        match self {
            Caller::Anonymous => "Anonymous",
            Caller::Root { .. } | Caller::User { .. } | Caller::Session { .. } | Caller::FederatedUser { .. } => "AWS",
            Caller::Service(_) => "Service",
            Caller::Federated(_) => "Federated",
            Caller::Canonical(_) => "CanonicalUser",
        }
    }

    /// The `principal` text of the wire form.
    pub fn text(&self) -> String {
        match self {
            Caller::Anonymous => "anonymous".to_owned(),
            Caller::Root { partition, account } => format!("arn:{partition}:iam::{account}:root"),
            Caller::User { partition, account, path, name } => format!("arn:{partition}:iam::{account}:user{path}{name}"),
            Caller::Session { partition, account, role, session: Some(session), .. } => {
                format!("arn:{partition}:sts::{account}:assumed-role/{role}/{session}")
            }
            Caller::Session { partition, account, path, role, session: None } => format!("arn:{partition}:iam::{account}:role{path}{role}"),
            Caller::FederatedUser { partition, account, name } => format!("arn:{partition}:sts::{account}:federated-user/{name}"),
            Caller::Service(name) | Caller::Federated(name) | Caller::Canonical(name) => name.clone(),
        }
    }
}
