//! The search: is a formula empty, and if not, which request is in it?
//!
//! A model-guided tableau. The search keeps one value for each coordinate that satisfies all that was assumed, looks for
//! a disjunction that this request violates, and assumes one of its parts after the other. A part that
//! contradicts what was assumed is dropped; a disjunction with one part left is assumed without a branch; one with none
//! left closes the branch. If no disjunction is violated, the request is the answer.
//!
//! *Exact and terminating.* A branch is closed only by a contradiction on one coordinate, which
//! [`crate::region::space`] decides exactly, and every step assumes a literal that the current request violates, of which there
//! are finitely many. *Learning*: each contradiction names the branch levels it rests on; when a branch fails for
//! reasons that do not include its own level, its sisters fail too and are skipped.
//!
//! Follows the tableau with backjumping of description-logic reasoners (Horrocks, "Using an expressive description
//! logic: FaCT or fiction?", KR 1998), with models in place of three-valued propagation.

mod apart;

pub(crate) use apart::Apart;
use apart::{Together, lists_in};

use crate::Limits;
use crate::broken::{self, Fault};
use crate::domain::scalar::Test;
use crate::hash::QuickMap;
use crate::proof::{Cases, Notes};
use crate::region::formula::{Formula, Literal};
use crate::region::space::{Atom, DimensionId, Model, Space, StateId};
use crate::region::ties::{self, Joined};
use std::collections::HashMap;
use std::rc::Rc;

/// What a search came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// No request: a promise.
    Empty,
    /// This request, as the value of each dimension.
    Found(Vec<(DimensionId, Model)>),
    /// Not decided.
    Unknown(Doubt),
}

/// What is said of a question in which letters stand for two things.
const RESERVED: &str = "letters from U+10F000 on, and more than 274 policy variables";

/// Why a search came to no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// The limit of branches or of steps was reached.
    Limit,
    /// The policies hold something that is not decided yet.
    NotYet(&'static str),
}

/// The branch levels that a contradiction rests on: a bit each, the last bit for all deeper ones.
type Levels = u64;

fn level_bit(level: usize) -> Levels {
    1 << level.min(63)
}

/// A disjunction that must hold, and the levels that made it so.
#[derive(Clone, Debug)]
struct Clause {
    parts: Rc<[Formula]>,
    because: Levels,
    /// Whether one of the parts has been assumed, so that nothing is left to choose.
    settled: bool,
}

/// Finds a request in the conjunction of `goals`. The second member tells whether the request leans on a pattern with a policy
/// variable, so that it may be none. Where nothing is found, `notes` say why.
pub(crate) fn solve(
    space: &mut Space,
    goals: &[Formula],
    limits: &Limits,
    notes: Option<&mut Notes>,
) -> (Outcome, bool) {
    space.steps.allow(limits.steps);
    let roots = space.roots();
    let because = vec![0; roots.len()];
    let mut search = Search {
        space,
        states: roots,
        because,
        clauses: Vec::new(),
        open: Vec::new(),
        listed: 0,
        settled: Vec::new(),
        level: 0,
        branches: 0,
        limit: limits.branches,
        doubt: None,
        notes,
        seen: Vec::new(),
        chosen: None,
        closed_ahead: None,
        near: QuickMap::default(),
        indexed: Vec::new(),
        probed: false,
    };
    if !search.begin(goals) {
        return (search.ended(), false);
    }
    let outcome = match search.run() {
        // What is closed after the steps are out may be closed for no reason, and cases are skipped because of it.
        _ if search.space.steps.is_out() => search.ended(),
        Ok(()) => {
            let ids: Vec<DimensionId> = search.space.dimensions().map(|(id, _)| id).collect();
            Outcome::Found(
                ids.into_iter()
                    .map(|id| (id, search.value(id).clone()))
                    .collect(),
            )
        }
        Err(_) => {
            search.note_closed_ahead();
            search.ended()
        }
    };
    let leans = search.chosen.is_none() && search.leans_on_variables();
    (outcome, leans)
}

/// A disjunction with several parts left.
struct Choice {
    open: Vec<usize>,
    because: Levels,
    index: usize,
    /// Why its other parts are not left.
    seen: Vec<Vec<Literal>>,
}

struct Search<'s> {
    space: &'s mut Space,
    states: Vec<StateId>,
    /// For each dimension the levels at which something was assumed about it.
    because: Vec<Levels>,
    clauses: Vec<Clause>,
    /// The clauses that are looked at, in order. Those that were settled are taken out where the branch is gone through next.
    open: Vec<usize>,
    /// How many clauses have been put among the open ones.
    listed: usize,
    /// Settled clauses in the order in which they were, for going back.
    settled: Vec<usize>,
    level: usize,
    branches: u64,
    limit: u64,
    /// Set when a branch could be neither closed nor answered.
    doubt: Option<Doubt>,
    /// What a checker needs to see the same, if anybody wants it.
    notes: Option<&'s mut Notes>,
    /// Contradictions met while looking at one clause; they are noted if the clause comes to anything.
    seen: Vec<Vec<Literal>>,
    /// Values with which the ties of the branch hold, in place of the models of their coordinates.
    chosen: Option<HashMap<DimensionId, Model>>,
    /// Parts that were found to be void before the first choice, once that was looked for.
    closed_ahead: Option<Vec<Formula>>,
    /// Which members of long lists are to be looked at, by the place of the list.
    near: QuickMap<*const Formula, Rc<[u64]>>,
    /// Where there are notes: the indexed lists among the goals. All their members hold, those that were left out as well.
    indexed: Vec<*const Formula>,
    /// Whether all disjunctions were gone through before the first choice among many parts.
    probed: bool,
}

