//! `keyaki scan --certificates DIR`: evidence for every policy of a resource that its findings are all there is.
//!
//! A certificate speaks of one document: what it allows to callers outside the zone of trust is what the findings say, each of
//! them written as a statement; without findings, that it lets in nobody from outside. Where the findings of a document are a smallest
//! list, the certificate shows that too: no smaller one can be chosen from the findings that hold some requests. Where a document allows more than that,
//! something else keeps callers out (a control policy, Block Public Access, the other policy of an access point), and
//! the document has no certificate of its own. `index.jsonl` tells for each document which file holds its evidence, or why there is
//! none. What grants without a document (an ACL, the grants of a key) is proved of the statements that it amounts to: they stand in
//! the certificate, and that the grants amount to them is what the reader has to believe.

use crate::evidence::save;
use crate::failure::{Failure, Stop};
use crate::scan::report::Subject;
use keyaki_engine::finding::{Analysis, Minimality, Place, granted};
use keyaki_engine::proof::{Texts, certificate, findings_document, smallest};
use keyaki_engine::question::{NoExternalAccess, NoOtherAccess, Question};
use keyaki_engine::resource::{Resource, ZoneOfTrust};
use keyaki_engine::{Limits, Verdict};
use keyaki_language::Policy;
use keyaki_language::json::{self, Json, JsonValue, write_string};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// A folder that fills with certificates.
pub(crate) struct Certificates {
    folder: PathBuf,
    index: BufWriter<File>,
    written: usize,
    limits: Limits,
}

impl Certificates {
    /// Makes the folder, which must be empty or not there: evidence of two scans does not mix.
    pub(crate) fn new(folder: &Path, limits: Limits) -> Result<Self, Stop> {
        let name = folder.display().to_string();
        let cannot =
            |error: std::io::Error| Failure::new(format!("cannot write: {error}")).in_file(&name);
        fs::create_dir_all(folder).map_err(cannot)?;
        if fs::read_dir(folder).map_err(cannot)?.next().is_some() {
            return Err(Failure::new("the folder for certificates is not empty")
                .in_file(&name)
                .with_hint("name a folder that is not there yet")
                .into());
        }
        let index = File::create_new(folder.join("index.jsonl")).map_err(cannot)?;
        Ok(Self {
            folder: folder.to_owned(),
            index: BufWriter::new(index),
            written: 0,
            limits,
        })
    }

    /// Writes evidence for each document of a record.
    pub(crate) fn add(
        &mut self,
        subject: &Subject<'_>,
        record: &[u8],
        resource: &dyn Fn() -> Option<Resource>,
        analysis: &Analysis,
        zone: &ZoneOfTrust,
    ) -> Result<(), Stop> {
        let record = match json::parse_bytes(record) {
            Ok(record) => record,
            Err(error) => return self.entry(subject, "", Err(error.to_string())),
        };
        let mut documents = Vec::new();
        let mut grants = Vec::new();
        if let Some(configuration) = record.get("configuration") {
            collect(configuration, "/configuration", &mut documents, &mut grants);
        }
        for (at, text) in documents {
            let evidence = self.evidence(&text, analysis, zone)?;
            self.entry(subject, &at, evidence)?;
        }
        let amount = match grants.is_empty() {
            true => None,
            false => resource().and_then(|resource| granted(&resource)),
        };
        for at in grants {
            let evidence = match &amount {
                Some(text) => self.evidence(text, analysis, zone)?,
                None => Err("the grants let nobody in, or amount to no statements".to_owned()),
            };
            self.entry(subject, &at, evidence)?;
        }
        Ok(())
    }

    /// Proves what can be proved of a document, and saves it: the file's name, or why there is none.
    fn evidence(
        &mut self,
        text: &str,
        analysis: &Analysis,
        zone: &ZoneOfTrust,
    ) -> Result<Result<String, String>, Stop> {
        let certificate = match self.prove(text, analysis, zone) {
            Ok(certificate) => certificate,
            Err(why) => return Ok(Err(why)),
        };
        self.written += 1;
        let name = format!("{:07}.json", self.written);
        save(&self.folder.join(&name), &[certificate])?;
        Ok(Ok(name))
    }

    /// Writes the index to its end.
    pub(crate) fn finish(mut self) -> Result<(), Stop> {
        self.index.flush().map_err(|error| self.cannot(&error))
    }

    fn cannot(&self, error: &std::io::Error) -> Stop {
        let name = self.folder.join("index.jsonl").display().to_string();
        Failure::new(format!("cannot write: {error}"))
            .in_file(name)
            .into()
    }

