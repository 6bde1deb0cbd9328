//! What a certificate claims: that some set of requests is empty, built here from the documents themselves.

use keyaki_language::json::Json;
use keyaki_language::judge::check_policy;
use keyaki_language::meaning::{Formula, Meaning};
use keyaki_language::policies::PolicyType;
use keyaki_language::policy::{AccountId, Effect};
use keyaki_language::{Policy, digest};
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
    NotGranted(Vec<(Option<Vec<String>>, Option<Vec<String>>)>),
    /// Those by a caller from outside (Q3).
    NoExternalAccess(Zone),
    /// Those without any of the fixed values that the document names for trusted keys, on resources of a type (Q4).
    NoPublicAccess(String),
}

/// Who is inside.
struct Zone {
    accounts: Vec<AccountId>,
    organization: Option<String>,
    federated: Vec<String>,
    canonical_users: Vec<String>,
}

/// A claim for one kind of caller: for each Allow statement of the first document no request is in it and in all of the rest.
#[derive(PartialEq)]
pub(crate) struct Parts {
    pub(crate) allows: Vec<(usize, Formula)>,
    pub(crate) rest: Vec<Formula>,
}

/// Names of atoms: an element that mentions an atom gives it a name.
pub(crate) type Names = HashMap<String, u32>;

impl Claim {
    /// Reads a claim. `Err` says what is wrong with it.
    pub(crate) fn read(json: &Json) -> Result<Self, String> {
        let names = [
            "question",
            "policyType",
            "documents",
            "access",
            "resourceType",
            "zoneOfTrust",
        ];
        only(json, &names)?;
        let policy_type = match text(json, "policyType")?.as_str() {
            "IDENTITY_POLICY" => PolicyType::Identity,
            "RESOURCE_POLICY" => PolicyType::Resource,
            "SERVICE_CONTROL_POLICY" => PolicyType::ServiceControl,
            "RESOURCE_CONTROL_POLICY" => PolicyType::ResourceControl,
            other => return Err(format!("there is no policy type `{other}`")),
        };
        let documents = list(json, "documents")?
            .iter()
            .map(|json| document(json, policy_type));
        let documents: Vec<Document> = documents.collect::<Result<_, _>>()?;
        let question = match text(json, "question")?.as_str() {
            "no-new-access" => Question::NoNewAccess,
            "unsatisfiable" => Question::Unsatisfiable,
            "not-granted" => Question::NotGranted(
                list(json, "access")?
                    .iter()
                    .map(access)
                    .collect::<Result<_, _>>()?,
            ),
            "no-external-access" => Question::NoExternalAccess(zone(
                json.get("zoneOfTrust").ok_or("`zoneOfTrust` is missing")?,
            )?),
            "no-public-access" => Question::NoPublicAccess(text(json, "resourceType")?),
            other => return Err(format!("there is no question `{other}`")),
        };
        let wanted: &[&str] = match question {
            Question::NoNewAccess => &["new", "existing"],
            _ => &["policy"],
        };
        let given: Vec<&str> = documents.iter().map(|d| d.name.as_str()).collect();
        if given != wanted {
            return Err(format!("the documents must be {wanted:?}, not {given:?}"));
        }
        Ok(Self {
            question,
            policy_type,
            documents,
        })
    }

    /// What was proved, in words.
    pub(crate) fn sentence(&self) -> String {
        let id = |at: usize| &self.documents[at].digest;
        match &self.question {
            Question::NoNewAccess => format!("whatever {} allows, {} allows as well", id(0), id(1)),
            Question::Unsatisfiable => format!("{} allows nothing", id(0)),
            Question::NotGranted(_) => format!("{} allows nothing of the listed access", id(0)),
            Question::NoExternalAccess(_) => {
                format!("{} lets in nobody from outside the zone of trust", id(0))
            }
            Question::NoPublicAccess(resource_type) => format!(
                "{} is not public on a resource of type {resource_type}",
                id(0)
            ),
        }
    }

