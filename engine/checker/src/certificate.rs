//! Reads certificates and says what they prove.

use crate::claim::{Claim, Names, Parts};
use crate::logic::{Known, Literal, closes};
use crate::minimum;
use crate::theory::contradict;
use keyaki_language::json::{self, Json};
use keyaki_language::meaning::document::read_pins;
use keyaki_language::meaning::{Formula, Kind, Meaning};
use std::collections::HashMap;

/// How much work with texts one certificate may take: words of positions read and kept; some seconds, and a few GiB where all goes to one walk.
const EFFORT: u64 = 1_000_000_000;

/// What a certificate proves, or a witness shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proved {
    /// In words, about the digests of the documents.
    pub sentence: String,
    /// Each document's name and digest.
    pub documents: Vec<(String, String)>,
}

/// Why evidence is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// It is no evidence of this format.
    Unreadable(String),
    /// It does not prove its claim.
    Unproved(String),
}

impl From<String> for Rejection {
    fn from(message: String) -> Self {
        Rejection::Unreadable(message)
    }
}

/// Checks one certificate or witness, a JSON text.
///
/// # Errors
///
/// [`Rejection`], which says whether the text could not be read or does not show what it claims.
pub fn verify(evidence: &str) -> Result<Proved, Rejection> {
    let json = json::parse(evidence).map_err(|error| error.to_string())?;
    let format = json.text_of("format")?;
    let claim = Claim::read(json.need("claim")?)?;
    let sentence = match format {
        "keyaki-certificate/1" => {
            json.only(&["format", "claim", "proofs", "minimum"])?;
            check(&claim, &proofs(json.list_of("proofs")?)?)?;
            match (claim.candidates(), json.get("minimum")) {
                (Some(_), Some(evidence)) => minimum::check(&claim, evidence)?,
                (None, None) => {}
                _ => return Err("`candidates` and `minimum` belong together".to_owned().into()),
            }
            claim.sentence(true)
        }
        "keyaki-witness/1" => {
            json.only(&["format", "claim", "request"])?;
            claim.replay(json.need("request")?)?;
            claim.sentence(false)
        }
        other => return Err(format!("there is no format `{other}`").into()),
    };
    let documents = claim.documents.iter();
    let documents = documents.map(|d| (d.name.clone(), d.digest.clone())).collect();
    Ok(Proved { sentence, documents })
}

/// Each proof with the kinds of caller that it is for, none twice.
fn proofs<'j>(items: &'j [Json<'j>]) -> Result<Vec<(Vec<&'j str>, &'j Json<'j>)>, String> {
    let mut out: Vec<(Vec<&str>, &Json)> = Vec::new();
    for item in items {
        item.only(&["kinds", "lemmas", "statements"])?;
        let kinds: Option<Vec<&str>> = item.list_of("kinds")?.iter().map(Json::as_str).collect();
        let kinds = kinds.ok_or("`kinds` must be a list of strings")?;
        for kind in &kinds {
            let twice = out.iter().any(|(known, _)| known.contains(kind));
            if twice || !Kind::ALL.iter().any(|(_, name)| name == kind) {
                return Err(format!("the kind of caller `{kind}` is unknown or stands twice"));
            }
        }
        out.push((kinds, item));
    }
    Ok(out)
}

