//! A formula counted coordinate by coordinate.
//!
//! Formulas are interned, so that equal ones are one number. Reading a class of a coordinate makes its atoms true or
//! false; what is left is a formula of the later coordinates, counted once however many classes lead to it.

use crate::Reason;
use crate::count::Steps;
use crate::region::formula::Formula;
use crate::region::space::AtomId;
use num_bigint::BigUint;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The classes of one coordinate: what each says of its atoms, and its size.
pub(crate) struct Coordinate {
    /// The atoms, in order.
    pub(crate) atoms: Vec<AtomId>,
    /// For each class the truth of the atoms.
    pub(crate) classes: BTreeMap<Vec<bool>, BigUint>,
}

/// Names an interned formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct NodeId(u32);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Node {
    Constant(bool),
    Literal(AtomId, bool),
    And(Vec<NodeId>),
    Or(Vec<NodeId>),
}

/// How many points of a product of coordinates satisfy a formula all of whose atoms are theirs.
pub(crate) fn count(
    coordinates: &[Coordinate],
    formula: &Formula,
    steps: &mut Steps,
) -> Result<BigUint, Reason> {
    let mut diagram = Diagram {
        coordinates,
        nodes: Vec::new(),
        ids: HashMap::new(),
        known: HashMap::new(),
        steps,
    };
    let root = diagram.intern(formula)?;
    diagram.count(0, root)
}

struct Diagram<'d> {
    coordinates: &'d [Coordinate],
    nodes: Vec<Node>,
    ids: HashMap<Node, NodeId>,
    /// What was counted from a coordinate on.
    known: HashMap<(usize, NodeId), BigUint>,
    steps: &'d mut Steps,
}

impl Diagram<'_> {
    fn node(&mut self, node: Node) -> NodeId {
        if let Some(known) = self.ids.get(&node) {
            return *known;
        }
        let id = NodeId(u32::try_from(self.nodes.len()).expect("fewer than 2^32 formulas"));
        self.nodes.push(node.clone());
        self.ids.insert(node, id);
        id
    }

    /// A combination of formulas; `all` tells whether all must hold or one.
    fn combine(&mut self, all: bool, parts: impl IntoIterator<Item = NodeId>) -> NodeId {
        let mut kept = BTreeSet::new();
        for part in parts {
            match &self.nodes[part.0 as usize] {
                Node::Constant(value) if *value == all => {}
                Node::Constant(_) => return part,
                Node::Literal(..) | Node::And(_) | Node::Or(_) => {
                    kept.insert(part);
                }
            }
        }
        let kept: Vec<NodeId> = kept.into_iter().collect();
        match kept.as_slice() {
            [] => self.node(Node::Constant(all)),
            [only] => *only,
            _ if all => self.node(Node::And(kept)),
            _ => self.node(Node::Or(kept)),
        }
    }

    fn intern(&mut self, formula: &Formula) -> Result<NodeId, Reason> {
        self.steps.take(1)?;
        Ok(match formula {
            Formula::True => self.node(Node::Constant(true)),
            Formula::False => self.node(Node::Constant(false)),
            Formula::Literal(literal) => self.node(Node::Literal(literal.atom, literal.holds)),
            Formula::And(parts) | Formula::Or(parts) => {
                let parts: Result<Vec<NodeId>, Reason> =
                    parts.iter().map(|part| self.intern(part)).collect();
                self.combine(matches!(formula, Formula::And(_)), parts?)
            }
        })
    }

    fn count(&mut self, at: usize, node: NodeId) -> Result<BigUint, Reason> {
        if self.nodes[node.0 as usize] == Node::Constant(false) {
            return Ok(BigUint::ZERO);
        }
        let Some(coordinate) = self.coordinates.get(at) else {
            return Ok(BigUint::from(1u32));
        };
        if let Some(known) = self.known.get(&(at, node)) {
            return Ok(known.clone());
        }
        let mut left: BTreeMap<NodeId, BigUint> = BTreeMap::new();
        for (class, size) in &coordinate.classes {
            let rest = self.read(node, coordinate, class, &mut HashMap::new())?;
            *left.entry(rest).or_default() += size;
        }
        let mut total = BigUint::ZERO;
        for (rest, size) in left {
            total += size * self.count(at + 1, rest)?;
        }
        self.known.insert((at, node), total.clone());
        Ok(total)
    }

    /// What is left of a formula when a coordinate's value is of a class.
    fn read(
        &mut self,
        node: NodeId,
        coordinate: &Coordinate,
        class: &[bool],
        done: &mut HashMap<NodeId, NodeId>,
    ) -> Result<NodeId, Reason> {
        if let Some(known) = done.get(&node) {
            return Ok(*known);
        }
        self.steps.take(1)?;
        let left = match self.nodes[node.0 as usize].clone() {
            Node::Constant(_) => node,
            Node::Literal(atom, holds) => match coordinate.atoms.binary_search(&atom) {
                Ok(at) => self.node(Node::Constant(class[at] == holds)),
                Err(_) => node,
            },
            Node::And(parts) | Node::Or(parts) => {
                let all = matches!(self.nodes[node.0 as usize], Node::And(_));
                let mut rest = Vec::with_capacity(parts.len());
                for part in parts {
                    rest.push(self.read(part, coordinate, class, done)?);
                }
                self.combine(all, rest)
            }
        };
        done.insert(node, left);
        Ok(left)
    }
}

