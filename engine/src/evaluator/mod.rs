//! A compiled evaluator: many requests against the same policies.
//!
//! The judge of `keyaki-language` reads a policy anew for every request, which is what a reference should do. Here
//! each document is compiled once: patterns are cut into runs of letters, numbers, dates and addresses are read,
//! condition keys are numbered. Each request is prepared once, and may then be asked about under any layers. Tests are
//! ordered by what they cost, and none is made once the answer is known.
//!
//! Every decision is the judge's, doubts with their reasons included. Inside, a doubt is a third truth value without a
//! reason; where it would reach the answer, or where an S3 ACL or a KMS grant may take part, the judge is asked, and
//! the request costs what it costs there.
//!
//! ```
//! use keyaki_engine::evaluator::{CallerSide, Evaluator, Layers, ResourceSide};
//! use keyaki_language::judge::Decision;
//! use keyaki_language::{Facts, Policy, Request, json};
//!
//! let mut evaluator = Evaluator::new();
//! let read = evaluator.add(Policy::read(
//!     r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::b/${aws:username}/*"}}"#,
//! )?);
//! let facts = evaluator.add_facts(Facts::default());
//! let ann = CallerSide { identity: vec![read], ..CallerSide::default() };
//! let bucket = ResourceSide::default();
//!
//! let mut request = Request::from_json(
//!     &json::parse(r#"{"principal":"arn:aws:iam::111122223333:user/Ann","action":"s3:GetObject","resource":"arn:aws:s3:::b/Ann/k"}"#)?,
//!     "",
//! )?;
//! request.complete()?;
//! let prepared = evaluator.prepare(&request, facts);
//! let layers = Layers { caller: &ann, resource: &bucket, endpoint: None };
//! assert_eq!(evaluator.evaluate(&prepared, &layers), Decision::Allowed);
//! # Ok::<(), keyaki_language::DocumentError>(())
//! ```
//!
//! Cost: a statement whose action does not match costs one comparison a pattern; one that matches, a comparison a
//! resource pattern and a look-up a condition. Memory is linear in the documents, which are also kept as they are for
//! the judge.

mod condition;
mod document;
mod glob;
mod layers;
mod names;
mod principal;
mod request;
mod trit;

pub use request::Prepared;

use document::Document;
use keyaki_language::judge::{self, Decision};
use keyaki_language::{Facts, Policies, Policy, Request};
use layers::{Case, Outcome};
use request::Keys;

/// A document of an [`Evaluator`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentId(u32);

/// Facts of an [`Evaluator`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactsId(u32);

/// What stands on the caller's side. The fields mean what they mean in [`Policies`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallerSide {
    /// Identity policies.
    pub identity: Vec<DocumentId>,
    /// Permissions boundary, if there is one.
    pub boundary: Option<Vec<DocumentId>>,
    /// Session policies, if there are any.
    pub session: Option<Vec<DocumentId>>,
    /// Service control policies by level, root first.
    pub scps: Vec<Vec<DocumentId>>,
}

/// What stands on the resource's side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceSide {
    /// The resource's own policy.
    pub policy: Option<DocumentId>,
    /// Resource control policies by level, root first.
    pub rcps: Vec<Vec<DocumentId>>,
}

/// All policies that bear on one request.
#[derive(Clone, Copy, Debug)]
pub struct Layers<'a> {
    /// The caller's side.
    pub caller: &'a CallerSide,
    /// The resource's side.
    pub resource: &'a ResourceSide,
    /// Policies of the VPC endpoint, if the call goes through one.
    pub endpoint: Option<&'a [DocumentId]>,
}

/// Compiled documents and facts, shared by all requests.
///
/// Ids belong to the evaluator that gave them out.
#[derive(Debug)]
pub struct Evaluator {
    keys: Keys,
    documents: Vec<(Document, Policy)>,
    facts: Vec<(Facts, Option<DocumentId>)>,
}

impl Default for Evaluator {
    fn default() -> Self {
        Self::new()
    }
}

impl Evaluator {
    /// An evaluator without documents.
    pub fn new() -> Self {
        Self {
            keys: Keys::new(),
            documents: Vec::new(),
            facts: Vec::new(),
        }
    }