impl Search<'_> {
    /// The value of a coordinate in the current request.
    fn value(&self, id: DimensionId) -> &Model {
        self.chosen
            .as_ref()
            .and_then(|chosen| chosen.get(&id))
            .unwrap_or_else(|| self.space.model(self.states[id.0 as usize]))
    }

    /// Takes down that a state and a literal contradict each other.
    fn see(&mut self, state: StateId, literal: Literal) {
        if self.notes.is_some() {
            let known = self.space.contrary_to(state, literal);
            let lemma = match known.or_else(|| self.surely_contrary(literal)) {
                Some(other) => vec![other, literal],
                None => {
                    let own = self.space.literals(state).iter().copied();
                    own.chain([literal]).collect()
                }
            };
            self.seen.push(lemma);
        }
    }

    /// A literal that is known to contradict another by itself, among those that hold in any case but were left out.
    ///
    /// A checker knows it all the same. Where 500 statements are held against the same 500 negations, one lemma each serves all of them.
    fn surely_contrary(&self, literal: Literal) -> Option<Literal> {
        let mut known = self.space.contraries(literal).iter().copied();
        known.find(|other| {
            self.indexed.iter().any(|place| {
                let own = self.space.apart.get(place).and_then(Option::as_ref);
                own.is_some_and(|(_, index)| index.literals().binary_search(other).is_ok())
            })
        })
    }

    /// Notes the contradictions that were seen.
    fn note_seen(&mut self, seen: Vec<Vec<Literal>>) {
        if let Some(notes) = &mut self.notes {
            seen.into_iter().for_each(|lemma| notes.lemma(lemma));
        }
    }

    /// Takes what has closed last out of the notes.
    fn closed_cases(&mut self) -> Cases {
        self.notes
            .as_mut()
            .map(|notes| std::mem::take(&mut notes.cases))
            .unwrap_or_default()
    }

    /// What a search without a request came to.
    fn ended(&self) -> Outcome {
        if self.space.steps.is_out() {
            return Outcome::Unknown(Doubt::Limit);
        }
        match &self.doubt {
            Some(doubt) => Outcome::Unknown(doubt.clone()),
            None if self.space.unsure => Outcome::Unknown(Doubt::NotYet(RESERVED)),
            None => Outcome::Empty,
        }
    }

    /// Whether a limit was reached. Contradictions promise nothing from here on.
    fn is_spent(&self) -> bool {
        self.branches > self.limit || self.space.steps.is_out()
    }

    /// Whether a test with a policy variable was assumed, either way.
    fn leans_on_variables(&self) -> bool {
        let tied = |literal: &Literal| match self.space.get(literal.atom) {
            Atom::Is(_, test) => matches!(test, Test::Tied { .. }),
            Atom::Some(_, tests) => tests
                .iter()
                .any(|(test, _)| matches!(test, Test::Tied { .. })),
            Atom::Present(_) | Atom::Undefined(_) => false,
        };
        self.states
            .iter()
            .any(|state| self.space.literals(*state).iter().any(tied))
    }

    /// Assumes all goals before anything is chosen; `false` if they contradict each other.
    ///
    /// Their literals are collected first. A statement that both versions of a policy hold is refuted by its own negation word
    /// for word, which is how most searches end, and nothing is solved for it. Otherwise each coordinate is solved once for
    /// all its literals, and not for one after the other.
    fn begin(&mut self, goals: &[Formula]) -> bool {
        let mut literals = Vec::new();
        self.find_near(goals);
        if !goals.iter().all(|goal| self.collect(goal, &mut literals)) {
            return false;
        }
        let mut signs = Signs::new(self.space.atom_count());
        let mut own = Vec::with_capacity(literals.len());
        if !signs.add(&literals, &mut own) || !self.propagate(&mut signs, &mut own) {
            return false;
        }
        let mut literals = own;
        literals.sort_unstable();
        let dimension = |space: &Space, literal: &Literal| space.get(literal.atom).dimension();
        literals.sort_by_key(|literal| dimension(self.space, literal));
        let mut rest = literals.as_slice();
        while let Some(first) = rest.first() {
            let own = dimension(self.space, first);
            let count = rest.partition_point(|literal| dimension(self.space, literal) == own);
            let (own, at) = (&rest[..count], own.0 as usize);
            rest = &rest[count..];
            match self.space.assume_all(self.states[at], own) {
                Some(state) => self.states[at] = state,
                None => {
                    if self.notes.is_some() {
                        let core = self.space.plain_core(own);
                        self.note_seen(vec![core]);
                    }
                    return false;
                }
            }
        }
        true
    }

    /// Finds which members of long lists are to be looked at. A list that is asked about a second time is indexed.
    ///
    /// Where a checker wants to see why nothing is found, only what needs no reason is left out: members of the goals that hold anyway.
    fn find_near(&mut self, goals: &[Formula]) {
        let mut lists: Vec<(Rc<[Formula]>, Together)> = Vec::new();
        let mut literals = Vec::new();
        let inner = self.notes.is_none();
        for goal in goals {
            match goal {
                Formula::Literal(literal) => literals.push(*literal),
                Formula::And(parts) if parts.len() >= apart::MANY => {
                    lists.push((parts.clone(), Together::All));
                }
                Formula::And(parts) => {
                    for part in parts.iter() {
                        match part {
                            Formula::Literal(literal) => literals.push(*literal),
                            _ if inner => lists.extend(lists_in(part)),
                            _ => {}
                        }
                    }
                }
                Formula::Or(_) if inner => lists.extend(lists_in(goal)),
                Formula::Or(_) | Formula::True | Formula::False => {}
            }
        }
        let mut indexed = Vec::new();
        let mut next = 0;
        while let Some((list, together)) = lists.get(next).cloned() {
            next += 1;
            let place = list.as_ptr();
            match self.space.apart.get_mut(&place) {
                None => {
                    self.space.apart.insert(place, None);
                    continue;
                }
                Some(Some(_)) => {}
                // Lists that are made anew for each search may come to lie where another was.
                Some(None) if self.space.indexes >= INDEXES => continue,
                // The list is kept, so that its place stays its own.
                Some(None) => {
                    self.space.indexes += 1;
                    let index = Apart::new(self.space, &list, together);
                    self.space.apart.insert(place, Some((list, index)));
                }
            }
            if let Some(Some((_, index))) = self.space.apart.get(&place) {
                literals.extend_from_slice(index.literals());
                if inner {
                    lists.extend(index.inner().iter().cloned());
                }
                indexed.push(place);
            }
        }
        for place in &indexed {
            let taken = self.space.apart.get_mut(place).and_then(Option::take);
            if let Some((list, mut index)) = taken {
                if let Some(near) = index.near(self.space, &literals) {
                    self.near.insert(*place, near);
                }
                self.space.apart.insert(*place, Some((list, index)));
            }
        }
        if !inner {
            self.indexed = indexed;
        }
    }

    /// The members of a list that are to be looked at, if that was found out.
    fn near(&self, list: &Rc<[Formula]>) -> Option<Vec<Formula>> {
        let near = self.near.get(&list.as_ptr())?;
        let places = near.iter().enumerate().flat_map(|(at, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
                rest &= rest - 1;
                Some(64 * at + bit)
            })
        });
        let members = places.filter_map(|at| list.get(at).cloned());
        Some(members.collect())
    }

    /// A disjunction whose parts are those that are to be looked at, if that was found out of any of its lists.
    fn nearer(&self, parts: &Rc<[Formula]>) -> Option<Formula> {
        let own = self.near(parts);
        let inner = |part: &Formula| match part {
            Formula::And(list) => self.near(list),
            _ => None,
        };
        let parts: &[Formula] = match &own {
            Some(own) => own,
            None if parts.iter().any(|part| inner(part).is_some()) => parts,
            None => return None,
        };
        Some(Formula::or(parts.iter().map(|part| match inner(part) {
            Some(near) => Formula::and(near),
            None => part.clone(),
        })))
    }

    /// Assumes what is left of disjunctions that known literals refute but for one part, word for word, until there are no more.
    ///
    /// `false` if nothing is left of one.
    fn propagate(&mut self, signs: &mut Signs, literals: &mut Vec<Literal>) -> bool {
        let mut progress = true;
        let mut found = Vec::new();
        while std::mem::take(&mut progress) {
            let mut index = 0;
            while index < self.clauses.len() {
                let Clause { parts, settled, .. } = &self.clauses[index];
                index += 1;
                if *settled {
                    continue;
                }
                let mut open = parts.iter().filter(|part| !signs.refute(part));
                let Some(only) = open.next() else {
                    return false;
                };
                if open.next().is_some() {
                    continue;
                }
                let only = only.clone();
                self.settle(index - 1);
                if !self.collect(&only, &mut found) || !signs.add(&found, literals) {
                    return false;
                }
                found.clear();
                progress = true;
            }
        }
        true
    }

    /// Takes a goal apart into literals and clauses; `false` if it holds nothing.
    fn collect(&mut self, goal: &Formula, literals: &mut Vec<Literal>) -> bool {
        match goal {
            Formula::True => true,
            Formula::False => false,
            Formula::Literal(literal) => {
                literals.push(*literal);
                true
            }
            Formula::And(parts) => match self.near(parts) {
                Some(near) => near.iter().all(|part| self.collect(part, literals)),
                None => parts.iter().all(|part| self.collect(part, literals)),
            },
            Formula::Or(parts) => {
                let nearer = if self.near.is_empty() {
                    None
                } else {
                    self.nearer(parts)
                };
                let parts = match &nearer {
                    Some(Formula::Or(parts)) => parts,
                    // Its lists are not looked up again: they are others.
                    Some(other) => return self.collect(other, literals),
                    None => parts,
                };
                self.clauses.push(Clause {
                    parts: parts.clone(),
                    because: 0,
                    settled: false,
                });
                true
            }
        }
    }

    /// Assumes a formula; `Err` names the levels of a contradiction.
    fn require(&mut self, formula: &Formula, because: Levels) -> Result<(), Levels> {
        match formula {
            Formula::True => Ok(()),
            Formula::False => Err(because),
            Formula::Literal(literal) => self.require_literal(*literal, because),
            Formula::And(parts) => {
                if parts.len() > LONG {
                    self.require_all(parts, because)?;
                }
                // Literals first: they are cheap, and what contradicts them need not be unfolded.
                for part in parts.iter().filter(|p| matches!(p, Formula::Literal(_))) {
                    self.require(part, because)?;
                }
                parts
                    .iter()
                    .filter(|p| !matches!(p, Formula::Literal(_)))
                    .try_for_each(|part| self.require(part, because))
            }
            Formula::Or(parts) => {
                self.clauses.push(Clause {
                    parts: parts.clone(),
                    because,
                    settled: false,
                });
                Ok(())
            }
        }
    }

    /// Assumes the literals of a long conjunction, those of one coordinate at once: one after the other, each would leave a state with all before it.
    fn require_all(&mut self, parts: &[Formula], because: Levels) -> Result<(), Levels> {
        let mut literals: Vec<(DimensionId, Literal)> = parts
            .iter()
            .filter_map(|part| match part {
                Formula::Literal(own) => Some((self.space.get(own.atom).dimension(), *own)),
                _ => None,
            })
            .collect();
        literals.sort_unstable();
        for group in literals.chunk_by(|one, other| one.0 == other.0) {
            let at = group[0].0.0 as usize;
            let own: Vec<Literal> = group.iter().map(|(_, literal)| *literal).collect();
            match self.space.assume_more(self.states[at], &own) {
                Some(state) if state == self.states[at] => {}
                Some(state) => {
                    self.states[at] = state;
                    self.because[at] |= because;
                    self.chosen = None;
                }
                None => {
                    if self.notes.is_some() {
                        let known = self.space.literals(self.states[at]).iter().copied();
                        let lemma = known.chain(own).collect();
                        self.note_seen(vec![lemma]);
                    }
                    return Err(because | self.because[at]);
                }
            }
        }
        Ok(())
    }

    fn require_literal(&mut self, literal: Literal, because: Levels) -> Result<(), Levels> {
        let dimension = self.space.get(literal.atom).dimension().0 as usize;
        // Dimensions are made before the search starts, so the index is in range.
        match self.space.assume(self.states[dimension], literal) {
            Some(state) => {
                if state != self.states[dimension] {
                    self.states[dimension] = state;
                    self.because[dimension] |= because;
                    self.chosen = None;
                }
                Ok(())
            }
            None => {
                self.see(self.states[dimension], literal);
                let seen = std::mem::take(&mut self.seen);
                self.note_seen(seen);
                Err(because | self.because[dimension])
            }
        }
    }

    /// Whether the current request satisfies a formula, without assuming more.
    fn satisfied(&mut self, formula: &Formula) -> bool {
        match formula {
            Formula::True => true,
            Formula::False => false,
            Formula::Literal(literal) => {
                let id = self.space.get(literal.atom).dimension();
                let state = self.states[id.0 as usize];
                let atom = self.space.get(literal.atom);
                let holds = match &self.chosen {
                    Some(_) if self.space.literals(state).contains(literal) => return true,
                    Some(_) => ties::holds(self.space, atom, &|id| self.value(id)),
                    None => None,
                };
                holds.or_else(|| self.space.holds(state, literal.atom)) == Some(literal.holds)
            }
            Formula::And(parts) => parts.iter().all(|part| self.satisfied(part)),
            Formula::Or(parts) => parts.iter().any(|part| self.satisfied(part)),
        }
    }

    /// Whether a formula is a literal that was assumed.
    fn is_assumed(&self, formula: &Formula) -> bool {
        let Formula::Literal(Literal { atom, holds }) = formula else {
            return false;
        };
        let dimension = self.space.get(*atom).dimension().0 as usize;
        self.space.assumed(self.states[dimension], *atom) == Some(*holds)
    }

    /// Whether a formula is a literal whose contrary was assumed.
    fn is_denied(&self, formula: &Formula) -> bool {
        let Formula::Literal(Literal { atom, holds }) = formula else {
            return false;
        };
        let dimension = self.space.get(*atom).dimension().0 as usize;
        self.space.assumed(self.states[dimension], *atom) == Some(!*holds)
    }

    /// Whether a formula contradicts what was assumed, looking at one literal at a time.
    fn refuted(&mut self, formula: &Formula) -> Option<Levels> {
        match formula {
            Formula::True => None,
            Formula::False => Some(0),
            Formula::Literal(literal) => {
                let dimension = self.space.get(literal.atom).dimension().0 as usize;
                // What the model satisfies contradicts nothing, and no state need be made to see it.
                let state = self.states[dimension];
                if self.space.holds(state, literal.atom) == Some(literal.holds)
                    && !broken::on(Fault::Refuted)
                {
                    return None;
                }
                match self.space.assume(state, *literal) {
                    Some(_) if broken::on(Fault::Refuted) => {
                        self.see(self.states[dimension], *literal);
                        Some(self.because[dimension])
                    }
                    Some(_) => None,
                    None => {
                        self.see(self.states[dimension], *literal);
                        Some(self.because[dimension])
                    }
                }
            }
            Formula::And(parts) => {
                // A part whose contrary was assumed is found without a search for a value.
                let contrary = parts.iter().find(|part| self.is_denied(part));
                match contrary {
                    Some(part) => self.refuted(part),
                    None => parts.iter().find_map(|part| self.refuted(part)),
                }
            }
            Formula::Or(parts) => {
                let mut all = 0;
                for part in parts.iter() {
                    all |= self.refuted(part)?;
                }
                Some(all)
            }
        }
    }

    fn run(&mut self) -> Result<(), Levels> {
        let mut probing = false;
        loop {
            let probe = std::mem::take(&mut probing);
            let mut best: Option<Choice> = None;
            let mut progress = false;
            let Self { open, clauses, .. } = self;
            open.extend(std::mem::replace(&mut self.listed, clauses.len())..clauses.len());
            open.retain(|index| !clauses[*index].settled);
            for at in 0..self.open.len() {
                let index = self.open[at];
                let Clause { parts, because, .. } = self.clauses[index].clone();
                let holds = parts.iter().find(|part| self.satisfied(part));
                if let Some(part) = holds
                    && !probe
                {
                    // What was assumed stays so in all branches below, and there may be many.
                    if self.level > 0 && self.is_assumed(part) {
                        self.settle(index);
                    }
                    continue;
                }
                let mut open = Vec::new();
                let mut refuted = because;
                self.seen.clear();
                for (at, part) in parts.iter().enumerate() {
                    match self.refuted(part) {
                        Some(levels) => refuted |= levels,
                        None => open.push(at),
                    }
                }
                let seen = std::mem::take(&mut self.seen);
                match open.as_slice() {
                    [] => {
                        self.note_seen(seen);
                        return Err(refuted);
                    }
                    [only] => {
                        self.note_seen(seen);
                        self.settle(index);
                        self.require(&parts[*only], refuted)?;
                        progress = true;
                    }
                    _ if holds.is_some() => {}
                    _ => {
                        if best
                            .as_ref()
                            .is_none_or(|fewest| open.len() < fewest.open.len())
                        {
                            best = Some(Choice {
                                open,
                                because: refuted,
                                index,
                                seen,
                            });
                        }
                    }
                }
            }
            if progress {
                continue;
            }
            let Some(Choice {
                open,
                because,
                index,
                seen,
            }) = best
            else {
                if self.chosen.is_some() {
                    return Ok(());
                }
                self.accept()?;
                if self.chosen.is_none() {
                    return Ok(());
                }
                // Other values may violate what the models did not.
                continue;
            };
            if self.closed_ahead.is_none() && self.look_ahead() {
                continue;
            }
            if open.len() > FEW && !std::mem::replace(&mut self.probed, true) {
                // A disjunction of which one part is left, though the request satisfies it, may spare the choice. To look at them all takes as long as
                // a few of its branches.
                let parts = self
                    .open
                    .iter()
                    .map(|index| self.clauses[*index].parts.len());
                probing = self.level == 0 && parts.sum::<usize>() <= PROBED * open.len();
                if probing {
                    continue;
                }
            }
            self.note_seen(seen);
            return self.branch(&open, because, index);
        }
    }

    /// Drops parts of disjunctions that contradict another disjunction word for word; tells whether there were any.
    ///
    /// Two versions of a policy share most Deny statements. Where the new one says *not both*, a request that the old one denies
    /// because of *both* needs no branch. Done once, before the first choice.
    fn look_ahead(&mut self) -> bool {
        let mut signs = Signs::new(self.space.atom_count());
        for state in &self.states {
            signs.add(self.space.literals(*state), &mut Vec::new());
        }
        // Which disjunctions lose a part by a literal.
        let mut losing: QuickMap<Literal, Vec<usize>> = QuickMap::default();
        for (index, clause) in self.clauses.iter().enumerate() {
            let literals = clause.parts.iter().filter_map(|part| match part {
                Formula::Literal(literal) => Some(*literal),
                _ => None,
            });
            for Literal { atom, holds } in literals.filter(|_| clause.parts.len() <= SHORT) {
                let against = Literal {
                    atom,
                    holds: !holds,
                };
                losing.entry(against).or_default().push(index);
            }
        }
        let mut closed = Vec::new();
        let mut own = Vec::new();
        for index in 0..self.clauses.len() {
            let parts = self.clauses[index].parts.clone();
            let before = closed.len();
            let mut kept = Vec::with_capacity(parts.len());
            for part in parts.iter() {
                let literals: Vec<Literal> = match part {
                    Formula::And(parts) if !self.clauses[index].settled => parts
                        .iter()
                        .filter_map(|part| match part {
                            Formula::Literal(literal) => Some(*literal),
                            _ => None,
                        })
                        .collect(),
                    _ => Vec::new(),
                };
                let void = signs.add(&literals, &mut own)
                    && literals
                        .iter()
                        .filter_map(|literal| losing.get(literal))
                        .flatten()
                        .any(|other| {
                            let clause = &self.clauses[*other];
                            *other != index && clause.parts.iter().all(|part| signs.refute(part))
                        });
                for literal in own.drain(..) {
                    signs.0[literal.atom.0 as usize] = None;
                }
                if void {
                    closed.push(part.clone());
                } else {
                    kept.push(part.clone());
                }
            }
            if closed.len() > before {
                self.clauses[index].parts = kept.into();
            }
        }
        let some = !closed.is_empty();
        self.closed_ahead = Some(closed);
        some
    }

    /// Notes each part that was dropped as a case that closes by itself, before the cases of the search.
    fn note_closed_ahead(&mut self) {
        let closed = self.closed_ahead.take().unwrap_or_default();
        if let Some(notes) = &mut self.notes {
            let cases = closed.into_iter().map(|part| (part, Cases::default()));
            notes.cases.0.splice(0..0, cases);
        }
    }

    fn settle(&mut self, index: usize) {
        self.clauses[index].settled = true;
        self.settled.push(index);
    }

    /// Every disjunction holds in the models: looks for values with which the ties hold as well.
    fn accept(&mut self) -> Result<(), Levels> {
        match ties::join(self.space, &self.states) {
            // Without values a request leans on the letters of its variables.
            Joined::Free | Joined::Open(_) => Ok(()),
            Joined::Values(models) => {
                self.chosen = Some(models.into_iter().collect());
                Ok(())
            }
            Joined::Refuted(blame) => {
                if let Some(notes) = &mut self.notes {
                    let literals = |d: &DimensionId| self.space.literals(self.states[d.0 as usize]);
                    notes.lemma(blame.iter().flat_map(literals).copied().collect());
                }
                Err(blame
                    .iter()
                    .fold(0, |levels, d| levels | self.because[d.0 as usize]))
            }
        }
    }

    fn branch(&mut self, open: &[usize], because: Levels, index: usize) -> Result<(), Levels> {
        self.branches += 1;
        self.space.branches += 1;
        if self.is_spent() {
            self.doubt = Some(Doubt::Limit);
            return Err(Levels::MAX);
        }
        let parts = self.clauses[index].parts.clone();
        let own = level_bit(self.level);
        let mut blame = because;
        let mut cases = Vec::new();
        let open = &open[..open.len() - usize::from(broken::on(Fault::Branch))];
        let mut saved = (
            self.states.clone(),
            self.because.clone(),
            self.clauses.len(),
            self.settled.len(),
            self.open.clone(),
            self.listed,
        );
        // Sisters tried before are known to fail, so a branch may assume their negation. Of many sisters most have nothing to do
        // with each other, and each negation makes every later search for a value longer.
        let few = open.len() <= FEW;
        let mut earlier = Ok(());
        for at in open {
            self.level += 1;
            self.settle(index);
            let result = earlier
                .and_then(|()| self.require(&parts[*at], because | own))
                .and_then(|()| self.run());
            self.level -= 1;
            let Err(levels) = result else {
                return Ok(());
            };
            self.chosen = None;
            self.space.closed += 1;
            self.states.clone_from(&saved.0);
            self.because.clone_from(&saved.1);
            for index in self.settled.drain(saved.3..) {
                self.clauses[index].settled = false;
            }
            self.clauses.truncate(saved.2);
            self.open.clone_from(&saved.4);
            self.listed = saved.5;
            if self.is_spent() {
                return Err(Levels::MAX);
            }
            // The contradiction does not rest on this choice: no other choice helps.
            if levels & own == 0 && self.level < 63 {
                return Err(levels);
            }
            if self.notes.is_some() {
                let below = self.closed_cases();
                cases.push((parts[*at].clone(), below));
            }
            blame |= levels;
            if few && earlier.is_ok() && matches!(parts[*at], Formula::Literal(_)) {
                earlier = self.require(&parts[*at].not(), because | own);
                saved.0.clone_from(&self.states);
                saved.1.clone_from(&self.because);
            }
        }
        if let Some(notes) = &mut self.notes {
            notes.cases = Cases(cases);
        }
        Err(if self.level < 63 { blame & !own } else { blame })
    }
}

