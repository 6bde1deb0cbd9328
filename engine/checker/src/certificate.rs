//! Reads certificates and says what they prove.

use crate::claim::{Claim, Names, Parts, list, only, text};
use crate::logic::{Known, Literal, Tree, closes};
use crate::theory::contradict;
use keyaki_language::json::{self, Json, JsonValue};
use keyaki_language::meaning::{Formula, Kind, Meaning, Pins};
use std::collections::HashMap;

/// The format that this checker reads.
const FORMAT: &str = "keyaki-certificate/1";

/// How many steps of text walks one certificate may take.
const EFFORT: u64 = 50_000_000;

/// How many cases may stand in each other.
const DEPTH: usize = 1_000;

/// What a certificate proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proved {
    /// In words, about the digests of the documents.
    pub sentence: String,
    /// Each document's name and digest.
    pub documents: Vec<(String, String)>,
}

/// Why a certificate is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// It is no certificate of this format.
    Unreadable(String),
    /// It does not prove its claim.
    Unproved(String),
}

impl From<String> for Rejection {
    fn from(message: String) -> Self {
        Rejection::Unreadable(message)
    }
}

/// Checks one certificate, a JSON text.
///
/// # Errors
///
/// [`Rejection`], which says whether the text could not be read or does not prove what it claims.
pub fn verify(certificate: &str) -> Result<Proved, Rejection> {
    let json = json::parse(certificate).map_err(|error| error.to_string())?;
    only(&json, &["format", "claim", "proofs"])?;
    if text(&json, "format")? != FORMAT {
        return Err(Rejection::Unreadable(format!(
            "the format is not `{FORMAT}`"
        )));
    }
    let claim = Claim::read(json.get("claim").ok_or("`claim` is missing".to_owned())?)?;
    let proofs = proofs(list(&json, "proofs")?)?;
    let mut checker = Checker {
        claim: &claim,
        meaning: claim.meaning(),
        known: HashMap::new(),
        effort: EFFORT,
    };
    let mut done: Vec<(Parts, usize)> = Vec::new();
    for (kind, name) in Kind::ALL {
        checker.meaning.kind = kind;
        let (parts, names) = claim.parts(&mut checker.meaning);
        let proof = proofs
            .iter()
            .position(|(kinds, _)| kinds.iter().any(|own| own == name));
        // What is the same for two kinds needs one proof.
        if let Some(proof) = proof
            && done
                .iter()
                .any(|(other, own)| *own == proof && *other == parts)
        {
            continue;
        }
        let unproved =
            |message| Rejection::Unproved(format!("for callers of kind `{name}`: {message}"));
        checker
            .kind(&parts, &names, proof.map(|at| proofs[at].1))
            .map_err(unproved)?;
        if let Some(proof) = proof {
            done.push((parts, proof));
        }
    }
    let documents = claim
        .documents
        .iter()
        .map(|d| (d.name.clone(), d.digest.clone()))
        .collect();
    Ok(Proved {
        sentence: claim.sentence(),
        documents,
    })
}

/// Each proof with the kinds of caller that it is for, none twice.
fn proofs(items: &[Json]) -> Result<Vec<(Vec<String>, &Json)>, String> {
    let mut out: Vec<(Vec<String>, &Json)> = Vec::new();
    for item in items {
        only(item, &["kinds", "lemmas", "statements"])?;
        let kinds: Option<Vec<String>> = list(item, "kinds")?
            .iter()
            .map(|kind| kind.as_str().map(str::to_owned))
            .collect();
        let kinds = kinds.ok_or("`kinds` must be a list of strings")?;
        for kind in &kinds {
            if !Kind::ALL.iter().any(|(_, name)| name == kind)
                || out.iter().any(|(known, _)| known.contains(kind))
            {
                return Err(format!(
                    "the kind of caller `{kind}` is unknown or stands twice"
                ));
            }
        }
        out.push((kinds, item));
    }
    Ok(out)
}

