//! The coordinates of a request, the tests on them, and which tests can hold together.
//!
//! A [`Space`] holds the dimensions and atoms of one question. What a search has assumed about one dimension
//! is a [`State`]: a set of literals on it together with one value that satisfies them all, the *model*. States are
//! interned and form a graph: [`Space::assume`] goes from a state along a literal to the state with that literal
//! added, or finds that the two contradict each other. The graph is kept for the whole question, so no conjunction
//! on one key is solved twice, whichever branch asks.
//!
//! A literal that the model already satisfies costs one comparison; only one that it fails starts a search for
//! another value, and that search is exact (see [`crate::domain`]).

use crate::Stats;
use crate::broken::{self, Fault};
use crate::domain::scalar::{Test, Universe};
use crate::domain::steps::Steps;
use crate::domain::text::TextSetBuilder;
use crate::domain::words::Words;
use crate::hash::{QuickMap, table};
use crate::region::formula::{Formula, Literal};
use crate::region::ties::Definition;
use crate::solve::Apart;
use std::rc::Rc;

/// Names a [`Dimension`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct DimensionId(pub(crate) u32);

/// Names an [`Atom`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct AtomId(pub(crate) u32);

/// Names a [`State`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct StateId(u32);

/// One coordinate of a request.
#[derive(Clone, Debug)]
pub(crate) struct Dimension {
    /// The condition key in lower case, or `principal`, `action`, `resource`.
    pub(crate) name: Rc<str>,
    /// What shape its values have.
    pub(crate) shape: Shape,
}

/// What shape a coordinate has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Always there, one value.
    Always(Universe),
    /// There or not, one value.
    Optional(Universe),
    /// There or not, a finite set of values of the universe.
    Many(Universe),
    /// A free Boolean.
    Boolean,
}

/// A test of one coordinate.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Atom {
    /// The key is there.
    Present(DimensionId),
    /// The key is there and its value passes.
    Is(DimensionId, Test),
    /// Some member of the key passes every test marked true and fails every test marked false.
    Some(DimensionId, Vec<(Test, bool)>),
    /// What AWS leaves undefined (S2): true or false, nobody knows.
    Undefined(DimensionId),
}

impl Atom {
    /// The coordinate that the atom tests.
    pub(crate) fn dimension(&self) -> DimensionId {
        match self {
            Atom::Present(d) | Atom::Is(d, _) | Atom::Some(d, _) | Atom::Undefined(d) => *d,
        }
    }
}

impl Atom {
    /// Whether a model does not tell the atom's truth, because it depends on a variable's value or on nobody's.
    fn is_opaque(&self) -> bool {
        match self {
            Atom::Present(_) => false,
            Atom::Is(_, test) => matches!(test, Test::Tied { .. }),
            Atom::Some(_, tests) => tests
                .iter()
                .any(|(test, _)| matches!(test, Test::Tied { .. })),
            Atom::Undefined(_) => true,
        }
    }
}

/// The value of one coordinate in a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Model {
    /// The key is not there.
    Absent,
    /// One value.
    One(String),
    /// A set of values; the empty list is a key that is there without a value.
    Many(Vec<String>),
    /// A free Boolean; `None` where nothing was assumed.
    Boolean(Option<bool>),
}

/// Literals on one dimension and a value that satisfies them.
#[derive(Clone, Debug)]
struct State {
    /// Sorted.
    literals: Vec<Literal>,
    model: Rc<Model>,
    /// How far the list of one literal is used up.
    used: Option<Used>,
}

/// The words of a list that are out: those before an index contradict the literals of a state, and so of all states with more.
///
/// A list of a thousand actions against a hundred others is walked once, and not from its beginning for each of them.
#[derive(Clone, Copy, Debug)]
struct Used {
    list: AtomId,
    words: usize,
}

/// A list of formulas and its index.
type Indexed = (Rc<[Formula]>, Apart);

