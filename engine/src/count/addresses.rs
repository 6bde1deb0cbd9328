//! How many addresses policies let in.

use crate::count::classes::ranges;
use crate::count::requests::allowed;
use crate::count::{Number, not_counted};
use crate::domain::scalar::Test;
use crate::question::ask::{doubt_reason, of_type};
use crate::region::caller::Kind;
use crate::region::formula::Formula;
use crate::region::lower::{Facts, Lowering};
use crate::region::space::Model;
use crate::region::variable;
use crate::solve::Outcome;
use crate::{Limits, Reason};
use keyaki_language::Policy;
use keyaki_language::policies::PolicyType;
use keyaki_language::policy::{Comparison, Effect};
use keyaki_language::value::Network;
use num_bigint::BigUint;
use std::collections::BTreeMap;

/// The key that is counted.
const KEY: &str = "aws:sourceip";

/// How many values of `aws:SourceIp` some allowed request has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// Addresses of version 4.
    pub v4: Number,
    /// Addresses of version 6.
    pub v6: Number,
    /// Whether a request without `aws:SourceIp` is allowed.
    pub absent: bool,
}

/// From how many addresses a policy lets somebody do something; `statement` narrows that to one Allow statement, under the same
/// Denies.
///
/// Every other coordinate is free: an address counts if one request from there is allowed. An error says why they are not
/// counted.
pub fn addresses(
    policy_type: PolicyType,
    policy: &Policy,
    resource_type: Option<&str>,
    statement: Option<usize>,
    limits: &Limits,
) -> Result<Addresses, Reason> {
    let mut lowering = Lowering::new(&[policy], Facts::default());
    let goals = |lowering: &mut Lowering| {
        let mut goals = vec![allowed(lowering, policy_type, policy)];
        if let Some(index) = statement {
            goals.insert(0, lowering.statement(policy, index, policy_type));
        }
        if let Some(resource_type) = resource_type {
            goals.push(of_type(lowering, resource_type));
        }
        goals.extend([lowering.ties(), lowering.pinned()]);
        goals
    };
    let lets_in = |lowering: &mut Lowering, only: &dyn Fn(&mut Lowering) -> Formula| {
        somebody(lowering, limits, &|lowering| {
            let mut goals = goals(lowering);
            goals.insert(0, only(lowering));
            goals
        })
    };
    let networks = blocks(policy)?;
    let mentioned = mentions(policy);
    let named: Vec<Option<&Network>> = networks.iter().map(Some).collect();
    // Ranges that lie in the same blocks of the same family cannot be told apart.
    let mut sizes: BTreeMap<(bool, Vec<bool>), BigUint> = BTreeMap::new();
    let mut left: [BigUint; 2] = [BigUint::from(1u32) << 32u32, BigUint::from(1u32) << 128u32];
    for (class, size) in ranges(&named) {
        let Some(first) = class.iter().position(|inside| *inside) else {
            continue;
        };
        let six = is_six(&networks[first]);
        left[usize::from(six)] -= &size;
        *sizes.entry((six, class)).or_default() += size;
    }
    for (six, left) in left.into_iter().enumerate() {
        sizes.insert((six == 1, vec![false; networks.len()]), left);
    }
    let mut totals: [BigUint; 2] = [BigUint::ZERO, BigUint::ZERO];
    for ((six, class), size) in sizes {
        let only = |lowering: &mut Lowering| {
            let mut parts: Vec<Formula> = networks
                .iter()
                .zip(&class)
                .map(|(network, inside)| {
                    let test = lowering.test(KEY, Test::Address(network.clone()));
                    if *inside { test } else { test.not() }
                })
                .collect();
            let family = if six {
                Network::V6 {
                    first: 0,
                    last: u128::MAX,
                }
            } else {
                Network::V4 {
                    first: 0,
                    last: u32::MAX,
                }
            };
            parts.push(lowering.test(KEY, Test::Address(family)));
            Formula::and(parts)
        };
        // Where no block is named, all addresses are alike.
        let found = match (networks.is_empty(), mentioned) {
            (false, _) => lets_in(&mut lowering, &only)?,
            (true, true) => lets_in(&mut lowering, &|lowering| lowering.present(KEY))?,
            (true, false) => lets_in(&mut lowering, &|_| Formula::True)?,
        };
        if found {
            totals[usize::from(six)] += size;
        }
    }
    let absent = if mentioned {
        lets_in(&mut lowering, &|lowering| lowering.present(KEY).not())?
    } else {
        totals[0] != BigUint::ZERO
    };
    let [v4, v6] = totals.map(Number);
    Ok(Addresses { v4, v6, absent })
}

fn is_six(network: &Network) -> bool {
    matches!(network, Network::V6 { .. })
}

fn mentions(policy: &Policy) -> bool {
    let mut conditions = policy.statements.iter().flat_map(|s| &s.conditions);
    conditions.any(|condition| condition.key.value == KEY)
}

/// The blocks that a policy names for the key.
fn blocks(policy: &Policy) -> Result<Vec<Network>, Reason> {
    let mut blocks: Vec<Network> = Vec::new();
    let own = policy.statements.iter().flat_map(|s| &s.conditions);
    for condition in own.filter(|condition| condition.key.value == KEY) {
        match condition.operator.comparison {
            Comparison::IpAddress => {
                for value in &condition.values {
                    // A value that is no block is undefined, which the search says where it matters.
                    if let Some(block) = Network::parse(&value.value)
                        && !blocks.contains(&block)
                    {
                        blocks.push(block);
                    }
                }
            }
            Comparison::Null => {}
            _ => {
                return Err(not_counted(
                    "addresses, because `aws:SourceIp` is also compared as something else",
                ));
            }
        }
    }
    Ok(blocks)
}

/// Whether some caller has a request in the goals.
fn somebody(
    lowering: &mut Lowering,
    limits: &Limits,
    goals: &dyn Fn(&mut Lowering) -> Vec<Formula>,
) -> Result<bool, Reason> {
    let mut doubt = None;
    for kind in Kind::ALL {
        lowering.kind = kind;
        let wide = goals(lowering);
        match variable::search(
            lowering,
            limits,
            wide,
            &mut |lowering| goals(lowering),
            None,
        ) {
            Outcome::Empty => {}
            Outcome::Unknown(why) => {
                doubt.get_or_insert(doubt_reason(why));
            }
            Outcome::Found(model) => {
                let undefined = model.iter().find_map(|(id, value)| {
                    matches!(value, Model::Boolean(Some(_)))
                        .then(|| lowering.undefined_reason(*id))
                        .flatten()
                });
                match undefined {
                    None => return Ok(true),
                    Some(reason) => {
                        doubt.get_or_insert(not_counted(reason.message.clone()));
                    }
                }
            }
        }
    }
    doubt.map_or(Ok(false), Err)
}

/// The Allow statements of a policy, for counting each by itself.
pub fn allow_statements(policy: &Policy) -> impl Iterator<Item = usize> + '_ {
    let statements = policy.statements.iter().enumerate();
    statements
        .filter(|(_, s)| s.effect == Effect::Allow)
        .map(|(index, _)| index)
}
