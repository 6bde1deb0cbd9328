//! What a certificate claims: that some set of requests is empty, built here from the documents themselves.

use crate::certificate::Rejection;
use keyaki_language::json::Json;
use keyaki_language::judge::{self, Decision, check_policy};
use keyaki_language::meaning::document::{Access, Zone};
use keyaki_language::meaning::{Formula, Kind, Meaning};
use keyaki_language::policies::PolicyType;
use keyaki_language::policy::{Effect, holds_reserved};
use keyaki_language::{Facts, Policy, Request, digest};
use std::collections::HashMap;

/// A document of a claim.
pub(crate) struct Document {
    pub(crate) name: String,
    pub(crate) digest: String,
    pub(crate) policy: Policy,
}

/// The claim of a certificate.
pub(crate) struct Claim {
    question: Question,
    policy_type: PolicyType,
    /// The document whose requests are asked for, and for [`Question::NoNewAccess`] the one that must allow them too.
    pub(crate) documents: Vec<Document>,
}

/// Which requests of the first document there are none of.
enum Question {
    /// Those that the second document does not allow (Q1).
    NoNewAccess,
    /// Any at all (Q5).
    Unsatisfiable,
    /// Those of one of the entries: actions and resources, each "any" where left out (Q2).
    NotGranted(Vec<Access>),
    /// Those by a caller from outside (Q3).
    NoExternalAccess(Zone),
    /// Those by a caller from outside that the second document does not allow: a list of findings is complete.
    NoOtherAccess(Zone),
    /// Those without any of the fixed values that the document names for trusted keys, on resources of a type (Q4).
    NoPublicAccess(String),
}

/// A claim for one kind of caller: for each Allow statement of the first document no request is in it and in all of the rest.
#[derive(PartialEq)]
pub(crate) struct Parts {
    pub(crate) allows: Vec<(usize, Formula)>,
    pub(crate) rest: Vec<Formula>,
}

/// The elements of a claim, which give atoms their names.
pub(crate) struct Names<'c> {
    documents: &'c [Document],
    elements: HashMap<Place, Formula>,
    /// What pinned values say, by `KEY` where the key is pinned to absent, else `KEY/VALUE`.
    pins: HashMap<String, Formula>,
}

/// Which element: `DOCUMENT/STATEMENT/…` as three numbers, or one of [`OTHERS`].
type Place = (usize, usize, usize);

/// Elements that belong to no statement.
const OTHERS: [&str; 4] = ["narrowed", "type", "ties", "pinned"];

impl Names<'_> {
    /// Makes the atoms of a pinned value known.
    pub(crate) fn pin(&mut self, meaning: &mut Meaning, key: &str, value: Option<&str>) {
        let name = value.map_or_else(|| key.to_owned(), |value| format!("{key}/{value}"));
        self.pins.insert(name, meaning.pin(key, value));
    }

    /// The atom of a name: an element's name for its first atom, `#1` behind it for the second, and so on.
    pub(crate) fn atom(&self, name: &str) -> Option<u32> {
        let (element, number) = match name.rsplit_once('#') {
            Some((element, number)) if index(number).is_some() => (element, number),
            _ => (name, "0"),
        };
        let mut atoms = Vec::new();
        if let Some(formula) = element.strip_prefix("pin/").and_then(|pin| self.pins.get(pin)) {
            formula.atoms(&mut atoms);
            return atoms.get(index(number)?).copied();
        }
        let place = match element.splitn(3, '/').collect::<Vec<_>>().as_slice() {
            [document, statement, part] => {
                let document = self.documents.iter().position(|d| d.name == *document)?;
                let part = match *part {
                    "Principal" => 0,
                    "Action" => 1,
                    "Resource" => 2,
                    other => 3 + index(other.strip_prefix("Condition/")?)?,
                };
                (document, index(statement)?, part)
            }
            _ => (OTHERS.iter().position(|own| *own == element)?, usize::MAX, 0),
        };
        self.elements.get(&place)?.atoms(&mut atoms);
        atoms.get(index(number)?).copied()
    }
}

/// A number without sign or superfluous zeros.
fn index(text: &str) -> Option<usize> {
    text.parse().ok().filter(|n: &usize| n.to_string() == text)
}

