//! What a finding can say: for each reportable key one label, ordered by inclusion.
//!
//! The labels of a key are the values that the policies at hand name for it, in Allow and Deny, plain and negated, and the
//! label ⊤ that says nothing. A finding gives one label to the principal and to each reportable condition key.
//! (Backes, Berrueco, Bray et al., "Stratified Abstraction of Access Control Policies", CAV 2020.)

use crate::domain::scalar::{Test, Universe};
use crate::domain::steps::Steps;
use crate::domain::text::{Class, Letter, Row, RowBuilder, TextSet};
use crate::finding::route::entry_account;
use keyaki_language::key::{Arity, arity};
use keyaki_language::policy::{Comparison, Condition, Policy, PrincipalEntry, Version, is_unknown};
use keyaki_language::template::{Piece, Template, Variables, Wildcards};
use keyaki_language::value::Network;
use std::collections::HashMap;

/// The condition keys that findings report, as AWS writes them (IAM User Guide, "Filter keys").
const REPORTABLE: &[&str] = &[
    "accounts.google.com:aud",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIp",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:SourceVpc",
    "aws:SourceVpcArn",
    "aws:SourceVpce",
    "aws:UserId",
    "aws:VpceAccount",
    "aws:VpceOrgID",
    "aws:VpceOrgPaths",
    "cognito-identity.amazonaws.com:aud",
    "graph.facebook.com:app_id",
    "kms:CallerAccount",
    "lambda:EventSourceToken",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "s3express:SessionMode",
    "www.amazon.com:app_id",
];

/// One value that a finding can name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Label {
    /// An entry of a principal clause.
    Principal(PrincipalEntry),
    /// A value of a condition key: as it is written, and the requests that it stands for.
    Value(String, Test),
}

impl Label {
    /// A text under which to look the label up; labels of equal text may differ.
    fn text(&self) -> String {
        match self {
            Label::Principal(entry) => format!("{entry:?}"),
            Label::Value(text, _) => text.clone(),
        }
    }
}

/// The labels of one key, without ⊤.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    /// The reportable key as AWS writes it; `None` for the principal.
    pub(crate) key: Option<&'static str>,
    /// The key as documents are read: in lower case.
    pub(crate) name: String,
    /// In document order, none twice.
    pub(crate) labels: Vec<Label>,
    /// What each label's values have in common, for quick answers.
    outlines: Vec<Outline>,
    /// `below[a]` are the labels strictly inside label `a`.
    below: Vec<Bits>,
    /// The labels inside no other.
    top: Vec<usize>,
    /// Where a label that a document names stands; labels that stand for the same requests are one.
    places: HashMap<String, Vec<(Label, usize)>>,
    /// Whether a request has one value here, so that disjoint labels share no request.
    single: bool,
}

impl Axis {
    fn new(key: Option<&'static str>, named: Vec<Label>) -> Self {
        let all: Vec<Outline> = named.iter().map(Outline::of).collect();
        let inside = |a: usize, b: usize| is_inside((&named[a], &all[a]), (&named[b], &all[b]));
        let mut contained: Vec<Bits> = vec![Bits::new(named.len()); named.len()];
        for (b, own) in contained.iter_mut().enumerate() {
            for a in (0..named.len()).filter(|a| *a != b && inside(*a, b)) {
                own.insert(a);
            }
        }
        // Labels that stand for the same requests are one; the first in document order stays.
        let first_equal = |a: usize| {
            contained[a]
                .iter()
                .take_while(|b| *b < a)
                .find(|b| contained[*b].contains(a))
                .unwrap_or(a)
        };
        let firsts: Vec<usize> = (0..named.len()).map(first_equal).collect();
        let mut place = vec![0; named.len()];
        let mut kept = Vec::new();
        for (a, first) in firsts.iter().enumerate() {
            if *first == a {
                place[a] = kept.len();
                kept.push(a);
            } else {
                place[a] = place[*first];
            }
        }
        let mut below = vec![Bits::new(kept.len()); kept.len()];
        let mut inner = Bits::new(kept.len());
        for (at, a) in kept.iter().enumerate() {
            for b in contained[*a].iter().filter(|b| firsts[*b] == *b) {
                below[at].insert(place[b]);
                inner.insert(place[b]);
            }
        }
        let top = (0..kept.len()).filter(|a| !inner.contains(*a)).collect();
        let mut places: HashMap<String, Vec<(Label, usize)>> = HashMap::new();
        for (label, at) in named.iter().zip(&place) {
            places
                .entry(label.text())
                .or_default()
                .push((label.clone(), *at));
        }
        Self {
            key,
            name: key.unwrap_or_default().to_ascii_lowercase(),
            outlines: kept.iter().map(|at| all[*at].clone()).collect(),
            labels: kept.iter().map(|at| named[*at].clone()).collect(),
            below,
            top,
            places,
            single: key.is_none_or(|key| arity(&key.to_ascii_lowercase()) == Arity::One),
        }
    }