/// Up to how many parts a disjunction has that is looked at for what it contradicts.
const SHORT: usize = 8;

/// How many lists of one question are indexed.
const INDEXES: usize = 64;

/// From how many parts on the literals of a conjunction are assumed at once.
const LONG: usize = 32;

/// How many parts of disjunctions are looked at for each part of a long choice before it is made.
const PROBED: usize = 8;

/// Up to how many parts of a choice are assumed not to hold where a later part is tried.
const FEW: usize = 16;

/// Which atoms are known to hold or not to hold.
struct Signs(Vec<Option<bool>>);

impl Signs {
    /// Nothing is known of so many atoms.
    fn new(atoms: usize) -> Self {
        Self(vec![None; atoms])
    }

    /// Adds literals, and lists those that are new; `false` if one contradicts what is known.
    fn add(&mut self, literals: &[Literal], new: &mut Vec<Literal>) -> bool {
        literals.iter().all(|literal| {
            let sign = &mut self.0[literal.atom.0 as usize];
            match *sign {
                Some(holds) => holds == literal.holds,
                None => {
                    *sign = Some(literal.holds);
                    new.push(*literal);
                    true
                }
            }
        })
    }

    /// Whether a formula contradicts what is known, word for word.
    fn refute(&self, formula: &Formula) -> bool {
        match formula {
            Formula::True => false,
            Formula::False => true,
            Formula::Literal(literal) => self.0[literal.atom.0 as usize] == Some(!literal.holds),
            Formula::And(parts) => parts.iter().any(|part| self.refute(part)),
            Formula::Or(parts) => parts.iter().all(|part| self.refute(part)),
        }
    }
}

