//! From documents to formulas, for one kind of caller: when a statement applies (S1 to S44), and what ties keys together (R3).
//!
//! Rules of `SEMANTICS.md` are named where they are followed. FORMAT.md spells out the formula of each element, because
//! certificates name atoms by the element that mentions them.

use super::atom::{Atom, Atoms, Form, Relation, Shape, Test};
use super::caller::{Derived, Kind, derived, entry, part, universe};
use super::formula::Formula;
use super::pattern::{HOLE, List, NOT_COLON, Pattern, Set, Window};
use crate::json::{Json, JsonValue};
use crate::key::{Arity, arity, is_account};
use crate::policies::PolicyType;
use crate::policy::{
    AccountId, Comparison, Condition, Effect, Listing, Policy, PrincipalClause, PrincipalEntry,
    Quantifier, ResourceClause, ResourceForm, Statement, Version, has_versions, is_unknown,
};
use crate::template::{Piece, Template, Variables, Wildcards};
use crate::trust::{fixed_template, fixed_values, is_fixed_principal, resource_pattern};
use crate::value::{Decimal, Instant, Network, base64};
use std::collections::{BTreeMap, BTreeSet, HashMap};

const ORGANIZATION: &str = "aws:principalorgid";
const PATHS: &str = "aws:principalorgpaths";
const RESOURCE_ACCOUNT: &str = "aws:resourceaccount";
const RESOURCE_ORGANIZATION: &str = "aws:resourceorgid";

/// The value that a policy variable is given, by key; `None` where its key is absent.
pub type Pins = BTreeMap<String, Option<String>>;

/// Who is inside a zone of trust (Q3).
#[derive(Clone, Debug, Default)]
pub struct Zone {
    /// Accounts.
    pub accounts: Vec<AccountId>,
    /// An organization, by its id.
    pub organization: Option<String>,
    /// SAML and OIDC providers.
    pub federated: Vec<String>,
    /// Canonical ids.
    pub canonical_users: Vec<String>,
}

impl Zone {
    /// Reads a zone from JSON. `Err` is for people.
    pub fn read(json: &Json) -> Result<Self, String> {
        json.only(&["accounts", "organization", "federated", "canonicalUsers"])?;
        let account =
            |text: String| AccountId::parse(&text).ok_or(format!("`{text}` is no account"));
        let accounts = json.strings_of("accounts")?.into_iter().map(account);
        let organization = json
            .get("organization")
            .map(|_| json.text_of("organization"));
        Ok(Self {
            accounts: accounts.collect::<Result<_, _>>()?,
            organization: organization.transpose()?.map(str::to_owned),
            federated: json.strings_of("federated")?,
            canonical_users: json.strings_of("canonicalUsers")?,
        })
    }
}

/// Actions on resources (Q2), each any where left out.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// Action patterns.
    pub actions: Option<Vec<String>>,
    /// Resource patterns.
    pub resources: Option<Vec<String>>,
}

impl Access {
    /// Reads an entry from JSON. `Err` is for people.
    pub fn read(json: &Json) -> Result<Self, String> {
        json.only(&["actions", "resources"])?;
        let texts = |name| json.get(name).map(|_| json.strings_of(name)).transpose();
        Ok(Self {
            actions: texts("actions")?,
            resources: texts("resources")?,
        })
    }
}

/// Reads values for policy variables from JSON, `null` for a key that is absent. `Err` is for people.
pub fn read_pins(json: &Json) -> Result<Pins, String> {
    let members = json.as_object().ok_or("`pins` must be an object")?.iter();
    let pin = |value: &Json| match &value.value {
        JsonValue::Null => Ok(None),
        JsonValue::String(text) => Ok(Some(text.clone().into_owned())),
        _ => Err("a pinned value must be a string, or null".to_owned()),
    };
    members
        .map(|own| Ok((own.name().to_owned(), pin(&own.value)?)))
        .collect()
}

/// How the documents use a key (S23, R4).
#[derive(Clone, Copy, Default)]
struct Usage {
    number: bool,
    date: bool,
    address: bool,
    boolean: bool,
    bytes: bool,
    set_operator: bool,
}

/// Gives documents their meaning.
pub struct Meaning<'d> {
    /// The atoms met so far.
    pub atoms: Atoms,
    /// The kind of caller that formulas are made for.
    pub kind: Kind,
    /// Values that policy variables are given.
    pub pins: Pins,
    documents: Vec<&'d Policy>,
    usage: BTreeMap<String, Usage>,
    /// Keys whose values stand in patterns as letters, and whether their case is folded there. Each has two: one for any value,
    /// and behind it one for a value without a colon.
    holes: Vec<(String, bool)>,
    /// What depends neither on the kind of caller nor on variables: an element's formula is the same for all.
    same: HashMap<*const (), Formula>,
}

/// Where `guard` holds, a value that passes `test` is one that the condition wants.
struct Alternative {
    guard: Formula,
    test: Test,
}

/// Up to how many variables with two cases each are told apart.
const GUARDS: usize = 12;

/// What stands in a variable's place.
#[derive(Clone)]
enum Replacement {
    Text(String),
    Letter(char),
    /// No value and no default: the pattern matches nothing (S42).
    Nothing,
}

type Pieces = Vec<(Piece, Set)>;

/// One value of a condition, read.
enum Read {
    Pattern(Pattern),
    Test(Test),
    Pieces(Pieces, bool),
}

impl<'d> Meaning<'d> {
    /// Prepares for the documents of one claim.
    pub fn new(documents: Vec<&'d Policy>) -> Self {
        let mut usage: BTreeMap<String, Usage> = BTreeMap::new();
        for condition in documents
            .iter()
            .flat_map(|d| &d.statements)
            .flat_map(|s| &s.conditions)
        {
            let (key, epoch) = clock(&condition.key.value);
            let own = usage.entry(key.to_owned()).or_default();
            own.set_operator |= condition.operator.quantifier != Quantifier::Single;
            match condition.operator.comparison {
                _ if epoch => own.date = true,
                Comparison::NumericEquals
                | Comparison::NumericLessThan
                | Comparison::NumericLessThanEquals
                | Comparison::NumericGreaterThan
                | Comparison::NumericGreaterThanEquals => own.number = true,
                Comparison::DateEquals
                | Comparison::DateLessThan
                | Comparison::DateLessThanEquals
                | Comparison::DateGreaterThan
                | Comparison::DateGreaterThanEquals => own.date = true,
                Comparison::Bool => own.boolean = true,
                Comparison::BinaryEquals => own.bytes = true,
                Comparison::IpAddress => own.address = true,
                Comparison::StringEquals
                | Comparison::StringEqualsIgnoreCase
                | Comparison::StringLike
                | Comparison::ArnLike
                | Comparison::Null => {}
            }
        }
        Self {
            atoms: Atoms::default(),
            kind: Kind::Session,
            pins: Pins::new(),
            documents,
            usage,
            holes: Vec::new(),
            same: HashMap::new(),
        }
    }

