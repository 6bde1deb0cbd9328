//! Which policies meet in one request, and what policies do not say.

use crate::policy::{AccountId, Policy};
use std::collections::BTreeMap;

/// All policies that bear on one request (part 3 of `SEMANTICS.md`).
///
/// `None` for a boundary, session or endpoint policy means that there is none; an empty list is one that
/// allows nothing. `scps` and `rcps` are levels, root first, each a list of documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policies {
    /// Identity policies of the caller.
    pub identity: Vec<Policy>,
    /// The resource's own policy.
    pub resource: Option<Policy>,
    /// Permissions boundary.
    pub boundary: Option<Vec<Policy>>,
    /// Session policies.
    pub session: Option<Vec<Policy>>,
    /// Service control policies of the caller's account, by level.
    pub scps: Vec<Vec<Policy>>,
    /// Resource control policies of the resource's account, by level.
    pub rcps: Vec<Vec<Policy>>,
    /// The policy of the VPC endpoint that the call goes through.
    pub vpc_endpoint: Option<Vec<Policy>>,
}

/// What kind a policy is, which says whom it concerns and what it may hold (S6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyType {
    /// Identity policies, boundaries, session policies: no Principal.
    Identity,
    /// Resource policies, role trust policies, VPC endpoint policies: with Principal.
    Resource,
    /// Service control policies: no Principal.
    ServiceControl,
    /// Resource control policies: with Principal `*`.
    ResourceControl,
}

impl PolicyType {
    /// The type of a name as the AWS API spells it, such as `IDENTITY_POLICY`.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "IDENTITY_POLICY" => Some(PolicyType::Identity),
            "RESOURCE_POLICY" => Some(PolicyType::Resource),
            "SERVICE_CONTROL_POLICY" => Some(PolicyType::ServiceControl),
            "RESOURCE_CONTROL_POLICY" => Some(PolicyType::ResourceControl),
            _ => None,
        }
    }

    /// That name.
    pub fn name(self) -> &'static str {
        match self {
            PolicyType::Identity => "IDENTITY_POLICY",
            PolicyType::Resource => "RESOURCE_POLICY",
            PolicyType::ServiceControl => "SERVICE_CONTROL_POLICY",
            PolicyType::ResourceControl => "RESOURCE_CONTROL_POLICY",
        }
    }
}

/// What the policies do not say (the `facts` of an `evaluate` line). Everything has a neutral default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The organization's management account, to which SCPs and RCPs do not apply (M2).
    pub management_account: Option<AccountId>,
    /// Whether the caller is a service-linked role (M2).
    pub service_linked_role: bool,
    /// The organization of an account: its id, and the paths under which the account stands. An account
    /// that is listed with `None` is in no organization; one that is not listed is not known.
    pub organizations: BTreeMap<AccountId, Option<Membership>>,
    /// Grants on the KMS key that the request is about (M5).
    pub kms_grants: Vec<KmsGrant>,
    /// Block Public Access of the bucket, its account and the access point, already joined by OR (M6).
    pub block_public_access: BlockPublicAccess,
    /// Whether the bucket's policy, or that of the access point, is public (Q4); `None` where nobody asked yet.
    /// It matters under `RestrictPublicBuckets` alone.
    pub public_policy: Option<bool>,
    /// The access point that the call goes through (M6).
    pub access_point: Option<AccessPoint>,
    /// ACL grants of the bucket or object (M6).
    pub acl_grants: Vec<AclGrant>,
    /// Object Ownership `bucket owner enforced`: ACLs are disabled (M6).
    pub bucket_owner_enforced: bool,
    /// The resource is an AWS managed key, or in a service outside the RCP list (M2).
    pub rcp_exempt: bool,
}

/// An account's place in an organization.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Membership {
    /// `o-…`.
    pub organization: String,
    /// `o-…/r-…/ou-…/`; empty where it is not known.
    pub paths: Vec<String>,
}

/// A grant on a KMS key (M5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KmsGrant {
    /// An identity's ARN or a service principal.
    pub grantee: String,
    /// Operations such as `Decrypt`.
    pub operations: Vec<String>,
    /// `EncryptionContextEquals`.
    pub encryption_context_equals: Option<BTreeMap<String, String>>,
    /// `EncryptionContextSubset`.
    pub encryption_context_subset: Option<BTreeMap<String, String>>,
    /// The source ARN constraint, a glob.
    pub source_arn: Option<String>,
}

/// The four switches of S3 Block Public Access; only two of them bear on a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlockPublicAccess {
    /// Disregard public ACL grants.
    pub ignore_public_acls: bool,
    /// A public policy lets in only service principals and the owner's account.
    pub restrict_public_buckets: bool,
}

/// An S3 access point (M6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessPoint {
    /// Its ARN.
    pub arn: String,
    /// Its own policy, if any.
    pub policy: Option<Policy>,
    /// Network origin VPC: only calls from this VPC.
    pub vpc: Option<String>,
}

/// One grant of an S3 ACL (M6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AclGrant {
    /// Who is let in.
    pub grantee: AclGrantee,
    /// What.
    pub permission: AclPermission,
}

/// Who an ACL lets in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AclGrantee {
    /// A canonical id.
    Canonical(String),
    /// Everyone, anonymous callers included.
    AllUsers,
    /// Every AWS account.
    AuthenticatedUsers,
    /// The log delivery group: an AWS service.
    LogDelivery,
}

/// What an ACL lets one do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AclPermission {
    /// List (bucket), read (object).
    Read,
    /// Write objects.
    Write,
    /// Read the ACL.
    ReadAcp,
    /// Write the ACL.
    WriteAcp,
    /// All four.
    FullControl,
}
