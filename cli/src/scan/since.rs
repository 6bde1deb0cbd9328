//! What changed since another snapshot: which findings appeared, changed, stayed, went, or cannot be compared.
//!
//! The older snapshot is looked at first, with the same options, and its findings are kept without their witnesses.
//! A finding has *gone* only where that is known: its resource was analysed and no longer has it, or the resource is no
//! longer there and nothing that was not analysed can be it. Whatever else is missing is *not analysed now*, which is
//! never to be read as safe.

use super::memo::{Key, Known, Memo, Named};
use super::report::{FindingRow, Subject};
use keyaki_engine::finding::Finding;
use keyaki_fetch::NotAnalysed;
use std::collections::{BTreeMap, HashMap, HashSet};

/// What became of a finding of the newer snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// The older snapshot did not have it, or its resource was not analysed there.
    New,
    /// It was there with other actions, statements, sources or access.
    Changed,
    /// It was there.
    Unchanged,
}

impl Change {
    /// The word in reports.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Change::New => "new",
            Change::Changed => "changed",
            Change::Unchanged => "unchanged",
        }
    }
}

/// Why a finding of the older snapshot is not in the newer one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gone {
    /// Its resource was analysed and does not have it.
    Resolved,
    /// Its resource is not there any more.
    Resource,
    /// Under `--public-only`: the access is there, but no longer public.
    NoLongerPublic,
    /// Its resource, or something that may be it, was not analysed: it may still be there.
    NotAnalysed,
}

impl Gone {
    /// The word in reports for programs.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Gone::Resolved => "resolved",
            Gone::Resource => "resource-gone",
            Gone::NoLongerPublic => "no-longer-public",
            Gone::NotAnalysed => "not-analysed",
        }
    }

    /// The words in reports for people.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Gone::Resolved => "resolved: the resource no longer lets this in",
            Gone::Resource => "resolved: the resource is gone",
            Gone::NoLongerPublic => "resolved: the access is no longer public",
            Gone::NotAnalysed => "unknown: the resource was not analysed this time",
        }
    }
}

/// A finding of the older snapshot that the newer one does not have.
#[derive(Clone, Debug)]
pub(crate) struct GoneRow {
    pub(crate) gone: Gone,
    pub(crate) id: String,
    pub(crate) resource: String,
    pub(crate) resource_type: &'static str,
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) principal: (String, String),
    pub(crate) actions: Vec<String>,
    pub(crate) condition: BTreeMap<String, String>,
    pub(crate) is_public: bool,
}

impl GoneRow {
    /// `AWS 111122223333`.
    pub(crate) fn who(&self) -> String {
        format!("{} {}", self.principal.0, self.principal.1)
    }
}

/// What reports tell after the findings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Since {
    pub(crate) new: u64,
    pub(crate) changed: u64,
    pub(crate) unchanged: u64,
    /// Findings that are not there any more, in the order of the older snapshot.
    pub(crate) gone: Vec<GoneRow>,
    /// Analysed resources of the older snapshot that are not in the newer one, sorted.
    pub(crate) resources_gone: Vec<String>,
    /// Analysed resources of the older snapshot that were not analysed, or may not have been, this time, sorted.
    pub(crate) resources_not_analysed: Vec<String>,
}

impl Since {
    /// Findings known to be gone.
    pub(crate) fn resolved(&self) -> u64 {
        self.count(|gone| gone != Gone::NotAnalysed)
    }

    /// Findings of which nothing is known.
    pub(crate) fn unknown(&self) -> u64 {
        self.count(|gone| gone == Gone::NotAnalysed)
    }

    fn count(&self, is: impl Fn(Gone) -> bool) -> u64 {
        self.gone.iter().filter(|row| is(row.gone)).count() as u64
    }
}

/// One resource of the older snapshot.
#[derive(Debug)]
struct Past {
    arn: Box<str>,
    resource_type: &'static str,
    account: Box<str>,
    region: Box<str>,
    findings: Vec<PastFinding>,
    seen: bool,
}

/// A finding of it, without the witness, which may be another one for the same access.
#[derive(Debug)]
struct PastFinding {
    finding: Kept,
    met: Option<Gone>,
}

/// What two findings of one id are compared by.
#[derive(Debug, PartialEq)]
struct Kept {
    id: String,
    principal: (String, String),
    actions: Vec<String>,
    condition: BTreeMap<String, String>,
    is_public: bool,
    /// Statements and what took the access away.
    by: String,
}

impl Kept {
    fn of(finding: &Finding) -> Self {
        Self {
            id: finding.id.clone(),
            principal: finding.principal.clone(),
            actions: finding.actions.clone(),
            condition: finding.condition.clone(),
            is_public: finding.is_public,
            by: format!("{:?} {:?}", finding.statements, finding.removed_by),
        }
    }
}

/// The older snapshot, while the newer one is looked at.
#[derive(Debug, Default)]
pub(crate) struct Before {
    resources: Vec<Past>,
    by_arn: HashMap<Box<str>, usize>,
    /// Chunks that were not looked at record by record: of their records, those are among `resources` that something was found on.
    pub(crate) remembered: Vec<Key>,
    /// Resources of the newer snapshot that were looked at.
    seen: HashSet<Box<str>>,
    since: Since,
}