    /// Where a label stands among the axis's own.
    pub(crate) fn position(&self, label: &Label) -> Option<usize> {
        self.places
            .get(&label.text())?
            .iter()
            .find(|(own, _)| own == label)
            .map(|(_, at)| *at)
    }

    /// The maximal labels strictly inside a label; `None` is ⊤.
    pub(crate) fn children(&self, label: Option<usize>) -> Vec<usize> {
        match label {
            None => self.top.clone(),
            Some(label) => self.maximal(self.below[label].iter().collect()),
        }
    }

    /// Those of some labels that lie strictly inside none of them.
    pub(crate) fn maximal(&self, labels: Vec<usize>) -> Vec<usize> {
        let inner = |a: usize| labels.iter().any(|b| self.below[*b].contains(a));
        labels.iter().copied().filter(|a| !inner(*a)).collect()
    }

    /// Those of some labels that none of them lies strictly inside.
    pub(crate) fn minimal(&self, labels: &Bits) -> Vec<usize> {
        let outer = |a: &usize| self.below[*a].intersects(labels);
        labels.iter().filter(|a| !outer(a)).collect()
    }

    /// Whether label `a` is strictly inside label `b`; `None` is ⊤.
    pub(crate) fn is_below(&self, a: usize, b: Option<usize>) -> bool {
        b.is_none_or(|b| self.below[b].contains(a))
    }

    /// Whether label `a` is inside label `b`, both possibly ⊤.
    pub(crate) fn is_inside(&self, a: Option<usize>, b: Option<usize>) -> bool {
        match (a, b) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(a), Some(b)) => a == b || self.below[b].contains(a),
        }
    }

    /// Whether no request has both labels. May say no where none has, which only costs time; yes is a promise.
    pub(crate) fn are_apart(&self, a: usize, b: Option<usize>) -> bool {
        let Some(b) = b.filter(|b| self.single && a != *b) else {
            return false;
        };
        match (&self.labels[a], &self.labels[b]) {
            (Label::Principal(a), Label::Principal(b)) => entries_apart(a, b),
            (Label::Value(_, Test::Text(_)), Label::Value(_, Test::Text(_))) => {
                self.outlines[a].apart(&self.outlines[b])
            }
            (Label::Value(_, Test::Address(a)), Label::Value(_, Test::Address(b))) => {
                !overlap(a, b)
            }
            _ => false,
        }
    }

    /// The labels that a value has.
    pub(crate) fn holding(&self, texts: &[&str]) -> Bits {
        let mut holding = Bits::new(self.labels.len());
        for (at, label) in self.labels.iter().enumerate() {
            let Label::Value(_, test) = label else {
                continue;
            };
            let passes = |text: &&str| self.outlines[at].may_match(text) && test.passes(text);
            if texts.iter().any(passes) {
                holding.insert(at);
            }
        }
        holding
    }
}

