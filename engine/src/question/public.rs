//! Q4: is the policy public?

use crate::Limits;
use crate::question::Answer;
use crate::question::ask::Ask;
use keyaki_language::Policy;
use keyaki_language::policies::PolicyType;

/// *Holds* if every allowed request has, in some trusted key, one of the fixed values that the policy names for it.
#[derive(Clone, Debug, PartialEq)]
pub struct NoPublicAccess {
    /// The CloudFormation name of the resource's type.
    pub resource_type: String,
    /// The resource's policy.
    pub policy: Policy,
}

impl NoPublicAccess {
    /// Decides the question.
    pub fn decide(&self, limits: &Limits) -> Answer {
        Ask::new(PolicyType::Resource, &self.policy, "policyDocument")
            .on(&self.resource_type)
            .untrusted()
            .decide(limits)
    }
}

use crate::domain::scalar::Test;
use crate::domain::text::{Class, Row, RowBuilder, TextSet};
use crate::region::formula::Formula;
use crate::region::lower::Lowering;
use keyaki_language::policy::{Comparison, Condition, PrincipalEntry, Version};
use keyaki_language::template::{Piece, Template, Variables, Wildcards};
use keyaki_language::value::Network;

/// The requests in which some trusted key has one of the fixed values that the policy names for it (Q4).
///
/// Values count wherever they are named, in Allow and Deny, plainly and negated: a Deny that leaves one address block
/// alone restricts as an Allow for that block does. The test is on the request, so naming alone makes nothing safe.
pub(crate) fn trusted(
    lowering: &mut Lowering,
    policy: &Policy,
    resource_type: Option<&str>,
) -> Formula {
    let mut parts = Vec::new();
    for (index, statement) in policy.statements.iter().enumerate() {
        for entry in statement
            .principal
            .iter()
            .flat_map(|clause| &clause.entries)
        {
            let fixed = match &entry.value {
                PrincipalEntry::Everyone
                | PrincipalEntry::Nobody(_)
                | PrincipalEntry::Undefined(_) => false,
                // A public identity provider lets in anybody who has an account there.
                PrincipalEntry::Federated(provider) => provider.starts_with("arn:"),
                PrincipalEntry::Account { .. }
                | PrincipalEntry::User { .. }
                | PrincipalEntry::Role { .. }
                | PrincipalEntry::Session { .. }
                | PrincipalEntry::FederatedUser { .. }
                | PrincipalEntry::Service(_)
                | PrincipalEntry::CanonicalUser(_) => true,
            };
            if fixed {
                parts.push(lowering.entry(&entry.value, index));
            }
        }
        for condition in &statement.conditions {
            parts.extend(
                fixed_values(condition, resource_type)
                    .into_iter()
                    .map(|test| lowering.trusted_value(&condition.key.value, test)),
            );
        }
    }
    Formula::or(parts)
}

/// Whether a key is one that outsiders cannot set freely (Q4, the closed list).
fn is_trusted(key: &str, resource_type: Option<&str>) -> bool {
    match key {
        "s3:dataaccesspointarn" => resource_type != Some("AWS::S3::AccessPoint"),
        "aws:principalarn"
        | "aws:principalaccount"
        | "aws:principalorgid"
        | "aws:principalorgpaths"
        | "aws:sourcearn"
        | "aws:sourceaccount"
        | "aws:sourceorgid"
        | "aws:sourceorgpaths"
        | "aws:sourceowner"
        | "aws:sourcevpc"
        | "aws:sourcevpcarn"
        | "aws:sourcevpce"
        | "aws:vpceaccount"
        | "aws:vpceorgid"
        | "aws:vpceorgpaths"
        | "aws:sourceip"
        | "aws:userid"
        | "kms:calleraccount"
        | "s3:dataaccesspointaccount"
        | "s3:x-amz-server-side-encryption-aws-kms-key-id"
        | "lambda:eventsourcetoken" => true,
        // The audience of an identity provider is an application that somebody registered there.
        // SAML's audience is AWS itself.
        "saml:aud" => false,
        _ => key.ends_with(":aud") || key.ends_with(":app_id"),
    }
}

/// The fixed values that a condition names for its key, as tests.
fn fixed_values(condition: &Condition, resource_type: Option<&str>) -> Vec<Test> {
    if !is_trusted(&condition.key.value, resource_type) {
        return Vec::new();
    }
    let comparison = condition.operator.comparison;
    let test = |text: &str| match comparison {
        Comparison::IpAddress => {
            // Blocks broader than /8 (version 4) or /32 (version 6) restrict nobody.
            let network = Network::parse(text)?;
            let narrow = match &network {
                Network::V4 { first, last } => last - first < 1 << 24,
                Network::V6 { first, last } => last - first < 1 << 96,
            };
            narrow.then_some(Test::Address(network))
        }
        Comparison::StringEquals
        | Comparison::StringEqualsIgnoreCase
        | Comparison::StringLike
        | Comparison::ArnLike => {
            let variables = if condition.version == Version::V2012 {
                Variables::Active
            } else {
                Variables::Literal
            };
            let wildcards = match comparison {
                Comparison::StringLike | Comparison::ArnLike => Wildcards::Active,
                _ => Wildcards::Literal,
            };
            let template = Template::parse(text, wildcards, variables);
            fixed_text(&template, comparison)
        }
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
        | Comparison::Null => None,
    };
    condition
        .values
        .iter()
        .filter_map(|value| test(&value.value))
        .collect()
}

/// A text without wildcard and variable, or an ARN whose account is twelve digits.
fn fixed_text(template: &Template, comparison: Comparison) -> Option<Test> {
    if template.has_variable() {
        return None;
    }
    if let Some(text) = template.literal() {
        let row = if comparison == Comparison::StringEqualsIgnoreCase {
            Row::folded(&text)
        } else {
            Row::literal(&text)
        };
        return Some(Test::Text(TextSet::new([row])));
    }
    // The account is the fifth part; with wildcards before it that could cross a colon, nothing is fixed.
    let mut parts: Vec<&[Piece]> = template
        .pieces
        .splitn(6, |piece| *piece == Piece::Char(':'))
        .collect();
    let rest = parts.pop()?;
    let digits = |piece: &Piece| matches!(piece, Piece::Char(c) if c.is_ascii_digit());
    let crossing = comparison == Comparison::StringLike
        && parts
            .iter()
            .flat_map(|part| part.iter())
            .any(|piece| matches!(piece, Piece::One | Piece::Many));
    if parts.len() != 5 || parts[4].len() != 12 || !parts[4].iter().all(digits) || crossing {
        return None;
    }
    let mut row = RowBuilder::default();
    for (at, part) in parts.iter().copied().chain([rest]).enumerate() {
        if at > 0 {
            row.text(":");
        }
        let class = if at < 5 { Class::NotColon } else { Class::Any };
        for piece in part {
            match piece {
                Piece::Char(c) => row.letter(crate::domain::text::Letter::Char(*c)),
                Piece::One => row.letter(crate::domain::text::Letter::Of(class)),
                Piece::Many => row.many(class),
                Piece::Variable { .. } => return None,
            };
        }
    }
    Some(Test::Text(TextSet::new([row.build()])))
}
