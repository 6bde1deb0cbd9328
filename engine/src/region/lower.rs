//! From documents to formulas, for one kind of caller at a time.
//!
//! Every rule of `SEMANTICS.md` that says when a statement applies is here once, as a set. Rules are named where they
//! are followed. Parts that do not depend on the caller are lowered once and shared by all kinds.

use crate::Reason;
use crate::broken::{self, Fault};
use crate::domain::order::Relation;
use crate::domain::scalar::{AccountSet, Form, Test, Universe};
use crate::domain::text::{
    Class, Letter, Row, RowBuilder, TextSet, TextSetBuilder, has_letters, hole, variable_of,
};
use crate::hash::{Quick, QuickMap, table};
use crate::region::caller::{
    Derived, Frame, Kind, Named, derived, entry_texts, framed, is_derived,
};
use crate::region::formula::Formula;
use crate::region::space::{Atom, DimensionId, Shape, Space};
use keyaki_language::key::{Arity, arity, is_account};
use keyaki_language::policies::{Membership, PolicyType};
use keyaki_language::policy::{
    AccountId, ActionClause, Comparison, Condition, Effect, Listing, Operator, Policy,
    PrincipalClause, PrincipalEntry, Quantifier, ResourceClause, ResourceForm, Statement, Version,
    has_versions, is_unknown, told, why_undefined,
};
use keyaki_language::span::Spanned;
use keyaki_language::template::{Piece, Template, Variable, Variables, Wildcards};
use keyaki_language::value::{Decimal, Instant, Network, base64};
use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// How the documents at hand use a key (S23, R4).
#[derive(Clone, Copy, Debug, Default)]
struct Usage {
    number: bool,
    date: bool,
    address: bool,
    boolean: bool,
    bytes: bool,
    set_operator: bool,
    /// Whether the key has many values, as far as the key itself tells.
    arity: Option<Arity>,
}

impl Usage {
    fn typed(self) -> bool {
        self.number || self.date || self.address || self.boolean || self.bytes
    }
}

/// What is known of accounts beyond the documents (R5).
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// The account of every resource at hand.
    pub(crate) resource_account: Option<AccountId>,
    /// Where known accounts stand.
    pub(crate) organizations: Option<Arc<Organizations>>,
}

/// Accounts whose place is known, grouped by that place.
#[derive(Debug)]
pub(crate) struct Organizations {
    /// Each place and the accounts there; `None` is no organization.
    groups: Vec<(Option<Membership>, AccountSet)>,
    /// The group of each account.
    place_of: HashMap<AccountId, usize>,
    /// All accounts of the groups.
    known: AccountSet,
    /// Organizations all of whose accounts are known.
    complete: Vec<String>,
    /// Whose place passes which tests, of those that were asked for: an organization may have thousands of units, and its
    /// policies say the same few things about them again and again.
    passing: Mutex<HashMap<PlaceTest, Passing>>,
}

/// What a place has to be.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum PlaceTest {
    /// There is one.
    Anywhere,
    /// The organization's id passes.
    Organization(Test),
    /// Some path passes and fails the tests as marked.
    Path(Vec<(Test, bool)>),
}

impl PlaceTest {
    fn passes(&self, place: &Membership) -> bool {
        match self {
            PlaceTest::Anywhere => true,
            PlaceTest::Organization(test) => test.passes(&place.organization),
            PlaceTest::Path(tests) => place.paths.iter().any(|path| {
                tests
                    .iter()
                    .all(|(test, holds)| test.passes(path) == *holds)
            }),
        }
    }
}

/// Known accounts whose place passes a test.
#[derive(Clone, Debug)]
enum Passing {
    All,
    None,
    Some(AccountSet),
}

/// Tests of places that are remembered; with more, all are forgotten.
const PLACE_TESTS: usize = 4096;

impl Organizations {
    /// Groups accounts by their place.
    pub(crate) fn new(
        places: impl IntoIterator<Item = (AccountId, Option<Membership>)>,
        complete: Vec<String>,
    ) -> Self {
        let mut groups: BTreeMap<Option<Membership>, BTreeSet<AccountId>> = BTreeMap::new();
        let mut known = BTreeSet::new();
        for (account, place) in places {
            known.insert(account);
            groups.entry(place).or_default().insert(account);
        }
        let mut place_of = HashMap::new();
        for (at, accounts) in groups.values().enumerate() {
            place_of.extend(accounts.iter().map(|account| (*account, at)));
        }
        let groups = groups
            .into_iter()
            .map(|(place, accounts)| (place, AccountSet::new(accounts)))
            .collect();
        Self {
            groups,
            place_of,
            known: AccountSet::new(known),
            complete,
            passing: Mutex::default(),
        }
    }

    /// The known accounts whose place passes. `O(places)` the first time.
    fn passing(&self, test: PlaceTest) -> Passing {
        // Whoever panicked with the lock had added a whole entry or none.
        let remembered = || self.passing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = remembered().get(&test) {
            return known.clone();
        }
        let passes =
            |place: &Option<Membership>| place.as_ref().is_some_and(|place| test.passes(place));
        let groups = self.groups.iter();
        let groups: Vec<&AccountSet> = groups
            .filter(|(place, _)| passes(place))
            .map(|(_, accounts)| accounts)
            .collect();
        let passing = match groups[..] {
            _ if groups.len() == self.groups.len() => Passing::All,
            [] => Passing::None,
            [only] => Passing::Some(only.clone()),
            _ => Passing::Some(AccountSet::new(
                groups.iter().flat_map(|accounts| accounts.iter()).collect(),
            )),
        };
        let mut remembered = remembered();
        if remembered.len() >= PLACE_TESTS {
            remembered.clear();
        }
        remembered.insert(test, passing.clone());
        passing
    }

    /// Where an account stands; `None` if that is not known.
    pub(crate) fn place(&self, account: AccountId) -> Option<&Option<Membership>> {
        self.place_of.get(&account).map(|at| &self.groups[*at].0)
    }
}

/// The value that a policy variable has been given, by key; `None` where its key is absent.
pub(crate) type Pins = BTreeMap<String, Option<String>>;

/// Turns documents into formulas.
pub(crate) struct Lowering {
    /// The coordinates and tests of the question.
    pub(crate) space: Space,
    usage: QuickMap<String, Usage>,
    named: Named,
    facts: Facts,
    /// The kind of caller that formulas are made for.
    pub(crate) kind: Kind,
    /// Values that policy variables have been given.
    pub(crate) pins: Pins,
    /// The dimension that resources of the statements at hand belong to: an S3 call through an access point has two.
    pub(crate) resource_name: &'static str,
    /// Keys whose value stands in a pattern as a letter, in the order of those letters, whether it stands there in any case,
    /// and the kind of caller if it follows from that.
    holes: Vec<(String, bool, Option<Kind>)>,
    /// Reasons of undefined atoms.
    undefined: QuickMap<DimensionId, Reason>,
    /// For each part of a statement an equal part that was read earlier, if there is one.
    twins: Twins,
    /// Statements that hold policy variables: they are lowered anew for each choice of values.
    variable: Vec<*const Statement>,
    statements: QuickMap<(Kind, &'static str, *const Statement), Formula>,
    principals: QuickMap<(Kind, *const Statement), Formula>,
    actions: QuickMap<*const ActionClause, Formula>,
    /// Under the dimension that resources belong to.
    resources: QuickMap<(&'static str, *const ResourceClause), Formula>,
    /// What depends on the kind of caller stands under its kind.
    conditions: QuickMap<(Option<Kind>, &'static str, *const Condition), Formula>,
    derived_used: bool,
    variables_used: bool,
    epoch_used: bool,
    /// Whether there are tests that are asked of no request: a certificate has them alone.
    pub(crate) said_more: bool,
}

/// Parts of statements that are equal to an earlier part of the same or another document.
///
/// Two versions of a policy share most of their lists, and a list is read into a set once.
#[derive(Debug, Default)]
struct Twins {
    actions: QuickMap<*const ActionClause, *const ActionClause>,
    resources: QuickMap<*const ResourceClause, *const ResourceClause>,
    conditions: QuickMap<*const Condition, *const Condition>,
}

/// Finds the [`Twins`] among the statements of a question.
#[derive(Debug)]
struct TwinFinder<'d> {
    found: Twins,
    actions: QuickMap<u64, &'d ActionClause>,
    resources: QuickMap<u64, &'d ResourceClause>,
    conditions: QuickMap<u64, &'d Condition>,
}

impl<'d> TwinFinder<'d> {
    fn note(&mut self, statement: &'d Statement) {
        let action = &statement.action;
        twin(
            action,
            digest(action.listing, action.patterns.iter().map(|p| &*p.value)),
            &mut self.actions,
            &mut self.found.actions,
            |one, other| {
                one.listing == other.listing
                    && texts_equal(&one.patterns, &other.patterns, |pattern| pattern)
            },
        );
        if let Some(resource) = &statement.resource {
            twin(
                resource,
                digest(
                    resource.listing,
                    resource.patterns.iter().map(|p| &*p.value.text),
                ),
                &mut self.resources,
                &mut self.found.resources,
                |one, other| {
                    one.listing == other.listing
                        && texts_equal(&one.patterns, &other.patterns, |pattern| &pattern.text)
                        // The same text can be read in two ways under two versions.
                        && one.patterns.iter().zip(&other.patterns).all(
                            |(one, other)| one.value.form == other.value.form,
                        )
                },
            );
        }
        for condition in &statement.conditions {
            twin(
                condition,
                digest(
                    (condition.operator, condition.version),
                    std::iter::once(&condition.key)
                        .chain(&condition.values)
                        .map(|text| &*text.value),
                ),
                &mut self.conditions,
                &mut self.found.conditions,
                |one, other| {
                    one.operator == other.operator
                        && one.version == other.version
                        && one.key.value == other.key.value
                        && texts_equal(&one.values, &other.values, |value| value)
                },
            );
        }
    }
}

/// Looks for a part that is equal to `own`; the first of its digest stands for all others.
fn twin<'d, T>(
    own: &'d T,
    digest: u64,
    known: &mut QuickMap<u64, &'d T>,
    found: &mut QuickMap<*const T, *const T>,
    equal: impl Fn(&T, &T) -> bool,
) {
    match known.get(&digest) {
        Some(first) if equal(first, own) => {
            found.insert(std::ptr::from_ref(own), std::ptr::from_ref(*first));
        }
        // Two parts of one digest that differ: the later one has no twin, which only costs time.
        Some(_) => {}
        None => {
            known.insert(digest, own);
        }
    }
}

fn digest<'t>(head: impl Hash, texts: impl Iterator<Item = &'t str>) -> u64 {
    let mut hash = Quick::default();
    head.hash(&mut hash);
    texts.for_each(|text| text.hash(&mut hash));
    hash.finish()
}