impl Parts {
    /// When an Allow statement applies.
    pub(crate) fn allow(&self, index: usize) -> &Formula {
        let own = self.allows.iter().find(|(at, _)| *at == index);
        own.map_or(&Formula::None, |(_, applies)| applies)
    }
}

impl Claim {
    /// Reads a claim. `Err` says what is wrong with it.
    pub(crate) fn read(json: &Json) -> Result<Self, String> {
        let names = ["question", "policyType", "documents", "access", "resourceType", "zoneOfTrust"];
        json.only(&names)?;
        if holds_reserved(json) {
            return Err("the claim spells a letter that stands for unknown values".to_owned());
        }
        let policy_type = json.text_of("policyType")?;
        let policy_type =
            PolicyType::parse(policy_type).ok_or_else(|| format!("unknown policy type `{policy_type}`"))?;
        let documents = json.list_of("documents")?.iter().map(|json| document(json, policy_type));
        let documents: Vec<Document> = documents.collect::<Result<_, _>>()?;
        let zone = || Zone::read(json.get("zoneOfTrust").ok_or("`zoneOfTrust` is missing")?);
        let question = match json.text_of("question")? {
            "no-new-access" => Question::NoNewAccess,
            "unsatisfiable" => Question::Unsatisfiable,
            "not-granted" => {
                Question::NotGranted(json.list_of("access")?.iter().map(Access::read).collect::<Result<_, _>>()?)
            }
            "no-external-access" => Question::NoExternalAccess(zone()?),
            "no-other-access" => Question::NoOtherAccess(zone()?),
            "no-public-access" => Question::NoPublicAccess(json.text_of("resourceType")?.to_owned()),
            other => return Err(format!("there is no question `{other}`")),
        };
        let wanted: &[&str] = match question {
            Question::NoNewAccess => &["new", "existing"],
            Question::NoOtherAccess(_) => &["policy", "findings"],
            _ => &["policy"],
        };
        let given: Vec<&str> = documents.iter().map(|d| d.name.as_str()).collect();
        if given != wanted {
            return Err(format!("the documents must be {wanted:?}, not {given:?}"));
        }
        let inside = matches!(question, Question::NoNewAccess | Question::Unsatisfiable | Question::NotGranted(_));
        if !inside && policy_type != PolicyType::Resource {
            return Err("only a resource policy lets in callers from outside".to_owned());
        }
        Ok(Self { question, policy_type, documents })
    }

    /// What was proved or, by a witness, shown not to be so, in words.
    pub(crate) fn sentence(&self, holds: bool) -> String {
        let id = |at: usize| &self.documents[at].digest;
        let sentence = match &self.question {
            Question::NoNewAccess => format!("{} allows nothing that {} does not", id(0), id(1)),
            Question::Unsatisfiable => format!("{} allows nothing", id(0)),
            Question::NotGranted(_) => format!("{} allows nothing of the listed access", id(0)),
            Question::NoExternalAccess(_) => {
                format!("{} lets in nobody from outside the zone of trust", id(0))
            }
            Question::NoOtherAccess(_) => format!("{} lets in nobody else from outside than {}", id(0), id(1)),
            Question::NoPublicAccess(kind) => {
                format!("{} is not public on a resource of type {kind}", id(0))
            }
        };
        if holds { sentence } else { format!("it is not true that {sentence}") }
    }

    /// Has the judge replay a request that shows the claim to be wrong.
    pub(crate) fn replay(&self, request: &Json) -> Result<(), Rejection> {
        let mut request = Request::from_json(request, "/request").map_err(|error| error.to_string())?;
        request.complete().map_err(|error| error.to_string())?;
        let allows = |at: usize| {
            let policy = &self.documents[at].policy;
            judge::allows(policy, self.policy_type, &request, &Facts::default()) == Decision::Allowed
        };
        let mut meaning = self.meaning();
        meaning.kind = Kind::of(&request.principal);
        let other = self.documents.len() > 1 && allows(1);
        let rest = self.parts(&mut meaning).0.rest;
        let holds = |formula| meaning.holds(formula, &request) == Some(true);
        match allows(0) && !other && rest.iter().all(holds) {
            true => Ok(()),
            false => Err(Rejection::Unproved("the request does not show it".to_owned())),
        }
    }

