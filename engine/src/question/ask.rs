//! What all questions share: is the set of allowed requests, narrowed in some ways, empty?
//!
//! An [`Ask`] is one policy and what is taken away from the requests that it allows. It is decided for one kind of caller
//! after the other, and within a kind for one Allow statement after the other, so that a failing answer names *every*
//! statement that takes part. A request that is found is written down, completed and replayed by the judge before
//! anybody sees it.

use crate::broken::{self, Fault};
use crate::domain::scalar::Test;
use crate::domain::text::{Class, Row, RowBuilder, TextSet};
use crate::proof::{Closed, KindProof, Scope, StatementProof, write_proofs};
use crate::question::public::trusted;
use crate::question::{Access, Answer};
use crate::region::caller::{Kind, caller_of};
use crate::region::formula::{Formula, Literal};
use crate::region::lower::{Facts, Lowering, Pins, action_set};
use crate::region::space::{Atom, DimensionId, Model};
use crate::region::variable;
use crate::resource::ZoneOfTrust;
use crate::solve::{Common, Doubt, Outcome};
use crate::{Limits, Reason, StatementRef, Stats, Verdict};
use keyaki_language::judge::{self, Decision};
use keyaki_language::policies::PolicyType;
use keyaki_language::policy::{Effect, Policy, is_reserved};
use keyaki_language::request::{Caller, ContextValue, Request};
use std::collections::{BTreeMap, BTreeSet};

/// The requests that a policy allows, narrowed.
#[derive(Clone)]
pub(crate) struct Ask<'p> {
    policy_type: PolicyType,
    policy: &'p Policy,
    document: &'static str,
    minus: Option<&'p Policy>,
    access: Option<&'p [Access]>,
    resource_type: Option<&'p str>,
    zone: Option<&'p ZoneOfTrust>,
    untrusted: bool,
    first: bool,
    prove: bool,
    facts: Facts,
}

/// The set of a question for each choice of values for policy variables.
type PinnedParts = BTreeMap<(Kind, Pins), Parts>;

/// The set of requests of a question: those of some Allow statement that are in all of the rest.
struct Parts {
    allows: Vec<(usize, Formula)>,
    rest: Vec<Formula>,
}

impl Parts {
    /// The set for one Allow statement, as formulas that must all hold.
    fn goals(&self, index: usize) -> Vec<Formula> {
        let allow = self
            .allows
            .iter()
            .find(|(at, _)| *at == index)
            .map_or(Formula::False, |(_, applies)| applies.clone());
        std::iter::once(allow)
            .chain(self.rest.iter().cloned())
            .collect()
    }
}

/// What a search for a request of one statement came to.
enum Search {
    Empty,
    Found(Vec<(DimensionId, Model)>),
    Undecided(Reason),
}

impl<'p> Ask<'p> {
    /// Everything that the policy allows.
    pub(crate) fn new(policy_type: PolicyType, policy: &'p Policy, document: &'static str) -> Self {
        Self {
            policy_type,
            policy,
            document,
            minus: None,
            access: None,
            resource_type: None,
            zone: None,
            untrusted: false,
            first: false,
            prove: false,
            facts: Facts::default(),
        }
    }

    /// Without what the existing policy allows.
    pub(crate) fn minus(mut self, existing: &'p Policy) -> Self {
        self.minus = Some(existing);
        self
    }

    /// Only the listed actions and resources.
    pub(crate) fn granting(mut self, access: &'p [Access]) -> Self {
        self.access = Some(access);
        self
    }

    /// For a resource of this type.
    pub(crate) fn on(mut self, resource_type: &'p str) -> Self {
        self.resource_type = Some(resource_type);
        self
    }

    /// Only callers outside the zone of trust.
    pub(crate) fn outside(mut self, zone: &'p ZoneOfTrust) -> Self {
        self.zone = Some(zone);
        self
    }

