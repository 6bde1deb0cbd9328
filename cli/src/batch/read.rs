//! From a batch line to the question it asks.
//!
//! Field names are the AWS API's where it has one. Whatever is not understood is an error with the JSON
//! pointer of its place in the line: an unknown field may be a restriction that we would leave out.

use keyaki_engine::question::{
    Access, Compare, NoExternalAccess, NoNewAccess, NoPublicAccess, NotGranted, Question,
    Satisfiable,
};
use keyaki_engine::resource::ZoneOfTrust;
use keyaki_language::json::{Json, JsonValue, push_pointer};
use keyaki_language::judge::check_policy;
pub(crate) use keyaki_language::policies::PolicyType as PolicyKind;
use keyaki_language::policies::{
    AccessPoint, AclGrant, AclGrantee, AclPermission, BlockPublicAccess, KmsGrant, Membership,
};
use keyaki_language::policy::AccountId;
use keyaki_language::{DocumentError, Facts, Policies, Policy, Request};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What a line asks for.
#[derive(Debug)]
pub(crate) enum Task {
    /// A yes-or-no question.
    Ask(Box<Question>),
    /// Q6.
    Compare(Box<Compare>),
    /// One request against policies.
    Evaluate(Box<Evaluation>),
}

/// One request, the policies that bear on it, and what they do not say.
#[derive(Debug)]
pub(crate) struct Evaluation {
    pub(crate) request: Request,
    pub(crate) policies: Policies,
    pub(crate) facts: Facts,
}

type Reading<T> = Result<T, DocumentError>;

/// The names of the questions, as lines spell them.
pub(crate) const QUESTIONS: [&str; 7] = [
    "no-new-access",
    "not-granted",
    "no-public-access",
    "no-external-access",
    "satisfiable",
    "compare",
    "evaluate",
];

/// Which question a line asks, as its index in [`QUESTIONS`].
pub(crate) fn question_of(line: &Json) -> Option<usize> {
    let name = line.get("question")?.as_str()?;
    QUESTIONS.iter().position(|question| *question == name)
}

/// Whether a line asks for evidence that can be checked.
pub(crate) fn wants_certificate(line: &Json) -> bool {
    line.get("certificate").and_then(Json::as_bool) == Some(true)
}

/// The text of a line's document: the string that it is written in, or the object as compact JSON.
pub(crate) fn document_text(line: &Json, field: &str) -> Option<String> {
    let value = line.get(field)?;
    Some(
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned),
    )
}

