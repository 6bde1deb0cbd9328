//! Reads the parts of an `evaluate` line: policies and facts from JSON, for the tests of the judge.

use keyaki_language::json::{self, Json, JsonValue};
use keyaki_language::judge::{Decision, evaluate};
use keyaki_language::policies::{
    AccessPoint, AclGrant, AclGrantee, AclPermission, BlockPublicAccess, KmsGrant, Membership,
};
use keyaki_language::policy::AccountId;
use keyaki_language::{DocumentError, Facts, Policies, Policy, Request};
use std::collections::BTreeMap;

/// The decision for a request under policies and facts, each an object of JSON text.
pub(crate) fn judge(request: &str, policies: &str, facts: &str) -> Decision {
    fn read(text: &str) -> Json<'_> {
        json::parse(text).unwrap_or_else(|e| panic!("{e}: {text}"))
    }
    let request = request_of(&read(request)).unwrap_or_else(|e| panic!("{e}: {request}"));
    let policies = policies_of(&read(policies)).unwrap_or_else(|e| panic!("{e}: {policies}"));
    evaluate(&request, &policies, &facts_of(&read(facts)))
}

pub(crate) fn request_of(value: &Json) -> Result<Request, DocumentError> {
    let mut request = Request::from_json(value, "/request")?;
    request.complete()?;
    Ok(request)
}

pub(crate) fn policies_of(value: &Json) -> Result<Policies, DocumentError> {
    let list = |name: &str| {
        value
            .get(name)
            .filter(|v| v.value != JsonValue::Null)
            .map(documents)
            .transpose()
    };
    let levels = |name: &str| -> Result<Vec<Vec<Policy>>, DocumentError> {
        value
            .get(name)
            .and_then(Json::as_array)
            .unwrap_or_default()
            .iter()
            .map(documents)
            .collect()
    };
    Ok(Policies {
        identity: list("identity")?.unwrap_or_default(),
        resource: value
            .get("resource")
            .filter(|v| v.value != JsonValue::Null)
            .map(|v| Policy::from_json(v, ""))
            .transpose()?,
        boundary: list("boundary")?,
        session: list("session")?,
        scps: levels("scps")?,
        rcps: levels("rcps")?,
        vpc_endpoint: list("vpcEndpoint")?,
    })
}

fn documents(value: &Json) -> Result<Vec<Policy>, DocumentError> {
    let one = std::slice::from_ref(value);
    value
        .as_array()
        .unwrap_or(one)
        .iter()
        .map(|document| Policy::from_json(document, ""))
        .collect()
}

/// Facts as the corpus writes them; `publicPolicy` is ours.
pub(crate) fn facts_of(value: &Json) -> Facts {
    let flag = |object: &Json, name: &str| object.get(name).and_then(Json::as_bool);
    let items = |name: &str| value.get(name).and_then(Json::as_array).unwrap_or_default();
    Facts {
        management_account: value
            .get("managementAccount")
            .and_then(Json::as_str)
            .and_then(AccountId::parse),
        service_linked_role: flag(value, "serviceLinkedRole").unwrap_or_default(),
        organizations: organizations(value),
        kms_grants: items("kmsGrants").iter().map(kms_grant).collect(),
        block_public_access: value.get("blockPublicAccess").map_or_else(
            BlockPublicAccess::default,
            |v| BlockPublicAccess {
                ignore_public_acls: flag(v, "ignorePublicAcls").unwrap_or_default(),
                restrict_public_buckets: flag(v, "restrictPublicBuckets").unwrap_or_default(),
            },
        ),
        public_policy: flag(value, "publicPolicy"),
        access_point: value.get("accessPoint").map(|v| AccessPoint {
            arn: text(v, "arn"),
            policy: v
                .get("policy")
                .map(|p| Policy::from_json(p, "").expect("a sound policy")),
            vpc: v.get("vpc").and_then(Json::as_str).map(str::to_owned),
        }),
        acl_grants: items("aclGrants").iter().map(acl_grant).collect(),
        bucket_owner_enforced: flag(value, "bucketOwnerEnforced").unwrap_or_default(),
        rcp_exempt: flag(value, "rcpExempt").unwrap_or_default(),
    }
}

fn text(value: &Json, name: &str) -> String {
    value
        .get(name)
        .and_then(Json::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn organizations(value: &Json) -> BTreeMap<AccountId, Option<Membership>> {
    let members = value
        .get("organizations")
        .and_then(Json::as_object)
        .unwrap_or_default();
    let one = |place: &Json| Membership {
        organization: text(place, "organization"),
        paths: place
            .get("paths")
            .and_then(Json::as_array)
            .unwrap_or_default()
            .iter()
            .filter_map(|p| p.as_str().map(str::to_owned))
            .collect(),
    };
    members
        .iter()
        .map(|m| {
            let account = AccountId::parse(&m.key.value).expect("an account");
            (
                account,
                (m.value.value != JsonValue::Null).then(|| one(&m.value)),
            )
        })
        .collect()
}

fn kms_grant(value: &Json) -> KmsGrant {
    let constraints = value.get("constraints");
    let map = |name: &str| {
        let members = constraints?.get(name)?.as_object()?;
        Some(
            members
                .iter()
                .map(|m| {
                    (
                        m.name().to_owned(),
                        m.value.as_str().unwrap_or_default().to_owned(),
                    )
                })
                .collect(),
        )
    };
    KmsGrant {
        grantee: text(value, "granteePrincipal"),
        operations: value
            .get("operations")
            .and_then(Json::as_array)
            .unwrap_or_default()
            .iter()
            .filter_map(|o| o.as_str().map(str::to_owned))
            .collect(),
        encryption_context_equals: map("encryptionContextEquals"),
        encryption_context_subset: map("encryptionContextSubset"),
        source_arn: constraints
            .and_then(|c| c.get("sourceArn"))
            .and_then(Json::as_str)
            .map(str::to_owned),
    }
}

fn acl_grant(value: &Json) -> AclGrant {
    let grantee = value.get("grantee").expect("an ACL grant has a grantee");
    AclGrant {
        grantee: match text(grantee, "uri").rsplit('/').next() {
            Some("AllUsers") => AclGrantee::AllUsers,
            Some("AuthenticatedUsers") => AclGrantee::AuthenticatedUsers,
            Some("LogDelivery") => AclGrantee::LogDelivery,
            _ => AclGrantee::Canonical(text(grantee, "id")),
        },
        permission: match text(value, "permission").as_str() {
            "READ" => AclPermission::Read,
            "WRITE" => AclPermission::Write,
            "READ_ACP" => AclPermission::ReadAcp,
            "WRITE_ACP" => AclPermission::WriteAcp,
            "FULL_CONTROL" => AclPermission::FullControl,
            other => panic!("`{other}` is no permission"),
        },
    }
}
