//! A question as a formula of SMT-LIB 2, encoded from the documents by `SEMANTICS.md` and not by way of the engine.
//!
//! The formula says: *there is a request that breaks the claim*. It is a disjunction over the kinds of caller; within a kind
//! the keys that follow from the caller are functions of its text. A key with one value is a Boolean (is it there?) and a
//! value; a many-valued key has as many members as there are conditions that can ask for one, which is enough because
//! every condition on it says that some member does, or that none does. Nothing else is bounded.

use super::smt::{
    ACCOUNT, ALL, NAME, NOT_COLON, NOT_SLASH, ONE, Said, Term, Unsaid, and, constant, implies,
    joined, meet, member, not, only, or, plus, sequence, star, symbol, text, union,
};
use keyaki_engine::resource::ZoneOfTrust;
use keyaki_language::key::{Arity, arity, is_account};
use keyaki_language::policies::PolicyType;
use keyaki_language::policy::{
    Comparison, Condition, Effect, Listing, Policy, PrincipalEntry, Quantifier, ResourceForm,
    ResourcePattern, Statement, Version, is_unknown,
};
use keyaki_language::template::{Piece, Template, Variables, Wildcards};
use keyaki_language::trust::{fixed_values, is_fixed_principal, resource_pattern};
use keyaki_language::value::{Decimal, Instant, Network, base64, to_base64};
use std::collections::{BTreeMap, BTreeSet};

/// What is asked: is there a request that the first document allows and that is in all of the rest?
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) policy_type: PolicyType,
    pub(super) policy: &'a Policy,
    /// Not allowed by this one (Q1).
    pub(super) minus: Option<&'a Policy>,
    /// One of these: actions and resources (Q2).
    pub(super) access: Option<&'a [keyaki_engine::question::Access]>,
    /// From outside (Q3).
    pub(super) zone: Option<&'a ZoneOfTrust>,
    /// Without any of the document's own fixed values, on a resource of this type (Q4).
    pub(super) untrusted: Option<&'a str>,
}

/// A formula in its parts.
pub(super) struct Encoded {
    /// `(declare-const …)` lines, in the order of their names.
    pub(super) declarations: Vec<String>,
    /// What holds of every request.
    pub(super) sides: Vec<Term>,
    /// The kinds of caller that can break the claim, and how.
    pub(super) kinds: Vec<(&'static str, Term)>,
    /// How many free Booleans stand for what has no meaning.
    pub(super) undefined: usize,
}

/// Encodes a question.
pub(super) fn encode(asked: &Asked) -> Said<Encoded> {
    let mut encoder = Encoder::new(asked);
    let mut kinds: Vec<(&'static str, Term)> = Vec::new();
    for kind in KINDS {
        encoder.kind = kind;
        encoder.keys.clear();
        encoder.own_sides.clear();
        let broken = encoder.broken(asked)?;
        if broken == "false" {
            continue;
        }
        let universe = encoder.universe()?;
        let own = std::mem::take(&mut encoder.own_sides);
        kinds.push((
            kind.name(),
            and([universe].into_iter().chain(own).chain([broken])),
        ));
    }
    encoder.request_sides()?;
    let declarations = encoder
        .declarations
        .iter()
        .map(|(name, sort)| format!("(declare-const {name} {sort})"))
        .collect();
    Ok(Encoded {
        declarations,
        sides: encoder.sides.into_iter().collect(),
        kinds,
        undefined: encoder.undefined.len(),
    })
}

/// The kinds of caller (R1).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    User,
    Session,
    FederatedUser,
    Root,
    Service,
    Anonymous,
    Federated,
    Canonical,
}

pub(super) const KINDS: [Kind; 8] = [
    Kind::User,
    Kind::Session,
    Kind::FederatedUser,
    Kind::Root,
    Kind::Service,
    Kind::Anonymous,
    Kind::Federated,
    Kind::Canonical,
];

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::User => "user",
            Kind::Session => "session",
            Kind::FederatedUser => "federated-user",
            Kind::Root => "root",
            Kind::Service => "service",
            Kind::Anonymous => "anonymous",
            Kind::Federated => "federated",
            Kind::Canonical => "canonical",
        }
    }

    fn has_account(self) -> bool {
        matches!(
            self,
            Kind::User | Kind::Session | Kind::FederatedUser | Kind::Root
        )
    }
}

/// The caller's text: an ARN (of a session its role's), a service, a provider, a canonical id.
const CALLER: &str = "caller";

/// One value of a key.
#[derive(Clone)]
enum Value {
    Text(Text),
    Number(Term),
    Address { six: Term, bits: Term },
}

/// A text: a term, and where it is a piece of another text how tests of it move to the whole.
#[derive(Clone)]
struct Text {
    term: Term,
    frame: Option<Frame>,
}

#[derive(Clone)]
struct Frame {
    whole: Term,
    before: Term,
    inside: Term,
    after: Option<Term>,
}

impl Text {
    fn plain(term: impl Into<Term>) -> Self {
        Self {
            term: term.into(),
            frame: None,
        }
    }

    fn member(&self, language: &str) -> Term {
        match &self.frame {
            None => member(&self.term, language),
            Some(_) if language == ALL => constant(true),
            Some(frame) => member(
                &frame.whole,
                &sequence(
                    [frame.before.clone(), meet(language, &frame.inside)]
                        .into_iter()
                        .chain(frame.after.clone()),
                ),
            ),
        }
    }

    fn is(&self, value: &str) -> Said<Term> {
        Ok(match &self.frame {
            // Both are texts of the documents.
            None if self.term.starts_with('"') => constant(self.term == text(value)?),
            None => format!("(= {} {})", self.term, text(value)?),
            Some(_) => self.member(&only(value)?),
        })
    }
}

/// A key of one kind of caller.
#[derive(Clone)]
struct Key {
    members: Vec<(Term, Value)>,
    many: bool,
}

impl Key {
    fn present(&self) -> Term {
        or(self.members.iter().map(|(there, _)| there.clone()))
    }
}

/// How the documents read a key.
#[derive(Default)]
struct Usage {
    forms: BTreeSet<Form>,
    set: bool,
    asked: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    Text,
    Number,
    Date,
    Address,
    Bool,
    Bytes,
}

fn form(comparison: Comparison) -> Option<Form> {
    Some(match comparison {
        Comparison::StringEquals
        | Comparison::StringEqualsIgnoreCase
        | Comparison::StringLike
        | Comparison::ArnLike => Form::Text,
        Comparison::NumericEquals
        | Comparison::NumericLessThan
        | Comparison::NumericLessThanEquals
        | Comparison::NumericGreaterThan
        | Comparison::NumericGreaterThanEquals => Form::Number,
        Comparison::DateEquals
        | Comparison::DateLessThan
        | Comparison::DateLessThanEquals
        | Comparison::DateGreaterThan
        | Comparison::DateGreaterThanEquals => Form::Date,
        Comparison::Bool => Form::Bool,
        Comparison::BinaryEquals => Form::Bytes,
        Comparison::IpAddress => Form::Address,
        Comparison::Null => return None,
    })
}

