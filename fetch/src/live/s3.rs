//! S3 buckets: one list an account, four calls a bucket, and the access points of each Region that has a bucket.
//!
//! Requests go to the Region's host with the bucket in the path, so that all buckets of a Region share connections: with
//! the bucket in the host's name each would need a handshake of its own.

use super::call::{At, Failure, or_none};
use super::collect::{Collect, Collecting, Failures, Out, Record, Scope, Stop};
use super::lane::Watch;
use super::operations::{
    GET_ACCESS_POINT, GET_ACCESS_POINT_POLICY, GET_ACCOUNT_PUBLIC_ACCESS_BLOCK, GET_BUCKET_ACL,
    GET_BUCKET_LOCATION, GET_BUCKET_OWNERSHIP_CONTROLS, GET_BUCKET_POLICY,
    GET_MULTI_REGION_ACCESS_POINT_POLICY, GET_PUBLIC_ACCESS_BLOCK, LIST_ACCESS_POINTS,
    LIST_BUCKETS, LIST_MULTI_REGION_ACCESS_POINTS, Operation,
};
use aws_sdk_s3::Client;
use aws_sdk_s3::types::{Bucket, Grant};
use aws_sdk_s3control::types::{AccessPoint, MultiRegionAccessPointReport};
use aws_smithy_runtime_api::client::auth::AuthSchemeId;
use futures_util::future::{join, join4};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub(super) struct Buckets;

/// What gaps about access points are about; buckets themselves are judged all the same.
const ACCESS_POINT: &str = "AWS::S3::AccessPoint";

/// What gaps about multi-Region access points are about.
const MULTI_REGION_ACCESS_POINT: &str = "AWS::S3::MultiRegionAccessPoint";

/// The most that a page of buckets may hold. Without a size, an answer does not tell Regions.
const BUCKETS_A_PAGE: i32 = 10_000;

/// Where S3 keeps what there is of multi-Region access points.
const MULTI_REGION_HOME: &str = "us-west-2";

impl Collect for Buckets {
    fn resource_type(&self) -> &'static str {
        "AWS::S3::Bucket"
    }

    fn member(&self) -> &'static str {
        "s3Bucket"
    }

    fn scope(&self) -> Scope {
        Scope::Account
    }

    fn collect<'a>(&'a self, at: &'a At, out: &'a Out) -> Collecting<'a> {
        Box::pin(async move {
            let buckets = list(at, out).await?;
            if buckets.is_empty() {
                return Ok(());
            }
            let account_block = match account_block(at).await {
                Ok(block) => block,
                Err(failure) => {
                    // Left out it counts as off, which hides nothing.
                    out.fail(failure)?;
                    None
                }
            };
            let mut points = access_points(at, out, buckets.keys()).await?;
            multi_region(at, out, &buckets, &mut points).await?;
            for (region, names) in buckets {
                let at = at.in_region(&region);
                let client = s3(&at);
                let owned = Owned {
                    at: &at,
                    client: &client,
                    account_block: &account_block,
                    points: &points,
                };
                out.each(names, |name| owned.bucket(name)).await?;
            }
            Ok(())
        })
    }
}

fn s3(at: &At) -> Client {
    Client::from_conf(configured(at).build())
}

/// A client for directory buckets. Sessions are for what is in a bucket, and none can be had where no bucket is named.
pub(super) fn express(at: &At) -> Client {
    let config = configured(at)
        .disable_s3_express_session_auth(true)
        .auth_scheme_preference([AuthSchemeId::from("sigv4")]);
    Client::from_conf(config.build())
}

fn configured(at: &At) -> aws_sdk_s3::config::Builder {
    let config = at.config();
    let partition = aws_sdk_s3::config::retry::RetryPartition::custom("keyaki").build();
    aws_sdk_s3::config::Builder::from(&config)
        .retry_partition(partition)
        .interceptor(Watch)
        .force_path_style(true)
}

/// The buckets of each Region that was asked for.
async fn list(at: &At, out: &Out) -> Result<BTreeMap<String, Vec<String>>, Stop> {
    let client = s3(at);
    let mut regions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut pages = client
        .list_buckets()
        .max_buckets(BUCKETS_A_PAGE)
        .into_paginator()
        .send();
    loop {
        let page = match at.next(&LIST_BUCKETS, None, &mut pages).await {
            Ok(Some(page)) => page,
            Ok(None) => return Ok(regions),
            Err(failure) => {
                out.fail(failure)?;
                return Ok(regions);
            }
        };
        for Bucket {
            name,
            bucket_region,
            ..
        } in page.buckets.unwrap_or_default()
        {
            let place = async {
                let name =
                    name.ok_or_else(|| at.incomplete(&LIST_BUCKETS, None, "name of a bucket"))?;
                let region = match bucket_region {
                    Some(region) => region,
                    None => location(at, &client, &name).await?,
                };
                Ok::<_, Failure>((name, region))
            };
            match place.await {
                Ok((name, region)) if at.session.wants(&region) => {
                    regions.entry(region).or_default().push(name)
                }
                Ok(_) => {}
                Err(failure) => out.fail(failure)?,
            }
        }
    }
}