/// The literals and disjunctions of goals that are asked for together with one more goal after the other.
pub(crate) struct Common {
    signs: Signs,
    clauses: Vec<Rc<[Formula]>>,
    /// The disjunctions that fail only where a literal holds; the others are `unkeyed`.
    keyed: QuickMap<Literal, Vec<usize>>,
    unkeyed: Vec<usize>,
    /// The literals of the goal at hand, and those of them that were not known before; kept so that no goal allocates.
    literals: Vec<Literal>,
    own: Vec<Literal>,
}

impl Common {
    /// Takes goals apart.
    pub(crate) fn new(space: &Space, goals: &[Formula]) -> Self {
        let mut common = Self {
            signs: Signs::new(space.atom_count()),
            clauses: Vec::new(),
            keyed: QuickMap::default(),
            unkeyed: Vec::new(),
            literals: Vec::new(),
            own: Vec::new(),
        };
        goals.iter().for_each(|goal| common.take(goal));
        common.key();
        common
    }

    /// Finds for each disjunction the literal that the fewest of them hold, where there are many.
    fn key(&mut self) {
        if self.clauses.len() < apart::MANY {
            self.unkeyed = (0..self.clauses.len()).collect();
            return;
        }
        let literals = |parts: &Rc<[Formula]>| {
            let literals = parts.iter().filter_map(|part| match part {
                Formula::Literal(literal) => Some(*literal),
                _ => None,
            });
            literals.collect::<Vec<_>>()
        };
        let mut count: QuickMap<Literal, usize> = QuickMap::default();
        for literal in self.clauses.iter().flat_map(literals) {
            *count.entry(literal).or_default() += 1;
        }
        for (at, parts) in self.clauses.iter().enumerate() {
            let rarest = literals(parts).into_iter().min_by_key(|own| count[own]);
            match rarest {
                // A literal that is known to fail already says nothing about the goal at hand.
                Some(own) if !self.signs.refute(&Formula::Literal(own)) => {
                    let against = Literal {
                        atom: own.atom,
                        holds: !own.holds,
                    };
                    self.keyed.entry(against).or_default().push(at);
                }
                _ => self.unkeyed.push(at),
            }
        }
    }

