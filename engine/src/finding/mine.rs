//! Mining: from a way in to the findings that describe it.
//!
//! A *node* gives each axis a label or ⊤. A node is *irreducible* if some allowed request in it is in none of the nodes just
//! below it; a request can show that for few nodes only, those that give each axis a smallest label that holds it.
//! Mining starts at a node, reports it if it is irreducible and goes down otherwise; a node without any
//! allowed request is a dead end. What is reported covers everything allowed in the start node, because a reducible node is
//! covered by those below it. (Stratified abstraction, CAV 2020, algorithm 1.)
//!
//! Three things keep searches few. Requests that were found are kept as *points*, and a node that a point settles is not
//! searched. A statement that says itself which labels its requests have is a *box*, and where all boxes lie below
//! a node, the node is reducible without a search. And every search is about one statement, with only those nodes
//! taken away that its box meets: among a thousand statements with disjoint keys, each search is about one of them.

use crate::domain::scalar::Test;
use crate::domain::text::{Class, RowBuilder, SEPARATOR, TextSet};
use crate::finding::label::{Axis, Bits, Label, principal_label, value_label};
use crate::finding::route::{Route, entry_account};
use crate::question::ask::{BUCKET, doubt_reason, judge_facts, outside, write_request};
use crate::question::public::trusted;
use crate::region::caller::{Kind, entry_texts};
use crate::region::formula::{Formula, Literal};
use crate::region::lower::{Facts, Lowering};
use crate::region::space::{DimensionId, Model};
use crate::region::variable;
use crate::resource::{ControlPolicy, Organization, ZoneOfTrust};
use crate::solve::Outcome;
use crate::{Limits, Reason, Stats};
use keyaki_language::judge::{self, Decision};
use keyaki_language::policies::PolicyType;
use keyaki_language::policy::{
    AccountId, Effect, Listing, Policy, PrincipalEntry, Quantifier, Statement,
};
use keyaki_language::request::{Caller, ContextValue, Request};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// What lowering needs to know of a miner's way in, apart from the miner's own state.
macro_rules! context {
    ($miner:expr) => {
        Context {
            route: $miner.route,
            rcps: $miner.rcps,
            organization: $miner.organization,
            owner: $miner.owner,
        }
    };
}

/// One label for each axis; `None` is ⊤.
pub(crate) type Node = Vec<Option<usize>>;

/// Products of smallest labels up to this size are written out, larger ones looked through.
const PRODUCT: usize = 256;

/// Policies with more statements than this are replayed in parts.
const LONG: usize = 8;

/// What is asked about a way in.
#[derive(Clone, Default)]
pub(crate) struct Query<'q> {
    /// Inside this node.
    pub(crate) inside: Option<&'q Node>,
    /// Outside all of these.
    pub(crate) outside: &'q [Node],
    /// With no label that lies strictly inside those of `inside`.
    pub(crate) smallest: bool,
    /// In this statement: index of the policy, index in it.
    pub(crate) statement: Option<(usize, usize)>,
    /// For one of these actions.
    pub(crate) action: Option<&'q TextSet>,
    /// In no trusted key one of the values that the policies name.
    pub(crate) untrusted: bool,
    /// In this set besides.
    pub(crate) also: Option<&'q dyn Fn(&mut Lowering) -> Formula>,
    /// By a service, with no key that says on whose behalf; otherwise by callers outside the zone of trust.
    pub(crate) confused_deputy: bool,
}

/// A request that was found, and the statement of the first policy that it was looked for in.
pub(crate) struct Found {
    pub(crate) request: Request,
    pub(crate) statement: usize,
}

/// A request from outside that the way in allows, and what labels it has.
#[derive(Debug)]
pub(crate) struct Point {
    pub(crate) request: Request,
    /// The statement of the first policy that it was found in.
    pub(crate) statement: usize,
    /// Whether no trusted key has one of the values that the policies name.
    pub(crate) untrusted: bool,
    /// For each axis the labels that hold the request.
    pub(crate) labels: Vec<Bits>,
}

impl Point {
    /// Whether a node holds the request.
    pub(crate) fn is_in(&self, node: &Node) -> bool {
        node.iter()
            .zip(&self.labels)
            .all(|(label, own)| label.is_none_or(|label| own.contains(label)))
    }
}

/// A statement as a product of labels: for each axis the labels of which its requests have one, or `None` if it does not say.
#[derive(Debug)]
struct StatementBox {
    /// Index in the first policy.
    statement: usize,
    sides: Vec<Option<Vec<usize>>>,
}

/// A way in, with everything that narrows it, ready to be asked.
pub(crate) struct Miner<'m> {
    route: &'m Route<'m>,
    zone: &'m ZoneOfTrust,
    /// Resource control policies of the resource's account.
    rcps: &'m [&'m Policy],
    organization: &'m Organization,
    pub(crate) axes: &'m [Axis],
    pub(crate) limits: &'m Limits,
    lowering: Lowering,
    /// Every document that bears on the way in.
    #[cfg(feature = "count")]
    pub(crate) documents: Vec<&'m Policy>,
    owner: AccountId,
    lowered: HashMap<Kind, Lowered>,
    boxes: Vec<StatementBox>,
    points: Vec<Point>,
    /// Irreducible nodes, each with a point that shows it.
    shown: BTreeMap<Node, usize>,
    /// Points that show more nodes than are written out.
    wide: Vec<usize>,
    /// Nodes that were found to be covered by those below them.
    reducible: BTreeSet<Node>,
    /// Whether anything is public, once somebody has asked.
    public: Option<bool>,
    /// What could not be decided, in the order in which it was met.
    pub(crate) undecided: Vec<Reason>,
    /// How often a request was looked for.
    searches: u64,
}

