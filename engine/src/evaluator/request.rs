//! A request made ready: cut, looked up and completed once, for all documents that are asked about it.

use super::glob::{ArnParts, arn_parts};
use super::layers;
use super::names::{KeyId, Names};
use keyaki_language::Request;
use keyaki_language::key::{Arity, arity};
use keyaki_language::policies::{Facts, Membership};
use keyaki_language::policy::AccountId;
use keyaki_language::request::{Caller, ContextValue};
use keyaki_language::value::Instant;
use std::borrow::Cow;

/// Keys that facts settle, numbered before all others.
const PRINCIPAL_ORG_ID: KeyId = KeyId(0);
const PRINCIPAL_ORG_PATHS: KeyId = KeyId(1);
const RESOURCE_ORG_ID: KeyId = KeyId(2);
const RESOURCE_ORG_PATHS: KeyId = KeyId(3);
const SETTLED: [&str; 4] = [
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:resourceorgid",
    "aws:resourceorgpaths",
];
const CURRENT_TIME: &str = "aws:currenttime";
const EPOCH_TIME: &str = "aws:epochtime";

/// The names that documents mention, with those that facts settle before all others.
#[derive(Debug)]
pub(super) struct Keys {
    names: Names,
    current_time: Option<KeyId>,
    epoch_time: Option<KeyId>,
}

impl Keys {
    pub(super) fn new() -> Self {
        let mut names = Names::default();
        for name in SETTLED {
            names.id(name);
        }
        Self {
            names,
            current_time: None,
            epoch_time: None,
        }
    }

    /// The number of a key in lower case.
    pub(super) fn id(&mut self, name: &str) -> KeyId {
        let id = self.names.id(name);
        match name {
            CURRENT_TIME => self.current_time = Some(id),
            EPOCH_TIME => self.epoch_time = Some(id),
            _ => {}
        }
        id
    }
}

/// The value of a key in one request.
#[derive(Clone, Copy, Debug)]
enum Held<'r> {
    /// An empty list, which is an absent key (S22).
    Nothing,
    One(&'r str),
    Many(&'r [String]),
    /// The clock's other name, which the request does not write.
    Clock,
}

/// What operators see of a key.
#[derive(Clone, Copy)]
pub(super) enum Seen<'v> {
    Absent,
    One(&'v str),
    Many(&'v [String]),
}

impl<'v> Seen<'v> {
    /// The values that a set operator sees: the empty string counts as no value (S28).
    pub(super) fn members(self) -> impl Iterator<Item = &'v str> {
        let (one, many): (Option<&str>, &[String]) = match self {
            Seen::Absent => (None, &[]),
            Seen::One(text) => (Some(text), &[]),
            Seen::Many(texts) => (None, texts),
        };
        one.into_iter()
            .chain(many.iter().map(String::as_str))
            .filter(|text| !text.is_empty())
    }
}

/// The values of a request under the keys that documents mention.
///
/// A request holds a dozen keys or two, so a walk over their numbers beats a look-up in a map.
#[derive(Debug, Default)]
pub(super) struct Values<'r> {
    held: Vec<(KeyId, Held<'r>)>,
    clock: String,
}

impl<'r> Values<'r> {
    pub(super) fn get(&self, key: KeyId) -> Seen<'_> {
        match self.find(key) {
            None | Some(Held::Nothing) => Seen::Absent,
            Some(Held::One(text)) => Seen::One(text),
            Some(Held::Many(texts)) => Seen::Many(texts),
            Some(Held::Clock) => Seen::One(&self.clock),
        }
    }

    /// The value of a key that holds one: what a variable stands for (S42).
    pub(super) fn single(&self, key: KeyId) -> Option<&str> {
        match self.get(key) {
            Seen::One(text) => Some(text),
            Seen::Absent | Seen::Many(_) => None,
        }
    }

    fn find(&self, key: KeyId) -> Option<Held<'r>> {
        let found = self.held.iter().find(|(id, _)| *id == key);
        found.map(|(_, held)| *held)
    }

    fn add(&mut self, key: KeyId, held: Held<'r>) {
        self.held.push((key, held));
    }

    /// R5: the organization of an account, where the request itself does not say.
    fn add_organization(&mut self, membership: &'r Membership, id: KeyId, paths: KeyId) {
        if self.find(id).is_none() {
            self.add(id, Held::One(&membership.organization));
        }
        if !membership.paths.is_empty() && self.find(paths).is_none() {
            self.add(paths, Held::Many(&membership.paths));
        }
    }
}