    /// Only requests without any of the fixed values that the policy itself names for a trusted key.
    pub(crate) fn untrusted(mut self) -> Self {
        self.untrusted = true;
        self
    }

    /// One request is enough: the statements that take part are not asked for.
    pub(crate) fn first(mut self) -> Self {
        self.first = true;
        self
    }

    /// Writes down why the set is empty, if it is.
    pub(crate) fn proving(mut self, prove: bool) -> Self {
        self.prove = prove;
        self
    }

    /// Decides whether the set is empty: *holds* if it is.
    pub(crate) fn decide(&self, limits: &Limits) -> Answer {
        let documents: Vec<&Policy> = std::iter::once(self.policy).chain(self.minus).collect();
        let mut lowering = Lowering::new(&documents, self.facts.clone());
        let mut stats = Stats::default();
        let effects = self
            .policy
            .statements
            .iter()
            .map(|statement| statement.effect);
        let allows = effects.filter(|effect| *effect == Effect::Allow).count();
        let mut statements = BTreeSet::new();
        let mut witness: Option<Box<Request>> = None;
        let mut reason: Option<Reason> = None;
        let mut seen: Vec<Vec<bool>> = Vec::new();
        let mut pinned = PinnedParts::new();
        let mut proofs: Vec<KindProof> = Vec::new();
        // Which proof each remembered signature belongs to.
        let mut proof_of: Vec<usize> = Vec::new();
        for kind in Kind::ALL {
            // Nothing is left to be found where each Allow statement takes part already.
            if witness.is_some() && (self.first || statements.len() == allows) {
                break;
            }
            if broken::on(Fault::Kind) && kind == Kind::User {
                continue;
            }
            lowering.kind = kind;
            if let Some(known) = self.repetition(&mut lowering, &documents, &mut seen) {
                if self.prove {
                    proofs[proof_of[known]].kinds.push(kind.name());
                }
                continue;
            }
            proof_of.resize(seen.len(), proofs.len());
            let parts = self.parts(&mut lowering);
            let mut common = Common::new(&lowering.space, &parts.rest);
            let mut proof = KindProof {
                kinds: vec![kind.name()],
                scope: Scope::default(),
                statements: Vec::new(),
            };
            for (index, applies) in &parts.allows {
                let index = *index;
                if *applies == Formula::False
                    || statements.contains(&index)
                    || (self.first && witness.is_some())
                    || (broken::on(Fault::Statement)
                        && parts.allows.last().is_some_and(|(last, _)| *last == index))
                {
                    continue;
                }
                if common.refutes(applies) {
                    stats.repeated += 1;
                    continue;
                }
                stats.searches += 1;
                let mut closed = self.prove.then(Closed::default);
                match self.search(
                    &mut lowering,
                    &parts,
                    &mut pinned,
                    index,
                    limits,
                    closed.as_mut(),
                ) {
                    Search::Empty => {
                        if let Some(closed) = closed {
                            let scopes = self.scopes(&mut lowering, &closed);
                            proof.statements.push(StatementProof {
                                index,
                                closed,
                                scopes,
                            });
                        }
                    }
                    Search::Undecided(why) => {
                        reason.get_or_insert(why);
                    }
                    Search::Found(model) => {
                        // The request that is shown is always replayed. Those that only show that a further statement takes part
                        // are replayed in debug builds: over many statements the judge would cost more than the search.
                        if witness.is_some() && !cfg!(debug_assertions) {
                            statements.insert(index);
                            continue;
                        }
                        let request = write_request(&lowering, kind, &model);
                        match self.replay(request, &lowering) {
                            Ok(request) => {
                                statements.insert(index);
                                witness.get_or_insert_with(|| Box::new(request));
                            }
                            Err(why) => {
                                reason.get_or_insert(why);
                            }
                        }
                    }
                }
            }
            if self.prove {
                let notes = proof.statements.iter().map(|s| &s.closed.rest);
                let mut scope = self.scope(&mut lowering, Scope::of(notes));
                let choices = proof.statements.iter().flat_map(|s| &s.closed.pinned);
                for (key, value) in choices.flat_map(|(pins, _)| pins) {
                    let formula = lowering.equals(key, value.as_deref());
                    let name = || match value {
                        Some(value) => format!("pin/{key}/{value}"),
                        None => format!("pin/{key}"),
                    };
                    scope.note(name, &formula);
                }
                proof.scope = scope;
                proofs.push(proof);
            }
        }
        lowering.space.tell(&mut stats);
        let verdict = match (witness, reason) {
            (Some(request), _) => Verdict::Fails(Some(request)),
            (None, Some(reason)) => Verdict::Undecided(reason),
            (None, None) => Verdict::Holds(None),
        };
        // Whoever asks for a certificate is shown the same request as anybody else, where there is none.
        if lowering.said_more && verdict != Verdict::Holds(None) {
            return self.clone().proving(false).decide(limits);
        }
        let statements = statements
            .into_iter()
            .map(|index| self.statement_ref(index))
            .collect();
        let proof = (self.prove && verdict == Verdict::Holds(None)).then(|| write_proofs(&proofs));
        Answer {
            verdict,
            statements,
            stats,
            proof,
        }
    }