fn arn_of(at: &At, bucket: &str) -> String {
    format!("arn:{}:s3:::{bucket}", at.session.partition)
}

async fn location(at: &At, client: &Client, bucket: &str) -> Result<String, Failure> {
    let call = client.get_bucket_location().bucket(bucket).send();
    let answer = at
        .call(&GET_BUCKET_LOCATION, Some(&arn_of(at, bucket)), call)
        .await?;
    Ok(
        match answer
            .location_constraint
            .as_ref()
            .map_or("", |constraint| constraint.as_str())
        {
            // Two of the oldest Regions are written as they were called once.
            "" => at.session.home().to_owned(),
            "EU" => "eu-west-1".to_owned(),
            region => region.to_owned(),
        },
    )
}

/// What the buckets of a Region share.
struct Owned<'a> {
    at: &'a At,
    client: &'a Client,
    account_block: &'a Option<Value>,
    points: &'a BTreeMap<String, Map<String, Value>>,
}

impl Owned<'_> {
    async fn bucket(&self, name: String) -> Result<Option<Record>, Failures> {
        let Self { at, client, .. } = *self;
        let arn = arn_of(at, &name);
        let resource = Some(arn.as_str());
        let policy = async {
            let call = client.get_bucket_policy().bucket(&name).send();
            match or_none(
                at.call(&GET_BUCKET_POLICY, resource, call).await,
                &["NoSuchBucketPolicy"],
            )? {
                Some(answer) => match answer.policy.filter(|text| !text.is_empty()) {
                    Some(text) => Ok(Some(text)),
                    None => Err(at.incomplete(&GET_BUCKET_POLICY, resource, "policy")),
                },
                None => Ok(None),
            }
        };
        let acl = async {
            let answer = at
                .call(
                    &GET_BUCKET_ACL,
                    resource,
                    client.get_bucket_acl().bucket(&name).send(),
                )
                .await?;
            let owner = answer.owner.and_then(|owner| owner.id);
            let owner = owner.ok_or_else(|| at.incomplete(&GET_BUCKET_ACL, resource, "owner"))?;
            let grants = answer
                .grants
                .unwrap_or_default()
                .into_iter()
                .map(grant)
                .collect::<Option<Vec<_>>>();
            let grants = grants
                .ok_or_else(|| at.incomplete(&GET_BUCKET_ACL, resource, "grantee of a grant"))?;
            Ok((owner, grants))
        };
        let ownership = async {
            let call = client.get_bucket_ownership_controls().bucket(&name).send();
            let answer = at
                .call(&GET_BUCKET_OWNERSHIP_CONTROLS, resource, call)
                .await;
            match or_none(answer, &["OwnershipControlsNotFoundError"])? {
                Some(answer) => {
                    let rule = answer
                        .ownership_controls
                        .and_then(|controls| controls.rules.into_iter().next());
                    let rule = rule.ok_or_else(|| {
                        at.incomplete(&GET_BUCKET_OWNERSHIP_CONTROLS, resource, "rule")
                    })?;
                    Ok(Some(rule.object_ownership.as_str().to_owned()))
                }
                None => Ok(None),
            }
        };
        let block = async {
            let call = client.get_public_access_block().bucket(&name).send();
            let answer = at.call(&GET_PUBLIC_ACCESS_BLOCK, resource, call).await;
            match or_none(answer, &["NoSuchPublicAccessBlockConfiguration"])? {
                Some(answer) => match answer.public_access_block_configuration {
                    Some(block) => Ok(Some(switches(
                        block.ignore_public_acls,
                        block.restrict_public_buckets,
                        block.block_public_acls,
                        block.block_public_policy,
                    ))),
                    None => Err(at.incomplete(&GET_PUBLIC_ACCESS_BLOCK, resource, "configuration")),
                },
                None => Ok(None),
            }
        };
        let (policy, acl, ownership, block) = join4(policy, acl, ownership, block).await;
        let mut failures = Failures::default();
        let (policy, acl) = (failures.take(policy), failures.take(acl));
        let (ownership, block) = (failures.take(ownership), failures.take(block));
        failures.check()?;

        let mut configuration = json!({});
        if let Some((owner, grants)) = acl {
            configuration["ownerCanonicalId"] = owner.into();
            configuration["bucketAclGrants"] = grants.into();
        }
        let mut set = |member: &str, value: Option<Value>| {
            if let Some(value) = value {
                configuration[member] = value;
            }
        };
        set("bucketPolicy", policy.flatten().map(Value::from));
        set("objectOwnership", ownership.flatten().map(Value::from));
        set("bucketPublicAccessBlock", block.flatten());
        set("accountPublicAccessBlock", self.account_block.clone());
        set(
            "accessPoints",
            self.points.get(&name).cloned().map(Value::from),
        );
        Ok(Some(Record {
            arn,
            region: at.region.clone(),
            configuration,
        }))
    }
}