/// A way in, lowered for one kind of caller.
struct Lowered {
    base: Base,
    /// The callers outside the zone of trust.
    external: Formula,
    /// The requests of each label of each axis, where somebody has asked.
    labels: Vec<Vec<Option<Formula>>>,
    /// The requests without a trusted value, for each policy that must allow, and the literals that make a request trusted.
    untrusted: Option<(Vec<Formula>, HashSet<Literal>)>,
}

/// What a way in allows, in parts.
#[derive(Clone)]
struct Base {
    /// The Allow statements of the first policy in their order; none if no request is allowed.
    own: Vec<Formula>,
    /// The Allow statements of the other policies: index of the policy, index in it.
    others: Vec<((usize, usize), Formula)>,
    /// What the Allow statements of each other policy come to together.
    together: Vec<Formula>,
    /// What must hold besides.
    rest: Vec<Formula>,
}

impl Base {
    /// The formulas of the requests of one statement of the first policy, narrowed to another policy's statement if asked.
    fn goals(&self, at: usize, also: Option<(usize, usize)>) -> Vec<Formula> {
        let own = self.own.get(at).cloned().unwrap_or(Formula::False);
        let mut goals = vec![own];
        if let Some(wanted) = also.filter(|(policy, _)| *policy > 0) {
            let found = self.others.iter().find(|(at, _)| *at == wanted);
            goals.push(found.map_or(Formula::False, |(_, formula)| formula.clone()));
        }
        goals.extend(self.together.iter().chain(&self.rest).cloned());
        goals
    }
}

/// The callers that are looked for from outside.
const OUTSIDERS: [Kind; 7] = [
    Kind::Anonymous,
    Kind::Session,
    Kind::User,
    Kind::FederatedUser,
    Kind::Root,
    Kind::Canonical,
    Kind::Federated,
];

