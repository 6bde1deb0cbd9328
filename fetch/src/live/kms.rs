//! KMS keys: one list a Region, two calls a key.

use super::call::{At, client};
use super::collect::{Collect, Collecting, Failures, Out, Record, Scope};
use super::operations::{GET_KEY_POLICY, LIST_GRANTS, LIST_KEYS};
use aws_sdk_kms::Client;
use aws_sdk_kms::types::{GrantListEntry, KeyListEntry};
use futures_util::future::join;
use serde_json::{Value, json};

pub(super) struct Keys;

impl Collect for Keys {
    fn resource_type(&self) -> &'static str {
        "AWS::KMS::Key"
    }

    fn member(&self) -> &'static str {
        "kmsKey"
    }

    fn scope(&self) -> Scope {
        Scope::Region
    }

    fn collect<'a>(&'a self, at: &'a At, out: &'a Out) -> Collecting<'a> {
        Box::pin(async move {
            let client = client!(aws_sdk_kms, at);
            let mut pages = client.list_keys().limit(1000).into_paginator().send();
            loop {
                match at.next(&LIST_KEYS, None, &mut pages).await {
                    Ok(Some(page)) => {
                        out.each(page.keys.unwrap_or_default(), |entry| {
                            key(at, &client, entry)
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

async fn key(at: &At, client: &Client, entry: KeyListEntry) -> Result<Option<Record>, Failures> {
    let arn = entry
        .key_arn
        .ok_or_else(|| at.incomplete(&LIST_KEYS, None, "ARN of a key"))?;
    let policy = async {
        // AWS takes this name where none is given; emulators do not.
        let call = client
            .get_key_policy()
            .key_id(&arn)
            .policy_name("default")
            .send();
        let answer = at.call(&GET_KEY_POLICY, Some(&arn), call).await?;
        answer
            .policy
            .ok_or_else(|| at.incomplete(&GET_KEY_POLICY, Some(&arn), "policy"))
    };
    let grants = async {
        let mut pages = client
            .list_grants()
            .key_id(&arn)
            .limit(100)
            .into_paginator()
            .send();
        let mut grants = Vec::new();
        while let Some(page) = at.next(&LIST_GRANTS, Some(&arn), &mut pages).await? {
            for entry in page.grants.unwrap_or_default() {
                grants.push(grant(entry).ok_or_else(|| {
                    at.incomplete(&LIST_GRANTS, Some(&arn), "grantee of a grant")
                })?);
            }
        }
        Ok(grants)
    };
    let (policy, grants) = join(policy, grants).await;
    let mut failures = Failures::default();
    let (policy, grants) = (failures.take(policy), failures.take(grants));
    failures.check()?;
    let mut configuration = json!({"keyPolicies": {"default": policy}});
    // In an order of our own, since AWS promises none.
    let mut grants = grants.unwrap_or_default();
    if !grants.is_empty() {
        grants.sort_by_cached_key(|(id, _)| id.clone());
        configuration["grants"] = grants.into_iter().map(|(_, grant)| grant).collect();
    }
    Ok(Some(Record {
        arn,
        region: at.region.clone(),
        configuration,
    }))
}

/// A grant and its id.
fn grant(entry: GrantListEntry) -> Option<(String, Value)> {
    let mut grant = json!({
        "granteePrincipal": entry.grantee_principal.or(entry.grantee_service_principal)?,
        "operations": entry.operations.unwrap_or_default().iter().map(|operation| operation.as_str()).collect::<Vec<_>>(),
    });
    if let Some(retiring) = entry
        .retiring_principal
        .or(entry.retiring_service_principal)
        .filter(|name| !name.is_empty())
    {
        grant["retiringPrincipal"] = retiring.into();
    }
    if let Some(account) = entry.issuing_account.filter(|name| !name.is_empty()) {
        grant["issuingAccount"] = account.into();
    }
    if let Some(constraints) = entry.constraints {
        let mut members = json!({});
        if let Some(pairs) = constraints.encryption_context_equals {
            members["encryptionContextEquals"] = pairs.into_iter().collect();
        }
        if let Some(pairs) = constraints.encryption_context_subset {
            members["encryptionContextSubset"] = pairs.into_iter().collect();
        }
        if let Some(arn) = constraints.source_arn.filter(|arn| !arn.is_empty()) {
            members["sourceArn"] = arn.into();
        }
        grant["constraints"] = members;
    }
    Some((entry.grant_id.unwrap_or_default(), grant))
}