    fn take(&mut self, goal: &Formula) {
        match goal {
            // Where the goals hold nothing, the search finds out.
            Formula::True | Formula::False => {}
            Formula::Literal(literal) => {
                self.signs.add(&[*literal], &mut Vec::new());
            }
            Formula::And(parts) => parts.iter().for_each(|part| self.take(part)),
            Formula::Or(parts) => self.clauses.push(parts.clone()),
        }
    }

    /// Whether one more goal is refuted word for word: true is a promise.
    ///
    /// A statement that both versions of a policy hold is refuted by its own negation, which is how most searches end.
    pub(crate) fn refutes(&mut self, goal: &Formula) -> bool {
        let parts = match goal {
            Formula::Literal(_) => std::slice::from_ref(goal),
            Formula::And(parts) => parts,
            Formula::True | Formula::False | Formula::Or(_) => return false,
        };
        self.literals.clear();
        self.literals
            .extend(parts.iter().filter_map(|part| match part {
                Formula::Literal(literal) => Some(*literal),
                Formula::True | Formula::False | Formula::And(_) | Formula::Or(_) => None,
            }));
        let refuted = !self.signs.add(&self.literals, &mut self.own) || {
            let fails = |at: &usize| {
                let mut parts = self.clauses[*at].iter();
                parts.all(|part| self.signs.refute(part))
            };
            let keyed = self.own.iter().filter_map(|own| self.keyed.get(own));
            self.unkeyed.iter().any(fails) || keyed.flatten().any(fails)
        };
        for literal in self.own.drain(..) {
            self.signs.0[literal.atom.0 as usize] = None;
        }
        refuted
    }
}

