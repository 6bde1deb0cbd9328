//! What a certificate claims: that some set of requests is empty, built here from the documents themselves.

use crate::certificate::Rejection;
use keyaki_language::json::Json;
use keyaki_language::judge::{self, Decision, check_policy};
use keyaki_language::meaning::document::{Access, Zone};
use keyaki_language::meaning::{Formula, Kind, Meaning};
use keyaki_language::policies::PolicyType;
use keyaki_language::policy::{Effect, Statement, holds_reserved};
use keyaki_language::{Facts, Policy, Request, digest};
use std::collections::HashMap;

/// A document of a claim.
#[derive(Clone)]
pub(crate) struct Document {
    pub(crate) name: String,
    pub(crate) digest: String,
    pub(crate) policy: Policy,
}

/// The claim of a certificate.
pub(crate) struct Claim {
    question: Question,
    policy_type: PolicyType,
    /// The document whose requests are asked for; the one that must allow them too; findings of which no fewer do.
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

/// The elements of a claim by their names, which give atoms their names.
pub(crate) type Names = HashMap<String, Formula>;

/// Elements that belong to no statement.
const OTHERS: [&str; 4] = ["narrowed", "type", "ties", "pinned"];

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
        json.only(&["question", "policyType", "documents", "access", "resourceType", "zoneOfTrust"])?;
        if holds_reserved(json) {
            return Err("the claim spells a letter that stands for unknown values".to_owned());
        }
        let policy_type = json.text_of("policyType")?;
        let policy_type =
            PolicyType::parse(policy_type).ok_or_else(|| format!("unknown policy type `{policy_type}`"))?;
        let documents = json.list_of("documents")?.iter().map(|json| document(json, policy_type));
        let documents: Vec<Document> = documents.collect::<Result<_, _>>()?;
        let zone = || Zone::read(json.need("zoneOfTrust")?);
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
            Question::NoOtherAccess(_) => &["policy", "findings", "candidates"],
            _ => &["policy"],
        };
        let given: Vec<&str> = documents.iter().map(|d| d.name.as_str()).collect();
        // The candidates may be left out.
        if given != wanted && (given.len() < 2 || !wanted.starts_with(&given)) {
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
            Question::NoExternalAccess(_) => format!("{} lets in nobody from outside the zone of trust", id(0)),
            Question::NoOtherAccess(_) => {
                let fewer = |candidates: &Document| {
                    let [own, all] = [&self.documents[1], candidates].map(|d| d.policy.statements.len());
                    let of = &candidates.digest;
                    format!(", and no smaller list covers it: fewer than {own} of the {all} findings in {of} never do")
                };
                let fewer = self.candidates().map(fewer).unwrap_or_default();
                format!("{} lets in nobody else from outside than {}{fewer}", id(0), id(1))
            }
            Question::NoPublicAccess(kind) => format!("{} is not public on a resource of type {kind}", id(0)),
        };
        if holds { sentence } else { format!("it is not true that {sentence}") }
    }

    /// The findings of which no smaller list is said to cover what the first document lets in, if that is said.
    pub(crate) fn candidates(&self) -> Option<&Document> {
        self.documents.get(2)
    }

    /// Those of the candidates that hold a request from outside that the first document allows, as the judge says.
    pub(crate) fn holders(&self, request: &Json) -> Result<Vec<usize>, Rejection> {
        let Question::NoOtherAccess(zone) = &self.question else { return Ok(Vec::new()) };
        let question = Question::NoExternalAccess(zone.clone());
        let documents = vec![self.documents[0].clone()];
        let request = Claim { question, policy_type: self.policy_type, documents }.replay(request)?;
        let statements = self.candidates().map_or(&[][..], |all| &all.policy.statements);
        // In doubt a candidate holds the request.
        let holds = |own: &Statement| {
            let policy = Policy { statements: vec![own.clone()], ..self.documents[0].policy.clone() };
            let says = judge::allows(&policy, self.policy_type, &request, &Facts::default());
            !matches!(says, Decision::ImplicitlyDenied | Decision::ExplicitlyDenied)
        };
        Ok((0..statements.len()).filter(|at| holds(&statements[*at])).collect())
    }

    /// Has the judge replay a request that shows the claim to be wrong.
    pub(crate) fn replay(&self, request: &Json) -> Result<Request, Rejection> {
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
            true => Ok(request),
            false => Err(Rejection::Unproved("the request does not show it".to_owned())),
        }
    }

    /// Everything that gives meaning to the documents.
    pub(crate) fn meaning(&self) -> Meaning<'_> {
        Meaning::new(self.documents.iter().take(2).map(|document| &document.policy).collect())
    }

    /// The claim for the kind of caller and the pinned values that `meaning` is set to, and the names of its atoms.
    pub(crate) fn parts(&self, meaning: &mut Meaning) -> (Parts, Names) {
        let mut names = Names::new();
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
        for (name, formula) in OTHERS.iter().zip(others) {
            names.insert((*name).to_owned(), formula.clone());
            rest.push(formula);
        }
        (Parts { allows, rest }, names)
    }

    /// When each statement of a document applies (S1). A statement that concerns no caller of the kind names nothing.
    fn statements(&self, meaning: &mut Meaning, document: usize, names: &mut Names) -> Vec<(Effect, Formula)> {
        let Document { name, policy, .. } = &self.documents[document];
        let mut out = Vec::new();
        for (index, statement) in policy.statements.iter().enumerate() {
            let elements = meaning.elements(statement, self.policy_type);
            for (at, element) in elements.iter().enumerate() {
                let part = match at {
                    0 => "Principal".to_owned(),
                    1 => "Action".to_owned(),
                    2 => "Resource".to_owned(),
                    _ => format!("Condition/{}", at - 3),
                };
                names.insert(format!("{name}/{index}/{part}"), element.clone());
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
