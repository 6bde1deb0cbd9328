//! All policies of one request together (M1 to M7).
//!
//! Three questions in this order. Does a Deny apply anywhere? Do the outer limits let the call through: each SCP
//! level, the endpoint, the access point's VPC? Does somebody grant: the resource's side, the identity's side, or
//! both, as the accounts and the way the caller is named demand?

use super::facts::{caller_account, completed, owner};
use super::principal::{Naming, Reading};
use super::statement::{Document, Scene};
use super::truth::{Reason, Truth};
use super::{Applied, Decision, Evaluation, decide, kms, s3};
use crate::policies::{Facts, Policies};
use crate::policy::{AccountId, Effect, Policy};
use crate::request::{Caller, Request};

/// Judges a request under all its policies, and tells which statements applied.
pub(super) fn judge(request: &Request, policies: &Policies, facts: &Facts) -> Evaluation {
    let request = &completed(request, facts);
    // M4: needs no permission and cannot be denied.
    if request.action == "sts:getcalleridentity" {
        return Evaluation {
            decision: Decision::Allowed,
            applied: Vec::new(),
        };
    }
    let layers = Layers::new(request, policies, facts);
    let decision = decide(layers.denied(), &layers.limits().and(layers.granted()));
    Evaluation {
        decision,
        applied: layers.applied(),
    }
}

/// The documents that concern this caller, by role.
struct Layers<'a> {
    scene: Scene<'a>,
    facts: &'a Facts,
    owner: Option<AccountId>,
    identity: Vec<Document<'a>>,
    boundary: Option<Vec<Document<'a>>>,
    session: Option<Vec<Document<'a>>>,
    resource: Vec<Document<'a>>,
    access_point: Vec<Document<'a>>,
    scps: Vec<Vec<Document<'a>>>,
    rcps: Vec<Vec<Document<'a>>>,
    endpoint: Option<Vec<Document<'a>>>,
}