    /// The names of the pinned choices of a proof.
    fn scopes(&self, lowering: &mut Lowering, closed: &Closed) -> Vec<Scope> {
        let mut scopes = Vec::new();
        for (pins, notes) in &closed.pinned {
            lowering.pins.clone_from(pins);
            scopes.push(self.scope(lowering, Scope::of([notes])));
        }
        lowering.pins.clear();
        scopes
    }

    /// Names atoms for the current kind of caller and the current pins, by the element that mentions them.
    fn scope(&self, lowering: &mut Lowering, mut scope: Scope) -> Scope {
        let names = match (self.minus, self.zone) {
            (Some(_), None) => ["new", "existing"],
            _ => ["policy", "findings"],
        };
        for (policy, name) in [self.policy].into_iter().chain(self.minus).zip(names) {
            for (index, statement) in policy.statements.iter().enumerate() {
                if scope.is_complete() {
                    return scope;
                }
                let principal = lowering.principal(statement, index, self.policy_type);
                if principal == Formula::False {
                    continue;
                }
                scope.note(|| format!("{name}/{index}/Principal"), &principal);
                let actions = lowering.actions(statement);
                scope.note(|| format!("{name}/{index}/Action"), &actions);
                let resources = lowering.resources(statement, index);
                scope.note(|| format!("{name}/{index}/Resource"), &resources);
                for (at, condition) in statement.conditions.iter().enumerate() {
                    let formula = lowering.condition(condition, index);
                    scope.note(|| format!("{name}/{index}/Condition/{at}"), &formula);
                }
            }
        }
        if !scope.is_complete() {
            let (narrowed, of_type) = self.narrowed(lowering);
            scope.note(|| "narrowed".to_owned(), &narrowed);
            scope.note(|| "type".to_owned(), &of_type);
            scope.note(|| "ties".to_owned(), &lowering.ties());
            scope.note(|| "pinned".to_owned(), &lowering.pinned());
        }
        scope
    }

    /// What the question narrows access to, apart from another document, and the resources of its type.
    fn narrowed(&self, lowering: &mut Lowering) -> (Formula, Formula) {
        if let Some(access) = self.access {
            let entries: Vec<Formula> = access
                .iter()
                .map(|entry| granted(lowering, entry))
                .collect();
            return (Formula::or(entries), Formula::True);
        }
        if let Some(zone) = self.zone {
            return (outside(lowering, zone), Formula::True);
        }
        if self.untrusted {
            let trusted = trusted(lowering, self.policy, self.resource_type);
            let resource_type = self.resource_type;
            let of_type = resource_type.map_or(Formula::True, |name| of_type(lowering, name));
            return (trusted.not(), of_type);
        }
        (Formula::True, Formula::True)
    }

