//! The smallest cover: as few findings as hold everything that a way in allows, and why fewer do not.
//!
//! A cover must hold every allowed request, so it must contain one of the findings that hold a given one. Only few do: they are
//! the irreducible nodes on the way down from ⊤ to the request's own labels, and no other node is looked at. So the cover is
//! found from requests: take some, choose a smallest set of findings that holds them all, look for an allowed
//! request that is left outside, add it, and choose again (implicit hitting sets: Moreno-Centeno and Karp,
//! "The implicit hitting set approach to solve combinatorial optimization problems", Operations Research 2013).
//! When nothing is left outside, the set is a cover, and none is smaller, because none holds even the requests
//! that were taken. Among the smallest it is the first in byte order of principal and condition.
//!
//! The requests with their findings, and a tree that shows that fewer findings do not hold them, are the
//! evidence ([`Minimality`]).

use crate::finding::Source;
use crate::finding::hitting::{Tree, smallest};
use crate::finding::label::{Axis, Label};
use crate::finding::mine::{Miner, Node, maximal};
use keyaki_language::Request;
use keyaki_language::policy::PrincipalEntry;
use std::collections::{BTreeMap, BTreeSet};

/// How many nodes are looked at for one request before the smallest cover is given up.
const NODES: usize = 20_000;

/// What a finding says, apart from the access in it: its principal, and one value for each of some condition keys.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// `AWS`, `Federated` or `CanonicalUser`, and its value.
    pub principal: (String, String),
    /// Condition key to value.
    pub condition: BTreeMap<String, String>,
}

/// An allowed request from outside the zone of trust, and every irreducible finding that holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// The request; it replays.
    pub request: Request,
    /// The findings, as places in [`Minimality::candidates`].
    pub by: Vec<usize>,
}

/// Why no smaller set of findings covers what one way in allows.
///
/// A cover contains, for each of the requests, one of the findings that hold it. The tree shows that fewer findings than were
/// chosen cannot do that. A checker needs from elsewhere that no other finding holds a request: a node between
/// ⊤ and the request's findings is none, which is to say that everything allowed in it is in the nodes just below it
/// (`passed` lists these nodes).
#[derive(Clone, Debug, PartialEq)]
pub struct Minimality {
    /// The way in.
    pub source: Source,
    /// The findings that were chosen from, in byte order; of findings inside each other only the largest.
    pub candidates: Vec<Place>,
    /// The cover, as places in `candidates`.
    pub cover: Vec<usize>,
    /// The requests.
    pub requests: Vec<Held>,
    /// Why fewer findings than `cover` do not hold all requests.
    pub tree: Tree,
    /// Nodes above the candidates that are no findings, because those just below hold everything allowed in them.
    pub passed: Vec<Place>,
}

/// A cover of everything that a way in allows.
pub(crate) struct Cover {
    pub(crate) nodes: Vec<Node>,
    /// `None` if the cover is not known to be smallest: something undefined hides where a request belongs, or a limit was reached.
    pub(crate) minimality: Option<Minimality>,
}