/// Reads a whole line. Its `id` is not looked at.
pub(crate) fn task(line: &Json) -> Reading<Task> {
    let root = Node::root(line);
    let members = root.members()?;
    if members.iter().all(|member| member.key.value != "question") {
        return Err(root
            .error("missing-field", "a line needs `question`")
            .with_hint(one_of(&QUESTIONS)));
    }
    let question = root.need("question")?;
    let name = question.text()?;
    let unknown = || {
        question
            .error("unknown-question", format!("unknown question `{name}`"))
            .with_hint(one_of(&QUESTIONS))
    };
    let allowed: &[&str] = match name {
        "no-new-access" | "compare" => {
            &["policyType", "existingPolicyDocument", "newPolicyDocument"]
        }
        "not-granted" => &["policyType", "policyDocument", "access"],
        "no-public-access" => &["resourceType", "policyDocument"],
        "no-external-access" => &["resourceType", "policyDocument", "zoneOfTrust"],
        "satisfiable" => &["policyType", "policyDocument"],
        "evaluate" => &["request", "policies", "facts"],
        _ => return Err(unknown()),
    };
    let certificate: &[&str] = if name == "evaluate" {
        &[]
    } else {
        &["certificate"]
    };
    root.only(&[&["id", "question"], certificate, allowed].concat())?;
    root.flag("certificate")?;

    let kind = || policy_kind(&root.need("policyType")?);
    let document = |field: &'static str, kind: PolicyKind| root.need(field)?.policy(kind);
    let question = match name {
        "no-new-access" => {
            let policy_type = kind()?;
            let existing = document("existingPolicyDocument", policy_type)?;
            let new = document("newPolicyDocument", policy_type)?;
            Question::NoNewAccess(NoNewAccess {
                policy_type,
                existing,
                new,
            })
        }
        "compare" => {
            let policy_type = kind()?;
            let existing = document("existingPolicyDocument", policy_type)?;
            let new = document("newPolicyDocument", policy_type)?;
            return Ok(Task::Compare(Box::new(Compare {
                policy_type,
                existing,
                new,
            })));
        }
        "not-granted" => {
            let policy_type = kind()?;
            let policy = document("policyDocument", policy_type)?;
            let access = root
                .need("access")?
                .items()?
                .iter()
                .map(access)
                .collect::<Reading<_>>()?;
            Question::NotGranted(NotGranted {
                policy_type,
                policy,
                access,
            })
        }
        "no-public-access" => {
            let resource_type = resource_type(&root.need("resourceType")?)?;
            let policy = document("policyDocument", PolicyKind::Resource)?;
            Question::NoPublicAccess(NoPublicAccess {
                resource_type,
                policy,
            })
        }
        "no-external-access" => {
            let resource_type = resource_type(&root.need("resourceType")?)?;
            let policy = document("policyDocument", PolicyKind::Resource)?;
            // Without a zone nobody is trusted, which is the safe side.
            let zone = root
                .get("zoneOfTrust")
                .map_or(Ok(ZoneOfTrust::default()), |node| zone_of_trust(&node))?;
            Question::NoExternalAccess(NoExternalAccess {
                resource_type,
                policy,
                zone,
            })
        }
        "satisfiable" => {
            let policy_type = kind()?;
            let policy = document("policyDocument", policy_type)?;
            Question::Satisfiable(Satisfiable {
                policy_type,
                policy,
            })
        }
        "evaluate" => {
            return evaluation(&root).map(|evaluation| Task::Evaluate(Box::new(evaluation)));
        }
        _ => return Err(unknown()),
    };
    Ok(Task::Ask(Box::new(question)))
}

/// Reads `request`, `policies` and `facts`, whatever else stands beside them.
pub(crate) fn evaluation_of(object: &Json) -> Reading<Evaluation> {
    let root = Node::root(object);
    root.only(&["id", "question", "request", "policies", "facts"])?;
    evaluation(&root)
}

fn evaluation(root: &Node<'_>) -> Reading<Evaluation> {
    let request = request(root.need("request")?.json, "/request")?;
    let policies = root.need("policies").and_then(|node| policies(&node))?;
    let facts = root
        .get("facts")
        .map_or(Ok(Facts::default()), |node| facts(&node))?;
    Ok(Evaluation {
        request,
        policies,
        facts,
    })
}

/// Reads a request and fills in what follows from its principal.
pub(crate) fn request(json: &Json, at: &str) -> Reading<Request> {
    let mut request = Request::from_json(json, at)?;
    request.complete().map_err(|error| prefixed(error, at))?;
    Ok(request)
}

fn policies(node: &Node<'_>) -> Reading<Policies> {
    node.only(&[
        "identity",
        "resource",
        "boundary",
        "session",
        "scps",
        "rcps",
        "vpcEndpoint",
    ])?;
    let list = |name: &'static str, kind: PolicyKind| match node.get(name) {
        None => Ok(None),
        Some(field) => field
            .items()?
            .iter()
            .map(|item| item.policy(kind))
            .collect::<Reading<Vec<_>>>()
            .map(Some),
    };
    let levels = |name: &'static str, kind: PolicyKind| match node.get(name) {
        None => Ok(Vec::new()),
        Some(field) => field
            .items()?
            .iter()
            .map(|level| {
                level
                    .items()?
                    .iter()
                    .map(|item| item.policy(kind))
                    .collect()
            })
            .collect::<Reading<Vec<Vec<_>>>>(),
    };
    Ok(Policies {
        identity: list("identity", PolicyKind::Identity)?.unwrap_or_default(),
        resource: node
            .get("resource")
            .map(|field| field.policy(PolicyKind::Resource))
            .transpose()?,
        boundary: list("boundary", PolicyKind::Identity)?,
        session: list("session", PolicyKind::Identity)?,
        scps: levels("scps", PolicyKind::ServiceControl)?,
        rcps: levels("rcps", PolicyKind::ResourceControl)?,
        vpc_endpoint: list("vpcEndpoint", PolicyKind::Resource)?,
    })
}

