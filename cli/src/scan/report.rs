//! What every report is made of.

use super::console;
use super::since::{Change, Since};
use keyaki_engine::finding::{Advisory, Finding, FindingStatement, Source};
use keyaki_engine::resource::Resource;
use keyaki_fetch::NotAnalysed;
use keyaki_fetch::snapshot::Line;
use keyaki_language::Request;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// A way to write a report. Findings come one by one, everything else at the end.
pub(crate) trait Report {
    /// Before the first finding.
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()>;
    /// One finding, in input order.
    fn finding(&mut self, out: &mut dyn Write, row: &FindingRow<'_>) -> io::Result<()>;
    /// After the last finding.
    fn end(&mut self, out: &mut dyn Write, tail: &Tail) -> io::Result<()>;
}

/// What a finding is about.
#[derive(Clone, Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) arn: &'a str,
    pub(crate) resource_type: &'static str,
    pub(crate) account: String,
    pub(crate) region: &'a str,
}

impl<'a> Subject<'a> {
    pub(crate) fn new(resource: &'a Resource) -> Self {
        Self {
            arn: &resource.arn,
            resource_type: resource.configuration.type_name(),
            account: resource.account.to_string(),
            region: &resource.region,
        }
    }

    /// Where the AWS console shows the resource's permissions; nowhere if not all of its name is known.
    pub(crate) fn console(&self) -> Option<String> {
        if self.arn.contains('{') || self.region.contains('{') {
            return None;
        }
        console::link(self)
    }
}

/// Where what a row is about stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Site {
    pub(crate) file: String,
    /// From 1; 0 where it is not known.
    pub(crate) line: u64,
    /// What the file calls it: a Terraform address or a logical id; empty in snapshots.
    pub(crate) address: String,
    /// Which reading of a file this is, with what a finding hangs on that the file does not say; empty where there is one.
    pub(crate) reading: String,
}

impl Site {
    /// Where a finding stands, and what it hangs on that its file does not say.
    pub(crate) fn of_finding(line: &Line, finding: &Finding) -> Self {
        let mut site = Self::of(line, &finding.statements);
        let caveat = line.origin().map_or("", |origin| origin.caveat.as_str());
        if finding.is_public && !caveat.is_empty() {
            let comma = if site.reading.is_empty() { "" } else { ", " };
            site.reading.push_str(&format!("{comma}{caveat}"));
        }
        site
    }

    /// Where the first of some statements stands.
    pub(crate) fn of(line: &Line, statements: &[FindingStatement]) -> Self {
        let spot = match statements.first() {
            Some(first) => line.spot(&first.document, Some(first.index)),
            None => line.spot("", None),
        };
        Self {
            file: line.place.file.to_string(),
            line: spot.line,
            address: spot.address,
            reading: line
                .origin()
                .map_or_else(String::new, |origin| origin.reading.clone()),
        }
    }

    /// `template.yaml:12`.
    pub(crate) fn place(&self) -> String {
        match self.line {
            0 => self.file.clone(),
            line => format!("{}:{line}", self.file),
        }
    }

    /// `template.yaml:12 Bucket (if IsProd)`.
    pub(crate) fn words(&self) -> String {
        let mut out = self.place();
        if !self.address.is_empty() {
            out.push_str(&format!(" {}", self.address));
        }
        if !self.reading.is_empty() {
            out.push_str(&format!(" ({})", self.reading));
        }
        out
    }
}

/// One finding with its resource.
#[derive(Debug)]
pub(crate) struct FindingRow<'a> {
    pub(crate) subject: &'a Subject<'a>,
    pub(crate) finding: &'a Finding,
    pub(crate) site: &'a Site,
    /// Since the older snapshot, if there is one.
    pub(crate) change: Option<Change>,
}

impl FindingRow<'_> {
    /// `ACTIVE`, or `RESOLVED` where a control policy takes the access away.
    pub(crate) fn status(&self) -> &'static str {
        if self.finding.removed_by.is_some() {
            "RESOLVED"
        } else {
            "ACTIVE"
        }
    }

    /// `public`, `external` or `removed`.
    pub(crate) fn access(&self) -> &'static str {
        match (&self.finding.removed_by, self.finding.is_public) {
            (Some(_), _) => "removed",
            (None, true) => "public",
            (None, false) => "external",
        }
    }

    /// `AWS 111122223333`.
    pub(crate) fn who(&self) -> String {
        let (kind, value) = &self.finding.principal;
        format!("{kind} {value}")
    }

    /// `aws:sourceip = 203.0.113.0/24`, with commas between.
    pub(crate) fn condition(&self) -> String {
        pairs(&self.finding.condition)
    }

    /// `policy statement 0 (Read)`, with commas between.
    pub(crate) fn statements(&self) -> String {
        self.finding
            .statements
            .iter()
            .map(statement)
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// `aws:sourceip = 203.0.113.0/24`, with commas between.
pub(crate) fn pairs(condition: &BTreeMap<String, String>) -> String {
    let pairs = condition.iter();
    let pairs: Vec<String> = pairs
        .map(|(key, value)| format!("{key} = {value}"))
        .collect();
    pairs.join(", ")
}

/// `policy statement 0 (Read)`, `ACL`, `KMS grant 2`.
pub(crate) fn statement(statement: &FindingStatement) -> String {
    let FindingStatement {
        document,
        index,
        sid,
    } = statement;
    if document == "acl" {
        return "ACL".to_owned();
    }
    if document.starts_with("grant ") {
        return format!("KMS {document}");
    }
    let sid = sid
        .as_ref()
        .map_or_else(String::new, |sid| format!(" ({sid})"));
    format!("{document} statement {index}{sid}")
}

/// The name of a source on the wire, and its detail.
pub(crate) fn source(source: &Source) -> (&'static str, Option<(&'static str, &str)>) {
    match source {
        Source::Policy => ("POLICY", None),
        Source::BucketAcl => ("BUCKET_ACL", None),
        Source::AccessPoint(arn) => ("S3_ACCESS_POINT", Some(("accessPointArn", arn))),
        Source::AccessPointAccount(account) => (
            "S3_ACCESS_POINT_ACCOUNT",
            Some(("accessPointAccount", account)),
        ),
    }
}