    fn statement_ref(&self, index: usize) -> StatementRef {
        let sid = self.policy.statements[index]
            .sid
            .as_ref()
            .map(|sid| sid.value.clone())
            .filter(|sid| !sid.is_empty());
        StatementRef {
            document: self.document,
            index,
            sid,
        }
    }

    /// Which earlier question of another kind of caller was the very same, by the number of its signature: no key follows from the caller, and every
    /// statement concerns either all callers of both kinds or none.
    fn repetition(
        &self,
        lowering: &mut Lowering,
        documents: &[&Policy],
        seen: &mut Vec<Vec<bool>>,
    ) -> Option<usize> {
        if lowering.uses_derived_keys() || self.untrusted {
            return None;
        }
        if broken::on(Fault::Alike) && !seen.is_empty() {
            return Some(0);
        }
        let statements = documents.iter().map(|policy| policy.statements.len());
        let mut signature = Vec::with_capacity(statements.sum::<usize>() + 1);
        let constant = |formula: Formula| match formula {
            Formula::True => Some(true),
            Formula::False => Some(false),
            Formula::Literal(_) | Formula::And(_) | Formula::Or(_) => None,
        };
        for policy in documents {
            for (index, statement) in policy.statements.iter().enumerate() {
                let principal = lowering.principal(statement, index, self.policy_type);
                signature.push(constant(principal)?);
            }
        }
        if let Some(zone) = self.zone {
            signature.push(constant(outside(lowering, zone))?);
        }
        let known = seen.iter().position(|other| *other == signature);
        if known.is_none() {
            seen.push(signature);
        }
        known
    }

    /// The set, lowered for the current kind of caller and the current values of policy variables.
    fn parts(&self, lowering: &mut Lowering) -> Parts {
        let mut allows = Vec::new();
        let mut rest = Vec::new();
        for (index, statement) in self.policy.statements.iter().enumerate() {
            let applies = lowering.statement(self.policy, index, self.policy_type);
            match statement.effect {
                Effect::Allow => allows.push((index, applies)),
                Effect::Deny => rest.push(applies.not()),
            }
        }
        if self.prove {
            self.say_all(lowering);
        }
        if allows.iter().all(|(_, applies)| *applies == Formula::False) {
            return Parts {
                allows: Vec::new(),
                rest: Vec::new(),
            };
        }
        if let Some(existing) = self.minus {
            let mut not_allowed = Vec::new();
            let mut denied = Vec::new();
            for (at, statement) in existing.statements.iter().enumerate() {
                let applies = lowering.statement(existing, at, self.policy_type);
                match statement.effect {
                    Effect::Allow => not_allowed.push(applies.not()),
                    Effect::Deny => denied.push(applies),
                }
            }
            rest.push(Formula::or(
                std::iter::once(Formula::and(not_allowed)).chain(denied),
            ));
        }
        let (narrowed, of_type) = self.narrowed(lowering);
        rest.push(narrowed);
        rest.push(of_type);
        rest.push(lowering.ties());
        rest.push(lowering.pinned());
        // One list, which all Allow statements are held against.
        Parts {
            allows,
            rest: vec![Formula::and(rest)],
        }
    }

    /// Lowers conditions of statements that concern no action as well: what ties keys together goes by all tests that there are, and a
    /// checker looks at every element.
    fn say_all(&self, lowering: &mut Lowering) {
        let before = lowering.space.atom_count();
        for policy in [self.policy].into_iter().chain(self.minus) {
            for (index, statement) in policy.statements.iter().enumerate() {
                if lowering.principal(statement, index, self.policy_type) != Formula::False {
                    for condition in &statement.conditions {
                        lowering.condition(condition, index);
                    }
                }
            }
        }
        lowering.said_more |= lowering.space.atom_count() > before;
    }

