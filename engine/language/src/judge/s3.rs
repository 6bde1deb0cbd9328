//! What S3 has of its own (M6): ACLs, Block Public Access, access points.

use super::matching::{Held, held};
use super::principal::Naming;
use super::truth::{Reason, Truth};
use crate::policies::{AclGrantee, AclPermission, Facts};
use crate::request::{Caller, Request};

/// What Block Public Access leaves of what a policy grants.
///
/// `RestrictPublicBuckets` on a public policy lets in service principals and the owner's account alone.
pub(super) fn restricted(grants: Naming, request: &Request, is_own: bool, facts: &Facts) -> Naming {
    if !facts.block_public_access.restrict_public_buckets
        || is_own
        || matches!(request.principal, Caller::Service(_))
    {
        return grants;
    }
    match facts.public_policy {
        Some(false) => grants,
        Some(true) => Naming::none(),
        None => grants.and(&Truth::Unknown(Reason::new(
            "public-policy",
            "whether the policy is public is not known, and `RestrictPublicBuckets` is set",
            "publicPolicy",
        ))),
    }
}

/// How the ACL names the caller for this action.
pub(super) fn acl(request: &Request, facts: &Facts) -> Naming {
    // Object Ownership `bucket owner enforced` disables ACLs.
    if facts.bucket_owner_enforced {
        return Naming::none();
    }
    let ignored = facts.block_public_access.ignore_public_acls;
    let grants = facts.acl_grants.iter();
    grants
        .filter(|grant| covers(grant.permission, &request.action))
        .map(|grant| match (&grant.grantee, &request.principal) {
            (AclGrantee::AllUsers, _) => Naming::direct(Truth::from(!ignored)),
            (AclGrantee::AuthenticatedUsers, caller) => {
                let signed = caller.account().is_some() || matches!(caller, Caller::Canonical(_));
                Naming::direct(Truth::from(signed && !ignored))
            }
            (AclGrantee::Canonical(id), Caller::Canonical(own)) => {
                Naming::delegated(Truth::from(id == own))
            }
            (AclGrantee::LogDelivery, Caller::Service(name)) => {
                Naming::direct(Truth::from(name == "logging.s3.amazonaws.com"))
            }
            (AclGrantee::Canonical(_) | AclGrantee::LogDelivery, _) => Naming::none(),
        })
        .fold(Naming::none(), Naming::or)
}

/// The actions of an ACL permission: those on a bucket and those on an object (S3 User Guide, Access control
/// list overview, Mapping of ACL permissions and access policy permissions).
fn covers(permission: AclPermission, action: &str) -> bool {
    let actions: &[&str] = match permission {
        AclPermission::Read => &[
            "s3:listbucket",
            "s3:listbucketversions",
            "s3:listbucketmultipartuploads",
            "s3:getobject",
            "s3:getobjectversion",
        ],
        AclPermission::Write => &["s3:putobject"],
        AclPermission::ReadAcp => &[
            "s3:getbucketacl",
            "s3:getobjectacl",
            "s3:getobjectversionacl",
        ],
        AclPermission::WriteAcp => &[
            "s3:putbucketacl",
            "s3:putobjectacl",
            "s3:putobjectversionacl",
        ],
        AclPermission::FullControl => {
            use AclPermission::{Read, ReadAcp, Write, WriteAcp};
            return [Read, Write, ReadAcp, WriteAcp]
                .into_iter()
                .any(|each| covers(each, action));
        }
    };
    actions.contains(&action)
}

/// Whether an access point of VPC origin admits the call: from its VPC alone.
pub(super) fn admits(request: &Request, facts: &Facts) -> bool {
    let vpc = facts
        .access_point
        .as_ref()
        .and_then(|point| point.vpc.as_deref());
    vpc.is_none_or(
        |vpc| matches!(held(&request.context, "aws:sourcevpc"), Held::One(from) if from == vpc),
    )
}

/// The calls that a bucket owner's root user can always make, whatever the bucket policy says (M3a).
pub(super) fn is_bucket_policy_call(action: &str) -> bool {
    matches!(
        action,
        "s3:getbucketpolicy" | "s3:putbucketpolicy" | "s3:deletebucketpolicy"
    )
}
