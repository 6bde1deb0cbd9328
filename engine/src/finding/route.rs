//! Ways in: everything on a resource that can grant, each as policies that must all allow.
//!
//! What is no policy (an ACL grant, a KMS grant) is written as the statement that it amounts to, so that one analysis
//! serves all. A [`Route`] is one way in: every policy of `allow` must allow, no Deny of any policy may apply, and
//! the `limits` of the service must hold.

use crate::finding::Source;
use crate::finding::cover::principal_text;
use crate::resource::{
    Configuration, Resource, ResourcePolicyType, S3AccessPoint, S3Bucket, S3DirectoryBucket,
    SharedSnapshot, SnapshotType,
};
use keyaki_language::json::Json;
use keyaki_language::policies::{AclGrant, AclGrantee, AclPermission, KmsGrant};
use keyaki_language::policy::{
    AccountId, ActionClause, Comparison, Condition, Effect, Listing, Operator, Policy,
    PrincipalClause, PrincipalEntry, Quantifier, Statement, Version,
};
use keyaki_language::span::{Span, Spanned};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// One way in.
#[derive(Clone, Debug)]
pub(crate) struct Route<'r> {
    /// What a finding names as its source.
    pub(crate) source: Source,
    /// The policies that must all allow, with the name under which their statements are shown.
    pub(crate) allow: Vec<(String, Cow<'r, Policy>)>,
    /// Policies of which only the Denies count.
    pub(crate) deny: Vec<(String, Cow<'r, Policy>)>,
    /// The resources that a request can be about, as patterns; empty for any.
    pub(crate) resources: Vec<String>,
    /// Condition keys that the way in fixes: to a value, or to absence.
    pub(crate) keys: Vec<(&'static str, Option<String>)>,
    /// Only calls from this VPC.
    pub(crate) vpc: Option<String>,
    /// Where the policies are public, only service principals and the owner's account get in (`RestrictPublicBuckets`).
    pub(crate) restrict_public: bool,
    /// Whether the route can be public at all.
    pub(crate) never_public: bool,
}

impl<'r> Route<'r> {
    fn of_policy(policy: &'r Policy, resources: Vec<String>) -> Self {
        Self {
            allow: vec![("policy".to_owned(), Cow::Borrowed(policy))],
            ..Self::bare(Source::Policy, resources)
        }
    }

    /// A way in of which nothing is said yet.
    fn bare(source: Source, resources: Vec<String>) -> Self {
        Self {
            source,
            allow: Vec::new(),
            deny: Vec::new(),
            resources,
            keys: Vec::new(),
            vpc: None,
            restrict_public: false,
            never_public: false,
        }
    }
}

/// All ways in to a resource.
pub(crate) fn routes(resource: &Resource) -> Vec<Route<'_>> {
    let arn = resource.arn.as_str();
    let own = |more: &[&str]| {
        more.iter()
            .map(|suffix| format!("{arn}{suffix}"))
            .collect::<Vec<_>>()
    };
    match &resource.configuration {
        Configuration::S3Bucket(bucket) => s3_routes(arn, resource.account, bucket),
        // A trust policy has no Resource: it is about its role.
        Configuration::IamRole(role) => vec![Route::of_policy(&role.trust_policy, own(&[""]))],
        Configuration::KmsKey(key) => {
            let mut routes: Vec<Route> = key
                .policies
                .iter()
                .map(|policy| Route::of_policy(policy, own(&[""])))
                .collect();
            let denies: Vec<(String, Cow<Policy>)> = key
                .policies
                .iter()
                .map(|policy| ("policy".to_owned(), Cow::Borrowed(policy)))
                .collect();
            for (index, grant) in key.grants.iter().enumerate() {
                if let Some(policy) = grant_policy(grant) {
                    routes.push(Route {
                        allow: vec![(format!("grant {index}"), Cow::Owned(policy))],
                        deny: denies.clone(),
                        ..Route::bare(Source::Policy, own(&[""]))
                    });
                }
            }
            routes
        }
        Configuration::LambdaFunction(function) => function
            .policy
            .iter()
            .map(|policy| Route::of_policy(policy, own(&["", ":*"])))
            .collect(),
        Configuration::S3DirectoryBucket(bucket) => {
            directory_bucket_routes(arn, resource.account, bucket)
        }
        Configuration::ResourcePolicy(on, policy) => policy
            .iter()
            .map(|policy| {
                let resources = match on {
                    // A table's policy is about its indexes too (M8).
                    ResourcePolicyType::DynamoDbTable => own(&["", "/index/*"]),
                    _ => own(&[""]),
                };
                Route::of_policy(policy, resources)
            })
            .collect(),
        Configuration::Snapshot(of, shared) => shared_policy(*of, shared)
            .map(|policy| Route {
                allow: vec![("share".to_owned(), Cow::Owned(policy))],
                ..Route::bare(Source::Policy, own(&[""]))
            })
            .into_iter()
            .collect(),
        Configuration::Identity(_) => Vec::new(),
    }
}

/// The policy that sharing a snapshot amounts to (M8): whoever it is shared with may make a volume or database of it, and copy it (EC2
/// User Guide, "Share an Amazon EBS snapshot"; RDS User Guide, "Sharing a DB snapshot").
fn shared_policy(of: SnapshotType, shared: &SharedSnapshot) -> Option<Policy> {
    let actions: &[&str] = match of {
        SnapshotType::Ebs => &["ec2:CreateVolume", "ec2:CopySnapshot"],
        SnapshotType::Rds => &["rds:RestoreDBInstanceFromDBSnapshot", "rds:CopyDBSnapshot"],
        SnapshotType::RdsCluster => &[
            "rds:RestoreDBClusterFromSnapshot",
            "rds:CopyDBClusterSnapshot",
        ],
    };
    let everyone = (shared.everyone && !shared.encrypted && !shared.public_blocked)
        .then_some(PrincipalEntry::Everyone);
    let accounts = shared
        .accounts
        .iter()
        .map(|account| PrincipalEntry::Account {
            partition: None,
            account: *account,
        });
    let statements: Vec<Statement> = everyone
        .into_iter()
        .chain(accounts)
        .map(|entry| statement(entry, actions, Vec::new()))
        .collect();
    (!statements.is_empty()).then(|| document(statements))
}

/// A directory bucket's ways in (M8): its policy, and each access point together with the policy. Block Public Access is on for all of
/// them and cannot be turned off (S3 User Guide, "Blocking public access to directory buckets").
fn directory_bucket_routes<'r>(
    arn: &str,
    owner: AccountId,
    bucket: &'r S3DirectoryBucket,
) -> Vec<Route<'r>> {
    let Some(policy) = &bucket.policy else {
        return Vec::new();
    };
    let resources = vec![arn.to_owned()];
    let mut routes = vec![Route {
        keys: DIRECTORY_POINT_KEYS.map(|key| (key, None)).to_vec(),
        restrict_public: true,
        ..Route::of_policy(policy, resources.clone())
    }];
    routes.extend(foreign_point_routes(
        policy,
        owner,
        true,
        DIRECTORY_POINT_KEYS,
        &resources,
    ));
    let points = bucket.access_points.iter();
    routes
        .extend(points.filter_map(|point| point_route(policy, point, true, DIRECTORY_POINT_KEYS)));
    routes
}