/// What every string of a pattern has in common, and two strings of it: most questions about two patterns end here.
#[derive(Clone, Debug, Default)]
struct Outline {
    /// How every string begins.
    prefix: String,
    /// How every string ends.
    suffix: String,
    /// How many characters every string has at least.
    shortest: usize,
    /// Whether the prefix is all.
    literal: bool,
    /// Two strings of the pattern.
    samples: Vec<String>,
}

impl Outline {
    fn of(label: &Label) -> Self {
        let Label::Value(_, Test::Text(set)) = label else {
            return Self::default();
        };
        let row = match (set.words().only(), set.rows()) {
            (Some(word), []) => {
                return Self {
                    prefix: word.to_owned(),
                    suffix: word.to_owned(),
                    shortest: word.chars().count(),
                    literal: true,
                    samples: vec![word.to_owned()],
                };
            }
            (None, [row]) if set.words().is_empty() => row,
            _ => return Self::default(),
        };
        let (letters, loops) = row.parts();
        let plain = |letter: &Letter| match letter {
            Letter::Char(c) => Some(*c),
            Letter::Fold(_) | Letter::Of(_) => None,
        };
        let last_loop = loops.iter().rposition(Option::is_some).unwrap_or(0);
        let mut suffix: Vec<char> = letters[last_loop..].iter().rev().map_while(plain).collect();
        suffix.reverse();
        // A letter that no document uses stands for what `?` and `*` may be.
        let other = '\u{7f}';
        let spelled = |filled: bool| {
            let mut text = String::new();
            for (at, class) in loops.iter().enumerate() {
                if filled && class.is_some() {
                    text.push(other);
                }
                text.extend(letters.get(at).map(|letter| match letter {
                    Letter::Char(c) | Letter::Fold(c) => *c,
                    Letter::Of(_) => other,
                }));
            }
            text
        };
        Self {
            prefix: row.fixed_beginning().to_owned(),
            suffix: suffix.into_iter().collect(),
            shortest: letters.len(),
            literal: false,
            samples: [spelled(false), spelled(true)]
                .into_iter()
                .filter(|text| row.matches(text))
                .collect(),
        }
    }

    /// Whether a string may belong to the pattern: no is a promise.
    fn may_match(&self, text: &str) -> bool {
        text.len() >= self.shortest
            && text.starts_with(&self.prefix)
            && text.ends_with(&self.suffix)
    }

    /// Whether no string belongs to both patterns: yes is a promise.
    fn apart(&self, other: &Outline) -> bool {
        match (self.literal, other.literal) {
            (true, true) => self.prefix != other.prefix,
            (true, false) => !other.may_match(&self.prefix),
            (false, true) => !self.may_match(&other.prefix),
            (false, false) => {
                let begin = |a: &str, b: &str| a.starts_with(b) || b.starts_with(a);
                let end = |a: &str, b: &str| a.ends_with(b) || b.ends_with(a);
                !begin(&self.prefix, &other.prefix) || !end(&self.suffix, &other.suffix)
            }
        }
    }
}

fn overlap(a: &Network, b: &Network) -> bool {
    match (a, b) {
        (
            Network::V4 { first, last },
            Network::V4 {
                first: low,
                last: high,
            },
        ) => first <= high && low <= last,
        (
            Network::V6 { first, last },
            Network::V6 {
                first: low,
                last: high,
            },
        ) => first <= high && low <= last,
        (Network::V4 { .. }, Network::V6 { .. }) | (Network::V6 { .. }, Network::V4 { .. }) => {
            false
        }
    }
}

/// Whether no caller belongs to both entries: yes is a promise.
fn entries_apart(a: &PrincipalEntry, b: &PrincipalEntry) -> bool {
    let undefined = |entry: &PrincipalEntry| {
        matches!(
            entry,
            PrincipalEntry::Everyone | PrincipalEntry::Undefined(_)
        )
    };
    if undefined(a) || undefined(b) {
        return false;
    }
    match (entry_account(a), entry_account(b)) {
        (Some(a), Some(b)) => a != b,
        // Providers and canonical ids are no callers of an account, and each is one text.
        _ => a != b,
    }
}