fn texts_equal<T>(one: &[Spanned<T>], other: &[Spanned<T>], text: impl Fn(&T) -> &String) -> bool {
    one.len() == other.len()
        && one
            .iter()
            .zip(other)
            .all(|(one, other)| text(&one.value) == text(&other.value))
}

/// One alternative of a condition: where `guard` holds, a value that passes `test` satisfies it.
struct Alternative {
    guard: Formula,
    test: Test,
}

/// A pattern after its variables were dealt with.
enum Pattern {
    Plain(Row),
    Tied { exact: Row, loose: Row },
}

fn too_many_cases(text: &str) -> String {
    format!("`{text}` has more than {GUARDS} policy variables with a default")
}

/// How many variables that may be absent the values of one condition on a many-valued key can have: each doubles the cases.
const GUARDS: usize = 12;

/// How a variable is replaced in a pattern.
#[derive(Clone)]
enum Replacement {
    Text(String),
    Hole(usize),
    /// No value and no default: the pattern matches nothing (S42).
    Nothing,
}

/// A piece of a pattern and the class that its wildcards range over.
type ClassedPiece<'t> = (&'t Piece, Class);

const COLON: Piece = Piece::Char(':');

impl Lowering {
    /// Prepares for the documents of one question.
    pub(crate) fn new(documents: &[&Policy], facts: Facts) -> Self {
        // Tables with room for what there is, so that they do not grow step by step.
        let statements: usize = documents.iter().map(|policy| policy.statements.len()).sum();
        let mut lowering = Self {
            space: Space::with_room(2 * statements),
            usage: QuickMap::default(),
            named: Named::default(),
            facts,
            kind: Kind::Session,
            pins: Pins::new(),
            resource_name: "resource",
            holes: Vec::new(),
            undefined: QuickMap::default(),
            twins: Twins::default(),
            variable: Vec::new(),
            statements: table(statements),
            principals: table(statements),
            actions: table(statements),
            resources: table(statements),
            conditions: table(statements),
            derived_used: false,
            variables_used: false,
            epoch_used: false,
            said_more: false,
        };
        let mut twins = TwinFinder {
            found: Twins::default(),
            actions: table(statements),
            resources: table(statements),
            conditions: table(statements),
        };
        for policy in documents {
            lowering.space.unsure |= policy.reserved;
            for statement in &policy.statements {
                lowering.note(statement);
                twins.note(statement);
            }
        }
        lowering.twins = twins.found;
        lowering
    }

    /// Takes note of the keys and names that a statement uses.
    fn note(&mut self, statement: &Statement) {
        if let Some(clause) = &statement.principal {
            clause
                .entries
                .iter()
                .for_each(|entry| self.named.note(&entry.value));
        }
        let mut templates: Vec<Template> = Vec::new();
        if let Some(clause) = &statement.resource {
            for pattern in &clause.patterns {
                if pattern.value.form == ResourceForm::Parts(Variables::Active) {
                    let parts = pattern.value.parts().into_iter().flatten();
                    templates.extend(parts.filter(Template::has_variable));
                }
            }
        }
        for condition in &statement.conditions {
            let (key, epoch) = time_key(&condition.key.value);
            self.epoch_used |= epoch;
            self.derived_used |= is_derived(key);
            let usage = match self.usage.get_mut(key) {
                Some(usage) => usage,
                None => self.usage.entry(key.to_owned()).or_default(),
            };
            usage.arity.get_or_insert_with(|| arity(key));
            usage.set_operator |= condition.operator.quantifier != Quantifier::Single;
            match condition.operator.comparison {
                _ if epoch => usage.date = true,
                Comparison::StringEquals
                | Comparison::StringEqualsIgnoreCase
                | Comparison::StringLike
                | Comparison::ArnLike => {
                    let text = |v: &&Spanned<String>| v.value.contains("${");
                    for value in condition.values.iter().filter(text) {
                        templates.push(template(condition, &value.value));
                    }
                }
                Comparison::Null => {}
                Comparison::NumericEquals
                | Comparison::NumericLessThan
                | Comparison::NumericLessThanEquals
                | Comparison::NumericGreaterThan
                | Comparison::NumericGreaterThanEquals => usage.number = true,
                Comparison::DateEquals
                | Comparison::DateLessThan
                | Comparison::DateLessThanEquals
                | Comparison::DateGreaterThan
                | Comparison::DateGreaterThanEquals => usage.date = true,
                Comparison::Bool => usage.boolean = true,
                Comparison::BinaryEquals => usage.bytes = true,
                Comparison::IpAddress => usage.address = true,
            }
        }
        if templates.iter().any(Template::has_variable) {
            self.variable.push(std::ptr::from_ref(statement));
        }
        for template in &templates {
            for piece in &template.pieces {
                if let Piece::Variable(variable) = piece {
                    self.variables_used = true;
                    self.derived_used |= is_derived(&variable.key);
                }
            }
        }
    }

    /// Whether the documents mention keys that follow from the caller.
    pub(crate) fn uses_derived_keys(&self) -> bool {
        self.derived_used
    }

    /// Whether the documents mention a key, in a condition or as a variable.
    pub(crate) fn mentions(&self, key: &str) -> bool {
        self.usage.contains_key(key)
            || self.holes.iter().any(|(own, ..)| own == key)
            || self.pins.contains_key(key)
    }

    /// Whether the documents mention policy variables.
    pub(crate) fn uses_variables(&self) -> bool {
        self.variables_used
    }

    /// Whether the documents mention `aws:EpochTime`.
    pub(crate) fn uses_epoch(&self) -> bool {
        self.epoch_used
    }

    /// The facts of the question.
    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The variables whose value occurs in patterns as a letter, with their keys.
    pub(crate) fn holes(&self) -> impl Iterator<Item = (usize, &str)> {
        self.holes
            .iter()
            .enumerate()
            .map(|(at, (key, ..))| (at, key.as_str()))
    }

    /// Why an atom is undefined.
    pub(crate) fn undefined_reason(&self, dimension: DimensionId) -> Option<&Reason> {
        self.undefined.get(&dimension)
    }

    // ---- coordinates ------------------------------------------------------------------------------------------

    /// The dimension of the caller's text.
    pub(crate) fn caller(&mut self) -> DimensionId {
        let kind = self.kind;
        let Self { space, named, .. } = self;
        space.dimension(kind.dimension_name(), || {
            Shape::Always(named.universe(kind))
        })
    }

    /// The dimension of the action (R2).
    pub(crate) fn action(&mut self) -> DimensionId {
        static ACTIONS: LazyLock<Universe> = LazyLock::new(|| {
            let row = RowBuilder::default()
                .some(Class::Label)
                .text(":")
                .some(Class::ActionName)
                .build();
            Universe::of(TextSet::new([Row::literal("s3:getobject"), row])).prepared()
        });
        self.space
            .dimension("action", || Shape::Always(ACTIONS.clone()))
    }

    /// The dimension of the resource (R2).
    pub(crate) fn resource(&mut self) -> DimensionId {
        static RESOURCES: LazyLock<Universe> = LazyLock::new(|| {
            let mut row = RowBuilder::default();
            row.text("arn:")
                .some(Class::PrintableNotColon)
                .text(":")
                .some(Class::PrintableNotColon)
                .text(":");
            row.many(Class::PrintableNotColon)
                .text(":")
                .many(Class::PrintableNotColon)
                .text(":")
                .some(Class::Printable);
            let example = Row::literal("arn:aws:s3:::example/example");
            Universe::of(TextSet::new([example, row.build()])).prepared()
        });
        self.space
            .dimension(self.resource_name, || Shape::Always(RESOURCES.clone()))
    }

    fn is_many(&self, key: &str) -> bool {
        let usage = self.usage.get(key);
        let known = usage.and_then(|usage| usage.arity);
        match known.unwrap_or_else(|| arity(key)) {
            Arity::Many => true,
            Arity::One => false,
            Arity::Unknown => usage.is_some_and(|usage| usage.set_operator),
        }
    }

    /// The dimension of a condition key whose values do not follow from the caller (R3, R4).
    fn key(&mut self, key: &str) -> DimensionId {
        static ORGANIZATIONS: LazyLock<Universe> = LazyLock::new(|| {
            let row = RowBuilder::default().some(Class::NotSlashSeparator).build();
            Universe::of(TextSet::new([row]))
        });
        let usage = self.usage.get(key).copied().unwrap_or_default();
        let many = self.is_many(key);
        self.space.dimension(key, || {
            let mut forms = Vec::new();
            if usage.boolean {
                forms.push(Universe::boolean());
            }
            for (used, form) in [
                (usage.number, Form::Number),
                (usage.date, Form::Date),
                (usage.address, Form::Address),
                (usage.bytes, Form::Bytes),
            ] {
                if used {
                    forms.push(form);
                }
            }
            let universe = if usage.typed() {
                Universe::new(forms)
            } else if is_account(key) {
                Universe::account()
            } else if key == "aws:principalorgid" {
                // An organization's id: never empty, and the first step of its paths.
                ORGANIZATIONS.clone()
            } else if many {
                Universe::nonempty()
            } else {
                Universe::text()
            };
            if many {
                Shape::Many(universe)
            } else {
                Shape::Optional(universe)
            }
        })
    }

    fn derived(&self, key: &str) -> Derived {
        derived(self.kind, key).unwrap_or(Derived::Free)
    }

    fn is(&mut self, dimension: DimensionId, test: Test) -> Formula {
        if let Test::Text(set) = &test
            && set.is_empty()
        {
            return Formula::False;
        }
        Formula::atom(self.space.atom(Atom::Is(dimension, test)))
    }

    // ---- tests of keys ----------------------------------------------------------------------------------------