/// One certificate on its way.
struct Checker<'c> {
    claim: &'c Claim,
    meaning: Meaning<'c>,
    /// Lemmas that were looked at, and whether they hold.
    known: HashMap<Vec<Literal>, bool>,
    effort: u64,
}

impl Checker<'_> {
    /// Checks the proof for one kind of caller: one part for each Allow statement.
    fn kind(&mut self, parts: &Parts, names: &Names, proof: Option<&Json>) -> Result<(), String> {
        let lemmas = match proof {
            Some(proof) => self.lemmas(list(proof, "lemmas")?, names)?,
            None => Vec::new(),
        };
        let statements = proof.map_or(Ok([].as_slice()), |proof| list(proof, "statements"))?;
        let mut by_index = HashMap::new();
        for item in statements {
            only(item, &["statement", "lemmas", "cases", "pinned"])?;
            if by_index
                .insert(number(item.get("statement"))?, item)
                .is_some()
            {
                return Err("a statement stands twice".to_owned());
            }
        }
        for (index, allow) in &parts.allows {
            let at = |message: String| format!("Allow statement {index}: {message}");
            match by_index.get(index) {
                Some(item) => self
                    .statement(parts, *index, names, &lemmas, item)
                    .map_err(at)?,
                None => self
                    .close(goals(parts, allow), &[], &Tree::default())
                    .map_err(at)?,
            }
        }
        Ok(())
    }

    /// No request is in one Allow statement and in the rest.
    fn statement(
        &mut self,
        parts: &Parts,
        index: usize,
        names: &Names,
        lemmas: &[Vec<Literal>],
        item: &Json,
    ) -> Result<(), String> {
        let allow = |parts: &Parts| {
            parts
                .allows
                .iter()
                .find(|(at, _)| *at == index)
                .map_or(Formula::None, |(_, f)| f.clone())
        };
        let mut goals_here = goals(parts, &allow(parts));
        // Values of policy variables may be dealt with apart: each such choice has a proof of its own, for what the claim says then.
        for choice in item
            .get("pinned")
            .map_or(Ok([].as_slice()), |_| list(item, "pinned"))?
        {
            only(choice, &["pins", "lemmas", "cases"])?;
            let pins = pins(choice.get("pins").ok_or("`pins` is missing")?)?;
            self.meaning.pins = pins;
            let (pinned, own) = self.claim.parts(&mut self.meaning);
            let chosen = self.meaning.pinned();
            self.meaning.pins.clear();
            let lemmas = self.lemmas(list(choice, "lemmas")?, &own)?;
            let tree = tree(choice, &own)?;
            let lemmas: Vec<&[Literal]> = lemmas.iter().map(Vec::as_slice).collect();
            self.close(goals(&pinned, &allow(&pinned)), &lemmas, &tree)?;
            goals_here.push(chosen.not());
        }
        let used = item
            .get("lemmas")
            .map_or(Ok([].as_slice()), |_| list(item, "lemmas"))?;
        let lemma = |at: &Json| {
            lemmas
                .get(number(Some(at))?)
                .map(Vec::as_slice)
                .ok_or("there is no such lemma".to_owned())
        };
        let used: Vec<&[Literal]> = used.iter().map(lemma).collect::<Result<_, _>>()?;
        self.close(goals_here, &used, &tree(item, names)?)
    }

    fn close(
        &self,
        mut goals: Vec<Formula>,
        lemmas: &[&[Literal]],
        tree: &Tree,
    ) -> Result<(), String> {
        let known = Known::nothing(self.meaning.atoms.list.len());
        if closes(known, &mut goals, lemmas, tree) {
            Ok(())
        } else {
            Err("the cases leave a request".to_owned())
        }
    }

    /// Reads lemmas and checks each: its literals contradict each other.
    fn lemmas(&mut self, items: &[Json], names: &Names) -> Result<Vec<Vec<Literal>>, String> {
        let mut out = Vec::new();
        for item in items {
            let literals = item.as_array().ok_or("a lemma must be a list")?;
            let mut lemma: Vec<Literal> = literals
                .iter()
                .map(|item| literal(item, names))
                .collect::<Result<_, _>>()?;
            lemma.sort_unstable();
            let (atoms, effort) = (&self.meaning.atoms, &mut self.effort);
            let holds = *self
                .known
                .entry(lemma.clone())
                .or_insert_with_key(|lemma| contradict(atoms, lemma, effort));
            if !holds {
                return Err(format!("{item} is no contradiction"));
            }
            out.push(lemma);
        }
        Ok(out)
    }
}

