//! S3 directory buckets: one list a Region where S3 Express is, one call a bucket, and their access points.

use super::call::{At, Failure, or_none};
use super::collect::{Collect, Collecting, Failures, Out, Record, Scope, Stop};
use super::operations::{
    GET_DIRECTORY_ACCESS_POINT, GET_DIRECTORY_ACCESS_POINT_POLICY, GET_DIRECTORY_BUCKET_POLICY,
    LIST_DIRECTORY_ACCESS_POINTS, LIST_DIRECTORY_BUCKETS,
};
use super::s3::{PointCalls, access_point, control, express};
use aws_sdk_s3::Client;
use aws_sdk_s3::types::Bucket;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::net::ToSocketAddrs;

pub(super) struct DirectoryBuckets;

/// What gaps about their access points are about.
const ACCESS_POINT: &str = "AWS::S3Express::AccessPoint";

impl Collect for DirectoryBuckets {
    fn resource_type(&self) -> &'static str {
        "AWS::S3Express::DirectoryBucket"
    }

    fn member(&self) -> &'static str {
        "s3ExpressDirectoryBucket"
    }

    fn scope(&self) -> Scope {
        Scope::Region
    }

    fn collect<'a>(&'a self, at: &'a At, out: &'a Out) -> Collecting<'a> {
        Box::pin(async move {
            match presence(at).await {
                Presence::Ask => {}
                Presence::Absent => return Ok(()),
                Presence::Hidden(name) => return out.fail(hidden(at, &name)),
            }
            let client = express(at);
            let mut pages = client
                .list_directory_buckets()
                .max_directory_buckets(1000)
                .into_paginator()
                .send();
            let mut points = None;
            loop {
                let page = match at.next(&LIST_DIRECTORY_BUCKETS, None, &mut pages).await {
                    Ok(Some(page)) => page,
                    Ok(None) => return Ok(()),
                    Err(failure) => return out.fail(failure),
                };
                let mut buckets = page.buckets.unwrap_or_default();
                buckets.retain(is_one);
                if buckets.is_empty() {
                    continue;
                }
                let points = match &mut points {
                    Some(points) => points,
                    None => points.insert(access_points(at, out).await?),
                };
                out.each(buckets, |item| bucket(at, &client, item, points))
                    .await?;
            }
        })
    }
}

/// Whether a bucket is what was asked for. Other stores than AWS's answer with all buckets that they have, which are listed elsewhere;
/// the name of a directory bucket always ends so (S3 User Guide, "Directory bucket naming rules").
fn is_one(bucket: &Bucket) -> bool {
    bucket
        .name
        .as_ref()
        .is_none_or(|name| name.ends_with("--x-s3"))
}

/// Whether a Region is asked for directory buckets.
#[derive(Debug, PartialEq, Eq)]
enum Presence {
    /// S3 Express has an address there, or nothing is known about it.
    Ask,
    /// It is known that S3 Express is not there.
    Absent,
    /// Its name, which is not known here, though that does not mean that it is not there.
    Hidden(String),
}

/// Where S3 Express is for certain: Amazon S3 User Guide, "Regional and Zonal endpoints for directory buckets in an Availability Zone".
/// That a Region is not in this list means nothing, since there are ever more.
const CERTAIN: [&str; 7] = [
    "ap-northeast-1",
    "ap-south-1",
    "eu-north-1",
    "eu-west-1",
    "us-east-1",
    "us-east-2",
    "us-west-2",
];

/// The name of S3 Express in a Region.
fn endpoint(region: &str, end: &str) -> String {
    format!("s3express-control.{region}.{end}")
}

/// S3 Express is in a few Regions alone, which no service lists. It is known not to be in one if its name is unknown there while names are
/// answered for otherwise: that of S3 in this Region, and that of S3 Express where it is for certain. A network may know the names
/// that it needs and no others; then, and in all doubt, what could not be read is a gap.
async fn presence(at: &At) -> Presence {
    if at.config().endpoint_url().is_some() {
        return Presence::Ask;
    }
    let end = match at.session.partition.as_str() {
        "aws-cn" => "amazonaws.com.cn",
        _ => "amazonaws.com",
    };
    let name = endpoint(&at.region, end);
    if known(name.clone()).await != Some(false) {
        return Presence::Ask;
    }
    let own = known(format!("s3.{}.{end}", at.region)).await;
    let elsewhere = known(endpoint("us-east-1", "amazonaws.com")).await;
    unknown(name, &at.region, own, elsewhere)
}

/// What it means that the name of S3 Express in a Region is unknown, where that of S3 there and that of S3 Express elsewhere are
/// known, unknown, or the question was not answered.
fn unknown(name: String, region: &str, own: Option<bool>, elsewhere: Option<bool>) -> Presence {
    match (own, elsewhere) {
        (Some(true), Some(true)) if !CERTAIN.contains(&region) => Presence::Absent,
        (Some(true), _) => Presence::Hidden(name),
        // Where no name is known a call may still go through a proxy, or fail and say how.
        _ => Presence::Ask,
    }
}

/// Whether a name is known; `None`, where a server of names is out of order, which says nothing about a name.
async fn known(name: String) -> Option<bool> {
    let found = tokio::task::spawn_blocking(move || (name, 443).to_socket_addrs().map(drop));
    match found.await {
        Ok(Ok(())) => Some(true),
        Ok(Err(error)) if says_unknown(&error.to_string()) => Some(false),
        Ok(Err(_)) | Err(_) => None,
    }
}