impl<'a> Layers<'a> {
    fn new(request: &'a Request, policies: &'a Policies, facts: &'a Facts) -> Self {
        let owner = owner(request);
        // S6: users, sessions, federated users; a canonical id stands for the identities of its account.
        let has_side = has_identity_side(&request.principal);
        let optional = |list: &'a Option<Vec<Policy>>, at: &str| {
            list.as_ref()
                .filter(|_| has_side)
                .map(|list| documents(list, Reading::Unnamed, at))
        };
        let levels = |levels: &'a [Vec<Policy>], concerned: bool, reading, at: &str| {
            let levels = levels.iter().enumerate().filter(|_| concerned);
            levels
                .map(|(i, level)| documents(level, reading, &format!("{at}/{i}")))
                .collect()
        };
        let single = |policy: Option<&'a Policy>, at: &str| -> Vec<Document<'a>> {
            let document = |policy| Document {
                policy,
                reading: Reading::Named,
                at: at.to_owned(),
            };
            policy.map(document).into_iter().collect()
        };
        Self {
            scene: Scene {
                request,
                has_boundary: has_side && policies.boundary.is_some(),
            },
            facts,
            owner,
            identity: match has_side {
                true => documents(&policies.identity, Reading::Unnamed, "/identity"),
                false => Vec::new(),
            },
            boundary: optional(&policies.boundary, "/boundary"),
            session: optional(&policies.session, "/session"),
            resource: single(policies.resource.as_ref(), "/resource"),
            access_point: single(
                facts
                    .access_point
                    .as_ref()
                    .and_then(|point| point.policy.as_ref()),
                "/accessPoint/policy",
            ),
            scps: levels(
                &policies.scps,
                scps_apply(request, facts),
                Reading::Unnamed,
                "/scps",
            ),
            rcps: levels(
                &policies.rcps,
                rcps_apply(request, facts, owner),
                Reading::Named,
                "/rcps",
            ),
            endpoint: policies
                .vpc_endpoint
                .as_ref()
                .map(|list| documents(list, Reading::Endpoint, "/vpcEndpoint")),
        }
    }

    fn request(&self) -> &'a Request {
        self.scene.request
    }

    /// Every document that takes part, in the order of the layers.
    fn documents(&self) -> impl Iterator<Item = &Document<'a>> {
        let optional = [&self.boundary, &self.session, &self.endpoint];
        self.identity
            .iter()
            .chain(optional.into_iter().flatten().flatten())
            .chain(&self.resource)
            .chain(&self.access_point)
            .chain(self.scps.iter().chain(&self.rcps).flatten())
    }

    /// M1: an explicit Deny anywhere.
    fn denied(&self) -> Truth {
        // M3a: a bucket policy cannot keep its owner's root user from the bucket policy.
        let exempt = matches!(self.request().principal, Caller::Root { .. })
            && self.is_own() == Some(true)
            && s3::is_bucket_policy_call(&self.request().action);
        let documents = self
            .documents()
            .filter(|d| !(exempt && d.at == "/resource"));
        Truth::any(documents.map(|d| self.scene.some(std::slice::from_ref(d), Effect::Deny)))
    }

    /// M2: every level allows, and so does the endpoint. M6: a call from the access point's VPC.
    ///
    /// RCPs only deny here: `RCPFullAWSAccess` is attached at each level and cannot be detached.
    fn limits(&self) -> Truth {
        let levels = self.scps.iter().chain(&self.endpoint);
        Truth::all(levels.map(|level| self.scene.some(level, Effect::Allow)))
            .and(Truth::from(s3::admits(self.request(), self.facts)))
    }

    /// Whether caller and resource are of one account, where that is known.
    fn is_own(&self) -> Option<bool> {
        match (caller_account(self.request()), self.owner) {
            (Some(caller), Some(owner)) => Some(caller == owner),
            // A canonical id without an account number is another account, and so is who has no account.
            (None, _) => Some(false),
            (Some(_), None) if !self.has_resource_side() => Some(true),
            (Some(_), None) => None,
        }
    }

    /// Whether anything stands on the resource's side.
    fn has_resource_side(&self) -> bool {
        !self.resource.is_empty()
            || self.facts.access_point.is_some()
            || !self.facts.acl_grants.is_empty()
            || kms::needs_resource_policy(self.request())
    }

    /// M3, M4, with both readings tried where the resource's account is not known.
    fn granted(&self) -> Truth {
        match self.is_own() {
            Some(is_own) => self.granted_if(is_own),
            None => match (self.granted_if(true), self.granted_if(false)) {
                (own, other) if own == other => own,
                _ => Truth::Unknown(Reason::new(
                    "resource-account",
                    "the resource's account is not known, and it matters",
                    "resourceAccount",
                )),
            },
        }
    }

    fn granted_if(&self, is_own: bool) -> Truth {
        // The bucket, or whatever the resource is: its policy and its ACL.
        let acl = s3::acl(self.request(), self.facts);
        let resource = self.policy_grants(&self.resource, is_own).or(acl);
        let granted = self.combine(resource, is_own);
        if self.facts.access_point.is_none() {
            return granted;
        }
        // M6: the access point is asked in the same way, and both must agree.
        let point = self.policy_grants(&self.access_point, is_own);
        granted.and(self.combine(point, is_own))
    }

    fn policy_grants(&self, documents: &[Document], is_own: bool) -> Naming {
        let grants = documents
            .iter()
            .map(|d| self.scene.grants(d))
            .fold(Naming::none(), Naming::or);
        s3::restricted(grants, self.request(), is_own, self.facts)
    }

    /// The resource's side and the identity's side (M3, M3a, M4, M5).
    fn combine(&self, resource: Naming, is_own: bool) -> Truth {
        let by_grant = kms::grants(&self.facts.kms_grants, self.request());
        let bound_to_resource = kms::needs_resource_policy(self.request());
        match &self.request().principal {
            // M4: no identity side.
            Caller::Anonymous | Caller::Service(_) | Caller::Federated(_) => {
                resource.or(by_grant).any()
            }
            // M3a, M4, M5: a root user's identity side allows everything.
            Caller::Root { .. } if is_own && !bound_to_resource => Truth::True,
            Caller::Root { .. } => resource.or(by_grant).any(),
            Caller::User { .. }
            | Caller::Session { .. }
            | Caller::FederatedUser { .. }
            | Caller::Canonical(_) => {
                let outer = self.boundary_and_session();
                let side = self
                    .scene
                    .some(&self.identity, Effect::Allow)
                    .and(outer.clone());
                let granted = if !is_own {
                    resource.any().and(side.clone())
                } else if bound_to_resource {
                    resource
                        .direct
                        .or(resource.indirect.and(outer))
                        .or(resource.delegated.and(side.clone()))
                } else {
                    resource
                        .direct
                        .or(resource.indirect.and(outer))
                        .or(side.clone())
                };
                granted.or(kms::by_grant(by_grant, side))
            }
        }
    }

    /// B ∧ S.
    fn boundary_and_session(&self) -> Truth {
        let allows = |documents: &Vec<Document>| self.scene.some(documents, Effect::Allow);
        let boundary = self.boundary.as_ref().map_or(Truth::True, allows);
        // M3a: without session policy a federated user has nothing, a role session everything.
        let federated = matches!(self.request().principal, Caller::FederatedUser { .. });
        let session = self
            .session
            .as_ref()
            .map_or(Truth::from(!federated), allows);
        boundary.and(session)
    }

    /// The statements that certainly applied, in the order of the layers.
    fn applied(&self) -> Vec<Applied> {
        let mut applied = Vec::new();
        for document in self.documents() {
            for (index, statement) in document.policy.statements.iter().enumerate() {
                if self.scene.applies(document, index).is_true() {
                    applied.push(Applied {
                        document: document.at.clone(),
                        index,
                        sid: statement.sid.as_ref().map(|sid| sid.value.clone()),
                        effect: statement.effect,
                    });
                }
            }
        }
        applied
    }
}