#[cfg(test)]
mod tests {
    //! Holds the search against all points of a tiny space.

    use super::*;
    use crate::domain::dice::{Dice, rounds};
    use crate::domain::scalar::{Test, Universe};
    use crate::domain::text::{Row, TextSet};
    use crate::region::space::{Atom, AtomId, Shape};

    const WORDS: [&str; 3] = ["a", "b", "c"];

    fn words(mask: usize) -> TextSet {
        TextSet::new(
            (0..WORDS.len())
                .filter(|at| mask >> at & 1 == 1)
                .map(|at| Row::literal(WORDS[at])),
        )
    }

    /// All values of each coordinate; a point takes one of each.
    struct Grid {
        values: Vec<Vec<Model>>,
    }

    impl Grid {
        /// Two keys that are always there, two that may be absent, a many-valued one and a free Boolean: 1,440 points.
        fn new(space: &mut Space) -> Self {
            let one = || WORDS.map(|word| Model::One(word.to_owned())).to_vec();
            let optional = || std::iter::once(Model::Absent).chain(one()).collect();
            let mut values = Vec::new();
            for name in ["first", "second"] {
                space.dimension(name, || Shape::Always(Universe::of(words(7))));
                values.push(one());
            }
            space.dimension("third", || Shape::Optional(Universe::of(words(7))));
            values.push(optional());
            space.dimension("fourth", || Shape::Optional(Universe::of(words(7))));
            values.push(optional());
            space.dimension("many", || Shape::Many(Universe::of(words(3))));
            let list =
                |members: &[&str]| Model::Many(members.iter().map(|&m| m.to_owned()).collect());
            values.push(vec![
                Model::Absent,
                list(&[]),
                list(&["a"]),
                list(&["b"]),
                list(&["a", "b"]),
            ]);
            space.dimension("free", || Shape::Boolean);
            values.push(vec![
                Model::Boolean(Some(false)),
                Model::Boolean(Some(true)),
            ]);
            Self { values }
        }

