//! What formulas say of one concrete request: how they are held against the judge.
//!
//! A checker replays witnesses with it; certificates rest on nothing here. Formulas speak of coordinates; this reads a request's value of each and tests it. The
//! request must be complete ([`Request::complete`]), a role's session must have its `aws:userid`, and typed keys must be
//! written canonically (R4), as the universes of coordinates have it.

use super::atom::{Atom, Shape, Test};
use super::caller::{Derived, Kind, derived};
use super::document::Meaning;
use super::formula::Formula;
use super::pattern::{HOLE, List, Pattern, SEPARATOR, Set, is_hole};
use crate::request::{Caller, ContextValue, Request};
use crate::value::Instant;

/// A request's value of a coordinate.
enum Value {
    Absent,
    One(String),
    Many(Vec<String>),
}

impl Kind {
    /// The kind of a caller.
    pub fn of(caller: &Caller) -> Self {
        match caller {
            Caller::Anonymous => Kind::Anonymous,
            Caller::Root { .. } => Kind::Root,
            Caller::User { .. } => Kind::User,
            Caller::Session { .. } => Kind::Session,
            Caller::FederatedUser { .. } => Kind::FederatedUser,
            Caller::Service(_) => Kind::Service,
            Caller::Federated(_) => Kind::Federated,
            Caller::Canonical(_) => Kind::Canonical,
        }
    }
}

impl Meaning<'_> {
    /// Whether a formula holds of a request whose caller is of the kind that the formula was made for. `None` where that rests on
    /// something undefined (S2).
    pub fn holds(&self, formula: &Formula, request: &Request) -> Option<bool> {
        let some = |parts: &[Formula], wanted: bool| {
            let mut open = false;
            for part in parts {
                match self.holds(part, request) {
                    Some(truth) if truth == wanted => return Some(wanted),
                    truth => open |= truth.is_none(),
                }
            }
            (!open).then_some(!wanted)
        };
        match formula {
            Formula::All => Some(true),
            Formula::None => Some(false),
            Formula::Literal(atom, holds) => self
                .atom_holds(&self.atoms.list[*atom as usize], request)
                .map(|truth| truth == *holds),
            Formula::And(parts) => some(parts, false),
            Formula::Or(parts) => some(parts, true),
        }
    }

    fn atom_holds(&self, atom: &Atom, request: &Request) -> Option<bool> {
        Some(match atom {
            Atom::Free(_) => return None,
            Atom::Present(at) => !matches!(self.value(*at, request), Value::Absent),
            Atom::Is(at, test) => match self.value(*at, request) {
                Value::One(text) => self.passes(test, &text, request),
                Value::Absent | Value::Many(_) => false,
            },
            Atom::Some(at, tests) => match self.value(*at, request) {
                Value::Many(members) => members.iter().filter(|m| !m.is_empty()).any(|member| {
                    tests
                        .iter()
                        .all(|(test, holds)| self.passes(test, member, request) == *holds)
                }),
                Value::Absent | Value::One(_) => false,
            },
        })
    }

    /// Whether a request's coordinates have values that their universes hold, as every possible request's must.
    ///
    /// The name of the first coordinate of which that is not so is given back.
    pub fn impossible(&self, request: &Request) -> Option<&str> {
        let kind = Kind::of(&request.principal);
        let foreign = |name: &str| match (name.strip_prefix("caller "), name.strip_prefix("key ")) {
            (Some(own), _) => own != format!("{kind:?}"),
            // What follows from the caller has no coordinate of its own, but for other kinds it may have.
            (_, Some(key)) => {
                !matches!(derived(kind, key).0, Derived::Free | Derived::ServiceNames)
            }
            _ => false,
        };
        let fits = |at: usize| {
            let coordinate = &self.atoms.coordinates[at];
            let form = |text: &String| coordinate.forms.iter().any(|form| form.has(text));
            match (self.value(at, request), coordinate.shape) {
                (Value::Absent, shape) => shape != Shape::Always,
                (Value::One(text), Shape::Always | Shape::Optional) => form(&text),
                // Empty members count for nothing (S28).
                (Value::Many(members), Shape::Many) => {
                    members.iter().filter(|m| !m.is_empty()).all(form)
                }
                (Value::One(_), Shape::Many)
                | (Value::Many(_), Shape::Always | Shape::Optional) => false,
            }
        };
        let names = self.atoms.coordinates.iter().map(|c| c.name.as_str());
        names
            .enumerate()
            .find(|(at, name)| !foreign(name) && !fits(*at))
            .map(|(_, name)| name)
    }

    fn value(&self, at: usize, request: &Request) -> Value {
        let name = self.atoms.coordinates[at].name.as_str();
        if name == "action" {
            Value::One(request.action.clone())
        } else if name == "resource" {
            Value::One(request.resource.clone())
        } else if let Some(text) = name.strip_prefix("constant ") {
            Value::One(text.to_owned())
        } else if name.starts_with("caller ") {
            Value::One(caller_text(request))
        } else {
            let key = name.strip_prefix("key ").unwrap_or(name);
            match key_value(request, key) {
                Value::One(text) if self.atoms.coordinates[at].shape == Shape::Many => {
                    Value::Many(vec![text])
                }
                value => value,
            }
        }
    }

    fn passes(&self, test: &Test, text: &str, request: &Request) -> bool {
        match test {
            Test::In(list) => list.has(text),
            Test::Tied { exact, loose } => {
                let filled: Option<Vec<Pattern>> = exact
                    .patterns
                    .iter()
                    .map(|pattern| self.filled(pattern, request))
                    .collect();
                loose.has(text)
                    && filled.is_some_and(|patterns| {
                        let window = exact.window;
                        List { window, patterns }.has(text)
                    })
            }
            typed => typed.passes_as_type(text) == Some(true),
        }
    }

    /// The pattern with the values of its variables in the place of their letters. `None`: one has none, or must have no colon.
    fn filled(&self, pattern: &Pattern, request: &Request) -> Option<Pattern> {
        let mut out = Pattern::default();
        for at in 0..=pattern.len() {
            pattern.stays(at).into_iter().for_each(|set| out.star(set));
            match pattern.goes(at) {
                Some(Set::Char(c)) if is_hole(c) => {
                    let number = c as usize - HOLE as usize;
                    let (key, fold) = self.variable(number / 2)?;
                    let Value::One(value) = key_value(request, key) else {
                        return None;
                    };
                    if number % 2 == 1 && value.contains(':') {
                        return None;
                    }
                    for c in value.chars() {
                        let folded = fold && c.is_ascii_alphabetic();
                        out.letter(if folded {
                            Set::Fold(c.to_ascii_lowercase())
                        } else {
                            Set::Char(c)
                        });
                    }
                }
                letter => letter.into_iter().for_each(|set| out.letter(set)),
            }
        }
        Some(out)
    }
}

