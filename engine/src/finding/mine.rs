//! Mining: from a way in to the findings that describe it.
//!
//! A *node* gives each axis a label or ⊤. A node is *irreducible* if some allowed request in it is in none of the nodes just
//! below it. Mining starts at a node, reports it if it is irreducible and goes down otherwise; a node without any
//! allowed request is a dead end. What is reported covers everything allowed in the start node, because a reducible node is
//! covered by those below it. (CAV 2020, algorithm 1.)
//!
//! The full set starts at ⊤, as the real service does, which for `n` statements with two overlapping keys means `n²` findings. The
//! cover starts at what each statement says itself, which for the same policy means `n`, and keeps as few as it can:
//! a smallest set of findings that hits every request found so far, until nothing allowed is left outside of it.

use crate::domain::scalar::Test;
use crate::domain::text::{Class, RowBuilder, SEPARATOR, TextSet};
use crate::finding::label::{Axis, Label};
use crate::finding::route::{Route, entry_account};
use crate::question::ask::{BUCKET, doubt_reason, judge_facts, outside, write_request};
use crate::question::public::trusted;
use crate::region::caller::{Kind, entry_texts};
use crate::region::formula::Formula;
use crate::region::lower::{Facts, Lowering};
use crate::region::space::Model;
use crate::region::variable;
use crate::resource::{Organization, ZoneOfTrust};
use crate::solve::Outcome;
use crate::{Limits, Reason};
use keyaki_language::judge::{self, Decision};
use keyaki_language::policies::PolicyType;
use keyaki_language::policy::{AccountId, Effect, Listing, Policy, Quantifier};
use keyaki_language::request::{Caller, ContextValue, Request};
use std::collections::{BTreeSet, HashMap};

/// One label for each axis; `None` is ⊤.
pub(crate) type Node = Vec<Option<usize>>;

/// How many findings a smallest cover is looked for exactly; above that the cover is irredundant only.
const EXACT_COVER: usize = 64;

/// What is asked about a way in.
#[derive(Clone, Default)]
pub(crate) struct Query<'q> {
    /// Inside this node.
    pub(crate) inside: Option<&'q Node>,
    /// Outside all of these.
    pub(crate) outside: &'q [Node],
    /// In this statement: index of the policy, index in it.
    pub(crate) statement: Option<(usize, usize)>,
    /// For one of these actions.
    pub(crate) action: Option<&'q TextSet>,
    /// In no trusted key one of the values that the policies name.
    pub(crate) untrusted: bool,
    /// By a service, with no key that says on whose behalf; otherwise by callers outside the zone of trust.
    pub(crate) confused_deputy: bool,
}

/// A way in, with everything that narrows it, ready to be asked.
pub(crate) struct Miner<'m> {
    route: &'m Route<'m>,
    zone: &'m ZoneOfTrust,
    /// Resource control policies of the resource's account.
    rcps: &'m [&'m Policy],
    organization: &'m Organization,
    axes: &'m [Axis],
    limits: &'m Limits,
    lowering: Lowering,
    owner: AccountId,
    base: HashMap<Kind, Base>,
    /// What could not be decided, in the order in which it was met.
    pub(crate) undecided: Vec<Reason>,
}