/// The dimensions and atoms of one question, and everything found out about them.
#[derive(Debug, Default)]
pub(crate) struct Space {
    dimensions: Vec<Dimension>,
    by_name: QuickMap<Rc<str>, DimensionId>,
    atoms: Vec<Atom>,
    atom_ids: QuickMap<Atom, AtomId>,
    states: Vec<State>,
    roots: Vec<StateId>,
    next: QuickMap<(StateId, Literal), Option<StateId>>,
    /// What several literals together lead to from the root of their dimension.
    sets: QuickMap<Vec<Literal>, Option<StateId>>,
    truth: QuickMap<(StateId, AtomId), bool>,
    /// The state in which each atom was looked at last, and what came of it.
    last: Vec<Option<(StateId, bool)>>,
    /// Literals that plainly contradict a literal, as far as that was found out.
    contrary: QuickMap<Literal, Vec<Literal>>,
    /// The dimension whose value a variable is, and whether it stands there in any case.
    variables: QuickMap<usize, (DimensionId, bool)>,
    /// How the values of some dimensions follow from others.
    definitions: QuickMap<DimensionId, Definition>,
    /// Long lists of disjunctions that were asked about, by their place, and an index of those that were asked about twice.
    pub(crate) apart: QuickMap<*const Formula, Option<Indexed>>,
    /// How many of them were indexed.
    pub(crate) indexes: usize,
    /// The work of all searches for a value.
    pub(crate) steps: Steps,
    /// Whether letters of the documents are taken for something else, so that "no value" promises nothing.
    pub(crate) unsure: bool,
    /// Searches for a value.
    pub(crate) solves: u64,
    /// Moves of nested languages that were worked out for ties.
    pub(crate) spent: u64,
    /// Conjunctions that had been met before.
    hits: u64,
    /// Choices of all searches, and those that came to nothing.
    pub(crate) branches: u64,
    pub(crate) closed: u64,
}

impl Space {
    /// A space without dimensions, with room for some atoms and states.
    pub(crate) fn with_room(atoms: usize) -> Self {
        Self {
            atoms: Vec::with_capacity(atoms),
            last: Vec::with_capacity(atoms),
            atom_ids: table(atoms),
            states: Vec::with_capacity(atoms),
            next: table(atoms),
            truth: table(atoms),
            ..Self::default()
        }
    }

    /// The dimension of that name, made on first use.
    pub(crate) fn dimension(&mut self, name: &str, shape: impl FnOnce() -> Shape) -> DimensionId {
        if let Some(id) = self.by_name.get(name) {
            return *id;
        }
        let id =
            DimensionId(u32::try_from(self.dimensions.len()).expect("fewer than 2^32 dimensions"));
        let shape = shape();
        let mut root = State {
            literals: Vec::new(),
            model: Rc::new(Model::Absent),
            used: None,
        };
        match &shape {
            Shape::Always(universe) => {
                let value = universe.first();
                let value = value.expect("a universe without tests has a value");
                root.model = Rc::new(Model::One(value));
            }
            Shape::Optional(_) | Shape::Many(_) => {}
            Shape::Boolean => root.model = Rc::new(Model::Boolean(None)),
        }
        let name: Rc<str> = name.into();
        self.by_name.insert(name.clone(), id);
        self.dimensions.push(Dimension { name, shape });
        let root = self.push(root);
        self.roots.push(root);
        id
    }

    /// A dimension by its id.
    pub(crate) fn name(&self, id: DimensionId) -> &str {
        &self.dimensions[id.0 as usize].name
    }

    /// The shape of a dimension.
    pub(crate) fn shape(&self, id: DimensionId) -> &Shape {
        &self.dimensions[id.0 as usize].shape
    }

    /// Remembers which dimension's value a variable is, and whether it stands there in any case.
    pub(crate) fn note_variable(&mut self, variable: usize, id: DimensionId, fold: bool) {
        self.variables.insert(variable, (id, fold));
    }