fn grant(grant: Grant) -> Option<Value> {
    let grantee = grant.grantee?;
    // An address of electronic mail is turned into an id when a grant is made, so none comes back.
    let grantee = match (grantee.id, grantee.uri) {
        (Some(id), None) => json!({"id": id}),
        (None, Some(uri)) => json!({"uri": uri}),
        _ => return None,
    };
    Some(json!({"grantee": grantee, "permission": grant.permission?.as_str()}))
}

fn switches(
    ignore: Option<bool>,
    restrict: Option<bool>,
    acls: Option<bool>,
    policy: Option<bool>,
) -> Value {
    json!({
        "ignorePublicAcls": ignore.unwrap_or(false),
        "restrictPublicBuckets": restrict.unwrap_or(false),
        "blockPublicAcls": acls.unwrap_or(false),
        "blockPublicPolicy": policy.unwrap_or(false),
    })
}

fn block_of(block: &aws_sdk_s3control::types::PublicAccessBlockConfiguration) -> Value {
    switches(
        Some(block.ignore_public_acls.unwrap_or(false)),
        Some(block.restrict_public_buckets.unwrap_or(false)),
        Some(block.block_public_acls.unwrap_or(false)),
        Some(block.block_public_policy.unwrap_or(false)),
    )
}

/// A client of S3 Control. It puts the account in front of the host's name, so a loopback address needs a name.
pub(super) fn control(at: &At) -> aws_sdk_s3control::Client {
    let config = at.config();
    let partition = aws_sdk_s3control::config::retry::RetryPartition::custom("keyaki").build();
    let mut builder = aws_sdk_s3control::config::Builder::from(&config)
        .retry_partition(partition)
        .interceptor(Watch);
    if let Some(url) = config.endpoint_url() {
        builder = builder.endpoint_url(
            url.replace("://127.0.0.1", "://localhost")
                .replace("://[::1]", "://localhost"),
        );
    }
    aws_sdk_s3control::Client::from_conf(builder.build())
}

async fn account_block(at: &At) -> Result<Option<Value>, Failure> {
    let call = control(at)
        .get_public_access_block()
        .account_id(at.account())
        .send();
    let answer = at.call(&GET_ACCOUNT_PUBLIC_ACCESS_BLOCK, None, call).await;
    match or_none(answer, &["NoSuchPublicAccessBlockConfiguration"])? {
        Some(answer) => match answer.public_access_block_configuration {
            Some(block) => Ok(Some(block_of(&block))),
            None => Err(at.incomplete(&GET_ACCOUNT_PUBLIC_ACCESS_BLOCK, None, "configuration")),
        },
        None => Ok(None),
    }
}

/// The access points of buckets of this account, by bucket.
///
/// One that belongs to another account is read there. What it lets in, the bucket's policy must let in as well, which
/// names that account or its access points.
async fn access_points(
    at: &At,
    out: &Out,
    regions: impl Iterator<Item = &String>,
) -> Result<BTreeMap<String, Map<String, Value>>, Stop> {
    let mut found: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for region in regions {
        let at = at.in_region(region);
        let client = control(&at);
        let mut pages = client
            .list_access_points()
            .account_id(at.account())
            .max_results(1000)
            .into_paginator()
            .send();
        loop {
            let page = match at.next(&LIST_ACCESS_POINTS, None, &mut pages).await {
                Ok(Some(page)) => page,
                Ok(None) => break,
                Err(failure) => {
                    out.fail_of(ACCESS_POINT, failure)?;
                    break;
                }
            };
            for point in page.access_point_list.unwrap_or_default() {
                match access_point(&at, &client, &point, &CALLS).await {
                    Ok((arn, value)) => {
                        found.entry(point.bucket).or_default().insert(arn, value);
                    }
                    Err(Failures(failures)) => {
                        failures
                            .into_iter()
                            .try_for_each(|failure| out.fail_of(ACCESS_POINT, failure))?;
                    }
                }
            }
        }
    }
    Ok(found)
}

/// How access points of one sort are read.
pub(super) struct PointCalls {
    /// The service in their ARNs.
    pub(super) service: &'static str,
    pub(super) get: &'static Operation,
    pub(super) policy: &'static Operation,
}

