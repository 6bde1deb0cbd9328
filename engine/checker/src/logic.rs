//! What follows from formulas by looking at one part at a time, and trees of cases.
//!
//! [`closes`] is all the logic there is: assume; if a disjunction has one part left, it must hold; if a lemma has one literal
//! left, that one must not; a part without possibilities is a contradiction. A tree of cases says what to assume next.

use keyaki_language::meaning::Formula;

/// An atom by its number, and whether it holds.
pub(crate) type Literal = (u32, bool);

/// Cases with their depths, in the order in which their tree is walked.
pub(crate) type Cases = [(usize, Formula)];

/// How many cases may stand in each other.
const DEPTH: usize = 1_000;

/// What is known of each atom.
#[derive(Clone)]
pub(crate) struct Known {
    atoms: Vec<Option<bool>>,
    /// Cases that were closed, so that they cannot hold.
    gone: Vec<Formula>,
}

/// Found that nothing is left.
struct Contradiction;

impl Known {
    /// Nothing is known of so many atoms.
    pub(crate) fn nothing(atoms: usize) -> Self {
        Known { atoms: vec![None; atoms], gone: Vec::new() }
    }

    fn truth(&self, formula: &Formula) -> Option<bool> {
        match formula {
            Formula::All => Some(true),
            Formula::None => Some(false),
            Formula::Literal(atom, holds) => self.atoms[*atom as usize].map(|known| known == *holds),
            _ if self.gone.contains(formula) => Some(false),
            Formula::And(parts) => self.any(parts, false).map(|some| !some),
            Formula::Or(parts) => self.any(parts, true),
        }
    }

    /// Whether some part is known to be `wanted`; unknown if one may be.
    fn any(&self, parts: &[Formula], wanted: bool) -> Option<bool> {
        let mut open = false;
        for part in parts {
            match self.truth(part) {
                Some(truth) if truth == wanted => return Some(true),
                Some(_) => {}
                None => open = true,
            }
        }
        (!open).then_some(false)
    }

    /// Takes a literal for true; tells whether that is news.
    fn learn(&mut self, (atom, holds): Literal) -> Result<bool, Contradiction> {
        match self.atoms[atom as usize].replace(holds) {
            None => Ok(true),
            Some(known) if known == holds => Ok(false),
            Some(_) => Err(Contradiction),
        }
    }

    /// Takes a formula for true, as far as one part at a time tells; tells whether something is new.
    fn force(&mut self, formula: &Formula) -> Result<bool, Contradiction> {
        match formula {
            Formula::All => Ok(false),
            Formula::None => Err(Contradiction),
            Formula::Literal(atom, holds) => self.learn((*atom, *holds)),
            Formula::And(parts) => parts.iter().try_fold(false, |new, part| Ok(self.force(part)? | new)),
            Formula::Or(parts) => {
                let mut left = None;
                for part in parts.iter() {
                    match (self.truth(part), left) {
                        (Some(true), _) | (None, Some(_)) => return Ok(false),
                        (None, None) => left = Some(part),
                        (Some(false), _) => {}
                    }
                }
                left.map_or(Err(Contradiction), |part| self.force(part))
            }
        }
    }

    /// A lemma says that its literals do not hold together.
    fn apply(&mut self, lemma: &[Literal]) -> Result<bool, Contradiction> {
        let mut left = None;
        for (atom, holds) in lemma {
            match (self.atoms[*atom as usize], left) {
                (Some(known), _) if known != *holds => return Ok(false),
                (None, Some(_)) => return Ok(false),
                (None, None) => left = Some((*atom, !holds)),
                (Some(_), _) => {}
            }
        }
        left.map_or(Err(Contradiction), |literal| self.learn(literal))
    }

    fn spread(&mut self, goals: &[Formula], lemmas: &[&[Literal]]) -> Result<(), Contradiction> {
        loop {
            let mut new = false;
            for goal in goals {
                new |= self.force(goal)?;
            }
            for lemma in lemmas {
                new |= self.apply(lemma)?;
            }
            if !new {
                return Ok(());
            }
        }
    }
}

/// Whether the goals cannot all hold, as the cases of this depth and below it show.
pub(crate) fn closes(
    mut known: Known,
    goals: &mut Vec<Formula>,
    lemmas: &[&[Literal]],
    cases: &Cases,
    depth: usize,
) -> bool {
    let before = goals.len();
    let mut rest = cases;
    while known.spread(goals, lemmas).is_ok() {
        let Some(((own, case), behind)) = rest.split_first() else {
            return false;
        };
        if *own != depth || depth > DEPTH {
            return false;
        }
        let deeper = behind.iter().take_while(|(own, _)| *own > depth).count();
        goals.push(case.clone());
        if !closes(known.clone(), goals, lemmas, &behind[..deeper], depth + 1) {
            return false;
        }
        // What closed cannot hold; that stays so for the cases behind it.
        goals.pop();
        goals.push(case.not());
        known.gone.push(case.clone());
        rest = &behind[deeper..];
    }
    goals.truncate(before);
    true
}