    /// The dimension whose value a variable is, if that is known.
    pub(crate) fn variable(&self, variable: usize) -> Option<(DimensionId, bool)> {
        self.variables.get(&variable).copied()
    }

    /// Remembers how the value of a dimension follows from others.
    pub(crate) fn define(&mut self, id: DimensionId, definition: Definition) {
        self.definitions.insert(id, definition);
    }

    /// How the value of a dimension follows from others, if it does.
    pub(crate) fn definition(&self, id: DimensionId) -> Option<&Definition> {
        self.definitions.get(&id)
    }

    /// All dimensions in the order in which they were made.
    pub(crate) fn dimensions(&self) -> impl Iterator<Item = (DimensionId, &Dimension)> {
        self.dimensions.iter().enumerate().map(|(at, d)| {
            (
                DimensionId(u32::try_from(at).expect("fewer than 2^32 dimensions")),
                d,
            )
        })
    }

    /// The dimension of that name, if a question has asked for it.
    pub(crate) fn find_dimension(&self, name: &str) -> Option<DimensionId> {
        self.by_name.get(name).copied()
    }

    /// The atom that is equal to this one, made on first use.
    pub(crate) fn atom(&mut self, atom: Atom) -> AtomId {
        if let Some(id) = self.atom_ids.get(&atom) {
            return *id;
        }
        let id = AtomId(u32::try_from(self.atoms.len()).expect("fewer than 2^32 atoms"));
        self.atoms.push(atom.clone());
        self.last.push(None);
        self.atom_ids.insert(atom, id);
        id
    }

    /// The tests that atoms make of one dimension.
    pub(crate) fn tests(&self, id: DimensionId) -> impl Iterator<Item = &Test> {
        self.atoms
            .iter()
            .filter(move |atom| atom.dimension() == id)
            .flat_map(|atom| match atom {
                Atom::Is(_, test) => vec![test],
                Atom::Some(_, tests) => tests.iter().map(|(test, _)| test).collect(),
                Atom::Present(_) | Atom::Undefined(_) => Vec::new(),
            })
    }

    /// Adds what the space holds, and what was done in it, to the work of a question.
    pub(crate) fn tell(&self, stats: &mut Stats) {
        stats.keys += self.dimensions.len() as u64;
        stats.atoms += self.atoms.len() as u64;
        stats.states += self.states.len() as u64;
        stats.hits += self.hits;
        stats.solves += self.solves;
        stats.steps += self.steps.tuples();
        stats.branches += self.branches;
        stats.closed += self.closed;
    }

    /// How many atoms there are.
    pub(crate) fn atom_count(&self) -> usize {
        self.atoms.len()
    }

    /// An atom by its id.
    pub(crate) fn get(&self, id: AtomId) -> &Atom {
        &self.atoms[id.0 as usize]
    }

    /// The state of every dimension when nothing is assumed.
    pub(crate) fn roots(&self) -> Vec<StateId> {
        self.roots.clone()
    }

    /// The value that stands for a state.
    pub(crate) fn model(&self, state: StateId) -> &Model {
        &self.states[state.0 as usize].model
    }

    /// The literals of a state.
    pub(crate) fn literals(&self, state: StateId) -> &[Literal] {
        &self.states[state.0 as usize].literals
    }

