//! All policies of one request together (M1 to M7), as the judge's `layers` puts them.

use super::document::Document;
use super::principal::{Naming, Reading, Who};
use super::request::{Prepared, has_identity_side};
use super::trit::Trit;
use super::{DocumentId, Evaluator, Layers};
use keyaki_language::Request;
use keyaki_language::policies::Facts;
use keyaki_language::policy::AccountId;
use keyaki_language::request::{Caller, ContextValue};

/// What the compiled layers say.
pub(super) enum Outcome {
    Allowed,
    ImplicitlyDenied,
    ExplicitlyDenied,
    /// A doubt, or a layer that is not compiled: the judge is asked.
    Open,
}

/// One question: a prepared request under its layers.
pub(super) struct Case<'a> {
    evaluator: &'a Evaluator,
    layers: &'a Layers<'a>,
    prepared: &'a Prepared<'a>,
    who: Who<'a>,
    has_side: bool,
    scps_apply: bool,
    rcps_apply: bool,
}

impl<'a> Case<'a> {
    pub(super) fn new(
        evaluator: &'a Evaluator,
        prepared: &'a Prepared<'a>,
        layers: &'a Layers<'a>,
    ) -> Self {
        let has_side = has_identity_side(&prepared.request.principal);
        Self {
            evaluator,
            layers,
            prepared,
            who: Who {
                prepared,
                has_boundary: has_side && layers.caller.boundary.is_some(),
            },
            has_side,
            scps_apply: !layers.caller.scps.is_empty() && scps_apply(prepared, has_side),
            rcps_apply: !layers.resource.rcps.is_empty() && rcps_apply(prepared),
        }
    }

    /// The decision (S1, S2), in the order that settles most requests first.
    pub(super) fn decide(&self) -> Outcome {
        // M4: needs no permission and cannot be denied.
        if self.prepared.request.action == "sts:getcalleridentity" {
            return Outcome::Allowed;
        }
        let denied = self.denied();
        if denied == Trit::True {
            return Outcome::ExplicitlyDenied;
        }
        let limits = self.limits();
        if limits == Trit::False {
            return Outcome::ImplicitlyDenied;
        }
        if self.needs_the_judge() {
            return Outcome::Open;
        }
        match (denied, limits.and(self.granted())) {
            (_, Trit::False) => Outcome::ImplicitlyDenied,
            (Trit::False, Trit::True) => Outcome::Allowed,
            _ => Outcome::Open,
        }
    }

    /// ACLs, which new buckets no longer have, and grants of a KMS key are not compiled.
    fn needs_the_judge(&self) -> bool {
        let facts = self.prepared.facts;
        let has_acl = !facts.acl_grants.is_empty()
            && !facts.bucket_owner_enforced
            && self.prepared.service() == "s3";
        has_acl || (!facts.kms_grants.is_empty() && self.is_on_key())
    }