impl<'m> Miner<'m> {
    pub(crate) fn new(
        route: &'m Route<'m>,
        zone: &'m ZoneOfTrust,
        rcps: &'m [&'m Policy],
        organization: &'m Organization,
        facts: Facts,
        axes: &'m [Axis],
        limits: &'m Limits,
    ) -> Self {
        let owner = facts
            .resource_account
            .expect("a resource's account is known");
        let mut documents: Vec<&'m Policy> = route
            .allow
            .iter()
            .chain(&route.deny)
            .map(|(_, policy)| policy.as_ref())
            .collect();
        documents.extend(rcps);
        let accounts = named_accounts(route);
        for account in &accounts {
            documents.extend(
                scps_of(organization, *account)
                    .flatten()
                    .map(|own| &own.policy),
            );
        }
        let lowering = Lowering::new(&documents, facts);
        Self {
            route,
            zone,
            rcps,
            organization,
            axes,
            limits,
            lowering,
            #[cfg(feature = "count")]
            documents,
            owner,
            lowered: HashMap::new(),
            boxes: boxes(route, axes),
            points: Vec::new(),
            shown: BTreeMap::new(),
            wide: Vec::new(),
            reducible: BTreeSet::new(),
            public: None,
            undecided: Vec::new(),
            searches: 0,
        }
    }

    /// Adds the work that it has done.
    pub(crate) fn tell(&self, stats: &mut Stats) {
        stats.searches += self.searches;
        self.lowering.space.tell(stats);
    }

    // ---- searches ---------------------------------------------------------------------------------------------

    /// A request that answers the query, if there is one.
    pub(crate) fn find(&mut self, query: &Query) -> Option<Found> {
        let kinds: &[Kind] = if query.confused_deputy {
            &[Kind::Service]
        } else {
            &OUTSIDERS
        };
        let open = self.open(query);
        if open.is_empty() {
            return None;
        }
        kinds
            .iter()
            .find_map(|kind| self.find_by(*kind, &open, query))
    }

    /// For each Allow statement of the first policy in turn, a request of it that answers the query, as far as there is one.
    fn find_each(&mut self, query: &Query) -> Vec<Found> {
        let mut found = Vec::new();
        for open in self.open(query).chunks(1) {
            found.extend(
                OUTSIDERS
                    .iter()
                    .find_map(|kind| self.find_by(*kind, open, query)),
            );
        }
        found
    }

    /// The boxes in which a query may have an answer, each with those of the query's nodes outside that it meets.
    fn open(&self, query: &Query) -> Vec<(usize, Vec<usize>)> {
        let mut open = Vec::new();
        let boxes = match query.statement {
            Some((0, wanted)) => {
                let at = self
                    .boxes
                    .binary_search_by_key(&wanted, |own| own.statement);
                at.map_or(0..0, |at| at..at + 1)
            }
            _ => 0..self.boxes.len(),
        };
        for at in boxes {
            let own = &self.boxes[at];
            if query.confused_deputy {
                // Boxes are about callers from outside.
                open.push((at, Vec::new()));
            } else if let Some(met) = self.left_outside(own, query) {
                open.push((at, met));
            }
        }
        open
    }

    /// A request by one kind of caller, in one of some boxes.
    fn find_by(
        &mut self,
        kind: Kind,
        open: &[(usize, Vec<usize>)],
        query: &Query,
    ) -> Option<Found> {
        self.lowering.kind = kind;
        if !self.lowered.contains_key(&kind) {
            let lowered = self.lower();
            self.lowered.insert(kind, lowered);
        }
        let mut narrowing: Option<Vec<Formula>> = None;
        for (at, outside) in open {
            let own = self.lowered[&kind].base.own.get(*at);
            if own.is_none_or(|formula| *formula == Formula::False) {
                continue;
            }
            let common = match &narrowing {
                Some(common) => common.clone(),
                None => narrowing.insert(self.narrowing(kind, query)).clone(),
            };
            if query.untrusted && self.is_trusted(kind, *at) {
                continue;
            }
            let mut extra = common;
            for node in outside {
                extra.push(Formula::and(self.node(kind, &query.outside[*node])).not());
            }
            if let Some(request) = self.search(kind, *at, query.statement, &extra) {
                let statement = self.boxes[*at].statement;
                return Some(Found { request, statement });
            }
        }
        None
    }

    /// Which nodes of those that the query takes away a statement's box meets; `None` if the box alone shows that nothing is left.
    fn left_outside(&self, own: &StatementBox, query: &Query) -> Option<Vec<usize>> {
        let sides = || self.axes.iter().zip(&own.sides).enumerate();
        let inside = |at: usize| query.inside.and_then(|node| node[at]);
        for (at, (axis, side)) in sides() {
            let Some(values) = side else { continue };
            let out = |value: &usize| {
                axis.are_apart(*value, inside(at))
                    || (query.smallest && axis.is_below(*value, inside(at)))
            };
            if values.iter().all(out) {
                return None;
            }
        }
        if query.outside.is_empty() {
            return Some(Vec::new());
        }
        let mut met = Vec::new();
        'nodes: for (index, node) in query.outside.iter().enumerate() {
            let mut covers = true;
            for (at, (axis, side)) in sides() {
                let Some(label) = node[at] else { continue };
                let values = || side.iter().flatten().copied().chain(inside(at));
                if side.is_some() || inside(at).is_some() {
                    let apart = |value: usize| axis.are_apart(value, Some(label));
                    if inside(at).is_some_and(apart)
                        || side
                            .as_ref()
                            .is_some_and(|own| own.iter().all(|value| apart(*value)))
                    {
                        continue 'nodes;
                    }
                }
                covers &= match (side, inside(at)) {
                    (None, None) => false,
                    _ => values().all(|value| axis.is_inside(Some(value), Some(label))),
                };
            }
            if covers {
                return None;
            }
            met.push(index);
        }
        Some(met)
    }

    /// Whether a statement's own literals already give every request a trusted value.
    fn is_trusted(&self, kind: Kind, at: usize) -> bool {
        let lowered = &self.lowered[&kind];
        let Some((_, trusted)) = &lowered.untrusted else {
            return false;
        };
        match &lowered.base.own[at] {
            Formula::Literal(literal) => trusted.contains(literal),
            Formula::And(parts) => parts
                .iter()
                .any(|part| matches!(part, Formula::Literal(l) if trusted.contains(l))),
            Formula::True | Formula::False | Formula::Or(_) => false,
        }
    }

    /// What a query asks besides the statement, apart from the nodes that it takes away.
    fn narrowing(&mut self, kind: Kind, query: &Query) -> Vec<Formula> {
        let mut goals = Vec::new();
        if let Some(node) = query.inside {
            goals.extend(self.node(kind, node));
        }
        if query.confused_deputy {
            let context = context!(self);
            goals.extend(context.on_nobodys_behalf(&mut self.lowering));
        } else {
            goals.push(self.lowered[&kind].external.clone());
        }
        if let Some(node) = query.inside.filter(|_| query.smallest) {
            for (at, axis) in self.axes.iter().enumerate() {
                for label in axis.children(node[at]) {
                    goals.push(self.label(kind, at, label).not());
                }
            }
        }
        if let Some(set) = query.action {
            goals.push(self.lowering.action_in(set.clone()));
        }
        if query.untrusted {
            goals.extend(self.untrusted(kind));
        }
        goals.extend(query.also.map(|also| also(&mut self.lowering)));
        goals
    }

    /// The requests without a trusted value, by each policy's own words.
    fn untrusted(&mut self, kind: Kind) -> Vec<Formula> {
        let Self {
            route,
            lowering,
            lowered,
            ..
        } = self;
        let lowered = lowered.get_mut(&kind).expect("the kind is lowered");
        let (formulas, _) = lowered.untrusted.get_or_insert_with(|| {
            let mut formulas = Vec::new();
            let mut literals = HashSet::new();
            for (_, policy) in &route.allow {
                let trusted = trusted(lowering, policy, None);
                match &trusted {
                    Formula::Literal(literal) => {
                        literals.insert(*literal);
                    }
                    Formula::Or(parts) => literals.extend(parts.iter().filter_map(|part| {
                        if let Formula::Literal(literal) = part {
                            Some(*literal)
                        } else {
                            None
                        }
                    })),
                    Formula::True | Formula::False | Formula::And(_) => {}
                }
                formulas.push(trusted.not());
            }
            (formulas, literals)
        });
        formulas.clone()
    }

    /// The requests of a label.
    fn label(&mut self, kind: Kind, axis: usize, label: usize) -> Formula {
        let Self {
            axes,
            lowering,
            lowered,
            ..
        } = self;
        let lowered = lowered.get_mut(&kind).expect("the kind is lowered");
        lowered.labels[axis][label]
            .get_or_insert_with(|| match &axes[axis].labels[label] {
                Label::Principal(entry) => lowering.entry(entry, 0),
                Label::Value(_, test) => lowering.trusted_value(&axes[axis].name, test.clone()),
            })
            .clone()
    }

    /// The requests of a node, as formulas that must all hold.
    fn node(&mut self, kind: Kind, node: &Node) -> Vec<Formula> {
        let labels = node.iter().enumerate();
        labels
            .filter_map(|(axis, label)| Some(self.label(kind, axis, (*label)?)))
            .collect()
    }

    /// Looks for a request of a statement that satisfies `extra` as well.
    fn search(
        &mut self,
        kind: Kind,
        at: usize,
        also: Option<(usize, usize)>,
        extra: &[Formula],
    ) -> Option<Request> {
        let context = context!(self);
        let mut goals = self.lowered[&kind].base.goals(at, also);
        // The statement first, then what narrows it: most contradictions are between these two.
        goals.splice(1..1, extra.iter().cloned());
        // Each search may take as much work as a question of its own.
        self.lowering.space.steps.renew();
        self.searches += 1;
        let outcome = variable::search(
            &mut self.lowering,
            self.limits,
            goals,
            &mut |lowering| {
                let mut goals = context.base(lowering).goals(at, also);
                goals.extend(extra.iter().cloned());
                goals
            },
            None,
        );
        match outcome {
            Outcome::Empty => None,
            Outcome::Unknown(doubt) => {
                self.undecided.push(doubt_reason(doubt));
                None
            }
            Outcome::Found(model) => self.confirmed(kind, at, &model),
        }
    }

    /// Writes a model down as a request that stands.
    fn confirmed(
        &mut self,
        kind: Kind,
        at: usize,
        model: &[(DimensionId, Model)],
    ) -> Option<Request> {
        let request = write_request(&self.lowering, kind, model);
        let bucket = model
            .iter()
            .find(|(id, _)| self.lowering.space.name(*id) == BUCKET)
            .and_then(|(_, m)| match m {
                Model::One(text) => Some(text.clone()),
                Model::Absent | Model::Many(_) | Model::Boolean(_) => None,
            });
        let undefined = model.iter().find_map(|(id, m)| {
            matches!(m, Model::Boolean(Some(_)))
                .then(|| self.lowering.undefined_reason(*id))
                .flatten()
        });
        match undefined {
            // S2: what is undefined is read in favour of access, and said.
            Some(reason) => {
                if !self.undecided.contains(reason) {
                    self.undecided.push(reason.clone());
                }
                complete(request).ok()
            }
            None => match self.replay(request, at, bucket.as_deref()) {
                Ok(request) => Some(request),
                Err(reason) => {
                    self.undecided.push(reason);
                    None
                }
            },
        }
    }

    fn lower(&mut self) -> Lowered {
        let context = context!(self);
        let lowering = &mut self.lowering;
        let base = context.base(lowering);
        let zone = outside(lowering, self.zone);
        let owner = lowering.account_in([self.owner]);
        Lowered {
            base,
            external: Formula::and([zone, owner.not()]),
            labels: self
                .axes
                .iter()
                .map(|axis| vec![None; axis.labels.len()])
                .collect(),
            untrusted: None,
        }
    }

    /// Has the judge confirm a request against every policy of the way in.
    ///
    /// Of a long first policy the judge reads the statement that the request was found in, and every Deny: what these allow, the
    /// policy allows.
    fn replay(
        &mut self,
        request: Request,
        own: usize,
        bucket: Option<&str>,
    ) -> Result<Request, Reason> {
        let short = self.route.allow.first().and_then(|(_, policy)| {
            (policy.statements.len() > LONG).then(|| only(policy, self.boxes[own].statement))
        });
        let internal = |message: String| Reason {
            code: "replay",
            message,
            at: String::new(),
        };
        let request = complete(request).map_err(internal)?;
        let facts = judge_facts(self.lowering.facts(), &request);
        for (at, (_, policy)) in self.route.allow.iter().enumerate() {
            let mut request = request.clone();
            if at > 0
                && let Some(bucket) = bucket
            {
                request.resource = bucket.to_owned();
            }
            let policy = short.as_ref().filter(|_| at == 0).unwrap_or(policy);
            if judge::allows(policy, PolicyType::Resource, &request, &facts) != Decision::Allowed {
                return Err(internal(format!(
                    "the judge does not confirm the request that was found: {}",
                    request.to_json()
                )));
            }
        }
        let denies = self
            .route
            .deny
            .iter()
            .map(|(_, policy)| policy.as_ref())
            .chain(self.rcps.iter().copied());
        for policy in denies {
            if judge::allows(policy, PolicyType::Resource, &request, &facts)
                == Decision::ExplicitlyDenied
            {
                return Err(internal(format!(
                    "the judge denies the request that was found: {}",
                    request.to_json()
                )));
            }
        }
        Ok(request)
    }

    // ---- points -----------------------------------------------------------------------------------------------

    /// Keeps a request that was found, with the labels that it has.
    pub(crate) fn note(&mut self, found: Found, untrusted: bool) -> usize {
        let labels: Vec<Bits> = self
            .axes
            .iter()
            .map(|axis| labels_of(axis, &found.request))
            .collect();
        let at = self.points.len();
        let smallest: Vec<Vec<Option<usize>>> = self
            .axes
            .iter()
            .zip(&labels)
            .map(|(axis, labels)| {
                let smallest = axis.minimal(labels);
                if smallest.is_empty() {
                    vec![None]
                } else {
                    smallest.into_iter().map(Some).collect()
                }
            })
            .collect();
        self.points.push(Point {
            request: found.request,
            statement: found.statement,
            untrusted,
            labels,
        });
        let size = smallest
            .iter()
            .try_fold(1usize, |size, side| size.checked_mul(side.len()));
        if size.is_some_and(|size| size <= PRODUCT) {
            for node in product(&smallest) {
                self.shown.entry(node).or_insert(at);
            }
        } else {
            self.wide.push(at);
        }
        at
    }

    /// A point by its place.
    pub(crate) fn point(&self, at: usize) -> &Point {
        &self.points[at]
    }

    /// The points in a node.
    pub(crate) fn points_in<'a>(&'a self, node: &'a Node) -> impl Iterator<Item = &'a Point> {
        self.points.iter().filter(|point| point.is_in(node))
    }

    /// Whether a query has an answer. An answer about a caller from outside is kept.
    pub(crate) fn shows(&mut self, query: &Query) -> bool {
        if self.open(query).is_empty() {
            return false;
        }
        let wanted = |point: &Point| {
            query.inside.is_none_or(|node| point.is_in(node))
                && query
                    .action
                    .is_none_or(|set| set.contains(&point.request.action.to_ascii_lowercase()))
                && matches!(query.statement, Some((0, own)) if own == point.statement)
                && !query.untrusted
        };
        if self.points.iter().any(wanted) {
            return true;
        }
        let found = self.find(query);
        found
            .map(|found| self.note(found, query.untrusted))
            .is_some()
    }

    /// Whether anything at all is let in.
    pub(crate) fn lets_in(&mut self) -> bool {
        !self.points.is_empty() || self.witness(&vec![None; self.axes.len()]).is_some()
    }

    /// A request in a node, preferably one that is in no node below it.
    pub(crate) fn witness(&mut self, node: &Node) -> Option<usize> {
        if let Some(at) = self.shown.get(node) {
            return Some(*at);
        }
        if let Some(at) = self.points.iter().position(|point| point.is_in(node)) {
            return Some(at);
        }
        let found = self.find(&Query {
            inside: Some(node),
            ..Query::default()
        })?;
        Some(self.note(found, false))
    }

    /// Whether a node holds a request without any trusted value.
    pub(crate) fn is_public(&mut self, node: &Node) -> bool {
        let untrusted = Query {
            untrusted: true,
            ..Query::default()
        };
        if self.public.is_none() {
            let found = self.find(&untrusted);
            self.public = Some(found.is_some());
            found.map(|found| self.note(found, true));
        }
        if self.public == Some(false) {
            return false;
        }
        if self.points_in(node).any(|point| point.untrusted) {
            return true;
        }
        let found = self.find(&Query {
            inside: Some(node),
            ..untrusted
        });
        found.map(|found| self.note(found, true)).is_some()
    }

    // ---- the walk ---------------------------------------------------------------------------------------------

    /// Whether some allowed request of a node is in none of the nodes below it; if so, a point that shows it.
    pub(crate) fn irreducible(&mut self, node: &Node) -> Option<usize> {
        if let Some(at) = self.shown.get(node) {
            return Some(*at);
        }
        if self.reducible.contains(node) {
            return None;
        }
        let shows = |at: &usize| {
            let point = &self.points[*at];
            point.is_in(node)
                && self.axes.iter().enumerate().all(|(axis, own)| {
                    !point.labels[axis]
                        .iter()
                        .any(|label| own.is_below(label, node[axis]))
                })
        };
        if let Some(at) = self.wide.iter().find(|at| shows(at)) {
            return Some(*at);
        }
        let found = self.find(&Query {
            inside: Some(node),
            smallest: true,
            ..Query::default()
        });
        match found {
            Some(found) => {
                let at = self.note(found, false);
                self.shown.insert(node.clone(), at);
                Some(at)
            }
            None => {
                self.reducible.insert(node.clone());
                None
            }
        }
    }

    /// The irreducible nodes at and below a start node.
    pub(crate) fn descend(
        &mut self,
        node: &Node,
        seen: &mut BTreeSet<Node>,
        found: &mut Vec<Node>,
    ) {
        if !seen.insert(node.clone()) {
            return;
        }
        if self.irreducible(node).is_some() {
            found.push(node.clone());
            return;
        }
        if self.witness(node).is_some() {
            for child in children(self.axes, node) {
                self.descend(&child, seen, found);
            }
        }
    }

    /// Every irreducible node, none inside another: what the real service reports.
    pub(crate) fn all(&mut self) -> Vec<Node> {
        let mut found = Vec::new();
        self.descend(
            &vec![None; self.axes.len()],
            &mut BTreeSet::new(),
            &mut found,
        );
        maximal(self.axes, found)
    }

    /// The largest irreducible nodes that hold a point, and the reducible ones above them: those that no node above covers.
    ///
    /// `None` if the labels do not tell the point's place (it leans on something undefined), or if more than `limit` nodes would
    /// have to be looked at.
    pub(crate) fn holders(&mut self, at: usize, limit: usize) -> Option<(Vec<Node>, Vec<Node>)> {
        let mut open = vec![vec![None; self.axes.len()]];
        let mut seen: BTreeSet<Node> = open.iter().cloned().collect();
        let (mut holders, mut passed) = (Vec::new(), Vec::new());
        while let Some(node) = open.pop() {
            if self.irreducible(&node).is_some() {
                holders.push(node);
                continue;
            }
            let mut deeper = false;
            for (place, axis) in self.axes.iter().enumerate() {
                let own = self.points[at].labels[place].iter();
                let below = own.filter(|label| axis.is_below(*label, node[place]));
                for label in axis.maximal(below.collect()) {
                    deeper = true;
                    let mut child = node.clone();
                    child[place] = Some(label);
                    if seen.insert(child.clone()) {
                        open.push(child);
                    }
                }
            }
            if !deeper || seen.len() > limit {
                return None;
            }
            passed.push(node);
        }
        passed.sort_unstable();
        Some((maximal(self.axes, holders), passed))
    }

    /// Requests that are allowed and in none of the nodes; empty only if there are none. One for each statement at most.
    ///
    /// This is the claim that a cover is complete. It is closed statement by statement: by its box, or by one search for each kind
    /// of caller.
    pub(crate) fn uncovered(&mut self, nodes: &[Node]) -> Vec<usize> {
        let found = self.find_each(&Query {
            outside: nodes,
            ..Query::default()
        });
        found
            .into_iter()
            .map(|found| self.note(found, false))
            .collect()
    }

    /// What each Allow statement says itself: the products of the labels of its box.
    pub(crate) fn starts(&self) -> Vec<Node> {
        let mut seen = BTreeSet::new();
        let mut starts: Vec<Node> = Vec::new();
        for own in &self.boxes {
            let sides: Vec<Vec<Option<usize>>> = own
                .sides
                .iter()
                .map(|side| match side {
                    None => vec![None],
                    Some(values) => values.iter().copied().map(Some).collect(),
                })
                .collect();
            for node in product(&sides) {
                if seen.insert(node.clone()) {
                    starts.push(node);
                }
            }
        }
        starts
    }
}