    /// Whether an atom holds in the state's model; `None` for what was neither assumed nor follows.
    pub(crate) fn holds(&mut self, state: StateId, atom: AtomId) -> Option<bool> {
        if self.atoms[atom.0 as usize].is_opaque() {
            return self.assumed(state, atom);
        }
        match &self.atoms[atom.0 as usize] {
            Atom::Undefined(_) => unreachable!("an undefined atom is opaque"),
            Atom::Present(_) => Some(*self.states[state.0 as usize].model != Model::Absent),
            Atom::Is(_, test) => {
                if let Some(Some((last, holds))) = self.last.get(atom.0 as usize)
                    && *last == state
                {
                    return Some(*holds);
                }
                if let Some(known) = self.truth.get(&(state, atom)) {
                    self.last[atom.0 as usize] = Some((state, *known));
                    return Some(*known);
                }
                let holds = match &*self.states[state.0 as usize].model {
                    Model::One(text) => test.passes(text),
                    Model::Absent => false,
                    Model::Many(_) | Model::Boolean(_) => {
                        unreachable!("a single-valued test on a single-valued key")
                    }
                };
                self.truth.insert((state, atom), holds);
                self.last[atom.0 as usize] = Some((state, holds));
                Some(holds)
            }
            Atom::Some(_, tests) => Some(match &*self.states[state.0 as usize].model {
                Model::Many(members) => members.iter().any(|member| {
                    tests
                        .iter()
                        .all(|(test, wanted)| test.passes(member) == *wanted)
                }),
                Model::Absent => false,
                Model::One(_) | Model::Boolean(_) => {
                    unreachable!("a set test on a many-valued key")
                }
            }),
        }
    }

    /// Whether an atom is among the literals of a state, and with which sign.
    pub(crate) fn assumed(&self, state: StateId, atom: AtomId) -> Option<bool> {
        let literals = &self.states[state.0 as usize].literals;
        let at = literals.partition_point(|literal| literal.atom < atom);
        literals
            .get(at)
            .filter(|literal| literal.atom == atom)
            .map(|literal| literal.holds)
    }

    /// Adds a literal to a state of its dimension. `None`: the literals contradict each other, a promise unless the steps are out.
    pub(crate) fn assume(&mut self, state: StateId, literal: Literal) -> Option<StateId> {
        if let Some(known) = self.next.get(&(state, literal)) {
            self.hits += 1;
            return *known;
        }
        if broken::on(Fault::Contradiction) && literal.atom.0 % 3 == 1 {
            return None;
        }
        let next = self.assume_anew(state, literal);
        self.next.insert((state, literal), next);
        next
    }

    /// Adds literals to the root of their dimension, all at once: at most one value is looked for.
    ///
    /// They are sorted, and no two are about the same atom. `None`: they contradict each other, a promise unless the steps are
    /// out.
    pub(crate) fn assume_all(&mut self, root: StateId, literals: &[Literal]) -> Option<StateId> {
        if let [only] = literals {
            return self.assume(root, *only);
        }
        if let Some(known) = self.sets.get(literals) {
            self.hits += 1;
            return *known;
        }
        if broken::on(Fault::Contradiction) && literals.len() > 1 {
            return None;
        }
        let next = self.assume_all_anew(root, literals);
        self.sets.insert(literals.to_vec(), next);
        next
    }

    fn assume_all_anew(&mut self, root: StateId, literals: &[Literal]) -> Option<StateId> {
        let atom = literals.first()?.atom;
        let mut used = None;
        let fits = |space: &mut Self, l: &Literal| space.holds(root, l.atom) == Some(l.holds);
        let model = if literals.iter().all(|literal| fits(self, literal)) {
            self.states[root.0 as usize].model.clone()
        } else {
            Rc::new(self.solve(atom, literals, &mut used)?)
        };
        Some(self.push(State {
            literals: literals.to_vec(),
            model,
            used,
        }))
    }

    /// Adds literals to a state of their dimension, all at once: at most one value is looked for.
    ///
    /// `None`: they contradict each other or those of the state, a promise unless the steps are out.
    pub(crate) fn assume_more(&mut self, state: StateId, literals: &[Literal]) -> Option<StateId> {
        let old = &self.states[state.0 as usize];
        let mut all = old.literals.clone();
        all.extend_from_slice(literals);
        all.sort_unstable();
        all.dedup();
        if all.len() == old.literals.len() {
            return Some(state);
        }
        if all.windows(2).any(|pair| pair[0].atom == pair[1].atom) {
            return None;
        }
        let mut used = old.used;
        let fits = |space: &mut Self, l: &Literal| space.holds(state, l.atom) == Some(l.holds);
        let model = if literals.iter().all(|literal| fits(self, literal)) {
            self.states[state.0 as usize].model.clone()
        } else {
            Rc::new(self.solve(literals.first()?.atom, &all, &mut used)?)
        };
        Some(self.push(State {
            literals: all,
            model,
            used,
        }))
    }

