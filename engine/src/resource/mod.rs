//! Resources: what stands in a snapshot record, and what on it can grant access.
//!
//! A [`Resource`] is one record. Its [`Configuration`] follows the `Configuration` union of the Access
//! Analyzer API, with the policies already read. One file a type tells what grants there.

use keyaki_language::policies::{AclGrant, BlockPublicAccess, KmsGrant, Membership};
use keyaki_language::policy::AccountId;
use keyaki_language::{DocumentError, Policy};
use std::collections::BTreeMap;
use std::sync::Arc;

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
    /// A bucket of S3 Express, `AWS::S3Express::DirectoryBucket`.
    S3DirectoryBucket(S3DirectoryBucket),
    /// A type whose resource policy is all that grants on it.
    ResourcePolicy(ResourcePolicyType, Option<Policy>),
    /// A snapshot of a volume or database.
    Snapshot(SnapshotType, SharedSnapshot),
    /// What holds or is a permission and lets nobody in by itself: its identity policies are kept in snapshots.
    Identity(IdentityType),
}

impl Configuration {
    /// The CloudFormation name of the type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Configuration::S3Bucket(_) => "AWS::S3::Bucket",
            Configuration::IamRole(_) => "AWS::IAM::Role",
            Configuration::KmsKey(_) => "AWS::KMS::Key",
            Configuration::LambdaFunction(_) => "AWS::Lambda::Function",
            Configuration::S3DirectoryBucket(_) => "AWS::S3Express::DirectoryBucket",
            Configuration::ResourcePolicy(on, _) => on.name(),
            Configuration::Snapshot(of, _) => of.name(),
            Configuration::Identity(of) => of.name(),
        }
    }
}

/// An enum of types, each with its CloudFormation name.
macro_rules! types {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($(#[$doc])* #[doc = concat!("`", $text, "`.")] $variant,)+ }

        impl $name {
            /// All of them.
            pub const ALL: &[$name] = &[$($name::$variant,)+];

            /// The CloudFormation name of the type.
            pub fn name(self) -> &'static str {
                match self { $($name::$variant => $text,)+ }
            }
        }
    };
}

types! {
    /// The types on which a resource policy alone grants.
    ResourcePolicyType {
        LambdaLayerVersion = "AWS::Lambda::LayerVersion",
        SqsQueue = "AWS::SQS::Queue",
        SnsTopic = "AWS::SNS::Topic",
        Secret = "AWS::SecretsManager::Secret",
        EcrRepository = "AWS::ECR::Repository",
        EfsFileSystem = "AWS::EFS::FileSystem",
        DynamoDbTable = "AWS::DynamoDB::Table",
        DynamoDbStream = "AWS::DynamoDB::Stream",
    }
}

types! {
    /// The types of snapshots that can be shared.
    SnapshotType {
        Ebs = "AWS::EC2::Snapshot",
        Rds = "AWS::RDS::DBSnapshot",
        RdsCluster = "AWS::RDS::DBClusterSnapshot",
    }
}

types! {
    /// What has identity policies, or is one.
    IdentityType {
        User = "AWS::IAM::User",
        Group = "AWS::IAM::Group",
        ManagedPolicy = "AWS::IAM::ManagedPolicy",
    }
}

/// With whom a snapshot is shared. What is shared is the right to make a volume or database of it, and to copy it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SharedSnapshot {
    /// Shared with everybody. Has no effect on an encrypted snapshot, which cannot be public.
    pub everyone: bool,
    /// Shared with these accounts.
    pub accounts: Vec<AccountId>,
    /// Encrypted, with whatever key.
    pub encrypted: bool,
    /// The account blocks all public sharing there, so that sharing with everybody has no effect.
    pub public_blocked: bool,
}

/// A directory bucket. Everything public about it is blocked, always.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct S3DirectoryBucket {
    /// The bucket policy.
    pub policy: Option<Policy>,
    /// Access points of the bucket.
    pub access_points: Vec<S3AccessPoint>,
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
    /// SCPs by level, root first, the account last. Accounts share the documents that they have in common.
    pub scps: Vec<Vec<Arc<ControlPolicy>>>,
    /// RCPs by level, root first, the account last.
    pub rcps: Vec<Vec<Arc<ControlPolicy>>>,
}

/// A control policy of an organization, with the text that it was read from: evidence is about texts.
#[derive(Clone, Debug, PartialEq)]
pub struct ControlPolicy {
    /// `p-…`, as the organization calls it.
    pub id: String,
    /// What it says.
    pub policy: Policy,
    /// The text of the document.
    pub text: String,
}

impl ControlPolicy {
    /// Reads a control policy. `Err` says why the text is none.
    pub fn read(id: impl Into<String>, text: impl Into<String>) -> Result<Self, DocumentError> {
        let text = text.into();
        Ok(Self {
            id: id.into(),
            policy: Policy::read(&text)?,
            text,
        })
    }
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