/// Every choice of one label a side.
fn product(sides: &[Vec<Option<usize>>]) -> Vec<Node> {
    sides.iter().fold(vec![Vec::new()], |nodes, side| {
        nodes
            .iter()
            .flat_map(|node: &Node| {
                side.iter().map(move |label| {
                    let mut node = node.clone();
                    node.push(*label);
                    node
                })
            })
            .collect()
    })
}

/// The Allow statements of the first policy as products of labels.
fn boxes(route: &Route, axes: &[Axis]) -> Vec<StatementBox> {
    let statements = route.allow.iter().take(1).flat_map(|(_, policy)| {
        let allows = |(_, s): &(usize, &Statement)| s.effect == Effect::Allow;
        policy.statements.iter().enumerate().filter(allows)
    });
    statements
        .map(|(index, statement)| StatementBox {
            statement: index,
            sides: axes.iter().map(|axis| side(axis, statement)).collect(),
        })
        .collect()
}

/// The labels of one axis of which every request of a statement from outside has one.
///
/// A plain comparison asks for the key and for one of its values, so it lies in the union of their labels; a negated one, one
/// with `…IfExists` or under `ForAllValues` does not. What has no label leaves the side open.
fn side(axis: &Axis, statement: &Statement) -> Option<Vec<usize>> {
    if axis.key.is_none() {
        let clause = statement.principal.as_ref()?;
        if clause.listing != Listing::Listed {
            return None;
        }
        // Services are never outside and nobody makes no request, so what they add is empty.
        let outsiders = clause.entries.iter().filter(|entry| {
            !matches!(
                entry.value,
                PrincipalEntry::Service(_) | PrincipalEntry::Nobody(_)
            )
        });
        let label = |entry: &PrincipalEntry| axis.position(&principal_label(entry)?);
        return distinct(outsiders.map(|entry| label(&entry.value)).collect());
    }
    let plain = statement.conditions.iter().find(|c| {
        c.key.value.eq_ignore_ascii_case(&axis.name)
            && !c.operator.negated
            && !c.operator.if_exists
            && c.operator.quantifier != Quantifier::ForAllValues
    })?;
    let label = |text: &str| axis.position(&value_label(plain, text)?);
    let values = plain.values.iter();
    distinct(values.map(|value| label(&value.value)).collect())
}