    fn entry(
        &mut self,
        subject: &Subject<'_>,
        at: &str,
        evidence: Result<String, String>,
    ) -> Result<(), Stop> {
        let mut line = "{\"resource\":".to_owned();
        write_string(&mut line, subject.arn);
        line.push_str(",\"at\":");
        write_string(&mut line, at);
        let (name, text) = match &evidence {
            Ok(file) => ("certificate", file),
            Err(why) => ("none", why),
        };
        line.push_str(&format!(",\"{name}\":"));
        write_string(&mut line, text);
        line.push_str("}\n");
        self.index
            .write_all(line.as_bytes())
            .map_err(|error| self.cannot(&error))
    }

    /// A certificate for one document, or why there is none.
    fn prove(&self, text: &str, analysis: &Analysis, zone: &ZoneOfTrust) -> Result<String, String> {
        let policy = Policy::read(text).map_err(|error| error.to_string())?;
        for minimality in &analysis.minimality {
            if let Some(certificate) = self.prove_smallest(text, &policy, minimality, zone) {
                return Ok(certificate);
            }
        }
        let findings = analysis.findings.iter();
        let places = findings
            .filter(|finding| finding.removed_by.is_none())
            .map(|finding| (&finding.principal, &finding.condition));
        let said = findings_document(&policy, places);
        let question = match &said {
            None => Question::NoExternalAccess(NoExternalAccess {
                resource_type: String::new(),
                policy,
                zone: zone.clone(),
            }),
            Some(said) => Question::NoOtherAccess(NoOtherAccess {
                policy,
                zone: zone.clone(),
                findings: Policy::read(said).map_err(|error| error.to_string())?,
            }),
        };
        let answer = question.prove(&self.limits);
        let texts = Texts {
            policy: text,
            existing: said.as_deref(),
        };
        match (&answer.proof, &answer.verdict) {
            (Some(proof), _) => Ok(certificate(&question, texts, proof)),
            (None, Verdict::Undecided(why)) => Err(format!("undecided: {}", why.message)),
            (None, _) => {
                Err("the document alone allows more; something else keeps callers out".to_owned())
            }
        }
    }

    /// A certificate that a smallest list of findings is all there is of a document, and that none is smaller; `None` if that cannot be
    /// shown, say because the list is that of another way in. It is checked before it is written, because which findings hold a
    /// request a checker decides for itself.
    fn prove_smallest(
        &self,
        text: &str,
        policy: &Policy,
        minimality: &Minimality,
        zone: &ZoneOfTrust,
    ) -> Option<String> {
        let place = |at: &usize| &minimality.candidates[*at];
        let said = |place: &'_ Place| (place.principal.clone(), place.condition.clone());
        let cover: Vec<_> = minimality.cover.iter().map(place).map(said).collect();
        let all: Vec<_> = minimality.candidates.iter().map(said).collect();
        let [said, candidates] = [cover, all].map(|places| {
            findings_document(
                policy,
                places
                    .iter()
                    .map(|(principal, condition)| (principal, condition)),
            )
        });
        let (said, candidates) = (said?, candidates?);
        let question = NoOtherAccess {
            policy: policy.clone(),
            zone: zone.clone(),
            findings: Policy::read(&said).ok()?,
        };
        let answer = Question::NoOtherAccess(question.clone()).prove(&self.limits);
        let texts = Texts {
            policy: text,
            existing: Some(&said),
        };
        let proof = answer.proof.as_ref()?;
        let certificate = smallest(&question, texts, proof, &candidates, minimality);
        keyaki_checker::verify(&certificate)
            .is_ok()
            .then_some(certificate)
    }
}

/// The documents of a configuration with their places, and the places of what grants without a document.
fn collect(json: &Json, at: &str, documents: &mut Vec<(String, String)>, grants: &mut Vec<String>) {
    match &json.value {
        JsonValue::Object(members) => {
            for member in members {
                let name = member.name();
                let mut place = at.to_owned();
                json::push_pointer(&mut place, name);
                let is_policy =
                    name.ends_with("Policy") || name == "policy" || at.ends_with("/keyPolicies");
                match &member.value.value {
                    JsonValue::String(text) if is_policy => {
                        documents.push((place, text.as_ref().to_owned()));
                    }
                    JsonValue::Object(_) if is_policy => {
                        documents.push((place, member.value.to_string()))
                    }
                    JsonValue::Array(items) if name.ends_with("rants") && !items.is_empty() => {
                        grants.push(place)
                    }
                    _ => collect(&member.value, &place, documents, grants),
                }
            }
        }
        JsonValue::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, &format!("{at}/{index}"), documents, grants);
            }
        }
        _ => {}
    }
}