    /// Everything that gives meaning to the documents.
    pub(crate) fn meaning(&self) -> Meaning<'_> {
        Meaning::new(self.documents.iter().map(|document| &document.policy).collect())
    }

    /// The claim for the kind of caller and the pinned values that `meaning` is set to, and the names of its atoms.
    pub(crate) fn parts(&self, meaning: &mut Meaning) -> (Parts, Names<'_>) {
        let mut names = Names { documents: &self.documents, elements: HashMap::new(), pins: HashMap::new() };
        let (mut allows, mut rest) = (Vec::new(), Vec::new());
        for (index, (effect, applies)) in self.statements(meaning, 0, &mut names).into_iter().enumerate() {
            match effect {
                Effect::Allow => allows.push((index, applies)),
                Effect::Deny => rest.push(applies.not()),
            }
        }
        // Where the first document allows nothing, nothing else matters.
        if allows.iter().all(|(_, applies)| *applies == Formula::None) {
            return (Parts { allows, rest }, names);
        }
        // A second document does not allow it.
        if self.documents.len() > 1 {
            let (mut allowed, mut refused) = (Vec::new(), Vec::new());
            for (effect, applies) in self.statements(meaning, 1, &mut names) {
                match effect {
                    Effect::Allow => allowed.push(applies.not()),
                    Effect::Deny => refused.push(applies),
                }
            }
            rest.push(Formula::or([Formula::and(allowed)].into_iter().chain(refused)));
        }
        let (narrowed, of_type) = match &self.question {
            Question::Unsatisfiable | Question::NoNewAccess => (Formula::All, Formula::All),
            Question::NotGranted(entries) => {
                (Formula::or(entries.iter().map(|entry| meaning.granted(entry)).collect::<Vec<_>>()), Formula::All)
            }
            Question::NoExternalAccess(zone) | Question::NoOtherAccess(zone) => {
                (meaning.inside(zone).not(), Formula::All)
            }
            Question::NoPublicAccess(resource_type) => {
                let trusted = meaning.trusted(&self.documents[0].policy, resource_type);
                (trusted.not(), meaning.of_type(resource_type))
            }
        };
        let others = [narrowed, of_type, meaning.ties(), meaning.pinned()];
        for (at, formula) in others.into_iter().enumerate() {
            names.elements.insert((at, usize::MAX, 0), formula.clone());
            rest.push(formula);
        }
        (Parts { allows, rest }, names)
    }

    /// When each statement of a document applies (S1). A statement that concerns no caller of the kind names nothing.
    fn statements(&self, meaning: &mut Meaning, document: usize, names: &mut Names) -> Vec<(Effect, Formula)> {
        let mut out = Vec::new();
        for (index, statement) in self.documents[document].policy.statements.iter().enumerate() {
            let mut elements = vec![meaning.principal(statement, self.policy_type)];
            if elements[0] != Formula::None {
                elements.push(meaning.actions(statement));
                elements.push(meaning.resources(statement));
                elements.extend(statement.conditions.iter().map(|c| meaning.condition(c)));
            }
            for (at, element) in elements.iter().enumerate() {
                names.elements.insert((document, index, at), element.clone());
            }
            out.push((statement.effect, Formula::and(elements)));
        }
        out
    }
}

fn document(json: &Json, policy_type: PolicyType) -> Result<Document, String> {
    json.only(&["name", "digest", "text"])?;
    let (name, claimed, text) = (json.text_of("name")?, json.text_of("digest")?, json.text_of("text")?);
    let own = digest::of(text);
    if own != claimed {
        return Err(format!("the text of `{name}` has the digest {own}, not {claimed}"));
    }
    let policy = Policy::read(text).and_then(|policy| check_policy(&policy, policy_type).map(|()| policy));
    let policy = policy.map_err(|error| format!("document `{name}`: {error}"))?;
    if policy.reserved {
        return Err(format!("document `{name}` spells a letter that stands for unknown values"));
    }
    Ok(Document { name: name.to_owned(), digest: own, policy })
}