/// The axes of some policies, the principal first, then the condition keys in order of their names.
pub(crate) fn axes<'p>(policies: impl Iterator<Item = &'p Policy> + Clone) -> Vec<Axis> {
    let mut entries: Vec<Label> = Vec::new();
    for clause in policies
        .clone()
        .flat_map(|policy| &policy.statements)
        .filter_map(|statement| statement.principal.as_ref())
    {
        for entry in &clause.entries {
            if let Some(label) = principal_label(&entry.value)
                && !entries.contains(&label)
            {
                entries.push(label);
            }
        }
    }
    let mut axes = vec![Axis::new(None, entries)];
    for key in REPORTABLE {
        let mut labels: Vec<Label> = Vec::new();
        let mut seen: HashMap<String, Vec<Label>> = HashMap::new();
        for condition in policies
            .clone()
            .flat_map(|policy| &policy.statements)
            .flat_map(|statement| &statement.conditions)
        {
            if condition.key.value.eq_ignore_ascii_case(key) {
                for label in condition
                    .values
                    .iter()
                    .filter_map(|value| value_label(condition, &value.value))
                {
                    let same = seen.entry(label.text()).or_default();
                    if !same.contains(&label) {
                        same.push(label.clone());
                        labels.push(label);
                    }
                }
            }
        }
        if !labels.is_empty() {
            axes.push(Axis::new(Some(key), labels));
        }
    }
    axes
}

/// An entry of a principal clause as a label; `None` for everybody, and for who is never outside.
pub(crate) fn principal_label(entry: &PrincipalEntry) -> Option<Label> {
    Some(Label::Principal(match entry {
        PrincipalEntry::Everyone | PrincipalEntry::Nobody(_) | PrincipalEntry::Service(_) => {
            return None;
        }
        PrincipalEntry::Account { account, .. } => PrincipalEntry::Account {
            partition: None,
            account: *account,
        },
        other => other.clone(),
    }))
}

/// A value of a condition as a label; `None` for values that stand for no fixed set.
pub(crate) fn value_label(condition: &Condition, text: &str) -> Option<Label> {
    if is_unknown(text) {
        // S45
        return None;
    }
    let wildcards = match condition.operator.comparison {
        Comparison::IpAddress => {
            let test = Test::Address(Network::parse(text)?);
            return Some(Label::Value(text.to_owned(), test));
        }
        Comparison::StringLike | Comparison::ArnLike => Wildcards::Active,
        Comparison::StringEquals | Comparison::StringEqualsIgnoreCase => Wildcards::Literal,
        Comparison::NumericEquals
        | Comparison::NumericLessThan
        | Comparison::NumericLessThanEquals
        | Comparison::NumericGreaterThan
        | Comparison::NumericGreaterThanEquals
        | Comparison::DateEquals
        | Comparison::DateLessThan
        | Comparison::DateLessThanEquals
        | Comparison::DateGreaterThan
        | Comparison::DateGreaterThanEquals
        | Comparison::Bool
        | Comparison::BinaryEquals
        | Comparison::Null => return None,
    };
    let variables = if condition.version == Version::V2012 {
        Variables::Active
    } else {
        Variables::Literal
    };
    let template = Template::parse(text, wildcards, variables);
    if template.has_variable() {
        return None;
    }
    if condition.operator.comparison == Comparison::StringEqualsIgnoreCase {
        return Some(Label::Value(
            text.to_owned(),
            Test::Text(TextSet::new([Row::folded(text)])),
        ));
    }
    let arn = condition.operator.comparison == Comparison::ArnLike;
    let mut row = RowBuilder::default();
    let mut colons = 0;
    for piece in &template.pieces {
        let class = if arn && colons < 5 {
            Class::NotColon
        } else {
            Class::Any
        };
        match piece {
            Piece::Char(c) => {
                colons += usize::from(*c == ':');
                row.letter(Letter::Char(*c));
            }
            Piece::One => {
                row.letter(Letter::Of(class));
            }
            Piece::Many => {
                row.many(class);
            }
            Piece::Variable { .. } => return None,
        }
    }
    if arn && colons < 5 {
        return None;
    }
    Some(Label::Value(
        text.to_owned(),
        Test::Text(TextSet::new([row.build()])),
    ))
}

