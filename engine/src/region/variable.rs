//! Policy variables: patterns that contain the value of another key.
//!
//! A branch of a search that leans on such patterns is solved or refuted by [`crate::region::ties`], which decides nearly
//! everything. What it leaves open is tried here: values for the variables are read off the branch and
//! *pinned*: the documents are lowered again with the value in the variable's place, which leaves an ordinary, exact
//! question. A pinned question that has a request answers everything. One that has none only rules out this choice
//! of values, and the wide search goes on without it; a variable that can have finitely many values is decided that way.
//!
//! *Not decided*: what is still open after [`ROUNDS`] choices. The answer is then `Undecided`, never a guess.

use crate::Limits;
use crate::domain::scalar::Test;
use crate::domain::text::{Letter, Row, is_hole, variable_of};
use crate::proof::{Closed, Notes};
use crate::region::formula::Formula;
use crate::region::lower::{Lowering, Pins};
use crate::region::space::{Atom, DimensionId, Model};
use crate::region::values::OPEN;
use crate::solve::{Doubt, Outcome, solve};
use std::collections::BTreeMap;

/// How many choices of values are ruled out one by one before a question is given up as undecided.
const ROUNDS: usize = 8;

/// Finds a request in the conjunction of goals, `wide` as they are lowered without values for the variables; `goals` lowers
/// them for the values pinned at that moment.
pub(crate) fn search(
    lowering: &mut Lowering,
    limits: &Limits,
    wide: Vec<Formula>,
    goals: &mut dyn FnMut(&mut Lowering) -> Vec<Formula>,
    mut closed: Option<&mut Closed>,
) -> Outcome {
    if !lowering.uses_variables() {
        let notes = closed.map(|closed| &mut closed.rest);
        return solve(&mut lowering.space, &wide, limits, notes).0;
    }
    // The choices of values that were ruled out are added.
    let mut all = wide;
    for round in 0..ROUNDS {
        let notes = closed.as_mut().map(|closed| {
            closed.rest = Notes::default();
            &mut closed.rest
        });
        let model = match solve(&mut lowering.space, &all, limits, notes) {
            // A request that leans on no variable is one whatever their values are.
            (Outcome::Found(model), false) => return Outcome::Found(model),
            (Outcome::Found(model), true) => model,
            (other, _) => return other,
        };
        let keys = tied_keys(lowering, &all);
        if keys.is_empty() {
            return Outcome::Found(model);
        }
        let values: BTreeMap<DimensionId, Model> = model.iter().cloned().collect();
        let choices = candidates(lowering, &keys, &values, round);
        for pins in choices {
            let mut notes = closed.is_some().then(Notes::default);
            match pinned(lowering, limits, &pins, goals, notes.as_mut()) {
                Outcome::Found(model) => return Outcome::Found(model),
                Outcome::Unknown(Doubt::Limit) => return Outcome::Unknown(Doubt::Limit),
                Outcome::Unknown(Doubt::NotYet(_)) => {}
                Outcome::Empty => {
                    all.push(not_pinned(lowering, &pins));
                    if let (Some(closed), Some(notes)) = (&mut closed, notes) {
                        closed.pinned.push((pins, notes));
                    }
                }
            }
        }
        // A value that leaves nothing whatever the other variables are is ruled out by itself.
        for key in &keys {
            let alone = Pins::from([(key.clone(), value_of(lowering, key, &values))]);
            let mut notes = closed.is_some().then(Notes::default);
            if keys.len() > 1
                && pinned(lowering, limits, &alone, goals, notes.as_mut()) == Outcome::Empty
            {
                all.push(not_pinned(lowering, &alone));
                if let (Some(closed), Some(notes)) = (&mut closed, notes) {
                    closed.pinned.push((alone, notes));
                }
            }
        }
    }
    Outcome::Unknown(Doubt::NotYet(OPEN))
}

