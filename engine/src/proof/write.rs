//! From notes to JSON text.

use crate::proof::{Cases, Closed, Notes, Proof};
use crate::region::formula::{Formula, Literal};
use crate::region::lower::Pins;
use crate::region::space::AtomId;
use keyaki_language::json::write_string;
use std::collections::{HashMap, HashSet};

/// The names of the atoms that notes mention, for one kind of caller and one choice of pinned values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    names: HashMap<AtomId, String>,
    /// Atoms that have no name yet.
    nameless: HashSet<AtomId>,
}

impl Scope {
    /// A scope in which the atoms of some notes want a name.
    pub(crate) fn of<'n>(notes: impl IntoIterator<Item = &'n Notes>) -> Self {
        let mut scope = Self::default();
        for notes in notes {
            let literals = notes.lemmas.iter().flatten();
            scope.nameless.extend(literals.map(|literal| literal.atom));
            scope.want(&notes.cases);
        }
        scope
    }

    fn want(&mut self, cases: &Cases) {
        for (case, below) in &cases.0 {
            case.each_literal(&mut |literal| {
                self.nameless.insert(literal.atom);
            });
            self.want(below);
        }
    }

    /// Whether every atom has its name.
    pub(crate) fn is_complete(&self) -> bool {
        self.nameless.is_empty()
    }

    /// Names the atoms of an element: `name()` the first, `name()#1` the second. The first name of an atom stays.
    pub(crate) fn note(&mut self, name: impl Fn() -> String, formula: &Formula) {
        let mut seen: Vec<AtomId> = Vec::new();
        formula.each_literal(&mut |literal| {
            if seen.contains(&literal.atom) {
                return;
            }
            seen.push(literal.atom);
            if self.nameless.remove(&literal.atom) {
                let name = match seen.len() - 1 {
                    0 => name(),
                    at => format!("{}#{at}", name()),
                };
                self.names.insert(literal.atom, name);
            }
        });
    }

    fn literal(&self, out: &mut String, literal: Literal) {
        let name = self.names.get(&literal.atom).map_or("", String::as_str);
        if name.starts_with("pin/") {
            // A pinned value may hold any character.
            let sign = if literal.holds { '+' } else { '-' };
            return write_string(out, &format!("{sign}{name}"));
        }
        out.push_str(if literal.holds { "\"+" } else { "\"-" });
        out.push_str(name);
        out.push('"');
    }

    fn lemma(&self, out: &mut String, lemma: &[Literal]) {
        list(out, lemma, |out, literal| self.literal(out, *literal));
    }

    fn formula(&self, out: &mut String, formula: &Formula) {
        match formula {
            // A case is never a constant: constants are dropped when formulas are made.
            Formula::True => out.push_str("{\"and\":[]}"),
            Formula::False => out.push_str("{\"or\":[]}"),
            Formula::Literal(literal) => self.literal(out, *literal),
            Formula::And(parts) => {
                out.push_str("{\"and\":");
                list(out, parts, |out, part| self.formula(out, part));
                out.push('}');
            }
            Formula::Or(parts) => {
                out.push_str("{\"or\":");
                list(out, parts, |out, part| self.formula(out, part));
                out.push('}');
            }
        }
    }

    /// `,"cases":[[1,F],[2,G],…]`, or nothing.
    fn cases(&self, out: &mut String, cases: &Cases) {
        let mut flat = Vec::new();
        flatten(cases, 1, &mut flat);
        if !flat.is_empty() {
            out.push_str(",\"cases\":");
            list(out, &flat, |out, (depth, formula)| {
                out.push_str(&format!("[{depth},"));
                self.formula(out, formula);
                out.push(']');
            });
        }
    }
}

fn flatten<'c>(cases: &'c Cases, depth: usize, out: &mut Vec<(usize, &'c Formula)>) {
    for (case, below) in &cases.0 {
        out.push((depth, case));
        flatten(below, depth + 1, out);
    }
}

fn list<T>(out: &mut String, items: &[T], write: impl Fn(&mut String, &T)) {
    out.push('[');
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write(out, item);
    }
    out.push(']');
}

/// Why one Allow statement lets in no request of the question.
pub(crate) struct StatementProof {
    pub(crate) index: usize,
    pub(crate) closed: Closed,
    /// The names of each pinned choice, in the order of the choices.
    pub(crate) scopes: Vec<Scope>,
}

/// The proof for some kinds of caller that ask the same.
pub(crate) struct KindProof {
    pub(crate) kinds: Vec<&'static str>,
    pub(crate) scope: Scope,
    pub(crate) statements: Vec<StatementProof>,
}

/// Writes the proofs of all kinds.
pub(crate) fn write_proofs(kinds: &[KindProof]) -> Proof {
    let mut out = String::new();
    list(&mut out, kinds, |out, kind| kind.write(out));
    Proof(out)
}

impl KindProof {
    fn write(&self, out: &mut String) {
        out.push_str("{\"kinds\":");
        list(out, &self.kinds, |out, kind| write_string(out, kind));
        // Lemmas of all statements, each once.
        let mut numbers: HashMap<&[Literal], usize> = HashMap::new();
        let mut lemmas: Vec<&[Literal]> = Vec::new();
        for lemma in self.statements.iter().flat_map(|s| &s.closed.rest.lemmas) {
            numbers.entry(lemma).or_insert_with(|| {
                lemmas.push(lemma);
                lemmas.len() - 1
            });
        }
        out.push_str(",\"lemmas\":");
        list(out, &lemmas, |out, lemma| self.scope.lemma(out, lemma));
        out.push_str(",\"statements\":");
        list(out, &self.statements, |out, statement| {
            out.push_str(&format!("{{\"statement\":{}", statement.index));
            let Closed { pinned, rest } = &statement.closed;
            if !rest.lemmas.is_empty() {
                out.push_str(",\"lemmas\":");
                list(out, &rest.lemmas, |out, lemma| {
                    out.push_str(&numbers[lemma.as_slice()].to_string());
                });
            }
            self.scope.cases(out, &rest.cases);
            if !pinned.is_empty() {
                out.push_str(",\"pinned\":[");
                for (at, ((pins, notes), scope)) in pinned.iter().zip(&statement.scopes).enumerate()
                {
                    if at > 0 {
                        out.push(',');
                    }
                    choice(out, pins, notes, scope);
                }
                out.push(']');
            }
            out.push('}');
        });
        out.push('}');
    }
}

fn choice(out: &mut String, pins: &Pins, notes: &Notes, scope: &Scope) {
    out.push_str("{\"pins\":{");
    for (at, (key, value)) in pins.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write_string(out, key);
        out.push(':');
        match value {
            Some(text) => write_string(out, text),
            None => out.push_str("null"),
        }
    }
    out.push_str("},\"lemmas\":");
    list(out, &notes.lemmas, |out, lemma| scope.lemma(out, lemma));
    scope.cases(out, &notes.cases);
    out.push('}');
}