    fn document(&self, id: DocumentId) -> &'a Document {
        self.evaluator.document(id)
    }

    fn denies(&self, documents: &[DocumentId], reading: Reading) -> Trit {
        let documents = documents.iter().map(|id| self.document(*id));
        Trit::any(documents.map(|d| d.denies(&self.who, reading)))
    }

    fn allows(&self, documents: &[DocumentId], reading: Reading) -> Trit {
        let documents = documents.iter().map(|id| self.document(*id));
        Trit::any(documents.map(|d| d.allows(&self.who, reading)))
    }

    /// M1: an explicit Deny anywhere.
    fn denied(&self) -> Trit {
        let Layers {
            caller,
            resource,
            endpoint,
        } = self.layers;
        let mut denied = Trit::False;
        let mut ask = |documents: &[DocumentId], reading| {
            if denied != Trit::True {
                denied = denied.or(self.denies(documents, reading));
            }
        };
        if self.scps_apply {
            caller
                .scps
                .iter()
                .for_each(|level| ask(level, Reading::Unnamed));
        }
        if self.rcps_apply {
            resource
                .rcps
                .iter()
                .for_each(|level| ask(level, Reading::Named));
        }
        // M3a: a bucket policy cannot keep its owner's root user from the bucket policy.
        let exempt = matches!(self.prepared.request.principal, Caller::Root { .. })
            && self.is_own() == Some(true)
            && is_bucket_policy_call(&self.prepared.request.action);
        if !exempt {
            ask(resource.policy.as_slice(), Reading::Named);
        }
        ask(self.prepared.access_point.as_slice(), Reading::Named);
        ask(endpoint.unwrap_or_default(), Reading::Endpoint);
        if self.has_side {
            ask(&caller.identity, Reading::Unnamed);
            ask(
                caller.boundary.as_deref().unwrap_or_default(),
                Reading::Unnamed,
            );
            ask(
                caller.session.as_deref().unwrap_or_default(),
                Reading::Unnamed,
            );
        }
        denied
    }

    /// M2: every SCP level allows, and so does the endpoint. M6: a call from the access point's VPC.
    fn limits(&self) -> Trit {
        let scps = self.layers.caller.scps.iter().filter(|_| self.scps_apply);
        let endpoint = self.layers.endpoint.iter();
        Trit::all(scps.map(|level| self.allows(level, Reading::Unnamed)))
            .and(Trit::all(
                endpoint.map(|list| self.allows(list, Reading::Endpoint)),
            ))
            .and(self.admits().into())
    }

    /// Whether an access point of VPC origin admits the call: from its VPC alone.
    fn admits(&self) -> bool {
        let point = self.prepared.facts.access_point.as_ref();
        let vpc = point.and_then(|point| point.vpc.as_deref());
        vpc.is_none_or(|vpc| {
            let given = self.prepared.request.context.get("aws:sourcevpc");
            matches!(given, Some(ContextValue::One(from)) if from == vpc)
        })
    }

    /// Whether caller and resource are of one account, where that is known.
    fn is_own(&self) -> Option<bool> {
        match (self.prepared.account, self.prepared.owner) {
            (Some(caller), Some(owner)) => Some(caller == owner),
            (None, _) => Some(false),
            (Some(_), None) if !self.has_resource_side() => Some(true),
            (Some(_), None) => None,
        }
    }

    fn has_resource_side(&self) -> bool {
        self.layers.resource.policy.is_some()
            || self.prepared.facts.access_point.is_some()
            || !self.prepared.facts.acl_grants.is_empty()
            || self.needs_resource_policy()
    }

    /// M3, M4, with both readings tried where the resource's account is not known.
    fn granted(&self) -> Trit {
        match self.is_own() {
            Some(is_own) => self.granted_if(is_own),
            None => match (self.granted_if(true), self.granted_if(false)) {
                (own, other) if own == other => own,
                _ => Trit::Unknown,
            },
        }
    }

    fn granted_if(&self, is_own: bool) -> Trit {
        let granted = self.combine(
            self.policy_grants(self.layers.resource.policy, is_own),
            is_own,
        );
        if granted == Trit::False || self.prepared.facts.access_point.is_none() {
            return granted;
        }
        // M6: the access point is asked in the same way, and both must agree.
        let point = self.policy_grants(self.prepared.access_point, is_own);
        granted.and(self.combine(point, is_own))
    }

    /// What a resource's policy grants, and what Block Public Access leaves of it.
    fn policy_grants(&self, document: Option<DocumentId>, is_own: bool) -> Naming {
        let grants = document.map_or(Naming::NOBODY, |id| self.document(id).grants(&self.who));
        let facts = self.prepared.facts;
        if !facts.block_public_access.restrict_public_buckets
            || is_own
            || matches!(self.prepared.request.principal, Caller::Service(_))
        {
            return grants;
        }
        match facts.public_policy {
            Some(false) => grants,
            Some(true) => Naming::NOBODY,
            None => grants.and(Trit::Unknown),
        }
    }

    /// The resource's side and the identity's side (M3, M3a, M4, M5).
    fn combine(&self, resource: Naming, is_own: bool) -> Trit {
        match &self.prepared.request.principal {
            // M4: no identity side.
            Caller::Anonymous | Caller::Service(_) | Caller::Federated(_) => resource.any(),
            // M3a, M4, M5: a root user's identity side allows everything.
            Caller::Root { .. } if is_own && !self.needs_resource_policy() => Trit::True,
            Caller::Root { .. } => resource.any(),
            Caller::User { .. }
            | Caller::Session { .. }
            | Caller::FederatedUser { .. }
            | Caller::Canonical(_) => {
                if is_own && resource.direct == Trit::True {
                    return Trit::True;
                }
                if !is_own && resource == Naming::NOBODY {
                    return Trit::False;
                }
                let outer = self.boundary_and_session();
                let side = match outer {
                    Trit::False => Trit::False,
                    _ => outer.and(self.allows(&self.layers.caller.identity, Reading::Unnamed)),
                };
                if !is_own {
                    resource.any().and(side)
                } else if self.needs_resource_policy() {
                    resource
                        .direct
                        .or(resource.indirect.and(outer))
                        .or(resource.delegated.and(side))
                } else {
                    resource.direct.or(resource.indirect.and(outer)).or(side)
                }
            }
        }
    }

    /// B ∧ S.
    fn boundary_and_session(&self) -> Trit {
        let caller = self.layers.caller;
        let allows = |list: &Vec<DocumentId>| self.allows(list, Reading::Unnamed);
        let boundary = caller.boundary.as_ref().map_or(Trit::True, allows);
        // M3a: without session policy a federated user has nothing, a role session everything.
        let federated = matches!(
            self.prepared.request.principal,
            Caller::FederatedUser { .. }
        );
        let session = caller
            .session
            .as_ref()
            .map_or(Trit::from(!federated), allows);
        boundary.and(session)
    }

    /// M5: the resource's own policy must take part, also within one account.
    fn needs_resource_policy(&self) -> bool {
        self.is_on_key() || self.is_role_trust()
    }

    /// An action on a KMS key.
    fn is_on_key(&self) -> bool {
        self.prepared.request.action.starts_with("kms:") && self.is_of("kms", "key/")
    }

    /// A call that a role's trust policy decides.
    fn is_role_trust(&self) -> bool {
        let Some(call) = self.prepared.request.action.strip_prefix("sts:") else {
            return false;
        };
        let shapes = ["tagsession", "setsourceidentity", "setcontext"];
        (call.starts_with("assumerole") || shapes.contains(&call)) && self.is_of("iam", "role/")
    }

    fn is_of(&self, service: &str, beginning: &str) -> bool {
        let parts = self.prepared.arn.as_ref();
        parts.is_some_and(|parts| parts[2] == service && parts[5].starts_with(beginning))
    }
}