/// What the goals come to with some variables pinned; the others stay letters.
fn pinned(
    lowering: &mut Lowering,
    limits: &Limits,
    pins: &Pins,
    goals: &mut dyn FnMut(&mut Lowering) -> Vec<Formula>,
    notes: Option<&mut Notes>,
) -> Outcome {
    lowering.pins.clone_from(pins);
    let narrow = goals(lowering);
    let (outcome, leans) = solve(&mut lowering.space, &narrow, limits, notes);
    lowering.pins.clear();
    match outcome {
        // With a variable left that a request leans on, nothing is found yet.
        Outcome::Found(_) if leans => Outcome::Unknown(Doubt::NotYet(OPEN)),
        other => other,
    }
}

/// The requests in which the variables do not all have these values.
fn not_pinned(lowering: &mut Lowering, pins: &Pins) -> Formula {
    let same: Vec<Formula> = pins
        .iter()
        .map(|(key, value)| lowering.equals(key, value.as_deref()))
        .collect();
    Formula::and(same).not()
}

/// The keys whose value stands as a letter in some pattern of the goals.
fn tied_keys(lowering: &Lowering, goals: &[Formula]) -> Vec<String> {
    let mut letters = Vec::new();
    for goal in goals {
        goal.each_literal(&mut |literal| {
            let mut look = |test: &Test| {
                if let Test::Tied { exact, .. } = test {
                    for row in exact.all_rows() {
                        letters.extend(
                            row.parts()
                                .0
                                .iter()
                                .filter_map(|l| {
                                    if let Letter::Char(c) = l {
                                        Some(*c)
                                    } else {
                                        None
                                    }
                                })
                                .filter_map(variable_of)
                                .map(|(variable, _)| variable),
                        );
                    }
                }
            };
            match lowering.space.get(literal.atom) {
                Atom::Is(_, test) => look(test),
                Atom::Some(_, tests) => tests.iter().for_each(|(test, _)| look(test)),
                Atom::Present(_) | Atom::Undefined(_) => {}
            }
        });
    }
    let mut keys: Vec<String> = lowering
        .holes()
        .filter(|(variable, _)| letters.contains(variable))
        .map(|(_, key)| key.to_owned())
        .collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Choices of values, read off a request of the wide search; different ones in each round.
fn candidates(
    lowering: &Lowering,
    keys: &[String],
    model: &BTreeMap<DimensionId, Model>,
    round: usize,
) -> Vec<Pins> {
    let own: Pins = keys
        .iter()
        .map(|key| (key.clone(), value_of(lowering, key, model)))
        .collect();
    let mut choices = vec![own.clone()];
    let there = |key: &String| own[key].is_some();
    // Values that the variables must have for the compared keys to be as they are.
    let mut read: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut pool: Vec<String> = own.values().flatten().cloned().collect();
    for (id, value) in model {
        let texts: Vec<&String> = match value {
            Model::One(text) => vec![text],
            Model::Many(members) => members.iter().collect(),
            Model::Absent | Model::Boolean(_) => continue,
        };
        for test in lowering.space.tests(*id) {
            match test {
                Test::Tied { exact, .. } => {
                    for row in exact.all_rows() {
                        for text in &texts {
                            for (letter, part) in capture(&row, text).unwrap_or_default() {
                                if let Some((_, key)) = lowering.holes().find(|(own, _)| {
                                    variable_of(letter).is_some_and(|(v, _)| v == *own)
                                }) {
                                    read.entry(key.to_owned()).or_default().push(part);
                                }
                            }
                        }
                    }
                }
                Test::Text(set) if keys.iter().any(|key| lowering.space.name(*id) == key) => {
                    pool.extend(set.words().iter().take(16).map(str::to_owned))
                }
                Test::Text(_)
                | Test::Number(..)
                | Test::Date(..)
                | Test::Address(_)
                | Test::Bytes(_)
                | Test::Accounts(_) => {}
            }
        }
    }
    let mut choice = own.clone();
    for (key, parts) in &read {
        if own.contains_key(key) {
            choice.insert(key.clone(), parts.first().cloned());
        }
        pool.extend(parts.iter().cloned());
    }
    choices.push(choice);
    pool.extend([
        format!("keyaki-{round}"),
        "keyaki".to_owned(),
        format!("{:012}", 111 + round),
    ]);
    pool.sort_unstable();
    pool.dedup();
    // One value for all, and one for each key with the others as they are.
    for value in &pool {
        choices.push(
            own.iter()
                .map(|(key, old)| {
                    (
                        key.clone(),
                        if old.is_some() {
                            Some(value.clone())
                        } else {
                            None
                        },
                    )
                })
                .collect(),
        );
        for key in keys.iter().filter(|key| there(key)) {
            let mut choice = own.clone();
            choice.insert(key.clone(), Some(value.clone()));
            choices.push(choice);
        }
    }
    // Values of their own for all.
    choices.push(
        own.keys()
            .enumerate()
            .map(|(at, key)| {
                (
                    key.clone(),
                    there(key).then(|| format!("keyaki-{round}-{at}")),
                )
            })
            .collect(),
    );
    let mut seen: Vec<Pins> = Vec::new();
    for choice in choices {
        if !seen.contains(&choice) {
            seen.push(choice);
        }
    }
    seen.truncate(if round == 0 { 40 } else { 8 });
    seen
}

/// The value of a variable's key in a model.
fn value_of(
    lowering: &Lowering,
    key: &str,
    model: &BTreeMap<DimensionId, Model>,
) -> Option<String> {
    use crate::region::caller::{Derived, Frame, derived};
    if let Some(Derived::Framed(frame)) = derived(lowering.kind, key) {
        let id = lowering
            .space
            .find_dimension(lowering.kind.dimension_name())?;
        let Some(Model::One(text)) = model.get(&id) else {
            return None;
        };
        let (arn, userid) = text
            .split_once(crate::domain::text::SEPARATOR)
            .unwrap_or((text, ""));
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        return Some(match frame {
            Frame::Whole | Frame::Arn => arn.to_owned(),
            Frame::Account => (*parts.get(4)?).to_owned(),
            Frame::UserName => arn.rsplit('/').next()?.to_owned(),
            Frame::UserId => userid.to_owned(),
            Frame::FederatedUserId => format!("{}:{}", parts.get(4)?, arn.rsplit('/').next()?),
        });
    }
    if key == "aws:resourceaccount"
        && let Some(Model::One(arn)) = lowering
            .space
            .find_dimension("resource")
            .and_then(|id| model.get(&id))
        && let Some(account) = arn
            .split(':')
            .nth(4)
            .and_then(keyaki_language::policy::AccountId::parse)
    {
        return Some(account.to_string());
    }
    match model.get(&lowering.space.find_dimension(key)?)? {
        Model::One(text) => Some(text.clone()),
        Model::Absent | Model::Many(_) | Model::Boolean(_) => None,
    }
}

/// Reads the values of a row's letters off a text that the row matches when each letter may be anything.
fn capture(row: &Row, text: &str) -> Option<Vec<(char, String)>> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    walk(row, 0, &chars, 0, &mut found, &mut 20_000).then_some(found)
}