    /// The elements of a statement, all of which hold where it applies (S1): principal, action, resource, each condition. Where it
    /// concerns no caller of the kind, that alone.
    pub fn elements(&mut self, statement: &Statement, policy_type: PolicyType) -> Vec<Formula> {
        let mut elements = vec![self.principal(statement, policy_type)];
        if elements[0] != Formula::None {
            elements.push(self.actions(statement));
            elements.push(self.resources(statement));
            elements.extend(statement.conditions.iter().map(|own| self.condition(own)));
        }
        elements
    }

    // ---- coordinates ----

    fn caller(&mut self) -> usize {
        let Self {
            atoms,
            kind,
            documents,
            ..
        } = self;
        atoms.coordinate(&format!("caller {kind:?}"), || {
            (Shape::Always, vec![universe(*kind, documents)])
        })
    }

    fn action(&mut self) -> usize {
        // R2.
        let pattern = Pattern::default()
            .some(Set::Lower("-"))
            .then(":")
            .some(Set::Lower("_-"));
        self.atoms
            .coordinate("action", || (Shape::Always, vec![texts([pattern])]))
    }

    fn resource(&mut self) -> usize {
        // R2: partition, service and last part are not empty. Any characters are more than the rule allows.
        let pattern = Pattern::text("arn:")
            .some(NOT_COLON)
            .then(":")
            .some(NOT_COLON)
            .then(":")
            .many(NOT_COLON)
            .then(":")
            .many(NOT_COLON)
            .then(":")
            .some(Set::Any);
        self.atoms
            .coordinate("resource", || (Shape::Always, vec![texts([pattern])]))
    }

    fn used(&self, key: &str) -> Usage {
        self.usage.get(key).copied().unwrap_or_default()
    }

    fn is_typed(&self, key: &str) -> bool {
        let Usage {
            number,
            date,
            address,
            boolean,
            bytes,
            ..
        } = self.used(key);
        number || date || address || boolean || bytes
    }

    fn is_many(&self, key: &str) -> bool {
        match arity(key) {
            Arity::Many => true,
            Arity::One => false,
            Arity::Unknown => self.used(key).set_operator,
        }
    }

    fn key(&mut self, key: &str) -> usize {
        let (usage, typed, many) = (self.used(key), self.is_typed(key), self.is_many(key));
        let make = || {
            let forms = [
                (
                    usage.boolean,
                    texts([Pattern::text("true"), Pattern::text("false")]),
                ),
                (usage.number, Form::Number),
                (usage.date, Form::Date),
                (usage.address, Form::Address),
                (usage.bytes, Form::Bytes),
                (
                    !typed && is_account(key),
                    texts([Pattern::default().times(Set::Digit, 12)]),
                ),
                // An organization's id is never empty, and the first step of its paths; members of lists are no empty texts (S28).
                (
                    !typed && key == ORGANIZATION,
                    texts([Pattern::default().some(Set::Not("/\u{1f}"))]),
                ),
                (
                    !typed && many && !is_account(key),
                    texts([Pattern::default().some(Set::Any)]),
                ),
            ];
            let mut forms: Vec<Form> = forms
                .into_iter()
                .filter(|(used, _)| *used)
                .map(|(_, form)| form)
                .collect();
            if forms.is_empty() {
                forms.push(texts([Pattern::default().many(Set::Any)]));
            }
            (if many { Shape::Many } else { Shape::Optional }, forms)
        };
        self.atoms.coordinate(&format!("key {key}"), make)
    }

    // ---- atoms ----

    fn atom(&mut self, atom: Atom) -> Formula {
        Formula::Literal(self.atoms.number(atom), true)
    }

    fn free(&mut self, words: String) -> Formula {
        self.atom(Atom::Free(words))
    }

    fn is(&mut self, coordinate: usize, test: Test) -> Formula {
        match &test {
            Test::In(list) if list.patterns.is_empty() => Formula::None,
            _ => self.atom(Atom::Is(coordinate, test)),
        }
    }

    /// The requests in which a single-valued key is there and passes.
    fn test(&mut self, key: &str, test: Test) -> Formula {
        match derived(self.kind, key).0 {
            Derived::Absent => Formula::None,
            Derived::Fixed(text) => self.test_fixed(text, test),
            Derived::Part(window) => self.test_caller(window, test),
            Derived::ServiceNames => self.some(key, vec![(test, true)]),
            Derived::Free if key == RESOURCE_ACCOUNT => self.test_resource_account(test),
            Derived::Free => {
                let coordinate = self.key(key);
                self.is(coordinate, test)
            }
        }
    }

    fn test_fixed(&mut self, text: &str, test: Test) -> Formula {
        match &test {
            Test::Tied { exact, .. } => {
                // A text that is a variable's value says what the variable is.
                let lone = self.lone(exact);
                if let Some((variable, fold)) = lone.filter(|own| own.0 != RESOURCE_ACCOUNT) {
                    let mut own = Pattern::default();
                    text.chars().for_each(|c| own.letter(spell(c, fold)));
                    let own = self.test(&variable, Test::In(List::whole([own])));
                    // What it always or never is says nothing to a lemma that names the test.
                    if !matches!(own, Formula::All | Formula::None) {
                        return own;
                    }
                }
                let own = self.atoms.coordinate(&format!("constant {text}"), || {
                    (Shape::Always, vec![texts([Pattern::text(text)])])
                });
                self.is(own, test)
            }
            Test::In(list) => Formula::constant(list.has(text)),
            // The fixed texts are neither numbers, dates, addresses nor bytes, but for base64.
            Test::Bytes(bytes) => Formula::constant(base64(text).as_ref() == Some(bytes)),
            Test::Number(..) | Test::Date(..) | Test::Address(_) => Formula::None,
        }
    }

    fn test_caller(&mut self, window: Window, test: Test) -> Formula {
        let framed = match test {
            Test::In(list) if list.patterns.iter().any(Pattern::is_everything) => {
                return Formula::All;
            }
            Test::In(list) => Test::In(part(window, &list.patterns)),
            Test::Tied { exact, loose } => Test::Tied {
                exact: part(window, &exact.patterns),
                loose: part(window, &loose.patterns),
            },
            Test::Number(..) | Test::Date(..) | Test::Address(_) | Test::Bytes(_) => {
                // Whether a part of the caller's text is such a value is left open, for each comparison by itself.
                return self.free(format!("{window:?} {test:?}"));
            }
        };
        let caller = self.caller();
        self.is(caller, framed)
    }