/// Goes through all kinds of caller.
fn check(claim: &Claim, proofs: &[(Vec<&str>, &Json)]) -> Result<(), Rejection> {
    let meaning = claim.meaning();
    let mut checker = Checker { claim, meaning, known: HashMap::new(), effort: EFFORT };
    let mut done: Vec<(Parts, usize)> = Vec::new();
    for (kind, name) in Kind::ALL {
        checker.meaning.kind = kind;
        // A variable may follow from one kind of caller and be free for another.
        checker.known.clear();
        let (parts, mut names) = claim.parts(&mut checker.meaning);
        let at = proofs.iter().position(|(kinds, _)| kinds.contains(&name));
        // What is the same for two kinds needs to be checked once.
        if done.iter().any(|(other, own)| Some(*own) == at && *other == parts) {
            continue;
        }
        let unproved = |message| Rejection::Unproved(format!("callers of kind {name}: {message}"));
        checker.kind(&parts, &mut names, at.map(|at| proofs[at].1)).map_err(unproved)?;
        done.extend(at.map(|at| (parts, at)));
    }
    Ok(())
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
    fn kind(&mut self, parts: &Parts, names: &mut Names, proof: Option<&Json>) -> Result<(), String> {
        let Some(proof) = proof else {
            let mut allows = parts.allows.iter();
            return allows.try_for_each(|(_, allow)| self.close(parts, allow, &[], &[], &[]));
        };
        let mut items = HashMap::new();
        for item in proof.list_of("statements")? {
            item.only(&["statement", "lemmas", "cases", "pinned"])?;
            if items.insert(item.need("statement")?.as_index()?, item).is_some() {
                return Err("a statement stands twice".to_owned());
            }
            for choice in item.list_or_none("pinned")? {
                for (key, value) in read_pins(choice.need("pins")?)? {
                    let name = ["pin", &key].into_iter().chain(value.as_deref()).collect::<Vec<_>>().join("/");
                    names.insert(name, self.meaning.pin(&key, value.as_deref()));
                }
            }
        }
        let lemmas = self.lemmas(proof.list_of("lemmas")?, names)?;
        let nothing = Json::object::<&str>([]);
        for (index, _) in &parts.allows {
            let item = items.get(index).copied().unwrap_or(&nothing);
            let at = |message| format!("Allow statement {index}: {message}");
            self.statement(parts, *index, names, &lemmas, item).map_err(at)?;
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
        let mut excluded = Vec::new();
        // Values of policy variables may be dealt with apart: each such choice has a proof of its own, for what the claim says then.
        for choice in item.list_or_none("pinned")? {
            choice.only(&["pins", "lemmas", "cases"])?;
            self.meaning.pins = read_pins(choice.need("pins")?)?;
            let (pinned, own) = self.claim.parts(&mut self.meaning);
            let chosen = self.meaning.pinned();
            self.meaning.pins.clear();
            let lemmas = self.lemmas(choice.list_of("lemmas")?, &own)?;
            let lemmas: Vec<&[Literal]> = lemmas.iter().map(Vec::as_slice).collect();
            self.close(&pinned, pinned.allow(index), &[], &lemmas, &cases(choice, &own)?)?;
            excluded.push(chosen.not());
        }
        let lemma = |at: &Json| {
            let lemma = lemmas.get(at.as_index()?);
            lemma.map(Vec::as_slice).ok_or("there is no such lemma".to_owned())
        };
        let used = item.list_or_none("lemmas")?.iter().map(lemma);
        let used: Vec<&[Literal]> = used.collect::<Result<_, _>>()?;
        self.close(parts, parts.allow(index), &excluded, &used, &cases(item, names)?)
    }

    fn close(
        &self,
        parts: &Parts,
        allow: &Formula,
        more: &[Formula],
        lemmas: &[&[Literal]],
        cases: &[(usize, Formula)],
    ) -> Result<(), String> {
        let mut goals: Vec<Formula> = [allow].into_iter().chain(&parts.rest).chain(more).cloned().collect();
        let known = Known::nothing(self.meaning.atoms.list.len());
        match closes(known, &mut goals, lemmas, cases, 1) {
            true => Ok(()),
            false => Err("the cases leave a request".to_owned()),
        }
    }

    /// Reads lemmas and checks each: its literals contradict each other.
    fn lemmas(&mut self, items: &[Json], names: &Names) -> Result<Vec<Vec<Literal>>, String> {
        let mut out = Vec::new();
        for item in items {
            let literals = item.as_array().ok_or("a lemma must be a list")?.iter();
            let literals = literals.map(|item| literal(item, names));
            let mut lemma: Vec<Literal> = literals.collect::<Result<_, _>>()?;
            lemma.sort_unstable();
            let (atoms, effort) = (&self.meaning.atoms, &mut self.effort);
            let holds = self.known.entry(lemma.clone());
            if !*holds.or_insert_with_key(|lemma| contradict(atoms, lemma, effort)) {
                return Err(format!("{item} is no contradiction"));
            }
            out.push(lemma);
        }
        Ok(out)
    }
}

/// The atom of a name: an element's name for its first atom, `#1` behind it for the second, and so on.
fn atom(names: &Names, name: &str) -> Option<u32> {
    let numbered = name.rsplit_once('#').and_then(|(element, number)| Some((element, json::index(number)?)));
    let (element, number) = numbered.unwrap_or((name, 0));
    let mut atoms = Vec::new();
    names.get(element)?.atoms(&mut atoms);
    atoms.get(number).copied()
}

/// `+name` or `-name`.
fn literal(json: &Json, names: &Names) -> Result<Literal, String> {
    let text = json.as_str().ok_or("a literal must be a string")?;
    let name = text.strip_prefix(['+', '-']);
    let atom = name.and_then(|name| atom(names, name));
    let atom = atom.ok_or_else(|| format!("`{text}` is no literal of the claim"))?;
    Ok((atom, text.starts_with('+')))
}

/// A literal, or `{"and":[…]}`, or `{"or":[…]}`.
fn formula(json: &Json, names: &Names) -> Result<Formula, String> {
    let parts = |name| -> Result<Vec<Formula>, String> {
        json.only(&[name])?;
        json.list_of(name)?.iter().map(|part| formula(part, names)).collect()
    };
    match json.as_object() {
        None => literal(json, names).map(|(atom, holds)| Formula::Literal(atom, holds)),
        Some(_) if json.get("and").is_some() => parts("and").map(Formula::and),
        Some(_) => parts("or").map(Formula::or),
    }
}

/// Cases, each a depth and a formula: `[1, F]`, below it `[2, G]`, and so on.
fn cases(json: &Json, names: &Names) -> Result<Vec<(usize, Formula)>, String> {
    let case = |item: &Json| match item.as_array() {
        Some([depth, case]) => Ok((depth.as_index()?, formula(case, names)?)),
        _ => Err("a case must be a depth and a formula".to_owned()),
    };
    json.list_or_none("cases")?.iter().map(case).collect()
}
