//! One value under several tests: the conjunction that every condition key comes down to.
//!
//! A key's value is a text. What a policy compares it with decides which texts there can be (R4): any text,
//! or the canonical form of a number, an instant, an address, a boolean or bytes, or several of these
//! where policies disagree. [`Universe`] lists those forms, [`Test`] is one comparison, and [`Universe::solve`]
//! finds a value that passes some tests and fails others.

use crate::domain::address::AddressSet;
use crate::domain::order::{Interval, Relation, seconds};
use crate::domain::steps::Steps;
use crate::domain::text::{Class, Row, RowBuilder, TextSet, find_in};
use crate::hash::Quick;
use keyaki_language::policy::AccountId;
use keyaki_language::value::{Address, Decimal, Instant, Network, base64};
use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock};

/// Many accounts, such as those of an organization, made once and shared. Equality is that of the accounts.
#[derive(Clone, Debug)]
pub(crate) struct AccountSet(Arc<Accounts>);

#[derive(Debug)]
struct Accounts {
    /// In ascending order, none twice.
    sorted: Box<[AccountId]>,
    /// Of `sorted`, so that sets are told apart without a walk.
    hash: u64,
}

impl AccountSet {
    /// A new set. `O(n)`.
    pub(crate) fn new(accounts: BTreeSet<AccountId>) -> Self {
        let sorted: Box<[AccountId]> = accounts.into_iter().collect();
        let mut hasher = Quick::default();
        sorted.hash(&mut hasher);
        let hash = hasher.finish();
        Self(Arc::new(Accounts { sorted, hash }))
    }

    /// Whether the account is one of them. `O(log n)`.
    pub(crate) fn contains(&self, account: AccountId) -> bool {
        self.0.sorted.binary_search(&account).is_ok()
    }

    /// The accounts in ascending order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = AccountId> {
        self.0.sorted.iter().copied()
    }

    fn len(&self) -> usize {
        self.0.sorted.len()
    }
}

impl PartialEq for AccountSet {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.0.hash == other.0.hash && self.0.sorted == other.0.sorted)
    }
}

impl Eq for AccountSet {}

impl Hash for AccountSet {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash);
    }
}

/// The account in the text of a caller.
fn account_of(text: &str) -> Option<AccountId> {
    AccountId::parse(text.split(':').nth(4)?)
}

/// The texts of callers of one account.
fn callers_of(account: AccountId) -> TextSet {
    let mut row = RowBuilder::default();
    row.text("arn:")
        .many(Class::NotColon)
        .text(":")
        .many(Class::NotColon)
        .text(&format!("::{account}:"))
        .many(Class::Any);
    TextSet::new([row.build()])
}

/// One comparison of a key's value. A test of another type than the value's is false (R4).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Test {
    /// The text lies in a set.
    Text(TextSet),
    /// The number stands in a relation to another.
    Number(Relation, Decimal),
    /// The instant stands in a relation to another.
    Date(Relation, Instant),
    /// The address lies in a block.
    Address(Network),
    /// The bytes are these.
    Bytes(Vec<u8>),
    /// The text is that of a caller whose account is one of these.
    Accounts(AccountSet),
    /// The text matches a pattern in which the unknown value of a policy variable occurs.
    Tied {
        /// Patterns with one letter of its own for each variable (see [`crate::domain::text::HOLE`]).
        exact: TextSet,
        /// Patterns that match whatever `exact` can match, whatever the variables' values.
        loose: TextSet,
    },
}