fn walk(
    row: &Row,
    at: usize,
    text: &[char],
    from: usize,
    found: &mut Vec<(char, String)>,
    budget: &mut u32,
) -> bool {
    if *budget == 0 {
        return false;
    }
    *budget -= 1;
    let (letters, loops) = row.parts();
    let here = |from: usize, found: &mut Vec<(char, String)>, budget: &mut u32| -> bool {
        let Some(letter) = letters.get(at) else {
            return from == text.len();
        };
        if let Letter::Char(hole) = letter
            && is_hole(*hole)
        {
            if let Some((_, value)) = found.iter().find(|(c, _)| c == hole) {
                let value: Vec<char> = value.chars().collect();
                return text[from..].starts_with(&value)
                    && walk(row, at + 1, text, from + value.len(), found, budget);
            }
            for to in from..=text.len() {
                found.push((*hole, text[from..to].iter().collect()));
                if walk(row, at + 1, text, to, found, budget) {
                    return true;
                }
                found.pop();
            }
            return false;
        }
        from < text.len()
            && letter.accepts(text[from])
            && walk(row, at + 1, text, from + 1, found, budget)
    };
    if here(from, found, budget) {
        return true;
    }
    if let Some(class) = loops[at] {
        for (at, c) in text.iter().enumerate().skip(from) {
            if !class.contains(*c) {
                return false;
            }
            if here(at + 1, found, budget) {
                return true;
            }
        }
    }
    false
}
