//! S3 directory buckets: one list a Region where S3 Express is, one call a bucket, and their access points.

use super::call::{At, or_none};
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
            if !is_there(at).await {
                return Ok(());
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

/// Whether S3 Express has an address in the Region, which it has in a few alone. No list of Regions is kept, since it would age: where
/// the name of S3 itself is known and that of S3 Express is not, there is none. In doubt it is asked.
async fn is_there(at: &At) -> bool {
    if at.config().endpoint_url().is_some() {
        return true;
    }
    let end = match at.session.partition.as_str() {
        "aws-cn" => "amazonaws.com.cn",
        _ => "amazonaws.com",
    };
    let known = |name: String| async move {
        let found = tokio::task::spawn_blocking(move || (name, 443).to_socket_addrs().map(drop));
        match found.await {
            Ok(Ok(())) => Some(true),
            Ok(Err(error)) if says_unknown(&error.to_string()) => Some(false),
            // A server of names that is out of order says nothing about a name.
            Ok(Err(_)) => None,
            Err(_) => None,
        }
    };
    let express = known(format!("s3express-control.{}.{end}", at.region)).await;
    express != Some(false) || known(format!("s3.{}.{end}", at.region)).await != Some(true)
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
    use super::says_unknown;

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