/// An advisory with its resource, kept to the end.
#[derive(Debug)]
pub(crate) struct AdvisoryRow {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) resource: String,
    pub(crate) resource_type: &'static str,
    pub(crate) account: String,
    pub(crate) statement: FindingStatement,
    pub(crate) site: Site,
    pub(crate) witness: Option<Request>,
    pub(crate) console: Option<String>,
}

impl AdvisoryRow {
    pub(crate) fn new(subject: &Subject<'_>, advisory: &Advisory, line: &Line) -> Self {
        Self {
            site: Site::of(line, std::slice::from_ref(&advisory.statement)),
            code: advisory.code,
            message: advisory.message.clone(),
            resource: subject.arn.to_owned(),
            resource_type: subject.resource_type,
            account: subject.account.clone(),
            statement: advisory.statement.clone(),
            witness: advisory.witness.clone(),
            console: subject.console(),
        }
    }
}

/// What is told after the findings.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    pub(crate) advisories: Vec<AdvisoryRow>,
    pub(crate) not_analysed: Vec<NotAnalysed>,
    pub(crate) summary: Summary,
    /// Since the older snapshot, if there is one.
    pub(crate) since: Option<Since>,
}

impl Tail {
    /// Counts what was kept, once all of it is there.
    pub(crate) fn count(&mut self) {
        for advisory in &self.advisories {
            self.summary.of(advisory.resource_type).advisories += 1;
        }
        for missing in &self.not_analysed {
            self.summary
                .of(missing.resource_type.as_deref().unwrap_or("not known"))
                .not_analysed += 1;
        }
    }
}

/// Counts at a glance, by type of resource.
#[derive(Clone, Debug, Default)]
pub(crate) struct Summary {
    pub(crate) types: BTreeMap<String, Counts>,
    /// How many policies of each kind were found in files that are no snapshots.
    pub(crate) policies: BTreeMap<String, u64>,
}

/// What was counted for one type.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    /// Resources that were analysed.
    pub(crate) resources: u64,
    /// Findings that are public.
    pub(crate) public: u64,
    /// Findings that are not public.
    pub(crate) cross_account: u64,
    /// Findings that a control policy took away.
    pub(crate) removed: u64,
    pub(crate) advisories: u64,
    pub(crate) not_analysed: u64,
}

impl Summary {
    fn of(&mut self, resource_type: &str) -> &mut Counts {
        if !self.types.contains_key(resource_type) {
            self.types
                .insert(resource_type.to_owned(), Counts::default());
        }
        self.types.get_mut(resource_type).expect("it was put there")
    }

    pub(crate) fn resources_of(&mut self, resource_type: &str, count: u64) {
        self.of(resource_type).resources += count;
    }

    pub(crate) fn finding(&mut self, resource_type: &str, finding: &Finding) {
        let counts = self.of(resource_type);
        if finding.removed_by.is_some() {
            counts.removed += 1;
        } else if finding.is_public {
            counts.public += 1;
        } else {
            counts.cross_account += 1;
        }
    }

    /// `2 iam-role-trust, 1 s3-bucket`; empty where no policies were counted.
    pub(crate) fn policies(&self) -> String {
        let one = |(kind, count): (&String, &u64)| format!("{count} {kind}");
        self.policies.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    /// All types together.
    pub(crate) fn total(&self) -> Counts {
        self.types
            .values()
            .fold(Counts::default(), |sum, counts| Counts {
                resources: sum.resources + counts.resources,
                public: sum.public + counts.public,
                cross_account: sum.cross_account + counts.cross_account,
                removed: sum.removed + counts.removed,
                advisories: sum.advisories + counts.advisories,
                not_analysed: sum.not_analysed + counts.not_analysed,
            })
    }

    pub(crate) fn resources(&self) -> u64 {
        self.total().resources
    }

    /// Findings that stand.
    pub(crate) fn findings(&self) -> u64 {
        let total = self.total();
        total.public + total.cross_account
    }
}

/// Where something that was not analysed is named: `file:line`.
pub(crate) fn place(missing: &NotAnalysed) -> String {
    match missing.line {
        Some(line) => format!("{}:{line}", missing.file),
        None => missing.file.clone(),
    }
}

/// What was not analysed: the resource, or as much as is known.
pub(crate) fn name(missing: &NotAnalysed) -> String {
    if let Some(resource) = &missing.resource {
        return match &missing.address {
            Some(address) => format!("{resource} ({address})"),
            None => resource.clone(),
        };
    }
    let known: Vec<&str> = [
        &missing.address,
        &missing.resource_type,
        &missing.account,
        &missing.region,
    ]
    .into_iter()
    .flatten()
    .map(String::as_str)
    .collect();
    if known.is_empty() {
        "a record".to_owned()
    } else {
        known.join(" ")
    }
}