    /// The requests in which a single-valued key is there and its value passes.
    pub(crate) fn test(&mut self, key: &str, test: Test) -> Formula {
        match self.derived(key) {
            Derived::Absent => Formula::False,
            Derived::Fixed(text) => self.test_fixed(text, test),
            Derived::Framed(frame) => self.test_caller(frame, test),
            Derived::ServiceNames => self.some(key, vec![(test, true)]),
            Derived::Free if key == "aws:resourceaccount" => self.test_resource_account(test),
            Derived::Free if key == "aws:principalorgid" => self.test_organization(test),
            Derived::Free => {
                let dimension = self.key(key);
                self.is(dimension, test)
            }
        }
    }

    fn test_fixed(&mut self, text: &str, test: Test) -> Formula {
        if let Test::Tied { .. } = test {
            // A dimension of its own with one value: the pattern's variables are what is asked for.
            let dimension = self.space.dimension(&format!("constant {text}"), || {
                Shape::Always(Universe::of(TextSet::word(text)))
            });
            return self.is(dimension, test);
        }
        Formula::constant(test.passes(text))
    }

    fn test_caller(&mut self, frame: Frame, test: Test) -> Formula {
        let kind = self.kind;
        if frame != Frame::Whole && matches!(test, Test::Tied { .. }) {
            // The value is a coordinate of its own: so it can be the same as another, and a colon may stand in a variable.
            let dimension = self.caller_value(frame);
            return self.is(dimension, test);
        }
        let framed = match test {
            Test::Text(set) if set.is_everything() => return Formula::True,
            Test::Text(set) => Test::Text(framed(kind, frame, &set)),
            Test::Tied { exact, loose } => Test::Tied {
                exact: framed(kind, frame, &exact),
                loose: framed(kind, frame, &loose),
            },
            // A set of accounts is a test of the caller's text already.
            Test::Accounts(set) => Test::Accounts(set),
            Test::Number(..) | Test::Date(..) | Test::Address(_) | Test::Bytes(_) => {
                // Which of the two it is differs from comparison to comparison.
                return self.undefined_of(
                    &format!("{frame:?} {test:?}"),
                    "typed-principal-key",
                    "a key of the principal is compared as a number, a date, an address or bytes",
                    "",
                );
            }
        };
        let dimension = self.caller();
        self.is(dimension, framed)
    }

    /// `aws:ResourceAccount` follows from the question or the ARN where these say it, and is free elsewhere (R3).
    fn test_resource_account(&mut self, test: Test) -> Formula {
        if let Some(account) = self.facts.resource_account {
            return self.test_fixed(&account.to_string(), test);
        }
        let own = self.key("aws:resourceaccount");
        let free = self.is(own, test.clone());
        let part = |account: &Row| {
            let mut row = RowBuilder::default();
            row.text("arn:");
            for _ in 0..3 {
                row.many(Class::NotColon).text(":");
            }
            row.row(account, Class::Digit)
                .then(|| row.text(":").many(Class::Any).build())
        };
        let frame = |set: &TextSet| TextSet::new(set.all_rows().filter_map(|row| part(&row)));
        let in_arn = match test {
            Test::Text(set) => Test::Text(frame(&set)),
            Test::Tied { exact, loose } => Test::Tied {
                exact: frame(&exact),
                loose: frame(&loose),
            },
            Test::Number(..)
            | Test::Date(..)
            | Test::Address(_)
            | Test::Bytes(_)
            | Test::Accounts(_) => return free,
        };
        let says = Test::Text(frame(&TextSet::new([RowBuilder::default()
            .times(Class::Digit, 12)
            .build()])));
        let resource = self.resource();
        let says = self.is(resource, says);
        let in_arn = self.is(resource, in_arn);
        // Both tests of the ARN's account imply that the ARN has one.
        Formula::or([
            Formula::and([says.clone(), in_arn]),
            Formula::and([says.not(), free]),
        ])
    }

    /// `aws:PrincipalOrgID` follows from the account where its place is known (R5).
    fn test_organization(&mut self, test: Test) -> Formula {
        let dimension = self.key("aws:principalorgid");
        let free = self.is(dimension, test.clone());
        if matches!(test, Test::Tied { .. }) {
            return free;
        }
        self.known_or(free, PlaceTest::Organization(test))
    }

    /// Callers of known accounts whose place passes, and other callers that are in `free`.
    fn known_or(&mut self, free: Formula, test: PlaceTest) -> Formula {
        let Some(organizations) = self
            .facts
            .organizations
            .clone()
            .filter(|_| self.kind.has_account())
        else {
            return free;
        };
        let caller = self.caller();
        let known = self.is(caller, Test::Accounts(organizations.known.clone()));
        let passing = match organizations.passing(test) {
            Passing::All => known.clone(),
            Passing::None => Formula::False,
            Passing::Some(accounts) => self.is(caller, Test::Accounts(accounts)),
        };
        Formula::or([passing, Formula::and([known.not(), free])])
    }

    /// The requests whose caller belongs to one of the accounts.
    pub(crate) fn account_in(&mut self, accounts: impl IntoIterator<Item = AccountId>) -> Formula {
        let set = TextSet::new(
            accounts
                .into_iter()
                .map(|account| Row::literal(&account.to_string())),
        );
        if self.kind.has_account() {
            self.test_caller(Frame::Account, Test::Text(set))
        } else {
            Formula::False
        }
    }

    /// The requests by a service-linked role, which service control policies never limit (M2).
    pub(crate) fn service_linked_role(&mut self) -> Formula {
        if self.kind != Kind::Session {
            return Formula::False;
        }
        let mut row = RowBuilder::default();
        row.text("arn:")
            .many(Class::NotColon)
            .text(":iam::")
            .times(Class::Digit, 12)
            .text(":role/aws-service-role/")
            .many(Class::Any);
        let dimension = self.caller();
        self.is(dimension, Test::Text(TextSet::new([row.build()])))
    }

    /// The requests in which some member of a many-valued key passes and fails the tests as marked.
    fn some(&mut self, key: &str, tests: Vec<(Test, bool)>) -> Formula {
        match self.derived(key) {
            Derived::Absent => Formula::False,
            Derived::ServiceNames => {
                let own: Vec<Formula> = tests
                    .iter()
                    .map(|(test, holds)| {
                        let passes = self.test_caller(Frame::Whole, test.clone());
                        if *holds { passes } else { passes.not() }
                    })
                    .collect();
                let dimension = self.key(key);
                let other = Formula::atom(self.space.atom(Atom::Some(dimension, tests)));
                Formula::or([Formula::and(own), other])
            }
            Derived::Free | Derived::Fixed(_) | Derived::Framed(_) => {
                let dimension = self.key(key);
                let free = Formula::atom(self.space.atom(Atom::Some(dimension, tests.clone())));
                let tied = |(test, _): &(Test, bool)| matches!(test, Test::Tied { .. });
                if key == "aws:principalorgpaths" && !tests.iter().any(tied) {
                    return self.known_or(free, PlaceTest::Path(tests));
                }
                free
            }
        }
    }

    /// The requests in which a key has a value that passes: its own, or some member's.
    pub(crate) fn trusted_value(&mut self, key: &str, test: Test) -> Formula {
        let (key, _) = time_key(key);
        if self.is_many(key) {
            self.some(key, vec![(test, true)])
        } else {
            self.test(key, test)
        }
    }

    /// The requests in which a key is there.
    pub(crate) fn present(&mut self, key: &str) -> Formula {
        match self.derived(key) {
            Derived::Absent => Formula::False,
            Derived::Fixed(_) | Derived::Framed(_) | Derived::ServiceNames => Formula::True,
            Derived::Free
                if key == "aws:resourceaccount" && self.facts.resource_account.is_some() =>
            {
                Formula::True
            }
            Derived::Free if key == "aws:resourceaccount" => {
                let dimension = self.key(key);
                let own = Formula::atom(self.space.atom(Atom::Present(dimension)));
                let any =
                    self.test_resource_account(Test::Text(TextSet::new([Row::all(Class::Any)])));
                Formula::or([own, any])
            }
            Derived::Free => {
                let dimension = self.key(key);
                let free = Formula::atom(self.space.atom(Atom::Present(dimension)));
                if matches!(key, "aws:principalorgid" | "aws:principalorgpaths") {
                    return self.known_or(free, PlaceTest::Anywhere);
                }
                free
            }
        }
    }

    /// The requests in which a key is there with a value that is not the empty string (S28, S30).
    fn nonempty(&mut self, key: &str) -> Formula {
        if self.is_many(key) {
            return match self.derived(key) {
                Derived::Absent => Formula::False,
                Derived::ServiceNames => Formula::True,
                Derived::Fixed(_) | Derived::Framed(_) | Derived::Free => {
                    self.some(key, Vec::new())
                }
            };
        }
        match self.derived(key) {
            Derived::Absent => Formula::False,
            Derived::Fixed(_) | Derived::Framed(_) | Derived::ServiceNames => Formula::True,
            // Numbers, dates, accounts and the like are never empty texts.
            Derived::Free
                if is_account(key) || self.usage.get(key).is_some_and(|usage| usage.typed()) =>
            {
                self.present(key)
            }
            Derived::Free => self.test(
                key,
                Test::Text(TextSet::new([RowBuilder::default()
                    .some(Class::Any)
                    .build()])),
            ),
        }
    }

    fn undefined(&mut self, code: &'static str, message: &str, at: &str) -> Formula {
        self.undefined_of(message, code, message, at)
    }

    /// An atom that may come out either way. Atoms of the same thing are the same atom, so that a document is equivalent to
    /// itself; `what` must say all that the outcome may hang on, or two different things are taken to come out alike.
    fn undefined_of(&mut self, what: &str, code: &'static str, message: &str, at: &str) -> Formula {
        let dimension = self
            .space
            .dimension(&format!("undefined {what}"), || Shape::Boolean);
        self.undefined.entry(dimension).or_insert_with(|| Reason {
            code,
            message: message.to_owned(),
            at: at.to_owned(),
        });
        Formula::atom(self.space.atom(Atom::Undefined(dimension)))
    }

    // ---- statements -------------------------------------------------------------------------------------------

    /// The requests that a statement applies to (S1).
    pub(crate) fn statement(
        &mut self,
        policy: &Policy,
        index: usize,
        policy_type: PolicyType,
    ) -> Formula {
        let statement = &policy.statements[index];
        let own = std::ptr::from_ref(statement);
        let place = (self.kind, self.resource_name, own);
        if let Some(known) = self.statements.get(&place) {
            return known.clone();
        }
        let formula = self.statement_anew(statement, index, policy_type);
        if !self.variable.contains(&own) {
            self.statements.insert(place, formula.clone());
        }
        formula
    }