impl Miner<'_> {
    /// As few findings as cover everything allowed.
    pub(crate) fn cover(&mut self, source: &Source) -> Cover {
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        for start in self.starts() {
            self.descend(&start, &mut seen, &mut found);
        }
        let mut candidates = maximal(self.axes, found);
        if let Some(cover) = self.smallest_cover(&candidates, source) {
            return cover;
        }
        // What the statements say themselves may leave something out, such as a key's absence: then the walk starts at ⊤.
        if !self.uncovered(&candidates).is_empty() {
            candidates = self.all();
        }
        Cover {
            nodes: self.irredundant(candidates),
            minimality: None,
        }
    }

    /// A smallest cover with its evidence, from a request of each of some findings; `None` if it is not found.
    fn smallest_cover(&mut self, first: &[Node], source: &Source) -> Option<Cover> {
        let mut requests: Vec<usize> = Vec::new();
        for node in first {
            let point = self.irreducible(node)?;
            if !requests.contains(&point) {
                requests.push(point);
            }
        }
        let mut known: BTreeMap<(Place, Node), ()> = BTreeMap::new();
        let mut holders: Vec<Vec<(Place, Node)>> = Vec::new();
        let mut passed: BTreeSet<Node> = BTreeSet::new();
        loop {
            for request in &requests[holders.len()..] {
                let (nodes, above) = self.holders(*request, NODES)?;
                let own: Vec<(Place, Node)> = nodes
                    .into_iter()
                    .map(|node| (place(self.axes, &node), node))
                    .collect();
                known.extend(own.iter().map(|holder| (holder.clone(), ())));
                passed.extend(above);
                holders.push(own);
            }
            let ranks: BTreeMap<&(Place, Node), usize> = known
                .keys()
                .enumerate()
                .map(|(rank, own)| (own, rank))
                .collect();
            let sets: Vec<Vec<usize>> = holders
                .iter()
                .map(|own| {
                    let mut set: Vec<usize> = own.iter().map(|holder| ranks[holder]).collect();
                    set.sort_unstable();
                    set
                })
                .collect();
            let (chosen, tree) = smallest(&sets, self.limits.branches)?;
            let nodes: Vec<Node> = known
                .keys()
                .enumerate()
                .filter(|(rank, _)| chosen.binary_search(rank).is_ok())
                .map(|(_, (_, node))| node.clone())
                .collect();
            let outside = self.uncovered(&nodes);
            if outside.is_empty() {
                let held = |(at, by): (&usize, Vec<usize>)| Held {
                    request: self.point(*at).request.clone(),
                    by,
                };
                let minimality = Minimality {
                    source: source.clone(),
                    candidates: known.keys().map(|(place, _)| place.clone()).collect(),
                    cover: chosen,
                    requests: requests.iter().zip(sets).map(held).collect(),
                    tree,
                    passed: passed.iter().map(|node| place(self.axes, node)).collect(),
                };
                return Some(Cover {
                    nodes,
                    minimality: Some(minimality),
                });
            }
            // A request that the labels put inside the cover leans on something undefined: no choice would ever hold it.
            let held = |at: &usize| nodes.iter().any(|node| self.point(*at).is_in(node));
            if outside.iter().any(held) {
                return None;
            }
            requests.extend(outside);
        }
    }

    /// A part of `candidates` that covers everything allowed and from which none can be left out.
    fn irredundant(&mut self, mut candidates: Vec<Node>) -> Vec<Node> {
        let mut at = candidates.len();
        while at > 0 {
            at -= 1;
            let node = candidates.remove(at);
            if !self.uncovered(&candidates).is_empty() {
                candidates.insert(at, node);
            }
        }
        candidates
    }
}

/// What a node says.
pub(crate) fn place(axes: &[Axis], node: &Node) -> Place {
    let mut principal = ("AWS".to_owned(), "*".to_owned());
    let mut condition = BTreeMap::new();
    for (axis, label) in axes.iter().zip(node) {
        match label.map(|label| &axis.labels[label]) {
            None => {}
            Some(Label::Principal(entry)) => principal = principal_text(entry),
            Some(Label::Value(text, _)) => {
                condition.insert(
                    axis.key
                        .expect("values belong to condition keys")
                        .to_owned(),
                    text.clone(),
                );
            }
        }
    }
    Place {
        principal,
        condition,
    }
}

/// A principal as the Access Analyzer API shows it.
pub(crate) fn principal_text(entry: &PrincipalEntry) -> (String, String) {
    let aws = |text: String| ("AWS".to_owned(), text);
    match entry {
        PrincipalEntry::Everyone => aws("*".to_owned()),
        PrincipalEntry::Account { account, .. } => aws(account.to_string()),
        PrincipalEntry::User {
            partition,
            account,
            path,
            name,
        } => aws(format!("arn:{partition}:iam::{account}:user{path}{name}")),
        PrincipalEntry::Role {
            partition,
            account,
            path,
            name,
        } => aws(format!("arn:{partition}:iam::{account}:role{path}{name}")),
        PrincipalEntry::Session {
            partition,
            account,
            role,
            session,
        } => aws(format!(
            "arn:{partition}:sts::{account}:assumed-role/{role}/{session}"
        )),
        PrincipalEntry::FederatedUser {
            partition,
            account,
            name,
        } => aws(format!(
            "arn:{partition}:sts::{account}:federated-user/{name}"
        )),
        PrincipalEntry::Service(name) => ("Service".to_owned(), name.clone()),
        PrincipalEntry::Federated(name) => ("Federated".to_owned(), name.clone()),
        PrincipalEntry::CanonicalUser(id) => ("CanonicalUser".to_owned(), id.clone()),
        PrincipalEntry::Nobody(text) => aws(text.clone()),
        PrincipalEntry::Undefined(text) => aws(text
            .split_once(':')
            .map_or(text.as_str(), |(_, rest)| rest)
            .to_owned()),
    }
}