    /// The set for the values that policy variables are pinned to, lowered once for each choice of values.
    fn pinned_parts<'c>(&self, lowering: &mut Lowering, pinned: &'c mut PinnedParts) -> &'c Parts {
        pinned
            .entry((lowering.kind, lowering.pins.clone()))
            .or_insert_with(|| self.parts(lowering))
    }

    /// Finds a request of one Allow statement, dealing with policy variables and undefined atoms.
    fn search(
        &self,
        lowering: &mut Lowering,
        parts: &Parts,
        pinned: &mut PinnedParts,
        index: usize,
        limits: &Limits,
        closed: Option<&mut Closed>,
    ) -> Search {
        let relower =
            &mut |lowering: &mut Lowering| self.pinned_parts(lowering, pinned).goals(index);
        let model = match variable::search(lowering, limits, parts.goals(index), relower, closed) {
            Outcome::Empty => return Search::Empty,
            Outcome::Unknown(doubt) => return Search::Undecided(doubt_reason(doubt)),
            Outcome::Found(model) => model,
        };
        // S2: what is undefined has now been read in favour of a request; read it against one.
        let open: Vec<DimensionId> = model
            .iter()
            .filter(|(_, m)| matches!(m, Model::Boolean(Some(_))))
            .map(|(id, _)| *id)
            .collect();
        let Some(first) = open.first() else {
            return Search::Found(model);
        };
        let reason = lowering
            .undefined_reason(*first)
            .cloned()
            .expect("a free Boolean is an undefined atom");
        let narrow = |lowering: &Lowering, goals: Vec<Formula>| -> Vec<Formula> {
            goals
                .iter()
                .map(|goal| goal.map(&|literal: Literal| narrowed(lowering, literal)))
                .collect()
        };
        let goals = narrow(lowering, parts.goals(index));
        let relower = &mut |lowering: &mut Lowering| {
            let goals = self.pinned_parts(lowering, pinned).goals(index);
            narrow(lowering, goals)
        };
        match variable::search(lowering, limits, goals, relower, None) {
            Outcome::Found(model) => Search::Found(model),
            Outcome::Empty | Outcome::Unknown(_) => Search::Undecided(reason),
        }
    }

    /// Has the judge confirm a request.
    fn replay(&self, mut request: Request, lowering: &Lowering) -> Result<Request, Reason> {
        let internal = |message: String| Reason {
            code: "replay",
            message,
            at: String::new(),
        };
        request.complete().map_err(|error| {
            internal(format!(
                "the request that was found does not stand: {error}"
            ))
        })?;
        let facts = judge_facts(lowering.facts(), &request);
        let allowed = judge::allows(self.policy, self.policy_type, &request, &facts);
        let existing = self
            .minus
            .map(|existing| judge::allows(existing, self.policy_type, &request, &facts));
        if allowed == Decision::Allowed && existing != Some(Decision::Allowed) {
            return Ok(request);
        }
        Err(internal(format!(
            "the judge does not confirm the request that was found: {}",
            request.to_json()
        )))
    }
}

/// What is known of a request's caller, in the judge's form.
pub(crate) fn judge_facts(facts: &Facts, request: &Request) -> keyaki_language::Facts {
    let mut out = keyaki_language::Facts::default();
    if let (Some(account), Some(organizations)) =
        (request.principal.account(), &facts.organizations)
        && let Some(place) = organizations.place(account)
    {
        out.organizations.insert(account, place.clone());
    }
    out
}

/// An undefined literal is read as false, whatever its sign.
pub(crate) fn narrowed(lowering: &Lowering, literal: Literal) -> Formula {
    match lowering.space.get(literal.atom) {
        Atom::Undefined(_) => Formula::False,
        Atom::Present(_) | Atom::Is(..) | Atom::Some(..) => Formula::Literal(literal),
    }
}

