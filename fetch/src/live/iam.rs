//! IAM: roles, users, groups and managed policies. One list a type and account holds all that there is to read, so none of
//! them costs a call of its own.
//!
//! Of a user's groups the list has names alone. Their ARNs, which a path is a part of, stand in the list of groups, so users
//! are asked for together with groups and wait until both lists have ended: an account has some thousand of them at most.

use super::call::{At, Failure, client};
use super::collect::{Collect, Collecting, Failures, Out, Record, Scope};
use super::operations::GET_ACCOUNT_AUTHORIZATION_DETAILS;
use aws_sdk_iam::operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput as Page;
use aws_sdk_iam::types::{
    AttachedPermissionsBoundary, AttachedPolicy, EntityType, GroupDetail, ManagedPolicyDetail,
    PolicyDetail, RoleDetail, Tag, UserDetail,
};
use aws_smithy_types::date_time::Format;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A record, nothing to tell, or what an answer lacks.
type Answer = Result<Option<Record>, Failures>;

/// A type of IAM, and where in an answer it stands.
pub(super) struct Entities {
    name: &'static str,
    member: &'static str,
    filters: &'static [EntityType],
    read: fn(&At, Page) -> Vec<Answer>,
}

pub(super) static ROLES: Entities = Entities {
    name: "AWS::IAM::Role",
    member: "iamRole",
    filters: &[EntityType::Role],
    read: |at, page| {
        page.role_detail_list
            .unwrap_or_default()
            .into_iter()
            .map(|detail| role(at, detail))
            .collect()
    },
};

pub(super) static GROUPS: Entities = Entities {
    name: "AWS::IAM::Group",
    member: "iamGroup",
    filters: &[EntityType::Group],
    read: |at, page| {
        page.group_detail_list
            .unwrap_or_default()
            .into_iter()
            .map(|detail| group(at, detail))
            .collect()
    },
};

pub(super) static MANAGED_POLICIES: Entities = Entities {
    name: "AWS::IAM::ManagedPolicy",
    member: "iamManagedPolicy",
    filters: &[EntityType::LocalManagedPolicy, EntityType::AwsManagedPolicy],
    read: |at, page| {
        page.policies
            .unwrap_or_default()
            .into_iter()
            .map(|detail| managed_policy(at, detail))
            .collect()
    },
};

/// Users, which have their groups' ARNs.
pub(super) struct Users;

impl Collect for Users {
    fn resource_type(&self) -> &'static str {
        "AWS::IAM::User"
    }

    fn member(&self) -> &'static str {
        "iamUser"
    }

    fn scope(&self) -> Scope {
        Scope::Account
    }

    fn collect<'a>(&'a self, at: &'a At, out: &'a Out) -> Collecting<'a> {
        Box::pin(async move {
            let client = client!(aws_sdk_iam, at);
            let call = client
                .get_account_authorization_details()
                .filter(EntityType::User)
                .filter(EntityType::Group)
                .max_items(1000);
            let mut pages = call.into_paginator().send();
            let (mut users, mut groups) = (Vec::new(), BTreeMap::new());
            loop {
                let page = match at
                    .next(&GET_ACCOUNT_AUTHORIZATION_DETAILS, None, &mut pages)
                    .await
                {
                    Ok(Some(page)) => page,
                    Ok(None) => break,
                    Err(failure) => {
                        // Those who are known so far are still told, if their groups are.
                        out.fail(failure)?;
                        break;
                    }
                };
                users.extend(page.user_detail_list.unwrap_or_default());
                for group in page.group_detail_list.unwrap_or_default() {
                    if let (Some(name), Some(arn)) = (group.group_name, group.arn) {
                        groups.insert(name, arn);
                    }
                }
            }
            let users: Vec<Answer> = users
                .into_iter()
                .map(|detail| user(at, detail, &groups))
                .collect();
            out.each(users, std::future::ready).await
        })
    }
}

impl Collect for Entities {
    fn resource_type(&self) -> &'static str {
        self.name
    }

    fn member(&self) -> &'static str {
        self.member
    }

    fn scope(&self) -> Scope {
        Scope::Account
    }

    fn collect<'a>(&'a self, at: &'a At, out: &'a Out) -> Collecting<'a> {
        Box::pin(async move {
            let client = client!(aws_sdk_iam, at);
            let call = client
                .get_account_authorization_details()
                .set_filter(Some(self.filters.to_vec()))
                .max_items(1000);
            let mut pages = call.into_paginator().send();
            loop {
                match at
                    .next(&GET_ACCOUNT_AUTHORIZATION_DETAILS, None, &mut pages)
                    .await
                {
                    Ok(Some(page)) => out.each((self.read)(at, page), std::future::ready).await?,
                    Ok(None) => return Ok(()),
                    Err(failure) => return out.fail(failure),
                }
            }
        })
    }
}

fn missing(at: &At, arn: Option<&str>, what: &str) -> Failure {
    at.incomplete(&GET_ACCOUNT_AUTHORIZATION_DETAILS, arn, what)
}