/// A request, cut and looked up once ([`Evaluator::prepare`](super::Evaluator::prepare)).
#[derive(Debug)]
pub struct Prepared<'r> {
    pub(super) request: &'r Request,
    pub(super) facts: &'r Facts,
    /// The policy of the facts' access point.
    pub(super) access_point: Option<super::DocumentId>,
    /// In lower case.
    pub(super) action: Cow<'r, str>,
    pub(super) arn: Option<ArnParts<'r>>,
    pub(super) values: Values<'r>,
    pub(super) account: Option<AccountId>,
    pub(super) owner: Option<AccountId>,
}

impl<'r> Prepared<'r> {
    pub(super) fn new(
        request: &'r Request,
        facts: &'r Facts,
        access_point: Option<super::DocumentId>,
        keys: &Keys,
    ) -> Self {
        let arn = arn_parts(&request.resource);
        let mut prepared = Self {
            request,
            facts,
            access_point,
            action: lower_case(&request.action),
            arn,
            values: values(request, keys),
            account: layers::caller_account(request),
            owner: owner(request, arn.as_ref()),
        };
        prepared.settle(keys);
        prepared
    }

    /// What facts add (R3, R5).
    fn settle(&mut self, keys: &Keys) {
        let place = |account: Option<AccountId>| -> Option<&'r Membership> {
            self.facts.organizations.get(&account?)?.as_ref()
        };
        if !self.facts.organizations.is_empty() {
            let (caller, owner) = (place(self.request.principal.account()), place(self.owner));
            if let Some(membership) = caller {
                self.values
                    .add_organization(membership, PRINCIPAL_ORG_ID, PRINCIPAL_ORG_PATHS);
            }
            if let Some(membership) = owner {
                self.values
                    .add_organization(membership, RESOURCE_ORG_ID, RESOURCE_ORG_PATHS);
            }
        }
        self.settle_clock(keys);
    }

    /// `aws:CurrentTime` and `aws:EpochTime` are one instant (R3): where documents ask for one and the request has
    /// the other, one gives the other.
    fn settle_clock(&mut self, keys: &Keys) {
        let context = &self.request.context;
        let instant = |key| match context.get(key) {
            Some(ContextValue::One(text)) => Instant::parse(text),
            _ => None,
        };
        if let Some(epoch) = keys.epoch_time
            && !context.contains_key(EPOCH_TIME)
            && let Some(now) = instant(CURRENT_TIME)
            // Before 1970 the fraction counts up from the second below, which no decimal of these digits says.
            && (now.seconds() >= 0 || now.fraction().is_empty())
        {
            let seconds = format!("{}.{}", now.seconds(), now.fraction());
            let seconds = seconds.trim_end_matches('.').to_owned();
            self.values.clock = seconds;
            self.values.add(epoch, Held::Clock);
        }
        if let Some(current) = keys.current_time
            && !context.contains_key(CURRENT_TIME)
            && let Some(now) = instant(EPOCH_TIME)
        {
            self.values.clock = now.canonical();
            self.values.add(current, Held::Clock);
        }
    }

    /// The part of the action before its colon.
    pub(super) fn service(&self) -> &str {
        self.request.action.split(':').next().unwrap_or_default()
    }
}

fn lower_case(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|b| b.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

fn values<'r>(request: &'r Request, keys: &Keys) -> Values<'r> {
    let mut values = Values {
        held: Vec::with_capacity(request.context.len() + SETTLED.len()),
        clock: String::new(),
    };
    for (name, value) in &request.context {
        let Some((key, arity)) = keys.names.find(name) else {
            continue;
        };
        let held = match value {
            ContextValue::Many(texts) if texts.is_empty() => Held::Nothing,
            ContextValue::Many(texts) => Held::Many(texts),
            // S23: a text under a many-valued key is a list of one.
            ContextValue::One(text) if arity == Arity::Many => {
                Held::Many(std::slice::from_ref(text))
            }
            ContextValue::One(text) => Held::One(text),
        };
        values.add(key, held);
    }
    values
}

/// The resource's account: from the ARN, as given, or as a condition key says.
fn owner(request: &Request, arn: Option<&ArnParts<'_>>) -> Option<AccountId> {
    let from_key = |key| match request.context.get(key) {
        Some(ContextValue::One(text)) if arity(key) != Arity::Many => AccountId::parse(text),
        _ => None,
    };
    let from_arn = match arn {
        Some(parts) => AccountId::parse(parts[4]).or(request.resource_account),
        None => request.owner(),
    };
    from_arn
        .or_else(|| from_key("aws:resourceaccount"))
        .or_else(|| from_key("s3:resourceaccount"))
}

/// Users, sessions, federated users; a canonical id stands for the identities of its account (S6).
pub(super) fn has_identity_side(caller: &Caller) -> bool {
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
