//! What grants on a resource, type by type: `configuration` of a record becomes a [`Configuration`].
//!
//! Everything of the Access Analyzer API's `Configuration` union is read, with a few members and types of ours. What a member
//! says that bears on no access (`tags`, when a role was used) is checked for its shape and left in the file.

use super::fields::{Fields, Node};
use keyaki_engine::resource::{
    Configuration, IamRole, IdentityType, KmsKey, LambdaFunction, ResourcePolicyType,
    S3AccessPoint, S3Bucket, S3DirectoryBucket, SharedSnapshot, SnapshotType,
};
use keyaki_language::DocumentError;
use keyaki_language::policies::{AclGrant, AclGrantee, AclPermission, BlockPublicAccess, KmsGrant};
use keyaki_language::policy::AccountId;
use std::collections::BTreeMap;

/// What is known of a type: its name, its member of `configuration`, how its ARNs look.
pub(super) struct Type {
    pub(super) name: &'static str,
    pub(super) member: &'static str,
    pub(super) arn: ArnForm,
    pub(super) read: fn(&Node<'_>) -> Result<Configuration, DocumentError>,
}

/// The ARNs of a type: the service, how what follows the account begins, and what stands further inside.
pub(super) struct ArnForm {
    pub(super) service: &'static str,
    pub(super) prefix: &'static str,
    infix: &'static str,
    /// What the account's part may be instead of the owner, if anything.
    pub(super) account: Option<&'static str>,
}

/// The names of all types that are read, sorted.
pub fn type_names() -> impl Iterator<Item = &'static str> {
    TYPES.iter().map(|kind| kind.name)
}

/// The constant that is this name of a type that is read.
pub fn type_name(name: &str) -> Option<&'static str> {
    type_names().find(|known| *known == name)
}

impl ArnForm {
    const fn new(service: &'static str, prefix: &'static str) -> Self {
        Self {
            service,
            prefix,
            infix: "",
            account: None,
        }
    }

    const fn with(self, infix: &'static str) -> Self {
        Self { infix, ..self }
    }

    const fn or_account(self, account: &'static str) -> Self {
        Self {
            account: Some(account),
            ..self
        }
    }

    /// Whether `rest`, what follows the account, is of this form.
    pub(super) fn fits(&self, rest: &str) -> bool {
        let name = rest.strip_prefix(self.prefix).unwrap_or_default();
        match self.infix {
            "" => !name.is_empty(),
            infix => name
                .split_once(infix)
                .is_some_and(|(name, last)| !name.is_empty() && !last.is_empty()),
        }
    }
}