/// Reads the facts of a JSON document of its own.
pub(crate) fn facts_of(json: &Json) -> Reading<Facts> {
    facts(&Node::root(json))
}

fn facts(node: &Node<'_>) -> Reading<Facts> {
    node.only(&[
        "managementAccount",
        "serviceLinkedRole",
        "organizations",
        "kmsGrants",
        "blockPublicAccess",
        "accessPoint",
        "aclGrants",
        "bucketOwnerEnforced",
        "rcpExempt",
    ])?;
    let mut facts = Facts {
        management_account: node
            .get("managementAccount")
            .map(|field| field.account())
            .transpose()?,
        service_linked_role: node.flag("serviceLinkedRole")?,
        bucket_owner_enforced: node.flag("bucketOwnerEnforced")?,
        rcp_exempt: node.flag("rcpExempt")?,
        ..Facts::default()
    };
    if let Some(field) = node.get("organizations") {
        for member in field.members()? {
            let account = AccountId::parse(&member.key.value).ok_or_else(|| {
                field.under(member.name(), &member.value).error(
                    "bad-account",
                    format!("`{}` is no account id", member.key.value),
                )
            })?;
            let place = match &member.value.value {
                JsonValue::Null => None,
                _ => Some(membership(&field.under(member.name(), &member.value))?),
            };
            facts.organizations.insert(account, place);
        }
    }
    if let Some(field) = node.get("kmsGrants") {
        facts.kms_grants = field
            .items()?
            .iter()
            .map(kms_grant)
            .collect::<Reading<_>>()?;
    }
    if let Some(field) = node.get("blockPublicAccess") {
        // The other two switches guard what may be written, not who is let in.
        field.only(&[
            "ignorePublicAcls",
            "restrictPublicBuckets",
            "blockPublicAcls",
            "blockPublicPolicy",
        ])?;
        facts.block_public_access = BlockPublicAccess {
            ignore_public_acls: field.flag("ignorePublicAcls")?,
            restrict_public_buckets: field.flag("restrictPublicBuckets")?,
        };
    }
    if let Some(field) = node.get("accessPoint") {
        field.only(&["arn", "policy", "vpc"])?;
        facts.access_point = Some(AccessPoint {
            arn: field.need("arn")?.text()?.to_owned(),
            policy: field
                .get("policy")
                .map(|policy| policy.policy(PolicyKind::Resource))
                .transpose()?,
            vpc: field
                .get("vpc")
                .map(|vpc| vpc.text().map(str::to_owned))
                .transpose()?,
        });
    }
    if let Some(field) = node.get("aclGrants") {
        facts.acl_grants = field
            .items()?
            .iter()
            .map(acl_grant)
            .collect::<Reading<_>>()?;
    }
    Ok(facts)
}

fn membership(node: &Node<'_>) -> Reading<Membership> {
    node.only(&["id", "organization", "paths"])?;
    let id = node
        .get("id")
        .map_or_else(|| node.need("organization"), Ok)?;
    let paths = node
        .get("paths")
        .map_or(Ok(Vec::new()), |paths| paths.texts())?;
    Ok(Membership {
        organization: id.text()?.to_owned(),
        paths,
    })
}