/// Whether every request of label `a` is one of label `b`.
fn is_inside((a, own): (&Label, &Outline), (b, other): (&Label, &Outline)) -> bool {
    match (a, b) {
        (Label::Principal(a), Label::Principal(b)) => {
            a == b
                || match b {
                    PrincipalEntry::Account { account, .. } => entry_account(a) == Some(*account),
                    PrincipalEntry::Everyone
                    | PrincipalEntry::User { .. }
                    | PrincipalEntry::Role { .. }
                    | PrincipalEntry::Session { .. }
                    | PrincipalEntry::FederatedUser { .. }
                    | PrincipalEntry::Service(_)
                    | PrincipalEntry::Federated(_)
                    | PrincipalEntry::CanonicalUser(_)
                    | PrincipalEntry::Nobody(_)
                    | PrincipalEntry::Undefined(_) => false,
                }
        }
        (Label::Value(_, a), Label::Value(_, b)) => match (a, b) {
            (Test::Address(a), Test::Address(b)) => within(a, b),
            (Test::Text(own_set), Test::Text(set)) => {
                // A string of the one that the other does not hold settles most pairs without a search.
                let misses = |text: &String| !other.may_match(text) || !set.contains(text);
                own_set == set
                    || (!own.samples.iter().any(misses)
                        && (own.literal || is_within(&Universe::text(), a, b)))
            }
            (Test::Address(_), _) => is_within(&Universe::addresses(), a, b),
            _ => is_within(&Universe::text(), a, b),
        },
        (Label::Principal(_), Label::Value(..)) | (Label::Value(..), Label::Principal(_)) => false,
    }
}

/// Whether every value of a universe that passes `a` passes `b`; "no" as well where that takes too much work, which only makes
/// labels coarser.
fn is_within(universe: &Universe, a: &Test, b: &Test) -> bool {
    let mut steps = Steps::default();
    let found = universe.solve(&[(a, true), (b, false)], &mut steps);
    found.is_none() && !steps.is_out()
}

fn within(a: &Network, b: &Network) -> bool {
    match (a, b) {
        (
            Network::V4 { first, last },
            Network::V4 {
                first: low,
                last: high,
            },
        ) => low <= first && last <= high,
        (
            Network::V6 { first, last },
            Network::V6 {
                first: low,
                last: high,
            },
        ) => low <= first && last <= high,
        (Network::V4 { .. }, Network::V6 { .. }) | (Network::V6 { .. }, Network::V4 { .. }) => {
            false
        }
    }
}

/// A set of labels of one axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bits {
    words: Vec<u64>,
}

impl Bits {
    /// The empty set, with room for `0..size`.
    pub(crate) fn new(size: usize) -> Self {
        Self {
            words: vec![0; size.div_ceil(64)],
        }
    }

    pub(crate) fn insert(&mut self, at: usize) {
        self.words[at / 64] |= 1 << (at % 64);
    }

    pub(crate) fn contains(&self, at: usize) -> bool {
        self.words[at / 64] >> (at % 64) & 1 == 1
    }

    /// The labels in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(index, word)| {
            let mut word = *word;
            std::iter::from_fn(move || {
                (word != 0).then(|| {
                    let bit = word.trailing_zeros() as usize;
                    word &= word - 1;
                    index * 64 + bit
                })
            })
        })
    }

    fn intersects(&self, other: &Bits) -> bool {
        self.words.iter().zip(&other.words).any(|(a, b)| a & b != 0)
    }
}