        fn size(&self) -> usize {
            self.values.iter().map(Vec::len).product()
        }

        /// The set of points at which a coordinate has one of the values that pass.
        fn points(&self, dimension: usize, passes: impl Fn(&Model) -> bool) -> Points {
            let below: usize = self.values[..dimension].iter().map(Vec::len).product();
            let own = &self.values[dimension];
            let mut points = Points::default();
            for point in (0..self.size()).filter(|point| passes(&own[point / below % own.len()])) {
                points.0[point / 64] |= 1 << (point % 64);
            }
            points
        }
    }

    /// A set of points, a bit each.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    struct Points([u64; 23]);

    impl Points {
        fn join(self, other: Points, work: impl Fn(u64, u64) -> u64) -> Points {
            Points(std::array::from_fn(|at| work(self.0[at], other.0[at])))
        }

        fn is_empty(&self) -> bool {
            self.0.iter().all(|word| *word == 0)
        }
    }

    /// Every test of the grid, with the points that pass it and those that fail it.
    fn atoms(space: &mut Space, grid: &Grid) -> Vec<(AtomId, [Points; 2])> {
        let mut out = Vec::new();
        let dimensions: Vec<(DimensionId, Shape)> = space
            .dimensions()
            .map(|(id, d)| (id, d.shape.clone()))
            .collect();
        for (at, (id, shape)) in dimensions.into_iter().enumerate() {
            let mut add = |space: &mut Space, atom: Atom, passes: &dyn Fn(&Model) -> bool| {
                out.push((
                    space.atom(atom),
                    [
                        grid.points(at, |model| !passes(model)),
                        grid.points(at, passes),
                    ],
                ));
            };
            if matches!(shape, Shape::Optional(_) | Shape::Many(_)) {
                add(space, Atom::Present(id), &|model| *model != Model::Absent);
            }
            for mask in 1..7 {
                let within = words(mask);
                let test = Test::Text(within.clone());
                match shape {
                    Shape::Always(_) | Shape::Optional(_) => {
                        add(
                            space,
                            Atom::Is(id, test),
                            &|model| matches!(model, Model::One(text) if within.contains(text)),
                        );
                    }
                    Shape::Many(_) => {
                        for wanted in [true, false] {
                            let passes = |model: &Model| matches!(model, Model::Many(members) if members.iter().any(|m| within.contains(m) == wanted));
                            add(space, Atom::Some(id, vec![(test.clone(), wanted)]), &passes);
                        }
                    }
                    Shape::Boolean => {}
                }
            }
            if shape == Shape::Boolean {
                add(space, Atom::Undefined(id), &|model| {
                    *model == Model::Boolean(Some(true))
                });
            }
        }
        out
    }