/// The caller's account, where it is known.
pub(super) fn caller_account(request: &Request) -> Option<AccountId> {
    match request.principal {
        Caller::Canonical(_) => request.principal_account,
        _ => request.principal.account(),
    }
}

fn is_bucket_policy_call(action: &str) -> bool {
    matches!(
        action,
        "s3:getbucketpolicy" | "s3:putbucketpolicy" | "s3:deletebucketpolicy"
    )
}

/// M2: whom SCPs concern.
fn scps_apply(prepared: &Prepared<'_>, has_side: bool) -> bool {
    let is_root = matches!(prepared.request.principal, Caller::Root { .. });
    (has_side || is_root)
        && !is_service_linked(prepared)
        && prepared
            .account
            .is_none_or(|account| is_member(account, prepared.facts))
}

/// M2: which resources RCPs concern.
fn rcps_apply(prepared: &Prepared<'_>) -> bool {
    RCP_SERVICES.contains(&prepared.service())
        && prepared.request.action != "kms:retiregrant"
        && !prepared.facts.rcp_exempt
        && !is_service_linked(prepared)
        && prepared
            .owner
            .is_none_or(|owner| is_member(owner, prepared.facts))
}

/// The services that take part in RCPs (Organizations User Guide, Resource control policies, list of services).
const RCP_SERVICES: [&str; 11] = [
    "aoss",
    "cognito-identity",
    "cognito-idp",
    "dynamodb",
    "ecr",
    "kms",
    "logs",
    "s3",
    "secretsmanager",
    "sqs",
    "sts",
];

/// Not the management account, and not known to be outside every organization.
fn is_member(account: AccountId, facts: &Facts) -> bool {
    facts.management_account != Some(account) && facts.organizations.get(&account) != Some(&None)
}

fn is_service_linked(prepared: &Prepared<'_>) -> bool {
    prepared.facts.service_linked_role
        || matches!(&prepared.request.principal, Caller::Session { path, .. } if path.starts_with("/aws-service-role/"))
}