    fn push(&mut self, state: State) -> StateId {
        let id = u32::try_from(self.states.len()).expect("fewer than 2^32 states");
        self.states.push(state);
        StateId(id)
    }

    fn assume_anew(&mut self, state: StateId, literal: Literal) -> Option<StateId> {
        match self.assumed(state, literal.atom) {
            Some(held) if held == literal.holds => return Some(state),
            Some(_) => return None,
            None => {}
        }
        if self.contrary_to(state, literal).is_some() {
            return None;
        }
        let fits = self.holds(state, literal.atom);
        let old = &self.states[state.0 as usize];
        let at = old.literals.partition_point(|l| *l < literal);
        let mut literals = Vec::with_capacity(old.literals.len() + 1);
        literals.extend_from_slice(&old.literals[..at]);
        literals.push(literal);
        literals.extend_from_slice(&old.literals[at..]);
        let mut used = old.used;
        let model = if fits == Some(literal.holds) {
            old.model.clone()
        } else {
            match self.solve(literal.atom, &literals, &mut used) {
                Some(model) => Rc::new(model),
                None => {
                    self.note_contrary(&literals, literal);
                    return None;
                }
            }
        };
        Some(self.push(State {
            literals,
            model,
            used,
        }))
    }

    /// A literal of a state that is known to contradict another literal by itself.
    pub(crate) fn contrary_to(&self, state: StateId, literal: Literal) -> Option<Literal> {
        let own = &self.states[state.0 as usize].literals;
        self.contraries(literal)
            .iter()
            .copied()
            .find(|other| own.binary_search(other).is_ok())
    }

    /// The literals that are known to contradict a literal by themselves.
    pub(crate) fn contraries(&self, literal: Literal) -> &[Literal] {
        self.contrary.get(&literal).map_or(&[], Vec::as_slice)
    }

    /// Remembers one of several literals that plainly contradicts another, so that nothing is solved for the two again.
    fn note_contrary(&mut self, literals: &[Literal], literal: Literal) {
        if literals.len() < 3 || self.steps.is_out() {
            return;
        }
        if let Some(other) = self.plainly_contrary(literals, literal) {
            self.contrary.entry(literal).or_default().push(other);
            self.contrary.entry(other).or_default().push(literal);
        }
    }

    /// One of several literals that plainly contradicts another.
    fn plainly_contrary(&self, literals: &[Literal], literal: Literal) -> Option<Literal> {
        let test = |of: &Literal| match &self.atoms[of.atom.0 as usize] {
            Atom::Is(_, test) => Some((test, of.holds)),
            Atom::Present(_) | Atom::Some(..) | Atom::Undefined(_) => None,
        };
        let own = test(&literal)?;
        let contrary = |other: &&Literal| {
            test(other).is_some_and(|other| Test::plainly_contradict(own, other))
        };
        literals.iter().find(contrary).copied()
    }

    /// Of literals that contradict each other two that plainly do; all of them where no two are seen to.
    ///
    /// A list of a thousand is a lemma of a thousand names otherwise, for each of the lists that it is held against.
    pub(crate) fn plain_core(&self, literals: &[Literal]) -> Vec<Literal> {
        let wanted = literals
            .iter()
            .filter(|own| own.holds && literals.len() > 2);
        let pair = |own: &Literal| {
            let other = self.plainly_contrary(literals, *own)?;
            Some(vec![*own, other])
        };
        wanted
            .copied()
            .find_map(|own| pair(&own))
            .unwrap_or_else(|| literals.to_vec())
    }