/// A search's doubt in words.
pub(crate) fn doubt_reason(doubt: Doubt) -> Reason {
    match doubt {
        Doubt::Limit => Reason {
            code: "limit",
            message: "the limit of branches or of steps was reached".to_owned(),
            at: String::new(),
        },
        Doubt::NotYet(what) => Reason {
            code: "not-yet",
            message: format!("not yet: {what}"),
            at: String::new(),
        },
    }
}

/// The requests of one entry of `access` (Q2).
fn granted(lowering: &mut Lowering, entry: &Access) -> Formula {
    let mut parts = Vec::new();
    let patterns = entry.actions.iter().chain(&entry.resources).flatten();
    lowering.space.unsure |= { patterns }.any(|pattern| is_reserved(pattern));
    if let Some(actions) = &entry.actions {
        let set = action_set(actions.iter().map(String::as_str));
        parts.push(lowering.action_in(set));
    }
    if let Some(resources) = &entry.resources {
        parts.push(lowering.resource_in(resources));
    }
    Formula::and(parts)
}

/// The callers outside the zone of trust (Q3).
pub(crate) fn outside(lowering: &mut Lowering, zone: &ZoneOfTrust) -> Formula {
    let member = |lowering: &mut Lowering| {
        zone.organization.as_ref().map_or(Formula::False, |id| {
            lowering.test("aws:principalorgid", Test::Text(TextSet::word(id.as_str())))
        })
    };
    let listed = |lowering: &mut Lowering, ids: &[String]| {
        lowering.space.unsure |= ids.iter().any(|id| is_reserved(id));
        let set = TextSet::new(ids.iter().map(|id| Row::literal(id)));
        lowering.caller_in(set)
    };
    match lowering.kind {
        Kind::Anonymous => Formula::True,
        Kind::Service => Formula::False,
        Kind::Federated => listed(lowering, &zone.federated).not(),
        Kind::Session | Kind::User | Kind::FederatedUser | Kind::Root => {
            let inside = lowering.account_in(zone.accounts.iter().copied());
            let member = member(lowering);
            Formula::or([inside, member]).not()
        }
        // A canonical id is an account whose number is not known, unless a key of the request tells it.
        Kind::Canonical => {
            let mut inside = vec![listed(lowering, &zone.canonical_users), member(lowering)];
            if let Some(id) = &zone.organization {
                let below = TextSet::new([RowBuilder::default()
                    .text(id)
                    .text("/")
                    .many(Class::Any)
                    .build()]);
                inside.push(lowering.trusted_value("aws:principalorgpaths", Test::Text(below)));
            }
            let accounts = TextSet::new(zone.accounts.iter().map(|a| Row::literal(&a.to_string())));
            if !accounts.is_empty() {
                for key in ["aws:principalaccount", "kms:calleraccount"] {
                    inside.push(lowering.test(key, Test::Text(accounts.clone())));
                }
                let arns = TextSet::new(zone.accounts.iter().map(|account| {
                    RowBuilder::default()
                        .text("arn:")
                        .many(Class::NotColon)
                        .text(":")
                        .many(Class::NotColon)
                        .text(&format!("::{account}:"))
                        .many(Class::Any)
                        .build()
                }));
                inside.push(lowering.test("aws:principalarn", Test::Text(arns)));
            }
            Formula::or(inside).not()
        }
    }
}

/// The resources that can be of a type (Q4).
pub(crate) fn of_type(lowering: &mut Lowering, resource_type: &str) -> Formula {
    match keyaki_language::trust::resource_pattern(resource_type) {
        Some(pattern) => lowering.resource_in(&[pattern]),
        None => Formula::True,
    }
}

/// The dimension of the bucket's own ARN in a call through an access point.
pub(crate) const BUCKET: &str = "bucket of the access point";

