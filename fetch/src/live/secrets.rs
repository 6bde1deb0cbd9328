//! Secrets of Secrets Manager: one list a Region, one call a secret. What a secret holds is never asked for.

use super::call::{At, client};
use super::collect::{Collect, Collecting, Failures, Out, Record, Scope};
use super::operations::{GET_RESOURCE_POLICY, LIST_SECRETS};
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::types::SecretListEntry;
use serde_json::json;

pub(super) struct Secrets;

impl Collect for Secrets {
    fn resource_type(&self) -> &'static str {
        "AWS::SecretsManager::Secret"
    }

    fn member(&self) -> &'static str {
        "secretsManagerSecret"
    }

    fn scope(&self) -> Scope {
        Scope::Region
    }

    fn collect<'a>(&'a self, at: &'a At, out: &'a Out) -> Collecting<'a> {
        Box::pin(async move {
            let client = client!(aws_sdk_secretsmanager, at);
            let mut pages = client
                .list_secrets()
                .max_results(100)
                .into_paginator()
                .send();
            loop {
                match at.next(&LIST_SECRETS, None, &mut pages).await {
                    Ok(Some(page)) => {
                        out.each(page.secret_list.unwrap_or_default(), |item| {
                            secret(at, &client, item)
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

async fn secret(
    at: &At,
    client: &Client,
    item: SecretListEntry,
) -> Result<Option<Record>, Failures> {
    let arn = item
        .arn
        .ok_or_else(|| at.incomplete(&LIST_SECRETS, None, "ARN of a secret"))?;
    if let Some(configuration) = at.since.unchanged(&arn, item.last_changed_date.as_ref()) {
        return Ok(Some(Record {
            arn,
            region: at.region.clone(),
            configuration,
        }));
    }
    let answer = at
        .call(
            &GET_RESOURCE_POLICY,
            Some(&arn),
            client.get_resource_policy().secret_id(&arn).send(),
        )
        .await?;
    // A secret without a policy has an answer with its ARN alone.
    answer
        .arn
        .ok_or_else(|| at.incomplete(&GET_RESOURCE_POLICY, Some(&arn), "ARN"))?;
    let mut configuration = json!({});
    if let Some(policy) = answer.resource_policy {
        configuration["secretPolicy"] = policy.into();
    }
    if let Some(key) = item.kms_key_id {
        configuration["kmsKeyId"] = key.into();
    }
    Ok(Some(Record {
        arn,
        region: at.region.clone(),
        configuration,
    }))
}