    /// `aws:ResourceAccount` follows from the ARN where it says it, and is free elsewhere (R3).
    fn test_resource_account(&mut self, test: Test) -> Formula {
        let own = self.key(RESOURCE_ACCOUNT);
        let free = self.is(own, test.clone());
        let in_arn = match test {
            Test::In(list) => Test::In(part(Window::Account, &list.patterns)),
            Test::Tied { exact, loose } => Test::Tied {
                exact: part(Window::Account, &exact.patterns),
                loose: part(Window::Account, &loose.patterns),
            },
            Test::Number(..) | Test::Date(..) | Test::Address(_) | Test::Bytes(_) => return free,
        };
        let resource = self.resource();
        let says = self.is(
            resource,
            Test::In(part(
                Window::Account,
                &[Pattern::default().times(Set::Digit, 12)],
            )),
        );
        let in_arn = self.is(resource, in_arn);
        Formula::or([
            Formula::and([says.clone(), in_arn]),
            Formula::and([says.not(), free]),
        ])
    }

    /// The requests in which some member of a many-valued key passes and fails the tests as marked.
    fn some(&mut self, key: &str, tests: Vec<(Test, bool)>) -> Formula {
        let own = match derived(self.kind, key).0 {
            Derived::Absent => return Formula::None,
            Derived::ServiceNames => {
                let part = |this: &mut Self, (test, holds): &(Test, bool)| {
                    let passes = this.test_caller(Window::Whole, test.clone());
                    if *holds { passes } else { passes.not() }
                };
                Formula::and(
                    tests
                        .iter()
                        .map(|test| part(self, test))
                        .collect::<Vec<_>>(),
                )
            }
            Derived::Free | Derived::Fixed(_) | Derived::Part(_) => Formula::None,
        };
        let coordinate = self.key(key);
        let other = self.atom(Atom::Some(coordinate, tests));
        Formula::or([own, other])
    }

    /// The requests in which a key is there.
    fn present(&mut self, key: &str) -> Formula {
        match derived(self.kind, key).0 {
            Derived::Absent => Formula::None,
            Derived::Fixed(_) | Derived::Part(_) | Derived::ServiceNames => Formula::All,
            Derived::Free => {
                let coordinate = self.key(key);
                let own = self.atom(Atom::Present(coordinate));
                if key == RESOURCE_ACCOUNT {
                    let any = self.test_resource_account(Test::In(List::whole([
                        Pattern::default().many(Set::Any),
                    ])));
                    return Formula::or([own, any]);
                }
                own
            }
        }
    }

    /// The requests in which a key is there with a value that is not the empty text (S28, S30).
    fn nonempty(&mut self, key: &str) -> Formula {
        match derived(self.kind, key).0 {
            Derived::Absent => Formula::None,
            Derived::ServiceNames => Formula::All,
            _ if self.is_many(key) => self.some(key, Vec::new()),
            Derived::Fixed(_) | Derived::Part(_) => Formula::All,
            Derived::Free if is_account(key) || self.is_typed(key) => self.present(key),
            Derived::Free => self.test(
                key,
                Test::In(List::whole([Pattern::default().some(Set::Any)])),
            ),
        }
    }

    // ---- statements ----

    /// The callers that a statement concerns (S6, S11 to S16).
    pub fn principal(&mut self, statement: &Statement, policy_type: PolicyType) -> Formula {
        match policy_type {
            PolicyType::Identity => Formula::constant(matches!(
                self.kind,
                Kind::Session | Kind::User | Kind::FederatedUser
            )),
            PolicyType::ServiceControl => Formula::constant(self.kind.has_account()),
            PolicyType::Resource | PolicyType::ResourceControl => match &statement.principal {
                None => self.free("no Principal".to_owned()),
                Some(clause) => match (clause.listing, statement.effect) {
                    (Listing::Listed, _) => self.listed(clause),
                    (Listing::NotListed, Effect::Allow) => self.listed(clause).not(),
                    (Listing::NotListed, Effect::Deny) => self.spared(clause).not(),
                },
            },
        }
    }

    fn listed(&mut self, clause: &PrincipalClause) -> Formula {
        Formula::or(
            clause
                .entries
                .iter()
                .map(|e| self.entry(&e.value))
                .collect::<Vec<_>>(),
        )
    }

    /// The callers that one entry names (S13: which user made a federated session is not known).
    pub fn entry(&mut self, who: &PrincipalEntry) -> Formula {
        match (who, self.kind) {
            (PrincipalEntry::Everyone, _) => Formula::All,
            (PrincipalEntry::Nobody(_), _) => Formula::None,
            (PrincipalEntry::Undefined(text), _) => self.free(format!("principal {text}")),
            (
                PrincipalEntry::User {
                    partition,
                    account,
                    path,
                    name,
                },
                Kind::FederatedUser,
            ) => {
                let own = self.account_in([*account]);
                let made = self.free(format!(
                    "made by arn:{partition}:iam::{account}:user{path}{name}"
                ));
                Formula::and([own, made])
            }
            (who, kind) => {
                let caller = self.caller();
                self.is(caller, Test::In(entry(kind, who)))
            }
        }
    }

    /// The callers that a Deny with `NotPrincipal` leaves alone: every link of their chain is listed (S16).
    fn spared(&mut self, clause: &PrincipalClause) -> Formula {
        if !self.kind.has_account() {
            return self.listed(clause);
        }
        let (mut links, mut everyone) = ([Vec::new(), Vec::new(), Vec::new()], Vec::new());
        for who in &clause.entries {
            let formula = self.entry(&who.value);
            match (&who.value, self.kind) {
                (PrincipalEntry::Account { .. }, _) => links[0].push(formula),
                (PrincipalEntry::User { .. }, Kind::User | Kind::FederatedUser)
                | (PrincipalEntry::Role { .. }, Kind::Session) => links[1].push(formula),
                (PrincipalEntry::Session { .. }, Kind::Session)
                | (PrincipalEntry::FederatedUser { .. }, Kind::FederatedUser) => {
                    links[2].push(formula)
                }
                (PrincipalEntry::Everyone | PrincipalEntry::Undefined(_), _) => {
                    everyone.push(formula)
                }
                _ => {}
            }
        }
        let needed = match self.kind {
            Kind::Root => 1,
            Kind::User => 2,
            _ => 3,
        };
        Formula::or(everyone.into_iter().chain([Formula::and(
            links.into_iter().take(needed).map(Formula::or),
        )]))
    }

    /// The requests whose caller belongs to one of the accounts.
    pub fn account_in(&mut self, accounts: impl IntoIterator<Item = AccountId>) -> Formula {
        let list = List::whole(sorted(
            accounts.into_iter().map(|a| Pattern::text(&a.to_string())),
        ));
        if self.kind.has_account() {
            self.test_caller(Window::Account, Test::In(list))
        } else {
            Formula::None
        }
    }

