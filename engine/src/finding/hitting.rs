//! A smallest choice that meets every set, the first one among equals, and why no smaller one does.
//!
//! Sets here are the findings that hold a request: a cover must contain one finding of each. Sets without a
//! common member are decided apart from each other, so what is hard is only a group of requests that share findings.
//! In a group the size is found by deepening a branch-and-bound search whose lower bound is a family of sets no two
//! of which share a member; the first choice in order is then found member by member.

use std::collections::BTreeSet;

/// Why fewer members than were chosen meet not every set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// These sets are met by none of the members chosen so far, no two of them share a member, and they are more than may
    /// still be chosen.
    Apart(Vec<usize>),
    /// This set is met by none of the members chosen so far, so one of its members must be chosen: each is tried.
    Choose {
        /// The set.
        request: usize,
        /// Each of its members, and why choosing it does not help.
        choices: Vec<(usize, Tree)>,
    },
}

/// A smallest choice of members that meets every set, the first in order among equals, and why none is smaller.
///
/// Members are numbers whose order is the order of preference; no set may be empty. `None` if that takes more than `limit` steps.
pub(crate) fn smallest(sets: &[Vec<usize>], limit: u64) -> Option<(Vec<usize>, Tree)> {
    let mut chosen = Vec::new();
    let mut left = limit;
    for group in groups(sets) {
        chosen.extend(smallest_of(&group, &mut left)?);
    }
    chosen.sort_unstable();
    // Sets that contain another are met with it.
    let kept: Vec<usize> = least(sets);
    let fewer = chosen.len().checked_sub(1);
    let tree = match fewer {
        None => Tree::Apart(Vec::new()),
        Some(fewer) => refute(sets, &kept, &mut BTreeSet::new(), fewer, &mut left)?,
    };
    Some((chosen, tree))
}

/// The sets that contain no other, each once.
fn least(sets: &[Vec<usize>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..sets.len()).collect();
    order.sort_by_key(|at| (sets[*at].len(), *at));
    let members = sets.iter().flatten().max().map_or(0, |last| last + 1);
    // For each member the kept sets that hold it: only these can lie inside a set with that member.
    let mut holding: Vec<Vec<usize>> = vec![Vec::new(); members];
    let mut kept = Vec::new();
    for at in order {
        let inside = |other: &usize| {
            sets[*other]
                .iter()
                .all(|member| sets[at].binary_search(member).is_ok())
        };
        if sets[at]
            .iter()
            .any(|member| holding[*member].iter().any(inside))
        {
            continue;
        }
        for member in &sets[at] {
            holding[*member].push(at);
        }
        kept.push(at);
    }
    kept.sort_unstable();
    kept
}

/// The least sets, grouped so that sets of different groups share no member.
fn groups(sets: &[Vec<usize>]) -> Vec<Vec<&[usize]>> {
    let members = sets.iter().flatten().max().map_or(0, |last| last + 1);
    let mut parent: Vec<usize> = (0..members).collect();
    fn root(parent: &mut [usize], mut at: usize) -> usize {
        while parent[at] != at {
            parent[at] = parent[parent[at]];
            at = parent[at];
        }
        at
    }
    let kept = least(sets);
    for at in &kept {
        for member in &sets[*at] {
            let (a, b) = (root(&mut parent, sets[*at][0]), root(&mut parent, *member));
            parent[a.max(b)] = a.min(b);
        }
    }
    let mut groups: Vec<Vec<&[usize]>> = vec![Vec::new(); members];
    for at in kept {
        let own = root(&mut parent, sets[at][0]);
        groups[own].push(&sets[at]);
    }
    groups.retain(|group| !group.is_empty());
    groups
}

fn smallest_of(sets: &[&[usize]], left: &mut u64) -> Option<Vec<usize>> {
    let mut size = apart(sets, &[]).len();
    while !can_meet(sets, &mut Vec::new(), 0, size, left)? {
        size += 1;
    }
    let members: BTreeSet<usize> = sets.iter().flat_map(|set| set.iter().copied()).collect();
    let mut chosen = Vec::new();
    for member in members {
        if chosen.len() == size {
            break;
        }
        chosen.push(member);
        let rest = size - chosen.len();
        if !can_meet(sets, &mut chosen, member + 1, rest, left)? {
            chosen.pop();
        }
    }
    Some(chosen)
}

/// Whether `more` members from `from` on, together with those chosen, meet every set.
fn can_meet(
    sets: &[&[usize]],
    chosen: &mut Vec<usize>,
    from: usize,
    more: usize,
    left: &mut u64,
) -> Option<bool> {
    *left = left.checked_sub(1)?;
    let open = |set: &&&[usize]| !set.iter().any(|member| chosen.contains(member));
    let Some(next) = sets.iter().filter(open).min_by_key(|set| set.len()) else {
        return Some(true);
    };
    if apart(sets, chosen).len() > more {
        return Some(false);
    }
    for member in next.iter().filter(|member| **member >= from) {
        chosen.push(*member);
        let meets = can_meet(sets, chosen, from, more - 1, left);
        chosen.pop();
        if meets? {
            return Some(true);
        }
    }
    Some(false)
}