    /// Everything that gives meaning to the documents.
    pub(crate) fn meaning(&self) -> Meaning<'_> {
        Meaning::new(
            self.documents
                .iter()
                .map(|document| &document.policy)
                .collect(),
        )
    }

    /// The claim for the kind of caller and the pinned values that `meaning` is set to, and the names of its atoms.
    pub(crate) fn parts(&self, meaning: &mut Meaning) -> (Parts, Names) {
        let mut names = Names::new();
        let mut parts = Parts {
            allows: Vec::new(),
            rest: Vec::new(),
        };
        for (index, (effect, applies)) in self
            .statements(meaning, &self.documents[0], &mut names)
            .into_iter()
            .enumerate()
        {
            match effect {
                Effect::Allow => parts.allows.push((index, applies)),
                Effect::Deny => parts.rest.push(applies.not()),
            }
        }
        let narrowed = match &self.question {
            Question::Unsatisfiable => Vec::new(),
            Question::NoNewAccess => {
                let (mut allows, mut refused) = (Vec::new(), Vec::new());
                for (effect, applies) in self.statements(meaning, &self.documents[1], &mut names) {
                    match effect {
                        Effect::Allow => allows.push(applies.not()),
                        Effect::Deny => refused.push(applies),
                    }
                }
                vec![Formula::or(
                    [Formula::and(allows)].into_iter().chain(refused),
                )]
            }
            Question::NotGranted(entries) => {
                let entry = |(actions, resources): &(Option<Vec<String>>, Option<Vec<String>>)| {
                    let actions = actions.as_ref().map_or(Formula::All, |a| {
                        meaning.action_in(a.iter().map(String::as_str))
                    });
                    let resources = resources
                        .as_ref()
                        .map_or(Formula::All, |r| meaning.resource_in(r));
                    Formula::and([actions, resources])
                };
                vec![Formula::or(entries.iter().map(entry).collect::<Vec<_>>())]
            }
            Question::NoExternalAccess(zone) => {
                let inside = meaning.inside(
                    &zone.accounts,
                    zone.organization.as_deref(),
                    &zone.federated,
                    &zone.canonical_users,
                );
                vec![inside.not()]
            }
            Question::NoPublicAccess(resource_type) => {
                let trusted = meaning.trusted(&self.documents[0].policy, resource_type);
                vec![trusted.not(), meaning.of_type(resource_type)]
            }
        };
        let more = ["narrowed", "type", "ties", "pinned"];
        let ties = meaning.ties();
        let pinned = meaning.pinned();
        let mut rest = narrowed;
        rest.resize(2, Formula::All);
        for (name, formula) in more.iter().zip(rest.into_iter().chain([ties, pinned])) {
            note(&mut names, name, &formula);
            parts.rest.push(formula);
        }
        (parts, names)
    }

    /// When each statement of a document applies (S1).
    fn statements(
        &self,
        meaning: &mut Meaning,
        document: &Document,
        names: &mut Names,
    ) -> Vec<(Effect, Formula)> {
        let mut out = Vec::new();
        for (index, statement) in document.policy.statements.iter().enumerate() {
            let mut elements = vec![
                (
                    "Principal".to_owned(),
                    meaning.principal(statement, self.policy_type),
                ),
                ("Action".to_owned(), meaning.actions(statement)),
                ("Resource".to_owned(), meaning.resources(statement)),
            ];
            for (at, condition) in statement.conditions.iter().enumerate() {
                elements.push((format!("Condition/{at}"), meaning.condition(condition)));
            }
            for (element, formula) in &elements {
                note(
                    names,
                    &format!("{}/{index}/{element}", document.name),
                    formula,
                );
            }
            out.push((
                statement.effect,
                Formula::and(elements.into_iter().map(|(_, formula)| formula)),
            ));
        }
        out
    }
}

/// Names the atoms of an element: `name` the first, `name#1` the second, and so on.
fn note(names: &mut Names, name: &str, formula: &Formula) {
    let mut atoms = Vec::new();
    formula.atoms(&mut atoms);
    for (at, atom) in atoms.into_iter().enumerate() {
        let name = if at == 0 {
            name.to_owned()
        } else {
            format!("{name}#{at}")
        };
        names.insert(name, atom);
    }
}

fn document(json: &Json, policy_type: PolicyType) -> Result<Document, String> {
    only(json, &["name", "digest", "text"])?;
    let (name, claimed, text) = (
        text(json, "name")?,
        text(json, "digest")?,
        text(json, "text")?,
    );
    let own = digest::of(&text);
    if own != claimed {
        return Err(format!(
            "the text of `{name}` has the digest {own}, not {claimed}"
        ));
    }
    let policy =
        Policy::read(&text).and_then(|policy| check_policy(&policy, policy_type).map(|()| policy));
    let policy = policy.map_err(|error| format!("document `{name}`: {error}"))?;
    Ok(Document {
        name,
        digest: own,
        policy,
    })
}

fn access(json: &Json) -> Result<(Option<Vec<String>>, Option<Vec<String>>), String> {
    only(json, &["actions", "resources"])?;
    let texts = |name| json.get(name).map(|_| strings(json, name)).transpose();
    Ok((texts("actions")?, texts("resources")?))
}

fn zone(json: &Json) -> Result<Zone, String> {
    only(
        json,
        &["accounts", "organization", "federated", "canonicalUsers"],
    )?;
    let account = |text: String| AccountId::parse(&text).ok_or(format!("`{text}` is no account"));
    Ok(Zone {
        accounts: strings(json, "accounts")?
            .into_iter()
            .map(account)
            .collect::<Result<_, _>>()?,
        organization: json
            .get("organization")
            .map(|_| text(json, "organization"))
            .transpose()?,
        federated: strings(json, "federated")?,
        canonical_users: strings(json, "canonicalUsers")?,
    })
}

/// Refuses members that nobody knows.
pub(crate) fn only(json: &Json, names: &[&str]) -> Result<(), String> {
    let members = json
        .as_object()
        .ok_or_else(|| format!("{} stands where an object must", json.type_name()))?;
    match members
        .iter()
        .find(|member| !names.contains(&member.key.value.as_str()))
    {
        Some(member) => Err(format!("unknown member `{}`", member.key.value)),
        None => Ok(()),
    }
}

pub(crate) fn text(json: &Json, name: &str) -> Result<String, String> {
    let value = json.get(name).and_then(Json::as_str);
    value
        .map(str::to_owned)
        .ok_or_else(|| format!("`{name}` must be a string"))
}

pub(crate) fn list<'j>(json: &'j Json, name: &str) -> Result<&'j [Json], String> {
    json.get(name)
        .and_then(Json::as_array)
        .ok_or_else(|| format!("`{name}` must be a list"))
}

fn strings(json: &Json, name: &str) -> Result<Vec<String>, String> {
    let Some(value) = json.get(name) else {
        return Ok(Vec::new());
    };
    let texts = value.as_array().and_then(|items| {
        items
            .iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect()
    });
    texts.ok_or_else(|| format!("`{name}` must be a list of strings"))
}
