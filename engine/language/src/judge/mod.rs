//! The judge: what policies say of one concrete request.
//!
//! It is the plain reading of `SEMANTICS.md`, written to be read. It matches texts, not sets of texts, searches
//! for nothing and shares nothing with the engine that answers for all requests at once, so each can be held
//! against the other. Rule numbers stand beside the lines that follow them.
//!
//! | file | rules |
//! |---|---|
//! | `truth` | three truth values (S2) |
//! | `matching` | globs and ARN parts, variables filled in (S18, S40 to S44) |
//! | `condition` | operators, many-valued and absent keys (S20 to S39) |
//! | `principal` | who is named, and how (S11 to S16, M7) |
//! | `statement` | one statement (S1, S17 to S19) |
//! | `facts` | keys that facts settle (R3, R5) |
//! | `layers` | all policies together (M1 to M4) |
//! | `kms`, `s3` | services with rules of their own (M5, M6) |
//!
//! ```
//! use keyaki_language::judge::{Decision, allows};
//! use keyaki_language::policies::PolicyType;
//! use keyaki_language::{Facts, Policy, Request, json};
//!
//! let policy = Policy::read(
//!     r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::b/*"}}"#,
//! )?;
//! let mut request = Request::from_json(
//!     &json::parse(r#"{"principal":"arn:aws:iam::111122223333:user/Ann","action":"s3:GetObject","resource":"arn:aws:s3:::b/k"}"#)?,
//!     "",
//! )?;
//! request.complete()?;
//! assert_eq!(allows(&policy, PolicyType::Identity, &request, &Facts::default()), Decision::Allowed);
//! # Ok::<(), keyaki_language::DocumentError>(())
//! ```

mod condition;
mod facts;
mod kms;
mod layers;
mod matching;
mod principal;
mod s3;
mod statement;
mod truth;

pub use truth::{Reason, Truth};

use crate::DocumentError;
use crate::policies::{Facts, Policies, PolicyType};
use crate::policy::{Effect, Listing, Policy, ResourceForm};
use crate::request::{Caller, Request};
use principal::Reading;
use statement::{Document, Scene};

/// What policies decide of a request (S1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// An Allow applies and no Deny does.
    Allowed,
    /// Nothing applies.
    ImplicitlyDenied,
    /// A Deny applies.
    ExplicitlyDenied,
    /// Access depends on something that has no meaning or is not known (S2).
    Undecided(Reason),
}

/// A decision, and what led to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// The decision.
    pub decision: Decision,
    /// The statements that applied, of the policies that concern this caller, in the order of the layers.
    pub applied: Vec<Applied>,
}

/// A statement that applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// JSON pointer of its document among the policies, such as `/identity/0` or `/resource`.
    pub document: String,
    /// Its index in the document.
    pub index: usize,
    /// Its `Sid`, if any.
    pub sid: Option<String>,
    /// Whether it lets in or shuts out.
    pub effect: Effect,
}

/// Judges a request under all policies that bear on it (part 3 of `SEMANTICS.md`).
///
/// The request must be complete ([`Request::complete`]).
pub fn evaluate(request: &Request, policies: &Policies, facts: &Facts) -> Decision {
    evaluate_explained(request, policies, facts).decision
}

/// As [`evaluate`], with the statements that applied.
pub fn evaluate_explained(request: &Request, policies: &Policies, facts: &Facts) -> Evaluation {
    layers::judge(request, policies, facts)
}

/// Judges a request under one document alone (S1).
///
/// Naming an account counts as naming its identities, whatever their own policies say (S13). Callers whom
/// policies of this type do not concern (S6) are implicitly denied.
pub fn allows(
    policy: &Policy,
    policy_type: PolicyType,
    request: &Request,
    facts: &Facts,
) -> Decision {
    if !concerns(policy_type, &request.principal) {
        return Decision::ImplicitlyDenied;
    }
    let request = facts::completed(request, facts);
    let scene = Scene {
        request: &request,
        has_boundary: false,
    };
    let document = [alone(policy, policy_type)];
    decide(
        scene.some(&document, Effect::Deny),
        &scene.some(&document, Effect::Allow),
    )
}