/// Labels without repetition; `None` if one is missing.
fn distinct(labels: Option<Vec<usize>>) -> Option<Vec<usize>> {
    let mut labels = labels?;
    labels.sort_unstable();
    labels.dedup();
    Some(labels)
}

/// Everything that lowering needs to know of a way in.
struct Context<'c> {
    route: &'c Route<'c>,
    rcps: &'c [&'c Policy],
    organization: &'c Organization,
    owner: AccountId,
}

impl Context<'_> {
    /// What the way in allows, for the current kind of caller.
    fn base(&self, lowering: &mut Lowering) -> Base {
        let mut base = Base {
            own: Vec::new(),
            others: Vec::new(),
            together: Vec::new(),
            rest: Vec::new(),
        };
        let mut goals = Vec::new();
        for (at, (_, policy)) in self.route.allow.iter().enumerate() {
            // The second policy of an access point's way in is the bucket's, and judges the bucket's own ARN.
            lowering.resource_name = if at == 0 { "resource" } else { BUCKET };
            let mut allows = Vec::new();
            for (index, statement) in policy.statements.iter().enumerate() {
                let applies = lowering.statement(policy, index, PolicyType::Resource);
                match statement.effect {
                    Effect::Allow => {
                        if at == 0 {
                            base.own.push(applies.clone());
                        } else {
                            base.others.push(((at, index), applies.clone()));
                        }
                        allows.push(applies);
                    }
                    Effect::Deny => goals.push(applies.not()),
                }
            }
            let allows = Formula::or(allows);
            if allows == Formula::False {
                // Nobody of this kind gets in; the statements are not worth a look.
                lowering.resource_name = "resource";
                base.own.clear();
                return base;
            }
            if at > 0 {
                base.together.push(allows);
            }
        }
        lowering.resource_name = "resource";
        for policy in self
            .route
            .deny
            .iter()
            .map(|(_, policy)| policy.as_ref())
            .chain(self.rcps.iter().copied())
        {
            for (index, _) in policy
                .statements
                .iter()
                .enumerate()
                .filter(|(_, s)| s.effect == Effect::Deny)
            {
                goals.push(
                    lowering
                        .statement(policy, index, PolicyType::Resource)
                        .not(),
                );
            }
        }
        if !self.route.resources.is_empty() {
            goals.push(lowering.resource_in(&self.route.resources));
        }
        if let Some(vpc) = &self.route.vpc {
            goals.push(lowering.test("aws:sourcevpc", Test::Text(TextSet::word(vpc.as_str()))));
        }
        for (key, value) in &self.route.keys {
            goals.push(match value {
                Some(text) => lowering.test(key, Test::Text(TextSet::word(text.as_str()))),
                None => lowering.present(key).not(),
            });
        }
        goals.extend(self.scp_goals(lowering));
        goals.push(lowering.ties());
        goals.push(lowering.pinned());
        base.rest = goals;
        base
    }

    /// What the organization's service control policies take from the callers of accounts that the policies name (M2).
    ///
    /// Other accounts of the organization are not narrowed, which is the safe side; service-linked roles are never limited.
    fn scp_goals(&self, lowering: &mut Lowering) -> Vec<Formula> {
        let mut goals = Vec::new();
        if !lowering.kind.has_account() {
            return goals;
        }
        for account in named_accounts(self.route) {
            if account == self.owner || self.organization.management_account == Some(account) {
                continue;
            }
            let mut levels = Vec::new();
            for level in scps_of(self.organization, account) {
                let mut allows = Vec::new();
                for policy in level.iter().map(|own| &own.policy) {
                    for (index, statement) in policy.statements.iter().enumerate() {
                        let applies = lowering.statement(policy, index, PolicyType::ServiceControl);
                        match statement.effect {
                            Effect::Allow => allows.push(applies),
                            Effect::Deny => levels.push(applies.not()),
                        }
                    }
                }
                levels.push(Formula::or(allows));
            }
            if !levels.is_empty() {
                let own = lowering.account_in([account]);
                let linked = lowering.service_linked_role();
                goals.push(Formula::or([own.not(), linked, Formula::and(levels)]));
            }
        }
        goals
    }

    /// The requests that do not say on whose behalf a service acts: no source account or organization, a source ARN
    /// without an account at most, and no encryption context that the key's policy asks for.
    fn on_nobodys_behalf(&self, lowering: &mut Lowering) -> Vec<Formula> {
        let mut goals = Vec::new();
        for key in [
            "aws:sourceaccount",
            "aws:sourceorgid",
            "aws:sourceorgpaths",
            "aws:sourceowner",
        ] {
            goals.push(lowering.present(key).not());
        }
        let mut row = RowBuilder::default();
        row.text("arn:");
        for separator in [":", ":", "::"] {
            row.many(Class::NotColon).text(separator);
        }
        let without_account = Test::Text(TextSet::new([row.many(Class::Any).build()]));
        let absent = lowering.present("aws:sourcearn").not();
        let anybodys = lowering.test("aws:sourcearn", without_account);
        goals.push(Formula::or([absent, anybodys]));
        let mut keys: Vec<&str> = self
            .route
            .allow
            .iter()
            .flat_map(|(_, policy)| &policy.statements)
            .flat_map(|statement| &statement.conditions)
            .map(|condition| condition.key.value.as_str())
            .filter(|key| {
                key.starts_with("kms:encryptioncontext:") || *key == "lambda:eventsourcetoken"
            })
            .collect();
        keys.sort_unstable();
        keys.dedup();
        goals.extend(keys.into_iter().map(|key| lowering.present(key).not()));
        goals
    }
}