    fn statement_anew(
        &mut self,
        statement: &Statement,
        index: usize,
        policy_type: PolicyType,
    ) -> Formula {
        let principal = self.principal(statement, index, policy_type);
        if principal == Formula::False {
            return Formula::False;
        }
        let actions = self.actions(statement);
        let resources = self.resources(statement, index);
        let conditions = statement.conditions.iter();
        let conditions = conditions.map(|condition| self.condition(condition, index));
        Formula::and(
            [principal, actions, resources]
                .into_iter()
                .chain(conditions),
        )
    }

    /// The callers that a statement concerns (S6, S11 to S16).
    pub(crate) fn principal(
        &mut self,
        statement: &Statement,
        index: usize,
        policy_type: PolicyType,
    ) -> Formula {
        // Where no statement names anybody, the kind of caller says all.
        match policy_type {
            PolicyType::Identity => {
                return Formula::constant(matches!(
                    self.kind,
                    Kind::Session | Kind::User | Kind::FederatedUser
                ));
            }
            PolicyType::ServiceControl => return Formula::constant(self.kind.has_account()),
            PolicyType::Resource | PolicyType::ResourceControl => {}
        }
        let place = (self.kind, std::ptr::from_ref(statement));
        if let Some(known) = self.principals.get(&place) {
            return known.clone();
        }
        let formula = self.principal_anew(statement, index);
        self.principals.insert(place, formula.clone());
        formula
    }

    fn principal_anew(&mut self, statement: &Statement, index: usize) -> Formula {
        let Some(clause) = &statement.principal else {
            return self.undefined(
                "undefined",
                "a statement of a resource policy without `Principal`",
                &format!("/Statement/{index}"),
            );
        };
        match (clause.listing, statement.effect) {
            (Listing::Listed, _) => self.listed(clause, index),
            (Listing::NotListed, Effect::Allow) => self.listed(clause, index).not(),
            (Listing::NotListed, Effect::Deny) => self.escapes(clause, index).not(),
        }
    }

    fn listed(&mut self, clause: &PrincipalClause, index: usize) -> Formula {
        let parts: Vec<Formula> = clause
            .entries
            .iter()
            .map(|entry| self.entry(&entry.value, index))
            .collect();
        Formula::or(parts)
    }

