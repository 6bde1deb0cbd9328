//! EFS file systems: one list a Region, one call a file system.

use super::call::{At, client, or_none};
use super::collect::{Collect, Collecting, Failures, Out, Record, Scope};
use super::operations::{DESCRIBE_FILE_SYSTEM_POLICY, DESCRIBE_FILE_SYSTEMS};
use aws_sdk_efs::Client;
use aws_sdk_efs::types::FileSystemDescription;
use serde_json::json;

pub(super) struct FileSystems;

impl Collect for FileSystems {
    fn resource_type(&self) -> &'static str {
        "AWS::EFS::FileSystem"
    }

    fn member(&self) -> &'static str {
        "efsFileSystem"
    }

    fn scope(&self) -> Scope {
        Scope::Region
    }

    fn collect<'a>(&'a self, at: &'a At, out: &'a Out) -> Collecting<'a> {
        Box::pin(async move {
            let client = client!(aws_sdk_efs, at);
            let mut pages = client
                .describe_file_systems()
                .max_items(100)
                .into_paginator()
                .send();
            loop {
                match at.next(&DESCRIBE_FILE_SYSTEMS, None, &mut pages).await {
                    Ok(Some(page)) => {
                        out.each(page.file_systems.unwrap_or_default(), |item| {
                            file_system(at, &client, item)
                        })
                        .await?
                    }
                    Ok(None) => return Ok(()),
                    Err(failure) => return out.fail(failure),
                }
            }
        })
    }
}

async fn file_system(
    at: &At,
    client: &Client,
    item: FileSystemDescription,
) -> Result<Option<Record>, Failures> {
    let arn = item
        .file_system_arn
        .ok_or_else(|| at.incomplete(&DESCRIBE_FILE_SYSTEMS, None, "ARN of a file system"))?;
    let call = client
        .describe_file_system_policy()
        .file_system_id(&item.file_system_id)
        .send();
    let answer = at
        .call(&DESCRIBE_FILE_SYSTEM_POLICY, Some(&arn), call)
        .await;
    let configuration = match or_none(answer, &["PolicyNotFound"])? {
        Some(answer) => {
            let missing = || at.incomplete(&DESCRIBE_FILE_SYSTEM_POLICY, Some(&arn), "policy");
            json!({"fileSystemPolicy": answer.policy.ok_or_else(missing)?})
        }
        None => json!({}),
    };
    Ok(Some(Record {
        arn,
        region: at.region.clone(),
        configuration,
    }))
}
