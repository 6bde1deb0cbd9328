//! `aws iam get-account-authorization-details`: roles, users, groups and managed policies of one account.
//! (IAM API Reference, "GetAccountAuthorizationDetails".)

use super::decode::decoded;
use super::draft::{self, Draft, Sheet, Type};
use super::policy::line;
use super::tree::{Json, JsonValue};
use super::{Fate, Options};
use crate::snapshot::Spot;
use keyaki_language::policy::AccountId;
use std::collections::BTreeMap;

const ROLES: &str = "RoleDetailList";
const USERS: &str = "UserDetailList";
const GROUPS: &str = "GroupDetailList";
const POLICIES: &str = "Policies";

/// Whether a document is such an answer.
pub(super) fn is_it(document: &Json) -> bool {
    [ROLES, USERS, GROUPS]
        .iter()
        .any(|name| document.get(name).is_some())
}

/// Makes records of all of it.
pub(super) fn read(document: &Json, options: &Options, sheet: &mut Sheet) {
    let list = |name: &str| {
        document
            .get(name)
            .and_then(Json::as_array)
            .unwrap_or_default()
    };
    let arns: BTreeMap<&str, &Json> = list(GROUPS)
        .iter()
        .filter_map(|group| Some((group.get("GroupName")?.as_str()?, group.get("Arn")?)))
        .collect();
    for role in list(ROLES) {
        self::role(role, options, sheet);
    }
    for (name, kind, inline) in [
        (USERS, draft::USER, "UserPolicyList"),
        (GROUPS, draft::GROUP, "GroupPolicyList"),
    ] {
        for one in list(name) {
            let Some(mut draft) = begin(one, kind, options, sheet) else {
                continue;
            };
            identity(one, inline, &mut draft, sheet);
            if kind == draft::USER {
                let groups = one
                    .get("GroupList")
                    .and_then(Json::as_array)
                    .unwrap_or_default();
                // By ARN, as records have them; where the file does not list a group its name stays.
                let arns = groups.iter().map(|name| {
                    let arn = name.as_str().and_then(|name| arns.get(name));
                    arn.copied().unwrap_or(name).clone()
                });
                draft.set("groups", Json::array(arns));
                bounds(one, &mut draft);
            }
            sheet.add(draft);
        }
    }
    for policy in list(POLICIES) {
        let Some(mut draft) = begin(policy, draft::MANAGED_POLICY, options, sheet) else {
            continue;
        };
        let versions = policy
            .get("PolicyVersionList")
            .and_then(Json::as_array)
            .unwrap_or_default();
        let current = versions
            .iter()
            .find(|version| version.get("IsDefaultVersion").and_then(Json::as_bool) == Some(true));
        let spot = draft.spot.clone();
        match current.and_then(|version| version.get("Document")) {
            Some(document) => {
                draft.set("document", decoded(document));
                sheet.found("identity", &spot, Fate::Identity);
                sheet.add(draft);
            }
            None => {
                draft.trouble("missing-member", "the policy has no default version", &spot);
                sheet.refuse(draft);
            }
        }
    }
    if document.get("IsTruncated").and_then(Json::as_bool) == Some(true) {
        let spot = Spot {
            address: String::new(),
            line: line(document),
        };
        let hint = "let the AWS CLI follow the pages (without `--no-paginate` and `--max-items`)";
        sheet.not_analysed(
            "truncated",
            "the answer is the first page only",
            Some(hint),
            &spot,
            None,
        );
    }
}

/// A draft for something with an ARN.
fn begin<'a>(
    one: &'a Json,
    kind: Type,
    options: &'a Options,
    sheet: &mut Sheet,
) -> Option<Draft<'a>> {
    let arn = one.get("Arn").and_then(Json::as_str).unwrap_or_default();
    let account = arn.split(':').nth(4).unwrap_or_default();
    let spot = Spot {
        address: String::new(),
        line: line(one),
    };
    let is_aws = account == "aws";
    if AccountId::parse(account).is_none() && !is_aws {
        sheet.not_analysed(
            "missing-member",
            "an entry has no ARN",
            None,
            &spot,
            Some(kind.name),
        );
        return None;
    }
    if is_aws && options.account.is_none() {
        // Policies of AWS belong to no account; they are the same everywhere and let nobody in.
        return Some(Draft::new(kind, arn.to_owned(), "000000000000", "", spot));
    }
    Some(Draft::new(kind, arn.to_owned(), account, "", spot))
}

fn role(role: &Json, options: &Options, sheet: &mut Sheet) {
    let Some(mut draft) = begin(role, draft::ROLE, options, sheet) else {
        return;
    };
    let spot = draft.spot.clone();
    match role.get("AssumeRolePolicyDocument") {
        Some(document) => {
            draft.policy("trustPolicy", &decoded(document), &spot);
            sheet.found(draft::ROLE.kind, &spot, Fate::Record);
        }
        None => draft.trouble(
            "missing-member",
            "the role has no `AssumeRolePolicyDocument`",
            &spot,
        ),
    }
    identity(role, "RolePolicyList", &mut draft, sheet);
    bounds(role, &mut draft);
    sheet.add(draft);
}

/// Inline policies by name, and the ARNs of those that are attached.
fn identity(one: &Json, inline: &str, draft: &mut Draft<'_>, sheet: &mut Sheet) {
    let list = |name: &str| one.get(name).and_then(Json::as_array).unwrap_or_default();
    let mut policies = Vec::new();
    for policy in list(inline) {
        let name = policy
            .get("PolicyName")
            .and_then(Json::as_str)
            .unwrap_or("inline");
        let spot = Spot {
            address: String::new(),
            line: line(policy),
        };
        if let Some(document) = policy.get("PolicyDocument") {
            sheet.found("identity", &spot, Fate::Identity);
            let settled = draft.settled(&format!("inline {name}"), &decoded(document), &spot);
            policies.extend(settled.map(|document| (name.to_owned(), document)));
        }
    }
    if !policies.is_empty() {
        draft.set("inlinePolicies", Json::object(policies));
    }
    let attached = list("AttachedManagedPolicies")
        .iter()
        .filter_map(|policy| policy.get("PolicyArn")?.as_str());
    let attached: Vec<Json> = attached.map(|arn| Json::from(arn.to_owned())).collect();
    if !attached.is_empty() {
        draft.set("attachedManagedPolicies", JsonValue::Array(attached).into());
    }
}

fn bounds(one: &Json, draft: &mut Draft<'_>) {
    let boundary = one
        .get("PermissionsBoundary")
        .and_then(|it| it.get("PermissionsBoundaryArn"))
        .and_then(Json::as_str);
    if let Some(boundary) = boundary {
        draft.set("permissionsBoundary", boundary.to_owned().into());
    }
}
