//! How many requests policies allow.

use crate::count::classes::{Texts, classes};
use crate::count::diagram::{Coordinate, count};
use crate::count::{Number, Steps, not_counted};
use crate::question::ask::of_type;
use crate::region::caller::Kind;
use crate::region::formula::{Formula, Literal};
use crate::region::lower::{Facts, Lowering};
use crate::region::space::{Atom, AtomId, DimensionId, Shape};
use crate::{Limits, Reason};
use keyaki_language::Policy;
use keyaki_language::policies::PolicyType;
use keyaki_language::policy::Effect;
use num_bigint::BigUint;
use std::collections::{BTreeMap, BTreeSet};

/// How much two policies allow, each and together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shares {
    /// Requests that the existing policy allows.
    pub existing: Number,
    /// Requests that the new policy allows.
    pub new: Number,
    /// Requests that both allow.
    pub both: Number,
    /// Requests that only the new policy allows.
    pub only_new: Number,
    /// Requests that only the existing policy allows.
    pub only_existing: Number,
}

/// How many requests a policy allows, with texts of at most `length` characters; on a resource of a type, if one is given.
///
/// What a request is here, `SEMANTICS.md` defines in part 6. An error says why it is not counted.
pub fn requests(
    policy_type: PolicyType,
    policy: &Policy,
    resource_type: Option<&str>,
    length: u32,
    limits: &Limits,
) -> Result<Number, Reason> {
    let allowed = |lowering: &mut Lowering| {
        let mut allowed = allowed(lowering, policy_type, policy);
        if let Some(resource_type) = resource_type {
            allowed = Formula::and([allowed, of_type(lowering, resource_type)]);
        }
        vec![allowed]
    };
    let [count] = sums(policy_type, &[policy], length, limits, &allowed)?;
    Ok(Number(count))
}

/// How many requests two policies allow, each and both, with texts of at most `length` characters.
pub fn shares(
    policy_type: PolicyType,
    existing: &Policy,
    new: &Policy,
    length: u32,
    limits: &Limits,
) -> Result<Shares, Reason> {
    let three = |lowering: &mut Lowering| {
        let old = allowed(lowering, policy_type, existing);
        let new = allowed(lowering, policy_type, new);
        let both = Formula::and([old.clone(), new.clone()]);
        vec![old, new, both]
    };
    let [old, new, both] = sums(policy_type, &[existing, new], length, limits, &three)?.map(Number);
    Ok(Shares {
        only_new: new.without(&both),
        only_existing: old.without(&both),
        existing: old,
        new,
        both,
    })
}

/// The requests that a policy allows, for the current kind of caller.
pub(super) fn allowed(
    lowering: &mut Lowering,
    policy_type: PolicyType,
    policy: &Policy,
) -> Formula {
    let (mut allows, mut parts) = (Vec::new(), Vec::new());
    for (index, statement) in policy.statements.iter().enumerate() {
        let applies = lowering.statement(policy, index, policy_type);
        match statement.effect {
            Effect::Allow => allows.push(applies),
            Effect::Deny => parts.push(applies.not()),
        }
    }
    parts.push(Formula::or(allows));
    Formula::and(parts)
}

/// Counts some sets of requests, each summed over all kinds of caller.
fn sums<const N: usize>(
    policy_type: PolicyType,
    documents: &[&Policy],
    length: u32,
    limits: &Limits,
    sets: &dyn Fn(&mut Lowering) -> Vec<Formula>,
) -> Result<[BigUint; N], Reason> {
    let mut lowering = Lowering::new(documents, Facts::default());
    if lowering.uses_variables() {
        return Err(not_counted("policy variables"));
    }
    if documents.iter().any(|policy| policy.reserved) {
        return Err(not_counted("letters from U+10F000 on"));
    }
    let mut steps = Steps(limits.branches);
    let mut totals: [BigUint; N] = std::array::from_fn(|_| BigUint::ZERO);
    let callers = concerns_callers(&lowering, documents);
    let kinds = if callers {
        &Kind::ALL[..]
    } else {
        &Kind::ALL[..1]
    };
    for kind in kinds {
        lowering.kind = *kind;
        if policy_type == PolicyType::Identity
            && !matches!(kind, Kind::Session | Kind::User | Kind::FederatedUser)
        {
            continue;
        }
        let formulas: Vec<Formula> = sets(&mut lowering)
            .iter()
            .map(|formula| formula.map(&|literal| of_nobody(&lowering, literal)))
            .collect();
        if formulas.iter().all(|formula| *formula == Formula::False) {
            continue;
        }
        let ties = lowering.ties();
        let dimensions = dimensions(&mut lowering, documents, callers)?;
        let formulas: Vec<Formula> = formulas
            .into_iter()
            .map(|formula| Formula::and([formula, ties.clone()]))
            .collect();
        let coordinates = coordinates(&lowering, &dimensions, &formulas, length, &mut steps)?;
        for (total, formula) in totals.iter_mut().zip(&formulas) {
            *total += count(&coordinates, formula, &mut steps)?;
        }
    }
    Ok(totals)
}