/// The two clock keys are one instant (R3).
fn time_key(key: &str) -> &str {
    if key == "aws:epochtime" {
        "aws:currenttime"
    } else {
        key
    }
}

struct Encoder {
    kind: Kind,
    keys: BTreeMap<String, Key>,
    usage: BTreeMap<String, Usage>,
    entries: Vec<PrincipalEntry>,
    declarations: BTreeMap<Term, &'static str>,
    sides: BTreeSet<Term>,
    own_sides: Vec<Term>,
    undefined: BTreeMap<String, Term>,
    resource_in_parts: bool,
}

impl Encoder {
    fn new(asked: &Asked) -> Self {
        let mut encoder = Self {
            kind: Kind::User,
            keys: BTreeMap::new(),
            usage: BTreeMap::new(),
            entries: Vec::new(),
            declarations: BTreeMap::from([
                ("action".to_owned(), "String"),
                (CALLER.to_owned(), "String"),
            ]),
            sides: BTreeSet::new(),
            own_sides: Vec::new(),
            undefined: BTreeMap::new(),
            resource_in_parts: false,
        };
        for policy in [Some(asked.policy), asked.minus].into_iter().flatten() {
            for statement in &policy.statements {
                encoder.note(statement, asked);
            }
        }
        encoder
    }

    /// Takes note of what a statement reads.
    fn note(&mut self, statement: &Statement, asked: &Asked) {
        for entry in statement
            .principal
            .iter()
            .flat_map(|clause| &clause.entries)
        {
            self.entries.push(entry.value.clone());
        }
        for pattern in statement
            .resource
            .iter()
            .flat_map(|clause| &clause.patterns)
        {
            for part in pattern.value.parts().iter().flatten() {
                self.note_variables(part);
                self.resource_in_parts |= part.has_variable();
            }
        }
        for condition in &statement.conditions {
            let key = time_key(&condition.key.value);
            let usage = self.usage.entry(key.to_owned()).or_default();
            usage.forms.extend(form(condition.operator.comparison));
            usage.set |= condition.operator.quantifier != Quantifier::Single;
            usage.asked += 1;
            if let Some(resource_type) = asked.untrusted {
                usage.asked += fixed_values(condition, Some(resource_type)).len();
            }
            self.resource_in_parts |=
                key.starts_with("aws:resourceaccount") || key.starts_with("aws:resourceorg");
            if form(condition.operator.comparison) == Some(Form::Text) {
                for value in &condition.values {
                    self.note_variables(&template(condition, &value.value));
                }
            }
        }
    }

    fn note_variables(&mut self, template: &Template) {
        for piece in &template.pieces {
            if let Piece::Variable(variable) = piece {
                let key = variable.key.as_str();
                let usage = self.usage.entry(time_key(key).to_owned()).or_default();
                usage.forms.insert(Form::Text);
                self.resource_in_parts |=
                    key.starts_with("aws:resourceaccount") || key.starts_with("aws:resourceorg");
            }
        }
    }

    fn declare(&mut self, name: &str, sort: &'static str) -> Term {
        let name = symbol(name);
        self.declarations.insert(name.clone(), sort);
        name
    }

    /// A free Boolean for what has no meaning; the same for the same atom (S2).
    fn unknown(&mut self, what: String) -> Term {
        let count = self.undefined.len();
        let name = self
            .undefined
            .entry(what)
            .or_insert_with(|| symbol(&format!("undefined {count}")))
            .clone();
        self.declarations.insert(name.clone(), "Bool");
        name
    }

    // What breaks the claim.

    fn broken(&mut self, asked: &Asked) -> Said<Term> {
        let mut parts = vec![self.allowed(asked.policy, asked.policy_type)?];
        if parts[0] == "false" {
            return Ok(constant(false));
        }
        if let Some(old) = asked.minus {
            parts.push(not(&self.allowed(old, asked.policy_type)?));
        }
        if let Some(access) = asked.access {
            let mut entries = Vec::new();
            for entry in access {
                let mut both = Vec::new();
                if let Some(actions) = &entry.actions {
                    both.push(self.action_in(actions.iter().map(String::as_str))?);
                }
                if let Some(resources) = &entry.resources {
                    both.push(self.resource_in_texts(resources)?);
                }
                entries.push(and(both));
            }
            parts.push(or(entries));
        }
        if let Some(zone) = asked.zone {
            parts.push(self.outside(zone)?);
        }
        if let Some(resource_type) = asked.untrusted {
            parts.push(not(&self.trusted(asked.policy, resource_type)?));
            if let Some(pattern) = resource_pattern(resource_type) {
                parts.push(self.resource_in_texts(&[pattern])?);
            }
        }
        Ok(and(parts))
    }

    /// S1: some Allow applies, and no Deny.
    fn allowed(&mut self, policy: &Policy, policy_type: PolicyType) -> Said<Term> {
        let (mut allows, mut denies) = (Vec::new(), Vec::new());
        for (index, statement) in policy.statements.iter().enumerate() {
            let applies = self.applies(statement, index, policy_type)?;
            match statement.effect {
                Effect::Allow => allows.push(applies),
                Effect::Deny => denies.push(not(&applies)),
            }
        }
        Ok(and([or(allows)].into_iter().chain(denies)))
    }

    fn applies(
        &mut self,
        statement: &Statement,
        index: usize,
        policy_type: PolicyType,
    ) -> Said<Term> {
        let principal = self.principal(statement, index, policy_type)?;
        if principal == "false" {
            return Ok(principal);
        }
        let listed = self.action_in(statement.action.patterns.iter().map(|p| p.value.as_str()))?;
        let action = match statement.action.listing {
            Listing::Listed => listed,
            Listing::NotListed => not(&listed),
        };
        let resource = match &statement.resource {
            None => constant(true),
            Some(clause) => {
                let listed = or(clause
                    .patterns
                    .iter()
                    .map(|pattern| self.resource_matches(&pattern.value))
                    .collect::<Said<Vec<Term>>>()?);
                match clause.listing {
                    Listing::Listed => listed,
                    Listing::NotListed => not(&listed),
                }
            }
        };
        let mut parts = vec![principal, action, resource];
        for condition in &statement.conditions {
            parts.push(self.condition(condition)?);
        }
        Ok(and(parts))
    }

    // Principals (S6, S11 to S16).

    fn principal(
        &mut self,
        statement: &Statement,
        index: usize,
        policy_type: PolicyType,
    ) -> Said<Term> {
        match policy_type {
            PolicyType::Identity => {
                return Ok(constant(self.kind.has_account() && self.kind != Kind::Root));
            }
            PolicyType::ServiceControl => return Ok(constant(self.kind.has_account())),
            PolicyType::Resource | PolicyType::ResourceControl => {}
        }
        let Some(clause) = &statement.principal else {
            return Ok(self.unknown(format!("no principal {index}")));
        };
        let entries: Vec<&PrincipalEntry> =
            clause.entries.iter().map(|entry| &entry.value).collect();
        if clause.listing == Listing::NotListed
            && statement.effect == Effect::Deny
            && self.kind.has_account()
        {
            return Ok(not(&self.whole_chain(&entries)?));
        }
        let mut named = Vec::new();
        for entry in entries {
            named.push(self.names(entry)?);
        }
        Ok(match clause.listing {
            Listing::Listed => or(named),
            Listing::NotListed => not(&or(named)),
        })
    }

