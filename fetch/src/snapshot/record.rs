//! One record: a line of JSON becomes a [`Resource`], or an error that says what is wrong with it.
//!
//! The shape is Access Analyzer's `Configuration` union, with a few members of ours. Unknown members are
//! errors, since one might grant something; a resource that is not understood is *not analysed*, and a
//! member that contradicts another (an ARN of another account) is an error too, since one of the two
//! would have to be believed.

use super::fields::{Fields, Node};
use super::lines::Place;
use keyaki_engine::resource::{
    Configuration, IamRole, KmsKey, LambdaFunction, LambdaLayerVersion, Resource, S3AccessPoint,
    S3Bucket, SqsQueue,
};
use keyaki_language::DocumentError;
use keyaki_language::json::{self, Json};
use keyaki_language::policies::{AclGrant, AclGrantee, AclPermission, BlockPublicAccess, KmsGrant};
use keyaki_language::policy::AccountId;
use keyaki_language::span::Span;
use std::collections::BTreeMap;
use std::{fmt, io};

/// A record that could not be read, with as much as is known of the resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordError(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    document: DocumentError,
    place: Option<Place>,
    resource: Option<String>,
    resource_type: Option<String>,
    account: Option<String>,
    region: Option<String>,
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.document.fmt(f)?;
        self.0
            .place
            .as_ref()
            .map_or(Ok(()), |place| write!(f, " in {place}"))
    }
}

impl std::error::Error for RecordError {}

impl RecordError {
    /// Code, message, JSON pointer and hint.
    pub fn document(&self) -> &DocumentError {
        &self.0.document
    }

    /// File and line, where the record came from a file.
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }

    /// The resource's ARN, if it could be read.
    pub fn resource(&self) -> Option<&str> {
        self.0.resource.as_deref()
    }

    /// The resource's type, if it could be read.
    pub fn resource_type(&self) -> Option<&str> {
        self.0.resource_type.as_deref()
    }

    /// The owner, if it could be read.
    pub fn account(&self) -> Option<&str> {
        self.0.account.as_deref()
    }

    /// The Region, if it could be read.
    pub fn region(&self) -> Option<&str> {
        self.0.region.as_deref()
    }

    fn new(document: DocumentError) -> Self {
        Self(Box::new(Inner {
            document,
            place: None,
            resource: None,
            resource_type: None,
            account: None,
            region: None,
        }))
    }

    fn bare(code: &'static str, message: impl Into<String>, hint: &str) -> Self {
        Self::new(DocumentError::new(code, message, "", Span::default()).with_hint(hint))
    }

    pub(super) fn unreadable(error: &io::Error) -> Self {
        Self::bare(
            "read-failed",
            format!("cannot read further: {error}"),
            "the rest of the file is not analysed",
        )
    }

    pub(super) fn too_long(longest: usize) -> Self {
        Self::bare(
            "line-too-long",
            format!("the line has more than {longest} bytes"),
            "a record is one resource on one line, and policies are far smaller",
        )
    }

    pub(super) fn miscounted(expected: u64, found: u64) -> Self {
        Self::bare(
            "record-count",
            format!("the manifest announces {expected} records, but there are {found}"),
            "a file was cut off, added or left out; collect again",
        )
    }

    pub(super) fn standing_at(mut self, place: Place) -> Self {
        self.0.place = Some(place);
        self
    }

    /// The same error in a last line without a line break: if it is no JSON, then the file was cut off.
    pub(super) fn of_last_line(self) -> Self {
        match self.0.document.code() {
            "json-syntax" | "invalid-utf8" => {
                let document = DocumentError::new(
                    "record-truncated",
                    format!(
                        "the last line breaks off in the middle of a record: {}",
                        self.0.document.message()
                    ),
                    self.0.document.at(),
                    self.0.document.span(),
                );
                let document = document.with_hint("the file was cut off; collect again");
                Self(Box::new(Inner {
                    document,
                    ..*self.0
                }))
            }
            _ => self,
        }
    }
}

/// Reads one record of `resources.jsonl`.
///
/// # Errors
///
/// Besides those of JSON and of policy documents: `unsupported-type`, `missing-member`,
/// `unknown-member`, `wrong-type`, `bad-account`, `bad-arn`, `contradiction`, `unknown-value`.
pub fn parse_record(line: &str) -> Result<Resource, RecordError> {
    parse_bytes(line.as_bytes())
}

pub(super) fn parse_bytes(line: &[u8]) -> Result<Resource, RecordError> {
    let json = json::parse_bytes(line).map_err(RecordError::new)?;
    resource(&json).map_err(|document| {
        let member = |name: &str| json.get(name).and_then(Json::as_str).map(str::to_owned);
        RecordError(Box::new(Inner {
            document,
            place: None,
            resource: member("resourceArn"),
            resource_type: member("resourceType"),
            account: member("resourceOwnerAccount"),
            region: member("region"),
        }))
    })
}