/// A way in, lowered for one kind of caller.
#[derive(Clone)]
struct Base {
    statements: Vec<((usize, usize), Formula)>,
    goals: Vec<Formula>,
}

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
        let mut documents: Vec<&Policy> = route
            .allow
            .iter()
            .chain(&route.deny)
            .map(|(_, policy)| policy.as_ref())
            .collect();
        documents.extend(rcps);
        let accounts = named_accounts(route);
        for account in &accounts {
            documents.extend(scps_of(organization, *account).flatten());
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
            owner,
            base: HashMap::new(),
            undecided: Vec::new(),
        }
    }

    /// A request that answers the query, if there is one.
    pub(crate) fn find(&mut self, query: &Query) -> Option<Request> {
        const OUTSIDERS: [Kind; 7] = [
            Kind::Anonymous,
            Kind::Session,
            Kind::User,
            Kind::FederatedUser,
            Kind::Root,
            Kind::Canonical,
            Kind::Federated,
        ];
        let kinds: &[Kind] = if query.confused_deputy {
            &[Kind::Service]
        } else {
            &OUTSIDERS
        };
        for kind in kinds {
            self.lowering.kind = *kind;
            if !self.base.contains_key(kind) {
                let base = self.lower();
                self.base.insert(*kind, base);
            }
            let base = self.base[kind].clone();
            if base.goals.contains(&Formula::False) {
                continue;
            }
            let goals = self.goals(&base, query);
            let Self {
                route,
                zone,
                rcps,
                organization,
                axes,
                limits,
                lowering,
                owner,
                ..
            } = self;
            let context = Context {
                route,
                zone,
                rcps,
                organization,
                axes,
                owner: *owner,
            };
            let outcome = variable::search(
                lowering,
                limits,
                goals,
                &mut |lowering| {
                    let base = context.base(lowering);
                    context.goals(lowering, &base, query)
                },
                None,
            );
            match outcome {
                Outcome::Empty => {}
                Outcome::Unknown(doubt) => self.undecided.push(doubt_reason(doubt)),
                Outcome::Found(model) => {
                    let request = write_request(&self.lowering, *kind, &model);
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
                            if let Ok(request) = complete(request) {
                                return Some(request);
                            }
                        }
                        None => match self.replay(request, bucket.as_deref()) {
                            Ok(request) => return Some(request),
                            Err(reason) => self.undecided.push(reason),
                        },
                    }
                }
            }
        }
        None
    }

    fn lower(&mut self) -> Base {
        let Self {
            route,
            zone,
            rcps,
            organization,
            axes,
            lowering,
            owner,
            ..
        } = self;
        Context {
            route,
            zone,
            rcps,
            organization,
            axes,
            owner: *owner,
        }
        .base(lowering)
    }

    fn goals(&mut self, base: &Base, query: &Query) -> Vec<Formula> {
        let Self {
            route,
            zone,
            rcps,
            organization,
            axes,
            lowering,
            owner,
            ..
        } = self;
        Context {
            route,
            zone,
            rcps,
            organization,
            axes,
            owner: *owner,
        }
        .goals(lowering, base, query)
    }

    /// Has the judge confirm a request against every policy of the way in.
    fn replay(&self, request: Request, bucket: Option<&str>) -> Result<Request, Reason> {
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

    /// The irreducible nodes below a start node.
    fn descend(&mut self, node: &Node, seen: &mut BTreeSet<Node>, found: &mut Vec<Node>) {
        if !seen.insert(node.clone())
            || self
                .find(&Query {
                    inside: Some(node),
                    ..Query::default()
                })
                .is_none()
        {
            return;
        }
        let children = children(self.axes, node);
        if children.is_empty()
            || self
                .find(&Query {
                    inside: Some(node),
                    outside: &children,
                    ..Query::default()
                })
                .is_some()
        {
            found.push(node.clone());
            return;
        }
        for child in &children {
            self.descend(child, seen, found);
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

    /// As few nodes as cover everything allowed.
    pub(crate) fn cover(&mut self) -> Vec<Node> {
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        for start in self.starts() {
            self.descend(&start, &mut seen, &mut found);
        }
        let mut candidates = maximal(self.axes, found);
        // What the statements say themselves may leave something out, such as a key's absence: then the walk starts at ⊤.
        let left_out = Query {
            outside: &candidates,
            ..Query::default()
        };
        if self.find(&left_out).is_some() {
            candidates = self.all();
        }
        self.minimum(candidates)
    }

    /// What each Allow statement says itself: its principals and the values of its reportable conditions.
    fn starts(&self) -> Vec<Node> {
        let mut starts: Vec<Node> = Vec::new();
        let position =
            |axis: &Axis, wanted: &dyn Fn(&Label) -> bool| axis.labels.iter().position(wanted);
        for statement in self
            .route
            .allow
            .iter()
            .take(1)
            .flat_map(|(_, policy)| &policy.statements)
            .filter(|s| s.effect == Effect::Allow)
        {
            let mut nodes: Vec<Node> = vec![vec![None; self.axes.len()]];
            for (at, axis) in self.axes.iter().enumerate() {
                let choices: Vec<Option<usize>> = match axis.key {
                    None => match &statement.principal {
                        Some(clause) if clause.listing == Listing::Listed => clause
                            .entries
                            .iter()
                            .map(|entry| {
                                position(axis, &|label| match (label, entry_account(&entry.value)) {
                                    (Label::Principal(own), _) if *own == entry.value => true,
                                    (Label::Principal(keyaki_language::policy::PrincipalEntry::Account { account, .. }), Some(other)) => {
                                        matches!(entry.value, keyaki_language::policy::PrincipalEntry::Account { .. }) && *account == other
                                    }
                                    _ => false,
                                })
                            })
                            .collect(),
                        _ => vec![None],
                    },
                    Some(key) => {
                        let named: Vec<Option<usize>> = statement
                            .conditions
                            .iter()
                            .filter(|c| c.key.value.eq_ignore_ascii_case(key) && !c.operator.negated
                                    && !c.operator.if_exists
                                    && c.operator.quantifier != Quantifier::ForAllValues)
                            .take(1)
                            .flat_map(|c| &c.values)
                            .map(|value| position(axis, &|label| matches!(label, Label::Value(text, _) if *text == value.value)))
                            .collect();
                        if named.is_empty() || named.contains(&None) { vec![None] } else { named }
                    }
                };
                nodes = nodes
                    .into_iter()
                    .flat_map(|node| {
                        choices.iter().map(move |choice| {
                            let mut node = node.clone();
                            node[at] = *choice;
                            node
                        })
                    })
                    .collect();
            }
            for node in nodes {
                if !starts.contains(&node) {
                    starts.push(node);
                }
            }
        }
        starts
    }

    /// A smallest part of `candidates` that covers everything allowed.
    fn minimum(&mut self, candidates: Vec<Node>) -> Vec<Node> {
        if candidates.len() < 2 {
            return candidates;
        }
        if candidates.len() > EXACT_COVER {
            return self.irredundant(candidates);
        }
        // Each request that was met, as the set of candidates that hold it.
        let mut requests: Vec<u64> = Vec::new();
        loop {
            let chosen = smallest_hitting_set(&requests, candidates.len());
            let cover: Vec<Node> = candidates
                .iter()
                .enumerate()
                .filter(|(at, _)| chosen >> at & 1 == 1)
                .map(|(_, node)| node.clone())
                .collect();
            let Some(request) = self.find(&Query {
                outside: &cover,
                ..Query::default()
            }) else {
                return cover;
            };
            let holders = candidates
                .iter()
                .enumerate()
                .filter(|(_, node)| contains(self.axes, node, &request))
                .fold(0u64, |set, (at, _)| set | 1 << at);
            if holders & !chosen == 0 || requests.contains(&holders) {
                // A request that the candidates do not tell apart by looking at it (an undefined atom): keep them all.
                return candidates;
            }
            requests.push(holders);
        }
    }

    /// A part of `candidates` that covers everything allowed and from which none can be left out.
    fn irredundant(&mut self, mut candidates: Vec<Node>) -> Vec<Node> {
        let mut at = candidates.len();
        while at > 0 {
            at -= 1;
            let node = candidates.remove(at);
            if self
                .find(&Query {
                    outside: &candidates,
                    ..Query::default()
                })
                .is_some()
            {
                candidates.insert(at, node);
            }
        }
        candidates
    }
}

/// Everything that lowering needs to know of a way in.
struct Context<'c> {
    route: &'c Route<'c>,
    zone: &'c ZoneOfTrust,
    rcps: &'c [&'c Policy],
    organization: &'c Organization,
    axes: &'c [Axis],
    owner: AccountId,
}