    fn formula(
        dice: &mut Dice,
        atoms: &[(AtomId, [Points; 2])],
        depth: usize,
        is_or: bool,
    ) -> (Formula, Points) {
        if depth == 0 || dice.once_in(3) {
            let (atom, points) = dice.pick(atoms);
            let holds = dice.once_in(2);
            return (
                Formula::Literal(Literal { atom: *atom, holds }),
                points[usize::from(holds)],
            );
        }
        let parts: Vec<(Formula, Points)> = (0..2 + dice.below(2))
            .map(|_| formula(dice, atoms, depth - 1, !is_or))
            .collect();
        let points = parts
            .iter()
            .map(|(_, p)| *p)
            .reduce(|a, b| a.join(b, |x, y| if is_or { x | y } else { x & y }));
        let formulas = parts.into_iter().map(|(formula, _)| formula);
        (
            if is_or {
                Formula::or(formulas)
            } else {
                Formula::and(formulas)
            },
            points.expect("there are parts"),
        )
    }

    /// 1,000,000 random sets of up to ten formulas, three deep, over six coordinates, against all 1,440 points; some negated.
    #[test]
    fn a_search_finds_a_point_where_there_is_one() {
        let mut dice = Dice::new(41);
        let all = rounds(1_000_000);
        let mut empty = 0;
        let (mut space, mut grid, mut tests) =
            (Space::default(), Grid { values: Vec::new() }, Vec::new());
        let (mut everywhere, mut slices) = (Points::default(), Vec::<Vec<Points>>::new());
        for round in 0..all {
            // States are kept and shared by the searches of one space.
            if round % 1000 == 0 {
                space = Space::default();
                grid = Grid::new(&mut space);
                tests = atoms(&mut space, &grid);
                everywhere = grid.points(0, |_| true);
                let of_value = |at: usize, value: &Model| grid.points(at, |own| own == value);
                slices = (0..grid.values.len())
                    .map(|at| {
                        grid.values[at]
                            .iter()
                            .map(|value| of_value(at, value))
                            .collect()
                    })
                    .collect();
            }
            let mut goals = Vec::new();
            let mut points = everywhere;
            for _ in 0..1 + dice.below(10) {
                let (goal, own) = formula(&mut dice, &tests, 3, true);
                let negated = dice.once_in(4);
                points = points.join(own, |x, y| x & if negated { !y } else { y });
                goals.push(if negated { goal.not() } else { goal });
            }
            match solve(&mut space, &goals, &Limits::default(), None).0 {
                Outcome::Empty => {
                    empty += 1;
                    assert!(points.is_empty(), "round {round}: overlooked in {goals:?}");
                }
                Outcome::Found(model) => {
                    for (dimension, (_, value)) in model.iter().enumerate() {
                        // A Boolean that nothing was assumed of may be either.
                        if *value != Model::Boolean(None) {
                            let at = grid.values[dimension].iter().position(|own| own == value);
                            let slice = slices[dimension][at.expect("a value of the grid")];
                            points = points.join(slice, |x, y| x & y);
                        }
                    }
                    assert!(
                        !points.is_empty(),
                        "round {round}: {model:?} is not in {goals:?}"
                    );
                }
                Outcome::Unknown(doubt) => panic!("round {round}: {doubt:?} in {goals:?}"),
            }
        }
        assert!(
            empty > all / 10 && empty < all / 10 * 9,
            "both answers are common: {empty} of {all}"
        );
    }
}