fn kms_grant(node: &Node<'_>) -> Reading<KmsGrant> {
    node.only(&[
        "granteePrincipal",
        "retiringPrincipal",
        "issuingAccount",
        "operations",
        "constraints",
    ])?;
    let mut grant = KmsGrant {
        grantee: node.need("granteePrincipal")?.text()?.to_owned(),
        operations: node.need("operations")?.texts()?,
        ..KmsGrant::default()
    };
    if let Some(constraints) = node.get("constraints") {
        constraints.only(&[
            "encryptionContextEquals",
            "encryptionContextSubset",
            "sourceArn",
        ])?;
        grant.encryption_context_equals = constraints
            .get("encryptionContextEquals")
            .map(|field| field.text_map())
            .transpose()?;
        grant.encryption_context_subset = constraints
            .get("encryptionContextSubset")
            .map(|field| field.text_map())
            .transpose()?;
        grant.source_arn = constraints
            .get("sourceArn")
            .map(|field| field.text().map(str::to_owned))
            .transpose()?;
    }
    Ok(grant)
}

fn acl_grant(node: &Node<'_>) -> Reading<AclGrant> {
    const PERMISSIONS: [&str; 5] = ["READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL"];
    const GROUPS: [&str; 3] = [
        "http://acs.amazonaws.com/groups/global/AllUsers",
        "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
        "http://acs.amazonaws.com/groups/s3/LogDelivery",
    ];
    node.only(&["grantee", "permission"])?;
    let grantee = node.need("grantee")?;
    grantee.only(&["id", "uri"])?;
    let grantee = match (grantee.get("id"), grantee.get("uri")) {
        (Some(id), None) => AclGrantee::Canonical(id.text()?.to_owned()),
        (None, Some(uri)) => match uri.text()? {
            text if text == GROUPS[0] => AclGrantee::AllUsers,
            text if text == GROUPS[1] => AclGrantee::AuthenticatedUsers,
            text if text == GROUPS[2] => AclGrantee::LogDelivery,
            text => {
                return Err(uri
                    .error("unknown-value", format!("unknown group `{text}`"))
                    .with_hint(one_of(&GROUPS)));
            }
        },
        _ => return Err(grantee.error("missing-field", "a grantee has either `id` or `uri`")),
    };
    let permission = node.need("permission")?;
    let permission = match permission.text()? {
        "READ" => AclPermission::Read,
        "WRITE" => AclPermission::Write,
        "READ_ACP" => AclPermission::ReadAcp,
        "WRITE_ACP" => AclPermission::WriteAcp,
        "FULL_CONTROL" => AclPermission::FullControl,
        text => {
            return Err(permission
                .error("unknown-value", format!("unknown permission `{text}`"))
                .with_hint(one_of(&PERMISSIONS)));
        }
    };
    Ok(AclGrant {
        grantee,
        permission,
    })
}

fn access(node: &Node<'_>) -> Reading<Access> {
    node.only(&["actions", "resources"])?;
    let actions = node.get("actions").map(|field| field.texts()).transpose()?;
    let resources = node
        .get("resources")
        .map(|field| field.texts())
        .transpose()?;
    Ok(Access { actions, resources })
}

fn zone_of_trust(node: &Node<'_>) -> Reading<ZoneOfTrust> {
    node.only(&["accounts", "organization", "federated", "canonicalUsers"])?;
    let texts = |name: &'static str| node.get(name).map_or(Ok(Vec::new()), |field| field.texts());
    let accounts = match node.get("accounts") {
        None => Vec::new(),
        Some(field) => field
            .items()?
            .iter()
            .map(Node::account)
            .collect::<Reading<_>>()?,
    };
    Ok(ZoneOfTrust {
        accounts,
        organization: node
            .get("organization")
            .map(|field| field.text().map(str::to_owned))
            .transpose()?,
        federated: texts("federated")?,
        canonical_users: texts("canonicalUsers")?,
    })
}

fn policy_kind(node: &Node<'_>) -> Reading<PolicyKind> {
    const TYPES: [&str; 4] = [
        "IDENTITY_POLICY",
        "RESOURCE_POLICY",
        "SERVICE_CONTROL_POLICY",
        "RESOURCE_CONTROL_POLICY",
    ];
    Ok(match node.text()? {
        "IDENTITY_POLICY" => PolicyKind::Identity,
        "RESOURCE_POLICY" => PolicyKind::Resource,
        "SERVICE_CONTROL_POLICY" => PolicyKind::ServiceControl,
        "RESOURCE_CONTROL_POLICY" => PolicyKind::ResourceControl,
        text => {
            return Err(node
                .error("unknown-value", format!("unknown policy type `{text}`"))
                .with_hint(one_of(&TYPES)));
        }
    })
}