impl Test {
    /// Whether two tests, each with what is asked of it, plainly contradict each other: a promise that no value passes both. False is
    /// none.
    pub(crate) fn plainly_contradict(one: (&Test, bool), other: (&Test, bool)) -> bool {
        match (one, other) {
            ((Test::Text(wanted), true), (Test::Text(unwanted), false))
            | ((Test::Text(unwanted), false), (Test::Text(wanted), true)) => {
                unwanted.plainly_holds_all(wanted)
            }
            // One that holds says that the value is a number; of two that do not hold, none does.
            ((Test::Number(..), holds), (Test::Number(..), others)) if holds || others => {
                let mut interval = Interval::default();
                for (test, passes) in [one, other] {
                    if let Test::Number(relation, bound) = test {
                        interval.narrow(*relation, bound, passes);
                    }
                }
                interval.is_empty()
            }
            ((Test::Date(..), holds), (Test::Date(..), others)) if holds || others => {
                let mut interval = Interval::default();
                for (test, passes) in [one, other] {
                    if let Test::Date(relation, bound) = test {
                        interval.narrow(*relation, &seconds(bound), passes);
                    }
                }
                interval.is_empty()
            }
            _ => false,
        }
    }

    /// Whether a text passes.
    pub(crate) fn passes(&self, text: &str) -> bool {
        match self {
            Test::Text(set) => set.contains(text),
            Test::Number(relation, bound) => {
                Decimal::parse(text).is_some_and(|value| relation.holds(&value, bound))
            }
            Test::Date(relation, bound) => {
                Instant::parse(text).is_some_and(|value| relation.holds(&value, bound))
            }
            Test::Address(network) => {
                Address::parse(text).is_some_and(|address| network.contains(address))
            }
            Test::Bytes(bytes) => base64(text).is_some_and(|own| own == *bytes),
            Test::Accounts(set) => account_of(text).is_some_and(|account| set.contains(account)),
            Test::Tied { .. } => unreachable!("a tied test is opaque to models"),
        }
    }
}

/// One form that a key's values can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Any text of `within` that is not in `except`.
    Text {
        /// The texts.
        within: TextSet,
        /// Those taken out again.
        except: TextSet,
    },
    /// The canonical form of a decimal.
    Number,
    /// The canonical form of an instant.
    Date,
    /// The canonical form of an address.
    Address,
    /// Canonical base64.
    Bytes,
}

/// All values that a key can have. Shared: universes that are asked in every question are made once.
#[derive(Clone, Debug)]
pub(crate) struct Universe(Arc<Values>);

#[derive(Clone, Debug)]
struct Values {
    forms: Vec<Form>,
    /// One of the values, if it was looked for beforehand.
    first: Option<Box<str>>,
}

/// What was looked for beforehand does not count.
impl PartialEq for Universe {
    fn eq(&self, other: &Self) -> bool {
        self.0.forms == other.0.forms
    }
}

impl Eq for Universe {}

impl Universe {
    /// The universe of the given forms, tried in this order.
    pub(crate) fn new(forms: Vec<Form>) -> Self {
        Self(Arc::new(Values { forms, first: None }))
    }

    /// The same with one of its values at hand: for universes that are made once and asked in every question.
    pub(crate) fn prepared(mut self) -> Self {
        let first = self.first().map(String::into_boxed_str);
        Arc::make_mut(&mut self.0).first = first;
        self
    }

    /// One of the values; `None` only if there is none.
    pub(crate) fn first(&self) -> Option<String> {
        match &self.0.first {
            Some(first) => Some(first.to_string()),
            None => self.solve(&[], &mut Steps::default()),
        }
    }