/// The keys that a call through an access point has: its ARN, its account, its network origin.
pub(crate) type PointKeys = [&'static str; 3];

pub(crate) const POINT_KEYS: PointKeys = [
    "s3:dataaccesspointarn",
    "s3:dataaccesspointaccount",
    "s3:accesspointnetworkorigin",
];
pub(crate) const DIRECTORY_POINT_KEYS: PointKeys = [
    "s3express:dataaccesspointarn",
    "s3express:dataaccesspointaccount",
    "s3express:accesspointnetworkorigin",
];
/// What a resource's grants amount to, as the text of one document: an ACL's, or those of a KMS key. `None` where there are none
/// that let anybody in, or one cannot be written as a statement.
///
/// Evidence is about it, as it is about a policy; that the grants amount to it is the reading of rules M5 and M6.
pub fn granted(resource: &Resource) -> Option<String> {
    let routes = routes(resource);
    let grants = routes.iter().flat_map(|route| &route.allow);
    let grants = grants.filter(|(name, _)| name == "acl" || name.starts_with("grant "));
    let statements = grants.flat_map(|(_, policy)| &policy.statements);
    let named = statements.filter_map(|statement| Some((statement, counting(statement)?)));
    let texts: Vec<Json> = named
        .map(|(statement, entry)| statement_text(statement, entry))
        .collect::<Option<_>>()?;
    let document = [
        // Values are literal: what a grant spells is no variable.
        ("Version", Json::from("2008-10-17")),
        ("Statement", Json::array(texts.clone())),
    ];
    (!texts.is_empty()).then(|| Json::object(document).to_string())
}

/// The grantee of a grant that has an effect.
fn counting(statement: &Statement) -> Option<&PrincipalEntry> {
    let clause = statement.principal.as_ref()?;
    let entry = &clause.entries.first()?.value;
    (!matches!(entry, PrincipalEntry::Nobody(_))).then_some(entry)
}

/// A statement that a grant amounts to, as it would be written.
fn statement_text<'s>(statement: &'s Statement, entry: &PrincipalEntry) -> Option<Json<'s>> {
    let (kind, who) = principal_text(entry);
    let actions = statement.action.patterns.iter();
    let mut members = vec![
        ("Effect", Json::from("Allow")),
        ("Principal", Json::object([(kind, Json::from(who))])),
        (
            "Action",
            Json::array(actions.map(|pattern| Json::from(pattern.value.as_str()))),
        ),
        ("Resource", Json::from("*")),
    ];
    let mut conditions: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    for condition in &statement.conditions {
        let operator = match condition.operator.comparison {
            Comparison::StringEquals => "StringEquals",
            Comparison::ArnLike => "ArnLike",
            _ => return None,
        };
        let [value] = condition.values.as_slice() else {
            return None;
        };
        let own = conditions.entry(operator).or_default();
        // Two values for one key: both must hold, which one block cannot say.
        if own.insert(&condition.key.value, &value.value).is_some() {
            return None;
        }
    }
    if !conditions.is_empty() {
        let blocks = conditions.into_iter().map(|(name, keys)| {
            let keys = keys.into_iter();
            (
                name,
                Json::object(keys.map(|(key, value)| (key, Json::from(value)))),
            )
        });
        members.push(("Condition", Json::object(blocks)));
    }
    Some(Json::object(members))
}