    /// Finds a value that satisfies all literals on one dimension.
    fn solve(
        &mut self,
        atom: AtomId,
        literals: &[Literal],
        used: &mut Option<Used>,
    ) -> Option<Model> {
        self.solves += 1;
        let dimension = &self.dimensions[self.get(atom).dimension().0 as usize];
        match &dimension.shape {
            Shape::Boolean => Some(Model::Boolean(literals.first().map(|l| l.holds))),
            Shape::Always(universe) => {
                solve_one(&self.atoms, universe, literals, used, &mut self.steps)
            }
            Shape::Optional(universe) => {
                // Absence satisfies every negated test; presence is tried where something asks for it.
                let wants = |l: &Literal| l.holds;
                let forbids = |l: &Literal| {
                    !l.holds && matches!(self.atoms[l.atom.0 as usize], Atom::Present(_))
                };
                if !literals.iter().any(wants) {
                    return Some(Model::Absent);
                }
                if literals.iter().any(forbids) {
                    return None;
                }
                solve_one(&self.atoms, universe, literals, used, &mut self.steps)
            }
            Shape::Many(universe) => solve_many(&self.atoms, universe, literals, &mut self.steps),
        }
    }
}

/// One value for a single-valued key that is there.
fn solve_one(
    atoms: &[Atom],
    universe: &Universe,
    literals: &[Literal],
    used: &mut Option<Used>,
    steps: &mut Steps,
) -> Option<Model> {
    if let Some((atom, list)) = list_of(atoms, universe, literals) {
        let start = match used {
            Some(used) if used.list == atom => used.words,
            _ => 0,
        };
        let found = next_of(list, start, atoms, universe, literals)?;
        *used = Some(Used {
            list: atom,
            words: found,
        });
        return Some(Model::One(list.get(found).to_owned()));
    }
    let mut tests: Vec<(&Test, bool)> = Vec::with_capacity(literals.len());
    for literal in literals {
        match &atoms[literal.atom.0 as usize] {
            Atom::Is(_, test) => tests.push((test, literal.holds)),
            Atom::Present(_) => {}
            Atom::Some(..) | Atom::Undefined(_) => {
                unreachable!("a single-valued test on a single-valued key")
            }
        }
    }
    universe.solve(&tests, steps).map(Model::One)
}

/// The shortest list of words that the value must be one of, where all tests are about texts.
fn list_of<'a>(
    atoms: &'a [Atom],
    universe: &Universe,
    literals: &[Literal],
) -> Option<(AtomId, &'a Words)> {
    universe.patterns()?;
    let mut shortest: Option<(AtomId, &Words)> = None;
    for literal in literals {
        match &atoms[literal.atom.0 as usize] {
            Atom::Present(_) => {}
            Atom::Is(_, Test::Text(set)) if !literal.holds || !set.rows().is_empty() => {}
            Atom::Is(_, Test::Text(set)) => {
                if shortest.is_none_or(|(_, words)| set.words().len() < words.len()) {
                    shortest = Some((literal.atom, set.words()));
                }
            }
            Atom::Is(..) | Atom::Some(..) | Atom::Undefined(_) => return None,
        }
    }
    shortest
}

/// How many words of a list are held against many literals one by one, before their sets are joined; few where tests have small lists.
const LOOKS: usize = if cfg!(test) { 2 } else { 16 };

