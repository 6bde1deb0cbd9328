//! Every operation of AWS that the collector may call: what for, how often, and the permission it needs.
//!
//! This table is the only one. [`print_policy`] and the table in the README are made from it, and no call is
//! made but with an entry of it (`call.rs`), so the code cannot call what is not here.

use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One operation.
#[derive(Debug, PartialEq, Eq)]
pub struct Operation {
    /// The service, as the manifest calls it.
    pub service: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The IAM permissions that it needs; none for what everybody may call.
    pub permissions: &'static [&'static str],
    /// What it is for.
    pub part: Part,
    /// How often it is called.
    pub often: &'static str,
}

/// What an operation serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Finding out who calls and which Regions there are.
    Base,
    /// Going into an account by a role.
    Role,
    /// Reading the organization.
    Organization,
    /// Reading resources of a type.
    Type(&'static str),
    /// Reading resources of either type.
    Types(&'static [&'static str]),
}

impl Part {
    /// Whether it serves the type.
    pub fn serves(self, resource_type: &str) -> bool {
        match self {
            Part::Type(one) => one == resource_type,
            Part::Types(several) => several.contains(&resource_type),
            Part::Base | Part::Role | Part::Organization => false,
        }
    }

    /// The type, or what it is otherwise.
    fn words(self) -> String {
        match self {
            Part::Base => "every run".to_owned(),
            Part::Role => "`--role-name`".to_owned(),
            Part::Organization => "`--organization`".to_owned(),
            Part::Type(one) => format!("`{one}`"),
            Part::Types(several) => format!("`{}`", several.join("`, `")),
        }
    }
}

macro_rules! operations {
    ($($constant:ident $service:literal $name:literal [$($permission:literal),*] $part:expr, $often:literal;)*) => {
        $(
            #[doc = concat!("`", $service, ":", $name, "`")]
            pub static $constant: Operation = Operation {
                service: $service,
                name: $name,
                permissions: &[$($permission),*],
                part: $part,
                often: $often,
            };
        )*
        /// All of them, in the order of the documentation.
        pub static OPERATIONS: &[&Operation] = &[$(&$constant),*];
    };
}

const BUCKET: Part = Part::Type("AWS::S3::Bucket");
const IDENTITIES: Part = Part::Types(&[
    "AWS::IAM::Group",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Role",
    "AWS::IAM::User",
]);
const KEY: Part = Part::Type("AWS::KMS::Key");
const FUNCTION: Part = Part::Type("AWS::Lambda::Function");
const LAYER: Part = Part::Type("AWS::Lambda::LayerVersion");
const DIRECTORY_BUCKET: Part = Part::Type("AWS::S3Express::DirectoryBucket");
const VOLUME_SNAPSHOT: Part = Part::Type("AWS::EC2::Snapshot");
const DB_SNAPSHOT: Part = Part::Type("AWS::RDS::DBSnapshot");
const CLUSTER_SNAPSHOT: Part = Part::Type("AWS::RDS::DBClusterSnapshot");
const QUEUE: Part = Part::Type("AWS::SQS::Queue");
const TOPIC: Part = Part::Type("AWS::SNS::Topic");
const SECRET: Part = Part::Type("AWS::SecretsManager::Secret");
const REPOSITORY: Part = Part::Type("AWS::ECR::Repository");
const FILE_SYSTEM: Part = Part::Type("AWS::EFS::FileSystem");
const TABLE: Part = Part::Type("AWS::DynamoDB::Table");
const STREAM: Part = Part::Type("AWS::DynamoDB::Stream");