/// A bucket's ways in: its policy, its ACL, and each access point together with the policy (M6).
fn s3_routes<'r>(arn: &str, owner: AccountId, bucket: &'r S3Bucket) -> Vec<Route<'r>> {
    let mut routes = Vec::new();
    // A call that goes to the bucket itself has none of the keys of access points.
    let direct: Vec<(&'static str, Option<String>)> = POINT_KEYS.map(|key| (key, None)).to_vec();
    let either = |own: bool, account: bool| own || account;
    let restrict = either(
        bucket.block_public_access.restrict_public_buckets,
        bucket.account_block_public_access.restrict_public_buckets,
    );
    let ignore = either(
        bucket.block_public_access.ignore_public_acls,
        bucket.account_block_public_access.ignore_public_acls,
    );
    let resources = vec![arn.to_owned(), format!("{arn}/*")];
    let denies: Vec<(String, Cow<Policy>)> = bucket
        .policy
        .iter()
        .map(|policy| ("policy".to_owned(), Cow::Borrowed(policy)))
        .collect();
    if let Some(policy) = &bucket.policy {
        routes.push(Route {
            restrict_public: restrict,
            keys: direct.clone(),
            ..Route::of_policy(policy, resources.clone())
        });
        routes.extend(foreign_point_routes(
            policy, owner, restrict, POINT_KEYS, &resources,
        ));
    }
    if !bucket.bucket_owner_enforced {
        // Every grant keeps its place, so that a finding's statement is the record's: one that has no effect names nobody.
        let statements: Vec<Statement> = bucket
            .acl
            .iter()
            .map(|grant| {
                let counts = match &grant.grantee {
                    AclGrantee::AllUsers | AclGrantee::AuthenticatedUsers => !ignore,
                    AclGrantee::Canonical(id) => bucket.owner_canonical_id.as_ref() != Some(id),
                    AclGrantee::LogDelivery => false,
                };
                acl_statement(grant, counts)
            })
            .collect();
        if !statements.is_empty() {
            routes.push(Route {
                allow: vec![("acl".to_owned(), Cow::Owned(document(statements)))],
                deny: denies.clone(),
                keys: direct.clone(),
                ..Route::bare(Source::BucketAcl, resources.clone())
            });
        }
    }
    for point in &bucket.access_points {
        if let Some(route) = access_point_route(bucket, point) {
            routes.push(route);
        }
    }
    routes
}