    /// The requests for one of some actions (S17).
    pub fn action_in<'p>(&mut self, patterns: impl Iterator<Item = &'p str>) -> Formula {
        let pattern = |text: &str| {
            let mut out = Pattern::default();
            for c in text.chars() {
                match c {
                    '*' => out.star(Set::Any),
                    '?' => out.letter(Set::One),
                    c => out.letter(Set::Char(c.to_ascii_lowercase())),
                }
            }
            out
        };
        let list = List::whole(sorted(patterns.map(pattern)));
        if list.patterns.iter().any(Pattern::is_everything) {
            return Formula::All;
        }
        let action = self.action();
        self.is(action, Test::In(list))
    }

    /// The actions that a statement concerns (S19).
    pub fn actions(&mut self, statement: &Statement) -> Formula {
        self.once(&raw const statement.action, true, |this| {
            this.actions_anew(statement)
        })
    }

    /// What is the same for all kinds is made once. The documents outlive all of it, so that a place tells an element.
    fn once<T>(
        &mut self,
        element: *const T,
        same: bool,
        make: impl FnOnce(&mut Self) -> Formula,
    ) -> Formula {
        if let Some(known) = self.same.get(&element.cast()) {
            return known.clone();
        }
        let formula = make(self);
        if same {
            self.same.insert(element.cast(), formula.clone());
        }
        formula
    }

    fn actions_anew(&mut self, statement: &Statement) -> Formula {
        let listed = self.action_in(statement.action.patterns.iter().map(|p| p.value.as_str()));
        turn(listed, statement.action.listing == Listing::NotListed)
    }

    /// The resources that a statement concerns (S18, S19); without a Resource every one (S2).
    pub fn resources(&mut self, statement: &Statement) -> Formula {
        let Some(clause) = &statement.resource else {
            return Formula::All;
        };
        let mut patterns = clause.patterns.iter();
        let same = !patterns.any(|pattern| pattern.value.has_variable());
        self.once(clause, same, |this| this.resources_anew(clause))
    }

    fn resources_anew(&mut self, clause: &ResourceClause) -> Formula {
        let resource = self.resource();
        let (mut plain, mut parts) = (Vec::new(), Vec::new());
        for pattern in &clause.patterns {
            match &pattern.value.form {
                ResourceForm::Any => parts.push(Formula::All),
                ResourceForm::Short => {
                    parts.push(self.free(format!("resource {}", pattern.value.text)))
                }
                ResourceForm::Parts(_) => {
                    let parts_of = pattern.value.parts().into_iter().flatten();
                    let pieces = arn_pieces(parts_of.map(|part| part.pieces));
                    if !pattern.value.has_variable() {
                        plain.push(
                            self.fill(&pieces, false, &[])
                                .expect("there is no variable")
                                .0,
                        );
                        continue;
                    }
                    for (guard, test) in self.expand(&pieces, false) {
                        let test = self.is(resource, test);
                        parts.push(Formula::and([guard, test]));
                    }
                }
            }
        }
        if !plain.is_empty() {
            parts.push(self.is(resource, Test::In(List::whole(sorted(plain)))));
        }
        turn(Formula::or(parts), clause.listing == Listing::NotListed)
    }

    /// The requests for a resource that matches one of the patterns, as in a statement without variables.
    pub fn resource_in(&mut self, patterns: &[String]) -> Formula {
        let (mut plain, mut parts) = (Vec::new(), Vec::new());
        for text in patterns {
            let mut arn: Vec<&str> = text.splitn(6, ':').collect();
            if text == "*" {
                return Formula::All;
            } else if arn.len() < 6 && !text.ends_with('*') {
                parts.push(self.free(format!("resource {text}")));
                continue;
            }
            arn.resize(6, "*");
            let pieces =
                arn_pieces(arn.iter().map(|part| {
                    Template::parse(part, Wildcards::Active, Variables::Literal).pieces
                }));
            plain.push(
                self.fill(&pieces, false, &[])
                    .expect("there is no variable")
                    .0,
            );
        }
        let resource = self.resource();
        parts.push(self.is(resource, Test::In(List::whole(sorted(plain)))));
        Formula::or(parts)
    }

    // ---- conditions ----

    /// The requests that satisfy one operator on one key (S20 to S30).
    pub fn condition(&mut self, condition: &Condition) -> Formula {
        let tied = condition
            .values
            .iter()
            .any(|value| value.value.contains("${"));
        let same = !tied && !derived(self.kind, &condition.key.value).1;
        self.once(condition, same, |this| this.condition_anew(condition))
    }

    fn condition_anew(&mut self, condition: &Condition) -> Formula {
        let (key, epoch) = clock(&condition.key.value);
        let operator = condition.operator;
        if operator.comparison == Comparison::Null {
            return self.null(key, condition);
        }
        let many = self.is_many(key);
        if many && operator.quantifier == Quantifier::Single {
            // S26: false where it is there; S25 where it is absent.
            return if operator.negated || operator.if_exists {
                self.present(key).not()
            } else {
                Formula::None
            };
        }
        let (alternatives, undefined) = self.alternatives(condition, epoch);
        let or_absent =
            |this: &mut Self, formula: Formula| match (operator.if_exists, operator.quantifier) {
                (false, _) => formula,
                (true, Quantifier::Single) => Formula::or([formula, this.present(key).not()]),
                // S28: under a set operator a key with no value but the empty text is absent.
                (true, _) => Formula::or([formula, this.nonempty(key).not()]),
            };
        if !many {
            let matches = self.matches(key, &alternatives, &undefined);
            return match operator.quantifier {
                Quantifier::Single if operator.negated => matches.not(),
                Quantifier::Single => or_absent(self, matches),
                // S27, S28: a set of one, or of none where the value is the empty text.
                Quantifier::ForAllValues => {
                    Formula::or([self.nonempty(key).not(), turn(matches, operator.negated)])
                }
                Quantifier::ForAnyValue => {
                    let some = Formula::and([self.nonempty(key), turn(matches, operator.negated)]);
                    or_absent(self, some)
                }
            };
        }
        if !undefined.is_empty() {
            let nonempty = self.nonempty(key);
            let open = Formula::and(undefined);
            return match operator.quantifier {
                Quantifier::ForAllValues => Formula::or([nonempty.not(), open]),
                _ => or_absent(self, Formula::and([nonempty, open])),
            };
        }
        // S27: some member among the alternatives, or some member outside of all of them.
        let all = operator.quantifier == Quantifier::ForAllValues;
        let some = if all == operator.negated {
            let part = |this: &mut Self, a: Alternative| {
                let some = this.some(key, vec![(a.test, true)]);
                Formula::and([a.guard, some])
            };
            Formula::or(
                alternatives
                    .into_iter()
                    .map(|a| part(self, a))
                    .collect::<Vec<_>>(),
            )
        } else {
            self.some_outside(key, &alternatives)
        };
        if all {
            some.not()
        } else {
            or_absent(self, some)
        }
    }

    /// `Null` (S30).
    fn null(&mut self, key: &str, condition: &Condition) -> Formula {
        let nonempty = self.nonempty(key);
        let part = |this: &mut Self, text: &str| match text.to_ascii_lowercase().as_str() {
            "true" => nonempty.not(),
            "false" => nonempty.clone(),
            other => this.free(format!("Null {key} {other}")),
        };
        Formula::or(
            condition
                .values
                .iter()
                .map(|value| part(self, &value.value))
                .collect::<Vec<_>>(),
        )
    }

    /// The requests in which a single-valued key is there and is one of the alternatives.
    fn matches(
        &mut self,
        key: &str,
        alternatives: &[Alternative],
        undefined: &[Formula],
    ) -> Formula {
        let mut parts = Vec::new();
        for Alternative { guard, test } in alternatives {
            let part = match self.turned(key, test) {
                // That the variable's key is there goes without saying; whatever else the guard asks for does not.
                Some((variable, formula)) if *guard == self.present(&variable) => formula,
                Some((_, formula)) => Formula::and([guard.clone(), formula]),
                None => {
                    let passes = self.test(key, test.clone());
                    Formula::and([guard.clone(), passes])
                }
            };
            parts.push(part);
        }
        if !undefined.is_empty() {
            let present = self.present(key);
            parts.extend(
                undefined
                    .iter()
                    .map(|open| Formula::and([present.clone(), open.clone()])),
            );
        }
        Formula::or(parts)
    }

    /// The variable of a list that is its value alone, and whether its case is folded.
    fn lone(&self, exact: &List) -> Option<(String, bool)> {
        let letter = exact.value()? as usize;
        let known = self.holes.get(letter.checked_sub(HOLE as usize)? / 2);
        known.cloned()
    }

    /// `k = ${x}` and `x = ${k}` say the same: one of the two is taken for both, that with the lesser key compared, where none follows
    /// from the caller; a key that does is the variable.
    /// It comes with the variable of what is written.
    fn turned(&mut self, key: &str, test: &Test) -> Option<(String, Formula)> {
        let Test::Tied { exact, .. } = test else {
            return None;
        };
        let (variable, fold) = self.lone(exact)?;
        let is_part = |key: &str| matches!(derived(self.kind, key).0, Derived::Part(_));
        let turn = match (is_part(key), is_part(&variable)) {
            (true, false) => true,
            (false, true) => false,
            _ => variable.as_str() < key,
        };
        let plain = |key: &str| key != RESOURCE_ACCOUNT;
        if fold
            || !turn
            || variable == key
            || !plain(key)
            || !plain(&variable)
            || derived(self.kind, &variable).0 != Derived::Free
        {
            return None;
        }
        let any = if is_account(key) {
            Pattern::default().times(Set::Digit, 12)
        } else {
            Pattern::default().many(Set::Any)
        };
        let mut parts = Vec::new();
        for (guard, replacement) in self.options(key, None, false) {
            let test = match replacement {
                Replacement::Letter(c) => Test::Tied {
                    exact: List::whole([Pattern::text(&c.to_string())]),
                    loose: List::whole([any.clone()]),
                },
                Replacement::Text(text) => Test::In(List::whole([Pattern::text(&text)])),
                Replacement::Nothing => {
                    parts.push(Formula::None);
                    continue;
                }
            };
            let passes = self.test(&variable, test);
            parts.push(Formula::and([guard, passes]));
        }
        Some((variable, Formula::or(parts)))
    }

    /// The requests in which some member is none of the alternatives: one case for each choice of guards that hold.
    fn some_outside(&mut self, key: &str, alternatives: &[Alternative]) -> Formula {
        let mut guards: Vec<&Formula> = Vec::new();
        for Alternative { guard, .. } in alternatives {
            if *guard != Formula::All && !guards.contains(&guard) {
                guards.push(guard);
            }
        }
        // Each guard doubles the cases. Beyond so many it is anything, each time anew, so that nothing can be learnt from it.
        if guards.len() > GUARDS {
            let name = format!("cases {}", self.atoms.list.len());
            return self.free(name);
        }
        let mut cases = Vec::new();
        for choice in 0..1usize << guards.len() {
            let chosen = |guard: &Formula| {
                guards
                    .iter()
                    .position(|g| *g == guard)
                    .is_none_or(|at| choice >> at & 1 == 1)
            };
            let tests = alternatives
                .iter()
                .filter(|a| chosen(&a.guard))
                .map(|a| (a.test.clone(), false))
                .collect();
            let some = self.some(key, tests);
            let guarded = guards
                .iter()
                .map(|guard| turn((*guard).clone(), !chosen(guard)));
            cases.push(Formula::and(guarded.chain([some])));
        }
        Formula::or(cases)
    }

    /// The values of a condition as alternatives, and those among them that are undefined.
    fn alternatives(
        &mut self,
        condition: &Condition,
        epoch: bool,
    ) -> (Vec<Alternative>, Vec<Formula>) {
        let (mut plain, mut out, mut undefined) = (Vec::new(), Vec::new(), Vec::new());
        for value in &condition.values {
            match read(condition, &value.value, epoch) {
                Some(Read::Pattern(pattern)) => plain.push(pattern),
                Some(Read::Test(test)) => out.push(Alternative {
                    guard: Formula::All,
                    test,
                }),
                Some(Read::Pieces(pieces, fold)) => {
                    for (guard, test) in self.expand(&pieces, fold) {
                        match (guard, test) {
                            (Formula::All, Test::In(list)) => plain.extend(list.patterns),
                            (guard, test) => out.push(Alternative { guard, test }),
                        }
                    }
                }
                None => {
                    let operator = condition.operator;
                    let key = &condition.key.value;
                    let mut name = if self.is_many(key) {
                        // Members may pass by the other values as well, so this is about the condition as a whole.
                        let texts: Vec<&str> =
                            condition.values.iter().map(|v| v.value.as_str()).collect();
                        format!("{key} {operator:?} {texts:?}")
                    } else {
                        // A set operator and `IfExists` ask the same of the one value.
                        let (comparison, negated) = (operator.comparison, operator.negated);
                        format!("{key} {comparison:?} {negated} {:?}", value.value)
                    };
                    if condition.values.iter().any(|v| has_versions(&v.value)) {
                        name.push_str(&format!(" {:?}", condition.version));
                    }
                    let open = self.free(name);
                    // S34: whatever the pattern means, a value with fewer than six parts matches nothing.
                    let six = if operator.comparison == Comparison::ArnLike && !self.is_many(key) {
                        let parts =
                            (0..5).fold(Pattern::default(), |out, _| out.many(NOT_COLON).then(":"));
                        self.test(key, Test::In(List::whole([parts.many(Set::Any)])))
                    } else {
                        Formula::All
                    };
                    undefined.push(Formula::and([six, open]));
                }
            }
        }
        if !plain.is_empty() {
            out.insert(
                0,
                Alternative {
                    guard: Formula::All,
                    test: Test::In(List::whole(sorted(plain))),
                },
            );
        }
        (out, undefined)
    }

    // ---- policy variables ----

    /// Replaces the variables of a pattern: one case for each way in which they may have values (S42).
    fn expand(&mut self, pieces: &Pieces, fold: bool) -> Vec<(Formula, Test)> {
        let mut cases: Vec<(Formula, Vec<(Piece, Replacement)>)> = vec![(Formula::All, Vec::new())];
        for (piece, _) in pieces {
            let Piece::Variable(variable) = piece else {
                continue;
            };
            if cases
                .first()
                .is_some_and(|(_, chosen)| chosen.iter().any(|(known, _)| known == piece))
            {
                continue;
            }
            let mut options = self.options(&variable.key, variable.default.as_deref(), fold);
            // A pattern with a variable that has no value matches nothing.
            options.retain(|(_, replacement)| !matches!(replacement, Replacement::Nothing));
            if cases.len() * options.len() > 1 << GUARDS {
                let name = format!("cases {}", self.atoms.list.len());
                let any = List::whole([Pattern::default().many(Set::Any)]);
                return vec![(self.free(name), Test::In(any))];
            }
            let with = |(guard, chosen): &(Formula, Vec<(Piece, Replacement)>),
                        (condition, replacement): &(Formula, Replacement)| {
                let chosen = chosen
                    .iter()
                    .cloned()
                    .chain([(piece.clone(), replacement.clone())])
                    .collect();
                (Formula::and([guard.clone(), condition.clone()]), chosen)
            };
            cases = cases
                .iter()
                .flat_map(|case| {
                    options
                        .iter()
                        .map(|option| with(case, option))
                        .collect::<Vec<_>>()
                })
                .filter(|(guard, _)| *guard != Formula::None)
                .collect();
        }
        let test = |(exact, loose): (Pattern, Option<Pattern>)| match loose {
            Some(loose) => Test::Tied {
                exact: List::whole([exact]),
                loose: List::whole([loose]),
            },
            None => Test::In(List::whole([exact])),
        };
        cases
            .into_iter()
            .filter_map(|(guard, chosen)| {
                self.fill(pieces, fold, &chosen)
                    .map(|patterns| (guard, test(patterns)))
            })
            .collect()
    }

    /// Builds the pattern of one case, and, where a letter stands for a value, the pattern with anything in its place. `None`: no text.
    fn fill(
        &self,
        pieces: &Pieces,
        fold: bool,
        chosen: &[(Piece, Replacement)],
    ) -> Option<(Pattern, Option<Pattern>)> {
        let (mut exact, mut loose, mut tied) = (Pattern::default(), Pattern::default(), false);
        for (piece, set) in pieces {
            let text = match piece {
                Piece::Char(c) => c.to_string(),
                Piece::One => {
                    exact.letter(*set);
                    loose.letter(*set);
                    continue;
                }
                Piece::Many => {
                    exact.star(*set);
                    loose.star(*set);
                    continue;
                }
                Piece::Variable(variable) => {
                    let key = variable.key.as_str();
                    match &chosen.iter().find(|(known, _)| known == piece)?.1 {
                        Replacement::Nothing => return None,
                        Replacement::Text(text) => {
                            // S44: a value never adds a part to an ARN.
                            if *set == NOT_COLON && text.contains(':') {
                                return None;
                            }
                            text.clone()
                        }
                        Replacement::Letter(c) => {
                            tied = true;
                            // S44: in an ARN's first five parts a value with a colon matches nothing, which it may do elsewhere.
                            let name = Derived::Part(Window::Name);
                            let narrow = *set == NOT_COLON
                                && !is_account(key)
                                && derived(self.kind, key).0 != name;
                            let own = if narrow {
                                u32::from(*c) + 1
                            } else {
                                u32::from(*c)
                            };
                            let own = char::from_u32(own).expect("fewer variables than letters");
                            exact.letter(Set::Char(own));
                            loose = if is_account(key) {
                                loose.times(Set::Digit, 12)
                            } else if derived(self.kind, key).0 == Derived::Part(Window::Name) {
                                loose.some(Set::Not("/\u{1f}"))
                            } else {
                                loose.many(*set)
                            };
                            continue;
                        }
                    }
                }
            };
            for c in text.chars() {
                exact.letter(spell(c, fold));
                loose.letter(spell(c, fold));
            }
        }
        Some((exact, tied.then_some(loose)))
    }

    /// The key whose value a letter stands for, by the variable's number, and whether its case is folded.
    pub(super) fn variable(&self, number: usize) -> Option<(&str, bool)> {
        let (key, fold) = self.holes.get(number)?;
        Some((key, *fold))
    }

    /// The ways in which a variable may have a value.
    fn options(
        &mut self,
        key: &str,
        default: Option<&str>,
        fold: bool,
    ) -> Vec<(Formula, Replacement)> {
        let fallback = default.map_or(Replacement::Nothing, |text| {
            Replacement::Text(text.to_owned())
        });
        if self.is_many(key) {
            return vec![(Formula::All, fallback)];
        }
        if let Some(pinned) = self.pins.get(key) {
            return vec![(
                Formula::All,
                pinned.clone().map_or(fallback, Replacement::Text),
            )];
        }
        let letter = |this: &mut Self| {
            let wanted = (key.to_owned(), fold);
            let at = this
                .holes
                .iter()
                .position(|h| *h == wanted)
                .unwrap_or_else(|| {
                    this.holes.push(wanted);
                    this.holes.len() - 1
                });
            u32::try_from(at)
                .ok()
                .and_then(|at| char::from_u32(HOLE as u32 + 2 * at))
                .expect("fewer variables than letters")
        };
        match derived(self.kind, key).0 {
            Derived::Absent | Derived::ServiceNames => vec![(Formula::All, fallback)],
            Derived::Fixed(text) => vec![(Formula::All, Replacement::Text(text.to_owned()))],
            Derived::Part(window) => {
                let c = letter(self);
                let caller = self.caller();
                self.atoms.holes.insert(c, (caller, window, fold));
                vec![(Formula::All, Replacement::Letter(c))]
            }
            Derived::Free => {
                let present = self.present(key);
                let c = letter(self);
                let coordinate = self.key(key);
                self.atoms
                    .holes
                    .insert(c, (coordinate, Window::Whole, fold));
                vec![
                    (present.clone(), Replacement::Letter(c)),
                    (present.not(), fallback),
                ]
            }
        }
    }

    /// The requests in which every pinned key has its value, or is absent.
    pub fn pinned(&mut self) -> Formula {
        let pins = self.pins.clone();
        let each = pins
            .iter()
            .map(|(key, value)| self.pin(key, value.as_deref()));
        Formula::and(each.collect::<Vec<_>>())
    }

    /// The requests in which a key has a value, or is absent.
    pub fn pin(&mut self, key: &str, value: Option<&str>) -> Formula {
        match value {
            Some(text) => self.test(key, Test::In(List::whole([Pattern::text(text)]))),
            None => self.present(key).not(),
        }
    }

    // ---- what questions narrow access to ----

    /// The requests of an entry (Q2).
    pub fn granted(&mut self, entry: &Access) -> Formula {
        let actions = entry.actions.as_ref();
        let actions = actions.map(|a| self.action_in(a.iter().map(String::as_str)));
        let resources = entry.resources.as_ref().map(|r| self.resource_in(r));
        Formula::and(actions.into_iter().chain(resources))
    }

    /// The requests by callers inside a zone of trust (Q3).
    pub fn inside(&mut self, zone: &Zone) -> Formula {
        let Zone {
            accounts,
            organization,
            federated,
            canonical_users,
        } = zone;
        let organization = organization.as_deref();
        let words = |texts: &[String]| {
            Test::In(List::whole(sorted(texts.iter().map(|t| Pattern::text(t)))))
        };
        let member = |this: &mut Self| match organization {
            Some(id) => this.test(ORGANIZATION, Test::In(List::whole([Pattern::text(id)]))),
            None => Formula::None,
        };
        match self.kind {
            Kind::Anonymous => Formula::None,
            Kind::Service => Formula::All,
            Kind::Federated => {
                let caller = self.caller();
                self.is(caller, words(federated))
            }
            Kind::Session | Kind::User | Kind::FederatedUser | Kind::Root => {
                let listed = self.account_in(accounts.iter().copied());
                let member = member(self);
                Formula::or([listed, member])
            }
            // A canonical id is an account whose number is not known, unless a key of the request tells it.
            Kind::Canonical => {
                let caller = self.caller();
                let mut parts = vec![self.is(caller, words(canonical_users)), member(self)];
                if let Some(id) = organization {
                    let below = Pattern::text(id).then("/").many(Set::Any);
                    parts.push(self.value_in(PATHS, Test::In(List::whole([below]))));
                }
                let numbers: Vec<String> = accounts.iter().map(ToString::to_string).collect();
                if !numbers.is_empty() {
                    for key in ["aws:principalaccount", "kms:calleraccount"] {
                        parts.push(self.test(key, words(&numbers)));
                    }
                    let arn = |account: &String| {
                        let head = Pattern::text("arn:")
                            .many(NOT_COLON)
                            .then(":")
                            .many(NOT_COLON);
                        head.then(&format!("::{account}:")).many(Set::Any)
                    };
                    let arns = List::whole(numbers.iter().map(arn));
                    parts.push(self.test("aws:principalarn", Test::In(arns)));
                }
                Formula::or(parts)
            }
        }
    }

    /// The requests in which a trusted key has one of the fixed values that the document names for it (Q4).
    pub fn trusted(&mut self, document: &Policy, resource_type: &str) -> Formula {
        let mut parts = Vec::new();
        for statement in &document.statements {
            for who in statement
                .principal
                .iter()
                .flat_map(|clause| &clause.entries)
            {
                if is_fixed_principal(&who.value) {
                    parts.push(self.entry(&who.value));
                }
            }
            for condition in &statement.conditions {
                for text in fixed_values(condition, Some(resource_type)) {
                    parts.push(self.value_in(&condition.key.value, fixed_test(condition, text)));
                }
            }
        }
        Formula::or(parts)
    }

    /// The requests for resources that can be of a type (Q4).
    pub fn of_type(&mut self, resource_type: &str) -> Formula {
        resource_pattern(resource_type).map_or(Formula::All, |pattern| self.resource_in(&[pattern]))
    }

    /// The requests in which a key's value passes, or some member of it.
    fn value_in(&mut self, key: &str, test: Test) -> Formula {
        let (key, _) = clock(key);
        if self.is_many(key) {
            self.some(key, vec![(test, true)])
        } else {
            self.test(key, test)
        }
    }

    // ---- what ties keys together ----

    /// What holds of every request, whatever the documents say (R3): paths of the caller's organization begin with its id, and
    /// caller and resource of one account are of one organization. Which ids and accounts are told apart is a choice.
    pub fn ties(&mut self) -> Formula {
        if !self.kind.has_account() {
            return Formula::All;
        }
        let paths = self.path_ties();
        let accounts = self.account_ties();
        Formula::and([paths, accounts])
    }

    fn path_ties(&mut self) -> Formula {
        if !self.usage.contains_key(PATHS)
            && !self
                .atoms
                .coordinates
                .iter()
                .any(|c| c.name == format!("key {PATHS}"))
        {
            return Formula::All;
        }
        let (id, list) = (self.key(ORGANIZATION), self.key(PATHS));
        let mut names = BTreeSet::new();
        for pattern in self.patterns_of(id) {
            names.extend(pattern.word());
        }
        for pattern in self.patterns_of(list) {
            names.extend(
                pattern
                    .beginning()
                    .split_once('/')
                    .map(|(name, _)| name.to_owned()),
            );
        }
        let below = |name: &String| Pattern::text(name).then("/").many(Set::Any);
        let (there, paths) = (self.atom(Atom::Present(id)), self.atom(Atom::Present(list)));
        let some = self.atom(Atom::Some(list, Vec::new()));
        let mut cases = vec![Formula::and([there.not(), paths.not()])];
        for name in &names {
            let own = self.is(id, Test::In(List::whole([Pattern::text(name)])));
            let stray = self.atom(Atom::Some(
                list,
                vec![(Test::In(List::whole([below(name)])), false)],
            ));
            cases.push(Formula::and([own, some.clone(), stray.not()]));
        }
        let mut other = vec![there, some];
        if !names.is_empty() {
            other.push(
                self.is(
                    id,
                    Test::In(List::whole(names.iter().map(|name| Pattern::text(name)))),
                )
                .not(),
            );
            other.push(
                self.atom(Atom::Some(
                    list,
                    vec![(Test::In(List::whole(names.iter().map(below))), true)],
                ))
                .not(),
            );
        }
        cases.push(Formula::and(other));
        Formula::or(cases)
    }

    fn account_ties(&mut self) -> Formula {
        if !self.usage.contains_key(RESOURCE_ORGANIZATION) {
            return Formula::All;
        }
        let caller = format!("caller {:?}", self.kind);
        let mut accounts = BTreeSet::new();
        for (at, coordinate) in self.atoms.coordinates.iter().enumerate() {
            if coordinate.name == "resource"
                || coordinate.name == format!("key {RESOURCE_ACCOUNT}")
                || coordinate.name == caller
            {
                let outlines = self.patterns_of(at).map(|pattern| pattern.outline());
                accounts.extend(
                    outlines.filter_map(|text| {
                        AccountId::parse(text.split(':').nth(4).unwrap_or(&text))
                    }),
                );
            }
        }
        let (ours, theirs) = (self.key(ORGANIZATION), self.key(RESOURCE_ORGANIZATION));
        let names: BTreeSet<String> = self
            .patterns_of(ours)
            .chain(self.patterns_of(theirs))
            .filter_map(|pattern| pattern.word())
            .collect();
        let named = || Test::In(List::whole(names.iter().map(|name| Pattern::text(name))));
        let keys = [ORGANIZATION, RESOURCE_ORGANIZATION];
        let absent: Vec<Formula> = keys.iter().map(|key| self.present(key).not()).collect();
        let mut equal = vec![Formula::and(absent)];
        let mut other = Vec::new();
        for key in keys {
            other.push(self.present(key));
            other.push(self.test(key, named()).not());
        }
        equal.push(Formula::and(other));
        for name in &names {
            let both: Vec<Formula> = keys
                .iter()
                .map(|key| self.test(key, Test::In(List::whole([Pattern::text(name)]))))
                .collect();
            equal.push(Formula::and(both));
        }
        let equal = Formula::or(equal);
        let mut parts = Vec::new();
        for account in accounts {
            let caller = self.account_in([account]);
            let resource = self.test(
                RESOURCE_ACCOUNT,
                Test::In(List::whole([Pattern::text(&account.to_string())])),
            );
            parts.push(Formula::or([caller.not(), resource.not(), equal.clone()]));
        }
        Formula::and(parts)
    }

    /// The patterns that atoms without variables hold of a coordinate.
    fn patterns_of(&self, at: usize) -> impl Iterator<Item = &Pattern> {
        let lists = self.atoms.list.iter().flat_map(move |atom| match atom {
            Atom::Is(own, Test::In(list)) if *own == at => vec![list],
            Atom::Some(own, tests) if *own == at => tests
                .iter()
                .filter_map(|(test, _)| {
                    if let Test::In(list) = test {
                        Some(list)
                    } else {
                        None
                    }
                })
                .collect(),
            _ => Vec::new(),
        });
        lists.flat_map(|list| &list.patterns)
    }
}