/// Whether documents tell callers apart, by a principal element or by a key that follows from the caller.
fn concerns_callers(lowering: &Lowering, documents: &[&Policy]) -> bool {
    let mut statements = documents.iter().flat_map(|policy| &policy.statements);
    lowering.uses_derived_keys() || statements.any(|statement| statement.principal.is_some())
}

/// A federated session counts as made by no user in particular: who made it is no part of a request (S13).
fn of_nobody(lowering: &Lowering, literal: Literal) -> Formula {
    match lowering.space.get(literal.atom) {
        Atom::Undefined(dimension)
            if lowering
                .undefined_reason(*dimension)
                .is_some_and(|reason| reason.code == "federated-parent") =>
        {
            Formula::constant(!literal.holds)
        }
        _ => Formula::Literal(literal),
    }
}

/// The coordinates that the documents mention, for the current kind of caller.
fn dimensions(
    lowering: &mut Lowering,
    documents: &[&Policy],
    callers: bool,
) -> Result<Vec<DimensionId>, Reason> {
    let mut dimensions = Vec::new();
    if callers {
        dimensions.push(lowering.caller());
    }
    dimensions.push(lowering.action());
    let statements = || documents.iter().flat_map(|policy| &policy.statements);
    if statements().any(|statement| statement.resource.is_some()) {
        dimensions.push(lowering.resource());
    }
    let keys: BTreeSet<&str> = statements()
        .flat_map(|statement| &statement.conditions)
        .map(|condition| condition.key.value.as_str())
        .collect();
    for key in keys {
        if key == "aws:resourceaccount" {
            return Err(not_counted(
                "`aws:ResourceAccount`, which follows from some resources and not from others",
            ));
        }
        // A key that follows from the caller is read off the caller's text and is no coordinate of its own.
        if let Formula::Literal(present) = lowering.present(key) {
            dimensions.push(lowering.space.get(present.atom).dimension());
        }
    }
    Ok(dimensions)
}

/// The classes of each coordinate under the tests that formulas make of it.
fn coordinates(
    lowering: &Lowering,
    dimensions: &[DimensionId],
    formulas: &[Formula],
    length: u32,
    steps: &mut Steps,
) -> Result<Vec<Coordinate>, Reason> {
    let mut atoms: BTreeMap<DimensionId, BTreeSet<AtomId>> = BTreeMap::new();
    for formula in formulas {
        formula.each_literal(&mut |literal| {
            let dimension = lowering.space.get(literal.atom).dimension();
            atoms.entry(dimension).or_default().insert(literal.atom);
        });
    }
    for dimension in atoms.keys() {
        if let Some(reason) = lowering.undefined_reason(*dimension) {
            return Err(not_counted(reason.message.clone()));
        }
        if !dimensions.contains(dimension) {
            let name = lowering.space.name(*dimension);
            return Err(not_counted(format!(
                "`{name}`, which no condition is about"
            )));
        }
    }
    dimensions
        .iter()
        .map(|dimension| {
            let own = atoms.remove(dimension).unwrap_or_default();
            coordinate(
                lowering,
                *dimension,
                own.into_iter().collect(),
                length,
                steps,
            )
            .map_err(|reason| Reason {
                message: match reason.code {
                    "limit" => reason.message,
                    _ => format!("{} (`{}`)", reason.message, lowering.space.name(*dimension)),
                },
                ..reason
            })
        })
        .collect()
}

fn coordinate(
    lowering: &Lowering,
    dimension: DimensionId,
    atoms: Vec<AtomId>,
    length: u32,
    steps: &mut Steps,
) -> Result<Coordinate, Reason> {
    let (universe, optional) = match lowering.space.shape(dimension) {
        Shape::Always(universe) => (universe, false),
        Shape::Optional(universe) => (universe, true),
        Shape::Many(_) => return Err(not_counted("a key with many values")),
        Shape::Boolean => unreachable!("undefined atoms were dealt with"),
    };
    // Presence is true of every value; the other atoms are tests.
    let mut tests = Vec::new();
    for atom in &atoms {
        match lowering.space.get(*atom) {
            Atom::Is(_, test) => tests.push(test),
            Atom::Present(_) => {}
            Atom::Some(..) | Atom::Undefined(_) => {
                unreachable!("a single-valued key has single-valued tests")
            }
        }
    }
    let texts = Texts {
        length,
        separator: lowering.space.name(dimension) == lowering.kind.dimension_name(),
    };
    let mut all: BTreeMap<Vec<bool>, BigUint> = BTreeMap::new();
    for (class, size) in classes(universe, &tests, texts, steps)? {
        let mut passed = class.iter();
        let truth = atoms
            .iter()
            .map(|atom| match lowering.space.get(*atom) {
                Atom::Is(..) => *passed.next().expect("a truth for each test"),
                Atom::Present(_) | Atom::Some(..) | Atom::Undefined(_) => true,
            })
            .collect();
        *all.entry(truth).or_default() += size;
    }
    if optional {
        *all.entry(vec![false; atoms.len()]).or_default() += 1u32;
    }
    Ok(Coordinate {
        atoms,
        classes: all,
    })
}