/// An access point lets in whom both its own policy and the bucket's let in.
///
/// A bucket policy usually hands the decision over to the access points of an account (`s3:DataAccessPointAccount`).
fn access_point_route<'r>(bucket: &'r S3Bucket, point: &'r S3AccessPoint) -> Option<Route<'r>> {
    let restrict = point.block_public_access.restrict_public_buckets
        || bucket.block_public_access.restrict_public_buckets
        || bucket.account_block_public_access.restrict_public_buckets;
    point_route(bucket.policy.as_ref()?, point, restrict, POINT_KEYS)
}

fn point_route<'r>(
    bucket_policy: &'r Policy,
    point: &'r S3AccessPoint,
    restrict_public: bool,
    [arn, account, origin]: PointKeys,
) -> Option<Route<'r>> {
    let policy = point.policy.as_ref()?;
    let origin_of = if point.vpc.is_some() {
        "VPC"
    } else {
        "Internet"
    };
    Some(Route {
        allow: vec![
            (point.arn.clone(), Cow::Borrowed(policy)),
            ("policy".to_owned(), Cow::Borrowed(bucket_policy)),
        ],
        keys: vec![
            (arn, Some(point.arn.clone())),
            (account, point.arn.split(':').nth(4).map(str::to_owned)),
            (origin, Some(origin_of.to_owned())),
        ],
        vpc: point.vpc.clone(),
        restrict_public,
        never_public: point.vpc.is_some(),
        ..Route::bare(
            Source::AccessPoint(point.arn.clone()),
            vec![point.arn.clone(), format!("{}/*", point.arn)],
        )
    })
}

/// The accounts, other than the owner's, to whose access points a bucket policy hands the decision over. Those access points are not
/// read, so whoever they let in is let in.
fn foreign_point_routes<'r>(
    policy: &'r Policy,
    owner: AccountId,
    restrict_public: bool,
    [arn_key, account_key, _]: PointKeys,
    resources: &[String],
) -> Vec<Route<'r>> {
    let mut accounts = Vec::new();
    for condition in policy
        .statements
        .iter()
        .filter(|s| s.effect == Effect::Allow)
        .flat_map(|s| &s.conditions)
    {
        let key = condition.key.value.as_str();
        for value in &condition.values {
            let account = if key == account_key {
                AccountId::parse(&value.value)
            } else if key == arn_key {
                value.value.split(':').nth(4).and_then(AccountId::parse)
            } else {
                None
            };
            accounts
                .extend(account.filter(|account| *account != owner && !accounts.contains(account)));
        }
    }
    let route = |account: AccountId| Route {
        source: Source::AccessPointAccount(account.to_string()),
        keys: vec![(account_key, Some(account.to_string()))],
        never_public: restrict_public,
        ..Route::of_policy(policy, resources.to_vec())
    };
    accounts.into_iter().map(route).collect()
}

fn spanned<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Span::default())
}

fn document(statements: Vec<Statement>) -> Policy {
    Policy {
        version: Version::V2012,
        id: None,
        statements,
        span: Span::default(),
        reserved: false,
    }
}

fn statement(entry: PrincipalEntry, actions: &[&str], conditions: Vec<Condition>) -> Statement {
    Statement {
        sid: None,
        effect: Effect::Allow,
        principal: Some(PrincipalClause {
            listing: Listing::Listed,
            entries: vec![spanned(entry)],
            span: Span::default(),
        }),
        action: ActionClause {
            listing: Listing::Listed,
            patterns: actions.iter().map(|a| spanned((*a).to_owned())).collect(),
            span: Span::default(),
        },
        resource: None,
        conditions,
        span: Span::default(),
    }
}

fn equals(key: &str, value: &str, comparison: Comparison) -> Condition {
    Condition {
        operator: Operator {
            quantifier: Quantifier::Single,
            comparison,
            negated: false,
            if_exists: false,
        },
        operator_span: Span::default(),
        key: spanned(key.to_ascii_lowercase()),
        values: vec![spanned(value.to_owned())],
        version: Version::V2008,
    }
}

