//! Resources: what stands in a snapshot record, and what on it can grant access.
//!
//! A [`Resource`] is one record. Its [`Configuration`] follows the `Configuration` union of the Access
//! Analyzer API, with the policies already read. One file a type tells what grants there.

use keyaki_language::Policy;
use keyaki_language::policies::{AclGrant, BlockPublicAccess, KmsGrant, Membership};
use keyaki_language::policy::AccountId;
use std::collections::BTreeMap;

/// One resource of a snapshot.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// Its ARN.
    pub arn: String,
    /// The account that owns it.
    pub account: AccountId,
    /// Its Region; empty for global resources.
    pub region: String,
    /// What grants on it.
    pub configuration: Configuration,
}

/// What grants on a resource, by type.
#[derive(Clone, Debug, PartialEq)]
pub enum Configuration {
    /// `AWS::S3::Bucket`.
    S3Bucket(S3Bucket),
    /// `AWS::IAM::Role`.
    IamRole(IamRole),
    /// `AWS::KMS::Key`.
    KmsKey(KmsKey),
    /// `AWS::Lambda::Function`.
    LambdaFunction(LambdaFunction),
    /// `AWS::Lambda::LayerVersion`.
    LambdaLayerVersion(LambdaLayerVersion),
    /// `AWS::SQS::Queue`.
    SqsQueue(SqsQueue),
}

impl Configuration {
    /// The CloudFormation name of the type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Configuration::S3Bucket(_) => "AWS::S3::Bucket",
            Configuration::IamRole(_) => "AWS::IAM::Role",
            Configuration::KmsKey(_) => "AWS::KMS::Key",
            Configuration::LambdaFunction(_) => "AWS::Lambda::Function",
            Configuration::LambdaLayerVersion(_) => "AWS::Lambda::LayerVersion",
            Configuration::SqsQueue(_) => "AWS::SQS::Queue",
        }
    }
}

/// An S3 bucket.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct S3Bucket {
    /// The bucket policy.
    pub policy: Option<Policy>,
    /// ACL grants; ignored where `bucket_owner_enforced`.
    pub acl: Vec<AclGrant>,
    /// Object Ownership is `BucketOwnerEnforced`: ACLs are disabled.
    pub bucket_owner_enforced: bool,
    /// The bucket's own Block Public Access.
    pub block_public_access: BlockPublicAccess,
    /// The account's (and organization's) Block Public Access.
    pub account_block_public_access: BlockPublicAccess,
    /// Access points of the bucket.
    pub access_points: Vec<S3AccessPoint>,
    /// The owner's canonical id, where it is known: its ACL grants are not outside.
    pub owner_canonical_id: Option<String>,
}

/// An access point of a bucket.
#[derive(Clone, Debug, PartialEq)]
pub struct S3AccessPoint {
    /// Its ARN.
    pub arn: String,
    /// Its policy.
    pub policy: Option<Policy>,
    /// Its own Block Public Access.
    pub block_public_access: BlockPublicAccess,
    /// The VPC of its network origin; `None` for the internet.
    pub vpc: Option<String>,
}

/// An IAM role.
#[derive(Clone, Debug, PartialEq)]
pub struct IamRole {
    /// Who may assume it.
    pub trust_policy: Policy,
}

/// A KMS key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KmsKey {
    /// Key policies; `default` is the only one today.
    pub policies: Vec<Policy>,
    /// Grants.
    pub grants: Vec<KmsGrant>,
}

/// A Lambda function.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LambdaFunction {
    /// The policy of the unqualified function.
    pub policy: Option<Policy>,
    /// AuthType of each function URL: `NONE` or `AWS_IAM`.
    pub url_auth_types: Vec<String>,
}

/// A version of a Lambda layer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LambdaLayerVersion {
    /// Its policy.
    pub policy: Option<Policy>,
}

/// An SQS queue.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SqsQueue {
    /// Its policy.
    pub policy: Option<Policy>,
}

/// What `organization.json` says. Everything is optional; what is not known is not assumed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Organization {
    /// `o-…`; empty where there is no organization.
    pub id: String,
    /// The management account.
    pub management_account: Option<AccountId>,
    /// Every account of the organization with its place.
    pub accounts: BTreeMap<AccountId, OrganizationAccount>,
}

/// One account of an organization.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OrganizationAccount {
    /// A name for people.
    pub name: String,
    /// Organization id and paths.
    pub membership: Membership,
    /// SCPs by level, root first, the account last.
    pub scps: Vec<Vec<Policy>>,
    /// RCPs by level, root first, the account last.
    pub rcps: Vec<Vec<Policy>>,
}

/// Who is trusted: whose access is no finding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ZoneOfTrust {
    /// Trusted accounts.
    pub accounts: Vec<AccountId>,
    /// A trusted organization, by its id.
    pub organization: Option<String>,
    /// Trusted SAML and OIDC providers.
    pub federated: Vec<String>,
    /// Trusted canonical ids.
    pub canonical_users: Vec<String>,
}
