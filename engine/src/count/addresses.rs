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
    if policy.reserved {
        return Err(not_counted("letters from U+10F000 on"));
    }
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
    let origins = Origins::new(&[policy])?;
    origins.tally(&mut |origin| {
        somebody(&mut lowering, limits, &|lowering| {
            let mut goals = goals(lowering);
            goals.insert(0, origins.formula(lowering, origin));
            goals
        })
    })
}

/// Where requests can come from, as far as the documents at hand tell it apart.
pub(crate) struct Origins {
    /// The blocks that the documents name.
    networks: Vec<Network>,
    /// Whether they mention the key at all.
    mentioned: bool,
}

/// Requests that no document tells apart by where they come from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// From wherever: no document looks.
    Anywhere,
    /// With some address; no document names a block.
    Somewhere,
    /// Without an address.
    Nowhere,
    /// With an address of a family, inside and outside of the blocks as marked.
    In {
        /// Whether of version 6.
        six: bool,
        /// For each block whether it holds the address.
        inside: Vec<bool>,
    },
}

impl Origins {
    /// The origins that some documents tell apart.
    pub(crate) fn new(documents: &[&Policy]) -> Result<Self, Reason> {
        let statements = || documents.iter().flat_map(|policy| &policy.statements);
        let conditions = || statements().flat_map(|s| &s.conditions);
        let mut networks: Vec<Network> = Vec::new();
        let mut mentioned = false;
        for condition in conditions().filter(|condition| condition.key.value == KEY) {
            mentioned = true;
            match condition.operator.comparison {
                Comparison::IpAddress => {
                    // A value that is no block is undefined, which the search says where it matters.
                    let named = condition.values.iter();
                    for block in named.filter_map(|value| Network::parse(&value.value)) {
                        if !networks.contains(&block) {
                            networks.push(block);
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
        Ok(Self {
            networks,
            mentioned,
        })
    }

    /// The requests of an origin.
    pub(crate) fn formula(&self, lowering: &mut Lowering, origin: &Origin) -> Formula {
        match origin {
            Origin::Anywhere => Formula::True,
            Origin::Somewhere => lowering.present(KEY),
            Origin::Nowhere => lowering.present(KEY).not(),
            Origin::In { six, inside } => {
                let family = if *six {
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
                let mut parts = vec![lowering.test(KEY, Test::Address(family))];
                for (network, inside) in self.networks.iter().zip(inside) {
                    let test = lowering.test(KEY, Test::Address(*network));
                    parts.push(if *inside { test } else { test.not() });
                }
                Formula::and(parts)
            }
        }
    }

    /// Adds up the addresses of the origins that somebody is let in from.
    pub(crate) fn tally(
        &self,
        lets_in: &mut dyn FnMut(&Origin) -> Result<bool, Reason>,
    ) -> Result<Addresses, Reason> {
        let all = [32u32, 128].map(|bits| BigUint::from(1u32) << bits);
        if self.networks.is_empty() {
            let origin = if self.mentioned {
                Origin::Somewhere
            } else {
                Origin::Anywhere
            };
            let found = lets_in(&origin)?;
            let [v4, v6] = all.map(|all| Number(if found { all } else { BigUint::ZERO }));
            let absent = if self.mentioned {
                lets_in(&Origin::Nowhere)?
            } else {
                found
            };
            return Ok(Addresses { v4, v6, absent });
        }
        let named: Vec<Option<&Network>> = self.networks.iter().map(Some).collect();
        let mut sizes: BTreeMap<Origin, BigUint> = BTreeMap::new();
        let mut left = all;
        for (inside, size) in ranges(&named) {
            // What lies in no block is what is left of its family.
            if let Some(first) = inside.iter().position(|inside| *inside) {
                let six = matches!(self.networks[first], Network::V6 { .. });
                left[usize::from(six)] -= &size;
                *sizes.entry(Origin::In { six, inside }).or_default() += size;
            }
        }
        for (six, left) in left.into_iter().enumerate() {
            let inside = vec![false; self.networks.len()];
            sizes.insert(
                Origin::In {
                    six: six == 1,
                    inside,
                },
                left,
            );
        }
        let mut totals = [BigUint::ZERO, BigUint::ZERO];
        for (origin, size) in sizes {
            let family = usize::from(matches!(origin, Origin::In { six: true, .. }));
            if size != BigUint::ZERO && lets_in(&origin)? {
                totals[family] += size;
            }
        }
        let [v4, v6] = totals.map(Number);
        Ok(Addresses {
            v4,
            v6,
            absent: lets_in(&Origin::Nowhere)?,
        })
    }
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