    /// The universe with some more texts in each of its text forms.
    pub(crate) fn with_words<'w>(&self, words: impl Iterator<Item = &'w str> + Clone) -> Self {
        let mut own = self.clone();
        if words.clone().next().is_some() {
            let own = Arc::make_mut(&mut own.0);
            own.first = None;
            for form in &mut own.forms {
                if let Form::Text { within, .. } = form {
                    *within = within.with_words(words.clone());
                }
            }
        }
        own
    }

    /// The universe with some more rows in each of its text forms.
    pub(crate) fn with_rows(&self, rows: impl Iterator<Item = Row> + Clone) -> Self {
        let mut own = self.clone();
        for form in &mut Arc::make_mut(&mut own.0).forms {
            if let Form::Text { within, .. } = form {
                *within = TextSet::new(within.all_rows().chain(rows.clone()));
            }
        }
        own
    }

    /// The texts of the universe and those taken out again, if they are all texts of some patterns.
    pub(crate) fn patterns(&self) -> Option<(&TextSet, &TextSet)> {
        match self.0.forms.as_slice() {
            [Form::Text { within, except }] if !within.rows().is_empty() => Some((within, except)),
            _ => None,
        }
    }

    /// The forms that values can have.
    #[cfg(feature = "count")]
    pub(crate) fn forms(&self) -> &[Form] {
        &self.0.forms
    }

    /// Every text.
    pub(crate) fn text() -> Self {
        static TEXT: LazyLock<Universe> =
            LazyLock::new(|| Universe::of(TextSet::new([Row::all(Class::Any)])).prepared());
        TEXT.clone()
    }

    /// Every text but the empty one.
    pub(crate) fn nonempty() -> Self {
        static NONEMPTY: LazyLock<Universe> = LazyLock::new(|| {
            Universe::of(TextSet::new([RowBuilder::default()
                .some(Class::Any)
                .build()]))
            .prepared()
        });
        NONEMPTY.clone()
    }

    /// The texts of a set.
    pub(crate) fn of(within: TextSet) -> Self {
        Self::new(vec![Form::Text {
            within,
            except: TextSet::default(),
        }])
    }

    /// Every address.
    pub(crate) fn addresses() -> Self {
        Self::new(vec![Form::Address])
    }

    /// Twelve digits.
    pub(crate) fn account() -> Self {
        static ACCOUNT: LazyLock<Universe> = LazyLock::new(|| {
            Universe::of(TextSet::new([RowBuilder::default()
                .times(Class::Digit, 12)
                .build()]))
            .prepared()
        });
        ACCOUNT.clone()
    }

    /// `true` and `false`.
    pub(crate) fn boolean() -> Form {
        static BOOLEAN: LazyLock<TextSet> =
            LazyLock::new(|| TextSet::new([Row::literal("true"), Row::literal("false")]));
        Form::Text {
            within: BOOLEAN.clone(),
            except: TextSet::default(),
        }
    }

    /// The texts that the universe is made of, and those taken out again, if it holds nothing else.
    pub(crate) fn texts(&self) -> Option<(&TextSet, &TextSet)> {
        match self.0.forms.as_slice() {
            [Form::Text { within, except }] => Some((within, except)),
            _ => None,
        }
    }

    /// Finds a value that passes each test marked true and fails each marked false. `None` is a promise unless `steps` are out.
    pub(crate) fn solve(&self, tests: &[(&Test, bool)], steps: &mut Steps) -> Option<String> {
        self.0
            .forms
            .iter()
            .find_map(|form| solve_form(form, tests, steps))
    }
}

