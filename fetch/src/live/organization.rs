//! The organization: accounts, units, and the service and resource control policies, as `organization.json` has them.

use super::call::{At, Failure, client};
use super::collect::gap;
use super::operations::{
    DESCRIBE_ORGANIZATION, DESCRIBE_POLICY, LIST_ACCOUNTS_FOR_PARENT, LIST_POLICIES, LIST_ROOTS,
    LIST_TARGETS_FOR_POLICY, LIST_UNITS, Operation,
};
use crate::snapshot::{SCHEMA_VERSION, read_organization};
use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::{PolicySummary, PolicyType};
use keyaki_language::json as documents;
use serde_json::{Value, json};

/// An organization that was read.
pub(super) struct Read {
    /// `organization.json`.
    pub(super) text: String,
    /// Its accounts.
    pub(super) accounts: Vec<String>,
    /// What could not be read of it.
    pub(super) gaps: Vec<Value>,
}

/// Reads the organization. Without its accounts nothing can be done; without a control policy, more access is found.
pub(super) async fn read(at: &At) -> Result<Read, Failure> {
    let client = client!(aws_sdk_organizations, at);
    let answer = at
        .call(
            &DESCRIBE_ORGANIZATION,
            None,
            client.describe_organization().send(),
        )
        .await?;
    let organization = answer
        .organization
        .ok_or_else(|| at.incomplete(&DESCRIBE_ORGANIZATION, None, "organization"))?;
    let (Some(id), Some(management)) = (organization.id(), organization.master_account_id()) else {
        return Err(at.incomplete(
            &DESCRIBE_ORGANIZATION,
            None,
            "id of the organization or its management account",
        ));
    };
    let tree = Tree::read(at, &client).await?;
    let mut gaps = Vec::new();
    let mut policies = Vec::new();
    for kind in [
        PolicyType::ServiceControlPolicy,
        PolicyType::ResourceControlPolicy,
    ] {
        match control_policies(at, &client, &kind).await {
            Ok(read) => policies.extend(read),
            Err(failure) if failure.expired => return Err(failure),
            Err(failure) => gaps.push(gap(&failure, at.account(), None)),
        }
    }
    let whole = |policies: &[Value]| {
        json!({
            "schemaVersion": SCHEMA_VERSION,
            "id": id,
            "managementAccount": management,
            "roots": tree.roots,
            "units": tree.units,
            "accounts": tree.accounts,
            "policies": policies,
        })
    };
    let mut text = written(&whole(&policies));
    if let Err(error) = documents::parse(&text).and_then(|json| read_organization(&json)) {
        // Nobody could scan with it; without the policies, what they take away is found as access.
        let place = error.at().to_owned();
        let failure = at.incomplete(refused_by(&place), None, &format!("meaning: {error}"));
        gaps.push(gap(&failure, at.account(), None));
        text = written(&whole(&[]));
    }
    let accounts = tree
        .accounts
        .iter()
        .filter_map(|account| account["id"].as_str().map(str::to_owned))
        .collect();
    Ok(Read {
        text,
        accounts,
        gaps,
    })
}

fn refused_by(place: &str) -> &'static Operation {
    if place.contains("/document") {
        &DESCRIBE_POLICY
    } else {
        &LIST_TARGETS_FOR_POLICY
    }
}

fn written(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("a tree of texts can be written") + "\n"
}

#[derive(Default)]
struct Tree {
    roots: Vec<Value>,
    units: Vec<Value>,
    accounts: Vec<Value>,
}