fn resource_type(node: &Node<'_>) -> Reading<String> {
    let text = node.text()?;
    if !is_resource_type(text) {
        return Err(node
            .error("unknown-value", format!("`{text}` is no resource type"))
            .with_hint("such as `AWS::S3::Bucket`"));
    }
    Ok(text.to_owned())
}

/// Whether a text has the form of a CloudFormation type name. The engine narrows a question to the
/// resources of a type that it knows, and takes any resource for one that it does not know.
pub(crate) fn is_resource_type(text: &str) -> bool {
    let parts: Vec<&str> = text.split("::").collect();
    parts.len() == 3
        && parts
            .iter()
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Refuses what a policy of this type must not hold; `at` is the pointer of the document.
pub(crate) fn check_type(policy: &Policy, kind: PolicyKind, at: &str) -> Reading<()> {
    check_policy(policy, kind).map_err(|error| prefixed(error, at))
}

/// The same error, its pointer continued to the left.
fn prefixed(error: DocumentError, at: &str) -> DocumentError {
    let moved = DocumentError::new(
        error.code(),
        error.message(),
        format!("{at}{}", error.at()),
        error.span(),
    );
    match error.hint() {
        Some(hint) => moved.with_hint(hint),
        None => moved,
    }
}

fn one_of(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("one of {}", quoted.join(", "))
}

/// A value of the line and its JSON pointer: that of what it stands in, and the last step, so that most are never written.
struct Node<'a> {
    json: &'a Json<'a>,
    above: String,
    step: Option<Cow<'a, str>>,
}

impl<'a> Node<'a> {
    fn root(json: &'a Json) -> Self {
        Self {
            json,
            above: String::new(),
            step: None,
        }
    }

    fn under(&self, step: impl Into<Cow<'a, str>>, json: &'a Json) -> Self {
        Self {
            json,
            above: self.at(),
            step: Some(step.into()),
        }
    }

    /// The JSON pointer.
    fn at(&self) -> String {
        let mut at = self.above.clone();
        if let Some(step) = &self.step {
            push_pointer(&mut at, step);
        }
        at
    }

    fn error(&self, code: &'static str, message: impl Into<String>) -> DocumentError {
        DocumentError::new(code, message, self.at(), self.json.span)
    }

    fn wrong_type(&self, expected: &str) -> DocumentError {
        self.error(
            "wrong-type",
            format!("expected {expected}, found {}", self.json.type_name()),
        )
    }