/// Whether one statement applies to a request, as [`allows`] reads it.
///
/// False for an index beyond the last statement.
pub fn statement_applies(
    policy: &Policy,
    index: usize,
    policy_type: PolicyType,
    request: &Request,
    facts: &Facts,
) -> Truth {
    if !concerns(policy_type, &request.principal) {
        return Truth::False;
    }
    let request = facts::completed(request, facts);
    let scene = Scene {
        request: &request,
        has_boundary: false,
    };
    scene.applies(&alone(policy, policy_type), index)
}

fn alone(policy: &Policy, policy_type: PolicyType) -> Document<'_> {
    let reading = match policy_type {
        PolicyType::Identity | PolicyType::ServiceControl => Reading::Unnamed,
        PolicyType::Resource | PolicyType::ResourceControl => Reading::Named,
    };
    Document {
        policy,
        reading,
        at: String::new(),
    }
}

/// Which callers policies of a type concern (S6).
fn concerns(policy_type: PolicyType, caller: &Caller) -> bool {
    match policy_type {
        PolicyType::Identity => {
            matches!(
                caller,
                Caller::User { .. } | Caller::Session { .. } | Caller::FederatedUser { .. }
            )
        }
        PolicyType::ServiceControl => caller.account().is_some(),
        PolicyType::Resource | PolicyType::ResourceControl => true,
    }
}

/// S1, S2: a doubt counts only where access depends on it.
fn decide(denied: Truth, allowed: &Truth) -> Decision {
    match (denied, allowed) {
        (Truth::True, _) => Decision::ExplicitlyDenied,
        (_, Truth::False) => Decision::ImplicitlyDenied,
        (Truth::False, Truth::True) => Decision::Allowed,
        (Truth::Unknown(reason), _) => Decision::Undecided(reason),
        (Truth::False, Truth::Unknown(reason)) => Decision::Undecided(reason.clone()),
    }
}

/// Checks what a document may hold as a policy of its type (S6, S16, S18).
///
/// # Errors
///
/// `principal-not-allowed`: `Principal` or `NotPrincipal` in an identity policy or SCP. `not-principal`:
/// `NotPrincipal` in an RCP. `short-resource`: in an SCP or RCP, a resource with fewer than six parts and no final
/// `*`.
pub fn check_policy(policy: &Policy, policy_type: PolicyType) -> Result<(), DocumentError> {
    for (index, statement) in policy.statements.iter().enumerate() {
        let at = |element: &str| format!("/Statement/{index}/{element}");
        if let Some(clause) = &statement.principal {
            let element = match clause.listing {
                Listing::Listed => "Principal",
                Listing::NotListed => "NotPrincipal",
            };
            match (policy_type, clause.listing) {
                (PolicyType::Identity | PolicyType::ServiceControl, _) => {
                    let kind = match policy_type {
                        PolicyType::ServiceControl => "a service control policy",
                        _ => "an identity policy",
                    };
                    let message = format!("{kind} has no `{element}`");
                    let hint = "remove it: the policy concerns whoever it is attached to";
                    return Err(DocumentError::new(
                        "principal-not-allowed",
                        message,
                        at(element),
                        clause.span,
                    )
                    .with_hint(hint));
                }
                (PolicyType::ResourceControl, Listing::NotListed) => {
                    let message = "a resource control policy has no `NotPrincipal`";
                    let hint = "write `\"Principal\": \"*\"` and a condition";
                    return Err(DocumentError::new(
                        "not-principal",
                        message,
                        at(element),
                        clause.span,
                    )
                    .with_hint(hint));
                }
                (PolicyType::ResourceControl, Listing::Listed) | (PolicyType::Resource, _) => {}
            }
        }
        let is_control = matches!(
            policy_type,
            PolicyType::ServiceControl | PolicyType::ResourceControl
        );
        let short = statement.resource.iter().flat_map(|clause| {
            clause
                .patterns
                .iter()
                .find(|p| p.value.form == ResourceForm::Short)
                .map(|p| (clause.listing, p))
        });
        if let Some((listing, pattern)) = short.into_iter().next().filter(|_| is_control) {
            let element = match listing {
                Listing::Listed => "Resource",
                Listing::NotListed => "NotResource",
            };
            let message = pattern.value.why_short();
            return Err(
                DocumentError::new("short-resource", message, at(element), pattern.span)
                    .with_hint("write all six parts, or end it in `*`"),
            );
        }
    }
    Ok(())
}