/// The first word from an index on that passes all literals and lies in the universe.
fn next_of(
    list: &Words,
    start: usize,
    atoms: &[Atom],
    universe: &Universe,
    literals: &[Literal],
) -> Option<usize> {
    let (within, except) = universe.patterns()?;
    let set_of = |literal: &Literal| match &atoms[literal.atom.0 as usize] {
        Atom::Is(_, Test::Text(set)) => Some(set),
        Atom::Present(_) | Atom::Is(..) | Atom::Some(..) | Atom::Undefined(_) => None,
    };
    let passes = |word: &str, literal: &Literal| {
        set_of(literal).is_none_or(|set| set.contains(word) == literal.holds)
    };
    let possible = |word: &str| within.contains(word) && !except.contains(word);
    let fits = |at: &usize| {
        let word = list.get(*at);
        literals.iter().all(|literal| passes(word, literal)) && possible(word)
    };
    let first = if literals.len() < LOOKS {
        list.len()
    } else {
        list.len().min(start + LOOKS)
    };
    if let Some(found) = (start..first).find(fits) {
        return Some(found);
    }
    if first >= list.len() {
        return None;
    }
    // A thousand words and a thousand sets that must not hold them are a million look-ups, one set of all takes a thousand.
    let unwanted = literals.iter().filter(|literal| !literal.holds);
    let mut joint = TextSetBuilder::default();
    for set in unwanted.filter_map(set_of) {
        set.words().iter().for_each(|word| joint.word(word));
        set.rows().iter().for_each(|row| joint.row(row.clone()));
    }
    let joint = joint.build();
    let wanted: Vec<&Literal> = literals.iter().filter(|literal| literal.holds).collect();
    (first..list.len()).find(|at| {
        let word = list.get(*at);
        !joint.contains(word)
            && wanted.iter().all(|literal| passes(word, literal))
            && possible(word)
    })
}

/// A set of values for a many-valued key: one member for each existential, each under all universals.
///
/// `(U; E1 … Ek)` is satisfiable iff each `E` meets `U`: members do not constrain each other.
fn solve_many(
    atoms: &[Atom],
    universe: &Universe,
    literals: &[Literal],
    steps: &mut Steps,
) -> Option<Model> {
    let mut wanted: Vec<&[(Test, bool)]> = Vec::new();
    let mut universal: Vec<&[(Test, bool)]> = Vec::new();
    let mut present = None;
    for literal in literals {
        match (&atoms[literal.atom.0 as usize], literal.holds) {
            (Atom::Some(_, tests), true) => wanted.push(tests),
            (Atom::Some(_, tests), false) => universal.push(tests),
            (Atom::Present(_), holds) => present = Some(holds),
            (Atom::Is(..) | Atom::Undefined(_), _) => {
                unreachable!("a set test on a many-valued key")
            }
        }
    }
    if present == Some(false) {
        return wanted.is_empty().then_some(Model::Absent);
    }
    if wanted.is_empty() && present.is_none() {
        return Some(Model::Absent);
    }
    if wanted.is_empty() {
        // There, with a member if one is possible: a list of nothing but empty strings looks odd to a reader.
        let text = member(universe, &mut Vec::new(), &universal, steps);
        return Some(Model::Many(text.into_iter().collect()));
    }
    let mut members = Vec::new();
    for tests in wanted {
        let mut tests: Vec<(&Test, bool)> =
            tests.iter().map(|(test, holds)| (test, *holds)).collect();
        members.push(member(universe, &mut tests, &universal, steps)?);
    }
    members.sort_unstable();
    members.dedup();
    Some(Model::Many(members))
}