fn turn(formula: Formula, turned: bool) -> Formula {
    if turned { formula.not() } else { formula }
}

fn texts(patterns: impl IntoIterator<Item = Pattern>) -> Form {
    Form::Text {
        within: List::whole(patterns),
        except: List::whole([]),
    }
}

/// Patterns in one order, each once, so that lists that say the same are equal.
fn sorted(patterns: impl IntoIterator<Item = Pattern>) -> Vec<Pattern> {
    let mut keyed: Vec<(String, Pattern)> = patterns
        .into_iter()
        .map(|pattern| (pattern.outline(), pattern))
        .collect();
    keyed.sort_by(|(a, _), (b, _)| a.cmp(b));
    keyed.dedup();
    keyed.into_iter().map(|(_, pattern)| pattern).collect()
}

/// `aws:EpochTime` is `aws:CurrentTime` in other words (R3). The second member tells that it was.
fn clock(key: &str) -> (&str, bool) {
    if key == "aws:epochtime" {
        ("aws:currenttime", true)
    } else {
        (key, false)
    }
}

/// The pieces of an ARN's parts with colons between them; wildcards cross no colon in the first five (S18, S34).
fn arn_pieces(parts: impl Iterator<Item = Vec<Piece>>) -> Pieces {
    let mut out = Vec::new();
    for (at, part) in parts.enumerate() {
        if at > 0 {
            out.push((Piece::Char(':'), NOT_COLON));
        }
        out.extend(
            part.into_iter()
                .map(|piece| (piece, if at < 5 { NOT_COLON } else { Set::Any })),
        );
    }
    out
}