fn goals(parts: &Parts, allow: &Formula) -> Vec<Formula> {
    [allow].into_iter().chain(&parts.rest).cloned().collect()
}

fn number(json: Option<&Json>) -> Result<usize, String> {
    match json.map(|json| &json.value) {
        Some(JsonValue::Number(text)) => text.parse().map_err(|_| format!("`{text}` is no index")),
        _ => Err("an index must be a number".to_owned()),
    }
}

fn pins(json: &Json) -> Result<Pins, String> {
    let members = json.as_object().ok_or("`pins` must be an object")?;
    let pin = |value: &Json| match &value.value {
        JsonValue::Null => Ok(None),
        JsonValue::String(text) => Ok(Some(text.clone())),
        _ => Err("a pinned value must be a string, or null".to_owned()),
    };
    members
        .iter()
        .map(|m| Ok((m.key.value.clone(), pin(&m.value)?)))
        .collect()
}

/// `+name` or `-name`.
fn literal(json: &Json, names: &Names) -> Result<Literal, String> {
    let text = json.as_str().ok_or("a literal must be a string")?;
    let holds = text.starts_with('+');
    let name = text
        .strip_prefix(['+', '-'])
        .ok_or_else(|| format!("`{text}` has no sign"))?;
    names
        .get(name)
        .map(|atom| (*atom, holds))
        .ok_or_else(|| format!("nothing is called `{name}`"))
}

/// A literal, or `{"and":[…]}`, or `{"or":[…]}`.
fn formula(json: &Json, names: &Names) -> Result<Formula, String> {
    let parts = |name| {
        list(json, name)?
            .iter()
            .map(|part| formula(part, names))
            .collect::<Result<Vec<_>, _>>()
    };
    match json.as_object() {
        None => literal(json, names).map(|(atom, holds)| Formula::Literal(atom, holds)),
        Some(_) if json.get("and").is_some() => only(json, &["and"])
            .and_then(|()| parts("and"))
            .map(Formula::and),
        Some(_) => only(json, &["or"])
            .and_then(|()| parts("or"))
            .map(Formula::or),
    }
}

/// Cases in the order in which they are written, each with its depth: `[1, F]`, below it `[2, G]`, and so on.
fn tree(json: &Json, names: &Names) -> Result<Tree, String> {
    let items = json
        .get("cases")
        .map_or(Ok([].as_slice()), |_| list(json, "cases"))?;
    let mut open = vec![Tree::default()];
    let close = |open: &mut Vec<Tree>, depth: usize| {
        while open.len() > depth {
            let tree = open.pop().expect("the root stays");
            open.last_mut()
                .and_then(|above| above.cases.last_mut())
                .expect("a case is open")
                .1 = tree;
        }
    };
    for item in items {
        let [depth, case] = item.as_array().unwrap_or_default() else {
            return Err("a case must be a depth and a formula".to_owned());
        };
        let depth = number(Some(depth))?;
        if depth == 0
            || depth > open.len() + usize::from(open.last().is_some_and(|t| !t.cases.is_empty()))
            || depth > DEPTH
        {
            return Err(format!("a case cannot stand at depth {depth} here"));
        }
        if depth > open.len() {
            open.push(Tree::default());
        }
        close(&mut open, depth);
        open[depth - 1]
            .cases
            .push((formula(case, names)?, Tree::default()));
    }
    close(&mut open, 1);
    Ok(open.remove(0))
}
