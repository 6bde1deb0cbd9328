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
        self.ask().decide(limits)
    }

    pub(super) fn ask(&self) -> Ask<'_> {
        Ask::new(PolicyType::Resource, &self.policy, "policyDocument")
            .on(&self.resource_type)
            .untrusted()
    }
}

use crate::domain::scalar::Test;
use crate::domain::text::{Class, Letter, Row, RowBuilder, TextSet};
use crate::region::formula::Formula;
use crate::region::lower::Lowering;
use keyaki_language::policy::{Comparison, Condition};
use keyaki_language::template::Piece;
use keyaki_language::trust::{fixed_template, fixed_values, is_fixed_principal};
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
            if is_fixed_principal(&entry.value) {
                parts.push(lowering.entry(&entry.value, index));
            }
        }
        for condition in &statement.conditions {
            for text in fixed_values(condition, resource_type) {
                let test = fixed_test(condition, text);
                parts.push(lowering.trusted_value(&condition.key.value, test));
            }
        }
    }
    Formula::or(parts)
}

/// What a fixed value stands for.
fn fixed_test(condition: &Condition, text: &str) -> Test {
    if condition.operator.comparison == Comparison::IpAddress {
        return Test::Address(Network::parse(text).expect("a fixed block is a block"));
    }
    let template = fixed_template(condition, text);
    if let Some(text) = template.literal() {
        let fold = condition.operator.comparison == Comparison::StringEqualsIgnoreCase;
        return Test::Text(TextSet::new([if fold {
            Row::folded(&text)
        } else {
            Row::literal(&text)
        }]));
    }
    // A whole ARN, whose wildcards cross no colon before the last part.
    let mut row = RowBuilder::default();
    let mut colons = 0;
    for piece in &template.pieces {
        let class = if colons < 5 {
            Class::NotColon
        } else {
            Class::Any
        };
        match piece {
            Piece::Char(c) => {
                colons += usize::from(*c == ':');
                row.letter(Letter::Char(*c))
            }
            Piece::One => row.letter(Letter::Of(class)),
            Piece::Many => row.many(class),
            Piece::Variable { .. } => unreachable!("a fixed value has no variable"),
        };
    }
    Test::Text(TextSet::new([row.build()]))
}