/// A family of sets that meet none of the chosen members and share none with each other, the smaller sets first.
fn apart(sets: &[&[usize]], chosen: &[usize]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..sets.len()).collect();
    order.sort_by_key(|at| (sets[*at].len(), *at));
    let mut used: BTreeSet<usize> = chosen.iter().copied().collect();
    let mut family = Vec::new();
    for at in order {
        if !sets[at].iter().any(|member| used.contains(member)) {
            used.extend(sets[at]);
            family.push(at);
        }
    }
    family
}

/// Shows that `more` members, together with those chosen, do not meet every set of `kept`.
fn refute(
    sets: &[Vec<usize>],
    kept: &[usize],
    chosen: &mut BTreeSet<usize>,
    more: usize,
    left: &mut u64,
) -> Option<Tree> {
    *left = left.checked_sub(1)?;
    let own: Vec<&[usize]> = kept.iter().map(|at| sets[*at].as_slice()).collect();
    let picked: Vec<usize> = chosen.iter().copied().collect();
    let mut family = apart(&own, &picked);
    if family.len() > more {
        family.truncate(more + 1);
        return Some(Tree::Apart(family.into_iter().map(|at| kept[at]).collect()));
    }
    // A set outside the family shares members with it: there the bound is not sharp.
    let open = |at: &&usize| !sets[**at].iter().any(|member| chosen.contains(member));
    let in_family: BTreeSet<usize> = family.iter().map(|at| kept[*at]).collect();
    let request = *kept
        .iter()
        .filter(open)
        .min_by_key(|at| (in_family.contains(at), sets[**at].len(), **at))
        .expect("fewer members than the smallest choice leave a set open");
    let mut choices = Vec::new();
    for member in &sets[request] {
        chosen.insert(*member);
        let below = refute(sets, kept, chosen, more - 1, left);
        chosen.remove(member);
        choices.push((*member, below?));
    }
    Some(Tree::Choose { request, choices })
}

#[cfg(test)]
mod tests {
    //! Holds smallest choices against all choices from few members, and their trees against their meaning.

    use super::*;
    use crate::domain::dice::{Dice, rounds};

    /// Whether a tree shows that `more` members beyond those chosen do not meet every set.
    fn shows(tree: &Tree, sets: &[Vec<usize>], chosen: &[usize], more: usize) -> bool {
        let open = |at: usize| !sets[at].iter().any(|member| chosen.contains(member));
        match tree {
            Tree::Apart(family) => {
                let share = |a: usize, b: usize| sets[a].iter().any(|m| sets[b].contains(m));
                family.len() > more
                    && family.iter().all(|at| open(*at))
                    && family
                        .iter()
                        .enumerate()
                        .all(|(i, a)| family[..i].iter().all(|b| !share(*a, *b)))
            }
            Tree::Choose { request, choices } => {
                let tried: Vec<usize> = choices.iter().map(|(member, _)| *member).collect();
                more > 0
                    && open(*request)
                    && tried == sets[*request]
                    && choices.iter().all(|(member, below)| {
                        let mut chosen = chosen.to_vec();
                        chosen.push(*member);
                        shows(below, sets, &chosen, more - 1)
                    })
            }
        }
    }

    /// 100,000 random families of up to eight sets over up to seven members, against all 128 choices: the choice is a smallest one and
    /// the first of these, and the tree shows that no smaller one will do.
    #[test]
    fn the_first_smallest_choice_is_found_and_shown() {
        let mut dice = Dice::new(77);
        for _ in 0..rounds(100_000) {
            let members = 1 + dice.below(7);
            let sets: Vec<Vec<usize>> = (0..dice.below(9))
                .map(|_| {
                    let mut set: Vec<usize> = (0..members).filter(|_| dice.once_in(3)).collect();
                    if set.is_empty() {
                        set.push(dice.below(members));
                    }
                    set
                })
                .collect();
            let (chosen, tree) = smallest(&sets, 1_000_000).expect("a small instance");
            let best = (0..1usize << members)
                .map(|mask| {
                    (0..members)
                        .filter(|m| mask >> m & 1 == 1)
                        .collect::<Vec<_>>()
                })
                .filter(|choice| sets.iter().all(|s| s.iter().any(|m| choice.contains(m))))
                .min_by_key(|choice| (choice.len(), choice.clone()))
                .expect("all members meet every set");
            assert_eq!(chosen, best, "{sets:?}");
            if let Some(fewer) = chosen.len().checked_sub(1) {
                assert!(shows(&tree, &sets, &[], fewer), "{sets:?} {tree:?}");
            }
        }
    }

    /// A limit of steps ends the search without an answer.
    #[test]
    fn a_limit_ends_the_search() {
        let sets = vec![vec![0, 1], vec![1, 2], vec![0, 2]];
        assert_eq!(smallest(&sets, 1), None);
    }
}
