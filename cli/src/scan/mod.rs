//! `keyaki scan`: who outside the zone of trust can reach the resources of a snapshot.
//!
//! Records stream: a portion of lines is read, understood and analysed on all cores, and written before
//! the next one is read, in the order of the input. What is kept to the end is small: advisories, what
//! was not analysed, and counts. A report format is a [`report::Report`], one a file.

mod certificates;
pub(crate) mod console;
mod csv;
mod html;
mod json;
mod markdown;
pub(crate) mod memo;
pub(crate) mod report;
mod rescan;
pub(crate) mod since;
mod table;
pub(crate) mod work;

use crate::Status;
use crate::args::{Format, Scan, Source};
use crate::batch::{pool, read::is_resource_type};
use crate::check::read_zone;
use crate::failure::{Failure, Stop};
use crate::scan::certificates::Certificates;
use keyaki_engine::finding::{Analysis, Analyzer, Selection};
use keyaki_engine::resource::{Organization, Resource, ZoneOfTrust};
use keyaki_engine::{Limits, Stats};
use keyaki_fetch::file::Found;
use keyaki_fetch::snapshot::{Line, Lines, RecordError};
use keyaki_fetch::{NotAnalysed, Snapshot};
use keyaki_language::policy::AccountId;
use memo::{Bearing, Before, Known, Memo, Named};
use rayon::prelude::*;
use report::{AdvisoryRow, FindingRow, Report, Site, Subject, Tail};
use rescan::Rescan;
use since::Change;
use std::io::{self, BufReader, BufWriter, IsTerminal, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use work::{Phase, Work};

/// How many records are analysed together, or a few more.
const PORTION: usize = 2048;

/// How many records a chunk has at most.
const CHUNK: usize = 2048;

/// How many bytes of records are analysed together, beside the last one.
const PORTION_BYTES: usize = 16 << 20;

/// Runs `keyaki scan`.
pub(crate) fn run(options: &Scan) -> Result<Status, Stop> {
    let mut survey = Survey::new(&options.source)?;
    survey.open_standard_input(&options.source.snapshots)?;
    survey.each_record = options.certificates.is_some();
    survey.work = Work::new(options.stats);
    let mut rescan = Rescan::new(options, &mut survey)?;
    let limits = options.source.work.limit.limits();
    let mut certificates = match &options.certificates {
        Some(folder) => Some(Certificates::new(folder, limits)?),
        None => None,
    };
    let mut report = report_of(options, rescan.compares());
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let mut tail = Tail::default();
    let mut progress = Progress::new();
    report.begin(&mut out)?;
    survey.each(&options.source.snapshots, |looked| {
        progress.clear();
        match looked {
            Looked::At {
                subject,
                line,
                analysis,
                zone,
                organization,
            } => {
                if let Some(certificates) = &mut certificates {
                    certificates.add(
                        &subject,
                        line.bytes(),
                        &|| line.parse().ok(),
                        analysis,
                        &zone(),
                        organization,
                    )?;
                }
                tail.summary.resources_of(subject.resource_type, 1);
                rescan.see(&subject);
                for finding in &analysis.findings {
                    let site = Site::of_finding(line, finding);
                    let mut row = FindingRow {
                        subject: &subject,
                        finding,
                        site: &site,
                        change: None,
                    };
                    let is_wanted = finding.is_public || !options.public_only;
                    row.change = rescan.compare(&row, is_wanted);
                    let is_new = row.change != Some(Change::Unchanged);
                    if is_wanted && (is_new || !options.only_new) {
                        tail.summary.finding(subject.resource_type, finding);
                        report.finding(&mut out, &row)?;
                    }
                }
                if !options.public_only {
                    let advisories = analysis.advisories.iter();
                    tail.advisories.extend(
                        advisories.map(|advisory| AdvisoryRow::new(&subject, advisory, line)),
                    );
                }
            }
            Looked::Policies(policies) => {
                for policy in policies {
                    *tail
                        .summary
                        .policies
                        .entry(policy.kind.clone())
                        .or_default() += 1;
                }
            }
            Looked::Away(not_analysed) => tail.not_analysed.push(not_analysed),
            Looked::Quiet(resource_type, count) => tail.summary.resources_of(resource_type, count),
            Looked::Chunk(key, text) => rescan.keep(key, text),
            Looked::Portion => {
                // A reader of the table sees findings as they come.
                out.flush()?;
                progress.show(tail.summary.resources(), tail.summary.findings());
            }
        }
        Ok(())
    })?;
    progress.clear();
    if let Some(certificates) = certificates {
        certificates.finish()?;
    }
    tail.count();
    tail.since = rescan.finish(&survey, &tail.not_analysed);
    report.end(&mut out, &tail)?;
    out.flush()?;
    rescan.save(&mut survey);
    if let Some(report) = survey.work.report() {
        let _ = io::stderr().write_all(report.as_bytes());
    }
    Ok(if tail.summary.findings() > 0 {
        Status::Found
    } else if !tail.not_analysed.is_empty() {
        Status::Undecided
    } else {
        Status::Clean
    })
}

/// `compares`: with a column for what changed.
fn report_of(options: &Scan, compares: bool) -> Box<dyn Report> {
    match options.format {
        Format::Table => Box::new(table::Table::new()),
        Format::Json => Box::new(json::Document::default()),
        Format::Jsonl => Box::new(json::Lines),
        Format::Csv => Box::new(csv::Csv { compares }),
        Format::Markdown => Box::new(markdown::Markdown::default()),
        Format::Html => Box::new(html::Html),
    }
}

/// What becomes of a record, in input order.
pub(crate) enum Looked<'a> {
    /// It was analysed.
    At {
        /// What it is about.
        subject: Subject<'a>,
        /// The record itself.
        line: &'a Line,
        /// What came of it.
        analysis: &'a Analysis,
        /// Who is trusted there, every account by its number.
        zone: &'a dyn Fn() -> ZoneOfTrust,
        /// The organization that it belongs to.
        organization: &'a Organization,
    },
    /// The policies that a file holds, before its records.
    Policies(&'a [Found]),
    /// It was not, or not wholly.
    Away(NotAnalysed),
    /// So many resources of a type, about which nothing is to be said: they stand in a chunk that is known.
    Quiet(&'static str, u64),
    /// A chunk is done: its key, and its text if the memo does not have it.
    Chunk(memo::Key, Option<String>),
    /// A portion is done.
    Portion,
}

/// How snapshots are analysed.
pub(crate) struct Survey {
    zone: Zone,
    only: Vec<String>,
    selection: Selection,
    limits: Limits,
    pool: rayon::ThreadPool,
    /// What files do not say by themselves.
    files: keyaki_fetch::file::Options,
    /// Standard input, opened: what it holds, and what was before if it is a plan. Each is handed out once.
    standard_input: Mutex<[Option<Snapshot<'static>>; 2]>,
    /// What unchanged records came to, if that is of use, and what else than their bytes bears on them.
    memo: Option<Memo>,
    /// Whether outcomes are handed over for it.
    keeps: bool,
    /// Whether each record is solved and handed over, known or not: no memo has evidence.
    each_record: bool,
    /// The options that bear on what a record comes to.
    options: String,
    work: Work,
}

/// `--zone`.
enum Zone {
    /// The snapshot's organization if it has one, else each resource's own account.
    Default,
    Account,
    Organization,
    Listed(ZoneOfTrust),
}

impl Survey {
    /// Reads the options; snapshots are not opened yet.
    pub(crate) fn new(source: &Source) -> Result<Self, Stop> {
        let zone = match source.zone.as_deref() {
            None => Zone::Default,
            Some("account") => Zone::Account,
            Some("organization") => Zone::Organization,
            Some(ids) => Zone::Listed(read_zone(ids)?),
        };
        if let Some(text) = source.only_type.iter().find(|text| !is_resource_type(text)) {
            return Err(Failure::new(format!("`{text}` is no resource type"))
                .with_hint("such as `AWS::S3::Bucket`")
                .into());
        }
        Ok(Self {
            zone,
            only: source.only_type.clone(),
            selection: if source.all {
                Selection::All
            } else {
                Selection::MinimumCover
            },
            limits: source.work.limit.limits(),
            pool: pool(source.work)?,
            files: files(source)?,
            standard_input: Mutex::default(),
            memo: None,
            keeps: false,
            each_record: false,
            work: Work::default(),
            options: format!(
                "{:?} {:?} {} {:?}",
                source.zone,
                source.only_type,
                source.all,
                source.work.limit.limits()
            ),
        })
    }

    /// Opens standard input if it is among the snapshots, since a plan there has to be read for both of its sides at once.
    pub(crate) fn open_standard_input(
        &mut self,
        snapshots: &[std::path::PathBuf],
    ) -> Result<(), Stop> {
        if snapshots.iter().any(|path| path == Path::new("-")) {
            let stdin = BufReader::with_capacity(1 << 17, io::stdin());
            let (after, before) = Snapshot::both_from_reader("<stdin>", stdin, &self.files)?;
            self.standard_input = Mutex::new([Some(after), before]);
        }
        Ok(())
    }

    /// Whether standard input says what was before.
    pub(crate) fn says_before(&self) -> bool {
        self.opened()[1].is_some()
    }

    fn opened(&self) -> MutexGuard<'_, [Option<Snapshot<'static>>; 2]> {
        self.standard_input
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Analyses the snapshots one after the other and hands over what becomes of each record.
    pub(crate) fn each(
        &self,
        snapshots: &[std::path::PathBuf],
        mut then: impl FnMut(Looked<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        use keyaki_corpus::sample::{MANIFEST, ORGANIZATION, RESOURCES};
        if snapshots.is_empty() {
            return self.one(
                Snapshot::from_memory(RESOURCES, Some(ORGANIZATION), Some(MANIFEST))?,
                &mut then,
            );
        }
        for path in snapshots {
            let snapshot = if path != Path::new("-") {
                Snapshot::open_with(path, &self.files)?
            } else if let Some(opened) = self.opened()[0].take() {
                opened
            } else {
                let stdin = BufReader::with_capacity(1 << 17, io::stdin());
                Snapshot::from_reader("<stdin>", stdin, &self.files)?
            };
            self.one(snapshot, &mut then)?;
        }
        Ok(())
    }

    /// Analyses what stands before the changes that files describe.
    pub(crate) fn each_before(
        &self,
        snapshots: &[std::path::PathBuf],
        mut then: impl FnMut(Looked<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        for path in snapshots {
            let before = match path == Path::new("-") {
                true => self.opened()[1].take(),
                false => Snapshot::open_before(path, &self.files)?,
            };
            if let Some(snapshot) = before {
                self.one(snapshot, &mut then)?;
            }
        }
        Ok(())
    }

    fn one(
        &self,
        snapshot: Snapshot<'_>,
        then: &mut impl FnMut(Looked<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let Snapshot {
            organization,
            manifest,
            mut resources,
            policies,
        } = snapshot;
        if matches!(self.zone, Zone::Organization) && organization.id.is_empty() {
            return Err(Failure::new("the snapshot has no organization to trust")
                .with_hint(
                    "put `organization.json` beside the resources, or name accounts with `--zone`",
                )
                .into());
        }
        then(Looked::Policies(&policies))?;
        for gap in &manifest.gaps {
            if self.is_wanted(gap.resource_type.as_deref()) {
                then(Looked::Away(NotAnalysed::from(gap)))?;
            }
        }
        let analyzer = Analyzer::new(&organization, self.selection, self.limits);
        let bearing = self.memo.as_ref();
        let bearing = bearing.map(|_| Bearing::new(&self.options, &organization));
        let mut before = Before::default();
        let mut more = true;
        let mut read = || {
            let portion = || read_portion(&mut resources, bearing.is_some(), &mut more);
            self.work.time(Phase::Read, portion)
        };
        let mut chunks = read();
        while !chunks.is_empty() {
            // While some records are examined, the next are read.
            let (examined, next) = self.pool.install(|| {
                rayon::join(
                    || {
                        let bearing = bearing.as_ref();
                        self.examine_all(
                            &mut chunks,
                            &mut before,
                            bearing,
                            &organization,
                            &analyzer,
                        )
                    },
                    &mut read,
                )
            });
            let tell_all = || self.tell_all(chunks, examined, &organization, then);
            self.work.time(Phase::Report, tell_all)?;
            chunks = next;
        }
        Ok(())
    }

    /// Hands over what became of the chunks of a portion.
    fn tell_all(
        &self,
        chunks: Vec<Chunk>,
        examined: Vec<Examined<'_>>,
        organization: &Organization,
        then: &mut impl FnMut(Looked<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        for (chunk, examined) in chunks.into_iter().zip(examined) {
            for (index, look) in examined.looks {
                self.tell(look, &chunk.lines[index], organization, then)?;
            }
            for (resource_type, count) in examined.quiet {
                then(Looked::Quiet(resource_type, count))?;
            }
            if let Some((key, text)) = examined.outcome {
                then(Looked::Chunk(key, text))?;
            }
            for error in chunk.errors {
                if self.is_wanted(error.resource_type()) {
                    then(Looked::Away(NotAnalysed::from(error)))?;
                }
            }
        }
        then(Looked::Portion)
    }

    /// Examines the chunks of a portion on all threads. `before` is the nearest known chunk before them.
    fn examine_all(
        &self,
        chunks: &mut [Chunk],
        before: &mut Before,
        bearing: Option<&Bearing>,
        organization: &Organization,
        analyzer: &Analyzer,
    ) -> Vec<Examined<'_>> {
        chunks.par_iter_mut().for_each(Chunk::make_records);
        let look = |line: &Line| {
            let look = || self.look(line, organization, analyzer);
            self.work.time(Phase::Examine, look)
        };
        let Some((memo, bearing)) = self.memo.as_ref().zip(bearing) else {
            let examine = |chunk: &Chunk| Examined::of(chunk.lines.par_iter().map(look).collect());
            return chunks.par_iter().map(examine).collect();
        };
        let digest = |chunk: &Chunk| {
            let digest = || bearing.chunk(&chunk.lines);
            self.work.time(Phase::Digest, digest)
        };
        let keys: Vec<memo::Key> = chunks.par_iter().map(digest).collect();
        self.work.count(&self.work.chunks, chunks.len());
        let places: Vec<Before> = keys.iter().map(|key| before.step(memo, key)).collect();
        let examine =
            |((chunk, key), before)| self.examine(chunk, key, before, memo, bearing, look);
        chunks
            .par_iter()
            .zip(keys)
            .zip(places)
            .map(examine)
            .collect()
    }

    /// Looks at the records of a chunk, or remembers what they came to.
    fn examine<'m>(
        &self,
        chunk: &Chunk,
        key: memo::Key,
        before: Before,
        memo: &'m Memo,
        bearing: &Bearing,
        look: impl Fn(&Line) -> Look<'m> + Sync,
    ) -> Examined<'m> {
        let lines = &chunk.lines;
        let remember = || -> Option<Vec<Known<'m>>> {
            let known = (!self.each_record).then(|| memo.chunk_of(&key, lines.len()));
            known.flatten().map(Iterator::collect)
        };
        if let Some(known) = self.work.time(Phase::Remember, remember) {
            self.work.count(&self.work.known_chunks, 1);
            let mut examined = Examined::default();
            for (index, (known, line)) in known.into_iter().zip(lines).enumerate() {
                match known {
                    Known::Quiet(named) => examined.count(named.resource_type),
                    Known::Loud(named, analysis) => {
                        examined.looks.push((index, Look::Known(named, analysis)));
                    }
                    Known::Skipped => {}
                    Known::Open => examined.looks.push((index, look(line))),
                }
            }
            examined.outcome = Some((key, None));
            return examined;
        }
        let digest = |line: &Line| {
            let digest = || bearing.record(line.bytes());
            self.work.time(Phase::Digest, digest)
        };
        let keys: Vec<memo::Key> = lines.par_iter().map(digest).collect();
        let known: Vec<Option<Known<'_>>> = if self.each_record {
            keys.iter().map(|_| None).collect()
        } else {
            let remember = || memo.records(&keys, before);
            self.work.time(Phase::Remember, remember)
        };
        let count = known.iter().flatten().count();
        self.work.count(&self.work.known_records, count);
        let look = |(line, known)| match known {
            None | Some(Known::Open) => look(line),
            Some(Known::Quiet(named)) => Look::Known(named, Box::default()),
            Some(Known::Loud(named, analysis)) => Look::Known(named, analysis),
            Some(Known::Skipped) => Look::Skipped,
        };
        let looks: Vec<Look<'_>> = lines.par_iter().zip(known).map(look).collect();
        let outcome = self.keeps.then(|| {
            let mut text = String::new();
            for (key, look) in keys.iter().zip(&looks) {
                look.write(&mut text, key);
            }
            (key, Some(text))
        });
        Examined {
            outcome,
            ..Examined::of(looks)
        }
    }

    /// Hands over what became of a record.
    fn tell(
        &self,
        look: Look<'_>,
        line: &Line,
        organization: &Organization,
        then: &mut impl FnMut(Looked<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let mut at = |subject: Subject<'_>, analysis: &Analysis| {
            for reason in &analysis.undecided {
                then(Looked::Away(undecided(
                    &subject,
                    line,
                    reason.code,
                    &reason.message,
                    &reason.at,
                )))?;
            }
            let zone = || self.spelled_zone(&subject, organization);
            then(Looked::At {
                subject: subject.clone(),
                line,
                analysis,
                zone: &zone,
                organization,
            })
        };
        match look {
            Look::Skipped => Ok(()),
            Look::Known(named, analysis) => at(named.subject(), &analysis),
            Look::Done(resource, analysis) => at(Subject::new(&resource), &analysis),
            Look::Unreadable(not_analysed) => then(Looked::Away(*not_analysed)),
        }
    }

    fn look(&self, line: &Line, organization: &Organization, analyzer: &Analyzer) -> Look<'_> {
        let resource = match line.parse() {
            Ok(resource) => resource,
            Err(error) if self.is_wanted(error.resource_type()) => {
                return Look::Unreadable(Box::new(error.into()));
            }
            Err(_) => return Look::Skipped,
        };
        if !self.is_wanted(Some(resource.configuration.type_name())) {
            return Look::Skipped;
        }
        let zone = self.zone_for(resource.account, organization);
        // A bug must not take the findings of all other resources with it.
        let mut stats = Stats::default();
        let analyze = || analyzer.analyze_counted(&resource, &zone, &mut stats);
        let analyzed = catch_unwind(AssertUnwindSafe(analyze));
        self.work.add(&stats);
        self.work.count(&self.work.analysed, 1);
        match analyzed {
            Ok(analysis) => Look::Done(Box::new(resource), analysis),
            Err(_) => {
                let message = "the resource could not be analysed because of a bug in keyaki";
                Look::Unreadable(Box::new(undecided(
                    &Subject::new(&resource),
                    line,
                    "internal-error",
                    message,
                    "",
                )))
            }
        }
    }

    /// Whether a type is among those asked for; one that is not known may be.
    fn is_wanted(&self, resource_type: Option<&str>) -> bool {
        self.only.is_empty()
            || resource_type
                .is_none_or(|name| self.only.iter().any(|only| only.eq_ignore_ascii_case(name)))
    }

    fn zone_for(&self, account: AccountId, organization: &Organization) -> ZoneOfTrust {
        let mut zone = match &self.zone {
            Zone::Listed(zone) => zone.clone(),
            Zone::Account => ZoneOfTrust::default(),
            Zone::Default | Zone::Organization => {
                let organization = Some(organization.id.clone()).filter(|id| !id.is_empty());
                ZoneOfTrust {
                    organization,
                    ..ZoneOfTrust::default()
                }
            }
        };
        if !zone.accounts.contains(&account) {
            zone.accounts.push(account);
        }
        zone
    }

    /// The zone of trust for a resource with the accounts of its organization spelled out, so that a claim about it needs no
    /// other knowledge.
    fn spelled_zone(&self, subject: &Subject<'_>, organization: &Organization) -> ZoneOfTrust {
        let owner = AccountId::parse(&subject.account).expect("a resource's account is an account");
        let mut zone = self.zone_for(owner, organization);
        if zone.organization.as_ref() == Some(&organization.id) {
            zone.accounts.extend(organization.accounts.keys());
        }
        zone.accounts.sort_unstable();
        zone.accounts.dedup();
        zone
    }
}

/// Lines that are looked at together, what stopped the reader behind them, and what could not be made a record.
struct Chunk {
    lines: Vec<Line>,
    errors: Vec<RecordError>,
}

impl Chunk {
    /// Makes records of what are none yet.
    fn make_records(&mut self) {
        if self.lines.iter().all(Line::is_record) {
            return;
        }
        for line in std::mem::take(&mut self.lines) {
            for made in line.into_records() {
                match made {
                    Ok(line) => self.lines.push(line),
                    Err(error) => self.errors.push(error),
                }
            }
        }
    }
}

/// Reads some chunks. With `cut` they end where the memo's do; `more` says whether there are others.
fn read_portion(resources: &mut Lines<'_>, cut: bool, more: &mut bool) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    let (mut records, mut bytes) = (0, 0);
    while *more && records < PORTION && bytes < PORTION_BYTES {
        let mut chunk = Chunk {
            lines: Vec::new(),
            errors: Vec::new(),
        };
        let mut is_whole = false;
        while !is_whole && chunk.lines.len() < CHUNK && bytes < PORTION_BYTES {
            match resources.next() {
                Some(Ok(line)) => {
                    bytes += line.bytes().len();
                    is_whole = cut && memo::ends_chunk(line.bytes());
                    chunk.lines.push(line);
                }
                Some(Err(error)) => {
                    chunk.errors.push(error);
                    is_whole = true;
                }
                None => {
                    *more = false;
                    is_whole = true;
                }
            }
        }
        records += chunk.lines.len();
        chunks.push(chunk);
    }
    chunks
}

/// What became of a chunk.
#[derive(Default)]
struct Examined<'m> {
    /// Of its records, by their places, those that something is to be said about.
    looks: Vec<(usize, Look<'m>)>,
    /// How many others there are of each type.
    quiet: Vec<(&'static str, u64)>,
    /// For the memo: its key, and its text if that is not there.
    outcome: Option<(memo::Key, Option<String>)>,
}

impl<'m> Examined<'m> {
    fn of(looks: Vec<Look<'m>>) -> Self {
        Self {
            looks: looks.into_iter().enumerate().collect(),
            ..Self::default()
        }
    }

    fn count(&mut self, resource_type: &'static str) {
        match self
            .quiet
            .iter_mut()
            .find(|(name, _)| *name == resource_type)
        {
            Some((_, count)) => *count += 1,
            None => self.quiet.push((resource_type, 1)),
        }
    }
}

/// What became of one record.
enum Look<'m> {
    /// It was analysed.
    Done(Box<Resource>, Analysis),
    /// The memo knew it.
    Known(Named<'m>, Box<Analysis>),
    Unreadable(Box<NotAnalysed>),
    Skipped,
}

impl Look<'_> {
    /// Writes what the memo keeps of the record.
    fn write(&self, text: &mut String, key: &memo::Key) {
        match self {
            Look::Done(resource, analysis) => {
                memo::encode(text, key, Some((&Subject::new(resource), analysis)));
            }
            Look::Known(named, analysis) => {
                memo::encode(text, key, Some((&named.subject(), analysis)))
            }
            Look::Unreadable(_) => memo::encode(text, key, None),
            Look::Skipped => memo::encode_skipped(text, key),
        }
    }
}

fn undecided(
    subject: &Subject<'_>,
    line: &Line,
    code: &str,
    message: &str,
    at: &str,
) -> NotAnalysed {
    let statement = at
        .strip_prefix("/Statement/")
        .and_then(|rest| rest.split('/').next()?.parse().ok());
    let spot = match statement {
        Some(index) => line.spot("policy", Some(index)),
        None => line.spot("", None),
    };
    NotAnalysed {
        address: Some(spot.address).filter(|address| !address.is_empty()),
        resource: Some(subject.arn.to_owned()),
        resource_type: Some(subject.resource_type.to_owned()),
        account: Some(subject.account.clone()),
        region: Some(subject.region.to_owned()).filter(|region| !region.is_empty()),
        code: code.to_owned(),
        message: message.to_owned(),
        hint: None,
        file: line.place.file.to_string(),
        line: Some(spot.line).filter(|line| *line > 0),
        at: at.to_owned(),
    }
}

/// What files do not say by themselves, as the options say it.
fn files(source: &Source) -> Result<keyaki_fetch::file::Options, Stop> {
    let account = match &source.account {
        None => None,
        Some(text) => Some(AccountId::parse(text).ok_or_else(|| {
            Failure::new(format!("`{text}` is no account id"))
                .with_hint("an account id has twelve digits")
        })?),
    };
    if let Some(region) = &source.region
        && !region
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    {
        return Err(Failure::new(format!("`{region}` is no Region"))
            .with_hint("such as `eu-central-1`")
            .into());
    }
    Ok(keyaki_fetch::file::Options {
        account,
        region: source.region.clone(),
        ..Default::default()
    })
}

/// How far the scan is, on a terminal.
struct Progress {
    terminal: bool,
    shown: bool,
}

impl Progress {
    fn new() -> Self {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        Self {
            terminal: io::stderr().is_terminal() && !dumb,
            shown: false,
        }
    }

    fn show(&mut self, resources: u64, findings: u64) {
        if self.terminal {
            let _ = write!(io::stderr(), "\r{resources} resources, {findings} findings");
            self.shown = true;
        }
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            let _ = write!(io::stderr(), "\r\x1b[2K");
        }
    }
}