/// The text that formulas have of a caller.
fn caller_text(request: &Request) -> String {
    match &request.principal {
        Caller::Session {
            partition,
            account,
            path,
            role,
            session,
        } => {
            // The unique id before a session's name may be any; without a name nothing is known of the session.
            let named = session.as_ref().map(|name| format!("AROAEXAMPLE:{name}"));
            let id = match request.context.get("aws:userid") {
                Some(ContextValue::One(id)) => id.clone(),
                _ => named.unwrap_or_default(),
            };
            format!("arn:{partition}:iam::{account}:role{path}{role}{SEPARATOR}{id}")
        }
        Caller::Anonymous => "anonymous".to_owned(),
        other => other.text(),
    }
}

/// A key's value; the two clocks are one (R3).
fn key_value(request: &Request, key: &str) -> Value {
    let clock = || match request.context.get("aws:epochtime") {
        Some(ContextValue::One(text)) if key == "aws:currenttime" => {
            Instant::parse(text).map(|instant| instant.canonical())
        }
        _ => None,
    };
    match request.context.get(key) {
        Some(ContextValue::Many(members)) if members.is_empty() => Value::Absent,
        Some(ContextValue::Many(members)) => Value::Many(members.clone()),
        Some(ContextValue::One(text)) => Value::One(text.clone()),
        None => clock().map_or(Value::Absent, Value::One),
    }
}