/// Every type that is read, in the order of their names.
pub(super) const TYPES: [Type; 19] = [
    Type {
        name: "AWS::DynamoDB::Stream",
        member: "dynamodbStream",
        arn: ArnForm::new("dynamodb", "table/").with("/stream/"),
        read: |node| resource_policy(node, ResourcePolicyType::DynamoDbStream, "streamPolicy"),
    },
    Type {
        name: "AWS::DynamoDB::Table",
        member: "dynamodbTable",
        arn: ArnForm::new("dynamodb", "table/"),
        read: |node| resource_policy(node, ResourcePolicyType::DynamoDbTable, "tablePolicy"),
    },
    Type {
        name: "AWS::EC2::Snapshot",
        member: "ebsSnapshot",
        arn: ArnForm::new("ec2", "snapshot/").or_account(""),
        read: ebs_snapshot,
    },
    Type {
        name: "AWS::ECR::Repository",
        member: "ecrRepository",
        arn: ArnForm::new("ecr", "repository/"),
        read: |node| resource_policy(node, ResourcePolicyType::EcrRepository, "repositoryPolicy"),
    },
    Type {
        name: "AWS::EFS::FileSystem",
        member: "efsFileSystem",
        arn: ArnForm::new("elasticfilesystem", "file-system/"),
        read: |node| resource_policy(node, ResourcePolicyType::EfsFileSystem, "fileSystemPolicy"),
    },
    Type {
        name: "AWS::IAM::Group",
        member: "iamGroup",
        arn: ArnForm::new("iam", "group/"),
        read: |node| identity(node, IdentityType::Group, &[]),
    },
    Type {
        name: "AWS::IAM::ManagedPolicy",
        member: "iamManagedPolicy",
        arn: ArnForm::new("iam", "policy/").or_account("aws"),
        read: managed_policy,
    },
    Type {
        name: "AWS::IAM::Role",
        member: "iamRole",
        arn: ArnForm::new("iam", "role/"),
        read: iam_role,
    },
    Type {
        name: "AWS::IAM::User",
        member: "iamUser",
        arn: ArnForm::new("iam", "user/"),
        read: |node| {
            identity(
                node,
                IdentityType::User,
                &["groups", "permissionsBoundary", "tags"],
            )
        },
    },
    Type {
        name: "AWS::KMS::Key",
        member: "kmsKey",
        arn: ArnForm::new("kms", "key/"),
        read: kms_key,
    },
    Type {
        name: "AWS::Lambda::Function",
        member: "lambdaFunction",
        arn: ArnForm::new("lambda", "function:"),
        read: lambda_function,
    },
    Type {
        name: "AWS::Lambda::LayerVersion",
        member: "lambdaLayerVersion",
        arn: ArnForm::new("lambda", "layer:"),
        read: |node| resource_policy(node, ResourcePolicyType::LambdaLayerVersion, "layerPolicy"),
    },
    Type {
        name: "AWS::RDS::DBClusterSnapshot",
        member: "rdsDbClusterSnapshot",
        arn: ArnForm::new("rds", "cluster-snapshot:"),
        read: |node| rds_snapshot(node, SnapshotType::RdsCluster),
    },
    Type {
        name: "AWS::RDS::DBSnapshot",
        member: "rdsDbSnapshot",
        arn: ArnForm::new("rds", "snapshot:"),
        read: |node| rds_snapshot(node, SnapshotType::Rds),
    },
    Type {
        name: "AWS::S3::Bucket",
        member: "s3Bucket",
        arn: ArnForm::new("s3", "").or_account(""),
        read: s3_bucket,
    },
    Type {
        name: "AWS::S3Express::DirectoryBucket",
        member: "s3ExpressDirectoryBucket",
        arn: ArnForm::new("s3express", "bucket/"),
        read: directory_bucket,
    },
    Type {
        name: "AWS::SNS::Topic",
        member: "snsTopic",
        arn: ArnForm::new("sns", ""),
        read: |node| resource_policy(node, ResourcePolicyType::SnsTopic, "topicPolicy"),
    },
    Type {
        name: "AWS::SQS::Queue",
        member: "sqsQueue",
        arn: ArnForm::new("sqs", ""),
        read: |node| resource_policy(node, ResourcePolicyType::SqsQueue, "queuePolicy"),
    },
    Type {
        name: "AWS::SecretsManager::Secret",
        member: "secretsManagerSecret",
        arn: ArnForm::new("secretsmanager", "secret:"),
        read: secret,
    },
];

fn s3_bucket(node: &Node<'_>) -> Result<Configuration, DocumentError> {
    let fields = node.fields(&[
        "bucketPolicy",
        "bucketAclGrants",
        "bucketPublicAccessBlock",
        "accessPoints",
        "accountPublicAccessBlock",
        "objectOwnership",
        "ownerCanonicalId",
    ])?;
    let acl = match fields.optional("bucketAclGrants") {
        Some(grants) => grants
            .items()?
            .map(|grant| acl_grant(&grant))
            .collect::<Result<_, _>>()?,
        None => Vec::new(),
    };
    let bucket_owner_enforced = match fields.optional("objectOwnership") {
        Some(node) => one_of(
            &node,
            &[
                ("BucketOwnerEnforced", true),
                ("BucketOwnerPreferred", false),
                ("ObjectWriter", false),
            ],
        )?,
        None => false,
    };
    Ok(Configuration::S3Bucket(S3Bucket {
        policy: policy(&fields, "bucketPolicy")?,
        acl,
        bucket_owner_enforced,
        block_public_access: block_public_access(&fields, "bucketPublicAccessBlock")?,
        account_block_public_access: block_public_access(&fields, "accountPublicAccessBlock")?,
        access_points: access_points(&fields, "s3")?,
        owner_canonical_id: fields
            .optional("ownerCanonicalId")
            .map(|id| id.name().map(str::to_owned))
            .transpose()?,
    }))
}