impl Before {
    /// Keeps what came of a resource of the older snapshot.
    pub(crate) fn keep(&mut self, subject: &Subject<'_>, findings: &[Finding]) {
        let findings = findings.iter().map(|finding| PastFinding {
            finding: Kept::of(finding),
            met: Some(Gone::Resolved),
        });
        if let Some(index) = self.by_arn.get(subject.arn) {
            // Two readings of a template may have the same finding.
            for one in findings {
                let known = &mut self.resources[*index].findings;
                if known.iter().all(|past| past.finding.id != one.finding.id) {
                    known.push(one);
                }
            }
            return;
        }
        self.by_arn.insert(subject.arn.into(), self.resources.len());
        self.resources.push(Past {
            arn: subject.arn.into(),
            resource_type: subject.resource_type,
            account: subject.account.as_str().into(),
            region: subject.region.into(),
            findings: findings.collect(),
            seen: false,
        });
    }

    /// Leaves out of the older snapshot what is not public.
    pub(crate) fn keep_public_only(&mut self) {
        for past in &mut self.resources {
            past.findings.retain(|past| past.finding.is_public);
        }
    }

    /// Takes note of a resource of the newer snapshot.
    pub(crate) fn see(&mut self, subject: &Subject<'_>) {
        match self.by_arn.get(subject.arn) {
            Some(index) => self.resources[*index].seen = true,
            None if self.remembered.is_empty() => {}
            None => {
                self.seen.insert(subject.arn.into());
            }
        }
    }

    /// Takes note of the resources that nothing was found on and that stand in remembered chunks: of the older snapshot those whose
    /// chunk the newer one does not have, and of the newer one (its chunks are `newer`) those that are missed.
    pub(crate) fn see_quiet(&mut self, memo: &Memo, newer: &[Key]) {
        let now: HashSet<&Key> = newer.iter().collect();
        for key in std::mem::take(&mut self.remembered) {
            if now.contains(&key) {
                continue;
            }
            for named in quiet(memo, &key) {
                if !self.seen.contains(named.arn) {
                    self.keep(&named.subject(), &[]);
                }
            }
        }
        let mut missed = self.resources.iter().filter(|past| !past.seen).count();
        for named in newer.iter().flat_map(|key| quiet(memo, key)) {
            if missed == 0 {
                break;
            }
            if let Some(index) = self.by_arn.get(named.arn) {
                let past = &mut self.resources[*index];
                missed -= usize::from(!past.seen);
                past.seen = true;
            }
        }
    }

    /// What became of a finding of the newer snapshot; one that is not shown still is not gone.
    pub(crate) fn compare(&mut self, row: &FindingRow<'_>, is_shown: bool) -> Change {
        let now = Kept::of(row.finding);
        let index = self.by_arn.get(row.subject.arn);
        let past = index.and_then(|index| {
            let findings = &mut self.resources[*index].findings;
            findings.iter_mut().find(|past| past.finding.id == now.id)
        });
        let change = match past {
            None => Change::New,
            Some(past) => {
                past.met = (!is_shown).then_some(Gone::NoLongerPublic);
                if past.finding == now {
                    Change::Unchanged
                } else {
                    Change::Changed
                }
            }
        };
        if is_shown {
            match change {
                Change::New => self.since.new += 1,
                Change::Changed => self.since.changed += 1,
                Change::Unchanged => self.since.unchanged += 1,
            }
        }
        change
    }

    /// What is not there any more, and what is not known.
    pub(crate) fn finish(self, not_analysed: &[NotAnalysed]) -> Since {
        let named: HashSet<&str> = not_analysed
            .iter()
            .filter_map(|missing| missing.resource.as_deref())
            .collect();
        let nameless: Vec<&NotAnalysed> = not_analysed
            .iter()
            .filter(|missing| missing.resource.is_none())
            .collect();
        let mut since = self.since;
        for past in self.resources {
            let unknown = named.contains(&*past.arn)
                || (!past.seen && nameless.iter().any(|missing| may_be(missing, &past)));
            if unknown {
                since.resources_not_analysed.push(past.arn.to_string());
            } else if !past.seen {
                since.resources_gone.push(past.arn.to_string());
            }
            for PastFinding { finding, met } in past.findings {
                let Some(met) = met else { continue };
                let gone = match met {
                    Gone::Resolved if unknown => Gone::NotAnalysed,
                    Gone::Resolved if !past.seen => Gone::Resource,
                    met => met,
                };
                since.gone.push(GoneRow {
                    gone,
                    id: finding.id,
                    resource: past.arn.to_string(),
                    resource_type: past.resource_type,
                    account: past.account.to_string(),
                    region: past.region.to_string(),
                    principal: finding.principal,
                    actions: finding.actions,
                    condition: finding.condition,
                    is_public: finding.is_public,
                });
            }
        }
        since.resources_gone.sort_unstable();
        since.resources_not_analysed.sort_unstable();
        since
    }
}

/// The resources of a chunk that nothing was found on.
fn quiet<'m>(memo: &'m Memo, key: &Key) -> impl Iterator<Item = Named<'m>> {
    let known = memo.chunk(key).into_iter().flatten();
    known.filter_map(|known| match known {
        Known::Quiet(named) => Some(named),
        _ => None,
    })
}

/// Whether something that was not analysed, and whose name is not known, may be this resource.
fn may_be(missing: &NotAnalysed, past: &Past) -> bool {
    let fits =
        |known: &Option<String>, own: &str| known.as_deref().is_none_or(|known| known == own);
    fits(&missing.resource_type, past.resource_type)
        && fits(&missing.account, &past.account)
        && (past.region.is_empty() || fits(&missing.region, &past.region))
}