impl Context<'_> {
    /// What the way in allows, for the current kind of caller.
    fn base(&self, lowering: &mut Lowering) -> Base {
        let mut statements = Vec::new();
        let mut goals = Vec::new();
        for (at, (_, policy)) in self.route.allow.iter().enumerate() {
            // The second policy of an access point's way in is the bucket's, and judges the bucket's own ARN.
            lowering.resource_name = if at == 0 { "resource" } else { BUCKET };
            let mut allows = Vec::new();
            for (index, statement) in policy.statements.iter().enumerate() {
                let applies = lowering.statement(policy, index, PolicyType::Resource);
                match statement.effect {
                    Effect::Allow => {
                        statements.push(((at, index), applies.clone()));
                        allows.push(applies);
                    }
                    Effect::Deny => goals.push(applies.not()),
                }
            }
            let allows = Formula::or(allows);
            if allows == Formula::False {
                lowering.resource_name = "resource";
                return Base {
                    statements,
                    goals: vec![Formula::False],
                };
            }
            goals.insert(0, allows);
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
        Base { statements, goals }
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
                for policy in level {
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

    fn goals(&self, lowering: &mut Lowering, base: &Base, query: &Query) -> Vec<Formula> {
        let mut goals = Vec::new();
        if let Some(wanted) = query.statement {
            goals.push(
                base.statements
                    .iter()
                    .find(|(at, _)| *at == wanted)
                    .map_or(Formula::False, |(_, f)| f.clone()),
            );
        }
        goals.extend(base.goals.iter().cloned());
        if query.confused_deputy {
            goals.extend(self.on_nobodys_behalf(lowering));
        } else {
            let zone = outside(lowering, self.zone);
            let owner = lowering.account_in([self.owner]);
            goals.push(Formula::and([zone, owner.not()]));
        }
        if let Some(node) = query.inside {
            goals.extend(self.node(lowering, node));
        }
        for node in query.outside {
            goals.push(Formula::and(self.node(lowering, node)).not());
        }
        if let Some(set) = query.action {
            goals.push(lowering.action_in(set.clone()));
        }
        if query.untrusted {
            for (_, policy) in &self.route.allow {
                goals.push(trusted(lowering, policy, None).not());
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

    /// The requests of a node, as formulas that must all hold.
    fn node(&self, lowering: &mut Lowering, node: &Node) -> Vec<Formula> {
        let mut parts = Vec::new();
        for (axis, label) in self.axes.iter().zip(node) {
            let Some(label) = label else { continue };
            parts.push(match &axis.labels[*label] {
                Label::Principal(entry) => lowering.entry(entry, 0),
                Label::Value(_, test) => {
                    let key = axis
                        .key
                        .expect("values belong to condition keys")
                        .to_ascii_lowercase();
                    lowering.trusted_value(&key, test.clone())
                }
            });
        }
        parts
    }
}

/// The accounts that the principals of a way in name.
fn named_accounts(route: &Route) -> BTreeSet<AccountId> {
    let clauses = route
        .allow
        .iter()
        .flat_map(|(_, policy)| &policy.statements)
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
fn scps_of(organization: &Organization, account: AccountId) -> impl Iterator<Item = &Vec<Policy>> {
    organization
        .accounts
        .get(&account)
        .into_iter()
        .flat_map(|account| &account.scps)
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
fn maximal(axes: &[Axis], mut nodes: Vec<Node>) -> Vec<Node> {
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

/// Whether a completed request lies in a node.
fn contains(axes: &[Axis], node: &Node, request: &Request) -> bool {
    axes.iter().zip(node).all(|(axis, label)| {
        let Some(label) = label else { return true };
        match &axis.labels[*label] {
            Label::Principal(entry) => {
                let (kind, text) = caller_text(request);
                entry_texts(kind, entry).contains(&text)
            }
            Label::Value(_, test) => {
                let key = axis
                    .key
                    .expect("values belong to condition keys")
                    .to_ascii_lowercase();
                match request.context.get(&key) {
                    Some(ContextValue::One(text)) => test.passes(text),
                    Some(ContextValue::Many(members)) => {
                        members.iter().any(|member| test.passes(member))
                    }
                    None => false,
                }
            }
        }
    })
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

/// A smallest set that meets every one of `sets`, the first in order of its bits among those of equal size.
fn smallest_hitting_set(sets: &[u64], size: usize) -> u64 {
    fn extend(sets: &[u64], chosen: u64, left: u32) -> Option<u64> {
        let Some(open) = sets.iter().find(|set| *set & chosen == 0) else {
            return Some(chosen);
        };
        if left == 0 {
            return None;
        }
        let mut options = *open;
        while options != 0 {
            let bit = options & options.wrapping_neg();
            if let Some(found) = extend(sets, chosen | bit, left - 1) {
                return Some(found);
            }
            options &= options - 1;
        }
        None
    }
    (0..=u32::try_from(size).expect("fewer than 2^32 findings"))
        .find_map(|count| extend(sets, 0, count))
        .expect("all candidates together meet every set")
}