impl Tree {
    /// Goes down from the roots. The lists of what a unit holds tell where each account stands, so no other list is read.
    async fn read(at: &At, client: &Client) -> Result<Self, Failure> {
        let mut tree = Self::default();
        let mut waiting = Vec::new();
        let mut pages = client.list_roots().into_paginator().send();
        while let Some(page) = at.next(&LIST_ROOTS, None, &mut pages).await? {
            for root in page.roots.unwrap_or_default() {
                let id = root
                    .id
                    .ok_or_else(|| at.incomplete(&LIST_ROOTS, None, "id of a root"))?;
                tree.roots.push(json!({"id": id, "name": root.name}));
                waiting.push(id);
            }
        }
        while let Some(parent) = waiting.pop() {
            let mut pages = client
                .list_organizational_units_for_parent()
                .parent_id(&parent)
                .into_paginator()
                .send();
            while let Some(page) = at.next(&LIST_UNITS, None, &mut pages).await? {
                for unit in page.organizational_units.unwrap_or_default() {
                    let id = unit
                        .id
                        .ok_or_else(|| at.incomplete(&LIST_UNITS, None, "id of a unit"))?;
                    tree.units
                        .push(json!({"id": id, "name": unit.name, "parent": parent}));
                    waiting.push(id);
                }
            }
            let mut pages = client
                .list_accounts_for_parent()
                .parent_id(&parent)
                .into_paginator()
                .send();
            while let Some(page) = at.next(&LIST_ACCOUNTS_FOR_PARENT, None, &mut pages).await? {
                for account in page.accounts.unwrap_or_default() {
                    let id = account.id.ok_or_else(|| {
                        at.incomplete(&LIST_ACCOUNTS_FOR_PARENT, None, "id of an account")
                    })?;
                    tree.accounts
                        .push(json!({"id": id, "name": account.name, "unit": parent}));
                }
            }
        }
        for list in [&mut tree.roots, &mut tree.units, &mut tree.accounts] {
            list.sort_by_cached_key(|item| item["id"].to_string());
        }
        Ok(tree)
    }
}

/// All policies of a type that are attached somewhere, by id.
async fn control_policies(
    at: &At,
    client: &Client,
    kind: &PolicyType,
) -> Result<Vec<Value>, Failure> {
    let mut policies = Vec::new();
    let mut pages = client
        .list_policies()
        .filter(kind.clone())
        .into_paginator()
        .send();
    while let Some(page) = at.next(&LIST_POLICIES, None, &mut pages).await? {
        for summary in page.policies.unwrap_or_default() {
            policies.extend(control_policy(at, client, kind, summary).await?);
        }
    }
    policies.sort_by_cached_key(|policy| policy["id"].to_string());
    Ok(policies)
}

async fn control_policy(
    at: &At,
    client: &Client,
    kind: &PolicyType,
    summary: PolicySummary,
) -> Result<Option<Value>, Failure> {
    let id = summary
        .id
        .ok_or_else(|| at.incomplete(&LIST_POLICIES, None, "id of a policy"))?;
    let mut targets = Vec::new();
    let mut pages = client
        .list_targets_for_policy()
        .policy_id(&id)
        .into_paginator()
        .send();
    while let Some(page) = at
        .next(&LIST_TARGETS_FOR_POLICY, summary.arn.as_deref(), &mut pages)
        .await?
    {
        for target in page.targets.unwrap_or_default() {
            let missing = || {
                at.incomplete(
                    &LIST_TARGETS_FOR_POLICY,
                    summary.arn.as_deref(),
                    "id of a target",
                )
            };
            targets.push(target.target_id.ok_or_else(missing)?);
        }
    }
    // What is attached nowhere takes nothing away.
    if targets.is_empty() {
        return Ok(None);
    }
    targets.sort();
    let call = client.describe_policy().policy_id(&id).send();
    let answer = at
        .call(&DESCRIBE_POLICY, summary.arn.as_deref(), call)
        .await?;
    let document = answer.policy.and_then(|policy| policy.content);
    let document = document
        .ok_or_else(|| at.incomplete(&DESCRIBE_POLICY, summary.arn.as_deref(), "document"))?;
    Ok(Some(
        json!({"id": id, "name": summary.name, "type": kind.as_str(), "document": document, "targets": targets}),
    ))
}
