//! What KMS keys and role trust have of their own (M5): no identity policy opens them alone, and keys have grants.

use super::matching::{Case, Context, Held, held, pattern_matches};
use super::principal::{Naming, Reading, entry_names};
use super::truth::Truth;
use crate::policies::KmsGrant;
use crate::policy::PrincipalEntry;
use crate::reader::{Identity, IdentityArn};
use crate::request::Request;
use std::collections::BTreeMap;

/// Whether the resource's own policy must take part, also within one account (M5).
pub(super) fn needs_resource_policy(request: &Request) -> bool {
    is_on_key(request) || is_role_trust(request)
}

/// An action on a KMS key.
pub(super) fn is_on_key(request: &Request) -> bool {
    let parts: Vec<&str> = request.resource.splitn(6, ':').collect();
    request.action.starts_with("kms:")
        && parts.get(2) == Some(&"kms")
        && parts.get(5).is_some_and(|last| last.starts_with("key/"))
}

/// A call that a role's trust policy decides: the role is assumed, or its session is shaped.
fn is_role_trust(request: &Request) -> bool {
    let parts: Vec<&str> = request.resource.splitn(6, ':').collect();
    let shapes = ["sts:tagsession", "sts:setsourceidentity", "sts:setcontext"];
    (request.action.starts_with("sts:assumerole") || shapes.contains(&request.action.as_str()))
        && parts.get(2) == Some(&"iam")
        && parts.get(5).is_some_and(|last| last.starts_with("role/"))
}

/// How the grants on the key name the caller for this operation.
pub(super) fn grants(grants: &[KmsGrant], request: &Request) -> Naming {
    if !is_on_key(request) {
        return Naming::none();
    }
    grants
        .iter()
        .filter(|grant| covers(grant, request))
        .filter_map(|grant| grantee(&grant.grantee))
        .map(|entry| entry_names(&entry, Reading::Named, request, "/facts/kmsGrants"))
        .fold(Naming::none(), Naming::or)
}

/// Operation and constraints of a grant.
fn covers(grant: &KmsGrant, request: &Request) -> bool {
    let Some(operation) = request.action.strip_prefix("kms:") else {
        return false;
    };
    grant
        .operations
        .iter()
        .any(|name| name.eq_ignore_ascii_case(operation))
        && (!takes_encryption_context(operation)
            || meets_encryption_context(grant, &request.context))
        && grant
            .source_arn
            .as_deref()
            .is_none_or(|pattern| meets_source_arn(pattern, &request.context))
}

/// The operations with an encryption context; a constraint on it leaves the others alone.
fn takes_encryption_context(operation: &str) -> bool {
    matches!(
        operation,
        "encrypt" | "decrypt" | "reencryptfrom" | "reencryptto"
    ) || operation.starts_with("generatedatakey")
}

/// Keys of a grant's constraint are compared without regard to case, values exactly.
fn meets_encryption_context(grant: &KmsGrant, context: &Context) -> bool {
    let prefix = "kms:encryptioncontext:";
    let given: BTreeMap<&str, &str> = context
        .keys()
        .filter_map(|key| match held(context, key) {
            Held::One(value) => Some((key.strip_prefix(prefix)?, value)),
            Held::Absent | Held::Many(_) => None,
        })
        .collect();
    let folded = |wanted: &BTreeMap<String, String>| -> BTreeMap<String, String> {
        wanted
            .iter()
            .map(|(key, value)| (key.to_ascii_lowercase(), value.clone()))
            .collect()
    };
    let includes = |wanted: &BTreeMap<String, String>| {
        folded(wanted)
            .iter()
            .all(|(key, value)| given.get(key.as_str()) == Some(&value.as_str()))
    };
    grant
        .encryption_context_subset
        .as_ref()
        .is_none_or(includes)
        && grant
            .encryption_context_equals
            .as_ref()
            .is_none_or(|wanted| includes(wanted) && folded(wanted).len() == given.len())
}

fn meets_source_arn(pattern: &str, context: &Context) -> bool {
    let Held::One(source) = held(context, "aws:sourcearn") else {
        return false;
    };
    pattern_matches(pattern, source, Case::Exact)
}

/// The grantee, an identity or a service, as a principal entry.
fn grantee(text: &str) -> Option<PrincipalEntry> {
    let Some(arn) = IdentityArn::parse(text) else {
        return (!text.starts_with("arn:")).then(|| PrincipalEntry::Service(text.to_owned()));
    };
    let (partition, account) = (arn.partition.to_owned(), arn.account);
    Some(match arn.identity {
        Identity::Root => PrincipalEntry::Account {
            partition: Some(partition),
            account,
        },
        Identity::User { path, name } => PrincipalEntry::User {
            partition,
            account,
            path: path.to_owned(),
            name: name.to_owned(),
        },
        Identity::Role { path, name } => PrincipalEntry::Role {
            partition,
            account,
            path: path.to_owned(),
            name: name.to_owned(),
        },
        Identity::Session { role, session } => PrincipalEntry::Session {
            partition,
            account,
            role: role.to_owned(),
            session: session.to_owned(),
        },
        Identity::FederatedUser { name } => PrincipalEntry::FederatedUser {
            partition,
            account,
            name: name.to_owned(),
        },
    })
}

/// Whether a grant lets the caller in: itself, or through its account with the identity side.
pub(super) fn by_grant(naming: Naming, side: Truth) -> Truth {
    naming
        .direct
        .or(naming.indirect)
        .or(naming.delegated.and(side))
}
