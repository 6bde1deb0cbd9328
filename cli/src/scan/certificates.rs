//! `keyaki scan --certificates DIR`: evidence for every policy of a resource that its findings are all there is.
//!
//! A certificate speaks of one document: what it allows to callers outside the zone of trust is what the findings say, each of
//! them written as a statement; without findings, that it lets in nobody from outside. Where the findings of a document are a smallest
//! list, the certificate shows that too: no smaller one can be chosen from the findings that hold some requests. Where a document allows more than that,
//! something else keeps callers out: a control policy, Block Public Access, the other policy of an access point. Then the certificate is about the
//! document with the Denies that these amount to behind it ([`composed`]), and the index names what they were taken from, with digests; where a
//! Deny rests on the policy being public, a witness of that stands in the same file. `index.jsonl` tells for each document which file holds its
//! evidence, or why there is none. What grants without a document (an ACL, the grants of a key) is proved of the statements that it amounts to: they stand in
//! the certificate, and that the grants amount to them is what the reader has to believe.

use crate::evidence::save;
use crate::failure::{Failure, Stop};
use crate::scan::report::Subject;
use keyaki_engine::finding::{Analysis, Composed, Minimality, Own, Place, composed, granted};
use keyaki_engine::proof::{Texts, certificate, findings_document, smallest, witness};
use keyaki_engine::question::{NoExternalAccess, NoOtherAccess, NoPublicAccess, Question};
use keyaki_engine::resource::{Organization, Resource, ZoneOfTrust};
use keyaki_engine::{Limits, Verdict};
use keyaki_language::json::{self, Json, JsonValue};
use keyaki_language::{Policy, digest};
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
        organization: &Organization,
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
        let around = Around {
            resource,
            analysis,
            zone,
            organization,
            documents: &documents,
        };
        for document in &documents {
            let evidence = self.evidence(&document.text, Some(document), &around)?;
            self.entry(subject, &document.at, evidence)?;
        }
        let amount = match grants.is_empty() {
            true => None,
            false => resource().and_then(|resource| granted(&resource)),
        };
        for at in grants {
            let evidence = match &amount {
                Some(text) => self.evidence(text, None, &around)?,
                None => Err("the grants let nobody in, or amount to no statements".to_owned()),
            };
            self.entry(subject, &at, evidence)?;
        }
        Ok(())
    }

    /// Proves what can be proved of a document, and saves it: the file's name and what it is about, or why there is none.
    fn evidence(
        &mut self,
        text: &str,
        document: Option<&Document>,
        around: &Around<'_>,
    ) -> Result<Result<Evidence, String>, Stop> {
        let (proved, composed) = match self.prove(text, around, None) {
            Ok(certificate) => (vec![certificate], None),
            Err(why) => match self.prove_composed(text, document, around) {
                Ok((evidence, composed)) => (evidence, Some(composed)),
                Err(None) => return Ok(Err(why)),
                Err(Some(more)) => return Ok(Err(format!("{why}: {more}"))),
            },
        };
        self.written += 1;
        let file = format!("{:07}.json", self.written);
        save(&self.folder.join(&file), &proved)?;
        Ok(Ok(Evidence { file, composed }))
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
        evidence: Result<Evidence, String>,
    ) -> Result<(), Stop> {
        let mut members = vec![
            ("resource", Json::from(subject.arn)),
            ("at", Json::from(at)),
        ];
        match evidence {
            Ok(Evidence { file, composed }) => {
                members.push(("certificate", Json::from(file)));
                if let Some(Composed { of, with, .. }) = composed {
                    let part = |(name, text): (String, String)| {
                        let digest = Json::from(digest::of(&text));
                        Json::object([("name", Json::from(name)), ("digest", digest)])
                    };
                    members.push(("composedOf", Json::array(of.into_iter().map(part))));
                    members.push(("with", Json::array(with.into_iter().map(Json::from))));
                }
            }
            Err(why) => members.push(("none", Json::from(why))),
        }
        let mut line = Json::object(members).to_string();
        line.push('\n');
        self.index
            .write_all(line.as_bytes())
            .map_err(|error| self.cannot(&error))
    }

    /// Evidence for a document with what narrows it: what to save, and what it was composed of. `Err` says why there is none, if there is
    /// more to say than that it is not so.
    fn prove_composed(
        &self,
        text: &str,
        document: Option<&Document>,
        around: &Around<'_>,
    ) -> Result<(Vec<String>, Composed), Option<String>> {
        let resource = (around.resource)().ok_or(None)?;
        let others: Vec<String> = match document {
            Some(_) => Vec::new(),
            None => {
                let own = around.documents.iter().filter(|own| own.point.is_none());
                own.map(|own| own.text.clone()).collect()
            }
        };
        let mut bucket = around.documents.iter().filter(|own| own.point.is_none());
        let own = match document {
            None => Own::Grants(text, &others),
            Some(Document { point: None, .. }) => Own::Policy(text),
            Some(Document {
                point: Some(arn), ..
            }) => Own::AccessPoint {
                arn,
                policy: text,
                bucket: &bucket.next().ok_or(None)?.text,
            },
        };
        let ways = composed(&resource, around.organization, around.analysis, own).map_err(Some)?;
        let mut why = None;
        for way in ways {
            match self.prove_way(&way, around) {
                Ok((evidence, spared)) => {
                    let mut way = way;
                    let says = |(name, _): &(&str, Json)| {
                        format!("{name}: what control policies do not bind")
                    };
                    let spared = way.spared.iter().filter(|_| spared).map(says);
                    way.with.extend(spared.collect::<Vec<_>>());
                    return Ok((evidence, way));
                }
                Err(error) => why = error.or(why),
            }
        }
        Err(why)
    }

    /// Evidence for one way of composing, and whether it needs to name what control policies spare.
    fn prove_way(
        &self,
        way: &Composed,
        around: &Around<'_>,
    ) -> Result<(Vec<String>, bool), Option<String>> {
        let mut evidence = Vec::new();
        for (text, resource_type) in &way.public {
            evidence.push(self.show_public(text, resource_type).ok_or(None)?);
        }
        let spared: Vec<Json> = way.spared.iter().map(|(_, own)| own.clone()).collect();
        let (certificate, spared) = match self.prove(&way.text, around, None) {
            Ok(certificate) => (certificate, false),
            Err(_) if way.spared.is_empty() => return Err(None),
            Err(_) => match self.prove(&way.text, around, Some(&spared)) {
                Ok(certificate) => (certificate, true),
                Err(_) => return Err(None),
            },
        };
        evidence.insert(0, certificate);
        Ok((evidence, spared))
    }

    /// A witness that a policy is public.
    fn show_public(&self, text: &str, resource_type: &str) -> Option<String> {
        let question = Question::NoPublicAccess(NoPublicAccess {
            resource_type: resource_type.to_owned(),
            policy: Policy::read(text).ok()?,
        });
        match question.decide(&self.limits).verdict {
            Verdict::Fails(Some(request)) => {
                let texts = Texts {
                    policy: text,
                    existing: None,
                };
                Some(witness(&question, texts, &request))
            }
            _ => None,
        }
    }

    /// A certificate for one document, or why there is none. `spared`: statements that are listed beside the findings.
    fn prove(
        &self,
        text: &str,
        around: &Around<'_>,
        spared: Option<&[Json<'static>]>,
    ) -> Result<String, String> {
        let (analysis, zone) = (around.analysis, around.zone);
        let policy = Policy::read(text).map_err(|error| error.to_string())?;
        for minimality in analysis.minimality.iter().filter(|_| spared.is_none()) {
            if let Some(certificate) = self.prove_smallest(text, &policy, minimality, zone) {
                return Ok(certificate);
            }
        }
        let findings = analysis.findings.iter();
        let places = findings
            .filter(|finding| finding.removed_by.is_none())
            .map(|finding| (&finding.principal, &finding.condition));
        let said = findings_document(&policy, places, spared.unwrap_or_default());
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
                &[],
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

/// What a document stands in.
struct Around<'a> {
    resource: &'a dyn Fn() -> Option<Resource>,
    analysis: &'a Analysis,
    zone: &'a ZoneOfTrust,
    organization: &'a Organization,
    /// All documents of the resource.
    documents: &'a [Document],
}

/// Evidence that was saved.
struct Evidence {
    file: String,
    /// What it is about, where that is more than the document.
    composed: Option<Composed>,
}

/// A document of a resource.
struct Document {
    /// Where it stands in the record.
    at: String,
    text: String,
    /// The ARN of the access point that it belongs to.
    point: Option<String>,
}

/// The documents of a configuration with their places, and the places of what grants without a document.
fn collect(json: &Json, at: &str, documents: &mut Vec<Document>, grants: &mut Vec<String>) {
    match &json.value {
        JsonValue::Object(members) => {
            for member in members {
                let name = member.name();
                let mut place = at.to_owned();
                json::push_pointer(&mut place, name);
                let is_policy =
                    name.ends_with("Policy") || name == "policy" || at.ends_with("/keyPolicies");
                let text = match &member.value.value {
                    JsonValue::String(text) if is_policy => text.as_ref().to_owned(),
                    JsonValue::Object(_) if is_policy => member.value.to_string(),
                    JsonValue::Array(items) if name.ends_with("rants") && !items.is_empty() => {
                        grants.push(place);
                        continue;
                    }
                    JsonValue::Object(points) if name == "accessPoints" => {
                        for point in points {
                            let first = documents.len();
                            let mut place = place.clone();
                            json::push_pointer(&mut place, point.name());
                            collect(&point.value, &place, documents, grants);
                            for own in &mut documents[first..] {
                                own.point = Some(point.name().to_owned());
                            }
                        }
                        continue;
                    }
                    _ => {
                        collect(&member.value, &place, documents, grants);
                        continue;
                    }
                };
                documents.push(Document {
                    at: place,
                    text,
                    point: None,
                });
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