/// What a fixed value stands for (Q4): itself, or the ARNs of a pattern whose wildcards cross no colon before the last part.
fn fixed_test(condition: &Condition, text: &str) -> Test {
    if condition.operator.comparison == Comparison::IpAddress {
        return Test::Address(Network::parse(text).expect("a fixed block is a block"));
    }
    let fold = condition.operator.comparison == Comparison::StringEqualsIgnoreCase;
    let (mut out, mut colons) = (Pattern::default(), 0);
    for piece in &fixed_template(condition, text).pieces {
        let wild = if colons < 5 { NOT_COLON } else { Set::Any };
        match piece {
            Piece::Char(c) => {
                colons += usize::from(*c == ':');
                out.letter(spell(*c, fold));
            }
            Piece::One => out.letter(wild),
            Piece::Many => out.star(wild),
            Piece::Variable { .. } => unreachable!("a fixed value has no variable"),
        }
    }
    Test::In(List::whole([out]))
}

/// A character of a policy's text, in both cases where case does not count (S31).
fn spell(c: char, fold: bool) -> Set {
    if fold && c.is_ascii_alphabetic() {
        Set::Fold(c.to_ascii_lowercase())
    } else {
        Set::Char(c)
    }
}

/// Reads one value under its operator (S31 to S39). `None`: undefined.
fn read(condition: &Condition, text: &str, epoch: bool) -> Option<Read> {
    use Relation::{Equal, Greater, GreaterEqual, Less, LessEqual};
    if is_unknown(text) {
        // S45
        return None;
    }
    let date =
        |relation| Instant::parse(text).map(|instant| Read::Test(Test::Date(relation, instant)));
    let number = |relation| {
        if epoch {
            date(relation)
        } else {
            Decimal::parse(text).map(|n| Read::Test(Test::Number(relation, n)))
        }
    };
    let variables = if condition.version == Version::V2012 {
        Variables::Active
    } else {
        Variables::Literal
    };
    let pieces = |wildcards| Template::parse(text, wildcards, variables).pieces;
    let whole = |pieces: Vec<Piece>, fold| {
        Some(Read::Pieces(
            pieces.into_iter().map(|piece| (piece, Set::Any)).collect(),
            fold,
        ))
    };
    match condition.operator.comparison {
        // Not supported by the search either, so no certificate can need it.
        Comparison::StringEquals | Comparison::StringEqualsIgnoreCase | Comparison::StringLike
            if epoch =>
        {
            None
        }
        Comparison::StringEquals => whole(pieces(Wildcards::Literal), false),
        Comparison::StringEqualsIgnoreCase => whole(pieces(Wildcards::Literal), true),
        Comparison::StringLike => whole(pieces(Wildcards::Active), false),
        Comparison::ArnLike => {
            let mut parts: Vec<Vec<Piece>> = vec![Vec::new()];
            for piece in pieces(Wildcards::Active) {
                match parts.len() {
                    1..=5 if piece == Piece::Char(':') => parts.push(Vec::new()),
                    at => parts[at - 1].push(piece),
                }
            }
            (parts.len() == 6).then(|| Read::Pieces(arn_pieces(parts.into_iter()), false))
        }
        Comparison::NumericEquals => number(Equal),
        Comparison::NumericLessThan => number(Less),
        Comparison::NumericLessThanEquals => number(LessEqual),
        Comparison::NumericGreaterThan => number(Greater),
        Comparison::NumericGreaterThanEquals => number(GreaterEqual),
        Comparison::DateEquals => date(Equal),
        Comparison::DateLessThan => date(Less),
        Comparison::DateLessThanEquals => date(LessEqual),
        Comparison::DateGreaterThan => date(Greater),
        Comparison::DateGreaterThanEquals => date(GreaterEqual),
        Comparison::Bool => {
            let word = text.to_ascii_lowercase();
            (word == "true" || word == "false").then(|| Read::Pattern(Pattern::text(&word)))
        }
        Comparison::BinaryEquals => base64(text).map(|bytes| Read::Test(Test::Bytes(bytes))),
        Comparison::IpAddress => {
            Network::parse(text).map(|network| Read::Test(Test::Address(network)))
        }
        Comparison::Null => None,
    }
}