    /// Compiles a document, of whatever type: the layer in which it is used says how its principals are read.
    pub fn add(&mut self, policy: Policy) -> DocumentId {
        let document = Document::new(&policy, &mut self.keys);
        self.documents.push((document, policy));
        DocumentId(number(self.documents.len() - 1))
    }

    /// Keeps facts, and compiles the policy of their access point.
    pub fn add_facts(&mut self, facts: Facts) -> FactsId {
        let point = facts.access_point.as_ref();
        let policy = point.and_then(|point| point.policy.clone());
        let policy = policy.map(|policy| self.add(policy));
        self.facts.push((facts, policy));
        FactsId(number(self.facts.len() - 1))
    }

    /// Compiles all policies of one request: both sides, and the endpoint's documents.
    pub fn add_all(
        &mut self,
        policies: &Policies,
    ) -> (CallerSide, ResourceSide, Option<Vec<DocumentId>>) {
        let mut list = |policies: &[Policy]| -> Vec<DocumentId> {
            policies.iter().map(|p| self.add(p.clone())).collect()
        };
        let caller = CallerSide {
            identity: list(&policies.identity),
            boundary: policies.boundary.as_deref().map(&mut list),
            session: policies.session.as_deref().map(&mut list),
            scps: policies.scps.iter().map(|level| list(level)).collect(),
        };
        let resource = ResourceSide {
            policy: list(policies.resource.as_slice()).pop(),
            rcps: policies.rcps.iter().map(|level| list(level)).collect(),
        };
        let endpoint = policies.vpc_endpoint.as_deref().map(&mut list);
        (caller, resource, endpoint)
    }

    /// Cuts a request and looks its keys up.
    ///
    /// The request must be complete ([`Request::complete`]). What is prepared sees the documents of this moment:
    /// documents that are added later need another preparation, and the borrow says so.
    ///
    /// # Panics
    ///
    /// If the facts are another evaluator's.
    pub fn prepare<'r>(&'r self, request: &'r Request, facts: FactsId) -> Prepared<'r> {
        let (facts, access_point) = self
            .facts
            .get(facts.0 as usize)
            .expect("facts are of this evaluator");
        Prepared::new(request, facts, *access_point, &self.keys)
    }

    /// Decides a request under its layers, as [`judge::evaluate`] does.
    ///
    /// # Panics
    ///
    /// If a document is another evaluator's.
    pub fn evaluate(&self, prepared: &Prepared<'_>, layers: &Layers<'_>) -> Decision {
        match Case::new(self, prepared, layers).decide() {
            Outcome::Allowed => Decision::Allowed,
            Outcome::ImplicitlyDenied => Decision::ImplicitlyDenied,
            Outcome::ExplicitlyDenied => Decision::ExplicitlyDenied,
            Outcome::Open => {
                judge::evaluate(prepared.request, &self.policies(layers), prepared.facts)
            }
        }
    }

    fn document(&self, id: DocumentId) -> &Document {
        let (document, _) = self.entry(id);
        document
    }

    fn entry(&self, id: DocumentId) -> &(Document, Policy) {
        let entry = self.documents.get(id.0 as usize);
        entry.expect("documents are of this evaluator")
    }

    /// The layers as the judge reads them.
    fn policies(&self, layers: &Layers<'_>) -> Policies {
        let one = |id: &DocumentId| self.entry(*id).1.clone();
        let list = |ids: &[DocumentId]| ids.iter().map(one).collect::<Vec<_>>();
        let levels = |levels: &[Vec<DocumentId>]| levels.iter().map(|level| list(level)).collect();
        Policies {
            identity: list(&layers.caller.identity),
            resource: layers.resource.policy.as_ref().map(one),
            boundary: layers.caller.boundary.as_deref().map(list),
            session: layers.caller.session.as_deref().map(list),
            scps: levels(&layers.caller.scps),
            rcps: levels(&layers.resource.rcps),
            vpc_endpoint: layers.endpoint.map(list),
        }
    }
}

fn number(index: usize) -> u32 {
    u32::try_from(index).expect("there are fewer documents than bytes of memory")
}