fn solve_form(form: &Form, tests: &[(&Test, bool)], steps: &mut Steps) -> Option<String> {
    let mut within: Vec<&TextSet> = Vec::new();
    let mut outside: Vec<&TextSet> = Vec::new();
    let (mut members, mut strangers): (Vec<&AccountSet>, Vec<&AccountSet>) =
        (Vec::new(), Vec::new());
    let (mut tied, mut untied): (Vec<&TextSet>, Vec<&TextSet>) = (Vec::new(), Vec::new());
    for (test, passes) in tests {
        match (test, passes) {
            (Test::Text(set), true) => within.push(set),
            (Test::Text(set), false) => outside.push(set),
            (Test::Tied { exact, loose }, true) => {
                within.push(loose);
                tied.push(exact);
            }
            (Test::Tied { exact, .. }, false) => untied.push(exact),
            (Test::Accounts(set), true) => members.push(set),
            (Test::Accounts(set), false) => strangers.push(set),
            (Test::Number(..), _)
            | (Test::Date(..), _)
            | (Test::Address(_), _)
            | (Test::Bytes(_), _) => {}
        }
    }
    // The value of a variable is one unknown letter here, which only plain loops and the same variable read. Take a
    // real value of the key and replace each variable's value by its letter: it still matches the positive
    // pattern, and no negative one. So where no text with letters is left, there is no value at all. (Other positive
    // patterns are left out: they might read the variable's value letter by letter.)
    for exact in tied {
        let negative: Vec<&TextSet> = outside
            .iter()
            .copied()
            .chain(untied.iter().copied())
            .collect();
        find_in(&[exact], &negative, steps)?;
    }
    // A test of another type is false on this form, so it must be one of those marked false.
    let foreign = |own: fn(&Test) -> bool| {
        tests.iter().any(|(test, passes)| {
            *passes
                && !matches!(test, Test::Text(_) | Test::Tied { .. } | Test::Accounts(_))
                && !own(test)
        })
    };
    match form {
        Form::Text {
            within: all,
            except,
        } => {
            if foreign(|_| false) {
                return None;
            }
            within.push(all);
            if !except.is_empty() {
                outside.push(except);
            }
            find_caller(&within, &outside, &members, &strangers, steps)
        }
        Form::Number => {
            if foreign(|t| matches!(t, Test::Number(..))) {
                return None;
            }
            let mut interval = Interval::default();
            for (test, passes) in tests {
                if let Test::Number(relation, bound) = test {
                    interval.narrow(*relation, bound, *passes);
                }
            }
            crate::domain::canonical::number(&interval, &within, &outside, steps)
        }
        Form::Date => {
            if foreign(|t| matches!(t, Test::Date(..))) {
                return None;
            }
            let mut interval = Interval::default();
            for (test, passes) in tests {
                if let Test::Date(relation, bound) = test {
                    interval.narrow(*relation, &seconds(bound), *passes);
                }
            }
            crate::domain::canonical::date(&interval, &within, &outside, steps)
        }
        Form::Address => {
            if foreign(|t| matches!(t, Test::Address(_))) {
                return None;
            }
            let mut set = AddressSet::all();
            for (test, passes) in tests {
                if let Test::Address(network) = test {
                    set.narrow(network, *passes);
                }
            }
            crate::domain::canonical::address(&set, &within, &outside, steps)
        }
        Form::Bytes => {
            if foreign(|t| matches!(t, Test::Bytes(_))) {
                return None;
            }
            let equal: Vec<&Vec<u8>> = tests
                .iter()
                .filter_map(|(t, p)| {
                    if let (Test::Bytes(b), true) = (t, p) {
                        Some(b)
                    } else {
                        None
                    }
                })
                .collect();
            let unequal: Vec<&Vec<u8>> = tests
                .iter()
                .filter_map(|(t, p)| {
                    if let (Test::Bytes(b), false) = (t, p) {
                        Some(b)
                    } else {
                        None
                    }
                })
                .collect();
            crate::domain::canonical::bytes(&equal, &unequal, &within, &outside, steps)
        }
    }
}

/// Finds a text whose account, if account sets are asked for, is in all of `members` and in none of `strangers`.
///
/// The sets are large and the patterns small, so a text is looked for without them first. If its account is wrong, the
/// accounts of a set that it should be in are tried one by one; where it should be outside, it is excluded and the
/// search repeated. Both end, because sets are finite.
fn find_caller(
    within: &[&TextSet],
    outside: &[&TextSet],
    members: &[&AccountSet],
    strangers: &[&AccountSet],
    steps: &mut Steps,
) -> Option<String> {
    let right = |account: AccountId| {
        members.iter().all(|set| set.contains(account))
            && !strangers.iter().any(|set| set.contains(account))
    };
    let mut excluded: Vec<TextSet> = Vec::new();
    loop {
        let outside: Vec<&TextSet> = outside.iter().copied().chain(&excluded).collect();
        let text = find_in(within, &outside, steps)?;
        if members.is_empty() && strangers.is_empty() {
            return Some(text);
        }
        let account = account_of(&text)?;
        if right(account) {
            return Some(text);
        }
        if let Some(smallest) = members.iter().min_by_key(|set| set.len()) {
            return smallest
                .iter()
                .filter(|account| right(*account))
                .find_map(|account| {
                    let own = callers_of(account);
                    let within: Vec<&TextSet> = within.iter().copied().chain([&own]).collect();
                    find_in(&within, &outside, steps)
                });
        }
        excluded.push(callers_of(account));
    }
}