/// A record of something that has no Region.
fn record(at: &At, arn: Option<String>, configuration: Map<String, Value>) -> Answer {
    let arn = arn.ok_or_else(|| missing(at, None, "ARN"))?;
    Ok(Some(Record {
        arn,
        region: String::new(),
        configuration: Value::Object(configuration),
    }))
}

fn role(at: &At, detail: RoleDetail) -> Answer {
    let mut configuration = own_policies(
        at,
        detail.arn(),
        detail.attached_managed_policies(),
        detail.role_policy_list(),
    )?;
    let trust = document(at, detail.arn(), detail.assume_role_policy_document())?;
    configuration.insert("trustPolicy".to_owned(), trust.into());
    boundary(&mut configuration, detail.permissions_boundary());
    tags(&mut configuration, detail.tags());
    if let Some(last) = detail.role_last_used()
        && let Some(date) = last
            .last_used_date()
            .and_then(|date| date.fmt(Format::DateTime).ok())
    {
        configuration.insert(
            "lastUsed".to_owned(),
            json!({"date": date, "region": last.region()}),
        );
    }
    record(at, detail.arn, configuration)
}

fn user(at: &At, detail: UserDetail, arns: &BTreeMap<String, String>) -> Answer {
    let mut configuration = own_policies(
        at,
        detail.arn(),
        detail.attached_managed_policies(),
        detail.user_policy_list(),
    )?;
    boundary(&mut configuration, detail.permissions_boundary());
    tags(&mut configuration, detail.tags());
    if !detail.group_list().is_empty() {
        let arn_of = |name: &String| {
            let unknown = || missing(at, detail.arn(), &format!("ARN of the group `{name}`"));
            arns.get(name).cloned().ok_or_else(unknown)
        };
        let groups = detail.group_list().iter().map(arn_of);
        let mut groups = groups.collect::<Result<Vec<String>, Failure>>()?;
        groups.sort();
        configuration.insert("groups".to_owned(), groups.into());
    }
    record(at, detail.arn, configuration)
}

fn group(at: &At, detail: GroupDetail) -> Answer {
    let configuration = own_policies(
        at,
        detail.arn(),
        detail.attached_managed_policies(),
        detail.group_policy_list(),
    )?;
    record(at, detail.arn, configuration)
}

/// A policy of the account, or one of AWS's own that somebody here uses.
fn managed_policy(at: &At, detail: ManagedPolicyDetail) -> Answer {
    let arn = detail.arn().ok_or_else(|| missing(at, None, "ARN"))?;
    let uses =
        detail.attachment_count.unwrap_or(1) + detail.permissions_boundary_usage_count.unwrap_or(0);
    if arn.split(':').nth(4) == Some("aws") && uses == 0 {
        return Ok(None);
    }
    let version = detail
        .policy_version_list()
        .iter()
        .find(|version| version.is_default_version);
    let text = document(
        at,
        Some(arn),
        version.and_then(|version| version.document()),
    )?;
    let configuration = Map::from_iter([("document".to_owned(), text.into())]);
    record(at, detail.arn, configuration)
}

/// What is attached to a principal, by ARN, and what stands in it, by name.
fn own_policies(
    at: &At,
    arn: Option<&str>,
    attached: &[AttachedPolicy],
    inline: &[PolicyDetail],
) -> Result<Map<String, Value>, Failures> {
    let mut configuration = Map::new();
    let mut arns = Vec::new();
    for policy in attached {
        arns.push(
            policy
                .policy_arn()
                .ok_or_else(|| missing(at, arn, "ARN of an attached policy"))?,
        );
    }
    if !arns.is_empty() {
        arns.sort_unstable();
        configuration.insert("attachedManagedPolicies".to_owned(), arns.into());
    }
    let mut documents = Map::new();
    for policy in inline {
        let name = policy
            .policy_name()
            .ok_or_else(|| missing(at, arn, "name of a policy"))?;
        documents.insert(
            name.to_owned(),
            document(at, arn, policy.policy_document())?.into(),
        );
    }
    if !documents.is_empty() {
        configuration.insert("inlinePolicies".to_owned(), documents.into());
    }
    Ok(configuration)
}

fn boundary(
    configuration: &mut Map<String, Value>,
    boundary: Option<&AttachedPermissionsBoundary>,
) {
    if let Some(arn) = boundary.and_then(|boundary| boundary.permissions_boundary_arn()) {
        configuration.insert("permissionsBoundary".to_owned(), arn.into());
    }
}

fn tags(configuration: &mut Map<String, Value>, tags: &[Tag]) {
    if !tags.is_empty() {
        let pairs: Map<String, Value> = tags
            .iter()
            .map(|tag| (tag.key.clone(), tag.value.clone().into()))
            .collect();
        configuration.insert("tags".to_owned(), pairs.into());
    }
}

/// A document, which IAM writes as it would stand in an address.
fn document(at: &At, arn: Option<&str>, written: Option<&str>) -> Result<String, Failure> {
    let written = written.ok_or_else(|| missing(at, arn, "policy document"))?;
    let text = percent_decode_str(written)
        .decode_utf8()
        .map_err(|_| missing(at, arn, "policy document in UTF-8"))?;
    Ok(text.into_owned())
}
