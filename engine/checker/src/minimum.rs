//! Why no smaller list of findings covers what a policy lets in from outside.
//!
//! The certificate names requests, each replayed: the policy lets them in, from outside. Which candidates hold one is asked of the judge.
//! A list that covers everything has, for each request, a candidate that holds it. A tree shows that no list of fewer candidates than the
//! findings has: it takes a request that none of those chosen so far holds and tries each candidate that does, until more requests
//! are left than may still be chosen for, no two of them held by one candidate.

use crate::certificate::Rejection;
use crate::claim::Claim;
use keyaki_language::json::Json;
use std::collections::BTreeSet;

/// Checks that no list of fewer candidates covers the access.
pub(crate) fn check(claim: &Claim, evidence: &Json) -> Result<(), Rejection> {
    evidence.only(&["requests", "tree"])?;
    let requests = evidence.list_of("requests")?.iter();
    let holders: Vec<Vec<usize>> = requests.map(|own| claim.holders(own)).collect::<Result<_, _>>()?;
    // A list without findings is the smallest there can be.
    let Some(fewer) = claim.documents[1].policy.statements.len().checked_sub(1) else { return Ok(()) };
    match refutes(evidence.need("tree")?, &holders, &mut Vec::new(), fewer)? {
        true => Ok(()),
        false => Err(Rejection::Unproved("fewer findings may hold all requests".to_owned())),
    }
}

/// Whether a tree shows that those chosen and `left` more do not hold all requests.
fn refutes(tree: &Json, holders: &[Vec<usize>], chosen: &mut Vec<usize>, left: usize) -> Result<bool, String> {
    let set = |at: &Json| holders.get(at.as_index()?).ok_or("there is no such request".to_owned());
    if let Some(requests) = tree.as_array() {
        // None of these requests is held by one that was chosen, and no two of them by one candidate.
        let mut seen: BTreeSet<usize> = chosen.iter().copied().collect();
        let sets: Vec<&Vec<usize>> = requests.iter().map(set).collect::<Result<_, _>>()?;
        return Ok(sets.len() > left && sets.into_iter().flatten().all(|candidate| seen.insert(*candidate)));
    }
    tree.only(&["request", "choices"])?;
    let (own, choices) = (set(tree.need("request")?)?, tree.list_of("choices")?);
    if own.len() != choices.len() || own.iter().any(|candidate| chosen.contains(candidate)) {
        return Ok(false);
    }
    own.iter().zip(choices).try_fold(true, |all, (candidate, below)| {
        chosen.push(*candidate);
        let refuted = left > 0 && refutes(below, holders, chosen, left - 1)?;
        chosen.pop();
        Ok(all && refuted)
    })
}