/// The accounts that the principals of a way in name.
fn named_accounts(route: &Route) -> BTreeSet<AccountId> {
    accounts_in(route.allow.iter().map(|(_, policy)| policy.as_ref()))
}

/// The accounts that the principals of some policies name.
pub(crate) fn accounts_in<'p>(policies: impl Iterator<Item = &'p Policy>) -> BTreeSet<AccountId> {
    let clauses = policies
        .flat_map(|policy| &policy.statements)
        .filter_map(|statement| statement.principal.as_ref());
    clauses
        .flat_map(|clause| &clause.entries)
        .filter_map(|entry| entry_account(&entry.value))
        .collect()
}

/// Whether a way in names an account that service control policies limit.
pub(crate) fn meets_scps(route: &Route, organization: &Organization) -> bool {
    named_accounts(route)
        .into_iter()
        .any(|account| scps_of(organization, account).next().is_some())
}

/// The service control policies of an account by level.
pub(crate) fn scps_of(
    organization: &Organization,
    account: AccountId,
) -> impl Iterator<Item = &Vec<Arc<ControlPolicy>>> {
    organization
        .accounts
        .get(&account)
        .into_iter()
        .flat_map(|account| &account.scps)
}

/// A policy's Denies and one of its Allow statements.
fn only(policy: &Policy, statement: usize) -> Policy {
    let kept = |(index, s): &(usize, &Statement)| *index == statement || s.effect == Effect::Deny;
    let statements = policy.statements.iter().enumerate().filter(kept);
    Policy {
        statements: statements.map(|(_, statement)| statement.clone()).collect(),
        id: policy.id.clone(),
        ..*policy
    }
}