    /// Whether an entry names the caller.
    fn names(&mut self, entry: &PrincipalEntry) -> Said<Term> {
        match (entry, self.kind) {
            (PrincipalEntry::Everyone, _) => Ok(constant(true)),
            (PrincipalEntry::Undefined(what), _) => Ok(self.unknown(format!("principal {what}"))),
            (PrincipalEntry::Account { account, .. }, kind) if kind.has_account() => {
                self.account().is(&account.to_string())
            }
            (
                PrincipalEntry::User {
                    partition,
                    account,
                    path,
                    name,
                },
                Kind::FederatedUser,
            ) => {
                // Who made a federated session is not part of a request (S13).
                let parent = self.unknown(format!("parent {partition} {account} {path}{name}"));
                let beginning = only(&format!("arn:{partition}:sts::{account}:"))?;
                Ok(and([
                    member(CALLER, &sequence([beginning, ALL.to_owned()])),
                    parent,
                ]))
            }
            (
                PrincipalEntry::User { .. }
                | PrincipalEntry::Role { .. }
                | PrincipalEntry::FederatedUser { .. },
                _,
            ) => match (own_arn(entry), self.kind) {
                (Some((kind, arn)), own) if kind == own => Text::plain(CALLER).is(&arn),
                _ => Ok(constant(false)),
            },
            (
                PrincipalEntry::Session {
                    partition,
                    account,
                    role,
                    session,
                },
                Kind::Session,
            ) => {
                let beginning = only(&format!("arn:{partition}:iam::{account}:role/"))?;
                let deep = sequence([
                    beginning.clone(),
                    ALL.to_owned(),
                    only(&format!("/{role}"))?,
                ]);
                let flat = sequence([beginning, only(role)?]);
                let name = self.declare("session", "String");
                Ok(and([
                    member(CALLER, &union([flat, deep])),
                    Text::plain(name).is(session)?,
                ]))
            }
            (PrincipalEntry::Service(name), Kind::Service)
            | (PrincipalEntry::Federated(name), Kind::Federated)
            | (PrincipalEntry::CanonicalUser(name), Kind::Canonical) => {
                Text::plain(CALLER).is(name)
            }
            _ => Ok(constant(false)),
        }
    }

    /// Whether every identity of the caller's chain is listed by itself (S16).
    fn whole_chain(&mut self, entries: &[&PrincipalEntry]) -> Said<Term> {
        let wants: &[fn(&PrincipalEntry) -> bool] = match self.kind {
            Kind::User => &[is_account_entry, |e| {
                matches!(e, PrincipalEntry::User { .. })
            }],
            Kind::Session => &[
                is_account_entry,
                |e| matches!(e, PrincipalEntry::Role { .. }),
                |e| matches!(e, PrincipalEntry::Session { .. }),
            ],
            Kind::FederatedUser => &[
                is_account_entry,
                |e| matches!(e, PrincipalEntry::User { .. }),
                |e| matches!(e, PrincipalEntry::FederatedUser { .. }),
            ],
            _ => &[is_account_entry],
        };
        let mut links = Vec::new();
        for wanted in wants {
            let mut options = Vec::new();
            for entry in entries {
                if wanted(entry)
                    || matches!(
                        entry,
                        PrincipalEntry::Everyone | PrincipalEntry::Undefined(_)
                    )
                {
                    options.push(self.names(entry)?);
                }
            }
            links.push(or(options));
        }
        Ok(and(links))
    }

    fn account(&mut self) -> Text {
        Text {
            term: format!("(str.substr {CALLER} (+ (str.indexof {CALLER} \"::\" 0) 2) 12)"),
            frame: Some(Frame {
                whole: CALLER.to_owned(),
                before: sequence([
                    "(str.to_re \"arn:\")".to_owned(),
                    star(NOT_COLON),
                    "(str.to_re \":\")".to_owned(),
                    star(NOT_COLON),
                    "(str.to_re \"::\")".to_owned(),
                ]),
                inside: ACCOUNT.to_owned(),
                after: Some(sequence(["(str.to_re \":\")".to_owned(), ALL.to_owned()])),
            }),
        }
    }

    /// The callers of the kind (R1, R1a).
    fn universe(&mut self) -> Said<Term> {
        let mut partitions: BTreeSet<String> =
            ["aws", "aws-cn", "aws-us-gov"].map(str::to_owned).into();
        let (mut named, mut sessions) = (Vec::new(), Vec::new());
        for entry in &self.entries {
            match entry {
                PrincipalEntry::Account {
                    partition: Some(p), ..
                } => {
                    partitions.insert(p.clone());
                }
                PrincipalEntry::User { partition, .. }
                | PrincipalEntry::Role { partition, .. }
                | PrincipalEntry::Session { partition, .. }
                | PrincipalEntry::FederatedUser { partition, .. } => {
                    partitions.insert(partition.clone());
                }
                _ => {}
            }
            match (entry, self.kind) {
                (PrincipalEntry::Service(name), Kind::Service)
                | (PrincipalEntry::Federated(name), Kind::Federated) => named.push(only(name)?),
                (
                    PrincipalEntry::Session {
                        partition,
                        account,
                        role,
                        session,
                    },
                    Kind::Session,
                ) => {
                    named.push(only(&format!(
                        "arn:{partition}:iam::{account}:role/{role}"
                    ))?);
                    sessions.push(only(session)?);
                }
                _ => {
                    if let Some((kind, arn)) = own_arn(entry)
                        && kind == self.kind
                    {
                        named.push(only(&arn)?);
                    }
                }
            }
        }
        let partition = union(
            partitions
                .iter()
                .map(|p| only(p))
                .collect::<Said<Vec<_>>>()?,
        );
        let arn = |service: &str, rest: Vec<Term>| -> Said<Term> {
            Ok(sequence(
                [
                    only("arn:")?,
                    partition.clone(),
                    only(&format!(":{service}::"))?,
                    ACCOUNT.to_owned(),
                ]
                .into_iter()
                .chain(rest),
            ))
        };
        let graphic = "(re.range \"!\" \"~\")";
        let pathed = |what: &str| -> Said<Term> {
            let path = format!("(re.opt (re.++ {} (str.to_re \"/\")))", plus(graphic));
            arn("iam", vec![only(&format!(":{what}/"))?, path, plus(NAME)])
        };
        let ordinary = match self.kind {
            Kind::Root => arn("iam", vec![only(":root")?])?,
            Kind::User => pathed("user")?,
            Kind::Session => {
                let name = self.declare("session", "String");
                sessions.push(format!("(re.++ {NAME} {})", plus(NAME)));
                self.own_sides.push(member(&name, &union(sessions)));
                pathed("role")?
            }
            Kind::FederatedUser => arn("sts", vec![only(":federated-user/")?, plus(NAME)])?,
            Kind::Service => {
                let word = plus("(re.union (re.range \"a\" \"z\") (re.range \"0\" \"9\") (str.to_re \"-\"))");
                format!(
                    "(re.++ {word} (re.* (re.++ (str.to_re \".\") {word})) (str.to_re \".amazonaws.com\") (re.opt (str.to_re \".cn\")))"
                )
            }
            Kind::Anonymous => return Text::plain(CALLER).is("anonymous"),
            Kind::Federated => {
                for public in ["accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com"] {
                    named.push(only(public)?);
                }
                let kinds = union([only(":saml-provider/")?, only(":oidc-provider/")?]);
                arn("iam", vec![kinds, plus(graphic)])?
            }
            Kind::Canonical => {
                "((_ re.^ 64) (re.union (re.range \"0\" \"9\") (re.range \"a\" \"f\") (re.range \"A\" \"F\")))".to_owned()
            }
        };
        Ok(member(CALLER, &union(named.into_iter().chain([ordinary]))))
    }