/// The statement that an ACL grant on a bucket amounts to (S3 User Guide, "Access control list (ACL) overview").
fn acl_statement(grant: &AclGrant, counts: bool) -> Statement {
    const READ: &[&str] = &[
        "s3:ListBucket",
        "s3:ListBucketVersions",
        "s3:ListBucketMultipartUploads",
    ];
    const WRITE: &[&str] = &["s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"];
    const READ_ACP: &[&str] = &["s3:GetBucketAcl"];
    const WRITE_ACP: &[&str] = &["s3:PutBucketAcl"];
    let actions: Vec<&str> = match grant.permission {
        AclPermission::Read => READ.to_vec(),
        AclPermission::Write => WRITE.to_vec(),
        AclPermission::ReadAcp => READ_ACP.to_vec(),
        AclPermission::WriteAcp => WRITE_ACP.to_vec(),
        AclPermission::FullControl => [READ, WRITE, READ_ACP, WRITE_ACP].concat(),
    };
    let entry = match &grant.grantee {
        _ if !counts => PrincipalEntry::Nobody("a grant without effect".to_owned()),
        AclGrantee::Canonical(id) => PrincipalEntry::CanonicalUser(id.clone()),
        // Any signed caller can have an AWS account, so the group of authenticated users is everybody.
        AclGrantee::AllUsers | AclGrantee::AuthenticatedUsers => PrincipalEntry::Everyone,
        AclGrantee::LogDelivery => {
            PrincipalEntry::Service("delivery.logs.amazonaws.com".to_owned())
        }
    };
    statement(entry, &actions, Vec::new())
}

/// The policy that a KMS grant amounts to (M5); `None` for a grantee in no known form.
fn grant_policy(grant: &KmsGrant) -> Option<Policy> {
    let entry = grantee(&grant.grantee)?;
    let actions: Vec<String> = grant
        .operations
        .iter()
        .map(|operation| format!("kms:{operation}"))
        .collect();
    let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
    let mut conditions = Vec::new();
    let mut pairs = |constraint: &Option<BTreeMap<String, String>>| {
        for (name, value) in constraint.iter().flatten() {
            conditions.push(equals(
                &format!("kms:EncryptionContext:{name}"),
                value,
                Comparison::StringEquals,
            ));
        }
    };
    pairs(&grant.encryption_context_equals);
    pairs(&grant.encryption_context_subset);
    if let Some(arn) = &grant.source_arn {
        conditions.push(equals("aws:SourceArn", arn, Comparison::ArnLike));
    }
    (!actions.is_empty()).then(|| document(vec![statement(entry, &actions, conditions)]))
}

/// A grantee as an entry of a principal clause.
fn grantee(text: &str) -> Option<PrincipalEntry> {
    if text.ends_with(".amazonaws.com") || text.ends_with(".amazonaws.com.cn") {
        return Some(PrincipalEntry::Service(text.to_owned()));
    }
    // The reader of documents knows every form of a principal, so it is asked.
    let mut quoted = String::new();
    keyaki_language::json::write_string(&mut quoted, text);
    let policy = Policy::read(&format!(
        r#"{{"Statement":{{"Effect":"Allow","Principal":{{"AWS":{quoted}}},"Action":"kms:*"}}}}"#
    ))
    .ok()?;
    Some(
        policy
            .statements
            .into_iter()
            .next()?
            .principal?
            .entries
            .into_iter()
            .next()?
            .value,
    )
}

/// The account that a principal belongs to, where its entry says so.
pub(crate) fn entry_account(entry: &PrincipalEntry) -> Option<AccountId> {
    match entry {
        PrincipalEntry::Account { account, .. }
        | PrincipalEntry::User { account, .. }
        | PrincipalEntry::Role { account, .. }
        | PrincipalEntry::Session { account, .. }
        | PrincipalEntry::FederatedUser { account, .. } => Some(*account),
        PrincipalEntry::Everyone
        | PrincipalEntry::Service(_)
        | PrincipalEntry::Federated(_)
        | PrincipalEntry::CanonicalUser(_)
        | PrincipalEntry::Nobody(_)
        | PrincipalEntry::Undefined(_) => None,
    }
}