/// One member that passes `tests` and, for each universal, breaks at least one of its tests.
fn member<'t>(
    universe: &Universe,
    tests: &mut Vec<(&'t Test, bool)>,
    universal: &[&'t [(Test, bool)]],
    steps: &mut Steps,
) -> Option<String> {
    let Some((first, rest)) = universal.split_first() else {
        return universe.solve(tests, steps);
    };
    if !steps.spend(1) {
        return None;
    }
    first.iter().find_map(|(test, holds)| {
        tests.push((test, !holds));
        let found = member(universe, tests, rest, steps);
        tests.pop();
        found
    })
}

#[cfg(test)]
mod tests {
    //! Holds conjunctions on a many-valued key against all sets of values of a tiny universe.

    use super::*;
    use crate::domain::dice::{Dice, rounds};
    use crate::domain::text::{Row, TextSet};

    const WORDS: [&str; 3] = ["a", "b", "c"];

    fn words(mask: usize) -> TextSet {
        TextSet::new(
            (0..WORDS.len())
                .filter(|at| mask >> at & 1 == 1)
                .map(|at| Row::literal(WORDS[at])),
        )
    }

    /// One test of a many-valued key: there at all, or a member in all of some sets and out of others.
    #[derive(Clone, Debug)]
    enum Plain {
        Present,
        Some(Vec<(usize, bool)>),
    }

    impl Plain {
        fn holds(&self, value: Option<usize>) -> bool {
            let passes = |member: usize, tests: &[(usize, bool)]| {
                tests
                    .iter()
                    .all(|(mask, inside)| (mask >> member & 1 == 1) == *inside)
            };
            match (self, value) {
                (_, None) => false,
                (Plain::Present, Some(_)) => true,
                (Plain::Some(tests), Some(set)) => {
                    (0..WORDS.len()).any(|member| set >> member & 1 == 1 && passes(member, tests))
                }
            }
        }
    }

    /// The value of a model in the terms of the test: which of the words are in the list, or none for an absent key.
    fn value_of(model: &Model) -> Option<usize> {
        match model {
            Model::Absent => None,
            Model::Many(members) => Some(
                (0..WORDS.len())
                    .filter(|at| members.iter().any(|m| m == WORDS[*at]))
                    .map(|at| 1 << at)
                    .sum(),
            ),
            other => unreachable!("{other:?} on a many-valued key"),
        }
    }

    /// 1,000,000 random literals, assumed one after the other in walks of up to six, against absence and all eight sets of three
    /// words: each is refused where no value is left, and the model is a value that is left.
    #[test]
    fn a_many_valued_key_has_a_value_where_some_set_of_words_passes() {
        let mut dice = Dice::new(31);
        let values: Vec<Option<usize>> = std::iter::once(None).chain((0..8).map(Some)).collect();
        let mut left = rounds(1_000_000);
        while left > 0 {
            let mut space = Space::default();
            let dimension = space.dimension("k", || Shape::Many(Universe::of(words(7))));
            let mut atoms = vec![(Plain::Present, space.atom(Atom::Present(dimension)))];
            for _ in 0..5 {
                let tests: Vec<(usize, bool)> = (0..dice.below(3))
                    .map(|_| (1 + dice.below(7), !dice.once_in(3)))
                    .collect();
                let own = tests
                    .iter()
                    .map(|(mask, inside)| (Test::Text(words(*mask)), *inside))
                    .collect();
                atoms.push((Plain::Some(tests), space.atom(Atom::Some(dimension, own))));
            }
            // Several walks through one space, because states are kept and shared.
            for _ in 0..40 {
                let mut state = space.roots()[0];
                let mut assumed: Vec<(&Plain, bool)> = Vec::new();
                for _ in 0..6 {
                    left = left.saturating_sub(1);
                    let (plain, atom) = dice.pick(&atoms);
                    let holds = dice.once_in(2);
                    assumed.push((plain, holds));
                    let passes = |value: Option<usize>| {
                        assumed
                            .iter()
                            .all(|(plain, holds)| plain.holds(value) == *holds)
                    };
                    let next = space.assume(state, Literal { atom: *atom, holds });
                    assert_eq!(
                        next.is_some(),
                        values.iter().any(|value| passes(*value)),
                        "{assumed:?}"
                    );
                    let Some(next) = next else { break };
                    assert!(
                        passes(value_of(space.model(next))),
                        "{:?} under {assumed:?}",
                        space.model(next)
                    );
                    assert_eq!(space.holds(next, *atom), Some(holds));
                    state = next;
                }
            }
        }
    }
}