static CALLS: PointCalls = PointCalls {
    service: "s3",
    get: &GET_ACCESS_POINT,
    policy: &GET_ACCESS_POINT_POLICY,
};

/// An access point and its ARN.
pub(super) async fn access_point(
    at: &At,
    client: &aws_sdk_s3control::Client,
    point: &AccessPoint,
    calls: &PointCalls,
) -> Result<(String, Value), Failures> {
    let arn = point.access_point_arn.clone().unwrap_or_else(|| {
        format!(
            "arn:{}:{}:{}:{}:accesspoint/{}",
            at.session.partition,
            calls.service,
            at.region,
            at.account(),
            point.name
        )
    });
    let resource = Some(arn.as_str());
    let block = async {
        let call = client
            .get_access_point()
            .account_id(at.account())
            .name(&point.name)
            .send();
        let answer = at.call(calls.get, resource, call).await?;
        Ok(answer
            .public_access_block_configuration
            .as_ref()
            .map(block_of))
    };
    let policy = async {
        let call = client
            .get_access_point_policy()
            .account_id(at.account())
            .name(&point.name)
            .send();
        let answer = at.call(calls.policy, resource, call).await;
        Ok(or_none(answer, &["NoSuchAccessPointPolicy"])?.and_then(|answer| answer.policy))
    };
    let (block, policy) = join(block, policy).await;
    let mut failures = Failures::default();
    let (block, policy) = (failures.take(block), failures.take(policy));
    failures.check()?;
    let origin = match point.vpc_configuration.as_ref() {
        Some(vpc) => json!({"vpcConfiguration": {"vpcId": vpc.vpc_id}}),
        None => json!({"internetConfiguration": {}}),
    };
    let value = json!({"accessPointPolicy": policy.flatten(), "publicAccessBlock": block.flatten(), "networkOrigin": origin});
    Ok((arn, value))
}

/// Adds multi-Region access points to the buckets behind them.
async fn multi_region(
    at: &At,
    out: &Out,
    buckets: &BTreeMap<String, Vec<String>>,
    points: &mut BTreeMap<String, Map<String, Value>>,
) -> Result<(), Stop> {
    // Other partitions have none.
    if at.session.partition != "aws" {
        return Ok(());
    }
    let ours: BTreeSet<&str> = buckets.values().flatten().map(String::as_str).collect();
    let at = at.in_region(MULTI_REGION_HOME);
    let client = control(&at);
    let mut pages = client
        .list_multi_region_access_points()
        .account_id(at.account())
        .max_results(100)
        .into_paginator()
        .send();
    loop {
        let page = match at
            .next(&LIST_MULTI_REGION_ACCESS_POINTS, None, &mut pages)
            .await
        {
            Ok(Some(page)) => page,
            Ok(None) => return Ok(()),
            Err(failure) => return out.fail_of(MULTI_REGION_ACCESS_POINT, failure),
        };
        for report in page.access_points.unwrap_or_default() {
            let behind: Vec<&str> = report
                .regions()
                .iter()
                .filter_map(|region| region.bucket())
                .collect();
            if !behind.iter().any(|bucket| ours.contains(bucket)) {
                continue;
            }
            match multi_region_point(&at, &client, &report).await {
                Ok((arn, value)) => {
                    for bucket in behind {
                        points
                            .entry(bucket.to_owned())
                            .or_default()
                            .insert(arn.clone(), value.clone());
                    }
                }
                Err(failure) => out.fail_of(MULTI_REGION_ACCESS_POINT, failure)?,
            }
        }
    }
}

async fn multi_region_point(
    at: &At,
    client: &aws_sdk_s3control::Client,
    report: &MultiRegionAccessPointReport,
) -> Result<(String, Value), Failure> {
    let (Some(name), Some(alias)) = (report.name(), report.alias()) else {
        return Err(at.incomplete(
            &LIST_MULTI_REGION_ACCESS_POINTS,
            None,
            "name or alias of an access point",
        ));
    };
    let arn = format!(
        "arn:{}:s3::{}:accesspoint/{alias}",
        at.session.partition,
        at.account()
    );
    let call = client
        .get_multi_region_access_point_policy()
        .account_id(at.account())
        .name(name)
        .send();
    let answer = at
        .call(&GET_MULTI_REGION_ACCESS_POINT_POLICY, Some(&arn), call)
        .await;
    let answer = or_none(
        answer,
        &[
            "NoSuchMultiRegionAccessPointPolicy",
            "NoSuchAccessPointPolicy",
        ],
    )?;
    let policy = answer
        .and_then(|answer| answer.policy)
        .and_then(|document| document.established)
        .and_then(|established| established.policy);
    Ok((
        arn,
        json!({"accessPointPolicy": policy, "publicAccessBlock": report.public_access_block().map(block_of)}),
    ))
}