    // Actions and resources (S17 to S19, R2).

    fn action_in<'t>(&mut self, patterns: impl Iterator<Item = &'t str>) -> Said<Term> {
        let mut languages = Vec::new();
        for pattern in patterns {
            let lower = pattern.to_ascii_lowercase();
            languages.push(glob(
                &Template::parse(&lower, Wildcards::Active, Variables::Literal).pieces,
                false,
            )?);
        }
        Ok(member("action", &union(languages)))
    }

    /// The requests on resources of these patterns, in which nothing is a variable.
    fn resource_in_texts(&mut self, patterns: &[String]) -> Said<Term> {
        let mut options = Vec::new();
        for pattern in patterns {
            if pattern == "*" {
                return Ok(constant(true));
            }
            let template = Template::parse(pattern, Wildcards::Active, Variables::Literal);
            let mut parts = cut(&template);
            if parts.len() < 6 {
                if parts.last().and_then(|part| part.last()) != Some(&Piece::Many) {
                    options.push(self.unknown(format!("resource {pattern}")));
                    continue;
                }
                parts.resize(6, vec![Piece::Many]);
            }
            options.push(self.resource_parts(&parts, pattern)?);
        }
        Ok(or(options))
    }

    fn resource_matches(&mut self, pattern: &ResourcePattern) -> Said<Term> {
        let written = pattern.text.as_str();
        match &pattern.form {
            ResourceForm::Any => Ok(constant(true)),
            ResourceForm::Short => Ok(self.unknown(format!("resource {written}"))),
            ResourceForm::Parts(_) => {
                let parts = pattern.parts().into_iter().flatten();
                let parts: Vec<Vec<Piece>> = parts.map(|part| part.pieces).collect();
                self.resource_parts(&parts, written)
            }
        }
    }

    fn resource_parts(&mut self, parts: &[Vec<Piece>], written: &str) -> Said<Term> {
        if !self.resource_in_parts {
            return Ok(member("resource", &arn_language(parts)?));
        }
        let terms = resource_terms();
        self.parts_match(&terms, parts, written)
    }

    fn parts_match(&mut self, terms: &[Term], parts: &[Vec<Piece>], written: &str) -> Said<Term> {
        let mut all = Vec::new();
        for (index, (term, part)) in terms.iter().zip(parts).enumerate() {
            all.push(
                if part.iter().any(|piece| matches!(piece, Piece::Variable(_))) {
                    self.segments_match(term, part, written)?
                } else if *part == [Piece::Many] {
                    constant(true)
                } else {
                    // The first part of a resource is a constant, and is compared here.
                    match (literal(part), term.starts_with('"')) {
                        (Some(value), _) => Text::plain(term.clone()).is(&value)?,
                        _ => member(term, &glob(part, index < 5)?),
                    }
                },
            );
        }
        Ok(and(all))
    }

    /// What holds of every request's action and resource.
    fn request_sides(&mut self) -> Said<()> {
        let word = |more: &str| {
            plus(&format!(
                "(re.union (re.range \"a\" \"z\") (re.range \"0\" \"9\") (str.to_re \"-\") {more})"
            ))
        };
        let names = word("(str.to_re \"_\")");
        self.sides.insert(member(
            "action",
            &sequence([names.clone(), only(":")?, names]),
        ));
        let (some, any) = (plus(NOT_COLON), star(NOT_COLON));
        let forms = [
            some.clone(),
            some,
            any.clone(),
            any,
            format!("(re.+ {ONE})"),
        ];
        if self.resource_in_parts {
            for (term, form) in resource_terms().iter().skip(1).zip(&forms) {
                self.declarations.insert(term.clone(), "String");
                self.sides.insert(member(term, form));
            }
        } else {
            self.declarations.insert("resource".to_owned(), "String");
            let mut whole = vec![only("arn")?];
            for form in forms {
                whole.extend([only(":")?, form]);
            }
            self.sides.insert(member("resource", &sequence(whole)));
        }
        Ok(())
    }

    // Keys (S23, R3, the table of derived keys).

    fn key(&mut self, name: &str) -> Said<Key> {
        if let Some(key) = self.keys.get(name) {
            return Ok(key.clone());
        }
        let key = match self.derived(name)? {
            Some(key) => key,
            None => self.free_key(name)?,
        };
        self.keys.insert(name.to_owned(), key.clone());
        Ok(key)
    }

    fn is_many(&self, name: &str) -> bool {
        match arity(name) {
            Arity::One => false,
            Arity::Many => true,
            Arity::Unknown => self.usage.get(name).is_some_and(|usage| usage.set),
        }
    }

    fn members(&self, name: &str) -> usize {
        self.usage.get(name).map_or(0, |usage| usage.asked) + 2
    }

    fn free_key(&mut self, name: &str) -> Said<Key> {
        let many = self.is_many(name);
        let count = if many { self.members(name) } else { 1 };
        let mut members = Vec::new();
        for index in 0..count {
            let own = if many {
                format!("{name} #{index}")
            } else {
                name.to_owned()
            };
            let there = self.declare(&format!("{own} is there"), "Bool");
            members.push((there, self.free_value(name, &own)?));
        }
        Ok(Key { members, many })
    }

    fn free_value(&mut self, name: &str, own: &str) -> Said<Value> {
        let forms = self
            .usage
            .get(name)
            .map(|usage| usage.forms.clone())
            .unwrap_or_default();
        let clock = name == "aws:currenttime";
        let typed: Vec<Form> = forms
            .iter()
            .copied()
            .filter(|form| *form != Form::Text)
            .collect();
        let beside_text = forms.contains(&Form::Text) || is_account(name);
        let number_and_date = clock
            && typed
                .iter()
                .all(|form| matches!(form, Form::Number | Form::Date));
        if typed.len() > 1 && !number_and_date {
            return Err(Unsaid(format!("`{name}` is read as two types")));
        }
        let side = |encoder: &mut Self, language: &str| {
            let term = encoder.declare(own, "String");
            encoder.sides.insert(member(&term, language));
            Ok(Value::Text(Text::plain(term)))
        };
        match typed.first() {
            None if clock => Err(Unsaid("the clock as text".to_owned())),
            None if is_account(name) => side(self, ACCOUNT),
            // An organization's id is the first step of its paths.
            None if name == "aws:principalorgid" => side(self, &format!("(re.+ {NOT_SLASH})")),
            None => Ok(Value::Text(Text::plain(self.declare(own, "String")))),
            Some(Form::Bool) => side(
                self,
                "(re.union (str.to_re \"true\") (str.to_re \"false\"))",
            ),
            Some(Form::Bytes) => side(self, BASE64),
            Some(_) if beside_text => Err(Unsaid(format!(
                "`{name}` is read as text and as something else"
            ))),
            Some(Form::Address) => {
                let six = self.declare(&format!("{own} is IPv6"), "Bool");
                let bits = self.declare(own, "Int");
                self.sides.insert(format!(
                    "(and (<= 0 {bits}) (<= {bits} (ite {six} {} {})))",
                    u128::MAX,
                    u32::MAX
                ));
                Ok(Value::Address { six, bits })
            }
            Some(form) => {
                let term = self.declare(own, "Real");
                if *form == Form::Date || clock {
                    self.sides.insert(format!(
                        "(and (<= {} {term}) (< {term} {}))",
                        real(&Instant::FIRST_SECOND.to_string()),
                        real(&(Instant::LAST_SECOND + 1).to_string())
                    ));
                }
                Ok(Value::Number(term))
            }
        }
    }

    /// A key that follows from the caller or the resource.
    fn derived(&mut self, name: &str) -> Said<Option<Key>> {
        let kind = self.kind;
        let absent = || {
            Some(Key {
                members: Vec::new(),
                many: false,
            })
        };
        let fixed = |value: Text| {
            Some(Key {
                members: vec![(constant(true), Value::Text(value))],
                many: false,
            })
        };
        let word = |value: &str| Ok::<_, Unsaid>(fixed(Text::plain(text(value)?)));
        if follows(name) {
            let typed = self.usage.get(name).is_some_and(|usage| {
                usage
                    .forms
                    .iter()
                    .any(|form| !matches!(form, Form::Text | Form::Bool))
            });
            if typed {
                return Err(Unsaid(format!("`{name}` as a type of its own")));
            }
        }
        Ok(match name {
            "aws:principalarn" => match kind {
                _ if kind.has_account() => fixed(Text::plain(CALLER)),
                Kind::Canonical => None,
                _ => absent(),
            },
            "aws:principalaccount" | "kms:calleraccount" => match kind {
                _ if kind.has_account() => fixed(self.account()),
                Kind::Canonical => None,
                Kind::Anonymous if name == "aws:principalaccount" => word("anonymous")?,
                Kind::Service | Kind::Federated if name == "aws:principalaccount" => None,
                _ => absent(),
            },
            "aws:principalorgid" | "aws:principalorgpaths" => match kind {
                _ if kind.has_account() || kind == Kind::Canonical => {
                    Some(self.organization(name, "principal")?)
                }
                _ => absent(),
            },
            "aws:resourceorgid" | "aws:resourceorgpaths" => {
                Some(self.organization(name, "resource")?)
            }
            "aws:principaltype" => match kind {
                Kind::Root => word("Account")?,
                Kind::User => word("User")?,
                Kind::Session => word("AssumedRole")?,
                Kind::FederatedUser => word("FederatedUser")?,
                Kind::Anonymous => word("Anonymous")?,
                _ => None,
            },
            "aws:username" => match kind {
                Kind::User => {
                    // The name is cut off at the last slash, which is the only one behind which there is none.
                    let (head, name) = (
                        self.declare("user path", "String"),
                        self.declare("user name", "String"),
                    );
                    self.own_sides.push(format!(
                        "(= {CALLER} {})",
                        joined(&[head.clone(), name.clone()])
                    ));
                    self.own_sides
                        .push(member(&head, &sequence([ALL.to_owned(), only("/")?])));
                    self.own_sides.push(member(&name, &star(NOT_SLASH)));
                    fixed(Text::plain(name))
                }
                Kind::Canonical => None,
                _ => absent(),
            },
            "aws:userid" => match kind {
                Kind::Root => fixed(self.account()),
                Kind::Session => {
                    let (unique, session) = (
                        self.declare("unique id", "String"),
                        self.declare("session", "String"),
                    );
                    self.own_sides.push(member(&unique, &star(NOT_COLON)));
                    fixed(Text::plain(joined(&[unique, "\":\"".to_owned(), session])))
                }
                Kind::FederatedUser => {
                    let account = self.account().term;
                    let begin = format!("(+ (str.indexof {CALLER} \":federated-user/\" 0) 16)");
                    let name = format!("(str.substr {CALLER} {begin} (str.len {CALLER}))");
                    fixed(Text::plain(joined(&[account, "\":\"".to_owned(), name])))
                }
                Kind::Anonymous => word("anonymous")?,
                _ => None,
            },
            "aws:principalisawsservice" => match kind {
                Kind::Anonymous | Kind::Federated => absent(),
                Kind::Service => word("true")?,
                _ => word("false")?,
            },
            "aws:principalservicename" => match kind {
                Kind::Service => fixed(Text::plain(CALLER)),
                _ => absent(),
            },
            "aws:principalservicenameslist" => match kind {
                Kind::Service => {
                    let mut key = self.free_key(name)?;
                    key.members
                        .push((constant(true), Value::Text(Text::plain(CALLER))));
                    Some(key)
                }
                _ => Some(Key {
                    members: Vec::new(),
                    many: true,
                }),
            },
            "aws:resourceaccount" => {
                let mut key = self.free_key(name)?;
                let (there, value) = key.members.remove(0);
                let Value::Text(value) = value else {
                    return Err(Unsaid(format!("`{name}` as a type of its own")));
                };
                let part = resource_terms()[4].clone();
                let known = member(&part, ACCOUNT);
                key.members.push((
                    or([known.clone(), there]),
                    Value::Text(Text::plain(format!("(ite {known} {part} {})", value.term))),
                ));
                Some(key)
            }
            _ if name.starts_with("aws:principaltag/") => match kind {
                Kind::User | Kind::Session | Kind::FederatedUser | Kind::Canonical => None,
                _ => absent(),
            },
            _ => None,
        })
    }

    /// Organization id and paths. Of an account both or neither, each path below the id; a resource has the organization of a caller of the
    /// same account, and what else is said of it is free (R3), as it is of a canonical id.
    fn organization(&mut self, name: &str, whose: &str) -> Said<Key> {
        let (id, paths) = (format!("aws:{whose}orgid"), format!("aws:{whose}orgpaths"));
        let own = self.free_key(&id)?;
        let list = self.free_key(&paths)?;
        let (there, Value::Text(value)) = &own.members[0] else {
            return Err(Unsaid(format!("`{id}` as a type of its own")));
        };
        if whose == "principal" && self.kind.has_account() {
            self.own_sides
                .push(format!("(= {there} {})", list.present()));
            for (inside, path) in &list.members {
                let Value::Text(path) = path else {
                    return Err(Unsaid(format!("`{paths}` as a type of its own")));
                };
                let below = format!("(str.prefixof (str.++ {} \"/\") {})", value.term, path.term);
                self.own_sides.push(implies(inside, below));
            }
        }
        if whose == "resource" && self.kind.has_account() {
            let ours = self.free_key("aws:principalorgid")?;
            if let (our_there, Value::Text(our)) = &ours.members[0] {
                let same = format!("(= {} {})", self.account().term, resource_terms()[4]);
                let equal = and([
                    format!("(= {there} {our_there})"),
                    implies(there, format!("(= {} {})", value.term, our.term)),
                ]);
                self.own_sides.push(implies(&same, equal));
            }
        }
        Ok(if name == id { own } else { list })
    }

    // Conditions (S20 to S42).

    fn condition(&mut self, condition: &Condition) -> Said<Term> {
        let key = self.key(time_key(&condition.key.value))?;
        let operator = condition.operator;
        if operator.comparison == Comparison::Null {
            let there = or(key
                .members
                .iter()
                .map(|(there, value)| and([there.clone(), nonempty(value)])));
            let mut options = Vec::new();
            for wanted in &condition.values {
                options.push(match wanted.value.to_ascii_lowercase().as_str() {
                    "true" => not(&there),
                    "false" => there.clone(),
                    other => self.unknown(format!("null {} {other}", condition.key.value)),
                });
            }
            return Ok(or(options));
        }
        match operator.quantifier {
            Quantifier::Single if key.many => {
                // S26: nothing that is there passes; S25: what is not there passes the negated ones.
                let passes = operator.negated || operator.if_exists;
                Ok(if passes {
                    not(&key.present())
                } else {
                    constant(false)
                })
            }
            Quantifier::Single => {
                let Some((there, value)) = key.members.first() else {
                    return Ok(constant(operator.negated || operator.if_exists));
                };
                let holds = self.test(condition, value)?;
                Ok(if operator.negated || operator.if_exists {
                    implies(there, holds)
                } else {
                    and([there.clone(), holds])
                })
            }
            Quantifier::ForAllValues => {
                let mut all = Vec::new();
                for (there, value) in &key.members {
                    let holds = self.test(condition, value)?;
                    all.push(implies(&and([there.clone(), nonempty(value)]), holds));
                }
                Ok(and(all))
            }
            Quantifier::ForAnyValue => {
                let mut some = Vec::new();
                let mut seen = Vec::new();
                for (there, value) in &key.members {
                    let holds = self.test(condition, value)?;
                    seen.push(and([there.clone(), nonempty(value)]));
                    some.push(and([there.clone(), nonempty(value), holds]));
                }
                if operator.if_exists {
                    some.push(not(&or(seen)));
                }
                Ok(or(some))
            }
        }
    }

    /// Whether one value of the request passes: one of the values matches (S21), or none if negated (S24).
    fn test(&mut self, condition: &Condition, value: &Value) -> Said<Term> {
        let mut options = Vec::new();
        for wanted in &condition.values {
            options.push(self.atom(condition, value, &wanted.value)?);
        }
        let some = or(options);
        Ok(if condition.operator.negated {
            not(&some)
        } else {
            some
        })
    }

    fn atom(&mut self, condition: &Condition, value: &Value, wanted: &str) -> Said<Term> {
        let comparison = condition.operator.comparison;
        let name = format!("{comparison:?} {} {wanted}", condition.key.value);
        if is_unknown(wanted) {
            // S45
            return Ok(self.unknown(name));
        }
        match (form(comparison), value) {
            (Some(Form::Text), Value::Text(value)) => {
                self.text_atom(condition, value, wanted, name)
            }
            (Some(Form::Bool), Value::Text(value)) => match wanted.to_ascii_lowercase().as_str() {
                word @ ("true" | "false") => value.is(word),
                _ => Ok(self.unknown(name)),
            },
            (Some(Form::Bytes), Value::Text(value)) => match base64(wanted) {
                Some(bytes) => value.is(&to_base64(&bytes)),
                None => Ok(self.unknown(name)),
            },
            (Some(Form::Address), Value::Address { six, bits }) => {
                Ok(match Network::parse(wanted) {
                    None => self.unknown(name),
                    Some(Network::V4 { first, last }) => {
                        and([not(six), format!("(<= {first} {bits} {last})")])
                    }
                    Some(Network::V6 { first, last }) => {
                        and([six.clone(), format!("(<= {first} {bits} {last})")])
                    }
                })
            }
            (Some(form @ (Form::Number | Form::Date)), Value::Number(term)) => {
                let bound = match form {
                    Form::Date => Instant::parse(wanted).map(|instant| seconds(&instant)),
                    _ => Decimal::parse(wanted).map(|number| real(&number.canonical())),
                };
                let Some(bound) = bound else {
                    return Ok(self.unknown(name));
                };
                let sign = match comparison {
                    Comparison::NumericEquals | Comparison::DateEquals => "=",
                    Comparison::NumericLessThan | Comparison::DateLessThan => "<",
                    Comparison::NumericLessThanEquals | Comparison::DateLessThanEquals => "<=",
                    Comparison::NumericGreaterThan | Comparison::DateGreaterThan => ">",
                    _ => ">=",
                };
                Ok(format!("({sign} {term} {bound})"))
            }
            _ => Err(Unsaid(format!("`{}` as two types", condition.key.value))),
        }
    }

    fn text_atom(
        &mut self,
        condition: &Condition,
        value: &Text,
        wanted: &str,
        name: String,
    ) -> Said<Term> {
        let template = template(condition, wanted);
        let comparison = condition.operator.comparison;
        if comparison == Comparison::ArnLike {
            let parts = cut(&template);
            if parts.len() < 6 {
                // S34: a value with fewer parts matches nothing, whatever the pattern.
                let six = value.member(&sequence([
                    format!("((_ re.^ 5) (re.++ {} (str.to_re \":\")))", star(NOT_COLON)),
                    ALL.to_owned(),
                ]));
                return Ok(and([six, self.unknown(name)]));
            }
            if !template.has_variable() {
                return Ok(value.member(&arn_language(&parts)?));
            }
            let colons = format!("((_ re.^ 5) (re.++ {} (str.to_re \":\")))", star(NOT_COLON));
            let six = value.member(&sequence([colons, ALL.to_owned()]));
            let terms = parts_of(&value.term);
            return Ok(and([six, self.parts_match(&terms, &parts, wanted)?]));
        }
        if template.has_variable() {
            if comparison == Comparison::StringEqualsIgnoreCase {
                return Err(Unsaid("a variable without regard to case".to_owned()));
            }
            return self.segments_match(&value.term, &template.pieces, wanted);
        }
        match (comparison, literal(&template.pieces)) {
            (Comparison::StringEqualsIgnoreCase, Some(word)) => Ok(value.member(&folded(&word)?)),
            (_, Some(word)) => value.is(&word),
            _ => Ok(value.member(&glob(&template.pieces, false)?)),
        }
    }

    /// A text against a pattern with variables, without quantifiers: what stands before the first star is at the beginning,
    /// what stands behind the last at the end, and the pieces between are found one after the other, each as early as
    /// possible, which loses nothing.
    fn segments_match(&mut self, term: &str, pieces: &[Piece], written: &str) -> Said<Term> {
        let mut conditions = Vec::new();
        let mut segments: Vec<Vec<Option<Term>>> = vec![Vec::new()];
        for piece in pieces {
            let last = segments.last_mut().expect("there is a first segment");
            match piece {
                Piece::Char(c) => last.push(Some(text(&c.to_string())?)),
                Piece::One => last.push(None),
                Piece::Many => segments.push(Vec::new()),
                Piece::Variable(variable) => {
                    let (there, value) =
                        self.variable(&variable.key, variable.default.as_deref())?;
                    conditions.push(there);
                    segments
                        .last_mut()
                        .expect("there is a first segment")
                        .push(Some(value));
                }
            }
        }
        let whole = format!("(str.len {term})");
        let first = segments.remove(0);
        let last = segments.pop();
        let (begins, mut at) = walk(term, &first, "0".to_owned());
        conditions.extend(begins);
        let Some(last) = last else {
            conditions.push(format!("(= {at} {whole})"));
            return Ok(and(conditions));
        };
        conditions.push(format!("(<= {at} {whole})"));
        for segment in segments.iter().filter(|segment| !segment.is_empty()) {
            let Some(parts) = segment.iter().cloned().collect::<Option<Vec<Term>>>() else {
                return Err(Unsaid(format!(
                    "a `?` between two stars beside a variable in `{written}`"
                )));
            };
            let found = format!("(str.indexof {term} {} {at})", joined(&parts));
            conditions.push(format!("(>= {found} 0)"));
            at = format!("(+ {found} (str.len {}))", joined(&parts));
        }
        if !last.is_empty() {
            let lengths: Vec<Term> = last
                .iter()
                .map(|piece| {
                    piece
                        .as_ref()
                        .map_or("1".to_owned(), |piece| format!("(str.len {piece})"))
                })
                .collect();
            let begin = format!("(- {whole} (+ 0 {}))", lengths.join(" "));
            let (ends, _) = walk(term, &last, begin.clone());
            conditions.push(format!("(>= {begin} {at})"));
            conditions.extend(ends);
        }
        Ok(and(conditions))
    }

    /// What a variable stands for: whether it has a value, and the value (S42).
    fn variable(&mut self, name: &str, default: Option<&str>) -> Said<(Term, Term)> {
        let key = self.key(time_key(name))?;
        let none = match default {
            Some(default) => (constant(true), text(default)?),
            None => (constant(false), "\"\"".to_owned()),
        };
        let Some((there, value)) = key.members.first().filter(|_| !key.many) else {
            return Ok(none);
        };
        let Value::Text(value) = value else {
            return Err(Unsaid(format!("the text of `{name}`")));
        };
        Ok(match default {
            None => (there.clone(), value.term.clone()),
            Some(_) if there == "true" => (constant(true), value.term.clone()),
            Some(_) => (
                constant(true),
                format!("(ite {there} {} {})", value.term, none.1),
            ),
        })
    }

    // Questions.

    /// The callers outside the zone of trust (Q3).
    fn outside(&mut self, zone: &ZoneOfTrust) -> Said<Term> {
        let mut inside = Vec::new();
        match self.kind {
            Kind::Service => return Ok(constant(false)),
            Kind::Anonymous => return Ok(constant(true)),
            Kind::Federated => {
                for name in &zone.federated {
                    inside.push(Text::plain(CALLER).is(name)?);
                }
                return Ok(not(&or(inside)));
            }
            Kind::Canonical => {
                for name in &zone.canonical_users {
                    inside.push(Text::plain(CALLER).is(name)?);
                }
            }
            Kind::User | Kind::Session | Kind::FederatedUser | Kind::Root => {
                for account in &zone.accounts {
                    inside.push(self.account().is(&account.to_string())?);
                }
            }
        }
        if let Some(organization) = &zone.organization {
            inside.push(self.some_text("aws:principalorgid", &only(organization)?)?);
            if self.kind == Kind::Canonical {
                let below = sequence([only(&format!("{organization}/"))?, ALL.to_owned()]);
                inside.push(self.some_text("aws:principalorgpaths", &below)?);
            }
        }
        if self.kind == Kind::Canonical && !zone.accounts.is_empty() {
            let accounts = union(
                zone.accounts
                    .iter()
                    .map(|a| only(&a.to_string()))
                    .collect::<Said<Vec<_>>>()?,
            );
            for key in ["aws:principalaccount", "kms:calleraccount"] {
                inside.push(self.some_text(key, &accounts)?);
            }
            let any = star(NOT_COLON);
            let arn = sequence([
                only("arn:")?,
                any.clone(),
                only(":")?,
                any,
                only("::")?,
                accounts,
                only(":")?,
                ALL.to_owned(),
            ]);
            inside.push(self.some_text("aws:principalarn", &arn)?);
        }
        Ok(not(&or(inside)))
    }

    /// Whether a key holds a text of a language.
    fn some_text(&mut self, name: &str, language: &str) -> Said<Term> {
        let key = self.key(name)?;
        let mut some = Vec::new();
        for (there, value) in &key.members {
            let Value::Text(value) = value else {
                return Err(Unsaid(format!("the text of `{name}`")));
            };
            some.push(and([there.clone(), value.member(language)]));
        }
        Ok(or(some))
    }

    /// The requests with one of the document's own fixed values in a trusted key (Q4).
    fn trusted(&mut self, policy: &Policy, resource_type: &str) -> Said<Term> {
        let mut some = Vec::new();
        for statement in &policy.statements {
            for entry in statement
                .principal
                .iter()
                .flat_map(|clause| &clause.entries)
            {
                if is_fixed_principal(&entry.value) {
                    some.push(self.names(&entry.value)?);
                }
            }
            for condition in &statement.conditions {
                for wanted in fixed_values(condition, Some(resource_type)) {
                    let key = self.key(time_key(&condition.key.value))?;
                    for (there, value) in &key.members {
                        some.push(and([there.clone(), self.fixed(condition, value, wanted)?]));
                    }
                }
            }
        }
        Ok(or(some))
    }

    /// A fixed value with wildcards is an ARN whose account is digits, read part by part whatever the operator.
    fn fixed(&mut self, condition: &Condition, value: &Value, wanted: &str) -> Said<Term> {
        let template = template(condition, wanted);
        match value {
            Value::Text(value) if literal(&template.pieces).is_none() => {
                Ok(value.member(&arn_language(&cut(&template))?))
            }
            // A whole ARN without wildcards is itself.
            Value::Text(value) if condition.operator.comparison == Comparison::ArnLike => {
                value.is(wanted)
            }
            _ => self.atom(condition, value, wanted),
        }
    }
}