    /// The callers that one entry names.
    pub(crate) fn entry(&mut self, entry: &PrincipalEntry, index: usize) -> Formula {
        match (entry, self.kind) {
            (PrincipalEntry::Everyone, _) => Formula::True,
            (PrincipalEntry::Nobody(_), _) => Formula::False,
            (PrincipalEntry::Undefined(text), _) => self.undefined(
                "undefined",
                &why_undefined(text),
                &format!("/Statement/{index}/Principal"),
            ),
            // Which user made a federated session is not part of a request (S13).
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
                let parent = format!("arn:{partition}:iam::{account}:user{path}{name}");
                let made = self.undefined(
                    "federated-parent",
                    &format!("whether `{parent}` made the federated session"),
                    &format!("/Statement/{index}/Principal"),
                );
                Formula::and([own, made])
            }
            (entry, kind) => {
                let dimension = self.caller();
                self.is(dimension, Test::Text(entry_texts(kind, entry)))
            }
        }
    }

    /// The callers that a Deny with `NotPrincipal` leaves alone: every identity of their chain is listed (S16).
    fn escapes(&mut self, clause: &PrincipalClause, index: usize) -> Formula {
        if !self.kind.has_account() {
            return self.listed(clause, index);
        }
        let mut links: [Vec<Formula>; 3] = [Vec::new(), Vec::new(), Vec::new()];
        let mut everyone = Vec::new();
        for entry in &clause.entries {
            let formula = self.entry(&entry.value, index);
            let link = match (&entry.value, self.kind) {
                (PrincipalEntry::Account { .. }, _) => 0,
                (PrincipalEntry::User { .. }, Kind::User | Kind::FederatedUser)
                | (PrincipalEntry::Role { .. }, Kind::Session) => 1,
                (PrincipalEntry::Session { .. }, Kind::Session)
                | (PrincipalEntry::FederatedUser { .. }, Kind::FederatedUser) => 2,
                (PrincipalEntry::Everyone | PrincipalEntry::Undefined(_), _) => {
                    everyone.push(formula);
                    continue;
                }
                _ => continue,
            };
            links[link].push(formula);
        }
        let needed = match self.kind {
            Kind::Root => 1,
            Kind::User => 2,
            Kind::Session | Kind::FederatedUser => 3,
            Kind::Canonical | Kind::Federated | Kind::Service | Kind::Anonymous => {
                unreachable!("callers without an account were dealt with")
            }
        };
        let chain = Formula::and(links.into_iter().take(needed).map(Formula::or));
        Formula::or(everyone.into_iter().chain([chain]))
    }

    /// The actions that a statement concerns (S17, S19).
    pub(crate) fn actions(&mut self, statement: &Statement) -> Formula {
        let own = std::ptr::from_ref(&statement.action);
        let own = self.twins.actions.get(&own).copied().unwrap_or(own);
        if let Some(known) = self.actions.get(&own) {
            return known.clone();
        }
        let set = action_set(
            statement
                .action
                .patterns
                .iter()
                .map(|pattern| pattern.value.as_str()),
        );
        let listed = self.action_in(set);
        let formula = match statement.action.listing {
            Listing::Listed => listed,
            Listing::NotListed => listed.not(),
        };
        self.actions.insert(own, formula.clone());
        formula
    }

    /// The requests for one of some actions.
    pub(crate) fn action_in(&mut self, set: TextSet) -> Formula {
        if set.is_everything() {
            return Formula::True;
        }
        let dimension = self.action();
        self.is(dimension, Test::Text(set))
    }

    /// The resources that a statement concerns (S18, S19).
    pub(crate) fn resources(&mut self, statement: &Statement, index: usize) -> Formula {
        let Some(clause) = &statement.resource else {
            // S2, S19: without a Resource, every resource.
            return Formula::True;
        };
        let own = std::ptr::from_ref(clause);
        let own = self.twins.resources.get(&own).copied().unwrap_or(own);
        if let Some(known) = self.resources.get(&(self.resource_name, own)) {
            return known.clone();
        }
        let dimension = self.resource();
        let mut set = TextSetBuilder::default();
        let mut parts = Vec::new();
        let mut shared = true;
        for pattern in &clause.patterns {
            match &pattern.value.form {
                ResourceForm::Any => parts.push(Formula::True),
                ResourceForm::Short => parts.push(self.undefined(
                    "undefined",
                    &pattern.value.why_short(),
                    &format!("/Statement/{index}/Resource"),
                )),
                ResourceForm::Parts(Variables::Literal) => {
                    add_arn(&mut set, &pattern.value.text);
                }
                ResourceForm::Parts(Variables::Active) => {
                    let arn = pattern.value.parts().expect("the form says so");
                    if !arn.iter().any(Template::has_variable) {
                        add_plain(&mut set, arn_pieces(&arn), false);
                        continue;
                    }
                    let pieces: Vec<ClassedPiece> = arn_pieces(&arn).collect();
                    shared = false;
                    let Some(cases) = self.expand(&pieces, false) else {
                        parts.push(self.undefined(
                            "limit",
                            &too_many_cases(&pattern.value.text),
                            &format!("/Statement/{index}/Resource"),
                        ));
                        continue;
                    };
                    for (guard, pattern) in cases {
                        let matches = self.is(dimension, pattern.into_test());
                        parts.push(Formula::and([guard, matches]));
                    }
                }
            }
        }
        if !set.is_empty() {
            parts.push(self.is(dimension, Test::Text(set.build())));
        }
        let listed = Formula::or(parts);
        let formula = match clause.listing {
            Listing::Listed => listed,
            Listing::NotListed => listed.not(),
        };
        if shared {
            self.resources
                .insert((self.resource_name, own), formula.clone());
        }
        formula
    }

    /// The requests for a resource of the set.
    pub(crate) fn resource_test(&mut self, set: TextSet) -> Formula {
        let dimension = self.resource();
        self.is(dimension, Test::Text(set))
    }

    /// The requests for a resource that matches one of the patterns, as in a statement without variables.
    pub(crate) fn resource_in(&mut self, patterns: &[String]) -> Formula {
        let mut rows = Vec::new();
        let mut parts = Vec::new();
        for text in patterns {
            match resource_row(text) {
                Some(row) if row == Row::all(Class::Any) => return Formula::True,
                Some(row) => rows.push(row),
                None => parts.push(self.undefined(
                    "undefined",
                    &format!("the resource `{text}` is no full ARN"),
                    "",
                )),
            }
        }
        parts.push(self.resource_test(TextSet::new(rows)));
        Formula::or(parts)
    }

    /// The requests whose caller's text lies in the set.
    pub(crate) fn caller_in(&mut self, set: TextSet) -> Formula {
        let dimension = self.caller();
        self.is(dimension, Test::Text(set))
    }

    // ---- conditions -------------------------------------------------------------------------------------------

    /// The requests that satisfy one (operator, key) pair (S20 to S30).
    pub(crate) fn condition(&mut self, condition: &Condition, index: usize) -> Formula {
        let own = std::ptr::from_ref(condition);
        let own = self.twins.conditions.get(&own).copied().unwrap_or(own);
        let variables = condition
            .values
            .iter()
            .any(|value| value.value.contains("${"));
        // What depends on neither the kind of caller nor the values of variables is lowered once.
        let shared = !variables && !is_derived(&condition.key.value);
        let kind = (!shared).then_some(self.kind);
        let place = (kind, self.resource_name, own);
        let pinned = variables && !self.pins.is_empty();
        if !pinned && let Some(known) = self.conditions.get(&place) {
            return known.clone();
        }
        let formula = self.condition_anew(condition, index);
        if !pinned {
            self.conditions.insert(place, formula.clone());
        }
        formula
    }

    fn condition_anew(&mut self, condition: &Condition, index: usize) -> Formula {
        let (key, epoch) = time_key(&condition.key.value);
        let at = &|| {
            format!(
                "/Statement/{index}/Condition/{}/{}",
                operator_name(condition.operator),
                condition.key.value
            )
        };
        let Operator {
            quantifier,
            comparison,
            negated,
            if_exists,
        } = condition.operator;
        let negated = negated && !broken::on(Fault::Negation);
        if comparison == Comparison::Null {
            return self.null(key, condition, at);
        }
        let many = self.is_many(key);
        if quantifier == Quantifier::Single && many {
            // S26: a many-valued key without a set operator is false where it is there; S25 where it is absent.
            return if negated || if_exists {
                self.present(key).not()
            } else {
                Formula::False
            };
        }
        let (alternatives, undefined) = self.alternatives(condition, epoch, at);
        // S28: under a set operator an empty value is no value, and a key without values is absent (S22).
        let absent_passes = |this: &mut Self, formula: Formula| match (if_exists, quantifier) {
            (false, _) => formula,
            (true, Quantifier::Single) => Formula::or([formula, this.present(key).not()]),
            (true, Quantifier::ForAllValues | Quantifier::ForAnyValue) => {
                Formula::or([formula, this.nonempty(key).not()])
            }
        };
        if !many {
            let matches = self.matches(key, &alternatives, &undefined);
            return match quantifier {
                // S24, S25: a negated operator is true on an absent key.
                Quantifier::Single if negated => matches.not(),
                Quantifier::Single => absent_passes(self, matches),
                // S27, S28: a set of one, or of none where the value is the empty string.
                Quantifier::ForAllValues => {
                    let inner = if negated { matches.not() } else { matches };
                    let nonempty = self.nonempty(key);
                    Formula::or([nonempty.not(), inner])
                }
                Quantifier::ForAnyValue => {
                    let inner = if negated { matches.not() } else { matches };
                    let nonempty = self.nonempty(key);
                    absent_passes(self, Formula::and([nonempty, inner]))
                }
            };
        }
        if !undefined.is_empty() {
            let nonempty = self.nonempty(key);
            let open = Formula::and(undefined);
            return match quantifier {
                Quantifier::ForAllValues => Formula::or([nonempty.not(), open]),
                Quantifier::ForAnyValue => absent_passes(self, Formula::and([nonempty, open])),
                Quantifier::Single => {
                    unreachable!("a many-valued key without set operator was dealt with")
                }
            };
        }
        match (quantifier, negated) {
            // Some member is among the alternatives.
            (Quantifier::ForAnyValue, false) => {
                let parts: Vec<Formula> = alternatives
                    .into_iter()
                    .map(|alternative| {
                        let some = self.some(key, vec![(alternative.test, true)]);
                        Formula::and([alternative.guard, some])
                    })
                    .collect();
                absent_passes(self, Formula::or(parts))
            }
            // Some member is none of the alternatives.
            (Quantifier::ForAnyValue, true) => {
                let outside = match self.some_outside(key, &alternatives) {
                    Some(outside) => outside,
                    None => self.too_many(condition, at),
                };
                absent_passes(self, outside)
            }
            // No member is outside the alternatives.
            (Quantifier::ForAllValues, false) => match self.some_outside(key, &alternatives) {
                Some(outside) => outside.not(),
                None => self.too_many(condition, at).not(),
            },
            // No member is among them.
            (Quantifier::ForAllValues, true) => {
                let parts: Vec<Formula> = alternatives
                    .into_iter()
                    .map(|alternative| {
                        let some = self.some(key, vec![(alternative.test, true)]);
                        Formula::and([alternative.guard, some]).not()
                    })
                    .collect();
                Formula::and(parts)
            }
            (Quantifier::Single, _) => {
                unreachable!("a many-valued key without set operator was dealt with")
            }
        }
    }

    /// Whether some member is none of the values, where these have too many variables: not decided. Equal values are the same thing.
    fn too_many(&mut self, condition: &Condition, at: &dyn Fn() -> String) -> Formula {
        let values: Vec<&str> = condition.values.iter().map(|v| v.value.as_str()).collect();
        let key = &condition.key.value;
        self.undefined_of(
            &format!(
                "some outside {key} {:?} {:?} {values:?} {:?}",
                condition.operator.comparison, condition.version, self.pins
            ),
            "limit",
            &format!("more than {GUARDS} policy variables that may be absent, in the values of a many-valued key"),
            &at(),
        )
    }

    /// `Null` (S30). Its values are alternatives like any other's.
    fn null(&mut self, key: &str, condition: &Condition, at: &dyn Fn() -> String) -> Formula {
        let nonempty = self.nonempty(key);
        let parts: Vec<Formula> = condition
            .values
            .iter()
            .map(|value| match value.value.to_ascii_lowercase().as_str() {
                "true" => nonempty.not(),
                "false" => nonempty.clone(),
                other => self.undefined_of(
                    &format!("Null {key} {other}"),
                    "undefined",
                    &format!("the value `{other}` of `Null` is neither true nor false"),
                    &at(),
                ),
            })
            .collect();
        Formula::or(parts)
    }

    /// The requests in which a single-valued key is there and matches one of the alternatives.
    fn matches(
        &mut self,
        key: &str,
        alternatives: &[Alternative],
        undefined: &[Formula],
    ) -> Formula {
        let mut parts = Vec::new();
        for alternative in alternatives {
            parts.push(match self.turned(key, &alternative.test) {
                // That the variable's key is there goes without saying; whatever else the guard asks for does not.
                Some((variable, formula)) if alternative.guard == self.present(&variable) => {
                    formula
                }
                Some((_, formula)) => Formula::and([alternative.guard.clone(), formula]),
                None => {
                    let passes = self.test(key, alternative.test.clone());
                    Formula::and([alternative.guard.clone(), passes])
                }
            });
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

    /// `k = ${x}` and `x = ${k}` say the same; this is the one of the two that is not written, where it is the one to use.
    ///
    /// A key that follows from the caller is always the variable; otherwise the key that comes first in the alphabet is compared.
    /// It comes with the variable of what is written.
    fn turned(&mut self, key: &str, test: &Test) -> Option<(String, Formula)> {
        let Test::Tied { exact, .. } = test else {
            return None;
        };
        let word = exact.words().only()?;
        let mut chars = word.chars();
        let (Some(letter), None) = (chars.next(), chars.next()) else {
            return None;
        };
        let (at, _) = variable_of(letter)?;
        let (variable, fold, _) = self.holes.get(at)?.clone();
        let framed = |this: &Self, key: &str| matches!(this.derived(key), Derived::Framed(_));
        let turn = match (framed(self, key), framed(self, &variable)) {
            (true, false) => true,
            (false, true) => false,
            _ => variable.as_str() < key,
        };
        if fold
            || variable == key
            || key == "aws:resourceaccount"
            || !turn
            || !matches!(self.derived(&variable), Derived::Free)
            || variable == "aws:resourceaccount"
        {
            return None;
        }
        // Both are there: the compared key by its test, the other by the guard.
        let options = self.options(key, None, false);
        let parts: Vec<Formula> = options
            .into_iter()
            .map(|(guard, replacement)| {
                let test = match replacement {
                    Replacement::Hole(variable) => Test::Tied {
                        exact: TextSet::word(hole(variable, Class::Any).to_string()),
                        loose: TextSet::new([if is_account(key) {
                            RowBuilder::default().times(Class::Digit, 12).build()
                        } else {
                            Row::all(Class::Any)
                        }]),
                    },
                    Replacement::Text(text) => Test::Text(TextSet::word(text)),
                    Replacement::Nothing => return Formula::False,
                };
                let passes = self.test(&variable, test);
                Formula::and([guard, passes])
            })
            .collect();
        Some((variable, Formula::or(parts)))
    }

    /// The requests in which some member of a many-valued key is none of the alternatives.
    ///
    /// Alternatives that stand under a guard (a variable whose key may be absent) count where their guard holds, so there is
    /// one case for each choice of guards; `None` where these are too many.
    fn some_outside(&mut self, key: &str, alternatives: &[Alternative]) -> Option<Formula> {
        let mut guards: Vec<Formula> = Vec::new();
        for alternative in alternatives {
            if alternative.guard != Formula::True && !guards.contains(&alternative.guard) {
                guards.push(alternative.guard.clone());
            }
        }
        if guards.len() > GUARDS {
            return None;
        }
        let mut cases = Vec::new();
        for choice in 0..1usize << guards.len() {
            let chosen = |guard: &Formula| {
                *guard == Formula::True
                    || guards
                        .iter()
                        .position(|g| g == guard)
                        .is_some_and(|at| choice >> at & 1 == 1)
            };
            let tests = alternatives
                .iter()
                .filter(|a| chosen(&a.guard))
                .map(|a| (a.test.clone(), false))
                .collect();
            let some = self.some(key, tests);
            let guard = guards.iter().enumerate().map(|(at, guard)| {
                if choice >> at & 1 == 1 {
                    guard.clone()
                } else {
                    guard.not()
                }
            });
            cases.push(Formula::and(guard.chain([some])));
        }
        Some(Formula::or(cases))
    }

    /// The values of a condition as alternatives, and those among them that are undefined.
    fn alternatives(
        &mut self,
        condition: &Condition,
        epoch: bool,
        at: &dyn Fn() -> String,
    ) -> (Vec<Alternative>, Vec<Formula>) {
        let mut set = TextSetBuilder::default();
        let mut out = Vec::new();
        let mut undefined = Vec::new();
        for value in &condition.values {
            let text = value.value.as_str();
            let message = match self.value(condition, text, epoch) {
                Ok(Read::Plain(Wildcards::Literal, false)) => {
                    set.word(text);
                    continue;
                }
                Ok(Read::Plain(wildcards, fold)) => {
                    add_plain(&mut set, text_pieces(text, wildcards), fold);
                    continue;
                }
                Ok(Read::Word(word)) => {
                    set.word(word);
                    continue;
                }
                Ok(Read::PlainArn) => {
                    add_arn(&mut set, text);
                    continue;
                }
                Ok(Read::Arn(parts)) => {
                    add_plain(&mut set, arn_pieces(&parts), false);
                    continue;
                }
                Ok(Read::Test(test)) => {
                    out.push(Alternative {
                        guard: Formula::True,
                        test,
                    });
                    continue;
                }
                Ok(Read::Pattern(pieces, fold)) => {
                    let pieces: Vec<ClassedPiece> = pieces
                        .iter()
                        .map(|(piece, class)| (piece, *class))
                        .collect();
                    match self.expand(&pieces, fold) {
                        Some(cases) => {
                            for (guard, pattern) in cases {
                                match (&guard, pattern) {
                                    (Formula::True, Pattern::Plain(row)) => set.row(row),
                                    (_, pattern) => out.push(Alternative {
                                        guard,
                                        test: pattern.into_test(),
                                    }),
                                }
                            }
                            continue;
                        }
                        None => format!(
                            "{} under `{}`",
                            too_many_cases(text),
                            operator_name(condition.operator)
                        ),
                    }
                }
                Err(message) => message,
            };
            let key = &condition.key.value;
            let what = if self.is_many(key) {
                // Members may pass by the other values as well, so this is about the condition as a whole.
                let texts: Vec<&str> = condition.values.iter().map(|v| v.value.as_str()).collect();
                format!("{key} {:?} {texts:?}", condition.operator)
            } else {
                // A set operator and `IfExists` ask the same of the one value.
                let operator = condition.operator;
                format!(
                    "{key} {:?} {} {text:?}",
                    operator.comparison, operator.negated
                )
            };
            let versions = condition.values.iter().any(|v| has_versions(&v.value));
            let what = match versions {
                true => format!("{what} {:?}", condition.version),
                false => what,
            };
            let open = self.undefined_of(&what, "undefined", &message, &at());
            // S34: whatever the pattern means, a value with fewer than six parts matches nothing.
            let six = if condition.operator.comparison == Comparison::ArnLike
                && !self.is_many(&condition.key.value)
            {
                let mut row = RowBuilder::default();
                for _ in 0..5 {
                    row.many(Class::NotColon).text(":");
                }
                self.test(
                    &condition.key.value,
                    Test::Text(TextSet::new([row.many(Class::Any).build()])),
                )
            } else {
                Formula::True
            };
            undefined.push(Formula::and([six, open]));
        }
        if !set.is_empty() {
            out.insert(
                0,
                Alternative {
                    guard: Formula::True,
                    test: Test::Text(set.build()),
                },
            );
        }
        (out, undefined)
    }

    /// Reads one value under its operator. `Err` says why it is undefined.
    fn value(&self, condition: &Condition, text: &str, epoch: bool) -> Result<Read, String> {
        use Relation::{Equal, Greater, GreaterEqual, Less, LessEqual};
        let operator = || operator_name(condition.operator);
        if is_unknown(text) {
            // S45
            return Err(format!(
                "`{}` under `{}` is not known",
                told(text),
                operator()
            ));
        }
        let number = |relation| {
            if epoch {
                return Instant::parse(text)
                    .map(|i| Read::Test(Test::Date(relation, i)))
                    .ok_or_else(|| format!("`{text}` is no instant"));
            }
            Decimal::parse(text)
                .map(|n| Read::Test(Test::Number(relation, n)))
                .ok_or_else(|| format!("`{text}` under `{}` is no number", operator()))
        };
        let date = |relation| {
            Instant::parse(text)
                .map(|i| Read::Test(Test::Date(relation, i)))
                .ok_or_else(|| format!("`{text}` under `{}` is no date", operator()))
        };
        let plain_text = |wildcards: Wildcards, fold: bool| {
            if !text.contains("${") {
                return Ok(Read::Plain(wildcards, fold));
            }
            let template = template(condition, text);
            let pieces: Vec<(Piece, Class)> = template
                .pieces
                .into_iter()
                .map(|piece| (piece, Class::Any))
                .collect();
            Ok(Read::Pattern(pieces, fold))
        };
        match condition.operator.comparison {
            Comparison::StringEquals
            | Comparison::StringEqualsIgnoreCase
            | Comparison::StringLike
                if epoch =>
            {
                Err("not yet: `aws:EpochTime` compared as a text".to_owned())
            }
            Comparison::StringEquals => plain_text(Wildcards::Literal, false),
            Comparison::StringEqualsIgnoreCase => plain_text(Wildcards::Literal, true),
            Comparison::StringLike => plain_text(Wildcards::Active, false),
            Comparison::ArnLike if !text.contains("${") => {
                if text.bytes().filter(|b| *b == b':').count() < 5 {
                    return Err(format!("the ARN pattern `{text}` has fewer than six parts"));
                }
                Ok(Read::PlainArn)
            }
            Comparison::ArnLike => {
                let template = template(condition, text);
                let mut parts: Vec<Vec<Piece>> = vec![Vec::new()];
                for piece in template.pieces {
                    if piece == COLON && parts.len() < 6 {
                        parts.push(Vec::new());
                    } else {
                        parts.last_mut().expect("there is a part").push(piece);
                    }
                }
                if parts.len() < 6 {
                    return Err(format!("the ARN pattern `{text}` has fewer than six parts"));
                }
                let parts: Vec<Template> = parts
                    .into_iter()
                    .map(|pieces| Template { pieces })
                    .collect();
                if !parts.iter().any(Template::has_variable) {
                    return Ok(Read::Arn(parts));
                }
                let pieces = arn_pieces(&parts)
                    .map(|(piece, class)| (piece.clone(), class))
                    .collect();
                Ok(Read::Pattern(pieces, false))
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
            Comparison::Bool => match text.to_ascii_lowercase().as_str() {
                "true" => Ok(Read::Word("true")),
                "false" => Ok(Read::Word("false")),
                _ => Err(format!(
                    "`{text}` under `{}` is neither true nor false",
                    operator()
                )),
            },
            Comparison::BinaryEquals => base64(text)
                .map(|bytes| Read::Test(Test::Bytes(bytes)))
                .ok_or_else(|| format!("`{text}` is no base64")),
            Comparison::IpAddress => Network::parse(text)
                .map(|network| Read::Test(Test::Address(network)))
                .ok_or_else(|| format!("`{text}` under `{}` is no address block", operator())),
            Comparison::Null => unreachable!("`Null` has no alternatives"),
        }
    }

    // ---- policy variables -------------------------------------------------------------------------------------

    /// Replaces the variables of a pattern: one case for each way in which they may have values (S42); `None` where these are too many.
    fn expand(&mut self, pieces: &[ClassedPiece], fold: bool) -> Option<Vec<(Formula, Pattern)>> {
        let mut variables: Vec<&Variable> = Vec::new();
        for (piece, _) in pieces {
            if let Piece::Variable(variable) = piece
                && !variables.contains(&&**variable)
            {
                variables.push(variable);
            }
        }
        let mut cases: Vec<(Formula, Vec<Replacement>)> = vec![(Formula::True, Vec::new())];
        for Variable { key, default } in &variables {
            let mut options = self.options(key, default.as_deref(), fold);
            // A pattern with a variable that has no value matches nothing.
            options.retain(|(_, replacement)| !matches!(replacement, Replacement::Nothing));
            if cases.len() * options.len() > 1 << GUARDS {
                return None;
            }
            cases = cases
                .into_iter()
                .flat_map(|(guard, chosen)| {
                    options.iter().map(move |(condition, replacement)| {
                        let mut chosen = chosen.clone();
                        chosen.push(replacement.clone());
                        (Formula::and([guard.clone(), condition.clone()]), chosen)
                    })
                })
                .filter(|(guard, _)| *guard != Formula::False)
                .collect();
        }
        let index = |variable: &Variable| {
            variables
                .iter()
                .position(|listed| *listed == variable)
                .expect("every variable was listed")
        };
        let replace = |piece: &Piece, chosen: &[Replacement]| match piece {
            Piece::Variable(variable) => Some(chosen[index(variable)].clone()),
            Piece::Char(_) | Piece::One | Piece::Many => None,
        };
        let filled = cases.into_iter().filter_map(|(guard, chosen)| {
            self.fill(pieces, fold, |piece| replace(piece, &chosen))
                .map(|pattern| (guard, pattern))
        });
        Some(filled.collect())
    }

    /// Builds the pattern for one choice; `None` if it matches nothing.
    fn fill(
        &self,
        pieces: &[ClassedPiece],
        fold: bool,
        replace: impl Fn(&Piece) -> Option<Replacement>,
    ) -> Option<Pattern> {
        let mut exact = RowBuilder::with_capacity(pieces.len());
        let mut loose = RowBuilder::with_capacity(pieces.len());
        let mut tied = false;
        for (piece, class) in pieces {
            let mut both = |letter: Letter| {
                exact.letter(letter);
                loose.letter(letter);
            };
            match piece {
                Piece::Char(c) => both(letter(*c, fold)),
                Piece::One => both(Letter::Of(*class)),
                Piece::Many => {
                    exact.many(*class);
                    loose.many(*class);
                }
                Piece::Variable(variable) => {
                    let key = &variable.key;
                    match replace(piece).expect("a variable is replaced") {
                        Replacement::Nothing => return None,
                        // S44: a value never adds a part to an ARN.
                        Replacement::Text(text)
                            if *class == Class::NotColon && text.contains(':') =>
                        {
                            return None;
                        }
                        Replacement::Text(text) => text.chars().for_each(|c| both(letter(c, fold))),
                        Replacement::Hole(variable) => {
                            tied = true;
                            // S44: there a value with a colon matches nothing, so it is not the value that is read elsewhere.
                            let without_colon = is_account(key)
                                || self.derived(key) == Derived::Framed(Frame::UserName);
                            let within = match class {
                                Class::NotColon if without_colon => Class::Any,
                                class => *class,
                            };
                            exact.letter(Letter::Char(hole(variable, within)));
                            match self.derived(key) {
                                _ if is_account(key) => loose.times(Class::Digit, 12),
                                Derived::Framed(Frame::UserName) => {
                                    loose.some(Class::NotSlashSeparator)
                                }
                                _ => loose.many(*class),
                            };
                        }
                    }
                }
            }
        }
        let exact = exact.build();
        Some(if tied {
            Pattern::Tied {
                exact,
                loose: loose.build(),
            }
        } else {
            Pattern::Plain(exact)
        })
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
            return vec![(Formula::True, fallback)];
        }
        if let Some(pinned) = self.pins.get(key) {
            return vec![(
                Formula::True,
                pinned.clone().map_or(fallback, Replacement::Text),
            )];
        }
        match self.derived(key) {
            Derived::Absent => vec![(Formula::True, fallback)],
            Derived::Fixed(text) => vec![(Formula::True, Replacement::Text(text.to_owned()))],
            Derived::Framed(_) => {
                let variable = self.caller_variable(key, fold);
                vec![(Formula::True, Replacement::Hole(variable))]
            }
            Derived::ServiceNames => vec![(Formula::True, fallback)],
            Derived::Free => {
                if key == "aws:resourceaccount"
                    && let Some(account) = self.facts.resource_account
                {
                    return vec![(Formula::True, Replacement::Text(account.to_string()))];
                }
                let present = self.present(key);
                let variable = self.key_variable(key, fold);
                vec![
                    (present.clone(), Replacement::Hole(variable)),
                    (present.not(), fallback),
                ]
            }
        }
    }

    /// The number of a variable.
    fn number(&mut self, key: &str, fold: bool, kind: Option<Kind>) -> usize {
        let wanted = (key.to_owned(), fold, kind);
        let known = self.holes.iter().position(|own| *own == wanted);
        known.unwrap_or_else(|| {
            self.holes.push(wanted);
            self.space.unsure |= !has_letters(self.holes.len() - 1);
            self.holes.len() - 1
        })
    }

    /// The variable of a key that has a coordinate.
    fn key_variable(&mut self, key: &str, fold: bool) -> usize {
        let variable = self.number(key, fold, None);
        // What is known of the organizations of accounts ties this key to the caller in ways that no pattern says.
        let follows = key == "aws:principalorgid" && self.facts.organizations.is_some();
        if key == "aws:resourceaccount" {
            let dimension = self.resource_account_value();
            self.space.note_variable(variable, dimension, fold);
        } else if !follows {
            let dimension = self.key(key);
            self.space.note_variable(variable, dimension, fold);
        }
        variable
    }

    /// The coordinate of the resource's account: what its ARN says, or else the value of its key.
    fn resource_account_value(&mut self) -> DimensionId {
        let name = format!("value of aws:resourceaccount ({})", self.resource_name);
        if let Some(known) = self.space.find_dimension(&name) {
            return known;
        }
        let dimension = self
            .space
            .dimension(&name, || Shape::Always(Universe::account()));
        let variable = self.number(&name, false, None);
        self.space.note_variable(variable, dimension, false);
        let around = |account: &Row| {
            let mut row = RowBuilder::default();
            row.text("arn:");
            for _ in 0..3 {
                row.many(Class::NotColon).text(":");
            }
            row.row(account, Class::Digit);
            TextSet::new([row.text(":").many(Class::Any).build()])
        };
        let word = |class| TextSet::word(hole(variable, class).to_string());
        let digits = RowBuilder::default().times(Class::Digit, 12).build();
        let in_arn = Test::Tied {
            exact: around(&Row::literal(&hole(variable, Class::Any).to_string())),
            loose: around(&digits),
        };
        let own = Test::Tied {
            exact: word(Class::Any),
            loose: TextSet::new([digits.clone()]),
        };
        let resource = self.resource();
        let key = self.key("aws:resourceaccount");
        let says_none = Test::Text(around(&digits));
        self.space.define(
            dimension,
            vec![
                vec![(resource, in_arn, true)],
                vec![(resource, says_none, false), (key, own, true)],
            ],
        );
        dimension
    }

    /// The variable of a key that follows from the caller's text.
    fn caller_variable(&mut self, key: &str, fold: bool) -> usize {
        let variable = self.number(key, fold, Some(self.kind));
        if self.space.variable(variable).is_none() {
            let Derived::Framed(frame) = self.derived(key) else {
                unreachable!("the key follows from the caller's text")
            };
            let dimension = self.caller_value(frame);
            self.space.note_variable(variable, dimension, fold);
        }
        variable
    }

    /// The coordinate of a value that follows from the caller's text.
    fn caller_value(&mut self, frame: Frame) -> DimensionId {
        let name = format!("value of {frame:?} ({})", self.kind.dimension_name());
        if let Some(known) = self.space.find_dimension(&name) {
            return known;
        }
        let caller = self.caller();
        let universe = match frame {
            Frame::Account => Universe::account(),
            Frame::UserName => Universe::of(TextSet::new([RowBuilder::default()
                .some(Class::NotSlashSeparator)
                .build()])),
            Frame::Whole | Frame::Arn | Frame::UserId | Frame::FederatedUserId => Universe::text(),
        };
        let dimension = self.space.dimension(&name, || Shape::Always(universe));
        let variable = self.number(&name, false, Some(self.kind));
        self.space.note_variable(variable, dimension, false);
        let everything = || TextSet::new([Row::all(Class::Any)]);
        let tied = |exact| Test::Tied {
            exact,
            loose: everything(),
        };
        let definition = if frame == Frame::FederatedUserId {
            let account = self.caller_variable("aws:principalaccount", false);
            let last = format!("part of {name}");
            let name = self
                .space
                .dimension(&last, || Shape::Always(Universe::nonempty()));
            let named = self.number(&last, false, Some(self.kind));
            self.space.note_variable(named, name, false);
            let whole = RowBuilder::default()
                .letter_char(hole(account, Class::Any))
                .text(":")
                .letter_char(hole(named, Class::Any))
                .build();
            let caller_row = RowBuilder::default()
                .text("arn:")
                .many(Class::NotColon)
                .text(":sts::")
                .letter_char(hole(account, Class::Digit))
                .text(":federated-user/")
                .letter_char(hole(named, Class::NotSeparator))
                .build();
            vec![
                (dimension, tied(TextSet::new([whole])), true),
                (caller, tied(TextSet::new([caller_row])), true),
            ]
        } else {
            let word = TextSet::word(hole(variable, Class::Any).to_string());
            vec![(caller, tied(framed(self.kind, frame, &word)), true)]
        };
        self.space.define(dimension, vec![definition]);
        dimension
    }

    /// The requests in which every pinned variable has its pinned value.
    pub(crate) fn pinned(&mut self) -> Formula {
        let pins = self.pins.clone();
        let parts: Vec<Formula> = pins
            .iter()
            .map(|(key, value)| self.equals(key, value.as_deref()))
            .collect();
        Formula::and(parts)
    }

    /// The requests in which a key has this value, or is absent.
    pub(crate) fn equals(&mut self, key: &str, value: Option<&str>) -> Formula {
        match value {
            Some(text) => self.test(key, Test::Text(TextSet::word(text))),
            None => self.present(key).not(),
        }
    }

    // ---- what ties keys together ------------------------------------------------------------------------------

    /// What holds in every request of the current kind, whatever the documents say (R3, R5).
    pub(crate) fn ties(&mut self) -> Formula {
        let mut parts = Vec::new();
        if self.kind.has_account() {
            parts.push(self.organization_ties());
            parts.push(self.same_account_ties());
        }
        Formula::and(parts)
    }

    /// A member of an organization has a path there, and its paths begin with the organization's id; an account of a known organization is a known account.
    fn organization_ties(&mut self) -> Formula {
        let (id, paths) = ("aws:principalorgid", "aws:principalorgpaths");
        let uses = |this: &Self, key: &str| {
            this.usage.contains_key(key) || this.space.find_dimension(key).is_some()
        };
        let mut parts = Vec::new();
        if let Some(organizations) = self.facts.organizations.clone()
            && !organizations.complete.is_empty()
            && uses(self, id)
        {
            // Nobody outside the known accounts is in an organization whose accounts are all known.
            let caller = self.caller();
            let known = self.is(caller, Test::Accounts(organizations.known.clone()));
            let dimension = self.key(id);
            let members = TextSet::new(organizations.complete.iter().map(|o| Row::literal(o)));
            let member = self.is(dimension, Test::Text(members));
            parts.push(Formula::or([known, member.not()]));
        }
        if uses(self, paths) {
            // One case for each organization that somebody names, one for any other, one for none.
            let dimension = self.key(id);
            let list = self.key(paths);
            let present_id = Formula::atom(self.space.atom(Atom::Present(dimension)));
            let present_paths = Formula::atom(self.space.atom(Atom::Present(list)));
            let some_path = Formula::atom(self.space.atom(Atom::Some(list, Vec::new())));
            let mut cases = vec![Formula::and([present_id.not(), present_paths.not()])];
            let names = self.organization_names();
            let below = |name: &str| {
                RowBuilder::default()
                    .text(name)
                    .text("/")
                    .many(Class::Any)
                    .build()
            };
            for name in &names {
                let own = self.is(dimension, Test::Text(TextSet::word(name.as_str())));
                let other = self.space.atom(Atom::Some(
                    list,
                    vec![(Test::Text(TextSet::new([below(name)])), false)],
                ));
                cases.push(Formula::and([
                    own,
                    some_path.clone(),
                    Formula::atom(other).not(),
                ]));
            }
            let named = TextSet::new(names.iter().map(|name| Row::literal(name)));
            let mut other = vec![present_id, some_path];
            if !named.is_empty() {
                other.push(self.is(dimension, Test::Text(named)).not());
                let inside = TextSet::new(names.iter().map(|name| below(name)));
                other.push(
                    Formula::atom(
                        self.space
                            .atom(Atom::Some(list, vec![(Test::Text(inside), true)])),
                    )
                    .not(),
                );
            }
            cases.push(Formula::and(other));
            parts.push(Formula::or(cases));
        }
        Formula::and(parts)
    }

    /// A caller and a resource of one account are of one organization (R1).
    ///
    /// Accounts that no document spells out are told apart from each other by nothing, so only those that stand in a
    /// test of the resource's account are looked at.
    fn same_account_ties(&mut self) -> Formula {
        let (ours, theirs) = ("aws:principalorgid", "aws:resourceorgid");
        if !self.usage.contains_key(theirs) {
            return Formula::True;
        }
        let mut accounts = BTreeSet::new();
        accounts.extend(self.facts.resource_account);
        let caller = self.kind.dimension_name();
        for name in ["resource", "aws:resourceaccount", caller] {
            let Some(id) = self.space.find_dimension(name) else {
                continue;
            };
            for test in self.space.tests(id) {
                if let Test::Text(set) = test {
                    let texts = set.all_rows().map(|row| row.outline());
                    accounts.extend(texts.filter_map(|text| {
                        AccountId::parse(text.split(':').nth(4).unwrap_or(&text))
                    }));
                }
            }
        }
        let mut names: BTreeSet<String> = BTreeSet::new();
        for key in [ours, theirs] {
            let id = self.key(key);
            for test in self.space.tests(id) {
                if let Test::Text(set) = test {
                    names.extend(set.words().iter().map(str::to_owned));
                }
            }
        }
        let mut equal = vec![Formula::and([
            self.present(ours).not(),
            self.present(theirs).not(),
        ])];
        let named = TextSet::new(names.iter().map(|name| Row::literal(name)));
        let mut other = Vec::new();
        for key in [ours, theirs] {
            other.push(self.present(key));
            other.push(self.test(key, Test::Text(named.clone())).not());
        }
        equal.push(Formula::and(other));
        for name in &names {
            let word = || Test::Text(TextSet::word(name.as_str()));
            equal.push(Formula::and([
                self.test(ours, word()),
                self.test(theirs, word()),
            ]));
        }
        let equal = Formula::or(equal);
        let mut parts = Vec::new();
        for account in accounts {
            let caller = self.account_in([account]);
            let resource = self.test(
                "aws:resourceaccount",
                Test::Text(TextSet::word(account.to_string())),
            );
            parts.push(Formula::or([caller.not(), resource.not(), equal.clone()]));
        }
        Formula::and(parts)
    }

    /// The organizations that tests of the two keys spell out.
    fn organization_names(&self) -> Vec<String> {
        let mut names = std::collections::BTreeSet::new();
        for (id, dimension) in self.space.dimensions() {
            let is_id = &*dimension.name == "aws:principalorgid";
            if !is_id && &*dimension.name != "aws:principalorgpaths" {
                continue;
            }
            for test in self.space.tests(id) {
                if let Test::Text(set) = test {
                    for row in set.all_rows() {
                        let text = row.fixed_beginning();
                        match text.split_once('/') {
                            Some((name, _)) if !is_id => names.insert(name.to_owned()),
                            None if is_id && row.is_literal() => names.insert(text.to_owned()),
                            _ => false,
                        };
                    }
                }
            }
        }
        names.into_iter().collect()
    }
}

impl Pattern {
    fn into_test(self) -> Test {
        match self {
            Pattern::Plain(row) => Test::Text(TextSet::new([row])),
            Pattern::Tied { exact, loose } => Test::Tied {
                exact: TextSet::new([exact]),
                loose: TextSet::new([loose]),
            },
        }
    }
}

/// One value of a condition, read.
enum Read {
    /// The text itself, with or without wildcards, with or without regard to case.
    Plain(Wildcards, bool),
    /// The text as an ARN pattern; `${` does not occur in it.
    PlainArn,
    /// An ARN pattern without variables.
    Arn(Vec<Template>),
    Word(&'static str),
    Test(Test),
    Pattern(Vec<(Piece, Class)>, bool),
}

fn letter(c: char, fold: bool) -> Letter {
    if fold && c.is_ascii_alphabetic() {
        Letter::Fold(c.to_ascii_lowercase())
    } else {
        Letter::Char(c)
    }
}

/// The pieces of an ARN's parts with colons between them; wildcards cross no colon in the first five (S18, S34).
fn arn_pieces(parts: &[Template]) -> impl Iterator<Item = ClassedPiece<'_>> + Clone {
    parts.iter().enumerate().flat_map(|(at, part)| {
        let class = if at < 5 { Class::NotColon } else { Class::Any };
        let colon = (at > 0).then_some((&COLON, Class::NotColon));
        colon
            .into_iter()
            .chain(part.pieces.iter().map(move |piece| (piece, class)))
    })
}

/// The pieces of a text in which `${` opens no variable, all over one class.
fn text_pieces(text: &str, wildcards: Wildcards) -> impl Iterator<Item = (Piece, Class)> + Clone {
    text.chars().map(move |c| {
        let piece = match (c, wildcards) {
            ('*', Wildcards::Active) => Piece::Many,
            ('?', Wildcards::Active) => Piece::One,
            (c, _) => Piece::Char(c),
        };
        (piece, Class::Any)
    })
}

/// Adds the strings of an ARN pattern in which `${` opens no variable to a set (S18, S34).
fn add_arn(set: &mut TextSetBuilder, text: &str) {
    // Most patterns are plain texts.
    if !text.bytes().any(|b| matches!(b, b'*' | b'?')) {
        set.word(text);
        return;
    }
    let mut row = RowBuilder::with_capacity(text.len());
    let mut part = 0;
    let class = |part| {
        if part < 5 {
            Class::NotColon
        } else {
            Class::Any
        }
    };
    for c in text.chars() {
        match c {
            '*' => row.many(class(part)),
            '?' => row.letter(Letter::Of(class(part))),
            c => row.letter(Letter::Char(c)),
        };
        part += usize::from(c == ':');
    }
    // What is missing of the six parts is `*` each.
    for part in part + 1..6 {
        row.letter_char(':').many(class(part));
    }
    set.row(row.build());
}

/// Adds the strings of pieces without variables to a set.
fn add_plain<P: Borrow<Piece>>(
    set: &mut TextSetBuilder,
    pieces: impl Iterator<Item = (P, Class)> + Clone,
    fold: bool,
) {
    let character = |(piece, _): (P, Class)| match piece.borrow() {
        Piece::Char(c) => Some(*c),
        Piece::One | Piece::Many | Piece::Variable(_) => None,
    };
    if !fold && pieces.clone().all(|piece| character(piece).is_some()) {
        set.word_chars(pieces.filter_map(character));
    } else {
        set.row(plain(pieces, fold));
    }
}

/// The row of pieces without variables.
fn plain<P: Borrow<Piece>>(pieces: impl Iterator<Item = (P, Class)> + Clone, fold: bool) -> Row {
    let mut row = RowBuilder::with_capacity(pieces.clone().count());
    for (piece, class) in pieces {
        match piece.borrow() {
            Piece::Char(c) => row.letter(letter(*c, fold)),
            Piece::One => row.letter(Letter::Of(class)),
            Piece::Many => row.many(class),
            Piece::Variable(_) => unreachable!("the caller saw that there is no variable"),
        };
    }
    row.build()
}

/// The actions that match some of the patterns (S17).
pub(crate) fn action_set<'p>(patterns: impl Iterator<Item = &'p str> + Clone) -> TextSet {
    let is_plain = |pattern: &str| !pattern.bytes().any(|b| matches!(b, b'*' | b'?'));
    let mut set = TextSetBuilder::default();
    let (count, letters) = patterns.clone().fold((0, 0), |(count, letters), word| {
        (count + 1, letters + word.len())
    });
    set.reserve(count, letters);
    for pattern in patterns {
        if is_plain(pattern) {
            set.word_lower(pattern);
            continue;
        }
        let mut row = RowBuilder::with_capacity(pattern.len());
        for c in pattern.chars() {
            match c {
                '*' => row.many(Class::Any),
                '?' => row.letter(Letter::Of(Class::Any)),
                c => row.letter(Letter::Char(c.to_ascii_lowercase())),
            };
        }
        set.row(row.build());
    }
    set.build()
}