fn acl_grant(node: &Node<'_>) -> Result<AclGrant, DocumentError> {
    let fields = node.fields(&["permission", "grantee"])?;
    let permission = one_of(
        &fields.required("permission")?,
        &[
            ("READ", AclPermission::Read),
            ("WRITE", AclPermission::Write),
            ("READ_ACP", AclPermission::ReadAcp),
            ("WRITE_ACP", AclPermission::WriteAcp),
            ("FULL_CONTROL", AclPermission::FullControl),
        ],
    )?;
    let grantee = fields.required("grantee")?.fields(&["id", "uri"])?;
    let grantee = match (grantee.optional("id"), grantee.optional("uri")) {
        (Some(id), None) => AclGrantee::Canonical(id.name()?.to_owned()),
        (None, Some(uri)) => one_of(
            &uri,
            &[
                (
                    "http://acs.amazonaws.com/groups/global/AllUsers",
                    AclGrantee::AllUsers,
                ),
                (
                    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
                    AclGrantee::AuthenticatedUsers,
                ),
                (
                    "http://acs.amazonaws.com/groups/s3/LogDelivery",
                    AclGrantee::LogDelivery,
                ),
            ],
        )?,
        (None, None) => {
            return Err(grantee
                .node()
                .error("missing-member", "the grantee has neither `id` nor `uri`"));
        }
        (Some(_), Some(_)) => {
            return Err(grantee
                .node()
                .error("contradiction", "the grantee has both `id` and `uri`"));
        }
    };
    Ok(AclGrant {
        grantee,
        permission,
    })
}

fn access_points(fields: &Fields<'_>, service: &str) -> Result<Vec<S3AccessPoint>, DocumentError> {
    match fields.optional("accessPoints") {
        Some(points) => points
            .members()?
            .map(|(arn, point)| access_point(service, arn, &point))
            .collect(),
        None => Ok(Vec::new()),
    }
}

fn access_point(service: &str, arn: &str, node: &Node<'_>) -> Result<S3AccessPoint, DocumentError> {
    let fields = node.fields(&["accessPointPolicy", "publicAccessBlock", "networkOrigin"])?;
    let is_arn = matches!(arn.splitn(6, ':').collect::<Vec<_>>().as_slice(),
        ["arn", partition, of, _, account, rest]
            if *of == service && !partition.is_empty() && AccountId::parse(account).is_some() && rest.len() > "accesspoint/".len() && rest.starts_with("accesspoint/"));
    if !is_arn {
        return Err(node
            .error(
                "bad-arn",
                format!("`{arn}` is not the ARN of an access point"),
            )
            .with_hint(format!(
                "such an ARN looks like `arn:aws:{service}:REGION:ACCOUNT:accesspoint/NAME`"
            )));
    }
    let vpc = match fields.optional("networkOrigin") {
        Some(origin) => {
            let origin = origin.fields(&["vpcConfiguration", "internetConfiguration"])?;
            match (
                origin.optional("vpcConfiguration"),
                origin.optional("internetConfiguration"),
            ) {
                (Some(vpc), None) => Some(
                    vpc.fields(&["vpcId"])?
                        .required("vpcId")?
                        .name()?
                        .to_owned(),
                ),
                (None, internet) => {
                    internet.map(|node| node.fields(&[])).transpose()?;
                    None
                }
                (Some(_), Some(_)) => {
                    return Err(origin.node().error(
                        "contradiction",
                        "the network origin is both a VPC and the internet",
                    ));
                }
            }
        }
        None => None,
    };
    Ok(S3AccessPoint {
        arn: arn.to_owned(),
        policy: policy(&fields, "accessPointPolicy")?,
        block_public_access: block_public_access(&fields, "publicAccessBlock")?,
        vpc,
    })
}

fn block_public_access(
    fields: &Fields<'_>,
    name: &str,
) -> Result<BlockPublicAccess, DocumentError> {
    let Some(node) = fields.optional(name) else {
        return Ok(BlockPublicAccess::default());
    };
    // Two of the four switches refuse changes; what stands already is not touched by them.
    let fields = node.fields(&[
        "ignorePublicAcls",
        "restrictPublicBuckets",
        "blockPublicAcls",
        "blockPublicPolicy",
    ])?;
    for name in ["blockPublicAcls", "blockPublicPolicy"] {
        fields.optional(name).map(|node| node.flag()).transpose()?;
    }
    Ok(BlockPublicAccess {
        ignore_public_acls: fields.required("ignorePublicAcls")?.flag()?,
        restrict_public_buckets: fields.required("restrictPublicBuckets")?.flag()?,
    })
}

fn directory_bucket(node: &Node<'_>) -> Result<Configuration, DocumentError> {
    let fields = node.fields(&["bucketPolicy", "accessPoints"])?;
    Ok(Configuration::S3DirectoryBucket(S3DirectoryBucket {
        policy: policy(&fields, "bucketPolicy")?,
        access_points: access_points(&fields, "s3express")?,
    }))
}