#[cfg(test)]
mod tests {
    //! Holds counts against all points of small products.

    use super::*;
    use crate::domain::dice::{Dice, rounds};
    use crate::region::formula::Literal;

    fn formula(dice: &mut Dice, depth: usize) -> Formula {
        if depth == 0 || dice.once_in(4) {
            return Formula::Literal(Literal {
                atom: AtomId(dice.below(6) as u32),
                holds: dice.once_in(2),
            });
        }
        let parts: Vec<Formula> = (0..1 + dice.below(3))
            .map(|_| formula(dice, depth - 1))
            .collect();
        if dice.once_in(2) {
            Formula::and(parts)
        } else {
            Formula::or(parts)
        }
    }

    fn holds(formula: &Formula, truth: &[bool]) -> bool {
        match formula {
            Formula::True => true,
            Formula::False => false,
            Formula::Literal(literal) => truth[literal.atom.0 as usize] == literal.holds,
            Formula::And(parts) => parts.iter().all(|part| holds(part, truth)),
            Formula::Or(parts) => parts.iter().any(|part| holds(part, truth)),
        }
    }

    /// 20,000 random formulas over three coordinates with two atoms each, against all choices of classes.
    #[test]
    fn a_formula_is_counted_point_by_point() {
        let mut dice = Dice::new(6);
        for _ in 0..rounds(20_000) {
            let all = [[false, false], [false, true], [true, false], [true, true]];
            let mut coordinates = Vec::new();
            for at in 0..3u32 {
                let mut classes = BTreeMap::new();
                for class in all {
                    if !dice.once_in(4) {
                        classes.insert(class.to_vec(), BigUint::from(1 + dice.below(9)));
                    }
                }
                coordinates.push(Coordinate {
                    atoms: vec![AtomId(2 * at), AtomId(2 * at + 1)],
                    classes,
                });
            }
            let formula = formula(&mut dice, 3);
            let mut plain = BigUint::ZERO;
            for (a, first) in &coordinates[0].classes {
                for (b, second) in &coordinates[1].classes {
                    for (c, third) in &coordinates[2].classes {
                        if holds(&formula, &[a.as_slice(), b, c].concat()) {
                            plain += first * second * third;
                        }
                    }
                }
            }
            let own =
                count(&coordinates, &formula, &mut Steps(1_000_000)).expect("a small formula");
            assert_eq!(own, plain, "{formula:?}");
        }
    }
}