    fn members(&self) -> Reading<&'a [keyaki_language::json::Member<'a>]> {
        self.json
            .as_object()
            .ok_or_else(|| self.wrong_type("an object"))
    }

    /// Refuses members that are not listed.
    fn only(&self, allowed: &[&str]) -> Reading<()> {
        match self
            .members()?
            .iter()
            .find(|member| !allowed.contains(&member.name()))
        {
            None => Ok(()),
            Some(member) => {
                let name = &member.key.value;
                Err(self
                    .under(name.as_ref(), &member.value)
                    .error("unknown-field", format!("unknown field `{name}`"))
                    .with_hint(one_of(allowed)))
            }
        }
    }

    /// A member; `null` counts as left out.
    fn get(&self, name: &'static str) -> Option<Self> {
        let json = self
            .json
            .get(name)
            .filter(|json| json.value != JsonValue::Null)?;
        Some(self.under(name, json))
    }

    fn need(&self, name: &'static str) -> Reading<Self> {
        self.members()?;
        match self.json.get(name) {
            Some(json) => Ok(self.under(name, json)),
            None => Err(self.error("missing-field", format!("`{name}` is missing"))),
        }
    }

    fn text(&self) -> Reading<&'a str> {
        self.json
            .as_str()
            .ok_or_else(|| self.wrong_type("a string"))
    }

    fn flag(&self, name: &'static str) -> Reading<bool> {
        match self.get(name) {
            None => Ok(false),
            Some(field) => field
                .json
                .as_bool()
                .ok_or_else(|| field.wrong_type("`true` or `false`")),
        }
    }

    fn account(&self) -> Reading<AccountId> {
        let text = self.text()?;
        AccountId::parse(text).ok_or_else(|| {
            self.error("bad-account", format!("`{text}` is no account id"))
                .with_hint("twelve digits")
        })
    }

    fn items(&self) -> Reading<Vec<Self>> {
        let items = self
            .json
            .as_array()
            .ok_or_else(|| self.wrong_type("a list"))?;
        Ok(items
            .iter()
            .enumerate()
            .map(|(i, item)| self.under(i.to_string(), item))
            .collect())
    }

    fn texts(&self) -> Reading<Vec<String>> {
        self.items()?
            .iter()
            .map(|item| item.text().map(str::to_owned))
            .collect()
    }

    fn text_map(&self) -> Reading<BTreeMap<String, String>> {
        let mut texts = BTreeMap::new();
        for member in self.members()? {
            let value = self.under(member.name(), &member.value);
            texts.insert(member.name().to_owned(), value.text()?.to_owned());
        }
        Ok(texts)
    }

    fn policy(&self, kind: PolicyKind) -> Reading<Policy> {
        let at = self.at();
        let policy = Policy::from_json(self.json, &at)?;
        check_type(&policy, kind, &at)?;
        Ok(policy)
    }
}

/// The `id` of a line that is no JSON as a whole: what stands as the value of the first `id` member of the
/// outermost object, if that much can be made out.
pub(crate) fn recover_id(line: &str) -> Option<Json<'_>> {
    let bytes = line.as_bytes();
    let mut depth = 0u32;
    let mut i = 0;
    // The key that was read last, at depth one, while its colon and value are awaited.
    let mut key: Option<&str> = None;
    while i < bytes.len() {
        match bytes[i] {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.checked_sub(1)?,
            b',' if depth == 1 => key = None,
            b'"' => {
                let end = string_end(bytes, i)?;
                if depth == 1 && key.is_none() {
                    key = Some(&line[i + 1..end - 1]);
                }
                i = end;
                continue;
            }
            b':' if depth == 1 && key == Some("id") => {
                let rest = line[i + 1..].trim_start();
                let end = match rest.as_bytes().first()? {
                    b'"' => string_end(rest.as_bytes(), 0)?,
                    b'{' | b'[' => return None,
                    _ => rest.find([',', '}', ']']).unwrap_or(rest.len()),
                };
                return keyaki_language::json::parse(&rest[..end]).ok();
            }
            _ => {}
        }
        i += 1;
    }
    None
}

/// The byte after the closing quote of the string that begins at `start`.
fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut i = start + 1;
    loop {
        match bytes.get(i)? {
            b'"' => return Some(i + 1),
            b'\\' => i += 2,
            _ => i += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_recovered_from_a_broken_line() {
        let id = |line: &str| recover_id(line).map(|json| json.to_string());
        assert_eq!(id(r#"{"id":7,"question":"#).as_deref(), Some("7"));
        assert_eq!(
            id(r#"{"a":{"id":1},"b":"id","id" : "x\"y", {{"#).as_deref(),
            Some(r#""x\"y""#)
        );
        assert_eq!(id(r#"{"a":["id",1]"#), None);
        assert_eq!(id("]"), None);
        assert_eq!(id(r#"{"id"#), None);
        assert_eq!(id(r#"{"id":}"#), None);
    }

    #[test]
    fn resource_types_have_three_parts() {
        assert!(is_resource_type("AWS::S3::Bucket"));
        assert!(!is_resource_type("AWS::S3"));
        assert!(!is_resource_type("bucket"));
    }
}
