//! Reports for programs: one JSON document, or one object a line. `schemas/` describes both.

use super::report::{AdvisoryRow, Counts, FindingRow, Report, Site, Summary, Tail, source};
use super::since::{GoneRow, Since};
use keyaki_engine::finding::FindingStatement;
use keyaki_fetch::NotAnalysed;
use keyaki_language::json::{Json, JsonValue};
use std::io::{self, Write};

/// The version of both formats.
const SCHEMA_VERSION: u64 = 1;

/// `--format json`.
#[derive(Debug, Default)]
pub(crate) struct Document {
    begun: bool,
}

impl Report for Document {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "{{\"schemaVersion\":{SCHEMA_VERSION},\"findings\":[")
    }

    fn finding(&mut self, out: &mut dyn Write, row: &FindingRow<'_>) -> io::Result<()> {
        let comma = if std::mem::replace(&mut self.begun, true) {
            ","
        } else {
            ""
        };
        write!(out, "{comma}\n{}", Json::object(finding(row)))
    }

    fn end(&mut self, out: &mut dyn Write, tail: &Tail) -> io::Result<()> {
        let list = |out: &mut dyn Write, name: &str, items: &mut dyn Iterator<Item = Members>| {
            write!(out, "],\n\"{name}\":[")?;
            for (i, item) in items.enumerate() {
                write!(
                    out,
                    "{}\n{}",
                    if i > 0 { "," } else { "" },
                    Json::object(item)
                )?;
            }
            Ok::<(), io::Error>(())
        };
        list(out, "advisories", &mut tail.advisories.iter().map(advisory))?;
        list(
            out,
            "notAnalysed",
            &mut tail.not_analysed.iter().map(not_analysed),
        )?;
        if let Some(since) = &tail.since {
            list(out, "gone", &mut since.gone.iter().map(gone))?;
        }
        write!(
            out,
            "],\n\"summary\":{}",
            Json::object(summary(&tail.summary))
        )?;
        if let Some(since) = &tail.since {
            write!(out, ",\n\"changes\":{}", Json::object(changes(since)))?;
        }
        writeln!(out, "}}")
    }
}

/// `--format jsonl`: each line says in `kind` what it is.
#[derive(Debug)]
pub(crate) struct Lines;

impl Report for Lines {
    fn begin(&mut self, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    fn finding(&mut self, out: &mut dyn Write, row: &FindingRow<'_>) -> io::Result<()> {
        line(out, "finding", finding(row))
    }

    fn end(&mut self, out: &mut dyn Write, tail: &Tail) -> io::Result<()> {
        for row in &tail.advisories {
            line(out, "advisory", advisory(row))?;
        }
        for missing in &tail.not_analysed {
            line(out, "notAnalysed", not_analysed(missing))?;
        }
        if let Some(since) = &tail.since {
            for row in &since.gone {
                line(out, "gone", gone(row))?;
            }
            line(out, "changes", changes(since))?;
        }
        line(out, "summary", summary(&tail.summary))
    }
}

fn line(out: &mut dyn Write, kind: &str, members: Members) -> io::Result<()> {
    let mut all = vec![
        ("schemaVersion", number(SCHEMA_VERSION)),
        ("kind", kind.into()),
    ];
    all.extend(members);
    writeln!(out, "{}", Json::object(all))
}

type Members<'a> = Vec<(&'static str, Json<'a>)>;

fn finding<'a>(row: &'a FindingRow<'_>) -> Members<'a> {
    let FindingRow {
        subject,
        finding,
        site: place,
        change,
    } = row;
    let (kind, value) = &finding.principal;
    let sources = finding.sources.iter().map(|one| {
        let (name, detail) = source(one);
        let mut members = vec![("type", Json::from(name))];
        if let Some((key, value)) = detail {
            members.push(("detail", Json::object([(key, Json::from(value))])));
        }
        Json::object(members)
    });
    let mut members = vec![
        ("id", text(&finding.id)),
        ("principal", Json::object([(kind.as_str(), text(value))])),
        (
            "action",
            Json::array(finding.actions.iter().map(|one| text(one))),
        ),
        (
            "condition",
            Json::object(
                finding
                    .condition
                    .iter()
                    .map(|(key, value)| (key.as_str(), text(value))),
            ),
        ),
        ("resource", subject.arn.into()),
        ("resourceType", subject.resource_type.into()),
        ("resourceOwnerAccount", text(&subject.account)),
        ("isPublic", JsonValue::Bool(finding.is_public).into()),
        ("sources", Json::array(sources)),
        ("status", row.status().into()),
        (
            "statements",
            Json::array(finding.statements.iter().map(statement)),
        ),
        ("witness", finding.witness.to_json()),
    ];
    members.extend(site(place));
    members.extend(change.map(|change| ("change", change.word().into())));
    members.extend(
        finding
            .removed_by
            .as_ref()
            .map(|by| ("removedBy", text(by))),
    );
    members.extend(
        subject
            .console()
            .map(|link| ("consoleUrl", Json::from(link))),
    );
    members
}

/// Where something stands.
fn site(site: &Site) -> Members<'_> {
    let mut members = vec![("file", Json::from(site.file.as_str()))];
    if site.line > 0 {
        members.push(("line", number(site.line)));
    }
    if !site.address.is_empty() {
        members.push(("address", site.address.as_str().into()));
    }
    if !site.reading.is_empty() {
        members.push(("reading", site.reading.as_str().into()));
    }
    members
}