/// The template of a condition's value.
fn template(condition: &Condition, text: &str) -> Template {
    let wildcards = match condition.operator.comparison {
        Comparison::StringLike | Comparison::ArnLike => Wildcards::Active,
        _ => Wildcards::Literal,
    };
    let variables = if condition.version == Version::V2012 {
        Variables::Active
    } else {
        Variables::Literal
    };
    Template::parse(text, wildcards, variables)
}

/// `aws:EpochTime` is `aws:CurrentTime` in other words (R3). The second member tells that it was.
fn time_key(key: &str) -> (&str, bool) {
    if key == "aws:epochtime" {
        ("aws:currenttime", true)
    } else {
        (key, false)
    }
}

/// The operator's name as AWS writes it.
pub(crate) fn operator_name(operator: Operator) -> String {
    let quantifier = match operator.quantifier {
        Quantifier::Single => "",
        Quantifier::ForAllValues => "ForAllValues:",
        Quantifier::ForAnyValue => "ForAnyValue:",
    };
    let (plain, turned) = match operator.comparison {
        Comparison::StringEquals => ("StringEquals", "StringNotEquals"),
        Comparison::StringEqualsIgnoreCase => {
            ("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase")
        }
        Comparison::StringLike => ("StringLike", "StringNotLike"),
        Comparison::NumericEquals => ("NumericEquals", "NumericNotEquals"),
        Comparison::NumericLessThan => ("NumericLessThan", "NumericGreaterThanEquals"),
        Comparison::NumericLessThanEquals => ("NumericLessThanEquals", "NumericGreaterThan"),
        Comparison::NumericGreaterThan => ("NumericGreaterThan", "NumericLessThanEquals"),
        Comparison::NumericGreaterThanEquals => ("NumericGreaterThanEquals", "NumericLessThan"),
        Comparison::DateEquals => ("DateEquals", "DateNotEquals"),
        Comparison::DateLessThan => ("DateLessThan", "DateGreaterThanEquals"),
        Comparison::DateLessThanEquals => ("DateLessThanEquals", "DateGreaterThan"),
        Comparison::DateGreaterThan => ("DateGreaterThan", "DateLessThanEquals"),
        Comparison::DateGreaterThanEquals => ("DateGreaterThanEquals", "DateLessThan"),
        Comparison::Bool => ("Bool", "Bool"),
        Comparison::BinaryEquals => ("BinaryEquals", "BinaryEquals"),
        Comparison::IpAddress => ("IpAddress", "NotIpAddress"),
        Comparison::ArnLike => ("ArnLike", "ArnNotLike"),
        Comparison::Null => ("Null", "Null"),
    };
    let suffix = if operator.if_exists { "IfExists" } else { "" };
    format!(
        "{quantifier}{}{suffix}",
        if operator.negated { turned } else { plain }
    )
}

/// A resource pattern without variables as a row (S18); `None` for a short one.
fn resource_row(text: &str) -> Option<Row> {
    if text == "*" {
        return Some(Row::all(Class::Any));
    }
    let parse = |part: &str| Template::parse(part, Wildcards::Active, Variables::Literal);
    let mut parts: Vec<Template> = text.splitn(6, ':').map(parse).collect();
    if parts.len() < 6 {
        if !text.ends_with('*') {
            return None;
        }
        parts.resize(6, parse("*"));
    }
    Some(plain(arn_pieces(&parts), false))
}