/// A role: its trust policy is judged; what it may do itself is kept in the snapshot.
fn iam_role(node: &Node<'_>) -> Result<Configuration, DocumentError> {
    let fields = identity_fields(
        node,
        &["trustPolicy", "permissionsBoundary", "tags", "lastUsed"],
    )?;
    if let Some(used) = fields.optional("lastUsed") {
        let used = used.fields(&["date", "region"])?;
        for name in ["date", "region"] {
            used.optional(name).map(|node| node.text()).transpose()?;
        }
    }
    let trust_policy = fields.required("trustPolicy")?.policy()?;
    Ok(Configuration::IamRole(IamRole { trust_policy }))
}

fn identity(
    node: &Node<'_>,
    of: IdentityType,
    more: &[&str],
) -> Result<Configuration, DocumentError> {
    let fields = identity_fields(node, more)?;
    fields
        .optional("groups")
        .map(|groups| groups.texts())
        .transpose()?;
    Ok(Configuration::Identity(of))
}

/// The members that say what a principal may do: the ARNs of managed policies, its own policies by name, its boundary. They let
/// nobody in, so their documents are not read here.
fn identity_fields<'a>(node: &Node<'a>, more: &[&str]) -> Result<Fields<'a>, DocumentError> {
    let known = [&["attachedManagedPolicies", "inlinePolicies"], more].concat();
    let fields = node.fields(&known)?;
    fields
        .optional("attachedManagedPolicies")
        .map(|arns| arns.texts())
        .transpose()?;
    fields
        .optional("permissionsBoundary")
        .map(|arn| arn.name())
        .transpose()?;
    fields
        .optional("tags")
        .map(|tags| pairs(&tags))
        .transpose()?;
    if let Some(policies) = fields.optional("inlinePolicies") {
        policies
            .members()?
            .try_for_each(|(_, document)| document.is_document())?;
    }
    Ok(fields)
}

fn managed_policy(node: &Node<'_>) -> Result<Configuration, DocumentError> {
    node.fields(&["document"])?
        .required("document")?
        .is_document()?;
    Ok(Configuration::Identity(IdentityType::ManagedPolicy))
}

fn kms_key(node: &Node<'_>) -> Result<Configuration, DocumentError> {
    let fields = node.fields(&["keyPolicies", "grants"])?;
    let policies = fields.required("keyPolicies")?;
    let policies = policies
        .fields(&["default"])?
        .required("default")?
        .policy()?;
    let mut grants = Vec::new();
    if let Some(list) = fields.optional("grants") {
        for grant in list.items()? {
            kms_grant(&grant, &mut grants)?;
        }
    }
    Ok(Configuration::KmsKey(KmsKey {
        policies: vec![policies],
        grants,
    }))
}

/// Reads a grant. Who may retire it has, in effect, a grant of that one operation.
fn kms_grant(node: &Node<'_>, grants: &mut Vec<KmsGrant>) -> Result<(), DocumentError> {
    let fields = node.fields(&[
        "granteePrincipal",
        "retiringPrincipal",
        "operations",
        "issuingAccount",
        "constraints",
    ])?;
    if let Some(issuer) = fields.optional("issuingAccount") {
        issuer.name()?;
    }
    let mut grant = KmsGrant {
        grantee: fields.required("granteePrincipal")?.name()?.to_owned(),
        operations: fields.required("operations")?.texts()?,
        ..KmsGrant::default()
    };
    if let Some(constraints) = fields.optional("constraints") {
        let constraints = constraints.fields(&[
            "encryptionContextEquals",
            "encryptionContextSubset",
            "sourceArn",
        ])?;
        let pairs = |name: &str| {
            constraints
                .optional(name)
                .map(|node| pairs(&node))
                .transpose()
        };
        grant.encryption_context_equals = pairs("encryptionContextEquals")?;
        grant.encryption_context_subset = pairs("encryptionContextSubset")?;
        grant.source_arn = constraints
            .optional("sourceArn")
            .map(|node| node.name().map(str::to_owned))
            .transpose()?;
    }
    grants.push(grant);
    if let Some(retiring) = fields.optional("retiringPrincipal") {
        let grantee = retiring.name()?.to_owned();
        grants.push(KmsGrant {
            grantee,
            operations: vec!["RetireGrant".to_owned()],
            ..KmsGrant::default()
        });
    }
    Ok(())
}

fn pairs(node: &Node<'_>) -> Result<BTreeMap<String, String>, DocumentError> {
    node.members()?
        .map(|(key, value)| Ok((key.to_owned(), value.text()?.to_owned())))
        .collect()
}