/// The keys that follow from the caller.
fn follows(name: &str) -> bool {
    matches!(
        name,
        "aws:principalarn"
            | "aws:principalaccount"
            | "kms:calleraccount"
            | "aws:principaltype"
            | "aws:username"
            | "aws:userid"
            | "aws:principalisawsservice"
            | "aws:principalservicename"
            | "aws:principalservicenameslist"
    )
}

fn is_account_entry(entry: &PrincipalEntry) -> bool {
    matches!(entry, PrincipalEntry::Account { .. })
}

/// The kind of caller and the ARN of an entry that names one.
fn own_arn(entry: &PrincipalEntry) -> Option<(Kind, String)> {
    match entry {
        PrincipalEntry::User {
            partition,
            account,
            path,
            name,
        } => Some((
            Kind::User,
            format!("arn:{partition}:iam::{account}:user{path}{name}"),
        )),
        PrincipalEntry::Role {
            partition,
            account,
            path,
            name,
        } => Some((
            Kind::Session,
            format!("arn:{partition}:iam::{account}:role{path}{name}"),
        )),
        PrincipalEntry::FederatedUser {
            partition,
            account,
            name,
        } => Some((
            Kind::FederatedUser,
            format!("arn:{partition}:sts::{account}:federated-user/{name}"),
        )),
        _ => None,
    }
}