/// The gap of a Region whose directory buckets may be hidden.
fn hidden(at: &At, name: &str) -> Failure {
    Failure {
        operation: &LIST_DIRECTORY_BUCKETS,
        resource: None,
        region: at.region.clone(),
        code: "NoConnection".to_owned(),
        message: format!("the name `{name}` is not known in this network, though that of S3 is"),
        expired: false,
    }
}

/// Whether an error of name resolution says that there is no such name: the words of glibc, musl, macOS and Windows.
fn says_unknown(error: &str) -> bool {
    const WORDS: [&str; 4] = [
        "not known",
        "No address associated",
        "Name does not resolve",
        "No such host",
    ];
    WORDS.iter().any(|words| error.contains(words))
}

type Points = BTreeMap<String, Map<String, Value>>;

async fn bucket(
    at: &At,
    client: &Client,
    item: Bucket,
    points: &Points,
) -> Result<Option<Record>, Failures> {
    let name = item
        .name
        .ok_or_else(|| at.incomplete(&LIST_DIRECTORY_BUCKETS, None, "name of a bucket"))?;
    let arn = format!(
        "arn:{}:s3express:{}:{}:bucket/{name}",
        at.session.partition,
        at.region,
        at.account()
    );
    let call = client.get_bucket_policy().bucket(&name).send();
    let answer = at
        .call(&GET_DIRECTORY_BUCKET_POLICY, Some(&arn), call)
        .await;
    let mut configuration = match or_none(answer, &["NoSuchBucketPolicy"])? {
        Some(answer) => {
            let lacks = || at.incomplete(&GET_DIRECTORY_BUCKET_POLICY, Some(&arn), "policy");
            let policy = answer.policy.filter(|text| !text.is_empty());
            json!({"bucketPolicy": policy.ok_or_else(lacks)?})
        }
        None => json!({}),
    };
    if let Some(points) = points.get(&name) {
        configuration["accessPoints"] = points.clone().into();
    }
    Ok(Some(Record {
        arn,
        region: at.region.clone(),
        configuration,
    }))
}

/// How the access points of directory buckets are read. Their scopes, which only narrow them, are not.
static CALLS: PointCalls = PointCalls {
    service: "s3express",
    get: &GET_DIRECTORY_ACCESS_POINT,
    policy: &GET_DIRECTORY_ACCESS_POINT_POLICY,
};

async fn access_points(at: &At, out: &Out) -> Result<Points, Stop> {
    let client = control(at);
    let mut found = Points::new();
    let mut pages = client
        .list_access_points_for_directory_buckets()
        .account_id(at.account())
        .max_results(1000)
        .into_paginator()
        .send();
    loop {
        let page = match at
            .next(&LIST_DIRECTORY_ACCESS_POINTS, None, &mut pages)
            .await
        {
            Ok(Some(page)) => page,
            Ok(None) => return Ok(found),
            Err(failure) => {
                out.fail_of(ACCESS_POINT, failure)?;
                return Ok(found);
            }
        };
        for point in page.access_point_list.unwrap_or_default() {
            match access_point(at, &client, &point, &CALLS).await {
                Ok((arn, value)) => {
                    found.entry(point.bucket).or_default().insert(arn, value);
                }
                Err(Failures(failures)) => failures
                    .into_iter()
                    .try_for_each(|failure| out.fail_of(ACCESS_POINT, failure))?,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CERTAIN, Presence, endpoint, says_unknown, unknown};

    #[test]
    fn a_region_whose_directory_buckets_may_be_hidden_is_a_gap() {
        let end = "amazonaws.com";
        let answers = [None, Some(false), Some(true)];
        for region in CERTAIN
            .into_iter()
            .chain(["eu-south-2", "cn-north-1", "us-gov-west-1"])
        {
            let name = endpoint(region, end);
            for (own, elsewhere) in answers
                .iter()
                .flat_map(|own| answers.map(|elsewhere| (*own, elsewhere)))
            {
                let wanted = match (own, elsewhere) {
                    (Some(true), Some(true)) if !CERTAIN.contains(&region) => Presence::Absent,
                    (Some(true), _) => Presence::Hidden(name.clone()),
                    _ => Presence::Ask,
                };
                assert_eq!(
                    unknown(name.clone(), region, own, elsewhere),
                    wanted,
                    "{region} {own:?} {elsewhere:?}"
                );
            }
        }
        assert_eq!(
            endpoint("us-east-1", end),
            "s3express-control.us-east-1.amazonaws.com"
        );
    }

    #[test]
    fn only_a_name_that_is_not_known_is_none() {
        for error in [
            "failed to lookup address information: Name or service not known",
            "failed to lookup address information: nodename nor servname provided, or not known",
            "failed to lookup address information: Name does not resolve",
            "No such host is known. (os error 11001)",
        ] {
            assert!(says_unknown(error), "{error}");
        }
        for error in [
            "failed to lookup address information: Temporary failure in name resolution",
            "failed to lookup address information: Non-recoverable failure in name resolution",
            "failed to lookup address information: Try again",
            "Too many open files (os error 24)",
        ] {
            assert!(!says_unknown(error), "{error}");
        }
    }
}