/// What is known of a type: its name, its member of `configuration`, its service, how its ARN goes on.
struct Type {
    name: &'static str,
    member: &'static str,
    service: &'static str,
    prefix: &'static str,
    read: fn(&Node<'_>) -> Result<Configuration, DocumentError>,
}

const TYPES: [Type; 6] = [
    Type {
        name: "AWS::S3::Bucket",
        member: "s3Bucket",
        service: "s3",
        prefix: "",
        read: s3_bucket,
    },
    Type {
        name: "AWS::IAM::Role",
        member: "iamRole",
        service: "iam",
        prefix: "role/",
        read: iam_role,
    },
    Type {
        name: "AWS::KMS::Key",
        member: "kmsKey",
        service: "kms",
        prefix: "key/",
        read: kms_key,
    },
    Type {
        name: "AWS::Lambda::Function",
        member: "lambdaFunction",
        service: "lambda",
        prefix: "function:",
        read: lambda_function,
    },
    Type {
        name: "AWS::Lambda::LayerVersion",
        member: "lambdaLayerVersion",
        service: "lambda",
        prefix: "layer:",
        read: lambda_layer_version,
    },
    Type {
        name: "AWS::SQS::Queue",
        member: "sqsQueue",
        service: "sqs",
        prefix: "",
        read: sqs_queue,
    },
];

fn resource(json: &Json) -> Result<Resource, DocumentError> {
    let record = Node::root(json);
    let fields = record.fields(&[
        "schemaVersion",
        "resourceArn",
        "resourceType",
        "resourceOwnerAccount",
        "region",
        "configuration",
    ])?;
    if let Some(version) = fields.optional("schemaVersion") {
        version.schema_version()?;
    }
    let type_node = fields.required("resourceType")?;
    let name = type_node.text()?;
    let kind = TYPES.iter().find(|kind| kind.name == name).ok_or_else(|| {
        let hint = format!(
            "the types that are analysed are {}",
            TYPES.map(|kind| format!("`{}`", kind.name)).join(", ")
        );
        type_node
            .error(
                "unsupported-type",
                format!("resources of type `{name}` are not analysed"),
            )
            .with_hint(hint)
    })?;

    let account = fields.required("resourceOwnerAccount")?.account()?;
    let arn = fields.required("resourceArn")?;
    let arn_region = check_arn(kind, &arn, account)?;
    let region = match fields.optional("region") {
        Some(node) => {
            let region = node.text()?;
            if !(region.is_empty() || arn_region.is_empty() || region == arn_region) {
                return Err(node.error(
                    "contradiction",
                    format!("the Region `{region}` is not the ARN's, `{arn_region}`"),
                ));
            }
            if region.is_empty() {
                arn_region
            } else {
                region
            }
        }
        None => arn_region,
    };

    let configuration = fields.required("configuration")?.fields(&[kind.member])?;
    Ok(Resource {
        arn: arn.text()?.to_owned(),
        account,
        region: region.to_owned(),
        configuration: (kind.read)(&configuration.required(kind.member)?)?,
    })
}

/// Checks that an ARN is one of the type and the account; its Region comes back.
fn check_arn<'a>(kind: &Type, node: &Node<'a>, owner: AccountId) -> Result<&'a str, DocumentError> {
    let text = node.text()?;
    let bad = || {
        let (name, service, prefix) = (kind.name, kind.service, kind.prefix);
        node.error("bad-arn", format!("`{text}` is not the ARN of a resource of type `{name}`"))
            .with_hint(format!("such an ARN looks like `arn:aws:{service}:REGION:ACCOUNT:{prefix}NAME`, its global parts empty"))
    };
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let &["arn", partition, service, region, account, rest] = parts.as_slice() else {
        return Err(bad());
    };
    if partition.is_empty()
        || service != kind.service
        || rest.strip_prefix(kind.prefix).is_none_or(str::is_empty)
    {
        return Err(bad());
    }
    // Bucket names are global: their ARNs hold no account.
    if !(account.is_empty() && kind.service == "s3") && AccountId::parse(account) != Some(owner) {
        return Err(node.error(
            "contradiction",
            format!("the ARN is not one of the owner `{owner}`"),
        ));
    }
    Ok(region)
}

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
    let access_points = match fields.optional("accessPoints") {
        Some(points) => points
            .members()?
            .map(|(arn, point)| access_point(arn, &point))
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
        access_points,
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

fn access_point(arn: &str, node: &Node<'_>) -> Result<S3AccessPoint, DocumentError> {
    let fields = node.fields(&["accessPointPolicy", "publicAccessBlock", "networkOrigin"])?;
    let is_arn = matches!(arn.splitn(6, ':').collect::<Vec<_>>().as_slice(),
        ["arn", partition, "s3", _, account, rest]
            if !partition.is_empty() && AccountId::parse(account).is_some() && rest.len() > "accesspoint/".len() && rest.starts_with("accesspoint/"));
    if !is_arn {
        return Err(node
            .error(
                "bad-arn",
                format!("`{arn}` is not the ARN of an access point"),
            )
            .with_hint("such an ARN looks like `arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME`"));
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

fn iam_role(node: &Node<'_>) -> Result<Configuration, DocumentError> {
    let trust_policy = node
        .fields(&["trustPolicy"])?
        .required("trustPolicy")?
        .policy()?;
    Ok(Configuration::IamRole(IamRole { trust_policy }))
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

fn lambda_layer_version(node: &Node<'_>) -> Result<Configuration, DocumentError> {
    let policy = policy(&node.fields(&["layerPolicy"])?, "layerPolicy")?;
    Ok(Configuration::LambdaLayerVersion(LambdaLayerVersion {
        policy,
    }))
}

fn sqs_queue(node: &Node<'_>) -> Result<Configuration, DocumentError> {
    let policy = policy(&node.fields(&["queuePolicy"])?, "queuePolicy")?;
    Ok(Configuration::SqsQueue(SqsQueue { policy }))
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
