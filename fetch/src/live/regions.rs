//! Which Regions there are.

use super::call::{At, Failure, client};
use super::operations::LIST_REGIONS;
use aws_sdk_account::types::RegionOptStatus::{Enabled, EnabledByDefault, Enabling};

/// The Regions that are enabled for an account, in order.
pub(super) async fn enabled(at: &At) -> Result<Vec<String>, Failure> {
    let client = client!(aws_sdk_account, at);
    let call = client
        .list_regions()
        .region_opt_status_contains(Enabled)
        .region_opt_status_contains(EnabledByDefault)
        .region_opt_status_contains(Enabling)
        .max_results(50);
    let mut pages = call.into_paginator().send();
    let mut names = Vec::new();
    while let Some(page) = at.next(&LIST_REGIONS, None, &mut pages).await? {
        names.extend(
            page.regions
                .unwrap_or_default()
                .into_iter()
                .filter_map(|region| region.region_name),
        );
    }
    if names.is_empty() {
        return Err(at.incomplete(&LIST_REGIONS, None, "Region"));
    }
    names.sort();
    Ok(names)
}

/// The Regions that are enabled in every account, for where nobody tells. Of others a gap has been noted by then.
pub(super) fn known(partition: &str) -> Vec<String> {
    let names: &[&str] = match partition {
        "aws-cn" => &["cn-north-1", "cn-northwest-1"],
        "aws-us-gov" => &["us-gov-east-1", "us-gov-west-1"],
        _ => &[
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-southeast-1",
            "ap-southeast-2",
            "ca-central-1",
            "eu-central-1",
            "eu-north-1",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "sa-east-1",
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
        ],
    };
    names.iter().map(|name| (*name).to_owned()).collect()
}