/// A value of the policy as its operator reads it (S32, S40).
fn template(condition: &Condition, wanted: &str) -> Template {
    let wildcards = match condition.operator.comparison {
        Comparison::StringLike | Comparison::ArnLike => Wildcards::Active,
        _ => Wildcards::Literal,
    };
    let variables = match condition.version {
        Version::V2008 => Variables::Literal,
        Version::V2012 => Variables::Active,
    };
    Template::parse(wanted, wildcards, variables)
}

/// The parts between the first five colons.
fn cut(template: &Template) -> Vec<Vec<Piece>> {
    let mut parts = vec![Vec::new()];
    for piece in &template.pieces {
        if *piece == Piece::Char(':') && parts.len() < 6 {
            parts.push(Vec::new());
        } else {
            parts
                .last_mut()
                .expect("there is a first part")
                .push(piece.clone());
        }
    }
    parts
}

fn literal(pieces: &[Piece]) -> Option<String> {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Char(c) => Some(*c),
            Piece::One | Piece::Many | Piece::Variable(_) => None,
        })
        .collect()
}

/// The language of a glob without variables.
fn glob(pieces: &[Piece], inside_part: bool) -> Said<Term> {
    let mut parts = Vec::new();
    let mut run = String::new();
    for piece in pieces {
        if let Piece::Char(c) = piece {
            run.push(*c);
            continue;
        }
        if !run.is_empty() {
            parts.push(only(&std::mem::take(&mut run))?);
        }
        parts.push(match (piece, inside_part) {
            (Piece::Many, true) => star(NOT_COLON),
            (Piece::Many, false) => ALL.to_owned(),
            (_, true) => NOT_COLON.to_owned(),
            (_, false) => ONE.to_owned(),
        });
    }
    if !run.is_empty() {
        parts.push(only(&run)?);
    }
    Ok(sequence(parts))
}