fn lambda_function(node: &Node<'_>) -> Result<Configuration, DocumentError> {
    let fields = node.fields(&["functionPolicy", "functionUrls"])?;
    let mut url_auth_types = Vec::new();
    if let Some(urls) = fields.optional("functionUrls") {
        for url in urls.items()? {
            let url = url.fields(&["authType", "functionUrl"])?;
            if let Some(address) = url.optional("functionUrl") {
                address.name()?;
            }
            let auth_type = one_of(
                &url.required("authType")?,
                &[("NONE", "NONE"), ("AWS_IAM", "AWS_IAM")],
            )?;
            url_auth_types.push(auth_type.to_owned());
        }
    }
    Ok(Configuration::LambdaFunction(LambdaFunction {
        policy: policy(&fields, "functionPolicy")?,
        url_auth_types,
    }))
}

fn resource_policy(
    node: &Node<'_>,
    of: ResourcePolicyType,
    member: &str,
) -> Result<Configuration, DocumentError> {
    let policy = policy(&node.fields(&[member])?, member)?;
    Ok(Configuration::ResourcePolicy(of, policy))
}

/// A secret. Its key is not looked at: callers of other accounts cannot read a secret under the key that AWS manages, but they can
/// do to it whatever else its policy lets them do.
fn secret(node: &Node<'_>) -> Result<Configuration, DocumentError> {
    let fields = node.fields(&["secretPolicy", "kmsKeyId"])?;
    fields
        .optional("kmsKeyId")
        .map(|key| key.text())
        .transpose()?;
    Ok(Configuration::ResourcePolicy(
        ResourcePolicyType::Secret,
        policy(&fields, "secretPolicy")?,
    ))
}

fn ebs_snapshot(node: &Node<'_>) -> Result<Configuration, DocumentError> {
    let fields = node.fields(&["userIds", "groups", "kmsKeyId", "blockPublicAccess"])?;
    let mut shared = shared_with(fields.optional("userIds").as_ref())?;
    if let Some(groups) = fields.optional("groups") {
        for group in groups.items()? {
            shared.everyone |= one_of(&group, &[("all", true)])?;
        }
    }
    shared.encrypted = encrypted(&fields)?;
    if let Some(state) = fields.optional("blockPublicAccess") {
        // `block-new-sharing` leaves as it is what was shared before (M8).
        shared.public_blocked = one_of(
            &state,
            &[
                ("block-all-sharing", true),
                ("block-new-sharing", false),
                ("unblocked", false),
            ],
        )?;
    }
    Ok(Configuration::Snapshot(SnapshotType::Ebs, shared))
}

fn rds_snapshot(node: &Node<'_>, of: SnapshotType) -> Result<Configuration, DocumentError> {
    let fields = node.fields(&["attributes", "kmsKeyId"])?;
    let mut shared = SharedSnapshot::default();
    if let Some(attributes) = fields.optional("attributes") {
        // `restore` is the only attribute that lets anybody in.
        for (name, value) in attributes.members()? {
            let accounts = value.fields(&["accountIds"])?.optional("accountIds");
            if name == "restore" {
                shared = shared_with(accounts.as_ref())?;
            }
        }
    }
    shared.encrypted = encrypted(&fields)?;
    Ok(Configuration::Snapshot(of, shared))
}

/// A list of account ids, or of `all`.
fn shared_with(list: Option<&Node<'_>>) -> Result<SharedSnapshot, DocumentError> {
    let mut shared = SharedSnapshot::default();
    if let Some(list) = list {
        for item in list.items()? {
            match item.text()? {
                "all" => shared.everyone = true,
                _ => shared.accounts.push(item.account()?),
            }
        }
    }
    Ok(shared)
}

fn encrypted(fields: &Fields<'_>) -> Result<bool, DocumentError> {
    let key = fields
        .optional("kmsKeyId")
        .map(|key| key.text())
        .transpose()?;
    Ok(key.is_some_and(|key| !key.is_empty()))
}

/// A policy that may be missing: left out, null, or an empty string.
fn policy(
    fields: &Fields<'_>,
    name: &str,
) -> Result<Option<keyaki_language::Policy>, DocumentError> {
    fields
        .optional(name)
        .map_or(Ok(None), |node| node.policy_if_any())
}

/// One of a few words, and what it stands for.
fn one_of<T: Clone>(node: &Node<'_>, words: &[(&str, T)]) -> Result<T, DocumentError> {
    let text = node.text()?;
    match words.iter().find(|(word, _)| *word == text) {
        Some((_, meaning)) => Ok(meaning.clone()),
        None => {
            let known: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            let error = node.error("unknown-value", format!("`{text}` is not known here"));
            Err(error.with_hint(format!("it can be {}", known.join(", "))))
        }
    }
}
