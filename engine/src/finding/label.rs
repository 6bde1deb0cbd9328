//! What a finding can say: for each reportable key one label, ordered by inclusion.
//!
//! The labels of a key are the values that the policies at hand name for it, in Allow and Deny, plain and negated, and the
//! label ⊤ that says nothing. A finding gives one label to the principal and to each reportable condition key.
//! (Backes, Berrueco, Bray et al., "Stratified Abstraction of Access Control Policies", CAV 2020.)

use crate::domain::scalar::{Test, Universe};
use crate::domain::text::{Class, Letter, Row, RowBuilder, TextSet};
use keyaki_language::policy::{Comparison, Condition, Policy, PrincipalEntry, Version};
use keyaki_language::template::{Piece, Template, Variables, Wildcards};
use keyaki_language::value::Network;

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

/// The labels of one key, without ⊤.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    /// The reportable key as AWS writes it; `None` for the principal.
    pub(crate) key: Option<&'static str>,
    /// In document order, none twice.
    pub(crate) labels: Vec<Label>,
    /// `below[a]` are the labels strictly inside label `a`.
    below: Vec<Vec<usize>>,
    /// The labels inside no other.
    top: Vec<usize>,
}

impl Axis {
    fn new(key: Option<&'static str>, labels: Vec<Label>) -> Self {
        let inside: Vec<Vec<bool>> = labels
            .iter()
            .map(|a| labels.iter().map(|b| is_inside(a, b)).collect())
            .collect();
        // Labels that stand for the same requests are one; the first in document order stays.
        let kept: Vec<usize> = (0..labels.len())
            .filter(|a| !(0..*a).any(|b| inside[*a][b] && inside[b][*a]))
            .collect();
        let below_of = |a: usize| {
            kept.iter()
                .enumerate()
                .filter(|(_, b)| **b != kept[a] && inside[**b][kept[a]])
                .map(|(at, _)| at)
                .collect::<Vec<_>>()
        };
        let below: Vec<Vec<usize>> = (0..kept.len()).map(below_of).collect();
        let top = (0..kept.len())
            .filter(|a| !below.iter().any(|b| b.contains(a)))
            .collect();
        let labels = kept.iter().map(|at| labels[*at].clone()).collect();
        Self {
            key,
            labels,
            below,
            top,
        }
    }

    /// The maximal labels strictly inside a label; `None` is ⊤.
    pub(crate) fn children(&self, label: Option<usize>) -> Vec<usize> {
        let Some(label) = label else {
            return self.top.clone();
        };
        let below = &self.below[label];
        below
            .iter()
            .copied()
            .filter(|a| !below.iter().any(|b| b != a && self.below[*b].contains(a)))
            .collect()
    }

    /// Whether label `a` is inside label `b`, both possibly ⊤.
    pub(crate) fn is_inside(&self, a: Option<usize>, b: Option<usize>) -> bool {
        match (a, b) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(a), Some(b)) => a == b || self.below[b].contains(&a),
        }
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
            let entry = match &entry.value {
                PrincipalEntry::Everyone
                | PrincipalEntry::Nobody(_)
                | PrincipalEntry::Service(_) => continue,
                PrincipalEntry::Account { account, .. } => PrincipalEntry::Account {
                    partition: None,
                    account: *account,
                },
                other => other.clone(),
            };
            let label = Label::Principal(entry);
            if !entries.contains(&label) {
                entries.push(label);
            }
        }
    }
    let mut axes = vec![Axis::new(None, entries)];
    for key in REPORTABLE {
        let mut labels: Vec<Label> = Vec::new();
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
                    if !labels.contains(&label) {
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

/// A value of a condition as a label; `None` for values that stand for no fixed set.
fn value_label(condition: &Condition, text: &str) -> Option<Label> {
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
fn is_inside(a: &Label, b: &Label) -> bool {
    match (a, b) {
        (Label::Principal(a), Label::Principal(b)) => {
            a == b
                || match b {
                    PrincipalEntry::Account { account, .. } => {
                        crate::finding::route::entry_account(a) == Some(*account)
                    }
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
        (Label::Value(_, a), Label::Value(_, b)) => {
            let universe = match a {
                Test::Address(_) => Universe::addresses(),
                Test::Text(_)
                | Test::Number(..)
                | Test::Date(..)
                | Test::Bytes(_)
                | Test::Accounts(_)
                | Test::Tied { .. } => Universe::text(),
            };
            universe.solve(&[(a, true), (b, false)], &mut 0).is_none()
        }
        (Label::Principal(_), Label::Value(..)) | (Label::Value(..), Label::Principal(_)) => false,
    }
}