fn documents<'a>(policies: &'a [Policy], reading: Reading, at: &str) -> Vec<Document<'a>> {
    let document = |(i, policy)| Document {
        policy,
        reading,
        at: format!("{at}/{i}"),
    };
    policies.iter().enumerate().map(document).collect()
}

fn has_identity_side(caller: &Caller) -> bool {
    match caller {
        Caller::User { .. }
        | Caller::Session { .. }
        | Caller::FederatedUser { .. }
        | Caller::Canonical(_) => true,
        Caller::Root { .. } | Caller::Anonymous | Caller::Service(_) | Caller::Federated(_) => {
            false
        }
    }
}

/// M2: whom SCPs concern.
fn scps_apply(request: &Request, facts: &Facts) -> bool {
    let account = caller_account(request);
    let is_identity =
        has_identity_side(&request.principal) || matches!(request.principal, Caller::Root { .. });
    is_identity
        && !is_service_linked(request, facts)
        && account.is_none_or(|account| is_member(account, facts))
}

/// M2: which resources RCPs concern.
fn rcps_apply(request: &Request, facts: &Facts, owner: Option<AccountId>) -> bool {
    let service = request.action.split(':').next().unwrap_or_default();
    RCP_SERVICES.contains(&service)
        && request.action != "kms:retiregrant"
        && !facts.rcp_exempt
        && !is_service_linked(request, facts)
        && owner.is_none_or(|owner| is_member(owner, facts))
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

/// A service-linked role, as facts say or as its path tells: no other role can stand under it.
fn is_service_linked(request: &Request, facts: &Facts) -> bool {
    facts.service_linked_role
        || matches!(&request.principal, Caller::Session { path, .. } if path.starts_with("/aws-service-role/"))
}