/// The language of an ARN pattern, part by part (S18, S34).
fn arn_language(parts: &[Vec<Piece>]) -> Said<Term> {
    let mut languages = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            languages.push(only(":")?);
        }
        languages.push(glob(part, index < 5)?);
    }
    Ok(sequence(languages))
}

/// A word without regard to ASCII case (S31).
fn folded(word: &str) -> Said<Term> {
    let mut parts = Vec::new();
    for c in word.chars() {
        let spellings = [c.to_ascii_lowercase(), c.to_ascii_uppercase()];
        parts.push(union(
            spellings
                .iter()
                .map(|c| only(&c.to_string()))
                .collect::<Said<Vec<_>>>()?,
        ));
    }
    Ok(sequence(parts))
}

/// The six parts of the resource; the first is always `arn`.
fn resource_terms() -> Vec<Term> {
    let mut terms = vec!["\"arn\"".to_owned()];
    terms.extend(
        ["partition", "service", "region", "account", "name"]
            .map(|part| symbol(&format!("resource {part}"))),
    );
    terms
}

/// The six parts of a text that has six.
fn parts_of(term: &str) -> Vec<Term> {
    let mut parts = Vec::new();
    let mut begin = "0".to_owned();
    for _ in 0..5 {
        let end = format!("(str.indexof {term} \":\" {begin})");
        parts.push(format!("(str.substr {term} {begin} (- {end} {begin}))"));
        begin = format!("(+ 1 {end})");
    }
    parts.push(format!("(str.substr {term} {begin} (str.len {term}))"));
    parts
}