/// Writes a model down as a request.
pub(crate) fn write_request(
    lowering: &Lowering,
    kind: Kind,
    model: &[(DimensionId, Model)],
) -> Request {
    let mut principal = Caller::Anonymous;
    let mut action = "s3:getobject".to_owned();
    let mut resource = "arn:aws:s3:::example/example".to_owned();
    let mut context = BTreeMap::new();
    if lowering
        .space
        .find_dimension(kind.dimension_name())
        .is_none()
    {
        (principal, _) = match kind {
            Kind::Anonymous => (Caller::Anonymous, None),
            Kind::Service => caller_of(kind, "ec2.amazonaws.com"),
            Kind::Federated => caller_of(kind, "accounts.google.com"),
            Kind::Canonical => caller_of(kind, &"e".repeat(64)),
            Kind::Root => caller_of(kind, "arn:aws:iam::999999999999:root"),
            Kind::User => caller_of(kind, "arn:aws:iam::999999999999:user/x"),
            Kind::FederatedUser => caller_of(kind, "arn:aws:sts::999999999999:federated-user/xx"),
            Kind::Session => {
                caller_of(kind, "arn:aws:iam::999999999999:role/x\u{1f}AROAEXAMPLE:xx")
            }
        };
    }
    for (id, value) in model {
        let name = lowering.space.name(*id);
        match (name, value) {
            ("action", Model::One(text)) => action.clone_from(text),
            ("resource", Model::One(text)) => resource.clone_from(text),
            (name, Model::One(text)) if name == kind.dimension_name() => {
                let (caller, userid) = caller_of(kind, text);
                principal = caller;
                if let Some(userid) = userid.filter(|_| lowering.mentions("aws:userid")) {
                    context.insert("aws:userid".to_owned(), ContextValue::One(userid));
                }
            }
            (name, _)
                if name.starts_with("principal (")
                    || name.starts_with("constant ")
                    || name.starts_with("value of ")
                    || name.starts_with("part of ")
                    || name == BUCKET => {}
            (name, Model::One(text)) => {
                context.insert(name.to_owned(), ContextValue::One(text.clone()));
            }
            (name, Model::Many(members)) => {
                let members = if members.is_empty() {
                    vec![String::new()]
                } else {
                    members.clone()
                };
                context.insert(name.to_owned(), ContextValue::Many(members));
            }
            (_, Model::Absent | Model::Boolean(_)) => {}
        }
    }
    if lowering.uses_epoch()
        && let Some(ContextValue::One(text)) = context.get("aws:currenttime")
        && let Some(instant) = keyaki_language::value::Instant::parse(text)
    {
        context.insert(
            "aws:epochtime".to_owned(),
            ContextValue::One(crate::domain::order::seconds(&instant).canonical()),
        );
    }
    // Where the ARN says the account, the key's own value was never looked at.
    if keyaki_language::policy::AccountId::parse(resource.split(':').nth(4).unwrap_or("")).is_some()
    {
        context.remove("aws:resourceaccount");
    }
    // Paths of an organization that nobody names may be those of any: they are made the caller's own.
    if let (Some(ContextValue::One(id)), Some(ContextValue::Many(paths))) = (
        context.get("aws:principalorgid").cloned(),
        context.get_mut("aws:principalorgpaths"),
    ) {
        for path in paths
            .iter_mut()
            .filter(|path| !path.starts_with(&format!("{id}/")))
        {
            *path = format!("{id}/{}", path.split_once('/').map_or("", |(_, rest)| rest));
        }
        paths.sort_unstable();
        paths.dedup();
    }
    // The list of a service's names holds at least the service's own.
    if let (Caller::Service(name), Some(ContextValue::Many(names))) =
        (&principal, context.get_mut("aws:principalservicenameslist"))
        && !names.contains(name)
    {
        names.push(name.clone());
        names.sort_unstable();
    }
    Request {
        principal,
        principal_account: None,
        action,
        resource,
        resource_account: lowering.facts().resource_account,
        context,
    }
}