operations! {
    GET_CALLER_IDENTITY "sts" "GetCallerIdentity" [] Part::Base, "once";
    LIST_REGIONS "account" "ListRegions" ["account:ListRegions"] Part::Base, "once an account and 50 Regions, with `--regions all`";
    ASSUME_ROLE "sts" "AssumeRole" ["sts:AssumeRole"] Part::Role, "once an account and hour";

    DESCRIBE_ORGANIZATION "organizations" "DescribeOrganization" ["organizations:DescribeOrganization"] Part::Organization, "once";
    LIST_ROOTS "organizations" "ListRoots" ["organizations:ListRoots"] Part::Organization, "once";
    LIST_UNITS "organizations" "ListOrganizationalUnitsForParent" ["organizations:ListOrganizationalUnitsForParent"] Part::Organization, "once a root or unit, and 20 units in it";
    LIST_ACCOUNTS_FOR_PARENT "organizations" "ListAccountsForParent" ["organizations:ListAccountsForParent"] Part::Organization, "once a root or unit, and 20 accounts in it";
    LIST_POLICIES "organizations" "ListPolicies" ["organizations:ListPolicies"] Part::Organization, "twice, and once more each 20 policies";
    DESCRIBE_POLICY "organizations" "DescribePolicy" ["organizations:DescribePolicy"] Part::Organization, "once a control policy";
    LIST_TARGETS_FOR_POLICY "organizations" "ListTargetsForPolicy" ["organizations:ListTargetsForPolicy"] Part::Organization, "once a control policy, and 20 targets";

    GET_ACCOUNT_AUTHORIZATION_DETAILS "iam" "GetAccountAuthorizationDetails" ["iam:GetAccountAuthorizationDetails"] IDENTITIES, "once an account and type, and 1,000 of them";

    LIST_KEYS "kms" "ListKeys" ["kms:ListKeys"] KEY, "once a Region and 1,000 keys";
    GET_KEY_POLICY "kms" "GetKeyPolicy" ["kms:GetKeyPolicy"] KEY, "once a key";
    LIST_GRANTS "kms" "ListGrants" ["kms:ListGrants"] KEY, "once a key and 100 grants";

    LIST_FUNCTIONS "lambda" "ListFunctions" ["lambda:ListFunctions"] FUNCTION, "once a Region and 50 functions and versions";
    LIST_ALIASES "lambda" "ListAliases" ["lambda:ListAliases"] FUNCTION, "once a function and 50 aliases";
    GET_POLICY "lambda" "GetPolicy" ["lambda:GetPolicy"] FUNCTION, "once a function, once an alias, once a version";
    GET_FUNCTION_URL_CONFIG "lambda" "GetFunctionUrlConfig" ["lambda:GetFunctionUrlConfig"] FUNCTION, "once a function, once an alias";

    LIST_LAYERS "lambda" "ListLayers" ["lambda:ListLayers"] LAYER, "once a Region and 50 layers";
    LIST_LAYER_VERSIONS "lambda" "ListLayerVersions" ["lambda:ListLayerVersions"] LAYER, "once a layer and 50 versions";
    GET_LAYER_VERSION_POLICY "lambda" "GetLayerVersionPolicy" ["lambda:GetLayerVersionPolicy"] LAYER, "once a version";

    LIST_BUCKETS "s3" "ListBuckets" ["s3:ListAllMyBuckets"] BUCKET, "once an account and 10,000 buckets";
    GET_BUCKET_LOCATION "s3" "GetBucketLocation" ["s3:GetBucketLocation"] BUCKET, "once a bucket whose Region the list does not tell";
    GET_BUCKET_POLICY "s3" "GetBucketPolicy" ["s3:GetBucketPolicy"] BUCKET, "once a bucket";
    GET_BUCKET_ACL "s3" "GetBucketAcl" ["s3:GetBucketAcl"] BUCKET, "once a bucket";
    GET_BUCKET_OWNERSHIP_CONTROLS "s3" "GetBucketOwnershipControls" ["s3:GetBucketOwnershipControls"] BUCKET, "once a bucket";
    GET_PUBLIC_ACCESS_BLOCK "s3" "GetPublicAccessBlock" ["s3:GetBucketPublicAccessBlock"] BUCKET, "once a bucket";
    GET_ACCOUNT_PUBLIC_ACCESS_BLOCK "s3control" "GetPublicAccessBlock" ["s3:GetAccountPublicAccessBlock"] BUCKET, "once an account that has a bucket";
    LIST_ACCESS_POINTS "s3control" "ListAccessPoints" ["s3:ListAccessPoints"] BUCKET, "once a Region that has a bucket, and 1,000 access points";
    GET_ACCESS_POINT "s3control" "GetAccessPoint" ["s3:GetAccessPoint"] BUCKET, "once an access point";
    GET_ACCESS_POINT_POLICY "s3control" "GetAccessPointPolicy" ["s3:GetAccessPointPolicy"] BUCKET, "once an access point";
    LIST_MULTI_REGION_ACCESS_POINTS "s3control" "ListMultiRegionAccessPoints" ["s3:ListMultiRegionAccessPoints"] BUCKET, "once an account that has a bucket, and 100 of them";
    GET_MULTI_REGION_ACCESS_POINT_POLICY "s3control" "GetMultiRegionAccessPointPolicy" ["s3:GetMultiRegionAccessPointPolicy"] BUCKET, "once a multi-Region access point";

    LIST_DIRECTORY_BUCKETS "s3" "ListDirectoryBuckets" ["s3express:ListAllMyDirectoryBuckets"] DIRECTORY_BUCKET, "once a Region with S3 Express, and 1,000 buckets";
    GET_DIRECTORY_BUCKET_POLICY "s3" "GetBucketPolicy" ["s3express:GetBucketPolicy"] DIRECTORY_BUCKET, "once a bucket";
    LIST_DIRECTORY_ACCESS_POINTS "s3control" "ListAccessPointsForDirectoryBuckets" ["s3express:ListAccessPointsForDirectoryBuckets"] DIRECTORY_BUCKET, "once a Region that has such a bucket, and 1,000 access points";
    GET_DIRECTORY_ACCESS_POINT "s3control" "GetAccessPoint" ["s3express:GetAccessPoint"] DIRECTORY_BUCKET, "once an access point";
    GET_DIRECTORY_ACCESS_POINT_POLICY "s3control" "GetAccessPointPolicy" ["s3express:GetAccessPointPolicy"] DIRECTORY_BUCKET, "once an access point";

    DESCRIBE_SNAPSHOTS "ec2" "DescribeSnapshots" ["ec2:DescribeSnapshots"] VOLUME_SNAPSHOT, "once a Region and 1,000 snapshots";
    GET_SNAPSHOT_BLOCK "ec2" "GetSnapshotBlockPublicAccessState" ["ec2:GetSnapshotBlockPublicAccessState"] VOLUME_SNAPSHOT, "once a Region that has a snapshot";
    DESCRIBE_SNAPSHOT_ATTRIBUTE "ec2" "DescribeSnapshotAttribute" ["ec2:DescribeSnapshotAttribute"] VOLUME_SNAPSHOT, "once a snapshot";

    DESCRIBE_DB_SNAPSHOTS "rds" "DescribeDBSnapshots" ["rds:DescribeDBSnapshots"] DB_SNAPSHOT, "once a Region and 100 snapshots";
    DESCRIBE_DB_SNAPSHOT_ATTRIBUTES "rds" "DescribeDBSnapshotAttributes" ["rds:DescribeDBSnapshotAttributes"] DB_SNAPSHOT, "once a snapshot";
    DESCRIBE_CLUSTER_SNAPSHOTS "rds" "DescribeDBClusterSnapshots" ["rds:DescribeDBClusterSnapshots"] CLUSTER_SNAPSHOT, "once a Region and 100 snapshots";
    DESCRIBE_CLUSTER_SNAPSHOT_ATTRIBUTES "rds" "DescribeDBClusterSnapshotAttributes" ["rds:DescribeDBClusterSnapshotAttributes"] CLUSTER_SNAPSHOT, "once a snapshot";

    LIST_QUEUES "sqs" "ListQueues" ["sqs:ListQueues"] QUEUE, "once a Region and 1,000 queues";
    GET_QUEUE_ATTRIBUTES "sqs" "GetQueueAttributes" ["sqs:GetQueueAttributes"] QUEUE, "once a queue";

    LIST_TOPICS "sns" "ListTopics" ["sns:ListTopics"] TOPIC, "once a Region and 100 topics";
    GET_TOPIC_ATTRIBUTES "sns" "GetTopicAttributes" ["sns:GetTopicAttributes"] TOPIC, "once a topic";

    LIST_SECRETS "secretsmanager" "ListSecrets" ["secretsmanager:ListSecrets"] SECRET, "once a Region and 100 secrets";
    GET_RESOURCE_POLICY "secretsmanager" "GetResourcePolicy" ["secretsmanager:GetResourcePolicy"] SECRET, "once a secret";

    DESCRIBE_REPOSITORIES "ecr" "DescribeRepositories" ["ecr:DescribeRepositories"] REPOSITORY, "once a Region and 1,000 repositories";
    GET_REPOSITORY_POLICY "ecr" "GetRepositoryPolicy" ["ecr:GetRepositoryPolicy"] REPOSITORY, "once a repository";

    DESCRIBE_FILE_SYSTEMS "elasticfilesystem" "DescribeFileSystems" ["elasticfilesystem:DescribeFileSystems"] FILE_SYSTEM, "once a Region and 100 file systems";
    DESCRIBE_FILE_SYSTEM_POLICY "elasticfilesystem" "DescribeFileSystemPolicy" ["elasticfilesystem:DescribeFileSystemPolicy"] FILE_SYSTEM, "once a file system";

    LIST_TABLES "dynamodb" "ListTables" ["dynamodb:ListTables"] TABLE, "once a Region and 100 tables";
    GET_TABLE_POLICY "dynamodb" "GetResourcePolicy" ["dynamodb:GetResourcePolicy"] TABLE, "once a table";
    LIST_STREAMS "dynamodbstreams" "ListStreams" ["dynamodb:ListStreams"] STREAM, "once a Region and 100 streams";
    GET_STREAM_POLICY "dynamodb" "GetResourcePolicy" ["dynamodb:GetResourcePolicy"] STREAM, "once a stream";

}