/// A finding of the older snapshot that this one does not have.
fn gone(row: &GoneRow) -> Members<'_> {
    let (kind, value) = &row.principal;
    let condition = row.condition.iter();
    vec![
        ("reason", row.gone.word().into()),
        ("id", text(&row.id)),
        ("principal", Json::object([(kind.as_str(), text(value))])),
        (
            "action",
            Json::array(row.actions.iter().map(|one| text(one))),
        ),
        (
            "condition",
            Json::object(condition.map(|(key, value)| (key.as_str(), text(value)))),
        ),
        ("resource", text(&row.resource)),
        ("resourceType", row.resource_type.into()),
        ("resourceOwnerAccount", text(&row.account)),
        ("isPublic", JsonValue::Bool(row.is_public).into()),
    ]
}

fn changes(since: &Since) -> Members<'_> {
    fn names(names: &[String]) -> Json<'_> {
        Json::array(names.iter().map(|name| text(name)))
    }
    vec![
        ("new", number(since.new)),
        ("changed", number(since.changed)),
        ("unchanged", number(since.unchanged)),
        ("resolved", number(since.resolved())),
        ("unknown", number(since.unknown())),
        ("resourcesGone", names(&since.resources_gone)),
        ("resourcesNotAnalysed", names(&since.resources_not_analysed)),
    ]
}

fn statement(statement: &FindingStatement) -> Json<'_> {
    let mut members = vec![
        ("document", Json::from(statement.document.as_str())),
        ("index", number(statement.index as u64)),
    ];
    members.extend(
        statement
            .sid
            .as_ref()
            .map(|sid| ("sid", Json::from(sid.as_str()))),
    );
    Json::object(members)
}

fn advisory(row: &AdvisoryRow) -> Members<'_> {
    let mut members = vec![
        ("code", Json::from(row.code)),
        ("message", row.message.as_str().into()),
        ("resource", row.resource.as_str().into()),
        ("resourceType", row.resource_type.into()),
        ("resourceOwnerAccount", row.account.as_str().into()),
        ("statement", statement(&row.statement)),
    ];
    members.extend(site(&row.site));
    members.extend(
        row.witness
            .as_ref()
            .map(|witness| ("witness", witness.to_json())),
    );
    members.extend(
        row.console
            .as_ref()
            .map(|link| ("consoleUrl", Json::from(link.as_str()))),
    );
    members
}

fn not_analysed(missing: &NotAnalysed) -> Members<'_> {
    let mut members = Members::new();
    let known = [
        ("address", &missing.address),
        ("resource", &missing.resource),
        ("resourceType", &missing.resource_type),
        ("resourceOwnerAccount", &missing.account),
        ("region", &missing.region),
    ];
    members.extend(
        known
            .into_iter()
            .filter_map(|(name, value)| Some((name, Json::from(value.as_deref()?)))),
    );
    members.push(("code", missing.code.as_str().into()));
    members.push(("message", missing.message.as_str().into()));
    members.extend(
        missing
            .hint
            .as_ref()
            .map(|hint| ("hint", Json::from(hint.as_str()))),
    );
    members.push(("file", missing.file.as_str().into()));
    members.extend(missing.line.map(|line| ("line", number(line))));
    members.push(("at", missing.at.as_str().into()));
    members
}

fn summary(summary: &Summary) -> Members<'_> {
    let types = summary.types.iter().map(|(name, counts)| {
        let mut members = vec![("resourceType", Json::from(name.as_str()))];
        members.extend(tally(counts));
        Json::object(members)
    });
    let mut members = vec![("findings", number(summary.findings()))];
    members.extend(tally(&summary.total()));
    members.push(("byType", Json::array(types)));
    if !summary.policies.is_empty() {
        let policies = summary.policies.iter();
        let policies = policies.map(|(kind, count)| (kind.as_str(), number(*count)));
        members.push(("policies", Json::object(policies)));
    }
    members
}

fn tally(counts: &Counts) -> Members<'static> {
    vec![
        ("resources", number(counts.resources)),
        ("public", number(counts.public)),
        ("crossAccount", number(counts.cross_account)),
        ("removed", number(counts.removed)),
        ("advisories", number(counts.advisories)),
        ("notAnalysed", number(counts.not_analysed)),
    ]
}

fn text(text: &str) -> Json<'_> {
    text.into()
}

fn number(number: u64) -> Json<'static> {
    JsonValue::Number(number.to_string().into()).into()
}