fn complete(mut request: Request) -> Result<Request, String> {
    match request.complete() {
        Ok(()) => Ok(request),
        Err(error) => Err(format!(
            "the request that was found does not stand: {error}"
        )),
    }
}

/// The nodes just below a node.
fn children(axes: &[Axis], node: &Node) -> Vec<Node> {
    let mut out = Vec::new();
    for (at, axis) in axes.iter().enumerate() {
        for label in axis.children(node[at]) {
            let mut child = node.clone();
            child[at] = Some(label);
            out.push(child);
        }
    }
    out
}

/// The nodes that lie inside no other, sorted.
pub(crate) fn maximal(axes: &[Axis], mut nodes: Vec<Node>) -> Vec<Node> {
    nodes.sort_unstable();
    nodes.dedup();
    let inside = |a: &Node, b: &Node| {
        axes.iter()
            .enumerate()
            .all(|(at, axis)| axis.is_inside(a[at], b[at]))
    };
    nodes
        .iter()
        .filter(|node| {
            !nodes
                .iter()
                .any(|other| other != *node && inside(node, other))
        })
        .cloned()
        .collect()
}

/// The labels of an axis that hold a completed request.
fn labels_of(axis: &Axis, request: &Request) -> Bits {
    if axis.key.is_some() {
        return match request.context.get(&axis.name) {
            Some(ContextValue::One(text)) => axis.holding(&[text]),
            Some(ContextValue::Many(members)) => {
                axis.holding(&members.iter().map(String::as_str).collect::<Vec<_>>())
            }
            None => axis.holding(&[]),
        };
    }
    let (kind, text) = caller_text(request);
    let account = request.principal.account();
    let mut holding = Bits::new(axis.labels.len());
    for (at, label) in axis.labels.iter().enumerate() {
        let Label::Principal(entry) = label else {
            continue;
        };
        let other = entry_account(entry).is_some_and(|own| account != Some(own));
        if !other && entry_texts(kind, entry).contains(&text) {
            holding.insert(at);
        }
    }
    holding
}

/// The caller of a request as the text that labels are about.
fn caller_text(request: &Request) -> (Kind, String) {
    let kind = match &request.principal {
        Caller::Anonymous => Kind::Anonymous,
        Caller::Root { .. } => Kind::Root,
        Caller::User { .. } => Kind::User,
        Caller::Session { .. } => Kind::Session,
        Caller::FederatedUser { .. } => Kind::FederatedUser,
        Caller::Service(_) => Kind::Service,
        Caller::Federated(_) => Kind::Federated,
        Caller::Canonical(_) => Kind::Canonical,
    };
    let text = match (
        &request.principal,
        request.context.get("aws:principalarn"),
        request.context.get("aws:userid"),
    ) {
        (Caller::Session { .. }, Some(ContextValue::One(arn)), Some(ContextValue::One(id))) => {
            format!("{arn}{SEPARATOR}{id}")
        }
        (Caller::Session { session, .. }, Some(ContextValue::One(arn)), _) => {
            format!(
                "{arn}{SEPARATOR}:{}",
                session.as_deref().unwrap_or_default()
            )
        }
        _ => request.principal.text(),
    };
    (kind, text)
}