/// Pieces one after the other from a place on; `None` is any one character. Gives the place behind them.
fn walk(term: &str, pieces: &[Option<Term>], begin: Term) -> (Vec<Term>, Term) {
    let (mut conditions, mut at) = (Vec::new(), begin);
    // Letters side by side are one text.
    let mut run: Vec<Term> = Vec::new();
    let mut finish = |run: &mut Vec<Term>, at: &mut Term| {
        if !run.is_empty() {
            let piece = joined(&std::mem::take(run));
            conditions.push(format!(
                "(= (str.substr {term} {at} (str.len {piece})) {piece})"
            ));
            *at = format!("(+ {at} (str.len {piece}))");
        }
    };
    for piece in pieces {
        match piece {
            Some(piece) => run.push(piece.clone()),
            None => {
                finish(&mut run, &mut at);
                at = format!("(+ {at} 1)");
            }
        }
    }
    finish(&mut run, &mut at);
    conditions.push(format!("(<= {at} (str.len {term}))"));
    (conditions, at)
}

/// Set operators and `Null` do not see the empty text (S28).
fn nonempty(value: &Value) -> Term {
    match value {
        Value::Text(text) if text.frame.is_none() && !text.term.starts_with('"') => {
            format!("(not (= {} \"\"))", text.term)
        }
        _ => constant(true),
    }
}

/// A number of SMT-LIB from canonical decimal text.
fn real(canonical: &str) -> Term {
    let magnitude = canonical.trim_start_matches('-');
    let magnitude = if magnitude.contains('.') {
        magnitude.to_owned()
    } else {
        format!("{magnitude}.0")
    };
    if canonical.starts_with('-') {
        format!("(- {magnitude})")
    } else {
        magnitude
    }
}

/// An instant in seconds.
fn seconds(instant: &Instant) -> Term {
    let whole = real(&instant.seconds().to_string());
    if instant.fraction().is_empty() {
        whole
    } else {
        format!("(+ {whole} 0.{})", instant.fraction())
    }
}

const BASE64: &str = r#"(re.++ (re.* ((_ re.^ 4) (re.union (re.range "A" "Z") (re.range "a" "z") (re.range "0" "9") (str.to_re "+") (str.to_re "/")))) (re.opt (re.union (re.++ (re.union (re.range "A" "Z") (re.range "a" "z") (re.range "0" "9") (str.to_re "+") (str.to_re "/")) (re.union (str.to_re "A") (str.to_re "Q") (str.to_re "g") (str.to_re "w")) (str.to_re "==")) (re.++ ((_ re.^ 2) (re.union (re.range "A" "Z") (re.range "a" "z") (re.range "0" "9") (str.to_re "+") (str.to_re "/"))) (re.union (str.to_re "A") (str.to_re "E") (str.to_re "I") (str.to_re "M") (str.to_re "Q") (str.to_re "U") (str.to_re "Y") (str.to_re "c") (str.to_re "g") (str.to_re "k") (str.to_re "o") (str.to_re "s") (str.to_re "w") (str.to_re "0") (str.to_re "4") (str.to_re "8")) (str.to_re "=")))))"#;