/// The table for the documentation, in Markdown.
pub fn table() -> String {
    let mut text = String::from("| for | operation | permission | called |\n|---|---|---|---|\n");
    for operation in OPERATIONS {
        let Operation {
            service,
            name,
            part,
            often,
            ..
        } = operation;
        let permissions = match operation.permissions {
            [] => "none".to_owned(),
            some => format!("`{}`", some.join("`, `")),
        };
        text.push_str(&format!(
            "| {} | `{service}:{name}` | {permissions} | {often} |\n",
            part.words()
        ));
    }
    text
}

/// The least that the collector must be allowed: an identity policy, as JSON with line breaks.
///
/// Without a role it is the policy of whoever collects. With one, `Resources…` belong to that role in every account,
/// the rest to whoever assumes it.
pub fn print_policy(types: &[&str], role: Option<&str>, organization: bool) -> String {
    let mut statements: BTreeMap<(u8, String), Vec<&str>> = BTreeMap::new();
    for operation in OPERATIONS {
        let sid = match operation.part {
            Part::Base => (1, "ResourcesRegions".to_owned()),
            Part::Role if role.is_some() => (3, "AssumeRole".to_owned()),
            Part::Organization if organization => (2, "Organization".to_owned()),
            Part::Role | Part::Organization => continue,
            Part::Type(_) | Part::Types(_) => {
                if !types.iter().any(|name| operation.part.serves(name)) {
                    continue;
                }
                let service = operation
                    .permissions
                    .first()
                    .and_then(|permission| permission.split(':').next());
                let service = service.unwrap_or(operation.service);
                (0, format!("Resources{}", service.to_uppercase()))
            }
        };
        statements
            .entry(sid)
            .or_default()
            .extend(operation.permissions);
    }
    let statements: Vec<Value> = statements
        .into_iter()
        .map(|((_, sid), mut actions)| {
            actions.sort_unstable();
            actions.dedup();
            let resource = match role {
                Some(role) if sid == "AssumeRole" => format!("arn:*:iam::*:role/{role}"),
                _ => "*".to_owned(),
            };
            json!({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource})
        })
        .collect();
    let policy = json!({"Version": "2012-10-17", "Statement": statements});
    serde_json::to_string_pretty(&policy).expect("a tree of texts can be written")
}
